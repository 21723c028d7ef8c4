//! A request that was understood: its route, its values by name, its body checked against the catalog.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, Request};
use jiff::Timestamp;
use serde_json::Value;

use crate::catalog::{Answer, Body, Place, Ty};
use crate::sandbox::address::{self, Segment};
use crate::sandbox::check;
use crate::sandbox::options::Options;
use crate::sandbox::problem::Problem;
use crate::sandbox::router::{Route, Router};
use crate::sandbox::schema::Schema;
use crate::sandbox::store::Row;

pub(super) struct Asked {
    pub(super) route: Route,
    /// `/$count`: only the number.
    pub(super) count: bool,
    /// Keys and function parameters by name.
    values: Vec<(&'static str, Value)>,
    pub(super) body: Row,
    /// What it is said to be and what came, where a file is sent in a form.
    pub(super) form: Option<(String, Bytes)>,
    pub(super) options: Options,
    /// The service root as the caller sees it.
    pub(super) root: String,
    pub(super) answer: Answer,
}

impl Asked {
    /// Reads a request whose path goes on with `path` below the service root.
    pub(super) fn read(
        schema: Schema,
        router: &Router,
        request: &Request<Bytes>,
        path: &str,
        now: Timestamp,
    ) -> Result<Asked, Problem> {
        let segments = address::segments(path)?;
        let (route, count) = router.find(request.method(), &segments)?;
        let values = values(schema, route, &segments)?;
        let options = Options::read(address::query(request.uri().query().unwrap_or_default())?, now)?;
        let options = if count { options } else { options.allowed(route.variant, schema.release)? };
        let body = body(schema, route, request)?;
        let form = route.variant.file().map(|_| {
            let declared = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
            (declared.unwrap_or_default().to_owned(), request.body().clone())
        });
        Ok(Asked {
            route,
            count,
            values,
            body,
            form,
            options,
            root: root(request),
            answer: route.variant.answer(schema.release),
        })
    }

    /// The first segment's name: the set, the single object, or an unbound function.
    pub(super) fn head(&self) -> &'static str {
        let path = self.route.variant.path.trim_start_matches('/');
        path.split(['/', '(']).next().unwrap_or(path)
    }

    /// The last segment's name.
    pub(super) fn tail(&self) -> &'static str {
        let path = self.route.variant.path;
        path.rsplit('/').next().unwrap_or(path)
    }

    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.value(name).or_else(|| self.body.get(name)).and_then(Value::as_str).unwrap_or_default()
    }

    /// The key of the entity that the path names.
    pub(super) fn key(&self) -> Option<(&'static str, &Value)> {
        let name = self.route.variant.keys().next()?.name;
        Some((name, self.value(name)?))
    }
}

/// The service root as the caller sees it.
pub(super) fn root(request: &Request<Bytes>) -> String {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("http://{host}/xapi/v1")
}

fn values(schema: Schema, route: Route, segments: &[Segment]) -> Result<Vec<(&'static str, Value)>, Problem> {
    let arguments = || segments.iter().flat_map(|segment| &segment.arguments);
    let parameters = route.variant.parameters.iter().filter(|known| known.releases.contains(schema.release));
    let mut found = Vec::new();
    for parameter in parameters {
        let named = arguments().find(|argument| argument.name.as_deref() == Some(parameter.name));
        let is_key = parameter.place == Place::Key;
        let argument = named.or_else(|| arguments().find(|argument| is_key && argument.name.is_none()));
        let literal = &argument.ok_or_else(Problem::unknown_path)?.literal;
        let value = literal.value(parameter.ty, schema);
        let value = match value {
            Some(value) => value,
            None if is_key => return Err(Problem::unknown_path()),
            // The description calls some of them nullable, a PBX refuses null all the same.
            None if literal.is_null() => {
                return Err(Problem::field(parameter.name, format!("The {} field is required.", parameter.name)));
            }
            None => return Err(Problem::unreadable_parameter(parameter.name)),
        };
        found.push((parameter.name, value));
    }
    Ok(found)
}

fn body(schema: Schema, route: Route, request: &Request<Bytes>) -> Result<Row, Problem> {
    if !route.variant.takes_body() || route.variant.file().is_some() {
        return Ok(Row::new());
    }
    json_declared(request.headers())?;
    let unreadable = || Problem::invalid("The request body is not a JSON object.");
    let bytes = request.body();
    let entity = route.variant.entity(schema.release);
    // An action whose fields can all be left out needs no body.
    let parsed = if bytes.iter().all(u8::is_ascii_whitespace) && entity.is_none() {
        Row::new()
    } else {
        serde_json::from_slice::<Row>(bytes).map_err(|_| unreadable())?
    };
    match (&route.variant.body, entity) {
        (_, Some(Ty::Named(ty))) => check::object(schema, ty, &parsed, "")?,
        (Body::Fields(fields), _) => {
            let fields = || fields.iter().filter(|field| field.releases.contains(schema.release));
            if let Some(name) = parsed.keys().find(|name| !fields().any(|field| field.name == **name)) {
                let what = format!("The parameter '{name}' in the request payload is not a valid parameter.");
                return Err(Problem::field(name, what));
            }
            for field in fields() {
                match parsed.get(field.name) {
                    Some(value) => check::field(schema, field, value, field.name)?,
                    None if field.nullable => {}
                    None => {
                        let what = format!("The {} field is required.", field.name);
                        return Err(Problem::field(field.name, what));
                    }
                }
            }
        }
        _ => {}
    }
    Ok(parsed)
}

/// A body that is declared must be declared as JSON.
fn json_declared(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default().to_ascii_lowercase()) {
        Some(declared) if !declared.contains("json") => Err(Problem::wrong_media_type()),
        _ => Ok(()),
    }
}
