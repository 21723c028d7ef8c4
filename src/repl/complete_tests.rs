use crate::catalog::Catalog;
use crate::repl::complete::{Names, Sort, complete, hint};
use crate::show::reference;

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
        modules: vec!["std/csv".to_owned(), "std/members".to_owned()],
    }
}

/// The candidates at the `|`, or at the end.
fn at(text: &str) -> Vec<String> {
    let cursor = text.find('|').unwrap_or(text.len());
    let line = text.replacen('|', "", 1);
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
