//! JSON laid out for people: what fits on a line stands on one, names in alphabetical order behind those that say what
//! the object is; and the way back from a place in the JSON to its line in the text.

use serde_json::Value;

const WIDTH: usize = 110;

/// The text of a value, ended by a line break.
pub(super) fn write(value: &Value) -> String {
    let mut out = String::new();
    block(value, 0, 0, &mut out);
    out.push('\n');
    out
}

/// `before` is how much of the line is taken.
fn block(value: &Value, indent: usize, before: usize, out: &mut String) {
    let items: Vec<(Option<&str>, &Value)> = match value {
        Value::Array(items) => items.iter().map(|item| (None, item)).collect(),
        Value::Object(map) => sorted(map).map(|(name, item)| (Some(name), item)).collect(),
        _ => Vec::new(),
    };
    let (open, close) = if value.is_array() { ("[\n", ']') } else { ("{\n", '}') };
    let mut line = String::new();
    if items.is_empty() || inline(value, WIDTH.saturating_sub(before), &mut line) {
        out.push_str(if items.is_empty() { line_of_scalar(value, &mut line) } else { &line });
        return;
    }
    out.push_str(open);
    for (place, (name, item)) in items.iter().enumerate() {
        let start = out.len();
        out.extend(std::iter::repeat_n(' ', indent + 2));
        if let Some(name) = name {
            out.push_str(&quoted(name));
            out.push_str(": ");
        }
        let before = out.len() - start;
        block(item, indent + 2, before, out);
        out.push_str(if place + 1 < items.len() { ",\n" } else { "\n" });
    }
    out.extend(std::iter::repeat_n(' ', indent));
    out.push(close);
}

fn line_of_scalar<'a>(value: &Value, line: &'a mut String) -> &'a str {
    line.clear();
    line.push_str(&value.to_string());
    line
}

/// Writes the value on one line; false where it does not fit.
fn inline(value: &Value, room: usize, out: &mut String) -> bool {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                if !inline(item, room, out) {
                    return false;
                }
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (place, (name, item)) in sorted(map).enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                out.push_str(&quoted(name));
                out.push_str(": ");
                if !inline(item, room, out) {
                    return false;
                }
            }
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
    out.len() < room
}

fn sorted(map: &serde_json::Map<String, Value>) -> impl Iterator<Item = (&str, &Value)> {
    let mut pairs: Vec<(&str, &Value)> = map.iter().map(|(name, item)| (name.as_str(), item)).collect();
    // An entity that begins with its key differs from its neighbour in the first line: tools find new ones whole.
    let first = ["format", "Id", "Number", "Name"];
    let rank = |name: &str| first.iter().position(|first| *first == name).unwrap_or(first.len());
    pairs.sort_unstable_by_key(|(name, _)| (rank(name), *name));
    pairs.into_iter()
}

fn quoted(name: &str) -> String {
    Value::from(name).to_string()
}

/// The line, counted from 1, on which the value behind a JSON pointer stands; the text is JSON.
pub(super) fn line_of(text: &str, pointer: &str) -> usize {
    let mut reader = Reader { text, place: 0 };
    let mut wanted = pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~"));
    let mut found = 0;
    loop {
        reader.space();
        found = found.max(reader.place);
        let Some(part) = wanted.next() else { break };
        if !reader.enter(&part) {
            break;
        }
    }
    text.as_bytes()[..found.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Walks over JSON that is known to be well formed.
struct Reader<'a> {
    text: &'a str,
    place: usize,
}

impl Reader<'_> {
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.place).copied().unwrap_or(0)
    }

    fn space(&mut self) {
        while self.peek().is_ascii_whitespace() {
            self.place += 1;
        }
    }

    /// Goes to a member of the value that begins here.
    fn enter(&mut self, part: &str) -> bool {
        let in_object = match self.peek() {
            b'{' => true,
            b'[' => false,
            _ => return false,
        };
        let mut place = 0usize;
        self.place += 1;
        loop {
            self.space();
            let hit = if in_object {
                let start = self.place;
                self.skip();
                let name = self.text.get(start..self.place).unwrap_or_default();
                self.space();
                // The colon.
                self.place += 1;
                self.space();
                serde_json::from_str::<String>(name).is_ok_and(|name| name == part)
            } else {
                part.parse() == Ok(place)
            };
            if hit {
                return true;
            }
            self.skip();
            self.space();
            if self.peek() != b',' {
                return false;
            }
            self.place += 1;
            place += 1;
        }
    }

    /// Goes behind the value that begins here.
    fn skip(&mut self) {
        let mut depth = 0usize;
        loop {
            match self.peek() {
                0 => return,
                b'"' => self.skip_string(),
                b'{' | b'[' => {
                    depth += 1;
                    self.place += 1;
                }
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    self.place += 1;
                }
                b',' | b':' => self.place += 1,
                byte if byte.is_ascii_whitespace() => self.place += 1,
                _ => {
                    while !matches!(self.peek(), 0 | b',' | b']' | b'}') && !self.peek().is_ascii_whitespace() {
                        self.place += 1;
                    }
                }
            }
            if depth == 0 {
                return;
            }
        }
    }

    fn skip_string(&mut self) {
        self.place += 1;
        while !matches!(self.peek(), 0 | b'"') {
            self.place += if self.peek() == b'\\' { 2 } else { 1 };
        }
        self.place += 1;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{line_of, write};

    #[test]
    fn what_fits_on_a_line_stands_on_one() {
        let long = "x".repeat(80);
        let value = json!({"b": {"z": 1, "a": [true, null]}, "a": [{"text": long, "more": "y".repeat(30)}], "c": []});
        let expected = format!(
            "{{\n  \"a\": [\n    {{\n      \"more\": \"{}\",\n      \"text\": \"{long}\"\n    }}\n  ],\n  \
             \"b\": {{\"a\": [true, null], \"z\": 1}},\n  \"c\": []\n}}\n",
            "y".repeat(30)
        );
        assert_eq!(write(&value), expected);
        assert_eq!(serde_json::from_str::<Value>(&expected).unwrap(), value);
    }

    #[test]
    fn a_pointer_leads_to_its_line() {
        let text =
            "{\n \"a\\\"/b\": [1,\n  {\"c\": \"}\\\\\",\n   \"d\": -1.5e3,\n   \"e\": [] }\n ],\n \"f\": null\n}";
        let cases =
            [("", 1), ("/a\"~1b", 2), ("/a\"~1b/1", 3), ("/a\"~1b/1/d", 4), ("/a\"~1b/1/e", 5), ("/f", 7), ("/f/x", 7)];
        for (pointer, line) in cases {
            assert_eq!(line_of(text, pointer), line, "{pointer}");
        }
        // What is not there leads to the last thing that is.
        assert_eq!(line_of(text, "/nothing"), 1);
    }
}
