//! Text that is safe for a terminal, and its width there.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::terminal::{ASIDE, is_obeyed, paint};

fn push_escaped(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if is_obeyed(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        c => out.push(c),
    }
}

/// One line of a terminal: nothing in it moves the cursor, clears the screen or starts a new line.
#[must_use]
pub fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_escaped(&mut out, c));
    out
}

/// Text that may have several lines and tabs, and nothing else that a terminal acts on.
#[must_use]
pub fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\n' | '\t') { out.push(c) } else { push_escaped(&mut out, c) }
    }
    out
}

/// What a script prints, as a terminal may have it: its lines and colours stay, nothing else in it is obeyed. It may be the name of
/// a caller, whom nobody knows.
#[must_use]
pub fn printed(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_obeyed(c) && !matches!(c, '\n' | '\t')) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("\x1b[") {
        out.push_str(&lines(before));
        let end = behind.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(behind.len());
        let is_colour = behind[end..].starts_with('m');
        out.push_str(if is_colour { "\x1b[" } else { "\\u{1b}[" });
        out.push_str(&behind[..end]);
        rest = &behind[end..];
    }
    out.push_str(&lines(rest));
    Cow::Owned(out)
}

/// JSON keeps its meaning when the characters that its own rules let through are written as escapes.
#[must_use]
pub fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && is_obeyed(c) { out.push_str(&format!("\\u{:04x}", u32::from(c))) } else { out.push(c) }
    }
    out
}

#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text, cut to a width; the last place says that something is missing. What is drawn as one, an emoji of several people or a
/// letter with its accents, goes or stays as a whole.
#[must_use]
pub fn cut(text: &str, most: usize, unicode: bool) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let end = if unicode { "…" } else { "~" };
    let room = most.saturating_sub(1);
    let (mut out, mut used) = (String::new(), 0);
    for cluster in text.graphemes(true) {
        used += width(cluster);
        if used > room {
            break;
        }
        out.push_str(cluster);
    }
    if most > 0 {
        out.push_str(end);
    }
    out
}

/// The text with blanks behind it up to a width.
#[must_use]
pub fn pad(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// Breaks a text at blanks, every line after the first one with `indent` blanks before it.
///
/// The first line begins behind something that is as wide as the indent. A word that is too long for a line is broken where
/// the line ends.
#[must_use]
pub fn wrap(text: &str, wide: usize, indent: usize) -> String {
    let room = wide.saturating_sub(indent).max(10);
    let mut done: Vec<String> = Vec::new();
    for part in text.split('\n') {
        let mut current = String::new();
        for word in part.split(' ') {
            let gap = usize::from(!current.is_empty());
            if !current.is_empty() && width(&current) + gap + width(word) > room {
                done.push(std::mem::take(&mut current));
            } else if gap > 0 {
                current.push(' ');
            }
            let mut used = width(&current);
            for cluster in word.graphemes(true) {
                let this = width(cluster);
                if used + this > room {
                    done.push(std::mem::take(&mut current));
                    used = 0;
                }
                used += this;
                current.push_str(cluster);
            }
        }
        done.push(current);
    }
    let lines: Vec<&str> = done.iter().map(|line| line.trim_end()).collect();
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

/// `1 row`, `2 rows`.
#[must_use]
pub fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// Emphasis, where the terminal has it.
#[must_use]
pub fn bold(text: &str, colour: bool) -> String {
    paint(text, "1", colour)
}

/// What is said about the values, not the values themselves.
#[must_use]
pub fn dim(text: &str, colour: bool) -> String {
    paint(text, ASIDE, colour)
}

#[cfg(test)]
mod tests {
    use super::{count, cut, json, line, lines, pad, printed, width, wrap};

    #[test]
    fn nothing_that_a_terminal_acts_on_gets_through() {
        assert_eq!(line("a\x1b[2Jb\r\n\u{9b}c\x7f"), "a\\u{1b}[2Jb\\r\\n\\u{9b}c\\u{7f}");
        assert_eq!(line("user\u{202e}cod.exe"), "user\\u{202e}cod.exe");
        assert_eq!(lines("a\n\tb\x07"), "a\n\tb\\u{7}");
        assert_eq!(lines("a\u{2028}b\u{61c}"), "a\\u{2028}b\\u{61c}");
        assert_eq!(line("שלום مرحبا"), "שלום مرحبا");
        assert_eq!(json("\"a\u{9b}b\""), "\"a\\u009bb\"");
        assert_eq!(line("Zoë 日本 👍"), "Zoë 日本 👍");
    }

    #[test]
    fn what_is_printed_has_lines_and_colours() {
        let coloured = "a\n\t\x1b[1;31mred\x1b[0m";
        assert_eq!(printed(coloured), coloured);
        assert_eq!(
            printed("\x1b[2J\x1b]0;title\x07\x1b[5\r\u{9b}2J"),
            "\\u{1b}[2J\\u{1b}]0;title\\u{7}\\u{1b}[5\\r\\u{9b}2J"
        );
        assert_eq!(printed("Zoë 日本\n"), "Zoë 日本\n");
    }

    #[test]
    fn cuts_by_width_not_by_bytes() {
        assert_eq!(cut("Reception", 9, true), "Reception");
        assert_eq!(cut("Reception", 5, true), "Rece…");
        assert_eq!(cut("Reception", 5, false), "Rece~");
        assert_eq!(cut("日本語の名前", 6, true), "日本…");
        assert_eq!(width(&cut("日本語の名前", 6, true)), 5);
        assert_eq!(cut("x", 0, true), "");
        // A family is one sign, and so is a letter with two accents.
        let family = "👨\u{200d}👩\u{200d}👧";
        assert_eq!(cut(&format!("{family}{family}"), 3, true), format!("{family}…"));
        assert_eq!(cut("e\u{301}\u{323}e\u{301}e", 2, true), "e\u{301}\u{323}…");
        assert_eq!(wrap(&family.repeat(6), 10, 0), format!("{}\n{family}", family.repeat(5)));
        assert_eq!(pad("שלום", 6), "שלום  ");
        assert_eq!(pad("日本", 6), "日本  ");
    }

    #[test]
    fn wraps_at_blanks_and_breaks_what_has_none() {
        assert_eq!(wrap("one two three four", 14, 2), "one two\n  three four");
        assert_eq!(wrap("abcdefghijklmnop", 12, 2), "abcdefghij\n  klmnop");
        assert_eq!(wrap("", 12, 2), "");
        assert_eq!(wrap("a\nb", 12, 2), "a\n  b");
        assert_eq!(count(1, "row"), "1 row");
        assert_eq!(count(0, "row"), "0 rows");
    }
}
