//! The command line of one operation, made of its facts: its keys, its options, and those of every run.

use std::ffi::OsStr;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::catalog::overlay::doc;
use crate::catalog::{Answer, Catalog, FileBody, Operation, Parameter, Property, QueryOption, Shape, Ty};
use crate::cli::bounds::Bounds;
use crate::cli::call::line;
use crate::cli::completions::{self, fitting};
use crate::cli::world::World;
use crate::cli::{Look, Pbx, for_readers};
use crate::show::Format;
use crate::show::help::Help;

/// What somebody said about one call.
pub(super) struct Words {
    pub(super) pbx: Pbx,
    pub(super) bounds: Bounds,
    pub(super) format: Format,
    /// The line of a script is wanted and not its result.
    pub(super) script: bool,
    /// Nobody is to be asked.
    pub(super) yes: bool,
    pub(super) said: Said,
}

/// What belongs to the operation itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// Keys and parameters in their order.
    pub(super) positional: Vec<String>,
    /// Parameters and options by name.
    pub(super) named: Vec<(String, String)>,
    pub(super) body: Option<String>,
    /// What is sent in the place of a body.
    pub(super) file: Option<String>,
    pub(super) set: Vec<String>,
    pub(super) save: Option<String>,
}

/// An option of ours, which some operations have.
const PARTIAL: (&str, &str) = ("partial", "Rows that failed are rows of the answer, and no error");

impl Words {
    pub(super) fn read(
        operation: &'static Operation,
        words: &[String],
        help: &Help,
        world: &World,
    ) -> Result<Words, clap::Error> {
        let rest = words.iter().cloned();
        let command = for_readers(command(operation, help), world);
        let matches = command.try_get_matches_from(std::iter::once("pbxsh call".to_owned()).chain(rest))?;
        let text = |id: &str| matches.get_one::<String>(id).cloned();
        let mut said = Said { body: optional(&matches, "call-body"), save: text("call-save"), ..Said::default() };
        said.file = optional(&matches, "call-file");
        said.set = all(&matches, "call-set");
        said.positional = parameters(operation).into_iter().map_while(|it| optional(&matches, &place(it))).collect();
        for name in named(operation) {
            let given = optional(&matches, &name);
            said.named.extend(given.map(|value| (name.clone(), value)));
        }
        let mut bounds = Bounds::from_arg_matches(&matches)?;
        bounds.permissions = bounds.permissions.of_a_person();
        Ok(Words {
            pbx: Pbx::from_arg_matches(&matches)?,
            bounds,
            format: matches.get_one::<Format>("call-format").copied().unwrap_or(Format::Auto),
            script: matches.get_flag("call-script"),
            yes: matches.get_flag("call-yes"),
            said,
        })
    }
}

/// A parameter may stand in its place or be named.
fn place(parameter: &Parameter) -> String {
    format!("place-{}", parameter.name)
}

/// Arguments that an operation does not have are unknown to clap.
fn optional(matches: &ArgMatches, id: &str) -> Option<String> {
    matches.try_get_one::<String>(id).ok().flatten().cloned()
}

fn all(matches: &ArgMatches, id: &str) -> Vec<String> {
    matches.try_get_many::<String>(id).ok().flatten().into_iter().flatten().cloned().collect()
}

/// Which PBX is meant, as far as a look tells: its catalog has the operation.
pub(super) fn pbx(words: &[String]) -> Pbx {
    let behind = |at: usize| words.get(at + 1).cloned();
    let profile = words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix("--profile")? {
        "" => behind(at),
        rest => rest.strip_prefix('=').map(str::to_owned),
    });
    Pbx { sandbox: words.iter().any(|word| word == "--sandbox"), profile, ..Pbx::default() }
}

/// The command line before the operation is known.
pub(super) fn bare() -> Command {
    let operation = Arg::new("call-operation").value_name("OPERATION").required(true);
    let operation = operation.add(ArgValueCompleter::new(completions::operations));
    Look::augment_args(Bounds::augment_args(Pbx::augment_args(Command::new("pbxsh call"))))
        .about("Call one operation without a script: `pbxsh call users.list --top 5`")
        .after_help("`pbxsh call users.list --help` shows what an operation takes, `pbxsh ops WORDS` finds one.")
        .max_term_width(100)
        .arg(operation.help("RESOURCE.NAME, as in `users.list`; behind it stand its keys, its options and those above"))
}

/// The command line of an operation, all releases together: which of them the PBX has is known later.
pub(super) fn command(operation: &'static Operation, help: &Help) -> Command {
    let name = operation.full_name();
    let mut command = Command::new("pbxsh call").max_term_width(100);
    // Those of every run first: where a name is taken, the option of the operation is left to scripts.
    command = Look::augment_args(Bounds::augment_args(Pbx::augment_args(command)))
        .about(doc(&name).or_else(|| doc(operation.resource)).unwrap_or_default())
        .after_help(help.operation(operation))
        .arg(Arg::new("call-operation").value_name(name).required(true).hide(true));
    let parameters = parameters(operation);
    for parameter in &parameters {
        let place = Arg::new(place(parameter)).value_name(parameter.name).allow_negative_numbers(true);
        command = command.arg(place.hide_possible_values(true));
    }
    let taken = |command: &Command, name: &str| command.get_arguments().any(|arg| arg.get_long() == Some(name));
    for parameter in &parameters {
        if !taken(&command, parameter.name) {
            let arg = named_arg(parameter.name, parameter.ty, help.catalog).help_heading("Parameters");
            let lower = parameter.name.to_lowercase();
            let other = lower != parameter.name && !taken(&command, &lower);
            let arg = if other { arg.alias(lower) } else { arg };
            command = command.arg(arg);
        }
    }
    for option in options(operation) {
        if !taken(&command, option.name()) {
            command = command.arg(
                named_arg(option.name(), type_of(option.name()), help.catalog)
                    .add(columns(operation, option))
                    .help(about(option))
                    .help_heading("OData options"),
            );
        }
    }
    let own = match file(operation) {
        Some(_) => FileBody::OPTIONS.to_vec(),
        None => vec![PARTIAL],
    };
    for (name, about) in own {
        command =
            command.arg(named_arg(name, type_of(name), help.catalog).help(about).help_heading("Options of pbxsh"));
    }
    if let Some(file) = file(operation) {
        let path = Arg::new("call-file").value_name("FILE").value_hint(clap::ValueHint::FilePath);
        command = command.arg(path.help(format!("What is sent: {}", file.format)));
    }
    if operation.variants.iter().any(|variant| variant.takes_body()) {
        let body = Arg::new("call-body").long("body").value_name("JSON|@FILE|-").help_heading("Body");
        let set = Arg::new("call-set").long("set").value_name("PROPERTY=VALUE").help_heading("Body");
        command = command
            .arg(body.add(ArgValueCompleter::new(completions::bodies)).help("The body: JSON, a file behind `@`, or `-` for the standard input"))
            .arg(set.action(ArgAction::Append).add(properties(operation)).help(
            "One property of the body, also inside of another (`Hours.Type=…`); `PROPERTY:=JSON` for what is no text",
        ));
    }
    let save = Arg::new("call-save").long("save").value_name("FILE").help_heading("Output");
    let format = Arg::new("call-format").long("format").value_name("FORMAT").help_heading("Output");
    let script = Arg::new("call-script").long("script").action(ArgAction::SetTrue).help_heading("Output");
    let yes = Arg::new("call-yes").long("yes").action(ArgAction::SetTrue).help_heading("PBX");
    command
        .arg(yes.help(
            "Do not ask before it deletes something on a live PBX, or makes it act; without a terminal nobody is asked",
        ))
        .arg(
            format
                .value_parser(super::super::format)
                .add(completions::formats())
                .help("How the value looks: auto, table, record, json, ndjson or csv"),
        )
        .arg(save.help("Write a list (.csv, .ndjson, .json) or a download into a file"))
        .arg(script.help("Print the call as a line of a script and do nothing"))
}

fn named_arg(name: &'static str, ty: Ty, catalog: &Catalog) -> Arg {
    let arg = Arg::new(name).long(name).value_name("VALUE").allow_hyphen_values(true);
    match ty {
        Ty::Bool => arg.num_args(0..=1).require_equals(true).default_missing_value("true").value_parser(TRUTH),
        Ty::Named(ty) => match catalog.ty(ty).map(|ty| &ty.shape) {
            Some(Shape::Enum { values, .. }) => {
                arg.value_parser(PossibleValuesParser::new(values.iter().map(|value| value.value)))
            }
            _ => arg,
        },
        _ => arg,
    }
}

const TRUTH: [&str; 2] = ["true", "false"];

/// Keys and parameters of all releases, those of the newest first.
pub(super) fn parameters(operation: &'static Operation) -> Vec<&'static Parameter> {
    let mut all: Vec<&Parameter> = operation.newest().parameters.iter().collect();
    for parameter in operation.variants.iter().rev().flat_map(|variant| &variant.parameters) {
        if all.iter().all(|known| !known.name.eq_ignore_ascii_case(parameter.name)) {
            all.push(parameter);
        }
    }
    all
}

fn options(operation: &'static Operation) -> Vec<QueryOption> {
    let mut all = Vec::new();
    for (option, _) in operation.variants.iter().flat_map(|variant| &variant.options) {
        if !all.contains(option) {
            all.push(*option);
        }
    }
    all
}

/// `FirstName=`, and `Type=Extension` behind it.
fn properties(operation: &'static Operation) -> ArgValueCompleter {
    let fields: Vec<&'static Property> = line::fields(operation);
    ArgValueCompleter::new(move |typed: &OsStr| {
        let typed_text = typed.to_string_lossy();
        let (path, value) =
            typed_text.split_once('=').map_or((&*typed_text, None), |(path, value)| (path, Some(value)));
        let (start, last) = path.rsplit_once('.').map_or(("", path), |(start, last)| (start, last));
        let mut here = fields.clone();
        for name in start.split('.').filter(|name| !name.is_empty()) {
            let of_it = here.iter().find(|field| field.name == name);
            here = of_it.map(|field| line::properties(field.ty).iter().collect()).unwrap_or_default();
        }
        if value.is_some() {
            let of_it = here.iter().find(|field| field.name == last);
            let all = of_it.map(|field| values(field.ty)).unwrap_or_default();
            return fitting(all.into_iter().map(|value| CompletionCandidate::new(format!("{path}={value}"))), typed);
        }
        let start = if start.is_empty() { String::new() } else { format!("{start}.") };
        let about = |field: &&Property| {
            let end = if line::properties(field.ty).is_empty() { '=' } else { '.' };
            let name = format!("{start}{}{end}", field.name);
            CompletionCandidate::new(name).help(Some(field.ty.to_string().into()))
        };
        fitting(here.iter().map(about), typed)
    })
}

/// `Number,FirstName`: the properties of the rows, behind what is said already.
fn columns(operation: &'static Operation, option: QueryOption) -> ArgValueCompleter {
    ArgValueCompleter::new(move |typed: &OsStr| {
        let variant = operation.newest();
        let answer = variant.releases.last().map(|release| variant.answer(release));
        let Some(Answer::List(row) | Answer::Object(row)) = answer else { return Vec::new() };
        let fits = match option {
            QueryOption::Select | QueryOption::Orderby => |field: &&Property| !field.navigation,
            QueryOption::Expand => |field: &&Property| field.navigation,
            QueryOption::Filter => |_: &&Property| true,
            _ => return Vec::new(),
        };
        let typed_text = typed.to_string_lossy();
        let start = typed_text.rfind(',').map_or("", |at| &typed_text[..=at]);
        let all = line::properties(row).iter().filter(fits);
        let about = |field: &Property| {
            CompletionCandidate::new(format!("{start}{}", field.name)).help(Some(field.ty.to_string().into()))
        };
        fitting(all.map(about), typed)
    })
}

/// The words that a property can be set to, where there are such.
fn values(ty: Ty) -> Vec<&'static str> {
    match ty {
        Ty::Bool => TRUTH.to_vec(),
        Ty::Named(name) => match Catalog::known().ty(name).map(|ty| &ty.shape) {
            Some(Shape::Enum { values, .. }) => values.iter().map(|value| value.value).collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Whatever may be given by name.
fn named(operation: &'static Operation) -> Vec<String> {
    let parameters = parameters(operation).into_iter().map(|parameter| parameter.name);
    let options = options(operation).into_iter().map(QueryOption::name);
    let own = FileBody::OPTIONS.into_iter().chain([PARTIAL]).map(|(name, _)| name);
    parameters.chain(options).chain(own).map(str::to_owned).collect()
}

fn file(operation: &'static Operation) -> Option<&'static FileBody> {
    operation.variants.iter().find_map(|variant| variant.file())
}

/// What is wanted behind an option of this name.
pub(super) fn type_of(option: &str) -> Ty {
    match option {
        "top" | "skip" => Ty::Int64,
        "count" | "partial" | "replace" => Ty::Bool,
        _ => Ty::String,
    }
}

fn about(option: QueryOption) -> &'static str {
    match option {
        QueryOption::Top => "At most so many rows",
        QueryOption::Skip => "Leave out so many rows at the beginning",
        QueryOption::Search => "Rows in which these words occur",
        QueryOption::Filter => "Rows for which this holds, as in \"Number eq '100'\"",
        QueryOption::Count => "Ask how many rows there are in all",
        QueryOption::Select => "These properties, separated by commas",
        QueryOption::Orderby => "Sorted by these properties, as in \"LastName desc\"",
        QueryOption::Expand => "Together with what belongs to it: Groups, \"Groups($expand=Rights)\"",
    }
}
