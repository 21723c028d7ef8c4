//! The functions that a filter may call.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::catalog::Ty;
use crate::sandbox::filter::kind::Kind;
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
    Substring,
    Date,
    Time,
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    FractionalSeconds,
    TotalSeconds,
    Round,
    Floor,
    Ceiling,
    Now,
    Earliest,
    Latest,
}

/// One way to call a function: what it takes and what it gives.
pub(super) struct Signature {
    pub(super) name: &'static str,
    pub(super) function: Function,
    pub(super) takes: &'static [Kind],
    pub(super) gives: Kind,
}

const INT: Kind = Kind::Number(Ty::Int32);
const DECIMAL: Kind = Kind::Number(Ty::Decimal);

const fn signature(name: &'static str, function: Function, takes: &'static [Kind], gives: Kind) -> Signature {
    Signature { name, function, takes, gives }
}

/// Functions of OData that are told apart from unknown names, because somebody may expect them.
pub(super) const UNSUPPORTED: [&str; 11] = [
    "cast",
    "isof",
    "matchesPattern",
    "totaloffsetminutes",
    "case",
    "hassubset",
    "hassubsequence",
    "geo.distance",
    "geo.length",
    "geo.intersects",
    "substringof",
];

const SIGNATURES: [Signature; 35] = [
    signature("contains", Function::Contains, &[Kind::Text, Kind::Text], Kind::Bool),
    signature("startswith", Function::StartsWith, &[Kind::Text, Kind::Text], Kind::Bool),
    signature("endswith", Function::EndsWith, &[Kind::Text, Kind::Text], Kind::Bool),
    signature("tolower", Function::ToLower, &[Kind::Text], Kind::Text),
    signature("toupper", Function::ToUpper, &[Kind::Text], Kind::Text),
    signature("trim", Function::Trim, &[Kind::Text], Kind::Text),
    signature("concat", Function::Concat, &[Kind::Text, Kind::Text], Kind::Text),
    signature("indexof", Function::IndexOf, &[Kind::Text, Kind::Text], INT),
    signature("length", Function::Length, &[Kind::Text], INT),
    signature("substring", Function::Substring, &[Kind::Text, INT], Kind::Text),
    signature("substring", Function::Substring, &[Kind::Text, INT, INT], Kind::Text),
    signature("date", Function::Date, &[Kind::Instant], Kind::Date),
    signature("date", Function::Date, &[Kind::Date], Kind::Date),
    signature("time", Function::Time, &[Kind::Instant], Kind::Time),
    signature("year", Function::Year, &[Kind::Instant], INT),
    signature("year", Function::Year, &[Kind::Date], INT),
    signature("month", Function::Month, &[Kind::Instant], INT),
    signature("month", Function::Month, &[Kind::Date], INT),
    signature("day", Function::Day, &[Kind::Instant], INT),
    signature("day", Function::Day, &[Kind::Date], INT),
    signature("hour", Function::Hour, &[Kind::Instant], INT),
    signature("hour", Function::Hour, &[Kind::Time], INT),
    signature("minute", Function::Minute, &[Kind::Instant], INT),
    signature("minute", Function::Minute, &[Kind::Time], INT),
    signature("second", Function::Second, &[Kind::Instant], INT),
    signature("second", Function::Second, &[Kind::Time], INT),
    signature("fractionalseconds", Function::FractionalSeconds, &[Kind::Instant], DECIMAL),
    signature("fractionalseconds", Function::FractionalSeconds, &[Kind::Time], DECIMAL),
    signature("totalseconds", Function::TotalSeconds, &[Kind::Span], DECIMAL),
    signature("round", Function::Round, &[DECIMAL], DECIMAL),
    signature("floor", Function::Floor, &[DECIMAL], DECIMAL),
    signature("ceiling", Function::Ceiling, &[DECIMAL], DECIMAL),
    signature("now", Function::Now, &[], Kind::Instant),
    signature("mindatetime", Function::Earliest, &[], Kind::Instant),
    signature("maxdatetime", Function::Latest, &[], Kind::Instant),
];

impl Signature {
    /// All ways to call the function of this name.
    pub(super) fn named(name: &str) -> impl Iterator<Item = &'static Signature> {
        SIGNATURES.iter().filter(move |signature| signature.name == name)
    }

    pub(super) fn fits(&self, arguments: &[Kind]) -> bool {
        self.takes.len() == arguments.len()
            && arguments.iter().zip(self.takes).all(|(kind, wanted)| kind.serves_as(*wanted))
    }

    /// `contains(Edm.String, Edm.String)`.
    pub(super) fn text(&self) -> String {
        let takes: Vec<String> = self.takes.iter().map(|kind| kind.name()).collect();
        format!("{}({})", self.name, takes.join(", "))
    }
}

impl Function {
    /// What a function without arguments gives for a whole request.
    pub(super) fn constant(self, now: Timestamp) -> Option<Val> {
        match self {
            Function::Now => Some(Val::Instant(now)),
            // The first and last year that OData can write are the first and last that are answered.
            Function::Earliest => Some(Val::Instant("0001-01-01T00:00:00Z".parse().unwrap_or(Timestamp::MIN))),
            Function::Latest => Some(Val::Instant(Timestamp::MAX)),
            _ => None,
        }
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
            Function::Substring => substring(arguments),
            Function::Round => arguments.first().and_then(|number| rounded(number, f64::round)),
            Function::Floor => arguments.first().and_then(|number| rounded(number, f64::floor)),
            Function::Ceiling => arguments.first().and_then(|number| rounded(number, f64::ceil)),
            Function::TotalSeconds => match arguments.first() {
                Some(Val::Span(milliseconds)) => Some(Val::Real(*milliseconds as f64 / 1000.0)),
                _ => None,
            },
            _ => self.part(arguments.first()),
        };
        result.unwrap_or(Val::Null)
    }

    /// A part of a moment, in UTC.
    fn part(self, value: Option<&Val>) -> Option<Val> {
        if let Some(Val::Time(time)) = value {
            return self.clock(*time);
        }
        let moment = value?.instant()?.to_zoned(TimeZone::UTC);
        Some(match self {
            Function::Date => Val::Date(moment.date()),
            Function::Time => Val::Time(moment.time()),
            Function::Year => Val::Int(i64::from(moment.year())),
            Function::Month => Val::Int(i64::from(moment.month())),
            Function::Day => Val::Int(i64::from(moment.day())),
            _ => return self.clock(moment.time()),
        })
    }

    fn clock(self, time: Time) -> Option<Val> {
        match self {
            Function::Hour => Some(Val::Int(i64::from(time.hour()))),
            Function::Minute => Some(Val::Int(i64::from(time.minute()))),
            Function::Second => Some(Val::Int(i64::from(time.second()))),
            Function::FractionalSeconds => Some(Val::Real(f64::from(time.subsec_nanosecond()) / 1e9)),
            _ => None,
        }
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

/// In characters; what lies outside of the text is left away.
fn substring(arguments: &[Val]) -> Option<Val> {
    let (text, rest) = arguments.split_first()?;
    let start = usize::try_from(rest.first()?.int()?.max(0)).ok()?;
    let length = match rest.get(1) {
        Some(length) => usize::try_from(length.int()?.max(0)).ok()?,
        None => usize::MAX,
    };
    Some(Val::Text(text.text()?.chars().skip(start).take(length).collect()))
}

fn rounded(number: &Val, way: impl Fn(f64) -> f64) -> Option<Val> {
    match number {
        Val::Int(_) => Some(number.clone()),
        Val::Real(number) => Some(Val::Real(way(*number))),
        _ => None,
    }
}
