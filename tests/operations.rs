//! Every operation of every release, called from a script.

use std::fmt::Write;

use pbxsh::catalog::{Answer, Body, Catalog, Method, Operation, Release, Shape, Ty, Variant};

use crate::common::pbxsh;
use crate::common::server::{Response, Server};
use crate::upload::{PLAYABLE, wav};

/// A value of a type, as a script writes it.
fn literal(catalog: &Catalog, ty: Ty) -> String {
    match ty {
        Ty::String => "\"x\"".to_owned(),
        Ty::Bool => "false".to_owned(),
        Ty::Int32 | Ty::Int64 | Ty::UInt8 => "1".to_owned(),
        Ty::Decimal | Ty::Double => "1.5".to_owned(),
        Ty::DateTime => "\"2026-03-01T00:00:00Z\"".to_owned(),
        Ty::Date => "\"2026-03-01\"".to_owned(),
        Ty::Time => "\"08:00:00\"".to_owned(),
        Ty::Duration => "\"PT1H\"".to_owned(),
        Ty::Guid => "\"1e6ed594-af95-4bb4-af56-b957ac87d6d7\"".to_owned(),
        Ty::Any => "()".to_owned(),
        Ty::List(element) => format!("[{}]", literal(catalog, *element)),
        Ty::Named(name) => match catalog.ty(name).map(|ty| &ty.shape) {
            Some(Shape::Enum { values, .. }) => format!("{:?}", values[0].value),
            _ => "#{}".to_owned(),
        },
    }
}

fn parameters(catalog: &Catalog, variant: &Variant) -> Vec<String> {
    let value = |name: &str, ty| match name {
        "waitInterval" | "answerInterval" | "callTimeFilterFrom" | "callTimeFilterTo" => "\"0:00:0\"".to_owned(),
        "clientTimeZone" => "\"Europe/Berlin\"".to_owned(),
        _ => literal(catalog, ty),
    };
    variant.parameters.iter().map(|parameter| value(parameter.name, parameter.ty)).collect()
}

fn call(catalog: &Catalog, operation: &Operation, variant: &Variant, release: Release) -> String {
    let mut arguments = parameters(catalog, variant);
    match &variant.body {
        Body::None => {}
        Body::File(_) => arguments.push("\"prompt.wav\"".to_owned()),
        Body::Entity(_) => arguments.push("#{}".to_owned()),
        Body::Fields(fields) => {
            let here = fields.iter().filter(|field| field.releases.contains(release));
            let fields: Vec<String> =
                here.map(|field| format!("{}: {}", field.name, literal(catalog, field.ty))).collect();
            arguments.push(format!("#{{ {} }}", fields.join(", ")));
        }
    }
    format!("pbx.{}.{}({})", operation.resource, operation.name, arguments.join(", "))
}

/// Complains if a result is not of the type that the description promises.
fn kind_check(catalog: &Catalog, operation: &Operation, variant: &Variant, release: Release) -> String {
    let is_object = |name: &str| catalog.ty(name).is_some_and(|ty| matches!(ty.shape, Shape::Object { .. }));
    let expected = match variant.answer(release) {
        _ if operation.is_download() => return String::new(),
        Answer::List(_) if variant.method == Method::Get => "List",
        Answer::Object(Ty::Named(name)) if is_object(name) => name,
        Answer::List(Ty::Named(name)) if is_object(name) => {
            return format!(
                "if r.len() > 0 && type_of(r[0]) != {name:?} {{ print(`{}: ${{type_of(r[0])}}`); }}",
                operation.full_name()
            );
        }
        _ => return String::new(),
    };
    format!(
        "if ![\"()\", \"Download\", {expected:?}].contains(type_of(r)) {{ print(`{}: ${{type_of(r)}}`); }}",
        operation.full_name()
    )
}

/// One script that calls everything a release has and prints what was not understood.
pub fn script(catalog: &Catalog, release: Release) -> (String, usize) {
    let mut script = String::from("let answered = 0; let refused = 0;\n");
    let mut count = 0;
    for operation in catalog.operations() {
        let Some(variant) = operation.variant(release) else { continue };
        count += 1;
        let call = call(catalog, operation, variant, release);
        let check = kind_check(catalog, operation, variant, release);
        let result = if check.is_empty() { "" } else { "let r = " };
        // A PBX may say no to made-up arguments, as long as it was asked and understood the question.
        let _ = writeln!(
            script,
            "try {{ {result}{call}; answered += 1; {check} }} catch (e) {{ refused += 1; if ![400, 403, 404].contains(e.status) && e.code != \"partly-failed\" || e.message.contains(\"Resource not found\") {{ print(`{}: ${{e.message}}`); }} }}",
            operation.full_name()
        );
    }
    script.push_str("print(answered + refused); print(answered > refused);");
    (script, count)
}

#[test]
fn every_operation_of_every_release_can_be_called_from_a_script() {
    let catalog = Catalog::builtin();
    let mut called = std::collections::BTreeSet::new();
    for (place, name) in catalog.releases.iter().enumerate() {
        let release = Release(place as u8);
        let (script, count) = script(catalog, release);
        let out = pbxsh(["run", "--sandbox", "--release", name, "all.rhai"])
            .file("all.rhai", &script)
            .bytes("prompt.wav", &wav(PLAYABLE))
            .out();
        assert_eq!(out, format!("{count}\ntrue\n"), "{name}");
        called.extend(catalog.operations().filter(|o| o.variant(release).is_some()).map(Operation::full_name));
    }
    assert_eq!(called.len(), catalog.operations().count());
}

/// A value that a type cannot have, as deep inside as it goes.
fn wrong(catalog: &Catalog, ty: Ty) -> Option<String> {
    match ty {
        Ty::Any => None,
        Ty::List(element) => Some(format!("[{}]", wrong(catalog, *element)?)),
        Ty::Named(name) => match &catalog.ty(name)?.shape {
            Shape::Enum { .. } => Some("\"no such value\"".to_owned()),
            Shape::Object { properties } => {
                // The first property that can be wrong in a way of its own; an unknown one else.
                let inner = properties.iter().filter(|it| it.name != name).find_map(|it| match it.ty {
                    Ty::Named(_) | Ty::List(Ty::Named(_)) => None,
                    ty => Some(format!("{}: {}", it.name, wrong(catalog, ty)?)),
                });
                Some(format!("#{{ {} }}", inner.unwrap_or("NoSuchProperty: 1".to_owned())))
            }
        },
        Ty::Bool | Ty::Int32 | Ty::Int64 | Ty::UInt8 | Ty::Decimal | Ty::Double => Some("\"x\"".to_owned()),
        Ty::DateTime | Ty::Date | Ty::Time | Ty::Duration | Ty::Guid => Some("\"x\"".to_owned()),
        Ty::String => Some("5".to_owned()),
    }
}

#[test]
fn every_argument_of_every_operation_is_checked_at_every_depth() {
    let catalog = Catalog::builtin();
    let newest = catalog.newest();
    let (mut script, mut count) = (String::new(), 0);
    let mut refuse = |operation: &Operation, what: &str, arguments: &[String]| {
        count += 1;
        let (name, call) = (operation.full_name(), format!("pbx.{}({})", operation.full_name(), arguments.join(", ")));
        let codes = "[\"wrong-type\", \"unknown-value\", \"unknown-property\"]";
        let _ = writeln!(
            script,
            "try {{ {call}; print(\"{name} {what} passed\"); }} catch (e) {{ if !{codes}.contains(e.code) {{ print(`{name} {what}: ${{e.message}}`); }} }}"
        );
    };
    for operation in catalog.operations() {
        let Some(variant) = operation.variant(newest) else { continue };
        let right = parameters(catalog, variant);
        for (at, parameter) in variant.parameters.iter().enumerate() {
            let Some(wrong) = wrong(catalog, parameter.ty) else { continue };
            let mut arguments = right.clone();
            arguments[at] = wrong;
            refuse(operation, parameter.name, &arguments);
        }
        let bodies: Vec<(&str, String)> = match &variant.body {
            Body::None => Vec::new(),
            Body::File(_) => {
                refuse(operation, "path", &["5".to_owned()]);
                refuse(operation, "name", &["\"prompt.wav\"".to_owned(), "#{ name: 5 }".to_owned()]);
                Vec::new()
            }
            Body::Entity(_) => {
                let Some(Ty::Named(entity)) = variant.entity(newest) else { continue };
                let properties = catalog.properties(entity).iter().filter(|it| it.releases.contains(newest));
                properties.filter_map(|it| Some((it.name, wrong(catalog, it.ty)?))).collect()
            }
            Body::Fields(fields) => {
                let here = fields.iter().filter(|field| field.releases.contains(newest));
                here.filter_map(|field| Some((field.name, wrong(catalog, field.ty)?))).collect()
            }
        };
        for (name, wrong) in bodies {
            let mut arguments = right.clone();
            arguments.push(format!("#{{ {name}: {wrong} }}"));
            refuse(operation, name, &arguments);
        }
    }
    // Where an older release would take it, the login comes first; nothing else does.
    let server = Server::pbx(|_| Response::json(200, "{}"));
    let run = pbxsh(["run", "all.rhai"]).file("all.rhai", &script).variable("XAPI_URL", &server.url);
    let out = run.variable("XAPI_CLIENT_ID", "x").variable("XAPI_CLIENT_SECRET", "x").out();
    assert_eq!(out, "");
    assert_eq!(server.requests(), Vec::<String>::new());
    assert!(count > 2000, "{count}");
}

#[test]
fn parameters_may_be_named_instead_of_placed() {
    let catalog = Catalog::builtin();
    let newest = catalog.newest();
    let (mut script, mut count) = (String::new(), 0);
    for operation in catalog.operations() {
        let Some(variant) = operation.variant(newest) else { continue };
        if variant.parameters.is_empty() || variant.takes_body() {
            continue;
        }
        count += 1;
        let values = parameters(catalog, variant);
        let named: Vec<String> =
            variant.parameters.iter().zip(&values).map(|(it, value)| format!("{:?}: {value}", it.name)).collect();
        let name = operation.full_name();
        for arguments in [values.join(", "), format!("#{{ {} }}", named.join(", "))] {
            let _ =
                writeln!(script, "try {{ pbx.{name}({arguments}); }} catch (e) {{ print(`{name}: ${{e.message}}`); }}");
        }
    }
    let server = Server::pbx(|_| Response::json(200, r#"{"value":[]}"#));
    let run = pbxsh(["run", "all.rhai"]).file("all.rhai", &script).variable("XAPI_URL", &server.url);
    assert_eq!(run.variable("XAPI_CLIENT_ID", "x").variable("XAPI_CLIENT_SECRET", "x").out(), "");
    let requests = server.requests();
    assert_eq!(requests.len(), 2 * count);
    for pair in requests.chunks(2) {
        assert_eq!(pair[0], pair[1]);
    }
}
