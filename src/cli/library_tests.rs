//! Every function that a script can call is described, and nothing is described that does not exist: the engine's own list
//! of functions against what they say about themselves.

use std::any::TypeId;
use std::collections::BTreeSet;

use crate::bindings::Resource;
use crate::catalog::Catalog;
use crate::cli::Pbx;
use crate::cli::bounds::Bounds;
use crate::cli::wiring::wire;
use crate::cli::world::World;
use crate::script::{Doc, Native};
use crate::show::reference::{docs, group, short};

/// Parts of the language that types fill in: nobody looks them up.
const PROTOCOLS: [&str; 6] = ["to_string", "to_debug", "print", "debug", "index$get$", "index$set$"];

/// The engine's own, which look for room before they grow.
const OF_THE_ENGINE: [&str; 3] = ["blob", "pad", "replace"];

/// What is described without being a function: variables, maps, and what is read by any name.
const TOPICS: [&str; 7] =
    ["pbx", "args", "options.filter", "List.[]", "Object.properties", "Object.methods", "Object.update"];
const READ_BY_NAME: [&str; 2] = ["Connection", "Error"];

fn all(with_standard: bool) -> Vec<Native> {
    let wired = wire(&Pbx::rehearsal(), &Bounds::default(), None, &World::of_process()).unwrap();
    let property = |name: &str| name.strip_prefix("get$").or(name.strip_prefix("set$")).unwrap_or(name).to_owned();
    wired.session.natives(with_standard).into_iter().map(|it| Native { name: property(&it.name), ..it }).collect()
}

/// What is to be described; operations and types are, by the catalog.
fn to_describe() -> Vec<Native> {
    let catalog = Catalog::builtin();
    let of_resources = |it: &Native| it.takes.first() == Some(&TypeId::of::<Resource>());
    all(false)
        .into_iter()
        .filter(|it| !PROTOCOLS.contains(&it.name.as_str()) && !OF_THE_ENGINE.contains(&it.name.as_str()))
        .filter(|it| !of_resources(it) && catalog.ty(&it.name).is_none())
        .filter(|it| it.name.starts_with(|c: char| c.is_ascii_alphabetic()))
        .collect()
}

/// Does a text have this word, between these two ends?
fn has(text: &str, before: &str, word: &str, after: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let (left, right) = (&text[..at], &text[at + word.len()..]);
        let edge = |c: char| !c.is_alphanumeric() && c != '_';
        left.ends_with(before)
            && right.starts_with(after)
            && (left.is_empty() || left.ends_with(edge))
            && (right.is_empty() || right.starts_with(edge))
    })
}

fn describes(doc: &Doc, function: &Native) -> bool {
    let Native { namespace, name, .. } = function;
    let calls = |before: &str, after: &str| doc.calls.iter().any(|call| has(call, before, name, after));
    if !namespace.is_empty() {
        return calls(&format!("{namespace}::"), "(");
    }
    match group(doc.name) {
        _ if doc.name.contains("::") => false,
        None => calls("", "("),
        // What belongs to a type may also be listed in its text.
        Some(ty) => {
            let other =
                function.on.as_ref().is_some_and(|on| docs().any(|doc| group(doc.name) == Some(on)) && on != ty);
            !other && (calls(".", "") || calls("", "(") || has(doc.text, "`", name, "`"))
        }
    }
}

#[test]
fn every_function_is_described() {
    let functions = to_describe();
    assert!(functions.iter().any(|it| it.name == "sleep") && functions.iter().any(|it| it.name == "take"));
    let missing = functions.iter().filter(|it| !docs().any(|doc| describes(doc, it)));
    let name = |it: &Native| {
        let on = it.on.clone().unwrap_or_default();
        format!("{}::{}({on})", it.namespace, it.name).trim_start_matches("::").to_owned()
    };
    let names: BTreeSet<String> = missing.map(name).collect();
    assert!(names.is_empty(), "not described: {names:?}");
}

#[test]
fn nothing_is_described_that_does_not_exist() {
    let functions = all(true);
    let is_there = |name: &str| functions.iter().any(|it| it.name == name);
    for doc in docs() {
        let is_type = group(doc.name) == Some(doc.name);
        let read_by_name = group(doc.name).is_some_and(|ty| READ_BY_NAME.contains(&ty)) && !doc.calls[0].contains('(');
        if !is_type && !read_by_name && !TOPICS.contains(&doc.name) {
            let described = functions.iter().any(|it| it.name == short(doc.name) && describes(doc, it));
            assert!(described, "`{}` is described, but not there", doc.name);
        }
        for call in doc.calls.iter().filter(|call| !call.starts_with("fn ")) {
            for (at, _) in call.match_indices('(') {
                let name = call[..at].rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
                let known = name.is_empty() || is_there(name) || Catalog::builtin().ty(name).is_some();
                assert!(known || ["for", "catch"].contains(&name.trim()), "`{name}` in `{call}`");
            }
        }
    }
}

#[test]
fn what_is_described_is_described_whole() {
    let mut seen = BTreeSet::new();
    for doc in docs() {
        assert!(seen.insert(doc.name), "`{}` is described twice", doc.name);
        assert!(!doc.calls.is_empty() && !doc.example.trim().is_empty(), "`{}` lacks calls or an example", doc.name);
        assert!(doc.text.ends_with('.') && !doc.text.starts_with(char::is_lowercase), "the text of `{}`", doc.name);
    }
}
