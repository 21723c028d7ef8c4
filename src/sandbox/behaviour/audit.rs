//! The audit log: who changed what through the API, and how it was before.

use serde_json::{Value, json};

use crate::catalog::Effect;
use crate::catalog::effects::effect;
use crate::sandbox::Pbx;
use crate::sandbox::asked::Asked;
use crate::sandbox::dn;
use crate::sandbox::generic;
use crate::sandbox::rows::row;
use crate::sandbox::store::Row;

const LOG: &str = "#audit log";
/// The oldest entries make room for new ones.
const MOST: usize = 10_000;
/// What these words occur in is told to nobody.
const SECRET: [&str; 5] = ["password", "secret", "pin", "key", "token"];

/// The entity that a request is about, as it is before the request.
pub(super) fn before(pbx: &Pbx, asked: &Asked) -> Option<Row> {
    if effect(asked.route.operation).is_read() || asked.key().is_none() {
        return None;
    }
    let (set, place) = generic::place(pbx, asked).ok()?;
    pbx.store.rows(set.name).get(place).cloned()
}

/// Writes down what was done.
pub(super) fn note(pbx: &mut Pbx, asked: &Asked, client: &str, before: Option<Row>) {
    let operation = asked.route.operation;
    let action = match effect(operation) {
        Effect::Read | Effect::Secret => return,
        Effect::Create => 1,
        Effect::Update => 2,
        Effect::Delete => 3,
        Effect::Command => 4,
    };
    let kinds = &pbx.schema.catalog.resources;
    let kind = kinds.iter().position(|resource| resource.name == operation.resource);
    let name = before.as_ref().map_or_else(|| dn::name(&asked.body), dn::name);
    let known = |name: &String| !name.starts_with('#') && (action == 3 || asked.body.contains_key(name));
    let previous: Row = before.into_iter().flatten().filter(|(name, _)| known(name)).collect();
    let written =
        |row: &Row| if row.is_empty() { String::new() } else { concealed(&Value::Object(row.clone())).to_string() };
    let entry = json!({
        "Id": pbx.store.next_id(LOG), "Timestamp": pbx.now().to_string(), "UserName": client, "Action": action,
        "ObjectType": kind.unwrap_or(0), "ObjectName": if name.is_empty() { operation.full_name() } else { name },
        "PrevData": written(&previous), "NewData": written(&asked.body), "Source": 1, "Ip": "127.0.0.1",
    });
    let log = pbx.store.rows_mut(LOG);
    if log.len() >= MOST {
        log.remove(0);
    }
    log.push(row(entry));
}

/// Newest first.
pub(super) fn rows(pbx: &Pbx) -> Vec<Row> {
    pbx.store.rows(LOG).iter().rev().cloned().collect()
}

fn concealed(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(concealed).collect(),
        Value::Object(map) => {
            let secret = |name: &str| SECRET.iter().any(|word| name.to_lowercase().contains(word));
            let shown = map.iter().map(|(name, value)| {
                (name.clone(), if secret(name) && !value.is_null() { json!("***") } else { concealed(value) })
            });
            Value::Object(shown.collect())
        }
        other => other.clone(),
    }
}
