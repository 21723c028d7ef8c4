//! Where lists stop, and what they ask for on the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::client::tests::server::{Say, Seen, Server, operation};
use crate::client::{Arguments, BuildError, Client, ClientError, Page, Pages};
use crate::guard::{By, Denied, Guard, Mode, Permit};
use crate::odata::Options;

fn option(seen: &Seen, name: &str) -> Option<u64> {
    let query = seen.target.split_once('?').map_or("", |(_, query)| query);
    query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
}

/// A PBX with a list of `length` numbers.
fn list(length: u64) -> Server {
    Server::pbx(move |seen| {
        let start = option(seen, "$skip").unwrap_or(0);
        let end = (start + option(seen, "$top").unwrap_or(length)).min(length);
        let rows: Vec<Value> = (start..end).map(|number| json!({"Id": number})).collect();
        let mut answer = json!({"value": rows});
        if seen.target.contains("$count=true") {
            answer["@odata.count"] = json!(length);
        }
        Say::json(200, &answer)
    })
}

fn permits() -> Result<Permit, Denied> {
    Guard::default().permit(operation())
}

fn pages(client: &Client, options: Options) -> Pages {
    let release = Catalog::builtin().newest();
    let variant = operation().variant(release).unwrap();
    let arguments = Arguments { options, ..Arguments::default() };
    Pages::new(client, variant, release, &arguments, permits).unwrap()
}

fn all(mut pages: Pages) -> Result<Vec<Page>, ClientError> {
    let mut all = Vec::new();
    while let Some(page) = pages.next_page()? {
        all.push(page);
    }
    assert_eq!(pages.next_page()?, None);
    Ok(all)
}

fn ids(pages: &[Page]) -> Vec<u64> {
    pages.iter().flat_map(|page| &page.rows).map(|row| row["Id"].as_u64().unwrap()).collect()
}

fn asked(server: &Server) -> Vec<String> {
    server.asked().iter().map(|line| line.trim_start_matches("GET /xapi/v1/Users?").to_owned()).collect()
}

fn options(top: Option<u64>, skip: Option<u64>, count: bool) -> Options {
    Options { top, skip, count: count.then_some(true), ..Options::default() }
}

/// Length, options, the rows that come, and the requests that are sent for them.
type Case = (u64, Options, std::ops::Range<u64>, &'static [&'static str]);

fn cases() -> Vec<Case> {
    vec![
        (0, options(None, None, false), 0..0, &["$top=100"]),
        (99, options(None, None, false), 0..99, &["$top=100"]),
        (100, options(None, None, false), 0..100, &["$top=100", "$top=100&$skip=100"]),
        (150, options(None, None, false), 0..150, &["$top=100", "$top=100&$skip=100"]),
        (500, options(Some(0), None, false), 0..0, &[]),
        (500, options(Some(5), None, false), 0..5, &["$top=5"]),
        (500, options(Some(100), None, false), 0..100, &["$top=100"]),
        (500, options(Some(250), None, false), 0..250, &["$top=100", "$top=100&$skip=100", "$top=50&$skip=200"]),
        (30, options(Some(250), Some(20), false), 20..30, &["$top=100&$skip=20"]),
        (500, options(Some(101), Some(7), false), 7..108, &["$top=100&$skip=7", "$top=1&$skip=107"]),
        (100, options(None, None, true), 0..100, &["$top=100&$count=true"]),
        (200, options(None, Some(100), true), 100..200, &["$top=100&$skip=100&$count=true"]),
        (150, options(None, None, true), 0..150, &["$top=100&$count=true", "$top=100&$skip=100"]),
        (500, options(Some(0), None, true), 0..0, &["$top=0&$count=true"]),
        (0, options(None, None, true), 0..0, &["$top=100&$count=true"]),
    ]
}

#[test]
fn stops_where_the_list_does() {
    for (length, options, rows, requests) in cases() {
        let server = list(length);
        let counted = options.count.is_some();
        let pages = all(pages(&server.client(), options)).unwrap();
        assert_eq!(ids(&pages), rows.collect::<Vec<u64>>(), "{requests:?}");
        assert_eq!(asked(&server), requests);
        assert!(pages.iter().all(|page| page.total == counted.then_some(length)));
        assert!(!counted || !pages.is_empty(), "a number that was asked for comes even without rows");
    }
}

#[test]
fn ahead_gives_the_same_rows() {
    for (length, options, rows, _) in cases().into_iter().chain([(1234, Options::default(), 0..1234, &[][..])]) {
        let server = list(length);
        let pages = all(pages(&server.client(), options).ahead(6)).unwrap();
        assert_eq!(ids(&pages), rows.collect::<Vec<u64>>());
        // What was asked for in vain is less than what is allowed under way.
        assert!(server.asked().len() <= usize::try_from(length / 100).unwrap() + 6);
    }
}

#[test]
fn ahead_is_faster_on_a_slow_line() {
    let time = |ahead| {
        let server = Server::pbx(|seen| {
            let start = option(seen, "$skip").unwrap_or(0);
            let rows: Vec<Value> = (start..(start + 100).min(1950)).map(|number| json!({"Id": number})).collect();
            Say::json(200, &json!({"value": rows})).after(Duration::from_millis(30))
        });
        let client = server.client();
        let start = Instant::now();
        assert_eq!(ids(&all(pages(&client, Options::default()).ahead(ahead)).unwrap()).len(), 1950);
        start.elapsed()
    };
    let (one, six) = (time(1), time(6));
    assert!(six * 2 < one, "{six:?} against {one:?}");
}

#[test]
fn no_more_than_allowed_are_under_way() {
    let now = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let (counter, peak) = (Arc::clone(&now), Arc::clone(&most));
    let server = Server::pbx(move |seen| {
        peak.fetch_max(counter.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(5));
        counter.fetch_sub(1, Ordering::SeqCst);
        let start = option(seen, "$skip").unwrap_or(0);
        let rows: Vec<Value> = (start..(start + 100).min(3000)).map(|number| json!({"Id": number})).collect();
        Say::json(200, &json!({"value": rows}))
    });
    all(pages(&server.client(), Options::default()).ahead(4)).unwrap();
    let most = most.load(Ordering::SeqCst);
    assert!((2..=4).contains(&most), "{most}");
}

#[test]
fn other_options_are_kept_on_every_page() {
    let server = list(150);
    let options = Options {
        filter: Some("Enabled eq true".to_owned()),
        orderby: vec!["Number".to_owned()],
        ..Options::default()
    };
    all(pages(&server.client(), options)).unwrap();
    let rest = "$filter=Enabled%20eq%20true&$orderby=Number";
    assert_eq!(asked(&server), [format!("$top=100&{rest}"), format!("$top=100&$skip=100&{rest}")]);
}

#[test]
fn links_are_followed_at_the_same_host() {
    for ahead in [1, 6] {
        let server = Server::pbx(|seen| match option(seen, "$skiptoken") {
            None => Say::json(200, &json!({"value": [{"Id": 0}], "@odata.nextLink": "Users?$skiptoken=1"})),
            Some(1) => {
                let next = format!("http://{}/xapi/v1/Users?$skiptoken=2", seen.header("host").unwrap());
                Say::json(200, &json!({"value": [{"Id": 1}, {"Id": 2}], "@odata.nextLink": next}))
            }
            _ => Say::json(200, &json!({"value": [{"Id": 3}]})),
        });
        let client = server.client();
        assert_eq!(ids(&all(pages(&client, Options::default()).ahead(ahead)).unwrap()), [0, 1, 2, 3]);
        assert_eq!(asked(&server), ["$top=100", "$skiptoken=1", "$skiptoken=2"]);
        assert_eq!(ids(&all(pages(&client, options(Some(2), None, false)).ahead(ahead)).unwrap()), [0, 1]);
    }
    for link in ["http://127.0.0.2:9/xapi/v1/Users?$skiptoken=1", "/xapi/v1/Users?$top=100"] {
        let server = Server::pbx(move |_| Say::json(200, &json!({"value": [{"Id": 0}], "@odata.nextLink": link})));
        let result = all(pages(&server.client(), Options::default()));
        assert!(matches!(result, Err(ClientError::Malformed { .. })), "{result:?}");
    }
}

#[test]
fn lists_of_other_shapes() {
    let of = |body: Value| all(pages(&Server::pbx(move |_| Say::json(200, &body)).client(), Options::default()));
    assert_eq!(ids(&of(json!([{"Id": 1}])).unwrap()), [1]);
    assert!(of(json!({"value": null})).unwrap().is_empty());
    assert!(of(json!({"@odata.count": "0", "value": []})).unwrap().is_empty());
    // More than asked for: everything.
    let everything: Vec<Value> = (0..250).map(|number| json!({"Id": number})).collect();
    assert_eq!(ids(&of(json!({"value": everything})).unwrap()).len(), 250);
    for body in [json!({"Id": 1}), json!({"value": 5}), json!("text"), json!(null)] {
        let result = of(body);
        assert!(matches!(result, Err(ClientError::Malformed { .. })), "{result:?}");
    }
    let csv = Server::pbx(|_| Say::typed(200, "text/csv", "a,b"));
    assert!(matches!(all(pages(&csv.client(), Options::default())), Err(ClientError::Malformed { .. })));
    let nothing = Server::pbx(|_| Say::new(204, &[], ""));
    assert!(all(pages(&nothing.client(), Options::default())).unwrap().is_empty());
    // Whoever takes silence for an empty list deletes what is not in it.
    let silent = Server::pbx(|_| Say::new(200, &[], ""));
    assert!(matches!(all(pages(&silent.client(), Options::default())), Err(ClientError::Malformed { .. })));
}

#[test]
fn lists_without_pages_are_one_request() {
    let catalog = Catalog::builtin();
    let release = catalog.newest();
    let operation = catalog.operation("groups", "list_rights").unwrap();
    let variant = operation.variant(release).unwrap();
    let server = Server::pbx(|_| Say::json(200, &json!({"value": vec![json!({"Id": 1}); 100]})));
    let arguments = Arguments { parameters: vec![Some(json!(7))], ..Arguments::default() };
    let pages = Pages::new(&server.client(), variant, release, &arguments, permits);
    let requests = if variant.has_option(crate::catalog::QueryOption::Top, release) { 2 } else { 1 };
    let mut pages = pages.unwrap();
    assert_eq!(pages.next_page().unwrap().unwrap().rows.len(), 100);
    if requests == 1 {
        assert_eq!(pages.next_page().unwrap(), None);
        assert_eq!(server.asked(), ["GET /xapi/v1/Groups(7)/Rights"]);
    }
}

#[test]
fn an_error_ends_a_list() {
    for ahead in [1, 6] {
        let server = Server::pbx(|seen| match option(seen, "$skip") {
            Some(300..) => Say::json(400, &json!({"error": {"message": "too far"}})),
            _ => Say::json(200, &json!({"value": vec![json!({"Id": 1}); 100]})),
        });
        let mut pages = pages(&server.client(), Options::default()).ahead(ahead);
        for _ in 0..3 {
            assert_eq!(pages.next_page().unwrap().unwrap().rows.len(), 100);
        }
        assert!(matches!(pages.next_page(), Err(ClientError::Refused(_))));
        assert_eq!(pages.next_page(), Ok(None));
    }
}

#[test]
fn every_request_has_its_permit() {
    let release = Catalog::builtin().newest();
    let variant = operation().variant(release).unwrap();
    for ahead in [1, 6] {
        let server = list(1000);
        let mut left = 3;
        let denied = Denied {
            operation: "users.list".to_owned(),
            effect: crate::catalog::Effect::Read,
            by: By::Mode(Mode::ReadOnly),
        };
        let mut given = 0;
        let permits = move || {
            if left == 0 {
                return Err(denied.clone());
            }
            left -= 1;
            permits()
        };
        let mut pages =
            Pages::new(&server.client(), variant, release, &Arguments::default(), permits).unwrap().ahead(ahead);
        let error = loop {
            match pages.next_page() {
                Ok(Some(_)) => given += 1,
                other => break other,
            }
        };
        assert!(matches!(error, Err(ClientError::Denied(_))), "{error:?}");
        assert_eq!((given, server.asked().len()), (3, 3));
    }
}

#[test]
fn an_interrupt_ends_a_list() {
    let server = Server::pbx(|seen| match option(seen, "$skip") {
        None => Say::json(200, &json!({"value": vec![json!({"Id": 1}); 100]})),
        Some(_) => Say::json(200, &json!({"value": []})).after(Duration::from_secs(20)),
    });
    let client = server.client();
    let mut pages = pages(&client, Options::default()).ahead(6);
    pages.next_page().unwrap();
    let interrupt = client.interrupt().clone();
    let (start, firing) = (Instant::now(), Duration::from_millis(200));
    thread::spawn(move || {
        thread::sleep(firing);
        interrupt.fire();
    });
    assert_eq!(pages.next_page(), Err(ClientError::Interrupted));
    assert!(start.elapsed() < firing + Duration::from_millis(200));
}

#[test]
fn wrong_arguments_are_found_before_anything_is_sent() {
    let release = Catalog::builtin().newest();
    let variant = operation().variant(release).unwrap();
    let server = list(1);
    let arguments = Arguments { body: Some(json!({})), ..Arguments::default() };
    let pages = Pages::new(&server.client(), variant, release, &arguments, permits);
    assert_eq!(pages.err(), Some(BuildError::NoBody));
    assert!(server.seen().is_empty());
}

/// A PBX that gives at most fifty rows at once, and says so.
fn stingy(length: u64) -> Server {
    Server::pbx(move |seen| {
        let (start, top) = (option(seen, "$skip").unwrap_or(0), option(seen, "$top").unwrap_or(length));
        if top > 50 {
            let message = format!(
                "The query specified in the URI is not valid. The limit of '50' for Top query has been exceeded. \
                 The value from the incoming request is '{top}'."
            );
            return Say::json(400, &json!({"error": {"code": "", "message": message}}));
        }
        let rows: Vec<Value> = (start..(start + top).min(length)).map(|number| json!({"Id": number})).collect();
        let mut answer = json!({"value": rows});
        if seen.target.contains("$count=true") {
            answer["@odata.count"] = json!(length);
        }
        Say::json(200, &answer)
    })
}

#[test]
fn a_smaller_page_is_learned_once() {
    for ahead in [1, 4] {
        let server = stingy(120);
        let client = server.client();
        let rows = all(pages(&client, Options::default()).ahead(ahead)).unwrap();
        assert_eq!(ids(&rows), (0..120).collect::<Vec<u64>>());
        let rows = all(pages(&client, options(Some(70), Some(5), true)).ahead(ahead)).unwrap();
        assert_eq!((ids(&rows), rows[0].total), ((5..75).collect::<Vec<u64>>(), Some(120)));
        let refused = asked(&server).iter().filter(|line| line.starts_with("$top=100")).count();
        assert_eq!(refused, 1, "{:?}", asked(&server));
    }
    // A limit that is not smaller than what was asked for says something else.
    let odd = Server::pbx(|_| {
        let message = "The limit of '100' for Top query has been exceeded.";
        Say::json(400, &json!({"error": {"code": "", "message": message}}))
    });
    let result = all(pages(&odd.client(), Options::default()));
    assert!(matches!(result, Err(ClientError::Refused(_))), "{result:?}");
}
