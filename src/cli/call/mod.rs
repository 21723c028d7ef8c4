//! `pbxsh call RESOURCE.OPERATION`: one operation without a script.
//!
//! The words of the command line become one line of a script, which then runs as any other: what is right or wrong, what it
//! needs, and how its value is shown is the same everywhere, and the line can be carried over into a script.

mod line;
mod literal;
mod words;

use clap::error::ErrorKind;

use crate::bindings::nearest;
use crate::catalog::{Catalog, Operation};
use crate::cli::world::World;
use crate::cli::{Pbx, asked_look, kept, looking, run};
use crate::code::Code;
use crate::diag::Exit;
use crate::script::Source;
use crate::show::How;
use crate::show::help::Help;
use words::Words;

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
            world.print(looking(words::bare(), world).render_help().to_string().trim_end());
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
    let pbx = Pbx { asks: world.has_person() && !words.yes, ..words.pbx };
    run::code(&pbx, &words.bounds, &Source::new("<call>", code), words.format, Vec::new(), world)
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
        let near = nearest(resource, catalog.resources.iter().map(|resource| resource.name));
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
