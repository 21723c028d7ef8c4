//! The line editor. Nothing else names the library behind it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustyline::completion::{Completer, Pair};
use rustyline::config::Configurer;
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::history::{FileHistory, History, SearchDirection};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{ColorMode, CompletionType, Config, Context, EditMode, ExternalPrinter, Helper};

use crate::repl::complete::Candidate;
use crate::repl::lines::Lines;
use crate::terminal::{ASIDE, paint};

/// What the editor asks while somebody types.
pub(super) trait Assistant {
    /// Does Enter begin a new line of the same entry?
    fn is_unfinished(&self, text: &str) -> bool;
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
    keys: Keys,
    /// With it the library waits for keys and signals at once; without it a window that changes its size is not heard of, because
    /// another thread hears it.
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
}

/// Entries of more days than anybody remembers.
const KEPT: usize = 5000;

impl Editor {
    /// An editor with the history of a file, if there is one.
    pub(super) fn new(
        assistant: Rc<dyn Assistant>,
        lines: Lines,
        colour: bool,
        history: Option<&Path>,
    ) -> Result<Editor, String> {
        let failed = |error: ReadlineError| error.to_string();
        let config = Config::builder()
            .max_history_size(KEPT)
            .map_err(failed)?
            // The caller decides, because it knows which entries hold secrets.
            .auto_add_history(false)
            .completion_type(CompletionType::List)
            .completion_prompt_limit(200)
            .completion_show_all_if_ambiguous(true)
            .color_mode(colours(colour))
            .build();
        let store = FileHistory::with_config(&config);
        let mut inner = rustyline::Editor::with_history(config, store).map_err(failed)?;
        inner.set_helper(Some(Help { assistant, colour }));
        if let Some(path) = history {
            // A file that does not exist yet, or that nobody can read, is an empty one.
            let _ = inner.load_history(path);
            for_its_owner(path);
        }
        let printer = inner.create_external_printer().ok();
        let _printer = printer.map(|printer| Box::new(printer) as Box<dyn ExternalPrinter + Send>);
        Ok(Editor { inner, history: history.map(Path::to_path_buf), lines, keys: Keys::Emacs, _printer })
    }

    /// Reads an entry; `styled` looks like `prompt` apart from its colours.
    pub(super) fn read(&mut self, prompt: &str, styled: &str) -> Entry {
        if self.keys == Keys::Lines {
            return self.lines.read(prompt, &self.kept());
        }
        loop {
            return match self.inner.readline(&(prompt, styled)) {
                Ok(text) => Entry::Text(text),
                Err(ReadlineError::Interrupted) => Entry::Cleared,
                // The window changed its size: the library wants to be asked again.
                Err(ReadlineError::Signal(_)) => continue,
                Err(_) => Entry::End,
            };
        }
    }

    /// Keeps an entry for later, on the disk too, so that it outlives this program.
    pub(super) fn keep(&mut self, entry: &str) {
        let added = self.inner.add_history_entry(entry).unwrap_or(false);
        if let Some(path) = self.history.as_ref().filter(|_| added) {
            // A full disk must not stop anybody's work.
            let _ = self.inner.append_history(path);
        }
    }

    /// The kept entries, the oldest first.
    pub(super) fn kept(&self) -> Vec<String> {
        let history = self.inner.history();
        let get = |at| history.get(at, SearchDirection::Forward).ok().flatten();
        (0..history.len()).filter_map(get).map(|found| found.entry.into_owned()).collect()
    }

    /// Goes on with the entries of another file.
    pub(super) fn turn_to(&mut self, history: Option<&Path>) {
        let _ = self.inner.clear_history();
        if let Some(path) = history {
            let _ = self.inner.load_history(path);
            for_its_owner(path);
        }
        self.history = history.map(Path::to_path_buf);
    }

    pub(super) fn set_keys(&mut self, keys: Keys, colour: bool) {
        self.keys = keys;
        self.inner.set_color_mode(colours(colour));
        if let Some(help) = self.inner.helper_mut() {
            help.colour = colour;
        }
        self.inner.set_edit_mode(if keys == Keys::Vi { EditMode::Vi } else { EditMode::Emacs });
    }

    pub(super) fn clear(&mut self) {
        let _ = self.inner.clear_screen();
    }
}

/// Whoever starts the prompt has looked at the variables, and at what wins over them.
fn colours(wanted: bool) -> ColorMode {
    if wanted { ColorMode::Forced } else { ColorMode::Disabled }
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

struct Help {
    assistant: Rc<dyn Assistant>,
    colour: bool,
}

impl Helper for Help {}

impl Completer for Help {
    type Candidate = Pair;

    fn complete(&self, line: &str, cursor: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, found) = self.assistant.complete(line, cursor);
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
        if !self.colour || cursor < line.len() || line.trim().is_empty() {
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
        if self.colour { Cow::Owned(self.assistant.paint(line, cursor)) } else { Cow::Borrowed(line) }
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        self.colour
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(paint(hint, ASIDE, self.colour))
    }
}

impl Validator for Help {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        let more = self.assistant.is_unfinished(context.input());
        Ok(if more { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}
