//! Words of a command line → values → the literals of a script.

use std::io::Read;

use serde_json::{Number, Value};

use crate::catalog::{Catalog, Shape, Ty};

/// What a word means where this type is wanted. What does not fit stays a text.
pub(super) fn read(word: &str, ty: Ty) -> Value {
    let text = || Value::from(word);
    match ty {
        Ty::Bool => word.parse().map_or_else(|_| text(), Value::Bool),
        Ty::Int32 | Ty::Int64 | Ty::UInt8 => word.parse::<i64>().map_or_else(|_| text(), Value::from),
        Ty::Decimal | Ty::Double => number(word).unwrap_or_else(text),
        Ty::List(_) if word.trim_start().starts_with('[') => json(word).unwrap_or_else(|_| text()),
        Ty::List(_) if word.is_empty() => Value::Array(Vec::new()),
        Ty::List(element) => word.split(',').map(|item| read(item.trim(), *element)).collect(),
        Ty::Named(name) if is_object(name) => json(word).unwrap_or_else(|_| text()),
        Ty::Any if word.starts_with(['{', '[']) => json(word).unwrap_or_else(|_| text()),
        _ => text(),
    }
}

fn is_object(name: &str) -> bool {
    Catalog::known().ty(name).is_some_and(|ty| matches!(ty.shape, Shape::Object { .. }))
}

fn number(word: &str) -> Option<Value> {
    match word.parse::<i64>() {
        Ok(whole) => Some(whole.into()),
        Err(_) => Number::from_f64(word.parse().ok()?).map(Value::Number),
    }
}

pub(super) fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("this is no JSON: {error}"))
}

/// `{…}`, `@file`, or `-` for the standard input.
pub(super) fn given(word: &str) -> Result<Value, String> {
    let text = match word.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path).map_err(|error| format!("cannot read `{path}`: {error}"))?,
        None if word == "-" => {
            let mut text = String::new();
            let read = std::io::stdin().read_to_string(&mut text);
            read.map_err(|error| format!("cannot read the standard input: {error}"))?;
            text
        }
        None => word.to_owned(),
    };
    let text = text.trim_start_matches('\u{feff}');
    let name = match word {
        "-" => "the standard input".to_owned(),
        word => word.strip_prefix('@').map_or("`--body`".to_owned(), |path| format!("`{path}`")),
    };
    if text.trim().is_empty() {
        return Err(format!("{name} is empty, and a body is JSON"));
    }
    json(text).map_err(|error| format!("{name}: {error}"))
}

/// A value as a script writes it.
pub(super) fn of(value: &Value) -> String {
    match value {
        Value::Null => "()".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) if number.is_f64() || number.as_i64().is_some() => number.to_string(),
        // Beyond what a script can count.
        Value::Number(number) => format!("{:?}", number.to_string()),
        Value::String(given) => text(given),
        Value::Array(items) => format!("[{}]", items.iter().map(of).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) if fields.is_empty() => "#{}".to_owned(),
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, field)| format!("{}: {}", key(name), of(field))).collect();
            format!("#{{ {} }}", fields.join(", "))
        }
    }
}

fn key(name: &str) -> String {
    if crate::show::definitions::is_name(name) { name.to_owned() } else { text(name) }
}

fn text(given: &str) -> String {
    let mut out = String::from('"');
    for c in given.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
