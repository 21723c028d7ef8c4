//! What a PBX insists on beyond types: required fields, numbers that are free, references that exist.

use serde_json::Value;

use crate::catalog::Ty;
use crate::sandbox::check::join;
use crate::sandbox::dn;
use crate::sandbox::members::{ROLES, group_meant};
use crate::sandbox::problem::{EMPTY, FORBIDDEN_CHANGE, IN_USE, NOT_FOUND, OUT_OF_RANGE, Problem, REQUIRED};
use crate::sandbox::router::EntitySet;
use crate::sandbox::schema::{Schema, named};
use crate::sandbox::store::{Row, Store, text};

/// Fields without which nothing is made, beside keys that are text.
fn required(set: &str) -> &'static [&'static str] {
    match set {
        "Groups" | "Receptionists" | "RingGroups" | "Queues" | "CallFlowApps" | "Holidays" | "OutboundRules"
        | "Parameters" | "ScheduledReports" | "TenantProperties" => &["Name"],
        "ServicePrincipals" => &["Number"],
        "BlackListNumbers" => &["CallerId"],
        "Blocklist" => &["IPAddrMask"],
        _ => &[],
    }
}

const CONTACT_NAMES: [&str; 3] = ["FirstName", "LastName", "CompanyName"];
const CONTACT_PHONES: [&str; 8] =
    ["PhoneNumber", "Business", "Business2", "Home", "Mobile2", "Other", "Pager", "BusinessFax"];

/// May an entity be made of this?
pub(super) fn create(schema: Schema, store: &Store, set: EntitySet, body: &Row) -> Result<(), Problem> {
    let text_key = set.key.filter(|key| *key != "Id" && schema.property(set.ty, key).is_some());
    for name in required(set.name).iter().copied().chain(text_key) {
        present(body, name)?;
    }
    if set.name == "Contacts" {
        let has = |names: &[&str]| names.iter().any(|name| !text(body, name).is_empty());
        has(&CONTACT_PHONES).then_some(()).ok_or_else(|| Problem::field("PhoneNumber", REQUIRED))?;
        has(&CONTACT_NAMES).then_some(()).ok_or_else(|| Problem::field("FirstName", REQUIRED))?;
    }
    if let Some(key) = text_key
        && let Some(value) = body.get(key)
        && store.find(set.name, key, value).is_some()
    {
        return Err(Problem::field(key, "WARNINGS.XAPI.DUPLICATE"));
    }
    if dn::has_number(set.name)
        && let Some(number) = body.get("Number").and_then(Value::as_str).filter(|number| !number.is_empty())
    {
        number_fits(set.name, number)?;
        if dn::find(store, number).is_some() {
            return Err(Problem::field("Number", IN_USE));
        }
    }
    shared(schema, store, set, body)
}

/// May an entity be changed so?
pub(super) fn update(schema: Schema, store: &Store, set: EntitySet, row: &Row, body: &Row) -> Result<(), Problem> {
    for name in required(set.name).iter().copied() {
        if body.contains_key(name) {
            present(body, name)?;
        }
    }
    let fixed = [Some("Id"), set.key, dn::has_number(set.name).then_some("Number")];
    for name in fixed.into_iter().flatten() {
        if body.get(name).is_some_and(|new| row.get(name).is_some_and(|old| old != new)) {
            return Err(Problem::field(name, FORBIDDEN_CHANGE));
        }
    }
    shared(schema, store, set, body)
}

/// May an entity go?
pub(super) fn delete(store: &Store, set: &str, row: &Row) -> Result<(), Problem> {
    let operator = store.single("GeneralSettingsForPbx").map(|settings| text(settings, "OperatorExtension"));
    let is_true = |name: &str| row.get(name) == Some(&Value::Bool(true));
    let members = || row.get("Members").and_then(Value::as_array).is_some_and(|members| !members.is_empty());
    let code = match set {
        "Groups" if is_true("IsDefault") => "WARNINGS.GROUP_CANNOT_BE_DELETED",
        "Groups" if members() => "WARNINGS.GROUP_WITH_MEMBERS_CANNOT_BE_DELETED",
        "CustomPrompts" if !is_true("CanBeDeleted") => "WARNINGS.CANNOT_BE_DELETED",
        "Fax" if is_true("FaxServer") => "WARNINGS.FAX_SERVER_CANNOT_BE_DELETED",
        "ServicePrincipals" if is_true("IsSystem") => "WARNINGS.CANNOT_BE_DELETED",
        "Users" | "Queues" | "RingGroups" | "Receptionists" if operator == Some(text(row, "Number")) => {
            "WARNINGS.OPERATOR_CANNOT_BE_DELETED"
        }
        _ => return Ok(()),
    };
    Err(Problem::warning(code))
}

fn present(body: &Row, name: &str) -> Result<(), Problem> {
    match body.get(name) {
        None | Some(Value::Null) => Err(Problem::field(name, REQUIRED)),
        Some(Value::String(text)) if text.trim().is_empty() => Err(Problem::field(name, EMPTY)),
        Some(_) => Ok(()),
    }
}

/// Extensions are called with digits.
fn number_fits(set: &str, number: &str) -> Result<(), Problem> {
    let digits = ["Users", "Queues", "RingGroups", "Receptionists", "Fax", "Trunks"].contains(&set);
    let fits = !digits || ((2..=8).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()));
    fits.then_some(()).ok_or_else(|| Problem::field("Number", OUT_OF_RANGE))
}

fn shared(schema: Schema, store: &Store, set: EntitySet, body: &Row) -> Result<(), Problem> {
    if let Some(zone) = body.get("TimeZoneId").and_then(Value::as_str)
        && !zone.is_empty()
        && store.find("Defs/TimeZones", "Id", &Value::from(zone)).is_none()
    {
        return Err(Problem::field("TimeZoneId", "WARNINGS.XAPI.INVALID_TIMEZONE"));
    }
    References { schema, store }.object(set.ty, body, "")
}

/// Looks for references at every depth and refuses those that lead nowhere.
pub(super) struct References<'a> {
    pub(super) schema: Schema,
    pub(super) store: &'a Store,
}

impl References<'_> {
    pub(super) fn object(&self, ty: &str, row: &Row, path: &str) -> Result<(), Problem> {
        self.own(ty, row, path)?;
        for (name, value) in row {
            let Some(property) = self.schema.property(ty, name) else { continue };
            let Some(inner) = named(property.ty) else { continue };
            let path = join(path, name);
            match (property.ty, value) {
                (Ty::List(_), Value::Array(items)) => {
                    for (place, item) in items.iter().enumerate() {
                        let Value::Object(item) = item else { continue };
                        self.object(inner, item, &format!("{path}[{place}]"))?;
                    }
                }
                (_, Value::Object(item)) => self.object(inner, item, &path)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// The references that stand in the object itself.
    fn own(&self, ty: &str, row: &Row, path: &str) -> Result<(), Problem> {
        let given = |name: &str| !text(row, name).is_empty();
        let is_number = |name: &str| dn::find(self.store, text(row, name)).is_some();
        let is_known = |set: &str, property: &str, name: &str| {
            row.get(name).is_none_or(|value| self.store.find(set, property, value).is_some())
        };
        let leads_inside = |name: &str| {
            let inside = ["Extension", "VoiceMail", "Queue", "RingGroup", "IVR", "Fax", "RoutePoint"];
            inside.contains(&text(row, name))
        };
        let (name, fits) = match ty {
            "Destination" => ("Number", !leads_inside("To") || !given("Number") || is_number("Number")),
            "ReceptionistForward" => {
                ("ForwardDN", !leads_inside("ForwardType") || !given("ForwardDN") || is_number("ForwardDN"))
            }
            "QueueAgent" | "QueueManager" | "RingGroupMember" => {
                ("Number", dn::find(self.store, text(row, "Number")).is_some_and(|dn| dn.set == "Users"))
            }
            "UserGroup" if path.starts_with("Members") => ("Number", is_number("Number")),
            "UserGroup" => ("GroupId", group_meant(self.store, &Value::Object(row.clone())).is_some()),
            "Rights" => ("RoleName", !given("RoleName") || ROLES.contains(&text(row, "RoleName"))),
            "OutboundRoute" => {
                let trunk = row.get("TrunkId").and_then(Value::as_i64).unwrap_or(0);
                ("TrunkId", trunk <= 0 || is_known("Trunks", "Id", "TrunkId"))
            }
            "Holiday" => ("Group", !given("Group") || is_known("Groups", "Number", "Group")),
            "Peer" if path == "TrunkDN" => ("Number", is_known("Trunks", "Number", "Number")),
            _ => return Ok(()),
        };
        fits.then_some(()).ok_or_else(|| Problem::field(join(path, name), NOT_FOUND))
    }
}
