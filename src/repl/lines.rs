//! Entries as the terminal itself reads them, a line at a time: nothing is drawn, and what stands there stays.
//!
//! It is for those who listen to a screen reader, which says again whatever is drawn again, and for terminals that cannot move
//! their cursor. A terminal hands a line over as a whole, so keys that other editors act on are acted on behind Enter: a line that
//! ends with Tab is completed, the arrow up brings an earlier entry, and what they make of the line is where the next one goes on.

use std::io::ErrorKind;
use std::rc::Rc;
use std::sync::Arc;

use crate::repl::Screen;
use crate::repl::begun::Begun;
use crate::repl::complete::Candidate;
use crate::repl::editor::{Assistant, Entry};
use crate::show::text;

/// Stands before the further lines of an entry.
const MORE: &str = "more> ";

pub(super) struct Lines {
    screen: Arc<dyn Screen>,
    assistant: Rc<dyn Assistant>,
}

impl Lines {
    pub(super) fn new(screen: Arc<dyn Screen>, assistant: Rc<dyn Assistant>) -> Lines {
        Lines { screen, assistant }
    }

    fn print(&self, line: &str) {
        self.screen.print(&text::wrap(line, self.screen.width(), 0));
    }

    /// Reads an entry; `earlier` are those before it, the oldest first.
    pub(super) fn read(&self, prompt: &str, earlier: &[String]) -> Entry {
        // The lines that are there, and the beginning of the next one.
        let (mut entry, mut begun) = (String::new(), String::new());
        loop {
            let before = if entry.is_empty() { prompt } else { MORE };
            let line = match self.screen.read_line(&format!("{before}{}", text::lines(&begun))) {
                Ok(Some(line)) => line,
                Ok(None) if entry.is_empty() => return Entry::End,
                Ok(None) => return Entry::Text(entry),
                Err(error) if error.kind() == ErrorKind::Interrupted => return Entry::Cleared,
                Err(_) => return Entry::End,
            };
            let (line, steps) = without_keys(&line);
            if steps > 0 && line.trim().is_empty() {
                let wanted = earlier.len().checked_sub(steps).and_then(|at| earlier.get(at));
                match wanted {
                    Some(wanted) => begun.clone_from(wanted),
                    None => self.print("there is no earlier entry"),
                }
                continue;
            }
            let typed = line.trim_end_matches('\t');
            if typed.len() < line.len() && !(begun.is_empty() && typed.trim().is_empty()) {
                begun.push_str(typed);
                begun = self.completed(&entry, begun);
                continue;
            }
            if !entry.is_empty() {
                entry.push('\n');
            }
            entry.push_str(&std::mem::take(&mut begun));
            entry.push_str(&line);
            if !self.assistant.is_unfinished(&Begun::default(), &entry) {
                return Entry::Text(entry);
            }
        }
    }

    /// What Tab makes of a line. Several candidates are listed, each on a line of its own.
    fn completed(&self, entry: &str, begun: String) -> String {
        let whole = if entry.is_empty() { begun.clone() } else { format!("{entry}\n{begun}") };
        let (start, found) = self.assistant.complete(&whole, whole.len());
        if found.is_empty() {
            self.print("nothing goes on like this");
            return begun;
        }
        if found.len() > 1 {
            found.iter().for_each(|candidate| self.print(spoken(&candidate.shown).trim_end()));
        }
        let common = common(&found);
        let typed = whole.len() - start;
        let own = begun.len().checked_sub(typed).and_then(|at| begun.get(..at));
        match own {
            // Where no candidate begins like it, what was typed is better than nothing.
            Some(own) if common.len() >= typed => format!("{own}{common}"),
            _ => begun,
        }
    }
}

/// `get(Id, options): read`: columns are for the eye.
pub(super) fn spoken(shown: &str) -> String {
    shown.trim_end().replacen("  ", ": ", 1).replace("  ", ", ")
}

/// What all of them begin with.
fn common(found: &[Candidate]) -> &str {
    let Some(first) = found.first().map(|candidate| candidate.text.as_str()) else { return "" };
    let fits = |end: &usize| found.iter().all(|other| other.text.starts_with(&first[..*end]));
    let ends = first.char_indices().map(|(at, c)| at + c.len_utf8());
    &first[..ends.take_while(fits).last().unwrap_or(0)]
}

/// The line without the sequences that keys send which have no letter, and how often the arrow up was among them.
fn without_keys(line: &str) -> (String, usize) {
    let (mut out, mut up) = (String::new(), 0);
    let mut rest = line;
    while let Some((before, sequence)) = rest.split_once('\x1b') {
        out.push_str(before);
        let body = sequence.strip_prefix(['[', 'O']).unwrap_or(sequence);
        let end = body.find(|c: char| c.is_ascii_alphabetic() || c == '~').map_or(body.len(), |at| at + 1);
        up += usize::from(&body[..end] == "A");
        rest = &body[end..];
    }
    out.push_str(rest);
    (out, up)
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::sync::Arc;

    use super::{Lines, common, without_keys};
    use crate::catalog::Catalog;
    use crate::repl::begun::Begun;
    use crate::repl::complete::{self, Candidate, Names};
    use crate::repl::editor::{Assistant, Entry};
    use crate::repl::paper::Paper;
    use crate::repl::scan;

    struct Somebody;

    impl Assistant for Somebody {
        fn is_unfinished(&self, _: &Begun, text: &str) -> bool {
            scan::unfinished(text).unwrap_or(false)
        }

        fn complete(&self, line: &str, cursor: usize) -> (usize, Vec<Candidate>) {
            complete::complete(line, cursor, &Names::default(), Catalog::builtin())
        }

        fn paint(&self, line: &str, _: usize) -> String {
            line.to_owned()
        }

        fn hint(&self, _: &str) -> Option<String> {
            None
        }
    }

    /// What comes of these lines, and all that stands on the terminal but what is typed.
    fn read(typed: &[&str]) -> (Entry, Vec<String>) {
        let paper = Paper::new(typed);
        let lines = Lines::new(Arc::new(paper.clone()), Rc::new(Somebody));
        let entry = lines.read("> ", &["1 + 1".to_owned(), "two\nlines".to_owned()]);
        (entry, paper.take())
    }

    fn text(typed: &[&str]) -> (String, Vec<String>) {
        match read(typed) {
            (Entry::Text(text), shown) => (text, shown),
            (other, shown) => panic!("{other:?} {shown:?}"),
        }
    }

    #[test]
    fn an_entry_has_as_many_lines_as_it_needs() {
        assert_eq!(text(&["1 + 1"]), ("1 + 1".to_owned(), vec!["> ".to_owned()]));
        let (entry, shown) = text(&["for i in 0..3 {", "\tprint(i)", "}"]);
        assert_eq!(entry, "for i in 0..3 {\n\tprint(i)\n}");
        assert_eq!(shown, ["> ", "more> ", "more> "]);
        assert!(matches!(read(&[]).0, Entry::End));
        assert!(matches!(read(&["f(", "^C"]).0, Entry::Cleared));
        assert_eq!(text(&["f("]).0, "f(");
    }

    #[test]
    fn tab_goes_on_with_the_line_and_lists_what_could_follow() {
        let (entry, shown) = text(&["pbx.ring_g\t", ".len()"]);
        assert_eq!(entry, "pbx.ring_groups.len()");
        assert_eq!(shown, ["> ", "> pbx.ring_groups"]);
        let (entry, shown) = text(&["pbx.parkings.get\t\t", "_by_number(\"SP1\")"]);
        assert_eq!(entry, "pbx.parkings.get_by_number(\"SP1\")");
        assert_eq!(
            shown,
            [
                "> ",
                "get(Id, options): read",
                "get_by_number(Number, options): read, a parking place by its number, as 'SP100'",
                "> pbx.parkings.get"
            ]
        );
        let (entry, shown) = text(&["xyzzy\t", ""]);
        assert_eq!((entry.as_str(), shown[1].as_str()), ("xyzzy", "nothing goes on like this"));
        let (entry, _) = text(&["f(", "pbx.ring_g\t", ")"]);
        assert_eq!(entry, "f(\npbx.ring_groups)");
    }

    #[test]
    fn the_arrow_up_brings_earlier_entries() {
        let (entry, shown) = text(&["\x1b[A\x1b[A", " + 40"]);
        assert_eq!((entry.as_str(), shown[1].as_str()), ("1 + 1 + 40", "> 1 + 1"));
        assert_eq!(text(&["\x1bOA", ""]).0, "two\nlines");
        assert_eq!(text(&["\x1b[A\x1b[A\x1b[A", "7"]).1[1], "there is no earlier entry");
        assert_eq!(without_keys("a\x1b[Db\x1b[3~c\x1b[1;5Cd"), ("abcd".to_owned(), 0));
        assert_eq!(common(&[]), "");
    }
}
