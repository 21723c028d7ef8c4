//! Calls that go on in other threads.

use crate::script::native::{Array, Dynamic, Engine, FnPtr, Map, NativeCallContext};

/// What a native call knows of its surroundings, for threads that call back into the script.
// The engine calls this part of its interface volatile; the version is pinned.
#[allow(deprecated)]
pub(crate) struct Carried(rhai::NativeCallContextStore);

#[allow(deprecated)]
impl Carried {
    pub(crate) fn of(context: &NativeCallContext) -> Carried {
        Carried(context.store_data())
    }

    pub(crate) fn context<'a>(&'a self, engine: &'a Engine) -> NativeCallContext<'a> {
        self.0.create_context(engine)
    }
}

/// How deep closures are looked for: one that captured itself would have no end.
const DEEP: usize = 32;

/// A closure with variables of its own: captured ones are shared, and two threads that use one at the same time are an
/// error, at random.
pub(crate) fn own_closure(closure: &FnPtr) -> FnPtr {
    let mut own = closure.clone();
    untie(&mut own, DEEP);
    own
}

/// A value that shares nothing with others.
pub(crate) fn own_value(value: &Dynamic) -> Dynamic {
    own(value, DEEP)
}

fn own(value: &Dynamic, deep: usize) -> Dynamic {
    let mut own = value.flatten_clone();
    if deep == 0 {
        return own;
    }
    if let Some(mut closure) = own.write_lock::<FnPtr>() {
        untie(&mut closure, deep);
    } else if let Some(mut items) = own.write_lock::<Array>() {
        items.iter_mut().filter(|item| may_share(item)).for_each(|item| *item = self::own(item, deep - 1));
    } else if let Some(mut fields) = own.write_lock::<Map>() {
        fields.values_mut().filter(|field| may_share(field)).for_each(|field| *field = self::own(field, deep - 1));
    }
    own
}

fn untie(closure: &mut FnPtr, deep: usize) {
    closure.iter_curry_mut().for_each(|captured| *captured = own(captured, deep - 1));
}

fn may_share(value: &Dynamic) -> bool {
    value.is_shared() || value.is_fnptr() || value.is_array() || value.is_map()
}
