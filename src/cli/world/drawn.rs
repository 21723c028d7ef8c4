//! What stands in the place of something else: pages, and the line of progress.

use std::io::{IsTerminal, Write};
use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::cli::world::World;
use crate::client::secrets::hush;

impl World {
    /// Puts a page where the last one stood; below it, where the terminal cannot draw.
    pub(in crate::cli) fn redraw(&self, page: &str) {
        let page = hush(page);
        if self.caught.is_some() || !self.draws() || !std::io::stdout().is_terminal() {
            return self.print(&page);
        }
        let _wiped = self.wiped();
        let lines: Vec<String> = page.lines().map(|line| format!("{line}\x1b[K\r\n")).collect();
        let mut out = std::io::stdout().lock();
        // A terminal that went away is told of by the next key.
        let _ = write!(out, "\x1b[H{}\x1b[J", lines.concat()).and_then(|()| out.flush());
    }

    /// Draws a line of progress over the last one, or takes it away. Where nothing is drawn, a line is told once in a while.
    pub(in crate::cli) fn draw(&self, line: Option<&str>) {
        if self.caught.is_some() {
            return;
        }
        if !self.draws() {
            return self.tell_once_in_a_while(line);
        }
        let Some(line) = line else { return drop(self.wiped()) };
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = std::io::stderr().lock();
        let _ = write!(out, "\r{}\x1b[K", hush(line)).and_then(|()| out.flush());
        *drawn = true;
    }

    fn tell_once_in_a_while(&self, line: Option<&str>) {
        const WHILE: Duration = Duration::from_secs(10);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        match (line, *told) {
            (None, _) => *told = None,
            (Some(_), None) => *told = Some(Instant::now()),
            (Some(line), Some(before)) if before.elapsed() >= WHILE => {
                *told = Some(Instant::now());
                self.tell(&without_bar(line));
            }
            (Some(_), Some(_)) => {}
        }
    }

    /// Takes the line of progress away; as long as this is held, nobody draws another.
    pub(super) fn wiped(&self) -> MutexGuard<'_, bool> {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut *drawn) {
            let mut out = std::io::stderr().lock();
            let _ = write!(out, "\r\x1b[K").and_then(|()| out.flush());
        }
        drawn
    }

    /// The same in the place of what the terminal made of a key, where something can stand in the place of something else.
    pub(in crate::cli) fn tell_over(&self, line: &str) {
        if self.caught.is_none() && self.draws() && std::io::stderr().is_terminal() {
            let _ = write!(std::io::stderr().lock(), "\r");
        }
        self.tell(line);
    }
}

/// `users: 34/100` for `users [####----] 34/100`.
fn without_bar(line: &str) -> String {
    let bar = |rest: &str| {
        rest.split_once("] ")
            .filter(|(cells, _)| cells.chars().all(|c| matches!(c, '#' | '-')))
            .map(|(_, after)| after.to_owned())
    };
    match line.split_once('[').and_then(|(before, rest)| Some((before.trim_end(), bar(rest)?))) {
        Some(("", after)) => after,
        Some((before, after)) => format!("{before}: {after}"),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_bar;

    #[test]
    fn a_bar_is_not_read_aloud() {
        assert_eq!(without_bar("users [####--------] 34/100"), "users: 34/100");
        assert_eq!(without_bar("[####--------] 34/100"), "34/100");
        assert_eq!(without_bar("a.csv 3.1 GB, 1.6 GB/s"), "a.csv 3.1 GB, 1.6 GB/s");
        assert_eq!(without_bar("a [b] c"), "a [b] c");
    }
}
