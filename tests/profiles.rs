//! Profiles: kept, found, chosen, believed; and the way to the PBX of one.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::common::server::{Request, Response, Server};
use crate::common::{Pbxsh, pbxsh, same};
use crate::files::says;
use crate::prompt::Terminal;

pub const SECRET: &str = "s3cret-of-the-test";

/// A folder for settings that several runs share.
pub struct Home(TempDir);

impl Home {
    pub fn new() -> Home {
        Home(TempDir::new().expect("a home"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn folder(&self) -> String {
        self.0.path().display().to_string()
    }

    pub fn with(&self, text: &str) -> &Home {
        std::fs::write(self.path("config.toml"), text).expect("a file");
        self
    }

    pub fn file(&self) -> String {
        std::fs::read_to_string(self.path("config.toml")).expect("the file")
    }

    pub fn run(&self, line: &str) -> Pbxsh {
        self.run_with(line.split(' '))
    }

    fn run_with<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Pbxsh {
        pbxsh(arguments).variable("PBXSH_CONFIG_DIR", &self.folder())
    }

    /// `pbxsh -e CODE`, with flags before it.
    pub fn eval(&self, flags: &str, code: &str) -> Pbxsh {
        self.run_with(flags.split_whitespace().chain(["-e", code]))
    }

    pub fn add(&self, name: &str, url: &str, more: &str) -> Pbxsh {
        let line = format!("profile add {name} --url {url} --client-id shell --secret-env S {more}");
        self.run(line.trim_end()).variable("S", SECRET)
    }
}

/// A PBX on which everything may be read.
pub fn answers(request: &Request) -> Response {
    match request.target.split('?').next().unwrap_or_default() {
        "/" => Response::html(200, "<html>3CX</html>"),
        "/xapi/v1/SystemStatus" => Response::json(
            200,
            r#"{"ProductCode":"ENT","LicenseActive":true,"ExpirationDate":"2027-05-01T00:00:00Z","MaxSimCalls":16}"#,
        ),
        _ => Response::json(200, r#"{"value":[]}"#),
    }
}

pub fn pbx() -> Server {
    Server::pbx(answers)
}

pub const RIGHTS: &str =
    "role System Owner, as nothing was refused; licence ENT, active, until 2027-05-01, 16 calls at once";

#[test]
fn a_profile_comes_is_shown_and_goes() {
    let (home, server, other) = (Home::new(), pbx(), pbx());
    let (url, folder) = (&server.url, home.folder());
    assert_eq!(home.run("profile list").run().err, "there are no profiles yet; `pbxsh profile add NAME` makes one\n");
    let added = home.add("hq", &format!("{url}/xapi/v1/"), "--tag berlin --tag office --default").run();
    assert_eq!(added.out, "");
    same(
        &added.err,
        &format!(
            "hq: ok: 20.0.10.1, {RIGHTS}
note: its secret is in a file that only you can read, as no keyring answers here: there is no session of a desktop, as `DBUS_SESSION_BUS_ADDRESS` would name it
`hq` is kept in `{folder}/config.toml`; `--profile hq` chooses it
"
        ),
    );
    home.add("branch-7", &other.url, "--tag berlin --read-only --connect-timeout 2.5 --no-test").out();
    same(
        &home.file(),
        &format!(
            "default = \"hq\"

[profiles.hq]
url = \"{url}\"
client_id = \"shell\"
tags = [\"berlin\", \"office\"]

[profiles.branch-7]
url = \"{}\"
client_id = \"shell\"
tags = [\"berlin\"]
connect_timeout = 2.5
read_only = true
",
            other.url
        ),
    );
    let table = home.run("profile list").out();
    assert!(table.contains(" hq       |") && table.contains("| default") && table.contains("| read-only"), "{table}");
    let json = home.run("profile list --tag office --format json").out();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (json.as_array().map(Vec::len), &json[0]["name"], &json[0]["default"]),
        (Some(1), &"hq".into(), &true.into())
    );
    same(
        &home.run("profile show hq").out(),
        &format!(
            "name       hq
url        {url}
client id  shell
secret     kept in {folder}/secrets/hq
tags       berlin, office
trust      the certificates that this machine believes
read-only  no
default    yes
timeouts   10 s for a connection, 300 s for an answer
file       {folder}/config.toml
"
        ),
    );
    same(
        &home.run("profile test --all").out(),
        &format!("hq: ok: 20.0.10.1, {RIGHTS}\nbranch-7: ok: 20.0.10.1, {RIGHTS}\n"),
    );
    assert_eq!(home.run("profile rename hq head").run().err, "`hq` is `head` now\n");
    assert!(home.file().starts_with("default = \"head\"\n\n[profiles.head]"), "{}", home.file());
    says(home.run("profile remove head"), 2, &["nobody can be asked whether `head` may go", "`--yes`"]);
    assert_eq!(home.run("profile default branch-7").run().code, 0);
    assert_eq!(home.run("profile remove --yes head").run().err, "`head` is gone\n");
    assert!(!home.path("secrets/head").exists() && !home.path("secrets/hq").exists());
    let new = home.run("profile secret branch-7 --secret-stdin").input("another\n").run();
    assert_eq!(new.code, 0, "{}", new.err);
    assert_eq!(std::fs::read_to_string(home.path("secrets/branch-7")).expect("the secret"), "another\n");
}

#[test]
fn what_is_wrong_with_a_new_profile_is_said_before_it_is_kept() {
    let (home, server) = (Home::new(), pbx());
    home.add("hq", &server.url, "").out();
    let before = home.file();
    let refused = Server::raw(|request| match request.target.as_str() {
        "/connect/token" => Response::json(401, r#"{"error":"invalid_client","error_description":"Wrong secret."}"#),
        _ => Response::html(200, "<html>"),
    });
    let add = |name: &str, more: &str| home.add(name, &server.url, more);
    says(add("hq", ""), 2, &["there is a profile `hq` already", "profile remove hq"]);
    says(add("HQ", ""), 2, &["there is a profile `hq` already"]);
    says(add("sandbox2", ""), 2, &["cannot be called `sandbox2`", "simulated"]);
    says(add("a/b", ""), 2, &["cannot be called `a/b`", "letters, digits"]);
    says(home.add("b", "pbx.example.com", ""), 4, &["`pbx.example.com` is no address of a PBX"]);
    let wide = home.add("b", &refused.url, "").variable("COLUMNS", "400");
    says(wide, 6, &["refused the login", "its secret is wrong", "nothing was kept", "--no-test"]);
    says(home.add("b", "http://127.0.0.1:1", ""), 5, &["cannot reach http://127.0.0.1:1", "nothing was kept"]);
    says(add("b", "--pin AB:CD"), 2, &["64 digits of SHA-256"]);
    says(home.run_with(["profile", "add", "b", "--client-id", " "]), 2, &["a client has an id"]);
    says(add("b", "--connect-timeout 0"), 2, &["no time at all is too little"]);
    says(add("b", "--insecure --ca-cert x.pem"), 2, &["cannot be used with"]);
    says(add("b", "--ca-cert x.pem"), 9, &["x.pem`: No such file"]);
    says(home.run("profile add"), 2, &["NAME is missing", "nobody can be asked"]);
    says(home.run("profile add b"), 2, &["`--url` is missing"]);
    let line = format!("profile add b --url {} --client-id x", server.url);
    says(home.run(&line), 2, &["the secret of the client is missing", "--secret-stdin", "--secret-env"]);
    says(home.run(&format!("{line} --secret-env NONE")), 2, &["the variable `NONE` holds no secret"]);
    says(home.run(&format!("{line} --secret-stdin")).input(" \n"), 2, &["the standard input holds no secret"]);
    says(home.run(&format!("{line} --secret-stdin")).input("a\nb\n"), 2, &["more than one line"]);
    assert_eq!(home.file(), before);
    for (line, sentences) in [
        ("profile show hp", ["there is no profile `hp`", "did you mean `hq`?"]),
        ("profile default nowhere", ["there is no profile `nowhere`", "the profiles are `hq`"]),
        ("profile rename hp x", ["there is no profile `hp`", "did you mean `hq`?"]),
        ("profile remove hp --yes", ["there is no profile `hp`", "did you mean `hq`?"]),
        ("profile secret hp --secret-stdin", ["there is no profile `hp`", "did you mean `hq`?"]),
        ("profile test hp", ["there is no profile `hp`", "did you mean `hq`?"]),
        ("profile test --tag x", ["no profile has the tag `x`", "no profile has a tag yet"]),
        ("profile list --tag x", ["no profile has the tag `x`", "no profile has a tag yet"]),
    ] {
        says(home.run(line), 4, &sentences);
    }
    says(home.run("profile test"), 2, &["no profile is named", "`--all`"]);
    says(Home::new().run("profile test --all"), 4, &["there are no profiles", "profile add"]);
}

#[test]
fn what_is_wrong_in_the_file_has_a_line() {
    let home = Home::new();
    let path = home.path("config.toml").display().to_string();
    let hq = "[profiles.hq]\nurl = \"https://a\"\nclient_id = \"x\"\n";
    let cases = [
        (
            format!("# ours\n{hq}clent_id = \"y\"\n"),
            "line 5: `hq` has the unknown setting `clent_id`",
            "did you mean `client_id`?",
        ),
        (
            format!("defualt = \"hq\"\n{hq}"),
            "line 1: the file has the unknown setting `defualt`",
            "did you mean `default`?",
        ),
        (format!("default = \"hp\"\n{hq}"), "line 1: the default `hp` is no profile", "did you mean `hq`?"),
        (format!("{hq}client_secret = \"y\"\n"), "a secret does not belong into this file", "profile secret hq"),
        (format!("{hq}read_only = \"yes\"\n"), "`read_only` must be true or false, not a string", ""),
        (format!("{hq}pin = \"AA\"\n"), "`AA` is no fingerprint", "64 digits"),
        (format!("{hq}tags = [\n"), "line 4, is no TOML", ""),
        ("[profiles.hq]\nurl = \"https://a\"\n".to_owned(), "line 1: `hq` has no `client_id`", ""),
    ];
    for (text, message, hint) in cases {
        home.with(&text);
        let report = home.eval("", "pbx.version").fails(4);
        let report = report.split_whitespace().collect::<Vec<_>>().join(" ").replace(" | ", " ");
        let squeezed = |text: &str| text.replace(' ', "");
        for part in [path.as_str(), message, hint] {
            assert!(squeezed(&report).contains(&squeezed(part)), "no {part:?} in {report}");
        }
        // A rehearsal needs no file.
        assert_eq!(home.eval("--sandbox", "pbx.name").out(), "sandbox\n");
    }
}

#[test]
fn the_nearest_of_all_that_names_a_pbx_is_chosen() {
    let (home, hq, branch, variables) = (Home::new(), pbx(), pbx(), pbx());
    home.add("hq", &hq.url, "--default").out();
    home.add("branch-7", &branch.url, "").out();
    let run = |flags: &str, profile: &str, variables: Option<&Server>| {
        let run = home.eval(flags, "pbx.name").variable("PBXSH_PROFILE", profile);
        match variables {
            None => run,
            Some(server) => run
                .variable("XAPI_URL", &server.url)
                .variable("XAPI_CLIENT_ID", "x")
                .variable("XAPI_CLIENT_SECRET", "y"),
        }
    };
    let host = variables.url.trim_start_matches("http://").to_owned();
    assert_eq!(run("", "", None).out(), "hq\n");
    assert_eq!(run("", "", Some(&variables)).out(), format!("{host}\n"));
    assert_eq!(run("", "branch-7", Some(&variables)).out(), "branch-7\n");
    assert_eq!(run("--profile hq", "branch-7", Some(&variables)).out(), "hq\n");
    assert_eq!(run("--sandbox --profile hq", "branch-7", Some(&variables)).out(), "sandbox\n");
    says(run("--profile hp", "", None), 4, &["there is no profile `hp`", "did you mean `hq`?"]);
    says(run("", "hp", Some(&variables)), 4, &["there is no profile `hp`, which `PBXSH_PROFILE` names"]);
    // Some of the variables are a mistake, whatever the default is.
    says(
        home.eval("", "pbx.version").variable("XAPI_URL", &hq.url),
        4,
        &["`XAPI_CLIENT_ID` and `XAPI_CLIENT_SECRET` are missing"],
    );
    let script = home.run("run --profile branch-7 a.rhai").file("a.rhai", "print(pbx.name); print(pbx.version)");
    assert_eq!(script.out(), "branch-7\n20.0.10.1\n");
    assert_eq!(home.run("--profile branch-7").input("print(pbx.name)").out(), "branch-7\n");
}

#[test]
fn scripts_work_over_a_fleet() {
    let (home, hq, branch) = (Home::new(), pbx(), pbx());
    home.add("hq", &hq.url, "--tag berlin --default").out();
    home.add("branch-7", &branch.url, "--tag berlin --tag small --read-only").out();
    home.add("branch-8", "http://127.0.0.1:1", "--no-test").out();
    let eval = |code: &str| home.eval("", code);
    let expected = format!(
        r#"[{{"name":"hq","tags":["berlin"],"url":"{}"}},{{"name":"branch-7","tags":["berlin","small"],"url":"{}"}}]"#,
        hq.url, branch.url
    );
    assert_eq!(eval("profiles(\"berlin\").to_json()").out(), format!("{expected}\n"));
    assert_eq!(eval("profiles().map(|p| p.name).to_json()").out(), "[\"hq\",\"branch-7\",\"branch-8\"]\n");
    assert_eq!(
        eval("parallel(profiles(\"berlin\"), 4, |p| connect(p.name).name + connect(p.name).release).to_json()").out(),
        "[\"hq20.0.10\",\"branch-720.0.10\"]\n"
    );
    says(eval("profiles(\"berln\")"), 4, &["unknown-tag", "no profile has the tag `berln`", "did you mean `berlin`?"]);
    says(eval("connect(\"brnch-7\")"), 4, &["no PBX is called `brnch-7`", "did you mean `branch-7`?"]);
    // Read-only holds for the one connection.
    says(
        eval("connect(\"branch-7\").groups.delete(1)"),
        8,
        &["`groups.delete` is refused", "the profile of this PBX is read-only", "`read_only` in the profile says so"],
    );
    assert_eq!(eval("pbx.groups.delete(1); 1").out(), "1\n");
    assert!(branch.requests().iter().all(|request| !request.starts_with("DELETE")), "{:?}", branch.requests());
    says(home.eval("--read-only", "connect(\"branch-7\").groups.delete(1)"), 8, &["this session is read-only"]);
    // Names and hosts are allowed.
    let code = "connect(\"branch-7\").name";
    for allowed in ["branch-7", "127.0.0.1", branch.url.as_str()] {
        assert_eq!(home.eval(&format!("--allow-connect={allowed}"), code).out(), "branch-7\n", "{allowed}");
    }
    says(home.eval("--allow-connect=hq", code), 8, &["may not connect to `branch-7`", "--allow-connect=branch-7"]);
    says(home.eval("--deny-connect=branch-7", code), 8, &["may not connect to `branch-7`"]);
    says(home.eval("--deny-connect=127.0.0.1", code), 8, &["may not connect to `branch-7`"]);
}

#[test]
fn connections_to_one_profile_share_its_login() {
    let (home, server) = (Home::new(), pbx());
    home.add("hq", &server.url, "--no-test --default").out();
    home.eval("", "for i in 0..5 { connect(\"hq\").users.list().len() } pbx.users.list().len()").out();
    // One login, one look at the version, six lists.
    assert_eq!(server.everything(), 8);
}

#[test]
fn tests_of_scripts_know_no_profiles() {
    let (home, server) = (Home::new(), pbx());
    home.add("hq", &server.url, "--default --no-test").out();
    let test = "fn test_a() { assert_eq(profiles().len(), 0); assert_eq(pbx.name, \"sandbox\"); }
fn test_b() { connect(\"hq\") }";
    let ended = home.run("test").file("a_test.rhai", test).run();
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("`hq` is a real PBX") && ended.out.contains("1 passed, 1 failed"), "{}", ended.out);
    assert_eq!(server.everything(), 0);
}

#[test]
fn a_profile_test_ends_with_the_worst_and_keeps_the_order() {
    let home = Home::new();
    let slow = Server::pbx(|request| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        answers(request)
    });
    let lowly = Server::pbx(|request| match request.target.split('?').next() {
        Some("/xapi/v1/ChatHistoryView" | "/xapi/v1/Recordings" | "/xapi/v1/SystemStatus") => Response::json(403, "{}"),
        _ => answers(request),
    });
    let lowest = Server::pbx(|_| Response::json(403, "{}"));
    for (name, url) in [
        ("slow", &slow.url),
        ("gone", &"http://127.0.0.1:1".to_owned()),
        ("lowly", &lowly.url),
        ("lowest", &lowest.url),
    ] {
        home.add(name, url, "--no-test").out();
    }
    std::fs::remove_file(home.path("secrets/lowest")).expect("a secret");
    let ended = home.run("profile test --all").run();
    let reason = ended.out.lines().nth(1).unwrap_or_default().to_owned();
    assert!(reason.starts_with("gone: failed[unreachable]: cannot reach http://127.0.0.1:1: "), "{reason}");
    same(
        &ended.out.replace(&reason, "…"),
        &format!(
            "slow: ok: 20.0.10.1, {RIGHTS}
…
lowly: ok: 20.0.10.1, a role below System Owner; may not read chats and recordings; give the client the role System Owner (the admin console, Integrations > API), in a department other than `System Wide`, which holds it at the role User; or the licence is below Enterprise
lowest: failed[no-secret]: `lowest` has no secret: there is no `{}/secrets/lowest`; `pbxsh profile secret lowest` asks for it
",
            home.folder()
        ),
    );
    assert_eq!(ended.code, 5);
    home.run("profile secret lowest --secret-stdin").input(SECRET).out();
    let line = home.run("profile test lowest").out();
    assert!(
        line.starts_with("lowest: ok: 20.0.10.1, the role User; may not read users and other lists, chats and rec"),
        "{line}"
    );
}

/// Somebody else got a newer token: that says nothing about what the client may do.
#[test]
fn a_token_that_is_refused_is_no_lack_of_rights() {
    let (home, server) = (
        Home::new(),
        Server::pbx(|request| match request.target.split('?').next() {
            Some("/xapi/v1/Recordings") => Response::json(401, "{}"),
            _ => answers(request),
        }),
    );
    home.add("hq", &server.url, "--no-test").out();
    let ended = home.run("profile test hq").run();
    assert!(ended.out.starts_with("hq: failed[http-401]: "), "{}", ended.out);
    assert_eq!(ended.code, 7);
}

/// Each login ends the token of the one before, so they cannot be tried at the same time.
#[test]
fn profiles_with_one_client_are_tried_one_after_the_other() {
    let busy = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let server = Server::pbx(move |request| {
        use std::sync::atomic::Ordering::SeqCst;
        let response = if busy.swap(true, SeqCst) { Response::json(500, "{}") } else { answers(request) };
        std::thread::sleep(std::time::Duration::from_millis(20));
        busy.store(false, SeqCst);
        response
    });
    let home = Home::new();
    for name in ["a", "b", "c"] {
        home.add(name, &server.url, "--no-test").out();
    }
    let ended = home.run("profile test --all").run();
    assert_eq!((ended.out.lines().filter(|line| line.contains(": ok: ")).count(), ended.code), (3, 0), "{}", ended.out);
}

#[cfg(unix)]
#[test]
fn a_secret_that_others_can_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let (home, server) = (Home::new(), pbx());
    home.add("hq", &server.url, "--default --no-test").out();
    let file = home.path("secrets/hq");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).expect("a mode");
    let path = file.display().to_string();
    says(
        home.eval("", "pbx.version").variable("COLUMNS", "400"),
        9,
        &[
            "open-secret",
            &format!("others can read the secret in `{path}`: its mode is 644"),
            &format!("`chmod 600 {path}`"),
        ],
    );
    assert_eq!(server.everything(), 0);
    let ended = home.run("doctor").run();
    assert_eq!(ended.code, 9);
    assert!(ended.out.contains("secret         failed   others can read the secret"), "{}", ended.out);
}

#[test]
fn no_secret_is_ever_printed() {
    let (home, server) = (Home::new(), pbx());
    let mut all = vec![home.add("hq", &server.url, "--default").run()];
    all.push(home.add("b", "http://127.0.0.1:1", "").run());
    for line in [
        "profile list",
        "profile list --format json",
        "profile show hq",
        "profile show hq --format json",
        "doctor",
        "doctor --json",
        "profile test hq",
    ] {
        all.push(home.run(line).run());
    }
    all.push(home.eval("", "[profiles(), pbx, connect(\"hq\")]").run());
    for ended in &all {
        assert!(!ended.out.contains(SECRET) && !ended.err.contains(SECRET), "{ended:?}");
    }
    assert!(!home.file().contains(SECRET));
}

#[test]
fn the_prompt_says_which_profile_it_is_on() {
    let (home, server) = (Home::new(), pbx());
    home.add("branch-7", &server.url, "--read-only").out();
    let folder = home.folder();
    let terminal = Terminal::open(&["--profile", "branch-7"], &[("PBXSH_CONFIG_DIR", &folder)]);
    terminal.at_prompt("branch-7 read-only>");
    terminal.see("on branch-7, read-only;");
    terminal.leave();
    let report = home.run("--profile branch7").input("1").fails(4);
    assert!(report.contains("did you mean `branch-7`?"), "{report}");
}
