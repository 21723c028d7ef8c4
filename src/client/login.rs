//! The token: asked for with the client's id and secret, kept in memory only, renewed shortly before it ends.
//!
//! A PBX keeps one token per client id, and a new one ends the old one. So all requests of a client share one, and a
//! login that was refused is not tried again by everyone who waited for it: failed logins get an address banned.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use reqwest::header::CONTENT_TYPE;
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::client::error::ClientError;
use crate::client::wire::{Wire, header};
use crate::odata::error::{excerpt, is_html};
use crate::odata::parse_error;

/// Where a client logs in, below the address of the PBX.
const PATH: &str = "/connect/token";

/// Without any word about its life a token is taken to live this long.
const LIFETIME: Duration = Duration::from_secs(3600);

/// What one client knows about its logins.
#[derive(Default)]
pub(crate) struct Logins {
    /// How many ended, well or badly; read without the lock to see whether one ended while waiting.
    ended: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    failure: Option<ClientError>,
}

#[derive(Clone)]
pub(crate) struct Token {
    /// Marked as sensitive, so that it cannot be printed.
    pub(crate) header: HeaderValue,
    /// Which login it came from.
    pub(crate) login: u64,
    renew: SystemTime,
}

impl Logins {
    /// A token other than that of the login `refused`.
    pub(crate) async fn token(&self, wire: &Wire, refused: Option<u64>) -> Result<Token, ClientError> {
        let seen = self.ended.load(Ordering::SeqCst);
        let mut state = self.state.lock().await;
        if let Some(token) = &state.token
            && Some(token.login) != refused
            && (wire.settings.now)() < token.renew
        {
            return Ok(token.clone());
        }
        let ended = self.ended.load(Ordering::SeqCst);
        if ended != seen
            && let Some(failure) = &state.failure
        {
            return Err(failure.clone());
        }
        state.token = None;
        let result = login(wire, ended + 1).await;
        self.ended.store(ended + 1, Ordering::SeqCst);
        match result {
            Ok(token) => {
                state.failure = None;
                state.token = Some(token.clone());
                Ok(token)
            }
            Err(error) => {
                state.failure = Some(error.clone());
                Err(error)
            }
        }
    }
}

async fn login(wire: &Wire, login: u64) -> Result<Token, ClientError> {
    let url = wire.base.join(PATH);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", wire.settings.client_id.as_str()),
        ("client_secret", wire.settings.client_secret.expose_secret()),
    ];
    let request = wire.http()?.post(&url).form(&form);
    let mut response = wire.answer(&url, request).await?;
    let status = response.status().as_u16();
    let content_type = header(&response, CONTENT_TYPE.as_str());
    let body = wire.beginning(&url, &mut response).await?;
    if (300..400).contains(&status) {
        return Err(wire.elsewhere(&url, &response));
    }
    let json: Option<Value> = serde_json::from_slice(&body).ok();
    let foreign = || ClientError::NotAPbx {
        url: url.clone(),
        status,
        content_type: content_type.clone().unwrap_or_default(),
        excerpt: excerpt(content_type.as_deref(), &body, 200),
    };
    if status >= 400 {
        // A bare 401 without a word is still a refusal; a page, or no such path, is another server.
        let other_server = is_html(content_type.as_deref(), &body) || matches!(status, 404 | 405);
        if json.is_none() && other_server {
            return Err(foreign());
        }
        let said = parse_error(content_type.as_deref(), &body);
        return Err(ClientError::Login { url, status, error: said.code, description: said.message });
    }
    let Some(json) = json.filter(Value::is_object) else { return Err(foreign()) };
    let Some(token) = json.get("access_token").and_then(Value::as_str) else {
        return Err(ClientError::Malformed { url, reason: "no access_token".to_owned() });
    };
    let Ok(mut header) = HeaderValue::try_from(format!("Bearer {token}")) else {
        return Err(ClientError::Malformed { url, reason: "an access_token that fits no header".to_owned() });
    };
    header.set_sensitive(true);
    let now = (wire.settings.now)();
    let lifetime = lifetime(&json, token, now);
    let margin = (lifetime / 10).min(Duration::from_secs(30));
    Ok(Token { header, login, renew: now + (lifetime - margin) })
}

/// How long the token lives. Its own claims are the same in all releases; `expires_in` is in minutes in older ones.
fn lifetime(answer: &Value, token: &str, now: SystemTime) -> Duration {
    let claims = claims(token);
    let claim = |name: &str| claims.as_ref().and_then(|claims| seconds(claims.get(name)?));
    let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    if let Some(end) = claim("exp") {
        // The clocks of the PBX and of this machine can differ; where the token says when it was made, no clock is
        // needed, and the more careful of both counts.
        let by_clock = end.checked_sub(now).filter(|left| *left > 0);
        let by_claims = claim("iat").or(claim("nbf")).and_then(|start| end.checked_sub(start)).filter(|left| *left > 0);
        if let Some(left) = by_clock.into_iter().chain(by_claims).min() {
            return Duration::from_secs(left);
        }
    }
    match answer.get("expires_in").and_then(seconds) {
        None | Some(0) => LIFETIME,
        Some(minutes @ 1..=60) => Duration::from_secs(minutes * 60),
        Some(seconds) => Duration::from_secs(seconds),
    }
}

/// Numbers come as numbers, as floats and as text; what would overflow a clock is none.
fn seconds(value: &Value) -> Option<u64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    number.filter(|number| (0.0..1e12).contains(number)).map(|number| number as u64)
}

/// The claims of a JWT, unchecked: the PBX checks them, here they only tell when to ask again.
pub(crate) fn claims(token: &str) -> Option<Value> {
    let payload = token.split('.').nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    use super::lifetime;

    fn jwt(claims: &Value) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    #[test]
    fn how_long_a_token_lives() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        let opaque = "opaque".to_owned();
        let cases = [
            ("minutes", json!({"expires_in": 60}), opaque.clone(), 3600),
            ("few minutes", json!({"expires_in": 5}), opaque.clone(), 300),
            ("seconds", json!({"expires_in": 3600}), opaque.clone(), 3600),
            ("just seconds", json!({"expires_in": 61}), opaque.clone(), 61),
            ("as text", json!({"expires_in": "3600"}), opaque.clone(), 3600),
            ("nothing said", json!({}), opaque.clone(), 3600),
            ("nonsense", json!({"expires_in": -5}), opaque.clone(), 3600),
            ("exp first", json!({"expires_in": 60}), jwt(&json!({"exp": 1_000_900})), 900),
            ("our clock is behind", json!({}), jwt(&json!({"exp": 1_010_900, "iat": 1_010_000})), 900),
            ("our clock is ahead", json!({}), jwt(&json!({"exp": 990_900, "iat": 990_000})), 900),
            ("ahead, and no start", json!({"expires_in": 60}), jwt(&json!({"exp": 990_900})), 3600),
            ("not JSON inside", json!({"expires_in": 2}), "a.!!.c".to_owned(), 120),
        ];
        for (what, answer, token, expected) in cases {
            assert_eq!(lifetime(&answer, &token, now), Duration::from_secs(expected), "{what}");
        }
    }
}
