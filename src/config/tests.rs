//! The file of profiles: what it says, what is wrong in it, and what edits leave of it.

use std::path::Path;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;

use crate::client::Fingerprint;
use crate::config::{Fault, Profile, Profiles, Store, Trust, Wrong, check_name, edit, file};

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
    store.add(&profile("a"), &hush, true).unwrap();
    store.add(&profile("b"), &SecretString::from("other"), false).unwrap();
    assert!(matches!(store.add(&profile("A"), &hush, false), Err(Fault::Duplicate { .. })));
    assert!(matches!(store.rename("a", "B"), Err(Fault::Duplicate { .. })));
    assert!(matches!(store.rename("a", "a"), Err(Fault::Duplicate { .. })));
    store.rename("a", "A").unwrap();
    assert_eq!(store.secret("A").unwrap().expose_secret(), "hush-hush");
    assert!(store.profiles().unwrap().is_default("A"));
    let text = std::fs::read_to_string(store.file()).unwrap();
    assert!(!text.contains("hush") && !text.contains("other"), "{text}");
    store.remove("A").unwrap();
    assert!(matches!(store.secret("A"), Err(Fault::NoSecret { .. })));
    assert_eq!(store.secret("b").unwrap().expose_secret(), "other");
    assert!(matches!(store.remove("A"), Err(Fault::UnknownProfile { known, .. }) if known == ["b"]));
}

#[cfg(unix)]
#[test]
fn secrets_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let home = TempDir::new().unwrap();
    let store = Store::new(home.path().join("pbxsh"));
    store.add(&profile("a"), &SecretString::from("hush"), false).unwrap();
    let file = store.secret_file("a");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
    assert!(matches!(store.secret("a"), Err(Fault::OpenSecret { mode: 0o640, .. })));
    assert_eq!(store.open_secrets(), std::slice::from_ref(&file));
    // Written anew it is closed again.
    store.set_secret("a", &SecretString::from("new")).unwrap();
    assert_eq!((mode(&file), store.secret("a").unwrap().expose_secret()), (0o600, "new"));
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
