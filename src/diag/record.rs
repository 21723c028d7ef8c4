//! A report for programs: the keys are stable, and all of them are always there.

use serde_json::{Value, json};

use crate::catalog::overlay::warning;
use crate::client::Refusal;
use crate::code::Code;
use crate::diag::codes::entries;
use crate::diag::report::Report;
use crate::diag::{answer, refused};
use crate::script::{Frame, Place};

pub(super) fn record(report: &Report) -> Value {
    let place = report.place.as_ref();
    json!({
        "code": report.code,
        "severity": report.severity(),
        "file": place.map(|place| place.source.name.as_str()),
        "line": place.map(|place| place.line),
        "column": place.map(|place| place.column),
        "end": place.map(end),
        "message": report.wording.message,
        "hint": report.wording.hint,
        "snippet": place.map(line_of),
        "focus": report.focus,
        "stack": report.frames.iter().map(frame).collect::<Vec<_>>(),
        "request": report.refusal.as_ref().map(request),
        "pbx": report.refusal.as_ref().map(said),
        "done": report.account,
        "explanation": explanation(report),
        "exit": report.exit.code(),
    })
}

/// What the code means, in a sentence or two.
fn explanation(report: &Report) -> Option<String> {
    let known = report.code.as_deref().and_then(warning);
    let own = || {
        let entry = entries().find(|entry| Some(entry.code) == report.kind)?;
        entry.text.first().cloned()
    };
    let status = || {
        let refused = report.refusal.as_ref().filter(|_| report.kind == Some(Code::Refused) && known.is_none())?;
        refused::status(refused.status).map(str::to_owned)
    };
    known.as_ref().map(|known| known.meaning.to_owned()).or_else(status).or_else(own)
}

fn request(refusal: &Refusal) -> Value {
    json!({ "method": refusal.method, "path": refusal.path, "status": refusal.status })
}

fn said(refusal: &Refusal) -> Value {
    let details = refusal
        .details
        .iter()
        .map(|detail| json!({ "code": detail.code, "target": detail.target, "message": detail.message }));
    json!({
        "code": refusal.code,
        "target": refusal.target,
        "message": refusal.message,
        "body": answer::body(refusal),
        "details": details.collect::<Vec<_>>(),
    })
}

fn frame(frame: &Frame) -> Value {
    let place = frame.place.as_ref();
    json!({
        "function": frame.function,
        "file": place.map(|place| place.source.name.as_str()),
        "line": place.map(|place| place.line),
        "column": place.map(|place| place.column),
    })
}

/// Line and column behind the last character.
fn end(place: &Place) -> Value {
    let inside = &place.source.text[place.span.clone()];
    let lines = inside.matches('\n').count();
    let last = inside.rsplit('\n').next().unwrap_or_default().chars().count();
    let column = if lines == 0 { place.column + last } else { last + 1 };
    json!({ "line": place.line + lines, "column": column })
}

/// The line on which the place begins.
pub(super) fn line_of(place: &Place) -> &str {
    let text = &*place.source.text;
    let start = text[..place.span.start].rfind('\n').map_or(0, |at| at + 1);
    text[start..].lines().next().unwrap_or_default()
}
