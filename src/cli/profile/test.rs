//! `pbxsh profile test`

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;

use crate::bindings::client_code;
use crate::catalog::Catalog;
use crate::cli::profile::Trouble;
use crate::cli::profile::asking::Asking;
use crate::cli::world::World;
use crate::client::secrets::hush;
use crate::client::{Client, ClientError, Interrupt};
use crate::code::Code;
use crate::config::{self, Kept, Profile, Profiles, Store, Trust};
use crate::diag::{self, Exit};
use crate::doctor::{Rights, rights};
use crate::script::Wording;
use crate::show::text;

/// Log in to the PBXs of profiles, and say what their clients may do there
///
/// A line for each, in the order of the file, several at a time. Ends with the highest of their exit codes.
#[derive(Debug, clap::Args)]
pub(super) struct Test {
    /// Which ones; the default profile without any
    #[arg(value_name = "NAME", conflicts_with_all = ["tag", "all"])]
    names: Vec<String>,
    /// Those with this tag
    #[arg(long, value_name = "TAG", conflicts_with = "all")]
    tag: Option<String>,
    /// Every one
    #[arg(long)]
    all: bool,
}

/// As many clients at a time; each is on a machine of its own.
const AT_ONCE: usize = 8;

/// Profiles with one client go one after the other: each login ends the token of the one before.
fn by_client(wanted: &[&Profile]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let client = |at: usize| wanted.get(at).map(|profile| (&profile.url, &profile.client_id));
    for at in 0..wanted.len() {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| client(*first) == client(at))) {
            Some(group) => group.push(at),
            None => groups.push(vec![at]),
        }
    }
    groups
}

enum Failed {
    Config(config::Fault),
    Client(ClientError),
}

impl Failed {
    fn wording(&self) -> (Wording, Code) {
        match self {
            Failed::Config(fault) => (diag::config::fault(fault), fault.code()),
            Failed::Client(error) => (diag::client_fault("login", error), client_code(error)),
        }
    }
}

pub(super) fn test(given: &Test, world: &World) -> Result<Exit, Trouble> {
    let store = world.store()?;
    let profiles = store.profiles()?;
    let wanted = wanted(given, &profiles)?;
    wanted.iter().filter(|profile| profile.trust == Trust::Insecure).for_each(|profile| {
        world.tell(&diag::config::insecure(&profile.name));
    });
    let interrupt = Asking::new(world).interrupt;
    let (next, groups, (done, results)) = (AtomicUsize::new(0), by_client(&wanted), channel());
    let mut worst = Exit::Success;
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(groups.len()) {
            let (done, next, groups, wanted, store, interrupt) =
                (done.clone(), &next, &groups, &wanted, &store, &interrupt);
            scope.spawn(move || {
                while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
                    for at in group {
                        let _ = done.send((*at, one(store, wanted[*at], interrupt)));
                    }
                }
            });
        }
        drop(done);
        // A line waits for those before it, so that two runs can be compared.
        let mut waiting: Vec<Option<Result<Rights, Failed>>> = wanted.iter().map(|_| None).collect();
        let mut printed = 0;
        for (at, result) in results {
            waiting[at] = Some(result);
            while let Some(result) = waiting.get_mut(printed).and_then(Option::take) {
                let exit = show(wanted[printed], &result, world);
                worst = if exit.code() > worst.code() { exit } else { worst };
                printed += 1;
            }
        }
    });
    Ok(worst)
}

fn wanted<'a>(given: &Test, profiles: &'a Profiles) -> Result<Vec<&'a Profile>, Trouble> {
    if let Some(tag) = &given.tag {
        return Ok(profiles.tagged(tag)?);
    }
    if given.all && !profiles.all.is_empty() {
        return Ok(profiles.all.iter().collect());
    }
    if !given.names.is_empty() {
        return given.names.iter().map(|name| Ok(profiles.find(name)?)).collect();
    }
    match &profiles.default {
        Some(default) => Ok(vec![profiles.find(default)?]),
        None if profiles.all.is_empty() => {
            Err(Trouble::said(Code::NotConfigured, "there are no profiles", "`pbxsh profile add NAME` makes one"))
        }
        None => Err(Trouble::said(
            Code::Usage,
            "no profile is named, and none is the default",
            "name some, or give `--all`",
        )),
    }
}

fn one(store: &Store, profile: &Profile, interrupt: &Interrupt) -> Result<Rights, Failed> {
    let settings = store.settings(profile, interrupt).map_err(Failed::Config)?;
    let client = Client::new(settings).map_err(Failed::Client)?;
    rights(&client, Catalog::known()).map_err(Failed::Client)
}

fn show(profile: &Profile, result: &Result<Rights, Failed>, world: &World) -> Exit {
    match result {
        Ok(rights) => {
            let whence = if profile.secret == Kept::Keyring { "; secret from the keyring" } else { "" };
            world.print(&format!("{}{whence}", line(&profile.name, rights)));
            Exit::Success
        }
        Err(failed) => {
            let (wording, code) = failed.wording();
            let hint = wording.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            let told = text::line(&hush(&format!("{}{hint}", wording.message)));
            world.print(&format!("{}: failed[{}]: {told}", profile.name, code.name()));
            code.exit()
        }
    }
}

/// What a login showed.
pub(super) fn line(name: &str, rights: &Rights) -> String {
    let version = if rights.version.is_empty() { "unknown version" } else { &rights.version };
    let remedy = diag::doctor::remedy(rights).map(|remedy| format!("; {remedy}")).unwrap_or_default();
    text::line(&format!("{name}: ok: {version}, {}{remedy}", diag::doctor::rights_of(rights)))
}
