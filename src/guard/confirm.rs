//! The question before what cannot be taken back. Whoever puts it to a person decides how it is worded.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::catalog::effects::Effect;

/// More objects than this in one call are not waved through by a habit of the fingers.
pub const MANY: usize = 10;

/// What is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question<'a> {
    pub pbx: &'a str,
    pub operation: String,
    pub effect: Effect,
    /// The objects that it is about, as the call names them; none where it names none.
    pub what: Vec<String>,
}

impl Question<'_> {
    /// Are these so many that a mere yes is not enough?
    #[must_use]
    pub fn is_about_many(&self) -> bool {
        self.what.len() > MANY
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    No,
    Yes,
    /// And everything else of this entry, but for calls about many objects.
    All,
    /// Neither: the whole entry is to end.
    End,
}

/// Puts a question to a person and waits.
pub type Ask = Arc<dyn Fn(&Question) -> Answer + Send + Sync>;

/// Somebody who is asked; clones share what was answered.
#[derive(Clone)]
pub struct Confirm {
    ask: Ask,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    on: bool,
    all: bool,
}

impl fmt::Debug for Confirm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirm").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Confirm {
    #[must_use]
    pub fn new(ask: Ask) -> Confirm {
        Confirm { ask, state: Arc::new(Mutex::new(State { on: true, all: false })) }
    }

    #[must_use]
    pub fn is_on(&self) -> bool {
        self.lock().on
    }

    pub fn set(&self, on: bool) {
        self.lock().on = on;
    }

    /// A new entry: what was said to all of the last one does not count for it.
    pub fn begin(&self) {
        self.lock().all = false;
    }

    /// One question at a time, so that an answer for all holds for those who wait.
    pub(super) fn ask(&self, question: &Question) -> Answer {
        let mut state = self.lock();
        if state.all && !question.is_about_many() {
            return Answer::All;
        }
        let answer = (self.ask)(question);
        state.all |= answer == Answer::All;
        answer
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
