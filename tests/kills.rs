//! Runs that are killed at any moment: no half file under its own name, no profiles that cannot be read, no lock that stops
//! the next run.
//!
//! A plain run kills a few; `PBXSH_LONG=1` kills five hundred. `PBXSH_SEED` repeats what a failure named.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use fastrand::Rng;
use jiff::Timestamp;
use pbxsh::catalog::Catalog;
use pbxsh::config::Store;
use pbxsh::sandbox::{CLIENT_ID, CLIENT_SECRET, Pbx, Server, Setup};
use tempfile::TempDir;

/// How often, and from which seed.
fn kills() -> (usize, u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seed = number("PBXSH_SEED").unwrap_or_else(|| fastrand::u64(..));
    (if number("PBXSH_LONG").is_some() { 250 } else { 20 }, seed)
}

/// The program in a home of its own.
struct Home(TempDir);

impl Home {
    fn new() -> Home {
        Home(TempDir::new().expect("a home"))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pbxsh"));
        command.args(arguments).env_clear().env("HOME", self.0.path()).current_dir(self.0.path());
        command.env("PBXSH_NOW", crate::common::NOW).env("SECRET", CLIENT_SECRET);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    /// Every file below the home, by its name.
    fn files(&self) -> Vec<String> {
        fn walk(folder: &Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                match entry.path() {
                    path if path.is_dir() => walk(&path, found),
                    path => found.push(path.file_name().unwrap_or_default().to_string_lossy().into_owned()),
                }
            }
        }
        let mut found = Vec::new();
        walk(self.0.path(), &mut found);
        found.sort();
        found
    }

    fn parts(&self) -> Vec<String> {
        self.files().into_iter().filter(|name| name.starts_with('.') && name.ends_with(".pbxsh-part")).collect()
    }
}

/// Lets it run for a while and kills it, unless it is through by then.
fn kill(mut child: Child, after: Duration) {
    std::thread::sleep(after);
    let _ = child.kill();
    child.wait().expect("it ends");
}

/// Runs to the end, soon.
fn whole(mut command: Command) {
    let mut child = command.spawn().expect("pbxsh starts");
    let begun = Instant::now();
    let status = loop {
        match child.try_wait().expect("a status") {
            Some(status) => break status,
            None if begun.elapsed() > Duration::from_secs(120) => {
                let _ = child.kill();
                panic!("it waits for somebody who is no more");
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let words = child.wait_with_output().expect("an output").stderr;
    assert!(status.success(), "{}", String::from_utf8_lossy(&words));
}

#[test]
fn killed_exports_leave_no_half_file() {
    let (catalog, now): (_, Timestamp) = (Catalog::builtin(), crate::common::NOW.parse().expect("a time"));
    let setup = Setup { release: catalog.newest(), seed: 3, clock: Arc::new(move || now) };
    let server = Server::start(Pbx::company(catalog, setup), 0).expect("a sandbox");
    let export = "pbx.users.list().save(\"users.csv\"); pbx.users.list().save(\"users.json\"); \
                  pbx.chat_history_view.download_chat_history(\"Europe/Berlin\").save(\"chats.csv\"); \
                  file::write(\"note.txt\", note);";
    let note = "let note = \"call back, \"; while note.len() < 300000 { note += note; }";
    let home = Home::new();
    let run = |code: &str| {
        let mut command = home.command(&["-e", code]);
        command.env("XAPI_URL", server.url()).env("XAPI_CLIENT_ID", CLIENT_ID);
        command.env("XAPI_CLIENT_SECRET", CLIENT_SECRET);
        command
    };
    let once = format!("{note} {export}");
    let begun = Instant::now();
    whole(run(&once));
    let lasts = begun.elapsed();
    let names = ["users.csv", "users.json", "chats.csv", "note.txt"];
    let read = |name: &str| std::fs::read(home.0.path().join(name)).ok();
    let expected = names.map(|name| read(name).expect("a file"));
    let (times, seed) = kills();
    let mut random = Rng::with_seed(seed);
    let for_ever = format!("{note} loop {{ {export} }}");
    for round in 0..times {
        for name in names {
            if random.bool() {
                let _ = std::fs::remove_file(home.0.path().join(name));
            }
        }
        kill(run(&for_ever).spawn().expect("pbxsh starts"), lasts.mul_f64(0.3 + 1.7 * random.f64()));
        for (name, expected) in names.iter().zip(&expected) {
            let whole = read(name).is_none_or(|found| found == *expected);
            assert!(whole, "PBXSH_SEED={seed}, round {round}: half of `{name}`");
        }
        let known = ["config.toml", ".lock", "history"];
        for name in home.files() {
            let ends = [".json", ".lock", ".pbxsh-part"].iter().any(|end| name.ends_with(end));
            let fine = names.contains(&name.as_str()) || known.contains(&name.as_str()) || ends;
            assert!(fine, "PBXSH_SEED={seed}, round {round}: what is `{name}`?");
        }
        if round % 5 == 4 {
            whole(run(&once));
            assert!(home.parts().is_empty(), "PBXSH_SEED={seed}, round {round}: {:?}", home.parts());
        }
    }
}

#[test]
fn killed_changes_of_profiles_leave_all_or_nothing() {
    let home = Home::new();
    let (times, seed) = kills();
    let mut random = Rng::with_seed(seed);
    let add = |name: &str| {
        let fixed = ["--url", "https://pbx.example.com", "--client-id", "id", "--secret-env", "SECRET", "--no-test"];
        home.command(&[&["profile", "add", name], fixed.as_slice()].concat())
    };
    whole(add("stays"));
    let begun = Instant::now();
    whole(add("measured"));
    let lasts = begun.elapsed();
    let folder = home.0.path().join(".config/pbxsh");
    assert!(folder.join("config.toml").is_file(), "{:?}", home.files());
    let store = Store::new(folder);
    // A name that leads to no secret is a profile that is lost.
    let secret = |name: &str, round: usize| {
        let found = store.profiles().and_then(|profiles| profiles.find(name).cloned());
        let found = found.and_then(|profile| store.secret(&profile));
        assert!(found.is_ok(), "PBXSH_SEED={seed}, round {round}: {:?}", found.err());
    };
    for round in 0..times {
        let known = store.profiles().expect("profiles").all;
        let name = known.iter().map(|profile| profile.name.clone()).rfind(|name| name != "stays");
        let new = format!("p{round}");
        let mut command = match (random.u8(..3), &name) {
            (1, Some(name)) => home.command(&["profile", "rename", name, &new]),
            (2, Some(name)) => home.command(&["profile", "remove", name, "--yes"]),
            _ => add(&new),
        };
        kill(command.spawn().expect("pbxsh starts"), lasts.mul_f64(0.5 + 0.7 * random.f64()));
        let profiles = store.profiles().unwrap_or_else(|fault| panic!("PBXSH_SEED={seed}, round {round}: {fault:?}"));
        assert!(profiles.find("stays").is_ok(), "PBXSH_SEED={seed}, round {round}: a profile is gone");
        profiles.all.iter().for_each(|profile| secret(&profile.name, round));
        if round % 5 == 4 {
            let name = format!("w{round}");
            whole(add(&name));
            secret(&name, round);
            let left: Vec<_> = home.parts().into_iter().filter(|name| name.contains("config.toml")).collect();
            assert!(left.is_empty(), "PBXSH_SEED={seed}, round {round}: {left:?}");
        }
    }
}
