//! Refusals: what a PBX answers when it does not do what it was asked.

use http::StatusCode;
use serde_json::{Value, json};

/// A refusal; nothing was changed.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    Json(Value),
    Text(&'static str),
}

pub(super) const REQUIRED: &str = "WARNINGS.XAPI.REQUIRED";
pub(super) const EMPTY: &str = "WARNINGS.XAPI.CAN_NOT_BE_EMPTY_STRING";
pub(super) const IN_USE: &str = "WARNINGS.XAPI.ALREADY_IN_USE";
pub(super) const NOT_FOUND: &str = "WARNINGS.XAPI.NOT_FOUND";
pub(super) const FORBIDDEN_CHANGE: &str = "WARNINGS.XAPI.FORBIDDEN_CHANGE";
pub(super) const FILE_NOT_FOUND: &str = "WARNINGS.XAPI.FILE_NOT_FOUND";
pub(super) const DUPLICATE: &str = "WARNINGS.XAPI.DUPLICATE";
pub(super) const NO_EXTENSION: &str = "WARNINGS.XAPI.NON_EXISTENT_EXT_NUMBER";
pub(super) const INVALID_PIN: &str = "WARNINGS.XAPI.INVALID_PIN_NUMBER";
pub(super) const OUT_OF_RANGE: &str = "WARNINGS.XAPI.OUT_OF_THE_RANGE";

impl Problem {
    fn odata(status: StatusCode, message: &str, details: &Value) -> Problem {
        let body = json!({"error": {"code": "", "message": message, "details": details}});
        Problem { status, body: Body::Json(body) }
    }

    /// A path that the release does not have.
    pub(super) fn unknown_path() -> Problem {
        Problem { status: StatusCode::NOT_FOUND, body: Body::Json(json!({"error": "Resource not found"})) }
    }

    /// A path that exists, with a key that does not.
    pub(super) fn no_such_entity() -> Problem {
        Problem::odata(StatusCode::NOT_FOUND, "Not found", &json!([]))
    }

    pub(super) fn wrong_method() -> Problem {
        Problem { status: StatusCode::METHOD_NOT_ALLOWED, body: Body::Text("Method Not Allowed") }
    }

    pub(super) fn unauthorized() -> Problem {
        Problem { status: StatusCode::UNAUTHORIZED, body: Body::Text("Unauthorized") }
    }

    pub(super) fn forbidden() -> Problem {
        Problem { status: StatusCode::FORBIDDEN, body: Body::Text("Forbidden") }
    }

    pub(super) fn wrong_media_type() -> Problem {
        Problem { status: StatusCode::UNSUPPORTED_MEDIA_TYPE, body: Body::Text("Unsupported Media Type") }
    }

    pub(super) fn too_large() -> Problem {
        Problem { status: StatusCode::PAYLOAD_TOO_LARGE, body: Body::Text("Payload Too Large") }
    }

    /// What a PBX does with a function parameter that it cannot read.
    pub(super) fn unreadable_parameter(name: &str) -> Problem {
        let message = format!("The value of parameter '{name}' is not of its type.");
        Problem::odata(StatusCode::INTERNAL_SERVER_ERROR, &message, &json!([]))
    }

    /// 400 with a sentence.
    pub(super) fn invalid(message: impl AsRef<str>) -> Problem {
        Problem::odata(StatusCode::BAD_REQUEST, message.as_ref(), &json!([]))
    }

    /// 400 about one field: a code of 3CX, or a sentence.
    pub(super) fn field(target: impl AsRef<str>, what: impl AsRef<str>) -> Problem {
        let (target, what) = (target.as_ref(), what.as_ref());
        let details = json!([{"code": "", "message": what, "target": target}]);
        Problem::odata(StatusCode::BAD_REQUEST, &format!("{target}:\n{what}"), &details)
    }

    /// 400 with a code of 3CX that is about no field.
    pub(super) fn warning(code: &str) -> Problem {
        Problem::odata(StatusCode::BAD_REQUEST, code, &json!([{"code": "", "message": code}]))
    }

    /// The field that the refusal is about; empty where it is about none.
    pub(super) fn target(&self) -> &str {
        let Body::Json(body) = &self.body else { return "" };
        body.pointer("/error/details/0/target").and_then(Value::as_str).unwrap_or_default()
    }

    /// The code or sentence alone, for answers that list failures in rows.
    pub(super) fn text(&self) -> String {
        match &self.body {
            Body::Json(body) => {
                let detail = body.pointer("/error/details/0/message").or_else(|| body.pointer("/error/message"));
                detail.and_then(Value::as_str).unwrap_or("Resource not found").to_owned()
            }
            Body::Text(text) => (*text).to_owned(),
        }
    }
}
