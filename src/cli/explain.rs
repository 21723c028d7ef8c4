//! `pbxsh explain [CODE]`

use crate::cli::world::World;
use crate::cli::{completions, run};
use crate::code::Code;
use crate::diag::{Exit, codes};

/// Explain an error by its code
///
/// What it means, why it happens, what to do, and an example. The codes of a PBX, as WARNINGS.XAPI.ALREADY_IN_USE, are explained too,
/// and `already_in_use` is enough. Without a code it lists those of pbxsh.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The code, as a report shows it
    #[arg(value_name = "CODE", add = completions::codes())]
    code: Option<String>,
}

pub(super) fn command(arguments: &Arguments, world: &World) -> Exit {
    let width = run::how(world).prose();
    let Some(code) = &arguments.code else {
        world.print(codes::overview(width, world.is_plain()).trim_end());
        return Exit::Success;
    };
    match codes::explain(code, width) {
        Ok(page) => {
            world.print(page.trim_end());
            Exit::Success
        }
        Err((message, hint)) => world.complain(Code::Usage, &message, hint.as_deref()),
    }
}
