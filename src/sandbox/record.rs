//! An entity as it is read: what is stored, and what follows from other entities.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::sandbox::dn;
use crate::sandbox::filter::Record;
use crate::sandbox::holidays;
use crate::sandbox::members;
use crate::sandbox::store::{Row, Store, text, value};

#[derive(Clone, Copy)]
pub(super) struct Entity<'a> {
    pub(super) store: &'a Store,
    pub(super) set: &'a str,
    pub(super) row: &'a Row,
}

impl Record for Entity<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, Value>> {
        match self.derived(name) {
            Some(value) => Some(Cow::Owned(value)),
            None => self.row.get(name).map(Cow::Borrowed),
        }
    }
}

impl Entity<'_> {
    fn derived(&self, name: &str) -> Option<Value> {
        match (self.set, name) {
            ("Groups", "Members") => Some(members::members_of(self.store, self.row)),
            ("Groups", "HasMembers") => Some(Value::from(
                self.row.get("Members").and_then(Value::as_array).is_some_and(|list| !list.is_empty()),
            )),
            ("Groups", "OfficeHolidays") => Some(holidays::of(self.store, text(self.row, "Number"))),
            ("OfficeHours", "OfficeHolidays") => Some(holidays::of(self.store, holidays::OFFICE)),
            ("Queues", "Agents" | "Managers") | ("RingGroups", "Members") => Some(self.with_names(name)),
            ("Trunks", "RoutingRules") => Some(self.routing_rules()),
            ("InboundRules", "TrunkDN") => Some(self.trunk_peer()),
            (set, "Groups") if dn::has_number(set) => {
                Some(Value::from(members::groups_of(self.store, text(self.row, "Number"))))
            }
            _ => None,
        }
    }

    /// A list of numbers with what is known of them now.
    fn with_names(&self, list: &str) -> Value {
        let entries = self.row.get(list).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
        let complete = |entry: &Row| {
            let mut entry = entry.clone();
            if let Some(dn) = dn::find(self.store, text(&entry, "Number")) {
                entry.insert("Id".to_owned(), dn.row.get("Id").cloned().unwrap_or_default());
                entry.insert("Name".to_owned(), Value::from(dn::name(dn.row)));
                entry.insert("Tags".to_owned(), dn.row.get("Tags").cloned().unwrap_or_else(|| json!([])));
            }
            Value::Object(entry)
        };
        entries.map(complete).collect()
    }

    fn routing_rules(&self) -> Value {
        let rules = self.store.rows("InboundRules").iter();
        let own = rules.filter(|rule| value(rule, "TrunkDN")["Number"] == *value(self.row, "Number"));
        own.map(|rule| Value::Object(rule.clone())).collect()
    }

    fn trunk_peer(&self) -> Value {
        let number = self.row.get("TrunkDN").and_then(|peer| peer["Number"].as_str()).unwrap_or_default();
        dn::find(self.store, number).map_or(Value::Null, |dn| Value::Object(dn::peer(self.store, dn)))
    }
}
