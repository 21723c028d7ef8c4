//! Literals of filters, except plain text.

use crate::catalog::Ty;
use crate::sandbox::filter::kind::Kind;
use crate::sandbox::filter::value::{Val, flags, special};
use crate::sandbox::scalar;
use crate::sandbox::schema::Schema;

/// A literal without quotes: number, GUID, date, date-time, time.
pub(super) fn bare(text: &str) -> Option<(Val, Kind)> {
    if let Ok(number) = text.parse::<i64>() {
        let ty = if i32::try_from(number).is_ok() { Ty::Int32 } else { Ty::Int64 };
        return Some((Val::Int(number), Kind::Number(ty)));
    }
    if scalar::guid(text) {
        return Some((Val::Text(text.to_ascii_lowercase()), Kind::Guid));
    }
    let date = || scalar::date(text).map(|date| (Val::Date(date), Kind::Date));
    let instant = || scalar::timestamp(text).map(|instant| (Val::Instant(instant), Kind::Instant));
    let time = || scalar::time(text).map(|time| (Val::Time(time), Kind::Time));
    date().or_else(instant).or_else(time).or_else(|| real(text))
}

fn real(text: &str) -> Option<(Val, Kind)> {
    let exponent = text.contains(['e', 'E']);
    let ty = if exponent || special(text).is_some() { Ty::Double } else { Ty::Decimal };
    // Words like `inf`, which Rust reads as numbers, are none here.
    let digits = || text.ends_with(|c: char| c.is_ascii_digit()).then(|| text.parse::<f64>().ok()).flatten();
    let number = special(text).or_else(|| digits().filter(|number| number.is_finite()))?;
    Some((Val::Real(number), Kind::Number(ty)))
}

/// `true`, `null` and others that look like names.
pub(super) fn word(text: &str) -> Option<(Val, Kind)> {
    match text {
        "true" => Some((Val::Bool(true), Kind::Bool)),
        "false" => Some((Val::Bool(false), Kind::Bool)),
        "null" => Some((Val::Null, Kind::Null)),
        "INF" | "NaN" => real(text),
        _ => None,
    }
}

/// A literal with a prefix, or what is wrong with it.
pub(super) fn prefixed(schema: Schema, prefix: &str, text: &str) -> Result<(Val, Kind), String> {
    if prefix == "duration" {
        let span = scalar::duration(text).ok_or_else(|| format!("'{text}' is not a duration."))?;
        return Ok((Val::Span(span), Kind::Span));
    }
    let known = prefix.strip_prefix("Pbx.").and_then(|name| schema.catalog.ty(name)).map(|ty| ty.name);
    let name = known.filter(|name| schema.is_enum(name));
    let name = name.ok_or_else(|| format!("'{prefix}' before a quoted value is no known type."))?;
    enum_value(schema, name, text).map(|value| (value, Kind::Enum(name)))
}

pub(super) fn enum_value(schema: Schema, name: &str, text: &str) -> Result<Val, String> {
    let wrong = || format!("The string '{text}' is not a valid enumeration type constant.");
    schema.is_enum_value(name, text).then(|| Val::Text(flags(text))).ok_or_else(wrong)
}
