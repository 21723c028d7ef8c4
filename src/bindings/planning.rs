//! Calls of a session that plans: what would change something is noted, and what only reads sees it as if it were done.

mod noted;
mod plans;
mod seen;

pub use plans::Plans;

use serde_json::Value;

use crate::bindings::dispatch::Query;
use crate::bindings::fault::Fault;
use crate::catalog::effects::effect;
use crate::catalog::{Answer, Kind, Operation, QueryOption, Ty, Variant};
use crate::client::{Arguments, ClientError, Failed, Reply, ReplyBody, build};
use crate::odata::Options;
use crate::plan::{Row, first_unknown};
use crate::script::native::Dynamic;

/// Why something of the plan cannot be asked of the PBX.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnPlan {
    /// It is to be made.
    New,
    /// It is to be deleted.
    Gone,
}

impl Query {
    /// Puts what was planned first, and is made by now, in the place of what stood for it.
    pub(super) fn resolve(&mut self) -> Result<(), Fault> {
        let yet = !self.connection.guard().is_planning();
        let missing = self.connection.plans().resolve(&mut self.arguments, yet);
        missing.map_or(Ok(()), |missing| Err(self.unplanned(Some(&missing), OnPlan::New)))
    }

    /// What the call gives, with nothing sent that would change something.
    pub(super) fn planned(self) -> Result<Dynamic, Fault> {
        if effect(self.operation).is_read() { self.seen() } else { self.noted() }
    }

    /// What the PBX has there now, with these properties of it. Nothing, where it shows no single object of its kind.
    pub(super) fn look_up(&self, set: &str, key: Option<&Value>, wanted: &Row) -> Result<Option<Row>, Fault> {
        if let Some(key) = key.filter(|key| first_unknown(key).is_some()) {
            return Err(self.unplanned(Some(key), OnPlan::New));
        }
        let release = self.open.release;
        let finds = |variant: &&Variant| {
            variant.kind == Kind::Get && set_of(variant) == set && variant.keys().count() == usize::from(key.is_some())
        };
        let Some((operation, variant)) = self.sibling(&finds) else { return self.look_for(set, key) };
        let navigates = |name: &&String| match variant.answer(release) {
            Answer::Object(Ty::Named(ty)) => self.schema().property(ty, name).is_some_and(|it| it.navigation),
            _ => false,
        };
        let mut options = Options::default();
        if variant.has_option(QueryOption::Expand, release) {
            options.expand = wanted.keys().filter(navigates).cloned().collect();
        }
        let expands = !options.expand.is_empty();
        let parameters = key.cloned().map(Some).into_iter().collect();
        let arguments = Arguments { parameters, options, ..Arguments::default() };
        let request = build(variant, release, &arguments).map_err(|error| self.unbuildable(error))?;
        let permit = self.connection.guard().permit(operation).map_err(Fault::Denied)?;
        let reply = match self.open.client.send(permit, &request) {
            // Some builds refuse what they offer: then nobody can tell how that was before.
            Err(Failed { error: ClientError::Refused(refusal), .. }) if refusal.status == 400 && expands => {
                return self.look_up(set, key, &Row::new());
            }
            reply => reply.map_err(|failed| self.fault(failed.error))?,
        };
        Ok(match reply.body {
            ReplyBody::Json(Value::Object(row)) => Some(row),
            _ => None,
        })
    }

    /// The same, of a set that is only listed.
    fn look_for(&self, set: &str, key: Option<&Value>) -> Result<Option<Row>, Fault> {
        let (Some(key), Some((name, _)), Some(Ty::Named(row))) = (key, self.key_of(set), self.row_of(set)) else {
            return Ok(None);
        };
        let Some(rows) = self.rows_with(|listed| listed == row, &[name], key) else { return Ok(None) };
        match rows.into_iter().next() {
            Some(Value::Object(row)) => Ok(Some(row)),
            _ => Err(self.unplanned(Some(key), OnPlan::Gone)),
        }
    }

    /// An operation of the same resource that the release serves so.
    fn sibling(&self, finds: &dyn Fn(&&Variant) -> bool) -> Option<(&'static Operation, &'static Variant)> {
        let operations = &self.connection.catalog().resource(self.operation.resource)?.operations;
        operations.iter().find_map(|operation| {
            let variant = operation.variant(self.open.release).filter(finds)?;
            Some((operation, variant))
        })
    }

    /// The property that is the key of a set.
    fn key_of(&self, set: &str) -> Option<(&'static str, Ty)> {
        let keyed = |variant: &&Variant| {
            let one = matches!(variant.kind, Kind::Get | Kind::Update | Kind::Delete);
            one && set_of(variant) == set && variant.keys().count() == 1
        };
        let (_, variant) = self.sibling(&keyed)?;
        variant.keys().next().map(|key| (key.name, key.ty))
    }

    /// The type of what stands in a set.
    fn row_of(&self, set: &str) -> Option<Ty> {
        let (_, variant) = self.sibling(&|variant| variant.kind == Kind::List && set_of(variant) == set)?;
        match variant.answer(self.open.release) {
            Answer::List(element) => Some(element),
            _ => None,
        }
    }

    /// The key that the call names.
    fn key(&self) -> Option<&Value> {
        let place = self.variant.keys().next().and(self.arguments.parameters.first());
        place.and_then(Option::as_ref)
    }

    fn url(&self) -> &str {
        self.open.client.url()
    }

    fn unplanned(&self, what: Option<&Value>, why: OnPlan) -> Fault {
        let what = what.map(|what| what.as_str().map_or_else(|| what.to_string(), str::to_owned));
        Fault::OnlyPlanned { operation: self.operation.full_name(), what: what.unwrap_or_default(), why }
    }

    /// An answer that was put together here.
    fn answered(&self, json: Value) -> Result<Dynamic, Fault> {
        let reply = Reply { status: 200, body: ReplyBody::Json(json), note: None };
        self.value(self.variant.answer(self.open.release), reply)
    }
}

/// The first part of a path: that of a set, or of an object that stands alone.
fn set_of(variant: &Variant) -> &'static str {
    let path = variant.path.trim_start_matches('/');
    path.split(['(', '/']).next().unwrap_or(path)
}
