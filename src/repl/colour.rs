//! An entry in colours: what is known, and what is not, before anybody presses Enter.

use crate::catalog::Catalog;
use crate::repl::complete::Names;
use crate::repl::scan::{Inside, Scan};
use crate::repl::standing::{Standing, standing};
use crate::terminal::{self, ASIDE, FINE, KNOWN, WARNING, WORD, WRONG};

const TEXT: &str = FINE;
const NUMBER: &str = WARNING;
const REMARK: &str = ASIDE;
/// Something that the catalog would have if it were spelt right.
const UNKNOWN: &str = WRONG;
const BRACKET: &str = "1;4";

const WORDS: [&str; 30] = [
    "let",
    "const",
    "fn",
    "for",
    "in",
    "if",
    "else",
    "while",
    "loop",
    "do",
    "until",
    "switch",
    "return",
    "throw",
    "try",
    "catch",
    "import",
    "export",
    "as",
    "break",
    "continue",
    "true",
    "false",
    "this",
    "private",
    "global",
    "Fn",
    "call",
    "curry",
    "is_shared",
];

/// The parts of the line that was painted last, each by its end: at the next key most of them are as they were.
#[derive(Default)]
pub(super) struct Parts {
    line: String,
    parts: Vec<(usize, Option<&'static str>)>,
}

impl Parts {
    /// Reads the line from where it differs from the last one.
    fn read(&mut self, line: &str, names: &Names, catalog: &Catalog) {
        let same = self.line.bytes().zip(line.bytes()).take_while(|(one, other)| one == other).count();
        let mut parts = std::mem::take(&mut self.parts);
        // What stands behind a part decides where it ends.
        parts.retain(|(end, _)| *end < same);
        let mut at = parts.last().map_or(0, |(end, _)| *end);
        while at < line.len() {
            let (end, colour) = part(line, at, names, catalog);
            parts.push((end, colour));
            at = end;
        }
        line.clone_into(&mut self.line);
        self.parts = parts;
    }
}

/// The line with colours around its parts; without them it is the same text. `last` is of the same names.
pub(super) fn paint(line: &str, cursor: usize, names: &Names, catalog: &Catalog, last: &mut Parts) -> String {
    if line.starts_with(':') {
        let end = line.find(char::is_whitespace).unwrap_or(line.len());
        return format!("{}{}", coloured(&line[..end], KNOWN), &line[end..]);
    }
    last.read(line, names, catalog);
    let pair = brackets(line, cursor);
    let mut out = String::with_capacity(line.len() * 2);
    let mut at = 0;
    for (end, colour) in &last.parts {
        let text = &line[at..*end];
        match colour {
            _ if pair.is_some_and(|(one, other)| at == one || at == other) => out.push_str(&coloured(text, BRACKET)),
            Some(colour) => out.push_str(&coloured(text, colour)),
            None => out.push_str(text),
        }
        at = *end;
    }
    out
}

fn coloured(text: &str, colour: &str) -> String {
    // A colour does not reach over the end of a line: the editor draws each by itself.
    let lines: Vec<String> = text.split('\n').map(|line| terminal::paint(line, colour, true)).collect();
    lines.join("\n")
}

/// The end of the part that begins here, and its colour.
fn part(line: &str, at: usize, names: &Names, catalog: &Catalog) -> (usize, Option<&'static str>) {
    let rest = &line[at..];
    let first = rest.chars().next().unwrap_or(' ');
    let run = |fits: &dyn Fn(char) -> bool| at + rest.find(|c| !fits(c)).unwrap_or(rest.len());
    let behind = |end: Option<usize>| end.map_or(line.len(), |end| at + end);
    match first {
        '/' if rest.starts_with("//") => (behind(rest.find('\n')), Some(REMARK)),
        '/' if rest.starts_with("/*") => (behind(rest.find("*/").map(|end| end + 2)), Some(REMARK)),
        '"' | '\'' | '`' => (at + text(rest, first), Some(TEXT)),
        '0'..='9' => (run(&|c| c.is_ascii_alphanumeric() || c == '_'), Some(NUMBER)),
        c if c.is_alphabetic() || c == '_' => {
            let end = run(&|c| c.is_alphanumeric() || c == '_');
            (end, name(line, at, end, names, catalog))
        }
        c => (at + c.len_utf8(), None),
    }
}

/// How long a text is, with its quotes.
fn text(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote != '`' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

fn name(line: &str, at: usize, end: usize, names: &Names, catalog: &Catalog) -> Option<&'static str> {
    let name = &line[at..end];
    let member = line[..at].trim_end().ends_with('.');
    if !member && WORDS.contains(&name) {
        return Some(WORD);
    }
    // What is still being typed is not wrong yet.
    let typing = end == line.len();
    match standing(&line[..at], name, names, catalog) {
        Standing::Known => Some(KNOWN),
        Standing::Wrong if !typing => Some(UNKNOWN),
        _ => None,
    }
}

/// The places of the bracket before or under the cursor and of its other half.
fn brackets(line: &str, cursor: usize) -> Option<(usize, usize)> {
    let at = |place: usize| line.as_bytes().get(place).copied();
    let close = |place: usize| matches!(at(place), Some(b')' | b']' | b'}'));
    let open = |place: usize| matches!(at(place), Some(b'(' | b'[' | b'{'));
    let before = cursor.checked_sub(1);
    let place = [Some(cursor), before].into_iter().flatten().find(|place| close(*place) || open(*place))?;
    let scan = Scan::of(line.get(..place)?);
    if scan.inside != Inside::Code {
        return None;
    }
    if close(place) {
        let open = scan.open.last()?;
        return Some((if open.kind == '#' || open.kind == '$' { open.at + 1 } else { open.at }, place));
    }
    // The first place behind it where it is closed again.
    let depth = Scan::of(line.get(..=place)?).open.len();
    let mut ends = line.match_indices([')', ']', '}']).map(|(at, _)| at).filter(|at| *at > place);
    let closed = |end: &usize| line.get(..=*end).is_some_and(|text| Scan::of(text).open.len() < depth);
    ends.find(closed).map(|end| (place, end))
}

#[cfg(test)]
mod tests {
    use super::{Parts, paint};
    use crate::catalog::Catalog;
    use crate::repl::complete::{Names, Sort};

    fn names() -> Names {
        let variables = vec![("u".to_owned(), Sort::Object("User".to_owned()))];
        Names { variables, functions: vec!["rename".to_owned()], ..Names::default() }
    }

    /// The colours as words, so that a person can read the test.
    fn painted(line: &str) -> String {
        let cursor = line.find('|').unwrap_or(line.len());
        let line = line.replacen('|', "", 1);
        let mut text = paint(&line, cursor, &names(), Catalog::builtin(), &mut Parts::default());
        for (code, word) in [
            ("38;5;134", "<word:"),
            ("38;5;64", "<text:"),
            ("38;5;166", "<number:"),
            ("38;5;244", "<remark:"),
            ("38;5;31", "<known:"),
            ("38;5;196", "<wrong:"),
            ("1;4", "<pair:"),
            ("0", ">"),
        ] {
            text = text.replace(&format!("\x1b[{code}m"), word);
        }
        text
    }

    #[test]
    fn known_names_differ_from_unknown_ones() {
        assert_eq!(painted("pbx.users.list( "), "<known:pbx>.<known:users>.<known:list>( ");
        assert_eq!(painted("pbx.usrs.list( "), "<known:pbx>.<wrong:usrs>.list( ");
        assert_eq!(painted("pbx.users.lst("), "<known:pbx>.<known:users>.<wrong:lst>(");
        // Somebody is still typing.
        assert_eq!(painted("pbx.us"), "<known:pbx>.us");
        assert_eq!(painted("u.FirstNam + 1"), "<known:u>.<wrong:FirstNam> + <number:1>");
        assert_eq!(painted("rename(x) + sleep(1)|"), "<known:rename>(x) + <known:sleep><pair:(><number:1><pair:)>");
        assert_eq!(painted("let a = PeerType::Extension ;"), "<word:let> a = <known:PeerType>::<known:Extension> ;");
        assert_eq!(painted(":help users"), "<known::help> users");
    }

    #[test]
    fn texts_numbers_and_remarks() {
        assert_eq!(painted("f(\"a\\\"b\", 12) // c"), "f(<text:\"a\\\"b\">, <number:12>) <remark:// c>");
        assert_eq!(painted("`a\nb` "), "<text:`a>\n<text:b`> ");
        assert_eq!(painted("/* x"), "<remark:/* x>");
    }

    #[test]
    fn brackets_find_their_other_half() {
        assert_eq!(painted("f(#{ a: [1] })|"), "f<pair:(>#{ a: [<number:1>] }<pair:)>");
        assert_eq!(painted("f(|#{ a: 1 })"), "f<pair:(>#{ a: <number:1> }<pair:)>");
        assert_eq!(painted("f(#{ a: 1 }|)"), "f<pair:(>#{ a: <number:1> }<pair:)>");
        assert_eq!(painted("#{ a: 1 }|"), "#<pair:{> a: <number:1> <pair:}>");
        assert_eq!(painted("\"(\" )|"), "<text:\"(\"> )");
        assert_eq!(painted("f(|"), "f(");
    }

    #[test]
    fn colours_change_no_character() {
        let line =
            "for u in pbx.users.list(#{ filter: `é ${u.Ñ}` }) { print(\"日本\" + u.Name); /* (*/ } 'x' \\ \" open";
        let (names, mut last) = (names(), Parts::default());
        for cursor in (0..=line.len()).filter(|at| line.is_char_boundary(*at)) {
            for cut in (0..=line.len()).filter(|at| line.is_char_boundary(*at)) {
                let cursor = cursor.min(cut);
                let painted = paint(&line[..cut], cursor, &names, Catalog::builtin(), &mut last);
                let anew = paint(&line[..cut], cursor, &names, Catalog::builtin(), &mut Parts::default());
                assert_eq!(painted, anew);
                let mut plain = String::new();
                let mut inside = false;
                for c in painted.chars() {
                    match c {
                        '\x1b' => inside = true,
                        'm' if inside => inside = false,
                        c if !inside => plain.push(c),
                        _ => {}
                    }
                }
                assert_eq!(plain, line[..cut]);
            }
        }
    }
}
