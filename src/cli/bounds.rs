//! How far a run may go: steps, time, memory, and where its modules come from.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;

use crate::cli::world::World;
use crate::client::Interrupt;
use crate::script::Ending;

#[derive(Debug, Clone, Default, Args)]
pub(super) struct Bounds {
    /// A folder of modules for `import`, searched after the importing file's own; may be given again
    #[arg(long, value_name = "DIR")]
    pub(super) lib: Vec<PathBuf>,
    /// End the run after this many steps of the script
    #[arg(long, value_name = "STEPS")]
    pub(super) max_operations: Option<u64>,
    /// End the run after this many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(super) timeout: Option<Duration>,
    /// End the run when it holds more than this many megabytes
    #[arg(long, value_name = "MB", default_value_t = 4096)]
    pub(super) max_memory: usize,
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
}

impl Stop {
    /// The clock of the run begins now.
    pub(super) fn new(bounds: &Bounds, world: &World) -> Stop {
        let (interrupt, timed_out) = (Interrupt::default(), Arc::new(AtomicBool::new(false)));
        if let Some(timeout) = bounds.timeout {
            let (interrupt, timed_out) = (interrupt.clone(), timed_out.clone());
            // It ends with the process; a run that is over before does not wait for it.
            std::thread::spawn(move || {
                std::thread::sleep(timeout);
                timed_out.store(true, Ordering::SeqCst);
                interrupt.fire();
            });
        }
        Stop { interrupt, timed_out, memory: bounds.max_memory.saturating_mul(1 << 20), world: world.clone() }
    }

    pub(super) fn ending(&self) -> Option<Ending> {
        if self.interrupt.is_fired() {
            let timed_out = self.timed_out.load(Ordering::SeqCst);
            return Some(if timed_out { Ending::Timeout } else { Ending::Interrupted });
        }
        (self.world.allocated() > self.memory).then_some(Ending::Memory)
    }
}
