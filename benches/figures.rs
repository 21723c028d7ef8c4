//! The figures that the project states, measured against one another in one run: `cargo bench`.
//!
//! The machines that run this are shared, so only ratios count, each from the medians of interleaved rounds.

// What the program must not do, what measures it may: print, stop, read the clock.
#![allow(clippy::disallowed_macros, clippy::disallowed_methods, clippy::expect_used)]

mod pages;

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use pbxsh::bindings::{Bindings, Connection, Fault, Link, Voice};
use pbxsh::catalog::{Catalog, parse};
use pbxsh::guard::Guard;
use pbxsh::repl::candidates;
use pbxsh::sandbox::{CLIENT_ID, CLIENT_SECRET, Pbx, Server, Setup};
use pbxsh::script::{Library, Session, Setup as SessionSetup, Source};

const PROGRAM: &str = env!("CARGO_BIN_EXE_pbxsh");
const OPERATIONS: &str = include_str!("../catalog/operations.txt");
const TYPES: &str = include_str!("../catalog/types.txt");

fn main() {
    // `cargo test --benches` builds and calls this too; it has no figures to show there.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    // `cargo bench --bench figures -- prompt` measures that alone.
    if std::env::args().any(|argument| argument == "prompt") {
        return prompt();
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

    engine();
    properties();
    checks(nothing);
    calls();
    rows();
    memory();
    link();
    prompt();
}

/// What a person at the prompt waits for.
fn prompt() {
    prompts();
    keys();
    first_rows();
    pastes();
}

/// A program in a terminal.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    output: Box<dyn Read + Send>,
    keys: Box<dyn Write + Send>,
    /// Closed with it.
    _pty: Box<dyn MasterPty + Send>,
}

impl Terminal {
    fn open(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Terminal {
        let size = PtySize { rows: 50, cols: 100, ..PtySize::default() };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        environment.iter().for_each(|(name, value)| command.env(name, value));
        let child = pair.slave.spawn_command(command).expect("the program starts");
        let output = pair.master.try_clone_reader().expect("the terminal's output");
        let keys = pair.master.take_writer().expect("the keyboard");
        Terminal { child, output, keys, _pty: pair.master }
    }

    fn until(&mut self, wanted: &str) {
        let (mut seen, mut bytes) = (String::new(), [0; 4096]);
        while !seen.contains(wanted) {
            let count = self.output.read(&mut bytes).expect("output");
            seen.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("keys");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// From the start of the process to the first character of the prompt, in a terminal; and to the end of `true` in one.
fn prompts() {
    let home = tempfile::tempdir().expect("a home");
    let folder = home.path().join("pbxsh");
    std::fs::create_dir_all(&folder).expect("a folder");
    // Nobody is asked before the first entry, so that nobody has to be there.
    let profile = "default = \"hq\"\n[profiles.hq]\nurl = \"https://192.0.2.1\"\nclient_id = \"bench\"\n";
    std::fs::write(folder.join("config.toml"), profile).expect("a profile");
    let (home, folder) = (home.path().display().to_string(), folder.display().to_string());
    let environment = [("HOME", home.as_str()), ("PBXSH_CONFIG_DIR", folder.as_str())];
    let mut times = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..20 {
        times.0.push(timed(|| assert!(Terminal::open("true", &[], &[]).child.wait().expect("an end").success())));
        times.1.push(timed(|| Terminal::open(PROGRAM, &[], &environment).until("hq LIVE>")));
        times.2.push(timed(|| Terminal::open(PROGRAM, &["--sandbox"], &environment).until("sandbox>")));
    }
    let (nothing, profile, sandbox) = (middle(times.0), middle(times.1), middle(times.2));
    println!("`true` in a terminal              {}", shown(nothing));
    for (what, time) in [("start to prompt, with a profile", profile), ("start to prompt, on the sandbox", sandbox)] {
        let late = if time < Duration::from_millis(100) { "" } else { ", more than the 100 ms that it may take" };
        println!("{what:33} {}   {:.1} × `true` in one{late}", shown(time), ratio(time, nothing));
    }
}

/// What Tab costs, with every operation and type of the catalog behind it: by itself, and from the key to the list on the screen.
fn keys() {
    let catalog = Catalog::builtin();
    for line in ["", "pbx.", "pbx.users.", "pbx.users.list(#{ filter: #{ ", "pbx.users.update(7, #{ QueueStatus: \""] {
        let took = median(50, || timed(|| assert!(!candidates(line, catalog).is_empty())));
        println!("Tab behind {line:45}  {}", shown(took));
    }
    let folder = tempfile::tempdir().expect("a home");
    let home = folder.path().display().to_string();
    // In a new one each time: a terminal shows its line again whenever it likes.
    let press = |keys: &str, wanted: &str| {
        let mut terminal = Terminal::open(PROGRAM, &["--sandbox", "--color", "never"], &[("HOME", &home)]);
        terminal.until("sandbox>");
        std::thread::sleep(Duration::from_millis(50));
        timed(|| {
            terminal.press(keys);
            terminal.until(wanted);
        })
    };
    for (keys, wanted) in [("pbx.parkings.\t", "list_groups"), ("PeerTy\t", "PeerType::")] {
        let took = median(9, || press(keys, wanted));
        println!("{:56}  {}", format!("{:?} to what it offers, in a terminal", keys), shown(took));
    }
}

/// The first 20 of many rows at the prompt, from Enter to the last of them: that of a million against that of a hundred.
fn first_rows() {
    let time = |rows: usize| {
        let url = pages::serve(rows, Duration::ZERO);
        let home = tempfile::tempdir().expect("a home");
        let home = home.path().display().to_string();
        let environment = [environment(&url).as_slice(), &[("HOME", home.as_str())]].concat();
        let mut terminal = Terminal::open(PROGRAM, &[], &environment);
        terminal.until("LIVE>");
        // The first entry logs in.
        terminal.press("pbx.version\r");
        terminal.until("LIVE>");
        terminal.until("LIVE>");
        timed(|| {
            terminal.press("pbx.users.list()\r");
            terminal.until("Enter shows more");
        })
    };
    let (few, many) = (middle((0..5).map(|_| time(101)).collect()), middle((0..5).map(|_| time(1_000_000)).collect()));
    println!("20 of 101 rows at the prompt      {}", shown(few));
    println!("20 of 1,000,000 rows              {}   {:.2} × those of 101", shown(many), ratio(many, few));
}

/// Lines that are pasted, as one entry and line by line, from the first to the value of the last.
fn pastes() {
    let folder = tempfile::tempdir().expect("a home");
    let home = folder.path().display().to_string();
    let time = |count: usize, colour: &str, ways: [&str; 3]| {
        let mut terminal = Terminal::open(PROGRAM, &["--sandbox", "--color", colour], &[("HOME", &home)]);
        terminal.until("sandbox>");
        let [before, end, behind] = ways;
        let lines: String = (1..count).map(|at| format!("let v = {at};{end}")).collect();
        let text = format!("{before}{lines}\"do\" + \"ne\"{behind}\r");
        let mut keys = std::mem::replace(&mut terminal.keys, Box::new(std::io::sink()));
        timed(|| {
            // A terminal takes no more while nobody reads what it shows.
            let writing = std::thread::spawn(move || {
                keys.write_all(text.as_bytes()).expect("keys");
                keys
            });
            terminal.until("\ndone");
            let _ = writing.join();
        })
    };
    let ways = [
        ("pasted", ["\x1b[200~", "\n", "\x1b[201~"]),
        ("typed", ["", "\r", ""]),
        ("typed, one entry", ["{\r", "\r", "}"]),
    ];
    for (way, keys) in ways {
        for colour in ["never", "always"] {
            let times = [500, 5_000, 20_000].map(|count| middle((0..3).map(|_| time(count, colour, keys)).collect()));
            let [few, many, most] = times;
            let growth = ratio(most, many) / 4.0;
            println!(
                "500, 5,000 and 20,000 lines {:28} {} {} {}   {growth:.2} × 4 × from 5,000 on",
                format!("{way}, colours {colour}"),
                shown(few),
                shown(many),
                shown(most)
            );
        }
    }
}

/// A session with all that the catalog gives it, and no PBX behind.
fn session() -> Session {
    let link =
        Link { name: "none".to_owned(), connect: Box::new(|| Err(Fault::NotConfigured { missing: Vec::new() })) };
    let voice = Voice::new(pbxsh::diag::fault, Arc::new(|_, _| {}), Arc::default());
    let catalog = Catalog::builtin();
    let pbx = Connection::new(link, catalog, Guard::default(), voice);
    let nowhere = Arc::new(|_: &_| Err(Fault::NotConfigured { missing: Vec::new() }));
    Session::new(&SessionSetup {
        hosts: vec![Arc::new(Bindings::new(catalog, pbx, nowhere))],
        library: Library { embedded: |_| None, embedded_names: Vec::new, folders: Vec::new() },
        print: Arc::new(|_| {}),
        stop: Arc::new(|| None),
        operations: None,
    })
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// An engine with every operation and type, against one with none.
fn engine() {
    let (mut bare, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..50 {
        bare.push(timed(|| drop(rhai::Engine::new())));
        whole.push(timed(|| drop(session())));
    }
    let (bare, whole) = (middle(bare), middle(whole));
    println!("the engine alone                  {}", shown(bare));
    println!("with all operations and types     {}   {:.1} × the engine alone", shown(whole), ratio(whole, bare));
}

/// Properties of an object against those of a map, without the loop around them.
fn properties() {
    let mut session = session();
    let mut run = |body: &str| {
        let made = "User(#{ Id: 1, Number: \"100\", FirstName: \"Ada\" })";
        let code = format!("let o = {made}; let m = o.to_map(); for i in 0..100000 {{ {body} }}");
        timed(|| assert!(session.run(&Source::new("bench", code)).is_ok())) / 100_000
    };
    let bodies = ["", "o.Number;", "m.Number;", "o.Number = \"1\";", "m.Number = \"1\";"];
    let mut times = bodies.map(|_| Vec::new());
    for _ in 0..7 {
        for (at, body) in bodies.iter().enumerate() {
            times[at].push(run(body));
        }
    }
    let [nothing, read, map_read, write, map_write] = times.map(middle);
    for (what, object, map) in [("reading", read, map_read), ("setting", write, map_write)] {
        let (object, map) = (object.saturating_sub(nothing), map.saturating_sub(nothing));
        let nanos = object.as_nanos();
        println!("{what} a property of an object     {nanos:5} ns      {:.1} × that of a map", ratio(object, map));
    }
}

fn environment(url: &str) -> [(&'static str, &str); 3] {
    [("XAPI_URL", url), ("XAPI_CLIENT_ID", "bench"), ("XAPI_CLIENT_SECRET", "bench")]
}

/// A long list in the ways that scripts go through it, against reading its pages through the bare HTTP library.
fn rows() {
    const ROWS: usize = 100_000;
    let url = pages::serve(ROWS, Duration::ZERO);
    let folder = tempfile::tempdir().expect("a folder");
    let ways = [
        ("for", "let n = 0; for u in pbx.users.list() { n += u.Id; } n".to_owned()),
        ("for, a page at a time", "let n = 0; for u in pbx.users.list(#{ ahead: 1 }) { n += u.Id; } n".to_owned()),
        (".map", "pbx.users.list().map(|u| u.Id).len()".to_owned()),
        (".save", "pbx.users.list().save(\"all.ndjson\")".to_owned()),
    ];
    let mut times: [Vec<Duration>; 4] = Default::default();
    let mut bare = Vec::new();
    for _ in 0..5 {
        bare.push(bare_rows(&url, ROWS));
        for (at, (_, code)) in ways.iter().enumerate() {
            let mut command = Command::new(PROGRAM);
            command.current_dir(folder.path()).args(["-e", code]).envs(environment(&url)).stdout(Stdio::null());
            times[at].push(timed(|| assert!(command.status().expect("the program starts").success())));
        }
    }
    let bare = middle(bare);
    println!("100,000 rows through bare reqwest {}", shown(bare));
    for ((way, _), times) in ways.iter().zip(times) {
        let time = middle(times);
        println!("  {way:31} {}   {:.2} × bare reqwest", shown(time), ratio(time, bare));
    }
}

/// The pages one after the other, parsed and counted.
fn bare_rows(url: &str, rows: usize) -> Duration {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let start = Instant::now();
        let mut sum = 0;
        for skip in (0..rows).step_by(100) {
            let target = format!("{url}/xapi/v1/Users?$top=100&$skip={skip}");
            let answer = client.get(target).bearer_auth("t").send().await.expect("a page");
            let page: serde_json::Value = answer.json().await.expect("a page");
            for row in page["value"].as_array().expect("rows") {
                sum += row["Id"].as_u64().expect("an id");
            }
        }
        assert!(sum > 0);
        start.elapsed()
    })
}

/// The most that is resident while a loop runs: a million rows must not need more than ten thousand.
fn memory() {
    let url = pages::serve(1_000_000, Duration::ZERO);
    let peak = |rows: usize| {
        let code = format!("let n = 0; for u in pbx.users.list(#{{ top: {rows} }}) {{ n += u.Id; }}");
        let mut child = Command::new(PROGRAM).args(["-e", &code]).envs(environment(&url)).spawn().expect("it starts");
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0.0_f64;
        while child.try_wait().expect("a child").is_none() {
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
            peak = peak.max(kilobytes.unwrap_or(0.0) / 1e3);
            std::thread::sleep(Duration::from_millis(2));
        }
        peak
    };
    let (few, many) = (peak(10_000), peak(1_000_000));
    println!("memory for 10,000 rows            {few:8.1} MB");
    println!("memory for 1,000,000 rows         {many:8.1} MB   {:.2} × that for 10,000", many / few);
}

/// A hundred pages over a link of 30 milliseconds, with more and more of them under way at once.
fn link() {
    let url = pages::serve(10_000, Duration::from_millis(30));
    let time = |ahead: usize| {
        let code = format!("let n = 0; for u in pbx.users.list(#{{ ahead: {ahead} }}) {{ n += u.Id; }}");
        run(PROGRAM, &["-e", &code], &environment(&url))
    };
    let one = time(1);
    println!("100 pages over a link of 30 ms    {}", shown(one));
    for ahead in [2, 4, 5, 6, 8, 16] {
        let many = time(ahead);
        println!("  up to {ahead:2} at once               {}   {:.1} × as fast", shown(many), ratio(one, many));
    }
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
