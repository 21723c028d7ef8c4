//! Loops that change what they list: the PBX counts rows anew for every page, so some would be skipped.

use crate::catalog::Operation;
use crate::catalog::effects::{Effect, effect};
use crate::check::finding::Fact;
use crate::check::kind::{Kind, Link, Listed, Paging};
use crate::check::walk::Walk;
use crate::script::native::Position;
use crate::script::tree::Mark;

/// A loop that the walk is in.
#[derive(Default)]
pub(super) struct Loop {
    /// What it goes through, if that comes from a PBX.
    list: Option<Box<Listed>>,
    /// What changes the list.
    pub(super) writes: Vec<(String, Position)>,
    /// It may end before it comes to the next page.
    pub(super) left: bool,
}

impl Loop {
    pub(super) fn over(kind: &Kind) -> Loop {
        match kind {
            Kind::List(list) => Loop { list: Some(list.clone()), ..Loop::default() },
            _ => Loop::default(),
        }
    }

    /// The same loop as a closure in it sees it.
    pub(super) fn inner(&self) -> Loop {
        Loop { list: self.list.clone(), ..Loop::default() }
    }

    fn is_changed_by(&self, operation: &Operation, link: Link) -> bool {
        let Some(list) = &self.list else { return false };
        let same = list.resource == operation.resource && list.link.root.is_some() && list.link.root == link.root;
        let effect = effect(operation);
        same && match list.paging {
            Paging::Harmless => false,
            Paging::ByDeletes => effect == Effect::Delete,
            Paging::ByUpdates => !effect.is_read(),
        }
    }
}

impl Walk<'_> {
    /// Walks through the body of a loop.
    pub(super) fn through<T>(&mut self, one: Loop, body: impl FnOnce(&mut Self) -> T) {
        self.loops.push(one);
        body(self);
        let Some(Loop { list: Some(list), writes, left: false }) = self.loops.pop() else { return };
        for (operation, at) in writes {
            self.found(Fact::Shifted { operation, list: list.operation.clone() }, Mark::Call(at));
        }
    }

    /// An operation is called here.
    pub(super) fn written(&mut self, operation: &Operation, link: Link, at: Position) {
        for open in &mut self.loops {
            if open.is_changed_by(operation, link) {
                open.writes.push((operation.full_name(), at));
            }
        }
    }
}
