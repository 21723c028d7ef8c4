//! Values as arguments: what they are, and what a map of options holds.

use crate::kit::{Fault, Hands};
use crate::script::native::{Dynamic, FnPtr, Map};

/// The most characters of a value in a sentence.
const MOST: usize = 200;

/// A value as its JSON, cut where it is long.
pub(super) fn readable(hands: &Hands, value: &Dynamic) -> String {
    if value.is_unit() { "()".to_owned() } else { cut((hands.to_json)(value).to_string(), MOST) }
}

pub(super) fn cut(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// What a value is, for a sentence.
pub(super) fn describe(value: &Dynamic) -> String {
    match value.type_name() {
        "string" => format!("the string {:?}", cut(value.to_string(), MOST)),
        "i64" | "f64" => format!("the number {value}"),
        "bool" | "()" => value.to_string(),
        "array" => "an array".to_owned(),
        "map" => "a map".to_owned(),
        "Fn" => "a closure".to_owned(),
        other => format!("a value of another type, {}", other.rsplit("::").next().unwrap_or(other)),
    }
}

/// A map of options, read name by name.
pub(super) struct Options<'a> {
    map: &'a Map,
}

impl<'a> Options<'a> {
    pub(super) fn of(function: &str, map: &'a Map, known: &[&'static str]) -> Result<Options<'a>, Fault> {
        match map.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(Options { map }),
            Some(wrong) => Err(Fault::UnknownOption {
                function: function.to_owned(),
                name: wrong.to_string(),
                nearest: nearest(wrong, known),
                known: known.to_vec(),
            }),
        }
    }

    pub(super) fn number(&self, name: &str, least: f64, most: f64) -> Result<Option<f64>, Fault> {
        let Some(value) = self.map.get(name) else { return Ok(None) };
        let number = value.as_float().or_else(|_| value.as_int().map(|whole| whole as f64)).ok();
        match number.filter(|number| (least..=most).contains(number)) {
            Some(number) => Ok(Some(number)),
            None if most == f64::MAX => Err(wrong(name, format!("a number from {least} on"), value)),
            None => Err(wrong(name, format!("a number from {least} to {most}"), value)),
        }
    }

    pub(super) fn closure(&self, name: &str) -> Result<Option<FnPtr>, Fault> {
        let Some(value) = self.map.get(name) else { return Ok(None) };
        let closure = value.read_lock::<FnPtr>().map(|closure| closure.clone());
        closure.map(Some).ok_or_else(|| wrong(name, "a closure".to_owned(), value))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Dynamic> {
        self.map.get(name)
    }
}

pub(super) fn wrong(what: &str, expected: String, given: &Dynamic) -> Fault {
    Fault::Argument { what: what.to_owned(), expected, given: describe(given) }
}

/// The known name that is nearest to a wrong one, if any is near.
fn nearest(wrong: &str, known: &[&'static str]) -> Option<&'static str> {
    const NEAR: usize = 2;
    let distance = |name: &&str| strsim::damerau_levenshtein(&wrong.to_lowercase(), name);
    known.iter().copied().filter(|name| distance(name) <= NEAR).min_by_key(distance)
}
