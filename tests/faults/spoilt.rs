//! What a line or whoever stands in it can make of an answer.

use std::time::Duration;

use crate::common::faulty::When::{After, Before, Half, Refused, Unread};
use crate::common::faulty::{Act, Answer, When};

/// One way to fail.
#[derive(Clone, Copy)]
pub struct Spoilt {
    pub name: &'static str,
    pub when: When,
    pub spoil: fn(&Answer) -> Vec<Act>,
    pub wait: Wait,
}

/// What ends the waiting, where something does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    No,
    /// The time for an answer to begin, and to go on.
    Silence,
    /// The time for a whole call.
    Whole,
}

const fn at(when: When, name: &'static str, spoil: fn(&Answer) -> Vec<Act>) -> Spoilt {
    Spoilt { name, when, spoil, wait: Wait::No }
}

const fn silent(when: When, name: &'static str, spoil: fn(&Answer) -> Vec<Act>) -> Spoilt {
    Spoilt { name, when, spoil, wait: Wait::Silence }
}

const NAMED: &str = "{\"Id\":7,\"Number\":\"100\",\"FirstName\":\"Ada\"}";

pub const SPOILT: &[Spoilt] = &[
    at(Refused, "refused", |_| Vec::new()),
    at(Unread, "reset, unread", |_| vec![Act::Reset]),
    at(Half, "reset, half read", |_| vec![Act::Reset]),
    at(Before, "reset, not passed on", |_| vec![Act::Reset]),
    at(After, "reset, no answer", |_| vec![Act::Reset]),
    at(After, "reset in the head", |answer| vec![Act::Send(half(&answer.head(""))), Act::Reset]),
    at(After, "reset in the body", |answer| vec![Act::Send(half_body(answer)), Act::Reset]),
    at(Unread, "closed, unread", |_| vec![Act::Close]),
    at(Half, "closed, half read", |_| vec![Act::Close]),
    at(Before, "closed, not passed on", |_| vec![Act::Close]),
    at(After, "closed, no answer", |_| vec![Act::Close]),
    at(After, "closed in the head", |answer| vec![Act::Send(half(&answer.head(""))), Act::Close]),
    at(After, "closed in the body", |answer| vec![Act::Send(half_body(answer)), Act::Close]),
    // Bodies and what is said of them.
    at(After, "chunk breaks off", |answer| chunked(answer, &format!("{:x}\r\n", answer.body.len() + 10), "")),
    at(After, "chunk of a bad size", |answer| chunked(answer, "zz\r\n", "\r\n0\r\n\r\n")),
    at(After, "no last chunk", |answer| chunked(answer, &format!("{:x}\r\n", answer.body.len()), "\r\n")),
    at(After, "a length too long", |answer| with_length(answer, body(answer).len() + 10, Act::Close)),
    silent(After, "a length too long, silence", |answer| with_length(answer, body(answer).len() + 10, Act::Silence)),
    at(After, "a length too short", |answer| with_length(answer, body(answer).len() / 2, Act::Close)),
    at(After, "a length that is none", |answer| raw([head(answer, "content-length: ten\r\n"), body(answer)])),
    at(After, "two lengths", |answer| raw([head(answer, "content-length: 1\r\ncontent-length: 2\r\n"), body(answer)])),
    at(After, "until the end, and half", |answer| raw([head(answer, "connection: close\r\n"), half(&body(answer))])),
    at(After, "part of it, unasked", |answer| {
        let part = Answer { status: 206, ..answer.clone() };
        let range = format!("content-range: bytes 0-{}/{}\r\n", body(answer).len() / 2, body(answer).len());
        let length = format!("{range}content-length: {}\r\n", half(&body(answer)).len());
        raw([part.head(&length), half(&body(answer))])
    }),
    // Heads.
    at(After, "garbage", |_| raw([b"\x16\x03\x01 what is this\r\n\r\n".to_vec()])),
    at(After, "garbage as headers", |_| raw([b"HTTP/1.1 200 OK\r\n\x00\x01 what: \x7f\r\n\r\n".to_vec()])),
    at(After, "a header of 1 MB", |answer| raw([head(answer, &format!("x: {}\r\n", "x".repeat(1 << 20)))])),
    at(After, "10,000 headers", |answer| raw([head(answer, &"x: y\r\n".repeat(10_000))])),
    at(After, "endless headers", |_| {
        let many = "x-more: of the same\r\n".repeat(50_000).into_bytes();
        vec![Act::Send(b"HTTP/1.1 200 OK\r\n".to_vec()), Act::Send(many.clone()), Act::Send(many), Act::Silence]
    }),
    at(After, "another protocol from here on", |_| {
        raw([b"HTTP/1.1 101 X\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n".to_vec()])
    }),
    at(Before, "a status that is none", |_| raw([b"HTTP/1.1 999 X\r\ncontent-length: 0\r\n\r\n".to_vec()])),
    // Somewhere else.
    at(Before, "to itself", |answer| to(308, &answer.target)),
    at(Before, "to itself, as a GET", |answer| to(302, &answer.target)),
    at(Before, "to another host", |answer| to(308, &format!("http://192.0.2.1{}", answer.target))),
    at(Before, "to another scheme", |answer| to(307, &format!("https://127.0.0.1{}", answer.target))),
    at(Before, "to nowhere", |_| page(307, "")),
    // Time.
    at(After, "byte by byte", |answer| {
        vec![Act::Drip(head(answer, &length(answer)), Duration::ZERO), Act::Send(body(answer))]
    }),
    silent(After, "a head that takes for ever", |answer| {
        vec![Act::Drip(head(answer, &format!("x: {}\r\n", "x".repeat(2000))), Duration::from_millis(20)), Act::Silence]
    }),
    Spoilt {
        name: "a body that takes too long",
        when: After,
        spoil: |answer| {
            let body = body(answer);
            let (first, rest) = body.split_at(body.len().min(60));
            let head = head(answer, &length(answer));
            vec![Act::Send(head), Act::Drip(first.to_vec(), Duration::from_millis(50)), Act::Send(rest.to_vec())]
        },
        wait: Wait::Whole,
    },
    silent(Before, "silence, not passed on", |_| vec![Act::Silence]),
    silent(After, "silence", |_| vec![Act::Silence]),
    silent(After, "silence in the body", |answer| vec![Act::Send(half_body(answer)), Act::Silence]),
    silent(After, "endless interim answers", |_| {
        let many = b"HTTP/1.1 100 Continue\r\n\r\n".repeat(10);
        vec![Act::Drip(many, Duration::from_millis(10)), Act::Silence]
    }),
    // Refusals, and the pages of those in between.
    at(Before, "429", |_| page(429, "")),
    at(Before, "429, after a second", |_| page(429, "retry-after: 1\r\n")),
    at(Before, "429, after a date", |_| page(429, "retry-after: Wed, 21 Oct 2015 07:28:00 GMT\r\n")),
    at(Before, "429, in a hundred years", |_| page(429, "retry-after: Mon, 21 Oct 2115 07:28:00 GMT\r\n")),
    at(Before, "429, after a day", |_| page(429, "retry-after: 86400\r\n")),
    at(Before, "429, after nonsense", |_| page(429, "retry-after: -99999999999999999999999\r\n")),
    at(Before, "429, after eternity", |_| page(429, "retry-after: 99999999999999999999999\r\n")),
    at(Before, "500", |_| page(500, "")),
    at(After, "500, done", |_| page(500, "")),
    at(Before, "502", |_| page(502, "")),
    at(After, "502, done", |_| page(502, "")),
    at(Before, "503", |_| page(503, "")),
    at(Before, "503, after a day", |_| page(503, "retry-after: 86400\r\n")),
    at(Before, "504", |_| page(504, "")),
    at(After, "504, done", |_| page(504, "")),
    at(Before, "401", |_| page(401, "")),
    at(Before, "401, bare", |_| vec![Act::Send(b"HTTP/1.1 401 X\r\ncontent-length: 0\r\n\r\n".to_vec())]),
    at(Before, "403", |_| page(403, "")),
    at(Before, "413, before the body came", |_| {
        vec![Act::Send(b"HTTP/1.1 413 X\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_vec()), Act::Close]
    }),
    // Contents.
    at(After, "gzip that is none", |answer| raw([content(answer, "content-encoding: gzip\r\n", b"no gzip at all")])),
    at(After, "gzip that ends early", |answer| {
        let packed = super::packed(&body(answer));
        raw([content(answer, "content-encoding: gzip\r\n", &packed[..packed.len() / 2])])
    }),
    at(After, "gzip", |answer| raw([content(answer, "content-encoding: gzip\r\n", &super::packed(&body(answer)))])),
    at(Before, "a page with 200", |_| page(200, "")),
    at(After, "a page with 200, done", |_| page(200, "")),
    at(After, "a page that says JSON", |_| json(b"<!DOCTYPE html><html><title>Sign in</title></html>")),
    at(Before, "200 and nothing", |_| raw([b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec()])),
    at(After, "200 and nothing, done", |_| raw([b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec()])),
    at(After, "JSON cut", |answer| json(&half(&body(answer)))),
    at(After, "JSON with the same name twice", |answer| {
        let twice = b"{\"@a\":1,\"@a\":2,";
        let named = body(answer).strip_prefix(b"{").map(|rest| [twice, rest].concat());
        named.map_or_else(|| vec![Act::Send(answer.whole())], |named| json(&named))
    }),
    at(After, "a number too large", |_| json(b"{\"Id\":1e999,\"value\":[]}")),
    at(After, "JSON 100,000 deep", |_| json("[".repeat(100_000).as_bytes())),
    at(After, "JSON 100,000 deep, and back", |_| json(["[".repeat(100_000), "]".repeat(100_000)].concat().as_bytes())),
    at(After, "bytes that are no text", |_| json(b"{\"FirstName\":\"\xff\xfe\"}")),
    // Too much of it.
    at(After, "go on, go on", |answer| raw([b"HTTP/1.1 100 Continue\r\n\r\n".repeat(3), answer.whole()])),
    at(After, "hints first", |answer| raw([b"HTTP/1.1 103 X\r\nlink: </a>\r\n\r\n".to_vec(), answer.whole()])),
    at(After, "two answers", |answer| vec![Act::Send([answer.whole(), answer.whole()].concat())]),
];

fn raw<const N: usize>(parts: [Vec<u8>; N]) -> Vec<Act> {
    vec![Act::Send(parts.concat()), Act::Close]
}

/// Answers without a body get one, so that something of it can be missing.
fn body(answer: &Answer) -> Vec<u8> {
    if answer.body.is_empty() { NAMED.into() } else { answer.body.clone() }
}

fn head(answer: &Answer, more: &str) -> Vec<u8> {
    let typed = answer.headers.iter().any(|(name, _)| name == "content-type");
    let status = if answer.status == 204 { 200 } else { answer.status };
    let kind = if typed { "" } else { "content-type: application/json\r\n" };
    Answer { status, ..answer.clone() }.head(&format!("{kind}{more}"))
}

fn length(answer: &Answer) -> String {
    format!("content-length: {}\r\n", body(answer).len())
}

fn half(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len() / 2].to_vec()
}

fn half_body(answer: &Answer) -> Vec<u8> {
    [head(answer, &length(answer)), half(&body(answer))].concat()
}

fn chunked(answer: &Answer, before: &str, after: &str) -> Vec<Act> {
    raw([head(answer, "transfer-encoding: chunked\r\n"), before.into(), body(answer), after.into()])
}

fn with_length(answer: &Answer, length: usize, end: Act) -> Vec<Act> {
    vec![Act::Send([head(answer, &format!("content-length: {length}\r\n")), body(answer)].concat()), end]
}

fn content(answer: &Answer, more: &str, content: &[u8]) -> Vec<u8> {
    [head(answer, &format!("{more}content-length: {}\r\n", content.len())), content.to_vec()].concat()
}

fn json(content: &[u8]) -> Vec<Act> {
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", content.len());
    vec![Act::Send([head.as_bytes(), content].concat())]
}

fn to(status: u16, place: &str) -> Vec<Act> {
    page(status, &format!("location: {place}\r\n"))
}

/// The page of somebody in between; the connection stays.
fn page(status: u16, more: &str) -> Vec<Act> {
    let page = format!("<html><head><title>{status} of a proxy</title></head></html>");
    let head =
        format!("HTTP/1.1 {status} X\r\n{more}content-type: text/html\r\ncontent-length: {}\r\n\r\n", page.len());
    vec![Act::Send([head, page].concat().into_bytes())]
}
