//! How far a run may go: steps, time, memory, what it may reach, and where its modules come from.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use clap::Args;

use crate::bindings::{AHEAD, MOST_AHEAD};
use crate::cli::permissions::Permissions;
use crate::cli::world::World;
use crate::client::Interrupt;
use crate::script::Ending;

/// The default is for a session in which nothing runs.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Bounds {
    /// A folder of modules for `import`, searched after the importing file's own; may be given again
    #[arg(long, value_name = "DIR")]
    pub(super) lib: Vec<PathBuf>,
    /// End the run after this many steps of the script
    #[arg(long, value_name = "STEPS")]
    pub(super) max_operations: Option<u64>,
    /// End the run after this many seconds; of `pbxsh test` each test, after 60 without it
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(super) timeout: Option<Duration>,
    /// End the run when it holds more than this many megabytes
    #[arg(long, value_name = "MB", default_value_t = 4096)]
    pub(super) max_memory: usize,
    #[command(flatten)]
    pub(super) permissions: Permissions,
    /// Fetch up to this many pages of a list at once, ahead of the script; 1 fetches each when it is wanted
    #[arg(long, value_name = "PAGES", default_value_t = AHEAD as u8, value_parser = clap::value_parser!(u8).range(1..=MOST_AHEAD as i64))]
    pub(super) ahead: u8,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: Result<f64, _> = text.parse();
    let duration = seconds.ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| "this is no number of seconds".to_owned())
}

/// What ends runs: Ctrl-C, time and memory.
#[derive(Clone)]
pub(super) struct Stop {
    pub(super) interrupt: Interrupt,
    timed_out: Arc<AtomicBool>,
    memory: usize,
    world: World,
    /// Whoever waits for the time to be up stops waiting when the last clone of this is gone.
    _running: Option<Sender<()>>,
}

impl Stop {
    /// The clock of the run begins now.
    pub(super) fn new(bounds: &Bounds, world: &World) -> Stop {
        let (interrupt, timed_out) = (Interrupt::default(), Arc::new(AtomicBool::new(false)));
        let running = bounds.timeout.map(|timeout| {
            let (interrupt, timed_out) = (interrupt.clone(), timed_out.clone());
            let (running, over) = channel();
            std::thread::spawn(move || {
                if over.recv_timeout(timeout) == Err(RecvTimeoutError::Timeout) {
                    timed_out.store(true, Ordering::SeqCst);
                    interrupt.fire();
                }
            });
            running
        });
        let memory = bounds.max_memory.saturating_mul(1 << 20);
        Stop { interrupt, timed_out, memory, world: world.clone(), _running: running }
    }

    pub(super) fn ending(&self) -> Option<Ending> {
        if self.interrupt.is_fired() {
            let timed_out = self.timed_out.load(Ordering::SeqCst);
            return Some(if timed_out { Ending::Timeout } else { Ending::Interrupted });
        }
        (self.world.allocated() > self.memory).then_some(Ending::Memory)
    }
}
