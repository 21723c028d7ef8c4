//! What somebody may have meant who called a function that does not exist.

use crate::bindings;
use crate::bindings::nearest;
use crate::catalog::{Catalog, Operation};
use crate::diag::words::{did_you_mean, list};
use crate::kit::{self, dates};
use crate::script::Doc;

/// What to call instead of `name`, which was called with values of these types.
pub(super) fn instead(name: &str, types: &str) -> Option<String> {
    let on = types.split(", ").next().unwrap_or_default();
    if let Some((module, _)) = name.split_once("::") {
        let names = || docs().map(|doc| doc.name).filter(|known| known.split("::").next() == Some(module));
        let all = || names().next().is_some().then(|| format!("there is {}", list(names(), "and")));
        return way(name).or_else(|| did_you_mean(nearest(name, names()))).or_else(all);
    }
    let group = match Catalog::known().ty(on) {
        Some(_) => "Object",
        None if on == "array" => "Array",
        None => on,
    };
    let members = || docs().filter(|doc| doc.name.strip_prefix(group).is_some_and(|rest| rest.starts_with('.')));
    let members =
        || members().flat_map(Doc::members).map(|(name, _)| name).chain(dates::names(on).map(|(name, _)| name));
    let alone = || docs().map(|doc| doc.name).filter(|name| !name.contains(['.', ':']));
    let near = |known: Vec<&'static str>| {
        let longer = known.iter().find(|known| name.len() > 2 && known.starts_with(name)).copied();
        did_you_mean(longer.or_else(|| nearest(name, known)))
    };
    let found = operation(name, on).or_else(|| way(&format!("{group}.{name}"))).or_else(|| way(name));
    let found = found.or_else(|| near(members().collect())).or_else(|| near(alone().collect()));
    match found {
        None if on == "List" => {
            Some("`to_array()` makes an array of a list, and arrays have more functions".to_owned())
        }
        found => found,
    }
}

fn docs() -> impl Iterator<Item = &'static Doc> {
    bindings::docs().chain(kit::docs())
}

/// How the function of this name is called.
fn way(name: &str) -> Option<String> {
    let doc = docs().find(|doc| doc.name == name)?;
    Some(format!("call {}", list(doc.calls.iter().copied(), "or")))
}

/// An operation is called on its resource, not on a connection or an object.
fn operation(name: &str, on: &str) -> Option<String> {
    let catalog = Catalog::known();
    let takes = |operation: &&Operation| {
        let variant = operation.newest();
        variant.keys().next().is_some() && variant.entity(catalog.usual).is_some_and(|ty| ty.to_string() == on)
    };
    let mut operations = catalog.operations().filter(|operation| operation.name == name);
    match on {
        "Connection" => {
            operations.next().map(|one| format!("call it on a resource, as in `pbx.{}(…)`", one.full_name()))
        }
        _ => operations.find(takes).map(|one| format!("call `pbx.{}(…)` with it", one.full_name())),
    }
}
