//! `swagger.yaml`: what the PBX can do, as a client generator reads it. From the same facts as everything else, so that
//! reading it gives them back.

use serde_json::{Map, Value, json};

use crate::catalog::{Answer, Body, Kind, Operation, Place, Property, Resource, Shape, Ty, Type, Variant};
use crate::sandbox::schema::Schema;

/// The whole document.
pub(super) fn document(schema: Schema) -> String {
    let document = json!({
        "openapi": "3.0.4",
        "info": {"title": "XAPI", "description": "A simulated PBX", "version": "1.0.0"},
        "servers": [{"url": "/xapi/v1"}],
        "paths": paths(schema),
        "components": {"schemas": schemas(schema)},
    });
    // JSON is YAML too.
    yaml_serde::to_string(&document).unwrap_or_else(|_| document.to_string())
}

fn paths(schema: Schema) -> Value {
    let mut paths = Map::new();
    for resource in &schema.catalog.resources {
        for operation in &resource.operations {
            let Some(variant) = operation.variant(schema.release) else { continue };
            if matches!(variant.body, Body::File(_)) {
                // A real PBX takes files, and its description does not say so.
                continue;
            }
            let item = paths.entry(variant.path).or_insert_with(|| json!({}));
            let method = variant.method.as_str().to_lowercase();
            if let Some(item) = item.as_object_mut() {
                item.insert(method, described(schema, resource, operation, variant));
            }
        }
    }
    Value::Object(paths)
}

fn described(schema: Schema, resource: &Resource, operation: &Operation, variant: &Variant) -> Value {
    let start = if variant.kind == Kind::List { "List" } else { "" };
    let mut described = json!({
        "tags": [resource.tag],
        "operationId": format!("{start}{}.{}", resource.tag, operation.name),
        "parameters": parameters(schema, resource, variant),
    });
    match variant.kind {
        Kind::Function => described["x-ms-docs-operation-type"] = "function".into(),
        Kind::Action => described["x-ms-docs-operation-type"] = "action".into(),
        _ => {}
    }
    let body = match &variant.body {
        Body::None | Body::File(_) => None,
        Body::Entity(_) => variant.entity(schema.release).map(|ty| typed(ty, false)),
        Body::Fields(fields) => {
            let fields = fields.iter().filter(|field| field.releases.contains(schema.release));
            let fields: Map<String, Value> = fields.map(|field| (field.name.to_owned(), property(field))).collect();
            Some(json!({"type": "object", "properties": fields}))
        }
    };
    if let Some(body) = body {
        described["requestBody"] = json!({"content": {"application/json": {"schema": body}}, "required": true});
    }
    let wrapped = |value: Value| json!({"type": "object", "properties": {"value": value}});
    let answer = match variant.answer(schema.release) {
        Answer::Nothing => None,
        Answer::Object(ty) => Some(typed(ty, false)),
        Answer::List(ty) => Some(wrapped(json!({"type": "array", "items": typed(ty, false)}))),
        Answer::Value(ty) => Some(wrapped(typed(ty, false))),
    };
    described["responses"] = match answer {
        None => json!({"204": {"description": "Success"}}),
        Some(answer) => {
            json!({"200": {"description": "Success", "content": {"application/json": {"schema": answer}}}})
        }
    };
    described
}

fn parameters(schema: Schema, resource: &Resource, variant: &Variant) -> Vec<Value> {
    let here = variant.parameters.iter().filter(|parameter| parameter.releases.contains(schema.release));
    let in_path = here.map(|parameter| {
        let mut value = json!({
            "name": parameter.name, "in": "path", "required": true, "schema": typed(parameter.ty, parameter.nullable),
        });
        if let Some(most) = parameter.max_length {
            value["schema"]["maxLength"] = most.into();
        }
        if parameter.place == Place::Key {
            value["x-ms-docs-key-type"] = resource.tag.into();
        }
        value
    });
    let options = variant.options.iter().filter(|(_, releases)| releases.contains(schema.release));
    let options = options
        .map(|(option, _)| json!({"name": format!("${}", option.name()), "in": "query", "schema": {"type": "string"}}));
    let if_match = variant.if_match.then(|| json!({"name": "If-Match", "in": "header", "schema": {"type": "string"}}));
    in_path.chain(options).chain(if_match).collect()
}

fn schemas(schema: Schema) -> Value {
    let here = schema.catalog.types.iter().filter(|ty| ty.releases.contains(schema.release));
    Value::Object(here.map(|ty| (format!("Pbx.{}", ty.name), shape(schema, ty))).collect())
}

fn shape(schema: Schema, ty: &Type) -> Value {
    match &ty.shape {
        Shape::Object { .. } => {
            let properties = schema.properties(ty.name).map(|known| (known.name.to_owned(), property(known)));
            json!({"type": "object", "properties": properties.collect::<Map<_, _>>()})
        }
        Shape::Enum { flags, values } => {
            let here = || values.iter().filter(|value| value.releases.contains(schema.release));
            let names: Vec<&str> = here().map(|value| value.value).collect();
            let mut shape = json!({"type": "string", "enum": names});
            if here().any(|value| value.alias.is_some()) {
                shape["x-enum-varnames"] = here().map(|value| value.alias).collect();
            }
            if *flags {
                shape["x-ms-enum-flags"] = json!({"isFlags": true});
            }
            shape
        }
    }
}

fn property(property: &Property) -> Value {
    let mut value = typed(property.ty, property.nullable);
    if let Some(most) = property.max_length {
        value["maxLength"] = most.into();
    }
    if property.navigation {
        value["x-ms-navigationProperty"] = true.into();
    }
    value
}

fn typed(ty: Ty, nullable: bool) -> Value {
    let plain = |ty: &str, format: &str| match format {
        "" => json!({"type": ty}),
        _ => json!({"type": ty, "format": format}),
    };
    let mut value = match ty {
        Ty::String => plain("string", ""),
        Ty::Bool => plain("boolean", ""),
        Ty::Int32 => plain("integer", "int32"),
        Ty::Int64 => plain("integer", "int64"),
        Ty::UInt8 => plain("integer", "uint8"),
        Ty::Decimal => plain("number", "decimal"),
        Ty::Double => plain("number", "double"),
        Ty::DateTime => plain("string", "date-time"),
        Ty::Date => plain("string", "date"),
        Ty::Time => plain("string", "time"),
        Ty::Duration => plain("string", "duration"),
        Ty::Guid => plain("string", "uuid"),
        Ty::Any => json!({}),
        Ty::List(element) => json!({"type": "array", "items": typed(*element, false)}),
        Ty::Named(name) => {
            let reference = json!({"$ref": format!("#/components/schemas/Pbx.{name}")});
            // Nothing may stand beside a reference.
            return if nullable {
                json!({"anyOf": [reference, {"type": "object", "nullable": true}]})
            } else {
                reference
            };
        }
    };
    if nullable {
        value["nullable"] = true.into();
    }
    value
}
