//! What the kit is handed: it never prints, asks, or looks at clock and environment by itself.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::guard::Access;
use crate::kit::Words;
use crate::script::Ending;
use crate::script::native::{Dynamic, Outcome};

/// Somebody in front of a terminal.
pub trait Person: Send + Sync {
    /// A line that somebody types; `None` when the input ends. A secret is not shown.
    fn ask(&self, question: &str, secret: bool) -> std::io::Result<Option<String>>;

    /// Draws progress on one line that the next call replaces; `None` takes it away.
    fn progress(&self, line: Option<&str>);

    /// How many columns there are.
    fn width(&self) -> usize;
}

/// Looks a name up.
pub type Variable = dyn Fn(&str) -> Option<String> + Send + Sync;

pub type Table = dyn Fn(&Dynamic, &[String]) -> Outcome<String> + Send + Sync;

pub struct Hands {
    pub words: Words,
    /// Which files, variables and PBXs the script may reach.
    pub access: Arc<Access>,
    /// Asked at every step: must the script end?
    pub stop: Arc<dyn Fn() -> Option<Ending> + Send + Sync>,
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// The time zone of this machine.
    pub zone: TimeZone,
    /// A variable of the environment.
    pub variable: Arc<Variable>,
    /// A line of output.
    pub print: Arc<dyn Fn(&str) + Send + Sync>,
    /// A line for the person, not for the pipe.
    pub tell: Arc<dyn Fn(&str) + Send + Sync>,
    /// Nobody, if input or messages are no terminal.
    pub person: Option<Arc<dyn Person>>,
    /// A value as a table of these columns, or of those that matter. Rows of a list may fail to come.
    pub table: Arc<Table>,
    /// Any value as JSON; objects of a PBX know their own.
    pub to_json: fn(&Dynamic) -> Value,
    pub from_json: fn(&Value) -> Dynamic,
}
