//! Calls that run, and the logs of calls and chats.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::Pbx;
use crate::sandbox::asked::Asked;
use crate::sandbox::behaviour::{Behaviour, items};
use crate::sandbox::dn;
use crate::sandbox::downloads;
use crate::sandbox::entities;
use crate::sandbox::filter::Record;
use crate::sandbox::generic;
use crate::sandbox::logs::calls::ReportRow;
use crate::sandbox::logs::chats::ChatRow;
use crate::sandbox::problem::{NOT_FOUND, Problem};
use crate::sandbox::reply::Reply;
use crate::sandbox::rows::row;
use crate::sandbox::scalar;
use crate::sandbox::store::text;

pub(super) fn of(resource: &str, name: &str) -> Option<Behaviour> {
    Some(match (resource, name) {
        ("active_calls", "drop_call") => drop_call,
        ("users", "make_call") => make_call,
        ("call_history_view", "download_call_history") => |pbx, asked| {
            downloads::table(pbx, asked, "CallHistoryView", "call-history.csv", pbx.rows("CallHistoryView"))
        },
        ("chat_history_view", "download_chat_history") => |pbx, asked| {
            downloads::table(pbx, asked, "ChatHistoryView", "chat-history.csv", pbx.rows("ChatHistoryView"))
        },
        ("chat_messages_history_view", "download_chat_messages_history") => |pbx, asked| {
            let rows = pbx.rows("ChatMessagesHistoryView");
            downloads::table(pbx, asked, "ChatMessagesHistoryView", "chat-messages.csv", rows)
        },
        ("report_call_log_data", "get_call_log_data" | "get_old_call_log_data") => {
            |pbx, asked| generic::list(pbx, asked, "CallLogData", None, call_log(pbx, asked))
        }
        ("report_call_log_data", "download_call_log") => {
            |pbx, asked| downloads::table(pbx, asked, "CallLogData", "call-log.csv", call_log(pbx, asked))
        }
        ("report_chat_log", "get_chat_log") => {
            |pbx, asked| generic::list(pbx, asked, "ChatHistoryView", None, chat_log(pbx, asked))
        }
        ("report_chat_log", "download_chat_log") => {
            |pbx, asked| downloads::table(pbx, asked, "ChatHistoryView", "chat-log.csv", chat_log(pbx, asked))
        }
        ("recordings", "download_recording") => download_recording,
        ("recordings", "download_recording_by_name") => download_recording,
        ("recordings", "bulk_recordings_archive") => archive,
        ("purge_settings", "purge_calls" | "purge_chats" | "purge_all_logs") => purge,
        _ => return None,
    })
}

fn drop_call(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let (set, place) = generic::place(pbx, asked)?;
    entities::delete(pbx, set, place)?;
    Ok(generic::object(pbx, asked, "IActionResult", &row(json!({}))))
}

/// The call rings at once and stays so.
fn make_call(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let caller = ["dn", "contact"].into_iter().map(|field| asked.text(field)).find(|given| !given.is_empty());
    let caller = caller.unwrap_or_default().to_owned();
    let user = dn::find(&pbx.store, &caller).ok_or_else(|| Problem::field("dn", NOT_FOUND))?;
    let title = format!("{caller} {}", dn::name(user.row));
    let set = pbx.router.sets.get("ActiveCalls").copied().ok_or_else(Problem::unknown_path)?;
    let now = pbx.now().to_string();
    let call = json!({
        "Caller": title, "Callee": asked.text("destination"), "Status": "Dialing", "EstablishedAt": now,
        "LastChangeStatus": now, "ServerNow": now,
    });
    entities::insert(pbx, set, row(call), None);
    let result = json!({"FinalStatus": "Success", "Reason": "NoReason", "ReasonText": "", "VttId": ""});
    Ok(generic::object(pbx, asked, "CallControlResultResponse", &row(result)))
}

/// A period that a report covers.
struct Period(Option<Timestamp>, Option<Timestamp>);

impl Period {
    fn of(asked: &Asked) -> Period {
        let time = |name: &str| scalar::timestamp(asked.text(name));
        Period(time("periodFrom"), time("periodTo"))
    }

    fn covers(&self, milliseconds: i64) -> bool {
        let after = self.0.is_none_or(|from| milliseconds >= from.as_millisecond());
        after && self.1.is_none_or(|to| milliseconds <= to.as_millisecond())
    }
}

/// Newest first, as the report comes; several numbers in one filter stand apart by spaces.
fn call_log<'a>(pbx: &'a Pbx, asked: &Asked) -> Vec<ReportRow<'a>> {
    let period = Period::of(asked);
    let side = |row: &ReportRow<'_>, filter: &str, properties: [&str; 2]| {
        let mut wanted = asked.text(filter).split([' ', ',']).filter(|number| !number.is_empty()).peekable();
        let is = |number: &str| properties.iter().any(|name| row.get(name).is_some_and(|value| *value == number));
        wanted.peek().is_none() || wanted.any(is)
    };
    let rows = pbx.call_report().into_iter().rev();
    rows.filter(|row| {
        period.covers(row.call.start)
            && side(row, "sourceFilter", ["SourceDn", "SourceCallerId"])
            && side(row, "destinationFilter", ["DestinationDn", "DestinationCallerId"])
    })
    .collect()
}

fn chat_log<'a>(pbx: &'a Pbx, asked: &Asked) -> Vec<ChatRow<'a>> {
    let period = Period::of(asked);
    let logs = pbx.logs();
    let sender = asked.text("fromExtension").to_owned();
    let rows = logs.chats.iter().rev().filter(|chat| period.covers(chat.sent)).map(|chat| ChatRow { logs, chat });
    rows.filter(|row| sender.is_empty() || row.get("FromNo").is_some_and(|number| *number == sender)).collect()
}

fn download_recording(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let name = asked.text("recName");
    let recordings = pbx.store.rows("Recordings");
    let wanted = asked.value("recId");
    let found = recordings.iter().find(|&recording| match wanted {
        Some(id) => recording.get("Id") == Some(id),
        None => text(recording, "RecordingUrl").ends_with(name),
    });
    let found = found.filter(|recording| text(recording, "RecordingUrl").ends_with(".wav"));
    let recording = found.ok_or_else(|| Problem::warning("WARNINGS.XAPI.FILE_NOT_FOUND"))?;
    let id = recording.get("Id").and_then(Value::as_i64).unwrap_or(0);
    Ok(Reply::file("audio/x-wav", format!("recording-{id}.wav"), downloads::silence()))
}

fn archive(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    for id in items(asked, "ids") {
        if let Some(recording) = pbx.store.find_mut("Recordings", "Id", id) {
            recording.insert("IsArchived".to_owned(), Value::Bool(true));
        }
    }
    Ok(Reply::nothing())
}

fn purge(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let name = asked.route.operation.name;
    let Some(logs) = pbx.logs_mut() else { return Ok(Reply::nothing()) };
    if name != "purge_chats" {
        logs.calls.clear();
    }
    if name != "purge_calls" {
        logs.chats.clear();
    }
    Ok(Reply::nothing())
}
