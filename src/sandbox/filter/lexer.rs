//! Words, literals and marks of a filter.

use crate::sandbox::address::unquote;
use crate::sandbox::scalar;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name or keyword, with dots: `Number`, `eq`, `Pbx.PeerType`.
    Word(String),
    /// A number, date or GUID: everything that is a literal without quotes.
    Bare(String),
    Text(String),
    /// `duration'PT1S'`, `Pbx.PeerType'Queue'`.
    Typed(String, String),
    Mark(char),
}

/// The tokens with the places where they begin; the place of what is no token.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, usize)>, usize> {
    let mut found = Vec::new();
    let mut place = 0;
    while let Some(next) = text[place..].chars().next() {
        let rest = &text[place..];
        if next.is_whitespace() {
            place += next.len_utf8();
            continue;
        }
        let (token, length) = token(rest, next).ok_or(place)?;
        found.push((token, place));
        place += length;
    }
    Ok(found)
}

fn token(rest: &str, next: char) -> Option<(Token, usize)> {
    if let Some(quoted) = rest.strip_prefix('\'') {
        let (text, after) = unquote(quoted)?;
        return Some((Token::Text(text), rest.len() - after.len()));
    }
    let bare_end = span(rest, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.' | ':' | '_'));
    let guid = rest.get(..36).is_some_and(|start| bare_end == 36 && scalar::guid(start));
    let digits =
        next.is_ascii_digit() || (matches!(next, '-' | '+') && rest[1..].starts_with(|c: char| c.is_ascii_digit()));
    if digits || guid || &rest[..bare_end] == "-INF" {
        return Some((Token::Bare(rest[..bare_end].to_owned()), bare_end));
    }
    if matches!(next, '(' | ')' | ',' | '/' | ':' | '-') {
        return Some((Token::Mark(next), 1));
    }
    let end = span(rest, |c| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '@'));
    let (word, after) = rest.split_at(end);
    if end == 0 {
        return None;
    }
    match after.strip_prefix('\'') {
        Some(quoted) => {
            let (text, after) = unquote(quoted)?;
            Some((Token::Typed(word.to_owned(), text), rest.len() - after.len()))
        }
        None => Some((Token::Word(word.to_owned()), end)),
    }
}

fn span(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}
