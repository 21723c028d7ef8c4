//! What a run has changed on its PBXs: worth knowing when it does not reach its end.

use std::sync::{Arc, Mutex, PoisonError};

/// Shared by all connections of a run.
#[derive(Debug, Clone, Default)]
pub(super) struct Deeds(Arc<Mutex<Account>>);

/// Operations that change something, in the order in which they came first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    pub done: Vec<Deed>,
    /// Sent without an answer that says whether it happened.
    pub unsure: Vec<Deed>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    pub pbx: String,
    pub operation: String,
    pub times: usize,
}

impl Deeds {
    pub(super) fn done(&self, pbx: &str, operation: String) {
        count(&mut self.lock().done, pbx, operation);
    }

    pub(super) fn unsure(&self, pbx: &str, operation: String) {
        count(&mut self.lock().unsure, pbx, operation);
    }

    /// What there is so far; the account begins anew.
    pub(super) fn take(&self) -> Account {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Account> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(deeds: &mut Vec<Deed>, pbx: &str, operation: String) {
    match deeds.iter_mut().find(|deed| deed.pbx == pbx && deed.operation == operation) {
        Some(deed) => deed.times += 1,
        None => deeds.push(Deed { pbx: pbx.to_owned(), operation, times: 1 }),
    }
}
