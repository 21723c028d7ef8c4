//! Calls that run, and the logs of calls and chats.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use crate::sandbox::Pbx;
use crate::sandbox::asked::Asked;
use crate::sandbox::behaviour::Behaviour;
use crate::sandbox::behaviour::asking::{CallFilter, Period, numbers};
use crate::sandbox::dn;
use crate::sandbox::downloads;
use crate::sandbox::generic;
use crate::sandbox::logs::Party;
use crate::sandbox::logs::call_rows::ReportRow;
use crate::sandbox::logs::chats::ChatRow;
use crate::sandbox::logs::time;
use crate::sandbox::problem::{EMPTY, NOT_FOUND, Problem, REQUIRED};
use crate::sandbox::reply::Reply;
use crate::sandbox::rows::row;
use crate::sandbox::scalar;
use crate::sandbox::store::{Row, text};

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
            |pbx, asked| generic::list(pbx, asked, "ChatHistoryView", None, chat_log(pbx, asked)?)
        }
        ("report_chat_log", "download_chat_log") => {
            |pbx, asked| downloads::table(pbx, asked, "ChatHistoryView", "chat-log.csv", chat_log(pbx, asked)?)
        }
        ("activity_log", "get_logs") => |pbx, asked| {
            let rows = activity(pbx, asked);
            generic::list(pbx, asked, "ActivityLogEvent", None, rows)
        },
        ("activity_log", "get_filter") => activity_filter,
        ("activity_log", "purge_logs") => |pbx, _| {
            let now = pbx.now().to_string();
            pbx.store.single_mut(ACTIVITY).insert("Purged".to_owned(), Value::from(now));
            Ok(Reply::nothing())
        },
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

fn chat_log<'a>(pbx: &'a Pbx, asked: &Asked) -> Result<Vec<ChatRow<'a>>, Problem> {
    let kept = pbx.store.single("SystemStatus").and_then(|status| status.get("IsChatLogEnabled"));
    if kept == Some(&Value::Bool(false)) {
        return Err(Problem::warning("WARNINGS.XAPI.CHAT_LOG_IS_DISABLED"));
    }
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
    Ok(rows.filter(takes).collect())
}

const ACTIVITY: &str = "#activity log";

/// What the engine wrote down: how each call began and ended.
fn activity(pbx: &Pbx, asked: &Asked) -> Vec<Row> {
    let period = Period::of(asked);
    let purged = pbx.store.single(ACTIVITY).and_then(|log| scalar::timestamp(text(log, "Purged")));
    let from = period.from.max(purged.map_or(i64::MIN, |time| time.as_millisecond()));
    let (extension, wanted) = (asked.text("extension"), asked.text("call"));
    // Nothing here is worse than information.
    let informed = ["", "info", "all"].contains(&asked.text("severity").to_lowercase().as_str());
    let mut rows = Vec::new();
    let logs = pbx.logs();
    for call in
        logs.calls(pbx.now()).into_iter().filter(|call| informed && call.start >= from && period.covers(call.start))
    {
        let shown = logs.shown(call);
        let (source, destination) = (shown.source(), shown.destination());
        let is_meant = extension.is_empty() || [source.dn, destination.dn].contains(&extension);
        if !is_meant || !wanted.is_empty() && wanted != call.id.to_string() {
            continue;
        }
        let begun = format!("Call {}: {} calls {}", call.id, source.caller_number, destination.caller_number);
        let end = if call.answered() { "ended" } else { "was not answered" };
        for (moment, message) in [(call.start, begun), (call.end(), format!("Call {} {end}", call.id))] {
            rows.push(row(json!({"Index": rows.len() + 1, "Message": message, "TimeStamp": time(moment)})));
        }
    }
    rows
}

/// The extensions and calls of the last day, to choose from.
fn activity_filter(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let (logs, now) = (pbx.logs(), pbx.now());
    let recent = now.as_millisecond() - 86_400_000;
    let mut ids: HashMap<&str, Vec<String>> = HashMap::new();
    for call in logs.calls(now).into_iter().filter(|call| call.start >= recent) {
        let shown = logs.shown(call);
        for number in BTreeSet::from([shown.source().dn, shown.destination().dn]) {
            ids.entry(number).or_default().push(call.id.to_string());
        }
    }
    let extension = |user: &Row| {
        let number = text(user, "Number");
        json!({"Number": number, "CallIds": ids.get(number).cloned().unwrap_or_default()})
    };
    let extensions: Vec<Value> = pbx.store.rows("Users").iter().map(extension).collect();
    Ok(generic::object(pbx, asked, "ActivityLogsFilter", &row(json!({"Extensions": extensions}))))
}

/// Before all logs, and a number that every reader of JSON has.
const EVER: i64 = -(1 << 52);

/// All of it, or what began in a period.
fn purge(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let name = asked.route.operation.name;
    let now = pbx.now().as_millisecond();
    let period = asked.body.get("period").filter(|period| period["All"] != true);
    let bound = |name: &str, open: i64| match period {
        Some(period) => period[name].as_str().and_then(scalar::timestamp).map(|time| time.as_millisecond()),
        None => Some(open),
    };
    let (Some(start), Some(stop)) = (bound("Start", EVER), bound("Stop", now)) else {
        return Err(Problem::field("period.Start", REQUIRED));
    };
    for what in ["calls", "chats"] {
        if name == "purge_all_logs" || name.ends_with(what) {
            pbx.purge(what, start, stop.min(now));
        }
    }
    Ok(Reply::nothing())
}
