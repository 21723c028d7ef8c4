//! What can be found, as facts.

use crate::bindings::Fault;
use crate::code::Code;
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
pub const CODES: [(Code, Severity); 29] = [
    (Code::Syntax, Severity::Error),
    (Code::UndefinedVariable, Severity::Error),
    (Code::UndefinedModule, Severity::Error),
    (Code::BadImport, Severity::Error),
    (Code::UnknownFunction, Severity::Error),
    (Code::UnknownResource, Severity::Error),
    (Code::UnknownOperation, Severity::Error),
    (Code::NotCalled, Severity::Error),
    (Code::WrongArguments, Severity::Error),
    (Code::MissingArgument, Severity::Error),
    (Code::UnknownOption, Severity::Error),
    (Code::UnknownProperty, Severity::Error),
    (Code::UnknownValue, Severity::Error),
    (Code::WrongType, Severity::Error),
    (Code::OutOfRange, Severity::Error),
    (Code::TooLong, Severity::Error),
    (Code::BadFilter, Severity::Error),
    (Code::NoKey, Severity::Error),
    (Code::NotOnRelease, Severity::Error),
    (Code::Shadowed, Severity::Warning),
    (Code::UnusedImport, Severity::Warning),
    (Code::UnusedVariable, Severity::Warning),
    (Code::EmptyLoop, Severity::Warning),
    (Code::DeadCode, Severity::Warning),
    (Code::NoValue, Severity::Warning),
    (Code::LostChange, Severity::Warning),
    (Code::Placeholder, Severity::Warning),
    (Code::ListChanged, Severity::Warning),
    (Code::UnknownCode, Severity::Warning),
];

impl Finding {
    /// The kind of finding.
    #[must_use]
    pub fn code(&self) -> Code {
        match &self.fact {
            Fact::Failure(_) => Code::Syntax,
            Fact::Fault(fault) => fault.kind(),
            Fact::UndefinedVariable { .. } => Code::UndefinedVariable,
            Fact::UndefinedModule { .. } => Code::UndefinedModule,
            Fact::BadImport { .. } => Code::BadImport,
            Fact::UnknownFunction { .. } => Code::UnknownFunction,
            Fact::WrongCount { .. } => Code::WrongArguments,
            Fact::WrongTypes { .. } => Code::WrongType,
            Fact::Shadowed { .. } => Code::Shadowed,
            Fact::UnusedImport { .. } => Code::UnusedImport,
            Fact::UnusedVariable { .. } => Code::UnusedVariable,
            Fact::EmptyLoop => Code::EmptyLoop,
            Fact::Unreachable => Code::DeadCode,
            Fact::NoValue { .. } => Code::NoValue,
            Fact::Lost { .. } => Code::LostChange,
            Fact::Placeholder { .. } => Code::Placeholder,
            Fact::Shifted { .. } => Code::ListChanged,
            Fact::UnknownCode { .. } => Code::UnknownCode,
        }
    }

    #[must_use]
    pub fn severity(&self) -> Severity {
        let code = self.code();
        CODES.iter().find(|(known, _)| *known == code).map_or(Severity::Error, |(_, severity)| *severity)
    }
}
