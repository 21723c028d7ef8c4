//! The sentences about files of tests.

use crate::diag::words::{Hinted, count, list, say};
use crate::script::Wording;
use crate::suite::Fault;

/// The words for a fault of a file of tests.
#[must_use]
pub fn fault(fault: &Fault) -> Wording {
    match fault {
        Fault::UnknownSetting { name, nearest } => {
            say(format!("there is no setting `{name}`")).hint(format!("did you mean `{nearest}`?"))
        }
        Fault::Twice { name } => say(format!("`{name}` is set twice"))
            .maybe((*name == "release").then(|| "`//! releases: 20.0.5, 20.0.10` runs each test on each".to_owned())),
        Fault::UnknownRelease { name, known } => say(format!("there is no release `{name}`"))
            .hint(format!("there is {}", list(known.iter().copied(), "and"))),
        Fault::State { path, reason } => say(format!("the state `{path}` cannot be used: {reason}")),
        Fault::Parameters { function, count: given } => {
            say(format!("`{function}` takes {}, and would be called with none", count(*given, "argument")))
                .hint("a function with another name can take what it needs")
        }
        Fault::Returned => say("the test was not called: a `return` at the top of the file ends it before")
            .hint("take the `return` out; `skip(\"why\")` in a test leaves that one out"),
        Fault::Unreadable { path, reason } => say(format!("cannot read `{path}`: {reason}")),
    }
}
