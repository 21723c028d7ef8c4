//! The socket: what comes in over the wire gets the same answers.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use crate::sandbox::Server;
use crate::sandbox::tests::World;

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
