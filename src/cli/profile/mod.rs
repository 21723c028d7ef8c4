//! `pbxsh profile …`: the PBXs that a person works on.

mod add;
mod asking;
mod list;
mod test;

use crate::bindings::Fault;
use crate::cli::choice::refuse;
use crate::cli::completions;
use crate::cli::kept::Shelf;
use crate::cli::world::World;
use crate::client::ClientError;
use crate::code::Code;
use crate::config;
use crate::diag::{self, Exit};
use crate::script::Wording;
use asking::{Asking, Secret};

/// The PBXs that you work on, by name
///
/// Each has its address, the id of an API client, tags, and whose certificate is believed, in a file that can be edited: `config.toml`
/// in the folder for settings, or in that of PBXSH_CONFIG_DIR. Secrets are in the keyring of the system, or in files beside it that only you
/// can read.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Add(Box<add::Add>),
    /// List the profiles
    List(list::List),
    /// Show a profile, without its secret
    Show(list::Show),
    Test(test::Test),
    /// Make a profile the one that is meant where none is named
    Default {
        #[arg(value_name = "NAME", add = completions::profiles())]
        name: String,
    },
    /// Give a profile a new secret, or keep the one it has in another place
    ///
    /// With `--store`, and no new secret on the standard input or in a variable, the one that is there moves if it can be read.
    Secret {
        #[arg(value_name = "NAME", add = completions::profiles())]
        name: String,
        #[command(flatten)]
        secret: Secret,
    },
    /// Call a profile by another name
    Rename {
        #[arg(value_name = "OLD")]
        old: String,
        #[arg(value_name = "NEW")]
        new: String,
    },
    /// Remove a profile and its secret
    Remove {
        #[arg(value_name = "NAME", add = completions::profiles())]
        name: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}

/// Why a command ends early.
enum Trouble {
    Config(config::Fault),
    Client(ClientError),
    /// What else is wrong, in words of this folder.
    Said(Code, Wording),
    /// Somebody pressed Ctrl-C, or said no.
    Interrupted,
}

impl Trouble {
    fn said(code: Code, message: impl Into<String>, hint: impl Into<String>) -> Trouble {
        Trouble::Said(code, Wording { message: message.into(), hint: Some(hint.into()) })
    }
}

impl From<config::Fault> for Trouble {
    fn from(fault: config::Fault) -> Trouble {
        Trouble::Config(fault)
    }
}

impl From<ClientError> for Trouble {
    fn from(error: ClientError) -> Trouble {
        Trouble::Client(error)
    }
}

pub(super) fn command(arguments: &Arguments, world: &World) -> Exit {
    let done = match &arguments.command {
        Command::Add(arguments) => add::add(arguments, world),
        Command::List(arguments) => list::list(arguments, world),
        Command::Show(arguments) => list::show(arguments, world),
        Command::Test(arguments) => test::test(arguments, world),
        Command::Default { name } => default(name, world),
        Command::Secret { name, secret } => new_secret(name, secret, world),
        Command::Rename { old, new } => rename(old, new, world),
        Command::Remove { name, yes } => remove(name, *yes, world),
    };
    match done {
        Ok(exit) => exit,
        Err(Trouble::Config(fault)) => refuse(&fault, world),
        Err(Trouble::Interrupted) => Exit::Interrupted,
        Err(Trouble::Client(error)) => {
            world.refuse(&Fault::Client { operation: "login".to_owned(), error, unsure: None })
        }
        Err(Trouble::Said(code, wording)) => world.complain(code, &wording.message, wording.hint.as_deref()),
    }
}

fn default(name: &str, world: &World) -> Result<Exit, Trouble> {
    world.store()?.set_default(name)?;
    world.tell(&format!("`{name}` is meant where no PBX is named"));
    Ok(Exit::Success)
}

fn new_secret(name: &str, secret: &Secret, world: &World) -> Result<Exit, Trouble> {
    let store = world.store()?;
    let profiles = store.profiles()?;
    let profile = profiles.find(name)?;
    let moves = secret.store.is_some() && !secret.is_given();
    let (new, wording) = match moves.then(|| store.secret(profile)) {
        Some(Ok(there)) => (there, "has its secret in"),
        None | Some(Err(_)) => (secret.get(&Asking::new(world), world)?, "has a new secret in"),
    };
    let stored = store.set_secret(name, &new, secret.store)?;
    told(diag::config::stored(name, &stored), world);
    let place = diag::config::place(stored.kept);
    world.tell(&format!("`{name}` {wording} {place}; `pbxsh profile test {name}` tries it"));
    Ok(Exit::Success)
}

fn told(line: Option<String>, world: &World) {
    if let Some(line) = line {
        world.tell(&line);
    }
}

fn rename(old: &str, new: &str, world: &World) -> Result<Exit, Trouble> {
    let store = world.store()?;
    if old == new {
        store.profiles()?.find(old)?;
        world.tell(&format!("`{old}` is called so already"));
        return Ok(Exit::Success);
    }
    let left = store.rename(old, new)?;
    told(left.map(|why| diag::config::left(old, &why)), world);
    if let Some(Err(error)) = Shelf::of(world).map(|shelf| shelf.rename(old, new)) {
        world.tell(&format!(
            "note: what is kept of `{old}` cannot be renamed: {error}; `pbxsh catalog import` reads it anew"
        ));
    }
    world.tell(&format!("`{old}` is `{new}` now"));
    Ok(Exit::Success)
}

fn remove(name: &str, yes: bool, world: &World) -> Result<Exit, Trouble> {
    let store = world.store()?;
    let url = store.profiles()?.find(name)?.url.clone();
    if !yes {
        let asking = Asking::new(world);
        if !asking.is_possible() {
            let message = format!("nobody can be asked whether `{name}` may go");
            return Err(Trouble::said(Code::Usage, message, "`--yes` removes it without a question"));
        }
        if !asking.confirm(&format!("remove `{name}` ({url}) and its secret?"))? {
            world.tell("nothing was removed");
            return Ok(Exit::Success);
        }
    }
    let left = store.remove(name)?;
    told(left.map(|why| diag::config::left(name, &why)), world);
    // What cannot be removed harms nobody.
    let _ = Shelf::of(world).map(|shelf| shelf.remove(name));
    world.tell(&format!("`{name}` is gone"));
    Ok(Exit::Success)
}
