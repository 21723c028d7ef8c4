//! JSON ⇄ values of a script. The engine's own conversion knows nothing of objects, so this one serves everywhere.

use serde_json::{Map as JsonMap, Number, Value};

use crate::bindings::exchange;
use crate::bindings::object::Object;
use crate::bindings::schema::Schema;
use crate::catalog::Ty;
use crate::client::Exchange;
use crate::kit::dates::{self, Wanted};
use crate::odata::{Literal, LiteralError, LiteralKind};
use crate::script::native::{Array, Dynamic, Map};
use crate::script::{Raised, with_article};

/// Stands in a call that is only looked at for a value that nobody knows before the script runs.
///
/// It fits everywhere, unless its type is known and another one is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unknown {
    /// An object of this type.
    pub(crate) ty: Option<&'static str>,
}

impl Unknown {
    pub(crate) fn value(ty: Option<&'static str>) -> Dynamic {
        Dynamic::from(Unknown { ty })
    }

    pub(crate) fn of(value: &Dynamic) -> Option<Unknown> {
        value.read_lock::<Unknown>().map(|unknown| *unknown)
    }

    /// Nothing at all is known of this value.
    pub(super) fn is_blank(value: &Dynamic) -> bool {
        Unknown::of(value).is_some_and(|unknown| unknown.ty.is_none())
    }
}

/// A value without a schema.
pub fn plain(json: &Value) -> Dynamic {
    match json {
        Value::Null => Dynamic::UNIT,
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => number_of(number),
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(plain).collect::<Array>().into(),
        Value::Object(fields) => {
            Dynamic::from_map(fields.iter().map(|(name, field)| (name.as_str().into(), plain(field))).collect())
        }
    }
}

fn number_of(number: &Number) -> Dynamic {
    match number.as_i64() {
        Some(whole) => whole.into(),
        None => number.as_f64().map_or(Dynamic::UNIT, Dynamic::from),
    }
}

/// A value of a known type, as a PBX sent it. What does not fit its type stays as it came.
pub(super) fn typed(schema: Schema, ty: Ty, json: Value) -> Dynamic {
    match (ty, json) {
        (Ty::List(element), Value::Array(items)) => {
            items.into_iter().map(|item| typed(schema, *element, item)).collect::<Array>().into()
        }
        (Ty::Named(name), Value::Object(fields)) => match schema.object_type(name) {
            Some((slot, name)) => Object::received(schema, slot, name, fields),
            None => plain(&Value::Object(fields)),
        },
        // Some builds send numbers as strings.
        (Ty::Int32 | Ty::Int64 | Ty::UInt8, Value::String(text)) => {
            text.parse::<i64>().map_or_else(|_| text.into(), Dynamic::from)
        }
        (Ty::Decimal | Ty::Double, Value::String(text)) => {
            text.parse::<f64>().map_or_else(|_| text.into(), Dynamic::from)
        }
        (_, json) => plain(&json),
    }
}

/// The same value with maps instead of objects.
pub(super) fn untyped(value: &Dynamic) -> Dynamic {
    if let Some(object) = Object::of(value) {
        return Dynamic::from_map(object.to_map());
    }
    if let Ok(items) = value.as_array_ref() {
        return items.iter().map(untyped).collect::<Array>().into();
    }
    match value.as_map_ref() {
        Ok(map) => Dynamic::from_map(map.iter().map(|(name, field)| (name.clone(), untyped(field))).collect()),
        Err(_) => value.clone(),
    }
}

/// What stands in the `value` of a wrapper, or the whole where there is no wrapper.
pub(super) fn inner(json: Value) -> Value {
    match json {
        Value::Object(mut fields) if fields.contains_key("value") => fields.remove("value").unwrap_or(Value::Null),
        other => other,
    }
}

/// The JSON of any value of a script; what JSON has no word for becomes its text.
#[must_use]
pub fn to_json(value: &Dynamic) -> Value {
    if let Some(object) = Object::of(value) {
        return object.to_json();
    }
    if let Ok(items) = value.as_array_ref() {
        return Value::Array(items.iter().map(to_json).collect());
    }
    if let Ok(map) = value.as_map_ref() {
        return map_to_json(&map);
    }
    if let Ok(text) = value.as_immutable_string_ref() {
        return Value::String(text.to_string());
    }
    if value.is_unit() {
        return Value::Null;
    }
    if let Ok(whole) = value.as_int() {
        return whole.into();
    }
    if let Ok(flag) = value.as_bool() {
        return flag.into();
    }
    if let Ok(number) = value.as_float() {
        return Number::from_f64(number).map_or(Value::Null, Value::Number);
    }
    if let Some(error) = value.read_lock::<Raised>() {
        let fields = ["code", "message", "hint", "status", "reason", "target", "operation"].into_iter();
        let fields = fields.map(|name| (name.to_owned(), to_json(&error.property(name))));
        return Value::Object(fields.filter(|(_, field)| !field.is_null()).collect());
    }
    if let Some(exchange) = value.read_lock::<Exchange>() {
        return exchange::fields(&exchange);
    }
    Value::String(dates::text_of(value).unwrap_or_else(|| value.to_string()))
}

pub(super) fn map_to_json(map: &Map) -> Value {
    Value::Object(map.iter().map(|(name, field)| (name.to_string(), to_json(field))).collect::<JsonMap<_, _>>())
}

/// What a value is in a filter, where nothing but the value itself says what kind of literal is meant.
pub(super) fn literal(value: &Dynamic) -> Result<Literal, LiteralError> {
    if let Ok(items) = value.as_array_ref()
        && items.iter().any(|item| dates::wanted(item).is_some())
    {
        return Ok(Literal::list(items.iter().map(literal).collect::<Result<Vec<_>, _>>()?));
    }
    let Some(wanted) = dates::wanted(value) else { return Literal::plain(&to_json(value)) };
    let kind = match wanted {
        Wanted::Moment => LiteralKind::DateTime,
        Wanted::Date => LiteralKind::Date,
        Wanted::Time => LiteralKind::Time,
        Wanted::Duration => LiteralKind::Duration,
    };
    // What has no form for a PBX stays as it is, and is refused as such.
    Literal::new(&dates::wire(value, wanted).map_or_else(|| to_json(value), Value::String), kind)
}

/// The same value? An object equals a map with the same properties.
pub(super) fn equal(one: &Dynamic, other: &Dynamic) -> bool {
    match (Object::of(one), Object::of(other)) {
        (Some(one), Some(other)) => one.ty == other.ty && fields_equal(&one.fields, &other.fields),
        (Some(object), None) | (None, Some(object)) => {
            let map = if Object::of(one).is_some() { other } else { one };
            map.as_map_ref().is_ok_and(|map| fields_equal(&object.fields, &map))
        }
        (None, None) => match (one.as_array_ref(), other.as_array_ref()) {
            (Ok(one), Ok(other)) => one.len() == other.len() && one.iter().zip(&*other).all(|(a, b)| equal(a, b)),
            _ => match (one.as_map_ref(), other.as_map_ref()) {
                (Ok(one), Ok(other)) => fields_equal(&one, &other),
                _ => scalars_equal(one, other),
            },
        },
    }
}

/// Whole numbers and others are compared as numbers, as the engine does.
fn scalars_equal(one: &Dynamic, other: &Dynamic) -> bool {
    if let Some(same) = dates::same(one, other) {
        return same;
    }
    match (to_json(one), to_json(other)) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (same, as_this) => same == as_this && one.type_name() == other.type_name(),
    }
}

fn fields_equal(one: &Map, other: &Map) -> bool {
    one.len() == other.len() && one.iter().all(|(name, field)| other.get(name).is_some_and(|same| equal(field, same)))
}

/// What a value is, for a sentence: ``the string "abc"``.
pub(super) fn describe(value: &Dynamic) -> String {
    if let Some(object) = Object::of(value) {
        return with_article(object.ty);
    }
    if let Some(Unknown { ty: Some(ty) }) = Unknown::of(value) {
        return with_article(ty);
    }
    dates::described(value).unwrap_or_else(|| crate::script::describe(value))
}
