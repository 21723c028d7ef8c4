//! Files that are there as a whole or not at all: written beside their place under a name that says so, and put there once
//! they are complete.
//!
//! A run that is killed leaves `.NAME.pbxsh-part` in the folder of `NAME`. Whoever writes `NAME` next takes it away; a lock
//! tells it from the file of a run that lives.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, Write};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

const PART: &str = ".pbxsh-part";

/// A file in the folder of `target` that is gone again unless it is put there. Without permissions it is for its owner
/// alone; the user's mask takes its part of others away.
pub fn beside(target: &Path, permissions: Option<&Permissions>) -> io::Result<NamedTempFile> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let make = |name: &OsStr, random: usize| {
        let mut builder = Builder::new();
        builder.prefix(name).suffix(PART).rand_bytes(random);
        if let Some(permissions) = permissions {
            builder.permissions(permissions.clone());
        }
        builder.tempfile_in(folder)
    };
    let mut name = OsStr::new(".").to_owned();
    name.push(target.file_name().unwrap_or_default());
    let mut left = name.clone();
    left.push(PART);
    clear(&folder.join(left));
    if let Ok(mut file) = make(&name, 0) {
        if holds(&file) {
            return Ok(file);
        }
        // Somebody took it for one that was left: the name is theirs now.
        file.disable_cleanup(true);
    }
    // Another run writes the same file, or the name is too long to be made longer.
    make(OsStr::new("."), 8)
}

/// Writes all of a file or nothing, for its owner's eyes only. A link stays one.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    replace(path, None, text)
}

/// The same for what others may read, as far as the system lets them.
pub fn publish(path: &Path, text: &str) -> io::Result<()> {
    replace(path, shared().as_ref(), text)
}

fn replace(path: &Path, permissions: Option<&Permissions>, text: &str) -> io::Result<()> {
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut file = beside(&target, permissions)?;
    file.write_all(text.as_bytes())?;
    // On the disk before the old one goes.
    file.as_file().sync_all()?;
    file.persist(&target).map(drop).map_err(|error| error.error)
}

/// Takes away what a run has left that is no more.
fn clear(path: &Path) {
    if !fs::symlink_metadata(path).is_ok_and(|known| known.is_file()) {
        return;
    }
    let Ok(file) = File::options().read(true).write(true).open(path) else { return };
    if file.try_lock().is_ok() && is_still(path, &file) {
        // Where it cannot be removed, the new file gets another name.
        let _ = fs::remove_file(path);
    }
}

/// Takes the lock. Where a file system knows none, nobody takes files for left ones either.
fn holds(file: &NamedTempFile) -> bool {
    match file.as_file().try_lock() {
        Ok(()) => is_still(file.path(), file.as_file()),
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(_)) => true,
    }
}

#[cfg(unix)]
fn is_still(path: &Path, file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |known: fs::Metadata| (known.dev(), known.ino());
    matches!((fs::symlink_metadata(path).map(id), file.metadata().map(id)), (Ok(there), Ok(here)) if there == here)
}

/// There an open file keeps its name.
#[cfg(not(unix))]
fn is_still(_: &Path, _: &File) -> bool {
    true
}

/// What a new file has that others may read.
#[cfg(unix)]
#[must_use]
pub fn shared() -> Option<Permissions> {
    Some(std::os::unix::fs::PermissionsExt::from_mode(0o666))
}

#[cfg(not(unix))]
#[must_use]
pub fn shared() -> Option<Permissions> {
    None
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use tempfile::tempdir;

    use super::{beside, publish, write};

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn two_at_once_are_not_in_each_others_way() {
        let folder = tempdir().unwrap();
        let target = folder.path().join("users.csv");
        let (one, other) = (beside(&target, None).unwrap(), beside(&target, None).unwrap());
        assert_eq!(one.path().file_name().unwrap(), ".users.csv.pbxsh-part");
        assert!(other.path().to_string_lossy().ends_with(".pbxsh-part") && one.path() != other.path());
        one.persist(&target).unwrap();
        other.persist(&target).unwrap();
        assert_eq!(names(folder.path()), ["users.csv"]);
        drop(beside(&target, None).unwrap());
        assert_eq!(names(folder.path()), ["users.csv"]);
    }

    #[test]
    fn what_is_left_is_taken_away() {
        let folder = tempdir().unwrap();
        let target = folder.path().join("users.csv");
        fs::write(folder.path().join(".users.csv.pbxsh-part"), "half of it").unwrap();
        let file = beside(&target, None).unwrap();
        assert_eq!(names(folder.path()), [".users.csv.pbxsh-part"]);
        assert_eq!(file.as_file().metadata().unwrap().len(), 0);
        drop(file);
        assert!(names(folder.path()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_one() {
        let folder = tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        for (at, write) in [write, publish].into_iter().enumerate() {
            write(&link, &format!("new {at}")).unwrap();
            assert_eq!(fs::read_to_string(&real).unwrap(), format!("new {at}"));
        }
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(names(folder.path()), ["link", "real"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_of_ours_stays() {
        let folder = tempdir().unwrap();
        let (target, other) = (folder.path().join("users.csv"), folder.path().join("other"));
        fs::write(&other, "mine").unwrap();
        std::os::unix::fs::symlink(&other, folder.path().join(".users.csv.pbxsh-part")).unwrap();
        drop(beside(&target, None).unwrap());
        assert_eq!(names(folder.path()), [".users.csv.pbxsh-part", "other"]);
        assert_eq!(fs::read_to_string(&other).unwrap(), "mine");
        let long = folder.path().join("x".repeat(250));
        beside(&long, None).unwrap().persist(&long).unwrap();
        assert!(long.is_file());
    }
}
