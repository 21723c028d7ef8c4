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
            (Ty::Named(_), Value::String(text)) => Some(Val::Text(flags(text))),
            (Ty::Double | Ty::Decimal, Value::String(text)) => {
                special(text).or_else(|| text.parse().ok()).map(Val::Real)
            }
            (Ty::Double | Ty::Decimal, Value::Number(number)) => number.as_f64().map(Val::Real),
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

    pub(crate) fn int(&self) -> Option<i64> {
        if let Val::Int(number) = self { Some(*number) } else { None }
    }

    /// Instants and dates as an instant; a date begins at midnight UTC.
    pub(crate) fn instant(&self) -> Option<Timestamp> {
        match self {
            Val::Instant(instant) => Some(*instant),
            Val::Date(date) => date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp()),
            _ => None,
        }
    }

    pub(crate) fn number(&self) -> Option<f64> {
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
            (Val::Int(a), Val::Real(b)) => int_beside_real(*a, *b),
            (Val::Real(a), Val::Int(b)) => int_beside_real(*b, *a).map(Ordering::reverse),
            (Val::Real(a), Val::Real(b)) => a.partial_cmp(b),
            (Val::Text(a), Val::Text(b)) => Some(a.cmp(b)),
            (Val::Date(a), Val::Date(b)) => Some(a.cmp(b)),
            (Val::Time(a), Val::Time(b)) => Some(a.cmp(b)),
            (Val::Instant(_), _) | (_, Val::Instant(_)) => Some(self.instant()?.cmp(&other.instant()?)),
            _ => None,
        }
    }

    /// For sorting: a total order over all values, whatever their kinds. Nulls come first.
    pub(crate) fn order(&self, other: &Val) -> Ordering {
        let within = || match (self, other) {
            (Val::Real(a), Val::Real(b)) => a.total_cmp(b),
            (Val::Real(number), Val::Int(_)) if number.is_nan() => Ordering::Greater,
            (Val::Int(_), Val::Real(number)) if number.is_nan() => Ordering::Less,
            _ => self.compare(other).unwrap_or(Ordering::Equal),
        };
        self.rank().cmp(&other.rank()).then_with(within)
    }

    fn rank(&self) -> u8 {
        match self {
            Val::Null => 0,
            Val::Bool(_) => 1,
            Val::Int(_) | Val::Real(_) => 2,
            Val::Text(_) => 3,
            Val::Instant(_) => 4,
            Val::Date(_) => 5,
            Val::Time(_) => 6,
            Val::Span(_) => 7,
            Val::Json(_) => 8,
        }
    }
}

/// Without going through a float, which cannot tell large integers apart.
fn int_beside_real(int: i64, real: f64) -> Option<Ordering> {
    // The first float above all integers.
    const END: f64 = 9_223_372_036_854_775_808.0;
    if real.is_nan() {
        return None;
    }
    if real >= END {
        return Some(Ordering::Less);
    }
    if real < -END {
        return Some(Ordering::Greater);
    }
    let whole = real.trunc();
    let fraction = || {
        if real > whole {
            Ordering::Less
        } else if real < whole {
            Ordering::Greater
        } else {
            Ordering::Equal
        }
    };
    Some(int.cmp(&(whole as i64)).then_with(fraction))
}

/// The numbers that have a name instead of digits.
pub(super) fn special(text: &str) -> Option<f64> {
    match text {
        "INF" => Some(f64::INFINITY),
        "-INF" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        _ => None,
    }
}

/// Enum values that stand together, in an order of their own: `B, A` is `A,B`.
pub(super) fn flags(text: &str) -> String {
    if !text.contains(',') {
        return text.to_owned();
    }
    let mut parts: Vec<&str> = text.split(',').map(str::trim).collect();
    parts.sort_unstable();
    parts.join(",")
}
