//! May this request leave? The effect of an operation and the mode of the session decide, and a [`Permit`] is the proof.
//!
//! Only this module can make a permit, and the client takes one by value for every request: forgetting to ask does not
//! compile.

mod access;
#[cfg(test)]
mod access_tests;
mod confirm;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use access::{Access, Forbidden, Grant, Reach, Why};
pub use confirm::{Answer, Ask, Confirm, MANY, Question};

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
    /// So said somebody at the prompt, who can say otherwise.
    ReadOnlyPrompt,
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
    pub by: By,
}

/// Who denies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Mode(Mode),
    /// The person at the prompt was asked, and did not say yes.
    Person,
    /// Instead of an answer came Ctrl-C.
    Interrupt,
    /// Changes are noted and not sent.
    Plan,
}

/// On until somebody at the prompt says otherwise: that a session may only read, that it plans. Shared by the guards of all its PBXs.
#[derive(Debug, Clone, Default)]
pub struct Switch(Arc<AtomicBool>);

impl Switch {
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    pub fn set(&self, on: bool) {
        self.0.store(on, Ordering::SeqCst);
    }
}

#[derive(Debug, Clone, Default)]
pub struct Guard {
    mode: Mode,
    read_only: Option<Switch>,
    planning: Option<Switch>,
    confirm: Option<Confirm>,
}

impl Guard {
    #[must_use]
    pub fn new(mode: Mode) -> Guard {
        Guard { mode, ..Guard::default() }
    }

    /// The same, read-only as long as this is on.
    #[must_use]
    pub fn switched(self, read_only: Switch) -> Guard {
        Guard { read_only: Some(read_only), ..self }
    }

    /// The same, which lets no change pass as long as this is on.
    #[must_use]
    pub fn planning(self, planning: Switch) -> Guard {
        Guard { planning: Some(planning), ..self }
    }

    /// Are changes noted in the place of being sent?
    #[must_use]
    pub fn is_planning(&self) -> bool {
        self.planning.as_ref().is_some_and(Switch::is_on)
    }

    /// Is somebody asked before what cannot be taken back?
    #[must_use]
    pub fn asks(&self) -> bool {
        self.confirm.as_ref().is_some_and(Confirm::is_on)
    }

    /// The same for a change that was planned, and that a person has said yes to.
    #[must_use]
    pub fn agreed(self) -> Guard {
        Guard { planning: None, confirm: None, ..self }
    }

    /// The same, which asks before what cannot be taken back.
    #[must_use]
    pub fn asking(self, confirm: Confirm) -> Guard {
        Guard { confirm: Some(confirm), ..self }
    }

    /// The same for a PBX whose profile is read-only.
    #[must_use]
    pub fn and_profile(self) -> Guard {
        Guard { mode: self.mode.and_profile(), ..self }
    }

    #[must_use]
    pub fn mode(&self) -> Mode {
        match (self.mode, &self.read_only) {
            (Mode::Everything, Some(switch)) if switch.is_on() => Mode::ReadOnlyPrompt,
            (mode, _) => mode,
        }
    }

    /// Would a request of `operation` be let through by the mode? Asks nobody.
    pub fn allows(&self, operation: &Operation) -> Result<Effect, Denied> {
        let (effect, mode) = (effect(operation), self.mode());
        if self.is_planning() && !effect.is_read() {
            return Err(Denied { operation: operation.full_name(), effect, by: By::Plan });
        }
        match mode {
            Mode::ReadOnly | Mode::ReadOnlyProfile | Mode::ReadOnlyPrompt if !effect.is_read() => {
                Err(Denied { operation: operation.full_name(), effect, by: By::Mode(mode) })
            }
            Mode::Everything | Mode::ReadOnly | Mode::ReadOnlyProfile | Mode::ReadOnlyPrompt => Ok(effect),
        }
    }

    /// Asks for one request of `operation` of which nothing more is known.
    pub fn permit(&self, operation: &Operation) -> Result<Permit, Denied> {
        self.permit_for(operation, "", Vec::new)
    }

    /// Asks for one request of `operation` on a PBX; `what` names the objects that it is about, where that is known.
    pub fn permit_for(
        &self,
        operation: &Operation,
        pbx: &str,
        what: impl FnOnce() -> Vec<String>,
    ) -> Result<Permit, Denied> {
        let effect = self.allows(operation)?;
        let dangerous = matches!(effect, Effect::Delete | Effect::Command);
        if let Some(confirm) = self.confirm.as_ref().filter(|confirm| dangerous && confirm.is_on()) {
            let question = Question { pbx, operation: operation.full_name(), effect, what: what() };
            let by = match confirm.ask(&question) {
                Answer::Yes | Answer::All => return Ok(Permit(effect)),
                Answer::No => By::Person,
                Answer::End => By::Interrupt,
            };
            return Err(Denied { operation: question.operation, effect, by });
        }
        Ok(Permit(effect))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{Answer, By, Confirm, Guard, Mode, Switch};
    use crate::catalog::{Catalog, Operation};

    fn operation(name: &str) -> &'static Operation {
        let (resource, name) = name.split_once('.').unwrap();
        Catalog::builtin().operation(resource, name).unwrap()
    }

    #[test]
    fn the_switch_holds_for_all_and_the_profile_for_its_own() {
        let switch = Switch::default();
        let plain = Guard::default().switched(switch.clone());
        let profile = plain.clone().and_profile();
        let denied = |guard: &Guard| guard.permit(operation("users.create")).err().map(|denied| denied.by);
        assert_eq!((denied(&plain), denied(&profile)), (None, Some(By::Mode(Mode::ReadOnlyProfile))));
        switch.set(true);
        assert_eq!(denied(&plain), Some(By::Mode(Mode::ReadOnlyPrompt)));
        assert_eq!(denied(&profile), Some(By::Mode(Mode::ReadOnlyProfile)));
        assert!(plain.permit(operation("users.list")).is_ok());
    }

    #[test]
    fn what_cannot_be_taken_back_is_asked_for() {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let confirm = Confirm::new(Arc::new(move |question| {
            count.fetch_add(1, Ordering::SeqCst);
            match question.what.first().map(String::as_str) {
                Some("no") => Answer::No,
                Some("all") => Answer::All,
                _ => Answer::Yes,
            }
        }));
        let guard = Guard::default().asking(confirm.clone());
        let ask = |name: &str, what: &[&str]| {
            let what = what.iter().map(|&it| it.to_owned()).collect();
            let denied = guard.permit_for(operation(name), "hq", || what).err();
            (denied.map(|denied| denied.by), asked.swap(0, Ordering::SeqCst))
        };
        for harmless in ["users.list", "users.create", "users.update"] {
            assert_eq!(ask(harmless, &["no"]), (None, 0));
        }
        assert_eq!(ask("users.delete", &["7"]), (None, 1));
        assert_eq!(ask("active_calls.drop_call", &["no"]), (Some(By::Person), 1));
        assert_eq!(ask("users.delete", &["all"]), (None, 1));
        assert_eq!(ask("users.delete", &["no"]), (None, 0));
        // So many at once are a question of their own.
        assert_eq!(ask("users.delete", &["no"; 11]), (Some(By::Person), 1));
        confirm.begin();
        assert_eq!(ask("users.delete", &["no"]), (Some(By::Person), 1));
        confirm.set(false);
        assert_eq!(ask("users.delete", &["no"; 11]), (None, 0));
    }
}
