//! `pbxsh help TOPIC` and `pbxsh ops WORDS`: the pages of the prompt without one.

use crate::catalog::Catalog;
use crate::cli::bounds::Bounds;
use crate::cli::wiring::wire_to_read;
use crate::cli::world::World;
use crate::cli::{grammar, kept, run};
use crate::code::Code;
use crate::diag::{self, Exit};
use crate::show::help::Help;
use crate::show::topic::Page;
use crate::show::{How, modules};

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
    let help = help(world);
    match module(first, &help.how, world).unwrap_or_else(|| help.topic(first.trim_end_matches('?'))) {
        Ok(page) => {
            world.print(&page);
            Exit::Success
        }
        Err(unknown) => world.complain(Code::Usage, &unknown, Some("`pbxsh ops WORDS` finds operations")),
    }
}

/// The page of a module, if the topic is its path.
fn module(topic: &str, how: &How, world: &World) -> Option<Page> {
    // Who cannot have a session needs none for the other pages.
    let wired = modules::is_path(topic).then(|| wire_to_read(&Bounds::default(), world).ok()).flatten();
    let page = modules::topic(&mut wired?.session, topic, how)?;
    Some(page.map_err(|failure| diag::failure(&failure).0.message))
}

pub(super) fn ops(words: &Words, world: &World) -> Exit {
    kept::install(None, world);
    world.print(&help(world).search(&words.words.join(" ")));
    Exit::Success
}

fn help(world: &World) -> Help<'static> {
    Help { catalog: Catalog::known(), release: None, how: run::how(world) }
}
