//! Files, tables, JSON and variables of the environment, and what scripts may reach of them.

use std::sync::Arc;

use jiff::tz::TimeZone;
use pbxsh::bindings::value;
use pbxsh::diag;
use pbxsh::guard::Access;
use pbxsh::kit::{self, Hands, Kit};
use pbxsh::script::native::Dynamic;
use pbxsh::script::{Library, Session, Setup, Source};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Number, Value, json};
use tempfile::TempDir;

use crate::common::server::{Response, Server};
use crate::common::{Pbxsh, gives, pbxsh, same, sandbox};

/// `pbxsh FLAGS -e CODE`.
fn with(flags: &[&str], code: &str) -> Pbxsh {
    pbxsh(flags.iter().copied().chain(["-e", code]))
}

/// The run ends with this code and says this; reports are wrapped where the terminal ends.
#[track_caller]
fn says(run: Pbxsh, code: i32, sentences: &[&str]) {
    let report = run.fails(code);
    let line = report.split_whitespace().collect::<Vec<_>>().join(" ");
    for sentence in sentences {
        assert!(line.contains(sentence), "no {sentence:?} in {report}");
    }
}

/// A folder of its own, as the operating system spells it.
fn elsewhere() -> (TempDir, String) {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().canonicalize().expect("its path").display().to_string();
    (folder, path)
}

#[test]
fn a_refusal_names_the_flag_that_would_allow_it() {
    same(
        &with(&[], "file::read(\"/etc/passwd\")").fails(8),
        "forbidden

  x this script may not read `/etc/passwd`
   ,-[<eval>:1:7]
 1 | file::read(\"/etc/passwd\")
   :       ^^^^^^^^^^^^^^^^^^^
   `----
  help: `--allow-read=/etc/passwd` would allow it
",
    );
    same(
        &with(&["--deny-write"], "file::write(\"a.txt\", \"x\")").fails(8),
        "forbidden

  x this script may not write `a.txt`
   ,-[<eval>:1:7]
 1 | file::write(\"a.txt\", \"x\")
   :       ^^^^^^^^^^^^^^^^^^^
   `----
  help: `--deny-write` forbids it
",
    );
    same(
        &with(&[], "env(\"HOME\")").fails(8),
        "forbidden

  x this script may not see the variable `HOME`
   ,-[<eval>:1:1]
 1 | env(\"HOME\")
   : ^^^^^^^^^^^
   `----
  help: `--allow-env=HOME` would allow it
",
    );
    gives(
        "let told = \"\"; try { file::read(\"/etc/passwd\") } catch (e) { told = e.code + \": \" + e.hint } told",
        "forbidden: `--allow-read=/etc/passwd` would allow it",
    );
}

#[test]
fn flags_widen_and_narrow() {
    let (folder, path) = elsewhere();
    std::fs::write(folder.path().join("a.txt"), "there").expect("a file");
    let read = format!("file::read(\"{path}/a.txt\")");
    let write = format!("file::write(\"{path}/b.txt\", \"new\"); file::write(\"{path}/b.txt\", \"newer\"); 1");
    says(with(&[], &read), 8, &["may not read", &format!("--allow-read={path}/a.txt")]);
    for flag in [format!("--allow-read={path}"), format!("--allow-read=/nowhere,{path}/a.txt"), "--allow-read".into()] {
        assert_eq!(with(&[&flag], &read).out(), "there\n", "{flag}");
        // Reading allows no writing.
        says(with(&[&flag], &write), 8, &["may not write", &format!("--allow-write={path}/b.txt")]);
    }
    let allow = format!("--allow-write={path}");
    assert_eq!(with(&[&allow], &write).out(), "1\n");
    assert_eq!(std::fs::read_to_string(folder.path().join("b.txt")).expect("the file"), "newer");
    says(
        with(&["--allow-read", &format!("--deny-read={path}")], &read),
        8,
        &[&format!("`--deny-read={path}` forbids")],
    );
    says(with(&["--deny-read"], "file::list(\".\")"), 8, &["`--deny-read` forbids it"]);
    // An empty variable in a flag allows nothing, and certainly not everything.
    says(with(&["--allow-read="], "1"), 2, &["a name is missing"]);
    says(with(&["--allow-read=a,,b"], "1"), 2, &["a name is missing"]);
}

#[test]
fn a_script_reaches_its_own_folder_and_the_working_directory() {
    let (folder, path) = elsewhere();
    let code = format!(
        "print(file::read(\"{path}/beside.txt\")); file::write(\"{path}/out.txt\", \"x\"); print(file::read(\"here.txt\"));
         file::read(\"{path}/../above.txt\")"
    );
    std::fs::write(folder.path().join("beside.txt"), "beside").expect("a file");
    std::fs::write(folder.path().join("s.rhai"), &code).expect("a script");
    for command in [vec!["run"], vec![]] {
        let script = format!("{path}/s.rhai");
        let line = command.into_iter().chain([script.as_str()]);
        let ended = pbxsh(line).file("here.txt", "here").run();
        assert_eq!((ended.code, ended.out.as_str()), (8, "beside\nhere\n"), "{}", ended.err);
    }
    // What is typed and what comes from a pipe has no folder.
    says(with(&[], &code), 8, &["may not read"]);
    says(pbxsh(["run", "-"]).input(&code), 8, &["may not read"]);
    says(pbxsh([]).input(&code).variable("XAPI_URL", "https://a"), 8, &["may not read"]);
}

#[cfg(unix)]
#[test]
fn links_lead_nowhere_else() {
    let (folder, path) = elsewhere();
    std::fs::write(folder.path().join("secret.txt"), "secret").expect("a file");
    let run = pbxsh(["-e", "file::read(\"link/secret.txt\")"]).file("a.txt", "mine");
    run.link(&path, "link");
    says(run, 8, &["may not read `link/secret.txt`", &format!("--allow-read={path}/secret.txt")]);
    let run = pbxsh(["-e", "file::write(\"dangling\", \"x\")"]);
    run.link(&format!("{path}/new.txt"), "dangling");
    says(run, 8, &["may not write `dangling`", &format!("--allow-write={path}/new.txt")]);
    assert!(!folder.path().join("new.txt").exists());
    // A link inside stays one, and a removed one leaves its file.
    let run = pbxsh([
        "-e",
        "file::write(\"inside\", \"changed\"); file::remove(\"inside\"); [file::read(\"a.txt\"), file::exists(\"inside\")].to_json()",
    ])
    .file("a.txt", "old");
    run.link("a.txt", "inside");
    assert_eq!(run.out(), "[\"changed\",false]\n");
    let run = pbxsh(["-e", "file::remove(\"link\"); 1"]);
    run.link(&format!("{path}/secret.txt"), "link");
    assert_eq!(run.out(), "1\n");
    assert!(folder.path().join("secret.txt").exists());
}

#[test]
fn lists_and_downloads_ask_as_well() {
    let (folder, path) = elsewhere();
    let list = format!("pbx.users.list(#{{ top: 1 }}).save(\"{path}/a.csv\")");
    says(sandbox(&list), 8, &["forbidden", "may not write", &format!("--allow-write={path}/a.csv")]);
    let download = format!(
        "let chats = pbx.chat_history_view.download_chat_history(\"UTC\", #{{ top: 1 }});
         try {{ chats.save(\"{path}/a.csv\") }} catch (e) {{ print(e.code) }}
         chats.save(\"a.csv\"); file::lines(\"a.csv\").to_string()"
    );
    assert_eq!(sandbox(&download).out(), "forbidden\nLines of a.csv, for a loop\n");
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0);
    let allow = format!("--allow-write={path}");
    assert_eq!(pbxsh(["--sandbox", &allow, "-e", &list]).out(), "1\n");
    for code in [
        "pbx.users.list().save(\"none/a.csv\")",
        "pbx.chat_history_view.download_chat_history(\"UTC\").save(\"none/a.csv\")",
    ] {
        says(sandbox(code), 9, &["`none/a.csv`: there is no folder `none`"]);
    }
}

#[test]
fn pbxs_are_all_reachable_until_some_are_named() {
    let server = Server::pbx(|_| Response::json(200, r#"{"value":[{"Id":1}]}"#));
    let host = server.url.trim_start_matches("http://").to_owned();
    let code = |url: &str| {
        format!("connect(#{{ url: \"{url}\", client_id: \"a\", client_secret: \"b\" }}).users.list().len()")
    };
    let run = |flags: &[&str], code: &str| pbxsh(["--sandbox"].iter().chain(flags).copied().chain(["-e", code]));
    let code_here = code(&server.url);
    assert_eq!(run(&[], &code_here).out(), "1\n");
    assert_eq!(run(&[&format!("--allow-connect={host}")], &code_here).out(), "1\n");
    assert_eq!(run(&["--allow-connect=other,127.0.0.1"], &code_here).out(), "1\n");
    let why = format!("may not connect to `{host}`");
    says(run(&["--allow-connect=pbx.example.com"], &code_here), 8, &[&why, &format!("--allow-connect={host}")]);
    says(run(&["--deny-connect=127.0.0.1"], &code_here), 8, &[&why, "`--deny-connect=127.0.0.1` forbids it"]);
    // Another spelling of an address leads to the same place.
    let spelt = code(&server.url.replace("http://127.0.0.1", "HTTP://127.1"));
    says(run(&["--deny-connect=127.0.0.1"], &spelt), 8, &[&why]);
    // The PBX of the session and simulated ones remain.
    let simulated = "[pbx.release, connect(\"sandbox@20.0.8\").release].to_json()";
    assert_eq!(run(&["--allow-connect=x", "--deny-connect=y"], simulated).out(), "[\"20.0.10\",\"20.0.8\"]\n");
    says(run(&["--deny-connect=sandbox"], simulated), 8, &["may not connect to `sandbox@20.0.8`"]);
    says(run(&["--deny-connect"], simulated), 8, &["`--deny-connect` forbids it"]);
    assert_eq!(run(&["--deny-connect"], "pbx.release").out(), "20.0.10\n");
}

#[test]
fn bundled_scripts_get_what_they_state() {
    let (_folder, path) = elsewhere();
    let export = |flags: &[&str], file: &str| {
        pbxsh(["run", "--sandbox"].iter().chain(flags).copied().chain(["@export-chat-history", file, "--top", "1"]))
    };
    assert_eq!(export(&[], "a.csv").run().files(), ["a.csv"]);
    let file = format!("{path}/a.csv");
    says(export(&[], &file), 8, &["may not write", &format!("`--allow-write={path}/a.csv` would allow it")]);
    export(&[&format!("--allow-write={path}")], &file).out();
    says(export(&["--deny-write"], "a.csv"), 8, &["`--deny-write` forbids it"]);
    // The same text in a file of one's own is a script of one's own.
    let listed = pbxsh(["scripts"]).out();
    assert!(listed.contains("(needs: write)"), "{listed}");
}

#[test]
fn variables_are_seen_by_name() {
    let run = |flags: &[&str], code: &str| with(flags, code).variable("SITE", "north").variable("SITE_ID", "7");
    assert_eq!(run(&["--allow-env=SITE"], "env(\"SITE\")").out(), "north\n");
    assert_eq!(run(&["--allow-env=SITE*"], "env(\"SITE_ID\") + env(\"SITE_X\", \"?\")").out(), "7?\n");
    assert_eq!(run(&["--allow-env"], "type_of(env(\"NO_SUCH\"))").out(), "()\n");
    says(run(&["--allow-env=SITE"], "env(\"SITE_ID\", \"x\")"), 8, &["--allow-env=SITE_ID"]);
    says(
        run(&["--allow-env", "--deny-env=XAPI_*"], "env(\"XAPI_CLIENT_SECRET\")"),
        8,
        &["`--deny-env='XAPI_*'` forbids"],
    );
}

#[test]
fn the_flags_stand_in_the_help() {
    for help in [pbxsh(["--help"]).out(), pbxsh(["run", "--help"]).out()] {
        assert!(help.contains("\nPermissions:\n"), "{help}");
        for kind in ["read", "write", "env", "connect"] {
            assert!(
                help.contains(&format!("--allow-{kind}[=")) && help.contains(&format!("--deny-{kind}[=")),
                "{help}"
            );
        }
    }
}

#[test]
fn texts_are_read_and_written() {
    gives(
        "file::write(\"a.txt\", \"one\\r\\ntwo\"); file::append(\"a.txt\", \"\\nthree\\n\"); file::append(\"b.txt\", \"x\"); let all = []; for line in file::lines(\"a.txt\") { all.push(line) } all.push(file::read(\"b.txt\")); all.to_json()",
        r#"["one","two","three","x"]"#,
    );
    let read = |bytes: &'static [u8], code: &str| with(&[], code).bytes("a.txt", bytes);
    assert_eq!(read(b"\xEF\xBB\xBFtext", "file::read(\"a.txt\")").out(), "text\n");
    assert_eq!(
        read(
            b"\xEF\xBB\xBF\xEF\xBB\xBFa\r\n\r\nb",
            "let n = []; for l in file::lines(\"a.txt\") { n.push(l.len()) } n.to_json()"
        )
        .out(),
        "[2,0,1]\n"
    );
    for code in [
        "file::read(\"a.txt\")",
        "for line in file::lines(\"a.txt\") { line.len() }",
        "for line in file::lines(\"a.txt\") {}",
    ] {
        says(
            read(b"fine\nM\xFCller\n", code),
            1,
            &["bad-format", "`a.txt`, line 2: there are bytes that are no UTF-8 text"],
        );
        says(read(b"\xFF\xFEa\0", code), 1, &["`a.txt`: it is UTF-16 text, and only UTF-8 is read"]);
        says(with(&[], code), 9, &["`a.txt`: no such file or directory"]);
        says(with(&[], &code.replace("a.txt", ".")), 9, &["`.`: it is a folder"]);
    }
    let ended = with(&[], "file::write(\"none/b.txt\", \"x\")").run();
    same(
        &ended.err,
        "file

  x `none/b.txt`: there is no folder `none`
   ,-[<eval>:1:7]
 1 | file::write(\"none/b.txt\", \"x\")
   :       ^^^^^^^^^^^^^^^^^^^^^^^^
   `----
",
    );
    says(with(&[], "file::write(\".\", \"x\")"), 9, &["`.`: it is a folder"]);
    says(
        with(&[], "file::write(5, \"x\")"),
        3,
        &["there is no function `file::write` for (int, string)", "call `file::write(path, text)`"],
    );
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_permissions_and_appears_complete() {
    use std::os::unix::fs::PermissionsExt;
    let run =
        with(&[], "file::write(\"a.sh\", \"new\"); file::write(\"b.txt\", \"new\"); pbx.name").file("a.sh", "old");
    let path = run.path("a.sh");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o750)).expect("permissions");
    let ended = run.run();
    assert_eq!(ended.files(), ["a.sh", "b.txt"], "{}", ended.err);
    let mode = std::fs::metadata(&path).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o750);
    // A list that fails half-way leaves what was there.
    let broken = Server::pbx(|request| match request.target.contains("skip=100") {
        true => Response::json(500, "{}"),
        false => Response::json(200, json!({"value": vec![json!({"Id": 1}); 100]}).to_string()),
    });
    for code in [
        "pbx.users.list().save(\"a.csv\")",
        "csv::write(\"a.csv\", pbx.users.list())",
        "csv::write(\"a.csv\", pbx.users.list(#{ select: \"Id\" }), #{ append: true })",
    ] {
        let ended = broken.run(code).file("a.csv", "Id\nold\n").run();
        assert_eq!((ended.code, ended.read("a.csv").as_str()), (7, "Id\nold\n"), "{code}: {}", ended.err);
        assert_eq!(ended.files(), ["a.csv"], "{code}");
    }
}

#[test]
fn folders_and_paths() {
    let code = r#"
        file::make_folder("exports/2026"); file::make_folder("exports/2026");
        for name in ["b.csv", "a.csv", "c.txt", "[x].csv"] { file::write(file::join("exports", name), "1234") }
        print(file::list("exports").to_json());
        print(file::list("exports", "*.csv").to_json());
        print(file::list("exports", "?.*").to_json());
        file::remove("exports/a.csv");
        print([file::exists("exports/a.csv"), file::exists("exports"), file::exists("exports/b.csv")].to_json());
        let info = file::info("exports/b.csv");
        print(`${info.size} ${info.is_folder} ${info.modified.len()} ${info.modified.ends_with("Z")} ${file::info("exports").is_folder}`);
        print(file::join("a", "b", "c", "d", "e", "f.g.h"));
        for path in ["exports/users.csv", "users", ".hidden", "a/b/", "/", ""] {
            print([file::name(path), file::stem(path), file::extension(path), file::parent(path)].to_json());
        }
    "#;
    let out = pbxsh(["run", "a.rhai"]).file("a.rhai", code).out();
    same(
        &out,
        r#"["2026","[x].csv","a.csv","b.csv","c.txt"]
["[x].csv","a.csv","b.csv"]
["a.csv","b.csv","c.txt"]
[false,true,true]
4 false 20 true true
a/b/c/d/e/f.g.h
["users.csv","users","csv","exports"]
["users","users","",""]
[".hidden",".hidden","",""]
["b","b","","a"]
["","","",""]
["","","",""]
"#,
    );
    says(with(&[], "file::remove(\".\")"), 9, &["`.`: it is a folder, and only files are removed"]);
    says(with(&[], "file::remove(\"none\")"), 9, &["`none`: no such file"]);
    says(with(&[], "file::list(\"none\")"), 9, &["`none`: no such file"]);
    says(with(&[], "file::list(\".\", \"[\")"), 3, &["`the pattern` must be one like `*.csv`"]);
    says(with(&[], "file::make_folder(\"/etc/x/y\")"), 8, &["--allow-write=/etc/x/y"]);
}

#[test]
fn tables_are_read() {
    let table = "Number;Name\r\n100;\"Ada; B\"\r\n007;\r\n";
    let read = |code: &str| with(&[], code).file("a.csv", table);
    let options = "#{ separator: \";\" }";
    assert_eq!(
        read(&format!("csv::read(\"a.csv\", {options}).to_json()")).out(),
        "[{\"Name\":\"Ada; B\",\"Number\":\"100\"},{\"Name\":\"\",\"Number\":\"007\"}]\n"
    );
    assert_eq!(read("csv::read(\"a.csv\", #{ separator: \";\", numbers: true })[0].Number + 1").out(), "101\n");
    assert_eq!(
        read(&format!("let n = 0; for row in csv::rows(\"a.csv\", {options}) {{ n += row.Number.len() }} n")).out(),
        "6\n"
    );
    says(
        read("csv::read(\"a.csv\")"),
        1,
        &["`a.csv`, line 1: its only column would be `Number;Name`: give it `separator: ';'`"],
    );
    says(read("csv::rows(\"a.csv\")"), 1, &["give it `separator: ';'`"]);
    for code in
        ["csv::read(\"b.csv\")", "for row in csv::rows(\"b.csv\") { row.a }", "for row in csv::rows(\"b.csv\") {}"]
    {
        same(
            with(&[], code).file("b.csv", "a,b\n1,2\n\n3\n").fails(1).split("   ,-").next().unwrap_or_default(),
            "bad-format\n\n  x `b.csv`, line 4: it has 1 cell and the header 2\n",
        );
    }
    let wrong =
        |options: &str, sentences: &[&str]| says(with(&[], &format!("csv::parse(\"a\", {options})")), 3, sentences);
    wrong("#{ seperator: \";\" }", &["`csv::parse` has no option `seperator`", "did you mean `separator`?"]);
    wrong("#{ separator: \"::\" }", &["`separator` must be a single character"]);
    wrong("#{ header: 1 }", &["`header` must be true, false or an array of names, not the whole number 1"]);
    wrong("#{ header: [\"a\", \"a\"] }", &["`header` must be an array of names that are all different, not `a` twice"]);
    wrong("#{ skip: -1 }", &["`skip` must be a whole number from 0 on, not the whole number -1"]);
    says(
        read("let e = (); try { csv::read(\"a.csv\") } catch (x) { e = x } throw `${e.path} ${e.line} ${e.code}`"),
        1,
        &["a.csv 1 bad-format"],
    );
}

#[test]
fn tables_are_written() {
    let rows = "[#{ b: 1, a: #{ y: \"=1\", x: [1, 2] } }, #{ a: (), c: \"+49\", d: true }]";
    gives(&format!("csv::text({rows})"), "a.x,a.y,b,c,d\n\"[1,2]\",=1,1,,\n,,,+49,true");
    gives(
        &format!("csv::text({rows}, #{{ columns: [\"c\", \"a.y\", \"none\"], separator: \"\\t\" }})"),
        "c\ta.y\tnone\n\t=1\t\n+49",
    );
    let ended =
        with(&[], &format!("csv::write(\"a.csv\", {rows}, #{{ excel: true, columns: [\"b\", \"c\", \"a.y\"] }})"))
            .run();
    assert_eq!(
        (ended.out.as_str(), ended.read("a.csv").as_str()),
        ("2\n", "\u{feff}b;c;a.y\r\n1;;'=1\r\n;'+49;\r\n"),
        "{}",
        ended.err
    );
    gives("csv::text([[1, \"a;b\"], [()]])", "1,a;b\n\"\"");
    let file = "file::write(\"a.csv\", \"b;a\\n1;2\\n\"); csv::text(csv::rows(\"a.csv\", #{ separator: \";\" }))";
    gives(file, "b,a\n1,2");
    gives("csv::text([])", "");
    gives("csv::text([], #{ columns: [\"a\"] })", "a");
    let again = r#"for name in ["x", "y"] { csv::write("log.csv", [#{ name: name, at: 1 }], #{ append: true }) }
        csv::write("log.csv", [#{ name: "z" }], #{ append: true }); file::read("log.csv")"#;
    gives(again, "at,name\n1,x\n1,y\n,z");
    let unfinished =
        with(&[], "csv::write(\"a.csv\", [#{ a: 2 }], #{ append: true }); file::read(\"a.csv\")").file("a.csv", "a\n1");
    assert_eq!(unfinished.out(), "a\n1\n2\n");
    says(
        with(&[], "csv::write(\"a.csv\", [#{ nmae: 2 }], #{ append: true })").file("a.csv", "name,at\n"),
        3,
        &["unknown-column", "there is no column `nmae`", "did you mean `name`?"],
    );
    says(
        with(&[], "csv::write(\"a.csv\", #{ a: 1 })"),
        3,
        &["`the rows` must be an array of maps or objects, a list, or the rows of a file, not a map"],
    );
    says(
        with(&[], "csv::write(\"a.csv\", [#{ a: 1 }, 5])"),
        3,
        &["`row 2` must be a map or an object, not the whole number 5"],
    );
    says(with(&[], "csv::text([], #{ append: true })"), 3, &["`csv::text` has no option `append`"]);
}

#[test]
fn what_is_written_is_read_again() {
    let rows = r#"[#{ a: "x;\"y\"\nz", b: " ", c: "" }, #{ a: "'=1", b: "ä", c: "," }]"#;
    for options in ["#{}", "#{ separator: \";\" }", "#{ separator: \"\\t\" }"] {
        gives(&format!("let rows = {rows}; csv::parse(csv::text(rows, {options}), {options}) == rows"), "true");
    }
    gives(
        &format!(
            "let rows = {rows}; csv::write(\"a.csv\", rows, #{{ excel: true }}); csv::read(\"a.csv\", #{{ separator: \";\" }}) == rows"
        ),
        "true",
    );
}

#[test]
fn lists_are_saved_with_options() {
    let list = "pbx.users.list(#{ top: 2, select: \"Number,Mobile,Hours\" })";
    let ended = sandbox(&format!("{list}.save(\"a.csv\", #{{ excel: true }})")).run();
    assert_eq!(
        (ended.out.as_str(), ended.read("a.csv").as_str()),
        (
            "2\n",
            "\u{feff}Number;Mobile;Hours.IgnoreHolidays;Hours.Periods;Hours.Type\r\n100;'+15550104100;false;[];AllHours\r\n101;'+15550104101;false;[];AllHours\r\n"
        )
    );
    let ended =
        sandbox(&format!("{list}.save(\"a.csv\", #{{ columns: [\"Hours.Type\", \"Number\"], separator: \"|\" }})"))
            .run();
    assert_eq!(ended.read("a.csv"), "Hours.Type|Number\nAllHours|100\nAllHours|101\n", "{}", ended.err);
    let ended = sandbox(&format!("csv::write(\"a.csv\", {list}, #{{ columns: [\"Number\"] }}) + {list}.save(\"b.csv\", #{{ columns: [\"Number\"] }})")).run();
    assert_eq!((ended.out.as_str(), ended.read("a.csv")), ("4\n", ended.read("b.csv")), "one writer");
    let ended = sandbox(&format!(
        "{list}.save(\"a.ndjson\", #{{ columns: [\"Number\", \"Hours.Type\"] }}) + {list}.save(\"a.json\")"
    ))
    .run();
    assert_eq!(
        ended.read("a.ndjson"),
        "{\"Number\":\"100\",\"Hours.Type\":\"AllHours\"}\n{\"Number\":\"101\",\"Hours.Type\":\"AllHours\"}\n"
    );
    let rows: Value = serde_json::from_str(&ended.read("a.json")).expect("JSON");
    assert_eq!(rows[1]["Hours"]["Type"], "AllHours");
    says(
        sandbox(&format!("{list}.save(\"a.csv\", #{{ columns: [\"Mobil\"] }})")),
        3,
        &["there is no column `Mobil`", "did you mean `Mobile`?"],
    );
    says(
        sandbox(&format!("{list}.save(\"a.csv\", #{{ columns: [\"FirstName\"] }})")),
        3,
        &["there is no column `FirstName`", "there is `Number`, `Mobile`"],
    );
    says(
        sandbox(&format!("{list}.save(\"a.csv\", #{{ exel: true }})")),
        3,
        &["`save` has no option `exel`", "did you mean `excel`?"],
    );
    says(
        sandbox(&format!("{list}.save(\"a.json\", #{{ excel: true }})")),
        3,
        &["`save as JSON` has no option `excel`", "takes `columns`"],
    );
}

#[test]
fn json_files_and_texts() {
    gives(
        "json::write(\"a.json\", #{ b: [1, 2.5, ()], a: \"ü\" }); file::read(\"a.json\")",
        "{\n  \"a\": \"ü\",\n  \"b\": [\n    1,\n    2.5,\n    null\n  ]\n}",
    );
    gives(
        "json::write(\"a.json\", [1], #{ pretty: false }); file::read(\"a.json\") + json::read(\"a.json\")[0]",
        "[1]\n1",
    );
    gives("json::text(#{ b: 1, a: [true] }) + json::text([1], #{ pretty: true })", "{\"a\":[true],\"b\":1}[\n  1\n]");
    gives(
        "json::text(pbx.users.list(#{ top: 1, select: \"Number\" })) + json::text(pbx.users.get_by_number(\"100\", #{ select: \"Number\" }))",
        "[{\"Number\":\"100\"}]{\"Number\":\"100\"}",
    );
    gives(
        "[json::parse(\"9223372036854775807\"), json::parse(\"-9223372036854775808\"), json::parse(\"9223372036854775808\"), json::parse(\"1.0\"), type_of(json::parse(\"null\"))].to_json()",
        "[9223372036854775807,-9223372036854775808,9.223372036854776e+18,1.0,\"()\"]",
    );
    let wrong =
        |text: &str, reason: &str| says(with(&[], &format!("json::parse({text:?})")), 1, &["bad-format", reason]);
    wrong("{\"a\": [1, 2}", "this is no JSON: line 1, column 12: expected `,` or `]`");
    wrong("{\n  \"ä\" 1}", "line 2, column 7: expected `:`");
    wrong("[1", "line 1, column 2: it ends in the middle of a list");
    wrong(" ", "this is no JSON: it is empty");
    wrong("1e400", "number out of range");
    wrong(&("[".repeat(128) + &"]".repeat(128)), "it nests deeper than 127 levels");
    says(
        with(&[], "json::read(\"a.json\")").file("a.json", "[1,\n2,]"),
        1,
        &["`a.json`: this is no JSON: line 2, column 3: trailing comma"],
    );
    says(
        with(&[], "let a = []; for i in 0..200 { a = [a]; } json::text(a)"),
        3,
        &["`the value` must be nested at most 127 levels deep"],
    );
    says(
        with(&[], "let a = []; for i in 0..200 { a = [a]; } csv::text([#{ a: a }])"),
        3,
        &["nested at most 127 levels deep"],
    );
    gives("let a = []; for i in 0..126 { a = [a]; } json::parse(json::text(a)) == a", "true");
}

#[test]
fn a_dot_behind_a_module_is_explained() {
    same(
        &with(&[], "let rows = csv.read(\"a.csv\")").fails(3),
        "  x this is no script: undefined variable: csv
   ,-[<eval>:1:12]
 1 | let rows = csv.read(\"a.csv\")
   :            ^^^
   `----
  help: write `csv::read`
",
    );
    says(with(&[], "file.exists(\"x\")"), 3, &["write `file::exists`"]);
    says(with(&[], "csvs.read(\"x\")"), 3, &["declare it with `let`"]);
    says(with(&[], "csw::read(\"x\")"), 3, &["did you mean `csv`?"]);
    says(with(&[], "csv::raed(\"x\")"), 3, &["did you mean `csv::read`?"]);
    says(
        with(&[], "json::frobnicate(\"x\")"),
        3,
        &["there is `json::parse`, `json::text`, `json::read` and `json::write`"],
    );
}

#[test]
fn the_examples_of_the_functions_run() {
    let ours =
        |name: &str| ["file::", "csv::", "json::"].iter().any(|module| name.starts_with(module)) || name == "env";
    let docs: Vec<_> = kit::docs().filter(|doc| ours(doc.name)).collect();
    assert!(docs.len() > 20);
    for doc in docs {
        sandbox(doc.example).out();
    }
}

/// A session with the kit and no PBX.
fn session() -> Session {
    let hands = Hands {
        words: diag::kit_fault,
        access: Arc::new(Access::default()),
        stop: Arc::new(|| None),
        now: Arc::new(jiff::Timestamp::default),
        zone: TimeZone::UTC,
        variable: Arc::new(|_| None),
        print: Arc::new(|_| {}),
        tell: Arc::new(|_| {}),
        person: None,
        table: Arc::new(|_, _| Ok(String::new())),
        to_json: value::to_json,
        from_json: value::plain,
        listed: |_| None,
    };
    Session::new(&Setup {
        hosts: vec![Arc::new(Kit::new(hands))],
        library: Library { embedded: |_| None, embedded_names: Vec::new, folders: Vec::new() },
        print: Arc::new(|_| {}),
        stop: Arc::new(|| None),
        operations: None,
    })
}

/// Any JSON that scripts can hold: whole numbers of 64 bits, floats, texts of any characters, some levels deep.
fn any_json() -> impl Strategy<Value = Value> {
    let float =
        any::<f64>().prop_filter_map("JSON has no infinity", |number| Number::from_f64(number).map(Value::Number));
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        ((1_i64 << 53) - 2..(1 << 53) + 3).prop_map(Value::from),
        float,
        any::<String>().prop_map(Value::String),
    ];
    leaf.prop_recursive(6, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            proptest::collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

#[test]
fn json_and_values_are_the_same_both_ways() {
    let mut session = session();
    let code =
        Source::new("round", "[json::parse(json::text(value)), json::parse(text), json::text(json::parse(text))]");
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(300) });
    let round = |given: Value| {
        let (text, script) = (given.to_string(), value::plain(&given));
        if value::to_json(&script) != given {
            return Err(TestCaseError::fail(format!("{given} became {}", value::to_json(&script))));
        }
        session.set_variable("text", text.clone().into());
        session.set_variable("value", script);
        let got = session.enter(&code).map_err(|failure| TestCaseError::fail(format!("{:?}", failure.kind)))?;
        let got: Vec<Value> =
            got.into_typed_array::<Dynamic>().unwrap_or_default().iter().map(value::to_json).collect();
        // Texts are compared as they are: `-0.0` and the last digit of a float count.
        let expected = [given.clone(), given.clone(), Value::String(text)];
        if got == expected { Ok(()) } else { Err(TestCaseError::fail(format!("{given} became {got:?}"))) }
    };
    let round = std::cell::RefCell::new(round);
    runner.run(&any_json(), |given| (round.borrow_mut())(given)).expect("every value comes back");
}
