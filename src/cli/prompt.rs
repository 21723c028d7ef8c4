//! `pbxsh` alone: the prompt, or a script on the standard input.

use std::io::IsTerminal;
use std::path::PathBuf;

use crate::catalog::Catalog;
use crate::cli::bounds::Bounds;
use crate::cli::choice::{self, Choice};
use crate::cli::wiring::{Wired, wire};
use crate::cli::world::World;
use crate::cli::{Pbx, bundled, kept, run};
use crate::code::Code;
use crate::config;
use crate::diag::{self, Exit};
use crate::repl::{self, Place, Prompt};

pub(super) fn open(pbx: &Pbx, bounds: &Bounds, world: &World) -> Exit {
    if !std::io::stdin().is_terminal() {
        return run::stdin(pbx, bounds, world);
    }
    let mut pbx = match pbx.chosen(world) {
        Ok(pbx) => pbx,
        Err(exit) => return exit,
    };
    let chosen = pbx.sandbox || !pbx.choice.is_nothing();
    match &pbx.choice {
        _ if pbx.sandbox => {}
        // Some settings without the others are a mistake, and work meant for a PBX must not land in the sandbox.
        Choice::Environment(Err(missing)) if chosen => return choice::nothing(missing.clone(), world),
        Choice::Environment(Err(_)) => pbx.sandbox = true,
        choice => pbx.read_only |= choice.is_read_only(),
    }
    kept::install(kept::main_of(&pbx).as_deref(), world);
    let wired = match wire(&pbx, bounds, None, world) {
        Ok(wired) => wired,
        Err(reason) => return world.complain(Code::Usage, &reason, None),
    };
    world.on_ctrl_c(&wired.stop.interrupt);
    greet(&pbx, chosen, wired.bindings.pbx().name(), world);
    match repl::run(prompt(&pbx, wired, world)) {
        Ok(0) => Exit::Success,
        Ok(code) => Exit::Chosen(code),
        Err(reason) => world.complain(Code::NoTerminal, &format!("this terminal cannot have a prompt: {reason}"), None),
    }
}

fn prompt(pbx: &Pbx, wired: Wired, world: &World) -> Prompt {
    let how = run::how(world);
    let (printer, teller, stop, ending) = (world.clone(), world.clone(), wired.stop.clone(), wired.stop);
    let fixed = world.style.width;
    Prompt {
        pbx: wired.bindings.pbx().clone(),
        session: wired.session,
        catalog: Catalog::known(),
        place: if pbx.sandbox { Place::Sandbox } else { Place::Live },
        read_only: pbx.read_only,
        history: history(world),
        style: diag::Style { colour: how.colour, ..world.style },
        width: Box::new(move || terminal_size::terminal_size().map_or(fixed, |(width, _)| width.0.into())),
        print: Box::new(move |line| printer.print(line)),
        tell: Box::new(move |line| teller.tell(line)),
        forget: Box::new(move || stop.begin()),
        ending: Box::new(move || ending.ending()),
        modules: (bundled::library().embedded_names)(),
        profiles: profiles(world),
    }
}

/// What `connect("…")` may be given; a file that cannot be read has nothing to offer.
fn profiles(world: &World) -> Vec<String> {
    let all = world.store().and_then(|store| store.profiles());
    all.map_or_else(|_| Vec::new(), |profiles| profiles.all.into_iter().map(|profile| profile.name).collect())
}

/// The one line at the start.
fn greet(pbx: &Pbx, chosen: bool, name: &str, world: &World) {
    let version = env!("CARGO_PKG_VERSION");
    let what = if pbx.sandbox { "a simulated PBX that forgets everything at the end" } else { name };
    let mode = if pbx.read_only { ", read-only" } else { "" };
    world.tell(&format!("pbxsh {version} on {what}{mode}; :help tells more, :quit leaves"));
    if !chosen {
        world.tell(&format!(
            "no PBX is configured, so this is the sandbox; `pbxsh profile add`, or {}, {} and {}, lead to yours",
            config::URL,
            config::CLIENT_ID,
            config::CLIENT_SECRET
        ));
    }
}

/// Where entries are kept. The editor makes the file, for its owner's eyes only.
fn history(world: &World) -> Option<PathBuf> {
    let folder = world.state_folder().ok_or_else(|| "nobody knows where: is `HOME` set?".to_owned());
    let made = folder.and_then(|folder| {
        let made = std::fs::create_dir_all(&folder);
        made.map(|()| folder.join("history")).map_err(|error| format!("{}: {error}", folder.display()))
    });
    match made {
        Ok(file) => Some(file),
        Err(reason) => {
            world.tell(&format!("note: entries are not kept: {reason}"));
            None
        }
    }
}
