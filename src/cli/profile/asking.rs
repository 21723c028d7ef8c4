//! What the command line does not say is asked, if somebody is there; a secret never stands on it.

use std::io::{ErrorKind, Read};

use secrecy::SecretString;

use crate::cli::bounds::{Bounds, Stop};
use crate::cli::person::AtTerminal;
use crate::cli::profile::Trouble;
use crate::cli::world::World;
use crate::client::Interrupt;
use crate::code::Code;
use crate::config::Place;
use crate::kit::Person;

pub(super) struct Asking {
    person: Option<AtTerminal>,
    pub(super) interrupt: Interrupt,
}

impl Asking {
    pub(super) fn new(world: &World) -> Asking {
        // No script runs, so no memory is to be watched.
        let bounds = Bounds { max_memory: usize::MAX, ..Bounds::default() };
        let stop = Stop::new(&bounds, world);
        world.on_ctrl_c(&stop.interrupt);
        let person = world.has_person().then(|| AtTerminal::new(world, &stop));
        Asking { person, interrupt: stop.interrupt }
    }

    pub(super) fn is_possible(&self) -> bool {
        self.person.is_some()
    }

    /// What somebody types, if anybody is there; the end of the input is as good as Ctrl-C.
    fn ask(&self, question: &str, secret: bool) -> Result<Option<String>, Trouble> {
        let Some(person) = &self.person else { return Ok(None) };
        match person.ask(question, secret) {
            Ok(Some(answer)) => Ok(Some(answer.trim().to_owned())),
            Ok(None) => Err(Trouble::Interrupted),
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(Trouble::Interrupted),
            Err(error) => {
                Err(Trouble::said(Code::NoTerminal, format!("cannot ask: {error}"), "give it on the command line"))
            }
        }
    }

    /// What was given, or the answer to a question; `flag` is what was missing on the command line.
    pub(super) fn or_ask(&self, given: Option<&String>, question: &str, flag: &str) -> Result<String, Trouble> {
        let missing =
            || Trouble::said(Code::Usage, format!("{flag} is missing"), "without a terminal nobody can be asked");
        loop {
            match given {
                Some(given) => return Ok(given.clone()),
                None => match self.ask(&format!("{question}: "), false)?.ok_or_else(missing)? {
                    answer if answer.is_empty() => {}
                    answer => return Ok(answer),
                },
            }
        }
    }

    pub(super) fn confirm(&self, question: &str) -> Result<bool, Trouble> {
        let answer = self.ask(&format!("{question} [y/N] "), false)?.unwrap_or_default().to_lowercase();
        Ok(matches!(answer.as_str(), "y" | "yes"))
    }
}

/// Where a secret comes from; asked for at the terminal without either.
// Its group would be called like the command that it is flattened into.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Secret {
    /// Read the client's secret from the standard input
    #[arg(long, conflicts_with = "secret_env")]
    secret_stdin: bool,
    /// Take the client's secret from this variable of the environment
    #[arg(long, value_name = "NAME")]
    secret_env: Option<String>,
    /// Where the secret is kept: `auto` is the keyring of the system where one answers, else a file that only you can read
    #[arg(long, value_name = "PLACE", value_parser = place)]
    pub(super) store: Option<Place>,
}

fn place(text: &str) -> Result<Place, String> {
    match text {
        "auto" => Ok(Place::Auto),
        "keyring" => Ok(Place::Keyring),
        "file" => Ok(Place::File),
        _ => Err("it is `auto`, `keyring` or `file`".to_owned()),
    }
}

impl Secret {
    /// Where a new profile's secret goes; `PBXSH_STORE` says it for machines on which it is always the same.
    pub(super) fn place(&self, world: &World) -> Result<Place, Trouble> {
        let usual = || match world.variable("PBXSH_STORE").filter(|text| !text.is_empty()) {
            Some(text) => {
                place(&text).map_err(|rule| Trouble::said(Code::Usage, format!("`PBXSH_STORE` is `{text}`"), rule))
            }
            None => Ok(Place::Auto),
        };
        self.store.map_or_else(usual, Ok)
    }

    /// Does the command line bring a secret?
    pub(super) fn is_given(&self) -> bool {
        self.secret_stdin || self.secret_env.is_some()
    }

    pub(super) fn get(&self, asking: &Asking, world: &World) -> Result<SecretString, Trouble> {
        let empty = |whence: &str| Trouble::said(Code::Usage, format!("{whence} holds no secret"), HINT);
        if let Some(name) = &self.secret_env {
            let secret = world.variable(name).map(|secret| secret.trim().to_owned());
            let secret = secret.filter(|secret| !secret.is_empty());
            return secret.map(SecretString::from).ok_or_else(|| empty(&format!("the variable `{name}`")));
        }
        if self.secret_stdin {
            let mut text = String::new();
            let read = std::io::stdin().read_to_string(&mut text);
            read.map_err(|error| Trouble::said(Code::File, format!("cannot read the standard input: {error}"), HINT))?;
            return match text.trim() {
                "" => Err(empty("the standard input")),
                secret if secret.contains('\n') => {
                    let message = "the standard input holds more than one line";
                    Err(Trouble::said(Code::Usage, message, "a secret is one line"))
                }
                secret => Ok(SecretString::from(secret)),
            };
        }
        loop {
            match asking.ask("client secret (not shown): ", true)? {
                Some(secret) if secret.is_empty() => {}
                Some(secret) => return Ok(secret.into()),
                None => return Err(Trouble::said(Code::Usage, "the secret of the client is missing", HINT)),
            }
        }
    }
}

const HINT: &str = "`--secret-stdin` reads it from the standard input, `--secret-env NAME` takes it from a variable; a command line could \
                    be read by others";
