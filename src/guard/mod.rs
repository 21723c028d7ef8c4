//! May this request leave? The effect of an operation and the mode of the session decide, and a [`Permit`] is the proof.
//!
//! Only this module can make a permit, and the client takes one by value for every request: forgetting to ask does not
//! compile.

mod access;
#[cfg(test)]
mod access_tests;

pub use access::{Access, Forbidden, Grant, Reach, Why};

use crate::catalog::Operation;
use crate::catalog::effects::{Effect, effect};

/// What the session allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    #[default]
    Everything,
    ReadOnly,
    /// So said the profile of this PBX.
    ReadOnlyProfile,
}

impl Mode {
    /// The mode for a PBX whose profile is read-only: what the whole session forbids stays the reason.
    #[must_use]
    pub fn and_profile(self) -> Mode {
        if self == Mode::Everything { Mode::ReadOnlyProfile } else { self }
    }
}

/// The proof that the guard was asked, good for one request. It tells what the request does, and so whether it may be
/// repeated where the line broke.
#[derive(Debug)]
pub struct Permit(Effect);

impl Permit {
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.0
    }
}

/// Why a request may not leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    pub operation: String,
    pub effect: Effect,
    pub mode: Mode,
}

#[derive(Debug, Clone, Copy, Default)]
pub struct Guard {
    mode: Mode,
}

impl Guard {
    #[must_use]
    pub fn new(mode: Mode) -> Guard {
        Guard { mode }
    }

    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Asks for one request of `operation`.
    pub fn permit(&self, operation: &Operation) -> Result<Permit, Denied> {
        let effect = effect(operation);
        match self.mode {
            Mode::ReadOnly | Mode::ReadOnlyProfile if !effect.is_read() => {
                Err(Denied { operation: operation.full_name(), effect, mode: self.mode })
            }
            Mode::Everything | Mode::ReadOnly | Mode::ReadOnlyProfile => Ok(Permit(effect)),
        }
    }
}
