//! The functions that this program adds to the language, from what they say about themselves.

use std::fmt::Write;

use crate::bindings;
use crate::kit::{self, dates};
use crate::script::Doc;

/// What every function says about itself, in the order of a reference.
pub fn docs() -> impl Iterator<Item = &'static Doc> {
    bindings::docs().chain(kit::docs())
}

/// The module or type that a function belongs to: `csv` of `csv::read`, `List` of `List.take` and of `List` itself, nothing
/// of `sleep`.
#[must_use]
pub fn group(name: &str) -> Option<&str> {
    let owner = name.rsplit_once("::").or_else(|| name.rsplit_once('.')).map(|(group, _)| group);
    owner.or_else(|| name.starts_with(char::is_uppercase).then_some(name))
}

/// Some functions of one name are described twice, by what they take: `days(from, to)`.
#[must_use]
pub fn short(name: &str) -> &str {
    let name = name.rsplit("::").next().and_then(|name| name.rsplit('.').next()).unwrap_or(name);
    name.split('(').next().unwrap_or(name)
}

/// What stands behind the dot of a value of this type: each name, with a bracket where it is called, and a call.
#[must_use]
pub fn members(ty: &str) -> Vec<(String, String)> {
    let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, call) in docs().filter(|doc| group(doc.name) == Some(ty)).flat_map(Doc::members) {
        match all.iter_mut().find(|(known, _)| *known == name) {
            Some((_, calls)) => calls.push(call),
            None => all.push((name, vec![call])),
        }
    }
    let described = all.iter().map(|(name, calls)| {
        let end = match calls.iter().map(|call| &call[name.len()..]).max_by_key(|rest| rest.len()) {
            Some(rest) if rest.starts_with("()") => "()",
            Some(rest) if rest.starts_with('(') => "(",
            _ => "",
        };
        (format!("{name}{end}"), calls[0].to_owned())
    });
    // Dates tell most of what they have in one text.
    let dates = dates::names(ty).filter(|(name, _)| all.iter().all(|(known, _)| known != name));
    let dates = dates.map(|(name, called)| if called { format!("{name}(") } else { name.to_owned() });
    described.chain(dates.map(|name| (name.clone(), name))).collect()
}

/// The groups with their functions: what stands alone first, then each as it comes.
#[must_use]
pub fn grouped() -> Vec<(Option<&'static str>, Vec<&'static Doc>)> {
    let mut groups: Vec<(Option<&str>, Vec<&Doc>)> = vec![(None, Vec::new())];
    for doc in docs() {
        let group = group(doc.name);
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, own)) => own.push(doc),
            None => groups.push((group, vec![doc])),
        }
    }
    groups
}

/// The whole reference as a page of Markdown.
#[must_use]
pub fn library() -> String {
    let mut page = "# The library\n\n\
        What scripts have beside the operations of a PBX and the [language](https://rhai.rs/book) itself. At the prompt \
        `:help NAME` shows the same, and `:help std/hours` a module that comes with pbxsh. The examples run as they stand: \
        `pbxsh --sandbox -e '…'`.\n"
        .to_owned();
    let mut taken = Vec::new();
    for (group, docs) in grouped().into_iter().filter(|(_, docs)| !docs.is_empty()) {
        let links = docs.iter().map(|doc| link(doc, &mut taken)).collect::<Vec<_>>().join(", ");
        let _ = writeln!(page, "\n- {}: {links}", title(group, &docs));
    }
    for (group, docs) in grouped().into_iter().filter(|(_, docs)| !docs.is_empty()) {
        let _ = writeln!(page, "\n## {}", title(group, &docs));
        for doc in docs {
            let calls = doc.calls.join("\n");
            let _ = write!(page, "\n### `{}`\n\n```\n{calls}\n```\n\n{}\n", doc.name, doc.text);
            let _ = write!(page, "\n```rhai\n{}\n```\n", doc.example.trim());
        }
    }
    page
}

fn title(group: Option<&str>, docs: &[&Doc]) -> String {
    match group {
        None => "Functions".to_owned(),
        Some(group) if group.starts_with(char::is_uppercase) => format!("Type `{group}`"),
        Some(group) if docs.iter().any(|doc| doc.name.contains("::")) => format!("Module `{group}`"),
        Some(group) => format!("`{group}`"),
    }
}

/// A link to a heading, under the name that readers of Markdown make of it; of two with one name the second has a number.
fn link(doc: &Doc, taken: &mut Vec<String>) -> String {
    let name = doc.name.to_lowercase().replace(' ', "-");
    let anchor: String = name.chars().filter(|c| c.is_alphanumeric() || "_-".contains(*c)).collect();
    let before = taken.iter().filter(|known| **known == anchor).count();
    let number = if before == 0 { String::new() } else { format!("-{before}") };
    let link = format!("[`{}`](#{anchor}{number})", doc.name);
    taken.push(anchor);
    link
}
