//! What users see of lines that break, of tokens that are shared, and of what goes over the wire.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use pbxsh::catalog::Catalog;
use pbxsh::sandbox::{CLIENT_ID, CLIENT_SECRET, Pbx, Server, Setup as PbxSetup};
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

/// Passes everything on, and remembers it.
fn untouched(to: &str) -> Proxy {
    proxy(to, Break { spoilt: Spoilt::Closed, after: true, hits: |_| false, times: 0 })
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
