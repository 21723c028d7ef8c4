//! Words and places → what stands on the terminal.

use std::fmt::Write;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity, SourceCode, SourceSpan,
};

use crate::bindings::Fault;
use crate::check;
use crate::client::ClientError;
use crate::client::secrets::{hide_in_source, hush};
use crate::diag::Exit;
use crate::diag::words::{failure as words, hushed};
use crate::script::{Failure, Kind, Place, Raised, Wording};

/// How text may look where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    pub colour: bool,
    pub unicode: bool,
    pub width: usize,
}

/// The most frames that help; recursion can bring thousands.
const FRAMES: usize = 4;

/// The report about a run that failed, and its exit code.
#[must_use]
pub fn render(failure: &Failure, style: Style) -> (String, Exit) {
    let (wording, exit) = words(failure);
    let mut report = Report::new(wording, failure.place.as_ref());
    report.code = code(failure);
    report.request = request(failure);
    let mut out = draw(&report, style);
    for frame in failure.frames.iter().take(FRAMES) {
        let at = frame.place.as_ref().map(|place| format!(" at {}:{}:{}", place.source.name, place.line, place.column));
        let _ = writeln!(out, "  in `{}`, called{}", frame.function, at.unwrap_or_default());
    }
    if failure.frames.len() > FRAMES {
        let _ = writeln!(out, "  and {} calls before", failure.frames.len() - FRAMES);
    }
    (out, exit)
}

/// The report about something that has no place in a script.
#[must_use]
pub fn problem(message: &str, hint: Option<&str>, style: Style) -> String {
    let wording = Wording { message: message.to_owned(), hint: hint.map(str::to_owned) };
    draw(&Report::new(wording, None), style)
}

/// What a look at a script found.
pub(super) fn found(
    wording: Wording,
    code: String,
    severity: check::Severity,
    place: Option<&Place>,
    style: Style,
) -> String {
    let mut report = Report::new(wording, place);
    report.code = Some(code);
    report.severity = (severity == check::Severity::Warning).then_some(Severity::Warning);
    draw(&report, style)
}

fn draw(report: &Report, style: Style) -> String {
    let theme = match (style.unicode, style.colour) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme { characters: miette::ThemeCharacters::ascii(), ..GraphicalTheme::unicode() },
        (false, false) => GraphicalTheme::none(),
    };
    let handler =
        GraphicalReportHandler::new_themed(theme).with_width(style.width).with_context_lines(1).without_cause_chain();
    let mut out = String::new();
    if handler.render_report(&mut out, report).is_err() {
        let _ = writeln!(out, "error: {}", report.wording.message);
    }
    let trimmed: Vec<&str> = out.lines().map(str::trim_end).collect();
    format!("{}\n", trimmed.join("\n").trim_matches('\n'))
}

fn code(failure: &Failure) -> Option<String> {
    let Kind::Thrown(thrown) = &failure.kind else { return None };
    thrown.read_lock::<Raised>().map(|raised| raised.fact.code())
}

/// What was asked, for those who look into the PBX's own logs.
fn request(failure: &Failure) -> Option<String> {
    let Kind::Thrown(thrown) = &failure.kind else { return None };
    request_of(&*thrown.read_lock::<Raised>()?)
}

fn request_of(raised: &Raised) -> Option<String> {
    if let Some(inner) = raised.fact::<crate::kit::Fault>().and_then(crate::kit::Fault::inner) {
        return request_of(&inner);
    }
    match raised.fact::<Fault>()? {
        Fault::Client { error: ClientError::Refused(refusal), .. } => {
            Some(format!("{} {} answered {}", refusal.method, hush(&refusal.path), refusal.status))
        }
        _ => None,
    }
}

#[derive(Debug)]
struct Report {
    wording: Wording,
    code: Option<String>,
    request: Option<String>,
    severity: Option<Severity>,
    source: Option<NamedSource<String>>,
    labels: Vec<LabeledSpan>,
}

impl Report {
    fn new(wording: Wording, place: Option<&Place>) -> Report {
        let wording = hushed(wording);
        let source = place.map(|place| NamedSource::new(&place.source.name, hide_in_source(&place.source.text)));
        let span = place.map(|place| SourceSpan::from(place.span.clone()));
        let labels = span.map(|span| LabeledSpan::new_with_span(None, span)).into_iter().collect();
        Report { wording, code: None, request: None, severity: None, source, labels }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.wording.message)
    }
}

impl std::error::Error for Report {}

impl Diagnostic for Report {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as Box<dyn std::fmt::Display>)
    }

    fn severity(&self) -> Option<Severity> {
        self.severity
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        let lines: Vec<&str> = self.wording.hint.iter().chain(&self.request).map(String::as_str).collect();
        (!lines.is_empty()).then(|| Box::new(lines.join("\n")) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}
