//! Reports that are charts: counts for each interval of time.

use jiff::tz::TimeZone;
use serde_json::json;

use crate::sandbox::Pbx;
use crate::sandbox::asked::Asked;
use crate::sandbox::behaviour::asking::{self, Period, Step, in_area, numbers};
use crate::sandbox::behaviour::reports::members_of;
use crate::sandbox::behaviour::reports::queues::waited;
use crate::sandbox::logs::calls::{Direction, EXTENSION, Shown};
use crate::sandbox::logs::time;
use crate::sandbox::problem::Problem;
use crate::sandbox::rows::row;
use crate::sandbox::store::Row;

/// An interval and two sums of it.
type Point = (i64, i64, i64);

/// The calls of a period, and what each of them adds to the two lines of the chart.
fn count(pbx: &Pbx, points: &[i64], period: Period, add: impl Fn(&Shown<'_>) -> Option<(i64, i64)>) -> Vec<Point> {
    let mut chart: Vec<Point> = points.iter().map(|point| (*point, 0, 0)).collect();
    let logs = pbx.logs();
    for call in logs.calls(pbx.now()).into_iter().filter(|call| period.covers(call.start)) {
        let place = points.partition_point(|point| *point <= call.start).checked_sub(1);
        let point = place.and_then(|place| chart.get_mut(place));
        if let (Some(point), Some((first, second))) = (point, add(&logs.shown(call))) {
            point.1 += first;
            point.2 += second;
        }
    }
    chart
}

/// The form of the older charts: a day by hours, a month by days or a year by months.
fn dated(pbx: &Pbx, asked: &Asked, add: impl Fn(&Shown<'_>) -> Option<(i64, i64)>) -> Result<Vec<Point>, Problem> {
    let zone = asking::zone(asked)?;
    let (step, period) =
        Step::chart(asked, &zone).ok_or_else(|| Problem::field("chartDate", "WARNINGS.XAPI.INVALID"))?;
    Ok(count(pbx, &step.points(period, &zone), period, add))
}

fn is_chosen(asked: &Asked, shown: &Shown<'_>) -> bool {
    let wanted = numbers(asked, "queueDnStr");
    shown.queue().is_some_and(|queue| wanted.is_empty() || wanted.contains(&queue.number.as_str()))
}

fn lines(points: Vec<Point>) -> Vec<Row> {
    let line =
        |(moment, first, second): Point| row(json!({"XValue": time(moment), "YValue1": first, "YValue2": second}));
    points.into_iter().map(line).collect()
}

/// Answered and unanswered calls of queues.
pub(super) fn answered_and_not(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let waited = waited(asked)?;
    let points = dated(pbx, asked, |shown| {
        let answered = i64::from(shown.call.answered());
        (is_chosen(asked, shown) && waited(shown)).then_some((answered, 1 - answered))
    })?;
    Ok(lines(points))
}

/// How many seconds callers waited on average before somebody answered.
pub(super) fn average_waiting(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let points = dated(pbx, asked, |shown| {
        (is_chosen(asked, shown) && shown.call.answered()).then_some((i64::from(shown.call.ringing), 1))
    })?;
    let average = |(moment, total, count): Point| (moment, total.checked_div(count * 1000).unwrap_or(0), 0);
    Ok(lines(points.into_iter().map(average).collect()))
}

/// The calls of extensions, whichever form the release asks in.
fn of_extensions(
    pbx: &Pbx,
    asked: &Asked,
    add: impl Fn(&Shown<'_>) -> (i64, i64),
) -> Result<(Vec<Point>, bool), Problem> {
    let waited = waited(asked)?;
    let old = asked.value("chartDate").is_some();
    let group = if old { "groupStr" } else { "groupNumber" };
    let members = members_of(pbx, asked, group);
    let mut wanted = numbers(asked, "extensionDns");
    if old {
        wanted.extend(numbers(asked, "queueDnStr"));
    }
    let takes_part = |shown: &Shown<'_>| {
        let sides = [shown.source(), shown.destination()];
        let chosen = |number: &str| {
            (wanted.is_empty() || wanted.contains(&number))
                && members.as_ref().is_none_or(|list| list.contains(&number))
        };
        sides.iter().any(|side| side.dn_type == EXTENSION && chosen(side.dn))
            || old && shown.queue().is_some_and(|queue| chosen(&queue.number))
    };
    let internal = asked.value("includeInternalCalls").is_none() || asked.flag("includeInternalCalls");
    let add = |shown: &Shown<'_>| {
        let fits = (asked.flag("includeQueueCalls") || shown.queue().is_none())
            && (internal || shown.call.direction != Direction::Internal)
            && in_area(*shown, asked.integer("callArea"))
            && waited(shown)
            && takes_part(shown);
        fits.then(|| add(shown))
    };
    if old {
        return Ok((dated(pbx, asked, add)?, true));
    }
    let zone: TimeZone = asking::zone(asked)?;
    let period = Period::of(asked);
    let points = Step::of_grouping(asked.integer("groupingType")).points(period, &zone);
    Ok((count(pbx, &points, period, add), false))
}

/// Incoming and outgoing calls.
pub(super) fn distribution(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let (points, old) = of_extensions(pbx, asked, |shown| {
        let outgoing = i64::from(shown.call.direction == Direction::Outbound);
        (1 - outgoing, outgoing)
    })?;
    if old {
        return Ok(lines(points));
    }
    let line = |(moment, incoming, outgoing): Point| {
        row(json!({"DateTimeInterval": time(moment), "IncomingCount": incoming, "OutgoingCount": outgoing}))
    };
    Ok(points.into_iter().map(line).collect())
}

/// Answered and unanswered calls.
pub(super) fn activity(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let (points, old) = of_extensions(pbx, asked, |shown| {
        let answered = i64::from(shown.call.answered());
        (answered, 1 - answered)
    })?;
    if old {
        return Ok(lines(points));
    }
    let line = |(moment, answered, unanswered): Point| {
        row(json!({"DateTimeInterval": time(moment), "AnsweredCount": answered, "UnansweredCount": unanswered}))
    };
    Ok(points.into_iter().map(line).collect())
}
