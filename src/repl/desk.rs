//! What a prompt asks of the world behind its terminal: other PBXs, files, the person's editor, time.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::bindings::{Connection, Fault};
use crate::config::Profile;
use crate::repl::Place;
use crate::script::{Ending, Source};

/// How much of the requests is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    Off,
    Lines,
    Full,
}

/// The PBX that a prompt has turned to.
#[derive(Clone)]
pub struct Turned {
    pub pbx: Connection,
    pub place: Place,
    /// Where the entries of this PBX are kept.
    pub history: Option<PathBuf>,
}

/// What went over the wire so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    pub requests: u64,
    pub sent: u64,
    pub received: u64,
}

/// Scripts and examples, by name and title.
pub type Listing = Vec<(String, &'static str)>;

/// Something that a script must not do, by its line.
pub struct Wrong {
    pub line: usize,
    pub message: String,
}

pub trait Desk {
    /// Scripts see this PBX as `pbx` from now on.
    fn turn_to(&self, name: &str) -> Result<Turned, Fault>;
    /// The same for an address; nothing, if nobody says who asks there.
    fn connect(&self, url: &str) -> Result<Option<Turned>, Fault>;
    fn profiles(&self) -> Result<Vec<Profile>, Fault>;
    fn set_trace(&self, trace: Trace);
    fn traffic(&self) -> Traffic;
    /// A line that somebody types; nothing after Ctrl-C and Ctrl-D.
    fn ask(&self, question: &str) -> Option<String>;
    /// The text as it comes back from the person's editor.
    fn edit(&self, text: &str) -> Result<String, String>;
    fn read(&self, path: &str) -> Result<Source, String>;
    fn exists(&self, path: &Path) -> bool;
    fn write(&self, path: &Path, text: &str) -> Result<(), String>;
    /// What `pbxsh check` calls an error in a script.
    fn check(&self, source: &Source) -> Vec<Wrong>;
    fn scripts(&self) -> Listing;
    fn examples(&self) -> Listing;
    fn script(&self, name: &str) -> Option<Source>;
    /// Forgets an interrupt that was meant for an earlier entry.
    fn forget(&self);
    /// What ended the entry that runs.
    fn ending(&self) -> Option<Ending>;
    /// Waits; false if it is to end before.
    fn wait(&self, time: Duration) -> bool;
}
