//! What a script sees: calls, arguments, options, lists, objects, errors, and the traps of the engine.

use crate::common::server::{Response, Server};
use crate::common::{gives, pbxsh, same, sandbox, value};

// --- calls ---------------------------------------------------------------------------------------------------------

/// What `code` asks of a PBX, request by request.
#[track_caller]
fn asks(code: &str, expected: &[&str]) {
    let server = Server::pbx(|_| Response::json(200, r#"{"value":[]}"#));
    let ended = server.run(code).run();
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert_eq!(server.requests(), expected, "{code}");
}

#[test]
fn keys_parameters_and_options_find_their_places() {
    asks("pbx.users.get(12)", &["GET /xapi/v1/Users(12)"]);
    asks("pbx.users.get_by_number(\"100\")", &["GET /xapi/v1/Users(Number='100')"]);
    asks("pbx.backups.delete(\"it's/a.zip\")", &["DELETE /xapi/v1/Backups('it''s%2Fa.zip')"]);
    asks(
        "pbx.users.list(#{ top: 5, skip: 10, search: \"two words\", filter: \"Enabled eq true\", count: true, select: [\"Id\", \"Number\"], orderby: \"Number desc\", expand: \"Groups($select=Id,Name)\" })",
        &[
            "GET /xapi/v1/Users?$top=5&$skip=10&$search=%22two%20words%22&$filter=Enabled%20eq%20true&$count=true&$select=Id,Number&$orderby=Number%20desc&$expand=Groups($select%3DId,Name)",
        ],
    );
    asks(
        "pbx.chat_history_view.download_chat_history(\"Europe/Berlin\", #{ top: 500 })",
        &["GET /xapi/v1/ChatHistoryView/Pbx.DownloadChatHistory(clientTimeZone='Europe%2FBerlin')?$top=500"],
    );
    // Nullable parameters that are left out go as empty; any of them can be named.
    asks(
        "pbx.chat_history_view.download_chat_history()",
        &["GET /xapi/v1/ChatHistoryView/Pbx.DownloadChatHistory(clientTimeZone='')"],
    );
    asks(
        "pbx.report_extension_statistics.get_extension_statistics_data(\"2026-01-01T00:00:00Z\", #{ periodTo: \"2026-02-01T00:00:00Z\", callArea: 0, top: 3 })",
        &[
            "GET /xapi/v1/ReportExtensionStatistics/Pbx.GetExtensionStatisticsData(periodFrom=2026-01-01T00:00:00Z,periodTo=2026-02-01T00:00:00Z,extensionFilter='',callArea=0)?$top=3",
        ],
    );
    asks("pbx.users.batch_delete(#{ ids: [1, 2] })", &["POST /xapi/v1/Users/Pbx.BatchDelete {\"ids\":[1,2]}"]);
    asks("pbx.updates.get_updates()", &["GET /xapi/v1/GetUpdates()"]);
    asks("pbx.groups.delete(#{ Id: 7, Name: \"Sales\" })", &["DELETE /xapi/v1/Groups(7)"]);
}

#[test]
fn filters_are_texts_maps_or_templates() {
    let query = |filter: &str| format!("GET /xapi/v1/Users?$top=100&$filter={filter}");
    asks("pbx.users.list(#{ filter: #{ Enabled: true } })", &[&query("Enabled%20eq%20true")]);
    asks(
        "pbx.users.list(#{ filter: #{ FirstName: \"O'Neil\", LastName: () } })",
        &[&query("FirstName%20eq%20%27O%27%27Neil%27%20and%20LastName%20eq%20null")],
    );
    asks(
        "pbx.users.list(#{ filter: #{ Number: [\"100\", \"101\"] } })",
        &[&query("Number%20in%20(%27100%27,%27101%27)")],
    );
    asks(
        "pbx.users.list(#{ filter: filter(\"Number eq ? and Id gt ?\", \"10' or true\", 5) })",
        &[&query("Number%20eq%20%2710%27%27%20or%20true%27%20and%20Id%20gt%205")],
    );
}

#[test]
fn an_object_stands_for_its_key_and_its_update_sends_what_changed() {
    let server = Server::pbx(|request| match request.method.as_str() {
        "GET" => Response::json(
            200,
            r#"{"Id":12,"Number":"100","FirstName":"Ada","NewInTheNextRelease":{"x":1},"Groups":[{"GroupId":1}]}"#,
        ),
        _ => Response { status: 204, content_type: "application/json", body: String::new() },
    });
    let code = "let u = pbx.users.get(12);
        print(u.NewInTheNextRelease.x);
        u.FirstName = \"Grace\"; u.Groups.push(#{ GroupId: 2 });
        pbx.users.update(u);
        pbx.users.update(u, #{ Enabled: false });
        pbx.users.update(12, #{ Enabled: true });
        pbx.users.update(#{ Id: 12, LastName: \"H\" });
        pbx.users.delete(u);";
    assert_eq!(server.run(code).out(), "1\n");
    assert_eq!(
        server.requests(),
        [
            "GET /xapi/v1/Users(12)",
            "PATCH /xapi/v1/Users(12) {\"FirstName\":\"Grace\",\"Groups\":[{\"GroupId\":1},{\"GroupId\":2}]}",
            "PATCH /xapi/v1/Users(12) {\"Enabled\":false}",
            "PATCH /xapi/v1/Users(12) {\"Enabled\":true}",
            "PATCH /xapi/v1/Users(12) {\"LastName\":\"H\"}",
            "DELETE /xapi/v1/Users(12)",
        ]
    );
}

#[test]
fn an_update_settles_what_it_sent() {
    let server = Server::pbx(|request| match request.method.as_str() {
        "GET" => Response::json(200, r#"{"Id":12,"Mobile":"0","FirstName":"Ada"}"#),
        _ => Response { status: 204, content_type: "application/json", body: String::new() },
    });
    let code = "let u = pbx.users.get(12); let copy = u; u.Mobile = \"+1\"; pbx.users.update(u); print(u.changed().to_json());
        pbx.users.update(u); u.FirstName = \"Grace\"; pbx.users.update(u); copy.FirstName = \"Eve\"; print(copy.changed().to_json());";
    assert_eq!(server.run(code).out(), "{}\n{\"FirstName\":\"Eve\",\"Mobile\":\"0\"}\n");
    let requests = server.requests();
    assert_eq!(
        requests[1..],
        ["PATCH /xapi/v1/Users(12) {\"Mobile\":\"+1\"}", "PATCH /xapi/v1/Users(12) {\"FirstName\":\"Grace\"}"]
    );
}

#[test]
fn a_key_means_one_thing_on_one_pbx() {
    let report = sandbox("let u = pbx.users.list().first(); u.Id = 8; u.Mobile = \"1\"; pbx.users.update(u)").fails(3);
    assert!(report.contains("`User.Id` is not what the PBX sent"), "{report}");
    let report = sandbox("let other = connect(\"sandbox\"); pbx.users.delete(other.users.list().first())").fails(3);
    assert!(report.contains("this `User` came from another PBX"), "{report}");
    // What one PBX has can still be made on another.
    let code = "let other = connect(\"sandbox\"); let g = other.groups.create(#{ Name: \"Twin\" }); pbx.groups.create(#{ Name: g.Name, Language: g.Language }).Name";
    gives(code, "Twin");
}

#[test]
fn a_loop_that_changes_its_own_list_is_stopped_before_rows_are_skipped() {
    let made = "for x in 0..150 { pbx.contacts.create(#{ FirstName: `Temp${x}`, PhoneNumber: `+1555${x}` }); }
        let wanted = #{ filter: \"startswith(FirstName,'Temp')\" };";
    let report = sandbox(&format!("{made} for c in pbx.contacts.list(wanted) {{ pbx.contacts.delete(c); }}")).fails(3);
    assert!(report.starts_with("list-changed\n") && report.contains("to_array()"), "{report}");
    gives(
        &format!(
            "{made} for c in pbx.contacts.list(wanted).to_array() {{ pbx.contacts.delete(c); }} pbx.contacts.list(wanted).len()"
        ),
        "0",
    );
    // An update that cannot move rows is none of that.
    gives(
        &format!(
            "{made} let n = 0; for c in pbx.contacts.list() {{ pbx.contacts.update(c.Id, #{{ Title: \"x\" }}); n += 1; }} n"
        ),
        "180",
    );
}

#[test]
fn operations_that_changed_their_name_answer_to_either() {
    let number = "\"10000\"";
    for release in ["20.0.5", "20.0.7", "20.0.8", "20.0.10"] {
        let code = format!(
            "[pbx.trunks.get_by_number({number}).Number, pbx.trunks.get_trunk_by_number({number}).Number, pbx.supports(\"trunks.get_by_number\")].to_json()"
        );
        let out = pbxsh(["--sandbox", "--release", release, "-e", &code]).out();
        assert_eq!(out, "[\"10000\",\"10000\",true]\n", "{release}");
    }
    gives("type_of(pbx.crm_templates.get_crm_templates())", "List");
}

#[test]
fn a_missing_operation_says_since_when_and_what_serves_instead() {
    let report = sandbox("pbx.users.get_monitor_status()").fails(3);
    same(
        &report,
        "not-on-release

  x `users.get_monitor_status` does not exist on 20.0.10: 20.0.5 to 20.0.8 have it
   ,-[<eval>:1:11]
 1 | pbx.users.get_monitor_status()
   :           ^^^^^^^^^^^^^^^^^^^^
   `----
  help: instead: `active_calls.list` shows who is talking, `users.list` with IsRegistered,
        CurrentProfileName, QueueStatus who can be reached; nothing lists monitored extensions
",
    );
    let report = pbxsh(["--sandbox", "--release", "20.0.5", "-e", "pbx.oauth_clients.list()"]).fails(3);
    assert!(report.contains("`oauth_clients.list` does not exist on 20.0.5: it came with 20.0.10"), "{report}");
    let report =
        pbxsh(["--sandbox", "--release", "20.0.9", "-e", "pbx.groups.create(#{ Name: \"x\", MusicOnHold: \"y\" })"])
            .fails(3);
    assert!(report.contains("`Group.MusicOnHold` does not exist on 20.0.9: it came with 20.0.10"), "{report}");
}

// --- lists ---------------------------------------------------------------------------------------------------------

/// A PBX with 250 users that keeps to `$top` and `$skip`.
fn many() -> Server {
    Server::pbx(|request| {
        let number = |name: &str| {
            let part = request.target.split(['?', '&']).find_map(|part| part.strip_prefix(&format!("{name}=")))?;
            part.parse::<usize>().ok()
        };
        let (top, skip) = (number("$top").unwrap_or(250), number("$skip").unwrap_or(0));
        assert!(top <= 100, "a PBX refuses more than a hundred");
        let rows: Vec<String> = (skip..(skip + top).min(250)).map(|id| format!("{{\"Id\":{id}}}")).collect();
        let count = if request.target.contains("$count=true") { "\"@odata.count\":250," } else { "" };
        Response::json(200, format!("{{{count}\"value\":[{}]}}", rows.join(",")))
    })
}

#[test]
fn lists_are_fetched_a_page_at_a_time() {
    let pages = |server: &Server| server.requests().len();
    let server = many();
    assert_eq!(server.run("let n = 0; for u in pbx.users.list() { n += u.Id; } n").out(), "31125\n");
    // Where the end is not known, the pages ahead may lie behind it.
    assert!((3..=4).contains(&pages(&server)));
    let server = many();
    assert_eq!(server.run("let n = 0; for u in pbx.users.list(#{ ahead: 1 }) { n += u.Id; } n").out(), "31125\n");
    assert_eq!(pages(&server), 3);
    let server = many();
    assert_eq!(server.run("let n = 0; for u in pbx.users.list() { n += 1; if n == 150 { break; } } n").out(), "150\n");
    assert!((2..=4).contains(&pages(&server)), "a loop that ends fetches no more than is under way");
    let server = many();
    assert_eq!(server.run("pbx.users.list(#{ top: 120 }).to_array().len()").out(), "120\n");
    assert_eq!(server.requests(), ["GET /xapi/v1/Users?$top=100", "GET /xapi/v1/Users?$top=20&$skip=100"]);
    let server = many();
    assert_eq!(server.run("pbx.users.list().len()").out(), "250\n");
    assert_eq!(pages(&server), 2, "one page, and one question for the number");
    let server = many();
    assert_eq!(server.run("pbx.users.list().first().Id").out(), "0\n");
    assert_eq!(pages(&server), 1);
}

#[test]
fn lists_have_the_methods_of_lists() {
    for (code, expected) in [
        ("pbx.users.list().total()", "250"),
        ("pbx.users.list(#{ top: 10, skip: 5 }).len()", "10"),
        ("pbx.users.list(#{ top: 10, skip: 245 }).len()", "5"),
        ("pbx.users.list(#{ top: 10, skip: 5 }).total()", "250"),
        ("pbx.users.list()[207].Id", "207"),
        ("pbx.users.list()[-1].Id", "249"),
        ("pbx.users.list().take(3).map(|u| u.Id).to_json()", "[0,1,2]"),
        ("pbx.users.list().filter(|u| u.Id > 247).map(|u| u.Id).to_json()", "[248,249]"),
        ("pbx.users.list().map(|u| u.Id).len()", "250"),
        ("let n = 0; let l = pbx.users.list(); for u in l { n += 1; } for u in l { n += 1; } n", "500"),
        ("pbx.users.list(#{ top: 0 }).is_empty()", "true"),
        ("type_of(pbx.users.list())", "List"),
        ("let n = 0; for (u, i) in pbx.users.list(#{ top: 2 }) { n += i; } n", "1"),
    ] {
        assert_eq!(many().run(code).out().trim_end(), expected, "{code}");
    }
    let report = many().run("pbx.users.list()[250]").fails(3);
    assert!(report.contains("there is no row 250") && report.contains("the list has 250 rows"), "{report}");
}

#[test]
fn lists_are_saved_whole_or_not_at_all() {
    let ended = many().run("pbx.users.list(#{ select: \"Id\", top: 102 }).save(\"a.csv\") + pbx.users.list(#{ top: 2 }).save(\"b.ndjson\") + pbx.users.list(#{ top: 2 }).save(\"c.json\")").run();
    assert_eq!(ended.out, "106\n", "{}", ended.err);
    assert_eq!(ended.read("a.csv").lines().count(), 103);
    assert_eq!(ended.read("a.csv").lines().next(), Some("Id"));
    assert_eq!(ended.read("b.ndjson"), "{\"Id\":0}\n{\"Id\":1}\n");
    assert_eq!(ended.read("c.json"), "[\n  {\"Id\":0},\n  {\"Id\":1}\n]\n");
    let broken = Server::pbx(|request| {
        if request.target.contains("skip") {
            return Response::json(500, "{}");
        }
        let rows = vec!["{\"Id\":1}"; 100];
        Response::json(200, format!("{{\"value\":[{}]}}", rows.join(",")))
    });
    let ended = broken.run("pbx.users.list().save(\"a.csv\")").run();
    assert_eq!((ended.code, ended.files()), (7, vec![]), "{}", ended.err);
    let report = many().run("pbx.users.list().save(\"a.xlsx\")").fails(3);
    assert!(report.contains("end it with .csv, .ndjson or .json"), "{report}");
}

// --- objects -------------------------------------------------------------------------------------------------------

#[test]
fn objects_know_their_type() {
    gives(
        "let g = Group(#{ Name: \"a\", Hours: #{ Type: \"OfficeHours\" } }); [type_of(g), type_of(g.Hours), g.Hours.Type].to_json()",
        "[\"Group\",\"Schedule\",\"OfficeHours\"]",
    );
    gives("type_of(pbx.users.list().first())", "User");
    gives(
        "fn User.full_name() { `${this.FirstName} ${this.LastName}` } User(#{ FirstName: \"Ada\", LastName: \"L\" }).full_name()",
        "Ada L",
    );
    gives("let g = Group(); g.Name = \"b\"; g.Members = [#{ Number: \"1\" }]; type_of(g.Members[0])", "UserGroup");
    gives(
        "[Group(#{ Name: \"a\" }) == #{ Name: \"a\" }, \"Name\" in Group(#{ Name: \"a\" }), Group() == Group(), Group() == User()].to_json()",
        "[true,true,true,false]",
    );
    gives("[PeerType::Extension, Warnings::XapiRequired].to_json()", "[\"Extension\",\"WARNINGS.XAPI.REQUIRED\"]");
    gives("const G = Group(#{ CallHandlingMode: [\"HoldCall\"] }); G.CallHandlingMode.len()", "1");
    gives("let a = Group(#{ Name: \"a\" }); let b = a; b.Name = \"b\"; a.Name", "a");
}

#[test]
fn every_value_prints_as_something_readable() {
    let code = "print(pbx); print(pbx.users); print(pbx.users.list()); print(`${pbx.users.list()}`);
        print(pbx.chat_history_view.download_chat_history(\"UTC\", #{ top: 1 }));
        print(Group(#{ Name: \"a\" })); print([Group(), 1, \"x\"]); print(#{ a: Group() }); print(()); print(1.5); print(\"x\");
        try { pbx.users.get(999999) } catch (e) { print(e) }";
    let expected = "Connection to sandbox
Resource users
List of User
List of User
Download of text/csv; charset=utf-8
Group #{\"Name\":\"a\"}
[Group #{}, 1, \"x\"]
#{\"a\": Group #{}}

1.5
x
the PBX refused `users.get`: Not Found";
    let out = value(code);
    let (given, expected): (Vec<&str>, Vec<&str>) = (out.lines().collect(), expected.lines().collect());
    assert_eq!(given[..given.len() - 1], expected[..expected.len() - 1]);
    assert!(given[given.len() - 1].starts_with("the PBX refused `users.get`"), "{out}");
}

/// Code, what the report must say, in that order.
const WRONG: &[(&str, &[&str])] = &[
    ("pbx.usrs.list()", &["`pbx` has no resource `usrs`", "did you mean `users`?"]),
    ("pbx.users.lst()", &["`users` has no operation `lst`", "did you mean `list`?"]),
    ("pbx.users.list", &["`users.list` is an operation", "call it: `users.list(…)`"]),
    ("pbx.users.list(#{ tpo: 5 })", &["`users.list` has no option `tpo`", "did you mean `top`?"]),
    ("pbx.users.list(#{ top: \"5\" })", &["`top` must be a whole number, not the string \"5\""]),
    ("pbx.users.list(#{ top: -1 })", &["`top` cannot be -1"]),
    ("pbx.users.list(#{ select: \"Id,Nmber\" })", &["`User` has no property `Nmber`", "did you mean `Number`?"]),
    ("pbx.users.list(#{ orderby: \"Numbr desc\" })", &["`User` has no property `Numbr`"]),
    (
        "pbx.users.list(#{ filter: \"Enbled eq true\" })",
        &["`User` has no property `Enbled`", "did you mean `Enabled`?"],
    ),
    ("pbx.users.list(#{ filter: #{ Enbled: true } })", &["`User` has no property `Enbled`", "did you mean `Enabled`?"]),
    ("pbx.users.list(#{ filter: #{ Enabled: \"yes\" } })", &["`Enabled` must be a boolean, not the string \"yes\""]),
    ("pbx.users.get()", &["`Id` is missing", "call `users.get(Id, options)`"]),
    ("pbx.users.get(1, #{}, 3)", &["3 arguments are too many for `users.get`", "call `users.get(Id, options)`"]),
    ("pbx.users.get(\"12\")", &["`Id` must be a whole number, not the string \"12\""]),
    ("pbx.groups.create(#{ Nme: \"x\" })", &["`Group` has no property `Nme`", "did you mean `Name`?"]),
    ("pbx.groups.create(#{ Name: 5 })", &["`Group.Name` must be a string, not the whole number 5"]),
    ("pbx.groups.create(#{ Name: \"x\", Members: [#{ Nmber: \"1\" }] })", &["`UserGroup` has no property `Nmber`"]),
    (
        "pbx.groups.create(#{ Name: \"x\", Members: #{} })",
        &["`Group.Members` must be an array of UserGroup, not a map"],
    ),
    (
        "pbx.groups.create(#{ Hours: #{ Type: \"OfficeHour\" } })",
        &["`Schedule.Type` cannot be \"OfficeHour\"", "did you mean `OfficeHours`?"],
    ),
    ("pbx.groups.create(User(#{ FirstName: \"x\" }))", &["a `Group` is wanted here, not a User"]),
    ("pbx.users.list(\"Enabled eq false\")", &["the options must be a map, not the string"]),
    ("pbx.users.get(7, \"zz\")", &["the options must be a map"]),
    ("pbx.users.delete(Contact(#{ Id: 8 }))", &["`users.delete` takes a `User`, not a Contact"]),
    ("pbx.users.update(Group(#{ Id: 8 }))", &["takes a `User`, not a Group"]),
    ("pbx.groups.create(#{ OverrideExpiresAt: \"tomorrow\" })", &["`Group.OverrideExpiresAt` must be a date and time"]),
    ("Period(#{ Start: \"PT9H\" })", &["`Period.Start` must be a time of day", "\"08:30:00\""]),
    (
        "PollingStrategyType::RingAl",
        &["`PollingStrategyType::RingAl` does not exist", "did you mean `PollingStrategyType::RingAll`?"],
    ),
    ("PeerTyp::Extension", &["did you mean `PeerType`?"]),
    ("User().ForwardingProfiles[0]", &["nothing, ()", "not expanded"]),
    ("pbx.groups.update(Group(#{ Name: \"x\" }))", &["this `Group` has no `Id`"]),
    ("pbx.users.batch_delete(#{ idz: [1] })", &["`users.batch_delete` has no property `idz`", "did you mean `ids`?"]),
    (
        "pbx.outbound_rules.move_up_down(#{ ruleId: 1 })",
        &["`outbound_rules.move_up_down` has no property `ruleId`", "it has `id` and `up`"],
    ),
    ("pbx.users.batch_delete(#{ ids: [\"1\"] })", &["`ids[0]` must be a whole number, not the string \"1\""]),
    ("Group().Nme", &["`Group` has no property `Nme`", "did you mean `Name`?"]),
    ("let g = Group(); g.Nme = 1", &["`Group` has no property `Nme`"]),
    ("User(#{ Id: 3000000000 })", &["`User.Id` cannot be 3000000000", "from -2147483648 to 2147483647"]),
    ("\"abc\".Foo", &["the string \"abc\" has no property `Foo`"]),
    ("let g = Group(); g.Members.len()", &["`len` was called on nothing, ()", "not expanded"]),
    ("filter(\"Id eq ?\")", &["the filter does not fit its values"]),
    ("connect(\"nowhere\")", &["no PBX is called `nowhere`"]),
    ("const G = Group(); G.Name = \"x\"", &["constant"]),
    ("let x = ;", &["this is no script"]),
    ("foo(1)", &["there is no function `foo` for (int)"]),
    ("import \"std/nope\" as n;", &["cannot import `std/nope`", "std/members"]),
    ("import \"../up\" as n;", &["cannot import `../up`", "without `..`"]),
];

#[test]
fn a_wrong_call_is_told_so_and_sends_nothing() {
    for (code, expected) in WRONG {
        let server = Server::pbx(|_| Response::json(200, "{}"));
        let ended = server.run(code).run();
        assert!(matches!(ended.code, 1 | 3 | 4), "{code}: {} {}", ended.code, ended.err);
        // The report is wrapped at the width of the terminal.
        let report = ended.err.split_whitespace().filter(|word| *word != "|").collect::<Vec<_>>().join(" ");
        let mut rest = report.as_str();
        for part in *expected {
            let at = rest.find(part).unwrap_or_else(|| panic!("{code}: no {part:?} in\n{}", ended.err));
            rest = &rest[at + part.len()..];
        }
        assert_eq!(server.everything(), 0, "{code} reached the PBX");
    }
}

#[test]
fn a_script_catches_facts() {
    let code = "let r = #{};
        try { pbx.users.create(#{ Number: \"100\" }) } catch (e) {
            r = #{ status: e.status, code: e.code, target: e.target, operation: e.operation, detail: e.details[0].message, text: `${e}`, none: e.nothing };
        }
        r.to_json()";
    gives(
        code,
        r#"{"code":"WARNINGS.XAPI.ALREADY_IN_USE","detail":"WARNINGS.XAPI.ALREADY_IN_USE","none":null,"operation":"users.create","status":400,"target":"Number","text":"the PBX refused `users.create`: Number: WARNINGS.XAPI.ALREADY_IN_USE"}"#,
    );
    gives("let r; try { throw \"x\" } catch (e) { r = e; } r", "x");
    gives("let r; try { 1 / 0 } catch (e) { r = e.message; } type_of(r)", "string");
}

#[test]
fn a_failing_script_shows_the_line_and_the_words_of_the_pbx() {
    let ended = pbxsh(["run", "--sandbox", "jobs/make.rhai"])
        .file("jobs/lib/users.rhai", "fn make(pbx, number) {\n    pbx.users.create(#{ Number: number })\n}\n")
        .file("jobs/make.rhai", "import \"lib/users\" as users;\n\nfn all() {\n    users::make(pbx, \"100\");\n}\nprint(\"begin\");\nall();\n")
        .run();
    assert_eq!((ended.code, ended.out.as_str()), (7, "begin\n"), "{}", ended.err);
    same(
        &ended.err,
        "WARNINGS.XAPI.ALREADY_IN_USE

  x the PBX refused `users.create`: Number: WARNINGS.XAPI.ALREADY_IN_USE
   ,-[jobs/lib/users.rhai:2:25]
 1 | fn make(pbx, number) {
 2 |     pbx.users.create(#{ Number: number })
   :                         ^^^^^^
 3 | }
   `----
  help: `Number`: the number, name or key belongs to something else on this PBX; find the owner,
        for a number with `peers.get_by_number`, and take another one
        POST /xapi/v1/Users answered 400
  in `make`, called at jobs/make.rhai:4:12
  in `all`, called at jobs/make.rhai:7:1
",
    );
}

#[test]
fn a_rethrown_error_keeps_its_place() {
    let report = sandbox("let a = 1;\ntry { pbx.users.get(999999) }\ncatch (e) {\n  throw e;\n}").fails(7);
    assert!(report.contains("<eval>:2:17"), "{report}");
}

#[test]
fn modules_that_import_each_other_are_told_so() {
    let report = pbxsh(["run", "a.rhai"])
        .file("a.rhai", "import \"b\" as b;")
        .file("b.rhai", "import \"c\" as c;")
        .file("c.rhai", "import \"b\" as b;")
        .fails(3);
    assert!(report.contains("it imports itself: b.rhai → c.rhai → b.rhai"), "{report}");
    let report =
        pbxsh(["run", "a.rhai"]).file("a.rhai", "import \"b\" as b;").file("b.rhai", "let x = 1;\nlet y = ;").fails(3);
    assert!(report.contains("b.rhai:2:9"), "{report}");
}

#[test]
fn modules_come_from_beside_the_script_then_from_the_folders_of_lib() {
    let run = |given: &[&str]| {
        pbxsh(given.iter().copied())
            .file(
                "jobs/main.rhai",
                "import \"near\" as near;\nimport \"tools/far.v2\" as far;\nprint(near::name(far::NAME));",
            )
            .file("jobs/near.rhai", "fn name(other) { `near and ${other}` }")
            .file("shared/near.rhai", "fn name(other) { \"not this one\" }")
            .file(
                "shared/tools/far.v2.rhai",
                "import \"deeper\" as deeper;\nexport const NAME = \"far\";\nfn fails() { deeper::fails() }",
            )
            .file("shared/tools/deeper.rhai", "fn fails() {\n    let list = [1];\n    list.nothing()\n}")
    };
    assert_eq!(run(&["run", "--lib", "nowhere", "--lib", "shared", "jobs/main.rhai"]).out(), "near and far\n");
    assert_eq!(run(&["--lib", "shared", "-e", "import \"tools/far.v2\" as far; far::NAME"]).out(), "far\n");
    same(
        &run(&["run", "jobs/main.rhai"]).fails(3),
        "bad-import

  x cannot import `tools/far.v2`: there is no jobs/tools/far.v2.rhai
   ,-[jobs/main.rhai:2:8]
 1 | import \"near\" as near;
 2 | import \"tools/far.v2\" as far;
   :        ^^^^^^^^^^^^^^
 3 | print(near::name(far::NAME));
   `----
  help: `--lib DIR` names a further folder of modules
",
    );
    let report = run(&["--lib", "shared", "-e", "import \"tools/far.v2\" as far;\nfar::fails()"]).fails(3);
    for part in ["shared/tools/deeper.rhai:3:10", "called at shared/tools/far.v2.rhai:3:22", "called at <eval>:2:6"] {
        assert!(report.contains(part), "{part}: {report}");
    }
}

#[test]
fn modules_call_the_closures_that_they_are_given() {
    let out = pbxsh(["run", "a.rhai"])
        .file("lib/each.rhai", "fn each(items, work) { items.map(|item| work.call(item)) }")
        .file("a.rhai", "import \"lib/each\" as lib;\nlet k = 7;\nfn twice(x) { x * 2 }\nprint(lib::each([1, 2], |n| twice(n) + k));")
        .out();
    assert_eq!(out, "[9, 11]\n");
}

#[test]
fn limits_are_errors() {
    let report = sandbox("fn f(n) { f(n + 1) } f(0)").fails(1);
    assert!(report.contains("calls nest too deeply"), "{report}");
    // Deep, but not too deep.
    gives("fn f(n) { if n == 0 { 0 } else { 1 + f(n - 1) } } f(240)", "240");
}

#[test]
fn arguments_arrive() {
    let out = pbxsh(["run", "a.rhai", "one", "--two", "-3"])
        .file("a.rhai", "print(args.to_json()); fn f() { args.len() } print(f());")
        .out();
    assert_eq!(out, "[\"one\",\"--two\",\"-3\"]\n3\n");
    assert_eq!(pbxsh(["run", "-"]).input("print(1 + 1)").out(), "2\n");
}
