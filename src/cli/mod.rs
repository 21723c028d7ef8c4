//! The command line: one file per command, and the only place that wires PBX, sandbox, guard and engine together.

mod bounds;
mod bundled;
mod call;
mod catalog;
mod check;
mod choice;
mod completions;
mod definitions;
mod desk;
mod doctor;
mod explain;
mod kept;
#[cfg(test)]
mod library_tests;
mod network;
mod panics;
mod permissions;
mod person;
mod profile;
mod prompt;
mod reference;
mod run;
mod sandbox;
mod screen;
mod scripts;
mod signals;
mod test;
mod wiring;
mod world;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::cli::panics::SCRIPT;
use crate::code::Code;
use crate::diag::{ErrorFormat, Exit};
use crate::script::Source;
use crate::show::Format;
use bounds::Bounds;
use choice::Choice;
use world::{Colour, World};

/// The scriptable shell for 3CX phone systems.
///
/// Without a command it opens a prompt. A PBX is chosen by --profile, or by XAPI_URL, XAPI_CLIENT_ID and XAPI_CLIENT_SECRET; --sandbox needs neither.
#[derive(Debug, Parser)]
#[command(name = "pbxsh", version, max_term_width = 100, args_conflicts_with_subcommands = true, disable_help_subcommand = true, after_help = exit_codes())]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Run CODE and print the value of its last expression
    #[arg(short = 'e', long = "eval", value_name = "CODE")]
    code: Option<String>,
    /// How -e prints its value: auto, table, record, json, ndjson or csv
    #[arg(long, value_name = "FORMAT", requires = "code", value_parser = format, default_value = "auto")]
    format: Format,
    #[command(flatten)]
    pbx: Pbx,
    #[command(flatten)]
    bounds: Bounds,
    /// At the prompt: do not ask before what deletes something on a live PBX, or makes it act
    #[arg(long, conflicts_with = "code")]
    yes: bool,
    /// At the prompt: do not run init.rhai of the settings' folder first
    #[arg(long, conflicts_with = "code")]
    no_init: bool,
    #[command(flatten)]
    look: Look,
    /// A script to run, and what it sees as `args`; with -e only the latter
    #[arg(value_name = "FILE", trailing_var_arg = true, allow_hyphen_values = true, add = completions::scripts())]
    arguments: Vec<String>,
}

/// How messages look, whatever the command.
#[derive(Debug, Clone, Copy, Default, Args)]
struct Look {
    /// How errors are told: fancy, plain (words without frames), short (a line each) or json (an object a line); PBXSH_ERROR_FORMAT says it too
    #[arg(long, global = true, help_heading = "Messages", value_name = "FORMAT", value_parser = error_format)]
    error_format: Option<ErrorFormat>,
    /// When there are colours; NO_COLOR and CLICOLOR_FORCE say it too
    #[arg(long, global = true, help_heading = "Messages", value_name = "WHEN", value_enum)]
    color: Option<Colour>,
    /// For screen readers: every value behind its name, no tables, colours, moving lines or hints; PBXSH_PLAIN=1 says it too
    #[arg(long, global = true, help_heading = "Messages")]
    plain: bool,
}

/// Which PBX, and what may be done to it.
#[derive(Debug, Clone, Default, Args)]
struct Pbx {
    /// Work on a simulated PBX inside this program: a small company that forgets everything at the end
    #[arg(long, help_heading = "PBX")]
    sandbox: bool,
    /// Work on the PBX of this profile (see `pbxsh profile`); PBXSH_PROFILE names one too. With --sandbox it is rehearsed there
    #[arg(long, value_name = "NAME", add = completions::profiles())]
    profile: Option<String>,
    /// The release of the simulated PBX, 20.0.5 to 20.0.10; the newest without it
    #[arg(long, help_heading = "PBX", value_name = "RELEASE", requires = "sandbox", add = completions::releases())]
    release: Option<String>,
    /// Refuse every operation that could change something
    #[arg(long, help_heading = "PBX")]
    read_only: bool,
    /// Send nothing that changes something: note it, let reads show it as if it were done, and tell the differences at the end
    #[arg(long, help_heading = "PBX")]
    plan: bool,
    /// What the simulated PBX starts from, where it is not the built-in company
    #[arg(skip)]
    state: Option<Arc<str>>,
    /// For the entries of a person, who can say otherwise later
    #[arg(skip)]
    prompt: bool,
    /// A person is asked before what cannot be taken back
    #[arg(skip)]
    asks: bool,
    /// Reach simulated PBXs only
    #[arg(skip)]
    rehearsal: bool,
    /// What it is if not the sandbox; made before the session is put together
    #[arg(skip)]
    choice: Choice,
}

impl Pbx {
    /// A simulated PBX, and no way to a real one.
    fn rehearsal() -> Pbx {
        Pbx { sandbox: true, rehearsal: true, ..Pbx::default() }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a script
    Run(Box<run::Run>),
    /// Run the tests in files called `…_test.rhai`, each against a simulated PBX of its own
    ///
    /// Every function `fn test_…()` is a test. What stands at the top of its file runs before it, `fn before()` and `fn after()` around it;
    /// `skip("why")` leaves it out. `//! releases: 20.0.5, 20.0.10` and `//! state: FILE` at the top choose the simulated PBX, and a real one
    /// is never reached. A test may take 60 seconds, or what `--timeout` says. What it imports stands beside it or below a folder of `--lib`.
    Test(Box<test::Arguments>),
    /// Call one operation without a script: `pbxsh call users.list --top 5`
    ///
    /// `pbxsh call users.update --help` shows what an operation takes; `--script` prints the call as a line of a script.
    #[command(disable_help_flag = true)]
    Call(call::Arguments),
    Check(check::Arguments),
    /// A page about a command, a resource, an operation, a type or a function
    Help(reference::Topic),
    /// Find operations by what they are about
    Ops(reference::Words),
    /// Print what a shell has to read so that Tab completes pbxsh
    ///
    /// bash: `source <(pbxsh completions bash)` in ~/.bashrc; zsh: the same with zsh in ~/.zshrc, behind compinit;
    /// fish: `pbxsh completions fish | source` in ~/.config/fish/config.fish.
    Completions(completions::Arguments),
    /// List the scripts and examples that came with pbxsh
    Scripts,
    /// Write what scripts can use as definition files, for editors that understand Rhai
    Definitions(definitions::Arguments),
    Profile(profile::Arguments),
    Doctor(doctor::Arguments),
    Explain(explain::Arguments),
    /// The simulated PBX for other programs
    Sandbox(sandbox::Arguments),
    /// What PBXs can do: the releases that are known, and what PBXs say about themselves
    Catalog(catalog::Arguments),
}

fn format(name: &str) -> Result<Format, String> {
    Format::from_name(name).ok_or_else(|| format!("the formats are {}", Format::NAMES.join(", ")))
}

fn error_format(name: &str) -> Result<ErrorFormat, String> {
    ErrorFormat::from_name(name).ok_or_else(|| format!("the formats are {}", ErrorFormat::NAMES.join(", ")))
}

fn exit_codes() -> String {
    let rows: Vec<String> = Exit::ALL.iter().map(|exit| format!("  {:>3}  {}", exit.code(), exit.meaning())).collect();
    format!("Exit codes:\n{}", rows.join("\n"))
}

/// Runs the program with the arguments and the environment of this process.
#[must_use]
pub fn main() -> ExitCode {
    panics::hear();
    let world = World::of_process();
    if let Some(fault) = world.fault() {
        return ExitCode::from(world.complain(Code::Usage, &fault, None).code());
    }
    let given: Vec<OsString> = std::env::args_os().collect();
    match completions::answer(given.clone()) {
        Ok(false) => {}
        Ok(true) => return ExitCode::SUCCESS,
        Err(error) => error.exit(),
    }
    // The help is a look, too, and is written while the command line is read.
    let asked = world.clone().looking(&asked_look(given.iter().map_while(|word| word.to_str())));
    let parsed = grammar(&asked).try_get_matches_from(behind_the_command(given));
    let exit = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => {
            let world = world.looking(&cli.look);
            on_a_big_stack(move || command(cli, &world))
        }
        Err(error) => misunderstood(&error, &asked),
    };
    ExitCode::from(exit.code())
}

/// The command line, with help pages as the world wants them.
fn grammar(world: &World) -> clap::Command {
    for_readers(Cli::command(), world)
}

/// Who listens has the names alone on their lines: what stands in a second column is heard between two of the first.
fn for_readers(command: clap::Command, world: &World) -> clap::Command {
    command.color(world.colours_help()).next_line_help(world.style.plain)
}

/// Tells what is wrong with the command line, or the help that was asked for.
fn misunderstood(error: &clap::Error, world: &World) -> Exit {
    use ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    let is_help = matches!(error.kind(), DisplayHelp | DisplayVersion | DisplayHelpOnMissingArgumentOrSubcommand);
    if is_help || world.style.format == ErrorFormat::Fancy {
        let _ = error.print();
    } else {
        let text = error.to_string();
        let (said, _) = text.split_once("\n\nUsage:").or(text.split_once("\n\nFor more")).unwrap_or((&text, ""));
        let words: Vec<&str> = said.trim_start_matches("error: ").split_whitespace().collect();
        world.complain(Code::Usage, &words.join(" "), Some("`--help` says what there is"));
    }
    if matches!(error.kind(), DisplayHelp | DisplayVersion) { Exit::Success } else { Exit::Usage }
}

/// The flags of `Look`, which are looked for before the command line is read.
const ERROR_FORMAT: &str = "--error-format";
const COLOR: &str = "--color";
const PLAIN: &str = "--plain";

/// The looks that the command line asks for, as far as one that cannot be read tells them.
fn asked_look<'a>(given: impl Iterator<Item = &'a str>) -> Look {
    let words: Vec<&str> = given.take_while(|word| *word != "--").collect();
    let value = |flag: &str| {
        words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix(flag)? {
            "" => words.get(at + 1).copied(),
            rest => rest.strip_prefix('='),
        })
    };
    Look {
        error_format: value(ERROR_FORMAT).and_then(ErrorFormat::from_name),
        color: value(COLOR).and_then(|when| Colour::from_str(when, false).ok()),
        plain: words.contains(&PLAIN),
    }
}

/// How messages look may be said before the command, too: `pbxsh --color never run x.rhai`. What stands there otherwise belongs to
/// `-e`, to a script or to the prompt, and no command comes after it.
fn behind_the_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let mut at = 1;
    while let Some(flag) = arguments.get(at).and_then(|flag| flag.to_str()) {
        let (name, has_value) = flag.split_once('=').map_or((flag, false), |(name, _)| (name, true));
        at += match name {
            ERROR_FORMAT | COLOR if !has_value => 2,
            ERROR_FORMAT | COLOR | PLAIN => 1,
            _ => break,
        };
    }
    let is_command = arguments.get(at).is_some_and(|name| Cli::command().find_subcommand(name).is_some());
    if let Some(part) = arguments.get_mut(1..=at).filter(|_| is_command) {
        part.rotate_right(1);
    }
    arguments
}

fn command(cli: Cli, world: &World) -> Exit {
    match (cli.command, cli.code) {
        (Some(Command::Run(run)), _) => run::file(&run, world),
        (Some(Command::Test(arguments)), _) => test::command(&arguments, world),
        (Some(Command::Call(arguments)), _) => call::command(&arguments, world),
        (Some(Command::Help(topic)), _) => reference::topic(&topic, world),
        (Some(Command::Completions(arguments)), _) => completions::command(&arguments, world),
        (Some(Command::Ops(words)), _) => reference::ops(&words, world),
        (Some(Command::Check(arguments)), _) => check::command(&arguments, world),
        (Some(Command::Scripts), _) => scripts::list(world),
        (Some(Command::Definitions(arguments)), _) => definitions::command(&arguments, world),
        (Some(Command::Profile(arguments)), _) => profile::command(&arguments, world),
        (Some(Command::Doctor(arguments)), _) => doctor::command(&arguments, world),
        (Some(Command::Explain(arguments)), _) => explain::command(&arguments, world),
        (Some(Command::Sandbox(arguments)), _) => sandbox::command(&arguments, world),
        (Some(Command::Catalog(arguments)), _) => catalog::command(&arguments, world),
        (None, Some(code)) => {
            run::code(&cli.pbx, &cli.bounds, &Source::new("<eval>", code), cli.format, cli.arguments, world)
        }
        (None, None) if cli.arguments.is_empty() => {
            prompt::open(&cli.pbx, &cli.bounds, prompt::Start { yes: cli.yes, no_init: cli.no_init }, world)
        }
        (None, None) => run::file(&run::Run::of(cli.pbx, cli.bounds, cli.arguments), world),
    }
}

/// Scripts nest deeper than the stack that a thread gets by itself.
fn on_a_big_stack(work: impl FnOnce() -> Exit + Send + 'static) -> Exit {
    // Address space alone costs nothing, and values that nest in one another are dropped and compared on it too.
    const STACK: usize = 512 << 20;
    let thread = std::thread::Builder::new().name(SCRIPT.to_owned()).stack_size(STACK).spawn(work);
    thread.map_or(Exit::Failed, |thread| thread.join().unwrap_or_else(|_| panics::failed()))
}

#[cfg(test)]
mod tests {
    use super::{Args, CommandFactory};

    use crate::client::secrets::sounds_secret;

    /// A command line is read by everybody on the machine (`ps`): options say where a secret comes from, none what it is.
    #[test]
    fn no_option_takes_a_secret() {
        fn walk(command: &clap::Command, found: &mut Vec<String>) {
            let takes =
                |option: &&clap::Arg| option.get_action().takes_values() && sounds_secret(option.get_id().as_str());
            found.extend(
                command.get_arguments().filter(takes).map(|it| format!("{} {}", command.get_name(), it.get_id())),
            );
            command.get_subcommands().for_each(|command| walk(command, found));
        }
        let mut found = Vec::new();
        walk(&super::Cli::command(), &mut found);
        // What `--pin` takes is the fingerprint of a certificate, which anybody may see.
        found.retain(|it| !it.ends_with(" pin"));
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn the_flags_of_looks_are_those_that_are_looked_for() {
        let look = super::Look::augment_args(clap::Command::new("looks"));
        let flags: Vec<String> = look.get_arguments().filter_map(|it| Some(format!("--{}", it.get_long()?))).collect();
        assert_eq!(flags, [super::ERROR_FORMAT, super::COLOR, super::PLAIN]);
    }

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
