//! What the parameters of reports mean: periods, lists of numbers, kinds of calls, waiting times, intervals of charts.
//!
//! The description names the numbered kinds (`sourceType`, `callArea`, …) without a word about them; the meanings here
//! follow the choices of the web client, with 0 for everything.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use serde_json::Value;

use crate::sandbox::asked::Asked;
use crate::sandbox::logs::calls::{Direction, EXTERNAL_LINE, Shown, Side};
use crate::sandbox::problem::Problem;
use crate::sandbox::scalar;

impl Asked {
    /// A number among the parameters or fields; 0 where there is none.
    pub(in crate::sandbox) fn integer(&self, name: &str) -> i64 {
        self.value(name).or_else(|| self.body.get(name)).and_then(Value::as_i64).unwrap_or_default()
    }

    pub(in crate::sandbox) fn flag(&self, name: &str) -> bool {
        self.value(name).or_else(|| self.body.get(name)) == Some(&Value::Bool(true))
    }
}

/// The time zone of the caller, for files and charts.
pub(in crate::sandbox) fn zone(asked: &Asked) -> Result<TimeZone, Problem> {
    match asked.text("clientTimeZone") {
        "" => Ok(TimeZone::UTC),
        name => TimeZone::get(name).map_err(|_| Problem::field("clientTimeZone", "WARNINGS.XAPI.INVALID_TIMEZONE")),
    }
}

/// A period that a report covers, in milliseconds.
#[derive(Clone, Copy)]
pub(super) struct Period {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Period {
    /// Reports call the bounds by different names; what is not said is open.
    pub(super) fn of(asked: &Asked) -> Period {
        let bound = |names: [&str; 3]| {
            let given = names.into_iter().find_map(|name| scalar::timestamp(asked.text(name)));
            given.map(|time| time.as_millisecond())
        };
        Period {
            from: bound(["periodFrom", "startDt", "startDate"]).unwrap_or(i64::MIN),
            to: bound(["periodTo", "endDt", "endDate"]).unwrap_or(i64::MAX),
        }
    }

    pub(super) fn covers(&self, milliseconds: i64) -> bool {
        (self.from..=self.to).contains(&milliseconds)
    }
}

/// The numbers of a filter, which stand apart by spaces or commas; none of them means all.
pub(super) fn numbers<'a>(asked: &'a Asked, field: &str) -> Vec<&'a str> {
    asked.text(field).split([' ', ',']).filter(|number| !number.is_empty()).collect()
}

/// `0:01:30` in milliseconds; calls that waited for less are left out of reports.
pub(super) fn interval(asked: &Asked, field: &str) -> Result<i64, Problem> {
    let text = asked.text(field);
    let parts = || text.split(':').map(|part| part.parse::<i64>().ok().filter(|part| (0..100_000).contains(part)));
    let seconds = match text {
        "" => Some(0),
        _ => parts().try_fold(0i64, |total, part| Some(total * 60 + part?)).filter(|_| parts().count() == 3),
    };
    let seconds = seconds.or_else(|| scalar::duration(text).map(|milliseconds| milliseconds / 1000));
    seconds.map(|seconds| seconds * 1000).ok_or_else(|| Problem::field(field, "WARNINGS.XAPI.INVALID"))
}

/// Internal calls, those with the outside, or both (0).
pub(super) fn in_area(call: Shown<'_>, area: i64) -> bool {
    let internal = call.call.direction == Direction::Internal;
    match area {
        1 => internal,
        2 => !internal,
        _ => true,
    }
}

/// The choices of the call log.
pub(super) struct CallFilter<'a> {
    period: Period,
    source: (i64, Vec<&'a str>),
    destination: (i64, Vec<&'a str>),
    answered: Option<bool>,
    /// Which time is measured, and its bounds.
    time: (i64, i64, i64),
}

impl<'a> CallFilter<'a> {
    pub(super) fn of(asked: &'a Asked) -> CallFilter<'a> {
        let bound = |field: &str| interval(asked, field).unwrap_or_default();
        CallFilter {
            period: Period::of(asked),
            source: (asked.integer("sourceType"), numbers(asked, "sourceFilter")),
            destination: (asked.integer("destinationType"), numbers(asked, "destinationFilter")),
            answered: answered(asked.integer("callsType")),
            time: (asked.integer("callTimeFilterType"), bound("callTimeFilterFrom"), bound("callTimeFilterTo")),
        }
    }

    pub(super) fn takes(&self, shown: Shown<'_>) -> bool {
        let call = shown.call;
        let (kind, from, to) = self.time;
        let in_time = match kind {
            1 => (from..=to).contains(&i64::from(call.ringing)),
            2 => (from..=to).contains(&i64::from(call.talking)),
            _ => true,
        };
        in_time
            && self.period.covers(call.start)
            && self.answered.is_none_or(|wanted| wanted == call.answered())
            && side_is(&self.source, shown.source())
            && side_is(&self.destination, shown.destination())
    }
}

/// Answered calls (1), unanswered ones (2) or all.
pub(super) fn answered(calls_type: i64) -> Option<bool> {
    match calls_type {
        1 => Some(true),
        2 => Some(false),
        _ => None,
    }
}

fn side_is((kind, numbers): &(i64, Vec<&str>), side: Side<'_>) -> bool {
    let of_kind = match kind {
        1 => side.dn_type != EXTERNAL_LINE,
        2 => side.dn_type == EXTERNAL_LINE,
        _ => true,
    };
    of_kind && (numbers.is_empty() || numbers.iter().any(|number| *number == side.dn || *number == side.caller_number))
}

/// How a chart divides its time.
#[derive(Clone, Copy)]
pub(super) enum Step {
    Hour,
    Day,
    Week,
    Month,
}

/// A chart has no more points than this.
const MOST_POINTS: usize = 5000;

impl Step {
    pub(super) fn of_grouping(grouping: i64) -> Step {
        match grouping {
            1 => Step::Day,
            2 => Step::Week,
            3 => Step::Month,
            _ => Step::Hour,
        }
    }

    /// Hours of the day, days of the month or months of the year that `chartDate` lies in.
    pub(super) fn chart(asked: &Asked, zone: &TimeZone) -> Option<(Step, Period)> {
        let date = scalar::timestamp(asked.text("chartDate"))?.to_zoned(zone.clone());
        let by = asked.text("chartBy").to_lowercase();
        let (step, start, end) = match by.as_str() {
            "day" | "days" | "month" => (Step::Day, date.first_of_month().ok()?, 1.month()),
            "months" | "year" => (Step::Month, date.first_of_year().ok()?, 1.year()),
            _ => (Step::Hour, date.clone(), 1.day()),
        };
        let start = start.start_of_day().ok()?;
        let end = start.checked_add(end).ok()?.timestamp().as_millisecond() - 1;
        Some((step, Period { from: start.timestamp().as_millisecond(), to: end }))
    }

    fn begin(self, moment: &Zoned) -> Option<Zoned> {
        let day = || moment.start_of_day().ok();
        match self {
            Step::Hour => {
                let past = i64::from(moment.minute()) * 60 + i64::from(moment.second());
                moment.checked_sub(past.seconds()).ok()?.checked_sub(moment.subsec_nanosecond().nanoseconds()).ok()
            }
            Step::Day => day(),
            Step::Week => day()?.checked_sub(i64::from(moment.weekday().to_monday_zero_offset()).days()).ok(),
            Step::Month => day()?.first_of_month().ok(),
        }
    }

    /// The beginnings of the intervals that a period touches.
    pub(super) fn points(self, period: Period, zone: &TimeZone) -> Vec<i64> {
        let first = Timestamp::from_millisecond(period.from).ok();
        let mut next = first.and_then(|first| self.begin(&first.to_zoned(zone.clone())));
        let mut points = Vec::new();
        while let Some(point) = next.take_if(|_| points.len() < MOST_POINTS) {
            let moment = point.timestamp().as_millisecond();
            if moment > period.to {
                break;
            }
            points.push(moment);
            let step = match self {
                Step::Hour => 1.hour(),
                Step::Day => 1.day(),
                Step::Week => 1.week(),
                Step::Month => 1.month(),
            };
            next = point.checked_add(step).ok();
        }
        points
    }
}
