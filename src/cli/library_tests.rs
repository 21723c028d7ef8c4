//! Every function that a script can call says what it does, and nothing is described that does not exist: the engine's own
//! list of functions against what they say about themselves.

use std::any::TypeId;
use std::collections::BTreeSet;

use crate::bindings::Resource;
use crate::catalog::Catalog;
use crate::cli::Pbx;
use crate::cli::bounds::Bounds;
use crate::cli::wiring::wire;
use crate::cli::world::World;
use crate::script::Registered;
use crate::script::native::Dynamic;
use crate::show::reference;

/// Parts of the language that types fill in: nobody looks them up.
const PROTOCOLS: [&str; 6] = ["to_string", "to_debug", "print", "debug", "index$get$", "index$set$"];

/// Functions around connections, lists, objects and downloads that have no documentation yet. Nothing else may be added.
const WITHOUT: [&str; 21] = [
    "changed",
    "connect",
    "contains",
    "content_type",
    "file_name",
    "filter",
    "first",
    "for_each",
    "is_empty",
    "keys",
    "len",
    "map",
    "rows",
    "save",
    "supports",
    "take",
    "text",
    "to_array",
    "to_json",
    "to_map",
    "total",
];

fn registered() -> Vec<Registered> {
    let wired = wire(&Pbx::rehearsal(), &Bounds::default(), &World::of_process()).unwrap();
    let catalog = Catalog::builtin();
    let all = wired.session.registered().into_iter();
    all.filter(|it| it.on.as_ref().is_none_or(|(id, _)| *id != TypeId::of::<Resource>()))
        .filter(|it| !PROTOCOLS.contains(&it.name.as_str()) && catalog.ty(&it.name).is_none())
        .filter(|it| it.name.starts_with(|c: char| c.is_ascii_alphabetic()))
        .collect()
}

/// The names under which a function may be described.
fn names(function: &Registered) -> (String, Option<String>) {
    let Registered { module, name, on } = function;
    if !module.is_empty() {
        return (format!("{module}::{name}"), None);
    }
    let ty = on.as_ref().and_then(|(_, ty)| ty.as_ref());
    (name.clone(), ty.map(|ty| format!("{ty}.{name}")))
}

fn describes(doc: &str, function: &Registered) -> bool {
    let (plain, of_type) = names(function);
    // Functions over all types are described at the one that they are for.
    let over_all = function.on.as_ref().is_some_and(|(id, ty)| *id == TypeId::of::<Dynamic>() && ty.is_none());
    let for_one = over_all && function.module.is_empty() && doc.rsplit_once('.').is_some_and(|(_, name)| name == plain);
    doc == plain || of_type.is_some_and(|name| name == doc) || for_one
}

#[test]
fn every_function_is_described() {
    let functions = registered();
    assert!(functions.iter().any(|it| it.name == "sleep") && functions.iter().any(|it| it.name == "take"));
    let missing = |it: &&Registered| !reference::docs().any(|doc| describes(doc.name, it));
    let missing =
        functions.iter().filter(missing).filter(|it| !WITHOUT.contains(&it.name.as_str()) || !it.module.is_empty());
    let names: BTreeSet<String> = missing
        .map(|it| {
            let (plain, of_type) = names(it);
            of_type.unwrap_or(plain)
        })
        .collect();
    assert!(names.is_empty(), "without documentation: {names:?}");
}

#[test]
fn nothing_is_described_that_does_not_exist() {
    let functions = registered();
    let absent = reference::docs().filter(|doc| !functions.iter().any(|it| describes(doc.name, it)));
    let names: Vec<&str> = absent.map(|doc| doc.name).collect();
    assert!(names.is_empty(), "described, but not there: {names:?}");
}

#[test]
fn what_is_described_is_described_whole() {
    let mut seen = BTreeSet::new();
    for doc in reference::docs() {
        assert!(seen.insert(doc.name), "`{}` is described twice", doc.name);
        let last = doc.name.rsplit("::").next().and_then(|name| name.rsplit('.').next()).unwrap();
        assert!(
            !doc.calls.is_empty() && doc.calls.iter().all(|call| call.contains(last)),
            "the calls of `{}`",
            doc.name
        );
        assert!(
            doc.text.ends_with('.') && doc.text.starts_with(|c: char| !c.is_lowercase()),
            "the text of `{}`",
            doc.name
        );
        assert!(doc.example.contains(last), "the example of `{}` does not use it", doc.name);
    }
}
