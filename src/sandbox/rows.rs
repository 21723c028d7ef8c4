//! The rows of every set, stored or made from something else.

use std::borrow::Cow;

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::sandbox::Pbx;
use crate::sandbox::dn::{self, Peer};
use crate::sandbox::filter::Record;
use crate::sandbox::logs::call_rows::{self, HistoryRow, ReportRow};
use crate::sandbox::logs::chats::ChatRow;
use crate::sandbox::logs::time;
use crate::sandbox::record::Entity;
use crate::sandbox::store::{Row, text, value};

/// A row, wherever it comes from.
pub(super) enum AnyRow<'a> {
    Entity(Entity<'a>),
    Owned(Row),
    Peer(Peer<'a>),
    History(HistoryRow<'a>),
    Chat(ChatRow<'a>),
}

impl Record for AnyRow<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, Value>> {
        match self {
            AnyRow::Entity(row) => row.get(name),
            AnyRow::Owned(row) => Record::get(row, name),
            AnyRow::Peer(row) => row.get(name),
            AnyRow::History(row) => row.get(name),
            AnyRow::Chat(row) => row.get(name),
        }
    }
}

impl Pbx {
    /// All rows of a set, in its natural order.
    pub(super) fn rows<'a>(&'a self, set: &'a str) -> Vec<AnyRow<'a>> {
        match set {
            "Peers" => dn::all(&self.store).map(|dn| AnyRow::Peer(Peer { store: &self.store, dn })).collect(),
            "DidNumbers" => self.did_numbers().map(AnyRow::Owned).collect(),
            "SipDevices" => self.sip_devices().map(AnyRow::Owned).collect(),
            "ActiveCalls" => self.active_calls().map(AnyRow::Owned).collect(),
            "LastCdrAndChatMessageTimestamp" => vec![AnyRow::Owned(self.last_entries())],
            "CallHistoryView" => self.call_history(),
            "ChatHistoryView" | "ChatMessagesHistoryView" => {
                let logs = self.logs();
                logs.chats(self.now()).map(|chat| AnyRow::Chat(ChatRow { logs, chat })).collect()
            }
            _ => {
                let rows = self.store.rows(set).iter();
                rows.map(|row| AnyRow::Entity(Entity { store: &self.store, set, row })).collect()
            }
        }
    }

    /// The calls of a report, oldest first.
    pub(super) fn call_report(&self) -> Vec<ReportRow<'_>> {
        let logs = self.logs();
        logs.calls(self.now()).into_iter().map(|call| ReportRow(logs.shown(call))).collect()
    }

    /// Releases after 20.0.6 write new calls elsewhere: their history ends with the upgrade, two weeks ago.
    fn call_history(&self) -> Vec<AnyRow<'_>> {
        let logs = self.logs();
        let upgrade = match self.is_before("20.0.7") {
            true => i64::MAX,
            false => (self.born - SignedDuration::from_hours(14 * 24)).as_millisecond(),
        };
        let kept = logs.calls(self.now()).into_iter().filter(|call| call.start < upgrade);
        kept.map(|call| AnyRow::History(HistoryRow(logs.shown(call)))).collect()
    }

    fn did_numbers(&self) -> impl Iterator<Item = Row> {
        let rule_of = |number: &Value| {
            let rule = self.store.find("InboundRules", "Data", number);
            rule.map_or(Value::Null, |rule| Value::Object(rule.clone()))
        };
        self.store.rows("Trunks").iter().flat_map(move |trunk| {
            let numbers = trunk.get("DidNumbers").and_then(Value::as_array).into_iter().flatten();
            numbers.map(move |number| {
                let template = &value(trunk, "Gateway")["TemplateFilename"];
                row(json!({
                    "Number": number, "TrunkId": value(trunk, "Id"), "TemplateFileName": template,
                    "RoutingRule": rule_of(number),
                }))
            })
        })
    }

    fn sip_devices(&self) -> impl Iterator<Item = Row> {
        let of_user = |user: &Row| {
            let peer = dn::find(&self.store, text(user, "Number")).map(|dn| dn::peer(&self.store, dn));
            let phones = user.get("Phones").and_then(Value::as_array).cloned().unwrap_or_default();
            phones.into_iter().map(move |phone| {
                row(json!({
                    "Id": phone["Id"], "DN": peer, "PhoneWebPassword": "", "ProvLink": "",
                    "Registrar": {
                        "Capabilities": 0, "FirmwareAvailable": "", "FirmwareVersion": "1.2.3", "InterfaceLink": "",
                        "IpAddress": "192.0.2.10", "MAC": phone["MacAddress"], "Model": phone["Name"],
                        "UserAgent": "Sandbox phone 1.2.3", "Vendor": "Sandbox",
                    },
                }))
            })
        };
        self.store.rows("Users").iter().flat_map(of_user)
    }

    fn active_calls(&self) -> impl Iterator<Item = Row> {
        let (logs, now) = (self.logs(), self.now());
        logs.active(now).map(move |call| call_rows::active(logs.shown(call), now.as_millisecond()))
    }

    fn last_entries(&self) -> Row {
        let logs = self.logs();
        let call = logs.calls(self.now()).last().map_or(0, |call| call.start);
        let chat = logs.chats(self.now()).next_back().map_or(0, |chat| chat.sent);
        row(json!({"LastCdrStartedAt": time(call), "LastChatMessageTimeSent": time(chat)}))
    }
}

/// The properties of a JSON object.
pub(super) fn row(value: Value) -> Row {
    match value {
        Value::Object(row) => row,
        _ => Row::new(),
    }
}
