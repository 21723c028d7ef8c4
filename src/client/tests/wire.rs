//! Login, errors and the kinds of answers.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::catalog::Method;
use crate::client::tests::server::{Say, Server, client, get, permit, settings, token};
use crate::client::{
    Client, ClientError, Distrust, Interrupt, Pages, Refusal, Reply, ReplyBody, Request, Settings, Timeouts, Trust,
};

fn ask(client: &Client, target: &str) -> Result<Reply, ClientError> {
    client.send(permit(), &get(target)).map_err(|failed| failed.error)
}

fn refused(result: Result<Reply, ClientError>) -> Refusal {
    match result {
        Err(ClientError::Refused(refusal)) => *refusal,
        other => panic!("{other:?}"),
    }
}

/// Asks a server that gives `say` to everything but logins.
fn asking(say: impl Fn() -> Say + Send + Sync + 'static) -> Result<Reply, ClientError> {
    ask(&Server::pbx(move |_| say()).client(), "/xapi/v1/Users?$top=1")
}

/// Logs in at a server that gives `say` to it.
fn logging_in(say: impl Fn() -> Say + Send + Sync + 'static) -> Result<Reply, ClientError> {
    ask(&Server::raw(move |_| say()).client(), "/xapi/v1/Users")
}

#[test]
fn logs_in_by_form_and_sends_what_was_built() {
    let server = Server::pbx(|_| Say::json(201, &json!({"Id": 7})));
    let request = Request {
        method: Method::Post,
        target: "/xapi/v1/Users('O''Brien%2F%41')?$select=Id".to_owned(),
        if_match: Some("W/\"1\"".to_owned()),
        body: Some(json!({"Number": "100"})),
        file: None,
    };
    let reply = server.client().send(permit(), &request).unwrap();
    assert_eq!(reply.status, 201);
    assert!(matches!(reply.body, ReplyBody::Json(value) if value == json!({"Id": 7})));
    let seen = server.seen();
    assert_eq!(seen[0].method, "POST");
    assert_eq!(seen[0].header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(seen[0].body, "grant_type=client_credentials&client_id=script&client_secret=hush-hush");
    assert_eq!(seen[1].method, "POST");
    assert_eq!(seen[1].target, "/xapi/v1/Users('O''Brien%2F%41')?$select=Id");
    assert_eq!(seen[1].header("authorization"), Some("Bearer t1"));
    assert_eq!(seen[1].header("content-type"), Some("application/json"));
    assert_eq!(seen[1].header("if-match"), Some("W/\"1\""));
    assert_eq!(seen[1].body, r#"{"Number":"100"}"#);
}

#[test]
fn a_post_without_a_body_says_so() {
    let server = Server::pbx(|_| Say::new(204, &[], ""));
    let request = Request { method: Method::Post, ..get("/xapi/v1/ActivityLog/Pbx.PurgeLogs") };
    let reply = server.client().send(permit(), &request).unwrap();
    assert!(matches!(reply, Reply { status: 204, body: ReplyBody::Nothing, note: None }));
    assert_eq!(server.seen()[1].header("content-length"), Some("0"));
    assert_eq!(server.seen()[1].header("content-type"), None);
}

#[test]
fn a_prefix_goes_before_everything() {
    let server = Server::raw(|seen| match seen.target.as_str() {
        "/branch/connect/token" => token(1),
        _ => Say::json(200, &json!({})),
    });
    ask(&client(&format!("{}/branch/xapi/v1/", server.url)), "/xapi/v1/Users").unwrap();
    assert_eq!(server.asked()[1], "GET /branch/xapi/v1/Users");
}

#[test]
fn nothing_secret_is_printed() {
    let client = client("https://pbx.example.com");
    let debug = format!("{client:?} {:?}", settings("https://pbx.example.com"));
    assert!(!debug.contains("hush") && debug.contains("pbx.example.com"), "{debug}");
}

#[test]
fn one_token_for_many_requests() {
    let server = Server::pbx(|_| Say::json(200, &json!({})));
    let client = server.client();
    for _ in 0..3 {
        ask(&client.clone(), "/xapi/v1/Users").unwrap();
    }
    assert_eq!((server.login_count(), server.asked().len()), (1, 3));
}

#[test]
fn concurrent_requests_share_one_login() {
    let logins = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&logins);
    let server = Server::raw(move |seen| match seen.target.as_str() {
        "/connect/token" => token(count.fetch_add(1, Ordering::SeqCst) + 1).after(Duration::from_millis(50)),
        _ => Say::json(200, &json!({})),
    });
    let client = server.client();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| ask(&client, "/xapi/v1/Users").unwrap());
        }
    });
    assert_eq!(logins.load(Ordering::SeqCst), 1);
}

#[test]
fn a_refused_login_is_shared_too() {
    let logins = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&logins);
    let server = Server::raw(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Say::json(400, &json!({"error": "invalid_client"})).after(Duration::from_millis(300))
    });
    let client = server.client();
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| assert!(matches!(ask(&client, "/xapi/v1/Users"), Err(ClientError::Login { .. }))));
        }
    });
    assert_eq!(logins.load(Ordering::SeqCst), 1);
    // Later ones try again: the secret may be right by now.
    assert!(ask(&client, "/xapi/v1/Users").is_err());
    assert_eq!(logins.load(Ordering::SeqCst), 2);
}

#[test]
fn a_401_is_answered_by_one_new_login() {
    let server = Server::pbx(|seen| match seen.header("authorization") {
        Some("Bearer t2") => Say::json(200, &json!({"ok": true})),
        _ => Say::typed(401, "text/plain", "Unauthorized"),
    });
    let client = server.client();
    let request = Request { method: Method::Post, body: Some(json!({"a": 1})), ..get("/xapi/v1/Users") };
    client.send(permit(), &request).unwrap();
    let bodies: Vec<String> =
        server.seen().into_iter().filter(|seen| seen.target.contains("Users")).map(|seen| seen.body).collect();
    assert_eq!(bodies, [r#"{"a":1}"#, r#"{"a":1}"#]);
    assert_eq!(server.login_count(), 2);
    ask(&client, "/xapi/v1/Users").unwrap();
    assert_eq!(server.login_count(), 2);
}

#[test]
fn a_second_401_is_a_refusal() {
    let server = Server::pbx(|_| Say::new(401, &[], ""));
    let refusal = refused(ask(&server.client(), "/xapi/v1/Users?$top=1"));
    assert_eq!((refusal.status, refusal.method, refusal.path.as_str()), (401, "GET", "/xapi/v1/Users?$top=1"));
    assert_eq!((server.login_count(), server.asked().len()), (2, 2));
}

static CLOCK: AtomicU64 = AtomicU64::new(1_000_000);

fn clock() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(CLOCK.load(Ordering::SeqCst))
}

#[test]
fn a_token_is_renewed_before_it_ends() {
    let server = Server::pbx(|_| Say::json(200, &json!({})));
    let client = Client::new(Settings { now: clock, ..settings(&server.url) }).unwrap();
    let mut logins = Vec::new();
    // 60 minutes, renewed half a minute earlier.
    for seconds in [0, 3569, 1, 3569, 1] {
        CLOCK.fetch_add(seconds, Ordering::SeqCst);
        ask(&client, "/xapi/v1/Users").unwrap();
        logins.push(server.login_count());
    }
    assert_eq!(logins, [1, 1, 2, 2, 3]);
}

#[test]
fn refused_logins() {
    let oauth = json!({"error": "invalid_client", "error_description": "Wrong secret"});
    let Err(ClientError::Login { url, status, error, description, .. }) = logging_in(move || Say::json(400, &oauth))
    else {
        panic!()
    };
    assert!(url.ends_with("/connect/token"));
    assert_eq!((status, error.as_str(), description.as_str()), (400, "invalid_client", "Wrong secret"));
    let bare = logging_in(|| Say::new(401, &[], ""));
    assert!(matches!(bare, Err(ClientError::Login { status: 401, .. })), "{bare:?}");
    let text = logging_in(|| Say::typed(503, "text/plain", "Starting"));
    assert!(matches!(text, Err(ClientError::Login { status: 503, description, .. }) if description == "Starting"));
}

#[test]
fn logins_at_something_else() {
    let page = "<html><title>Welcome</title><body>Router login</body></html>";
    for (status, kind, body) in [
        (200, "text/html", page),
        (502, "text/html; charset=utf-8", page),
        (404, "text/plain", "404 page not found"),
        (200, "text/plain", "hello"),
        (200, "application/json", "[1]"),
    ] {
        let result = logging_in(move || Say::typed(status, kind, body));
        assert!(matches!(result, Err(ClientError::NotAPbx { status: s, .. }) if s == status), "{status} {result:?}");
    }
    let none = logging_in(|| Say::json(200, &json!({"token_type": "Bearer"})));
    assert!(matches!(none, Err(ClientError::Malformed { .. })), "{none:?}");
    let moved = logging_in(|| Say::new(301, &[("location", "https://pbx.example.com/connect/token")], ""));
    let Err(ClientError::NotAPbx { status: 301, excerpt, .. }) = moved else { panic!() };
    assert_eq!(excerpt, "redirects to https://pbx.example.com/connect/token");
}

#[test]
fn refusals_carry_what_the_pbx_said() {
    let body = json!({"error": {"code": "", "message": "Number:\nWARNINGS.XAPI.ALREADY_IN_USE", "details": [
        {"code": "", "message": "WARNINGS.XAPI.ALREADY_IN_USE", "target": "Number"}]}});
    let refusal = refused(asking(move || Say::json(400, &body)));
    assert_eq!(refusal.status, 400);
    assert_eq!(refusal.code, "WARNINGS.XAPI.ALREADY_IN_USE");
    assert_eq!(refusal.target.as_deref(), Some("Number"));
    assert_eq!(refusal.details.len(), 1);
    let refusal = refused(asking(|| Say::typed(403, "text/plain", "Forbidden")));
    assert_eq!((refusal.status, refusal.message.as_str(), refusal.excerpt.as_str()), (403, "Forbidden", "Forbidden"));
    let refusal = refused(asking(|| Say::json(404, &json!({"error": "Resource not found"}))));
    assert_eq!(refusal.message, "Resource not found");
    let refusal = refused(asking(|| Say::new(429, &[("retry-after", "7")], "")));
    assert_eq!(refusal.retry_after, Some(7));
    let refusal = refused(asking(|| Say::new(429, &[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")], "")));
    assert_eq!(refusal.retry_after, Some(0));
    let huge = "x".repeat(1_000_000);
    let refusal = refused(asking(move || Say::typed(500, "text/plain", &huge)));
    assert!(refusal.message.chars().count() < 700 && refusal.excerpt.chars().count() < 310);
}

#[test]
fn pages_of_proxies_are_not_a_pbx() {
    let page = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1>nginx</body></html>";
    for status in [200, 403, 502, 504] {
        let result = asking(move || Say::typed(status, "text/html", page));
        let Err(ClientError::NotAPbx { status: given, content_type, excerpt, .. }) = result else {
            panic!("{result:?}")
        };
        assert_eq!((given, content_type.as_str(), excerpt.as_str()), (status, "text/html", "502 Bad Gateway nginx"));
    }
}

#[test]
fn redirects_stay_at_the_server() {
    let server = Server::pbx(|seen| match seen.target.as_str() {
        "/xapi/v1/Old" => Say::new(302, &[("location", "/xapi/v1/New")], ""),
        "/xapi/v1/Loop" => Say::new(308, &[("location", "/xapi/v1/Loop")], ""),
        "/xapi/v1/Away" => Say::new(302, &[("location", "http://127.0.0.2:9/")], ""),
        _ => Say::json(200, &json!({"new": true})),
    });
    let client = server.client();
    assert!(matches!(ask(&client, "/xapi/v1/Old").unwrap().body, ReplyBody::Json(_)));
    assert!(matches!(ask(&client, "/xapi/v1/Loop"), Err(ClientError::Malformed { .. })));
    let away = ask(&client, "/xapi/v1/Away");
    assert!(matches!(away, Err(ClientError::NotAPbx { status: 302, .. })), "{away:?}");
    // A POST would become a GET.
    let post = Request { method: Method::Post, ..get("/xapi/v1/Old") };
    let failed = client.send(permit(), &post).unwrap_err();
    assert!(matches!(failed.error, ClientError::NotAPbx { status: 302, .. }));
}

#[test]
fn kinds_of_answers() {
    let nothing = |say: fn() -> Say| assert!(matches!(asking(say).unwrap().body, ReplyBody::Nothing));
    nothing(|| Say::new(204, &[], ""));
    nothing(|| Say::new(200, &[], ""));
    nothing(|| Say::typed(200, "application/json", ""));
    nothing(|| Say::raw("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"));
    nothing(|| Say::raw("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n \r\n"));
    let json = |kind: &'static str, body: &'static str| match asking(move || Say::typed(200, kind, body)).unwrap().body
    {
        ReplyBody::Json(value) => value,
        other => panic!("{other:?}"),
    };
    assert_eq!(json("application/json", "{\"a\":\"1\"}"), json!({"a": "1"}));
    assert_eq!(json("application/problem+json", "[]"), json!([]));
    assert_eq!(json("Application/JSON; charset=utf-8", "\u{feff}null"), json!(null));
    let malformed = asking(|| Say::typed(200, "application/json", "{\"a\":"));
    assert!(matches!(malformed, Err(ClientError::Malformed { .. })), "{malformed:?}");
    let reply =
        asking(|| Say::new(200, &[("x-sandbox-note", "made up"), ("content-type", "text/csv")], "a,b\r\n")).unwrap();
    assert_eq!(reply.note.as_deref(), Some("made up"));
    let ReplyBody::Download(download) = reply.body else { panic!() };
    assert_eq!(download.text().unwrap(), "a,b\r\n");
    let unnamed = asking(|| Say::new(200, &[], "whatever")).unwrap();
    assert!(matches!(unnamed.body, ReplyBody::Download(download) if download.length() == Some(8)));
    let empty = asking(|| Say::typed(200, "text/csv", "")).unwrap();
    let ReplyBody::Download(empty) = empty.body else { panic!() };
    assert_eq!(empty.text().unwrap(), "");
}

#[test]
fn a_body_that_ends_early_is_cut() {
    let result = asking(|| Say::cut("application/json", "{\"value\":["));
    assert!(matches!(result, Err(ClientError::Cut { .. })), "{result:?}");
    let chunked =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n";
    let result = asking(move || Say::raw(chunked));
    assert!(matches!(result, Err(ClientError::Cut { .. })), "{result:?}");
    let result = asking(|| Say::raw(""));
    assert!(matches!(result, Err(ClientError::Cut { .. })), "{result:?}");
}

#[test]
fn hosts_that_cannot_be_reached() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for scheme in ["http", "https"] {
        let result = ask(&client(&format!("{scheme}://{closed}")), "/xapi/v1/Users");
        let Err(ClientError::Unreachable { url, reason }) = result else { panic!("{result:?}") };
        assert_eq!(url, format!("{scheme}://{closed}"));
        assert!(reason.to_lowercase().contains("refused"), "{reason}");
    }
    let result = ask(&client("https://no-such-host.invalid"), "/xapi/v1/Users");
    assert!(matches!(result, Err(ClientError::Unreachable { .. })), "{result:?}");
}

#[test]
fn servers_that_speak_something_else() {
    // No TLS: a web server, one that hangs up, one that talks first.
    for say in ["HTTP/1.1 400 Bad Request\r\n\r\n", "", "SSH-2.0-OpenSSH_9.6\r\n"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = std::io::Read::read(&mut stream, &mut [0; 1024]);
                let _ = std::io::Write::write_all(&mut stream, say.as_bytes());
            }
        });
        let result = ask(&client(&url), "/xapi/v1/Users");
        let Err(ClientError::Tls { url: given, reason, why: Distrust::NoTls }) = result else {
            panic!("{say}: {result:?}")
        };
        assert_eq!(given, url);
        assert!(!reason.is_empty());
    }
    let result = ask(&Server::raw(|_| Say::raw("SSH-2.0-OpenSSH_9.6\r\n")).client(), "/xapi/v1/Users");
    assert!(matches!(result, Err(ClientError::Malformed { .. })), "{result:?}");
}

#[test]
fn silence_is_a_timeout() {
    let server = Server::pbx(|seen| match seen.target.as_str() {
        "/xapi/v1/Late" => Say::json(200, &json!({})).after(Duration::from_secs(20)),
        _ => Say::cut("application/json", "{").then(Duration::from_secs(20), "}"),
    });
    let second = Duration::from_secs(1);
    let timeouts = Timeouts { answer: second, idle: second, ..Timeouts::default() };
    let client = Client::new(Settings { timeouts, ..settings(&server.url) }).unwrap();
    let late = ask(&client, "/xapi/v1/Late");
    assert!(matches!(late, Err(ClientError::Timeout { seconds: 1, .. })), "{late:?}");
    let stuck = ask(&client, "/xapi/v1/Stuck");
    assert!(matches!(&stuck, Err(ClientError::Cut { reason, .. }) if reason.contains("within 1 s")), "{stuck:?}");
    let whole = Timeouts { whole: second, ..Timeouts::default() };
    let client = Client::new(Settings { timeouts: whole, ..settings(&server.url) }).unwrap();
    for target in ["/xapi/v1/Late", "/xapi/v1/Stuck"] {
        let result = ask(&client, target);
        assert!(matches!(result, Err(ClientError::Timeout { seconds: 1, .. })), "{target} {result:?}");
    }
}

#[test]
fn an_interrupt_ends_the_waiting() {
    let server = Server::pbx(|_| Say::json(200, &json!({})).after(Duration::from_secs(20)));
    let client = server.client();
    let interrupt = client.interrupt().clone();
    thread::scope(|scope| {
        let asking = scope.spawn(|| (ask(&client, "/xapi/v1/Users"), Instant::now()));
        thread::sleep(Duration::from_millis(300));
        let fired = Instant::now();
        interrupt.fire();
        let (result, ended) = asking.join().unwrap();
        assert!(matches!(result, Err(ClientError::Interrupted)), "{result:?}");
        assert!(ended - fired < Duration::from_millis(200));
    });
    assert!(matches!(ask(&client, "/xapi/v1/Users"), Err(ClientError::Interrupted)));
    interrupt.reset();
    assert!(!interrupt.is_fired());
}

#[test]
fn works_on_a_thread_that_serves_a_runtime() {
    let server = Server::pbx(|_| Say::json(200, &json!({})));
    let client = server.client();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { ask(&client, "/xapi/v1/Users") }).unwrap();
}

#[test]
fn the_version_by_header_property_or_not_at_all() {
    let by_header =
        Server::pbx(|_| Say::new(200, &[("x-3cx-version", "20.0.8.1121"), ("content-type", "application/json")], "{}"));
    let client = by_header.client();
    assert_eq!(client.version().unwrap(), "20.0.8.1121");
    assert_eq!(by_header.asked(), ["GET /xapi/v1/Defs?$select=Id"]);
    let by_property = Server::pbx(|seen| match seen.target.as_str() {
        "/xapi/v1/SystemStatus" => Say::json(200, &json!({"Version": "20.0.6.1"})),
        _ => Say::new(403, &[], ""),
    });
    assert_eq!(by_property.client().version().unwrap(), "20.0.6.1");
    let silent = Server::pbx(|_| Say::new(403, &[], ""));
    let client = silent.client();
    assert_eq!(client.version().unwrap(), "");
    assert_eq!(silent.asked().len(), 2);
}

#[test]
fn the_description_comes_as_it_is() {
    let server = Server::pbx(|_| Say::typed(200, "application/yaml", "openapi: 3.0.4\n"));
    assert_eq!(server.client().description().unwrap(), "openapi: 3.0.4\n");
    assert_eq!(server.asked(), ["GET /xapi/v1/swagger.yaml"]);
}

#[test]
fn certificates_that_are_none() {
    let trust = Trust::Also { pem: b"no PEM at all".to_vec() };
    let client = Client::new(Settings { trust, ..settings("https://127.0.0.1:1") }).unwrap();
    let result = ask(&client, "/xapi/v1/Users");
    assert!(matches!(&result, Err(ClientError::Tls { reason, .. }) if reason.contains("no certificate")), "{result:?}");
}

#[test]
fn what_may_cross_threads() {
    fn crosses<T: Send>() {}
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Client>();
    is_shared::<Interrupt>();
    is_shared::<ClientError>();
    crosses::<Reply>();
    crosses::<Pages>();
}
