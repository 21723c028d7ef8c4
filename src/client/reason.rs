//! Why a PBX refuses, as far as the facts tell. Where they leave more than one reason, there is none.

use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::odata::ErrorBody;

/// What stands behind a refusal. Scripts see its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Of this there is one for people only: `MyUser`, `MyGroup`.
    Never,
    /// The client's role is too low.
    Role,
    /// The client is in the department "System Wide", which holds it at the lowest role.
    Department,
    /// Everything is refused, as the list of allowed addresses does.
    Console,
    Licence,
    /// There is nothing under this key.
    Key,
    /// The PBX does not know what its release should.
    Operation,
    /// The token is as good as new; somebody else got a newer one.
    Token,
    /// A token from a clock this many seconds ahead of ours.
    Clock {
        ahead: i64,
    },
    /// Id or secret is wrong, and the PBX does not say which.
    Credentials,
    ClientId,
    Secret,
    /// The client may not use this API.
    Access,
    /// Too many tries, or a client that was locked.
    Locked,
    /// The PBX is there and does not work yet.
    Starting,
}

impl Reason {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Reason::Never => "never",
            Reason::Role => "role",
            Reason::Department => "department",
            Reason::Console => "console",
            Reason::Licence => "licence",
            Reason::Key => "key",
            Reason::Operation => "operation",
            Reason::Token => "token",
            Reason::Clock { .. } => "clock",
            Reason::Credentials => "credentials",
            Reason::ClientId => "client-id",
            Reason::Secret => "secret",
            Reason::Access => "access",
            Reason::Locked => "locked",
            Reason::Starting => "starting",
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Met {
    /// Something was answered.
    allowed: bool,
    /// What everybody may read was refused.
    closed: bool,
    /// Something was refused for its role.
    low: bool,
}

/// What a client was answered before: whoever may do something is not kept out altogether.
#[derive(Debug, Default)]
pub(crate) struct Past(Mutex<Met>);

impl Past {
    pub(crate) fn remember(&self, path: &str, status: u16) {
        let mut met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        met.allowed |= status < 300;
        met.closed |= status == 403 && set(path) == "Defs";
    }

    /// The reason for a refusal with this status, of a client whose token says this.
    pub(crate) fn reason(
        &self,
        status: u16,
        path: &str,
        said: &ErrorBody,
        claims: Option<&Value>,
        now: SystemTime,
    ) -> Option<Reason> {
        match status {
            401 => Some(unauthorized(claims, now.duration_since(UNIX_EPOCH).ok()?.as_secs().cast_signed())),
            403 => {
                let mut met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                let reason = forbidden(path, &format!("{} {}", said.code, said.message), *met, claims);
                met.low |= matches!(reason, Some(Reason::Role | Reason::Department));
                reason
            }
            404 => missing(path, &said.message),
            _ => None,
        }
    }
}

/// Clocks that are further apart than this can make a new token look old.
const APART: i64 = 300;

/// Logs and recordings, which are for System Owners and large licences only.
#[must_use]
pub fn is_private(path: &str) -> bool {
    let sets = [
        "CallHistoryView",
        "ChatHistoryView",
        "ChatMessagesHistoryView",
        "Recordings",
        "ReportCallLogData",
        "ReportChatLog",
    ];
    sets.contains(&set(path)) || path.contains("GetCallLog")
}

/// `/xapi/v1/Users(12)/Groups?$top=1` → `Users`.
#[must_use]
pub fn set(path: &str) -> &str {
    let below = path.strip_prefix("/xapi/v1/").unwrap_or(path);
    below.split(['/', '(', '?']).next().unwrap_or_default()
}

/// What was looked up in the set: `4711` of `/xapi/v1/Users(4711)`, `100` of `…/Users(Number='100')` and
/// `…/Users/Pbx.GetByNumber(number='100')`; with whether it is a number that people dial.
#[must_use]
pub fn key(path: &str) -> Option<(String, bool)> {
    let path = path.split('?').next().unwrap_or_default();
    let below = path.strip_prefix("/xapi/v1/").unwrap_or(path);
    let (before, rest) = below.split_once('(')?;
    let inside = rest.split_once(')').map_or(rest, |(inside, _)| inside);
    let by_number = inside.starts_with("Number=") || before.ends_with("GetByNumber");
    if before.contains('/') && !by_number {
        return None;
    }
    let value = inside.split_once('=').map_or(inside, |(_, value)| value);
    let value = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\'')).unwrap_or(value);
    let decoded = percent_decode_str(value).decode_utf8_lossy().replace("''", "'");
    (!decoded.is_empty()).then_some((decoded, by_number))
}

/// The reason for a 403.
fn forbidden(path: &str, words: &str, met: Met, claims: Option<&Value>) -> Option<Reason> {
    if matches!(set(path), "MyUser" | "MyGroup") {
        return Some(Reason::Never);
    }
    let words = words.to_lowercase();
    let says = |signs: &[&str]| signs.iter().any(|sign| words.contains(sign));
    if says(&["licen", "subscription"]) {
        return Some(Reason::Licence);
    }
    if says(&["console restriction", "whitelist", "allow list", "ip address"]) {
        return Some(Reason::Console);
    }
    if says(&["role", "system owner"]) {
        return Some(Reason::Role);
    }
    if !met.allowed {
        return met.closed.then_some(Reason::Console);
    }
    let wide = || if claims.is_some_and(is_system_wide) { Reason::Department } else { Reason::Role };
    match (claims.and_then(is_owner), is_private(path)) {
        (Some(true), true) => Some(Reason::Licence),
        (None, true) if met.low => Some(wide()),
        (Some(true), false) | (None, true) => None,
        (Some(false), _) | (None, false) => Some(wide()),
    }
}

/// The reason for a 404: a request in which nothing was chosen can only be about something that is not there at all.
fn missing(path: &str, message: &str) -> Option<Reason> {
    let unknown = message == "Resource not found";
    match key(path) {
        Some(_) => (!unknown).then_some(Reason::Key),
        None if unknown || !path.contains('(') => Some(Reason::Operation),
        None => None,
    }
}

/// The reason for a 401 to a token that was just made.
fn unauthorized(claims: Option<&Value>, now: i64) -> Reason {
    let made = claims.and_then(|claims| claims.get("iat").or(claims.get("nbf"))?.as_i64());
    match made.map(|made| made - now) {
        Some(ahead) if ahead.abs() > APART => Reason::Clock { ahead },
        _ => Reason::Token,
    }
}

/// The reason why a login was refused.
pub(crate) fn login(status: u16, error: &str, description: &str) -> Option<Reason> {
    let words = format!("{error} {description}").to_lowercase();
    let says = |signs: &[&str]| signs.iter().any(|sign| words.contains(sign));
    if status == 429 || says(&["locked", "blocked", "blacklist", "too many", "temporarily_unavailable", "slow_down"]) {
        return Some(Reason::Locked);
    }
    if status == 402 || says(&["licen", "subscription", "trial"]) {
        return Some(Reason::Licence);
    }
    if matches!(status, 502..=504) {
        return Some(Reason::Starting);
    }
    let code = error.to_lowercase();
    if matches!(code.as_str(), "unauthorized_client" | "access_denied" | "invalid_scope") || status == 403 {
        return Some(Reason::Access);
    }
    if matches!(code.as_str(), "invalid_request" | "unsupported_grant_type") {
        return None;
    }
    let secret = says(&["secret", "api key", "password"]);
    let client = ["unknown client", "client not found", "no such client", "client_id", "client id", "does not exist"];
    match (secret, says(&client)) {
        (true, false) => Some(Reason::Secret),
        (false, true) => Some(Reason::ClientId),
        _ if matches!(code.as_str(), "invalid_client" | "invalid_grant" | "unauthorized") || status == 401 => {
            Some(Reason::Credentials)
        }
        _ => None,
    }
}

/// The role in a token. Those who make tokens call the claim by a name or by an address that ends in it.
#[must_use]
pub fn role(claims: &Value) -> Option<String> {
    let claims = claims.as_object()?;
    let last = |name: &str| name.rsplit(['/', ':']).next().unwrap_or_default().to_owned();
    let found = ["MaxRole", "RoleName", "Role", "role", "roles"].into_iter().find_map(|wanted| {
        claims.iter().find(|(name, value)| last(name) == wanted && !texts(value).is_empty()).map(|(_, value)| value)
    })?;
    Some(texts(found).join(", "))
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) if !text.is_empty() => vec![text.as_str()],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Does the token say that its client may do everything, or that it may not? Words that nobody knows say neither.
fn is_owner(claims: &Value) -> Option<bool> {
    let said: Vec<String> = role(claims)?.split(", ").map(plain).collect();
    let below = ["systemadmin", "groupowner", "manager", "groupadmin", "receptionist", "user"];
    let is = |one: &String, known: &str| one.trim_end_matches('s') == known;
    if said.iter().any(|one| is(one, "systemowner")) {
        return Some(true);
    }
    said.iter().all(|one| below.iter().any(|known| is(one, known))).then_some(false)
}

fn is_system_wide(claims: &Value) -> bool {
    let place = |name: &str| ["group", "department"].iter().any(|part| name.to_lowercase().contains(part));
    claims.as_object().is_some_and(|claims| {
        claims.iter().any(|(name, value)| place(name) && texts(value).iter().any(|text| plain(text) == "systemwide"))
    })
}

/// `System Owners`, `system_owners` → `systemowners`.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Met, Reason, forbidden, key, login, missing, role, unauthorized};

    const NOTHING: Met = Met { allowed: false, closed: false, low: false };
    const CLOSED: Met = Met { closed: true, ..NOTHING };
    const OPEN: Met = Met { allowed: true, ..NOTHING };

    #[test]
    fn why_a_403() {
        let nobody = json!({"client_id": "x"});
        let (owner, user) = (json!({"role": "system_owners"}), json!({"role": ["users"]}));
        let wide = json!({"role": "users", "department": "System Wide"});
        let odd = json!({"role": ["users", "Everything"]});
        let cases: [(&str, &str, Met, &Value, Option<Reason>); 18] = [
            ("/xapi/v1/MyUser", "", CLOSED, &nobody, Some(Reason::Never)),
            ("/xapi/v1/MyGroup/Rights?$top=1", "Forbidden", OPEN, &owner, Some(Reason::Never)),
            ("/xapi/v1/Users", "Forbidden", NOTHING, &nobody, None),
            ("/xapi/v1/Users", "Forbidden", CLOSED, &nobody, Some(Reason::Console)),
            ("/xapi/v1/Users", "Forbidden", Met { closed: true, ..OPEN }, &nobody, Some(Reason::Role)),
            ("/xapi/v1/Users", "Forbidden", OPEN, &nobody, Some(Reason::Role)),
            ("/xapi/v1/Users", "Forbidden", OPEN, &wide, Some(Reason::Department)),
            ("/xapi/v1/Users", "Forbidden", OPEN, &owner, None),
            ("/xapi/v1/Recordings?$top=1", "", OPEN, &nobody, None),
            ("/xapi/v1/Recordings?$top=1", "", OPEN, &odd, None),
            ("/xapi/v1/Recordings?$top=1", "", Met { low: true, ..OPEN }, &nobody, Some(Reason::Role)),
            ("/xapi/v1/Recordings?$top=1", "", OPEN, &user, Some(Reason::Role)),
            ("/xapi/v1/Recordings?$top=1", "", OPEN, &owner, Some(Reason::Licence)),
            ("/xapi/v1/Users/Pbx.GetCallLog(a='b')", "", OPEN, &owner, Some(Reason::Licence)),
            ("/xapi/v1/Users", "WARNINGS.XAPI.INVALID_LICENSE_TYPE", OPEN, &user, Some(Reason::Licence)),
            ("/xapi/v1/Users", "Your IP address is not allowed", OPEN, &user, Some(Reason::Console)),
            ("/xapi/v1/Users", "Needs the role System Owner", NOTHING, &nobody, Some(Reason::Role)),
            ("/xapi/v1/Users", "", OPEN, &Value::Null, Some(Reason::Role)),
        ];
        for (path, words, met, claims, expected) in cases {
            assert_eq!(forbidden(path, words, met, Some(claims)), expected, "{path} {words} {met:?} {claims}");
        }
        assert_eq!(forbidden("/xapi/v1/Users", "", OPEN, None), Some(Reason::Role));
    }

    #[test]
    fn what_was_looked_up() {
        let cases = [
            ("/xapi/v1/Users(4711)", Some(("4711", false))),
            ("/xapi/v1/Users(4711)/Groups?$filter=(a)", Some(("4711", false))),
            ("/xapi/v1/Users(Number='100')?$select=Id", Some(("100", true))),
            ("/xapi/v1/Users/Pbx.GetByNumber(number='1''0%2F0')", Some(("1'0/0", true))),
            ("/xapi/v1/Backups('a%20b.zip')", Some(("a b.zip", false))),
            ("/xapi/v1/Report/Pbx.GetData(a='b',c=1)", None),
            ("/xapi/v1/Users?$filter=contains(Name,'x')", None),
            ("/xapi/v1/Odd(", None),
            ("/xapi/v1/Odd(%", Some(("%", false))),
            ("/xapi/v1/Odd(%+1)", Some(("%+1", false))),
        ];
        for (path, expected) in cases {
            assert_eq!(key(path).as_ref().map(|(key, by)| (key.as_str(), *by)), expected, "{path}");
        }
    }

    #[test]
    fn why_a_404() {
        let cases = [
            ("/xapi/v1/Users(7)", "Not found", Some(Reason::Key)),
            ("/xapi/v1/Users(7)", "", Some(Reason::Key)),
            ("/xapi/v1/Users(7)", "Resource not found", None),
            ("/xapi/v1/Users", "Resource not found", Some(Reason::Operation)),
            ("/xapi/v1/Users?$filter=contains(a,'b')", "", None),
            ("/xapi/v1/Users", "", Some(Reason::Operation)),
            ("/xapi/v1/R/Pbx.F(a='b')", "Resource not found", Some(Reason::Operation)),
            ("/xapi/v1/R/Pbx.F(a='b')", "No such queue", None),
        ];
        for (path, message, expected) in cases {
            assert_eq!(missing(path, message), expected, "{path} {message}");
        }
    }

    #[test]
    fn why_a_new_token_is_refused() {
        assert_eq!(unauthorized(Some(&json!({"iat": 1000})), 1200), Reason::Token);
        assert_eq!(unauthorized(Some(&json!({"nbf": 1000})), 5000), Reason::Clock { ahead: -4000 });
        assert_eq!(unauthorized(Some(&json!({"iat": 9000})), 5000), Reason::Clock { ahead: 4000 });
        assert_eq!(unauthorized(None, 5000), Reason::Token);
    }

    #[test]
    fn why_a_login_is_refused() {
        let cases = [
            (400, "invalid_client", "", Some(Reason::Credentials)),
            (401, "", "", Some(Reason::Credentials)),
            (401, "unauthorized", "The request requires valid user authentication.", Some(Reason::Credentials)),
            (401, "invalid_client", "Unknown client or wrong secret.", Some(Reason::Credentials)),
            (400, "invalid_client", "Wrong secret", Some(Reason::Secret)),
            (400, "invalid_client", "Unknown client", Some(Reason::ClientId)),
            (400, "unauthorized_client", "", Some(Reason::Access)),
            (403, "", "Forbidden", Some(Reason::Access)),
            (403, "", "The license does not allow it", Some(Reason::Licence)),
            (400, "invalid_grant", "The account is locked", Some(Reason::Locked)),
            (429, "", "", Some(Reason::Locked)),
            (503, "", "Starting", Some(Reason::Starting)),
            (400, "invalid_request", "client_id is missing", None),
            (400, "", "what", None),
            (500, "server_error", "", None),
        ];
        for (status, error, description, expected) in cases {
            assert_eq!(login(status, error, description), expected, "{status} {error} {description}");
        }
    }

    #[test]
    fn the_role_in_a_token() {
        let cases = [
            (json!({"role": "system_owners"}), Some("system_owners")),
            (json!({"role": ["a"], "MaxRole": "users"}), Some("users")),
            (json!({"http://schemas.example.com/claims/role": ["a", "b"]}), Some("a, b")),
            (json!({"roles": []}), None),
            (json!({"client_id": "x", "controlrole2": "x"}), None),
            (json!([]), None),
        ];
        for (claims, expected) in cases {
            assert_eq!(role(&claims).as_deref(), expected, "{claims}");
        }
    }
}
