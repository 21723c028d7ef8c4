//! What can go wrong between here and a PBX, as facts. The sentences for people are worded elsewhere.

use crate::client::fingerprint::Fingerprint;
use crate::client::reason::{self, Reason};
use crate::guard::Denied;
use crate::odata::Detail;

/// Why there is no answer that can be used. No variant carries a secret or a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The address in the settings is none.
    #[error("bad URL {url}: {reason}")]
    BadUrl { url: String, reason: String },
    /// No connection: unknown host, closed port, no route, a proxy that refuses.
    #[error("cannot reach {url}: {reason}")]
    Unreachable { url: String, reason: String },
    /// A variable of the environment should name a proxy.
    #[error("{variable}: {reason}")]
    BadProxy { variable: &'static str, reason: String },
    /// The proxy that a variable names is in the way.
    #[error("proxy {proxy} on the way to {url}: {why:?}")]
    Proxy { proxy: String, variable: &'static str, url: String, why: ProxyTrouble },
    /// A connection, but no trust: a certificate nobody vouches for, or no TLS at all.
    #[error("no secure connection to {url}: {reason}")]
    Tls { url: String, reason: String, why: Distrust },
    /// A connection, but silence for this long.
    #[error("{url} did not answer within {seconds} s")]
    Timeout { url: String, seconds: u64 },
    #[error("interrupted")]
    Interrupted,
    /// The PBX does not accept the client's id and secret.
    #[error("login at {url}: {status} {error} {description}")]
    Login { url: String, status: u16, error: String, description: String, retry_after: Option<u64> },
    /// Something answered that speaks no XAPI: a proxy's page, another web server, a redirect to elsewhere.
    #[error("{url} is not a PBX: {status} {content_type}: {excerpt}")]
    NotAPbx { url: String, status: u16, content_type: String, excerpt: String, retry_after: Option<u64> },
    /// The answer ended before it was complete.
    #[error("answer of {url} cut short: {reason}")]
    Cut { url: String, reason: String },
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// An answer that is not what it says it is, or not what was promised.
    #[error("malformed answer of {url}: {reason}")]
    Malformed { url: String, reason: String },
    /// A file on this machine.
    #[error("{path}: {reason}")]
    File { path: String, reason: String },
    /// The guard let the first page of a list pass and not this one.
    #[error("{} is not permitted", .0.operation)]
    Denied(Denied),
}

/// Why there is no trust in a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distrust {
    /// Nobody who is believed vouches for the certificate; often it does so itself.
    UnknownIssuer,
    /// The certificate is one that issues others, too, and no authority makes such a one for a server.
    OwnAuthority,
    Expired,
    NotYetValid,
    /// It is for these hosts.
    WrongName {
        names: Vec<String>,
    },
    /// It is not the one that was pinned.
    OtherPin {
        found: Fingerprint,
    },
    /// What answers speaks no TLS.
    NoTls,
    /// The settings cannot be used: no certificate in them, none on this machine.
    Settings,
    Other,
}

/// What is wrong with a proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProxyTrouble {
    /// It is not there.
    Down { reason: String },
    /// It wants a user and a password, or others.
    Login,
    /// It leads no connection to the PBX.
    NoWay { reason: String },
    /// It, or what stands behind it, has a page for an answer.
    Page { status: u16, retry_after: Option<u64> },
}

/// The PBX understood and said no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{method} {path}: {status} {code} {message}")]
pub struct Refusal {
    pub status: u16,
    /// `WARNINGS.XAPI.…` where there is one; can be empty.
    pub code: String,
    pub message: String,
    /// The property it is about.
    pub target: Option<String>,
    pub details: Vec<Detail>,
    pub method: &'static str,
    /// What was asked, from `/xapi/v1` on, with the query.
    pub path: String,
    /// The beginning of the body as it came, on one line.
    pub excerpt: String,
    /// Nothing where the facts do not tell.
    pub reason: Option<Reason>,
    /// Seconds, from `Retry-After`.
    pub retry_after: Option<u64>,
}

/// A request that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct Failed {
    pub error: ClientError,
    /// It went out at least once: not all of its errors are those of a login, or of the waiting before.
    pub sent: bool,
}

impl Failed {
    /// Can nobody know whether it was carried out?
    #[must_use]
    pub fn leaves_open(&self) -> bool {
        self.sent && self.error.leaves_open()
    }
}

impl ClientError {
    /// The status of the answer, where there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            ClientError::NotAPbx { status, .. } | ClientError::Login { status, .. } => Some(*status),
            ClientError::Refused(refusal) => Some(refusal.status),
            ClientError::Proxy { why: ProxyTrouble::Page { status, .. }, .. } => Some(*status),
            _ => None,
        }
    }

    /// What stands behind it, where the facts tell.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            ClientError::Login { status, error, description, .. } => reason::login(*status, error, description),
            ClientError::NotAPbx { status: 503, .. } => Some(Reason::Starting),
            ClientError::Refused(refusal) => refusal.reason,
            _ => None,
        }
    }

    /// The seconds that were asked for before the next attempt.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            ClientError::NotAPbx { retry_after, .. } | ClientError::Login { retry_after, .. } => *retry_after,
            ClientError::Refused(refusal) => refusal.retry_after,
            ClientError::Proxy { why: ProxyTrouble::Page { retry_after, .. }, .. } => *retry_after,
            _ => None,
        }
    }

    /// Was there no connection, so that nothing can have been carried out?
    #[must_use]
    pub fn is_no_connection(&self) -> bool {
        match self {
            ClientError::Unreachable { .. } => true,
            ClientError::Proxy { why, .. } => matches!(why, ProxyTrouble::Down { .. } | ProxyTrouble::NoWay { .. }),
            _ => false,
        }
    }

    /// Does it leave open whether the request was carried out?
    #[must_use]
    pub fn leaves_open(&self) -> bool {
        match self {
            ClientError::Timeout { .. }
            | ClientError::Interrupted
            | ClientError::Cut { .. }
            | ClientError::Malformed { .. } => true,
            // A page in the place of an answer can be that of a proxy which passed the request on.
            ClientError::NotAPbx { status, .. } => broken(*status) || *status < 300,
            ClientError::Refused(refusal) => broken(refusal.status),
            ClientError::Proxy { why: ProxyTrouble::Page { status, .. }, .. } => broken(*status),
            _ => false,
        }
    }

    /// May the same request succeed later, without anybody doing anything?
    #[must_use]
    pub fn may_pass(&self) -> bool {
        let busy = |status| matches!(status, 408 | 429 | 503) || broken(status);
        match self {
            ClientError::Timeout { .. } | ClientError::Cut { .. } => true,
            error if error.is_no_connection() => true,
            _ => self.status().is_some_and(busy),
        }
    }
}

/// The PBX, or the proxy before it, gave up in the middle of the work.
fn broken(status: u16) -> bool {
    matches!(status, 500 | 502 | 504)
}
