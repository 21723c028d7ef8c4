//! What a PBX was asked and what it answered, as far as the message does not say it.

use serde_json::Value;

use crate::client::Refusal;
use crate::diag::words::one_line;

/// For those who look into the PBX's own logs.
pub(super) fn lines(refusal: &Refusal) -> Vec<String> {
    let mut lines = vec![format!("{} {} answered {}", refusal.method, refusal.path, refusal.status)];
    lines.extend(body(refusal).map(|body| format!("its answer: {body}")));
    lines
}

fn is_told(refusal: &Refusal, message: &str) -> bool {
    let message = one_line(message);
    message.is_empty() || one_line(&refusal.message).contains(&message)
}

/// The beginning of the body, if something is in it that stands nowhere else in the report.
pub(super) fn body(refusal: &Refusal) -> Option<String> {
    let body = one_line(&refusal.excerpt);
    let Ok(Value::Object(whole)) = serde_json::from_str::<Value>(&body) else {
        // What is no JSON is the message itself, if there is no other.
        // An object that was cut has said what it has to say before.
        let shown = refusal.message.trim().is_empty() || is_told(refusal, &body) || body.starts_with('{');
        return (!shown && !body.is_empty()).then_some(body);
    };
    let known = ["code", "message", "target", "details", "title", "errors"];
    let empty = |value: &Value| value.is_null() || value.as_str() == Some("");
    let error = whole.get("error").and_then(Value::as_object);
    let mut rest = whole.iter().filter(|(name, _)| *name != "error").chain(error.into_iter().flatten());
    let more = rest.any(|(name, value)| !known.contains(&name.as_str()) && !empty(value));
    more.then_some(body)
}
