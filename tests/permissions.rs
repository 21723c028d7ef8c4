//! What scripts may reach: files, variables of the environment, PBXs.

use tempfile::TempDir;

use crate::common::server::{Response, Server};
use crate::common::{gives, pbxsh, same, sandbox};
use crate::files::{says, with};

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
