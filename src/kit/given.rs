//! Arguments, looked at one by one: what is wrong with one is told in words, not as a function that does not exist.

use std::any::TypeId;
use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::kit::{Fault, Hands, dates};
use crate::script;
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

/// The most characters of a value in a sentence.
const MOST: usize = 200;

/// What a value is, for a sentence: `the string "abc"`.
pub(super) fn describe(value: &Dynamic) -> String {
    cut(dates::described(value).unwrap_or_else(|| script::describe(value)), MOST)
}

/// A value as its JSON, without secrets, cut where it is long.
pub(super) fn readable(hands: &Hands, value: &Dynamic) -> String {
    if value.is_unit() { "()".to_owned() } else { cut(hands.shown(value), MOST) }
}

pub(super) fn cut(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
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
