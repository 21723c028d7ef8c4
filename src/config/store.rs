//! The folder in which profiles are kept, and with it where their secrets are.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::SecretString;

use crate::client::{self, Interrupt, Proxies};
use crate::config::keyring::NoKeyring;
use crate::config::{Fault, Kept, Keyring, Mute, Profile, Profiles, Trust, edit, file, secrets};
use crate::disk;

#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
    keyring: Arc<dyn Keyring>,
    proxies: Proxies,
}

/// Where a secret is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the keyring where one answers, else in a file.
    Auto,
    Keyring,
    File,
}

/// Where a secret went.
#[derive(Debug, PartialEq, Eq)]
pub struct Stored {
    pub kept: Kept,
    /// Why it did not go into the keyring, which would have been better.
    pub instead: Option<Mute>,
    /// Why a copy is still in the keyring, which is wanted no more.
    pub left: Option<Mute>,
}

impl Store {
    /// The folder need not be there.
    #[must_use]
    pub fn new(folder: PathBuf) -> Store {
        Store { folder, keyring: Arc::new(NoKeyring(Mute::Absent)), proxies: Proxies::default() }
    }

    #[must_use]
    pub fn with_keyring(self, keyring: impl Keyring + 'static) -> Store {
        Store { keyring: Arc::new(keyring), ..self }
    }

    #[must_use]
    pub fn with_proxies(self, proxies: Proxies) -> Store {
        Store { proxies, ..self }
    }

    /// The file with the profiles.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.folder.join("config.toml")
    }

    /// The file with the secret of a profile.
    #[must_use]
    pub fn secret_file(&self, name: &str) -> PathBuf {
        self.secrets().join(name)
    }

    fn secrets(&self) -> PathBuf {
        self.folder.join("secrets")
    }

    /// All profiles; none where there is no file.
    pub fn profiles(&self) -> Result<Profiles, Fault> {
        file::read(&self.text()?, &self.file())
    }

    /// Whose secret it is, for the keyring: profiles of another folder can have the same name.
    fn key(&self, name: &str) -> String {
        format!("{name} of {}", self.folder.display())
    }

    pub fn secret(&self, profile: &Profile) -> Result<SecretString, Fault> {
        let name = profile.name.clone();
        match profile.secret {
            Kept::File => {
                let path = self.secret_file(&name);
                secrets::read(&path)?.ok_or(Fault::NoSecret { name, path })
            }
            Kept::Keyring => match self.keyring.get(&self.key(&name)) {
                Ok(found) => found.ok_or(Fault::NotInKeyring { name }),
                Err(why) => Err(Fault::MuteKeyring { name, why }),
            },
        }
    }

    fn put(&self, name: &str, secret: &SecretString, place: Place) -> Result<Stored, Fault> {
        let instead = match place {
            Place::File => None,
            Place::Keyring | Place::Auto => match self.keyring.set(&self.key(name), secret) {
                Ok(()) => return Ok(Stored { kept: Kept::Keyring, instead: None, left: None }),
                Err(why) if place == Place::Keyring => return Err(Fault::NoKeyring { why }),
                Err(why) => Some(why),
            },
        };
        secrets::write(&self.secret_file(name), secret)?;
        Ok(Stored { kept: Kept::File, instead, left: None })
    }

    /// Takes a secret away; why it is still there, if the keyring does not answer.
    fn drop_secret(&self, name: &str, kept: Kept) -> Result<Option<Mute>, Fault> {
        match kept {
            Kept::File => secrets::remove(&self.secret_file(name)).map(|()| None),
            Kept::Keyring => Ok(self.keyring.remove(&self.key(name)).err()),
        }
    }

    /// The files with secrets that others can read.
    #[must_use]
    pub fn open_secrets(&self) -> Vec<PathBuf> {
        secrets::open_ones(&self.secrets())
    }

    /// Gives a profile a new secret, in another place if one is named; nothing of the old one is left.
    pub fn set_secret(&self, name: &str, secret: &SecretString, place: Option<Place>) -> Result<Stored, Fault> {
        let _held = self.hold()?;
        let before = self.profiles()?.find(name)?.secret;
        let same = match before {
            Kept::File => Place::File,
            Kept::Keyring => Place::Keyring,
        };
        let stored = self.put(name, secret, place.unwrap_or(same))?;
        if stored.kept == before {
            return Ok(stored);
        }
        // A run that reads in this moment finds the one or the other.
        if let Err(fault) = self.change(|text| edit::set_kept(text, name, stored.kept)) {
            self.drop_secret(name, stored.kept)?;
            return Err(fault);
        }
        Ok(Stored { left: self.drop_secret(name, before)?, ..stored })
    }

    /// May a profile be added under this name?
    pub fn check_new(&self, name: &str) -> Result<(), Fault> {
        self.profiles()?.check_new(name)
    }

    pub fn add(&self, profile: &Profile, secret: &SecretString, place: Place, default: bool) -> Result<Stored, Fault> {
        let _held = self.hold()?;
        self.check_new(&profile.name)?;
        // The secret first: a profile without one would be no good.
        let stored = self.put(&profile.name, secret, place)?;
        let profile = Profile { secret: stored.kept, ..profile.clone() };
        if let Err(fault) = self.change(|text| edit::add(text, &profile, default)) {
            self.drop_secret(&profile.name, stored.kept)?;
            return Err(fault);
        }
        Ok(stored)
    }

    /// Removes a profile with its secret; why that is still in the keyring, if it is.
    pub fn remove(&self, name: &str) -> Result<Option<Mute>, Fault> {
        let _held = self.hold()?;
        let kept = self.profiles()?.find(name)?.secret;
        self.change(|text| edit::remove(text, name))?;
        self.drop_secret(name, kept)
    }

    /// Calls a profile by another name; why its secret is under the old one too, if the keyring kept it.
    pub fn rename(&self, old: &str, new: &str) -> Result<Option<Mute>, Fault> {
        let _held = self.hold()?;
        let mut profiles = self.profiles()?;
        let kept = profiles.find(old)?.secret;
        // Capitals alone may change.
        profiles.all.retain(|profile| profile.name != old || old == new);
        profiles.check_new(new)?;
        if kept == Kept::File && old.eq_ignore_ascii_case(new) {
            // Where capitals make no difference, both names are one file.
            self.change(|text| edit::rename(text, old, new))?;
            return secrets::rename(&self.secret_file(old), &self.secret_file(new)).map(|()| None);
        }
        // The secret first, so that whoever is interrupted has it under both names and not under none.
        let mute = |why| Fault::MuteKeyring { name: old.to_owned(), why };
        match kept {
            Kept::File => secrets::copy(&self.secret_file(old), &self.secret_file(new))?,
            Kept::Keyring => {
                if let Some(secret) = self.keyring.get(&self.key(old)).map_err(mute)? {
                    self.keyring.set(&self.key(new), &secret).map_err(mute)?;
                }
            }
        }
        if let Err(fault) = self.change(|text| edit::rename(text, old, new)) {
            self.drop_secret(new, kept)?;
            return Err(fault);
        }
        self.drop_secret(old, kept)
    }

    pub fn set_default(&self, name: &str) -> Result<(), Fault> {
        let _held = self.hold()?;
        self.profiles()?.find(name)?;
        self.change(|text| edit::set_default(text, name))
    }

    /// What the client is told about the PBX of a profile.
    pub fn settings(&self, profile: &Profile, interrupt: &Interrupt) -> Result<client::Settings, Fault> {
        self.settings_with(profile, self.secret(profile)?, interrupt)
    }

    /// The same with a secret that is not kept, or not yet.
    pub fn settings_with(
        &self,
        profile: &Profile,
        secret: SecretString,
        interrupt: &Interrupt,
    ) -> Result<client::Settings, Fault> {
        let trust = match &profile.trust {
            Trust::System => client::Trust::System,
            Trust::CaCert(path) => {
                client::Trust::Also { pem: fs::read(path).map_err(|error| secrets::failed(path, &error))? }
            }
            Trust::Pin(pin) => client::Trust::Pinned(*pin),
            Trust::Insecure => client::Trust::Anyone,
        };
        let usual = client::Settings::new(&profile.url, &profile.client_id, secret);
        Ok(client::Settings {
            timeouts: client::Timeouts {
                connect: profile.connect_timeout.unwrap_or(usual.timeouts.connect),
                answer: profile.request_timeout.unwrap_or(usual.timeouts.answer),
                ..usual.timeouts
            },
            interrupt: interrupt.clone(),
            trust,
            proxies: self.proxies.clone(),
            ..usual
        })
    }

    fn text(&self) -> Result<String, Fault> {
        match fs::read_to_string(self.file()) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
            Err(error) => Err(secrets::failed(&self.file(), &error)),
        }
    }

    fn change(&self, edit: impl FnOnce(&str) -> Result<String, edit::Odd>) -> Result<(), Fault> {
        let path = self.file();
        let text = edit(&self.text()?).map_err(|reason| Fault::File { path: path.clone(), reason })?;
        // What could not be read again is not written.
        file::read(&text, &path)?;
        disk::write(&path, &text).map_err(|error| secrets::failed(&path, &error))
    }

    /// Nobody else changes the file while this lives: the last of two writers would undo the first.
    fn hold(&self) -> Result<File, Fault> {
        secrets::make_folder(&self.folder)?;
        let path: &Path = &self.folder.join(".lock");
        let held = File::create(path).and_then(|file| match file.lock() {
            // Not every file system knows locks.
            Err(error) if error.kind() != ErrorKind::Unsupported => Err(error),
            _ => Ok(file),
        });
        held.map_err(|error| secrets::failed(path, &error))
    }
}
