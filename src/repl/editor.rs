//! The line editor. Nothing else names the library behind it.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustyline::completion::{Completer, Pair};
use rustyline::config::Configurer;
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::history::{FileHistory, History, SearchDirection};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{
    Cmd, ColorMode, CompletionType, ConditionalEventHandler, Config, Context, EditMode, Event, EventContext,
    EventHandler, ExternalPrinter, Helper, KeyCode, KeyEvent, Movement, RepeatCount,
};

use unicode_width::UnicodeWidthStr;

use crate::repl::Screen;
use crate::repl::begun::Begun;
use crate::repl::complete::Candidate;
use crate::repl::lines::Lines;
use crate::terminal::{ASIDE, paint};

/// What the editor asks while somebody types.
pub(super) trait Assistant {
    /// Does Enter begin a new line of the same entry?
    fn is_unfinished(&self, begun: &Begun, text: &str) -> bool;
    fn complete(&self, line: &str, cursor: usize) -> (usize, Vec<Candidate>);
    /// The line in colours; apart from them it stays as it is.
    fn paint(&self, line: &str, cursor: usize) -> String;
    /// A remark behind the cursor, at the end of the line.
    fn hint(&self, line: &str) -> Option<String>;
}

/// What somebody typed.
#[derive(Debug)]
pub(super) enum Entry {
    Text(String),
    /// Ctrl-C: nothing, and again.
    Cleared,
    /// Ctrl-D, or a terminal that went away.
    End,
}

pub(super) struct Editor {
    inner: rustyline::Editor<Help, FileHistory>,
    history: Option<PathBuf>,
    lines: Lines,
    help: Help,
    keys: Keys,
    /// The entries that are kept and not yet on the disk.
    unwritten: usize,
    /// With it the library waits for keys and signals at once; without it a signal to another thread is not heard.
    _printer: Option<Box<dyn ExternalPrinter + Send>>,
}

/// How a line is typed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Keys {
    #[default]
    Emacs,
    Vi,
    /// The terminal reads whole lines, and nothing is drawn.
    Lines,
}

impl Keys {
    pub const NAMES: [&str; 3] = ["emacs", "vi", "lines"];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Keys::Emacs => "emacs",
            Keys::Vi => "vi",
            Keys::Lines => "lines",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Keys> {
        [Keys::Emacs, Keys::Vi, Keys::Lines].into_iter().find(|keys| keys.name() == name)
    }

    fn mode(self) -> EditMode {
        if self == Keys::Vi { EditMode::Vi } else { EditMode::Emacs }
    }
}

/// Entries of more days than anybody remembers.
const KEPT: usize = 5000;

/// A longer text is pasted or loaded, and colours are for what is typed: it would be read anew at every key.
const COLOURED: usize = 8000;

/// The most entries that are written at once.
const AT_ONCE: usize = 100;

/// So many lines stay in the editor while more of them come than anybody can type.
const LINES: usize = 20;

impl Editor {
    /// An editor with the history of a file, if there is one.
    pub(super) fn new(
        assistant: Rc<dyn Assistant>,
        (keys, colour): (Keys, bool),
        history: Option<&Path>,
        screen: Arc<dyn Screen>,
    ) -> Result<Editor, String> {
        let lines = Lines::new(screen.clone(), assistant.clone());
        let help = Help { assistant, colour, screen, typed: Rc::default() };
        let (inner, printer) = editor(&help, keys, None).map_err(|error| error.to_string())?;
        let mut editor = Editor { inner, history: None, lines, help, keys, unwritten: 0, _printer: printer };
        editor.turn_to(history);
        Ok(editor)
    }

    /// Reads an entry; `styled` looks like `prompt` apart from its colours.
    pub(super) fn read(&mut self, prompt: &str, styled: &str) -> Entry {
        if !self.help.screen.is_typed_ahead() {
            self.write();
        }
        if self.keys == Keys::Lines {
            return self.lines.read(prompt, &self.kept());
        }
        let typed = self.help.typed.clone();
        typed.begun.take();
        typed.pressed.begun.store(false, Ordering::Relaxed);
        let mut head = (prompt, styled);
        loop {
            return match self.inner.readline(&head) {
                Ok(text) if typed.taken_out.take() => {
                    typed.begun.borrow_mut().push(&text);
                    typed.pressed.begun.store(true, Ordering::Relaxed);
                    head = ("", "");
                    continue;
                }
                Ok(text) => Entry::Text(typed.begun.borrow().with(&text)),
                Err(ReadlineError::Interrupted) => Entry::Cleared,
                // The window changed its size: the library wants to be asked again.
                Err(ReadlineError::Signal(_)) => continue,
                // There is an entry, though its last line is empty.
                Err(ReadlineError::Eof) if !typed.begun.borrow().is_empty() => Entry::Cleared,
                Err(_) => Entry::End,
            };
        }
    }

    /// Forgets what was typed ahead, as a terminal does at Ctrl-C: the library has read some of it and shows nobody.
    pub(super) fn forget_ahead(&mut self) {
        let history = std::mem::take(self.inner.history_mut());
        if let Ok((inner, printer)) = editor(&self.help, self.keys, Some(history)) {
            (self.inner, self._printer) = (inner, printer);
        }
    }

    /// Keeps an entry for later, on the disk too, so that it outlives this program.
    pub(super) fn keep(&mut self, entry: &str) {
        if self.inner.add_history_entry(entry).unwrap_or(false) {
            self.unwritten += 1;
        }
        // A full history is read and written as a whole, which is too much for each of the lines that somebody pastes.
        if self.unwritten >= AT_ONCE || !self.help.screen.is_typed_ahead() {
            self.write();
        }
    }

    fn write(&mut self) {
        if let Some(path) = self.history.as_ref().filter(|_| self.unwritten > 0) {
            // A full disk must not stop anybody's work.
            let _ = self.inner.append_history(path);
        }
        self.unwritten = 0;
    }

    /// The kept entries, the oldest first.
    pub(super) fn kept(&self) -> Vec<String> {
        let history = self.inner.history();
        let get = |at| history.get(at, SearchDirection::Forward).ok().flatten();
        (0..history.len()).filter_map(get).map(|found| found.entry.into_owned()).collect()
    }

    /// Goes on with the entries of another file.
    pub(super) fn turn_to(&mut self, history: Option<&Path>) {
        self.write();
        let _ = self.inner.clear_history();
        if let Some(path) = history {
            let _ = self.inner.load_history(path);
            for_its_owner(path);
        }
        self.history = history.map(Path::to_path_buf);
    }

    pub(super) fn set_keys(&mut self, keys: Keys, colour: bool) {
        (self.keys, self.help.colour) = (keys, colour);
        self.inner.set_color_mode(colours(colour));
        if let Some(help) = self.inner.helper_mut() {
            help.colour = colour;
        }
        self.inner.set_edit_mode(keys.mode());
    }

    pub(super) fn clear(&mut self) {
        let _ = self.inner.clear_screen();
    }
}

/// Whoever starts the prompt has looked at the variables, and at what wins over them.
fn colours(wanted: bool) -> ColorMode {
    if wanted { ColorMode::Forced } else { ColorMode::Disabled }
}

impl Drop for Editor {
    fn drop(&mut self) {
        self.write();
    }
}

type Made = (rustyline::Editor<Help, FileHistory>, Option<Box<dyn ExternalPrinter + Send>>);

fn editor(help: &Help, keys: Keys, history: Option<FileHistory>) -> rustyline::Result<Made> {
    let config = Config::builder()
        .max_history_size(KEPT)?
        // The caller decides, because it knows which entries hold secrets.
        .auto_add_history(false)
        .completion_type(CompletionType::List)
        // They are shown page by page.
        .completion_prompt_limit(usize::MAX)
        .completion_show_all_if_ambiguous(true)
        .color_mode(colours(help.colour))
        .edit_mode(keys.mode())
        .build();
    let history = history.unwrap_or_else(|| FileHistory::with_config(&config));
    let mut inner = rustyline::Editor::with_history(config, history)?;
    inner.set_helper(Some(help.clone()));
    inner.bind_sequence(
        Event::Any,
        EventHandler::Conditional(Box::new(Watch(help.typed.pressed.clone(), help.screen.clone()))),
    );
    // A dumb terminal has none.
    let printer = inner.create_external_printer().ok();
    Ok((inner, printer.map(|printer| Box::new(printer) as Box<dyn ExternalPrinter + Send>)))
}

/// One that was copied, or made by hand, may be open to others.
#[cfg(unix)]
fn for_its_owner(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if path.exists() {
        // Where it belongs to somebody else, they decide.
        let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600));
    }
}

#[cfg(not(unix))]
fn for_its_owner(_: &Path) {}

#[derive(Clone)]
struct Help {
    assistant: Rc<dyn Assistant>,
    colour: bool,
    screen: Arc<dyn Screen>,
    typed: Rc<Typed>,
}

/// The entry that is being typed, beside what the library holds of it.
#[derive(Default)]
struct Typed {
    begun: RefCell<Begun>,
    /// The lines that the library gives back are not yet all.
    taken_out: Cell<bool>,
    pressed: Arc<Pressed>,
}

/// What keys and the rest tell one another: the library wants keys to be fit for threads.
#[derive(Default)]
struct Pressed {
    /// Was Enter pressed behind the last character?
    at_end: AtomicBool,
    /// Were lines of this entry taken out?
    begun: AtomicBool,
    /// The lines of a list of candidates that wait for a key, and those of a page.
    unseen: AtomicUsize,
    page: AtomicUsize,
}

impl Help {
    /// Colours and hints are for what somebody looks at while typing it.
    fn is_watched(&self, line: &str) -> bool {
        self.colour && line.len() <= COLOURED && !self.screen.is_typed_ahead()
    }
}

impl Pressed {
    /// A list of candidates is shown, of which this many lines have no room on the screen.
    fn begin_menu(&self, found: &[Candidate], (columns, rows): (usize, usize)) {
        const GAP: usize = 2;
        let widest = found.iter().map(|it| it.shown.width()).max().unwrap_or(0) + GAP;
        let lines = found.len().div_ceil((columns / widest.clamp(1, columns.max(1))).max(1));
        let page = rows.saturating_sub(1);
        self.page.store(page, Ordering::Relaxed);
        self.unseen.store(if found.len() > 1 { lines.saturating_sub(page) } else { 0 }, Ordering::Relaxed);
    }

    /// What a key does to a list that waits for one. The library knows no way to leave it by Ctrl-C.
    fn in_menu(&self, key: &KeyEvent) -> Option<Cmd> {
        let (unseen, page) = (self.unseen.load(Ordering::Relaxed), self.page.load(Ordering::Relaxed));
        let (left, leave) = match key.0 {
            KeyCode::Char('y' | 'Y' | ' ') => (unseen.saturating_sub(page), None),
            KeyCode::Enter => (unseen.saturating_sub(1), None),
            KeyCode::Char('n' | 'N' | 'q' | 'Q') | KeyCode::Backspace => (0, None),
            _ if *key == KeyEvent::ctrl('C') => (0, Some(Cmd::Kill(Movement::BackwardChar(1)))),
            _ => (unseen, None),
        };
        self.unseen.store(left, Ordering::Relaxed);
        leave
    }
}

/// Sees every key before the library does.
struct Watch(Arc<Pressed>, Arc<dyn Screen>);

impl ConditionalEventHandler for Watch {
    fn handle(&self, event: &Event, _: RepeatCount, _: bool, context: &EventContext) -> Option<Cmd> {
        let key = event.get(0)?;
        if self.0.unseen.load(Ordering::Relaxed) > 0 {
            return self.0.in_menu(key);
        }
        self.0.at_end.store(context.pos() == context.line().len(), Ordering::Relaxed);
        if *key == KeyEvent::ctrl('Z') {
            return self.1.put_aside().then_some(Cmd::Repaint);
        }
        if key.0 != KeyCode::Tab {
            return None;
        }
        // Before the first word of a further line there is nothing to complete, and whoever pastes lines means what stands there.
        let before = context.line().get(..context.pos())?;
        let (further, line) = match before.rsplit_once('\n') {
            Some((_, line)) => (true, line),
            None => (self.0.begun.load(Ordering::Relaxed), before),
        };
        (further && line.trim().is_empty()).then(|| Cmd::Insert(1, "\t".to_owned()))
    }
}

impl Helper for Help {}

impl Completer for Help {
    type Candidate = Pair;

    fn complete(&self, line: &str, cursor: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, found) = self.assistant.complete(line, cursor);
        self.typed.pressed.begin_menu(&found, self.screen.size());
        // What begins otherwise than what is typed is shown; only if it is the only one it takes the place of that.
        let word = line.get(start..cursor).unwrap_or_default();
        let begin = found.iter().all(|it| it.text.to_lowercase().starts_with(&word.to_lowercase()));
        let shown_only = found.len() > 1 && !begin;
        let replacement = |text: String| if shown_only { word.to_owned() } else { text };
        let pairs = found.into_iter().map(|it| Pair { display: it.shown, replacement: replacement(it.text) });
        Ok((start, pairs.collect()))
    }
}

/// What stands behind the cursor without having been typed.
struct Remark {
    text: String,
    /// An earlier entry goes on like this: the arrow to the right takes it. Anything else is to be read, not to be taken.
    taken: bool,
}

impl Hint for Remark {
    fn display(&self) -> &str {
        &self.text
    }

    fn completion(&self) -> Option<&str> {
        self.taken.then_some(&self.text)
    }
}

impl Hinter for Help {
    type Hint = Remark;

    fn hint(&self, line: &str, cursor: usize, context: &Context<'_>) -> Option<Remark> {
        // Without colours nobody could tell it from what was typed.
        if cursor < line.len() || line.trim().is_empty() || !self.is_watched(line) {
            return None;
        }
        let said = self.assistant.hint(line).map(|text| Remark { text, taken: false });
        said.or_else(|| earlier(line, context))
    }
}

/// How the last entry went on that began like this.
fn earlier(line: &str, context: &Context<'_>) -> Option<Remark> {
    let history = context.history();
    let last = history.len().checked_sub(1)?;
    let found = history.starts_with(line, last, SearchDirection::Reverse).ok()??;
    let rest = found.entry.get(line.len()..)?.lines().next()?;
    (!rest.is_empty()).then(|| Remark { text: rest.to_owned(), taken: true })
}

impl Highlighter for Help {
    fn highlight<'l>(&self, line: &'l str, cursor: usize) -> Cow<'l, str> {
        if self.is_watched(line) { Cow::Owned(self.assistant.paint(line, cursor)) } else { Cow::Borrowed(line) }
    }

    fn highlight_char(&self, line: &str, _: usize, _: CmdKind) -> bool {
        self.is_watched(line)
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(paint(hint, ASIDE, self.colour))
    }
}

impl Validator for Help {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let more = self.assistant.is_unfinished(&self.typed.begun.borrow(), text);
        let many = || text.matches('\n').count() >= LINES;
        let take_out =
            more && self.typed.pressed.at_end.load(Ordering::Relaxed) && many() && self.screen.is_typed_ahead();
        self.typed.taken_out.set(take_out);
        Ok(if more && !take_out { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}
