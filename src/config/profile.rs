//! Profiles as values.

use std::path::PathBuf;
use std::time::Duration;

use crate::client::Fingerprint;
use crate::config::Fault;

/// One PBX and how to reach it. Its secret is elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub name: String,
    pub url: String,
    pub client_id: String,
    pub tags: Vec<String>,
    pub trust: Trust,
    pub connect_timeout: Option<Duration>,
    pub request_timeout: Option<Duration>,
    /// Nothing on this PBX is to be changed.
    pub read_only: bool,
    pub secret: Kept,
}

/// Where the secret of a profile is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kept {
    /// In a file that only its owner can read.
    #[default]
    File,
    Keyring,
}

impl Kept {
    /// As it stands in the file of profiles.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kept::File => "file",
            Kept::Keyring => "keyring",
        }
    }
}

/// Whose certificate is believed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Trust {
    /// Those that the operating system believes.
    #[default]
    System,
    /// Those, and what the certificates in this file vouch for.
    CaCert(PathBuf),
    /// This one alone.
    Pin(Fingerprint),
    /// Anybody's.
    Insecure,
}

/// All profiles, in the order of their file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profiles {
    pub all: Vec<Profile>,
    /// The one that is meant where none is named.
    pub default: Option<String>,
}

impl Profiles {
    /// The profile of this name.
    pub fn find(&self, name: &str) -> Result<&Profile, Fault> {
        let found = self.all.iter().find(|profile| profile.name == name);
        found.ok_or_else(|| Fault::UnknownProfile { name: name.to_owned(), known: self.names(), variable: None })
    }

    /// The profiles that have a tag. A tag that none has is a mistake.
    pub fn tagged(&self, tag: &str) -> Result<Vec<&Profile>, Fault> {
        let found: Vec<&Profile> =
            self.all.iter().filter(|profile| profile.tags.iter().any(|known| known == tag)).collect();
        if found.is_empty() {
            let mut known: Vec<String> = self.all.iter().flat_map(|profile| profile.tags.iter().cloned()).collect();
            known.sort();
            known.dedup();
            return Err(Fault::UnknownTag { tag: tag.to_owned(), known });
        }
        Ok(found)
    }

    #[must_use]
    pub fn is_default(&self, name: &str) -> bool {
        self.default.as_deref() == Some(name)
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.all.iter().map(|profile| profile.name.clone()).collect()
    }

    /// May a profile be added under this name? Names that differ in capitals alone are one on some file systems.
    pub(super) fn check_new(&self, name: &str) -> Result<(), Fault> {
        check_name(name)?;
        match self.all.iter().find(|profile| profile.name.eq_ignore_ascii_case(name)) {
            Some(there) => Err(Fault::Duplicate { name: there.name.clone() }),
            None => Ok(()),
        }
    }
}

/// Can a profile be called so? The name stands on command lines, in prompts and in the name of a file, and scripts tell a
/// simulated PBX from a profile by it.
pub fn check_name(name: &str) -> Result<(), Fault> {
    const LONGEST: usize = 64;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if !begins || name.len() > LONGEST || !name.chars().all(fits) {
        return Err(Fault::BadName { name: name.to_owned() });
    }
    if name.get(..7).is_some_and(|begin| begin.eq_ignore_ascii_case("sandbox")) {
        return Err(Fault::Reserved { name: name.to_owned() });
    }
    Ok(())
}
