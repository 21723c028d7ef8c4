//! What the engine needs to know of the world around it.

use crate::script::Survey;
use crate::script::native::{Dynamic, Engine, EvalAltResult, Position};

/// Plugs functions, types and variables into an engine.
pub trait Host: Send + Sync {
    /// Called once for each engine.
    fn register(&self, engine: &mut Engine);

    /// The variables that every scope sees without declaring them. A script's own variable of that name wins.
    fn variables(&self) -> &'static [&'static str];

    /// The value of one of [`Host::variables`].
    fn variable(&self, name: &str) -> Option<Dynamic>;

    /// Called before sources run, with what they define and call.
    fn adapt(&self, engine: &mut Engine, survey: &Survey);

    /// Where a thrown value was made; a rethrow loses the engine's own note of it.
    fn origin(&self, thrown: &Dynamic) -> Option<Origin>;

    /// The map key or argument inside the call that a thrown value is about.
    fn focus(&self, thrown: &Dynamic) -> Option<String>;

    /// An error that a loop without a body swallowed, once.
    fn swallowed(&self) -> Option<Box<EvalAltResult>>;
}

/// A place that a thrown value remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub source: Option<String>,
    pub position: Position,
}
