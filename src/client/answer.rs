//! What an answer says: data, a file, a refusal, or something that no PBX would say. Nothing here grows with what somebody
//! sends who means harm.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use reqwest::Response;
use serde_json::Value;
use tokio::time::timeout;

use crate::client::download::Download;
use crate::client::error::{ClientError, Refusal};
use crate::client::fault;
use crate::client::reply::ReplyBody;
use crate::client::request::Request;
use crate::client::retry::Repeat;
use crate::client::secrets::{hidden_target, unrepeated};
use crate::client::wire::{Call, Wire};
use crate::odata::error::{excerpt, is_html};
use crate::odata::parse_error;

/// How much of an error's body is read.
const ERROR_BODY: usize = 64 * 1024;

/// The longest answer in JSON. Lists come in pages; what is longer was made to fill the memory, and a little of it can unpack
/// to any length.
pub(crate) const MOST_JSON: usize = 64 << 20;

/// The body of an answer, and its length where it was read.
pub(crate) enum Body {
    Nothing,
    Json(Value, usize),
    Download(Box<Download>),
}

impl From<Body> for ReplyBody {
    fn from(body: Body) -> ReplyBody {
        match body {
            Body::Nothing => ReplyBody::Nothing,
            Body::Json(value, _) => ReplyBody::Json(value),
            Body::Download(download) => ReplyBody::Download(download),
        }
    }
}

impl Wire {
    /// The next piece of a body. The timeout counts from piece to piece: a long download is not a slow one.
    pub(crate) async fn piece(&self, url: &str, response: &mut Response) -> Result<Option<Bytes>, ClientError> {
        let idle = self.settings.timeouts.idle;
        match timeout(idle, response.chunk()).await {
            Ok(Ok(piece)) => Ok(piece),
            Ok(Err(error)) => Err(fault::receiving(url, &error)),
            Err(_) => {
                let reason = format!("nothing more came within {} s", idle.as_secs_f32());
                Err(ClientError::Cut { url: url.to_owned(), reason })
            }
        }
    }

    /// The first part of a body, as much as an error can need. It is short, so that all of it has to be there soon.
    pub(crate) async fn beginning(&self, url: &str, response: &mut Response) -> Result<Vec<u8>, ClientError> {
        let idle = self.settings.timeouts.idle;
        let read = async {
            let mut body = Vec::new();
            while let Some(piece) = self.piece(url, response).await? {
                let room = ERROR_BODY - body.len();
                body.extend_from_slice(&piece[..piece.len().min(room)]);
                if body.len() == ERROR_BODY {
                    break;
                }
            }
            Ok(body)
        };
        let slow = || ClientError::Cut {
            url: url.to_owned(),
            reason: format!("not all of it came within {} s", idle.as_secs_f32()),
        };
        timeout(idle, read).await.unwrap_or_else(|_| Err(slow()))
    }

    pub(crate) async fn body(
        self: &Arc<Wire>,
        call: &Call<'_>,
        url: String,
        mut response: Response,
    ) -> Result<Body, ClientError> {
        let content_type = header(&response, CONTENT_TYPE.as_str());
        let status = response.status().as_u16();
        let kind = content_type.as_deref().map(kind).unwrap_or_default();
        // An empty file is a file; where neither type nor length is said, the first piece tells.
        let said_empty = header(&response, CONTENT_LENGTH.as_str()).is_some_and(|length| length == "0");
        if status == 204 || (said_empty && (kind.is_empty() || is_json(&kind))) {
            return Ok(Body::Nothing);
        }
        if is_html(content_type.as_deref(), b"") {
            let body = self.beginning(&url, &mut response).await?;
            return Err(foreign(url, status, content_type, &body, None));
        }
        if is_json(&kind) {
            return self.json(url, &mut response).await;
        }
        let first = if kind.is_empty() {
            match self.piece(&url, &mut response).await? {
                None => return Ok(Body::Nothing),
                piece => piece,
            }
        } else {
            None
        };
        let repeats = Repeat::of(call.effect, call.request.method) == Repeat::Harmless;
        let again = repeats.then(|| (call.request.clone(), call.effect));
        Ok(Body::Download(Box::new(Download::new(Arc::clone(self), url, response, first, again))))
    }

    async fn json(&self, url: String, response: &mut Response) -> Result<Body, ClientError> {
        let mut body = Vec::new();
        while let Some(piece) = self.piece(&url, response).await? {
            if body.len() + piece.len() > MOST_JSON {
                return Err(ClientError::Malformed { url, reason: too_long(MOST_JSON, "JSON") });
            }
            body.extend_from_slice(&piece);
        }
        let length = body.len();
        let text = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&body).trim_ascii();
        if text.is_empty() {
            return Ok(Body::Nothing);
        }
        match serde_json::from_slice(text) {
            Ok(value) => Ok(Body::Json(value, length)),
            // A proxy that keeps the type of what it replaces.
            Err(_) if is_html(None, text) => {
                let content_type = header(response, CONTENT_TYPE.as_str());
                let status = response.status().as_u16();
                let excerpt = excerpt(Some("text/html"), text, 200);
                let content_type = content_type.unwrap_or_default();
                Err(ClientError::NotAPbx { url, status, content_type, excerpt, retry_after: None })
            }
            Err(error) => Err(ClientError::Malformed { url, reason: format!("it is no JSON: {error}") }),
        }
    }

    /// What a status above 400 means, and the body that came with it.
    pub(crate) async fn refusal(
        &self,
        request: &Request,
        url: &str,
        response: &mut Response,
    ) -> (ClientError, Vec<u8>) {
        let status = response.status().as_u16();
        let content_type = header(response, CONTENT_TYPE.as_str());
        let retry_after = self.retry_after(response);
        // The status says more than a body that breaks off.
        let body = unrepeated(self.beginning(url, response).await.unwrap_or_default(), request.body.as_ref());
        if is_html(content_type.as_deref(), &body) {
            return (foreign(url.to_owned(), status, content_type, &body, retry_after), body);
        }
        let said = parse_error(content_type.as_deref(), &body);
        let (claims, now) = (self.logins.known_claims(), (self.settings.now)());
        let reason = self.past.reason(status, &request.target, &said, claims.as_ref(), now);
        let refusal = ClientError::Refused(Box::new(Refusal {
            status,
            code: said.code,
            message: said.message,
            target: said.target,
            details: said.details,
            method: request.method.as_str(),
            path: hidden_target(&request.target).into_owned(),
            excerpt: excerpt(content_type.as_deref(), &body, 300),
            reason,
            retry_after,
        }));
        (refusal, body)
    }

    /// Seconds, or the date until which to wait.
    pub(crate) fn retry_after(&self, response: &Response) -> Option<u64> {
        let text = header(response, RETRY_AFTER.as_str())?;
        let text = text.trim();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(text.parse().unwrap_or(u64::MAX));
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
            retry_after: None,
        }
    }
}

/// The reason against an answer that is longer than anything that was meant.
pub(crate) fn too_long(most: usize, what: &str) -> String {
    format!("more than {} MB of {what}", most >> 20)
}

pub(crate) fn foreign(
    url: String,
    status: u16,
    content_type: Option<String>,
    body: &[u8],
    retry_after: Option<u64>,
) -> ClientError {
    let excerpt = excerpt(content_type.as_deref(), body, 200);
    ClientError::NotAPbx { url, status, content_type: content_type.unwrap_or_default(), excerpt, retry_after }
}

/// The body of an error, for those who want to see it.
pub(crate) fn readable(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(body).into_owned()))
}

/// A header as text; headers of other encodings happen in file names.
pub(crate) fn header(response: &Response, name: &str) -> Option<String> {
    let value = response.headers().get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// `text/csv; charset=utf-8` → `text/csv`.
pub(crate) fn kind(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_json(kind: &str) -> bool {
    kind == "application/json" || kind == "text/json" || kind.ends_with("+json")
}
