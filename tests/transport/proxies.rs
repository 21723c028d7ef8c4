//! The proxies that variables name: used where they should be, left alone elsewhere, and named where they are in the way.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::common::Pbxsh;
use crate::common::certificates::Certificate;
use crate::files::says;
use crate::transport::line::{Line, page};
use crate::transport::site::{Say, Site};
use crate::transport::{against, ask, believing, company};

/// A PBX that only a proxy can lead to: nobody knows its name.
const NAME: &str = "pbx.company.test";
const CODE: &str = "pbx.users.list(#{ top: 150 }).len() + pbx.groups.list().len()";

fn plain() -> Site {
    let pbx = company();
    Site::plain("127.0.0.1", move |request| Say::Answer(ask(&pbx, request)))
}

fn secure() -> (Certificate, Site) {
    let (authority, pbx) = (Certificate::authority(), company());
    let certificate = authority.for_hosts(&[NAME]);
    let site =
        Site::tls(&certificate, &["h2", "http/1.1"], "127.0.0.1", move |request| Say::Answer(ask(&pbx, request)));
    (authority, site)
}

fn run(url: &str, flags: &[&str], variables: &[(&str, &str)]) -> Pbxsh {
    let arguments = flags.iter().copied().chain(["-e", CODE]);
    variables.iter().fold(against(url, arguments), |run, (name, value)| run.variable(name, value))
}

#[test]
fn https_goes_through_a_tunnel() {
    let ((authority, site), url) = (secure(), format!("https://{NAME}:5001"));
    let line = Line::http(site.port, |_| None);
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let address = if name == "ALL_PROXY" { line.address.clone() } else { format!("http://{}", line.address) };
        let ended = believing(&authority, run(&url, &["--no-token-cache"], &[(name, &address)])).run();
        assert_eq!((ended.out.as_str(), ended.err.as_str()), ("23\n", ""), "{name}");
    }
    let heads = line.heads();
    assert!(
        heads.len() >= 4 && heads.iter().all(|head| head.starts_with("CONNECT pbx.company.test:5001 HTTP/1.1\r\n")),
        "{heads:?}"
    );
    assert!(heads.iter().all(|head| !head.to_lowercase().contains("authorization")), "{heads:?}");
    // The other variable is not for it.
    says(
        believing(&authority, run(&url, &["--retries", "0"], &[("HTTP_PROXY", &line.address)])),
        5,
        &["cannot reach https://pbx"],
    );
}

#[test]
fn http_goes_through_a_proxy_and_is_warned_of() {
    let (site, url) = (plain(), format!("http://{NAME}"));
    let line = Line::http(site.port, |_| None);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let ended = run(&url, &["--no-token-cache"], &[(name, &line.address)]).run();
        let warning = "warning: http://pbx.company.test is without TLS: whoever stands on the line reads the secret, the token and everything else; use https://\n";
        assert_eq!((ended.out.as_str(), ended.err.as_str()), ("23\n", warning), "{name}");
    }
    assert!(line.heads().iter().all(|head| head.contains(" http://pbx.company.test/")), "{:?}", line.heads());
}

#[test]
fn user_and_password_of_a_proxy_are_sent_and_never_shown() {
    let ((authority, site), url) = (secure(), format!("https://{NAME}"));
    let right = format!("proxy-authorization: basic {}", STANDARD.encode("me:hu@sh")).to_lowercase();
    let line = Line::http(site.port, move |head| (!head.to_lowercase().contains(&right)).then(|| page(407)));
    let with = |who: &str| format!("http://{who}{}", line.address);
    let right = with("me:hu%40sh@");
    assert_eq!(believing(&authority, run(&url, &[], &[("HTTPS_PROXY", &right)])).out(), "23\n");
    for who in ["", "me:wrong@"] {
        let ended = believing(&authority, run(&url, &["--trace=full"], &[("HTTPS_PROXY", &with(who))])).run();
        let named = format!("the proxy {} of `HTTPS_PROXY` wants a user and a password", line.address);
        assert!(ended.code == 5 && ended.err.contains(&named) && !ended.err.contains("wrong"), "{}", ended.err);
        assert!(ended.err.contains("`HTTPS_PROXY` can hold them"), "{}", ended.err);
    }
    // Without TLS the proxy itself answers.
    let site = plain();
    let line = Line::http(site.port, |_| Some(page(407)));
    says(
        run(&format!("http://{NAME}"), &[], &[("http_proxy", &format!("http://me:hush@{}", line.address))]),
        5,
        &[&format!("the proxy {} of `http_proxy` wants a user and a password", line.address)],
    );
}

#[test]
fn a_proxy_in_the_way_is_named() {
    let ((authority, secure), plain) = (secure(), plain());
    for status in [403, 502, 503] {
        let line = Line::http(secure.port, move |_| Some(page(status)));
        let url = format!("https://{NAME}");
        let named = format!("the proxy {} of `HTTPS_PROXY` does not lead to https://pbx.company.test", line.address);
        let run_ = run(&url, &["--retries", "0"], &[("HTTPS_PROXY", &line.address)]);
        says(believing(&authority, run_), 5, &[&named, "`NO_PROXY` names"]);
        let line = Line::http(plain.port, move |_| Some(page(status)));
        let named = format!("the proxy {} of `HTTP_PROXY` answers {status} for http://pbx.company.test", line.address);
        says(run(&format!("http://{NAME}"), &["--retries", "0"], &[("HTTP_PROXY", &line.address)]), 5, &[&named]);
    }
    // Nobody is at home.
    for (url, name) in [("https://pbx.company.test", "HTTPS_PROXY"), ("http://pbx.company.test", "HTTP_PROXY")] {
        let named = format!("cannot reach the proxy 127.0.0.1:1 of `{name}` on the way to {url}");
        says(run(url, &["--retries", "0"], &[(name, "me:hush@127.0.0.1:1")]), 5, &[&named, "is it up?"]);
    }
    // No proxy at all.
    let ended = run("https://pbx.company.test", &[], &[("HTTPS_PROXY", "ftp://me:hush@a:1")]).run();
    assert!(
        ended.code == 4 && ended.err.contains("`HTTPS_PROXY` cannot be used: what stands there is no address"),
        "{}",
        ended.err
    );
    assert!(ended.err.contains("bad-proxy") && !ended.err.contains("hush"), "{}", ended.err);
}

#[test]
fn a_tunnel_that_is_refused_is_tried_again() {
    let ((authority, site), url) = (secure(), format!("https://{NAME}"));
    let left = std::sync::atomic::AtomicUsize::new(2);
    let line = Line::http(site.port, move |_| {
        let take = |left: usize| left.checked_sub(1);
        let order = std::sync::atomic::Ordering::SeqCst;
        left.fetch_update(order, order, take).is_ok().then(|| page(503))
    });
    assert_eq!(believing(&authority, run(&url, &[], &[("HTTPS_PROXY", &line.address)])).out(), "23\n");
}

#[test]
fn who_needs_no_proxy_has_none() {
    let site = plain();
    let line = Line::http(site.port, |_| None);
    let all = [("ALL_PROXY", line.address.as_str()), ("HTTP_PROXY", line.address.as_str())];
    // This machine, and the sandbox on it.
    assert_eq!(run(&site.url, &[], &all).out(), "23\n");
    let rehearsal = all.iter().fold(crate::common::sandbox(CODE), |run, (name, value)| run.variable(name, value));
    assert_eq!(rehearsal.out(), "23\n");
    for none in ["pbx.company.test", ".company.test", "other, company.TEST", "*"] {
        let excepted = [all[0], all[1], ("NO_PROXY", none)];
        says(
            run(&format!("http://{NAME}"), &["--retries", "0"], &excepted),
            5,
            &["cannot reach http://pbx.company.test:"],
        );
    }
    let excepted = [all[0], all[1], ("no_proxy", "10.0.0.0/8,company.test")];
    says(run(&format!("http://{NAME}"), &["--retries", "0"], &excepted), 5, &["cannot reach http://pbx.company.test:"]);
    assert_eq!(line.heads(), Vec::<String>::new());
    // What a visitor of a web server says about proxies does not count.
    let visitor = [("HTTP_PROXY", line.address.as_str()), ("REQUEST_METHOD", "GET")];
    says(run(&format!("http://{NAME}"), &["--retries", "0"], &visitor), 5, &["cannot reach http://pbx.company.test:"]);
    assert_eq!(line.heads(), Vec::<String>::new());
}

#[test]
fn socks_leads_there_too() {
    let ((authority, site), url) = (secure(), format!("https://{NAME}:5001"));
    let open = Line::socks(site.port, None);
    let address = format!("socks5h://{}", open.address);
    assert_eq!(believing(&authority, run(&url, &[], &[("ALL_PROXY", &address)])).out(), "23\n");
    assert!(open.heads().iter().all(|host| host == NAME), "{:?}", open.heads());
    let closed = Line::socks(site.port, Some(("me", "hush")));
    let address = format!("socks5h://me:hush@{}", closed.address);
    assert_eq!(believing(&authority, run(&url, &[], &[("ALL_PROXY", &address)])).out(), "23\n");
    let address = format!("socks5h://me:wrong-word@{}", closed.address);
    let ended = believing(&authority, run(&url, &["--retries", "0"], &[("ALL_PROXY", &address)])).run();
    let named = format!("the proxy socks5h://{} of `ALL_PROXY`", closed.address);
    assert!(ended.code == 5 && ended.err.contains(&named) && !ended.err.contains("wrong-word"), "{}", ended.err);
}

#[test]
fn doctor_and_profiles_go_the_same_way() {
    let ((authority, site), url) = (secure(), format!("https://{NAME}:5001"));
    let line = Line::http(site.port, |_| None);
    let address = format!("http://me:hush@{}", line.address);
    let doctor = believing(&authority, against(&url, ["doctor"]).variable("HTTPS_PROXY", &address)).run();
    let named = format!("connection     ok       through the proxy {} of `HTTPS_PROXY`\n", line.address);
    assert!(doctor.code == 0 && doctor.out.contains(&named) && !doctor.out.contains("hush"), "{}", doctor.out);
    let doctor = against(&url, ["doctor"]).variable("HTTPS_PROXY", &address).variable("NO_PROXY", NAME).run();
    assert!(doctor.code == 5 && !doctor.out.contains("through the proxy"), "{}", doctor.out);
    let home = crate::profiles::Home::new();
    let add = home.run(&format!("profile add hq --url {url} --client-id sandbox --secret-env S --default"));
    let add = add.variable("S", pbxsh::sandbox::CLIENT_SECRET).variable("HTTPS_PROXY", &address);
    believing(&authority, add).out();
    let test = believing(&authority, home.run("profile test").variable("HTTPS_PROXY", &address)).out();
    assert!(test.starts_with("hq: ok: 20.0.10."), "{test}");
    assert_eq!(believing(&authority, home.eval("", CODE).variable("HTTPS_PROXY", &address)).out(), "23\n");
}
