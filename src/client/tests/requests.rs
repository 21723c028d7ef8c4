//! One request for each variant of the catalog.

// Whether 3CX's own documents are here, only the environment knows.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

use std::fs;

use serde_json::{Value, json};

use crate::catalog::{
    Body, Catalog, Kind, Method, Parameter, Place, Property, QueryOption, Release, ReleaseSet, Ty, Variant,
};
use crate::client::request::{Arguments, BuildError, build};
use crate::client::upload::{Sent, Upload};
use crate::odata::Options;

/// A value of a type that is as nasty as the type allows, and its text in a path.
fn sample(ty: Ty) -> (Value, &'static str) {
    match ty {
        Ty::String => (json!("O'Brien/(ü), %41=?#"), "'O''Brien%2F%28%C3%BC%29%2C%20%2541%3D%3F%23'"),
        Ty::Bool => (json!(true), "true"),
        Ty::Int32 => (json!(-2_147_483_648), "-2147483648"),
        Ty::DateTime => (json!("2025-03-01T08:30:00+02:00"), "2025-03-01T08:30:00%2B02:00"),
        Ty::Guid => (json!("0b4a6e3c-1111-2222-3333-444455556666"), "0b4a6e3c-1111-2222-3333-444455556666"),
        other => panic!("no variant has a parameter of type {other}"),
    }
}

fn plausible(variant: &Variant) -> Arguments {
    Arguments {
        parameters: variant.parameters.iter().map(|parameter| Some(sample(parameter.ty).0)).collect(),
        body: match &variant.body {
            Body::None | Body::File(_) => None,
            Body::Entity(_) => Some(json!({"Name": "x"})),
            Body::Fields(_) => Some(json!({"ids": [1]})),
        },
        file: variant.file().map(|file| {
            let (media_type, name, path) = (file.format.media_type(), "x".to_owned(), "x".to_owned());
            let sent = Sent { field: file.field, media_type, name, path, length: 0 };
            Upload::new(tempfile::tempfile().unwrap(), sent)
        }),
        options: Options::default(),
        if_match: None,
    }
}

/// The values put into a path by the names of its placeholders, which `build` does by their order.
fn filled(variant: &Variant) -> String {
    variant.parameters.iter().fold(variant.path.to_owned(), |path, parameter| {
        let placeholder = format!("{{{}}}", parameter.name);
        assert_eq!(path.matches(&placeholder).count(), 1, "{} in {}", parameter.name, variant.path);
        path.replace(&placeholder, sample(parameter.ty).1)
    })
}

fn variants() -> impl Iterator<Item = (&'static Variant, Release)> {
    let operations = Catalog::builtin().operations();
    operations.flat_map(|operation| &operation.variants).map(|variant| (variant, variant.releases.last().unwrap()))
}

#[test]
fn a_request_for_every_variant() {
    let mut count = 0;
    for (variant, release) in variants() {
        let request = build(variant, release, &plausible(variant)).unwrap();
        assert_eq!(request.method, variant.method, "{}", variant.path);
        assert_eq!(request.target, format!("/xapi/v1{}", filled(variant)));
        assert_eq!(request.body.is_some() || request.file.is_some(), variant.takes_body(), "{}", variant.path);
        assert!(request.target.bytes().all(|byte| byte.is_ascii_graphic() && !b"{}\"<>\\^`|".contains(&byte)));
        count += 1;
    }
    assert_eq!(count, 634);
}

#[test]
fn nullable_parameters_can_be_left_out_and_no_others() {
    for (variant, release) in variants() {
        let given = |parameter: &Parameter| {
            let leave_out = parameter.nullable && parameter.place == Place::Function;
            (!leave_out).then(|| sample(parameter.ty).0)
        };
        let mut arguments =
            Arguments { parameters: variant.parameters.iter().map(given).collect(), ..plausible(variant) };
        let request = build(variant, release, &arguments).unwrap();
        let zeros = arguments.parameters.iter().filter(|value| value.is_none()).count();
        assert_eq!(request.target.matches("=''").count(), zeros, "{}", request.target);
        for index in 0..variant.parameters.len() {
            let parameter = &variant.parameters[index];
            let Some(value) = arguments.parameters[index].take() else { continue };
            let missing = Err(BuildError::Missing { name: parameter.name });
            assert_eq!(build(variant, release, &arguments), missing, "{}", variant.path);
            arguments.parameters[index] = Some(Value::Null);
            assert_eq!(build(variant, release, &arguments), missing, "{}", variant.path);
            arguments.parameters[index] = Some(json!([1]));
            let wrong = BuildError::WrongType { name: parameter.name, expected: parameter.ty, given: "array" };
            assert_eq!(build(variant, release, &arguments), Err(wrong), "{}", variant.path);
            arguments.parameters[index] = Some(value);
        }
    }
}

#[test]
fn every_option_only_where_it_is_known() {
    for (variant, release) in variants() {
        for option in QueryOption::ALL {
            let text = || Some("x".to_owned());
            let list = || vec!["x".to_owned()];
            let (options, query) = match option {
                QueryOption::Top => (Options { top: Some(5), ..Options::default() }, "?$top=5"),
                QueryOption::Skip => (Options { skip: Some(5), ..Options::default() }, "?$skip=5"),
                QueryOption::Search => (Options { search: text(), ..Options::default() }, "?$search=x"),
                QueryOption::Filter => (Options { filter: text(), ..Options::default() }, "?$filter=x"),
                QueryOption::Count => (Options { count: Some(true), ..Options::default() }, "?$count=true"),
                QueryOption::Select => (Options { select: list(), ..Options::default() }, "?$select=x"),
                QueryOption::Orderby => (Options { orderby: list(), ..Options::default() }, "?$orderby=x"),
                QueryOption::Expand => (Options { expand: list(), ..Options::default() }, "?$expand=x"),
            };
            let built = build(variant, release, &Arguments { options, ..plausible(variant) });
            if variant.has_option(option, release) {
                assert!(built.unwrap().target.ends_with(query), "{}", variant.path);
            } else {
                assert_eq!(built, Err(BuildError::NoSuchOption { option }), "{}", variant.path);
            }
        }
    }
}

#[test]
fn bodies_and_if_match_only_where_they_belong() {
    for (variant, release) in variants() {
        let body =
            |body| build(variant, release, &Arguments { body, ..plausible(variant) }).map(|request| request.body);
        match &variant.body {
            Body::None | Body::File(_) => {
                assert_eq!(body(Some(json!({}))), Err(BuildError::NoBody));
                let without = build(variant, release, &Arguments { file: None, ..plausible(variant) });
                assert_eq!(without.is_err(), variant.file().is_some());
            }
            Body::Entity(_) => {
                assert_eq!(body(None), Err(BuildError::MissingBody));
                assert!(matches!(body(Some(json!(1))), Err(BuildError::WrongType { name: "body", .. })));
            }
            Body::Fields(fields) => {
                assert_eq!(body(None), Ok((!fields.is_empty()).then(|| json!({}))));
                assert_eq!(body(Some(json!("x"))), Err(BuildError::BodyNotMap { given: "string" }));
            }
        }
        let tagged = Arguments { if_match: Some("W/\"1\"".to_owned()), ..plausible(variant) };
        match build(variant, release, &tagged) {
            Ok(request) => assert!(variant.if_match && request.if_match == tagged.if_match),
            Err(error) => assert!(!variant.if_match && error == BuildError::NoIfMatch),
        }
    }
}

/// A variant of one parameter that is made up.
fn made_up(path: &'static str, ty: Ty, nullable: bool) -> Variant {
    let releases = ReleaseSet(1);
    let place = Place::Function;
    Variant {
        releases,
        method: Method::Post,
        path,
        kind: Kind::Function,
        parameters: vec![Parameter { name: "p", place, ty, nullable, max_length: None, releases }],
        options: Vec::new(),
        if_match: true,
        body: Body::Fields(Vec::<Property>::new()),
        results: Vec::new(),
    }
}

#[test]
fn types_that_no_release_uses_yet() {
    let zero = |ty| {
        let variant = made_up("/F(p={p})", ty, true);
        build(&variant, Release(0), &Arguments::default()).unwrap().target
    };
    assert_eq!(zero(Ty::String), "/xapi/v1/F(p='')");
    assert_eq!(zero(Ty::Named("PeerType")), "/xapi/v1/F(p='')");
    assert_eq!(zero(Ty::Int32), "/xapi/v1/F(p=0)");
    assert_eq!(zero(Ty::Bool), "/xapi/v1/F(p=false)");
    assert_eq!(zero(Ty::Duration), "/xapi/v1/F(p=duration'PT0S')");
    assert_eq!(zero(Ty::DateTime), "/xapi/v1/F(p=0001-01-01T00:00:00Z)");
    let given = |ty, value: Value| {
        let variant = made_up("/F(p={p})", ty, true);
        let arguments = Arguments { parameters: vec![Some(value)], ..Arguments::default() };
        build(&variant, Release(0), &arguments).map(|request| request.target)
    };
    assert_eq!(given(Ty::Named("PeerType"), json!("Queue")).as_deref(), Ok("/xapi/v1/F(p='Queue')"));
    assert_eq!(given(Ty::Double, json!(1.5)).as_deref(), Ok("/xapi/v1/F(p=1.5)"));
    assert_eq!(given(Ty::Duration, json!("PT5M")).as_deref(), Ok("/xapi/v1/F(p=duration'PT5M')"));
    assert_eq!(given(Ty::Int64, json!(i64::MIN)).as_deref(), Ok("/xapi/v1/F(p=-9223372036854775808)"));
    assert_eq!(given(Ty::List(&Ty::Int32), json!([1, 2])).as_deref(), Ok("/xapi/v1/F(p=%5B1%2C2%5D)"));
    for (ty, value) in [
        (Ty::Int32, json!(2_147_483_648_i64)),
        (Ty::Int32, json!(-2_147_483_649_i64)),
        (Ty::Int64, json!(u64::MAX)),
        (Ty::UInt8, json!(-1)),
        (Ty::UInt8, json!(256)),
    ] {
        assert!(matches!(given(ty, value), Err(BuildError::OutOfRange { .. })));
    }
    for value in ["2025-03-01", "2025-03-01T00:00:00", "today"] {
        let expected = BuildError::WrongForm {
            name: "p",
            expected: Ty::DateTime,
            form: "2025-03-01T00:00:00Z",
            given: value.to_owned(),
        };
        assert_eq!(given(Ty::DateTime, json!(value)), Err(expected));
    }
}

#[test]
fn facts_and_headers_that_cannot_be() {
    let variant = made_up("/F(a={a},b={b})", Ty::String, true);
    assert!(matches!(build(&variant, Release(0), &Arguments::default()), Err(BuildError::Path { .. })));
    let variant = made_up("/F()", Ty::String, true);
    assert!(matches!(build(&variant, Release(0), &Arguments::default()), Err(BuildError::Path { .. })));
    let variant = made_up("/F(p={p})", Ty::String, true);
    let many = Arguments { parameters: vec![None, None], ..Arguments::default() };
    assert_eq!(build(&variant, Release(0), &many), Err(BuildError::TooMany { given: 2, most: 1 }));
    for given in ["", "a\r\nHost: evil"] {
        let tagged = Arguments { if_match: Some(given.to_owned()), ..Arguments::default() };
        assert_eq!(build(&variant, Release(0), &tagged), Err(BuildError::BadIfMatch { given: given.to_owned() }));
    }
}

/// Every request against the documents of the API's maker, where a folder with them is named.
#[test]
fn every_request_fits_the_api_documents() {
    let Some(folder) = std::env::var_os("PBXSH_SPEC_DIR") else {
        eprintln!("skipped: PBXSH_SPEC_DIR names no folder with OpenAPI documents");
        return;
    };
    let catalog = Catalog::builtin();
    for (place, name) in catalog.releases.iter().enumerate() {
        let release = Release(u8::try_from(place).unwrap());
        let text = fs::read_to_string(std::path::Path::new(&folder).join(format!("xapi-{name}.yaml"))).unwrap();
        let document: Value = yaml_serde::from_str(&text).unwrap();
        let mut found = 0;
        for (template, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                if !["get", "post", "patch", "delete", "put"].contains(&method.as_str()) {
                    continue;
                }
                let fits = |variant: &&Variant| {
                    variant.path == template
                        && variant.method.as_str().eq_ignore_ascii_case(method)
                        && variant.releases.contains(release)
                };
                let mut known = catalog.operations().flat_map(|operation| &operation.variants);
                let variant = known.find(fits).unwrap_or_else(|| panic!("{name}: no variant for {method} {template}"));
                let request = build(variant, release, &plausible(variant)).unwrap();
                let path = request.path().strip_prefix("/xapi/v1").unwrap();
                check_path(template, path, &parameters(&document, item, operation));
                let body = !operation["requestBody"].is_null();
                assert_eq!(request.body.is_some(), body, "{name}: {method} {template}");
                found += 1;
            }
        }
        let known = catalog.operations().flat_map(|operation| &operation.variants);
        // What no document tells of cannot be held against one.
        let known = known.filter(|variant| variant.file().is_none());
        let expected = known.filter(|variant| variant.releases.contains(release)).count();
        assert_eq!(found, expected, "{name}");
        eprintln!("{name}: {found} requests fit");
    }
}

fn parameters(document: &Value, item: &Value, operation: &Value) -> Vec<Value> {
    let lists = [&item["parameters"], &operation["parameters"]];
    let all = lists.into_iter().filter_map(Value::as_array).flatten();
    all.map(|parameter| match parameter["$ref"].as_str() {
        Some(to) => document.pointer(to.trim_start_matches('#')).unwrap().clone(),
        None => parameter.clone(),
    })
    .collect()
}

/// Walks a template and a path side by side; each value must look as the document's schema says.
fn check_path(template: &str, path: &str, parameters: &[Value]) {
    let (mut template, mut path) = (template, path);
    while let Some((before, rest)) = template.split_once('{') {
        let (name, after) = rest.split_once('}').unwrap();
        path = path.strip_prefix(before).unwrap_or_else(|| panic!("{before} at {path}"));
        let end = path.find([')', ',', '/']).unwrap();
        let (value, rest) = path.split_at(end);
        let parameter = parameters.iter().find(|parameter| parameter["name"] == *name && parameter["in"] == "path");
        check_value(value, &parameter.unwrap_or_else(|| panic!("{name} of {template}"))["schema"]);
        (template, path) = (after, rest);
    }
    assert_eq!(template, path);
}

fn check_value(value: &str, schema: &Value) {
    let quoted = value.len() >= 2 && value.starts_with('\'') && value.ends_with('\'');
    let fits = match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("integer" | "number"), _) => value.parse::<i64>().is_ok(),
        (Some("boolean"), _) => value == "true" || value == "false",
        (Some("string"), Some("date-time")) => !quoted && value.starts_with("2025-03-01T"),
        (Some("string"), Some("uuid")) => !quoted && value.len() == 36,
        (Some("string"), None) => quoted,
        _ => false,
    };
    assert!(fits, "{value} for {schema}");
}

#[test]
fn reading_sends_no_body() {
    for (variant, _) in variants().filter(|(variant, _)| variant.method == Method::Get) {
        assert!(!variant.takes_body(), "{}", variant.path);
    }
}
