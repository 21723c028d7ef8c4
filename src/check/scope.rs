//! The variables that are seen at a place.

use crate::check::kind::Kind;
use crate::script::native::Position;

/// A variable: where it is declared, and which of several parameters it is.
pub(super) type Key = (Position, usize);

pub(super) struct Variable {
    pub(super) name: String,
    pub(super) key: Key,
    pub(super) kind: Kind,
    pub(super) used: bool,
    /// Nobody wonders when it is not used: a parameter, a loop's variable.
    pub(super) quiet: bool,
}

/// The innermost is the last one.
#[derive(Default)]
pub(super) struct Scope {
    variables: Vec<Variable>,
    /// Where the variables of the function begin: it does not see those around it.
    floor: usize,
}

impl Scope {
    pub(super) fn declare(&mut self, variable: Variable) {
        self.variables.push(variable);
    }

    pub(super) fn find(&mut self, name: &str) -> Option<&mut Variable> {
        self.variables[self.floor..].iter_mut().rfind(|variable| variable.name == name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.variables[self.floor..].iter().map(|variable| variable.name.as_str())
    }

    pub(super) fn depth(&self) -> usize {
        self.variables.len()
    }

    /// The variables that a block declared, which ends here.
    pub(super) fn leave(&mut self, depth: usize) -> Vec<Variable> {
        self.variables.split_off(depth)
    }

    /// Enters a function; the answer takes it back.
    pub(super) fn enter_function(&mut self) -> usize {
        std::mem::replace(&mut self.floor, self.variables.len())
    }

    pub(super) fn leave_function(&mut self, floor: usize) {
        self.floor = floor;
    }
}
