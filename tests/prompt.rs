//! The prompt as a person has it: in a terminal, by what stands on the screen.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;

use crate::common::server::{Request, Response, Server};
use crate::common::{NOW, pbxsh, watch};

/// `pbxsh` in a terminal of 100 × 30.
pub struct Terminal {
    screen: Arc<Mutex<vt100::Parser>>,
    /// All that the program has written so far.
    bytes: Arc<Mutex<Vec<u8>>>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    pty: Box<dyn MasterPty + Send>,
    home: TempDir,
}

pub const CTRL_C: &str = "\x03";
pub const CTRL_D: &str = "\x04";
const UP: &str = "\x1b[A";

impl Terminal {
    pub fn open(arguments: &[&str], environment: &[(&str, &str)]) -> Terminal {
        Terminal::in_home(arguments, environment, TempDir::new().expect("a home"))
    }

    pub fn in_home(arguments: &[&str], environment: &[(&str, &str)], home: TempDir) -> Terminal {
        Terminal::of_size(arguments, environment, home, (30, 100))
    }

    /// One with so many lines.
    pub fn sized(arguments: &[&str], rows: u16) -> Terminal {
        Terminal::of_size(arguments, &[], TempDir::new().expect("a home"), (rows, 100))
    }

    pub fn of_size(
        arguments: &[&str],
        environment: &[(&str, &str)],
        home: TempDir,
        (rows, cols): (u16, u16),
    ) -> Terminal {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_pbxsh"));
        command.args(arguments);
        Terminal::of(command, environment, home, (rows, cols))
    }

    /// Whatever runs in it.
    pub fn of(
        mut command: CommandBuilder,
        environment: &[(&str, &str)],
        home: TempDir,
        (rows, cols): (u16, u16),
    ) -> Terminal {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        command.env_clear();
        command.cwd(home.path());
        for (name, value) in
            [("TERM", "xterm"), ("PBXSH_NOW", NOW), ("NO_COLOR", "1"), ("LANG", "C.UTF-8")].iter().chain(environment)
        {
            command.env(name, value);
        }
        command.env("HOME", home.path());
        let child = pair.slave.spawn_command(command).expect("pbxsh starts");
        let screen = Arc::new(Mutex::new(vt100::Parser::new(rows, cols, 0)));
        let mut output = pair.master.try_clone_reader().expect("the terminal's output");
        let bytes: Arc<Mutex<Vec<u8>>> = Arc::default();
        let (shown, written) = (screen.clone(), bytes.clone());
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                written.lock().expect("the bytes").extend(&bytes[..count]);
                shown.lock().expect("the screen").process(&bytes[..count]);
            }
        });
        let keys = pair.master.take_writer().expect("the keyboard");
        Terminal { screen, bytes, keys, child, pty: pair.master, home }
    }

    pub fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    pub fn screen(&self) -> String {
        self.screen.lock().expect("the screen").screen().contents()
    }

    pub fn written(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().expect("the bytes")).into_owned()
    }

    /// The screen with the cursor as `▮` where it stands.
    pub fn with_cursor(&self) -> String {
        let parser = self.screen.lock().expect("the screen");
        let (row, column) = parser.screen().cursor_position();
        let (_, columns) = parser.screen().size();
        let mut rows: Vec<String> = parser.screen().rows(0, columns).map(|row| row.trim_end().to_owned()).collect();
        let line = &mut rows[usize::from(row)];
        let mut before = parser.screen().contents_between(row, 0, row, column);
        before.push_str(&" ".repeat(usize::from(column).saturating_sub(before.chars().count())));
        let behind: String = line.chars().skip(before.chars().count()).collect();
        *line = format!("{before}▮{behind}");
        rows.join("\n").trim_end().to_owned()
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.process_id().expect("a process")
    }

    /// Sends a signal to the program: `-TERM`.
    #[cfg(unix)]
    pub fn signal(&self, signal: &str) {
        let sent = std::process::Command::new("kill").args([signal, &self.id().to_string()]).status();
        assert!(sent.expect("`kill`").success());
    }

    /// Somebody drags the corner of the window.
    pub fn resize(&self, rows: u16, cols: u16) {
        self.screen.lock().expect("the screen").screen_mut().set_size(rows, cols);
        self.pty.resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).expect("a size");
    }

    pub fn press(&mut self, keys: &str) {
        self.press_bytes(keys.as_bytes());
    }

    pub fn press_bytes(&mut self, keys: &[u8]) {
        self.keys.write_all(keys).expect("the keyboard");
        self.keys.flush().expect("the keyboard");
    }

    /// Waits until the screen holds what is expected.
    #[track_caller]
    pub fn see(&self, expected: &str) {
        self.wait(expected, |screen| screen.contains(expected));
    }

    /// Waits until the cursor stands behind this text at the end of the screen.
    #[track_caller]
    pub fn at_prompt(&self, prompt: &str) {
        self.wait(prompt, |screen| {
            screen.trim_end().lines().last().is_some_and(|line| line.trim_end() == prompt.trim_end())
        });
    }

    #[track_caller]
    pub fn wait(&self, expected: &str, fits: impl Fn(&str) -> bool) {
        let start = Instant::now();
        while !fits(&self.screen()) {
            assert!(start.elapsed() < Duration::from_secs(10), "no {expected:?} on\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// A line, and Enter once it stands there: before that the last prompt could be taken for the next one.
    #[track_caller]
    pub fn line(&mut self, text: &str) {
        self.press(text);
        self.wait(text, |screen| screen.trim_end().lines().last().is_some_and(|line| line.contains(text.trim())));
        self.press("\r");
    }

    /// An entry, up to the next prompt.
    #[track_caller]
    pub fn enter(&mut self, entry: &str) {
        self.line(entry);
        self.at_prompt("sandbox>");
    }

    /// Leaves, from an empty line.
    #[track_caller]
    pub fn leave(mut self) -> TempDir {
        self.press(CTRL_D);
        self.ends(0)
    }

    #[track_caller]
    pub fn ends(mut self, code: u32) -> TempDir {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("pbxsh can be asked") {
                break status;
            }
            assert!(start.elapsed() < Duration::from_secs(10), "still there:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        };
        assert_eq!(status.exit_code(), code, "{}", self.screen());
        // What somebody types stands there; what the program says does not repeat what is secret.
        watch::watch("the screen", &self.screen(), &BTreeSet::new());
        watch::watch_logs(self.home.path(), BTreeSet::new());
        std::mem::replace(&mut self.home, TempDir::new().expect("a folder"))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn sandbox() -> Terminal {
    let terminal = Terminal::open(&["--sandbox"], &[]);
    terminal.at_prompt("sandbox>");
    terminal
}

#[test]
fn variables_functions_and_imports_stay() {
    let mut terminal = sandbox();
    terminal.enter("let n = 40;");
    terminal.enter("fn twice(x) { x * 2 }");
    terminal.enter("import \"std/args\" as cli;");
    terminal.enter("twice(n) + 4");
    terminal.see("\n84\n");
    terminal.enter("cli::option(\"none\", \"fallback\")");
    terminal.see("\nfallback\n");
    terminal.enter("ans + \"!\"");
    terminal.see("\nfallback!\n");
    terminal.leave();
}

#[test]
fn results_are_tables_and_records() {
    let mut terminal = sandbox();
    terminal.enter("pbx.users.list(#{ top: 2, select: \"Number,FirstName\" })");
    terminal.see("100    │ Ada");
    terminal.enter("Group(#{ Name: \"Sales\", Language: \"EN\" })");
    terminal.see("Language  EN");
    terminal.enter("pbx.users.lst()");
    terminal.see("did you mean `list`?");
    terminal.line(":quit");
    terminal.ends(0);
}

#[test]
fn long_lists_come_twenty_at_a_time() {
    let mut terminal = sandbox();
    terminal.enter("pbx.contacts.list(#{ select: \"Id\" })");
    terminal.see("20 of 30 rows");
    terminal.press("\r");
    terminal.see("\n30 rows");
    terminal.at_prompt("sandbox>");
    terminal.line(":quit");
    terminal.ends(0);
}

#[test]
fn several_lines_are_one_entry() {
    let mut terminal = sandbox();
    terminal.enter("let total = 0;");
    terminal.line("for i in 0..3 {");
    terminal.line("    total += i;");
    terminal.enter("}");
    terminal.enter("total + 100");
    terminal.see("\n103\n");
    // The whole loop comes back as one.
    terminal.press(UP);
    terminal.at_prompt("sandbox> total + 100");
    terminal.press(UP);
    terminal.at_prompt("}");
    terminal.press("\r");
    terminal.at_prompt("sandbox>");
    terminal.enter("total + 200");
    terminal.see("\n206\n");
    terminal.leave();
}

#[test]
fn ctrl_c_costs_the_line_or_the_run_and_nothing_else() {
    let mut terminal = sandbox();
    terminal.enter("let kept = 7;");
    terminal.press("something half typed");
    terminal.at_prompt("sandbox> something half typed");
    terminal.press(CTRL_C);
    terminal.at_prompt("sandbox>");
    terminal.line("print(\"begun\"); loop {}");
    terminal.see("\nbegun");
    terminal.press(CTRL_C);
    terminal.see("interrupted");
    terminal.at_prompt("sandbox>");
    terminal.enter("kept + 1");
    terminal.see("\n8\n");
    terminal.leave();
}

#[test]
fn tab_completes_resources_and_operations() {
    let mut terminal = sandbox();
    terminal.press("pbx.ring\t");
    terminal.see("pbx.ring_groups");
    terminal.press(".get_by\t");
    terminal.see("pbx.ring_groups.get_by_number");
    terminal.press(CTRL_C);
    terminal.at_prompt("sandbox>");
    terminal.press("pbx.parkings.");
    terminal.see("pbx.parkings.");
    terminal.press("\t");
    terminal.see("list_groups");
    terminal.press(CTRL_C);
    terminal.at_prompt("sandbox>");
    terminal.leave();
}

#[test]
fn help_explains_operations_and_types() {
    let mut terminal = sandbox();
    terminal.enter(":help users.get_by_number");
    terminal.see("users.get_by_number(Number");
    terminal.enter(":help PeerType");
    terminal.see("Extension");
    terminal.enter(":help std/find");
    terminal.see("find::one(resource, which)");
    terminal.enter(":hlp");
    terminal.see(":help");
    terminal.leave();
}

#[test]
fn history_outlives_the_prompt_but_not_secrets() {
    let mut terminal = sandbox();
    terminal.enter("1 + 41");
    terminal.enter(" 2 + 40");
    terminal.enter("let client_secret = \"hunter2\";");
    terminal.see("note: not kept in the history, because `client_secret` looks like a secret");
    terminal.enter(":clear");
    // By its name, by what asks for one, by its looks, and because the session knows it.
    terminal.enter("pbx.users.update(7, #{ VMPIN: \"482917\" });");
    terminal.enter("let u = pbx.users.get_by_number(\"100\");");
    terminal.enter("let kept = u.AuthPassword; ()");
    terminal.line("secret(\"PIN\")");
    terminal.at_prompt("PIN:");
    terminal.press("canary-of-a-secret\r");
    terminal.at_prompt("sandbox>");
    terminal.enter("let a = \"canary-of-a-secret\";");
    terminal.enter("let b = \"https://me:hunter2@pbx\"; 7");
    terminal.enter("let pw = \"hunter2\"; 8");
    // Once is enough.
    assert!(!terminal.screen().contains("note: not kept"), "{}", terminal.screen());
    terminal.enter("2 + 2");
    let home = terminal.leave();
    let files = walk(home.path());
    let all: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap_or_default()).collect();
    assert!(all.contains("1 + 41") && all.contains("2 + 2") && all.contains("let kept"), "{files:?}");
    for secret in ["2 + 40", "hunter2", "482917", "canary", "PIN"] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
    #[cfg(unix)]
    for file in files.iter().filter(|file| file.ends_with("history")) {
        use std::os::unix::fs::PermissionsExt;
        let mode = |file| std::fs::metadata(file).expect("the history").permissions().mode() & 0o777;
        assert_eq!(mode(file), 0o600);
        // Somebody copied it.
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).expect("a mode");
    }
    let mut terminal = Terminal::in_home(&["--sandbox"], &[], home);
    terminal.at_prompt("sandbox>");
    terminal.press(UP);
    terminal.at_prompt("sandbox> 2 + 2");
    terminal.press(CTRL_C);
    terminal.at_prompt("sandbox>");
    let home = terminal.leave();
    #[cfg(unix)]
    for file in walk(home.path()).iter().filter(|file| file.ends_with("history")) {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(file).expect("the history").permissions().mode() & 0o777, 0o600);
    }
    // What is no text is left alone, and nothing is lost without a word.
    for file in walk(home.path()).iter().filter(|file| file.ends_with("history")) {
        std::fs::write(file, b"\xff\xfe").expect("a file");
    }
    let terminal = Terminal::in_home(&["--sandbox"], &[], home);
    terminal.see("note: entries are not kept: ");
    terminal.see("damaged");
    terminal.at_prompt("sandbox>");
    terminal.leave();
}

#[test]
fn secrets_are_hidden_in_what_the_prompt_shows() {
    let mut terminal = sandbox();
    terminal.enter("pbx.users.list(#{ top: 2, select: \"Number,AuthPassword\" })");
    terminal.see("*** is a secret: `….AuthPassword` shows it, the format json shows all");
    terminal.enter("let password = pbx.users.get_by_number(\"100\").AuthPassword;");
    terminal.enter(":vars");
    terminal.see("password  ***");
    terminal.enter("let pins = [#{ VMPIN: \"4711\" }]; pins");
    terminal.see(" ***");
    terminal.leave();
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn the_prompt_says_where_it_works() {
    let live = [("XAPI_URL", "https://pbx.example.com"), ("XAPI_CLIENT_ID", "a"), ("XAPI_CLIENT_SECRET", "b")];
    let terminal = Terminal::open(&[], &live);
    terminal.see("pbx.example.com LIVE>");
    terminal.leave();
    let terminal = Terminal::open(&["--sandbox", "--read-only"], &[]);
    terminal.see("read-only>");
    terminal.leave();
    // Without settings it is the sandbox, and says so.
    let terminal = Terminal::open(&[], &[]);
    terminal.at_prompt("sandbox>");
    terminal.leave();
    // Some of the settings are a mistake, not a wish for the sandbox.
    let report = pbxsh([]).variable("XAPI_URL", "https://pbx.example.com").input("pbx.version").fails(4);
    assert!(report.contains("`XAPI_CLIENT_ID` and `XAPI_CLIENT_SECRET` are missing"), "{report}");
    assert_eq!(pbxsh(["--sandbox"]).input("print(pbx.release)").out(), "20.0.10\n");
}

/// The text of the screen with its colours as SGR codes.
pub fn formatted(terminal: &Terminal) -> String {
    let bytes = terminal.screen.lock().expect("the screen").screen().contents_formatted();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn entries_are_coloured_by_what_is_known() {
    let mut terminal = Terminal::open(&["--sandbox", "--color", "always"], &[("NO_COLOR", "")]);
    terminal.see("sandbox>");
    terminal.press("pbx.usrs.list(\"x\"");
    terminal.see("pbx.usrs.list(\"x\"");
    let shown = formatted(&terminal);
    // A blue, a red and a green that no theme changes.
    for wanted in ["\x1b[38;5;31mpbx", "\x1b[38;5;196musrs", "\x1b[38;5;64m\"x\""] {
        assert!(shown.contains(wanted), "{wanted:?} {shown:?}");
    }
    terminal.press(CTRL_C);
    terminal.at_prompt("sandbox>");
    terminal.press("pbx.users.update(");
    terminal.see("pbx.users.update(Id, User)");
    terminal.press(CTRL_C);
    terminal.at_prompt("sandbox>");
    terminal.press("let first = 1;\r");
    terminal.wait("another prompt", |screen| screen.matches("sandbox>").count() > 3);
    // What was entered before goes on behind the cursor, and the arrow takes it.
    terminal.press("let f");
    terminal.wait("the rest of an entry", |screen| screen.trim_end().ends_with("let first = 1;"));
    terminal.press("\x1b[C 400 + 7\r");
    terminal.see("\n407\n");
    terminal.at_prompt("sandbox>");
    terminal.leave();
    let mut plain = sandbox();
    plain.press("pbx.users.update(");
    plain.at_prompt("sandbox> pbx.users.update(");
    assert!(!formatted(&plain).contains("\x1b[3"), "{:?}", formatted(&plain));
    plain.press(CTRL_C);
    plain.at_prompt("sandbox>");
    plain.leave();
}

#[test]
fn what_is_pasted_is_one_entry() {
    let mut terminal = sandbox();
    terminal.press("\x1b[200~let a = 1;\nlet b = 2;\na + b + 100\x1b[201~");
    terminal.see("a + b + 100");
    terminal.press("\r");
    terminal.see("\n103\n");
    terminal.press(UP);
    terminal.at_prompt("a + b + 100");
    terminal.see("let a = 1;");
    terminal.press(CTRL_C);
    terminal.at_prompt("sandbox>");
    terminal.leave();
}

#[test]
fn a_page_costs_one_request_and_its_rows_are_keys() {
    let rows = |request: &Request| {
        let skip = request.target.split("skip=").nth(1).and_then(|rest| rest.split('&').next()?.parse().ok());
        let first: usize = skip.unwrap_or(0);
        let rows: Vec<String> =
            (first..first + 100).map(|id| format!("{{\"Id\":{id},\"Number\":\"{}\"}}", 100_000 + id)).collect();
        Response::json(200, format!("{{\"@odata.count\":1000000,\"value\":[{}]}}", rows.join(",")))
    };
    let server = Server::pbx(rows);
    let environment = [("XAPI_URL", server.url.as_str()), ("XAPI_CLIENT_ID", "a"), ("XAPI_CLIENT_SECRET", "b")];
    let mut terminal = Terminal::open(&[], &environment);
    terminal.see("LIVE>");
    let lists = || server.requests().iter().filter(|request| request.contains("/Users")).count();
    terminal.press("pbx.users.list()\r");
    terminal.see("Enter shows more");
    for shown in ["40 of", "60 of", "80 of", "100 of"] {
        terminal.press("\r");
        terminal.see(shown);
    }
    assert_eq!(lists(), 1, "{:?}", server.requests());
    terminal.press("\r");
    terminal.see("120 of");
    assert!(lists() <= 5, "{:?}", server.requests());
    // Tab asks nobody.
    let before = server.requests().len();
    terminal.press("pbx.users.get_by_number(\"10011\t");
    terminal.see("100118");
    assert_eq!(server.requests().len(), before);
}
