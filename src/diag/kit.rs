//! The sentences about the kit.

use crate::bindings::{Account, Deed};
use crate::client::secrets::{is_known, unsaid};
use crate::diag::words::{self, Hinted, did_you_mean, list, lower, say};
use crate::guard::{Forbidden, Reach, Why};
use crate::kit::{Claim, Difference, Fault, Read};
use crate::script::Wording;

/// The words for a fault of the kit.
#[must_use]
pub fn fault(fault: &Fault) -> Wording {
    words::hushed(of_kit(fault))
}

fn of_kit(fault: &Fault) -> Wording {
    match fault {
        Fault::Argument { what, expected, given } => {
            say(format!("`{what}` must be {expected}, not {}", unsaid(what, given)))
        }
        Fault::UnknownOption { function, name, nearest, known } => {
            let known = format!("`{function}` takes {}", list(known.iter().copied(), "and"));
            say(format!("`{function}` has no option `{name}`")).hint(did_you_mean(*nearest).unwrap_or(known))
        }
        Fault::UnknownProperty { ty, name, nearest, known } => {
            let all = format!("it has {}", list(known.iter().copied(), "and"));
            say(format!("a `{ty}` has no property `{name}`")).hint(did_you_mean(*nearest).unwrap_or(all))
        }
        Fault::NotCalled { ty, name } => {
            say(format!("`{name}` is a function of a `{ty}`")).hint(format!("call it: `{name}(…)`"))
        }
        Fault::Fixed { ty, name } => say(format!("`{name}` of a `{ty}` cannot be set"))
            .hint("a new one is made by reckoning: `day + days(1)`, `day.at(\"08:30\")`, `date(2026, 1, 31)`"),
        Fault::UnknownWord { what, given, nearest, known } => {
            let all = format!("it is one of {}", list(known.iter().copied(), "or"));
            say(format!("{given:?} is no {what}")).hint(did_you_mean(*nearest).unwrap_or(all))
        }
        Fault::Forbidden(forbidden) => self::forbidden(forbidden),
        Fault::UnknownZone { .. }
        | Fault::NoSuchDay { .. }
        | Fault::Unread { .. }
        | Fault::OffsetConflict { .. }
        | Fault::Form { .. }
        | Fault::Unlike { .. }
        | Fault::NoFixedLength { .. }
        | Fault::HoursOnADay { .. }
        | Fault::TwoDirections
        | Fault::Beyond
        | Fault::TooManySteps { .. } => calendar(fault),
        Fault::Pattern { pattern, place, reason } => {
            let place = place.map(|place| format!(" at character {place}")).unwrap_or_default();
            say(format!("`{pattern}` is no pattern{place}: {reason}"))
                .hint("characters like `(`, `[`, `.` and `+` stand for themselves behind a backslash")
        }
        Fault::NoRandom { reason } => say(format!("the operating system gives no random numbers: {reason}")),
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
                .hint("give the answer on the command line, where the script finds it in `args`")
        }
        Fault::EndOfInput { function } => say(format!("`{function}` got no answer: the input ended"))
            .hint("Ctrl-D ends it; Enter alone takes the default, if the question has one"),
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
            let (Wording { message, hint }, _) = words::kind(kind, None);
            say(format!("item [{index}], {shown}: {message}")).maybe(hint)
        }
        Fault::Threads { reason } => say(format!("`parallel` gets no further threads: {reason}"))
            .hint("with fewer workers it needs fewer: `parallel(items, 4, …)`"),
    }
}

/// The words for what is wrong with dates and times.
fn calendar(fault: &Fault) -> Wording {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    match fault {
        Fault::UnknownZone { name, nearest } => {
            say(format!("there is no time zone `{name}`")).hint(did_you_mean(nearest.as_deref()).unwrap_or_else(|| {
                "zones have names like `Europe/Berlin`, `America/New_York` and `UTC`, or are offsets like `+02:00`"
                    .to_owned()
            }))
        }
        Fault::NoSuchDay { year, month, day, last: Some(last) } => {
            let month = usize::try_from(month - 1).ok().and_then(|month| MONTHS.get(month)).unwrap_or(&"this month");
            say(format!("there is no day {day} in {month} {year}: it has {last} days"))
        }
        Fault::NoSuchDay { year, month, last: None, .. } => {
            let known = (1..=12).contains(month);
            let message = if known { format!("there is no year {year}") } else { format!("there is no month {month}") };
            say(message).hint(if known { "years go from -9999 to 9999" } else { "months go from 1 to 12" })
        }
        Fault::Unread { kind, text } => unread(*kind, text),
        Fault::OffsetConflict { text } => {
            say(format!("the offset and the zone of `{text}` do not fit together")).hint("leave one of them out")
        }
        Fault::Form { form, text, reason } => say(format!(
            "`{text}` and the format `{form}` do not go together: {reason}"
        ))
        .hint(
            "`%Y` `%m` `%d` `%H` `%M` `%S` are year to second, `%A` and `%B` names of day and month, `%z` the offset",
        ),
        Fault::Unlike { doing, left, right, kinds } => {
            say(format!("{left} and {right} cannot be {doing}")).maybe(unlike(doing, kinds))
        }
        Fault::NoFixedLength { given } => say(format!("`{given}` has no fixed length: months and years differ"))
            .hint("add it to a date, and take the difference of the two dates"),
        Fault::HoursOnADay { given } => say(format!("a day has no hours that `{given}` could change"))
            .hint("`.at(\"08:30\")` makes a moment of it; `.days` counts the days of a duration"),
        Fault::TwoDirections => say("one duration cannot go months forward and days back, or the other way round")
            .hint("add one after the other: `day + months(1) - days(1)`"),
        Fault::TooManySteps { most } => {
            say(format!("these are more than {most} steps")).hint("take a shorter period or a longer step")
        }
        _ => say("this is beyond the calendar").hint("it knows the years from -9999 to 9999"),
    }
}

fn unread(kind: Read, text: &str) -> Wording {
    let short: String = text.chars().take(60).collect();
    let (what, hint) = match kind {
        Read::DateTime if text.len() == 10 && !text.contains(':') => {
            ("date and time", "it has no time of day: `date(…)` reads a day, and `.at(\"08:30\")` gives it a time")
        }
        Read::DateTime => (
            "date and time",
            "it looks like `2026-01-31T08:00:00Z` or `2026-01-31 08:00`; with `\"%d.%m.%Y %H:%M\"` behind the text other forms are read",
        ),
        Read::Date if text.contains(':') => ("date", "`datetime(…)` reads a moment, and `.date` is its day"),
        Read::Date => ("date", "it looks like `2026-01-31`; with `\"%d.%m.%Y\"` behind the text other forms are read"),
        Read::Time => ("time of day", "it looks like `08:30` or `08:30:00`, from `00:00` to `23:59:59`"),
        Read::Duration => ("duration", "it looks like `1h 30m`, `PT1H30M` or `01:30:00`"),
    };
    say(format!("`{short}` is no {what}")).hint(hint)
}

fn unlike(doing: &str, kinds: &[String; 2]) -> Option<String> {
    let has = |name: &str| kinds.iter().any(|kind| kind == name);
    let other =
        if matches!(kinds[0].as_str(), "DateTime" | "Date" | "Time" | "Duration") { &kinds[1] } else { &kinds[0] };
    let hint = match other.as_str() {
        "string" => "`datetime(…)`, `date(…)`, `time(…)` and `duration(…)` read texts",
        "i64" | "f64" => "say what the number counts: `days(1)`, `minutes(30)`",
        "()" => "a property is () when it is not set, not selected, or not expanded",
        _ if has("DateTime") && has("Date") => "`.date` is the day of a moment, `.at(\"00:00\")` a moment of a day",
        _ if has("Date") && has("Time") && doing == "added" => "`day.at(time)` gives a day a time",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// What did not hold. Where the script has said that itself, only what it cannot know is added.
fn claim(claim: &Claim, said: bool) -> Wording {
    match claim {
        Claim::Holds if said => Wording::default(),
        Claim::Holds => say("the assertion does not hold"),
        // What is compared with a secret is meant to be the same one.
        Claim::Equal { left, right, .. } if [left, right].iter().any(|side| is_known(side.trim_matches('"'))) => {
            say("a secret is not what it should be").hint("neither side of it is shown")
        }
        Claim::Equal { left, right, difference } => {
            let place = |Difference { path, left, right }: &Difference| {
                let text = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
                format!("they differ first at `{path}`: {} and {}", text(left), text(right))
            };
            // JSON texts: those in quotes are texts of the script, too.
            let text = |side: &str| side.starts_with('"');
            let kinds = || (text(left) != text(right)).then(|| "a text is never equal to something else".to_owned());
            say(format!("{left} is not {right}")).maybe(difference.as_ref().map(place).or_else(kinds))
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
