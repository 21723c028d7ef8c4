//! Trying again, sharing a token, keeping to a pace, and going on where a download broke off.

use std::fs;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::tempdir;

use crate::catalog::{Catalog, Method};
use crate::client::tests::server::{Say, Seen, Server, get, permit, settings};
use crate::client::{
    Budget, Client, ClientError, Download, Failed, Gates, Reply, ReplyBody, Request, Retries, Settings,
};
use crate::guard::{Guard, Permit};

fn quick() -> Retries {
    Retries { pause: Duration::from_millis(1), ..Retries::default() }
}

fn client(server: &Server) -> Client {
    Client::new(Settings { retries: quick(), ..settings(&server.url) }).unwrap()
}

fn of(resource: &str, name: &str) -> Permit {
    Guard::default().permit(Catalog::builtin().operation(resource, name).unwrap()).unwrap()
}

/// A PBX that gives these answers one after the other, the last one for ever.
fn in_turn(answers: Vec<fn() -> Say>) -> Server {
    let next = AtomicUsize::new(0);
    Server::pbx(move |_| answers[next.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1)]())
}

fn busy() -> Say {
    Say::new(503, &[("retry-after", "0")], "busy")
}

fn fine() -> Say {
    Say::json(200, &json!({"ok": true}))
}

fn read(client: &Client) -> Result<Reply, ClientError> {
    client.send(permit(), &get("/xapi/v1/Users")).map_err(|failed| failed.error)
}

#[test]
fn reading_survives_what_passes() {
    let cut = || Say::cut("application/json", "{");
    let page = || Say::typed(502, "text/html", "<html>bad gateway</html>");
    let server = in_turn(vec![busy, cut, page, fine]);
    read(&client(&server)).unwrap();
    assert_eq!(server.asked().len(), 4);
    let server = in_turn(vec![busy, busy, busy, busy, fine]);
    let result = read(&client(&server));
    assert!(matches!(result, Err(ClientError::Refused(refusal)) if refusal.status == 503));
    assert_eq!(server.asked().len(), 4);
}

#[test]
fn a_login_survives_what_passes() {
    let logins = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&logins);
    let server = Server::raw(move |seen| match (seen.target.as_str(), count.load(Ordering::SeqCst)) {
        ("/connect/token", 0..3) => {
            count.fetch_add(1, Ordering::SeqCst);
            Say::typed(502, "text/html", "<html>starting</html>")
        }
        ("/connect/token", _) => super::server::token(1),
        _ => fine(),
    });
    read(&client(&server)).unwrap();
    // One that goes on failing is not multiplied by the attempts of the request behind it.
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let server = Server::raw(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Say::typed(502, "text/html", "<html>starting</html>")
    });
    read(&client(&server)).unwrap_err();
    assert_eq!(asked.load(Ordering::SeqCst), 4);
}

#[test]
fn a_pause_that_is_asked_for_is_kept_up_to_a_minute() {
    let server = in_turn(vec![|| Say::new(429, &[("retry-after", "1")], ""), fine]);
    let begun = Instant::now();
    read(&client(&server)).unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1));
    let server = in_turn(vec![|| Say::new(429, &[("retry-after", "61")], ""), fine]);
    let error = read(&client(&server)).unwrap_err();
    assert_eq!(error.retry_after(), Some(61));
    // The page of a proxy can ask too.
    let page = || Say::new(503, &[("content-type", "text/html"), ("retry-after", "999")], "<html>");
    let error = read(&client(&in_turn(vec![page, fine]))).unwrap_err();
    assert_eq!((error.status(), error.retry_after()), (Some(503), Some(999)));
}

#[test]
fn an_interrupt_ends_a_pause() {
    let server = in_turn(vec![|| Say::new(429, &[("retry-after", "30")], "")]);
    let client = client(&server);
    let interrupt = client.interrupt().clone();
    thread::scope(|scope| {
        let change = Request { method: Method::Post, ..get("/xapi/v1/Users") };
        let asking = scope.spawn(|| client.send(of("users", "create"), &{ change }));
        while server.asked().is_empty() {
            thread::sleep(Duration::from_millis(5));
        }
        thread::sleep(Duration::from_millis(50));
        let fired = Instant::now();
        interrupt.fire();
        let failed = asking.join().unwrap().unwrap_err();
        assert!(fired.elapsed() < Duration::from_millis(500));
        // It was refused and then waited: nothing is open.
        assert!(failed.error == ClientError::Interrupted && !failed.leaves_open(), "{failed:?}");
    });
}

#[test]
fn a_budget_is_for_all_calls_together() {
    let server = in_turn(vec![busy]);
    let retries = Retries { budget: Budget::new(5), ..quick() };
    let client = Client::new(Settings { retries, ..settings(&server.url) }).unwrap();
    for _ in 0..3 {
        read(&client).unwrap_err();
    }
    assert_eq!(server.asked().len(), 3 + 5);
}

#[test]
fn a_pbx_that_comes_back_is_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let retries = Retries { pause: Duration::from_millis(200), ..Retries::default() };
    let client = Client::new(Settings { retries, ..settings(&format!("http://{address}")) }).unwrap();
    thread::scope(|scope| {
        let change = Request { method: Method::Post, ..get("/xapi/v1/Users") };
        let asking = scope.spawn(|| client.send(of("users", "create"), &{ change }));
        thread::sleep(Duration::from_millis(150));
        let server = Server::at(TcpListener::bind(address).unwrap(), |seen| match seen.target.as_str() {
            "/connect/token" => super::server::token(1),
            _ => fine(),
        });
        asking.join().unwrap().unwrap();
        assert_eq!(server.asked().len(), 1);
    });
}

#[test]
fn what_is_open_is_known() {
    let failed = |say: fn() -> Say| -> Failed {
        let change = Request { method: Method::Post, ..get("/xapi/v1/Users") };
        client(&in_turn(vec![say])).send(of("users", "create"), &change).unwrap_err()
    };
    for say in [|| Say::raw(""), || Say::typed(504, "text/html", "<html>"), || Say::typed(500, "text/plain", "no")] {
        assert!(failed(say).leaves_open());
    }
    for say in [busy, || Say::new(401, &[], ""), || Say::new(400, &[], ""), || Say::new(302, &[("location", "/")], "")]
    {
        assert!(!failed(say).leaves_open());
    }
    // A login that breaks off has not carried out what comes behind it.
    let change = Request { method: Method::Post, ..get("/xapi/v1/Users") };
    let server = Server::raw(|_| Say::raw(""));
    let failed = client(&server).send(of("users", "create"), &change).unwrap_err();
    assert!(matches!(failed.error, ClientError::Cut { .. }) && !failed.leaves_open(), "{failed:?}");
}

#[test]
fn a_newer_token_of_another_process_is_taken_before_a_login() {
    let server = Server::pbx(|seen| match seen.header("authorization") {
        Some("Bearer t2") => fine(),
        _ => Say::new(401, &[], ""),
    });
    let folder = tempdir().unwrap();
    let settings = || Settings { tokens: Some(folder.path().to_owned()), ..settings(&server.url) };
    let [first, second, third] = [(); 3].map(|()| Client::new(settings()).unwrap());
    // The first token is refused at once, and the second one holds.
    read(&first).unwrap();
    assert_eq!(server.login_count(), 2);
    read(&second).unwrap();
    assert_eq!((server.login_count(), server.asked().len()), (2, 3));
    // A secret that changed has nothing to do with it.
    let other = Settings { client_secret: "other".to_owned().into(), ..settings() };
    assert!(read(&Client::new(other).unwrap()).is_err());
    assert_eq!(server.login_count(), 4);
    read(&third).unwrap();
    assert_eq!(server.login_count(), 4);
}

#[test]
fn no_more_than_six_at_once_through_all_connections() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counter, peak) = (Arc::clone(&now), Arc::clone(&most));
    let server = Server::pbx(move |_| {
        peak.fetch_max(counter.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(20));
        counter.fetch_sub(1, Ordering::SeqCst);
        fine()
    });
    let gates = Gates::default();
    let connection = || Client::new(Settings { gates: gates.clone(), ..settings(&server.url) }).unwrap();
    let clients = [connection(), connection()];
    thread::scope(|scope| {
        for at in 0..24 {
            let client = &clients[at % 2];
            scope.spawn(move || read(client).unwrap());
        }
    });
    assert_eq!(most.load(Ordering::SeqCst), 6);
}

#[test]
fn a_rate_is_kept() {
    let server = Server::pbx(|_| fine());
    let gates = Gates::new(6, Some(50.0));
    let client = Client::new(Settings { gates, ..settings(&server.url) }).unwrap();
    let begun = Instant::now();
    (0..10).for_each(|_| drop(read(&client).unwrap()));
    // The login is a request too.
    assert!(begun.elapsed() >= Duration::from_millis(200), "{:?}", begun.elapsed());
}

const REPORT: &str = "Time,From\r\n2025-03-01,100\r\n2025-03-02,101\r\n";

/// A PBX whose first answer breaks off after 16 bytes; `answer` gets the others.
fn breaking(validator: (&'static str, &'static str), answer: fn(&Seen) -> Say) -> Server {
    let asked = AtomicUsize::new(0);
    Server::pbx(move |seen| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => {
            let (name, value) = validator;
            let head = format!("content-type: text/csv\r\n{name}: {value}\r\ncontent-length: {}", REPORT.len());
            Say::raw(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{}", &REPORT[..16])).then(Duration::from_millis(50), "")
        }
        _ => answer(seen),
    })
}

fn download(client: &Client) -> Download {
    match client.send(permit(), &get("/xapi/v1/R/Pbx.Download()")).unwrap().body {
        ReplyBody::Download(download) => *download,
        other => panic!("{other:?}"),
    }
}

fn rest(seen: &Seen) -> Say {
    assert_eq!(seen.header("range"), Some("bytes=16-"));
    assert_eq!(seen.header("if-range"), Some("\"v1\""));
    let range = format!("bytes 16-{}/{}", REPORT.len() - 1, REPORT.len());
    Say::new(206, &[("content-type", "text/csv"), ("content-range", &range)], &REPORT[16..])
}

fn whole(_: &Seen) -> Say {
    Say::typed(200, "text/csv", "Another,Report\r\n")
}

#[test]
fn a_download_goes_on_where_it_broke_off() {
    let server = breaking(("etag", "\"v1\""), rest);
    assert_eq!(download(&client(&server)).text().unwrap(), REPORT);
    let (folder, server) = (tempdir().unwrap(), breaking(("etag", "\"v1\""), rest));
    let path = folder.path().join("r.csv");
    assert_eq!(download(&client(&server)).save(&path).unwrap(), REPORT.len() as u64);
    assert_eq!((fs::read_to_string(&path).unwrap().as_str(), server.asked().len()), (REPORT, 2));
}

#[test]
fn a_download_that_cannot_go_on_begins_anew() {
    let nothing_else = |seen: &Seen| {
        assert_eq!(seen.header("range"), None);
        whole(seen)
    };
    let other_place = |_: &Seen| Say::new(206, &[("content-range", "bytes 7-9/10")], "abc");
    let gone_on = |seen: &Seen| if seen.header("range").is_some() { Say::new(416, &[], "") } else { whole(seen) };
    type Answer = fn(&Seen) -> Say;
    let changed: [(_, Answer); 5] = [
        (("etag", "\"v1\""), whole),
        (("last-modified", "Wed, 21 Oct 2015 07:28:00 GMT"), whole),
        // Versions that are only alike, and none at all.
        (("etag", "W/\"v1\""), nothing_else),
        (("x-nothing", "1"), nothing_else),
        (("etag", "\"v1\""), gone_on),
    ];
    for (validator, answer) in changed {
        let (folder, server) = (tempdir().unwrap(), breaking(validator, answer));
        let path = folder.path().join("r.csv");
        download(&client(&server)).save(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "Another,Report\r\n", "{validator:?}");
        assert_eq!(download(&client(&breaking(validator, answer))).text().unwrap(), "Another,Report\r\n");
    }
    let broken = breaking(("etag", "\"v1\""), other_place);
    let result = download(&client(&broken)).text();
    assert!(matches!(result, Err(ClientError::Cut { .. })), "{result:?}");
    // Without repetitions a cut is a cut.
    let result = download(&breaking(("etag", "\"v1\""), rest).client()).text();
    assert!(matches!(result, Err(ClientError::Cut { .. })), "{result:?}");
}
