//! Errors as `catch (e)` sees them, for host functions that catch some themselves.

use rhai::{EvalAltResult, FuncArgs, NativeCallContext};

use crate::script::failure::GLUE;
use crate::script::native::{Dynamic, FnPtr, INT, Map, Outcome, Position};
use crate::script::{Origin, Raised};

/// What a script would catch, or nothing for what it cannot catch. The error itself stays as it is.
pub(crate) fn caught(error: &mut EvalAltResult, source: Option<&str>) -> Option<Dynamic> {
    if is_final(error) {
        return None;
    }
    if let EvalAltResult::ErrorRuntime(thrown, _) = error.unwrap_inner() {
        return Some(thrown.clone());
    }
    let position = error.take_position();
    let mut map = Map::new();
    let kind = format!("{error:?}");
    map.insert("error".into(), kind.split('(').next().unwrap_or_default().into());
    map.insert("message".into(), error.to_string().into());
    error.set_position(position);
    if let Some(source) = source {
        map.insert("source".into(), source.into());
    }
    if let (Some(line), column) = (position.line(), position.position().unwrap_or(0)) {
        map.insert("line".into(), Dynamic::from(line as INT));
        map.insert("position".into(), Dynamic::from(column as INT));
    }
    Some(map.into())
}

/// Does the error end the run, whoever wants to catch it? The engine asks only the outermost of nested errors.
pub(crate) fn is_final(error: &EvalAltResult) -> bool {
    let inner = error.unwrap_inner();
    inner.is_pseudo_error() || !inner.is_catchable()
}

/// Calls a closure that may leave out parameters at the end: `|x, index|`, `|x|` or `||`.
pub(crate) fn call_with(context: &NativeCallContext, closure: &FnPtr, given: &[Dynamic]) -> Outcome {
    let mut count = given.len();
    loop {
        let outcome = closure.call_within_context(context, Given(given[..count].to_vec()));
        match outcome {
            Err(error) if count > 0 && is_unknown(&error, closure.fn_name()) => count -= 1,
            outcome => return outcome,
        }
    }
}

/// Is it the closure itself that does not exist with so many parameters? Errors from inside of it come wrapped.
fn is_unknown(error: &EvalAltResult, name: &str) -> bool {
    let EvalAltResult::ErrorFunctionNotFound(signature, _) = error else { return false };
    signature.split(" (").next() == Some(name)
}

struct Given(Vec<Dynamic>);

impl FuncArgs for Given {
    fn parse<A: Extend<Dynamic>>(self, arguments: &mut A) {
        arguments.extend(self.0);
    }
}

impl Origin {
    /// Where an error happened, as far as it says; `source` is that of the call it came out of.
    pub(crate) fn of(error: &EvalAltResult, source: Option<&str>) -> Origin {
        match error {
            EvalAltResult::ErrorInFunctionCall(_, callee, _, position) if callee == GLUE => {
                Origin { source: source.map(str::to_owned), position: *position }
            }
            EvalAltResult::ErrorInFunctionCall(_, callee, inner, _) => {
                Origin::of(inner, Some(callee.as_str()).filter(|callee| !callee.is_empty()).or(source))
            }
            EvalAltResult::ErrorInModule(name, inner, _) => Origin::of(inner, Some(name)),
            EvalAltResult::ErrorRuntime(thrown, position) => {
                let raised = thrown.read_lock::<Raised>().map(|raised| raised.origin.clone());
                let known = raised.filter(|origin| origin.position != Position::NONE);
                known.unwrap_or(Origin { source: source.map(str::to_owned), position: *position })
            }
            other => Origin { source: source.map(str::to_owned), position: other.position() },
        }
    }
}
