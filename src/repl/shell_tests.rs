use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::bindings::{Bindings, Connection, Fault, Link, Voice};
use crate::catalog::Catalog;
use crate::config::Profile;
use crate::diag;
use crate::guard::{Answer, Confirm, Guard, Switch};
use crate::repl::answers::Answers;
use crate::repl::complete::Sort;
use crate::repl::desk::{Desk, Listing, Trace, Traffic, Turned, Wrong};
use crate::repl::paper::Paper;
use crate::repl::shell::{Next, Shell, is_unfinished};
use crate::repl::{Keys, Place, Prompt};
use crate::script::{Ending, Library, Session, Setup, Source};

/// A desk at which there is nothing.
struct Nobody;

impl Desk for Nobody {
    fn turn_to(&self, name: &str) -> Result<Turned, Fault> {
        Err(Fault::UnknownConnection { name: name.to_owned(), nearest: Some("hq".to_owned()) })
    }
    fn connect(&self, _: &str) -> Result<Option<Turned>, Fault> {
        Ok(None)
    }
    fn profiles(&self) -> Result<Vec<Profile>, Fault> {
        Ok(Vec::new())
    }
    fn set_trace(&self, _: Trace) {}
    fn traffic(&self) -> Traffic {
        Traffic::default()
    }
    fn ask(&self, _: &str) -> Option<String> {
        None
    }
    fn edit(&self, text: &str) -> Result<String, String> {
        Ok(format!("{text} + 1"))
    }
    fn read(&self, path: &str) -> Result<Source, String> {
        (path == "job")
            .then(|| Source::new("job", "let loaded = 7;\nfn of_the_job() { 8 }"))
            .ok_or_else(|| "gone".to_owned())
    }
    fn exists(&self, path: &Path) -> bool {
        path == Path::new("there")
    }
    fn write(&self, _: &Path, _: &str) -> Result<(), String> {
        Ok(())
    }
    fn check(&self, _: &Source) -> Vec<Wrong> {
        Vec::new()
    }
    fn scripts(&self) -> Listing {
        vec![("job".to_owned(), "does something")]
    }
    fn examples(&self) -> Listing {
        Vec::new()
    }
    fn script(&self, name: &str) -> Option<Source> {
        self.read(name).ok()
    }
    fn forget(&self) {}
    fn ending(&self) -> Option<Ending> {
        None
    }
    fn wait(&self, _: Duration) -> bool {
        false
    }
}

/// A shell without a PBX, and what it printed and told.
pub(super) fn shell() -> (Shell, Paper) {
    let catalog = Catalog::builtin();
    let connect = || Err(Fault::NotConfigured { missing: vec!["XAPI_URL"] });
    let link = Link { name: "nowhere".to_owned(), connect: Box::new(connect) };
    let voice = Voice::new(diag::fault, Arc::new(|_, _| {}), Arc::default());
    let read_only = Switch::default();
    let pbx = Connection::new(link, catalog, Guard::default().switched(read_only.clone()), voice);
    let unknown = |_: &_| Err(Fault::UnknownConnection { name: "x".to_owned(), nearest: None });
    let bindings = Arc::new(Bindings::new(catalog, pbx.clone(), Arc::new(unknown)));
    let answers = Answers::default();
    let library = Library { embedded: |_| None, embedded_names: Vec::new, folders: Vec::new() };
    let session = Session::new(&Setup {
        hosts: vec![bindings, Arc::new(answers.clone())],
        library,
        print: Arc::new(|_| {}),
        stop: Arc::new(|| None),
        operations: None,
    });
    let paper = Paper::new(&[]);
    let prompt = Prompt {
        session,
        pbx,
        catalog,
        place: Place::Sandbox,
        read_only,
        planning: Switch::default(),
        confirm: Confirm::new(Arc::new(|_| Answer::No)),
        desk: Box::new(Nobody),
        screen: Arc::new(paper.clone()),
        answers,
        trace: Trace::Off,
        init: None,
        history: None,
        keys: Keys::Emacs,
        modules: Vec::new(),
    };
    (Shell::new(prompt), paper)
}

pub(super) fn type_in(shell: &mut Shell, paper: &Paper, entry: &str) -> String {
    paper.take();
    assert_eq!(shell.enter(entry), Next::Go, "{entry}");
    paper.take().join("\n")
}

#[test]
fn variables_functions_and_the_last_value_stay() {
    let (mut shell, paper) = shell();
    let mut enter = |entry: &str| type_in(&mut shell, &paper, entry);
    assert_eq!(enter("let n = 20;"), "");
    assert_eq!(enter("fn twice(x) { x * 2 }"), "");
    assert_eq!(enter("twice(n) + 2"), "42");
    assert_eq!(enter("ans + 1"), "43");
    assert!(enter("throw \"no\"").contains("threw"));
    assert_eq!(enter("ans"), "43");
    assert_eq!(enter("let g = Group(#{ Name: \"Sales\" }); g"), "Name  Sales\nGroup");
    assert_eq!(enter(":vars"), "ans  Group\ng    Group\nn    20");
    let names = shell.names();
    assert!(names.variables.contains(&("g".to_owned(), Sort::Object("Group".to_owned()))));
    assert_eq!(names.functions, ["twice"]);
}

#[test]
fn rows_come_twenty_at_a_time() {
    let (mut shell, paper) = shell();
    let mut enter = |entry: &str| type_in(&mut shell, &paper, entry);
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
    let (mut shell, paper) = shell();
    let mut enter = |entry: &str| type_in(&mut shell, &paper, entry);
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
    let (mut shell, paper) = shell();
    assert_eq!(shell.enter(":quit"), Next::Quit(0));
    assert_eq!(shell.enter(":history users x"), Next::History("users x".to_owned()));
    assert_eq!(shell.enter(":clear"), Next::Clear);
    let mut enter = |entry: &str| type_in(&mut shell, &paper, entry);
    assert_eq!(enter(":format json"), "(values are shown as json)");
    assert_eq!(enter("#{ a: 1 }"), "{\n  \"a\": 1\n}");
    assert_eq!(enter(":format nice"), "(`nice` is no format; they are auto, table, record, json, ndjson, csv)");
    assert!(enter(":help").contains(":ops [WORDS]"));
    assert!(enter(":ops").contains("\n  black_list_numbers "));
    assert!(enter(":help :wtch").contains("did you mean `:watch`?"));
    assert!(enter(":help watch").starts_with(":watch SECONDS EXPR, short :w"));
    assert!(enter(":help users.update").starts_with("pbx.users.update(Id, User)"));
    assert!(enter(":help format").starts_with(":format [FORMAT]"));
    assert!(enter(":help usres").contains("`users`"));
    assert!(enter(":hepl").contains("`:help`"));
    assert!(enter(":ops drop call").starts_with("active_calls.drop_call"));
    assert!(enter("pbx.users").starts_with("pbx.users\n"));
}

#[test]
fn faults_are_told_and_the_session_goes_on() {
    let (mut shell, paper) = shell();
    let mut enter = |entry: &str| type_in(&mut shell, &paper, entry);
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
fn everything_of_a_value_for_once() {
    let (mut shell, paper) = shell();
    let mut enter = |entry: &str| type_in(&mut shell, &paper, entry);
    assert_eq!(enter(":full"), "(no entry had a value yet)");
    assert_eq!(enter("#{ Id: 1, Name: (), Note: \"\" }"), "Id  1\n2 more unset, :full shows all");
    assert_eq!(enter(":full"), "Id    1\nName  ()\nNote  \"\"");
    assert_eq!(
        enter("let a = []; for i in 0..12 { a.push(#{ Id: i }) } #{ Rows: a }").lines().last(),
        Some("  and 2 more")
    );
    assert_eq!(enter(":full").lines().last(), Some("  - Id 11"));
    assert_eq!(enter("#{ Id: 1, Name: () }"), "Id  1\n1 more unset, :full shows all");
}

#[test]
fn values_of_earlier_entries() {
    let (mut shell, paper) = shell();
    let mut enter = |entry: &str| type_in(&mut shell, &paper, entry);
    assert_eq!(enter(":out"), "(no entry had a value yet)");
    assert_eq!(enter("[10, 20]"), "[10, 20]");
    assert_eq!(enter("ans[1]"), "20");
    assert_eq!(enter("let quiet = 1;"), "");
    assert_eq!(enter("out(1)[0] + out(-1)"), "30");
    assert_eq!(enter(":out").lines().count(), 3);
    let missing = enter("out(3)");
    assert!(missing.contains("no-such-element") && missing.contains("there is no value of entry 3"), "{missing}");
}

#[test]
fn what_the_last_entry_did_can_be_taken_back() {
    let (mut shell, paper) = shell();
    let mut enter = |entry: &str| type_in(&mut shell, &paper, entry);
    assert!(enter(":undo").starts_with("(there is no entry to take back"));
    enter("let a = [1];");
    enter("a.push(2); let b = 1;");
    assert!(enter(":undo").contains("nothing on the PBX is undone"));
    assert_eq!(enter("a.len()"), "1");
    assert!(enter("b").contains("undefined-variable"));
    enter(":undo");
    assert!(enter(":undo").starts_with("(there is no entry to take back"));
    assert!(enter(":reset").starts_with("(variables, functions"));
    assert!(enter("a").contains("undefined-variable"));
    assert_eq!(enter(":vars"), "(no variables yet)");
}

#[test]
fn commands_without_what_they_need() {
    let (mut shell, paper) = shell();
    let mut enter = |entry: &str| type_in(&mut shell, &paper, entry);
    for (entry, said) in [
        (":use", "this is `nowhere`, a simulated PBX; `:profiles` lists others"),
        (":use hk", "did you mean `hq`?"),
        (":connect", "to which address?"),
        (":connect https://x.example", "nothing was changed"),
        (":profiles", "there are no profiles yet"),
        (":curl", "nothing was asked"),
        (":time", "the time of what?"),
        (":watch", "what, and how often?"),
        (":watch 0 1", "at least every 0.2 seconds"),
        (":watch x y", "what, and how often?"),
        (":load", "which file?"),
        (":load none", "cannot read `none`: gone"),
        (":save", "into which file?"),
        (":save x", "nothing has worked yet"),
        (":edit old", "takes nothing or `new`"),
        (":scripts jb", "did you mean `job`?"),
        (":readonly maybe", "takes on or off"),
        (":trace loud", "takes on, off or full"),
        (":set colour blue", "there is no setting `colour`; they are"),
        (":set row 5", "did you mean `rows`?"),
        (":set rows many", "a number from 1 to 10000"),
        (":set confirm perhaps", "one of on, off"),
    ] {
        let told = enter(entry);
        assert!(told.contains(said), "{entry}: {told}");
    }
}

#[test]
fn how_the_prompt_behaves() {
    let (mut shell, paper) = shell();
    assert_eq!(shell.enter(":set keys vi"), Next::Keys(Keys::Vi));
    assert_eq!(shell.enter(":edit new"), Next::Enter(" + 1".to_owned()));
    assert_eq!(shell.enter(":load job"), Next::Go);
    let mut enter = |entry: &str| type_in(&mut shell, &paper, entry);
    assert_eq!(enter("loaded + of_the_job()"), "15");
    assert_eq!(enter(":set rows 3"), "(rows is 3)");
    assert!(enter("let a = []; for i in 0..5 { a.push(#{ Id: i }) } a").ends_with("3 of 5 rows; Enter shows more"));
    assert_eq!(enter(":set errors short"), "(errors is short)");
    assert_eq!(enter("1 / 0").lines().count(), 1);
    assert_eq!(
        enter(":set"),
        "confirm  on       ask before deletes and commands on a live PBX\nrows     3        rows of a list that are shown at once\nformat   auto     how values look\nahead    4        pages of a list that are fetched at once\nerrors   short    how errors are told\ntiming   off      tell of every entry how long it took\nkeys     vi       the keys of the line editor, or whole lines without one\nplain    off      words in a row for screen readers, nothing drawn"
    );
    assert!(enter(":readonly on").contains("refused"));
    assert!(enter(":readonly off").contains("is sent to `nowhere`"));
    let told = enter(":time 1 + 1");
    assert!(told.starts_with("2\n(") && told.ends_with(" ms, 0 requests)"), "{told}");
    assert!(enter(":save there").contains("nothing was saved"));
    assert!(enter(":save new").contains("saved to `new`"));
    assert_eq!(enter(":scripts job"), "let loaded = 7;\nfn of_the_job() { 8 }");
    assert_eq!(enter(":watch 1 40 + 2"), "(watched 1 time)");
    assert_eq!(enter("ans"), "42");
}

#[test]
fn a_question_mark_behind_a_name_asks_for_help() {
    let (mut shell, paper) = shell();
    let page = type_in(&mut shell, &paper, "users.update?");
    assert!(page.starts_with("pbx.users.update(Id, User)\n"), "{page}");
    assert!(page.contains("Example\n  pbx.users.update(7, #{ Mobile: \"+15550177\" })"), "{page}");
    assert!(type_in(&mut shell, &paper, "pbx.users.update?").contains("Example"));
    type_in(&mut shell, &paper, "let g = Group(#{ Name: \"x\" });");
    assert!(type_in(&mut shell, &paper, "g?").starts_with("Group(#{…})"));
    assert!(type_in(&mut shell, &paper, "g.Name?").starts_with("Group.Name"));
    assert_eq!(type_in(&mut shell, &paper, "usrs?"), "(nothing is called `usrs`; near it: `users`, `User`)");
}

#[test]
fn what_is_watched_is_read_once() {
    let (mut shell, paper) = shell();
    type_in(&mut shell, &paper, "let n = 0; fn step() { 1 }");
    let watched = Source::new("<watch>", "n += step(); let twice = [n].map(|n| n * 2); twice[0]");
    let round = || shell.session.borrow_mut().enter_fleeting(&watched).map(|value| value.to_string()).ok();
    assert_eq!([round(), round()], [Some("2".to_owned()), Some("4".to_owned())]);
    assert!(type_in(&mut shell, &paper, "twice").contains("undefined-variable"));
    // Unless something is entered in between, which may be what it calls.
    type_in(&mut shell, &paper, "fn step() { 10 }");
    let round = || shell.session.borrow_mut().enter_fleeting(&watched).map(|value| value.to_string()).ok();
    assert_eq!([round(), round()], [Some("24".to_owned()), Some("44".to_owned())]);
}
