//! `pbxsh catalog import FILE…`

use std::path::{Path, PathBuf};

use crate::catalog::{Source, import};
use crate::cli::world::World;
use crate::code::Code;
use crate::diag::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Write the facts of 3CX's OpenAPI descriptions, all releases at once, in pbxsh's own format
    Import {
        /// The descriptions; the release stands in the file's name, as in `xapi-20.0.10.yaml`
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Where operations.txt and types.txt go
        #[arg(long, value_name = "DIR", default_value = "catalog")]
        out: PathBuf,
    },
}

pub(super) fn command(arguments: &Arguments, world: &World) -> Exit {
    let Command::Import { files, out } = &arguments.command;
    match write(files, out) {
        Ok(counts) => {
            world.tell(&counts);
            Exit::Success
        }
        Err(reason) => world.complain(Code::File, &reason, None),
    }
}

fn write(files: &[PathBuf], out: &Path) -> Result<String, String> {
    let sources = files.iter().map(|file| source(file)).collect::<Result<Vec<_>, _>>()?;
    let texts = import(sources).map_err(|error| error.to_string())?;
    std::fs::create_dir_all(out).map_err(|error| format!("{}: {error}", out.display()))?;
    for (name, text) in [("operations.txt", &texts.operations), ("types.txt", &texts.types)] {
        let path = out.join(name);
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
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
fn release_in(name: &str) -> Option<String> {
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
