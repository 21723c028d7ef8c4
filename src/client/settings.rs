//! What a client is told about its PBX.

use std::time::{Duration, SystemTime};

use secrecy::SecretString;

use crate::client::fingerprint::Fingerprint;
use crate::client::interrupt::Interrupt;

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
    pub connect_timeout: Duration,
    /// How long a PBX may be silent: before its answer, and between two pieces of it.
    pub request_timeout: Duration,
    /// The clock by which tokens expire.
    pub now: fn() -> SystemTime,
    pub interrupt: Interrupt,
    pub trust: Trust,
}

impl Settings {
    #[must_use]
    pub fn new(url: impl Into<String>, client_id: impl Into<String>, client_secret: SecretString) -> Settings {
        Settings {
            url: url.into(),
            client_id: client_id.into(),
            client_secret,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(120),
            now: SystemTime::now,
            interrupt: Interrupt::default(),
            trust: Trust::System,
        }
    }
}
