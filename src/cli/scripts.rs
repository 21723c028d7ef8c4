//! `pbxsh scripts`

use crate::cli::bundled;
use crate::cli::world::World;
use crate::diag::Exit;

pub(super) fn list(world: &World) -> Exit {
    for (heading, list) in [("Scripts", bundled::scripts()), ("Examples", bundled::examples())] {
        world.print(&format!("{heading}, run as `pbxsh run @name`:"));
        let width = list.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, title) in list {
            world.print(&format!("  @{name:width$}  {title}"));
        }
    }
    Exit::Success
}
