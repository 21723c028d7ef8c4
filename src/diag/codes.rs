//! What each code means: how the program exits with it, and the page that `pbxsh explain` shows.

use std::fmt::Write;

use crate::bindings::nearest;
use crate::catalog::overlay::{Warning, warning, warnings};
use crate::code::Code;
use crate::diag::{Exit, refused};

impl Code {
    /// How a program ends that ends with this.
    #[must_use]
    pub const fn exit(self) -> Exit {
        match self {
            Code::Syntax
            | Code::UndefinedVariable
            | Code::UndefinedModule
            | Code::BadImport
            | Code::UnknownFunction
            | Code::UnknownResource
            | Code::UnknownOperation
            | Code::NotCalled
            | Code::WrongArguments
            | Code::MissingArgument
            | Code::UnknownOption
            | Code::UnknownProperty
            | Code::UnknownValue
            | Code::UnknownColumn
            | Code::UnknownZone
            | Code::UnknownFormat
            | Code::WrongType
            | Code::Nothing
            | Code::OutOfRange
            | Code::TooLong
            | Code::BadFilter
            | Code::BadPattern
            | Code::NoKey
            | Code::KeyChanged
            | Code::ForeignObject
            | Code::ListChanged
            | Code::Constant
            | Code::OnlyRead
            | Code::NotOnRelease
            | Code::Spent
            | Code::NoRows
            | Code::NoSuchRow
            | Code::Shadowed
            | Code::UnusedImport
            | Code::UnusedVariable
            | Code::EmptyLoop
            | Code::DeadCode
            | Code::NoValue
            | Code::LostChange
            | Code::Placeholder
            | Code::UnknownCode => Exit::Script,
            Code::Thrown
            | Code::Assertion
            | Code::NoSuchElement
            | Code::Arithmetic
            | Code::BadFormat
            | Code::TooDeep
            | Code::TooLarge
            | Code::DataRace
            | Code::Engine
            | Code::NoTerminal
            | Code::EndOfInput
            | Code::NoRandom
            | Code::Threads
            | Code::Internal
            | Code::UnknownSetting
            | Code::SettingTwice
            | Code::TestWithParameters
            | Code::ReturnedEarly => Exit::Failed,
            Code::TimeLimit | Code::StepLimit | Code::MemoryLimit => Exit::Limit,
            Code::Interrupted => Exit::Interrupted,
            Code::Denied | Code::NotConfirmed | Code::Forbidden | Code::Rehearsal => Exit::Denied,
            Code::File | Code::UnfitFile | Code::OpenSecret | Code::BadState => Exit::File,
            Code::Usage | Code::UnknownRelease | Code::DuplicateProfile | Code::BadProfileName => Exit::Usage,
            Code::NotConfigured
            | Code::BadConfiguration
            | Code::UnknownConnection
            | Code::UnknownProfile
            | Code::UnknownTag
            | Code::NoSecret
            | Code::Keyring
            | Code::BadProxy
            | Code::BadUrl => Exit::Unconfigured,
            Code::Sandbox
            | Code::Unreachable
            | Code::Proxy
            | Code::Tls
            | Code::Timeout
            | Code::NotAPbx
            | Code::Cut
            | Code::Malformed
            | Code::BadDescription => Exit::Unreachable,
            Code::Login => Exit::Login,
            Code::Http400
            | Code::Http401
            | Code::Http403
            | Code::Http404
            | Code::Http429
            | Code::Http500
            | Code::Refused
            | Code::PartlyFailed
            | Code::OnlyPlanned
            | Code::PlanStale
            | Code::NameTaken => Exit::Refused,
        }
    }
}

/// What stands about a code in `codes.txt`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub code: Code,
    pub title: &'static str,
    /// Paragraphs: what it means, why it happens, what to do.
    pub text: Vec<String>,
    /// A script or a command line that leads to it, and one that does not.
    pub wrong: Option<Example>,
    pub right: Option<Example>,
}

/// Lines of a script, or of a command line, which begins with `$ `.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example(pub String);

impl Example {
    /// Can it be run on the sandbox as it stands?
    #[must_use]
    pub fn script(&self) -> Option<&str> {
        let part = ["$", "[", "//"].iter().any(|start| self.0.starts_with(start));
        (!part).then_some(self.0.as_str())
    }
}

/// Every entry, in the order of the file.
pub fn entries() -> impl Iterator<Item = Entry> {
    include_str!("codes.txt").split("\n## ").skip(1).filter_map(entry)
}

/// `code  title`, paragraphs, and the examples below `wrong:` and `right:`, four spaces to the right.
fn entry(text: &'static str) -> Option<Entry> {
    let (head, body) = text.split_once('\n')?;
    let (name, title) = head.split_once("  ")?;
    let mut found = Entry { code: Code::named(name)?, title: title.trim(), text: Vec::new(), wrong: None, right: None };
    for part in body.split("\n\n").map(|part| part.trim_matches('\n')).filter(|part| !part.is_empty()) {
        let example = |rest: &str| {
            let lines: Vec<&str> = rest.lines().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
            Some(Example(lines.join("\n").trim_matches('\n').to_owned()))
        };
        if let Some(rest) = part.strip_prefix("wrong:") {
            found.wrong = example(rest);
        } else if let Some(rest) = part.strip_prefix("right:") {
            found.right = example(rest);
        } else {
            found.text.push(part.lines().map(str::trim).collect::<Vec<_>>().join(" "));
        }
    }
    Some(found)
}

/// Every code that has a page, our own and those of a PBX.
pub fn known() -> impl Iterator<Item = String> {
    let of_pbx = warnings().filter_map(|(code, _)| code.rsplit('.').next()).map(str::to_lowercase);
    Code::ALL.iter().map(|code| code.name().to_owned()).chain(of_pbx)
}

/// The listed code under which a code of a report falls: `http-409` and those of a PBX are refusals.
#[must_use]
pub fn listed(name: &str) -> Option<Code> {
    Code::named(name).or_else(|| (name.starts_with("http-") || warning(name).is_some()).then_some(Code::Refused))
}

/// What a PBX means by one of its codes, by its whole name or the end of it in any case.
fn of_the_pbx(name: &str) -> Option<(&'static str, Warning)> {
    let wanted = name.to_uppercase();
    let ends = |code: &&str| **code == wanted || code.rsplit('.').next() == Some(&wanted);
    let mut found: Vec<&'static str> = warnings().map(|(code, _)| code).filter(ends).collect();
    // Some stand there with `XAPI` and without.
    found.sort_by_key(|code| (**code != *wanted, !code.contains(".XAPI.")));
    let code = found.first().copied()?;
    warning(code).map(|warning| (code, warning))
}

/// The page about a code, for a terminal of this width; or what may have been meant.
///
/// # Errors
/// What to say about a code that does not exist.
pub fn explain(name: &str, width: usize) -> Result<String, (String, Option<String>)> {
    let name = name.trim().trim_matches(['`', '[', ']']);
    // A status, as the report of a refusal says it.
    let status = name.len() == 3 && name.starts_with(['4', '5']) && name.bytes().all(|byte| byte.is_ascii_digit());
    let lower = if status { format!("http-{name}") } else { name.to_lowercase() };
    let own = Code::named(&lower).or_else(|| Code::named(&lower.replace(['_', ' '], "-")));
    if let Some(entry) = own.and_then(|code| entries().find(|entry| entry.code == code)) {
        return Ok(page_of(&entry, width));
    }
    if let Some((code, Warning { meaning, remedy })) = of_the_pbx(name) {
        let text = format!("a code of the PBX: {meaning}");
        let lines = [fill(&text, width, ""), String::new(), fill(&format!("what to do: {remedy}"), width, "")];
        let exit = Code::Refused.exit();
        return Ok(format!("{code}\n\n{}\n\n{}\n", lines.join("\n"), exit_line(exit, width)));
    }
    let status = lower.strip_prefix("http-").and_then(|status| status.parse().ok());
    if let Some(meaning) = status.and_then(refused::status) {
        let text = format!("an answer with the status {}: {meaning}", &lower["http-".len()..]);
        return Ok(format!("{lower}\n\n{}\n\n{}\n", fill(&text, width, ""), exit_line(Code::Refused.exit(), width)));
    }
    if let Some(entry) = listed(&lower).and_then(|code| entries().find(|entry| entry.code == code)) {
        return Ok(page_of(&entry, width));
    }
    let own = Code::ALL.iter().map(|code| code.name());
    let near = nearest(&lower, own).or_else(|| {
        let upper = name.to_uppercase();
        nearest(&upper, warnings().flat_map(|(code, _)| [code, code.rsplit('.').next().unwrap_or(code)]))
    });
    let hint = near.map_or_else(
        || "`pbxsh explain` lists them; what else a PBX calls its errors, only 3CX can explain".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Err((format!("there is no code `{name}`"), Some(hint)))
}

fn page_of(entry: &Entry, width: usize) -> String {
    let mut out = format!("{}\n\n{}\n", entry.code.name(), fill(entry.title, width, ""));
    for paragraph in &entry.text {
        let _ = write!(out, "\n{}\n", fill(paragraph, width, ""));
    }
    for (head, example) in [("wrong", &entry.wrong), ("right", &entry.right)] {
        let Some(Example(example)) = example else { continue };
        let lines: Vec<String> = example.lines().map(|line| format!("    {line}").trim_end().to_owned()).collect();
        let _ = write!(out, "\n{head}:\n\n{}\n", lines.join("\n"));
    }
    let _ = write!(out, "\n{}\n", exit_line(entry.code.exit(), width));
    out
}

fn exit_line(exit: Exit, width: usize) -> String {
    fill(&format!("exit code {}: {}", exit.code(), exit.meaning()), width, "")
}

/// Every code with its title, a line each.
#[must_use]
pub fn overview(width: usize, plain: bool) -> String {
    if plain {
        return entries().map(|entry| format!("{}: {}\n", entry.code.name(), entry.title)).collect();
    }
    let wide = Code::ALL.iter().map(|code| code.name().len()).max().unwrap_or(0);
    let mut out = String::new();
    for entry in entries() {
        let line = fill(entry.title, width.saturating_sub(wide + 2).max(20), &" ".repeat(wide + 2));
        let _ = writeln!(out, "{:wide$}  {line}", entry.code.name());
    }
    let end = "`pbxsh explain CODE` tells more, about the codes of a PBX too: `pbxsh explain already_in_use`";
    let _ = write!(out, "\n{}\n", fill(end, width, ""));
    out
}

/// A paragraph in lines of this width; `indent` stands before all but the first.
fn fill(text: &str, width: usize, indent: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join(&format!("\n{indent}"))
}

/// `docs/errors.md`.
#[must_use]
pub fn reference() -> String {
    let mut out = include_str!("codes.md").replace("{exit codes}", exits().trim_end());
    for entry in entries() {
        let _ = write!(out, "\n### {}\n\n{}.", entry.code.name(), capital(entry.title));
        let _ = writeln!(out, " Exit code {}.", entry.code.exit().code());
        for paragraph in &entry.text {
            let _ = write!(out, "\n{paragraph}\n");
        }
        for (head, example) in [("Wrong", &entry.wrong), ("Right", &entry.right)] {
            let Some(example) = example else { continue };
            // What is marked so must be right: it is checked.
            let language = if head == "Right" && example.script().is_some() { "rhai" } else { "" };
            let _ = write!(out, "\n{head}:\n\n```{language}\n{}\n```\n", example.0);
        }
    }
    out
}

fn exits() -> String {
    let row = |exit: Exit| format!("| {} | {} |\n", exit.code(), exit.meaning());
    let rows: String = Exit::ALL.into_iter().map(row).collect();
    format!("| exit code | means |\n|---|---|\n{rows}")
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{entries, explain, fill, listed, overview, reference};
    use crate::check::CODES;
    use crate::code::Code;
    use crate::diag::Exit;

    #[test]
    fn every_code_is_explained_once_and_in_the_order_of_the_list() {
        let explained: Vec<Code> = entries().map(|entry| entry.code).collect();
        assert_eq!(explained, Code::ALL);
        let heads = include_str!("codes.txt").lines().filter(|line| line.starts_with("## ")).count();
        assert_eq!(heads, explained.len(), "an entry that cannot be read");
        for entry in entries() {
            let name = entry.code.name();
            assert!(!entry.title.is_empty() && !entry.text.is_empty(), "{name}");
            assert!(entry.text.iter().all(|text| text.ends_with(['.', ':', '?'])), "{name}: whole sentences");
            assert!(!entry.title.ends_with('.') && !entry.title.starts_with(char::is_uppercase), "{name}: the title");
            assert!(entry.wrong.is_some() && entry.right.is_some(), "{name}: an example of both");
        }
    }

    #[test]
    fn names_are_like_each_other_and_there_once() {
        for (at, code) in Code::ALL.iter().enumerate() {
            let name = code.name();
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{name}");
            assert_eq!(Code::named(name), Some(*code), "{name}");
            assert!(!Code::ALL[..at].contains(code));
        }
        assert!(CODES.iter().all(|(code, _)| code.exit() == Exit::Script));
    }

    /// Scripts compare codes: one that was given out once stays.
    #[test]
    fn no_code_disappears() {
        let given_out = include_str!("codes_given_out.txt");
        let missing: Vec<&str> = given_out.lines().filter(|name| Code::named(name).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
        let new: Vec<&str> = Code::ALL
            .iter()
            .map(|code| code.name())
            .filter(|name| !given_out.lines().any(|old| old == *name))
            .collect();
        assert!(new.is_empty(), "these are given out from now on, so put them into codes_given_out.txt: {new:?}");
    }

    #[test]
    fn codes_are_found_by_what_people_type() {
        let page = |name: &str| explain(name, 80).unwrap_or_default();
        assert!(page("unknown-property").starts_with("unknown-property\n\n"));
        assert_eq!(page("UNKNOWN_PROPERTY"), page("unknown-property"));
        assert!(page("already_in_use").starts_with("WARNINGS.XAPI.ALREADY_IN_USE\n\n"));
        assert_eq!(page("WARNINGS.XAPI.ALREADY_IN_USE"), page("already_in_use"));
        assert!(page("http-409").starts_with("http-409\n\nan answer with the status 409: something else changed"));
        assert!(page("http-418").starts_with("refused\n"));
        assert!(page("http-404").starts_with("http-404\n"));
        assert_eq!((page("404"), page("409")), (page("http-404"), page("http-409")));
        let hint = |name: &str| explain(name, 80).err().and_then(|(_, hint)| hint).unwrap_or_default();
        assert_eq!(hint("unknown-proprety"), "did you mean `unknown-property`?");
        assert_eq!(hint("alredy_in_use"), "did you mean `ALREADY_IN_USE`?");
        assert!(hint("xyzzy").starts_with("`pbxsh explain` lists them"));
        assert_eq!(listed("WARNINGS.XAPI.REQUIRED"), Some(Code::Refused));
        assert_eq!(listed("xyzzy"), None);
    }

    #[test]
    fn pages_keep_to_the_width() {
        assert_eq!(fill("a bb ccc dddd", 4, "  "), "a bb\n  ccc\n  dddd");
        let text = |line: &&str| !line.starts_with("    ");
        for code in Code::ALL {
            let page = explain(code.name(), 60).unwrap_or_default();
            assert!(page.lines().filter(text).all(|line| line.chars().count() <= 60), "{page}");
        }
        let page = overview(80, false);
        assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
        assert!(overview(80, true).starts_with("syntax: "), "{}", overview(80, true));
        assert!(reference().contains("| 130 | interrupted |"));
    }
}
