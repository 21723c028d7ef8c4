//! Faults on request: how they are written, when they strike, what is then answered.

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

use crate::sandbox::faults::{Delivery, Ending};
use crate::sandbox::tests::World;
use crate::sandbox::{Fault, handle};

fn with(specs: &[&str]) -> World {
    let mut world = World::new();
    let faults = specs.iter().map(|spec| spec.parse::<Fault>().unwrap()).collect();
    world.pbx.strike_with(faults, 7);
    world
}

fn asked_with(world: &mut World, method: &str, path: &str, fault: &str) -> Response<Bytes> {
    let request = Request::builder().method(method).uri(format!("/xapi/v1{path}")).header("x-sandbox-fault", fault);
    let request = request.header("authorization", format!("Bearer {}", world.token));
    let request = request.header("content-type", "application/json");
    handle(&mut world.pbx, request.body(Bytes::from_static(b"{\"Name\":\"Blue\"}")).unwrap())
}

fn delivery(response: &Response<Bytes>) -> Delivery {
    *response.extensions().get::<Delivery>().unwrap()
}

fn statuses(world: &mut World, path: &str, times: usize) -> Vec<u16> {
    (0..times).map(|_| world.get(path).status).collect()
}

#[test]
fn what_is_no_fault_says_what_would_be() {
    let cases = [
        ("418", "there is no fault `418`: there are 401,"),
        ("", "there is no fault ``"),
        ("slow", "there is no fault `slow`: "),
        ("slow=soon", "`soon` is no time"),
        ("slow=61m", "`61m` is no time"),
        ("401=2s", "there is no fault `401=2s`"),
        ("502@", "`@` does not say when"),
        ("502@110%", "`@110%` does not say when"),
        ("502@-1%", "`@-1%` does not say when"),
        ("502/0", "`/0` does not say when"),
        ("502x", "`x` does not say when"),
        ("502x2x3", "`x3` does not say when"),
        ("502@9s-5s", "`@9s-5s` does not say when"),
        ("502@\u{e9}", "`@\u{e9}` does not say when"),
    ];
    for (spec, reason) in cases {
        let bad = spec.parse::<Fault>().unwrap_err().to_string();
        assert!(bad.starts_with(reason), "{spec}: {bad}");
    }
}

#[test]
fn every_status_has_the_form_that_a_client_meets() {
    let cases = [
        ("401", 401, "text/plain; charset=utf-8", "Unauthorized"),
        ("403", 403, "text/plain; charset=utf-8", "Forbidden"),
        ("429", 429, "text/plain; charset=utf-8", "Too Many Requests"),
        ("500", 500, "application/json; charset=utf-8", "\"error\""),
        ("502", 502, "text/html", "<h1>502 Bad Gateway</h1>"),
        ("503", 503, "text/html", "<h1>503 Service Unavailable</h1>"),
        ("504", 504, "text/html", "<h1>504 Gateway Timeout</h1>"),
    ];
    let mut world = World::new();
    for (fault, status, kind, part) in cases {
        let response = asked_with(&mut world, "GET", "/Users", fault);
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["content-type"], kind);
        assert!(String::from_utf8_lossy(response.body()).contains(part), "{fault}");
    }
    let pause = |world: &mut World, fault: &str| {
        let response = asked_with(world, "GET", "/Users", fault);
        response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(pause(&mut world, "429").as_deref(), Some("1"));
    assert_eq!(pause(&mut world, "429=1500ms").as_deref(), Some("2"));
    assert_eq!(pause(&mut world, "503=1m").as_deref(), Some("60"));
    assert_eq!(pause(&mut world, "503"), None);
}

#[test]
fn a_fault_with_the_request_is_for_that_request() {
    let mut world = World::new();
    assert_eq!(asked_with(&mut world, "GET", "/Users", "502").status(), 502);
    assert_eq!(world.get("/Users").status, 200);
    let response = asked_with(&mut world, "GET", "/Users", "slow=2s, cut");
    assert_eq!(response.status(), 200);
    assert_eq!((delivery(&response).wait.as_secs(), delivery(&response).ending), (2, Ending::Cut));
    for (fault, part) in
        [("nonsense", "there is no fault `nonsense`"), ("502@10%", "has no condition"), ("", "no fault")]
    {
        let response = asked_with(&mut world, "GET", "/Users", fault);
        assert_eq!(response.status(), 400);
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert!(body["error"]["message"].as_str().unwrap().contains(part), "{body}");
    }
}

#[test]
fn what_a_fault_replaces_is_not_done_and_what_it_hides_is() {
    let mut world = World::new();
    let groups = |world: &mut World| world.get("/Groups").rows().len();
    let before = groups(&mut world);
    for fault in ["401", "403", "429", "500", "502", "503"] {
        asked_with(&mut world, "POST", "/Groups", fault);
    }
    assert_eq!(groups(&mut world), before);
    for fault in ["504", "close", "cut", "length", "slow=1s", "drip=1s"] {
        asked_with(&mut world, "POST", "/Groups", fault);
    }
    assert_eq!(groups(&mut world), before + 6);
}

#[test]
fn conditions() {
    assert_eq!(statuses(&mut with(&["503x2"]), "/Users", 4), [503, 503, 200, 200]);
    assert_eq!(statuses(&mut with(&["429/3"]), "/Users", 6), [200, 200, 429, 200, 200, 429]);
    let mut world = with(&["500:/Users", "502:/Defs/TimeZones"]);
    let paths = ["/Users", "/Users(1)", "/Users/$count", "/Defs", "/Defs/TimeZones", "/Groups", "/UsersX"];
    let answered: Vec<u16> = paths.iter().map(|path| world.get(path).status).collect();
    assert_eq!(answered, [500, 500, 500, 200, 502, 200, 404]);
    // All conditions of one must hold; a later fault goes before an earlier one.
    let mut world = with(&["500:/Groups", "502/2x2:/Groups"]);
    assert_eq!(statuses(&mut world, "/Groups", 4), [500, 502, 500, 500]);
}

#[test]
fn a_window_counts_from_the_start() {
    let mut world = with(&["504@10s-20s"]);
    let mut answered = Vec::new();
    for _ in 0..5 {
        answered.push(world.get("/Defs").status);
        world.wait(5);
    }
    assert_eq!(answered, [200, 200, 504, 504, 200]);
}

#[test]
fn shares_are_kept_and_the_same_every_time() {
    let first = statuses(&mut with(&["502@10%"]), "/Defs", 2000);
    let hit = first.iter().filter(|status| **status == 502).count();
    assert!((150..250).contains(&hit), "{hit}");
    assert_eq!(first, statuses(&mut with(&["502@10%"]), "/Defs", 2000));
    assert!(statuses(&mut with(&["502@0%"]), "/Defs", 100).iter().all(|status| *status == 200));
    assert!(statuses(&mut with(&["502@100%"]), "/Defs", 100).iter().all(|status| *status == 502));
}

#[test]
fn a_login_can_fail_too() {
    let mut world = with(&["502:/connect/token"]);
    let request = Request::post("/connect/token").body(Bytes::new()).unwrap();
    assert_eq!(handle(&mut world.pbx, request).status(), 502);
    assert_eq!(world.post("/Groups", json!({"Name": "Blue"})).status, 201);
}
