//! `pbxsh sandbox serve`: what it prints, how it ends, what it keeps, what it refuses.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::common::{NOW, pbxsh, same, watch};

/// A sandbox that serves, in a folder of its own or of somebody else.
pub struct Serving {
    child: Child,
    /// The lines at the start.
    pub ready: Vec<String>,
}

pub fn serve(folder: &Path, arguments: &[&str]) -> Serving {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pbxsh"));
    command.args(["sandbox", "serve"]).args(arguments).env_clear().env("PBXSH_NOW", NOW).current_dir(folder);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pbxsh starts");
    let out = BufReader::new(child.stdout.as_mut().expect("an open output"));
    // It must not wait for more before it shows them.
    let ready = out.lines().take(5).map(|line| line.expect("text")).collect();
    Serving { child, ready }
}

impl Drop for Serving {
    /// A test that fails leaves nothing running.
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

impl Serving {
    pub fn variable(&self, name: &str) -> &str {
        let start = format!("export {name}=");
        self.ready.iter().find_map(|line| line.strip_prefix(&start)).unwrap_or_else(|| panic!("{:?}", self.ready))
    }

    /// What a script prints that works on it as on any PBX.
    pub fn run(&self, code: &str) -> String {
        let names = ["XAPI_URL", "XAPI_CLIENT_ID", "XAPI_CLIENT_SECRET"];
        names.iter().fold(pbxsh(["-e", code]), |run, name| run.variable(name, self.variable(name))).out()
    }

    fn ends_on(mut self, signal: &str) -> (Option<i32>, String) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().expect("`kill`");
        assert!(sent.success());
        let mut errors = String::new();
        self.child.stderr.take().expect("open errors").read_to_string(&mut errors).expect("text");
        // What it prints at the start is for those who log in; what it tells is for all.
        watch::watch("what it told", &errors, &BTreeSet::new());
        (self.child.wait().expect("an end").code(), errors)
    }
}

#[test]
fn it_says_where_it_is_and_ends_well() {
    let folder = TempDir::new().expect("a folder");
    for signal in ["-INT", "-TERM"] {
        let serving = serve(folder.path(), &["--release", "20.0.8"]);
        let url = serving.variable("XAPI_URL").to_owned();
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        same(
            &serving.ready.join("\n"),
            &format!(
                "# a simulated PBX of release 20.0.8 listens on {url}
# client id `sandbox`, secret `sandbox-secret`, role System Owner
export XAPI_URL={url}
export XAPI_CLIENT_ID=sandbox
export XAPI_CLIENT_SECRET=sandbox-secret"
            ),
        );
        assert_eq!(
            serving.run("[pbx.release, pbx.users.list().first().FirstName].to_json()"),
            "[\"20.0.8\",\"Ada\"]\n"
        );
        assert_eq!(serving.ends_on(signal), (Some(0), String::new()));
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "nothing is kept unasked");
}

#[test]
fn a_reader_may_leave_when_it_has_the_address() {
    let folder = TempDir::new().expect("a folder");
    for _ in 0..5 {
        let mut serving = serve(folder.path(), &[]);
        drop(serving.child.stdout.take());
        assert_eq!(serving.run("pbx.users.list().first().FirstName"), "Ada\n");
        assert_eq!(serving.ends_on("-TERM"), (Some(0), String::new()));
    }
}

#[test]
fn a_state_is_kept_and_goes_on() {
    let folder = TempDir::new().expect("a folder");
    let state = || std::fs::read_to_string(folder.path().join("pbx.json")).expect("the state");
    let keep = ["--state", "pbx.json", "--keep"];
    let serving = serve(folder.path(), &keep);
    let before = state();
    serving.run("pbx.groups.create(#{ Name: \"Blue\" }).Id");
    assert_eq!(state(), before, "the end is the time to write");
    assert_eq!(serving.ends_on("-TERM"), (Some(0), String::new()));
    let after = state();
    assert!(!before.contains("\"Blue\"") && after.contains("\"Name\": \"Blue\""));
    let count = "pbx.groups.list(#{ filter: #{ Name: \"Blue\" } }).len()";
    // Without `--keep` the file only begins it.
    let serving = serve(folder.path(), &keep[..2]);
    assert_eq!(serving.run(count), "1\n");
    serving.run("pbx.groups.create(#{ Name: \"Blue\" }).Id");
    assert_eq!(serving.ends_on("-INT"), (Some(0), String::new()));
    assert_eq!(state(), after);
    let serving = serve(folder.path(), &keep);
    assert_eq!(serving.run(count), "1\n");
    assert_eq!(serving.ends_on("-INT"), (Some(0), String::new()));
    // Reading changes a token's chance and nothing else.
    let without_chance =
        |text: &str| text.lines().filter(|line| !line.contains("\"chance\"")).collect::<Vec<_>>().join("\n");
    same(&without_chance(&state()), &without_chance(&after));
}

#[test]
fn faults_strike_as_they_were_asked_to() {
    let folder = TempDir::new().expect("a folder");
    let serving = serve(folder.path(), &["--fault", "500x1:/Users", "--fault", "502:/Queues"]);
    let code =
        "let seen = []; for i in 0..2 { try { pbx.users.get(1); seen += 200 } catch (e) { seen += e.status } } seen";
    assert_eq!(serving.run(&format!("{code}.to_json()")), "[500,404]\n");
    let report = serving.run("try { pbx.queues.list().len() } catch (e) { print(e.message) }");
    assert!(report.contains("502"), "{report}");
    assert_eq!(serving.ends_on("-TERM"), (Some(0), String::new()));
}

#[test]
fn what_cannot_be_served_is_one_sentence() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let report = pbxsh(["sandbox", "serve", "--port", &address.port().to_string()]).fails(5);
    // The reason is the system's own.
    let start = format!("sandbox\n\n  x the sandbox cannot start: {address}: ");
    let end = "\n  help: without `--port` it takes any free port\n";
    assert!(report.starts_with(&start) && report.ends_with(end), "{report}");
    let report = pbxsh(["sandbox", "serve", "--fault", "418"]).fails(2);
    same(
        &report,
        "usage\n\n  x `--fault`: there is no fault `418`: there are 401, 403, 429[=TIME], 500, 502, 503[=TIME], 504,
  | slow=TIME, drip=TIME, cut, length and close
",
    );
    let report = pbxsh(["sandbox", "serve", "--release", "19.0"]).fails(2);
    assert!(report.contains("there is no release `19.0`"), "{report}");
    let report = pbxsh(["sandbox", "serve", "--state", "none.json"]).fails(9);
    same(&report, "file\n\n  x `none.json`: No such file or directory\n  help: with `--keep` it is made\n");
    let report = pbxsh(["sandbox", "serve", "--state", "no/such/folder.json", "--keep"]).fails(9);
    assert!(report.contains("`no/such/folder.json`"), "{report}");
    let report =
        pbxsh(["sandbox", "serve", "--state", "pbx.json"]).file("pbx.json", "{\n  \"format\": 7\n}\n").fails(9);
    same(&report, "bad-state\n\n  x `pbx.json`: line 2: `/format` is no text\n");
    let empty = "{\"format\": \"pbxsh sandbox 1\", \"release\": \"20.0.10\", \"born\": \"2026-03-12T10:30:00Z\"}";
    let report = pbxsh(["sandbox", "serve", "--state", "pbx.json"]).file("pbx.json", empty).fails(9);
    assert!(report.contains("the state has no client that is a System Owner"), "{report}");
    assert!(pbxsh(["sandbox", "serve", "--keep"]).fails(2).contains("--state"));
}

#[test]
fn a_kept_state_is_not_lost_by_a_second_sandbox_or_an_older_release() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("pbx.json").display().to_string();
    let again = |more: &[&str]| {
        let mut line = vec!["sandbox", "serve", "--state", path.as_str(), "--keep"];
        line.extend(more);
        pbxsh(line).fails(9)
    };
    let serving = serve(folder.path(), &["--state", "pbx.json", "--keep"]);
    let report = again(&[]);
    assert!(report.contains("another sandbox keeps its state there"), "{report}");
    assert_eq!(serving.ends_on("-TERM").0, Some(0));
    let before = std::fs::read_to_string(&path).expect("the state");
    let report = again(&["--release", "20.0.5"]);
    assert!(report.contains("as 20.0.5 it would lose what only"), "{report}");
    same(&std::fs::read_to_string(&path).expect("the state"), &before);
}
