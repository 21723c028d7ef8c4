//! What happened to the logs since they were made from the seed: entries that are gone, calls that came.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::sandbox::logs::Logs;
use crate::sandbox::logs::calls::Call;
use crate::sandbox::logs::chats::Chat;

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Changes {
    /// First and last id of each run of calls that were purged.
    #[serde(default)]
    calls_gone: Vec<(u32, u32)>,
    #[serde(default)]
    calls_added: Vec<Call>,
    #[serde(default)]
    chats_gone: Vec<(u32, u32)>,
}

impl Changes {
    pub(crate) fn of(logs: &Logs) -> Changes {
        let made = Logs::new(&logs.cast);
        let generated: HashSet<u32> = made.calls.iter().map(|call| call.id).collect();
        Changes {
            calls_gone: gone(made.calls.iter().map(|call| call.id), logs.calls.iter().map(|call| call.id)),
            calls_added: logs.calls.iter().filter(|call| !generated.contains(&call.id)).copied().collect(),
            chats_gone: gone(made.chats.iter().map(|chat| chat.id), logs.chats.iter().map(|chat| chat.id)),
        }
    }

    /// Does each entry speak of somebody whom the cast knows?
    pub(crate) fn fits(&self, logs: &Logs) -> bool {
        self.calls_added.iter().all(|call| call.fits(&logs.cast))
    }

    pub(crate) fn apply(self, logs: &mut Logs) {
        let stays = |gone: &[(u32, u32)], id: u32| !gone.iter().any(|(first, last)| (*first..=*last).contains(&id));
        logs.calls.retain(|call| stays(&self.calls_gone, call.id));
        logs.chats.retain(|chat: &Chat| stays(&self.chats_gone, chat.id));
        logs.calls.extend(self.calls_added);
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
