//! Everything that has a number: which sets share the numbering, who owns a number, which number is free.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::RangeInclusive;

use serde_json::{Value, json};

use crate::sandbox::filter::Record;
use crate::sandbox::members;
use crate::sandbox::problem::Problem;
use crate::sandbox::store::{Row, Store, text, value};

/// The sets whose entities are called by a number, and what a peer of each is.
const SETS: [(&str, &str); 10] = [
    ("Users", "Extension"),
    ("Queues", "Queue"),
    ("RingGroups", "RingGroup"),
    ("Receptionists", "IVR"),
    ("CallFlowApps", "RoutePoint"),
    ("ServicePrincipals", "RoutePoint"),
    ("Parkings", "Parking"),
    ("Fax", "Fax"),
    ("Trunks", "ExternalLine"),
    ("Groups", "Group"),
];

/// Something with a number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dn<'a> {
    pub(super) set: &'static str,
    pub(super) peer_type: &'static str,
    pub(super) row: &'a Row,
}

pub(super) fn has_number(set: &str) -> bool {
    SETS.iter().any(|(name, _)| *name == set)
}

pub(super) fn all(store: &Store) -> impl Iterator<Item = Dn<'_>> {
    SETS.iter().flat_map(|(set, peer_type)| store.rows(set).iter().map(move |row| Dn { set, peer_type, row }))
}

pub(super) fn find<'a>(store: &'a Store, number: &str) -> Option<Dn<'a>> {
    all(store).find(|dn| text(dn.row, "Number") == number)
}

pub(super) fn name(row: &Row) -> String {
    let candidates = ["DisplayName", "Name", "Number"];
    let full = format!("{} {}", text(row, "FirstName"), text(row, "LastName"));
    let named = candidates[..2].iter().map(|name| text(row, name)).find(|name| !name.is_empty());
    match (named, full.trim()) {
        (Some(name), _) => name.to_owned(),
        (None, "") => text(row, "Number").to_owned(),
        (None, full) => full.to_owned(),
    }
}

/// As the resource Peers shows it; each property is made when somebody looks at it.
#[derive(Clone, Copy)]
pub(super) struct Peer<'a> {
    pub(super) store: &'a Store,
    pub(super) dn: Dn<'a>,
}

impl Record for Peer<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, Value>> {
        let row = self.dn.row;
        Some(match name {
            "Hidden" => Cow::Owned(Value::from(row.get("HideInPhonebook") == Some(&Value::Bool(true)))),
            "Id" => Cow::Borrowed(value(row, "Id")),
            "MemberOf" => Cow::Owned(self.member_of()),
            "Name" => Cow::Owned(Value::from(self::name(row))),
            "Number" => Cow::Owned(Value::from(text(row, "Number"))),
            "Tags" => row.get("Tags").map_or_else(|| Cow::Owned(json!([])), Cow::Borrowed),
            "Type" => Cow::Owned(Value::from(self.dn.peer_type)),
            _ => return None,
        })
    }
}

impl Peer<'_> {
    fn member_of(&self) -> Value {
        let groups = members::groups_of(self.store, text(self.dn.row, "Number"));
        let primary = value(self.dn.row, "PrimaryGroupId");
        let entry = |group: &Value| {
            json!({
                "GroupID": group["GroupId"], "IsPrimary": group["GroupId"] == *primary, "Name": group["Name"],
                "Number": group["Number"], "RoleName": group["Rights"]["RoleName"],
            })
        };
        groups.iter().map(entry).collect()
    }
}

/// The whole peer at once.
pub(super) fn peer(store: &Store, dn: Dn<'_>) -> Row {
    let (peer, names) = (Peer { store, dn }, ["Hidden", "Id", "MemberOf", "Name", "Number", "Tags", "Type"]);
    names.into_iter().filter_map(|name| Some((name.to_owned(), peer.get(name)?.into_owned()))).collect()
}

/// The numbers for new entities of a set: those of the first department that a `Groups` list names, else the
/// system's. None for sets whose numbers are no digits.
pub(super) fn range(store: &Store, set: &str, groups: &Value) -> Option<RangeInclusive<u32>> {
    let (kind, system) = match set {
        "Users" => ("User", 100..=799),
        "Trunks" => ("Trunk", 10_000..=19_999),
        "Queues" | "RingGroups" | "Receptionists" | "CallFlowApps" | "Fax" => ("System", 800..=999),
        _ => return None,
    };
    let own = groups.get(0).and_then(|entry| members::group_meant(store, entry)).and_then(|group| {
        let bound = |end: &str| value(group, "Props")[format!("{kind}Number{end}")].as_str()?.parse::<u32>().ok();
        Some(bound("From")?..=bound("To")?)
    });
    Some(own.unwrap_or(system))
}

/// The lowest number that nothing has, for a new entity of a set in these departments.
pub(super) fn first_free(store: &Store, set: &str, groups: &Value) -> Result<String, Problem> {
    let used: HashSet<&str> = all(store).map(|dn| text(dn.row, "Number")).collect();
    let mut range = range(store, set, groups).unwrap_or(match set {
        "Groups" | "Parkings" => 1..=9999,
        _ => 800..=999,
    });
    let write = |number: u32| match set {
        "Groups" => format!("GRP{number:04}"),
        "Parkings" => format!("SP{number}"),
        _ => number.to_string(),
    };
    let free = range.find_map(|number| Some(write(number)).filter(|number| !used.contains(number.as_str())));
    free.ok_or_else(|| Problem::warning("WARNINGS.NO_MORE_NUMBERS_AVAILABLE"))
}
