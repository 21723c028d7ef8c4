//! Changes that were noted in the place of being sent: what each of them is, and what all of them would make of what the PBX has.
//!
//! Nothing here speaks to a PBX. What it has is handed in, as rows of its answers. Which of the planned objects a filter would find
//! decides the sandbox's reading of filters.

mod state;

use std::collections::HashMap;
use std::ops::Range;

use serde_json::{Map, Value};

pub use state::{Planned, State};

use crate::catalog::Effect;
pub use crate::sandbox::Sieve;

/// An object as a PBX sends it.
pub type Row = Map<String, Value>;

/// Where an object stands: in a set under its key, or alone under a name of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    pub set: &'static str,
    pub key: Option<String>,
}

impl Place {
    #[must_use]
    pub fn new(set: &'static str, key: Option<&Value>) -> Place {
        Place { set, key: key.map(text_of) }
    }
}

/// Keys come as numbers and as text.
fn text_of(key: &Value) -> String {
    key.as_str().map_or_else(|| key.to_string(), str::to_owned)
}

/// What a change does to one object.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    Make {
        place: Place,
        object: Row,
    },
    /// These properties get new values; arrays and objects in them are replaced as a whole.
    Alter {
        place: Place,
        before: Row,
        fields: Row,
    },
    Remove {
        place: Place,
        /// Nothing where the PBX shows no single object of its kind.
        before: Option<Row>,
    },
}

impl Deed {
    #[must_use]
    pub fn place(&self) -> &Place {
        match self {
            Deed::Make { place, .. } | Deed::Alter { place, .. } | Deed::Remove { place, .. } => place,
        }
    }
}

/// A call that was not sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub pbx: String,
    pub operation: String,
    pub effect: Effect,
    /// What it was given, by name.
    pub given: Row,
    /// What it does to what is kept; nothing where nobody can say, as of a call that is dropped.
    pub deeds: Vec<Deed>,
    /// The property whose value somebody else has, so that the PBX will hardly take it.
    pub taken: Option<&'static str>,
}

impl Change {
    /// Would everything be as it is?
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let idle = |deed: &Deed| match deed {
            Deed::Alter { before, fields, .. } => differences(before, fields).is_empty(),
            Deed::Make { .. } | Deed::Remove { .. } => false,
        };
        !self.deeds.is_empty() && self.deeds.iter().all(idle)
    }
}

/// How a text begins that stands for another one.
const PLANNED: &str = "planned-";

/// Stands for a value that the PBX allots when something is made. So far below zero is nothing that a PBX knows.
#[must_use]
pub fn unknown_number(count: u32) -> Value {
    Value::from(-1_000_000 - i64::from(count))
}

/// The same for text.
#[must_use]
pub fn unknown_text(count: u32) -> Value {
    Value::from(format!("{PLANNED}{count}"))
}

/// Does one of these stand for something that is not made yet?
#[must_use]
pub fn is_unknown(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_i64().is_some_and(far_below),
        Value::String(text) => is_unknown_text(text),
        _ => false,
    }
}

fn is_unknown_text(text: &str) -> bool {
    match text.strip_prefix(PLANNED) {
        Some(count) => count.parse::<u32>().is_ok(),
        None => text.parse().is_ok_and(far_below),
    }
}

fn far_below(number: i64) -> bool {
    (-2_000_000..-1_000_000).contains(&number)
}

/// The first such value, at any depth.
#[must_use]
pub fn first_unknown(value: &Value) -> Option<&Value> {
    match value {
        Value::Array(items) => items.iter().find_map(first_unknown),
        Value::Object(fields) => fields.values().find_map(first_unknown),
        value => Some(value).filter(|value| is_unknown(value)),
    }
}

/// Where in a text such values stand: scripts make names of numbers, as in `Voicemail of planned-1`.
fn unknown_parts(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let digits = |at: usize| text[at..].bytes().take_while(u8::is_ascii_digit).count();
    text.match_indices('-').filter_map(move |(dash, _)| {
        let before = &text[..dash];
        // `030-1000001` is the number of a telephone.
        if before.ends_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let start = before.strip_suffix(PLANNED.trim_end_matches('-')).map_or(dash, str::len);
        let part = start..dash + 1 + digits(dash + 1);
        is_unknown_text(&text[part.clone()]).then_some(part)
    })
}

/// What became of a value that nobody knew.
#[derive(Debug, Clone, PartialEq)]
enum Promise {
    /// What makes it is planned.
    Open,
    /// What would have made it was forgotten.
    Broken,
    Kept(Value),
}

/// What stood in the place of what nobody knew, and what the PBXs have allotted by now, by the text of the former.
#[derive(Debug, Default)]
pub struct Allotted(HashMap<String, Promise>);

impl Allotted {
    /// This was handed out.
    pub fn promise(&mut self, unknown: &Value) {
        self.0.insert(text_of(unknown), Promise::Open);
    }

    pub fn learn(&mut self, unknown: &Value, value: Value) {
        self.0.insert(text_of(unknown), Promise::Kept(value));
    }

    /// What is not known by now nobody will know.
    pub fn give_up(&mut self) {
        for promise in self.0.values_mut().filter(|promise| **promise == Promise::Open) {
            *promise = Promise::Broken;
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn known(&self, text: &str) -> Option<&Value> {
        match self.0.get(text) {
            Some(Promise::Kept(value)) => Some(value),
            _ => None,
        }
    }

    /// What was handed out and stands for nothing, at any depth; or for nothing yet, where that is too early.
    #[must_use]
    pub fn missing(&self, value: &Value, yet: bool) -> Option<Value> {
        let lacks = |text: &str| match self.0.get(text) {
            Some(Promise::Broken) => true,
            Some(Promise::Open) => yet,
            Some(Promise::Kept(_)) | None => false,
        };
        match value {
            Value::Array(items) => items.iter().find_map(|item| self.missing(item, yet)),
            Value::Object(fields) => fields.values().find_map(|field| self.missing(field, yet)),
            Value::String(text) => {
                let mut parts = unknown_parts(text).map(|part| &text[part]);
                parts.find(|part| lacks(part)).map(Value::from)
            }
            value => lacks(&text_of(value)).then(|| value.clone()),
        }
    }

    /// Puts what is known by now in its place, at every depth.
    pub fn fill(&self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.fill(item)),
            Value::Object(fields) => self.fill_row(fields),
            // What was asked for as a text stays one.
            Value::String(text) => self.fill_text(text),
            Value::Number(_) => {
                if let Some(known) = self.known(&text_of(value)) {
                    *value = known.clone();
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    pub fn fill_text(&self, text: &mut String) {
        let parts: Vec<Range<usize>> = unknown_parts(text).collect();
        for part in parts.into_iter().rev() {
            if let Some(known) = self.known(&text[part.clone()]).map(text_of) {
                text.replace_range(part, &known);
            }
        }
    }

    fn fill_row(&self, row: &mut Row) {
        row.values_mut().for_each(|value| self.fill(value));
    }

    /// The same in the texts of a place.
    fn fill_place(&self, place: &mut Place) {
        if let Some(known) = place.key.as_ref().and_then(|key| self.known(key)) {
            place.key = Some(text_of(known));
        }
    }

    /// The change as it is by now.
    pub fn fill_change(&self, change: &mut Change) {
        self.fill_row(&mut change.given);
        for deed in &mut change.deeds {
            match deed {
                Deed::Make { place, object } => {
                    self.fill_place(place);
                    self.fill_row(object);
                }
                Deed::Alter { place, before, fields } => {
                    self.fill_place(place);
                    self.fill_row(before);
                    self.fill_row(fields);
                }
                Deed::Remove { place, before } => {
                    self.fill_place(place);
                    before.iter_mut().for_each(|row| self.fill_row(row));
                }
            }
        }
    }
}

/// A value that differs, by its path: `Hours.Type`.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference<'a> {
    pub path: String,
    pub from: &'a Value,
    /// Nothing where an object is replaced by one that does not say it.
    pub to: Option<&'a Value>,
}

/// What `fields` change of `before`, down to what is no object any more, by the paths.
#[must_use]
pub fn differences<'a>(before: &'a Row, fields: &'a Row) -> Vec<Difference<'a>> {
    let mut found = Vec::new();
    walk("", before, fields, &mut found);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn walk<'a>(above: &str, before: &'a Row, fields: &'a Row, found: &mut Vec<Difference<'a>>) {
    for (name, to) in fields {
        let from = before.get(name).unwrap_or(&Value::Null);
        let path = format!("{above}{name}");
        match (from, to) {
            (Value::Object(from), Value::Object(to)) => {
                walk(&format!("{path}."), from, to, found);
                // What names an object that stands elsewhere leaves that as it is.
                let left_out = from.iter().filter(|(name, value)| !to.contains_key(*name) && !is_blank(value));
                let left_out = left_out.filter(|_| !to.contains_key("Id"));
                found.extend(left_out.map(|(name, from)| Difference {
                    path: format!("{path}.{name}"),
                    from,
                    to: None,
                }));
            }
            _ if has(from, to) => {}
            _ => found.push(Difference { path, from, to: Some(to) }),
        }
    }
}

/// Is it what a PBX sends of what nobody has set?
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_blank),
    }
}

/// Is everything there that is asked for? A PBX sends more of an object than somebody says who asks for it.
fn has(there: &Value, asked: &Value) -> bool {
    match (there, asked) {
        (Value::Object(there), Value::Object(asked)) => {
            asked.iter().all(|(name, asked)| has(there.get(name).unwrap_or(&Value::Null), asked))
        }
        (Value::Array(there), Value::Array(asked)) => {
            there.len() == asked.len() && there.iter().zip(asked).all(|(there, asked)| has(there, asked))
        }
        _ => there == asked,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Allotted, Change, Deed, Place, Row, differences, is_unknown, unknown_number, unknown_text};
    use crate::catalog::Effect;

    fn row(value: serde_json::Value) -> Row {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn what_is_not_known_is_told_from_what_is() {
        assert!(is_unknown(&unknown_number(1)) && is_unknown(&unknown_text(27)));
        assert!(is_unknown(&json!("-1000001")), "a key that was read as a text");
        for known in [json!(-1), json!(0), json!(1_000_001), json!("planned-"), json!("planned-x"), json!(null)] {
            assert!(!is_unknown(&known), "{known}");
        }
    }

    #[test]
    fn what_was_allotted_takes_its_place_everywhere() {
        let mut allotted = Allotted::default();
        allotted.learn(&unknown_number(1), json!(77));
        allotted.learn(&unknown_text(1), json!("GRP0009"));
        let mut body = json!({"Groups": [{"GroupId": -1_000_001, "Id": "-1000001"}], "Number": "planned-1", "Top": -1});
        allotted.fill(&mut body);
        assert_eq!(body, json!({"Groups": [{"GroupId": 77, "Id": "77"}], "Number": "GRP0009", "Top": -1}));
        let place = |key: &serde_json::Value| Place::new("Groups", Some(key));
        let mut change = Change {
            pbx: "hq".to_owned(),
            operation: "groups.update".to_owned(),
            effect: Effect::Update,
            given: row(json!({"Id": -1_000_001})),
            deeds: vec![Deed::Remove { place: place(&unknown_number(1)), before: None }],
            taken: None,
        };
        allotted.fill_change(&mut change);
        assert_eq!(change.given["Id"], json!(77));
        assert_eq!(change.deeds[0].place(), &place(&json!(77)));
    }

    #[test]
    fn what_was_allotted_stands_in_texts_too() {
        let mut allotted = Allotted::default();
        allotted.promise(&unknown_number(2));
        allotted.learn(&unknown_number(1), json!(77));
        allotted.learn(&unknown_text(1), json!("150"));
        for (text, expected) in [
            ("Boxes of planned-1, -1000001", "Boxes of 150, 77"),
            ("Box-1000001", "Box77"),
            ("Id eq -1000001 or Number eq 'planned-1'", "Id eq 77 or Number eq '150'"),
            ("030-1000001 planned-11 -10000011 planned- -", "030-1000001 planned-11 -10000011 planned- -"),
        ] {
            let mut value = json!([text]);
            allotted.fill(&mut value);
            assert_eq!(value, json!([expected]));
        }
        let waits = json!({"Name": "for -1000002"});
        assert_eq!(allotted.missing(&waits, true), Some(json!("-1000002")));
        assert_eq!(allotted.missing(&waits, false), None);
        allotted.give_up();
        assert_eq!(allotted.missing(&waits, false), Some(json!("-1000002")));
        assert_eq!(allotted.missing(&json!([-1_000_001, -1_000_009, "planned-9"]), true), None);
    }

    #[test]
    fn differences_go_into_objects_and_not_into_arrays() {
        let before = row(json!({"A": 1, "Hours": {"Type": "x", "Periods": [1]}, "B": 2}));
        let fields = row(json!({"A": 1, "Hours": {"Type": "y", "Periods": [1, 2]}, "C": null, "D": true}));
        let paths: Vec<String> = differences(&before, &fields).into_iter().map(|it| it.path).collect();
        assert_eq!(paths, ["D", "Hours.Periods", "Hours.Type"]);
        // An object is replaced as a whole, so what it had and is not said is lost.
        let less = row(json!({"Hours": {"Type": "x"}}));
        let lost: Vec<_> = differences(&before, &less).into_iter().map(|it| (it.path, it.to)).collect();
        assert_eq!(lost, [("Hours.Periods".to_owned(), None)]);
        let trunk = row(json!({"Trunk": {"Id": 1, "Name": "x"}}));
        assert_eq!(differences(&trunk, &row(json!({"Trunk": {"Id": 1}}))), []);
        let before = row(json!({"Groups": [{"GroupId": 28, "Name": "Sales", "Id": 3}]}));
        let same = row(json!({"Groups": [{"GroupId": 28}]}));
        assert_eq!(differences(&before, &same), []);
        assert_eq!(differences(&before, &row(json!({"Groups": [{"GroupId": 29}]}))).len(), 1);
    }
}
