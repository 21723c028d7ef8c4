//! What a PBX refuses, and what is said about it: whole reports, in `tests/refusals/`.
//!
//! `PBXSH_BLESS=1 cargo test --test tests refusals` writes them anew; look at the difference before you commit it.

use std::fmt::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::common::certificates::Certificate;
use crate::common::server::{Request, Response, Server};
use crate::common::{Pbxsh, pbxsh, project, same};
use crate::sandbox::serve;

/// Compares with a file, or writes it.
#[track_caller]
fn expect(name: &str, given: &str) {
    let path = project().join("tests/refusals").join(name);
    if std::env::var_os("PBXSH_BLESS").is_some() {
        std::fs::write(&path, given).expect("the file");
    }
    same(given, &std::fs::read_to_string(&path).expect("the file"));
}

/// Ports differ from run to run.
fn without_ports(text: &str) -> String {
    let mut parts = text.split("127.0.0.1:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let _ = write!(out, "127.0.0.1:PORT{}", part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    out
}

#[derive(Clone, Copy)]
struct Case {
    what: &'static str,
    code: &'static str,
    status: u16,
    kind: &'static str,
    body: &'static str,
}

const GET: &str = "pbx.users.get(7)";
const CREATE: &str = "pbx.groups.create(#{ Name: \"Blue\" })";
const TWICE: &str = r#"{"error":{"code":"","message":"One or more errors occurred.","details":[
    {"code":"","message":"WARNINGS.XAPI.ALREADY_IN_USE","target":"Number"},
    {"code":"","message":"WARNINGS.XAPI.NOBODY_KNOWS","target":"EmailAddress"},
    {"code":"","message":"WARNINGS.INVALID_EXTENSION_NUMBER_LENGTH","target":"number"}]}}"#;
const NESTED: &str = r#"{"error":{"code":"","message":"Agents/1/number:\nWARNINGS.XAPI.NON_EXISTENT_EXT_NUMBER","details":[
    {"code":"","message":"WARNINGS.XAPI.NON_EXISTENT_EXT_NUMBER","target":"agents/1/number"}]}}"#;
const PARAMETER: &str =
    r#"{"title":"One or more validation errors occurred.","errors":{"QueueDns":["The QueueDns field is required."]}}"#;
const UNKNOWN: &str = r#"{"error":"Resource not found"}"#;
const ODATA: &str = r#"{"error":{"code":"","message":"Not found","details":[]}}"#;
const PAGE: &str = "<html><head><title>No</title></head><body><h1>No</h1><p>nginx</p></body></html>";

const fn case(what: &'static str, code: &'static str, status: u16, body: &'static str) -> Case {
    let kind = match body.as_bytes() {
        [b'{', ..] => "application/json",
        [b'<', ..] => "text/html",
        _ => "text/plain",
    };
    Case { what, code, status, kind, body }
}

const CASES: &[Case] = &[
    case(
        "the property in the call",
        "pbx.groups.create(#{\n    Language: \"en\",\n    Name: \"Blue\",\n})",
        400,
        r#"{"error":{"code":"","message":"Name:\nWARNINGS.XAPI.ALREADY_IN_USE","details":[{"code":"","message":"WARNINGS.XAPI.ALREADY_IN_USE","target":"Name"}]}}"#,
    ),
    case("several at once", "pbx.users.create(#{ Number: \"12\", EmailAddress: \"x\" })", 400, TWICE),
    case(
        "inside of a list",
        "pbx.queues.update(4, #{ Agents: [#{ Number: \"100\" }, #{ Number: \"999\" }] })",
        400,
        NESTED,
    ),
    case("a code alone", "pbx.recordings.download_recording(7)", 400, "FILE_NOT_FOUND"),
    case("a code that nobody knows", CREATE, 400, r#"{"error":{"message":"Name:\nWARNINGS.XAPI.NEW_AND_STRANGE"}}"#),
    case("a parameter", "pbx.last_cdr_and_chat_message_timestamp.list().len()", 400, PARAMETER),
    case(
        "no expand",
        "pbx.users.list(#{ expand: \"Groups\" }).len()",
        400,
        r#"{"error":{"message":"The property 'Groups' cannot be used in $expand."}}"#,
    ),
    case("never for a client", "pbx.my_user.get()", 403, "Forbidden"),
    case("a collection", GET, 403, "Forbidden"),
    case("a log", "pbx.recordings.list().len()", 403, "Forbidden"),
    case("the licence, in words", GET, 403, r#"{"error":{"message":"WARNINGS.XAPI.INVALID_LICENSE_TYPE"}}"#),
    case("the licence, in other words", GET, 403, "Your license does not include this"),
    case("the address, in words", GET, 403, "Access from this IP address is restricted"),
    case("a page", GET, 403, PAGE),
    case("a wrong id", GET, 404, ODATA),
    case("an id that is a number", "pbx.users.update(100, #{ FirstName: \"Ada\" })", 404, ODATA),
    case("a key that is a text", "pbx.backups.delete(\"a/b.zip\")", 404, ODATA),
    case("by number", "pbx.users.get_by_number(\"900\")", 404, ODATA),
    case("a key, or the operation", GET, 404, UNKNOWN),
    case("the operation", "pbx.users.list().len()", 404, UNKNOWN),
    case(
        "what a function was asked",
        "pbx.chat_history_view.download_chat_history(\"Europe/Berlin\")",
        404,
        "Not Found",
    ),
    case("a function", "pbx.chat_history_view.download_chat_history(\"UTC\")", 404, UNKNOWN),
    case("method", CREATE, 405, "Method Not Allowed"),
    case("at the same time", CREATE, 409, "Conflict"),
    case("changed meanwhile", "pbx.users.delete(7)", 412, ""),
    case("too large", CREATE, 413, PAGE),
    case("too long", GET, 414, "URI Too Long"),
    case("no JSON", CREATE, 415, ""),
    case("too much in the head", GET, 431, PAGE),
    case(
        "a bad date",
        "pbx.groups.delete(7)",
        500,
        r#"{"error":{"message":"String was not recognized as a valid DateTime."}}"#,
    ),
    case("not made", CREATE, 501, "Not Implemented"),
    case("behind the proxy", "pbx.users.send_welcome_email(7)", 502, PAGE),
    case("starting", CREATE, 503, PAGE),
    case("too slow", "pbx.users.send_welcome_email(7)", 504, PAGE),
];

/// The reports of many runs, a few at a time: some of them wait before they try again.
fn reports<T: Sync>(cases: &[T], report: impl Fn(&T) -> String + Sync) -> String {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let done: std::sync::Mutex<Vec<(usize, String)>> = std::sync::Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    let Some(case) = cases.get(at) else { return };
                    let text = report(case);
                    done.lock().expect("the reports").push((at, text));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("the reports");
    done.sort();
    done.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_refusal_is_explained() {
    let all = reports(CASES, |case| {
        let case = *case;
        let server =
            Server::pbx(move |_| Response { status: case.status, content_type: case.kind, body: case.body.to_owned() });
        let ended = server.run(case.code).run();
        assert!(ended.code != 0 && ended.out.is_empty(), "{}: {}", case.what, ended.out);
        let reason = server.run(&format!("try {{ {} }} catch (e) {{ print(e.reason); }}", case.code)).out();
        let reason = if reason.trim().is_empty() { "()" } else { reason.trim() };
        format!("== {}: exit {}, reason {reason}\n{}", case.what, ended.code, without_ports(&ended.err))
    });
    expect("refused.txt", &all);
}

/// Each code as a PBX sends it for a property that the call sets.
#[test]
fn every_code_is_explained() {
    let codes: Vec<String> = std::fs::read_to_string(project().join("catalog/warnings.txt"))
        .expect("the codes")
        .lines()
        .filter_map(|line| line.split(' ').next().filter(|code| code.starts_with("WARNINGS.")))
        .map(str::to_owned)
        .collect();
    assert!(codes.len() >= 106);
    let server = Server::pbx(|request| {
        let body: serde_json::Value = serde_json::from_str(&request.body).expect("JSON");
        let code = body["Name"].as_str().expect("a name");
        let detail = serde_json::json!({"code": "", "message": code, "target": "Name"});
        let error = serde_json::json!({"code": "", "message": format!("Name:\n{code}"), "details": [detail]});
        Response::json(400, serde_json::json!({"error": error}).to_string())
    });
    let code = format!(
        "for code in {codes:?} {{ try {{ pbx.groups.create(#{{ Name: code }}); }} catch (e) {{
            print(`${{e.message}}\n  ${{e.hint}}`);
            if e.code != code || e.target != \"Name\" {{ throw e; }}
        }} }}"
    );
    let said = server.run(&code).out();
    assert_eq!(said.lines().filter(|line| line.starts_with("  `Name`: ")).count(), codes.len());
    expect("codes.txt", &said);
}

/// A server at the login, and how `pbxsh` calls it.
#[derive(Clone, Copy)]
struct Login {
    what: &'static str,
    status: u16,
    body: &'static str,
    /// Behind the host.
    path: &'static str,
}

const fn login(what: &'static str, status: u16, body: &'static str) -> Login {
    Login { what, status, body, path: "" }
}

const LOGINS: &[Login] = &[
    login("id or secret", 401, r#"{"error":"invalid_client"}"#),
    login(
        "as 3CX documents it",
        401,
        r#"{"error":"unauthorized","error_description":"The request requires valid user authentication."}"#,
    ),
    login("without a word", 401, ""),
    login("the secret", 400, r#"{"error":"invalid_client","error_description":"Wrong client secret"}"#),
    login("the id", 400, r#"{"error":"invalid_client","error_description":"Unknown client"}"#),
    login("no client of this API", 400, r#"{"error":"unauthorized_client"}"#),
    login("forbidden", 403, "Forbidden"),
    login("locked", 400, r#"{"error":"invalid_grant","error_description":"The account is locked"}"#),
    login("too many tries", 429, ""),
    login("an expired licence", 403, r#"{"error":"access_denied","error_description":"The license has expired"}"#),
    login("not understood", 400, r#"{"error":"unsupported_grant_type"}"#),
    login("a failure of its own", 500, r#"{"error":"server_error"}"#),
    login("starting", 503, PAGE),
    login("starting behind a proxy", 502, PAGE),
    login("another web server", 200, "<html><body>Welcome to nginx!</body></html>"),
    login("a web server without that path", 404, PAGE),
    Login { path: "/webclient", ..login("a path too much", 405, PAGE) },
    Login { path: "/webclient", ..login("a path that is a page", 200, PAGE) },
    login("TLS is wanted", 400, "<html><body>400 The plain HTTP request was sent to HTTPS port</body></html>"),
    login("blocked", 403, PAGE),
    login("no token", 200, r#"{"token_type":"Bearer"}"#),
    login("a refusal that calls itself a success", 200, r#"{"error":"invalid_client"}"#),
    login("another token", 200, r#"{"token_type":"mac","access_token":"x"}"#),
];

fn at(url: &str, arguments: &[&str]) -> Pbxsh {
    let run = pbxsh(arguments.iter().copied()).variable("XAPI_URL", url).variable("XAPI_CLIENT_ID", "test");
    run.variable("XAPI_CLIENT_SECRET", "s3cret-of-the-test")
}

/// What a run says, and what `doctor` says of the step at which it ends.
fn told(what: &str, url: &str) -> String {
    let reason = "try { pbx.users.list().len() } catch (e) { print(e.reason); }";
    // What may pass is tried again after pauses: three runs wait at once.
    let (ended, reason, doctor) = std::thread::scope(|scope| {
        let ended = scope.spawn(|| at(url, &["-e", "pbx.users.list().len()"]).run());
        let reason = scope.spawn(|| at(url, &["-e", reason]).out());
        let doctor = at(url, &["doctor"]).run();
        (ended.join().expect("a run"), reason.join().expect("a run"), doctor)
    });
    let reason = if reason.trim().is_empty() { "()" } else { reason.trim() };
    assert_eq!(doctor.code, ended.code, "{what}: {}{}", doctor.out, ended.err);
    let lines: Vec<&str> = doctor.out.lines().collect();
    let failed = lines.iter().position(|line| line.contains(" failed ")).expect("a step that failed");
    let from = lines.iter().position(|line| line.contains(" warning ")).map_or(failed, |warning| warning.min(failed));
    let text = format!("== {what}: exit {}, reason {reason}\n{}{}\n", ended.code, ended.err, lines[from..].join("\n"));
    without_ports(&text)
}

#[test]
fn every_login_that_fails_is_explained() {
    let all = reports(LOGINS, |case| {
        let case = *case;
        let server = Server::raw(move |request: &Request| {
            let at_login = request.target == format!("{}/connect/token", case.path);
            match (at_login, case.body.starts_with('<')) {
                (true, true) => Response::html(case.status, case.body),
                (true, false) => Response::json(case.status, case.body),
                _ => Response::html(200, "<html>"),
            }
        });
        told(case.what, &format!("{}{}", server.url, case.path))
    });
    expect("logins.txt", &all);
}

/// Redirects, the wrong protocol, a clock that is off.
#[test]
fn every_wrong_address_is_explained() {
    let to = |to: &'static str| {
        Server::raw(move |request| match request.target.as_str() {
            "/connect/token" => Response { content_type: to, ..Response::html(308, "") },
            _ => Response::html(200, "<html>"),
        })
    };
    // The only header that an answer of these tests can choose is this one, and another can follow it.
    let elsewhere = to("text/html\r\nLocation: https://pbx.example.com:5001/connect/token");
    let page = to("text/html\r\nLocation: /webclient/#/login");
    let here = to("text/html\r\nLocation: https://127.0.0.1/connect/token");
    let plain = Server::raw(|_| Response::html(200, "<html>"));
    let secure = Server::tls(&Certificate::of_its_own(), |_| Response::json(200, "{}"));
    let urls = [
        ("another host", elsewhere.url.clone()),
        ("a page", page.url.clone()),
        ("the same host by TLS", here.url.clone()),
        ("TLS to a port without", plain.url.replace("http:", "https:")),
        ("none to a port with TLS", secure.url.replace("https:", "http:")),
        ("nobody", "https://127.0.0.1:1".to_owned()),
    ];
    let all = reports(&urls, |(what, url)| told(what, url));
    expect("addresses.txt", &all);
}

/// A token that was made an hour ago by the clock of this machine, and is refused at once.
#[test]
fn a_clock_that_is_off_is_named() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
    let claims = URL_SAFE_NO_PAD.encode(format!("{{\"iat\":{},\"exp\":{now}}}", now - 3600));
    let server = Server::raw(move |request| match request.target.as_str() {
        "/connect/token" => {
            Response::json(200, format!(r#"{{"token_type":"bearer","access_token":"e30.{claims}.c2ln"}}"#))
        }
        _ => Response::json(401, ""),
    });
    let ended = server.run("try { pbx.users.list().len() } catch (e) { print(e.reason); throw e; }").run();
    assert_eq!((ended.code, ended.out.as_str()), (7, "clock\n"), "{}", ended.err);
    let told = ended.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("the token is new, and was made 36"), "{told}");
    assert!(told.contains("seconds ago by the clock of this machine: one of both clocks is wrong"), "{told}");
}

/// On simulated PBXs that were set up to refuse: what scripts are told, and what `doctor` finds.
#[test]
fn what_a_sandbox_refuses_can_be_rehearsed() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let code = "for code in [|| pbx.users.list().len(), || pbx.recordings.list().len(), || pbx.my_user.get(),
            || pbx.groups.create(#{ Name: \"Blue\" }).Name, || pbx.groups.get(4711)] {
        try { print(code.call()); } catch (e) { print(`${e.status} ${e.reason}: ${e.hint}`); }
    }";
    let cases: [&[&str]; 6] = [
        &["--role", "system-owner"],
        &["--role", "system-admin"],
        &["--role", "user"],
        &["--role", "system-wide"],
        &["--licence", "professional"],
        &["--allow", "192.0.2.0/24", "--allow", "192.0.2.7"],
    ];
    let all = reports(&cases, |arguments| rehearsed(folder.path(), arguments, code));
    expect("sandbox.txt", &all);
    let open = serve(folder.path(), &["--allow", "127.0.0.0/8"]);
    assert_eq!(open.run("pbx.users.list().len() > 0"), "true\n");
}

fn rehearsed(folder: &Path, arguments: &[&str], code: &str) -> String {
    let serving = serve(folder, arguments);
    let said = serving.run(code);
    let names = ["XAPI_URL", "XAPI_CLIENT_ID", "XAPI_CLIENT_SECRET"];
    let doctor = names.iter().fold(pbxsh(["doctor"]), |run, name| run.variable(name, serving.variable(name))).out();
    let from = doctor.find("login ").expect("the step");
    let doctor: Vec<&str> = doctor[from..].lines().take_while(|line| !line.starts_with("version")).collect();
    format!("== {}\n{}\n{said}{}\n", arguments.join(" "), serving.ready[1], doctor.join("\n"))
}

#[test]
fn what_cannot_be_set_up_is_said() {
    let report = pbxsh(["sandbox", "serve", "--allow", "192.0.2.0/99"]).fails(2);
    same(
        &report,
        "usage

  x `--allow`: `192.0.2.0/99` is no address and no network\n  help: 192.0.2.7 or 192.0.2.0/24\n",
    );
    let folder = tempfile::TempDir::new().expect("a folder");
    drop(serve(folder.path(), &["--state", "pbx.json", "--keep"]));
    let state = std::fs::read_to_string(folder.path().join("pbx.json")).expect("the state");
    let state = state.replace("\"sandbox-user\": \"sandbox-user-secret\"", "\"x\": \"y\"");
    let line = ["sandbox", "serve", "--state", "pbx.json", "--role", "user"];
    let report = pbxsh(line).file("pbx.json", &state).fails(9);
    same(&report, "bad-state\n\n  x the state has no client with the role User\n");
}
