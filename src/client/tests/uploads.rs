//! Files on their way to a PBX.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;

use crate::catalog::Method;
use crate::client::request::Request;
use crate::client::tests::server::{Say, Server, get, permit};
use crate::client::upload::{Sent, Upload};
use crate::client::{ClientError, ReplyBody};

/// More than is read at once.
fn letters() -> String {
    ('a'..='z').cycle().take(200_000).collect()
}

fn upload(file: File, length: u64) -> Upload {
    let (name, path) = ("a.wav".to_owned(), "in/a.wav".to_owned());
    Upload::new(file, Sent { field: "file", media_type: "audio/wav", name, path, length })
}

fn file(content: &str) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content.as_bytes()).unwrap();
    file
}

fn request(upload: Upload) -> Request {
    Request { method: Method::Post, file: Some(upload), ..get("/xapi/v1/customPrompts") }
}

#[test]
fn each_attempt_sends_the_whole_file() {
    let server = Server::pbx(|seen| match seen.header("authorization") {
        Some("Bearer t1") => Say::typed(401, "text/plain", "Unauthorized"),
        _ => Say::json(200, &json!({"value": "a.wav"})),
    });
    let told = Arc::new(AtomicU64::new(0));
    let count = told.clone();
    let upload = upload(file(&letters()), 200_000).telling(move |sent| count.store(sent, Ordering::SeqCst));
    let reply = server.client().send(permit(), &request(upload)).unwrap();
    assert!(matches!(reply.body, ReplyBody::Json(value) if value == json!({"value": "a.wav"})));
    assert_eq!(told.load(Ordering::SeqCst), 200_000);
    let seen: Vec<_> = server.seen().into_iter().filter(|seen| seen.target.ends_with("customPrompts")).collect();
    assert_eq!(seen.len(), 2);
    for seen in seen {
        let boundary = seen.header("content-type").unwrap().strip_prefix("multipart/form-data; boundary=").unwrap();
        let head = "Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav";
        assert_eq!(seen.body, format!("--{boundary}\r\n{head}\r\n\r\n{}\r\n--{boundary}--\r\n", letters()));
        assert_eq!(seen.header("content-length"), Some(seen.body.len().to_string().as_str()));
        assert_eq!(seen.header("transfer-encoding"), None);
    }
}

#[test]
fn a_file_that_shrinks_is_to_blame_and_nothing_happened() {
    let server = Server::pbx(|_| Say::json(200, &json!({})));
    let failed = server.client().send(permit(), &request(upload(file("short"), 200_000))).unwrap_err();
    let reason = "it became shorter while it was sent".to_owned();
    assert_eq!(failed.error, ClientError::File { path: "in/a.wav".to_owned(), reason });
    assert!(!failed.sent && !failed.leaves_open());
}

#[test]
fn a_file_that_grows_ends_where_it_ended() {
    let server = Server::pbx(|_| Say::json(200, &json!({})));
    server.client().send(permit(), &request(upload(file("short and long"), 5))).unwrap();
    assert!(server.seen().last().unwrap().body.contains("\r\n\r\nshort\r\n--"));
}
