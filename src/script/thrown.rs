//! What host functions throw: a fact, its words, and where it happened. This is the `e` of a script's `catch (e)`.

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use crate::code::Code;
use crate::script::native::{Dynamic, EvalAltResult, NativeCallContext, Position};

/// Something that can go wrong in a host function.
pub trait Fact: Debug + Any + Send + Sync {
    /// The kind of fault.
    fn kind(&self) -> Code;

    /// The name of it that scripts and people see: that of the kind, if the PBX has none of its own.
    fn code(&self) -> String {
        self.kind().name().to_owned()
    }

    /// The map key or argument inside the call that it is about, with the value if that is what is wrong: `Start: 8`. Several
    /// objects in an array have keys of one name.
    fn focus(&self) -> Option<String> {
        None
    }

    /// Further properties for a script, beside code, message and hint.
    fn property(&self, _name: &str) -> Option<Dynamic> {
        None
    }

    /// It may be gone the next time: no answer, too many requests.
    fn may_pass(&self) -> bool {
        false
    }

    /// The script must end, and may not catch it.
    fn is_interrupt(&self) -> bool {
        false
    }
}

/// The words for a fault: what happened, and what to do about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wording {
    pub message: String,
    pub hint: Option<String>,
}

/// A place that a thrown value remembers: a rethrow loses the engine's own note of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub source: Option<String>,
    pub position: Position,
}

/// A fact as a script catches it.
#[derive(Debug, Clone)]
pub struct Raised {
    pub fact: Arc<dyn Fact>,
    pub wording: Wording,
    pub origin: Origin,
}

impl Raised {
    /// The error of a native call.
    pub(crate) fn throw(fact: impl Fact, wording: Wording, context: &NativeCallContext) -> Box<EvalAltResult> {
        let origin = Origin { source: context.call_source().map(str::to_owned), position: context.call_position() };
        Raised { fact: Arc::new(fact), wording, origin }.error()
    }

    /// The error of an iterator: the loop knows the place.
    pub(crate) fn from_loop(fact: Arc<dyn Fact>, wording: Wording) -> Box<EvalAltResult> {
        Raised { fact, wording, origin: Origin { source: None, position: Position::NONE } }.error()
    }

    /// The error of something that knows another place better than its own.
    pub(crate) fn at(fact: impl Fact, wording: Wording, origin: Origin) -> Box<EvalAltResult> {
        Raised { fact: Arc::new(fact), wording, origin }.error()
    }

    fn error(self) -> Box<EvalAltResult> {
        let position = self.origin.position;
        // Only this kind of error cannot be caught.
        if self.fact.is_interrupt() {
            return EvalAltResult::ErrorTerminated(Dynamic::UNIT, position).into();
        }
        EvalAltResult::ErrorRuntime(Dynamic::from(self), position).into()
    }

    /// The fact, if it is one of this kind.
    #[must_use]
    pub fn fact<T: Fact>(&self) -> Option<&T> {
        let fact: &dyn Any = &*self.fact;
        fact.downcast_ref()
    }

    /// What a script reads: `e.code`. Unknown names are `()`, because the engine's own errors have other ones.
    pub fn property(&self, name: &str) -> Dynamic {
        match name {
            "code" => self.fact.code().into(),
            "message" => self.wording.message.clone().into(),
            "hint" => self.wording.hint.clone().map_or(Dynamic::UNIT, Dynamic::from),
            _ => self.fact.property(name).unwrap_or_default(),
        }
    }
}
