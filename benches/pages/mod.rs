//! A PBX that has nothing but users, as many as somebody wants: it makes every page when it is asked, and can be slow.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// Answers for as long as the process runs; the address.
pub fn serve(rows: usize, delay: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || converse(stream, rows, delay));
        }
    });
    url
}

fn converse(stream: TcpStream, rows: usize, delay: Duration) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let (mut line, mut length) = (String::new(), 0);
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok().filter(|read| *read > 2)?;
            if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if reader.fill_buf().ok()?.starts_with(b"\r\n") {
                reader.consume(2);
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let body = answer(&line, rows);
        std::thread::sleep(delay);
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-3CX-Version: 20.0.10.1\r\nContent-Length: ";
        stream.write_all(format!("{head}{}\r\n\r\n{body}", body.len()).as_bytes()).ok()?;
    }
}

fn answer(line: &str, rows: usize) -> String {
    if line.contains("/connect/token") {
        return r#"{"token_type":"Bearer","expires_in":3600,"access_token":"t","refresh_token":null}"#.to_owned();
    }
    let number = |name: &str| {
        let part = line.split(['?', '&', ' ']).find_map(|part| part.strip_prefix(name))?;
        part.parse::<usize>().ok()
    };
    let (top, skip) = (number("$top=").unwrap_or(100), number("$skip=").unwrap_or(0));
    let row = |id: usize| {
        format!(
            r#"{{"Id":{id},"Number":"{id}","FirstName":"Ada","LastName":"Brightwell","Enabled":true,"Mobile":"+1555{id}"}}"#
        )
    };
    let rows: Vec<String> = (skip..(skip + top).min(rows)).map(row).collect();
    format!("{{\"value\":[{}]}}", rows.join(","))
}
