//! `pbxsh test`: tests written as scripts, each on a simulated PBX of its own.

use std::collections::BTreeMap;

use roxmltree::Document;

use crate::common::server::{Response, Server};
use crate::common::{Pbxsh, pbxsh, same};

/// `pbxsh test ARGUMENTS` in a folder with one file of tests.
fn run(arguments: &[&str], text: &str) -> Pbxsh {
    let mut line = vec!["test"];
    line.extend(arguments);
    pbxsh(line).file("a_test.rhai", text)
}

#[test]
fn outcomes_come_in_the_order_of_the_source_with_their_reasons() {
    let text = r#"//! Departments.

import "lib/naming" as naming;
const WANTED = "Support";

/// Slow, and first all the same.
fn test_z() { sleep(0.2); }

fn test_constants_and_imports() {
    if naming::short(global::WANTED) != "Sup" { throw "no" }
}

fn test_fails() {
    print("about to ask");
    pbx.groups.create(#{ Name: "Support", Membres: [] });
}

fn helper(n) { if n == 0 { throw "thrown below" } helper(n - 1) }
fn test_fails_below() { helper(2) }

fn test_skips() { skip("not on a " + "Thursday") }

fn not_a_test() { throw "never called" }
"#;
    let ended = run(&["--jobs", "4"], text).file("lib/naming.rhai", "fn short(name) { name.sub_string(0, 3) }").run();
    assert_eq!((ended.code, ended.err.as_str()), (1, ""), "{}", ended.out);
    same(
        &ended.out,
        "ok    a_test.rhai::test_z
ok    a_test.rhai::test_constants_and_imports
FAIL  a_test.rhai::test_fails
FAIL  a_test.rhai::test_fails_below
skip  a_test.rhai::test_skips: not on a Thursday

---- a_test.rhai::test_fails

unknown-property

  x `Group` has no property `Membres`
    ,-[a_test.rhai:15:43]
 14 |     print(\"about to ask\");
 15 |     pbx.groups.create(#{ Name: \"Support\", Membres: [] });
    :                                           ^^^^^^^
 16 | }
    `----
  help: did you mean `Members`?

  it printed:
    about to ask

---- a_test.rhai::test_fails_below

thrown

  x the script threw: thrown below
    ,-[a_test.rhai:18:28]
 17 |
 18 | fn helper(n) { if n == 0 { throw \"thrown below\" } helper(n - 1) }
    :                            ^^^^^
 19 | fn test_fails_below() { helper(2) }
    `----
  in `helper`, called at a_test.rhai:18:51
  in `helper`, called at a_test.rhai:18:51
  in `helper`, called at a_test.rhai:19:25

2 passed, 2 failed, 1 skipped
",
    );
}

#[test]
fn each_test_has_a_pbx_of_its_own() {
    let text = r#"
fn create() {
    pbx.users.create(#{ Number: "900", FirstName: "Nina" });
    if pbx.users.list(#{ filter: #{ Number: "900" } }).len() != 1 { throw "not created" }
}
fn test_one() { create() }
fn test_two() { create() }
fn test_others_are_fresh_too() {
    create();
    let other = connect("sandbox");
    if other.users.list(#{ filter: #{ Number: "900" } }).len() != 0 { throw "the same PBX" }
    let third = connect("sandbox@20.0.8");
    if third.release != "20.0.8" { throw third.release }
}
"#;
    let ended = run(&["--jobs", "3"], text).run();
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(ended.out.ends_with("\n3 passed, 0 failed\n"), "{}", ended.out);
}

#[test]
fn before_and_after_stand_around_each_test() {
    let text = r#"
print("top");
fn before() { print("before"); pbx.users.create(#{ Number: "900" }) }
fn after() { print("after " + pbx.users.list(#{ filter: #{ Number: "900" } }).len()) }
fn test_passes() { print("test") }
fn test_fails() { print("test"); throw "it" }
fn test_exits() { exit(0) }
fn test_skips() { skip("why") }
"#;
    let ended = run(&["--no-capture", "--jobs", "1"], text).run();
    assert_eq!(ended.code, 1, "{}{}", ended.out, ended.err);
    let (lines, _) = ended.out.split_once("\n\n").expect("reports");
    same(
        lines,
        "top
before
test
after 1
ok    a_test.rhai::test_passes
top
before
test
after 1
FAIL  a_test.rhai::test_fails
top
before
FAIL  a_test.rhai::test_exits
top
before
after 1
skip  a_test.rhai::test_skips: why",
    );
    // A file whose `before` or `after` fails has no test that passes; of two errors the first is told.
    let ended = run(&[], "fn after() { throw \"after\" } fn test_a() {} fn test_b() { throw \"b\" }").run();
    assert!(
        ended.out.contains("the script threw: after") && ended.out.contains("the script threw: b"),
        "{}",
        ended.out
    );
    assert!(ended.out.ends_with("0 passed, 2 failed\n"), "{}", ended.out);
    let ended = run(&[], "fn before() { throw \"before\" } fn test_a() { print(1) }").run();
    assert!(ended.out.contains("threw: before") && !ended.out.contains("it printed"), "{}", ended.out);
}

#[test]
fn what_stands_at_the_top_fails_each_test() {
    let ended = run(&[], "let a = [];\na[5];\nfn test_a() {}\nfn test_b() {}\n").run();
    assert!(ended.out.contains("a_test.rhai:2:") && ended.out.ends_with("0 passed, 2 failed\n"), "{}", ended.out);
    // A test that was not called has not passed.
    let ended = run(&[], "if pbx.version != \"\" { return }\nfn test_a() {}\n").run();
    assert!(ended.out.contains("the test was not called: a `return` at the top"), "{}", ended.out);
    let ended = run(&[], "exit(0);\nfn test_a() {}\n").run();
    assert!(ended.out.contains("the script ended with exit(0)") && ended.code == 1, "{}", ended.out);
}

#[test]
fn a_test_that_never_ends_fails_and_the_others_run() {
    let text = "fn test_a() {}\nfn test_loops() { print(\"on\"); loop {} }\nfn test_sleeps() { sleep(3600) }\nfn test_z() {}\n";
    let ended = run(&["--timeout", "0.5", "--jobs", "2"], text).run();
    assert_eq!(ended.code, 1, "{}{}", ended.out, ended.err);
    let (lines, reports) = ended.out.split_once("\n\n").expect("reports");
    same(
        lines,
        "ok    a_test.rhai::test_a
FAIL  a_test.rhai::test_loops
FAIL  a_test.rhai::test_sleeps
ok    a_test.rhai::test_z",
    );
    assert_eq!(reports.matches("the time of this run is up").count(), 2, "{reports}");
    assert!(reports.contains("it printed:\n    on\n") && reports.ends_with("2 passed, 2 failed\n"), "{reports}");
}

#[test]
fn the_header_chooses_releases() {
    let text = "//! releases: 20.0.5, 20.0.10\nfn test_a() { if pbx.release != \"20.0.5\" { throw pbx.release } }\n";
    let ended = run(&[], text).run();
    let (lines, _) = ended.out.split_once("\n\n").expect("reports");
    same(lines, "ok    a_test.rhai::test_a on 20.0.5\nFAIL  a_test.rhai::test_a on 20.0.10");
    let one = "//! release: 20.0.8\nfn test_a() { if pbx.release != \"20.0.8\" { throw pbx.release } }\n";
    same(&run(&[], one).out(), "ok    a_test.rhai::test_a\n\n1 passed, 0 failed\n");
    // The command line wins.
    same(&run(&["--release", "20.0.5"], text).out(), "ok    a_test.rhai::test_a\n\n1 passed, 0 failed\n");
    assert!(run(&["--release", "20"], text).fails(2).contains("there is no release `20`"));
}

/// A state of the sandbox whose first user has another name.
fn state(name: &str) -> String {
    use pbxsh::sandbox::{Pbx, Setup};
    let now: jiff::Timestamp = crate::common::NOW.parse().expect("a time");
    let catalog = pbxsh::catalog::Catalog::builtin();
    let release = catalog.release("20.0.8").expect("a release");
    let pbx = Pbx::company(catalog, Setup { release, seed: 3, clock: std::sync::Arc::new(move || now) });
    pbx.state().replace("\"Ada\"", &format!("{name:?}"))
}

#[test]
fn the_header_chooses_a_state_beside_the_file() {
    let text = "//! state: fixtures/company.json\n\nfn test_a() {\n    let name = pbx.users.get_by_number(\"100\").FirstName;\n    \
                if name != \"Zoe\" || pbx.release != \"20.0.8\" { throw `${name} on ${pbx.release}` }\n}\n";
    let run = |arguments: &[&str]| {
        let mut line = vec!["test"];
        line.extend(arguments);
        let run = pbxsh(line).file("tests/a_test.rhai", text).file("tests/fixtures/company.json", &state("Zoe"));
        run.file("other.json", &state("Yves")).file("broken.json", "{}")
    };
    same(&run(&[]).out(), "ok    tests/a_test.rhai::test_a\n\n1 passed, 0 failed\n");
    let ended = run(&["--release", "20.0.10"]).run();
    assert!(ended.out.contains("the script threw: Zoe on 20.0.10"), "{}", ended.out);
    let ended = run(&["--state", "other.json"]).run();
    assert!(ended.out.contains("the script threw: Yves on 20.0.8"), "{}", ended.out);
    same(&run(&["--state", "broken.json"]).fails(9), "bad-state\n\n  x `broken.json`: line 1: `/` has no `format`\n");
    let ended = pbxsh(["test"]).file("a_test.rhai", text).run();
    assert_eq!(ended.code, 1);
    same(
        &ended.out,
        "FAIL  a_test.rhai

---- a_test.rhai

bad-state

  x the state `fixtures/company.json` cannot be used: No such file or directory
   ,-[a_test.rhai:1:1]
 1 | //! state: fixtures/company.json
   : ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
 2 |
   `----

0 passed, 1 failed
",
    );
}

#[test]
fn a_file_that_cannot_run_fails_and_the_others_run() {
    let run = pbxsh(["test", "."])
        .file("a_test.rhai", "fn test_a() {\n")
        .file("deep/er/b_test.rhai", "fn test_b(x, y) {}\nfn test_c() {}\n")
        .file("c_test.rhai", "//! relaese: 20.0.5\nfn test_d() {}\n")
        .file("d_test.rhai", "fn before(x) {}\nfn test_e() {}\n")
        .file("e_test.rhai", "import \"broken\" as b;\nfn test_f() {}\n")
        .file("broken.rhai", "fn (\n")
        .file(".hidden/f_test.rhai", "fn test_g() {}\n")
        .file("f.rhai", "fn test_h() {}\n")
        .run();
    assert_eq!(run.code, 1, "{}", run.err);
    let (lines, reports) = run.out.split_once("\n\n").expect("reports");
    same(
        lines,
        "FAIL  a_test.rhai
FAIL  c_test.rhai
FAIL  d_test.rhai
FAIL  deep/er/b_test.rhai::test_b
ok    deep/er/b_test.rhai::test_c
FAIL  e_test.rhai",
    );
    for words in [
        "this is no script",
        "  x there is no setting `relaese`\n   ,-[c_test.rhai:1:1]",
        "help: did you mean `release`?",
        "  x `before` takes 1 argument, and would be called with none\n   ,-[d_test.rhai:1:4]",
        "  x `test_b` takes 2 arguments, and would be called with none\n   ,-[deep/er/b_test.rhai:1:4]",
        "broken.rhai:1:",
    ] {
        assert!(reports.contains(words), "{words}: {reports}");
    }
    assert!(reports.ends_with("1 passed, 5 failed\n"), "{reports}");
}

#[test]
fn tests_are_listed_filtered_and_given_by_file() {
    let text = "/// Adds.\n/// And more.\nfn test_add() {}\nfn test_remove() { throw 1 }\n";
    same(&run(&["--list"], text).out(), "a_test.rhai::test_add     Adds.\na_test.rhai::test_remove\n");
    same(&run(&["--filter", "_add"], text).out(), "ok    a_test.rhai::test_add\n\n1 passed, 0 failed\n");
    same(&run(&["--filter", "xyz"], text).fails(2), "usage\n\n  x none of 2 tests has `xyz` in its name\n");
    // A file that is given is one of tests, whatever its name, and only once.
    let given = pbxsh(["test", "checks.rhai", "./checks.rhai"]).file("checks.rhai", "fn test_a() {}");
    same(&given.out(), "ok    checks.rhai::test_a\n\n1 passed, 0 failed\n");
    same(
        &pbxsh(["test"]).fails(2),
        "usage\n\n  x there are no tests in `.`\n  help: a test is a function `fn test_…()` in a file called `…_test.rhai`\n",
    );
    same(&pbxsh(["test", "none"]).fails(9), "file\n\n  x cannot read `none`: No such file or directory\n");
}

#[test]
fn the_first_failure_can_end_it() {
    let text = "fn test_a() {}\nfn test_b() { throw 1 }\nfn test_c() {}\nfn test_d() {}\n";
    let ended = run(&["--fail-fast", "--jobs", "1"], text).run();
    assert_eq!(ended.code, 1);
    assert!(ended.out.starts_with("ok    a_test.rhai::test_a\nFAIL  a_test.rhai::test_b\n\n"), "{}", ended.out);
    assert!(ended.out.ends_with("\n1 passed, 1 failed, 2 not run\n"), "{}", ended.out);
}

#[test]
fn ctrl_c_ends_it_at_once_with_what_there_is() {
    let text = "fn test_a() {}\nfn test_b() { sleep(3600) }\nfn test_c() {}\n";
    let ended = run(&["--jobs", "1", "--timeout", "600", "--junit", "out.xml"], text).interrupted();
    assert_eq!(ended.code, 130, "{}", ended.err);
    same(&ended.out, "ok    a_test.rhai::test_a\n\ninterrupted: 1 passed, 0 failed, 2 not run\n");
    let xml = ended.read("out.xml");
    let document = Document::parse(&xml).expect("XML");
    assert_eq!(document.descendants().filter(|node| node.has_tag_name("skipped")).count(), 2);
}

#[test]
fn a_real_pbx_is_never_asked() {
    let server = Server::pbx(|_| Response::json(200, r#"{"value":[]}"#));
    let text = format!(
        "fn test_a() {{ if pbx.users.list().len() == 0 {{ throw \"the real one\" }} }}\n\
         fn test_b() {{ connect(#{{ url: {:?}, client_id: \"a\", client_secret: \"b\" }}).version }}\n",
        server.url
    );
    let run = run(&[], &text).variable("XAPI_URL", &server.url).variable("XAPI_CLIENT_ID", "a");
    let ended = run.variable("XAPI_CLIENT_SECRET", "b").run();
    assert!(ended.out.starts_with("ok    a_test.rhai::test_a\nFAIL  a_test.rhai::test_b\n"), "{}", ended.out);
    assert!(ended.out.contains("is a real PBX, and tests run on simulated ones only"), "{}", ended.out);
}

#[test]
fn junit_says_the_same_and_is_well_formed() {
    let text = "//! releases: 20.0.9, 20.0.10\nfn test_good() { print(\"<b>&\\x07\\\"\\r\") }\n\
                fn test_bad() { print(\"out\\n]]>\"); throw \"a <b> & 'c' \\\"d\\\"\\nand \\x1b[2J\" }\nfn test_odd() { skip(\"<why>\") }\n";
    let ended = run(&["--junit", "out.xml"], text).file("b_test.rhai", "fn test_b( {").run();
    assert_eq!(ended.code, 1, "{}", ended.err);
    let xml = ended.read("out.xml");
    let document = Document::parse(&xml).unwrap_or_else(|error| panic!("{error}\n{xml}"));
    let root = document.root_element();
    assert_eq!(
        (root.attribute("tests"), root.attribute("failures"), root.attribute("skipped")),
        (Some("7"), Some("3"), Some("2"))
    );
    let suites: Vec<_> = root.children().filter(|node| node.has_tag_name("testsuite")).collect();
    assert_eq!(
        suites.iter().filter_map(|suite| suite.attribute("name")).collect::<Vec<_>>(),
        ["a_test.rhai", "b_test.rhai"]
    );
    let cases: BTreeMap<&str, _> = document
        .descendants()
        .filter(|node| node.has_tag_name("testcase"))
        .filter_map(|node| Some((node.attribute("name")?, node)))
        .collect();
    let names: Vec<&str> = cases.keys().copied().collect();
    assert_eq!(
        names,
        [
            "test_bad on 20.0.10",
            "test_bad on 20.0.9",
            "test_good on 20.0.10",
            "test_good on 20.0.9",
            "test_odd on 20.0.10",
            "test_odd on 20.0.9",
            "the file",
        ]
    );
    let inner = |name: &str, tag: &str| cases[name].children().find(|node| node.has_tag_name(tag));
    let failure = inner("test_bad on 20.0.9", "failure").expect("a failure");
    let message = "the script threw: a <b> & 'c' \"d\"\nand \u{fffd}[2J";
    assert_eq!(failure.attribute("message"), Some(message));
    assert!(failure.text().is_some_and(|text| text.contains("a_test.rhai:3:")), "{xml}");
    let out = |name: &str| inner(name, "system-out").and_then(|node| node.text());
    assert_eq!(out("test_bad on 20.0.9"), Some("out\n]]>\n"));
    assert_eq!(out("test_good on 20.0.9"), Some("<b>&\u{fffd}\"\r\n"));
    assert_eq!(inner("test_odd on 20.0.9", "skipped").and_then(|node| node.attribute("message")), Some("<why>"));
    let case = cases["test_good on 20.0.9"];
    assert_eq!(
        (case.attribute("classname"), case.attribute("line"), case.attribute("time")),
        (Some("a_test"), Some("2"), None)
    );
    // It is known before the tests run that there is no place for it.
    assert!(run(&["--junit", "no/out.xml"], text).fails(9).contains("there is no folder `no`"));
}

#[test]
fn skip_outside_of_a_test_ends_a_script_with_success() {
    let ended = pbxsh(["--sandbox", "-e", "try { skip(\"no phones here\") } catch { print(1) } print(2)"]).run();
    assert_eq!((ended.code, ended.out.as_str(), ended.err.as_str()), (0, "", "skipped: no phones here\n"));
}

#[test]
fn the_tests_in_the_readme_pass() {
    let readme = std::fs::read_to_string(crate::common::project().join("README.md")).expect("README.md");
    let (_, rest) = readme.split_once("```rhai\n//! releases").expect("a file of tests");
    let (text, _) = rest.split_once("```").expect("its end");
    let out = run(&[], &format!("//! releases{text}")).out();
    assert!(out.ends_with("\n2 passed, 0 failed\n"), "{out}");
}
