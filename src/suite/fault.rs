//! What can be wrong with a file of tests, as facts. The words are made elsewhere.

use std::sync::Arc;

use crate::code::Code;
use crate::script::native::{Dynamic, Position};
use crate::script::{Fact, Failure, Kind, Origin, Place, Raised, Wording};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A setting at the top that is nearly one that exists.
    UnknownSetting {
        name: String,
        nearest: &'static str,
    },
    /// A setting that stands there twice, or twice under two names.
    Twice {
        name: &'static str,
    },
    UnknownRelease {
        name: String,
        known: Vec<&'static str>,
    },
    /// A state file that cannot be used.
    State {
        path: String,
        reason: String,
    },
    /// Tests, `before` and `after` are called with nothing.
    Parameters {
        function: String,
        count: usize,
    },
    /// What stands at the top of the file returns before its functions are called.
    Returned,
    Unreadable {
        path: String,
        reason: String,
    },
}

/// Words faults; handed in, because this folder makes no sentences about errors.
pub type Words = fn(&Fault) -> Wording;

impl Fact for Fault {
    fn kind(&self) -> Code {
        match self {
            Fault::UnknownSetting { .. } => Code::UnknownSetting,
            Fault::Twice { .. } => Code::SettingTwice,
            Fault::UnknownRelease { .. } => Code::UnknownRelease,
            Fault::State { .. } => Code::BadState,
            Fault::Parameters { .. } => Code::TestWithParameters,
            Fault::Returned => Code::ReturnedEarly,
            Fault::Unreadable { .. } => Code::File,
        }
    }
}

/// The fault as the end of a run that never began.
#[must_use]
pub fn failure(fault: Fault, words: Words, place: Option<Place>) -> Failure {
    let origin = Origin { source: None, position: Position::NONE };
    let raised = Raised { wording: words(&fault), fact: Arc::new(fault), origin };
    Failure { kind: Kind::Thrown(Dynamic::from(raised)), place, frames: Vec::new() }
}
