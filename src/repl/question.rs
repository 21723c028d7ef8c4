//! Questions of a running script, with an editor like that of the prompt and without its history.

use std::borrow::Cow;
use std::io::{Error, ErrorKind, Result};

use rustyline::completion::Completer;
use rustyline::config::Configurer;
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;
use rustyline::{Behavior, Cmd, ColorMode, Config, Editor, ExternalPrinter, Helper, KeyEvent};
use unicode_width::UnicodeWidthStr;

/// The editor of all questions of a run: it keeps what somebody typed ahead.
#[derive(Default)]
pub struct Questions(Option<Asking>);

struct Asking {
    editor: Editor<Mask, MemHistory>,
    /// With it the library waits for keys and signals at once; without it a signal to another thread is not heard.
    _printer: Box<dyn ExternalPrinter + Send>,
}

impl Questions {
    /// Asks at the terminal, wherever the output goes; `None` when the input ends.
    ///
    /// # Errors
    /// `Interrupted` after Ctrl-C or SIGINT; others where the terminal cannot be used.
    pub fn ask(&mut self, text: &str, secret: bool) -> Result<Option<String>> {
        let failed = |error: ReadlineError| Error::other(error.to_string());
        let Asking { editor, .. } = match &mut self.0 {
            Some(asking) => asking,
            none => none.insert(asking().map_err(failed)?),
        };
        editor.set_helper(secret.then_some(Mask));
        // What hides a secret is a colour to the library.
        editor.set_color_mode(if secret { ColorMode::Forced } else { ColorMode::Disabled });
        let _hidden = if secret { editor.set_cursor_visibility(false).map_err(failed)? } else { None };
        match editor.readline(text) {
            Ok(line) => Ok(Some(line)),
            Err(ReadlineError::Eof) => Ok(None),
            Err(ReadlineError::Interrupted | ReadlineError::Signal(_)) => Err(ErrorKind::Interrupted.into()),
            Err(error) => Err(failed(error)),
        }
    }
}

fn asking() -> rustyline::Result<Asking> {
    let config = Config::builder().behavior(Behavior::PreferTerm).auto_add_history(false).build();
    let mut editor = Editor::with_history(config, MemHistory::new())?;
    // The library would put the program aside before its terminal is that of the shell.
    editor.bind_sequence(KeyEvent::ctrl('Z'), Cmd::Noop);
    let printer = editor.create_external_printer()?;
    Ok(Asking { editor, _printer: Box::new(printer) })
}

/// Shows blanks for what is typed.
struct Mask;

impl Helper for Mask {}
impl Hinter for Mask {
    type Hint = String;
}
impl Validator for Mask {}
impl Completer for Mask {
    type Candidate = String;
}

impl Highlighter for Mask {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        Cow::Owned(" ".repeat(line.width()))
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        kind != CmdKind::MoveCursor
    }
}
