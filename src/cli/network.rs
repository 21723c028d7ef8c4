//! How requests go to a PBX: how often again, how fast, with whose token, and who sees them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::cli::world::World;
use crate::client::{AT_ONCE, Budget, Event, Gates, Hear, Retries, Settings};
use crate::diag;

/// Whoever waits for longer wants to know for what.
const LONG: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Default, Args)]
pub(super) struct Network {
    /// Repeat a request up to this many times where that can do no harm; 0 never
    #[arg(long, value_name = "N", default_value_t = Retries::MOST, value_parser = retries)]
    pub(super) retries: u32,
    /// Send at most this many requests in a second; never more than six at once
    #[arg(long, value_name = "N", value_parser = rate)]
    pub(super) rate: Option<f64>,
    /// Log in anew instead of sharing the token with other runs of pbxsh
    #[arg(long)]
    pub(super) no_token_cache: bool,
    /// Show requests on the standard error, with `--trace=full` what they carry; tokens and passwords are hidden
    #[arg(long, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "lines")]
    pub(super) trace: Option<Trace>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Trace {
    Lines,
    Full,
}

fn retries(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| "this is no number of repetitions".to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate >= 0.001 && *rate <= 1e6);
    rate.ok_or_else(|| "this is no number of requests in a second".to_owned())
}

/// The same for all connections of a run: they share the budget and the gates.
#[derive(Clone)]
pub(super) struct Wires {
    retries: Retries,
    gates: Gates,
    hear: Hear,
    cache: bool,
    world: World,
    told: Arc<Told>,
}

/// What is told about requests now, and how many there were.
#[derive(Default)]
struct Told {
    trace: AtomicBool,
    requests: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
}

impl Wires {
    pub(super) fn new(network: &Network, world: &World) -> Wires {
        let (counts, told) =
            (Arc::new(Told { trace: network.trace.is_some().into(), ..Told::default() }), world.clone());
        let counted = counts.clone();
        let tell = move |event: &Event| {
            let worth_it = match event {
                Event::Exchange(exchange) => {
                    counted.requests.fetch_add(1, Ordering::Relaxed);
                    counted.sent.fetch_add(exchange.sent as u64, Ordering::Relaxed);
                    counted.received.fetch_add(exchange.received.unwrap_or(0), Ordering::Relaxed);
                    false
                }
                Event::Again { pause, .. } => *pause >= LONG,
                Event::NotShared { .. } => true,
            };
            if counted.trace.load(Ordering::Relaxed) || worth_it {
                diag::wire(event).iter().for_each(|line| told.tell(line));
            }
        };
        Wires {
            retries: Retries { most: network.retries, budget: Budget::new(Retries::BUDGET), ..Retries::default() },
            gates: Gates::new(AT_ONCE, network.rate),
            hear: Hear::new(tell, network.trace == Some(Trace::Full)),
            cache: !network.no_token_cache,
            world: world.clone(),
            told: counts,
        }
    }

    /// What is told about requests from now on.
    pub(super) fn set_trace(&self, trace: Option<Trace>) {
        self.told.trace.store(trace.is_some(), Ordering::Relaxed);
        self.hear.set_bodies(trace == Some(Trace::Full));
    }

    /// The requests so far, and the bytes of the bodies that were sent and received.
    pub(super) fn traffic(&self) -> (u64, u64, u64) {
        let Told { requests, sent, received, .. } = &*self.told;
        (requests.load(Ordering::Relaxed), sent.load(Ordering::Relaxed), received.load(Ordering::Relaxed))
    }

    /// The settings of a connection; a simulated PBX inside of this program shares its token with nobody.
    pub(super) fn lay(&self, settings: Settings, simulated: bool) -> Settings {
        let share = self.cache && !simulated;
        Settings {
            retries: self.retries.clone(),
            gates: self.gates.clone(),
            hear: self.hear.clone(),
            proxies: self.world.proxies(),
            tokens: share.then(|| self.world.state_folder()).flatten().map(|folder| folder.join("tokens")),
            ..settings
        }
    }
}
