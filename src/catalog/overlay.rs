//! What people wrote beside the facts: a line about each resource, what became of operations that are gone, and what the
//! warning codes of a PBX mean.
//!
//! Each file is `name  text`, a line each, `#` for remarks. They are read when first asked for.

use std::sync::OnceLock;

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

/// The other name of an operation that merely changed its name between releases, or that 3CX misspelt.
#[must_use]
pub fn other_name(full_name: &str) -> Option<&'static str> {
    static RENAMED: Book = Book::new();
    RENAMED.find(include_str!("../../catalog/renamed.txt"), full_name)
}

/// Every pair of names for one operation.
pub fn renamed() -> impl Iterator<Item = (&'static str, &'static str)> {
    pairs(include_str!("../../catalog/renamed.txt"))
}

/// The resources that people mean by a word: `ivr` is `receptionists`.
pub fn meant_by(word: &str) -> impl Iterator<Item = &'static str> {
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
