//! Who gets a token and how long it holds.

use bytes::Bytes;
use http::Request;
use serde_json::Value;

use crate::sandbox::tests::World;
use crate::sandbox::{Caller, handle};

fn ask(world: &mut World, content_type: &str, body: &str) -> (u16, Value) {
    let request = Request::post("/connect/token").header("content-type", content_type);
    let response = handle(&mut world.pbx, request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap());
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
}

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn a_login_answers_a_token_shaped_like_a_jwt() {
    use base64::Engine;
    let mut world = World::new();
    let (status, body) =
        ask(&mut world, FORM, "client_id=sandbox&client_secret=sandbox-secret&grant_type=client_credentials");
    assert_eq!((status, &body["token_type"], &body["refresh_token"]), (200, &Value::from("Bearer"), &Value::Null));
    let token = body["access_token"].as_str().unwrap();
    let payload = token.split('.').nth(1).unwrap();
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    let payload: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(payload["client_id"], "sandbox");
    assert_eq!(payload["exp"].as_i64().unwrap() - payload["iat"].as_i64().unwrap(), 3600);
    assert_eq!(token.split('.').count(), 3);
}

#[test]
fn older_releases_tell_the_lifetime_in_minutes() {
    for (release, lifetime) in [("20.0.5", 60), ("20.0.8", 60), ("20.0.9", 3600), ("20.0.10", 3600)] {
        let mut world = World::of(release);
        let (_, body) =
            ask(&mut world, FORM, "client_id=sandbox&client_secret=sandbox-secret&grant_type=client_credentials");
        assert_eq!(body["expires_in"], lifetime, "{release}");
    }
}

#[test]
fn multipart_forms_are_understood() {
    let part =
        |name: &str, value: &str| format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let body = part("client_id", "sandbox")
        + &part("client_secret", "sandbox-secret")
        + &part("grant_type", "client_credentials")
        + "--XX--\r\n";
    let (status, _) = ask(&mut World::new(), "multipart/form-data; boundary=XX", &body);
    assert_eq!(status, 200);
}

#[test]
fn refusals_have_the_form_of_oauth() {
    let cases = [
        ("client_id=sandbox&client_secret=no&grant_type=client_credentials", 401, "invalid_client"),
        ("client_id=nobody&client_secret=sandbox-secret&grant_type=client_credentials", 401, "invalid_client"),
        ("client_id=sandbox&client_secret=sandbox-secret&grant_type=password", 400, "unsupported_grant_type"),
        ("%zz", 400, "invalid_request"),
        ("", 400, "unsupported_grant_type"),
    ];
    for (form, status, error) in cases {
        let (answered, body) = ask(&mut World::new(), FORM, form);
        assert_eq!((answered, body["error"].as_str().unwrap()), (status, error), "{form}");
        assert!(body["error_description"].is_string());
    }
}

#[test]
fn a_new_token_ends_the_old_one() {
    let mut world = World::new();
    assert_eq!(world.get("/Users").status, 200);
    let fresh = world.log_in();
    assert_eq!(world.get("/Users").status, 401);
    world.token = fresh;
    assert_eq!(world.get("/Users").status, 200);
}

#[test]
fn a_token_holds_an_hour() {
    let mut world = World::new();
    world.wait(3599);
    assert_eq!(world.get("/Users").status, 200);
    world.wait(1);
    assert_eq!(world.get("/Users").status, 401);
}

#[test]
fn a_wrong_or_missing_token_is_refused_before_anything_is_read() {
    let mut world = World::new();
    for header in ["Bearer nonsense", "Basic abc", "", "Bearer"] {
        let request = Request::get("/xapi/v1/NoSuchThing").header("authorization", header);
        assert_eq!(handle(&mut world.pbx, request.body(Bytes::new()).unwrap()).status(), 401, "{header:?}");
    }
    let request = Request::get("/xapi/v1/Users").body(Bytes::new()).unwrap();
    assert_eq!(handle(&mut world.pbx, request).status(), 401);
}

#[test]
fn a_generated_secret_opens_the_door_for_its_client() {
    let mut world = World::new();
    let made = world.post("/ServicePrincipals", serde_json::json!({"Number": "robot"}));
    let path = format!("/ServicePrincipals({})/Pbx.GenerateAppToken", made.body["Id"]);
    let secret = world.ask("POST", &path, None).body["value"].as_str().unwrap().to_owned();
    let form = format!("client_id=robot&client_secret={secret}&grant_type=client_credentials");
    assert_eq!(ask(&mut world, FORM, &form).0, 200);
    // The two clients do not throw each other out.
    assert_eq!(world.get("/Users").status, 200);
}

#[test]
fn what_belongs_to_a_user_is_closed_to_an_api_client() {
    let mut world = World::new();
    for path in ["/MyUser", "/MyGroup", "/MyUser/Groups", "/MyGroup/Pbx.GetRestrictions()"] {
        assert_eq!(world.get(path).status, 403, "{path}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let (mut one, mut other) = (World::new(), World::new());
    assert_eq!(one.token, other.token);
    for path in ["/Users", "/CallHistoryView?$top=50", "/ChatHistoryView?$top=50", "/Recordings"] {
        assert_eq!(one.raw("GET", path, None).body(), other.raw("GET", path, None).body(), "{path}");
    }
}

/// A world in which another of the company's clients is logged in.
fn as_client(world: &mut World, client: &str) {
    let form = format!("client_id={client}&client_secret={client}-secret&grant_type=client_credentials");
    let (status, body) = ask(world, FORM, &form);
    assert_eq!(status, 200, "{body}");
    world.token = body["access_token"].as_str().unwrap().to_owned();
}

const PRIVATE: [&str; 5] = [
    "/CallHistoryView?$top=1",
    "/ChatHistoryView?$top=1",
    "/ChatMessagesHistoryView/$count",
    "/Recordings",
    "/ReportChatLog/Pbx.DownloadChatLog",
];

#[test]
fn logs_and_recordings_are_for_system_owners() {
    let mut world = World::new();
    for path in &PRIVATE[..4] {
        assert_eq!(world.raw("GET", path, None).status(), 200, "{path}");
    }
    as_client(&mut world, "sandbox-admin");
    for path in &PRIVATE[..4] {
        assert_eq!(world.raw("GET", path, None).status(), 403, "{path}");
    }
    assert_eq!(world.get("/Users").status, 200);
    assert_eq!(world.post("/Groups", serde_json::json!({"Name": "Blue"})).status, 201);
}

#[test]
fn a_user_sees_no_collections_and_changes_nothing() {
    let mut world = World::new();
    as_client(&mut world, "sandbox-user");
    for path in ["/Users", "/Users(1)", "/Users/$count", "/Groups?$top=1", "/Peers", "/CallHistoryView", "/MyUser"] {
        assert_eq!(world.raw("GET", path, None).status(), 403, "{path}");
    }
    // The release can be read all the same.
    let probe = world.raw("GET", "/Defs?$select=Id", None);
    assert_eq!(probe.status(), 200);
    assert!(probe.headers().contains_key("x-3cx-version"));
    assert_eq!(world.patch("/GeneralSettingsForPbx", serde_json::json!({"BusyMonitor": true})).status, 403);
    assert_eq!(world.post("/Groups", serde_json::json!({"Name": "Blue"})).status, 403);
    assert_eq!(world.ask("POST", "/customPrompts", None).status, 403);
}

#[test]
fn the_role_of_a_new_client_is_that_of_its_departments() {
    let roles = [("system_owners", 200, 200), ("managers", 200, 403), ("users", 403, 403)];
    for (role, users, calls) in roles {
        let mut world = World::new();
        let groups = serde_json::json!([{"GroupId": 1, "Rights": {"RoleName": role}}]);
        let made = world.post("/ServicePrincipals", serde_json::json!({"Number": "robot", "Groups": groups}));
        assert_eq!(made.status, 201, "{}", made.body);
        let path = format!("/ServicePrincipals({})/Pbx.GenerateAppToken", made.body["Id"]);
        let secret = world.ask("POST", &path, None).body["value"].as_str().unwrap().to_owned();
        let form = format!("client_id=robot&client_secret={secret}&grant_type=client_credentials");
        let owner = std::mem::take(&mut world.token);
        world.token = ask(&mut world, FORM, &form).1["access_token"].as_str().unwrap().to_owned();
        assert_eq!((world.get("/Users").status, world.get("/CallHistoryView").status), (users, calls), "{role}");
        // Without the entity, neither token nor secret is worth anything.
        let robot = std::mem::replace(&mut world.token, owner);
        assert_eq!(world.delete(&format!("/ServicePrincipals({})", made.body["Id"])).status, 204);
        world.token = robot;
        assert_eq!(world.get("/Defs").status, 401);
        assert_eq!(ask(&mut world, FORM, &form).0, 401);
    }
}

#[test]
fn a_client_without_the_api_cannot_log_in() {
    let mut world = World::new();
    let clients = world.get("/ServicePrincipals?$filter=Number eq 'sandbox-admin'");
    let path = format!("/ServicePrincipals({})", clients.rows()[0]["Id"]);
    assert_eq!(world.patch(&path, serde_json::json!({"XAPIEnabled": false})).status, 204);
    let form = "client_id=sandbox-admin&client_secret=sandbox-admin-secret&grant_type=client_credentials";
    assert_eq!(ask(&mut world, FORM, form).0, 401);
}

#[test]
fn the_web_clients_own_api_is_not_there() {
    let mut world = World::new();
    let request = Request::post("/webclient/api/Login/GetAccessToken").body(Bytes::from_static(b"{}")).unwrap();
    let response = handle(&mut world.pbx, request);
    assert_eq!((response.status().as_u16(), &response.body()[..]), (404, &b"{\"error\":\"Resource not found\"}"[..]));
}

#[test]
fn console_restrictions_keep_out_whoever_is_not_listed() {
    let mut world = World::new();
    let restrict = |list: &[&str]| serde_json::json!({"AccessRestricted": true, "IpWhitelist": list});
    assert_eq!(world.patch("/ConsoleRestrictions", restrict(&["192.0.2.0/24", "127.0.0.1"])).status, 204);
    assert_eq!(world.get("/Users?$top=1").status, 200);
    assert_eq!(world.patch("/ConsoleRestrictions", restrict(&["192.0.2.0/24"])).status, 204);
    for path in ["/Users", "/Defs?$select=Id", "/SystemStatus"] {
        assert_eq!(world.get(path).status, 403, "{path}");
    }
    let answer = |world: &mut World, caller: &str| {
        let request = Request::get("/xapi/v1/Defs").header("authorization", format!("Bearer {}", world.token));
        let caller = Caller(caller.parse().unwrap());
        handle(&mut world.pbx, request.extension(caller).body(Bytes::new()).unwrap()).status().as_u16()
    };
    assert_eq!((answer(&mut world, "192.0.2.9"), answer(&mut world, "192.0.3.9")), (200, 403));
}

#[test]
fn a_small_licence_has_no_logs_for_anybody() {
    let mut world = World::new();
    world.pbx.license(false);
    for path in &PRIVATE[..4] {
        assert_eq!(world.raw("GET", path, None).status(), 403, "{path}");
    }
    assert_eq!(world.get("/Users?$top=1").status, 200);
    assert_eq!(world.get("/Defs/Pbx.GetLicenseParameters()").body["IsEnterprise"], false);
    world.pbx.license(true);
    assert_eq!(world.get("/Recordings?$top=1").status, 200);
}

#[test]
fn system_wide_is_a_user_until_it_is_in_a_department() {
    let mut world = World::new();
    world.pbx.add_system_wide();
    world.pbx.add_system_wide();
    let owner = world.token.clone();
    as_client(&mut world, "sandbox-wide");
    assert_eq!((world.get("/Users").status, world.get("/SystemStatus").status), (403, 200));
    let wide = std::mem::replace(&mut world.token, owner);
    let found = world.get("/ServicePrincipals?$filter=Number eq 'sandbox-wide'").body;
    assert_eq!(found["value"].as_array().unwrap().len(), 1);
    let groups = serde_json::json!([{"GroupId": 1, "Rights": {"RoleName": "system_owners"}}]);
    let path = format!("/ServicePrincipals({})", found["value"][0]["Id"]);
    assert_eq!(world.patch(&path, serde_json::json!({"Groups": groups})).status, 204);
    world.token = wide;
    assert_eq!(world.get("/Users?$top=1").status, 200);
}
