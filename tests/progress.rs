//! How far something is, as the person at the terminal sees it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::common::{NOW, pbxsh};
use crate::prompt::Terminal;
use crate::upload::{PLAYABLE, wav};

/// `pbxsh sandbox serve` with faults.
struct Slow {
    child: Child,
    url: String,
}

impl Slow {
    fn serve(faults: &[&str]) -> Slow {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pbxsh"));
        command.args(["sandbox", "serve", "--port", "0"]).env_clear().env("PBXSH_NOW", NOW);
        for fault in faults {
            command.args(["--fault", fault]);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("pbxsh starts");
        let lines = BufReader::new(child.stdout.take().expect("an output")).lines();
        let url = lines.map_while(Result::ok).find_map(|line| Some(line.strip_prefix("export XAPI_URL=")?.to_owned()));
        let url = url.expect("an address");
        Slow { child, url }
    }

    fn settings(&self) -> [(&str, &str); 3] {
        [("XAPI_URL", &self.url), ("XAPI_CLIENT_ID", "sandbox"), ("XAPI_CLIENT_SECRET", "sandbox-secret")]
    }

    fn run(&self, flags: &[&str], more: &[(&str, &str)], code: &str) -> Terminal {
        let home = TempDir::new().expect("a home");
        std::fs::write(home.path().join("a.wav"), wav(PLAYABLE)).expect("a file");
        let arguments: Vec<&str> = flags.iter().copied().chain(["-e", code]).collect();
        Terminal::in_home(&arguments, &[&self.settings(), more].concat(), home)
    }
}

impl Drop for Slow {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What stands on the screen at the end, once `seen` stood there before.
#[track_caller]
fn shows(terminal: Terminal, seen: &str) -> String {
    terminal.see(seen);
    terminal.see("saved");
    let screen = terminal.screen();
    terminal.ends(0);
    screen.trim_end().to_owned()
}

#[test]
fn a_download_shows_its_bytes_and_leaves_no_trace() {
    let slow = Slow::serve(&["drip=3s:/ChatHistoryView"]);
    let code = "pbx.chat_history_view.download_chat_history(\"UTC\").save(\"chats.csv\"); print(\"saved\")";
    let terminal = slow.run(&[], &[], code);
    terminal.see("chats.csv [####");
    terminal.see("B/s");
    assert_eq!(shows(terminal, "chats.csv ["), "saved");
}

#[test]
fn an_upload_shows_its_bytes() {
    let slow = Slow::serve(&["slow=2s:/customPrompts"]);
    let terminal = slow.run(&[], &[], "pbx.custom_prompts.upload(\"a.wav\"); print(\"saved\")");
    assert_eq!(shows(terminal, "a.wav [########################] 1.6 of 1.6 kB, "), "saved");
}

#[test]
fn a_list_that_is_saved_shows_its_rows() {
    let slow = Slow::serve(&["slow=700ms:/CallHistoryView"]);
    let code = "let n = pbx.call_history_view.list(#{ top: 400, ahead: 1 }).save(\"calls.csv\"); print(`saved ${n}`)";
    assert_eq!(shows(slow.run(&[], &[], code), "00/400"), "saved 400");
}

#[test]
fn what_a_script_prints_meanwhile_stands_on_lines_of_its_own() {
    let slow = Slow::serve(&["drip=3s:/ChatHistoryView"]);
    let code = "parallel([1, 2], 2, |n| {\n\
                    if n == 1 { pbx.chat_history_view.download_chat_history(\"UTC\").save(\"chats.csv\"); }\n\
                    else { for i in 0..8 { sleep(0.3); print(`line ${i}`); } }\n\
                });\nprint(\"saved\")";
    let screen = shows(slow.run(&[], &[], code), "chats.csv [");
    let lines: String = (0..8).map(|line| format!("line {line}\n")).collect();
    assert_eq!(screen, format!("{lines}saved"));
}

#[test]
fn nobody_is_shown_what_cannot_be_drawn() {
    let slow = Slow::serve(&["drip=1500ms:/ChatHistoryView"]);
    let code = "pbx.chat_history_view.download_chat_history(\"UTC\").save(\"chats.csv\"); print(\"saved\")";
    for (flags, more) in [(&["--trace"][..], &[][..]), (&[], &[("TERM", "dumb")])] {
        let terminal = slow.run(flags, more, code);
        let drawn = |screen: &str| screen.contains("chats.csv [");
        terminal.wait("saved", |screen| {
            assert!(!drawn(screen), "{screen}");
            screen.contains("saved")
        });
        terminal.ends(0);
    }
    let settings = slow.settings();
    let run = settings.iter().fold(pbxsh(["-e", code]), |run, (name, value)| run.variable(name, value)).run();
    assert_eq!((run.out.as_str(), run.err.as_str()), ("saved\n", ""));
}
