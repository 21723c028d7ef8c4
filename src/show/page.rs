//! The pages of the prompt's commands, and the parts of all help pages, as wide as the terminal.

use crate::show::{How, text};

/// `:help` alone: what to type first, and the commands.
#[must_use]
pub fn overview(commands: &[(String, &str)], how: &How) -> String {
    let examples = [
        ("pbx.users.list()", "extensions; Enter shows more rows"),
        ("let u = pbx.users.get_by_number(\"100\")", "one of them, kept in a variable"),
        ("u.Mobile = \"\"; pbx.users.update(u)", "sends what changed"),
        ("pbx.groups.list().map(|g| g.Name)", "an array of names"),
        ("pbx.contacts.list().save(\"all.csv\")", "a file"),
        ("pbx.users", "what can be done with extensions"),
    ];
    let mut page = vec![text::wrap(
        "Entries are Rhai; `pbx` is the PBX that the prompt names, `ans` the last value. The PBX has many resources, each \
         with its operations: Tab behind a dot lists them.",
        how.prose(),
        0,
    )];
    page.push(String::new());
    let wide = examples.iter().map(|(code, _)| text::width(code)).max().unwrap_or(0);
    page.extend(examples.iter().map(|(code, about)| match how.plain {
        // What it is for, before what sounds like nothing.
        true => how.pair(about, 0, code),
        false => how.entry(code, wide, &format!("// {about}")),
    }));
    page.push(String::new());
    page.extend(entries(commands.iter().map(|(name, does)| (name.as_str(), (*does).to_owned())), how));
    page.push(String::new());
    let keys = if how.plain {
        "Tab and Enter behind the beginning of a name list what could follow, the arrow up and Enter bring an earlier entry; what you \
         type then goes on behind it. "
    } else {
        "Tab completes. "
    };
    page.push(text::wrap(
        &format!(
            "{keys}Ctrl-C clears the line or stops a script, Ctrl-D leaves. Two empty lines end an entry that wants more. An \
             entry that begins with a blank is not kept. `pbxsh profile add NAME` leads to a PBX of yours."
        ),
        how.prose(),
        0,
    ));
    page.join("\n")
}

/// The page of a command: how it is typed, what it does, and examples.
#[must_use]
pub fn command(head: &str, does: &str, more: &str, examples: &[&str], how: &How) -> String {
    let mut page = vec![text::bold(head, how.colour), text::wrap(does, how.prose(), 0)];
    page.push(String::new());
    page.push(text::wrap(more, how.prose(), 0));
    page.push(String::new());
    page.extend(examples.iter().map(|example| code(&format!("  {example}"), how.width, 6)));
    page.join("\n")
}

/// Room beside a name in which a description can still be read.
const ROOM: usize = 24;

impl How {
    /// A line that is read aloud. Readers go through the lines of the screen: broken by the terminal, words would end in their middle.
    #[must_use]
    pub fn aloud(&self, line: &str) -> String {
        text::wrap(line, self.width, 0)
    }

    /// A name and what is said about it: side by side, or with a colon between them for those who listen.
    #[must_use]
    pub fn pair(&self, name: &str, wide: usize, about: &str) -> String {
        match (self.plain, about.is_empty()) {
            (true, true) => self.aloud(name),
            (true, false) => self.aloud(&format!("{name}: {about}")),
            (false, _) => format!("{}  {about}", text::pad(name, wide)),
        }
    }

    /// The same as a line of a page, with all names below one another, and so are the descriptions. Where the terminal is narrow, a
    /// description goes on below itself, or stands below the name.
    #[must_use]
    pub fn entry(&self, name: &str, wide: usize, about: &str) -> String {
        if self.plain {
            return self.pair(name, wide, about);
        }
        // The columns of a sentence begin behind the name.
        let width = self.prose().max(wide + 34).min(self.width);
        if about.is_empty() {
            return format!("  {name}");
        }
        let (place, needed) = (wide + 4, text::width(about));
        let room = width.saturating_sub(place);
        // A word is not broken as long as there is room for it below.
        let longest = about.split(' ').map(text::width).max().unwrap_or(0);
        if text::width(name) <= wide && longest <= room && (needed <= room || room >= ROOM) {
            return format!("  {}  {}", text::pad(name, wide), text::wrap(about, width, place));
        }
        let alone = text::width(name) + needed + 4;
        if alone <= width {
            return format!("  {name}  {about}");
        }
        format!("  {name}\n      {}", text::wrap(about, width, 6))
    }
}

/// Names and what they are; the column is as wide as most of them need.
pub(super) fn entries<'a>(all: impl Iterator<Item = (&'a str, String)>, how: &How) -> Vec<String> {
    let all: Vec<(&str, String)> = all.collect();
    let most = (how.width * 2 / 5).min(40);
    let wide = all.iter().map(|(name, _)| text::width(name)).filter(|wide| *wide <= most).max().unwrap_or(0);
    all.iter().map(|(name, about)| how.entry(name, wide, about)).collect()
}

/// Code, broken at blanks between its words, rather behind a comma, never inside of its texts; a word that is too long stays
/// whole.
pub(super) fn code(code: &str, width: usize, indent: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in code.lines() {
        // What fills a line, and how much of that could stay if the line were broken behind a comma.
        let (mut current, mut good) = (String::new(), 0);
        for word in words(line) {
            let room = width.saturating_sub(if lines.is_empty() { 0 } else { indent });
            if !current.trim().is_empty() && text::width(&current) + text::width(word) > room {
                let at = if good > 0 { good } else { current.len() };
                let rest = current.split_off(at);
                lines.push(current.trim_end().to_owned());
                current = rest.trim_start().to_owned();
                good = 0;
                let word = if current.is_empty() { word.trim_start() } else { word };
                // The part behind the comma may not have room for it either.
                let room = width.saturating_sub(indent);
                if !current.is_empty() && text::width(&current) + text::width(word) > room {
                    lines.push(std::mem::take(&mut current));
                }
                current.push_str(if current.is_empty() { word.trim_start() } else { word });
            } else {
                current.push_str(word);
            }
            if word.ends_with([',', ';']) {
                good = current.len();
            }
        }
        lines.push(current.trim_end().to_owned());
    }
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

/// The words of a line of code, each with the blanks before it; a text is one word.
fn words(line: &str) -> Vec<&str> {
    let mut quote = None;
    let blanks = line.char_indices().filter(|(_, c)| {
        match (quote, *c) {
            (None, '"' | '`') => quote = Some(*c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
        *c == ' ' && quote.is_none()
    });
    let ends: Vec<usize> = blanks.map(|(at, _)| at).chain([line.len()]).collect();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(&ends).map(|(start, end)| &line[start..*end]).collect()
}

#[cfg(test)]
mod tests {
    use super::{code, entries};
    use crate::show::How;

    #[test]
    fn code_is_broken_between_its_words() {
        assert_eq!(code("pbx.users.get(7)", 80, 4), "pbx.users.get(7)");
        assert_eq!(code("f(#{ Name: \"a b c d e\", Id: 7 })", 20, 4), "f(#{ Name:\n    \"a b c d e\",\n    Id: 7 })");
        assert_eq!(code("pbx.very_long_name_of_a_resource(a, b)", 12, 2), "pbx.very_long_name_of_a_resource(a,\n  b)");
    }

    #[test]
    fn descriptions_stand_beside_names_or_below_them() {
        let how = |width| How { width, ..How::default() };
        assert_eq!(how(40).entry("Id", 6, "int32"), "  Id      int32");
        assert_eq!(how(40).entry("Id", 30, "a number of many words"), "  Id  a number of many words");
        let found = entries(
            [("Id", "int32, the key of it".to_owned()), ("A_very_long_name_of_all", "x".to_owned())].into_iter(),
            &how(26),
        );
        assert_eq!(found, ["  Id  int32, the key of it", "  A_very_long_name_of_all\n      x"]);
    }
}
