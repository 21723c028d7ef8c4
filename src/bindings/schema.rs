//! Values of a script held against the types of the catalog, at every depth.

use serde_json::Value;

use crate::bindings::fault::Fault;
use crate::bindings::object::Object;
use crate::bindings::value::Unknown;
use crate::bindings::{nearest, slots, value};
use crate::catalog::{Catalog, Property, Release, ReleaseSet, Shape, Ty};
use crate::client::request::literal_kind;
use crate::kit::dates::{self, Wanted};
use crate::odata::Literal;
use crate::script::native::{Dynamic, Map};

/// The types to check against: those of one release, or of all while the release is not known yet.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    pub catalog: &'static Catalog,
    pub release: Option<Release>,
    /// The connection whose objects these are: keys mean nothing on another PBX.
    pub home: Option<u32>,
}

/// Where a value stands, for an error that names it: `Group.Members[2].Rights`.
#[derive(Debug, Clone)]
pub(super) struct Frame(String);

impl Frame {
    pub(super) fn of(owner: &str, name: &str) -> Frame {
        Frame(format!("{owner}.{name}"))
    }

    pub(super) fn named(name: &str) -> Frame {
        Frame(name.to_owned())
    }

    fn item(&self, index: usize) -> Frame {
        Frame(format!("{}[{index}]", self.0))
    }

    fn wrong(&self, expected: impl Into<String>, given: &Dynamic) -> Fault {
        Fault::WrongType { what: self.0.clone(), expected: expected.into(), given: value::describe(given) }
    }
}

impl Schema {
    /// The release to go by where one is needed: the usual one, while it is not known.
    pub(super) fn assumed(self) -> Release {
        self.release.unwrap_or(self.catalog.usual)
    }

    pub(super) fn property(self, ty: &str, name: &str) -> Option<&'static Property> {
        self.catalog.property(ty, name, self.assumed())
    }

    /// The columns of a value: those of its properties, if it is an object, else its own.
    pub(super) fn flatten(
        self,
        column: String,
        ty: Option<Ty>,
        owners: &mut Vec<&'static str>,
        flat: &mut Vec<String>,
    ) {
        let object = match ty {
            Some(Ty::Named(name)) => self.object_type(name).map(|(_, name)| name),
            _ => None,
        };
        // A type that contains itself has no last column.
        let Some(name) = object.filter(|name| !owners.contains(name)) else { return flat.push(column) };
        let release = self.assumed();
        let here = |property: &&Property| !property.navigation && property.releases.contains(release);
        let properties: Vec<&Property> = self.catalog.properties(name).iter().filter(here).collect();
        if properties.is_empty() {
            return flat.push(column);
        }
        owners.push(name);
        for property in properties {
            self.flatten(format!("{column}.{}", property.name), Some(property.ty), owners, flat);
        }
        owners.pop();
    }

    fn shape(self, name: &str) -> Option<(usize, &'static str, &'static Shape)> {
        let place = self.catalog.types.binary_search_by_key(&name, |ty| ty.name).ok()?;
        let ty = &self.catalog.types[place];
        Some((place, ty.name, &ty.shape))
    }

    /// The object type of this name and its slot.
    pub(super) fn object_type(self, name: &str) -> Option<(usize, &'static str)> {
        let (slot, name, shape) = self.shape(name)?;
        (matches!(shape, Shape::Object { .. }) && slot < slots::COUNT).then_some((slot, name))
    }

    /// The value as a property of type `ty` keeps it: maps become objects, lists are looked at one by one.
    pub(super) fn accept(
        self,
        frame: &Frame,
        ty: Ty,
        nullable: bool,
        max_length: Option<u32>,
        given: Dynamic,
    ) -> Result<Dynamic, Fault> {
        if given.is_unit() {
            let fine = nullable || matches!(ty, Ty::Any);
            return if fine { Ok(given) } else { Err(frame.wrong(name_of(ty), &given)) };
        }
        if let Some(unknown) = Unknown::of(&given) {
            return if self.may_be(unknown, ty) { Ok(given) } else { Err(frame.wrong(name_of(ty), &given)) };
        }
        match ty {
            Ty::Named(name) => match self.shape(name) {
                Some((_, name, Shape::Enum { .. })) => self.enum_value(frame, name, given),
                Some((slot, name, Shape::Object { .. })) => self.object(frame, slot, name, given),
                None => Ok(given),
            },
            Ty::List(element) => {
                let items = given.clone().into_array().map_err(|_| frame.wrong(name_of(ty), &given))?;
                let items = items.into_iter().enumerate();
                let items = items.map(|(at, item)| self.accept(&frame.item(at), *element, false, None, item));
                Ok(items.collect::<Result<Vec<_>, _>>()?.into())
            }
            Ty::Any => Ok(given),
            _ => scalar(frame, ty, max_length, given),
        }
    }

    pub(super) fn accept_as(self, frame: &Frame, property: &Property, given: Dynamic) -> Result<Dynamic, Fault> {
        self.accept(frame, property.ty, property.nullable, property.max_length, given)
    }

    /// Can a value that is not known yet turn out to be of type `ty`?
    fn may_be(self, unknown: Unknown, ty: Ty) -> bool {
        match (unknown.ty, ty) {
            (None, _) | (Some(_), Ty::Any) => true,
            (Some(known), Ty::Named(name)) => known == name || self.catalog.properties(name).is_empty(),
            (Some(_), _) => false,
        }
    }

    fn object(self, frame: &Frame, slot: usize, name: &'static str, given: Dynamic) -> Result<Dynamic, Fault> {
        if let Some(object) = Object::of(&given) {
            let fits = object.ty == name || self.catalog.properties(name).is_empty();
            return if fits { Ok(given) } else { Err(frame.wrong(name, &given)) };
        }
        match given.as_map_ref() {
            Ok(map) => Object::made(self, slot, name, map.clone()),
            Err(_) => Err(frame.wrong(name, &given)),
        }
    }

    fn enum_value(self, frame: &Frame, name: &'static str, given: Dynamic) -> Result<Dynamic, Fault> {
        let Some((_, _, Shape::Enum { flags, values })) = self.shape(name) else { return Ok(given) };
        let Ok(text) = given.clone().into_string() else { return Err(frame.wrong(name, &given)) };
        let parts: Vec<&str> = if *flags { text.split(',').map(str::trim).collect() } else { vec![text.as_str()] };
        let mut wanted = Vec::with_capacity(parts.len());
        for part in parts {
            // A value can stand twice, with and without its readable name, for releases of their own.
            let named = || values.iter().filter(|value| value.value == part || value.alias == Some(part));
            let here = |releases: ReleaseSet| self.release.is_none_or(|release| releases.contains(release));
            let Some(known) = named().find(|value| here(value.releases)).or_else(|| named().next()) else {
                let names: Vec<&'static str> = values.iter().map(|value| value.value).collect();
                return Err(Fault::UnknownValue {
                    what: frame.0.clone(),
                    ty: name,
                    given: part.to_owned(),
                    nearest: nearest(part, names.iter().copied()),
                    known: names,
                });
            };
            self.on_release(&format!("{name}::{}", known.alias.unwrap_or(known.value)), known.releases)?;
            wanted.push(known.value);
        }
        Ok(wanted.join(",").into())
    }

    pub(super) fn on_release(self, what: &str, releases: ReleaseSet) -> Result<(), Fault> {
        let Some(release) = self.release.filter(|release| !releases.contains(*release)) else { return Ok(()) };
        let (since, until) = self.span(releases);
        let release = self.catalog.release_name(release);
        Err(Fault::PropertyNotOnRelease { what: what.to_owned(), release, since, until })
    }

    /// The first and, where it is not the newest of all, the last release of a set.
    pub(super) fn span(self, releases: ReleaseSet) -> (&'static str, Option<&'static str>) {
        let name = |release| self.catalog.release_name(release);
        let last = releases.last().filter(|last| *last != self.catalog.newest());
        (releases.first().map_or("", name), last.map(name))
    }

    /// The JSON of a body: everything in it is known, of the right type and there on this release.
    pub(super) fn body(self, ty: Ty, given: &Dynamic) -> Result<Value, Fault> {
        let frame = Frame::named(&ty.to_string());
        let accepted = self.accept(&frame, ty, false, None, given.clone())?;
        match Object::of(&accepted) {
            Some(object) => self.fields(object.ty, &object, &object.fields),
            None => Ok(value::to_json(&accepted)),
        }
    }

    /// The JSON of what a script changed in an object that the PBX sent.
    pub(super) fn changes(self, object: &Object) -> Result<Value, Fault> {
        self.fields(object.ty, object, &object.changed())
    }

    fn fields(self, ty: &str, object: &Object, fields: &Map) -> Result<Value, Fault> {
        let mut json = serde_json::Map::new();
        for (name, field) in fields {
            // What came from the PBX goes back as it came, even if this program does not know it.
            let known = if object.is_original(name) { None } else { self.property(ty, name) };
            let field = match known {
                Some(property) => {
                    self.on_release(&format!("{ty}.{name}"), property.releases)?;
                    // It may have been right for another release only.
                    self.accept_as(&Frame::of(ty, name), property, field.clone())?
                }
                None if object.came_with(name) => field.clone(),
                None => return Err(self.unknown_property(ty, name)),
            };
            json.insert(name.to_string(), self.wire(&field)?);
        }
        Ok(Value::Object(json))
    }

    /// The JSON of an accepted value, with all objects in it checked against the release.
    pub(super) fn wire(self, given: &Dynamic) -> Result<Value, Fault> {
        if let Some(object) = Object::of(given) {
            return self.fields(object.ty, &object, &object.fields);
        }
        match given.as_array_ref() {
            Ok(items) => Ok(Value::Array(items.iter().map(|item| self.wire(item)).collect::<Result<_, _>>()?)),
            Err(_) => Ok(value::to_json(given)),
        }
    }
}

fn scalar(frame: &Frame, ty: Ty, max_length: Option<u32>, given: Dynamic) -> Result<Dynamic, Fault> {
    let (least, most) = match ty {
        Ty::Int32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
        Ty::UInt8 => (0, i64::from(u8::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    // What the PBX keeps is text, so that a value which a script puts in reads like one which the PBX sent.
    let given = wanted(ty).and_then(|wanted| dates::wire(&given, wanted)).map_or(given, Dynamic::from);
    let fits = match ty {
        Ty::Bool => given.is_bool(),
        Ty::Int32 | Ty::Int64 | Ty::UInt8 => match given.as_int() {
            Ok(number) if number < least || number > most => {
                return Err(Fault::OutOfRange { what: frame.0.clone(), least, most, given: number });
            }
            number => number.is_ok(),
        },
        Ty::Decimal | Ty::Double => given.is_int() || given.is_float(),
        _ => given.is_string(),
    };
    // Dates and their like are texts of a form, and one that is wrong is an error of the PBX's without a hint.
    let form = literal_kind(ty).filter(|_| matches!(ty, Ty::DateTime | Ty::Date | Ty::Time | Ty::Duration | Ty::Guid));
    let formed = form.is_none_or(|kind| given.is_unit() || Literal::new(&value::to_json(&given), kind).is_ok());
    if !fits || !formed {
        return Err(frame.wrong(name_of(ty), &given));
    }
    if let (Some(most), Ok(text)) = (max_length, given.as_immutable_string_ref()) {
        let length = text.chars().count();
        if length > most as usize {
            return Err(Fault::TooLong { what: frame.0.clone(), most, given: length });
        }
    }
    Ok(given)
}

fn wanted(ty: Ty) -> Option<Wanted> {
    match ty {
        Ty::DateTime => Some(Wanted::Moment),
        Ty::Date => Some(Wanted::Date),
        Ty::Time => Some(Wanted::Time),
        Ty::Duration => Some(Wanted::Duration),
        _ => None,
    }
}

/// A type in the words of a script.
pub(super) fn name_of(ty: Ty) -> String {
    match ty {
        Ty::String => "a string".to_owned(),
        Ty::Bool => "a boolean".to_owned(),
        Ty::Int32 | Ty::Int64 | Ty::UInt8 => "a whole number".to_owned(),
        Ty::Decimal | Ty::Double => "a number".to_owned(),
        Ty::DateTime => "a date and time: a DateTime, or a string like \"2026-01-31T08:00:00Z\"".to_owned(),
        Ty::Date => "a date: a Date, or a string like \"2026-01-31\"".to_owned(),
        Ty::Time => "a time of day: a Time, or a string like \"08:30:00\"".to_owned(),
        Ty::Duration => "a duration of days to seconds: a Duration, or a string like \"PT1H30M\"".to_owned(),
        Ty::Guid => "a GUID as a string".to_owned(),
        Ty::Any => "anything".to_owned(),
        Ty::Named(name) => name.to_owned(),
        Ty::List(Ty::Named(name)) => format!("an array of {name}"),
        Ty::List(element) => format!("an array of {element}"),
    }
}
