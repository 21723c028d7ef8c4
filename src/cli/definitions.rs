//! `pbxsh definitions DIR`

use std::path::PathBuf;

use crate::catalog::Catalog;
use crate::cli::bounds::Bounds;
use crate::cli::wiring::{release, wire};
use crate::cli::world::World;
use crate::cli::{Pbx, bundled, kept};
use crate::code::Code;
use crate::diag::{self, Exit};
use crate::disk;
use crate::script::{self, Source};
use crate::show::definitions;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where the files go; it is made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Only what this release has, 20.0.5 to 20.0.10; without it what any of them has
    #[arg(long, value_name = "RELEASE", conflicts_with = "profile")]
    release: Option<String>,
    /// Only what the PBX of this profile said that it has (`pbxsh catalog import`)
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

pub(super) fn command(arguments: &Arguments, world: &World) -> Exit {
    let complain = |code, reason: &str| world.complain(code, reason, None);
    let described = match kept::chosen(arguments.profile.as_deref(), world) {
        Ok(described) => described,
        Err(exit) => return exit,
    };
    let catalog = Catalog::known();
    let release = match arguments.release.as_deref().map(|name| release(catalog, name)).transpose() {
        Ok(release) => release.or(described),
        Err(reason) => return complain(Code::UnknownRelease, &reason),
    };
    let modules = match modules(world) {
        Ok(modules) => modules,
        Err(reason) => return complain(Code::Internal, &reason),
    };
    let own = definitions::files(catalog, release).into_iter().map(|(name, text)| (name.to_owned(), text));
    let all = own.chain([("rhai.d.rhai".to_owned(), script::standard_definitions())]).chain(modules);
    if let Err(error) = std::fs::create_dir_all(&arguments.folder) {
        return complain(Code::File, &format!("`{}`: {error}", arguments.folder.display()));
    }
    for (name, text) in all {
        let file = arguments.folder.join(name);
        if let Err(error) = disk::publish(&file, &text) {
            return complain(Code::File, &format!("`{}`: {error}", file.display()));
        }
        world.print(&file.display().to_string());
    }
    Exit::Success
}

/// The modules that come with the program.
fn modules(world: &World) -> Result<Vec<(String, String)>, String> {
    let library = bundled::library();
    let mut session = wire(&Pbx::rehearsal(), &Bounds::default(), None, world)?.session;
    let names = (library.embedded_names)().into_iter();
    let modules = names.filter_map(|name| Some(Source::new(name.clone(), (library.embedded)(&name)?)));
    let module = |source: Source| {
        let described = session.describe(&source).map_err(|failure| diag::failure(&failure).0.message)?;
        Ok((format!("{}.d.rhai", source.name.replace('/', "-")), definitions::module(&described)))
    };
    modules.map(module).collect()
}
