//! What nobody may read over a shoulder: the one list of names whose values are hidden wherever requests are shown.

use std::borrow::Cow;

use serde_json::Value;

/// What stands in the place of a secret.
pub const MASK: &str = "***";

/// How the names of secrets end, in lower case and without signs between their words.
const ENDINGS: [&str; 15] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "secretkey",
    "privatekey",
    "apikey",
    "licensekey",
    "keygrok",
    "credentials",
    "token",
    "authorization",
    "cookie",
    "pin",
    "pinnumber",
];

/// Names that only end like those of secrets.
const HARMLESS: [&str; 2] = ["nextpagetoken", "pagetoken"];

/// Does a property, parameter or header of this name hold something to hide?
#[must_use]
pub fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    ENDINGS.iter().any(|ending| plain.ends_with(ending)) && !HARMLESS.contains(&plain.as_str())
}

/// A body without its secrets. Whether there is one stays visible.
#[must_use]
pub fn hidden(body: &Value) -> Value {
    match body {
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                let said = !matches!(value, Value::Null | Value::Bool(_)) && value.as_str() != Some("");
                let value = if is_secret(name) && said { Value::from(MASK) } else { hidden(value) };
                (name.clone(), value)
            };
            let pair = fields.get("Name").and_then(Value::as_str).is_some_and(is_secret);
            let mut shown: serde_json::Map<String, Value> = fields.iter().map(field).collect();
            // A parameter that says its name beside its value.
            if pair && shown.get("Value").is_some_and(|value| value.is_string()) {
                shown.insert("Value".to_owned(), MASK.into());
            }
            Value::Object(shown)
        }
        Value::Array(items) => items.iter().map(hidden).collect(),
        other => other.clone(),
    }
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
fn end_of(value: &str) -> usize {
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

    use super::{hidden, hidden_target, is_secret};
    use crate::catalog::{Catalog, Shape, Ty};

    #[test]
    fn names() {
        for name in
            ["AuthPassword", "VMPIN", "client_secret", "access_token", "VoicemailPIN", "APIKey", "Authorization"]
        {
            assert!(is_secret(name), "{name}");
        }
        for name in ["Number", "TokenEndpoint", "NextPageToken", "Mapping", "PinProtected", "expires_in"] {
            assert!(!is_secret(name), "{name}");
        }
    }

    /// Whoever adds a type with a new sort of secret meets this list.
    #[test]
    fn every_property_of_the_catalog_that_sounds_secret_is_one() {
        let sounds = ["password", "secret", "pin", "token", "apikey", "privatekey", "credential"];
        let mut open = Vec::new();
        for ty in &Catalog::builtin().types {
            let Shape::Object { properties } = &ty.shape else { continue };
            for property in properties {
                let name = property.name.to_lowercase();
                let words = sounds.iter().any(|sound| name.contains(sound));
                let holds = !matches!(property.ty, Ty::Bool | Ty::List(_) | Ty::Int32);
                if words && holds && !is_secret(property.name) {
                    open.push(property.name);
                }
            }
        }
        open.sort_unstable();
        open.dedup();
        assert_eq!(open, REVIEWED);
    }

    /// Those that only sound so.
    const REVIEWED: &[&str] = &[
        "IPInRegistrationContact",
        "LlDpInfo",
        "NextPageToken",
        "PublicIPinSIP",
        "TokenBudget",
        "TokenEndpoint",
        "TokenEndpointAuthMethod",
    ];

    #[test]
    fn bodies_and_targets() {
        let body = json!({"Number": "100", "AuthPassword": "x", "VMPIN": 12, "Empty": {"Password": ""}, "EnablePin": true,
            "Phones": [{"Secret": {"Value": "deep"}}], "List": [{"Name": "ApiKey", "Value": "k"}]});
        let shown = json!({"Number": "100", "AuthPassword": "***", "VMPIN": "***", "Empty": {"Password": ""},
            "EnablePin": true, "Phones": [{"Secret": "***"}], "List": [{"Name": "ApiKey", "Value": "***"}]});
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
}
