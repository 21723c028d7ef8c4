//! The only code that speaks to a PBX.
//!
//! Requests are built pure by [`request`]; [`Client::send`] takes one together with the guard's permit and brings the
//! answer back as data, or the reason why there is none as a fact. It is handed its settings and reads neither files nor
//! environment, except for the certificates of the system. It words no sentence for people.
//!
//! Async ends here: all calls block, on any thread, until the answer, the timeout or the interrupt.

pub mod download;
pub mod error;
pub mod interrupt;
pub mod pages;
pub mod reason;
pub mod reply;
pub mod request;
pub mod settings;
pub mod upload;

pub mod secrets;
pub mod trace;

mod answer;
mod base;
mod fault;
mod fingerprint;
mod gate;
mod inspect;
mod login;
mod proxy;
mod retry;
mod runtime;
mod tokens;
mod trust;
mod wire;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::ExposeSecret;
use serde_json::Value;

pub use download::Download;
pub use error::{ClientError, Distrust, Failed, ProxyTrouble, Refusal};
pub use fingerprint::{Fingerprint, NoFingerprint};
pub use gate::{AT_ONCE, Gates};
pub use inspect::Certificate;
pub use interrupt::Interrupt;
pub use login::PATH as LOGIN;
pub use pages::{Page, Pages};
pub use proxy::Proxies;
pub use reason::Reason;
pub use reply::{Reply, ReplyBody};
pub use request::{Arguments, BuildError, Request, build};
pub use settings::{Budget, Retries, Settings, Timeouts, Trust};
pub use trace::{Event, Exchange, Hear};
pub use upload::{Sent, Upload};

use crate::catalog::{Effect, Method};
use crate::client::answer::header;
use crate::client::base::Base;
use crate::client::retry::{Attempts, Repeat};
use crate::client::runtime::wait;
use crate::client::wire::{Call, Wire};
use crate::guard::Permit;

/// A connection to one PBX. Cheap to clone; all clones share one token.
#[derive(Clone)]
pub struct Client {
    wire: Arc<Wire>,
    version: Arc<Mutex<Option<String>>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("url", &self.url()).finish_non_exhaustive()
    }
}

/// The host and port that requests to an address go to, if it is the address of a PBX.
#[must_use]
pub fn host(url: &str) -> Option<String> {
    Base::parse(url).ok().map(|base| base.host())
}

/// An address as it may be shown: without what somebody put before its host.
#[must_use]
pub fn without_password(url: &str) -> String {
    base::without_password(url)
}

/// Is it an address without TLS on another machine, so that whoever stands on the line can read along?
#[must_use]
pub fn is_open(url: &str) -> bool {
    Base::parse(url).is_ok_and(|base| !base.is_https() && !base.is_loopback())
}

/// Is it the address of a PBX on this machine, which no proxy could reach?
#[must_use]
pub fn is_loopback(url: &str) -> bool {
    Base::parse(url).is_ok_and(|base| base.is_loopback())
}

impl Client {
    /// Checks the address and does nothing else: threads, certificates and login wait for the first request.
    pub fn new(settings: Settings) -> Result<Client, ClientError> {
        secrets::learn(settings.client_secret.expose_secret());
        let base = Base::parse(&settings.url)?;
        let proxy = settings.proxies.on_the_way(&base)?;
        Ok(Client { wire: Arc::new(Wire::new(settings, base, proxy)), version: Arc::default() })
    }

    /// The variable that names the proxy on the way, and where that is.
    #[must_use]
    pub fn proxy(&self) -> Option<(&'static str, &str)> {
        self.wire.proxy.as_ref().map(|proxy| (proxy.variable, proxy.shown.as_str()))
    }

    /// `https://host[:port][/prefix]`, as it is used.
    #[must_use]
    pub fn url(&self) -> &str {
        self.wire.base.as_str()
    }

    #[must_use]
    pub fn interrupt(&self) -> &Interrupt {
        &self.wire.settings.interrupt
    }

    /// What the PBX calls itself (`20.0.8.1121`), asked once; empty if it does not tell.
    pub fn version(&self) -> Result<String, ClientError> {
        // Held while asking, so that it is asked once; a panic elsewhere leaves nothing half done in it.
        let mut known = self.version.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(version) = &*known {
            return Ok(version.clone());
        }
        let version = wait(&self.wire.settings.interrupt, ask_version(&self.wire))?;
        *known = Some(version.clone());
        Ok(version)
    }

    /// The PBX's own description of its API (OpenAPI, as YAML).
    pub fn description(&self) -> Result<String, ClientError> {
        const MOST: usize = 64 << 20;
        let request = reading("/xapi/v1/swagger.yaml");
        let malformed = |reason: &str| {
            Err(ClientError::Malformed { url: self.wire.base.join(&request.target), reason: reason.to_owned() })
        };
        match wait(&self.wire.settings.interrupt, read(&self.wire, &request))?.body {
            ReplyBody::Download(download) => match download.text_up_to(MOST)? {
                Some(text) => Ok(text),
                None => malformed("it is longer than 64 MB"),
            },
            // JSON is YAML too.
            ReplyBody::Json(value) => Ok(value.to_string()),
            ReplyBody::Nothing => malformed("empty"),
        }
    }

    /// Sends one request and waits for its answer. What may be repeated is repeated where the line fails.
    pub fn send(&self, permit: Permit, request: &Request) -> Result<Reply, Failed> {
        let sent = AtomicBool::new(false);
        let call = Call { request, effect: permit.effect(), sent: &sent, shown: true, rest: None };
        let result = wait(&self.wire.settings.interrupt, self.wire.send(&call));
        result.map_err(|error| Failed { error, sent: sent.load(Ordering::SeqCst) })
    }

    /// The last request, without logins and the question for the version.
    #[must_use]
    pub fn last_request(&self) -> Option<Exchange> {
        self.wire.last()
    }
}

fn reading(target: &str) -> Request {
    Request { method: Method::Get, target: target.to_owned(), if_match: None, body: None, file: None }
}

/// The header of the cheapest request, else the property of the status. Reads only, so no permit is asked for.
async fn ask_version(wire: &Arc<Wire>) -> Result<String, ClientError> {
    let (request, sent) = (reading("/xapi/v1/Defs?$select=Id"), AtomicBool::new(false));
    let call = Call { request: &request, effect: Effect::Read, sent: &sent, shown: false, rest: None };
    let mut attempts = Attempts::new(&wire.settings);
    let answered = loop {
        match wire.authorized(&call).await {
            Ok(answered) => break answered,
            Err(trouble) => attempts.again(Repeat::Harmless, trouble).await?,
        }
    };
    // A refusal can carry the header too.
    let version = header(&answered.response, "x-3cx-version");
    drop(wire.heard(&call, answered));
    if let Some(version) = version {
        return Ok(version.trim().to_owned());
    }
    match read(wire, &reading("/xapi/v1/SystemStatus")).await {
        Ok(Reply { body: ReplyBody::Json(status), .. }) => {
            Ok(status.get("Version").and_then(Value::as_str).unwrap_or_default().to_owned())
        }
        Ok(_) | Err(ClientError::Refused(_)) => Ok(String::new()),
        Err(error) => Err(error),
    }
}

/// Asks for something on the client's own behalf.
async fn read(wire: &Arc<Wire>, request: &Request) -> Result<Reply, ClientError> {
    let sent = AtomicBool::new(false);
    wire.send(&Call { request, effect: Effect::Read, sent: &sent, shown: false, rest: None }).await
}
