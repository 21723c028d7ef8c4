//! Connections that nobody should trust, or that never come to be: nothing is sent over them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pbxsh::catalog::{Catalog, Method};
use pbxsh::client::{Client, Request, Retries, Settings, Timeouts, Trust};
use pbxsh::guard::{Guard, Mode};
use serde_json::json;

use crate::common::certificates::Certificate;
use crate::common::server::{Response, Server};

/// What a create hears, whether it may have been carried out, and how long its address was silent.
fn create(url: &str, authority: &Certificate, connect: Duration) -> (String, bool) {
    let settings = Settings::new(url, "id", "secret".to_owned().into());
    let long = Duration::from_secs(60);
    let client = Client::new(Settings {
        trust: Trust::Also { pem: authority.pem().into_bytes() },
        timeouts: Timeouts { connect, answer: long, idle: long, whole: long },
        retries: Retries { most: 1, pause: Duration::from_millis(1), ..Retries::default() },
        ..settings
    });
    let operation = Catalog::builtin().operation("users", "create").expect("an operation");
    let permit = Guard::new(Mode::Everything).permit(operation).expect("a permit");
    let (target, body) = ("/xapi/v1/Users".to_owned(), Some(json!({"Number": "199"})));
    let request = Request { method: Method::Post, target, if_match: None, body, file: None };
    match client.expect("an address").send(permit, &request) {
        Ok(_) => ("ok".to_owned(), false),
        Err(failed) => {
            let error = format!("{:?}", failed.error);
            let kind = error.split([' ', '(']).next().unwrap_or_default().to_owned();
            let why = error.split_once("why: ").map(|(_, why)| format!(" {why}")).unwrap_or_default();
            (
                kind + why
                    .split([' ', '}'])
                    .find(|word| !word.is_empty())
                    .map(|why| format!(" {why}"))
                    .as_deref()
                    .unwrap_or(""),
                failed.leaves_open(),
            )
        }
    }
}

fn fine(_: &crate::common::server::Request) -> Response {
    Response::json(201, "{\"Id\":1,\"Number\":\"199\"}")
}

/// Takes every connection and does this with it.
fn listener(work: impl Fn(TcpStream) + Send + Sync + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let (address, taken) = (listener.local_addr().expect("an address"), Arc::<AtomicUsize>::default());
    let (count, work) = (taken.clone(), Arc::new(work));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::SeqCst);
            let work = work.clone();
            std::thread::spawn(move || work(stream));
        }
    });
    (format!("https://{address}"), taken)
}

#[test]
fn nothing_goes_over_a_connection_that_nobody_should_trust() {
    let (authority, long) = (Certificate::authority(), Duration::from_secs(60));
    let own = Certificate::of_its_own();
    let cases = [
        ("good", authority.for_hosts(&["127.0.0.1"]), "ok"),
        ("expired", authority.expired(), "Tls Expired"),
        ("not yet valid", authority.not_yet_valid(), "Tls NotYetValid"),
        ("for another host", authority.for_hosts(&["pbx.example.com"]), "Tls WrongName"),
        ("its own", own, "Tls UnknownIssuer"),
        ("its own, and an authority", Certificate::of_openssl(), "Tls OwnAuthority"),
        // It says that it is of the one that is believed, and the signature does not fit.
        ("forged", Certificate::authority().for_hosts(&["127.0.0.1"]), "Tls Other"),
    ];
    for (what, certificate, expected) in cases {
        let server = Server::tls(&certificate, fine);
        assert_eq!(create(&server.url, &authority, long), (expected.to_owned(), false), "{what}");
        // Login and request, or nothing at all.
        assert_eq!(server.everything(), if expected == "ok" { 2 } else { 0 }, "{what}");
    }
    let plain = Server::pbx(fine);
    let https = plain.url.replace("http://", "https://");
    assert_eq!(create(&https, &authority, long), ("Tls NoTls".to_owned(), false));
    assert_eq!(plain.everything(), 0);
    let tls = Server::tls(&authority.for_hosts(&["127.0.0.1"]), fine);
    let http = tls.url.replace("https://", "http://");
    let (kind, open) = create(&http, &authority, long);
    assert!(["Cut", "Malformed"].contains(&kind.as_str()) && !open, "{kind}");
    assert_eq!(tls.everything(), 0);
}

#[test]
fn handshakes_that_do_not_end() {
    let authority = Certificate::authority();
    let second = Duration::from_secs(1);
    let silent = |mut stream: TcpStream| drop(std::io::copy(&mut stream, &mut std::io::sink()));
    let (url, taken) = listener(silent);
    // Nothing was sent over it, so it is tried again.
    assert_eq!(
        (create(&url, &authority, second), taken.load(Ordering::SeqCst)),
        (("Unreachable".to_owned(), false), 2)
    );
    let half = |mut stream: TcpStream| {
        // The beginning of a record that announces more.
        let _ = stream.write_all(&[0x16, 3, 3, 0x40, 0]);
        let _ = stream.read(&mut [0; 4096]);
        std::thread::sleep(Duration::from_secs(30));
    };
    assert_eq!(create(&listener(half).0, &authority, second), ("Unreachable".to_owned(), false));
    let (url, _) = listener(drop);
    let (kind, open) = create(&url, &authority, Duration::from_secs(60));
    assert!(kind.starts_with("Tls") || kind == "Unreachable", "{kind}");
    assert!(!open);
}
