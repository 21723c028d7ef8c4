//! A call of each operation as somebody could type it, made of its facts and of what stands in `catalog/examples.txt`.

use crate::catalog::overlay::example;
use crate::catalog::{Body, Catalog, Kind, Operation, Parameter, Property, QueryOption, Release, Shape, Ty, Variant};

/// `pbx.users.get(7)`.
pub(super) fn call(catalog: &Catalog, operation: &Operation, variant: &Variant, release: Release) -> String {
    let name = operation.full_name();
    let making = Making { catalog, resource: operation.resource, release };
    let arguments = example(&name).map_or_else(|| making.arguments(variant), str::to_owned);
    let end = match operation.is_download() {
        true => format!(".save(\"{}\")", file_of(operation, variant)),
        false => String::new(),
    };
    format!("pbx.{name}({arguments}){end}")
}

/// Where a download may go: what is asked for by its name, or by that of a recording, is heard, all else is a table.
fn file_of(operation: &Operation, variant: &Variant) -> String {
    let heard = |it: &Parameter| matches!(it.name, "fileName" | "recId");
    let ending = if variant.parameters.iter().any(heard) { "wav" } else { "csv" };
    format!("{}.{ending}", operation.resource)
}

struct Making<'a> {
    catalog: &'a Catalog,
    resource: &'a str,
    release: Release,
}

impl Making<'_> {
    fn arguments(&self, variant: &Variant) -> String {
        let needed: Vec<&Parameter> = variant.parameters.iter().filter(|it| self.is_needed(it)).collect();
        let first = variant.parameters.iter().zip(&needed).all(|(one, other)| one.name == other.name);
        let mut parts: Vec<String> = Vec::new();
        if first && needed.len() <= 3 {
            parts.extend(needed.iter().map(|it| self.parameter(it)));
        } else {
            // So many values in a row nobody could read.
            let named: Vec<String> = needed.iter().map(|it| format!("{}: {}", it.name, self.parameter(it))).collect();
            parts.push(format!("#{{ {} }}", named.join(", ")));
        }
        let body = match &variant.body {
            Body::None => None,
            Body::File(file) => Some(format!("\"hello{}\"", file.format.ending())),
            Body::Fields(fields) => Some(self.fields(fields)),
            Body::Entity(_) => Some(self.entity(variant)),
        };
        parts.extend(body);
        if variant.kind == Kind::List && variant.has_option(QueryOption::Top, self.release) {
            parts.push("#{ top: 5 }".to_owned());
        }
        parts.join(", ")
    }

    fn is_needed(&self, parameter: &Parameter) -> bool {
        !parameter.nullable || example(&format!("{}.{}", self.resource, parameter.name)).is_some()
    }

    fn parameter(&self, parameter: &Parameter) -> String {
        self.named(parameter.name).map_or_else(|| self.literal(parameter.ty, 0), str::to_owned)
    }

    fn named(&self, name: &str) -> Option<&'static str> {
        let of_resource = |name: &str| example(&format!("{}.{name}", self.resource));
        // `number` is how older releases call the key `Number`.
        let key = || of_resource(&format!("{}{}", name.get(..1)?.to_uppercase(), name.get(1..)?));
        of_resource(name).or_else(key).or_else(|| example(name))
    }

    fn fields(&self, fields: &[Property]) -> String {
        let here = fields.iter().filter(|field| field.releases.contains(self.release));
        self.map(here, 0)
    }

    /// One property that says what a body looks like.
    fn entity(&self, variant: &Variant) -> String {
        let Some(Ty::Named(name)) = variant.entity(self.release) else { return "#{}".to_owned() };
        let key = |it: &&Property| !variant.keys().any(|key| key.name == it.name) && it.name != "Id";
        let plain = |it: &&Property| matches!(it.ty, Ty::String | Ty::Bool | Ty::Int32);
        let here = |it: &&Property| it.releases.contains(self.release);
        let all = self.catalog.properties(name);
        let told = all.iter().find(|it| matches!(it.name, "Name" | "DisplayName" | "Description") && here(it));
        let first = told.or_else(|| all.iter().filter(here).filter(key).find(plain));
        self.map(first.into_iter(), 0)
    }

    fn map<'b>(&self, properties: impl Iterator<Item = &'b Property>, depth: usize) -> String {
        let fields: Vec<String> = properties
            .map(|it| {
                let value = if depth == 0 { self.named(it.name) } else { None };
                format!("{}: {}", it.name, value.map_or_else(|| self.literal(it.ty, depth), str::to_owned))
            })
            .collect();
        if fields.is_empty() { "#{}".to_owned() } else { format!("#{{ {} }}", fields.join(", ")) }
    }

    /// A value that fits.
    fn literal(&self, ty: Ty, depth: usize) -> String {
        match ty {
            Ty::String => "\"text\"".to_owned(),
            Ty::Bool => "true".to_owned(),
            Ty::Int32 | Ty::Int64 | Ty::UInt8 => "1".to_owned(),
            Ty::Decimal | Ty::Double => "1.5".to_owned(),
            Ty::DateTime => "now()".to_owned(),
            Ty::Date => "today()".to_owned(),
            Ty::Time => "time(\"08:30\")".to_owned(),
            Ty::Duration => "minutes(5)".to_owned(),
            Ty::Guid => "\"1e6ed594-af95-4bb4-af56-b957ac87d6d7\"".to_owned(),
            Ty::Any => "()".to_owned(),
            Ty::List(element) => format!("[{}]", self.literal(*element, depth)),
            Ty::Named(name) => match self.catalog.ty(name).map(|ty| &ty.shape) {
                Some(Shape::Enum { values, .. }) => {
                    let there = values.iter().find(|value| value.releases.contains(self.release)).or(values.first());
                    format!("{:?}", there.map_or("", |value| value.value))
                }
                // Deeper than this a page is no help.
                Some(Shape::Object { properties }) if depth == 0 => {
                    let here = properties.iter().filter(|it| it.releases.contains(self.release) && !it.navigation);
                    self.map(here.take(3), 1)
                }
                _ => "#{}".to_owned(),
            },
        }
    }
}
