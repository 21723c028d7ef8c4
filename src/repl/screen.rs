//! What a prompt asks of the terminal that it stands on.

use crate::diag::Style;

pub trait Screen: Send + Sync {
    /// How things look there now.
    fn style(&self) -> Style;
    /// Plain words, or whatever the terminal can do.
    fn set_plain(&self, on: bool);
    /// How many columns text has, at least twenty.
    fn width(&self) -> usize;
    /// The lines that a page may have.
    fn height(&self) -> usize;
    /// Columns and rows, as the line editor sees them.
    fn size(&self) -> (usize, usize);
    /// Can a page stand in the place of another one?
    fn draws(&self) -> bool;
    /// Can the terminal move its cursor, whether anybody wants it or not?
    fn can_draw(&self) -> bool;
    /// A line of output.
    fn print(&self, line: &str);
    /// A line about it.
    fn tell(&self, line: &str);
    /// The same in the place of what the terminal made of a key: `^C`.
    fn tell_over(&self, line: &str);
    /// Puts a page in the place of the last one.
    fn redraw(&self, page: &str);
    /// Shows a text and reads the line that is typed behind it, without drawing; nothing at the end of the input.
    ///
    /// # Errors
    /// `Interrupted` after Ctrl-C; others where nothing can be read.
    fn read_line(&self, behind: &str) -> std::io::Result<Option<String>>;
    /// Is more typed already than was read?
    fn is_typed_ahead(&self) -> bool;
    /// Shall the program end?
    fn is_leaving(&self) -> bool;
    /// Stops the program until somebody takes it up again; false where there is no such thing.
    fn put_aside(&self) -> bool;
}
