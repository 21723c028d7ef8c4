//! How far a run may go: steps, time, memory, what it may log, and where its modules come from.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use clap::Args;

use crate::bindings::{AHEAD, MOST_AHEAD};
use crate::cli::network::Network;
use crate::cli::permissions::Permissions;
use crate::cli::world::World;
use crate::client::Interrupt;
use crate::kit::Level;
use crate::script::Ending;

/// The default is for a session in which nothing runs.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Bounds {
    /// A folder of modules for `import`, searched after the importing file's own; may be given again
    #[arg(long, value_name = "DIR")]
    pub(super) lib: Vec<PathBuf>,
    /// End the run after this many steps of the script
    #[arg(long, help_heading = "Limits", value_name = "STEPS")]
    pub(super) max_operations: Option<u64>,
    /// End the run after this many seconds
    #[arg(long, help_heading = "Limits", value_name = "SECONDS", value_parser = seconds)]
    pub(super) timeout: Option<Duration>,
    /// End the run when it holds more than this many megabytes
    #[arg(long, help_heading = "Limits", value_name = "MB", default_value_t = 4096)]
    pub(super) max_memory: usize,
    #[command(flatten)]
    pub(super) permissions: Permissions,
    #[command(flatten)]
    pub(super) network: Network,
    /// Fetch up to this many pages of a list at once, ahead of the script; 1 fetches each when it is wanted
    #[arg(long, value_name = "PAGES", default_value_t = AHEAD as u8, value_parser = clap::value_parser!(u8).range(1..=MOST_AHEAD as i64))]
    pub(super) ahead: u8,
    /// Leave out what a script logs below this level: debug, info, warn or error
    #[arg(long, value_name = "LEVEL", value_parser = level, default_value = "info")]
    pub(super) log_level: Level,
}

fn level(name: &str) -> Result<Level, String> {
    Level::from_name(name).ok_or_else(|| format!("the levels are {}", Level::NAMES.join(", ")))
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: Result<f64, _> = text.parse();
    let duration = seconds.ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    match duration {
        None => Err("this is no number of seconds".to_owned()),
        Some(Duration::ZERO) => Err("no time at all is too little".to_owned()),
        Some(duration) => Ok(duration),
    }
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
    clock: Arc<Clock>,
}

/// What a thread waits for.
#[derive(Default)]
struct Clock {
    rings: Mutex<Rings>,
    set: Condvar,
}

#[derive(Default, Clone, Copy)]
enum Rings {
    #[default]
    Never,
    At(Instant),
    /// The last one who might set it is gone.
    NoMore,
}

impl Stop {
    /// The time of the run begins now.
    pub(super) fn new(bounds: &Bounds, world: &World) -> Stop {
        let mut stop = Stop {
            interrupt: Interrupt::default(),
            reason: Arc::default(),
            alarm: None,
            memory: bounds.max_memory.saturating_mul(1 << 20),
            world: world.clone(),
        };
        if let Some(timeout) = bounds.timeout {
            let (clock, ringing) = (Arc::<Clock>::default(), stop.clone());
            stop.alarm = Some(Arc::new(Alarm { timeout, clock: clock.clone() }));
            std::thread::spawn(move || {
                while clock.wait() {
                    ringing.end(Ending::Timeout);
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
            alarm.clock.set(Instant::now().checked_add(alarm.timeout).map_or(Rings::Never, Rings::At));
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

impl Drop for Alarm {
    fn drop(&mut self) {
        self.clock.set(Rings::NoMore);
    }
}

impl Clock {
    fn set(&self, rings: Rings) {
        *lock(&self.rings) = rings;
        self.set.notify_all();
    }

    /// Returns when the time is up, once for each time that it is set; false when it will not be set again.
    fn wait(&self) -> bool {
        let mut rings = lock(&self.rings);
        loop {
            rings = match *rings {
                Rings::NoMore => return false,
                Rings::Never => self.set.wait(rings).unwrap_or_else(PoisonError::into_inner),
                Rings::At(at) => {
                    let left = at.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        *rings = Rings::Never;
                        return true;
                    }
                    self.set.wait_timeout(rings, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
