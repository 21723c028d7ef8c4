//! `pbxsh catalog list` and `forget`

use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::catalog::diff::Side;
use crate::catalog::kept::Label;
use crate::cli::catalog::Trouble;
use crate::cli::kept::{self, Shelf};
use crate::cli::run;
use crate::cli::world::World;
use crate::code::Code;
use crate::diag;
use crate::script::native::{Array, Dynamic, Map};
use crate::show::{self, difference};

/// List the releases that are known: those that came with pbxsh, and what PBXs said about themselves
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Print an array of objects: release, name, version, imported, resources, operations, types
    #[arg(long)]
    json: bool,
}

/// Forget what a PBX said about itself
#[derive(Debug, clap::Args)]
pub(super) struct Forget {
    /// A name that `pbxsh catalog list` shows
    #[arg(value_name = "NAME")]
    name: String,
}

/// A release, and whose it is unless it came with the program.
struct Row {
    side: Side,
    label: Option<Label>,
}

pub(super) fn list(given: &List, world: &World) -> Result<(), Trouble> {
    kept::install(None, world).iter().for_each(|note| world.tell(note));
    let catalog = Catalog::known();
    let built_in = Catalog::builtin().releases.iter().filter_map(|name| {
        let side = Side { name: (*name).to_owned(), catalog, release: catalog.release(name)? };
        Some(Row { side, label: None })
    });
    let described = catalog.described.iter().map(|described| Row {
        side: Side { name: catalog.release_name(described.release).to_owned(), catalog, release: described.release },
        label: Some(described.label.clone()),
    });
    let rows: Vec<Row> = built_in.chain(described).collect();
    if given.json {
        let rows: Vec<Value> = rows.iter().map(object).collect();
        world.print(&format!("{:#}", Value::Array(rows)));
        return Ok(());
    }
    let rows: Array = rows.iter().map(row).collect();
    let columns = ["Release", "PBX", "Version", "Read", "Resources", "Operations", "Types"].map(str::to_owned);
    let table = show::table(&rows.into(), &columns, &run::how(world)).unwrap_or_default();
    world.print(table.trim_end());
    Ok(())
}

fn object(row: &Row) -> Value {
    let (resources, operations, types) = difference::sizes(&row.side);
    let label = row.label.as_ref();
    json!({
        "release": row.side.name,
        "name": label.map(|label| &label.name),
        "version": label.map(|label| &label.version),
        "imported": label.map(|label| &label.imported),
        "resources": resources, "operations": operations, "types": types,
    })
}

fn row(row: &Row) -> Dynamic {
    let (resources, operations, types) = difference::sizes(&row.side);
    let label = row.label.as_ref();
    let of = |field: fn(&Label) -> String| label.map(field).unwrap_or_default();
    // To the minute is enough for a person.
    let read = of(|label| label.imported.get(..16).unwrap_or(&label.imported).replace('T', " "));
    let fields: [(&str, Dynamic); 7] = [
        ("Release", row.side.name.clone().into()),
        ("PBX", label.map_or("came with pbxsh".to_owned(), |label| label.name.clone()).into()),
        ("Version", of(|label| label.version.clone()).into()),
        ("Read", read.into()),
        ("Resources", (resources as i64).into()),
        ("Operations", (operations as i64).into()),
        ("Types", (types as i64).into()),
    ];
    Dynamic::from_map(fields.into_iter().map(|(name, value)| (name.into(), value)).collect::<Map>())
}

pub(super) fn forget(given: &Forget, world: &World) -> Result<(), Trouble> {
    let name = &given.name;
    let shelf = Shelf::of(world);
    let removed = shelf.as_ref().map(|shelf| shelf.remove(name));
    match removed {
        Some(Ok(true)) => {
            world.tell(&format!("what `{name}` said about itself is forgotten"));
            Ok(())
        }
        Some(Err(error)) => {
            Err(Trouble::of(Code::File, format!("what is kept of `{name}` cannot be removed: {error}")))
        }
        Some(Ok(false)) | None => {
            let all = shelf.map(|shelf| shelf.all()).unwrap_or_default();
            let names: Vec<String> =
                all.into_iter().map(|found| found.map_or_else(|(name, _)| name, |(label, _)| label.name)).collect();
            Err(Trouble::Said(Code::Usage, diag::catalog::not_kept(name, &names)))
        }
    }
}
