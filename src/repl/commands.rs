//! The commands of the prompt, in one table: parsing, help and completion read it.

use crate::bindings::nearest;
use crate::repl::settings::SETTINGS;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Help,
    Explain,
    Full,
    Ops,
    Use,
    Connect,
    Profiles,
    ReadOnly,
    Plan,
    Apply,
    Discard,
    Trace,
    Curl,
    Time,
    Watch,
    Format,
    Vars,
    Out,
    Edit,
    Load,
    Save,
    History,
    Undo,
    Reset,
    Set,
    Scripts,
    Examples,
    Clear,
    Quit,
}

/// What a command is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    /// A resource, an operation, a type or a function.
    Topic,
    Words,
    Format,
    /// The code of an error.
    Code,
    /// Something to run.
    Entry,
    /// A number and something to run.
    Watched,
    OneOf(&'static [&'static str]),
    Setting,
    File,
    // What whoever starts the prompt knows.
    Profile,
    Script,
    Example,
}

const ON_OFF: [&str; 2] = ["on", "off"];
const PLANS: [&str; 3] = ["on", "off", "all"];
const TRACES: [&str; 3] = ["on", "off", "full"];
const NEW: [&str; 1] = ["new"];

#[derive(Debug)]
pub(super) struct Command {
    pub(super) name: &'static str,
    /// Typed often, so there is a shorter way.
    pub(super) short: &'static str,
    pub(super) argument: &'static str,
    pub(super) does: &'static str,
    pub(super) takes: Takes,
    pub(super) act: Act,
}

pub(super) const COMMANDS: [Command; 29] = [
    Command {
        name: "help",
        short: "h",
        argument: "[TOPIC]",
        does: "this page, or a page about a resource, an operation, a type or a function",
        takes: Takes::Topic,
        act: Act::Help,
    },
    Command {
        name: "explain",
        short: "e",
        argument: "[CODE]",
        does: "what an error means and what to do; the last one without a code",
        takes: Takes::Code,
        act: Act::Explain,
    },
    Command {
        name: "full",
        short: "",
        argument: "",
        does: "the last value with everything: what is not set, all columns of rows, one below the other",
        takes: Takes::Nothing,
        act: Act::Full,
    },
    Command {
        name: "ops",
        short: "o",
        argument: "WORDS",
        does: "search the operations by name and description",
        takes: Takes::Words,
        act: Act::Ops,
    },
    Command {
        name: "use",
        short: "u",
        argument: "PROFILE",
        does: "work on the PBX of this profile, or on `sandbox`; variables stay",
        takes: Takes::Profile,
        act: Act::Use,
    },
    Command {
        name: "connect",
        short: "",
        argument: "URL",
        does: "work on a PBX that has no profile; asks for its client",
        takes: Takes::Words,
        act: Act::Connect,
    },
    Command {
        name: "profiles",
        short: "",
        argument: "",
        does: "the PBXs that have a profile",
        takes: Takes::Nothing,
        act: Act::Profiles,
    },
    Command {
        name: "readonly",
        short: "",
        argument: "[on|off]",
        does: "refuse whatever could change something, or no more",
        takes: Takes::OneOf(&ON_OFF),
        act: Act::ReadOnly,
    },
    Command {
        name: "plan",
        short: "",
        argument: "[on|off|all]",
        does: "note changes in the place of sending them; alone it shows what is noted",
        takes: Takes::OneOf(&PLANS),
        act: Act::Plan,
    },
    Command {
        name: "apply",
        short: "",
        argument: "",
        does: "send what is planned",
        takes: Takes::Nothing,
        act: Act::Apply,
    },
    Command {
        name: "discard",
        short: "",
        argument: "",
        does: "forget what is planned",
        takes: Takes::Nothing,
        act: Act::Discard,
    },
    Command {
        name: "trace",
        short: "",
        argument: "[on|off|full]",
        does: "show the requests, with `full` what they carry",
        takes: Takes::OneOf(&TRACES),
        act: Act::Trace,
    },
    Command {
        name: "curl",
        short: "",
        argument: "",
        does: "the last request as a command line",
        takes: Takes::Nothing,
        act: Act::Curl,
    },
    Command {
        name: "time",
        short: "t",
        argument: "EXPR",
        does: "the value of an entry, and how long it took",
        takes: Takes::Entry,
        act: Act::Time,
    },
    Command {
        name: "watch",
        short: "w",
        argument: "SECONDS EXPR",
        does: "an entry again and again, until Ctrl-C",
        takes: Takes::Watched,
        act: Act::Watch,
    },
    Command {
        name: "format",
        short: "f",
        argument: "[FORMAT]",
        does: "how values look: auto, table, record, json or csv",
        takes: Takes::Format,
        act: Act::Format,
    },
    Command {
        name: "vars",
        short: "v",
        argument: "",
        does: "the variables of this session",
        takes: Takes::Nothing,
        act: Act::Vars,
    },
    Command {
        name: "out",
        short: "",
        argument: "",
        does: "the last values; `out(n)` is that of entry n",
        takes: Takes::Nothing,
        act: Act::Out,
    },
    Command {
        name: "edit",
        short: "",
        argument: "[new]",
        does: "the last entry, or a new one, in your editor",
        takes: Takes::OneOf(&NEW),
        act: Act::Edit,
    },
    Command {
        name: "load",
        short: "",
        argument: "FILE",
        does: "run a script as an entry: its variables and functions stay",
        takes: Takes::File,
        act: Act::Load,
    },
    Command {
        name: "save",
        short: "",
        argument: "FILE",
        does: "the entries that worked, as a script",
        takes: Takes::File,
        act: Act::Save,
    },
    Command {
        name: "history",
        short: "",
        argument: "[WORDS]",
        does: "the entries so far",
        takes: Takes::Words,
        act: Act::History,
    },
    Command {
        name: "undo",
        short: "",
        argument: "",
        does: "take back what the last entry did to variables; nothing on the PBX",
        takes: Takes::Nothing,
        act: Act::Undo,
    },
    Command {
        name: "reset",
        short: "",
        argument: "",
        does: "forget variables, functions and imports",
        takes: Takes::Nothing,
        act: Act::Reset,
    },
    Command {
        name: "set",
        short: "",
        argument: "[NAME VALUE]",
        does: "how the prompt behaves; alone it lists the settings",
        takes: Takes::Setting,
        act: Act::Set,
    },
    Command {
        name: "scripts",
        short: "",
        argument: "[NAME]",
        does: "the finished jobs that came with pbxsh, or one of them",
        takes: Takes::Script,
        act: Act::Scripts,
    },
    Command {
        name: "examples",
        short: "",
        argument: "[NAME]",
        does: "the lessons that came with pbxsh, or one of them",
        takes: Takes::Example,
        act: Act::Examples,
    },
    Command {
        name: "clear",
        short: "",
        argument: "",
        does: "clear the screen",
        takes: Takes::Nothing,
        act: Act::Clear,
    },
    Command {
        name: "quit",
        short: "q",
        argument: "",
        does: "leave, as Ctrl-D does",
        takes: Takes::Nothing,
        act: Act::Quit,
    },
];

/// Where the entry begins that a command is given: `:time `, `:watch 5 `.
pub(super) fn code_of(text: &str) -> Option<usize> {
    let (head, rest) = text.strip_prefix(':')?.split_once(' ')?;
    let behind = text.len() - rest.len();
    match find(head)?.takes {
        Takes::Entry => Some(behind),
        Takes::Watched => Some(behind + rest.trim_start().find(' ')? + 1 + rest.len() - rest.trim_start().len()),
        _ => None,
    }
}

/// What may stand behind a command, of the words that are `known` for their kind.
pub(super) fn choices<'a>(takes: Takes, before: &str, known: &'a [(Takes, String)]) -> Vec<&'a str> {
    let first = before.split_whitespace().nth(1).filter(|_| before.matches(' ').count() > 1);
    match (takes, first) {
        (Takes::OneOf(words), _) => words.to_vec(),
        (Takes::Setting, Some(name)) => {
            SETTINGS.iter().filter(|it| it.name == name).flat_map(|it| it.values).copied().collect()
        }
        (Takes::Setting, None) => SETTINGS.iter().map(|setting| setting.name).collect(),
        _ => known.iter().filter(|(of, _)| *of == takes).map(|(_, word)| word.as_str()).collect(),
    }
}

/// The command of this name.
pub(super) fn find(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name || (!name.is_empty() && command.short == name))
}

/// Reads an entry that begins with a colon.
pub(super) fn parse(entry: &str) -> Result<(&'static Command, &str), String> {
    let entry = entry.trim().trim_start_matches(':');
    let (name, rest) = entry.split_once(char::is_whitespace).unwrap_or((entry, ""));
    let other = match name {
        "?" => Some("help"),
        "exit" => Some("quit"),
        _ => None,
    };
    let Some(command) = find(other.unwrap_or(name)) else {
        let near = nearest(name, COMMANDS.iter().map(|command| command.name));
        let hint = near.map_or_else(|| ":help lists them".to_owned(), |near| format!("did you mean `:{near}`?"));
        return Err(format!("there is no command `:{name}`; {hint}"));
    };
    let rest = rest.trim();
    if command.takes == Takes::Nothing && !rest.is_empty() {
        return Err(format!("`:{}` takes nothing behind it", command.name));
    }
    Ok((command, rest))
}

/// `:help [TOPIC]` and what it does, for each.
pub(super) fn table() -> Vec<(String, &'static str)> {
    let head = |command: &Command| format!(":{} {}", command.name, command.argument).trim_end().to_owned();
    COMMANDS.iter().map(|command| (head(command), command.does)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Act, COMMANDS, Takes, choices, code_of, find, parse, table};

    #[test]
    fn names_are_read_and_misspelt_ones_named() {
        assert_eq!(parse(":help users.list").map(|(command, rest)| (command.act, rest)), Ok((Act::Help, "users.list")));
        assert_eq!(parse(":q").map(|(command, _)| command.act), Ok(Act::Quit));
        assert_eq!(parse(" :exit ").map(|(command, _)| command.act), Ok(Act::Quit));
        assert_eq!(parse(":?").map(|(command, _)| command.act), Ok(Act::Help));
        let error = |text: &str| parse(text).err().unwrap_or_default();
        assert_eq!(error(":hlep"), "there is no command `:hlep`; did you mean `:help`?");
        assert_eq!(error(":xyzzy"), "there is no command `:xyzzy`; :help lists them");
        assert_eq!(error(":"), "there is no command `:`; :help lists them");
        assert_eq!(error(":usee hq"), "there is no command `:usee`; did you mean `:use`?");
        assert_eq!(error(":vars x"), "`:vars` takes nothing behind it");
    }

    #[test]
    fn commands_that_are_given_an_entry() {
        for (text, code) in
            [(":time 1 + 1", "1 + 1"), (":t 1", "1"), (":watch 2.5 pbx.users", "pbx.users"), (":watch  2 x", "x")]
        {
            assert_eq!(code_of(text).and_then(|at| text.get(at..)), Some(code), "{text}");
        }
        for none in [":time", ":watch 5", ":help x", "time 1", ":nothing 1"] {
            assert_eq!(code_of(none), None, "{none}");
        }
        let known = [(Takes::Profile, "hq".to_owned()), (Takes::Script, "job".to_owned())];
        assert_eq!(choices(Takes::Profile, ":use ", &known), ["hq"]);
        assert_eq!(choices(Takes::Setting, ":set keys ", &known), ["emacs", "vi", "lines"]);
        assert!(choices(Takes::Setting, ":set ke", &known).contains(&"keys"));
        assert_eq!(choices(Takes::OneOf(&super::ON_OFF), ":readonly ", &known), ["on", "off"]);
    }

    #[test]
    fn the_table_is_whole() {
        for (at, command) in COMMANDS.iter().enumerate() {
            assert_eq!(find(command.name).map(|found| found.act), Some(command.act));
            let names = [command.name, command.short];
            let clash = |other: &&super::Command| {
                names.iter().any(|name| !name.is_empty() && (*name == other.name || *name == other.short))
            };
            assert_eq!(COMMANDS[at + 1..].iter().find(clash).map(|other| other.name), None);
        }
        assert_eq!(table().len(), COMMANDS.len());
    }
}
