//! The one door to the world outside: environment, clock, streams, signals.

// What the rest of the program must not use, this file and those below it are there to use.
#![allow(clippy::disallowed_methods)]

mod drawn;
mod looks;
mod typed;

use std::io::{ErrorKind, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cap::Cap;
use etcetera::BaseStrategy;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mimalloc::MiMalloc;

pub(super) use looks::Colour;

use crate::bindings;
use crate::cli::Look;
use crate::cli::signals::{self, AtPrompt};
use crate::client::secrets::hush;
use crate::client::{Interrupt, Proxies};
use crate::code::Code;
use crate::config::keyring::{NoKeyring, System};
use crate::config::{Fault, Mute, Store};
use crate::diag::{self, ErrorFormat, Exit, Style, problem, problem_of};
use crate::repl::Keys;
use crate::sandbox::Clock;
use crate::show::text;

/// Counts what is allocated, so that a run can be ended before the kernel ends the program.
#[global_allocator]
static MEMORY: Cap<MiMalloc> = Cap::new(MiMalloc, usize::MAX);

/// What the rest of the program is handed instead of asking for it.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) style: Style,
    asked: Look,
    /// A variable wants colours wherever the output goes.
    forced: bool,
    /// Nothing is drawn; a prompt can change it.
    plain: Arc<AtomicBool>,
    /// Where lines go instead of to the streams.
    caught: Option<Caught>,
    /// Does a line of progress stand on the terminal?
    drawn: Arc<Mutex<bool>>,
    /// When a line of progress was told last, or something began that takes its time.
    told: Arc<Mutex<Option<Instant>>>,
    pub(super) at_prompt: AtPrompt,
}

/// Lines that were meant for the streams.
pub(super) type Caught = Arc<Mutex<String>>;

impl World {
    pub(super) fn of_process() -> World {
        let mut world = World {
            style: looks::of_terminal(),
            asked: Look::default(),
            forced: false,
            plain: Arc::default(),
            caught: None,
            drawn: Arc::default(),
            told: Arc::default(),
            at_prompt: AtPrompt::default(),
        };
        let set = |name: &str| world.variable(name).is_some_and(|value| !value.is_empty());
        let on = |name: &str| world.variable(name).is_some_and(|value| !value.is_empty() && value != "0");
        let error_format = world.variable(ERROR_FORMAT).and_then(|name| ErrorFormat::from_name(&name));
        let variables = Look { error_format, color: None, plain: on(PLAIN) };
        world.forced = on("CLICOLOR_FORCE") && !set("NO_COLOR");
        world.looking(&variables)
    }

    /// The same world without streams and without a person; what would have stood there.
    pub(super) fn catching(&self) -> (World, Caught) {
        let caught = Caught::default();
        (World { caught: Some(caught.clone()), ..self.clone() }, caught)
    }

    /// Keeps a line from the streams, if that is wanted.
    fn catch(&self, line: &str) -> bool {
        let Some(caught) = &self.caught else { return false };
        let mut caught = caught.lock().unwrap_or_else(PoisonError::into_inner);
        caught.push_str(line);
        caught.push('\n');
        true
    }

    /// Is its clock held, so that times mean nothing?
    pub(super) fn is_sealed(&self) -> bool {
        self.variable("PBXSH_NOW").is_some_and(|now| !now.is_empty())
    }

    pub(super) fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    /// The working directory; nothing, if it is gone.
    pub(super) fn folder(&self) -> PathBuf {
        std::env::current_dir().unwrap_or_default()
    }

    /// Where profiles are kept, and their secrets.
    pub(super) fn store(&self) -> Result<Store, Fault> {
        let store = Store::new(self.profiles_folder()?).with_proxies(self.proxies());
        if !self.has_session() {
            return Ok(store.with_keyring(NoKeyring(Mute::NoSession)));
        }
        // Somebody may have to type a password into a window of the keyring.
        let unlocking = if self.has_person() { Duration::from_secs(30) } else { Duration::ZERO };
        Ok(store.with_keyring(System { patience: Duration::from_secs(5), unlocking }))
    }

    /// Is this a session in which a keyring could be? Looked at before the library is asked, which would start a bus.
    #[cfg(all(unix, not(target_os = "macos")))]
    fn has_session(&self) -> bool {
        let set = |name: &str| self.variable(name).filter(|value| !value.is_empty());
        set("DBUS_SESSION_BUS_ADDRESS").is_some()
            || set("XDG_RUNTIME_DIR").is_some_and(|folder| PathBuf::from(folder).join("bus").exists())
    }

    #[cfg(not(all(unix, not(target_os = "macos"))))]
    fn has_session(&self) -> bool {
        true
    }

    fn profiles_folder(&self) -> Result<PathBuf, Fault> {
        if let Some(folder) = self.variable("PBXSH_CONFIG_DIR").filter(|folder| !folder.is_empty()) {
            return Ok(self.folder().join(folder));
        }
        let places = etcetera::choose_base_strategy();
        let places = places.map_err(|error| Fault::NoFolder { reason: error.to_string() })?;
        Ok(places.config_dir().join("pbxsh"))
    }

    /// The script that every prompt runs first, whether there is one or not.
    pub(super) fn init_file(&self) -> Option<PathBuf> {
        self.profiles_folder().ok().map(|folder| folder.join("init.rhai"))
    }

    /// The proxies that the variables name.
    pub(super) fn proxies(&self) -> Proxies {
        Proxies::from_environment(|name| self.variable(name))
    }

    /// Where this user keeps what is no setting: histories and tokens.
    pub(super) fn state_folder(&self) -> Option<PathBuf> {
        let places = etcetera::choose_base_strategy().ok()?;
        Some(places.state_dir().unwrap_or_else(|| places.data_dir()).join("pbxsh"))
    }

    /// What is wrong with the settings that have no place to be told later.
    pub(super) fn fault(&self) -> Option<String> {
        let is = |name: &str, wrong: fn(&str) -> bool| self.variable(name).filter(|value| wrong(value));
        if let Some(format) = is(ERROR_FORMAT, |name| !name.is_empty() && ErrorFormat::from_name(name).is_none()) {
            let names = ErrorFormat::NAMES.join(", ");
            return Some(format!("`{ERROR_FORMAT}` is {format:?} and must be one of {names}"));
        }
        if let Some(keys) = is(KEYS, |name| !name.is_empty() && Keys::from_name(name).is_none()) {
            return Some(format!("`{KEYS}` is {keys:?} and must be one of {}", Keys::NAMES.join(", ")));
        }
        let now = is("PBXSH_NOW", |now| !now.is_empty() && now.parse::<Timestamp>().is_err())?;
        Some(format!("`PBXSH_NOW` is {now:?} and must look like 2026-03-12T10:30:00Z"))
    }

    /// The clock of the simulated PBX. `PBXSH_NOW` holds it, so that a rehearsal looks the same tomorrow.
    pub(super) fn clock(&self) -> Clock {
        match self.variable("PBXSH_NOW").and_then(|now| now.parse::<Timestamp>().ok()) {
            Some(now) => Arc::new(move || now),
            None => Arc::new(Timestamp::now),
        }
    }

    pub(super) fn zone(&self) -> TimeZone {
        self.variable("TZ").and_then(|name| TimeZone::get(&name).ok()).unwrap_or_else(TimeZone::system)
    }

    /// How much memory the program holds now.
    pub(super) fn allocated(&self) -> usize {
        usize::MAX - MEMORY.remaining()
    }

    /// Can somebody be asked? Answers come from the input, and questions are messages.
    pub(super) fn has_person(&self) -> bool {
        self.caught.is_none() && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Does somebody watch?
    pub(super) fn is_watched(&self) -> bool {
        self.caught.is_none() && std::io::stderr().is_terminal()
    }

    /// The keys that somebody wants at every prompt.
    pub(super) fn keys(&self) -> Option<Keys> {
        self.variable(KEYS).and_then(|name| Keys::from_name(&name))
    }

    /// A line of output. A reader that went away ends the program, as it ends every other one in a pipe.
    pub(super) fn print(&self, line: &str) {
        if self.catch(line) {
            return;
        }
        let _wiped = self.wiped();
        // In a pipe it is data.
        let line = if std::io::stdout().is_terminal() { text::printed(line) } else { line.into() };
        let mut out = std::io::stdout().lock();
        // In one piece: a reader that has seen what it wanted may close the pipe before a second one comes.
        if let Err(error) = out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush()) {
            if self.is_closed(&error) {
                return;
            }
            let code = if error.kind() == ErrorKind::BrokenPipe { Exit::Success } else { Exit::File };
            std::process::exit(code.code().into());
        }
    }

    /// Was the terminal closed, and does this prompt end because of that? The signal that says so may come a moment later.
    fn is_closed(&self, error: &std::io::Error) -> bool {
        const MOMENT: Duration = Duration::from_millis(200);
        // That of a terminal which is no more.
        const EIO: i32 = 5;
        if error.raw_os_error() == Some(EIO) && !self.at_prompt.is_leaving() {
            std::thread::sleep(MOMENT);
        }
        self.at_prompt.is_leaving()
    }

    /// A line for the person, not for the pipe. No secret that this process knows gets through here, whoever let it come so far.
    pub(super) fn tell(&self, line: &str) {
        let line = &*hush(line);
        if !self.catch(line) {
            let _wiped = self.wiped();
            let line = if std::io::stderr().is_terminal() { text::printed(line) } else { line.into() };
            let _ = writeln!(std::io::stderr().lock(), "{line}");
        }
    }

    /// The first Ctrl-C ends the script between two steps and its request with it, a second one the program.
    pub(super) fn on_ctrl_c(&self, interrupt: &Interrupt) {
        let interrupt = interrupt.clone();
        let handler = move || {
            if interrupt.is_fired() {
                std::process::exit(Exit::Interrupted.code().into());
            }
            interrupt.fire();
        };
        // A process that cannot be told of signals is ended by them, which is what they are for.
        let _ = signals::hear(move |_| handler());
    }

    /// At a prompt Ctrl-C ends the entry and never the program, as long as entries end; SIGTERM and a closed terminal end it.
    pub(super) fn on_signals_at_prompt(&self, interrupt: &Interrupt) {
        self.at_prompt.hear(interrupt, || std::process::exit(Exit::Interrupted.code().into()));
    }

    /// Hears when somebody asks the program to end, by Ctrl-C or by SIGTERM; whoever asks twice does not wait.
    pub(super) fn asked_to_end(&self) -> std::io::Result<Receiver<()>> {
        let (ask, asked) = std::sync::mpsc::sync_channel(1);
        let handler = move || {
            if ask.try_send(()).is_err() {
                std::process::exit(Exit::Interrupted.code().into());
            }
        };
        signals::hear(move |_| handler())?;
        Ok(asked)
    }

    /// An error without a place in a script, and how a program exits that ends with it.
    pub(super) fn complain(&self, code: Code, message: &str, hint: Option<&str>) -> Exit {
        self.tell(problem(code, message, hint, self.style).trim_end());
        code.exit()
    }

    /// The same about a fault.
    pub(super) fn refuse(&self, fault: &bindings::Fault) -> Exit {
        let (report, exit) = problem_of(fault, diag::fault(fault), self.style);
        self.tell(report.trim_end());
        exit
    }
}

/// The variable that says in which form errors are told.
const ERROR_FORMAT: &str = "PBXSH_ERROR_FORMAT";

/// The variable that asks for words in a row, without anything that is drawn.
const PLAIN: &str = "PBXSH_PLAIN";

/// The variable that says which keys the line editor has.
const KEYS: &str = "PBXSH_KEYS";
