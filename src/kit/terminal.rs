//! What a script says to a person and asks of one.

use std::sync::Arc;

use crate::kit::flow::ended;
use crate::kit::given::wrong;
use crate::kit::{Fault, Hands};
use crate::script::native::{Array, Dynamic, Engine, NativeCallContext, Outcome};
use crate::script::{Doc, Ending};

pub(super) const DOCS: &[Doc] = &[
    Doc {
        name: "table",
        calls: &["table(rows)", "table(rows, columns: array or string)"],
        text: "Prints rows, of a list or an array of maps or objects, as a table: with these columns, or with those that matter.",
        example: "table(pbx.users.list(#{ top: 3 }), [\"Number\", \"FirstName\"]);\n\
                  table([#{ queue: \"800\", waiting: 2 }]);",
    },
    Doc {
        name: "log",
        calls: &["log(text)", "log(level: string, text)"],
        text: "Tells something with the time of day, on stderr, so that it does not get into what a script puts out. Levels are \
               `debug`, `info` (without one), `warn` and `error`; `--log-level` says from which on they are told, `info` without it. Of maps and \
               objects the secrets are left out: `***`.",
        example: "log(\"begun\");\nlog(\"warn\", \"the queue 800 has no agents\");",
    },
    Doc {
        name: "prompt",
        calls: &["prompt(question: string) → string", "prompt(question: string, default: string) → string"],
        text: "Asks the person at the terminal for a line; Enter alone gives the default. Where nobody can be asked it fails with the \
               code `no-terminal`, even with a default: what a script needs unattended, it should take from `args`. Ctrl-C ends \
               the script, Ctrl-D is the error `end-of-input`.",
        example: "let name = if args.is_empty() { assert_throws(|| prompt(\"department\"), \"no-terminal\").code } else { args[0] };",
    },
    Doc {
        name: "confirm",
        calls: &["confirm(question: string) → bool", "confirm(question: string, default: bool) → bool"],
        text: "Asks for yes or no; Enter alone means no, or the default. Fails like `prompt` where nobody can be asked.",
        example: "let sure = args.contains(\"--yes\") || { assert_throws(|| confirm(\"Delete 5 users?\"), \"no-terminal\"); true };",
    },
    Doc {
        name: "secret",
        calls: &["secret(question: string) → string"],
        text: "Asks for a line that is not shown while it is typed. Fails like `prompt` where nobody can be asked.",
        example: "assert_throws(|| secret(\"PIN\"), \"no-terminal\");",
    },
    Doc {
        name: "choose",
        calls: &["choose(question: string, choices: array) → choice"],
        text: "Shows the choices with numbers and asks for one, by its number or its text. Fails like `prompt` where nobody can be \
               asked.",
        example: "assert_throws(|| choose(\"which queue\", [\"800\", \"801\"]), \"no-terminal\");",
    },
];

/// How much a line of `log` matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Debug,
    #[default]
    Info,
    Warn,
    Error,
}

impl Level {
    pub const NAMES: [&'static str; 4] = ["debug", "info", "warn", "error"];
    const ALL: [Level; 4] = [Level::Debug, Level::Info, Level::Warn, Level::Error];

    #[must_use]
    pub fn from_name(name: &str) -> Option<Level> {
        Level::NAMES.iter().position(|known| *known == name).map(|at| Level::ALL[at])
    }

    fn name(self) -> &'static str {
        Level::NAMES[self as usize]
    }
}

pub(super) fn register(engine: &mut Engine, hands: &Arc<Hands>) {
    let hand = hands.clone();
    engine.register_fn("table", move |rows: Dynamic| hand.show_table(&rows, &[]));
    let hand = hands.clone();
    engine.register_fn("table", move |context: NativeCallContext, rows: Dynamic, columns: Dynamic| {
        let columns =
            names(&columns).ok_or_else(|| hand.raise(wrong("columns", "an array of names", &columns), &context))?;
        hand.show_table(&rows, &columns)
    });
    let hand = hands.clone();
    engine.register_fn("log", move |text: Dynamic| hand.log(Level::Info, &text));
    let hand = hands.clone();
    engine.register_fn("log", move |context: NativeCallContext, level: Dynamic, text: Dynamic| -> Outcome<()> {
        let known = Level::from_name(&level.to_string()).filter(|_| level.is_string());
        hand.log(known.ok_or_else(|| hand.raise(no_level(&level), &context))?, &text);
        Ok(())
    });
    questions(engine, hands);
}

fn questions(engine: &mut Engine, hands: &Arc<Hands>) {
    let hand = hands.clone();
    engine.register_fn("prompt", move |context: NativeCallContext, question: &str| {
        hand.ask("prompt", &asked(question, None), false, &context)
    });
    let hand = hands.clone();
    engine.register_fn("prompt", move |context: NativeCallContext, question: &str, default: &str| -> Outcome<String> {
        let answer = hand.ask("prompt", &asked(question, Some(default)), false, &context)?;
        Ok(if answer.is_empty() { default.to_owned() } else { answer })
    });
    let hand = hands.clone();
    engine.register_fn("confirm", move |context: NativeCallContext, question: &str| {
        hand.confirm(question, false, &context)
    });
    let hand = hands.clone();
    engine.register_fn("confirm", move |context: NativeCallContext, question: &str, default: bool| {
        hand.confirm(question, default, &context)
    });
    let hand = hands.clone();
    engine.register_fn("secret", move |context: NativeCallContext, question: &str| {
        hand.ask("secret", &asked(question, None), true, &context)
    });
    let hand = hands.clone();
    engine.register_fn("choose", move |context: NativeCallContext, question: &str, choices: Array| {
        hand.choose(question, &choices, &context)
    });
}

impl Hands {
    fn show_table(&self, rows: &Dynamic, columns: &[String]) -> Outcome<()> {
        let table = (self.table)(rows, columns)?;
        if !table.trim_end().is_empty() {
            (self.print)(table.trim_end());
        }
        Ok(())
    }

    fn log(&self, level: Level, text: &Dynamic) {
        if level >= self.log {
            let now = (self.now)().to_zoned((self.zone)());
            (self.tell)(&format!("{} {:5} {}", now.strftime("%Y-%m-%d %H:%M:%S"), level.name(), self.text(text)));
        }
    }

    /// A value as its JSON, without secrets.
    pub(super) fn shown(&self, value: &Dynamic) -> String {
        (self.hidden)(&(self.to_json)(value)).to_string()
    }

    /// A string as it is, anything else as its JSON without secrets.
    fn text(&self, value: &Dynamic) -> String {
        if value.is_string() { value.to_string() } else { self.shown(value) }
    }

    fn ask(
        &self,
        function: &'static str,
        question: &str,
        secret: bool,
        context: &NativeCallContext,
    ) -> Outcome<String> {
        let nobody = || self.raise(Fault::NoTerminal { function }, context);
        let person = self.person.as_ref().ok_or_else(nobody)?;
        let over = || (self.stop)().map(ended);
        if let Some(over) = over() {
            return Err(over);
        }
        match person.ask(question, secret) {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(self.raise(Fault::EndOfInput { function }, context)),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {
                (self.end)(Ending::Interrupted);
                Err(over().unwrap_or_else(|| ended(Ending::Interrupted)))
            }
            Err(_) => Err(nobody()),
        }
    }

    fn confirm(&self, question: &str, default: bool, context: &NativeCallContext) -> Outcome<bool> {
        let question = format!("{} [{}] ", question.trim_end(), if default { "Y/n" } else { "y/N" });
        loop {
            match self.ask("confirm", &question, false, context)?.trim().to_lowercase().as_str() {
                "" => return Ok(default),
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => {}
            }
        }
    }

    fn choose(&self, question: &str, choices: &Array, context: &NativeCallContext) -> Outcome {
        if choices.is_empty() {
            let (what, expected) = ("choices".to_owned(), "an array with something in it".to_owned());
            return Err(self.raise(Fault::Argument { what, expected, given: "an empty one".to_owned() }, context));
        }
        let texts: Vec<String> = choices.iter().map(|choice| self.text(choice)).collect();
        if self.person.is_some() {
            let wide = texts.len().to_string().len();
            texts.iter().enumerate().for_each(|(at, text)| (self.tell)(&format!("{:>wide$}) {text}", at + 1)));
        }
        let question = asked(question, Some(&format!("1-{}", texts.len())));
        loop {
            let answer = self.ask("choose", &question, false, context)?;
            let answer = answer.trim();
            // The text first: choices are often numbers themselves.
            let place = texts.iter().position(|text| text == answer);
            let place = place.or_else(|| answer.parse::<usize>().ok()?.checked_sub(1));
            if let Some(choice) = place.and_then(|place| choices.get(place)) {
                return Ok(choice.clone());
            }
        }
    }
}

/// `name: `, `name? `, `name [Ada]: `: where a question ends with a mark of its own, it has no second one.
fn asked(question: &str, usual: Option<&str>) -> String {
    let question = question.trim_end();
    match usual {
        Some(usual) => format!("{} [{usual}]: ", question.trim_end_matches(':').trim_end()),
        None if question.ends_with(MARKS) => format!("{question} "),
        None => format!("{question}: "),
    }
}

/// What a question may end with.
const MARKS: [char; 9] = ['?', ':', '!', '.', '…', '>', '=', '？', '：'];

/// `["Number", "FirstName"]`, or `"Number,FirstName"`.
fn names(columns: &Dynamic) -> Option<Vec<String>> {
    if columns.is_string() {
        return Some(columns.to_string().split(',').map(|name| name.trim().to_owned()).collect());
    }
    let columns = columns.read_lock::<Array>()?;
    columns.iter().map(|name| name.is_string().then(|| name.to_string())).collect()
}

fn no_level(given: &Dynamic) -> Fault {
    wrong("level", "\"debug\", \"info\", \"warn\" or \"error\"", given)
}

#[cfg(test)]
mod tests {
    use super::asked;

    #[test]
    fn a_question_has_one_mark_at_its_end() {
        for (question, shown) in [
            ("name", "name: "),
            ("name? ", "name? "),
            ("name?", "name? "),
            ("Name:", "Name: "),
            ("Name : ", "Name : "),
            ("sure (really)", "sure (really): "),
            ("two\nlines", "two\nlines: "),
            ("$>", "$> "),
            ("", ": "),
        ] {
            assert_eq!(asked(question, None), shown, "{question:?}");
        }
        assert_eq!(asked("name", Some("Ada")), "name [Ada]: ");
        assert_eq!(asked("name? ", Some("Ada")), "name? [Ada]: ");
        assert_eq!(asked("Name: ", Some("Ada")), "Name [Ada]: ");
    }
}
