//! `pbxsh catalog …`: what pbxsh knows about releases, and what PBXs say about themselves.

mod compare;
mod files;
mod list;
mod live;

use crate::cli::world::World;
use crate::code::Code;
use crate::diag::Exit;
use crate::script::Wording;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Import(live::Import),
    List(list::List),
    Forget(list::Forget),
    Diff(compare::Diff),
}

/// Why a command ends early.
enum Trouble {
    Said(Code, Wording),
    /// What somebody else has told about already.
    Told(Exit),
}

impl Trouble {
    fn of(code: Code, message: impl Into<String>) -> Trouble {
        Trouble::Said(code, Wording { message: message.into(), hint: None })
    }
}

pub(super) fn command(arguments: &Arguments, world: &World) -> Exit {
    let done = match &arguments.command {
        Command::Import(import) if import.files.is_empty() => live::import(import, world),
        Command::Import(import) => files::import(&import.files, &import.out, world),
        Command::List(list) => list::list(list, world),
        Command::Forget(forget) => list::forget(forget, world),
        Command::Diff(diff) => compare::diff(diff, world),
    };
    match done {
        Ok(()) => Exit::Success,
        Err(Trouble::Said(code, wording)) => world.complain(code, &wording.message, wording.hint.as_deref()),
        Err(Trouble::Told(exit)) => exit,
    }
}
