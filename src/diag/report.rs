//! What is told about an error, as one value, and the forms in which it is told.

use std::fmt::Write;
use std::sync::Arc;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity, SourceCode, SourceSpan,
    ThemeCharacters, ThemeStyles,
};
use owo_colors::{Style as Style256, XtermColors};
use textwrap::WordSeparator;
use textwrap::core::Word;

use crate::bindings::{Account, Fault};
use crate::check;
use crate::client::secrets::hide_in_source;
use crate::client::{ClientError, Refusal};
use crate::code::Code;
use crate::diag::words::{self, hushed, one_line, unnumbered};
use crate::diag::{Exit, answer, kit, record};
use crate::script::{Fact, Failure, Frame, Kind, Place, Raised, Source, Wording};
use crate::terminal::{self, inert};

/// A report quotes code, so it may be wider than a page of sentences; what is wider still, nobody reads to its end.
pub const WIDEST: usize = 120;

/// How text may look where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    pub colour: bool,
    pub unicode: bool,
    pub width: usize,
    pub format: ErrorFormat,
    /// For those who listen: words in a row, and nothing that is drawn.
    pub plain: bool,
}

/// In which form errors are told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ErrorFormat {
    /// With the lines of the script, framed and coloured.
    #[default]
    Fancy,
    /// One fact a line, in words, without frames and colours: for logs, and for those who listen.
    Plain,
    /// A line for each: `file:line:column: error[code]: message (hint)`.
    Short,
    /// An object a line.
    Json,
    /// All of them, one below the other: for the tests, which compare them.
    Every,
}

impl ErrorFormat {
    pub const NAMES: [&str; 4] = ["fancy", "plain", "short", "json"];

    #[must_use]
    pub fn from_name(name: &str) -> Option<ErrorFormat> {
        match name {
            "fancy" => Some(ErrorFormat::Fancy),
            "plain" => Some(ErrorFormat::Plain),
            "short" => Some(ErrorFormat::Short),
            "json" => Some(ErrorFormat::Json),
            "every" => Some(ErrorFormat::Every),
            _ => None,
        }
    }
}

/// The most frames that help; recursion can bring thousands.
pub(super) const FRAMES: usize = 4;

/// An error or a finding, with everything that is known about it.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) wording: Wording,
    /// As it is shown: that of the PBX, where it has one.
    pub(super) code: Option<String>,
    pub(super) kind: Option<Code>,
    pub(super) exit: Exit,
    pub(super) warning: bool,
    pub(super) place: Option<Place>,
    pub(super) focus: Option<String>,
    pub(super) frames: Vec<Frame>,
    pub(super) refusal: Option<Refusal>,
    /// What had happened before.
    pub(super) account: Vec<String>,
    source: Option<NamedSource<String>>,
}

/// The report about a run that failed, and its exit code. Who reads it wants to know what must not be done a second time.
#[must_use]
pub fn render(failure: &Failure, account: &Account, style: Style) -> (String, Exit) {
    let (wording, exit) = words::failure(failure);
    let code = words::code(&failure.kind);
    let mut report = Report::new(wording, code, exit, failure.place.as_ref().map(|at| Covered::default().place(at)));
    report.frames = failure.frames.clone();
    report.account = kit::account(account);
    report.raised(failure);
    (draw(&report, style), exit)
}

/// The code of a failure, as its report shows it.
#[must_use]
pub fn code(failure: &Failure) -> Option<String> {
    let (wording, exit) = words::failure(failure);
    let mut report = Report::new(wording, words::code(&failure.kind), exit, None);
    report.raised(failure);
    report.code
}

/// The report about something that has no place in a script.
#[must_use]
pub fn problem(code: Code, message: &str, hint: Option<&str>, style: Style) -> String {
    let wording = Wording { message: message.to_owned(), hint: hint.map(str::to_owned) };
    draw(&Report::new(wording, Some(code), code.exit(), None), style)
}

/// The report about a fault without a script.
#[must_use]
pub fn problem_of(fault: &Fault, wording: Wording, style: Style) -> (String, Exit) {
    let exit = words::exit(fault);
    let mut report = Report::new(wording, Some(fault.kind()), exit, None);
    report.code = Some(fault.code());
    report.refusal = refusal_of(fault);
    (draw(&report, style), exit)
}

/// Scripts as reports show them: nobody reads their secrets over a shoulder. Each is read once, however much is told about it.
#[derive(Default)]
pub(super) struct Covered(Vec<(Arc<str>, Arc<str>)>);

impl Covered {
    /// The same place; what hides a secret is as long as it was.
    fn place(&mut self, place: &Place) -> Place {
        let Source { name, text } = &place.source;
        let known = self.0.iter().find(|(known, _)| Arc::ptr_eq(known, text)).map(|(_, shown)| shown.clone());
        let shown = known.unwrap_or_else(|| {
            let shown: Arc<str> = inert(&hide_in_source(text)).into();
            self.0.push((text.clone(), shown.clone()));
            shown
        });
        Place { source: Source::new(inert(name), shown), ..place.clone() }
    }
}

/// What a look at a script found.
pub(super) fn found(one: &check::Finding, wording: Wording, covered: &mut Covered) -> Report {
    let code = one.code();
    let mut report = Report::new(wording, Some(code), code.exit(), one.place.as_ref().map(|at| covered.place(at)));
    report.warning = one.severity() == check::Severity::Warning;
    if let check::Fact::Fault(fault) = &one.fact {
        report.focus = fault.focus().map(|focus| hide_in_source(&focus));
    }
    report
}

fn refusal_of(fault: &Fault) -> Option<Refusal> {
    match fault {
        Fault::Client { error: ClientError::Refused(refusal), .. } => Some((**refusal).clone()),
        _ => None,
    }
}

fn harmless(Wording { message, hint }: Wording) -> Wording {
    let lines = |text: String| inert(&text.replace("\r\n", "\n"));
    Wording { message: lines(message), hint: hint.map(lines) }
}

impl Report {
    fn new(mut wording: Wording, code: Option<Code>, exit: Exit, place: Option<Place>) -> Report {
        wording.message = unnumbered(&wording.message);
        let source = place.as_ref().map(|place| NamedSource::new(&place.source.name, place.source.text.to_string()));
        Report {
            // What somebody else wrote may stand in the words, too.
            wording: harmless(hushed(wording)),
            code: code.map(|code| code.name().to_owned()),
            kind: code,
            exit,
            warning: false,
            place,
            focus: None,
            frames: Vec::new(),
            refusal: None,
            account: Vec::new(),
            source,
        }
    }

    fn raised(&mut self, failure: &Failure) {
        if let Kind::Thrown(thrown) = &failure.kind
            && let Some(raised) = thrown.read_lock::<Raised>()
        {
            self.about(&raised);
        }
    }

    /// What a fact knows beside its words.
    fn about(&mut self, raised: &Raised) {
        let inner = raised.fact::<crate::kit::Fault>().and_then(crate::kit::Fault::inner);
        if let Some(inner) = inner {
            return self.about(&inner);
        }
        // What `parallel` wraps and is none of ours has the code of its kind.
        if self.kind == Some(raised.fact.kind()) {
            self.code = Some(raised.fact.code());
        }
        self.focus = raised.fact.focus().map(|focus| hide_in_source(&focus));
        self.refusal = raised.fact::<Fault>().and_then(refusal_of);
    }

    pub(super) fn severity(&self) -> &'static str {
        if self.warning { "warning" } else { "error" }
    }

    /// What the PBX was asked and what it said beside its message, a line each.
    fn asked(&self) -> Vec<String> {
        self.refusal.as_ref().map(answer::lines).unwrap_or_default()
    }

    fn called(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for frame in self.frames.iter().take(FRAMES) {
            let at = frame.place.as_ref().map(|at| format!(" at {}:{}:{}", at.source.name, at.line, at.column));
            lines.push(format!("in `{}`, called{}", frame.function, at.unwrap_or_default()));
        }
        if self.frames.len() > FRAMES {
            lines.push(format!("and {} calls before", self.frames.len() - FRAMES));
        }
        lines
    }
}

/// A report in the form that is asked for; every line ends with a newline.
pub(super) fn draw(report: &Report, style: Style) -> String {
    match style.format {
        ErrorFormat::Fancy => fancy(report, style),
        ErrorFormat::Plain => plain(report),
        ErrorFormat::Short => short(report),
        ErrorFormat::Json => format!("{}\n", record::record(report)),
        ErrorFormat::Every => every(report, style),
    }
}

fn every(report: &Report, style: Style) -> String {
    let mut out = String::new();
    for (width, colour) in [(80, false), (80, true), (120, false), (120, true)] {
        let style = Style { width, colour, unicode: colour, format: ErrorFormat::Fancy, plain: false };
        let look = if colour { "in colour" } else { "without colour" };
        let _ = write!(out, "--- {width} columns, {look}\n{}", fancy(report, style));
    }
    for (name, format) in [("plain", ErrorFormat::Plain), ("short", ErrorFormat::Short), ("json", ErrorFormat::Json)] {
        let _ = write!(out, "--- {name}\n{}", draw(report, Style { format, ..style }));
    }
    out
}

fn colours() -> ThemeStyles {
    let of = |code: &str| {
        terminal::number(code).map_or_else(Style256::new, |number| Style256::new().color(XtermColors::from(number)))
    };
    ThemeStyles {
        error: of(terminal::WRONG),
        warning: of(terminal::WARNING),
        advice: of(terminal::KNOWN),
        help: of(terminal::KNOWN),
        link: of(terminal::KNOWN).underline().bold(),
        linum: of(terminal::ASIDE),
        highlights: vec![of(terminal::WORD).bold()],
    }
}

fn fancy(report: &Report, style: Style) -> String {
    let characters = if style.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
    let theme = GraphicalTheme { characters, styles: if style.colour { colours() } else { ThemeStyles::none() } };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(style.width)
        .with_context_lines(1)
        .without_cause_chain()
        .with_word_separator(WordSeparator::Custom(parts))
        .with_break_words(false);
    let mut drawn = String::new();
    if handler.render_report(&mut drawn, report).is_err() {
        let _ = writeln!(drawn, "error: {}", report.wording.message);
    }
    let trimmed: Vec<&str> = drawn.lines().map(str::trim_end).collect();
    let mut out = format!("{}\n", trimmed.join("\n").trim_matches('\n'));
    report.called().iter().for_each(|line| {
        let _ = writeln!(out, "  {line}");
    });
    report.account.iter().for_each(|line| {
        let _ = writeln!(out, "{line}");
    });
    out
}

/// Where a line may be broken. An address or a command that was taken apart can be neither clicked nor copied.
fn parts(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let (mut parts, mut start) = (Vec::new(), 0);
    // Foreign words can have a single back-tick in them.
    let whole = line.matches('`').count().is_multiple_of(2);
    let (mut inside, mut blank) = (false, false);
    for (at, c) in line.char_indices() {
        if blank && c != ' ' {
            parts.push(Word::from(&line[start..at]));
            start = at;
        }
        inside ^= whole && c == '`';
        blank = c == ' ' && !inside;
    }
    parts.push(Word::from(&line[start..]));
    Box::new(parts.into_iter())
}

fn plain(report: &Report) -> String {
    let mut lines = vec![format!("{}: {}", report.severity(), one_line(&report.wording.message))];
    lines.extend(report.code.iter().map(|code| format!("code: {code}")));
    if let Some(place) = &report.place {
        lines.push(format!("at: {}, line {}, column {}", place.source.name, place.line, place.column));
        lines.push(format!("line: {}", record::line_of(place).trim()));
        let part = one_line(&place.source.text[place.span.clone()]);
        if !part.is_empty() {
            lines.push(format!("part: {part}"));
        }
    }
    lines.extend(report.wording.hint.iter().flat_map(|hint| hint.lines()).map(|hint| format!("hint: {hint}")));
    lines.extend(report.asked().iter().map(|line| format!("pbx: {line}")));
    lines.extend(report.called().iter().map(|line| format!("call: {line}")));
    lines.extend(report.account.iter().cloned());
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn short(report: &Report) -> String {
    let place = report.place.as_ref();
    let place = place.map(|place| format!("{}:{}:{}", place.source.name, place.line, place.column));
    let code = report.code.as_ref().map(|code| format!("[{code}]")).unwrap_or_default();
    let hint = report
        .wording
        .hint
        .as_ref()
        .map(|hint| format!(" ({})", one_line(&hint.replace('\n', "; "))))
        .unwrap_or_default();
    let message = one_line(&report.wording.message);
    let place = place.unwrap_or_else(|| "pbxsh".to_owned());
    let mut out = format!("{place}: {}{code}: {message}{hint}\n", report.severity());
    report.account.iter().for_each(|line| {
        let _ = writeln!(out, "pbxsh: note: {line}");
    });
    out
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
        self.warning.then_some(Severity::Warning)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        let lines: Vec<String> = self.wording.hint.clone().into_iter().chain(self.asked()).collect();
        (!lines.is_empty()).then(|| Box::new(lines.join("\n")) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.place.as_ref().map(|place| SourceSpan::from(place.span.clone()));
        Some(Box::new(span.into_iter().map(|span| LabeledSpan::new_with_span(None, span))))
    }
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn lines_break_between_words_and_not_inside_of_what_is_copied() {
        let of = |line: &'static str| parts(line).map(|word| word.word).collect::<Vec<_>>();
        assert_eq!(of("see https://a/b-c  now"), ["see", "https://a/b-c", "now"]);
        assert_eq!(of("`pbxsh run x`, then `y z`"), ["`pbxsh run x`,", "then", "`y z`"]);
        assert_eq!(of("a ` b c"), ["a", "`", "b", "c"]);
    }
}
