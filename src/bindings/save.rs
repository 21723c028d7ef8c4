//! Rows → files: CSV, NDJSON and JSON, one row at a time. A file appears when it is complete, or not at all.

use std::fs::File;
use std::io::{BufWriter, Error, Write};
use std::path::Path;

use serde_json::Value;

use crate::bindings::fault::Fault;

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
}

/// Writes rows and says how many they were.
pub(super) fn write(
    path: &Path,
    format: Format,
    columns: &[String],
    rows: impl Iterator<Item = Result<Value, Fault>>,
) -> Result<u64, Fault> {
    let mut count = 0;
    let mut failed = None;
    let mut rows = rows.map_while(|row| match row {
        Ok(row) => {
            count += 1;
            Some(row)
        }
        Err(fault) => {
            failed = Some(fault);
            None
        }
    });
    let mut temporary = temporary(path)?;
    let written = {
        let mut out = BufWriter::new(temporary.as_file_mut());
        let written = match format {
            Format::Csv => csv(&mut out, columns, &mut rows),
            Format::Ndjson => rows.try_for_each(|row| writeln!(out, "{row}")),
            Format::Json => json(&mut out, &mut rows),
        };
        written.and_then(|()| out.flush())
    };
    if let Some(fault) = failed {
        return Err(fault);
    }
    written.map_err(|error| fault(path, &error))?;
    persist(path, temporary)?;
    Ok(count)
}

/// Writes a whole file at once.
pub(super) fn replace(path: &Path, fill: impl FnOnce(&mut File) -> Result<(), Error>) -> Result<(), Fault> {
    let mut temporary = temporary(path)?;
    fill(temporary.as_file_mut()).map_err(|error| fault(path, &error))?;
    persist(path, temporary)
}

fn temporary(path: &Path) -> Result<tempfile::NamedTempFile, Fault> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    tempfile::Builder::new().prefix(".pbxsh-").tempfile_in(folder).map_err(|error| fault(path, &error))
}

fn persist(path: &Path, temporary: tempfile::NamedTempFile) -> Result<(), Fault> {
    temporary.persist(path).map(|_| ()).map_err(|error| fault(path, &error.error))
}

fn fault(path: &Path, error: &Error) -> Fault {
    Fault::File { path: path.display().to_string(), reason: error.to_string() }
}

fn csv(out: &mut impl Write, columns: &[String], rows: &mut dyn Iterator<Item = Value>) -> Result<(), Error> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(columns)?;
    for row in rows {
        writer
            .write_record(columns.iter().map(|column| cell(row.pointer(&format!("/{column}")).or(row.get(column)))))?;
    }
    writer.flush()
}

/// Texts as they are, nothing for null, nested values as JSON.
fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn json(out: &mut impl Write, rows: &mut dyn Iterator<Item = Value>) -> Result<(), Error> {
    let mut before = "[\n";
    for row in rows {
        write!(out, "{before}  {row}")?;
        before = ",\n";
    }
    writeln!(out, "{}", if before == "[\n" { "[]" } else { "\n]" })
}
