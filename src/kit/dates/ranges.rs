//! Days one after the other, and longer periods cut into windows.

use std::sync::Arc;

use crate::kit::dates::duration::Duration;
use crate::kit::dates::members::day_of;
use crate::kit::dates::value::{Date, Value};
use crate::kit::given::{define, wrong};
use crate::kit::{Fault, Hands};
use crate::script::native::{Array, Dynamic, Engine, Map};

/// More is a slip of the pen: three hundred years of days.
const MOST: usize = 110_000;

pub(super) fn register(engine: &mut Engine, hands: &Arc<Hands>) {
    for (name, months, days) in [("days", 0, 1), ("weeks", 0, 7), ("months", 1, 0), ("years", 12, 0)] {
        define(engine, hands, name, None, 2..=2, move |_, given| {
            let step = Duration::new(months, days, jiff::SignedDuration::ZERO)?;
            let (from, to) = (day("from", &given[0])?, day("to", &given[1])?);
            range(&from, &to, &step).map(Dynamic::from_array)
        });
    }
    define(engine, hands, "windows", None, 3..=3, |_, given| windows(given).map(Dynamic::from_array));
}

fn day(what: &str, given: &Dynamic) -> Result<Date, Fault> {
    match Value::of(given) {
        Some(Value::Date(date)) => Ok(date),
        Some(Value::DateTime(moment)) => Ok(day_of(&moment.0)),
        _ => Err(wrong(what, "a Date or a DateTime", given)),
    }
}

/// Every day that is a whole number of steps behind `from`, with both ends. Counted from the start, so that the 31st stays
/// the last day of its month.
fn range(from: &Date, to: &Date, step: &Duration) -> Result<Array, Fault> {
    let mut found = Array::new();
    for count in 0.. {
        let Ok(next) = step.times(count).and_then(|step| from.moved(&step)) else { break };
        if next.day > to.day {
            break;
        }
        if found.len() == MOST {
            return Err(Fault::TooManySteps { most: MOST });
        }
        found.push(Value::Date(next).dynamic());
    }
    Ok(found)
}

/// `#{ from, to }` one behind the other: each ends where the next one begins, and the last one at `to`.
fn windows(given: &[Dynamic]) -> Result<Array, Fault> {
    let Some(Value::Duration(step)) = Value::of(&given[2]).filter(|step| match step {
        Value::Duration(step) => step.is_positive(),
        _ => false,
    }) else {
        return Err(wrong("step", "a Duration above zero, like days(7)", &given[2]));
    };
    let (from, mut to) = (period_end("from", &given[0])?, period_end("to", &given[1])?);
    if let (Value::DateTime(from), Value::Date(date)) = (&from, &to) {
        let moment = date.day.to_zoned(from.0.time_zone().clone()).map_err(|_| Fault::Beyond)?;
        to = Value::DateTime(crate::kit::dates::DateTime(moment));
    } else if let (Value::Date(_), Value::DateTime(_)) = (&from, &to) {
        return Err(wrong("to", "a Date, as `from` is one", &given[1]));
    }
    let before = |one: &Value, other: &Value| matches!(one.order(other), Some(Ok(std::cmp::Ordering::Less)));
    let (mut found, mut start) = (Array::new(), from.clone());
    for count in 1.. {
        if !before(&start, &to) {
            break;
        }
        if found.len() == MOST {
            return Err(Fault::TooManySteps { most: MOST });
        }
        let next = match step.times(count).map(|step| from.plus(&Value::Duration(step))) {
            Ok(Some(next)) => next.map(|next| if before(&next, &to) { next } else { to.clone() }),
            _ => Ok(to.clone()),
        };
        let end = match next {
            Ok(end) => end,
            // Hours cannot be added to a day; beyond the calendar there is only the end.
            Err(Fault::Beyond) => to.clone(),
            Err(fault) => return Err(fault),
        };
        let mut window = Map::new();
        window.insert("from".into(), start.dynamic());
        window.insert("to".into(), end.clone().dynamic());
        found.push(window.into());
        start = end;
    }
    Ok(found)
}

fn period_end(what: &str, given: &Dynamic) -> Result<Value, Fault> {
    match Value::of(given) {
        Some(end @ (Value::Date(_) | Value::DateTime(_))) => Ok(end),
        _ => Err(wrong(what, "a Date or a DateTime", given)),
    }
}
