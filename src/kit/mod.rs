//! The kit: what scripts have around the PBX, from files and dates to `parallel`. Knows nothing of a PBX.
//!
//! Each file registers its functions and documents them in its `DOCS`; what a function reaches outside of the engine comes
//! out of [`Hands`].

mod asserts;
mod chance;
mod codes;
pub mod csv;
pub mod dates;
mod env;
mod fault;
mod files;
mod flow;
mod given;
mod growth;
mod hands;
mod json;
mod options;
mod parallel;
mod progress;
mod regex;
mod retry;
mod sequence;
mod skip;
pub mod store;
mod terminal;
mod text;
pub mod wav;

use std::sync::{Arc, PoisonError};

pub use fault::{Claim, Difference, Fault, Read, Words};
pub use hands::{Hands, Listed, Person};
pub use json::too_deep;
pub(crate) use options::options;
pub use progress::{Display, Meter, Unit};
pub use sequence::Sequence;
pub use terminal::Level;

use crate::script::native::{Dynamic, Engine, EvalAltResult, NativeCallContext};
use crate::script::{Doc, Host, Raised, Survey, Swallowed, glue};

/// The kit of one session.
pub struct Kit {
    hands: Arc<Hands>,
    swallowed: Swallowed,
}

impl Kit {
    #[must_use]
    pub fn new(hands: Hands) -> Kit {
        Kit { hands: Arc::new(hands), swallowed: Swallowed::default() }
    }
}

impl Host for Kit {
    fn register(&self, engine: &mut Engine) {
        flow::register(engine, &self.hands);
        dates::register(engine, &self.hands);
        chance::register(engine, &self.hands);
        codes::register(engine, &self.hands);
        regex::register(engine, &self.hands);
        text::register(engine, &self.hands);
        files::register(engine, &self.hands, &self.swallowed);
        csv::register(engine, &self.hands, &self.swallowed);
        json::register(engine, &self.hands);
        env::register(engine, &self.hands);
        skip::register(engine);
        growth::register(engine, &self.hands);
        asserts::register(engine, &self.hands);
        retry::register(engine, &self.hands);
        sequence::register(engine);
        parallel::register(engine, &self.hands);
        progress::register(engine, &self.hands);
        terminal::register(engine, &self.hands);
    }

    fn adapt(&self, engine: &mut Engine, survey: &Survey) {
        glue(engine, &dates::guards(survey));
    }

    fn swallowed(&self) -> Option<Box<EvalAltResult>> {
        self.swallowed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What every function of the kit says about itself, in the order of a reference.
pub fn docs() -> impl Iterator<Item = &'static Doc> {
    let pages = [
        flow::DOCS,
        retry::DOCS,
        parallel::DOCS,
        asserts::DOCS,
        skip::DOCS,
        terminal::DOCS,
        progress::DOCS,
        dates::DOCS,
        files::DOCS,
        csv::DOCS,
        json::DOCS,
        env::DOCS,
        text::DOCS,
        regex::DOCS,
        codes::DOCS,
        chance::DOCS,
    ];
    pages.into_iter().flatten()
}

/// The modules that stand in front of `::`.
pub fn modules() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    let names = docs().filter_map(|doc| Some(doc.name.split_once("::")?.0));
    names.filter(move |name| std::mem::replace(&mut last, name) != *name)
}

/// A value that only loops look into, on one line.
#[must_use]
pub fn title(value: &Dynamic) -> Option<String> {
    let lines = value.read_lock::<files::Lines>().map(|lines| lines.title());
    lines.or_else(|| Some(value.read_lock::<csv::Rows>()?.title()))
}

impl Hands {
    /// Ends a native function with the words for its fault.
    fn raise(&self, fault: Fault, context: &NativeCallContext) -> Box<EvalAltResult> {
        let wording = (self.words)(&fault);
        Raised::throw(fault, wording, context)
    }
}
