//! A socket around a PBX: HTTP/1 with limits, and the faults that only a connection can have.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::sandbox::faults::{Delivery, Ending};
use crate::sandbox::{Caller, MAX_BODY, Pbx, handle, state};

/// How long a client may take over its own part of the talk.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Until the head of a request is there; also how long a connection may lie idle.
    pub head: Duration,
    /// Until its body is there.
    pub body: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience { head: Duration::from_secs(120), body: Duration::from_secs(30) }
    }
}

/// A PBX that listens; it stops when this is dropped.
pub struct Server {
    url: String,
    pbx: Arc<Mutex<Pbx>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// A body, and the error that ends a connection in the middle of it.
type Body = UnsyncBoxBody<Bytes, Broken>;

#[derive(Debug, thiserror::Error)]
#[error("the connection ends here because a fault was asked for")]
struct Broken;

impl Server {
    /// Listens on the loopback interface; port 0 takes any free one.
    pub fn start(pbx: Pbx, port: u16) -> std::io::Result<Server> {
        Server::bind(pbx, SocketAddr::from((Ipv4Addr::LOCALHOST, port)), Patience::default())
    }

    pub fn bind(pbx: Pbx, address: SocketAddr, patience: Patience) -> std::io::Result<Server> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let mut address = listener.local_addr()?;
        // Nobody can call an address that stands for all.
        if address.ip().is_unspecified() {
            address.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let pbx = Arc::new(Mutex::new(pbx));
        let shared = Arc::clone(&pbx);
        let thread = std::thread::Builder::new().name("sandbox".to_owned()).spawn(move || {
            runtime.block_on(async {
                // No graceful end: it would wait for clients that keep their connection.
                tokio::select! {
                    () = accept(listener, shared, patience) => {}
                    _ = stopped => {}
                }
            });
            // Connections that are still open must not hold up whoever drops the server.
            runtime.shutdown_background();
        })?;
        Ok(Server { url: format!("http://{address}"), pbx, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`, or whatever address leads here.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops, and tells what the PBX has become.
    #[must_use]
    pub fn into_state(mut self) -> String {
        self.close();
        state::save(&self.pbx.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn close(&mut self) {
        if let Some(stop) = self.stop.take() {
            // An error means that it has stopped already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}

async fn accept(listener: TcpListener, pbx: Arc<Mutex<Pbx>>, patience: Patience) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let mut http = http1::Builder::new();
    // Clients that shut their sending side still want their answer.
    http.timer(TokioTimer::new()).header_read_timeout(patience.head).half_close(true);
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            // No descriptors left, most likely: connections that end give some back.
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        // Answers are small and come at once: nothing is gained by waiting for more to send.
        let _ = stream.set_nodelay(true);
        let pbx = Arc::clone(&pbx);
        let service = service_fn(move |request| answer(Arc::clone(&pbx), request, peer.ip(), patience));
        // An error is a client that went away or spoke no HTTP; hyper has told it so.
        tokio::spawn(http.serve_connection(TokioIo::new(stream), service));
    }
}

/// An error ends the connection without an answer.
async fn answer(
    pbx: Arc<Mutex<Pbx>>,
    request: Request<Incoming>,
    from: IpAddr,
    patience: Patience,
) -> Result<Response<Body>, Broken> {
    let (head, body) = request.into_parts();
    let body = match timeout(patience.body, Limited::new(body, MAX_BODY).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Ok(refusal(StatusCode::PAYLOAD_TOO_LARGE)),
        Ok(Err(_)) => return Ok(refusal(StatusCode::BAD_REQUEST)),
        Err(_) => return Ok(refusal(StatusCode::REQUEST_TIMEOUT)),
    };
    let mut request = Request::from_parts(head, body);
    request.extensions_mut().insert(Caller(from));
    // A panic elsewhere leaves the state readable.
    let response = handle(&mut pbx.lock().unwrap_or_else(PoisonError::into_inner), request);
    deliver(response).await
}

fn refusal(status: StatusCode) -> Response<Body> {
    let reason = status.canonical_reason().unwrap_or_default();
    let mut response = Response::new(whole(Bytes::from_static(reason.as_bytes())));
    *response.status_mut() = status;
    response
}

fn whole(content: Bytes) -> Body {
    Full::new(content).map_err(|never: Infallible| match never {}).boxed_unsync()
}

/// Sends an answer in the way that its faults want.
async fn deliver(mut response: Response<Bytes>) -> Result<Response<Body>, Broken> {
    let delivery = response.extensions_mut().remove::<Delivery>().unwrap_or_default();
    // The timer counts in milliseconds: no wait at all would be one of them.
    if !delivery.wait.is_zero() {
        sleep(delivery.wait).await;
    }
    // An answer without a body has no middle.
    let ending = match delivery.ending {
        Ending::Cut | Ending::Length if response.body().is_empty() => Ending::Close,
        other => other,
    };
    let announced = response.body().len() + if ending == Ending::Length { 64 } else { 0 };
    match ending {
        Ending::Close => return Err(Broken),
        Ending::Whole if delivery.drip.is_zero() => return Ok(response.map(whole)),
        _ => {}
    }
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(announced));
    Ok(response.map(|content| slowly(content, delivery.drip, ending)))
}

/// A body in pieces, spread over a time.
fn slowly(mut content: Bytes, over: Duration, ending: Ending) -> Body {
    const PIECES: u32 = 20;
    let piece = content.len().div_ceil(PIECES as usize).max(1);
    if ending == Ending::Cut {
        content.truncate(content.len() / 2);
    }
    let pieces = stream::unfold(Some(content), move |rest| async move {
        let mut rest = rest?;
        if rest.is_empty() {
            if ending != Ending::Whole {
                // What was sent before must leave this side before the connection does.
                sleep(Duration::from_millis(20)).await;
            }
            return (ending == Ending::Cut).then_some((Err(Broken), None));
        }
        sleep(over / PIECES).await;
        let next = rest.split_to(piece.min(rest.len()));
        Some((Ok(Frame::data(next)), Some(rest)))
    });
    StreamBody::new(pieces).boxed_unsync()
}
