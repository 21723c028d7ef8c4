//! Arguments, looked at one by one: what is wrong with one is told in words, not as a function that does not exist.

use std::any::TypeId;
use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::kit::dates::Value;
use crate::kit::{Fault, Hands};
use crate::script::native::{Blob, Dynamic, Engine, INT, NativeCallContext};

/// Adds a function for every number of arguments in `counts`; `first` is the type that it belongs to, if it is a method.
pub(super) fn define(
    engine: &mut Engine,
    hands: &Arc<Hands>,
    name: &str,
    first: Option<TypeId>,
    counts: RangeInclusive<usize>,
    call: impl Fn(&Hands, &[Dynamic]) -> Result<Dynamic, Fault> + Clone + Send + Sync + 'static,
) {
    for count in counts {
        let mut types = vec![TypeId::of::<Dynamic>(); count];
        if let (Some(place), Some(first)) = (types.first_mut(), first) {
            *place = first;
        }
        let (hands, call) = (hands.clone(), call.clone());
        engine.register_raw_fn(name, types, move |context: NativeCallContext, given: &mut [&mut Dynamic]| {
            let given: Vec<Dynamic> = given.iter().map(|given| given.flatten_clone()).collect();
            call(&hands, &given).map_err(|fault| hands.raise(fault, &context))
        });
    }
}

/// What a value is, for a sentence: `the string "abc"`.
pub(super) fn describe(value: &Dynamic) -> String {
    if let Some(known) = Value::of(value) {
        return format!("the {} {known}", known.type_name());
    }
    match value.type_name() {
        "string" => format!("the string {:?}", value.to_string()),
        "i64" => format!("the whole number {value}"),
        "f64" => format!("the number {value}"),
        "bool" => format!("the boolean {value}"),
        "()" => "nothing, ()".to_owned(),
        "array" => "an array".to_owned(),
        "map" => "a map".to_owned(),
        "blob" => "a blob".to_owned(),
        "char" => format!("the character '{value}'"),
        other => format!("a {}", other.rsplit("::").next().unwrap_or(other).split('<').next().unwrap_or(other)),
    }
}

pub(super) fn wrong(what: &str, expected: &str, given: &Dynamic) -> Fault {
    Fault::Argument { what: what.to_owned(), expected: expected.to_owned(), given: describe(given) }
}

pub(super) fn text(what: &str, given: &Dynamic) -> Result<String, Fault> {
    given.clone().into_string().map_err(|_| wrong(what, "a string", given))
}

pub(super) fn whole(what: &str, given: &Dynamic) -> Result<INT, Fault> {
    given.as_int().map_err(|_| wrong(what, "a whole number", given))
}

/// A whole number between two others.
pub(super) fn between(what: &str, given: &Dynamic, least: INT, most: INT) -> Result<INT, Fault> {
    let number = given.as_int().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| wrong(what, &format!("a whole number from {least} to {most}"), given))
}

/// The bytes of a text or of a blob.
pub(super) fn bytes(what: &str, given: &Dynamic) -> Result<Blob, Fault> {
    match given.as_blob_ref() {
        Ok(blob) => Ok(blob.clone()),
        Err(_) => {
            let text = given.as_immutable_string_ref().map_err(|_| wrong(what, "a string or a blob", given))?;
            Ok(text.as_bytes().to_vec())
        }
    }
}

/// The known name that is nearest to a wrong one, if any is near.
pub(super) fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_lowercase();
    let allowed = (given.chars().count() / 3).clamp(1, 3);
    let near = known.into_iter().map(|name| (strsim::damerau_levenshtein(&given, &name.to_lowercase()), name));
    near.filter(|(distance, _)| *distance <= allowed).min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}
