//! Making, changing and deleting entities of any set, after the rules said yes.

use serde_json::{Value, json};

use crate::catalog::Ty;
use crate::sandbox::Pbx;
use crate::sandbox::defaults;
use crate::sandbox::dn;
use crate::sandbox::holidays;
use crate::sandbox::members;
use crate::sandbox::problem::Problem;
use crate::sandbox::router::EntitySet;
use crate::sandbox::rules;
use crate::sandbox::schema::named;
use crate::sandbox::store::{Row, Store, text, value};

/// Makes an entity, whole with key, number and defaults, and gives its key.
pub(super) fn create(pbx: &mut Pbx, set: EntitySet, body: Row) -> Result<Value, Problem> {
    rules::create(pbx.schema, &pbx.store, set, &body)?;
    let number = match dn::has_number(set.name) && text(&body, "Number").is_empty() {
        true => Some(dn::first_free(&pbx.store, set.name, value(&body, "Groups"))?),
        false => None,
    };
    Ok(insert(pbx, set, body, number))
}

/// Puts in what was found good; `number` where the body has none.
pub(super) fn insert(pbx: &mut Pbx, set: EntitySet, body: Row, number: Option<String>) -> Value {
    let mut row: Row = body.into_iter().filter(|(name, _)| !name.contains('@')).collect();
    let groups = row.remove("Groups").filter(Value::is_array);
    let days = row.remove("OfficeHolidays").filter(Value::is_array);
    if let Some(number) = number {
        row.insert("Number".to_owned(), Value::from(number));
    }
    let key = allot_key(pbx, set, &mut row);
    before_defaults(pbx, set.name, &mut row);
    allot_inner_ids(pbx, set.ty, &mut row);
    let now = pbx.now();
    defaults::fill(pbx.schema, set.ty, &mut row, now);
    let number = text(&row, "Number").to_owned();
    let touched = members::numbers(&row);
    if set.name == "Groups" {
        only_default(pbx, &row);
    }
    pbx.store.rows_mut(set.name).push(row);
    match set.name {
        "Groups" => members::settle(&mut pbx.store, &touched),
        "OutboundRules" => settle_priority(&mut pbx.store),
        _ => {}
    }
    if dn::has_number(set.name) && set.name != "Groups" {
        join_groups(pbx, set.name, &number, groups.unwrap_or_else(|| json!([])));
    }
    if let Some(days) = days {
        holidays::replace(&mut pbx.store, &number, &days);
    }
    key
}

/// Replaces the properties that the body names.
pub(super) fn update(pbx: &mut Pbx, set: EntitySet, place: usize, body: Row) -> Result<(), Problem> {
    let Some(row) = pbx.store.rows(set.name).get(place) else { return Err(Problem::no_such_entity()) };
    rules::update(pbx.schema, &pbx.store, set, row, &body)?;
    let number = text(row, "Number").to_owned();
    // Everybody who was or becomes a member.
    let mut touched = members::numbers(row);
    let mut body: Row = body.into_iter().filter(|(name, _)| !name.contains('@')).collect();
    let groups = body.remove("Groups").filter(Value::is_array);
    let days = body.remove("OfficeHolidays").filter(Value::is_array);
    allot_inner_ids(pbx, set.ty, &mut body);
    if set.name == "Groups" {
        if let Some(list) = body.get_mut("Members") {
            *list = members::kept(list);
            touched.extend(members::numbers(&body));
        }
        only_default(pbx, &body);
    }
    let renamed = ["FirstName", "LastName"].iter().any(|name| body.contains_key(*name));
    let members_given = body.contains_key("Members");
    let row = &mut pbx.store.rows_mut(set.name)[place];
    let display_given = body.contains_key("DisplayName");
    let priority = body.get("Priority").and_then(Value::as_i64).and_then(|wanted| usize::try_from(wanted).ok());
    row.extend(body);
    if set.name == "Users" && renamed && !display_given {
        row.insert("DisplayName".to_owned(), full_name(row));
    }
    if set.name == "Groups" && members_given {
        members::settle(&mut pbx.store, &touched);
    }
    if let Some(wanted) = priority.filter(|_| set.name == "OutboundRules") {
        let rules = pbx.store.rows_mut(set.name);
        let rule = rules.remove(place);
        rules.insert(wanted.min(rules.len()), rule);
        renumber(&mut pbx.store);
    }
    if let Some(groups) = groups.filter(|_| set.name != "Groups") {
        join_groups(pbx, set.name, &number, groups);
    }
    if let Some(days) = days {
        holidays::replace(&mut pbx.store, &number, &days);
    }
    Ok(())
}

/// One department is the default: if the body makes another one so, the present one gives way.
fn only_default(pbx: &mut Pbx, body: &Row) {
    if body.get("IsDefault") == Some(&Value::Bool(true)) {
        for group in pbx.store.rows_mut("Groups") {
            group.insert("IsDefault".to_owned(), Value::Bool(false));
        }
    }
}

/// Takes an entity out, and with it what was only there for it.
pub(super) fn delete(pbx: &mut Pbx, set: EntitySet, place: usize) -> Result<(), Problem> {
    let Some(row) = pbx.store.rows(set.name).get(place) else { return Err(Problem::no_such_entity()) };
    rules::delete(&pbx.store, set.name, row)?;
    let row = pbx.store.rows_mut(set.name).remove(place);
    let (id, number) = (value(&row, "Id"), text(&row, "Number"));
    if dn::has_number(set.name) {
        members::forget(&mut pbx.store, number);
    }
    let store = &mut pbx.store;
    match set.name {
        "Groups" => {
            store.rows_mut("Holidays").retain(|day| text(day, "Group") != number);
            remove_from_rules(store, "GroupIds", |given| given == id);
            for set in ["Sbcs", "WebsiteLinks"] {
                let own = store.rows_mut(set).iter_mut().filter(|row| text(row, "Group") == number);
                own.for_each(|row| drop(row.insert("Group".to_owned(), json!(""))));
            }
        }
        "Trunks" => {
            store.rows_mut("InboundRules").retain(|rule| value(rule, "TrunkDN")["Number"] != number);
            remove_from_rules(store, "Routes", |route| route["TrunkId"] == *id);
        }
        "OutboundRules" => renumber(store),
        "ServicePrincipals" => {
            pbx.clients.remove(number);
        }
        _ => {}
    }
    Ok(())
}

fn remove_from_rules(store: &mut Store, list: &str, gone: impl Fn(&Value) -> bool) {
    for rule in store.rows_mut("OutboundRules") {
        if let Some(items) = rule.get_mut(list).and_then(Value::as_array_mut) {
            items.retain(|item| !gone(item));
        }
    }
}

/// The newest rule moves to where its priority wants it; without one it is the last.
fn settle_priority(store: &mut Store) {
    let rules = store.rows_mut("OutboundRules");
    let Some(rule) = rules.pop() else { return };
    // Nobody numbers from nothing but who means to be first; 0 is also what was never given.
    let wanted = value(&rule, "Priority").as_i64().and_then(|wanted| usize::try_from(wanted).ok());
    let place = wanted.filter(|wanted| *wanted > 0).unwrap_or(rules.len()).min(rules.len());
    rules.insert(place, rule);
    renumber(store);
}

/// The priorities of outbound rules follow their order, without gaps.
pub(super) fn renumber(store: &mut Store) {
    for (priority, rule) in store.rows_mut("OutboundRules").iter_mut().enumerate() {
        rule.insert("Priority".to_owned(), Value::from(priority));
    }
}

/// The key of a new row: given, or the next.
fn allot_key(pbx: &mut Pbx, set: EntitySet, row: &mut Row) -> Value {
    let Some(key) = set.key else { return Value::Null };
    let ty = pbx.schema.property(set.ty, key).map_or(Ty::String, |property| property.ty);
    // Everything with a number shares one sequence, as peers have one.
    let counter = if dn::has_number(set.name) { "numbers" } else { set.name };
    let value = match ty {
        Ty::Int32 | Ty::Int64 => Value::from(pbx.store.next_id(counter)),
        Ty::Guid => Value::from(pbx.random.guid()),
        _ => match row.get(key).filter(|given| given.as_str().is_some_and(|text| !text.is_empty())) {
            Some(given) => given.clone(),
            None => Value::from(pbx.store.next_id(counter).to_string()),
        },
    };
    row.insert(key.to_owned(), value.clone());
    value
}

fn full_name(row: &Row) -> Value {
    Value::from(format!("{} {}", text(row, "FirstName"), text(row, "LastName")).trim())
}

/// What follows from other properties or from chance.
fn before_defaults(pbx: &mut Pbx, set: &str, row: &mut Row) {
    match set {
        "Users" => {
            if text(row, "DisplayName").is_empty() {
                row.insert("DisplayName".to_owned(), full_name(row));
            }
            let secrets = [("AuthID", 10), ("AuthPassword", 10), ("DeskphonePassword", 12), ("VMPIN", 0)];
            for (name, length) in secrets.into_iter().filter(|(name, _)| text(row, name).is_empty()).collect::<Vec<_>>()
            {
                let secret = if length == 0 { pbx.random.digits(6) } else { pbx.random.letters(length) };
                row.insert(name.to_owned(), Value::from(secret));
            }
        }
        "Groups" => {
            let kept = members::kept(row.get("Members").unwrap_or(&Value::Null));
            row.insert("Members".to_owned(), kept);
        }
        "Fax" if text(row, "AuthID").is_empty() => {
            let number = row.get("Number").cloned().unwrap_or_default();
            row.insert("AuthID".to_owned(), number);
        }
        _ => {}
    }
}

/// Gives ids to the entities inside, which the caller does not know yet.
fn allot_inner_ids(pbx: &mut Pbx, ty: &str, row: &mut Row) {
    let schema = pbx.schema;
    for property in schema.properties(ty).filter(|property| property.navigation) {
        let Some(inner) = named(property.ty).filter(|inner| !["UserGroup", "Peer"].contains(inner)) else { continue };
        let numbered = schema.property(inner, "Id").is_some_and(|id| id.ty == Ty::Int32);
        let Some(items) = row.get_mut(property.name).and_then(Value::as_array_mut).filter(|_| numbered) else {
            continue;
        };
        for item in items.iter_mut().filter_map(Value::as_object_mut) {
            if item.get("Id").and_then(Value::as_i64).unwrap_or(0) == 0 {
                item.insert("Id".to_owned(), Value::from(pbx.store.next_id(inner)));
            }
        }
    }
}

/// Writes a membership from the member's side; who belongs nowhere belongs to the default department.
fn join_groups(pbx: &mut Pbx, set: &'static str, number: &str, groups: Value) {
    let everywhere = pbx.store.find("Groups", "IsDefault", &Value::Bool(true)).and_then(|group| group.get("Id"));
    let listed = groups.as_array().is_some_and(|list| !list.is_empty());
    let groups = match everywhere {
        Some(id) if !listed && set != "Trunks" => json!([{"GroupId": id, "Rights": {"RoleName": "users"}}]),
        _ => groups,
    };
    members::set_groups(&mut pbx.store, number, &groups);
    members::settle(&mut pbx.store, &[number.to_owned()]);
}
