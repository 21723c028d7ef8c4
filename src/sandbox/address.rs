//! Reading the address of a request: path segments with their keys and parameters, and the query.

use serde_json::{Number, Value};

use crate::catalog::{Shape, Ty};
use crate::sandbox::problem::Problem;
use crate::sandbox::scalar;
use crate::sandbox::schema::Schema;

/// `Users(12)`, `Pbx.GetByNumber(number='100')`, `Queues`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Segment {
    pub(super) name: String,
    pub(super) arguments: Vec<Argument>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Argument {
    /// None for a key that stands alone.
    pub(super) name: Option<String>,
    pub(super) literal: Literal,
}

/// A value as it is written in a path; its type is known only when its parameter is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    /// `'text'`, its doubled quotes read.
    Text(String),
    /// `12`, `true`, `null`, `2026-02-03T00:00:00Z`.
    Word(String),
    /// `duration'PT1S'`, `Pbx.PeerType'Queue'`.
    Typed(String, String),
}

/// The segments of a path below the service root.
pub(super) fn segments(raw: &str) -> Result<Vec<Segment>, Problem> {
    // Slashes are told apart before decoding: an encoded one belongs to a literal.
    let raw = raw.strip_suffix('/').unwrap_or(raw);
    raw.split('/').map(|part| segment(&decode(part, false)?).ok_or_else(Problem::unknown_path)).collect()
}

/// The names and values of a query, in their order.
pub(super) fn query(raw: &str) -> Result<Vec<(String, String)>, Problem> {
    let parts = raw.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Ok((decode(name, true)?, decode(value, true)?))
        })
        .collect()
}

/// Percent-decoding that refuses what is not well formed.
pub(super) fn decode(raw: &str, plus_is_space: bool) -> Result<String, Problem> {
    let malformed = || Problem::invalid("The address holds a malformed percent-encoding.");
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| (digit as char).to_digit(16));
                let (high, low) = (digit().ok_or_else(malformed)?, digit().ok_or_else(malformed)?);
                (high * 16 + low) as u8
            }
            b'+' if plus_is_space => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| malformed())
}

fn segment(text: &str) -> Option<Segment> {
    let Some((name, rest)) = text.split_once('(') else {
        return (!text.is_empty()).then(|| Segment { name: text.to_owned(), arguments: Vec::new() });
    };
    let arguments = arguments(rest.strip_suffix(')')?)?;
    (!name.is_empty()).then(|| Segment { name: name.to_owned(), arguments })
}

fn arguments(mut text: &str) -> Option<Vec<Argument>> {
    let mut found = Vec::new();
    if text.trim().is_empty() {
        return Some(found);
    }
    loop {
        let name_end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
        let name = (text[name_end..].starts_with('=') && name_end > 0).then(|| text[..name_end].to_owned());
        if name.is_some() {
            text = &text[name_end + 1..];
        }
        let (literal, rest) = literal(text)?;
        found.push(Argument { name, literal });
        if rest.is_empty() {
            return Some(found);
        }
        text = rest.strip_prefix(',')?.trim_start();
    }
}

/// One literal and what follows it.
fn literal(text: &str) -> Option<(Literal, &str)> {
    let end = text.find(['\'', ',']).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let Some(quoted) = rest.strip_prefix('\'') else {
        let word = word.trim();
        return (!word.is_empty() && !word.contains(['(', ')'])).then(|| (Literal::Word(word.to_owned()), rest));
    };
    let (content, rest) = unquote(quoted)?;
    let literal = if word.is_empty() { Literal::Text(content) } else { Literal::Typed(word.to_owned(), content) };
    Some((literal, rest))
}

/// What stands before the closing quote, two quotes read as one, and what follows.
pub(super) fn unquote(text: &str) -> Option<(String, &str)> {
    let mut content = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('\'')?;
        content.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(more) => {
                content.push('\'');
                rest = more;
            }
            None => return Some((content, rest)),
        }
    }
}

impl Literal {
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Literal::Word(word) if word == "null")
    }

    /// The value as JSON, if it is of this type.
    pub(super) fn value(&self, ty: Ty, schema: Schema) -> Option<Value> {
        match (ty, self) {
            (Ty::String | Ty::Any, Literal::Text(text)) => Some(Value::from(text.as_str())),
            (Ty::Named(name), Literal::Text(text)) => {
                schema.is_enum_value(name, text).then(|| Value::from(text.as_str()))
            }
            (Ty::Named(name), Literal::Typed(prefix, text)) => {
                let fits = prefix.strip_prefix("Pbx.") == Some(name) && schema.is_enum_value(name, text);
                fits.then(|| Value::from(text.as_str()))
            }
            (Ty::Named(name), Literal::Word(word)) => {
                let number: usize = word.parse().ok()?;
                let Some(Shape::Enum { values, .. }) = schema.shape(name) else { return None };
                values.get(number).map(|known| Value::from(known.value))
            }
            (Ty::Duration, Literal::Typed(prefix, text)) => {
                (prefix == "duration" && scalar::duration(text).is_some()).then(|| Value::from(text.as_str()))
            }
            (_, Literal::Word(word)) => word_value(word, ty),
            _ => None,
        }
    }
}

fn word_value(word: &str, ty: Ty) -> Option<Value> {
    let text = |fits: bool| fits.then(|| Value::from(word));
    match ty {
        Ty::Int32 => word.parse::<i32>().ok().map(Value::from),
        Ty::Int64 => word.parse::<i64>().ok().map(Value::from),
        Ty::UInt8 => word.parse::<u8>().ok().map(Value::from),
        Ty::Decimal | Ty::Double => word.parse::<f64>().ok().and_then(Number::from_f64).map(Value::from),
        Ty::Bool => word.parse::<bool>().ok().map(Value::from),
        Ty::DateTime => text(scalar::timestamp(word).is_some()),
        Ty::Date => text(scalar::date(word).is_some()),
        Ty::Time => text(scalar::time(word).is_some()),
        Ty::Guid => text(scalar::guid(word)),
        _ => None,
    }
}
