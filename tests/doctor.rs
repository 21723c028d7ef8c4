//! Whom profiles believe, and what doctor says on the way to a PBX.

use crate::common::certificates::Certificate;
use crate::common::server::{Response, Server};
use crate::common::{Pbxsh, pbxsh, same};
use crate::files::says;
use crate::profiles::{Home, RIGHTS, SECRET, answers, pbx};
use crate::prompt::Terminal;

/// A server with this certificate, and what `pbxsh` says of it with this in its profile; the machine believes `authority`.
#[track_caller]
fn trusts(certificate: &Certificate, authority: &Certificate, setting: &str, code: i32, sentences: &[&str]) {
    let (home, server) = (Home::new(), Server::tls(certificate, answers));
    std::fs::write(home.path("system.pem"), authority.pem()).expect("a file");
    std::fs::write(home.path("server.pem"), certificate.pem()).expect("a file");
    std::fs::write(home.path("authority.pem"), authority.pem()).expect("a file");
    home.with(&format!("[profiles.hq]\nurl = \"{}\"\nclient_id = \"x\"\n{setting}\n", server.url));
    home.run("profile secret hq --secret-stdin").input(SECRET).out();
    let system = home.path("system.pem").display().to_string();
    let run = home.eval("--profile hq", "pbx.version").variable("SSL_CERT_FILE", &system).variable("COLUMNS", "400");
    match code {
        0 => assert_eq!(run.out(), "20.0.10.1\n", "{setting}"),
        code => says(run, code, sentences),
    }
}

#[test]
fn certificates_that_are_believed_and_not() {
    let authority = Certificate::authority();
    let good = authority.for_hosts(&["127.0.0.1"]);
    let own = Certificate::of_its_own();
    let expired = authority.expired();
    let elsewhere = authority.for_hosts(&["pbx.example.com", "10.0.0.1"]);
    let openssl = Certificate::of_openssl();
    let others = Certificate::authority();
    trusts(&good, &authority, "", 0, &[]);
    trusts(&own, &authority, "", 5, &["tls", "nobody who is trusted vouches for its certificate", "`--pin`"]);
    trusts(&expired, &authority, "", 5, &["its certificate has expired", "renew it"]);
    trusts(
        &elsewhere,
        &authority,
        "",
        5,
        &["its certificate is for", "`pbx.example.com`", "use the name in the certificate"],
    );
    trusts(&openssl, &authority, "", 5, &["its certificate vouches for itself", "`--pin`"]);
    // A file of one's own adds to what the machine believes.
    trusts(&own, &authority, "ca_cert = \"server.pem\"", 0, &[]);
    trusts(&good, &authority, "ca_cert = \"server.pem\"", 0, &[]);
    trusts(&elsewhere, &authority, "ca_cert = \"authority.pem\"", 5, &["its certificate is for"]);
    trusts(&own, &authority, "ca_cert = \"config.toml\"", 5, &["no certificate in the PEM text", "`ca_cert`"]);
    trusts(&own, &authority, "ca_cert = \"none.pem\"", 9, &["none.pem`: No such file"]);
    // A pin believes one certificate, whatever else is wrong with it, and no other.
    for certificate in [&good, &own, &expired, &elsewhere, &openssl] {
        trusts(certificate, &others, &format!("pin = \"{}\"", certificate.fingerprint()), 0, &[]);
    }
    let pin = format!("pin = \"{}\"", own.fingerprint());
    let renewed = format!("not the one that was pinned: it is {}", good.fingerprint());
    trusts(&good, &authority, &pin, 5, &[&renewed, "was it renewed?"]);
    trusts(&elsewhere, &others, "insecure = true", 0, &[]);
}

#[test]
fn insecure_is_said_at_every_start() {
    let (home, server) = (Home::new(), Server::tls(&Certificate::of_its_own(), answers));
    home.add("hq", &server.url, "--insecure --default").out();
    let warning = "warning: `hq` is insecure: whoever stands on the line can pretend to be it and read along; `--pin` is as easy and safe\n";
    for _ in 0..2 {
        let ended = home.eval("", "pbx.version").run();
        assert_eq!((ended.out.as_str(), ended.err.as_str()), ("20.0.10.1\n", warning));
    }
    assert_eq!(home.eval("--sandbox", "connect(\"hq\"); connect(\"hq\").version").run().err, warning);
    assert_eq!(home.eval("--sandbox", "1").run().err, "");
}

#[test]
fn a_certificate_that_is_not_believed_is_shown_and_not_pinned_by_itself() {
    let (home, own) = (Home::new(), Certificate::of_its_own());
    let server = Server::tls(&own, answers);
    let authority = Certificate::authority();
    std::fs::write(home.path("system.pem"), authority.pem()).expect("a file");
    let system = home.path("system.pem").display().to_string();
    let run = home.add("hq", &server.url, "").variable("SSL_CERT_FILE", &system).variable("COLUMNS", "600");
    let pin = own.fingerprint();
    says(
        run,
        5,
        &[
            "nobody who is trusted vouches for its certificate",
            "`CN=My PBX` for 127.0.0.1, localhost, issued by itself, 2020-01-01 to 2099-12-31",
            &format!("if it is that of your PBX: `--pin {}`", pin.replace(':', "")),
        ],
    );
    assert!(!home.path("config.toml").exists());
    home.add("hq", &server.url, &format!("--pin {}", pin.replace(':', "").to_lowercase())).out();
    assert!(home.file().contains(&format!("pin = \"{pin}\"")), "{}", home.file());
}

#[test]
fn at_the_terminal_what_is_missing_is_asked_for() {
    let own = Certificate::of_its_own();
    let server = Server::tls(&own, answers);
    let home = Home::new();
    std::fs::write(home.path("system.pem"), Certificate::authority().pem()).expect("a file");
    let system = home.path("system.pem").display().to_string();
    let environment = [("PBXSH_CONFIG_DIR", home.folder()), ("SSL_CERT_FILE", system)];
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut terminal = Terminal::open(&["profile", "add", "--tag", "berlin"], &environment);
    terminal.at_prompt("name:");
    terminal.line("hq");
    terminal.see("address, like https://pbx.example.com:5001:");
    terminal.line(&server.url);
    terminal.see("believe this certificate from now on, and no other? [y/N]");
    let screen = terminal.screen();
    let start = own.fingerprint()[..47].to_owned();
    assert!(screen.contains("subject    CN=My PBX") && screen.contains(&start), "{screen}");
    terminal.line("y");
    terminal.at_prompt("client id:");
    terminal.line("shell");
    terminal.at_prompt("client secret (not shown):");
    terminal.press(SECRET);
    terminal.press("\r");
    terminal.see("`--profile hq` chooses it");
    let screen = terminal.screen();
    assert!(!screen.contains(SECRET) && screen.contains("hq: ok: 20.0.10.1"), "{screen}");
    terminal.ends(0);
    assert!(home.file().contains(&format!("pin = \"{}\"", own.fingerprint())), "{}", home.file());
    let mut terminal = Terminal::open(&["profile", "remove", "hq"], &environment);
    terminal.see("and its secret? [y/N]");
    terminal.line("n");
    terminal.see("nothing was removed");
    terminal.ends(0);
    assert!(home.path("secrets/hq").exists());
}

#[test]
fn doctor_walks_the_whole_way() {
    let (home, authority) = (Home::new(), Certificate::authority());
    let certificate = authority.for_hosts(&["127.0.0.1", "pbx.example.com"]);
    let server = Server::tls(&certificate, answers);
    std::fs::write(home.path("ca.pem"), authority.pem()).expect("a file");
    let ca = home.path("ca.pem").display().to_string();
    home.add("hq", &server.url, &format!("--ca-cert {ca} --default")).out();
    let (url, folder, pin) = (&server.url, home.folder(), certificate.fingerprint());
    let address = url.trim_start_matches("https://");
    same(
        &home.run("doctor").out(),
        &format!(
            "configuration  ok       profile `hq` of `{folder}/config.toml`: {url}
secret         ok       it is there, and nobody else can read it
terminal       ok       100 columns, no colours, no Unicode; nobody can be asked: input or messages are no terminal
name           ok       127.0.0.1
connection     ok       {address} takes connections
certificate    ok       `CN=My PBX` for 127.0.0.1, pbx.example.com, issued by CN=The authority, 2020-01-01 to 2099-12-31, SHA-256 {pin}
trust          ok       the certificate is believed, with the help of `ca_cert`
login          ok       {RIGHTS}
version        ok       20.0.10.1, served by what is known of 20.0.10
clock          ok       the PBX does not say what time it is there
"
        ),
    );
    let json: serde_json::Value = serde_json::from_str(&home.run("doctor --json").out()).expect("JSON");
    let certificate = &json[5]["certificate"];
    assert_eq!((&json[5]["step"], &certificate["fingerprint"]), (&"certificate".into(), &pin.as_str().into()));
    assert_eq!(
        (&certificate["until"], &json[0]["state"], &json[0]["remedy"]),
        (&"2099-12-31".into(), &"ok".into(), &().into())
    );
}

/// The last line of doctor, its remedy behind it, and the code with which it ends.
fn stops(run: Pbxsh) -> (i32, String) {
    let ended = run.run();
    let mut lines: Vec<&str> = ended.out.lines().collect();
    let last = lines.split_off(lines.iter().rposition(|line| !line.starts_with(' ')).expect("a line"));
    (
        ended.code,
        last.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join(" | "),
    )
}

#[test]
fn doctor_stops_where_the_next_step_makes_no_sense() {
    let (home, own) = (Home::new(), Certificate::of_its_own());
    std::fs::write(home.path("system.pem"), Certificate::authority().pem()).expect("a file");
    let system = home.path("system.pem").display().to_string();
    let doctor = |name: &str| home.run(&format!("doctor {name}")).variable("SSL_CERT_FILE", &system);
    let (tls, web) = (Server::tls(&own, answers), Server::raw(|_| Response::html(200, "<html>Welcome</html>")));
    let refused = Server::raw(|request| match request.target.as_str() {
        "/connect/token" => Response::json(401, r#"{"error":"invalid_client"}"#),
        _ => Response::html(200, ""),
    });
    let nothing = web.url.replace("http:", "https:");
    for (name, url) in [
        ("nowhere", "https://pbx.invalid"),
        ("closed", "https://127.0.0.1:1"),
        ("own", tls.url.as_str()),
        ("plain", nothing.as_str()),
        ("web", web.url.as_str()),
        ("refused", refused.url.as_str()),
    ] {
        home.add(name, url, "--no-test").out();
    }
    let cases = [
        ("nowhere", 5, "name failed cannot reach https://pbx.invalid: "),
        ("closed", 5, "connection failed cannot reach https://127.0.0.1:1: 127.0.0.1:1: "),
        ("own", 5, "trust failed no secure connection to https://127.0.0.1"),
        ("plain", 5, "certificate failed no secure connection to https://127.0.0.1"),
        ("web", 5, "login failed http://127.0.0.1"),
        ("refused", 6, "login failed http://127.0.0.1"),
        ("nobody", 4, "terminal ok"),
    ];
    for (name, code, expected) in cases {
        let (given, last) = stops(doctor(name));
        assert!(given == code && last.starts_with(expected), "{name}: {given} {last}");
        assert!(code == 4 || last.contains(" | "), "{name} has no remedy: {last}");
    }
    let (_, last) = stops(doctor("own"));
    assert!(last.contains("if the fingerprint above is that of your PBX"), "{last}");
    // Without anything there is nothing to walk to.
    let ended = Home::new().run("doctor").run();
    assert_eq!(ended.code, 4);
    assert!(ended.out.starts_with("configuration  failed   no PBX is configured: "), "{}", ended.out);
    assert!(ended.out.contains("`pbxsh profile add NAME`"), "{}", ended.out);
    let ended = home.with("default = 1").run("doctor").run();
    assert!(ended.code == 4 && ended.out.contains("`default` must be a text, not an integer"), "{}", ended.out);
}

#[test]
fn doctor_looks_at_the_environment_too() {
    let server = pbx();
    let run = pbxsh(["doctor"]).variable("XAPI_URL", &server.url).variable("XAPI_CLIENT_ID", "x");
    let out = run.variable("XAPI_CLIENT_SECRET", SECRET).out();
    assert!(
        out.starts_with(&format!("configuration  ok       the variables of the environment: {}\n", server.url)),
        "{out}"
    );
    assert!(out.contains("certificate    ok       none: HTTP without TLS, on this machine\n"), "{out}");
    let run = pbxsh(["doctor"]).variable("XAPI_URL", "https://pbx.invalid").variable("XAPI_CLIENT_ID", "x");
    let run = run.variable("XAPI_CLIENT_SECRET", SECRET).variable("HTTPS_PROXY", "http://me:hush@127.0.0.1:1");
    let ended = run.run();
    assert!(
        ended.out.contains("connection     ok       through the proxy 127.0.0.1:1 of `HTTPS_PROXY`\n"),
        "{}",
        ended.out
    );
    assert!(ended.code == 5 && !ended.out.contains("hush"), "{}", ended.out);
}
