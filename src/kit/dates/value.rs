//! The four kinds of value, what they are as text, and what can be reckoned with them.

use std::cmp::Ordering;
use std::fmt;

use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned, civil};

use crate::kit::Fault;
use crate::kit::dates::duration::Duration;
use crate::script::native::Dynamic;

/// A moment, seen in a zone.
#[derive(Debug, Clone)]
pub struct DateTime(pub(super) Zoned);

/// A day. The zone is the one that it was made in: where the day begins, if somebody wants a moment.
#[derive(Debug, Clone)]
pub struct Date {
    pub(super) day: civil::Date,
    pub(super) zone: TimeZone,
}

/// A time of day.
#[derive(Debug, Clone, Copy)]
pub struct Time(pub(super) civil::Time);

/// One of the four.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    DateTime(DateTime),
    Date(Date),
    Time(Time),
    Duration(Duration),
}

impl Value {
    pub(crate) fn of(value: &Dynamic) -> Option<Value> {
        if let Some(moment) = value.read_lock::<DateTime>() {
            return Some(Value::DateTime(moment.clone()));
        }
        if let Some(date) = value.read_lock::<Date>() {
            return Some(Value::Date(date.clone()));
        }
        if let Some(time) = value.read_lock::<Time>() {
            return Some(Value::Time(*time));
        }
        value.read_lock::<Duration>().map(|duration| Value::Duration(*duration))
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Value::DateTime(_) => "DateTime",
            Value::Date(_) => "Date",
            Value::Time(_) => "Time",
            Value::Duration(_) => "Duration",
        }
    }

    pub(super) fn dynamic(self) -> Dynamic {
        match self {
            Value::DateTime(value) => Dynamic::from(value),
            Value::Date(value) => Dynamic::from(value),
            Value::Time(value) => Dynamic::from(value),
            Value::Duration(value) => Dynamic::from(value),
        }
    }

    /// Equal, if they are of one kind and mean the same, whatever the zone.
    pub(crate) fn same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::DateTime(one), Value::DateTime(other)) => one.0 == other.0,
            (Value::Date(one), Value::Date(other)) => one.day == other.day,
            (Value::Time(one), Value::Time(other)) => one.0 == other.0,
            (Value::Duration(one), Value::Duration(other)) => one.same(other),
            _ => false,
        }
    }

    /// Which one is earlier or shorter; nothing for two of different kinds.
    pub(super) fn order(&self, other: &Value) -> Option<Result<Ordering, Fault>> {
        Some(Ok(match (self, other) {
            (Value::DateTime(one), Value::DateTime(other)) => one.0.cmp(&other.0),
            (Value::Date(one), Value::Date(other)) => one.day.cmp(&other.day),
            (Value::Time(one), Value::Time(other)) => one.0.cmp(&other.0),
            (Value::Duration(one), Value::Duration(other)) => {
                return Some(
                    one.order(other).ok_or_else(|| no_fixed_length(if one.months() == 0 { other } else { one })),
                );
            }
            _ => return None,
        }))
    }

    /// The sum; nothing for two kinds that cannot be added.
    pub(super) fn plus(&self, other: &Value) -> Option<Result<Value, Fault>> {
        Some(match (self, other) {
            (Value::Duration(one), Value::Duration(other)) => one.plus(other).map(Value::Duration),
            (one, Value::Duration(length)) | (Value::Duration(length), one) => one.moved(length),
            _ => return None,
        })
    }

    /// The difference; nothing for two kinds that have none.
    pub(super) fn minus(&self, other: &Value) -> Option<Result<Value, Fault>> {
        let length = match (self, other) {
            (_, Value::Duration(length)) => return self.plus(&Value::Duration(length.negated())),
            (Value::DateTime(one), Value::DateTime(other)) => Duration::of_time(one.0.duration_since(&other.0)),
            (Value::Date(one), Value::Date(other)) => {
                Duration::of_days(one.day.duration_since(other.day).as_hours() / 24)
            }
            (Value::Time(one), Value::Time(other)) => Duration::of_time(one.0.duration_since(other.0)),
            _ => return None,
        };
        Some(length.map(Value::Duration))
    }

    fn moved(&self, length: &Duration) -> Result<Value, Fault> {
        match self {
            Value::DateTime(moment) => {
                let moved = moment.0.checked_add(length.span()).map_err(|_| Fault::Beyond)?;
                Ok(Value::DateTime(DateTime(moved)))
            }
            Value::Date(date) => date.moved(length).map(Value::Date),
            Value::Time(time) => {
                let fixed = length.fixed().ok_or_else(|| no_fixed_length(length))?;
                Ok(Value::Time(Time(time.0.wrapping_add(fixed))))
            }
            Value::Duration(other) => other.plus(length).map(Value::Duration),
        }
    }
}

pub(super) fn no_fixed_length(length: &Duration) -> Fault {
    Fault::NoFixedLength { given: length.to_string() }
}

impl Date {
    pub(super) fn moved(&self, length: &Duration) -> Result<Date, Fault> {
        if !length.is_of_days() {
            return Err(Fault::HoursOnADay { given: length.to_string() });
        }
        let day = self.day.checked_add(length.span()).map_err(|_| Fault::Beyond)?;
        Ok(Date { day, zone: self.zone.clone() })
    }

    /// The first moment of the day in its zone.
    pub(super) fn start(&self) -> Option<Zoned> {
        self.day.to_zoned(self.zone.clone()).ok()
    }
}

/// What a PBX wants where it takes a value of this package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A moment with an offset: `2026-01-31T07:00:00Z`. A date stands for its first moment.
    Moment,
    Date,
    Time,
    /// Days to seconds: `PT1H30M`. A time of day stands for the time since midnight.
    Duration,
}

/// The text of a value in the form that a PBX wants; nothing, if the value is none for that place.
#[must_use]
pub fn wire(value: &Dynamic, wanted: Wanted) -> Option<String> {
    match (Value::of(value)?, wanted) {
        (Value::DateTime(moment), Wanted::Moment) => Some(ticks(moment.0.timestamp()).to_string()),
        (Value::Date(date), Wanted::Moment) => Some(date.start()?.timestamp().to_string()),
        (Value::Date(date), Wanted::Date) => Some(date.day.to_string()),
        (Value::Time(time), Wanted::Time) => Some(time.0.to_string()),
        (Value::Time(time), Wanted::Duration) => {
            Some(Duration::of_time(time.0.duration_since(civil::Time::midnight())).ok()?.to_string())
        }
        (Value::Duration(length), Wanted::Duration) => length.fixed().map(|_| length.to_string()),
        _ => None,
    }
}

/// What a PBX wants to see, judged by the value alone.
#[must_use]
pub fn wanted(value: &Dynamic) -> Option<Wanted> {
    Value::of(value).map(|value| match value {
        // No property of a PBX is a day without a time.
        Value::DateTime(_) | Value::Date(_) => Wanted::Moment,
        Value::Time(_) => Wanted::Time,
        Value::Duration(_) => Wanted::Duration,
    })
}

/// A PBX counts ticks of 100 nanoseconds; what is finer it may round up, over midnight even.
fn ticks(moment: Timestamp) -> Timestamp {
    let over = moment.subsec_nanosecond().rem_euclid(100);
    moment.checked_sub(jiff::SignedDuration::from_nanos(over.into())).unwrap_or(moment)
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::DateTime(moment) => {
                let offset = if is_utc(moment.0.time_zone()) { "Z".to_owned() } else { offset(&moment.0) };
                write!(f, "{}{offset}", moment.0.datetime())
            }
            Value::Date(date) => write!(f, "{}", date.day),
            Value::Time(time) => write!(f, "{}", time.0),
            Value::Duration(length) => write!(f, "{length}"),
        }
    }
}

fn is_utc(zone: &TimeZone) -> bool {
    zone.to_fixed_offset().is_ok_and(|offset| offset == Offset::UTC)
        || zone.iana_name().is_some_and(|name| matches!(name, "UTC" | "Etc/UTC"))
}

/// `+01:00`
pub(super) fn offset(moment: &Zoned) -> String {
    let seconds = moment.offset().seconds();
    let (sign, seconds) = (if seconds < 0 { '-' } else { '+' }, seconds.abs());
    let odd = seconds % 60;
    let odd = if odd == 0 { String::new() } else { format!(":{odd:02}") };
    format!("{sign}{:02}:{:02}{odd}", seconds / 3600, seconds / 60 % 60)
}
