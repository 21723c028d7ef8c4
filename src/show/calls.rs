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

    /// Reads one way to call what a doc describes; nothing where it is no call of a function of its own, like
    /// `for user in pbx.users.list() { … }`.
    fn of(doc: &Doc, text: &str) -> Option<Call> {
        let (head, result) = text.split_once('→').unwrap_or((text, ""));
        let head = head.trim();
        let (path, inside) = match head.split_once('(') {
            Some((path, rest)) => (path, Some(rest.strip_suffix(')')?)),
            None => (head, None),
        };
        let word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let (owner, is_module) = (group(doc.name), doc.name.contains("::"));
        let (name, receiver) = match (owner, is_module) {
            (Some(module), true) => (path.strip_prefix(module)?.strip_prefix("::")?, None),
            (Some(owner), false) => {
                let (receiver, name) = path.split_once('.')?;
                (name, Some((word(receiver).then(|| safe(&receiver.to_lowercase()))?, owner.to_owned())))
            }
            (None, _) => (path, None),
        };
        if !word(name) || (inside.is_none() && receiver.is_none()) {
            return None;
        }
        let mut parameters: Vec<(String, String)> = receiver.into_iter().collect();
        for argument in arguments(inside.unwrap_or_default()) {
            let (name, ty) = parameter(argument);
            let taken = |name: &String| parameters.iter().any(|(known, _)| known == name);
            let names = std::iter::once(name.clone()).chain((2..).map(|number| format!("{name}{number}")));
            let free = names.into_iter().find(|name| !taken(name)).unwrap_or(name);
            parameters.push((free, ty));
        }
        let result = if result.trim().is_empty() { "?".to_owned() } else { type_name(result.trim()) };
        Some(Call { name: name.to_owned(), is_property: inside.is_none(), parameters, result })
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
    for call in doc.calls.iter().filter_map(|text| Call::of(doc, text)) {
        if !calls.contains(&call) {
            calls.push(call);
        }
    }
    calls
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
        map if map.starts_with("#{") => "Map",
        "blob" => "Blob",
        "function" | "closure" => "FnPtr",
        "int" | "integer" | "whole number" | "how many" => "int",
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
        assert_eq!(calls("sleep", &["sleep(seconds)"]), ["fn sleep(seconds: ?) -> ?;"]);
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
        assert_eq!(
            calls("file::info", &["file::info(is, is) → #{ size, is_folder }"]),
            ["fn info(is_: ?, is_2: ?) -> Map;"]
        );
        assert_eq!(
            calls("days(from, to)", &["days(from, to) → array", "weeks(from, to) → array"]),
            ["fn days(from: ?, to: ?) -> Array;", "fn weeks(from: ?, to: ?) -> Array;"]
        );
        assert_eq!(
            calls("Object.keys", &["object.keys() → array", "object.len() → int"]),
            ["fn keys(object: Object) -> Array;", "fn len(object: Object) -> int;"]
        );
    }

    #[test]
    fn what_is_no_call_of_its_own_is_none() {
        let none: [String; 0] = [];
        assert_eq!(calls("pbx", &["pbx.users.list()"]), none);
        assert_eq!(calls("List", &["for user in pbx.users.list() { … }", "min(a, b)"]), none);
        assert_eq!(calls("List.[]", &["list[0]", "list[-1]"]), none);
        assert_eq!(calls("Object.update", &["pbx.users.update(user)"]), none);
        assert_eq!(calls("options.filter", &["#{ filter: \"Enabled eq true\" }"]), none);
        assert_eq!(calls("Object.properties", &["group.Hours.Type = \"OfficeHours\"", "\"Name\" in group"]), none);
        assert_eq!(calls("Date", &["day - other → Duration"]), none);
    }
}
