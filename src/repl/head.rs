//! What stands before every entry: which PBX it would hit, and what it could do there. Words say what colours say.

use crate::guard::Mode;
use crate::repl::Place;
use crate::repl::shell::Shell;
use crate::show::text;
use crate::terminal::{FINE, KNOWN, LIVE, WORD, paint};

#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    name: &'a str,
    place: Place,
    read_only: bool,
    /// How many changes are planned, where they are.
    planned: Option<usize>,
}

impl<'a> Head<'a> {
    pub(super) fn of(shell: &'a Shell) -> Head<'a> {
        Head {
            name: shell.pbx.name(),
            place: shell.place,
            read_only: shell.pbx.mode() != Mode::Everything,
            planned: shell.planning.is_on().then(|| shell.pbx.plans().len()),
        }
    }

    /// The prompt without and with colours.
    pub(super) fn texts(self, colour: bool) -> (String, String) {
        let name = text::line(self.name);
        let (word, code) = match (self.place, self.read_only) {
            (Place::Live, false) => (" LIVE", LIVE),
            (Place::Live, true) => (" read-only", KNOWN),
            (Place::Sandbox, false) => ("", FINE),
            (Place::Sandbox, true) => (" read-only", FINE),
        };
        let (word, code) = match self.planned {
            None => (word.to_owned(), code),
            Some(0) => (format!("{word} plan"), WORD),
            Some(planned) => (format!("{word} plan({planned})"), WORD),
        };
        // A profile may be rehearsed, and is called by its name.
        let sandbox = if self.place == Place::Sandbox && !name.contains("sandbox") { " sandbox" } else { "" };
        let plain = format!("{name}{sandbox}{word}> ");
        let styled = format!("{} ", paint(plain.trim_end(), code, colour));
        (plain, styled)
    }
}

#[cfg(test)]
mod tests {
    use super::Head;
    use crate::repl::Place;

    #[test]
    fn the_prompt_says_in_words_what_its_colour_says() {
        let at = |name: &'static str, place, read_only, planned| Head { name, place, read_only, planned };
        let plain = |name, place, read_only| at(name, place, read_only, None).texts(false).0;
        assert_eq!(plain("sandbox", Place::Sandbox, false), "sandbox> ");
        assert_eq!(plain("sandbox", Place::Sandbox, true), "sandbox read-only> ");
        assert_eq!(plain("hq", Place::Sandbox, false), "hq sandbox> ");
        assert_eq!(plain("a\u{1b}[31m\nb", Place::Live, false), "a\\u{1b}[31m\\nb LIVE> ");
        assert_eq!(plain("pbx.example.com", Place::Live, false), "pbx.example.com LIVE> ");
        assert_eq!(plain("pbx.example.com", Place::Live, true), "pbx.example.com read-only> ");
        let planned = |place, planned| at("hq", place, false, Some(planned)).texts(false).0;
        assert_eq!(
            (planned(Place::Sandbox, 0), planned(Place::Live, 3)),
            ("hq sandbox plan> ".to_owned(), "hq LIVE plan(3)> ".to_owned())
        );
        let styled = |place| at("x", place, false, None).texts(true).1;
        assert_ne!(styled(Place::Live), styled(Place::Sandbox));
    }
}
