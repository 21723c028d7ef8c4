//! What a PBX said about itself, as a file: a few lines about where it is from, then the facts of its one release.
//!
//! The facts are kept and not the tables made from them, so that a newer program with newer facts of its own can still use them.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::catalog::import::Texts;
use crate::catalog::numbers;

/// Whose description it is: how to read it anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Profile,
    /// The PBX of the variables, called by its host.
    Environment,
    Sandbox,
}

impl Origin {
    pub const ALL: [Origin; 3] = [Origin::Profile, Origin::Environment, Origin::Sandbox];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Origin::Profile => "profile",
            Origin::Environment => "environment",
            Origin::Sandbox => "sandbox",
        }
    }
}

/// What stands above the facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// What the PBX is called: the name of its profile, or its host.
    pub name: String,
    pub origin: Origin,
    /// As the PBX names it: `20.0.11.1121`.
    pub version: String,
    /// When it was read, RFC 3339.
    pub imported: String,
}

impl Label {
    /// The release that a version belongs to: its first three numbers.
    #[must_use]
    pub fn release(&self) -> String {
        let [a, b, c] = numbers(&self.version);
        format!("{a}.{b}.{c}")
    }
}

/// The description of one PBX.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub label: Label,
    /// Of one release, called by the first three numbers of the version.
    pub facts: Texts,
}

/// Why a file is no description that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("it was not written by pbxsh")]
    Unknown,
    #[error("it was written by a newer pbxsh")]
    Newer,
    #[error("something is missing at its beginning")]
    Label,
    #[error("it is not as it was written")]
    Changed,
}

const FIRST: &str = "pbxsh description ";
const FORMAT: &str = "1";

impl Kept {
    #[must_use]
    pub fn to_text(&self) -> String {
        let facts = format!("{}\n\n{}", self.facts.operations.trim_end(), self.facts.types);
        let Label { name, origin, version, imported } = &self.label;
        format!(
            "{FIRST}{FORMAT}\nof {} {name}\nversion {version}\nimported {imported}\ndigest {}\n\n{facts}",
            origin.name(),
            digest(&facts),
        )
    }

    pub fn of_text(text: &str) -> Result<Kept, Damage> {
        let (label, written) = label(text)?;
        let (_, facts) = text.split_once("\n\n").ok_or(Damage::Label)?;
        if digest(facts) != written {
            return Err(Damage::Changed);
        }
        // Both halves begin with the line of their releases.
        let half = facts.rfind("\nreleases ").ok_or(Damage::Changed)?;
        let (operations, types) = facts.split_at(half + 1);
        let operations = format!("{}\n", operations.trim_end());
        Ok(Kept { label, facts: Texts { operations, types: types.to_owned(), left_out: Vec::new() } })
    }
}

/// What stands above the facts, and their digest. The text may end behind it.
pub fn label(text: &str) -> Result<(Label, &str), Damage> {
    let mut lines = text.lines();
    match lines.next().and_then(|line| line.strip_prefix(FIRST)) {
        None => return Err(Damage::Unknown),
        Some(FORMAT) => {}
        Some(_) => return Err(Damage::Newer),
    }
    let mut next = |word: &str| lines.next()?.strip_prefix(word)?.strip_prefix(' ');
    let (of, version, imported, digest) = (next("of"), next("version"), next("imported"), next("digest"));
    let of = of.and_then(|of| of.split_once(' '));
    let origin = of.and_then(|(origin, _)| Origin::ALL.into_iter().find(|known| known.name() == origin));
    match (of, origin, version, imported, digest) {
        (Some((_, name)), Some(origin), Some(version), Some(imported), Some(digest)) => {
            let (name, version, imported) = (name.to_owned(), version.to_owned(), imported.to_owned());
            Ok((Label { name, origin, version, imported }, digest))
        }
        _ => Err(Damage::Label),
    }
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
