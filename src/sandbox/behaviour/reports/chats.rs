//! Reports about conversations with the outside, which come in by a queue.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::sandbox::Pbx;
use crate::sandbox::asked::Asked;
use crate::sandbox::behaviour::asking::{Period, numbers};
use crate::sandbox::behaviour::reports::{Named, chosen};
use crate::sandbox::logs::chats::{ChatKind, ChatRow, email};
use crate::sandbox::logs::time;
use crate::sandbox::problem::Problem;
use crate::sandbox::rows::row;
use crate::sandbox::store::Row;

/// The first messages of the conversations that began in the period, by their queue. Visitors of the website are
/// participants of type 1, senders of text messages of type 2.
fn conversations<'a>(pbx: &'a Pbx, asked: &Asked) -> Vec<(Named, Vec<ChatRow<'a>>)> {
    let (period, logs) = (Period::of(asked), pbx.logs());
    let mut first: BTreeMap<u32, ChatRow<'a>> = BTreeMap::new();
    for chat in logs.chats(pbx.now()) {
        first.entry(chat.conversation).or_insert(ChatRow { logs, chat });
    }
    let fits = |row: &ChatRow<'_>| {
        let kind = match asked.integer("participantType") {
            1 => row.chat.kind == ChatKind::LiveChat,
            2 => row.chat.kind == ChatKind::Sms,
            _ => row.outside(),
        };
        kind && period.covers(row.chat.sent)
    };
    let all: Vec<ChatRow<'a>> = first.into_values().filter(fits).collect();
    let of = |queue: Named| {
        let own = all.iter().filter(|row| row.queue().is_some_and(|own| own.number == queue.number));
        let own = own.copied().collect();
        (queue, own)
    };
    chosen(pbx, "Queues", &numbers(asked, "queueDnStr")).into_iter().map(of).collect()
}

fn answered(rows: &[ChatRow<'_>]) -> usize {
    rows.iter().filter(|row| !row.chat.abandoned).count()
}

pub(super) fn abandoned(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let mut lines = Vec::new();
    for (queue, rows) in conversations(pbx, asked) {
        for chat in rows.iter().filter(|row| row.chat.abandoned) {
            let visitor = chat.other();
            lines.push(row(json!({
                "ChatId": chat.chat.conversation, "DateOfRequest": time(chat.chat.sent), "QueueNo": queue.number,
                "QueueDisplayName": queue.name, "ParticipantName": visitor.name, "ParticipantNumber": visitor.number,
                "ParticipantEmail": email(visitor), "ParticipantMessage": chat.message(), "ReasonForDealtWith": "",
                "ReasonForAbandoned": "No agent answered", "Source": "https://www.example.com/shop",
            })));
        }
    }
    Ok(lines)
}

pub(super) fn performance(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let line = |(queue, rows): (Named, Vec<ChatRow<'_>>)| {
        let stored = pbx.store.find("Queues", "Number", &Value::from(queue.number.as_str()));
        let agents = stored.and_then(|queue| queue.get("Agents")).and_then(Value::as_array).map_or(0, Vec::len);
        row(json!({
            "Queue": queue.number, "QueueDisplayName": queue.name, "IncomingCount": rows.len(),
            "AnsweredCount": answered(&rows), "AbandonedCount": rows.len() - answered(&rows), "QuantityAgents": agents,
        }))
    };
    Ok(conversations(pbx, asked).into_iter().map(line).collect())
}

/// A line for each agent of each queue; who answers a conversation deals with it to its end.
pub(super) fn agents(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let mut lines = Vec::new();
    for (queue, rows) in conversations(pbx, asked) {
        let mut agents: BTreeMap<&str, (&str, i64)> = BTreeMap::new();
        for chat in rows.iter().filter(|row| !row.chat.abandoned) {
            agents.entry(&chat.user().number).or_insert((&chat.user().name, 0)).1 += 1;
        }
        for (place, (number, (name, count))) in agents.into_iter().enumerate() {
            lines.push(row(json!({
                "Queue": queue.number, "QueueDisplayName": queue.name, "Dn": number, "DnDisplayName": name,
                "AnsweredCount": count, "DealtWithCount": count, "SortOrder": place,
            })));
        }
    }
    Ok(lines)
}

pub(super) fn agent_totals(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let line = |(queue, rows): (Named, Vec<ChatRow<'_>>)| {
        row(json!({
            "Queue": queue.number, "QueueDisplayName": queue.name, "AnsweredCount": answered(&rows),
            "DealtWithCount": answered(&rows),
        }))
    };
    Ok(conversations(pbx, asked).into_iter().map(line).collect())
}
