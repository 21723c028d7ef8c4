//! What callers of the API did to the logs. It stands in the store: from seed, clock and journal the logs come out
//! the same again.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::Pbx;
use crate::sandbox::logs::{Cast, Logs, Party};
use crate::sandbox::rows::row;
use crate::sandbox::store::{Row, Store, text, value};

pub(crate) const JOURNAL: &str = "#journal of the logs";
/// Entries are of this time or earlier: the year 2200.
const LAST: i64 = 7_258_118_400_000;

/// The logs as cast and journal have them.
pub(crate) fn logs(cast: &Cast, store: &Store, now: Timestamp) -> Logs {
    let mut logs = Logs::new(cast);
    logs.advance(now);
    for entry in store.rows(JOURNAL) {
        apply(&mut logs, entry);
    }
    logs
}

fn apply(logs: &mut Logs, entry: &Row) -> bool {
    let number = |name: &str| value(entry, name).as_i64().unwrap_or_default();
    let at = number("At");
    // What a call did stays done under a clock that was set back.
    if let Ok(at) = Timestamp::from_millisecond(at) {
        logs.advance(at);
    }
    match text(entry, "What") {
        "made" => {
            let party = |number: &str, name: &str| Party {
                number: text(entry, number).to_owned(),
                name: text(entry, name).to_owned(),
            };
            let internal = entry.get("Internal") == Some(&Value::Bool(true));
            logs.make(party("From", "FromName"), party("To", "ToName"), internal, at);
            true
        }
        "dropped" => u32::try_from(number("Id")).is_ok_and(|id| logs.drop_call(id, at)),
        "purged calls" => logs.forget_calls(number("Start")..=number("Stop")),
        "purged chats" => logs.forget_chats(number("Start")..=number("Stop")),
        _ => false,
    }
}

/// Why this can be no entry of the journal.
pub(crate) fn fault(entry: &Row) -> Option<&'static str> {
    let number = |name: &str| value(entry, name).as_i64();
    let is_moment = |name: &str| number(name).is_some_and(|at| (0..=LAST).contains(&at));
    let is_text = |name: &&str| value(entry, name).is_string();
    let complete = match text(entry, "What") {
        "made" => is_moment("At") && ["From", "FromName", "To", "ToName"].iter().all(is_text),
        "dropped" => is_moment("At") && number("Id").is_some_and(|id| u32::try_from(id).is_ok()),
        "purged calls" | "purged chats" => number("Start").is_some() && number("Stop").is_some(),
        _ => return Some("tells of nothing that callers do to the logs"),
    };
    (!complete).then_some("lacks some of what it must tell")
}

impl Pbx {
    /// Does it and remembers it; false where there was nothing to do it to.
    fn enter(&mut self, entry: Value) -> bool {
        let entry = row(entry);
        let done = self.logs_mut().is_some_and(|logs| apply(logs, &entry));
        if done {
            self.store.rows_mut(JOURNAL).push(entry);
        }
        done
    }

    pub(crate) fn make_call(&mut self, from: &Party, to: &Party, internal: bool) {
        let at = self.now().as_millisecond();
        self.enter(json!({
            "What": "made", "From": from.number, "FromName": from.name, "To": to.number, "ToName": to.name,
            "Internal": internal, "At": at,
        }));
    }

    /// False where no such call runs.
    pub(crate) fn drop_call(&mut self, id: i64) -> bool {
        let at = self.now().as_millisecond();
        self.enter(json!({"What": "dropped", "Id": id, "At": at}))
    }

    /// Forgets what began in the period; `what` is `calls` or `chats`.
    pub(crate) fn purge(&mut self, what: &str, start: i64, stop: i64) {
        self.enter(json!({"What": format!("purged {what}"), "Start": start, "Stop": stop}));
    }
}
