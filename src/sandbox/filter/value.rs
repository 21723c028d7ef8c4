//! Values as filters compare them, and how JSON becomes one.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::catalog::Ty;
use crate::sandbox::scalar;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Val {
    Null,
    Bool(bool),
    Int(i64),
    Real(f64),
    /// Also enum values and, in lower case, GUIDs.
    Text(String),
    Instant(Timestamp),
    Date(Date),
    Time(Time),
    /// Milliseconds.
    Span(i64),
    /// Objects and collections.
    Json(Value),
}

impl Val {
    /// Reads a property's JSON as its type says.
    pub(crate) fn from_json(value: &Value, ty: Ty) -> Val {
        let parsed = match (ty, value) {
            (_, Value::Null) => None,
            (Ty::DateTime, Value::String(text)) => scalar::timestamp(text).map(Val::Instant),
            (Ty::Date, Value::String(text)) => scalar::date(text).map(Val::Date),
            (Ty::Time, Value::String(text)) => scalar::time(text).map(Val::Time),
            (Ty::Duration, Value::String(text)) => scalar::duration(text).map(Val::Span),
            (Ty::Guid, Value::String(text)) => Some(Val::Text(text.to_ascii_lowercase())),
            (_, Value::String(text)) => Some(Val::Text(text.clone())),
            (_, Value::Bool(truth)) => Some(Val::Bool(*truth)),
            (_, Value::Number(number)) => number.as_i64().map(Val::Int).or_else(|| number.as_f64().map(Val::Real)),
            (_, other) => Some(Val::Json(other.clone())),
        };
        parsed.unwrap_or(Val::Null)
    }

    pub(crate) fn is_null(&self) -> bool {
        *self == Val::Null
    }

    pub(crate) fn truth(&self) -> Option<bool> {
        if let Val::Bool(truth) = self { Some(*truth) } else { None }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        if let Val::Text(text) = self { Some(text) } else { None }
    }

    /// Instants and dates as an instant; a date begins at midnight UTC.
    pub(crate) fn instant(&self) -> Option<Timestamp> {
        match self {
            Val::Instant(instant) => Some(*instant),
            Val::Date(date) => date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp()),
            _ => None,
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Val::Int(number) => Some(*number as f64),
            Val::Real(number) => Some(*number),
            _ => None,
        }
    }

    /// None where there is no order between the two.
    pub(crate) fn compare(&self, other: &Val) -> Option<Ordering> {
        match (self, other) {
            (Val::Bool(a), Val::Bool(b)) => Some(a.cmp(b)),
            (Val::Int(a), Val::Int(b)) | (Val::Span(a), Val::Span(b)) => Some(a.cmp(b)),
            (Val::Text(a), Val::Text(b)) => Some(a.cmp(b)),
            (Val::Date(a), Val::Date(b)) => Some(a.cmp(b)),
            (Val::Time(a), Val::Time(b)) => Some(a.cmp(b)),
            (Val::Instant(_), _) | (_, Val::Instant(_)) => Some(self.instant()?.cmp(&other.instant()?)),
            _ => self.number()?.partial_cmp(&other.number()?),
        }
    }

    /// For sorting: nulls first, then by value.
    pub(crate) fn order(&self, other: &Val) -> Ordering {
        match (self.is_null(), other.is_null()) {
            (false, false) => self.compare(other).unwrap_or(Ordering::Equal),
            (left, right) => right.cmp(&left),
        }
    }
}
