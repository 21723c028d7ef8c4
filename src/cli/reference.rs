//! `pbxsh help TOPIC` and `pbxsh ops WORDS`: the pages of the prompt without one.

use crate::catalog::Catalog;
use crate::cli::bounds::Bounds;
use crate::cli::wiring::wire;
use crate::cli::world::World;
use crate::cli::{Pbx, grammar, kept, run};
use crate::code::Code;
use crate::diag::{self, Exit};
use crate::show::help::{Help, Page};
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

/// The page of a module, if the topic looks like the path of one and there is one.
fn module(topic: &str, how: &How, world: &World) -> Option<Page> {
    let looks = topic.contains('/');
    let sandbox = Pbx { sandbox: true, ..Pbx::default() };
    let mut session = looks.then(|| wire(&sandbox, &Bounds::default(), None, world).ok()).flatten()?.session;
    let source = session.find_module("", topic).ok()?;
    let described = session.describe(&source);
    Some(described.map(|module| modules::page(&module, how)).map_err(|failure| diag::failure(&failure).0.message))
}

pub(super) fn ops(words: &Words, world: &World) -> Exit {
    kept::install(None, world);
    world.print(&help(world).search(&words.words.join(" ")));
    Exit::Success
}

fn help(world: &World) -> Help<'static> {
    Help { catalog: Catalog::known(), release: None, how: run::how(world) }
}
