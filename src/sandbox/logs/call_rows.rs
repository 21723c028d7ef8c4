//! The shapes of a call in the API's lists.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::sandbox::filter::Record;
use crate::sandbox::logs::calls::{Direction, EXTENSION, EXTERNAL_LINE, Shown, Side};
use crate::sandbox::logs::time;
use crate::sandbox::rows::row;
use crate::sandbox::scalar::write_duration;
use crate::sandbox::store::Row;

pub(crate) fn duration(milliseconds: u32) -> String {
    write_duration(i64::from(milliseconds))
}

/// A call as `CallHistoryView` shows it.
#[derive(Clone, Copy)]
pub(crate) struct HistoryRow<'a>(pub(crate) Shown<'a>);

impl Record for HistoryRow<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, Value>> {
        let call = self.0.call;
        let (source, destination) = (self.0.source(), self.0.person());
        let (side, rest) = match name.split_at_checked(3) {
            Some(("Src", rest)) => (source, rest),
            Some(("Dst", rest)) => (destination, rest),
            _ => (source, name),
        };
        let is_source = name.starts_with("Src");
        Some(Cow::Owned(match rest {
            "CallAnswered" => json!(call.answered()),
            "CallTime" => json!(duration(call.talking)),
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
pub(crate) struct ReportRow<'a>(pub(crate) Shown<'a>);

impl Record for ReportRow<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, Value>> {
        let (shown, call) = (self.0, self.0.call);
        let (source, destination) = (shown.source(), shown.destination());
        let queue = shown.queue();
        Some(Cow::Owned(match name {
            "ActionDnCallerId" | "ActionDnDisplayName" | "Transcription" | "Summary" | "RecordingUrl" => json!(""),
            "actionDnDn" => json!(queue.map_or("", |queue| &queue.number)),
            "ActionDnType" => json!(if queue.is_some() { 4 } else { 0 }),
            "ActionType" => json!(if call.answered() { 1 } else { 6 }),
            "Answered" => json!(call.answered()),
            "CallCost" => json!(shown.cost()),
            "CallHistoryId" | "MainCallHistoryId" => json!(shown.guid(1)),
            "CdrId" => json!(shown.guid(2)),
            "CallId" | "SegmentId" => json!(call.id),
            "CallType" if shown.ring_group().is_some() => json!("RingGroup"),
            "CallType" => json!(if queue.is_some() { "Queue" } else { "Extension" }),
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
            "RingingDuration" => json!(duration(call.ringing)),
            "TalkingDuration" => json!(duration(call.talking)),
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

/// How long a call that was just dialled is only that.
const DIALLING: i64 = 2000;

/// A call that runs, as `ActiveCalls` shows it.
pub(crate) fn active(shown: Shown<'_>, now: i64) -> Row {
    let call = shown.call;
    let answered_at = call.start + i64::from(call.ringing);
    let talks = now >= answered_at && call.answered();
    let (status, since) = match () {
        () if talks => ("Talking", answered_at),
        () if now - call.start < DIALLING && call.direction != Direction::Inbound => ("Dialing", call.start),
        () => ("Routing", call.start),
    };
    let team = shown.queue().or_else(|| shown.ring_group()).filter(|_| !talks);
    let callee = team.map_or_else(|| title(shown.person()), |team| format!("{} {}", team.number, team.name));
    row(json!({
        "Id": call.id, "Caller": title(shown.source()), "Callee": callee, "Status": status,
        "EstablishedAt": time(call.start), "LastChangeStatus": time(since), "ServerNow": time(now),
    }))
}

fn title(side: Side<'_>) -> String {
    format!("{} {}", side.caller_number, side.name).trim().to_owned()
}
