//! The part of the engine that registering code and value code may name. Nothing outside this folder names the engine's
//! own crate, so that its volatile corners stay in one place.

pub use rhai::{
    Array, Blob, Dynamic, Engine, EvalAltResult, FLOAT, FnPtr, FuncRegistration, INT, Identifier, ImmutableString, Map,
    Module, NativeCallContext, Position, Scope, Shared,
};

/// What native functions give back.
pub type Outcome<T = Dynamic> = Result<T, Box<EvalAltResult>>;
