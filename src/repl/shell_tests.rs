use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::bindings::{Bindings, Connection, Fault, Link, Voice};
use crate::catalog::Catalog;
use crate::diag::{self, ErrorFormat, Style};
use crate::guard::Guard;
use crate::repl::complete::Sort;
use crate::repl::shell::{Next, Shell, is_unfinished};
use crate::script::{Library, Session, Setup};
use crate::show::Format;

type Lines = Rc<RefCell<Vec<String>>>;

/// A shell without a PBX, and what it printed and told.
fn shell() -> (Shell, Lines) {
    let catalog = Catalog::builtin();
    let connect = || Err(Fault::NotConfigured { missing: vec!["XAPI_URL"] });
    let link = Link { name: "nowhere".to_owned(), connect: Box::new(connect) };
    let voice = Voice::new(diag::fault, Arc::new(|_, _| {}), Arc::default());
    let pbx = Connection::new(link, catalog, Guard::default(), voice);
    let unknown = |_: &_| Err(Fault::UnknownConnection { name: "x".to_owned(), nearest: None });
    let bindings = Arc::new(Bindings::new(catalog, pbx.clone(), Arc::new(unknown)));
    let library = Library { embedded: |_| None, embedded_names: Vec::new, folders: Vec::new() };
    let session = Session::new(&Setup {
        hosts: vec![bindings],
        library,
        print: Arc::new(|_| {}),
        stop: Arc::new(|| None),
        operations: None,
    });
    let lines = Lines::default();
    let (print, tell) = (lines.clone(), lines.clone());
    let shell = Shell {
        session: Rc::new(RefCell::new(session)),
        pbx,
        catalog,
        style: Style { colour: false, unicode: false, width: 80, format: ErrorFormat::Fancy },
        width: Box::new(|| 80),
        print: Box::new(move |line| print.borrow_mut().push(line.to_owned())),
        tell: Box::new(move |line| tell.borrow_mut().push(format!("({line})"))),
        forget: Box::new(|| {}),
        ending: Box::new(|| None),
        format: Format::Auto,
        rest: None,
        entries: 0,
        functions: Vec::new(),
        last: None,
        seen: crate::repl::seen::Seen::default(),
    };
    (shell, lines)
}

fn type_in(shell: &mut Shell, lines: &Lines, entry: &str) -> String {
    lines.borrow_mut().clear();
    assert_eq!(shell.enter(entry), Next::Go, "{entry}");
    lines.borrow().join("\n")
}

#[test]
fn variables_functions_and_the_last_value_stay() {
    let (mut shell, lines) = shell();
    let mut enter = |entry: &str| type_in(&mut shell, &lines, entry);
    assert_eq!(enter("let n = 20;"), "");
    assert_eq!(enter("fn twice(x) { x * 2 }"), "");
    assert_eq!(enter("twice(n) + 2"), "42");
    assert_eq!(enter("ans + 1"), "43");
    assert!(enter("throw \"no\"").contains("threw"), "{}", lines.borrow().join("\n"));
    assert_eq!(enter("ans"), "43");
    assert_eq!(enter("let g = Group(#{ Name: \"Sales\" }); g"), "Name  Sales\nGroup");
    assert_eq!(enter(":vars"), "ans  Group\ng    Group\nn    20");
    let names = shell.names(&[]);
    assert!(names.variables.contains(&("g".to_owned(), Sort::Object("Group".to_owned()))));
    assert_eq!(names.functions, ["twice"]);
}

#[test]
fn rows_come_twenty_at_a_time() {
    let (mut shell, lines) = shell();
    let mut enter = |entry: &str| type_in(&mut shell, &lines, entry);
    let first = enter("let a = []; for i in 0..45 { a.push(#{ Id: i }) } a");
    assert!(first.ends_with(" 19\n20 of 45 rows; Enter shows more"), "{first}");
    assert!(enter("").ends_with(" 39\n40 of 45 rows; Enter shows more"));
    assert!(enter("it").ends_with(" 44\n45 rows"));
    assert_eq!(enter("it"), "(there are no further rows; `ans` is the last value)");
    assert_eq!(enter(""), "");
    assert_eq!(enter("ans.len()"), "45");
    assert_eq!(enter("let it = 5; it"), "5");
    assert_eq!(enter("it"), "5");
}

#[test]
fn errors_are_explained() {
    let (mut shell, lines) = shell();
    let mut enter = |entry: &str| type_in(&mut shell, &lines, entry);
    assert!(enter(":explain").starts_with("(nothing has gone wrong yet"));
    assert!(enter(":explain too-deep").starts_with("too-deep\n\n"));
    assert!(enter(":e already_in_use").starts_with("WARNINGS.XAPI.ALREADY_IN_USE\n\n"));
    assert_eq!(enter(":explain to-deep"), "(there is no code `to-deep`; did you mean `too-deep`?)");
    assert!(enter("pbx.usres").starts_with("(unknown-resource\n\n"));
    assert!(enter(":explain").starts_with("unknown-resource\n\n"));
    assert!(enter("1 / 0").starts_with("(arithmetic\n\n"));
    assert!(enter(":explain").starts_with("arithmetic\n\n"));
}

#[test]
fn commands_do_what_they_say() {
    let (mut shell, lines) = shell();
    assert_eq!(shell.enter(":quit"), Next::Quit(0));
    assert_eq!(shell.enter(":history users x"), Next::History("users x".to_owned()));
    assert_eq!(shell.enter(":clear"), Next::Clear);
    let mut enter = |entry: &str| type_in(&mut shell, &lines, entry);
    assert_eq!(enter(":format json"), "(values are shown as json)");
    assert_eq!(enter("#{ a: 1 }"), "{\n  \"a\": 1\n}");
    assert_eq!(enter(":format nice"), "(`nice` is no format; they are auto, table, record, json, csv)");
    assert!(enter(":help").contains(":ops WORDS"));
    assert!(enter(":help users.update").starts_with("pbx.users.update(Id, User)"));
    assert!(enter(":help format").starts_with(":format [FORMAT]"));
    assert!(enter(":help usres").contains("`users`"));
    assert!(enter(":hepl").contains("`:help`"));
    assert!(enter(":ops drop call").starts_with("active_calls.drop_call"));
    assert!(enter("pbx.users").starts_with("pbx.users\n"));
}

#[test]
fn faults_are_told_and_the_session_goes_on() {
    let (mut shell, lines) = shell();
    let mut enter = |entry: &str| type_in(&mut shell, &lines, entry);
    assert!(enter("pbx.users.list()").contains("XAPI_URL"));
    assert!(enter("let x = ").contains("no script"));
    assert!(enter("pbx.users.lst()").contains("`list`"));
    assert_eq!(enter("1 + 1"), "2");
    assert_eq!(enter("\"a\x1b[2J\""), "a\\u{1b}[2J");
}

#[test]
fn what_wants_more_lines() {
    let (shell, _) = shell();
    let session = shell.session.borrow();
    for more in [
        "fn f() {",
        "f(1,",
        "let x =",
        "1 +",
        "`one",
        "/* one",
        "if true",
        "#{ a: 1,\n",
        "[\n1,\n",
        "for x in [1] {\nprint(x)",
    ] {
        assert!(is_unfinished(&session, more), "{more}");
    }
    for enough in ["", "  ", "let x = 1", "\"open", "f)", ":help {", "{ let }\n", "[\n\n\n", "f(\n \n  ", "let let"] {
        assert!(!is_unfinished(&session, enough), "{enough}");
    }
}

#[test]
fn a_question_mark_behind_a_name_asks_for_help() {
    let (mut shell, lines) = shell();
    let page = type_in(&mut shell, &lines, "users.update?");
    assert!(page.starts_with("pbx.users.update(Id, User)\n"), "{page}");
    assert!(page.contains("Example\n  pbx.users.update(7, #{ Mobile: \"+15550177\" })"), "{page}");
    assert!(type_in(&mut shell, &lines, "pbx.users.update?").contains("Example"));
    type_in(&mut shell, &lines, "let g = Group(#{ Name: \"x\" });");
    assert!(type_in(&mut shell, &lines, "g?").starts_with("Group(#{…})"));
    assert!(type_in(&mut shell, &lines, "g.Name?").starts_with("Group.Name"));
    assert_eq!(type_in(&mut shell, &lines, "usrs?"), "(nothing is called `usrs`; near it: `users`, `User`)");
}
