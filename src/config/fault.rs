//! What can be wrong with profiles, as facts.

use std::path::PathBuf;

use crate::code::Code;
use crate::config::Mute;

/// Why a profile, or all of them, cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nobody knows where settings are kept on this machine.
    NoFolder {
        reason: String,
    },
    /// A file of the configuration, or one that it names, that cannot be read or written.
    File {
        path: PathBuf,
        reason: String,
    },
    /// The file is no TOML.
    Syntax {
        path: PathBuf,
        line: usize,
        reason: String,
    },
    /// Something in the file is wrong; `profile` is none at the top of it.
    Entry {
        path: PathBuf,
        line: usize,
        profile: Option<String>,
        wrong: Wrong,
    },
    UnknownProfile {
        name: String,
        known: Vec<String>,
        /// The variable of the environment that names it, if one does.
        variable: Option<&'static str>,
    },
    UnknownTag {
        tag: String,
        known: Vec<String>,
    },
    /// A profile of this name is there already.
    Duplicate {
        name: String,
    },
    /// What no profile can be called.
    BadName {
        name: String,
    },
    /// A name that means something else.
    Reserved {
        name: String,
    },
    /// A profile without its secret.
    NoSecret {
        name: String,
        path: PathBuf,
    },
    /// A profile whose secret should be in the keyring, and is not.
    NotInKeyring {
        name: String,
    },
    /// The secret is in the keyring, and that does not answer.
    MuteKeyring {
        name: String,
        why: Mute,
    },
    /// A secret was to go into the keyring, and there is none that answers.
    NoKeyring {
        why: Mute,
    },
    /// Others can read the secret; `mode` as `chmod` takes it.
    OpenSecret {
        path: PathBuf,
        mode: u32,
    },
}

/// What is wrong in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    Unknown {
        key: String,
        known: &'static [&'static str],
    },
    /// A secret does not belong here.
    Secret {
        key: String,
    },
    Missing {
        key: &'static str,
    },
    Type {
        key: String,
        expected: &'static str,
        given: &'static str,
    },
    Url {
        url: String,
    },
    Pin {
        given: String,
    },
    Seconds {
        key: &'static str,
        given: String,
    },
    /// Two that say different things about trust.
    Both {
        one: &'static str,
        other: &'static str,
    },
    Name {
        name: String,
    },
    Reserved {
        name: String,
    },
    /// Two names that differ in capitals only: their secrets would be in one file.
    Twice {
        name: String,
    },
    /// The default is no profile.
    Default {
        name: String,
        known: Vec<String>,
    },
}

impl Fault {
    /// The same where a variable of the environment chose the profile: nobody sees it on the command line.
    #[must_use]
    pub fn named_by(mut self, name: &'static str) -> Fault {
        if let Fault::UnknownProfile { variable, .. } = &mut self {
            *variable = Some(name);
        }
        self
    }

    /// The kind of fault.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Fault::NoFolder { .. } | Fault::Syntax { .. } | Fault::Entry { .. } => Code::BadConfiguration,
            Fault::File { .. } => Code::File,
            Fault::UnknownProfile { .. } => Code::UnknownProfile,
            Fault::UnknownTag { .. } => Code::UnknownTag,
            Fault::Duplicate { .. } => Code::DuplicateProfile,
            Fault::BadName { .. } | Fault::Reserved { .. } => Code::BadProfileName,
            Fault::NoSecret { .. } | Fault::NotInKeyring { .. } => Code::NoSecret,
            Fault::MuteKeyring { .. } | Fault::NoKeyring { .. } => Code::Keyring,
            Fault::OpenSecret { .. } => Code::OpenSecret,
        }
    }
}
