//! Could a PBX of this release be in this state? Names, types, keys, numbers, references.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use crate::catalog::Release;
use crate::sandbox::logs::journal;
use crate::sandbox::problem::{NO_EXTENSION, NOT_FOUND, Problem};
use crate::sandbox::router::Router;
use crate::sandbox::rules::References;
use crate::sandbox::schema::Schema;
use crate::sandbox::state::{Wrong, pointer, wrong};
use crate::sandbox::store::Row;
use crate::sandbox::{Pbx, check, company, defaults, dn};

/// Checks everything that was read, and gives rows the defaults that they lack.
pub(super) fn whole(pbx: &mut Pbx) -> Result<(), Wrong> {
    let schema = pbx.schema;
    let mut sets = std::mem::take(&mut pbx.store.sets);
    for (name, rows) in &mut sets {
        let Some(set) = pbx.router.sets.get(name.as_str()).copied() else {
            if name == journal::JOURNAL {
                entries(rows)?;
            }
            if is_inner(name) || is_of_another_release(schema, name) {
                continue;
            }
            return wrong(pointer(&["sets", name]), format!("is no entity set of {}", release(schema)));
        };
        types(schema, name, set.ty, rows)?;
        keys(name, set.key, rows)?;
        for row in rows.iter_mut() {
            defaults::fill(schema, set.ty, row, pbx.born);
        }
    }
    numbers(&sets)?;
    pbx.store.sets = sets;
    singles(pbx)?;
    references(pbx)?;
    counters(pbx)
}

fn release(schema: Schema) -> &'static str {
    schema.catalog.release_name(schema.release)
}

/// What the sandbox keeps for itself, and lists behind a single object.
fn is_inner(name: &str) -> bool {
    name.starts_with('#') || name.contains('/')
}

/// Some of what other releases list shows inside of other entities here: holidays, for one.
fn is_of_another_release(schema: Schema, set: &str) -> bool {
    let all = (0..schema.catalog.releases.len()).filter_map(|place| u8::try_from(place).ok().map(Release));
    all.map(|release| Router::new(Schema { release, ..schema })).any(|router| router.sets.contains_key(set))
}

/// Moves a state that was found good to another release: what that one does not have is lost, what it adds has its
/// defaults.
pub(super) fn upgrade(pbx: &mut Pbx, release: Release) -> Result<(), Wrong> {
    pbx.schema.release = release;
    pbx.router = Router::new(pbx.schema);
    let (schema, sets) = (pbx.schema, &pbx.router.sets);
    for (name, rows) in &mut pbx.store.sets {
        let Some(set) = sets.get(name.as_str()) else { continue };
        rows.iter_mut().for_each(|row| company::keep_known(schema, set.ty, row));
    }
    pbx.store.singles.retain(|name, row| {
        let ty = company::single_type(schema, &pbx.router, name);
        ty.into_iter().for_each(|ty| company::keep_known(schema, ty, row));
        ty.is_some() || is_inner(name)
    });
    whole(pbx)
}

fn types(schema: Schema, set: &str, ty: &'static str, rows: &[Row]) -> Result<(), Wrong> {
    for (place, row) in rows.iter().enumerate() {
        let at = pointer(&["sets", set, &place.to_string()]);
        check::object(schema, ty, row, "").map_err(|problem| at_target(&at, &problem))?;
    }
    Ok(())
}

/// A refusal of the API as something wrong with a place in the file.
fn at_target(at: &str, problem: &Problem) -> Wrong {
    let target = problem.target().replace(['.', '['], "/").replace(']', "");
    let pointer = if target.is_empty() { at.to_owned() } else { format!("{at}/{target}") };
    let reason = match problem.text().as_str() {
        NOT_FOUND | NO_EXTENSION => "names something that does not exist".to_owned(),
        text => format!("is refused: {text}"),
    };
    Wrong { pointer, reason }
}

/// The journal of the logs.
fn entries(rows: &[Row]) -> Result<(), Wrong> {
    for (place, row) in rows.iter().enumerate() {
        if let Some(fault) = journal::fault(row) {
            return wrong(pointer(&["sets", journal::JOURNAL, &place.to_string()]), fault);
        }
    }
    Ok(())
}

fn keys(set: &str, key: Option<&'static str>, rows: &[Row]) -> Result<(), Wrong> {
    let Some(key) = key else { return Ok(()) };
    let mut seen = HashSet::new();
    for (place, row) in rows.iter().enumerate() {
        let at = pointer(&["sets", set, &place.to_string()]);
        let Some(value) = row.get(key).filter(|value| !value.is_null()) else {
            return wrong(at, format!("has no key `{key}`"));
        };
        if !seen.insert(value.to_string()) {
            return wrong(format!("{at}/{key}"), format!("is {value}, like that of an earlier entity"));
        }
    }
    Ok(())
}

/// One numbering for everything that is called by a number.
fn numbers(sets: &BTreeMap<String, Vec<Row>>) -> Result<(), Wrong> {
    let mut owners: HashMap<&str, &str> = HashMap::new();
    for (set, rows) in sets.iter().filter(|(set, _)| dn::has_number(set)) {
        for (place, row) in rows.iter().enumerate() {
            let at = pointer(&["sets", set, &place.to_string()]);
            let Some(number) = row.get("Number").and_then(Value::as_str).filter(|number| !number.is_empty()) else {
                return wrong(at, "has no `Number`");
            };
            if let Some(owner) = owners.insert(number, set) {
                return wrong(format!("{at}/Number"), format!("is `{number}`, which one of `{owner}` has too"));
            }
        }
    }
    Ok(())
}

fn singles(pbx: &Pbx) -> Result<(), Wrong> {
    for (name, row) in &pbx.store.singles {
        let at = pointer(&["singles", name]);
        match company::single_type(pbx.schema, &pbx.router, name) {
            Some(ty) => check::object(pbx.schema, ty, row, "").map_err(|problem| at_target(&at, &problem))?,
            None if is_inner(name) => {}
            None => return wrong(at, format!("is no object of {}", release(pbx.schema))),
        }
    }
    Ok(())
}

fn references(pbx: &Pbx) -> Result<(), Wrong> {
    let references = References { schema: pbx.schema, store: &pbx.store };
    for (name, rows) in &pbx.store.sets {
        let Some(set) = pbx.router.sets.get(name.as_str()) else { continue };
        for (place, row) in rows.iter().enumerate() {
            let at = pointer(&["sets", name, &place.to_string()]);
            references.object(set.ty, row, "").map_err(|problem| at_target(&at, &problem))?;
        }
    }
    Ok(())
}

/// Ids never come back: a counter stands at the highest id or beyond it.
fn counters(pbx: &mut Pbx) -> Result<(), Wrong> {
    let fits = |last: i64| (0..i64::from(i32::MAX)).contains(&last);
    if let Some((name, last)) = pbx.store.next.iter().find(|(_, last)| !fits(**last)) {
        return wrong(pointer(&["counters", name]), format!("is {last}, which is no id"));
    }
    let ids: Vec<(String, i64)> = pbx
        .store
        .sets
        .iter()
        .filter_map(|(name, rows)| {
            let key = pbx.router.sets.get(name.as_str())?.key?;
            let highest = rows.iter().filter_map(|row| row.get(key)?.as_i64()).max()?;
            let counter = if dn::has_number(name) { "numbers" } else { name };
            Some((counter.to_owned(), highest))
        })
        .collect();
    for (counter, highest) in ids {
        let last = pbx.store.next.entry(counter).or_insert(0);
        *last = highest.max(*last);
    }
    Ok(())
}
