//! Tokens on the disk, for all processes of a person: a PBX keeps one token for each client id, so that a second process
//! that logged in by itself would throw the first one out.
//!
//! Nothing here can make a request fail. A file that is damaged, that others could read or that another user left there is
//! not believed, and where nothing can be written every process logs in by itself as before.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::disk;

/// No token lives longer than that; a file that says so is damaged.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// No token is longer than that.
const MOST: u64 = 64 * 1024;

/// The place of one client's token.
#[derive(Debug)]
pub(crate) struct Shelf {
    folder: PathBuf,
    name: String,
}

/// A token as it lies on the shelf.
pub(crate) struct Kept {
    pub(crate) token: SecretString,
    pub(crate) renew: SystemTime,
}

#[derive(Serialize, Deserialize)]
struct Written {
    token: String,
    /// Milliseconds since 1970.
    renew: u64,
}

/// Held by the one process that logs in.
pub(crate) struct Turn(#[expect(dead_code, reason = "held, not read")] File);

impl Shelf {
    /// A changed secret has a shelf of its own, so that it never meets a token of the old one.
    pub(crate) fn new(folder: &Path, url: &str, client_id: &str, secret: &SecretString) -> Shelf {
        let mut hash = Sha256::new();
        for part in [url, client_id, secret.expose_secret()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let name = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Shelf { folder: folder.to_owned(), name }
    }

    fn file(&self) -> PathBuf {
        self.folder.join(format!("{}.json", self.name))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The token, if there is one that can be believed and lives.
    pub(crate) fn read(&self, now: SystemTime) -> Option<Kept> {
        let path = self.file();
        // Asked of the name first: what is no plain file could keep us waiting.
        fs::symlink_metadata(&path).ok().filter(|known| known.is_file())?;
        let mut file = File::open(path).ok()?;
        let known = file.metadata().ok()?;
        if known.len() > MOST || !private(&known) {
            return None;
        }
        let mut text = String::new();
        file.read_to_string(&mut text).ok()?;
        let Written { token, renew } = serde_json::from_str(&text).ok()?;
        let renew = UNIX_EPOCH.checked_add(Duration::from_millis(renew))?;
        let left = renew.duration_since(now).ok()?;
        (!left.is_zero() && left <= LONGEST && !token.is_empty()).then(|| Kept { token: token.into(), renew })
    }

    pub(crate) fn write(&self, kept: &Kept) -> io::Result<()> {
        let renew = kept.renew.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let renew = u64::try_from(renew).unwrap_or(u64::MAX);
        let written = Written { token: kept.token.expose_secret().to_owned(), renew };
        // Made for its owner's eyes only, and there as a whole or not at all.
        let mut file = disk::beside(&self.file(), None)?;
        serde_json::to_writer(&mut file, &written)?;
        file.flush()?;
        file.persist(self.file()).map(drop).map_err(|error| error.error)
    }

    /// The right to log in; nothing while another process has it. It ends with the process, however that ends.
    pub(crate) fn turn(&self) -> io::Result<Option<Turn>> {
        prepare(&self.folder)?;
        let path = self.folder.join(format!("{}.lock", self.name));
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        only_mine(&mut options);
        let file = options.open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Turn(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

#[cfg(unix)]
fn private(known: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    known.uid() == nix::unistd::geteuid().as_raw() && known.mode() & 0o077 == 0
}

#[cfg(unix)]
fn only_mine(options: &mut fs::OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

/// A folder for its owner alone; one that others could write to cannot be trusted.
#[cfg(unix)]
fn prepare(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    if !folder.exists() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let known = fs::metadata(folder)?;
    if private(&known) {
        return Ok(());
    }
    // Fails for the folder of somebody else.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

// Elsewhere the folder of the user is closed to others by itself.
#[cfg(not(unix))]
fn private(_: &fs::Metadata) -> bool {
    true
}

#[cfg(not(unix))]
fn only_mine(_: &mut fs::OpenOptions) {}

#[cfg(not(unix))]
fn prepare(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::time::{Duration, UNIX_EPOCH};

    use secrecy::{ExposeSecret, SecretString};
    use tempfile::tempdir;

    use super::{Kept, Shelf};

    fn shelf(folder: &Path, secret: &str) -> Shelf {
        Shelf::new(folder, "https://pbx", "me", &SecretString::from(secret.to_owned()))
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_kept_comes_back_as_long_as_it_lives() {
        let folder = tempdir().unwrap();
        let below = folder.path().join("state/tokens");
        let (mine, other) = (shelf(&below, "a"), shelf(&below, "b"));
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        assert!(mine.read(now).is_none());
        let turn = mine.turn().unwrap().unwrap();
        assert!(mine.turn().unwrap().is_none());
        drop(turn);
        assert!(mine.turn().unwrap().is_some());
        let renew = now + Duration::from_secs(60);
        mine.write(&Kept { token: "t1".to_owned().into(), renew }).unwrap();
        let kept = mine.read(now).unwrap();
        assert_eq!((kept.token.expose_secret(), kept.renew), ("t1", renew));
        assert!(mine.read(renew).is_none() && other.read(now).is_none());
        // Set far ahead by a clock that was wrong.
        assert!(mine.read(now - Duration::from_secs(100_000)).is_none());
        assert_eq!((mode(&below), mode(&mine.file())), (0o700, 0o600));
        let names: Vec<String> =
            fs::read_dir(&below).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        assert!(names.len() == 2 && !names.iter().any(|name| name.contains("me")), "{names:?}");
    }

    #[test]
    fn what_cannot_be_believed_is_not() {
        let folder = tempdir().unwrap();
        let shelf = shelf(folder.path(), "a");
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        let good = r#"{"token":"t","renew":1000060000}"#;
        let file = shelf.file();
        let put = |text: &str, mode: u32| {
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
            shelf.read(now).is_some()
        };
        assert!(put(good, 0o600));
        assert!(!put(good, 0o640) && !put(good, 0o604));
        for damaged in ["", "{", "[]", "{\"token\":\"t\"}", "{\"token\":\"\",\"renew\":1000060000}", &good[..10]] {
            assert!(!put(damaged, 0o600), "{damaged}");
        }
        assert!(!put(&"x".repeat(100_000), 0o600));
        fs::remove_file(&file).unwrap();
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, good).unwrap();
        fs::set_permissions(&elsewhere, Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &file).unwrap();
        assert!(shelf.read(now).is_none());
        // No folder can be made where a file is.
        let nowhere = self::shelf(&elsewhere.join("tokens"), "a");
        assert!(nowhere.turn().is_err() && nowhere.read(now).is_none());
    }
}
