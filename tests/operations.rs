//! Every operation of every release, called from a script.

use std::fmt::Write;

use pbxsh::catalog::{Body, Catalog, Operation, Release, Shape, Ty, Variant};

use crate::common::pbxsh;

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

fn call(catalog: &Catalog, operation: &Operation, variant: &Variant, release: Release) -> String {
    let mut arguments: Vec<String> = variant
        .parameters
        .iter()
        .map(|parameter| match parameter.name {
            "waitInterval" | "answerInterval" | "callTimeFilterFrom" | "callTimeFilterTo" => "\"0:00:0\"".to_owned(),
            "clientTimeZone" => "\"Europe/Berlin\"".to_owned(),
            _ => literal(catalog, parameter.ty),
        })
        .collect();
    match &variant.body {
        Body::None => {}
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

/// One script that calls everything a release has and prints what was not understood.
pub fn script(catalog: &Catalog, release: Release) -> (String, usize) {
    let mut script = String::from("let answered = 0; let refused = 0;\n");
    let mut count = 0;
    for operation in catalog.operations() {
        let Some(variant) = operation.variant(release) else { continue };
        count += 1;
        let call = call(catalog, operation, variant, release);
        // A PBX may say no to made-up arguments, as long as it was asked and understood the question.
        let _ = writeln!(
            script,
            "try {{ {call}; answered += 1; }} catch (e) {{ refused += 1; if ![400, 403, 404].contains(e.status) || e.message.contains(\"Resource not found\") {{ print(`{}: ${{e.message}}`); }} }}",
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
        let out = pbxsh(["run", "--sandbox", "--release", name, "all.rhai"]).file("all.rhai", &script).out();
        assert_eq!(out, format!("{count}\ntrue\n"), "{name}");
        called.extend(catalog.operations().filter(|o| o.variant(release).is_some()).map(Operation::full_name));
    }
    assert_eq!(called.len(), 622);
}
