//! `pbxsh run FILE` and `pbxsh -e CODE`

use std::io::{IsTerminal, Read};
use std::mem::ManuallyDrop;
use std::path::Path;

use clap::CommandFactory;

use crate::bindings::{Fault, nearest};
use crate::cli::bounds::Bounds;
use crate::cli::wiring::wire;
use crate::cli::world::World;
use crate::cli::{Cli, Pbx, bundled, completions, kept};
use crate::code::Code;
use crate::diag::{self, ErrorFormat, Exit, render};
use crate::plan::Change;
use crate::script::native::Dynamic;
use crate::script::{Ending, Kind, Source};
use crate::show::{self, Format, How, UNBOUNDED};

#[derive(Debug, clap::Args)]
pub(super) struct Run {
    #[command(flatten)]
    pbx: Pbx,
    #[command(flatten)]
    bounds: Bounds,
    /// A script; `@name` is one that came with pbxsh (see `pbxsh scripts`), `-` is standard input
    #[arg(value_name = "FILE", add = completions::scripts())]
    file: String,
    /// What the script sees as `args`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl Run {
    /// `pbxsh FILE …`, which is also what a script's first line `#!` calls.
    pub(super) fn of(pbx: Pbx, bounds: Bounds, mut arguments: Vec<String>) -> Run {
        let file = arguments.remove(0);
        Run { pbx, bounds, file, arguments }
    }
}

pub(super) fn file(run: &Run, world: &World) -> Exit {
    let source = match source(&run.file) {
        Ok(source) => source,
        Err(reason) => {
            if run.file.starts_with('-') {
                return unknown_option(&run.file, world);
            }
            let commands = Cli::command();
            let commands = commands.get_subcommands().map(clap::Command::get_name).chain(["help"]);
            // `--trace full x.rhai`, `--allow-read /srv x.rhai`: none of these needs a value, so that what follows is the script.
            let value = ["lines", "full"].contains(&run.file.as_str()) || Path::new(&run.file).is_dir();
            let hint = match nearest(&run.file, commands) {
                Some(command) if command == run.file => format!("a command stands first: `pbxsh {command} …`"),
                _ if value => {
                    "a value of `--trace`, `--allow-…` or `--deny-…` stands behind `=`, as in `--trace=full`".to_owned()
                }
                Some(command) => format!("did you mean `pbxsh {command}`?"),
                None => "`pbxsh scripts` lists those that came with pbxsh, `pbxsh --help` the commands".to_owned(),
            };
            let message = format!("cannot read the script `{}`: {reason}", run.file);
            return world.complain(Code::File, &message, Some(&hint));
        }
    };
    exit_of(evaluate(&run.pbx, &run.bounds, &source, run.arguments.clone(), world, |_| Ok(())))
}

/// What begins so and is no file was meant for pbxsh.
fn unknown_option(given: &str, world: &World) -> Exit {
    let name = given.split('=').next().unwrap_or(given);
    let command = Cli::command();
    let known: Vec<String> =
        command.get_arguments().filter_map(|known| Some(format!("--{}", known.get_long()?))).collect();
    let hint = match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`pbxsh --help` shows the options".to_owned(),
    };
    world.complain(Code::Usage, &format!("there is no option `{name}`"), Some(&hint))
}

/// `pbxsh` with a script on its standard input instead of a person.
pub(super) fn stdin(pbx: &Pbx, bounds: &Bounds, world: &World) -> Exit {
    match source("-") {
        Ok(source) => exit_of(evaluate(pbx, bounds, &source, Vec::new(), world, |_| Ok(()))),
        Err(reason) => world.complain(Code::File, &format!("cannot read the standard input: {reason}"), None),
    }
}

pub(super) fn code(
    pbx: &Pbx,
    bounds: &Bounds,
    code: &Source,
    format: Format,
    arguments: Vec<String>,
    world: &World,
) -> Exit {
    let how = How { format, whole: Some("--format record shows all"), ..how(world) };
    let print = |value: &Dynamic| {
        if let Some(text) = show::value(value, &how)? {
            world.print(text.trim_end());
        }
        Ok(())
    };
    exit_of(evaluate(pbx, bounds, code, arguments, world, print))
}

/// How values look on the standard output.
pub(super) fn how(world: &World) -> How {
    let (unicode, width) = (world.style.unicode, world.room());
    let plain = world.is_plain();
    // What is in nobody's window has no lines to be broken.
    let width = if plain && !std::io::stdout().is_terminal() { UNBOUNDED } else { width };
    How { width, unicode: unicode && !plain, plain, colour: world.colours_output(), ..How::default() }
}

fn exit_of(result: Result<(), Exit>) -> Exit {
    result.err().unwrap_or(Exit::Success)
}

pub(super) fn source(name: &str) -> Result<Source, String> {
    if name == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(|error| error.to_string())?;
        return Ok(Source::new("<stdin>", readable(text)));
    }
    if let Some(bundled) = name.strip_prefix('@') {
        return bundled::script(bundled)
            .ok_or_else(|| "no such script came with pbxsh; see `pbxsh scripts`".to_owned());
    }
    read(Path::new(name), name)
}

/// The script in a file.
pub(super) fn read(path: &Path, name: &str) -> Result<Source, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    Ok(Source::new(name, readable(text)))
}

fn readable(text: String) -> String {
    // Some editors begin a file with a mark that is no text.
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    // The line for the system's program loader is a comment to the engine, of the same length for the sake of positions.
    text.strip_prefix("#!/").map_or_else(|| text.clone(), |rest| format!("// {rest}"))
}

/// Runs a source and hands its value on while Ctrl-C still stops the work: showing a list may ask for its pages.
fn evaluate(
    pbx: &Pbx,
    bounds: &Bounds,
    source: &Source,
    arguments: Vec<String>,
    world: &World,
    then: impl FnOnce(&Dynamic) -> Result<(), Fault>,
) -> Result<(), Exit> {
    let pbx = &pbx.chosen(world)?;
    kept::install(kept::main_of(pbx).as_deref(), world);
    let wired = wire(pbx, bounds, Some(source), world).map_err(|reason| world.complain(Code::Usage, &reason, None))?;
    // The process ends behind the run: taking thousands of functions apart before would only take time.
    let mut wired = ManuallyDrop::new(wired);
    world.on_ctrl_c(&wired.stop.interrupt);
    wired.session.set_arguments(arguments);
    let value = wired.session.run(source);
    let done = value.and_then(|value| then(&value).map_err(|fault| show::failure(fault, diag::fault)));
    world.draw(None);
    let done = done.map_err(|failure| {
        let failure = failure.because(wired.stop.ending());
        if let Kind::Ended(Ending::Exit(code)) = failure.kind {
            return Exit::Chosen(code);
        }
        if let Kind::Skipped(_) = failure.kind {
            world.tell(&diag::failure(&failure).0.message);
            return Exit::Success;
        }
        let (report, exit) = render(&failure, &wired.bindings.pbx().take_account(), world.style);
        world.tell(report.trim_end());
        exit
    });
    if pbx.plan {
        // Whoever calls `exit` is done.
        let whole = matches!(done, Ok(()) | Err(Exit::Chosen(_) | Exit::Success));
        tell_plan(&wired.bindings.pbx().plans().changes(), whole, world);
    }
    done
}

/// What the run would have changed.
fn tell_plan(changes: &[Change], whole: bool, world: &World) {
    if world.style.format == ErrorFormat::Json {
        return world.tell(&show::plan::record(changes).to_string());
    }
    if !changes.is_empty() {
        world.tell(&show::plan::page(changes, None, &How { colour: world.style.colour, ..how(world) }));
    }
    world.tell(match (changes.is_empty(), whole) {
        (true, true) => "plan: nothing would be changed",
        (true, false) => "plan: nothing would be changed before it failed",
        (false, true) => "nothing of it was sent; a run without `--plan` sends it",
        (false, false) => "nothing of it was sent; it ends where the script failed, which may have had more to do",
    });
}
