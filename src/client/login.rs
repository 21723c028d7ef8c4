//! The token: asked for with the client's id and secret, shared with other processes, renewed shortly before it ends.
//!
//! A PBX keeps one token per client id, and a new one ends the old one. So all requests of a client share one, and all
//! processes of a person too (see `tokens`): whoever finds its token refused looks first whether somebody has a newer one.
//! A login that was refused is not tried again by everyone who waited for it: failed logins get an address banned.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::sleep;

use crate::client::answer::header;
use crate::client::error::ClientError;
use crate::client::retry::{Attempts, Repeat};
use crate::client::secrets;
use crate::client::tokens::{Kept, Shelf};
use crate::client::trace::{Event, Watch};
use crate::client::wire::Wire;
use crate::odata::error::{excerpt, is_html};
use crate::odata::parse_error;

/// Where a client logs in, below the address of the PBX.
pub const PATH: &str = "/connect/token";

/// Without any word about its life a token is taken to live this long.
const LIFETIME: Duration = Duration::from_secs(3600);

/// A login is no report: it is there soon or not at all.
const SOON: Duration = Duration::from_secs(60);

/// How long another process may take for its login, and how often we look.
const PATIENCE: Duration = Duration::from_secs(60);
const GLANCE: Duration = Duration::from_millis(20);

/// What one client knows about its logins.
#[derive(Default)]
pub(crate) struct Logins {
    /// How many ended, well or badly; read without the lock to see whether one ended while waiting.
    ended: AtomicU64,
    state: Mutex<State>,
    /// It was told that the token cannot be shared.
    told: AtomicBool,
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
    /// This process logged in for it; else another one did.
    pub(crate) own: bool,
    renew: SystemTime,
}

impl Token {
    fn new(token: &str, own: bool, renew: SystemTime) -> Option<Token> {
        secrets::learn(token);
        let mut header = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
        header.set_sensitive(true);
        Some(Token { header, own, renew })
    }

    /// What it says about the client.
    pub(crate) fn claims(&self) -> Option<Value> {
        claims(self.header.to_str().ok()?.strip_prefix("Bearer ")?)
    }
}

impl Logins {
    /// What the present token says about the client; nobody logs in for it, or waits for one who does.
    pub(crate) fn known_claims(&self) -> Option<Value> {
        self.state.try_lock().ok()?.token.as_ref()?.claims()
    }

    /// A token other than the one that was `refused`.
    pub(crate) async fn token(&self, wire: &Wire, refused: Option<&Token>) -> Result<Token, ClientError> {
        let seen = self.ended.load(Ordering::SeqCst);
        let mut state = self.state.lock().await;
        let usable = |token: &Token| refused.is_none_or(|refused| refused.header != token.header);
        if let Some(token) = &state.token
            && usable(token)
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
        let result = match &wire.shelf {
            Some(shelf) => self.shared(wire, shelf, usable).await,
            None => login(wire).await.map(|(token, _)| token),
        };
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

    /// The token that all processes use, or a new one for all of them: one process logs in, the others wait for it.
    async fn shared(&self, wire: &Wire, shelf: &Shelf, usable: impl Fn(&Token) -> bool) -> Result<Token, ClientError> {
        let there = || {
            let kept = shelf.read((wire.settings.now)())?;
            Token::new(kept.token.expose_secret(), false, kept.renew).filter(&usable)
        };
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(token) = there() {
                return Ok(token);
            }
            match shelf.turn() {
                Ok(Some(turn)) => {
                    // The turn may have come from somebody who has just put it there.
                    if let Some(token) = there() {
                        return Ok(token);
                    }
                    let (token, kept) = login(wire).await?;
                    if let Err(error) = shelf.write(&kept) {
                        self.not_shared(wire, shelf, &error);
                    }
                    drop(turn);
                    return Ok(token);
                }
                Ok(None) => sleep(GLANCE).await,
                Err(error) => {
                    self.not_shared(wire, shelf, &error);
                    break;
                }
            }
        }
        // Nobody can be waited for, or somebody hangs.
        login(wire).await.map(|(token, _)| token)
    }

    fn not_shared(&self, wire: &Wire, shelf: &Shelf, error: &std::io::Error) {
        if !self.told.swap(true, Ordering::SeqCst) {
            let (path, reason) = (shelf.folder().to_owned(), error.to_string());
            wire.settings.hear.tell(|| Event::NotShared { path, reason });
        }
    }
}

/// A login changes nothing but the token itself, so it is tried again as reading is.
async fn login(wire: &Wire) -> Result<(Token, Kept), ClientError> {
    let mut attempts = Attempts::new(&wire.settings);
    loop {
        match login_once(wire).await {
            Err(error) => attempts.again(Repeat::Harmless, error).await?,
            done => return done,
        }
    }
}

async fn login_once(wire: &Wire) -> Result<(Token, Kept), ClientError> {
    let url = wire.base.join(PATH);
    let passed = wire.gate.pass().await?;
    let watch = Watch::of_login(&url);
    let mut status = None;
    let result = log_in_at(wire, &url, &mut status).await;
    drop(passed);
    let ended = match (status, &result) {
        (Some(status), _) => Ok(status),
        (None, Err(error)) => Err(error.clone()),
        (None, Ok(_)) => Ok(200),
    };
    wire.settings.hear.tell(|| Event::Exchange(watch.ended(ended, None, None)));
    result
}

async fn log_in_at(wire: &Wire, url: &str, answered: &mut Option<u16>) -> Result<(Token, Kept), ClientError> {
    let url = url.to_owned();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", wire.settings.client_id.as_str()),
        ("client_secret", wire.settings.client_secret.expose_secret()),
    ];
    let request = wire.http()?.post(&url).form(&form);
    let mut response = wire.answer(&url, request, wire.settings.timeouts.answer.min(SOON)).await?;
    let status = response.status().as_u16();
    *answered = Some(status);
    let content_type = header(&response, CONTENT_TYPE.as_str());
    let retry_after = wire.retry_after(&response);
    let body = wire.beginning(&url, &mut response).await?;
    if (300..400).contains(&status) {
        return Err(wire.elsewhere(&url, &response));
    }
    let json: Option<Value> = serde_json::from_slice(body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&body)).ok();
    let foreign = || ClientError::NotAPbx {
        url: url.clone(),
        status,
        content_type: content_type.clone().unwrap_or_default(),
        excerpt: excerpt(content_type.as_deref(), &body, 200),
        retry_after,
    };
    if status >= 400 {
        // A bare 401 without a word is still a refusal; a page, or no such path, is another server.
        let other_server = is_html(content_type.as_deref(), &body) || matches!(status, 404 | 405);
        if json.is_none() && other_server {
            return Err(foreign());
        }
        let said = parse_error(content_type.as_deref(), &body);
        return Err(ClientError::Login { url, status, error: said.code, description: said.message, retry_after });
    }
    let Some(json) = json.filter(Value::is_object) else { return Err(foreign()) };
    let Some(text) = json.get("access_token").and_then(Value::as_str) else {
        let said = parse_error(content_type.as_deref(), &body);
        return Err(if said.code.is_empty() {
            ClientError::Malformed { url, reason: "no access_token".to_owned() }
        } else {
            // A refusal that calls itself a success.
            ClientError::Login { url, status, error: said.code, description: said.message, retry_after }
        });
    };
    if let Some(kind) = json.get("token_type").and_then(Value::as_str)
        && !kind.eq_ignore_ascii_case("bearer")
    {
        let reason = format!("a token of the type {kind:?}, where `Bearer` is wanted");
        return Err(ClientError::Malformed { url, reason });
    }
    let now = (wire.settings.now)();
    let lifetime = lifetime(&json, text, now);
    let margin = (lifetime / 10).min(Duration::from_secs(30));
    let renew = now + (lifetime - margin);
    let Some(token) = Token::new(text, true, renew) else {
        return Err(ClientError::Malformed { url, reason: "an access_token that fits no header".to_owned() });
    };
    Ok((token, Kept { token: SecretString::from(text.to_owned()), renew }))
}

/// How long the token lives. Its own claims are the same in all releases; `expires_in` is in minutes in older ones.
fn lifetime(answer: &Value, token: &str, now: SystemTime) -> Duration {
    let claims = claims(token);
    let claim = |name: &str| claims.as_ref().and_then(|claims| seconds(claims.get(name)?));
    let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    if let Some(end) = claim("exp") {
        // The clocks of the PBX and of this machine can differ. Where the token says when it was made, no clock is needed: by ours
        // a PBX that is behind by nearly the life of a token would be asked for a new one all the time.
        let by_clock = end.checked_sub(now).filter(|left| *left > 0);
        let by_claims = claim("iat").or(claim("nbf")).and_then(|start| end.checked_sub(start)).filter(|left| *left > 0);
        if let Some(left) = by_claims.or(by_clock) {
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
fn claims(token: &str) -> Option<Value> {
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
            ("ahead by nearly its life", json!({}), jwt(&json!({"exp": 1_000_001, "iat": 999_101})), 900),
            ("ahead, and no start", json!({"expires_in": 60}), jwt(&json!({"exp": 990_900})), 3600),
            ("not JSON inside", json!({"expires_in": 2}), "a.!!.c".to_owned(), 120),
        ];
        for (what, answer, token, expected) in cases {
            assert_eq!(lifetime(&answer, &token, now), Duration::from_secs(expected), "{what}");
        }
    }
}
