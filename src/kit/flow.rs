//! The course of a script: waiting and ending.

use std::sync::Arc;

use crate::kit::dates::Duration;
use crate::kit::given::wrong;
use crate::kit::{Fault, Hands};
use crate::script::native::{Dynamic, Engine, EvalAltResult, INT, NativeCallContext, Outcome, Position};
use crate::script::{Doc, Ending};

pub(super) const DOCS: &[Doc] = &[
    Doc {
        name: "sleep",
        calls: &["sleep(seconds)"],
        text: "Waits. Seconds may have a fraction, or be a `Duration` like `minutes(5)`; Ctrl-C ends the wait and the script.",
        example: "sleep(0.01);",
    },
    Doc {
        name: "exit",
        calls: &["exit()", "exit(code)"],
        text: "Ends the script at once with an exit code from 0 to 255, 0 without one. Nothing catches it.",
        example: "if args.contains(\"--help\") { exit(0) }",
    },
];

pub(super) fn register(engine: &mut Engine, hands: &Arc<Hands>) {
    let hand = hands.clone();
    engine.register_fn("sleep", move |seconds: f64| sleep(&hand, seconds));
    let hand = hands.clone();
    engine.register_fn("sleep", move |seconds: INT| sleep(&hand, seconds as f64));
    let hand = hands.clone();
    engine.register_fn("sleep", move |context: NativeCallContext, length: Duration| {
        let fixed = length.fixed().ok_or_else(|| Fault::NoFixedLength { given: length.to_string() });
        sleep(&hand, fixed.map_err(|fault| hand.raise(fault, &context))?.as_secs_f64())
    });
    let hand = hands.clone();
    engine.register_fn("exit", move || -> Outcome { Err(hand.leave(0)) });
    let hand = hands.clone();
    // The language itself has an `exit` that takes anything and ends with success.
    engine.register_fn("exit", move |context: NativeCallContext, code: Dynamic| -> Outcome {
        let known = code.as_int().ok().and_then(|code| u8::try_from(code).ok());
        let wrong = || hand.raise(wrong("code", "a whole number from 0 to 255", &code), &context);
        Err(hand.leave(known.ok_or_else(wrong)?))
    });
}

impl Hands {
    /// Ends the run, wherever in it the script is: some of the engine's own functions drop the errors of closures.
    fn leave(&self, code: u8) -> Box<EvalAltResult> {
        (self.end)(Ending::Exit(code));
        ended(Ending::Exit(code))
    }
}

/// The error that no script catches.
pub(super) fn ended(ending: Ending) -> Box<EvalAltResult> {
    EvalAltResult::ErrorTerminated(Dynamic::from(ending), Position::NONE).into()
}

/// Sleeps in short naps, so that an interrupt ends it.
pub(super) fn sleep(hands: &Hands, seconds: f64) -> Outcome<()> {
    const NAP: f64 = 0.02;
    let mut left = seconds.max(0.0);
    while left > 0.0 {
        if let Some(ending) = (hands.stop)() {
            return Err(ended(ending));
        }
        std::thread::sleep(std::time::Duration::from_secs_f64(left.min(NAP)));
        left -= NAP;
    }
    Ok(())
}
