//! Values that come one by one in a `for` and may fail to.

use std::sync::{Arc, Mutex, PoisonError};

use crate::script::native::{Dynamic, EvalAltResult};
use crate::script::{Fact, Raised, Wording};

/// Where an error goes that a loop without a body swallows.
pub type Swallowed = Arc<Mutex<Option<Box<EvalAltResult>>>>;

/// A host's values in a `for`; ends after a fault.
pub struct Loop<I, F> {
    values: I,
    words: fn(&F) -> Wording,
    swallowed: Swallowed,
    /// The fault that was handed to the loop, while it is not known whether anybody looked at it.
    handed: Option<Arc<F>>,
}

impl<I, F: Fact> Loop<I, F> {
    pub(crate) fn new(values: I, words: fn(&F) -> Wording, swallowed: Swallowed) -> Loop<I, F> {
        Loop { values, words, swallowed, handed: None }
    }

    fn raised(&self, fault: Arc<F>) -> Box<EvalAltResult> {
        let wording = (self.words)(&fault);
        Raised::from_loop(fault, wording)
    }
}

impl<I: Iterator<Item = Result<Dynamic, F>>, F: Fact> Iterator for Loop<I, F> {
    type Item = Result<Dynamic, Box<EvalAltResult>>;

    fn next(&mut self) -> Option<Self::Item> {
        // A loop with a body ends at an error. One that comes back for more has no body and did not look.
        if let Some(fault) = self.handed.take() {
            let error = self.raised(fault);
            *self.swallowed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            return None;
        }
        match self.values.next()? {
            Ok(value) => Some(Ok(value)),
            Err(fault) => {
                let fault = Arc::new(fault);
                self.handed = Some(fault.clone());
                Some(Err(self.raised(fault)))
            }
        }
    }
}
