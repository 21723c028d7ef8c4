//! What came of tests, as the XML that build servers read.

use std::fmt::Write;
use std::time::Duration;

use crate::suite::{Case, Done, Outcome};

/// The whole file. Tests that were not run are told as skipped.
#[must_use]
pub fn xml(results: &[(&Case, Option<&Done>)]) -> String {
    let mut files: Vec<&str> = results.iter().map(|(case, _)| case.file.as_str()).collect();
    files.dedup();
    let mut xml =
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pbxsh\"{}>\n", counts(results));
    for file in files {
        let own: Vec<_> = results.iter().filter(|(case, _)| case.file == file).copied().collect();
        let _ = writeln!(xml, "  <testsuite name=\"{}\"{}>", attribute(file), counts(&own));
        for (case, done) in own {
            one(&mut xml, case, done);
        }
        xml.push_str("  </testsuite>\n");
    }
    xml + "</testsuites>\n"
}

fn counts(results: &[(&Case, Option<&Done>)]) -> String {
    let count = |fits: fn(&Outcome) -> bool| {
        results.iter().filter(|(_, done)| done.is_some_and(|done| fits(&done.outcome))).count()
    };
    let failed = count(|outcome| matches!(outcome, Outcome::Failed { .. }));
    let skipped = count(|outcome| matches!(outcome, Outcome::Skipped { .. }));
    let skipped = skipped + results.iter().filter(|(_, done)| done.is_none()).count();
    let times: Vec<Duration> = results.iter().filter_map(|(_, done)| done.and_then(|done| done.time)).collect();
    let time = (!times.is_empty()).then(|| times.iter().sum());
    format!(" tests=\"{}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\"{}", results.len(), spent(time))
}

fn spent(time: Option<Duration>) -> String {
    time.map(|time| format!(" time=\"{:.3}\"", time.as_secs_f64())).unwrap_or_default()
}

fn one(xml: &mut String, case: &Case, done: Option<&Done>) {
    let class = case.file.strip_suffix(".rhai").unwrap_or(&case.file).replace(['/', '\\'], ".");
    let release = case.release.as_ref().map(|release| format!(" on {release}")).unwrap_or_default();
    let name = format!("{}{release}", case.name.as_deref().unwrap_or("the file"));
    let line = case.line.map(|line| format!(" line=\"{line}\"")).unwrap_or_default();
    let _ = write!(
        xml,
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\"{line}{}",
        attribute(&class),
        attribute(&name),
        attribute(&case.file),
        spent(done.and_then(|done| done.time))
    );
    let mut inside = String::new();
    let element = |inside: &mut String, name: &str, message: &str| {
        let _ = writeln!(inside, "      <{name} message=\"{}\"/>", attribute(message));
    };
    match done.map(|done| &done.outcome) {
        None => element(&mut inside, "skipped", "not run"),
        Some(Outcome::Skipped { why }) => element(&mut inside, "skipped", why),
        Some(Outcome::Failed { message, plain, .. }) => {
            let (message, plain) = (attribute(message), text(plain));
            let _ = writeln!(inside, "      <failure message=\"{message}\">{plain}</failure>");
        }
        Some(Outcome::Passed) => {}
    }
    if let Some(output) = done.map(|done| done.output.as_str()).filter(|output| !output.is_empty()) {
        let _ = writeln!(inside, "      <system-out>{}</system-out>", text(output));
    }
    if inside.is_empty() {
        xml.push_str("/>\n");
    } else {
        let _ = write!(xml, ">\n{inside}    </testcase>\n");
    }
}

/// Text between tags. What XML has no way to write at all becomes the sign for it.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' | '\t' => out.push(c),
            // Readers turn the character itself into a line break.
            '\r' => out.push_str("&#13;"),
            '\0'..' ' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}

/// Text in quotes; readers turn line breaks there into blanks unless they are written so.
fn attribute(value: &str) -> String {
    text(value).replace('"', "&quot;").replace('\n', "&#10;").replace('\t', "&#9;")
}
