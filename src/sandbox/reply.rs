//! What goes back to the caller, before it becomes HTTP.

use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde_json::Value;

use crate::sandbox::problem::{Body, Problem};

/// Told with an answer that only fits its type.
pub(super) const NOTE: HeaderName = HeaderName::from_static("x-sandbox-note");
pub(super) const NO_BEHAVIOUR: HeaderValue = HeaderValue::from_static("no behaviour");
const JSON: &str = "application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8";

#[derive(Debug)]
pub(super) struct Reply {
    status: StatusCode,
    content_type: &'static str,
    content: Vec<u8>,
    filename: Option<String>,
    no_behaviour: bool,
}

impl Reply {
    fn new(status: StatusCode, content_type: &'static str, content: Vec<u8>) -> Reply {
        Reply { status, content_type, content, filename: None, no_behaviour: false }
    }

    pub(super) fn nothing() -> Reply {
        Reply::new(StatusCode::NO_CONTENT, "", Vec::new())
    }

    pub(super) fn json(value: &Value) -> Reply {
        Reply::new(StatusCode::OK, JSON, value.to_string().into_bytes())
    }

    pub(super) fn created(value: &Value) -> Reply {
        Reply { status: StatusCode::CREATED, ..Reply::json(value) }
    }

    /// Plain JSON outside OData.
    pub(super) fn plain(status: StatusCode, value: &Value) -> Reply {
        Reply::new(status, "application/json; charset=utf-8", value.to_string().into_bytes())
    }

    pub(super) fn xml(content: String) -> Reply {
        Reply::new(StatusCode::OK, "application/xml", content.into_bytes())
    }

    pub(super) fn text(content: String) -> Reply {
        Reply::new(StatusCode::OK, "text/plain; charset=utf-8", content.into_bytes())
    }

    pub(super) fn file(content_type: &'static str, filename: impl Into<String>, content: Vec<u8>) -> Reply {
        Reply { filename: Some(filename.into()), ..Reply::new(StatusCode::OK, content_type, content) }
    }

    /// Marks an answer that fits its type and means nothing.
    pub(super) fn without_behaviour(self) -> Reply {
        Reply { no_behaviour: true, ..self }
    }
}

impl From<Problem> for Reply {
    fn from(problem: Problem) -> Reply {
        match problem.body {
            Body::Json(value) => Reply { status: problem.status, ..Reply::json(&value) },
            Body::Text(text) => Reply { status: problem.status, ..Reply::text(text.to_owned()) },
        }
    }
}

impl From<Reply> for Response<Bytes> {
    fn from(reply: Reply) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(reply.content));
        *response.status_mut() = reply.status;
        let headers = response.headers_mut();
        if !reply.content_type.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
        }
        let disposition = reply.filename.map(|name| format!("attachment; filename={name}"));
        if let Some(Ok(value)) = disposition.map(HeaderValue::try_from) {
            headers.insert(CONTENT_DISPOSITION, value);
        }
        if reply.no_behaviour {
            headers.insert(NOTE, NO_BEHAVIOUR);
        }
        response
    }
}
