//! `pbxsh check`: what is wrong is found where it stands, and nothing else is.
//!
//! `tests/check/wrong.txt` and `right.txt` are tables of scripts; a line `//> …` says what is found in the one above it.
//! `PBXSH_BLESS=1 cargo test` writes those lines anew.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use pbxsh::bindings::{Bindings, Connection, Fault, Link, Voice};
use pbxsh::catalog::Catalog;
use pbxsh::check::{CODES, Finding, check};
use pbxsh::guard::{Guard, Mode};
use pbxsh::script::native::{Engine, ImmutableString, Module};
use pbxsh::script::{Host, Library, Session, Setup, Source};
use proptest::prelude::{ProptestConfig, any};
use proptest::test_runner::TestRunner;

use crate::common::{Pbxsh, files, pbxsh, project, same};

const MARK: &str = "//> ";

/// The scripts of a table.
fn table(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(project().join("tests/check").join(name)).expect("a table of scripts");
    text.split("----\n").map(str::to_owned).collect()
}

fn script(case: &str) -> String {
    case.lines().filter(|line| !line.starts_with(MARK)).map(|line| format!("{line}\n")).collect()
}

/// All scripts in one run, each in a file of its own; what is found in each.
fn found(scripts: &[String]) -> Vec<Vec<String>> {
    let mut run = pbxsh(["check", ".", "--format", "short"]);
    for (at, script) in scripts.iter().enumerate() {
        run = run.file(&format!("{at:03}.rhai"), script);
    }
    let mut found = vec![Vec::new(); scripts.len()];
    let ended = run.run();
    assert_eq!(ended.err, "");
    for line in ended.out.lines() {
        let (file, rest) = line.trim_start_matches("./").split_once(".rhai:").expect("a finding");
        found[file.parse::<usize>().expect("a number")].push(rest.to_owned());
    }
    found
}

#[test]
fn what_is_wrong_is_found_where_it_stands() {
    let cases = table("wrong.txt");
    let scripts: Vec<String> = cases.iter().map(|case| script(case)).collect();
    assert!(scripts.len() >= 90);
    let found = found(&scripts);
    let shown = |(script, found): (&String, &Vec<String>)| {
        format!("{script}{}", found.iter().map(|line| format!("{MARK}{line}\n")).collect::<String>())
    };
    let now = scripts.iter().zip(&found).map(shown).collect::<Vec<_>>().join("----\n");
    if std::env::var_os("PBXSH_BLESS").is_some() {
        std::fs::write(project().join("tests/check/wrong.txt"), &now).expect("the table");
    }
    assert!(found.iter().all(|found| !found.is_empty()), "a wrong script without a finding");
    same(&now, &cases.join("----\n"));
}

#[test]
fn what_is_right_has_no_finding() {
    let scripts = table("right.txt");
    assert!(scripts.len() >= 100);
    for (script, found) in scripts.iter().zip(found(&scripts)) {
        assert!(found.is_empty(), "{script}{found:#?}");
    }
}

#[test]
fn a_long_list_of_mistakes_is_found_in_no_time() {
    let members: Vec<String> = (0..1000).map(|at| format!("#{{ Number: \"{at}\", Nmae: \"x\" }}")).collect();
    let script = format!("pbx.groups.create(#{{ Name: \"x\", Members: [{}] }});", members.join(",\n"));
    let start = std::time::Instant::now();
    let found = found(&[script]);
    // So many are enough for one call; whoever mends them sees the others.
    assert_eq!(found[0].len(), 25);
    assert!(found[0][0].starts_with("1:"), "{}", found[0][0]);
    assert!(start.elapsed() < std::time::Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn every_code_has_a_case() {
    let text = table("wrong.txt").concat();
    for (code, _) in CODES {
        let code = code.name();
        // The facts do not have short texts that a script would write down.
        assert!(text.contains(&format!("[{code}]")) || code == "too-long" || code == "not-on-release", "{code}");
    }
}

/// What the checker says of a call is what the call says when it runs.
#[test]
fn a_finding_is_the_error_of_a_run() {
    let codes = ["unknown-resource", "unknown-operation", "not-called", "wrong-arguments", "missing-argument"];
    let codes = codes.into_iter().chain(["unknown-option", "unknown-property", "unknown-value", "wrong-type"]);
    let codes: Vec<&str> = codes.chain(["out-of-range", "bad-filter", "no-key"]).collect();
    let mut compared = 0;
    for case in table("wrong.txt") {
        let errors: Vec<&str> =
            case.lines().filter(|line| line.starts_with(MARK) && line.contains(" error[")).collect();
        let [error] = errors.as_slice() else { continue };
        let code = error.split(['[', ']']).nth(1).expect("a code");
        if !codes.contains(&code) || error.contains("cannot be called") {
            continue;
        }
        let ended = pbxsh(["run", "--sandbox", "case.rhai"]).file("case.rhai", &script(&case)).run();
        match ended.code {
            // The object that the script asks for does not exist here, so it ends before.
            7 => continue,
            exit => assert_eq!(exit, 3, "{case}{}", ended.err),
        }
        // The engine itself finds enum values that do not exist, and says so without a code.
        if !ended.err.contains("does not exist") {
            assert_eq!(ended.err.lines().next(), Some(code), "{case}{}", ended.err);
        }
        compared += 1;
    }
    assert!(compared >= 35, "{compared}");
}

#[test]
fn everything_that_comes_with_pbxsh_is_clean() {
    for folder in ["examples", "scripts", "stdlib", "tests/stdlib"] {
        let folder = project().join(folder);
        let ended = pbxsh(["check", "--strict", "--format", "short", &folder.display().to_string()]).run();
        assert_eq!((ended.code, ended.out.as_str()), (0, ""), "{}", ended.err);
    }
    let mut texts = vec![std::fs::read_to_string(project().join("README.md")).expect("README.md")];
    texts.extend(files("docs", ".md").iter().map(|path| std::fs::read_to_string(path).expect("a page")));
    let blocks: Vec<String> = texts
        .iter()
        .flat_map(|text| text.split("```rhai\n").skip(1))
        .map(|rest| rest.split("```").next().unwrap_or_default().to_owned())
        .collect();
    assert!(!blocks.is_empty());
    for (block, found) in blocks.iter().zip(found(&blocks)) {
        // An example may make a value only to show how.
        let found: Vec<&String> = found.iter().filter(|line| !line.contains("[unused-variable]")).collect();
        assert!(found.is_empty(), "{block}{found:#?}");
    }
}

// --- the three forms -----------------------------------------------------------------------------------------------

const MAIN: &str = "import \"lib/people\" as people;
for user in people::all(pbx) {
    print(`${user.Number}`);
}
pbx.groups.create(#{
    Name: \"Support\",
    Membres: [],
});
let unused = 1;
";
const MODULE: &str = "fn all(pbx) {\n    pbx.users.lst(\n        #{ top: 5 },\n    )\n}\n";

fn project_of_two(arguments: &[&str]) -> Pbxsh {
    let line = ["check", "main.rhai"].iter().chain(arguments).copied();
    pbxsh(line).file("main.rhai", MAIN).file("lib/people.rhai", MODULE)
}

#[test]
fn people_read_findings_like_errors() {
    let ended = project_of_two(&[]).run();
    assert_eq!((ended.code, ended.err.as_str()), (3, ""));
    same(
        &ended.out,
        "unknown-property

  x `Group` has no property `Membres`
   ,-[main.rhai:7:5]
 6 |     Name: \"Support\",
 7 |     Membres: [],
   :     ^^^^^^^
 8 | });
   `----
  help: did you mean `Members`?

unused-variable

  ! `unused` is never read
   ,-[main.rhai:9:5]
 8 | });
 9 | let unused = 1;
   :     ^^^^^^
   `----
  help: take it out, or call it `_unused`

unknown-operation

  x `users` has no operation `lst`
   ,-[lib/people.rhai:2:15]
 1 | fn all(pbx) {
 2 |     pbx.users.lst(
   :               ^^^
 3 |         #{ top: 5 },
   `----
  help: did you mean `list`?

2 errors and 1 warning in 2 files
",
    );
    let clean = pbxsh(["check", "a.rhai"]).file("a.rhai", "print(pbx.users.list().len());").run();
    assert_eq!((clean.code, clean.out.as_str(), clean.err.as_str()), (0, "nothing wrong in 1 file\n", ""));
}

#[test]
fn editors_read_a_line_for_each() {
    let ended = project_of_two(&["--format", "short"]).run();
    assert_eq!(ended.code, 3);
    same(
        &ended.out,
        "main.rhai:7:5: error[unknown-property]: `Group` has no property `Membres`
main.rhai:9:5: warning[unused-variable]: `unused` is never read
lib/people.rhai:2:15: error[unknown-operation]: `users` has no operation `lst`
",
    );
}

#[test]
fn programs_read_json() {
    let ended = project_of_two(&["--format", "json"]).run();
    assert_eq!(ended.code, 3);
    same(
        &ended.out,
        r#"[
  {
    "code": "unknown-property",
    "severity": "error",
    "file": "main.rhai",
    "line": 7,
    "column": 5,
    "end": {
      "line": 7,
      "column": 12
    },
    "message": "`Group` has no property `Membres`",
    "hint": "did you mean `Members`?"
  },
  {
    "code": "unused-variable",
    "severity": "warning",
    "file": "main.rhai",
    "line": 9,
    "column": 5,
    "end": {
      "line": 9,
      "column": 11
    },
    "message": "`unused` is never read",
    "hint": "take it out, or call it `_unused`"
  },
  {
    "code": "unknown-operation",
    "severity": "error",
    "file": "lib/people.rhai",
    "line": 2,
    "column": 15,
    "end": {
      "line": 2,
      "column": 18
    },
    "message": "`users` has no operation `lst`",
    "hint": "did you mean `list`?"
  }
]
"#,
    );
    let clean = pbxsh(["check", "-", "--format", "json"]).input("print(1);").run();
    assert_eq!((clean.code, clean.out.as_str()), (0, "[]\n"));
    // A finding that goes over several lines ends on the last one.
    let script = "pbx.groups.get(\n  1,\n  2,\n  3)";
    let out = pbxsh(["check", "-", "--format", "json"]).input(script).run().out;
    assert!(
        out.contains("\"line\": 1,\n    \"column\": 12,\n    \"end\": {\n      \"line\": 4,\n      \"column\": 5\n"),
        "{out}"
    );
}

// --- files ---------------------------------------------------------------------------------------------------------

#[test]
fn the_exit_code_says_how_bad_it_is() {
    let with = |script: &str, arguments: &[&str]| {
        pbxsh(["check", "a.rhai"].iter().chain(arguments).copied()).file("a.rhai", script).run().code
    };
    assert_eq!(with("print(1);", &[]), 0);
    assert_eq!(with("let x = 1;", &[]), 0);
    assert_eq!(with("let x = 1;", &["--strict"]), 3);
    assert_eq!(with("foo();", &[]), 3);
    assert_eq!(with("foo();", &["b.rhai"]), 9);
    assert_eq!(with("print(1);", &["--release", "20.0.4"]), 2);
    assert_eq!(with("print(1);", &["--format", "xml"]), 2);
    let missing = pbxsh(["check", "a.rhai", "b.rhai"]).file("b.rhai", "foo();").run();
    assert_eq!(missing.code, 9);
    assert_eq!(missing.err, "file\n\n  x cannot read `a.rhai`: No such file or directory\n");
    assert!(missing.out.contains("b.rhai:1:1"), "{}", missing.out);
    let empty = pbxsh(["check", "."]).run();
    assert_eq!((empty.code, empty.out.as_str()), (9, ""));
    assert_eq!(empty.err, "file\n\n  x cannot read `.`: there is no *.rhai in this folder\n");
}

#[test]
fn folders_standard_input_and_bundled_scripts_are_read() {
    let run = pbxsh(["check", "jobs", "--format", "short"])
        .file("jobs/a.rhai", "foo();")
        .file("jobs/deep/b.rhai", "bar();")
        .file("jobs/.hidden/c.rhai", "baz();")
        .file("jobs/notes.txt", "qux();");
    let out = run.run().out;
    assert_eq!(
        out.lines().map(|line| &line[..line.find(": ").unwrap_or(0)]).collect::<Vec<_>>(),
        ["jobs/a.rhai:1:1", "jobs/deep/b.rhai:1:1"]
    );
    let out = pbxsh(["check", "-", "--format", "short"]).input("#!/usr/bin/env pbxsh\nfoo();").run().out;
    assert_eq!(out, "<stdin>:2:1: error[unknown-function]: there is no function `foo`\n");
    assert_eq!(pbxsh(["check", "@create-department", "@01-hello-pbx"]).out(), "nothing wrong in 2 files\n");
}

#[test]
fn a_file_that_is_no_script_does_not_hide_the_others() {
    let out = pbxsh(["check", "a.rhai", "b.rhai", "--format", "short"])
        .file("a.rhai", "let = 1;")
        .file("b.rhai", "import \"lib\" as lib;\nlib::f();\npbx.usres;")
        .file("lib.rhai", "fn f( { }")
        .run()
        .out;
    same(
        &out,
        "a.rhai:1:5: error[syntax]: this is no script: expecting name of a variable
b.rhai:3:5: error[unknown-resource]: `pbx` has no resource `usres`
lib.rhai:1:7: error[syntax]: this is no script: expecting ')' to close the parameters list of function 'f'
",
    );
}

#[test]
fn modules_are_followed_once_and_circles_are_told() {
    let run = pbxsh(["check", "main.rhai", "./a.rhai", "--format", "short"])
        .file("main.rhai", "import \"a\" as a;\nimport \"b\" as b;\na::one();\nb::two(1);\nb::thre();")
        .file("a.rhai", "import \"b\" as b;\nfn one() { b::three() }")
        .file("b.rhai", "import \"a\" as a;\nfn two() { a::one() }\nfn three() { pbx.usrs }");
    same(
        &run.run().out,
        "main.rhai:4:4: error[wrong-arguments]: `b::two` cannot be called with 1 argument
main.rhai:5:4: error[unknown-function]: there is no function `b::thre`
./a.rhai:1:8: error[bad-import]: cannot import `b`: it imports itself: ./a.rhai → b.rhai → ./a.rhai
b.rhai:1:8: error[bad-import]: cannot import `a`: it imports itself: b.rhai → ./a.rhai → b.rhai
b.rhai:3:18: error[unknown-resource]: `pbx` has no resource `usrs`
",
    );
    let out = pbxsh(["check", "jobs/main.rhai", "--lib", "shared"])
        .file("jobs/main.rhai", "import \"names\" as names;\nprint(names::short(\"x\"));")
        .file("shared/names.rhai", "fn short(x) { x }")
        .out();
    assert_eq!(out, "nothing wrong in 2 files\n");
}

#[test]
fn scripts_that_have_nothing_to_do_with_each_other_do_not_help_each_other() {
    let run = pbxsh(["check", "a.rhai", "b.rhai", "--format", "short"])
        .file("a.rhai", "import \"std/args\" as cli;\nfn helper() { cli::list(\"x\") }\nprint(helper());")
        .file("b.rhai", "import \"std/args\" as cli;\nhelper();\nprint(cli::list(\"x\"));");
    assert_eq!(run.run().out, "b.rhai:2:1: error[unknown-function]: there is no function `helper`\n");
    // But a module sees what its importer defines.
    let run = pbxsh(["check", "a.rhai", "--format", "short"])
        .file("a.rhai", "import \"lib\" as lib;\nfn helper() { 1 }\nprint(lib::work());")
        .file("lib.rhai", "fn work() { helper() }");
    assert_eq!(run.run().out, "");
}

// --- releases ------------------------------------------------------------------------------------------------------

#[test]
fn what_a_release_does_not_have_is_told() {
    let script = "for s in pbx.users.get_monitor_status(#{ top: 3 }) { print(s.DN); }
let ad = ADUsersSyncConfiguration(#{ IsSyncDetails: true });
print(ad.SelectedGroups);
ad.SelectedGroups = [];
print(AnalysisCode::SecureSIPCertificateInvalid);
";
    let on = |release: &str| {
        let line = ["check", "a.rhai", "--format", "short", "--release", release];
        pbxsh(line).file("a.rhai", script).run().out
    };
    same(
        &on("20.0.5"),
        "a.rhai:2:38: error[not-on-release]: `ADUsersSyncConfiguration.IsSyncDetails` does not exist on 20.0.5: it came with 20.0.6
a.rhai:3:10: error[not-on-release]: `ADUsersSyncConfiguration.SelectedGroups` does not exist on 20.0.5: it came with 20.0.9
a.rhai:4:4: error[not-on-release]: `ADUsersSyncConfiguration.SelectedGroups` does not exist on 20.0.5: it came with 20.0.9
a.rhai:5:21: error[not-on-release]: `AnalysisCode::SecureSIPCertificateInvalid` does not exist on 20.0.5: it came with 20.0.8
",
    );
    same(
        &on("20.0.10"),
        "a.rhai:1:20: error[not-on-release]: `users.get_monitor_status` does not exist on 20.0.10: 20.0.5 to 20.0.8 have it\n",
    );
    assert_eq!(pbxsh(["check", "a.rhai"]).file("a.rhai", script).out(), "nothing wrong in 1 file\n");
    // A script that asks first knows what it does; another connection has a release of its own.
    for fine in [
        "if pbx.supports(\"users.get_monitor_status\") { print(pbx.users.get_monitor_status().len()); }",
        "print(connect(\"sandbox@20.0.8\").users.get_monitor_status().len());",
        "print(connect(#{ url: \"u\", client_id: \"c\", client_secret: \"s\" }).users.get_monitor_status().len());",
    ] {
        let line = ["check", "a.rhai", "--release", "20.0.10"];
        assert_eq!(pbxsh(line).file("a.rhai", fine).out(), "nothing wrong in 1 file\n", "{fine}");
    }
    let out =
        pbxsh(["check", "-", "--format", "short"]).input("connect(\"sandbox@20.0.10\").users.get_monitor_status();");
    assert!(out.run().out.starts_with("<stdin>:1:34: error[not-on-release]"));
}

#[test]
fn every_operation_of_every_release_is_right_where_it_exists() {
    let catalog = Catalog::builtin();
    for (place, name) in catalog.releases.iter().enumerate() {
        let script = crate::operations::script(catalog, pbxsh::catalog::Release(place as u8)).0;
        for arguments in [vec!["check", "all.rhai"], vec!["check", "all.rhai", "--release", name]] {
            let out = pbxsh(arguments).file("all.rhai", &script).out();
            assert_eq!(out, "nothing wrong in 1 file\n", "{name}");
        }
    }
}

// --- any text ------------------------------------------------------------------------------------------------------

/// A session as the program makes one, without a PBX behind it.
fn session(more: Vec<Arc<dyn Host>>) -> Session {
    let catalog = Catalog::builtin();
    let nobody =
        || Link { name: "nobody".to_owned(), connect: Box::new(|| Err(Fault::NotConfigured { missing: Vec::new() })) };
    let voice = Voice::new(pbxsh::diag::fault, Arc::new(|_, _| {}), Arc::default());
    let pbx = Connection::new(nobody(), catalog, Guard::new(Mode::Everything), voice);
    let connect = Arc::new(|_: &_| Err(Fault::NotConfigured { missing: Vec::new() }));
    Session::new(&Setup {
        hosts: std::iter::once::<Arc<dyn Host>>(Arc::new(Bindings::new(catalog, pbx, connect))).chain(more).collect(),
        library: Library { embedded: |_| None, embedded_names: Vec::new, folders: Vec::<PathBuf>::new() },
        print: Arc::new(|_| {}),
        stop: Arc::new(|| None),
        operations: None,
    })
}

/// What a host brings is found in the engine: nobody has to tell the checker.
#[test]
fn functions_of_hosts_are_known() {
    struct More;
    impl Host for More {
        fn register(&self, engine: &mut Engine) {
            let mut csv = Module::new();
            csv.set_native_fn("read", |path: ImmutableString| Ok(path));
            csv.set_var("LIMIT", 5_i64);
            engine.register_static_module("csv", csv.into());
            let mut limits = Module::new();
            limits.set_var("MOST", 5_i64);
            engine.register_static_module("limits", limits.into());
            engine.register_fn("shout", |text: &str| text.to_uppercase());
        }
    }
    let mut session = session(vec![Arc::new(More)]);
    let mut codes = |text: &str| {
        let report = check(&mut session, Catalog::builtin(), None, &[Source::new("any", text)]);
        let words = |finding: &Finding| pbxsh::diag::check::finding(finding).message;
        report.findings.iter().map(words).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(codes("csv::read(\"x\"); shout(\"x\"); \"x\".shout(); print(csv::LIMIT + limits::MOST);"), "");
    assert_eq!(codes("csv::raed(\"x\");"), "there is no function `csv::raed`");
    assert_eq!(codes("csv::read();"), "`csv::read` cannot be called without arguments");
    assert_eq!(
        codes("shoud(\"x\"); \"x\".shout(1);"),
        "there is no function `shoud`; `shout` cannot be called with 1 argument"
    );
    // A module of constants alone is known too, where another name is not.
    assert_eq!(
        codes("print(limits::MOST); print(nobody::KNOWS); print(nme);"),
        "there is no module `nobody`; there is no variable `nme`"
    );
}

/// Pieces of scripts are taken out, doubled and put elsewhere: whatever comes of it, the checker has an answer, and each
/// finding stands somewhere in the text.
#[test]
fn no_text_is_too_much() {
    let work = || {
        let mut texts: Vec<String> = Vec::new();
        for folder in ["examples", "scripts", "stdlib"] {
            texts.extend(files(folder, ".rhai").iter().map(|path| std::fs::read_to_string(path).expect("a script")));
        }
        texts.extend(table("wrong.txt"));
        texts.extend(table("right.txt"));
        let mut session = session(Vec::new());
        let session = std::cell::RefCell::new(&mut session);
        let mut counted: BTreeMap<bool, usize> = BTreeMap::new();
        let counter = std::cell::RefCell::new(&mut counted);
        let config = ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() };
        let edits = (any::<usize>(), proptest::collection::vec((any::<usize>(), any::<usize>(), 0..4_u8), 0..4));
        let result = TestRunner::new(config).run(&edits, |(which, edits)| {
            let mut text = texts[which % texts.len()].clone();
            for (from, length, how) in edits {
                let edge = |at: usize| (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
                let start = edge(from % (text.len() + 1));
                let end = edge((start + length % 12).min(text.len()));
                let piece = text[start..end].to_owned();
                match how {
                    0 => text.replace_range(start..end, ""),
                    1 => text.insert_str(start, &piece),
                    2 => text.insert(start, ['(', '}', '"', '`', '.', ':', 'é', '#'][length % 8]),
                    _ => text = format!("{piece}{text}"),
                }
            }
            let source = Source::new("any", text.as_str());
            let report = check(&mut session.borrow_mut(), Catalog::builtin(), None, &[source]);
            for finding in &report.findings {
                let _ = pbxsh::diag::check::finding(finding);
                if let Some(place) = &finding.place {
                    assert!(text.get(place.span.clone()).is_some(), "{:?}", place.span);
                    assert!(place.line >= 1 && place.column >= 1);
                }
            }
            *counter.borrow_mut().entry(report.findings.is_empty()).or_default() += 1;
            Ok(())
        });
        result.expect("no panic");
        assert!(counted.get(&true) > Some(&10) && counted.get(&false) > Some(&10), "{counted:?}");
    };
    // Scripts nest deeper than the stack that a thread gets by itself.
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(work).expect("a thread");
    thread.join().expect("no panic");
}
