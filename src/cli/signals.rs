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
pub(super) fn hear(mut heard: impl FnMut(Asked) + Send + 'static) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let hear = move || signals.forever().for_each(|it| heard(if it == SIGINT { Asked::Stop } else { Asked::End }));
    std::thread::Builder::new().name("signals".to_owned()).spawn(hear).map(|_| ())
}

/// Which of them it was is not said there.
#[cfg(not(unix))]
pub(super) fn hear(mut heard: impl FnMut(Asked) + Send + 'static) -> std::io::Result<()> {
    ctrlc::set_handler(move || heard(Asked::Stop)).map_err(std::io::Error::other)
}

/// Wakes whoever waits for a key, as Ctrl-C would.
#[cfg(unix)]
pub(super) fn wake() {
    let _ = nix::sys::signal::raise(nix::sys::signal::Signal::SIGINT);
}

/// There is no way but the person's.
#[cfg(not(unix))]
pub(super) fn wake() {}

/// How the terminal was, for a program that cannot end in order: somebody goes on in it.
pub(super) struct Modes {
    #[cfg(unix)]
    before: Option<nix::sys::termios::Termios>,
}

#[cfg(unix)]
impl Modes {
    pub(super) fn of_terminal() -> Modes {
        Modes { before: nix::sys::termios::tcgetattr(std::io::stdin()).ok() }
    }

    pub(super) fn restore(&self) {
        if let Some(before) = &self.before {
            let _ = nix::sys::termios::tcsetattr(std::io::stdin(), nix::sys::termios::SetArg::TCSADRAIN, before);
        }
    }
}

#[cfg(not(unix))]
impl Modes {
    pub(super) fn of_terminal() -> Modes {
        Modes {}
    }

    pub(super) fn restore(&self) {}
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

    /// Hears signals for a prompt; `exit` ends a program that does not listen.
    pub(super) fn hear(&self, interrupt: &Interrupt, exit: impl Fn() + Send + 'static) {
        let (this, interrupt) = (self.clone(), interrupt.clone());
        // A process that cannot be told of signals is ended by them, which is what they are for.
        let _ = hear(move |asked| match asked {
            Asked::End => this.leave(&interrupt, &exit),
            Asked::Stop if this.0.lent.load(Ordering::SeqCst) => {}
            Asked::Stop => {
                let mut pressed = this.pressed();
                match *pressed {
                    None => {
                        *pressed = Some(Instant::now());
                        interrupt.fire();
                    }
                    Some(first) if first.elapsed() > AtPrompt::PATIENCE => exit(),
                    Some(_) => {}
                }
            }
        });
    }

    /// Ends the entry that runs and wakes the prompt, until somebody has heard it.
    fn leave(&self, interrupt: &Interrupt, exit: &impl Fn()) {
        const NAP: Duration = Duration::from_millis(20);
        self.0.leaving.store(true, Ordering::SeqCst);
        let begun = Instant::now();
        loop {
            interrupt.fire();
            wake();
            std::thread::sleep(NAP);
            // An editor that is open is not left alone with its file.
            if begun.elapsed() > AtPrompt::GRACE && !self.0.lent.load(Ordering::SeqCst) {
                exit();
            }
        }
    }
}
