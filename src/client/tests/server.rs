//! A small HTTP server on the loopback that answers as a test tells it. Knows nothing of OData.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};

use crate::catalog::{Catalog, Method, Operation};
use crate::client::{Client, Interrupt, Request, Retries, Settings, Timeouts};
use crate::guard::{Guard, Permit};

/// What came in.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What goes out: a piece of raw text at a time, with a rest before each.
pub(super) struct Say {
    pieces: Vec<(Duration, Vec<u8>)>,
    /// Ends the connection afterwards.
    close: bool,
}

impl Say {
    /// As it stands, and then the end of the connection.
    pub(super) fn raw(text: impl Into<Vec<u8>>) -> Say {
        Say { pieces: vec![(Duration::ZERO, text.into())], close: true }
    }

    pub(super) fn new(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Say {
        let body = body.as_ref();
        let mut text = format!("HTTP/1.1 {status} Whatever\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if status != 204 {
            text.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        Say { close: false, ..Say::raw([text.as_bytes(), body].concat()) }
    }

    pub(super) fn typed(status: u16, content_type: &str, body: impl AsRef<[u8]>) -> Say {
        Say::new(status, &[("content-type", content_type)], body)
    }

    pub(super) fn json(status: u16, body: &Value) -> Say {
        Say::typed(status, "application/json; odata.metadata=minimal", body.to_string())
    }

    /// Promises a longer body than there is.
    pub(super) fn cut(content_type: &str, body: &str) -> Say {
        let promised = body.len() + 1000;
        Say::raw(format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {promised}\r\n\r\n{body}"))
    }

    pub(super) fn after(mut self, rest: Duration) -> Say {
        self.pieces[0].0 = rest;
        self
    }

    pub(super) fn then(mut self, rest: Duration, text: impl Into<Vec<u8>>) -> Say {
        self.pieces.push((rest, text.into()));
        self
    }
}

/// A server and what it was asked.
pub(super) struct Server {
    pub(super) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    pub(super) logins: Arc<AtomicUsize>,
}

impl Server {
    pub(super) fn raw(answer: impl Fn(&Seen) -> Say + Send + Sync + 'static) -> Server {
        Server::at(TcpListener::bind("127.0.0.1:0").unwrap(), answer)
    }

    pub(super) fn at(listener: TcpListener, answer: impl Fn(&Seen) -> Say + Send + Sync + 'static) -> Server {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&seen), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &log, &*answer));
            }
        });
        Server { url, seen, logins: Arc::default() }
    }

    /// One that gives out tokens `t1`, `t2`, … and leaves the rest to `answer`.
    pub(super) fn pbx(answer: impl Fn(&Seen) -> Say + Send + Sync + 'static) -> Server {
        let logins = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&logins);
        let server = Server::raw(move |seen| match seen.target.as_str() {
            "/connect/token" => token(count.fetch_add(1, Ordering::SeqCst) + 1),
            _ => answer(seen),
        });
        Server { logins, ..server }
    }

    /// Everything but logins, as `GET /xapi/v1/Users`.
    pub(super) fn asked(&self) -> Vec<String> {
        let seen = self.seen();
        let others = seen.iter().filter(|seen| seen.target != "/connect/token");
        others.map(|seen| format!("{} {}", seen.method, seen.target)).collect()
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(super) fn login_count(&self) -> usize {
        self.logins.load(Ordering::SeqCst)
    }

    pub(super) fn client(&self) -> Client {
        client(&self.url)
    }
}

pub(super) fn token(number: usize) -> Say {
    Say::json(200, &json!({"token_type": "Bearer", "expires_in": 60, "access_token": format!("t{number}")}))
}

const SECONDS: Duration = Duration::from_secs(5);

pub(super) fn settings(url: &str) -> Settings {
    Settings {
        timeouts: Timeouts { connect: SECONDS, answer: SECONDS, idle: SECONDS, ..Timeouts::default() },
        // What fails shows how it failed.
        retries: Retries::none(),
        interrupt: Interrupt::default(),
        ..Settings::new(url, "script", SecretString::from("hush-hush"))
    }
}

pub(super) fn client(url: &str) -> Client {
    Client::new(settings(url)).unwrap()
}

pub(super) fn operation() -> &'static Operation {
    Catalog::builtin().operation("users", "list").unwrap()
}

pub(super) fn permit() -> Permit {
    Guard::default().permit(operation()).unwrap()
}

pub(super) fn get(target: &str) -> Request {
    Request { method: Method::Get, target: target.to_owned(), if_match: None, body: None, file: None }
}

fn serve(stream: TcpStream, log: &Mutex<Vec<Seen>>, answer: &dyn Fn(&Seen) -> Say) {
    let mut reader = BufReader::new(stream);
    while let Some(seen) = read(&mut reader) {
        log.lock().unwrap().push(seen.clone());
        let say = answer(&seen);
        for (rest, text) in say.pieces {
            thread::sleep(rest);
            if reader.get_mut().write_all(&text).is_err() {
                return;
            }
        }
        if say.close {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length =
        headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Seen { method, target, headers, body: String::from_utf8_lossy(&body).into_owned() })
}
