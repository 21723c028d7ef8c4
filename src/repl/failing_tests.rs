//! What fails in the program itself costs the entry at most; and entries of very many paper.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::bindings::Fault;
use crate::config::Profile;
use crate::repl::begun::Begun;
use crate::repl::complete::Names;
use crate::repl::desk::{Desk, Listing, Trace, Traffic, Turned, Wrong};
use crate::repl::editor::Assistant;
use crate::repl::paper::Paper;
use crate::repl::shell::Shell;
use crate::repl::shell_tests::{shell, type_in};
use crate::repl::typing::Typing;
use crate::script::{Ending, Source};

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
    fn forget(&self) {}
    fn ending(&self) -> Option<Ending> {
        None
    }
    fn wait(&self, _: Duration) -> bool {
        panic!("hunter2")
    }
}

/// What an entry costs that fails in the program itself: a report, and nothing else.
fn fails_alone(shell: &mut Shell, paper: &Paper, entry: &str) {
    paper.take();
    let next = shell.guarded(|shell| shell.enter(entry));
    let told = paper.take().join("\n");
    assert_eq!(next, None, "{entry}: {told}");
    assert!(told.contains("internal") && !told.contains("hunter2"), "{entry}: {told}");
}

#[test]
fn a_command_that_fails_itself_costs_the_entry() {
    let (mut shell, paper) = shell();
    type_in(&mut shell, &paper, "let kept = 41; kept");
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
        fails_alone(&mut shell, &paper, entry);
        assert_eq!(type_in(&mut shell, &paper, "kept + 1"), "42", "{entry}");
    }
    // What completion knows comes from there too.
    assert!(shell.guarded(|shell| shell.names()).is_none());
    assert_eq!(type_in(&mut shell, &paper, "ans"), "42");
}

#[test]
fn a_value_that_cannot_be_shown_costs_the_entry() {
    let (mut shell, paper) = shell();
    paper.ban(Some("hunter2"));
    fails_alone(&mut shell, &paper, "let rows = []; for i in 0..45 { rows.push(#{ Id: `hunter2 ${i}` }) } rows");
    paper.ban(None);
    // There is nothing half shown that Enter would go on with, and the value is there.
    assert_eq!(type_in(&mut shell, &paper, ""), "");
    assert_eq!(type_in(&mut shell, &paper, "ans.len()"), "45");
    // Even where the report is what fails.
    paper.take();
    paper.set_width(None);
    assert!(shell.guarded(|shell| shell.enter("1 / 0")).is_none());
    paper.set_width(Some(80));
    let told = paper.take();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("src/repl/paper.rs") || told[0].contains("unknown place"), "{told:?}");
    assert_eq!(type_in(&mut shell, &paper, "7"), "7");
}

#[test]
fn what_helps_with_typing_may_fail() {
    let (shell, paper) = shell();
    let names = Names { files: Some(|_| panic!("hunter2")), ..Names::default() };
    let typing = Typing::new(shell.session.clone(), Rc::new(RefCell::new(names)), shell.catalog, Arc::new(paper));
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
    // Two empty paper end it here too, whichever of them were taken out.
    assert!(begun.is_unfinished(&session, ""));
    assert!(!begun.is_unfinished(&session, "two`;\n\n"));
    begun.push("");
    assert!(!begun.is_unfinished(&session, ""));
}
