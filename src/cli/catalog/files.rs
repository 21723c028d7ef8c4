//! Files of descriptions: all releases of the program at once, and one to compare.

use std::path::{Path, PathBuf};

use crate::catalog::{Source, import as read};
use crate::cli::catalog::Trouble;
use crate::cli::world::World;
use crate::code::Code;
use crate::disk;

/// Writes operations.txt and types.txt.
pub(super) fn import(files: &[PathBuf], out: &Path, world: &World) -> Result<(), Trouble> {
    let counts = write(files, out).map_err(|reason| Trouble::of(Code::File, reason))?;
    world.tell(&counts);
    Ok(())
}

fn write(files: &[PathBuf], out: &Path) -> Result<String, String> {
    let sources = files.iter().map(|file| source(file)).collect::<Result<Vec<_>, _>>()?;
    let texts = read(sources).map_err(|error| error.to_string())?;
    std::fs::create_dir_all(out).map_err(|error| format!("{}: {error}", out.display()))?;
    for (name, text) in [("operations.txt", &texts.operations), ("types.txt", &texts.types)] {
        let path = out.join(name);
        disk::publish(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let count = |text: &str, start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    Ok(format!(
        "{} resources, {} operations, {} object types, {} enums of {} releases",
        count(&texts.operations, "resource "),
        count(&texts.operations, "  op "),
        count(&texts.types, "object "),
        count(&texts.types, "enum "),
        files.len()
    ))
}

fn source(file: &Path) -> Result<Source, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let release =
        release_in(&name).ok_or_else(|| format!("{}: no release like 20.0.10 in the name", file.display()))?;
    Ok(Source { release, text })
}

/// The first three numbers that are joined by dots.
pub(super) fn release_in(name: &str) -> Option<String> {
    let runs = name.split(|c: char| !c.is_ascii_digit() && c != '.');
    let mut versions = runs.map(|run| run.trim_matches('.')).filter(|run| run.split('.').count() == 3);
    versions.next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::release_in;

    #[test]
    fn finds_the_release_in_a_name() {
        assert_eq!(release_in("xapi-20.0.10.yaml").as_deref(), Some("20.0.10"));
        assert_eq!(release_in("20.0.5.yml").as_deref(), Some("20.0.5"));
        assert_eq!(release_in("swagger.yaml"), None);
    }
}
