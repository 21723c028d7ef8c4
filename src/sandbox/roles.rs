//! What an API client may do: its role is the one that it has in its departments, the licence can take some of it away, and
//! the Console Restrictions everything.

use std::net::IpAddr;

use crate::catalog::Method;
use crate::sandbox::members::ROLES;
use crate::sandbox::problem::Problem;
use crate::sandbox::router::{Route, Router};
use crate::sandbox::store::{Row, Store, text, value};

const OWNER: usize = 0;
const USER: usize = ROLES.len() - 1;

/// What clients are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    SystemOwner,
    /// More than a user, and not everything.
    SystemAdmin,
    User,
    /// In no department of its own: the PBX calls that "System Wide" and holds it at the role of a user.
    SystemWide,
}

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

/// The client's role; none where there is no such client.
pub(super) fn role(store: &Store, client: &str) -> Option<Role> {
    principal(store, client)?;
    Some(match rank(store, client) {
        Some(OWNER) => Role::SystemOwner,
        Some(rank) if rank < USER => Role::SystemAdmin,
        Some(_) => Role::User,
        None => Role::SystemWide,
    })
}

/// Other editions have no logs for the API.
fn has_logs(store: &Store) -> bool {
    store.single("LicenseStatus").is_none_or(|license| is_enterprise(text(license, "ProductCode")))
}

/// A licence without a name is one that nobody wanted to be small.
pub(super) fn is_enterprise(product: &str) -> bool {
    product.is_empty() || product.contains("ENT")
}

/// Do the Console Restrictions let this address in?
pub(super) fn check_address(store: &Store, address: IpAddr) -> Result<(), Problem> {
    let Some(restrictions) = store.single("ConsoleRestrictions") else { return Ok(()) };
    let restricted = value(restrictions, "AccessRestricted").as_bool() == Some(true);
    let listed = value(restrictions, "IpWhitelist").as_array().into_iter().flatten();
    let open = !restricted || listed.filter_map(|entry| entry.as_str()).any(|entry| covers(entry, address));
    open.then_some(()).ok_or_else(Problem::forbidden)
}

fn covers(entry: &str, address: IpAddr) -> bool {
    let Some((network, width, kept)) = network(entry) else { return false };
    let (address, of) = bits(address.to_canonical());
    width == of && (kept == 0 || network >> (width - kept) == address >> (width - kept))
}

fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    }
}

/// `192.0.2.7`, `192.0.2.0/24` or `192.0.2.0/255.255.255.0`: the bits, how many an address has, and how many count.
pub(super) fn network(entry: &str) -> Option<(u128, u32, u32)> {
    let (network, mask) = match entry.trim().split_once('/') {
        Some((network, mask)) => (network, Some(mask.trim())),
        None => (entry.trim(), None),
    };
    let (network, width) = bits(network.parse().ok()?);
    let kept = match mask {
        None => width,
        Some(mask) => match (mask.parse::<u32>(), mask.parse::<IpAddr>()) {
            (Ok(kept), _) => kept,
            (_, Ok(mask)) => bits(mask).0.count_ones(),
            _ => return None,
        },
    };
    (kept <= width).then_some((network, width, kept))
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
        _ if is_private(route) && !has_logs(store) => false,
        Some(OWNER) => true,
        Some(rank) if rank < USER => !is_private(route),
        // A user sees settings and what has no collection behind it.
        _ => route.variant.method == Method::Get && !router.sets.contains_key(head) && !is_private(route),
    };
    allowed.then_some(()).ok_or_else(Problem::forbidden)
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn addresses_and_networks() {
        let cases = [
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            (" 192.0.2.0/24 ", "192.0.2.200", true),
            ("192.0.2.0/24", "192.0.3.1", false),
            ("192.0.2.0/255.255.255.0", "192.0.2.200", true),
            ("0.0.0.0/0", "192.0.2.200", true),
            ("::/0", "192.0.2.200", false),
            ("2001:db8::/32", "2001:db8::7", true),
            ("192.0.2.7", "::ffff:192.0.2.7", true),
            ("192.0.2.7/33", "192.0.2.7", false),
            ("anything", "192.0.2.7", false),
            ("", "192.0.2.7", false),
        ];
        for (entry, address, expected) in cases {
            assert_eq!(covers(entry, address.parse().unwrap()), expected, "{entry} {address}");
        }
    }
}
