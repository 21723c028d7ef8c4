//! `csv::read(path, #{ separator: ";" }) → array`: the way that people write a call, as names and types.

use std::fmt;

use crate::script::Doc;
use crate::show::definitions::{is_name, safe};
use crate::show::reference::group;

/// One way to call a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    name: String,
    /// Read without brackets: a property.
    is_property: bool,
    /// Names and types; what a method is called on stands first.
    parameters: Vec<(String, String)>,
    result: String,
}

impl Call {
    /// Is its name a word that cannot be defined?
    pub(super) fn is_reserved(&self) -> bool {
        !is_name(&self.name)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters: Vec<String> = self.parameters.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
        let get = if self.is_property { "get " } else { "" };
        write!(f, "fn {get}{}({}) -> {};", self.name, parameters.join(", "), self.result)
    }
}

/// The calls of a function, each once.
pub(super) fn read(doc: &Doc) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    for text in doc.calls {
        let call = one(doc.name, text);
        if !calls.contains(&call) {
            calls.push(call);
        }
    }
    calls
}

fn one(full_name: &str, text: &str) -> Call {
    let (head, result) = text.split_once('→').or_else(|| text.split_once("->")).unwrap_or((text, ""));
    let head = head.trim();
    let name = full_name.rsplit("::").next().and_then(|name| name.rsplit('.').next()).unwrap_or(full_name);
    let mut parameters = Vec::new();
    if let Some(owner) = group(full_name).filter(|_| !full_name.contains("::")) {
        let before = head.split(['.', '[', '(']).next().unwrap_or_default();
        parameters.push((safe(&before.to_lowercase()), owner.to_owned()));
    }
    let inside = head.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')).map(|(inside, _)| inside);
    for argument in arguments(inside.unwrap_or_default()) {
        let (name, ty) = parameter(argument);
        let taken = |name: &String| parameters.iter().any(|(known, _)| known == name);
        let names = std::iter::once(name.clone()).chain((2..).map(|number| format!("{name}{number}")));
        let free = names.into_iter().find(|name| !taken(name)).unwrap_or(name);
        parameters.push((free, ty));
    }
    let result = match result.trim() {
        "" => "()".to_owned(),
        result => type_name(result),
    };
    Call { name: name.to_owned(), is_property: inside.is_none(), parameters, result }
}

/// The arguments between the brackets of a call, at the commas that belong to no inner bracket.
fn arguments(inside: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut piped, mut start) = (0_usize, false, false, 0);
    let mut parts = Vec::new();
    for (at, c) in inside.char_indices() {
        match c {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '|' => piped = !piped,
            ',' if depth == 0 && !piped => {
                parts.push(&inside[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inside[start..]);
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// A name and a type for one argument.
fn parameter(argument: &str) -> (String, String) {
    let named = |name: &str, ty: &str| (name.to_owned(), ty.to_owned());
    if argument.starts_with("#{") {
        return named("options", "Map");
    }
    if argument.starts_with('|') {
        return named("function", "FnPtr");
    }
    if argument.starts_with('[') {
        return named("items", "Array");
    }
    if argument.starts_with('"') {
        return named("text", "String");
    }
    let (name, ty) = argument.split_once(':').unwrap_or((argument, "?"));
    let name: String = name.trim().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        (safe(&name), type_name(ty.trim()))
    } else {
        named("value", "?")
    }
}

/// The words of people for types, as editors call them.
fn type_name(word: &str) -> String {
    match word {
        "string" | "text" => "String",
        "array" => "Array",
        "map" => "Map",
        "blob" => "Blob",
        "function" | "closure" => "FnPtr",
        "int" | "integer" | "number" | "whole number" => "int",
        "float" => "float",
        "bool" | "boolean" => "bool",
        "()" | "nothing" => "()",
        other if is_name(other) && other.starts_with(char::is_uppercase) => other,
        _ => "?",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::script::Doc;

    fn calls(name: &'static str, calls: &'static [&'static str]) -> Vec<String> {
        let doc = Doc { name, calls, text: "", example: "" };
        read(&doc).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn calls_are_read_as_people_write_them() {
        assert_eq!(calls("sleep", &["sleep(seconds)"]), ["fn sleep(seconds: ?) -> ();"]);
        assert_eq!(
            calls(
                "csv::read",
                &["csv::read(path) → array", "csv::read(path: string, #{ separator: \";\", a: 1 }) → array"]
            ),
            ["fn read(path: ?) -> Array;", "fn read(path: String, options: Map) -> Array;"]
        );
        assert_eq!(calls("List.take", &["list.take(count) → array"]), ["fn take(list: List, count: ?) -> Array;"]);
        assert_eq!(
            calls("Download.file_name", &["download.file_name → string"]),
            ["fn get file_name(download: Download) -> String;"]
        );
        assert_eq!(
            calls("parallel", &["parallel(items, n, |x, y| …) → array", "parallel([1, 2], [3], \"a, b\", …) → Date"]),
            [
                "fn parallel(items: ?, n: ?, function: FnPtr) -> Array;",
                "fn parallel(items: Array, items2: Array, text: String, value: ?) -> Date;"
            ]
        );
        assert_eq!(calls("date::new", &["date::new(is, is)", "date::new(is, is)"]), ["fn new(is_: ?, is_2: ?) -> ();"]);
    }
}
