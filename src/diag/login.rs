//! The sentences about logins that fail, and about what stands where a PBX was expected.

use crate::client::{ClientError, LOGIN, Reason};
use crate::diag::refused::{CONSOLE, status as of_status};
use crate::diag::words::{Hinted, count, say};
use crate::script::Wording;

/// The words for a login that the PBX refused.
pub(super) fn login(error: &ClientError, url: &str, status: u16, code: &str, description: &str) -> Wording {
    let said: Vec<&str> = [code, description].into_iter().filter(|word| !word.is_empty()).collect();
    let said = if said.is_empty() { String::new() } else { format!(" {}", said.join(": ")) };
    say(format!("{url} refused the login ({status}{said})")).hint(remedy(
        error.reason(),
        url,
        status,
        error.retry_after(),
    ))
}

fn remedy(reason: Option<Reason>, url: &str, status: u16, wait: Option<u64>) -> String {
    match reason {
        Some(Reason::ClientId) => {
            format!("this PBX has no such client: compare the client id with {CONSOLE}; is it the right PBX?")
        }
        Some(Reason::Secret) => format!(
            "the client is known and its secret is wrong: a new one is made in {CONSOLE}, `pbxsh profile secret NAME` keeps it"
        ),
        Some(Reason::Credentials) => format!(
            "client id or secret is wrong, and the PBX does not say which: compare the id with {CONSOLE}, and make a new secret there if \
             in doubt; after many wrong tries the PBX blocks this address"
        ),
        Some(Reason::Access) => {
            format!(
                "the client may not use this API: tick `3CX Configuration API Access` for it in {CONSOLE}; call control alone is another API"
            )
        }
        Some(Reason::Locked) => {
            let wait = wait.map(|seconds| format!("wait {}; ", count(seconds as usize, "second"))).unwrap_or_default();
            format!(
                "{wait}after too many wrong logins the PBX locks the client, or puts this address on its blocklist: somebody can take it off there"
            )
        }
        Some(Reason::Licence) => {
            "the licence of this PBX has expired, or does not include the API, which is for Enterprise".to_owned()
        }
        Some(Reason::Starting) => "the PBX is starting, or restarts: try again in a minute".to_owned(),
        _ if status >= 500 => {
            "the PBX failed at the login: try again in a minute, then look at its services".to_owned()
        }
        _ if status == 404 && !path(url).is_empty() => without(path(url)),
        _ => "the login was not understood: something on the way changes it, or this is no 3CX PBX of version 20"
            .to_owned(),
    }
}

/// What to do about a page in the place of an answer.
pub(super) fn not_a_pbx(url: &str, status: u16, excerpt: &str) -> String {
    let words = excerpt.to_lowercase();
    if let Some(to) = excerpt.strip_prefix("redirects to ") {
        return redirected(url, to);
    }
    if words.contains("plain http request was sent to https port") || words.contains("http request to an https server")
    {
        return "this port speaks TLS: begin the address with https://".to_owned();
    }
    let at_login = url.ends_with(LOGIN);
    let path = path(url);
    match status {
        403 => "the web server before the PBX keeps this machine out: is its address on a blocklist, or not on a list of allowed ones?".to_owned(),
        502 | 504 if at_login => "the PBX behind the proxy does not answer: it is starting, or down".to_owned(),
        502..=504 => of_status(status).unwrap_or_default().to_owned(),
        408..=431 => of_status(status).unwrap_or("a proxy or another web server stands there").to_owned(),
        _ if at_login && !path.is_empty() => without(path),
        _ if at_login => {
            "another web server stands there, or a proxy that wants a login of its own: hosted PBXs answer on port 443, those on premises on 5001"
                .to_owned()
        }
        _ => "a proxy or another web server stands there, or the PBX is starting".to_owned(),
    }
}

fn without(path: &str) -> String {
    format!(
        "a PBX logs its clients in at `{LOGIN}` right behind the host: leave `{path}` out of the address, unless a proxy wants it"
    )
}

fn redirected(url: &str, to: &str) -> String {
    let base = |text: &str| text.split_once(LOGIN).or(text.split_once("/xapi/v1")).map(|(base, _)| base.to_owned());
    let (Some(from), Some(there)) = (base(url), base(to)) else {
        return "it leads to a page for people, not to a PBX: is the address right, or does a proxy want a login of its own?".to_owned();
    };
    let host =
        |text: &str| text.split("://").nth(1).unwrap_or(text).split([':', '/']).next().unwrap_or_default().to_owned();
    if there.is_empty() || there == from {
        return "it leads to itself: the proxy before the PBX is not set up well".to_owned();
    }
    if host(&from) == host(&there) {
        return format!("the PBX wants to be called by `{there}`: use that address");
    }
    format!("no secret follows to another host: if `{there}` is the PBX, use that address")
}

/// The path of an address, without what the API adds.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    path.strip_suffix(LOGIN).unwrap_or(path)
}

/// What to do about an answer that makes no sense.
pub(super) fn malformed(url: &str, reason: &str) -> &'static str {
    if reason.starts_with("invalid HTTP") && url.starts_with("http://") {
        return "what answers speaks no HTTP: if the port speaks TLS, the address begins with https://";
    }
    if reason.starts_with("invalid HTTP") {
        return "what answers speaks no HTTP: is the port right?";
    }
    if url.ends_with(LOGIN) {
        return "the login was accepted, but without a token that can be used: something on the way changes the answer";
    }
    "a proxy changes the answer, or the PBX is newer than this pbxsh: `--trace=full` shows it as it came"
}

/// What to do about an answer that ended early.
pub(super) fn cut(url: &str, reason: &str) -> &'static str {
    let at_once = reason.contains("before message completed") || reason.contains("reset by peer");
    // Nothing was asked before: it is the login, or the knock at the door of a new profile.
    let first =
        url.ends_with(LOGIN) || url.strip_prefix("http://").is_some_and(|rest| rest.find('/') == Some(rest.len() - 1));
    if url.starts_with("http://") && first && at_once {
        return "nothing came at all: if the port speaks TLS, the address begins with https://";
    }
    "try again; if it comes back, something on the way ends long answers: ask for less at once, with a `top` or a `select`"
}

/// What to do where nobody answers.
pub(super) fn ports(url: &str) -> String {
    let other = match port(url).as_deref() {
        Some("443") => "PBXs on premises answer on port 5001",
        Some("5001") => "Hosted PBXs answer on port 443",
        _ => "Hosted PBXs answer on port 443, those on premises on 5001",
    };
    format!("is the address right, is the PBX up, does a firewall or the blocklist of the PBX stand between? {other}")
}

fn port(url: &str) -> Option<String> {
    Some(crate::client::host(url)?.rsplit(':').next()?.to_owned())
}

pub(super) fn no_tls(url: &str) -> &'static str {
    match port(url).as_deref() {
        Some("5000") => "5000 is the port without TLS: PBXs on premises speak it on 5001",
        _ => {
            "nothing there speaks TLS: are the port and `https` right? Hosted PBXs speak it on 443, those on premises on 5001"
        }
    }
}
