//! `pbxsh call RESOURCE.OPERATION`: one operation without a script.
//!
//! The words of the command line become one line of a script, which then runs as any other: what is right or wrong, what it
//! needs, and how its value is shown is the same everywhere, and the line can be carried over into a script.

mod line;
mod literal;
mod words;

use clap::error::ErrorKind;

use crate::bindings::nearest;
use crate::catalog::overlay::called;
use crate::catalog::{Catalog, Operation};
use crate::check::{Severity, check};
use crate::cli::bounds::Bounds;
use crate::cli::wiring::wire_to_read;
use crate::cli::world::World;
use crate::cli::{Pbx, asked_look, for_readers, kept, run};
use crate::code::Code;
use crate::diag::{self, Exit};
use crate::script::Source;
use crate::show::How;
use crate::show::help::Help;
use words::{Said, Words};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// An operation (`users.get`), its keys, then its options; `pbxsh call users.get --help` tells which
    #[arg(value_name = "OPERATION", trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    words: Vec<String>,
}

pub(super) fn command(arguments: &Arguments, world: &World) -> Exit {
    // How messages look may stand behind the operation, too.
    let world = &world.clone().looking(&asked_look(arguments.words.iter().map(String::as_str)));
    let pbx = words::pbx(&arguments.words);
    // What is wrong with it is said when the call is made.
    if let Ok(pbx) = pbx.chosen(world) {
        kept::install(kept::main_of(&pbx).as_deref(), world);
    }
    let catalog = Catalog::known();
    let operation = match operation(&arguments.words, catalog) {
        Ok(operation) => operation,
        Err(_) if arguments.words.iter().any(|word| word == "-h" || word == "--help") => {
            world.print(for_readers(words::bare(), world).render_help().to_string().trim_end());
            return Exit::Success;
        }
        Err(wrong) => {
            return world.complain(Code::Usage, &wrong.message, Some(&wrong.hint));
        }
    };
    let help = Help { catalog, release: None, how: run::how(world) };
    let words = match Words::read(operation, &arguments.words, &help, world) {
        Ok(words) => words,
        Err(error) => {
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp => Exit::Success,
                _ => Exit::Usage,
            };
        }
    };
    let code = match line::write(operation, &words.said) {
        Ok(code) => code,
        Err(reason) => {
            return world.complain(Code::Usage, &reason, None);
        }
    };
    if words.script {
        world.print(&code);
        return Exit::Success;
    }
    if let Some(exit) = refused(&code, operation, &words, world) {
        return exit;
    }
    let pbx = Pbx { asks: world.has_person() && !words.yes, ..words.pbx };
    run::code(&pbx, &words.bounds, &Source::new("<call>", code), words.format, Vec::new(), world)
}

/// What is wrong with the call without asking a PBX, in the words of the command line.
fn refused(code: &str, operation: &Operation, words: &Words, world: &World) -> Option<Exit> {
    // Who cannot have a session is told so by the run itself.
    let mut wired = wire_to_read(&Bounds::default(), world).ok()?;
    let source = Source::new("<call>", code);
    let report = check(&mut wired.session, Catalog::known(), None, &[source]);
    let finding = report.findings.into_iter().find(|finding| finding.severity() == Severity::Error)?;
    let told = diag::check::finding(&finding);
    let at = finding.place.as_ref().and_then(|place| code.get(place.span.clone())).unwrap_or_default();
    let name = at.trim_matches('"');
    // What stands at the place, or else what the sentence speaks of: `top`, `User.QueueStatus`.
    let spoken: Vec<&str> = told.message.split('`').skip(1).step_by(2).collect();
    let last = spoken.iter().filter_map(|name| name.rsplit('.').next());
    let names: Vec<&str> = std::iter::once(name).chain(last).collect();
    let part = names.iter().find_map(|name| said(&words.said, name));
    let part = part.or_else(|| spoken.iter().find_map(|name| holding(&words.said, name)));
    let usage = format!("`pbxsh call {} --help` shows what it takes", operation.full_name());
    let (message, hint) = match part {
        Some(flag) if flag.contains(['=', ' ']) => (format!("`{flag}`: {}", told.message), told.hint),
        Some(flag) => {
            let bare = flag.trim_start_matches('-');
            (told.message.replacen(&format!("`{bare}`"), &format!("`{flag}`"), 1), told.hint.or(Some(usage)))
        }
        None if told.message == "`body` is missing" => {
            let hint = "`--set PROPERTY=VALUE` or `--body JSON` says what is sent";
            ("there is nothing to send".to_owned(), Some(hint.to_owned()))
        }
        None => (told.message, told.hint.filter(|hint| !hint.starts_with("call `")).or(Some(usage))),
    };
    Some(world.complain(finding.code(), &message, hint.as_deref()))
}

/// The option whose value has this name in it: `--select Nmae`.
fn holding(said: &Said, name: &str) -> Option<String> {
    let words = |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(|word| word == name);
    said.named.iter().find(|(_, value)| words(value)).map(|(known, value)| format!("--{known} {value}"))
}

/// The part of the command line in which this name was said.
fn said(said: &Said, name: &str) -> Option<String> {
    let set = |word: &&String| {
        let path = word.split_once('=').map_or(word.as_str(), |(path, _)| path).trim_end_matches(':');
        path.split('.').any(|part| part == name)
    };
    let set = || said.set.iter().find(set).map(|word| format!("--set {word}"));
    let option = |(known, _): &&(String, String)| known == name;
    said.named.iter().find(option).map(|(name, _)| format!("--{name}")).or_else(set)
}

/// The command line of `call` for completion, with what belongs to the operation that stands in it.
pub(super) fn completed(typed: &[String]) -> clap::Command {
    let catalog = Catalog::known();
    let known = operation(typed, catalog).ok().filter(|_| typed.len() > 1);
    let help = Help { catalog, release: None, how: How::default() };
    known.map_or_else(words::bare, |operation| words::command(operation, &help)).name("call")
}

struct Wrong {
    message: String,
    hint: String,
}

/// The first word that names a resource and, behind a dot, one of its operations.
fn operation(words: &[String], catalog: &'static Catalog) -> Result<&'static Operation, Wrong> {
    let wrong = |message: String, hint: String| Wrong { message, hint };
    let dotted = |word: &&String| !word.starts_with('-') && word.contains('.');
    let known = words.iter().filter(dotted).find_map(|word| {
        let (resource, name) = plain(word).split_once('.')?;
        catalog.operation(resource, name)
    });
    if let Some(known) = known {
        return Ok(known);
    }
    let first = words.iter().find(dotted).or_else(|| words.iter().find(|word| !word.starts_with('-')));
    let Some(word) = first.map(|word| plain(word)) else {
        return Err(wrong("`call` needs an operation".to_owned(), "as in `pbxsh call users.list --top 5`".to_owned()));
    };
    let (resource, name) = word.split_once('.').unwrap_or((word, ""));
    let Some(facts) = catalog.resource(resource) else {
        let known = catalog.resources.iter().map(|resource| resource.name);
        let near = nearest(resource, known).or_else(|| called(resource).next());
        let hint = near
            .map_or_else(|| "`pbxsh ops WORDS` finds operations".to_owned(), |near| format!("did you mean `{near}`?"));
        return Err(wrong(format!("there is no resource `{resource}`"), hint));
    };
    let near = nearest(name, facts.operations.iter().map(|operation| operation.name));
    let all = || {
        let names: Vec<String> = facts.operations.iter().map(|operation| format!("`{}`", operation.name)).collect();
        format!("it has {}", names.join(", "))
    };
    let hint = near.map_or_else(all, |near| format!("did you mean `{resource}.{near}`?"));
    match name {
        "" => Err(wrong(format!("`{resource}` is a resource; an operation of it is called"), hint)),
        _ => Err(wrong(format!("`{resource}` has no operation `{name}`"), hint)),
    }
}

/// Whoever copies it from a script may leave `pbx.` before it.
fn plain(word: &str) -> &str {
    word.strip_prefix("pbx.").unwrap_or(word)
}
