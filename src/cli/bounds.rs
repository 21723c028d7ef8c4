//! How far a run may go: steps, time, memory, what it may log, and where its modules come from.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use clap::Args;

use crate::cli::world::World;
use crate::client::Interrupt;
use crate::kit::Level;
use crate::script::Ending;

#[derive(Debug, Clone, Args)]
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
    /// Leave out what a script logs below this level: debug, info, warn or error
    #[arg(long, value_name = "LEVEL", value_parser = level, default_value = "info")]
    pub(super) log_level: Level,
}

fn level(name: &str) -> Result<Level, String> {
    Level::from_name(name).ok_or_else(|| format!("the levels are {}", Level::NAMES.join(", ")))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: Result<f64, _> = text.parse();
    let duration = seconds.ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| "this is no number of seconds".to_owned())
}

/// What ends runs: Ctrl-C, time, memory, and scripts themselves. The first reason counts, until the next run.
#[derive(Clone)]
pub(super) struct Stop {
    /// Fired by every reason, so that requests end too.
    pub(super) interrupt: Interrupt,
    reason: Arc<Mutex<Option<Ending>>>,
    alarm: Option<Arc<Alarm>>,
    memory: usize,
    world: World,
}

/// When the time of a run is up.
struct Alarm {
    timeout: Duration,
    at: Mutex<Option<Instant>>,
    set: Condvar,
}

impl Stop {
    /// The time of the run begins now.
    pub(super) fn new(bounds: &Bounds, world: &World) -> Stop {
        let alarm = bounds.timeout.map(|timeout| Alarm { timeout, at: Mutex::default(), set: Condvar::new() });
        let stop = Stop {
            interrupt: Interrupt::default(),
            reason: Arc::default(),
            alarm: alarm.map(Arc::new),
            memory: bounds.max_memory.saturating_mul(1 << 20),
            world: world.clone(),
        };
        if let Some(alarm) = stop.alarm.clone() {
            let stop = stop.clone();
            // It ends with the process; a run that is over before does not wait for it.
            std::thread::spawn(move || {
                loop {
                    alarm.wait();
                    stop.end(Ending::Timeout);
                }
            });
        }
        stop.begin();
        stop
    }

    /// A new run: what ended the last one is forgotten, and its time begins now.
    pub(super) fn begin(&self) {
        *lock(&self.reason) = None;
        self.interrupt.reset();
        if let Some(alarm) = &self.alarm {
            *lock(&alarm.at) = Instant::now().checked_add(alarm.timeout);
            alarm.set.notify_all();
        }
    }

    pub(super) fn end(&self, ending: Ending) {
        let mut reason = lock(&self.reason);
        // Ctrl-C fires alone.
        if !self.interrupt.is_fired() {
            *reason = Some(ending);
        }
        drop(reason);
        self.interrupt.fire();
    }

    pub(super) fn has_room(&self, bytes: usize) -> bool {
        self.world.allocated().saturating_add(bytes) <= self.memory
    }

    /// Asked at every step, so the usual answer costs two loads.
    pub(super) fn ending(&self) -> Option<Ending> {
        if !self.interrupt.is_fired() {
            if self.world.allocated() <= self.memory {
                return None;
            }
            self.end(Ending::Memory);
        }
        Some(lock(&self.reason).unwrap_or(Ending::Interrupted))
    }
}

impl Alarm {
    /// Returns when the time is up, once for each time that it is set.
    fn wait(&self) {
        let mut at = lock(&self.at);
        loop {
            let left = at.map(|at| at.saturating_duration_since(Instant::now()));
            at = match left {
                Some(left) if left.is_zero() => {
                    *at = None;
                    return;
                }
                Some(left) => self.set.wait_timeout(at, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.set.wait(at).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
