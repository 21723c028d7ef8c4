//! `:save`: entries as a script. What only a prompt has is written as a script would, or left out with a remark.

use std::path::Path;

use crate::bindings::secrets;
use crate::repl::desk::Wrong;
use crate::repl::scan::{Inside, Scan};
use crate::repl::shell::Shell;
use crate::script::Source;
use crate::show::text;

/// An entry that worked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) text: String,
    /// It gave the value that was `ans` from then on.
    pub(super) gave: bool,
}

/// What stands in a script for an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Code(String),
    /// Why it is not there.
    Left(&'static str),
    /// What `check` says against it, and its text.
    Wrong {
        why: String,
        text: String,
    },
}

impl Part {
    fn text(&self) -> String {
        match self {
            Part::Code(code) => code.clone(),
            Part::Left(why) => format!("// an entry is left out: {why}"),
            Part::Wrong { why, text } => {
                let mut lines = vec![format!("// left out: {why}")];
                lines.extend(text.lines().map(|line| format!("//     {line}")));
                lines.join("\n")
            }
        }
    }
}

impl Shell {
    pub(super) fn save(&self, file: &str) {
        if file.is_empty() {
            return self.tell("into which file? `:save job.rhai`");
        }
        if self.kept.is_empty() {
            return self.tell("nothing has worked yet that could be saved");
        }
        let path = Path::new(file);
        if self.desk.exists(path) && !self.hears_yes(&format!("`{file}` exists; replace it? [y/N] ")) {
            return self.tell("nothing was saved");
        }
        let session = self.session.borrow();
        let mut parts = parts(&self.kept, &|text| session.reads(text));
        drop(session);
        // What an entry needs may be known to the prompt alone.
        for _ in 0..parts.len() {
            let (script, starts) = script(self.pbx.name(), &parts);
            let wrong = self.desk.check(&Source::new(file, script));
            let Some(Wrong { line, message }) = wrong.into_iter().next() else { break };
            let at = starts.iter().rposition(|start| *start <= line).unwrap_or(0);
            let Some(part) = parts.get_mut(at) else { break };
            let Part::Code(text) = part else { break };
            *part = Part::Wrong { why: message, text: std::mem::take(text) };
        }
        let left = parts.iter().filter(|part| !matches!(part, Part::Code(_))).count();
        match self.desk.write(path, &script(self.pbx.name(), &parts).0) {
            Ok(()) => {
                let saved = text::count(parts.len() - left, "entry").replace("entrys", "entries");
                let remark = if left == 0 { String::new() } else { format!("; {left} left out, with remarks") };
                self.tell(&format!("{saved} saved to `{file}`{remark}"));
            }
            Err(reason) => self.tell(&format!("cannot write `{file}`: {reason}")),
        }
    }
}

/// The script, and the line at which each part begins.
fn script(pbx: &str, parts: &[Part]) -> (String, Vec<usize>) {
    let mut script = format!("// Entries of a prompt on `{}`.\n", text::line(pbx));
    let mut starts = Vec::new();
    for part in parts {
        starts.push(script.matches('\n').count() + 1);
        script.push_str(&part.text());
        script.push('\n');
    }
    (script, starts)
}

fn parts(kept: &[Kept], reads: &dyn Fn(&str) -> bool) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    // The entry that gave the value which is `ans` now.
    let mut last: Option<usize> = None;
    for (at, entry) in kept.iter().enumerate() {
        let later = kept[at + 1..].iter().flat_map(|entry| defined(&entry.text)).collect::<Vec<_>>();
        let part = if defined(&entry.text).iter().any(|name| later.contains(name)) {
            Part::Left("a later one defines its function anew")
        } else if has_word(&entry.text, "out") {
            Part::Left("`out(…)` is known at the prompt only")
        } else {
            without_secrets(&entry.text).map_or(Part::Left("there is a secret in it"), Part::Code)
        };
        if has_word(&entry.text, "ans")
            && let Some(Part::Code(code)) = last.and_then(|last| parts.get_mut(last))
            && !code.starts_with("let ans = ")
        {
            let named = format!("let ans = {};", code.trim_end().trim_end_matches(';'));
            if reads(&named) {
                *code = named;
            }
        }
        if entry.gave {
            last = Some(at);
        }
        parts.push(match part {
            Part::Code(code) => Part::Code(ended(&code, reads)),
            left => left,
        });
    }
    parts
}

/// With what it takes for another statement to follow.
fn ended(code: &str, reads: &dyn Fn(&str) -> bool) -> String {
    let code = code.trim();
    let follows = |code: &str| reads(&format!("{code}\nlet follows = 0;"));
    let ways = [code.to_owned(), format!("{code};"), format!("{code}\n;")];
    ways.iter().find(|way| follows(way)).unwrap_or(&ways[1]).clone()
}

/// The names of the functions that an entry defines.
fn defined(text: &str) -> Vec<String> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let heads = text.match_indices("fn ").filter(|(at, _)| !text[..*at].ends_with(part));
    heads.map(|(at, _)| text[at + 3..].chars().take_while(|c| part(*c) || *c == '.').collect()).collect()
}

/// Does the name stand in it, outside of texts and comments?
fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let (before, behind) = (&text[..at], &text[at + word.len()..]);
        !before.ends_with(part)
            && !before.ends_with('.')
            && !behind.starts_with(part)
            && !behind.trim_start().starts_with(':')
            && Scan::of(before).inside == Inside::Code
    })
}

/// Texts that are secrets become questions. Nothing, where something else is one.
fn without_secrets(entry: &str) -> Option<String> {
    if secrets::find(entry).is_none() {
        return Some(entry.to_owned());
    }
    let hidden = secrets::hide_in_source(entry);
    let (mut out, mut at, mut asked) = (String::new(), 0, 0);
    for (start, end) in texts(entry) {
        let question = entry[..start].trim_end().ends_with("secret(");
        if question || entry.get(start..end) == hidden.get(start..end) {
            continue;
        }
        asked += 1;
        out.push_str(entry.get(at..start)?);
        out.push_str(&format!("secret(\"secret {asked}\")"));
        at = end;
    }
    out.push_str(entry.get(at..)?);
    // What a question asks for is no secret.
    let rest = secrets::hide_in_source(&out);
    let plain = texts(&out).into_iter().fold(rest, |rest, (start, end)| {
        match (rest.get(..start), out.get(start..end), rest.get(end..)) {
            (Some(before), Some(text), Some(behind)) if before.trim_end().ends_with("secret(") => {
                format!("{before}{text}{behind}")
            }
            _ => rest,
        }
    });
    (plain == out).then_some(out)
}

/// Where the texts between quotes stand, quotes included.
fn texts(entry: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut behind = 0;
    for (at, _) in entry.match_indices('"') {
        if at < behind || Scan::of(&entry[..at]).inside != Inside::Code {
            continue;
        }
        let ends = entry[at + 1..].match_indices('"').map(|(end, _)| at + end + 2);
        let Some(end) = ends.into_iter().find(|end| Scan::of(&entry[..*end]).inside == Inside::Code) else { break };
        found.push((at, end));
        behind = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Kept, Part, defined, has_word, parts, script, texts, without_secrets};

    fn reads(text: &str) -> bool {
        rhai_like(text)
    }

    /// Enough of the language for these tests: statements are parted by `;` or a block.
    fn rhai_like(text: &str) -> bool {
        let lines: Vec<&str> = text.trim().lines().collect();
        lines.windows(2).all(|two| two[0].ends_with(';') || (two[0].starts_with("fn ") && two[0].ends_with('}')))
    }

    fn saved(entries: &[(&str, bool)]) -> Vec<String> {
        let kept: Vec<Kept> =
            entries.iter().map(|(text, gave)| Kept { text: (*text).to_owned(), gave: *gave }).collect();
        parts(&kept, &reads).iter().map(Part::text).collect()
    }

    #[test]
    fn entries_become_statements() {
        assert_eq!(
            saved(&[("let n = 1", false), ("fn f() { 1 }", false), ("n + f()", true), ("ans + 1", true)]),
            ["let n = 1;", "fn f() { 1 }", "let ans = n + f();", "ans + 1;"]
        );
        let twice = saved(&[("fn f() { 1 }", false), ("fn f() { 2 }", false), ("out(1)", true)]);
        assert!(twice[0].contains("defines its function anew") && twice[2].contains("`out(…)`"), "{twice:?}");
        assert_eq!(script("hq", &[Part::Code("1;\n2;".to_owned()), Part::Code("3;".to_owned())]).1, [2, 4]);
        assert_eq!(
            Part::Wrong { why: "no".to_owned(), text: "a\nb".to_owned() }.text(),
            "// left out: no\n//     a\n//     b"
        );
    }

    #[test]
    fn names_in_a_text() {
        assert!(has_word("ans + 1", "ans") && has_word("f(ans)", "ans"));
        for none in ["answer", "x.ans", "\"ans\"", "// ans", "#{ ans: 1 }", "loans"] {
            assert!(!has_word(none, "ans"), "{none}");
        }
        assert_eq!(defined("fn a() {} private fn User.b(x) {}"), ["a", "User.b"]);
        assert_eq!(texts(r#"f("a", "b\"c") // "d""#), [(2, 5), (7, 13)]);
    }

    #[test]
    fn secrets_become_questions() {
        let without = |text: &str| without_secrets(text);
        assert_eq!(without("let a = \"b\";").as_deref(), Some("let a = \"b\";"));
        assert_eq!(without("let password = \"hunter2\";").as_deref(), Some("let password = secret(\"secret 1\");"));
        assert_eq!(without("let p = secret(\"PIN\");").as_deref(), Some("let p = secret(\"PIN\");"));
        assert_eq!(without("let pin = 4711;"), None);
    }
}
