//! Proxies as they stand in companies: CONNECT, whole addresses, and SOCKS. Whatever is asked for, they lead to one place.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Says what is answered instead of leading on, for the head of a request.
type Refuse = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Runs until the tests end.
pub struct Line {
    /// `127.0.0.1:3128`
    pub address: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Line {
    /// An HTTP proxy that leads to this port of this machine.
    pub fn http(to: u16, refuse: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Line {
        let refuse: Arc<Refuse> = Arc::new(refuse);
        Line::start(move |client, heads| http(client, to, &*refuse, heads))
    }

    /// A SOCKS 5 proxy; with a user and a password, if they are given.
    pub fn socks(to: u16, who: Option<(&'static str, &'static str)>) -> Line {
        Line::start(move |client, heads| socks(client, to, who, heads))
    }

    fn start(pass: impl Fn(TcpStream, &Mutex<Vec<String>>) -> Option<()> + Send + Sync + 'static) -> Line {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (log, pass) = (heads.clone(), Arc::new(pass));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, pass) = (log.clone(), pass.clone());
                std::thread::spawn(move || pass(stream, &log));
            }
        });
        Line { address, heads }
    }

    /// What was asked of it: the heads of requests, or hosts.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("the log").clone()
    }
}

/// An answer with a page in it.
pub fn page(status: u16) -> String {
    let page = "<html><head><title>Squid says no</title></head></html>";
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: text/html\r\nContent-Length: {}\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n{page}",
        page.len()
    )
}

fn http(mut client: TcpStream, to: u16, refuse: &Refuse, heads: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        (reader.read_line(&mut head).ok()? > 0).then_some(())?;
    }
    heads.lock().expect("the log").push(head.clone());
    if let Some(refusal) = refuse(&head) {
        client.write_all(refusal.as_bytes()).ok()?;
        let _ = client.shutdown(Shutdown::Both);
        return None;
    }
    let mut server = TcpStream::connect(("127.0.0.1", to)).ok()?;
    if head.starts_with("CONNECT ") {
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    } else {
        // `GET http://host/path HTTP/1.1` becomes `GET /path HTTP/1.1`, for this one request.
        let (line, rest) = head.split_once("\r\n")?;
        let mut words = line.split(' ');
        let (method, target) = (words.next()?, words.next()?.strip_prefix("http://")?);
        let path = target.find('/').map_or("/", |at| &target[at..]);
        server.write_all(format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n{rest}").as_bytes()).ok()?;
    }
    server.write_all(reader.buffer()).ok()?;
    both(client, server)
}

fn both(mut client: TcpStream, mut server: TcpStream) -> Option<()> {
    let (mut from, mut to) = (client.try_clone().ok()?, server.try_clone().ok()?);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    let _ = std::io::copy(&mut server, &mut client);
    let _ = client.shutdown(Shutdown::Both);
    None
}

fn socks(mut client: TcpStream, to: u16, who: Option<(&str, &str)>, heads: &Mutex<Vec<String>>) -> Option<()> {
    let bytes = |length: usize, client: &mut TcpStream| {
        let mut bytes = vec![0; length];
        client.read_exact(&mut bytes).ok().map(|()| bytes)
    };
    let methods = bytes(2, &mut client)?[1];
    bytes(methods.into(), &mut client)?;
    match who {
        None => client.write_all(&[5, 0]).ok()?,
        Some((user, password)) => {
            client.write_all(&[5, 2]).ok()?;
            let length = bytes(2, &mut client)?[1];
            let given = bytes(length.into(), &mut client)?;
            let length = bytes(1, &mut client)?[0];
            let secret = bytes(length.into(), &mut client)?;
            let right = (given.as_slice(), secret.as_slice()) == (user.as_bytes(), password.as_bytes());
            client.write_all(&[1, u8::from(!right)]).ok()?;
            right.then_some(())?;
        }
    }
    let kind = bytes(4, &mut client)?[3];
    let host = match kind {
        3 => {
            let length = bytes(1, &mut client)?[0];
            String::from_utf8(bytes(length.into(), &mut client)?).ok()?
        }
        1 => format!("{:?}", bytes(4, &mut client)?),
        _ => format!("{:?}", bytes(16, &mut client)?),
    };
    bytes(2, &mut client)?;
    heads.lock().expect("the log").push(host);
    let server = TcpStream::connect(("127.0.0.1", to)).ok()?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).ok()?;
    both(client, server)
}
