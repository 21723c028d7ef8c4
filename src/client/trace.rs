//! What goes over the wire, told to whoever wants to hear it. Tokens never get here, and of bodies what `secrets` leaves.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::error::ClientError;
use crate::client::request::Request;
use crate::client::secrets::{MASK, hidden, hidden_target, learn_from, learn_target};
use crate::client::upload::Sent;

/// Something that happened on the way.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "there is never more than one of them")]
pub enum Event {
    /// A request and what came of it.
    Exchange(Exchange),
    /// It is repeated after a pause.
    Again { attempt: u32, most: u32, pause: Duration, error: ClientError },
    /// The token is not shared with other processes.
    NotShared { path: PathBuf, reason: String },
}

/// One request and its answer, without secrets.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub method: &'static str,
    pub url: String,
    /// How much was sent and, where it is known, received as a body.
    pub sent: usize,
    pub received: Option<u64>,
    pub time: Duration,
    /// The status of the answer, or why there is none.
    pub result: Result<u16, ClientError>,
    /// The bodies, where they are wanted.
    pub asked: Option<Value>,
    pub answered: Option<Value>,
    /// The file that was sent.
    pub file: Option<Box<Sent>>,
}

type Sink = dyn Fn(&Event) + Send + Sync;

/// Who hears of it; nobody, unless somebody asks.
#[derive(Clone, Default)]
pub struct Hear {
    sink: Option<Arc<Sink>>,
    /// Somebody may want to see them from now on.
    bodies: Arc<AtomicBool>,
}

impl fmt::Debug for Hear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hear").field("bodies", &self.bodies).finish_non_exhaustive()
    }
}

impl Hear {
    /// With `bodies`, exchanges bring what was sent and answered.
    #[must_use]
    pub fn new(sink: impl Fn(&Event) + Send + Sync + 'static, bodies: bool) -> Hear {
        Hear { sink: Some(Arc::new(sink)), bodies: Arc::new(bodies.into()) }
    }

    /// From now on exchanges bring what was sent and answered, or do not.
    pub fn set_bodies(&self, bodies: bool) {
        self.bodies.store(bodies, Ordering::Relaxed);
    }

    pub(crate) fn tell(&self, event: impl FnOnce() -> Event) {
        if let Some(sink) = &self.sink {
            sink(&event());
        }
    }

    pub(crate) fn bodies(&self) -> bool {
        self.bodies.load(Ordering::Relaxed)
    }
}

/// A request that is under way.
pub(crate) struct Watch {
    begun: Instant,
    method: &'static str,
    url: String,
    sent: usize,
    asked: Option<Value>,
    file: Option<Box<Sent>>,
    /// The whole answer is a secret.
    secret: bool,
}

impl Watch {
    pub(crate) fn of(request: &Request, url: &str, secret: bool) -> Watch {
        // Whoever answers may repeat what was sent.
        request.body.iter().for_each(|body| learn_from(body, false));
        learn_target(&request.target);
        let asked = request.body.as_ref().map(hidden);
        let file = request.file.as_ref().map(|file| Box::new(file.about.clone()));
        let length = file.as_ref().map_or(0, |file| usize::try_from(file.length).unwrap_or(usize::MAX));
        let sent = request.body.as_ref().map_or(length, |body| body.to_string().len());
        let url = hidden_target(url).into_owned();
        Watch { begun: Instant::now(), method: request.method.as_str(), url, sent, asked, file, secret }
    }

    /// A login: of what it sends only the kind is told.
    pub(crate) fn of_login(url: &str) -> Watch {
        let url = url.to_owned();
        Watch { begun: Instant::now(), method: "POST", url, sent: 0, asked: None, file: None, secret: true }
    }

    pub(crate) fn ended(
        self,
        result: Result<u16, ClientError>,
        received: Option<u64>,
        answered: Option<&Value>,
    ) -> Exchange {
        let answered = answered.map(|value| if self.secret { Value::from(MASK) } else { hidden(value) });
        let (time, Watch { method, url, sent, asked, file, .. }) = (self.begun.elapsed(), self);
        Exchange { method, url, sent, received, time, result, asked, answered, file }
    }
}

impl Exchange {
    /// A command line that asks the same. The token and what else is secret must be put in by whoever runs it.
    #[must_use]
    pub fn curl(&self) -> String {
        let mut line = format!("curl -X {} -H \"Authorization: Bearer $TOKEN\"", self.method);
        if let Some(body) = &self.asked {
            line.push_str(" -H 'Content-Type: application/json' -d ");
            line.push_str(&quoted(&body.to_string()));
        }
        if let Some(Sent { field, media_type, name, path, .. }) = self.file.as_deref() {
            let part = format!("{field}=@{};type={media_type};filename={}", inside(path), inside(name));
            line.push_str(" -F ");
            line.push_str(&quoted(&part));
        }
        // Brackets mean something to curl.
        format!("{line} -g {}", quoted(&self.url))
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A path or a name inside of a `-F`: in quotes of curl's own.
fn inside(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
