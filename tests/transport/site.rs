//! A server that speaks HTTP/1 and HTTP/2, with and without TLS, and ends streams and connections as a test wants it.

use std::net::TcpListener;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use h2::Reason;
use http::header::HOST;
use http::{HeaderMap, Request, Response, Version};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use crate::common::certificates::Certificate;

/// What becomes of a request.
pub enum Say {
    Answer(Response<Bytes>),
    /// The same after a while.
    Later(Duration, Response<Bytes>),
    /// The end of the stream instead of an answer.
    Reset(Reason),
    /// Half of the body, then the end of the stream.
    Half(Response<Bytes>, Reason),
    /// The answer, and no further request on this connection.
    GoAway(Response<Bytes>),
}

/// What came in.
#[derive(Debug, Clone)]
pub struct Seen {
    pub version: Version,
    /// `GET /xapi/v1/Users`
    pub line: String,
    pub headers: HeaderMap,
    /// Which connection it came by.
    pub connection: usize,
    pub begun: Instant,
    pub ended: Instant,
}

type Answer = dyn Fn(Request<Bytes>) -> Say + Send + Sync;
type Body = UnsyncBoxBody<Bytes, h2::Error>;

/// Runs until the tests end.
pub struct Site {
    pub url: String,
    pub port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Site {
    pub fn plain(listen: &str, answer: impl Fn(Request<Bytes>) -> Say + Send + Sync + 'static) -> Site {
        Site::start(listen, None, answer)
    }

    /// Behind TLS, with these protocols.
    pub fn tls(
        certificate: &Certificate,
        protocols: &[&str],
        listen: &str,
        answer: impl Fn(Request<Bytes>) -> Say + Send + Sync + 'static,
    ) -> Site {
        let mut config = (*certificate.server()).clone();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Site::start(listen, Some(TlsAcceptor::from(Arc::new(config))), answer)
    }

    fn start(
        listen: &str,
        tls: Option<TlsAcceptor>,
        answer: impl Fn(Request<Bytes>) -> Say + Send + Sync + 'static,
    ) -> Site {
        let listener = TcpListener::bind((listen, 0)).expect("a free port");
        listener.set_nonblocking(true).expect("a listener");
        let address = listener.local_addr().expect("an address");
        let scheme = if tls.is_some() { "https" } else { "http" };
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (seen.clone(), Arc::new(answer) as Arc<Answer>);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.expect("a runtime").block_on(accept(listener, tls, log, answer));
        });
        Site { url: format!("{scheme}://{address}"), port: address.port(), seen }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("the log").clone()
    }

    pub fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }

    pub fn logins(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| seen.line.ends_with("/connect/token")).collect()
    }
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, log: Arc<Mutex<Vec<Seen>>>, answer: Arc<Answer>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
    for connection in 0.. {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let (tls, log, answer) = (tls.clone(), log.clone(), answer.clone());
        tokio::spawn(async move {
            match tls {
                None => serve(stream, false, connection, log, answer).await,
                Some(tls) => {
                    let Ok(stream) = tls.accept(stream).await else { return };
                    let second = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                    serve(stream, second, connection, log, answer).await;
                }
            }
        });
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    second: bool,
    connection: usize,
    log: Arc<Mutex<Vec<Seen>>>,
    answer: Arc<Answer>,
) {
    let leave = Arc::new(Notify::new());
    let leaving = leave.clone();
    let service = service_fn(move |request| one(request, connection, log.clone(), answer.clone(), leave.clone()));
    let stream = TokioIo::new(stream);
    if !second {
        let _ = http1::Builder::new().serve_connection(stream, service).await;
        return;
    }
    let mut served = pin!(http2::Builder::new(TokioExecutor::new()).serve_connection(stream, service));
    loop {
        tokio::select! {
            _ = served.as_mut() => return,
            () = leaving.notified() => served.as_mut().graceful_shutdown(),
        }
    }
}

async fn one(
    request: Request<Incoming>,
    connection: usize,
    log: Arc<Mutex<Vec<Seen>>>,
    answer: Arc<Answer>,
    leave: Arc<Notify>,
) -> Result<Response<Body>, h2::Error> {
    let begun = Instant::now();
    let (mut head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| h2::Error::from(Reason::CANCEL))?.to_bytes();
    // HTTP/2 has the host in another place.
    if let (None, Some(host)) = (head.headers.get(HOST), head.uri.authority()) {
        head.headers.insert(HOST, host.as_str().parse().expect("a host"));
    }
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let (version, headers) = (head.version, head.headers.clone());
    let line = format!("{} {target}", head.method);
    head.uri = target.parse().expect("a target");
    let said = answer(Request::from_parts(head, body));
    if let Say::Later(pause, _) = &said {
        tokio::time::sleep(*pause).await;
    }
    let seen = Seen { version, line, headers, connection, begun, ended: Instant::now() };
    log.lock().expect("the log").push(seen);
    match said {
        Say::Answer(response) | Say::Later(_, response) => Ok(whole(response)),
        Say::Reset(reason) => Err(reason.into()),
        Say::GoAway(response) => {
            leave.notify_one();
            Ok(whole(response))
        }
        Say::Half(response, reason) => {
            let (head, body) = response.into_parts();
            let half = stream::iter([Ok(Frame::data(body.slice(..body.len() / 2)))]);
            // What was sent must be on its way before the stream is reset.
            let end = stream::once(async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Err(h2::Error::from(reason))
            });
            Ok(Response::from_parts(head, StreamBody::new(half.chain(end)).boxed_unsync()))
        }
    }
}

fn whole(response: Response<Bytes>) -> Response<Body> {
    response.map(|body| Full::new(body).map_err(|never| match never {}).boxed_unsync())
}
