//! What can be found, as facts.

use crate::bindings::Fault;
use crate::script::{Fact as _, Failure, Place};

/// Something that is wrong, or looks wrong, and where.
#[derive(Debug)]
pub struct Finding {
    pub fact: Fact,
    pub place: Option<Place>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Warning,
    Error,
}

#[derive(Debug)]
pub enum Fact {
    /// The text is no script.
    Failure(Failure),
    /// The call would fail with this when it runs.
    Fault(Fault),
    UndefinedVariable {
        name: String,
        nearest: Option<String>,
    },
    UndefinedModule {
        name: String,
        nearest: Option<String>,
    },
    BadImport {
        path: String,
        problem: String,
    },
    UnknownFunction {
        name: String,
        nearest: Option<String>,
        /// There is a variable of this name.
        variable: bool,
    },
    WrongCount {
        name: String,
        given: usize,
        takes: Vec<usize>,
    },
    /// No function of this name takes values of these types, as far as they are known.
    WrongTypes {
        name: String,
        types: String,
    },
    /// A function that goes before another one.
    Shadowed {
        name: String,
        /// An operation, if it is one: `users.list`.
        operation: Option<String>,
    },
    UnusedImport {
        alias: String,
    },
    UnusedVariable {
        name: String,
    },
    EmptyLoop,
    Unreachable,
    /// The value of a function that changes its own and gives back nothing: `let b = a.sort();`.
    NoValue {
        name: String,
    },
    /// The variable of a loop is changed, and nothing is done with it afterwards.
    Lost {
        name: String,
    },
    /// `"${name}"`: only back-ticks put values in.
    Placeholder {
        name: String,
    },
    /// A loop that changes what it lists.
    Shifted {
        operation: String,
        list: String,
    },
    /// A remark allows something that is no code.
    UnknownCode {
        code: String,
        nearest: Option<&'static str>,
    },
}

/// Every code that a finding can have, and how grave it is.
pub const CODES: [(&str, Severity); 29] = [
    ("syntax", Severity::Error),
    ("undefined-variable", Severity::Error),
    ("undefined-module", Severity::Error),
    ("bad-import", Severity::Error),
    ("unknown-function", Severity::Error),
    ("unknown-resource", Severity::Error),
    ("unknown-operation", Severity::Error),
    ("not-called", Severity::Error),
    ("wrong-arguments", Severity::Error),
    ("missing-argument", Severity::Error),
    ("unknown-option", Severity::Error),
    ("unknown-property", Severity::Error),
    ("unknown-value", Severity::Error),
    ("wrong-type", Severity::Error),
    ("out-of-range", Severity::Error),
    ("too-long", Severity::Error),
    ("bad-filter", Severity::Error),
    ("no-key", Severity::Error),
    ("not-on-release", Severity::Error),
    ("shadowed", Severity::Warning),
    ("unused-import", Severity::Warning),
    ("unused-variable", Severity::Warning),
    ("empty-loop", Severity::Warning),
    ("unreachable", Severity::Warning),
    ("no-value", Severity::Warning),
    ("lost-change", Severity::Warning),
    ("placeholder", Severity::Warning),
    ("list-changed", Severity::Warning),
    ("unknown-code", Severity::Warning),
];

impl Finding {
    /// A stable name for the kind of finding.
    #[must_use]
    pub fn code(&self) -> String {
        match &self.fact {
            Fact::Failure(_) => "syntax",
            Fact::Fault(fault) => return fault.code(),
            Fact::UndefinedVariable { .. } => "undefined-variable",
            Fact::UndefinedModule { .. } => "undefined-module",
            Fact::BadImport { .. } => "bad-import",
            Fact::UnknownFunction { .. } => "unknown-function",
            Fact::WrongCount { .. } => "wrong-arguments",
            Fact::WrongTypes { .. } => "wrong-type",
            Fact::Shadowed { .. } => "shadowed",
            Fact::UnusedImport { .. } => "unused-import",
            Fact::UnusedVariable { .. } => "unused-variable",
            Fact::EmptyLoop => "empty-loop",
            Fact::Unreachable => "unreachable",
            Fact::NoValue { .. } => "no-value",
            Fact::Lost { .. } => "lost-change",
            Fact::Placeholder { .. } => "placeholder",
            Fact::Shifted { .. } => "list-changed",
            Fact::UnknownCode { .. } => "unknown-code",
        }
        .to_owned()
    }

    #[must_use]
    pub fn severity(&self) -> Severity {
        let code = self.code();
        CODES.iter().find(|(known, _)| *known == code).map_or(Severity::Error, |(_, severity)| *severity)
    }
}
