//! What is different between two releases, or two PBXs: facts about facts.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::effects::effect;
use crate::catalog::overlay::{instead, renamed};
use crate::catalog::{Answer, Body, Catalog, Operation, Place, Property, Release, Shape, Type};

/// One release of a catalog.
#[derive(Debug, Clone)]
pub struct Side {
    pub name: String,
    pub catalog: &'static Catalog,
    pub release: Release,
}

/// Everything that is not the same on both sides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    pub operations: Group,
    pub types: Group,
}

/// Each sorted by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    pub added: Vec<Entry>,
    pub removed: Vec<Entry>,
    pub changed: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    /// What it is, or what serves instead of it.
    pub about: String,
    /// Empty for what is there on one side only.
    pub details: Vec<Detail>,
}

/// One thing of an operation or a type, on both sides as far as it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    pub part: Part,
    /// Empty for what there is only one of.
    pub name: String,
    pub from: Option<String>,
    pub to: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Url,
    Effect,
    Parameter,
    Option,
    Body,
    Field,
    Result,
    Kind,
    Property,
    Value,
}

impl Part {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Part::Url => "url",
            Part::Effect => "effect",
            Part::Parameter => "parameter",
            Part::Option => "option",
            Part::Body => "body",
            Part::Field => "field",
            Part::Result => "result",
            Part::Kind => "kind",
            Part::Property => "property",
            Part::Value => "value",
        }
    }
}

/// What can be said about an operation or a type.
type Facts = BTreeMap<(Part, String), String>;

impl Group {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

impl Difference {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty() && self.types.is_empty()
    }
}

#[must_use]
pub fn diff(from: &Side, to: &Side) -> Difference {
    let operations = compare(&operations(from), &operations(to), |name| gone(name, to));
    Difference { operations, types: compare(&types(from), &types(to), |_| String::new()) }
}

fn compare(from: &BTreeMap<String, Facts>, to: &BTreeMap<String, Facts>, gone: impl Fn(&str) -> String) -> Group {
    let mut group = Group::default();
    for (name, facts) in from {
        let name = name.clone();
        let Some(now) = to.get(&name) else {
            group.removed.push(Entry { about: gone(&name), name, details: Vec::new() });
            continue;
        };
        let parts: BTreeSet<&(Part, String)> = facts.keys().chain(now.keys()).collect();
        let differs = parts.into_iter().filter(|part| facts.get(part) != now.get(part));
        let details: Vec<Detail> = differs
            .map(|part| Detail {
                part: part.0,
                name: part.1.clone(),
                from: facts.get(part).cloned(),
                to: now.get(part).cloned(),
            })
            .collect();
        if !details.is_empty() {
            group.changed.push(Entry { name, about: String::new(), details });
        }
    }
    let new = to.iter().filter(|(name, _)| !from.contains_key(*name));
    group.added =
        new.map(|(name, facts)| Entry { name: name.clone(), about: about(facts), details: Vec::new() }).collect();
    group
}

/// A line about what is new.
fn about(facts: &Facts) -> String {
    let one = |part: Part| facts.get(&(part, String::new()));
    if let (Some(url), Some(effect)) = (one(Part::Url), one(Part::Effect)) {
        return format!("{effect}, {url}");
    }
    let names = |wanted: Part| {
        let names = facts.keys().filter(|(part, _)| *part == wanted).map(|(_, name)| name.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    let members = if one(Part::Kind).is_some_and(|kind| kind == "object") { Part::Property } else { Part::Value };
    format!("{}: {}", one(Part::Kind).map_or("", String::as_str), names(members))
}

/// What to do without an operation.
fn gone(name: &str, to: &Side) -> String {
    let Some((resource, own)) = name.split_once('.') else { return String::new() };
    let is_there = |name: &str| {
        let operation = to.catalog.operation(resource, name);
        operation.is_some_and(|operation| operation.variant(to.release).is_some())
    };
    let pairs = renamed().filter_map(|(shown, other)| Some((shown.strip_prefix(resource)?.strip_prefix('.')?, other)));
    let mut others = pairs.filter_map(|(shown, other)| match own {
        _ if own == shown => Some(other),
        _ if own == other => Some(shown),
        _ => None,
    });
    match others.find(|other| is_there(other)) {
        Some(other) => format!("is called `{resource}.{other}` there; either name works"),
        None => instead(name).map(|instead| format!("instead: {instead}")).unwrap_or_default(),
    }
}

fn operations(side: &Side) -> BTreeMap<String, Facts> {
    let all = side.catalog.operations();
    all.filter_map(|operation| Some((operation.full_name(), operation_facts(operation, side.release)?))).collect()
}

fn operation_facts(operation: &Operation, release: Release) -> Option<Facts> {
    let variant = operation.variant(release)?;
    let mut facts = Facts::new();
    let mut add = |part: Part, name: &str, what: String| facts.insert((part, name.to_owned()), what);
    add(Part::Url, "", format!("{} {}", variant.method.as_str(), variant.path));
    add(Part::Effect, "", effect(operation).name().to_owned());
    for parameter in variant.parameters.iter().filter(|parameter| parameter.releases.contains(release)) {
        let key = if parameter.place == Place::Key { ", a key" } else { "" };
        let ty = typed(parameter.ty.to_string(), parameter.nullable, parameter.max_length);
        add(Part::Parameter, parameter.name, format!("{ty}{key}"));
    }
    for (option, _) in variant.options.iter().filter(|(_, releases)| releases.contains(release)) {
        add(Part::Option, option.name(), String::new());
    }
    match &variant.body {
        Body::None => {}
        Body::Entity(types) => {
            for (ty, _) in types.iter().filter(|(_, releases)| releases.contains(release)) {
                add(Part::Body, "", ty.to_string());
            }
        }
        Body::File(file) => {
            add(Part::Body, "", format!("a file, {}", file.format));
        }
        Body::Fields(fields) => {
            for field in fields.iter().filter(|field| field.releases.contains(release)) {
                add(Part::Field, field.name, property(field));
            }
        }
    }
    let result = match variant.answer(release) {
        Answer::Nothing => "nothing".to_owned(),
        Answer::Object(ty) | Answer::Value(ty) => ty.to_string(),
        Answer::List(ty) => format!("[{ty}]"),
    };
    add(Part::Result, "", result);
    Some(facts)
}

fn types(side: &Side) -> BTreeMap<String, Facts> {
    let all = side.catalog.types.iter().filter(|ty| ty.releases.contains(side.release));
    all.map(|ty| (ty.name.to_owned(), type_facts(ty, side.release))).collect()
}

fn type_facts(ty: &Type, release: Release) -> Facts {
    let mut facts = Facts::new();
    let mut add = |part: Part, name: &str, what: String| facts.insert((part, name.to_owned()), what);
    match &ty.shape {
        Shape::Object { properties } => {
            add(Part::Kind, "", "object".to_owned());
            for own in properties.iter().filter(|property| property.releases.contains(release)) {
                add(Part::Property, own.name, property(own));
            }
        }
        Shape::Enum { flags, values } => {
            add(Part::Kind, "", if *flags { "flags" } else { "enum" }.to_owned());
            for value in values.iter().filter(|value| value.releases.contains(release)) {
                add(Part::Value, value.value, value.alias.unwrap_or_default().to_owned());
            }
        }
    }
    facts
}

fn property(property: &Property) -> String {
    let expanded = if property.navigation { ", when expanded" } else { "" };
    format!("{}{expanded}", typed(property.ty.to_string(), property.nullable, property.max_length))
}

/// `string, may be null, at most 12 characters`.
fn typed(mut ty: String, nullable: bool, max_length: Option<u32>) -> String {
    if nullable {
        ty.push_str(", may be null");
    }
    if let Some(most) = max_length {
        ty.push_str(&format!(", at most {most} characters"));
    }
    ty
}
