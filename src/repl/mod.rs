//! The prompt: entries in, values out, until somebody leaves.
//!
//! The editor is a part of its own, what an entry does is another one that knows no terminal, and what may stand at the
//! cursor is computed from text, catalog and names alone.

mod acts;
mod answers;
mod begun;
mod builtin;
mod colour;
mod commands;
mod complete;
#[cfg(test)]
mod complete_tests;
mod context;
#[cfg(test)]
mod context_tests;
mod desk;
mod editor;
#[cfg(test)]
mod failing_tests;
mod fields;
mod files;
mod head;
mod kinds;
mod lines;
#[cfg(test)]
mod paper;
mod plans;
mod question;
mod saved;
mod scan;
mod screen;
mod seen;
mod selection;
mod settings;
mod shell;
#[cfg(test)]
mod shell_tests;
mod standing;
mod topics;
mod typing;
mod values;
mod variables;

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

pub use answers::Answers;
pub use desk::{Desk, Listing, Trace, Traffic, Turned, Wrong};
pub use editor::Keys;
pub use question::Questions;
pub use screen::Screen;

use crate::bindings::Connection;
use crate::bindings::secrets::{self, Found};
use crate::catalog::Catalog;
use crate::diag;
use crate::guard::{Confirm, Switch};
use crate::repl::complete::Names;
use crate::repl::editor::{Editor, Entry};
use crate::repl::head::Head;
use crate::repl::shell::{Next, Shell};
use crate::repl::typing::Typing;
use crate::script::{Session, Source, panics};
use crate::show::text;

/// Everything that a prompt is given.
pub struct Prompt {
    pub session: Session,
    /// What scripts see as `pbx`.
    pub pbx: Connection,
    pub catalog: &'static Catalog,
    pub place: Place,
    pub read_only: Switch,
    /// Changes are noted and not sent, until somebody says otherwise.
    pub planning: Switch,
    /// Who is asked before what cannot be taken back.
    pub confirm: Confirm,
    pub desk: Box<dyn Desk>,
    /// The values that `out(n)` gives; the session has them as a host.
    pub answers: Answers,
    /// How much of the requests is shown at the start.
    pub trace: Trace,
    /// What runs first.
    pub init: Option<Source>,
    /// Where entries are kept; nowhere without it.
    pub history: Option<PathBuf>,
    pub keys: Keys,
    pub screen: Arc<dyn Screen>,
    /// The modules that completion offers: `std/csv`.
    pub modules: Vec<String>,
}

/// What Tab would offer behind a line in a new session.
#[must_use]
pub fn candidates(line: &str, catalog: &'static Catalog) -> Vec<String> {
    let (_, found) = complete::complete(line, line.len(), &Names::default(), catalog);
    found.into_iter().map(|candidate| candidate.text).collect()
}

/// What a mistake would hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Sandbox,
    Live,
}

/// Runs the prompt until somebody leaves it, and gives the exit code that was chosen.
///
/// # Errors
/// The reason why this terminal cannot have a prompt.
pub fn run(prompt: Prompt) -> Result<u8, String> {
    let (screen, history, catalog) = (prompt.screen.clone(), prompt.history.clone(), prompt.catalog);
    let mut shell = Shell::new(prompt);
    shell.guarded(Shell::init);
    let names = Rc::new(RefCell::new(Names::default()));
    let typing = Rc::new(Typing::new(shell.session.clone(), names.clone(), catalog, screen.clone()));
    let keys = (shell.keys, shell.style.colour);
    let mut editor = Editor::new(typing.clone(), keys, history.as_deref(), screen.clone())?;
    let (mut told, mut broken) = (false, false);
    loop {
        // Nobody who has typed ahead waits for what they could complete.
        if !screen.is_typed_ahead()
            && let Some(known) = shell.guarded(|shell| shell.names())
        {
            names.replace(known);
            typing.repaint();
        }
        let (plain, styled) = Head::of(&shell).texts(shell.style.colour);
        if screen.is_leaving() {
            shell.leave();
            return Ok(0);
        }
        let read = panics::guard(|| editor.read(&plain, &styled));
        let unread = std::mem::replace(&mut broken, read.is_err());
        let entry = match read {
            Ok(Entry::Text(entry)) => entry,
            Ok(Entry::Cleared) => {
                shell.desk.forget();
                continue;
            }
            Ok(Entry::End) => {
                shell.leave();
                return Ok(0);
            }
            // Whoever cannot read twice in a row will not read any more.
            Err(place) if unread => return Err(place),
            Err(place) => {
                shell.failed_itself(place);
                continue;
            }
        };
        if let Some(place) = typing.failed.take() {
            shell.failed_itself(place);
        }
        if let Some(Some(code)) = shell.guarded(|shell| enter(entry, shell, &mut editor, &mut told)) {
            shell.leave();
            return Ok(code);
        }
        if std::mem::take(&mut shell.interrupted) {
            editor.forget_ahead();
        }
    }
}

/// What an entry does, and those that come of it; the exit code, if it leaves.
fn enter(mut entry: String, shell: &mut Shell, editor: &mut Editor, told: &mut bool) -> Option<u8> {
    loop {
        keep(editor, &entry, shell, told);
        match shell.enter(&entry) {
            Next::Go => {}
            Next::Quit(code) => return Some(code),
            // Who asks for it wants it, listening or not.
            Next::Clear if shell.screen.can_draw() => editor.clear(),
            Next::Clear => {}
            Next::History(words) => history(editor, &words, shell),
            Next::Turned(history) => editor.turn_to(history.as_deref()),
            Next::Keys(keys) => editor.set_keys(keys, shell.style.colour),
            Next::Enter(text) => {
                shell.print(&text::lines(&text));
                entry = text;
                continue;
            }
        }
        return None;
    }
}

/// The longest entry that is kept: about ten thousand lines. Longer ones would make every start slower.
const LONGEST: usize = 250_000;

/// Keeps an entry for later. One with a secret in it is not kept, which is told the first time.
fn keep(editor: &mut Editor, entry: &str, shell: &Shell, told: &mut bool) {
    if entry.trim().is_empty() || entry.starts_with(' ') {
        return;
    }
    if entry.len() > LONGEST {
        let size = diag::size(LONGEST as u64);
        return shell.tell(&format!("note: not kept in the history, because it is longer than {size}; `:edit` has it"));
    }
    let Some(found) = secrets::find(entry) else { return editor.keep(entry.trim_end()) };
    if !std::mem::replace(told, true) {
        let why = match found {
            Found::Named(name) => format!("`{name}` looks like a secret"),
            Found::Looks => "there is a secret in it by its looks".to_owned(),
            Found::Known => "there is a secret of this session in it".to_owned(),
        };
        shell.tell(&format!("note: not kept in the history, because {why}; such entries never are"));
    }
}

fn history(editor: &Editor, words: &str, shell: &Shell) {
    let kept = editor.kept();
    let wide = kept.len().to_string().len();
    for (at, entry) in kept.iter().enumerate().filter(|(_, entry)| words.split(' ').all(|word| entry.contains(word))) {
        if shell.style.plain {
            shell.print(&format!("{}: {}", at + 1, text::lines(entry)));
            continue;
        }
        let lines = entry.replace('\n', &format!("\n{}", " ".repeat(wide + 2)));
        shell.print(&format!("{:wide$}  {}", at + 1, text::lines(&lines)));
    }
}
