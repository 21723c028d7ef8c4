//! Lists and what leads to them: pages ahead of the loop, methods, filters, options.

use std::time::{Duration, Instant};

use percent_encoding::percent_decode_str;
use proptest::prelude::{Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::common::server::{Request, Response, Server};
use crate::common::{Pbxsh, gives, pbxsh, sandbox};

fn number(request: &Request, name: &str) -> Option<usize> {
    let part = request.target.split(['?', '&']).find_map(|part| part.strip_prefix(&format!("{name}=")))?;
    part.parse().ok()
}

/// Users with the ids from `$skip` on, as many as `$top` of `all`.
fn page(request: &Request, all: usize) -> Response {
    let (top, skip) = (number(request, "$top").unwrap_or(all), number(request, "$skip").unwrap_or(0));
    assert!(top <= 100, "a PBX refuses more than a hundred");
    let row = |id| format!("{{\"Id\":{id},\"Number\":\"{}\",\"Enabled\":{}}}", id % 7, id % 2 == 0);
    let rows: Vec<String> = (skip..(skip + top).min(all)).map(row).collect();
    let count = if request.target.contains("$count=true") { format!("\"@odata.count\":{all},") } else { String::new() };
    Response::json(200, format!("{{{count}\"value\":[{}]}}", rows.join(",")))
}

fn pbx_of(all: usize) -> Server {
    Server::pbx(move |request| page(request, all))
}

/// What a run prints, and how many requests it took.
fn cost(all: usize, run: impl Fn(&Server) -> Pbxsh) -> (String, usize) {
    let server = pbx_of(all);
    let out = run(&server).out();
    (out.trim_end().to_owned(), server.requests().len())
}

// --- pages ahead -----------------------------------------------------------------------------------------------------

const BREAK: &str = "let n = 0; for u in LIST { n += 1; if n == STOP { break; } } n";

fn broken_off(list: &str, stop: usize) -> String {
    BREAK.replace("LIST", list).replace("STOP", &stop.to_string())
}

#[test]
fn a_list_of_one_page_costs_one_request() {
    for (all, stop, requests) in [(0, 1, 1), (99, 1000, 1), (1000, 1, 1), (1000, 99, 1), (1000, 100, 1)] {
        let (out, count) = cost(all, |server| server.run(&broken_off("pbx.users.list()", stop)));
        assert_eq!((out, count), (all.min(stop).to_string(), requests), "{all} {stop}");
    }
}

#[test]
fn what_is_fetched_ahead_in_vain_is_bounded() {
    // One page more at first, then two, then four under way.
    for (stop, most) in [(101, 4), (150, 4), (250, 7), (1001, 15)] {
        let (out, count) = cost(5000, |server| server.run(&broken_off("pbx.users.list()", stop)));
        assert_eq!(out, stop.to_string());
        assert!((stop.div_ceil(100)..=most).contains(&count), "{stop}: {count}");
    }
}

#[test]
fn a_loop_that_ends_does_not_wait_for_what_is_under_way() {
    let server = Server::pbx(|request| {
        if number(request, "$skip").unwrap_or(0) >= 200 {
            std::thread::sleep(Duration::from_secs(20));
        }
        page(request, 5000)
    });
    let start = Instant::now();
    let code =
        format!("print({{ {} }}); pbx.users.list(#{{ top: 1 }}).first().Id", broken_off("pbx.users.list()", 150));
    assert_eq!(server.run(&code).out(), "150\n0\n");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn read_ahead_is_set_for_a_list_a_connection_or_a_run() {
    let with = |code: &str| cost(5000, |server| server.run(code)).1;
    for list in ["pbx.users.list(#{ ahead: 1 })", "pbx.users.list().ahead(1)", "pbx.users.list(#{ ahead: 8 }).ahead(1)"]
    {
        assert_eq!(with(&broken_off(list, 450)), 5, "{list}");
    }
    assert_eq!(with(&format!("pbx.ahead = 1; {}", broken_off("pbx.users.list()", 450))), 5);
    assert!(with(&broken_off("pbx.users.list(#{ ahead: 2 })", 450)) <= 7);
    let server = pbx_of(5000);
    let run = pbxsh(["--ahead", "1", "-e", &format!("print(pbx.ahead); {}", broken_off("pbx.users.list()", 450))]);
    let run = ["XAPI_CLIENT_ID", "XAPI_CLIENT_SECRET"].into_iter().fold(run, |run, name| run.variable(name, "x"));
    assert_eq!(run.variable("XAPI_URL", &server.url).out(), "1\n450\n");
    assert_eq!(server.requests().len(), 5);
    for (code, expected) in [
        ("pbx.users.list(#{ ahead: 0 })", "`ahead` cannot be 0"),
        ("pbx.users.list(#{ ahead: 17 })", "it must be from 1 to 16"),
        ("pbx.users.list(#{ ahead: \"2\" })", "`ahead` must be a whole number, not the string \"2\""),
        ("pbx.users.list(#{ ahed: 2 })", "did you mean `ahead`?"),
        ("pbx.users.get(1, #{ ahead: 2 })", "`users.get` has no option `ahead`"),
        ("pbx.ahead = 99", "`ahead` cannot be 99"),
        ("pbx.users.list().ahead(-1)", "`ahead` cannot be -1"),
    ] {
        let report = sandbox(code).fails(3);
        assert!(report.contains(expected), "{code}: {report}");
    }
    let report = pbxsh(["--ahead", "0", "-e", "1"]).fails(2);
    assert!(report.contains("1..=16"), "{report}");
}

#[test]
fn rows_come_in_order_however_late_their_pages_are() {
    let server = Server::pbx(|request| {
        let skip = number(request, "$skip").unwrap_or(0) as u64;
        std::thread::sleep(Duration::from_millis((skip * 7919) % 40));
        page(request, 1950)
    });
    let code =
        "let next = 0; for u in pbx.users.list(#{ ahead: 8 }) { if u.Id != next { throw `${u.Id}` } next += 1; } next";
    assert_eq!(server.run(code).out(), "1950\n");
}

#[test]
fn an_error_on_a_later_page_comes_after_the_rows_before_it() {
    let broken = || {
        Server::pbx(|request| match number(request, "$skip") {
            Some(600) => Response::json(500, r#"{"error":{"code":"","message":"page seven is broken"}}"#),
            _ => page(request, 1000),
        })
    };
    for ahead in [1, 4, 16] {
        let code = format!(
            "let n = 0;\ntry {{\n  for u in pbx.users.list(#{{ ahead: {ahead} }}) {{ n += 1; }}\n}} catch (e) {{ print(`${{n}} ${{e.status}}`); }}"
        );
        assert_eq!(broken().run(&code).out(), "600 500\n");
    }
    let report = broken().run("let n = 0;\nfor u in pbx.users.list() {\n  n += 1;\n}").fails(7);
    assert!(report.contains("page seven is broken") && report.contains("<eval>:2:"), "{report}");
    let report = broken().run("let n = 0;\npbx.users.list().map(|u| u.Id)").fails(7);
    assert!(report.contains("<eval>:2:18"), "{report}");
}

#[test]
fn a_loop_that_changes_its_list_is_stopped_although_pages_are_on_their_way() {
    // At the 150th row pages three and four are under way: what comes then was asked before the row was gone, or after it.
    gives(
        "for x in 0..660 { pbx.contacts.create(#{ FirstName: `Temp${x}`, PhoneNumber: `+1555${x}` }); }
        let ends = [];
        for ahead in [1, 4, 16] {
            let seen = 0; let r;
            try { for c in pbx.contacts.list(#{ filter: \"startswith(FirstName,'Temp')\", ahead: ahead }) { seen += 1; if seen == 150 { pbx.contacts.delete(c); } } } catch (e) { r = e.code; }
            ends.push(`${seen} ${r}`);
        }
        ends.to_json()",
        "[\"200 list-changed\",\"200 list-changed\",\"200 list-changed\"]",
    );
}

#[test]
fn loops_of_one_list_do_not_disturb_one_another() {
    for (code, expected) in [
        (
            "let l = pbx.users.list(); let n = 0; for a in l { for b in l { n += 1; if b.Id == 120 { break; } } if a.Id == 130 { break; } } n",
            "15851",
        ),
        (
            "fn all(l) { let n = 0; for u in l { n += u.Id; } n } let l = pbx.users.list(); [all(l), all(l)].to_json()",
            "[31125,31125]",
        ),
        (
            "let l = pbx.users.list(); let f = || { let n = 0; for u in l { n += 1; } n }; [f.call(), f.call(), l.len()].to_json()",
            "[250,250,250]",
        ),
        (
            "let l = pbx.users.list(); [l[249].Id, l.len(), l.map(|u| u.Id).len(), l.first().Id].to_json()",
            "[249,250,250,0]",
        ),
        ("let n = 0; for (u, at) in pbx.users.list() { if u.Id != at { throw at; } n += 1; } n", "250"),
    ] {
        assert_eq!(cost(250, |server| server.run(code)).0, expected, "{code}");
    }
}

// --- methods ---------------------------------------------------------------------------------------------------------

#[test]
fn methods_fetch_no_more_than_they_need() {
    for (code, expected, requests) in [
        ("pbx.users.list().first().Id", "0", 1),
        ("pbx.users.list().take(5).len()", "5", 1),
        ("pbx.users.list().take(150).map(|u| u.Id)[149]", "149", 2),
        ("pbx.users.list().take(0).len()", "0", 1),
        ("pbx.users.list()[777].Id", "777", 2),
        ("pbx.users.list(#{ skip: 5, top: 900 })[777].Id", "782", 2),
        ("pbx.users.list()[-1].Id", "999", 3),
        ("pbx.users.list().last().Id", "999", 3),
        ("pbx.users.list().extract(150, 10).len()", "10", 2),
        ("pbx.users.list().extract(990).len()", "10", 2),
        ("pbx.users.list().find(|u| u.Id == 42).Id", "42", 1),
        ("pbx.users.list().find_map(|u| if u.Id == 42 { u.Number })", "0", 1),
        ("pbx.users.list().some(|u| u.Id == 42)", "true", 1),
        ("pbx.users.list().any(|u| u.Id == 42)", "true", 1),
        ("pbx.users.list().all(|u| u.Id < 42)", "false", 1),
        ("pbx.users.list().index_of(|u| u.Id == 42)", "42", 1),
        ("#{ Id: 8, Number: \"1\", Enabled: true } in pbx.users.list()", "true", 1),
        ("pbx.users.list().len()", "1000", 2),
        ("pbx.users.list().count()", "1000", 2),
        ("pbx.users.list(#{ count: true }).len()", "1000", 1),
        ("pbx.users.list().is_empty()", "false", 1),
    ] {
        let (out, count) = cost(1000, |server| server.run(code));
        assert_eq!((out.as_str(), count), (expected, requests), "{code}");
    }
}

#[test]
fn methods_give_what_they_say() {
    for (code, expected) in [
        ("pbx.users.list().map(|u, at| u.Id - at).some(|d| d != 0)", "false"),
        ("pbx.users.list(#{ top: 3 }).map(|| this.Id).to_json()", "[0,1,2]"),
        ("pbx.users.list().filter(|u| u.Enabled).len()", "125"),
        ("pbx.users.list().filter(|u, at| at > 247).len()", "2"),
        ("pbx.users.list().count(|u| u.Enabled)", "125"),
        ("let n = []; pbx.users.list(#{ top: 2 }).for_each(|u| n.push(u.Id)); n.to_json()", "[0,1]"),
        ("pbx.users.list().reduce(|sum, u| sum + u.Id, 0)", "31125"),
        ("pbx.users.list(#{ top: 3 }).reduce(|sum, u| if sum == () { u.Id } else { sum + u.Id })", "3"),
        ("pbx.users.list().find(|u| u.Id == 999)", ""),
        ("pbx.users.list().index_of(|u| u.Id == 999)", "-1"),
        ("pbx.users.list().all(|u| u.Id < 250)", "true"),
        ("pbx.users.list(#{ top: 0 }).last()", ""),
        ("pbx.users.list().contains(5)", "false"),
        ("pbx.users.list(#{ top: 9 }).sort_by(\"Number\").map(|u| u.Id).to_json()", "[0,7,1,8,2,3,4,5,6]"),
        ("pbx.users.list(#{ top: 4 }).sort_by(|u| -u.Id).map(|u| u.Id).to_json()", "[3,2,1,0]"),
        (
            "let g = pbx.users.list(#{ top: 9 }).group_by(\"Number\"); [g.keys().len(), g[\"1\"].map(|u| u.Id)].to_json()",
            "[7,[1,8]]",
        ),
        ("pbx.users.list().group_by(|u| u.Enabled).keys().to_json()", "[\"false\",\"true\"]"),
        ("[#{ a: 2 }, #{ a: () }, #{ a: 10 }].sort_by(\"a\").to_json()", "[{\"a\":null},{\"a\":2},{\"a\":10}]"),
        ("[1, 2, 3].group_by(|n| n % 2)[\"1\"].to_json()", "[1,3]"),
        ("pbx.users.list().extract(248).map(|u| u.Id).to_json()", "[248,249]"),
        ("pbx.users.list().extract(300).to_json()", "[]"),
        ("pbx.users.list().take(300).len()", "250"),
        ("pbx.users.list(#{ skip: 240 }).take(300).len()", "10"),
    ] {
        assert_eq!(cost(250, |server| server.run(code)).0, expected, "{code}");
    }
    for (code, expected) in [
        ("pbx.users.list().take(-1)", "`take` cannot be -1"),
        ("pbx.users.list().sort_by(\"Nmber\")", "did you mean `Number`?"),
        ("pbx.users.list().sort_by(5)", "`sort_by` must be the name of a property or a closure"),
        ("pbx.users.list().sort()", "did you mean `sort_by`?"),
        ("pbx.users.list().retain(|user| user.Enabled)", "`to_array()`"),
        ("pbx.users.list().first().update()", "call `pbx.users.update(…)` with it"),
        ("pbx.users.list().first().chagned()", "did you mean `changed`?"),
        ("pbx.list()", "call it on a resource, as in `pbx.active_calls.list(…)`"),
        ("pbx.versoin", "did you mean `version`?"),
        ("let f = |a, b| a + b;\nf.call(1)", "this closure cannot be called with 1 argument"),
        ("exit(\"now\")", "`code` must be a whole number from 0 to 255, not the string \"now\""),
        ("pbx.users.list().take(\"3\")", "call `list.take(n)"),
        ("let g = pbx.groups.list(#{ expand: \"Members\" })[0];\ng.Members.push(#{ Nmber: 1 })", "<eval>:2:19"),
        ("Group(5)", "`Group` must be a map of properties, not the whole number 5"),
        ("for m in Group().Members { }", "not expanded"),
    ] {
        let report = sandbox(code).fails(3);
        assert!(report.contains(expected), "{code}: {report}");
    }
}

#[test]
fn an_error_in_a_closure_keeps_its_place() {
    for method in ["map", "filter", "for_each", "find", "some", "all", "count", "sort_by", "group_by"] {
        let report = sandbox(&format!("let l = pbx.users.list();\nl.{method}(|u| {{\n  u.Nmber\n}})")).fails(3);
        assert!(report.contains("<eval>:3:5"), "{method}: {report}");
    }
}

// --- filters and options -----------------------------------------------------------------------------------------------

/// The decoded query of the one request that `code` makes, without `$top`.
#[track_caller]
fn query(code: &str) -> String {
    let server = pbx_of(0);
    server.run(code).out();
    let requests = server.requests();
    assert_eq!(requests.len(), 1, "{code}");
    let query = requests[0].split_once('?').map_or("", |(_, query)| query);
    let query = query.strip_prefix("$top=100").unwrap_or(query).trim_start_matches('&');
    percent_decode_str(query).decode_utf8().expect("text").into_owned()
}

#[test]
fn maps_are_filters() {
    for (map, expected) in [
        ("#{}", ""),
        ("#{ Enabled: true }", "Enabled eq true"),
        ("#{ Mobile: () }", "Mobile eq null"),
        ("#{ Number: [\"100\", \"1'1\"] }", "Number in ('100','1''1')"),
        ("#{ Number: [], Enabled: true }", "Enabled eq true and false"),
        ("#{ Id: #{ gt: 5, le: 10 } }", "Id gt 5 and Id le 10"),
        ("#{ Id: #{ ne: [1, 2], eq: [3] } }", "Id in (3) and not (Id in (1,2))"),
        ("#{ Id: #{ ne: [] } }", "true"),
        (
            "#{ FirstName: #{ startswith: \"O'\", endswith: \"?\", contains: \"%\" } }",
            "contains(FirstName,'%') and endswith(FirstName,'?') and startswith(FirstName,'O''')",
        ),
        ("#{ QueueStatus: QueueStatusType::LoggedIn }", "QueueStatus eq 'LoggedIn'"),
        (
            "#{ Hours: #{ Type: \"OfficeHours\", IgnoreHolidays: false } }",
            "Hours/IgnoreHolidays eq false and Hours/Type eq 'OfficeHours'",
        ),
        (
            "#{ Groups: #{ Name: \"Sales\", Rights: #{ RoleName: \"managers\" } } }",
            "Groups/any(x0:x0/Name eq 'Sales' and x0/Rights/RoleName eq 'managers')",
        ),
        ("#{ Groups: #{} }", "Groups/any()"),
    ] {
        let expected = if expected.is_empty() { String::new() } else { format!("$filter={expected}") };
        assert_eq!(query(&format!("pbx.users.list(#{{ filter: {map} }})")), expected, "{map}");
    }
    for (filter, expected) in [
        ("#{ TimeSent: #{ ge: \"2026-03-01T00:00:00Z\" } }", "TimeSent ge 2026-03-01T00:00:00Z"),
        (
            "\"TimeSent ge '2026-03-01T00:00:00Z' and Message eq 'eq ''x'''\"",
            "TimeSent ge 2026-03-01T00:00:00Z and Message eq 'eq ''x'''",
        ),
        (
            "filter(\"TimeSent ge ? and TimeSent lt ? and Message eq ?\", \"2026-03-01T00:00:00Z\", \"2026-04-01T00:00:00+02:00\", \"2026-03-01T00:00:00Z\")",
            "TimeSent ge 2026-03-01T00:00:00Z and TimeSent lt 2026-04-01T00:00:00+02:00 and Message eq '2026-03-01T00:00:00Z'",
        ),
        (
            "filter(\"(TimeSent in ?) or contains(Message,?)\", [\"2026-03-01T00:00:00Z\"], \"2026-03-01T00:00:00Z\")",
            "(TimeSent in (2026-03-01T00:00:00Z)) or contains(Message,'2026-03-01T00:00:00Z')",
        ),
    ] {
        let code = format!("pbx.chat_messages_history_view.list(#{{ filter: {filter} }})");
        assert_eq!(query(&code), format!("$filter={expected}"), "{filter}");
    }
}

#[test]
fn wrong_filters_and_options_are_told_before_anything_is_sent() {
    for (options, expected) in [
        ("filter: #{ Id: #{ gte: 5 } }", "did you mean `ge`?"),
        ("filter: #{ Id: #{ gt: \"5\" } }", "`Id` must be a whole number, not the string \"5\""),
        ("filter: #{ Hours: #{ Typ: \"x\" } }", "`Schedule` has no property `Typ`"),
        ("filter: #{ Hours: #{ Type: \"x\" } }", "`Type` cannot be \"x\""),
        ("filter: #{ Groups: #{ Nme: \"x\" } }", "`UserGroup` has no property `Nme`"),
        ("filter: #{ Number: #{ contains: 5 } }", "`Number` must be a string"),
        ("filter: #{ Number: #{ gt: [5] } }", "`Number` must be a string, not an array"),
        ("filter: #{ \"Id eq 1 or Id\": 5 }", "has no property `Id eq 1 or Id`"),
        ("filter: filter(\"Id eq ?\", \"5\")", "`Id` must be a whole number, not the string \"5\""),
        ("filter: filter(\"Id in ?\", [])", "value 1 is an empty list"),
        ("if_match: \"x\"", "`users.list` has no option `if_match`"),
        ("filter: 5", "`filter` must be a string or a map"),
        ("orderby: \"Number; drop\"", "`orderby` must be names of properties"),
        ("orderby: \"Number desc, FirstName up\"", "`orderby` must be names of properties"),
        ("orderby: \"Hours/Typ\"", "`Schedule` has no property `Typ`"),
        ("select: \"Id&$top=5\"", "`select` must be names of properties"),
        ("select: [\"Id\", \"Hours/Typ\"]", "`Schedule` has no property `Typ`"),
        ("select: [5]", "`select` must be strings in the array"),
        ("expand: \"Grups\"", "did you mean `Groups`?"),
        ("expand: \"Groups($select=Nme)\"", "did you mean `Name`?"),
        ("expand: \"Groups($selct=Name)\"", "did you mean `select`?"),
        ("expand: \"Groups($expand=Rights($select=RoleNam))\"", "did you mean `RoleName`?"),
        ("expand: \"Groups($filter=Nme eq 'x')\"", "did you mean `Name`?"),
        ("expand: \"Groups($select=Name\"", "`expand` must be a property, or one with options"),
        ("expand: \"Groups(Name)\"", "`expand` must be a property, or one with options"),
    ] {
        let server = pbx_of(0);
        let report = server.run(&format!("pbx.users.list(#{{ {options} }})")).fails(3);
        let report = report.split_whitespace().filter(|word| *word != "|").collect::<Vec<_>>().join(" ");
        assert!(report.contains(expected), "{options}: {report}");
        assert_eq!(server.everything(), 0, "{options}");
    }
    for options in [
        "orderby: \"Number desc, FirstName\"",
        "orderby: [\"Hours/Type asc\"]",
        "select: \"*\"",
        "expand: \"Groups($select=Name,GroupId;$expand=Rights($select=RoleName);$filter=Name eq 'a;b(''),c';$orderby=Name desc;$top=1),ForwardingProfiles\"",
    ] {
        query(&format!("pbx.users.list(#{{ {options} }})"));
    }
}

#[test]
fn no_option_becomes_another_one() {
    let server = pbx_of(0);
    server.run("pbx.users.list(#{ search: \"a&$top=1#\", filter: #{ Number: \"1&$top=2#\" } })").out();
    let expected = "GET /xapi/v1/Users?$top=100&$search=a%26$top%3D1%23&$filter=Number%20eq%20'1%26$top%3D2%23'";
    assert_eq!(server.requests(), [expected.replace('\'', "%27")]);
}

/// A text as a script writes it.
fn quoted(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_string() } else { format!("\\U{:08x}", u32::from(c)) })
        .collect();
    format!("\"{escaped}\"")
}

/// Whatever a text holds, it stays a value: the simulated PBX, which reads filters with code of its own, finds the one row that
/// has it and no other.
#[test]
fn no_text_breaks_out_of_a_filter() {
    let mut runner = TestRunner::deterministic();
    let any_text = any::<String>().prop_map(|text| text.chars().take(40).collect::<String>()).boxed();
    let nasty = "['\"?%&#;,()/\\\\+ =$@\u{0}-\u{1f}\u{7f}ü€😀a1]{0,12}".to_owned();
    let nasty = proptest::string::string_regex(&nasty).expect("a pattern").boxed();
    let mut texts: Vec<String> =
        ["'", "''", "' or 1 eq 1 or 'a' eq '", "a?b", "%27", "x' eq 'x", "\\'", "/*", "null", "true", "?"]
            .map(str::to_owned)
            .to_vec();
    while texts.len() < 250 {
        let texts_of = if texts.len().is_multiple_of(2) { &any_text } else { &nasty };
        let text = texts_of.new_tree(&mut runner).expect("a text").current();
        // A PBX trims names and leaves none of them empty.
        let text = text.trim().to_owned();
        if !text.is_empty() && !texts.contains(&text) {
            texts.push(text);
        }
    }
    let list: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    let code = format!(
        "let texts = [{}]; let wrong = 0;
        for (text, at) in texts {{ pbx.contacts.create(#{{ FirstName: text, LastName: `n${{at}}`, PhoneNumber: `+1555${{at}}` }}); }}
        for (text, at) in texts {{
            let by_map = pbx.contacts.list(#{{ filter: #{{ FirstName: text }} }});
            let by_list = pbx.contacts.list(#{{ filter: #{{ FirstName: [text, \"nobody\"] }} }});
            let by_text = pbx.contacts.list(#{{ filter: filter(\"LastName eq ? and FirstName eq ?\", `n${{at}}`, text) }});
            for found in [by_map, by_list, by_text] {{
                if found.map(|c| [c.FirstName, c.LastName]) != [[text, `n${{at}}`]] {{ wrong += 1; print(`${{at}}: ${{text.to_json()}}`); }}
            }}
        }}
        print(wrong);",
        list.join(",")
    );
    assert_eq!(pbxsh(["run", "--sandbox", "all.rhai"]).file("all.rhai", &code).out(), "0\n");
}

#[test]
fn updates_without_a_change_say_so_once() {
    let ended = sandbox(
        "let u = pbx.users.list().first(); for x in 0..3 { pbx.users.update(u); } pbx.users.update(u.Id, #{});",
    )
    .run();
    assert_eq!((ended.code, ended.out.as_str()), (0, ""));
    assert_eq!(ended.err, "note: `users.update`: nothing had changed, so nothing was sent\n");
    let report = sandbox("pbx.users.update(User(#{ FirstName: \"x\" }))").fails(3);
    assert!(report.contains("this `User` has no `Id`"), "{report}");
}

#[test]
fn what_only_a_newer_pbx_knows_is_kept() {
    let server = Server::pbx(|request| match request.method.as_str() {
        "GET" => Response::json(200, r#"{"Id":12,"New":{"a":1},"Also":"x","Groups":[{"GroupId":1,"Fresh":5}]}"#),
        _ => Response { status: 204, content_type: "application/json", body: String::new() },
    });
    let code = "let u = pbx.users.get(12); print(u.New.a); u.Mobile = \"1\"; pbx.users.update(u); u.Also = \"y\"; u.Groups[0].Fresh = 6; pbx.users.update(u);
        let r; try { u.Nothing = 1; } catch (e) { r = e.code; } print(r);
        pbx.users.update(12, #{ Mobile: () });";
    assert_eq!(server.run(code).out(), "1\nunknown-property\n");
    assert_eq!(
        server.requests()[1..],
        [
            "PATCH /xapi/v1/Users(12) {\"Mobile\":\"1\"}",
            "PATCH /xapi/v1/Users(12) {\"Also\":\"y\",\"Groups\":[{\"Fresh\":6,\"GroupId\":1}]}",
            "PATCH /xapi/v1/Users(12) {\"Mobile\":null}",
        ]
    );
}

// --- documentation -----------------------------------------------------------------------------------------------------
