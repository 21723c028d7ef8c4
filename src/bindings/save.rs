//! Rows → files: CSV, NDJSON and JSON, one row at a time. A file appears when it is complete, or not at all.

use std::io::{Error, Write};
use std::path::Path;

use serde_json::{Map as JsonMap, Value};

use crate::bindings::fault::Fault;
use crate::guard::Access;
use crate::kit::csv::{self, Style};
use crate::kit::store::{Draft, broken};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Ndjson,
    Json,
}

impl Format {
    /// The format that the ending of a path names.
    pub(super) fn of(path: &Path) -> Option<Format> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Format::Csv),
            "ndjson" | "jsonl" => Some(Format::Ndjson),
            "json" => Some(Format::Json),
            _ => None,
        }
    }

    /// What `save` is called where its options are told.
    pub(super) fn function(self) -> &'static str {
        match self {
            Format::Csv => "save",
            Format::Ndjson => "save as NDJSON",
            Format::Json => "save as JSON",
        }
    }
}

/// Writes rows and says how many they were. Of NDJSON and JSON, `style` only chooses columns.
pub(super) fn write(
    access: &Access,
    path: &str,
    format: Format,
    columns: &[String],
    style: &Style,
    rows: impl Iterator<Item = Result<Value, Fault>>,
) -> Result<u64, Fault> {
    let mut draft = Draft::new(access, path)?;
    let failed = |error: &Error| Fault::from(broken(path, error));
    let count = match format {
        Format::Csv => csv::write(&mut draft, columns, style, rows, failed)?,
        Format::Ndjson | Format::Json => {
            let rows = rows.map(|row| {
                row.map(|row| match &style.columns {
                    Some(names) => pick(&row, names),
                    None => row,
                })
            });
            lines(&mut draft, format == Format::Json, rows, failed)?
        }
    };
    draft.finish()?;
    Ok(count)
}

fn lines(
    out: &mut impl Write,
    array: bool,
    rows: impl Iterator<Item = Result<Value, Fault>>,
    failed: impl Fn(&Error) -> Fault,
) -> Result<u64, Fault> {
    let mut count = 0;
    for row in rows {
        let row = row?;
        let written = match (array, count) {
            (false, _) => writeln!(out, "{row}"),
            (true, 0) => write!(out, "[\n  {row}"),
            (true, _) => write!(out, ",\n  {row}"),
        };
        written.map_err(|error| failed(&error))?;
        count += 1;
    }
    if array {
        out.write_all(if count == 0 { b"[]\n" } else { b"\n]\n" }).map_err(|error| failed(&error))?;
    }
    Ok(count)
}

fn pick(row: &Value, names: &[String]) -> Value {
    let field = |(at, name): (usize, &String)| (name.clone(), csv::find(row, name, at).cloned().unwrap_or_default());
    Value::Object(names.iter().enumerate().map(field).collect::<JsonMap<_, _>>())
}
