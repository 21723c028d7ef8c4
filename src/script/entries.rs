//! Calling functions of a source by name, from its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rhai::{Engine, NativeCallContext};

use crate::script::native::{Dynamic, EvalAltResult, FnPtr, Outcome};
use crate::script::{Ending, Skip};

/// The statement behind which [`register_calls`] stands.
pub(super) const CALLS: &str = "__calls()";

/// Makes the functions callable from the end of the source that defines them; becomes true when that is reached.
pub(super) fn register_calls(engine: &mut Engine, first: &[&str], last: Option<&str>) -> Arc<AtomicBool> {
    let reached = Arc::new(AtomicBool::new(false));
    let reaching = reached.clone();
    let owned = |name: &str| name.to_owned();
    let (first, last): (Vec<String>, _) = (first.iter().copied().map(owned).collect(), last.map(owned));
    engine.register_fn("__calls", move |context: NativeCallContext| -> Outcome<()> {
        reaching.store(true, Ordering::Relaxed);
        let call = |name: &String| FnPtr::new(name)?.call_within_context::<Dynamic>(&context, ()).map(|_| ());
        let done = first.iter().try_for_each(call);
        match &last {
            Some(last) if !done.as_ref().is_err_and(|error| is_ended(error)) => done.and(call(last)),
            _ => done,
        }
    });
    reached
}

/// Was the run ended from outside of the script?
fn is_ended(error: &EvalAltResult) -> bool {
    match error {
        EvalAltResult::ErrorInFunctionCall(.., inner, _) | EvalAltResult::ErrorInModule(_, inner, _) => is_ended(inner),
        EvalAltResult::ErrorTerminated(token, _) => {
            let chosen = token.read_lock::<Ending>().is_some_and(|ending| matches!(*ending, Ending::Exit(_)));
            !chosen && !token.is::<Skip>()
        }
        _ => false,
    }
}
