//! A terminal for the tests: what stands on it can be read, and what is typed stands there from the start.

use std::collections::VecDeque;
use std::io::{Error, ErrorKind, Result};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::diag::{ErrorFormat, Style};
use crate::repl::Screen;

/// Clones are the same one.
#[derive(Clone)]
pub(super) struct Paper(Arc<Mutex<Sheet>>);

struct Sheet {
    lines: Vec<String>,
    typed: VecDeque<String>,
    style: Style,
    /// Nothing, where whoever asks for the width is to fail.
    width: Option<usize>,
    /// The word that must not be printed.
    banned: Option<&'static str>,
}

impl Paper {
    /// `^C` among what is typed is the key.
    pub(super) fn new(typed: &[&str]) -> Paper {
        let style = Style { colour: false, unicode: false, width: 80, format: ErrorFormat::Fancy, plain: false };
        let typed = typed.iter().map(|line| (*line).to_owned()).collect();
        Paper(Arc::new(Mutex::new(Sheet { lines: Vec::new(), typed, style, width: Some(1000), banned: None })))
    }

    /// All that was shown since this was asked last; what was told stands in brackets.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.sheet().lines)
    }

    pub(super) fn set_width(&self, width: Option<usize>) {
        self.sheet().width = width;
    }

    pub(super) fn ban(&self, word: Option<&'static str>) {
        self.sheet().banned = word;
    }

    /// Whoever fails on purpose holds it while doing so.
    fn sheet(&self) -> MutexGuard<'_, Sheet> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Screen for Paper {
    fn style(&self) -> Style {
        self.sheet().style
    }
    fn set_plain(&self, on: bool) {
        self.sheet().style.plain = on;
    }
    fn width(&self) -> usize {
        self.sheet().width.expect("hunter2")
    }
    fn height(&self) -> usize {
        24
    }
    fn size(&self) -> (usize, usize) {
        (80, 24)
    }
    fn draws(&self) -> bool {
        true
    }
    fn can_draw(&self) -> bool {
        true
    }
    fn print(&self, line: &str) {
        let mut sheet = self.sheet();
        assert!(sheet.banned.is_none_or(|word| !line.contains(word)), "the words of a panic are not told: {line}");
        sheet.lines.push(line.to_owned());
    }
    fn tell(&self, line: &str) {
        self.sheet().lines.push(format!("({line})"));
    }
    fn tell_over(&self, _: &str) {}
    fn redraw(&self, _: &str) {}
    fn read_line(&self, behind: &str) -> Result<Option<String>> {
        let mut sheet = self.sheet();
        sheet.lines.push(behind.to_owned());
        match sheet.typed.pop_front() {
            Some(line) if line == "^C" => Err(Error::from(ErrorKind::Interrupted)),
            line => Ok(line),
        }
    }
    fn is_typed_ahead(&self) -> bool {
        false
    }
    fn is_leaving(&self) -> bool {
        false
    }
    fn put_aside(&self) -> bool {
        false
    }
}
