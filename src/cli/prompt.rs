//! `pbxsh` alone: the prompt, or a script on the standard input.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::cli::bounds::Bounds;
use crate::cli::choice::{self, Choice};
use crate::cli::desk::{self, AtDesk};
use crate::cli::screen::AtScreen;
use crate::cli::wiring::{Wired, wire_with};
use crate::cli::world::World;
use crate::cli::{Pbx, bundled, kept, network, run};
use crate::code::Code;
use crate::diag::Exit;
use crate::guard::{Answer, Confirm};
use crate::repl::{self, Answers, Keys, Place, Prompt, Turned};
use crate::script::Source;
use crate::show::text;

/// What the command line says about the prompt alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    pub(super) yes: bool,
    pub(super) no_init: bool,
}

pub(super) fn open(pbx: &Pbx, bounds: &Bounds, start: Start, world: &World) -> Exit {
    if !std::io::stdin().is_terminal() {
        return run::stdin(pbx, bounds, world);
    }
    let mut pbx = match pbx.chosen(world) {
        Ok(pbx) => pbx,
        Err(exit) => return exit,
    };
    let chosen = pbx.sandbox || !pbx.choice.is_nothing();
    let mut read_only = pbx.read_only;
    match &pbx.choice {
        _ if pbx.sandbox => {}
        // Some settings without the others are a mistake, and work meant for a PBX must not land in the sandbox.
        Choice::Environment(Err(missing)) if chosen => return choice::nothing(missing.clone(), world),
        Choice::Environment(Err(_)) => pbx.sandbox = true,
        choice => read_only |= choice.is_read_only(),
    }
    (pbx.prompt, pbx.asks) = (true, true);
    kept::install(kept::main_of(&pbx).as_deref(), world);
    let answers = Answers::default();
    let wired = match wire_with(&pbx, bounds, None, Some(Arc::new(answers.clone())), world) {
        Ok(wired) => wired,
        Err(reason) => return world.complain(Code::Usage, &reason, None),
    };
    world.on_signals_at_prompt(&wired.stop.interrupt);
    greet(&pbx, read_only, chosen, wired.bindings.pbx().name(), world);
    let init = if start.no_init { Ok(None) } else { init(world) };
    if let Err(reason) = &init {
        world.tell(&format!("note: init.rhai is not run: {reason}"));
    }
    let prompt = prompt(&pbx, bounds, wired, answers, world);
    prompt.confirm.set(!start.yes);
    match repl::run(Prompt { init: init.ok().flatten(), ..prompt }) {
        Ok(_) if world.at_prompt.is_leaving() => Exit::Interrupted,
        Ok(0) => Exit::Success,
        Ok(code) => Exit::Chosen(code),
        Err(reason) => world.complain(Code::NoTerminal, &format!("this terminal cannot have a prompt: {reason}"), None),
    }
}

/// What somebody wants to have at every prompt.
fn init(world: &World) -> Result<Option<Source>, String> {
    let Some(file) = world.init_file().filter(|file| file.exists()) else { return Ok(None) };
    run::read(&file, &file.display().to_string()).map(Some)
}

fn prompt(pbx: &Pbx, bounds: &Bounds, wired: Wired, answers: Answers, world: &World) -> Prompt {
    let connection = wired.bindings.pbx();
    let place = if pbx.sandbox { Place::Sandbox } else { Place::Live };
    let profile = match &pbx.choice {
        Choice::Profile(profile) if !pbx.sandbox => Some(profile.name.clone()),
        _ => None,
    };
    let history = desk::history(world, profile.as_deref());
    let here = Turned { pbx: connection.clone(), place, history: history.clone() };
    let known = HashMap::from([(connection.name().to_owned(), here)]);
    let screen = AtScreen { world: world.clone(), stop: wired.stop.clone() };
    let desk = AtDesk {
        world: world.clone(),
        maker: wired.maker.clone(),
        bindings: wired.bindings,
        stop: wired.stop,
        lib: bounds.lib.clone(),
        known: RefCell::new(known),
    };
    Prompt {
        pbx: connection,
        session: wired.session,
        catalog: Catalog::known(),
        place,
        read_only: wired.maker.read_only,
        planning: wired.maker.planning,
        // Where nobody can be asked, nobody says yes.
        confirm: wired.maker.confirm.unwrap_or_else(|| Confirm::new(Arc::new(|_| Answer::No))),
        desk: Box::new(desk),
        answers,
        trace: match bounds.network.trace {
            None => repl::Trace::Off,
            Some(network::Trace::Lines) => repl::Trace::Lines,
            Some(network::Trace::Full) => repl::Trace::Full,
        },
        init: None,
        history,
        keys: keys(world),
        screen: Arc::new(screen),
        modules: (bundled::library().embedded_names)(),
    }
}

/// The one line at the start: where somebody is, before anything else.
fn greet(pbx: &Pbx, read_only: bool, chosen: bool, name: &str, world: &World) {
    let version = env!("CARGO_PKG_VERSION");
    let place = match (pbx.sandbox, chosen) {
        (true, true) => ", sandbox, a simulated PBX".to_owned(),
        (true, false) => ", sandbox, as no PBX is configured".to_owned(),
        (false, _) => format!(" on {}", text::line(name)),
    };
    let mode = match (pbx.plan, read_only, pbx.sandbox) {
        (true, ..) => ", planning: nothing that changes something is sent",
        (false, true, _) => ", read-only",
        (false, false, true) => "",
        (false, false, false) => ", LIVE",
    };
    let line = format!("pbxsh {version}{place}{mode}; :help tells more, :quit leaves");
    world.tell(&text::wrap(&line, world.width().clamp(20, 100), 0));
}

/// The keys that somebody wants, as far as the terminal has them. Who listens has whole lines, unless they ask for others.
fn keys(world: &World) -> Keys {
    let usual = if world.draws() { Keys::Emacs } else { Keys::Lines };
    world.keys().filter(|_| world.can_draw()).unwrap_or(usual)
}
