//! What the engine needs to know of the world around it.

use crate::script::Survey;
use crate::script::native::{Dynamic, Engine, EvalAltResult};

/// Plugs functions, types and variables into an engine.
pub trait Host: Send + Sync {
    /// Called once for each engine.
    fn register(&self, engine: &mut Engine);

    /// The variables that every scope sees without declaring them. A script's own variable of that name wins.
    fn variables(&self) -> &'static [&'static str] {
        &[]
    }

    /// The value of one of [`Host::variables`].
    fn variable(&self, _name: &str) -> Option<Dynamic> {
        None
    }

    /// Called before sources run, with what they define and call.
    fn adapt(&self, _engine: &mut Engine, _survey: &Survey) {}

    /// An error that a loop without a body swallowed, once.
    fn swallowed(&self) -> Option<Box<EvalAltResult>> {
        None
    }
}
