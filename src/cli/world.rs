//! The one door to the world outside: environment, clock, streams, signals.

// What the rest of the program must not use, this file is there to use.
#![allow(clippy::disallowed_methods)]

use std::io::{BufRead, ErrorKind, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cap::Cap;
use etcetera::BaseStrategy;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mimalloc::MiMalloc;

use crate::bindings;
use crate::cli::Look;
use crate::cli::signals::{self, AtPrompt};
use crate::client::secrets::hush;
use crate::client::{Interrupt, Proxies};
use crate::code::Code;
use crate::config::keyring::{NoKeyring, System};
use crate::config::{Fault, Mute, Store};
use crate::diag::{self, ErrorFormat, Exit, Style, WIDEST, problem, problem_of};
use crate::repl::{Keys, Screen};
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
            style: style(),
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

    /// The same with the looks that the command line asks for.
    pub(super) fn looking(mut self, look: &Look) -> World {
        self.asked = Look {
            error_format: look.error_format.or(self.asked.error_format),
            color: look.color.or(self.asked.color),
            plain: look.plain || self.asked.plain,
        };
        self.plain = Arc::new(AtomicBool::new(self.asked.plain));
        self.style = self.styled();
        self
    }

    /// Plain words, or what the terminal can do; from now on, wherever this world is known.
    pub(super) fn set_plain(&self, on: bool) -> Style {
        self.plain.store(on, Ordering::SeqCst);
        self.styled()
    }

    pub(super) fn is_plain(&self) -> bool {
        self.plain.load(Ordering::SeqCst)
    }

    /// What was asked for by name wins over what goes with plain words.
    fn styled(&self) -> Style {
        let (plain, terminal) = (self.is_plain(), style());
        let colour = match self.asked.color {
            Some(Colour::Always) => true,
            Some(Colour::Never) => false,
            Some(Colour::Auto) => terminal.colour,
            None => !plain && (self.forced || terminal.colour),
        };
        let usual = if plain { ErrorFormat::Plain } else { ErrorFormat::Fancy };
        let format = self.asked.error_format.unwrap_or(usual);
        Style { colour, format, plain, unicode: terminal.unicode && !plain, ..terminal }
    }

    /// Do help pages have colours?
    pub(super) fn colours_help(&self) -> clap::ColorChoice {
        match (self.asked.color, self.is_plain()) {
            (Some(Colour::Always), _) => clap::ColorChoice::Always,
            (Some(Colour::Never), _) | (None, true) => clap::ColorChoice::Never,
            _ => clap::ColorChoice::Auto,
        }
    }

    /// May what goes to the standard output have colours?
    pub(super) fn colours_output(&self) -> bool {
        let shown = || self.styled().colour && std::io::stdout().is_terminal();
        match self.asked.color {
            Some(Colour::Always) => true,
            Some(Colour::Never) => false,
            Some(Colour::Auto) => shown(),
            None => !self.is_plain() && (self.forced || shown()),
        }
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

    /// Can the terminal hide what is typed?
    pub(super) fn can_hide(&self) -> bool {
        can_draw()
    }

    /// May lines be drawn over others? Who listens hears each of them anew.
    pub(super) fn draws(&self) -> bool {
        can_draw() && !self.is_plain()
    }

    /// The keys that somebody wants at every prompt.
    pub(super) fn keys(&self) -> Option<Keys> {
        self.variable(KEYS).and_then(|name| Keys::from_name(&name))
    }

    /// A line as the terminal itself reads it, behind a text; nothing at the end of the input. What is hidden is not shown by it.
    ///
    /// # Errors
    /// `Interrupted`, if something ended the wait; others where nothing can be read.
    pub(super) fn read_line(
        &self,
        behind: &str,
        hidden: bool,
        over: &dyn Fn() -> bool,
    ) -> std::io::Result<Option<String>> {
        // A question is no output.
        std::io::stderr().write_all(behind.as_bytes())?;
        let _hidden = if hidden { Some(Silence::new()?) } else { None };
        let mut line = Vec::new();
        let read = until_typed(over).and_then(|()| std::io::stdin().lock().read_until(b'\n', &mut line));
        // A terminal that sends something else than UTF-8 is to lose a letter and not its prompt.
        let line = String::from_utf8_lossy(&line);
        if !matches!(read, Ok(1..)) {
            // Nobody has pressed Enter.
            let _ = writeln!(std::io::stderr());
        }
        Ok((read? > 0).then(|| line.trim_end_matches(['\n', '\r']).to_owned()))
    }

    /// How wide tables may be; reports are told in fewer columns than the widest terminals have.
    pub(super) fn room(&self) -> usize {
        let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        columns().or_else(terminal).unwrap_or(self.style.width).max(20)
    }

    /// How many columns the terminal has now.
    pub(super) fn width(&self) -> usize {
        terminal_size::terminal_size_of(std::io::stderr()).map_or(self.style.width, |(width, _)| usize::from(width.0))
    }

    /// How many lines the terminal has now.
    pub(super) fn height(&self) -> usize {
        terminal_size::terminal_size_of(std::io::stdout()).map_or(24, |(_, height)| usize::from(height.0))
    }

    /// Puts a page where the last one stood; below it, where the terminal cannot draw.
    pub(super) fn redraw(&self, page: &str) {
        let page = hush(page);
        if self.caught.is_some() || !self.draws() || !std::io::stdout().is_terminal() {
            return self.print(&page);
        }
        let _wiped = self.wiped();
        let lines: Vec<String> = page.lines().map(|line| format!("{line}\x1b[K\r\n")).collect();
        let mut out = std::io::stdout().lock();
        // A terminal that went away is told of by the next key.
        let _ = write!(out, "\x1b[H{}\x1b[J", lines.concat()).and_then(|()| out.flush());
    }

    /// Draws a line of progress over the last one, or takes it away. Where nothing is drawn, a line is told once in a while.
    pub(super) fn draw(&self, line: Option<&str>) {
        if self.caught.is_some() {
            return;
        }
        if !self.draws() {
            return self.tell_once_in_a_while(line);
        }
        let Some(line) = line else { return drop(self.wiped()) };
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = std::io::stderr().lock();
        let _ = write!(out, "\r{}\x1b[K", hush(line)).and_then(|()| out.flush());
        *drawn = true;
    }

    fn tell_once_in_a_while(&self, line: Option<&str>) {
        const WHILE: Duration = Duration::from_secs(10);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        match (line, *told) {
            (None, _) => *told = None,
            (Some(_), None) => *told = Some(Instant::now()),
            (Some(line), Some(before)) if before.elapsed() >= WHILE => {
                *told = Some(Instant::now());
                self.tell(&without_bar(line));
            }
            (Some(_), Some(_)) => {}
        }
    }

    /// Takes the line of progress away; as long as this is held, nobody draws another.
    fn wiped(&self) -> MutexGuard<'_, bool> {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut *drawn) {
            let mut out = std::io::stderr().lock();
            let _ = write!(out, "\r\x1b[K").and_then(|()| out.flush());
        }
        drawn
    }

    /// Ends the question that stands on the terminal, as Ctrl-C would.
    pub(super) fn interrupt_question(&self) {
        signals::wake();
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

    /// The same in the place of what the terminal made of a key, where something can stand in the place of something else.
    pub(super) fn tell_over(&self, line: &str) {
        if self.caught.is_none() && self.draws() && std::io::stderr().is_terminal() {
            let _ = write!(std::io::stderr().lock(), "\r");
        }
        self.tell(line);
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

impl Screen for World {
    fn size(&self) -> (usize, usize) {
        let known = terminal_size::terminal_size_of(std::io::stdout());
        known.map_or((80, usize::MAX), |(columns, rows)| (columns.0.into(), rows.0.into()))
    }

    #[cfg(unix)]
    fn is_typed_ahead(&self) -> bool {
        use std::os::fd::AsFd;

        use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
        let input = std::io::stdin();
        poll(&mut [PollFd::new(input.as_fd(), PollFlags::POLLIN)], PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
    }

    /// Nobody can say.
    #[cfg(not(unix))]
    fn is_typed_ahead(&self) -> bool {
        false
    }

    fn is_leaving(&self) -> bool {
        self.at_prompt.is_leaving()
    }

    #[cfg(unix)]
    fn put_aside(&self) -> bool {
        self.at_prompt.put_aside();
        true
    }

    #[cfg(not(unix))]
    fn put_aside(&self) -> bool {
        false
    }
}

/// When there are colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Colour {
    /// On a terminal
    Auto,
    Always,
    Never,
}

/// The variable that says in which form errors are told.
const ERROR_FORMAT: &str = "PBXSH_ERROR_FORMAT";

/// The variable that asks for words in a row, without anything that is drawn.
const PLAIN: &str = "PBXSH_PLAIN";

/// The variable that says which keys the line editor has.
const KEYS: &str = "PBXSH_KEYS";

/// Can the terminal move its cursor? These are the names that the line editor gives up at, too.
fn can_draw() -> bool {
    !std::env::var("TERM").is_ok_and(|term| ["dumb", "cons25", "emacs"].contains(&term.as_str()))
}

/// Has the terminal colours, by its name? Those of the seventies have none, and some others exist in a version without.
fn has_colours(term: &str) -> bool {
    let old = ["vt52", "vt100", "vt102", "vt220", "vt320"].contains(&term);
    can_draw() && !old && !["-m", "-mono"].iter().any(|end| term.ends_with(end))
}

/// A terminal that does not show what is typed, for as long as this is held.
#[cfg(unix)]
struct Silence(nix::sys::termios::Termios);

#[cfg(unix)]
impl Silence {
    fn new() -> std::io::Result<Silence> {
        use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
        let before = tcgetattr(std::io::stdin())?;
        let mut silent = before.clone();
        silent.local_flags &= !LocalFlags::ECHO;
        // Enter ends the line on the screen, too.
        silent.local_flags |= LocalFlags::ECHONL;
        tcsetattr(std::io::stdin(), SetArg::TCSADRAIN, &silent)?;
        Ok(Silence(before))
    }
}

#[cfg(unix)]
impl Drop for Silence {
    fn drop(&mut self) {
        use nix::sys::termios::{SetArg, tcsetattr};
        let _ = tcsetattr(std::io::stdin(), SetArg::TCSADRAIN, &self.0);
    }
}

/// Here only the line editor can hide what is typed.
#[cfg(not(unix))]
struct Silence;

#[cfg(not(unix))]
impl Silence {
    fn new() -> std::io::Result<Silence> {
        Err(ErrorKind::Unsupported.into())
    }
}

/// `users: 34/100` for `users [####----] 34/100`.
fn without_bar(line: &str) -> String {
    let bar = |rest: &str| {
        rest.split_once("] ")
            .filter(|(cells, _)| cells.chars().all(|c| matches!(c, '#' | '-')))
            .map(|(_, after)| after.to_owned())
    };
    match line.split_once('[').and_then(|(before, rest)| Some((before.trim_end(), bar(rest)?))) {
        Some(("", after)) => after,
        Some((before, after)) => format!("{before}: {after}"),
        None => line.to_owned(),
    }
}

/// Waits until a whole line is there. Only where nobody reads can a wait be ended from outside.
#[cfg(unix)]
fn until_typed(over: &dyn Fn() -> bool) -> std::io::Result<()> {
    use std::os::fd::AsFd;

    use nix::errno::Errno;
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    const NAP: u8 = 50;
    let input = std::io::stdin();
    loop {
        if over() {
            return Err(ErrorKind::Interrupted.into());
        }
        match poll(&mut [PollFd::new(input.as_fd(), PollFlags::POLLIN)], PollTimeout::from(NAP)) {
            Ok(0) | Err(Errno::EINTR) => {}
            Ok(_) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(not(unix))]
fn until_typed(_: &dyn Fn() -> bool) -> std::io::Result<()> {
    Ok(())
}

/// The width that somebody wants, whatever the terminal says.
fn columns() -> Option<usize> {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok())
}

fn style() -> Style {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let coloured = std::env::var("TERM").map_or(true, |term| has_colours(&term));
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
    let locale = locale.map(|name| name.to_lowercase()).find(|name| !name.is_empty()).unwrap_or_default();
    let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0).min(WIDEST));
    Style {
        colour: std::io::stderr().is_terminal() && !set("NO_COLOR") && coloured,
        unicode: locale.contains("utf-8") || locale.contains("utf8"),
        width: columns().or_else(terminal).unwrap_or(100).max(20),
        format: ErrorFormat::Fancy,
        plain: false,
    }
}

#[cfg(test)]
mod tests {
    use super::without_bar;

    #[test]
    fn a_bar_is_not_read_aloud() {
        assert_eq!(without_bar("users [####--------] 34/100"), "users: 34/100");
        assert_eq!(without_bar("[####--------] 34/100"), "34/100");
        assert_eq!(without_bar("a.csv 3.1 GB, 1.6 GB/s"), "a.csv 3.1 GB, 1.6 GB/s");
        assert_eq!(without_bar("a [b] c"), "a [b] c");
    }
}
