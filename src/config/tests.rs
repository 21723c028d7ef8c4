//! The file of profiles: what it says, what is wrong in it, and what edits leave of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;

use crate::client::Fingerprint;
use crate::config::{
    Fault, Kept, Keyring, Mute, Place, Profile, Profiles, Store, Stored, Trust, Wrong, check_name, edit, file,
};

const FILE: &str = "\
# Our PBXs. Ask Ada before you change anything.

# head office first
default = \"hq\" # most of the work

[profiles.hq]
url = \"https://hq.example.com:5001\"
client_id = \"shell\"   # made by Ada
tags = [\"berlin\", \"office\"]
read_only = true

# the branch

# still with its own certificate
[profiles.branch-7]
client_id = \"shell\"
url = \"https://branch7.example.com\"
ca_cert = \"ca/branch.pem\"
connect_timeout = 2.5
request_timeout = 60
";

fn read(text: &str) -> Result<Profiles, Fault> {
    file::read(text, Path::new("/conf/config.toml"))
}

fn profile(name: &str) -> Profile {
    Profile {
        name: name.to_owned(),
        url: "https://new.example.com".to_owned(),
        client_id: "shell".to_owned(),
        tags: vec!["berlin".to_owned()],
        trust: Trust::Pin(Fingerprint::of(b"x")),
        connect_timeout: None,
        request_timeout: Some(Duration::from_secs(30)),
        read_only: false,
        secret: Kept::File,
    }
}

#[test]
fn everything_in_the_file_is_read() {
    let profiles = read(FILE).unwrap();
    assert_eq!(profiles.default.as_deref(), Some("hq"));
    let [hq, branch] = profiles.all.as_slice() else { panic!("{profiles:?}") };
    assert_eq!((hq.name.as_str(), hq.client_id.as_str()), ("hq", "shell"));
    assert!(hq.read_only && hq.trust == Trust::System && hq.tags == ["berlin", "office"]);
    assert_eq!(branch.trust, Trust::CaCert("/conf/ca/branch.pem".into()));
    assert_eq!(branch.connect_timeout, Some(Duration::from_millis(2500)));
    assert_eq!(branch.request_timeout, Some(Duration::from_secs(60)));
    assert_eq!(read("").unwrap(), Profiles::default());
    let inline = "profiles = { a = { url = 'https://a', client_id = 'x', insecure = true } }";
    assert_eq!(read(inline).unwrap().all[0].trust, Trust::Insecure);
}

type Fits = Box<dyn Fn(&Wrong) -> bool>;

#[test]
fn mistakes_have_a_line() {
    let hq = "[profiles.hq]\nurl = \"https://a\"\nclient_id = \"x\"\n";
    let pin = "AA".repeat(31);
    let unknown =
        |key: &'static str| move |wrong: &Wrong| matches!(wrong, Wrong::Unknown { key: given, .. } if given == key);
    let cases: Vec<(String, usize, Fits)> = vec![
        ("\ndefaults = 1".into(), 2, Box::new(unknown("defaults"))),
        (format!("{hq}clent_id = \"y\""), 4, Box::new(unknown("clent_id"))),
        (format!("{hq}[profiles.hq.more]\n"), 4, Box::new(unknown("more"))),
        (format!("{hq}client_secret = \"y\""), 4, Box::new(|wrong| matches!(wrong, Wrong::Secret { .. }))),
        (format!("{hq}secret = \"hush\""), 4, Box::new(|wrong| matches!(wrong, Wrong::Secret { .. }))),
        (format!("{hq}secret = 1"), 4, Box::new(|wrong| matches!(wrong, Wrong::Secret { .. }))),
        (format!("{hq}tags = \"berlin\""), 4, Box::new(|wrong| matches!(wrong, Wrong::Type { given: "string", .. }))),
        (format!("{hq}tags = [1]"), 4, Box::new(|wrong| matches!(wrong, Wrong::Type { .. }))),
        (format!("{hq}read_only = 1"), 4, Box::new(|wrong| matches!(wrong, Wrong::Type { .. }))),
        (format!("{hq}pin = \"{pin}\""), 4, Box::new(|wrong| matches!(wrong, Wrong::Pin { .. }))),
        (format!("{hq}connect_timeout = 0"), 4, Box::new(|wrong| matches!(wrong, Wrong::Seconds { .. }))),
        (format!("{hq}request_timeout = -1.5"), 4, Box::new(|wrong| matches!(wrong, Wrong::Seconds { .. }))),
        (
            format!("{hq}ca_cert = \"a.pem\"\ninsecure = true"),
            5,
            Box::new(|wrong| matches!(wrong, Wrong::Both { one: "ca_cert", other: "insecure" })),
        ),
        (
            "[profiles.hq]\nurl = \"https://a\"".into(),
            1,
            Box::new(|wrong| *wrong == Wrong::Missing { key: "client_id" }),
        ),
        ("[profiles.hq]\nurl = \"pbx:5001\"".into(), 2, Box::new(|wrong| matches!(wrong, Wrong::Url { .. }))),
        ("[profiles]\nhq = 5".into(), 2, Box::new(|wrong| matches!(wrong, Wrong::Type { .. }))),
        ("profiles = 5".into(), 1, Box::new(|wrong| matches!(wrong, Wrong::Type { .. }))),
        (format!("{hq}[profiles.HQ]\n"), 4, Box::new(|wrong| matches!(wrong, Wrong::Twice { .. }))),
        (format!("{hq}[profiles.sandbox]\n"), 4, Box::new(|wrong| matches!(wrong, Wrong::Reserved { .. }))),
        (format!("{hq}[profiles.\"a/b\"]\n"), 4, Box::new(|wrong| matches!(wrong, Wrong::Name { .. }))),
        (format!("\ndefault = \"hp\"\n{hq}"), 2, Box::new(|wrong| matches!(wrong, Wrong::Default { .. }))),
    ];
    for (text, expected, fits) in cases {
        let Err(Fault::Entry { line, wrong, .. }) = read(&text) else { panic!("{text}: {:?}", read(&text)) };
        assert!(line == expected && fits(&wrong), "{text}: {line} {wrong:?}");
    }
    assert!(matches!(read("a = 1\nb = ]"), Err(Fault::Syntax { line: 2, .. })));
}

#[test]
fn edits_leave_comments_and_order() {
    let renamed = edit::rename(FILE, "hq", "head").unwrap();
    let expected = FILE.replace("default = \"hq\"", "default = \"head\"").replace("[profiles.hq]", "[profiles.head]");
    assert_eq!(renamed, expected);
    // What was at the top of the file is parted from what is there now.
    let plain = "# all of them\n[profiles.a]\nurl = \"https://a\"\n";
    assert_eq!(edit::set_default(plain, "a").unwrap(), format!("default = \"a\"\n\n{plain}"));
    let branch = edit::set_default(FILE, "branch-7").unwrap();
    assert_eq!(branch, FILE.replace("\"hq\" #", "\"branch-7\" #"));
    let added = edit::add(FILE, &profile("new"), false).unwrap();
    assert!(added.starts_with(FILE), "{added}");
    assert_eq!(read(&added).unwrap().all[2], profile("new"));
    let removed = edit::remove(&added, "new").unwrap();
    assert_eq!(removed, FILE);
}

#[test]
fn removing_takes_the_comment_of_the_profile_and_no_other() {
    let without = edit::remove(FILE, "branch-7").unwrap();
    assert!(without.ends_with("read_only = true\n\n# the branch\n\n"), "{without}");
    assert!(!without.contains("own certificate"), "{without}");
    let rest = edit::remove(FILE, "hq").unwrap();
    assert!(rest.contains("# the branch\n\n# still with its own certificate\n[profiles.branch-7]"), "{rest}");
    assert!(!rest.contains("default") && read(&rest).unwrap().all.len() == 1, "{rest}");
    let header = "# ours\n\n# first\n[profiles.a]\nurl = \"https://a\"\nclient_id = \"x\"\n";
    let both = edit::add(header, &profile("b"), false).unwrap();
    let last = edit::remove(&both, "a").unwrap();
    assert!(last.starts_with("# ours\n\n[profiles.b]\n"), "{last}");
    assert!(edit::remove(header, "a").unwrap().starts_with("# ours\n"));
}

#[test]
fn what_profiles_are_called() {
    for name in ["hq", "branch-7", "7", "a.b_c", &"x".repeat(64)] {
        assert_eq!(check_name(name), Ok(()), "{name}");
    }
    for name in ["", ".", "..", "-a", "a b", "a/b", "münchen", "a@b", "tag:berlin", &"x".repeat(65)] {
        assert!(matches!(check_name(name), Err(Fault::BadName { .. })), "{name}");
    }
    for name in ["sandbox", "sandbox2", "Sandbox-old"] {
        assert!(matches!(check_name(name), Err(Fault::Reserved { .. })), "{name}");
    }
}

#[test]
fn profiles_come_and_go_with_their_secrets() {
    let home = TempDir::new().unwrap();
    let store = Store::new(home.path().join("pbxsh"));
    assert_eq!(store.profiles().unwrap(), Profiles::default());
    let hush = SecretString::from("hush-hush");
    store.add(&profile("a"), &hush, Place::Auto, true).unwrap();
    store.add(&profile("b"), &SecretString::from("other"), Place::Auto, false).unwrap();
    assert!(matches!(store.add(&profile("A"), &hush, Place::Auto, false), Err(Fault::Duplicate { .. })));
    assert!(matches!(store.rename("a", "B"), Err(Fault::Duplicate { .. })));
    assert!(matches!(store.rename("a", "a"), Err(Fault::Duplicate { .. })));
    store.rename("a", "A").unwrap();
    assert_eq!(store.secret(&profile("A")).unwrap().expose_secret(), "hush-hush");
    assert!(store.profiles().unwrap().is_default("A"));
    let text = std::fs::read_to_string(store.file()).unwrap();
    assert!(!text.contains("hush") && !text.contains("other"), "{text}");
    store.remove("A").unwrap();
    assert!(matches!(store.secret(&profile("A")), Err(Fault::NoSecret { .. })));
    assert_eq!(store.secret(&profile("b")).unwrap().expose_secret(), "other");
    assert!(matches!(store.remove("A"), Err(Fault::UnknownProfile { known, .. }) if known == ["b"]));
}

#[cfg(unix)]
#[test]
fn secrets_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let home = TempDir::new().unwrap();
    let store = Store::new(home.path().join("pbxsh"));
    store.add(&profile("a"), &SecretString::from("hush"), Place::File, false).unwrap();
    let file = store.secret_file("a");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
    assert!(matches!(store.secret(&profile("a")), Err(Fault::OpenSecret { mode: 0o640, .. })));
    assert_eq!(store.open_secrets(), std::slice::from_ref(&file));
    // Written anew it is closed again.
    store.set_secret("a", &SecretString::from("new"), None).unwrap();
    assert_eq!((mode(&file), store.secret(&profile("a")).unwrap().expose_secret()), (0o600, "new"));
}

#[cfg(unix)]
#[test]
fn a_linked_file_stays_a_link() {
    let home = TempDir::new().unwrap();
    let store = Store::new(home.path().join("pbxsh"));
    std::fs::create_dir(home.path().join("pbxsh")).unwrap();
    std::fs::write(home.path().join("dotfile"), FILE).unwrap();
    std::os::unix::fs::symlink("../dotfile", store.file()).unwrap();
    store.set_default("branch-7").unwrap();
    assert!(std::fs::symlink_metadata(store.file()).unwrap().is_symlink());
    assert!(std::fs::read_to_string(home.path().join("dotfile")).unwrap().contains("default = \"branch-7\""));
}

/// A keyring that can be made to say nothing, and what is in it.
#[derive(Debug, Clone, Default)]
struct Fake {
    entries: Arc<Mutex<BTreeMap<String, String>>>,
    locked: Arc<Mutex<bool>>,
}

impl Fake {
    fn open(&self) -> Result<std::sync::MutexGuard<'_, BTreeMap<String, String>>, Mute> {
        if *self.locked.lock().unwrap() { Err(Mute::Locked) } else { Ok(self.entries.lock().unwrap()) }
    }

    fn lock(&self, locked: bool) {
        *self.locked.lock().unwrap() = locked;
    }

    fn secrets(&self) -> Vec<String> {
        self.entries.lock().unwrap().values().cloned().collect()
    }
}

impl Keyring for Fake {
    fn get(&self, key: &str) -> Result<Option<SecretString>, Mute> {
        Ok(self.open()?.get(key).map(|secret| SecretString::from(secret.clone())))
    }

    fn set(&self, key: &str, secret: &SecretString) -> Result<(), Mute> {
        self.open()?.insert(key.to_owned(), secret.expose_secret().to_owned());
        Ok(())
    }

    fn remove(&self, key: &str) -> Result<(), Mute> {
        self.open()?.remove(key);
        Ok(())
    }
}

/// A store with a keyring, and the profile `name` as it is kept now.
fn with_keyring() -> (TempDir, Fake, Store) {
    let (home, keyring) = (TempDir::new().unwrap(), Fake::default());
    let store = Store::new(home.path().join("pbxsh")).with_keyring(keyring.clone());
    (home, keyring, store)
}

#[track_caller]
fn secret(store: &Store, name: &str) -> Result<String, Fault> {
    let profiles = store.profiles().unwrap();
    store.secret(profiles.find(name).unwrap()).map(|secret| secret.expose_secret().to_owned())
}

fn stored(kept: Kept) -> Stored {
    Stored { kept, instead: None, left: None }
}

#[test]
fn where_a_keyring_answers_secrets_are_in_it() {
    let (_home, keyring, store) = with_keyring();
    let hush = SecretString::from("hush");
    assert_eq!(store.add(&profile("a"), &hush, Place::Auto, true), Ok(stored(Kept::Keyring)));
    let text = || std::fs::read_to_string(store.file()).unwrap();
    assert!(text().contains("secret = \"keyring\"") && !text().contains("hush"), "{}", text());
    assert!(!store.secret_file("a").exists() && keyring.secrets() == ["hush"]);
    assert_eq!(secret(&store, "a").as_deref(), Ok("hush"));
    assert_eq!(store.set_secret("a", &SecretString::from("new"), None), Ok(stored(Kept::Keyring)));
    assert_eq!(store.rename("a", "b"), Ok(None));
    assert_eq!((secret(&store, "b").as_deref(), keyring.secrets()), (Ok("new"), vec!["new".to_owned()]));
    // Another folder with a profile of this name is another one.
    let other = Store::new(store.file().with_file_name("other")).with_keyring(keyring.clone());
    other.add(&profile("b"), &hush, Place::Keyring, false).unwrap();
    assert_eq!((secret(&store, "b").as_deref(), secret(&other, "b").as_deref()), (Ok("new"), Ok("hush")));
    assert_eq!(store.remove("b"), Ok(None));
    assert_eq!(keyring.secrets(), ["hush"]);
}

#[test]
fn a_secret_that_moves_leaves_no_copy() {
    let (_home, keyring, store) = with_keyring();
    let hush = SecretString::from("hush");
    store.add(&profile("a"), &hush, Place::File, false).unwrap();
    let before = std::fs::read_to_string(store.file()).unwrap();
    assert!(store.secret_file("a").exists() && keyring.secrets().is_empty());
    assert_eq!(store.set_secret("a", &hush, Some(Place::Keyring)), Ok(stored(Kept::Keyring)));
    assert!(!store.secret_file("a").exists() && keyring.secrets() == ["hush"]);
    assert_eq!(store.set_secret("a", &hush, Some(Place::File)), Ok(stored(Kept::File)));
    assert!(store.secret_file("a").exists() && keyring.secrets().is_empty());
    let after = std::fs::read_to_string(store.file()).unwrap();
    assert_eq!(after, format!("{before}secret = \"file\"\n"));
    assert_eq!(secret(&store, "a").as_deref(), Ok("hush"));
    // What is said beside it stays.
    let noted = after.replace("secret = \"file\"", "secret = \"file\" # for cron");
    std::fs::write(store.file(), noted).unwrap();
    store.set_secret("a", &hush, Some(Place::Auto)).unwrap();
    assert!(std::fs::read_to_string(store.file()).unwrap().ends_with("secret = \"keyring\" # for cron\n"));
}

#[test]
fn a_keyring_that_does_not_answer_loses_nothing() {
    let (_home, keyring, store) = with_keyring();
    let hush = SecretString::from("hush");
    store.add(&profile("a"), &hush, Place::Keyring, false).unwrap();
    keyring.lock(true);
    let mute = |name: &str| Fault::MuteKeyring { name: name.to_owned(), why: Mute::Locked };
    assert_eq!(secret(&store, "a"), Err(mute("a")));
    assert_eq!(store.rename("a", "b"), Err(mute("a")));
    let none = Fault::NoKeyring { why: Mute::Locked };
    assert_eq!(store.set_secret("a", &hush, None), Err(none.clone()));
    assert_eq!(store.add(&profile("c"), &hush, Place::Keyring, false), Err(none));
    assert!(store.profiles().unwrap().find("c").is_err());
    let instead = Stored { instead: Some(Mute::Locked), ..stored(Kept::File) };
    assert_eq!(store.add(&profile("c"), &hush, Place::Auto, false), Ok(instead));
    assert_eq!(secret(&store, "c").as_deref(), Ok("hush"));
    // A copy that nobody can take away is told.
    let left = Stored { left: Some(Mute::Locked), ..stored(Kept::File) };
    assert_eq!(store.set_secret("a", &SecretString::from("new"), Some(Place::File)), Ok(left));
    assert_eq!(secret(&store, "a").as_deref(), Ok("new"));
    keyring.lock(false);
    store.set_secret("a", &hush, Some(Place::Keyring)).unwrap();
    keyring.lock(true);
    assert_eq!(store.remove("a"), Ok(Some(Mute::Locked)));
    assert!(store.profiles().unwrap().find("a").is_err());
}

#[test]
fn what_should_be_in_the_keyring_can_be_missing() {
    let (_home, keyring, store) = with_keyring();
    store.add(&profile("a"), &SecretString::from("hush"), Place::Keyring, false).unwrap();
    keyring.entries.lock().unwrap().clear();
    assert_eq!(secret(&store, "a"), Err(Fault::NotInKeyring { name: "a".to_owned() }));
    assert_eq!(store.rename("a", "b"), Ok(None));
    assert_eq!(store.remove("b"), Ok(None));
}

#[test]
fn a_file_that_cannot_be_changed_takes_the_new_secret_back() {
    let (_home, keyring, store) = with_keyring();
    store.add(&profile("a"), &SecretString::from("hush"), Place::File, false).unwrap();
    // Nothing can be put into the place of a folder.
    let file = store.file();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    assert!(store.add(&profile("b"), &SecretString::from("x"), Place::Keyring, false).is_err());
    assert!(keyring.secrets().is_empty());
    std::fs::remove_dir(&file).unwrap();
    std::fs::write(&file, text).unwrap();
    assert_eq!(secret(&store, "a").as_deref(), Ok("hush"));
}
