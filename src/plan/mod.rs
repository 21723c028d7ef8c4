//! Changes that were noted in the place of being sent: what each of them is, and what all of them would make of what the PBX has.
//!
//! Nothing here speaks to a PBX. What it has is handed in, as rows of its answers. Which of the planned objects a filter would find
//! decides the sandbox's reading of filters.

mod state;

use std::collections::HashMap;

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

/// Stands for a value that the PBX allots when something is made. So far below zero is nothing that a PBX knows.
#[must_use]
pub fn unknown_number(count: u32) -> Value {
    Value::from(-1_000_000 - i64::from(count))
}

/// The same for text.
#[must_use]
pub fn unknown_text(count: u32) -> Value {
    Value::from(format!("planned-{count}"))
}

/// Does one of these stand for something that is not made yet?
#[must_use]
pub fn is_unknown(value: &Value) -> bool {
    let far_below = |number: i64| (-2_000_000..-1_000_000).contains(&number);
    match value {
        Value::Number(number) => number.as_i64().is_some_and(far_below),
        Value::String(text) => match text.strip_prefix("planned-") {
            Some(count) => count.parse::<u32>().is_ok(),
            None => text.parse().is_ok_and(far_below),
        },
        _ => false,
    }
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

/// What the PBX allotted in the place of what nobody knew, by the text of the latter.
#[derive(Debug, Default)]
pub struct Allotted(HashMap<String, Value>);

impl Allotted {
    pub fn learn(&mut self, unknown: &Value, value: Value) {
        self.0.insert(text_of(unknown), value);
    }

    /// Puts what is known by now in its place, at every depth.
    pub fn fill(&self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.fill(item)),
            Value::Object(fields) => self.fill_row(fields),
            Value::Number(_) | Value::String(_) => {
                if let Some(known) = is_unknown(value).then(|| self.0.get(&text_of(value))).flatten() {
                    // What was asked for as a text stays one.
                    *value = if value.is_string() { Value::from(text_of(known)) } else { known.clone() };
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    pub fn fill_row(&self, row: &mut Row) {
        row.values_mut().for_each(|value| self.fill(value));
    }

    /// The same in the texts of a place.
    fn fill_place(&self, place: &mut Place) {
        if let Some(known) = place.key.as_ref().and_then(|key| self.0.get(key)) {
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
    pub to: &'a Value,
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
            (Value::Object(from), Value::Object(to)) => walk(&format!("{path}."), from, to, found),
            _ if has(from, to) => {}
            _ => found.push(Difference { path, from, to }),
        }
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
    fn differences_go_into_objects_and_not_into_arrays() {
        let before = row(json!({"A": 1, "Hours": {"Type": "x", "Periods": [1]}, "B": 2}));
        let fields = row(json!({"A": 1, "Hours": {"Type": "y", "Periods": [1, 2]}, "C": null, "D": true}));
        let paths: Vec<String> = differences(&before, &fields).into_iter().map(|it| it.path).collect();
        assert_eq!(paths, ["D", "Hours.Periods", "Hours.Type"]);
        let before = row(json!({"Groups": [{"GroupId": 28, "Name": "Sales", "Id": 3}]}));
        let same = row(json!({"Groups": [{"GroupId": 28}]}));
        assert_eq!(differences(&before, &same), []);
        assert_eq!(differences(&before, &row(json!({"Groups": [{"GroupId": 29}]}))).len(), 1);
    }
}
