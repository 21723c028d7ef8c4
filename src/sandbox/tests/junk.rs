//! Nothing that comes in makes the sandbox panic.

use bytes::Bytes;
use http::Request;
use serde_json::json;

use crate::sandbox::handle;
use crate::sandbox::logs::random::Random;
use crate::sandbox::tests::World;

const PIECES: &[&str] = &[
    "/",
    "Users",
    "Groups",
    "(",
    ")",
    "'",
    "''",
    "12",
    "-1",
    "%",
    "%2F",
    "%27",
    "%zz",
    "%00",
    "%C3",
    "%C3%A9",
    "$count",
    "$",
    "?",
    "&",
    "=",
    "$filter=",
    "$orderby=",
    "$expand=",
    "$select=",
    "$top=",
    "$search=",
    "Number",
    "eq",
    "%20",
    "+",
    "null",
    "Pbx.GetByNumber",
    "number=",
    ",",
    ";",
    ":",
    "any(",
    "g:g/Name",
    "duration'P",
    "PT",
    "99999999999999999999",
    "Pbx.",
    "%22",
    "not%20",
    "@",
    ".",
    "\u{65}",
    "2026-13-99T00:00:00Z",
    "Groups(",
    "*",
    "[",
    "]",
];

#[test]
fn junk_paths() {
    let mut world = World::new();
    let mut random = Random::new(99);
    let mut asked = 0;
    for round in 0..4000 {
        let length = random.between(1, 12);
        let parts: String = (0..length).filter_map(|_| random.pick(PIECES).copied()).collect();
        let start =
            ["/xapi/v1/", "/xapi/v1/Users?$filter=", "/xapi/v1/Users?$expand=", "/xapi/v1/Users(", "/"][round % 5];
        let method = ["GET", "POST", "PATCH", "DELETE", "BREW"][round / 5 % 5];
        let request = Request::builder().method(method).uri(format!("{start}{parts}"));
        let request = request.header("authorization", format!("Bearer {}", world.token));
        // What is no address at all never reaches the sandbox.
        let Ok(request) = request.body(Bytes::from_static(b"{\"Name\":[{\"x\":null}]}")) else { continue };
        asked += 1;
        let status = handle(&mut world.pbx, request).status().as_u16();
        assert!([200, 201, 204, 400, 403, 404, 405, 415].contains(&status), "{start}{parts}: {status}");
    }
    assert!(asked > 1500, "only {asked}");
}

#[test]
fn junk_bodies() {
    let mut world = World::new();
    let values = [json!(null), json!([]), json!([null]), json!({}), json!(""), json!(-1), json!(1e300), json!([[1]])];
    let schema = world.pbx.schema;
    let sets: Vec<_> = world.pbx.router.sets.values().copied().collect();
    for set in sets {
        for property in schema.properties(set.ty) {
            for value in &values {
                let body = json!({property.name: value});
                let status = world.post(&format!("/{}", set.name), body).status;
                assert!([201, 400, 405, 404].contains(&status), "{} {}: {status}", set.name, property.name);
            }
        }
    }
    // And everything can still be read.
    let sets: Vec<_> = world.pbx.router.sets.values().map(|set| set.name).collect();
    for set in sets.into_iter().filter(|set| *set != "CrmTemplates") {
        assert_eq!(world.get(&format!("/{set}?$expand=*")).status, 200, "{set}");
    }
}

#[test]
fn junk_forms() {
    let mut world = World::new();
    let kinds =
        ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x", "text/plain"];
    let bodies = ["", "--", "--x", "--x--", "--x\r\n\r\n--x--", "--x\r\nname=\"\"\r\n\r\n", "&&&=&", "\u{fffd}=%"];
    for kind in kinds {
        for body in bodies {
            let request = Request::post("/connect/token").header("content-type", kind);
            let response = handle(&mut world.pbx, request.body(Bytes::from(body)).unwrap());
            assert_eq!(response.status(), 400, "{kind} {body:?}");
        }
    }
}
