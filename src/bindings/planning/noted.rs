//! What becomes of a call that would change something: what it does to which objects is worked out, and noted.

use serde_json::Value;

use crate::bindings::dispatch::Query;
use crate::bindings::fault::Fault;
use crate::bindings::planning::{OnPlan, Plans, set_of};
use crate::bindings::value;
use crate::catalog::effects::effect;
use crate::catalog::{Answer, Body, Effect, Kind, Property, Ty};
use crate::client::build;
use crate::plan::{Change, Deed, Place, Planned, Row, first_unknown, unknown_number, unknown_text};
use crate::script::native::{Array, Dynamic};

/// The properties whose values a PBX will allot, and what stands for them until then.
type Unknown = Vec<(&'static str, Value)>;

/// The properties by which people tell objects apart.
const NAMING: [&str; 2] = ["Number", "Name"];

impl Query {
    /// What the call would give, once it is noted.
    pub(super) fn noted(self) -> Result<Dynamic, Fault> {
        // Whatever cannot be built would not be sent either.
        build(self.variant, self.open.release, &self.arguments).map_err(|error| self.unbuildable(error))?;
        let plans = self.connection.plans().clone();
        let (deeds, unknown) = self.deeds(&plans)?;
        let answer = match (self.variant.answer(self.open.release), deeds.first()) {
            (Answer::Object(ty), Some(Deed::Make { object, .. })) => {
                value::typed(self.schema(), ty, Value::Object(object.clone()))
            }
            (Answer::Object(ty), Some(Deed::Alter { before, fields, .. })) => {
                let whole = Planned::Altered { before: before.clone(), fields: fields.clone() }.whole();
                value::typed(self.schema(), ty, Value::Object(whole.unwrap_or_default()))
            }
            (Answer::List(_), _) => Dynamic::from_array(Array::new()),
            _ => self.file.as_ref().map_or(Dynamic::UNIT, |file| file.name.clone().into()),
        };
        let change = Change {
            pbx: self.connection.name().to_owned(),
            operation: self.operation.full_name(),
            effect: effect(self.operation),
            given: self.given(),
            taken: self.taken(&deeds, &plans),
            deeds,
        };
        plans.note(self, change, unknown);
        Ok(answer)
    }

    /// What it does to what the PBX keeps, and the values that nobody knows before it is done.
    fn deeds(&self, plans: &Plans) -> Result<(Vec<Deed>, Unknown), Fault> {
        let set = set_of(self.variant);
        let body = || {
            let fields = self.arguments.body.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
            fields.into_iter().filter(|(name, _)| !name.contains('@')).collect::<Row>()
        };
        let deeds = match self.variant.kind {
            Kind::Create => return Ok(self.making(set, body(), plans)),
            Kind::Update => vec![self.altering(set, self.key(), &body(), plans)?],
            Kind::Delete => vec![self.removing(set, self.key(), plans)?],
            Kind::Action => self.bulk(set, &body(), plans)?,
            Kind::List | Kind::Get | Kind::ByNumber | Kind::Navigation | Kind::Function => Vec::new(),
        };
        Ok((deeds, Vec::new()))
    }

    fn making(&self, set: &'static str, mut object: Row, plans: &Plans) -> (Vec<Deed>, Unknown) {
        let Some(Ty::Named(ty)) = self.variant.entity(self.open.release) else { return (Vec::new(), Vec::new()) };
        let Some((key, key_ty)) = self.key_of(set) else { return (Vec::new(), Vec::new()) };
        let count = plans.count();
        let blank = |object: &Row, name: &str| match object.get(name) {
            None | Some(Value::Null) => true,
            Some(Value::String(text)) => text.is_empty(),
            Some(value) => value.as_i64() == Some(0),
        };
        let mut unknown = Vec::new();
        let mut allot = |object: &mut Row, name: &'static str, ty: Ty| {
            if blank(object, name) {
                let value = if ty == Ty::Int32 { unknown_number(count) } else { unknown_text(count) };
                object.insert(name.to_owned(), value.clone());
                unknown.push((name, value));
            }
        };
        allot(&mut object, key, key_ty);
        // A PBX gives numbers to those who ask for none.
        let number = self.schema().property(ty, "Number").filter(|it| it.ty == Ty::String && it.name != key);
        if let Some(number) = number {
            allot(&mut object, number.name, number.ty);
        }
        let place = Place::new(set, object.get(key));
        (vec![Deed::Make { place, object }], unknown)
    }

    fn altering(&self, set: &'static str, key: Option<&Value>, fields: &Row, plans: &Plans) -> Result<Deed, Fault> {
        let place = Place::new(set, key);
        let before = match plans.find(self.url(), &place) {
            Some(Planned::Gone(_)) => return Err(self.unplanned(key, OnPlan::Gone)),
            Some(planned) => {
                planned.whole().map(|whole| self.completed(whole, &planned, set, key, fields)).transpose()?
            }
            None => self.look_up(set, key, fields)?,
        };
        Ok(Deed::Alter { place, before: before.unwrap_or_default(), fields: fields.clone() })
    }

    /// With those of the wanted properties that no change before has asked for.
    fn completed(
        &self,
        mut whole: Row,
        planned: &Planned,
        set: &str,
        key: Option<&Value>,
        wanted: &Row,
    ) -> Result<Row, Fault> {
        let missing = wanted.keys().any(|name| !whole.contains_key(name));
        if let (Planned::Altered { .. }, true) = (planned, missing) {
            for (name, value) in self.look_up(set, key, wanted)?.unwrap_or_default() {
                whole.entry(name).or_insert(value);
            }
        }
        Ok(whole)
    }

    fn removing(&self, set: &'static str, key: Option<&Value>, plans: &Plans) -> Result<Deed, Fault> {
        let place = Place::new(set, key);
        let before = match plans.find(self.url(), &place) {
            Some(Planned::Gone(_)) => return Err(self.unplanned(key, OnPlan::Gone)),
            Some(planned) => planned.whole(),
            None => self.look_up(set, key, &Row::new())?,
        };
        Ok(Deed::Remove { place, before })
    }

    /// Actions on a whole set that delete or change what a list of keys names, or one key.
    fn bulk(&self, set: &'static str, body: &Row, plans: &Plans) -> Result<Vec<Deed>, Fault> {
        let (Body::Fields(fields), Some((key, key_ty)), 0) =
            (&self.variant.body, self.key_of(set), self.variant.keys().count())
        else {
            return Ok(Vec::new());
        };
        let is_keys = |field: &&Property| match field.ty {
            Ty::List(element) => *element == key_ty,
            ty => ty == key_ty && field.name.eq_ignore_ascii_case(key),
        };
        let Some(keys) = fields.iter().find(is_keys) else { return Ok(Vec::new()) };
        let others: Vec<&Property> = fields.iter().filter(|field| field.name != keys.name).collect();
        let keys: &[Value] = match body.get(keys.name) {
            Some(Value::Array(keys)) => keys,
            Some(key) => std::slice::from_ref(key),
            None => &[],
        };
        match (effect(self.operation), others.as_slice()) {
            (Effect::Delete, []) => keys.iter().map(|key| self.removing(set, Some(key), plans)).collect(),
            (Effect::Update, [object]) if Some(object.ty) == self.row_of(set) => {
                let fields = body.get(object.name).and_then(Value::as_object).cloned().unwrap_or_default();
                keys.iter().map(|key| self.altering(set, Some(key), &fields, plans)).collect()
            }
            _ => Ok(Vec::new()),
        }
    }

    /// The property by which something else has what this is to make.
    fn taken(&self, deeds: &[Deed], plans: &Plans) -> Option<&'static str> {
        let [Deed::Make { place, object }] = deeds else { return None };
        let Some(Ty::Named(ty)) = self.variant.entity(self.open.release) else { return None };
        let given = |name: &&str| {
            let value = object.get(*name)?;
            let text = value.as_str().filter(|text| !text.is_empty() && first_unknown(value).is_none());
            text.map(|_| value)
        };
        let name = NAMING.into_iter().find(|name| given(name).is_some())?;
        let value = given(&name)?;
        if plans.search(self.url(), place.set, |planned| planned.get(name) == Some(value)).is_some() {
            return Some(name);
        }
        let rows = self.rows_with(|row| row == ty, &[name], value)?;
        let key = self.key_of(place.set).map(|(key, _)| key)?;
        let stays = |row: &Value| plans.find(self.url(), &Place::new(place.set, row.get(key))).is_none();
        rows.iter().any(stays).then_some(name)
    }

    /// What the call was given, by name.
    fn given(&self) -> Row {
        let parameters = self.variant.parameters.iter().zip(&self.arguments.parameters);
        let parameters = parameters.filter_map(|(parameter, value)| Some((parameter.name, value.clone()?)));
        let fields = self.arguments.body.as_ref().and_then(Value::as_object).cloned().into_iter().flatten();
        let file = self.file.as_ref().map(|file| ("file", Value::from(file.name.as_str())));
        parameters.chain(file).map(|(name, value)| (name.to_owned(), value)).chain(fields).collect()
    }
}
