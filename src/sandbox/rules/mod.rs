//! What a PBX insists on beyond types: required fields, numbers that are free, references that exist.

mod references;
mod values;

use serde_json::Value;

use crate::sandbox::defaults;
use crate::sandbox::dn;
use crate::sandbox::members;
use crate::sandbox::problem::{
    DUPLICATE, EMPTY, FORBIDDEN_CHANGE, IN_USE, INVALID_PIN, NOT_FOUND, OUT_OF_RANGE, Problem, REQUIRED,
};
use crate::sandbox::router::EntitySet;
pub(super) use crate::sandbox::rules::references::References;
use crate::sandbox::schema::Schema;
use crate::sandbox::store::{Row, Store, text, value};

/// Fields without which nothing is made, beside keys that are text.
fn required(set: &str) -> &'static [&'static str] {
    match set {
        "Groups" | "Receptionists" | "RingGroups" | "Queues" | "CallFlowApps" | "Holidays" | "OutboundRules"
        | "Parameters" | "ScheduledReports" | "TenantProperties" | "Playlists" => &["Name"],
        "ServicePrincipals" => &["Number"],
        "BlackListNumbers" => &["CallerId"],
        "Blocklist" => &["IPAddrMask"],
        _ => &[],
    }
}

/// What two entities of a set must not have in common.
fn unique(set: &str) -> Option<&'static str> {
    Some(match set {
        "BlackListNumbers" => "CallerId",
        "Blocklist" => "IPAddrMask",
        "Parameters" | "TenantProperties" | "Playlists" | "Sbcs" => "Name",
        "WebsiteLinks" => "Link",
        _ => return None,
    })
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
        contact(store, body)?;
    }
    for name in text_key.into_iter().chain(unique(set.name)) {
        if body.get(name).is_some_and(|value| store.find(set.name, name, value).is_some()) {
            return Err(Problem::field(name, DUPLICATE));
        }
    }
    if dn::has_number(set.name)
        && let Some(number) = body.get("Number").and_then(Value::as_str).filter(|number| !number.is_empty())
    {
        number_fits(store, set.name, number, body)?;
        if dn::find(store, number).is_some() {
            return Err(Problem::field("Number", IN_USE));
        }
    }
    if set.name == "Users" {
        user(store, &Row::new(), body)?;
    }
    References { schema, store }.object(set.ty, body, "")
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
    if let Some(name) = unique(set.name)
        && let Some(new) = body.get(name).filter(|new| row.get(name) != Some(*new))
        && store.find(set.name, name, new).is_some()
    {
        return Err(Problem::field(name, DUPLICATE));
    }
    References { schema, store }.object(set.ty, body, "")?;
    let true_now = |name: &str| row.get(name) == Some(&Value::Bool(true));
    match set.name {
        "Users" => user(store, row, body),
        // Another one becomes the default department; none at all is not possible.
        "Groups" if true_now("IsDefault") && body.get("IsDefault") == Some(&Value::Bool(false)) => {
            Err(Problem::field("IsDefault", FORBIDDEN_CHANGE))
        }
        "Groups" if body.get("Members").is_some_and(|list| members::leaves_no_owner(store, row, list)) => {
            Err(Problem::field("Members", "WARNINGS.XAPI.USER_ROLE_DOWNGRADE"))
        }
        _ => Ok(()),
    }
}

/// May settings be changed so?
pub(super) fn settings(schema: Schema, store: &Store, ty: &str, body: &Row) -> Result<(), Problem> {
    References { schema, store }.object(ty, body, "")
}

/// May an entity go?
pub(super) fn delete(store: &Store, set: &str, row: &Row) -> Result<(), Problem> {
    let is_true = |name: &str| row.get(name) == Some(&Value::Bool(true));
    let members = || row.get("Members").and_then(Value::as_array).is_some_and(|members| !members.is_empty());
    let code = match set {
        "Groups" if is_true("IsDefault") => "WARNINGS.GROUP_CANNOT_BE_DELETED",
        "Groups" if members() => "WARNINGS.GROUP_WITH_MEMBERS_CANNOT_BE_DELETED",
        "CustomPrompts" if !is_true("CanBeDeleted") => "WARNINGS.CANNOT_BE_DELETED",
        "PromptSets" if text(row, "PromptSetType") == "System" => "WARNINGS.CANNOT_BE_DELETED",
        "Fax" if is_true("FaxServer") => "WARNINGS.FAX_SERVER_CANNOT_BE_DELETED",
        "ServicePrincipals" if is_true("IsSystem") => "WARNINGS.CANNOT_BE_DELETED",
        "Users" | "Queues" | "RingGroups" | "Receptionists" if is_operator(store, text(row, "Number")) => {
            "WARNINGS.OPERATOR_CANNOT_BE_DELETED"
        }
        "Users" if members::is_last_owner(store, text(row, "Number")) => "WARNINGS.USER_EXTENSION_CANNOT_BE_DELETED",
        "Trunks" if carries_emergencies(store, row) => "WARNINGS.CANNOT_DELETE_TRUNKS_BINDED_ERMERGENCY_NUMBER",
        "Playlists" if plays(store, row) => "WARNINGS.XAPI.PLAYLIST_IN_USE",
        _ => return Ok(()),
    };
    Err(Problem::warning(code))
}

fn is_operator(store: &Store, number: &str) -> bool {
    let settings = store.single("GeneralSettingsForPbx").map(|settings| text(settings, "OperatorExtension"));
    !number.is_empty() && settings == Some(number)
}

fn carries_emergencies(store: &Store, trunk: &Row) -> bool {
    let rules = store.rows("OutboundRules").iter();
    let mut emergency = rules.filter(|rule| rule.get("EmergencyRule") == Some(&Value::Bool(true)));
    let routes = |rule: &Row| value(rule, "Routes").as_array().cloned().unwrap_or_default();
    emergency.any(|rule| routes(rule).iter().any(|route| route["TrunkId"] == *value(trunk, "Id")))
}

/// Is it the music of anything? By its name or that of its prompt.
fn plays(store: &Store, playlist: &Row) -> bool {
    let names = [text(playlist, "Name"), text(playlist, "PromptName")];
    let is_this = |music: &str| !music.is_empty() && names.contains(&music);
    let settings = store.single("MusicOnHoldSettings").into_iter().flatten();
    let of = |set: &str, property: &str| store.rows(set).iter().any(|row| is_this(text(row, property)));
    settings.filter_map(|(_, value)| value.as_str()).any(is_this)
        || of("Queues", "OnHoldFile")
        || of("Groups", "MusicOnHold")
}

pub(super) fn present(body: &Row, name: &str) -> Result<(), Problem> {
    match body.get(name) {
        None | Some(Value::Null) => Err(Problem::field(name, REQUIRED)),
        Some(Value::String(text)) if text.trim().is_empty() => Err(Problem::field(name, EMPTY)),
        Some(_) => Ok(()),
    }
}

/// A contact has a name and a telephone, and no twin.
fn contact(store: &Store, body: &Row) -> Result<(), Problem> {
    let has = |names: &[&str]| names.iter().any(|name| !text(body, name).is_empty());
    has(&CONTACT_PHONES).then_some(()).ok_or_else(|| Problem::field("PhoneNumber", REQUIRED))?;
    has(&CONTACT_NAMES).then_some(()).ok_or_else(|| Problem::field("FirstName", REQUIRED))?;
    let same = |contact: &Row| {
        let mut all = CONTACT_NAMES.iter().chain(&CONTACT_PHONES).chain(&["Email"]);
        all.all(|name| text(contact, name) == text(body, name))
    };
    let twin = store.rows("Contacts").iter().any(same);
    if twin { Err(Problem::field("PhoneNumber", DUPLICATE)) } else { Ok(()) }
}

/// Extensions are called with digits, and lie in the range of the department that is named. The default department
/// takes every number: it stands for the whole system.
fn number_fits(store: &Store, set: &str, number: &str, body: &Row) -> Result<(), Problem> {
    let Some(range) = dn::range(store, set, value(body, "Groups")) else { return Ok(()) };
    let digits = (2..=8).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    let group = value(body, "Groups").get(0).and_then(|entry| members::group_meant(store, entry));
    let named = group.is_some_and(|group| group.get("IsDefault") != Some(&Value::Bool(true)));
    let inside = number.parse().is_ok_and(|number: u32| !named || range.contains(&number));
    (digits && inside).then_some(()).ok_or_else(|| Problem::field("Number", OUT_OF_RANGE))
}

/// `row` is the user as it is, empty for a new one.
fn user(store: &Store, row: &Row, body: &Row) -> Result<(), Problem> {
    let either = |name: &str| body.get(name).or_else(|| row.get(name));
    let number = either("Number").and_then(Value::as_str).unwrap_or_default();
    if text(body, "VMPIN") == number && !number.is_empty() {
        return Err(Problem::field("VMPIN", INVALID_PIN));
    }
    let groups = value(body, "Groups");
    if let Some(primary) = body.get("PrimaryGroupId").and_then(Value::as_i64).filter(|id| *id != 0) {
        let is_primary = |group: &Row| group.get("Id").and_then(Value::as_i64) == Some(primary);
        let listed = groups
            .as_array()
            .map(|list| list.iter().filter_map(|entry| members::group_meant(store, entry)).any(is_primary));
        let member = || members::groups_of(store, number).iter().any(|group| group["GroupId"] == primary);
        if !listed.unwrap_or_else(member) {
            return Err(Problem::field("PrimaryGroupId", NOT_FOUND));
        }
    }
    if let Some(profile) = body.get("CurrentProfileName").and_then(Value::as_str) {
        let profiles = either("ForwardingProfiles").cloned().unwrap_or_else(defaults::profiles);
        let named = |known: &Value| known["Name"] == profile;
        if !profiles.as_array().is_some_and(|profiles| profiles.iter().any(named)) {
            return Err(Problem::field("CurrentProfileName", NOT_FOUND));
        }
    }
    let phones = value(body, "Phones").as_array().into_iter().flatten();
    for (place, phone) in phones.enumerate() {
        let mac = phone["MacAddress"].as_str().unwrap_or_default();
        if !mac.is_empty() && mac_is_used(store, number, mac) {
            return Err(Problem::field(format!("Phones[{place}].MacAddress"), "WARNINGS.XAPI.MAC_USED_BY"));
        }
    }
    if groups.is_array() && members::is_last_owner(store, number) && !members::makes_owner(groups) {
        return Err(Problem::field("Groups", "WARNINGS.XAPI.USER_ROLE_DOWNGRADE"));
    }
    Ok(())
}

/// By another user's phone.
fn mac_is_used(store: &Store, number: &str, mac: &str) -> bool {
    let others = store.rows("Users").iter().filter(|user| text(user, "Number") != number);
    let mut phones = others.flat_map(|user| value(user, "Phones").as_array().into_iter().flatten());
    phones.any(|phone| phone["MacAddress"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(mac)))
}
