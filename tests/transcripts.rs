//! What stands on the screen, key by key: the files in `tests/transcripts/`.
//!
//! A case begins with `== title`, and with the size of its window if that matters. `> ` are keys, what follows is the whole screen
//! behind them, with the cursor as `▮`. Each case has a window of its own in which nothing was typed yet.

use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::common::{project, same};
use crate::prompt::Terminal;

/// Keys that have no letter.
const KEYS: [(char, &str); 12] = [
    ('⏎', "\r"),
    ('⇥', "\t"),
    ('↑', "\x1b[A"),
    ('↓', "\x1b[B"),
    ('→', "\x1b[C"),
    ('←', "\x1b[D"),
    ('⇱', "\x1b[H"),
    ('⇲', "\x1b[F"),
    ('⌫', "\x7f"),
    ('␃', "\x03"),
    ('␄', "\x04"),
    ('␒', "\x12"),
];

fn keys(line: &str) -> String {
    let mut keys = line.to_owned();
    for (sign, key) in KEYS {
        keys = keys.replace(sign, key);
    }
    // What stands between these is pasted.
    keys.replace('⟦', "\x1b[200~").replace('⟧', "\x1b[201~").replace('¶', "\n")
}

/// Until nothing moves any more.
fn at_rest(terminal: &Terminal) -> String {
    let (start, mut since, mut last) = (Instant::now(), Instant::now(), terminal.with_cursor());
    while since.elapsed() < Duration::from_millis(400) && start.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
        let now = terminal.with_cursor();
        if now != last {
            (since, last) = (Instant::now(), now);
        }
    }
    last
}

/// The screen once it is what is expected, or what it is instead.
fn screen(terminal: &Terminal, expected: &str) -> String {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(5) {
        if terminal.with_cursor() == expected {
            return expected.to_owned();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    terminal.with_cursor()
}

/// A home in which there are files to complete.
fn home() -> TempDir {
    let home = TempDir::new().expect("a home");
    for (name, text) in [
        ("my reports/calls of march.csv", ""),
        ("my reports/users.csv", ""),
        ("job.rhai", "let loaded = 7;\n"),
        (
            ".config/pbxsh/config.toml",
            "[profiles.hq]\nurl = \"https://hq.example.com\"\nclient_id = \"a\"\n[profiles.branch-7]\nurl = \"https://seven.example.com\"\nclient_id = \"a\"\n",
        ),
    ] {
        let path = home.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    home
}

fn opened(head: &str) -> Terminal {
    let size = head.split_whitespace().find_map(|word| {
        let (columns, rows) = word.split_once('×')?;
        Some((rows.parse().ok()?, columns.parse().ok()?))
    });
    let terminal = Terminal::of_size(&["--sandbox", "--no-init"], &[], home(), size.unwrap_or((30, 100)));
    // The line at the start is not what these are about.
    terminal.see("sandbox>");
    terminal
}

/// A file of cases with the screens of today.
fn typed(file: &str, blessing: bool) -> String {
    let mut out = Vec::new();
    let mut terminal = None;
    let mut steps = file.lines().peekable();
    while let Some(line) = steps.next() {
        if line.starts_with("==") {
            terminal = None;
            out.push(line.to_owned());
        } else if let Some(typed) = line.strip_prefix("> ") {
            let terminal = terminal.get_or_insert_with(|| {
                let head = out.iter().rev().take_while(|line| !line.starts_with("==")).map(String::as_str);
                let mut terminal = opened(&head.collect::<Vec<_>>().join(" "));
                terminal.press("\x0c");
                terminal.wait("an empty screen", |screen| screen.trim_end() == "sandbox>");
                terminal
            });
            out.push(line.to_owned());
            let mut expected = Vec::new();
            while let Some(line) = steps.next_if(|line| !line.starts_with("> ") && !line.starts_with("==")) {
                expected.push(line);
            }
            let expected = expected.join("\n").trim_end().to_owned();
            terminal.press(&keys(typed));
            let shown = if blessing { at_rest(terminal) } else { screen(terminal, &expected) };
            out.extend(shown.lines().map(str::to_owned));
            out.push(String::new());
        } else if terminal.is_none() {
            out.push(line.to_owned());
        }
    }
    format!("{}\n", out.join("\n").trim_end())
}

#[track_caller]
fn holds(name: &str) {
    let path = project().join("tests/transcripts").join(name);
    let file = std::fs::read_to_string(&path).expect("a file of cases");
    if std::env::var_os("PBXSH_BLESS").is_some() {
        std::fs::write(&path, typed(&file, true)).expect("a file of cases");
        return;
    }
    same(&typed(&file, false), &file);
}

#[test]
fn menus_of_completion() {
    holds("menus.txt");
}

#[test]
fn menus_in_files_and_commands() {
    holds("places.txt");
}

#[test]
fn entries_of_several_lines() {
    holds("lines.txt");
}

#[test]
fn the_history_is_searched() {
    holds("history.txt");
}

#[test]
fn the_end_of_the_input() {
    holds("ends.txt");
}
