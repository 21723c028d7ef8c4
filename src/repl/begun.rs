//! An entry of very many lines. The editor draws all that it holds at every key, so that of what is pasted in without being
//! marked as pasted, the first lines are taken out of it: they stand on the screen, and are edited no more.

use crate::repl::scan::Scan;
use crate::repl::shell;
use crate::script::Session;

/// The lines that were taken out, each with its end.
#[derive(Default)]
pub(super) struct Begun {
    text: String,
    scan: Option<Scan>,
}

impl Begun {
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(super) fn push(&mut self, lines: &str) {
        let lines = format!("{lines}\n");
        self.scan.get_or_insert_with(|| Scan::of("")).go_on(&lines);
        self.text.push_str(&lines);
    }

    /// The whole entry, of which this is the rest.
    pub(super) fn with(&self, rest: &str) -> String {
        format!("{}{rest}", self.text)
    }

    /// Do more lines belong to the entry? Reads nothing but the rest again.
    pub(super) fn is_unfinished(&self, session: &Session, rest: &str) -> bool {
        let Some(scan) = &self.scan else { return shell::is_unfinished(session, rest) };
        let mut last = rest.rsplit('\n').chain(self.text.rsplit('\n').skip(1));
        if last.by_ref().take(2).all(|line| line.trim().is_empty()) {
            return false;
        }
        let mut scan = scan.clone();
        scan.go_on(rest);
        scan.unfinished(rest).unwrap_or_else(|| shell::is_unfinished(session, &self.with(rest)))
    }
}
