//! What can be done with connections, lists, downloads, objects and errors, apart from calling operations.

use std::any::TypeId;
use std::path::PathBuf;

use serde_json::Value;

use crate::bindings::connection::{Connection, Resource, answering, serving};
use crate::bindings::dispatch::named;
use crate::bindings::download::Download;
use crate::bindings::fault::{Fault, Words};
use crate::bindings::list::List;
use crate::bindings::object::Object;
use crate::bindings::save::{self, Format};
use crate::bindings::{Connect, Target, nearest, slots, value};
use crate::catalog::{Catalog, Resource as Facts};
use crate::odata::filter::bind;
use crate::script::native::{Array, Dynamic, Engine, FnPtr, INT, ImmutableString, Map, NativeCallContext, Outcome};
use crate::script::{Raised, on_constants};

pub(super) fn register(engine: &mut Engine, catalog: &'static Catalog, words: Words, connect: &Connect) {
    connections(engine, catalog, words, connect);
    objects(engine, words);
    lists(engine, words);
    downloads(engine, words);
    filters(engine, words);
}

/// Ends a native function with the words for its fault.
fn raise<T>(result: Result<T, Fault>, words: Words, context: &NativeCallContext) -> Outcome<T> {
    result.map_err(|fault| super::raise(fault, words, context))
}

fn connections(engine: &mut Engine, catalog: &'static Catalog, words: Words, connect: &Connect) {
    engine.register_type_with_name::<Connection>("Connection").register_type_with_name::<Resource>("Resource");
    engine.register_indexer_get(move |context: NativeCallContext, pbx: &mut Connection, name: &str| -> Outcome {
        let value = match name {
            "name" => Ok(pbx.name().to_owned().into()),
            "version" => pbx.open().map(|open| open.version.into()),
            "release" => pbx.open().map(|open| catalog.release_name(open.release).into()),
            _ => resource(catalog, name).map(|facts| Dynamic::from(Resource { connection: pbx.clone(), facts })),
        };
        raise(value, words, &context)
    });
    engine.register_indexer_get(move |context: NativeCallContext, resource: &mut Resource, name: &str| -> Outcome {
        raise(Err(not_called(resource.facts, name)), words, &context)
    });
    engine.register_fn(
        "supports",
        move |context: NativeCallContext, pbx: &mut Connection, name: &str| -> Outcome<bool> {
            let open = raise(pbx.open(), words, &context)?;
            let parts = name.split_once('.').and_then(|(resource, name)| Some((catalog.resource(resource)?, name)));
            let operations = parts.map(|(resource, name)| answering(resource, name)).unwrap_or_default();
            Ok(serving(&operations, open.release).is_some())
        },
    );
    let by_name = connect.clone();
    engine.register_fn("connect", move |context: NativeCallContext, name: &str| {
        raise(by_name(&Target::Named(name.to_owned())), words, &context)
    });
    let by_settings = connect.clone();
    engine.register_fn("connect", move |context: NativeCallContext, settings: Map| {
        let connection = target(&settings).and_then(|target| by_settings(&target));
        raise(connection, words, &context)
    });
}

/// What a connection has besides its resources.
pub(super) const OF_CONNECTIONS: [&str; 3] = ["name", "version", "release"];

pub(super) fn resource(catalog: &'static Catalog, name: &str) -> Result<&'static Facts, Fault> {
    let known = || catalog.resources.iter().map(|resource| resource.name);
    let unknown = || Fault::UnknownResource { name: name.to_owned(), nearest: nearest(name, known()) };
    catalog.resource(name).ok_or_else(unknown)
}

/// What is wrong with an operation that is named like a property.
pub(super) fn not_called(resource: &'static Facts, name: &str) -> Fault {
    match named(resource, name) {
        Ok(_) => Fault::NotCalled { operation: format!("{}.{name}", resource.name) },
        Err(unknown) => unknown,
    }
}

fn target(settings: &Map) -> Result<Target, Fault> {
    let known = ["url", "client_id", "client_secret"];
    if let Some(name) = settings.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(Fault::UnknownOption {
            operation: "connect".to_owned(),
            name: name.to_string(),
            nearest: nearest(name, known),
            known: known.to_vec(),
        });
    }
    let text = |name: &'static str| {
        let given = settings.get(name).filter(|given| given.is_string());
        given.map(ToString::to_string).ok_or(Fault::NotConfigured { missing: vec![name] })
    };
    let client_secret = text("client_secret")?.into();
    Ok(Target::Settings { url: text("url")?, client_id: text("client_id")?, client_secret })
}

/// Functions that take any value are registered once, with the engine's own wildcard, and serve every object type.
fn objects(engine: &mut Engine, words: Words) {
    let (any, text) = (TypeId::of::<Dynamic>(), TypeId::of::<ImmutableString>());
    engine.register_raw_fn("index$get$", [any, text], move |context: NativeCallContext, given: &mut [&mut Dynamic]| {
        let name = given[1].to_string();
        let value = match Object::of(given[0]) {
            Some(object) => object.get(&name),
            None => Err(no_property(given[0], &name)),
        };
        raise(value, words, &context)
    });
    // A method on a property writes the property back afterwards, on constants too, and `pbx` is one.
    on_constants(engine, "index$set$", &[any, text, any], move |context, given| {
        let (name, new) = (given[1].to_string(), given[2].take());
        raise(set(given[0], &name, new).map(|()| Dynamic::UNIT), words, context)
    });
    let object_only = move |name: &'static str, take: fn(&Object) -> Dynamic| {
        move |context: NativeCallContext, given: &mut [&mut Dynamic]| {
            let value = Object::of(given[0]).map(|object| take(&object)).ok_or_else(|| no_property(given[0], name));
            raise(value, words, &context)
        }
    };
    let names = |object: &Object| object.names().map(|name| Dynamic::from(name.to_owned())).collect::<Array>().into();
    engine.register_raw_fn(
        "to_map",
        [any],
        object_only("to_map", |object| Dynamic::from_map((*object.fields).clone())),
    );
    engine.register_raw_fn("keys", [any], object_only("keys", names));
    engine.register_raw_fn("changed", [any], object_only("changed", |object| Dynamic::from_map(object.changed())));
    engine.register_raw_fn("contains", [any, text], |_: NativeCallContext, given: &mut [&mut Dynamic]| {
        let name = given[1].to_string();
        Ok(Object::of(given[0]).is_some_and(|object| object.names().any(|known| known == name)))
    });
    engine.register_raw_fn("to_json", [any], |_: NativeCallContext, given: &mut [&mut Dynamic]| {
        Ok(value::to_json(given[0]).to_string())
    });
    for function in ["to_string", "to_debug", "print", "debug"] {
        engine
            .register_raw_fn(function, [any], |_: NativeCallContext, given: &mut [&mut Dynamic]| Ok(text_of(given[0])));
    }
    for (function, wanted) in [("==", true), ("!=", false)] {
        engine.register_raw_fn(function, [any, any], move |_: NativeCallContext, given: &mut [&mut Dynamic]| {
            Ok(value::equal(given[0], given[1]) == wanted)
        });
    }
    // The engine's own functions of these names go before the wildcard and know nothing of objects.
    engine.register_fn("to_json", |map: Map| value::map_to_json(&map).to_string());
    engine.register_fn("to_json", |array: Array| value::to_json(&array.into()).to_string());
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
    if owner.is::<Connection>() && new.is::<Resource>() {
        return Ok(());
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

fn lists(engine: &mut Engine, words: Words) {
    engine.register_type_with_name::<List>("List");
    engine.register_iterator_result::<List, Dynamic>();
    let whole = |number: u64| INT::try_from(number).unwrap_or(INT::MAX);
    for (name, total) in [("len", false), ("total", true)] {
        engine.register_fn(name, move |context: NativeCallContext, list: &mut List| {
            raise(if total { list.total() } else { list.len() }, words, &context).map(whole)
        });
        engine.register_get(name, move |context: NativeCallContext, list: &mut List| {
            raise(if total { list.total() } else { list.len() }, words, &context).map(whole)
        });
    }
    engine.register_fn("is_empty", |list: &mut List| list.is_empty());
    engine.register_indexer_get(move |context: NativeCallContext, list: &mut List, index: INT| {
        raise(list.at(index), words, &context)
    });
    engine.register_fn("first", move |context: NativeCallContext, list: &mut List| -> Outcome {
        let first = list.rows().next().transpose().map(|row| row.map_or(Dynamic::UNIT, |row| list.typed(row)));
        raise(first, words, &context)
    });
    engine.register_fn("take", move |context: NativeCallContext, list: &mut List, count: INT| -> Outcome<Array> {
        let rows = list.rows().take(usize::try_from(count).unwrap_or(0));
        raise(rows.map(|row| row.map(|row| list.typed(row))).collect(), words, &context)
    });
    engine.register_fn("to_array", move |context: NativeCallContext, list: &mut List| {
        raise(list.to_array(), words, &context)
    });
    engine.register_fn("save", move |context: NativeCallContext, list: &mut List, path: &str| {
        raise(save_list(list, path), words, &context)
    });
    closures(engine, words);
}

/// `map`, `filter` and `for_each` see one row at a time.
fn closures(engine: &mut Engine, words: Words) {
    fn each(
        context: &NativeCallContext,
        words: Words,
        list: &List,
        closure: &FnPtr,
        mut then: impl FnMut(Dynamic, Dynamic),
    ) -> Outcome<()> {
        for row in list.rows() {
            let row = list.typed(raise(row, words, context)?);
            let given = closure.call_within_context(context, (row.clone(),))?;
            then(row, given);
        }
        Ok(())
    }
    engine.register_fn("map", move |context: NativeCallContext, list: &mut List, closure: FnPtr| -> Outcome<Array> {
        let mut mapped = Array::new();
        each(&context, words, list, &closure, |_, given| mapped.push(given))?;
        Ok(mapped)
    });
    engine.register_fn(
        "filter",
        move |context: NativeCallContext, list: &mut List, closure: FnPtr| -> Outcome<Array> {
            let mut kept = Array::new();
            each(&context, words, list, &closure, |row, given| {
                if given.as_bool().unwrap_or(false) {
                    kept.push(row);
                }
            })?;
            Ok(kept)
        },
    );
    engine.register_fn("for_each", move |context: NativeCallContext, list: &mut List, closure: FnPtr| {
        each(&context, words, list, &closure, |_, _| {})
    });
}

fn save_list(list: &List, path: &str) -> Result<INT, Fault> {
    let file = PathBuf::from(path);
    let format = Format::of(&file).ok_or_else(|| Fault::Format { path: path.to_owned() })?;
    let count = save::write(&file, format, &list.columns(), list.rows())?;
    Ok(INT::try_from(count).unwrap_or(INT::MAX))
}

fn downloads(engine: &mut Engine, words: Words) {
    engine.register_type_with_name::<Download>("Download");
    engine.register_get("content_type", |download: &mut Download| download.content_type().to_owned());
    engine.register_get("file_name", |download: &mut Download| {
        download.file_name().map_or(Dynamic::UNIT, |name| name.to_owned().into())
    });
    engine.register_fn("text", move |context: NativeCallContext, download: &mut Download| {
        raise(download.text(), words, &context)
    });
    engine.register_fn("rows", move |context: NativeCallContext, download: &mut Download| -> Outcome<Array> {
        let rows = raise(download.rows(), words, &context)?;
        Ok(rows.into_iter().map(|row| value::plain(&Value::Object(row))).collect())
    });
    engine.register_fn("save", move |context: NativeCallContext, download: &mut Download, path: &str| {
        raise(download.save(&PathBuf::from(path)), words, &context)
    });
}

/// `filter("Number eq ? and Id gt ?", n, 5)`, with the values quoted by the library.
fn filters(engine: &mut Engine, words: Words) {
    for count in 0..=8 {
        let mut types = vec![TypeId::of::<ImmutableString>()];
        types.resize(count + 1, TypeId::of::<Dynamic>());
        engine.register_raw_fn("filter", types, move |context: NativeCallContext, given: &mut [&mut Dynamic]| {
            let values: Vec<Value> = given[1..].iter().map(|value| value::to_json(value)).collect();
            let text = bind(&given[0].to_string(), &values);
            let text = text.map(Dynamic::from).map_err(|error| Fault::Filter { reason: error.to_string() });
            raise(text, words, &context)
        });
    }
}
