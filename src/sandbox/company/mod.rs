//! The company that the sandbox starts with: a small firm of made-up people, on example domains and numbers.

mod crowd;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::sandbox::dn;
use crate::sandbox::entities;
use crate::sandbox::router::Router;
use crate::sandbox::schema::{Schema, named};
use crate::sandbox::store::Row;
use crate::sandbox::{CLIENT_ID, CLIENT_SECRET, Pbx};

const COMPANY: &str = include_str!("company.json");

/// The API clients that the company has from the start, with their secrets; their roles stand in the company.
const CLIENTS: [(&str, &str); 3] =
    [(CLIENT_ID, CLIENT_SECRET), ("sandbox-admin", "sandbox-admin-secret"), ("sandbox-user", "sandbox-user-secret")];

/// How many people a company has, and how much of a past.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Size {
    /// Seventeen people and six thousand log entries.
    #[default]
    Small,
    /// 200 people and 50,000 log entries.
    Medium,
    /// 2,000 people and a million log entries.
    Large,
}

impl Size {
    /// How many times the log entries of the small company there are.
    pub(super) fn volume(self) -> u32 {
        match self {
            Size::Small => 1,
            Size::Medium => 9,
            Size::Large => 180,
        }
    }
}

/// Fills an empty PBX.
pub(super) fn fill(pbx: &mut Pbx, size: Size) {
    let sets: Map<String, Value> = serde_json::from_str(COMPANY)
        .unwrap_or_else(|error| unreachable!("the company is part of this program: {error}"));
    let now = pbx.born;
    for (name, mut content) in sets {
        settle_times(&mut content, now);
        match content {
            Value::Array(rows) => {
                for row in rows {
                    let Value::Object(row) = row else { continue };
                    add(pbx, &name, row);
                }
            }
            Value::Object(mut row) => {
                if let Some(ty) = single_type(pbx.schema, &pbx.router, &name) {
                    keep_known(pbx.schema, ty, &mut row);
                }
                *pbx.store.single_mut(&name) = row;
            }
            _ => {}
        }
    }
    add_recordings(pbx, now);
    crowd::add(pbx, size);
    pbx.clients = CLIENTS.into_iter().map(|(id, secret)| (id.to_owned(), secret.to_owned())).collect();
}

fn add(pbx: &mut Pbx, set: &str, mut row: Row) {
    match pbx.router.sets.get(set).copied() {
        Some(set) => {
            keep_known(pbx.schema, set.ty, &mut row);
            entities::insert(pbx, set, row, None);
        }
        // Lists behind a single object, and what this release does not have.
        None => pbx.store.rows_mut(set).push(row),
    }
}

/// The type of a single object: its path's, or that by which it is kept.
pub(super) fn single_type(schema: Schema, router: &Router, name: &str) -> Option<&'static str> {
    router.singles.get(name).copied().or_else(|| schema.catalog.ty(name).map(|ty| ty.name))
}

/// Drops what only other releases have.
pub(super) fn keep_known(schema: Schema, ty: &str, row: &mut Row) {
    row.retain(|name, _| schema.property(ty, name).is_some());
    for (name, value) in row.iter_mut() {
        let Some(inner) = schema.property(ty, name).and_then(|property| named(property.ty)) else { continue };
        match value {
            Value::Object(object) if schema.properties(inner).next().is_some() => keep_known(schema, inner, object),
            Value::Array(items) => {
                items.iter_mut().filter_map(Value::as_object_mut).for_each(|item| keep_known(schema, inner, item));
            }
            _ => {}
        }
    }
}

/// `now-3d`, `now+5h`: times of the company are told from its birth.
fn settle_times(value: &mut Value, now: Timestamp) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| settle_times(item, now)),
        Value::Object(map) => map.values_mut().for_each(|item| settle_times(item, now)),
        Value::String(text) => {
            if let Some(time) = text.strip_prefix("now").and_then(|offset| shifted(offset, now)) {
                *text = time.to_string();
            }
        }
        _ => {}
    }
}

fn shifted(offset: &str, now: Timestamp) -> Option<Timestamp> {
    let (number, unit) = offset.split_at_checked(offset.len().checked_sub(1)?)?;
    let seconds = match unit {
        "d" => 86_400,
        "h" => 3600,
        "s" => 1,
        _ => return None,
    };
    now.checked_add(SignedDuration::from_secs(number.parse::<i64>().ok()? * seconds)).ok()
}

fn add_recordings(pbx: &mut Pbx, now: Timestamp) {
    const SAID: [&str; 4] = [
        "Hello, I am calling about an order.",
        "Good morning, the invoice does not match the delivery.",
        "Could you call me back about the offer?",
        "The widget stopped working after the update.",
    ];
    for place in 0..20i64 {
        let start = now - SignedDuration::from_mins(95 + place * 1733 % 40_000);
        let length = pbx.random.between(20, 600);
        let agent = 105 + place % 5;
        let outside = format!("+1555010{}", 2000 + place * 37);
        let name = pbx.store.find("Users", "Number", &json!(agent.to_string())).map(dn::name);
        let inbound = place % 3 != 0;
        let agent_side =
            json!({"Dn": agent.to_string(), "DisplayName": name, "CallerNumber": agent.to_string(), "DnType": 0});
        let outer_side = json!({"Dn": "10000", "DisplayName": "", "CallerNumber": outside, "DnType": 1});
        let mut row = Row::new();
        let (from, to) = if inbound { (outer_side, agent_side) } else { (agent_side, outer_side) };
        for (side, values) in [("From", from), ("To", to)] {
            for (name, value) in values.as_object().into_iter().flatten() {
                row.insert(format!("{side}{name}"), value.clone());
            }
        }
        let transcribed = place % 4 == 0;
        let properties = json!({
            "StartTime": start.to_string(), "EndTime": (start + SignedDuration::from_secs(length)).to_string(),
            "CallType": if inbound { "InboundExternal" } else { "OutboundExternal" }, "IsArchived": place % 7 == 0,
            "IsTranscribed": transcribed, "CanBeTranscribed": true,
            "RecordingUrl": format!("{agent}/[{outside}]_{}.wav", start.as_second()),
            "Transcription": if transcribed { SAID[place as usize / 4 % SAID.len()] } else { "" },
            "SentimentScore": if transcribed { 1 + place % 5 } else { 0 },
        });
        row.extend(properties.as_object().cloned().unwrap_or_default());
        add(pbx, "Recordings", row);
    }
}
