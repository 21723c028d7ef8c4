//! What kind of value a piece of text stands for, as far as catalog and documentation tell. Nothing is evaluated.

use crate::catalog::{Answer, Operation, Resource, Shape, Ty, Variant};
use crate::repl::complete::{Completion, Sort};
use crate::repl::context::{Receiver, definition};
use crate::show::reference;

/// The functions of lists that give one of their items, and those that give such items again.
const GIVE_ONE: [&str; 6] = ["first", "last", "find", "pop", "shift", "remove"];
const GIVE_SOME: [&str; 5] = ["filter", "take", "extract", "sort_by", "to_array"];

/// What a dotted name stands for.
#[derive(Clone, Copy)]
pub(super) enum Known<'a> {
    Pbx,
    Resource(&'a Resource),
    Object(&'a str),
    List(&'a str),
    /// An array of such objects.
    Array(&'a str),
    /// A type that the documentation knows, or one of the language.
    Value(&'a str),
    Nothing,
}

impl<'a> Completion<'a> {
    pub(super) fn variant(&self, operation: &'a Operation) -> &'a Variant {
        operation.variant(self.release()).unwrap_or_else(|| operation.newest())
    }

    /// `["pbx", "users", "list"]`
    pub(super) fn operation(&self, path: &[&str]) -> Option<(&'a Operation, &'a Variant)> {
        let (name, head) = path.split_last()?;
        let Known::Resource(resource) = self.known(head) else { return None };
        let operation = resource.operation(name)?;
        Some((operation, self.variant(operation)))
    }

    /// The type of the rows or of the object that a call gives.
    pub(super) fn row(&self, path: &[&str]) -> Option<&'a str> {
        match self.result(path) {
            Known::Object(ty) | Known::List(ty) | Known::Array(ty) => Some(ty),
            _ => None,
        }
    }

    /// What a call gives.
    fn result(&self, path: &[&str]) -> Known<'a> {
        match path {
            [] => Known::Nothing,
            ["connect"] => Known::Pbx,
            [name] => self.object(name).map_or_else(|| of_doc(None, name), Known::Object),
            [head @ .., name] => self.method(self.known(head), name),
        }
    }

    fn method(&self, of: Known<'a>, name: &str) -> Known<'a> {
        match of {
            Known::Resource(resource) => match resource.operation(name) {
                Some(operation) if operation.is_download() => Known::Value("Download"),
                Some(operation) => self.answer(self.variant(operation)),
                None => Known::Nothing,
            },
            Known::List(ty) | Known::Array(ty) if GIVE_ONE.contains(&name) => Known::Object(ty),
            Known::List(ty) | Known::Array(ty) if GIVE_SOME.contains(&name) => match of_doc(Some("List"), name) {
                Known::Value("List") => Known::List(ty),
                _ => Known::Array(ty),
            },
            Known::List(_) => of_doc(Some("List"), name),
            Known::Array(_) => of_doc(Some("Array"), name),
            Known::Object(_) => of_doc(Some("Object"), name),
            Known::Pbx => of_doc(Some("Connection"), name),
            Known::Value(ty) => of_doc(Some(ty), name),
            Known::Nothing => Known::Nothing,
        }
    }

    fn answer(&self, variant: &'a Variant) -> Known<'a> {
        match variant.answer(self.release()) {
            Answer::Object(ty) | Answer::Value(ty) => self.of_type(ty),
            Answer::List(Ty::Named(name)) if self.object(name).is_some() => Known::List(name),
            Answer::List(_) => Known::Value("List"),
            Answer::Nothing => Known::Nothing,
        }
    }

    /// What a value of a type is in a script: dates come as texts.
    fn of_type(&self, ty: Ty) -> Known<'a> {
        match ty {
            Ty::Named(name) => self.object(name).map_or(Known::Nothing, Known::Object),
            Ty::List(Ty::Named(name)) if self.object(name).is_some() => Known::Array(name),
            Ty::List(_) => Known::Value("array"),
            Ty::String | Ty::Guid | Ty::DateTime | Ty::Date | Ty::Time | Ty::Duration => Known::Value("string"),
            _ => Known::Nothing,
        }
    }

    /// The name of an object type.
    pub(super) fn object(&self, name: &str) -> Option<&'a str> {
        let ty = self.catalog.ty(name)?;
        matches!(ty.shape, Shape::Object { .. }).then_some(ty.name)
    }

    /// What a dotted name stands for.
    pub(super) fn known(&self, path: &[&str]) -> Known<'a> {
        let Some((first, rest)) = path.split_first() else { return Known::Nothing };
        let variable = self.names.variables.iter().find(|(name, _)| name == first).map(|(_, sort)| sort);
        // The line itself may define it anew.
        let known = match (definition(self.before, first), variable) {
            // What it is made of was made before it.
            (Some((made, at)), _) => {
                Completion { before: self.before.get(..at).unwrap_or_default(), ..*self }.of_receiver(&made)
            }
            (None, Some(Sort::Connection)) => Known::Pbx,
            (None, Some(Sort::Object(ty))) => self.object(ty).map_or(Known::Nothing, Known::Object),
            (None, Some(Sort::List(ty))) => self.object(ty).map_or(Known::Value("List"), Known::List),
            (None, Some(Sort::Array(ty))) => self.object(ty).map_or(Known::Value("array"), Known::Array),
            (None, Some(Sort::Other(ty))) => Known::Value(ty),
            (None, None) if *first == "pbx" => Known::Pbx,
            (None, None) if *first == "args" => Known::Value("array"),
            (None, None) => Known::Nothing,
        };
        rest.iter().fold(known, |known, name| self.part(known, name))
    }

    /// What stands behind a dot.
    fn part(&self, of: Known<'a>, name: &str) -> Known<'a> {
        match of {
            Known::Pbx => match self.catalog.resource(name) {
                Some(resource) => Known::Resource(resource),
                None => of_doc(Some("Connection"), name),
            },
            Known::Object(ty) => {
                let property = self.catalog.property(ty, name, self.release());
                property.map_or(Known::Nothing, |property| self.of_type(property.ty))
            }
            Known::Value(ty) => of_doc(Some(ty), name),
            _ => Known::Nothing,
        }
    }

    /// The object type of a property, or of the items in it.
    pub(super) fn field(&self, ty: &str, name: &str) -> Option<&'a str> {
        match self.catalog.property(ty, name, self.release())?.ty {
            Ty::Named(name) | Ty::List(&Ty::Named(name)) => self.object(name),
            _ => None,
        }
    }

    pub(super) fn of_receiver(&self, receiver: &Receiver) -> Known<'a> {
        match receiver {
            Receiver::Path(path) => self.known(path),
            Receiver::Call(path) => self.result(path),
            Receiver::Method(of, name) => self.method(self.of_receiver(of), name),
            Receiver::Field(of, name) => self.part(self.of_receiver(of), name),
            Receiver::Item(list) => match self.of_receiver(list) {
                Known::List(element) | Known::Array(element) => Known::Object(element),
                _ => Known::Nothing,
            },
            Receiver::Made(ty) => Known::Value(ty),
            Receiver::Other => Known::Nothing,
        }
    }
}

/// What a function gives by its own account: `now() → DateTime`.
fn of_doc(group: Option<&str>, name: &str) -> Known<'static> {
    let called = |call: &&&str| {
        let own = if group.is_some() { call.split_once('.').map(|(_, own)| own) } else { Some(**call) };
        let behind = own.and_then(|own| own.strip_prefix(name));
        behind.is_some_and(|behind| behind.is_empty() || behind.starts_with(['(', ' ']))
    };
    let of_group = reference::docs().filter(|doc| {
        let owner = reference::group(doc.name);
        owner == group || (group.is_none() && name.contains("::") && owner == name.rsplit_once("::").map(|(it, _)| it))
    });
    let mut calls = of_group.flat_map(|doc| doc.calls).filter(called);
    let Some((_, result)) = calls.find_map(|call| call.split_once('→')) else { return Known::Nothing };
    match result.trim() {
        "string" | "text" => Known::Value("string"),
        "array" => Known::Value("array"),
        "Connection" => Known::Pbx,
        map if map == "map" || map.starts_with("#{") => Known::Value("map"),
        ty if ty.starts_with(char::is_uppercase) && ty.chars().all(char::is_alphanumeric) => Known::Value(ty),
        _ => Known::Nothing,
    }
}
