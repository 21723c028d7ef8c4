//! The Secret Service on the session bus: GNOME's keyring, KDE's wallet, KeePassXC.
//!
//! Entries have the attributes that other programs use, so that `secret-tool lookup service pbxsh username …` finds them.

use std::collections::HashMap;
use std::time::Duration;

use dbus_secret_service::{EncryptionType, Error, Item, SecretService};

use crate::config::keyring::{Mute, SERVICE};

pub(super) fn get(key: &str, unlocking: Duration) -> Result<Option<Vec<u8>>, Mute> {
    let service = open(unlocking)?;
    let Some(item) = find(&service, key)? else { return Ok(None) };
    item.get_secret().map(Some).map_err(|error| mute(&error))
}

pub(super) fn set(key: &str, secret: &[u8], unlocking: Duration) -> Result<(), Mute> {
    let put = |service: &SecretService| {
        let collection = service.get_default_collection()?;
        if collection.is_locked()? {
            collection.unlock()?;
        }
        let label = format!("{SERVICE}: {key}");
        collection.create_item(&label, attributes(key), secret, true, "text/plain").map(drop)
    };
    put(&open(unlocking)?).map_err(|error| mute(&error))
}

pub(super) fn remove(key: &str, unlocking: Duration) -> Result<(), Mute> {
    let service = open(unlocking)?;
    match find(&service, key)? {
        Some(item) => item.delete().map_err(|error| mute(&error)),
        None => Ok(()),
    }
}

fn open(unlocking: Duration) -> Result<SecretService, Mute> {
    let opened = SecretService::connect_with_max_prompt_timeout(EncryptionType::Plain, unlocking.as_secs());
    opened.map_err(|error| mute(&error))
}

fn attributes(key: &str) -> HashMap<&str, &str> {
    HashMap::from([("service", SERVICE), ("username", key)])
}

/// The entry under this key, unlocked.
fn find<'a>(service: &'a SecretService, key: &str) -> Result<Option<Item<'a>>, Mute> {
    let found = service.search_items(attributes(key)).map_err(|error| mute(&error))?;
    if let Some(item) = found.unlocked.into_iter().next() {
        return Ok(Some(item));
    }
    let Some(item) = found.locked.into_iter().next() else { return Ok(None) };
    item.unlock().map_err(|error| mute(&error))?;
    Ok(Some(item))
}

fn mute(error: &Error) -> Mute {
    match error {
        Error::Locked | Error::Prompt => Mute::Locked,
        Error::Unavailable | Error::NoResult => Mute::NoService,
        Error::Dbus(error) => {
            let name = error.name().unwrap_or_default();
            match name.rsplit('.').next().unwrap_or_default() {
                "ServiceUnknown" | "NameHasNoOwner" => Mute::NoService,
                "IsLocked" => Mute::Locked,
                "FileNotFound" | "NoServer" | "NotSupported" => Mute::NoSession,
                // How long a call of the library lasts.
                "NoReply" | "Timeout" | "TimedOut" => Mute::Silent { seconds: 2 },
                _ => Mute::Other { reason: error.message().unwrap_or(name).to_owned() },
            }
        }
        other => Mute::Other { reason: other.to_string() },
    }
}
