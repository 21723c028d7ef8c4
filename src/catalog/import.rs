//! 3CX's OpenAPI descriptions → the catalog's own text. Facts only: names, types, shapes and the releases that have them.
//!
//! Every release becomes a tree of lines; the trees are laid over one another, and each line remembers which releases
//! brought it. What differs between releases needs no special case: it is a line that not all of them brought.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::catalog::tree::{Node, print};
use crate::catalog::{Catalog, names};

/// One description and the release that it describes.
pub struct Source {
    pub release: String,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    #[error("the description of {release} is not YAML or JSON: {reason}")]
    Unreadable { release: String, reason: String },
    #[error("the description of {release} is empty")]
    Empty { release: String },
    #[error("the description of {release} is a web page")]
    Page { release: String },
    #[error("the description of {release} is no OpenAPI description: it has no `{missing}`")]
    Incomplete { release: String, missing: &'static str },
    #[error("the description of {release} is that of another program: {reason}")]
    Foreign { release: String, reason: &'static str },
    #[error("`{name}` in the description of {release} is built on itself")]
    Cycle { release: String, name: String },
    #[error("the description of {release} is too large: at most {most} {what} are read")]
    TooLarge { release: String, most: usize, what: &'static str },
    #[error("two descriptions are both of release {release}")]
    Twice { release: String },
}

/// The two texts of a catalog.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    pub operations: String,
    pub types: String,
    /// What the descriptions have and a catalog cannot hold.
    pub left_out: Vec<String>,
}

/// Six times the size of the newest.
const MOST_BYTES: usize = 8 << 20;
const MOST_ENTRIES: usize = 10_000;

/// Reads descriptions, in any order.
pub fn import(sources: Vec<Source>) -> Result<Texts, ImportError> {
    import_beside(sources, None)
}

/// The same; where two URLs of a release claim one name, it stays with the one that has it in `known`.
pub fn import_beside(mut sources: Vec<Source>, known: Option<&Catalog>) -> Result<Texts, ImportError> {
    sources.sort_by_key(|source| super::numbers(&source.release));
    if let Some(pair) = sources.windows(2).find(|pair| pair[0].release == pair[1].release) {
        return Err(ImportError::Twice { release: pair[0].release.clone() });
    }
    let releases: Vec<&str> = sources.iter().map(|source| source.release.as_str()).collect();
    let (mut operations, mut types, mut left_out) = (Node::default(), Node::default(), BTreeSet::new());
    for (at, source) in sources.iter().enumerate() {
        let description = Description::read(source)?;
        description.operations(operations.mark(at), known, &mut left_out)?;
        description.types(types.mark(at), &mut left_out)?;
    }
    operations.sort();
    types.sort();
    let left_out = left_out.into_iter().collect();
    Ok(Texts { operations: print(&operations, &releases), types: print(&types, &releases), left_out })
}

/// The method, the path and the description of one URL.
type Given<'v> = (&'v str, &'v str, &'v Value);

struct Description<'a> {
    release: &'a str,
    document: Value,
}

impl<'a> Description<'a> {
    fn read(source: &'a Source) -> Result<Description<'a>, ImportError> {
        let release = || source.release.clone();
        let text = source.text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Err(ImportError::Empty { release: release() });
        }
        if text.starts_with('<') {
            return Err(ImportError::Page { release: release() });
        }
        if text.len() > MOST_BYTES {
            return Err(ImportError::TooLarge { release: release(), most: MOST_BYTES >> 20, what: "megabytes" });
        }
        let document = yaml_serde::from_str(text)
            .map_err(|error| ImportError::Unreadable { release: release(), reason: error.to_string() })?;
        let description = Description { release: &source.release, document };
        description.check()?;
        Ok(description)
    }

    /// Is it the description of a PBX?
    fn check(&self) -> Result<(), ImportError> {
        let release = || self.release.to_owned();
        let foreign = |reason| ImportError::Foreign { release: release(), reason };
        let missing = |missing| ImportError::Incomplete { release: release(), missing };
        let paths = self.document["paths"].as_object().ok_or_else(|| missing("paths"))?;
        let schemas =
            self.document["components"]["schemas"].as_object().ok_or_else(|| missing("components/schemas"))?;
        if paths.is_empty() {
            return Err(foreign("it has no paths"));
        }
        if !schemas.keys().any(|name| name.starts_with("Pbx.")) {
            return Err(foreign("no type in it begins with `Pbx.`"));
        }
        let too_many = |what| ImportError::TooLarge { release: release(), most: MOST_ENTRIES, what };
        match (paths.len() > MOST_ENTRIES, schemas.len() > MOST_ENTRIES) {
            (true, _) => Err(too_many("paths")),
            (_, true) => Err(too_many("types")),
            _ => Ok(()),
        }
    }

    /// Follows a `$ref`, where there is one.
    fn follow<'v>(&'v self, value: &'v Value) -> &'v Value {
        let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        pointer.and_then(|pointer| self.document.pointer(pointer)).unwrap_or(value)
    }

    fn operations(
        &self,
        root: &mut Node,
        known: Option<&Catalog>,
        left_out: &mut BTreeSet<String>,
    ) -> Result<(), ImportError> {
        let paths = self.document["paths"].as_object().into_iter().flatten();
        // A resource has one tag, even if its operations write it differently.
        let mut tags: BTreeMap<String, String> = BTreeMap::new();
        let mut found: BTreeMap<(String, String), Vec<Given>> = BTreeMap::new();
        for (path, item) in paths {
            for (method, operation) in item.as_object().into_iter().flatten() {
                match method.as_str() {
                    "get" | "post" | "patch" | "delete" if fits(path) && path.starts_with('/') => {}
                    "get" | "post" | "patch" | "delete" | "put" => {
                        left_out.insert(format!("{} {path}", method.to_uppercase()));
                        continue;
                    }
                    _ => continue,
                }
                let own = operation["tags"][0].as_str();
                let first = path.trim_start_matches('/').split(['/', '(']).next().unwrap_or_default();
                let tag: String = own.unwrap_or(first).split_whitespace().collect();
                let tag = if fits(&tag) { tag } else { first.to_owned() };
                let resource = names::resource(&tag);
                let (name, _) = classify(method, path, operation);
                tags.entry(resource.clone()).or_insert(tag);
                found.entry((resource, name)).or_default().push((method, path, operation));
            }
        }
        if found.is_empty() {
            let reason = "it has no operations";
            return Err(ImportError::Foreign { release: self.release.to_owned(), reason });
        }
        for ((resource, name), (method, path, operation)) in one_each(found, known) {
            let tag = tags.get(&resource).map_or(resource.as_str(), String::as_str);
            let node = root.add(format!("resource {resource} {tag}")).add(format!("op {name}"));
            let (_, kind) = classify(method, path, operation);
            self.variant(operation, kind, node.add(format!("{method} {path} {kind}")), left_out);
        }
        Ok(())
    }

    fn variant(&self, operation: &Value, kind: &str, node: &mut Node, left_out: &mut BTreeSet<String>) {
        let parameters: Vec<&Value> =
            operation["parameters"].as_array().into_iter().flatten().map(|given| self.follow(given)).collect();
        for parameter in parameters.iter().filter(|parameter| parameter["in"] == "path") {
            let is_key = kind == "by_number" || !parameter["x-ms-docs-key-type"].is_null();
            let word = if is_key { "key" } else { "param" };
            let name = parameter["name"].as_str().unwrap_or_default();
            if !fits(name) {
                left_out.insert(format!("the parameter {name:?}"));
                continue;
            }
            node.add(format!("{word} {name} {}", typed(&parameter["schema"])));
        }
        let options = ["top", "skip", "search", "filter", "count", "select", "orderby", "expand"];
        let taken = options.into_iter().filter(|option| {
            parameters.iter().any(|parameter| parameter["name"].as_str() == Some(&format!("${option}")))
        });
        let taken: Vec<&str> = taken.collect();
        if !taken.is_empty() {
            node.add(format!("options {}", taken.join(" ")));
        }
        if parameters.iter().any(|parameter| parameter["name"] == "If-Match") {
            node.add("if-match".to_owned());
        }
        if !operation["requestBody"].is_null() {
            let schema = &self.follow(&operation["requestBody"])["content"]["application/json"]["schema"];
            self.body(schema, node, left_out);
        }
        self.result(operation, node);
    }

    fn body(&self, schema: &Value, node: &mut Node, left_out: &mut BTreeSet<String>) {
        let reference = schema["$ref"].as_str().map(type_name);
        // The parameters of an action are a schema of its own in some releases and written in place in others.
        if let Some(name) = reference.filter(|name| !name.ends_with("RequestBody")) {
            node.add(format!("body {name}"));
            return;
        }
        for (name, field) in self.follow(schema)["properties"].as_object().into_iter().flatten() {
            if !fits(name) {
                left_out.insert(format!("the field {name:?}"));
                continue;
            }
            node.add(format!("field {name} {}", typed(field)));
        }
    }

    fn result(&self, operation: &Value, node: &mut Node) {
        let responses = operation["responses"].as_object();
        let success = responses.into_iter().flatten().find(|(status, _)| status.starts_with('2'));
        let Some((_, response)) = success else { return };
        let schema = &self.follow(response)["content"]["application/json"]["schema"];
        let line = if schema.is_null() {
            "returns nothing".to_owned()
        } else {
            match self.value_of(self.follow(schema)) {
                Some(value) if value["type"] == "array" => format!("returns list {}", plain(&value["items"])),
                Some(value) => format!("returns value {}", plain(value)),
                None => format!("returns object {}", plain(schema)),
            }
        };
        node.add(line);
    }

    /// The `value` of a wrapper: a collection, or a single value of a simple type.
    fn value_of<'v>(&'v self, schema: &'v Value) -> Option<&'v Value> {
        let wrapped = |schema: &'v Value| {
            let properties = schema["properties"].as_object()?;
            if properties.len() == 1 { properties.get("value") } else { None }
        };
        wrapped(schema).or_else(|| schema["allOf"].as_array()?.iter().find_map(wrapped))
    }

    fn types(&self, root: &mut Node, left_out: &mut BTreeSet<String>) -> Result<(), ImportError> {
        let mut leave_out = |what: &str, name: &str, of: &str| left_out.insert(format!("the {what} {name:?} of {of}"));
        for (full_name, schema) in self.document["components"]["schemas"].as_object().into_iter().flatten() {
            // Wrappers of collections, OData's own error and reference shapes, and action bodies are no objects of a PBX.
            let Some(name) = full_name.strip_prefix("Pbx.") else { continue };
            if name.ends_with("CollectionResponse") || name.starts_with("ODataErrors.") {
                continue;
            }
            let name = names::ty(name);
            if let Some(values) = schema["enum"].as_array() {
                let flags = if schema["x-ms-enum-flags"].is_null() { "" } else { " flags" };
                let node = root.add(format!("enum {name}{flags}"));
                for (at, value) in values.iter().enumerate() {
                    let value = value.as_str().unwrap_or_default();
                    if !fits(value) {
                        leave_out("value", value, &name);
                        continue;
                    }
                    node.add(match schema["x-enum-varnames"][at].as_str().filter(|alias| fits(alias)) {
                        Some(alias) => format!("{value} {alias}"),
                        None => value.to_owned(),
                    });
                }
                continue;
            }
            let node = root.add(format!("object {name}"));
            let mut properties = Vec::new();
            self.properties(schema, &mut BTreeMap::new(), &mut properties)?;
            for (property_name, property) in properties {
                if !fits(property_name) {
                    leave_out("property", property_name, &name);
                    continue;
                }
                let navigation = if property["x-ms-navigationProperty"].is_null() { "" } else { " nav" };
                node.add(format!("{property_name} {}{navigation}", typed(property)));
            }
        }
        Ok(())
    }

    /// The properties of a schema and of the ones that it builds on: what a base type is called is of no use to a script,
    /// and it changed between releases. `seen` are the references on the way, and whether they were read to the end.
    fn properties<'v>(
        &'v self,
        schema: &'v Value,
        seen: &mut BTreeMap<&'v str, bool>,
        into: &mut Vec<(&'v String, &'v Value)>,
    ) -> Result<(), ImportError> {
        for part in schema["allOf"].as_array().into_iter().flatten() {
            let Some(reference) = part["$ref"].as_str() else {
                self.properties(part, seen, into)?;
                continue;
            };
            match seen.insert(reference, false) {
                Some(false) => {
                    let name = type_name(reference);
                    return Err(ImportError::Cycle { release: self.release.to_owned(), name });
                }
                Some(true) => {}
                None => self.properties(self.follow(part), seen, into)?,
            }
            seen.insert(reference, true);
        }
        into.extend(schema["properties"].as_object().into_iter().flatten());
        Ok(())
    }
}

/// Can it stand in a line of facts?
fn fits(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('#') && !name.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Gives every URL of a release an operation of its own: the first has the name, the others the name with a number.
fn one_each<'v>(
    found: BTreeMap<(String, String), Vec<Given<'v>>>,
    known: Option<&Catalog>,
) -> Vec<((String, String), Given<'v>)> {
    let taken: BTreeSet<(String, String)> = found.keys().cloned().collect();
    let mut all = Vec::new();
    for ((resource, name), mut urls) in found {
        let before = |(method, path, _): &Given| {
            let operation = known.and_then(|known| known.operation(&resource, &name));
            let is_it = operation.is_some_and(|operation| {
                let variants = operation.variants.iter();
                variants
                    .clone()
                    .any(|variant| variant.path == *path && variant.method.as_str().eq_ignore_ascii_case(method))
            });
            (!is_it, path.len())
        };
        urls.sort_by_key(before);
        let mut number = 2;
        for (at, given) in urls.into_iter().enumerate() {
            let mut own = (resource.clone(), name.clone());
            while at > 0
                && (taken.contains(&own) || known.is_some_and(|known| known.operation(&own.0, &own.1).is_some()))
            {
                own.1 = format!("{name}_{number}");
                number += 1;
            }
            all.push((own, given));
        }
    }
    all
}

/// The name of an operation and what it is.
fn classify(method: &str, path: &str, operation: &Value) -> (String, &'static str) {
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let last = segments[segments.len() - 1];
    let bare = last.split('(').next().unwrap_or_default();
    let bare = bare.strip_prefix("Pbx.").unwrap_or(bare);
    match operation["x-ms-docs-operation-type"].as_str() {
        Some("function" | "functionImport") => return (names::operation(bare), "function"),
        Some("action" | "actionImport") => return (names::operation(bare), "action"),
        // What does not say what it is must not pass for a list.
        _ if method == "get" && last.starts_with("Pbx.") => return (names::operation(bare), "function"),
        _ if method != "get" && segments.len() > 1 => return (names::operation(bare), "action"),
        _ if segments.len() > 1 => return (format!("list_{}", names::operation(bare)), "navigation"),
        _ => {}
    }
    let lists = operation["operationId"].as_str().is_some_and(|id| id.starts_with("List"));
    let kind = match method {
        "get" if last.contains("(Number=") => return ("get_by_number".to_owned(), "by_number"),
        "get" if lists => "list",
        "get" => "get",
        "post" => "create",
        "patch" => "update",
        _ => "delete",
    };
    (kind.to_owned(), kind)
}

fn type_name(reference: &str) -> String {
    let name = reference.rsplit('/').next().unwrap_or(reference);
    names::ty(name.strip_prefix("Pbx.").unwrap_or(name))
}

/// A type with what the description says beside it: `string? max=12`.
fn typed(schema: &Value) -> String {
    let nullable = schema["nullable"] == true
        || ["anyOf", "oneOf"]
            .iter()
            .any(|any| schema[any].as_array().into_iter().flatten().any(|part| part["nullable"] == true));
    let mark = if nullable { "?" } else { "" };
    let max = schema["maxLength"].as_u64().map_or(String::new(), |max| format!(" max={max}"));
    format!("{}{mark}{max}", plain(schema))
}

fn plain(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        return type_name(reference);
    }
    for combined in ["allOf", "anyOf", "oneOf"] {
        if let Some(parts) = schema[combined].as_array() {
            return parts.first().map_or_else(|| "any".to_owned(), plain);
        }
    }
    let format = schema["format"].as_str();
    match (schema["type"].as_str(), format) {
        (Some("array"), _) => format!("[{}]", plain(&schema["items"])),
        (Some("boolean"), _) => "bool".to_owned(),
        (Some("string"), Some("date-time")) => "datetime".to_owned(),
        (Some("string"), Some("uuid")) => "guid".to_owned(),
        (Some("string"), Some(format @ ("date" | "time" | "duration"))) => format.to_owned(),
        (Some("string"), _) => "string".to_owned(),
        // Some releases write `number` where others write `integer`; the format is what holds.
        (Some("integer" | "number"), Some(format @ ("int32" | "int64" | "uint8" | "decimal"))) => format.to_owned(),
        (Some("number"), _) => "double".to_owned(),
        (Some("integer"), _) => "int64".to_owned(),
        _ => "any".to_owned(),
    }
}
