//! Errors of the HTTP library as facts of ours.

use std::error::Error;
use std::io;

use crate::client::answer::header;
use crate::client::error::{ClientError, Distrust, ProxyTrouble};
use crate::client::trust;
use crate::client::wire::Wire;

/// An error before there was an answer.
pub(crate) fn sending(wire: &Wire, url: &str, error: &reqwest::Error) -> ClientError {
    let reason = innermost(error);
    let host = || wire.base.as_str().to_owned();
    if let Some(why) = trouble_of_proxy(wire, error, &reason) {
        return of(wire, why);
    }
    if is_tls(error) || (error.is_connect() && is_io(error, io::ErrorKind::UnexpectedEof)) {
        let inner = chain(error).find_map(|cause| cause.downcast_ref::<rustls::Error>());
        return ClientError::Tls { url: host(), reason, why: inner.map_or(Distrust::NoTls, trust::distrust) };
    }
    if error.is_connect() {
        let seconds = wire.settings.timeouts.connect.as_secs_f32();
        let reason = if error.is_timeout() { format!("no connection within {seconds} s") } else { reason };
        return ClientError::Unreachable { url: host(), reason };
    }
    if never_began(error) {
        return ClientError::Unreachable { url: host(), reason };
    }
    if error.is_builder() {
        return ClientError::BadUrl { url: url.to_owned(), reason };
    }
    // What speaks another protocol answers, but not in HTTP.
    let foreign = ["invalid HTTP", "message head is too large"];
    if chain(error).any(|cause| foreign.iter().any(|sign| cause.to_string().starts_with(sign))) {
        return ClientError::Malformed { url: url.to_owned(), reason };
    }
    ClientError::Cut { url: url.to_owned(), reason }
}

/// Is it certain that nobody looked at the request? A server says so of a stream, and the library of what it had not written yet
/// when its connection was closed, or when it had given up a second connection for one that turned out to serve many requests
/// and was closed in that moment. The latter has no type, only these words.
fn never_began(error: &reqwest::Error) -> bool {
    const GIVEN_UP: &str = "ALPN upgraded to HTTP/2";
    let refused = |error: &h2::Error| error.is_remote() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
    chain(error).any(|cause| {
        cause.downcast_ref().is_some_and(refused)
            || cause.downcast_ref().is_some_and(hyper::Error::is_canceled)
            || cause.to_string() == GIVEN_UP
    })
}

/// What the proxy did, if an error comes from there.
fn trouble_of_proxy(wire: &Wire, error: &reqwest::Error, reason: &str) -> Option<ProxyTrouble> {
    const TUNNEL: &str = "tunnel error: ";
    if wire.proxy.is_none() || !error.is_connect() {
        return None;
    }
    let said = chain(error).map(ToString::to_string).find_map(|text| text.strip_prefix(TUNNEL).map(str::to_owned));
    match said.as_deref() {
        Some(said) if said.contains("authorization") => Some(ProxyTrouble::Login),
        Some(said) if !said.starts_with("failed to create underlying") => {
            let quiet = if said == "unsuccessful" { "it refuses" } else { said };
            Some(ProxyTrouble::NoWay { reason: quiet.to_owned() })
        }
        None if is_tls(error) || is_io(error, io::ErrorKind::UnexpectedEof) => None,
        _ => Some(ProxyTrouble::Down { reason: reason.to_owned() }),
    }
}

fn of(wire: &Wire, why: ProxyTrouble) -> ClientError {
    let (variable, proxy) = wire.proxy.as_ref().map_or(("", ""), |proxy| (proxy.variable, proxy.shown.as_str()));
    ClientError::Proxy { proxy: proxy.to_owned(), variable, url: wire.base.as_str().to_owned(), why }
}

/// Without TLS a proxy answers in the place of the PBX.
pub(crate) fn of_proxy(wire: &Wire, response: reqwest::Response) -> Result<reqwest::Response, ClientError> {
    if wire.proxy.is_none() || wire.base.is_https() {
        return Ok(response);
    }
    let html = header(&response, "content-type").is_some_and(|kind| kind.starts_with("text/html"));
    match response.status().as_u16() {
        407 => Err(of(wire, ProxyTrouble::Login)),
        status @ (403 | 502..=504) if html => {
            Err(of(wire, ProxyTrouble::Page { status, retry_after: wire.retry_after(&response) }))
        }
        _ => Ok(response),
    }
}

/// An error in the middle of an answer.
pub(crate) fn receiving(url: &str, error: &reqwest::Error) -> ClientError {
    ClientError::Cut { url: url.to_owned(), reason: innermost(error) }
}

/// An error that says the HTTP client could not even be set up.
pub(crate) fn building(wire: &Wire, error: &reqwest::Error) -> ClientError {
    ClientError::Tls { url: wire.base.as_str().to_owned(), reason: innermost(error), why: Distrust::Settings }
}

/// The TLS library hands all its errors on as "invalid data".
fn is_tls(error: &reqwest::Error) -> bool {
    error.url().is_some_and(|url| url.scheme() == "https") && is_io(error, io::ErrorKind::InvalidData)
}

fn is_io(error: &reqwest::Error, kind: io::ErrorKind) -> bool {
    chain(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|cause| cause.kind() == kind)
}

fn chain<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause| {
        match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            // An I/O error that wraps another names the cause of that one as its own and so hides it.
            Some(wrapped) => Some(wrapped),
            None => (*cause).source(),
        }
    })
}

/// The outer errors only say that sending failed; the last one says why.
fn innermost(error: &reqwest::Error) -> String {
    chain(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}
