//! What an API client may do: its role is the one that it has in its departments.

use crate::catalog::Method;
use crate::sandbox::members::ROLES;
use crate::sandbox::problem::Problem;
use crate::sandbox::router::{Route, Router};
use crate::sandbox::store::{Row, Store, text};

const OWNER: usize = 0;
const USER: usize = ROLES.len() - 1;

/// The client's entity; clients are called by their id.
pub(super) fn principal<'a>(store: &'a Store, client: &str) -> Option<&'a Row> {
    let mut principals = store.rows("ServicePrincipals").iter();
    let known = principals.find(|principal| text(principal, "Number") == client);
    known.filter(|principal| principal.get("XAPIEnabled").is_none_or(|enabled| enabled.as_bool() != Some(false)))
}

/// The highest of the roles that a client has, as a place in the list of roles.
fn rank(store: &Store, client: &str) -> Option<usize> {
    let members = store.rows("Groups").iter().flat_map(|group| group.get("Members")?.as_array());
    let own = members.flatten().filter(|member| member["Number"] == client);
    let ranks = own.filter_map(|member| {
        let role = member["Rights"]["RoleName"].as_str()?;
        ROLES.iter().position(|known| *known == role)
    });
    ranks.min()
}

/// May the client do everything?
pub(super) fn is_owner(store: &Store, client: &str) -> bool {
    principal(store, client).is_some() && rank(store, client) == Some(OWNER)
}

/// The logs and recordings, which are for System Owners.
fn is_private(route: Route) -> bool {
    let resources = [
        "call_history_view",
        "chat_history_view",
        "chat_messages_history_view",
        "recordings",
        "report_call_log_data",
        "report_chat_log",
    ];
    resources.contains(&route.operation.resource) || route.operation.name == "get_call_log"
}

pub(super) fn check(store: &Store, router: &Router, client: &str, route: Route, head: &str) -> Result<(), Problem> {
    let allowed = match rank(store, client) {
        Some(OWNER) => true,
        Some(rank) if rank < USER => !is_private(route),
        // A user sees settings and what has no collection behind it.
        _ => route.variant.method == Method::Get && !router.sets.contains_key(head) && !is_private(route),
    };
    allowed.then_some(()).ok_or_else(Problem::forbidden)
}
