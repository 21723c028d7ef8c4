//! What a terminal does with text: the colours of everything that has some, and the characters that it would obey.
//!
//! The colours can be read on a light terminal and on a dark one.
//!
//! The sixteen named colours are what the terminal's theme makes of them: yellow and cyan vanish on white in most, green and cyan
//! in the light one of Solarized, blue on black, and what is "dim" in all of them sooner or later. Nobody can ask a terminal for its
//! background and be sure of an answer. The colours from 16 on are the same everywhere, and a middle tone stands out from black and
//! from white alike; the test below holds each of them to that. Nothing is said by a colour alone.

/// What is wrong, or not known.
pub const WRONG: &str = "38;5;196";
/// What wants a second look.
pub const WARNING: &str = "38;5;166";
/// What is as it should be; the sandbox.
pub const FINE: &str = "38;5;64";
/// What is known by its name; a PBX that cannot be changed.
pub const KNOWN: &str = "38;5;31";
/// A word of the language; the part that a report is about.
pub const WORD: &str = "38;5;134";
/// What is said about something else.
pub const ASIDE: &str = "38;5;244";
/// The one that brings its background along: whoever works on a live PBX is to see it without looking.
pub const LIVE: &str = "1;38;5;231;48;5;160";

/// May this character change how a terminal behaves or what a reader takes the text for?
///
/// Besides the control characters these are the marks that turn the direction of writing: with them a name shows as
/// something that it is not. So are the separators of lines and paragraphs, which some terminals obey. Letters that are written
/// from right to left are none of them: they are somebody's name.
#[must_use]
pub fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Lines of a text in which nothing is left that a terminal obeys. Every place in it stays where it is.
#[must_use]
pub fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let ends_line = c == '\n' || c == '\r' && rest.peek() == Some(&'\n');
        out.push(match c.len_utf8() {
            _ if ends_line || c == '\t' || !is_obeyed(c) => c,
            1 => '?',
            2 => '¿',
            _ => '\u{fffd}',
        });
    }
    out
}

/// The text in a colour, or as it is.
#[must_use]
pub fn paint(text: &str, code: &str, colour: bool) -> String {
    if colour && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

/// The number of a colour of its own: `196` of `38;5;196`.
#[must_use]
pub fn number(code: &str) -> Option<u8> {
    code.rsplit(';').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{ASIDE, FINE, KNOWN, LIVE, WARNING, WORD, WRONG, number, paint};

    type Rgb = [u8; 3];

    /// Backgrounds of terminals that many people have.
    const BACKGROUNDS: [(&str, Rgb); 9] = [
        ("xterm, black", [0, 0, 0]),
        ("xterm, white", [255, 255, 255]),
        ("VS Code, dark", [30, 30, 30]),
        ("VS Code, dark modern", [24, 24, 24]),
        ("VS Code, light modern", [248, 248, 248]),
        ("Solarized, dark", [0, 43, 54]),
        ("Solarized, light", [253, 246, 227]),
        ("Windows Terminal", [12, 12, 12]),
        ("Ubuntu", [48, 10, 36]),
    ];

    /// A colour from 16 on: a cube of six steps each way, and greys.
    fn rgb(number: u8) -> Rgb {
        const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
        let step = |at: u8| STEPS[usize::from(at % 6)];
        match number {
            232.. => [8 + (number - 232) * 10; 3],
            16.. => [step((number - 16) / 36), step((number - 16) / 6), step(number - 16)],
            _ => panic!("{number} is what a theme makes of it"),
        }
    }

    /// The contrast of two colours as the W3C reckons it: from 1 to 21.
    fn contrast(one: Rgb, other: Rgb) -> f64 {
        let light = |colour: Rgb| {
            let [red, green, blue] = colour.map(|part| match f64::from(part) / 255.0 {
                dark if dark <= 0.03928 => dark / 12.92,
                part => ((part + 0.055) / 1.055).powf(2.4),
            });
            0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05
        };
        let (one, other) = (light(one), light(other));
        one.max(other) / one.min(other)
    }

    #[test]
    fn every_colour_can_be_read_on_light_and_on_dark() {
        for code in [WRONG, WARNING, FINE, KNOWN, WORD, ASIDE] {
            let colour = rgb(number(code).expect("a number"));
            for (name, background) in BACKGROUNDS {
                // What the W3C asks of large text. 4.5 on white and on black at once is one shade of grey.
                let contrast = contrast(colour, background);
                assert!(contrast >= 3.4, "{code} on {name}: {contrast:.2}");
            }
        }
        let parts: Vec<u8> = LIVE.split(';').filter_map(|part| part.parse().ok()).collect();
        assert!(contrast(rgb(parts[3]), rgb(parts[6])) >= 4.5, "{parts:?}");
    }

    /// The test above would mean nothing if any colour passed.
    #[test]
    fn named_colours_cannot() {
        let theirs = [
            ("yellow in xterm", [205, 205, 0], [255, 255, 255]),
            ("cyan in xterm", [0, 205, 205], [255, 255, 255]),
            ("blue in xterm", [0, 0, 238], [0, 0, 0]),
            ("green in Solarized", [133, 153, 0], [253, 246, 227]),
            ("bright green in VS Code, light", [20, 206, 20], [255, 255, 255]),
        ];
        for (name, colour, background) in theirs {
            assert!(contrast(colour, background) < 3.4, "{name}: {}", contrast(colour, background));
        }
    }

    #[test]
    fn what_is_inert_is_as_long_as_it_was() {
        let text = "a\x1b[31m\t\r\nb\rc\u{9b}2J\u{202e}txt\u{2028}שלום 日本 👍";
        let inert = super::inert(text);
        assert_eq!(inert, "a?[31m\t\r\nb?c¿2J\u{fffd}txt\u{fffd}שלום 日本 👍");
        assert_eq!(inert.len(), text.len());
    }

    #[test]
    fn without_colours_a_text_is_itself() {
        assert_eq!(paint("x", FINE, true), "\x1b[38;5;64mx\x1b[0m");
        assert_eq!(paint("x", FINE, false), "x");
        assert_eq!(paint("", FINE, true), "");
    }
}
