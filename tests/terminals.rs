//! Terminals of all kinds: narrow and wide ones, dumb ones, ones that are listened to, and ones that are no terminals.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::common::server::{Response, Server};
use crate::common::{NOW, pbxsh, same};
use crate::prompt::{CTRL_C, CTRL_D, Terminal, formatted};

fn of_size(arguments: &[&str], environment: &[(&str, &str)], rows: u16, cols: u16) -> Terminal {
    Terminal::of_size(arguments, environment, TempDir::new().expect("a home"), (rows, cols))
}

fn narrow(cols: u16) -> Terminal {
    let terminal = of_size(&["--sandbox"], &[], 60, cols);
    terminal.at_prompt("sandbox>");
    terminal
}

/// What an entry leaves on an empty screen, up to the next prompt.
fn shown(terminal: &mut Terminal, entry: &str) -> String {
    terminal.press(":clear\r");
    terminal.wait("an empty screen", |screen| screen.trim_end() == "sandbox>");
    terminal.press(entry);
    terminal.press("\r");
    let ends = |screen: &str| screen.trim_end().ends_with("\nsandbox>");
    terminal.wait("the next prompt", ends);
    let screen = terminal.screen();
    let lines = screen.trim_end().trim_end_matches("sandbox>").trim_end().lines().map(str::trim_end);
    lines.collect::<Vec<_>>().join("\n")
}

/// A session of somebody who listens, as it stands on the screen, and all that was written on the way.
fn listened(arguments: &[&str], environment: &[(&str, &str)], entries: &[&str]) -> (String, String) {
    let mut terminal = of_size(arguments, environment, 100, 100);
    terminal.at_prompt("sandbox>");
    for (at, entry) in entries.iter().enumerate() {
        terminal.press(&format!("{entry}\r"));
        let prompts = at + 2;
        terminal.wait("the next prompt", |screen| {
            let last = screen.trim_end().lines().last().unwrap_or_default();
            last.starts_with("sandbox>") && screen.matches("sandbox>").count() == prompts
        });
    }
    let screen = terminal.screen();
    let lines: Vec<&str> = screen.trim_end().lines().map(str::trim_end).collect();
    let written = terminal.written();
    terminal.press(CTRL_D);
    terminal.ends(0);
    (lines.join("\n"), written)
}

/// Neither a sequence that a terminal acts on nor a line that was begun anew.
#[track_caller]
fn nothing_is_drawn(written: &str) {
    assert!(!written.contains('\x1b'), "{written:?}");
    let alone = written.replace("\r\n", "\n").replace("^C\r", "");
    assert!(!alone.contains('\r'), "{written:?}");
}

const HEARD: [&str; 8] = [
    "pbx.users.list(#{ select: \"Number,FirstName,Mobile\", top: 2 })",
    "pbx.queues.get_by_number(\"801\").ForwardNoAnswer",
    "pbx.parkings.get\t",
    "(32)",
    "pbx.usrs",
    "\x1b[A\x1b[A",
    ".Number",
    ":set",
];

const SAID: &str = r#"pbxsh 0.1.0, sandbox, a simulated PBX; :help tells more, :quit leaves
sandbox> pbx.users.list(#{ select: "Number,FirstName,Mobile", top: 2 })
Number: 100, FirstName: Ada, Mobile: +15550104100
Number: 101, FirstName: Bruno, Mobile: +15550104101
2 rows
sandbox> pbx.queues.get_by_number("801").ForwardNoAnswer
Number: 105
Type: Extension
To: Extension
Destination; 3 more unset, :full shows all
sandbox> pbx.parkings.get
get(Id, options): read
get_by_number(Number, options): read, a parking place by its number, as 'SP100'
sandbox> pbx.parkings.get(32)
Id: 32
Number: SP1
TranscriptionMode: Inherit
Parking
sandbox> pbx.usrs
error: `pbx` has no resource `usrs`
code: unknown-resource
at: <entry 4>, line 1, column 5
line: pbx.usrs
part: usrs
hint: did you mean `users`?
sandbox> ^[[A^[[A
sandbox> pbx.parkings.get(32).Number
SP1
sandbox> :set
confirm is on: ask before deletes and commands on a live PBX
rows is 20: rows of a list that are shown at once
format is auto: how values look
ahead is 4: pages of a list that are fetched at once
errors is plain: how errors are told
timing is off: tell of every entry how long it took
keys is lines: the keys of the line editor, or whole lines without one
plain is on: words in a row for screen readers, nothing drawn
sandbox>"#;

#[test]
fn a_prompt_that_is_listened_to_draws_nothing() {
    let (screen, written) = listened(&["--sandbox", "--plain"], &[("NO_COLOR", "")], &HEARD);
    same(&screen, SAID);
    // The arrow keys are shown by the terminal itself, as two signs and not as the sequence.
    nothing_is_drawn(&written);
    // The variable says the same, whatever others want colours.
    let (screen, written) =
        listened(&["--sandbox"], &[("NO_COLOR", ""), ("PBXSH_PLAIN", "1"), ("CLICOLOR_FORCE", "1")], &HEARD);
    same(&screen, SAID);
    nothing_is_drawn(&written);
}

#[test]
fn plain_can_be_had_and_left_at_the_prompt() {
    let mut terminal = of_size(&["--sandbox", "--color", "always"], &[("NO_COLOR", "")], 60, 100);
    terminal.at_prompt("sandbox>");
    terminal.press(":set plain on\r");
    terminal.see("plain is on");
    terminal.press("pbx.parkings.get(32)\r");
    terminal.see("TranscriptionMode: Inherit");
    terminal.press("table(pbx.parkings.list(#{ top: 1 }))\r");
    terminal.see("Id: 32, Number: SP1");
    terminal.press(":set plain off\r");
    terminal.see("plain is off");
    terminal.press("pbx.parkings.list(#{ top: 1 })\r");
    terminal.see(" │ SP1\n");
    terminal.press("pbx.users.update(");
    terminal.see("pbx.users.update(Id, User)");
    terminal.press(CTRL_C);
    terminal.at_prompt("sandbox>");
    terminal.leave();
}

#[test]
fn watching_without_drawing_says_what_changes() {
    for (arguments, environment) in
        [(&["--sandbox", "--plain"][..], ("LANG", "C.UTF-8")), (&["--sandbox"], ("TERM", "dumb"))]
    {
        let mut terminal = of_size(arguments, &[environment], 60, 100);
        terminal.at_prompt("sandbox>");
        terminal.press("let n = 0;\r");
        terminal.press(":watch 0.2 n += 1; [#{ Half: n / 3 }]\r");
        let said = |screen: &str| screen.matches("1 row").count();
        terminal.wait("three pages", |screen| said(screen) >= 3);
        terminal.press(CTRL_C);
        terminal.see("watched ");
        terminal.at_prompt("sandbox>");
        let screen = terminal.screen();
        assert!(screen.contains("every 0.2 s, changes only, until Ctrl-C: n += 1; [#{ Half: n / 3 }]\n"), "{screen}");
        assert!(screen.contains("changed, round 3:\n"), "{screen}");
        let rounds: usize =
            screen.split("watched ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok()).expect("a number");
        assert!(rounds > said(&screen), "{screen}");
        terminal.press("7 * 6\r");
        terminal.see("\n42");
        nothing_is_drawn(&terminal.written());
        terminal.press(CTRL_D);
        terminal.ends(0);
    }
}

#[test]
fn a_terminal_that_cannot_draw_reads_whole_lines() {
    let mut terminal = Terminal::open(&["--sandbox"], &[("TERM", "dumb"), ("NO_COLOR", "")]);
    terminal.at_prompt("sandbox>");
    terminal.press("let total = 0; for i in 0..3 {\r");
    terminal.at_prompt("more>");
    terminal.press("total += i;\r}\r");
    terminal.wait("a prompt", |screen| screen.trim_end().ends_with("sandbox>"));
    terminal.press("half of an entry");
    terminal.see("half of an entry");
    // Twice: the second one must not end the program.
    terminal.press(CTRL_C);
    terminal.wait("another prompt", |screen| screen.trim_end().ends_with("^C\nsandbox>"));
    terminal.press(CTRL_C);
    terminal
        .wait("another prompt", |screen| screen.matches("^C").count() == 2 && screen.trim_end().ends_with("sandbox>"));
    terminal.press("total + 100\r");
    terminal.see("\n103\n");
    terminal.press("print(`begun`); loop {}\r");
    terminal.see("\nbegun");
    terminal.press(CTRL_C);
    terminal.see("interrupted");
    terminal.press(":set keys vi\r");
    terminal.see("this terminal cannot move its cursor");
    terminal.press("pbx.ring_g\t\r");
    terminal.wait("the whole name", |screen| screen.trim_end().ends_with("\nsandbox> pbx.ring_groups"));
    terminal.press(".list().len()\r");
    terminal.see("\n2\n");
    terminal.press_bytes(b"\"caf\xe9\".len()\r");
    terminal.see("\n4\n");
    terminal.press("prompt(\"name\")\r");
    terminal.see("name: ");
    terminal.press("Ada\r");
    terminal.see("\nAda\n");
    let written = terminal.written();
    assert!(!written.contains('\x1b'), "{written:?}");
    terminal.press(CTRL_D);
    terminal.ends(0);
}

#[test]
fn colours_are_where_they_are_wanted() {
    let coloured = |arguments: &[&str], environment: &[(&str, &str)]| {
        let terminal =
            of_size(&[&["--sandbox"], arguments].concat(), &[&[("NO_COLOR", "")], environment].concat(), 30, 100);
        terminal.at_prompt("sandbox>");
        let shown = formatted(&terminal);
        terminal.leave();
        shown.contains("38;5;")
    };
    assert!(coloured(&[], &[]));
    assert!(coloured(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[], &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]));
    for term in ["dumb", "vt100", "xterm-mono"] {
        assert!(!coloured(&[], &[("TERM", term)]), "{term}");
    }
    // In a pipe: errors, tables and help pages.
    let piped = |arguments: &[&str], environment: &[(&str, &str)]| {
        let run =
            environment.iter().fold(pbxsh(arguments.iter().copied()), |run, (name, value)| run.variable(name, value));
        let ended = run.run();
        format!("{}{}", ended.out, ended.err).contains('\x1b')
    };
    for work in [
        &["--sandbox", "-e", "pbx.users.list(#{ top: 1 })"][..],
        &["--sandbox", "-e", "pbx.usrs"],
        &["help", "users"],
        &["--help"],
    ] {
        assert!(!piped(work, &[]), "{work:?}");
        assert!(piped(&[&["--color", "always"], work].concat(), &[("NO_COLOR", "1")]), "{work:?}");
        assert!(!piped(&[&["--color", "never"], work].concat(), &[("CLICOLOR_FORCE", "1")]), "{work:?}");
        assert!(!piped(&[&["--plain"], work].concat(), &[("CLICOLOR_FORCE", "1")]), "{work:?}");
    }
}

#[test]
fn live_and_read_only_are_seen_with_colours_and_read_without() {
    let live = [("XAPI_URL", "https://pbx.example.com"), ("XAPI_CLIENT_ID", "a"), ("XAPI_CLIENT_SECRET", "b")];
    let head = |arguments: &[&str], environment: &[(&str, &str)], colour: &str| {
        let terminal = of_size(arguments, &[&[("NO_COLOR", colour)], environment].concat(), 30, 100);
        terminal.see("> ");
        terminal.wait("a prompt", |screen| screen.trim_end().ends_with('>'));
        let (screen, shown) = (terminal.screen(), formatted(&terminal));
        terminal.leave();
        let line = shown.split("\n").last().unwrap_or_default().to_owned();
        (screen.trim_end().lines().map(str::trim_end).collect::<Vec<_>>().join("\n"), line)
    };
    let (words, shown) = head(&[], &live, "");
    assert_eq!(words, "pbxsh 0.1.0 on pbx.example.com, LIVE; :help tells more, :quit leaves\npbx.example.com LIVE>");
    // White on red, whatever the theme.
    assert!(shown.contains("38;5;231") && shown.contains("48;5;160"), "{shown:?}");
    let (words, shown) = head(&["--read-only"], &live, "");
    assert!(
        words.ends_with(" on pbx.example.com, read-only; :help tells more, :quit leaves\npbx.example.com read-only>"),
        "{words}"
    );
    assert!(shown.contains("38;5;31") && !shown.contains("48;5;"), "{shown:?}");
    let (words, shown) = head(&["--sandbox"], &[], "");
    assert_eq!(words, "pbxsh 0.1.0, sandbox, a simulated PBX; :help tells more, :quit leaves\nsandbox>");
    assert!(shown.contains("38;5;64"), "{shown:?}");
    let (words, shown) = head(&[], &live, "1");
    assert!(words.ends_with("pbx.example.com LIVE>") && !shown.contains("38;5;"), "{shown:?}");
}

#[test]
fn the_first_screen_is_one_line() {
    for (arguments, cols, expected) in [
        (&[][..], 80, "pbxsh 0.1.0, sandbox, as no PBX is configured; :help tells more, :quit leaves\nsandbox>"),
        (&["--plain"], 80, "pbxsh 0.1.0, sandbox, as no PBX is configured; :help tells more, :quit leaves\nsandbox>"),
        (&[], 40, "pbxsh 0.1.0, sandbox, as no PBX is\nconfigured; :help tells more, :quit\nleaves\nsandbox>"),
        (&["--plain"], 40, "pbxsh 0.1.0, sandbox, as no PBX is\nconfigured; :help tells more, :quit\nleaves\nsandbox>"),
    ] {
        let terminal = of_size(arguments, &[], 24, cols);
        terminal.at_prompt("sandbox>");
        let screen = terminal.screen();
        let lines: Vec<&str> = screen.trim_end().lines().map(str::trim_end).collect();
        assert_eq!(lines.join("\n"), expected, "{arguments:?} {cols}");
        terminal.leave();
    }
}

#[test]
fn forty_columns_are_enough() {
    let mut terminal = narrow(40);
    assert_eq!(
        shown(&mut terminal, "pbx.queues.list()"),
        "sandbox> pbx.queues.list()\n Id │ Number │ Name\n────┼────────┼───────────────\n 24 │ 800    │ Sales queue\n \
         25 │ 801    │ Support queue\n 26 │ 802    │ Chat queue\n3 rows; 37 more columns, :full shows all"
    );
    assert_eq!(
        shown(&mut terminal, "#{ Name: \"a queue with a long name indeed\", Id: 7 }"),
        "sandbox> #{ Name: \"a queue with a long n\name indeed\", Id: 7 }\nId    7\nName  a queue with a long name indeed"
    );
    assert_eq!(
        shown(&mut terminal, "pbx.queues.lst()"),
        "sandbox> pbx.queues.lst()\nunknown-operation\n\n  × `queues` has no operation `lst`\n   ╭─[<entry 3>:1:12]\n 1 │ \
         pbx.queues.lst()\n   ·            ─────\n   ╰────\n  help: did you mean `list`?"
    );
    for entry in [
        ":help",
        ":help queues.update",
        ":help users",
        ":ops voicemail greeting",
        ":set",
        ":explain",
        ":vars",
        ":profiles",
    ] {
        let page = shown(&mut terminal, entry);
        for line in page.lines() {
            // A name stays whole, so that it can be copied: the terminal breaks what it has no room for.
            assert!(line.chars().count() <= 40 || !line.trim().contains(' '), "{entry}: {line:?}");
        }
        // Text goes on behind a blank, so that no line is broken in a word.
        assert!(!page.contains("comm\nand"), "{page}");
    }
    terminal.press(":clear\r");
    terminal.wait("an empty screen", |screen| screen.trim_end() == "sandbox>");
    terminal.press("pbx.parkings.get\t\t");
    terminal.see("get_by_number(Number, options)  read …");
    terminal.press(CTRL_C);
    terminal.at_prompt("sandbox>");
    terminal.press(":watch 1 pbx.queues.list(#{ top: 1, select: \"Number,Name\" })\r");
    terminal.see("every 1 s, 1: pbx.queues.list(#{ top: 1…");
    terminal.see(" 800    │ Sales queue");
    terminal.press(CTRL_C);
    terminal.at_prompt("sandbox>");
    terminal.leave();
}

#[test]
fn twenty_columns_are_survived() {
    let mut terminal = narrow(20);
    for entry in
        ["pbx.queues.list()", "pbx.parkings.get(32)", "pbx.usrs", ":help", ":help queues.update", ":set", ":explain"]
    {
        let page = shown(&mut terminal, entry);
        assert!(page.lines().count() > 2, "{entry}: {page}");
    }
    terminal.press("pbx.parkings.get\t\t");
    terminal.see("get(Id, options) …");
    terminal.press(CTRL_C);
    terminal.at_prompt("sandbox>");
    terminal.enter("20 + 3");
    terminal.see("\n23\n");
    terminal.leave();
}

#[test]
fn wide_terminals_have_wide_tables_and_readable_texts() {
    for cols in [250, 400] {
        let mut terminal = of_size(&["--sandbox"], &[], 60, cols);
        terminal.at_prompt("sandbox>");
        let table = shown(&mut terminal, "pbx.users.list(#{ top: 1 })");
        assert!(table.contains("OutboundCallerID"), "{table}");
        // What is long has the room that there is.
        let long = "x".repeat(140);
        let table = shown(&mut terminal, &format!("[#{{ Note: \"{long}\", End: 1 }}]"));
        assert!(table.contains(&format!("1 │ {long}\n")), "{table}");
        for entry in [":help", ":help users.update", ":help List", ":explain syntax", ":help std/ensure"] {
            let page = shown(&mut terminal, entry);
            for line in page.lines().skip(1).filter(|line| !line.starts_with("  ")) {
                assert!(line.chars().count() <= 100, "{entry}: {line:?}");
            }
        }
        terminal.leave();
    }
}

#[test]
fn a_window_that_changes_its_size() {
    let mut terminal = of_size(&["--sandbox"], &[], 30, 100);
    terminal.at_prompt("sandbox>");
    let entry = "pbx.users.list(#{ top: 1, select: \"Number,DisplayName,EmailAddress,Mobile\" })";
    terminal.press(entry);
    terminal.see(entry);
    // While a line is typed: it is drawn anew for the new width, and what is typed then goes on with it.
    terminal.resize(30, 60);
    // The screen had cut it off; what goes on in the next row is one line to it.
    terminal.see(entry);
    terminal.press("\r");
    terminal.wait("a narrow table", |screen| screen.contains(" Number │ DisplayName    │ EmailAddress\n"));
    terminal.see("1 row; 1 more column, :full shows all");
    terminal.at_prompt("sandbox>");
    // Between two entries.
    terminal.resize(30, 120);
    terminal.press(":clear\r");
    terminal.wait("an empty screen", |screen| screen.trim_end() == "sandbox>");
    terminal.press("\x1b[A\x1b[A\r");
    terminal.see("│ Mobile\n");
    terminal.see("\n1 row\n");
    // A word in the middle of what was typed before.
    terminal.press("let number = 12345;");
    terminal.see("let number = 12345;");
    terminal.resize(30, 30);
    terminal.resize(30, 80);
    terminal.press("\x1b[D\x1b[D6\r");
    terminal.wait("the line as it was typed", |screen| screen.contains("let number = 123465;"));
    terminal.press("number\r");
    terminal.see("\n123465\n");
    terminal.leave();
}

/// What a PBX can hold, and nobody wants to have acted on.
const NAMES: [&str; 8] = [
    "\\u001b[31mred\\u001b]0;title\\u0007",
    "two\\nlines\\r\\u009b2J",
    "日本語の名前",
    "e\\u0301tude\\u0323",
    "👩\\u200d👩\\u200d👧 family",
    "שלום עולם",
    "مرحبا\\u202etxt.exe",
    "\\u2028next\\tline",
];

fn nasty() -> Server {
    Server::pbx(|request| {
        let row =
            |(at, name): (usize, &&str)| format!("{{\"Id\":{at},\"Number\":\"{name}\",\"FirstName\":\"{name}\"}}");
        let rows: Vec<String> = NAMES.iter().enumerate().map(row).collect();
        match request.target.contains("/Users(") {
            true if request.method == "GET" => Response::json(200, rows[1].clone()),
            true => {
                Response::json(400, format!("{{\"error\":{{\"code\":\"\",\"message\":\"no {} here\"}}}}", NAMES[0]))
            }
            false => Response::json(200, format!("{{\"value\":[{}],\"@odata.count\":{}}}", rows.join(","), rows.len())),
        }
    })
}

const SHOWN: &str = " Number                           │ FirstName
──────────────────────────────────┼──────────────────────────────────
 \\u{1b}[31mred\\u{1b}]0;title\\u{7} │ \\u{1b}[31mred\\u{1b}]0;title\\u{7}
 two\\nlines\\r\\u{9b}2J             │ two\\nlines\\r\\u{9b}2J
 日本語の名前                     │ 日本語の名前
 e\u{301}tude\u{323}                            │ e\u{301}tude\u{323}
 👩\u{200d}👩\u{200d}👧 family                        │ 👩\u{200d}👩\u{200d}👧 family
 שלום עולם                        │ שלום עולם
 مرحبا\\u{202e}txt.exe             │ مرحبا\\u{202e}txt.exe
 \\u{2028}next\\tline               │ \\u{2028}next\\tline
8 rows
";

#[test]
fn nothing_from_a_pbx_acts_on_the_terminal() {
    let server = nasty();
    let run = |arguments: &[&str]| {
        let run = pbxsh(arguments.iter().copied()).variable("XAPI_URL", &server.url).variable("LANG", "C.UTF-8");
        run.variable("XAPI_CLIENT_ID", "a").variable("XAPI_CLIENT_SECRET", "b").run()
    };
    let table = "pbx.users.list(#{ select: \"Number,FirstName\" })";
    same(&run(&["-e", table]).out, SHOWN);
    for arguments in [
        &["-e", table][..],
        &["--plain", "-e", table],
        &["--format", "record", "-e", table],
        &["--format", "json", "-e", table],
        &["--format", "csv", "-e", table],
        &["-e", "pbx.users.get(1)"],
        &["--plain", "-e", "pbx.users.get(1)"],
        &["-e", "pbx.users.get(1).FirstName"],
        &["-e", "[pbx.users.get(1).FirstName, 1]"],
        &["-e", "pbx.users.update(1, #{ FirstName: \"x\" })"],
        &["--error-format", "plain", "-e", "pbx.users.update(1, #{ FirstName: \"x\" })"],
        &["--error-format", "short", "-e", "throw pbx.users.get(1).FirstName"],
        &["-e", "throw pbx.users.get(1).FirstName"],
        &["-e", "let x = \"\u{1b}[31m\u{9b}2J\"; x.nothing()"],
        &["call", "users.list"],
    ] {
        let ended = run(arguments);
        let all = format!("{}{}", ended.out, ended.err);
        assert!(all.len() > 10, "{arguments:?}");
        let acts = all.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
        assert_eq!(acts, None, "{arguments:?}: {all:?}");
    }
    // At the prompt: a table, a page that is watched, and what Tab offers of the rows that were seen.
    let settings =
        [("XAPI_URL", server.url.as_str()), ("XAPI_CLIENT_ID", "a"), ("XAPI_CLIENT_SECRET", "b"), ("NO_COLOR", "")];
    let mut terminal = of_size(&["--color", "never"], &settings, 50, 100);
    terminal.see("LIVE>");
    terminal.press(&format!("{table}\r"));
    terminal.see("8 rows");
    terminal.press("pbx.users.get_by_number(\"\t\t");
    terminal.see("日本語の名前");
    terminal.wait("what can be typed", |screen| {
        let offered = screen.rsplit("8 rows").next().unwrap_or_default();
        offered.contains("étude") || offered.contains("e\u{301}tude\u{323}")
    });
    let screen = terminal.screen();
    let offered = screen.rsplit("8 rows").next().unwrap_or_default();
    for acting in ["red", "lines", "txt.exe", "next"] {
        assert!(!offered.contains(acting), "{acting}: {offered}");
    }
    terminal.press(CTRL_C);
    terminal.wait("a prompt", |screen| screen.trim_end().ends_with("LIVE>"));
    terminal.press(&format!(":watch 1 {table}\r"));
    terminal.see("every 1 s, 1:");
    terminal.see("8 rows");
    terminal.press(CTRL_C);
    terminal.see("watched");
    // What a script prints keeps its colours, and no more.
    terminal.press("print(pbx.users.get(1).FirstName); print(\"\\x1b[2Jcleared\"); log(pbx.users.get(1).FirstName)\r");
    terminal.see("\\u{1b}[2Jcleared");
    terminal.wait("its lines", |screen| screen.matches("\nlines\\r\\u{9b}2J").count() == 2);
    let written = terminal.written();
    for acting in ["\x1b[31m", "\x1b]0;", "\u{9b}", "\u{202e}"] {
        assert!(!written.contains(acting), "{acting:?}: {written:?}");
    }
    terminal.leave();
}

#[test]
fn the_keys_of_emacs_and_of_vi() {
    let mut terminal = of_size(&["--sandbox"], &[], 40, 100);
    terminal.at_prompt("sandbox>");
    terminal.enter("111 + 1");
    terminal.enter("222 + 2");
    // Ctrl-W takes a word away, Ctrl-A goes to the begin, Alt-D takes the next word, Ctrl-Y brings the last one back.
    terminal.press("1000 + two words\x17\x17\x01\x1bd\x05\x19\x1b[D\x1b[D");
    terminal.wait("an edited line", |screen| screen.trim_end().ends_with("sandbox>  + 1000"));
    terminal.press(CTRL_C);
    terminal.wait("a prompt", |screen| screen.trim_end().ends_with("\nsandbox>"));
    // Ctrl-R finds an earlier entry by a part of it.
    terminal.press("\x12111");
    terminal.see("(reverse-i-search)`111': 111 + 1");
    terminal.press("\r");
    terminal.wait("its value once more", |screen| screen.matches("\n112").count() == 2);
    terminal.enter(":set keys vi");
    terminal.see("keys is vi");
    // Escape and `dd` empty the line, `A` goes on behind it, `b` back to a word, `cw` changes it, `k` brings the last entry.
    terminal.press("wrong\x1bddi40 + 2\x1b0A0\x1bbcw3");
    terminal.wait("an edited line", |screen| screen.trim_end().ends_with("sandbox> 40 + 3"));
    terminal.press("\r");
    terminal.see("\n43\n");
    terminal.press("\x1bkA + 100");
    terminal.wait("the last entry", |screen| screen.trim_end().ends_with("sandbox> 40 + 3 + 100"));
    terminal.press("\r");
    terminal.see("\n143\n");
    terminal.enter(":set keys emacs");
    terminal.leave();
    // For good.
    let mut terminal = of_size(&["--sandbox"], &[("PBXSH_KEYS", "vi")], 40, 100);
    terminal.at_prompt("sandbox>");
    terminal.press("wrong\x1bddi6 * 7\r");
    terminal.see("\n42\n");
    terminal.leave();
    let report = pbxsh(["-e", "1"]).variable("PBXSH_KEYS", "wordstar").fails(2);
    assert!(report.contains("`PBXSH_KEYS` is \"wordstar\" and must be one of emacs, vi, lines"), "{report}");
}

#[test]
fn what_is_piped_in_is_a_script() {
    let out = |input: &str| pbxsh(["--sandbox"]).input(input).out();
    assert_eq!(out("print(1);\nprint(2);\n"), "1\n2\n");
    assert_eq!(out("print(1);\nprint(2);"), "1\n2\n");
    assert_eq!(out("print(1);\r\nif true {\r\n  print(2); // two\r\n}\r\n"), "1\n2\n");
    assert_eq!(out("\u{feff}print(1);\r\nprint(2);"), "1\n2\n");
    assert_eq!(out(""), "");
    assert_eq!(out("#!/usr/bin/env pbxsh\nprint(1)"), "1\n");
    // It ends at the first error, with its line.
    let ended = pbxsh(["--sandbox"]).input("print(1);\r\npbx.users.get(-1);\r\nprint(2);").run();
    assert_eq!((ended.out.as_str(), ended.code), ("1\n", 7), "{}", ended.err);
    assert!(ended.err.contains("<stdin>:2:") && !ended.err.contains('\r'), "{}", ended.err);
    assert!(!ended.err.contains("sandbox>") && !ended.err.contains('\x1b'), "{}", ended.err);
    let plain = pbxsh(["--sandbox", "--plain"]).input("table(pbx.parkings.list(#{ top: 1 }))").out();
    assert_eq!(plain, "Id: 32, Number: SP1\n1 row; 1 more column\n");
    // As a file, too.
    let run = pbxsh(["run", "--sandbox", "a.rhai"]).file("a.rhai", "\u{feff}print(\"a\");\r\nprint(`b`)");
    assert_eq!(run.out(), "a\nb\n");
}

/// The first line of what a command prints to a reader that goes away then, its exit code, and what it says about that.
fn first_line(arguments: &[&str], input: &str) -> (String, i32, String) {
    let home = TempDir::new().expect("a home");
    let mut command = Command::new(env!("CARGO_BIN_EXE_pbxsh"));
    command.args(arguments).env_clear().env("HOME", home.path()).env("PBXSH_NOW", NOW).current_dir(home.path());
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("pbxsh starts");
    child.stdin.take().expect("an input").write_all(input.as_bytes()).expect("pbxsh reads");
    let mut line = String::new();
    let mut out = BufReader::with_capacity(16, child.stdout.take().expect("an output"));
    out.read_line(&mut line).expect("a line");
    drop(out);
    let ended = child.wait_with_output().expect("pbxsh ends");
    (line, ended.status.code().unwrap_or(-1), String::from_utf8_lossy(&ended.stderr).into_owned())
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    for (arguments, input, line) in [
        (&["--sandbox"][..], "for i in 0..100000 { print(i) }", "0\n"),
        (&["--sandbox", "-e", "for i in 0..100000 { print(i) }"], "", "0\n"),
        (&["--plain", "--sandbox", "-e", "pbx.users.list(#{ select: \"Number\" })"], "", "Number: 100\n"),
        (&["help", "users.update"], "", "pbx.users.update(Id, User)\n"),
        (&["--help"], "", "The scriptable shell for 3CX phone systems.\n"),
        (&["explain"], "", "syntax                the text is no script\n"),
    ] {
        let (first, code, err) = first_line(arguments, input);
        assert_eq!((first.as_str(), code, err.as_str()), (line, 0, ""), "{arguments:?}");
    }
}

#[test]
fn every_command_can_be_listened_to() {
    for (arguments, expected) in [
        (
            &["--sandbox", "-e", "pbx.queues.list()"][..],
            "Id: 24, Number: 800, Name: Sales queue, PollingStrategy: RingAll, RingTimeout: 20, MaxCallersInQueue: 20, ForwardNoAnswer: \
             VoiceMail 101, IsRegistered: true, PriorityQueue: false\n\
             Id: 25, Number: 801, Name: Support queue, PollingStrategy: LongestWaiting, RingTimeout: 25, MaxCallersInQueue: 20, \
             ForwardNoAnswer: Extension 105, IsRegistered: true, PriorityQueue: false\n\
             Id: 26, Number: 802, Name: Chat queue, PollingStrategy: NextAgent, RingTimeout: 20, MaxCallersInQueue: 20, \
             ForwardNoAnswer: Queue 801, IsRegistered: true, PriorityQueue: false\n\
             3 rows; 31 more columns, --format record shows all\n",
        ),
        (
            &["call", "--sandbox", "parkings.list", "--top", "1"],
            "Id: 32, Number: SP1\n1 row; 1 more column, --format record shows all\n",
        ),
        (
            &["--sandbox", "--format", "csv", "-e", "pbx.parkings.list(#{ top: 1 })"],
            "Id,Number,TranscriptionMode\n32,SP1,Inherit\n",
        ),
        (
            &["--sandbox", "--format", "json", "-e", "pbx.parkings.list(#{ top: 1, select: \"Id\" })"],
            "[\n  {\n    \"Id\": 32\n  }\n]\n",
        ),
        (&["ops", "shared", "parking"], "parkings.create: Number as 'SP100'; shared parking places begin with SP\n"),
        (
            &["help", "parkings.get_by_number"],
            "pbx.parkings.get_by_number(Number, options)\na parking place by its number, as 'SP100'\n\neffect: read\nreleases: all\n\
             gives: Parking\nrequest: GET /Parkings(Number={Number})\n\nParameters\nNumber: string, the key; an object that has it may \
             stand here\n\nOptions, a map at the end\n  select, expand\n\nExample\n  pbx.parkings.get_by_number(\"SP2\")\n\n\
             Its form differs between releases:\nuntil 20.0.7: parkings.get_by_number(number)\nsince 20.0.8: \
             parkings.get_by_number(Number, options)\n\n\
             See also parkings.list, parkings.get, parkings.create, parkings.update, parkings.delete, parkings.list_groups\n",
        ),
    ] {
        let flags = match arguments[0] {
            "call" => vec!["call", "--plain"],
            first => vec!["--plain", first],
        };
        let all: Vec<&str> = flags.into_iter().chain(arguments[1..].iter().copied()).collect();
        // However the terminal looks, words are words.
        let run = pbxsh(all.iter().copied()).variable("LANG", "C.UTF-8").run();
        assert_eq!((run.out.as_str(), run.err.as_str(), run.code), (expected, "", 0), "{all:?}");
    }
    // Behind the arguments of a script it belongs to the script.
    let script = "print(args)";
    let run = pbxsh(["run", "--sandbox", "a.rhai", "x", "--plain"])
        .file("a.rhai", &format!("{script}; table(pbx.parkings.list(#{{ top: 1 }}))"));
    let out = run.out();
    assert!(out.starts_with("[\"x\", \"--plain\"]\n") && out.contains(" Id | Number"), "{out}");
    let run = pbxsh(["call", "parkings.list", "--sandbox", "--top", "1", "--color", "never", "--plain"]);
    assert!(run.out().starts_with("Id: 32, Number: SP1\n"));
    let help = pbxsh(["call", "parkings.get", "--help", "--plain"]).out();
    assert!(
        help.contains("\neffect: read\n")
            && help.contains("      --select <VALUE>\n          These properties, separated by commas"),
        "{help}"
    );
    let help = pbxsh(["--plain", "ops", "--help"]).out();
    assert!(help.contains("\n      --plain\n          For screen readers"), "{help}");
    let report = pbxsh(["--plain", "--sandbox", "-e", "pbx.usrs"]).fails(3);
    assert!(report.starts_with("error: `pbx` has no resource `usrs`\ncode: unknown-resource\n"), "{report}");
    let fancy = pbxsh(["--plain", "--error-format", "fancy", "--sandbox", "-e", "pbx.usrs"]).fails(3);
    assert!(fancy.contains("  x `pbx` has no resource `usrs`"), "{fancy}");
}

#[test]
fn questions_and_long_work_are_not_drawn_for_those_who_listen() {
    let mut terminal = of_size(&["--sandbox", "--plain"], &[], 60, 100);
    terminal.at_prompt("sandbox>");
    terminal.press("prompt(\"name\")\r");
    terminal.see("name: ");
    terminal.press("Ada\r");
    terminal.see("\nname: Ada\nAda\n");
    terminal.press("let pin = secret(\"PIN\"); pin.len()\r");
    terminal.see("PIN: ");
    terminal.press("canary-of-a-secret\r");
    terminal.see("\nPIN: \n18\n");
    terminal.press("secret(\"again\")\r");
    terminal.see("again: ");
    terminal.press(CTRL_C);
    terminal.see("\nagain: \ninterrupted\n");
    // What is typed is shown again.
    terminal.press("40 + 2\r");
    terminal.see("sandbox> 40 + 2\n42\n");
    terminal.press("for n in progress([1, 2, 3], \"steps\") { sleep(0.2); } progress(\"nearly\"); 7 * 7\r");
    terminal.see("\n49\n");
    let written = terminal.written();
    assert!(!written.contains('\x1b') && !written.contains("steps [") && !written.contains("canary"), "{written:?}");
    terminal.press(CTRL_D);
    terminal.ends(0);
    // Somebody wants the line editor all the same.
    let mut terminal = of_size(&["--sandbox", "--plain"], &[("PBXSH_KEYS", "emacs"), ("NO_COLOR", "")], 40, 100);
    terminal.at_prompt("sandbox>");
    terminal.press("pbx.parkings.get\t\t");
    terminal.wait("lines", |screen| {
        let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
        lines.contains(&"get(Id, options): read")
            && lines.contains(&"get_by_number(Number, options): read, a parking place by its number, as 'SP100'")
    });
    terminal.press(CTRL_C);
    terminal.wait("a prompt", |screen| screen.trim_end().ends_with("\nsandbox>"));
    terminal.press("pbx.users.update(");
    terminal.at_prompt("sandbox> pbx.users.update(");
    assert!(!formatted(&terminal).contains("\x1b[38"), "{:?}", formatted(&terminal));
    terminal.press(CTRL_C);
    terminal.wait("a prompt", |screen| screen.trim_end().ends_with("\nsandbox>"));
    terminal.leave();
    // Time runs out while nobody answers.
    let terminal = of_size(&["--sandbox", "--plain", "--timeout", "1", "-e", "prompt(\"name\")"], &[], 30, 100);
    terminal.see("name: \nerror: the time of this run is up\n");
    terminal.ends(10);
}
