//! What a script may reach on this machine and which PBXs it may call.

use std::path::{Path, PathBuf};

/// A kind of thing that a script reaches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    Read,
    Write,
    Env,
    Connect,
}

/// Why a script may not: what it reached for, and the flag that would allow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forbidden {
    pub reach: Reach,
    pub what: String,
    /// `--allow-read=/etc`; with `denied` the flag that forbids it.
    pub flag: String,
    pub denied: bool,
}

/// The permissions of one run.
#[derive(Debug, Clone, Default)]
pub struct Access {}

impl Access {
    /// The path to read from, if the script may.
    pub fn read(&self, path: &Path) -> Result<PathBuf, Forbidden> {
        Ok(path.to_path_buf())
    }

    /// The path to write to, if the script may.
    pub fn write(&self, path: &Path) -> Result<PathBuf, Forbidden> {
        Ok(path.to_path_buf())
    }

    pub fn env(&self, _name: &str) -> Result<(), Forbidden> {
        Ok(())
    }

    /// May it connect to the PBX of this name or host?
    pub fn connect(&self, _name: &str) -> Result<(), Forbidden> {
        Ok(())
    }
}
