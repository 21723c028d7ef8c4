//! What callers of the API did to the logs. It stands in the store: from seed, clock and journal the logs come out
//! the same again.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::Pbx;
use crate::sandbox::logs::{Cast, Logs, Party};
use crate::sandbox::rows::row;
use crate::sandbox::store::{Row, Store, text, value};

const JOURNAL: &str = "#journal of the logs";

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
