//! The sentences: what happened and what to do about it. Lower case, names in back-ticks, no full stop.

use crate::bindings::{Fault, Half, Note, OnPlan, docs, nearest};
use crate::catalog::Catalog;
use crate::catalog::overlay::warning;
use crate::client::secrets::{hidden, hush, is_secret, unsaid};
use crate::code::Code;
use crate::diag::{Exit, calls, client, engine, files, habits};
use crate::guard::{By, Denied, Mode};
use crate::kit;
use crate::script::native::Dynamic;
use crate::script::{Ending, Fact, Failure, Kind, Place, Raised, Wording, with_article};

pub(super) fn say(message: impl Into<String>) -> Wording {
    Wording { message: unnumbered(&message.into()), hint: None }
}

/// What the operating system counts its errors by tells nobody anything, and the names of the library for temporary files
/// neither.
#[must_use]
pub fn unnumbered(message: &str) -> String {
    let Some((before, rest)) = message.split_once(" (os error ") else { return message.to_owned() };
    let after = rest.split_once(')').map_or("", |(_, after)| after);
    let after = match after.strip_prefix(" at path \"").and_then(|path| path.split_once('"')) {
        Some((_, after)) => after,
        None => after,
    };
    format!("{before}{}", unnumbered(after))
}

pub(super) trait Hinted {
    fn hint(self, hint: impl Into<String>) -> Self;
    fn maybe(self, hint: Option<String>) -> Self;
}

impl Hinted for Wording {
    fn hint(mut self, hint: impl Into<String>) -> Wording {
        self.hint = Some(hint.into());
        self
    }

    fn maybe(mut self, hint: Option<String>) -> Wording {
        self.hint = hint;
        self
    }
}

pub(super) fn did_you_mean(nearest: Option<&str>) -> Option<String> {
    nearest.map(|nearest| format!("did you mean `{nearest}`?"))
}

/// `a`, `b` and `c`.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>, last: &str) -> String {
    let mut names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match (names.pop(), names.is_empty()) {
        (None, _) => "none".to_owned(),
        (Some(only), true) => only,
        (Some(end), false) => format!("{} {last} {end}", names.join(", ")),
    }
}

pub(super) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("{number} {one}") } else { format!("{number} {one}s") }
}

fn lasted(since: &str, until: Option<&str>) -> String {
    match until {
        Some(until) if until == since => format!("only {since} has it"),
        Some(until) => format!("{since} to {until} have it"),
        None => format!("it came with {since}"),
    }
}

/// Words that show no secret, whoever repeated it: the PBX, a proxy, a file.
pub(super) fn hushed(Wording { message, hint }: Wording) -> Wording {
    Wording { message: hush(&message).into_owned(), hint: hint.map(|hint| hush(&hint).into_owned()) }
}

/// The words for a fault of a call.
#[must_use]
pub fn fault(fault: &Fault) -> Wording {
    hushed(of_call(fault))
}

fn of_call(fault: &Fault) -> Wording {
    match fault {
        Fault::UnknownResource { name, nearest } => {
            say(format!("`pbx` has no resource `{name}`")).maybe(did_you_mean(*nearest))
        }
        Fault::UnknownOperation { resource, name, nearest } => {
            let of_lists = || docs().any(|doc| doc.name.strip_prefix("List.") == Some(name));
            let list = || of_lists().then(|| format!("lists have it: `{resource}.list().{name}(…)`"));
            say(format!("`{resource}` has no operation `{name}`")).maybe(did_you_mean(*nearest).or_else(list))
        }
        Fault::NotCalled { operation } => {
            say(format!("`{operation}` is an operation")).hint(format!("call it: `{operation}(…)`"))
        }
        Fault::Arity { signature, given } => {
            let name = signature.split('(').next().unwrap_or_default();
            say(format!("{} are too many for `{name}`", count(*given, "argument"))).hint(format!("call `{signature}`"))
        }
        Fault::Missing { name, signature } => say(format!("`{name}` is missing")).hint(format!("call `{signature}`")),
        Fault::UnknownOption { operation, name, nearest, known } => {
            let known_ones = format!("`{operation}` takes {}", list(known.iter().copied(), "and"));
            let nearest = habits::option(name, known).or(*nearest);
            let hint = did_you_mean(nearest).unwrap_or(known_ones);
            say(format!("`{operation}` has no option `{name}`")).hint(hint)
        }
        Fault::UnknownProperty { ty, name, nearest, known } => {
            // Values other than objects are described, not named.
            let owner = if ty.contains(' ') { ty.clone() } else { format!("`{ty}`") };
            let all = match known.len() {
                0 if ty.starts_with("nothing") => Some(NOT_THERE.to_owned()),
                0 if habits::word(name).is_some() => habits::word(name).map(str::to_owned),
                0 if ty.starts_with("the string") && ["code", "hint", "message", "status"].contains(&name.as_str()) => {
                    Some("a text that was thrown is caught as it is; `throw #{ code: …, message: … }` has properties".into())
                }
                0 if ty == "a List" => Some("its rows have: take one with `first()`, `[0]` or a loop".to_owned()),
                0 => None,
                1..=12 => Some(format!("it has {}", list(known.iter().copied(), "and"))),
                _ => Some(format!("`:help {ty}` at the prompt lists the {} that it has", known.len())),
            };
            say(format!("{owner} has no property `{name}`")).maybe(did_you_mean(*nearest).or(all))
        }
        Fault::UnknownValue { what, ty, given, nearest, known } => {
            let some = known.iter().copied().take(12);
            let hint = did_you_mean(*nearest).unwrap_or_else(|| format!("`{ty}` is one of {}", list(some, "or")));
            say(format!("`{what}` cannot be {given:?}")).hint(hint)
        }
        Fault::WrongType { what, expected, given } => wrong_type(what, expected, given),
        Fault::OutOfRange { what, least, most, given } => {
            let range = if *most == i64::MAX { format!("{least} or more") } else { format!("from {least} to {most}") };
            let given = if is_secret(what) { "this number".to_owned() } else { given.to_string() };
            say(format!("`{what}` cannot be {given}")).hint(format!("it must be {range}"))
        }
        Fault::TooLong { what, most, given } => {
            say(format!("`{what}` is too long")).hint(format!("it has {given} characters and may have {most}"))
        }
        Fault::Filter { reason } => say(format!("the filter does not fit its values: {reason}"))
            .hint("each `?` stands for one value: `filter(\"Number eq ? and Id gt ?\", number, 5)`"),
        Fault::FilterOperator { found, meant } => {
            say(format!("a filter is OData text, which has no `{found}`")).hint(format!("it is written `{meant}`"))
        }
        Fault::Foreign { ty, key } => say(format!("this `{ty}` came from another PBX, where its `{key}` is something else"))
            .hint("look it up here, by number or name; ids differ from PBX to PBX"),
        Fault::KeyChanged { what } => say(format!("`{what}` is not what the PBX sent, so it is not known which one is meant"))
            .hint("keys cannot be changed; give the key and a map to change another one"),
        Fault::Shifted { operation } => {
            say(format!("the loop changes what `{operation}` lists, so the next page would skip rows"))
                .hint("loop over `….to_array()`, which fetches everything first")
        }
        Fault::Constant { what } => {
            say(format!("`{what}` belongs to a constant")).hint("declare it with `let` to change it")
        }
        Fault::ReadOnly { what } => say(format!("`{what}` can be read and not set")),
        Fault::NoKey { operation, key, ty } => {
            say(format!("`{operation}` needs to know which one, and this `{ty}` has no `{key}`"))
                .hint(format!("give the `{key}`, or an object that came from the PBX with it"))
        }
        Fault::NotOnRelease { operation, release, since, until, instead } => {
            say(format!("`{operation}` does not exist on {release}: {}", lasted(since, *until)))
                .maybe(instead.map(|instead| format!("instead: {instead}")))
        }
        Fault::PropertyNotOnRelease { what, release, since, until } => {
            say(format!("`{what}` does not exist on {release}: {}", lasted(since, *until)))
        }
        Fault::Denied(denied) => denial(denied),
        Fault::NotConfigured { missing } => not_configured(missing),
        Fault::Config(fault) => super::config::fault(fault),
        Fault::Unsettled { missing } => {
            let verb = if missing.len() == 1 { "is" } else { "are" };
            let missing = list(missing.iter().copied(), "and");
            say(format!("{missing} {verb} missing")).hint("call `connect(#{ url: \"…\", client_id: \"…\", client_secret: \"…\" })`")
        }
        Fault::UnknownConnection { name, .. } if name.starts_with("sandbox@") => {
            let releases: Vec<&str> = Catalog::builtin().releases.clone();
            say(format!("there is no release `{}`", &name["sandbox@".len()..])).hint(format!("there is {}", list(releases, "and")))
        }
        Fault::UnknownConnection { name, nearest } => {
            say(format!("no PBX is called `{name}`")).hint(did_you_mean(nearest.as_deref()).unwrap_or_else(|| {
                "profiles have names (`pbxsh profile list`); `connect(\"sandbox\")` and `connect(\"sandbox@20.0.8\")` make a \
                 simulated one"
                    .to_owned()
            }))
        }
        Fault::Rehearsal { name } => say(format!("`{name}` is a real PBX, and tests run on simulated ones only"))
            .hint("`connect(\"sandbox\")` gives a further one"),
        Fault::Sandbox { reason } => say(format!("the sandbox cannot start: {reason}")),
        Fault::Kit(fault) => super::kit::fault(fault),
        Fault::Spent => say("this download was saved and is gone").hint("call `text()` or `rows()` before `save(…)`"),
        Fault::NoRows { content_type } => {
            say(format!("this download has no rows: it is {content_type}")).hint("`save(path)` and `text()` work for anything")
        }
        Fault::Format { path } => {
            say(format!("`{path}` does not say its format")).hint("end it with .csv, .ndjson or .json")
        }
        Fault::Unfit { path, wanted, why } => files::unfit(path, *wanted, why),
        Fault::Taken { name, .. } => say(format!("the PBX has {name:?} already"))
            .hint("`replace: true` sends the new one all the same; `name: \"…\"` gives it another name"),
        Fault::Index { index, length } => {
            let last = length.checked_sub(1).map(|last| format!(", and the last one is [{last}]")).unwrap_or_default();
            say(format!("there is no row {index}")).hint(format!("the list has {}{last}", count(*length as usize, "row")))
        }
        Fault::Client { operation, error, unsure: None } => client::fault(operation, error),
        Fault::Client { operation, error, unsure: Some(unsure) } => {
            client::uncertain(operation, error, unsure)
        }
        Fault::Partly { operation, failures } => partly(operation, failures),
        Fault::OnlyPlanned { operation, what, why } => only_planned(operation, what, *why),
        Fault::PlanStale { operation, what, changed } => {
            let changed = list(changed.iter().map(String::as_str), "and");
            let of = if what.is_empty() { String::new() } else { format!(" of {what}") };
            say(format!("`{operation}` was not sent: somebody else has changed {changed}{of} since it was planned"))
                .hint("`:discard` the plan, look, and plan again")
        }
    }
}

fn only_planned(operation: &str, what: &str, why: OnPlan) -> Wording {
    match why {
        OnPlan::Gone => say(format!("`{operation}` is about {what}, which is gone after what is planned")),
        OnPlan::New => {
            say(format!("`{operation}` is about something that was only planned, so the PBX has nothing of the kind"))
                .hint("`:apply` makes what is planned, and a run without `--plan` makes it at once; what was discarded is to be planned again")
        }
    }
}

fn denial(denied: &Denied) -> Wording {
    let (operation, effect) = (&denied.operation, denied.effect.name());
    let refused =
        |who: &str| say(format!("`{operation}` is refused: its effect is `{effect}`, and {who} is read-only"));
    match denied.by {
        By::Mode(Mode::ReadOnly) => refused("this session").hint("leave out `--read-only` to allow it"),
        By::Mode(Mode::ReadOnlyPrompt) => refused("this session").hint("`:readonly off` allows it"),
        By::Mode(Mode::ReadOnlyProfile) => refused("the profile of this PBX")
            .hint("`read_only` in the profile says so; `pbxsh profile show` names its file"),
        By::Mode(Mode::Everything) => say(format!("`{operation}` is refused")),
        By::Interrupt => say(format!("`{operation}` was not sent: interrupted")),
        By::Plan => say(format!("`{operation}` was not sent: this session only plans")).hint("`:plan off` ends that"),
        By::Person => say(format!("`{operation}` was not sent: nobody said yes"))
            .hint("`y` sends it, where a number is asked for that number; `:set confirm off` and `--yes` ask no more"),
    }
}

fn wrong_type(what: &str, expected: &str, given: &str) -> Wording {
    let given = &*unsaid(what, given);
    let message = match what {
        // The whole argument, which has no name of its own.
        _ if what == expected => format!("a `{expected}` is wanted here, not {given}"),
        // The body of an operation: `users.update`.
        _ if what.contains('.') && what.starts_with(char::is_lowercase) => {
            format!("`{what}` takes {}, not {given}", article(expected))
        }
        _ if what.starts_with("the ") => format!("{what} must be {}, not {given}", article(expected)),
        _ => format!("`{what}` must be {}, not {given}", article(expected)),
    };
    let text = given.strip_prefix("the string \"").and_then(|text| text.strip_suffix('"'));
    let number = given.strip_prefix("the whole number ");
    say(message).maybe(match (expected, text, number) {
        ("a string", _, Some(number)) => Some(format!("in quotes it is one: \"{number}\"")),
        ("a string", ..) if given == "a whole number" => Some("in quotes it is one".to_owned()),
        ("a whole number", Some(text), _) if what.ends_with("Id") => {
            Some(format!("numbers of extensions are no ids: `get_by_number({text:?})` looks one up"))
        }
        ("a whole number", Some(text), _) if text.parse::<i64>().is_ok() => {
            Some(format!("without quotes it is one: {text}"))
        }
        ("a boolean" | "true or false", Some(text @ ("true" | "false")), _) => {
            Some(format!("without quotes it is one: {text}"))
        }
        ("a map", Some(_), _) if what == "the options" => Some("options have names: `#{ filter: \"…\" }`".to_owned()),
        _ => None,
    })
}

/// Names of types stand in back-ticks, descriptions bring their own article.
fn article(expected: &str) -> String {
    if expected.contains(' ') { expected.to_owned() } else { with_article(&format!("`{expected}`")) }
}

fn not_configured(missing: &[&str]) -> Wording {
    let verb = if missing.len() == 1 { "is" } else { "are" };
    let hint = if missing.len() == 3 {
        "`pbxsh profile add NAME` makes a profile for one, these variables name one, `--sandbox` needs neither"
    } else {
        "set them in the environment, or use a profile, or `--sandbox`, which needs none"
    };
    say(format!("no PBX is configured: {} {verb} missing", list(missing.iter().copied(), "and"))).hint(hint)
}

/// The words for an answer of success with failures in it.
fn partly(operation: &str, failures: &[Half]) -> Wording {
    const MOST: usize = 5;
    let one = |half: &Half| {
        let error = warning(&half.error).map_or_else(|| one_line(&half.error), |known| known.meaning.to_owned());
        half.subject.as_ref().map_or_else(|| error.clone(), |subject| format!("`{}`: {error}", one_line(subject)))
    };
    let mut told: Vec<String> = failures.iter().take(MOST).map(one).collect();
    if failures.len() > MOST {
        told.push(format!("and {} more", failures.len() - MOST));
    }
    say(format!("`{operation}` did not do all of it: {}", told.join("; ")))
        .hint("`e.details` has them all; with the option `partial: true` they are the value and not an error")
}

/// The words for what a person should know about a call.
#[must_use]
pub fn note(operation: &str, note: Note) -> String {
    match note {
        Note::Simulated("no behaviour") => {
            format!("note: sandbox: `{operation}` is not simulated yet: the answer only has the right type")
        }
        Note::Simulated(other) => format!("note: sandbox: `{operation}`: {other}"),
        Note::Found => format!("note: `{operation}`: the answer was lost, and what it was to make is there"),
        Note::Unsifted => format!(
            "note: `{operation}`: only the PBX understands this filter or order, so what is planned may be missing from its rows"
        ),
        Note::Unchanged => format!("note: `{operation}`: nothing had changed, so nothing was sent"),
        Note::Outdated { described, version } => super::catalog::outdated(described, version),
    }
}

/// Foreign words on one line, with nothing in them that a terminal would obey.
pub(super) fn one_line(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// The words and the exit code for a run that failed.
#[must_use]
pub fn failure(failure: &Failure) -> (Wording, Exit) {
    let (wording, exit) = kind(&failure.kind, failure.place.as_ref());
    (hushed(wording), exit)
}

/// The words for a kind of failure; the place can tell more about a name.
pub(super) fn kind(kind: &Kind, place: Option<&Place>) -> (Wording, Exit) {
    let (code, wording) = told(kind, place);
    let exit = match kind {
        Kind::Thrown(thrown) if thrown.is::<Raised>() => {
            thrown.read_lock::<Raised>().map_or(Exit::Failed, |raised| exit_of(&raised))
        }
        Kind::Ended(Ending::Exit(chosen)) => Exit::Chosen(*chosen),
        _ => code.map_or(Exit::Success, Code::exit),
    };
    (wording, exit)
}

/// The code of a failure; a script that ended itself has none.
pub(super) fn code(kind: &Kind) -> Option<Code> {
    told(kind, None).0
}

fn told(kind: &Kind, place: Option<&Place>) -> (Option<Code>, Wording) {
    let (code, wording) = match kind {
        Kind::Syntax { message } => syntax(message, place),
        Kind::Thrown(thrown) => match thrown.read_lock::<Raised>() {
            Some(raised) => (code_of(&raised), raised.wording.clone()),
            None => self::thrown(thrown, place),
        },
        Kind::NoFunction { name, types, nearest } => no_function(name, types, nearest.as_deref(), place),
        Kind::Rhai { kind, message } => engine::told(kind, message, place),
        Kind::Import { path, problem } => (Code::BadImport, no_import(path, problem)),
        Kind::Ended(ending) => return ended(*ending),
        Kind::Skipped(why) => return (None, say(format!("skipped: {why}"))),
        Kind::Panic { message } => (
            Code::Internal,
            say(format!("pbxsh itself failed: {message}")).hint("this is a bug of pbxsh, the script is not to blame: please report it, with the script and `pbxsh --version`"),
        ),
    };
    (Some(code), wording)
}

/// A value of the script's own; or an error of the engine that was caught and thrown again, which is a map then.
fn thrown(thrown: &Dynamic, place: Option<&Place>) -> (Code, Wording) {
    let field = |name: &str| {
        let map = thrown.as_map_ref().ok()?;
        map.get(name).filter(|value| value.is_string()).map(ToString::to_string)
    };
    let said = |message: String| say(format!("the script threw: {message}"));
    match (field("error"), field("code"), field("message")) {
        (Some(error), _, Some(message)) if error == "ErrorFunctionNotFound" => {
            let signature = message.split_once(": ").map_or("", |(_, signature)| signature);
            let (name, types) = signature.split_once(" (").unwrap_or((signature, ""));
            no_function(name, types.trim_end_matches(')'), None, place)
        }
        (Some(error), _, Some(message)) if error.starts_with("Error") => engine::told(&error, &message, None),
        (None, Some(code), Some(message)) => (Code::Thrown, said(format!("`{code}`: {message}")).maybe(field("hint"))),
        (None, None, Some(message)) => (Code::Thrown, said(message).maybe(field("hint"))),
        _ => (Code::Thrown, said(text(thrown))),
    }
}

fn syntax(message: &str, place: Option<&Place>) -> (Code, Wording) {
    if let Some(module) = message.strip_prefix("Undefined module: ") {
        let enums = Catalog::known().types.iter().map(|ty| ty.name);
        return (Code::UndefinedModule, no_module(module, nearest(module, kit::modules().chain(enums))));
    }
    if let Some(name) = message.strip_prefix("Undefined variable: ") {
        return (Code::UndefinedVariable, no_variable(name, None, place));
    }
    let wording = say(format!("this is no script: {}", lower(message))).maybe(habits::syntax(message, place));
    (Code::Syntax, wording)
}

pub(super) const COPY_IT: &str = "`args` and what `const` declares never change: work on a copy, `let copy = args;`";

pub(super) const NOT_THERE: &str =
    "a property is () when it is not set, not selected, or not expanded: `expand: \"…\"`";

/// The words for a run that was ended; a script that called `exit` has nothing to explain.
fn ended(ending: Ending) -> (Option<Code>, Wording) {
    match ending {
        Ending::Interrupted => (Some(Code::Interrupted), say("interrupted")),
        Ending::Exit(code) => (None, say(format!("the script ended with exit({code})"))),
        Ending::Timeout => (
            Some(Code::TimeLimit),
            say("the time of this run is up").hint("`--timeout SECONDS` says how long it may take"),
        ),
        Ending::Operations => (
            Some(Code::StepLimit),
            say("this run took more steps than it may")
                .hint("does a loop never end? `--max-operations STEPS` says how many there may be"),
        ),
        Ending::Memory => (
            Some(Code::MemoryLimit),
            say("this run holds more memory than it may")
                .hint("loop over lists instead of collecting them, or give it more with `--max-memory`"),
        ),
    }
}

/// The words for a name that nobody declared.
pub(super) fn no_variable(name: &str, nearest: Option<&str>, place: Option<&Place>) -> Wording {
    say(format!("there is no variable `{name}`")).hint(habits::variable(name, nearest, place))
}

pub(super) fn no_import(path: &str, problem: &str) -> Wording {
    // Elsewhere it might be.
    let elsewhere = !path.starts_with("std/") && !problem.starts_with("it imports itself");
    let folder = || elsewhere.then(|| "`--lib DIR` names a further folder of modules".to_owned());
    let bundled = problem.split_once(" are ").map_or("", |(_, names)| names).split(", ");
    let hint = did_you_mean(nearest(path, bundled.filter(|name| name.starts_with("std/")))).or_else(folder);
    say(format!("cannot import `{path}`: {problem}")).maybe(hint)
}

/// The words for a wrong number of arguments.
pub(super) fn not_with(name: &str, given: usize) -> Wording {
    say(match given {
        0 => format!("{name} cannot be called without arguments"),
        _ => format!("{name} cannot be called with {}", count(given, "argument")),
    })
}

pub(super) fn no_module(name: &str, nearest: Option<&str>) -> Wording {
    let import = format!("`import \"…\" as {name};` brings one");
    say(format!("there is no module `{name}`")).hint(did_you_mean(nearest).unwrap_or(import))
}

/// The words for a call that finds no function.
fn no_function(name: &str, types: &str, near: Option<&str>, place: Option<&Place>) -> (Code, Wording) {
    let types = short(types);
    let given: Vec<&str> = types.split(", ").filter(|ty| !ty.is_empty()).collect();
    let message = format!("there is no function `{name}` for ({types})");
    match given.first().copied() {
        _ if name.starts_with("anon$") => {
            (Code::WrongArguments, not_with("this closure", given.len()).hint("`|row|` or `|row, place|`"))
        }
        Some("()") if given.len() == 1 || name.starts_with(char::is_alphabetic) => {
            let hint = habits::gave_nothing(place).unwrap_or_else(|| NOT_THERE.to_owned());
            (Code::Nothing, say(format!("`{name}` was called on nothing, ()")).hint(hint))
        }
        Some("Resource") => (
            Code::WrongArguments,
            say(format!("{} are too many for `{name}`", count(given.len() - 1, "argument")))
                .hint("`:help` at the prompt tells what it takes"),
        ),
        _ => {
            let nothing = || given.contains(&"()").then(|| NOT_THERE.to_owned());
            let hint = habits::function(name, &given, place).or_else(|| calls::instead(name, &types));
            let wording = say(message).maybe(hint.or_else(|| did_you_mean(near)).or_else(nothing));
            (Code::UnknownFunction, wording)
        }
    }
}

fn text(thrown: &Dynamic) -> String {
    if thrown.is_unit() {
        return "()".to_owned();
    }
    if thrown.is_string() { thrown.to_string() } else { hidden(&crate::bindings::value::to_json(thrown)).to_string() }
}

/// `pbxsh::bindings::list::List` → `List`.
pub(super) fn short(types: &str) -> String {
    let one = |name: &str| match name {
        "&str | ImmutableString | String" | "&str" | "string" => "string".to_owned(),
        "i64" => "int".to_owned(),
        "f64" => "float".to_owned(),
        other => other.rsplit("::").next().unwrap_or(other).trim_end_matches('>').to_owned(),
    };
    types.split(", ").map(one).collect::<Vec<_>>().join(", ")
}

pub(super) fn lower(message: &str) -> String {
    let mut chars = message.chars();
    match chars.next() {
        // A name in quotes or an abbreviation keeps its form.
        Some(first) if !chars.as_str().starts_with(char::is_uppercase) => first.to_lowercase().chain(chars).collect(),
        _ => message.to_owned(),
    }
}

fn exit_of(raised: &Raised) -> Exit {
    raised.fact::<Fault>().map(exit).unwrap_or_else(|| code_of(raised).exit())
}

/// The kind of an error; what `parallel` wraps is that of what it wraps.
fn code_of(raised: &Raised) -> Code {
    let wrapped = raised.fact::<kit::Fault>().and_then(|fault| match fault {
        kit::Fault::Item { kind, .. } => code(kind),
        _ => None,
    });
    wrapped.unwrap_or_else(|| raised.fact.kind())
}

/// The exit code for a fault.
pub(super) fn exit(fault: &Fault) -> Exit {
    match fault {
        Fault::Client { error, .. } => client::exit(error),
        _ => fault.kind().exit(),
    }
}
