//! What scripts can use, in the form that editors read: Rhai's definition files. Types, resources and operations come out of
//! the catalog, functions out of what they say about themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::catalog::effects::effect;
use crate::catalog::overlay::{also_called, doc};
use crate::catalog::{
    Answer, Body, Catalog, FileBody, Method, Operation, Property, QueryOption, Release, ReleaseSet, Resource, Shape,
    Ty, Type, Variant,
};
use crate::script::{Described, Doc};
use crate::show::help::{Help, plain};
use crate::show::reference::group;
use crate::show::{How, calls, reference, text};

/// How wide the text of a comment may be.
const WIDTH: usize = 100;

/// What editors do not take as a name, and the engine neither.
const RESERVED: [&str; 62] = [
    "Fn",
    "as",
    "async",
    "await",
    "break",
    "call",
    "case",
    "catch",
    "const",
    "continue",
    "curry",
    "debug",
    "default",
    "do",
    "else",
    "eval",
    "exit",
    "export",
    "false",
    "fn",
    "for",
    "go",
    "goto",
    "if",
    "import",
    "in",
    "is",
    "is_def_fn",
    "is_def_var",
    "is_shared",
    "let",
    "loop",
    "match",
    "module",
    "new",
    "nil",
    "null",
    "package",
    "print",
    "private",
    "protected",
    "public",
    "return",
    "shared",
    "spawn",
    "static",
    "super",
    "switch",
    "sync",
    "this",
    "thread",
    "throw",
    "true",
    "try",
    "type_of",
    "until",
    "use",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

/// May something be called so in a definition?
#[must_use]
pub fn is_name(text: &str) -> bool {
    let start = |c: char| c.is_ascii_alphabetic() || c == '_';
    text.starts_with(start)
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && text.chars().any(|c| c != '_')
        && !RESERVED.contains(&text)
}

/// What every script has, its type, and the words for it until it says something about itself.
const VARIABLES: [(&str, &str, &str); 2] = [
    ("pbx", "Connection", "The PBX that the command line or the environment names."),
    ("args", "[String]", "What stands behind the script on the command line."),
];

/// Types that are defined elsewhere: the language's own, and the one with all the resources.
const DEFINED: [&str; 6] = ["Array", "Blob", "Connection", "Enum", "Map", "String"];

/// The files by their names, for one release or for all of them.
#[must_use]
pub fn files(catalog: &'static Catalog, release: Option<Release>) -> Vec<(&'static str, String)> {
    let how = How { width: WIDTH, ..How::default() };
    let writer = Writer { catalog, release, help: Help { catalog, release, how } };
    vec![
        ("enums.d.rhai", writer.enums()),
        ("functions.d.rhai", functions()),
        ("resources.d.rhai", writer.resources()),
        ("types.d.rhai", writer.types()),
    ]
}

/// A module that scripts import by its path.
#[must_use]
pub fn module(module: &Described) -> String {
    let mut out = comment("", &module.about);
    let _ = writeln!(out, "module {:?};", module.name);
    for function in &module.functions {
        let parameters: Vec<String> = function.parameters.iter().map(|name| format!("{}: ?", safe(name))).collect();
        let _ = write!(out, "\n{}fn {}({}) -> ?;\n", comment("", &function.docs), function.name, parameters.join(", "));
    }
    out
}

/// A name as it is, or with something behind it.
pub(super) fn safe(name: &str) -> String {
    if is_name(name) { name.to_owned() } else { format!("{name}_") }
}

/// Text as a doc comment.
fn comment(indent: &str, about: &str) -> String {
    let mut fenced = false;
    let mut out = String::new();
    for line in about.trim().lines() {
        fenced ^= line.trim_start().starts_with("```");
        let whole = if fenced { line.to_owned() } else { text::wrap(line, WIDTH, 0) };
        for line in whole.lines().chain(whole.is_empty().then_some("")) {
            let _ = writeln!(out, "{}", format!("{indent}/// {line}").trim_end());
        }
    }
    out
}

/// Everything that says something about itself, and the two variables that every script has.
fn functions() -> String {
    let mut out = "module static;\n\n".to_owned();
    for (name, ty, about) in VARIABLES {
        let about = reference::docs().find(|doc| doc.name == name).map_or(about, |doc| doc.text);
        let _ = write!(out, "{}let {name}: {ty};\n\n", comment("", about));
    }
    for (group, docs) in reference::grouped() {
        let is_module = docs.iter().any(|doc| doc.name.contains("::"));
        match group.filter(|_| is_module) {
            Some(module) => {
                let inside: String = docs.iter().map(|doc| function("    ", doc)).collect();
                let _ = write!(out, "module {module} {{\n{}\n}}\n\n", inside.trim_end());
            }
            None => out.extend(docs.iter().map(|doc| function("", doc))),
        }
    }
    let named = reference::grouped().into_iter().filter_map(|(group, _)| group);
    let types =
        named.filter(|name| name.starts_with(char::is_uppercase)).chain(["List", "Download", "Error", "Object"]);
    for name in types.filter(|name| !DEFINED.contains(name)).collect::<BTreeSet<&str>>() {
        let about = reference::docs().find(|doc| doc.name == name).map_or("", |doc| doc.text);
        let _ = write!(out, "{}type {name} = ?;\n\n", comment("", about));
    }
    out.trim_end().to_owned() + "\n"
}

/// Each way to call a function, with all that it says below the first one.
fn function(indent: &str, doc: &Doc) -> String {
    let mut out = String::new();
    let whole = format!("{}\n\n```rhai\n{}\n```", doc.text, doc.example.trim());
    for call in calls::read(doc) {
        // A reserved word can be called, but no editor takes it as the name of a function.
        if call.is_reserved() {
            let _ = write!(out, "{indent}// {call}\n\n");
            continue;
        }
        out.push_str(&comment(indent, if out.is_empty() { &whole } else { doc.text }));
        let _ = write!(out, "{indent}{call}\n\n");
    }
    let elsewhere = group(doc.name) == Some(doc.name) || VARIABLES.iter().any(|(name, ..)| *name == doc.name);
    if out.is_empty() && !elsewhere {
        let remark = comment(indent, &format!("{}: {}", doc.name, whole)).replace("///", "//");
        let _ = writeln!(out, "{remark}");
    }
    out
}

struct Writer<'a> {
    catalog: &'static Catalog,
    release: Option<Release>,
    help: Help<'a>,
}

impl Writer<'_> {
    fn has(&self, releases: ReleaseSet) -> bool {
        self.release.is_none_or(|release| releases.contains(release))
    }

    /// The properties that are there, each once: the newest of those that changed their type.
    fn properties(&self, properties: &'static [Property]) -> Vec<&'static Property> {
        let mut named: BTreeMap<&str, &Property> = BTreeMap::new();
        for property in properties.iter().filter(|property| self.has(property.releases)) {
            named.insert(property.name, property);
        }
        named.into_values().collect()
    }

    fn types(&self) -> String {
        let mut out = "module static;\n".to_owned();
        for ty in self.catalog.types.iter().filter(|ty| self.has(ty.releases)) {
            let Shape::Object { properties } = &ty.shape else { continue };
            let name = ty.name;
            let about = match self.releases(ty.releases) {
                Some(releases) => format!("An object of the API, {releases}."),
                None => "An object of the API.".to_owned(),
            };
            let _ = write!(out, "\n{}type {name} = #{{\n", comment("", &about));
            for property in self.properties(properties) {
                out.push_str(&comment("    ", &self.about(property, ty)));
                let _ = writeln!(out, "    {}: {},", key(property.name), type_name(property.ty));
            }
            out.push_str("};\n");
            let _ = write!(
                out,
                "\n/// Makes one with these properties, which are checked at once.\nfn {name}(properties: Map) -> {name};\n"
            );
            let _ = write!(out, "\n/// Makes an empty one.\nfn {name}() -> {name};\n");
        }
        out
    }

    fn about(&self, property: &Property, of: &Type) -> String {
        let mut facts = Vec::new();
        if matches!(property.ty, Ty::DateTime | Ty::Date | Ty::Time | Ty::Duration | Ty::Guid) {
            facts.push(property.ty.to_string());
        }
        facts.extend(property.nullable.then(|| "may be ()".to_owned()));
        facts.extend(property.max_length.map(|most| format!("at most {most} characters")));
        facts.extend(property.navigation.then(|| "only when expanded".to_owned()));
        // A property need not repeat what its type says.
        facts.extend(self.releases(property.releases).filter(|_| property.releases != of.releases));
        facts.join(", ")
    }

    /// Which releases have something, where that is to be said.
    fn releases(&self, releases: ReleaseSet) -> Option<String> {
        self.help.releases(releases).filter(|_| self.release.is_none())
    }

    fn enums(&self) -> String {
        let mut out = "module static;\n".to_owned();
        for ty in self.catalog.types.iter().filter(|ty| self.has(ty.releases)) {
            if let Shape::Enum { flags, values } = &ty.shape {
                let there: Vec<_> = values.iter().filter(|value| self.has(value.releases)).collect();
                let _ = write!(out, "\n{}type {} = String;\n", comment("", &self.enum_about(ty, *flags)), ty.name);
                let _ = write!(out, "\nmodule {} {{\n", ty.name);
                for value in there {
                    let name = value.alias.unwrap_or(value.value);
                    let sent = value.alias.map(|_| format!("{:?}", value.value));
                    let own = self.releases(value.releases).filter(|_| value.releases != ty.releases);
                    let facts: Vec<String> = sent.into_iter().chain(own).collect();
                    let about = comment("    ", &facts.join(", "));
                    if is_name(name) {
                        let _ = writeln!(out, "{about}    const {name}: String;");
                    } else {
                        // What is no name can be given as a text all the same.
                        let _ = writeln!(out, "    // {name}");
                    }
                }
                out.push_str("}\n");
            }
        }
        out
    }

    fn enum_about(&self, ty: &Type, flags: bool) -> String {
        let several = if flags { "; several may stand together, with commas between them" } else { "" };
        let releases = self.releases(ty.releases).map(|releases| format!("; {releases}")).unwrap_or_default();
        format!("One of the values of `{}`{several}{releases}.", ty.name)
    }

    fn resources(&self) -> String {
        let there = |it: &&Resource| it.operations.iter().any(|operation| self.has(operation.releases()));
        let resources: Vec<&'static Resource> = self.catalog.resources.iter().filter(there).collect();
        let mut out = "module static;\n\n".to_owned();
        out.push_str(&comment("", "A PBX, and what can be done with it."));
        out.push_str("type Connection = #{\n    name: String,\n    version: String,\n    release: String,\n");
        for resource in &resources {
            out.push_str(&comment("    ", doc(resource.name).unwrap_or_default()));
            let _ = writeln!(out, "    {}: {},", resource.name, resource_type(resource));
        }
        out.push_str("};\n");
        for resource in resources {
            let about = format!("`pbx.{}`: {}", resource.name, doc(resource.name).unwrap_or_default());
            let _ = write!(out, "\n{}type {} = ?;\n", comment("", &about), resource_type(resource));
            for operation in resource.operations.iter().filter(|operation| self.has(operation.releases())) {
                out.push('\n');
                out.push_str(&self.operation(resource, operation));
            }
        }
        out
    }

    fn operation(&self, resource: &Resource, operation: &Operation) -> String {
        let variant = self.help.variant(operation);
        let release = self.help.release_of(variant);
        let full_name = operation.full_name();
        let mut about = doc(&full_name).or_else(|| plain(operation)).unwrap_or_default().to_owned();
        let _ = write!(about, "\n\neffect: {}", effect(operation).name());
        if let Some(releases) = self.releases(operation.releases()) {
            let _ = write!(about, "; {releases}");
        }
        if let Some(other) = also_called(operation.resource, operation.name).first() {
            let _ = write!(about, "; `{other}` is the same");
        }
        let mut parameters = vec![format!("resource: {}", resource_type(resource))];
        for parameter in &variant.parameters {
            parameters.push(format!("{}: {}", safe(parameter.name), type_name(parameter.ty)));
            if parameter.nullable {
                let _ = write!(about, "\n- `{}` may be left out", parameter.name);
            }
        }
        match &variant.body {
            Body::None => {}
            Body::Entity(_) => {
                let ty = variant.entity(release).map_or_else(|| "?".to_owned(), type_name);
                parameters.push(format!("body: {ty}"));
            }
            Body::Fields(fields) => {
                let fields: Vec<String> = fields.iter().map(|it| format!("`{}` {}", it.name, it.ty)).collect();
                let _ = write!(about, "\n- `body` is a map of {}", fields.join(", "));
                parameters.push("body: Map".to_owned());
            }
            Body::File(file) => {
                let _ = write!(about, "\n- `path` is that of a file: {}", file.format);
                parameters.push("path: String".to_owned());
            }
        }
        if let Some(options) = options(variant, release) {
            let _ = write!(about, "\n- `options` is a map of {options}; it may be left out");
            parameters.push("options: Map".to_owned());
        }
        let gives = if operation.is_download() { "Download".to_owned() } else { gives(variant, release) };
        format!("{}fn {}({}) -> {gives};\n", comment("", &about), operation.name, parameters.join(", "))
    }
}

fn options(variant: &Variant, release: Release) -> Option<String> {
    let known = QueryOption::ALL.into_iter().filter(|option| variant.has_option(*option, release));
    let of_file = variant.file().map(|_| FileBody::OPTIONS.map(|(name, _)| name));
    let more = variant.if_match.then_some("if_match").into_iter().chain(of_file.into_iter().flatten());
    let names: Vec<&str> = known.map(QueryOption::name).chain(more).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn gives(variant: &Variant, release: Release) -> String {
    match variant.answer(release) {
        Answer::Nothing => "()".to_owned(),
        Answer::Object(ty) | Answer::Value(ty) => type_name(ty),
        // What comes from an action is there at once.
        Answer::List(ty) if variant.method == Method::Get => format!("List<{}>", type_name(ty)),
        Answer::List(ty) => format!("[{}]", type_name(ty)),
    }
}

/// The type behind `pbx.users`: in the engine all resources are of one, but each has operations of its own.
fn resource_type(resource: &Resource) -> String {
    format!("{}Resource", resource.tag)
}

/// The name of a property, in quotes where it is none.
fn key(name: &str) -> String {
    if is_name(name) { name.to_owned() } else { format!("{name:?}") }
}

fn type_name(ty: Ty) -> String {
    match ty {
        Ty::Bool => "bool".to_owned(),
        Ty::Int32 | Ty::Int64 | Ty::UInt8 => "int".to_owned(),
        Ty::Decimal | Ty::Double => "float".to_owned(),
        Ty::String | Ty::DateTime | Ty::Date | Ty::Time | Ty::Duration | Ty::Guid => "String".to_owned(),
        Ty::Any => "?".to_owned(),
        Ty::Named(name) => name.to_owned(),
        Ty::List(element) => format!("[{}]", type_name(*element)),
    }
}
