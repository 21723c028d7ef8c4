//! What the PBX remembers: plain JSON by entity set, and the counters that give out ids.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The properties of one entity, navigation included.
pub(super) type Row = Map<String, Value>;

#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Store {
    pub(super) sets: BTreeMap<String, Vec<Row>>,
    /// Settings and other single objects.
    pub(super) singles: BTreeMap<String, Row>,
    /// The last id that each counter gave out.
    pub(super) next: BTreeMap<String, i64>,
}

impl Store {
    pub(super) fn rows(&self, set: &str) -> &[Row] {
        self.sets.get(set).map_or(&[], Vec::as_slice)
    }

    pub(super) fn rows_mut(&mut self, set: &str) -> &mut Vec<Row> {
        if !self.sets.contains_key(set) {
            self.sets.insert(set.to_owned(), Vec::new());
        }
        self.sets.entry(set.to_owned()).or_default()
    }

    pub(super) fn position(&self, set: &str, property: &str, value: &Value) -> Option<usize> {
        self.rows(set).iter().position(|row| row.get(property) == Some(value))
    }

    pub(super) fn find(&self, set: &str, property: &str, value: &Value) -> Option<&Row> {
        self.rows(set).iter().find(|row| row.get(property) == Some(value))
    }

    pub(super) fn find_mut(&mut self, set: &str, property: &str, value: &Value) -> Option<&mut Row> {
        self.rows_mut(set).iter_mut().find(|row| row.get(property) == Some(value))
    }

    pub(super) fn single(&self, name: &str) -> Option<&Row> {
        self.singles.get(name)
    }

    pub(super) fn single_mut(&mut self, name: &str) -> &mut Row {
        self.singles.entry(name.to_owned()).or_default()
    }

    /// The next id of a counter; ids never come back.
    pub(super) fn next_id(&mut self, counter: &str) -> i64 {
        let next = self.next.entry(counter.to_owned()).or_insert(0);
        *next += 1;
        *next
    }
}

/// A property's text; empty where there is none.
pub(super) fn text<'a>(row: &'a Row, name: &str) -> &'a str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A property's value; null where there is none. (Indexing a row panics there.)
pub(super) fn value<'a>(row: &'a Row, name: &str) -> &'a Value {
    static NULL: Value = Value::Null;
    row.get(name).unwrap_or(&NULL)
}
