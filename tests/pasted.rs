//! Thousands of lines at once: pasted as terminals mark it, and typed faster than anybody can.

use std::time::{Duration, Instant};

use crate::prompt::{CTRL_C, Terminal};

/// Generous, for a machine that does other things too; what grows with the square of the lines is far beyond it.
const SOON: Duration = Duration::from_secs(30);

fn prompt(colour: bool) -> Terminal {
    let terminal = match colour {
        true => Terminal::open(&["--sandbox", "--color", "always"], &[("NO_COLOR", "")]),
        false => Terminal::open(&["--sandbox"], &[]),
    };
    terminal.at_prompt("sandbox>");
    terminal
}

#[track_caller]
fn soon(terminal: &Terminal, what: &str) {
    let start = Instant::now();
    while !terminal.screen().contains(what) {
        assert!(start.elapsed() < SOON, "no {what:?} on\n{}", terminal.screen());
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// `let v1 = 1;` and so on.
fn statements(count: usize, end: &str) -> String {
    (1..=count).map(|at| format!("let v{at} = {at};{end}")).collect()
}

#[test]
fn a_paste_of_thousands_of_lines_is_one_entry() {
    for colour in [false, true] {
        let mut terminal = prompt(colour);
        terminal.press(&format!("\x1b[200~{}v1 + v5000\x1b[201~", statements(5000, "\n")));
        soon(&terminal, "v1 + v5000");
        terminal.press("\r");
        soon(&terminal, "\n5001\n");
        // One entry, which can be had again.
        terminal.enter("\"number \" + out(1)");
        terminal.see("number 5001");
        terminal.enter(":clear");
        terminal.press("\x1b[A\x1b[A\x1b[A");
        soon(&terminal, "v1 + v5000");
        terminal.press(CTRL_C);
        terminal.at_prompt("sandbox>");
        let home = terminal.leave();
        let kept = std::fs::read_to_string(home.path().join(".local/state/pbxsh/history")).expect("the history");
        let entry = kept.lines().find(|line| line.contains("v5000")).expect("the entry in a line");
        assert!(entry.starts_with("let v1 = 1;\\nlet v2") && entry.ends_with("v1 + v5000"), "{} bytes", entry.len());
    }
}

#[test]
fn more_than_the_history_keeps() {
    let mut terminal = prompt(false);
    let long: String = (0..20_000).map(|at| format!("let v = {at}; // line\n")).collect();
    terminal.press(&format!("\x1b[200~{long}v\x1b[201~"));
    soon(&terminal, "19999; // line\nv");
    terminal.press("\r");
    soon(&terminal, "note: not kept in the history, because it is longer than 250.0 kB; `:edit` has it");
    soon(&terminal, "\n19999\n");
    let home = terminal.leave();
    let kept = std::fs::read_to_string(home.path().join(".local/state/pbxsh/history")).unwrap_or_default();
    assert!(kept.len() < 100, "{} bytes", kept.len());
}

#[test]
fn an_error_in_a_long_paste_is_shown_with_its_line() {
    let mut terminal = prompt(false);
    let lines = statements(5000, "\n").replace("let v4321 = 4321;", "let v4321 = 1 / 0;");
    terminal.press(&format!("\x1b[200~{lines}1\x1b[201~"));
    soon(&terminal, "let v5000 = 5000;\n1");
    terminal.press("\r");
    soon(&terminal, "╭─[<entry 1>:4321:15]");
    soon(&terminal, "4321 │ let v4321 = 1 / 0;");
    terminal.at_prompt("sandbox>");
    terminal.enter("v4320");
    terminal.see("\n4320\n");
    terminal.leave();
}

#[test]
fn lines_that_come_without_brackets_are_all_run() {
    let mut terminal = prompt(false);
    terminal.press("let sum = 0;\r");
    let mut lines: String = (1..=2000).map(|at| format!("sum += {at};\r")).collect();
    lines.push_str("`the sum is ${sum}`\r");
    terminal.press(&lines);
    soon(&terminal, "the sum is 2001000");
    terminal.at_prompt("sandbox>");
    let home = terminal.leave();
    let kept = std::fs::read_to_string(home.path().join(".local/state/pbxsh/history")).expect("the history");
    assert_eq!(kept.lines().count(), 2003);
    assert!(kept.ends_with("sum += 2000;\n`the sum is ${sum}`\n"), "{}", kept.lines().last().unwrap_or_default());
}

#[test]
fn lines_of_one_entry_without_brackets() {
    for colour in [false, true] {
        let mut terminal = prompt(colour);
        let mut lines = "let sum = 0; {\r".to_owned();
        // With tabs, which complete nothing there.
        lines.extend((1..=2000).map(|at| format!("\tsum += {at};\r")));
        lines.push_str("}\r`the sum is ${sum}`\r");
        terminal.press(&lines);
        soon(&terminal, "the sum is 2001000");
        terminal.at_prompt("sandbox>");
        terminal.enter(":clear");
        terminal.press("\x1b[A\x1b[A\x1b[A");
        soon(&terminal, "sum += 2000;\n}");
        terminal.press(CTRL_C);
        terminal.at_prompt("sandbox>");
        let home = terminal.leave();
        let kept = std::fs::read_to_string(home.path().join(".local/state/pbxsh/history")).expect("the history");
        assert_eq!(kept.lines().count(), 4, "{:?}", kept.lines().map(str::len).collect::<Vec<_>>());
    }
}

#[test]
fn ctrl_c_in_a_long_paste() {
    let mut terminal = prompt(false);
    terminal.press("let kept = 7;\r");
    let lines = statements(5000, "\n");
    // Before it runs it costs the lines.
    terminal.press(&format!("\x1b[200~{lines}loop {{ }}\x1b[201~"));
    soon(&terminal, "5000;\nloop { }");
    terminal.press(CTRL_C);
    terminal.at_prompt("sandbox>");
    terminal.enter("kept");
    terminal.see("\n7\n");
    // While it runs, the run.
    terminal.press(&format!("\x1b[200~{lines}print(\"be\" + \"gun\"); loop {{ }}\x1b[201~"));
    soon(&terminal, "loop { }");
    terminal.press("\r");
    soon(&terminal, "\nbegun");
    terminal.press(CTRL_C);
    terminal.see("interrupted");
    terminal.at_prompt("sandbox>");
    terminal.enter("v5000 + kept");
    terminal.see("\n5007\n");
    // Without brackets, in an entry that is not whole yet.
    terminal.press(&format!("[\r{}", "1,\r".repeat(2000)));
    soon(&terminal, "1,\n1,\n1,");
    terminal.press(CTRL_C);
    terminal.at_prompt("sandbox>");
    terminal.enter("\"still \" + \"here\"");
    terminal.see("\nstill here\n");
    terminal.leave();
}
