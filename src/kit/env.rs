//! Variables of the environment, as far as the run may see them.

use std::sync::Arc;

use crate::kit::{Fault, Hands};
use crate::script::Doc;
use crate::script::native::{Dynamic, Engine, NativeCallContext, Outcome};

pub(super) const DOCS: &[Doc] = &[Doc {
    name: "env",
    calls: &["env(name) → string or ()", "env(name, otherwise)"],
    text: "A variable of the environment, or `otherwise` where it is not set. Scripts see those that `--allow-env=NAME` names, and no other.",
    example: "try { print(env(\"SITE\", \"headquarters\")) } catch (e) { print(e.hint) }",
}];

pub(super) fn register(engine: &mut Engine, hands: &Arc<Hands>) {
    let hand = hands.clone();
    engine.register_fn("env", move |context: NativeCallContext, name: &str| env(&hand, name, Dynamic::UNIT, &context));
    let hand = hands.clone();
    engine.register_fn("env", move |context: NativeCallContext, name: &str, otherwise: Dynamic| {
        env(&hand, name, otherwise, &context)
    });
}

fn env(hands: &Hands, name: &str, otherwise: Dynamic, context: &NativeCallContext) -> Outcome {
    hands.access.env(name).map_err(|forbidden| hands.raise(Fault::Forbidden(forbidden), context))?;
    Ok((hands.variable)(name).map_or(otherwise, Dynamic::from))
}
