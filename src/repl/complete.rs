//! What may stand at the cursor. Reads the catalog and the names of the session; never asks a PBX, never evaluates.

use crate::bindings::signature;
use crate::catalog::effects::effect;
use crate::catalog::overlay::{doc, meant_from, said};
use crate::catalog::{Catalog, Operation, Property, Release, Resource, Shape};
use crate::diag::codes;
use crate::repl::builtin;
use crate::repl::commands::{COMMANDS, Takes, choices, find};
use crate::repl::context::{Place, Receiver, call, context};
use crate::repl::kinds::Known;
use crate::repl::seen::Seen;
use crate::script::Doc;
use crate::show::{Format, reference, text};
use crate::terminal::is_obeyed;

/// What can be put into the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) text: String,
    /// What stands in the list of candidates.
    pub(super) shown: String,
}

/// What is known of a value without looking at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sort {
    Connection,
    Object(String),
    List(String),
    /// An array of objects of one type, by its first one.
    Array(String),
    /// Of a type that the documentation knows, or of none.
    Other(String),
}

impl std::fmt::Display for Sort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Sort::Connection => f.write_str("a connection"),
            Sort::Object(ty) | Sort::Other(ty) => f.write_str(ty),
            Sort::List(ty) => write!(f, "a list of {ty}"),
            Sort::Array(ty) => write!(f, "an array of {ty}"),
        }
    }
}

/// What the session has, as it was when the prompt came up.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    pub(super) release: Option<Release>,
    pub(super) variables: Vec<(String, Sort)>,
    pub(super) functions: Vec<String>,
    pub(super) modules: Vec<String>,
    /// The functions of the modules that were imported, by their aliases: `hours` and `is_open(at)`.
    pub(super) imported: Vec<(String, Vec<String>)>,
    /// What commands can be given.
    pub(super) given: Vec<(Takes, String)>,
    pub(super) profiles: Vec<String>,
    /// The rows that were seen.
    pub(super) seen: Seen,
    /// The paths that go on from what is typed.
    pub(super) files: Option<fn(&str) -> Vec<String>>,
}

const WORDS: [&str; 20] = [
    "let", "const", "fn", "for", "in", "if", "else", "while", "loop", "switch", "return", "throw", "try", "catch",
    "import", "as", "break", "continue", "true", "false",
];

pub(super) const FUNCTIONS: [&str; 6] = ["connect(", "filter(", "print(", "profiles(", "type_of(", "args"];

/// More would not be read.
const MOST: usize = 400;

/// So many candidates stand below one another, each with what it is; more of them stand side by side.
const DESCRIBED: usize = 60;

/// More that begin alike stand for one another where there are many candidates.
const ALIKE: usize = 20;

/// The candidates at a cursor, and where the word begins that they replace.
pub(super) fn complete(line: &str, cursor: usize, names: &Names, catalog: &Catalog) -> (usize, Vec<Candidate>) {
    let at = context(line, cursor);
    let before = line.get(..cursor).unwrap_or(line);
    let this = Completion { names, catalog, before };
    // Somebody left out the `pbx.` before a resource.
    if let Place::Member(Receiver::Path(path)) = &at.place
        && let [name] = path.as_slice()
        && let Some(resource) = catalog.resource(name)
        && matches!(this.known(path), Known::Nothing)
        && let Some(start) = before.strip_suffix(at.word).and_then(|head| head.rfind(name))
    {
        let operations = this.members_of_resource(resource);
        let all = operations.map(|it| pair(format!("pbx.{name}.{}", it.text), it.shown)).collect();
        return (start, chosen(all, before.get(start..).unwrap_or_default(), true));
    }
    let all = match &at.place {
        Place::Nothing => Vec::new(),
        Place::Command => COMMANDS.iter().map(|it| pair(it.name, format!(":{}  {}", it.name, it.does))).collect(),
        Place::CommandArgument(command) => this.command_argument(command, at.word),
        Place::Import => names.modules.iter().map(plain).chain(this.sources(at.word)).collect(),
        Place::Member(receiver) => this.members(receiver),
        Place::Key(argument) => this.keys(argument),
        Place::Selection(argument, option, text) => match this.row(&argument.call) {
            Some(row) => this.selection(row, option, text),
            None => Vec::new(),
        },
        Place::Put(argument, name) => this.wanted(this.type_in(argument, name), at.word),
        Place::Compared(path) => this.wanted(this.compared(path), at.word),
        Place::Choice(argument, name) => this.choices(argument, name),
        Place::Text(call, index) => this.texts(call, *index, at.word),
        Place::Assigned(path) => this.assigned(path),
        Place::Value(ty) => this.values(ty),
        Place::Name => this.names(at.word),
    };
    let mut fitting = chosen(all, at.word, !matches!(at.place, Place::CommandArgument(_)));
    // What follows already need not come twice.
    let rest = line.get(cursor..).unwrap_or_default();
    for candidate in &mut fitting {
        for end in ["(", ": "] {
            if rest.starts_with(end.trim_end())
                && let Some(stripped) = candidate.text.strip_suffix(end)
            {
                candidate.text = stripped.to_owned();
            }
        }
    }
    // Names of files and of what a PBX has may hold anything.
    fitting.retain(|candidate| !candidate.text.contains(is_obeyed));
    fitting.iter_mut().for_each(|candidate| candidate.shown = text::line(&candidate.shown));
    if fitting.len() > DESCRIBED {
        fitting = together(fitting, at.word);
        fitting.iter_mut().for_each(|candidate| candidate.shown.clone_from(&candidate.text));
    }
    (at.start, fitting)
}

/// Those that begin with the word, if need be in other capitals, between quotes or without the `pbx.` before them; where none
/// does, what people call so, and those that hold it.
fn chosen(all: Vec<Candidate>, word: &str, sensitive: bool) -> Vec<Candidate> {
    let lower = word.to_lowercase();
    let bare = |it: &Candidate| it.text.trim_start_matches('"').trim_start_matches("pbx.").to_owned();
    let exactly = |it: &Candidate| {
        it.text.starts_with(word) || it.text.strip_prefix('"').is_some_and(|text| text.starts_with(word))
    };
    let of = |fits: &dyn Fn(&Candidate) -> bool| all.iter().filter(|it| fits(it)).cloned().collect::<Vec<_>>();
    let whole = |it: &Candidate| exactly(it) && (lower.starts_with("pbx.") || !it.text.starts_with("pbx."));
    let mut fitting = if sensitive { of(&whole) } else { Vec::new() };
    if fitting.is_empty() && sensitive {
        fitting = of(&|it| exactly(it) || bare(it).starts_with(word));
    }
    if fitting.is_empty() {
        fitting = of(&|it| it.text.to_lowercase().starts_with(&lower) || bare(it).to_lowercase().starts_with(&lower));
    }
    if fitting.is_empty() && word.len() > 2 {
        let meant: Vec<&str> = meant_from(&lower).collect();
        let resources = meant
            .iter()
            .filter_map(|name| all.iter().find(|it| it.text == **name || it.text.strip_prefix("pbx.") == Some(*name)));
        let holding = all.iter().filter(|it| it.text.to_lowercase().contains(&lower) && !it.text.starts_with("pbx."));
        fitting = resources.chain(holding).cloned().collect();
    }
    let mut seen = std::collections::HashSet::new();
    fitting.retain(|candidate| seen.insert(candidate.text.clone()));
    fitting.truncate(MOST);
    fitting
}

/// Of many candidates those that begin alike are one: `report_`.
fn together(all: Vec<Candidate>, word: &str) -> Vec<Candidate> {
    let start = |it: &Candidate| it.text.find('_').filter(|at| *at > word.len()).map(|at| it.text[..=at].to_owned());
    let mut counts: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    all.iter().filter_map(start).for_each(|start| *counts.entry(start).or_default() += 1);
    let mut out: Vec<Candidate> = Vec::new();
    for candidate in all {
        match start(&candidate).filter(|start| counts.get(start).is_some_and(|count| *count > ALIKE)) {
            Some(start) if out.iter().all(|it| it.text != start) => out.push(plain(start)),
            Some(_) => {}
            None => out.push(candidate),
        }
    }
    out
}

pub(super) fn pair(text: impl Into<String>, shown: impl Into<String>) -> Candidate {
    Candidate { text: text.into(), shown: shown.into() }
}

pub(super) fn plain(text: impl AsRef<str>) -> Candidate {
    pair(text.as_ref(), text.as_ref())
}

/// What comes behind the open bracket of a call: `Id, User)`.
pub(super) fn hint(line: &str, names: &Names, catalog: &Catalog) -> Option<String> {
    if !line.trim_end().ends_with(['(', ',']) {
        return None;
    }
    let (path, index) = call(line)?;
    let this = Completion { names, catalog, before: line };
    let signature = match this.operation(&path) {
        Some((operation, variant)) => signature(operation, variant),
        // The longest way to call a function names all that it takes.
        None => {
            let doc =
                reference::docs().find(|doc| path == [doc.name] && reference::group(doc.name) != Some(doc.name))?;
            let heads = doc.calls.iter().map(|call| call.split(" → ").next().unwrap_or(call));
            heads.max_by_key(|call| call.len())?.to_owned()
        }
    };
    let inner = signature.split_once('(')?.1.strip_suffix(')')?;
    let (mut depth, mut parts) = (0_usize, vec![String::new()]);
    for c in inner.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if c == ',' && depth == 0 {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    let left: Vec<&str> = parts.iter().skip(index).map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
    (!left.is_empty()).then(|| format!("{})", left.join(", ")))
}

pub(super) struct Completion<'a> {
    pub(super) names: &'a Names,
    pub(super) catalog: &'a Catalog,
    pub(super) before: &'a str,
}

impl<'a> Completion<'a> {
    pub(super) fn release(&self) -> Release {
        self.names.release.unwrap_or(self.catalog.usual)
    }

    fn command_argument(&self, command: &str, word: &str) -> Vec<Candidate> {
        match command {
            "load" => {
                let bundled = self.names.given.iter().filter(|(of, _)| matches!(of, Takes::Script | Takes::Example));
                let bundled = bundled.map(|(_, name)| plain(format!("@{name}")));
                return if word.starts_with('@') { bundled.collect() } else { self.files(word) };
            }
            "save" => return self.files(word),
            "use" => return self.names.profiles.iter().map(plain).chain([plain("sandbox")]).collect(),
            "ops" => return said().chain(self.catalog.resources.iter().map(|it| it.name)).map(plain).collect(),
            _ => {}
        }
        match find(command).map(|command| command.takes) {
            Some(Takes::Format) => Format::NAMES.iter().map(plain).collect(),
            Some(Takes::Code) => codes::known().map(plain).collect(),
            Some(Takes::Topic) => self.topics(word),
            Some(takes) => choices(takes, self.before, &self.names.given).into_iter().map(plain).collect(),
            None => Vec::new(),
        }
    }

    fn topics(&self, word: &str) -> Vec<Candidate> {
        let commands = || COMMANDS.iter().map(|it| pair(format!(":{}", it.name), format!(":{}  {}", it.name, it.does)));
        let functions = || reference::docs().map(|doc| plain(doc.name));
        if word.starts_with(':') {
            return commands().collect();
        }
        let (start, path) = word.strip_prefix("pbx.").map_or(("", word), |path| ("pbx.", path));
        if let Some((owner, _)) = path.split_once('.') {
            if let Some(resource) = self.catalog.resource(owner) {
                let name = |it: &Operation| format!("{start}{}", it.full_name());
                return resource.operations.iter().map(|it| about(&name(it), doc(&it.full_name()))).collect();
            }
            let properties = self.catalog.ty(owner).map(|ty| self.properties(ty.name)).into_iter().flatten();
            let properties = properties.map(|it| about(&format!("{owner}.{}", it.name), Some(&it.ty.to_string())));
            return properties.chain(functions()).collect();
        }
        let resources = self.catalog.resources.iter().map(|it| about(&format!("{start}{}", it.name), doc(it.name)));
        let types = self.catalog.types.iter().map(|ty| plain(ty.name));
        let modules = self.names.modules.iter().map(plain);
        resources.chain(types).chain(functions()).chain(modules).collect()
    }

    /// Does the connected release have it, if it is known?
    fn is_there(&self, operation: &Operation) -> bool {
        self.names.release.is_none_or(|release| operation.variant(release).is_some())
    }

    fn members(&self, receiver: &Receiver) -> Vec<Candidate> {
        match self.of_receiver(receiver) {
            Known::Pbx => {
                let has_any = |it: &&Resource| it.operations.iter().any(|operation| self.is_there(operation));
                let resources = self.catalog.resources.iter().filter(has_any).map(|it| about(it.name, doc(it.name)));
                resources.chain(members_of("Connection")).collect()
            }
            Known::Resource(resource) => self.members_of_resource(resource).collect(),
            Known::Object(ty) => {
                let fields = self.properties(ty).map(|it| pair(it.name, format!("{}  {}", it.name, it.ty)));
                fields.chain(members_of("Object")).collect()
            }
            Known::List(_) => members_of("List").collect(),
            Known::Array(_) => members_of("array").collect(),
            Known::Value(ty) => members_of(ty).collect(),
            Known::Nothing => Vec::new(),
        }
    }

    fn members_of_resource(&self, resource: &'a Resource) -> impl Iterator<Item = Candidate> {
        let there = resource.operations.iter().filter(|operation| self.is_there(operation));
        there.map(|operation| self.call_of(operation))
    }

    /// `list(options)  read`
    fn call_of(&self, operation: &'a Operation) -> Candidate {
        let variant = self.variant(operation);
        let bare = variant.parameters.is_empty() && !variant.takes_body() && variant.options.is_empty();
        let full = signature(operation, variant);
        let short = full.split_once('.').map_or(full.as_str(), |(_, short)| short);
        let said = doc(&operation.full_name()).map(|said| format!("  {said}")).unwrap_or_default();
        let shown = format!("{}  {}{said}", text::cut(short, 70, false), effect(operation).name());
        pair(format!("{}({}", operation.name, if bare { ")" } else { "" }), shown)
    }

    pub(super) fn properties(&self, ty: &str) -> impl Iterator<Item = &'a Property> {
        let release = self.names.release;
        let there = move |it: &&Property| release.is_none_or(|release| it.releases.contains(release));
        self.catalog.properties(ty).iter().filter(there)
    }

    pub(super) fn values(&self, ty: &str) -> Vec<Candidate> {
        let Some(Shape::Enum { values, .. }) = self.catalog.ty(ty).map(|ty| &ty.shape) else {
            let imported = self.names.imported.iter().filter(|(alias, _)| alias == ty).flat_map(|(_, calls)| calls);
            let of_module = reference::docs().filter(|doc| reference::group(doc.name) == Some(ty));
            return of_module.filter_map(function).chain(imported.map(|call| of_call(call))).collect();
        };
        let there = values.iter().filter(|value| self.names.release.is_none_or(|it| value.releases.contains(it)));
        there.map(|value| plain(value.constant())).collect()
    }

    pub(super) fn names(&self, word: &str) -> Vec<Candidate> {
        let variables = self.names.variables.iter().map(|(name, sort)| about(name, Some(&sort.to_string())));
        let functions = self.names.functions.iter().map(|name| pair(format!("{name}("), format!("{name}(…)")));
        let mut all = self.keys_here(word);
        all.extend([plain("pbx")].into_iter().chain(variables).chain(functions));
        // Where an operation wants something, all that there is besides is no help before a letter is typed.
        if word.is_empty() && call(self.before).is_some_and(|(path, _)| self.operation(&path).is_some()) {
            return all;
        }
        all.extend(FUNCTIONS.iter().map(plain));
        for (group, docs) in reference::grouped() {
            match group {
                None => all.extend(docs.into_iter().filter_map(function)),
                Some(module) if docs.iter().any(|doc| doc.name.contains("::")) => {
                    all.push(pair(format!("{module}::"), format!("{module}::…")));
                }
                Some(_) => {}
            }
        }
        all.extend(self.names.imported.iter().map(|(alias, _)| pair(format!("{alias}::"), format!("{alias}::…"))));
        if !word.is_empty() {
            all.extend(WORDS.iter().map(plain));
            let here = self.before.strip_suffix(word).unwrap_or(self.before).trim_end();
            if !here.ends_with('.') {
                let resources = self.catalog.resources.iter();
                all.extend(resources.map(|it| about(&format!("pbx.{}", it.name), doc(it.name))));
            }
            all.extend(self.catalog.types.iter().map(|ty| match ty.shape {
                Shape::Object { .. } => pair(format!("{}(", ty.name), format!("{}(#{{…}})", ty.name)),
                Shape::Enum { .. } => pair(format!("{}::", ty.name), format!("{}::…", ty.name)),
            }));
        }
        all
    }
}

/// What stands behind the dot of a value of a type.
fn members_of(ty: &str) -> impl Iterator<Item = Candidate> {
    let documented = if ty == "array" { "Array" } else { ty };
    let documented = reference::members(documented).into_iter();
    let own = builtin::calls(ty).iter().map(|call| of_call(call));
    documented.map(|(name, call)| pair(name, text::cut(&call, 70, false))).chain(own)
}

/// `split(separator) → array` is completed to `split(`, and `len()` as it is.
fn of_call(call: &str) -> Candidate {
    let name = call.split('(').next().unwrap_or(call);
    let end = if call.starts_with(&format!("{name}()")) { "()" } else { "(" };
    pair(format!("{name}{end}"), text::cut(call, 70, false))
}

/// `read(path) → array` for `read(`; nothing for what is no function.
fn function(doc: &Doc) -> Option<Candidate> {
    let name = reference::short(doc.name);
    let start = doc.name.strip_suffix(name).unwrap_or_default();
    let mut calls = doc.calls.iter().filter_map(|call| call.strip_prefix(start)?.strip_prefix(name)?.strip_prefix('('));
    let first = calls.next()?;
    let bare = first.starts_with(')') && calls.next().is_none();
    Some(pair(format!("{name}({}", if bare { ")" } else { "" }), text::cut(&format!("{name}({first}"), 70, false)))
}

pub(super) fn about(name: &str, said: Option<&str>) -> Candidate {
    pair(name, format!("{name}  {}", said.unwrap_or_default()).trim_end())
}
