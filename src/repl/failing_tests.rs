//! What fails in the program itself costs the entry at most; and entries of very many lines.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use crate::bindings::Fault;
use crate::config::Profile;
use crate::diag::Style;
use crate::repl::begun::Begun;
use crate::repl::complete::Names;
use crate::repl::desk::{Desk, Listing, Trace, Traffic, Turned, Wrong};
use crate::repl::editor::Assistant;
use crate::repl::shell::Shell;
use crate::repl::shell_tests::{Lines, shell, type_in};
use crate::repl::{Look, Typing};
use crate::script::Source;

/// Somebody who fails at whatever is asked.
struct Clumsy;

impl Desk for Clumsy {
    fn turn_to(&self, _: &str) -> Result<Turned, Fault> {
        panic!("hunter2")
    }
    fn connect(&self, _: &str) -> Result<Option<Turned>, Fault> {
        panic!("hunter2")
    }
    fn profiles(&self) -> Result<Vec<Profile>, Fault> {
        panic!("hunter2")
    }
    fn set_trace(&self, _: Trace) {
        panic!("hunter2")
    }
    fn traffic(&self) -> Traffic {
        panic!("hunter2")
    }
    fn ask(&self, _: &str) -> Option<String> {
        panic!("hunter2")
    }
    fn edit(&self, _: &str) -> Result<String, String> {
        panic!("hunter2")
    }
    fn read(&self, _: &str) -> Result<Source, String> {
        panic!("hunter2")
    }
    fn exists(&self, _: &Path) -> bool {
        panic!("hunter2")
    }
    fn set_plain(&self, _: bool) -> Style {
        panic!("hunter2")
    }
    fn tell_over(&self, _: &str) {
        panic!("hunter2")
    }
    fn draws(&self) -> bool {
        panic!("hunter2")
    }
    fn can_draw(&self) -> bool {
        panic!("hunter2")
    }
    fn write(&self, _: &Path, _: &str) -> Result<(), String> {
        panic!("hunter2")
    }
    fn check(&self, _: &Source) -> Vec<Wrong> {
        panic!("hunter2")
    }
    fn scripts(&self) -> Listing {
        panic!("hunter2")
    }
    fn examples(&self) -> Listing {
        panic!("hunter2")
    }
    fn script(&self, _: &str) -> Option<Source> {
        panic!("hunter2")
    }
    fn height(&self) -> usize {
        panic!("hunter2")
    }
    fn redraw(&self, _: &str) {
        panic!("hunter2")
    }
    fn wait(&self, _: Duration) -> bool {
        panic!("hunter2")
    }
}

/// What an entry costs that fails in the program itself: a report, and nothing else.
fn fails_alone(shell: &mut Shell, lines: &Lines, entry: &str) {
    lines.borrow_mut().clear();
    let next = shell.guarded(|shell| shell.enter(entry));
    let told = lines.borrow().join("\n");
    assert_eq!(next, None, "{entry}: {told}");
    assert!(told.contains("internal") && !told.contains("hunter2"), "{entry}: {told}");
}

#[test]
fn a_command_that_fails_itself_costs_the_entry() {
    let (mut shell, lines) = shell();
    type_in(&mut shell, &lines, "let kept = 41; kept");
    shell.desk = Box::new(Clumsy);
    for entry in [
        ":use hq",
        ":connect http://localhost",
        ":profiles",
        ":trace on",
        ":time 1",
        ":edit",
        ":load job",
        ":save job",
        ":scripts",
        ":examples",
        ":watch 1 1",
    ] {
        fails_alone(&mut shell, &lines, entry);
        assert_eq!(type_in(&mut shell, &lines, "kept + 1"), "42", "{entry}");
    }
    // What completion knows comes from there too.
    assert!(shell.guarded(|shell| shell.names(&[])).is_none());
    assert_eq!(type_in(&mut shell, &lines, "ans"), "42");
}

#[test]
fn a_value_that_cannot_be_shown_costs_the_entry() {
    let (mut shell, lines) = shell();
    let print = std::mem::replace(
        &mut shell.print,
        Rc::new(|line: &str| assert!(!line.contains("hunter2"), "the words of a panic are not told: {line}")),
    );
    fails_alone(&mut shell, &lines, "let rows = []; for i in 0..45 { rows.push(#{ Id: `hunter2 ${i}` }) } rows");
    shell.print = print;
    // There is nothing half shown that Enter would go on with, and the value is there.
    assert_eq!(type_in(&mut shell, &lines, ""), "");
    assert_eq!(type_in(&mut shell, &lines, "ans.len()"), "45");
    // Even where the report is what fails.
    let told = lines.clone();
    shell.width = Rc::new(|| panic!("hunter2"));
    lines.borrow_mut().clear();
    assert!(shell.guarded(|shell| shell.enter("1 / 0")).is_none());
    assert_eq!(told.borrow().len(), 1);
    assert!(told.borrow()[0].contains("src/repl/shell_tests.rs") || told.borrow()[0].contains("unknown place"));
    shell.width = Rc::new(|| 80);
    assert_eq!(type_in(&mut shell, &lines, "7"), "7");
}

#[test]
fn what_helps_with_typing_may_fail() {
    let (shell, _) = shell();
    let names = Names { files: Some(|_| panic!("hunter2")), ..Names::default() };
    let look = Look { width: Rc::new(|| 80), looks: Rc::new(Cell::new(shell.style)) };
    let typing = Typing::new(shell.session.clone(), Rc::new(RefCell::new(names)), shell.catalog, look);
    assert_eq!(typing.complete(":load j", 7), (7, Vec::new()));
    assert!(typing.failed.take().is_some());
    // The session is busy, which it never is while somebody types.
    let busy = shell.session.borrow_mut();
    assert!(!typing.is_unfinished(&Begun::default(), "let x ="));
    drop(busy);
    assert!(typing.failed.take().is_some());
    assert!(typing.is_unfinished(&Begun::default(), "let x ="));
    let busy = typing.names.borrow_mut();
    assert_eq!(typing.paint("pbx", 3), "pbx");
    assert_eq!(typing.hint("pbx.users.get("), None);
    assert!(typing.failed.take().is_some());
    drop(busy);
    assert_ne!(typing.paint("pbx.users", 9), "pbx.users");
    assert!(typing.failed.take().is_none());
}

#[test]
fn lines_that_were_taken_out_are_read_no_more() {
    let (shell, _) = shell();
    let session = shell.session.borrow();
    let mut begun = Begun::default();
    assert!(begun.is_unfinished(&session, "{"));
    begun.push("{\nlet a = `one");
    assert!(begun.is_unfinished(&session, "}"));
    assert!(begun.is_unfinished(&session, "two`;"));
    assert!(!begun.is_unfinished(&session, "two`; }"));
    assert_eq!(begun.with("two`; }"), "{\nlet a = `one\ntwo`; }");
    // Two empty lines end it here too, whichever of them were taken out.
    assert!(begun.is_unfinished(&session, ""));
    assert!(!begun.is_unfinished(&session, "two`;\n\n"));
    begun.push("");
    assert!(!begun.is_unfinished(&session, ""));
}
