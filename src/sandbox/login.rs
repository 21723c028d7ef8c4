//! Tokens: how a client gets one and how long it holds. A new token ends the client's old one.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Method, Request, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::logs::random::Random;
use crate::sandbox::problem::Problem;
use crate::sandbox::reply::Reply;
use crate::sandbox::{Pbx, form, roles};

const LIFETIME_SECONDS: u32 = 3600;

/// The active token of each client, and how long one holds.
#[derive(Debug)]
pub(super) struct Tokens {
    active: BTreeMap<String, Token>,
    pub(super) lifetime: u32,
}

impl Default for Tokens {
    fn default() -> Tokens {
        Tokens { active: BTreeMap::new(), lifetime: LIFETIME_SECONDS }
    }
}

struct Token {
    text: String,
    expires: Timestamp,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// The clients that may log in: id and secret.
pub(super) type Clients = BTreeMap<String, String>;

impl Tokens {
    /// The client behind a request.
    pub(super) fn client(&self, headers: &HeaderMap, now: Timestamp) -> Result<&str, Problem> {
        let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (scheme, given) = header.split_once(' ').unwrap_or_default();
        let mut tokens = self.active.iter();
        let known = tokens.find(|(_, token)| token.text == given.trim() && token.expires > now);
        let client = known.filter(|_| scheme.eq_ignore_ascii_case("bearer")).map(|(client, _)| client.as_str());
        client.ok_or_else(Problem::unauthorized)
    }

    fn issue(&mut self, client: &str, now: Timestamp, random: &mut Random) -> String {
        let issued = now.as_second();
        let end = issued + i64::from(self.lifetime);
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = encode(&json!({"alg": "ES256", "typ": "JWT"}));
        let payload = encode(&json!({
            "client_id": client, "exp": end, "iat": issued, "nbf": issued, "jti": random.guid(),
        }));
        // Nobody can check the signature of a simulated PBX; it only has the shape of one.
        let signature: Vec<u8> = (0..8).flat_map(|_| random.next().to_be_bytes()).collect();
        let text = format!("{header}.{payload}.{}", URL_SAFE_NO_PAD.encode(signature));
        let expires = Timestamp::from_second(end).unwrap_or(Timestamp::MAX);
        self.active.insert(client.to_owned(), Token { text: text.clone(), expires });
        text
    }
}

/// `POST /connect/token`. Older releases tell the lifetime in minutes.
pub(super) fn token(pbx: &mut Pbx, request: &Request<Bytes>) -> Reply {
    if request.method() != Method::POST {
        return Problem::wrong_method().into();
    }
    let refused = |status: StatusCode, error: &str, description: &str| {
        Reply::plain(status, &json!({"error": error, "error_description": description}))
    };
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some(fields) = form::fields(content_type, request.body()) else {
        return refused(StatusCode::BAD_REQUEST, "invalid_request", "The form cannot be read.");
    };
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    if field("grant_type") != "client_credentials" {
        return refused(StatusCode::BAD_REQUEST, "unsupported_grant_type", "The grant type is not supported.");
    }
    let (client, secret) = (field("client_id"), field("client_secret"));
    let known = pbx.clients.get(client).is_some_and(|known| known == secret);
    if !known || roles::principal(&pbx.store, client).is_none() {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client", "Unknown client or wrong secret.");
    }
    let now = pbx.now();
    let text = pbx.tokens.issue(client, now, &mut pbx.random);
    let lifetime = pbx.tokens.lifetime;
    let expires_in = if pbx.is_before("20.0.9") { lifetime.div_ceil(60) } else { lifetime };
    let body = json!({
        "token_type": "Bearer", "expires_in": expires_in, "access_token": text, "refresh_token": null,
    });
    Reply::plain(StatusCode::OK, &body)
}
