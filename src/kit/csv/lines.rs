//! Which line a row begins on. The parser's own count leaves out empty lines and is late behind CRLF.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::rc::Rc;

/// Where the line ends are that a parser has been given and not come to yet, as offsets.
type Ends = Rc<RefCell<VecDeque<u64>>>;

/// Passes everything on and remembers line ends.
pub(super) struct Watched<R> {
    inner: R,
    offset: u64,
    ends: Ends,
}

/// The count of what was watched.
pub(super) struct Lines {
    ends: Ends,
    /// How many line ends stand before the end of the row that was read last.
    passed: u64,
}

/// Watches an input whose first line is not the first of its file by so many.
pub(super) fn watch<R: Read>(inner: R, before: u64) -> (Watched<R>, Lines) {
    let ends = Ends::default();
    (Watched { inner, offset: 0, ends: ends.clone() }, Lines { ends, passed: before })
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let found = (self.offset..).zip(&buffer[..count]).filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at);
        self.ends.borrow_mut().extend(found);
        self.offset += count as u64;
        Ok(count)
    }
}

impl Lines {
    /// The line on which a row begins that ended before this offset and has so many line ends inside of its cells.
    pub(super) fn of_row(&mut self, end: u64, inside: u64) -> u64 {
        let mut ends = self.ends.borrow_mut();
        // The row's own line end does not count, and may or may not be before the offset.
        while ends.front().is_some_and(|at| *at + 1 < end) {
            ends.pop_front();
            self.passed += 1;
        }
        (self.passed + 1).saturating_sub(inside)
    }
}
