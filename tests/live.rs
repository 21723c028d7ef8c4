//! PBXs that are newer than the program: what they say about themselves, and what becomes of it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use pbxsh::catalog::Catalog;
use pbxsh::sandbox::{Pbx, Server, Setup};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::{Pbxsh, pbxsh, same};
use crate::files::says;
use crate::prompt::Terminal;

/// Stands before a simulated PBX, which it calls by another version, and answers for what that PBX does not have.
struct Front {
    url: String,
    told: Arc<Mutex<Told>>,
    _pbx: Server,
}

#[derive(Clone)]
struct Told {
    version: String,
    /// Status, type and text of the description.
    description: (u16, String, String),
    seen: Vec<String>,
}

impl Front {
    fn new() -> Front {
        let catalog = Catalog::builtin();
        let setup = Setup { release: catalog.newest(), seed: 3, clock: Arc::new(jiff::Timestamp::now) };
        let pbx = Server::start(Pbx::company(catalog, setup), 0).expect("a simulated PBX");
        let to = pbx.url().trim_start_matches("http://").to_owned();
        let description = (200, "application/yaml".to_owned(), changed(|_| ()));
        let told = Told { version: "20.0.11.3".to_owned(), description, seen: Vec::new() };
        let told = Arc::new(Mutex::new(told));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = told.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (to, told) = (to.clone(), shared.clone());
                std::thread::spawn(move || pass(stream, &to, &told));
            }
        });
        Front { url, told, _pbx: pbx }
    }

    fn says(&self, status: u16, content_type: &str, text: &str) {
        self.told.lock().expect("what it says").description = (status, content_type.to_owned(), text.to_owned());
    }

    fn is(&self, version: &str) {
        self.told.lock().expect("what it says").version = version.to_owned();
    }

    fn seen(&self) -> Vec<String> {
        std::mem::take(&mut self.told.lock().expect("what it says").seen)
    }
}

/// One request; the connection ends with its answer.
fn pass(mut stream: TcpStream, to: &str, told: &Mutex<Told>) -> Option<()> {
    let (mut request, mut piece) = (Vec::new(), [0; 4096]);
    let (head, body_at) = loop {
        let read = stream.read(&mut piece).ok().filter(|read| *read > 0)?;
        request.extend_from_slice(&piece[..read]);
        if let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") {
            break (String::from_utf8_lossy(&request[..end]).into_owned(), end + 4);
        }
    };
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let length: usize = length.unwrap_or(0);
    while request.len() < body_at + length {
        let read = stream.read(&mut piece).ok().filter(|read| *read > 0)?;
        request.extend_from_slice(&piece[..read]);
    }
    let line = head.lines().next()?.trim_end_matches(" HTTP/1.1").to_owned();
    let body = String::from_utf8_lossy(&request[body_at..]).into_owned();
    let known = told.lock().expect("what it says").clone();
    let own = if line == "GET /xapi/v1/swagger.yaml" { Some(known.description) } else { own(&line, &body) };
    let (status, content_type, text) = match own {
        Some(own) => {
            told.lock().expect("what it says").seen.push(format!("{line} {body}").trim().to_owned());
            own
        }
        None => forward(to, &head, &request[body_at..])?,
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nX-3CX-Version: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        known.version,
        text.len()
    );
    stream.write_all(format!("{head}{text}").as_bytes()).ok()
}

fn forward(to: &str, head: &str, body: &[u8]) -> Option<(u16, String, String)> {
    let mut lines: Vec<&str> =
        head.lines().filter(|line| !line.to_lowercase().starts_with("accept-encoding")).collect();
    lines.insert(1, "Connection: close");
    let mut pbx = TcpStream::connect(to).ok()?;
    pbx.write_all(format!("{}\r\n\r\n", lines.join("\r\n")).as_bytes()).ok()?;
    pbx.write_all(body).ok()?;
    let mut answer = String::new();
    pbx.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let content_type = head.lines().find_map(|line| line.strip_prefix("content-type: ")).unwrap_or("text/plain");
    Some((status, content_type.to_owned(), body.to_owned()))
}

/// What the newer PBX has.
fn own(line: &str, body: &str) -> Option<(u16, String, String)> {
    let json = |value: Value| Some((200, "application/json".to_owned(), value.to_string()));
    let target = line.split(['?', ' ']).nth(1)?;
    match (line.split(' ').next()?, target.strip_prefix("/xapi/v1/")?) {
        ("GET", "Widgets") => json(json!({"value": [{"Id": 1, "Shape": "Round", "Weight": 2.5}]})),
        ("POST", "Widgets") => json(serde_json::from_str(body).ok()?),
        ("POST", "Widgets(1)/Pbx.Spin") => json(json!({"value": 7})),
        ("GET", "Users/Pbx.GetNicknames(since=2026-01-01)") => json(json!({"value": ["Countess"]})),
        ("GET", "Users/Pbx.GenerateBadge()") => json(json!({"value": "badge"})),
        _ => None,
    }
}

/// The description of the newest release as the simulated PBX gives it, made newer.
fn changed(more: impl Fn(&mut Value)) -> String {
    let catalog = Catalog::builtin();
    let setup = Setup { release: catalog.newest(), seed: 3, clock: Arc::new(jiff::Timestamp::now) };
    let mut pbx = Pbx::company(catalog, setup);
    let mut ask = |method: &str, path: &str, token: &str, body: &'static str| {
        let request = http::Request::builder().method(method).uri(path).header("authorization", token);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = pbxsh::sandbox::handle(&mut pbx, request.body(body.into()).expect("a request"));
        String::from_utf8(answer.into_body().to_vec()).expect("text")
    };
    let login = "client_id=sandbox&client_secret=sandbox-secret&grant_type=client_credentials";
    let token: Value = serde_json::from_str(&ask("POST", "/connect/token", "", login)).expect("a token");
    let token = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let text = ask("GET", "/xapi/v1/swagger.yaml", &token, "");
    let mut all: Value = yaml_serde::from_str(&text).expect("a description");
    newer(&mut all);
    more(&mut all);
    yaml_serde::to_string(&all).expect("a description")
}

fn answer(schema: Value) -> Value {
    json!({"200": {"description": "Success", "content": {"application/json": {"schema": schema}}}})
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/Pbx.{name}")})
}

fn wrapped(schema: Value) -> Value {
    answer(json!({"type": "object", "properties": {"value": schema}}))
}

/// A resource with a type and an enum, operations of users, a property and a value more; some things less.
fn newer(all: &mut Value) {
    let widgets = json!({"type": "array", "items": reference("Widget")});
    let names = json!({"type": "array", "items": {"type": "string"}});
    let key = json!({"name": "Id", "in": "path", "schema": {"type": "integer", "format": "int32"}, "x-ms-docs-key-type": "Widget"});
    let since = json!({"name": "since", "in": "path", "schema": {"type": "string", "format": "date"}});
    let paths = all["paths"].as_object_mut().expect("paths");
    paths.insert(
        "/Widgets".to_owned(),
        json!({
            "get": {"tags": ["Widgets"], "operationId": "ListWidget", "responses": wrapped(widgets),
                    "parameters": [{"name": "$top", "in": "query"}, {"name": "$filter", "in": "query"}]},
            "post": {"tags": ["Widgets"], "operationId": "CreateWidget", "responses": answer(reference("Widget")),
                     "requestBody": {"content": {"application/json": {"schema": reference("Widget")}}}},
        }),
    );
    paths.insert(
        "/Widgets({Id})/Pbx.Spin".to_owned(),
        json!({"post": {
            "tags": ["Widgets"], "x-ms-docs-operation-type": "action", "parameters": [key],
            "responses": wrapped(json!({"type": "integer", "format": "int32"})),
            "requestBody": {"content": {"application/json": {"schema":
                {"type": "object", "properties": {"times": {"type": "integer", "format": "int32"}}}}}},
        }}),
    );
    paths.insert("/Users/Pbx.GetNicknames(since={since})".to_owned(), json!({"get": {
        "tags": ["Users"], "x-ms-docs-operation-type": "function", "parameters": [since], "responses": wrapped(names),
    }}));
    paths.insert(
        "/Users/Pbx.GenerateBadge()".to_owned(),
        json!({"get": {
            "tags": ["Users"], "x-ms-docs-operation-type": "function", "responses": wrapped(json!({"type": "string"})),
        }}),
    );
    paths.remove("/ActivityLog/Pbx.PurgeLogs").expect("what goes");
    let schemas = all["components"]["schemas"].as_object_mut().expect("types");
    schemas.insert("Pbx.WidgetShape".to_owned(), json!({"type": "string", "enum": ["Round", "Square"]}));
    schemas.insert("Pbx.Widget".to_owned(), json!({"type": "object", "properties": {
        "Id": {"type": "integer", "format": "int32"}, "Shape": reference("WidgetShape"),
        "Weight": {"type": "number", "format": "double"}, "Label": {"type": "string", "maxLength": 5, "nullable": true},
    }}));
    schemas["Pbx.User"]["properties"]["Nickname"] = json!({"type": "string", "nullable": true});
    schemas["Pbx.User"]["properties"].as_object_mut().expect("a type").remove("Mobile").expect("what goes");
    schemas["Pbx.PeerType"]["enum"].as_array_mut().expect("values").push("Hologram".into());
}

/// Settings and state that several runs share.
struct Home(TempDir);

impl Home {
    fn with(profiles: &[(&str, &str)]) -> Home {
        let home = Home(TempDir::new().expect("a home"));
        let text: String = profiles
            .iter()
            .map(|(name, url)| format!("[profiles.{name}]\nurl = \"{url}\"\nclient_id = \"sandbox\"\n"))
            .collect();
        std::fs::create_dir_all(home.0.path().join("settings/secrets")).expect("a folder");
        std::fs::write(home.0.path().join("settings/config.toml"), text).expect("a file");
        for (name, _) in profiles {
            let file = home.0.path().join("settings/secrets").join(name);
            std::fs::write(&file, "sandbox-secret").expect("a file");
            #[cfg(unix)]
            std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("a mode");
        }
        home
    }

    fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Pbxsh {
        let path = |name: &str| self.0.path().join(name).display().to_string();
        pbxsh(arguments).variable("PBXSH_CONFIG_DIR", &path("settings")).variable("XDG_STATE_HOME", &path("state"))
    }

    fn line(&self, line: &str) -> Pbxsh {
        self.run(line.split(' '))
    }

    fn eval(&self, profile: &str, code: &str) -> Pbxsh {
        self.run(["--profile", profile, "-e", code])
    }

    fn import(&self, profile: &str) -> String {
        let ended = self.line(&format!("catalog import --profile {profile}")).run();
        assert_eq!(ended.code, 0, "{}", ended.err);
        assert_eq!(ended.out, "");
        ended.err
    }

    fn kept(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join("state/pbxsh/catalogs").join(name)
    }
}

#[test]
fn what_a_pbx_says_about_itself_can_be_called() {
    let front = Front::new();
    let home = Home::with(&[("hq", &front.url)]);
    says(home.eval("hq", "pbx.widgets.list()"), 3, &["`widgets`"]);
    same(
        &home.import("hq"),
        "`hq` is 20.0.11.3: 133 resources, 606 operations, 328 object types, 113 enums\n\
         compared with 20.0.10: operations: 5 added, 1 removed; types: 2 added, 2 changed; `pbxsh catalog diff 20.0.10 hq` shows them\n",
    );
    front.seen();
    let code = r#"
        let made = pbx.widgets.create(Widget(#{ Shape: WidgetShape::Round, Weight: 2.5 }));
        print(`${type_of(made)} ${made.Shape} ${pbx.release}`);
        for widget in pbx.widgets.list(#{ filter: #{ Shape: "Round" } }) { print(`${type_of(widget)} ${widget.Weight}`) }
        print(pbx.widgets.spin(1, #{ times: 3 }));
        print(pbx.users.get_nicknames("2026-01-01").to_array());
        print(pbx.users.generate_badge());
        print(`${PeerType::Hologram} ${pbx.users.list().len() > 5}`);
        let user = User(#{ Nickname: "Ada" });
        print(user.Nickname);
    "#;
    same(
        &home.eval("hq", code).out(),
        "Widget Round 20.0.11\nWidget 2.5\n7\n[\"Countess\"]\nbadge\nHologram true\nAda\n",
    );
    // Pages of a set that cannot be counted or skipped through come as one.
    assert_eq!(
        front.seen()[..3],
        [
            r#"POST /xapi/v1/Widgets {"Shape":"Round","Weight":2.5}"#,
            "GET /xapi/v1/Widgets?$filter=Shape%20eq%20%27Round%27",
            r#"POST /xapi/v1/Widgets(1)/Pbx.Spin {"times":3}"#,
        ]
    );
}

#[test]
fn what_is_wrong_or_gone_is_said_as_ever() {
    let front = Front::new();
    let home = Home::with(&[("hq", &front.url)]);
    home.import("hq");
    for (code, exit, words) in [
        ("pbx.widgets.create(#{ Shap: 1 })", 3, "did you mean `Shape`?"),
        ("pbx.widgets.create(#{ Shape: \"Flat\" })", 3, "Flat"),
        ("pbx.widgets.create(#{ Label: \"too long\" })", 3, "Widget.Label"),
        ("pbx.widgets.spinn(1, #{ times: 3 })", 3, "did you mean `spin`?"),
        ("pbx.users.get_nicknames(\"soon\")", 3, "a date"),
        (
            "pbx.activity_log.purge_logs()",
            3,
            "`activity_log.purge_logs` does not exist on 20.0.11: 20.0.5 to 20.0.10 have it",
        ),
        (
            "pbx.version; pbx.users.create(#{ Mobile: \"1\" })",
            3,
            "`User.Mobile` does not exist on 20.0.11: 20.0.5 to 20.0.10 have it",
        ),
    ] {
        says(home.eval("hq", code), exit, &[words]);
    }
    for code in ["pbx.widgets.spin(1, #{ times: 1 })", "pbx.users.generate_badge()", "pbx.widgets.create(#{})"] {
        says(home.run(["--profile", "hq", "--read-only", "-e", code]), 8, &["read-only"]);
    }
    home.run(["--profile", "hq", "--read-only", "-e", "pbx.users.get_nicknames(\"2026-01-01\").len()"]).out();
}

#[test]
fn other_commands_and_connections_go_by_it() {
    let front = Front::new();
    let home = Home::with(&[("hq", &front.url), ("other", &front.url)]);
    home.import("hq");
    let script = "pbx.widgets.list();\npbx.activity_log.purge_logs();\npbx.widgets.spin(1, #{ times: \"x\" });\n";
    let found = home.line("check --profile hq --format short job.rhai").file("job.rhai", script).run();
    assert_eq!(found.code, 3, "{}", found.err);
    same(
        &found.out,
        "job.rhai:2:18: error[not-on-release]: `activity_log.purge_logs` does not exist on 20.0.11: 20.0.5 to 20.0.10 have it\n\
         job.rhai:3:31: error[wrong-type]: `times` must be a whole number, not the string \"x\"\n",
    );
    let found = home.line("check --profile other --format short job.rhai").file("job.rhai", "pbx.users.list();").run();
    assert_eq!((found.code, found.out.as_str()), (0, ""));
    assert_eq!(
        found.err,
        "note: `other` has not described itself yet; `pbxsh catalog import --profile other` asks it to\n"
    );
    says(
        home.line("check --profile hk job.rhai").file("job.rhai", "1"),
        4,
        &["there is no profile `hk`", "did you mean `hq`?"],
    );
    let ended = home.line("definitions --profile hq d").run();
    let types: String = ended.out.lines().map(|name| ended.read(name)).collect();
    assert!(types.contains("get_nicknames") && types.contains("WidgetShape") && !types.contains("purge_logs"));
    // A script that begins elsewhere.
    let code = "let hq = connect(\"hq\"); `${hq.widgets.list().len()} ${hq.release} ${pbx.release} ${type_of(hq.widgets.list()[0])}`";
    same(&home.run(["--sandbox", "-e", code]).out(), "1 20.0.11 20.0.10 Widget\n");
    says(home.run(["--sandbox", "-e", "pbx.widgets.list()"]), 3, &["does not exist on 20.0.10: it came with 20.0.11"]);
    // The same release elsewhere, which said nothing about itself.
    same(&home.eval("other", "pbx.release").out(), "20.0.11\n");
    // The PBX of the variables has a name of its own.
    let with = |pbxsh: Pbxsh| {
        let named = pbxsh.variable("XAPI_URL", &front.url).variable("XAPI_CLIENT_ID", "sandbox");
        named.variable("XAPI_CLIENT_SECRET", "sandbox-secret")
    };
    let host = front.url.trim_start_matches("http://");
    let ended = with(home.line("catalog import")).run();
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.err.starts_with(&format!("`{host}` is 20.0.11.3")), "{}", ended.err);
    same(&with(home.run(["-e", "pbx.widgets.list().len()"])).out(), "1\n");
    assert_eq!(with(home.line(&format!("catalog forget {host}"))).run().code, 0);
}

#[test]
fn help_and_completion_know_it() {
    let front = Front::new();
    let home = Home::with(&[("hq", &front.url)]);
    home.import("hq");
    let path = |name: &str| home.0.path().join(name).display().to_string();
    let places = [("PBXSH_CONFIG_DIR", path("settings")), ("XDG_STATE_HOME", path("state"))];
    let places: Vec<(&str, &str)> = places.iter().map(|(name, place)| (*name, place.as_str())).collect();
    let mut terminal = Terminal::open(&["--profile", "hq"], &places);
    terminal.see("hq LIVE> ");
    terminal.line(":help widgets.spin");
    terminal.see("/Widgets({Id})/Pbx.Spin");
    terminal.press("pbx.widg\t");
    terminal.see("pbx.widgets");
    // Before anything was asked, what its own PBX said counts.
    terminal.press(".s\t");
    terminal.see("pbx.widgets.spin");
}

#[test]
fn an_upgrade_is_told_once() {
    let front = Front::new();
    let home = Home::with(&[("hq", &front.url)]);
    home.import("hq");
    for (version, release, told) in
        [("20.0.11.9", "20.0.11", false), ("20.0.12.1", "20.0.11", true), ("20.0.9.1", "20.0.9", true)]
    {
        front.is(version);
        let ended = home.eval("hq", "connect(\"hq\").version; connect(\"hq\").users.list(); pbx.release").run();
        assert_eq!((ended.code, ended.out.trim()), (0, release), "{}", ended.err);
        let note = format!(
            "note: `hq` described itself as 20.0.11.3, and it is {version} now; `pbxsh catalog import --profile hq` reads what it says today\n"
        );
        assert_eq!(ended.err, if told { note } else { String::new() });
    }
    front.is("20.0.12.1");
    home.import("hq");
    assert_eq!(home.eval("hq", "pbx.release").run().err, "");
}

#[test]
fn what_is_damaged_stops_nobody() {
    let front = Front::new();
    let home = Home::with(&[("hq", &front.url)]);
    home.import("hq");
    let whole = std::fs::read_to_string(home.kept("hq")).expect("what is kept");
    for (text, reason) in [
        (whole[..whole.len() / 2].to_owned(), "it is not as it was written"),
        (whole.replace("op spin", "op spun"), "it is not as it was written"),
        (String::new(), "it was not written by pbxsh"),
        ("\0\u{1}".to_owned(), "it was not written by pbxsh"),
        (whole.replace("pbxsh description 1", "pbxsh description 2"), "it was written by a newer pbxsh"),
        (whole.replace("version 20", "versoin 20"), "something is missing at its beginning"),
        (whole.replace("of profile hq", "of profile hk"), "it is that of `hk`"),
    ] {
        std::fs::write(home.kept("hq"), &text).expect("a file");
        let ended = home.eval("hq", "pbx.users.list().len() > 5").run();
        assert_eq!((ended.code, ended.out.trim()), (0, "true"), "{}", ended.err);
        assert_eq!(
            ended.err,
            format!(
                "note: what is kept of `hq` cannot be used: {reason}; `pbxsh catalog import` reads it anew, `pbxsh catalog forget hq` removes it\n"
            )
        );
    }
    home.import("hq");
    assert_eq!(home.eval("hq", "pbx.widgets.list().len()").out(), "1\n");
    assert_eq!(std::fs::read_to_string(home.kept("hq")).expect("what is kept"), whole);
}

#[test]
fn what_is_no_description_takes_nothing_away() {
    let front = Front::new();
    let home = Home::with(&[("hq", &front.url)]);
    home.import("hq");
    let whole = std::fs::read_to_string(home.kept("hq")).expect("what is kept");
    let cycle = changed(|all| {
        all["components"]["schemas"]["Pbx.Widget"]["allOf"] = json!([reference("Gadget")]);
        all["components"]["schemas"]["Pbx.Gadget"] = json!({"allOf": [reference("Widget")]});
    });
    let many = changed(|all| {
        let paths = all["paths"].as_object_mut().expect("paths");
        paths.extend((0..10_001).map(|n| (format!("/P{n}"), json!({}))));
    });
    let large = format!("# {}\nopenapi: 3.0.4\n", "x".repeat(9 << 20));
    let shop = r#"{"openapi":"3.0.0","paths":{"/pets":{"get":{}}},"components":{"schemas":{"Pet":{}}}}"#;
    let yaml = "application/yaml";
    for (status, content_type, text, code, words) in [
        (200, yaml, "a: [b", 5, "what `hq` says about itself is neither YAML nor JSON"),
        (200, yaml, "just words", 5, "what `hq` says about itself is no OpenAPI description: it has no `paths`"),
        (200, yaml, "a: &a [x]\nb: *a\n", 5, "no OpenAPI description"),
        (200, yaml, "<!DOCTYPE html><html></html>", 5, "what `hq` says about itself is a web page"),
        (200, "text/html", "<html>the web client</html>", 5, ""),
        (200, yaml, "", 5, "empty"),
        (200, yaml, " \n", 5, "what `hq` says about itself is empty"),
        (200, yaml, "paths: {}\ncomponents: {schemas: {}}\n", 5, "it has no paths"),
        (200, "application/json", shop, 5, "no type in it begins with `Pbx.`"),
        (200, yaml, cycle.as_str(), 5, "is built on itself"),
        (200, yaml, many.as_str(), 5, "is too large: at most 10000 paths are read"),
        (200, yaml, large.as_str(), 5, "is too large: at most 8 megabytes are read"),
        (404, "application/json", r#"{"error":"Resource not found"}"#, 7, "it answers 404 for /xapi/v1/swagger.yaml"),
        (403, "text/plain", "", 7, "`hq` does not show its description to this client: it answers 403"),
    ] {
        front.says(status, content_type, text);
        let ended = home.line("catalog import --profile hq --retries 0").run();
        assert_eq!(ended.code, code, "{}", ended.err);
        let line = ended.err.split_whitespace().filter(|word| *word != "|").collect::<Vec<_>>().join(" ");
        assert!(line.contains(words) && line.contains("help:"), "no {words:?} in {}", ended.err);
        assert_eq!(std::fs::read_to_string(home.kept("hq")).expect("what is kept"), whole);
    }
    front.says(200, yaml, &changed(|_| ()));
    front.is("none of your business");
    says(home.line("catalog import --profile hq"), 5, &["calls its version", "nothing was kept"]);
    says(home.line("catalog import --profile hk"), 4, &["there is no profile `hk`", "did you mean `hq`?"]);
    says(home.line("catalog import"), 4, &[]);
    assert_eq!(home.eval("hq", "pbx.widgets.list().len()").run().code, 0);
}

#[test]
fn what_is_kept_is_listed_and_goes_with_its_profile() {
    let front = Front::new();
    let home = Home::with(&[("hq", &front.url), ("twin", &front.url)]);
    home.import("hq");
    home.import("twin");
    let list = home.line("catalog list").out();
    assert!(
        list.contains("\n 20.0.11 | hq              | 20.0.11.3 | 2026-03-12 10:30 |       133 |        606 |   441"),
        "{list}"
    );
    let list: Value = serde_json::from_str(&home.line("catalog list --json").out()).expect("JSON");
    assert_eq!(list.as_array().map(Vec::len), Some(8));
    // One description is one release, however many PBXs gave it.
    assert_eq!(
        list[7],
        json!({
            "release": "20.0.11", "name": "twin", "version": "20.0.11.3", "imported": "2026-03-12T10:30:00Z",
            "resources": 133, "operations": 606, "types": 441,
        })
    );
    assert_eq!(home.line("profile rename twin other").run().code, 0);
    assert!(home.kept("other").exists() && !home.kept("twin").exists());
    assert_eq!(home.eval("other", "pbx.widgets.list().len()").out(), "1\n");
    assert_eq!(home.line("profile remove other --yes").run().code, 0);
    assert!(!home.kept("other").exists());
    says(home.line("catalog forget hk"), 2, &["nothing is kept of `hk`", "did you mean `hq`?"]);
    assert_eq!(home.line("catalog forget hq").run().err, "what `hq` said about itself is forgotten\n");
    says(home.line("catalog forget hq"), 2, &["nothing is kept of any PBX"]);
    says(home.eval("hq", "pbx.widgets.list()"), 3, &["`widgets`"]);
}

#[test]
fn differences_are_shown() {
    let front = Front::new();
    let home = Home::with(&[("hq", &front.url), ("new", &front.url)]);
    home.import("hq");
    same(
        &home.line("catalog diff 20.0.10 hq").out(),
        "from 20.0.10 to hq: operations: 5 added, 1 removed; types: 2 added, 2 changed\n\
         \n\
         Operations added (5)\n\
         \x20 users.generate_badge  command, GET /Users/Pbx.GenerateBadge()\n\
         \x20 users.get_nicknames  read, GET /Users/Pbx.GetNicknames(since)\n\
         \x20 widgets.create  create, POST /Widgets\n\
         \x20 widgets.list  read, GET /Widgets\n\
         \x20 widgets.spin  command, POST /Widgets({Id})/Pbx.Spin\n\
         \n\
         Operations removed (1)\n\
         \x20 activity_log.purge_logs\n\
         \n\
         Types added (2)\n\
         \x20 Widget  object: Id, Label, Shape, Weight\n\
         \x20 WidgetShape  enum: Round, Square\n\
         \n\
         Types changed (2)\n\
         \x20 PeerType\n\
         \x20   + value Hologram\n\
         \x20 User\n\
         \x20   - property Mobile: string, may be null\n\
         \x20   + property Nickname: string, may be null\n",
    );
    let json: Value = serde_json::from_str(&home.line("catalog diff hq 20.0.10 --json").out()).expect("JSON");
    assert_eq!((&json["from"], &json["to"]), (&json!("hq"), &json!("20.0.10")));
    assert_eq!(
        json["operations"]["added"],
        json!([{"name": "activity_log.purge_logs", "about": "delete, POST /ActivityLog/Pbx.PurgeLogs"}])
    );
    assert_eq!(
        json["types"]["changed"][0],
        json!({"name": "PeerType", "changes": [{"part": "value", "name": "Hologram", "from": "", "to": null}]})
    );
    let file = home.line("catalog diff new-20.0.11.yaml hq").file("new-20.0.11.yaml", &changed(|_| ()));
    same(&file.out(), "nothing changed from new-20.0.11.yaml to hq\n");
    same(&home.line("catalog diff 20.0.8 20.0.8").out(), "nothing changed from 20.0.8 to 20.0.8\n");
    says(home.line("catalog diff 20.0.1 hq"), 2, &["`20.0.1` is no release", "did you mean `20.0.5`?"]);
    says(home.line("catalog diff hq new"), 2, &["nothing is kept of `new`", "`pbxsh catalog import --profile new`"]);
    says(home.line("catalog diff hq x.yaml").file("x.yaml", "a: b"), 9, &["no OpenAPI description"]);
}

#[test]
fn names_that_are_taken_are_given_again() {
    let front = Front::new();
    let home = Home::with(&[("hq", &front.url), ("branch-7", &front.url)]);
    home.import("hq");
    let function = |tag: &str| {
        json!({"get": {
            "tags": [tag], "x-ms-docs-operation-type": "function", "responses": wrapped(json!({"type": "string"})),
        }})
    };
    front.says(
        200,
        "application/yaml",
        &changed(|all| {
            let paths = all["paths"].as_object_mut().expect("paths");
            paths.insert("/A/Pbx.GetFirstAvailableExtensionNumber()".to_owned(), function("Users"));
            paths.insert("/Release/Pbx.Default()".to_owned(), function("Release"));
            paths.insert("/x/Pbx.GetThing()".to_owned(), function("USERS"));
            paths.insert("/List\nop evil".to_owned(), function("Users"));
            paths.insert("/Widgets({Id})".to_owned(), json!({"put": {"tags": ["Widgets"]}}));
            let schemas = all["components"]["schemas"].as_object_mut().expect("types");
            for name in ["List", "DateTime", "print"] {
                schemas.insert(
                    format!("Pbx.{name}"),
                    json!({"type": "object", "properties": {"Other": reference("List")}}),
                );
            }
            for number in 0..80 {
                schemas.insert(
                    format!("Pbx.Z{number:02}"),
                    json!({"type": "object", "properties": {"X": {"type": "string"}}}),
                );
            }
        }),
    );
    let told = home.import("branch-7");
    assert!(told.contains("there is no room for 27 types"), "{told}");
    assert!(told.contains("note: pbxsh cannot call GET /List\\nop evil and 1 more: left out"), "{told}");
    let code = r#"
        print(pbx.release);
        print(type_of(PbxList(#{ Other: PbxList() }).Other));
        print(`${type_of(pbx.users.list().first())} ${type_of(pbx.users.list())} ${now() > datetime("2020-01-01T00:00:00Z")}`);
        print(pbx.supports("users.get_first_available_extension_number_2"));
        print(pbx.supports("release_.default_"));
        print(pbx.supports("users.get_thing"));
        print(type_of(pbx.users.get_first_available_extension_number()));
    "#;
    let ended = home.eval("branch-7", code).run();
    same(&ended.out, "20.0.11\nPbxList\nUser List true\ntrue\ntrue\ntrue\nFirstAvailableNumber\n");
    // It was told when it was read, and whoever looks is told again.
    assert_eq!(ended.err, "");
    assert!(home.line("catalog list").run().err.contains("there is no room for 27 types"));
    // The same version, and not the same PBX.
    same(&home.eval("hq", "pbx.release").out(), "20.0.11\n");
    same(
        &home.eval("hq", "`${connect(\"branch-7\").release} ${pbx.widgets.list().len()}`").out(),
        "20.0.11+branch-7 1\n",
    );
}
