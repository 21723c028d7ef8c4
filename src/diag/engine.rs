//! The words about what the engine finds by itself: values that do not fit, places that do not exist, numbers that have no end.

use crate::bindings::nearest;
use crate::catalog::{Catalog, EnumValue, Shape};
use crate::code::Code;
use crate::diag::habits;
use crate::diag::words::{COPY_IT, Hinted, NOT_THERE, list, lower, say, short};
use crate::script::{Place, Wording};

/// The engine's name for the kind of error, and its message.
pub(super) fn told(kind: &str, message: &str, place: Option<&Place>) -> (Code, Wording) {
    match kind {
        "ErrorIndexingType" if message.contains("() [") => {
            (Code::Nothing, say("an element was asked of nothing, ()").hint(NOT_THERE))
        }
        "ErrorIndexingType" if message.contains("List") => (
            Code::OnlyRead,
            say("the rows of a list can be read and not set")
                .hint("`let rows = ….to_array();` makes an array that can be changed"),
        ),
        "ErrorIndexingType" => (Code::WrongType, no_elements(message)),
        "ErrorNonPureMethodCallOnConstant" => {
            let name = message.split('\'').nth(1).unwrap_or_default();
            (Code::Constant, say(format!("`{name}` cannot be called on a constant")).hint(COPY_IT))
        }
        "ErrorAssignmentToConstant" => {
            (Code::Constant, say(lower(message)).hint("a variable of its own, `let other = …`, holds something else"))
        }
        "ErrorFor" => (
            Code::WrongType,
            say("this is nothing that a `for` goes through")
                .hint(format!("`for name in map.keys()` goes through a map; if it is (): {NOT_THERE}")),
        ),
        "ErrorMismatchDataType" | "ErrorMismatchOutputType" => (Code::WrongType, mismatch(message, place)),
        "ErrorVariableNotFound" if message.contains("::") => {
            let name = message.rsplit(' ').next().unwrap_or_default();
            (Code::UnknownValue, say(format!("`{name}` does not exist")).maybe(near_constant(name)))
        }
        "ErrorVariableNotFound" => (
            Code::UndefinedVariable,
            say(lower(message)).hint("variables at the top of a script are not seen inside of its functions"),
        ),
        "ErrorStackOverflow" => {
            (Code::TooDeep, say("calls nest too deeply").hint("does a function call itself without an end?"))
        }
        "ErrorArithmetic" => (Code::Arithmetic, arithmetic(message)),
        "ErrorArrayBounds" | "ErrorStringBounds" | "ErrorBitFieldBounds" | "ErrorIndexNotFound" => {
            let hint = "the first is `[0]`, the last `[-1]`; `len()` says how many there are";
            (Code::NoSuchElement, say(lower(message)).hint(hint))
        }
        "ErrorPropertyNotFound" => (Code::UnknownProperty, say(lower(message))),
        "ErrorModuleNotFound" => (Code::BadImport, say(lower(message))),
        "ErrorDataTooLarge" => {
            (Code::TooLarge, say(lower(message)).hint("go through what is large piece by piece: a loop, `csv::rows`"))
        }
        "ErrorTooManyVariables" | "ErrorTooManyModules" => {
            (Code::TooLarge, say(lower(message)).hint("does a loop declare variables without an end, or import?"))
        }
        "ErrorDataRace" => (
            Code::DataRace,
            say("a closure changes or reads the value that its own function is at work on")
                .hint("work on a copy: `let copy = a;` before, and `copy` in the closure"),
        ),
        "ErrorUnboundThis" => {
            (Code::Nothing, say("there is no `this` here").hint("functions called as methods have one: `value.f()`"))
        }
        _ => (Code::Engine, say(lower(message)).maybe(habits::syntax(message, place))),
    }
}

/// `Data type incorrect: i64 (expecting string)`
fn mismatch(message: &str, place: Option<&Place>) -> Wording {
    let rest = message.split_once(": ").map_or("", |(_, rest)| rest);
    let (given, expected) = rest.split_once(" (expecting ").unwrap_or((rest, ""));
    let (given, expected) = (short(given), short(expected.trim_end_matches(')')));
    // Between the brackets behind a value.
    let before = place.map_or("", |place| place.source.text[..place.span.start].trim_end());
    let is_index = before.ends_with('[');
    let asked = place.map(|place| &place.source.text[place.span.clone()]).filter(|text| text.len() < 20);
    match (expected.as_str(), given.as_str()) {
        ("bool", _) => say(format!("a boolean is wanted here, not {}", kind(&given)))
            .hint("compare it: `x != ()`, `x != \"\"`, `x > 0`"),
        ("string", _) if is_index => {
            say(format!("what is asked of a map is a name, which is a string, not {}", kind(&given))).hint(
                match asked {
                    Some(text) if given == "int" => {
                        format!("`[\"{text}\"]` asks for the property of that name; `map.keys()` are all names")
                    }
                    _ => "`map[\"name\"]` or `map.name`; `map.keys()` are all names".to_owned(),
                },
            )
        }
        ("int", _) if is_index => say(format!("the place of an element is a number, not {}", kind(&given)))
            .hint("the first is `[0]`; `find(|x| …)` looks for one"),
        ("", _) => say(format!("{} does not fit here", kind(&given))),
        (_, "()") => say(format!("{} is wanted here, not {}", kind(&expected), kind(&given))).hint(NOT_THERE),
        _ => say(format!("{} is wanted here, not {}", kind(&expected), kind(&given))),
    }
}

/// `Indexer unavailable: i64 [string]`
fn no_elements(message: &str) -> Wording {
    let types = message.split_once(": ").map_or(message, |(_, types)| types);
    let (owner, asked) = types.split_once(" [").unwrap_or((types, ""));
    let asked = asked.trim_end_matches(']');
    let by = if asked.is_empty() { String::new() } else { format!(" by {}", kind(&short(asked))) };
    say(format!("{} has no elements to be asked{by}", kind(&short(owner))))
        .hint("arrays, lists and texts have elements, `x[0]`; maps and objects have properties, `x.Name`")
}

fn kind(ty: &str) -> String {
    match ty {
        "()" => "nothing, ()".to_owned(),
        "int" | "float" => "a number".to_owned(),
        "array" => "an array".to_owned(),
        "bool" => "a boolean".to_owned(),
        "Fn" => "a function".to_owned(),
        other if other.starts_with(['A', 'E', 'I', 'O', 'U', 'a', 'e', 'i', 'o', 'u']) => format!("an {other}"),
        other => format!("a {other}"),
    }
}

fn arithmetic(message: &str) -> Wording {
    let hint = match message {
        _ if message.contains("zero") => Some("ask before: `if n != 0 { … }`"),
        _ if message.contains("overflow") => {
            Some("whole numbers end at 9223372036854775807; with a point, `1.0`, they go on and lose their last digits")
        }
        _ => None,
    };
    say(lower(message)).maybe(hint.map(str::to_owned))
}

/// `PollingStrategyType::RingAl` → the value of that enum that was meant.
fn near_constant(name: &str) -> Option<String> {
    let (ty, value) = name.split_once("::")?;
    let Shape::Enum { values, .. } = &Catalog::known().ty(ty)?.shape else { return None };
    let names: Vec<_> = values.iter().map(EnumValue::constant).collect();
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    let near = nearest(value, names.iter().copied()).map(|near| format!("did you mean `{ty}::{near}`?"));
    near.or_else(|| Some(format!("`{ty}` has {}", list(names.into_iter().take(12), "and"))))
}
