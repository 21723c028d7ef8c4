//! A keyring on a bus of its own, as a desktop has one: open, locked, silent, and not there.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dbus::Message;
use dbus::arg::{PropMap, RefArg, Variant};
use dbus::blocking::Connection;
use dbus::channel::Channel;
use dbus::message::MessageType;
use dbus::strings::Path;
use tempfile::TempDir;

use crate::common::Pbxsh;
use crate::files::says;
use crate::profiles::{Home, SECRET, pbx};

/// How a keyring is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Open,
    Locked,
    /// It takes calls and answers none.
    Silent,
}

/// Attributes of an entry, and its secret.
type Entries = BTreeMap<usize, (BTreeMap<String, String>, String)>;

struct Desktop {
    daemon: Child,
    address: String,
    mood: Arc<Mutex<Mood>>,
    entries: Arc<Mutex<Entries>>,
    _folder: TempDir,
}

impl Desktop {
    /// A bus, and nothing on it; none where this machine has no D-Bus.
    fn bare() -> Option<Desktop> {
        let folder = TempDir::new().expect("a folder");
        let address = format!("--address=unix:path={}", folder.path().join("bus").display());
        let mut daemon = Command::new("dbus-daemon");
        daemon.args(["--session", "--nofork", "--nopidfile", "--print-address=1", &address]);
        let mut daemon = daemon.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut address = String::new();
        let mut out = BufReader::new(daemon.stdout.take().expect("its output"));
        out.read_line(&mut address).expect("its address");
        let (mood, entries) = (Arc::new(Mutex::new(Mood::Open)), Arc::default());
        Some(Desktop { daemon, address: address.trim().to_owned(), mood, entries, _folder: folder })
    }

    fn with_keyring() -> Option<Desktop> {
        let desktop = Desktop::bare()?;
        let mut channel = Channel::open_private(&desktop.address).expect("the bus");
        channel.register().expect("a name of its own");
        let connection = Connection::from(channel);
        connection.request_name("org.freedesktop.secrets", false, true, false).expect("the name");
        let (mood, entries) = (desktop.mood.clone(), desktop.entries.clone());
        std::thread::spawn(move || {
            let channel = connection.channel();
            while channel.read_write(Some(Duration::from_millis(100))).is_ok() {
                while let Some(message) = channel.pop_message() {
                    let mood = *mood.lock().expect("the mood");
                    if message.msg_type() == MessageType::MethodCall && mood != Mood::Silent {
                        let answer = answer(&message, mood, &mut entries.lock().expect("the entries"));
                        let _ = channel.send(answer);
                    }
                }
            }
        });
        Some(desktop)
    }

    fn is(&self, mood: Mood) {
        *self.mood.lock().expect("the mood") = mood;
    }

    fn secrets(&self) -> Vec<String> {
        self.entries.lock().expect("the entries").values().map(|(_, secret)| secret.clone()).collect()
    }

    fn on(&self, run: Pbxsh) -> Pbxsh {
        run.variable("DBUS_SESSION_BUS_ADDRESS", &self.address).variable("COLUMNS", "500")
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn path(text: &str) -> Path<'static> {
    Path::new(text).expect("a path")
}

/// What the Secret Service would say.
fn answer(message: &Message, mood: Mood, entries: &mut Entries) -> Message {
    let root = || path("/");
    let at = message.path().map(|path| path.to_string()).unwrap_or_default();
    let entry: usize = at.rsplit('/').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    match message.member().as_deref().unwrap_or_default() {
        "OpenSession" => message.method_return().append2(Variant(String::new()), path("/session")),
        "ReadAlias" => message.method_return().append1(path("/org/freedesktop/secrets/collection/login")),
        "Get" => message.method_return().append1(Variant(mood == Mood::Locked)),
        "SearchItems" => {
            let wanted: std::collections::HashMap<String, String> = message.read1().expect("attributes");
            let fits =
                |known: &BTreeMap<String, String>| wanted.iter().all(|(name, value)| known.get(name) == Some(value));
            let found = entries.iter().filter(|(_, (known, _))| fits(known));
            let found: Vec<Path> = found.map(|(number, _)| path(&format!("/item/{number}"))).collect();
            let none = Vec::<Path>::new();
            let both = if mood == Mood::Locked { (none, found) } else { (found, none) };
            message.method_return().append2(both.0, both.1)
        }
        "Unlock" => message.method_return().append2(Vec::<Path>::new(), path("/prompt")),
        "CreateItem" => {
            let (properties, secret): (PropMap, (Path, Vec<u8>, Vec<u8>, String)) = message.read2().expect("an entry");
            let mut known = BTreeMap::new();
            let mut words = properties["org.freedesktop.Secret.Item.Attributes"].0.as_iter().expect("attributes");
            while let (Some(name), Some(value)) = (words.next(), words.next()) {
                known.insert(text(name), text(value));
            }
            let there = entries.iter().find(|(_, (other, _))| *other == known).map(|(number, _)| *number);
            let number = there.unwrap_or(entries.len() + 1);
            entries.insert(number, (known, String::from_utf8(secret.2).expect("text")));
            message.method_return().append2(path(&format!("/item/{number}")), root())
        }
        "GetSecret" => {
            let secret = entries[&entry].1.clone().into_bytes();
            message.method_return().append1((path("/session"), Vec::<u8>::new(), secret, "text/plain".to_owned()))
        }
        "Delete" => {
            entries.remove(&entry);
            message.method_return().append1(root())
        }
        _ => message.method_return(),
    }
}

fn text(value: &dyn RefArg) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_secret_lives_in_the_keyring() {
    let Some(desktop) = Desktop::with_keyring() else { return };
    let (home, server) = (Home::new(), pbx());
    let run = |line: &str| desktop.on(home.run(line));
    let added = desktop.on(home.add("hq", &server.url, "--default")).run();
    assert!(added.code == 0 && !added.err.contains("note:"), "{}", added.err);
    assert_eq!(desktop.secrets(), [SECRET]);
    assert!(!home.path("secrets").exists() && home.file().contains("secret = \"keyring\""), "{}", home.file());
    assert_eq!(desktop.on(home.eval("", "pbx.version")).out(), "20.0.10.1\n");
    assert!(run("profile show hq").out().contains("secret     kept in the keyring\n"));
    assert!(run("profile list").out().contains("default, secret in the keyring"));
    assert!(run("profile list --format json").out().contains("\"secret\": \"keyring\""));
    assert!(run("profile test").out().ends_with("; secret from the keyring\n"));
    assert!(run("doctor").out().contains("secret         ok       it is in the keyring, which answers\n"));
    run("profile rename hq head").out();
    assert_eq!(
        (desktop.secrets().as_slice(), desktop.on(home.eval("", "pbx.version")).run().code),
        ([SECRET.to_owned()].as_slice(), 0)
    );
    // It moves without being typed again, and leaves nothing behind.
    let moved = run("profile secret head --store file").run();
    assert_eq!(
        moved.err,
        "`head` has its secret in a file that only you can read; `pbxsh profile test head` tries it\n"
    );
    assert!(desktop.secrets().is_empty() && home.path("secrets/head").exists());
    assert!(home.file().contains("secret = \"file\""), "{}", home.file());
    assert_eq!(home.eval("", "pbx.version").out(), "20.0.10.1\n");
    let moved = run("profile secret head --store keyring").run();
    assert_eq!(moved.err, "`head` has its secret in the keyring; `pbxsh profile test head` tries it\n");
    assert!(desktop.secrets() == [SECRET] && !home.path("secrets/head").exists());
    let new = run("profile secret head --secret-stdin").input("another\n").run();
    assert_eq!(new.err, "`head` has a new secret in the keyring; `pbxsh profile test head` tries it\n");
    assert_eq!(desktop.secrets(), ["another"]);
    run("profile remove head --yes").out();
    assert!(desktop.secrets().is_empty());
    // A variable says where they go by themselves.
    desktop.on(home.add("b", &server.url, "--no-test")).variable("PBXSH_STORE", "file").out();
    assert!(desktop.secrets().is_empty() && home.path("secrets/b").exists());
    let vault = desktop.on(home.add("c", &server.url, "--no-test")).variable("PBXSH_STORE", "vault");
    says(vault, 2, &["`PBXSH_STORE` is `vault`", "it is `auto`, `keyring` or `file`"]);
    says(run("profile secret b --store vault"), 2, &["it is `auto`, `keyring` or `file`"]);
}

#[test]
fn a_keyring_that_does_not_answer_is_an_error_that_says_what_to_do() {
    let Some(desktop) = Desktop::with_keyring() else { return };
    let (home, server) = (Home::new(), pbx());
    desktop.on(home.add("hq", &server.url, "--default --no-test")).out();
    let remedy = "`pbxsh profile secret hq --store file` keeps it in a file that only you can read";
    let begins = "the secret of `hq` is in the keyring, which does not answer here: ";
    // A job of cron has no session.
    let cron = home.eval("", "pbx.version").variable("COLUMNS", "500");
    says(cron, 4, &[begins, "there is no session of a desktop", remedy]);
    assert!(home.run("doctor").run().out.contains(&format!("secret         failed   {begins}")));
    for (mood, why) in
        [(Mood::Locked, "it is locked, and nobody unlocked it"), (Mood::Silent, "it said nothing for 2 seconds")]
    {
        desktop.is(mood);
        let begun = Instant::now();
        says(desktop.on(home.eval("", "pbx.version")), 4, &["keyring", begins, why, remedy]);
        let none = format!("no keyring answers here: {why}");
        says(desktop.on(home.add("c", &server.url, "--no-test --store keyring")), 4, &[&none, "`--store file`"]);
        let name = format!("{mood:?}");
        let added = desktop.on(home.add(&name, &server.url, "--no-test")).run();
        let note = format!("note: its secret is in a file that only you can read, as {none}\n");
        assert!(added.code == 0 && added.err.starts_with(&note), "{}", added.err);
        assert_eq!(desktop.on(home.eval(&format!("--profile {name}"), "pbx.version")).out(), "20.0.10.1\n");
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    }
    // With the secret at hand it moves to a file; the copy in the keyring is told.
    let moved = desktop.on(home.run("profile secret hq --store file --secret-stdin").input(SECRET)).run();
    assert!(
        moved.err.starts_with("warning: a copy of the secret of `hq` may still be in the keyring"),
        "{}",
        moved.err
    );
    assert_eq!(home.eval("", "pbx.version").out(), "20.0.10.1\n");
    desktop.is(Mood::Open);
    assert_eq!(desktop.secrets(), [SECRET]);
}

#[test]
fn a_bus_without_a_keyring_and_one_that_hangs() {
    let (home, server) = (Home::new(), pbx());
    if let Some(desktop) = Desktop::bare() {
        let added = desktop.on(home.add("a", &server.url, "--no-test")).run();
        let note = "as no keyring answers here: nothing in this session keeps secrets";
        assert!(added.code == 0 && added.err.contains(note), "{}", added.err);
    }
    let folder = TempDir::new().expect("a folder");
    // Takes connections and says nothing.
    let _listener = std::os::unix::net::UnixListener::bind(folder.path().join("bus")).expect("a socket");
    let begun = Instant::now();
    let add = home.add("b", &server.url, "--no-test").variable("XDG_RUNTIME_DIR", &folder.path().display().to_string());
    let added = add.run();
    assert!(added.code == 0 && added.err.contains("it said nothing for 5 seconds"), "{}", added.err);
    assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
}
