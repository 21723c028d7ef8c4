//! What people wrote beside the facts: a line about each resource, other names, what became of operations that are gone, and what
//! the warning codes of a PBX mean.
//!
//! Each file is `name  text`, a line each, `#` for remarks. They are read when first asked for.

use std::sync::OnceLock;

use crate::catalog::{Operation, Resource};

/// `name  text`, without remarks and empty lines.
pub(crate) fn pairs(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .map(|(name, text)| (name, text.trim()))
}

struct Book(OnceLock<Vec<(&'static str, &'static str)>>);

impl Book {
    const fn new() -> Book {
        Book(OnceLock::new())
    }

    fn find(&self, text: &'static str, name: &str) -> Option<&'static str> {
        let sorted = self.0.get_or_init(|| {
            let mut all: Vec<_> = pairs(text).collect();
            all.sort_by_key(|(name, _)| *name);
            all
        });
        let place = sorted.binary_search_by_key(&name, |(name, _)| name).ok()?;
        Some(sorted[place].1)
    }
}

/// One line about a resource (`users`) or an operation (`users.get_monitor_status`).
#[must_use]
pub fn doc(name: &str) -> Option<&'static str> {
    static DOCS: Book = Book::new();
    DOCS.find(include_str!("../../catalog/docs.txt"), name)
}

/// What stands in an example for a key (`users.Id`), a parameter (`periodFrom`) or all arguments (`users.create`).
#[must_use]
pub fn example(name: &str) -> Option<&'static str> {
    static EXAMPLES: Book = Book::new();
    EXAMPLES.find(include_str!("../../catalog/examples.txt"), name)
}

/// The columns that a table of this type has, the most important first.
#[must_use]
pub fn columns(ty: &str) -> Option<&'static str> {
    static COLUMNS: Book = Book::new();
    COLUMNS.find(include_str!("../../catalog/columns.txt"), ty)
}

/// What serves instead of an operation that some releases lack.
#[must_use]
pub fn instead(full_name: &str) -> Option<&'static str> {
    static GONE: Book = Book::new();
    GONE.find(include_str!("../../catalog/instead.txt"), full_name)
}

/// Every pair of names for one operation that merely changed its name between releases, or that 3CX misspelt.
pub fn renamed() -> impl Iterator<Item = (&'static str, &'static str)> {
    pairs(include_str!("../../catalog/renamed.txt"))
}

/// The operations of a resource that answer to a name: the one of that name, and those that are the same under another one.
#[must_use]
pub fn answering<'a>(resource: &'a Resource, name: &str) -> Vec<&'a Operation> {
    let mut names = vec![name];
    names.extend(also_called(resource.name, name));
    names.into_iter().filter_map(|name| resource.operation(name)).collect()
}

/// What else an operation is called, whichever of its names this is.
#[must_use]
pub fn also_called(resource: &str, name: &str) -> Vec<&'static str> {
    let own = |full_name: &'static str| full_name.strip_prefix(resource)?.strip_prefix('.');
    let pairs = renamed().filter_map(|(shown, other)| Some((own(shown)?, other)));
    let others = pairs.filter_map(|(shown, other)| match name {
        name if name == shown => Some(other),
        name if name == other => Some(shown),
        _ => None,
    });
    others.collect()
}

/// The resources that people call so, however they write it: extensions are `users`.
pub fn called(name: &str) -> impl Iterator<Item = &'static str> + use<> {
    meant_by(&name.replace([' ', '_'], "")).filter(|meant| !meant.contains('.'))
}

/// The resources and operations that people mean by a word: `ivr` is `receptionists`.
pub fn meant_by(word: &str) -> impl Iterator<Item = &'static str> + use<> {
    static MEANT: Book = Book::new();
    let word = word.to_lowercase();
    let find = |word: &str| MEANT.find(include_str!("../../catalog/synonyms.txt"), word);
    let found = find(&word).or_else(|| find(word.strip_suffix('s')?)).or_else(|| find(&word.replace([' ', '-'], "")));
    found.into_iter().flat_map(str::split_whitespace)
}

/// The words that people use for resources.
pub fn said() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    let words = pairs(include_str!("../../catalog/synonyms.txt")).map(|(word, _)| word);
    // They stand in order; those of several words are for searches.
    words.filter(move |word| {
        let longer = !last.is_empty() && word.starts_with(last);
        last = if longer { last } else { word };
        !longer
    })
}

/// The resources that people mean by what begins like this: `exten` leads to `users`.
pub fn meant_from(start: &str) -> impl Iterator<Item = &'static str> {
    let start = start.to_lowercase();
    let words = pairs(include_str!("../../catalog/synonyms.txt"));
    let fits = move |(word, _): &(&str, &str)| word.starts_with(&*start) || start.strip_suffix('s') == Some(word);
    words.filter(fits).flat_map(|(_, names)| names.split_whitespace()).filter(|name| !name.contains('.'))
}

/// What a warning code means, and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Warning {
    pub meaning: &'static str,
    pub remedy: &'static str,
}

/// Every warning code with what stands about it.
pub fn warnings() -> impl Iterator<Item = (&'static str, &'static str)> {
    pairs(include_str!("../../catalog/warnings.txt"))
}

/// `WARNINGS.XAPI.ALREADY_IN_USE`. The two parts stand in one line with ` | ` between them.
#[must_use]
pub fn warning(code: &str) -> Option<Warning> {
    static WARNINGS: Book = Book::new();
    let text = WARNINGS.find(include_str!("../../catalog/warnings.txt"), code)?;
    let (meaning, remedy) = text.split_once(" | ")?;
    Some(Warning { meaning, remedy })
}
