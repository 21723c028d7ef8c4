//! Descriptions laid over the facts.

use crate::catalog::effects::{Effect, effect};
use crate::catalog::kept::{Damage, Kept, Label, Origin, label};
use crate::catalog::{Catalog, Loss, MOST_TYPES, Shared, Texts, merge, parse};

fn built_in() -> Texts {
    Texts {
        operations: "releases 20.0.9 20.0.10

resource users Users
  op get_old
    get /Users/Pbx.GetOld() function @20.0.9
      returns nothing
  op list
    get /Users list
      options top skip
      returns list User
"
        .to_owned(),
        types: "releases 20.0.9 20.0.10

enum Kind
  A
  B

object User
  Id int32
  Name string @20.0.10-
  Name string? @20.0.9
"
        .to_owned(),
        left_out: Vec::new(),
    }
}

/// The newest release of these facts, as a PBX of this version would say them, with changes.
fn said(name: &str, version: &str, change: &[(&str, &str)]) -> Shared {
    let label =
        Label { name: name.to_owned(), origin: Origin::Profile, version: version.to_owned(), imported: String::new() };
    let change = |text: &str| {
        let text = change.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        format!("releases {}\n{text}", label.release())
    };
    let operations = change(
        "
resource users Users
  op list
    get /Users list
      options top skip
      returns list User
",
    );
    let types = change(
        "
enum Kind
  A
  B

object User
  Id int32
  Name string
",
    );
    Shared { labels: vec![label], facts: Texts { operations, types, left_out: Vec::new() } }
}

fn merged(kept: Vec<Shared>, main: Option<&str>) -> (Catalog, Vec<Loss>) {
    merge(&built_in(), kept, main).unwrap()
}

#[test]
fn a_description_is_one_more_release() {
    let new =
        said("hq", "20.0.11.7", &[("Name string", "Name int64"), ("  B\n", "  B\n  C\n"), ("op list", "op list_all")]);
    let (catalog, losses) = merged(vec![new], Some("hq"));
    assert_eq!(losses, []);
    assert_eq!(catalog.releases, ["20.0.9", "20.0.10", "20.0.11"]);
    let (own, shipped) = (catalog.release("20.0.11").unwrap(), catalog.release("20.0.10").unwrap());
    assert_eq!((catalog.usual, catalog.shipped), (own, shipped));
    assert!(catalog.operation("users", "list").unwrap().variant(own).is_none());
    assert!(catalog.operation("users", "list_all").unwrap().variant(shipped).is_none());
    assert_eq!(catalog.property("User", "Name", own).unwrap().ty.to_string(), "int64");
    assert_eq!(catalog.property("User", "Name", shipped).unwrap().ty.to_string(), "string");
    assert_eq!(catalog.property("User", "Id", own).unwrap().releases.0, 0b111);
}

#[test]
fn what_says_the_same_is_the_same_release() {
    let kept = vec![said("a", "20.0.10.1", &[]), said("b", "20.0.11.1", &[]), said("c", "20.0.11.2", &[])];
    let (catalog, losses) = merged(kept, None);
    assert_eq!(losses, []);
    assert_eq!(catalog.releases, ["20.0.9", "20.0.10", "20.0.11"]);
    let release = |name: &str| catalog.release_name(catalog.described(name).unwrap().release);
    assert_eq!((release("a"), release("b"), release("c")), ("20.0.10", "20.0.11", "20.0.11"));
    assert_eq!(catalog.usual, catalog.shipped);
}

#[test]
fn what_one_pbx_alone_says_has_its_name() {
    let own = [("  B\n", "  B\n  C\n")];
    let kept = vec![said("branch-7", "20.0.9.1", &own), said("a", "20.0.11.1", &[]), said("b", "20.0.11.1", &own)];
    let (catalog, _) = merged(kept.clone(), None);
    assert_eq!(catalog.releases, ["20.0.9", "20.0.9+branch-7", "20.0.10", "20.0.11", "20.0.11+b"]);
    // Whoever the session is for has the plain name.
    let (catalog, _) = merged(kept, Some("b"));
    assert_eq!(catalog.releases, ["20.0.9", "20.0.9+branch-7", "20.0.10", "20.0.11", "20.0.11+a"]);
    assert_eq!(catalog.release_name(catalog.usual), "20.0.11");
    let chosen = |name: &str, version: &str| catalog.release_name(catalog.release_of(name, version));
    for (name, version, release) in [
        ("branch-7", "20.0.9.1", "20.0.9+branch-7"),
        ("branch-7", "20.0.9.5", "20.0.9+branch-7"),
        ("branch-7", "20.0.10.5", "20.0.10"),
        ("branch-7", "", "20.0.9+branch-7"),
        ("a", "20.0.12.1", "20.0.11+a"),
        ("a", "20.0.9.1", "20.0.9"),
        ("other", "20.0.9.1", "20.0.9"),
        ("other", "20.0.12.1", "20.0.11"),
        ("other", "18.0.0", "20.0.9"),
        ("other", "", "20.0.10"),
    ] {
        assert_eq!(chosen(name, version), release, "{name} {version}");
    }
}

#[test]
fn names_are_never_two_things() {
    let (catalog, losses) = merged(
        vec![said(
            "hq",
            "20.0.11",
            &[("Users Users", "Users users"), ("users Users", "users USERS"), ("enum Kind", "enum Kind flags")],
        )],
        None,
    );
    assert_eq!((catalog.resources.len(), catalog.types.len(), losses.len()), (1, 2, 0));
    let (catalog, losses) =
        merged(vec![said("hq", "20.0.11", &[("enum Kind", "object Kind"), ("  A\n  B", "  A string")])], None);
    assert_eq!((catalog.types.len(), losses), (2, vec![Loss::Shape { name: "hq".to_owned(), ty: "Kind".to_owned() }]));
}

#[test]
fn what_cannot_be_read_is_left_out() {
    let broken = said("bad", "20.0.11", &[("  op list", "      op list")]);
    let (catalog, losses) = merged(vec![broken, said("good", "20.0.12", &[])], Some("bad"));
    assert!(matches!(&losses[..], [Loss::Damaged { name, .. }] if name == "bad"), "{losses:?}");
    assert_eq!(catalog.releases, ["20.0.9", "20.0.10", "20.0.12"]);
    assert_eq!(catalog.operation("users", "list").unwrap().releases().0, 0b111);
    // Lines that a tree can hold and a catalog cannot mean.
    for (from, to) in [("options top", "options sideways"), ("get /Users", "put /Users"), ("Id int32", "Id int32 @7")] {
        let (catalog, losses) = merged(vec![said("bad", "20.0.11", &[(from, to)]), said("good", "20.0.12", &[])], None);
        assert!(matches!(&losses[..], [Loss::Damaged { name, .. }] if name == "bad"), "{losses:?}");
        assert_eq!(catalog.releases.len(), 3);
    }
}

#[test]
fn there_is_room_for_many_and_not_for_all() {
    let many = (0..40).map(|n| said(&format!("p{n:02}"), &format!("20.1.{n}"), &[])).collect();
    let (catalog, losses) = merged(many, Some("p39"));
    assert_eq!((catalog.releases.len(), losses.len()), (31, 11));
    assert!(catalog.described("p39").is_some() && catalog.described("p38").is_none());
    let types: String = (0..600).map(|n| format!("object A{n:03}\n  X string\n\n")).collect();
    let (catalog, losses) = merged(vec![said("hq", "20.0.11", &[("enum Kind", &format!("{types}enum Kind"))])], None);
    assert_eq!(catalog.types.len(), MOST_TYPES);
    assert!(catalog.ty("User").is_some() && catalog.ty("Kind").is_some());
    assert!(matches!(&losses[..], [Loss::Types { names }] if names.len() == 602 - MOST_TYPES), "{losses:?}");
}

#[test]
fn merging_is_importing_all_at_once() {
    // The facts of each release by themselves, laid over one another, are the facts of all.
    let all = Catalog::built_in_texts();
    let (catalog, losses) = merge(&all, Vec::new(), None).unwrap();
    assert_eq!((&catalog.releases, losses.len()), (&Catalog::builtin().releases, 0));
    assert_eq!(format!("{:?}", catalog.resources), format!("{:?}", Catalog::builtin().resources));
    assert_eq!(format!("{:?}", catalog.types), format!("{:?}", Catalog::builtin().types));
}

#[test]
fn what_is_kept_is_read_as_it_was_written() {
    let Shared { labels, facts } = said("branch-7", "20.0.11.3", &[]);
    let kept = Kept { label: labels[0].clone(), facts };
    let text = kept.to_text();
    assert_eq!(Kept::of_text(&text), Ok(kept.clone()));
    assert_eq!(label(&text[..200]).map(|(label, _)| label), Ok(kept.label));
    for at in 0..text.len() {
        assert!(Kept::of_text(&text[..at]).is_err(), "{at}");
    }
    assert_eq!(Kept::of_text(&text.replace("int32", "int64")), Err(Damage::Changed));
}

#[test]
fn what_nobody_looked_at_is_taken_for_what_it_could_do() {
    let text = "releases 20.0.11

resource users Users
";
    for (line, expected) in [
        ("get /Users/Pbx.X() function", Effect::Command),
        ("get /Users/Pbx.GetThing() function", Effect::Read),
        ("get /Users/Pbx.GetNewThing() function", Effect::Command),
        ("get /Users/Pbx.GetGeneratedKey() function", Effect::Secret),
        ("get /Users/Pbx.GetRegenerateKey() function", Effect::Command),
        ("get /Users/Pbx.GenerateThing() function", Effect::Command),
        ("get /Users/Pbx.SetThing() function", Effect::Command),
        ("get /Users/Pbx.GetThingPassword() function", Effect::Secret),
        ("get /Users/Pbx.IsThing() function", Effect::Read),
        ("post /Users/Pbx.GetThing function", Effect::Command),
        ("post /Users/Pbx.GetThing action", Effect::Command),
        ("post /Users/Things navigation", Effect::Command),
        ("get /Users({Id})/Things navigation", Effect::Read),
        ("patch /Users update", Effect::Update),
        // It was looked at as a GET.
        ("post /Users/Pbx.GetPhoneSecret action", Effect::Command),
    ] {
        let last = line.split(' ').nth(1).and_then(|path| path.rsplit('/').next()).unwrap();
        let bare = last.trim_start_matches("Pbx.").trim_end_matches("()");
        let name = crate::catalog::names::operation(bare);
        let operations = format!("{text}  op {name}\n    {line}\n      returns nothing\n");
        let catalog = parse(operations.leak(), "releases 20.0.11\n").unwrap();
        assert_eq!(effect(catalog.operation("users", &name).unwrap()), expected, "{line}");
    }
}
