//! Objects of a PBX in a script: a schema, the properties that are set, and how they came.

use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value;

use crate::bindings::fault::Fault;
use crate::bindings::nearest;
use crate::bindings::schema::{Frame, Schema};
use crate::bindings::{slots, value};
use crate::catalog::{Property, named};
use crate::client::secrets;
use crate::script::native::{Dynamic, Map};

/// A value of an object type.
#[derive(Debug, Clone)]
pub struct Object {
    pub(super) schema: Schema,
    pub(super) ty: &'static str,
    /// Shared with `origin` until a script changes something: most objects are only read.
    pub(super) fields: Arc<Map>,
    /// The properties as the PBX has them; none for an object that a script made.
    pub(super) origin: Option<Arc<Known>>,
}

/// What a PBX is known to have, shared by all copies of an object: an update through one of them holds for the others.
#[derive(Debug)]
pub(super) struct Known(RwLock<Arc<Map>>);

impl Known {
    pub(super) fn now(&self) -> Arc<Map> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The PBX took these properties.
    pub(super) fn learn(&self, fields: Map) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut known).extend(fields);
    }

    /// It did not after all.
    pub(super) fn unlearn(&self, before: Arc<Map>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = before;
    }
}

impl Object {
    /// The object in a value, if it is one.
    pub fn of(value: &Dynamic) -> Option<Arc<Object>> {
        slots::read(value)
    }

    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.ty
    }

    /// The object that a script asks for: `Group(#{ … })`.
    pub(super) fn made(schema: Schema, slot: usize, ty: &'static str, fields: Map) -> Result<Dynamic, Fault> {
        let mut object = Object { schema, ty, fields: Arc::default(), origin: None };
        for (name, value) in fields {
            object.put(&name, value)?;
        }
        Ok(slots::wrap(slot, object))
    }

    /// An object as a PBX sent it. What the schema does not know is kept: every release brings something new.
    pub(super) fn received(
        schema: Schema,
        slot: usize,
        ty: &'static str,
        fields: serde_json::Map<String, Value>,
    ) -> Dynamic {
        let (mut map, properties, release) = (Map::new(), schema.catalog.properties(ty), schema.assumed());
        for (name, field) in fields {
            if name.starts_with("@odata.") {
                continue;
            }
            let property = named(properties, &name, release);
            let field = property
                .map_or_else(|| value::plain(&field), |property| value::typed(schema, property.ty, field.clone()));
            map.insert(name.as_str().into(), field);
        }
        let map = Arc::new(map);
        let origin = Some(Arc::new(Known(RwLock::new(map.clone()))));
        slots::wrap(slot, Object { schema, ty, fields: map, origin })
    }

    /// Reading never creates: what is absent is `()`.
    pub(super) fn get(&self, name: &str) -> Result<Dynamic, Fault> {
        if let Some(value) = self.fields.get(name) {
            self.learn(name, value);
            return Ok(value.clone());
        }
        match self.schema.property(self.ty, name) {
            Some(_) => Ok(Dynamic::UNIT),
            None => Err(self.unknown(name)),
        }
    }

    /// What a script takes in its hands it may drop into a message.
    fn learn(&self, name: &str, value: &Dynamic) {
        if let Ok(text) = value.as_immutable_string_ref()
            && (secrets::is_secret(name) || self.ty.starts_with("Concealed"))
        {
            secrets::learn(&text);
        }
    }

    pub(super) fn set(&mut self, name: &str, value: Dynamic) -> Result<(), Fault> {
        let known = self.fields.get(name);
        // Methods on a property write it back unchanged: that must pass, whatever it is, and must not create it.
        if known.is_some_and(|known| value::equal(known, &value)) || (known.is_none() && value.is_unit()) {
            return Ok(());
        }
        self.put(name, value)
    }

    fn put(&mut self, name: &str, value: Dynamic) -> Result<(), Fault> {
        let value = self.accept(name, value)?;
        Arc::make_mut(&mut self.fields).insert(name.into(), value);
        Ok(())
    }

    /// The value as the property of this name keeps it. What a newer PBX sent may be changed, but nobody can check it.
    pub(super) fn accept(&self, name: &str, value: Dynamic) -> Result<Dynamic, Fault> {
        if self.schema.property(self.ty, name).is_none() && self.came_with(name) {
            return Ok(value);
        }
        self.schema.assigned(self.ty, name, value)
    }

    /// Takes a property out: it is neither compared nor sent any more.
    pub(super) fn remove(&mut self, name: &str) -> Result<Dynamic, Fault> {
        let value = self.get(name)?;
        if self.fields.contains_key(name) {
            Arc::make_mut(&mut self.fields).remove(name);
        }
        Ok(value)
    }

    /// The properties that differ from what the PBX sent; all of them for an object that a script made.
    pub(super) fn changed(&self) -> Map {
        let Some(origin) = &self.origin else { return (*self.fields).clone() };
        let origin = origin.now();
        if Arc::ptr_eq(&origin, &self.fields) {
            return Map::new();
        }
        let differs = |name: &str, value: &Dynamic| !origin.get(name).is_some_and(|old| value::equal(old, value));
        let changed = self.fields.iter().filter(|(name, value)| differs(name, value));
        changed.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The object as the PBX has it.
    pub(super) fn original(&self) -> Option<Dynamic> {
        let (slot, _) = self.schema.object_type(self.ty)?;
        let fields = self.origin.as_ref()?.now();
        Some(slots::wrap(slot, Object { fields, ..self.clone() }))
    }

    /// Did the PBX send a property of this name?
    pub(super) fn came_with(&self, name: &str) -> bool {
        self.origin.as_ref().is_some_and(|origin| origin.now().contains_key(name))
    }

    /// Is this property as the PBX sent it?
    pub(super) fn is_original(&self, name: &str) -> bool {
        let Some(origin) = self.origin.as_ref().map(|origin| origin.now()) else { return false };
        matches!((origin.get(name), self.fields.get(name)), (Some(old), Some(new)) if value::equal(old, new))
    }

    fn unknown(&self, name: &str) -> Fault {
        self.schema.unknown_property(self.ty, name)
    }

    /// The names that are set, in the order of the alphabet, as 3CX lists them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(|name| name.as_str())
    }

    /// A copy in maps alone, at every depth: a script may do with it what it likes.
    pub(super) fn to_map(&self) -> Map {
        self.fields.iter().for_each(|(name, field)| self.learn(name, field));
        self.fields.iter().map(|(name, field)| (name.clone(), value::untyped(field))).collect()
    }

    #[must_use]
    pub fn to_json(&self) -> Value {
        value::map_to_json(&self.fields)
    }
}

impl Schema {
    /// What a property keeps of a value that is assigned to it.
    pub(super) fn assigned(self, ty: &str, name: &str, value: Dynamic) -> Result<Dynamic, Fault> {
        let Some(property) = self.property(ty, name) else { return Err(self.unknown_property(ty, name)) };
        let frame = Frame::of(ty, name);
        let fits = |property: &Property| self.accept_as(&frame, property, value.clone());
        fits(property).or_else(|fault| {
            // While it is not known which release the object is for, what an older one takes is right, too.
            let others = self.catalog.properties(ty).iter().filter(|other| other.name == name);
            let others = others.filter(|_| self.release.is_none());
            others.filter_map(|other| fits(other).ok()).next().ok_or(fault)
        })
    }

    /// The property of this name, if the release has it.
    pub(super) fn known(self, ty: &str, name: &str) -> Result<&'static Property, Fault> {
        let property = self.property(ty, name).ok_or_else(|| self.unknown_property(ty, name))?;
        self.on_release(&format!("{ty}.{name}"), property.releases)?;
        Ok(property)
    }

    pub(super) fn unknown_property(self, ty: &str, name: &str) -> Fault {
        let mut known: Vec<&'static str> = self.catalog.properties(ty).iter().map(|property| property.name).collect();
        // One that changed its type stands there twice.
        known.dedup();
        let nearest = nearest(name, known.iter().copied());
        Fault::UnknownProperty { ty: ty.to_owned(), name: name.to_owned(), nearest, known }
    }
}
