//! The service document and `$metadata`.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::kept::{Label, Origin};
use crate::catalog::{Catalog, Shared, Source, import, merge};
use crate::sandbox::tests::World;

/// An element with its attributes and children.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    children: Vec<Element>,
}

impl Element {
    fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    fn named<'a>(&'a self, element: &'a str, name: &'a str) -> &'a Element {
        let found = self.all(element).find(|child| child.get("Name") == name);
        found.unwrap_or_else(|| panic!("no {element} {name}"))
    }
}

/// Reads XML without text content; whatever is not well formed panics.
fn read(text: &str) -> Element {
    let mut rest = text.strip_prefix("<?xml version=\"1.0\" encoding=\"utf-8\"?>").unwrap();
    let mut open = vec![Element::default()];
    while let Some(start) = rest.find('<') {
        assert!(rest[..start].trim().is_empty(), "text between elements: {}", &rest[..start]);
        let end = start + rest[start..].find('>').unwrap();
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            let done = open.pop().unwrap();
            assert_eq!(done.name, name);
            open.last_mut().unwrap().children.push(done);
            continue;
        }
        let (tag, empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut element = Element { name: name.to_owned(), ..Element::default() };
        let mut parts = attributes.split('"');
        while let Some(name) = parts.next().map(str::trim).filter(|name| !name.is_empty()) {
            let value = parts.next().unwrap();
            assert!(!value.contains('<'));
            let before = element.attributes.insert(name.strip_suffix('=').unwrap().to_owned(), value.to_owned());
            assert!(before.is_none(), "twice: {tag}");
        }
        match empty {
            true => open.last_mut().unwrap().children.push(element),
            false => open.push(element),
        }
    }
    assert_eq!(open.len(), 1, "not closed");
    open.remove(0).children.remove(0)
}

fn metadata(release: &str) -> Element {
    let response = World::of(release).raw("GET", "/$metadata", None);
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"application/xml".parse().unwrap())
    );
    let mut root = read(std::str::from_utf8(response.body()).unwrap());
    assert_eq!((root.name.as_str(), root.get("Version")), ("edmx:Edmx", "4.0"));
    root.children.remove(0).children.remove(0)
}

#[test]
fn the_service_document_lists_what_the_root_has() {
    let mut world = World::new();
    let answer = world.get("/");
    assert_eq!(answer.body["@odata.context"], "http://localhost/xapi/v1/$metadata");
    let kind = |name: &str| {
        let entry = answer.rows().iter().find(|entry| entry["name"] == name);
        entry.map(|entry| entry["kind"].as_str().unwrap().to_owned())
    };
    assert_eq!(kind("Users").as_deref(), Some("EntitySet"));
    assert_eq!(kind("SystemStatus").as_deref(), Some("Singleton"));
    assert_eq!(kind("GetUpdates").as_deref(), Some("FunctionImport"));
    assert_eq!(kind("GetUpdateDetails"), None);
    assert_eq!(world.get("").body, answer.body);
    assert_eq!(world.post("/", serde_json::json!({})).status, 405);
    world.token.clear();
    assert_eq!(world.get("/$metadata").status, 401);
}

#[test]
fn metadata_describes_users() {
    let schema = metadata("20.0.10");
    let user = schema.named("EntityType", "User");
    assert_eq!(user.all("Key").next().unwrap().children[0].get("Name"), "Id");
    let id = user.named("Property", "Id");
    assert_eq!((id.get("Type"), id.get("Nullable")), ("Edm.Int32", "false"));
    let number = user.named("Property", "Number");
    assert_eq!((number.get("Type"), number.get("Nullable")), ("Edm.String", ""));
    assert_eq!(user.named("Property", "Hours").get("Type"), "Pbx.Schedule");
    let groups = user.named("NavigationProperty", "Groups");
    assert_eq!((groups.get("Type"), groups.get("ContainsTarget")), ("Collection(Pbx.UserGroup)", "true"));
    schema.named("ComplexType", "Schedule");
    let container = schema.named("EntityContainer", "Container");
    assert_eq!(container.named("EntitySet", "Users").get("EntityType"), "Pbx.User");
    assert_eq!(container.named("Singleton", "SystemStatus").get("Type"), "Pbx.SystemStatus");
    let rules = container.named("EntitySet", "Trunks").all("NavigationPropertyBinding");
    let targets: Vec<(&str, &str)> = rules.map(|rule| (rule.get("Path"), rule.get("Target"))).collect();
    assert!(targets.contains(&("RoutingRules", "InboundRules")), "{targets:?}");
    let regenerate = schema.named("Action", "Regenerate");
    assert_eq!((regenerate.get("IsBound"), regenerate.children[0].get("Type")), ("true", "Pbx.User"));
    let first = schema.named("Function", "GetFirstAvailableExtensionNumber");
    assert_eq!(first.children[0].get("Type"), "Collection(Pbx.User)");
    assert_eq!(first.all("ReturnType").next().unwrap().get("Type"), "Pbx.FirstAvailableNumber");
    let report = schema.named("Function", "GetCallLogData");
    assert_eq!(report.named("Parameter", "periodFrom").get("Type"), "Edm.DateTimeOffset");
    assert_eq!(container.named("EntitySet", "ReportCallLogData").get("EntityType"), "Pbx.CallLogData");
    assert_eq!(container.named("FunctionImport", "GetUpdates").get("Function"), "Pbx.GetUpdates");
}

#[test]
fn enums_have_names_that_clients_can_use() {
    let schema = metadata("20.0.10");
    let warnings = schema.named("EnumType", "Warnings");
    warnings.named("Member", "XapiAlreadyInUse");
    let flags = schema.named("EnumType", "TranscriptionType");
    assert_eq!(flags.get("IsFlags"), "true");
    assert_eq!(flags.named("Member", "Nothing").get("Value"), "0");
    for ty in schema.all("EnumType") {
        let names: BTreeSet<&str> = ty.all("Member").map(|member| member.get("Name")).collect();
        assert_eq!(names.len(), ty.children.len(), "{}", ty.get("Name"));
        assert!(names.iter().all(|name| !name.contains(['.', ' ', '-'])), "{}", ty.get("Name"));
    }
}

#[test]
fn a_model_holds_together_on_every_release() {
    for release in ["20.0.5", "20.0.6", "20.0.7", "20.0.8", "20.0.9", "20.0.10"] {
        let schema = metadata(release);
        let declared = |element: &str| -> BTreeSet<String> {
            schema.all(element).map(|ty| format!("Pbx.{}", ty.get("Name"))).collect()
        };
        let (entities, complexes, enums) = (declared("EntityType"), declared("ComplexType"), declared("EnumType"));
        let bare = |ty: &str| ty.trim_start_matches("Collection(").trim_end_matches(')').to_owned();
        let known = |ty: &str| {
            let ty = bare(ty);
            ty.starts_with("Edm.") || entities.contains(&ty) || complexes.contains(&ty) || enums.contains(&ty)
        };
        for ty in schema.all("EntityType").chain(schema.all("ComplexType")) {
            let place = |property: &Element| format!("{release} {}.{}", ty.get("Name"), property.get("Name"));
            for property in ty.all("Property") {
                assert!(known(property.get("Type")), "{}", place(property));
                assert!(!entities.contains(&bare(property.get("Type"))), "{}", place(property));
            }
            for property in ty.all("NavigationProperty") {
                let target = bare(property.get("Type"));
                assert!(entities.contains(&target), "{}", place(property));
                let keys = schema.named("EntityType", target.trim_start_matches("Pbx.")).all("Key").count();
                assert_eq!(keys, 1, "{}", place(property));
            }
        }
        let mut overloads = BTreeSet::new();
        for callable in schema.all("Function").chain(schema.all("Action")) {
            for part in &callable.children {
                assert!(known(part.get("Type")), "{release} {}: {}", callable.get("Name"), part.get("Type"));
            }
            let parameters: Vec<&str> = callable.all("Parameter").map(|parameter| parameter.get("Name")).collect();
            let bound_to = callable.children.first().map_or("", |first| first.get("Type"));
            let overload = (callable.get("Name"), bound_to, parameters);
            assert!(overloads.insert(overload.clone()), "{release} {overload:?}");
        }
        let container = schema.named("EntityContainer", "Container");
        for set in container.all("EntitySet") {
            let ty = set.get("EntityType").trim_start_matches("Pbx.");
            let keys = schema.named("EntityType", ty).all("Key").count();
            assert_eq!(keys, 1, "{release} {}", set.get("Name"));
        }
        for single in container.all("Singleton") {
            assert!(entities.contains(single.get("Type")), "{release} {}", single.get("Name"));
        }
    }
}

#[test]
fn the_description_gives_back_the_facts() {
    for release in &Catalog::builtin().releases {
        let mut world = World::of(release);
        let response = world.raw("GET", "/swagger.yaml", None);
        assert_eq!(response.headers()["content-type"], "application/yaml");
        let text = std::str::from_utf8(response.body()).unwrap().to_owned();
        let facts = import(vec![Source { release: (*release).to_owned(), text }]).unwrap();
        assert_eq!(facts.left_out, Vec::<String>::new());
        let label = Label {
            name: "own".to_owned(),
            origin: Origin::Sandbox,
            version: (*release).to_owned(),
            imported: String::new(),
        };
        let (catalog, losses) =
            merge(&Catalog::built_in_texts(), vec![Shared { labels: vec![label], facts }], None).unwrap();
        // No further release: it says what was known.
        assert_eq!((&catalog.releases, losses), (&Catalog::builtin().releases, Vec::new()));
        world.token.clear();
        assert_eq!(world.get("/swagger.yaml").status, 401);
    }
}
