//! Answers that are files: tables as CSV, recordings as audio.

use jiff::tz::TimeZone;
use serde_json::Value;

use crate::catalog::{Answer, Method, Ty};
use crate::sandbox::Pbx;
use crate::sandbox::asked::Asked;
use crate::sandbox::behaviour;
use crate::sandbox::filter::Record;
use crate::sandbox::problem::Problem;
use crate::sandbox::query::{Query, plain};
use crate::sandbox::reply::Reply;
use crate::sandbox::scalar;
use crate::sandbox::store::Row;

const CSV: &str = "text/csv; charset=utf-8";
const NO_LIMIT: usize = usize::MAX;

/// Does the operation hand out a file, whatever its declared type?
pub(super) fn is_file(asked: &Asked) -> bool {
    let name = asked.route.operation.name;
    let reads = asked.route.variant.method == Method::Get;
    let named = name.starts_with("download_") || name.starts_with("export_");
    reads && (named || asked.answer == Answer::Object(Ty::Named("IActionResult")))
}

/// Rows as CSV: what `$filter`, `$orderby`, `$top` and the others leave, in the caller's time zone.
pub(super) fn table<R: Record>(
    pbx: &Pbx,
    asked: &Asked,
    ty: &'static str,
    filename: &str,
    rows: Vec<R>,
) -> Result<Reply, Problem> {
    let zone = behaviour::zone(asked)?;
    let query = Query::new(pbx.schema, ty, None, &asked.options, NO_LIMIT)?;
    let columns: Vec<(&str, Ty)> = match query.selection() {
        Some(names) => {
            let chosen = names.iter().filter_map(|name| pbx.schema.property(ty, name));
            chosen.map(|property| (property.name, property.ty)).collect()
        }
        None => {
            let all = pbx.schema.properties(ty).filter(|property| !property.navigation);
            all.map(|property| (property.name, property.ty)).collect()
        }
    };
    let (rows, _) = query.page(rows);
    let cells = rows.iter().map(|row| {
        let cell = |(name, ty): &(&str, Ty)| {
            let value = row.get(name).unwrap_or_default();
            cell(&plain(pbx.schema, *ty, &value), *ty, &zone)
        };
        columns.iter().map(cell).collect::<Vec<_>>()
    });
    let content = csv(columns.iter().map(|(name, _)| *name), cells);
    Ok(Reply::file(CSV, filename, content))
}

fn csv<'a>(header: impl Iterator<Item = &'a str>, rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing into memory does not fail, and every row has as many cells as the header.
    let _ = writer.write_record(header);
    for row in rows {
        let _ = writer.write_record(row);
    }
    writer.into_inner().unwrap_or_default()
}

fn cell(value: &Value, ty: Ty, zone: &TimeZone) -> String {
    match (value, ty) {
        (Value::Null, _) => String::new(),
        (Value::String(text), Ty::DateTime) => scalar::timestamp(text).map_or_else(String::new, |instant| {
            instant.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
        }),
        (Value::String(text), _) => text.clone(),
        (Value::Array(items), Ty::List(element)) => {
            items.iter().map(|item| cell(item, *element, zone)).collect::<Vec<_>>().join(";")
        }
        (other, _) => other.to_string(),
    }
}

/// A file of the right kind with nothing in it.
pub(super) fn empty(pbx: &Pbx, asked: &Asked) -> Reply {
    let name = asked.route.operation.name;
    match asked.answer {
        Answer::List(Ty::Named(ty)) => {
            table(pbx, asked, ty, &format!("{name}.csv"), Vec::<Row>::new()).unwrap_or_else(Reply::from)
        }
        _ if name.contains("export") || name.contains("download_event") => {
            Reply::file(CSV, format!("{name}.csv"), Vec::new())
        }
        _ if name.contains("greeting") || name.contains("playlist") || name.contains("recording") => {
            Reply::file("audio/x-wav", format!("{name}.wav"), silence())
        }
        _ => Reply::file("text/plain; charset=utf-8", format!("{name}.txt"), b"# made by a sandbox\n".to_vec()),
    }
}

/// A tenth of a second of silence: WAV, PCM, 8 kHz, 16 bit, mono.
pub(super) fn silence() -> Vec<u8> {
    const RATE: u32 = 8000;
    const BYTES: u32 = RATE / 10 * 2;
    let mut wav = Vec::with_capacity(44 + BYTES as usize);
    let mut word = |bytes: &[u8]| wav.extend_from_slice(bytes);
    word(b"RIFF");
    word(&(36 + BYTES).to_le_bytes());
    word(b"WAVEfmt ");
    word(&16u32.to_le_bytes());
    // PCM, one channel.
    word(&1u16.to_le_bytes());
    word(&1u16.to_le_bytes());
    word(&RATE.to_le_bytes());
    word(&(RATE * 2).to_le_bytes());
    word(&2u16.to_le_bytes());
    word(&16u16.to_le_bytes());
    word(b"data");
    word(&BYTES.to_le_bytes());
    wav.resize(44 + BYTES as usize, 0);
    wav
}
