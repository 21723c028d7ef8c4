//! The functions of a source: which ones there are, and calling them by name.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rhai::{AST, Engine, FnAccess, NativeCallContext, Position};

use crate::script::native::{Dynamic, EvalAltResult, FnPtr, Outcome};
use crate::script::spans::Tokens;
use crate::script::{Ending, Place, Skip, Source};

/// A function that a source defines, other than a method of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    pub parameters: Vec<String>,
    /// Not seen by those who import its source.
    pub is_private: bool,
    /// Its doc comment, without the slashes.
    pub docs: String,
    /// Where its name stands.
    pub place: Option<Place>,
}

/// The functions of a tree, in the order of its source.
pub(super) fn of(tree: &AST, source: &Source, engine: &Engine) -> Vec<Function> {
    let tokens = Tokens::of(engine, &source.text);
    // Closures are functions too, with names that nobody can write.
    let named = tree.iter_fn_def().filter(|function| function.this_type.is_none() && !function.name.contains('$'));
    let mut functions: Vec<Function> = named
        .map(|function| Function {
            name: function.name.to_string(),
            parameters: function.params.iter().map(ToString::to_string).collect(),
            is_private: function.access == FnAccess::Private,
            docs: function.comments.iter().map(|comment| plain(comment)).collect::<Vec<_>>().join("\n"),
            place: place(source, &tokens, &function.name, function.body.start_position()),
        })
        .collect();
    functions.sort_by_key(|function| function.place.as_ref().map(|place| place.span.start));
    functions
}

/// Where a function's name stands: the tree knows no more than where its body begins.
fn place(source: &Source, tokens: &Tokens, name: &str, body: Position) -> Option<Place> {
    let start = tokens.function_name(tokens.offset(&source.text, body)?)?;
    Some(Place::new(source.clone(), start..start + name.len()))
}

/// A doc comment as text.
fn plain(comment: &str) -> String {
    let block = comment.strip_prefix("/**").map(|rest| rest.trim_end_matches("*/"));
    let lines = block.unwrap_or(comment).lines().map(|line| {
        let line = line.trim_start().trim_start_matches("///");
        line.strip_prefix(' ').unwrap_or(line).trim_end()
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

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
