//! What is wrong in scripts, found without running them.
//!
//! Whether a call is right is decided by the code that decides when it runs ([`Rules`]), with something that fits everywhere in
//! the places of what nobody knows before. This folder knows what stands in a script, what type it has, and where a fault is.
//! A finding that is wrong costs more than one that is missing: what is not certain is not told.
//!
//! [`Rules`]: crate::bindings::Rules

mod allow;
mod calls;
mod chain;
mod finding;
mod kind;
mod literal;
mod loops;
mod names;
mod scope;
mod sources;
mod walk;

pub use finding::{CODES, Fact, Finding, Severity};

use crate::bindings::Rules;
use crate::catalog::{Catalog, Release};
use crate::script::{Session, Source};
use names::{Names, Natives};
use sources::Sources;
use walk::Walk;

/// Functions that change their value where it stands and give back nothing.
pub(crate) const IN_PLACE: [&str; 14] = [
    "append",
    "clear",
    "crop",
    "dedup",
    "insert",
    "make_lower",
    "make_upper",
    "pad",
    "push",
    "replace",
    "reverse",
    "sort",
    "trim",
    "truncate",
];

/// What was found, in the order of files and lines.
pub struct Report {
    pub findings: Vec<Finding>,
    /// How many files were read: the given ones and the modules that they import.
    pub files: usize,
}

/// Reads the sources and what they import, with the operations of one release or, without one, of all.
pub fn check(session: &mut Session, catalog: &'static Catalog, release: Option<Release>, given: &[Source]) -> Report {
    let sources = Sources::read(session, given);
    let rules = Rules::new(catalog, release);
    let natives = Natives::of(session);
    let mut findings = Vec::new();
    for (place, unit) in sources.units.iter().enumerate().filter(|(_, unit)| !unit.is_bundled()) {
        let mut found = unit.findings();
        if let Ok(tree) = &unit.tree {
            let names = Names::of(&natives, sources.around(place));
            found.extend(Walk::findings(rules, &names, &sources, unit, tree));
            found = allow::silence(tree, found);
        }
        found.sort_by_key(|finding| finding.place.as_ref().map_or(0, |place| place.span.start));
        findings.extend(found);
    }
    Report { findings, files: sources.units.iter().filter(|unit| !unit.is_bundled()).count() }
}
