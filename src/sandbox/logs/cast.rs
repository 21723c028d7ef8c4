//! Who appears in the logs, as they were called when the company began.

use jiff::Timestamp;
use serde_json::Value;

use crate::sandbox::dn;
use crate::sandbox::store::{Row, Store, text, value};

#[derive(Debug, Clone, Default)]
pub(crate) struct Cast {
    pub(crate) seed: u64,
    pub(crate) born: Timestamp,
    pub(crate) users: Vec<Party>,
    pub(crate) queues: Vec<Team>,
    pub(crate) ring_groups: Vec<Team>,
    pub(crate) outside: Vec<Party>,
    /// The ways in: one for each number that a rule leads somewhere.
    pub(crate) lines: Vec<Line>,
    /// The way out.
    pub(crate) exit: Line,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Party {
    pub(crate) number: String,
    pub(crate) name: String,
}

/// A queue or ring group; its members are places among the users.
#[derive(Debug, Clone)]
pub(crate) struct Team {
    pub(crate) party: Party,
    pub(crate) members: Vec<u16>,
}

/// A number outside, the rule that is about it, and the trunk that it belongs to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    pub(crate) did: String,
    pub(crate) rule: String,
    pub(crate) trunk: Party,
}

impl Cast {
    pub(crate) fn of(store: &Store, seed: u64, born: Timestamp) -> Cast {
        let party = |row: &Row, number: &str| Party { number: text(row, number).to_owned(), name: dn::name(row) };
        let users: Vec<Party> = store.rows("Users").iter().map(|row| party(row, "Number")).collect();
        let place = |member: &Value| users.iter().position(|user| member["Number"] == user.number.as_str());
        let teams = |set: &str, list: &str| {
            let rows = store.rows(set).iter();
            rows.map(|row| {
                let members = value(row, list).as_array().into_iter().flatten();
                let members = members.filter_map(place).filter_map(|place| u16::try_from(place).ok()).collect();
                Team { party: party(row, "Number"), members }
            })
            .collect()
        };
        Cast {
            seed,
            born,
            queues: teams("Queues", "Agents"),
            ring_groups: teams("RingGroups", "Members"),
            outside: store.rows("Contacts").iter().map(|row| party(row, "PhoneNumber")).collect(),
            lines: lines(store),
            exit: exit(store),
            users,
        }
    }
}

fn trunk(store: &Store, property: &str, wanted: &Value) -> Option<Party> {
    let row = store.find("Trunks", property, wanted)?;
    let name = value(row, "Gateway")["Name"].as_str().unwrap_or_default();
    Some(Party { number: text(row, "Number").to_owned(), name: name.to_owned() })
}

fn lines(store: &Store) -> Vec<Line> {
    let line = |rule: &Row| {
        let trunk = trunk(store, "Number", &value(rule, "TrunkDN")["Number"])?;
        Some(Line { did: text(rule, "Data").to_owned(), rule: text(rule, "RuleName").to_owned(), trunk })
    };
    store.rows("InboundRules").iter().filter_map(line).filter(|line| line.did.starts_with('+')).collect()
}

/// Everyday calls leave by the last of the rules.
fn exit(store: &Store) -> Line {
    let line = |rule: &Row| {
        let trunk = trunk(store, "Id", value(rule, "Routes").get(0)?.get("TrunkId")?)?;
        Some(Line { did: String::new(), rule: text(rule, "Name").to_owned(), trunk })
    };
    store.rows("OutboundRules").iter().rev().find_map(line).unwrap_or_default()
}
