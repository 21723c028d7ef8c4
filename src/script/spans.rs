//! The engine knows points; people read spans. The engine's own lexer finds where the thing at a point ends.

use std::ops::Range;

use rhai::{Engine, Position, Token};

/// The byte offset of a position; its columns count characters.
pub(super) fn offset(text: &str, position: Position) -> Option<usize> {
    let line = position.line()?;
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = text.get(start..)?.split('\n').next()?;
    let column = position.position().unwrap_or(1);
    Some(start + rest.char_indices().nth(column - 1).map_or(rest.len(), |(at, _)| at))
}

/// The text of the call, name or operator at `position`; of the map key `focus` inside that call, where one is named.
pub(super) fn span(engine: &Engine, text: &str, position: Position, focus: Option<&str>) -> Option<Range<usize>> {
    let start = offset(text, position)?;
    // The lexer's iterator has no end of its own: past the text it yields the end of file for ever.
    let tokens: Vec<(Token, usize)> = engine
        .lex([&text])
        .0
        .take_while(|(token, _)| !matches!(token, Token::EOF | Token::LexError(_)))
        .filter_map(|(token, at)| Some((token, offset(text, at)?)))
        .collect();
    let Some(mut first) = tokens.iter().position(|(_, at)| *at == start) else {
        return Some(whole_word(text, start));
    };
    // A property is reported at the dot before it.
    if matches!(tokens[first].0, Token::Period | Token::Elvis) && first + 1 < tokens.len() {
        first += 1;
    }
    let end_of = |index: usize| {
        let next = tokens.get(index + 1).map_or(text.len(), |(_, at)| *at);
        let piece = &text[tokens[index].1..next];
        // Comments and blanks between two tokens belong to neither.
        let piece = piece.split("//").next().unwrap_or(piece).split("/*").next().unwrap_or(piece);
        tokens[index].1 + piece.trim_end().len()
    };
    let mut end = end_of(first);
    // A call without arguments ends with a token of its own.
    if matches!(tokens.get(first + 1), Some((Token::Unit, _))) {
        end = end_of(first + 1);
    }
    if matches!(tokens.get(first + 1), Some((Token::LeftParen, _))) {
        let mut depth = 0_usize;
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
                Token::Identifier(name) if Some(name.as_str()) == focus => {
                    if matches!(tokens.get(index + 1), Some((Token::Colon, _))) {
                        return Some(tokens[index].1..tokens[index].1 + name.len());
                    }
                }
                _ => {}
            }
        }
    } else if let Some(key) = focus.and_then(|focus| key_behind(&tokens, first, focus)) {
        return Some(key);
    }
    Some(tokens[first].1..end)
}

/// The map key in what a property is given: `g.Members = [#{ Nmber: … }]`, `g.Members.push(#{ Nmber: … })`.
fn key_behind(tokens: &[(Token, usize)], property: usize, focus: &str) -> Option<Range<usize>> {
    let mut depth = 0_usize;
    for (index, (token, at)) in tokens.iter().enumerate().skip(property + 1) {
        match token {
            Token::LeftParen | Token::LeftBracket | Token::LeftBrace | Token::MapStart => depth += 1,
            Token::RightParen | Token::RightBracket | Token::RightBrace => depth = depth.checked_sub(1)?,
            Token::SemiColon => return None,
            Token::Comma if depth == 0 => return None,
            Token::Identifier(name) if name.as_str() == focus => {
                if matches!(tokens.get(index + 1), Some((Token::Colon, _))) {
                    return Some(*at..at + name.len());
                }
            }
            _ => {}
        }
    }
    None
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
    use super::span;
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
        assert_eq!(cut("g.Members.push(#{ Nmber: 1 })", 1, 2, Some("Nmber")), "Nmber");
        assert_eq!(cut("g.Members = [#{ Number: #{ Nmber: 1 } }];", 1, 2, Some("Nmber")), "Nmber");
        assert_eq!(cut("g.Members.len(); f(#{ Nmber: 1 })", 1, 2, Some("Nmber")), "Members");
        assert_eq!(cut("[g.Members, #{ Nmber: 1 }]", 1, 3, Some("Nmber")), "Members");
        assert_eq!(cut("pbx.users.list() + 1", 1, 11, None), "list()");
    }

    #[test]
    fn never_ends_past_the_text() {
        assert_eq!(cut("let x = ", 1, 9, None), "=");
        assert_eq!(cut("", 1, 1, None), "");
        assert_eq!(cut("`a ${foo(1)}`", 1, 6, None), "foo(1)");
        assert_eq!(cut("x", 7, 9, None), "x");
    }
}
