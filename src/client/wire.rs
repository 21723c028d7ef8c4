//! One connection to one PBX: sending, logging in again once, and telling answers apart.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, IF_MATCH, LOCATION, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use tokio::time::timeout;

use crate::catalog::Method;
use crate::client::base::Base;
use crate::client::download::Download;
use crate::client::error::{ClientError, Distrust, Refusal};
use crate::client::fault;
use crate::client::login::{Logins, claims};
use crate::client::reply::{Reply, ReplyBody};
use crate::client::request::Request;
use crate::client::runtime::wait;
use crate::client::settings::{Settings, Trust};
use crate::client::trust::pinned;
use crate::odata::error::{excerpt, is_html};
use crate::odata::parse_error;

/// How much of an error's body is read.
pub(crate) const ERROR_BODY: usize = 64 * 1024;

/// How often one request may be sent on within the same server.
const REDIRECTS: usize = 5;

/// Shorter than any server keeps a connection, so that none is reused in the moment it is closed.
const IDLE: Duration = Duration::from_secs(30);

pub(crate) struct Wire {
    pub(crate) settings: Settings,
    pub(crate) base: Base,
    http: OnceLock<Result<reqwest::Client, ClientError>>,
    logins: Logins,
}

impl Wire {
    pub(crate) fn new(settings: Settings, base: Base) -> Wire {
        Wire { settings, base, http: OnceLock::new(), logins: Logins::default() }
    }

    /// The HTTP client, made by the first request: reading the system's certificates takes a while.
    pub(crate) fn http(&self) -> Result<&reqwest::Client, ClientError> {
        self.http.get_or_init(|| self.make_http()).as_ref().map_err(Clone::clone)
    }

    fn make_http(&self) -> Result<reqwest::Client, ClientError> {
        let failed = |error: reqwest::Error| fault::building(self, &error);
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("pbxsh/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.settings.connect_timeout)
            .pool_idle_timeout(IDLE)
            // Followed here, where it is known whether the request may be repeated.
            .redirect(Policy::none());
        if self.base.is_loopback() {
            builder = builder.no_proxy();
        }
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

    /// Sends `request` and reads its answer, up to the body of a download.
    pub(crate) async fn send(self: &Arc<Wire>, request: &Request) -> Result<Reply, ClientError> {
        let response = self.authorized(request).await?;
        let url = self.base.join(&request.target);
        let status = response.status().as_u16();
        let note = header(&response, "x-sandbox-note");
        if status >= 400 {
            return Err(self.refusal(request, &url, response).await);
        }
        if status >= 300 {
            return Err(self.elsewhere(&url, &response));
        }
        let body = self.body(url, response).await?;
        Ok(Reply { status, body, note })
    }

    /// Sends `request` with a token. A 401 comes before the PBX has done anything, so every request may be repeated once.
    pub(crate) async fn authorized(&self, request: &Request) -> Result<Response, ClientError> {
        let token = self.logins.token(self, None).await?;
        let response = self.follow(request, &token.header).await?;
        if response.status().as_u16() != 401 {
            return Ok(response);
        }
        drop(response);
        let token = self.logins.token(self, Some(token.login)).await?;
        self.follow(request, &token.header).await
    }

    /// What the token says about the client.
    pub(crate) async fn claims(&self) -> Result<Option<Value>, ClientError> {
        let token = self.logins.token(self, None).await?;
        Ok(token.header.to_str().ok().and_then(|header| claims(header.strip_prefix("Bearer ")?)))
    }

    /// Follows redirects within the same server, as long as they do not turn a request into another one.
    async fn follow(&self, request: &Request, token: &http::HeaderValue) -> Result<Response, ClientError> {
        let mut url = self.base.join(&request.target);
        for _ in 0..REDIRECTS {
            let response = self.answer(&url, self.prepare(request, &url, token)?).await?;
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
        match (&request.body, request.method) {
            (Some(body), _) => builder = builder.json(body),
            // Left out by the library, and asked for by some servers.
            (None, Method::Post | Method::Patch) => builder = builder.header(CONTENT_LENGTH, "0"),
            (None, Method::Get | Method::Delete) => {}
        }
        Ok(builder)
    }

    /// The head of the answer.
    pub(crate) async fn answer(&self, url: &str, request: RequestBuilder) -> Result<Response, ClientError> {
        match timeout(self.settings.request_timeout, request.send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(fault::sending(self, url, &error)),
            Err(_) => Err(self.silence(url)),
        }
    }

    /// The next piece of a body. The timeout counts from piece to piece: a long download is not a slow one.
    pub(crate) async fn piece(&self, url: &str, response: &mut Response) -> Result<Option<Bytes>, ClientError> {
        match timeout(self.settings.request_timeout, response.chunk()).await {
            Ok(Ok(piece)) => Ok(piece),
            Ok(Err(error)) => Err(fault::receiving(url, &error)),
            Err(_) => Err(self.silence(url)),
        }
    }

    /// [`Wire::piece`] for those who do not live in the runtime.
    pub(crate) fn wait_for_piece(&self, url: &str, response: &mut Response) -> Result<Option<Bytes>, ClientError> {
        wait(&self.settings.interrupt, self.piece(url, response))
    }

    /// The first part of a body, as much as an error can need.
    pub(crate) async fn beginning(&self, url: &str, response: &mut Response) -> Result<Vec<u8>, ClientError> {
        let mut body = Vec::new();
        while let Some(piece) = self.piece(url, response).await? {
            let room = ERROR_BODY - body.len();
            body.extend_from_slice(&piece[..piece.len().min(room)]);
            if body.len() == ERROR_BODY {
                break;
            }
        }
        Ok(body)
    }

    async fn body(self: &Arc<Wire>, url: String, mut response: Response) -> Result<ReplyBody, ClientError> {
        let content_type = header(&response, CONTENT_TYPE.as_str());
        let status = response.status().as_u16();
        let kind = content_type.as_deref().map(kind).unwrap_or_default();
        // An empty file is a file; where neither type nor length is said, the first piece tells.
        let said_empty = header(&response, CONTENT_LENGTH.as_str()).is_some_and(|length| length == "0");
        if status == 204 || (said_empty && (kind.is_empty() || is_json(&kind))) {
            return Ok(ReplyBody::Nothing);
        }
        if is_html(content_type.as_deref(), b"") {
            let body = self.beginning(&url, &mut response).await?;
            return Err(foreign(url, status, content_type, &body));
        }
        if is_json(&kind) {
            return self.json(url, &mut response).await;
        }
        let first = if kind.is_empty() {
            match self.piece(&url, &mut response).await? {
                None => return Ok(ReplyBody::Nothing),
                piece => piece,
            }
        } else {
            None
        };
        Ok(ReplyBody::Download(Download::new(Arc::clone(self), url, response, first)))
    }

    async fn json(&self, url: String, response: &mut Response) -> Result<ReplyBody, ClientError> {
        let mut body = Vec::new();
        while let Some(piece) = self.piece(&url, response).await? {
            body.extend_from_slice(&piece);
        }
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&body).trim_ascii();
        if body.is_empty() {
            return Ok(ReplyBody::Nothing);
        }
        match serde_json::from_slice(body) {
            Ok(value) => Ok(ReplyBody::Json(value)),
            Err(error) => Err(ClientError::Malformed { url, reason: error.to_string() }),
        }
    }

    async fn refusal(&self, request: &Request, url: &str, mut response: Response) -> ClientError {
        let status = response.status().as_u16();
        let content_type = header(&response, CONTENT_TYPE.as_str());
        let retry_after = header(&response, RETRY_AFTER.as_str()).and_then(|text| self.retry_after(&text));
        // The status says more than a body that breaks off.
        let body = self.beginning(url, &mut response).await.unwrap_or_default();
        if is_html(content_type.as_deref(), &body) {
            return foreign(url.to_owned(), status, content_type, &body);
        }
        let said = parse_error(content_type.as_deref(), &body);
        ClientError::Refused(Box::new(Refusal {
            status,
            code: said.code,
            message: said.message,
            target: said.target,
            details: said.details,
            method: request.method.as_str(),
            path: request.target.clone(),
            excerpt: excerpt(content_type.as_deref(), &body, 300),
            retry_after,
        }))
    }

    /// Seconds, or the date until which to wait.
    fn retry_after(&self, text: &str) -> Option<u64> {
        let text = text.trim();
        if let Ok(seconds) = text.parse() {
            return Some(seconds);
        }
        let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
        let now = jiff::Timestamp::try_from((self.settings.now)()).ok()?;
        Some(u64::try_from(until.as_second() - now.as_second()).unwrap_or(0))
    }

    /// An answer that sends the caller somewhere the token must not go.
    pub(crate) fn elsewhere(&self, url: &str, response: &Response) -> ClientError {
        let to = header(response, LOCATION.as_str()).unwrap_or_default();
        ClientError::NotAPbx {
            url: url.to_owned(),
            status: response.status().as_u16(),
            content_type: header(response, CONTENT_TYPE.as_str()).unwrap_or_default(),
            excerpt: format!("redirects to {}", excerpt(None, to.as_bytes(), 200)),
        }
    }

    fn silence(&self, url: &str) -> ClientError {
        ClientError::Timeout { url: url.to_owned(), seconds: self.settings.request_timeout.as_secs() }
    }
}

fn foreign(url: String, status: u16, content_type: Option<String>, body: &[u8]) -> ClientError {
    let excerpt = excerpt(content_type.as_deref(), body, 200);
    ClientError::NotAPbx { url, status, content_type: content_type.unwrap_or_default(), excerpt }
}

/// A header as text; headers of other encodings happen in file names.
pub(crate) fn header(response: &Response, name: &str) -> Option<String> {
    let value = response.headers().get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// `text/csv; charset=utf-8` → `text/csv`.
fn kind(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_json(kind: &str) -> bool {
    kind == "application/json" || kind == "text/json" || kind.ends_with("+json")
}
