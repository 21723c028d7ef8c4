//! The socket: what comes in over the wire gets the same answers.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use crate::sandbox::tests::World;
use crate::sandbox::{Patience, Server};

fn exchange(url: &str, request: &str, is_all: bool) -> String {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    if is_all {
        // Half a request is then no reason to wait for the rest.
        stream.shutdown(Shutdown::Write).unwrap();
    }
    let mut answer = String::new();
    // A server that resets the connection has answered before.
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn it_answers_and_stops() {
    let world = World::new();
    let token = world.token.clone();
    let server = Server::start(world.pbx, 0).unwrap();
    let url = server.url().to_owned();
    let request = format!(
        "GET /xapi/v1/Users(Number='100')?$select=Number HTTP/1.1\r\nHost: pbx.example.com\r\nConnection: close\r\n\
         Authorization: Bearer {token}\r\n\r\n"
    );
    let answer = exchange(&url, &request, false);
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("http://pbx.example.com/xapi/v1/$metadata#Users(Number)/$entity"), "{answer}");
    for junk in ["\r\n\r\n", "NONSENSE\r\n\r\n", "GET  HTTP/1.1\r\n\r\n", "GET /\u{0} HTTP/1.1\r\n\r\n"] {
        let answer = exchange(&url, junk, true);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{junk:?}: {answer}");
    }
    // A client that keeps its connection does not hold up the end.
    let _idle = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    let start = Instant::now();
    drop(server);
    assert!(start.elapsed() < Duration::from_secs(2));
    assert!(TcpStream::connect(url.trim_start_matches("http://")).is_err());
}

/// A server with little patience, and a token for it.
fn impatient() -> (Server, String) {
    let world = World::new();
    let patience = Patience { head: Duration::from_millis(300), body: Duration::from_millis(300) };
    let server = Server::bind(world.pbx, "127.0.0.1:0".parse().unwrap(), patience).unwrap();
    (server, world.token)
}

fn head(token: &str, line: &str, more: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: pbx\r\nAuthorization: Bearer {token}\r\n{more}\r\n")
}

fn is_well(server: &Server, token: &str) {
    let answer = exchange(server.url(), &head(token, "GET /xapi/v1/Defs", "Connection: close\r\n"), false);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn nothing_that_comes_in_ends_it() {
    let (server, token) = impatient();
    let json = "Content-Type: application/json\r\n";
    let post = |more: &str, body: &str| head(&token, "POST /xapi/v1/Groups", &format!("{json}{more}")) + body;
    let close = "Connection: close\r\n";
    let huge = format!("X-Big: {}\r\n", "x".repeat(1 << 20));
    let many = "X-Many: 1\r\n".repeat(500);
    let long = format!("GET /{}", "x".repeat(70_000));
    let cases: [(&str, String, &[&str]); 22] = [
        ("no HTTP", "\u{1}\u{2}\u{3}garbage\r\n\r\n".to_owned(), &["400"]),
        ("TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}".to_owned(), &["400"]),
        ("another protocol", "GET / HTTP/3.0\r\n\r\n".to_owned(), &["400", "505"]),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), &["400", ""]),
        ("a header without colon", head(&token, "GET /", "Nonsense\r\n"), &["400"]),
        ("a huge header", head(&token, "GET /", &huge), &["431", ""]),
        ("many headers", head(&token, "GET /", &many), &["431"]),
        ("a long address", head(&token, &long, close), &["414"]),
        ("no host", "GET /xapi/v1/Users HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned(), &["401"]),
        ("HTTP/1.0", format!("GET /xapi/v1/Defs HTTP/1.0\r\nAuthorization: Bearer {token}\r\n\r\n"), &["200"]),
        ("HEAD", head(&token, "HEAD /xapi/v1/Users", close), &["405"]),
        ("OPTIONS", head(&token, "OPTIONS *", close), &["404"]),
        ("PUT", head(&token, "PUT /xapi/v1/Users(1)", close), &["405"]),
        ("CONNECT", "CONNECT pbx:443 HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned(), &["404"]),
        ("a length that is none", post("Content-Length: many\r\n", "{}"), &["400"]),
        ("two lengths", post("Content-Length: 2\r\nContent-Length: 3\r\n", "{}"), &["400"]),
        ("a length too short", post(&format!("Content-Length: 3\r\n{close}"), "{\"Name\":\"A\"}"), &["400"]),
        ("a body that does not come", post("Content-Length: 90\r\n", "{"), &["408", "400"]),
        (
            "chunks",
            post(&format!("Transfer-Encoding: chunked\r\n{close}"), "4\r\n{\"Na\r\n9\r\nme\":\"B\"}\r\n\r\n0\r\n\r\n"),
            &["400"],
        ),
        (
            "good chunks",
            post(&format!("Transfer-Encoding: chunked\r\n{close}"), "4\r\n{\"Na\r\n8\r\nme\":\"B\"}\r\n0\r\n\r\n"),
            &["201"],
        ),
        ("bad chunks", post("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n"), &["400"]),
        ("too much", post("Content-Length: 99999999\r\n", "{"), &["413", "408", "400"]),
    ];
    for (what, request, statuses) in cases {
        let start = Instant::now();
        let answer = exchange(server.url(), &request, false);
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(statuses.contains(&status), "{what}: {answer:?}");
        assert!(start.elapsed() < Duration::from_secs(3), "{what} took {:?}", start.elapsed());
        is_well(&server, &token);
    }
}

#[test]
fn clients_that_go_away_or_dawdle_hold_up_nobody() {
    let (server, token) = impatient();
    let address = server.url().trim_start_matches("http://").to_owned();
    let request = head(&token, "POST /xapi/v1/Groups", "Content-Type: application/json\r\nContent-Length: 900\r\n");
    for end in [4, 20, request.len()] {
        let mut gone = TcpStream::connect(&address).unwrap();
        gone.write_all(&request.as_bytes()[..end]).unwrap();
        drop(gone);
    }
    // One byte now and then: the head must be whole in time, not only growing.
    let mut slow = TcpStream::connect(&address).unwrap();
    slow.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let start = Instant::now();
    let closed = loop {
        let mut byte = [0];
        let sent = slow.write_all(b"G").is_ok();
        slow.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        match slow.read(&mut byte) {
            Ok(_) => break true,
            Err(error) if !sent || error.kind() == std::io::ErrorKind::ConnectionReset => break true,
            Err(_) if start.elapsed() > Duration::from_secs(5) => break false,
            Err(_) => {}
        }
    };
    assert!(closed && start.elapsed() > Duration::from_millis(200), "{:?}", start.elapsed());
    is_well(&server, &token);
}

#[test]
fn requests_in_a_row_are_answered_in_their_order() {
    let (server, token) = impatient();
    let names = ["Defs", "Users/$count", "SystemStatus", "Nothing"];
    let line = |name: &&str| head(&token, &format!("GET /xapi/v1/{name}"), "");
    let requests: String = names.iter().map(line).collect();
    let answers = exchange(server.url(), &requests, true);
    let statuses: Vec<&str> = answers.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["200", "200", "200", "404"], "{answers}");
    assert!(answers.contains("\r\n\r\n17HTTP"), "{answers}");
}

#[test]
fn faults_of_the_connection_reach_the_client() {
    let (server, token) = impatient();
    let ask = |fault: &str| {
        let request = head(&token, "GET /xapi/v1/Defs", &format!("X-Sandbox-Fault: {fault}\r\nConnection: close\r\n"));
        let start = Instant::now();
        let answer = exchange(server.url(), &request, false);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        (length.unwrap_or_default(), body.to_owned(), start.elapsed())
    };
    let (length, whole, _) = ask("slow=0s");
    assert_eq!(length, whole.len());
    assert_eq!(ask("cut").1, whole[..whole.len() / 2]);
    assert_eq!((ask("length").0, ask("length").1), (whole.len() + 64, whole.clone()));
    assert_eq!(ask("close").1, "");
    for fault in ["slow=300ms", "drip=300ms"] {
        let (_, body, took) = ask(fault);
        assert!(body == whole && took > Duration::from_millis(250), "{fault}: {took:?}");
    }
    let (_, body, took) = ask("slow=200ms,drip=200ms,502");
    assert!(body.contains("502 Bad Gateway") && took > Duration::from_millis(350), "{took:?}: {body}");
}

#[test]
fn what_it_became_can_be_kept() {
    let (server, token) = impatient();
    let request = head(&token, "POST /xapi/v1/Groups", "Content-Type: application/json\r\nContent-Length: 15\r\n");
    let answer = exchange(server.url(), &(request + "{\"Name\":\"Blue\"}"), true);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(server.into_state().contains("\"Name\": \"Blue\""));
}
