//! What can go wrong in the kit, as facts. The words are made elsewhere.

use crate::guard::Forbidden;
use crate::script::native::{Dynamic, INT};
use crate::script::{Fact, Wording};

#[derive(Debug)]
pub enum Fault {
    /// An argument that does not fit: `the path`, `a string`, `the whole number 5`.
    Argument {
        what: String,
        expected: String,
        given: String,
    },
    /// A name in a map of options that the function does not know.
    UnknownOption {
        function: String,
        name: String,
        nearest: Option<&'static str>,
        known: Vec<&'static str>,
    },
    /// The permissions of the run say no.
    Forbidden(Forbidden),
    File {
        path: String,
        reason: String,
    },
    /// A text that is not what its format says: JSON, CSV, a date.
    Format {
        format: &'static str,
        text: String,
        reason: String,
    },
    /// A file, or a text without a path, whose content is not what its format says.
    Content {
        format: &'static str,
        path: Option<String>,
        line: Option<u64>,
        reason: String,
    },
    /// A column that the rows do not have.
    UnknownColumn {
        name: String,
        nearest: Option<String>,
        known: Vec<String>,
    },
    /// There is nobody to ask.
    NoTerminal {
        function: &'static str,
    },
    /// A check of the script's own did not hold.
    Assertion {
        message: String,
        left: Option<Dynamic>,
        right: Option<Dynamic>,
    },
}

/// Words faults; handed in, because this folder makes no sentences.
pub type Words = fn(&Fault) -> Wording;

impl Fact for Fault {
    fn code(&self) -> String {
        match self {
            Fault::Argument { .. } => "wrong-type",
            Fault::UnknownOption { .. } => "unknown-option",
            Fault::Forbidden(_) => "forbidden",
            Fault::File { .. } => "file",
            Fault::Format { .. } | Fault::Content { .. } => "bad-format",
            Fault::UnknownColumn { .. } => "unknown-column",
            Fault::NoTerminal { .. } => "no-terminal",
            Fault::Assertion { .. } => "assertion",
        }
        .to_owned()
    }

    fn focus(&self) -> Option<String> {
        match self {
            Fault::UnknownOption { name, .. } | Fault::UnknownColumn { name, .. } => Some(name.clone()),
            Fault::Argument { what, .. } => Some(what.clone()),
            _ => None,
        }
    }

    fn property(&self, name: &str) -> Option<Dynamic> {
        match (self, name) {
            (Fault::Assertion { left, .. }, "left") => left.clone(),
            (Fault::Assertion { right, .. }, "right") => right.clone(),
            (Fault::File { path, .. } | Fault::Content { path: Some(path), .. }, "path") => Some(path.clone().into()),
            (Fault::Content { line: Some(line), .. }, "line") => Some(INT::try_from(*line).unwrap_or(INT::MAX).into()),
            _ => None,
        }
    }
}
