//! `pbxsh catalog import`: what a PBX says about itself.

use std::path::PathBuf;

use crate::bindings::{AHEAD, Connection};
use crate::catalog::diff::{Side, diff};
use crate::catalog::kept::{Kept, Label, Origin};
use crate::catalog::{Catalog, Shared, Source, Texts, import_beside, merge, numbers};
use crate::cli::Pbx;
use crate::cli::bounds::Bounds;
use crate::cli::catalog::Trouble;
use crate::cli::choice::{self, Choice};
use crate::cli::kept::Shelf;
use crate::cli::network::Network;
use crate::cli::wiring::wire;
use crate::cli::world::World;
use crate::code::Code;
use crate::diag;
use crate::script::{Fact, Wording};
use crate::show::{difference, text};

/// Read what a PBX says about itself, so that everything it can do can be called
///
/// A PBX that is newer than this pbxsh has operations, types and values that pbxsh does not know, and describes them itself. What it says is
/// kept for its profile: from then on its scripts, the prompt, `pbxsh check --profile` and `pbxsh definitions --profile` go by it. The PBX is
/// that of --profile, else the one that a script would get. `pbxsh catalog diff` shows what is new, `pbxsh catalog forget` undoes it.
///
/// With files, which are 3CX's OpenAPI descriptions, the facts of all of them are written in pbxsh's own format instead.
#[derive(Debug, clap::Args)]
pub(super) struct Import {
    /// Descriptions to write as operations.txt and types.txt; the release stands in the file's name, as in `xapi-20.0.10.yaml`
    #[arg(value_name = "FILE", conflicts_with_all = ["profile", "sandbox"])]
    pub(super) files: Vec<PathBuf>,
    /// Where operations.txt and types.txt go
    #[arg(long, value_name = "DIR", default_value = "catalog", requires = "files")]
    pub(super) out: PathBuf,
    /// The PBX of this profile
    #[arg(long, value_name = "NAME", conflicts_with = "sandbox")]
    profile: Option<String>,
    /// A simulated PBX, to see how it goes
    #[arg(long)]
    sandbox: bool,
    /// The release of the simulated PBX
    #[arg(long, value_name = "RELEASE", requires = "sandbox")]
    release: Option<String>,
    #[command(flatten)]
    network: Network,
}

pub(super) fn import(given: &Import, world: &World) -> Result<(), Trouble> {
    let pbx = Pbx {
        sandbox: given.sandbox,
        profile: given.profile.clone(),
        release: given.release.clone(),
        ..Pbx::default()
    };
    let pbx = pbx.chosen(world).map_err(Trouble::Told)?;
    let origin = match &pbx.choice {
        _ if pbx.sandbox => Origin::Sandbox,
        Choice::Profile(_) => Origin::Profile,
        Choice::Environment(Err(missing)) => return Err(Trouble::Told(choice::nothing(missing.clone(), world))),
        Choice::Environment(Ok(_)) => Origin::Environment,
    };
    let bounds = Bounds {
        network: given.network.clone(),
        ahead: AHEAD as u8,
        max_memory: usize::MAX >> 20,
        ..Bounds::default()
    };
    let wired = wire(&pbx, &bounds, None, world).map_err(|reason| Trouble::of(Code::Usage, reason))?;
    world.on_ctrl_c(&wired.stop.interrupt);
    let kept = ask(&wired.bindings.pbx(), origin, world)?;
    let shelf = Shelf::of(world);
    let shelf =
        shelf.ok_or_else(|| Trouble::of(Code::File, "there is no folder for what pbxsh keeps: is `HOME` set?"))?;
    // Before it is kept: what cannot be used must not take the place of what can.
    let told = report(&kept)?;
    let file = shelf.file(&kept.label.name);
    shelf.write(&kept).map_err(|error| Trouble::of(Code::File, format!("`{}`: {error}", file.display())))?;
    told.iter().for_each(|line| world.tell(line));
    Ok(())
}

fn ask(pbx: &Connection, origin: Origin, world: &World) -> Result<Kept, Trouble> {
    let name = pbx.name().to_owned();
    let told = pbx.description();
    let (version, description) =
        told.map_err(|fault| Trouble::Said(fault.kind(), diag::catalog::silent(&name, &fault)))?;
    let version = version.trim().to_owned();
    let fits = version.len() < 64 && version.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
    if !fits || numbers(&version)[0] == 0 {
        return Err(Trouble::Said(Code::BadDescription, diag::catalog::versionless(&name, &version)));
    }
    let label = Label { name, origin, version, imported: (world.clock())().to_string() };
    let source = Source { release: label.release(), text: description };
    let facts = import_beside(vec![source], Some(Catalog::builtin()))
        .map_err(|error| Trouble::Said(Code::BadDescription, diag::catalog::import(&label.name, &error)))?;
    Ok(Kept { label, facts })
}

/// What was read, and what of it is new.
fn report(kept: &Kept) -> Result<Vec<String>, Trouble> {
    let Label { name, version, .. } = &kept.label;
    let left_out = &kept.facts.left_out;
    let facts = Texts { left_out: Vec::new(), ..kept.facts.clone() };
    let shared = vec![Shared { labels: vec![kept.label.clone()], facts }];
    let unusable = |reason: String| {
        let message = format!("what `{name}` says about itself cannot be used: {reason}");
        Trouble::Said(Code::BadDescription, Wording { message, hint: Some("nothing was kept".to_owned()) })
    };
    let (catalog, losses) =
        merge(&Catalog::built_in_texts(), shared, Some(name)).map_err(|error| unusable(error.to_string()))?;
    // The program ends soon.
    let catalog: &'static Catalog = Box::leak(Box::new(catalog));
    let Some(described) = catalog.described(name) else {
        let reason = losses.iter().map(diag::catalog::loss).collect::<Vec<_>>().join("; ");
        return Err(unusable(reason));
    };
    let to = Side { name: name.clone(), catalog, release: described.release };
    let mut lines = vec![format!("`{name}` is {version}: {}", difference::counts(&to))];
    let nearest = Catalog::builtin();
    let nearest = nearest.release_name(nearest.release_for(version));
    let release = catalog.release(nearest).unwrap_or(catalog.shipped);
    let difference = diff(&Side { name: nearest.to_owned(), catalog, release }, &to);
    lines.push(if difference.is_empty() {
        format!("that is what pbxsh knew about {nearest} already")
    } else {
        let summary = difference::summary(&difference);
        format!("compared with {nearest}: {summary}; `pbxsh catalog diff {nearest} {name}` shows them")
    });
    lines.extend(losses.iter().map(diag::catalog::loss));
    if let Some(first) = left_out.first() {
        let more = if left_out.len() > 1 { format!(" and {} more", left_out.len() - 1) } else { String::new() };
        lines.push(format!("note: pbxsh cannot call {}{more}: left out", text::line(first)));
    }
    Ok(lines)
}
