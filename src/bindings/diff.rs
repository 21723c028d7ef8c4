//! What differs between two objects, property by property.

use crate::bindings::fault::Fault;
use crate::bindings::object::Object;
use crate::bindings::value;
use crate::script::native::{Dynamic, Map};

/// `#{ "Hours.Type": #{ from, to } }`: the paths that differ, down to what is no object any more.
///
/// Of a map only the names that stand in it count, at every depth: it says what somebody wants, not all there is.
pub(super) fn between(one: &Object, other: &Dynamic) -> Result<Map, Fault> {
    let (fields, partial) = match (Object::of(other), other.as_map_ref()) {
        (Some(same), _) if same.ty == one.ty => ((*same.fields).clone(), false),
        (None, Ok(map)) => {
            let accepted = map.iter().map(|(name, wanted)| Ok((name.clone(), one.accept(name, wanted.clone())?)));
            (accepted.collect::<Result<Map, Fault>>()?, true)
        }
        _ => {
            let expected = format!("a `{}` or a map", one.ty);
            return Err(Fault::WrongType { what: "diff".to_owned(), expected, given: value::describe(other) });
        }
    };
    let mut found = Map::new();
    walk("", &one.fields, &fields, partial, &mut found);
    Ok(found)
}

fn walk(above: &str, one: &Map, other: &Map, partial: bool, found: &mut Map) {
    let only_here = one.keys().filter(|name| !partial && !other.contains_key(name.as_str()));
    for name in other.keys().chain(only_here) {
        let of = |map: &Map| map.get(name).cloned().unwrap_or(Dynamic::UNIT);
        let (from, to) = (of(one), of(other));
        let path = format!("{above}{name}");
        match (record(&from), record(&to)) {
            (Some(from), Some(to)) => walk(&format!("{path}."), &from, &to, partial, found),
            _ if same(&from, &to, partial) => {}
            _ => {
                let ends = [("from", from), ("to", to)];
                let ends: Map = ends.into_iter().map(|(name, value)| (name.into(), value)).collect();
                found.insert(path.into(), Dynamic::from_map(ends));
            }
        }
    }
}

fn record(value: &Dynamic) -> Option<Map> {
    match Object::of(value) {
        Some(object) => Some((*object.fields).clone()),
        None => value.as_map_ref().ok().map(|map| map.clone()),
    }
}

/// Arrays are compared as a whole: element by element they would only tell how they shifted.
fn same(from: &Dynamic, to: &Dynamic, partial: bool) -> bool {
    if !partial {
        return value::equal(from, to);
    }
    if let (Some(from), Some(to)) = (record(from), record(to)) {
        let mut found = Map::new();
        walk("", &from, &to, partial, &mut found);
        return found.is_empty();
    }
    match (from.as_array_ref(), to.as_array_ref()) {
        (Ok(from), Ok(to)) => {
            from.len() == to.len() && from.iter().zip(to.iter()).all(|(from, to)| same(from, to, partial))
        }
        _ => value::equal(from, to),
    }
}
