//! The folder in which profiles and secrets are kept.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::client::{self, Interrupt};
use crate::config::{Fault, Profile, Profiles, Trust, edit, file, secrets};

#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The folder need not be there.
    #[must_use]
    pub fn new(folder: PathBuf) -> Store {
        Store { folder }
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

    pub fn secret(&self, name: &str) -> Result<SecretString, Fault> {
        let path = self.secret_file(name);
        secrets::read(&path)?.ok_or_else(|| Fault::NoSecret { name: name.to_owned(), path })
    }

    /// The files with secrets that others can read.
    #[must_use]
    pub fn open_secrets(&self) -> Vec<PathBuf> {
        secrets::open_ones(&self.secrets())
    }

    pub fn set_secret(&self, name: &str, secret: &SecretString) -> Result<(), Fault> {
        self.profiles()?.find(name)?;
        secrets::write(&self.secret_file(name), secret)
    }

    /// May a profile be added under this name?
    pub fn check_new(&self, name: &str) -> Result<(), Fault> {
        self.profiles()?.check_new(name)
    }

    pub fn add(&self, profile: &Profile, secret: &SecretString, default: bool) -> Result<(), Fault> {
        let _held = self.hold()?;
        self.check_new(&profile.name)?;
        // The secret first: a profile without one would be no good.
        secrets::write(&self.secret_file(&profile.name), secret)?;
        let written = self.change(|text| edit::add(text, profile, default));
        if written.is_err() {
            secrets::remove(&self.secret_file(&profile.name))?;
        }
        written
    }

    pub fn remove(&self, name: &str) -> Result<(), Fault> {
        let _held = self.hold()?;
        self.profiles()?.find(name)?;
        self.change(|text| edit::remove(text, name))?;
        secrets::remove(&self.secret_file(name))
    }

    pub fn rename(&self, old: &str, new: &str) -> Result<(), Fault> {
        let _held = self.hold()?;
        let mut profiles = self.profiles()?;
        profiles.find(old)?;
        // Capitals alone may change.
        profiles.all.retain(|profile| profile.name != old || old == new);
        profiles.check_new(new)?;
        self.change(|text| edit::rename(text, old, new))?;
        secrets::rename(&self.secret_file(old), &self.secret_file(new))
    }

    pub fn set_default(&self, name: &str) -> Result<(), Fault> {
        let _held = self.hold()?;
        self.profiles()?.find(name)?;
        self.change(|text| edit::set_default(text, name))
    }

    /// What the client is told about the PBX of a profile.
    pub fn settings(&self, profile: &Profile, interrupt: &Interrupt) -> Result<client::Settings, Fault> {
        self.settings_with(profile, self.secret(&profile.name)?, interrupt)
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
        secrets::replace(&path, &text)
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
