//! A simulated PBX with a client that is logged in; its clock stands still.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use pbxsh::catalog::Catalog;
use pbxsh::sandbox::{CLIENT_ID, CLIENT_SECRET, Pbx, Setup, handle};

pub struct World {
    pbx: Pbx,
    token: String,
}

impl World {
    pub fn new() -> World {
        let catalog = Catalog::builtin();
        let clock = Arc::new(|| Timestamp::from_second(1_773_239_400).expect("a second of 2026"));
        let mut pbx = Pbx::company(catalog, Setup { release: catalog.newest(), seed: 7, clock });
        let form = format!("client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}&grant_type=client_credentials");
        let request = Request::post("/connect/token").header("content-type", "application/x-www-form-urlencoded");
        let response = handle(&mut pbx, request.body(Bytes::from(form)).expect("a request"));
        let body: serde_json::Value = serde_json::from_slice(response.body()).expect("a token");
        let token = body["access_token"].as_str().expect("a token").to_owned();
        World { pbx, token }
    }

    /// None for what is no address at all.
    pub fn get(&mut self, address: &str) -> Option<Response<Bytes>> {
        let request = Request::get(address).header("authorization", format!("Bearer {}", self.token));
        Some(handle(&mut self.pbx, request.body(Bytes::new()).ok()?))
    }
}

/// All but letters and digits as `%XX`.
#[allow(dead_code)]
pub fn encoded(bytes: &[u8]) -> String {
    let one = |byte: &u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(*byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    bytes.iter().map(one).collect()
}
