//! What happened to the logs since they were made from the seed: entries that are gone.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::sandbox::logs::Logs;

/// First and last id of each run of entries that were purged.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Changes {
    calls_gone: Vec<(u32, u32)>,
    chats_gone: Vec<(u32, u32)>,
}

impl Changes {
    pub(crate) fn of(logs: &Logs) -> Changes {
        let made = Logs::new(&logs.cast);
        Changes {
            calls_gone: gone(made.calls.iter().map(|call| call.id), logs.calls.iter().map(|call| call.id)),
            chats_gone: gone(made.chats.iter().map(|chat| chat.id), logs.chats.iter().map(|chat| chat.id)),
        }
    }

    pub(crate) fn apply(&self, logs: &mut Logs) {
        let stays = |gone: &[(u32, u32)], id: u32| !gone.iter().any(|(first, last)| (*first..=*last).contains(&id));
        logs.calls.retain(|call| stays(&self.calls_gone, call.id));
        logs.chats.retain(|chat| stays(&self.chats_gone, chat.id));
    }
}

/// Runs of ids that were there and are not.
fn gone(before: impl Iterator<Item = u32>, after: impl Iterator<Item = u32>) -> Vec<(u32, u32)> {
    let after: HashSet<u32> = after.collect();
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for id in before.filter(|id| !after.contains(id)) {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == id => *last = id,
            _ => runs.push((id, id)),
        }
    }
    runs
}
