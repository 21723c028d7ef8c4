//! What became of a change: one whose answer was lost, and one that succeeded only in part.

use serde_json::{Value, json};

use crate::bindings::dispatch::Query;
use crate::bindings::fault::{Fault, Half, Unsure};
use crate::catalog::effects::effect;
use crate::catalog::{Answer, Catalog, Effect, Kind, Operation, Release, Ty, Variant};
use crate::client::secrets::is_secret;
use crate::client::{Arguments, ClientError, Failed, Reply, ReplyBody, build};
use crate::odata::{Literal, Options, bind_literals};

/// The properties by which a new object is found again, the better one first.
const IDENTIFYING: [&str; 2] = ["Number", "Name"];

/// The property in which the rows of an answer say what went wrong with theirs.
const ERROR: &str = "Error";

enum Look {
    Found(Value),
    Missing(Unsure),
}

impl Query {
    /// The error of a request. Of a create whose answer was lost, the object itself, if it is there.
    pub(super) fn settled(&self, failed: Failed) -> Result<Reply, Fault> {
        if effect(self.operation).is_read() || !failed.leaves_open() {
            return Err(self.fault(failed.error));
        }
        // What may have been there before says nothing about what came of this.
        let says = self.file.as_ref().is_none_or(|file| !file.replace);
        // A PBX that says that it failed, and somebody who wants it to end, are not asked further.
        let asks = !matches!(failed.error, ClientError::Interrupted | ClientError::Refused(_));
        let unsure = match (asks && says).then(|| self.look()).flatten() {
            Some(Look::Found(row)) => return Ok(Reply { status: 201, body: ReplyBody::Json(row), note: None }),
            Some(Look::Missing(unsure)) => unsure,
            None => Unsure::Unknown,
        };
        Err(Fault::Client { operation: self.operation.full_name(), error: failed.error, unsure: Some(unsure) })
    }

    /// The object that was made, where the answer did not show it.
    pub(super) fn made(&self) -> Option<Value> {
        match self.look()? {
            Look::Found(row) => Some(row),
            Look::Missing(_) => None,
        }
    }

    /// Looks for the object that was to be made. Nothing, where it has no name of its own or there are several.
    fn look(&self) -> Option<Look> {
        if let (Some(wanted), Some(file)) = (&self.file, self.variant.file()) {
            let property = file.named.first()?;
            return Some(match self.namesake()? {
                Some(row) => Look::Found(json!({"value": row.get(*property)})),
                None => Look::Missing(Unsure::NotThere { property, value: wanted.name.clone() }),
            });
        }
        let release = self.open.release;
        let body = self.arguments.body.as_ref()?.as_object()?;
        let Some(Ty::Named(entity)) = self.variant.entity(release) else { return None };
        if self.variant.kind != Kind::Create || effect(self.operation) != Effect::Create {
            return None;
        }
        let given = |name: &&str| body.get(*name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let property = IDENTIFYING.into_iter().find(|name| given(name).is_some())?;
        let value = body.get(property)?;
        let mut rows = self.rows_with(|row| row == entity, &[property], value)?;
        match rows.as_slice() {
            [] => Some(Look::Missing(Unsure::NotThere { property, value: value.as_str()?.to_owned() })),
            [row] if fits(body, row) => rows.pop().map(Look::Found),
            _ => None,
        }
    }

    /// What the PBX has under the name of the file that is sent, or that it has nothing; no answer, where nobody can tell.
    pub(super) fn namesake(&self) -> Option<Option<Value>> {
        let (wanted, file) = (self.file.as_ref()?, self.variant.file()?);
        let (catalog, release) = (self.connection.catalog(), self.open.release);
        let named = |row: &str| file.named.iter().all(|name| catalog.property(row, name, release).is_some());
        let rows = self.rows_with(named, &file.named, &Value::from(wanted.name.as_str()))?;
        Some(rows.into_iter().next())
    }

    /// The first rows of the resource's list in which one of these properties has a value.
    pub(super) fn rows_with(
        &self,
        fits: impl Fn(&str) -> bool,
        properties: &[&str],
        value: &Value,
    ) -> Option<Vec<Value>> {
        let release = self.open.release;
        let lists = |variant: &Variant| {
            let row = match variant.answer(release) {
                Answer::List(Ty::Named(row)) => row,
                _ => return false,
            };
            variant.kind == Kind::List && fits(row)
        };
        let operations = &self.connection.catalog().resource(self.operation.resource)?.operations;
        let (operation, variant) = operations.iter().find_map(|operation| {
            let variant = operation.variant(release).filter(|variant| lists(variant))?;
            Some((operation, variant))
        })?;
        let terms: Vec<String> = properties.iter().map(|property| format!("{property} eq ?")).collect();
        let literals = vec![Literal::plain(value).ok()?; terms.len()];
        let filter = bind_literals(&terms.join(" or "), &literals).ok()?;
        let options = Options { filter: Some(filter), top: Some(2), ..Options::default() };
        let request = build(variant, release, &Arguments { options, ..Arguments::default() }).ok()?;
        let permit = self.connection.guard().permit(operation).ok()?;
        let ReplyBody::Json(mut answer) = self.open.client.send(permit, &request).ok()?.body else { return None };
        match answer.get_mut("value")?.take() {
            Value::Array(rows) => Some(rows),
            _ => None,
        }
    }

    /// What an answer with a code of success says went wrong.
    pub(super) fn halves(&self, answer: &Value) -> Vec<Half> {
        if !reports(self.operation, self.variant, self.open.release, self.connection.catalog()) {
            return Vec::new();
        }
        let rows = answer.get("value").unwrap_or(answer).as_array().map(Vec::as_slice).unwrap_or_default();
        rows.iter().filter_map(half).collect()
    }
}

/// Does it do many things at once, and answer with a row for what went wrong?
pub(super) fn reports(operation: &Operation, variant: &Variant, release: Release, catalog: &Catalog) -> bool {
    let Answer::List(Ty::Named(element)) = variant.answer(release) else { return false };
    let tells = catalog.property(element, ERROR, release).is_some_and(|property| property.ty == Ty::String);
    tells && !effect(operation).is_read()
}

fn half(row: &Value) -> Option<Half> {
    let text = |value: &Value| value.as_str().map(str::to_owned).filter(|text| !text.is_empty());
    let fields = row.as_object()?;
    let error = fields.get(ERROR).and_then(text)?;
    let subject =
        fields.iter().filter(|(name, _)| *name != ERROR && !is_secret(name)).find_map(|(_, value)| text(value));
    Some(Half { subject, error })
}

/// Is it what was to be made? Somebody else may have one of the same name.
fn fits(body: &serde_json::Map<String, Value>, row: &Value) -> bool {
    body.iter().filter(|(name, _)| !is_secret(name)).all(|(name, asked)| match (asked, row.get(name)) {
        (Value::Object(_) | Value::Array(_) | Value::Null, _) | (_, None | Some(Value::Null)) => true,
        (asked, Some(there)) => asked == there || plain(asked) == plain(there),
    })
}

/// Numbers come as numbers and as text.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{fits, half};

    #[test]
    fn what_was_to_be_made_and_what_is_there() {
        let body = json!({"Number": "150", "Enabled": true, "Id": 7, "AuthPassword": "a", "Groups": [{"GroupId": 1}]});
        let body = body.as_object().unwrap();
        assert!(fits(body, &json!({"Number": "150", "Enabled": true, "Id": "7", "AuthPassword": "b", "New": 1})));
        assert!(fits(body, &json!({"Number": "150"})));
        assert!(!fits(body, &json!({"Number": "150", "Enabled": false})));
    }

    #[test]
    fn rows_that_failed() {
        assert!(half(&json!({"Error": "", "ExtensionNumber": "100"})).is_none());
        assert!(half(&json!({"Error": null})).is_none());
        let half = half(&json!({"Error": "in use", "ExtensionNumber": "100"})).unwrap();
        assert_eq!((half.subject.as_deref(), half.error.as_str()), (Some("100"), "in use"));
    }
}
