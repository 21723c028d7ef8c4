//! What an entry does: scripts, commands, and the rows that are still to be shown. Knows no terminal.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use crate::bindings::Connection;
use crate::catalog::Catalog;
use crate::diag;
use crate::guard::{Confirm, Switch};
use crate::repl::answers::Answers;
use crate::repl::commands::{self, Act};
use crate::repl::desk::{Desk, Trace};
use crate::repl::saved::Kept;
use crate::repl::seen::Seen;
use crate::repl::{Keys, Place, Prompt, Screen, context, scan};
use crate::script::native::Dynamic;
use crate::script::{Ending, Failure, Kind, Session, Source, Variables, panics};
use crate::show::page;
use crate::show::{self, Format, How, Rows, UNBOUNDED, text};

/// The rows of a list that are shown at once, as long as nobody says otherwise.
const ROWS: usize = 20;

pub(super) struct Shell {
    pub(super) session: Rc<RefCell<Session>>,
    pub(super) pbx: Connection,
    pub(super) catalog: &'static Catalog,
    pub(super) style: diag::Style,
    pub(super) screen: Arc<dyn Screen>,
    pub(super) format: Format,
    /// What is left of the last list.
    pub(super) rest: Option<Rows>,
    pub(super) entries: usize,
    pub(super) functions: Vec<String>,
    /// The modules that were imported, by their aliases, with the calls of their functions.
    pub(super) imported: Vec<(String, Vec<String>)>,
    /// The code of the last error.
    pub(super) last: Option<String>,
    pub(super) desk: Box<dyn Desk>,
    pub(super) place: Place,
    pub(super) read_only: Switch,
    /// Changes are noted and not sent.
    pub(super) planning: Switch,
    pub(super) confirm: Confirm,
    pub(super) answers: Answers,
    pub(super) trace: Trace,
    pub(super) rows: usize,
    /// The pages that are fetched at once, if somebody said so.
    pub(super) ahead: Option<usize>,
    pub(super) keys: Keys,
    /// Whether the time of every entry is told.
    pub(super) timing: bool,
    /// What runs first.
    pub(super) init: Option<Source>,
    /// What was entered last, and the variables before it.
    pub(super) last_entry: String,
    pub(super) before: Option<Variables>,
    /// The last entry worked, so that it is the last one of those.
    pub(super) worked: bool,
    pub(super) kept: Vec<Kept>,
    pub(super) seen: Seen,
    /// Whether everything of a value is shown, for once.
    pub(super) full: bool,
    /// The last entry was ended by Ctrl-C.
    pub(super) interrupted: bool,
    /// The modules that completion offers.
    pub(super) modules: Vec<String>,
}

/// What comes after an entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Go,
    /// Leave, with this exit code.
    Quit(u8),
    Clear,
    /// The kept entries that hold these words.
    History(String),
    /// Another PBX, whose entries are kept there.
    Turned(Option<PathBuf>),
    /// Other keys of the line editor.
    Keys(Keys),
    /// An entry that was made elsewhere.
    Enter(String),
}

/// Do more lines belong to an entry? Two empty ones say no to whatever the text says.
pub(super) fn is_unfinished(session: &Session, entry: &str) -> bool {
    if let Some(code) = commands::code_of(entry).and_then(|at| entry.get(at..)) {
        return is_unfinished(session, code);
    }
    if entry.trim().is_empty() || entry.starts_with(':') {
        return false;
    }
    let mut last = entry.rsplit('\n');
    let forced = entry.matches('\n').count() >= 2 && last.by_ref().take(2).all(|line| line.trim().is_empty());
    // Nothing goes on behind the end of a statement.
    let or_read = || !entry.trim_end().ends_with(';') && session.is_unfinished(entry);
    !forced && scan::unfinished(entry).unwrap_or_else(or_read)
}

impl Shell {
    pub(super) fn new(prompt: Prompt) -> Shell {
        Shell {
            session: Rc::new(RefCell::new(prompt.session)),
            pbx: prompt.pbx,
            catalog: prompt.catalog,
            style: prompt.screen.style(),
            screen: prompt.screen,
            format: Format::Auto,
            rest: None,
            entries: 0,
            functions: Vec::new(),
            imported: Vec::new(),
            last: None,
            desk: prompt.desk,
            place: prompt.place,
            read_only: prompt.read_only,
            planning: prompt.planning,
            confirm: prompt.confirm,
            answers: prompt.answers,
            trace: prompt.trace,
            rows: ROWS,
            ahead: None,
            keys: prompt.keys,
            timing: false,
            init: prompt.init,
            last_entry: String::new(),
            before: None,
            worked: false,
            kept: Vec::new(),
            seen: Seen::default(),
            full: false,
            interrupted: false,
            modules: prompt.modules,
        }
    }

    /// Shows a value.
    pub(super) fn print(&self, text: &str) {
        self.screen.print(text);
    }

    /// Says something about values. Broken by the terminal, the words of a sentence would end in their middle.
    pub(super) fn tell(&self, sentence: &str) {
        self.screen.tell(&text::wrap(sentence, self.screen.width(), 0));
    }

    /// A name and what is said about it, in a line.
    pub(super) fn print_pair(&self, name: &str, wide: usize, about: &str) {
        self.print(&self.cut(&self.how().pair(name, wide, about)));
    }

    /// As much of a line as the terminal has room for; who listens is to hear all of it.
    pub(super) fn cut(&self, line: &str) -> String {
        text::cut(line, self.room(), self.style.unicode)
    }

    /// How wide a line may be.
    pub(super) fn room(&self) -> usize {
        if self.style.plain { UNBOUNDED } else { self.screen.width() }
    }

    /// Asks the person. Everything but a clear yes is a no.
    pub(super) fn hears_yes(&self, question: &str) -> bool {
        let answer = self.desk.ask(question).unwrap_or_default();
        matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
    }

    /// How reports look on the terminal as it is now.
    pub(super) fn style(&self) -> diag::Style {
        diag::Style { width: self.screen.width().min(diag::WIDEST), ..self.style }
    }

    pub(super) fn how(&self) -> How {
        let diag::Style { colour, unicode, plain, .. } = self.style;
        How {
            width: self.screen.width(),
            colour,
            unicode,
            plain,
            rows: Some(self.rows),
            format: if self.full { Format::Record } else { self.format },
            more: Some("Enter shows more"),
            whole: Some(":full shows all"),
            full: self.full,
        }
    }

    /// What an entry does, whatever it is.
    pub(super) fn enter(&mut self, entry: &str) -> Next {
        let trimmed = entry.trim();
        if trimmed.starts_with(':') {
            return self.command(trimmed);
        }
        let asks_for_more = trimmed.is_empty() || (trimmed == "it" && !self.has_variable("it"));
        if asks_for_more {
            self.more(trimmed == "it");
            return Next::Go;
        }
        if let Some(topic) = context::question(trimmed) {
            self.topic(&self.meant(topic));
            return Next::Go;
        }
        // A resource by itself is a question what it can do.
        let resource = trimmed.strip_prefix("pbx.").and_then(|name| self.catalog.resource(name));
        if let Some(resource) = resource.filter(|_| !self.has_variable("pbx")) {
            self.print(&self.help().resource(resource));
            return Next::Go;
        }
        if matches!(trimmed, "exit" | "quit") && !self.has_variable(trimmed) {
            self.tell("`:quit` leaves, and so does Ctrl-D; `exit(code)` chooses the exit code");
            return Next::Go;
        }
        if self.timing {
            return self.time(entry);
        }
        self.script(entry).map_or(Next::Go, Next::Quit)
    }

    /// Does something whose failure must not cost more than itself.
    pub(super) fn guarded<T>(&mut self, work: impl FnOnce(&mut Shell) -> T) -> Option<T> {
        match panics::guard(|| work(self)) {
            Ok(done) => Some(done),
            Err(place) => {
                (self.rest, self.full) = (None, false);
                self.failed_itself(place);
                self.desk.forget();
                None
            }
        }
    }

    /// Tells where the program itself failed.
    pub(super) fn failed_itself(&mut self, place: String) {
        let failure = Failure { kind: Kind::Panic { message: place.clone() }, place: None, frames: Vec::new() };
        // What an error looks like may be what fails, or how wide it is.
        if panics::guard(|| self.failed(failure)).is_err() {
            self.screen.tell(&place);
        }
    }

    /// Runs an entry; the exit code, if it chose one.
    pub(super) fn script(&mut self, entry: &str) -> Option<u8> {
        self.last_entry = entry.to_owned();
        let source = Source::new(format!("<entry {}>", self.entries + 1), entry);
        self.run(&source)
    }

    /// What an earlier entry left behind ends here.
    pub(super) fn begin(&mut self) {
        self.rest = None;
        self.full = false;
        self.desk.forget();
        self.confirm.begin();
        let _ = self.pbx.take_account();
    }

    pub(super) fn run(&mut self, source: &Source) -> Option<u8> {
        self.entries += 1;
        self.begin();
        self.before = Some(self.session.borrow().remember());
        self.worked = false;
        let planned = self.pbx.plans().len();
        let result = self.session.borrow_mut().enter(source);
        self.remember_functions(&source.text);
        match result {
            Ok(value) => {
                self.keep(&source.text, !value.is_unit());
                self.value(&value);
            }
            Err(Failure { kind: Kind::Ended(Ending::Exit(code)), .. }) => return Some(code),
            Err(failure) => self.failed(failure),
        }
        self.tell_planned(planned);
        self.desk.forget();
        None
    }

    fn value(&mut self, value: &Dynamic) {
        if value.is_unit() {
            return;
        }
        self.session.borrow_mut().set_variable("ans", value.clone());
        self.answers.keep(self.entries, value.clone());
        self.show(value);
    }

    fn show(&mut self, value: &Dynamic) {
        match Rows::of(value) {
            Some(rows) => {
                self.rest = Some(rows);
                self.next_rows();
            }
            None => {
                self.seen.look(value);
                if let Some(text) = show::single(value, &self.how()) {
                    self.print(text.trim_end());
                }
            }
        }
    }

    /// The last value once more, with what is left out else; so are the rows after it, until something else is entered.
    fn show_all(&mut self) {
        let Some(last) = self.variable("ans") else { return self.tell("no entry had a value yet") };
        self.begin();
        self.full = true;
        self.show(&last);
        self.desk.forget();
    }

    /// Enter alone, or `it`.
    fn more(&mut self, asked: bool) {
        self.desk.forget();
        if self.rest.is_some() {
            self.next_rows();
        } else if asked {
            self.tell("there are no further rows; `ans` is the last value");
        }
        self.desk.forget();
    }

    fn next_rows(&mut self) {
        let how = self.how();
        let Some(rows) = &mut self.rest else { return };
        let shown = rows.show(&how);
        let more = rows.has_more();
        self.seen.keep(rows.take_seen());
        if !more {
            self.rest = None;
        }
        match shown {
            Ok(text) => self.print(text.trim_end()),
            Err(fault) => {
                self.rest = None;
                self.failed(show::failure(fault, diag::fault));
            }
        }
    }

    pub(super) fn failed(&mut self, failure: Failure) {
        let failure = failure.because(self.desk.ending());
        let account = self.pbx.take_account();
        self.last = diag::code(&failure).or(self.last.take());
        if let Kind::Ended(Ending::Interrupted) = failure.kind {
            self.interrupted = true;
            self.screen.tell_over("interrupted");
            diag::account(&account).iter().for_each(|line| self.tell(line));
        } else {
            let (report, _) = diag::render(&failure, &account, self.style());
            self.reported(report.trim_end());
        }
    }

    /// Tells an error. Who listens goes through the lines of the screen, so that these end between words.
    pub(super) fn reported(&self, report: &str) {
        if self.style.plain { self.tell(report) } else { self.screen.tell(report) }
    }

    pub(super) fn remember_functions(&mut self, entry: &str) {
        for (at, _) in entry.match_indices("fn ") {
            let name: String = entry[at + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !name.is_empty() && !self.functions.contains(&name) {
                self.functions.push(name);
            }
        }
        for (path, alias) in context::imports(entry) {
            let mut session = self.session.borrow_mut();
            let described = session.find_module("", path).ok().and_then(|source| session.describe(&source).ok());
            let calls = described.into_iter().flat_map(|module| module.functions);
            let calls = calls.map(|it| format!("{}({})", it.name, it.parameters.join(", "))).collect();
            self.imported.retain(|(known, _)| known != alias);
            self.imported.push((alias.to_owned(), calls));
        }
    }

    fn command(&mut self, entry: &str) -> Next {
        let (command, rest) = match commands::parse(entry) {
            Ok(parsed) => parsed,
            Err(problem) => {
                self.tell(&problem);
                return Next::Go;
            }
        };
        match command.act {
            Act::Quit => return Next::Quit(0),
            Act::Clear => return Next::Clear,
            Act::History => return Next::History(rest.to_owned()),
            Act::Help if rest.is_empty() => self.print(&page::overview(&commands::lines(), &self.how())),
            Act::Help => self.topic(rest),
            Act::Explain => self.explain(rest),
            Act::Full => self.show_all(),
            Act::Ops if rest.is_empty() => self.print(&self.help().resources()),
            Act::Ops => self.print(&self.help().search(rest)),
            Act::Vars => self.vars(),
            Act::Format => self.set_format(rest),
            Act::Use => return self.turn_to(rest),
            Act::Connect => return self.connect(rest),
            Act::Profiles => self.profiles(),
            Act::ReadOnly => self.set_read_only(rest),
            Act::Plan => self.plan(rest),
            Act::Apply => self.apply(),
            Act::Discard => self.discard(),
            Act::Trace => self.set_trace(rest),
            Act::Curl => self.curl(),
            Act::Time => return self.time(rest),
            Act::Watch => self.watch(rest),
            Act::Out => self.outs(),
            Act::Edit => return self.edit(rest),
            Act::Load => return self.load(rest),
            Act::Save => self.save(rest),
            Act::Undo => self.undo(),
            Act::Reset => self.reset(),
            Act::Set => return self.set(rest),
            Act::Scripts => self.bundled(&self.desk.scripts(), rest),
            Act::Examples => self.bundled(&self.desk.examples(), rest),
        }
        Next::Go
    }

    fn set_format(&mut self, name: &str) {
        if !name.is_empty() {
            match Format::from_name(name) {
                Some(format) => self.format = format,
                None => {
                    self.tell(&format!("`{name}` is no format; they are {}", Format::NAMES.join(", ")));
                    return;
                }
            }
        }
        self.tell(&format!("values are shown as {}", self.format.name()));
    }
}
