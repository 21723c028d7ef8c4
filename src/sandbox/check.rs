//! Does a JSON value fit its type? Names, JSON types, enum values and lengths, at every depth.

use serde_json::{Map, Value};

use crate::catalog::{Property, Ty};
use crate::sandbox::problem::{OUT_OF_RANGE, Problem};
use crate::sandbox::scalar;
use crate::sandbox::schema::{Schema, edm};

/// Checks an object against a type of the release.
pub(super) fn object(schema: Schema, ty: &'static str, map: &Map<String, Value>, path: &str) -> Result<(), Problem> {
    for (name, value) in map {
        if name.contains('@') {
            continue;
        }
        let target = join(path, name);
        let Some(property) = schema.property(ty, name) else {
            return Err(Problem::field(target, format!("The property '{name}' does not exist on type 'Pbx.{ty}'.")));
        };
        field(schema, property, value, &target)?;
    }
    Ok(())
}

/// Checks one property, or one field of an action.
pub(super) fn field(schema: Schema, property: &Property, value: &Value, target: &str) -> Result<(), Problem> {
    if value.is_null() {
        // Nobody tells a collection from an empty one by null, and single entities can always be absent.
        let allowed = property.nullable || property.navigation && !matches!(property.ty, Ty::List(_));
        return allowed.then_some(()).ok_or_else(|| {
            Problem::field(target, format!("The field {} is required and cannot be null.", property.name))
        });
    }
    value_of(schema, property.ty, value, target)?;
    let too_long = |max: u32| value.as_str().is_some_and(|text| text.chars().count() > max as usize);
    match property.max_length.filter(|max| too_long(*max)) {
        Some(50) => Err(Problem::field(target, "WARNINGS.LENGTH_NOT_MORE_50_CHARS")),
        Some(255) => Err(Problem::field(target, "WARNINGS.LENGTH_NOT_MORE_255_CHARS")),
        Some(2048) => Err(Problem::field(target, "WARNINGS.XAPI.LENGTH_NOT_MORE_2048_CHARS")),
        Some(_) => Err(Problem::field(target, "WARNINGS.STRING_TOO_LONG")),
        None => Ok(()),
    }
}

fn value_of(schema: Schema, ty: Ty, value: &Value, target: &str) -> Result<(), Problem> {
    let wrong = || Problem::field(target, format!("Cannot convert the value to type '{}'.", edm(ty)));
    match (ty, value) {
        (Ty::List(element), Value::Array(items)) => {
            for (place, item) in items.iter().enumerate() {
                value_of(schema, *element, item, &format!("{target}[{place}]"))?;
            }
            Ok(())
        }
        (Ty::Named(name), Value::Object(map)) if !schema.is_enum(name) => object(schema, name, map, target),
        (Ty::Named(name), Value::String(text)) if schema.is_enum(name) => {
            let what = || format!("The value '{text}' is not a member of the enumeration 'Pbx.{name}'.");
            schema.is_enum_value(name, text).then_some(()).ok_or_else(|| Problem::field(target, what()))
        }
        _ if scalar_fits(ty, value) => Ok(()),
        // A whole number of the wrong size, not something else than a number.
        (Ty::Int32 | Ty::Int64 | Ty::UInt8, Value::Number(number)) if !number.is_f64() => {
            Err(Problem::field(target, OUT_OF_RANGE))
        }
        _ => Err(wrong()),
    }
}

fn scalar_fits(ty: Ty, value: &Value) -> bool {
    let text = |fits: fn(&str) -> bool| value.as_str().is_some_and(fits);
    let between = |low: i64, high: i64| value.as_i64().is_some_and(|number| (low..=high).contains(&number));
    match ty {
        Ty::Any => true,
        Ty::String => value.is_string(),
        Ty::Bool => value.is_boolean(),
        Ty::Int32 => between(i64::from(i32::MIN), i64::from(i32::MAX)),
        Ty::Int64 => value.is_i64(),
        Ty::UInt8 => between(0, 255),
        Ty::Decimal | Ty::Double => value.is_number(),
        Ty::DateTime => text(|text| scalar::timestamp(text).is_some()),
        Ty::Date => text(|text| scalar::date(text).is_some()),
        Ty::Time => text(|text| scalar::time(text).is_some()),
        Ty::Duration => text(|text| scalar::duration(text).is_some()),
        Ty::Guid => text(scalar::guid),
        Ty::Named(_) | Ty::List(_) => false,
    }
}

pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
