//! What a client may do on a PBX: by what its token says, and by what is refused to it. Reads only.

use serde_json::Value;

use crate::catalog::{Catalog, Method};
use crate::client::reason::role;
use crate::client::{Client, ClientError, Reason, Reply, ReplyBody, Request};
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
    /// Why something is closed; nothing where two reasons are left.
    pub reason: Option<Reason>,
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
    /// Everything was.
    Unknown,
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
    /// Is it large enough for everything? Nothing where its name is not known.
    pub enterprise: Option<bool>,
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
    let (mut closed, mut reason) = (Vec::new(), None);
    for (what, resource, target) in probes {
        if let Err((403, why)) = ask(client, catalog, resource, "list", target)? {
            closed.push(what);
            // The first is about the most.
            reason = reason.or(why);
        }
    }
    let read = |resource, operation, target| match ask(client, catalog, resource, operation, target)? {
        Ok(Reply { body: ReplyBody::Json(answer), .. }) => Ok::<_, ClientError>(Some(answer)),
        _ => Ok(None),
    };
    let mut licence = read("system_status", "get", "/xapi/v1/SystemStatus")?.as_ref().and_then(licence);
    let unclear = !closed.is_empty() && reason.is_none();
    if let Some(known) = licence.as_mut().filter(|known| unclear && known.enterprise.is_none()) {
        let parameters = read("defs", "get_license_parameters", "/xapi/v1/Defs/Pbx.GetLicenseParameters()")?;
        known.enterprise = parameters.and_then(|said| said.get("IsEnterprise")?.as_bool());
    }
    if unclear {
        reason = licence.as_ref().and_then(|known| known.enterprise).map(|enterprise| match enterprise {
            true => Reason::Role,
            false => Reason::Licence,
        });
    }
    let role = match claims.as_ref().and_then(role) {
        Some(role) => Role::Said(role),
        None if reason == Some(Reason::Console) => Role::Unknown,
        // A small licence closes the logs to everybody.
        None if reason == Some(Reason::Licence) && !closed.contains(&Closed::Lists) => Role::Unknown,
        None if closed.contains(&Closed::Lists) => Role::User,
        None if closed.is_empty() => Role::Owner,
        None => Role::Admin,
    };
    Ok(Rights { version, role, closed, licence, reason })
}

/// The answer, or the status with which it was refused, and why; what says nothing about rights is an error.
fn ask(
    client: &Client,
    catalog: &'static Catalog,
    resource: &str,
    operation: &str,
    target: &str,
) -> Result<Result<Reply, (u16, Option<Reason>)>, ClientError> {
    let Some(operation) = catalog.operation(resource, operation) else { return Ok(Err((404, None))) };
    let permit = Guard::new(Mode::ReadOnly).permit(operation).map_err(ClientError::Denied)?;
    let request = Request { method: Method::Get, target: target.to_owned(), if_match: None, body: None, file: None };
    match client.send(permit, &request) {
        Ok(reply) => Ok(Ok(reply)),
        Err(failed) => match failed.error {
            // A token that is refused says nothing about what its client may do.
            ClientError::Refused(refusal) if refusal.status != 401 => Ok(Err((refusal.status, refusal.reason))),
            error => Err(error),
        },
    }
}

/// The editions by their codes, as `3CXPSENT`; newer ones have names of their own.
fn is_enterprise(product: &str) -> Option<bool> {
    let product = product.to_ascii_uppercase();
    let has = |signs: &[&str]| signs.iter().any(|sign| product.contains(sign));
    match (has(&["ENT"]), has(&["PRO", "STD", "STANDARD", "BASIC", "SMB", "FREE", "STARTUP"])) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    }
}

fn licence(status: &Value) -> Option<Licence> {
    let text = |name: &str| status.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let until = text("ExpirationDate").map(|date| date.split('T').next().unwrap_or(date).to_owned());
    let licence = Licence {
        product: text("ProductCode").map(str::to_owned),
        active: status.get("LicenseActive").and_then(Value::as_bool),
        until,
        calls: status.get("MaxSimCalls").and_then(Value::as_i64),
        enterprise: text("ProductCode").and_then(is_enterprise),
    };
    let is_known = licence.product.is_some() || licence.active.is_some() || licence.until.is_some();
    is_known.then_some(licence)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{is_enterprise, licence};

    #[test]
    fn the_edition_by_its_code() {
        let cases =
            [("3CXPSENT", Some(true)), ("3CXPSPROFENT", Some(true)), ("3CXPSPROF", Some(false)), ("3CXAI", None)];
        for (code, expected) in cases {
            assert_eq!(is_enterprise(code), expected, "{code}");
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
