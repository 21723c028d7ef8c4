//! Many clients at once on `pbxsh sandbox serve`: nothing is lost, nothing fails that was not asked to.
//!
//! `cargo bench --bench load -- [--seconds N] [--clients N] [--size small|medium|large]`

// What the program must not do, what measures it may: print, stop, read the clock.
#![allow(clippy::disallowed_macros, clippy::disallowed_methods, clippy::expect_used)]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    // `cargo test --benches` builds and calls this too; it has no figures to show there.
    if arguments.iter().any(|argument| argument == "--test") {
        return;
    }
    let option = |name: &str, default: &str| {
        let place = arguments.iter().position(|argument| argument == name);
        place.and_then(|place| arguments.get(place + 1)).map_or(default.to_owned(), Clone::clone)
    };
    let seconds: u64 = option("--seconds", "3").parse().expect("a number of seconds");
    let clients: usize = option("--clients", "32").parse().expect("a number of clients");
    let size = option("--size", "small");

    let start = Instant::now();
    let pbx = Pbx::start(&size);
    println!("start, {size}            {:>8.2} s", start.elapsed().as_secs_f64());
    let mut first = Client::log_in(&pbx);
    for (what, path) in [
        ("first look at the logs", "/CallHistoryView?$top=1&$count=true"),
        ("a page of calls", "/CallHistoryView?$top=100&$skip=2000"),
        (
            "calls, filtered",
            "/CallHistoryView?$top=100&$filter=contains(SrcDisplayName,'Ada') and CallAnswered eq true",
        ),
        ("calls, counted by time", "/CallHistoryView/$count?$filter=SegmentStartTime ge 2020-01-01T00:00:00Z"),
        ("calls, sorted", "/CallHistoryView?$top=100&$orderby=SegmentStartTime desc"),
        ("chats, filtered", "/ChatHistoryView?$top=100&$filter=contains(Message,'offer')"),
        ("users with departments", "/Users?$top=100&$expand=Groups"),
        ("peers", "/Peers?$top=100"),
    ] {
        let start = Instant::now();
        let (status, _) = first.ask("GET", path, None);
        assert_eq!(status, 200, "{path}");
        println!("{what:<24} {:>8.3} s", start.elapsed().as_secs_f64());
    }

    let end = Instant::now() + Duration::from_secs(seconds);
    let work = |place: usize| first.again(&pbx).work(place, end);
    let done: Vec<Done> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|place| scope.spawn(move || work(place))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a client ends well")).collect()
    });
    let requests: usize = done.iter().map(|done| done.requests).sum();
    let made: BTreeSet<&str> = done.iter().flat_map(|done| &done.kept).map(String::as_str).collect();
    let slowest = done.iter().map(|done| done.slowest).max().unwrap_or_default();

    // The connection of the beginning has been idle for longer than a server must bear.
    let there = first.again(&pbx).all_names();
    let lost: Vec<&&str> = made.iter().filter(|name| !there.contains(**name)).collect();
    let too_many = there.iter().filter(|name| name.starts_with("load-") && !made.contains(name.as_str())).count();
    assert!(lost.is_empty() && too_many == 0, "{} were lost, {too_many} came back: {lost:?}", lost.len());
    println!("{clients} clients, {seconds} s: {requests} requests, {:.0} a second", requests as f64 / seconds as f64);
    println!("slowest answer           {:>8.3} s", slowest.as_secs_f64());
    println!("{} contacts were made and kept, none was lost", made.len());
    match pbx.peak_memory() {
        Some(kilobytes) => println!("peak memory              {:>8.1} MB", kilobytes as f64 / 1024.0),
        None => println!("peak memory              not told by this system"),
    }
    let start = Instant::now();
    let (code, written) = pbx.stop();
    assert_eq!(code, Some(0), "it ends well");
    println!("state of {:.1} MB written in {:.2} s", written as f64 / 1e6, start.elapsed().as_secs_f64());
}

/// A program that serves a simulated PBX.
struct Pbx {
    child: Child,
    address: String,
    folder: tempfile::TempDir,
}

impl Pbx {
    fn start(size: &str) -> Pbx {
        let folder = tempfile::tempdir().expect("a folder for the state");
        let mut child = Command::new(env!("CARGO_BIN_EXE_pbxsh"))
            .args(["sandbox", "serve", "--size", size, "--keep", "--state", "state.json"])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("pbxsh starts");
        let out = BufReader::new(child.stdout.take().expect("an open output"));
        let url =
            out.lines().map_while(Result::ok).find_map(|line| line.strip_prefix("export XAPI_URL=").map(str::to_owned));
        let address = url.expect("an address").trim_start_matches("http://").to_owned();
        Pbx { child, address, folder }
    }

    fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().trim_end_matches(" kB").parse().ok()
    }

    fn stop(mut self) -> (Option<i32>, u64) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().expect("`kill`");
        assert!(asked.success());
        let ended = self.child.wait().expect("an end");
        (ended.code(), std::fs::metadata(self.folder.path().join("state.json")).expect("the state").len())
    }
}

#[derive(Default)]
struct Done {
    requests: usize,
    slowest: Duration,
    /// The names of the contacts that must be there at the end.
    kept: Vec<String>,
}

/// One connection that is kept, and a token that all clients share: a second login would end it.
struct Client {
    stream: BufReader<TcpStream>,
    token: String,
}

impl Client {
    fn connect(pbx: &Pbx, token: String) -> Client {
        let stream = TcpStream::connect(&pbx.address).expect("a connection");
        stream.set_nodelay(true).expect("an open connection");
        Client { stream: BufReader::new(stream), token }
    }

    fn log_in(pbx: &Pbx) -> Client {
        let mut client = Client::connect(pbx, String::new());
        let form = "client_id=sandbox&client_secret=sandbox-secret&grant_type=client_credentials";
        let kind = "application/x-www-form-urlencoded";
        let (status, body) = client.exchange("POST", "/connect/token", kind, form);
        assert_eq!(status, 200);
        client.token = body["access_token"].as_str().expect("a token").to_owned();
        client
    }

    fn again(&self, pbx: &Pbx) -> Client {
        Client::connect(pbx, self.token.clone())
    }

    fn ask(&mut self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let path = format!("/xapi/v1{}", path.replace(' ', "%20"));
        self.exchange(method, &path, "application/json", &body.map_or(String::new(), Value::to_string))
    }

    fn exchange(&mut self, method: &str, path: &str, kind: &str, body: &str) -> (u16, Value) {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: pbx\r\nAuthorization: Bearer {}\r\nContent-Type: {kind}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).expect("the request goes out");
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            assert!(self.stream.read_line(&mut line).expect("an answer") > 0, "closed: {method} {path}");
            if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest[..3].parse().expect("a status");
            } else if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().expect("a length");
            } else if line == "\r\n" {
                break;
            }
        }
        let mut content = vec![0; length];
        self.stream.read_exact(&mut content).expect("the whole answer");
        (status, serde_json::from_slice(&content).unwrap_or_default())
    }

    /// Makes contacts, changes each, deletes every other one; reads in between.
    fn work(mut self, place: usize, end: Instant) -> Done {
        let mut done = Done::default();
        for round in 0.. {
            if Instant::now() >= end {
                break;
            }
            let name = format!("load-{place}-{round}");
            let contact = json!({"FirstName": name, "PhoneNumber": "+15550101234"});
            let (_, made) = self.timed(&mut done, 201, "POST", "/Contacts", Some(&contact));
            let path = format!("/Contacts({})", made["Id"]);
            self.timed(&mut done, 204, "PATCH", &path, Some(&json!({"CompanyName": name})));
            let (_, read) = self.timed(&mut done, 200, "GET", &path, None);
            assert_eq!((&read["FirstName"], &read["CompanyName"]), (&json!(name), &json!(name)));
            self.timed(&mut done, 200, "GET", "/Users?$top=20&$select=Number,FirstName&$orderby=Number", None);
            self.timed(&mut done, 200, "GET", "/Users(Number='100')?$expand=Groups", None);
            if round % 2 == 0 {
                self.timed(&mut done, 204, "DELETE", &path, None);
                self.timed(&mut done, 404, "GET", &path, None);
            } else {
                done.kept.push(name);
            }
        }
        done
    }

    fn timed(&mut self, done: &mut Done, wanted: u16, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let start = Instant::now();
        let (status, answer) = self.ask(method, path, body);
        done.slowest = done.slowest.max(start.elapsed());
        done.requests += 1;
        assert_eq!(status, wanted, "{method} {path}: {answer}");
        (status, answer)
    }

    fn all_names(&mut self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for page in 0.. {
            let path = format!("/Contacts?$top=100&$skip={}&$select=FirstName&$orderby=Id", page * 100);
            let (status, body) = self.ask("GET", &path, None);
            assert_eq!(status, 200);
            let rows = body["value"].as_array().expect("rows");
            names.extend(rows.iter().filter_map(|row| row["FirstName"].as_str().map(str::to_owned)));
            if rows.len() < 100 {
                return names;
            }
        }
        names
    }
}
