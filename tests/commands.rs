//! The commands of the prompt, and its questions, as they stand on the screen.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::common::pbxsh;
use crate::common::server::{Response, Server};
use crate::prompt::{CTRL_C, Terminal};

/// A PBX that agrees to everything.
fn agreeable() -> Server {
    Server::pbx(|request| match request.method.as_str() {
        "GET" => Response::json(200, r#"{"value":[{"Id":28,"Number":"100"}],"@odata.count":1}"#),
        _ => Response::json(204, ""),
    })
}

pub fn put(home: &TempDir, name: &str, text: &str) {
    let path = home.path().join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(&path, text).expect("a file");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let secret = name.contains("secrets/");
        fs::set_permissions(&path, fs::Permissions::from_mode(if secret { 0o600 } else { 0o644 })).expect("a mode");
    }
}

/// A home with the profiles `hq` and `branch`, which is read-only.
fn home(url: &str) -> TempDir {
    let home = TempDir::new().expect("a home");
    let profiles = format!(
        "default = \"hq\"\n[profiles.hq]\nurl = \"{url}\"\nclient_id = \"shell\"\ntags = [\"berlin\"]\n\
         [profiles.branch]\nurl = \"{url}\"\nclient_id = \"shell\"\nread_only = true\n"
    );
    put(&home, ".config/pbxsh/config.toml", &profiles);
    put(&home, ".config/pbxsh/secrets/hq", "s3cret\n");
    put(&home, ".config/pbxsh/secrets/branch", "s3cret\n");
    home
}

pub const HQ: &str = "hq LIVE>";

pub fn at_hq(server: &Server, arguments: &[&str]) -> Terminal {
    let terminal = Terminal::in_home(arguments, &[], home(&server.url));
    terminal.at_prompt(HQ);
    terminal
}

fn changes(server: &Server) -> Vec<String> {
    server.requests().into_iter().filter(|line| !line.starts_with("GET")).collect()
}

fn sandbox(environment: &[(&str, &str)], home: TempDir) -> Terminal {
    let terminal = Terminal::in_home(&["--sandbox"], environment, home);
    terminal.at_prompt("sandbox>");
    terminal
}

fn fresh() -> Terminal {
    sandbox(&[], TempDir::new().expect("a home"))
}

#[test]
fn a_delete_on_a_live_pbx_wants_a_yes() {
    let server = agreeable();
    let mut terminal = at_hq(&server, &[]);
    terminal.line("pbx.users.delete(28)");
    terminal.see("LIVE: `users.delete` deletes on `hq`: Id 28");
    terminal.at_prompt("send it? [y]es, [N]o, [a]ll of this entry:");
    terminal.press("\r");
    terminal.see("`users.delete` was not sent: nobody said yes");
    terminal.see("not-confirmed");
    terminal.at_prompt(HQ);
    assert_eq!(changes(&server), Vec::<String>::new());
    terminal.line(":clear");
    terminal.line("pbx.users.delete(28)");
    terminal.at_prompt("send it? [y]es, [N]o, [a]ll of this entry:");
    terminal.press("y\r");
    terminal.at_prompt(HQ);
    assert_eq!(changes(&server), ["DELETE /xapi/v1/Users(28)"]);
    // What can be taken back is not asked for.
    terminal.line("pbx.users.update(28, #{ FirstName: \"Ada\" })");
    terminal.at_prompt(HQ);
    assert_eq!(changes(&server).len(), 2, "{}", terminal.screen());
    terminal.leave();
}

#[test]
fn a_command_is_asked_for_and_all_holds_for_one_entry() {
    let server = agreeable();
    let mut terminal = at_hq(&server, &[]);
    terminal.line("for id in 1..4 { pbx.users.delete(id) }");
    terminal.at_prompt("send it? [y]es, [N]o, [a]ll of this entry:");
    terminal.press("a\r");
    terminal.at_prompt(HQ);
    assert_eq!(changes(&server).len(), 3);
    terminal.line("pbx.active_calls.drop_call(9)");
    terminal.see("LIVE: `active_calls.drop_call` makes `hq` act: Id 9");
    terminal.press("no\r");
    terminal.see("not-confirmed");
    terminal.at_prompt(HQ);
    assert_eq!(changes(&server).len(), 3);
    // A script can go on; what it had sent stays.
    terminal.line("try { pbx.users.delete(5) } catch (e) { print(\"caught \" + e.code) }");
    terminal.at_prompt("send it? [y]es, [N]o, [a]ll of this entry:");
    terminal.press("\r");
    terminal.see("caught not-confirmed");
    terminal.at_prompt(HQ);
    terminal.leave();
}

#[test]
fn many_objects_want_their_number() {
    let server = Server::pbx(|_| Response::json(200, r#"{"value":[]}"#));
    let mut terminal = at_hq(&server, &[]);
    terminal.line("let ids = []; for id in 1..=12 { ids.push(id) }");
    terminal.at_prompt(HQ);
    terminal.line("pbx.users.batch_delete(#{ ids: ids })");
    terminal.see("on `hq`, 12 objects: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …");
    terminal.at_prompt("type 12 to send it, anything else sends nothing:");
    terminal.press("y\r");
    terminal.see("not-confirmed");
    terminal.at_prompt(HQ);
    assert_eq!(changes(&server), Vec::<String>::new());
    terminal.line("pbx.users.batch_delete(#{ ids: ids });");
    terminal.at_prompt("type 12 to send it, anything else sends nothing:");
    terminal.press("12\r");
    terminal.at_prompt(HQ);
    assert_eq!(changes(&server).len(), 1, "{}", terminal.screen());
    terminal.leave();
}

#[test]
fn ctrl_c_at_the_question_sends_nothing() {
    let server = agreeable();
    let mut terminal = at_hq(&server, &[]);
    terminal.line("let n = 7; pbx.groups.create(#{ Name: \"x\" }); pbx.users.delete(28)");
    terminal.at_prompt("send it? [y]es, [N]o, [a]ll of this entry:");
    terminal.press(CTRL_C);
    terminal.see("interrupted");
    terminal.see("groups.create");
    terminal.at_prompt(HQ);
    assert_eq!(changes(&server).len(), 1);
    terminal.line("n");
    terminal.see("\n7\n");
    terminal.leave();
}

#[test]
fn who_does_not_want_to_be_asked() {
    let server = agreeable();
    let mut terminal = at_hq(&server, &["--yes"]);
    terminal.line("pbx.users.delete(1)");
    terminal.at_prompt(HQ);
    assert_eq!(changes(&server).len(), 1);
    terminal.line(":set confirm on");
    terminal.at_prompt(HQ);
    terminal.line("pbx.users.delete(2)");
    terminal.at_prompt("send it? [y]es, [N]o, [a]ll of this entry:");
    terminal.press("\r");
    terminal.at_prompt(HQ);
    terminal.line(":set confirm off");
    terminal.see("confirm is off");
    terminal.at_prompt(HQ);
    terminal.line("pbx.users.delete(3)");
    terminal.at_prompt(HQ);
    assert_eq!(changes(&server), ["DELETE /xapi/v1/Users(1)", "DELETE /xapi/v1/Users(3)"]);
    terminal.leave();
    // A script is never asked, and the sandbox loses nothing.
    server.run("pbx.users.delete(4)").out();
    let mut terminal = fresh();
    terminal.enter("pbx.users.delete(pbx.users.get_by_number(\"101\"))");
    assert!(!terminal.screen().contains("send it?"), "{}", terminal.screen());
    terminal.leave();
}

#[test]
fn other_pbxs_without_leaving() {
    let server = agreeable();
    let mut terminal = at_hq(&server, &[]);
    terminal.line("let n = 5; let u = pbx.users.list()[0];");
    terminal.at_prompt(HQ);
    terminal.line(":profiles");
    terminal.see("(berlin, here)");
    terminal.at_prompt(HQ);
    terminal.line(":use branch");
    terminal.at_prompt("branch read-only>");
    terminal.line("n + 1");
    terminal.see("\n6\n");
    terminal.at_prompt("branch read-only>");
    terminal.line("pbx.users.delete(1)");
    terminal.see("the profile of this PBX is read-only");
    terminal.at_prompt("branch read-only>");
    terminal.line(":readonly off");
    terminal.see("its profile says so");
    terminal.at_prompt("branch read-only>");
    // What came from the other PBX knows where it belongs.
    terminal.line(":clear");
    terminal.line("pbx.users.get(u)");
    terminal.see("came from another PBX");
    terminal.at_prompt("branch read-only>");
    terminal.line(":use brnch");
    terminal.see("did you mean `branch`?");
    terminal.at_prompt("branch read-only>");
    terminal.line(":use sandbox");
    terminal.at_prompt("sandbox>");
    terminal.line("pbx.users.delete(pbx.users.get_by_number(\"101\"));");
    terminal.at_prompt("sandbox>");
    terminal.line(":use hq");
    terminal.at_prompt(HQ);
    terminal.line(":use sandbox");
    terminal.at_prompt("sandbox>");
    terminal.line("pbx.users.get_by_number(\"101\")");
    terminal.see("http-404");
    terminal.at_prompt("sandbox>");
    terminal.line(":use hq");
    terminal.at_prompt(HQ);
    // It is the connection of before.
    terminal.line("pbx.users.get(u).Id");
    terminal.at_prompt(HQ);
    terminal.line(":readonly on");
    terminal.at_prompt("hq read-only>");
    terminal.line("pbx.users.delete(1)");
    terminal.see("`:readonly off` allows it");
    terminal.at_prompt("hq read-only>");
    terminal.line(":readonly off");
    terminal.at_prompt(HQ);
    assert_eq!(changes(&server), Vec::<String>::new());
    let home = terminal.leave();
    let read = |name: &str| fs::read_to_string(home.path().join(".local/state/pbxsh").join(name)).unwrap_or_default();
    assert!(read("history-hq").contains("let n = 5") && !read("history-hq").contains(":readonly off\nn"));
    assert!(read("history-branch").contains("n + 1") && !read("history-hq").contains("n + 1"));
    assert!(read("history").contains("get_by_number"), "{}", read("history"));
}

#[test]
fn a_pbx_without_a_profile() {
    let server = agreeable();
    let mut terminal = fresh();
    terminal.line(&format!(":connect {}", server.url));
    terminal.at_prompt("client id:");
    terminal.press("shell\r");
    terminal.at_prompt("client secret:");
    terminal.press("s3cret-of-nobody\r");
    terminal.see("LIVE>");
    terminal.press("pbx.users.list()[0].Number\r");
    terminal.see("\n100\n");
    assert!(!terminal.screen().contains("s3cret"), "{}", terminal.screen());
    terminal.press(":connect http://127.0.0.1:1\r");
    terminal.at_prompt("client id:");
    terminal.press(CTRL_C);
    terminal.see("nothing was changed");
    terminal.press(":quit\r");
    terminal.ends(0);
}

#[test]
fn what_runs_first() {
    let home = TempDir::new().expect("a home");
    put(&home, ".config/pbxsh/init.rhai", "let office = \"Berlin\";\nfn twice(x) { x * 2 }\n");
    let mut terminal = sandbox(&[], home);
    terminal.enter("office + twice(21)");
    terminal.see("\nBerlin42\n");
    terminal.enter("office = 1;");
    terminal.enter(":reset");
    terminal.enter("office");
    terminal.see("\nBerlin\n");
    let home = terminal.leave();
    put(&home, ".config/pbxsh/init.rhai", "let office = 1;\nnot_there();\n");
    let mut terminal = sandbox(&[], home);
    terminal.see("init.rhai:2:1");
    terminal.enter("office + 10");
    terminal.see("\n11\n");
    let home = terminal.leave();
    let mut terminal = Terminal::in_home(&["--sandbox", "--no-init"], &[], home);
    terminal.at_prompt("sandbox>");
    terminal.enter("office");
    terminal.see("undefined-variable");
    terminal.leave();
}

#[test]
fn time_trace_and_curl() {
    let mut terminal = fresh();
    terminal.enter(":curl");
    terminal.see("nothing was asked of this PBX yet");
    terminal.enter(":time pbx.users.list(#{ top: 1, select: \"Number\" })");
    terminal.see(" received");
    terminal.see("requests, ");
    terminal.enter(":time 1 + nothing");
    terminal.see("undefined-variable");
    terminal.enter(":clear");
    terminal.enter(":trace on");
    terminal.enter("pbx.groups.list(#{ top: 1 }).len()");
    terminal.see("GET http://127.0.0.1:");
    terminal.enter(":clear");
    terminal.enter(":trace off");
    terminal.enter("pbx.queues.list(#{ top: 1 }).len()");
    assert!(!terminal.screen().contains("GET http"), "{}", terminal.screen());
    terminal.enter(":curl");
    terminal.see("curl -X GET");
    terminal.leave();
}

#[test]
fn watching_redraws_until_ctrl_c() {
    let mut terminal = fresh();
    terminal.enter("let n = 0;");
    terminal.line(":watch 0.2 n += 1; if n == 3 { not_there() } pbx.contacts.list(#{ select: \"Id\" })");
    terminal.see("every 0.2 s, 2: n += 1");
    terminal.see("of 30 rows");
    terminal.wait("an error that does not end it", |screen| {
        screen.contains("not_there") && screen.contains("unknown-function")
    });
    terminal.wait("a list again", |screen| screen.contains("of 30 rows") && !screen.contains("unknown-function"));
    terminal.resize(12, 60);
    terminal.wait("a shorter page", |screen| screen.contains("5 of 30 rows"));
    terminal.press(CTRL_C);
    terminal.see("watched ");
    terminal.at_prompt("sandbox>");
    terminal.line("ans.len()");
    terminal.see("\n30\n");
    terminal.leave();
}

#[cfg(unix)]
#[test]
fn an_entry_in_an_editor() {
    let home = TempDir::new().expect("a home");
    let script = "ls -l \"$1\" | cut -c1-10 > seen; echo \"$1\" >> seen; sed -i 's/20/40/' \"$1\"; test -s \"$1\" || echo '5 + 1' > \"$1\"\n";
    put(&home, "edit.sh", script);
    let mut terminal = sandbox(&[("VISUAL", "sh edit.sh"), ("EDITOR", "false")], home);
    terminal.enter("20 + 2");
    terminal.enter(":edit");
    terminal.see("\n42\n");
    terminal.enter(":edit new");
    terminal.see("\n6\n");
    terminal.press("\x1b[A\x1b[A\x1b[A");
    terminal.at_prompt("sandbox> 40 + 2");
    terminal.press(CTRL_C);
    terminal.at_prompt("sandbox>");
    let home = terminal.leave();
    let seen = fs::read_to_string(home.path().join("seen")).expect("what the editor saw");
    let (mode, path) = seen.trim().split_once('\n').expect("two lines");
    assert_eq!(mode, "-rw-------");
    assert!(!Path::new(path).exists());
    let mut terminal = sandbox(&[("EDITOR", "false")], home);
    terminal.enter("1 + 1");
    terminal.enter(":edit");
    terminal.see("so nothing is done");
    terminal.leave();
}

#[test]
fn entries_become_a_script() {
    let mut terminal = fresh();
    terminal.enter("let n = 20");
    terminal.enter("fn twice(x) { x * 2 }");
    terminal.line("nonsense(");
    terminal.press("\r\r");
    terminal.at_prompt("sandbox>");
    terminal.enter("twice(n) + 2");
    terminal.enter("ans + 1");
    terminal.enter("let password = \"hunter2-of-nobody\";");
    terminal.enter("out(-1)");
    terminal.enter(":save job.rhai");
    terminal.see("5 entries saved to `job.rhai`; 1 left out");
    terminal.line(":save job.rhai");
    terminal.at_prompt("`job.rhai` exists; replace it? [y/N]");
    terminal.press("\r");
    terminal.see("nothing was saved");
    terminal.at_prompt("sandbox>");
    let home = terminal.leave();
    let saved = fs::read_to_string(home.path().join("job.rhai")).expect("the script");
    assert_eq!(
        saved,
        "// Entries of a prompt on `sandbox`.\nlet n = 20;\nfn twice(x) { x * 2 }\nlet ans = twice(n) + 2;\nans + 1;\n\
         let password = secret(\"secret 1\");\n// an entry is left out: `out(…)` is known at the prompt only\n"
    );
    pbxsh(["check", "job.rhai"]).file("job.rhai", &saved).out();
    let mut terminal = sandbox(&[], home);
    put_into(&terminal, "part.rhai", "#!/usr/bin/env pbxsh\nlet loaded = 7;\nfn thrice(x) { x * 3 }\n");
    terminal.enter(":load part.rhai");
    terminal.enter("thrice(loaded)");
    terminal.see("\n21\n");
    terminal.enter(":load nowhere.rhai");
    terminal.see("cannot read `nowhere.rhai`");
    terminal.leave();
}

fn put_into(terminal: &Terminal, name: &str, text: &str) {
    fs::write(terminal.home().join(name), text).expect("a file");
}

#[test]
fn two_prompts_keep_their_entries() {
    let mut one = fresh();
    let home = one.home().to_owned();
    let mut other =
        Terminal::open(&["--sandbox"], &[("XDG_STATE_HOME", &home.join(".local/state").display().to_string())]);
    other.at_prompt("sandbox>");
    one.enter("1 + 1");
    other.enter("2 + 2");
    one.line("let a = [");
    one.press("3]\r");
    one.at_prompt("sandbox>");
    other.enter("4 + 4");
    other.leave();
    one.enter("5 + 5");
    let home = one.leave();
    let kept = fs::read_to_string(home.path().join(".local/state/pbxsh/history")).expect("the history");
    for entry in ["1 + 1", "2 + 2", "3]", "4 + 4", "5 + 5"] {
        assert_eq!(kept.matches(entry).count(), 1, "{entry}: {kept}");
    }
}

#[test]
fn keys_scripts_and_completion() {
    let mut terminal = fresh();
    terminal.enter(":set keys vi");
    terminal.press("12\x1b0i4");
    terminal.at_prompt("sandbox> 412");
    terminal.press("\r");
    terminal.see("\n412\n");
    terminal.at_prompt("sandbox>");
    terminal.enter(":set keys emacs");
    terminal.enter(":clear");
    terminal.enter(":scripts create-department");
    terminal.see("add_users(pbx, department.Id");
    terminal.enter(":clear");
    terminal.enter(":examples");
    terminal.see("@01-hello-pbx");
    terminal.enter(":clear");
    terminal.press(":rea\t");
    terminal.at_prompt("sandbox> :readonly");
    terminal.press(" of\t");
    terminal.at_prompt("sandbox> :readonly off");
    terminal.press(CTRL_C);
    terminal.at_prompt("sandbox>");
    terminal.press(":time pbx.ring\t");
    terminal.at_prompt("sandbox> :time pbx.ring_groups");
    terminal.press(CTRL_C);
    terminal.at_prompt("sandbox>");
    terminal.press(":set ke\t");
    terminal.at_prompt("sandbox> :set keys");
    terminal.press(CTRL_C);
    terminal.at_prompt("sandbox>");
    terminal.leave();
}

#[test]
fn a_dumb_terminal_has_a_prompt_too() {
    let mut terminal = Terminal::open(&["--sandbox"], &[("TERM", "dumb")]);
    terminal.see("sandbox>");
    terminal.press("1 + 41\r");
    terminal.see("42");
    assert!(!terminal.screen().contains('\x1b'));
    terminal.press(":quit\r");
    terminal.ends(0);
    // What is piped is a script: no prompt, and it ends at the first error.
    let ended = pbxsh(["--sandbox"]).input("print(1);\nnothing.there();\nprint(2);").fails(3);
    assert!(ended.contains("undefined-variable") && !ended.contains("sandbox>"), "{ended}");
}

/// What stands in the place of the page that is watched, once its round has come.
#[track_caller]
fn round(terminal: &Terminal, round: usize, rows: &[&str]) {
    let head = format!(", {round}: ");
    terminal.wait(&head, |screen| screen.lines().next().is_some_and(|line| line.contains(&head)));
    let screen = terminal.screen();
    let lines: Vec<&str> = screen.trim_end().lines().map(str::trim_end).skip(1).collect();
    assert_eq!(lines, rows, "{screen}");
}

#[test]
fn what_is_watched_stands_in_one_place() {
    let mut terminal = Terminal::of_size(&["--sandbox"], &[], TempDir::new().expect("a home"), (12, 72));
    terminal.at_prompt("sandbox>");
    terminal.enter("let n = 0; let rows = [];");
    terminal.enter("for i in 1..=40 { rows.push(#{ Id: i }) }");
    terminal.line(":watch 1 n += 1; if n == 2 { no() } [rows, n][n / 3]");
    let page = ["", " Id", "────", "  1", "  2", "  3", "  4", "  5"];
    round(&terminal, 1, &[page.as_slice(), &["5 of 40 rows"]].concat());
    // Of the page before nothing stays, and an error ends nothing.
    let fault = [
        "unknown-function",
        "",
        "  × there is no function `no` for ()",
        "   ╭─[<watch>:1:21]",
        " 1 │ n += 1; if n == 2 { no() } [rows, n][n / 3]",
        "   ·                     ────",
        "   ╰────",
        "  help: did you mean `now`?",
    ];
    round(&terminal, 2, &[[""].as_slice(), &fault].concat());
    round(&terminal, 3, &["", "3"]);
    terminal.resize(8, 40);
    terminal.press(CTRL_C);
    terminal.see("watched 3 times");
    terminal.at_prompt("sandbox>");
    terminal.enter("n");
    terminal.see("\n3\n");
    terminal.leave();
}

/// An hour of watching every two seconds is 1,800 rounds. The simulated PBX stands in the same process, and its memory is in the figure.
#[cfg(target_os = "linux")]
#[test]
fn long_watching_takes_no_more_memory() {
    let rounds = if std::env::var_os("PBXSH_LONG").is_some() { [100, 1800] } else { [12, 24] };
    let mut terminal = fresh();
    let resident = |terminal: &Terminal| {
        let status = fs::read_to_string(format!("/proc/{}/status", terminal.id())).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1e3
    };
    terminal.line(":watch 0.2 [pbx.active_calls.list().to_array(), pbx.queues.list().map(|q| q.Name)]");
    let mut seen = Vec::new();
    for wanted in rounds {
        let start = std::time::Instant::now();
        let reached = |screen: &str| {
            let count = screen.lines().next()?.split(", ").nth(1)?.split(':').next()?.trim().parse::<usize>().ok()?;
            Some(count >= wanted)
        };
        while !reached(&terminal.screen()).unwrap_or(false) {
            assert!(start.elapsed().as_secs() < 1200, "round {wanted} never comes:\n{}", terminal.screen());
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        seen.push(resident(&terminal));
    }
    println!("resident after {rounds:?} rounds: {seen:?} MB");
    assert!(seen[1] < seen[0] + 5.0, "{seen:?} MB after {rounds:?} rounds");
    terminal.press(CTRL_C);
    terminal.see("watched ");
    terminal.at_prompt("sandbox>");
    terminal.leave();
}
