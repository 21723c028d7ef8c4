//! Downloads that break off anywhere: a file is whole, or it is not there.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use pbxsh::catalog::{Catalog, Method};
use pbxsh::client::{Client, ClientError, Download, ReplyBody, Request, Retries, Settings};
use pbxsh::guard::{Guard, Mode};
use tempfile::TempDir;

use crate::common::pbxsh;

/// What a PBX makes of a question for the rest of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Continues,
    /// As if it had been asked for all.
    IgnoresRange,
    /// The file has changed, and it says so.
    Changed,
    /// The file has changed, and what comes is the rest of the new one.
    MixesVersions,
    WrongPart,
    WrongLength,
    /// The rest, without saying where it begins.
    NoRange,
    /// The page of somebody else.
    Page,
    /// A refusal that looks like a file.
    Json,
    /// A head, and then nothing, for ever.
    Empty,
}

/// A file in two versions, on a line that breaks `cuts` times.
struct Report {
    versions: [Vec<u8>; 2],
    way: Way,
    random: Mutex<(Rng, usize)>,
}

impl Report {
    fn start(seed: u64, way: Way, cuts: usize) -> (String, Arc<Report>) {
        let mut random = Rng::with_seed(seed);
        let versions = [(); 2].map(|()| (0..random.usize(1..200_000)).map(|_| random.u8(..)).collect());
        let report = Arc::new(Report { versions, way, random: Mutex::new((random, cuts)) });
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let (url, shared) = (format!("http://{}", listener.local_addr().expect("an address")), report.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let report = shared.clone();
                std::thread::spawn(move || report.serve(&stream));
            }
        });
        (url, report)
    }

    /// One request for each connection.
    fn serve(&self, mut stream: &TcpStream) -> Option<()> {
        let mut head = Vec::new();
        let mut reader = BufReader::new(stream);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
            if line.trim().is_empty() {
                break;
            }
            head.push(line.trim().to_ascii_lowercase());
        }
        if head[0].contains("/connect/token") {
            let token = r#"{"token_type":"Bearer","expires_in":3600,"access_token":"t"}"#;
            let head = format!(
                "HTTP/1.1 200 X\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                token.len()
            );
            stream.write_all(&[head, token.to_owned()].concat().into_bytes()).ok()?;
            // The form may still be on its way.
            let _ = stream.shutdown(Shutdown::Write);
            std::io::copy(&mut reader, &mut std::io::sink()).ok()?;
            return None;
        }
        let from = head.iter().find_map(|line| line.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok());
        let (answer, cut) = self.answer(from);
        stream.write_all(&answer[..cut.unwrap_or(answer.len()).min(answer.len())]).ok()?;
        let _ = stream.shutdown(Shutdown::Write);
        std::io::copy(&mut reader, &mut std::io::sink()).ok();
        None
    }

    /// The answer, and where it breaks off.
    fn answer(&self, from: Option<usize>) -> (Vec<u8>, Option<usize>) {
        let (old, new) = (&self.versions[0], &self.versions[1]);
        let head = |status: u16, kind: &str, more: &str, body: &[u8]| {
            let head = format!(
                "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-type: {kind}\r\n{more}content-length: {}\r\n\r\n",
                body.len()
            );
            [head.as_bytes(), body].concat()
        };
        let rest = |version: &[u8], etag: &str, from: usize, said: usize, length: usize| {
            let body = version.get(from..).unwrap_or_default();
            let range = format!("etag: \"{etag}\"\r\ncontent-range: bytes {said}-{}/{length}\r\n", length - 1);
            head(206, "audio/x-wav", &range, body)
        };
        let whole = |version: &[u8], etag: &str| head(200, "audio/x-wav", &format!("etag: \"{etag}\"\r\n"), version);
        let answer = match (from, self.way) {
            (None, _) | (_, Way::IgnoresRange) => whole(old, "v1"),
            (Some(from), Way::Continues) => rest(old, "v1", from, from, old.len()),
            (_, Way::Changed) => whole(new, "v2"),
            (Some(from), Way::MixesVersions) => rest(new, "v2", from, from, old.len()),
            (Some(from), Way::WrongPart) => rest(old, "v1", from / 2, from / 2, old.len()),
            (Some(from), Way::WrongLength) => rest(old, "v1", from, from, old.len() + 7),
            (Some(from), Way::NoRange) => head(206, "audio/x-wav", "", &old[from..]),
            (_, Way::Page) => head(200, "text/html", "", b"<html><title>Sign in</title></html>"),
            (_, Way::Json) => head(200, "application/json", "", b"{\"error\":\"no\"}"),
            (Some(from), Way::Empty) => {
                let answer = rest(old, "v1", from, from, old.len());
                let head = answer.len() - old[from..].len();
                return (answer, Some(head));
            }
        };
        let mut random = self.random.lock().expect("no panic");
        let head = answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
        let cuts = random.1 > 0 && answer.len() > head;
        random.1 -= usize::from(cuts);
        let cut = cuts.then(|| random.0.usize(head..answer.len()));
        (answer, cut)
    }
}

fn ask(url: &str) -> Result<Download, ClientError> {
    let settings = Settings::new(url, "id", "secret".to_owned().into());
    let retries = Retries { pause: Duration::from_millis(1), ..Retries::default() };
    let client = Client::new(Settings { retries, ..settings })?;
    let operation = Catalog::builtin().operation("users", "list").expect("an operation");
    let permit = Guard::new(Mode::Everything).permit(operation).expect("a permit");
    let target = "/xapi/v1/R/Pbx.Download()".to_owned();
    let request = Request { method: Method::Get, target, if_match: None, body: None, file: None };
    match client.send(permit, &request).map_err(|failed| failed.error)?.body {
        ReplyBody::Download(download) => Ok(*download),
        other => panic!("{other:?}"),
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder");
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_file_is_whole_or_not_there() {
    let ways = [
        (Way::Continues, true),
        (Way::IgnoresRange, true),
        (Way::Changed, true),
        (Way::MixesVersions, true),
        (Way::WrongPart, true),
        (Way::WrongLength, true),
        (Way::NoRange, true),
        (Way::Page, false),
        (Way::Json, false),
        (Way::Empty, false),
    ];
    let (folder, seed) = (TempDir::new().expect("a folder"), fastrand::u64(..));
    let mut wrong = Vec::new();
    for (way, ends_well) in ways {
        for round in 0..12 {
            let seed = seed.wrapping_add(round);
            let (url, report) = Report::start(seed, way, 1);
            let path = folder.path().join("call.wav");
            let there = round % 2 == 0;
            if there {
                std::fs::write(&path, "old").expect("a file");
            }
            let saved = ask(&url).and_then(|download| download.save(&path));
            let file = std::fs::read(&path).ok();
            let fine = match &saved {
                Ok(length) => {
                    let whole = report.versions.iter().any(|version| file.as_ref() == Some(version));
                    // One that broke off before its first byte is asked for anew.
                    whole && file.as_ref().is_some_and(|file| file.len() as u64 == *length)
                }
                Err(_) => file == there.then(|| b"old".to_vec()),
            };
            let left = names(folder.path()).len() > usize::from(file.is_some());
            if !fine || left || (ends_well && saved.is_err()) {
                wrong.push(format!("{way:?}, seed {seed}: {saved:?}, {:?}", names(folder.path())));
            }
            let _ = std::fs::remove_file(&path);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_goes_on_goes_on_however_often_it_breaks() {
    let seed = fastrand::u64(..);
    let (url, report) = Report::start(seed, Way::Continues, 25);
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("call.wav");
    let saved = ask(&url).and_then(|download| download.save(&path));
    // A cut before the first byte of a rest is no progress, and three of them are an end.
    match saved {
        Ok(_) => assert!(std::fs::read(&path).expect("a file") == report.versions[0], "seed {seed}"),
        Err(error) => {
            assert!(matches!(error, ClientError::Cut { .. }) && names(folder.path()).is_empty(), "seed {seed}: {error}")
        }
    }
}

#[test]
fn places_that_vanish_or_fill_up() {
    let (url, _) = Report::start(7, Way::Continues, 0);
    let folder = TempDir::new().expect("a folder");
    let gone = folder.path().join("gone");
    std::fs::create_dir(&gone).expect("a folder");
    let mut pieces = 0;
    let saved = ask(&url).and_then(|download| {
        download.save_with(&gone.join("call.wav"), |_| {
            if pieces == 0 {
                std::fs::remove_dir_all(&gone).expect("it goes");
            }
            pieces += 1;
        })
    });
    assert!(matches!(saved, Err(ClientError::File { .. })), "{saved:?}");
    assert!(names(folder.path()).is_empty());
    #[cfg(target_os = "linux")]
    for place in ["/dev/full", "/sys/call.wav", "/proc/call.wav"] {
        let saved = ask(&url).and_then(|download| download.save(Path::new(place)));
        assert!(matches!(&saved, Err(ClientError::File { path, .. }) if path == place), "{place}: {saved:?}");
    }
}

/// A disk that is full looks like a file that must not grow.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_what_was_there() {
    let code = "pbx.chat_history_view.download_chat_history(\"Europe/Berlin\").save(\"chats.csv\")";
    let run = |setup: &str, code: &str, folder: &Path| {
        let shell = format!("{setup}; exec \"$0\" --sandbox -e '{code}'");
        let mut command = Command::new("sh");
        command.args(["-c", &shell, env!("CARGO_BIN_EXE_pbxsh")]).current_dir(folder).env_clear();
        command.env("HOME", folder).env("PBXSH_NOW", crate::common::NOW).output().expect("a shell")
    };
    let folder = TempDir::new().expect("a folder");
    let there = folder.path().join("chats.csv");
    std::fs::write(&there, "old").expect("a file");
    let save = "pbx.users.list().save(\"chats.csv\")";
    for code in [code, save] {
        let ended = run("trap \"\" XFSZ; ulimit -f 8", code, folder.path());
        let words = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(9), "{words}");
        assert!(words.contains("`chats.csv`") || words.contains("chats.csv"), "{words}");
        assert_eq!(std::fs::read_to_string(&there).expect("a file"), "old");
        assert_eq!(names(folder.path()), ["chats.csv"]);
    }
    // The system may end the program for it; the next run takes away what is left then.
    let ended = run("ulimit -f 8", code, folder.path());
    assert_ne!(ended.status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&there).expect("a file"), "old");
    let ended = run(":", code, folder.path());
    assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(names(folder.path()), ["chats.csv"]);
    let whole = pbxsh(["--sandbox", "-e", code]).run().read("chats.csv");
    assert!(std::fs::read_to_string(&there).expect("a file") == whole);
}
