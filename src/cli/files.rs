//! Files that commands write: all of it or nothing, so that a file that is there stays whole.

use std::io::{Result, Write};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

/// Writes what is for its owner's eyes only.
pub(super) fn write(file: &Path, text: &str) -> Result<()> {
    persist(&Builder::new(), file, text)
}

/// Writes what others may read, as far as the system lets them.
pub(super) fn publish(file: &Path, text: &str) -> Result<()> {
    let mut builder = Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    persist(&builder, file, text)
}

fn persist(builder: &Builder, file: &Path, text: &str) -> Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new: NamedTempFile = builder.tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().sync_all()?;
    new.persist(file).map_err(|error| error.error)?;
    Ok(())
}
