//! What the language lacks for texts.

use std::any::TypeId;
use std::sync::Arc;

use crate::kit::given::{between, text, wrong};
use crate::kit::{Fault, Hands};
use crate::script::Doc;
use crate::script::native::{Array, Dynamic, Engine, ImmutableString, Module, NativeCallContext, Outcome};

pub(super) const DOCS: &[Doc] = &[
    Doc {
        name: "text::pad_left",
        calls: &["text::pad_left(value, n) → string", "text::pad_left(value, n, fill) → string"],
        text: "The value as text of at least `n` characters, with blanks or `fill` before it.",
        example: "print(text::pad_left(7, 3, \"0\"));",
    },
    Doc {
        name: "text::pad_right",
        calls: &["text::pad_right(value, n) → string", "text::pad_right(value, n, fill) → string"],
        text: "The value as text of at least `n` characters, with blanks or `fill` behind it.",
        example: "print(text::pad_right(\"Ada\", 6, \".\") + \"100\");",
    },
    Doc {
        name: "Array.join",
        calls: &["array.join(between) → string"],
        text: "The elements as one text, with another text between them.",
        example: "print([\"100\", \"101\"].join(\", \"));",
    },
];

/// Nobody pads further, and a slip of the pen should not take the memory of the machine.
const WIDEST: i64 = 10_000;

pub(super) fn register(engine: &mut Engine, hands: &Arc<Hands>) {
    let mut module = Module::new();
    for (name, left) in [("pad_left", true), ("pad_right", false)] {
        let hand = hands.clone();
        module.set_native_fn(name, move |context: NativeCallContext, value: Dynamic, to: Dynamic| -> Outcome<String> {
            let value = shown(&context, value)?;
            pad(&value, &to, &' '.into(), left).map_err(|fault| hand.raise(fault, &context))
        });
        let hand = hands.clone();
        module.set_native_fn(
            name,
            move |context: NativeCallContext, value: Dynamic, to: Dynamic, fill: Dynamic| -> Outcome<String> {
                let value = shown(&context, value)?;
                pad(&value, &to, &fill, left).map_err(|fault| hand.raise(fault, &context))
            },
        );
    }
    engine.register_static_module("text", module.into());
    let array = TypeId::of::<Array>();
    let any = TypeId::of::<Dynamic>();
    let hand = hands.clone();
    engine.register_raw_fn("join", [array, any], move |context: NativeCallContext, given: &mut [&mut Dynamic]| {
        let between = text("between", given[1]).map_err(|fault| hand.raise(fault, &context))?;
        let items = given[0].as_array_ref().map(|items| items.clone()).unwrap_or_default();
        let items = items.into_iter().map(|item| shown(&context, item)).collect::<Outcome<Vec<String>>>()?;
        Ok(items.join(&between))
    });
}

/// The text that interpolation shows.
fn shown(context: &NativeCallContext, value: Dynamic) -> Outcome<String> {
    if let Ok(text) = value.as_immutable_string_ref() {
        return Ok(text.to_string());
    }
    Ok(context.call_native_fn::<ImmutableString>("to_string", (value,))?.to_string())
}

fn pad(value: &str, to: &Dynamic, fill: &Dynamic, left: bool) -> Result<String, Fault> {
    let to = usize::try_from(between("n", to, 0, WIDEST)?).unwrap_or_default();
    let one = fill.as_char().ok().or_else(|| {
        let text = fill.as_immutable_string_ref().ok()?;
        let mut chars = text.chars();
        chars.next().filter(|_| chars.next().is_none())
    });
    let fill = one.ok_or_else(|| wrong("fill", "one character", fill))?;
    let filling: String = std::iter::repeat_n(fill, to.saturating_sub(value.chars().count())).collect();
    Ok(if left { filling + value } else { format!("{value}{filling}") })
}
