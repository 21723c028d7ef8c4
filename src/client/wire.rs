//! One connection to one PBX: sending, logging in again once, following redirects.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, IF_MATCH, IF_RANGE, LOCATION, RANGE};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use tokio::time::timeout;

use crate::catalog::{Effect, Method};
use crate::client::answer::{Body, header, readable};
use crate::client::base::Base;
use crate::client::error::{ClientError, Distrust};
use crate::client::fault;
use crate::client::gate::{Gate, Passed};
use crate::client::login::Logins;
use crate::client::pages::PAGE;
use crate::client::proxy::Proxy;
use crate::client::reason::Past;
use crate::client::reply::Reply;
use crate::client::request::Request;
use crate::client::retry::{Attempts, Repeat, Trouble};
use crate::client::secrets::learn_from;
use crate::client::settings::{Settings, Trust};
use crate::client::tokens::Shelf;
use crate::client::trace::{Event, Exchange, Watch};
use crate::client::trust::pinned;
use crate::client::upload::Upload;

/// How often one request may be sent on within the same server.
const REDIRECTS: usize = 5;

/// Shorter than any server keeps a connection, so that none is reused in the moment it is closed.
const IDLE: Duration = Duration::from_secs(30);

/// How many tokens one request is tried with.
const TOKENS: usize = 4;

pub(crate) struct Wire {
    pub(crate) settings: Settings,
    pub(crate) base: Base,
    pub(crate) gate: Arc<Gate>,
    pub(crate) proxy: Option<Proxy>,
    /// Where the token lies that other processes use too.
    pub(crate) shelf: Option<Shelf>,
    http: OnceLock<Result<reqwest::Client, ClientError>>,
    pub(crate) logins: Logins,
    last: Mutex<Option<Exchange>>,
    pub(crate) past: Past,
    /// The most rows that this PBX gives at once.
    pub(crate) page: AtomicU64,
}

/// One request and what is to be known about it.
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Request,
    pub(crate) effect: Effect,
    /// It went out, and no answer says what became of it.
    pub(crate) sent: &'a AtomicBool,
    /// Scripts may see it as the last one.
    pub(crate) shown: bool,
    /// Only what stands behind a place of this version of the answer is wanted.
    pub(crate) rest: Option<(u64, &'a str)>,
}

impl Call<'_> {
    fn open(&self, open: bool) {
        self.sent.store(open, Ordering::SeqCst);
    }
}

/// The head of an answer, and what is held until it was read.
pub(crate) struct Answered {
    pub(crate) response: Response,
    pub(crate) watch: Watch,
    pub(crate) passed: Passed,
}

impl Wire {
    pub(crate) fn new(settings: Settings, base: Base, proxy: Option<Proxy>) -> Wire {
        let gate = settings.gates.of(&base.host());
        let Settings { tokens, client_id, client_secret, .. } = &settings;
        let shelf = tokens.as_ref().map(|folder| Shelf::new(folder, base.as_str(), client_id, client_secret));
        let page = AtomicU64::new(PAGE);
        Wire {
            settings,
            base,
            gate,
            proxy,
            shelf,
            http: OnceLock::new(),
            logins: Logins::default(),
            last: Mutex::default(),
            past: Past::default(),
            page,
        }
    }

    /// The HTTP client, made by the first request: reading the system's certificates takes a while.
    pub(crate) fn http(&self) -> Result<&reqwest::Client, ClientError> {
        self.http.get_or_init(|| self.make_http()).as_ref().map_err(Clone::clone)
    }

    fn make_http(&self) -> Result<reqwest::Client, ClientError> {
        let failed = |error: reqwest::Error| fault::building(self, &error);
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("pbxsh/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.settings.timeouts.connect)
            .pool_idle_timeout(IDLE)
            // Followed here, where it is known whether the request may be repeated.
            .redirect(Policy::none());
        // Elsewhere the system has settings for proxies, which count where no variable names any.
        let system = cfg!(any(target_os = "macos", windows)) && self.settings.proxies.is_silent();
        builder = match &self.proxy {
            Some(proxy) => builder.proxy(proxy.settings.clone()),
            None if system && !self.base.is_loopback() => builder,
            None => builder.no_proxy(),
        };
        if !self.base.is_https() {
            // No redirect leads to another scheme, so the certificates would be read for nothing.
            builder = builder.tls_certs_only([]);
        } else {
            builder = match &self.settings.trust {
                Trust::System => builder,
                Trust::Also { pem } => {
                    let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(failed)?;
                    if certificates.is_empty() {
                        let reason = "no certificate in the PEM text of the settings".to_owned();
                        let url = self.base.as_str().to_owned();
                        return Err(ClientError::Tls { url, reason, why: Distrust::Settings });
                    }
                    builder.tls_certs_merge(certificates)
                }
                Trust::Pinned(fingerprint) => {
                    let config = pinned(*fingerprint).map_err(|error| ClientError::Tls {
                        url: self.base.as_str().to_owned(),
                        reason: error.to_string(),
                        why: Distrust::Settings,
                    })?;
                    builder.tls_backend_preconfigured(config)
                }
                Trust::Anyone => builder.tls_danger_accept_invalid_certs(true),
            };
        }
        builder.build().map_err(failed)
    }

    /// Sends a request and reads its answer, up to the body of a download; again, where that can do no harm.
    pub(crate) async fn send(self: &Arc<Wire>, call: &Call<'_>) -> Result<Reply, ClientError> {
        let patience = call.request.file.as_ref().map(Upload::patience).unwrap_or_default();
        let whole = self.settings.timeouts.whole + patience;
        let attempts = async {
            let mut attempts = Attempts::new(&self.settings);
            let repeat = Repeat::of(call.effect, call.request.method);
            loop {
                match self.once(call).await {
                    Ok(reply) => return Ok(reply),
                    Err(trouble) => attempts.again(repeat, trouble).await?,
                }
            }
        };
        match timeout(whole, attempts).await {
            Ok(result) => result,
            Err(_) => Err(silence(&self.base.join(&call.request.target), whole)),
        }
    }

    async fn once(self: &Arc<Wire>, call: &Call<'_>) -> Result<Reply, Trouble> {
        let url = self.base.join(&call.request.target);
        let Answered { mut response, watch, passed } = self.authorized(call).await?;
        let status = response.status().as_u16();
        let note = header(&response, "x-sandbox-note");
        let (result, received, shown) = if status >= 400 {
            let (error, body) = self.refusal(call.request, &url, &mut response).await;
            let shown = self.settings.hear.bodies().then(|| readable(&body));
            // These answers say that nothing was done.
            call.open(!matches!(status, 429 | 503));
            (Err(error), Some(body.len() as u64), shown)
        } else if status >= 300 {
            (Err(self.elsewhere(&url, &response)), None, None)
        } else if matches!(status, 100..200 | 206) {
            // Half of an answer, or another protocol, that nobody asked for.
            (Err(ClientError::Malformed { url, reason: format!("a status that fits nothing: {status}") }), None, None)
        } else {
            match self.body(call, url, response).await {
                Ok(body) => {
                    let (received, shown) = match &body {
                        Body::Nothing => (Some(0), None),
                        Body::Json(value, length) => {
                            if call.effect == Effect::Secret {
                                learn_from(value, true);
                            }
                            (Some(*length as u64), self.settings.hear.bodies().then(|| value.clone()))
                        }
                        Body::Download(download) => (download.length(), None),
                    };
                    (Ok(Reply { status, body: body.into(), note }), received, shown)
                }
                Err(error) => (Err(error), None, None),
            }
        };
        drop(passed);
        let ended = match &result {
            Err(error @ (ClientError::Cut { .. } | ClientError::Timeout { .. })) => Err(error.clone()),
            _ => Ok(status),
        };
        self.tell(call, watch.ended(ended, received, shown.as_ref()));
        Ok(result?)
    }

    /// Sends `request` with a token. A 401 comes before the PBX has done anything, so that every request may be repeated:
    /// with the token that another process got meanwhile, and with a new one, once.
    pub(crate) async fn authorized(&self, call: &Call<'_>) -> Result<Answered, Trouble> {
        let request = call.request;
        let mut token = self.logins.token(self, None).await.map_err(Trouble::Login)?;
        let mut renewed = false;
        for _ in 0..TOKENS {
            let passed = self.gate.pass().await?;
            let watch = Watch::of(request, &self.base.join(&request.target), call.effect == Effect::Secret);
            let response = match self.follow(call, &token.header).await {
                Ok(response) => response,
                Err(error) => {
                    if error.is_no_connection() || matches!(error, ClientError::Tls { .. }) {
                        call.open(false);
                    }
                    self.tell(call, watch.ended(Err(error.clone()), None, None));
                    return Err(error.into());
                }
            };
            if response.status().as_u16() != 401 {
                self.past.remember(&request.target, response.status().as_u16());
                return Ok(Answered { response, watch, passed });
            }
            call.open(false);
            if renewed {
                return Ok(Answered { response, watch, passed });
            }
            self.tell(call, watch.ended(Ok(401), None, None));
            drop((response, passed));
            token = self.logins.token(self, Some(&token)).await.map_err(Trouble::Login)?;
            renewed = token.own;
        }
        // Others change the token faster than a request takes.
        let reason = "the token is replaced again and again".to_owned();
        Err(ClientError::Cut { url: self.base.join(&request.target), reason }.into())
    }

    /// Of this answer the head was enough for now.
    pub(crate) fn heard(&self, call: &Call<'_>, answered: Answered) -> Response {
        let Answered { response, watch, .. } = answered;
        let status = response.status().as_u16();
        self.tell(call, watch.ended(Ok(status), response.content_length(), None));
        response
    }

    fn tell(&self, call: &Call<'_>, exchange: Exchange) {
        if call.shown {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(exchange.clone());
        }
        self.settings.hear.tell(|| {
            let bodies = self.settings.hear.bodies();
            Event::Exchange(if bodies { exchange } else { Exchange { asked: None, file: None, ..exchange } })
        });
    }

    /// What was asked last, without logins.
    pub(crate) fn last(&self) -> Option<Exchange> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the token says about the client.
    pub(crate) async fn claims(&self) -> Result<Option<Value>, ClientError> {
        let token = self.logins.token(self, None).await?;
        Ok(token.claims())
    }

    /// Follows redirects within the same server, as long as they do not turn a request into another one.
    async fn follow(&self, call: &Call<'_>, token: &http::HeaderValue) -> Result<Response, ClientError> {
        let request = call.request;
        let mut url = self.base.join(&request.target);
        for _ in 0..REDIRECTS {
            let mut prepared = self.prepare(request, &url, token)?;
            if let Some((from, version)) = call.rest {
                // Compressed bytes would be counted otherwise.
                prepared = prepared.header(ACCEPT_ENCODING, "identity");
                prepared = prepared.header(RANGE, format!("bytes={from}-")).header(IF_RANGE, version);
            }
            call.open(true);
            let patience = request.file.as_ref().map(Upload::patience).unwrap_or_default();
            let answered = self.answer(&url, prepared, self.settings.timeouts.answer + patience).await;
            let trouble = request.file.as_ref().and_then(Upload::take_trouble);
            if let (Err(_), Some(trouble)) = (&answered, trouble) {
                // Of what was announced and did not come whole, a PBX makes nothing.
                call.open(false);
                return Err(trouble);
            }
            let response = answered?;
            // Whoever sends it on has not taken it.
            call.open(!response.status().is_redirection());
            let repeats = match response.status().as_u16() {
                301..=303 => request.method == Method::Get,
                307 | 308 => true,
                _ => false,
            };
            let next = header(&response, LOCATION.as_str()).and_then(|to| self.base.same_origin(&url, &to));
            match next {
                Some(next) if repeats => url = next,
                _ => return Ok(response),
            }
        }
        Err(ClientError::Malformed { url, reason: format!("more than {REDIRECTS} redirects") })
    }

    fn prepare(&self, request: &Request, url: &str, token: &http::HeaderValue) -> Result<RequestBuilder, ClientError> {
        let method = match request.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Patch => http::Method::PATCH,
            Method::Delete => http::Method::DELETE,
        };
        let mut builder = self.http()?.request(method, url).header(AUTHORIZATION, token.clone());
        // Downloads answer with other types than JSON, whatever the description of the API says.
        builder = builder.header(ACCEPT, "application/json, */*;q=0.8");
        if let Some(etag) = &request.if_match {
            builder = builder.header(IF_MATCH, etag);
        }
        if let Some(file) = &request.file {
            return Ok(builder.multipart(file.form()?));
        }
        match (&request.body, request.method) {
            (Some(body), _) => builder = builder.json(body),
            // Left out by the library, and asked for by some servers.
            (None, Method::Post | Method::Patch) => builder = builder.header(CONTENT_LENGTH, "0"),
            (None, Method::Get | Method::Delete) => {}
        }
        Ok(builder)
    }

    /// The head of the answer.
    pub(crate) async fn answer(
        &self,
        url: &str,
        request: RequestBuilder,
        within: Duration,
    ) -> Result<Response, ClientError> {
        match timeout(within, request.send()).await {
            Ok(Ok(response)) => fault::of_proxy(self, response),
            Ok(Err(error)) => Err(fault::sending(self, url, &error)),
            Err(_) => Err(silence(url, within)),
        }
    }
}

fn silence(url: &str, lasted: Duration) -> ClientError {
    ClientError::Timeout { url: url.to_owned(), seconds: lasted.as_secs() }
}
