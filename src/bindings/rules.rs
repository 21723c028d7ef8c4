//! What is right and wrong in calls and objects, for those who hold a script against it before it runs: the same code that
//! decides when it runs.

use serde_json::Value;

use crate::bindings::arguments::Reader;
use crate::bindings::dispatch::{Served, named, rehearse, served};
use crate::bindings::fault::Fault;
use crate::bindings::functions::{names_of_settings, not_called, resource};
use crate::bindings::nearest;
use crate::bindings::schema::Schema;
use crate::catalog::OF_CONNECTIONS;
use crate::catalog::{Answer, Catalog, EnumValue, Operation, Property, Release, Resource, Shape, Ty};
use crate::odata::filter::bind;
use crate::script::native::{Dynamic, Map};

/// The rules of one release, or of all of them together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    schema: Schema,
}

/// The operations that a call may mean.
pub(crate) struct Rehearsal {
    rules: Rules,
    operations: Vec<&'static Operation>,
}

/// A call that is wrong, and what it is held against.
pub(crate) struct Wrong {
    pub(crate) fault: Fault,
    rules: Rules,
    served: Served,
}

impl Rules {
    pub(crate) fn new(catalog: &'static Catalog, release: Option<Release>) -> Rules {
        Rules { schema: Schema { catalog, release, home: None } }
    }

    pub(crate) fn release(self) -> Option<Release> {
        self.schema.release
    }

    pub(crate) fn catalog(self) -> &'static Catalog {
        self.schema.catalog
    }

    /// A property of a connection: one of its resources, or something else.
    pub(crate) fn resource(self, name: &str) -> Result<Option<&'static Resource>, Fault> {
        if OF_CONNECTIONS.contains(&name) { Ok(None) } else { resource(self.schema.catalog, name).map(Some) }
    }

    /// What is wrong with an operation that is not called.
    pub(crate) fn not_called(resource: &'static Resource, name: &str) -> Fault {
        not_called(resource, name)
    }

    pub(crate) fn operation(self, resource: &'static Resource, name: &str) -> Result<Rehearsal, Fault> {
        named(resource, name).map(|operations| Rehearsal { rules: self, operations })
    }

    /// Does the name of an object type or an enum stand for one?
    pub(crate) fn shape(self, name: &str) -> Option<(&'static str, &'static Shape)> {
        self.schema.catalog.ty(name).map(|ty| (ty.name, &ty.shape))
    }

    /// The properties of an object as a script gives them to its constructor.
    pub(crate) fn made(self, ty: &'static str, fields: &Dynamic) -> Result<(), Fault> {
        self.schema.body(Ty::Named(ty), fields).map(|_| ())
    }

    pub(crate) fn property(self, ty: &str, name: &str) -> Result<&'static Property, Fault> {
        self.schema.known(ty, name)
    }

    /// A value that is assigned to a property.
    pub(crate) fn assigned(self, ty: &'static str, name: &str, value: &Dynamic) -> Result<(), Fault> {
        self.schema.known(ty, name)?;
        let accepted = self.schema.assigned(ty, name, value.clone())?;
        // What stands inside of it may be of another release, too.
        self.schema.wire(&accepted).map(|_| ())
    }

    /// `PeerType::Extension`: the value behind it, if the type is an enum.
    pub(crate) fn constant(self, ty: &str, name: &str) -> Option<Result<&'static str, Fault>> {
        let (ty, Shape::Enum { values, .. }) = self.shape(ty)? else { return None };
        let named = |known: &&EnumValue| known.alias.unwrap_or(known.value) == name;
        let Some(value) = values.iter().rfind(named) else {
            let known: Vec<&'static str> = values.iter().map(|value| value.alias.unwrap_or(value.value)).collect();
            let (what, given) = (ty.to_owned(), name.to_owned());
            let nearest = nearest(name, known.iter().copied());
            return Some(Err(Fault::UnknownValue { what, ty, given, nearest, known }));
        };
        let accepted = self.schema.body(Ty::Named(ty), &Dynamic::from(value.value));
        Some(accepted.map(|_| value.value))
    }

    /// The settings that `connect` takes.
    pub(crate) fn connects(settings: &Map) -> Result<(), Fault> {
        names_of_settings(settings)
    }

    /// The text that `filter(text, …)` gives, with nothing for values that are not known.
    pub(crate) fn bound(text: &str, values: usize) -> Result<String, Fault> {
        bind(text, &vec![Value::Null; values]).map_err(|error| Fault::Filter { reason: error.to_string() })
    }
}

impl Rehearsal {
    /// Holds a call against what the release serves, or against every release that has the operation.
    pub(crate) fn call(&self, given: &[Dynamic]) -> Result<(), Wrong> {
        let Rules { schema } = self.rules;
        let wrong = |fault, served| Wrong { fault, rules: self.rules, served };
        let Some(release) = schema.release else {
            return match rehearse(schema, &self.operations, given) {
                Err((fault, served)) => Err(wrong(fault, served)),
                Ok(_) => Ok(()),
            };
        };
        let (operation, variant) = match served(schema, &self.operations, release) {
            Ok(served) => served,
            Err(fault) => return Err(wrong(fault, self.newest())),
        };
        let read = (Reader { schema, operation, variant }).read(given);
        read.map(|_| ()).map_err(|fault| wrong(fault, (operation, variant)))
    }

    fn newest(&self) -> Served {
        let operation = self.operations[self.operations.len() - 1];
        (operation, operation.newest())
    }

    pub(crate) fn operations(&self) -> &[&'static Operation] {
        &self.operations
    }

    /// Everything that the operation may answer, over the releases.
    pub(crate) fn answers(&self) -> impl Iterator<Item = (&'static Operation, Answer)> {
        let release = self.rules.schema.release;
        let variants = self
            .operations
            .iter()
            .flat_map(|operation| operation.variants.iter().map(move |variant| (*operation, variant)));
        variants.flat_map(move |(operation, variant)| {
            let here =
                variant.results.iter().filter(move |(_, releases)| release.is_none_or(|one| releases.contains(one)));
            here.map(move |(answer, _)| (operation, *answer))
        })
    }
}

impl Wrong {
    /// What is wrong with the same call with other arguments, held against the same.
    pub(crate) fn again(&self, given: &[Dynamic]) -> Result<(), Fault> {
        if matches!(self.fault, Fault::NotOnRelease { .. }) {
            return Ok(());
        }
        let (operation, variant) = self.served;
        let read = (Reader { schema: self.rules.schema, operation, variant }).read(given);
        read.map(|_| ())
    }
}
