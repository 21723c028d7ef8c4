//! The facts that came with the program and the descriptions that PBXs gave of themselves, as one catalog: each description is
//! one more release.

use std::collections::BTreeMap;

use crate::catalog::import::Texts;
use crate::catalog::kept::Label;
use crate::catalog::text::{FactsError, Line, MOST_RELEASES, parse};
use crate::catalog::tree::{Node, every, print};
use crate::catalog::{Catalog, Release, numbers};

/// As many types can a script have; see `bindings/slots.rs`.
pub const MOST_TYPES: usize = 512;

/// What of a description is not in the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loss {
    /// The facts cannot be read.
    Damaged { name: String, error: FactsError },
    /// There are more different descriptions than a catalog can hold.
    TooMany { name: String },
    /// Types that have no room: objects of them are plain maps.
    Types { names: Vec<String> },
    /// It is an object here and an enum there; what was known first holds.
    Shape { name: String, ty: String },
}

/// The same description of one PBX or of several.
#[derive(Debug, Clone)]
pub struct Shared {
    pub labels: Vec<Label>,
    pub facts: Texts,
}

/// Where the description of a PBX is in the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    pub label: Label,
    pub release: Release,
}

/// A column of the merged facts.
struct Column {
    label: String,
    /// Whose it is, where another one of this release is different.
    of: Option<String>,
}

impl Column {
    fn name(&self) -> String {
        match &self.of {
            None => self.label.clone(),
            Some(of) => format!("{}+{of}", self.label),
        }
    }
}

struct Forest {
    operations: Node,
    types: Node,
    columns: Vec<Column>,
    losses: Vec<Loss>,
}

/// `main` is the PBX that a session is for: its release counts until a PBX tells another.
pub fn merge(built_in: &Texts, kept: Vec<Shared>, main: Option<&str>) -> Result<(Catalog, Vec<Loss>), FactsError> {
    let first = built_in.operations.lines().next().unwrap_or_default();
    let releases = first.strip_prefix("releases ").unwrap_or_default().split(' ');
    let mut forest = Forest {
        operations: Node::read(&built_in.operations)?,
        types: Node::read(&built_in.types)?,
        columns: releases.map(|label| Column { label: label.to_owned(), of: None }).collect(),
        losses: Vec::new(),
    };
    let shipped = forest.columns.len();
    // The order in which descriptions were made must not decide what their releases are called.
    let mut sorted = kept;
    for shared in &mut sorted {
        shared.labels.sort_by_key(|label| (main != Some(&label.name), label.name.clone()));
    }
    sorted.retain(|shared| !shared.labels.is_empty());
    sorted.sort_by_key(|shared| (main != Some(&shared.labels[0].name), shared.labels[0].name.clone()));
    let mut places = Vec::new();
    for shared in sorted {
        if let Some(place) = forest.plant(&shared) {
            places.extend(shared.labels.into_iter().map(|label| (label, place)));
        }
    }
    forest.thin(shipped);
    forest.harvest(shipped, places, main)
}

impl Forest {
    /// Lays a description over the facts; its column.
    fn plant(&mut self, shared: &Shared) -> Option<usize> {
        let first = shared.labels.first()?;
        let (label, name, at) = (first.release(), first.name.clone(), self.columns.len());
        let facts = &shared.facts;
        if at == MOST_RELEASES {
            self.losses.push(Loss::TooMany { name });
            return None;
        }
        // What cannot be read must not spoil the rest. A catalog lives as long as the process, and so does this one.
        if let Err(error) = parse(facts.operations.clone().leak(), facts.types.clone().leak()) {
            self.losses.push(Loss::Damaged { name, error });
            return None;
        }
        let mut shapes = Vec::new();
        let laid = self.operations.lay(&facts.operations, at, resource);
        let laid = laid.and_then(|()| self.types.lay(&facts.types, at, |above, line| shape(above, line, &mut shapes)));
        if let Err(error) = laid {
            self.cut(at);
            self.losses.push(Loss::Damaged { name, error });
            return None;
        }
        self.losses.extend(shapes.into_iter().map(|ty| Loss::Shape { name: name.clone(), ty }));
        let equal: Vec<usize> = (0..at).filter(|other| self.columns[*other].label == label).collect();
        if let Some(same) = equal.iter().find(|other| self.is_same(at, **other)) {
            self.cut(at);
            return Some(*same);
        }
        self.columns.push(Column { label, of: (!equal.is_empty()).then_some(name) });
        Some(at)
    }

    fn each(&mut self, change: &mut impl FnMut(&mut Node)) {
        self.operations.each(change);
        self.types.each(change);
    }

    fn is_same(&mut self, one: usize, other: usize) -> bool {
        let mut same = true;
        self.each(&mut |node| {
            let has = |at: usize| node.releases & (1 << at) != 0;
            same &= node.is_frame() || has(one) == has(other);
        });
        same
    }

    /// Takes a column out again, with what nothing else has.
    fn cut(&mut self, at: usize) {
        self.each(&mut |node| {
            node.releases &= !(1 << at);
            node.children.retain(|child| child.releases & !(1 << at) != 0);
        });
    }

    /// Takes types out until there is room for the rest, and never one that the program came with.
    fn thin(&mut self, shipped: usize) {
        let mut over = self.types.children.len().saturating_sub(MOST_TYPES);
        let mut names = Vec::new();
        let types = std::mem::take(&mut self.types.children);
        let keeps = |node: &Node| node.releases & every(shipped) != 0;
        for node in types.into_iter().rev() {
            if over > 0 && !keeps(&node) {
                over -= 1;
                names.extend(node.line.split(' ').nth(1).map(str::to_owned));
            } else {
                self.types.children.push(node);
            }
        }
        self.types.children.reverse();
        if !names.is_empty() {
            names.sort();
            self.losses.push(Loss::Types { names });
        }
    }

    /// The catalog, its releases in the order of their age.
    fn harvest(
        mut self,
        shipped: usize,
        places: Vec<(Label, usize)>,
        main: Option<&str>,
    ) -> Result<(Catalog, Vec<Loss>), FactsError> {
        let mut order: Vec<usize> = (0..self.columns.len()).collect();
        order.sort_by_key(|at| (numbers(&self.columns[*at].label), self.columns[*at].of.clone()));
        let places_of: BTreeMap<usize, usize> = order.iter().enumerate().map(|(new, old)| (*old, new)).collect();
        let new = |old: usize| places_of.get(&old).copied().unwrap_or_default();
        self.each(&mut |node| {
            let here = (0..MOST_RELEASES).filter(|at| node.releases & (1 << at) != 0);
            node.releases = here.fold(0, |set, at| set | 1 << new(at));
        });
        self.operations.sort();
        self.types.sort();
        // Names of profiles have signs in them that mean something in a set.
        let numbered: Vec<String> = (0..order.len()).map(|at| at.to_string()).collect();
        let numbered: Vec<&str> = numbered.iter().map(String::as_str).collect();
        let leaked = |node: &Node| -> &'static str { print(node, &numbered).leak() };
        let mut catalog = parse(leaked(&self.operations), leaked(&self.types))?;
        let release = |old: usize| Release(new(old) as u8);
        catalog.releases = order.iter().map(|at| -> &'static str { self.columns[*at].name().leak() }).collect();
        catalog.shipped = release(shipped - 1);
        catalog.described =
            places.into_iter().map(|(label, place)| Described { label, release: release(place) }).collect();
        let own = catalog.described.iter().find(|described| Some(described.label.name.as_str()) == main);
        catalog.usual = own.map_or(catalog.shipped, |described| described.release);
        Ok((catalog, self.losses))
    }
}

/// A resource is one, however its tag is written.
fn resource(above: &mut Node, line: &Line) -> Option<String> {
    let known = above.children.iter().find(|known| line.word == "resource" && second(&known.line) == second(line.text));
    Some(known.map_or(line.text, |known| &known.line).to_owned())
}

/// A type is one, too. None where it is something else than before.
fn shape(above: &mut Node, line: &Line, conflicts: &mut Vec<String>) -> Option<String> {
    let known = above.children.iter_mut().find(|known| line.depth == 0 && second(&known.line) == second(line.text));
    let Some(known) = known.filter(|known| known.line != line.text) else { return Some(line.text.to_owned()) };
    if !known.line.starts_with("enum ") || line.word != "enum" {
        conflicts.extend(second(line.text).map(str::to_owned));
        return None;
    }
    // Several values at once are refused by a PBX that takes one.
    known.line = format!("enum {} flags", second(line.text).unwrap_or_default());
    Some(known.line.clone())
}

fn second(line: &str) -> Option<&str> {
    line.split(' ').nth(1)
}
