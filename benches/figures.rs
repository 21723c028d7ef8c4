//! The figures that the project states, measured against one another in one run: `cargo bench`.
//!
//! The machines that run this are shared, so only ratios count, each from the medians of interleaved rounds.

// What the program must not do, what measures it may: print, stop, read the clock.
#![allow(clippy::disallowed_macros, clippy::disallowed_methods, clippy::expect_used)]

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pbxsh::catalog::{Catalog, parse};
use pbxsh::sandbox::{CLIENT_ID, CLIENT_SECRET, Pbx, Server, Setup};

const PROGRAM: &str = env!("CARGO_BIN_EXE_pbxsh");
const OPERATIONS: &str = include_str!("../catalog/operations.txt");
const TYPES: &str = include_str!("../catalog/types.txt");

fn main() {
    // `cargo test --benches` builds and calls this too; it has no figures to show there.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let size = std::fs::metadata(PROGRAM).map(|file| file.len()).unwrap_or(0);
    println!("size of the stripped program      {:.1} MB", size as f64 / 1e6);

    let load = median(200, || {
        let start = Instant::now();
        let catalog = parse(OPERATIONS, TYPES);
        let took = start.elapsed();
        // What is loaded lives as long as the program; here it would only fill the memory.
        assert!(catalog.is_ok());
        took
    });
    println!("catalog, loaded again and again   {}", shown(load));

    let rounds = 40;
    let mut times = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        times.0.push(run("true", &[], &[]));
        times.1.push(run(PROGRAM, &["-e", "1"], &[]));
    }
    let (nothing, one) = (middle(times.0), middle(times.1));
    println!("`true`                            {}", shown(nothing));
    println!("`pbxsh -e 1`                      {}   {:.1} × `true`", shown(one), ratio(one, nothing));

    checks(nothing);
    calls();
}

/// `pbxsh check` on a long script, from the start of the process to its end.
fn checks(nothing: Duration) {
    let mut file = tempfile::Builder::new().suffix(".rhai").tempfile().expect("a file");
    let script = provisioning(2000);
    file.write_all(script.as_bytes()).expect("a script");
    let path = file.path().display().to_string();
    let took = middle((0..20).map(|_| run(PROGRAM, &["check", "--strict", &path], &[])).collect());
    let lines = script.lines().count();
    println!("`pbxsh check`, {lines} lines         {}   {:.1} × `true`", shown(took), ratio(took, nothing));
}

/// A script of about so many lines, as somebody writes it who sets a PBX up: functions with reads, loops, closures and
/// updates.
fn provisioning(lines: usize) -> String {
    let job = |at: usize| {
        format!(
            "/// Makes department {at} and tells who is in it.
fn department_{at}(pbx, people) {{
    let group = pbx.groups.list(#{{ filter: #{{ Name: \"Department {at}\" }}, expand: \"Members\", top: 1 }}).first();
    if group == () {{
        group = pbx.groups.create(#{{
            Name: \"Department {at}\",
            TimeZoneId: \"51\",
            Hours: #{{ Type: RuleHoursType::SpecificHours, Periods: [] }},
            Members: people.map(|number| #{{ Number: number, Rights: #{{ RoleName: \"users\" }} }}),
        }});
    }}
    let names = group.Members.map(|member| member.Number);
    for user in pbx.users.list(#{{ select: [\"Id\", \"Number\", \"Mobile\"], orderby: \"Number\" }}).to_array() {{
        if names.contains(user.Number) && user.Mobile == \"\" {{
            user.Mobile = `+1555${{user.Number}}{at}`;
            try {{ pbx.users.update(user); }} catch (e) {{ print(`${{user.Number}}: ${{e.message}}`); }}
        }}
    }}
    switch names.len() {{ 0 => (), 1..5 => print(\"few\"), _ => print(names.reduce(|all, one| all + one)) }}
    group.Name
}}
print(department_{at}(pbx, [\"100\", \"101\"]));

"
        )
    };
    let one = job(0).lines().count();
    (0..lines / one).map(job).collect()
}

/// A script's `users.get` against the same request through the bare HTTP library, on the same server.
fn calls() {
    let catalog = Catalog::builtin();
    let setup = Setup { release: catalog.newest(), seed: 3, clock: Arc::new(jiff::Timestamp::now) };
    let server = Server::start(Pbx::company(catalog, setup), 0).expect("a free port");
    let environment =
        [("XAPI_URL", server.url()), ("XAPI_CLIENT_ID", CLIENT_ID), ("XAPI_CLIENT_SECRET", CLIENT_SECRET)];
    let (few, many) = (200, 2200);
    let script =
        |count: u32| format!("let id = pbx.users.list().first().Id; for i in 0..{count} {{ pbx.users.get(id); }}");
    let (mut scripts, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let short = run(PROGRAM, &["-e", &script(few)], &environment);
        let long = run(PROGRAM, &["-e", &script(many)], &environment);
        scripts.push(long.saturating_sub(short) / (many - few));
        bare.push(bare_calls(server.url(), many - few));
    }
    let (script, bare) = (middle(scripts), middle(bare));
    println!("`users.get` through bare reqwest  {}", shown(bare));
    println!("`users.get` from a script         {}   {:.2} × bare reqwest", shown(script), ratio(script, bare));
}

/// The same request, the same parsing, nothing else; per call.
fn bare_calls(url: &str, count: u32) -> Duration {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let form = [("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET), ("grant_type", "client_credentials")];
        let login = client.post(format!("{url}/connect/token")).form(&form).send().await.expect("a login");
        let login: serde_json::Value = login.json().await.expect("a token");
        let token = login["access_token"].as_str().expect("a token").to_owned();
        let list = client.get(format!("{url}/xapi/v1/Users?$top=1")).bearer_auth(&token).send().await.expect("a list");
        let list: serde_json::Value = list.json().await.expect("a list");
        let target = format!("{url}/xapi/v1/Users({})", list["value"][0]["Id"]);
        let once = async || {
            let answer = client.get(&target).bearer_auth(&token).send().await.expect("an answer");
            let user: serde_json::Value = answer.json().await.expect("a user");
            assert!(user["Id"].is_number());
        };
        for _ in 0..200 {
            once().await;
        }
        let start = Instant::now();
        for _ in 0..count {
            once().await;
        }
        start.elapsed() / count
    })
}

fn run(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Duration {
    let start = Instant::now();
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).envs(environment.iter().copied());
    let status = command.status().expect("the program starts");
    assert!(status.success(), "{program} {arguments:?}");
    start.elapsed()
}

fn median(count: usize, mut measure: impl FnMut() -> Duration) -> Duration {
    middle((0..count).map(|_| measure()).collect())
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

fn shown(time: Duration) -> String {
    format!("{:8.3} ms", time.as_secs_f64() * 1e3)
}
