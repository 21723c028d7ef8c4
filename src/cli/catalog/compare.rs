//! `pbxsh catalog diff`

use std::path::Path;

use crate::catalog::diff::{self, Side};
use crate::catalog::{Catalog, Source, import_beside, parse};
use crate::cli::catalog::{Trouble, files};
use crate::cli::kept;
use crate::cli::world::World;
use crate::code::Code;
use crate::diag;
use crate::show::difference;

/// Show what is different between two releases or PBXs
///
/// Operations, parameters, properties, types and values that came, went or changed. Ends with 0 whether there are differences or not.
#[derive(Debug, clap::Args)]
pub(super) struct Diff {
    /// A release (20.0.8), a profile whose PBX described itself, or a file with an OpenAPI description
    #[arg(value_name = "A")]
    from: String,
    /// The same for the other side
    #[arg(value_name = "B")]
    to: String,
    /// Print an object with `from`, `to`, `operations` and `types`, these with `added`, `removed` and `changed`
    #[arg(long)]
    json: bool,
}

pub(super) fn diff(given: &Diff, world: &World) -> Result<(), Trouble> {
    kept::install(None, world);
    let (from, to) = (side(&given.from, world)?, side(&given.to, world)?);
    let difference = diff::diff(&from, &to);
    if given.json {
        world.print(&format!("{:#}", difference::json(&from, &to, &difference)));
    } else {
        difference::lines(&from, &to, &difference).iter().for_each(|line| world.print(line));
    }
    Ok(())
}

fn side(name: &str, world: &World) -> Result<Side, Trouble> {
    let catalog = Catalog::known();
    if let Some(release) = catalog.release(name) {
        return Ok(Side { name: name.to_owned(), catalog, release });
    }
    if let Some(described) = catalog.described(name) {
        return Ok(Side { name: name.to_owned(), catalog, release: described.release });
    }
    if Path::new(name).exists() {
        return file(Path::new(name));
    }
    let known = catalog.releases.iter().map(|release| (*release).to_owned());
    let known: Vec<String> =
        known.chain(catalog.described.iter().map(|described| described.label.name.clone())).collect();
    let profiles = world.store().and_then(|store| store.profiles()).unwrap_or_default();
    Err(Trouble::Said(Code::Usage, diag::catalog::no_side(name, &known, profiles.find(name).is_ok())))
}

fn file(path: &Path) -> Result<Side, Trouble> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| Trouble::of(Code::File, format!("`{name}`: {error}")))?;
    let release = files::release_in(&name).unwrap_or_else(|| "20.0.0".to_owned());
    let texts = import_beside(vec![Source { release, text }], Some(Catalog::builtin()))
        .map_err(|error| Trouble::Said(Code::File, diag::catalog::import(&name, &error)))?;
    // The program ends soon.
    let catalog = parse(texts.operations.leak(), texts.types.leak());
    let catalog = catalog.map_err(|error| Trouble::of(Code::File, format!("`{name}`: {error}")))?;
    let release = catalog.shipped;
    Ok(Side { name, catalog: Box::leak(Box::new(catalog)), release })
}
