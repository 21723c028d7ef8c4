//! JSON values as OData literals: `'O''Brien'`, `true`, `7`, `2025-03-01T00:00:00Z`.
//!
//! Owns the quoting of values. What comes out is OData text, not yet percent-encoded: [`crate::odata::key`] does that for
//! paths and [`crate::odata::options`] for queries.

use std::fmt;

use jiff::civil;
use jiff::fmt::temporal::{Pieces, PiecesOffset};
use jiff::{Span, Timestamp};
use serde_json::Value;

/// What kind of literal a value becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiteralKind {
    String,
    Bool,
    Int,
    Decimal,
    Double,
    /// A point in time with its zone.
    DateTime,
    Date,
    Time,
    /// ISO 8601, days to seconds.
    Duration,
    Guid,
    /// A member of an enum: a plain quoted string, or `Pbx.Type'Member'` if the type is named, which some function
    /// parameters insist on.
    Enum {
        name: Option<&'static str>,
    },
}

impl LiteralKind {
    /// What a value of this kind looks like, for kinds whose values are written as text.
    #[must_use]
    pub fn form(self) -> &'static str {
        match self {
            LiteralKind::String | LiteralKind::Enum { .. } => "text",
            LiteralKind::Bool => "true",
            LiteralKind::Int => "1",
            LiteralKind::Decimal | LiteralKind::Double => "1.5",
            LiteralKind::DateTime => "2025-03-01T00:00:00Z",
            LiteralKind::Date => "2025-03-01",
            LiteralKind::Time => "08:30:00",
            LiteralKind::Duration => "PT1H30M",
            LiteralKind::Guid => "00000000-0000-0000-0000-000000000000",
        }
    }
}

impl fmt::Display for LiteralKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LiteralKind::String => "string",
            LiteralKind::Bool => "bool",
            LiteralKind::Int => "int",
            LiteralKind::Decimal => "decimal",
            LiteralKind::Double => "double",
            LiteralKind::DateTime => "datetime",
            LiteralKind::Date => "date",
            LiteralKind::Time => "time",
            LiteralKind::Duration => "duration",
            LiteralKind::Guid => "guid",
            LiteralKind::Enum { name } => name.unwrap_or("enum"),
        })
    }
}

/// A value that has no literal of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LiteralError {
    #[error("expected {kind}, given {given}")]
    WrongType { kind: LiteralKind, given: &'static str },
    /// The right JSON type, but text of another form.
    #[error("expected {kind} like {}, given {given:?}", kind.form())]
    WrongForm { kind: LiteralKind, given: String },
}

/// Text that is an OData literal, so that it can stand in a filter as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal(String);

impl Literal {
    pub fn new(value: &Value, kind: LiteralKind) -> Result<Literal, LiteralError> {
        literal(value, kind).map(Literal)
    }

    /// The literal that follows from the JSON type alone: text is quoted, an array becomes the list of an `in`.
    pub fn plain(value: &Value) -> Result<Literal, LiteralError> {
        let text = match value {
            Value::Null => "null".to_owned(),
            Value::Bool(_) => literal(value, LiteralKind::Bool)?,
            Value::Number(number) if number.is_f64() => literal(value, LiteralKind::Double)?,
            Value::Number(_) => literal(value, LiteralKind::Int)?,
            Value::String(text) => quoted(text),
            Value::Array(items) => {
                return items.iter().map(Literal::element).collect::<Result<_, _>>().map(Literal::list);
            }
            Value::Object(_) => {
                return Err(LiteralError::WrongType { kind: LiteralKind::String, given: type_name(value) });
            }
        };
        Ok(Literal(text))
    }

    /// The list of an `in`.
    #[must_use]
    pub fn list(items: Vec<Literal>) -> Literal {
        let items: Vec<String> = items.into_iter().map(|item| item.0).collect();
        Literal(format!("({})", items.join(",")))
    }

    pub(crate) fn is_empty_list(&self) -> bool {
        self.0 == "()"
    }

    /// Lists do not nest.
    fn element(value: &Value) -> Result<Literal, LiteralError> {
        match value {
            Value::Array(_) => Err(LiteralError::WrongType { kind: LiteralKind::String, given: type_name(value) }),
            _ => Literal::plain(value),
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The JSON type of a value in a script writer's words.
#[must_use]
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "map",
    }
}

/// `value` as OData text of `kind`.
pub fn literal(value: &Value, kind: LiteralKind) -> Result<String, LiteralError> {
    match kind {
        LiteralKind::String => Ok(quoted(text(value, kind)?)),
        LiteralKind::Enum { name: None } => Ok(quoted(text(value, kind)?)),
        LiteralKind::Enum { name: Some(name) } => Ok(format!("Pbx.{name}{}", quoted(text(value, kind)?))),
        LiteralKind::Bool => match value {
            Value::Bool(flag) => Ok(flag.to_string()),
            _ => Err(wrong_type(value, kind)),
        },
        LiteralKind::Int => match value {
            Value::Number(number) if !number.is_f64() => Ok(number.to_string()),
            _ => Err(wrong_type(value, kind)),
        },
        LiteralKind::Decimal | LiteralKind::Double => number(value, kind),
        LiteralKind::DateTime => formed(value, kind, date_time),
        LiteralKind::Date => formed(value, kind, |text| Some(text.parse::<civil::Date>().ok()?.to_string())),
        LiteralKind::Time => formed(value, kind, |text| Some(text.parse::<civil::Time>().ok()?.to_string())),
        LiteralKind::Duration => formed(value, kind, |text| duration(text).map(|text| format!("duration'{text}'"))),
        LiteralKind::Guid => formed(value, kind, guid),
    }
}

fn wrong_type(value: &Value, kind: LiteralKind) -> LiteralError {
    LiteralError::WrongType { kind, given: type_name(value) }
}

fn text(value: &Value, kind: LiteralKind) -> Result<&str, LiteralError> {
    value.as_str().ok_or_else(|| wrong_type(value, kind))
}

/// Text of a strict form, brought into the one spelling that OData knows.
fn formed(value: &Value, kind: LiteralKind, read: impl Fn(&str) -> Option<String>) -> Result<String, LiteralError> {
    let text = text(value, kind)?;
    read(text).ok_or_else(|| LiteralError::WrongForm { kind, given: text.to_owned() })
}

/// The only way out of a quoted literal is a single quote, so those are doubled.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for part in text.chars() {
        if part == '\'' {
            out.push('\'');
        }
        out.push(part);
    }
    out.push('\'');
    out
}

fn number(value: &Value, kind: LiteralKind) -> Result<String, LiteralError> {
    match value {
        Value::Number(number) => match number.as_f64() {
            // Rust writes floats without an exponent, and a decimal literal has none.
            Some(float) if number.is_f64() => Ok(float.to_string()),
            _ => Ok(number.to_string()),
        },
        Value::String(text) if kind == LiteralKind::Decimal => {
            // Text keeps digits that a float would lose.
            let digits = text.strip_prefix('-').unwrap_or(text);
            let (whole, rest) = digits.split_once('.').unwrap_or((digits, "0"));
            let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            if plain(whole) && plain(rest) {
                Ok(text.clone())
            } else {
                Err(LiteralError::WrongForm { kind, given: text.clone() })
            }
        }
        _ => Err(wrong_type(value, kind)),
    }
}

/// A PBX refuses a time without seconds or zone, and an offset like `+02`: all are spelled out.
fn date_time(text: &str) -> Option<String> {
    // The whole must be a real moment: date, offset and, if there is one, the named zone have to agree.
    text.parse::<Timestamp>().ok()?;
    let pieces = Pieces::parse(text).ok()?;
    let time = pieces.time()?;
    let offset = match pieces.offset()? {
        PiecesOffset::Zulu => "Z".to_owned(),
        PiecesOffset::Numeric(numeric) => {
            let seconds = numeric.offset().seconds();
            let sign = if seconds < 0 { '-' } else { '+' };
            format!("{sign}{:02}:{:02}", seconds.abs() / 3600, seconds.abs() % 3600 / 60)
        }
        _ => return None,
    };
    Some(format!("{}T{time}{offset}", pieces.date()))
}

fn duration(text: &str) -> Option<String> {
    text.parse::<Span>().ok()?;
    let body = text.strip_prefix('-').unwrap_or(text).strip_prefix('P')?;
    let (days, time) = body.split_once('T').unwrap_or((body, ""));
    // Years, months and weeks have no fixed length and OData no letter for them.
    let days_only = days.bytes().all(|byte| byte.is_ascii_digit() || byte == b'D');
    let time_only = time.bytes().all(|byte| byte.is_ascii_digit() || b"HMS.".contains(&byte));
    (days_only && time_only).then(|| text.to_owned())
}

fn guid(text: &str) -> Option<String> {
    let mut lengths = [8_usize, 4, 4, 4, 12].into_iter();
    let fits = text
        .split('-')
        .all(|part| lengths.next() == Some(part.len()) && part.bytes().all(|byte| byte.is_ascii_hexdigit()));
    (fits && lengths.next().is_none()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Literal, LiteralError, LiteralKind, literal};

    #[test]
    fn each_kind_has_its_form() {
        let cases = [
            (json!("O'Brien"), LiteralKind::String, "'O''Brien'"),
            (json!(""), LiteralKind::String, "''"),
            (json!("a/b %41 ü\n"), LiteralKind::String, "'a/b %41 ü\n'"),
            (json!(true), LiteralKind::Bool, "true"),
            (json!(-7), LiteralKind::Int, "-7"),
            (json!(u64::MAX), LiteralKind::Int, "18446744073709551615"),
            (json!(1.5), LiteralKind::Double, "1.5"),
            (json!(3), LiteralKind::Double, "3"),
            (json!(1e-7), LiteralKind::Decimal, "0.0000001"),
            (json!("12.30"), LiteralKind::Decimal, "12.30"),
            (json!("2025-03-01T00:00:00Z"), LiteralKind::DateTime, "2025-03-01T00:00:00Z"),
            (json!("2025-03-01T08:30:00.25+02:00"), LiteralKind::DateTime, "2025-03-01T08:30:00.25+02:00"),
            (json!("2025-03-01 08:30-05"), LiteralKind::DateTime, "2025-03-01T08:30:00-05:00"),
            (json!("2025-03-01T08:30:00+01:00[Europe/Berlin]"), LiteralKind::DateTime, "2025-03-01T08:30:00+01:00"),
            (json!("2025-03-01"), LiteralKind::Date, "2025-03-01"),
            (json!("08:30"), LiteralKind::Time, "08:30:00"),
            (json!("PT1H30M"), LiteralKind::Duration, "duration'PT1H30M'"),
            (json!("P0D"), LiteralKind::Duration, "duration'P0D'"),
            (json!("0B4A6E3C-1111-2222-3333-444455556666"), LiteralKind::Guid, "0B4A6E3C-1111-2222-3333-444455556666"),
            (json!("Extension"), LiteralKind::Enum { name: None }, "'Extension'"),
            (json!("Extension"), LiteralKind::Enum { name: Some("PeerType") }, "Pbx.PeerType'Extension'"),
        ];
        for (value, kind, expected) in cases {
            assert_eq!(literal(&value, kind).as_deref(), Ok(expected), "{value} as {kind}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let wrong_type = [
            (json!(1), LiteralKind::String),
            (json!("true"), LiteralKind::Bool),
            (json!(1.0), LiteralKind::Int),
            (json!("1"), LiteralKind::Int),
            (json!(null), LiteralKind::Double),
            (json!(20250301), LiteralKind::DateTime),
            (json!({}), LiteralKind::Guid),
        ];
        for (value, kind) in wrong_type {
            assert!(matches!(literal(&value, kind), Err(LiteralError::WrongType { .. })), "{value} as {kind}");
        }
        let wrong_form = [
            (json!("2025-03-01"), LiteralKind::DateTime),
            (json!("2025-03-01T00:00:00"), LiteralKind::DateTime),
            (json!("2025-02-30T00:00:00Z"), LiteralKind::DateTime),
            (json!("2025-03-01T00:00:00Z' or 1 eq 1"), LiteralKind::DateTime),
            (json!("yesterday"), LiteralKind::Date),
            (json!("25:00:00"), LiteralKind::Time),
            (json!("P1M"), LiteralKind::Duration),
            (json!("1h"), LiteralKind::Duration),
            (json!("1,5"), LiteralKind::Decimal),
            (json!("."), LiteralKind::Decimal),
            (json!("not-a-guid"), LiteralKind::Guid),
            (json!("0B4A6E3C-1111-2222-3333-444455556666-"), LiteralKind::Guid),
            (json!("0B4A6E3C-1111-2222-3333"), LiteralKind::Guid),
        ];
        for (value, kind) in wrong_form {
            assert!(matches!(literal(&value, kind), Err(LiteralError::WrongForm { .. })), "{value} as {kind}");
        }
    }

    #[test]
    fn plain_follows_the_json_type() {
        let cases = [
            (json!(null), "null"),
            (json!(false), "false"),
            (json!(5), "5"),
            (json!("it's"), "'it''s'"),
            (json!(["a", 1]), "('a',1)"),
        ];
        for (value, expected) in cases {
            assert_eq!(Literal::plain(&value).map(|literal| literal.to_string()).as_deref(), Ok(expected));
        }
        assert!(Literal::plain(&json!({"a": 1})).is_err());
        assert!(Literal::plain(&json!([[1]])).is_err());
    }
}
