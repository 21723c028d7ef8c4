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
mod files;
mod kinds;
mod lines;
mod plans;
mod question;
mod saved;
mod scan;
mod seen;
mod selection;
mod settings;
mod shell;
#[cfg(test)]
mod shell_tests;
mod standing;
mod values;

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

pub use answers::Answers;
pub use desk::{Desk, Listing, Trace, Traffic, Turned, Wrong};
pub use editor::Keys;
pub use lines::ReadLine;
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
use crate::repl::lines::Lines;
use crate::repl::shell::{Next, ROWS, Shell};
use crate::script::{Ending, Session, Source, panics};
use crate::show::Format;
use crate::terminal::{FINE, KNOWN, LIVE, WORD, paint};

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
    pub style: Style,
    /// How wide the terminal is now.
    pub width: Rc<dyn Fn() -> usize>,
    /// Reads a line without drawing.
    pub read_line: ReadLine,
    pub keys: Keys,
    /// A line of output.
    pub print: Rc<dyn Fn(&str)>,
    /// A line about it.
    pub tell: Rc<dyn Fn(&str)>,
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
    let (width, room, print) = (prompt.width.clone(), prompt.width.clone(), prompt.print.clone());
    // Broken by the terminal, the words of a sentence would end in their middle.
    let sentence = move |line: &str| crate::show::text::wrap(line, room().max(20), 0);
    let (wrapped, report) = (sentence.clone(), prompt.tell.clone());
    let mut shell = Shell {
        session: session.clone(),
        pbx: prompt.pbx,
        catalog: prompt.catalog,
        style: prompt.style,
        width: prompt.width,
        print: prompt.print,
        tell: Box::new(move |line| (prompt.tell)(&wrapped(line))),
        report,
        forget: prompt.forget,
        ending: prompt.ending,
        format: Format::Auto,
        rest: None,
        entries: 0,
        functions: Vec::new(),
        imported: Vec::new(),
        last: None,
        desk: prompt.desk,
        place: prompt.place,
        read_only: prompt.read_only,
        planning: prompt.planning,
        confirm: prompt.confirm,
        answers: prompt.answers,
        trace: prompt.trace,
        rows: ROWS,
        ahead: None,
        keys: prompt.keys,
        timing: false,
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
    let looks = Rc::new(Cell::new(prompt.style));
    let look = Look { width, looks: looks.clone() };
    let typing = Rc::new(Typing::new(session, names.clone(), prompt.catalog, look));
    let print = Rc::new(move |line: &str| print(&sentence(line)));
    let lines = Lines::new(prompt.read_line, print, typing.clone());
    let (keys, screen) = ((prompt.keys, prompt.style.colour), prompt.screen);
    let mut editor = Editor::new(typing.clone(), lines, keys, prompt.history.as_deref(), screen.clone())?;
    let (mut told, mut broken) = (false, false);
    loop {
        // Nobody who has typed ahead waits for what they could complete.
        if !screen.is_typed_ahead()
            && let Some(known) = shell.guarded(|shell| shell.names(&prompt.modules))
        {
            names.replace(known);
            typing.painted.take();
        }
        let standing = Standing {
            place: shell.place,
            read_only: shell.pbx.mode() != Mode::Everything,
            planned: shell.planning.is_on().then(|| shell.pbx.plans().len()),
        };
        let (plain, styled) = head(shell.pbx.name(), standing, shell.style.colour);
        if screen.is_leaving() {
            shell.leave();
            return Ok(0);
        }
        let read = panics::guard(|| editor.read(&plain, &styled));
        let unread = std::mem::replace(&mut broken, read.is_err());
        let entry = match read {
            Ok(Entry::Text(entry)) => entry,
            Ok(Entry::Cleared) => {
                (shell.forget)();
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
        if let Some(Some(code)) = shell.guarded(|shell| enter(entry, shell, &mut editor, &mut told, &looks)) {
            shell.leave();
            return Ok(code);
        }
        if std::mem::take(&mut shell.interrupted) {
            editor.forget_ahead();
        }
    }
}

/// What an entry does, and those that come of it; the exit code, if it leaves.
fn enter(
    mut entry: String,
    shell: &mut Shell,
    editor: &mut Editor,
    told: &mut bool,
    looks: &Cell<Style>,
) -> Option<u8> {
    loop {
        keep(editor, &entry, shell, told);
        match shell.enter(&entry) {
            Next::Go => {}
            Next::Quit(code) => return Some(code),
            // Who asks for it wants it, listening or not.
            Next::Clear if shell.desk.can_draw() => editor.clear(),
            Next::Clear => {}
            Next::History(words) => history(editor, &words, shell),
            Next::Turned(history) => editor.turn_to(history.as_deref()),
            Next::Keys(keys) => {
                looks.set(shell.style);
                editor.set_keys(keys, shell.style.colour);
            }
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
        if shell.style.plain {
            (shell.print)(&format!("{}: {}", at + 1, crate::show::text::lines(entry)));
            continue;
        }
        let lines = entry.replace('\n', &format!("\n{}", " ".repeat(wide + 2)));
        (shell.print)(&format!("{:wide$}  {}", at + 1, crate::show::text::lines(&lines)));
    }
}

/// What an entry could do.
#[derive(Debug, Clone, Copy)]
struct Standing {
    place: Place,
    read_only: bool,
    /// How many changes are planned, where they are.
    planned: Option<usize>,
}

/// The prompt itself, without and with colours: words say what colours say.
fn head(name: &str, standing: Standing, colour: bool) -> (String, String) {
    let name = crate::show::text::line(name);
    let (word, code) = match (standing.place, standing.read_only) {
        (Place::Live, false) => (" LIVE", LIVE),
        (Place::Live, true) => (" read-only", KNOWN),
        (Place::Sandbox, false) => ("", FINE),
        (Place::Sandbox, true) => (" read-only", FINE),
    };
    let (word, code) = match standing.planned {
        None => (word.to_owned(), code),
        Some(0) => (format!("{word} plan"), WORD),
        Some(planned) => (format!("{word} plan({planned})"), WORD),
    };
    // A profile may be rehearsed, and is called by its name.
    let sandbox = if standing.place == Place::Sandbox && !name.contains("sandbox") { " sandbox" } else { "" };
    let plain = format!("{name}{sandbox}{word}> ");
    let styled = format!("{} ", paint(plain.trim_end(), code, colour));
    (plain, styled)
}

/// The widest line about a candidate.
const WIDEST: usize = 98;

/// How wide the terminal is, and what may be drawn there.
struct Look {
    width: Rc<dyn Fn() -> usize>,
    looks: Rc<Cell<Style>>,
}

/// What the editor asks while somebody types. Where that fails there is no answer, and it is told below the entry.
struct Typing {
    session: Rc<RefCell<Session>>,
    names: Rc<RefCell<Names>>,
    catalog: &'static Catalog,
    look: Look,
    painted: RefCell<Parts>,
    failed: RefCell<Option<String>>,
}

impl Typing {
    fn new(session: Rc<RefCell<Session>>, names: Rc<RefCell<Names>>, catalog: &'static Catalog, look: Look) -> Typing {
        Typing { session, names, catalog, look, painted: RefCell::default(), failed: RefCell::default() }
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
        let (start, mut found) = found.unwrap_or((cursor, Vec::new()));
        let Style { plain, unicode, .. } = self.look.looks.get();
        // The editor puts two blanks behind each.
        let room = (self.look.width)().saturating_sub(2).clamp(10, WIDEST);
        for candidate in &mut found {
            candidate.shown = match plain {
                // As wide as that, each has a line of its own.
                true => crate::show::text::pad(&lines::spoken(&candidate.shown), room),
                // A list whose lines are broken anywhere is none.
                false => crate::show::text::cut(&candidate.shown, room, unicode),
            };
        }
        (start, found)
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
    use super::{Place, Standing, head};

    #[test]
    fn the_prompt_says_in_words_what_its_colour_says() {
        let at = |place, read_only, planned| Standing { place, read_only, planned };
        let plain = |name, place, read_only| head(name, at(place, read_only, None), false).0;
        assert_eq!(plain("sandbox", Place::Sandbox, false), "sandbox> ");
        assert_eq!(plain("sandbox", Place::Sandbox, true), "sandbox read-only> ");
        assert_eq!(plain("hq", Place::Sandbox, false), "hq sandbox> ");
        assert_eq!(plain("a\u{1b}[31m\nb", Place::Live, false), "a\\u{1b}[31m\\nb LIVE> ");
        assert_eq!(plain("pbx.example.com", Place::Live, false), "pbx.example.com LIVE> ");
        assert_eq!(plain("pbx.example.com", Place::Live, true), "pbx.example.com read-only> ");
        let planned = |place, planned| head("hq", at(place, false, Some(planned)), false).0;
        assert_eq!(
            (planned(Place::Sandbox, 0), planned(Place::Live, 3)),
            ("hq sandbox plan> ".to_owned(), "hq LIVE plan(3)> ".to_owned())
        );
        let styled = |place| head("x", at(place, false, None), true).1;
        assert_ne!(styled(Place::Live), styled(Place::Sandbox));
    }
}
