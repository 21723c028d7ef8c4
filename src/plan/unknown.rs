//! Values that a PBX allots when something is made: what stands for them in a plan, and what they turn out to be.

use std::collections::HashMap;
use std::ops::Range;

use serde_json::Value;

use crate::plan::{Change, Deed, Place, Row, text_of};

/// How a text begins that stands for another one.
const PLANNED: &str = "planned-";

/// Numbers that stand for others begin below this.
const BELOW: i64 = -1_000_000;

/// Stands for a value that the PBX allots when something is made. So far below zero is nothing that a PBX knows.
#[must_use]
pub fn unknown_number(count: u32) -> Value {
    Value::from(BELOW - i64::from(count))
}

/// The same for text.
#[must_use]
pub fn unknown_text(count: u32) -> Value {
    Value::from(format!("{PLANNED}{count}"))
}

/// Does one of these stand for something that is not made yet?
#[must_use]
pub fn is_unknown(value: &Value) -> bool {
    unknown_count(value).is_some()
}

/// Which of them it is: 3 for `planned-3`, and for `-1000003`, be that a number or a text.
#[must_use]
pub fn unknown_count(value: &Value) -> Option<i64> {
    let count = |number: i64| Some(BELOW - number).filter(|_| far_below(number));
    match value {
        Value::Number(number) => count(number.as_i64()?),
        Value::String(text) => match text.strip_prefix(PLANNED) {
            Some(count) => count.parse::<u32>().ok().map(i64::from),
            None => count(text.parse().ok()?),
        },
        _ => None,
    }
}

fn far_below(number: i64) -> bool {
    (2 * BELOW..BELOW).contains(&number)
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
        is_unknown(&Value::from(&text[part.clone()])).then_some(part)
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Allotted, is_unknown, unknown_number, unknown_text};
    use crate::catalog::Effect;
    use crate::plan::{Change, Deed, Place, Row};

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
}
