//! What came of tests, as lines for a person.

use std::time::Duration;

use crate::suite::{Case, Done, Outcome};
use crate::terminal::{FINE, WARNING, WRONG, paint};

/// `ok    a_test.rhai::test_b  (12 ms)`
#[must_use]
pub fn line(case: &Case, done: &Done, colour: bool) -> String {
    let (word, code, why) = match &done.outcome {
        Outcome::Passed => ("ok  ", FINE, ""),
        Outcome::Skipped { why } => ("skip", WARNING, why.as_str()),
        Outcome::Failed { .. } => ("FAIL", WRONG, ""),
    };
    let mut line = format!("{}  {}", paint(word, code, colour), case.title());
    if let Some(time) = done.time {
        line.push_str(&format!("  ({})", spent(time)));
    }
    if !why.is_empty() {
        line.push_str(&format!(": {why}"));
    }
    line
}

fn spent(time: Duration) -> String {
    match time.as_millis() {
        millis @ 0..1000 => format!("{millis} ms"),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

/// A test that failed: which one, why, and what it printed.
pub struct Report<'a> {
    pub case: &'a Case,
    pub report: &'a str,
    pub output: &'a str,
}

impl Report<'_> {
    #[must_use]
    pub fn text(&self, colour: bool) -> String {
        let title = paint(&self.case.title(), "1", colour);
        let mut text = format!("---- {title}\n\n{}", self.report.trim_end());
        if !self.output.is_empty() {
            text.push_str("\n\n  it printed:");
            self.output.trim_end().lines().for_each(|line| text.push_str(&format!("\n    {line}")));
        }
        text
    }
}

/// `12 passed, 1 failed, 2 skipped in 1.2 s`
#[must_use]
pub fn summary(results: &[Option<Done>], time: Option<Duration>) -> String {
    let count = |fits: fn(&Option<Done>) -> bool| results.iter().filter(|result| fits(result)).count();
    let counts = [
        (count(|it| matches!(it, Some(Done { outcome: Outcome::Passed, .. }))), "passed", true),
        (count(|it| matches!(it, Some(Done { outcome: Outcome::Failed { .. }, .. }))), "failed", true),
        (count(|it| matches!(it, Some(Done { outcome: Outcome::Skipped { .. }, .. }))), "skipped", false),
        (count(Option::is_none), "not run", false),
    ];
    let shown = counts.iter().filter(|(count, _, always)| *always || *count > 0);
    let counts = shown.map(|(count, word, _)| format!("{count} {word}")).collect::<Vec<_>>().join(", ");
    let time = time.map(|time| format!(" in {}", spent(time))).unwrap_or_default();
    format!("{counts}{time}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{line, summary};
    use crate::suite::{Case, Done, Outcome};

    fn done(outcome: Outcome, millis: u64) -> Done {
        Done { outcome, time: Some(Duration::from_millis(millis)), output: String::new() }
    }

    #[test]
    fn times_stand_where_they_were_measured() {
        let case = Case {
            file: "a_test".to_owned(),
            name: Some("test_a".to_owned()),
            release: Some("20.0.8".to_owned()),
            line: None,
            about: String::new(),
        };
        let (passed, skipped) = (done(Outcome::Passed, 12), done(Outcome::Skipped { why: "no".to_owned() }, 1234));
        assert_eq!(line(&case, &passed, false), "ok    a_test::test_a on 20.0.8  (12 ms)");
        assert_eq!(line(&case, &skipped, false), "skip  a_test::test_a on 20.0.8  (1.2 s): no");
        assert_eq!(
            line(&case, &Done { time: None, ..passed.clone() }, true),
            "\x1b[38;5;64mok  \x1b[0m  a_test::test_a on 20.0.8"
        );
        let results = [Some(passed), None, Some(skipped)];
        assert_eq!(
            summary(&results, Some(Duration::from_secs(2))),
            "1 passed, 0 failed, 1 skipped, 1 not run in 2.0 s"
        );
        assert_eq!(summary(&results[..1], None), "1 passed, 0 failed");
    }
}
