//! The sandbox held against 3CX's own descriptions, where `PBXSH_SPEC_DIR` names a folder with them: what it answers is what the
//! description of the release promises. The descriptions are not part of the project; without them the catalog has to do.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use pbxsh::catalog::Catalog;
use pbxsh::sandbox::{CLIENT_ID, CLIENT_SECRET, Pbx, Setup, handle};
use serde_json::{Value, json};

use crate::common::NOW;

/// One release: its description, and a PBX of it with somebody logged in.
struct World {
    release: String,
    document: Value,
    pbx: Pbx,
    token: String,
    /// A key that exists, for each entity set.
    keys: BTreeMap<String, Value>,
}

impl World {
    fn new(file: &PathBuf) -> World {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let release = name.trim_start_matches("xapi-").to_owned();
        let text = std::fs::read_to_string(file).expect("a description");
        let document = yaml_serde::from_str(&text).expect("YAML");
        let mut world =
            World { pbx: company(&release), release, document, token: String::new(), keys: BTreeMap::new() };
        world.login();
        world
    }

    fn login(&mut self) {
        let form = format!("grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}");
        let request = Request::post("/connect/token").header("content-type", "application/x-www-form-urlencoded");
        let answer = handle(&mut self.pbx, request.body(Bytes::from(form)).expect("a request"));
        let answer: Value = serde_json::from_slice(answer.body()).expect("JSON");
        self.token = answer["access_token"].as_str().expect("a token").to_owned();
    }

    fn ask(&mut self, method: &str, target: &str, body: Option<&Value>) -> Response<Bytes> {
        let request = Request::builder().method(method.to_uppercase().as_str()).uri(target);
        let request = request.header("authorization", format!("Bearer {}", self.token));
        let request = request.header("content-type", "application/json");
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        handle(&mut self.pbx, request.body(body).expect("a request"))
    }

    fn follow<'v>(&'v self, value: &'v Value) -> &'v Value {
        let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        pointer.and_then(|pointer| self.document.pointer(pointer)).unwrap_or(value)
    }

    /// A key of the first entity of a set.
    fn key(&mut self, set: &str, name: &str) -> Value {
        let cached = format!("{set}.{name}");
        if let Some(known) = self.keys.get(&cached) {
            return known.clone();
        }
        let answer = self.ask("get", &format!("/xapi/v1/{set}?$top=1"), None);
        let answer: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let key = answer["value"][0][name].clone();
        self.keys.insert(cached, key.clone());
        key
    }

    /// Fills a path with plausible values.
    fn target(&mut self, path: &str, operation: &Value) -> String {
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let parameters: Vec<Value> = parameters.iter().map(|given| self.follow(given).clone()).collect();
        let set = path.trim_start_matches('/').split(['(', '/']).next().unwrap_or_default().to_owned();
        let mut target = path.to_owned();
        for parameter in parameters.iter().filter(|parameter| parameter["in"] == "path") {
            let name = parameter["name"].as_str().expect("a name");
            let is_key = !parameter["x-ms-docs-key-type"].is_null() || path.contains("(Number={Number})");
            let key = if is_key { self.key(&set, name) } else { Value::Null };
            let text = match (&key, name, parameter["schema"]["type"].as_str(), parameter["schema"]["format"].as_str())
            {
                (Value::Number(number), ..) => number.to_string(),
                (Value::String(text), _, _, Some("uuid")) => text.clone(),
                (Value::String(text), ..) => {
                    format!("'{}'", text.replace('\'', "''").replace('/', "%2F").replace(' ', "%20"))
                }
                (_, "clientTimeZone", ..) => "'Europe%2FBerlin'".to_owned(),
                (_, "waitInterval" | "answerInterval" | "callTimeFilterFrom" | "callTimeFilterTo", ..) => {
                    "'0:00:0'".to_owned()
                }
                (_, "number" | "dnNumber" | "dn", ..) => "'100'".to_owned(),
                (_, _, Some("boolean"), _) => "false".to_owned(),
                (_, _, Some("integer" | "number"), _) => "1".to_owned(),
                (_, _, _, Some("date-time")) => "2026-03-01T00:00:00Z".to_owned(),
                (_, _, _, Some("uuid")) => "1e6ed594-af95-4bb4-af56-b957ac87d6d7".to_owned(),
                _ => "''".to_owned(),
            };
            target = target.replace(&format!("{{{name}}}"), &text);
        }
        format!("/xapi/v1{target}")
    }

    /// A body with what an action asks for; nothing of an entity is required.
    fn body(&self, operation: &Value) -> Option<Value> {
        let body = self.follow(&operation["requestBody"]);
        let schema = self.follow(&body["content"]["application/json"]["schema"]);
        if body.is_null() {
            return None;
        }
        let fields = schema["properties"]
            .as_object()
            .filter(|_| operation["x-ms-docs-operation-type"].as_str() == Some("action"));
        Some(json!(
            fields
                .into_iter()
                .flatten()
                .map(|(name, field)| (name.clone(), self.sample(field)))
                .collect::<BTreeMap<_, _>>()
        ))
    }

    fn sample(&self, schema: &Value) -> Value {
        let schema = self.follow(schema);
        for any in ["allOf", "anyOf", "oneOf"] {
            if let Some(first) = schema[any].get(0) {
                return self.sample(first);
            }
        }
        if let Some(value) = schema["enum"].get(0) {
            return value.clone();
        }
        match schema["type"].as_str() {
            Some("array") => json!([]),
            Some("boolean") => json!(false),
            Some("integer" | "number") => json!(1),
            Some("string") if schema["format"] == "date-time" => json!("2026-03-01T00:00:00Z"),
            Some("string") => json!("x"),
            _ => json!({}),
        }
    }

    /// Why a value is not what a schema promises.
    fn misfit(&self, schema: &Value, value: &Value, place: &str) -> Option<String> {
        let nullable = schema["nullable"] == true;
        let schema = self.follow(schema);
        if value.is_null() {
            let fine =
                nullable || schema["nullable"] == true || ["anyOf", "oneOf"].iter().any(|any| schema[any].is_array());
            return (!fine).then(|| format!("{place} is null"));
        }
        if let Some(parts) = schema["allOf"].as_array() {
            return parts.iter().find_map(|part| self.misfit(part, value, place));
        }
        for any in ["anyOf", "oneOf"] {
            if let Some(parts) = schema[any].as_array() {
                let fits = parts.iter().any(|part| self.misfit(part, value, place).is_none());
                return (!fits).then(|| format!("{place}: {value} fits no {any}"));
            }
        }
        if let Some(values) = schema["enum"].as_array() {
            // A result that is a single value stands in a wrapper, which the description forgets where the value is an enum.
            let value = if place.is_empty() { &value["value"] } else { value };
            let flags = !schema["x-ms-enum-flags"].is_null();
            let text = value.as_str().unwrap_or_default();
            let known = |text: &str| values.iter().any(|known| known == text);
            let fits = known(text) || (flags && text.split(',').all(|part| known(part.trim())));
            return (!fits).then(|| format!("{place}: {value} is no value of the enum"));
        }
        let wrong = || Some(format!("{place}: {value} is no {}", schema["type"]));
        match schema["type"].as_str() {
            Some("string") if !value.is_string() => wrong(),
            Some("boolean") if !value.is_boolean() => wrong(),
            // Decimals are declared as integers.
            Some("integer" | "number") if !value.is_number() => wrong(),
            Some("integer") if schema["format"] != "decimal" && value.as_i64().is_none() => wrong(),
            Some("array") => match value.as_array() {
                Some(items) => {
                    let items = items.iter().enumerate();
                    items.take(20).find_map(|(at, item)| self.misfit(&schema["items"], item, &format!("{place}[{at}]")))
                }
                None => wrong(),
            },
            Some("object") => match value.as_object() {
                Some(fields) => fields.iter().find_map(|(name, field)| {
                    let property = schema["properties"].get(name)?;
                    self.misfit(property, field, &format!("{place}.{name}"))
                }),
                None => wrong(),
            },
            _ => None,
        }
    }

    /// Every property of an entity is one that the description has.
    fn stranger(&self, schema: &Value, value: &Value) -> Option<String> {
        let schema = self.follow(schema);
        let mut known = Vec::new();
        self.names(schema, &mut known);
        let fields = value.as_object()?;
        if known.is_empty() {
            return None;
        }
        fields.keys().find(|name| !name.starts_with("@odata.") && !known.contains(&name.as_str())).cloned()
    }

    fn names<'v>(&'v self, schema: &'v Value, known: &mut Vec<&'v str>) {
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.names(self.follow(part), known);
        }
        known.extend(schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()));
    }

    /// What is wrong with the answer of one operation.
    fn check(&mut self, method: &str, path: &str, operation: &Value) -> Option<String> {
        let target = self.target(path, operation);
        let body = self.body(operation);
        let answer = self.ask(method, &target, body.as_ref());
        let (status, kind) = (answer.status().as_u16(), answer.headers().get("content-type"));
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
        let told = format!("{} {method} {target} → {status} {kind}", self.release);
        let value: Option<Value> = serde_json::from_slice(answer.body()).ok();
        if status >= 400 {
            let refused = matches!(status, 400 | 403 | 404);
            let unknown = value.as_ref().is_some_and(|value| value["error"] == "Resource not found");
            let bad = value.as_ref().is_none_or(|value| !value["error"]["message"].is_string()) && status != 403;
            return (!refused || unknown || bad).then(|| format!("{told}: {}", String::from_utf8_lossy(answer.body())));
        }
        let responses = operation["responses"].as_object().expect("responses");
        let Some(promised) = responses.get(&status.to_string()) else {
            let declared: Vec<&String> = responses.keys().collect();
            return Some(format!("{told}: declared are {declared:?}"));
        };
        let schema = self.follow(promised)["content"]["application/json"]["schema"].clone();
        // A PBX answers downloads with the file, whatever its description says.
        if kind != "application/json" && !kind.starts_with("application/json;") && !schema.is_null() {
            let name = path.rsplit("Pbx.").next().unwrap_or_default();
            let file = ["Download", "Export", "Generate", "Get"].iter().any(|start| name.starts_with(start));
            return (!file).then(|| format!("{told}: a file where JSON is declared"));
        }
        if schema.is_null() {
            return (!answer.body().is_empty()).then(|| format!("{told}: a body where none is declared"));
        }
        let Some(value) = value else { return Some(format!("{told}: no JSON")) };
        let misfit = self.misfit(&schema, &value, "");
        let stranger =
            || self.stranger(&schema, &value).map(|name| format!("a property `{name}` that is not declared"));
        misfit.or_else(stranger).map(|reason| format!("{told}: {reason}"))
    }
}

fn company(release: &str) -> Pbx {
    let catalog = Catalog::builtin();
    let now: jiff::Timestamp = NOW.parse().expect("a time");
    let release = catalog.release(release).expect("a known release");
    Pbx::company(catalog, Setup { release, seed: 3, clock: Arc::new(move || now) })
}

#[test]
fn every_answer_is_what_the_description_of_the_release_promises() {
    let Some(folder) = std::env::var_os("PBXSH_SPEC_DIR") else {
        println!("skipped: PBXSH_SPEC_DIR does not name a folder with the descriptions");
        return;
    };
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let (mut asked, mut wrong) = (0, Vec::new());
    for file in &files {
        let mut world = World::new(file);
        let paths = world.document["paths"].as_object().expect("paths").clone();
        for (path, item) in &paths {
            for (method, operation) in
                item.as_object().expect("a path").iter().filter(|(method, _)| *method != "description")
            {
                asked += 1;
                wrong.extend(world.check(method, path, operation));
                // What one operation deletes, even the client that asks, the next one still needs.
                if method != "get" {
                    world.pbx = company(&world.release);
                    world.login();
                    world.keys.clear();
                }
            }
        }
    }
    println!("{asked} operations of {} releases asked", files.len());
    assert!(wrong.is_empty(), "{} of {asked}\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked > 3000);
}
