//! Secrets in texts: in the source of a script, in what a person typed, in a message.
//!
//! The text is read without a grammar, because it may be broken, or none at all: a name that sounds like a secret, something that gives it
//! a value, and the literals of that value.

use std::borrow::Cow;
use std::ops::Range;

use crate::client::secrets::{MASK, is_secret, known, sounds_secret};

/// A secret in a text, by what gave it away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<'a> {
    /// It stands beside this name.
    Named(&'a str),
    /// It looks like a token, or is the password in an address.
    Looks,
    /// It is known from elsewhere.
    Known,
}

/// The first secret in what somebody typed.
#[must_use]
pub fn find(entry: &str) -> Option<Found<'_>> {
    let named = Scan::of(entry, true).spans;
    let first = named.into_iter().map(|(_, name)| Found::Named(name)).next();
    first
        .or_else(|| looks(entry).first().map(|_| Found::Looks))
        .or_else(|| known::places(entry).first().map(|_| Found::Known))
}

/// A script's text as a report may show it: of the same length, so that places in it stay right.
#[must_use]
pub fn hide_in_source(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for place in places(text, true) {
        shown.push_str(&text[at..place.start]);
        text[place.clone()].chars().for_each(|c| shown.push(stand_in(c)));
        at = place.end;
    }
    shown.push_str(&text[at..]);
    shown
}

/// Of as many bytes as the character that it stands for.
fn stand_in(c: char) -> char {
    match (c, c.len_utf8()) {
        ('\n' | '\r', _) => c,
        (_, 1) => '*',
        (_, 2) => '×',
        (_, 3) => '∗',
        _ => '🞷',
    }
}

fn is_stand_in(c: char) -> bool {
    "*×∗🞷…".contains(c)
}

/// A message without the secrets in it.
#[must_use]
pub fn hush(text: &str) -> Cow<'_, str> {
    let places = places(text, false);
    if places.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for place in places {
        shown.push_str(&text[at..place.start]);
        shown.push_str(MASK);
        at = place.end;
    }
    shown.push_str(&text[at..]);
    Cow::Owned(shown)
}

/// Where secrets stand, in order and without overlaps.
fn places(text: &str, source: bool) -> Vec<Range<usize>> {
    let mut places: Vec<Range<usize>> = Scan::of(text, source).spans.into_iter().map(|(place, _)| place).collect();
    places.extend(looks(text));
    places.extend(known::places(text));
    // What hides something already must not be hidden again: it has its width.
    places.retain(|place| !place.is_empty() && !text[place.clone()].chars().all(is_stand_in));
    places.sort_unstable_by_key(|place| (place.start, std::cmp::Reverse(place.end)));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for place in places {
        match apart.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            _ => apart.push(place),
        }
    }
    apart
}

/// What is a secret by its looks: a JWT, what follows `Bearer`, the user and password in an address, a private key.
fn looks(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let token = |c: char| c.is_ascii_alphanumeric() || "-_.+/=~".contains(c);
    let end_of = |start: usize, fits: &dyn Fn(char) -> bool| {
        text[start..].find(|c: char| !fits(c)).map_or(text.len(), |length| start + length)
    };
    // What stands inside of one that was looked at ends where that ends.
    let mut seen = 0;
    for (at, _) in text.match_indices("eyJ") {
        if at < seen {
            continue;
        }
        let end = end_of(at, &token);
        seen = end;
        if text[at..end].contains('.') && end - at > 20 {
            found.push(at..end);
        }
    }
    for (at, word) in text.match_indices("Bearer ").chain(text.match_indices("Basic ")) {
        let start = at + word.len();
        let end = end_of(start, &token);
        // Words have no digits and few letters.
        if end - start >= 8 && text[start..end].contains(|c: char| c.is_ascii_digit() || c == '=') {
            found.push(start..end);
        }
    }
    seen = 0;
    for (at, sign) in text.match_indices("://") {
        let start = at + sign.len();
        if start < seen {
            continue;
        }
        // A password may have a slash in it.
        let end = end_of(start, &|c| !c.is_whitespace() && !"\"'`<>()".contains(c));
        seen = end;
        let host = text[start..end].rfind('@').filter(|at| text[start..start + at].contains(':'));
        found.extend(host.map(|at| start..start + at));
    }
    for (at, begin) in text.match_indices("PRIVATE KEY-----") {
        let start = at + begin.len();
        // Behind the end of a key stands something else.
        let label = text[..at].rsplit("-----").next().unwrap_or_default();
        if label.starts_with("BEGIN") {
            found.push(start..text[start..].find("-----END").map_or(text.len(), |length| start + length));
        }
    }
    found
}

/// Reads a text once.
struct Scan<'a> {
    text: &'a str,
    /// The values, with the names that gave them away.
    spans: Vec<(Range<usize>, &'a str)>,
}

/// What stands between a name and its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// `password = …`, `password: …`
    Gives,
    /// `password == …`: what follows may be a block.
    Compares,
    /// `secret(…)`
    Calls,
}

impl<'a> Scan<'a> {
    fn of(text: &'a str, source: bool) -> Scan<'a> {
        let mut scan = Scan { text, spans: Vec::new() };
        let mut at = 0;
        let (mut quote, mut comment, mut paired) = (None, false, false);
        while let Some((rest, c)) = text.get(at..).and_then(|rest| Some((rest, rest.chars().next()?))) {
            if is_word(c) && !c.is_ascii_digit() {
                let end = at + rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
                let name = &text[at..end];
                // A key in quotes is one like any other.
                let key = quote.is_some_and(|quote| text[..at].ends_with(quote) && text[end..].starts_with(quote));
                let plain = !source || comment || (quote.is_some() && !key);
                if name.eq_ignore_ascii_case("name") {
                    paired = scan.names_a_secret(end);
                }
                let telling = if plain { is_secret(name) } else { sounds_secret(name) };
                if !plain && matches!(name, "assert_eq" | "assert_ne") {
                    scan.comparison(end);
                }
                if telling || (paired && name.eq_ignore_ascii_case("value")) {
                    scan.value(name, end, plain);
                }
                at = end;
                continue;
            }
            match (quote, c) {
                (_, '}') => paired = false,
                (_, '\n') => {
                    comment = false;
                    // A text in such quotes ends with its line, whether it is closed or not.
                    quote = quote.filter(|quote| *quote == '`');
                }
                (None, '/') if source && rest.starts_with("//") => comment = true,
                (None, '"' | '`') if source && !comment => quote = Some(c),
                (Some(_), '\\') => at += 1,
                (Some(open), _) if open == c => quote = None,
                _ => {}
            }
            at += text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
        }
        scan
    }

    /// Is it `Name: "ApiKey"`, with the value beside it?
    fn names_a_secret(&self, end: usize) -> bool {
        let rest = self.text[end..].trim_start_matches(['"', '\\']).trim_start();
        let rest = rest.strip_prefix([':', '=']).unwrap_or_default().trim_start();
        let rest = rest.trim_start_matches('\\');
        let name = rest.strip_prefix('"').and_then(|rest| rest.split(['"', '\\']).next());
        name.is_some_and(is_secret)
    }

    /// What is compared with a secret is meant to be the same one.
    fn comparison(&mut self, end: usize) {
        let Some(arguments) = self.text[end..].strip_prefix('(') else { return };
        let statement = arguments.split([';', '\n']).next().unwrap_or_default();
        let named = statement.split(|c: char| !is_word(c)).find(|word| is_secret(word));
        if let Some(name) = named {
            self.expression(name, end + 1, Sign::Calls);
        }
    }

    /// Takes the value behind a name, if it has one.
    fn value(&mut self, name: &'a str, end: usize, plain: bool) {
        let Some((sign, start, adjacent)) = self.sign(end, plain) else { return };
        // How long the password is that is to be made up.
        if sign == Sign::Calls && self.text[..end - name.len()].ends_with("random::") {
            return;
        }
        if plain {
            self.single(name, start, adjacent);
        } else {
            self.expression(name, start, sign);
        }
    }

    /// The sign behind a name, where the value begins, and whether nothing stands between them.
    fn sign(&self, end: usize, plain: bool) -> Option<(Sign, usize, bool)> {
        let text = self.text;
        let mut at = end;
        // The end of `"name"`, of `["name"]`, of `\"name\"`, and of `u.AuthPassword.Value`.
        loop {
            let rest = &text[at..];
            let quoted = at > end;
            let closes = |c: &char| matches!(c, '"' | '\\') || (*c == ']' && quoted) || (*c == '`' && !plain);
            let closing = rest.chars().next().filter(closes);
            if let Some(c) = closing {
                at += c.len_utf8();
            } else if let Some(member) = rest.strip_prefix('.').filter(|_| !plain) {
                let length = member.find(|c: char| !is_word(c)).unwrap_or(member.len());
                if length == 0 {
                    return None;
                }
                at += 1 + length;
            } else {
                break;
            }
        }
        let rest = text[at..].trim_start_matches([' ', '\t']);
        let blanks = text[at..].len() - rest.len();
        let signs = [
            ("==", Sign::Compares),
            ("!=", Sign::Compares),
            ("=>", Sign::Gives),
            ("+=", Sign::Gives),
            ("??=", Sign::Gives),
            ("=", Sign::Gives),
            (":", Sign::Gives),
            ("in ", Sign::Compares),
            ("(", Sign::Calls),
        ];
        if rest.starts_with("::") || rest.starts_with("=>") && plain {
            return None;
        }
        let (word, sign) = signs.iter().find(|(word, _)| rest.starts_with(word))?;
        // In prose a bracket is a remark.
        if plain && (*sign == Sign::Calls || *word == "in ") {
            return None;
        }
        let start = at + blanks + word.len();
        Some((*sign, start, blanks == 0 && *word == "="))
    }

    /// A literal, or whatever directly follows `name=`.
    fn single(&mut self, name: &'a str, start: usize, adjacent: bool) {
        let rest = &self.text[start..];
        let value = rest.trim_start_matches([' ', '\t']);
        let at = start + rest.len() - value.len();
        let opening = value.find(|c: char| c != '\\').filter(|at| value[*at..].starts_with(['"', '\'', '`']));
        if let Some(escapes) = opening {
            let close = &value[..=escapes];
            let inner = at + close.len();
            // What is not closed ends with its line: below it stands something else.
            let end_from = |start: usize| {
                let rest = &self.text[start..];
                let end = rest.find(close).unwrap_or(rest.len());
                start + rest[..end].find('\n').unwrap_or(end)
            };
            let mut end = end_from(inner);
            // A quote inside of quotes is doubled.
            while close == "'" && self.text[end..].starts_with("''") {
                end = end_from(end + 2);
            }
            self.take(inner..end, name);
            return;
        }
        let digits = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
        // A shorter number is a count.
        if digits >= 3 {
            self.take(at..at + digits, name);
        } else if adjacent && at == start {
            let length =
                value.find(|c: char| c.is_whitespace() || "&,;()\"'`<>\\{}".contains(c)).unwrap_or(value.len());
            self.take(at..at + length, name);
        }
    }

    /// The literals of an expression, up to where it ends. What is handed to other functions is theirs: `env("NAME")`.
    fn expression(&mut self, name: &'a str, start: usize, sign: Sign) {
        let bytes = self.text.as_bytes();
        let mut open: Vec<bool> = Vec::new();
        let mut hides = true;
        if sign == Sign::Calls {
            open.push(false);
        }
        // The last sign that is no blank, and whether it ends a word.
        let (mut last, mut called) = (b'=', true);
        let mut at = start;
        while let Some(&byte) = bytes.get(at) {
            let top = open.is_empty();
            match byte {
                b'"' | b'`' => {
                    let end = self.end_of_literal(at, byte);
                    if hides {
                        self.take(at + 1..end, name);
                    }
                    (at, last) = (end, byte);
                    // It ended with its line.
                    if bytes.get(at) == Some(&b'\n') {
                        continue;
                    }
                }
                b'0'..=b'9' => {
                    let rest = &self.text[at..];
                    let end = at
                        + rest
                            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))
                            .unwrap_or(rest.len());
                    if hides {
                        self.take(at..end, name);
                    }
                    (at, last) = (end, b'0');
                    continue;
                }
                b'/' if bytes.get(at + 1) == Some(&b'/') => {
                    at += self.text[at..].find('\n').unwrap_or(self.text.len() - at);
                    continue;
                }
                b';' if top => return,
                b',' if top => return,
                b'&' | b'|' if top && sign == Sign::Compares => return,
                b'{' if top && sign == Sign::Compares => return,
                b'\n' if top && !b"=+-.?|&<>:".contains(&last) => return,
                b'(' | b'[' | b'{' => {
                    let of_a_name = last.is_ascii_alphanumeric() || b"_)]".contains(&last);
                    open.push(hides);
                    hides &= !(of_a_name && byte != b'{') || called;
                }
                b')' | b']' | b'}' => match open.pop() {
                    Some(before) => {
                        hides = before;
                        if open.is_empty() && sign == Sign::Calls {
                            return;
                        }
                    }
                    None => return,
                },
                _ if is_word(byte as char) || byte >= 0x80 => {
                    let rest = &self.text[at..];
                    let end = at + rest.find(|c: char| !is_word(c) && c.is_ascii()).unwrap_or(rest.len());
                    called = sounds_secret(&self.text[at..end]);
                    (at, last) = (end, b'a');
                    continue;
                }
                _ => {}
            }
            if !byte.is_ascii_whitespace() || byte == b'\n' {
                last = if byte == b'\n' { last } else { byte };
            }
            at += 1;
        }
    }

    /// Where the closing quote stands, or the end of what is never closed.
    fn end_of_literal(&self, start: usize, quote: u8) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'\\' if quote == b'"' => at += 1,
                b'\n' if quote == b'"' => return at,
                _ if byte == quote => return at,
                _ => {}
            }
            at += 1;
        }
        self.text.len()
    }

    fn take(&mut self, place: Range<usize>, name: &'a str) {
        // An empty text is no secret, and neither is what stands for one in an explanation.
        let shown =
            self.text.get(place.clone()).is_some_and(|value| !value.is_empty() && !value.chars().all(is_stand_in));
        if shown {
            self.spans.push((place, name));
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
