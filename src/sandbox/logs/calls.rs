//! The call log: one compact entry for each call, and its two shapes in the API.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::sandbox::filter::Record;
use crate::sandbox::logs::random::Random;
use crate::sandbox::logs::{Cast, Day, Logs, Party, time};
use crate::sandbox::scalar::write_duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Inbound,
    Outbound,
    Internal,
}

/// Times in milliseconds, parties as places in the cast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Call {
    pub(crate) id: u32,
    pub(crate) start: i64,
    ringing: u32,
    /// 0 for a call that nobody answered.
    talking: u32,
    pub(crate) direction: Direction,
    user: u16,
    /// The other user of an internal call, else who is outside.
    other: u16,
    queue: Option<u8>,
}

pub(crate) fn generate(cast: &Cast, days: &[Day], random: &mut Random) -> Vec<Call> {
    if cast.users.len() < 2 || cast.outside.is_empty() {
        return Vec::new();
    }
    let mut calls: Vec<Call> = Vec::with_capacity(4000 * cast.volume as usize);
    for day in days {
        let number = if day.workday { random.between(130, 190) } else { random.between(4, 14) };
        calls.extend((0..number * i64::from(cast.volume)).map(|_| call(cast, day, random)));
    }
    let (oldest, newest) = (cast.born.as_millisecond() - 28 * 86_400_000, cast.born.as_millisecond());
    calls.retain(|call| call.start >= oldest && call.end() < newest);
    calls.sort_by_key(|call| call.start);
    for (place, call) in calls.iter_mut().enumerate() {
        call.id = place as u32 + 1;
    }
    calls
}

fn call(cast: &Cast, day: &Day, random: &mut Random) -> Call {
    let direction = match random.below(10) {
        0..=4 => Direction::Inbound,
        5..=7 => Direction::Outbound,
        _ => Direction::Internal,
    };
    let user = random.below(cast.users.len() as u64) as u16;
    let other = match direction {
        // Never the same person: a step of at least one around the circle.
        Direction::Internal => {
            let step = 1 + random.below(cast.users.len() as u64 - 1);
            ((u64::from(user) + step) % cast.users.len() as u64) as u16
        }
        _ => random.below(cast.outside.len() as u64) as u16,
    };
    let queued = direction == Direction::Inbound && random.chance(55) && !cast.queues.is_empty();
    let queue = queued.then(|| random.below(cast.queues.len() as u64) as u8);
    let answered = random.chance(if direction == Direction::Outbound { 82 } else { 88 });
    let ringing = random.between(1500, if answered { 24_000 } else { 60_000 }) as u32;
    // Most calls are short: the product of two chances leans to the small end.
    let length = 8000 + random.below(1000) * random.below(1000) * 9 / 10;
    let talking = if answered { length as u32 } else { 0 };
    Call { id: 0, start: day.moment(random), ringing, talking, direction, user, other, queue }
}

impl Call {
    fn end(&self) -> i64 {
        self.start + i64::from(self.ringing) + i64::from(self.talking)
    }

    fn answered(&self) -> bool {
        self.talking > 0
    }
}

/// One end of a call.
struct Side<'a> {
    /// The number inside the PBX: an extension, a queue or a trunk.
    dn: &'a str,
    caller_number: &'a str,
    name: &'a str,
    dn_type: i64,
}

const EXTENSION: i64 = 0;
const EXTERNAL_LINE: i64 = 1;
const TRUNK: &str = "10000";

impl Logs {
    /// Calls are made of this cast, so their places exist in it.
    fn sides(&self, call: &Call) -> (Side<'_>, Side<'_>) {
        let extension = |place: u16| side(&self.cast.users[usize::from(place)], None);
        let outside = |place: u16| side(&self.cast.outside[usize::from(place)], Some(TRUNK));
        match call.direction {
            Direction::Inbound => (outside(call.other), extension(call.user)),
            Direction::Outbound => (extension(call.user), outside(call.other)),
            Direction::Internal => (extension(call.user), extension(call.other)),
        }
    }
}

fn side<'a>(party: &'a Party, trunk: Option<&'static str>) -> Side<'a> {
    Side {
        dn: trunk.unwrap_or(&party.number),
        caller_number: &party.number,
        name: &party.name,
        dn_type: if trunk.is_some() { EXTERNAL_LINE } else { EXTENSION },
    }
}

/// A call as `CallHistoryView` shows it.
#[derive(Clone, Copy)]
pub(crate) struct HistoryRow<'a> {
    pub(crate) logs: &'a Logs,
    pub(crate) call: &'a Call,
}

impl Record for HistoryRow<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, Value>> {
        let call = self.call;
        let (source, destination) = self.logs.sides(call);
        let (side, rest) = match name.split_at_checked(3) {
            Some(("Src", rest)) => (source, rest),
            Some(("Dst", rest)) => (destination, rest),
            _ => (source, name),
        };
        let is_source = name.starts_with("Src");
        Some(Cow::Owned(match rest {
            "CallAnswered" => json!(call.answered()),
            "CallTime" => json!(write_duration(i64::from(call.talking))),
            "SegmentActionId" => json!(if call.answered() { 1 } else { 6 }),
            "SegmentEndTime" => json!(time(call.end())),
            "SegmentId" => json!(call.id),
            "SegmentStartTime" => json!(time(call.start)),
            "SegmentType" => json!(1),
            "CallerNumber" => json!(side.caller_number),
            "DisplayName" => json!(side.name),
            "ExtendedDisplayName" => json!(format!("{} ({})", side.name, side.caller_number)),
            "Dn" => json!(side.dn),
            "DnType" => json!(side.dn_type),
            "External" => json!(side.dn_type == EXTERNAL_LINE),
            "Internal" => json!(side.dn_type == EXTENSION),
            "Id" | "ParticipantId" => json!(i64::from(call.id) * 2 + i64::from(!is_source)),
            "RecId" => Value::Null,
            _ => return None,
        }))
    }
}

/// A call as the call log report shows it.
#[derive(Clone, Copy)]
pub(crate) struct ReportRow<'a> {
    pub(crate) logs: &'a Logs,
    pub(crate) call: &'a Call,
}

impl ReportRow<'_> {
    /// Where the call went: a queue where it came through one.
    fn destination(&self) -> Side<'_> {
        let (_, destination) = self.logs.sides(self.call);
        let queue = self.call.queue.filter(|_| !self.call.answered());
        match queue.and_then(|place| self.logs.cast.queues.get(usize::from(place))) {
            Some(queue) => Side { dn_type: 4, ..side(queue, None) },
            None => destination,
        }
    }

    fn queue(&self) -> &str {
        let queue = self.call.queue.and_then(|place| self.logs.cast.queues.get(usize::from(place)));
        queue.map_or("", |queue| &queue.number)
    }

    fn id(&self, salt: u64) -> String {
        Random::new(self.logs.cast.seed ^ (u64::from(self.call.id) << 8) ^ salt).guid()
    }
}

impl Record for ReportRow<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, Value>> {
        let call = self.call;
        let (source, destination) = (self.logs.sides(call).0, self.destination());
        Some(Cow::Owned(match name {
            "ActionDnCallerId" | "ActionDnDisplayName" | "Transcription" | "Summary" | "RecordingUrl" => json!(""),
            "actionDnDn" => json!(self.queue()),
            "ActionDnType" => json!(if call.queue.is_some() { 4 } else { 0 }),
            "ActionType" => json!(if call.answered() { 1 } else { 6 }),
            "Answered" => json!(call.answered()),
            "CallCost" => {
                let minutes = u64::from(call.talking).div_ceil(60_000);
                json!(if call.direction == Direction::Outbound { (minutes * 2) as f64 / 100.0 } else { 0.0 })
            }
            "CallHistoryId" | "MainCallHistoryId" => json!(self.id(1)),
            "CdrId" => json!(self.id(2)),
            "CallId" | "SegmentId" => json!(call.id),
            "CallType" => json!(if call.queue.is_some() { "Queue" } else { "Extension" }),
            "Direction" => json!(format!("{:?}", call.direction)),
            "DestinationCallerId" => json!(destination.caller_number),
            "DestinationDisplayName" => json!(destination.name),
            "DestinationDn" => json!(destination.dn),
            "DestinationType" => json!(destination.dn_type),
            "DstRecId" | "SrcRecId" => Value::Null,
            "Indent" | "SentimentScore" | "SubrowDescNumber" => json!(0),
            "QualityReport" => json!(false),
            "Reason" => json!(if call.answered() { "Terminated by caller" } else { "Not answered" }),
            "Recordings" => json!([]),
            "RingingDuration" => json!(write_duration(i64::from(call.ringing))),
            "TalkingDuration" => json!(write_duration(i64::from(call.talking))),
            "SourceCallerId" => json!(source.caller_number),
            "SourceDisplayName" => json!(source.name),
            "SourceDn" => json!(source.dn),
            "SourceType" => json!(source.dn_type),
            "StartTime" => json!(time(call.start)),
            "Status" => json!(if call.answered() { "Answered" } else { "Unanswered" }),
            _ => return None,
        }))
    }
}
