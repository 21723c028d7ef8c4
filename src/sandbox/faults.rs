//! Faults on request: what goes wrong between a PBX and its clients, when somebody asks for it.
//!
//! A fault is written `KIND[=TIME][WHEN]…`: `502@10%`, `429=30s/5`, `503x3`, `500:/Users`, `slow=2s@10s-20s`.

use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, SERVER};
use http::{Response, StatusCode};
use jiff::Timestamp;
use serde_json::json;

use crate::sandbox::logs::random::Random;

/// With this header, a fault for one request.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-sandbox-fault");
const KINDS: &str = "401, 403, 429[=TIME], 500, 502, 503[=TIME], 504, slow=TIME, drip=TIME, cut, length and close";
const CONDITIONS: &str = "`@10%`, `/5`, `x3`, `@10s-20s` and `:/PATH`";

/// What is to go wrong, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    effect: Effect,
    when: When,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Effect {
    /// Another answer; the time is what `Retry-After` says.
    Status(StatusCode, Option<Duration>),
    /// Waits before the first byte.
    Slow(Duration),
    /// Takes so long for the body.
    Drip(Duration),
    End(Ending),
}

/// The conditions that must all hold.
#[derive(Debug, Clone, Default, PartialEq)]
struct When {
    /// Of ten thousand.
    share: Option<u64>,
    every: Option<u64>,
    first: Option<u64>,
    /// Since the PBX started to listen.
    window: Option<(Duration, Duration)>,
    path: Option<String>,
}

/// How an answer goes over the wire; the socket carries it out.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Delivery {
    pub(super) wait: Duration,
    pub(super) drip: Duration,
    pub(super) ending: Ending,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) enum Ending {
    #[default]
    Whole,
    /// The connection ends in the middle of the body.
    Cut,
    /// More bytes are announced than come.
    Length,
    /// The connection ends before the answer.
    Close,
}

/// A text that is no fault.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum BadFault {
    #[error("there is no fault `{0}`: there are {KINDS}")]
    Kind(String),
    #[error("`{0}` is no time: `500ms`, `2s` and `1m` are")]
    Time(String),
    #[error("`{0}` does not say when: {CONDITIONS} do")]
    Condition(String),
    #[error("a fault that comes with a request has no condition: `{0}`")]
    Conditional(String),
}

impl FromStr for Fault {
    type Err = BadFault;

    fn from_str(text: &str) -> Result<Fault, BadFault> {
        // A path may hold whatever else has a meaning here.
        let (rest, path) = match text.split_once(":/") {
            Some((rest, path)) => (rest, Some(format!("/{path}"))),
            None => (text, None),
        };
        let starts = |c: char| ['@', '/', 'x'].contains(&c);
        let (kind, mut rest) = rest.split_at(rest.find(starts).unwrap_or(rest.len()));
        let mut when = When { path, ..When::default() };
        while !rest.is_empty() {
            let end = rest[1..].find(starts).map_or(rest.len(), |end| end + 1);
            condition(&rest[..end], &mut when).ok_or_else(|| BadFault::Condition(rest[..end].to_owned()))?;
            rest = &rest[end..];
        }
        Ok(Fault { effect: effect(kind)?, when })
    }
}

fn effect(kind: &str) -> Result<Effect, BadFault> {
    let (name, given) = kind.split_once('=').map_or((kind, None), |(name, time)| (name, Some(time)));
    let time = given.map(|text| time(text).ok_or_else(|| BadFault::Time(text.to_owned()))).transpose()?;
    let status = |code: StatusCode| Effect::Status(code, time);
    Ok(match (name, time) {
        ("401", None) => status(StatusCode::UNAUTHORIZED),
        ("403", None) => status(StatusCode::FORBIDDEN),
        ("429", _) => status(StatusCode::TOO_MANY_REQUESTS),
        ("500", None) => status(StatusCode::INTERNAL_SERVER_ERROR),
        ("502", None) => status(StatusCode::BAD_GATEWAY),
        ("503", _) => status(StatusCode::SERVICE_UNAVAILABLE),
        ("504", None) => status(StatusCode::GATEWAY_TIMEOUT),
        ("slow", Some(time)) => Effect::Slow(time),
        ("drip", Some(time)) => Effect::Drip(time),
        ("cut", None) => Effect::End(Ending::Cut),
        ("length", None) => Effect::End(Ending::Length),
        ("close", None) => Effect::End(Ending::Close),
        _ => return Err(BadFault::Kind(kind.to_owned())),
    })
}

/// `500ms`, `2s`, `1m`; at most an hour.
fn time(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let unit = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        _ => return None,
    };
    let milliseconds = number.parse::<u64>().ok()?.checked_mul(unit)?;
    (milliseconds <= 3_600_000).then(|| Duration::from_millis(milliseconds))
}

fn condition(text: &str, when: &mut When) -> Option<()> {
    let (sign, rest) = text.split_at_checked(1)?;
    let count = || rest.parse::<u64>().ok().filter(|count| *count > 0);
    let (slot, value) = match sign {
        "/" => (&mut when.every, count()?),
        "x" => (&mut when.first, count()?),
        _ if rest.ends_with('%') => (&mut when.share, share(rest.trim_end_matches('%'))?),
        _ => {
            let (from, to) = rest.split_once('-')?;
            let window = (time(from)?, time(to)?);
            return (window.0 < window.1 && when.window.replace(window).is_none()).then_some(());
        }
    };
    slot.replace(value).is_none().then_some(())
}

/// Per cent with up to two decimals, as so many of ten thousand.
fn share(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let percent = text.parse::<f64>().ok().filter(|percent| plain && *percent <= 100.0)?;
    Some((percent * 100.0).round() as u64)
}

/// The faults of one request, separated by commas.
pub(super) fn of_header(text: &str) -> Result<Vec<Fault>, BadFault> {
    let parse = |part: &str| match part.trim().parse::<Fault>() {
        Ok(fault) if fault.when != When::default() => Err(BadFault::Conditional(part.trim().to_owned())),
        other => other,
    };
    text.split(',').map(parse).collect()
}

/// The faults that a PBX was started with.
#[derive(Debug, Default)]
pub(super) struct Faults {
    rules: Vec<Rule>,
    since: Timestamp,
}

#[derive(Debug)]
struct Rule {
    fault: Fault,
    /// The requests so far that fit path and time.
    seen: u64,
    random: Random,
}

impl Faults {
    pub(super) fn new(faults: Vec<Fault>, seed: u64, since: Timestamp) -> Faults {
        let rule = |(place, fault): (u64, Fault)| Rule { fault, seen: 0, random: Random::new(seed ^ (place << 32)) };
        Faults { rules: (0xFA17..).zip(faults).map(rule).collect(), since }
    }

    /// What this request gets besides, or instead of, its answer.
    pub(super) fn strike(&mut self, path: &str, now: Timestamp, own: &[Fault]) -> Struck {
        let age = Duration::try_from(now.duration_since(self.since)).unwrap_or_default();
        let rules = self.rules.iter_mut().filter_map(|rule| rule.hits(path, age).then_some(&rule.fault));
        let mut struck = Struck::default();
        // What came with the request has the last word.
        for fault in rules.chain(own) {
            struck.add(fault.effect);
        }
        struck
    }
}

impl Rule {
    fn hits(&mut self, path: &str, age: Duration) -> bool {
        let When { share, every, first, window, path: below } = &self.fault.when;
        let here = below.as_deref().is_none_or(|below| is_below(path, below));
        if !here || window.is_some_and(|(from, to)| age < from || age >= to) {
            return false;
        }
        self.seen += 1;
        every.is_none_or(|every| self.seen.is_multiple_of(every))
            && first.is_none_or(|first| self.seen <= first)
            && share.is_none_or(|share| self.random.below(10_000) < share)
    }
}

/// `/Users` means `/xapi/v1/Users`, `…/Users(12)` and what stands below; other paths are told whole.
fn is_below(path: &str, start: &str) -> bool {
    let fits = |path: &str| {
        let rest = path.strip_prefix(start);
        rest.is_some_and(|rest| rest.is_empty() || start.ends_with('/') || rest.starts_with(['/', '(']))
    };
    fits(path) || path.strip_prefix("/xapi/v1").is_some_and(fits)
}

/// The faults that one request meets.
#[derive(Debug, Default)]
pub(super) struct Struck {
    status: Option<(StatusCode, Option<Duration>)>,
    pub(super) delivery: Delivery,
}

impl Struck {
    fn add(&mut self, effect: Effect) {
        match effect {
            Effect::Status(status, time) => self.status = Some((status, time)),
            Effect::Slow(time) => self.delivery.wait = time,
            Effect::Drip(time) => self.delivery.drip = time,
            Effect::End(ending) => self.delivery.ending = ending,
        }
    }

    /// Does the request still reach the PBX? A proxy that gives up waiting has passed it on.
    pub(super) fn reaches_the_pbx(&self) -> bool {
        self.status.is_none_or(|(status, _)| status == StatusCode::GATEWAY_TIMEOUT)
    }

    /// What is answered instead.
    pub(super) fn answer(&self) -> Option<Response<Bytes>> {
        self.status.map(|(status, time)| answer(status, time))
    }
}

fn answer(status: StatusCode, time: Option<Duration>) -> Response<Bytes> {
    const TEXT: &str = "text/plain; charset=utf-8";
    let reason = status.canonical_reason().unwrap_or_default();
    let (kind, content) = match status {
        StatusCode::INTERNAL_SERVER_ERROR => {
            let body = json!({"error": {"code": "", "message": "An error has occurred.", "details": []}});
            ("application/json; charset=utf-8", body.to_string())
        }
        // These come from the proxy in front of a PBX.
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            ("text/html", page(status.as_u16(), reason))
        }
        _ => (TEXT, reason.to_owned()),
    };
    let mut response = Response::new(Bytes::from(content));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if kind == "text/html" {
        headers.insert(SERVER, HeaderValue::from_static("nginx"));
    }
    let pause = time.or_else(|| (status == StatusCode::TOO_MANY_REQUESTS).then_some(Duration::from_secs(1)));
    if let Some(pause) = pause {
        // In whole seconds, and never "at once".
        let seconds = pause.as_millis().div_ceil(1000) as u64;
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn page(code: u16, reason: &str) -> String {
    format!(
        "<html>\r\n<head><title>{code} {reason}</title></head>\r\n<body>\r\n<center><h1>{code} {reason}</h1></center>\
         \r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
}
