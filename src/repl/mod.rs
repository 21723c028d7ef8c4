//! The prompt: entries in, values out, until somebody leaves.
//!
//! The editor is a part of its own, what an entry does is another one that knows no terminal, and what may stand at the
//! cursor is computed from text, catalog and names alone.

mod acts;
mod answers;
mod begun;
mod colour;
mod commands;
mod complete;
#[cfg(test)]
mod complete_tests;
mod context;
mod desk;
mod editor;
#[cfg(test)]
mod failing_tests;
mod files;
mod question;
mod saved;
mod scan;
mod seen;
mod settings;
mod shell;
#[cfg(test)]
mod shell_tests;
mod standing;
mod values;

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

pub use answers::Answers;
pub use desk::{Desk, Listing, Trace, Traffic, Turned, Wrong};
pub use question::Questions;

use crate::bindings::Connection;
use crate::bindings::secrets::{self, Found};
use crate::catalog::Catalog;
use crate::diag::{self, Style};
use crate::guard::{Confirm, Mode, Switch};
use crate::repl::begun::Begun;
use crate::repl::colour::Parts;
use crate::repl::complete::{Candidate, Names};
use crate::repl::editor::{Assistant, Editor, Entry};
use crate::repl::shell::{Next, ROWS, Shell};
use crate::script::{Ending, Session, Source, panics};
use crate::show::Format;

/// Everything that a prompt is given.
pub struct Prompt {
    pub session: Session,
    /// What scripts see as `pbx`.
    pub pbx: Connection,
    pub catalog: &'static Catalog,
    pub place: Place,
    pub read_only: Switch,
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
    pub style: Style,
    /// How wide the terminal is now.
    pub width: Box<dyn Fn() -> usize>,
    /// A line of output.
    pub print: Box<dyn Fn(&str)>,
    /// A line about it.
    pub tell: Box<dyn Fn(&str)>,
    /// Forgets an interrupt; called before and after each entry.
    pub forget: Box<dyn Fn()>,
    /// What ended the entry that runs.
    pub ending: Box<dyn Fn() -> Option<Ending>>,
    pub screen: Arc<dyn Screen>,
    /// The modules that completion offers: `std/csv`.
    pub modules: Vec<String>,
}

/// What the editor asks of the terminal.
pub trait Screen: Send + Sync {
    /// Columns and rows.
    fn size(&self) -> (usize, usize);
    /// Is more typed already than was read?
    fn is_typed_ahead(&self) -> bool;
    /// Shall the program end?
    fn is_leaving(&self) -> bool;
    /// Stops the program until somebody takes it up again; false where there is no such thing.
    fn put_aside(&self) -> bool;
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
    let session = Rc::new(RefCell::new(prompt.session));
    let mut shell = Shell {
        session: session.clone(),
        pbx: prompt.pbx,
        catalog: prompt.catalog,
        style: prompt.style,
        width: prompt.width,
        print: prompt.print,
        tell: prompt.tell,
        forget: prompt.forget,
        ending: prompt.ending,
        format: Format::Auto,
        rest: None,
        entries: 0,
        functions: Vec::new(),
        last: None,
        desk: prompt.desk,
        place: prompt.place,
        read_only: prompt.read_only,
        confirm: prompt.confirm,
        answers: prompt.answers,
        trace: prompt.trace,
        rows: ROWS,
        ahead: None,
        vi: false,
        init: prompt.init,
        last_entry: String::new(),
        before: None,
        worked: false,
        kept: Vec::new(),
        seen: seen::Seen::default(),
        full: false,
        interrupted: false,
    };
    shell.guarded(Shell::init);
    let names = Rc::new(RefCell::new(Names::default()));
    let typing = Rc::new(Typing::new(session, names.clone(), prompt.catalog));
    let (colour, screen) = (prompt.style.colour, prompt.screen);
    let mut editor = Editor::new(typing.clone(), colour, prompt.history.as_deref(), screen.clone())?;
    let (mut told, mut broken) = (false, false);
    loop {
        // Nobody who has typed ahead waits for what they could complete.
        if !screen.is_typed_ahead()
            && let Some(known) = shell.guarded(|shell| shell.names(&prompt.modules))
        {
            names.replace(known);
            typing.painted.take();
        }
        let (plain, styled) = head(shell.pbx.name(), shell.place, shell.pbx.mode() != Mode::Everything, colour);
        if screen.is_leaving() {
            return Ok(0);
        }
        let read = panics::guard(|| editor.read(&plain, &styled));
        let unread = std::mem::replace(&mut broken, read.is_err());
        let entry = match read {
            Ok(Entry::Text(entry)) => entry,
            Ok(Entry::Cleared) => continue,
            Ok(Entry::End) => return Ok(0),
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
            Next::Clear => editor.clear(),
            Next::History(words) => history(editor, &words, shell),
            Next::Turned(history) => editor.turn_to(history.as_deref()),
            Next::Keys(vi) => editor.set_keys(vi),
            Next::Enter(text) => {
                (shell.print)(&crate::show::text::lines(&text));
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
        return (shell.tell)(&format!(
            "note: not kept in the history, because it is longer than {size}; `:edit` has it"
        ));
    }
    let Some(found) = secrets::find(entry) else { return editor.keep(entry.trim_end()) };
    if !std::mem::replace(told, true) {
        let why = match found {
            Found::Named(name) => format!("`{name}` looks like a secret"),
            Found::Looks => "there is a secret in it by its looks".to_owned(),
            Found::Known => "there is a secret of this session in it".to_owned(),
        };
        (shell.tell)(&format!("note: not kept in the history, because {why}; such entries never are"));
    }
}

fn history(editor: &Editor, words: &str, shell: &Shell) {
    let kept = editor.kept();
    let wide = kept.len().to_string().len();
    for (at, entry) in kept.iter().enumerate().filter(|(_, entry)| words.split(' ').all(|word| entry.contains(word))) {
        let lines = entry.replace('\n', &format!("\n{}", " ".repeat(wide + 2)));
        (shell.print)(&format!("{:wide$}  {}", at + 1, crate::show::text::lines(&lines)));
    }
}

/// The prompt itself, without and with colours: words say what colours say.
fn head(name: &str, place: Place, read_only: bool, colour: bool) -> (String, String) {
    let name = crate::show::text::line(name);
    let (word, code) = match (place, read_only) {
        (Place::Live, false) => (" LIVE", "1;31"),
        (Place::Live, true) => (" read-only", "1;36"),
        (Place::Sandbox, false) => ("", "1;32"),
        (Place::Sandbox, true) => (" read-only", "1;32"),
    };
    let plain = format!("{name}{word}> ");
    let styled = if colour { format!("\x1b[{code}m{name}{word}>\x1b[0m ") } else { plain.clone() };
    (plain, styled)
}

/// What the editor asks while somebody types. Where that fails there is no answer, and it is told below the entry.
struct Typing {
    session: Rc<RefCell<Session>>,
    names: Rc<RefCell<Names>>,
    catalog: &'static Catalog,
    painted: RefCell<Parts>,
    failed: RefCell<Option<String>>,
}

impl Typing {
    fn new(session: Rc<RefCell<Session>>, names: Rc<RefCell<Names>>, catalog: &'static Catalog) -> Typing {
        Typing { session, names, catalog, painted: RefCell::default(), failed: RefCell::default() }
    }

    fn guarded<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        panics::guard(work).map_err(|place| self.failed.replace(Some(place))).ok()
    }
}

impl Assistant for Typing {
    fn is_unfinished(&self, begun: &Begun, text: &str) -> bool {
        self.guarded(|| begun.is_unfinished(&self.session.borrow(), text)).unwrap_or(false)
    }

    fn complete(&self, line: &str, cursor: usize) -> (usize, Vec<Candidate>) {
        let found = self.guarded(|| complete::complete(line, cursor, &self.names.borrow(), self.catalog));
        found.unwrap_or((cursor, Vec::new()))
    }

    fn paint(&self, line: &str, cursor: usize) -> String {
        let mut last = self.painted.borrow_mut();
        let painted = self.guarded(|| colour::paint(line, cursor, &self.names.borrow(), self.catalog, &mut last));
        painted.unwrap_or_else(|| line.to_owned())
    }

    fn hint(&self, line: &str) -> Option<String> {
        self.guarded(|| complete::hint(line, &self.names.borrow(), self.catalog)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, head};

    #[test]
    fn the_prompt_says_in_words_what_its_colour_says() {
        let plain = |name, place, read_only| head(name, place, read_only, false).0;
        assert_eq!(plain("sandbox", Place::Sandbox, false), "sandbox> ");
        assert_eq!(plain("sandbox", Place::Sandbox, true), "sandbox read-only> ");
        assert_eq!(plain("pbx.example.com", Place::Live, false), "pbx.example.com LIVE> ");
        assert_eq!(plain("pbx.example.com", Place::Live, true), "pbx.example.com read-only> ");
        let styled = |place| head("x", place, false, true).1;
        assert_ne!(styled(Place::Live), styled(Place::Sandbox));
    }
}
