//! Dates and times with zones: a moment, a day, a time of day and a length of time.
//!
//! The clock and the zone of the machine come out of [`Hands`]; calendars and zones are those of `jiff`, which brings the
//! database of zones along.

mod docs;
mod duration;
mod members;
mod ranges;
mod reading;
mod value;

#[cfg(test)]
mod tests;

use std::any::TypeId;
use std::cmp::Ordering;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

pub(super) use docs::DOCS;
pub use duration::Duration;
pub(crate) use members::names;
pub(crate) use value::Value;
pub use value::{Date, DateTime, Time, Wanted, wanted, wire};

use crate::kit::given::{between, define, describe, text, whole, wrong};
use crate::kit::{Fault, Hands};
use crate::script::native::{Dynamic, Engine, ImmutableString, NativeCallContext};
use crate::script::{Survey, on_constants};
use members::{ALL, Members, day_of};
use reading::here;

pub(super) fn register(engine: &mut Engine, hands: &Arc<Hands>) {
    engine
        .register_type_with_name::<DateTime>("DateTime")
        .register_type_with_name::<Date>("Date")
        .register_type_with_name::<Time>("Time")
        .register_type_with_name::<Duration>("Duration");
    constructors(engine, hands);
    lengths(engine, hands);
    ranges::register(engine, hands);
    let types = [TypeId::of::<DateTime>(), TypeId::of::<Date>(), TypeId::of::<Time>(), TypeId::of::<Duration>()];
    for (ty, members) in types.into_iter().zip(&ALL) {
        of_type(engine, hands, ty, members);
        operators(engine, hands, ty);
    }
    define(engine, hands, CALL, None, 2..=4, |hands, given| {
        let mut given = given.to_vec();
        let name = given.remove(1).to_string();
        members::call(here(hands), &name, &given)
    });
    let length = TypeId::of::<Duration>();
    let number = TypeId::of::<i64>();
    for types in [[length, number], [number, length]] {
        engine.register_raw_fn("*", types, {
            let hands = hands.clone();
            move |context: NativeCallContext, given: &mut [&mut Dynamic]| {
                times(given).map_err(|fault| hands.raise(fault, &context))
            }
        });
    }
    define(engine, hands, "-", Some(length), 1..=1, |_, given| match Value::of(&given[0]) {
        Some(Value::Duration(length)) => Ok(Dynamic::from(length.negated())),
        _ => Ok(Dynamic::UNIT),
    });
}

fn times(given: &[&mut Dynamic]) -> Result<Dynamic, Fault> {
    let factor = given.iter().find_map(|given| given.as_int().ok());
    match (given.iter().find_map(|given| Value::of(given)), factor) {
        (Some(Value::Duration(length)), Some(factor)) => length.times(factor).map(Dynamic::from),
        _ => Ok(Dynamic::UNIT),
    }
}

const CALL: &str = "__dates";

/// Methods typed for the four, for just the names that a script gives to functions of its own: those would answer to
/// `day.format(…)` otherwise.
pub(super) fn guards(survey: &Survey) -> String {
    let mut guards = String::new();
    for members in &ALL {
        for (name, least, most) in members.methods {
            let taken = |count: usize| survey.functions.iter().any(|(own, of)| own == name && *of + 1 == count);
            for count in (*least..=*most).filter(|count| taken(*count)) {
                let names: Vec<String> = (1..count).map(|at| format!("a{at}")).collect();
                let passed: String = names.iter().map(|name| format!(", {name}")).collect();
                let (ty, names) = (members.ty, names.join(", "));
                guards.push_str(&format!("fn {ty}.{name}({names}) {{ {CALL}(this, \"{name}\"{passed}) }}\n"));
            }
        }
    }
    guards
}

/// The moment, as the machine's zone or another one shows it.
fn now(hands: &Hands, zone: Option<&Dynamic>) -> Result<Zoned, Fault> {
    let zone = match zone {
        Some(name) => reading::zone(&text("zone", name)?)?,
        None => here(hands),
    };
    // Finer than a person or a PBX tells the time, and nine digits are hard to read.
    let now = (hands.now)();
    let over = SignedDuration::from_nanos(i64::from(now.subsec_nanosecond().rem_euclid(1_000_000)));
    Ok(now.checked_sub(over).unwrap_or(now).to_zoned(zone))
}

fn constructors(engine: &mut Engine, hands: &Arc<Hands>) {
    define(engine, hands, "now", None, 0..=1, |hands, given| {
        Ok(Value::DateTime(DateTime(now(hands, given.first())?)).dynamic())
    });
    define(engine, hands, "today", None, 0..=1, |hands, given| {
        Ok(Value::Date(day_of(&now(hands, given.first())?)).dynamic())
    });
    define(engine, hands, "datetime", None, 1..=3, |hands, given| Ok(datetime(hands, given)?.dynamic()));
    define(engine, hands, "date", None, 1..=3, |hands, given| Ok(date(hands, given)?.dynamic()));
    define(engine, hands, "time", None, 1..=3, |_, given| Ok(time(given)?.dynamic()));
    define(engine, hands, "duration", None, 1..=1, |_, given| match Value::of(&given[0]) {
        Some(Value::Duration(_)) => Ok(given[0].clone()),
        _ => {
            let text = given[0].as_immutable_string_ref();
            let text = text.map_err(|_| wrong("duration", "a string, like \"1h 30m\" or \"PT1H30M\"", &given[0]))?;
            reading::duration(&text).map(Dynamic::from)
        }
    });
}

/// What `datetime(…)` and `date(…)` take behind the text: a format, a zone, or both.
fn form_and_zone(given: &[Dynamic]) -> Result<(Option<String>, Option<TimeZone>), Fault> {
    let [one, rest @ ..] = given else { return Ok((None, None)) };
    let one = text(if rest.is_empty() { "the format or the zone" } else { "the format" }, one)?;
    if rest.is_empty() && !one.contains('%') {
        return Ok((None, Some(reading::zone(&one)?)));
    }
    let zone = rest.first().map(|zone| reading::zone(&text("the zone", zone)?)).transpose()?;
    Ok((Some(one), zone))
}

fn datetime(hands: &Hands, given: &[Dynamic]) -> Result<Value, Fault> {
    let (form, zone) = form_and_zone(&given[1..])?;
    let seen = |moment: Zoned| match &zone {
        Some(zone) => moment.with_time_zone(zone.clone()),
        None => moment,
    };
    let moment = match (Value::of(&given[0]), given[0].as_int()) {
        (Some(Value::DateTime(moment)), _) => seen(moment.0),
        (Some(Value::Date(date)), _) => {
            let zone = zone.clone().unwrap_or_else(|| date.zone.clone());
            date.day.to_zoned(zone).map_err(|_| Fault::Beyond)?
        }
        (_, Ok(seconds)) => seen(Timestamp::from_second(seconds).map_err(|_| Fault::Beyond)?.to_zoned(TimeZone::UTC)),
        _ => {
            let expected = "a string, like \"2026-01-31T08:00:00Z\"";
            let text = given[0].as_immutable_string_ref().map_err(|_| wrong("datetime", expected, &given[0]))?;
            match form {
                Some(form) => reading::formed_moment(&text, &form, zone, &here(hands))?,
                None => reading::moment(&text, zone, &here(hands))?,
            }
        }
    };
    Ok(Value::DateTime(DateTime(moment)))
}

fn date(hands: &Hands, given: &[Dynamic]) -> Result<Value, Fault> {
    if let [year, month, day] = given
        && year.is_int()
    {
        let day = reading::day(whole("year", year)?, whole("month", month)?, whole("day", day)?)?;
        return Ok(Value::Date(Date { day, zone: here(hands) }));
    }
    let (form, zone) = form_and_zone(&given[1..])?;
    let value = Value::of(&given[0]);
    if let Some(Value::DateTime(moment)) = value {
        let moment = zone.map_or(moment.0.clone(), |zone| moment.0.with_time_zone(zone));
        return Ok(Value::Date(day_of(&moment)));
    }
    if let Some(Value::Date(date)) = value {
        let zone = zone.unwrap_or(date.zone);
        return Ok(Value::Date(Date { day: date.day, zone }));
    }
    let expected = "a string, like \"2026-01-31\", or year, month and day";
    let text = given[0].as_immutable_string_ref().map_err(|_| wrong("date", expected, &given[0]))?;
    let day = match form {
        Some(form) => reading::formed_date(&text, &form)?,
        None => reading::date(&text)?,
    };
    Ok(Value::Date(Date { day, zone: zone.unwrap_or_else(|| here(hands)) }))
}

fn time(given: &[Dynamic]) -> Result<Value, Fault> {
    let number = |at: usize, what: &str, most: i64| match given.get(at) {
        Some(given) => between(what, given, 0, most).map(|number| i8::try_from(number).unwrap_or_default()),
        None => Ok(0),
    };
    if given[0].is_int() && given.len() > 1 {
        let (hour, minute, second) = (number(0, "hour", 23)?, number(1, "minute", 59)?, number(2, "second", 59)?);
        let time = jiff::civil::Time::new(hour, minute, second, 0).map_err(|_| Fault::Beyond)?;
        return Ok(Value::Time(Time(time)));
    }
    match Value::of(&given[0]) {
        Some(Value::Time(time)) => return Ok(Value::Time(time)),
        Some(Value::DateTime(moment)) => return Ok(Value::Time(Time(moment.0.time()))),
        _ => {}
    }
    let text_of = given[0].as_immutable_string_ref();
    let written = text_of.map_err(|_| wrong("time", "a string, like \"08:30\", or hour and minute", &given[0]))?;
    let time = match given.get(1) {
        Some(form) => reading::formed_time(&written, &text("the format", form)?)?,
        None => reading::time(&written)?,
    };
    Ok(Value::Time(Time(time)))
}

/// `minutes(90)`, `days(1)`.
fn lengths(engine: &mut Engine, hands: &Arc<Hands>) {
    for (name, seconds) in [("seconds", 1), ("minutes", 60), ("hours", 3_600)] {
        define(engine, hands, name, None, 1..=1, move |_, given| {
            let time = match (given[0].as_int(), given[0].as_float()) {
                (Ok(number), _) => number.checked_mul(seconds).map(SignedDuration::from_secs),
                (_, Ok(number)) => SignedDuration::try_from_secs_f64(number * seconds as f64).ok(),
                _ => return Err(wrong(name, "a number", &given[0])),
            };
            Duration::of_time(time.ok_or(Fault::Beyond)?).map(Dynamic::from)
        });
    }
    for (name, days, months) in [("days", 1, 0), ("weeks", 7, 0), ("months", 0, 1), ("years", 0, 12)] {
        define(engine, hands, name, None, 1..=1, move |_, given| {
            let number = whole(name, &given[0])?;
            let times = |part: i64| number.checked_mul(part).ok_or(Fault::Beyond);
            Duration::new(times(months)?, times(days)?, SignedDuration::ZERO).map(Dynamic::from)
        });
    }
}

/// What one of the four types has and does.
fn of_type(engine: &mut Engine, hands: &Arc<Hands>, ty: TypeId, members: &'static Members) {
    for (name, least, most) in members.methods {
        define(engine, hands, name, Some(ty), *least..=*most, move |hands, given| {
            members::call(here(hands), name, given)
        });
    }
    let (any, name) = (TypeId::of::<Dynamic>(), TypeId::of::<ImmutableString>());
    let hand = hands.clone();
    engine.register_raw_fn("index$get$", [ty, name], move |context: NativeCallContext, given: &mut [&mut Dynamic]| {
        let name = given[1].to_string();
        let value = Value::of(given[0]).map(|owner| members::get(&owner, &name)).unwrap_or(Ok(Dynamic::UNIT));
        value.map_err(|fault| hand.raise(fault, &context))
    });
    // A method on a property writes the property back afterwards; nothing else may be written.
    let hand = hands.clone();
    on_constants(engine, "index$set$", &[ty, name, any], move |context, given| {
        let (name, Some(owner)) = (given[1].to_string(), Value::of(given[0])) else { return Ok(Dynamic::UNIT) };
        let now = members::get(&owner, &name).map_err(|fault| hand.raise(fault, context))?;
        let same = match (Value::of(&now), Value::of(given[2])) {
            (Some(one), Some(other)) => one.same(&other),
            (None, None) => now.to_string() == given[2].to_string(),
            _ => false,
        };
        let fixed = || Fault::Fixed { ty: owner.type_name(), name: name.clone() };
        if same { Ok(Dynamic::UNIT) } else { Err(hand.raise(fixed(), context)) }
    });
    for function in ["to_string", "to_debug", "print", "debug"] {
        engine.register_raw_fn(function, [ty], |_: NativeCallContext, given: &mut [&mut Dynamic]| {
            Ok(Value::of(given[0]).map(|value| value.to_string()).unwrap_or_default())
        });
    }
}

/// Operators of a type with itself, and with anything else: the engine calls different kinds just unequal, which hides mistakes.
fn operators(engine: &mut Engine, hands: &Arc<Hands>, ty: TypeId) {
    let any = TypeId::of::<Dynamic>();
    let orders = [
        ("<", Ordering::is_lt as fn(Ordering) -> bool),
        ("<=", Ordering::is_le),
        (">", Ordering::is_gt),
        (">=", Ordering::is_ge),
    ];
    for (name, holds) in orders {
        for types in [[ty, ty], [ty, any], [any, ty]] {
            let hands = hands.clone();
            engine.register_raw_fn(name, types, move |context: NativeCallContext, given: &mut [&mut Dynamic]| {
                order(given[0], given[1]).map(holds).map_err(|fault| hands.raise(fault, &context))
            });
        }
    }
    for (name, wanted) in [("==", true), ("!=", false)] {
        engine.register_raw_fn(name, [ty, ty], move |_: NativeCallContext, given: &mut [&mut Dynamic]| {
            let same = match (Value::of(given[0]), Value::of(given[1])) {
                (Some(one), Some(other)) => one.same(&other),
                _ => false,
            };
            Ok(same == wanted)
        });
    }
    for (name, first) in [("min", Ordering::Less), ("max", Ordering::Greater)] {
        define(engine, hands, name, Some(ty), 2..=2, move |_, given| {
            let order = order(&given[0], &given[1])?;
            Ok(given[usize::from(order != first && order != Ordering::Equal)].clone())
        });
    }
    for name in ["+", "-"] {
        define(engine, hands, name, Some(ty), 2..=2, move |_, given| reckon(name, &given[0], &given[1]));
    }
}

fn order(one: &Dynamic, other: &Dynamic) -> Result<Ordering, Fault> {
    let ordered = match (Value::of(one), Value::of(other)) {
        (Some(one), Some(other)) => one.order(&other),
        _ => None,
    };
    ordered.unwrap_or_else(|| Err(unlike("compared", one, other)))
}

fn reckon(operator: &str, one: &Dynamic, other: &Dynamic) -> Result<Dynamic, Fault> {
    let Some(value) = Value::of(one) else { return Ok(Dynamic::UNIT) };
    if operator == "+" && other.is_string() {
        return Ok(format!("{value}{other}").into());
    }
    let result = Value::of(other).and_then(|other| match operator {
        "+" => value.plus(&other),
        _ => value.minus(&other),
    });
    let doing = if operator == "+" { "added" } else { "subtracted" };
    result.unwrap_or_else(|| Err(unlike(doing, one, other))).map(Value::dynamic)
}

fn unlike(doing: &'static str, one: &Dynamic, other: &Dynamic) -> Fault {
    let name =
        |value: &Dynamic| Value::of(value).map_or(value.type_name().to_owned(), |value| value.type_name().into());
    Fault::Unlike { doing, left: describe(one), right: describe(other), kinds: [name(one), name(other)] }
}

/// What a type of dates has; nothing for other types.
pub(crate) fn properties(ty: &str) -> &'static [&'static str] {
    members::ALL.into_iter().find(|members| members.ty == ty).map_or(&[], |members| members.properties)
}

/// The text of a value of this package; nothing for others.
#[must_use]
pub fn text_of(value: &Dynamic) -> Option<String> {
    Value::of(value).map(|value| value.to_string())
}

/// Do both mean the same? Nothing, unless both are of this package.
#[must_use]
pub fn same(one: &Dynamic, other: &Dynamic) -> Option<bool> {
    Some(Value::of(one)?.same(&Value::of(other)?))
}

/// The name of the type and the text, for a sentence; nothing for others.
#[must_use]
pub fn described(value: &Dynamic) -> Option<String> {
    Value::of(value).map(|known| format!("the {} {known}", known.type_name()))
}
