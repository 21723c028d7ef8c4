//! Addresses as people write them: by number, with a path before the PBX, in capitals, with what does not belong there.

use bytes::Bytes;
use http::header::LOCATION;
use http::{Request, Response};
use tempfile::TempDir;

use crate::common::Pbxsh;
use crate::common::certificates::Certificate;
use crate::files::says;
use crate::profiles::Home;
use crate::transport::site::{Say, Site};
use crate::transport::{against, ask, believing, company};

/// More rows than a page has.
const CODE: &str = "pbx.chat_history_view.list(#{ top: 250 }).to_array().len()";

#[test]
fn ipv6_in_brackets() {
    let pbx = company();
    let site = Site::plain("::1", move |request| Say::Answer(ask(&pbx, request)));
    assert_eq!(site.url, format!("http://[::1]:{}", site.port));
    assert_eq!(against(&site.url, ["-e", CODE]).out(), "250\n");
    let doctor = against(&site.url, ["doctor"]).out();
    assert!(doctor.contains(&format!("[::1]:{} takes connections", site.port)), "{doctor}");
    let (authority, pbx) = (Certificate::authority(), company());
    let certificate = authority.for_hosts(&["::1"]);
    let site = Site::tls(&certificate, &["h2"], "::1", move |request| Say::Answer(ask(&pbx, request)));
    let long = format!("https://[0:0:0:0:0:0:0:1]:{}", site.port);
    assert_eq!(believing(&authority, against(&long, ["-e", CODE])).out(), "250\n");
    let doctor = believing(&authority, against(&long, ["doctor"])).out();
    assert!(doctor.contains("for ::1, issued by CN=The authority"), "{doctor}");
}

/// A gate with a PBX behind a path; it says in links and redirects what it is told to.
fn gate(links: fn(&str) -> String, redirect: Option<&'static str>) -> Site {
    let pbx = company();
    Site::plain("127.0.0.1", move |request: Request<Bytes>| {
        let target = request.uri().to_string();
        let Some(below) = target.strip_prefix("/branch/7").filter(|below| below.starts_with('/')) else {
            return Say::Answer(status(404));
        };
        if let (Some(to), true) = (redirect, below.starts_with("/xapi/v1/Users?")) {
            let mut answer = status(307);
            answer.headers_mut().insert(LOCATION, to.parse().expect("a header"));
            return Say::Answer(answer);
        }
        let below = below.replace("/xapi/v1/People", "/xapi/v1/Users");
        let (mut head, body) = request.into_parts();
        head.uri = below.parse().expect("a target");
        let answer = ask(&pbx, Request::from_parts(head, body));
        let (mut head, body) = answer.into_parts();
        head.headers.remove("content-length");
        Say::Answer(Response::from_parts(head, links(&String::from_utf8_lossy(&body)).into()))
    })
}

fn status(status: u16) -> Response<Bytes> {
    Response::builder().status(status).body(Bytes::new()).expect("an answer")
}

#[test]
fn a_path_before_the_pbx_holds_for_everything() {
    let as_it_is: fn(&str) -> String = str::to_owned;
    let rewritten: fn(&str) -> String = |body| body.replace("/xapi/v1/Chat", "/branch/7/xapi/v1/Chat");
    let relative: fn(&str) -> String = |body| match body.split_once("\"@odata.nextLink\":\"http://") {
        Some((before, link)) => {
            format!("{before}\"@odata.nextLink\":\"/branch/7{}", &link[link.find('/').unwrap_or(0)..])
        }
        None => body.to_owned(),
    };
    for links in [as_it_is, rewritten, relative] {
        let site = gate(links, None);
        for ending in ["/branch/7", "/branch/7/", "/branch/7/xapi/v1/"] {
            let run = against(&format!("{}{ending}", site.url), ["--no-token-cache", "-e", CODE]);
            assert_eq!(run.out(), "250\n", "{ending}");
        }
        assert!(site.lines().iter().all(|line| line.contains(" /branch/7/")), "{:?}", site.lines());
    }
    let users = "pbx.users.list(#{ top: 3 }).to_array().len()";
    let site = gate(as_it_is, Some("/branch/7/xapi/v1/People?$top=3"));
    assert_eq!(against(&format!("{}/branch/7", site.url), ["-e", users]).out(), "3\n");
    // The PBX beside it must not get this one's token.
    let site = gate(as_it_is, Some("/branch/8/xapi/v1/Users?$top=3"));
    says(against(&format!("{}/branch/7", site.url), ["-e", users]), 5, &["redirects to /branch/8/xapi/v1/Users"]);
    assert!(!site.lines().iter().any(|line| line.contains("/branch/8")), "{:?}", site.lines());
    let site = gate(as_it_is, None);
    let doctor = against(&format!("{}/branch/7/", site.url), ["doctor"]).run();
    assert!(doctor.out.contains("version        ok") && doctor.code == 0, "{}", doctor.out);
}

#[test]
fn one_host_in_many_spellings_shares_a_token() {
    let pbx = company();
    let site = Site::plain("127.0.0.1", move |request| Say::Answer(ask(&pbx, request)));
    let home = TempDir::new().expect("a home");
    let run = |url: &str| {
        let run = against(url, ["-e", "pbx.users.list(#{ top: 1 }).len()"]);
        run.variable("HOME", &home.path().display().to_string())
    };
    let port = site.port;
    for url in [
        format!("http://127.0.0.1:{port}"),
        format!("HTTP://127.0.0.1:{port}/"),
        format!("http://127.1:{port}//"),
        format!("http://127.0.0.1:{port}/xapi/v1/"),
        format!(" http://0x7f.0.0.1:{port}/xapi "),
    ] {
        assert_eq!(run(&url).out(), "1\n", "{url}");
    }
    assert_eq!(site.logins().len(), 1);
    for url in
        [format!("http://localhost:{port}"), format!("http://LocalHost:{port}/"), format!("http://localhost.:{port}")]
    {
        assert_eq!(run(&url).out(), "1\n", "{url}");
    }
    assert_eq!(site.logins().len(), 2);
}

#[test]
fn no_password_stands_in_an_address() {
    let home = Home::new();
    let bad = "https://me:hush-hush@pbx.example.com:5001";
    let refused = |run: Pbxsh| {
        let ended = run.variable("COLUMNS", "400").run();
        assert!(!ended.out.contains("hush") && !ended.err.contains("hush"), "{ended:?}");
        format!("{} {}{}", ended.code, ended.out, ended.err)
    };
    let said = refused(against(bad, ["-e", "pbx.version"]));
    assert!(said.starts_with('4') && said.contains("a user or password does not belong into the address"), "{said}");
    let said = refused(home.add("hq", bad, ""));
    assert!(said.starts_with('4') && said.contains("a user or password does not belong into the address"), "{said}");
    let said = refused(against(bad, ["doctor"]));
    assert!(said.starts_with('4') && said.contains("does not belong into the address"), "{said}");
    let code = format!("connect(#{{ url: \"{bad}\", client_id: \"x\", client_secret: \"y\" }})");
    let said = refused(home.eval(
        "--sandbox",
        &format!("let other = {code}; print(other); try {{ other.version }} catch (e) {{ print(e.message); exit(4) }}"),
    ));
    assert!(said.starts_with('4') && said.contains("does not belong into the address"), "{said}");
    home.with(&format!("[profiles.hq]\nurl = \"{bad}\"\nclient_id = \"x\"\n"));
    let said = refused(home.run("profile list"));
    assert!(
        said.starts_with('4') && said.contains("`https://…@pbx.example.com:5001` is no address of a PBX"),
        "{said}"
    );
    home.with("[profiles.hq]\nurl = \"https://a\"\nclient_id = \"x\"\nsecret = \"hush\"\n");
    let said = refused(home.run("profile list"));
    assert!(said.starts_with('4') && said.contains("a secret does not belong into this file"), "{said}");
}

#[test]
fn without_tls_a_warning_is_given_once() {
    // Nobody is there, which is told after it.
    let code = "let a = connect(#{ url: \"http://pbx.invalid\", client_id: \"x\", client_secret: \"y\" }); for n in 0..2 { try { a.version } catch { } }";
    let ended = Home::new().eval("--sandbox --retries 0", code).run();
    let warning = "warning: http://pbx.invalid is without TLS: whoever stands on the line reads the secret, the token and everything else; use https://\n";
    assert_eq!((ended.code, ended.err.as_str()), (0, warning));
    let ended = Home::new().eval("--sandbox --retries 0", &code.replace("http:", "https:")).run();
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
}
