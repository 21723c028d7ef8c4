//! From a method and a path to the catalog's variant, and the entity sets that the paths imply.

use std::collections::{BTreeMap, HashMap};

use crate::catalog::{Answer, Kind, Method, Operation, Ty, Variant};
use crate::sandbox::address::Segment;
use crate::sandbox::problem::Problem;
use crate::sandbox::schema::Schema;

/// What a request is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route {
    pub(super) operation: &'static Operation,
    pub(super) variant: &'static Variant,
}

/// An entity set: its type and the property that tells its entities apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct EntitySet {
    pub(super) name: &'static str,
    pub(super) ty: &'static str,
    pub(super) key: Option<&'static str>,
}

pub(super) struct Router {
    routes: HashMap<String, Vec<Route>>,
    pub(super) sets: BTreeMap<&'static str, EntitySet>,
    /// Settings and other single objects: name of the path and type.
    pub(super) singles: BTreeMap<&'static str, &'static str>,
}

impl Router {
    pub(super) fn new(schema: Schema) -> Router {
        let mut router =
            Router { routes: HashMap::with_capacity(800), sets: BTreeMap::new(), singles: BTreeMap::new() };
        for operation in schema.catalog.operations() {
            let served = operation.variants.iter().filter(|variant| variant.releases.contains(schema.release));
            for variant in served {
                router.add(schema, Route { operation, variant });
            }
        }
        router
    }

    fn add(&mut self, schema: Schema, route: Route) {
        let template = route.variant.path.trim_start_matches('/');
        let shape = template.split('/').map(template_shape).collect::<Vec<_>>().join("/");
        // A key may also be written with its name.
        if let Some(key) = route.variant.keys().next().filter(|_| shape.contains("(*)")) {
            let named = shape.replace("(*)", &format!("({})", key.name));
            self.routes.entry(named).or_default().push(route);
        }
        self.routes.entry(shape).or_default().push(route);
        match (route.variant.kind, route.variant.answer(schema.release)) {
            (Kind::List, Answer::List(Ty::Named(ty))) => {
                let key = key_of(schema, route.operation.resource, ty);
                self.sets.insert(template, EntitySet { name: template, ty, key });
            }
            (Kind::Get, Answer::Object(Ty::Named(ty))) => match template.split_once('(') {
                // Some sets are only listed by a function.
                Some((name, _)) if !self.sets.contains_key(name) => {
                    let key = key_of(schema, route.operation.resource, ty);
                    self.sets.insert(name, EntitySet { name, ty, key });
                }
                Some(_) => {}
                None => {
                    self.singles.insert(template, ty);
                }
            },
            _ => {}
        }
    }

    /// The route, and whether only the number of its entities is asked for.
    pub(super) fn find(&self, method: &http::Method, segments: &[Segment]) -> Result<(Route, bool), Problem> {
        let (segments, count) = match segments {
            [rest @ .., last] if last.name == "$count" && last.arguments.is_empty() => (rest, true),
            all => (all, false),
        };
        let shape = segments.iter().map(request_shape).collect::<Option<Vec<_>>>().ok_or_else(Problem::unknown_path)?;
        let routes = self.routes.get(&shape.join("/")).ok_or_else(Problem::unknown_path)?;
        let fits = |route: &&Route| route.variant.method.as_str() == method.as_str();
        let route = routes.iter().find(fits).ok_or_else(Problem::wrong_method)?;
        let listed = route.variant.method == Method::Get
            && route.variant.results.iter().any(|(answer, _)| matches!(answer, Answer::List(_)));
        if count && !listed { Err(Problem::unknown_path()) } else { Ok((*route, count)) }
    }
}

/// `Users({Id})` → `Users(*)`, `Users(Number={Number})` → `Users(Number)`, `Pbx.F(b={b},a={a})` → `Pbx.F(a,b)`.
fn template_shape(segment: &'static str) -> String {
    let Some((name, arguments)) = segment.split_once('(') else { return segment.to_owned() };
    let arguments = arguments.trim_end_matches(')');
    if arguments.is_empty() {
        return name.to_owned();
    }
    let mut names: Vec<&str> =
        arguments.split(',').map(|argument| argument.split_once('=').map_or("*", |(name, _)| name)).collect();
    names.sort_unstable();
    format!("{name}({})", names.join(","))
}

fn request_shape(segment: &Segment) -> Option<String> {
    if segment.arguments.is_empty() {
        return Some(segment.name.clone());
    }
    let mut names: Vec<&str> =
        segment.arguments.iter().map(|argument| argument.name.as_deref().unwrap_or("*")).collect();
    names.sort_unstable();
    let lone = names.len() == 1;
    (lone || !names.contains(&"*")).then(|| format!("{}({})", segment.name, names.join(",")))
}

/// The key of a set: as an operation on one of its entities names it, else by the usual names.
fn key_of(schema: Schema, resource: &str, ty: &'static str) -> Option<&'static str> {
    let operations = schema.catalog.resource(resource).map_or(&[][..], |resource| &resource.operations);
    let keyed = operations.iter().flat_map(|operation| &operation.variants).find_map(|variant| {
        let plain = !matches!(variant.kind, Kind::ByNumber);
        variant.keys().next().filter(|_| plain).map(|key| key.name)
    });
    keyed.or_else(|| ["Id", "Number", "Name", "Filename"].into_iter().find(|name| schema.property(ty, name).is_some()))
}
