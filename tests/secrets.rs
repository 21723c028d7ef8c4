//! Secrets do not get out: every way out with every sort of secret. The runner of all tests looks for them; here each is provoked, and
//! something must stand in its place.

use std::collections::BTreeSet;
use std::panic::catch_unwind;

use crate::common::server::{Response, Server};
use crate::common::watch::{leak, watch};
use crate::common::{Pbxsh, pbxsh, sandbox};

/// A password as somebody writes it down, and one that a PBX made.
const WRITTEN: &str = "hunter2";
const GIVEN: &str = "let u = pbx.users.get_by_number(\"100\"); ";
/// Too short to be looked for: hidden by its name alone.
const SHORT: &str = "4719";

#[test]
fn the_watcher_sees() {
    let none = BTreeSet::new();
    let jwt = format!("{}.{}.{}", "eyJhbGciOiJFUzI1NiJ9", "eyJjbGllbnRfaWQiOiJ4In0", "c2lnbmF0dXJl");
    for text in ["the secret is sandbox-secret", "SAND-BOXX-0000-0001", &jwt] {
        assert!(leak(text, &none).is_some(), "{text}");
    }
    assert_eq!(leak("sandbox, eyJ, ***", &none), None);
    // A PIN is not a part of a number.
    let pin = BTreeSet::from(["482913".to_owned()]);
    assert_eq!(leak("PIN 482913", &pin).as_deref(), Some("482913"));
    assert_eq!(leak("1482913 and 482913.5", &pin), None);
    assert!(catch_unwind(|| watch("it", "hunter2", &BTreeSet::from(["hunter2".to_owned()]))).is_err());
    // Through the whole runner: a script that prints one, one that says one, and one that says that it does.
    let code = format!("{GIVEN}print(u.AuthPassword)");
    assert!(catch_unwind(|| sandbox(&code).run()).is_err());
    assert!(catch_unwind(|| sandbox("1").secret("sandbox").run()).is_ok());
    assert!(catch_unwind(|| sandbox("abc()").secret("there is no function").run()).is_err());
    assert!(!sandbox(&code).prints_secrets().out().trim().is_empty());
}

/// Runs, and whatever it says must hold each of these; what it must not say the runner knows.
#[track_caller]
fn hides(run: Pbxsh, expected: &[&str]) {
    let ended = run.secret(WRITTEN).run();
    let all = format!("{}{}", ended.out, ended.err);
    for expected in expected {
        assert!(all.contains(expected), "no {expected:?} in\n{all}");
    }
    for secret in [WRITTEN, SHORT] {
        assert!(!all.contains(secret), "{secret} in\n{all}");
    }
}

/// Each sort of secret, as a script has it: the text before, and the value.
fn sorts() -> Vec<(&'static str, String, String)> {
    vec![
        ("written by name", String::new(), format!("#{{ AuthPassword: \"{WRITTEN}\" }}")),
        ("short", String::new(), format!("#{{ VMPIN: \"{SHORT}\" }}")),
        ("a number", String::new(), format!("#{{ pin: {SHORT} }}")),
        ("nested", String::new(), format!("#{{ Secret: #{{ Value: \"{WRITTEN}\" }} }}")),
        ("a parameter", String::new(), format!("#{{ Name: \"ApiKey\", Value: \"{WRITTEN}\" }}")),
        ("of the PBX", GIVEN.to_owned(), "#{ AuthPassword: u.AuthPassword, VMPIN: u.VMPIN }".to_owned()),
        ("an object", GIVEN.to_owned(), "u".to_owned()),
        ("an answer", String::new(), "#{ token: pbx.users.get_phone_secret(7) }".to_owned()),
    ]
}

#[test]
fn every_way_out_of_a_script_hides_every_sort_of_secret() {
    type Way = (&'static str, fn(&str) -> String, &'static str);
    let ways: [Way; 8] = [
        ("throw", |value| format!("throw {value}"), "the script threw"),
        ("log", |value| format!("log(\"error\", {value})"), " error "),
        ("assert_eq", |value| format!("assert_eq({value}, #{{}})"), "assertion"),
        ("parallel", |value| format!("parallel([{value}], |x| throw \"no\")"), "item [0]"),
        ("record", |value| format!("[{value}][0]"), "is a secret"),
        ("table", |value| format!("table([{value}])"), ""),
        ("an array", |value| format!("[1, {value}]"), "is a secret"),
        (
            "the message of a caught error",
            |value| format!("try {{ assert_eq({value}, 1) }} catch (e) {{ print(e.message) }}"),
            "",
        ),
    ];
    for (way, code, expected) in ways {
        for (sort, before, value) in sorts() {
            eprintln!("{way}: {sort}");
            let shown = if way == "table" || (sort == "an object" && way != "record") { expected } else { "***" };
            hides(sandbox(&format!("{before}{}", code(&value))), &[expected, shown]);
        }
    }
}

#[test]
fn texts_with_secrets_of_the_session_in_them_are_hidden_by_value() {
    for code in [
        "throw \"it is \" + u.AuthPassword",
        "log(`it is ${u.AuthPassword}`)",
        "abc(u.AuthPassword); throw u.AuthPassword",
        "assert(false, u.AuthPassword)",
        "assert_eq(u.AuthPassword, \"x\")",
        "assert_throws(|| throw u.AuthPassword, \"x\")",
        "import u.AuthPassword as x;",
        "file::read(u.AuthPassword)",
        "date(u.AuthPassword)",
        "connect(u.AuthPassword)",
        "regex::matches(u.AuthPassword, \"(\" + u.AuthPassword)",
        "parse_json(u.AuthPassword)",
        "pbx.users.get(u.AuthPassword)",
        "pbx.users.list(#{ filter: u.AuthPassword }).len()",
        "pbx.users.list()[u.AuthPassword]",
        "env(u.AuthPassword); exit(\"x\" + u.AuthPassword)",
        "skip(u.AuthPassword)",
        "try { throw u.AuthPassword } catch (e) { log(e) }",
        "try { pbx.users.get(u.AuthPassword) } catch (e) { print(e); print(e.message); log(e) }",
    ] {
        hides(sandbox(&format!("{GIVEN}{code}")), &[]);
    }
}

#[test]
fn lines_of_a_script_are_shown_without_their_secrets() {
    let script = format!(
        "let password = \"{WRITTEN}\"; let pin = {SHORT}; let s = secret(\"{WRITTEN}\"); u.VMPIN = \"{SHORT}\"; oh()\n"
    );
    let line = "let password = \"*******\"; let pin = ****; let s = secret(\"*******\"); u.VMPIN = \"****\"; oh()";
    hides(sandbox(&script), &[line]);
    hides(pbxsh(["run", "--sandbox", "a.rhai"]).file("a.rhai", &script), &[line]);
    hides(pbxsh(["check", "a.rhai"]).file("a.rhai", &script), &[line]);
    hides(
        pbxsh(["check", "a.rhai"]).file("a.rhai", &format!("#{{ client_secret: \"{WRITTEN}\" }}.x(")),
        &["\"*******\""],
    );
    hides(sandbox(&format!("let password = \"{WRITTEN}")), &["open string is not terminated"]);
    let import = pbxsh(["run", "--sandbox", "a.rhai"]).file("a.rhai", "import \"b\" as b; b::f()");
    hides(import.file("b.rhai", &format!("fn f() {{ {script} }}")), &[line]);
}

#[test]
fn labels_stand_below_what_they_mean() {
    let report = sandbox("pbx.users.create(#{ AuthPassword: \"süß日\", Nmber: \"1\" })").run().err;
    assert!(report.contains("`User` has no property `Nmber`"), "{report}");
    let lines: Vec<&str> = report.lines().collect();
    let at = lines.iter().position(|line| line.contains("Nmber:")).expect("the line");
    let column = |line: &str, sign: &str| line.find(sign).map(|at| line[..at].chars().count());
    assert_eq!(
        column(lines[at], "Nmber"),
        column(lines[at + 1], "-").or(column(lines[at + 1], "^")).or(column(lines[at + 1], "─")),
        "{report}"
    );
    assert!(!report.contains("süß"), "{report}");
}

#[test]
fn wrong_values_of_secrets_are_not_repeated() {
    for value in [SHORT, "[1]", "1.5", "true"] {
        hides(
            sandbox(&format!("pbx.users.create(#{{ Number: \"150\", VMPIN: {value} }})")),
            &["`User.VMPIN` must be a string"],
        );
    }
    let body = format!("pbx.users.create(#{{ Number: \"150\", AuthPasword: \"{WRITTEN}\" }})");
    hides(sandbox(&body), &["did you mean `AuthPassword`?", "AuthPasword: \"*******\""]);
    let url = format!(
        "connect(#{{ url: \"https://me:{WRITTEN}/x@pbx\", client_id: \"a\", client_secret: \"{WRITTEN}\" }}).version"
    );
    hides(sandbox(&url), &["`https://…@pbx` is no address"]);
}

#[test]
fn a_pbx_that_repeats_what_was_sent_is_not_repeated() {
    let echo = |request: &crate::common::server::Request| {
        let sent = request.body.replace('"', "'");
        Response::json(
            400,
            format!(r#"{{"error":{{"code":"","message":"no good: {sent}","details":[{{"message":"{sent}"}}]}}}}"#),
        )
    };
    let code = format!("pbx.users.create(#{{ Number: \"150\", AuthPassword: \"{WRITTEN}\", VMPIN: \"{SHORT}\" }})");
    hides(Server::pbx(echo).run(&code), &["no good", "***"]);
    let caught = format!("try {{ {code} }} catch (e) {{ print(e); print(e.message); print(e.details); log(e) }}");
    hides(Server::pbx(echo).run(&caught), &["no good", "***"]);
    let page = Server::pbx(|request| Response::html(502, &format!("<html><body>{}</body></html>", request.body)));
    hides(page.run(&code), &["502", "***"]);
    let login = Server::raw(|request| {
        Response::json(401, format!(r#"{{"error":"x","error_description":"{}"}}"#, request.body))
    });
    hides(login.run("pbx.users.list().len()"), &["refused the login", "***"]);
}

#[test]
fn an_address_with_a_password_is_shown_without_it() {
    let settings = |run: Pbxsh| {
        let url = format!("https://me:{WRITTEN}@pbx.invalid");
        run.variable("XAPI_URL", &url)
            .variable("XAPI_CLIENT_ID", "a")
            .variable("XAPI_CLIENT_SECRET", "canary-of-a-secret")
    };
    hides(settings(pbxsh(["doctor"])), &["https://…@pbx.invalid"]);
    hides(settings(pbxsh(["doctor", "--json"])), &["https://…@pbx.invalid"]);
    hides(
        settings(pbxsh(["-e", "print(pbx); pbx.users.list().len()"])),
        &["Connection to pbx.invalid", "is no address"],
    );
    let profile = format!("[profiles.hq]\nurl = \"https://me:{WRITTEN}@pbx\"\nclient_id = \"a\"\n");
    for line in ["profile list", "profile show hq", "profile test hq", "doctor hq", "--profile hq -e 1"] {
        let run = pbxsh(line.split(' ')).variable("PBXSH_CONFIG_DIR", "c").file("c/config.toml", &profile);
        hides(run, &["https://…@pbx"]);
    }
    // A secret in the wrong place of the command line is not shown either.
    hides(pbxsh([&*format!("--client-secret={WRITTEN}"), "-e", "1"]), &["there is no option `--client-secret`"]);
}

#[test]
fn the_wire_is_shown_without_secrets() {
    let code = format!(
        "pbx.users.create(#{{ Number: \"150\", AuthPassword: \"{WRITTEN}\", VMPIN: \"{SHORT}47\" }}); print(pbx.curl()); print(pbx.last_request()); \
         pbx.users.get_phone_secret(7); pbx.users.list(#{{ top: 3 }}).to_array(); pbx.trunks.list().to_array(); pbx.service_principals.list().to_array();"
    );
    let run = pbxsh(["--sandbox", "--trace=full", "-e", &code]);
    hides(run, &["\"AuthPassword\":\"***\"", "> ", "< ***", "\"VMPIN\": \"***\""]);
}

#[test]
fn reports_of_tests_hide_secrets() {
    let tests = format!(
        "fn test_a() {{ {GIVEN}print(u.AuthPassword); log(u.VMPIN); assert_eq(u, #{{}}) }}\n\
         fn test_b() {{ throw #{{ password: \"{WRITTEN}\" }} }}\nfn test_c() {{ {GIVEN}skip(u.AuthPassword) }}\n"
    );
    let run = pbxsh(["test", "--junit", "out.xml"]).file("a_test.rhai", &tests).secret(WRITTEN);
    let ended = run.run();
    assert_eq!(ended.code, 1, "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("it printed:\n    ***"), "{}", ended.out);
    // The runner has looked into the file, too.
    assert!(ended.read("out.xml").contains("<system-out>***"), "{}", ended.read("out.xml"));
}

#[test]
fn what_is_asked_for_is_given() {
    let rows = "pbx.users.list(#{ top: 2, select: \"Number,AuthPassword\" })";
    let given = |flags: &[&'static str], code: &str| {
        let arguments: Vec<&str> = ["--sandbox"].iter().chain(flags).copied().chain(["-e", code]).collect();
        pbxsh(arguments).prints_secrets().out()
    };
    let one = given(&[], &format!("{rows}[0].AuthPassword")).trim().to_owned();
    assert!(one.len() >= 6 && !one.contains('*'), "{one}");
    for (flags, code) in [
        (&["--format", "json"][..], rows.to_owned()),
        (&["--format", "csv"], rows.to_owned()),
        (&[], format!("print({rows}[0])")),
        (&[], format!("print({rows}[0].to_map().AuthPassword)")),
        (&[], format!("{rows}[0].to_json()")),
        (&[], format!("{rows}.map(|u| u.AuthPassword)")),
        (&[], format!("{rows}.save(\"a.csv\"); file::read(\"a.csv\")")),
    ] {
        assert!(given(flags, &code).contains(&one), "{code}");
    }
    for format in ["auto", "table", "record"] {
        let arguments = ["--sandbox", "--format", format, "-e", rows];
        let shown = pbxsh(arguments).out();
        assert!(shown.ends_with("*** is a secret: `….AuthPassword` shows it, the format json shows all\n"), "{shown}");
    }
}
