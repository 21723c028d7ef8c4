//! Files under the permissions of the run. A file that is written appears when it is complete, or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::disk;
use crate::guard::Access;
use crate::kit::Fault;

/// Something went wrong with the file of this name, whatever other file it happened in.
pub fn broken(path: &str, error: &io::Error) -> Fault {
    // The library for temporary files names these in its errors; their kind says it without.
    let reason = match error.raw_os_error() {
        Some(_) => error.to_string(),
        None => error.kind().to_string(),
    };
    Fault::File { path: path.to_owned(), reason }
}

fn fault(path: &str, reason: impl Into<String>) -> Fault {
    Fault::File { path: path.to_owned(), reason: reason.into() }
}

fn exchanged(path: &str) -> Fault {
    fault(path, "another file came into its place in this moment")
}

/// Opens a file to read it.
pub(super) fn open(access: &Access, path: &str) -> Result<File, Fault> {
    let place = access.read(Path::new(path)).map_err(Fault::Forbidden)?;
    let file = File::open(&place).map_err(|error| broken(path, &error))?;
    if file.metadata().is_ok_and(|known| known.is_dir()) {
        return Err(fault(path, "it is a folder"));
    }
    if !Access::is_still(&place, &file) {
        return Err(exchanged(path));
    }
    Ok(file)
}

/// Opens a file of which the length is known and stays: no folder, no pipe, no device.
pub fn open_plain(access: &Access, path: &str) -> Result<(File, u64), Fault> {
    let place = access.read(Path::new(path)).map_err(Fault::Forbidden)?;
    // Asked first: a pipe would be waited for.
    let known = fs::metadata(&place).map_err(|error| broken(path, &error))?;
    if !known.is_file() {
        return Err(fault(path, if known.is_dir() { "it is a folder" } else { "it is no plain file" }));
    }
    let file = open(access, path)?;
    let length = file.metadata().map_err(|error| broken(path, &error))?.len();
    Ok((file, length))
}

/// Puts something at the end of a file, which is made if it is not there.
pub(super) fn append(access: &Access, path: &str, mut what: impl Read) -> Result<(), Fault> {
    let place = place_of(access, path)?;
    let mut file = File::options().append(true).create(true).open(&place).map_err(|error| broken(path, &error))?;
    if !Access::is_still(&place, &file) {
        return Err(exchanged(path));
    }
    io::copy(&mut what, &mut file).map(|_| ()).map_err(|error| broken(path, &error))
}

/// Writes a whole file at once.
pub fn replace(access: &Access, path: &str, bytes: &[u8]) -> Result<(), Fault> {
    let mut draft = Draft::new(access, path)?;
    draft.write_all(bytes).map_err(|error| broken(path, &error))?;
    draft.finish()
}

/// Where to write, if the script may and there is a folder for it.
pub fn place_of(access: &Access, path: &str) -> Result<PathBuf, Fault> {
    let place = access.write(Path::new(path)).map_err(Fault::Forbidden)?;
    if place.is_dir() {
        return Err(fault(path, "it is a folder"));
    }
    match place.parent() {
        Some(folder) if !folder.is_dir() => {
            let written = Path::new(path).parent().unwrap_or(folder);
            Err(fault(path, format!("there is no folder `{}`", written.display())))
        }
        _ => Ok(place),
    }
}

/// A file that is being written. Dropped before its end, it leaves what was there before.
pub struct Draft<'a> {
    access: &'a Access,
    path: &'a str,
    place: PathBuf,
    out: BufWriter<Out>,
}

enum Out {
    Beside(NamedTempFile),
    /// A pipe or a device: there is nothing to put in its place.
    There(File),
}

impl<'a> Draft<'a> {
    pub fn new(access: &'a Access, path: &'a str) -> Result<Draft<'a>, Fault> {
        let place = place_of(access, path)?;
        let known = fs::metadata(&place).ok();
        let out = match &known {
            Some(known) if !known.is_file() => File::options().write(true).open(&place).map(Out::There),
            _ => beside(&place, known.as_ref()).map(Out::Beside),
        };
        let out = BufWriter::new(out.map_err(|error| broken(path, &error))?);
        Ok(Draft { access, path, place, out })
    }

    /// Everything is written: the file takes its place.
    pub fn finish(mut self) -> Result<(), Fault> {
        self.out.flush().map_err(|error| broken(self.path, &error))?;
        if self.access.write(Path::new(self.path)).map_err(Fault::Forbidden)? != self.place {
            return Err(exchanged(self.path));
        }
        match self.out.into_inner() {
            Ok(Out::Beside(file)) => {
                file.persist(&self.place).map(|_| ()).map_err(|error| broken(self.path, &error.error))
            }
            Ok(Out::There(_)) => Ok(()),
            Err(error) => Err(broken(self.path, error.error())),
        }
    }
}

impl Write for Draft<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Out::Beside(file) => file.write(bytes),
            Out::There(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Out::Beside(file) => file.flush(),
            Out::There(file) => file.flush(),
        }
    }
}

/// A file beside another, with the permissions of that one or of any new file.
fn beside(place: &Path, known: Option<&fs::Metadata>) -> io::Result<NamedTempFile> {
    let file = disk::beside(place, disk::shared().as_ref())?;
    if let Some(known) = known {
        file.as_file().set_permissions(known.permissions())?;
    }
    Ok(file)
}
