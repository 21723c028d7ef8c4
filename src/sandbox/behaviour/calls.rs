//! Calls that run, and the logs of calls and chats.

use serde_json::{Value, json};

use crate::sandbox::Pbx;
use crate::sandbox::asked::Asked;
use crate::sandbox::behaviour::asking::{CallFilter, Period, numbers};
use crate::sandbox::behaviour::{Behaviour, items};
use crate::sandbox::dn;
use crate::sandbox::downloads;
use crate::sandbox::generic;
use crate::sandbox::logs::Party;
use crate::sandbox::logs::call_rows::ReportRow;
use crate::sandbox::logs::chats::ChatRow;
use crate::sandbox::problem::{EMPTY, NOT_FOUND, Problem, REQUIRED};
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
    let (_, id) = asked.key().ok_or_else(Problem::unknown_path)?;
    let id = id.as_i64().unwrap_or_default();
    if !pbx.drop_call(id) {
        return Err(Problem::no_such_entity());
    }
    Ok(generic::object(pbx, asked, "IActionResult", &row(json!({}))))
}

/// The call is dialled at once, rings, is answered, and ends by itself.
fn make_call(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let caller = ["dn", "contact"].into_iter().map(|field| asked.text(field)).find(|given| !given.is_empty());
    let caller = caller.unwrap_or_default();
    // A device is told as its address: sip:100@..., its extension is what stands before the host.
    let number = caller.trim_start_matches("sip:").split('@').next().unwrap_or_default();
    let party = |number: &str| {
        dn::find(&pbx.store, number).map(|dn| Party { number: number.to_owned(), name: dn::name(dn.row) })
    };
    let from = party(number).ok_or_else(|| Problem::field("dn", NOT_FOUND))?;
    let destination = asked.text("destination");
    if destination.trim().is_empty() {
        return Err(Problem::field("destination", EMPTY));
    }
    let inside = party(destination);
    let internal = inside.is_some();
    let to = inside.unwrap_or_else(|| Party { number: destination.to_owned(), name: String::new() });
    pbx.make_call(&from, &to, internal);
    let result = json!({"FinalStatus": "Success", "Reason": "NoReason", "ReasonText": "", "VttId": ""});
    Ok(generic::object(pbx, asked, "CallControlResultResponse", &row(result)))
}

/// Newest first, as the report comes.
fn call_log<'a>(pbx: &'a Pbx, asked: &Asked) -> Vec<ReportRow<'a>> {
    let filter = CallFilter::of(asked);
    pbx.call_report().into_iter().rev().filter(|row| filter.takes(row.0)).collect()
}

fn chat_log<'a>(pbx: &'a Pbx, asked: &Asked) -> Vec<ChatRow<'a>> {
    let period = Period::of(asked);
    let logs = pbx.logs();
    let rows = logs.chats(pbx.now()).rev().filter(|chat| period.covers(chat.sent)).map(|chat| ChatRow { logs, chat });
    let number = |field: &str, number: &str| {
        let mut wanted = numbers(asked, field).into_iter().peekable();
        wanted.peek().is_none() || wanted.any(|wanted| wanted == number)
    };
    let named = |field: &str, name: &str| name.to_lowercase().contains(&asked.text(field).to_lowercase());
    let takes = |row: &ChatRow<'_>| {
        let (writer, reader) = (row.writer(), row.reader());
        let kind = match asked.integer("chatType") {
            1 => !row.outside(),
            2 => row.outside(),
            _ => true,
        };
        kind && number("fromExtension", &writer.number)
            && number("toExtension", &reader.number)
            && named("fromText", &writer.name)
            && named("toText", &reader.name)
    };
    rows.filter(takes).collect()
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

/// All of it, or what began in a period.
fn purge(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let name = asked.route.operation.name;
    let now = pbx.now().as_millisecond();
    let period = asked.body.get("period").filter(|period| period["All"] != true);
    let bound = |name: &str, open: i64| match period {
        Some(period) => period[name].as_str().and_then(scalar::timestamp).map(|time| time.as_millisecond()),
        None => Some(open),
    };
    let (Some(start), Some(stop)) = (bound("Start", i64::MIN), bound("Stop", now)) else {
        return Err(Problem::field("period.Start", REQUIRED));
    };
    for what in ["calls", "chats"] {
        if name == "purge_all_logs" || name.ends_with(what) {
            pbx.purge(what, start, stop.min(now));
        }
    }
    Ok(Reply::nothing())
}
