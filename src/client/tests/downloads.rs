//! Answers that are files.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use tempfile::{TempDir, tempdir};

use crate::client::tests::server::{Say, Server, get, permit};
use crate::client::{Client, ClientError, Download, ReplyBody};

const REPORT: &str = "\u{feff}Time,From\r\n2025-03-01,100\r\n";

fn download(client: &Client) -> Download {
    match client.send(permit(), &get("/xapi/v1/R/Pbx.Download()")).unwrap().body {
        ReplyBody::Download(download) => *download,
        other => panic!("{other:?}"),
    }
}

fn names(folder: &TempDir) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn csv() -> Server {
    Server::pbx(|_| {
        let disposition = "attachment; filename=r.csv; filename*=UTF-8''r%C3%A9sum%C3%A9.csv";
        Say::new(200, &[("content-type", "text/csv"), ("content-disposition", disposition)], REPORT)
    })
}

#[test]
fn tells_what_it_is() {
    let download = download(&csv().client());
    assert_eq!(download.content_type().as_deref(), Some("text/csv"));
    assert_eq!(download.file_name().as_deref(), Some("résumé.csv"));
    assert_eq!(download.length(), Some(REPORT.len() as u64));
    assert_eq!(download.text().unwrap(), REPORT.trim_start_matches('\u{feff}'));
}

#[test]
fn is_saved_whole() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("report.csv");
    let client = csv().client();
    let mut told = 0;
    let length = download(&client).save_with(&path, |length| told = length).unwrap();
    assert_eq!((length, told), (REPORT.len() as u64, REPORT.len() as u64));
    assert_eq!(fs::read_to_string(&path).unwrap(), REPORT);
    fs::write(&path, "old and longer than the new one, to see that nothing of it stays in the file").unwrap();
    download(&client).save(&path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), REPORT);
    assert_eq!(names(&folder), ["report.csv"]);
}

#[cfg(unix)]
#[test]
fn keeps_links_permissions_and_devices() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = tempdir().unwrap();
    let client = csv().client();
    let [real, link, plain] = ["real.csv", "link.csv", "plain.csv"].map(|name| folder.path().join(name));
    fs::write(&real, "").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&real, &link).unwrap();
    download(&client).save(&link).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), REPORT);
    assert_eq!(mode(&real), 0o640);
    // A new file has what any other new file has.
    fs::write(&plain, "").unwrap();
    let new = folder.path().join("new.csv");
    download(&client).save(&new).unwrap();
    assert_eq!(mode(&new), mode(&plain));
    assert_eq!(download(&client).save(Path::new("/dev/null")).unwrap(), REPORT.len() as u64);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn nothing_is_left_of_a_cut_one() {
    let server = Server::pbx(|_| Say::cut("text/csv", "half").then(Duration::from_millis(50), " of it"));
    let folder = tempdir().unwrap();
    let (fresh, kept) = (folder.path().join("fresh.csv"), folder.path().join("kept.csv"));
    fs::write(&kept, "old").unwrap();
    for path in [&fresh, &kept] {
        let result = download(&server.client()).save(path);
        assert!(matches!(result, Err(ClientError::Cut { .. })), "{result:?}");
    }
    assert_eq!(names(&folder), ["kept.csv"]);
    assert_eq!(fs::read_to_string(&kept).unwrap(), "old");
}

#[test]
fn nothing_is_left_of_an_interrupted_one() {
    let server = Server::pbx(|_| Say::cut("audio/x-wav", "half").then(Duration::from_secs(20), "more"));
    let folder = tempdir().unwrap();
    let path = folder.path().join("call.wav");
    let client = server.client();
    let interrupt = client.interrupt().clone();
    thread::scope(|scope| {
        let saving = scope.spawn(|| download(&client).save(&path));
        while names(&folder).is_empty() {
            thread::sleep(Duration::from_millis(5));
        }
        interrupt.fire();
        let result = saving.join().unwrap();
        assert!(matches!(result, Err(ClientError::Interrupted)), "{result:?}");
    });
    assert!(names(&folder).is_empty());
}

#[test]
fn places_where_no_file_can_be() {
    let folder = tempdir().unwrap();
    let client = csv().client();
    for path in [folder.path().to_owned(), folder.path().join("no/such/folder.csv")] {
        let result = download(&client).save(&path);
        assert!(
            matches!(&result, Err(ClientError::File { path: given, .. }) if *given == path.display().to_string()),
            "{result:?}"
        );
    }
}

#[test]
fn compressed_answers_are_read_and_their_cuts_seen() {
    // gzip of "a,b\r\n", stored.
    let packed: &[u8] = &[
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1, 5, 0, 0xfa, 0xff, b'a', b',', b'b', b'\r', b'\n', 0x7b, 0x31, 0xbc,
        0x96, 5, 0, 0, 0,
    ];
    let headers = [("content-type", "text/csv"), ("content-encoding", "gzip")];
    let whole = Server::pbx(move |_| Say::new(200, &headers, packed));
    let cut = Server::pbx(move |_| Say::new(200, &headers, &packed[..18]));
    assert_eq!(download(&whole.client()).text().unwrap(), "a,b\r\n");
    let result = download(&cut.client()).text();
    assert!(matches!(result, Err(ClientError::Cut { .. })), "{result:?}");
}
