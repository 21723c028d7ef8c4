//! `docs/prompt.md`, typed as it stands.

use std::time::{Duration, Instant};

use crate::common::{pbxsh, project};
use crate::prompt::{CTRL_C, Terminal};

const PROMPT: &str = "sandbox> ";

/// What stands before the cursor, where a screen ends with a prompt: it says more while changes are planned.
fn prompt_of(screen: &str) -> Option<String> {
    let last = screen.trim_end().lines().last()?.trim_end();
    (last.starts_with("sandbox") && last.ends_with('>')).then(|| format!("{last} "))
}

/// The prompt and the entry of a line.
fn entry_of(line: &str) -> Option<&str> {
    let (prompt, entry) = line.split_once("> ")?;
    prompt.starts_with("sandbox").then_some(entry)
}

/// Stands for the key.
const TAB: char = '⇥';

/// What is on the screen once it has come to rest.
fn at_rest(terminal: &Terminal) -> String {
    let start = Instant::now();
    let mut last = terminal.screen();
    loop {
        std::thread::sleep(Duration::from_millis(250));
        let now = terminal.screen();
        if now == last || start.elapsed() > Duration::from_secs(5) {
            return now;
        }
        last = now;
    }
}

/// The lines below an entry, up to the next prompt.
fn typed(terminal: &mut Terminal, entry: &str, prompt: &str) -> Vec<String> {
    terminal.press(":clear\r");
    terminal.wait("an empty screen", |screen| screen.trim_end() == prompt.trim_end());
    let shown = if let Some(keys) = entry.strip_suffix(TAB) {
        terminal.press(&format!("{keys}\t"));
        let shown = at_rest(terminal);
        terminal.press(CTRL_C);
        terminal.at_prompt(prompt);
        shown
    } else {
        terminal.line(entry);
        terminal.wait("a prompt", |screen| prompt_of(screen).is_some());
        let shown = terminal.screen();
        let next = prompt_of(&shown).unwrap_or_default();
        shown.trim_end().strip_suffix(next.trim_end()).unwrap_or(&shown).to_owned()
    };
    let mut lines: Vec<String> = shown.trim_end().lines().map(|line| line.trim_end().to_owned()).collect();
    let line = if entry.ends_with(TAB) { lines.pop() } else { None };
    if lines.first().is_some_and(|first| first.starts_with(prompt)) {
        lines.remove(0);
    }
    // What Tab made of the line.
    let made = line.and_then(|line| line.strip_prefix(prompt).map(str::to_owned));
    lines.extend(made.filter(|made| *made != entry.trim_end_matches(TAB)).map(|made| format!("→ {made}")));
    lines
}

/// What a line that begins with `$` prints.
fn run(line: &str, files: &[(String, String)]) -> Vec<String> {
    let words = line.strip_prefix("$ pbxsh ").expect("a command of pbxsh").split(' ');
    let run = files.iter().fold(pbxsh(words), |run, (name, text)| run.file(name, text));
    run.out().lines().map(str::to_owned).collect()
}

/// The document with the outputs of today.
fn walked(document: &str) -> String {
    let mut terminal = Terminal::sized(&["--sandbox"], 60);
    terminal.at_prompt(PROMPT);
    let mut files: Vec<(String, String)> = Vec::new();
    let (mut out, mut block) = (Vec::new(), String::new());
    for line in document.lines() {
        match line.strip_prefix("```") {
            Some(kind) => {
                block = if block.is_empty() { format!("{kind} ") } else { String::new() };
                out.push(line.to_owned());
            }
            None if block == "console " => {
                if let Some(entry) = entry_of(line) {
                    let prompt = prompt_of(&terminal.screen()).expect("a prompt");
                    out.push(format!("{prompt}{entry}"));
                    out.extend(typed(&mut terminal, entry, &prompt));
                } else if line.starts_with("$ ") {
                    out.push(line.to_owned());
                    out.extend(run(line, &files));
                }
            }
            None => {
                if block == "rhai " {
                    match line.strip_prefix("// ").filter(|name| name.ends_with(".rhai")) {
                        Some(name) => files.push((name.to_owned(), String::new())),
                        None => files.last_mut().expect("a name first").1.push_str(&format!("{line}\n")),
                    }
                }
                out.push(line.to_owned());
            }
        }
    }
    terminal.leave();
    format!("{}\n", out.join("\n"))
}

#[test]
fn the_walk_through_goes_as_it_says() {
    let path = project().join("docs/prompt.md");
    let document = std::fs::read_to_string(&path).expect("docs/prompt.md");
    let walked = walked(&document);
    if std::env::var_os("PBXSH_BLESS").is_some() {
        std::fs::write(&path, walked).expect("docs/prompt.md");
        return;
    }
    assert!(document.matches(PROMPT).count() > 25);
    assert_eq!(walked, document, "`PBXSH_BLESS=1 cargo test` writes it anew");
}
