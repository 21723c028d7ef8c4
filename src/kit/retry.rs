//! Trying again.

use std::sync::Arc;

use crate::kit::flow::sleep;
use crate::kit::given::wrong;
use crate::kit::options::Options;
use crate::kit::{Fault, Hands};
use crate::script::native::{Engine, EvalAltResult, FnPtr, INT, Map, NativeCallContext, Outcome};
use crate::script::{Doc, Raised, call_with, caught, is_final};

pub(super) const DOCS: &[Doc] = &[Doc {
    name: "retry",
    calls: &[
        "retry(times: int, |attempt| …) → value",
        "retry(times: int, #{ pause: seconds, factor: number, jitter: share, longest: seconds, when: |e| … }, |attempt| …) → value",
    ],
    text: "Calls the closure until it succeeds, at most so many times, and gives its value; the last error stays as it was. \
           Tried again are troubles that can pass: a PBX that does not answer, breaks off, or answers 408, 429, 500, 502, 503 or \
           504, and whatever the script itself throws, assertions included. Other refusals and wrong calls fail at once; `when` \
           decides otherwise. The first pause is 1 second, each further one `factor` (2) times as long, at most `longest` (60); \
           `jitter` from 0 to 1 (0) makes a share of it random; where the PBX says how long to wait, it is waited at least so long. \
           A change whose answer got lost may have happened all the same: look before doing it again.",
    example: "let users = retry(3, #{ pause: 0.1 }, || pbx.users.list());\n\
              let n = retry(5, #{ pause: 0.01, when: |e| e.status == 404 }, |attempt| if attempt < 3 { pbx.users.get(999999) } else { attempt });",
}];

pub(super) fn register(engine: &mut Engine, hands: &Arc<Hands>) {
    let hand = hands.clone();
    engine.register_fn("retry", move |context: NativeCallContext, times: INT, closure: FnPtr| {
        hand.retry(&context, times, &Map::new(), &closure)
    });
    let hand = hands.clone();
    engine.register_fn("retry", move |context: NativeCallContext, times: INT, options: Map, closure: FnPtr| {
        hand.retry(&context, times, &options, &closure)
    });
}

pub(super) struct Plan {
    pause: f64,
    factor: f64,
    jitter: f64,
    longest: f64,
    when: Option<FnPtr>,
}

impl Plan {
    pub(super) fn read(options: &Map) -> Result<Plan, Fault> {
        let options = Options::of("retry", options)?;
        Ok(Plan {
            pause: options.number("pause", 0.0, f64::MAX)?.unwrap_or(1.0),
            factor: options.number("factor", 1.0, f64::MAX)?.unwrap_or(2.0),
            jitter: options.number("jitter", 0.0, 1.0)?.unwrap_or(0.0),
            longest: options.number("longest", 0.0, f64::MAX)?.unwrap_or(60.0),
            when: options.closure("when")?,
        })
    }

    /// The seconds before the attempt after this one.
    fn pause(&self, attempt: INT, random: f64, asked: Option<INT>) -> f64 {
        let earlier = i32::try_from(attempt - 1).unwrap_or(i32::MAX);
        let pause = (self.pause * self.factor.powi(earlier)).min(self.longest);
        (pause * (1.0 - self.jitter * random)).max(asked.unwrap_or(0) as f64)
    }
}

impl Hands {
    fn retry(&self, context: &NativeCallContext, times: INT, options: &Map, closure: &FnPtr) -> Outcome {
        if times < 1 {
            return Err(self.raise(wrong("times", "1 or more", &times.into()), context));
        }
        let plan = Plan::read(options).map_err(|fault| self.raise(fault, context))?;
        let mut attempt = 1;
        loop {
            let mut error = match call_with(context, closure, &[attempt.into()]) {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if attempt >= times || !self.again(context, &plan, &mut error)? {
                return Err(error);
            }
            sleep(self, plan.pause(attempt, random(), asked(&error)))?;
            attempt += 1;
        }
    }

    fn again(&self, context: &NativeCallContext, plan: &Plan, error: &mut EvalAltResult) -> Outcome<bool> {
        let Some(when) = &plan.when else { return Ok(!is_final(error) && may_pass(error)) };
        let Some(thrown) = caught(error, context.call_source()) else { return Ok(false) };
        let answer = call_with(context, when, &[thrown])?;
        answer.as_bool().map_err(|_| self.raise(wrong("when", "a closure that gives true or false", &answer), context))
    }
}

/// Errors of the engine's own kind say that the script is wrong, and it will be wrong the next time too.
fn may_pass(error: &EvalAltResult) -> bool {
    let EvalAltResult::ErrorRuntime(thrown, _) = error.unwrap_inner() else { return false };
    thrown.read_lock::<Raised>().is_none_or(|raised| raised.fact.may_pass())
}

/// How many seconds the PBX asks to wait.
fn asked(error: &EvalAltResult) -> Option<INT> {
    let EvalAltResult::ErrorRuntime(thrown, _) = error.unwrap_inner() else { return None };
    thrown.read_lock::<Raised>()?.property("retry_after").as_int().ok()
}

/// From 0 to 1; enough to keep many clients from coming back at the same moment.
fn random() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    let bits = RandomState::new().hash_one(0_u8) >> 11;
    bits as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::{Plan, random};

    #[test]
    fn pauses_grow_up_to_the_longest_and_never_below_what_is_asked() {
        let plan = Plan { pause: 1.0, factor: 2.0, jitter: 0.5, longest: 5.0, when: None };
        let pauses: Vec<f64> = (1..5).map(|attempt| plan.pause(attempt, 0.0, None)).collect();
        assert_eq!(pauses, [1.0, 2.0, 4.0, 5.0]);
        assert!((plan.pause(1, 1.0, None) - 0.5).abs() < 1e-9);
        assert!((plan.pause(1, 0.0, Some(30)) - 30.0).abs() < 1e-9);
        assert!(plan.pause(i64::MAX, 0.0, None) <= 5.0);
        assert!((0.0..1.0).contains(&random()));
    }
}
