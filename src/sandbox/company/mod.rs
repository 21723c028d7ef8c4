//! The company that the sandbox starts with: a small firm of made-up people, on example domains and numbers.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::sandbox::Pbx;
use crate::sandbox::dn;
use crate::sandbox::entities;
use crate::sandbox::store::Row;

const COMPANY: &str = include_str!("company.json");

/// Fills an empty PBX.
pub(super) fn fill(pbx: &mut Pbx) {
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
            Value::Object(row) => *pbx.store.single_mut(&name) = row,
            _ => {}
        }
    }
    add_recordings(pbx, now);
}

fn add(pbx: &mut Pbx, set: &str, row: Row) {
    match pbx.router.sets.get(set).copied() {
        Some(set) => {
            let number = None;
            entities::insert(pbx, set, row, number);
        }
        // Lists behind a single object, and what this release does not have.
        None => pbx.store.rows_mut(set).push(row),
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
    let Some(set) = pbx.router.sets.get("Recordings").copied() else { return };
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
        entities::insert(pbx, set, row, None);
    }
}
