//! Signals: Ctrl-C, and the wish that the program ends. `world.rs` says what becomes of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::client::Interrupt;

/// What somebody asks of the program from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Ctrl-C.
    Stop,
    /// SIGTERM, or a terminal that was closed.
    End,
}

/// From now on signals are heard, on a thread of their own.
#[cfg(unix)]
fn hear_all(wanted: &[i32], mut heard: impl FnMut(Asked) + Send + 'static) -> std::io::Result<()> {
    use signal_hook::consts::SIGINT;
    let mut signals = signal_hook::iterator::Signals::new(wanted)?;
    let hear = move || signals.forever().for_each(|it| heard(if it == SIGINT { Asked::Stop } else { Asked::End }));
    std::thread::Builder::new().name("signals".to_owned()).spawn(hear).map(|_| ())
}

#[cfg(unix)]
const ALL: [i32; 3] = [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP];

/// The same for whoever has no prompt. What was ignored when the program was started stays ignored: `nohup` means that it
/// outlives the terminal, and a shell in the background that Ctrl-C is for others.
#[cfg(unix)]
pub(super) fn hear(heard: impl FnMut(Asked) + Send + 'static) -> std::io::Result<()> {
    let ignored = ignored();
    let wanted: Vec<i32> = ALL.into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0).collect();
    hear_all(&wanted, heard)
}

/// The signals that this process ignores, a bit for each. Where the system does not say so in words, asking would need `unsafe`.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored_in(&status)
}

#[cfg(unix)]
fn ignored_in(status: &str) -> u64 {
    let bits = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    bits.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).unwrap_or(0)
}

/// Which of them it was is not said there.
#[cfg(not(unix))]
pub(super) fn hear(mut heard: impl FnMut(Asked) + Send + 'static) -> std::io::Result<()> {
    ctrlc::set_handler(move || heard(Asked::Stop)).map_err(std::io::Error::other)
}

/// A prompt hears all of them: somebody sits there, whatever its parent ignored.
#[cfg(unix)]
fn hear_at_prompt(heard: impl FnMut(Asked) + Send + 'static) -> std::io::Result<()> {
    hear_all(&ALL, heard)
}

#[cfg(not(unix))]
use hear as hear_at_prompt;

/// Wakes whoever waits for a key, as Ctrl-C would.
#[cfg(unix)]
pub(super) fn wake() {
    let _ = nix::sys::signal::raise(nix::sys::signal::Signal::SIGINT);
}

/// There is no way but the person's.
#[cfg(not(unix))]
pub(super) fn wake() {}

/// How a terminal is set.
#[cfg(unix)]
#[derive(Debug)]
struct Modes(Option<nix::sys::termios::Termios>);

#[cfg(unix)]
impl Modes {
    fn now() -> Modes {
        Modes(nix::sys::termios::tcgetattr(std::io::stdin()).ok())
    }

    fn restore(&self) {
        if let Some(modes) = &self.0 {
            let _ = nix::sys::termios::tcsetattr(std::io::stdin(), nix::sys::termios::SetArg::TCSADRAIN, modes);
        }
    }
}

/// Shall the terminal mark what is pasted? Other programs would take the marks for keys.
#[cfg(unix)]
fn mark_pastes(mark: bool) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(if mark { b"\x1b[?2004h" } else { b"\x1b[?2004l" }).and_then(|()| out.flush());
}

/// How a prompt takes signals: Ctrl-C ends what runs and nothing else, and whoever wants the program to end has it end in order.
#[derive(Debug, Clone, Default)]
pub(super) struct AtPrompt(Arc<State>);

#[derive(Debug, Default)]
struct State {
    lent: AtomicBool,
    leaving: AtomicBool,
    /// When Ctrl-C was pressed first, since the entry began that runs.
    pressed: Mutex<Option<Instant>>,
    /// How the terminal was before the prompt had it.
    #[cfg(unix)]
    before: Mutex<Option<Modes>>,
}

/// The terminal is lent to another program as long as this is held.
pub(super) struct Lent(AtPrompt);

impl Drop for Lent {
    fn drop(&mut self) {
        self.0.0.lent.store(false, Ordering::SeqCst);
    }
}

impl AtPrompt {
    /// Whoever presses Ctrl-C twice is impatient; whoever still presses it after this time has a reason.
    const PATIENCE: Duration = Duration::from_secs(3);
    /// What has not ended by then when the program shall end, does not end by itself.
    const GRACE: Duration = Duration::from_secs(3);

    /// Ctrl-C belongs to the program in the foreground.
    pub(super) fn lend(&self) -> Lent {
        self.0.lent.store(true, Ordering::SeqCst);
        Lent(self.clone())
    }

    /// Another entry begins: what was pressed before has done its work.
    pub(super) fn begin(&self) {
        *self.pressed() = None;
    }

    fn pressed(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.pressed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shall the program end?
    pub(super) fn is_leaving(&self) -> bool {
        self.0.leaving.load(Ordering::SeqCst)
    }

    /// Puts the program aside, as Ctrl-Z does, until somebody takes it up again; the terminal is then as it was.
    ///
    /// The editor does so too, but a signal to the process is taken by whichever thread, and this one would go on with the
    /// terminal before all of them stand still.
    #[cfg(unix)]
    pub(super) fn put_aside(&self) {
        use nix::sys::signal::{Signal, kill};
        // Where nobody could take it up again, the system does not put it aside.
        const MOMENT: Duration = Duration::from_millis(300);
        let again = Arc::new(AtomicBool::new(false));
        let Ok(hearing) = signal_hook::flag::register(signal_hook::consts::SIGCONT, again.clone()) else { return };
        let raw = Modes::now();
        self.restore();
        mark_pastes(false);
        let begun = Instant::now();
        // Its whole group: what was started together stops together.
        let _ = kill(nix::unistd::Pid::from_raw(0), Signal::SIGTSTP);
        while !again.load(Ordering::SeqCst) && begun.elapsed() < MOMENT {
            std::thread::sleep(Duration::from_millis(5));
        }
        raw.restore();
        mark_pastes(true);
        signal_hook::low_level::unregister(hearing);
    }

    /// How the terminal was before the prompt had it: for somebody who goes on in it.
    #[cfg(unix)]
    fn restore(&self) {
        if let Some(before) = &*self.0.before.lock().unwrap_or_else(PoisonError::into_inner) {
            before.restore();
        }
    }

    #[cfg(not(unix))]
    fn restore(&self) {}

    /// Hears signals for a prompt; `exit` ends a program that does not listen.
    pub(super) fn hear(&self, interrupt: &Interrupt, exit: fn()) {
        #[cfg(unix)]
        self.0.before.lock().unwrap_or_else(PoisonError::into_inner).replace(Modes::now());
        let (this, interrupt) = (self.clone(), interrupt.clone());
        // A process that cannot be told of signals is ended by them, which is what they are for.
        let _ = hear_at_prompt(move |asked| match asked {
            Asked::End => this.leave(&interrupt, exit),
            Asked::Stop if this.0.lent.load(Ordering::SeqCst) => {}
            Asked::Stop => {
                let mut pressed = this.pressed();
                match *pressed {
                    None => {
                        *pressed = Some(Instant::now());
                        interrupt.fire();
                    }
                    Some(first) if first.elapsed() > AtPrompt::PATIENCE => {
                        this.restore();
                        exit();
                    }
                    Some(_) => {}
                }
            }
        });
    }

    /// Ends the entry that runs and wakes the prompt, until somebody has heard it.
    fn leave(&self, interrupt: &Interrupt, exit: fn()) {
        const NAP: Duration = Duration::from_millis(20);
        self.0.leaving.store(true, Ordering::SeqCst);
        let begun = Instant::now();
        loop {
            interrupt.fire();
            wake();
            std::thread::sleep(NAP);
            // An editor that is open is not left alone with its file.
            if begun.elapsed() > AtPrompt::GRACE && !self.0.lent.load(Ordering::SeqCst) {
                self.restore();
                exit();
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::ignored_in;

    #[test]
    fn what_is_ignored_is_read_from_the_words_of_the_system() {
        let status = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000001003\nSigCgt:\t0000000000000000\n";
        assert_eq!(ignored_in(status), 0x1003);
        assert_eq!(ignored_in(""), 0);
        assert_eq!(ignored_in("SigIgn:\tnonsense"), 0);
    }
}
