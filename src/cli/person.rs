//! The person at the terminal.

use std::io::{Error, ErrorKind, Result};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::cli::bounds::Stop;
use crate::cli::signals;
use crate::cli::world::World;
use crate::client::secrets::learn;
use crate::kit::Person;
use crate::repl::Questions;
use crate::show::text;

pub(super) struct AtTerminal {
    world: World,
    stop: Stop,
    /// One question at a time, whoever asks.
    questions: Mutex<Questions>,
}

impl AtTerminal {
    pub(super) fn new(world: &World, stop: &Stop) -> AtTerminal {
        AtTerminal { world: world.clone(), stop: stop.clone(), questions: Mutex::default() }
    }
}

impl AtTerminal {
    /// The answer where nothing may be drawn; nothing where only the line editor can hide it.
    fn plain(&self, text: &str, secret: bool) -> Option<Result<Option<String>>> {
        let answer = self.world.read_line(text, secret, &|| self.stop.ending().is_some());
        if answer.as_ref().is_err_and(|error| error.kind() == ErrorKind::Unsupported) {
            return None;
        }
        if let (true, Ok(Some(answer))) = (secret, &answer) {
            learn(answer);
        }
        Some(answer)
    }
}

impl Person for AtTerminal {
    fn ask(&self, text: &str, secret: bool) -> Result<Option<String>> {
        const NAP: Duration = Duration::from_millis(20);
        let mut questions = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        if self.stop.ending().is_some() {
            return Err(ErrorKind::Interrupted.into());
        }
        if secret && !self.world.can_draw() {
            return Err(Error::other("this terminal shows everything"));
        }
        self.world.draw(None);
        // Broken by the terminal, a word would end in its middle.
        let room = self.world.width().max(20);
        let text = &*if text::width(text) > room { text::wrap(text, room, 0) } else { text.to_owned() };
        let plain = if self.world.draws() { None } else { self.plain(text, secret) };
        if let Some(answer) = plain {
            return answer;
        }
        let answered = AtomicBool::new(false);
        std::thread::scope(|scope| {
            // Nothing but a signal ends the wait for a key.
            scope.spawn(|| {
                while !answered.load(Ordering::SeqCst) {
                    if self.stop.ending().is_some() {
                        return signals::wake();
                    }
                    std::thread::sleep(NAP);
                }
            });
            let answer = questions.ask(text, secret);
            answered.store(true, Ordering::SeqCst);
            if let (true, Ok(Some(answer))) = (secret, &answer) {
                learn(answer);
            }
            answer
        })
    }

    fn progress(&self, line: Option<&str>) {
        self.world.draw(line);
    }

    fn width(&self) -> usize {
        self.world.width()
    }
}
