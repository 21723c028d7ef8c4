//! Reports about queues. In each of them: received = answered + abandoned.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::sandbox::Pbx;
use crate::sandbox::asked::Asked;
use crate::sandbox::behaviour::asking::{self, Period, Step, interval, numbers};
use crate::sandbox::behaviour::reports::{Named, average, calls, chosen, span};
use crate::sandbox::dn;
use crate::sandbox::logs::call_rows::duration;
use crate::sandbox::logs::calls::Shown;
use crate::sandbox::logs::time;
use crate::sandbox::problem::Problem;
use crate::sandbox::rows::row;
use crate::sandbox::store::{Row, value};

/// A queue and its calls of the period.
pub(super) struct QueueCalls<'a> {
    pub(super) queue: Named,
    pub(super) calls: Vec<Shown<'a>>,
}

impl QueueCalls<'_> {
    fn answered(&self) -> impl Iterator<Item = &Shown<'_>> {
        self.calls.iter().filter(|shown| shown.call.answered())
    }

    fn abandoned(&self) -> impl Iterator<Item = &Shown<'_>> {
        self.calls.iter().filter(|shown| !shown.call.answered())
    }

    fn talking(&self) -> i64 {
        self.calls.iter().map(|shown| i64::from(shown.call.talking)).sum()
    }

    fn ringing(&self) -> i64 {
        self.calls.iter().map(|shown| i64::from(shown.call.ringing)).sum()
    }
}

fn filter(asked: &Asked) -> Vec<&str> {
    ["queueDns", "queueDnStr"].into_iter().flat_map(|field| numbers(asked, field)).collect()
}

/// Whoever gave up before `waitInterval` never counted as a caller.
pub(super) fn waited(asked: &Asked) -> Result<impl Fn(&Shown<'_>) -> bool + use<>, Problem> {
    let least = interval(asked, "waitInterval")?;
    Ok(move |shown: &Shown<'_>| shown.call.answered() || i64::from(shown.call.ringing) >= least)
}

fn by_queue<'a>(pbx: &'a Pbx, asked: &Asked) -> Result<Vec<QueueCalls<'a>>, Problem> {
    let waited = waited(asked)?;
    let all: Vec<Shown<'a>> = calls(pbx, asked).into_iter().filter(waited).collect();
    let of = |queue: Named| {
        let own = all.iter().filter(|shown| shown.queue().is_some_and(|own| own.number == queue.number));
        QueueCalls { calls: own.copied().collect(), queue }
    };
    Ok(chosen(pbx, "Queues", &filter(asked)).into_iter().map(of).collect())
}

fn queue_row<'a>(pbx: &'a Pbx, number: &str) -> Option<&'a Row> {
    pbx.store.find("Queues", "Number", &Value::from(number))
}

/// The agents of a queue: those it has now and those who took its calls.
fn agents_of(pbx: &Pbx, queue: &QueueCalls<'_>) -> Vec<Named> {
    let listed = queue_row(pbx, &queue.queue.number).and_then(|row| row.get("Agents")).and_then(Value::as_array);
    let listed = listed.into_iter().flatten().filter_map(|agent| agent["Number"].as_str());
    let mut agents: Vec<Named> = listed
        .filter_map(|number| dn::find(&pbx.store, number))
        .map(|dn| Named {
            number: value(dn.row, "Number").as_str().unwrap_or_default().to_owned(),
            name: dn::name(dn.row),
        })
        .collect();
    for shown in &queue.calls {
        let person = shown.person();
        if !agents.iter().any(|agent| agent.number == person.dn) {
            agents.push(Named { number: person.dn.to_owned(), name: person.name.to_owned() });
        }
    }
    agents.sort_by(|a, b| a.number.cmp(&b.number));
    agents
}

pub(super) fn detailed(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let line = |own: QueueCalls<'_>| {
        let (count, answered) = (own.calls.len() as i64, own.answered().count() as i64);
        row(json!({
            "QueueDn": own.queue.name, "QueueDnNumber": own.queue.number, "CallsCount": count,
            "AnsweredCount": answered, "CallbacksCount": 0, "RingTime": span(own.ringing()),
            "AvgRingTime": average(own.ringing(), count), "TalkTime": span(own.talking()),
            "AvgTalkTime": average(own.talking(), answered),
        }))
    };
    Ok(by_queue(pbx, asked)?.into_iter().map(line).collect())
}

pub(super) fn teams(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let line = |own: QueueCalls<'_>| {
        let agents = queue_row(pbx, &own.queue.number).and_then(|row| row.get("Agents")).and_then(Value::as_array);
        let answered = own.answered().count() as i64;
        row(json!({
            "Dn": own.queue.name, "QueueDnNumber": own.queue.number, "AgentsInQueueCount": agents.map_or(0, Vec::len),
            "ReceivedCount": own.calls.len(), "AnsweredCount": answered, "TotalTalkTime": span(own.talking()),
            "AvgTalkTime": average(own.talking(), answered),
        }))
    };
    Ok(by_queue(pbx, asked)?.into_iter().map(line).collect())
}

pub(super) fn totals(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let line = |own: QueueCalls<'_>| {
        row(json!({
            "QueueDn": own.queue.number, "QueueDisplayName": own.queue.name, "QueueReceivedCount": own.calls.len(),
            "ExtensionAnsweredCount": own.answered().count(), "ExtensionDroppedCount": own.abandoned().count(),
        }))
    };
    Ok(by_queue(pbx, asked)?.into_iter().map(line).collect())
}

/// A line for each agent of each queue.
pub(super) fn overview(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let mut lines = Vec::new();
    for own in by_queue(pbx, asked)? {
        for (place, agent) in agents_of(pbx, &own).into_iter().enumerate() {
            let is_agent = |shown: &&Shown<'_>| shown.person().dn == agent.number;
            let talking: i64 = own.answered().filter(is_agent).map(|shown| i64::from(shown.call.talking)).sum();
            lines.push(row(json!({
                "QueueDn": own.queue.number, "QueueDisplayName": own.queue.name, "QueueReceivedCount": own.calls.len(),
                "QueueAnsweredCount": own.answered().count(), "ExtensionDn": agent.number,
                "ExtensionDisplayName": agent.name, "ExtensionAnsweredCount": own.answered().filter(is_agent).count(),
                "ExtensionDroppedCount": own.abandoned().filter(is_agent).count(), "TalkTime": span(talking),
                "SortOrder": place,
            })));
        }
    }
    Ok(lines)
}

pub(super) fn agents(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let logged_in = shifts(pbx, asked).iter().map(|shift| shift.to - shift.from).sum::<i64>();
    let mut lines = Vec::new();
    for own in by_queue(pbx, asked)? {
        for agent in agents_of(pbx, &own) {
            let is_agent = |shown: &&Shown<'_>| shown.person().dn == agent.number;
            let sum = |of: fn(&Shown<'_>) -> u32| {
                own.answered().filter(is_agent).map(|call| i64::from(of(call))).sum::<i64>()
            };
            let (answered, lost) = (own.answered().filter(is_agent).count(), own.abandoned().filter(is_agent).count());
            let (ringing, talking) = (sum(|shown| shown.call.ringing), sum(|shown| shown.call.talking));
            lines.push(row(json!({
                "Queue": own.queue.number, "QueueDisplayName": own.queue.name, "Dn": agent.number,
                "DnDisplayName": agent.name, "AnsweredCount": answered, "LostCount": lost,
                "AnsweredPercent": (answered * 100).checked_div(answered + lost).unwrap_or(0),
                "AnsweredPerHourCount": (answered as i64 * 3_600_000).checked_div(logged_in).unwrap_or(0),
                "RingTime": span(ringing), "AvgRingTime": average(ringing, answered as i64), "TalkTime": span(talking),
                "AvgTalkTime": average(talking, answered as i64), "LoggedInTime": span(logged_in),
            })));
        }
    }
    Ok(lines)
}

/// The workdays of the period, as far as they have come: agents are logged in from eight to five.
fn shifts(pbx: &Pbx, asked: &Asked) -> Vec<Period> {
    let zone = TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC);
    let (period, now) = (Period::of(asked), pbx.now().as_millisecond());
    let past = Period { from: period.from.max(pbx.born.as_millisecond() - 28 * 86_400_000), to: period.to.min(now) };
    let days = Step::Day.points(past, &zone).into_iter();
    let workday = |day: &i64| {
        let day = Timestamp::from_millisecond(*day).map(|day| day.to_zoned(zone.clone()));
        day.is_ok_and(|day| day.weekday().to_monday_one_offset() <= 5)
    };
    let shift = |day: i64| Period { from: day + 8 * 3_600_000, to: (day + 17 * 3_600_000).min(past.to) };
    days.filter(workday).map(shift).filter(|shift| shift.from < shift.to && shift.from >= past.from).collect()
}

pub(super) fn login_history(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    asking::zone(asked)?;
    let wanted = numbers(asked, "agentDnStr");
    let shifts = shifts(pbx, asked);
    let total: i64 = shifts.iter().map(|shift| shift.to - shift.from).sum();
    let mut lines = Vec::new();
    for own in by_queue(pbx, asked)? {
        for agent in agents_of(pbx, &own)
            .into_iter()
            .filter(|agent| wanted.is_empty() || wanted.contains(&agent.number.as_str()))
        {
            let talking = |period: Period| -> i64 {
                let calls = own.answered().filter(|shown| shown.person().dn == agent.number);
                calls.filter(|shown| period.covers(shown.call.start)).map(|shown| i64::from(shown.call.talking)).sum()
            };
            for shift in &shifts {
                let (length, talked) = (span(shift.to - shift.from), span(talking(*shift)));
                lines.push(row(json!({
                    "Agent": agent.name, "AgentNo": agent.number, "QueueNo": own.queue.number, "Day": time(shift.from),
                    "loggedInDt": time(shift.from), "LoggedOutDt": time(shift.to), "LoggedInInterval": length,
                    "LoggedInDayInterval": length, "LoggedInTotalInterval": span(total), "TalkingInterval": talked,
                    "TalkingDayInterval": talked, "TalkingTotalInterval": span(talking(Period::of(asked))),
                })));
            }
        }
    }
    Ok(lines)
}

pub(super) fn abandoned(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let queues = by_queue(pbx, asked)?;
    let line = |own: &QueueCalls<'_>, shown: &Shown<'_>| {
        let person = shown.person();
        row(json!({
            "CallHistoryId": shown.guid(1), "CallTime": time(shown.call.start), "CallTimeForCsv": time(shown.call.start),
            "CallerId": shown.source().caller_number, "ExtensionDn": person.dn, "ExtensionDisplayName": person.name,
            "IsLoggedIn": true, "PollingAttempts": 1 + shown.call.ringing / 20_000, "QueueDn": own.queue.number,
            "QueueDisplayName": own.queue.name, "WaitTime": duration(shown.call.ringing),
        }))
    };
    Ok(queues.iter().flat_map(|own| own.abandoned().map(move |shown| line(own, shown))).collect())
}

pub(super) fn by_wait_time(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let least = interval(asked, "answerInterval")?;
    let queues = by_queue(pbx, asked)?;
    let line = |own: &QueueCalls<'_>, shown: &Shown<'_>| {
        row(json!({
            "Dn": own.queue.name, "DnNumber": own.queue.number, "CallTime": time(shown.call.start),
            "AnsweredTime": time(shown.call.start + i64::from(shown.call.ringing)),
            "Source": shown.source().caller_number, "Destination": shown.person().dn,
            "RingTime": duration(shown.call.ringing), "SentimentScore": 0,
        }))
    };
    let late = |shown: &&Shown<'_>| i64::from(shown.call.ringing) >= least;
    Ok(queues.iter().flat_map(|own| own.answered().filter(late).map(move |shown| line(own, shown))).collect())
}

/// How long a queue lets callers wait, in milliseconds.
fn agreed(pbx: &Pbx, number: &str) -> i64 {
    queue_row(pbx, number).and_then(|row| value(row, "SLATime").as_i64()).unwrap_or(0) * 1000
}

fn is_breach(pbx: &Pbx, own: &QueueCalls<'_>, shown: &Shown<'_>) -> bool {
    i64::from(shown.call.ringing) > agreed(pbx, &own.queue.number)
}

pub(super) fn breaches(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let queues = by_queue(pbx, asked)?;
    let line = |own: &QueueCalls<'_>, shown: &Shown<'_>| {
        row(json!({
            "CallTime": time(shown.call.start), "CallerId": shown.source().caller_number, "Queue": own.queue.name,
            "QueueDnNumber": own.queue.number, "WaitingTime": duration(shown.call.ringing),
        }))
    };
    let late = |own: &QueueCalls<'_>| -> Vec<Row> {
        own.calls.iter().filter(|shown| is_breach(pbx, own, shown)).map(|shown| line(own, shown)).collect()
    };
    Ok(queues.iter().flat_map(late).collect())
}

pub(super) fn sla(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let line = |own: QueueCalls<'_>| {
        let bad = own.calls.iter().filter(|shown| is_breach(pbx, &own, shown)).count();
        row(json!({
            "Dn": own.queue.name, "QueueDnNumber": own.queue.number, "ReceivedCount": own.calls.len(),
            "BadSlaCallsCount": bad,
        }))
    };
    Ok(by_queue(pbx, asked)?.into_iter().map(line).collect())
}

/// Nobody asked to be called back.
pub(super) fn callbacks(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let line = |own: QueueCalls<'_>| {
        row(json!({
            "Dn": own.queue.name, "QueueDnNumber": own.queue.number, "ReceivedCount": own.calls.len(),
            "CallbacksCount": 0, "FailCallbacksCount": 0,
        }))
    };
    Ok(by_queue(pbx, asked)?.into_iter().map(line).collect())
}
