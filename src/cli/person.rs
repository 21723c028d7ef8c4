//! The person at the terminal.

use std::io::{Error, ErrorKind, Result};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::cli::bounds::Stop;
use crate::cli::world::World;
use crate::client::secrets::learn;
use crate::kit::Person;
use crate::repl::Questions;

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

impl Person for AtTerminal {
    fn ask(&self, text: &str, secret: bool) -> Result<Option<String>> {
        const NAP: Duration = Duration::from_millis(20);
        let mut questions = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        if self.stop.ending().is_some() {
            return Err(ErrorKind::Interrupted.into());
        }
        if secret && !self.world.can_hide() {
            return Err(Error::other("this terminal shows everything"));
        }
        self.world.draw(None);
        let answered = AtomicBool::new(false);
        std::thread::scope(|scope| {
            // Nothing but a signal ends the wait for a key.
            scope.spawn(|| {
                while !answered.load(Ordering::SeqCst) {
                    if self.stop.ending().is_some() {
                        return self.world.interrupt_question();
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
