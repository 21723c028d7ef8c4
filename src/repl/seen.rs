//! What was seen at this prompt: keys, numbers and names of rows, so that they can be completed without asking a PBX.

use std::collections::VecDeque;

use crate::bindings::Object;
use crate::bindings::value::to_json;
use crate::script::native::Dynamic;
use crate::show::Glance;

/// The latest rows of a session; nobody remembers more.
const MOST: usize = 1000;

/// The most items of an array in a variable that are looked at.
const ITEMS: usize = 100;

#[derive(Debug, Clone, Default)]
pub(super) struct Seen(VecDeque<Glance>);

impl Seen {
    /// Keeps what was shown.
    pub(super) fn keep(&mut self, rows: impl IntoIterator<Item = Glance>) {
        for row in rows {
            self.0.retain(|known| *known != row);
            self.0.push_back(row);
            if self.0.len() > MOST {
                self.0.pop_front();
            }
        }
    }

    /// Looks at a value that is here already.
    pub(super) fn look(&mut self, value: &Dynamic) {
        let glance = |value: &Dynamic| {
            let object = Object::of(value)?;
            Glance::of(object.type_name(), &to_json(value))
        };
        match value.as_array_ref() {
            Ok(items) => self.keep(items.iter().take(ITEMS).filter_map(glance).collect::<Vec<_>>()),
            Err(_) => self.keep(glance(value)),
        }
    }

    /// The rows of a type, or of any, that have this property: its value as a script writes it without quotes, and what the row
    /// is called. Those that were seen last stand first.
    pub(super) fn values(&self, ty: Option<&str>, property: &str) -> Vec<(String, String)> {
        let fits = |row: &&Glance| ty.is_none_or(|ty| row.ty == ty);
        let rows = self.0.iter().rev().filter(fits);
        rows.filter_map(|row| Some((row.value(property)?, row.title(property)))).collect()
    }
}
