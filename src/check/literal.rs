//! The written parts of a call as values, and which of them is to blame.
//!
//! The rules judge a call as a whole and say what is wrong, not where. So the parts are put out of the way one after the other,
//! until that fault is gone: the last one was it.

use crate::bindings::{Fault, Unknown};
use crate::script::native::{Array, Dynamic, Map, Position};

/// Something that a script says literally, as far as it does.
pub(super) struct Node {
    at: Position,
    content: Content,
    /// Put out of the way: it could be anything.
    blank: bool,
}

enum Content {
    Value(Dynamic),
    Array(Vec<Node>),
    Map(Vec<Entry>),
}

struct Entry {
    name: String,
    at: Position,
    /// Put out of the way with its name.
    gone: bool,
    value: Node,
}

/// A fault of a literal, and the part to blame; none if it is the whole.
pub(super) struct Blamed {
    pub(super) fault: Fault,
    pub(super) at: Option<Position>,
}

/// Whether a literal is right.
pub(super) type Judge<'a> = &'a dyn Fn(&Dynamic) -> Result<(), Fault>;

/// So many faults of one call are enough for one day.
const MOST: usize = 25;

impl Node {
    pub(super) fn value(at: Position, value: Dynamic) -> Node {
        Node { at, content: Content::Value(value), blank: false }
    }

    pub(super) fn unknown(at: Position, ty: Option<&'static str>) -> Node {
        Node::value(at, Unknown::value(ty))
    }

    pub(super) fn array(at: Position, items: Vec<Node>) -> Node {
        Node { at, content: Content::Array(items), blank: false }
    }

    pub(super) fn map(at: Position, entries: impl IntoIterator<Item = (String, Position, Node)>) -> Node {
        let entry = |(name, at, value)| Entry { name, at, gone: false, value };
        Node { at, content: Content::Map(entries.into_iter().map(entry).collect()), blank: false }
    }

    pub(super) fn dynamic(&self) -> Dynamic {
        if self.blank {
            return Unknown::value(None);
        }
        match &self.content {
            Content::Value(value) => value.clone(),
            Content::Array(items) => items.iter().map(Node::dynamic).collect::<Array>().into(),
            Content::Map(entries) => {
                let there = entries.iter().filter(|entry| !entry.gone);
                Dynamic::from_map(
                    there.map(|entry| (entry.name.as_str().into(), entry.value.dynamic())).collect::<Map>(),
                )
            }
        }
    }

    /// Everything that is wrong with it, with the part to blame for each.
    pub(super) fn faults(&mut self, judge: Judge) -> Vec<Blamed> {
        let mut found = Vec::new();
        while found.len() < MOST {
            let Err(fault) = judge(&self.dynamic()) else { break };
            // What is missing cannot be put out of the way.
            let structural = matches!(fault, Fault::Arity { .. } | Fault::Missing { .. } | Fault::NotOnRelease { .. });
            let at = if structural { None } else { Search::new(self, judge, &fault).below(&mut Vec::new()) };
            let whole = at.is_none();
            found.push(Blamed { fault, at });
            if whole {
                break;
            }
        }
        found
    }

    fn children(&mut self) -> usize {
        match &mut self.content {
            Content::Value(_) => 0,
            Content::Array(items) => items.len(),
            Content::Map(entries) => entries.len(),
        }
    }

    fn child(&mut self, at: usize) -> Option<&mut Node> {
        match &mut self.content {
            Content::Value(_) => None,
            Content::Array(items) => items.get_mut(at),
            Content::Map(entries) => entries.get_mut(at).map(|entry| &mut entry.value),
        }
    }

    fn find(&mut self, path: &[usize]) -> Option<&mut Node> {
        path.iter().try_fold(self, |node, at| node.child(*at))
    }
}

/// The search for the part that one fault is about.
struct Search<'a> {
    root: &'a mut Node,
    judge: Judge<'a>,
    /// What the fault says: another one of the same words is the same.
    wanted: String,
}

impl<'a> Search<'a> {
    fn new(root: &'a mut Node, judge: Judge<'a>, fault: &Fault) -> Search<'a> {
        Search { root, judge, wanted: format!("{fault:?}") }
    }

    /// Looks in the parts of the node at `path`, where the fault is; what it finds stays out of the way.
    fn below(&mut self, path: &mut Vec<usize>) -> Option<Position> {
        let node = self.root.find(path)?;
        // What was to blame for something else stays out of the way. From the end, because of several that are wrong in the same
        // way the last one to go is found.
        let parts: Vec<usize> =
            (0..node.children()).rev().filter(|at| node.child(*at).is_some_and(|part| !part.blank)).collect();
        if self.is_gone_without(path, &parts, parts.len()) {
            // With more and more of them out of the way the fault goes once, and does not come back.
            let (mut least, mut most) = (1, parts.len());
            while least < most {
                let middle = usize::midpoint(least, most);
                if self.is_gone_without(path, &parts, middle) { most = middle } else { least = middle + 1 }
            }
            let blamed = least.checked_sub(1).and_then(|place| parts.get(place)).copied()?;
            self.is_gone_without(path, &parts, least - 1);
            path.push(blamed);
            let found = self.below(path);
            path.pop();
            self.is_gone_without(path, &parts, 0);
            if found.is_none() {
                let node = self.root.find(path)?.child(blamed)?;
                node.blank = true;
                return Some(node.at);
            }
            found
        } else {
            let found = parts.iter().find_map(|at| self.name(path, *at));
            // The innocent go back to their places.
            parts.iter().for_each(|at| self.blank(path, *at, false));
            found
        }
    }

    /// Puts the first so many parts out of the way, and the others back.
    fn is_gone_without(&mut self, path: &[usize], parts: &[usize], count: usize) -> bool {
        parts.iter().enumerate().for_each(|(place, at)| self.blank(path, *at, place < count));
        self.is_gone()
    }

    /// Is the name of an entry to blame?
    fn name(&mut self, path: &[usize], at: usize) -> Option<Position> {
        let name = self.gone(path, at, true)?;
        let cured = match (self.judge)(&self.root.dynamic()) {
            Ok(()) => true,
            // Without it the rest would make no sense.
            Err(Fault::Missing { .. } | Fault::NoKey { .. }) => false,
            Err(other) => format!("{other:?}") != self.wanted,
        };
        if !cured {
            self.gone(path, at, false);
        }
        cured.then_some(name)
    }

    fn is_gone(&self) -> bool {
        match (self.judge)(&self.root.dynamic()) {
            Ok(()) => true,
            Err(other) => format!("{other:?}") != self.wanted,
        }
    }

    fn blank(&mut self, path: &[usize], at: usize, blank: bool) {
        if let Some(node) = self.root.find(path).and_then(|node| node.child(at)) {
            node.blank = blank;
        }
    }

    fn gone(&mut self, path: &[usize], at: usize, gone: bool) -> Option<Position> {
        match &mut self.root.find(path)?.content {
            Content::Map(entries) => {
                let entry = entries.get_mut(at).filter(|entry| !entry.gone || !gone)?;
                entry.gone = gone;
                Some(entry.at)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Node;
    use crate::bindings::Rules;
    use crate::catalog::Catalog;
    use crate::script::native::{Dynamic, Position};

    fn at(column: u16) -> Position {
        Position::new(1, column)
    }

    fn text(column: u16, text: &str) -> Node {
        Node::value(at(column), text.to_owned().into())
    }

    /// The columns of what is to blame, none for the whole.
    fn blamed(mut node: Node) -> Vec<Option<usize>> {
        let rules = Rules::new(Catalog::builtin(), None);
        let faults = node.faults(&|value: &Dynamic| rules.made("Group", value));
        faults.into_iter().map(|blamed| blamed.at.and_then(Position::position)).collect()
    }

    fn map(column: u16, entries: Vec<(&str, u16, Node)>) -> Node {
        Node::map(at(column), entries.into_iter().map(|(name, column, value)| (name.to_owned(), at(column), value)))
    }

    #[test]
    fn names_and_values_are_told_apart() {
        assert_eq!(blamed(map(1, vec![("Name", 2, text(3, "x"))])), []);
        assert_eq!(blamed(map(1, vec![("Nmae", 2, text(3, "x"))])), [Some(2)]);
        assert_eq!(blamed(map(1, vec![("Name", 2, Node::value(at(3), 5_i64.into()))])), [Some(3)]);
        assert_eq!(blamed(text(1, "x")), [None]);
    }

    #[test]
    fn twins_are_both_found() {
        let member = |column| map(column, vec![("Nmber", column + 1, text(column + 2, "1"))]);
        let group = map(1, vec![("Members", 2, Node::array(at(3), vec![member(10), member(20), member(30)]))]);
        let mut columns = blamed(group);
        columns.sort();
        assert_eq!(columns, [Some(11), Some(21), Some(31)]);
    }

    #[test]
    fn what_nobody_knows_is_never_to_blame() {
        let unknown = |column| Node::unknown(at(column), None);
        let rights = map(7, vec![("RoleNme", 8, unknown(9))]);
        let member = map(4, vec![("Number", 5, unknown(6)), ("Rights", 6, rights)]);
        let group = map(1, vec![("Name", 2, unknown(3)), ("Members", 4, Node::array(at(4), vec![unknown(4), member]))]);
        assert_eq!(blamed(group), [Some(8)]);
        let of_type = |ty| map(1, vec![("Hours", 2, Node::unknown(at(3), Some(ty)))]);
        assert_eq!(blamed(of_type("Schedule")), []);
        assert_eq!(blamed(of_type("User")), [Some(3)]);
    }
}
