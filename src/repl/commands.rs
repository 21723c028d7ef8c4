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
    /// What else its page says.
    pub(super) more: &'static str,
    pub(super) examples: &'static [&'static str],
    pub(super) takes: Takes,
    pub(super) act: Act,
}

pub(super) const COMMANDS: [Command; 29] = [
    Command {
        name: "help",
        short: "h",
        argument: "[TOPIC]",
        does: "this page, or a page about a resource, an operation, a type or a function",
        more: "A question mark behind a name asks for the same page: `users.update?`. `:help :watch` is about a command.",
        examples: &[":help users.update", ":help User.QueueStatus", ":help std/hours"],
        takes: Takes::Topic,
        act: Act::Help,
    },
    Command {
        name: "explain",
        short: "e",
        argument: "[CODE]",
        does: "what an error means and what to do; the last one without a code",
        more: "Errors have codes, which stand on top of their reports; those of a PBX can be explained too.",
        examples: &[":explain", ":explain unknown-property", ":explain already_in_use"],
        takes: Takes::Code,
        act: Act::Explain,
    },
    Command {
        name: "full",
        short: "",
        argument: "",
        does: "the last value with everything: what is not set, all columns of rows, one below the other",
        more: "Enter goes on to the next rows in the same way.",
        examples: &["pbx.users.list()", ":full"],
        takes: Takes::Nothing,
        act: Act::Full,
    },
    Command {
        name: "ops",
        short: "o",
        argument: "[WORDS]",
        does: "search the operations in your own words; alone it lists the resources",
        more: "Words of the field do: `IVR`, `hunt group`, `voicemail greeting`; names of properties are found too. Without words all resources are listed.",
        examples: &[":ops block caller", ":ops outbound caller id"],
        takes: Takes::Words,
        act: Act::Ops,
    },
    Command {
        name: "use",
        short: "u",
        argument: "[PROFILE]",
        does: "work on the PBX of this profile, or on `sandbox`; variables stay",
        more: "Each PBX has a history of its own. Objects know where they came from and are refused elsewhere. Without a name it says where you are.",
        examples: &[":use hq", ":use sandbox"],
        takes: Takes::Profile,
        act: Act::Use,
    },
    Command {
        name: "connect",
        short: "",
        argument: "URL",
        does: "work on a PBX that has no profile; asks for its client",
        more: "The address alone will do; client and secret are asked for and not kept. `pbxsh profile add` keeps them.",
        examples: &[":connect https://pbx.example.com"],
        takes: Takes::Words,
        act: Act::Connect,
    },
    Command {
        name: "profiles",
        short: "",
        argument: "",
        does: "the PBXs that have a profile",
        more: "`pbxsh profile add NAME` makes one, `:use NAME` goes there.",
        examples: &[":profiles"],
        takes: Takes::Nothing,
        act: Act::Profiles,
    },
    Command {
        name: "readonly",
        short: "",
        argument: "[on|off]",
        does: "refuse whatever could change something, or no more",
        more: "What is refused is refused before anything is sent, whatever the HTTP verb. A profile that is read-only stays so.",
        examples: &[":readonly on"],
        takes: Takes::OneOf(&ON_OFF),
        act: Act::ReadOnly,
    },
    Command {
        name: "plan",
        short: "",
        argument: "[on|off|all]",
        does: "note changes in the place of sending them; alone it shows what is noted",
        more: "While it is on, nothing is sent that changes something, and what is read shows the changes as if they were done. `:apply` sends them, `:discard` forgets them.",
        examples: &[":plan on", ":plan"],
        takes: Takes::OneOf(&PLANS),
        act: Act::Plan,
    },
    Command {
        name: "apply",
        short: "",
        argument: "",
        does: "send what is planned",
        more: "In its order, after one question on a live PBX. It ends with the first change that fails, and what is left stays planned.",
        examples: &[":apply"],
        takes: Takes::Nothing,
        act: Act::Apply,
    },
    Command {
        name: "discard",
        short: "",
        argument: "",
        does: "forget what is planned",
        more: "Nothing was sent of it.",
        examples: &[":discard"],
        takes: Takes::Nothing,
        act: Act::Discard,
    },
    Command {
        name: "trace",
        short: "",
        argument: "[on|off|full]",
        does: "show the requests, with `full` what they carry",
        more: "A line for each request with its status and time. Secrets are hidden. Alone it turns it on or off.",
        examples: &[":trace on", "pbx.users.get(7)", ":trace off"],
        takes: Takes::OneOf(&TRACES),
        act: Act::Trace,
    },
    Command {
        name: "curl",
        short: "",
        argument: "",
        does: "the last request as a command line",
        more: "The token stands in it as a variable of the shell.",
        examples: &["pbx.users.get(7)", ":curl"],
        takes: Takes::Nothing,
        act: Act::Curl,
    },
    Command {
        name: "time",
        short: "t",
        argument: "EXPR",
        does: "the value of an entry, and how long it took",
        more: "The time of the whole entry, and how much went over the line. `:set timing on` does so for every entry.",
        examples: &[":time pbx.users.list().len()"],
        takes: Takes::Entry,
        act: Act::Time,
    },
    Command {
        name: "watch",
        short: "w",
        argument: "SECONDS EXPR",
        does: "an entry again and again, until Ctrl-C",
        more: "Seconds may have a fraction, 0.2 is the least. What the screen has no room for is left out; `ans` is the last value.",
        examples: &[":watch 5 pbx.active_calls.list()"],
        takes: Takes::Watched,
        act: Act::Watch,
    },
    Command {
        name: "format",
        short: "f",
        argument: "[FORMAT]",
        does: "how values look: auto, table, record, json, ndjson or csv",
        more: "`auto` shows rows as a table and an object as a record. `:full` shows everything of one value.",
        examples: &[":format json", ":format auto"],
        takes: Takes::Format,
        act: Act::Format,
    },
    Command {
        name: "vars",
        short: "v",
        argument: "",
        does: "the variables of this session",
        more: "What looks like a secret is shown as ***.",
        examples: &["let n = 5;", ":vars"],
        takes: Takes::Nothing,
        act: Act::Vars,
    },
    Command {
        name: "out",
        short: "",
        argument: "",
        does: "the last values; `out(n)` is that of entry n",
        more: "`ans` is the last one, `out(-2)` the one before it.",
        examples: &[":out", "out(1)"],
        takes: Takes::Nothing,
        act: Act::Out,
    },
    Command {
        name: "edit",
        short: "",
        argument: "[new]",
        does: "the last entry, or a new one, in your editor",
        more: "The editor is that of $VISUAL or $EDITOR. What comes back runs, unless it is empty.",
        examples: &[":edit", ":edit new"],
        takes: Takes::OneOf(&NEW),
        act: Act::Edit,
    },
    Command {
        name: "load",
        short: "",
        argument: "FILE",
        does: "run a script as an entry: its variables and functions stay",
        more: "A script that came with pbxsh is @NAME.",
        examples: &[":load job.rhai", ":load @01-hello-pbx"],
        takes: Takes::File,
        act: Act::Load,
    },
    Command {
        name: "save",
        short: "",
        argument: "FILE",
        does: "the entries that worked, as a script",
        more: "It passes `pbxsh check`: what cannot be carried over stands there as a remark, and secrets become questions.",
        examples: &[":save job.rhai"],
        takes: Takes::File,
        act: Act::Save,
    },
    Command {
        name: "history",
        short: "",
        argument: "[WORDS]",
        does: "the entries so far",
        more: "With words, those that have all of them. Ctrl-R searches while you type, and what begins like an earlier entry goes on behind the cursor.",
        examples: &[":history", ":history users update"],
        takes: Takes::Words,
        act: Act::History,
    },
    Command {
        name: "undo",
        short: "",
        argument: "",
        does: "take back what the last entry did to variables; nothing on the PBX",
        more: "For one entry, and only for variables: a PBX cannot take back.",
        examples: &["let n = 5;", ":undo"],
        takes: Takes::Nothing,
        act: Act::Undo,
    },
    Command {
        name: "reset",
        short: "",
        argument: "",
        does: "forget variables, functions and imports",
        more: "What `init.rhai` makes is made again.",
        examples: &[":reset"],
        takes: Takes::Nothing,
        act: Act::Reset,
    },
    Command {
        name: "set",
        short: "",
        argument: "[NAME VALUE]",
        does: "how the prompt behaves; alone it lists the settings",
        more: "For this prompt. `:set NAME` alone tells one of them.",
        examples: &[":set", ":set rows 50", ":set timing on"],
        takes: Takes::Setting,
        act: Act::Set,
    },
    Command {
        name: "scripts",
        short: "",
        argument: "[NAME]",
        does: "the finished jobs that came with pbxsh, or one of them",
        more: "`pbxsh run @NAME` runs one, `:load @NAME` here.",
        examples: &[":scripts", ":scripts create-department"],
        takes: Takes::Script,
        act: Act::Scripts,
    },
    Command {
        name: "examples",
        short: "",
        argument: "[NAME]",
        does: "the lessons that came with pbxsh, or one of them",
        more: "Each is a lesson with remarks that can be run as it is.",
        examples: &[":examples", ":examples 01-hello-pbx"],
        takes: Takes::Example,
        act: Act::Examples,
    },
    Command {
        name: "clear",
        short: "",
        argument: "",
        does: "clear the screen",
        more: "Ctrl-L does the same.",
        examples: &[":clear"],
        takes: Takes::Nothing,
        act: Act::Clear,
    },
    Command {
        name: "quit",
        short: "q",
        argument: "",
        does: "leave, as Ctrl-D does",
        more: "`exit(2)` leaves with an exit code.",
        examples: &[":quit"],
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
    // What is pasted is one entry, and may have been several.
    if entry.contains('\n') && !matches!(command.takes, Takes::Entry | Takes::Watched) {
        return Err(format!("`:{}` is an entry of its own; nothing was done of these lines", command.name));
    }
    if command.takes == Takes::Nothing && !rest.is_empty() {
        return Err(format!("`:{}` takes nothing behind it", command.name));
    }
    Ok((command, rest))
}

/// `:help [TOPIC]`, and what it does.
pub(super) fn lines() -> Vec<(String, &'static str)> {
    COMMANDS.iter().map(|it| (format!(":{} {}", it.name, it.argument).trim_end().to_owned(), it.does)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Act, COMMANDS, Takes, choices, code_of, find, lines, parse};
    use crate::show::{How, page, text};

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
        assert_eq!(error(":plan on\n1 + 1"), "`:plan` is an entry of its own; nothing was done of these lines");
        assert_eq!(error(":vars\n1 + 1"), "`:vars` is an entry of its own; nothing was done of these lines");
        assert_eq!(parse(":time if true {\n}").map(|(_, rest)| rest), Ok("if true {\n}"));
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
        assert_eq!(lines().len(), COMMANDS.len());
        for width in [40, 80, 200] {
            let how = How { width, ..How::default() };
            let pages = COMMANDS.iter().map(|it| page::command(it.name, it.does, it.more, it.examples, &how));
            for page in pages.chain([page::overview(&lines(), &how)]) {
                let wide = page.lines().find(|line| text::width(line) > width && !line.contains(['"', '`']));
                assert_eq!(wide, None, "{width}");
            }
        }
        for command in &COMMANDS {
            assert!(command.more.ends_with('.') && !command.examples.is_empty(), "{}", command.name);
            for example in command.examples.iter().filter(|example| example.starts_with(':')) {
                assert!(parse(example).is_ok(), "{example}");
            }
        }
    }
}
