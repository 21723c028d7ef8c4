//! Examples, scripts and modules that come with pbxsh do what they say: run on the sandbox, compared whole.
//!
//! `PBXSH_BLESS=1 cargo test` writes the outputs anew; look at the difference before you commit it.

use std::path::Path;
use std::sync::Arc;

use pbxsh::catalog::Catalog;
use pbxsh::sandbox::{CLIENT_ID, CLIENT_SECRET, Pbx, Server, Setup};

use crate::common::{Ended, NOW, files, pbxsh, project, same};
use crate::upload::{PLAYABLE, wav};

/// Compares a text with the file that holds what it was when somebody last looked at it.
#[track_caller]
fn as_expected(name: &str, text: &str) {
    let path = project().join("tests/expected").join(name);
    if std::env::var_os("PBXSH_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder for what is expected");
        std::fs::write(&path, text).expect("the expected output");
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    same(text, &expected);
}

fn stem(path: &Path) -> String {
    path.file_stem().expect("a name").to_string_lossy().into_owned()
}

/// What a run printed, its errors, its code, and the files that it wrote.
fn whole(ended: &Ended) -> String {
    let mut text = ended.out.clone();
    if ended.code != 0 || !ended.err.is_empty() {
        text.push_str(&format!("--- exit code {}\n{}", ended.code, ended.err));
    }
    for name in ended.files() {
        text.push_str(&format!("--- {name}\n{}", ended.read(&name)));
    }
    text
}

#[test]
fn every_example_does_what_it_did() {
    let examples = files("examples", ".rhai");
    assert!(examples.len() >= 6);
    for path in examples {
        let name = stem(&path);
        let ended = pbxsh(["run", "--sandbox", &format!("@{name}")]).run();
        as_expected(&format!("{name}.txt"), &whole(&ended));
        // The two ways to run it are one.
        let by_path = pbxsh(["run", "--sandbox", &path.display().to_string()]).run();
        assert_eq!((by_path.code, by_path.out), (ended.code, ended.out), "{name}");
    }
}

#[test]
fn monitor_status_runs_where_it_exists() {
    let ended = pbxsh(["run", "--sandbox", "--release", "20.0.8", "@05-monitor-status"]).run();
    assert_eq!(ended.code, 0, "{}", ended.err);
    as_expected("05-monitor-status-on-20.0.8.txt", &whole(&ended));
}

#[test]
fn the_examples_give_every_property_and_option() {
    let catalog = Catalog::builtin();
    let newest = catalog.newest();
    for (example, ty, count) in [
        ("02-create-department", "Group", 37),
        ("03-create-receptionist", "Receptionist", 21),
        ("04-create-call-flow-app", "CallFlowApp", 14),
    ] {
        let here = catalog.properties(ty).iter().filter(|property| property.releases.contains(newest));
        let names: Vec<&str> = here.map(|property| property.name).collect();
        assert_eq!(names.len(), count, "{ty}");
        let out = pbxsh(["run", "--sandbox", &format!("@{example}")]).out();
        assert!(out.starts_with(&format!("asking for {count} properties\n")), "{out}");
        // All of it comes back, but for the script of an app, which comes when it is selected.
        for name in names.into_iter().filter(|name| *name != "ScriptCode") {
            assert!(out.lines().any(|line| line.starts_with(&format!("{name}: "))), "{example} lost `{name}`");
        }
    }
    let text = std::fs::read_to_string(project().join("examples/06-download-chat-history.rhai")).expect("the example");
    for option in pbxsh::catalog::QueryOption::ALL {
        assert!(text.contains(&format!("    {}: ", option.name())), "{}", option.name());
    }
}

#[test]
fn create_department_is_a_job_that_can_be_repeated() {
    let run = |arguments: &[&str]| {
        let mut line = vec!["run", "--sandbox", "@create-department"];
        line.extend(arguments);
        pbxsh(line)
    };
    as_expected(
        "create-department.txt",
        &run(&["Night shift", "--members", "100,101", "--managers=104", "--language", "EN"]).out(),
    );
    assert!(run(&[]).fails(1).contains("give one name"));
    assert!(run(&["x", "--mebers", "1"]).fails(1).contains("there is no option --mebers"));
    let ended = run(&["x", "--members"]).run();
    assert!(ended.out.is_empty() && ended.err.contains("--members needs a value"), "{}{}", ended.out, ended.err);
    let ended = run(&["x", "--members", "100,9999"]).run();
    assert!(ended.out.is_empty() && ended.err.contains("there is no extension 9999"), "{}{}", ended.out, ended.err);
    // Again and again on one PBX: only what is missing is done.
    let server = simulated();
    let again = |members: &str| {
        let run = pbxsh(["run", "@create-department", "Night shift", "--members", members]);
        run.variable("XAPI_URL", server.url())
            .variable("XAPI_CLIENT_ID", CLIENT_ID)
            .variable("XAPI_CLIENT_SECRET", CLIENT_SECRET)
            .out()
    };
    assert_eq!(again("100"), "created department GRP0006 Night shift\nadded 100 as users\n");
    assert_eq!(again("100,101"), "department GRP0006 Night shift exists\nadded 101 as users\n");
    assert_eq!(again("100,101"), "department GRP0006 Night shift exists\n");
}

/// A simulated PBX that outlives a run.
fn simulated() -> Server {
    let catalog = Catalog::builtin();
    let now: jiff::Timestamp = NOW.parse().expect("a time");
    let setup = Setup { release: catalog.newest(), seed: 3, clock: Arc::new(move || now) };
    Server::start(Pbx::company(catalog, setup), 0).expect("a free port")
}

#[test]
fn export_chat_history_writes_each_format() {
    for file in ["chats.csv", "chats.ndjson", "chats.json"] {
        let line = [
            "run",
            "--sandbox",
            "@export-chat-history",
            file,
            "--since",
            "2026-03-10",
            "--until",
            "2026-03-12",
            "--top",
            "4",
            "--time-zone",
            "Europe/Berlin",
        ];
        let ended = pbxsh(line).run();
        as_expected(&format!("export-{file}.txt"), &whole(&ended));
    }
    let line = ["run", "--sandbox", "@export-chat-history", "all.csv", "--queue", "802", "--search", "order"];
    let ended = pbxsh(line).run();
    let rows = ended.read("all.csv").lines().count() - 1;
    assert!(rows > 0 && ended.out == format!("{rows} messages in all.csv\n"), "{}{}", ended.out, ended.err);
    assert!(pbxsh(["run", "--sandbox", "@export-chat-history", "a.xls"]).fails(1).contains("does not end with"));
    let report = pbxsh(["run", "--sandbox", "@export-chat-history", "a.csv", "--since", "yesterday"]).fails(7);
    assert!(report.contains("yesterday"), "{report}");
}

#[test]
fn members_change_without_dropping_the_others() {
    let code = r#"
        import "std/members" as members;
        fn numbers(list) { list.map(|m| m.Number).to_json() }
        let queue = pbx.queues.list().first();
        let agents = || numbers(pbx.queues.get(queue.Id, #{ expand: "Agents" }).Agents);
        print(agents.call());
        print(members::add_agents(pbx, queue.Number, ["113", "114", "114"]).to_json());
        print(members::add_agents(pbx, queue, "113").to_json());
        print(agents.call());
        print(members::remove_agents(pbx, queue.Id, ["114", "199"]).to_json());
        print(agents.call());
        print(members::add_managers(pbx, queue, ["112"]).to_json());
        print(numbers(pbx.queues.get(queue.Id, #{ expand: "Managers" }).Managers));
        print(members::remove_managers(pbx, queue, ["112"]).to_json());
        let ring = pbx.ring_groups.list().first();
        print(numbers(pbx.ring_groups.get(ring.Id, #{ expand: "Members" }).Members));
        print(members::add_members(pbx, ring, ["100"]).to_json());
        print(members::remove_members(pbx, ring, ["100"]).to_json());
        let g = pbx.groups.create(#{ Name: "Crew", Members: [#{ Number: "100", Rights: #{ RoleName: "managers" } }] });
        print(members::add_users(pbx, "Crew", ["101"]).to_json());
        print(members::add_users(pbx, "Crew", ["102"], "receptionists").to_json());
        let read = pbx.groups.get(g.Id, #{ expand: "Members($expand=Rights)" });
        print(read.Members.map(|m| m.Number + " " + m.Rights.RoleName).to_json());
        print(members::remove_users(pbx, g, ["100"]).to_json());
        print(numbers(pbx.groups.get(g.Id, #{ expand: "Members" }).Members));
        members::add_agents(pbx, "no such queue", ["100"]);
    "#;
    for release in ["20.0.5", "20.0.10"] {
        let ended = pbxsh(["run", "--sandbox", "--release", release, "members.rhai"]).file("members.rhai", code).run();
        assert_eq!(ended.code, 1, "{}", ended.err);
        assert!(ended.err.contains("nothing among queues has the number or the name no such queue"), "{}", ended.err);
        as_expected("members.txt", &ended.out);
    }
}

#[test]
fn scripts_are_listed_with_what_they_do() {
    as_expected("scripts.txt", &pbxsh(["scripts"]).out());
}

/// The code blocks of a file in its doc comments or of a Markdown file, with the word behind the fence.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        let line = line.strip_prefix("///").map_or(line, |rest| rest.strip_prefix(' ').unwrap_or(rest));
        match line.trim_start().strip_prefix("```") {
            Some(_) if open => open = false,
            Some(word) => {
                open = true;
                blocks.push((word.trim().to_owned(), String::new()));
            }
            None if open => {
                if let Some((_, block)) = blocks.last_mut() {
                    block.push_str(line);
                    block.push('\n');
                }
            }
            None => {}
        }
    }
    blocks
}

#[test]
fn examples_in_modules_run() {
    let mut count = 0;
    for path in files("stdlib", ".rhai") {
        let text = std::fs::read_to_string(&path).expect("a module");
        for (word, block) in blocks(&text) {
            assert_eq!(word, "", "{}", path.display());
            pbxsh(["run", "--sandbox", "block.rhai"]).file("block.rhai", &block).out();
            count += 1;
        }
    }
    assert!(count >= 2);
}

#[test]
fn the_readme_tells_the_truth() {
    let readme = std::fs::read_to_string(project().join("README.md")).expect("README.md");
    let blocks = blocks(&readme);
    let scripts: Vec<&String> = blocks.iter().filter(|(word, _)| word == "rhai").map(|(_, block)| block).collect();
    assert!(!scripts.is_empty());
    for script in scripts {
        pbxsh(["run", "--sandbox", "readme.rhai"]).file("readme.rhai", script).out();
    }
    // A transcript: a command behind `$`, then what it prints.
    let mut transcripts = 0;
    for (_, block) in blocks.iter().filter(|(word, _)| word == "console") {
        for entry in block.split("$ ").filter(|entry| !entry.trim().is_empty()) {
            let (command, expected) = entry.split_once('\n').unwrap_or((entry, ""));
            let Some(arguments) = command.strip_prefix("pbxsh ") else { continue };
            let ended = pbxsh(words(arguments).iter().map(String::as_str)).run();
            same(&format!("{}{}", ended.out, ended.err), expected);
            transcripts += 1;
        }
    }
    assert!(transcripts > 0);
    for command in ["cargo run --release -- run --sandbox examples/01-hello-pbx.rhai", "cargo test"] {
        assert!(readme.contains(command), "{command}");
    }
}

/// Splits a command line at its blanks, but for those in quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut quote) = (vec![String::new()], None);
    for c in line.chars() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (' ', None) => words.push(String::new()),
            (c, _) => words.last_mut().expect("a word").push(c),
        }
    }
    words
}

#[test]
fn modules_pass_their_own_tests_on_every_release_that_they_name() {
    let folder = project().join("tests/stdlib");
    let ended = pbxsh(["test", &folder.display().to_string()]).run();
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    for module in files("stdlib", ".rhai") {
        let test = folder.join(format!("{}_test.rhai", stem(&module)));
        assert!(test.exists(), "{} has no tests", module.display());
    }
}

#[test]
fn the_quarter_of_an_hour_runs() {
    let text = std::fs::read_to_string(project().join("docs/scripting.md")).expect("the document");
    let blocks = blocks(&text);
    assert!(blocks.len() > 10);
    for (word, block) in blocks {
        assert_eq!(word, "rhai", "{block}");
        pbxsh(["run", "--sandbox", "try.rhai"]).file("try.rhai", &block).bytes("hello.wav", &wav(PLAYABLE)).out();
    }
}

#[test]
fn nothing_is_an_option_behind_two_dashes() {
    let code = r#"
        import "std/args" as cli;
        cli::only(["name", "dry"]);
        print([cli::option("name"), cli::option("more", "none"), cli::flag("dry"), cli::positional(["dry"])].to_json());
    "#;
    let run = |line: &[&str]| pbxsh([&["run", "--sandbox", "a.rhai"], line].concat()).file("a.rhai", code).out();
    assert_eq!(
        run(&["--name", "x", "a", "--", "b", "--more", "--dry"]),
        "[\"x\",\"none\",false,[\"a\",\"b\",\"--more\",\"--dry\"]]\n"
    );
    assert_eq!(run(&["a", "--dry", "--name=y"]), "[\"y\",\"none\",true,[\"a\"]]\n");
    // The arguments themselves never change; a copy does.
    let report = pbxsh(["--sandbox", "-e", "args.extract(1)", "a", "b"]).fails(3);
    assert!(
        report.contains("`extract` cannot be called on a constant") && report.contains("let copy = args"),
        "{report}"
    );
}
