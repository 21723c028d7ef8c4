//! Lines that break: every sort of fault at every sort of operation ends in the right recovery or the right error, and
//! the PBX has nothing lost and nothing doubled.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use pbxsh::bindings::{Bindings, Connection, Fault, Link, Voice};
use pbxsh::catalog::Catalog;
use pbxsh::client::{Client, Retries, Settings, Timeouts};
use pbxsh::guard::{Guard, Mode};
use pbxsh::sandbox::{CLIENT_ID, CLIENT_SECRET, Pbx, Server, Setup as PbxSetup};
use pbxsh::script::{Library, Session, Setup, Source};
use tempfile::TempDir;

use crate::common::proxy::{Break, Proxy, Spoilt, proxy};
use crate::common::server as answers;
use crate::common::{Ended, NOW, Pbxsh, pbxsh, sandbox as rehearsal};

fn sandbox() -> Server {
    let catalog = Catalog::builtin();
    let now: Timestamp = NOW.parse().expect("a time");
    let setup = PbxSetup { release: catalog.newest(), seed: 3, clock: Arc::new(move || now) };
    Server::start(Pbx::company(catalog, setup), 0).expect("a sandbox")
}

/// A connection that does not wait long before it tries again.
fn connection(url: &str) -> Connection {
    let url = url.to_owned();
    let connect = move || {
        let retries = Retries { pause: Duration::from_millis(2), ..Retries::default() };
        let five = Duration::from_secs(5);
        let timeouts = Timeouts { connect: five, answer: five, idle: five, whole: Duration::from_secs(30) };
        let settings =
            Settings { retries, timeouts, ..Settings::new(&url, CLIENT_ID, CLIENT_SECRET.to_owned().into()) };
        Client::new(settings).map_err(|error| Fault::Client { operation: "login".to_owned(), error, unsure: None })
    };
    let voice = Voice::new(pbxsh::diag::fault, Arc::new(|_, _| {}), Arc::default());
    let link = Link { name: "pbx".to_owned(), connect: Box::new(connect) };
    Connection::new(link, Catalog::builtin(), Guard::new(Mode::Everything), voice)
}

/// What a script gives, as text.
fn run(pbx: &Connection, code: &str) -> String {
    let nobody = Arc::new(|_: &_| Err(Fault::NotConfigured { missing: Vec::new() }));
    let mut session = Session::new(&Setup {
        hosts: vec![Arc::new(Bindings::new(Catalog::builtin(), pbx.clone(), nobody))],
        library: Library { embedded: |_| None, embedded_names: Vec::new, folders: Vec::<PathBuf>::new() },
        print: Arc::new(|_| {}),
        stop: Arc::new(|| None),
        operations: None,
    });
    match session.run(&Source::new("test", code)) {
        Ok(value) => value.to_string(),
        Err(failure) => panic!("{code}: {:?}", pbxsh::diag::failure(&failure).0),
    }
}

/// How much a second time can do, and whether somebody can look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Read,
    /// Sets values or deletes, by key.
    Settles,
    /// Makes something that has a name.
    Named,
    /// Does something that nobody can look for.
    Once,
}

struct Job {
    name: &'static str,
    sort: Sort,
    /// What is there before.
    before: &'static str,
    code: &'static str,
    /// How often it was done, as the PBX itself tells.
    done: &'static str,
    hits: fn(&str) -> bool,
}

const NOTHING: &str = "0";
const GONE: &str = "1 - pbx.users.list(#{ filter: #{ Number: \"198\" } }).len()";
const VICTIM: &str = "pbx.users.create(#{ Number: \"198\" }); 0";

const JOBS: &[Job] = &[
    Job {
        name: "read",
        sort: Sort::Read,
        before: NOTHING,
        code: "if pbx.users.get_by_number(\"100\").FirstName != \"Ada\" { throw \"wrong\" }",
        done: NOTHING,
        hits: |line| line.starts_with("GET") && line.contains("Number='100'"),
    },
    Job {
        name: "third page",
        sort: Sort::Read,
        before: NOTHING,
        code: "let n = 0; for row in pbx.call_history_view.list() { n += 1; } if n != 1658 { throw `${n} rows` }",
        done: NOTHING,
        hits: |line| line.contains("$skip=200"),
    },
    Job {
        name: "download",
        sort: Sort::Read,
        before: NOTHING,
        code: "if pbx.chat_history_view.download_chat_history(\"Europe/Berlin\").rows().len() < 2000 { throw \"short\" }",
        done: NOTHING,
        hits: |line| line.contains("DownloadChatHistory"),
    },
    Job {
        name: "login",
        sort: Sort::Read,
        before: NOTHING,
        code: "pbx.users.list()",
        done: NOTHING,
        hits: |line| line.contains("/connect/token"),
    },
    Job {
        name: "create with a number",
        sort: Sort::Named,
        before: NOTHING,
        code: "let user = pbx.users.create(#{ Number: \"199\", FirstName: \"Zoe\" }); if user.Number != \"199\" { throw \"wrong\" }",
        done: "pbx.users.list(#{ filter: #{ FirstName: \"Zoe\" } }).len()",
        hits: |line| line == "POST /xapi/v1/Users",
    },
    Job {
        name: "create with a name",
        sort: Sort::Named,
        before: NOTHING,
        code: "pbx.groups.create(#{ Name: \"Zed\" })",
        done: "pbx.groups.list(#{ filter: #{ Name: \"Zed\" } }).len()",
        hits: |line| line == "POST /xapi/v1/Groups",
    },
    Job {
        name: "create without a name",
        sort: Sort::Once,
        before: NOTHING,
        code: "pbx.users.create(#{ FirstName: \"Zoe\" })",
        done: "pbx.users.list(#{ filter: #{ FirstName: \"Zoe\" } }).len()",
        hits: |line| line == "POST /xapi/v1/Users",
    },
    Job {
        name: "update",
        sort: Sort::Settles,
        before: NOTHING,
        code: "pbx.users.update(pbx.users.get_by_number(\"101\").Id, #{ Mobile: \"+15559\" })",
        done: "pbx.users.list(#{ filter: #{ Mobile: \"+15559\" } }).len()",
        hits: |line| line.starts_with("PATCH"),
    },
    Job {
        name: "delete",
        sort: Sort::Settles,
        before: VICTIM,
        code: "pbx.users.delete(pbx.users.get_by_number(\"198\").Id)",
        done: GONE,
        hits: |line| line.starts_with("DELETE"),
    },
    Job {
        name: "action",
        sort: Sort::Once,
        before: VICTIM,
        code: "pbx.users.batch_delete(#{ ids: [pbx.users.get_by_number(\"198\").Id] })",
        done: GONE,
        hits: |line| line.contains("BatchDelete"),
    },
];

/// What a fault is to the one who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Not taken on, and everybody may come again.
    TooFast,
    /// Not taken on.
    Busy,
    /// The line broke.
    Broke,
    /// An answer that makes no sense, of one who may have done it.
    Nonsense,
    /// Sent on for ever.
    Loop,
    /// A success that says nothing.
    Silent,
    Fine,
}

const FAULTS: &[(Spoilt, bool, Kind)] = &[
    (Spoilt::Page(429), false, Kind::TooFast),
    (Spoilt::Page(503), false, Kind::Busy),
    (Spoilt::Closed, false, Kind::Broke),
    (Spoilt::Closed, true, Kind::Broke),
    (Spoilt::Page(502), false, Kind::Broke),
    (Spoilt::Page(504), true, Kind::Broke),
    (Spoilt::Truncated, true, Kind::Broke),
    (Spoilt::Chunk, true, Kind::Broke),
    (Spoilt::Garbage, false, Kind::Nonsense),
    (Spoilt::Garbage, true, Kind::Nonsense),
    (Spoilt::LongHeader, true, Kind::Nonsense),
    (Spoilt::Page(200), false, Kind::Nonsense),
    (Spoilt::Page(200), true, Kind::Nonsense),
    (Spoilt::Redirect, false, Kind::Loop),
    (Spoilt::Empty, true, Kind::Silent),
    (Spoilt::Drip, true, Kind::Fine),
];

/// What the script is to hear, and how often it is to be done.
fn expected(job: &Job, after: bool, kind: Kind) -> (&'static str, usize) {
    let (ok, plain, open) = ("ok", "error", "uncertain");
    let changes = job.sort != Sort::Read;
    let carried_out = usize::from(changes && after);
    let lost = match job.sort {
        Sort::Named if after => (ok, 1),
        _ => (open, carried_out),
    };
    match (kind, job.sort) {
        (Kind::Fine, _) | (Kind::TooFast, _) => (ok, usize::from(changes)),
        (Kind::Busy, Sort::Read | Sort::Settles) => (ok, usize::from(changes)),
        (Kind::Busy, _) => (plain, 0),
        (Kind::Broke, Sort::Read) => (ok, 0),
        (Kind::Nonsense | Kind::Silent, Sort::Read) => (plain, 0),
        (Kind::Broke | Kind::Nonsense, _) => lost,
        (Kind::Loop, _) => (plain, 0),
        (Kind::Silent, _) => (ok, 1),
    }
}

fn meet(job: &Job, spoilt: Spoilt, after: bool) -> ((String, usize), Proxy, (usize, usize)) {
    let server = sandbox();
    let direct = connection(server.url());
    run(&direct, job.before);
    let times = if spoilt == Spoilt::Redirect { usize::MAX } else { 1 };
    let line = proxy(server.url(), Break { spoilt, after, hits: job.hits, times });
    let through = connection(&line.url);
    // A text says that the script itself found something wrong.
    let code = format!(
        "let heard = \"ok\"; try {{ {}; }} catch (e) {{ \
         if type_of(e) == \"string\" {{ throw e }} heard = if e.uncertain == true {{ \"uncertain\" }} else {{ \"error\" }}; \
         }} heard",
        job.code
    );
    let heard = run(&through, &code);
    let account = through.take_account();
    let done = run(&direct, job.done).parse().expect("a number");
    ((heard, done), line, (account.done.len(), account.unsure.len()))
}

#[test]
fn nothing_is_lost_and_nothing_doubled() {
    let mut wrong = Vec::new();
    for job in JOBS {
        let rows: Vec<_> = std::thread::scope(|scope| {
            let met = FAULTS.iter().map(|fault| (fault, scope.spawn(move || meet(job, fault.0, fault.1))));
            let met: Vec<_> = met.collect();
            met.into_iter().map(|(fault, met)| (fault, met.join().expect("no panic"))).collect()
        });
        for ((spoilt, after, kind), ((heard, done), line, account)) in rows {
            let (outcome, times) = expected(job, *after, *kind);
            // What is said to have been done, and what may have been, is what the script heard.
            let told = match (job.sort, outcome) {
                (Sort::Read, _) | (_, "error") => (0, 0),
                (_, "ok") => (1, 0),
                _ => (0, 1),
            };
            if (heard.as_str(), done, account) != (outcome, times, told) {
                let seen = line.seen.lock().expect("the log").join(", ");
                wrong.push(format!(
                    "{}, {spoilt:?} after={after}: {heard} {done} {account:?}, not {outcome} {times} {told:?}: {seen}",
                    job.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Passes everything on, and remembers it.
fn untouched(to: &str) -> Proxy {
    proxy(to, Break { spoilt: Spoilt::Drip, after: true, hits: |_| false, times: 0 })
}

fn logins(line: &Proxy) -> usize {
    line.seen.lock().expect("the log").iter().filter(|line| line.contains("/connect/token")).count()
}

/// A run of the program against this PBX, in a home that it may share with others.
fn program(url: &str, home: &Path, arguments: &[&str]) -> Pbxsh {
    let run = pbxsh(arguments.iter().copied()).variable("HOME", &home.to_string_lossy());
    let secret = run.variable("XAPI_URL", url).variable("XAPI_CLIENT_ID", CLIENT_ID);
    secret.variable("XAPI_CLIENT_SECRET", CLIENT_SECRET)
}

/// Every file below a folder.
fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}

#[test]
fn ten_processes_share_tokens_that_end_soon() {
    let catalog = Catalog::builtin();
    let setup = PbxSetup { release: catalog.newest(), seed: 3, clock: Arc::new(Timestamp::now) };
    let mut pbx = Pbx::company(catalog, setup);
    pbx.set_token_lifetime(3);
    let server = Server::start(pbx, 0).expect("a sandbox");
    let (line, home) = (untouched(server.url()), TempDir::new().expect("a home"));
    let code = "for n in 0..80 { pbx.users.list(#{ top: 1 }); sleep(0.05); } print(\"all\")";
    let begun = Instant::now();
    // Without repetitions, so that none of them hides a refusal.
    let one = || program(&line.url, home.path(), &["--retries", "0", "-e", code]).run();
    let ended: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..10).map(|_| scope.spawn(one)).collect();
        runs.into_iter().map(|run| run.join().expect("an end")).collect()
    });
    for run in &ended {
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "all\n", ""));
    }
    // A token holds two to three seconds; every process for itself would log in ten times as often, and throw the others
    // out.
    let (logins, seconds) = (logins(&line), begun.elapsed().as_secs() as usize);
    assert!((2..=seconds + 3).contains(&logins), "{logins} logins in {seconds} s");
}

#[cfg(unix)]
#[test]
fn a_token_is_kept_for_its_owner_and_is_no_trouble() {
    use std::os::unix::fs::PermissionsExt;
    let server = sandbox();
    let (line, home) = (untouched(server.url()), TempDir::new().expect("a home"));
    let run = |more: &[&str]| {
        let arguments: Vec<&str> = more.iter().copied().chain(["-e", "pbx.release"]).collect();
        program(&line.url, home.path(), &arguments).run()
    };
    let count = |run: &dyn Fn() -> Ended| {
        let before = logins(&line);
        let ended = run();
        assert_eq!((ended.code, ended.out.as_str()), (0, "20.0.10\n"), "{}", ended.err);
        (logins(&line) - before, ended.err)
    };
    assert_eq!(count(&|| run(&[])), (1, String::new()));
    assert_eq!(count(&|| run(&[])), (0, String::new()));
    assert_eq!(count(&|| run(&["--no-token-cache"])), (1, String::new()));
    // That one ended the token that is kept: it is refused, and there is no newer one.
    assert_eq!(count(&|| run(&[])), (1, String::new()));
    let kept = below(home.path());
    let token = kept.iter().find(|path| path.extension().is_some_and(|end| end == "json")).expect("a token");
    let mode = |path: &Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(token), mode(token.parent().expect("a folder"))), (0o600, 0o700));
    let names: String = kept.iter().map(|path| path.display().to_string()).collect();
    assert!(!names.contains(CLIENT_SECRET) && !names.contains("127.0.0.1"), "{names}");
    std::fs::write(token, "{\"token\": \"half of it").expect("a damaged file");
    assert_eq!(count(&|| run(&[])), (1, String::new()));
    std::fs::set_permissions(token, std::fs::Permissions::from_mode(0o644)).expect("other permissions");
    assert_eq!(count(&|| run(&[])), (1, String::new()));
    assert_eq!((count(&|| run(&[])).0, mode(token)), (0, 0o600));
    // Another secret does not meet the token of this one, and a wrong one is not kept.
    let wrong = program(&line.url, home.path(), &["-e", "pbx.release"]).variable("XAPI_CLIENT_SECRET", "wrong").run();
    assert_eq!(wrong.code, 6, "{}", wrong.err);
    assert_eq!(below(home.path()).iter().filter(|path| path.extension().is_some_and(|end| end == "json")).count(), 1);
    // Where nothing can be kept, that is worth a note.
    let folder = token.parent().expect("a folder").to_owned();
    std::fs::remove_dir_all(&folder).expect("the folder goes");
    std::fs::write(&folder, "in the way").expect("a file in its place");
    let (logins, note) = count(&|| run(&[]));
    assert!(logins == 1 && note.starts_with("note: the token is not shared with other runs: "), "{note}");
    assert_eq!(note.lines().count(), 1);
}

#[test]
fn what_goes_over_the_wire_is_shown_without_secrets() {
    let code = "let u = pbx.users.create(#{ Number: \"150\", AuthPassword: \"open sesame\" }); \
                pbx.users.get_phone_secret(u.Id); print(pbx.curl()); print(pbx.last_request().status)";
    let ended = pbxsh(["--sandbox", "--trace=full", "-e", code]).run();
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(
        ended.err.contains("  >   \"AuthPassword\": \"***\"") && ended.err.contains("\n  < ***\n"),
        "{}",
        ended.err
    );
    assert!(!ended.err.contains("sesame") && !ended.err.contains("Bearer"), "{}", ended.err);
    assert!(ended.out.starts_with("curl -X GET -H \"Authorization: Bearer $TOKEN\" -g 'http://127.0.0.1:"));
    assert!(ended.out.ends_with("\n200\n"), "{}", ended.out);

    let server = sandbox();
    let line = proxy(
        server.url(),
        Break { spoilt: Spoilt::Page(502), after: false, hits: |line| line.contains("Users"), times: 1 },
    );
    let home = TempDir::new().expect("a home");
    let ended = program(&line.url, home.path(), &["--trace", "-e", "pbx.users.list(#{ top: 1 }).len()"]).run();
    let shown: Vec<String> =
        ended.err.lines().map(|line| no_times(&line.replace(&server_of(&ended.err), "URL"))).collect();
    assert_eq!(
        shown,
        [
            "trace: POST URL/connect/token -> 200, T",
            "trace: GET URL/xapi/v1/Defs?$select=Id -> 200, T, 73 B received",
            "trace: GET URL/xapi/v1/Users?$top=1 -> 502, T, 55 B received",
            "note: again in T, 1 of 3: 502",
            "trace: GET URL/xapi/v1/Users?$top=1 -> 200, T, 2.0 kB received",
        ]
    );
    let failed = program(&line.url, home.path(), &["--retries", "0", "-e", "pbx.users.get(999)"]).run();
    assert_eq!(failed.code, 7, "{}", failed.err);
}

fn server_of(trace: &str) -> String {
    let start = trace.find("http://").expect("an address");
    trace[start..].split("/connect").next().expect("an address").to_owned()
}

/// `0.123 s` → `T`.
fn no_times(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let mut out = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let unit = words.get(at + 1).is_some_and(|next| next.trim_end_matches(',') == "s");
        match word.parse::<f64>() {
            Ok(_) if unit => out.push("T".to_owned()),
            _ if word.trim_end_matches(',') == "s" => {
                if let Some(last) = out.last_mut().filter(|_| word.ends_with(',')) {
                    last.push(',');
                }
            }
            _ => out.push((*word).to_owned()),
        }
    }
    out.join(" ")
}

#[test]
fn a_success_with_failures_in_it_is_an_error_unless_asked_otherwise() {
    let code = "try { pbx.users.batch_delete(#{ ids: [999] }) } catch (e) { [e.code, e.details[0].target].to_json() }";
    let report = rehearsal("pbx.users.batch_delete(#{ ids: [999] })").fails(7);
    assert!(report.starts_with("partly-failed\n"), "{report}");
    assert!(report.contains("`users.batch_delete` did not do all of it: `999`: "), "{report}");
    let code = format!("let r = (); {}; r", code.replace("{ [e", "{ r = [e"));
    assert_eq!(rehearsal(&code).out(), "[\"partly-failed\",\"999\"]\n");
    let asked = "pbx.users.batch_delete(#{ ids: [999] }, #{ partial: true })[0].ExtensionNumber";
    assert_eq!(rehearsal(asked).out(), "999\n");
    let wrong = rehearsal("pbx.users.batch_delete(#{ ids: [999] }, #{ partial: 7 })").fails(3);
    assert!(wrong.contains("`partial` must be true or false"), "{wrong}");
}

#[test]
fn what_is_uncertain_is_said_to_be() {
    let server = sandbox();
    let broken = |spoilt, after| Break { spoilt, after, hits: |line| line == "POST /xapi/v1/Groups", times: 1 };
    let home = TempDir::new().expect("a home");
    let create = "pbx.groups.create(#{ Name: \"Zed\" }).Name";
    let line = proxy(server.url(), broken(Spoilt::Page(502), false));
    let report = program(&line.url, home.path(), &["-e", create]).fails(5);
    let words: String = report.split_whitespace().filter(|word| *word != "|").collect::<Vec<_>>().join(" ");
    assert!(words.contains("whether `groups.create` was carried out is uncertain"), "{report}");
    assert!(words.contains("right afterwards nothing had the `Name` \"Zed\""), "{report}");
    assert!(report.ends_with("groups.create was under way: it may have happened\n"), "{report}");
    let line = proxy(server.url(), broken(Spoilt::Closed, true));
    let ended = program(&line.url, home.path(), &["-e", create]).run();
    assert_eq!((ended.code, ended.out.as_str()), (0, "Zed\n"), "{}", ended.err);
    assert_eq!(ended.err, "note: `groups.create`: the answer was lost, and what it was to make is there\n");
}

#[test]
fn odd_answers_are_errors_that_say_what_to_do() {
    let server = answers::Server::pbx(|request| match request.target.split(['?', '(']).next() {
        Some("/xapi/v1/Users") if request.target.contains("$expand") => answers::Response::json(
            400,
            r#"{"error":{"code":"","message":"The query specified in the URI is not valid. Could not expand 'Groups'."}}"#,
        ),
        Some("/xapi/v1/Users") => answers::Response { status: 200, content_type: "text/csv", body: "a,b".to_owned() },
        Some("/xapi/v1/Groups") => answers::Response::json(200, ""),
        _ => answers::Response::json(200, "\u{feff}<!DOCTYPE html><html><title>Sign in</title></html>"),
    });
    for (code, exit, words) in [
        ("pbx.users.list(#{ expand: \"Groups\" })", 7, "leave `expand` out and fetch it by itself"),
        ("pbx.users.list()", 5, "text/csv where a list was promised"),
        ("pbx.groups.list()", 5, "nothing where a list was promised"),
        ("pbx.groups.get(7)", 5, "makes no sense: it is empty"),
        ("pbx.queues.get(7)", 5, "does not answer like a PBX: 200 application/json: Sign in"),
    ] {
        let report = server.run(code).fails(exit);
        let plain: String = report.split_whitespace().filter(|word| *word != "|").collect::<Vec<_>>().join(" ");
        assert!(plain.contains(words), "{code}: {report}");
    }
}
