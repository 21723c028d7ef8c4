//! The command line: which PBX, what goes wrong before and on the way to it, exit codes.

use crate::common::server::{Response, Server};
use crate::common::{pbxsh, same, sandbox};

#[test]
fn without_settings_it_names_what_is_missing() {
    let report = pbxsh(["-e", "pbx.users.list()"]).fails(4);
    same(
        &report,
        "not-configured

  x no PBX is configured: `XAPI_URL`, `XAPI_CLIENT_ID` and `XAPI_CLIENT_SECRET` are missing
   ,-[<eval>:1:11]
 1 | pbx.users.list()
   :           ^^^^^^
   `----
  help: `pbxsh profile add NAME` makes a profile for one, these variables name one, `--sandbox`
        needs neither
",
    );
    let report =
        pbxsh(["-e", "pbx.users.list()"]).variable("XAPI_URL", "https://a").variable("XAPI_CLIENT_ID", "b").fails(4);
    assert!(report.contains("no PBX is configured: `XAPI_CLIENT_SECRET` is missing"), "{report}");
    // What needs no PBX asks for none.
    assert_eq!(pbxsh(["-e", "1 + 1"]).out(), "2\n");
}

#[test]
fn a_pbx_that_cannot_be_reached_is_one_sentence() {
    let reach = |url: &str| {
        let run = pbxsh(["-e", "pbx.users.list()"]).variable("XAPI_URL", url);
        run.variable("XAPI_CLIENT_ID", "test").variable("XAPI_CLIENT_SECRET", "s3cret-of-the-test")
    };
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let report = reach(&format!("http://127.0.0.1:{port}")).fails(5);
    assert!(report.starts_with("unreachable\n") && report.contains("cannot reach http://127.0.0.1"), "{report}");
    let server = Server::raw(|_| Response::json(200, "{}"));
    let report = reach(&server.url.replace("http://", "https://")).fails(5);
    assert!(report.starts_with("tls\n") || report.starts_with("unreachable\n"), "{report}");
    let report = reach("pbx.example.com").fails(4);
    assert!(report.contains("is no address of a PBX") && report.contains("https://pbx.example.com:5001"), "{report}");
}

#[test]
fn a_refused_login_says_so_and_no_output_shows_the_secret() {
    let server =
        Server::raw(|_| Response::json(401, r#"{"error":"invalid_client","error_description":"unknown client"}"#));
    let ended = server.run("pbx.users.list()").run();
    assert_eq!(ended.code, 6, "{}", ended.err);
    assert!(ended.err.contains("refused the login (401 invalid_client: unknown client)"), "{}", ended.err);
    assert!(!ended.err.contains("s3cret"), "{}", ended.err);
}

#[test]
fn html_of_a_proxy_is_recognised() {
    let page =
        "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1><script>x()</script></body></html>";
    let server = Server::raw(move |_| Response::html(502, page));
    let report = server.run("pbx.users.list()").fails(5);
    assert!(report.starts_with("not-a-pbx\n") && report.contains("502") && report.contains("Bad Gateway"), "{report}");
    assert!(!report.contains("x()"), "{report}");
    let server = Server::pbx(move |_| Response::html(200, page));
    let report = server.run("pbx.users.list()").fails(5);
    assert!(report.starts_with("not-a-pbx\n"), "{report}");
}

#[test]
fn the_words_of_a_pbx_cannot_command_the_terminal() {
    let server =
        Server::pbx(|_| Response::json(400, r#"{"error":{"code":"","message":"no\u001b[2J\r\nsuch\u0007 thing"}}"#));
    let ended = server.run("pbx.users.list()").run();
    assert!(ended.err.contains("no\u{fffd}[2J such\u{fffd} thing"), "{:?}", ended.err);
    assert!(!ended.err.contains('\u{1b}'), "{:?}", ended.err);
}

#[test]
fn a_lost_token_is_renewed_once() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let asked = AtomicUsize::new(0);
    let server = Server::pbx(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Response { status: 401, content_type: "text/plain", body: String::new() },
        _ => Response::json(200, r#"{"value":[{"Id":1}]}"#),
    });
    assert_eq!(server.run("pbx.users.list().len()").out(), "1\n");
    let server = Server::pbx(|_| Response { status: 401, content_type: "text/plain", body: String::new() });
    let report = server.run("pbx.users.list()").fails(7);
    assert!(report.contains("answered 401"), "{report}");
    assert_eq!(server.requests().len(), 2, "asked again once, not for ever");
}

#[test]
fn the_read_only_mode_refuses_what_could_change_something() {
    let refused = |code: &str| pbxsh(["--sandbox", "--read-only", "-e", code]).fails(8);
    for code in [
        "pbx.groups.create(#{ Name: \"x\" })",
        "pbx.users.delete(1)",
        "pbx.services.restart_operating_system()",
        "pbx.users.send_welcome_email(1)",
    ] {
        let report = refused(code);
        assert!(
            report.starts_with("denied\n")
                && report.contains("is refused")
                && report.contains("leave out `--read-only`"),
            "{code}: {report}"
        );
    }
    let reads =
        "[pbx.users.list(#{ top: 1 }).len(), type_of(pbx.users.get_duplicated_emails(#{ emails: [] }))].to_json()";
    assert_eq!(pbxsh(["--sandbox", "--read-only", "-e", reads]).out(), "[1,\"array\"]\n");
}

#[test]
fn the_sandbox_has_any_release() {
    for release in ["20.0.5", "20.0.6", "20.0.7", "20.0.8", "20.0.9", "20.0.10"] {
        assert_eq!(pbxsh(["--sandbox", "--release", release, "-e", "pbx.release"]).out().trim(), release);
    }
    let report = pbxsh(["--sandbox", "--release", "19.0.1", "-e", "1"]).fails(2);
    assert!(report.contains("there is no release `19.0.1`") && report.contains("20.0.10"), "{report}");
    assert!(pbxsh(["--release", "20.0.8", "-e", "1"]).fails(2).contains("--sandbox"));
}

#[test]
fn what_has_no_behaviour_says_so_once() {
    let ended = sandbox(
        "for i in 0..3 { pbx.conference_settings.get_onboard_meetings(); pbx.conference_settings.get_mcu_rows(); } 1",
    )
    .run();
    assert_eq!(ended.out, "1\n");
    assert_eq!(
        ended.err,
        "note: sandbox: `conference_settings.get_onboard_meetings` is not simulated yet: the answer only has the right type
note: sandbox: `conference_settings.get_mcu_rows` is not simulated yet: the answer only has the right type
"
    );
}

#[test]
fn files_and_commands_that_do_not_exist() {
    let report = pbxsh(["run", "missing.rhai"]).fails(9);
    assert!(report.contains("cannot read the script `missing.rhai`"), "{report}");
    let report = pbxsh(["run", "@nothing"]).fails(9);
    assert!(report.contains("pbxsh scripts"), "{report}");
    assert!(pbxsh(["frobnicate"]).fails(9).contains("frobnicate"));
    let out = pbxsh(["a.rhai", "--sandbox", "x"]).file("a.rhai", "print(args.to_json())").out();
    assert_eq!(out, "[\"--sandbox\",\"x\"]\n", "what follows the script belongs to the script");
    assert_eq!(pbxsh(["a.rhai"]).file("a.rhai", "#!/usr/bin/env pbxsh\nprint(1)").out(), "1\n");
    assert!(pbxsh(["profil", "list"]).fails(9).contains("did you mean `pbxsh profile`?"));
    let report = pbxsh(["--readonly", "-e", "1"]).fails(2);
    assert!(report.contains("there is no option `--readonly`") && report.contains("mean `--read-only`?"), "{report}");
    assert!(pbxsh(["--trace", "full", "-e", "1"]).fails(9).contains("as in `--trace=full`"));
    assert!(pbxsh(["--allow-read", ".", "a.rhai"]).fails(9).contains("stands behind `=`"));
    assert!(pbxsh(["--allow-reed=.", "a.rhai"]).fails(2).contains("mean `--allow-read`?"));
    assert!(pbxsh(["--retries", "x", "-e", "1"]).fails(2).contains("this is no number of repetitions"));
    assert!(pbxsh(["--timeout", "0", "-e", "1"]).fails(2).contains("no time at all is too little"));
    assert!(pbxsh(["run"]).fails(2).contains("FILE"));
    assert!(pbxsh(["--sandbox", "run", "x.rhai"]).fails(9).contains("a command stands first: `pbxsh run"));
    assert!(
        pbxsh(["-e", "1"]).variable("PBXSH_NOW", "2026-03-12").fails(2).contains("must look like 2026-03-12T10:30:00Z")
    );
    assert_eq!(pbxsh(["a.rhai"]).file("a.rhai", "\u{feff}print(1)").out(), "1\n");
    let help = pbxsh(["--help"]).out();
    for (code, meaning) in
        [("130", "interrupted"), ("  5", "the PBX cannot be reached"), ("  7", "the PBX refused a request")]
    {
        assert!(help.contains(&format!("{code}  {meaning}")), "{help}");
    }
}

#[test]
fn a_value_is_printed_as_it_is_asked_for() {
    let code = "pbx.users.list(#{ select: \"Number,FirstName\", top: 2 })";
    let print = |format: &str| pbxsh(["--sandbox", "--format", format, "-e", code]);
    assert_eq!(print("csv").out(), "Number,FirstName\n100,Ada\n101,Bruno\n");
    let json: serde_json::Value = serde_json::from_str(&print("json").out()).expect("JSON");
    assert_eq!(
        json,
        serde_json::json!([{"Number": "100", "FirstName": "Ada"}, {"Number": "101", "FirstName": "Bruno"}])
    );
    assert_eq!(
        print("table").out(),
        " Number | FirstName\n--------+-----------\n 100    | Ada\n 101    | Bruno\n2 rows\n"
    );
    assert!(print("xml").fails(2).contains("the formats are auto, table, record, json, ndjson, csv"));
}

#[test]
fn importing_nonsense_is_refused() {
    let report = pbxsh(["catalog", "import", "x.yaml"]).file("x.yaml", "a: 1").fails(9);
    assert!(report.contains("no release like 20.0.10 in the name"), "{report}");
    let report = pbxsh(["catalog", "import", "xapi-20.0.11.yaml"]).file("xapi-20.0.11.yaml", "a: [").fails(9);
    assert!(report.contains("20.0.11 is not YAML or JSON"), "{report}");
    let ended = pbxsh(["catalog", "import", "xapi-20.0.11.yaml"]).file("xapi-20.0.11.yaml", "a: 1").run();
    assert!(ended.code == 9 && ended.err.contains("has no `paths`"), "{}", ended.err);
    assert_eq!(ended.files(), ["xapi-20.0.11.yaml"], "nothing is written");
}

#[test]
fn ctrl_c_ends_loops_sleeps_and_requests() {
    let slow = Server::pbx(|_| {
        std::thread::sleep(std::time::Duration::from_secs(20));
        Response::json(200, "{}")
    });
    let start = std::time::Instant::now();
    for code in ["loop {}", "sleep(20)", "try { loop {} } catch { print(\"caught\") }"] {
        let ended = pbxsh(["-e", &format!("print(\"ready\"); {code}")]).interrupted();
        assert_eq!((ended.code, ended.out.as_str()), (130, "ready\n"), "{code}: {}", ended.err);
        assert!(ended.err.contains("interrupted"), "{}", ended.err);
    }
    let ended =
        slow.run("print(\"ready\"); pbx.version; try { pbx.users.get(1) } catch { print(\"caught\") }").interrupted();
    assert_eq!((ended.code, ended.out.as_str()), (130, "ready\n"), "{}", ended.err);
    assert!(start.elapsed().as_secs() < 15, "{:?}", start.elapsed());
}

#[test]
fn a_script_can_work_on_several_pbxs() {
    let server = Server::pbx(|_| Response::json(200, r#"{"Id":1,"FirstName":"Elsewhere"}"#));
    let code = format!(
        "let other = connect(#{{ url: \"{}\", client_id: \"a\", client_secret: \"b\" }}); [pbx.users.list().first().FirstName, other.users.get(1).FirstName].to_json()",
        server.url
    );
    assert_eq!(sandbox(&code).out(), "[\"Ada\",\"Elsewhere\"]\n");
    let report = sandbox("connect(#{ url: \"https://a\", client: \"b\" })").fails(3);
    assert!(report.contains("`connect` has no option `client`"), "{report}");
}
