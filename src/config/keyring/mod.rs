//! The keyring of the system, where it has one: a secret in it is no file, and is locked with the person's own password.
//!
//! No question to a keyring may hang a run: one that says nothing is left alone after a while.

#[cfg(target_os = "macos")]
#[path = "macos.rs"]
mod native;
#[cfg(all(unix, not(target_os = "macos")))]
#[path = "session_bus.rs"]
mod native;
#[cfg(windows)]
#[path = "windows.rs"]
mod native;

use std::fmt::Debug;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

/// Whose secrets they are, in the keyring.
const SERVICE: &str = "pbxsh";

/// A place for secrets that the system keeps; `key` says whose one is.
pub trait Keyring: Debug + Send + Sync {
    /// Nothing, where there is none under this key.
    fn get(&self, key: &str) -> Result<Option<SecretString>, Mute>;
    fn set(&self, key: &str, secret: &SecretString) -> Result<(), Mute>;
    /// One that is gone already is gone.
    fn remove(&self, key: &str) -> Result<(), Mute>;
}

/// Why a keyring does not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mute {
    /// Nobody asked it: there is none, or none that this process may see.
    Absent,
    /// There is no session of a desktop, as for a job of cron.
    NoSession,
    /// The session has nothing that keeps secrets.
    NoService,
    /// It wants a password that nobody gave.
    Locked,
    /// It said nothing for so long.
    Silent {
        seconds: u64,
    },
    Other {
        reason: String,
    },
}

/// None at all.
#[derive(Debug)]
pub struct NoKeyring(pub Mute);

impl Keyring for NoKeyring {
    fn get(&self, _: &str) -> Result<Option<SecretString>, Mute> {
        Err(self.0.clone())
    }

    fn set(&self, _: &str, _: &SecretString) -> Result<(), Mute> {
        Err(self.0.clone())
    }

    fn remove(&self, _: &str) -> Result<(), Mute> {
        Err(self.0.clone())
    }
}

/// The one of this machine.
#[derive(Debug, Clone, Copy)]
pub struct System {
    /// How long it may take by itself.
    pub patience: Duration,
    /// How long a person may take to unlock it; without any, nobody is asked.
    pub unlocking: Duration,
}

impl System {
    /// The libraries wait for as long as the other side likes, and only a thread can be left behind.
    fn within<T: Send + 'static>(
        &self,
        ask: impl FnOnce(Duration) -> Result<T, Mute> + Send + 'static,
    ) -> Result<T, Mute> {
        let (answer, answered) = channel();
        let unlocking = self.unlocking;
        let asking = thread::Builder::new().name("keyring".to_owned()).spawn(move || answer.send(ask(unlocking)));
        asking.map_err(|error| Mute::Other { reason: error.to_string() })?;
        let patience = self.patience + self.unlocking;
        match answered.recv_timeout(patience) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => Err(Mute::Silent { seconds: patience.as_secs() }),
            Err(RecvTimeoutError::Disconnected) => Err(Mute::Other { reason: "it gave up".to_owned() }),
        }
    }
}

impl Keyring for System {
    fn get(&self, key: &str) -> Result<Option<SecretString>, Mute> {
        let key = key.to_owned();
        let found = self.within(move |unlocking| native::get(&key, unlocking))?;
        let text = found.map(String::from_utf8).transpose();
        let text = text.map_err(|_| Mute::Other { reason: "what it has is no text".to_owned() })?;
        Ok(text.filter(|text| !text.is_empty()).map(SecretString::from))
    }

    fn set(&self, key: &str, secret: &SecretString) -> Result<(), Mute> {
        let (key, secret) = (key.to_owned(), secret.clone());
        self.within(move |unlocking| native::set(&key, secret.expose_secret().as_bytes(), unlocking))
    }

    fn remove(&self, key: &str) -> Result<(), Mute> {
        let key = key.to_owned();
        self.within(move |unlocking| native::remove(&key, unlocking))
    }
}
