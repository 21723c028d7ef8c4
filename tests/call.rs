//! `pbxsh call`, `pbxsh help`, `pbxsh ops` and completion in shells: the program without scripts.

use crate::common::server::{Response, Server};
use crate::common::{Pbxsh, pbxsh, same};
use crate::prompt::Terminal;

fn call(words: &str) -> Pbxsh {
    pbxsh(["call", "--sandbox"].into_iter().chain(words.split_whitespace()).collect::<Vec<_>>())
}

#[test]
fn reads() {
    let out = call("users.list --top 2 --select Id,Number --orderby Number").out();
    same(&out, " Id | Number\n----+--------\n  7 | 100\n  8 | 101\n2 rows\n");
    for words in ["users.get_by_number 100", "pbx.users.get_by_number 100", "users.get_by_number --number 100"] {
        let out = call(&format!("{words} --select Number --format json")).out();
        assert!(out.contains("\"Number\": \"100\""), "{out}");
    }
    // The same call where a release writes its parameter otherwise.
    let out = call("--release 20.0.5 users.get_by_number --Number 100 --format record").out();
    assert!(out.contains("100"), "{out}");
    let lines = call("users.list --top 2 --select Number --orderby Number --format ndjson").out();
    same(&lines, "{\"Number\":\"100\"}\n{\"Number\":\"101\"}\n");
    assert!(call("users.list --filter x").fails(7).contains("pbx.users.list(#{ filter: \"x\" })"));
}

#[test]
fn words_become_a_line_of_a_script() {
    for (words, line) in [
        ("users.get 7", "pbx.users.get(7)"),
        ("users.list --count --top 5", "pbx.users.list(#{ top: 5, count: true })"),
        ("users.list --count=false", "pbx.users.list(#{ count: false })"),
        (
            "users.update 7 --set FirstName=Zoë --set Hours.Type=OfficeHours --set Enabled=true",
            "pbx.users.update(7, #{ FirstName: \"Zoë\", Hours: #{ Type: \"OfficeHours\" }, Enabled: true })",
        ),
        ("users.update --id 7 --set Mobile:=null", "pbx.users.update(7, #{ Mobile: () })"),
        ("users.batch_delete --set ids=12,13", "pbx.users.batch_delete(#{ ids: [12, 13] })"),
        (
            "users.batch_delete --body {\"ids\":[1]} --partial",
            "pbx.users.batch_delete(#{ ids: [1] }, #{ partial: true })",
        ),
        ("backups.delete it's\"\\.zip", "pbx.backups.delete(\"it's\\\"\\\\.zip\")"),
        ("users.list --save users.csv", "pbx.users.list().save(\"users.csv\")"),
        ("users.get seven", "pbx.users.get(\"seven\")"),
        ("users.get -7", "pbx.users.get(-7)"),
    ] {
        assert_eq!(call(&format!("{words} --script")).out(), format!("{line}\n"), "{words}");
    }
}

#[test]
fn bodies_come_from_everywhere() {
    let created = r#"{ "Name": "Night watch" }"#;
    let name = |out: String| assert!(out.contains("\"Name\": \"Night watch\""), "{out}");
    name(call("groups.create --format json --body @body.json").file("body.json", created).out());
    name(call("groups.create --format json --body -").input(created).out());
    name(call("groups.create --format json --body {\"Name\":\"Day\"}").out().replace("Day", "Night watch"));
}

#[test]
fn what_is_wrong_is_said_and_nothing_is_sent() {
    for (words, code, said) in [
        ("users.gett 7", 2, "did you mean `users.get`?"),
        ("user.get 7", 2, "did you mean `users`?"),
        ("users", 2, "`users` is a resource; an operation of it is called"),
        ("--top", 2, "as in `pbxsh call users.list --top 5`"),
        ("users.list --topp 5", 2, "a similar argument exists: '--top'"),
        ("users.get 7 8", 2, "unexpected argument '8'"),
        ("users.get", 3, "`Id` is missing"),
        ("users.get seven", 3, "`Id` must be a whole number, not the string \"seven\""),
        ("users.update 7 --set Firstname=Zoe", 3, "did you mean `FirstName`?"),
        ("users.update 7 --set FirstName", 2, "`--set FirstName` is no `PROPERTY=VALUE`"),
        ("users.update 7 --set FirstName:=Zoe", 2, "`FirstName`: this is no JSON"),
        ("users.update 7 --set Hours.Typ=AllHours", 3, "`--set Hours.Typ=AllHours`: `Schedule` has no property `Typ`"),
        ("users.update 7 --set QueueStatus=In", 3, "`--set QueueStatus=In`: `User.QueueStatus` cannot be \"In\""),
        ("users.update 7", 3, "`--set PROPERTY=VALUE` or `--body JSON` says what is sent"),
        ("users.update 7 --body {\"FirstName\":", 2, "`--body`: this is no JSON: EOF while parsing a value at line 1"),
        ("users.update 7 --body -", 2, "the standard input is empty"),
        ("users.list --top abc", 3, "`--top` must be a whole number, not the string \"abc\""),
        ("users.list --top=-1", 3, "`--top` cannot be -1"),
        ("users.list --select Nmber", 3, "`--select Nmber`: `User` has no property `Nmber`"),
        ("extensions.list", 2, "did you mean `users`?"),
        ("users.update 7 --body [1]", 2, "the body must be a JSON object"),
        ("users.update 7 --body {\"FirstName\":1} --set FirstName.X=1", 2, "`FirstName` is no object in the body"),
        ("users.update 7 --body @none.json", 2, "cannot read `none.json`"),
        ("users.create --read-only --set FirstName=Zoe", 8, "this session is read-only"),
    ] {
        let report = call(words).fails(code);
        assert!(report.contains(said), "{words}: {report}");
    }
}

#[test]
fn help_and_search() {
    let page = pbxsh(["call", "users.update", "--help"]).out();
    for wanted in ["Usage: pbxsh call [OPTIONS] <users.update> [Id]", "--set <PROPERTY=VALUE>", "Body, a User or a map"]
    {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    assert!(pbxsh(["help", "users.update"]).out().starts_with("pbx.users.update(Id, User)"));
    assert!(pbxsh(["help", "profile", "add"]).out().contains("Usage: pbxsh profile add"));
    assert!(pbxsh(["help"]).out().contains("Commands:"));
    assert!(pbxsh(["help", "usrs"]).fails(2).contains("near it: `users`"));
    assert!(pbxsh(["help", "std/find"]).out().starts_with("import \"std/find\" as find;"));
    assert!(pbxsh(["help", "users.update?"]).out().starts_with("pbx.users.update(Id, User)"));
    assert!(pbxsh(["help", "extension"]).fails(2).contains("near it: `users`"));
    assert!(pbxsh(["ops", "ivr"]).out().starts_with("receptionists.list"));
}

#[test]
fn shells_are_told_what_may_follow() {
    let complete = |line: &[&str]| {
        let words = ["--", "pbxsh"].into_iter().chain(line.iter().copied()).collect::<Vec<_>>();
        let run = pbxsh(words).variable("PBXSH_COMPLETE", "bash").variable("_CLAP_IFS", "\n");
        run.variable("_CLAP_COMPLETE_INDEX", &line.len().to_string()).variable("_CLAP_COMPLETE_COMP_TYPE", "9").out()
    };
    assert_eq!(complete(&["call", "users.list_g"]), "users.list_greetings\nusers.list_groups");
    assert_eq!(complete(&["call", "users.list", "--se"]), "--search\n--select");
    assert_eq!(
        complete(&["call", "users.update", "7", "--set", "QueueStatus="]),
        "QueueStatus=LoggedOut\nQueueStatus=LoggedIn"
    );
    assert_eq!(complete(&["help", "rin"]), "ring_groups");
    assert_eq!(complete(&["run", "@create"]), "@create-department");
    assert_eq!(complete(&["call", "users.update", "7", "--set", "Hours.T"]), "Hours.Type=");
    assert_eq!(complete(&["call", "users.update", "7", "--set", "Hours.Type=Off"]), "Hours.Type=OfficeHours");
    assert_eq!(complete(&["call", "users.list", "--select", "Number,Transc"]), "Number,TranscriptionMode");
    assert_eq!(complete(&["call", "users.list", "--expand", "Gree"]), "Greetings");
    assert_eq!(complete(&["call", "users.list", "--format", "n"]), "ndjson");
    assert_eq!(complete(&["explain", "already"]), "already_in_use\nalready_expired");
    assert_eq!(complete(&["help", "users.get_by"]), "users.get_by_number");
    for shell in ["bash", "zsh", "fish"] {
        let script = pbxsh(["completions", shell]).out();
        assert!(script.contains("PBXSH_COMPLETE") && script.contains("pbxsh"), "{script}");
    }
}

#[test]
fn a_word_with_an_equals_sign_is_one_in_bash_too() {
    // As bash itself splits the line.
    let harness = r#"
        complete_pbxsh() {
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_TYPE=9 COMPREPLY=()
            local last="${COMP_WORDS[COMP_CWORD]}"
            [[ $last != "=" ]] || last=""
            _pbxsh pbxsh "$last" "${COMP_WORDS[COMP_CWORD - 1]}" 2> /dev/null
            echo "${COMPREPLY[@]}"
        }
        complete_pbxsh pbxsh call users.update 7 --set QueueStatus =
        complete_pbxsh pbxsh call users.update 7 --set QueueStatus = LoggedI
        complete_pbxsh pbxsh call users.update 7 --set QueueSta
        complete_pbxsh pbxsh call users.update 7 --set Enabled = true --set Mobi
        complete_pbxsh pbxsh call users.list --format = js
        complete_pbxsh pbxsh call users.get_by
    "#;
    let script = pbxsh(["completions", "bash"]).out();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_pbxsh"));
    let found = format!("{}:/usr/bin:/bin", program.parent().expect("a folder").display());
    let bash =
        std::process::Command::new("bash").args(["-c", &format!("{script}\n{harness}")]).env("PATH", found).output();
    // Not every machine has it.
    let Ok(ended) = bash else { return };
    assert_eq!(
        String::from_utf8_lossy(&ended.stdout),
        "LoggedOut LoggedIn\nLoggedIn\nQueueStatus=\nMobile=\njson\nusers.get_by_number\n",
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
}

#[test]
fn at_a_terminal_a_delete_on_a_live_pbx_wants_a_yes() {
    let server = Server::pbx(|_| Response::json(204, ""));
    let deletes = || server.requests().iter().filter(|line| line.starts_with("DELETE")).count();
    let variables =
        [("XAPI_URL", server.url.as_str()), ("XAPI_CLIENT_ID", "shell"), ("XAPI_CLIENT_SECRET", "s3cret-of-the-test")];
    let call = |more: &[&str]| Terminal::open(&[&["call", "users.delete", "28"], more].concat(), &variables);
    let mut terminal = call(&[]);
    terminal.see("`users.delete` deletes on");
    terminal.at_prompt("send it? [y]es, [N]o, [a]ll of this entry:");
    terminal.press("\r");
    terminal.see("not-confirmed");
    terminal.ends(8);
    assert_eq!(deletes(), 0);
    let mut terminal = call(&[]);
    terminal.at_prompt("send it? [y]es, [N]o, [a]ll of this entry:");
    terminal.press("y\r");
    terminal.ends(0);
    assert_eq!(deletes(), 1);
    call(&["--yes"]).ends(0);
    assert_eq!(deletes(), 2);
    // A program is not asked.
    let run =
        variables.iter().fold(pbxsh(["call", "users.delete", "28"]), |run, (name, value)| run.variable(name, value));
    assert_eq!(run.run().code, 0);
    assert_eq!(deletes(), 3);
}
