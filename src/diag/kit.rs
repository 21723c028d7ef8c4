//! The sentences about the kit.

use crate::bindings::{Account, Deed};
use crate::diag::Exit;
use crate::diag::words::{self, Hinted, did_you_mean, list, say};
use crate::guard::{Forbidden, Reach};
use crate::kit::{Claim, Difference, Fault};
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
        Fault::File { path, reason } => say(format!("`{path}`: {reason}")),
        Fault::Format { format, text, reason } => say(format!("this is no {format}: {reason}")).maybe(excerpt(text)),
        Fault::NoTerminal { function } => {
            say(format!("`{function}` asks a person, and there is none: the input is no terminal"))
        }
        Fault::EndOfInput { function } => say(format!("`{function}` got no answer: the input ended")),
        Fault::Assertion { claim, said, .. } => {
            let claim = self::claim(claim, said.is_some());
            let message = match said {
                Some(said) if claim.message.is_empty() => said.clone(),
                Some(said) => format!("{said}: {}", claim.message),
                None => claim.message,
            };
            say(message).maybe(claim.hint)
        }
        Fault::Item { shown, index, kind, .. } => {
            let (Wording { message, hint }, _) = words::kind(kind);
            say(format!("item [{index}], {shown}: {message}")).maybe(hint)
        }
        Fault::Threads { reason } => {
            say(format!("`parallel` gets no further threads: {reason}")).hint("fewer `workers` need fewer")
        }
    }
}

/// What did not hold. Where the script has said that itself, only what it cannot know is added.
fn claim(claim: &Claim, said: bool) -> Wording {
    match claim {
        Claim::Holds if said => Wording::default(),
        Claim::Holds => say("the assertion does not hold"),
        Claim::Equal { left, right, difference } => {
            let place = |Difference { path, left, right }: &Difference| {
                let text = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
                format!("they differ first at `{path}`: {} and {}", text(left), text(right))
            };
            say(format!("{left} is not {right}")).maybe(difference.as_ref().map(place))
        }
        Claim::Different { both } => say(format!("both are {both}")),
        Claim::Near { left, right, within } => say(format!("{left} and {right} are further apart than {within}")),
        Claim::Throws { wanted: None, .. } => say("nothing was thrown"),
        Claim::Throws { wanted: Some(wanted), thrown: None } => {
            say(format!("nothing was thrown, and `{wanted}` was expected"))
        }
        Claim::Throws { wanted: Some(wanted), thrown: Some((code, message)) } => {
            let code = if code.is_empty() { String::new() } else { format!("`{code}`: ") };
            say(format!("`{wanted}` was expected, and thrown was {code}{message}"))
        }
    }
}

/// What had happened before a run ended too early; nothing if nothing had.
#[must_use]
pub fn account(account: &Account) -> Vec<String> {
    let mut lines = Vec::new();
    let all = || account.done.iter().chain(&account.unsure);
    let several = all().any(|deed| Some(&deed.pbx) != all().next().map(|first| &first.pbx));
    let name = |deed: &Deed| {
        let place = if several { format!(" on {}", deed.pbx) } else { String::new() };
        format!("{}{place}", deed.operation)
    };
    if !account.done.is_empty() {
        let done: Vec<String> = account.done.iter().map(|deed| format!("{} × {}", deed.times, name(deed))).collect();
        lines.push(format!("already done: {}", done.join(", ")));
    }
    for deed in &account.unsure {
        lines.push(match deed.times {
            1 => format!("{} was under way: it may have happened", name(deed)),
            times => format!("{times} × {} were under way: they may have happened", name(deed)),
        });
    }
    lines
}

/// The words for something that a script may not reach.
pub(super) fn forbidden(forbidden: &Forbidden) -> Wording {
    let Forbidden { reach, what, flag, denied } = forbidden;
    let doing = match reach {
        Reach::Read => "read",
        Reach::Write => "write",
        Reach::Env => "see the variable",
        Reach::Connect => "connect to",
    };
    let message = say(format!("this script may not {doing} `{what}`"));
    if *denied {
        message.hint(format!("`{flag}` forbids it"))
    } else {
        message.hint(format!("`{flag}` would allow it"))
    }
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
        Fault::Item { kind, .. } => words::kind(kind).1,
        Fault::Format { .. }
        | Fault::NoTerminal { .. }
        | Fault::EndOfInput { .. }
        | Fault::Assertion { .. }
        | Fault::Threads { .. } => Exit::Failed,
    }
}
