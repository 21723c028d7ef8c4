//! Ctrl-C whenever it may be pressed, windows that are closed, and programs that are put aside: what it costs, and what is left.

use std::path::Path;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use tempfile::TempDir;

use crate::commands::{HQ, at_hq, put};
use crate::common::NOW;
use crate::common::server::{Response, Server};
use crate::prompt::{CTRL_C, CTRL_D, Terminal};

/// Longer than any test waits.
const EVER: Duration = Duration::from_secs(60);

/// A PBX that answers about departments, and about nothing else; `login` says whether it even knows people.
fn silent(login: bool) -> Server {
    Server::raw(move |request| {
        let token = r#"{"token_type":"Bearer","expires_in":3600,"access_token":"t","refresh_token":null}"#;
        match request.target.split(['?', '(']).next().unwrap_or_default() {
            "/connect/token" if login => Response::json(200, token),
            "/xapi/v1/Defs" => Response::json(200, r#"{"Id":0}"#),
            "/xapi/v1/Groups" if request.method == "GET" => {
                let rows: Vec<String> = (0..100).map(|id| format!("{{\"Id\":{id}}}")).collect();
                if request.target.contains("skip=") && !request.target.contains("skip=0") {
                    std::thread::sleep(EVER);
                }
                Response::json(200, format!("{{\"@odata.count\":1000,\"value\":[{}]}}", rows.join(",")))
            }
            "/xapi/v1/Groups" => Response::json(201, r#"{"Id":7}"#),
            _ => {
                std::thread::sleep(EVER);
                Response::json(200, "{}")
            }
        }
    })
}

fn arrives(server: &Server, wanted: &str) {
    let start = Instant::now();
    while !server.requests().iter().any(|request| request.contains(wanted)) {
        assert!(start.elapsed() < Duration::from_secs(10), "no {wanted} in {:?}", server.requests());
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Presses Ctrl-C; what stands there then below the entry, up to the next prompt.
fn interrupted(terminal: &mut Terminal, entry: &str, prompt: &str) -> String {
    let pressed = Instant::now();
    terminal.press(CTRL_C);
    terminal.at_prompt(prompt);
    assert!(pressed.elapsed() < Duration::from_secs(2), "{:?}", pressed.elapsed());
    let screen = terminal.screen();
    let (_, below) = screen.split_once(entry).unwrap_or_else(|| panic!("no {entry:?} on\n{screen}"));
    let lines = below.trim_end().strip_suffix(prompt).unwrap_or(below).trim().lines();
    lines.map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_request_that_nobody_answers() {
    let server = silent(true);
    let mut terminal = at_hq(&server, &[]);
    terminal.line("let kept = 7;");
    terminal.at_prompt(HQ);
    let entry = "pbx.users.list()";
    terminal.line(entry);
    arrives(&server, "/Users");
    assert_eq!(interrupted(&mut terminal, entry, HQ), "interrupted");
    terminal.line(":clear");
    terminal.at_prompt(HQ);
    // What was sent is said, and what may have been.
    let entry = "pbx.groups.create(#{ Name: \"x\" }); pbx.users.update(28, #{ FirstName: \"y\" })";
    terminal.line(entry);
    arrives(&server, "PATCH /xapi/v1/Users(28)");
    assert_eq!(
        interrupted(&mut terminal, entry, HQ),
        "interrupted\nalready done: 1 × groups.create\nusers.update was under way: it may have happened"
    );
    terminal.line("kept");
    terminal.see("\n7\n");
    terminal.leave();
}

#[test]
fn a_login_that_nobody_answers() {
    let server = silent(false);
    let mut terminal = at_hq(&server, &[]);
    let entry = "let kept = 7; pbx.users.list()";
    terminal.line(entry);
    let start = Instant::now();
    while server.everything() == 0 {
        assert!(start.elapsed() < Duration::from_secs(10), "nobody came");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(interrupted(&mut terminal, entry, HQ), "interrupted");
    terminal.line("kept");
    terminal.see("\n7\n");
    terminal.leave();
}

#[test]
fn in_the_middle_of_a_list() {
    let server = silent(true);
    let mut terminal = at_hq(&server, &[]);
    terminal.line("pbx.groups.list(#{ ahead: 1, select: \"Id\" })");
    for rows in ["20 of", "40 of", "60 of", "80 of"] {
        terminal.see(rows);
        terminal.at_prompt(HQ);
        terminal.press("\r");
    }
    terminal.see("100 of 1000 rows");
    terminal.at_prompt(HQ);
    terminal.line(":clear");
    terminal.at_prompt(HQ);
    // The page after those is one that never comes.
    terminal.line("it");
    arrives(&server, "skip=100");
    assert_eq!(interrupted(&mut terminal, "> it", HQ), "interrupted");
    terminal.line("ans.first().Id");
    terminal.see("\n0\n");
    terminal.leave();
}

#[test]
fn while_watching_what_nobody_answers() {
    let server = silent(true);
    let mut terminal = at_hq(&server, &[]);
    terminal.line(":watch 0.2 pbx.users.list()");
    arrives(&server, "/Users");
    terminal.press(CTRL_C);
    terminal.see("watched ");
    terminal.at_prompt(HQ);
    terminal.line("40 + 1");
    terminal.see("\n41\n");
    terminal.leave();
}

#[test]
fn an_impatient_person_keeps_the_session() {
    let mut terminal = Terminal::open(&["--sandbox"], &[]);
    terminal.at_prompt("sandbox>");
    terminal.line("let kept = 7; print(\"begun\"); loop { }");
    terminal.see("\nbegun");
    // Nobody knows which of them arrive before the prompt is back.
    for _ in 0..10 {
        terminal.press(CTRL_C);
    }
    terminal.see("interrupted");
    terminal.at_prompt("sandbox>");
    terminal.press("\r");
    terminal.line("kept");
    terminal.see("\n7\n");
    // Whoever stops an entry wants the lines after it no more, however many of them were read already.
    terminal.press("print(\"one\"); loop { }\rprint(\"two\");\rprint(\"three\");\r");
    terminal.see("\none");
    terminal.press(CTRL_C);
    terminal.see("interrupted");
    terminal.at_prompt("sandbox>");
    terminal.line("kept + 1");
    terminal.see("\n8\n");
    assert!(!terminal.screen().contains("\ntwo") && !terminal.screen().contains("\nthree"), "{}", terminal.screen());
    terminal.leave();
}

#[test]
fn what_is_typed_while_an_entry_runs_waits_for_the_prompt() {
    let mut terminal = Terminal::open(&["--sandbox"], &[]);
    terminal.at_prompt("sandbox>");
    terminal.line("print(\"begun\"); sleep(0.7); 5");
    terminal.see("\nbegun");
    // The end of the input is that of a line which nobody reads.
    terminal.press(CTRL_D);
    terminal.see("\n5\n");
    terminal.at_prompt("sandbox>");
    terminal.line("print(\"again\"); sleep(0.7); 6");
    terminal.see("\nagain");
    terminal.press("1 + ");
    terminal.at_prompt("sandbox> 1 +");
    terminal.see("\n1 + 6\n");
    terminal.press("1\r");
    terminal.see("\n2\n");
    terminal.at_prompt("sandbox>");
    terminal.leave();
}

#[test]
fn ctrl_c_in_an_editor_is_the_editors() {
    let home = TempDir::new().expect("a home");
    put(&home, "edit.sh", "trap 'echo heard' INT\necho open\nsleep 1\nsleep 1\necho '40 + 2' > \"$1\"\n");
    let mut terminal = Terminal::in_home(&["--sandbox"], &[("VISUAL", "sh edit.sh")], home);
    terminal.at_prompt("sandbox>");
    terminal.line("let kept = 7;");
    terminal.line(":edit");
    terminal.see("\nopen");
    for _ in 0..3 {
        terminal.press(CTRL_C);
        std::thread::sleep(Duration::from_millis(100));
    }
    terminal.see("heard");
    terminal.see("\n42\n");
    terminal.at_prompt("sandbox>");
    terminal.line("kept");
    terminal.see("\n7\n");
    // From then on it is the prompt's again.
    terminal.line("print(\"begun\"); loop { }");
    terminal.see("\nbegun");
    terminal.press(CTRL_C);
    terminal.see("interrupted");
    terminal.at_prompt("sandbox>");
    terminal.leave();
}

/// The files below a folder, by their names.
fn files(folder: &Path) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(files(&path)),
            path => found.push(path.file_name().unwrap_or_default().to_string_lossy().into_owned()),
        }
    }
    found.sort();
    found
}

fn history(home: &Path) -> String {
    std::fs::read_to_string(home.join(".local/state/pbxsh/history")).unwrap_or_default()
}

/// What a program leaves that was ended while an entry ran.
fn left_in_order(home: &Path) {
    assert!(history(home).contains("let typed = 1;"), "{}", history(home));
    let left = files(home);
    let known = |name: &String| ["begun", "edit.sh", "history"].contains(&name.as_str()) || name.ends_with(".json");
    assert!(left.iter().all(known), "{left:?}");
}

#[test]
fn whoever_ends_the_program_ends_it_in_order() {
    for signal in ["-TERM", "-HUP"] {
        // While nothing runs, with half a line typed.
        let mut terminal = Terminal::open(&["--sandbox"], &[]);
        terminal.at_prompt("sandbox>");
        terminal.line("let typed = 1;");
        terminal.press("half a li");
        terminal.at_prompt("sandbox> half a li");
        terminal.signal(signal);
        let home = terminal.ends(130);
        left_in_order(home.path());
        // While an entry runs that would catch anything, and has a file half written.
        for entry in [
            "loop { try { print(\"begun\"); sleep(60) } catch { } }",
            "print(\"begun\"); file::append(\"begun\", \"\"); loop { }",
        ] {
            let mut terminal = Terminal::open(&["--sandbox"], &[]);
            terminal.at_prompt("sandbox>");
            terminal.line("let typed = 1;");
            terminal.line(entry);
            terminal.see("\nbegun");
            terminal.signal(signal);
            let home = terminal.ends(130);
            left_in_order(home.path());
        }
        // At a question, and in a list of candidates.
        let mut terminal = Terminal::open(&["--sandbox"], &[]);
        terminal.at_prompt("sandbox>");
        terminal.line("let typed = 1;");
        terminal.line("secret(\"PIN\")");
        terminal.at_prompt("PIN:");
        terminal.signal(signal);
        left_in_order(terminal.ends(130).path());
    }
}

#[test]
fn a_window_that_is_closed_ends_what_runs_in_it() {
    for entry in [
        // It prints into nothing, and goes on.
        "file::write(\"begun\", \"\"); loop { print(\"more\") }",
        "file::write(\"begun\", \"\"); loop { }",
        "file::write(\"begun\", \"\"); prompt(\"name\")",
    ] {
        let home = TempDir::new().expect("a home");
        let pair =
            native_pty_system().openpty(PtySize { rows: 30, cols: 100, ..PtySize::default() }).expect("a terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_pbxsh"));
        command.arg("--sandbox");
        command.env_clear();
        command.cwd(home.path());
        for (name, value) in [("TERM", "xterm"), ("PBXSH_NOW", NOW)] {
            command.env(name, value);
        }
        command.env("HOME", home.path());
        let mut child = pair.slave.spawn_command(command).expect("pbxsh starts");
        drop(pair.slave);
        let mut keys = pair.master.take_writer().expect("the keyboard");
        keys.write_all(format!("let typed = 1;\r{entry}\r").as_bytes()).expect("keys");
        let start = Instant::now();
        let waits = |what: &str| {
            assert!(start.elapsed() < Duration::from_secs(20), "{what}: {entry}");
            std::thread::sleep(Duration::from_millis(20));
        };
        while !home.path().join("begun").exists() {
            waits("it does not begin");
        }
        drop(keys);
        drop(pair.master);
        while child.try_wait().expect("a child").is_none() {
            waits("it does not end");
        }
        left_in_order(home.path());
    }
}

/// What a run leaves behind whose terminal hangs up while it works, started as a shell says.
fn hung_up(start: &str) -> (Option<i32>, String) {
    let home = TempDir::new().expect("a home");
    let code = "file::write(\"begun\", \"\"); sleep(1); file::write(\"done\", \"\")";
    let program = env!("CARGO_BIN_EXE_pbxsh");
    let mut child = std::process::Command::new("/bin/sh")
        .args(["-c", &format!("{start} exec '{program}' --sandbox -e '{code}'")])
        .env_clear()
        .env("HOME", home.path())
        .current_dir(home.path())
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("a shell");
    let begun = Instant::now();
    while !home.path().join("begun").exists() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it does not begin");
        std::thread::sleep(Duration::from_millis(10));
    }
    let sent = std::process::Command::new("kill").args(["-HUP", &child.id().to_string()]).status();
    assert!(sent.expect("`kill`").success());
    let ended = loop {
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not end");
        match child.try_wait().expect("a child") {
            Some(ended) => break ended,
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let done = if home.path().join("done").exists() { "done" } else { "not done" };
    (ended.code(), done.to_owned())
}

#[test]
fn what_outlives_its_terminal_was_told_to() {
    assert_eq!(hung_up(""), (Some(130), "not done".to_owned()));
    // As `nohup` starts it.
    if cfg!(target_os = "linux") {
        assert_eq!(hung_up("trap '' HUP;"), (Some(0), "done".to_owned()));
    }
}

#[test]
fn put_aside_and_taken_up_again() {
    let home = TempDir::new().expect("a home");
    let program = env!("CARGO_BIN_EXE_pbxsh");
    let mut terminal = Terminal::of(
        CommandBuilder::from_argv(["sh".into(), "-i".into()].into()),
        &[("PS1", "shell: "), ("PATH", "/usr/bin:/bin"), ("ENV", "")],
        home,
        (30, 100),
    );
    terminal.at_prompt("shell:");
    // What the shell has set the terminal to.
    let modes = "stty -a | tr ' ;' '\\n\\n' | grep -E '^-?(icanon|echo|isig|icrnl|opost)$' | tr '\\n' ' '\r";
    let seen = |terminal: &mut Terminal| {
        terminal.press("clear\r");
        terminal.wait("an empty screen", |screen| screen.trim() == "shell:");
        terminal.press(modes);
        let told = |screen: &str| screen.lines().find(|line| line.contains("icrnl ")).map(str::to_owned);
        terminal.wait("modes", |screen| told(screen).is_some_and(|line| line.contains("echo")));
        told(&terminal.screen()).unwrap_or_default().replace("shell:", "").trim().to_owned()
    };
    let before = seen(&mut terminal);
    assert!(before.contains("icanon") && !before.contains("-icanon"), "{before}");
    terminal.press(&format!("{program} --sandbox\r"));
    terminal.at_prompt("sandbox>");
    terminal.line("let kept = 7;");
    // At the prompt, with half a line typed.
    terminal.press("kept + ");
    terminal.at_prompt("sandbox> kept +");
    terminal.press("\x1a");
    terminal.at_prompt("shell:");
    assert_eq!(seen(&mut terminal), before);
    terminal.press("fg\r");
    terminal.see("sandbox> kept +");
    terminal.press("10\r");
    terminal.see("\n17\n");
    terminal.at_prompt("sandbox>");
    // While an entry runs.
    terminal.line("print(\"begun\"); loop { }");
    terminal.see("\nbegun");
    terminal.press("\x1a");
    terminal.at_prompt("shell:");
    assert_eq!(seen(&mut terminal), before);
    terminal.press("fg\r");
    terminal.see("--sandbox");
    terminal.press(CTRL_C);
    terminal.see("interrupted");
    terminal.at_prompt("sandbox>");
    // Its keys work as before.
    terminal.press("kept + 2\x1b[D10 + \r");
    terminal.see("\n19\n");
    terminal.press(CTRL_D);
    terminal.at_prompt("shell:");
    assert_eq!(seen(&mut terminal), before);
    terminal.press("exit\r");
    terminal.ends(0);
}
