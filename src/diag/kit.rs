//! The sentences about the kit.

use crate::diag::Exit;
use crate::diag::words::{Hinted, did_you_mean, list, lower, say};
use crate::guard::{Forbidden, Reach, Why};
use crate::kit::Fault;
use crate::script::Wording;

/// The words for a fault of the kit.
#[must_use]
pub fn fault(fault: &Fault) -> Wording {
    match fault {
        Fault::Argument { what, expected, given } => say(format!("`{what}` must be {expected}, not {given}")),
        Fault::UnknownOption { function, name, nearest, known } => {
            let known = format!("`{function}` takes {}", list(known.iter().copied(), "and"));
            say(format!("`{function}` has no option `{name}`")).hint(did_you_mean(*nearest).unwrap_or(known))
        }
        Fault::Forbidden(forbidden) => self::forbidden(forbidden),
        Fault::File { path, reason } => say(format!("`{path}`: {}", plain(reason))),
        Fault::Format { format, text, reason } => say(format!("this is no {format}: {reason}")).maybe(excerpt(text)),
        Fault::Content { path, line, reason, .. } => {
            let line = line.map(|line| format!("line {line}"));
            let place: Vec<String> = path.iter().map(|path| format!("`{path}`")).chain(line).collect();
            say(format!("{}: {reason}", place.join(", ")))
        }
        Fault::UnknownColumn { name, nearest, known } => {
            let some = known.iter().map(String::as_str).take(12);
            let known = match known.len() {
                0 => "there are no columns".to_owned(),
                1..=12 => format!("there is {}", list(some, "and")),
                more => format!("there are {more}, among them {}", list(some, "and")),
            };
            say(format!("there is no column `{name}`")).hint(did_you_mean(nearest.as_deref()).unwrap_or(known))
        }
        Fault::NoTerminal { function } => {
            say(format!("`{function}` asks a person, and there is none: the input is no terminal"))
        }
        Fault::Assertion { message, .. } => say(message.clone()),
    }
}

/// The words for something that a script may not reach.
pub(super) fn forbidden(forbidden: &Forbidden) -> Wording {
    let Forbidden { reach, what, why } = forbidden;
    let doing = match reach {
        Reach::Read => "read",
        Reach::Write => "write",
        Reach::Env => "see the variable",
        Reach::Connect => "connect to",
    };
    let message = say(format!("this script may not {doing} `{what}`"));
    match why {
        Why::NotAllowed(flag) => message.hint(format!("`{flag}` would allow it")),
        Why::Denied(flag) => message.hint(format!("`{flag}` forbids it")),
        Why::NotDeclared => message.hint(format!(
            "it came with pbxsh and does not state `//! needs: {}`; a copy in a file of your own takes flags",
            reach.name()
        )),
    }
}

/// The reason of an operating system as part of a sentence.
fn plain(reason: &str) -> String {
    lower(reason.split(" (os error ").next().unwrap_or(reason))
}

fn excerpt(text: &str) -> Option<String> {
    const MOST: usize = 60;
    let line = text.lines().next()?.trim();
    let short: String = line.chars().take(MOST).collect();
    let more = if short.len() < line.len() { "…" } else { "" };
    (!short.is_empty()).then(|| format!("it begins `{short}{more}`"))
}

/// The exit code for a fault of the kit.
pub(super) fn exit(fault: &Fault) -> Exit {
    match fault {
        Fault::Argument { .. } | Fault::UnknownOption { .. } => Exit::Script,
        Fault::Forbidden(_) => Exit::Denied,
        Fault::File { .. } => Exit::File,
        Fault::UnknownColumn { .. } => Exit::Script,
        Fault::Format { .. } | Fault::Content { .. } | Fault::NoTerminal { .. } | Fault::Assertion { .. } => {
            Exit::Failed
        }
    }
}
