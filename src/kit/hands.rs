//! What the kit is handed: it never prints, asks, or looks at clock and environment by itself.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::guard::Access;
use crate::kit::{Level, Sequence, Words};
use crate::script::Ending;
use crate::script::native::{Dynamic, Outcome};

/// Somebody in front of a terminal.
pub trait Person: Send + Sync {
    /// A line that somebody types; `None` when the input ends. A secret is not shown. Ctrl-C and the end of the run are the
    /// error `Interrupted`.
    fn ask(&self, question: &str, secret: bool) -> std::io::Result<Option<String>>;

    /// Draws progress on one line that the next call replaces; `None` takes it away.
    fn progress(&self, line: Option<&str>);

    /// How many columns there are.
    fn width(&self) -> usize;
}

/// Finds a text by its name.
pub type Variable = dyn Fn(&str) -> Option<String> + Send + Sync;
pub type Table = dyn Fn(&Dynamic, &[String]) -> Outcome<String> + Send + Sync;

/// The rows of a list, fetched as they are wanted.
pub struct Listed {
    pub columns: Vec<String>,
    pub rows: Box<dyn Iterator<Item = Outcome<Value>>>,
}

pub struct Hands {
    pub words: Words,
    /// Which files, variables and PBXs the script may reach.
    pub access: Arc<Access>,
    /// Asked at every step: must the script end?
    pub stop: Arc<dyn Fn() -> Option<Ending> + Send + Sync>,
    /// Ends the run with everything that is under way in it.
    pub end: Arc<dyn Fn(Ending) + Send + Sync>,
    /// Is there room for so many bytes more?
    pub room: Arc<dyn Fn(usize) -> bool + Send + Sync>,
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// The time zone of this machine. Asked when it is needed: finding it reads folders.
    pub zone: Arc<dyn Fn() -> TimeZone + Send + Sync>,
    /// A variable of the environment.
    pub variable: Arc<Variable>,
    /// A line of output.
    pub print: Arc<dyn Fn(&str) + Send + Sync>,
    /// A line for the person, not for the pipe.
    pub tell: Arc<dyn Fn(&str) + Send + Sync>,
    /// The lines of `log` below this one are left out.
    pub log: Level,
    /// Nobody, if input or messages are no terminal.
    pub person: Option<Arc<dyn Person>>,
    /// A value as a table of these columns, or of those that matter. Rows of a list may fail to come.
    pub table: Arc<Table>,
    /// The rows of a value as values, if it is a list of a PBX.
    pub list: fn(&Dynamic) -> Option<Sequence>,
    /// Any value as JSON; objects of a PBX know their own.
    pub to_json: fn(&Dynamic) -> Value,
    /// JSON as people may see it: without secrets.
    pub hidden: fn(&Value) -> Value,
    pub from_json: fn(&Value) -> Dynamic,
    /// The same as JSON, with the columns of a file.
    pub listed: fn(&Dynamic) -> Option<Listed>,
}
