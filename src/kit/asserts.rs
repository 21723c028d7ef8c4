//! Checks of a script's own, equal in the sense of `==`.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::kit::fault::{Claim, Difference};
use crate::kit::given::{readable, wrong};
use crate::kit::{Fault, Hands};
use crate::script::native::{Dynamic, Engine, EvalAltResult, FnPtr, Map, NativeCallContext, Outcome};
use crate::script::{Doc, Raised, caught, glue};

pub(super) const DOCS: &[Doc] = &[
    Doc {
        name: "assert",
        calls: &["assert(condition: bool)", "assert(condition: bool, message: string)"],
        text: "Fails where the condition does not hold. The error has the code `assertion`.",
        example: "assert(pbx.users.list().len() > 0, \"there are no users\");",
    },
    Doc {
        name: "assert_eq",
        calls: &["assert_eq(left, right)", "assert_eq(left, right, message: string)"],
        text: "Fails where `left == right` does not hold, and says both; of nested values also where they differ first. \
               The error has `e.left` and `e.right`.",
        example: "let ada = pbx.users.get_by_number(\"100\", #{ select: \"Number,FirstName\" });\n\
                  assert_eq(ada.FirstName, \"Ada\", \"the user 100\");",
    },
    Doc {
        name: "assert_ne",
        calls: &["assert_ne(left, right)", "assert_ne(left, right, message: string)"],
        text: "Fails where `left == right` holds.",
        example: "assert_ne(pbx.release, \"\");",
    },
    Doc {
        name: "assert_near",
        calls: &["assert_near(left: number, right: number, within: number)"],
        text: "Fails where two numbers are further apart than `within`.",
        example: "assert_near(10.0 / 3, 3.33, 0.01);",
    },
    Doc {
        name: "assert_throws",
        calls: &["assert_throws(closure) → error", "assert_throws(closure, expected: string) → error"],
        text: "Calls the closure and gives what it throws, as `catch (e)` has it; fails where it throws nothing. What is \
               expected is the code of the error, or a part of its message. Ctrl-C, `exit` and limits pass through.",
        example: "let e = assert_throws(|| pbx.users.get(999999), \"404\");\nassert_eq(e.status, 404);",
    },
];

const EQUAL: &str = "__equal";

pub(super) fn register(engine: &mut Engine, hands: &Arc<Hands>) {
    // What a script sees: a native call of the operator takes another way, and a stricter one for fractions.
    glue(engine, &format!("fn {EQUAL}(left, right) {{ left == right }}"));
    let hand = hands.clone();
    engine.register_fn("assert", move |context: NativeCallContext, condition: Dynamic| {
        hand.assert(&context, &condition, &Dynamic::UNIT)
    });
    let hand = hands.clone();
    engine.register_fn("assert", move |context: NativeCallContext, condition: Dynamic, said: Dynamic| {
        hand.assert(&context, &condition, &said)
    });
    for (name, wanted) in [("assert_eq", true), ("assert_ne", false)] {
        let hand = hands.clone();
        engine.register_fn(name, move |context: NativeCallContext, left: Dynamic, right: Dynamic| {
            hand.compare(&context, wanted, left, right, &Dynamic::UNIT)
        });
        let hand = hands.clone();
        engine.register_fn(name, move |context: NativeCallContext, left: Dynamic, right: Dynamic, said: Dynamic| {
            hand.compare(&context, wanted, left, right, &said)
        });
    }
    let hand = hands.clone();
    engine.register_fn(
        "assert_near",
        move |context: NativeCallContext, left: Dynamic, right: Dynamic, within: Dynamic| {
            hand.near(&context, left, right, &within)
        },
    );
    let hand = hands.clone();
    engine.register_fn("assert_throws", move |context: NativeCallContext, closure: FnPtr| {
        hand.throws(&context, &closure, None)
    });
    let hand = hands.clone();
    engine.register_fn("assert_throws", move |context: NativeCallContext, closure: FnPtr, expected: &str| {
        hand.throws(&context, &closure, Some(expected))
    });
}

impl Hands {
    fn assert(&self, context: &NativeCallContext, condition: &Dynamic, said: &Dynamic) -> Outcome<()> {
        let said = self.said(context, said)?;
        match condition.as_bool() {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.fails(context, Claim::Holds, said, None)),
            Err(_) => Err(self.raise(wrong("condition", "true or false", condition), context)),
        }
    }

    fn compare(
        &self,
        context: &NativeCallContext,
        wanted: bool,
        left: Dynamic,
        right: Dynamic,
        said: &Dynamic,
    ) -> Outcome<()> {
        let said = self.said(context, said)?;
        let (left, right) = (left.flatten(), right.flatten());
        if context.call_fn::<bool>(EQUAL, (left.clone(), right.clone()))? == wanted {
            return Ok(());
        }
        let text = |value: &Dynamic| readable(self, value);
        let claim = if wanted {
            let (one, other) = ((self.to_json)(&left), (self.to_json)(&right));
            let difference = difference(&one, &other, String::new()).filter(|difference| !difference.path.is_empty());
            let difference = difference.map(|difference| self.without_secrets(difference));
            Claim::Equal { left: text(&left), right: text(&right), difference }
        } else {
            Claim::Different { both: text(&left) }
        };
        Err(self.fails(context, claim, said, Some((left, right))))
    }

    /// A value is a secret by the names on the way to it.
    fn without_secrets(&self, Difference { path, left, right }: Difference) -> Difference {
        let side = |text: String| {
            let value: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
            let names = path.rsplit('.').map(|part| part.split('[').next().unwrap_or_default());
            let nested = names.fold(value, |value, name| json!({ name: value }));
            if (self.hidden)(&nested) == nested { text } else { "***".to_owned() }
        };
        Difference { left: left.map(side), right: right.map(side), path }
    }

    fn near(&self, context: &NativeCallContext, left: Dynamic, right: Dynamic, within: &Dynamic) -> Outcome<()> {
        let number = |what: &str, value: &Dynamic| {
            let number = value.as_float().or_else(|_| value.as_int().map(|whole| whole as f64));
            number.map_err(|_| self.raise(wrong(what, "a number", value), context))
        };
        let (one, other, apart) = (number("left", &left)?, number("right", &right)?, number("within", within)?);
        if (one - other).abs() <= apart {
            return Ok(());
        }
        let claim = Claim::Near { left: left.to_string(), right: right.to_string(), within: within.to_string() };
        Err(self.fails(context, claim, None, Some((left, right))))
    }

    fn throws(&self, context: &NativeCallContext, closure: &FnPtr, expected: Option<&str>) -> Outcome {
        let wanted = expected.map(str::to_owned);
        let Err(mut error) = closure.call_within_context::<Dynamic>(context, ()) else {
            return Err(self.fails(context, Claim::Throws { wanted, thrown: None }, None, None));
        };
        let Some(thrown) = caught(&mut error, context.call_source()) else { return Err(error) };
        let (code, message) = told(&thrown);
        let fits = expected.is_none_or(|expected| code == expected || message.contains(expected));
        // A status is what most people know of a refusal.
        let status = status(&thrown);
        if fits || status.is_some_and(|status| expected == Some(status.as_str())) {
            return Ok(thrown);
        }
        let thrown = Some((code, message)).filter(|(code, message)| !code.is_empty() || !message.is_empty());
        let claim = Claim::Throws { wanted, thrown: thrown.or_else(|| Some((String::new(), "()".to_owned()))) };
        Err(self.fails(context, claim, None, None))
    }

    fn said(&self, context: &NativeCallContext, said: &Dynamic) -> Outcome<Option<String>> {
        if said.is_unit() {
            return Ok(None);
        }
        if said.is_string() {
            return Ok(Some(said.to_string()));
        }
        Err(self.raise(wrong("message", "a string", said), context))
    }

    fn fails(
        &self,
        context: &NativeCallContext,
        claim: Claim,
        said: Option<String>,
        sides: Option<(Dynamic, Dynamic)>,
    ) -> Box<EvalAltResult> {
        let (left, right) = sides.map_or((None, None), |(left, right)| (Some(left), Some(right)));
        self.raise(Fault::Assertion { claim, said, left, right }, context)
    }
}

/// The code and the message of whatever was thrown; a code may be missing.
pub(super) fn told(thrown: &Dynamic) -> (String, String) {
    let text = |value: Option<&Dynamic>| value.map(ToString::to_string).unwrap_or_default();
    if let Some(raised) = thrown.read_lock::<Raised>() {
        return (raised.fact.code(), raised.wording.message.clone());
    }
    match thrown.read_lock::<Map>() {
        Some(map) => (text(map.get("code").or_else(|| map.get("error"))), text(map.get("message"))),
        None => (String::new(), thrown.to_string()),
    }
}

fn status(thrown: &Dynamic) -> Option<String> {
    let status = match thrown.read_lock::<Raised>() {
        Some(raised) => raised.property("status"),
        None => thrown.read_lock::<Map>()?.get("status")?.clone(),
    };
    status.as_int().ok().map(|status| status.to_string())
}

/// The first place where two values differ, in the order of the left one.
fn difference(left: &Value, right: &Value, path: String) -> Option<Difference> {
    let here = |left: Option<&Value>, right: Option<&Value>, path: String| {
        let text = |value: Option<&Value>| value.map(Value::to_string);
        Some(Difference { path, left: text(left), right: text(right) })
    };
    match (left, right) {
        (Value::Array(one), Value::Array(other)) => {
            let longest = one.len().max(other.len());
            (0..longest).find_map(|at| {
                let path = format!("{path}[{at}]");
                match (one.get(at), other.get(at)) {
                    (Some(one), Some(other)) => difference(one, other, path),
                    (one, other) => here(one, other, path),
                }
            })
        }
        (Value::Object(one), Value::Object(other)) => {
            let names = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name)));
            names.into_iter().find_map(|name| {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                match (one.get(name), other.get(name)) {
                    (Some(one), Some(other)) => difference(one, other, path),
                    (one, other) => here(one, other, path),
                }
            })
        }
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => None,
        (one, other) if one == other => None,
        (one, other) => here(Some(one), Some(other), path),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::difference;

    #[test]
    fn the_first_difference_is_named_by_its_path() {
        let path = |left, right| difference(&left, &right, String::new()).map(|found| found.path);
        assert_eq!(path(json!({"a": 1}), json!({"a": 1.0})), None);
        assert_eq!(path(json!(1), json!(2)), Some(String::new()));
        assert_eq!(path(json!({"a": [1, {"b": 2}]}), json!({"a": [1, {"b": 3}]})), Some("a[1].b".to_owned()));
        assert_eq!(path(json!([1, 2]), json!([1])), Some("[1]".to_owned()));
        assert_eq!(path(json!({}), json!({"late": 1})), Some("late".to_owned()));
    }
}
