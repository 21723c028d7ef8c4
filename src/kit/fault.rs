//! What can go wrong in the kit, as facts. The words are made elsewhere.

use crate::code::Code;
use crate::guard::Forbidden;
use crate::script::native::{Dynamic, INT, Map};
use crate::script::{Fact, Kind, Raised, Wording};

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
    UnknownProperty {
        ty: &'static str,
        name: String,
        nearest: Option<&'static str>,
        known: &'static [&'static str],
    },
    /// A method was named, not called.
    NotCalled {
        ty: &'static str,
        name: String,
    },
    /// A property of a value that is made anew, not changed.
    Fixed {
        ty: &'static str,
        name: String,
    },
    /// A word where only a few are possible: a unit, a day of the week.
    UnknownWord {
        what: &'static str,
        given: String,
        nearest: Option<&'static str>,
        known: &'static [&'static str],
    },
    UnknownZone {
        name: String,
        nearest: Option<String>,
    },
    /// `last` is the last day of that month, if there is such a month.
    NoSuchDay {
        year: i64,
        month: i64,
        day: i64,
        last: Option<i8>,
    },
    /// A text that is no date, no time, no duration, or none of the form that is known.
    Unread {
        kind: Read,
        text: String,
    },
    /// An offset that the named zone does not have then.
    OffsetConflict {
        text: String,
    },
    /// A text that does not fit the format that the script gave for it, or a format that is wrong itself.
    Form {
        form: String,
        text: String,
        reason: String,
    },
    /// Two values that cannot be compared, added or subtracted, and what kinds they are.
    Unlike {
        doing: &'static str,
        left: String,
        right: String,
        kinds: [String; 2],
    },
    /// A duration with months in it, where hours are asked for.
    NoFixedLength {
        given: String,
    },
    /// A duration with hours in it, for a day.
    HoursOnADay {
        given: String,
    },
    /// Months forward and days back in one duration.
    TwoDirections,
    /// Beyond the years that the calendar has.
    Beyond,
    TooManySteps {
        most: usize,
    },
    /// A regular expression that is none; the place counts characters from 1.
    Pattern {
        pattern: String,
        place: Option<usize>,
        reason: String,
    },
    /// The operating system has no random numbers to give.
    NoRandom {
        reason: String,
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
    /// There was somebody to ask, who left.
    EndOfInput {
        function: &'static str,
    },
    /// A check of the script's own did not hold.
    Assertion {
        claim: Claim,
        /// What the script says about it.
        said: Option<String>,
        left: Option<Dynamic>,
        right: Option<Dynamic>,
    },
    /// What one item of `parallel` came to.
    Item {
        item: Dynamic,
        /// The item as text, cut where it is long.
        shown: String,
        index: usize,
        thrown: Dynamic,
        /// What went wrong, for the words about it.
        kind: Kind,
    },
    /// The machine gives no more threads.
    Threads {
        reason: String,
    },
}

/// What an assertion says.
#[derive(Debug)]
pub enum Claim {
    Holds,
    Equal {
        left: String,
        right: String,
        /// Where nested values differ first.
        difference: Option<Difference>,
    },
    Different {
        both: String,
    },
    Near {
        left: String,
        right: String,
        within: String,
    },
    Throws {
        wanted: Option<String>,
        /// The code and the message of what was thrown.
        thrown: Option<(String, String)>,
    },
}

/// A place in two values, with what stands there as JSON; nothing where it is missing.
#[derive(Debug)]
pub struct Difference {
    pub path: String,
    pub left: Option<String>,
    pub right: Option<String>,
}

impl Fault {
    /// The error that this one wraps, if it is one of a host function.
    #[must_use]
    pub fn inner(&self) -> Option<Raised> {
        match self {
            Fault::Item { thrown, .. } => thrown.read_lock::<Raised>().map(|raised| raised.clone()),
            _ => None,
        }
    }
}

/// What a text was read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    DateTime,
    Date,
    Time,
    Duration,
}

/// Words faults; handed in, because this folder makes no sentences.
pub type Words = fn(&Fault) -> Wording;

impl Fact for Fault {
    fn kind(&self) -> Code {
        if let Some(inner) = self.inner() {
            return inner.fact.kind();
        }
        match self {
            Fault::Argument { .. } => Code::WrongType,
            Fault::UnknownOption { .. } => Code::UnknownOption,
            Fault::UnknownProperty { .. } => Code::UnknownProperty,
            Fault::NotCalled { .. } => Code::NotCalled,
            Fault::Fixed { .. } => Code::Constant,
            Fault::UnknownWord { .. } => Code::UnknownValue,
            Fault::UnknownZone { .. } => Code::UnknownZone,
            Fault::NoSuchDay { .. } | Fault::Unread { .. } | Fault::OffsetConflict { .. } | Fault::Form { .. } => {
                Code::BadFormat
            }
            Fault::Unlike { .. } | Fault::NoFixedLength { .. } | Fault::HoursOnADay { .. } | Fault::TwoDirections => {
                Code::WrongType
            }
            Fault::Beyond | Fault::TooManySteps { .. } => Code::OutOfRange,
            Fault::Pattern { .. } => Code::BadPattern,
            Fault::NoRandom { .. } => Code::NoRandom,
            Fault::Forbidden(_) => Code::Forbidden,
            Fault::File { .. } => Code::File,
            Fault::Format { .. } | Fault::Content { .. } => Code::BadFormat,
            Fault::UnknownColumn { .. } => Code::UnknownColumn,
            Fault::NoTerminal { .. } => Code::NoTerminal,
            Fault::EndOfInput { .. } => Code::EndOfInput,
            Fault::Assertion { .. } => Code::Assertion,
            Fault::Item { .. } => Code::Thrown,
            Fault::Threads { .. } => Code::Threads,
        }
    }

    fn code(&self) -> String {
        self.inner().map_or_else(|| self.kind().name().to_owned(), |inner| inner.fact.code())
    }

    fn focus(&self) -> Option<String> {
        match self {
            Fault::UnknownOption { name, .. } | Fault::UnknownColumn { name, .. } => Some(name.clone()),
            Fault::Argument { what, .. } => Some(what.clone()),
            Fault::Item { .. } => self.inner()?.fact.focus(),
            _ => None,
        }
    }

    fn property(&self, name: &str) -> Option<Dynamic> {
        match (self, name) {
            (Fault::Assertion { left, .. }, "left") => left.clone(),
            (Fault::Assertion { right, .. }, "right") => right.clone(),
            (Fault::File { path, .. } | Fault::Content { path: Some(path), .. }, "path") => Some(path.clone().into()),
            (Fault::Content { line: Some(line), .. }, "line") => Some(INT::try_from(*line).unwrap_or(INT::MAX).into()),
            (Fault::Item { item, .. }, "item") => Some(item.clone()),
            (Fault::Item { index, .. }, "index") => INT::try_from(*index).ok().map(Dynamic::from),
            (Fault::Item { thrown, .. }, "error") => Some(thrown.clone()),
            (Fault::Item { thrown, .. }, name) => match thrown.read_lock::<Map>() {
                Some(map) => map.get(name).cloned(),
                None => Some(self.inner()?.property(name)),
            },
            _ => None,
        }
    }

    fn may_pass(&self) -> bool {
        match self {
            Fault::Assertion { .. } => true,
            Fault::Item { .. } => self.inner().is_none_or(|inner| inner.fact.may_pass()),
            _ => false,
        }
    }
}
