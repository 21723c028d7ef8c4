//! Rust types to spare, one for each object type of a catalog.
//!
//! `type_of(x)` and methods like `fn Group.rename(n)` go by Rust's type and cannot be told otherwise, and the types of a
//! catalog are known when the program runs. So there are a few hundred equal types that differ in a number, and a name is
//! given to each at run time. Nothing else lives here: these types are slow to compile and need never be compiled again.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::bindings::object::Object;
use crate::catalog::MOST_TYPES;
use crate::script::native::{Array, Dynamic, Engine, Module};

/// An object behind type number `N`.
#[derive(Debug, Clone)]
struct Slot<const N: usize>(Arc<Object>);

type Change<'a> = dyn FnMut(&mut Arc<Object>) + 'a;

struct Entry {
    id: fn() -> TypeId,
    wrap: fn(Arc<Object>) -> Dynamic,
    read: fn(&Dynamic) -> Option<Arc<Object>>,
    write: fn(&mut Dynamic, &mut Change),
    name: fn(&mut Engine, &str),
}

const fn entry<const N: usize>() -> Entry {
    Entry {
        id: TypeId::of::<Slot<N>>,
        wrap: |object| Dynamic::from(Slot::<N>(object)),
        read: |value| value.read_lock::<Slot<N>>().map(|slot| slot.0.clone()),
        write: |value, change| {
            if let Some(mut slot) = value.write_lock::<Slot<N>>() {
                change(&mut slot.0);
            }
        },
        name: |engine, name| {
            engine.register_type_with_name::<Slot<N>>(name);
        },
    }
}

macro_rules! sixteen {
    ($at:expr) => {
        [
            entry::<{ $at }>(),
            entry::<{ $at + 1 }>(),
            entry::<{ $at + 2 }>(),
            entry::<{ $at + 3 }>(),
            entry::<{ $at + 4 }>(),
            entry::<{ $at + 5 }>(),
            entry::<{ $at + 6 }>(),
            entry::<{ $at + 7 }>(),
            entry::<{ $at + 8 }>(),
            entry::<{ $at + 9 }>(),
            entry::<{ $at + 10 }>(),
            entry::<{ $at + 11 }>(),
            entry::<{ $at + 12 }>(),
            entry::<{ $at + 13 }>(),
            entry::<{ $at + 14 }>(),
            entry::<{ $at + 15 }>(),
        ]
    };
}

macro_rules! table {
    ($($row:literal)*) => {
        [$(sixteen!($row * 16)),*]
    };
}

/// The known releases have 454 types; the rest is for those to come.
static TABLE: [[Entry; 16]; 32] = table!(
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
);

/// How many types of a catalog have a slot: the number of a slot is the place of the type in [`Catalog::types`].
///
/// [`Catalog::types`]: crate::catalog::Catalog::types
pub(super) const COUNT: usize = MOST_TYPES;

const _: () = assert!(COUNT == 32 * 16);

fn at(slot: usize) -> &'static Entry {
    &TABLE[slot / 16][slot % 16]
}

fn number(value: &Dynamic) -> Option<usize> {
    static NUMBERS: OnceLock<HashMap<TypeId, usize>> = OnceLock::new();
    let numbers = NUMBERS.get_or_init(|| (0..COUNT).map(|slot| ((at(slot).id)(), slot)).collect());
    numbers.get(&value.type_id()).copied()
}

/// Gives a type its name in scripts.
pub(super) fn name(engine: &mut Engine, slot: usize, name: &str) {
    (at(slot).name)(engine, name);
}

/// Lets a `for` go through what `items` finds in an object of a type.
pub(super) fn iterate(module: &mut Module, slot: usize, items: fn(&Object) -> Array) {
    module.set_iter((at(slot).id)(), move |value| {
        let items = read(&value).map(|object| items(&object)).unwrap_or_default();
        Box::new(items.into_iter())
    });
}

pub(super) fn wrap(slot: usize, object: Object) -> Dynamic {
    (at(slot).wrap)(Arc::new(object))
}

/// The object in a value, if there is one.
pub(super) fn read(value: &Dynamic) -> Option<Arc<Object>> {
    (at(number(value)?).read)(value)
}

/// Changes the object in a value in place; copies it first if others hold it too.
pub(super) fn write<T>(value: &mut Dynamic, change: impl FnOnce(&mut Object) -> T) -> Option<T> {
    let entry = at(number(value)?);
    let (mut change, mut result) = (Some(change), None);
    (entry.write)(value, &mut |object| {
        if let Some(change) = change.take() {
            result = Some(change(Arc::make_mut(object)));
        }
    });
    result
}
