//! Files that a PBX sends: call logs, chats, recordings.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use crate::bindings::dispatch::Query;
use crate::bindings::fault::Fault;
use crate::bindings::save::{self, Format};
use crate::catalog::{Property, Ty};
use crate::client::Download as Answer;
use crate::kit::csv::Style;
use crate::kit::{Meter, Unit, store};

/// What `pbx.chat_history_view.download_chat_history(…)` gives.
#[derive(Clone)]
pub struct Download(Arc<Inner>);

struct Inner {
    query: Query,
    content_type: String,
    file_name: Option<String>,
    state: Mutex<State>,
}

enum State {
    /// Still on the wire.
    Waiting(Box<Answer>),
    Read(Arc<Vec<u8>>),
    /// Went to a file without being kept.
    Spent,
}

impl Download {
    pub(super) fn new(answer: Box<Answer>, query: Query) -> Download {
        let content_type = answer.content_type().unwrap_or_default();
        let file_name = answer.file_name();
        let state = Mutex::new(State::Waiting(answer));
        Download(Arc::new(Inner { query, content_type, file_name, state }))
    }

    #[must_use]
    pub fn content_type(&self) -> &str {
        &self.0.content_type
    }

    /// The name that the PBX suggests.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.0.file_name.as_deref()
    }

    pub(super) fn bytes(&self) -> Result<Arc<Vec<u8>>, Fault> {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = match std::mem::replace(&mut *state, State::Spent) {
            State::Waiting(answer) => {
                let meter = self.meter(self.file_name().unwrap_or("download"), &answer);
                Arc::new(answer.read_all_with(|done| meter.at(done)).map_err(|error| self.0.query.fault(error))?)
            }
            State::Read(bytes) => bytes,
            State::Spent => return Err(Fault::Spent),
        };
        *state = State::Read(bytes.clone());
        Ok(bytes)
    }

    fn meter(&self, name: &str, answer: &Answer) -> Meter {
        self.0.query.connection.voice().display.meter(name, Unit::Bytes, answer.length())
    }

    pub(super) fn text(&self) -> Result<String, Fault> {
        let bytes = self.bytes()?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
    }

    /// The rows of a CSV file, each as a map by the header's names.
    pub fn rows(&self) -> Result<Vec<Map<String, Value>>, Fault> {
        if !self.0.content_type.contains("csv") {
            return Err(Fault::NoRows { content_type: self.0.content_type.clone() });
        }
        let text = self.text()?;
        let broken = |error: csv::Error| Fault::NoRows { content_type: format!("{} ({error})", self.0.content_type) };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let header = reader.headers().map_err(broken)?.clone();
        let types: Vec<Option<&Property>> = header.iter().map(|name| self.0.query.row_property(name)).collect();
        let row = |record: csv::StringRecord| {
            let fields = header.iter().zip(&types).zip(record.iter());
            fields.map(|((name, property), field)| (name.to_owned(), cell(*property, field))).collect()
        };
        reader.records().map(|record| record.map(row).map_err(broken)).collect()
    }

    /// Writes the file. Rows of a CSV become NDJSON or JSON where the ending of the path asks for it; anything else goes to
    /// the disk as it comes.
    pub(super) fn save(&self, path: &str) -> Result<(), Fault> {
        let access = &self.0.query.connection.voice().access;
        // Asked first: a download that may not be saved there is not used up.
        let place = store::place_of(access, path)?;
        let format = Format::of(Path::new(path));
        if matches!(format, Some(Format::Ndjson | Format::Json)) && self.0.content_type.contains("csv") {
            let rows = self.rows()?.into_iter().map(|row| Ok(Value::Object(row)));
            return save::write(access, path, format.unwrap_or(Format::Json), &[], &Style::default(), rows).map(|_| ());
        }
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *state, State::Spent) {
            State::Waiting(answer) => {
                let meter = self.meter(path, &answer);
                let saved = answer.save_with(&place, |done| meter.at(done));
                saved.map(|_| ()).map_err(|error| self.0.query.fault(error))
            }
            State::Read(bytes) => {
                *state = State::Read(bytes.clone());
                Ok(store::replace(access, path, &bytes)?)
            }
            State::Spent => Err(Fault::Spent),
        }
    }
}

/// CSV knows only text. Where a column has the name of a property, its cells get the type of that property back.
fn cell(property: Option<&Property>, text: &str) -> Value {
    let number = || serde_json::from_str::<serde_json::Number>(text).ok().map(Value::Number);
    let typed = match property {
        Some(property) if text.is_empty() && property.nullable => Some(Value::Null),
        Some(Property { ty: Ty::Int32 | Ty::Int64 | Ty::UInt8 | Ty::Decimal | Ty::Double, .. }) => number(),
        Some(Property { ty: Ty::Bool, .. }) => text.to_ascii_lowercase().parse().ok().map(Value::Bool),
        _ => None,
    };
    typed.unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::cell;
    use crate::catalog::{Property, ReleaseSet, Ty};

    #[test]
    fn cells_get_the_type_of_their_column() {
        let column = |ty, nullable| Property {
            name: "x",
            ty,
            nullable,
            navigation: false,
            max_length: None,
            releases: ReleaseSet(1),
        };
        for (property, text, expected) in [
            (Some(column(Ty::Int32, false)), "12", json!(12)),
            (Some(column(Ty::Int32, false)), "n/a", json!("n/a")),
            (Some(column(Ty::Bool, false)), "True", json!(true)),
            (Some(column(Ty::Double, true)), "1.5", json!(1.5)),
            (Some(column(Ty::String, true)), "", json!(null)),
            (Some(column(Ty::String, false)), "", json!("")),
            (Some(column(Ty::String, true)), "007", json!("007")),
            (None, "007", json!("007")),
        ] {
            assert_eq!(cell(property.as_ref(), text), expected, "{text}");
        }
    }
}
