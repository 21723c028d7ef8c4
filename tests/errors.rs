//! Every code in a case of its own: what the program says, whole, in every form.
//!
//! A case is a file `tests/errors/CODE.txt`, or `CODE.more.txt`. Above the line of `=` stands what is done, below it what comes of it,
//! which `PBXSH_BLESS=1 cargo test` writes anew:
//!
//! - `entry`: the wrong example of `pbxsh explain CODE`; `eval`, `check`, `test`: the indented lines below as a script
//! - `run ARGUMENTS`: a command line; `file PATH`: the indented lines below as a file; `env NAME=VALUE`; `mode 644 PATH`
//! - `wav PATH`: a prompt that a PBX can play
//! - `wire KIND`: a PBX that does this; its address stands in `{url}`, and in the variables
//! - `interrupt`: Ctrl-C after the first line of output; `made`: cannot be provoked from outside, so the report is made here
//!
//! Escapes are written `\e`, ports `PORT`, and the folder of the run `HOME`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use pbxsh::bindings::{Account, Fault};
use pbxsh::catalog::effects::Effect;
use pbxsh::code::Code;
use pbxsh::diag::{self, ErrorFormat, Exit, Style, codes};
use pbxsh::guard::{By, Denied};
use pbxsh::kit;
use pbxsh::script::native::{Dynamic, Position};
use pbxsh::script::{Failure, Kind, Origin, Place, Raised, Source};
use serde_json::Value;

use crate::common::certificates::Certificate;
use crate::common::proxy::{Break, Spoilt, proxy};
use crate::common::server::{Response, Server};
use crate::common::{Pbxsh, files, pbxsh, project, same};
use crate::upload::{PLAYABLE, wav};

const LINE: &str = "====";

/// A directive with what stands behind it and the indented lines below it.
struct Step {
    word: String,
    rest: String,
    below: String,
}

fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let (Some(inside), Some(last)) = (line.strip_prefix("    "), steps.last_mut()) {
            let _ = writeln!(last.below, "{inside}");
        } else if !line.trim().is_empty() {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            steps.push(Step { word: word.to_owned(), rest: rest.to_owned(), below: String::new() });
        }
    }
    steps
}

/// `-e 'a b' c` → `-e`, `a b`, `c`
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// A PBX that does not do what it should; it lives as long as the value.
enum Wire {
    Nobody,
    Served(Server),
    Broken(String, #[allow(dead_code)] Server),
}

impl Wire {
    fn of(kind: &str) -> Wire {
        let says = |status, body: &'static str| Wire::Served(Server::pbx(move |_| Response::json(status, body)));
        match kind {
            "nobody" => Wire::Nobody,
            "web" => Wire::Served(Server::raw(|_| Response::html(200, "<html><h1>Welcome</h1></html>"))),
            "login" => Wire::Served(Server::raw(|_| Response::json(401, r#"{"error":"invalid_client"}"#))),
            "tls" => Wire::Served(Server::tls(&Certificate::of_its_own(), |_| Response::json(200, "{}"))),
            "nonsense" => says(200, "{\"value\":[{\"Id\":}]}"),
            "undescribed" => says(200, "{}"),
            "401" => says(401, ""),
            "403" => says(403, ""),
            "429" => says(429, ""),
            "500" => says(
                500,
                r#"{"error":{"code":"","message":"An error has occurred.","innererror":{"type":"System.FormatException"}}}"#,
            ),
            "409" => says(409, r#"{"error":{"code":"","message":"The object was changed by another user."}}"#),
            "complaints" => says(
                400,
                r#"{"error":{"code":"","message":"The request is invalid.","details":[{"code":"","target":"Number","message":"WARNINGS.XAPI.REQUIRED"},{"code":"","target":"FirstName","message":"too long"}]}}"#,
            ),
            "silent" => Wire::Served(Server::pbx(|_| {
                std::thread::sleep(std::time::Duration::from_secs(5));
                Response::json(200, "{}")
            })),
            "cut" => {
                let server = Server::pbx(|_| Response::json(200, r#"{"value":[{"Id":1},{"Id":2},{"Id":3}]}"#));
                let hits = |line: &str| line.contains("/Users");
                let line = proxy(&server.url, Break { spoilt: Spoilt::Closed, after: true, hits, times: 99 });
                Wire::Broken(line.url, server)
            }
            other => panic!("there is no wire `{other}`"),
        }
    }

    fn url(&self) -> &str {
        match self {
            Wire::Nobody => "http://127.0.0.1:1",
            Wire::Served(server) => &server.url,
            Wire::Broken(url, _) => url,
        }
    }
}

/// Does what the case says; how it ended and what it said.
fn play(code: Code, text: &str) -> (i32, String) {
    let steps = steps(text);
    let find = |word: &str| steps.iter().find(|step| step.word == word);
    if find("made").is_some() {
        let (report, exit) = diag::render(&made(code), &Account::default(), style());
        return (exit.code().into(), report);
    }
    let wire = find("wire").map(|step| Wire::of(&step.rest));
    let fill = |text: &str| text.replace("{url}", wire.as_ref().map_or("", Wire::url));
    let script =
        |step: &Step, file: &str, arguments: &[&str]| pbxsh(arguments.iter().copied()).file(file, &fill(&step.below));
    let mut run: Option<Pbxsh> = None;
    for step in &steps {
        run = match step.word.as_str() {
            "entry" => {
                let entry = codes::entries().find(|entry| entry.code == code).expect("an entry");
                let wrong = entry.wrong.expect("a wrong example");
                Some(pbxsh(["--sandbox", "-e", wrong.script().expect("an example that runs")]))
            }
            "eval" => Some(pbxsh(["--sandbox", "-e", step.below.trim_end()])),
            "check" => Some(script(step, "x.rhai", &["check", "--strict", "x.rhai"])),
            "test" => Some(script(step, "x_test.rhai", &["test", "--jobs", "1", "x_test.rhai"])),
            "run" => {
                let words: Vec<String> = words(&fill(&step.rest));
                Some(pbxsh(words.iter().map(String::as_str)))
            }
            _ => run,
        };
    }
    let mut run =
        run.unwrap_or_else(|| panic!("{}: nothing is done", code.name())).variable("PBXSH_ERROR_FORMAT", "every");
    if let Some(wire) = &wire {
        run = run.variable("XAPI_URL", wire.url()).variable("XAPI_CLIENT_ID", "shell");
        run = run.variable("XAPI_CLIENT_SECRET", "s3cret");
    }
    for step in &steps {
        run = match step.word.as_str() {
            "file" => run.file(&step.rest, &fill(&step.below)),
            "wav" => run.bytes(&step.rest, &wav(PLAYABLE)),
            "env" => {
                let filled = fill(&step.rest);
                let (name, value) = filled.split_once('=').expect("NAME=VALUE");
                run.variable(name, value)
            }
            "mode" => {
                let (mode, path) = step.rest.split_once(' ').expect("a mode and a path");
                set_mode(&run.path(path), mode);
                run
            }
            _ => run,
        };
    }
    let home = run.path("");
    let ended = if find("interrupt").is_some() { run.interrupted() } else { run.run() };
    (ended.code, sealed(&format!("{}{}", ended.out, ended.err), &home))
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: &str) {
    use std::os::unix::fs::PermissionsExt;
    let mode = u32::from_str_radix(mode, 8).expect("a mode");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a file of the case");
}

fn style() -> Style {
    Style { colour: false, unicode: false, width: 100, format: ErrorFormat::Every, plain: false }
}

fn placeless(fault: Fault) -> Failure {
    let origin = Origin { source: None, position: Position::NONE };
    let raised = Raised { wording: diag::fault(&fault), fact: Arc::new(fault), origin };
    Failure { kind: Kind::Thrown(Dynamic::from(raised)), place: None, frames: Vec::new() }
}

/// Reports about what needs a broken machine, a broken program, or a person.
fn made(code: Code) -> Failure {
    let text = "let people = [1, 2, 3];\nparallel(people, 500, |id| random::password(16));\n";
    let at = |what: &str| {
        let start = text.find(what).expect("a part of the script");
        Some(Place::new(Source::new("job.rhai", text), start..start + what.len()))
    };
    let thrown = |fault: kit::Fault, what: &str| {
        let origin = Origin { source: None, position: Position::NONE };
        let raised = Raised { wording: diag::kit_fault(&fault), fact: Arc::new(fault), origin };
        Failure { kind: Kind::Thrown(Dynamic::from(raised)), place: at(what), frames: Vec::new() }
    };
    let engine = |kind: &str, message: &str| Failure {
        kind: Kind::Rhai { kind: kind.to_owned(), message: message.to_owned() },
        place: at("people, 500"),
        frames: Vec::new(),
    };
    match code {
        Code::NoRandom => thrown(kit::Fault::NoRandom { reason: "no entropy".to_owned() }, "password(16)"),
        Code::Threads => thrown(kit::Fault::Threads { reason: "resource unavailable".to_owned() }, "parallel"),
        Code::EndOfInput => {
            let failure = thrown(kit::Fault::EndOfInput { function: "prompt" }, "people");
            Failure { place: None, ..failure }
        }
        Code::NotConfirmed => {
            let denied = Denied { operation: "users.delete".to_owned(), effect: Effect::Delete, by: By::Person };
            placeless(Fault::Denied(denied))
        }
        Code::PlanStale => placeless(Fault::PlanStale {
            operation: "groups.update".to_owned(),
            what: "28".to_owned(),
            changed: vec!["Name".to_owned(), "Hours.Type".to_owned()],
        }),
        Code::Engine => engine("ErrorDotExpr", "Malformed dot expression"),
        Code::TooLarge => engine("ErrorDataTooLarge", "Size of array too large"),
        Code::Internal => {
            Failure { kind: Kind::Panic { message: "index out of bounds".to_owned() }, place: None, frames: Vec::new() }
        }
        other => panic!("{} is to be provoked from outside", other.name()),
    }
}

/// What differs from run to run, and what a terminal would obey, made visible.
fn sealed(text: &str, home: &Path) -> String {
    let text = text.replace('\u{1b}', "\\e").replace(&home.display().to_string(), "HOME/");
    let mut parts = text.split("127.0.0.1:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let port = if part.len() - rest.len() > 1 { "PORT" } else { &part[..part.len() - rest.len()] };
        let _ = write!(out, "127.0.0.1:{port}{rest}");
    }
    out
}

/// The objects in an output, and what is wrong with them for a case of this code.
fn judge(code: Code, exit: i32, said: &str) -> Result<(), String> {
    let objects: Vec<Value> = said
        .lines()
        .filter(|line| line.trim_start().starts_with("{\"code\""))
        .map(|line| serde_json::from_str(line.trim_start()).expect("an object"))
        .collect();
    let object = objects.last().ok_or("no report")?;
    let name = object["code"].as_str().unwrap_or_default();
    if codes::listed(name) != Some(code) {
        return Err(format!("the code is `{name}`"));
    }
    let is_test = said.contains("failed in ") || said.contains("1 failed");
    if object["exit"] != exit && !is_test || exit == 0 {
        return Err(format!("the exit code is {exit}, and the report says {}", object["exit"]));
    }
    Ok(())
}

fn code_of(path: &Path) -> Option<Code> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    Code::named(name.split('.').next()?)
}

fn problem(path: &Path) -> Option<String> {
    let code = match code_of(path) {
        Some(code) => code,
        None => return Some("no code has this name".to_owned()),
    };
    let text = std::fs::read_to_string(path).expect("a case");
    let (given, expected) = text.split_once(LINE).unwrap_or((&text, ""));
    let (exit, said) = play(code, given);
    let said = format!("{LINE}\nexit {exit}\n{said}");
    if let Err(problem) = judge(code, exit, &said) {
        return Some(format!("{problem}\n{said}"));
    }
    if std::env::var_os("PBXSH_BLESS").is_some() {
        std::fs::write(path, format!("{given}{said}")).expect("a case");
        return None;
    }
    (said != format!("{LINE}{expected}")).then(|| format!("it is now\n{said}"))
}

/// Four at a time; what is wrong with each.
fn all<T: Sync>(things: &[T], check: impl Fn(&T) -> Option<String> + Sync) -> Vec<String> {
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(thing) = things.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(problem) = check(thing) {
                        failed.lock().expect("the failures").push(problem);
                    }
                }
            });
        }
    });
    failed.into_inner().expect("the failures")
}

#[test]
fn every_code_looks_as_it_should() {
    let cases: Vec<PathBuf> = files("tests/errors", ".txt");
    let shown = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let failed = all(&cases, |path| problem(path).map(|problem| format!("{}: {problem}", shown(path))));
    assert!(failed.is_empty(), "{} of {} cases:\n\n{}", failed.len(), cases.len(), failed.join("\n\n"));
}

#[test]
fn every_code_has_a_case() {
    let cases: Vec<Code> = files("tests/errors", ".txt").iter().filter_map(|path| code_of(path)).collect();
    let missing: Vec<&str> = Code::ALL.iter().filter(|code| !cases.contains(code)).map(|code| code.name()).collect();
    assert!(missing.is_empty(), "no case in tests/errors: {missing:?}");
}

#[test]
fn the_right_examples_are_right() {
    let right: Vec<(&str, String)> =
        codes::entries().filter_map(|entry| Some((entry.code.name(), entry.right?.script()?.to_owned()))).collect();
    let failed = all(&right, |(code, script)| {
        let ended = pbxsh(["--sandbox", "-e", script]).run();
        (ended.code != 0).then(|| format!("{code}: {script}\n{}", ended.err))
    });
    assert!(right.len() > 40 && failed.is_empty(), "{}", failed.join("\n\n"));
}

#[test]
fn the_page_says_what_the_list_says() {
    let path = project().join("docs/errors.md");
    let page = codes::reference();
    if std::env::var_os("PBXSH_BLESS").is_some() {
        std::fs::write(&path, page).expect("the page");
        return;
    }
    same(&page, &std::fs::read_to_string(&path).expect("docs/errors.md"));
}

#[test]
fn the_keys_of_objects_are_those_of_the_page() {
    let page = codes::reference();
    let table = page.split("| key | holds |").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("the table");
    let names =
        table.lines().skip(2).flat_map(|row| row.split('|').nth(1).unwrap_or_default().split('`').skip(1).step_by(2));
    let documented: BTreeSet<&str> = names.collect();
    let report = pbxsh(["--sandbox", "--error-format", "json", "-e", "pbx.users.get(999)"]).fails(7);
    let object: Value = serde_json::from_str(&report).expect("one object");
    let given: BTreeSet<&str> = object.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(given, documented);
}

#[test]
fn one_table_says_how_the_program_exits() {
    let help = pbxsh(["--help"]).out();
    let readme = std::fs::read_to_string(project().join("README.md")).expect("README.md");
    let said = readme.split("lists the exit codes:").nth(1).expect("a chapter");
    for exit in Exit::ALL {
        let line = format!("  {:>3}  {}", exit.code(), exit.meaning());
        assert!(help.lines().any(|given| given == line), "{line}\n{help}");
        let row = format!("| {} | {} |", exit.code(), exit.meaning());
        assert!(codes::reference().contains(&row), "{row}");
        assert!(said.contains(&format!("{} ", exit.code())), "{row}");
    }
}

#[test]
fn explain_knows_the_codes_of_both() {
    let page = |name: &str| pbxsh(["explain", name]).out();
    assert!(page("http-404").starts_with("http-404\n"));
    assert_eq!(page("already_in_use"), page("WARNINGS.XAPI.ALREADY_IN_USE"));
    let list = pbxsh(["explain"]).out();
    for code in Code::ALL {
        assert!(list.lines().any(|line| line.split(' ').next() == Some(code.name())), "{}", code.name());
    }
    let report = pbxsh(["explain", "unknown-proprety"]).fails(2);
    assert!(report.contains("did you mean `unknown-property`?"), "{report}");
}

#[test]
fn formats_and_colours_are_chosen_by_flag_and_by_variable() {
    let short = "<eval>:1:3: error[unknown-property]: `Connection` has no property `x`";
    let flag = pbxsh(["--sandbox", "--error-format", "short", "-e", "1; pbx.usrs"]).fails(3);
    assert_eq!(flag.lines().count(), 1, "{flag}");
    assert!(
        flag.starts_with("<eval>:1:8: error[unknown-resource]: ") && flag.contains("(did you mean `users`?)"),
        "{flag} {short}"
    );
    let variable = pbxsh(["--sandbox", "-e", "1; pbx.usrs"]).variable("PBXSH_ERROR_FORMAT", "short").fails(3);
    assert_eq!(flag, variable);
    let both =
        pbxsh(["--sandbox", "--error-format", "fancy", "-e", "1; pbx.usrs"]).variable("PBXSH_ERROR_FORMAT", "json");
    assert!(both.fails(3).starts_with("unknown-resource\n"));
    let wrong = pbxsh(["--sandbox", "-e", "1"]).variable("PBXSH_ERROR_FORMAT", "yaml").fails(2);
    assert!(wrong.contains("must be one of fancy, plain, short, json"), "{wrong}");
    let colours = |run: Pbxsh| run.fails(3).contains('\u{1b}');
    let red = |flag: &str| pbxsh(["--sandbox", "--color", flag, "-e", "pbx.usrs"]);
    assert!(colours(red("always")) && !colours(red("never")) && !colours(red("auto")));
    let plain = || pbxsh(["--sandbox", "-e", "pbx.usrs"]);
    assert!(colours(plain().variable("CLICOLOR_FORCE", "1")) && !colours(plain().variable("CLICOLOR_FORCE", "0")));
    assert!(!colours(plain().variable("CLICOLOR_FORCE", "1").variable("NO_COLOR", "1")));
    assert!(colours(red("always").variable("NO_COLOR", "1")));
    let usage = pbxsh(["definitions", "--error-format", "short"]).fails(2);
    assert_eq!(
        usage,
        "pbxsh: error[usage]: the following required arguments were not provided: <DIR> (`--help` says what there is)\n"
    );
    let usage = pbxsh(["run"]).variable("PBXSH_ERROR_FORMAT", "json").fails(2);
    assert!(usage.starts_with("{\"code\":\"usage\",") && usage.lines().count() == 1, "{usage}");
    let file = pbxsh(["run", "--sandbox", "--error-format", "short", "nowhere.rhai"]).fails(9);
    assert!(file.starts_with("pbxsh: error[file]: cannot read the script `nowhere.rhai`: "), "{file}");
    // Before the command, too.
    let first = ["--color=never", "--error-format", "short", "run", "--sandbox", "nowhere.rhai"];
    assert_eq!(pbxsh(first).fails(9), file);
}
