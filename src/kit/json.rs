//! `json::`: JSON ⇄ values of a script.

use std::sync::Arc;

use serde_json::Value;

use crate::kit::options::Options;
use crate::kit::{Fault, Hands, files, store};
use crate::script::Doc;
use crate::script::native::{Dynamic, Engine, FuncRegistration, Map, Module, NativeCallContext, Outcome};

pub(super) const DOCS: &[Doc] = &[
    Doc {
        name: "json::parse",
        calls: &["json::parse(text) → value"],
        text: "The value of a JSON text. Whole numbers are exact from -9223372036854775808 to 9223372036854775807 and become floats beyond; `null` is `()`. A text that is no JSON, or nests deeper than 127 levels, is an error that says where.",
        example: "print(json::parse(\"{\\\"Number\\\": \\\"100\\\"}\").Number);",
    },
    Doc {
        name: "json::text",
        calls: &["json::text(value) → string", "json::text(value, #{ pretty: true }) → string"],
        text: "The JSON of any value on one line, or on several that people read. Objects and lists of a PBX become what the PBX sent; the names in maps stand in the order of the alphabet.",
        example: "print(json::text(pbx.users.list(#{ top: 2, select: \"Number,FirstName\" })));",
    },
    Doc {
        name: "json::read",
        calls: &["json::read(path) → value"],
        text: "The value of a JSON file, as `json::parse` reads it.",
        example: "json::write(\"site.json\", #{ name: \"north\" }); print(json::read(\"site.json\").name);",
    },
    Doc {
        name: "json::write",
        calls: &["json::write(path, value)", "json::write(path, value, #{ pretty: false })"],
        text: "Writes a value to a JSON file, on lines that people read unless `pretty` is false. The file appears when it is complete.",
        example: "json::write(\"first.json\", pbx.users.get_by_number(\"100\"));",
    },
];

/// How deep the reader goes, and so how deep a text may be that it can read again.
const DEPTH: usize = 127;

pub(super) fn register(engine: &mut Engine, hands: &Arc<Hands>) {
    let mut module = Module::new();
    let hand = hands.clone();
    FuncRegistration::new("parse").set_into_module(
        &mut module,
        move |context: NativeCallContext, text: &str| -> Outcome {
            let parsed = parse(text).map_err(|reason| {
                hand.raise(Fault::Format { format: "JSON", text: text.to_owned(), reason }, &context)
            });
            parsed.map(|json| (hand.from_json)(&json))
        },
    );
    let hand = hands.clone();
    FuncRegistration::new("read").set_into_module(
        &mut module,
        move |context: NativeCallContext, path: &str| -> Outcome {
            let text = files::read_text(&hand, path, &context)?;
            let parsed = parse(&text).map_err(|reason| {
                let (path, reason) = (Some(path.to_owned()), format!("this is no JSON: {reason}"));
                hand.raise(Fault::Content { format: "JSON", path, line: None, reason }, &context)
            });
            parsed.map(|json| (hand.from_json)(&json))
        },
    );
    texts(&mut module, hands);
    engine.register_static_module("json", module.into());
}

fn texts(module: &mut Module, hands: &Arc<Hands>) {
    let hand = hands.clone();
    FuncRegistration::new("text").set_into_module(
        module,
        move |context: NativeCallContext, value: Dynamic| -> Outcome<String> {
            Ok(json(&hand, &value, &context)?.to_string())
        },
    );
    let hand = hands.clone();
    FuncRegistration::new("text").set_into_module(
        module,
        move |context: NativeCallContext, value: Dynamic, options: Map| -> Outcome<String> {
            let pretty = is_pretty("json::text", &options).map_err(|fault| hand.raise(fault, &context))?;
            Ok(lay_out(&json(&hand, &value, &context)?, pretty))
        },
    );
    let hand = hands.clone();
    let write = move |context: &NativeCallContext, path: &str, value: &Dynamic, options: &Map| -> Outcome<()> {
        let pretty = is_pretty("json::write", options).map_err(|fault| hand.raise(fault, context))?;
        let text = lay_out(&json(&hand, value, context)?, pretty) + "\n";
        store::replace(&hand.access, path, text.as_bytes()).map_err(|fault| hand.raise(fault, context))
    };
    let plain = write.clone();
    FuncRegistration::new("write")
        .set_into_module(module, move |context: NativeCallContext, path: &str, value: Dynamic| {
            plain(&context, path, &value, &Map::new())
        });
    FuncRegistration::new("write").set_into_module(
        module,
        move |context: NativeCallContext, path: &str, value: Dynamic, options: Map| {
            write(&context, path, &value, &options)
        },
    );
}

/// Files are for people unless somebody says otherwise, texts for programs.
pub(super) fn is_pretty(function: &str, options: &Map) -> Result<bool, Fault> {
    Options::of(function, options)?.flag("pretty", function == "json::write")
}

fn lay_out(json: &Value, pretty: bool) -> String {
    if pretty { serde_json::to_string_pretty(json).unwrap_or_default() } else { json.to_string() }
}

/// Says where in words, counted in characters.
fn parse(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| {
        if text.trim().is_empty() {
            return "it is empty".to_owned();
        }
        let (line, column) = (error.line(), error.column());
        let whole = error.to_string();
        let reason = whole.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&whole);
        let reason = match reason.strip_prefix("EOF while parsing ") {
            Some(what) => format!("it ends in the middle of {what}"),
            None if reason == "recursion limit exceeded" => format!("it nests deeper than {DEPTH} levels"),
            None => reason.to_owned(),
        };
        let before = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        let before = &before.as_bytes()[..column.min(before.len())];
        format!("line {line}, column {}: {reason}", String::from_utf8_lossy(before).chars().count().max(1))
    })
}

/// The JSON of a value; the rows of a list are fetched.
fn json(hands: &Hands, value: &Dynamic, context: &NativeCallContext) -> Outcome<Value> {
    if let Some(listed) = (hands.listed)(value) {
        return listed.rows.collect::<Outcome<Vec<Value>>>().map(Value::Array);
    }
    check_depth(hands, value, context)?;
    Ok((hands.to_json)(value))
}

/// A value that nests too deeply ends the call, and not the program.
pub(super) fn check_depth(hands: &Hands, value: &Dynamic, context: &NativeCallContext) -> Outcome<()> {
    too_deep(value).map_or(Ok(()), |fault| Err(hands.raise(fault, context)))
}

/// What is wrong with a value that nests too deeply to be written.
#[must_use]
pub fn too_deep(value: &Dynamic) -> Option<Fault> {
    let (what, expected) = ("the value".to_owned(), format!("nested at most {DEPTH} levels deep"));
    is_deeper(value, DEPTH).then(|| Fault::Argument { what, expected, given: "deeper".to_owned() })
}

/// Looks no deeper than it must, so that no depth ends the program.
fn is_deeper(value: &Dynamic, left: usize) -> bool {
    if let Ok(items) = value.as_array_ref() {
        return left == 0 || items.iter().any(|item| is_deeper(item, left - 1));
    }
    if let Ok(map) = value.as_map_ref() {
        return left == 0 || map.values().any(|field| is_deeper(field, left - 1));
    }
    false
}
