//! The engine knows points; people read spans. The engine's own lexer finds where the thing at a point ends.

use std::ops::Range;

use rhai::{Engine, Position, Token};

/// A text cut into the engine's tokens, each with the byte at which it begins.
pub(super) struct Tokens {
    /// The bytes at which lines begin.
    lines: Vec<usize>,
    tokens: Vec<(Token, usize)>,
}

impl Tokens {
    pub(super) fn of(engine: &Engine, text: &str) -> Tokens {
        let lines: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let (lexer, control) = engine.lex([&text]);
        let mut tokens = Vec::new();
        // The braces that are open in each text around: behind the last one the text goes on, and the lexer must be told.
        let mut texts: Vec<usize> = Vec::new();
        for (token, at) in lexer {
            match (&token, texts.last_mut()) {
                // The lexer's iterator has no end of its own: past the text it yields the end of file for ever.
                (Token::EOF | Token::LexError(_), _) => break,
                (Token::InterpolatedString(_), _) => texts.push(0),
                (Token::LeftBrace | Token::MapStart, Some(open)) => *open += 1,
                (Token::RightBrace, Some(open)) => {
                    *open = open.saturating_sub(1);
                    if *open == 0 {
                        texts.pop();
                        control.borrow_mut().is_within_text = true;
                    }
                }
                _ => {}
            }
            tokens.extend(offset(text, &lines, at).map(|at| (token, at)));
        }
        Tokens { lines, tokens }
    }

    /// The byte offset of a position; its columns count characters.
    pub(super) fn offset(&self, text: &str, position: Position) -> Option<usize> {
        offset(text, &self.lines, position)
    }

    /// Line and column of a byte, both from one.
    pub(super) fn line_and_column(&self, text: &str, at: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= at);
        let start = self.lines[line.saturating_sub(1)];
        (line, text[start..at].chars().count() + 1)
    }

    /// The token that begins at a byte, else the one before it.
    fn before(&self, at: usize) -> Option<usize> {
        self.tokens.partition_point(|(_, start)| *start <= at).checked_sub(1)
    }

    /// Is the byte part of a token, and not of a comment or a gap?
    pub(super) fn is_code(&self, text: &str, at: usize) -> bool {
        let code = self.before(at).filter(|index| !matches!(self.tokens[*index].0, Token::Comment(_)));
        code.is_some_and(|index| at < self.end_of(text, index))
    }

    /// The byte at which the name of the function stands whose body begins at `body`.
    pub(super) fn function_name(&self, body: usize) -> Option<usize> {
        let until = self.before(body)?;
        let start = self.tokens[..until].iter().rposition(|(token, _)| *token == Token::Fn)?;
        let head = self.tokens[start..until].iter();
        let names = head.take_while(|(token, _)| !matches!(token, Token::LeftParen | Token::Unit));
        names.filter(|(token, _)| matches!(token, Token::Identifier(_))).last().map(|(_, at)| *at)
    }

    fn end_of(&self, text: &str, index: usize) -> usize {
        let start = self.tokens[index].1;
        let next = self.tokens.get(index + 1).map_or(text.len(), |(_, at)| *at);
        let piece = &text[start..next];
        match (&self.tokens[index].0, piece.chars().next()) {
            // The text goes on behind an expression.
            (Token::InterpolatedString(_), _) => return next,
            (Token::StringConstant(_) | Token::CharConstant(_), Some(quote @ ('"' | '\'' | '`'))) => {
                return start + quoted(&piece[1..], quote) + 1;
            }
            (Token::StringConstant(_), _) => return start + quoted(piece, '`'),
            _ => {}
        }
        // Comments and blanks between two tokens belong to neither.
        let piece = piece.split("//").next().unwrap_or(piece).split("/*").next().unwrap_or(piece);
        start + piece.trim_end().len()
    }

    /// The text of the name, literal or operator at `position`.
    pub(super) fn word(&self, text: &str, position: Position) -> Option<Range<usize>> {
        let start = self.offset(text, position)?;
        let Some(index) = self.before(start).filter(|index| self.tokens[*index].1 == start) else {
            return Some(whole_word(text, start));
        };
        Some(start..self.end_of(text, index))
    }

    /// The text of the call, name or operator at `position`; of the map key `focus` inside that call, where one is named. Of
    /// several keys of that name it is the first, or the first with the value that stands behind it: `Start: 8`.
    pub(super) fn span(&self, text: &str, position: Position, focus: Option<&str>) -> Option<Range<usize>> {
        let start = self.offset(text, position)?;
        let tokens = &self.tokens;
        let Some(mut first) = self.before(start).filter(|index| tokens[*index].1 == start) else {
            return Some(whole_word(text, start));
        };
        // A property is reported at the dot before it.
        if matches!(tokens[first].0, Token::Period | Token::Elvis) && first + 1 < tokens.len() {
            first += 1;
        }
        let mut end = self.end_of(text, first);
        // A call without arguments ends with a token of its own.
        if matches!(tokens.get(first + 1), Some((Token::Unit, _))) {
            end = self.end_of(text, first + 1);
        }
        if matches!(tokens.get(first + 1), Some((Token::LeftParen, _))) {
            let (mut depth, mut key) = (0_usize, Key::of(focus));
            for index in first + 1..tokens.len() {
                match &tokens[index].0 {
                    Token::LeftParen | Token::LeftBracket | Token::LeftBrace | Token::MapStart => depth += 1,
                    Token::RightParen | Token::RightBracket | Token::RightBrace => {
                        depth = depth.saturating_sub(1);
                        if depth == 0 {
                            end = tokens[index].1 + 1;
                            break;
                        }
                    }
                    Token::Identifier(name) => key.look(text, tokens, index, name),
                    _ => {}
                }
            }
            if let Some(found) = key.found() {
                return Some(found);
            }
        } else if let Some(key) = self.key_behind(text, first, focus) {
            return Some(key);
        }
        Some(tokens[first].1..end)
    }

    /// The map key in what a property is given: `g.Members = [#{ Nmber: … }]`, `g.Members.push(#{ Nmber: … })`.
    fn key_behind(&self, text: &str, property: usize, focus: Option<&str>) -> Option<Range<usize>> {
        let (mut depth, mut key) = (0_usize, Key::of(focus));
        for (index, (token, _)) in self.tokens.iter().enumerate().skip(property + 1) {
            match token {
                Token::LeftParen | Token::LeftBracket | Token::LeftBrace | Token::MapStart => depth += 1,
                Token::RightParen | Token::RightBracket | Token::RightBrace if depth == 0 => break,
                Token::RightParen | Token::RightBracket | Token::RightBrace => depth -= 1,
                Token::SemiColon => break,
                Token::Comma if depth == 0 => break,
                Token::Identifier(name) => key.look(text, &self.tokens, index, name),
                _ => {}
            }
        }
        key.found()
    }
}

/// The keys of a name that are found on the way.
struct Key<'a> {
    name: Option<&'a str>,
    value: Option<&'a str>,
    first: Option<Range<usize>>,
    with_value: Option<Range<usize>>,
    several: bool,
}

impl<'a> Key<'a> {
    fn of(focus: Option<&'a str>) -> Key<'a> {
        let (name, value) = match focus.and_then(|focus| focus.split_once(": ")) {
            Some((name, value)) => (Some(name), Some(value)),
            None => (focus, None),
        };
        Key { name, value, first: None, with_value: None, several: false }
    }

    fn look(&mut self, text: &str, tokens: &[(Token, usize)], index: usize, name: &str) {
        let Some((Token::Colon, colon)) = tokens.get(index + 1) else { return };
        if Some(name) != self.name {
            return;
        }
        let key = tokens[index].1..tokens[index].1 + name.len();
        let behind = text.get(colon + 1..).unwrap_or_default().trim_start();
        let rest = self.value.and_then(|value| behind.strip_prefix(value));
        if rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')) {
            self.with_value.get_or_insert(key.clone());
        }
        self.several |= self.first.is_some();
        self.first.get_or_insert(key);
    }

    /// Where a value is wrong that stands behind none of several keys, nobody knows which one is meant.
    fn found(self) -> Option<Range<usize>> {
        let known = self.value.is_none() || !self.several;
        self.with_value.or(self.first.filter(|_| known))
    }
}

fn offset(text: &str, lines: &[usize], position: Position) -> Option<usize> {
    let start = lines.get(position.line()? - 1).copied().unwrap_or(text.len());
    let rest = text.get(start..)?.split('\n').next()?;
    let column = position.position().unwrap_or(1);
    Some(start + rest.char_indices().nth(column - 1).map_or(rest.len(), |(at, _)| at))
}

/// How long the rest of a quoted text is, with the quote at its end.
fn quoted(rest: &str, quote: char) -> usize {
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote != '`' {
            chars.next();
        } else if c == quote {
            return at + 1;
        }
    }
    rest.trim_end().len()
}

pub(super) fn span(engine: &Engine, text: &str, position: Position, focus: Option<&str>) -> Option<Range<usize>> {
    Tokens::of(engine, text).span(text, position, focus)
}
/// Inside an interpolated string the lexer yields one token: the word at the place has to do. At the end of the text the
/// last character stands in, because nothing can be underlined there.
fn whole_word(text: &str, start: usize) -> Range<usize> {
    let rest = &text[start..];
    let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    if length > 0 {
        return start..start + length;
    }
    if let Some(next) = rest.chars().next().filter(|c| !c.is_whitespace()) {
        return start..start + next.len_utf8();
    }
    let before = text[..start].trim_end();
    let last = before.chars().next_back().map_or(0, char::len_utf8);
    before.len() - last..before.len()
}

#[cfg(test)]
mod tests {
    use super::{Tokens, span};
    use rhai::{Engine, Position};

    fn cut(text: &str, line: u16, column: u16, focus: Option<&str>) -> String {
        let range = span(&Engine::new(), text, Position::new(line, column), focus);
        range.map(|range| text[range].to_owned()).unwrap_or_default()
    }

    #[test]
    fn finds_calls_properties_and_keys() {
        let text = "let e = \"é\"; pbx.users.list(#{\n  tpo: 5,\n}) // why";
        assert_eq!(cut(text, 1, 24, None), "list(#{\n  tpo: 5,\n})");
        assert_eq!(cut(text, 1, 24, Some("tpo")), "tpo");
        assert_eq!(cut(text, 1, 17, None), "users");
        assert_eq!(cut(text, 1, 1, None), "let");
        assert_eq!(cut("g.Name /* x */ + 1", 1, 2, None), "Name");
        assert_eq!(cut("pbx.users.list() + 1", 1, 11, None), "list()");
        assert_eq!(cut("g.Members.push(#{ Nmber: 1 })", 1, 2, Some("Nmber")), "Nmber");
        assert_eq!(cut("g.Members = [#{ Number: #{ Nmber: 1 } }];", 1, 2, Some("Nmber")), "Nmber");
        let at = |focus| {
            let text = "f([#{ Start: 7 }, #{ Start: 8 }, #{ Start: x }])";
            span(&Engine::new(), text, Position::new(1, 1), Some(focus)).map(|range| range.start)
        };
        assert_eq!((at("Start"), at("Start: 8"), at("Start: 7")), (Some(6), Some(21), Some(6)));
        assert_eq!(at("Start: 9"), Some(0));
        assert_eq!(cut("g.Members.len(); f(#{ Nmber: 1 })", 1, 2, Some("Nmber")), "Members");
        assert_eq!(cut("[g.Members, #{ Nmber: 1 }]", 1, 3, Some("Nmber")), "Members");
    }

    #[test]
    fn words_are_whole_literals() {
        let text = "open(\"https://pbx\", `a // ${1}`, 'x') // \"no\"\nfn User.full_name(a) { 1 }\nfn f() {}";
        let tokens = Tokens::of(&Engine::new(), text);
        let word = |column| tokens.word(text, Position::new(1, column)).map(|range| &text[range]);
        assert_eq!(word(1), Some("open"));
        assert_eq!(word(6), Some("\"https://pbx\""));
        assert!(tokens.is_code(text, text.find("//pbx").unwrap()));
        assert!(!tokens.is_code(text, text.find("\"no\"").unwrap()));
        assert!(tokens.is_code(text, text.find("// $").unwrap()));
        let name = |brace| tokens.function_name(text.match_indices('{').nth(brace).unwrap().0);
        assert_eq!(name(1), text.find("full_name"));
        assert_eq!(name(2), text.find("f() {}"));
        assert_eq!(tokens.line_and_column(text, text.find("full_name").unwrap()), (2, 9));
    }

    #[test]
    fn never_ends_past_the_text() {
        assert_eq!(cut("let x = ", 1, 9, None), "=");
        assert_eq!(cut("", 1, 1, None), "");
        assert_eq!(cut("`a ${foo(1)}`", 1, 6, None), "foo(1)");
        assert_eq!(cut("x", 7, 9, None), "x");
    }
}
