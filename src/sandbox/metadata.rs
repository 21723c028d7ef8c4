//! What the PBX tells about itself: the service document, `$metadata` as an OData client reads it, and where its description is.
//!
//! The catalog holds no entity model, so some of it is concluded: what stands in a set or behind a navigation property is
//! an entity, everything else is a complex type. About a dozen operations are called like the type of their parameter
//! (`Pbx.InstallFirmware`), because the API calls them so; strict readers of metadata warn about these.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::catalog::{Answer, Body, Kind, Operation, Place, Property, Shape, Ty, Type, Variant};
use crate::sandbox::asked;
use crate::sandbox::openapi;
use crate::sandbox::problem::Problem;
use crate::sandbox::reply::Reply;
use crate::sandbox::router::Router;
use crate::sandbox::schema::{Schema, edm, named};
use crate::sandbox::xml::Xml;

/// The three documents; None for every other path.
pub(super) fn respond(
    schema: Schema,
    router: &Router,
    request: &Request<Bytes>,
    path: &str,
) -> Option<Result<Reply, Problem>> {
    if !matches!(path, "" | "$metadata" | "swagger.yaml") {
        return None;
    }
    if request.method() != Method::GET {
        return Some(Err(Problem::wrong_method()));
    }
    if path == "swagger.yaml" {
        return Some(Ok(Reply::file("application/yaml", path, openapi::document(schema).into_bytes())));
    }
    let model = Model::new(schema, router);
    Some(Ok(match path {
        "" => Reply::json(&model.service(&asked::root(request))),
        _ => Reply::xml(model.document()),
    }))
}

struct Model {
    schema: Schema,
    /// Types of entities with their key.
    entities: BTreeMap<&'static str, Option<&'static str>>,
    sets: BTreeMap<&'static str, &'static str>,
    singles: BTreeMap<&'static str, &'static str>,
    /// Functions and actions, by the name of their path's last segment.
    operations: Vec<Callable>,
}

struct Callable {
    name: &'static str,
    variant: &'static Variant,
    binding: Binding,
}

struct Parameter {
    name: &'static str,
    ty: String,
    nullable: bool,
}

impl Parameter {
    fn new(name: &'static str, ty: Ty, nullable: bool) -> Parameter {
        Parameter { name, ty: edm(ty), nullable }
    }
}

#[derive(Clone, Copy)]
enum Binding {
    None,
    /// An entity, or all of a set: the first segment of the path.
    One(&'static str),
    All(&'static str),
}

impl Model {
    fn new(schema: Schema, router: &Router) -> Model {
        let sets = router.sets.values().map(|set| (set.name, set.ty)).collect();
        let mut model =
            Model { schema, entities: BTreeMap::new(), sets, singles: router.singles.clone(), operations: Vec::new() };
        for operation in schema.catalog.operations() {
            model.add_callables(operation);
        }
        model.entities.extend(model.singles.values().map(|ty| (*ty, None)));
        let types = schema.catalog.types.iter().filter(|ty| ty.releases.contains(schema.release));
        for property in types.flat_map(|ty| schema.properties(ty.name)).filter(|property| property.navigation) {
            model.entities.extend(named(property.ty).map(|ty| (ty, None)));
        }
        for (set, ty) in &model.sets {
            model.entities.insert(ty, router.sets.get(set).and_then(|set| set.key));
        }
        let singles: BTreeSet<&str> = model.singles.values().copied().collect();
        for (ty, key) in &mut model.entities {
            let usual = || ["Id", "Number", "Name"].into_iter().find_map(|name| schema.property(ty, name));
            // What stands alone needs no key.
            let any = || some_key(schema, ty).filter(|_| !singles.contains(ty));
            *key = key.or_else(|| Some(usual().or_else(any)?.name));
        }
        model
    }

    fn add_callables(&mut self, operation: &'static Operation) {
        let release = self.schema.release;
        let served = operation.variants.iter().filter(|variant| variant.releases.contains(release));
        for variant in served.filter(|variant| matches!(variant.kind, Kind::Function | Kind::Action)) {
            let path = variant.path.trim_start_matches('/');
            let bare = |segment: &'static str| segment.split('(').next().unwrap_or(segment);
            let Some((owner, last)) = path.rsplit_once('/') else {
                self.operations.push(Callable { name: bare(path), variant, binding: Binding::None });
                continue;
            };
            let head = bare(owner);
            if !self.sets.contains_key(head) && !self.singles.contains_key(head) {
                self.add_reports(head);
            }
            let one = owner.contains('(') || self.singles.contains_key(head);
            let binding = if one { Binding::One(head) } else { Binding::All(head) };
            let name = bare(last);
            let name = name.strip_prefix("Pbx.").unwrap_or(name);
            self.operations.push(Callable { name, variant, binding });
        }
    }

    /// A set that nobody can list, like those of reports, holds what its functions list.
    fn add_reports(&mut self, head: &'static str) {
        let listed = self.schema.catalog.operations().flat_map(|operation| &operation.variants).find_map(|variant| {
            let here = variant.path.strip_prefix('/').and_then(|path| path.strip_prefix(head));
            here.filter(|rest| rest.starts_with('/'))?;
            match variant.answer(self.schema.release) {
                Answer::List(Ty::Named(ty)) if variant.releases.contains(self.schema.release) => Some(ty),
                _ => None,
            }
        });
        match listed {
            Some(ty) => self.sets.insert(head, ty),
            None => self.singles.insert(head, head),
        };
    }

    fn service(&self, root: &str) -> Value {
        let entry = |name: &str, kind: &str| json!({"name": name, "kind": kind, "url": name});
        let mut entries: Vec<Value> = self.sets.keys().map(|name| entry(name, "EntitySet")).collect();
        entries.extend(self.singles.keys().map(|name| entry(name, "Singleton")));
        let plain =
            |callable: &&Callable| callable.variant.kind == Kind::Function && callable.variant.parameters.is_empty();
        entries.extend(self.unbound().filter(plain).map(|callable| entry(callable.name, "FunctionImport")));
        json!({"@odata.context": format!("{root}/$metadata"), "value": entries})
    }

    fn document(&self) -> String {
        let mut xml = Xml::new();
        let namespace = "http://docs.oasis-open.org/odata/ns/edmx";
        xml.open("edmx:Edmx", &[("Version", "4.0"), ("xmlns:edmx", namespace)]);
        xml.open("edmx:DataServices", &[]);
        xml.open("Schema", &[("Namespace", "Pbx"), ("xmlns", "http://docs.oasis-open.org/odata/ns/edm")]);
        let release = self.schema.release;
        for ty in self.schema.catalog.types.iter().filter(|ty| ty.releases.contains(release)) {
            self.ty(&mut xml, ty);
        }
        for head in self.singles.keys().filter(|name| self.schema.catalog.ty(name).is_none()) {
            // Its functions need something to be bound to.
            xml.leaf("EntityType", &[("Name", head)]);
        }
        let mut written = BTreeSet::new();
        for callable in &self.operations {
            let parameters = self.parameters(callable);
            // `MyUser` has the functions of its type once more.
            let names = parameters.iter().map(|parameter| format!("{} {}", parameter.name, parameter.ty));
            if written.insert((callable.name, names.collect::<Vec<_>>())) {
                self.callable(&mut xml, callable, &parameters);
            }
        }
        self.container(&mut xml);
        xml.finish()
    }

    fn ty(&self, xml: &mut Xml, ty: &'static Type) {
        match &ty.shape {
            Shape::Enum { flags, .. } => self.members(xml, ty, *flags),
            Shape::Object { .. } => {
                let element = if self.entities.contains_key(ty.name) { "EntityType" } else { "ComplexType" };
                xml.open(element, &[("Name", ty.name)]);
                let key = self.entities.get(ty.name).copied().flatten();
                if let Some(key) = key {
                    xml.open("Key", &[]);
                    xml.leaf("PropertyRef", &[("Name", key)]);
                    xml.close();
                }
                for property in self.schema.properties(ty.name) {
                    self.property(xml, property, key == Some(property.name));
                }
                xml.close();
            }
        }
    }

    fn members(&self, xml: &mut Xml, ty: &Type, flags: bool) {
        let Shape::Enum { values, .. } = &ty.shape else { return };
        let mut attributes = vec![("Name", ty.name)];
        if flags {
            attributes.push(("IsFlags", "true"));
        }
        xml.open("EnumType", &attributes);
        // The descriptions tell no numbers: flags count by bits from the first value that is not "nothing".
        let mut bit = 0;
        for (number, value) in
            values.iter().enumerate().filter(|(_, value)| value.releases.contains(self.schema.release))
        {
            let name = if is_identifier(value.value) { Some(value.value) } else { value.alias };
            let Some(name) = name else { continue };
            let number = match flags {
                false => number as u64,
                true if matches!(name, "None" | "Nothing" | "Default") => 0,
                true => {
                    bit += 1;
                    1 << (bit - 1)
                }
            };
            xml.leaf("Member", &[("Name", name), ("Value", &number.to_string())]);
        }
        xml.close();
    }

    fn property(&self, xml: &mut Xml, property: &Property, is_key: bool) {
        let ty = edm(property.ty);
        let mut attributes = vec![("Name", property.name), ("Type", ty.as_str())];
        let target = named(property.ty).filter(|ty| self.entities.contains_key(ty));
        let is_list = matches!(property.ty, Ty::List(_));
        let may_be_null = property.nullable || (is_list && target.is_some());
        if is_key || !may_be_null {
            attributes.push(("Nullable", "false"));
        }
        if let Some(target) = target {
            // What stands in no set of its own belongs to the entity around it.
            if !self.sets.values().any(|ty| *ty == target) {
                attributes.push(("ContainsTarget", "true"));
            }
            return xml.leaf("NavigationProperty", &attributes);
        }
        let length = property.max_length.map(|length| length.to_string());
        attributes.extend(length.as_deref().map(|length| ("MaxLength", length)));
        if property.ty == Ty::Decimal {
            attributes.push(("Scale", "variable"));
        }
        xml.leaf("Property", &attributes);
    }

    /// What tells one overload from another: the type that it is bound to, then its parameters.
    fn parameters(&self, callable: &Callable) -> Vec<Parameter> {
        let bound_to = match callable.binding {
            Binding::None => None,
            Binding::One(head) => self.ty_of(head).map(|ty| format!("Pbx.{ty}")),
            Binding::All(head) => self.ty_of(head).map(|ty| format!("Collection(Pbx.{ty})")),
        };
        let binding = bound_to.map(|ty| Parameter { name: "bindingParameter", ty, nullable: true });
        let release = self.schema.release;
        let variant = callable.variant;
        let in_path = variant.parameters.iter().filter(|parameter| parameter.place == Place::Function);
        let in_path = in_path.filter(|parameter| parameter.releases.contains(release));
        let in_path = in_path.map(|known| Parameter::new(known.name, known.ty, known.nullable));
        let in_body = match &variant.body {
            Body::Fields(fields) => fields.as_slice(),
            _ => &[],
        };
        let in_body = in_body.iter().filter(|field| field.releases.contains(release));
        let in_body = in_body.map(|field| Parameter::new(field.name, field.ty, field.nullable));
        binding.into_iter().chain(in_path).chain(in_body).collect()
    }

    fn callable(&self, xml: &mut Xml, callable: &Callable, parameters: &[Parameter]) {
        let variant = callable.variant;
        let element = if variant.kind == Kind::Function { "Function" } else { "Action" };
        let mut attributes = vec![("Name", callable.name)];
        if !matches!(callable.binding, Binding::None) {
            attributes.push(("IsBound", "true"));
        }
        xml.open(element, &attributes);
        for Parameter { name, ty, nullable } in parameters {
            let mut attributes = vec![("Name", *name), ("Type", ty.as_str())];
            if !nullable {
                attributes.push(("Nullable", "false"));
            }
            xml.leaf("Parameter", &attributes);
        }
        let answer = match variant.answer(self.schema.release) {
            Answer::Nothing if variant.kind == Kind::Action => None,
            // A function must give something.
            Answer::Nothing => Some(edm(Ty::String)),
            Answer::Object(ty) | Answer::Value(ty) => Some(edm(ty)),
            Answer::List(ty) => Some(format!("Collection({})", edm(ty))),
        };
        if let Some(ty) = answer {
            xml.leaf("ReturnType", &[("Type", &ty)]);
        }
        xml.close();
    }

    fn ty_of(&self, head: &str) -> Option<&'static str> {
        self.sets.get(head).or_else(|| self.singles.get(head)).copied()
    }

    fn container(&self, xml: &mut Xml) {
        xml.open("EntityContainer", &[("Name", "Container")]);
        for (name, ty) in &self.sets {
            xml.open("EntitySet", &[("Name", name), ("EntityType", &format!("Pbx.{ty}"))]);
            self.bindings(xml, ty);
            xml.close();
        }
        for (name, ty) in &self.singles {
            xml.open("Singleton", &[("Name", name), ("Type", &format!("Pbx.{ty}"))]);
            self.bindings(xml, ty);
            xml.close();
        }
        for Callable { name, variant, .. } in self.unbound() {
            let qualified = format!("Pbx.{name}");
            let (element, attribute) = match variant.kind {
                Kind::Function => ("FunctionImport", "Function"),
                _ => ("ActionImport", "Action"),
            };
            xml.leaf(element, &[("Name", name), (attribute, &qualified)]);
        }
        xml.close();
    }

    fn unbound(&self) -> impl Iterator<Item = &Callable> {
        self.operations.iter().filter(|callable| matches!(callable.binding, Binding::None))
    }

    /// Where the entities behind navigation properties stand, if only one set has their type.
    fn bindings(&self, xml: &mut Xml, ty: &str) {
        for property in self.schema.properties(ty) {
            let Some(target) = named(property.ty).filter(|ty| self.entities.contains_key(ty)) else { continue };
            let mut sets = self.sets.iter().filter(|(_, ty)| **ty == target);
            if let (Some((set, _)), None) = (sets.next(), sets.next()) {
                xml.leaf("NavigationPropertyBinding", &[("Path", property.name), ("Target", set)]);
            }
        }
    }
}

/// A set must have a key: where nothing tells which it is, the first property that always has a value.
fn some_key(schema: Schema, ty: &str) -> Option<&'static Property> {
    let is_plain = |property: &&Property| match property.ty {
        Ty::List(_) => false,
        Ty::Named(name) => schema.is_enum(name),
        _ => true,
    };
    let plain = || schema.properties(ty).filter(is_plain);
    plain().find(|property| !property.nullable).or_else(|| plain().next())
}

fn is_identifier(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_alphabetic() || c == '_');
    starts && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
