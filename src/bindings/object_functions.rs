//! What can be done with objects, and with values of any type that may be one.

use std::any::TypeId;

use serde_json::Value;

use crate::bindings::arguments::pages_ahead;
use crate::bindings::connection::{Connection, Resource};
use crate::bindings::download::Download;
use crate::bindings::fault::{Fault, Words};
use crate::bindings::functions::raise;
use crate::bindings::list::List;
use crate::bindings::object::Object;
use crate::bindings::{diff, nearest, slots, value};
use crate::catalog::OF_CONNECTIONS;
use crate::script::native::{Array, Dynamic, Engine, EvalAltResult, INT, ImmutableString, Map, NativeCallContext};
use crate::script::{Raised, on_constants};

/// Functions that take any value are registered once, with the engine's own wildcard, and serve every object type.
pub(super) fn register(engine: &mut Engine, words: Words) {
    properties(engine, words);
    looks(engine);
    changes(engine, words);
    any_value(engine, words);
}

fn any() -> TypeId {
    TypeId::of::<Dynamic>()
}

fn text() -> TypeId {
    TypeId::of::<ImmutableString>()
}

fn properties(engine: &mut Engine, words: Words) {
    let types = [any(), text()];
    engine.register_raw_fn("index$get$", types, move |context: NativeCallContext, given: &mut [&mut Dynamic]| {
        let name = given[1].to_string();
        let value = match Object::of(given[0]) {
            Some(object) => object.get(&name),
            None => Err(no_property(given[0], &name)),
        };
        raise(value, words, &context)
    });
    // A method on a property writes the property back afterwards, on constants too, and `pbx` is one.
    on_constants(engine, "index$set$", &[any(), text(), any()], move |context, given| {
        let (name, new) = (given[1].to_string(), given[2].take());
        raise(set(given[0], &name, new).map(|()| Dynamic::UNIT), words, context)
    });
}

/// What is read off an object without changing it.
fn looks(engine: &mut Engine) {
    type Look = fn(&Object) -> Dynamic;
    let all: [(&'static str, Look); 8] = [
        ("keys", |object| names(object).into()),
        ("values", |object| object.fields.values().cloned().collect::<Array>().into()),
        ("len", |object| INT::try_from(object.fields.len()).unwrap_or(INT::MAX).into()),
        ("is_empty", |object| object.fields.is_empty().into()),
        ("to_map", |object| Dynamic::from_map(object.to_map())),
        ("changed", |object| Dynamic::from_map(object.changed())),
        ("is_changed", |object| (!object.changed().is_empty()).into()),
        ("original", |object| object.original().unwrap_or_default()),
    ];
    for (name, look) in all {
        let function = move |context: NativeCallContext, given: &mut [&mut Dynamic]| match Object::of(given[0]) {
            Some(object) => Ok(look(&object)),
            None => Err(no_function(name, given, &context)),
        };
        engine.register_raw_fn(name, [any()], function);
    }
    engine.register_raw_fn("contains", [any(), text()], |_: NativeCallContext, given: &mut [&mut Dynamic]| {
        let name = given[1].to_string();
        Ok(Object::of(given[0]).is_some_and(|object| object.names().any(|known| known == name)))
    });
}

fn changes(engine: &mut Engine, words: Words) {
    let function = move |context: NativeCallContext, given: &mut [&mut Dynamic]| match Object::of(given[0]) {
        Some(object) => raise(diff::between(&object, given[1]).map(Dynamic::from_map), words, &context),
        None => Err(no_function("diff", given, &context)),
    };
    engine.register_raw_fn("diff", [any(), any()], function);
    let function = move |context: NativeCallContext, given: &mut [&mut Dynamic]| {
        let name = given[1].to_string();
        match slots::write(given[0], |object| object.remove(&name)) {
            Some(removed) => raise(removed, words, &context),
            None => Err(no_function("remove", given, &context)),
        }
    };
    engine.register_raw_fn("remove", [any(), text()], function);
}

/// What every value can do.
fn any_value(engine: &mut Engine, words: Words) {
    engine.register_raw_fn("to_json", [any()], |_: NativeCallContext, given: &mut [&mut Dynamic]| {
        Ok(value::to_json(given[0]).to_string())
    });
    engine.register_fn("to_json", move |context: NativeCallContext, list: &mut List| {
        let rows = raise(list.rows().collect::<Result<Vec<_>, _>>(), words, &context)?;
        Ok::<_, Box<EvalAltResult>>(Value::Array(rows).to_string())
    });
    for function in ["to_string", "to_debug", "print", "debug"] {
        let words = |_: NativeCallContext, given: &mut [&mut Dynamic]| Ok(text_of(given[0]));
        engine.register_raw_fn(function, [any()], words);
    }
    for (function, wanted) in [("==", true), ("!=", false)] {
        engine.register_raw_fn(function, [any(), any()], move |_: NativeCallContext, given: &mut [&mut Dynamic]| {
            Ok(value::equal(given[0], given[1]) == wanted)
        });
    }
    // The engine's own functions of these names go before the wildcard and know nothing of objects.
    engine.register_fn("to_json", |map: Map| value::map_to_json(&map).to_string());
    engine.register_fn("to_json", |array: Array| value::to_json(&array.into()).to_string());
}

/// The names that are set.
pub(super) fn names(object: &Object) -> Array {
    object.names().map(|name| Dynamic::from(name.to_owned())).collect()
}

/// A value on one line: `Group #{"Id":12}`, `List of User`.
fn text_of(value: &Dynamic) -> String {
    if let Some(object) = Object::of(value) {
        return format!("{} #{}", object.type_name(), object.to_json());
    }
    if let Some(list) = value.read_lock::<List>() {
        return format!("List of {}", list.element());
    }
    if let Some(pbx) = value.read_lock::<Connection>() {
        return format!("Connection to {}", pbx.name());
    }
    if let Some(resource) = value.read_lock::<Resource>() {
        return format!("Resource {}", resource.facts.name);
    }
    if let Some(download) = value.read_lock::<Download>() {
        return format!("Download of {}", download.content_type());
    }
    match value.read_lock::<Raised>() {
        Some(error) => error.wording.message.clone(),
        None => value.to_string(),
    }
}

fn set(owner: &mut Dynamic, name: &str, new: Dynamic) -> Result<(), Fault> {
    if let Some(pbx) = owner.read_lock::<Connection>() {
        return match name {
            "ahead" => pages_ahead(&new).map(|pages| pbx.set_ahead(pages)),
            _ if new.is::<Resource>() => Ok(()),
            _ if OF_CONNECTIONS.contains(&name) => Err(Fault::ReadOnly { what: format!("Connection.{name}") }),
            _ => {
                let (ty, known) = ("Connection".to_owned(), OF_CONNECTIONS.to_vec());
                Err(Fault::UnknownProperty { ty, name: name.to_owned(), nearest: nearest(name, OF_CONNECTIONS), known })
            }
        };
    }
    if let Some(error) = owner.read_lock::<Raised>() {
        let unchanged = value::equal(&error.property(name), &new);
        return if unchanged { Ok(()) } else { Err(Fault::ReadOnly { what: format!("Error.{name}") }) };
    }
    if owner.is_read_only() {
        let object = Object::of(owner).ok_or_else(|| no_property(owner, name))?;
        let unchanged = value::equal(&object.get(name)?, &new);
        return if unchanged {
            Ok(())
        } else {
            Err(Fault::Constant { what: format!("{}.{name}", object.type_name()) })
        };
    }
    slots::write(owner, |object| object.set(name, new)).unwrap_or_else(|| Err(no_property(owner, name)))
}

fn no_property(value: &Dynamic, name: &str) -> Fault {
    Fault::UnknownProperty { ty: value::describe(value), name: name.to_owned(), nearest: None, known: Vec::new() }
}

/// What the engine would say, had the wildcard not caught the call.
pub(super) fn no_function(name: &str, given: &[&mut Dynamic], context: &NativeCallContext) -> Box<EvalAltResult> {
    let types: Vec<&str> = given.iter().map(|value| value.type_name()).collect();
    let signature = format!("{name} ({})", types.join(", "));
    EvalAltResult::ErrorFunctionNotFound(signature, context.call_position()).into()
}
