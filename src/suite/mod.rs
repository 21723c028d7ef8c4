//! Tests that scripts are: what a file of them asks for, running many at a time, and what came of them as lines and as
//! JUnit XML. Starts no PBX and opens no file: what runs a test is handed in.

mod fault;
mod header;
mod junit;
mod pool;
mod report;

use std::time::Duration;

pub use fault::{Fault, Words, failure};
pub use header::{Header, header};
pub use junit::xml;
pub use pool::{Event, Pool};
pub use report::{Report, line, summary};

/// One test, or what stands for a file that has none because something is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// As it was given on the command line or found below that.
    pub file: String,
    pub name: Option<String>,
    /// Where several were asked for.
    pub release: Option<String>,
    /// Where its function stands.
    pub line: Option<usize>,
    /// The first line of its doc comment.
    pub about: String,
}

impl Case {
    /// `lib/members_test.rhai::test_adds on 20.0.8`
    #[must_use]
    pub fn title(&self) -> String {
        let name = self.name.as_ref().map(|name| format!("::{name}")).unwrap_or_default();
        let release = self.release.as_ref().map(|release| format!(" on {release}")).unwrap_or_default();
        format!("{}{name}{release}", self.file)
    }
}

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub outcome: Outcome,
    /// Not measured in a world whose clock is held.
    pub time: Option<Duration>,
    /// What it printed, if that was caught.
    pub output: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    Skipped {
        why: String,
    },
    Failed {
        /// In one sentence.
        message: String,
        /// With its place, as for a terminal and as for a file.
        report: String,
        plain: String,
    },
}
