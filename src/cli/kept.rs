//! The descriptions that PBXs gave of themselves, a file each in the state folder. None of them may keep pbxsh from working.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::PathBuf;
use std::sync::OnceLock;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::catalog::kept::{Kept, Label, label};
use crate::catalog::{Catalog, Loss, Release, Shared, merge};
use crate::cli::Pbx;
use crate::cli::choice::{Choice, refuse};
use crate::cli::wiring::host;
use crate::cli::world::World;
use crate::diag::{self, Exit};
use crate::disk;

/// What a name of a file may have in it everywhere.
const PLAIN: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// Where the descriptions are.
pub(super) struct Shelf {
    folder: PathBuf,
}

/// A file on the shelf: what stands on it, or why nobody can read it.
pub(super) type Found = Result<(Label, String), (String, String)>;

impl Shelf {
    /// None where there is no place for what is no setting.
    pub(super) fn of(world: &World) -> Option<Shelf> {
        Some(Shelf { folder: world.state_folder()?.join("catalogs") })
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(utf8_percent_encode(name, &PLAIN).to_string())
    }

    /// What is there, by name. Only the beginnings of files are read.
    pub(super) fn all(&self) -> Vec<Found> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        // What is being written has a name of its own.
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        names.into_iter().map(|file| self.look(&file)).collect()
    }

    fn look(&self, file: &str) -> Found {
        const ENOUGH: u64 = 4096;
        let name = percent_decode_str(file).decode_utf8_lossy().into_owned();
        let mut text = Vec::new();
        let read = File::open(self.folder.join(file)).and_then(|file| file.take(ENOUGH).read_to_end(&mut text));
        read.map_err(|error| (name.clone(), error.to_string()))?;
        let text = String::from_utf8_lossy(&text);
        match label(&text) {
            // A copy of another file is not what it says.
            Ok((label, digest)) if label.name == name => Ok((label, digest.to_owned())),
            Ok((label, _)) => Err((name, format!("it is that of `{}`", label.name))),
            Err(damage) => Err((name, damage.to_string())),
        }
    }

    pub(super) fn read(&self, name: &str) -> Result<Kept, String> {
        let text = fs::read_to_string(self.file(name)).map_err(|error| error.to_string())?;
        Kept::of_text(&text).map_err(|damage| damage.to_string())
    }

    /// The old one stays until the new one is all there.
    pub(super) fn write(&self, kept: &Kept) -> std::io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        disk::publish(&self.file(&kept.label.name), &kept.to_text())
    }

    /// Was there something?
    pub(super) fn remove(&self, name: &str) -> std::io::Result<bool> {
        match fs::remove_file(self.file(name)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) fn rename(&self, old: &str, new: &str) -> std::io::Result<()> {
        let Ok(mut kept) = self.read(old) else { return self.remove(old).map(drop) };
        kept.label.name = new.to_owned();
        if old.eq_ignore_ascii_case(new) {
            // Where capitals make no difference, both names are one file.
            self.remove(old)?;
            return self.write(&kept);
        }
        self.write(&kept)?;
        self.remove(old).map(drop)
    }

    /// All descriptions that can be read, each once, and notes about the others.
    fn shared(&self) -> (Vec<Shared>, Vec<String>) {
        let (mut by_digest, mut notes) = (BTreeMap::<String, Shared>::new(), Vec::new());
        for found in self.all() {
            let (label, digest) = match found {
                Ok(found) => found,
                Err((name, reason)) => {
                    notes.push(diag::catalog::damaged(&name, &reason));
                    continue;
                }
            };
            // Whole fleets have one release.
            let key = format!("{} {digest}", label.release());
            if let Some(shared) = by_digest.get_mut(&key) {
                shared.labels.push(label);
                continue;
            }
            match self.read(&label.name) {
                Ok(kept) => {
                    by_digest.insert(key, Shared { labels: vec![kept.label], facts: kept.facts });
                }
                Err(reason) => notes.push(diag::catalog::damaged(&label.name, &reason)),
            }
        }
        (by_digest.into_values().collect(), notes)
    }
}

/// Lets the process go by what is kept, too. `main` is the PBX that the session is for. Gives the notes that only somebody who asks
/// about descriptions wants to read.
pub(super) fn install(main: Option<&str>, world: &World) -> Vec<String> {
    // Once: a command that looks before it runs must not tell everything twice.
    static INSTALLED: OnceLock<Vec<String>> = OnceLock::new();
    INSTALLED.get_or_init(|| installed(main, world)).clone()
}

fn installed(main: Option<&str>, world: &World) -> Vec<String> {
    let Some(shelf) = Shelf::of(world) else { return Vec::new() };
    let (shared, mut notes) = shelf.shared();
    let mut minor = Vec::new();
    if !shared.is_empty() {
        match merge(&Catalog::built_in_texts(), shared, main) {
            Ok((catalog, losses)) => {
                for loss in &losses {
                    let detail = matches!(loss, Loss::Types { .. } | Loss::Shape { .. });
                    if detail { &mut minor } else { &mut notes }.push(diag::catalog::loss(loss));
                }
                Catalog::install(catalog);
            }
            Err(error) => notes.push(diag::catalog::loss(&Loss::Damaged { name: "all PBXs".to_owned(), error })),
        }
    }
    notes.iter().for_each(|note| world.tell(note));
    minor
}

/// The same for a command that asks no PBX; the release of the profile, if its PBX described itself.
pub(super) fn chosen(profile: Option<&str>, world: &World) -> Result<Option<Release>, Exit> {
    install(profile, world);
    let Some(name) = profile else { return Ok(None) };
    if let Some(described) = Catalog::known().described(name) {
        return Ok(Some(described.release));
    }
    let profiles = world.store().and_then(|store| store.profiles());
    profiles.and_then(|profiles| profiles.find(name).map(drop)).map_err(|fault| refuse(&fault, world))?;
    world.tell(&diag::catalog::undescribed(name));
    Ok(None)
}

/// The name under which the PBX of a session is kept; the sandbox has any release that it is asked for.
pub(super) fn main_of(pbx: &Pbx) -> Option<String> {
    match &pbx.choice {
        _ if pbx.sandbox => None,
        Choice::Profile(profile) => Some(profile.name.clone()),
        Choice::Environment(Ok(settings)) => Some(host(&settings.url).to_owned()),
        Choice::Environment(Err(_)) => None,
    }
}
