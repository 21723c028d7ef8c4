//! `pbxsh help TOPIC` and `pbxsh ops WORDS`: the pages of the prompt without one.

use crate::catalog::Catalog;
use crate::cli::world::World;
use crate::cli::{grammar, kept, run};
use crate::code::Code;
use crate::diag::Exit;
use crate::show::help::Help;

#[derive(Debug, clap::Args)]
pub(super) struct Topic {
    /// A command, a resource, an operation, a type, one of its properties, or a function: `users`, `users.update`, `User`, `csv::read`
    #[arg(value_name = "TOPIC")]
    topic: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Words {
    /// What the operation is about, as in `voicemail greeting`
    #[arg(value_name = "WORDS", required = true)]
    words: Vec<String>,
}

pub(super) fn topic(topic: &Topic, world: &World) -> Exit {
    let mut command = grammar(world);
    let Some(first) = topic.topic.first() else {
        world.print(command.render_long_help().to_string().trim_end());
        return Exit::Success;
    };
    // `pbxsh help profile add` goes down to a command of a command.
    command.build();
    let mut found = Some(&mut command);
    for name in &topic.topic {
        found = found.and_then(|command| command.find_subcommand_mut(name));
    }
    if let Some(found) = found {
        world.print(found.render_long_help().to_string().trim_end());
        return Exit::Success;
    }
    kept::install(None, world);
    match help(world).topic(first) {
        Ok(page) => {
            world.print(&page);
            Exit::Success
        }
        Err(unknown) => world.complain(Code::Usage, &unknown, Some("`pbxsh ops WORDS` finds operations")),
    }
}

pub(super) fn ops(words: &Words, world: &World) -> Exit {
    kept::install(None, world);
    world.print(&help(world).search(&words.words.join(" ")));
    Exit::Success
}

fn help(world: &World) -> Help<'static> {
    Help { catalog: Catalog::known(), release: None, how: run::how(world) }
}
