//! What was said about a call → a line of a script.

use serde_json::{Map, Value};

use crate::catalog::{Body, Catalog, Operation, Property, Ty};
use crate::cli::call::literal;
use crate::cli::call::words::{Said, parameters, type_of};

/// `pbx.users.update(12, #{ FirstName: "Ada" })`.
///
/// A word that does not fit its type goes into the line as a text: the call itself says what is wrong with it.
pub(super) fn write(operation: &'static Operation, said: &Said) -> Result<String, String> {
    let mut named: Vec<&(String, String)> = said.named.iter().collect();
    let mut arguments: Vec<String> = Vec::new();
    // Only what follows on something that is missing is left to the names.
    for (at, parameter) in parameters(operation).iter().enumerate() {
        let by_name = named.iter().position(|(name, _)| name == parameter.name);
        let Some(word) = said.positional.get(at).or_else(|| by_name.map(|at| &named.remove(at).1)) else { break };
        arguments.push(literal::of(&literal::read(word, parameter.ty)));
    }
    arguments.extend(said.file.iter().map(|path| literal::of(&Value::from(path.as_str()))));
    arguments.extend(body(operation, said)?.map(|body| literal::of(&Value::Object(body))));
    let types = parameters(operation);
    let ty_of = |name: &str| types.iter().find(|parameter| parameter.name == name).map(|parameter| parameter.ty);
    let options: Map<String, Value> = named
        .into_iter()
        .map(|(name, word)| (name.clone(), literal::read(word, ty_of(name).unwrap_or_else(|| type_of(name)))))
        .collect();
    if !options.is_empty() {
        arguments.push(literal::of(&Value::Object(options)));
    }
    let call = format!("pbx.{}({})", operation.full_name(), arguments.join(", "));
    Ok(match &said.save {
        Some(path) => format!("{call}.save({})", literal::of(&Value::from(path.as_str()))),
        None => call,
    })
}

/// The body that was given whole, with the properties that were given one by one.
fn body(operation: &'static Operation, said: &Said) -> Result<Option<Map<String, Value>>, String> {
    if said.body.is_none() && said.set.is_empty() {
        return Ok(None);
    }
    let mut body = match said.body.as_deref().map(literal::given).transpose()? {
        None => Map::new(),
        Some(Value::Object(body)) => body,
        Some(_) => return Err("the body must be a JSON object: {\"Name\": \"…\"}".to_owned()),
    };
    let fields = fields(operation);
    for word in &said.set {
        set(&mut body, &fields, word)?;
    }
    Ok(Some(body))
}

/// The properties of the body, in all releases.
pub(super) fn fields(operation: &'static Operation) -> Vec<&'static Property> {
    operation
        .variants
        .iter()
        .rev()
        .flat_map(|variant| match &variant.body {
            Body::None | Body::File(_) => Vec::new(),
            Body::Fields(fields) => fields.iter().collect::<Vec<_>>(),
            Body::Entity(types) => types.iter().flat_map(|(ty, _)| properties(*ty)).collect(),
        })
        .collect()
}

pub(super) fn properties(ty: Ty) -> &'static [Property] {
    match ty {
        Ty::Named(name) => Catalog::known().properties(name),
        _ => &[],
    }
}

/// `Hours.Type=OfficeHours`, `ids:=[1, 2]`.
fn set(body: &mut Map<String, Value>, fields: &[&Property], word: &str) -> Result<(), String> {
    let usage = || format!("`--set {word}` is no `PROPERTY=VALUE`");
    let (path, text) = word.split_once('=').ok_or_else(usage)?;
    let (path, raw) = path.strip_suffix(':').map_or((path, false), |path| (path, true));
    if path.is_empty() || path.split('.').any(str::is_empty) {
        return Err(usage());
    }
    let names: Vec<&str> = path.split('.').collect();
    let mut ty = fields.iter().find(|field| field.name == names[0]).map_or(Ty::String, |field| field.ty);
    for name in &names[1..] {
        ty = properties(ty).iter().find(|field| field.name == *name).map_or(Ty::String, |field| field.ty);
    }
    let value =
        if raw { literal::json(text).map_err(|error| format!("`{path}`: {error}"))? } else { literal::read(text, ty) };
    let mut place = body;
    for name in &names[..names.len() - 1] {
        let inner = place.entry((*name).to_owned()).or_insert_with(|| Value::Object(Map::new()));
        place = match inner {
            Value::Object(inner) => inner,
            _ => return Err(format!("`--set {word}`: `{name}` is no object in the body")),
        };
    }
    place.insert(names[names.len() - 1].to_owned(), value);
    Ok(())
}
