//! `:ops WORDS`: operations by what they are about, in people's own words.

use crate::catalog::overlay::{doc, meant_by};
use crate::catalog::{Body, Catalog, Kind, Operation, Property, Ty};
use crate::show::help::{Help, plain};
use crate::show::text;

/// The most operations that anybody reads.
const MOST: usize = 15;

/// What people say for the names of operations.
const VERBS: [(&str, &[&str]); 11] = [
    ("create", &["add", "new", "make"]),
    ("delete", &["remove", "erase"]),
    ("purge", &["empty", "clean", "delete"]),
    ("update", &["change", "edit", "set", "modify", "rename", "assign"]),
    ("list", &["show", "all", "find", "search", "which"]),
    ("get", &["show", "read", "one"]),
    ("download", &["export", "csv", "save"]),
    ("export", &["download", "csv", "save"]),
    ("regenerate", &["reset", "new"]),
    ("refresh", &["renew", "again"]),
    ("reboot", &["restart"]),
];

/// What stands in questions and is about nothing.
const FILLING: [&str; 38] = [
    "a", "an", "and", "are", "at", "by", "can", "do", "does", "for", "from", "has", "have", "how", "i", "in", "into",
    "is", "it", "its", "me", "my", "of", "on", "or", "our", "that", "the", "their", "there", "this", "to", "was",
    "what", "when", "who", "with", "3cx",
];

/// Words that people write together, at most.
const TOGETHER: usize = 3;

/// What an operation and a word have in common, from nothing to the resource that the word is another name of.
mod weight {
    pub(super) const NAMED: usize = 18;
    pub(super) const MEANT: [usize; 3] = [14, 10, 8];
    pub(super) const NAME: [usize; 2] = [12, 10];
    pub(super) const RESOURCE: [usize; 2] = [10, 8];
    pub(super) const VERB: [usize; 2] = [10, 8];
    pub(super) const OWN: [usize; 2] = [6, 5];
    pub(super) const ABOUT: [usize; 2] = [4, 3];
    /// For one word that names a property, and for each of several.
    pub(super) const PROPERTY: [usize; 2] = [2, 7];
}

#[derive(Clone, Copy)]
struct Weight {
    best: usize,
    text: usize,
}

/// A word, or some that are one name, and what else that may mean.
struct Term {
    words: Vec<String>,
    /// Resources, and operations with a dot.
    meant: Vec<&'static str>,
    verbs: Vec<&'static str>,
}

impl Term {
    /// The words of a question: those that mean something together are one term.
    fn all(words: &str) -> Vec<Term> {
        let lower = words.to_lowercase();
        let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let mut terms = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let together = (2..=TOGETHER)
                .rev()
                .find(|count| words.get(at..at + count).is_some_and(|some| !meant(&some.concat()).is_empty()));
            let count = together.unwrap_or(1);
            if count > 1 || !FILLING.contains(&words[at]) {
                terms.push(Term::new(&words[at..at + count]));
            }
            at += count;
        }
        // Who asks for nothing else means them.
        if terms.is_empty() { words.iter().map(|word| Term::new(&[word])).collect() } else { terms }
    }

    fn new(words: &[&str]) -> Term {
        let verb = |(_, said): &&(&str, &[&str])| words.len() == 1 && said.contains(&words[0]);
        Term {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            meant: meant(&words.concat()),
            verbs: VERBS.iter().filter(verb).map(|(name, _)| *name).collect(),
        }
    }

    /// How much an operation has to do with it, by its best reason and by what is said about it.
    fn weight(&self, operation: &Operation, said: &Said) -> Weight {
        let name = |it: &&str| *it == said.name || *it == operation.resource;
        let meant = match self.meant.iter().position(name) {
            Some(at) if self.meant[at].contains('.') => weight::NAMED,
            Some(at) => weight::MEANT[at.min(weight::MEANT.len() - 1)],
            None => 0,
        };
        let verb = |verb: &&str| match said.own.iter().position(|word| word == verb) {
            Some(_) if said.own.len() == 1 => weight::VERB[0],
            Some(_) => weight::VERB[1],
            None => 0,
        };
        let verb = self.verbs.iter().map(verb).max().unwrap_or(0);
        let text = self.words.iter().map(|word| said.weight(word)).min().unwrap_or(0);
        let text = if meant > 0 && said.reads { text.max(weight::NAME[0]) } else { text };
        Weight { best: meant.max(verb).max(text), text }
    }
}

/// What a name means, words written together: what stands among the synonyms, and the resource that is called so.
fn meant(name: &str) -> Vec<&'static str> {
    let verb = VERBS.iter().any(|(verb, _)| *verb == name);
    let called = |known: &str| {
        let known = known.replace('_', "");
        known == name || (!verb && known.strip_suffix('s') == Some(name))
    };
    let resources = Catalog::known().resources.iter().map(|resource| resource.name).filter(|known| called(known));
    let mut all: Vec<&str> = resources.collect();
    all.extend(meant_by(name));
    all
}

/// Is a word of a text the one that was asked for, or one of its forms?
fn fits(known: &str, wanted: &str) -> Option<usize> {
    if known == wanted || known.strip_suffix('s') == Some(wanted) || wanted.strip_suffix('s') == Some(known) {
        return Some(0);
    }
    let stem = ["ing", "ed", "es", "s"].iter().find_map(|end| wanted.strip_suffix(end).filter(|stem| stem.len() > 3));
    let begins = wanted.len() > 2 && known.starts_with(stem.unwrap_or(wanted));
    // `transcription` and `transcribe`.
    let common = known.bytes().zip(wanted.bytes()).take_while(|(one, other)| one == other).count();
    let related = common > 5 && common * 5 >= known.len().max(wanted.len()) * 3;
    (begins || related).then_some(1)
}

/// All that is said about an operation, as words.
struct Said {
    name: String,
    own: Vec<String>,
    resource: Vec<String>,
    line: Vec<String>,
    about: Vec<String>,
    /// It reads what the resource is, and that stands in no other part of its name.
    reads: bool,
    /// The properties that it sets, each in its words.
    properties: Vec<(Vec<String>, &'static str)>,
}

fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// `OutboundCallerID` is what is searched as `outbound`, `caller` and `id`.
fn parts(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut capital = true;
    for c in name.chars() {
        match parts.last_mut() {
            Some(last) if capital || !c.is_uppercase() => last.extend(c.to_lowercase()),
            _ => parts.push(c.to_lowercase().collect()),
        }
        capital = c.is_uppercase();
    }
    parts
}

impl Said {
    fn of(operation: &Operation) -> Said {
        let name = operation.full_name();
        Said {
            own: words(operation.name),
            resource: words(operation.resource),
            line: words(doc(&name).unwrap_or_default()),
            about: words(doc(operation.resource).unwrap_or_default()),
            reads: matches!(operation.newest().kind, Kind::List | Kind::Get),
            properties: written(operation).iter().map(|it| (parts(it.name), it.name)).collect(),
            name,
        }
    }

    fn weight(&self, wanted: &str) -> usize {
        let places = [
            (&self.own, weight::NAME),
            (&self.resource, if self.reads { weight::NAME } else { weight::RESOURCE }),
            (&self.line, weight::OWN),
            (&self.about, weight::ABOUT),
        ];
        let near = |known: &Vec<String>| known.iter().filter_map(|known| fits(known, wanted)).min();
        let said = places.iter().filter_map(|(words, weights)| near(words).map(|near| weights[near])).max();
        said.unwrap_or(0)
    }

    /// The property that most of the terms are about, and which they are.
    fn property(&self, terms: &[Term]) -> Option<(&'static str, Vec<usize>)> {
        let near = |parts: &[String], term: &Term| -> Option<usize> {
            term.words.iter().map(|word| parts.iter().filter_map(|part| fits(part, word)).min()).sum()
        };
        let all = self.properties.iter().map(|(parts, name)| {
            let near: Vec<(usize, usize)> =
                terms.iter().enumerate().filter_map(|(at, term)| Some((at, near(parts, term)?))).collect();
            let far: usize = near.iter().map(|(_, near)| near).sum();
            ((usize::MAX - near.len(), far, parts.len()), *name, near)
        });
        let (_, name, near) = all.filter(|(.., near)| !near.is_empty()).min_by_key(|(order, ..)| *order)?;
        Some((name, near.into_iter().map(|(at, _)| at).collect()))
    }
}

/// What an update can set.
fn written(operation: &Operation) -> &'static [Property] {
    let variant = operation.newest();
    let entity = variant.releases.last().and_then(|release| variant.entity(release));
    match (&variant.body, entity) {
        (Body::Entity(_), Some(Ty::Named(name))) if variant.kind == Kind::Update => Catalog::known().properties(name),
        _ => &[],
    }
}

/// An operation that was found.
struct Found<'a> {
    operation: &'a Operation,
    said: Said,
    /// For each term.
    weights: Vec<Weight>,
    /// The property of it that is asked for.
    property: Option<&'static str>,
    score: f64,
}

impl Help<'_> {
    /// The operations that have to do with the words, the nearest first.
    #[must_use]
    pub fn search(&self, asked: &str) -> String {
        let terms = Term::all(asked);
        let mut found = self.found(&terms);
        let Some(best) = found.first() else {
            return format!("no operation has to do with {}", asked.split_whitespace().collect::<Vec<_>>().join(" "));
        };
        let missing = best.weights.iter().any(|weight| weight.best == 0);
        // What has far less to do with it is no answer.
        let least = best.score / 2.0;
        found.retain(|it| it.score >= least);
        let mut page = Vec::new();
        if missing {
            page.push(text::dim(
                "no operation has to do with all of these words; these have to do with some",
                self.how.colour,
            ));
        }
        page.extend(self.lines(&found[..found.len().min(MOST)]));
        if found.len() > MOST {
            page.push(text::dim(&format!("and {} more", found.len() - MOST), self.how.colour));
        }
        page.join("\n")
    }

    /// The best first. A word that few operations have to do with says more than one that fits many.
    fn found(&self, terms: &[Term]) -> Vec<Found<'_>> {
        let mut found: Vec<Found> = Vec::new();
        for operation in self.catalog.operations() {
            let said = Said::of(operation);
            let mut weights: Vec<Weight> = terms.iter().map(|term| term.weight(operation, &said)).collect();
            let property = said.property(terms).and_then(|(name, fitting)| {
                let worth = weight::PROPERTY[usize::from(fitting.len() > 1)];
                let better: Vec<usize> = fitting.into_iter().filter(|at| weights[*at].best < worth).collect();
                better.iter().for_each(|at| weights[*at].best = worth);
                (!better.is_empty()).then_some(name)
            });
            if weights.iter().any(|weight| weight.best > 0) {
                found.push(Found { operation, said, weights, property, score: 0.0 });
            }
        }
        let all = self.catalog.operations().count() as f64;
        let rare =
            |at: usize| (all / (1.0 + found.iter().filter(|it| it.weights[at].best > 0).count() as f64)).ln().max(0.2);
        let rare: Vec<f64> = (0..terms.len()).map(rare).collect();
        for it in &mut found {
            let score = |(weight, rare): (&Weight, &f64)| (4 * weight.best + weight.text) as f64 * rare;
            let all_of_it = it.weights.iter().filter(|weight| weight.best > 0).count() as f64 / terms.len() as f64;
            it.score = it.weights.iter().zip(&rare).map(score).sum::<f64>() * all_of_it;
        }
        let order = |it: &Found| (-it.score, usual(it.operation), it.said.own.len());
        found.sort_by(|one, other| order(one).partial_cmp(&order(other)).unwrap_or(std::cmp::Ordering::Equal));
        found
    }

    fn lines(&self, found: &[Found]) -> Vec<String> {
        let lengths = found.iter().map(|it| it.said.name.len());
        let wide = lengths.filter(|length| *length <= self.how.prose() / 3).max().unwrap_or(0);
        let mut told: Vec<&str> = Vec::new();
        let line = |it: &Found| {
            let name = &it.said.name;
            // What a resource is stands there once.
            let again = told.contains(&it.operation.resource);
            told.push(it.operation.resource);
            let about = it.about(again);
            if self.how.plain {
                return self.how.pair(name, 0, &about);
            }
            let line = format!("{}  {about}", text::pad(name, wide));
            if text::width(&line) <= self.how.width.min(wide + 2 + self.how.prose()) {
                return line;
            }
            format!("{name}\n    {}", text::wrap(&about, self.how.prose(), 4))
        };
        found.iter().map(line).collect()
    }
}

impl Found<'_> {
    /// What it does; where only a property of it fits, which.
    fn about(&self, again: bool) -> String {
        let operation = self.operation;
        if let Some(property) = self.property {
            let variant = operation.newest();
            let entity = variant.releases.last().and_then(|release| variant.entity(release));
            return entity.map_or_else(|| property.to_owned(), |ty| format!("{ty}.{property}"));
        }
        let own = doc(&self.said.name).filter(|_| again || !self.said.reads);
        let resource = || doc(operation.resource).filter(|_| !again);
        own.or_else(resource).or_else(|| plain(operation)).unwrap_or_default().to_owned()
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
