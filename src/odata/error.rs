//! What a PBX says when it refuses: OData errors, OAuth errors, bare text, the page of a proxy.
//!
//! Reads any body into facts and never fails: a body that nobody understands is its own message.

use serde_json::{Map, Value};

/// Longer texts are cut: a message is for reading.
const MESSAGE: usize = 600;

/// One complaint of several.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Detail {
    pub code: String,
    pub message: String,
    /// The property it is about.
    pub target: Option<String>,
}

/// The facts of an error body; what was not said is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorBody {
    /// `WARNINGS.XAPI.ALREADY_IN_USE`, `invalid_client`, `FILE_NOT_FOUND`.
    pub code: String,
    pub message: String,
    pub target: Option<String>,
    pub details: Vec<Detail>,
}

/// Reads the body of an answer that is an error.
#[must_use]
pub fn parse_error(content_type: Option<&str>, body: &[u8]) -> ErrorBody {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let mut error = match serde_json::from_slice(body) {
        Ok(value) => from_json(&value),
        Err(_) => ErrorBody { message: from_text(content_type, body), ..ErrorBody::default() },
    };
    complete(&mut error);
    error
}

/// Whether a body is a page for people, by what is said of it or else by how it begins.
#[must_use]
pub fn is_html(content_type: Option<&str>, body: &[u8]) -> bool {
    match content_type {
        Some(kind) => {
            let kind = kind.trim_start().to_ascii_lowercase();
            kind.starts_with("text/html") || kind.starts_with("application/xhtml")
        }
        None => {
            let start: Vec<u8> = body.trim_ascii_start().iter().take(14).map(u8::to_ascii_lowercase).collect();
            start.starts_with(b"<!doctype html") || start.starts_with(b"<html")
        }
    }
}

/// The words of a body as a person would see them, on one line and cut to `limit` characters.
#[must_use]
pub fn excerpt(content_type: Option<&str>, body: &[u8], limit: usize) -> String {
    let text = String::from_utf8_lossy(body);
    let text = if is_html(content_type, body) { visible(&text) } else { text.into_owned() };
    one_line(&text, limit)
}

fn from_text(content_type: Option<&str>, body: &[u8]) -> String {
    if is_html(content_type, body)
        && let Some(title) = title(&String::from_utf8_lossy(body))
    {
        return title;
    }
    excerpt(content_type, body, MESSAGE)
}

fn from_json(value: &Value) -> ErrorBody {
    let message = |message: String| ErrorBody { message, ..ErrorBody::default() };
    match value {
        Value::String(text) => message(one_line(text, MESSAGE)),
        Value::Object(map) => match map.get("error").or_else(|| map.get("odata.error")) {
            Some(Value::Object(error)) => from_odata(error),
            Some(Value::String(error)) => from_oauth(error, map),
            _ => from_problem(map).unwrap_or_else(|| message(one_line(&value.to_string(), MESSAGE))),
        },
        Value::Null => ErrorBody::default(),
        other => message(one_line(&other.to_string(), MESSAGE)),
    }
}

fn from_odata(error: &Map<String, Value>) -> ErrorBody {
    let details = match error.get("details") {
        Some(Value::Array(details)) => details.iter().filter_map(Value::as_object).map(detail).collect(),
        _ => Vec::new(),
    };
    let mut outer = detail(error);
    if outer.message.is_empty()
        && let Some(Value::Object(inner)) = error.get("innererror")
    {
        outer.message = text(inner, "message");
    }
    ErrorBody { code: outer.code, message: outer.message, target: outer.target, details }
}

fn detail(map: &Map<String, Value>) -> Detail {
    let target = text(map, "target");
    Detail { code: text(map, "code"), message: text(map, "message"), target: (!target.is_empty()).then_some(target) }
}

/// A text, a number as text, or the text inside `{"lang": …, "value": …}`.
fn text(map: &Map<String, Value>, name: &str) -> String {
    match map.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Object(inner)) => inner.get("value").and_then(Value::as_str).unwrap_or_default().to_owned(),
        _ => String::new(),
    }
}

/// `{"error":"invalid_client","error_description":"…"}`, and `{"error":"Resource not found"}`, which is a sentence.
fn from_oauth(error: &str, map: &Map<String, Value>) -> ErrorBody {
    let description = text(map, "error_description");
    let is_code = !error.is_empty() && error.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    if is_code || !description.is_empty() {
        ErrorBody { code: error.to_owned(), message: description, ..ErrorBody::default() }
    } else {
        ErrorBody { message: error.to_owned(), ..ErrorBody::default() }
    }
}

/// What ASP.NET answers where no controller was reached: `{"title":…,"detail":…,"errors":{"Field":["…"]}}`, `{"message":…}`.
fn from_problem(map: &Map<String, Value>) -> Option<ErrorBody> {
    let mut details = Vec::new();
    if let Some(Value::Object(errors)) = map.get("errors") {
        for (field, complaints) in errors {
            for complaint in complaints.as_array().into_iter().flatten().filter_map(Value::as_str) {
                let target = (!field.is_empty()).then(|| field.clone());
                details.push(Detail { code: String::new(), message: complaint.to_owned(), target });
            }
        }
    }
    let said = ["detail", "title", "message", "Message"].into_iter().map(|name| text(map, name));
    let message = said.into_iter().find(|text| !text.is_empty());
    (message.is_some() || !details.is_empty()).then(|| ErrorBody {
        code: text(map, "code"),
        message: message.unwrap_or_default(),
        target: None,
        details,
    })
}

/// Fills code and target from where they are hidden.
fn complete(error: &mut ErrorBody) {
    for detail in &mut error.details {
        if detail.code.is_empty() {
            detail.code = hidden_code(&detail.message).unwrap_or_default();
        }
    }
    if error.code.is_empty() {
        let from_details = || error.details.iter().map(|detail| &detail.code).find(|code| !code.is_empty()).cloned();
        error.code = hidden_code(&error.message).or_else(from_details).unwrap_or_default();
    }
    if error.target.is_none() {
        let from_details = error.details.iter().find_map(|detail| detail.target.clone());
        error.target = from_details.or_else(|| hidden_target(&error.message));
    }
}

/// `WARNINGS.XAPI.REQUIRED` inside a message, or a message that is nothing but `FILE_NOT_FOUND`.
fn hidden_code(message: &str) -> Option<String> {
    let is_code = |part: char| part.is_ascii_alphanumeric() || part == '_' || part == '.';
    if let Some(start) = message.find("WARNINGS.") {
        let rest = &message[start..];
        let end = rest.find(|part| !is_code(part)).unwrap_or(rest.len());
        return Some(rest[..end].trim_end_matches('.').to_owned());
    }
    let word = message.trim();
    let loud = word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    (loud && word.contains('_')).then(|| word.to_owned())
}

/// `Number:\nWARNINGS.…` names the property before the code.
fn hidden_target(message: &str) -> Option<String> {
    let (name, rest) = message.split_once(":\n")?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_./[]".contains(&byte));
    (is_name && rest.starts_with("WARNINGS.")).then(|| name.to_owned())
}

fn title(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    let title = one_line(&unescaped(&html[start..end]), MESSAGE);
    (!title.is_empty()).then_some(title)
}

/// The text outside of tags, without what a browser does not show.
fn visible(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let mut out = String::new();
    let mut at = 0;
    while let Some(start) = lower[at..].find('<').map(|start| at + start) {
        out.push_str(&html[at..start]);
        out.push(' ');
        let hidden = ["script", "style", "head"].into_iter().find(|name| {
            let tag = &lower[start + 1..];
            tag.strip_prefix(name).is_some_and(|rest| rest.starts_with(|next: char| !next.is_alphanumeric()))
        });
        let (until, skip) = match hidden {
            Some(name) => (format!("</{name}"), name.len() + 2),
            None if lower[start..].starts_with("<!--") => ("-->".to_owned(), 0),
            None => (String::new(), 0),
        };
        let inside = lower[start..].find(&until).map_or(lower.len(), |end| start + end + skip);
        at = lower[inside..].find('>').map_or(lower.len(), |end| inside + end + 1);
    }
    out.push_str(&html[at..]);
    unescaped(&out)
}

fn unescaped(text: &str) -> String {
    let entities = [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&mdash;", "—"),
        ("&amp;", "&"),
    ];
    entities.into_iter().fold(text.to_owned(), |text, (entity, plain)| text.replace(entity, plain))
}

/// Whitespace and control characters become single spaces, so that an answer cannot move a terminal's cursor.
fn one_line(text: &str, limit: usize) -> String {
    let separator = |part: char| part.is_whitespace() || part.is_control();
    let words: Vec<&str> = text.split(separator).filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    match line.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::{Detail, ErrorBody, excerpt, parse_error};

    fn body(code: &str, message: &str, target: Option<&str>) -> ErrorBody {
        ErrorBody {
            code: code.to_owned(),
            message: message.to_owned(),
            target: target.map(str::to_owned),
            details: Vec::new(),
        }
    }

    #[test]
    fn odata_with_details() {
        let text = r#"{"error":{"code":"","message":"Number:\nWARNINGS.XAPI.ALREADY_IN_USE","details":[
            {"code":"","message":"WARNINGS.XAPI.ALREADY_IN_USE","target":"Number"}]}}"#;
        let expected = ErrorBody {
            code: "WARNINGS.XAPI.ALREADY_IN_USE".to_owned(),
            message: "Number:\nWARNINGS.XAPI.ALREADY_IN_USE".to_owned(),
            target: Some("Number".to_owned()),
            details: vec![Detail {
                code: "WARNINGS.XAPI.ALREADY_IN_USE".to_owned(),
                message: "WARNINGS.XAPI.ALREADY_IN_USE".to_owned(),
                target: Some("Number".to_owned()),
            }],
        };
        assert_eq!(parse_error(Some("application/json"), text.as_bytes()), expected);
    }

    #[test]
    fn every_other_form() {
        let html = "<!DOCTYPE html><html><head><title>502 Bad &amp; Gateway</title><style>p{}</style></head>\
                    <body><h1>502</h1><p>nginx</p></body></html>";
        let untitled =
            "<html><script>if (a > b) {}</script><body><h1>Service&nbsp;down</h1><!-- <b>x</b> --> try later</body>";
        let cases: [(Option<&str>, &str, ErrorBody); 17] = [
            (
                None,
                r#"{"error":{"code":"400","message":"The limit of '100'…"}}"#,
                body("400", "The limit of '100'…", None),
            ),
            (
                None,
                r#"{"error":{"message":"Number:\nWARNINGS.XAPI.REQUIRED."}}"#,
                body("WARNINGS.XAPI.REQUIRED", "Number:\nWARNINGS.XAPI.REQUIRED.", Some("Number")),
            ),
            (None, r#"{"error":{"code":null,"message":"","innererror":{"message":"deep"}}}"#, body("", "deep", None)),
            (None, r#"{"odata.error":{"code":"7","message":{"lang":"en","value":"old"}}}"#, body("7", "old", None)),
            (Some("application/json"), r#"{"error":"Resource not found"}"#, body("", "Resource not found", None)),
            (None, r#"{"error":"invalid_client"}"#, body("invalid_client", "", None)),
            (
                None,
                r#"{"error":"invalid_client","error_description":"Bad secret"}"#,
                body("invalid_client", "Bad secret", None),
            ),
            (None, r#"{"title":"Not Found","status":404}"#, body("", "Not Found", None)),
            (None, r#"{"Message":"no"}"#, body("", "no", None)),
            (None, r#"{"what":1}"#, body("", r#"{"what":1}"#, None)),
            (None, r#""FILE_NOT_FOUND""#, body("FILE_NOT_FOUND", "FILE_NOT_FOUND", None)),
            (Some("text/plain"), "FILE_NOT_FOUND", body("FILE_NOT_FOUND", "FILE_NOT_FOUND", None)),
            (Some("text/plain"), "Forbidden\r\n", body("", "Forbidden", None)),
            (None, "", body("", "", None)),
            (Some("text/html; charset=utf-8"), html, body("", "502 Bad & Gateway", None)),
            (None, untitled, body("", "Service down try later", None)),
            (Some("application/json"), "{\"error\":{\"mess", body("", "{\"error\":{\"mess", None)),
        ];
        for (content_type, text, expected) in cases {
            assert_eq!(parse_error(content_type, text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_problem_with_fields() {
        let error =
            parse_error(None, br#"{"title":"Invalid","errors":{"queueDns":["The queueDns field is required."]}}"#);
        assert_eq!(error.target.as_deref(), Some("queueDns"));
        assert_eq!(error.details[0].message, "The queueDns field is required.");
    }

    #[test]
    fn excerpts_are_one_line_and_short() {
        assert_eq!(excerpt(None, b"a\x1b[2J\r\n b \xff", 80), "a [2J b \u{fffd}");
        assert_eq!(excerpt(None, "äääää".as_bytes(), 3), "äää…");
        assert_eq!(excerpt(Some("text/html"), b"<p>a<b>b</b><script>unclosed", 80), "a b");
        assert_eq!(excerpt(Some("text/html"), b"<", 80), "");
    }
}
