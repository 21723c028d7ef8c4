//! Lines that break: every way to fail at every sort of operation, once and always, ends in the right recovery or the right
//! error. Afterwards the whole state of the PBX is that of a run that nobody disturbed, or that of one that never came.
//!
//! What is expected stands in `faults/matrix.txt`.

mod downloads;
mod sizes;
mod spoilt;
mod tls;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use pbxsh::bindings::{Bindings, Connect, Connection, Fault, Link, Target, Voice};
use pbxsh::catalog::Catalog;
use pbxsh::client::{Client, Event, Hear, Retries, Settings, Timeouts};
use pbxsh::guard::{Access, Grant, Guard, Mode, Reach};
use pbxsh::sandbox::{CLIENT_ID, CLIENT_SECRET, Pbx, Setup as PbxSetup};
use pbxsh::script::{Library, Session, Setup, Source};
use serde_json::Value;
use tempfile::TempDir;

use crate::common::faulty::{Faulty, Plan, When};
use crate::common::{NOW, project, same};
use spoilt::{SPOILT, Spoilt, Wait};

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("a vector");
    encoder.finish().expect("a vector")
}

/// The state of a company that is small, so that it is soon made and soon compared.
fn small() -> &'static str {
    static SMALL: OnceLock<String> = OnceLock::new();
    SMALL.get_or_init(|| {
        let catalog = Catalog::builtin();
        let whole = Pbx::company(catalog, PbxSetup { release: catalog.newest(), seed: 3, clock: clock() });
        let mut state: Value = serde_json::from_str(&whole.state()).expect("JSON");
        let sets = state["sets"].as_object_mut().expect("sets");
        sets.retain(|name, _| {
            ["Users", "Groups", "ServicePrincipals", "PromptSets", "Defs/TimeZones"].contains(&name.as_str())
        });
        let people = ["100", "101", "111", "112"];
        sets["Users"].as_array_mut().expect("rows").retain(|row| people.iter().any(|number| row["Number"] == *number));
        let there = [&sets["Users"], &sets["ServicePrincipals"]].map(|rows| rows.as_array().expect("rows").clone());
        let there: Vec<Value> = there.concat().iter().map(|row| row["Number"].clone()).collect();
        for group in sets["Groups"].as_array_mut().expect("rows") {
            group["Members"].as_array_mut().expect("rows").retain(|row| there.contains(&row["Number"]));
        }
        // Made by the first one who asks.
        state["singles"]["Defs"] = serde_json::json!({"Id": 0});
        state["order"] = Value::Object(serde_json::Map::new());
        state.to_string()
    })
}

fn clock() -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
    let now: Timestamp = NOW.parse().expect("a time");
    Arc::new(move || now)
}

fn company() -> Pbx {
    Pbx::load(Catalog::builtin(), small(), None, clock()).expect("a state")
}

/// What a PBX has become, without what it drew by chance: how often it did depends on the logins.
fn state(pbx: &Pbx) -> String {
    const DRAWN: [&str; 5] = ["\"chance\"", "\"AuthID\"", "\"AuthPassword\"", "\"DeskphonePassword\"", "\"VMPIN\""];
    let lines = pbx.state();
    let lines = lines.lines().filter(|line| !DRAWN.iter().any(|name| line.contains(name)));
    lines.collect::<Vec<_>>().join("\n")
}

/// Something that a script does with a PBX that is called `it`.
struct Job {
    name: &'static str,
    /// Its column in the matrix.
    column: &'static str,
    before: &'static str,
    /// Gives what came of it.
    code: &'static str,
    hits: fn(&str) -> bool,
}

const PAGES: &str =
    "let ids = []; for row in it.call_history_view.list(#{ top: 250 }) { ids.push(row.SegmentId) } ids.to_json()";
const KEY: &str = "let id = it.users.get_by_number(\"112\").Id;";

const JOBS: &[Job] = &[
    Job {
        name: "read",
        column: "reads",
        before: "",
        code: "it.users.get_by_number(\"100\").FirstName",
        hits: |line| line.contains("Number='100'"),
    },
    Job {
        name: "first page",
        column: "reads",
        before: "",
        code: PAGES,
        hits: |line| line.contains("CallHistoryView") && !line.contains("$skip"),
    },
    Job { name: "third page", column: "reads", before: "", code: PAGES, hits: |line| line.contains("$skip=200") },
    Job {
        name: "function",
        column: "reads",
        before: "",
        code: "it.users.get_first_available_extension_number().Number",
        hits: |line| line.contains("FirstAvailable"),
    },
    Job {
        name: "download as text",
        column: "downloads",
        before: "",
        code: "it.chat_history_view.download_chat_history(\"Europe/Berlin\", #{ top: 300 }).text()",
        hits: |line| line.contains("DownloadChatHistory"),
    },
    Job {
        name: "download to a file",
        column: "downloads",
        before: "",
        code: "it.chat_history_view.download_chat_history(\"Europe/Berlin\", #{ top: 300 }).save(\"FILE\")",
        hits: |line| line.contains("DownloadChatHistory"),
    },
    Job {
        name: "login",
        column: "login",
        before: "",
        code: "it.users.get_by_number(\"100\").FirstName",
        hits: |line| line.contains("/connect/token"),
    },
    Job {
        name: "create with a number",
        column: "named",
        before: "",
        code: "let user = it.users.create(#{ Number: \"199\", FirstName: \"Zoe\" }); user.Number + user.FirstName",
        hits: |line| line == "POST /xapi/v1/Users",
    },
    Job {
        name: "create with a name",
        column: "named",
        before: "",
        code: "it.groups.create(#{ Name: \"Zed\" }).Name",
        hits: |line| line == "POST /xapi/v1/Groups",
    },
    Job {
        name: "create without a name",
        column: "nameless",
        before: "",
        code: "it.users.create(#{ FirstName: \"Zoe\" }).FirstName",
        hits: |line| line == "POST /xapi/v1/Users",
    },
    Job {
        name: "update",
        column: "by key",
        before: KEY,
        code: "it.users.update(id, #{ Mobile: \"+15559\" }); ()",
        hits: |line| line.starts_with("PATCH"),
    },
    Job {
        name: "delete",
        column: "by key",
        before: KEY,
        code: "it.users.delete(id); ()",
        hits: |line| line.starts_with("DELETE"),
    },
    Job {
        name: "action",
        column: "actions",
        before: KEY,
        code: "it.users.batch_delete(#{ ids: [id] }); ()",
        hits: |line| line.contains("BatchDelete"),
    },
];

/// A run that nobody disturbs.
const FINE: Spoilt = Spoilt { name: "fine", when: When::After, spoil: |_| Vec::new(), wait: Wait::No };

/// Runs one job after the other, each over a line of its own.
struct Worker {
    session: Session,
    /// The connections that were opened, and how they are to be made.
    made: Arc<Mutex<Making>>,
    pbx: Arc<Mutex<Pbx>>,
    folder: TempDir,
}

#[derive(Default)]
struct Making {
    timeouts: Timeouts,
    line: Option<Arc<Faulty>>,
    connection: Option<Connection>,
}

/// What is left of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Met {
    /// `ok`, or the code of the error, with a `?` where it may have happened.
    heard: String,
    value: String,
    /// How many changes are said to have been made, and how many may have been.
    account: (usize, usize),
}

/// What must not be waited for has plenty of time.
fn timeouts(wait: Wait, short: Duration) -> Timeouts {
    let long = Duration::from_secs(60);
    let usual = Timeouts { connect: long, answer: long, idle: long, whole: long };
    match wait {
        Wait::No => usual,
        Wait::Silence => Timeouts { answer: short, idle: short, ..usual },
        Wait::Whole => Timeouts { whole: short, ..usual },
    }
}

fn connect(made: &Mutex<Making>, url: &str, access: &Arc<Access>) -> Connection {
    let mut made = made.lock().expect("no panic");
    let (timeouts, line) = (made.timeouts, made.line.clone());
    let link_url = url.to_owned();
    let connect = move || {
        let retries = Retries { pause: Duration::from_millis(1), ..Retries::default() };
        let line = line.clone();
        let hear = Hear::new(
            move |event| {
                if let (Event::Again { .. }, Some(line)) = (event, &line) {
                    line.mend();
                }
            },
            false,
        );
        let settings = Settings::new(&link_url, CLIENT_ID, CLIENT_SECRET.to_owned().into());
        Client::new(Settings { retries, hear, timeouts, ..settings }).map_err(|error| Fault::Client {
            operation: "login".to_owned(),
            error,
            unsure: None,
        })
    };
    let voice = Voice::new(pbxsh::diag::fault, Arc::new(|_, _| {}), access.clone());
    let link = Link { name: "pbx".to_owned(), connect: Box::new(connect) };
    let connection = Connection::new(link, Catalog::builtin(), Guard::new(Mode::Everything), voice);
    made.connection = Some(connection.clone());
    connection
}

impl Worker {
    fn new() -> Worker {
        let folder = TempDir::new().expect("a folder");
        let access = Arc::new(Access::new(folder.path()).allow(Reach::Write, Grant::Everything));
        let made = Arc::<Mutex<Making>>::default();
        let (maker, reach) = (made.clone(), access.clone());
        let connect_to: Connect = Arc::new(move |target| match target {
            Target::Named(url) => Ok(connect(&maker, url, &reach)),
            Target::Settings { .. } => Err(Fault::NotConfigured { missing: Vec::new() }),
        });
        let nobody = connect(&made, "http://127.0.0.1:1", &access);
        let session = Session::new(&Setup {
            hosts: vec![Arc::new(Bindings::new(Catalog::builtin(), nobody, connect_to))],
            library: Library { embedded: |_| None, embedded_names: Vec::new, folders: Vec::<PathBuf>::new() },
            print: Arc::new(|_| {}),
            stop: Arc::new(|| None),
            operations: None,
        });
        Worker { session, made, pbx: Arc::new(Mutex::new(company())), folder }
    }

    fn meet(&mut self, job: &Job, spoilt: &Spoilt, times: usize, short: Duration) -> Met {
        let login = job.column == "login";
        let plan = Plan { when: spoilt.when, spoil: spoilt.spoil, hits: job.hits, times, armed: login };
        let line = Arc::new(Faulty::new(self.pbx.clone(), plan));
        let file = self.folder.path().join("chats.csv");
        {
            let mut made = self.made.lock().expect("no panic");
            (made.line, made.connection) = (Some(line.clone()), None);
            made.timeouts = timeouts(spoilt.wait, short);
        }
        let arm =
            format!("it.users.list(#{{ filter: \"Number eq '{}'\", top: 1 }}).len();", crate::common::faulty::ARM);
        let before = if login { String::new() } else { format!("{} {arm}", job.before) };
        // What broke once must not stay broken.
        let after = "if it.users.get_by_number(\"101\").FirstName != \"Bruno\" { throw \"wrong\" }";
        let after = if times == 1 { after } else { "" };
        let code = format!(
            "let it = connect(\"{}\"); {before} let heard = \"ok\"; let value = (); \
             try {{ value = {{ {} }}; }} catch (e) {{ \
             heard = e.code; if e.uncertain == true {{ heard += \"?\"; }} }} {after} [heard, `${{value}}`]",
            line.url(),
            job.code.replace("FILE", &file.display().to_string()),
        );
        let ended = self.session.run(&Source::new("test", code.as_str()));
        let [heard, mut value] = match ended.map(|value| value.into_array().expect("two texts")) {
            Ok(texts) => [0, 1].map(|at| texts[at].to_string()),
            Err(failure) => {
                let words = pbxsh::diag::failure(&failure).0.message;
                ["an error elsewhere".to_owned(), format!("{words}: {}", line.seen().join(", "))]
            }
        };
        let left: Vec<_> = std::fs::read_dir(self.folder.path()).expect("the folder").flatten().collect();
        for entry in left {
            let bytes = std::fs::read(entry.path()).expect("a file");
            value.push_str(&format!("{}: {}", entry.file_name().display(), String::from_utf8_lossy(&bytes)));
            std::fs::remove_file(entry.path()).expect("it goes");
        }
        let account = self.made.lock().expect("no panic").connection.take().expect("a connection").take_account();
        Met { heard, value, account: (account.done.len(), account.unsure.len()) }
    }
}

/// A job, and how it ends where nobody disturbs it.
struct Usual {
    job: &'static Job,
    value: String,
    changed: Option<String>,
}

/// What became of the PBX.
fn fate(pbx: &Mutex<Pbx>, usual: &Usual, untouched: &str) -> &'static str {
    let state = state(&pbx.lock().expect("no panic"));
    match &usual.changed {
        Some(changed) if *changed == state => "done",
        _ if state == untouched => "not done",
        _ => "something else",
    }
}

/// How a cell ended, as the matrix writes it, or what is wrong with it.
fn cell(worker: &mut Worker, cell: &Cell, untouched: &str, short: Duration) -> Result<String, String> {
    let Cell { usual, spoilt, times } = cell;
    let met = worker.meet(usual.job, spoilt, *times, short);
    let changes = usual.changed.is_some();
    let told = match (changes, met.heard.as_str()) {
        (true, "ok") => (1, 0),
        (true, heard) if heard.ends_with('?') => (0, 1),
        _ => (0, 0),
    };
    // What reads, and all that a worker does, is looked at once it is through.
    let fate = if changes { fate(&worker.pbx, usual, untouched) } else { "not done" };
    if fate != "not done" {
        worker.pbx = Arc::new(Mutex::new(company()));
    }
    let arrived = spoilt.when == When::After;
    let fine = match met.heard.as_str() {
        "ok" => fate == "done" || !changes,
        heard if heard.ends_with('?') => changes && (fate == "done") == arrived,
        _ => fate == "not done",
    };
    let lied = met.heard == "ok" && !fine && fate == "not done";
    let whole = met.heard != "ok" || met.value == usual.value;
    let left = met.heard != "ok" && usual.job.name == "download to a file" && !met.value.is_empty();
    if met.account != told || (!fine && !lied) || left || (!whole && changes && !lied) {
        return Err(format!("{}, {fate}, {:?}, {}", met.heard, met.account, &met.value[..met.value.len().min(60)]));
    }
    Ok(match (lied, whole) {
        (true, _) => "told ok".to_owned(),
        (false, false) => "wrong".to_owned(),
        _ => met.heard,
    })
}

const COLUMNS: [&str; 7] = ["reads", "downloads", "login", "by key", "named", "nameless", "actions"];
const ALWAYS: usize = usize::MAX;

/// How long is waited for what does not come. An answer takes milliseconds, but machines can be busy.
const SHORT: Duration = Duration::from_millis(1200);

/// One job over one line.
struct Cell<'a> {
    usual: &'a Usual,
    spoilt: &'a Spoilt,
    times: usize,
}

/// A fault, a column, and how often.
type Place = (String, &'static str, usize);

impl Cell<'_> {
    fn place(&self) -> Place {
        (self.spoilt.name.to_owned(), self.usual.job.column, self.times)
    }

    fn waits(&self) -> bool {
        self.spoilt.wait != Wait::No || self.spoilt.name == "429, after a second"
    }

    /// Nobody listens: that would be at another page. And waiting takes its time, so that one job of a sort is enough.
    fn makes_sense(&self) -> bool {
        let job = self.usual.job.name;
        match self.spoilt.when {
            When::Refused => job != "third page",
            _ => !self.waits() || !["first page", "function", "create with a name"].contains(&job),
        }
    }
}

/// The file with what is expected, and what it says.
fn expected() -> (PathBuf, String, BTreeMap<Place, String>) {
    let path = project().join("tests/faults/matrix.txt");
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let mut expected = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut cells = line.split('|').map(str::trim);
        let fault = cells.next().unwrap_or_default();
        for (column, cell) in COLUMNS.into_iter().zip(cells) {
            let (once, always) = cell.split_once(", ").unwrap_or((cell, cell));
            expected.insert((fault.to_owned(), column, 1), once.to_owned());
            expected.insert((fault.to_owned(), column, ALWAYS), always.to_owned());
        }
    }
    (path, text, expected)
}

/// Works one cell after the other off. Where something is waited for, a busy machine can be too late with what is not spoilt:
/// then it gets more time.
fn work(
    cells: &[Cell],
    untouched: &str,
    expected: &BTreeMap<Place, String>,
) -> Vec<(Place, &'static str, Result<String, String>)> {
    let mut worker = Worker::new();
    let mut done = Vec::new();
    for one in cells {
        let mut met = cell(&mut worker, one, untouched, SHORT);
        for factor in [2, 4, 8].into_iter().filter(|_| one.waits()) {
            match expected.get(&one.place()) {
                Some(known) if met.as_ref() != Ok(known) => met = cell(&mut worker, one, untouched, SHORT * factor),
                _ => break,
            }
        }
        done.push((one.place(), one.usual.job.name, met));
    }
    let state = state(&worker.pbx.lock().expect("no panic"));
    assert!(state == *untouched, "reading changed something");
    done
}

/// The table as people read it: what happens once and what happens always, where that is something else.
fn table(met: &BTreeMap<Place, Vec<(&'static str, String)>>) -> String {
    let mut out = String::new();
    for spoilt in SPOILT {
        let mut line = format!("{:30}", spoilt.name);
        for column in COLUMNS {
            let kind = |times| {
                let jobs = met.get(&(spoilt.name.to_owned(), column, times)).map(Vec::as_slice).unwrap_or_default();
                match jobs {
                    [(_, first), rest @ ..] if rest.iter().all(|(_, cell)| cell == first) => first.clone(),
                    several => {
                        several.iter().map(|(job, cell)| format!("{cell} ({job})")).collect::<Vec<_>>().join(" ")
                    }
                }
            };
            let (once, always) = (kind(1), kind(ALWAYS));
            line.push_str(&format!(" | {:15}", if once == always { once } else { format!("{once}, {always}") }));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[test]
fn nothing_is_lost_and_nothing_doubled() {
    let untouched = state(&company());
    let mut usual = Vec::new();
    for job in JOBS {
        let mut worker = Worker::new();
        let met = worker.meet(job, &FINE, 0, SHORT);
        assert_eq!(met.heard, "ok", "{}: {}", job.name, met.value);
        let state = state(&worker.pbx.lock().expect("no panic"));
        usual.push(Usual { job, value: met.value, changed: Some(state).filter(|state| *state != untouched) });
    }
    let cells = SPOILT
        .iter()
        .flat_map(|spoilt| usual.iter().flat_map(move |usual| [1, ALWAYS].map(|times| Cell { usual, spoilt, times })));
    // Who waits needs a thread and nothing else.
    let (waiting, working): (Vec<_>, Vec<_>) = cells.filter(Cell::makes_sense).partition(Cell::waits);
    let (path, text, expected) = expected();
    let met: Vec<_> = std::thread::scope(|scope| {
        let shares = waiting.chunks(3).chain(working.chunks(working.len().div_ceil(6)));
        let (untouched, expected) = (&untouched, &expected);
        let threads: Vec<_> = shares.map(|share| scope.spawn(move || work(share, untouched, expected))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    let (mut found, mut wrong) = (BTreeMap::<Place, Vec<_>>::new(), Vec::new());
    for (place, job, cell) in met {
        match cell {
            Ok(cell) => found.entry(place).or_default().push((job, cell)),
            Err(what) => {
                let often = if place.2 == 1 { "once" } else { "always" };
                wrong.push(format!("{}, {often}, at `{job}`: {what}", place.0));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let head: String = text.lines().filter(|line| line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    let given = format!("{head}{}", table(&found));
    if std::env::var_os("PBXSH_BLESS").is_some() {
        std::fs::write(path, given).expect("the matrix");
    } else {
        same(&given, &text);
    }
}
