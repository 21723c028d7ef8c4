//! Changes that were noted in the place of being sent: what each of them is, and what all of them would make of what the PBX has.
//!
//! Nothing here speaks to a PBX. What it has is handed in, as rows of its answers. Which of the planned objects a filter would find
//! decides the sandbox's reading of filters.

mod state;
mod unknown;

use serde_json::{Map, Value};

pub use state::{Planned, State};
pub use unknown::{Allotted, first_unknown, is_unknown, unknown_count, unknown_number, unknown_text};

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

    use super::{Row, differences};

    fn row(value: serde_json::Value) -> Row {
        value.as_object().cloned().unwrap()
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
