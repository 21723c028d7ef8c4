//! The kit: what scripts have around the PBX, from files and dates to `parallel`. Knows nothing of a PBX.
//!
//! Each file registers its functions and documents them in its `DOCS`; what a function reaches outside of the engine comes
//! out of [`Hands`].

mod asserts;
mod fault;
mod flow;
mod growth;
mod hands;
mod parallel;
mod progress;
mod retry;
mod sequence;
mod terminal;
mod values;

use std::sync::Arc;

pub use fault::{Claim, Difference, Fault, Words};
pub use hands::{Hands, Person};
pub use sequence::Sequence;
pub use terminal::Level;

use crate::script::native::{Engine, EvalAltResult, NativeCallContext};
use crate::script::{Doc, Host, Raised};

/// The kit of one session.
pub struct Kit {
    hands: Arc<Hands>,
}

impl Kit {
    #[must_use]
    pub fn new(hands: Hands) -> Kit {
        Kit { hands: Arc::new(hands) }
    }
}

impl Host for Kit {
    fn register(&self, engine: &mut Engine) {
        flow::register(engine, &self.hands);
        growth::register(engine, &self.hands);
        asserts::register(engine, &self.hands);
        retry::register(engine, &self.hands);
        sequence::register(engine);
        parallel::register(engine, &self.hands);
        progress::register(engine, &self.hands);
        terminal::register(engine, &self.hands);
    }
}

/// What every function of the kit says about itself, in the order of a reference.
pub fn docs() -> impl Iterator<Item = &'static Doc> {
    [flow::DOCS, retry::DOCS, parallel::DOCS, asserts::DOCS, terminal::DOCS, progress::DOCS].into_iter().flatten()
}

impl Hands {
    /// Ends a native function with the words for its fault.
    fn raise(&self, fault: Fault, context: &NativeCallContext) -> Box<EvalAltResult> {
        let wording = (self.words)(&fault);
        Raised::throw(fault, wording, context)
    }
}
