//! Secrets in files that only their owner can read, one for each profile: two programs that write different ones are not in
//! each other's way. This is for machines without a keyring that answers, as servers and jobs of cron are.

use std::fs::{self, DirBuilder, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::config::Fault;
use crate::disk;
use secrecy::{ExposeSecret, SecretString};

/// Those who may read a file beside its owner.
const OTHERS: u32 = 0o077;

pub(super) fn failed(path: &Path, error: &std::io::Error) -> Fault {
    Fault::File { path: path.to_owned(), reason: error.to_string() }
}

/// The secret in a file; nothing where there is none.
pub(super) fn read(path: &Path) -> Result<Option<SecretString>, Fault> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, &error)),
    };
    // Of the file that is open, and not of one that came into its place since.
    let mode = mode(&file).map_err(|error| failed(path, &error))?;
    if mode & OTHERS != 0 {
        return Err(Fault::OpenSecret { path: path.to_owned(), mode });
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(|error| failed(path, &error))?;
    let text = text.trim_end_matches(['\n', '\r']);
    Ok(Some(text).filter(|text| !text.is_empty()).map(SecretString::from))
}

pub(super) fn write(path: &Path, secret: &SecretString) -> Result<(), Fault> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    disk::write(path, &format!("{}\n", secret.expose_secret())).map_err(|error| failed(path, &error))
}

pub(super) fn remove(path: &Path) -> Result<(), Fault> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(path, &error)),
        _ => Ok(()),
    }
}

pub(super) fn rename(old: &Path, new: &Path) -> Result<(), Fault> {
    match fs::rename(old, new) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(old, &error)),
        _ => Ok(()),
    }
}

/// Another name for the same file, as long as both are there.
pub(super) fn copy(old: &Path, new: &Path) -> Result<(), Fault> {
    // Of a profile that was called so once.
    remove(new)?;
    match fs::hard_link(old, new).or_else(|_| fs::copy(old, new).map(|_| ())) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(old, &error)),
        _ => Ok(()),
    }
}

/// The secret files that others can read.
pub(super) fn open_ones(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_open = |path: &PathBuf| File::open(path).and_then(|file| mode(&file)).is_ok_and(|mode| mode & OTHERS != 0);
    let mut found: Vec<PathBuf> = files.filter(|path| path.is_file() && is_open(path)).collect();
    found.sort();
    found
}

/// A folder for its owner alone.
pub(super) fn make_folder(folder: &Path) -> Result<(), Fault> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| failed(folder, &error))
}

#[cfg(unix)]
fn mode(file: &File) -> std::io::Result<u32> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o777)
}

/// There the folder of a user is the user's own.
#[cfg(not(unix))]
fn mode(_: &File) -> std::io::Result<u32> {
    Ok(0o600)
}
