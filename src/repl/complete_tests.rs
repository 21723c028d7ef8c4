use crate::catalog::Catalog;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::repl::complete::{Names, Sort, complete, hint};
use crate::repl::seen::Seen;
use crate::show::{Glance, reference};

fn names() -> Names {
    Names {
        release: None,
        variables: vec![
            ("branch".to_owned(), Sort::Connection),
            ("g".to_owned(), Sort::Object("Group".to_owned())),
            ("all".to_owned(), Sort::List("User".to_owned())),
            ("n".to_owned(), Sort::Other("DateTime".to_owned())),
        ],
        functions: vec!["rename".to_owned()],
        given: Vec::new(),
        imported: vec![("hours".to_owned(), vec!["is_open(at)".to_owned()])],
        modules: vec!["std/csv".to_owned(), "std/members".to_owned()],
        profiles: vec!["branch-7".to_owned(), "hq".to_owned()],
        seen: seen(),
        files: Some(|typed| vec![format!("{typed}.csv"), "exports/".to_owned()]),
    }
}

/// Rows that were on the screen.
fn seen() -> Seen {
    let mut seen = Seen::default();
    let glance = |ty, row| Glance::of(ty, &row);
    seen.keep(glance("User", json!({"Id": 7, "Number": "100", "DisplayName": "Ada Brightwell"})));
    seen.keep(glance("Queue", json!({"Id": 24, "Number": "800", "Name": "Sales queue"})));
    seen.keep(glance("User", json!({"Id": 8, "Number": "101", "DisplayName": "Bruno Calderon"})));
    seen.keep(glance("Backups", json!({"FileName": "widgets-1.zip", "Size": 5})));
    seen
}

/// The candidates at the `|`, or at the end.
fn at(text: &str) -> Vec<String> {
    // Closures have two of them.
    let mark = text.find('|').filter(|_| text.matches('|').count() == 1);
    let cursor = mark.unwrap_or(text.len());
    let line = if mark.is_some() { text.replacen('|', "", 1) } else { text.to_owned() };
    let (start, found) = complete(&line, cursor, &names(), Catalog::builtin());
    assert!(start <= cursor, "{text}");
    found.into_iter().map(|candidate| candidate.text).collect()
}

fn has(text: &str, wanted: &[&str]) {
    let found = at(text);
    for name in wanted {
        assert!(found.iter().any(|it| it == name), "`{name}` at `{text}`: {found:?}");
    }
}

fn lacks(text: &str, unwanted: &[&str]) {
    let found = at(text);
    for name in unwanted {
        assert!(!found.iter().any(|it| it == name), "`{name}` at `{text}`: {found:?}");
    }
}

#[test]
fn resources_and_operations() {
    assert_eq!(at("pbx.use"), ["users"]);
    assert_eq!(at("branch.use"), ["users"]);
    has("pbx.", &["users", "groups", "version", "supports("]);
    has("all.", &["len()", "first()", "count(", "find_map(", "save("]);
    has("g.", &["Name", "changed()", "diff("]);
    has("n.", &["format(", "weekday", "in_zone("]);
    has("pbx.users.", &["list(", "get(", "get_by_number(", "update("]);
    assert_eq!(at("pbx.users.get_by"), ["get_by_number("]);
    assert_eq!(at("pbx.users.get_by|(5)"), ["get_by_number"]);
    assert_eq!(at("pbx.history_view"), ["call_history_view", "chat_history_view", "chat_messages_history_view"]);
    assert_eq!(at("nobody."), [] as [&str; 0]);
}

#[test]
fn the_connected_release_decides() {
    let catalog = Catalog::builtin();
    let gone = catalog.operations().find(|operation| !operation.releases().contains(catalog.newest()));
    let gone = gone.expect("an operation that the newest release lacks");
    let line = format!("pbx.{}.", gone.resource);
    let found = |release| {
        let names = Names { release, ..names() };
        let (_, found) = complete(&line, line.len(), &names, catalog);
        found.iter().any(|candidate| candidate.text.split('(').next() == Some(gone.name))
    };
    assert!(found(None) && found(gone.releases().last()) && !found(Some(catalog.newest())));
}

#[test]
fn options_bodies_and_properties() {
    has("pbx.users.list(#{ ", &["top: ", "filter: ", "select: "]);
    assert_eq!(at("pbx.users.list(#{ to"), ["top: "]);
    assert_eq!(at("pbx.users.list(#{ to|: 5})"), ["top"]);
    lacks("pbx.users.list(#{ top: 1, ", &["top: "]);
    has("pbx.groups.create(#{ ", &["Name: ", "TimeZoneId: "]);
    has("pbx.users.update(5, #{ ", &["FirstName: ", "Enabled: "]);
    has("pbx.users.update(#{ ", &["Id: ", "FirstName: "]);
    has("Group(#{Na", &["Name: "]);
    has("Group(#{Members: [#{", &["Number: "]);
    has("pbx.users.list(#{select: \"Id,Fir", &["FirstName"]);
    has("pbx.users.list(#{expand: [\"", &["Groups"]);
    lacks("pbx.users.list(#{expand: [\"", &["FirstName"]);
    assert_eq!(at("connect(#{client_s"), ["client_secret: "]);
    has("pbx.activity_log.get_logs(\"a\", \"b\", #{", &["extension: ", "severity: "]);
}

#[test]
fn values_and_variables() {
    has("g.", &["Name", "Members", "to_map()"]);
    has("all.", &["first()", "save("]);
    has("for u in pbx.users.list() { u.Fi", &["FirstName"]);
    has("let x = pbx.groups.get(3); x.Na", &["Name"]);
    has("pbx.users.get(5).Fir", &["FirstName"]);
    has("PeerType::Ex", &["Extension"]);
    has("PeerTyp", &["PeerType::"]);
    has("", &["pbx", "g", "rename(", "print("]);
    has("ren", &["rename("]);
    has("whi", &["while"]);
    assert_eq!(at("import \"std/c"), ["std/csv"]);
    assert_eq!(at("\"pbx."), [] as [&str; 0]);
}

#[test]
fn commands_and_their_arguments() {
    assert_eq!(at(":he"), ["help"]);
    has(":help us", &["users", "User"]);
    has(":help users.", &["users.list", "users.update"]);
    assert_eq!(at(":format j"), ["json"]);
    assert_eq!(at(":quit x"), [] as [&str; 0]);
    assert_eq!(at(":help slee"), ["sleep"]);
}

#[test]
fn functions_come_from_what_they_say_about_themselves() {
    assert_eq!(at("slee"), ["sleep("]);
    assert_eq!(at("slee|(1)"), ["sleep"]);
    assert_eq!(at("exi"), ["exit("]);
    for doc in reference::docs() {
        let name = doc.name.split('(').next().unwrap_or(doc.name);
        if !name.contains('.') && doc.calls[0].starts_with(&format!("{name}(")) {
            let wanted = format!("{}(", reference::short(name));
            assert!(at(name).iter().any(|it| it.starts_with(&wanted)), "{name}: {:?}", at(name));
        }
    }
}

#[test]
fn hints_say_what_is_left_of_the_signature() {
    let at = |text: &str| hint(text, &names(), Catalog::builtin());
    assert_eq!(at("pbx.users.update("), Some("Id, User)".to_owned()));
    assert_eq!(at("pbx.users.update(5, "), Some("User)".to_owned()));
    assert_eq!(at("pbx.users.update(5"), None);
    assert_eq!(at("print("), None);
    assert_eq!(at("sleep("), Some("seconds)".to_owned()));
    assert_eq!(at("let x = exit("), Some("code)".to_owned()));
    let long = at("pbx.users.make_call(").or_else(|| at("pbx.active_calls.drop_call("));
    assert!(long.is_some());
}

#[test]
fn values_of_enums_stand_in_texts() {
    for text in [
        "pbx.users.update(7, #{ QueueStatus: \"",
        "pbx.users.create(#{ QueueStatus: \"Lo",
        "pbx.users.list(#{ filter: #{ QueueStatus: \"",
        "pbx.users.list(#{ filter: #{ QueueStatus: [\"LoggedIn\", \"",
        "pbx.users.list(#{ filter: #{ QueueStatus: #{ ne: \"",
        "User(#{ QueueStatus: \"",
        "let u = pbx.users.get(7); u.QueueStatus = \"",
        "for u in pbx.users.list() { if u.QueueStatus == \"",
        "all.filter(|u| u.QueueStatus != \"",
    ] {
        has(text, &["LoggedOut"]);
        lacks(text, &["QueueStatus", "pbx"]);
    }
    has("pbx.groups.update(2, #{ Hours: #{ Type: \"", &["OfficeHours"]);
    assert_eq!(at("pbx.users.update(7, #{ FirstName: \""), [] as [&str; 0]);
    assert_eq!(at("let x = \""), [] as [&str; 0]);
}

#[test]
fn filters_have_the_properties_of_their_rows() {
    has("pbx.users.list(#{ filter: #{ ", &["Enabled: ", "Number: "]);
    has("pbx.users.list(#{ filter: #{ Id: #{ ", &["gt: ", "startswith: "]);
    has("pbx.users.list(#{ filter: #{ Hours: #{ ", &["Type: "]);
    has("pbx.groups.list(#{ filter: #{ Members: #{ ", &["Number: "]);
    lacks("pbx.users.list(#{ filter: #{ Enabled: true, ", &["Enabled: "]);
}

#[test]
fn what_was_seen_is_offered_as_a_key() {
    assert_eq!(at("pbx.users.get_by_number(\""), ["101", "100"]);
    assert_eq!(at("pbx.users.get_by_number(\"100"), ["100"]);
    assert_eq!(at("pbx.queues.get_by_number(\""), ["800"]);
    has("pbx.users.get(", &["8", "7", "g"]);
    has("pbx.users.delete(", &["8", "7"]);
    has("pbx.users.update(", &["8"]);
    lacks("pbx.users.get(7, ", &["8"]);
    lacks("pbx.users.get(", &["sleep(", "csv::"]);
    has("pbx.users.get(sl", &["sleep("]);
    assert_eq!(at("pbx.backups.delete(\"wid"), ["widgets-1.zip"]);
    has("pbx.groups.create(#{ Name: \"x\", Members: [#{ Number: \"", &["101", "800"]);
    assert_eq!(at("pbx.users.create(#{ Number: \""), [] as [&str; 0]);
    let line = "pbx.users.get_by_number(\"";
    let (_, found) = complete(line, line.len(), &names(), Catalog::builtin());
    assert_eq!(found[0].shown, "101  Bruno Calderon");
}

#[test]
fn files_and_profiles() {
    for text in [
        "pbx.users.list().save(\"a",
        "all.save(\"a",
        "file::read(\"a",
        "csv::write(\"a",
        "let t = file::lines(\"a",
        "pbx.custom_prompts.upload(\"a",
        ":load a",
    ] {
        assert_eq!(at(text), ["a.csv"], "{text}");
    }
    assert_eq!(at("csv::write(\"a\", \"a"), [] as [&str; 0]);
    assert_eq!(at("connect(\""), ["branch-7", "hq", "sandbox"]);
    assert_eq!(at("connect(\"b"), ["branch-7"]);
    assert_eq!(at(":use h"), ["hq"]);
    has("pbx.supports(\"users.lis", &["users.list"]);
}

#[test]
fn chains_closures_and_items_have_members() {
    for text in [
        "pbx.users.list().first().Fir",
        "pbx.users.list(#{ top: 5 })[0].Fir",
        "pbx.users.list().filter(|u| u.Enabled).last().Fir",
        "pbx.users.list().to_array()[2].Fir",
        "all.first().Fir",
        "all[0].Fir",
        "all.map(|u| u.Fir",
        "pbx.users.list().filter(|who| who.Fir",
        "for u in all { u.Fir",
        "let x = pbx.users.get(7); let y = x; x.Fir",
    ] {
        assert_eq!(at(text), ["FirstName"], "{text}");
    }
    has("g.Hours.", &["Type", "Periods"]);
    has("pbx.users.list().filter(|u| u.Enabled).", &["len()", "sort_by("]);
    lacks("pbx.users.list().filter(|u| u.Enabled).", &["save("]);
    for text in ["x.map(|x| x.", "let x = x.y(); x.", "for x in x.y() { x."] {
        assert_eq!(at(text), [] as [&str; 0], "{text}");
    }
}

#[test]
fn functions_offer_their_options() {
    has("csv::read(\"a.csv\", #{ ", &["separator: ", "header: "]);
    has("all.save(\"a.csv\", #{ ", &["excel: "]);
    has("pbx.users.list().save(\"a.csv\", #{ ", &["excel: "]);
}

#[test]
fn candidates_say_what_they_are() {
    let shown = |line: &str| -> Vec<String> {
        let (_, found) = complete(line, line.len(), &names(), Catalog::builtin());
        found.into_iter().map(|candidate| candidate.shown).collect()
    };
    assert_eq!(
        shown("pbx.active_c"),
        ["active_calls  calls in progress: who with whom, ringing or talking, since when"]
    );
    assert!(
        shown("pbx.active_calls.drop")[0].starts_with("drop_call(Id)  command  ends a call"),
        "{:?}",
        shown("pbx.active_calls.drop")
    );
    assert_eq!(shown("pbx.users.list(#{ to"), ["top  at most so many rows"]);
    // Of too many only the names stand there.
    assert!(shown("pbx.").contains(&"users".to_owned()));
}

#[test]
fn a_key_is_answered_at_once_with_the_whole_catalog() {
    let catalog = Catalog::builtin();
    let names = names();
    let start = Instant::now();
    let mut count = 0;
    for operation in catalog.operations().step_by(5) {
        for end in ["", "(", "(#{ ", "(#{ filter: #{ ", "(\""] {
            let line = format!("pbx.{}{end}", operation.full_name());
            let _ = complete(&line, line.len(), &names, catalog);
            let _ = super::colour::paint(&line, line.len(), &names, catalog, &mut super::colour::Parts::default());
            count += 1;
        }
    }
    let each = start.elapsed() / count;
    // Without optimisation, on a machine that others use too, it is still far from what a person notices.
    assert!(each < Duration::from_millis(50), "{each:?}");
}

#[test]
fn nothing_breaks_at_any_place_of_any_call() {
    let catalog = Catalog::builtin();
    for operation in catalog.operations() {
        let line = format!("pbx.{}(#{{ x: [#{{ y: 1, ", operation.full_name());
        for cursor in 0..=line.len() {
            let _ = complete(&line, cursor, &names(), catalog);
        }
        let _ = hint(&format!("pbx.{}(", operation.full_name()), &names(), catalog);
    }
}

#[test]
fn what_people_call_a_resource_leads_to_it() {
    assert_eq!(at("pbx.ivr"), ["receptionists"]);
    assert_eq!(at("pbx.extension")[0], "users");
    assert_eq!(at("pbx.depart")[0], "groups");
    assert_eq!(at("pbx.Users"), ["users"]);
    // Who leaves out `pbx.` gets it.
    assert_eq!(at("queu"), ["pbx.queues"]);
    assert_eq!(at("users.get_by"), ["pbx.users.get_by_number("]);
    assert_eq!(at("x + users.get_by"), ["pbx.users.get_by_number("]);
    assert_eq!(at("pri"), ["print("]);
    assert_eq!(at("g.na"), ["Name"]);
    lacks("g.T", &["to_map()"]);
}

#[test]
fn texts_of_options_are_read() {
    let list = |option: &str| at(&format!("pbx.users.list(#{{ {option}"));
    assert_eq!(list("filter: \"QueueStatus eq '"), ["LoggedOut", "LoggedIn"]);
    assert_eq!(list("filter: \"QueueStatus in ('LoggedIn', '"), ["LoggedOut", "LoggedIn"]);
    assert_eq!(list("filter: \"QueueStatus ne "), ["'LoggedOut'", "'LoggedIn'"]);
    assert_eq!(list("filter: \"not Enabled eq "), ["true", "false"]);
    assert_eq!(list("filter: \"Enabled "), ["eq ", "ne ", "gt ", "ge ", "lt ", "le ", "in "]);
    assert_eq!(list("filter: \"Enabled eq true "), ["and ", "or "]);
    assert_eq!(list("filter: \"Number eq '100' a"), ["and "]);
    assert_eq!(list("filter: \"(Enabled eq true) or First"), ["FirstName"]);
    assert_eq!(list("filter: \"contains(First"), ["FirstName"]);
    assert_eq!(list("filter: \"starts"), ["startswith("]);
    assert_eq!(list("filter: \"Hours/Ty"), ["Type"]);
    assert_eq!(list("filter: \"Hours/Type eq 'Off"), ["OfficeHours"]);
    assert_eq!(list("filter: \"Groups/"), ["any(", "all("]);
    assert_eq!(list("filter: \"Groups/any(g:g/Num"), ["Number"]);
    // Numbers that were seen.
    assert_eq!(list("filter: \"Number eq '"), ["101", "100"]);
    assert_eq!(list("filter: \"FirstName eq '"), [] as [&str; 0]);
    assert_eq!(list("orderby: \"Number "), ["asc", "desc"]);
    assert_eq!(list("orderby: \"Number d"), ["desc"]);
    assert_eq!(list("orderby: \"Number desc, First"), ["FirstName"]);
    assert_eq!(list("expand: \"Groups("), ["$select=", "$expand=", "$filter=", "$orderby="]);
    assert_eq!(list("expand: \"Groups($expand=R"), ["Rights"]);
    assert_eq!(list("expand: \"Groups($select=Id,Num"), ["Number"]);
    assert_eq!(list("expand: \"Groups($select=Id;$fil"), ["$filter="]);
    assert_eq!(list("expand: \"Groups($select=Id),Gree"), ["Greetings"]);
    lacks("pbx.users.list(#{ select: \"", &["Groups"]);
}

#[test]
fn values_are_offered_as_they_are_written() {
    assert_eq!(at("pbx.users.update(7, #{ QueueStatus: "), ["\"LoggedOut\"", "\"LoggedIn\""]);
    assert_eq!(at("pbx.users.list(#{ filter: #{ QueueStatus: "), ["\"LoggedOut\"", "\"LoggedIn\""]);
    has("pbx.users.update(7, #{ QueueStatus: L", &["\"LoggedOut\"", "\"LoggedIn\""]);
    assert_eq!(at("pbx.users.update(7, #{ Enabled: "), ["true", "false"]);
    assert_eq!(at("let u = pbx.users.get(7); u.Enabled = "), ["true", "false"]);
    has("let u = pbx.users.get(7); if u.QueueStatus == ", &["\"LoggedOut\""]);
    has("pbx.users.get_by_number(", &["\"100\"", "\"101\""]);
    has("pbx.users.update(7, #{ Number: ", &["g", "all"]);
    has("all.sort_by(\"", &["Number", "FirstName"]);
    has("pbx.users.list().group_by(\"", &["Number"]);
}

#[test]
fn kinds_are_carried_along() {
    for text in [
        "let u = pbx.users.list().first(); u.Fir",
        "let u = pbx.users.list()[0]; u.Fir",
        "let x = all; let u = x[0]; u.Fir",
        "let some = all.filter(|u| u.Enabled); some[1].Fir",
        "for (u, place) in all { u.Fir",
        "all.sort_by(|a, b| b.Fir",
        "parallel(pbx.users.list(), 4, |u| u.Fir",
        "all.map(|u| #{ name: u.Fir",
        "connect(\"hq\").users.get(7).Fir",
        "let hq = connect(\"hq\"); hq.users.list()[0].Fir",
    ] {
        assert_eq!(at(text), ["FirstName"], "{text}");
    }
    has("let q = pbx.queues.get(5); let f = q.ForwardNoAnswer; f.", &["To", "External"]);
    has("let q = pbx.queues.get(5); for a in q.Agents { a.", &["SkillGroup"]);
    has("g.Members[0].", &["Number"]);
    has("g.Members.", &["len()", "push(", "join("]);
    has("g.Name.", &["to_upper()", "contains("]);
    has("\"x\".sp", &["split("]);
    has("#{ a: 1 }.", &["keys()"]);
    has("now().", &["format(", "weekday"]);
    has("try { pbx.users.get(1) } catch (e) { e.", &["code", "hint"]);
    has("pbx.chat_history_view.download_chat_history(\"Europe/Berlin\").", &["save(", "text()"]);
    assert_eq!(at("hours::"), ["is_open("]);
    assert_eq!(at("hour"), ["hours::"]);
    // What is calculated is something else than its last part.
    assert_eq!(at("let x = 1 + pbx.users.get(7); x.Fir"), [] as [&str; 0]);
    // A new definition goes before the variable.
    assert_eq!(at("let g = pbx.users.get(7); g.Fir"), ["FirstName"]);
}

#[test]
fn commands_complete_what_they_take() {
    assert_eq!(at(":help User.Transc"), ["User.TranscriptionMode"]);
    assert_eq!(at(":help :wat"), [":watch"]);
    assert_eq!(at(":help pbx.users.get_by"), ["pbx.users.get_by_number"]);
    assert_eq!(at(":ops hand"), ["handset"]);
    has(":use ", &["hq", "sandbox"]);
    has(":explain already", &["already_in_use"]);
}
