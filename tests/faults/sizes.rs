//! Answers without an end, and requests that are too large for a line.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use pbxsh::catalog::{Catalog, Method};
use pbxsh::client::{Client, ClientError, Failed, Reply, ReplyBody, Request, Retries, Settings};
use pbxsh::guard::{Guard, Mode};
use serde_json::json;
use socket2::SockRef;

/// Logs everybody in, and does this with the other connections once the head of their request is read.
fn server(answer: impl Fn(&TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let (url, answer) = (format!("http://{}", listener.local_addr().expect("an address")), Arc::new(answer));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || serve(&stream, &*answer));
        }
    });
    url
}

fn serve(mut stream: &TcpStream, answer: &dyn Fn(&TcpStream)) -> Option<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    if !head.starts_with(b"POST /connect/token") {
        answer(stream);
        return None;
    }
    let mut body = BufReader::new(stream);
    body.fill_buf().ok()?;
    let token = r#"{"token_type":"Bearer","expires_in":3600,"access_token":"t"}"#;
    let kind = "connection: close\r\ncontent-type: application/json\r\n";
    let answer = format!("HTTP/1.1 200 X\r\n{kind}content-length: {}\r\n\r\n{token}", token.len());
    stream.write_all(answer.as_bytes()).ok()
}

fn send(url: &str, method: Method, body: Option<serde_json::Value>) -> Result<Reply, Failed> {
    let settings = Settings::new(url, "id", "secret".to_owned().into());
    let retries = Retries { pause: Duration::from_millis(1), ..Retries::default() };
    let client = Client::new(Settings { retries, ..settings }).expect("an address");
    let name = if method == Method::Get { "list" } else { "create" };
    let operation = Catalog::builtin().operation("users", name).expect("an operation");
    let permit = Guard::new(Mode::Everything).permit(operation).expect("a permit");
    client.send(permit, &Request { method, target: "/xapi/v1/Users".to_owned(), if_match: None, body, file: None })
}

/// An endless answer, packed; and how much of it was made.
fn bomb(head: &'static str) -> (String, Arc<AtomicU64>) {
    let made = Arc::<AtomicU64>::default();
    let count = made.clone();
    let url = server(move |mut stream| {
        let blanks = vec![b' '; 1 << 20];
        let _ = stream.write_all(format!("HTTP/1.1 {head}\r\ncontent-encoding: gzip\r\n\r\n").as_bytes());
        let mut packed = GzEncoder::new(stream, Compression::fast());
        while packed.write_all(&blanks).and_then(|()| packed.flush()).is_ok() && count.load(Ordering::SeqCst) < 4096 {
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    (url, made)
}

#[test]
fn an_answer_that_unpacks_without_an_end_is_an_error() {
    let refused = |url: &str| match send(url, Method::Get, None) {
        Err(failed) => failed.error,
        Ok(Reply { body: ReplyBody::Download(download), .. }) => download.text().expect_err("no end"),
        Ok(reply) => panic!("{reply:?}"),
    };
    for (head, words) in [
        ("200 X\r\ncontent-type: application/json", "more than 64 MB of JSON"),
        ("200 X\r\ncontent-type: text/csv", "more than 256 MB of text"),
        ("400 X\r\ncontent-type: application/json", "400"),
    ] {
        let (url, made) = bomb(head);
        let error = refused(&url).to_string();
        assert!(error.contains(words), "{error}");
        // What was made beyond stands in the buffers of the line: packed, a thousandth of it.
        assert!(made.load(Ordering::SeqCst) < 4096, "{head}");
    }
}

#[test]
fn a_request_that_breaks_in_the_middle_is_uncertain() {
    let large = || Some(json!({"Number": "199", "FirstName": "x".repeat(8 << 20)}));
    let reset = server(|stream| {
        let _ = (&*stream).read_exact(&mut [0; 4096]);
        SockRef::from(stream).set_linger(Some(Duration::ZERO)).expect("a socket");
    });
    let failed = send(&reset, Method::Post, large()).expect_err("a reset");
    assert!(matches!(failed.error, ClientError::Cut { .. }) && failed.leaves_open(), "{failed:?}");
    // Whoever answers before all of it is there has not taken it on.
    let early = server(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 413 X\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    let failed = send(&early, Method::Post, large()).expect_err("a refusal");
    assert!(failed.error.status() == Some(413) && !failed.leaves_open(), "{failed:?}");
}
