//! The terminal of a prompt.

use std::io::Result;

use crate::cli::bounds::Stop;
use crate::cli::world::World;
use crate::diag::Style;
use crate::repl::Screen;

pub(super) struct AtScreen {
    pub(super) world: World,
    /// Ends the wait for a line.
    pub(super) stop: Stop,
}

impl Screen for AtScreen {
    fn style(&self) -> Style {
        Style { colour: self.world.colours_output(), ..self.world.styled() }
    }

    fn set_plain(&self, on: bool) {
        self.world.set_plain(on);
    }

    fn width(&self) -> usize {
        self.world.width().max(20)
    }

    fn height(&self) -> usize {
        self.world.height()
    }

    fn size(&self) -> (usize, usize) {
        self.world.size()
    }

    fn draws(&self) -> bool {
        self.world.draws()
    }

    fn can_draw(&self) -> bool {
        self.world.can_draw()
    }

    fn print(&self, line: &str) {
        self.world.print(line);
    }

    fn tell(&self, line: &str) {
        self.world.tell(line);
    }

    fn tell_over(&self, line: &str) {
        self.world.tell_over(line);
    }

    fn redraw(&self, page: &str) {
        self.world.redraw(page);
    }

    fn read_line(&self, behind: &str) -> Result<Option<String>> {
        self.world.read_line(behind, false, &|| self.stop.ending().is_some())
    }

    fn is_typed_ahead(&self) -> bool {
        self.world.is_typed_ahead()
    }

    fn is_leaving(&self) -> bool {
        self.world.at_prompt.is_leaving()
    }

    #[cfg(unix)]
    fn put_aside(&self) -> bool {
        self.world.at_prompt.put_aside();
        true
    }

    #[cfg(not(unix))]
    fn put_aside(&self) -> bool {
        false
    }
}
