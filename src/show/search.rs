//! `:ops WORDS`: operations by what they are about, in people's own words.

use crate::catalog::overlay::{doc, meant_by};
use crate::catalog::{Kind, Operation};
use crate::show::help::{Help, plain};
use crate::show::text;

/// The most operations that anybody reads.
const MOST: usize = 30;

/// What people say for the names of operations.
const VERBS: [(&str, &[&str]); 6] = [
    ("create", &["add", "new", "make"]),
    ("delete", &["remove", "erase"]),
    ("update", &["change", "edit", "set", "modify", "rename"]),
    ("list", &["show", "all", "find", "search"]),
    ("get", &["show", "read", "one"]),
    ("download", &["export", "csv", "save"]),
];

/// A word and what else it may mean.
struct Word {
    /// In lower case, without the `s` of the plural.
    text: String,
    resources: Vec<&'static str>,
    verbs: Vec<&'static str>,
}

impl Word {
    fn new(given: &str) -> Word {
        let lower = given.to_lowercase();
        let resources = meant_by(&lower).collect();
        let text = lower.strip_suffix('s').filter(|stem| stem.len() > 2).unwrap_or(&lower).to_owned();
        let means = |(_, words): &&(&str, &[&str])| words.contains(&lower.as_str());
        Word { resources, verbs: VERBS.iter().filter(means).map(|(name, _)| *name).collect(), text }
    }

    /// How far an operation is from what the word says; nothing if it has not to do with it.
    fn distance(&self, operation: &Operation, described: &Described) -> Option<usize> {
        let meant = self.resources.iter().position(|resource| *resource == operation.resource);
        if meant == Some(0) || self.verbs.contains(&operation.name) {
            return Some(0);
        }
        if described.name.contains(&self.text) || self.verbs.iter().any(|verb| operation.name.starts_with(verb)) {
            return Some(1);
        }
        let nearness = [meant.is_some(), described.own.contains(&self.text), described.resource.contains(&self.text)];
        nearness.iter().position(|near| *near).map(|at| at + 2)
    }
}

/// All that is said about an operation, in lower case.
struct Described {
    name: String,
    own: String,
    resource: String,
}

impl Described {
    fn of(operation: &Operation) -> Described {
        let name = operation.full_name();
        let own = doc(&name).or_else(|| plain(operation)).unwrap_or_default().to_lowercase();
        Described {
            own,
            resource: doc(operation.resource).unwrap_or_default().to_lowercase(),
            name: name.to_lowercase(),
        }
    }
}

impl Help<'_> {
    /// The operations that have to do with all the words, the nearest first; if none has, those with most of them.
    #[must_use]
    pub fn search(&self, words: &str) -> String {
        let words: Vec<Word> = words.split_whitespace().map(Word::new).collect();
        let mut found: Vec<(usize, usize, &Operation)> = Vec::new();
        for operation in self.catalog.operations() {
            let described = Described::of(operation);
            let distances: Vec<usize> = words.iter().filter_map(|word| word.distance(operation, &described)).collect();
            let missing = words.len() - distances.len();
            if !distances.is_empty() {
                found.push((missing, distances.iter().sum::<usize>() * 10 + usual(operation), operation));
            }
        }
        found.sort_by_key(|(missing, distance, _)| (*missing, *distance));
        let least = found.first().map_or(0, |(missing, ..)| *missing);
        found.retain(|(missing, ..)| *missing == least);
        let said = || words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        if found.is_empty() {
            return format!("no operation has {} in its name or description", said());
        }
        let mut page = Vec::new();
        if least > 0 {
            page.push(text::dim(
                "no operation has to do with all of these words; these have to do with some",
                self.how.colour,
            ));
        }
        let shown: Vec<&Operation> = found.iter().take(MOST).map(|(.., operation)| *operation).collect();
        page.extend(self.lines(&shown));
        if found.len() > MOST {
            page.push(text::dim(&format!("and {} more", found.len() - MOST), self.how.colour));
        }
        page.join("\n")
    }

    fn lines(&self, operations: &[&Operation]) -> Vec<String> {
        let lengths = operations.iter().map(|it| it.full_name().len());
        let wide = lengths.filter(|length| *length <= self.how.prose() / 3).max().unwrap_or(0);
        let line = |operation: &&Operation| {
            let name = operation.full_name();
            let about = doc(&name).or_else(|| plain(operation)).or_else(|| doc(operation.resource)).unwrap_or_default();
            if self.how.plain {
                return self.how.pair(&name, 0, about);
            }
            let line = format!("{}  {about}", text::pad(&name, wide));
            if text::width(&line) <= self.how.width.min(wide + 2 + self.how.prose()) {
                return line;
            }
            format!("{name}\n    {}", text::wrap(about, self.how.prose(), 4))
        };
        operations.iter().map(line).collect()
    }
}

/// Among equals, what is done every day stands first.
pub(super) fn usual(operation: &Operation) -> usize {
    match operation.newest().kind {
        Kind::List => 0,
        Kind::Get => 1,
        Kind::ByNumber => 2,
        Kind::Create => 3,
        Kind::Update => 4,
        Kind::Delete => 5,
        _ => 6,
    }
}
