//! 3CX's OpenAPI descriptions → the catalog's own text. Facts only: names, types, shapes and the releases that have them.
//!
//! Every release becomes a tree of lines; the trees are laid over one another, and each line remembers which releases
//! brought it. What differs between releases needs no special case: it is a line that not all of them brought.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

use crate::catalog::names::snake;

/// One description and the release that it describes.
pub struct Source {
    pub release: String,
    pub text: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("the description of {release} is not YAML or JSON: {reason}")]
    Unreadable { release: String, reason: String },
    #[error("the description of {release} has no {missing}")]
    Incomplete { release: String, missing: String },
    #[error("two descriptions are both of release {release}")]
    Twice { release: String },
}

/// The two texts of a catalog.
pub struct Texts {
    pub operations: String,
    pub types: String,
}

/// Reads descriptions, in any order.
pub fn import(mut sources: Vec<Source>) -> Result<Texts, ImportError> {
    sources.sort_by_key(|source| super::numbers(&source.release));
    if let Some(pair) = sources.windows(2).find(|pair| pair[0].release == pair[1].release) {
        return Err(ImportError::Twice { release: pair[0].release.clone() });
    }
    let releases: Vec<&str> = sources.iter().map(|source| source.release.as_str()).collect();
    let (mut operations, mut types) = (Node::default(), Node::default());
    for (at, source) in sources.iter().enumerate() {
        let description = Description::read(source)?;
        description.operations(operations.mark(at))?;
        description.types(types.mark(at))?;
    }
    operations.sort();
    types.sort();
    Ok(Texts { operations: print(&operations, &releases), types: print(&types, &releases) })
}

/// A line, the releases that brought it, and the lines below it.
#[derive(Default)]
struct Node {
    line: String,
    releases: u32,
    children: Vec<Node>,
    /// Where the release being read last added a line: new lines keep their neighbours.
    cursor: usize,
    current: usize,
}

impl Node {
    /// Begins the lines that release number `at` brings.
    fn mark(&mut self, at: usize) -> &mut Node {
        self.releases |= 1 << at;
        self.current = at;
        self.cursor = 0;
        self
    }

    fn add(&mut self, line: String) -> &mut Node {
        let place = match self.children.iter().position(|child| child.line == line) {
            Some(place) => place,
            None => {
                let place = self.cursor.min(self.children.len());
                self.children.insert(place, Node { line, ..Node::default() });
                place
            }
        };
        self.cursor = place + 1;
        let at = self.current;
        self.children[place].mark(at)
    }

    /// Sorts what has no order of its own, by name and then by release, so that the text depends on the facts alone.
    fn sort(&mut self) {
        let word = self.line.split(' ').next().unwrap_or_default();
        match word {
            // By the name alone: two shapes of one property stand together, the older first.
            "" | "resource" | "object" => {
                let keyword = |line: &str| ["resource", "op", "object", "enum"].contains(&line);
                let name = |line: &str| line.split(' ').find(|part| !keyword(part)).unwrap_or_default().to_owned();
                self.children.sort_by_key(|child| (name(&child.line), child.releases.trailing_zeros()));
            }
            "op" => self.children.sort_by_key(|child| child.releases.trailing_zeros()),
            // The parameters of a call and the values of an enum have 3CX's order.
            _ => return,
        }
        self.children.iter_mut().for_each(Node::sort);
    }
}

fn print(root: &Node, releases: &[&str]) -> String {
    let mut out = format!("releases {}\n", releases.join(" "));
    let all = (1u32 << releases.len()) - 1;
    for child in &root.children {
        out.push('\n');
        print_node(child, all, 0, releases, &mut out);
    }
    out
}

fn print_node(node: &Node, above: u32, depth: usize, releases: &[&str], out: &mut String) {
    // A resource and an operation have the releases of their variants and need none of their own.
    let frame = if node.line.starts_with("resource ") || node.line.starts_with("op ") { above } else { node.releases };
    let set = if frame == above { String::new() } else { format!(" @{}", ranges(node.releases, releases)) };
    let _ = writeln!(out, "{:depth$}{}{set}", "", node.line, depth = depth * 2);
    for child in &node.children {
        print_node(child, frame, depth + 1, releases, out);
    }
}

fn ranges(set: u32, releases: &[&str]) -> String {
    let mut parts = Vec::new();
    let mut at = 0;
    while at < releases.len() {
        if set & (1 << at) == 0 {
            at += 1;
            continue;
        }
        let first = at;
        while at + 1 < releases.len() && set & (1 << (at + 1)) != 0 {
            at += 1;
        }
        parts.push(match (first == at, at + 1 == releases.len()) {
            // Open to the newest, so that the next release leaves the line alone.
            (_, true) => format!("{}-", releases[first]),
            (true, false) => releases[first].to_owned(),
            (false, false) => format!("{}-{}", releases[first], releases[at]),
        });
        at += 1;
    }
    parts.join(",")
}

/// The method, the path and the description of one URL.
type Given<'v> = (&'v str, &'v str, &'v Value);

struct Description<'a> {
    release: &'a str,
    document: Value,
}

impl<'a> Description<'a> {
    fn read(source: &'a Source) -> Result<Description<'a>, ImportError> {
        let document = yaml_serde::from_str(&source.text)
            .map_err(|error| ImportError::Unreadable { release: source.release.clone(), reason: error.to_string() })?;
        Ok(Description { release: &source.release, document })
    }

    fn missing(&self, what: &str) -> ImportError {
        ImportError::Incomplete { release: self.release.to_owned(), missing: what.to_owned() }
    }

    /// Follows a `$ref`, where there is one.
    fn follow<'v>(&'v self, value: &'v Value) -> &'v Value {
        let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        pointer.and_then(|pointer| self.document.pointer(pointer)).unwrap_or(value)
    }

    fn operations(&self, root: &mut Node) -> Result<(), ImportError> {
        let paths = self.document["paths"].as_object().ok_or_else(|| self.missing("paths"))?;
        let mut found: BTreeMap<(String, String), Vec<Given>> = BTreeMap::new();
        for (path, item) in paths {
            for (method, operation) in item.as_object().into_iter().flatten() {
                if !matches!(method.as_str(), "get" | "post" | "patch" | "delete") {
                    continue;
                }
                let tag = operation["tags"][0].as_str().ok_or_else(|| self.missing(&format!("tag for {path}")))?;
                let (name, _) = classify(method, path, operation);
                let resource = format!("{} {tag}", snake(tag));
                found.entry((resource, name)).or_default().push((method, path, operation));
            }
        }
        for ((resource, name), variants) in found {
            let resource = root.add(format!("resource {resource}"));
            let operation_node = resource.add(format!("op {name}"));
            for (method, path, operation) in variants {
                let (_, kind) = classify(method, path, operation);
                self.variant(operation, kind, operation_node.add(format!("{method} {path} {kind}")));
            }
        }
        Ok(())
    }

    fn variant(&self, operation: &Value, kind: &str, node: &mut Node) {
        let parameters: Vec<&Value> =
            operation["parameters"].as_array().into_iter().flatten().map(|given| self.follow(given)).collect();
        for parameter in parameters.iter().filter(|parameter| parameter["in"] == "path") {
            let is_key = kind == "by_number" || !parameter["x-ms-docs-key-type"].is_null();
            let word = if is_key { "key" } else { "param" };
            let name = parameter["name"].as_str().unwrap_or_default();
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
            self.body(schema, node);
        }
        self.result(operation, node);
    }

    fn body(&self, schema: &Value, node: &mut Node) {
        let reference = schema["$ref"].as_str().map(type_name);
        // The parameters of an action are a schema of its own in some releases and written in place in others.
        if let Some(name) = reference.filter(|name| !name.ends_with("RequestBody")) {
            node.add(format!("body {name}"));
            return;
        }
        for (name, field) in self.follow(schema)["properties"].as_object().into_iter().flatten() {
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

    fn types(&self, root: &mut Node) -> Result<(), ImportError> {
        let schemas = self.document["components"]["schemas"].as_object().ok_or_else(|| self.missing("schemas"))?;
        for (full_name, schema) in schemas {
            // Wrappers of collections, OData's own error and reference shapes, and action bodies are no objects of a PBX.
            let Some(name) = full_name.strip_prefix("Pbx.") else { continue };
            if name.ends_with("CollectionResponse") || name.starts_with("ODataErrors.") {
                continue;
            }
            if let Some(values) = schema["enum"].as_array() {
                let flags = if schema["x-ms-enum-flags"].is_null() { "" } else { " flags" };
                let node = root.add(format!("enum {name}{flags}"));
                for (at, value) in values.iter().enumerate() {
                    let value = value.as_str().unwrap_or_default();
                    node.add(match schema["x-enum-varnames"][at].as_str() {
                        Some(alias) => format!("{value} {alias}"),
                        None => value.to_owned(),
                    });
                }
                continue;
            }
            let node = root.add(format!("object {name}"));
            let mut properties = Vec::new();
            self.properties(schema, &mut properties);
            for (name, property) in properties {
                let navigation = if property["x-ms-navigationProperty"].is_null() { "" } else { " nav" };
                node.add(format!("{name} {}{navigation}", typed(property)));
            }
        }
        Ok(())
    }

    /// The properties of a schema and of the ones that it builds on: what a base type is called is of no use to a script,
    /// and it changed between releases.
    fn properties<'v>(&'v self, schema: &'v Value, into: &mut Vec<(&'v String, &'v Value)>) {
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.properties(self.follow(part), into);
        }
        into.extend(schema["properties"].as_object().into_iter().flatten());
    }
}

/// The name of an operation and what it is.
fn classify(method: &str, path: &str, operation: &Value) -> (String, &'static str) {
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let last = segments[segments.len() - 1];
    let bare = last.split('(').next().unwrap_or_default();
    let bare = bare.strip_prefix("Pbx.").unwrap_or(bare);
    match operation["x-ms-docs-operation-type"].as_str() {
        Some("function" | "functionImport") => return (snake(bare), "function"),
        Some("action" | "actionImport") => return (snake(bare), "action"),
        _ if segments.len() > 1 => return (format!("list_{}", snake(bare)), "navigation"),
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

fn type_name(reference: &str) -> &str {
    let name = reference.rsplit('/').next().unwrap_or(reference);
    name.strip_prefix("Pbx.").unwrap_or(name)
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
        return type_name(reference).to_owned();
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
