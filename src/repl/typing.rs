//! What the editor asks while somebody types. Where that fails there is no answer, and it is told below the entry.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::diag::Style;
use crate::repl::begun::Begun;
use crate::repl::colour::{self, Parts};
use crate::repl::complete::{self, Candidate, Names};
use crate::repl::editor::Assistant;
use crate::repl::{Screen, lines};
use crate::script::{Session, panics};
use crate::show::text;

/// The widest line about a candidate.
const WIDEST: usize = 98;

pub(super) struct Typing {
    session: Rc<RefCell<Session>>,
    pub(super) names: Rc<RefCell<Names>>,
    catalog: &'static Catalog,
    screen: Arc<dyn Screen>,
    painted: RefCell<Parts>,
    pub(super) failed: RefCell<Option<String>>,
}

impl Typing {
    pub(super) fn new(
        session: Rc<RefCell<Session>>,
        names: Rc<RefCell<Names>>,
        catalog: &'static Catalog,
        screen: Arc<dyn Screen>,
    ) -> Typing {
        Typing { session, names, catalog, screen, painted: RefCell::default(), failed: RefCell::default() }
    }

    /// Forgets the colours of the last line, because other names are known by now.
    pub(super) fn repaint(&self) {
        self.painted.take();
    }

    fn guarded<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        panics::guard(work).map_err(|place| self.failed.replace(Some(place))).ok()
    }
}

impl Assistant for Typing {
    fn is_unfinished(&self, begun: &Begun, text: &str) -> bool {
        self.guarded(|| begun.is_unfinished(&self.session.borrow(), text)).unwrap_or(false)
    }

    fn complete(&self, line: &str, cursor: usize) -> (usize, Vec<Candidate>) {
        let found = self.guarded(|| complete::complete(line, cursor, &self.names.borrow(), self.catalog));
        let (start, mut found) = found.unwrap_or((cursor, Vec::new()));
        let Style { plain, unicode, .. } = self.screen.style();
        // The editor puts two blanks behind each.
        let room = self.screen.width().saturating_sub(2).clamp(10, WIDEST);
        for candidate in &mut found {
            candidate.shown = match plain {
                // As wide as that, each has a line of its own.
                true => text::pad(&lines::spoken(&candidate.shown), room),
                // A list whose lines are broken anywhere is none.
                false => text::cut(&candidate.shown, room, unicode),
            };
        }
        (start, found)
    }

    fn paint(&self, line: &str, cursor: usize) -> String {
        let mut last = self.painted.borrow_mut();
        let painted = self.guarded(|| colour::paint(line, cursor, &self.names.borrow(), self.catalog, &mut last));
        painted.unwrap_or_else(|| line.to_owned())
    }

    fn hint(&self, line: &str) -> Option<String> {
        self.guarded(|| complete::hint(line, &self.names.borrow(), self.catalog)).flatten()
    }
}
