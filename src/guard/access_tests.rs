use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::guard::{Access, Forbidden, Grant, Reach, Why};

fn named(value: impl AsRef<Path>) -> Grant {
    Grant::Named(value.as_ref().display().to_string())
}

/// `work/` with a file, `work-too/` with another; both real, as the operating system spells them.
struct Place {
    _folder: TempDir,
    root: PathBuf,
}

impl Place {
    fn new() -> Place {
        let folder = TempDir::new().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for (below, file) in [("work", "a.txt"), ("work-too", "b.txt")] {
            fs::create_dir(root.join(below)).unwrap();
            fs::write(root.join(below).join(file), "text").unwrap();
        }
        Place { _folder: folder, root }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    /// Reads and writes below `work`, where relative paths begin.
    fn access(&self) -> Access {
        let work = self.path("work");
        Access::new(&work).allow(Reach::Read, named(&work)).allow(Reach::Write, named(&work))
    }
}

fn why(result: Result<PathBuf, Forbidden>) -> Why {
    result.unwrap_err().why
}

#[test]
fn nothing_is_allowed_but_pbxs() {
    let place = Place::new();
    let access = Access::new(&place.path("work"));
    let file = place.path("work/a.txt");
    let forbidden = access.read(Path::new("a.txt")).unwrap_err();
    let flag = format!("--allow-read={}", file.display());
    assert_eq!(forbidden, Forbidden { reach: Reach::Read, what: "a.txt".to_owned(), why: Why::NotAllowed(flag) });
    assert_eq!(why(access.write(&file)), Why::NotAllowed(format!("--allow-write={}", file.display())));
    assert_eq!(access.env("HOME").unwrap_err().why, Why::NotAllowed("--allow-env=HOME".to_owned()));
    assert_eq!(access.connect(&["pbx.example.com:5001"], false), Ok(()));
}

#[test]
fn below_a_folder_is_not_beside_it() {
    let place = Place::new();
    let access = place.access();
    assert_eq!(access.read(Path::new("a.txt")), Ok(place.path("work/a.txt")));
    assert_eq!(access.read(&place.path("work")), Ok(place.path("work")));
    assert_eq!(access.read(Path::new("../work/./a.txt")), Ok(place.path("work/a.txt")));
    for outside in ["../work-too/b.txt", "..", "../work-too", "../workshop", "/", "/etc/passwd"] {
        assert!(matches!(why(access.read(Path::new(outside))), Why::NotAllowed(_)), "{outside}");
        assert!(matches!(why(access.write(Path::new(outside))), Why::NotAllowed(_)), "{outside}");
    }
    // A single file is no folder.
    let one = Access::new(&place.root).allow(Reach::Read, named("work/a.txt"));
    assert!(one.read(&place.path("work/a.txt")).is_ok());
    assert!(one.read(&place.path("work/a.txt2")).is_err() && one.read(&place.path("work")).is_err());
}

#[test]
fn what_does_not_exist_is_decided_where_it_would_be() {
    let place = Place::new();
    let access = place.access();
    assert_eq!(access.write(Path::new("new/deep/x.csv")), Ok(place.path("work/new/deep/x.csv")));
    assert_eq!(access.write(Path::new("new/../x.csv")), Ok(place.path("work/x.csv")));
    assert_eq!(access.read(Path::new("missing")), Ok(place.path("work/missing")));
    for outside in ["new/../../x.csv", "new/deep/../../../work-too/x.csv", "../missing/x", "missing/../../../etc/x"] {
        assert!(access.write(Path::new(outside)).is_err(), "{outside}");
    }
}

#[cfg(unix)]
#[test]
fn links_count_where_they_lead() {
    use std::os::unix::fs::symlink;
    let place = Place::new();
    let access = place.access();
    let link = |to: &str, name: &str| symlink(to, place.path("work").join(name)).unwrap();
    link("../work-too", "out");
    link("../work-too/b.txt", "file");
    link("../work-too/none.txt", "dangling");
    link("a.txt", "inside");
    link("fresh.txt", "dangling-inside");
    link("turn", "turn");
    link("missing/../out/x", "detour");
    for outside in ["out", "out/b.txt", "out/new.txt", "file", "dangling", "new/../out/x", "new/../file", "detour"] {
        assert!(access.read(Path::new(outside)).is_err(), "{outside}");
        assert!(access.write(Path::new(outside)).is_err(), "{outside}");
    }
    assert_eq!(access.write(Path::new("inside")), Ok(place.path("work/a.txt")));
    assert_eq!(access.write(Path::new("dangling-inside")), Ok(place.path("work/fresh.txt")));
    // A link that leads to itself ends, and where it stands.
    assert_eq!(access.write(Path::new("turn")), Ok(place.path("work/turn")));
    // `..` behind a link goes up from where the link leads.
    assert!(access.read(Path::new("out/../work-too/b.txt")).is_err());
    assert_eq!(access.read(Path::new("out/../work/a.txt")), Ok(place.path("work/a.txt")));
    // A link is removed, not what it leads to, and only where it stands counts.
    assert_eq!(access.remove(Path::new("file")), Ok(place.path("work/file")));
    assert!(access.remove(Path::new("out/b.txt")).is_err());
    // What a flag names may be a link as well.
    let through = Access::new(&place.path("work")).allow(Reach::Read, named("out"));
    assert!(through.read(&place.path("work-too/b.txt")).is_ok() && through.read(&place.path("work/a.txt")).is_err());
}

#[cfg(unix)]
#[test]
fn a_file_that_was_exchanged_is_noticed() {
    let place = Place::new();
    let (mine, other) = (place.path("work/a.txt"), place.path("work-too/b.txt"));
    let open = File::open(&mine).unwrap();
    assert!(Access::is_still(&mine, &open));
    assert!(!Access::is_still(&mine, &File::open(&other).unwrap()));
    fs::remove_file(&mine).unwrap();
    std::os::unix::fs::symlink(&other, &mine).unwrap();
    assert!(!Access::is_still(&mine, &File::open(&mine).unwrap()));
}

#[test]
fn what_is_denied_goes_first() {
    let place = Place::new();
    let access = place.access().allow(Reach::Read, Grant::Everything).deny(Reach::Read, named("../work-too"));
    assert!(access.read(Path::new("/")).is_ok());
    assert_eq!(why(access.read(&place.path("work-too/b.txt"))), Why::Denied(format!("--deny-read={}", "../work-too")));
    assert!(access.read(&place.path("work-too2")).is_ok());
    // Reading says nothing about writing, and the other way round.
    assert!(access.write(&place.path("work-too/b.txt")).is_err());
    let access = place.access().deny(Reach::Write, Grant::Everything);
    assert_eq!(why(access.write(Path::new("a.txt"))), Why::Denied("--deny-write".to_owned()));
    assert!(access.read(Path::new("a.txt")).is_ok());
    assert!(why(access.remove(Path::new("a.txt"))) == Why::Denied("--deny-write".to_owned()));
}

#[test]
fn what_is_withheld_no_flag_allows() {
    let place = Place::new();
    let access = place.access().allow(Reach::Read, Grant::Everything).withhold(Reach::Read);
    assert_eq!(why(access.read(Path::new("a.txt"))), Why::NotDeclared);
    assert!(access.write(Path::new("a.txt")).is_ok());
}

#[test]
fn without_a_folder_relative_paths_lead_nowhere() {
    let access = Access::default().allow(Reach::Read, named("")).allow(Reach::Read, named("."));
    assert!(access.read(Path::new("no such file")).is_err());
    assert!(access.read(Path::new("/no such file")).is_err());
}

#[test]
fn variables_by_name_or_beginning() {
    let access = Access::default().allow(Reach::Env, named("LANG")).allow(Reach::Env, named("PBX_*"));
    for (name, fine) in [("LANG", true), ("LANGUAGE", false), ("PBX_", true), ("PBX_URL", true), ("PBX", false)] {
        assert_eq!(access.env(name).is_ok(), fine, "{name}");
    }
    let access = Access::default().allow(Reach::Env, Grant::Everything).deny(Reach::Env, named("XAPI_*"));
    assert!(access.env("HOME").is_ok());
    assert_eq!(access.env("XAPI_CLIENT_SECRET").unwrap_err().why, Why::Denied("--deny-env='XAPI_*'".to_owned()));
}

#[test]
fn pbxs_are_narrowed_by_name_or_host() {
    let access = Access::default().allow(Reach::Connect, named("branch-7")).allow(Reach::Connect, named("a.example"));
    let pbx = |names: &[&str]| access.connect(names, false).is_ok();
    assert!(pbx(&["branch-7", "b.example:5001"]) && pbx(&["a.example:5001"]) && pbx(&["A.EXAMPLE"]));
    assert!(!pbx(&["b.example:5001"]) && !pbx(&["a.example.org"]) && !pbx(&["evil-a.example"]));
    let forbidden = access.connect(&["b.example:5001"], false).unwrap_err();
    assert_eq!(forbidden.why, Why::NotAllowed("--allow-connect=b.example:5001".to_owned()));
    // The simulated PBX is part of the program; a host of its name is not.
    assert!(access.connect(&["sandbox@20.0.8"], true).is_ok());
    assert!(!pbx(&["sandbox:5001"]));
    let access = Access::default().deny(Reach::Connect, named("sandbox")).deny(Reach::Connect, named("https://x.y:1/"));
    assert_eq!(
        access.connect(&["sandbox@20.0.8"], true).unwrap_err().why,
        Why::Denied("--deny-connect=sandbox".to_owned())
    );
    assert!(access.connect(&["x.y:1"], false).is_err() && access.connect(&["x.y:2"], false).is_ok());
    assert!(Access::default().deny(Reach::Connect, Grant::Everything).connect(&["any"], false).is_err());
}
