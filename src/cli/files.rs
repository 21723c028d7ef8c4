//! Files that commands write: all of it or nothing, so that a file that is there stays whole.

use std::fs::Permissions;
use std::io::{Result, Write};
use std::path::Path;

use crate::disk;

/// Writes what is for its owner's eyes only.
pub(super) fn write(file: &Path, text: &str) -> Result<()> {
    persist(None, file, text)
}

/// Writes what others may read, as far as the system lets them.
pub(super) fn publish(file: &Path, text: &str) -> Result<()> {
    persist(disk::shared().as_ref(), file, text)
}

fn persist(permissions: Option<&Permissions>, file: &Path, text: &str) -> Result<()> {
    let mut new = disk::beside(file, permissions)?;
    new.write_all(text.as_bytes())?;
    new.as_file().sync_all()?;
    new.persist(file).map_err(|error| error.error)?;
    Ok(())
}
