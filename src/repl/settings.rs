//! How the prompt behaves: `:set`, and the commands that turn one thing on or off.

use crate::bindings::{MOST_AHEAD, nearest};
use crate::diag::ErrorFormat;
use crate::guard::Mode;
use crate::repl::desk::Trace;
use crate::repl::editor::Keys;
use crate::repl::shell::{Next, Shell};
use crate::show::{Format, text};

#[derive(Debug)]
pub(super) struct Setting {
    pub(super) name: &'static str,
    /// What it can be, where that is a choice.
    pub(super) values: &'static [&'static str],
    does: &'static str,
}

pub(super) const SETTINGS: [Setting; 8] = [
    Setting { name: "confirm", values: &["on", "off"], does: "ask before deletes and commands on a live PBX" },
    Setting { name: "rows", values: &[], does: "rows of a list that are shown at once" },
    Setting { name: "format", values: &Format::NAMES, does: "how values look" },
    Setting { name: "ahead", values: &[], does: "pages of a list that are fetched at once" },
    Setting { name: "errors", values: &ErrorFormat::NAMES, does: "how errors are told" },
    Setting { name: "timing", values: &["on", "off"], does: "tell of every entry how long it took" },
    Setting { name: "keys", values: &Keys::NAMES, does: "the keys of the line editor, or whole lines without one" },
    Setting { name: "plain", values: &["on", "off"], does: "words in a row for screen readers, nothing drawn" },
];

/// More would not be read.
const MOST_ROWS: usize = 10_000;

impl Shell {
    /// `:set`, `:set NAME` and `:set NAME VALUE`.
    pub(super) fn set(&mut self, words: &str) -> Next {
        let (name, value) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
        let value = value.trim();
        if name.is_empty() {
            for setting in &SETTINGS {
                let value = self.setting(setting.name);
                self.print(&if self.style.plain {
                    self.how().aloud(&format!("{} is {value}: {}", setting.name, setting.does))
                } else {
                    format!("{:<9}{value:<9}{}", setting.name, text::wrap(setting.does, self.room(), 18))
                });
            }
            return Next::Go;
        }
        let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
            let names = SETTINGS.iter().map(|setting| setting.name);
            let hint = nearest(name, names.clone()).map_or_else(
                || format!("they are {}", names.collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            self.tell(&format!("there is no setting `{name}`; {hint}"));
            return Next::Go;
        };
        if value.is_empty() {
            self.tell(&format!("{name} is {}", self.setting(name)));
            return Next::Go;
        }
        if !setting.values.is_empty() && !setting.values.contains(&value) {
            self.tell(&format!("`{name}` cannot be `{value}`; it is one of {}", setting.values.join(", ")));
            return Next::Go;
        }
        let next = match self.change(name, value) {
            Ok(next) => next,
            Err(range) => {
                self.tell(&format!("`{name}` cannot be `{value}`; it is a number from 1 to {range}"));
                return Next::Go;
            }
        };
        self.tell(&format!("{name} is {}", self.setting(name)));
        next
    }

    /// The most that it can be, if it cannot be this.
    fn change(&mut self, name: &str, value: &str) -> Result<Next, usize> {
        let number = |most: usize| value.parse().ok().filter(|number| (1..=most).contains(number)).ok_or(most);
        match name {
            "confirm" => self.confirm.set(value == "on"),
            "timing" => self.timing = value == "on",
            "rows" => self.rows = number(MOST_ROWS)?,
            "ahead" => {
                let pages = number(MOST_AHEAD)?;
                self.ahead = Some(pages);
                self.pbx.set_ahead(pages);
            }
            "format" => self.format = Format::from_name(value).unwrap_or(self.format),
            "errors" => self.style.format = ErrorFormat::from_name(value).unwrap_or(self.style.format),
            "plain" => return Ok(self.set_plain(value == "on")),
            _ => {
                let keys = Keys::from_name(value).unwrap_or(self.keys);
                if keys != Keys::Lines && !self.screen.can_draw() {
                    self.tell("this terminal cannot move its cursor, so that it reads whole lines");
                    return Ok(Next::Go);
                }
                self.keys = keys;
                return Ok(Next::Keys(keys));
            }
        }
        Ok(Next::Go)
    }

    fn setting(&self, name: &str) -> String {
        let on = |on: bool| if on { "on" } else { "off" }.to_owned();
        match name {
            "confirm" => on(self.confirm.is_on()),
            "timing" => on(self.timing),
            "rows" => self.rows.to_string(),
            "ahead" => self.pbx.ahead().to_string(),
            "format" => self.format.name().to_owned(),
            "errors" => {
                let is = |name: &&&str| ErrorFormat::from_name(name) == Some(self.style.format);
                ErrorFormat::NAMES.iter().find(is).copied().unwrap_or_default().to_owned()
            }
            "plain" => on(self.style.plain),
            _ => self.keys.name().to_owned(),
        }
    }

    /// All that goes with it, as `--plain` has it from the start; and back to what the terminal can do.
    fn set_plain(&mut self, on: bool) -> Next {
        self.screen.set_plain(on);
        // How errors are told goes with it, too.
        self.style = self.screen.style();
        self.keys = if self.screen.draws() { Keys::Emacs } else { Keys::Lines };
        Next::Keys(self.keys)
    }

    /// `:readonly`, `:readonly on`, `:readonly off`.
    pub(super) fn set_read_only(&self, value: &str) {
        match value {
            "on" => self.read_only.set(true),
            "off" => self.read_only.set(false),
            "" => {}
            other => return self.tell(&format!("`:readonly` takes on or off, not `{other}`")),
        }
        let name = self.pbx.name();
        self.tell(&match self.pbx.mode() {
            Mode::Everything if self.planning.is_on() => {
                "changes are planned and not sent; `:apply` sends them".to_owned()
            }
            Mode::Everything => format!("what changes something is sent to `{name}`"),
            Mode::ReadOnlyProfile => {
                format!(
                    "`{name}` is read-only: its profile says so, and only there it can be changed (`pbxsh profile show {name}`)"
                )
            }
            Mode::ReadOnly | Mode::ReadOnlyPrompt => {
                "whatever could change something is refused; `:readonly off` allows it".to_owned()
            }
        });
    }

    pub(super) fn set_trace(&mut self, value: &str) {
        let wanted = match value {
            "on" => Trace::Lines,
            "off" => Trace::Off,
            "full" => Trace::Full,
            // What is shown is turned off, and the other way round.
            "" if self.trace == Trace::Off => Trace::Lines,
            "" => Trace::Off,
            other => return self.tell(&format!("`:trace` takes on, off or full, not `{other}`")),
        };
        self.trace = wanted;
        self.desk.set_trace(wanted);
        self.tell(match wanted {
            Trace::Off => "requests are not shown",
            Trace::Lines => "requests are shown",
            Trace::Full => "requests are shown with what they carry; secrets are hidden",
        });
    }
}
