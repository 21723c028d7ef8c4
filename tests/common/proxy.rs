//! A line between a client and a PBX that remembers what was asked and can spoil answers. `faulty` knows more ways.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What comes instead of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoilt {
    /// The end of the connection.
    Closed,
    /// The page of a proxy.
    Page(u16),
}

/// Which requests are spoilt, and how.
#[derive(Clone, Copy)]
pub struct Break {
    pub spoilt: Spoilt,
    /// The PBX has carried the request out.
    pub after: bool,
    pub hits: fn(&str) -> bool,
    pub times: usize,
}

pub struct Proxy {
    pub url: String,
    pub seen: Arc<Mutex<Vec<String>>>,
}

/// Runs until the tests end.
pub fn proxy(to: &str, how: Break) -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let to = to.trim_start_matches("http://").to_owned();
    let (left, seen) = (Arc::new(AtomicUsize::new(how.times)), Arc::new(Mutex::new(Vec::new())));
    let log = seen.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (to, left, log) = (to.clone(), left.clone(), log.clone());
            std::thread::spawn(move || pass(stream, &to, how, &left, &log));
        }
    });
    Proxy { url, seen }
}

/// A message of HTTP with the length that it says.
fn message(reader: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        head.push_str(&line);
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn pass(client: TcpStream, to: &str, how: Break, left: &AtomicUsize, log: &Mutex<Vec<String>>) -> Option<()> {
    let mut out = client.try_clone().ok()?;
    let mut reader = BufReader::new(client);
    let pbx = TcpStream::connect(to).ok()?;
    let mut to_pbx = pbx.try_clone().ok()?;
    let mut from_pbx = BufReader::new(pbx);
    while let Some((head, body)) = message(&mut reader) {
        let line = head.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
        log.lock().expect("the log").push(line.clone());
        let take = || left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        let spoils = (how.hits)(&line) && take();
        let answer = if !spoils || how.after {
            to_pbx.write_all(&[head.as_bytes(), &body].concat()).ok()?;
            message(&mut from_pbx)?
        } else {
            (String::from("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"), b"{\"value\":[]}".to_vec())
        };
        let whole = [answer.0.as_bytes(), &answer.1].concat();
        if !spoils {
            out.write_all(&whole).ok()?;
            continue;
        }
        let Spoilt::Page(status) = how.spoilt else {
            // The other thread may hold a copy, so the line itself is closed.
            let _ = out.shutdown(Shutdown::Both);
            return None;
        };
        let page = format!("<html><head><title>{status} of a proxy</title></head></html>");
        let length = page.len();
        let head = format!("HTTP/1.1 {status} X\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n\r\n");
        out.write_all(&[head, page].concat().into_bytes()).ok()?;
    }
    None
}
