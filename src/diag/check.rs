//! The sentences about what is found in scripts before they run.

use serde_json::Value;

use crate::check::{Fact, Finding};
use crate::diag::record::record;
use crate::diag::report::{Covered, draw, found};
use crate::diag::words::{
    Hinted, count, did_you_mean, failure, fault, list, no_import, no_module, no_variable, not_with, say,
};
use crate::diag::{Exit, Style, calls, habits};
use crate::script::Wording;

/// The words for a finding.
#[must_use]
pub fn finding(finding: &Finding) -> Wording {
    match &finding.fact {
        Fact::Failure(problem) => failure(problem).0,
        Fact::Fault(problem) => fault(problem),
        Fact::UndefinedVariable { name, nearest } => no_variable(name, nearest.as_deref(), finding.place.as_ref()),
        Fact::UndefinedModule { name, nearest } => no_module(name, nearest.as_deref()),
        Fact::BadImport { path, problem } => no_import(path, problem),
        Fact::UnknownFunction { name, variable: true, .. } => say(format!("there is no function `{name}`"))
            .hint(format!("a closure in a variable is called with `{name}.call(…)`")),
        Fact::UnknownFunction { name, nearest, variable: false } => {
            let told = habits::word(name).map(str::to_owned);
            say(format!("there is no function `{name}`")).maybe(told.or_else(|| did_you_mean(nearest.as_deref())))
        }
        Fact::WrongCount { name, given, takes } => {
            not_with(&format!("`{name}`"), *given).hint(format!("it takes {}", numbers(takes)))
        }
        Fact::WrongTypes { name, types } => {
            say(format!("there is no function `{name}` for ({types})")).maybe(calls::instead(name, types))
        }
        Fact::Shadowed { name, operation: Some(operation) } => {
            say(format!("`{name}` is also an operation, as in `{operation}(…)`"))
                .hint("`x.…(…)` calls this function wherever `x` is no resource: another name says which one is meant")
        }
        Fact::Shadowed { name, operation: None } => {
            say(format!("`{name}` goes before the function of that name that pbxsh has"))
                .hint("it answers to method calls of that name, too; give it another one")
        }
        Fact::UnusedImport { alias } => say(format!("nothing of `{alias}` is used")).hint("take the import out"),
        Fact::UnusedVariable { name } => {
            say(format!("`{name}` is never read")).hint(format!("take it out, or call it `_{name}`"))
        }
        Fact::EmptyLoop => say("this loop asks for every page and does nothing with the rows")
            .hint("`.len()` counts them, `.to_array()` fetches them"),
        Fact::Unreachable => {
            say("nothing gets here: the statement before leaves").hint("take it out, or put it before that statement")
        }
        Fact::NoValue { name } => say(format!("`{name}` gives back nothing")).hint(habits::in_place(name)),
        Fact::Lost { name } => {
            say(format!("`{name}` is a copy of what the loop goes through, and is dropped with what is set here"))
                .hint("send it with an update, or put it into an array")
        }
        Fact::Placeholder { name } => say(format!("between double quotes `${{{name}}}` is only text"))
            .hint("put the text between back-ticks, and it holds the value"),
        Fact::Shifted { operation, list } => {
            say(format!("`{operation}` changes what the loop over `{list}` lists, so the next page would skip rows"))
                .hint("loop over `….to_array()`, which fetches everything first")
        }
        Fact::UnknownCode { code, nearest } => {
            let help = "`pbxsh check --help` lists the codes".to_owned();
            say(format!("no finding has the code `{code}`")).hint(did_you_mean(*nearest).unwrap_or(help))
        }
    }
}

/// 1, 2 or 3 arguments
fn numbers(takes: &[usize]) -> String {
    let words: Vec<String> = takes.iter().map(ToString::to_string).collect();
    match (takes, words.split_last()) {
        ([0], _) => "none".to_owned(),
        ([one], _) => count(*one, "argument"),
        (_, Some((last, before))) => format!("{} or {last} arguments", before.join(", ")),
        (_, None) => list([], "or"),
    }
}

/// Findings as errors look.
pub fn reports(findings: &[Finding], style: Style) -> impl Iterator<Item = String> {
    let mut covered = Covered::default();
    findings.iter().map(move |one| draw(&found(one, finding(one), &mut covered), style))
}

/// Findings for programs: the keys of an error that are about a place and words.
#[must_use]
pub fn objects(findings: &[Finding]) -> Vec<Value> {
    let mut covered = Covered::default();
    findings.iter().map(|one| object(one, &mut covered)).collect()
}

fn object(one: &Finding, covered: &mut Covered) -> Value {
    const KEYS: [&str; 8] = ["code", "severity", "message", "hint", "file", "line", "column", "end"];
    let mut object = record(&found(one, finding(one), covered));
    if let Some(object) = object.as_object_mut() {
        object.retain(|key, _| KEYS.contains(&key.as_str()));
    }
    object
}

/// The line below all findings.
#[must_use]
pub fn summary(errors: usize, warnings: usize, files: usize) -> String {
    let counted = |number, one| (number > 0).then(|| count(number, one));
    let parts: Vec<String> = [counted(errors, "error"), counted(warnings, "warning")].into_iter().flatten().collect();
    let parts = if parts.is_empty() { "nothing wrong".to_owned() } else { parts.join(" and ") };
    format!("{parts} in {}", count(files, "file"))
}

/// The exit code for what was found.
#[must_use]
pub fn exit(errors: usize, warnings: usize, strict: bool) -> Exit {
    if errors > 0 || strict && warnings > 0 { Exit::Script } else { Exit::Success }
}
