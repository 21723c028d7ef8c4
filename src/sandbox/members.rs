//! Who belongs to which department. The truth stands once, in the departments' `Members` as number and rights;
//! both sides of the API are views of it.

use serde_json::{Value, json};

use crate::sandbox::defaults::end_call;
use crate::sandbox::dn;
use crate::sandbox::store::{Row, Store, text, value};

pub(super) const ROLES: [&str; 7] =
    ["system_owners", "system_admins", "group_owners", "managers", "group_admins", "receptionists", "users"];

/// What a role may do; the higher ones may do more.
pub(super) fn rights(role: &str) -> Value {
    let place = ROLES.iter().position(|known| *known == role).unwrap_or(ROLES.len());
    let (owner, manager, receptionist) = (place <= 2, place <= 4, place <= 5);
    json!({
        "AllowIVR": owner, "AllowParking": true, "AllowToChangePresence": manager,
        "AllowToManageCompanyBook": manager, "AssignClearOperations": owner, "CanBargeIn": manager,
        "CanIntercom": true, "CanSeeGroupCalls": receptionist, "CanSeeGroupMembers": true,
        "CanSeeGroupRecordings": owner, "Invalid": false, "PerformOperations": receptionist, "RoleName": role,
        "ShowMyCalls": true, "ShowMyPresence": true, "ShowMyPresenceOutside": manager,
    })
}

/// The rights as given, completed by what the role says.
fn full_rights(member: &Value) -> Value {
    let given = member.get("Rights").and_then(Value::as_object);
    let role = given.map(|given| text(given, "RoleName")).filter(|role| !role.is_empty()).unwrap_or("users");
    let mut rights = rights(role);
    if let (Some(rights), Some(given)) = (rights.as_object_mut(), given) {
        rights.extend(given.clone());
    }
    rights
}

fn members(group: &Row) -> impl Iterator<Item = &Value> {
    group.get("Members").and_then(Value::as_array).into_iter().flatten()
}

fn view(store: &Store, group: &Row, member: &Value, from_group: bool) -> Value {
    let number = member["Number"].as_str().unwrap_or_default();
    let dn = dn::find(store, number);
    let of_dn = |name: &str| dn.and_then(|dn| dn.row.get(name)).cloned();
    let shown_number = if from_group { Value::from(number) } else { value(group, "Number").clone() };
    json!({
        "CanDelete": true, "GroupId": value(group, "Id"), "GroupRights": member["Rights"],
        "Id": of_dn("Id").unwrap_or_default(), "MemberName": dn.map(|dn| dn::name(dn.row)),
        "Name": value(group, "Name"), "Number": shown_number, "Rights": member["Rights"],
        "Tags": of_dn("Tags").unwrap_or_else(|| json!([])),
        "TranscriptionMode": of_dn("TranscriptionMode").unwrap_or_else(|| json!("Inherit")),
        "Type": dn.map_or("None", |dn| dn.peer_type),
    })
}

/// A department's members as the API shows them.
pub(super) fn members_of(store: &Store, group: &Row) -> Value {
    members(group).map(|member| view(store, group, member, true)).collect()
}

/// The departments of a number as the API shows them.
pub(super) fn groups_of(store: &Store, number: &str) -> Vec<Value> {
    let groups = store.rows("Groups").iter();
    groups
        .filter_map(|group| {
            let member = members(group).find(|member| member["Number"] == number)?;
            Some(view(store, group, member, false))
        })
        .collect()
}

/// Members as they are kept.
pub(super) fn kept(list: &Value) -> Value {
    let members = list.as_array().into_iter().flatten();
    members.map(|member| json!({"Number": member["Number"], "Rights": full_rights(member)})).collect()
}

/// The department that an entry of a `Groups` list means.
pub(super) fn group_meant<'a>(store: &'a Store, entry: &Value) -> Option<&'a Row> {
    match entry.get("GroupId").filter(|id| !id.is_null()) {
        Some(id) => store.find("Groups", "Id", id),
        None => store.find("Groups", "Number", entry.get("Number")?),
    }
}

/// Makes a number a member of exactly these departments.
pub(super) fn set_groups(store: &mut Store, number: &str, list: &Value) {
    leave_all(store, number);
    for entry in list.as_array().into_iter().flatten() {
        let Some(id) = group_meant(store, entry).and_then(|group| group.get("Id")).cloned() else { continue };
        let member = json!({"Number": number, "Rights": full_rights(entry)});
        let Some(group) = store.find_mut("Groups", "Id", &id) else { continue };
        if let Some(members) = group.entry("Members").or_insert_with(|| json!([])).as_array_mut() {
            members.push(member);
        }
    }
}

pub(super) fn leave_all(store: &mut Store, number: &str) {
    for group in store.rows_mut("Groups") {
        remove_number(group, "Members", number);
    }
}

/// After a change from the department's side: nobody is without a department, and the primary one is one's own.
pub(super) fn settle(store: &mut Store, numbers: &[String]) {
    let everywhere = store.find("Groups", "IsDefault", &Value::Bool(true)).and_then(|group| group.get("Id")).cloned();
    for number in numbers {
        let Some(dn) = dn::find(store, number) else { continue };
        let (is_user, is_trunk) = (dn.set == "Users", dn.set == "Trunks");
        let primary = dn.row.get("PrimaryGroupId").cloned();
        if let Some(id) = everywhere.as_ref().filter(|_| !is_trunk && groups_of(store, number).is_empty()) {
            set_groups(store, number, &json!([{"GroupId": id}]));
        }
        let groups = groups_of(store, number);
        if is_user && !groups.iter().any(|group| Some(&group["GroupId"]) == primary.as_ref()) {
            let first = groups.first().map(|group| group["GroupId"].clone()).unwrap_or_default();
            if let Some(user) = store.find_mut("Users", "Number", &Value::from(number.as_str())) {
                user.insert("PrimaryGroupId".to_owned(), first);
            }
        }
    }
}

/// The numbers of a department's members.
pub(super) fn numbers(group: &Row) -> Vec<String> {
    members(group).filter_map(|member| member["Number"].as_str()).map(str::to_owned).collect()
}

const OWNER: &str = "system_owners";

fn is_owner(member: &Value) -> bool {
    member["Rights"]["RoleName"] == OWNER
}

/// Does a list of memberships have one of an owner?
pub(super) fn makes_owner(list: &Value) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(is_owner))
}

/// The users who own the system by a membership in any department but one.
fn owners<'a>(store: &'a Store, except: Option<&Value>) -> Vec<&'a str> {
    let groups = store.rows("Groups").iter().filter(|group| except.is_none_or(|id| group.get("Id") != Some(id)));
    let owners = groups.flat_map(members).filter(|member| is_owner(member));
    let mut numbers: Vec<&str> = owners.filter_map(|member| member["Number"].as_str()).collect();
    numbers.retain(|number| store.find("Users", "Number", &Value::from(*number)).is_some());
    numbers
}

pub(super) fn is_last_owner(store: &Store, number: &str) -> bool {
    let owners = owners(store, None);
    owners.contains(&number) && owners.iter().all(|owner| *owner == number)
}

/// Would the system have lost its last owner if these were the members of the department?
pub(super) fn leaves_no_owner(store: &Store, group: &Row, list: &Value) -> bool {
    let is_user = |member: &Value| store.find("Users", "Number", &member["Number"]).is_some();
    let stays = list.as_array().into_iter().flatten().any(|member| is_owner(member) && is_user(member));
    !stays && owners(store, group.get("Id")).is_empty() && !owners(store, None).is_empty()
}

/// Takes a number out of everything that lists it; routes that led to it end the call.
pub(super) fn forget(store: &mut Store, number: &str) {
    leave_all(store, number);
    for (set, list) in [("Queues", "Agents"), ("Queues", "Managers"), ("RingGroups", "Members")] {
        for row in store.rows_mut(set) {
            remove_number(row, list, number);
        }
    }
    for set in ["Users", "Groups", "Queues", "RingGroups", "Receptionists", "InboundRules"] {
        for row in store.rows_mut(set) {
            row.values_mut().for_each(|value| unroute(value, number));
        }
    }
    for menu in store.rows_mut("Receptionists") {
        if text(menu, "TimeoutForwardDN") == number {
            menu.insert("TimeoutForwardDN".to_owned(), json!(""));
            menu.insert("TimeoutForwardType".to_owned(), json!("EndCall"));
            menu.insert("TimeoutForwardPeerType".to_owned(), json!("None"));
        }
        if text(menu, "InvalidKeyForwardDN") == number {
            menu.insert("InvalidKeyForwardDN".to_owned(), json!(""));
        }
    }
}

/// At every depth.
fn unroute(value: &mut Value, number: &str) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| unroute(item, number)),
        Value::Object(map) if map.contains_key("To") && text(map, "Number") == number => *value = end_call(),
        Value::Object(map) if text(map, "ForwardDN") == number => {
            map.insert("ForwardDN".to_owned(), json!(""));
            map.insert("ForwardType".to_owned(), json!("EndCall"));
            map.insert("PeerType".to_owned(), json!("None"));
        }
        Value::Object(map) => map.values_mut().for_each(|item| unroute(item, number)),
        _ => {}
    }
}

fn remove_number(row: &mut Row, list: &str, number: &str) {
    if let Some(entries) = row.get_mut(list).and_then(Value::as_array_mut) {
        entries.retain(|entry| entry["Number"] != number);
    }
}
