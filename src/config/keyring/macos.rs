//! The keychain. macOS itself asks the person, if it must.

use std::time::Duration;

use security_framework::base::Error;
use security_framework::passwords::{delete_generic_password, get_generic_password, set_generic_password};

use crate::config::keyring::{Mute, SERVICE};

/// `errSecItemNotFound`
const NOT_FOUND: i32 = -25300;
/// `errSecInteractionNotAllowed`, `errSecAuthFailed`, `errSecUserCanceled`
const LOCKED: [i32; 3] = [-25308, -25293, -128];

pub(super) fn get(key: &str, _: Duration) -> Result<Option<Vec<u8>>, Mute> {
    match get_generic_password(SERVICE, key) {
        Err(error) if error.code() == NOT_FOUND => Ok(None),
        found => found.map(Some).map_err(mute),
    }
}

pub(super) fn set(key: &str, secret: &[u8], _: Duration) -> Result<(), Mute> {
    set_generic_password(SERVICE, key, secret).map_err(mute)
}

pub(super) fn remove(key: &str, _: Duration) -> Result<(), Mute> {
    match delete_generic_password(SERVICE, key) {
        Err(error) if error.code() == NOT_FOUND => Ok(()),
        done => done.map_err(mute),
    }
}

fn mute(error: Error) -> Mute {
    if LOCKED.contains(&error.code()) { Mute::Locked } else { Mute::Other { reason: error.to_string() } }
}
