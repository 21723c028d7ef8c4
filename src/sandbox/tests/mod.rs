//! The sandbox from outside: requests in, answers compared. Clock and seed are fixed.

mod behaviour;
mod catalog;
mod company;
mod downloads;
mod entities;
mod expressions;
mod faults;
mod filter_properties;
mod filters;
mod junk;
mod login;
mod metadata;
mod modelled;
mod options;
mod reading;
mod reports;
mod rules;
mod sequences;
mod server;
mod state;
mod uploads;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::sandbox::{CLIENT_ID, CLIENT_SECRET, Pbx, Setup, handle};

/// A Wednesday afternoon.
const NOW: &str = "2026-03-11T14:30:00Z";

/// A PBX with a client that is logged in, and a clock that tests may move.
struct World {
    pbx: Pbx,
    clock: Arc<AtomicI64>,
    token: String,
}

/// Status and JSON body; null where there is none.
#[derive(Debug)]
struct Answer {
    status: u16,
    body: Value,
}

impl World {
    fn new() -> World {
        World::of("20.0.10")
    }

    fn of(release: &str) -> World {
        let catalog = Catalog::builtin();
        let release = catalog.release(release).unwrap();
        let start = NOW.parse::<Timestamp>().unwrap().as_second();
        let clock = Arc::new(AtomicI64::new(start));
        let hand = Arc::clone(&clock);
        let clock_function = Arc::new(move || Timestamp::from_second(hand.load(Ordering::Relaxed)).unwrap());
        let pbx = Pbx::company(catalog, Setup { release, seed: 7, clock: clock_function });
        let mut world = World { pbx, clock, token: String::new() };
        world.token = world.log_in();
        world
    }

    fn log_in(&mut self) -> String {
        let form = format!("client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}&grant_type=client_credentials");
        let request = Request::post("/connect/token").header("content-type", "application/x-www-form-urlencoded");
        let response = handle(&mut self.pbx, request.body(Bytes::from(form)).unwrap());
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }

    fn wait(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    fn raw(&mut self, method: &str, path: &str, body: Option<&Value>) -> Response<Bytes> {
        let uri = format!("/xapi/v1{}", path.replace(' ', "%20").replace('"', "%22"));
        let request = Request::builder().method(method).uri(uri);
        let request = request.header("authorization", format!("Bearer {}", self.token));
        let request = request.header("content-type", "application/json");
        let body = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        handle(&mut self.pbx, request.body(body).unwrap())
    }

    fn ask(&mut self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let response = self.raw(method, path, body);
        let value = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        Answer { status: response.status().as_u16(), body: value }
    }

    /// A file in a form.
    fn send_file(&mut self, path: &str, field: &str, name: &str, content: &[u8]) -> Response<Bytes> {
        let head =
            format!("Content-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: audio/wav");
        let body = [b"--B\r\n", head.as_bytes(), b"\r\n\r\n", content, b"\r\n--B--\r\n"].concat();
        self.send_form(path, "multipart/form-data; boundary=B", body)
    }

    fn send_form(&mut self, path: &str, content_type: &str, body: Vec<u8>) -> Response<Bytes> {
        let request =
            Request::post(format!("/xapi/v1{path}")).header("authorization", format!("Bearer {}", self.token));
        handle(&mut self.pbx, request.header("content-type", content_type).body(Bytes::from(body)).unwrap())
    }

    fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, None)
    }

    fn post(&mut self, path: &str, body: Value) -> Answer {
        self.ask("POST", path, Some(&body))
    }

    fn patch(&mut self, path: &str, body: Value) -> Answer {
        self.ask("PATCH", path, Some(&body))
    }

    fn delete(&mut self, path: &str) -> Answer {
        self.ask("DELETE", path, None)
    }

    /// One property of every row.
    fn column(&mut self, path: &str, property: &str) -> Vec<Value> {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.rows().iter().map(|row| row[property].clone()).collect()
    }

    /// Everything that is stored, as text, to see that nothing changed.
    fn snapshot(&self) -> String {
        format!("{:?}", self.pbx.store)
    }
}

impl Answer {
    fn rows(&self) -> &[Value] {
        self.body["value"].as_array().unwrap_or_else(|| panic!("no list: {}", self.body))
    }

    /// Status, code and target of a refusal.
    fn refusal(&self) -> (u16, &str, &str) {
        let detail = &self.body["error"]["details"][0];
        (self.status, detail["message"].as_str().unwrap_or_default(), detail["target"].as_str().unwrap_or_default())
    }
}

#[test]
fn an_error_has_odatas_form() {
    let answer = World::new().post("/Users", json!({"Number": "100"}));
    let code = "WARNINGS.XAPI.ALREADY_IN_USE";
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.body,
        json!({"error": {
            "code": "", "message": format!("Number:\n{code}"),
            "details": [{"code": "", "message": code, "target": "Number"}],
        }})
    );
}

/// Each request is refused with this code and target, and changes nothing.
fn refused<'a>(cases: impl IntoIterator<Item = (&'a str, &'a str, Value, &'a str, &'a str)>) {
    let mut world = World::new();
    let before = world.snapshot();
    for (method, path, body, code, target) in cases {
        let answer = world.ask(method, path, Some(&body));
        assert_eq!(answer.refusal(), (400, code, target), "{method} {path} {body}: {}", answer.body);
        assert!(world.snapshot() == before, "{method} {path} {body} changed something");
    }
}
