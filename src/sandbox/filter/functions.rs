//! The functions that a filter may call.

use jiff::tz::TimeZone;

use crate::sandbox::filter::parser::Kind;
use crate::sandbox::filter::value::Val;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Contains,
    StartsWith,
    EndsWith,
    ToLower,
    ToUpper,
    Trim,
    Concat,
    IndexOf,
    Length,
    Date,
    Time,
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

/// Name, what it takes, what it gives.
type Signature = (&'static str, Function, &'static [Kind], Kind);

const SIGNATURES: [Signature; 17] = [
    ("contains", Function::Contains, &[Kind::Text, Kind::Text], Kind::Bool),
    ("startswith", Function::StartsWith, &[Kind::Text, Kind::Text], Kind::Bool),
    ("endswith", Function::EndsWith, &[Kind::Text, Kind::Text], Kind::Bool),
    ("tolower", Function::ToLower, &[Kind::Text], Kind::Text),
    ("toupper", Function::ToUpper, &[Kind::Text], Kind::Text),
    ("trim", Function::Trim, &[Kind::Text], Kind::Text),
    ("concat", Function::Concat, &[Kind::Text, Kind::Text], Kind::Text),
    ("indexof", Function::IndexOf, &[Kind::Text, Kind::Text], Kind::Number),
    ("length", Function::Length, &[Kind::Text], Kind::Number),
    ("date", Function::Date, &[Kind::Instant], Kind::Date),
    ("time", Function::Time, &[Kind::Instant], Kind::Time),
    ("year", Function::Year, &[Kind::Instant], Kind::Number),
    ("month", Function::Month, &[Kind::Instant], Kind::Number),
    ("day", Function::Day, &[Kind::Instant], Kind::Number),
    ("hour", Function::Hour, &[Kind::Instant], Kind::Number),
    ("minute", Function::Minute, &[Kind::Instant], Kind::Number),
    ("second", Function::Second, &[Kind::Instant], Kind::Number),
];

impl Function {
    pub(super) fn signature(name: &str) -> Option<&'static Signature> {
        SIGNATURES.iter().find(|(known, ..)| *known == name)
    }

    /// Null where an argument is null.
    pub(super) fn call(self, arguments: &[Val]) -> Val {
        let text = |place: usize| arguments.get(place).and_then(Val::text);
        let result = match self {
            Function::Contains => both(arguments, |a, b| Val::Bool(a.contains(b))),
            Function::StartsWith => both(arguments, |a, b| Val::Bool(a.starts_with(b))),
            Function::EndsWith => both(arguments, |a, b| Val::Bool(a.ends_with(b))),
            Function::Concat => both(arguments, |a, b| Val::Text(format!("{a}{b}"))),
            Function::IndexOf => both(arguments, |a, b| Val::Int(index_of(a, b))),
            Function::ToLower => text(0).map(|text| Val::Text(text.to_lowercase())),
            Function::ToUpper => text(0).map(|text| Val::Text(text.to_uppercase())),
            Function::Trim => text(0).map(|text| Val::Text(text.trim().to_owned())),
            Function::Length => text(0).map(|text| Val::Int(text.chars().count() as i64)),
            _ => self.part(arguments.first()),
        };
        result.unwrap_or(Val::Null)
    }

    /// A part of an instant, in UTC.
    fn part(self, instant: Option<&Val>) -> Option<Val> {
        let instant = instant?.instant()?.to_zoned(TimeZone::UTC);
        Some(match self {
            Function::Date => Val::Date(instant.date()),
            Function::Time => Val::Time(instant.time()),
            Function::Year => Val::Int(i64::from(instant.year())),
            Function::Month => Val::Int(i64::from(instant.month())),
            Function::Day => Val::Int(i64::from(instant.day())),
            Function::Hour => Val::Int(i64::from(instant.hour())),
            Function::Minute => Val::Int(i64::from(instant.minute())),
            _ => Val::Int(i64::from(instant.second())),
        })
    }
}

fn both(arguments: &[Val], work: impl Fn(&str, &str) -> Val) -> Option<Val> {
    let [left, right] = arguments else { return None };
    Some(work(left.text()?, right.text()?))
}

/// In characters; -1 where it is not found.
fn index_of(text: &str, part: &str) -> i64 {
    text.find(part).map_or(-1, |place| text[..place].chars().count() as i64)
}
