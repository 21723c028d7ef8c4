//! References at every depth of a body: those that lead nowhere are refused.

use serde_json::Value;

use crate::catalog::Ty;
use crate::sandbox::check::join;
use crate::sandbox::dn;
use crate::sandbox::members::{ROLES, group_meant};
use crate::sandbox::problem::{DUPLICATE, NO_EXTENSION, NOT_FOUND, Problem, REQUIRED};
use crate::sandbox::rules::values;
use crate::sandbox::schema::{Schema, named};
use crate::sandbox::store::{Row, Store, text};

pub(in crate::sandbox) struct References<'a> {
    pub(in crate::sandbox) schema: Schema,
    pub(in crate::sandbox) store: &'a Store,
}

/// Destinations inside the PBX, of calls and of keys in a menu.
pub(in crate::sandbox) const INSIDE: [&str; 7] =
    ["Extension", "VoiceMail", "Queue", "RingGroup", "IVR", "Fax", "RoutePoint"];

impl References<'_> {
    pub(in crate::sandbox) fn object(&self, ty: &str, row: &Row, path: &str) -> Result<(), Problem> {
        self.own(ty, row, path)?;
        for (name, value) in row {
            let Some(property) = self.schema.property(ty, name) else { continue };
            let target = || join(path, name);
            values::check(ty, name, value).map_err(|code| Problem::field(target(), code))?;
            self.named(ty, name, value).map_err(|code| Problem::field(target(), code))?;
            let Some(inner) = named(property.ty) else { continue };
            match (property.ty, value) {
                (Ty::List(_), Value::Array(items)) => {
                    self.twice(inner, items, &target())?;
                    for (place, item) in items.iter().enumerate() {
                        let Value::Object(item) = item else { continue };
                        self.object(inner, item, &format!("{}[{place}]", target()))?;
                    }
                }
                (_, Value::Object(item)) => self.object(inner, item, &target())?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Nobody is a member of the same thing twice.
    fn twice(&self, ty: &str, items: &[Value], path: &str) -> Result<(), Problem> {
        let by = match ty {
            "UserGroup" if path == "Groups" => "GroupId",
            "UserGroup" | "QueueAgent" | "QueueManager" | "RingGroupMember" => "Number",
            _ => return Ok(()),
        };
        let meant = |item: &Value| match by {
            "GroupId" => group_meant(self.store, item).and_then(|group| group.get("Id")).cloned(),
            _ => item.get(by).cloned(),
        };
        let mut seen: Vec<Value> = Vec::new();
        for (place, item) in items.iter().enumerate() {
            let Some(meant) = meant(item) else { continue };
            if seen.contains(&meant) {
                return Err(Problem::field(format!("{path}[{place}].{by}"), DUPLICATE));
            }
            seen.push(meant);
        }
        Ok(())
    }

    fn is(&self, set: &str, property: &str, value: &Value) -> bool {
        self.store.find(set, property, value).is_some()
    }

    /// What a property means by its name alone; an empty text means nothing.
    fn named(&self, ty: &str, name: &str, value: &Value) -> Result<(), &'static str> {
        if value.is_null() || value.as_str().is_some_and(str::is_empty) {
            return Ok(());
        }
        let (fits, code) = match (ty, name) {
            (_, "TimeZoneId") => (self.is("Defs/TimeZones", "Id", value), "WARNINGS.XAPI.INVALID_TIMEZONE"),
            ("User" | "Group" | "Queue" | "Receptionist", "PromptSet") => {
                (self.is("PromptSets", "Folder", value), NOT_FOUND)
            }
            ("GeneralSettingsForPbx", "OperatorExtension") => (self.is("Users", "Number", value), NO_EXTENSION),
            ("Holiday" | "Sbc" | "WebsiteLink", "Group") => (self.is("Groups", "Number", value), NOT_FOUND),
            ("OutboundRule", "GroupIds") => {
                (value.as_array().is_none_or(|ids| ids.iter().all(|id| self.is("Groups", "Id", id))), NOT_FOUND)
            }
            ("OutboundRoute", "TrunkId") => {
                (value.as_i64().is_none_or(|id| id <= 0) || self.is("Trunks", "Id", value), NOT_FOUND)
            }
            _ => return Ok(()),
        };
        if fits { Ok(()) } else { Err(code) }
    }

    /// The references that the object makes as a whole.
    fn own(&self, ty: &str, row: &Row, path: &str) -> Result<(), Problem> {
        let given = |name: &str| !text(row, name).is_empty();
        let leads_inside = |name: &str| INSIDE.contains(&text(row, name));
        let at_number = |name: &str, kind: &str| {
            let found = dn::find(self.store, text(row, name));
            match (found, kind) {
                (Some(dn), "Extension") => (dn.set == "Users").then_some(()).ok_or(NO_EXTENSION),
                (Some(_), _) => Ok(()),
                (None, "Extension" | "VoiceMail") => Err(NO_EXTENSION),
                (None, _) => Err(NOT_FOUND),
            }
        };
        let (name, checked) = match ty {
            "Destination" if leads_inside("To") && given("Number") => ("Number", at_number("Number", text(row, "To"))),
            "ReceptionistForward" if leads_inside("ForwardType") && given("ForwardDN") => {
                ("ForwardDN", at_number("ForwardDN", text(row, "ForwardType")))
            }
            "Receptionist" if leads_inside("TimeoutForwardType") && given("TimeoutForwardDN") => {
                ("TimeoutForwardDN", at_number("TimeoutForwardDN", text(row, "TimeoutForwardType")))
            }
            "QueueAgent" | "QueueManager" | "RingGroupMember" if !given("Number") => ("Number", Err(REQUIRED)),
            "QueueAgent" | "QueueManager" | "RingGroupMember" => ("Number", at_number("Number", "Extension")),
            "UserGroup" if path.starts_with("Members") => {
                ("Number", dn::find(self.store, text(row, "Number")).map(|_| ()).ok_or(NOT_FOUND))
            }
            "UserGroup" => {
                let meant = group_meant(self.store, &Value::Object(row.clone()));
                ("GroupId", meant.map(|_| ()).ok_or(NOT_FOUND))
            }
            "Rights" if given("RoleName") => {
                ("RoleName", ROLES.contains(&text(row, "RoleName")).then_some(()).ok_or(NOT_FOUND))
            }
            "Peer" if path == "TrunkDN" && row.contains_key("Number") => {
                let number = Value::from(text(row, "Number"));
                ("Number", self.is("Trunks", "Number", &number).then_some(()).ok_or(NOT_FOUND))
            }
            _ => return Ok(()),
        };
        checked.map_err(|code| Problem::field(join(path, name), code))
    }
}
