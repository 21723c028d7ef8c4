//! A light reading of unfinished script text: strings, comments and brackets, up to a cursor.

/// Where a text ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    Code,
    /// Between `"` and `"`; the offset is the first character of the text.
    Text(usize),
    /// Between back-ticks.
    Template(usize),
    Char,
    LineComment,
    BlockComment,
}

/// A bracket that is still open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Open {
    /// `(`, `[`, `{`, `#` for a map, `$` for an expression in a template.
    pub(super) kind: char,
    pub(super) at: usize,
    /// Behind the bracket itself or behind the last comma in it.
    pub(super) part: usize,
    /// The commas so far.
    pub(super) commas: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scan {
    pub(super) inside: Inside,
    /// The outermost first.
    pub(super) open: Vec<Open>,
    /// A bracket was closed that was not open.
    pub(super) broken: bool,
    /// How deep comments stand in comments.
    depth: usize,
    /// Where the templates begin whose expressions are open.
    templates: Vec<usize>,
    /// How much was read.
    read: usize,
}

impl Scan {
    pub(super) fn of(text: &str) -> Scan {
        let mut scan =
            Scan { inside: Inside::Code, open: Vec::new(), broken: false, depth: 0, templates: Vec::new(), read: 0 };
        scan.go_on(text);
        scan
    }

    /// Reads on where the last text ended, which must be the end of a line.
    pub(super) fn go_on(&mut self, text: &str) {
        let scan = self;
        let start = scan.read;
        scan.read += text.len();
        let mut chars = text.char_indices().map(|(at, c)| (start + at, c)).peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, next)| *next);
            match scan.inside {
                Inside::LineComment if c == '\n' => scan.inside = Inside::Code,
                Inside::LineComment => {}
                Inside::BlockComment => match (c, next) {
                    ('/', Some('*')) => {
                        scan.depth += 1;
                        chars.next();
                    }
                    ('*', Some('/')) => {
                        scan.depth -= 1;
                        chars.next();
                        if scan.depth == 0 {
                            scan.inside = Inside::Code;
                        }
                    }
                    _ => {}
                },
                Inside::Text(_) | Inside::Char => {
                    let end = if scan.inside == Inside::Char { '\'' } else { '"' };
                    if c == '\\' {
                        chars.next();
                    } else if c == end {
                        scan.inside = Inside::Code;
                    }
                }
                Inside::Template(start) => match (c, next) {
                    ('`', _) => scan.inside = Inside::Code,
                    ('$', Some('{')) => {
                        chars.next();
                        scan.templates.push(start);
                        scan.enter('$', at, at + 2);
                        scan.inside = Inside::Code;
                    }
                    _ => {}
                },
                Inside::Code => match (c, next) {
                    ('/', Some('/')) => scan.inside = Inside::LineComment,
                    ('/', Some('*')) => {
                        chars.next();
                        scan.depth = 1;
                        scan.inside = Inside::BlockComment;
                    }
                    ('"', _) => scan.inside = Inside::Text(at + 1),
                    ('`', _) => scan.inside = Inside::Template(at + 1),
                    ('\'', _) => scan.inside = Inside::Char,
                    ('#', Some('{')) => {
                        chars.next();
                        scan.enter('#', at, at + 2);
                    }
                    ('(' | '[' | '{', _) => scan.enter(c, at, at + 1),
                    (')' | ']' | '}', _) => {
                        let of_template = scan.leave(c) == Some('$');
                        if of_template {
                            scan.inside = Inside::Template(scan.templates.pop().unwrap_or(at));
                        }
                    }
                    (',', _) => {
                        if let Some(open) = scan.open.last_mut() {
                            (open.part, open.commas) = (at + 1, open.commas + 1);
                        }
                    }
                    _ => {}
                },
            }
        }
    }

    fn enter(&mut self, kind: char, at: usize, part: usize) {
        self.open.push(Open { kind, at, part, commas: 0 });
    }

    fn leave(&mut self, closing: char) -> Option<char> {
        let fits = |open: &Open| matches!((open.kind, closing), ('(', ')') | ('[', ']') | ('{' | '#' | '$', '}'));
        match self.open.pop() {
            Some(open) if fits(&open) => Some(open.kind),
            _ => {
                self.broken = true;
                None
            }
        }
    }
}

/// Do more lines belong to this text? `Some` where the reading alone decides.
pub(super) fn unfinished(text: &str) -> Option<bool> {
    Scan::of(text).unfinished(text)
}

impl Scan {
    /// The same for what was read, of which `last` is the end.
    pub(super) fn unfinished(&self, last: &str) -> Option<bool> {
        if self.broken {
            return Some(false);
        }
        match self.inside {
            Inside::Template(_) | Inside::BlockComment => Some(true),
            // Such a string ends with its line, unless the line ends with a back-slash.
            Inside::Text(_) => Some(last.ends_with('\\')),
            Inside::Char => Some(false),
            Inside::Code | Inside::LineComment => (!self.open.is_empty()).then_some(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Inside, Scan, unfinished};

    fn kinds(text: &str) -> String {
        Scan::of(text).open.iter().map(|open| open.kind).collect()
    }

    #[test]
    fn brackets_strings_and_comments() {
        assert_eq!(kinds("pbx.users.list(#{ filter: [1, \"}\", '}', `}`, /* } */ 2"), "(#[");
        assert_eq!(kinds("fn f(x) { if x { `a ${ g(x"), "{{$(");
        assert_eq!(kinds("(a // (((\n[b]"), "(");
        assert_eq!(kinds("`${`${1}`}`"), "");
        assert_eq!(Scan::of("`a ${x} b").inside, Inside::Template(1));
        assert_eq!(Scan::of("f(\"a\\\"b").inside, Inside::Text(3));
        assert_eq!(Scan::of("/* /* */ x").inside, Inside::BlockComment);
        assert_eq!(Scan::of("// x").inside, Inside::LineComment);
        assert!(Scan::of("a)").broken && Scan::of("(]").broken);
        let open = Scan::of("f(a, b, c").open;
        assert_eq!(open.first().map(|open| (open.commas, open.part)), Some((2, 7)));
    }

    #[test]
    fn a_text_is_read_line_by_line_as_in_one() {
        let text = "f(#{ a: \"x\\\n\", b: `one\n${ g(\n`two` )} three\n`, /* x\n /* */ */ c: '\n', // (\n d: [1,\n2";
        let mut lines = Scan::of("");
        text.split_inclusive('\n').for_each(|line| lines.go_on(line));
        assert_eq!(lines, Scan::of(text));
    }

    #[test]
    fn any_text_can_be_read() {
        let parts = ["(", "}", "`", "${", "\"", "\\", "/*", "*/", "é", "'", "#{", "\n", "//", ","];
        for first in parts {
            for second in parts {
                for third in parts {
                    let text = format!("{first}{second}{third}");
                    let _ = (Scan::of(&text), unfinished(&text));
                }
            }
        }
    }

    #[test]
    fn what_wants_more_lines() {
        for more in ["fn f() {", "f(1,", "#{ a: 1", "`one", "/* one", "[1, // x", "\"a\\"] {
            assert_eq!(unfinished(more), Some(true), "{more}");
        }
        for enough in ["\"one", "f)", "'a", "{ ]"] {
            assert_eq!(unfinished(enough), Some(false), "{enough}");
        }
        for unknown in ["let x =", "1 + 1", "", "// {"] {
            assert_eq!(unfinished(unknown), None, "{unknown}");
        }
    }
}
