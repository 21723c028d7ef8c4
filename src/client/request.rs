//! Requests, built pure: a variant and its arguments in, method, target and body out. No connection, no clock.

use std::fmt;

use serde_json::{Map, Value};

use crate::catalog::{Body, Method, Parameter, Place, QueryOption, Release, Ty, Variant};
use crate::client::secrets::{hidden, hidden_target};
use crate::client::upload::Upload;
use crate::odata::Options;
use crate::odata::key::in_path;
use crate::odata::literal::{Literal, LiteralError, LiteralKind, literal, type_name};

/// Where the API lies below the address of a PBX.
pub const ROOT: &str = "/xapi/v1";

/// One request, ready to be sent to any PBX.
#[derive(Clone, PartialEq)]
pub struct Request {
    pub method: Method,
    /// Below the host, percent-encoded: `/xapi/v1/Users(12)?$select=Id`.
    pub target: String,
    pub if_match: Option<String>,
    pub body: Option<Value>,
    /// In the place of a body.
    pub file: Option<Upload>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = self.body.as_ref().map(hidden);
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("target", &hidden_target(&self.target))
            .field("if_match", &self.if_match)
            .field("body", &body)
            .field("file", &self.file)
            .finish()
    }
}

impl Request {
    /// The target without its query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The query, still encoded; empty if there is none.
    #[must_use]
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}

/// What a caller gives to an operation.
#[derive(Clone, Default, PartialEq)]
pub struct Arguments {
    /// In the order of [`Variant::parameters`]; `None` and what is missing at the end are left out.
    pub parameters: Vec<Option<Value>>,
    pub body: Option<Value>,
    pub file: Option<Upload>,
    pub options: Options,
    pub if_match: Option<String>,
}

impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Parameters have no names here: any may be a secret.
        let body = self.body.as_ref().map(hidden);
        let given = self.parameters.iter().flatten().count();
        f.debug_struct("Arguments")
            .field("parameters", &given)
            .field("body", &body)
            .field("file", &self.file)
            .field("options", &self.options)
            .finish()
    }
}

/// Arguments that do not fit the operation. Found before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    #[error("{name} is missing")]
    Missing { name: &'static str },
    #[error("{name} must be {expected}, not {given}")]
    WrongType { name: &'static str, expected: Ty, given: &'static str },
    /// Text of the right type that does not look as `expected` has to.
    #[error("{name} must look like {form}, not {given:?}")]
    WrongForm { name: &'static str, expected: Ty, form: &'static str, given: String },
    #[error("{name}: {given} does not fit into {expected}")]
    OutOfRange { name: &'static str, expected: Ty, given: String },
    #[error("{given} parameters where there are {most}")]
    TooMany { given: usize, most: usize },
    #[error("takes no body")]
    NoBody,
    #[error("needs a body")]
    MissingBody,
    /// The fields of an action are named.
    #[error("the body must be a map, not {given}")]
    BodyNotMap { given: &'static str },
    #[error("takes no If-Match")]
    NoIfMatch,
    /// Text that cannot stand in a header.
    #[error("bad If-Match {given:?}")]
    BadIfMatch { given: String },
    #[error("takes no option {}", option.name())]
    NoSuchOption { option: QueryOption },
    /// The facts contradict themselves: a placeholder that no parameter fills, or the other way round.
    #[error("the path {path} does not fit its parameters")]
    Path { path: &'static str },
}

/// The request that asks `variant` of a PBX of `release`.
pub fn build(variant: &Variant, release: Release, arguments: &Arguments) -> Result<Request, BuildError> {
    let most = variant.parameters.len();
    if arguments.parameters.len() > most {
        return Err(BuildError::TooMany { given: arguments.parameters.len(), most });
    }
    let mut target = path(variant, &arguments.parameters)?;
    if let Some(option) = given(&arguments.options).find(|option| !variant.has_option(*option, release)) {
        return Err(BuildError::NoSuchOption { option });
    }
    let query = arguments.options.query();
    if !query.is_empty() {
        target.push('?');
        target.push_str(&query);
    }
    let body = body(variant, release, arguments.body.as_ref())?;
    let file = match (variant.file(), &arguments.file) {
        (Some(_), None) => return Err(BuildError::MissingBody),
        (None, Some(_)) => return Err(BuildError::NoBody),
        (_, file) => file.clone(),
    };
    Ok(Request { method: variant.method, target, if_match: if_match(variant, arguments)?, body, file })
}

fn path(variant: &Variant, values: &[Option<Value>]) -> Result<String, BuildError> {
    let mismatch = || BuildError::Path { path: variant.path };
    let mut target = String::from(ROOT);
    let mut parameters = variant.parameters.iter().enumerate();
    let mut rest = variant.path;
    while let Some((before, after)) = rest.split_once('{') {
        let (_, after) = after.split_once('}').ok_or_else(mismatch)?;
        let (index, parameter) = parameters.next().ok_or_else(mismatch)?;
        target.push_str(before);
        target.push_str(&in_path(&text(parameter, values.get(index).and_then(Option::as_ref))?));
        rest = after;
    }
    target.push_str(rest);
    match parameters.next() {
        Some(_) => Err(mismatch()),
        None => Ok(target),
    }
}

/// The literal of a parameter. A PBX refuses calls that leave a parameter out and refuses null, but takes the empty
/// text and zero for "any".
fn text(parameter: &Parameter, value: Option<&Value>) -> Result<String, BuildError> {
    match value {
        Some(value) if !value.is_null() => given_text(parameter, value),
        _ if parameter.nullable && parameter.place == Place::Function => Ok(zero(parameter.ty).to_owned()),
        _ => Err(BuildError::Missing { name: parameter.name }),
    }
}

fn zero(ty: Ty) -> &'static str {
    match ty {
        Ty::String | Ty::Named(_) => "''",
        Ty::Bool => "false",
        Ty::Int32 | Ty::Int64 | Ty::UInt8 | Ty::Decimal | Ty::Double => "0",
        Ty::DateTime => "0001-01-01T00:00:00Z",
        Ty::Date => "0001-01-01",
        Ty::Time => "00:00:00",
        Ty::Duration => "duration'PT0S'",
        Ty::Guid => "00000000-0000-0000-0000-000000000000",
        Ty::Any => "null",
        Ty::List(_) => "[]",
    }
}

/// How values of a type are written, where they have a form of their own.
#[must_use]
pub fn literal_kind(ty: Ty) -> Option<LiteralKind> {
    Some(match ty {
        Ty::String => LiteralKind::String,
        Ty::Bool => LiteralKind::Bool,
        Ty::Int32 | Ty::Int64 | Ty::UInt8 => LiteralKind::Int,
        Ty::Decimal => LiteralKind::Decimal,
        Ty::Double => LiteralKind::Double,
        Ty::DateTime => LiteralKind::DateTime,
        Ty::Date => LiteralKind::Date,
        Ty::Time => LiteralKind::Time,
        Ty::Duration => LiteralKind::Duration,
        Ty::Guid => LiteralKind::Guid,
        Ty::Named(_) => LiteralKind::Enum { name: None },
        Ty::List(_) | Ty::Any => return None,
    })
}

fn given_text(parameter: &Parameter, value: &Value) -> Result<String, BuildError> {
    let (name, expected) = (parameter.name, parameter.ty);
    let Some(kind) = literal_kind(expected) else {
        // No known function takes these; OData writes them as JSON.
        return match expected {
            Ty::List(_) if value.is_array() => Ok(value.to_string()),
            Ty::List(_) => Err(BuildError::WrongType { name, expected, given: type_name(value) }),
            _ => Ok(Literal::plain(value).map_or_else(|_| value.to_string(), |literal| literal.to_string())),
        };
    };
    let text = literal(value, kind).map_err(|error| match error {
        LiteralError::WrongType { given, .. } => BuildError::WrongType { name, expected, given },
        LiteralError::WrongForm { given, .. } => BuildError::WrongForm { name, expected, form: kind.form(), given },
    })?;
    let (least, most) = match expected {
        Ty::Int32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
        Ty::Int64 => (i64::MIN, i64::MAX),
        Ty::UInt8 => (0, i64::from(u8::MAX)),
        _ => return Ok(text),
    };
    match text.parse::<i64>() {
        Ok(number) if (least..=most).contains(&number) => Ok(text),
        _ => Err(BuildError::OutOfRange { name, expected, given: text }),
    }
}

/// The options that a caller gave.
fn given(options: &Options) -> impl Iterator<Item = QueryOption> {
    let said = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    let present = [
        options.top.is_some(),
        options.skip.is_some(),
        said(&options.search),
        said(&options.filter),
        options.count.is_some(),
        !options.select.is_empty(),
        !options.orderby.is_empty(),
        !options.expand.is_empty(),
    ];
    QueryOption::ALL.into_iter().zip(present).filter_map(|(option, present)| present.then_some(option))
}

fn body(variant: &Variant, release: Release, given: Option<&Value>) -> Result<Option<Value>, BuildError> {
    match (&variant.body, given) {
        (Body::None | Body::File(_), None) => Ok(None),
        (Body::None | Body::File(_), Some(_)) => Err(BuildError::NoBody),
        (Body::Entity(_), None) => Err(BuildError::MissingBody),
        (Body::Entity(_), Some(value)) => match variant.entity(release) {
            Some(expected @ Ty::Named(_)) if !value.is_object() => {
                Err(BuildError::WrongType { name: "body", expected, given: type_name(value) })
            }
            _ => Ok(Some(value.clone())),
        },
        (Body::Fields(_), Some(Value::Object(fields))) => Ok(Some(Value::Object(fields.clone()))),
        (Body::Fields(_), Some(value)) => Err(BuildError::BodyNotMap { given: type_name(value) }),
        (Body::Fields(fields), None) => Ok((!fields.is_empty()).then(|| Value::Object(Map::new()))),
    }
}

fn if_match(variant: &Variant, arguments: &Arguments) -> Result<Option<String>, BuildError> {
    let Some(given) = &arguments.if_match else { return Ok(None) };
    if !variant.if_match {
        return Err(BuildError::NoIfMatch);
    }
    match http::HeaderValue::from_str(given) {
        Ok(_) if !given.is_empty() => Ok(Some(given.clone())),
        _ => Err(BuildError::BadIfMatch { given: given.clone() }),
    }
}
