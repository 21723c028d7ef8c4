//! Who appears in the logs, as they were called when the company began.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::sandbox::dn;
use crate::sandbox::store::{Row, Store, text, value};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cast {
    pub(crate) seed: u64,
    #[serde(skip)]
    pub(crate) born: Timestamp,
    /// How many times the calls and chats of the small company they have.
    pub(crate) volume: u32,
    pub(crate) users: Vec<Party>,
    pub(crate) queues: Vec<Team>,
    pub(crate) ring_groups: Vec<Team>,
    pub(crate) outside: Vec<Party>,
    /// The ways in: one for each number that a rule leads somewhere.
    pub(crate) lines: Vec<Line>,
    /// The way out.
    pub(crate) exit: Line,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Party {
    pub(crate) number: String,
    pub(crate) name: String,
}

/// A queue or ring group; its members are places among the users.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Team {
    pub(crate) party: Party,
    pub(crate) members: Vec<u16>,
}

/// A number outside, the rule that is about it, and the trunk that it belongs to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) did: String,
    pub(crate) rule: String,
    pub(crate) trunk: Party,
}

pub(crate) static NOBODY: Party = Party { number: String::new(), name: String::new() };

/// A thousand times the small company's past is six million entries.
const MAX_VOLUME: u32 = 1000;
/// Entries name their people by places of sixteen bits, and some of these are left to those whom the cast lacks.
const MAX_PARTIES: usize = 60_000;

/// How many there are to choose from.
pub(crate) fn choice<T>(list: &[T]) -> u64 {
    list.len().min(MAX_PARTIES) as u64
}

impl Cast {
    /// Can entries be made of it?
    pub(crate) fn fits(&self) -> bool {
        let teams = || self.queues.iter().chain(&self.ring_groups);
        let lengths = [&self.users, &self.outside].map(Vec::len);
        let lengths =
            lengths.into_iter().chain([&self.queues, &self.ring_groups].map(Vec::len)).chain([self.lines.len()]);
        let known = |team: &Team| team.members.iter().all(|place| usize::from(*place) < self.users.len());
        self.volume <= MAX_VOLUME && lengths.max().is_none_or(|longest| longest <= MAX_PARTIES) && teams().all(known)
    }

    pub(crate) fn of(store: &Store, seed: u64, born: Timestamp) -> Cast {
        let party = |row: &Row, number: &str| Party { number: text(row, number).to_owned(), name: dn::name(row) };
        let first = |set: &str| store.rows(set).iter().take(MAX_PARTIES);
        let users: Vec<Party> = first("Users").map(|row| party(row, "Number")).collect();
        let places: HashMap<&str, usize> =
            users.iter().enumerate().map(|(place, user)| (user.number.as_str(), place)).collect();
        let place = |member: &Value| places.get(member["Number"].as_str()?).copied();
        let teams = |set: &str, list: &str| {
            let rows = first(set);
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
            volume: 1,
            queues: teams("Queues", "Agents"),
            ring_groups: teams("RingGroups", "Members"),
            outside: first("Contacts").map(|row| party(row, "PhoneNumber")).collect(),
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
    store
        .rows("InboundRules")
        .iter()
        .filter_map(line)
        .filter(|line| line.did.starts_with('+'))
        .take(MAX_PARTIES)
        .collect()
}

/// Everyday calls leave by the last of the rules.
fn exit(store: &Store) -> Line {
    let line = |rule: &Row| {
        let trunk = trunk(store, "Id", value(rule, "Routes").get(0)?.get("TrunkId")?)?;
        Some(Line { did: String::new(), rule: text(rule, "Name").to_owned(), trunk })
    };
    store.rows("OutboundRules").iter().rev().find_map(line).unwrap_or_default()
}
