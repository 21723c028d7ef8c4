//! What a client is told about its PBX, and how it is to behave on the way there.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use secrecy::SecretString;

use crate::client::fingerprint::Fingerprint;
use crate::client::gate::Gates;
use crate::client::interrupt::Interrupt;
use crate::client::proxy::Proxies;
use crate::client::trace::Hear;

/// Whose certificates are believed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Trust {
    /// Those of the operating system.
    #[default]
    System,
    /// These too: a PBX on premises often has a certificate of its own.
    Also { pem: Vec<u8> },
    /// Just this one, whoever issued it, for whatever name and time.
    Pinned(Fingerprint),
    /// Any. Protects against nobody who can reach the line.
    Anyone,
}

#[derive(Debug, Clone)]
pub struct Settings {
    /// `https://host[:port][/prefix]`.
    pub url: String,
    pub client_id: String,
    pub client_secret: SecretString,
    pub timeouts: Timeouts,
    pub retries: Retries,
    /// Shared by all connections of the process, so that what one host is asked counts together.
    pub gates: Gates,
    /// The folder in which processes share their tokens; without it every client logs in by itself.
    pub tokens: Option<PathBuf>,
    /// Who hears what goes over the wire.
    pub hear: Hear,
    /// The clock by which tokens expire.
    pub now: fn() -> SystemTime,
    pub interrupt: Interrupt,
    pub trust: Trust,
    pub proxies: Proxies,
}

/// How long is waited for what. Reports take minutes before their first byte, and downloads may last as long as they move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    pub connect: Duration,
    /// Until an answer begins.
    pub answer: Duration,
    /// Between two pieces of an answer.
    pub idle: Duration,
    /// Until an answer is there, with all its repetitions; the body of a download does not count.
    pub whole: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(300),
            idle: Duration::from_secs(60),
            whole: Duration::from_secs(900),
        }
    }
}

/// How often a request is repeated where that can do no harm.
#[derive(Debug, Clone)]
pub struct Retries {
    /// Of one call.
    pub most: u32,
    /// What is left for all calls together; clones share it. A PBX that is down is not asked for ever.
    pub budget: Budget,
    /// The first pause; each further one is twice as long.
    pub pause: Duration,
    pub longest: Duration,
    /// The longest pause that a PBX may ask for; where it asks for more, its refusal stands.
    pub patience: Duration,
}

impl Retries {
    pub const MOST: u32 = 3;
    /// Of a run.
    pub const BUDGET: u32 = 1000;

    #[must_use]
    pub fn none() -> Retries {
        Retries { most: 0, ..Retries::default() }
    }
}

impl Default for Retries {
    fn default() -> Retries {
        Retries {
            most: Retries::MOST,
            budget: Budget::new(Retries::BUDGET),
            pause: Duration::from_millis(500),
            longest: Duration::from_secs(30),
            patience: Duration::from_secs(60),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Budget(Arc<AtomicU32>);

impl Budget {
    #[must_use]
    pub fn new(retries: u32) -> Budget {
        Budget(Arc::new(AtomicU32::new(retries)))
    }

    /// Takes one, if there is one.
    pub(crate) fn take(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}

impl Settings {
    #[must_use]
    pub fn new(url: impl Into<String>, client_id: impl Into<String>, client_secret: SecretString) -> Settings {
        Settings {
            url: url.into(),
            client_id: client_id.into(),
            client_secret,
            timeouts: Timeouts::default(),
            retries: Retries::default(),
            gates: Gates::default(),
            tokens: None,
            hear: Hear::default(),
            now: SystemTime::now,
            interrupt: Interrupt::default(),
            trust: Trust::System,
            proxies: Proxies::default(),
        }
    }
}
