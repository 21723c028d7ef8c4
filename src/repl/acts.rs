//! The commands that ask something of the world: other PBXs, files, the editor, time.

use std::time::{Duration, Instant};

use crate::bindings::{Fault, nearest};
use crate::diag;
use crate::repl::Place;
use crate::repl::desk::{Listing, Turned};
use crate::repl::saved::Kept;
use crate::repl::shell::{Next, Shell};
use crate::repl::variables::secret_or;
use crate::script::{Failure, Source};
use crate::show::{self, How, Rows, text};

/// A PBX is not to be asked more often by somebody who went for coffee.
const LEAST: f64 = 0.2;
const MOST: f64 = 86_400.0;

impl Shell {
    /// `:use hq`
    pub(super) fn turn_to(&mut self, name: &str) -> Next {
        if name.is_empty() {
            self.here();
            return Next::Go;
        }
        self.turned(self.desk.turn_to(name).map(Some))
    }

    /// Where entries go.
    fn here(&self) {
        let name = self.pbx.name();
        let profiles = self.desk.profiles().unwrap_or_default();
        let url = profiles.iter().find(|profile| profile.name == name).map(|profile| format!(" at {}", profile.url));
        let kind = match self.place {
            Place::Sandbox => "a simulated PBX",
            Place::Live => "a live PBX",
        };
        let version = self.pbx.known_version().map(|version| format!(", version {version}")).unwrap_or_default();
        let here = format!("this is `{name}`{}, {kind}{version}", url.unwrap_or_default());
        self.tell(&format!("{}; `:profiles` lists others, and there is `:use sandbox`", text::line(&here)));
    }

    /// `:connect https://pbx.example.com`
    pub(super) fn connect(&mut self, url: &str) -> Next {
        if url.is_empty() {
            self.tell("to which address? `:connect https://pbx.example.com`; `:use` knows those with a profile");
            return Next::Go;
        }
        // A name is no address, and meant all the same.
        if !url.contains(['.', ':', '/']) {
            return self.turn_to(url);
        }
        self.turned(self.desk.connect(url))
    }

    fn turned(&mut self, turned: Result<Option<Turned>, Fault>) -> Next {
        match turned {
            Ok(Some(Turned { pbx, place, history })) => {
                if let Some(pages) = self.ahead {
                    pbx.set_ahead(pages);
                }
                (self.pbx, self.place) = (pbx, place);
                Next::Turned(history)
            }
            Ok(None) => {
                self.tell("nothing was changed");
                Next::Go
            }
            Err(fault) => {
                self.refused(&fault);
                Next::Go
            }
        }
    }

    /// A fault without a place in an entry.
    pub(super) fn refused(&self, fault: &Fault) {
        let (report, _) = diag::problem_of(fault, diag::fault(fault), self.style());
        self.reported(report.trim_end());
    }

    pub(super) fn profiles(&self) {
        let profiles = match self.desk.profiles() {
            Ok(profiles) => profiles,
            Err(fault) => return self.refused(&fault),
        };
        if profiles.is_empty() {
            return self.tell("there are no profiles yet; `pbxsh profile add NAME` makes one");
        }
        let wide = profiles.iter().map(|profile| text::width(&profile.name)).max().unwrap_or(0);
        for profile in &profiles {
            let mut notes = profile.tags.clone();
            notes.extend((profile.name == self.pbx.name()).then(|| "here".to_owned()));
            notes.extend(profile.read_only.then(|| "read-only".to_owned()));
            let notes = if notes.is_empty() { String::new() } else { format!("  ({})", notes.join(", ")) };
            let url = text::line(&profile.url);
            self.print(&self.how().pair(&profile.name, wide, &format!("{url}{}", text::line(&notes))));
        }
    }

    pub(super) fn curl(&self) {
        match self.pbx.curl() {
            Some(line) => self.print(&line),
            None => self.tell("nothing was asked of this PBX yet"),
        }
    }

    /// `:time EXPR`
    pub(super) fn time(&mut self, entry: &str) -> Next {
        if entry.is_empty() {
            self.tell("the time of what? `:time pbx.users.list().len()`");
            return Next::Go;
        }
        let (before, begun) = (self.desk.traffic(), Instant::now());
        let next = self.script(entry).map_or(Next::Go, Next::Quit);
        let (after, time) = (self.desk.traffic(), begun.elapsed());
        let requests = usize::try_from(after.requests - before.requests).unwrap_or(usize::MAX);
        let bytes = match requests {
            0 => String::new(),
            _ => format!(
                ", {} sent, {} received",
                diag::size(after.sent - before.sent),
                diag::size(after.received - before.received)
            ),
        };
        self.tell(&format!("{}, {}{bytes}", seconds(time), text::count(requests, "request")));
        next
    }

    /// `:watch SECONDS EXPR`
    pub(super) fn watch(&mut self, words: &str) {
        let (every, entry) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
        let (entry, every) = (entry.trim(), every.parse().ok().filter(|every| (LEAST..=MOST).contains(every)));
        let (Some(every), false) = (every, entry.is_empty()) else {
            return self.tell("what, and how often? `:watch 5 pbx.active_calls.list()`; at least every 0.2 seconds");
        };
        self.begin();
        let planned = self.pbx.plans().len();
        let source = Source::new("<watch>", entry);
        let (mut rounds, mut last) = (0, None);
        loop {
            let page = self.round(&source);
            if self.desk.ending().is_some() {
                break;
            }
            rounds += 1;
            if self.screen.draws() {
                let head = format!("every {every} s, {rounds}: {}", text::line(entry));
                self.screen.redraw(&format!("{}\n\n{page}", self.cut(&head)));
            } else if last.as_ref() != Some(&page) {
                // What stays on the screen, and is read aloud, is said once.
                self.print(&match last.replace(page.clone()) {
                    None => {
                        let head = format!("every {every} s, changes only, until Ctrl-C: {}", text::line(entry));
                        format!("{}\n{page}", self.how().aloud(&head))
                    }
                    Some(_) => format!("changed, round {rounds}:\n{page}"),
                });
            }
            if !self.desk.wait(Duration::from_secs_f64(every)) {
                break;
            }
        }
        self.desk.forget();
        self.tell(&format!("watched {}", text::count(rounds, "time")));
        self.tell_planned(planned);
    }

    /// What one round shows: a value, or why there is none.
    fn round(&mut self, source: &Source) -> String {
        let result = self.session.borrow_mut().enter_fleeting(source);
        // Head, blank, foot, and the line about the rows that are not shown.
        let room = if self.screen.draws() { self.screen.height().saturating_sub(7).max(3) } else { self.rows };
        let shown = result.and_then(|value| {
            self.session.borrow_mut().set_variable("ans", value.clone());
            let how = How { rows: Some(self.rows.min(room)), more: None, ..self.how() };
            match Rows::of(&value) {
                Some(mut rows) => rows.show(&how).map_err(|fault| show::failure(fault, diag::fault)),
                None => Ok(show::single(&value, &how).unwrap_or_default()),
            }
        });
        let page = shown.unwrap_or_else(|failure: Failure| {
            diag::render(&failure.because(self.desk.ending()), &self.pbx.take_account(), self.style()).0
        });
        let _ = self.pbx.take_account();
        let lines: Vec<&str> = page.trim_end().lines().collect();
        let most = if self.screen.draws() { room + 3 } else { lines.len() };
        lines[..lines.len().min(most)].join("\n")
    }

    /// `:edit`, `:edit new`
    pub(super) fn edit(&mut self, which: &str) -> Next {
        let before = match which {
            "" => self.last_entry.clone(),
            "new" => String::new(),
            other => {
                self.tell(&format!("`:edit` takes nothing or `new`, not `{other}`"));
                return Next::Go;
            }
        };
        let edited = self.desk.edit(&before);
        self.desk.forget();
        match edited {
            Ok(entry) if entry.trim().is_empty() => self.tell("nothing was entered"),
            Ok(entry) => return Next::Enter(entry.trim_end().to_owned()),
            Err(reason) => self.tell(&reason),
        }
        Next::Go
    }

    /// `:load FILE`
    pub(super) fn load(&mut self, file: &str) -> Next {
        if file.is_empty() {
            self.tell("which file? `:load job.rhai`");
            return Next::Go;
        }
        match self.desk.read(file) {
            Ok(source) => self.run(&source).map_or(Next::Go, Next::Quit),
            Err(reason) => {
                self.tell(&format!("cannot read `{file}`: {reason}"));
                Next::Go
            }
        }
    }

    pub(super) fn undo(&mut self) {
        match self.before.take() {
            None => self.tell("there is no entry to take back; only the last one can be"),
            Some(variables) => {
                self.session.borrow_mut().restore(variables);
                if self.worked {
                    self.kept.pop();
                }
                self.worked = false;
                self.tell(
                    "the variables are as before the last entry; functions stay, and nothing on the PBX is undone",
                );
                self.tell_left();
            }
        }
    }

    pub(super) fn reset(&mut self) {
        self.session.borrow_mut().reset();
        self.answers.clear();
        self.functions.clear();
        self.imported.clear();
        self.kept.clear();
        (self.rest, self.before, self.worked) = (None, None, false);
        self.tell("variables, functions and imports are forgotten");
        self.tell_left();
        self.init();
    }

    /// What somebody wants at the start of every prompt.
    pub(super) fn init(&mut self) {
        if let Some(source) = self.init.clone() {
            self.begin();
            let planned = self.pbx.plans().len();
            let result = self.session.borrow_mut().enter(&source);
            self.remember_functions(&source.text);
            if let Err(failure) = result {
                self.failed(failure);
            }
            self.tell_planned(planned);
            self.desk.forget();
        }
    }

    /// Scripts or examples: all of them, or the text of one.
    pub(super) fn bundled(&self, listing: &Listing, name: &str) {
        let name = name.trim_start_matches('@');
        if name.is_empty() {
            let wide = listing.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
            for (name, title) in listing {
                self.print_pair(&format!("@{name}"), wide + 1, title);
            }
            return self
                .tell("`pbxsh run @NAME` runs one, `:load @NAME` here, and its name behind this command shows it");
        }
        match self.desk.script(name).filter(|_| listing.iter().any(|(known, _)| known == name)) {
            Some(source) => self.print(source.text.trim_end()),
            None => {
                let near = nearest(name, listing.iter().map(|(name, _)| name.as_str()));
                let hint = near.map_or_else(
                    || "without a name they are listed".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                self.tell(&format!("there is no `{name}`; {hint}"));
            }
        }
    }

    pub(super) fn outs(&self) {
        let all = self.answers.all();
        if all.is_empty() {
            return self.tell("no entry had a value yet");
        }
        for (entry, value) in all {
            self.print_pair(&format!("out({entry})"), 0, &secret_or("", &value));
        }
    }

    /// An entry worked: `:save` may want it.
    pub(super) fn keep(&mut self, entry: &str, gave: bool) {
        self.kept.push(Kept { text: entry.to_owned(), gave });
        self.worked = true;
    }
}

fn seconds(time: Duration) -> String {
    match time.as_secs_f64() {
        small if small < 0.1 => format!("{:.1} ms", small * 1000.0),
        time => format!("{time:.2} s"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::seconds;

    #[test]
    fn times() {
        assert_eq!(
            [0.0012, 0.25, 61.0].map(|time| seconds(Duration::from_secs_f64(time))),
            ["1.2 ms", "0.25 s", "61.00 s"]
        );
    }
}
