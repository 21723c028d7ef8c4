//! The commands of the prompt, in one table: parsing, help and completion read it.

use crate::bindings::nearest;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Help,
    Explain,
    Ops,
    Format,
    Vars,
    History,
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
}

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

pub(super) const COMMANDS: [Command; 8] = [
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
        name: "ops",
        short: "o",
        argument: "WORDS",
        does: "search the operations by name and description",
        takes: Takes::Words,
        act: Act::Ops,
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
        name: "history",
        short: "",
        argument: "[WORDS]",
        does: "the entries so far",
        takes: Takes::Words,
        act: Act::History,
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

/// `:help [TOPIC]  …`, a line each.
pub(super) fn lines() -> Vec<String> {
    let head = |command: &Command| format!(":{} {}", command.name, command.argument).trim_end().to_owned();
    let wide = COMMANDS.iter().map(|command| head(command).len()).max().unwrap_or(0);
    COMMANDS.iter().map(|command| format!("  {:wide$}  {}", head(command), command.does)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Act, COMMANDS, find, lines, parse};

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
        assert_eq!(error(":vars x"), "`:vars` takes nothing behind it");
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
    }
}
