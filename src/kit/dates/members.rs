//! Properties and methods: `day.weekday`, `moment.in_zone("Europe/Berlin")`.

use jiff::civil::{self, Weekday};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, ToSpan, Zoned};

use crate::kit::Fault;
use crate::kit::dates::duration::Duration;
use crate::kit::dates::reading;
use crate::kit::dates::value::{Date, DateTime, Time, Value, no_fixed_length, offset};
use crate::kit::given::{text, wrong};
use crate::script::native::{Dynamic, INT};
use crate::script::nearest;

/// The names of one type: what it has and what it does, with the numbers of arguments (the receiver is the first).
#[derive(Clone, Copy)]
pub(super) struct Members {
    pub(super) ty: &'static str,
    pub(super) properties: &'static [&'static str],
    pub(super) methods: &'static [(&'static str, usize, usize)],
}

pub(super) const DATE_TIME: Members = Members {
    ty: "DateTime",
    properties: &[
        "year",
        "month",
        "day",
        "hour",
        "minute",
        "second",
        "weekday",
        "weekday_name",
        "month_name",
        "week",
        "day_of_year",
        "is_weekend",
        "zone",
        "offset",
        "date",
        "time",
        "unix",
    ],
    methods: &[
        ("format", 2, 2),
        ("in_zone", 1, 2),
        ("utc", 1, 1),
        ("at", 2, 2),
        ("start_of", 2, 2),
        ("end_of", 2, 2),
        ("next", 2, 2),
        ("previous", 2, 2),
    ],
};

pub(super) const DATE: Members = Members {
    ty: "Date",
    properties: &[
        "year",
        "month",
        "day",
        "weekday",
        "weekday_name",
        "month_name",
        "week",
        "day_of_year",
        "is_weekend",
        "zone",
    ],
    methods: &[
        ("format", 2, 2),
        ("at", 2, 3),
        ("start_of", 2, 2),
        ("end_of", 2, 2),
        ("next", 2, 2),
        ("previous", 2, 2),
    ],
};

pub(super) const TIME: Members =
    Members { ty: "Time", properties: &["hour", "minute", "second"], methods: &[("format", 2, 2)] };

pub(super) const DURATION: Members = Members {
    ty: "Duration",
    properties: &["months", "days", "hours", "minutes", "seconds", "clock"],
    methods: &[("total", 2, 2)],
};

pub(super) const ALL: [Members; 4] = [DATE_TIME, DATE, TIME, DURATION];

impl Members {
    /// Each name, and whether it is called.
    fn names(self) -> impl Iterator<Item = (&'static str, bool)> {
        let methods = self.methods.iter().map(|(name, ..)| (*name, true));
        self.properties.iter().map(|name| (*name, false)).chain(methods)
    }
}

/// What stands behind the dot of a value of this type: the names, and whether they are called.
pub(crate) fn names(ty: &str) -> impl Iterator<Item = (&'static str, bool)> {
    ALL.into_iter().filter(move |members| members.ty == ty).flat_map(Members::names)
}

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const PERIODS: [&str; 6] = ["hour", "day", "week", "month", "quarter", "year"];
const LENGTHS: [&str; 5] = ["seconds", "minutes", "hours", "days", "weeks"];

pub(super) fn get(owner: &Value, name: &str) -> Result<Dynamic, Fault> {
    let found = match owner {
        Value::DateTime(moment) => of_moment(&moment.0, name),
        Value::Date(date) => of_day(date.day, name).or_else(|| (name == "zone").then(|| zone_name(date).into())),
        Value::Time(time) => of_time(time.0, name),
        Value::Duration(length) => return of_length(length, name),
    };
    found.ok_or_else(|| unknown(owner, name))
}

pub(super) fn unknown(owner: &Value, name: &str) -> Fault {
    let ty = owner.type_name();
    let Some(members) = ALL.into_iter().find(|members| members.ty == ty) else { return Fault::Beyond };
    if members.methods.iter().any(|(method, ..)| *method == name) {
        return Fault::NotCalled { ty, name: name.to_owned() };
    }
    let nearest = nearest(name, members.names().map(|(name, _)| name));
    Fault::UnknownProperty { ty, name: name.to_owned(), nearest, known: members.properties }
}

fn whole(number: impl Into<INT>) -> Option<Dynamic> {
    Some(Dynamic::from(number.into()))
}

fn of_day(day: civil::Date, name: &str) -> Option<Dynamic> {
    match name {
        "year" => whole(day.year()),
        "month" => whole(day.month()),
        "day" => whole(day.day()),
        "weekday" => whole(day.weekday().to_monday_one_offset()),
        "weekday_name" => Some(weekday_name(day.weekday()).into()),
        "month_name" => Some(day.strftime("%B").to_string().into()),
        "week" => whole(day.iso_week_date().week()),
        "day_of_year" => whole(day.day_of_year()),
        "is_weekend" => Some(matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday).into()),
        _ => None,
    }
}

fn of_time(time: civil::Time, name: &str) -> Option<Dynamic> {
    match name {
        "hour" => whole(time.hour()),
        "minute" => whole(time.minute()),
        "second" => whole(time.second()),
        _ => None,
    }
}

fn of_moment(moment: &Zoned, name: &str) -> Option<Dynamic> {
    match name {
        "zone" => Some(moment.time_zone().iana_name().map_or_else(|| offset(moment), str::to_owned).into()),
        "offset" => Some(offset(moment).into()),
        "date" => Some(Value::Date(day_of(moment)).dynamic()),
        "time" => Some(Value::Time(Time(moment.time())).dynamic()),
        "unix" => whole(moment.timestamp().as_second()),
        _ => of_day(moment.date(), name).or_else(|| of_time(moment.time(), name)),
    }
}

fn zone_name(date: &Date) -> String {
    let offset = || date.start().map(|moment| offset(&moment)).unwrap_or_default();
    date.zone.iana_name().map_or_else(offset, str::to_owned)
}

pub(super) fn day_of(moment: &Zoned) -> Date {
    Date { day: moment.date(), zone: moment.time_zone().clone() }
}

fn weekday_name(weekday: Weekday) -> &'static str {
    WEEKDAYS[usize::try_from(weekday.to_monday_zero_offset()).unwrap_or_default() % 7]
}

/// Lengths count whole units and leave the rest out; [`total`] has the fraction.
fn of_length(length: &Duration, name: &str) -> Result<Dynamic, Fault> {
    let unit = match name {
        "months" => return Ok(length.months().into()),
        "clock" => 0,
        "days" => 86_400,
        "hours" => 3_600,
        "minutes" => 60,
        "seconds" => 1,
        _ => return Err(unknown(&Value::Duration(*length), name)),
    };
    let fixed = length.fixed().ok_or_else(|| no_fixed_length(length))?;
    match unit {
        0 => Ok(length.clock().unwrap_or_default().into()),
        _ => Ok((fixed.as_secs() / unit).into()),
    }
}

fn total(length: &Duration, unit: &Dynamic) -> Result<Dynamic, Fault> {
    let seconds = match one_of("unit", &text("unit", unit)?, &LENGTHS)? {
        "weeks" => 604_800.0,
        "days" => 86_400.0,
        "hours" => 3_600.0,
        "minutes" => 60.0,
        _ => 1.0,
    };
    let fixed = length.fixed().ok_or_else(|| no_fixed_length(length))?;
    Ok((fixed.as_secs_f64() / seconds).into())
}

/// One of a few words, in the singular or the plural.
fn one_of(what: &'static str, given: &str, known: &'static [&'static str]) -> Result<&'static str, Fault> {
    let plain = |word: &str| word.to_lowercase().trim_end_matches('s').to_owned();
    known.iter().copied().find(|word| plain(word) == plain(given)).ok_or_else(|| Fault::UnknownWord {
        what,
        given: given.to_owned(),
        nearest: nearest(given, known.iter().copied()),
        known,
    })
}

pub(super) fn call(here: TimeZone, name: &str, given: &[Dynamic]) -> Result<Dynamic, Fault> {
    let Some((owner, arguments)) = given.split_first() else { return Ok(Dynamic::UNIT) };
    let Some(owner) = Value::of(owner) else { return Ok(Dynamic::UNIT) };
    let first = arguments.first().unwrap_or(&Dynamic::UNIT);
    let value = match (owner, name) {
        (owner, "format") => return formatted(&owner, &text("format", first)?),
        (Value::Duration(length), _) => return total(&length, first),
        (Value::DateTime(moment), "in_zone") => {
            let zone = if arguments.is_empty() { here } else { reading::zone(&text("zone", first)?)? };
            Value::DateTime(DateTime(moment.0.with_time_zone(zone)))
        }
        (Value::DateTime(moment), "utc") => Value::DateTime(DateTime(moment.0.with_time_zone(TimeZone::UTC))),
        (Value::DateTime(moment), "at") => at(&day_of(&moment.0), first, None)?,
        (Value::Date(date), "at") => at(&date, first, arguments.get(1))?,
        (Value::DateTime(moment), "start_of") => {
            Value::DateTime(DateTime(start_of(&moment.0, period(first, &PERIODS)?)?))
        }
        (Value::DateTime(moment), "end_of") => Value::DateTime(DateTime(end_of(&moment.0, period(first, &PERIODS)?)?)),
        (Value::Date(date), "start_of") => {
            Value::Date(Date { day: first_day(date.day, period(first, &PERIODS[1..])?)?, zone: date.zone })
        }
        (Value::Date(date), "end_of") => {
            let period = period(first, &PERIODS[1..])?;
            let next = first_day(date.day, period)?.checked_add(length_of(period));
            // The last day that there is has no day after it.
            let day = next.and_then(civil::Date::yesterday).map_err(|_| Fault::Beyond)?;
            Value::Date(Date { day, zone: date.zone })
        }
        (Value::DateTime(moment), towards) => {
            let day = weekday(first)?;
            let found = moment.0.nth_weekday(if towards == "next" { 1 } else { -1 }, day);
            Value::DateTime(DateTime(found.map_err(|_| Fault::Beyond)?))
        }
        (Value::Date(date), towards) => {
            let found = date.day.nth_weekday(if towards == "next" { 1 } else { -1 }, weekday(first)?);
            Value::Date(Date { day: found.map_err(|_| Fault::Beyond)?, zone: date.zone })
        }
        (other, name) => return Err(unknown(&other, name)),
    };
    Ok(value.dynamic())
}

fn formatted(owner: &Value, form: &str) -> Result<Dynamic, Fault> {
    let parts = match owner {
        Value::DateTime(moment) => BrokenDownTime::from(&moment.0),
        Value::Date(date) => BrokenDownTime::from(date.day),
        Value::Time(time) => BrokenDownTime::from(time.0),
        Value::Duration(_) => return Err(unknown(owner, "format")),
    };
    let written = parts.to_string(form).map_err(|error| Fault::Form {
        form: form.to_owned(),
        text: owner.to_string(),
        reason: reading::reason(&error),
    })?;
    Ok(written.into())
}

/// A day and a time of it. What clocks jump over is as much later; of what they show twice, the first is meant.
fn at(date: &Date, time: &Dynamic, zone: Option<&Dynamic>) -> Result<Value, Fault> {
    let time = match Value::of(time) {
        Some(Value::Time(time)) => time.0,
        _ => reading::time(&time.clone().into_string().map_err(|_| wrong("time", "a Time or a string", time))?)?,
    };
    let zone = match zone {
        Some(name) => reading::zone(&text("zone", name)?)?,
        None => date.zone.clone(),
    };
    let moment = date.day.to_datetime(time).to_zoned(zone).map_err(|_| Fault::Beyond)?;
    Ok(Value::DateTime(DateTime(moment)))
}

fn period(given: &Dynamic, known: &'static [&'static str]) -> Result<&'static str, Fault> {
    one_of("period", &text("period", given)?, known)
}

fn length_of(period: &str) -> Span {
    match period {
        "hour" => 1.hour(),
        "day" => 1.day(),
        "week" => 1.week(),
        "month" => 1.month(),
        "quarter" => 3.months(),
        _ => 1.year(),
    }
}

fn first_day(day: civil::Date, period: &str) -> Result<civil::Date, Fault> {
    Ok(match period {
        "week" => {
            day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days()).map_err(|_| Fault::Beyond)?
        }
        "month" => day.first_of_month(),
        "quarter" => {
            let month = (day.month() - 1) / 3 * 3 + 1;
            day.with().day(1).month(month).build().map_err(|_| Fault::Beyond)?
        }
        "year" => day.first_of_year(),
        _ => day,
    })
}

fn start_of(moment: &Zoned, period: &str) -> Result<Zoned, Fault> {
    if period == "hour" {
        let past = i64::from(moment.minute()) * 60 + i64::from(moment.second());
        let past = SignedDuration::new(past, moment.subsec_nanosecond());
        return moment.checked_sub(past).map_err(|_| Fault::Beyond);
    }
    first_day(moment.date(), period)?.to_zoned(moment.time_zone().clone()).map_err(|_| Fault::Beyond)
}

/// The last tick of a PBX's clock before the next one begins.
fn end_of(moment: &Zoned, period: &str) -> Result<Zoned, Fault> {
    const TICK: SignedDuration = SignedDuration::from_nanos(100);
    let start = start_of(moment, period)?;
    let next = if period == "hour" {
        start.checked_add(1.hour())
    } else {
        let day = start.date().checked_add(length_of(period));
        day.and_then(|day| day.to_zoned(moment.time_zone().clone()))
    };
    next.and_then(|next| next.checked_sub(TICK)).map_err(|_| Fault::Beyond)
}

/// A day of the week by its name, the first three letters of it, or its number from Monday on.
fn weekday(given: &Dynamic) -> Result<Weekday, Fault> {
    let number = match given.as_int() {
        Ok(number) => number,
        Err(_) => {
            let name = given.clone().into_string().map_err(|_| wrong("weekday", "a string or a number", given))?;
            let same = |known: &str| known.eq_ignore_ascii_case(&name) || known[..3].eq_ignore_ascii_case(&name);
            let place = WEEKDAYS.iter().position(|known| same(known)).ok_or_else(|| Fault::UnknownWord {
                what: "weekday",
                given: name.clone(),
                nearest: nearest(&name, WEEKDAYS),
                known: &WEEKDAYS,
            })?;
            place as INT + 1
        }
    };
    let day = i8::try_from(number).ok().and_then(|number| Weekday::from_monday_one_offset(number).ok());
    day.ok_or_else(|| wrong("weekday", "a number from 1, Monday, to 7, Sunday", given))
}
