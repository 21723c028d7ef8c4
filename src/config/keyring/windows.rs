//! The Credential Manager; it is open as long as its user is there.

use std::collections::HashMap;
use std::time::Duration;

use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};
use windows_native_keyring_store::Store;

use crate::config::keyring::{Mute, SERVICE};

pub(super) fn get(key: &str, _: Duration) -> Result<Option<Vec<u8>>, Mute> {
    match entry(key)?.get_secret() {
        Err(Error::NoEntry) => Ok(None),
        found => found.map(Some).map_err(|error| mute(&error)),
    }
}

pub(super) fn set(key: &str, secret: &[u8], _: Duration) -> Result<(), Mute> {
    entry(key)?.set_secret(secret).map_err(|error| mute(&error))
}

pub(super) fn remove(key: &str, _: Duration) -> Result<(), Mute> {
    match entry(key)?.delete_credential() {
        Err(Error::NoEntry) => Ok(()),
        done => done.map_err(|error| mute(&error)),
    }
}

/// On this machine alone: a secret does not travel with the user.
fn entry(key: &str) -> Result<Entry, Mute> {
    let here = HashMap::from([("persistence", "Local")]);
    let entry = Store::new().and_then(|store| store.build(SERVICE, key, Some(&here)));
    entry.map_err(|error| mute(&error))
}

fn mute(error: &Error) -> Mute {
    match error {
        Error::NoStorageAccess(_) => Mute::Locked,
        other => Mute::Other { reason: other.to_string() },
    }
}
