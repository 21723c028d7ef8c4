//! What a client may do on a PBX: by what its token says, and by what is refused to it. Reads only.

use serde_json::Value;

use crate::catalog::{Catalog, Method};
use crate::client::{Client, ClientError, Reply, ReplyBody, Request};
use crate::guard::{Guard, Mode};

/// A PBX that let the client in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// Empty where the PBX does not tell.
    pub version: String,
    pub role: Role,
    pub closed: Vec<Closed>,
    /// Nothing where the client may not see it.
    pub licence: Option<Licence>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// The token says so.
    Said(String),
    /// Nothing was refused.
    Owner,
    /// The logs were.
    Admin,
    /// So were lists.
    User,
}

/// What the client may not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// Users, departments, queues and the like.
    Lists,
    Chats,
    Recordings,
}

/// What the PBX says about its licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licence {
    pub product: Option<String>,
    pub active: Option<bool>,
    /// The day, as the PBX writes it.
    pub until: Option<String>,
    pub calls: Option<i64>,
}

/// Logs in and looks.
pub fn rights(client: &Client, catalog: &'static Catalog) -> Result<Rights, ClientError> {
    let claims = client.claims()?;
    let version = client.version()?;
    let probes = [
        (Closed::Lists, "users", "/xapi/v1/Users?$top=1&$select=Id"),
        (Closed::Chats, "chat_history_view", "/xapi/v1/ChatHistoryView?$top=1"),
        (Closed::Recordings, "recordings", "/xapi/v1/Recordings?$top=1"),
    ];
    let mut closed = Vec::new();
    for (what, resource, target) in probes {
        if let Err(401 | 403) = ask(client, catalog, resource, "list", target)? {
            closed.push(what);
        }
    }
    let licence = match ask(client, catalog, "system_status", "get", "/xapi/v1/SystemStatus")? {
        Ok(Reply { body: ReplyBody::Json(status), .. }) => licence(&status),
        _ => None,
    };
    let role = match claims.as_ref().and_then(said) {
        Some(role) => Role::Said(role),
        None if closed.contains(&Closed::Lists) => Role::User,
        None if closed.is_empty() => Role::Owner,
        None => Role::Admin,
    };
    Ok(Rights { version, role, closed, licence })
}

/// The answer, or the status with which it was refused; what says nothing about rights is an error.
fn ask(
    client: &Client,
    catalog: &'static Catalog,
    resource: &str,
    operation: &str,
    target: &str,
) -> Result<Result<Reply, u16>, ClientError> {
    let Some(operation) = catalog.operation(resource, operation) else { return Ok(Err(404)) };
    let permit = Guard::new(Mode::ReadOnly).permit(operation).map_err(ClientError::Denied)?;
    let request = Request { method: Method::Get, target: target.to_owned(), if_match: None, body: None, file: None };
    match client.send(permit, &request) {
        Ok(reply) => Ok(Ok(reply)),
        Err(failed) => match failed.error {
            ClientError::Refused(refusal) => Ok(Err(refusal.status)),
            error => Err(error),
        },
    }
}

/// The role in a token. Those who make tokens call the claim by a name or by an address that ends in it.
fn said(claims: &Value) -> Option<String> {
    let ends = |name: &str| matches!(name.rsplit(['/', ':']).next(), Some("role" | "roles" | "Role" | "RoleName"));
    let (_, value) = claims.as_object()?.iter().find(|(name, _)| ends(name))?;
    let roles: Vec<&str> = match value {
        Value::String(role) => vec![role.as_str()],
        Value::Array(roles) => roles.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    (!roles.is_empty()).then(|| roles.join(", "))
}

fn licence(status: &Value) -> Option<Licence> {
    let text = |name: &str| status.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let until = text("ExpirationDate").map(|date| date.split('T').next().unwrap_or(date).to_owned());
    let licence = Licence {
        product: text("ProductCode").map(str::to_owned),
        active: status.get("LicenseActive").and_then(Value::as_bool),
        until,
        calls: status.get("MaxSimCalls").and_then(Value::as_i64),
    };
    let is_known = licence.product.is_some() || licence.active.is_some() || licence.until.is_some();
    is_known.then_some(licence)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{licence, said};

    #[test]
    fn the_role_in_a_token() {
        let cases = [
            (json!({"role": "system_owners"}), Some("system_owners")),
            (json!({"http://schemas.example.com/claims/role": ["a", "b"]}), Some("a, b")),
            (json!({"roles": []}), None),
            (json!({"client_id": "x", "controlrole2": "x"}), None),
            (json!([]), None),
        ];
        for (claims, expected) in cases {
            assert_eq!(said(&claims).as_deref(), expected, "{claims}");
        }
    }

    #[test]
    fn the_licence_as_far_as_it_is_told() {
        assert_eq!(licence(&json!({"MaxSimCalls": 4})), None);
        let all = json!({"ProductCode": "ENT", "LicenseActive": true, "ExpirationDate": "2027-05-01T00:00:00Z", "MaxSimCalls": 16});
        let all = licence(&all).unwrap();
        assert_eq!((all.product.as_deref(), all.active, all.calls), (Some("ENT"), Some(true), Some(16)));
        assert_eq!(all.until.as_deref(), Some("2027-05-01"));
    }
}
