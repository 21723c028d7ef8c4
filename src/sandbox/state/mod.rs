//! A PBX as a file, and a file as a PBX. The file is JSON with one order, so that the difference between two of them
//! is what happened between them.

mod check;
mod layout;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::catalog::{Catalog, Release};
use crate::sandbox::logs::Cast;
use crate::sandbox::logs::random::Random;
use crate::sandbox::store::{Row, Store};
use crate::sandbox::{Clock, Pbx, Setup, defaults};

const FORMAT: &str = "pbxsh sandbox 1";
/// A text that is no state, or one that no PBX could have.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum BadState {
    #[error("line {line}: this is no JSON: {reason}")]
    NotJson { line: usize, reason: String },
    #[error("line {line}: `{pointer}` {reason}")]
    Wrong { line: usize, pointer: String, reason: String },
}

/// What is wrong with the value behind a JSON pointer.
#[derive(Debug)]
struct Wrong {
    pointer: String,
    reason: String,
}

fn wrong<T>(pointer: impl Into<String>, reason: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { pointer: pointer.into(), reason: reason.into() })
}

/// The file, as it stands there.
#[derive(Serialize)]
struct File {
    format: String,
    release: String,
    /// When the company began: times of its logs count from here.
    born: String,
    /// Where chance goes on.
    chance: Chance,
    clients: BTreeMap<String, String>,
    counters: BTreeMap<String, i64>,
    logs: Option<Past>,
    /// The keys of the sets whose entities do not stand in the order of their keys.
    order: BTreeMap<String, Vec<Value>>,
    sets: BTreeMap<String, Vec<Value>>,
    singles: BTreeMap<String, Value>,
}

/// 64 bits, as hexadecimal text: many readers of JSON have no numbers of that size.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Chance(String);

/// What the logs are planned from. What callers did to them stands in a journal among the sets.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Past {
    cast: Cast,
}

pub(super) fn save(pbx: &Pbx) -> String {
    let mut order = BTreeMap::new();
    let mut sets = BTreeMap::new();
    for (name, rows) in pbx.store.sets.iter().filter(|(_, rows)| !rows.is_empty()) {
        let (rows, places) = in_order(pbx, name, rows);
        sets.insert(name.clone(), rows);
        order.extend(places.map(|places| (name.clone(), places)));
    }
    let singles = pbx.store.singles.iter().map(|(name, row)| (name.clone(), Value::Object(row.clone())));
    let file = File {
        format: FORMAT.to_owned(),
        release: pbx.release(),
        born: pbx.born.to_string(),
        chance: Chance::of(pbx.random.state()),
        clients: pbx.clients.clone(),
        counters: pbx.store.next.clone(),
        logs: Some(Past { cast: pbx.cast.clone() }),
        order,
        sets,
        singles: singles.collect(),
    };
    // Maps with names as keys, texts and numbers: nothing of this can be refused by JSON.
    layout::write(&serde_json::to_value(&file).unwrap_or_default())
}

/// The rows by their keys, whole; and all keys where the rows have an order of their own.
fn in_order(pbx: &Pbx, name: &str, rows: &[Row]) -> (Vec<Value>, Option<Vec<Value>>) {
    let set = pbx.router.sets.get(name);
    let whole = rows.iter().map(|row| {
        let mut row = row.clone();
        if let Some(set) = set {
            defaults::fill(pbx.schema, set.ty, &mut row, pbx.born);
        }
        Value::Object(row)
    });
    let mut rows: Vec<Value> = whole.collect();
    let Some(key) = set.and_then(|set| set.key) else { return (rows, None) };
    let before: Vec<Value> = rows.iter().map(|row| row[key].clone()).collect();
    rows.sort_by(|left, right| by_key(&left[key], &right[key]));
    let moved = rows.iter().map(|row| &row[key]).ne(&before);
    (rows, moved.then_some(before))
}

/// Numbers by size, texts by letters.
fn by_key(left: &Value, right: &Value) -> Ordering {
    let numbers = left.as_i64().zip(right.as_i64()).map(|(left, right)| left.cmp(&right));
    numbers.unwrap_or_else(|| left.as_str().cmp(&right.as_str()))
}

pub(super) fn load(
    catalog: &'static Catalog,
    text: &str,
    release: Option<Release>,
    clock: Clock,
) -> Result<Pbx, BadState> {
    let file: Value = serde_json::from_str(text)
        .map_err(|error| BadState::NotJson { line: error.line(), reason: sentence(&error) })?;
    read(catalog, file, release, clock).map_err(|Wrong { pointer, reason }| {
        let line = layout::line_of(text, &pointer);
        BadState::Wrong { line, pointer: if pointer.is_empty() { "/".to_owned() } else { pointer }, reason }
    })
}

/// The reason alone: the place is told in our own way.
fn sentence(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(reason, _)| reason.to_owned())
}

fn read(catalog: &'static Catalog, file: Value, release: Option<Release>, clock: Clock) -> Result<Pbx, Wrong> {
    let file = parts(file)?;
    if file.format != FORMAT {
        return wrong("/format", format!("is `{}`, and this program reads `{FORMAT}`", file.format));
    }
    let Some(named) = catalog.release(&file.release) else {
        return wrong("/release", format!("is `{}`; known are {}", file.release, catalog.releases.join(", ")));
    };
    let Some(born) = file.born.parse::<Timestamp>().ok().filter(|born| (0..END_OF_TIME).contains(&born.as_second()))
    else {
        return wrong("/born", format!("is `{}`, which is no time like 2026-03-12T10:30:00Z", file.born));
    };
    let mut pbx = Pbx::empty(catalog, Setup { release: named, seed: 0, clock });
    pbx.born = born;
    pbx.random = Random::new(file.chance.read("/chance")?);
    pbx.clients = file.clients;
    let sets = file.sets.into_iter().map(|(name, rows)| Ok((rows_of(&name, rows)?, name)));
    let sets: Vec<(Vec<Row>, String)> = sets.collect::<Result<_, _>>()?;
    pbx.store = Store { sets: sets.into_iter().map(|(rows, name)| (name, rows)).collect(), ..Store::default() };
    for (name, value) in file.singles {
        let Value::Object(row) = value else { return wrong(pointer(&["singles", &name]), "is no object") };
        pbx.store.singles.insert(name, row);
    }
    pbx.store.next = file.counters;
    check::whole(&mut pbx)?;
    if let Some(other) = release.filter(|other| *other != named) {
        check::upgrade(&mut pbx, other)?;
    }
    for (name, keys) in &file.order {
        if !lost(&pbx, named, name) {
            reorder(&mut pbx, name, keys)?;
        }
    }
    match file.logs {
        Some(logs) => remember(&mut pbx, logs)?,
        None => pbx.cast = Cast { volume: 0, ..Cast::of(&pbx.store, 0, born) },
    }
    Ok(pbx)
}

/// Is this a set that went with the release that the file names?
fn lost(pbx: &Pbx, named: Release, set: &str) -> bool {
    pbx.schema.release != named && !pbx.router.sets.contains_key(set)
}

/// The year 2100.
const END_OF_TIME: i64 = 4_102_444_800;

/// Each part read for itself, so that what is wrong has a place.
fn parts(file: Value) -> Result<File, Wrong> {
    let Value::Object(mut file) = file else { return wrong("", "is no object") };
    let parts = File {
        format: text(&mut file, "format")?,
        release: text(&mut file, "release")?,
        born: text(&mut file, "born")?,
        chance: part(&mut file, "chance")?,
        clients: part(&mut file, "clients")?,
        counters: part(&mut file, "counters")?,
        logs: part(&mut file, "logs")?,
        order: part(&mut file, "order")?,
        sets: part(&mut file, "sets")?,
        singles: part(&mut file, "singles")?,
    };
    match file.keys().next() {
        Some(name) => wrong(pointer(&[name]), "is not known here"),
        None => Ok(parts),
    }
}

fn text(file: &mut Map<String, Value>, name: &str) -> Result<String, Wrong> {
    match file.remove(name) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => wrong(pointer(&[name]), "is no text"),
        None => wrong("", format!("has no `{name}`")),
    }
}

fn part<T: DeserializeOwned + Default>(file: &mut Map<String, Value>, name: &str) -> Result<T, Wrong> {
    let given = file.remove(name).map(serde_json::from_value).transpose();
    given.map(Option::unwrap_or_default).or_else(|error| wrong(pointer(&[name]), format!("cannot be read: {error}")))
}

fn rows_of(set: &str, rows: Vec<Value>) -> Result<Vec<Row>, Wrong> {
    let row = |(place, row): (usize, Value)| match row {
        Value::Object(row) => Ok(row),
        _ => wrong(pointer(&["sets", set, &place.to_string()]), "is no object"),
    };
    rows.into_iter().enumerate().map(row).collect()
}

/// Brings a set into an order that its keys do not give.
fn reorder(pbx: &mut Pbx, name: &str, keys: &[Value]) -> Result<(), Wrong> {
    let place = pointer(&["order", name]);
    let Some(key) = pbx.router.sets.get(name).and_then(|set| set.key) else {
        return wrong(place, "names no set with keys");
    };
    let rows = pbx.store.rows_mut(name);
    let places = keys.iter().map(|wanted| rows.iter().position(|row| row.get(key) == Some(wanted)));
    let Some(mut places) = places.collect::<Option<Vec<usize>>>() else {
        return wrong(place, "names an entity that the set does not have");
    };
    let named = places.len();
    // Entities that somebody added by hand stand at the end.
    places.extend((0..rows.len()).filter(|place| !places[..named].contains(place)).collect::<Vec<_>>());
    if places.len() != rows.len() {
        return wrong(place, "names an entity twice");
    }
    let mut taken: Vec<Option<Row>> = std::mem::take(rows).into_iter().map(Some).collect();
    rows.extend(places.into_iter().filter_map(|place| taken[place].take()));
    Ok(())
}

fn remember(pbx: &mut Pbx, past: Past) -> Result<(), Wrong> {
    if !past.cast.fits() {
        return wrong("/logs/cast", "is of more people or of more volume than logs can be made for");
    }
    pbx.cast = Cast { born: pbx.born, ..past.cast };
    Ok(())
}

impl Chance {
    fn of(state: u64) -> Chance {
        Chance(format!("{state:016x}"))
    }

    fn read(&self, place: &str) -> Result<u64, Wrong> {
        let text = if self.0.is_empty() { "0" } else { &self.0 };
        u64::from_str_radix(text, 16).or_else(|_| wrong(place, format!("is `{text}`, which is no hexadecimal number")))
    }
}

/// A JSON pointer.
fn pointer(parts: &[&str]) -> String {
    parts.iter().map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1"))).collect()
}
