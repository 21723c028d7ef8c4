//! Behaviour written by hand: what scripts lean on and the catalog cannot tell.

mod calls;
mod extensions;
mod lists;
mod system;

use serde_json::Value;

use crate::catalog::Operation;
use crate::sandbox::Pbx;
use crate::sandbox::asked::Asked;
use crate::sandbox::problem::Problem;
use crate::sandbox::reply::Reply;

pub(super) use crate::sandbox::behaviour::lists::upload_prompt;

pub(super) type Behaviour = fn(&mut Pbx, &Asked) -> Result<Reply, Problem>;

/// The behaviour of an operation beyond what is done for all.
pub(super) fn of(operation: &Operation) -> Option<Behaviour> {
    let (resource, name) = (operation.resource, operation.name);
    if ["my_user", "my_group"].contains(&resource) {
        return Some(|_, _| Err(Problem::forbidden()));
    }
    extensions::of(resource, name)
        .or_else(|| calls::of(resource, name))
        .or_else(|| lists::of(resource, name))
        .or_else(|| system::of(resource, name))
}

/// The elements of a list field of an action.
fn items<'a>(asked: &'a Asked, field: &str) -> &'a [Value] {
    asked.body.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
