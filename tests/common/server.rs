//! A server on loopback that answers what a test tells it to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::common::certificates::Certificate;

/// What came in.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub body: String,
}

/// What goes out.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub content_type: &'static str,
    pub body: String,
}

impl Response {
    pub fn json(status: u16, body: impl Into<String>) -> Response {
        Response { status, content_type: "application/json", body: body.into() }
    }

    pub fn html(status: u16, body: &str) -> Response {
        Response { status, content_type: "text/html", body: body.to_owned() }
    }
}

type Answer = dyn Fn(&Request) -> Response + Send + Sync;

/// Runs until it is dropped.
pub struct Server {
    pub url: String,
    port: u16,
    seen: Arc<Mutex<Vec<Request>>>,
    stop: Sender<()>,
}

impl Server {
    /// Answers everything with `answer`, the login included.
    pub fn raw(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Server {
        Server::start("http", None, answer)
    }

    /// The same behind a certificate.
    pub fn tls(certificate: &Certificate, answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Server {
        Server::start("https", Some(certificate.server()), pbx(answer))
    }

    fn start(
        scheme: &str,
        tls: Option<Arc<ServerConfig>>,
        answer: impl Fn(&Request) -> Response + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (stop, stopped) = channel();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (seen.clone(), Arc::new(answer) as Arc<Answer>);
        std::thread::spawn(move || accept(&listener, &stopped, tls.as_ref(), &log, &answer));
        Server { url: format!("{scheme}://127.0.0.1:{port}"), port, seen, stop }
    }

    /// Logs everybody in and calls itself 20.0.10; `answer` gets the rest.
    pub fn pbx(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Server {
        Server::raw(pbx(answer))
    }

    /// The requests that came in, without login and handshake.
    pub fn requests(&self) -> Vec<String> {
        let seen = self.seen.lock().expect("the log");
        let of_the_script = seen.iter().filter(|request| {
            !request.target.starts_with("/connect") && !request.target.starts_with("/xapi/v1/Defs?$select=Id")
        });
        of_the_script
            .map(|request| format!("{} {} {}", request.method, request.target, request.body).trim().to_owned())
            .collect()
    }

    /// Everything that came in.
    pub fn everything(&self) -> usize {
        self.seen.lock().expect("the log").len()
    }

    /// `pbxsh -e CODE` against this server.
    pub fn run(&self, code: &str) -> super::Pbxsh {
        super::pbxsh(["-e", code])
            .variable("XAPI_URL", &self.url)
            .variable("XAPI_CLIENT_ID", "test")
            .variable("XAPI_CLIENT_SECRET", "s3cret-of-the-test")
    }
}

fn pbx(
    answer: impl Fn(&Request) -> Response + Send + Sync + 'static,
) -> impl Fn(&Request) -> Response + Send + Sync + 'static {
    move |request| match request.target.split('?').next().unwrap_or_default() {
        "/connect/token" => {
            Response::json(200, r#"{"token_type":"Bearer","expires_in":3600,"access_token":"t","refresh_token":null}"#)
        }
        "/xapi/v1/Defs" => Response::json(200, r#"{"Id":0}"#),
        _ => answer(request),
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.stop.send(());
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn accept(
    listener: &TcpListener,
    stopped: &Receiver<()>,
    tls: Option<&Arc<ServerConfig>>,
    log: &Arc<Mutex<Vec<Request>>>,
    answer: &Arc<Answer>,
) {
    for stream in listener.incoming() {
        if stopped.try_recv().is_ok() {
            return;
        }
        let (Ok(stream), log, answer, tls) = (stream, log.clone(), answer.clone(), tls.cloned()) else { continue };
        std::thread::spawn(move || {
            let _ = match tls {
                None => serve(stream, &log, &*answer),
                Some(config) => {
                    let connection = ServerConnection::new(config).expect("a TLS connection");
                    serve(StreamOwned::new(connection, stream), &log, &*answer)
                }
            };
        });
    }
}

fn serve(stream: impl Read + Write, log: &Mutex<Vec<Request>>, answer: &Answer) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut words = line.split_whitespace().map(str::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if header.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let request = Request { method, target, body: String::from_utf8_lossy(&body).into_owned() };
        log.lock().expect("the log").push(request.clone());
        let Response { status, content_type, body } = answer(&request);
        // In one piece, so that TLS has one to wrap.
        let text = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nX-3CX-Version: 20.0.10.1\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        reader.get_mut().write_all(text.as_bytes())?;
        reader.get_mut().flush()?;
    }
}
