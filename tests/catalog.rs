//! The facts: complete, consistent, quick to load.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use pbxsh::catalog::effects::{all_listed, by_rule, effect};
use pbxsh::catalog::overlay::{doc, instead, renamed, warning};
use pbxsh::catalog::{Body, Catalog, Effect, Kind, Shape, Ty};

use crate::common::{pbxsh, project};

/// How many operations stand in `undescribed.txt`.
const UNDESCRIBED: usize = 1;

#[test]
fn counts_are_those_of_the_six_releases() {
    let catalog = Catalog::builtin();
    assert_eq!(catalog.releases, ["20.0.5", "20.0.6", "20.0.7", "20.0.8", "20.0.9", "20.0.10"]);
    assert_eq!(catalog.resources.len(), 132);
    assert_eq!(catalog.operations().count(), 622 + UNDESCRIBED);
    assert_eq!(catalog.operations().map(|operation| operation.variants.len()).sum::<usize>(), 633 + UNDESCRIBED);
    let objects = catalog.types.iter().filter(|ty| matches!(ty.shape, Shape::Object { .. })).count();
    assert_eq!((objects, catalog.types.len() - objects), (337, 117));
    let newest = catalog.newest();
    let mut methods = BTreeMap::new();
    for variant in catalog.operations().filter_map(|operation| operation.variant(newest)) {
        *methods.entry(variant.method.as_str()).or_insert(0) += 1;
    }
    assert_eq!(methods, BTreeMap::from([("GET", 322), ("POST", 180 + UNDESCRIBED), ("PATCH", 65), ("DELETE", 34)]));
}

#[test]
fn names_are_unique_legal_and_short() {
    let reserved = [
        "true",
        "false",
        "let",
        "const",
        "if",
        "else",
        "switch",
        "do",
        "while",
        "until",
        "loop",
        "for",
        "in",
        "continue",
        "break",
        "return",
        "throw",
        "try",
        "catch",
        "import",
        "export",
        "as",
        "private",
        "this",
        "fn",
        "global",
        "new",
        "default",
        "case",
        "match",
        "with",
        "use",
        "module",
        "package",
        "var",
        "static",
        "shared",
        "public",
        "protected",
        "super",
        "spawn",
        "thread",
        "go",
        "sync",
        "async",
        "await",
        "yield",
        "void",
        "null",
        "nil",
        "is",
        "goto",
        "exit",
        "print",
        "debug",
        "eval",
        "call",
        "curry",
        "type_of",
        "is_def_fn",
        "is_def_var",
    ];
    let catalog = Catalog::builtin();
    let mut names: Vec<String> = catalog.resources.iter().map(|resource| resource.name.to_owned()).collect();
    names.extend(catalog.operations().map(|operation| operation.full_name()));
    names.extend(catalog.types.iter().map(|ty| ty.name.to_owned()));
    let all = names.len();
    for name in &names {
        for part in name.split('.') {
            let legal = part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && !part.starts_with(|c: char| c.is_ascii_digit());
            assert!(legal, "{name}");
            // The names of types are 3CX's own, whatever their length.
            assert!(part.len() < 48 || catalog.ty(name).is_some(), "{name}");
            assert!(!reserved.contains(&part), "{name}");
        }
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn every_type_that_is_named_exists() {
    fn named(ty: Ty) -> Option<&'static str> {
        match ty {
            Ty::Named(name) => Some(name),
            Ty::List(element) => named(*element),
            _ => None,
        }
    }
    let catalog = Catalog::builtin();
    let mut used: Vec<&str> = Vec::new();
    for variant in catalog.operations().flat_map(|operation| &operation.variants) {
        used.extend(variant.parameters.iter().filter_map(|parameter| named(parameter.ty)));
        match &variant.body {
            Body::None | Body::File(_) => {}
            Body::Entity(types) => used.extend(types.iter().filter_map(|(ty, _)| named(*ty))),
            Body::Fields(fields) => used.extend(fields.iter().filter_map(|field| named(field.ty))),
        }
    }
    for ty in &catalog.types {
        used.extend(catalog.properties(ty.name).iter().filter_map(|property| named(property.ty)));
    }
    used.retain(|name| catalog.ty(name).is_none() && *name != "ReferenceNumeric");
    assert_eq!(used, Vec::<&str>::new());
}

#[test]
fn every_operation_has_an_effect_that_a_rule_or_a_person_gave_it() {
    let unseen: Vec<String> = Catalog::builtin()
        .operations()
        .filter(|operation| by_rule(operation).is_none())
        .map(|operation| operation.full_name())
        .filter(|name| all_listed().binary_search_by_key(&name.as_str(), |(name, _)| name).is_err())
        .collect();
    assert_eq!(unseen, Vec::<String>::new());
}

#[test]
fn effects_are_not_guessed_from_the_verb() {
    let catalog = Catalog::builtin();
    for (resource, name, expected) in [
        ("users", "get_duplicated_emails", Effect::Read),
        ("conference_settings", "generate_api_key", Effect::Update),
        ("users", "get_phone_secret", Effect::Secret),
        ("users", "batch_delete", Effect::Delete),
        ("users", "list", Effect::Read),
        ("groups", "create", Effect::Create),
        ("active_calls", "drop_call", Effect::Command),
    ] {
        let operation = catalog.operation(resource, name).expect(name);
        assert_eq!(effect(operation), expected, "{resource}.{name}");
    }
}

#[test]
fn what_people_wrote_speaks_of_what_exists() {
    let catalog = Catalog::builtin();
    let known = |full_name: &str| {
        let (resource, name) = full_name.split_once('.')?;
        catalog.operation(resource, name)
    };
    let lines = |file: &str| {
        let text = std::fs::read_to_string(project().join("catalog").join(file)).expect(file);
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let names: Vec<String> = lines.map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect();
        let mut once = names.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), names.len(), "{file} names something twice");
        names
    };
    for name in lines("effects.txt").into_iter().chain(lines("instead.txt")) {
        assert!(known(&name).is_some() || catalog.resource(&name).is_some(), "{name}");
    }
    assert_eq!(lines("effects.txt").len(), all_listed().len(), "a line of effects.txt has no effect that exists");
    for name in lines("docs.txt") {
        assert!(known(&name).is_some() || catalog.resource(&name).is_some(), "{name}");
        assert!(doc(&name).is_some_and(|line| line.len() <= 110 && !line.ends_with('.')), "{name}");
    }
    for resource in &catalog.resources {
        assert!(doc(resource.name).is_some(), "`{}` has no line in docs.txt", resource.name);
    }
    for (shown, other) in renamed() {
        let resource = shown.split('.').next().unwrap_or_default();
        assert!(known(&format!("{resource}.{other}")).is_some(), "{shown} {other}");
    }
    let Some(Shape::Enum { values, .. }) = catalog.ty("Warnings").map(|ty| &ty.shape) else { panic!("no `Warnings`") };
    for value in values {
        let warning = warning(value.value).unwrap_or_else(|| panic!("`{}` is not explained", value.value));
        assert!(!warning.meaning.is_empty() && !warning.remedy.is_empty(), "{}", value.value);
    }
    assert!(instead("users.get_monitor_status").is_some());
}

#[test]
fn a_version_finds_its_release() {
    let catalog = Catalog::builtin();
    for (version, release) in [
        ("20.0.8.1121", "20.0.8"),
        ("20.0.10", "20.0.10"),
        ("20.0.11.3", "20.0.10"),
        ("21.1.0.0", "20.0.10"),
        ("18.0.9", "20.0.5"),
        ("", "20.0.5"),
    ] {
        assert_eq!(catalog.release_name(catalog.release_for(version)), release, "{version}");
    }
}

#[test]
fn lists_and_their_entities_agree() {
    // What `list` gives is what `get` gives: a resource is one kind of thing.
    let catalog = Catalog::builtin();
    let newest = catalog.newest();
    for resource in &catalog.resources {
        let of = |kind: Kind| {
            let variants = resource.operations.iter().filter_map(|operation| operation.variant(newest));
            variants.filter(|variant| variant.kind == kind).map(|variant| variant.answer(newest)).next()
        };
        if let (Some(pbxsh::catalog::Answer::List(row)), Some(pbxsh::catalog::Answer::Object(one))) =
            (of(Kind::List), of(Kind::Get))
        {
            assert_eq!(row, one, "{}", resource.name);
        }
    }
}

#[test]
fn loads_quickly() {
    // The promise is a millisecond for the release build, and the bench measures it; this one only notices a blunder.
    let start = Instant::now();
    let catalog = Catalog::builtin();
    assert!(!catalog.resources.is_empty());
    assert!(start.elapsed().as_millis() < 250, "{:?}", start.elapsed());
}

/// The folder with 3CX's own descriptions, where there is one: they are not part of the project.
fn descriptions() -> Option<Vec<PathBuf>> {
    let folder = std::env::var_os("PBXSH_SPEC_DIR")?;
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).ok()?.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    Some(files)
}

#[test]
fn importing_again_changes_nothing() {
    let Some(files) = descriptions() else {
        println!("skipped: PBXSH_SPEC_DIR does not name a folder with the descriptions");
        return;
    };
    let mut arguments = vec!["catalog".to_owned(), "import".to_owned(), "--out".to_owned(), "again".to_owned()];
    arguments.extend(files.iter().map(|file| file.display().to_string()));
    let ended = pbxsh(arguments.iter().map(String::as_str)).run();
    assert_eq!(ended.code, 0, "{}", ended.err);
    for name in ["operations.txt", "types.txt"] {
        let ours = std::fs::read_to_string(project().join("catalog").join(name)).expect(name);
        assert_eq!(ended.read(&format!("again/{name}")), ours, "{name}");
    }
}
