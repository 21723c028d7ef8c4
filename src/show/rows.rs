//! Rows that are shown a few at a time: a list of a PBX, or an array of objects.

use std::collections::VecDeque;

use serde_json::{Map, Value};

use crate::bindings::secrets::{MASK, hidden};
use crate::bindings::value::to_json;
use crate::bindings::{Fault, List, Object};
use crate::catalog::Catalog;
use crate::script::native::Dynamic;
use crate::show::columns::{candidates, daily};
use crate::show::{Format, How, machine, record, table, text};

/// A list asks for this many rows at once: what stands behind the last row of a page costs a request.
const PAGE: usize = 100;

/// More values of a row than these nobody keeps in mind who hears them, where nobody has said which are wanted.
const HEARD: usize = 8;

/// What a row is known by: its keys, its number, its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    pub ty: String,
    fields: Vec<(String, String)>,
}

/// The properties that are keys of something, and those that people know rows by.
const KNOWN_BY: [&str; 9] =
    ["Number", "DisplayName", "Name", "RuleName", "Id", "FileName", "Filename", "Link", "TemplatePath"];

impl Glance {
    /// Nothing for a row without a key.
    #[must_use]
    pub fn of(ty: &str, row: &Value) -> Option<Glance> {
        let field = |name: &str| match row.get(name)? {
            Value::String(text) if !text.is_empty() => Some((name.to_owned(), text.clone())),
            Value::Number(number) => Some((name.to_owned(), number.to_string())),
            _ => None,
        };
        let fields: Vec<(String, String)> = KNOWN_BY.into_iter().filter_map(field).collect();
        (!fields.is_empty()).then(|| Glance { ty: ty.to_owned(), fields })
    }

    #[must_use]
    pub fn value(&self, property: &str) -> Option<String> {
        self.fields.iter().find(|(name, _)| name == property).map(|(_, value)| value.clone())
    }

    /// What else the row is known by than this property.
    #[must_use]
    pub fn title(&self, besides: &str) -> String {
        let others = self.fields.iter().filter(|(name, _)| name != besides && name != "Id");
        others.take(2).map(|(_, value)| text::line(value)).collect::<Vec<_>>().join(" ")
    }
}

/// What is left of the rows of a value.
pub struct Rows {
    source: Box<dyn Iterator<Item = Result<Value, Fault>>>,
    /// Rows that are here already and not shown yet.
    waiting: VecDeque<Value>,
    /// A fault that came while looking ahead; it is told when somebody wants those rows.
    fault: Option<Fault>,
    /// How many there are, where the PBX has said so.
    all: Option<u64>,
    taken: usize,
    shown: usize,
    ended: bool,
    /// The columns that rows of this kind have, as far as that is known.
    columns: Option<Vec<String>>,
    /// The columns of a table in their order: those that somebody asked for, else those of the first rows shown.
    order: Option<Vec<String>>,
    /// The columns that people want to see of these rows, whatever else they have.
    daily: Option<Vec<String>>,
    /// What they are, where the catalog knows it.
    ty: Option<String>,
    /// The rows that were shown last.
    seen: Vec<Glance>,
}

impl Rows {
    /// The rows of a value, if it has any: a list, or an array with nothing but objects and maps.
    #[must_use]
    pub fn of(value: &Dynamic) -> Option<Rows> {
        if let Some(list) = value.read_lock::<List>() {
            let columns = list.columns();
            // All columns of a type come in the order of the alphabet; another order is somebody's wish.
            let order = Some(columns.clone()).filter(|columns| !columns.is_sorted());
            let rows = Rows::new(Box::new(list.rows()), Some(columns));
            let asked = || expanded(&list.element(), rows.columns.iter().flatten());
            let daily = if list.is_selected() { None } else { daily(&list.element(), asked()) };
            return Some(Rows { order, daily, all: list.known_len(), ty: Some(list.element()), ..rows });
        }
        let items = value.as_array_ref().ok()?;
        let all_objects = items.iter().all(|item| item.is_map() || Object::of(item).is_some());
        if items.is_empty() || !all_objects {
            return None;
        }
        let ty = items.first().and_then(Object::of).map(|object| object.type_name().to_owned());
        let items: Vec<Value> = items.iter().map(to_json).collect();
        let mut rows = Rows::new(Box::new(std::iter::empty()), None);
        rows.ty = ty;
        rows.daily = rows.ty.as_ref().and_then(|ty| {
            let keys = || items.first().and_then(Value::as_object).into_iter().flat_map(Map::keys);
            let daily = daily(ty, expanded(ty, keys()))?;
            // Rows that lack some of them were made of less: all that they have is wanted.
            let lacks = |name: &String| is_everywhere(ty, name) && !keys().any(|key| key == name);
            (!daily.iter().any(lacks)).then_some(daily)
        });
        (rows.taken, rows.ended, rows.waiting) = (items.len(), true, items.into());
        Some(rows)
    }

    /// The same rows with these columns, if there are any names.
    #[must_use]
    pub fn of_columns(self, columns: &[String]) -> Rows {
        if columns.is_empty() { self } else { Rows { order: Some(columns.to_vec()), daily: None, ..self } }
    }

    fn new(source: Box<dyn Iterator<Item = Result<Value, Fault>>>, columns: Option<Vec<String>>) -> Rows {
        let waiting = VecDeque::new();
        Rows {
            source,
            waiting,
            fault: None,
            all: None,
            taken: 0,
            shown: 0,
            ended: false,
            columns,
            order: None,
            daily: None,
            ty: None,
            seen: Vec::new(),
        }
    }

    /// What the rows are known by that were shown last.
    pub fn take_seen(&mut self) -> Vec<Glance> {
        std::mem::take(&mut self.seen)
    }

    /// May further rows follow?
    #[must_use]
    pub fn has_more(&self) -> bool {
        !self.waiting.is_empty() || self.fault.is_some() || !self.ended
    }

    fn pull(&mut self) {
        match self.source.next() {
            Some(Ok(row)) => {
                self.taken += 1;
                self.waiting.push_back(row);
            }
            Some(Err(fault)) => (self.fault, self.ended) = (Some(fault), true),
            None => self.ended = true,
        }
    }

    /// The next rows, as many as are wanted, and the rest of their page, which costs nothing.
    fn fetch(&mut self, wanted: usize) -> Result<Vec<Value>, Fault> {
        while !self.ended && self.waiting.len() < wanted {
            self.pull();
        }
        while !self.ended && !self.taken.is_multiple_of(PAGE) {
            self.pull();
        }
        if self.waiting.len() < wanted
            && let Some(fault) = self.fault.take()
        {
            return Err(fault);
        }
        let count = wanted.min(self.waiting.len());
        self.shown += count;
        Ok(self.waiting.drain(..count).collect())
    }

    /// Shows the next rows, as many as `how` wants.
    ///
    /// # Errors
    /// A page that cannot be read.
    pub fn show(&mut self, how: &How) -> Result<String, Fault> {
        let before = self.shown;
        let machine = how.format.is_for_machines();
        let mut secret = None;
        let fetched = self.fetch(how.rows.unwrap_or(usize::MAX))?;
        // Only a prompt shows some rows at a time, and only there somebody goes on to type.
        if let (Some(ty), Some(_)) = (&self.ty, how.rows) {
            self.seen = fetched.iter().filter_map(|row| Glance::of(ty, row)).collect();
        }
        let fetched = fetched.into_iter().map(|row| {
            if machine {
                return row;
            }
            let shown = hidden(&row);
            secret = secret.take().or_else(|| super::secret(&row, &shown));
            shown
        });
        let rows: Vec<Map<String, Value>> = fetched.map(as_row).collect();
        let columns = self.columns.as_deref();
        let (body, hidden) = match how.format {
            Format::Json => (machine::json(&Value::Array(rows.into_iter().map(Value::Object).collect())), 0),
            Format::Ndjson => (machine::lines(&rows.into_iter().map(Value::Object).collect::<Vec<_>>()), 0),
            Format::Csv => (machine::csv(&rows, columns), 0),
            _ if rows.is_empty() => (String::new(), 0),
            Format::Record => (records(&rows, before, how), 0),
            Format::Auto | Format::Table => {
                if how.plain && self.order.is_none() && self.daily.is_none() {
                    self.daily = Some(candidates(&rows, None)).filter(|all| all.len() > HEARD).map(|mut all| {
                        all.truncate(HEARD);
                        all
                    });
                }
                // The next rows stand below the same heads.
                let daily = self.daily.as_deref();
                let order = self.order.get_or_insert_with(|| of_first_rows(&rows, daily));
                let (table, hidden) = table::draw(&rows, Some(order), how);
                let besides = match daily {
                    Some(_) => candidates(&rows, None).iter().filter(|name| !order.contains(name)).count(),
                    None => 0,
                };
                (table, hidden + besides)
            }
        };
        let secret = secret.filter(|_| body.contains(MASK)).map(|name| text::dim(&super::hint(&name), how.colour));
        let note =
            if machine && !(self.has_more() && how.rows.is_some()) { String::new() } else { self.note(hidden, how) };
        let parts: Vec<String> =
            [body, note, secret.unwrap_or_default()].into_iter().filter(|part| !part.is_empty()).collect();
        Ok(parts.join("\n"))
    }

    /// `20 of 143 rows; 12 more columns`.
    fn note(&self, hidden: usize, how: &How) -> String {
        let mut note = match (self.has_more(), self.ended && self.fault.is_none()) {
            (false, _) if self.shown == 0 => "no rows".to_owned(),
            (false, _) => text::count(self.shown, "row"),
            (true, true) => format!("{} of {}", self.shown, text::count(self.taken, "row")),
            (true, false) if self.all.is_some() => {
                let all = usize::try_from(self.all.unwrap_or_default()).unwrap_or(usize::MAX);
                format!("{} of {}", self.shown, text::count(all, "row"))
            }
            // How many there are the PBX has not said, and asking would be one request more.
            (true, false) => format!("{} of at least {}", self.shown, text::count(self.taken, "row")),
        };
        if hidden > 0 {
            note.push_str(&format!("; {}", text::count(hidden, "more column")));
            if let Some(whole) = how.whole {
                note.push_str(&format!(", {whole}"));
            }
        }
        if let Some(more) = how.more.filter(|_| self.has_more()) {
            note.push_str(&format!("; {more}"));
        }
        text::dim(&text::wrap(&note, how.width, 0), how.colour)
    }
}

/// The columns of a table by the rows on its first page.
fn of_first_rows(rows: &[Map<String, Value>], daily: Option<&[String]>) -> Vec<String> {
    let all = candidates(rows, None);
    match daily {
        Some(daily) => daily.iter().filter(|name| all.contains(name)).cloned().collect(),
        None => all,
    }
}

fn is_navigation(ty: &str, name: &str) -> bool {
    Catalog::known().properties(ty).iter().any(|property| property.navigation && property.name == name)
}

/// Does every row have it that came whole, on whatever release?
fn is_everywhere(ty: &str, name: &str) -> bool {
    let catalog = Catalog::builtin();
    let of_name = catalog.properties(ty).iter().filter(|property| property.name == name && !property.navigation);
    let releases: u32 = of_name.map(|property| property.releases.0.count_ones()).sum();
    releases as usize == catalog.releases.len()
}

/// The navigation properties among some names.
fn expanded<'a>(ty: &str, names: impl Iterator<Item = &'a String>) -> Vec<String> {
    names.filter(|name| is_navigation(ty, name)).cloned().collect()
}

fn as_row(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        other => [("value".to_owned(), other)].into_iter().collect(),
    }
}

fn records(rows: &[Map<String, Value>], before: usize, how: &How) -> String {
    let all: Vec<String> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let (body, _) = record::draw(row, how);
            let number = before + at + 1;
            let head = if how.plain { format!("Row {number}") } else { format!("-- {number} --") };
            format!("{}\n{body}", text::dim(&head, how.colour))
        })
        .collect();
    all.join("\n")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use serde_json::{Value, json};

    use super::Rows;
    use crate::bindings::Fault;
    use crate::show::{Format, How};

    /// So many rows in pages, and how many pages were asked for.
    fn list(length: usize, broken_at: Option<usize>) -> (Rows, Rc<Cell<usize>>) {
        let pages = Rc::new(Cell::new(0));
        let counter = pages.clone();
        let mut at = 0;
        let source = std::iter::from_fn(move || {
            if at % super::PAGE == 0 {
                counter.set(counter.get() + 1);
            }
            at += 1;
            match broken_at {
                Some(broken) if at > broken => Some(Err(Fault::Spent)),
                _ => (at <= length).then(|| Ok(json!({"Id": at}))),
            }
        });
        (Rows::new(Box::new(source), Some(vec!["Id".to_owned(), "Name".to_owned()])), pages)
    }

    fn last_line(text: &str) -> &str {
        text.lines().last().unwrap_or_default()
    }

    #[test]
    fn pages_ask_only_for_what_they_show() {
        let (mut rows, pages) = list(143, None);
        let how = How { rows: Some(20), ..How::default() };
        let first = rows.show(&how).unwrap_or_default();
        assert_eq!((last_line(&first), pages.get()), ("20 of at least 100 rows", 1));
        assert_eq!(first.lines().count(), 23);
        for shown in ["40", "60", "80", "100"] {
            let text = rows.show(&how).unwrap_or_default();
            assert_eq!(last_line(&text), format!("{shown} of at least 100 rows"));
        }
        assert_eq!(pages.get(), 1);
        assert_eq!(last_line(&rows.show(&how).unwrap_or_default()), "120 of 143 rows");
        assert!(rows.has_more());
        let _ = rows.show(&how);
        assert_eq!(last_line(&rows.show(&how).unwrap_or_default()), "143 rows");
        assert!(!rows.has_more());
        assert_eq!(pages.get(), 2);
    }

    #[test]
    fn further_rows_stand_below_the_same_heads() {
        let rows = (0..4).map(|id| Ok(json!({"Id": id, if id < 2 { "A" } else { "B" }: id, "C": id / 2})));
        let mut rows = Rows::new(Box::new(rows), None);
        let how = How { rows: Some(2), more: Some("Enter shows more"), ..How::default() };
        let first = rows.show(&how).unwrap_or_default();
        assert_eq!(first, " Id | A | C\n----+---+---\n  0 | 0 | 0\n  1 | 1 | 0\n2 of 4 rows; Enter shows more");
        assert_eq!(rows.show(&how).unwrap_or_default(), " Id | C\n----+---\n  2 | 1\n  3 | 1\n4 rows");
    }

    #[test]
    fn the_columns_that_people_want_and_how_to_see_the_rest() {
        let row = |id: usize| json!({"Hidden": false, "Id": id, "Name": "Ada", "Number": "100", "Other": 1, "Type": "Extension"});
        let mut rows = Rows::new(Box::new((1..3).map(move |id| Ok(row(id)))), None);
        rows.daily = super::daily("Peer", []);
        rows.ty = Some("Peer".to_owned());
        let how = How { rows: Some(20), whole: Some(":full shows all"), ..How::default() };
        assert_eq!(
            rows.show(&how).unwrap_or_default(),
            " Id | Number | Name | Type      | Hidden\n----+--------+------+-----------+--------\n  1 | 100    | Ada  | \
             Extension | false\n  2 | 100    | Ada  | Extension | false\n2 rows; 1 more column, :full shows all"
        );
        let seen = rows.take_seen();
        assert_eq!(seen.len(), 2);
        assert_eq!(seen[1].value("Id").as_deref(), Some("2"));
        assert_eq!((seen[1].title("Id"), seen[1].title("Number")), ("100 Ada".to_owned(), "Ada".to_owned()));
    }

    #[test]
    fn all_rows_or_none() {
        let (mut rows, _) = list(3, None);
        assert_eq!(rows.show(&How::default()).unwrap_or_default(), " Id\n----\n  1\n  2\n  3\n3 rows");
        assert_eq!(list(0, None).0.show(&How::default()).unwrap_or_default(), "no rows");
        let csv = How { format: Format::Csv, ..How::default() };
        assert_eq!(list(0, None).0.show(&csv).unwrap_or_default(), "Id,Name");
        assert_eq!(list(2, None).0.show(&csv).unwrap_or_default(), "Id,Name\n1,\n2,");
        let json = How { format: Format::Json, ..How::default() };
        let text = list(2, None).0.show(&json).unwrap_or_default();
        assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(json!([{"Id": 1}, {"Id": 2}])));
        let record = How { format: Format::Record, ..How::default() };
        assert_eq!(list(2, None).0.show(&record).unwrap_or_default(), "-- 1 --\nId  1\n-- 2 --\nId  2\n2 rows");
    }

    #[test]
    fn rows_that_are_read_aloud_have_no_more_than_can_be_kept_in_mind() {
        let row = |id: usize| {
            let fields = (0..12).map(|at| (format!("F{at:02}"), json!(id * 100 + at)));
            Ok(Value::Object(fields.collect()))
        };
        let mut rows = Rows::new(Box::new((1..4).map(row)), None);
        let how = How { rows: Some(2), plain: true, whole: Some(":full shows all"), ..How::default() };
        assert_eq!(
            rows.show(&how).unwrap_or_default(),
            "F00: 100, F01: 101, F02: 102, F03: 103, F04: 104, F05: 105, F06: 106, F07: 107\n\
             F00: 200, F01: 201, F02: 202, F03: 203, F04: 204, F05: 205, F06: 206, F07: 207\n\
             2 of 3 rows; 4 more columns, :full shows all"
        );
        let record = How { format: Format::Record, ..how };
        let last = rows.show(&record).unwrap_or_default();
        assert!(last.starts_with("Row 3\nF00: 300\n") && last.ends_with("F11: 311\n3 rows"), "{last}");
    }

    #[test]
    fn a_fault_behind_the_shown_rows_waits_until_it_matters() {
        let (mut rows, _) = list(200, Some(30));
        let how = How { rows: Some(20), ..How::default() };
        assert!(rows.show(&how).is_ok());
        assert!(rows.has_more());
        assert!(rows.show(&how).is_err());
        assert_eq!(last_line(&rows.show(&how).unwrap_or_default()), "30 rows");
    }
}
