//! HTTP/2 is as good as HTTP/1: the same answers, as many at once, and the same rules where it breaks. And answers that are compressed.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use h2::Reason;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH};
use http::{Request, Response, Version};

use crate::common::certificates::Certificate;
use crate::common::{Ended, Pbxsh};
use crate::transport::site::{Say, Seen, Site};
use crate::transport::{MOMENT, against, ask, believing, company};

const BOTH: &[&str] = &["h2", "http/1.1"];

/// A site behind TLS, and a machine that believes it.
struct Place {
    site: Site,
    authority: Certificate,
}

impl Place {
    fn new(protocols: &[&str], answer: impl Fn(Request<Bytes>) -> Say + Send + Sync + 'static) -> Place {
        let authority = Certificate::authority();
        let certificate = authority.for_hosts(&["127.0.0.1"]);
        Place { site: Site::tls(&certificate, protocols, "127.0.0.1", answer), authority }
    }

    fn eval(&self, flags: &[&str], code: &str) -> Pbxsh {
        believing(&self.authority, against(&self.site.url, flags.iter().copied().chain(["-e", code])))
    }
}

fn all_over(seen: &[Seen], version: Version) -> bool {
    !seen.is_empty() && seen.iter().all(|seen| seen.version == version)
}

#[test]
fn reads_writes_and_downloads_are_the_same_over_both() {
    let code = r#"
        let all = pbx.users.list().map(|user| user.Number);
        let group = pbx.groups.create(#{ Name: "Support" });
        group.Name = "Help";
        pbx.groups.update(group);
        let found = pbx.groups.list(#{ filter: #{ Name: "Help" } }).len();
        pbx.groups.delete(group);
        pbx.chat_history_view.download_chat_history("Europe/Berlin", #{ top: 300 }).save("chats.csv");
        let refused = try_it();
        fn try_it() { try { pbx.users.create(#{ Number: "100" }) } catch (e) { return `${e.status} ${e.code}`; } }
        print(`${all} ${found} ${pbx.groups.list().len()} ${refused} ${file::read("chats.csv").len()}`);
    "#;
    let ran = |protocols: &[&str]| {
        let pbx = company();
        let place = Place::new(protocols, move |request| Say::Answer(ask(&pbx, request)));
        (place.eval(&[], code).out(), place.site.seen())
    };
    let ((first, by_first), (second, by_second)) = (ran(&["http/1.1"]), ran(BOTH));
    assert_eq!(first, second);
    assert!(all_over(&by_first, Version::HTTP_11) && all_over(&by_second, Version::HTTP_2), "{by_second:?}");
    assert!(by_second.iter().all(|seen| seen.connection == by_second[0].connection), "{by_second:?}");
    // A pin brings TLS settings of its own, which must ask for HTTP/2 too.
    let pbx = company();
    let own = Certificate::of_its_own();
    let site = Site::tls(&own, BOTH, "127.0.0.1", move |request| Say::Answer(ask(&pbx, request)));
    let home = crate::profiles::Home::new();
    let add = home.run(&format!(
        "profile add hq --url {} --client-id sandbox --secret-env S --pin {}",
        site.url,
        own.fingerprint()
    ));
    add.variable("S", pbxsh::sandbox::CLIENT_SECRET).out();
    assert!(all_over(&site.seen(), Version::HTTP_2), "{:?}", site.seen());
}

/// The most requests that were under way in one moment.
fn at_once(seen: &[Seen]) -> usize {
    let during = |at: &Seen| seen.iter().filter(|other| other.begun <= at.begun && at.begun < other.ended).count();
    seen.iter().map(during).max().unwrap_or(0)
}

#[test]
fn six_at_once_on_one_connection() {
    let pbx = company();
    let place = Place::new(BOTH, move |request| Say::Later(MOMENT, ask(&pbx, request)));
    let many = "let all = []; for n in 0..40 { all.push(n) } parallel(all, 20, |n| pbx.users.list(#{ top: 1, skip: n % 9 }).len()).len()";
    assert_eq!(place.eval(&[], many).out(), "40\n");
    let seen = place.site.seen();
    assert!(all_over(&seen, Version::HTTP_2) && (4..=6).contains(&at_once(&seen)), "{}", at_once(&seen));
    // Pages that are fetched ahead are under way together.
    let pbx = company();
    let place = Place::new(BOTH, move |request| Say::Later(MOMENT, ask(&pbx, request)));
    let pages = "let n = 0; for row in pbx.chat_history_view.list(#{ top: 900 }) { n += 1 } n";
    assert_eq!(place.eval(&["--ahead", "8"], pages).out(), "900\n");
    let seen = place.site.seen();
    assert!((2..=6).contains(&at_once(&seen)), "{}", at_once(&seen));
}

#[test]
fn a_server_that_says_goodbye_loses_nothing() {
    let (pbx, count) = (company(), AtomicUsize::new(0));
    let place = Place::new(BOTH, move |request| {
        let answer = ask(&pbx, request);
        if count.fetch_add(1, Ordering::SeqCst) % 5 == 4 { Say::GoAway(answer) } else { Say::Answer(answer) }
    });
    let code = r#"
        let all = []; for n in 0..40 { all.push(n) }
        parallel(all, 6, |n| { let group = pbx.groups.create(#{ Name: `Group ${n}` }); pbx.groups.get(group.Id).Name });
        print(pbx.groups.list(#{ filter: "startswith(Name, 'Group ')" }).len());
    "#;
    let ended = place.eval(&[], code).run();
    assert_eq!((ended.out.as_str(), ended.err.as_str()), ("40\n", ""));
    let connections: std::collections::BTreeSet<usize> = place.site.seen().iter().map(|seen| seen.connection).collect();
    assert!(connections.len() > 3 && all_over(&place.site.seen(), Version::HTTP_2), "{connections:?}");
}

/// How a stream is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Before anything was looked at, more often than the HTTP library tries by itself.
    Refused,
    /// After it was carried out.
    Reset,
    /// In the middle of the answer.
    Half,
}

/// What a script hears, and how often the request was carried out.
fn meets(fault: Fault, code: &str, hits: &'static str) -> (String, usize) {
    let (pbx, struck) = (company(), AtomicUsize::new(0));
    let times = if fault == Fault::Refused { 4 } else { 1 };
    let done = std::sync::Arc::new(AtomicUsize::new(0));
    let counted = done.clone();
    let place = Place::new(BOTH, move |request| {
        let line = format!("{} {}", request.method(), request.uri());
        if !line.starts_with(hits) {
            return Say::Answer(ask(&pbx, request));
        }
        let strikes = struck.fetch_add(1, Ordering::SeqCst) < times;
        if strikes && fault == Fault::Refused {
            return Say::Reset(Reason::REFUSED_STREAM);
        }
        counted.fetch_add(1, Ordering::SeqCst);
        let answer = ask(&pbx, request);
        match fault {
            Fault::Reset if strikes => Say::Reset(Reason::INTERNAL_ERROR),
            Fault::Half if strikes => Say::Half(answer, Reason::INTERNAL_ERROR),
            _ => Say::Answer(answer),
        }
    });
    let code = format!(
        "try {{ {code}; print(\"ok\") }} catch (e) {{ print(if e.uncertain == true {{ \"uncertain\" }} else {{ `${{e.code}}` }}) }}"
    );
    let Ended { out, .. } = place.eval(&[], &code).run();
    (out.trim().to_owned(), done.load(Ordering::SeqCst))
}

#[test]
fn streams_that_break_are_repeated_by_the_rules_of_connections() {
    const READ: (&str, &str) = ("pbx.users.list(#{ top: 5 }).to_array()", "GET /xapi/v1/Users?");
    const UPDATE: (&str, &str) =
        ("let user = pbx.users.get_by_number(\"100\"); user.Mobile = \"+15550100\"; pbx.users.update(user)", "PATCH ");
    const CREATE: (&str, &str) = ("pbx.groups.create(#{ Name: \"Night shift\" })", "POST /xapi/v1/Groups");
    const ACTION: (&str, &str) =
        ("pbx.users.batch_delete(#{ ids: [pbx.users.get_by_number(\"102\").Id] })", "POST /xapi/v1/Users/");
    // Read again; a change is not, unless it can be looked up.
    let cases = [
        (Fault::Refused, READ, "ok", 1),
        (Fault::Refused, UPDATE, "ok", 1),
        (Fault::Refused, CREATE, "ok", 1),
        (Fault::Refused, ACTION, "ok", 1),
        (Fault::Reset, READ, "ok", 2),
        (Fault::Reset, UPDATE, "uncertain", 1),
        (Fault::Reset, CREATE, "ok", 1),
        (Fault::Reset, ACTION, "uncertain", 1),
        (Fault::Half, READ, "ok", 2),
        (Fault::Half, CREATE, "ok", 1),
    ];
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let met = cases.map(|case| (case, scope.spawn(move || meets(case.0, case.1.0, case.1.1))));
        let met = met.map(|(case, met)| (case, met.join().expect("no panic")));
        let wrong = met.into_iter().filter(|((_, _, heard, done), met)| (met.0.as_str(), met.1) != (*heard, *done));
        wrong
            .map(|((fault, (code, _), heard, done), met)| format!("{fault:?} {code}: {met:?}, not {heard} {done}"))
            .collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn downloads_go_on_where_a_stream_broke() {
    let (pbx, struck) = (company(), AtomicUsize::new(0));
    let place = Place::new(BOTH, move |request| {
        let download = request.uri().path().contains("Download");
        let answer = ask(&pbx, request);
        let breaks = download && struck.fetch_add(1, Ordering::SeqCst) < 2;
        if breaks { Say::Half(answer, Reason::INTERNAL_ERROR) } else { Say::Answer(answer) }
    });
    let code = "pbx.chat_history_view.download_chat_history(\"UTC\", #{ top: 500 }).save(\"a.csv\"); file::read(\"a.csv\").len()";
    let broken = place.eval(&[], code).out();
    let pbx = company();
    let whole = Place::new(BOTH, move |request| Say::Answer(ask(&pbx, request)));
    assert_eq!(broken, whole.eval(&[], code).out());
    assert!(broken.trim().parse::<usize>().expect("a length") > 10_000, "{broken}");
}

fn compressed(answer: Response<Bytes>) -> Response<Bytes> {
    let (mut head, body) = answer.into_parts();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&body).expect("bytes");
    head.headers.insert(CONTENT_ENCODING, "gzip".parse().expect("a header"));
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, encoder.finish().expect("bytes").into())
}

#[test]
fn compressed_answers_are_asked_for_and_read() {
    let code = r#"
        pbx.chat_history_view.download_chat_history("UTC", #{ top: 300 }).save("a.csv");
        try { pbx.users.create(#{ Number: "100" }) } catch (e) { print(`${e.status} ${e.code}`) }
        print(`${pbx.users.list().len()} ${file::read("a.csv").len()}`);
    "#;
    let ran = |gzip: bool| {
        let pbx = company();
        let site = Site::plain("127.0.0.1", move |request| {
            let wanted = request
                .headers()
                .get(ACCEPT_ENCODING)
                .is_some_and(|names| names.to_str().is_ok_and(|names| names.contains("gzip")));
            let answer = ask(&pbx, request);
            Say::Answer(if gzip && wanted { compressed(answer) } else { answer })
        });
        let ended = against(&site.url, ["--trace", "-e", code]).run();
        // The time of each request is another one.
        let trace: Vec<String> = ended
            .err
            .lines()
            .map(|line| {
                let line = line.replace(&site.url, "");
                let (head, rest) = line.split_once(", ").unwrap_or((&line, ""));
                format!("{head}{}", rest.split_once(", ").map_or("", |(_, sizes)| sizes))
            })
            .collect();
        (ended.code, ended.out, trace, site.seen())
    };
    let (plain, gzip) = (ran(false), ran(true));
    assert_eq!((plain.0, &plain.1), (0, &gzip.1));
    assert!(
        gzip.3.iter().all(|seen| seen.headers.get(ACCEPT_ENCODING).is_some_and(|names| names == "gzip")),
        "{:?}",
        gzip.3
    );
    // Lengths are those of what was read, as the PBX wrote it; of what is not read to its end nobody knows them.
    let without_file = |trace: &[String]| {
        trace.iter().filter(|line| !line.contains("Download") && !line.contains("/Defs?")).cloned().collect::<Vec<_>>()
    };
    assert_eq!(without_file(&plain.2), without_file(&gzip.2));
    assert!(gzip.2.iter().any(|line| line.contains("/xapi/v1/Users") && line.contains(" received")), "{:?}", gzip.2);
}
