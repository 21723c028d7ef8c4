//! The arguments of a call in a script → the arguments of a request, checked before anything is sent.
//!
//! Keys first, then the parameters of a function, then the body, then one map of options. That last map may also carry
//! trailing parameters by name; an object may stand for its key, and for the body of its own update.

use std::sync::Arc;

use serde_json::Value;

use crate::bindings::dispatch::is_list;
use crate::bindings::fate;
use crate::bindings::fault::Fault;
use crate::bindings::list::MOST_AHEAD;
use crate::bindings::object::{Known, Object};
use crate::bindings::options;
use crate::bindings::schema::{Frame, Schema};
use crate::bindings::upload::Wanted;
use crate::bindings::value::Unknown;
use crate::bindings::{nearest, value};
use crate::catalog::{
    Answer, Body, FileBody, Operation, Parameter, Place, Property, QueryOption, ReleaseSet, Ty, Variant,
};
use crate::client::Arguments;
use crate::script::native::{Dynamic, Map};
use crate::script::with_article;

/// What a call asks for.
pub(super) enum Call {
    Send {
        arguments: Box<Arguments>,
        /// Which object the PBX then has as its script has it, and in what.
        settles: Option<(Arc<Known>, Map)>,
        /// How many pages of a list may be under way at once.
        ahead: Option<usize>,
        /// Failures are wanted as rows.
        partial: bool,
        file: Option<Wanted>,
    },
    /// An object that its script did not change.
    NothingToChange,
}

/// Reads the arguments of one call of `operation` as `variant` takes them.
pub(super) struct Reader<'a> {
    pub(super) schema: Schema,
    pub(super) operation: &'a Operation,
    pub(super) variant: &'a Variant,
}

impl Reader<'_> {
    pub(super) fn read(&self, given: &[Dynamic]) -> Result<Call, Fault> {
        let parameters = self.variant.parameters.as_slice();
        let body = usize::from(self.variant.takes_body());
        if given.len() > parameters.len() + body + 1 {
            return Err(self.arity(given.len()));
        }
        if let Some(call) = self.own_update(given)? {
            return Ok(call);
        }
        let (positional, mut named) = self.split(given, parameters.len() + body);
        // Where nobody knows what stands at the end, it may name what is missing before it.
        let rest = || given.last().filter(|last| Unknown::is_blank(last)).cloned();
        if let Some(more) = positional.get(parameters.len() + body) {
            return Err(wrong_type("the options", "a map", more));
        }
        let (mut settles, mut file) = (None, None);
        let mut arguments = Arguments { parameters: vec![None; parameters.len()], ..Arguments::default() };
        for (at, parameter) in parameters.iter().enumerate() {
            let given = positional.get(at).cloned().or_else(|| named.remove(parameter.name)).or_else(rest);
            arguments.parameters[at] = self.parameter(parameter, given)?;
        }
        if let Some(wanted) = self.variant.file() {
            let given = positional.get(parameters.len()).cloned().or_else(|| named.remove("path")).or_else(rest);
            let missing = || Fault::Missing { name: "path", signature: self.signature() };
            let path = given.filter(|given| !given.is_unit()).ok_or_else(missing)?;
            file = Some(Wanted::read(wanted, &path, &mut named)?);
        } else if body == 1 {
            let given = positional.get(parameters.len()).cloned().or_else(|| named.remove("body")).or_else(rest);
            let body = self.body(given.as_ref())?;
            settles = given.as_ref().and_then(settling).filter(|_| self.is_update());
            if self.is_update() && is_empty(&body) {
                return Ok(Call::NothingToChange);
            }
            arguments.body = Some(body);
        }
        if self.variant.if_match
            && let Some(tag) = named.remove("if_match").filter(|tag| Unknown::of(tag).is_none())
        {
            let wrong = |_| wrong_type("if_match", "a string", &tag);
            arguments.if_match = Some(tag.clone().into_immutable_string().map_err(wrong)?.to_string());
        }
        let ahead = if self.is_list() { named.remove(AHEAD) } else { None };
        let ahead = ahead.filter(|ahead| Unknown::of(ahead).is_none());
        let ahead = ahead.map(|ahead| pages_ahead(&ahead)).transpose()?;
        let partial = if self.reports() { named.remove(PARTIAL) } else { None };
        let partial = partial.filter(|partial| Unknown::of(partial).is_none());
        let truth = |partial: Dynamic| partial.as_bool().map_err(|_| wrong_type(PARTIAL, "true or false", &partial));
        let partial = partial.map(truth).transpose()?.unwrap_or(false);
        arguments.options = options::read(self, named)?;
        Ok(Call::Send { arguments: Box::new(arguments), settles, ahead, partial, file })
    }

    /// `update(object)`: the object says which one it is and what changed.
    fn own_update(&self, given: &[Dynamic]) -> Result<Option<Call>, Fault> {
        let (keys, Some(entity), [only]) = (&self.variant.parameters, self.entity(), given) else { return Ok(None) };
        if keys.is_empty() || keys.iter().any(|key| key.place != Place::Key) {
            return Ok(None);
        }
        if let Some(Unknown { ty: Some(ty) }) = Unknown::of(only) {
            return self.of_this_kind(ty).map(|()| Some(Call::NothingToChange));
        }
        let mut body = match Object::of(only) {
            Some(object) => {
                self.of_this_kind(object.ty)?;
                self.schema.changes(&object)?
            }
            None if only.is_map() => self.schema.body(entity, only)?,
            None => return Ok(None),
        };
        let mut arguments = Arguments::default();
        for key in keys {
            arguments.parameters.push(self.parameter(key, Some(only.clone()))?);
            if let Value::Object(fields) = &mut body {
                fields.remove(key.name);
            }
        }
        if is_empty(&body) {
            return Ok(Some(Call::NothingToChange));
        }
        arguments.body = Some(body);
        let (arguments, settles) = (Box::new(arguments), settling(only));
        Ok(Some(Call::Send { arguments, settles, ahead: None, partial: false, file: None }))
    }

    fn entity(&self) -> Option<Ty> {
        self.variant.entity(self.schema.assumed())
    }

    /// The arguments by place, and the map at the end: a map is that map unless its place is the body's.
    fn split<'a>(&self, given: &'a [Dynamic], places: usize) -> (&'a [Dynamic], Map) {
        let Some((last, before)) = given.split_last() else { return (given, Map::new()) };
        let is_body = self.variant.takes_body() && given.len() == places;
        let stands_for_key = given.len() <= self.variant.parameters.len()
            && self.variant.parameters[given.len() - 1].place == Place::Key
            && last.as_map_ref().is_ok_and(|map| map.contains_key(self.variant.parameters[given.len() - 1].name));
        match last.as_map_ref() {
            Ok(map) if !is_body && !stands_for_key => (before, map.clone()),
            _ if Unknown::is_blank(last) => (before, Map::new()),
            _ if last.is_unit() && given.len() == places + 1 => (before, Map::new()),
            _ => (given, Map::new()),
        }
    }

    fn parameter(&self, parameter: &Parameter, given: Option<Dynamic>) -> Result<Option<Value>, Fault> {
        let missing = || Fault::Missing { name: parameter.name, signature: self.signature() };
        let Some(mut given) = given.filter(|given| !given.is_unit()) else {
            let optional = parameter.nullable && parameter.place == Place::Function;
            return if optional { Ok(None) } else { Err(missing()) };
        };
        if let Some(unknown) = Unknown::of(&given) {
            return unknown.ty.map_or(Ok(()), |ty| self.of_this_kind(ty)).map(|()| None);
        }
        if given.is_map() || Object::of(&given).is_some() {
            given = self.key_of(parameter, &given)?;
        }
        let frame = Frame::named(parameter.name);
        let accepted = self.schema.accept(&frame, parameter.ty, false, parameter.max_length, given)?;
        Ok(Some(value::to_json(&accepted)))
    }

    /// An object stands for its key.
    fn key_of(&self, parameter: &Parameter, given: &Dynamic) -> Result<Dynamic, Fault> {
        let object = Object::of(given);
        let map = given.as_map_ref().ok();
        let fields = object.as_ref().map(|object| &*object.fields).or(map.as_deref());
        // `GetByNumber(number=…)` has the property's name in small letters.
        let named = |fields: &Map| {
            let same = |(name, _): &(_, _)| <_ as AsRef<str>>::as_ref(*name).eq_ignore_ascii_case(parameter.name);
            fields.iter().find(same).map(|(_, value)| value.clone())
        };
        let key = fields.and_then(named).filter(|key: &Dynamic| !key.is_unit());
        if let Some(object) = &object {
            self.of_this_kind(object.ty)?;
            if object.schema.home.is_some() && object.schema.home != self.schema.home {
                return Err(Fault::Foreign { ty: object.ty, key: parameter.name });
            }
            let original = object.origin.as_ref().and_then(|origin| named(&origin.now()));
            if let (Some(original), Some(key)) = (original, &key)
                && !value::equal(&original, key)
            {
                return Err(Fault::KeyChanged { what: format!("{}.{}", object.ty, parameter.name) });
            }
        }
        key.ok_or_else(|| Fault::NoKey {
            operation: self.operation.full_name(),
            key: parameter.name,
            ty: object.map_or("map", |object| object.ty),
        })
    }

    /// An object of another type has a key too, but it is the key of something else.
    fn of_this_kind(&self, ty: &str) -> Result<(), Fault> {
        let resource = self.schema.catalog.resource(self.operation.resource);
        let shown = |name: &str| {
            let variant = resource?.operation(name)?.newest();
            match variant.answer(self.schema.assumed()) {
                Answer::List(Ty::Named(name)) | Answer::Object(Ty::Named(name)) => Some(name),
                _ => None,
            }
        };
        let expected = match self.entity() {
            Some(Ty::Named(name)) => Some(name),
            _ => shown("get").or_else(|| shown("list")),
        };
        match expected.filter(|expected| *expected != ty) {
            Some(expected) => Err(Fault::WrongType {
                what: self.operation.full_name(),
                expected: expected.to_owned(),
                given: with_article(ty),
            }),
            None => Ok(()),
        }
    }

    fn body(&self, given: Option<&Dynamic>) -> Result<Value, Fault> {
        let missing = || Fault::Missing { name: "body", signature: self.signature() };
        match (&self.variant.body, given.filter(|given| !given.is_unit())) {
            (Body::Entity(_), Some(given)) => {
                let entity = self.entity().ok_or_else(missing)?;
                match Object::of(given).filter(|object| object.origin.is_some() && self.is_update()) {
                    Some(object) => {
                        self.of_this_kind(object.ty)?;
                        self.schema.changes(&object)
                    }
                    None => self.schema.body(entity, given),
                }
            }
            (Body::Fields(fields), Some(given)) => self.fields(fields, given),
            (Body::Fields(fields), None) if fields.iter().all(|field| field.nullable) => {
                Ok(Value::Object(Default::default()))
            }
            _ => Err(missing()),
        }
    }

    fn is_update(&self) -> bool {
        self.variant.kind == crate::catalog::Kind::Update
    }

    /// The parameters of an action, as a map.
    fn fields(&self, fields: &[Property], given: &Dynamic) -> Result<Value, Fault> {
        if Unknown::is_blank(given) {
            return Ok(Value::Null);
        }
        let Ok(map) = given.as_map_ref() else { return Err(wrong_type("the body", "a map", given)) };
        let mut json = serde_json::Map::new();
        for (name, given) in map.iter() {
            let there = |releases: ReleaseSet| self.schema.release.is_none_or(|release| releases.contains(release));
            let field = fields.iter().find(|field| field.name == name.as_str() && there(field.releases));
            let Some(field) = field else {
                self.is_here(name)?;
                let known: Vec<&'static str> = fields.iter().map(|field| field.name).collect();
                return Err(Fault::UnknownProperty {
                    ty: self.operation.full_name(),
                    name: name.to_string(),
                    nearest: nearest(name, known.iter().copied()),
                    known,
                });
            };
            let frame = Frame::named(field.name);
            let accepted = self.schema.accept(&frame, field.ty, field.nullable, field.max_length, given.clone())?;
            json.insert(name.to_string(), self.schema.wire(&accepted)?);
        }
        Ok(Value::Object(json))
    }

    /// Refuses a name that is right on other releases, saying on which.
    pub(super) fn is_here(&self, name: &str) -> Result<(), Fault> {
        let mut elsewhere = ReleaseSet::default();
        for variant in &self.operation.variants {
            let options = variant.options.iter().filter(|(option, _)| option.name() == name);
            let functions =
                variant.parameters.iter().filter(|known| known.place == Place::Function && known.name == name);
            let fields = match &variant.body {
                Body::Fields(fields) => fields.as_slice(),
                _ => &[],
            };
            let fields = fields.iter().filter(|field| field.name == name);
            let releases = options.map(|(_, releases)| *releases);
            let releases =
                releases.chain(functions.map(|known| known.releases)).chain(fields.map(|field| field.releases));
            elsewhere = releases.fold(elsewhere, ReleaseSet::union);
        }
        let known = elsewhere != ReleaseSet::default();
        if known {
            self.schema.on_release(&format!("{}.{name}", self.operation.full_name()), elsewhere)
        } else {
            Ok(())
        }
    }

    pub(super) fn has_option(&self, option: QueryOption) -> bool {
        match self.schema.release {
            Some(release) => self.variant.has_option(option, release),
            None => self.variant.options.iter().any(|(known, _)| *known == option),
        }
    }

    /// The names that the last map may have.
    pub(super) fn option_names(&self) -> Vec<&'static str> {
        let options = QueryOption::ALL.into_iter().filter(|option| self.has_option(*option));
        let parameters = self.variant.parameters.iter().filter(|parameter| parameter.place == Place::Function);
        let own = self.is_list().then_some(AHEAD).or(self.reports().then_some(PARTIAL));
        let file = self.variant.file().map(|_| FileBody::OPTIONS.map(|(name, _)| name));
        let own = own.into_iter().chain(file.into_iter().flatten());
        options.map(QueryOption::name).chain(own).chain(parameters.map(|parameter| parameter.name)).collect()
    }

    fn is_list(&self) -> bool {
        is_list(self.operation, self.variant, self.schema.assumed())
    }

    fn reports(&self) -> bool {
        fate::reports(self.operation, self.variant, self.schema.assumed(), self.schema.catalog)
    }

    pub(super) fn signature(&self) -> String {
        signature(self.operation, self.variant)
    }

    fn arity(&self, given: usize) -> Fault {
        Fault::Arity { signature: self.signature(), given }
    }
}

/// The option of lists that is no business of the PBX.
const AHEAD: &str = "ahead";

/// That of operations which answer with what went wrong.
const PARTIAL: &str = "partial";

/// How many pages may be under way at once; 1 fetches each when it is wanted.
pub(super) fn pages_ahead(given: &Dynamic) -> Result<usize, Fault> {
    let pages = given.as_int().map_err(|_| wrong_type(AHEAD, "a whole number", given))?;
    let fits = usize::try_from(pages).ok().filter(|pages| (1..=MOST_AHEAD).contains(pages));
    let most = MOST_AHEAD as i64;
    fits.ok_or_else(|| Fault::OutOfRange { what: AHEAD.to_owned(), least: 1, most, given: pages })
}

/// What an update with this object settles.
fn settling(given: &Dynamic) -> Option<(Arc<Known>, Map)> {
    let object = Object::of(given)?;
    let known = object.origin.clone()?;
    Some((known, object.changed()))
}

fn is_empty(body: &Value) -> bool {
    body.as_object().is_some_and(serde_json::Map::is_empty)
}

pub(super) fn wrong_type(what: &str, expected: &str, given: &Dynamic) -> Fault {
    Fault::WrongType { what: what.to_owned(), expected: expected.to_owned(), given: value::describe(given) }
}

/// How an operation is called: `users.update(Id, User)`.
#[must_use]
pub fn signature(operation: &Operation, variant: &Variant) -> String {
    let mut parts: Vec<String> = variant.parameters.iter().map(|parameter| parameter.name.to_owned()).collect();
    match &variant.body {
        Body::None => {}
        Body::Entity(types) => parts.extend(types.last().map(|(ty, _)| ty.to_string())),
        Body::Fields(fields) => {
            let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
            parts.push(format!("#{{{}}}", names.join(", ")));
        }
        Body::File(_) => parts.push("path".to_owned()),
    }
    if !variant.options.is_empty() || variant.file().is_some() {
        parts.push("options".to_owned());
    }
    format!("{}({})", operation.full_name(), parts.join(", "))
}
