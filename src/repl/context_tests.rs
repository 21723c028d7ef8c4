use crate::repl::context::{Argument, Context, Place, Receiver, call, context, definition, question};

/// The context at the `|`.
fn at(text: &str) -> Context<'_> {
    let mark = text.find('|').filter(|_| text.matches('|').count() == 1);
    context(text, mark.unwrap_or(text.len()))
}

fn place(text: &str) -> (Place<'_>, &str) {
    let context = at(text);
    assert!(text[context.start..].starts_with(context.word), "{text}");
    (context.place, context.word)
}

fn argument<'a>(call: &[&'a str], index: usize, path: &[&'a str], taken: &[&'a str]) -> Argument<'a> {
    Argument { call: call.to_vec(), index, path: path.to_vec(), taken: taken.to_vec() }
}

#[test]
fn commands() {
    assert_eq!(place(":he"), (Place::Command, "he"));
    assert_eq!(place(":"), (Place::Command, ""));
    assert_eq!(place(":help users.up"), (Place::CommandArgument("help"), "users.up"));
    assert_eq!(place(":ops a b"), (Place::CommandArgument("ops"), "b"));
    assert_eq!(place(":help "), (Place::CommandArgument("help"), ""));
    assert_eq!(place(":load  my reports/c"), (Place::CommandArgument("load"), "my reports/c"));
}

#[test]
fn members() {
    let path = |names: &[&'static str]| Place::Member(Receiver::Path(names.to_vec()));
    assert_eq!(place("pbx."), (path(&["pbx"]), ""));
    assert_eq!(place("let x = pbx.us| + 1"), (path(&["pbx"]), "us"));
    assert_eq!(place("pbx.users.li"), (path(&["pbx", "users"]), "li"));
    assert_eq!(place("for u in pbx\n  .users\n  .li"), (path(&["pbx", "users"]), "li"));
    assert_eq!(place("f(g?.Na"), (path(&["g"]), "Na"));
    assert_eq!(place("`${u.Na"), (path(&["u"]), "Na"));
    assert_eq!(
        place("pbx.users.get(f(1), \")\").Na"),
        (Place::Member(Receiver::Call(vec!["pbx", "users", "get"])), "Na")
    );
    let item = |inner: Receiver<'static>| Place::Member(Receiver::Item(Box::new(inner)));
    assert_eq!(place("x[0].Na"), (item(Receiver::Path(vec!["x"])), "Na"));
    let list = || Receiver::Call(vec!["pbx", "users", "list"]);
    let method = |of, name| Receiver::Method(Box::new(of), name);
    assert_eq!(place("pbx.users.list(#{}).first().Na"), (Place::Member(method(list(), "first")), "Na"));
    let last = method(method(list(), "filter"), "last");
    assert_eq!(place("pbx.users.list().filter(|u| u.Id > 1).last()?.Na"), (Place::Member(last), "Na"));
    assert_eq!(place("pbx.users.list().to_array()[0].Na"), (item(method(list(), "to_array")), "Na"));
    let field = Receiver::Field(Box::new(method(list(), "first")), "Hours");
    assert_eq!(place("pbx.users.list().first().Hours.Ty"), (Place::Member(field), "Ty"));
    assert_eq!(place("[1].Na"), (Place::Member(Receiver::Made("array")), "Na"));
    assert_eq!(place("\"x\".Na"), (Place::Member(Receiver::Made("string")), "Na"));
    assert_eq!(place("#{ a: 1 }.Na"), (Place::Member(Receiver::Made("map")), "Na"));
    assert_eq!(place("(1 + 2).a"), (Place::Member(Receiver::Other), "a"));
    assert_eq!(place("1.").0, Place::Nothing);
    assert_eq!(place("0..le").0, Place::Nothing);
}

#[test]
fn names_of_maps() {
    let list = ["pbx", "users", "list"];
    assert_eq!(place("pbx.users.list(#{ to"), (Place::Key(argument(&list, 0, &[], &[])), "to"));
    assert_eq!(place("pbx.users.list(#{top: 5, "), (Place::Key(argument(&list, 0, &[], &["top"])), ""));
    let none = || argument(&list, 0, &[], &[]);
    assert_eq!(place("pbx.users.list(#{top: to"), (Place::Put(none(), "top"), "to"));
    assert_eq!(place("pbx.users.list(#{top: 1 + to").0, Place::Name);
    assert_eq!(place("if u.Type == Ex"), (Place::Compared(vec!["u", "Type"]), "Ex"));
    assert_eq!(place("let x = Ex").0, Place::Name);
    assert_eq!(place("f(1, #{a: \"x\", "), (Place::Key(argument(&["f"], 1, &[], &["a"])), ""));
    let nested = argument(&["Group"], 0, &["Members"], &["Name"]);
    assert_eq!(place("Group(#{Name: 1, Members: [#{Na: 2}, #{ Name: 3, "), (Place::Key(nested), ""));
    let deep = argument(&["Group"], 0, &["Hours", "Type"], &[]);
    assert_eq!(place("Group(#{Hours: #{ \"Type\": #{ x"), (Place::Key(deep), "x"));
    assert_eq!(place("let m = #{ a").0, Place::Name);
    assert_eq!(place("if x { a").0, Place::Name);
}

#[test]
fn texts_and_the_rest() {
    let list = || argument(&["pbx", "users", "list"], 0, &[], &[]);
    assert_eq!(place("pbx.users.list(#{select: \"Id,Na"), (Place::Selection(list(), "select", "Id,"), "Na"));
    assert_eq!(place("pbx.users.list(#{top: 1, select: [\"Id\", \"Na"), (Place::Selection(list(), "select", ""), "Na"));
    assert_eq!(
        place("pbx.users.list(#{filter: \"Enabled eq é"),
        (Place::Selection(list(), "filter", "Enabled eq "), "é")
    );
    assert_eq!(place("import \"std/cs"), (Place::Import, "std/cs"));
    let body = argument(&["pbx", "users", "update"], 1, &["Hours"], &[]);
    assert_eq!(place("pbx.users.update(5, #{ Hours: #{ Type: \"Off"), (Place::Choice(body, "Type"), "Off"));
    let text = |call: &[&'static str], index| Place::Text(call.to_vec(), index);
    assert_eq!(place("pbx.users.get_by_number(\"1 0"), (text(&["pbx", "users", "get_by_number"], 0), "1 0"));
    assert_eq!(place("pbx.users.list().save(\"a/b"), (text(&["", "save"], 0), "a/b"));
    assert_eq!(place("csv::write(x, \"a"), (text(&["csv::write"], 1), "a"));
    assert_eq!(place("f(1 + \"a").0, Place::Nothing);
    assert_eq!(place("if u.Type == \"Ex"), (Place::Assigned(vec!["u", "Type"]), "Ex"));
    assert_eq!(place("let x = \"a").0, Place::Nothing);
    assert_eq!(place("\"pbx.us").0, Place::Nothing);
    assert_eq!(place("// pbx.us").0, Place::Nothing);
    assert_eq!(place("`pbx.us").0, Place::Nothing);
    assert_eq!(place("x = PeerType::Ex"), (Place::Value("PeerType"), "Ex"));
    assert_eq!(place("print(Gro"), (Place::Name, "Gro"));
    assert_eq!(place(""), (Place::Name, ""));
    assert_eq!(place("12").0, Place::Nothing);
}

#[test]
fn calls_and_definitions() {
    assert_eq!(call("pbx.users.update(5, "), Some((vec!["pbx", "users", "update"], 1)));
    assert_eq!(call("pbx.users.update(5, #{"), None);
    assert_eq!(call("(1 +"), None);
    let text = "let g = pbx.groups.get(1); for u in pbx.users.list() { g";
    let call = |path: &[&'static str]| Receiver::Call(path.to_vec());
    let item = |inner: Receiver<'static>| Receiver::Item(Box::new(inner));
    assert_eq!(definition(text, "g"), Some((call(&["pbx", "groups", "get"]), 0)));
    assert_eq!(definition(text, "u"), Some((item(call(&["pbx", "users", "list"])), 27)));
    assert_eq!(definition("let h = Group(#{})", "h"), Some((call(&["Group"]), 0)));
    assert_eq!(definition("for u in all {", "u"), Some((item(Receiver::Path(vec!["all"])), 0)));
    assert_eq!(definition("all.map(|u| u", "u"), Some((item(Receiver::Path(vec!["all"])), 8)));
    let first = Receiver::Method(Box::new(call(&["pbx", "users", "list"])), "first");
    assert_eq!(definition("let u = pbx.users.list().first(); u", "u"), Some((first, 0)));
    let (all, error) = (|| item(Receiver::Path(vec!["all"])), Receiver::Made("Error"));
    assert_eq!(definition("all.sort_by(|a, b| b", "b"), Some((all(), 12)));
    assert_eq!(definition("parallel(all, 4, |u| u", "u"), Some((all(), 17)));
    assert_eq!(definition("for (u, i) in all { u", "u"), Some((all(), 0)));
    assert_eq!(definition("try { } catch (e) { e", "e"), Some((error, 8)));
    assert_eq!(definition("let h = 5 + g", "h"), None);
}

#[test]
fn a_question_mark_asks_for_help() {
    assert_eq!(question("users.update?"), Some("users.update"));
    assert_eq!(question("csv::read ?"), Some("csv::read"));
    for other in ["?", "users", "1?", "a b?", "\"x\"?", ""] {
        assert_eq!(question(other), None, "{other}");
    }
}

#[test]
fn every_cursor_in_any_text_is_fine() {
    let text = "import \"x\"; let é = pbx.users.list(#{select: [\"Ïd\", \"日本\"], filter: `a ${x.y}`}).map(|u| u.Name)[0]?.z..1.5 /* */ // e";
    for cursor in 0..=text.len() + 3 {
        let found = context(text, cursor);
        assert!(text.get(found.start..).is_some() || cursor > text.len(), "{cursor}");
    }
}
