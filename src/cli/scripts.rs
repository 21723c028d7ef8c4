//! `pbxsh scripts`

use crate::cli::world::World;
use crate::cli::{bundled, permissions, run};
use crate::diag::Exit;

pub(super) fn list(world: &World) -> Exit {
    for (heading, list) in [("Scripts", bundled::scripts()), ("Examples", bundled::examples())] {
        world.print(&format!("{heading}, run as `pbxsh run @name`:"));
        let width = list.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, title) in list {
            let needs =
                bundled::script(&name).and_then(|source| permissions::needs_of(&source.text).map(str::to_owned));
            let needs = needs.map(|needs| format!(" (needs: {needs})")).unwrap_or_default();
            world.print(&run::how(world).entry(&format!("@{name}"), width + 1, &format!("{title}{needs}")));
        }
    }
    Exit::Success
}
