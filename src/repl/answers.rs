//! The values of the last entries: `out(3)`, `out(-1)`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::code::Code;
use crate::script::native::{Dynamic, Engine, INT, NativeCallContext, Outcome};
use crate::script::{Fact, Host, Raised, Wording};

/// Values may be long lists: more of them are not held for somebody who never asks.
const KEPT: usize = 100;

/// Shared by the prompt and the function of scripts.
#[derive(Clone, Default)]
pub struct Answers(Arc<Mutex<VecDeque<(usize, Dynamic)>>>);

#[derive(Debug)]
struct NoAnswer;

impl Fact for NoAnswer {
    fn kind(&self) -> Code {
        Code::NoSuchElement
    }
}

impl Answers {
    pub(super) fn keep(&self, entry: usize, value: Dynamic) {
        let mut kept = self.lock();
        kept.push_back((entry, value));
        if kept.len() > KEPT {
            kept.pop_front();
        }
    }

    pub(super) fn all(&self) -> Vec<(usize, Dynamic)> {
        self.lock().iter().cloned().collect()
    }

    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    /// By the number of its entry; from the end with a negative one.
    fn get(&self, wanted: INT) -> Option<Dynamic> {
        let kept = self.lock();
        let found = match usize::try_from(wanted) {
            Ok(wanted) => kept.iter().find(|(entry, _)| *entry == wanted),
            Err(_) => kept.len().checked_sub(usize::try_from(wanted.unsigned_abs()).ok()?).and_then(|at| kept.get(at)),
        };
        found.map(|(_, value)| value.clone())
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(usize, Dynamic)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Host for Answers {
    fn register(&self, engine: &mut Engine) {
        let answers = self.clone();
        engine.register_fn("out", move |context: NativeCallContext, entry: INT| -> Outcome {
            answers.get(entry).ok_or_else(|| {
                let wording = Wording {
                    message: format!("there is no value of entry {entry}"),
                    hint: Some("`:out` lists those that there are; `out(-1)` is the last one".to_owned()),
                };
                Raised::throw(NoAnswer, wording, &context)
            })
        });
    }
}
