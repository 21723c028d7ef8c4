//! The way to a PBX, looked at step by step. Finds facts and words nothing; each is handed on as soon as it is known.

mod rights;
mod walk;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use rights::{Closed, Licence, Rights, Role, rights};
pub use walk::{Subject, walk};

use crate::client::{Certificate, ClientError};
use crate::config;

/// One thing that is well, or is not.
#[derive(Debug, Clone)]
pub enum Finding {
    /// The PBX is that of a profile, of this file.
    Profile {
        name: String,
        url: String,
        file: PathBuf,
    },
    /// Variables of the environment lead to it.
    Environment {
        url: String,
    },
    /// Nothing does: the variables that are missing.
    NotConfigured {
        missing: Vec<&'static str>,
    },
    BadConfiguration(config::Fault),
    /// The secret is there, and for nobody else.
    Secret(config::Kept),
    BadSecret(config::Fault),
    /// Other secrets that others can read.
    OpenSecrets(Vec<PathBuf>),
    Terminal {
        width: usize,
        colour: bool,
        unicode: bool,
        person: bool,
    },
    /// The terminal can do nothing but print.
    DumbTerminal,
    /// Requests go through this proxy, and the next steps are its business.
    Proxy {
        variable: &'static str,
        address: String,
    },
    Addresses(Vec<SocketAddr>),
    Connected {
        address: SocketAddr,
    },
    /// The address in the settings is without TLS, on this machine or not.
    Plain {
        loopback: bool,
    },
    Certificate {
        certificate: Certificate,
        expires: Expires,
    },
    Trusted {
        how: Trusted,
    },
    LoggedIn(Rights),
    Version {
        version: String,
        release: &'static str,
    },
    NoVersion,
    /// How far the clocks are apart, and which is ahead.
    Clock {
        apart: Duration,
        pbx_is_ahead: bool,
    },
    NoClock,
    /// A step that could not be done.
    Failed {
        step: Step,
        error: ClientError,
    },
}

/// When a certificate ends, seen from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expires {
    NotYetValid,
    Later,
    /// In so many days.
    Soon(u64),
    Past,
}

/// Why the connection is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trusted {
    BySystem,
    ByCaCert,
    ByPin,
    /// It is not: anybody would be.
    Blindly,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Configuration,
    Secret,
    Terminal,
    Name,
    Connection,
    Certificate,
    Trust,
    Login,
    Version,
    Clock,
}

impl Step {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Step::Configuration => "configuration",
            Step::Secret => "secret",
            Step::Terminal => "terminal",
            Step::Name => "name",
            Step::Connection => "connection",
            Step::Certificate => "certificate",
            Step::Trust => "trust",
            Step::Login => "login",
            Step::Version => "version",
            Step::Clock => "clock",
        }
    }
}

impl Finding {
    /// The step of the way that it belongs to.
    #[must_use]
    pub fn step(&self) -> Step {
        match self {
            Finding::Profile { .. }
            | Finding::Environment { .. }
            | Finding::NotConfigured { .. }
            | Finding::BadConfiguration(_) => Step::Configuration,
            Finding::Secret(_) | Finding::BadSecret(_) | Finding::OpenSecrets(_) => Step::Secret,
            Finding::Terminal { .. } | Finding::DumbTerminal => Step::Terminal,
            Finding::Proxy { .. } | Finding::Connected { .. } => Step::Connection,
            Finding::Addresses(_) => Step::Name,
            Finding::Plain { .. } | Finding::Certificate { .. } => Step::Certificate,
            Finding::Trusted { .. } => Step::Trust,
            Finding::LoggedIn(_) => Step::Login,
            Finding::Version { .. } | Finding::NoVersion => Step::Version,
            Finding::Clock { .. } | Finding::NoClock => Step::Clock,
            Finding::Failed { step, .. } => *step,
        }
    }
}
