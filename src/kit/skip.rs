//! The end of a test that cannot run where it is.

use crate::script::native::{Dynamic, Engine, EvalAltResult, ImmutableString, Outcome, Position};
use crate::script::{Doc, Skip};

pub(super) const DOCS: &[Doc] = &[Doc {
    name: "skip",
    calls: &["skip(why)"],
    text: "Ends a test: `pbxsh test` counts it as skipped and says why. Nothing catches it. Outside of a test it ends the script \
           with success.",
    example: "if !pbx.supports(\"users.list\") { skip(\"there are no users\") }",
}];

pub(super) fn register(engine: &mut Engine) {
    engine.register_fn("skip", |why: ImmutableString| -> Outcome {
        Err(EvalAltResult::ErrorTerminated(Dynamic::from(Skip(why.into())), Position::NONE).into())
    });
}
