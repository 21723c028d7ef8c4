//! How things look: what the terminal can do, and what somebody wants.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::cli::Look;
use crate::cli::world::World;
use crate::diag::{ErrorFormat, Style, WIDEST};

impl World {
    /// The same with the looks that the command line asks for.
    pub(in crate::cli) fn looking(mut self, look: &Look) -> World {
        self.asked = Look {
            error_format: look.error_format.or(self.asked.error_format),
            color: look.color.or(self.asked.color),
            plain: look.plain || self.asked.plain,
        };
        self.plain = Arc::new(AtomicBool::new(self.asked.plain));
        self.style = self.styled();
        self
    }

    /// Plain words, or what the terminal can do; from now on, wherever this world is known.
    pub(in crate::cli) fn set_plain(&self, on: bool) {
        self.plain.store(on, Ordering::SeqCst);
    }

    pub(in crate::cli) fn is_plain(&self) -> bool {
        self.plain.load(Ordering::SeqCst)
    }

    /// What was asked for by name wins over what goes with plain words.
    pub(in crate::cli) fn styled(&self) -> Style {
        let (plain, terminal) = (self.is_plain(), of_terminal());
        let colour = match self.asked.color {
            Some(Colour::Always) => true,
            Some(Colour::Never) => false,
            Some(Colour::Auto) => terminal.colour,
            None => !plain && (self.forced || terminal.colour),
        };
        let usual = if plain { ErrorFormat::Plain } else { ErrorFormat::Fancy };
        let format = self.asked.error_format.unwrap_or(usual);
        Style { colour, format, plain, unicode: terminal.unicode && !plain, ..terminal }
    }

    /// Do help pages have colours?
    pub(in crate::cli) fn colours_help(&self) -> clap::ColorChoice {
        match (self.asked.color, self.is_plain()) {
            (Some(Colour::Always), _) => clap::ColorChoice::Always,
            (Some(Colour::Never), _) | (None, true) => clap::ColorChoice::Never,
            _ => clap::ColorChoice::Auto,
        }
    }

    /// May what goes to the standard output have colours?
    pub(in crate::cli) fn colours_output(&self) -> bool {
        let shown = || self.styled().colour && std::io::stdout().is_terminal();
        match self.asked.color {
            Some(Colour::Always) => true,
            Some(Colour::Never) => false,
            Some(Colour::Auto) => shown(),
            None => !self.is_plain() && (self.forced || shown()),
        }
    }

    /// Can the terminal move its cursor? One that cannot does not hide what is typed either.
    pub(in crate::cli) fn can_draw(&self) -> bool {
        can_draw()
    }

    /// May lines be drawn over others? Who listens hears each of them anew.
    pub(in crate::cli) fn draws(&self) -> bool {
        can_draw() && !self.is_plain()
    }

    /// How wide tables may be; reports are told in fewer columns than the widest terminals have.
    pub(in crate::cli) fn room(&self) -> usize {
        let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        columns().or_else(terminal).unwrap_or(self.style.width).max(20)
    }

    /// How many columns the terminal has now.
    pub(in crate::cli) fn width(&self) -> usize {
        terminal_size::terminal_size().map_or(self.style.width, |(width, _)| width.0.into())
    }

    /// How many lines the terminal has now.
    pub(in crate::cli) fn height(&self) -> usize {
        terminal_size::terminal_size_of(std::io::stdout()).map_or(24, |(_, height)| height.0.into())
    }

    /// Columns and lines, as the line editor sees them.
    pub(in crate::cli) fn size(&self) -> (usize, usize) {
        let known = terminal_size::terminal_size_of(std::io::stdout());
        known.map_or((80, usize::MAX), |(width, height)| (width.0.into(), height.0.into()))
    }
}

/// When there are colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::cli) enum Colour {
    /// On a terminal
    Auto,
    Always,
    Never,
}

/// Has the terminal a cursor to move? These are the names that the line editor gives up at, too.
fn can_draw() -> bool {
    !std::env::var("TERM").is_ok_and(|term| ["dumb", "cons25", "emacs"].contains(&term.as_str()))
}

/// Has the terminal colours, by its name? Those of the seventies have none, and some others exist in a version without.
fn has_colours(term: &str) -> bool {
    let old = ["vt52", "vt100", "vt102", "vt220", "vt320"].contains(&term);
    can_draw() && !old && !["-m", "-mono"].iter().any(|end| term.ends_with(end))
}

/// The width that somebody wants, whatever the terminal says.
fn columns() -> Option<usize> {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok())
}

/// What the terminal can do, as the variables say.
pub(super) fn of_terminal() -> Style {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let coloured = std::env::var("TERM").map_or(true, |term| has_colours(&term));
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
    let locale = locale.map(|name| name.to_lowercase()).find(|name| !name.is_empty()).unwrap_or_default();
    let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0).min(WIDEST));
    Style {
        colour: std::io::stderr().is_terminal() && !set("NO_COLOR") && coloured,
        unicode: locale.contains("utf-8") || locale.contains("utf8"),
        width: columns().or_else(terminal).unwrap_or(100).max(20),
        format: ErrorFormat::Fancy,
        plain: false,
    }
}
