//! Every object type and every enum, on every release: made, changed, compared, printed, and through JSON and back.

use std::fmt::Write;

use pbxsh::catalog::{Catalog, Property, Release, Shape, Ty};

use crate::common::{gives, pbxsh};

/// A value of a type as a script writes it, and another one, if there is another.
fn literals(catalog: &Catalog, ty: Ty) -> (String, Option<String>) {
    let both = |one: &str, other: &str| (one.to_owned(), Some(other.to_owned()));
    match ty {
        Ty::String => both("\"it's \\\"x\\\" ü\"", "\"\""),
        Ty::Bool => both("false", "true"),
        Ty::Int32 => both("-2147483648", "2147483647"),
        Ty::Int64 => both("-9007199254740993", "9007199254740993"),
        Ty::UInt8 => both("0", "255"),
        Ty::Decimal | Ty::Double => both("1.5", "2"),
        Ty::DateTime => both("\"2026-03-01T00:00:00Z\"", "\"2026-03-01T00:00:00+02:00\""),
        Ty::Date => both("\"2026-03-01\"", "\"2026-12-31\""),
        Ty::Time => both("\"08:00:00\"", "\"23:59:59\""),
        Ty::Duration => both("\"PT1H\"", "\"PT0S\""),
        Ty::Guid => both("\"1e6ed594-af95-4bb4-af56-b957ac87d6d7\"", "\"00000000-0000-0000-0000-000000000000\""),
        Ty::Any => both("[1, #{ a: () }]", "\"x\""),
        Ty::List(element) => (format!("[{}]", literals(catalog, *element).0), Some("[]".to_owned())),
        Ty::Named(name) => match catalog.ty(name).map(|ty| &ty.shape) {
            Some(Shape::Enum { values, .. }) => {
                let other = values.last().filter(|last| last.value != values[0].value);
                (format!("{:?}", values[0].value), other.map(|other| format!("{:?}", other.value)))
            }
            _ => ("#{}".to_owned(), None),
        },
    }
}

/// What an object of any type can do; prints what it cannot.
const CHECK: &str = r#"
let types = 0;
fn check(o, again, name, names) {
    let wrong = |what| print(`${name}: ${what}`);
    if type_of(o) != name { wrong.call("type_of"); }
    if o.keys() != names || o.len() != names.len() || o.is_empty() != names.is_empty() { wrong.call("keys"); }
    let seen = [];
    for key in o { seen.push(key); }
    if seen != names || names.some(|key| !(key in o)) { wrong.call("for"); }
    let map = o.to_map();
    if type_of(map) != "map" || o != map || map != o || !(o == again) || o != again { wrong.call("equality"); }
    if [o] != [again] || #{ a: o } != #{ a: map } || [o].index_of(again) != 0 { wrong.call("equality inside"); }
    if `${o}` != `${name} #${o.to_json()}` || again.to_json() != o.to_json() { wrong.call("text"); }
    if !o.diff(map).is_empty() || !o.diff(again).is_empty() { wrong.call("diff"); }
    for (key, at) in o.keys() { if o.values()[at] != o[key] { wrong.call("values"); } }
    if o.original() != () || o.changed() != map { wrong.call("changed"); }
}
fn check_change(o, changed, key, value) {
    let diff = changed.diff(o);
    if changed[key] != value || changed == o || diff.keys() != [key] || diff[key].from != value || diff[key].to != o[key] {
        print(`${type_of(o)}.${key}: ${diff.to_json()}`);
    }
}
"#;

fn script(catalog: &Catalog, release: Release) -> (String, usize) {
    let (mut script, mut count) = (CHECK.to_owned(), 0);
    for ty in &catalog.types {
        let Shape::Object { properties } = &ty.shape else { continue };
        let here: Vec<&Property> = properties.iter().filter(|property| property.releases.contains(release)).collect();
        count += 1;
        let name = ty.name;
        let fields: Vec<String> =
            here.iter().map(|it| format!("{}: {}", it.name, literals(catalog, it.ty).0)).collect();
        let names: Vec<String> = here.iter().map(|it| format!("{:?}", it.name)).collect();
        let _ = writeln!(script, "{{ let o = {name}(#{{ {} }});", fields.join(", "));
        let _ = writeln!(script, "check(o, {name}(parse_json(o.to_json())), {name:?}, [{}]);", names.join(", "));
        for property in here {
            if let (_, Some(other)) = literals(catalog, property.ty) {
                let key = property.name;
                let _ = writeln!(script, "let c = o; c.{key} = {other}; check_change(o, c, {key:?}, {other});");
            }
        }
        script.push_str("types += 1; }\n");
    }
    script.push_str("print(types);");
    (script, count)
}

#[test]
fn every_type_is_made_changed_compared_and_read_back() {
    let catalog = Catalog::builtin();
    for (place, name) in catalog.releases.iter().enumerate() {
        let (script, count) = script(catalog, Release(place as u8));
        assert_eq!(count, 337);
        let out = pbxsh(["run", "--sandbox", "--release", name, "all.rhai"]).file("all.rhai", &script).out();
        assert_eq!(out, format!("{count}\n"), "{name}");
    }
}

#[test]
fn every_value_of_every_enum_is_a_constant() {
    let (mut script, mut enums) = (String::from("let n = 0;\n"), 0);
    for ty in &Catalog::builtin().types {
        let Shape::Enum { values, .. } = &ty.shape else { continue };
        enums += 1;
        // A code stands there once more for the releases where it had no readable name yet.
        let named = |code: &str| values.iter().any(|value| value.value == code && value.alias.is_some());
        for value in values.iter().filter(|value| value.alias.is_some() || !named(value.value)) {
            let constant = format!("{}::{}", ty.name, value.constant());
            let _ = writeln!(script, "if {constant} != {:?} {{ print(\"{constant}\"); }}", value.value);
        }
        script.push_str("n += 1;\n");
    }
    script.push_str("print(n);");
    assert_eq!(enums, 117);
    assert_eq!(pbxsh(["run", "--sandbox", "all.rhai"]).file("all.rhai", &script).out(), format!("{enums}\n"));
}

/// Rows as the PBX sends them, with all that a build may leave empty.
#[test]
fn what_a_list_gives_can_be_made_again() {
    let catalog = Catalog::builtin();
    let newest = catalog.newest();
    let mut script = String::from("let n = 0;\n");
    let mut count = 0;
    for resource in &catalog.resources {
        let Some(variant) = resource.operation("list").and_then(|list| list.variant(newest)) else { continue };
        let pbxsh::catalog::Answer::List(Ty::Named(ty)) = variant.answer(newest) else { continue };
        count += 1;
        let _ = writeln!(
            script,
            "for row in pbx.{0}.list().take(3) {{ if {ty}(row.to_map()) != row || {ty}(parse_json(row.to_json())) != row || row.is_changed() {{ print(\"{0}\"); }} }} n += 1;",
            resource.name
        );
    }
    script.push_str("print(n);");
    let out = pbxsh(["run", "--sandbox", "all.rhai"]).file("all.rhai", &script).out();
    assert_eq!(out, format!("{count}\n"));
    assert!(count > 40, "{count}");
}

#[test]
fn objects_are_used_as_people_use_them() {
    for (code, expected) in [
        // Names, values and loops.
        ("let n = \"\"; for name in Group(#{ Name: \"a\", Id: 1 }) { n += name; } n", "IdName"),
        ("let n = \"\"; for (name, at) in Group(#{ Name: \"a\", Id: 1 }) { n += `${at}${name}`; } n", "0Id1Name"),
        (
            "let g = Group(#{ Name: \"a\", Id: 1 }); [g.values(), g.len(), Group().is_empty()].to_json()",
            "[[1,\"a\"],2,true]",
        ),
        // Typed elements.
        (
            "let g = Group(#{ Members: [] }); g.Members.push(#{ Number: \"100\" }); g.Members[0].Number = \"101\"; g.Members.insert(0, #{ Number: \"99\" }); [type_of(g.Members[0]), g.Members.map(|m| m.Number)].to_json()",
            "[\"UserGroup\",[\"99\",\"101\"]]",
        ),
        (
            "let g = Group(#{ Members: [#{ Number: \"3\" }, #{ Number: \"1\" }, #{ Number: \"2\" }] }); g.Members.remove(0); g.Members.sort(|a, b| if a.Number > b.Number { -1 } else { 1 }); let n = \"\"; for m in g.Members { n += m.Number; } n + g.Members.filter(|m| m.Number == \"1\").len()",
            "211",
        ),
        ("let g = Group(); g.Name = \"a\"; g.Name += \"b\"; g.Id = 5; g.Id -= 2; `${g.Name}${g.Id}`", "ab3"),
        (
            "let g = Group(#{ Hours: #{ Type: \"OfficeHours\" } }); g.Hours.Type = \"AllHours\"; g[\"Hours\"][\"Type\"]",
            "AllHours",
        ),
        ("[Group()?.Hours?.Type ?? \"none\", Group().Name ?? \"x\"].to_json()", "[\"none\",\"x\"]"),
        (
            "let g = Group(#{ Name: \"a\" }); let m = #{ g: g }; m.g.Name = \"b\"; [g.Name, m.g.Name].to_json()",
            "[\"a\",\"b\"]",
        ),
        // Copies.
        (
            "let g = Group(#{ Hours: #{ Type: \"OfficeHours\" }, Members: [#{ Number: \"1\" }] }); let m = g.to_map(); m.Hours.Type = 5; m.Members[0].New = true; m.Other = 1; [type_of(m.Hours), type_of(m.Members[0]), g.Hours.Type].to_json()",
            "[\"map\",\"map\",\"OfficeHours\"]",
        ),
        (
            "let g = Group(#{ Name: \"a\", Id: 1 }); let was = g.remove(\"Id\"); [was, g.keys(), g.remove(\"Language\")].to_json()",
            "[1,[\"Name\"],null]",
        ),
        // Equality.
        (
            "let g = Group(#{ Name: \"a\" }); [g == #{ Name: \"a\" }, #{ Name: \"a\" } == g, g != #{ Name: \"b\" }, [g] == [#{ Name: \"a\" }], #{ x: g } == #{ x: Group(#{ Name: \"a\" }) }, [1, g].contains(g), [1, g].index_of(#{ Name: \"a\" }), g == 5, g == ()].to_json()",
            "[true,true,true,true,true,true,1,false,false]",
        ),
        // null is a value.
        (
            "let u = User(#{ Mobile: () }); [u.len(), \"Mobile\" in u, \"Fax\" in u, u.to_json()].to_json()",
            "[1,true,false,\"{\\\"Mobile\\\":null}\"]",
        ),
        // Types are found through functions, too.
        (
            "fn Group.shout() { this.Name.to_upper() } fn User.shout() { \"u\" } [Group(#{ Name: \"a\" }).shout(), User().shout()].to_json()",
            "[\"A\",\"u\"]",
        ),
        ("fn f(g) { g.Name = \"inner\"; g } let g = Group(#{ Name: \"outer\" }); f(g).Name + g.Name", "innerouter"),
    ] {
        gives(code, expected);
    }
}

#[test]
fn differences_are_told_by_path() {
    let made = "let a = Group(#{ Name: \"a\", Hours: #{ Type: \"OfficeHours\", Periods: [#{ Start: \"08:00:00\", Stop: \"17:00:00\" }] }, Language: \"EN\" });";
    for (code, expected) in [
        ("a.diff(a).to_json()", "{}"),
        (
            "let b = a; b.Name = \"b\"; b.Hours.Type = \"AllHours\"; b.remove(\"Language\"); a.diff(b).to_json()",
            r#"{"Hours.Type":{"from":"OfficeHours","to":"AllHours"},"Language":{"from":"EN","to":null},"Name":{"from":"a","to":"b"}}"#,
        ),
        // A map says what is wanted, no more: at every depth, and inside of arrays.
        ("a.diff(#{ Name: \"a\" }).to_json()", "{}"),
        ("a.diff(#{ Hours: #{ Type: \"OfficeHours\" } }).to_json()", "{}"),
        ("a.diff(#{ Hours: #{ Periods: [#{ Stop: \"17:00:00\" }] } }).to_json()", "{}"),
        (
            "a.diff(#{ Hours: #{ Periods: [] }, Id: 5 }).to_json()",
            r#"{"Hours.Periods":{"from":[{"Start":"08:00:00","Stop":"17:00:00"}],"to":[]},"Id":{"from":null,"to":5}}"#,
        ),
        ("let d = a.diff(#{ Name: \"c\" }); d.Name.from + d.Name.to", "ac"),
        ("let u = pbx.users.list().first(); u.Mobile = \"+1\"; u.original().diff(u).keys().to_json()", "[\"Mobile\"]"),
        (
            "let u = pbx.users.list().first(); u.Mobile = \"+1\"; let was = u.is_changed(); u = u.original(); [was, u.is_changed()].to_json()",
            "[true,false]",
        ),
    ] {
        gives(&format!("{made} {code}"), expected);
    }
    for (code, expected) in [
        ("Group().diff(#{ Nme: 1 })", "`Group` has no property `Nme`"),
        ("Group().diff(User())", "`diff` must be a `Group` or a map, not a User"),
        ("Group().diff(5)", "`diff` must be a `Group` or a map, not the whole number 5"),
        ("[1].diff([2])", "there is no function `diff` for (array, array)"),
        ("().keys()", "`keys` was called on nothing, ()"),
        (
            "try { pbx.users.create(#{ Number: \"100\" }) } catch (e) { e.details.len(); e.hint = \"x\"; }",
            "`Error.hint` can be read and not set",
        ),
        ("pbx.name = \"x\"", "`Connection.name` can be read and not set"),
        ("Group().remove(\"Nme\")", "`Group` has no property `Nme`"),
        ("User(#{ Id: () })", "`User.Id` must be a whole number, not nothing, ()"),
    ] {
        let report = crate::common::sandbox(code).fails(3);
        assert!(report.contains(expected), "{code}: {report}");
    }
}
