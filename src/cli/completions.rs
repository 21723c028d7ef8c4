//! Completion in the shells that people type `pbxsh` in. The shell asks the program itself, so that it offers what this
//! version, and the operation that stands in the line, has.

use std::ffi::{OsStr, OsString};

use clap::CommandFactory;
use clap_complete::CompleteEnv;
use clap_complete::engine::{
    ArgValueCandidates, ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};
use clap_complete::env::Shells;

use crate::catalog::Catalog;
use crate::catalog::overlay::doc;
use crate::cli::world::World;
use crate::cli::{Cli, bundled, call};
use crate::diag::{Exit, codes};
use crate::show::Format;
use crate::show::help::plain;

/// By this variable the shell says that it asks.
const ASKS: &str = "PBXSH_COMPLETE";

/// Around what the library gives to bash, for which `Enabled=tr` is three words. What is answered stands in the place of the last.
const BASH: &str = r#"
_pbxsh() {
    local at word words=()
    for ((at = 0; at <= COMP_CWORD; at++)); do
        word="${COMP_WORDS[at]}"
        if ((at == COMP_CWORD && BASH_VERSINFO[0] > 3)) && [[ $word != "=" ]]; then
            word="$2"
        fi
        if ((at > 1)) && [[ $word == "=" || ${COMP_WORDS[at - 1]} == "=" ]]; then
            words[${#words[@]} - 1]+="$word"
        else
            words+=("$word")
        fi
    done
    local COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1))
    word="${words[COMP_CWORD]}"
    _clap_complete_pbxsh "$1" "$word" "$3"
    if [[ $word == *=* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*=}"}"}")
    fi
}
complete -o nospace -o bashdefault -o nosort -F _pbxsh pbxsh 2> /dev/null || complete -o nospace -o bashdefault -F _pbxsh pbxsh
"#;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// bash, zsh, fish, elvish or powershell
    #[arg(value_name = "SHELL", value_parser = ["bash", "zsh", "fish", "elvish", "powershell"])]
    shell: String,
}

/// Prints what the shell has to read at its start.
pub(super) fn command(arguments: &Arguments, world: &World) -> Exit {
    let mut script = Vec::new();
    let written = Shells::builtins()
        .completer(&arguments.shell)
        .is_some_and(|shell| shell.write_registration(ASKS, "pbxsh", "pbxsh", "pbxsh", &mut script).is_ok());
    if !written {
        return Exit::Failed;
    }
    world.print(String::from_utf8_lossy(&script).trim_end());
    if arguments.shell == "bash" {
        world.print(BASH.trim());
    }
    Exit::Success
}

/// Answers the shell, if it is the one that called.
///
/// # Errors
/// The answer cannot be given.
pub(super) fn answer(words: Vec<OsString>) -> clap::error::Result<bool> {
    let line: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let here = std::env::current_dir().ok();
    CompleteEnv::with_factory(|| whole(&line)).var(ASKS).try_complete(words, here.as_deref())
}

/// The command line with what the shell should know beside it.
fn whole(line: &[String]) -> clap::Command {
    let typed = line.iter().skip_while(|word| *word != "--").skip(1);
    let typed: Vec<String> = typed.skip_while(|word| *word != "call").skip(1).cloned().collect();
    let topics = ArgValueCompleter::new(topics);
    Cli::command()
        .mut_subcommand("call", |_| call::completed(&typed))
        .mut_subcommand("help", |command| command.mut_arg("topic", |arg| arg.add(topics)))
}

pub(super) fn profiles() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let profiles = World::of_process().store().and_then(|store| store.profiles());
        let names = profiles.map(|profiles| profiles.all).unwrap_or_default().into_iter();
        names.map(|profile| CompletionCandidate::new(profile.name).help(Some(profile.url.into()))).collect()
    })
}

pub(super) fn formats() -> ArgValueCandidates {
    ArgValueCandidates::new(|| Format::NAMES.iter().map(CompletionCandidate::new).collect())
}

/// The codes that can be explained.
pub(super) fn codes() -> ArgValueCandidates {
    ArgValueCandidates::new(|| codes::known().map(CompletionCandidate::new).collect())
}

/// Files behind an `@`.
pub(super) fn bodies(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let Some(path) = typed.strip_prefix('@') else { return Vec::new() };
    let found = PathCompleter::file().complete(OsStr::new(path));
    found.into_iter().map(|it| it.add_prefix("@")).collect()
}

pub(super) fn releases() -> ArgValueCandidates {
    ArgValueCandidates::new(|| Catalog::known().releases.iter().map(CompletionCandidate::new).collect())
}

/// Files, and the scripts that came with pbxsh.
pub(super) fn scripts() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        if typed.to_string_lossy().starts_with('@') {
            let all = bundled::scripts().into_iter().chain(bundled::examples());
            let all = all.map(|(name, title)| CompletionCandidate::new(format!("@{name}")).help(Some(title.into())));
            return fitting(all, typed);
        }
        PathCompleter::file().complete(typed)
    })
}

/// `users.list`, with what it does.
pub(super) fn operations(typed: &OsStr) -> Vec<CompletionCandidate> {
    let all = Catalog::known().operations().map(|operation| {
        let name = operation.full_name();
        let about = doc(&name).or_else(|| plain(operation)).or_else(|| doc(operation.resource));
        CompletionCandidate::new(name).help(about.map(Into::into))
    });
    fitting(all, typed)
}

fn topics(typed: &OsStr) -> Vec<CompletionCandidate> {
    let catalog = Catalog::known();
    let resources =
        catalog.resources.iter().map(|it| CompletionCandidate::new(it.name).help(doc(it.name).map(Into::into)));
    let types = catalog.types.iter().map(|ty| CompletionCandidate::new(ty.name));
    let mut all = fitting(resources.chain(types), typed);
    if typed.to_string_lossy().contains('.') {
        all.extend(operations(typed));
    }
    all
}

pub(super) fn fitting(all: impl Iterator<Item = CompletionCandidate>, typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    all.filter(|candidate| candidate.get_value().to_string_lossy().starts_with(&*typed)).collect()
}
