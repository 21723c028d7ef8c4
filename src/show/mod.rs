//! Values → text: tables, records, JSON, CSV and help pages. Pure: no streams, no terminal, no clock.

mod calls;
mod columns;
pub mod definitions;
pub mod difference;
mod example;
pub mod help;
#[cfg(test)]
mod help_tests;
mod machine;
pub mod modules;
pub mod page;
pub mod plan;
mod record;
pub mod reference;
mod rows;
mod search;
mod table;
pub mod text;
mod time;
pub mod topic;

use std::sync::Arc;

use serde_json::{Map, Value};

pub use rows::{Glance, Rows};

use crate::bindings::secrets::{MASK, hidden};
use crate::bindings::value::to_json;
use crate::bindings::{Connection, Download, Fault, List, Object, Resource, Words, nearest};
use crate::catalog::Catalog;
use crate::kit;
use crate::script::native::{Dynamic, FnPtr, Position};
use crate::script::{Ending, Fact, Failure, Kind, Origin, Raised};

/// How text may look where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct How {
    pub width: usize,
    pub colour: bool,
    pub unicode: bool,
    /// The most rows of a list; all of them without it.
    pub rows: Option<usize>,
    pub format: Format,
    /// How a person gets at the rows after those, where there is a way.
    pub more: Option<&'static str>,
    /// How a person gets at the columns that a table leaves out, where there is a way.
    pub whole: Option<&'static str>,
    /// What is not set, and the end of long lists inside of objects, too.
    pub full: bool,
    /// For those who listen: every value behind its name, and nothing that is drawn or aligned.
    pub plain: bool,
}

/// As wide as it likes.
pub const UNBOUNDED: usize = 1 << 20;

/// Longer lines are hard to read, however wide the terminal is: the eye does not find the next one.
const PROSE: usize = 100;

impl How {
    /// How wide sentences may be.
    #[must_use]
    pub fn prose(&self) -> usize {
        if self.plain { self.width } else { self.width.min(PROSE) }
    }
}

impl Default for How {
    fn default() -> How {
        How {
            width: 80,
            colour: false,
            unicode: false,
            rows: None,
            format: Format::Auto,
            more: None,
            whole: None,
            full: false,
            plain: false,
        }
    }
}

/// What values look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// A table for rows, a record for an object.
    #[default]
    Auto,
    Table,
    Record,
    Json,
    /// A row, or a value, on each line.
    Ndjson,
    Csv,
}

impl Format {
    pub const ALL: [Format; 6] =
        [Format::Auto, Format::Table, Format::Record, Format::Json, Format::Ndjson, Format::Csv];
    /// In the same order.
    pub const NAMES: [&str; 6] = ["auto", "table", "record", "json", "ndjson", "csv"];

    #[must_use]
    pub fn name(self) -> &'static str {
        Format::NAMES[self as usize]
    }

    /// Is it read by programs? They get everything as it is, and people no secrets.
    #[must_use]
    pub fn is_for_machines(self) -> bool {
        matches!(self, Format::Json | Format::Ndjson | Format::Csv)
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// What stands on the terminal for a value; nothing for nothing.
///
/// # Errors
/// A page of a list that cannot be read.
pub fn value(given: &Dynamic, how: &How) -> Result<Option<String>, Fault> {
    match Rows::of(given) {
        Some(mut rows) => rows.show(how).map(Some),
        None => Ok(single(given, how)),
    }
}

/// All rows of a value as a table of these columns, or of those that matter.
///
/// # Errors
/// A column that the rows do not have; a page of a list that cannot be read.
pub fn table(given: &Dynamic, columns: &[String], how: &How) -> Result<String, Fault> {
    let how = How { format: Format::Table, rows: None, ..*how };
    match Rows::of(given) {
        Some(rows) => {
            there_are(columns, given)?;
            rows.of_columns(columns).show(&how)
        }
        None => Ok(single(given, &how).unwrap_or_default()),
    }
}

/// A misspelt column would be an empty one.
fn there_are(columns: &[String], rows: &Dynamic) -> Result<(), Fault> {
    let list = rows.read_lock::<List>().map(|list| list.element());
    let array = rows.as_array_ref().ok();
    let items = || array.iter().flat_map(|array| array.iter());
    let ty = list.or_else(|| items().find_map(Object::of).map(|object| object.type_name().to_owned()));
    let known: Vec<&'static str> = match &ty {
        Some(ty) => Catalog::known().properties(ty).iter().map(|property| property.name).collect(),
        None => Vec::new(),
    };
    let in_a_row = |name: &str| items().filter_map(|item| item.as_map_ref().ok()).any(|map| map.contains_key(name));
    match columns.iter().find(|name| !known.contains(&name.as_str()) && !in_a_row(name)) {
        None => Ok(()),
        Some(wrong) => Err(Fault::UnknownProperty {
            ty: ty.unwrap_or_else(|| "rows".to_owned()),
            name: wrong.clone(),
            nearest: nearest(wrong, known.iter().copied()),
            known,
        }),
    }
}

/// A value that is no list of rows.
#[must_use]
pub fn single(given: &Dynamic, how: &How) -> Option<String> {
    if given.is_unit() {
        return None;
    }
    if let Some(text) = of_the_shell(given, how) {
        return Some(text);
    }
    let json = to_json(given);
    let shown = if how.format.is_for_machines() { json.clone() } else { hidden(&json) };
    let text = match (how.format, &shown) {
        (Format::Json, _) => machine::json(&shown),
        (Format::Ndjson, Value::Array(items)) => machine::lines(items),
        (Format::Ndjson, _) => machine::lines(std::slice::from_ref(&shown)),
        (_, Value::Array(items)) => array(items, how),
        (Format::Csv, Value::Object(fields)) => machine::csv(std::slice::from_ref(fields), None),
        (Format::Table, Value::Object(fields)) => table::draw(std::slice::from_ref(fields), None, how).0,
        (_, Value::Object(fields)) => object(given, fields, how),
        (_, Value::String(text)) => text::lines(text),
        (_, other) => other.to_string(),
    };
    Some(match secret(&json, &shown).filter(|_| text.contains(MASK)) {
        Some(name) => format!("{text}\n{}", text::dim(&hint(&name), how.colour)),
        None => text,
    })
}

/// The name of the first secret that is hidden in what is shown of a value.
fn secret(value: &Value, shown: &Value) -> Option<String> {
    match (value, shown) {
        (Value::Array(items), Value::Array(shown)) => {
            items.iter().zip(shown).find_map(|(one, other)| secret(one, other))
        }
        (Value::Object(fields), Value::Object(shown)) => {
            fields.iter().zip(shown).find_map(|((name, one), (_, other))| {
                let here = one != other && other == MASK;
                if here { Some(name.clone()) } else { secret(one, other) }
            })
        }
        _ => None,
    }
}

/// How somebody gets at what is hidden.
fn hint(name: &str) -> String {
    format!("{MASK} is a secret: `….{}` shows it, the format json shows all", text::line(name))
}

/// What only this program knows: a download, a connection, a fault, a function.
fn of_the_shell(given: &Dynamic, how: &How) -> Option<String> {
    if let Some(download) = given.read_lock::<Download>() {
        let kind = Some(download.content_type()).filter(|kind| !kind.is_empty()).unwrap_or("unknown content");
        let name = download.file_name().map(|name| format!(", {}", text::line(name))).unwrap_or_default();
        let rows = if kind.contains("csv") { ", .rows() reads it" } else { ", .text() reads it" };
        return Some(format!("Download of {}{name}; .save(path) writes it{rows}", text::line(kind)));
    }
    if let Some(pbx) = given.read_lock::<Connection>() {
        let version = pbx.known_version().map(|version| format!(", version {}", text::line(&version)));
        return Some(format!("Connection to {}{}", text::line(pbx.name()), version.unwrap_or_default()));
    }
    if let Some(raised) = given.read_lock::<Raised>() {
        let mut fields = Map::new();
        fields.insert("code".to_owned(), raised.fact.code().into());
        fields.insert("message".to_owned(), raised.wording.message.clone().into());
        fields.insert("hint".to_owned(), raised.wording.hint.clone().into());
        let machine = how.format == Format::Json;
        return Some(if machine { machine::json(&Value::Object(fields)) } else { record::draw(&fields, how).0 });
    }
    if let Some(title) = kit::title(given) {
        return Some(text::line(&title));
    }
    if given.is::<Resource>() {
        return Some("a resource; `.` and an operation behind it call the PBX".to_owned());
    }
    let function = given.read_lock::<FnPtr>()?;
    let name = function.fn_name();
    Some(if name.starts_with("anon$") { "a closure".to_owned() } else { format!("the function `{name}`") })
}

fn object(given: &Dynamic, fields: &Map<String, Value>, how: &How) -> String {
    let ty = Object::of(given).map(|object| object.type_name());
    let (body, unset) = record::draw(fields, how);
    if let (true, 0, Some(ty)) = (body.is_empty(), unset, ty) {
        return format!("{ty}, nothing is set");
    }
    let whole = how.whole.map(|whole| format!(", {whole}")).unwrap_or_default();
    if body.is_empty() {
        let unset = text::count(unset, "property").replace("propertys", "properties");
        return ty.map_or_else(|| "#{}".to_owned(), |ty| format!("{ty}, {unset}, all unset{whole}"));
    }
    let note = match (ty, unset) {
        (None, 0) => return body,
        (Some(ty), 0) => ty.to_owned(),
        (Some(ty), unset) => format!("{ty}; {unset} more unset{whole}"),
        (None, unset) => format!("{unset} more unset{whole}"),
    };
    format!("{body}\n{}", text::dim(&note, how.colour))
}

/// `[1, "two", 3]`, wrapped behind its commas.
fn array(items: &[Value], how: &How) -> String {
    let items: Vec<String> = items.iter().map(|item| text::json(&item.to_string())).collect();
    let mut lines = vec!["[".to_owned()];
    for (at, item) in items.iter().enumerate() {
        let item = if at + 1 < items.len() { format!("{item},") } else { format!("{item}]") };
        let Some(last) = lines.last_mut() else { break };
        let gap = usize::from(at > 0);
        if at > 0 && text::width(last) + gap + text::width(&item) > how.width {
            lines.push(format!(" {item}"));
        } else {
            last.push_str(&format!("{}{item}", " ".repeat(gap)));
        }
    }
    if items.is_empty() { "[]".to_owned() } else { lines.join("\n") }
}

/// A fault that came while a value was shown, as the end of a run.
#[must_use]
pub fn failure(fault: Fault, words: Words) -> Failure {
    let kind = if fault.is_interrupt() {
        Kind::Ended(Ending::Interrupted)
    } else {
        let origin = Origin { source: None, position: Position::NONE };
        let raised = Raised { wording: words(&fault), fact: Arc::new(fault), origin };
        Kind::Thrown(Dynamic::from(raised))
    };
    Failure { kind, place: None, frames: Vec::new() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Format, How, value};
    use crate::bindings::value::plain;
    use crate::script::native::Dynamic;

    fn shown(json: serde_json::Value, format: Format, width: usize) -> String {
        value(&plain(&json), &How { width, format, ..How::default() }).ok().flatten().unwrap_or_default()
    }

    #[test]
    fn scalars_are_themselves() {
        assert!(matches!(value(&Dynamic::UNIT, &How::default()), Ok(None)));
        assert_eq!(shown(json!("two\nlines\u{1b}[2J"), Format::Auto, 80), "two\nlines\\u{1b}[2J");
        assert_eq!(shown(json!(42), Format::Auto, 80), "42");
        assert_eq!(shown(json!(true), Format::Table, 80), "true");
        assert_eq!(shown(json!("x"), Format::Json, 80), "\"x\"");
    }

    #[test]
    fn arrays_of_anything_wrap_behind_commas() {
        assert_eq!(shown(json!([1, "two", null, [3]]), Format::Auto, 80), "[1, \"two\", null, [3]]");
        assert_eq!(shown(json!([100, 200, 300, 400]), Format::Auto, 10), "[100, 200,\n 300, 400]");
        assert_eq!(shown(json!([]), Format::Auto, 10), "[]");
    }

    #[test]
    fn objects_take_every_format() {
        let map = json!({"Id": 1, "Name": "a", "None": null});
        assert_eq!(shown(map.clone(), Format::Auto, 80), "Id    1\nName  a\n1 more unset");
        assert_eq!(shown(map.clone(), Format::Table, 80), " Id | Name\n----+------\n  1 | a");
        assert_eq!(shown(map.clone(), Format::Csv, 80), "Id,Name,None\n1,a,");
        assert!(shown(map.clone(), Format::Json, 80).starts_with("{\n  \"Id\": 1"));
        assert_eq!(shown(json!({}), Format::Auto, 80), "#{}");
        let rows = json!([map.clone(), map]);
        assert_eq!(shown(rows, Format::Auto, 80), " Id | Name\n----+------\n  1 | a\n  1 | a\n2 rows");
    }
}
