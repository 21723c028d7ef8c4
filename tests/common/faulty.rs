//! A PBX behind a line that breaks as a test wants it. Nothing helps in between: what goes over the socket is written here,
//! byte by byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use pbxsh::sandbox::{Pbx, handle};
use socket2::{Domain, SockRef, Socket, Type};

/// How far a request comes before its answer is spoilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Nobody listens.
    Refused,
    /// None of it is read.
    Unread,
    /// Half of it is read.
    Half,
    /// It is read, and the PBX never sees it.
    Before,
    /// The PBX has carried it out.
    After,
}

/// A step of a spoilt answer.
pub enum Act {
    Send(Vec<u8>),
    /// One byte after the other, with a rest behind each.
    Drip(Vec<u8>, Duration),
    /// The connection is reset.
    Reset,
    /// The connection is closed as it should be.
    Close,
    /// Nothing more comes, and nothing ends.
    Silence,
}

/// What the PBX answered.
#[derive(Clone)]
pub struct Answer {
    /// What was asked for, from `/` on.
    pub target: String,
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The head, with what it says of the body's length.
    pub fn head(&self, length: &str) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} X\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        format!("{head}{length}\r\n").into_bytes()
    }

    pub fn whole(&self) -> Vec<u8> {
        let length =
            if self.status == 204 { String::new() } else { format!("content-length: {}\r\n", self.body.len()) };
        [self.head(&length), self.body.clone()].concat()
    }
}

/// What is spoilt: after the line has been armed, the requests that are meant, so many of them.
#[derive(Clone)]
pub struct Plan {
    pub when: When,
    pub spoil: fn(&Answer) -> Vec<Act>,
    pub hits: fn(&str) -> bool,
    pub times: usize,
    pub armed: bool,
}

pub struct Faulty(Arc<Line>);

struct Line {
    address: SocketAddr,
    /// Holds the port while nobody listens: others who look for a free one would get it, and answer.
    _port: Option<Socket>,
    pbx: Arc<Mutex<Pbx>>,
    plan: Plan,
    left: AtomicUsize,
    armed: AtomicBool,
    listens: AtomicBool,
    /// The connections so far. They end where they are served, and not here.
    streams: Mutex<Vec<Weak<TcpStream>>>,
    seen: Mutex<Vec<String>>,
}

/// A request with this in its target arms the line.
pub const ARM: &str = "arm-the-line";

impl Faulty {
    /// A line to this PBX. It ends with the tests.
    pub fn new(pbx: Arc<Mutex<Pbx>>, plan: Plan) -> Faulty {
        let port = hold();
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        let address = port.as_ref().and_then(|port| port.local_addr().ok()?.as_socket()).unwrap_or(free);
        let listener = TcpListener::bind(address).expect("a free port");
        let line = Line {
            address: listener.local_addr().expect("an address"),
            _port: port,
            pbx,
            left: AtomicUsize::new(plan.times),
            armed: AtomicBool::new(plan.armed),
            listens: AtomicBool::new(true),
            plan,
            streams: Mutex::default(),
            seen: Mutex::default(),
        };
        let faulty = Faulty(Arc::new(line));
        if faulty.0.plan.when == When::Refused && faulty.0.plan.armed {
            faulty.0.listens.store(false, Ordering::SeqCst);
        } else {
            faulty.listen(listener);
        }
        faulty
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.0.address)
    }

    /// The requests that came, by their first lines.
    pub fn seen(&self) -> Vec<String> {
        lock(&self.0.seen).clone()
    }

    /// Where nobody listened, somebody does now, unless it is to stay so.
    pub fn mend(&self) {
        if self.0.plan.times == 1 && !self.0.listens.swap(true, Ordering::SeqCst) {
            self.listen(TcpListener::bind(self.0.address).expect("the same port"));
        }
    }

    fn listen(&self, listener: TcpListener) {
        let line = self.0.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if !line.listens.load(Ordering::SeqCst) {
                    break;
                }
                let (line, stream) = (line.clone(), Arc::new(stream));
                lock(&line.streams).push(Arc::downgrade(&stream));
                std::thread::spawn(move || serve(&stream, &line));
            }
        });
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        self.0.stop_listening();
    }
}

impl Line {
    fn stop_listening(&self) {
        if self.listens.swap(false, Ordering::SeqCst) {
            // Wakes the thread that waits for a connection, and waits until it is gone.
            while TcpStream::connect(self.address).is_ok() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }

    /// Ends every connection but one. A busy client may have opened another one beside it, which it keeps for later: over that one
    /// nothing would be refused.
    fn end_others(&self, but: &TcpStream) {
        let streams = std::mem::take(&mut *lock(&self.streams));
        for stream in streams.iter().filter_map(Weak::upgrade).filter(|stream| !std::ptr::eq(&**stream, but)) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn spoils(&self, line: &str) -> bool {
        let take = || self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        self.armed.load(Ordering::SeqCst) && (self.plan.hits)(line) && take()
    }

    fn ask(&self, head: &str, body: Vec<u8>) -> Answer {
        let mut lines = head.lines();
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut request = http::Request::builder().method(method).uri(target);
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            request = request.header(name, value.trim());
        }
        let request = request.body(Bytes::from(body)).expect("a request");
        let response = handle(&mut lock(&self.pbx), request);
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()));
        let headers = headers.filter(|(name, _)| name != "content-length").collect();
        let (status, body) = (response.status().as_u16(), response.body().to_vec());
        Answer { target: target.to_owned(), status, headers, body }
    }
}

/// A port that is taken, and on which nobody listens. Where one cannot share it, it stays free.
fn hold() -> Option<Socket> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).ok()?;
    socket.set_reuse_address(true).ok()?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).ok()?;
    Some(socket)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `POST /xapi/v1/Users` of a request that stays unread.
fn peek(stream: &TcpStream) -> Option<(String, usize)> {
    let mut bytes = [0; 4096];
    loop {
        let count = stream.peek(&mut bytes).ok().filter(|count| *count > 0)?;
        let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
        if let Some((line, _)) = text.split_once("\r\n") {
            return Some((line.trim_end_matches(" HTTP/1.1").to_owned(), count));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn message(reader: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn serve(stream: &TcpStream, line: &Line) -> Option<()> {
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    loop {
        if matches!(line.plan.when, When::Unread | When::Half) {
            let (first, length) = peek(stream)?;
            if line.spoils(&first) {
                lock(&line.seen).push(first);
                if line.plan.when == When::Half {
                    (&*stream).read_exact(&mut vec![0; length / 2]).ok()?;
                }
                return play(stream, (line.plan.spoil)(&nothing(String::new())));
            }
        }
        let (head, body) = message(&mut reader)?;
        let first = head.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
        lock(&line.seen).push(first.clone());
        if first.contains(ARM) {
            line.armed.store(true, Ordering::SeqCst);
            if line.plan.when == When::Refused {
                line.stop_listening();
            }
            // What is spoilt comes over a connection of its own.
            line.end_others(stream);
            let answer = line.ask(&head, body);
            let length = format!("connection: close\r\ncontent-length: {}\r\n", answer.body.len());
            return play(stream, vec![Act::Send([answer.head(&length), answer.body].concat()), Act::Close]);
        }
        if matches!(line.plan.when, When::Unread | When::Half | When::Refused) || !line.spoils(&first) {
            (&*stream).write_all(&line.ask(&head, body).whole()).ok()?;
            continue;
        }
        let answer = match line.plan.when {
            When::After => line.ask(&head, body),
            _ => nothing(first.split(' ').nth(1).unwrap_or_default().to_owned()),
        };
        play(stream, (line.plan.spoil)(&answer))?;
    }
}

/// What somebody answers who has not asked the PBX.
fn nothing(target: String) -> Answer {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Answer { target, status: 200, headers, body: b"{\"value\":[]}".to_vec() }
}

/// Nothing, where the connection has ended.
fn play(stream: &TcpStream, acts: Vec<Act>) -> Option<()> {
    let mut out = stream;
    for act in acts {
        match act {
            Act::Send(bytes) => out.write_all(&bytes).ok()?,
            Act::Drip(bytes, rest) => {
                for byte in bytes {
                    out.write_all(&[byte]).ok()?;
                    std::thread::sleep(rest);
                }
            }
            Act::Reset => {
                // What was sent before is to arrive first.
                std::thread::sleep(Duration::from_millis(10));
                SockRef::from(stream).set_linger(Some(Duration::ZERO)).expect("a socket");
                return None;
            }
            Act::Close => {
                // With bytes unread, an end would be a reset.
                let _ = stream.shutdown(Shutdown::Write);
                return until_gone(stream);
            }
            Act::Silence => return until_gone(stream),
        }
    }
    Some(())
}

fn until_gone(mut stream: &TcpStream) -> Option<()> {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
    let mut rest = [0; 4096];
    while stream.read(&mut rest).is_ok_and(|count| count > 0) {}
    None
}
