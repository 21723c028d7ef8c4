//! The kit: what scripts have around the PBX, from files and dates to `parallel`. Knows nothing of a PBX.
//!
//! Each file registers its functions and documents them in its `DOCS`; what a function reaches outside of the engine comes
//! out of [`Hands`].

mod fault;
mod flow;
mod hands;
mod skip;

use std::sync::Arc;

pub use fault::{Fault, Words};
pub use hands::{Hands, Person};

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
        skip::register(engine);
    }
}

/// What every function of the kit says about itself, in the order of a reference.
pub fn docs() -> impl Iterator<Item = &'static Doc> {
    [flow::DOCS, skip::DOCS].into_iter().flatten()
}

impl Hands {
    /// Ends a native function with the words for its fault.
    fn raise(&self, fault: Fault, context: &NativeCallContext) -> Box<EvalAltResult> {
        let wording = (self.words)(&fault);
        Raised::throw(fault, wording, context)
    }
}
