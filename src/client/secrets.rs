//! What nobody may read over a shoulder: the one list of names whose values are hidden, and what hides them.
//!
//! Three things hide: names, wherever a value stands beside one (in bodies, addresses and texts); values that this process knows to be
//! secret, wherever they turn up in a text; and the looks of a token. All of it is for texts that people read. Data is never touched.

mod known;
mod names;
mod text;
#[cfg(test)]
mod text_tests;

use std::borrow::Cow;

use serde_json::Value;

pub use known::{is_known, learn, learn_from, learn_target};
pub use names::{is_secret, sounds_secret};
pub use text::{Found, find, hide_in_source, hush};

/// What stands in the place of a secret.
pub const MASK: &str = "***";

/// A body without its secrets. Whether there is one stays visible.
#[must_use]
pub fn hidden(body: &Value) -> Value {
    match body {
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                let value = if is_secret(name) && says(value) { Value::from(MASK) } else { hidden(value) };
                (name.clone(), value)
            };
            let pair = fields.get("Name").and_then(Value::as_str).is_some_and(is_secret);
            let mut shown: serde_json::Map<String, Value> = fields.iter().map(field).collect();
            // A parameter that says its name beside its value.
            if pair && shown.get("Value").is_some_and(says) {
                shown.insert("Value".to_owned(), MASK.into());
            }
            Value::Object(shown)
        }
        Value::Array(items) => items.iter().map(hidden).collect(),
        other => other.clone(),
    }
}

/// Is there something in it that could be a secret? That one is set, or concealed, is none.
fn says(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => items.iter().any(says),
        Value::Object(fields) => fields.values().any(says),
    }
}

/// An answer that does not repeat the secrets of the request, not even the shortest.
#[must_use]
pub fn unrepeated(answer: Vec<u8>, asked: Option<&Value>) -> Vec<u8> {
    let mut sent = Vec::new();
    asked.into_iter().for_each(|body| collect(body, false, &mut sent));
    if sent.is_empty() {
        return answer;
    }
    // What is no text has no words to repeat.
    let Ok(mut text) = String::from_utf8(answer.clone()) else { return answer };
    for secret in sent {
        text = without_word(&text, &secret);
    }
    text.into_bytes()
}

fn collect(value: &Value, all: bool, found: &mut Vec<String>) {
    match value {
        Value::String(text) if all && !text.is_empty() => found.push(text.clone()),
        Value::Number(number) if all => found.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, all, found)),
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| collect(value, all || is_secret(name), found));
        }
        _ => {}
    }
}

/// Only where it stands by itself: a PIN may be a part of a number.
fn without_word(text: &str, word: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, behind) = (&rest[..at], &rest[at + word.len()..]);
        let part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let alone = !part(before.chars().next_back().or(out.chars().next_back())) && !part(behind.chars().next());
        out.push_str(before);
        out.push_str(if alone { MASK } else { word });
        rest = behind;
    }
    out + rest
}

/// What a sentence says of a value that may be a secret: `the string "abc"` → `a string`.
#[must_use]
pub fn unsaid<'a>(name: &str, described: &'a str) -> Cow<'a, str> {
    let is_one = name.split(['.', '[']).any(|part| is_secret(part) || part.starts_with("Concealed"));
    let kinds = [
        ("the string ", "a string"),
        ("the whole number ", "a whole number"),
        ("the number ", "a number"),
        ("the character ", "a character"),
    ];
    let kind = kinds.iter().find(|(start, _)| described.starts_with(start)).filter(|_| is_one);
    kind.map_or(Cow::Borrowed(described), |(_, kind)| Cow::Borrowed(*kind))
}

/// A target whose parameters show no secret: `Test(password='***')`.
#[must_use]
pub fn hidden_target(target: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut rest = target;
    while let Some(at) = rest.find('=') {
        let (before, value) = rest.split_at(at + 1);
        out.push_str(before);
        let start = before[..at].rfind(['(', ',', '?', '&', '$']).map_or(0, |sign| sign + 1);
        let end = end_of(value);
        let secret = end > 0 && is_secret(&before[start..at]);
        out.push_str(if !secret {
            &value[..end]
        } else if value.starts_with('\'') {
            "'***'"
        } else {
            MASK
        });
        rest = &value[end..];
    }
    if out.is_empty() {
        return Cow::Borrowed(target);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Where a value ends: a quote inside of quotes is doubled.
pub(super) fn end_of(value: &str) -> usize {
    let Some(inner) = value.strip_prefix('\'') else {
        return value.find([',', ')', '&', '=']).unwrap_or(value.len());
    };
    let mut bytes = inner.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        if byte == b'\'' && bytes.next_if(|(_, next)| *next == b'\'').is_none() {
            return at + 2;
        }
    }
    value.len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{hidden, hidden_target, unrepeated, unsaid};

    #[test]
    fn bodies_and_targets() {
        let body = json!({"Number": "100", "AuthPassword": "x", "VMPIN": 12, "Empty": {"Password": ""}, "EnablePin": true,
            "Phones": [{"Secret": {"Value": "deep"}}], "List": [{"Name": "ApiKey", "Value": "k"}],
            "ApiKey": {"Concealed": true, "Value": null}});
        let shown = json!({"Number": "100", "AuthPassword": "***", "VMPIN": "***", "Empty": {"Password": ""},
            "EnablePin": true, "Phones": [{"Secret": "***"}], "List": [{"Name": "ApiKey", "Value": "***"}],
            "ApiKey": {"Concealed": true, "Value": null}});
        assert_eq!(hidden(&body), shown);
        for (target, expected) in [
            ("/xapi/v1/Users(12)?$top=1&$select=Id", "/xapi/v1/Users(12)?$top=1&$select=Id"),
            ("/F(password='it''s',user='me')", "/F(password='***',user='me')"),
            ("/F(user='a=b',accessToken=abc)?x=1", "/F(user='a=b',accessToken=***)?x=1"),
            ("/F(password='open", "/F(password='***'"),
            ("/Users", "/Users"),
        ] {
            assert_eq!(hidden_target(target), expected);
        }
    }

    #[test]
    fn answers_that_repeat_what_was_sent() {
        let asked = json!({"Number": "100", "VMPIN": "47", "Phones": [{"Secret": 12}]});
        let said = |text: &str| String::from_utf8(unrepeated(text.as_bytes().to_vec(), Some(&asked))).unwrap();
        assert_eq!(said("the PIN 47 of 100 is not 4711 or 12"), "the PIN *** of 100 is not 4711 or ***");
        assert_eq!(said("\"47\",147"), "\"***\",147");
        assert_eq!(unrepeated(vec![0xff], Some(&asked)), [0xff]);
    }

    #[test]
    fn what_a_value_is_without_the_value() {
        assert_eq!(unsaid("User.AuthPassword", "the string \"x\""), "a string");
        assert_eq!(unsaid("VMPIN", "the whole number 4711"), "a whole number");
        assert_eq!(unsaid("ConcealedPassword.Value", "the number 1.5"), "a number");
        assert_eq!(unsaid("VMPIN", "a map"), "a map");
        assert_eq!(unsaid("Number", "the whole number 100"), "the whole number 100");
    }
}
