//! Behaviour written by hand: what scripts lean on and the catalog cannot tell.

mod asking;
mod audit;
mod calls;
mod commands;
mod contacts;
mod extensions;
mod files;
mod lists;
mod phones;
mod reports;
mod system;

use serde_json::Value;

use crate::catalog::{Kind, Operation};
use crate::sandbox::Pbx;
use crate::sandbox::asked::Asked;
use crate::sandbox::generic;
use crate::sandbox::problem::Problem;
use crate::sandbox::reply::Reply;

pub(super) use crate::sandbox::behaviour::asking::zone;

pub(super) type Behaviour = fn(&mut Pbx, &Asked) -> Result<Reply, Problem>;

/// Answers what was understood; `client` asks.
pub(super) fn respond(pbx: &mut Pbx, asked: &Asked, client: &str) -> Result<Reply, Problem> {
    let operation = asked.route.operation;
    let before = audit::before(pbx, asked);
    let reply = match of(operation) {
        Some(behaviour) => behaviour(pbx, asked),
        None => generic::respond(pbx, asked),
    }?;
    audit::note(pbx, asked, client, before);
    Ok(if is_modelled(operation) { reply } else { reply.without_behaviour() })
}

/// Does the operation do here what it does on a PBX? Else it answers with a value that only fits its type.
pub fn is_modelled(operation: &Operation) -> bool {
    let generic = |kind: Kind| !matches!(kind, Kind::Function | Kind::Action);
    of(operation).is_some() || operation.variants.iter().all(|variant| generic(variant.kind))
}

/// The behaviour of an operation beyond what is done for all.
fn of(operation: &Operation) -> Option<Behaviour> {
    let (resource, name) = (operation.resource, operation.name);
    if ["my_user", "my_group"].contains(&resource) {
        return Some(|_, _| Err(Problem::forbidden()));
    }
    extensions::of(resource, name)
        .or_else(|| calls::of(resource, name))
        .or_else(|| lists::of(resource, name))
        .or_else(|| contacts::of(resource, name))
        .or_else(|| system::of(resource, name))
        .or_else(|| phones::of(resource, name))
        .or_else(|| files::of(resource, name))
        .or_else(|| commands::of(resource, name))
        .or_else(|| reports::of(resource, name))
}

/// The elements of a list field of an action.
fn items<'a>(asked: &'a Asked, field: &str) -> &'a [Value] {
    asked.body.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
