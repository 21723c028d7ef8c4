//! Rules, contacts, parameters, properties and other lists that people keep.

use serde_json::{Value, json};

use crate::sandbox::Pbx;
use crate::sandbox::asked::Asked;
use crate::sandbox::behaviour::{Behaviour, items};
use crate::sandbox::dn;
use crate::sandbox::downloads;
use crate::sandbox::entities;
use crate::sandbox::generic;
use crate::sandbox::problem::{DUPLICATE, IN_USE, NOT_FOUND, Problem};
use crate::sandbox::reply::Reply;
use crate::sandbox::rows::row;
use crate::sandbox::rules;
use crate::sandbox::store::{Row, text, value};

pub(super) fn of(resource: &str, name: &str) -> Option<Behaviour> {
    Some(match (resource, name) {
        ("black_list_numbers", "bulk_numbers_delete")
        | ("blocklist", "bulk_ips_delete")
        | ("contacts", "batch_contacts_delete" | "delete_contacts_by_id")
        | ("fax", "bulk_fax_delete")
        | ("inbound_rules", "bulk_inbound_rules_delete")
        | ("recordings", "bulk_recordings_delete")
        | ("website_links", "bulk_links_delete") => bulk_delete,
        ("outbound_rules", "purge") => purge_rules,
        ("my_tokens" | "security_tokens", "revoke_token") => |pbx, asked| {
            let (set, place) = generic::place(pbx, asked)?;
            entities::delete(pbx, set, place).map(|()| Reply::nothing())
        },
        ("email_template", "set_default") => default_template,
        ("call_cost_settings", "update_cost") => update_costs,
        ("call_cost_settings", "export_call_costs") => |pbx, asked| {
            downloads::table(pbx, asked, "CallCostSettings", "call-costs.csv", pbx.rows("CallCostSettings"))
        },
        ("website_links", "validate_link") => validate_link,
        ("prompt_sets", "set_alternate_pronunciation") => |pbx, asked| {
            let (set, place) = generic::place(pbx, asked)?;
            let wanted = Value::Bool(asked.flag("alternatePronunciation"));
            pbx.store.rows_mut(set.name)[place].insert("UseAlternateNumberPronunciation".to_owned(), wanted);
            Ok(Reply::nothing())
        },
        ("defs", "get_routes") => routes,
        ("trunks", "set_routes") => set_routes,
        ("inbound_rules", "export_caller_id_rules") => {
            |pbx, asked| downloads::table(pbx, asked, "InboundRule", "rules.csv", pbx.rows("InboundRules"))
        }
        ("crm_templates", "ge_crmt_templates") => {
            |pbx, asked| generic::list(pbx, asked, "CrmTemplate", Some("Name"), pbx.rows("CrmTemplates"))
        }
        ("outbound_rules", "get_emergency_outbound_rules") => emergency_rules,
        ("outbound_rules", "move_up_down") => move_rule,
        ("parameters", "get_parameter_by_name") => parameter_by_name,
        ("prompt_sets", "get_active") => active_prompt_set,
        ("prompt_sets", "set_active") => set_active_prompt_set,
        ("prompt_sets", "copy") => copy_prompt_set,
        ("dn_properties", "get_properties_by_dn") => |pbx, asked| {
            let rows = dn_properties(pbx, asked.text("dnNumber"));
            generic::list(pbx, asked, "DNProperty", Some("Id"), rows)
        },
        ("dn_properties", "get_dn_property_by_name") => dn_property,
        ("dn_properties", "create_dn_property" | "update_dn_property") => put_dn_property,
        ("dn_properties", "delete_dn_property") => delete_dn_property,
        _ => return None,
    })
}

/// What is not there is not missed.
fn bulk_delete(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let set = generic::set(pbx, asked)?;
    let key = set.key.unwrap_or("Id");
    let field = if asked.body.contains_key("Ids") { "Ids" } else { "ids" };
    let ids = items(asked, field);
    // All or none: one that must stay keeps the others.
    for row in pbx.store.rows(set.name).iter().filter(|row| row.get(key).is_some_and(|id| ids.contains(id))) {
        rules::delete(&pbx.store, set.name, row)?;
    }
    for id in ids {
        if let Some(place) = pbx.store.position(set.name, key, id) {
            entities::delete(pbx, set, place)?;
        }
    }
    Ok(Reply::nothing())
}

/// The rules with these ids, or all of them.
fn purge_rules(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let ids = asked.body.get("purgeObject").and_then(|purge| purge["Ids"].as_array()).cloned();
    let gone = |rule: &Row| ids.as_ref().is_none_or(|ids| rule.get("Id").is_some_and(|id| ids.contains(id)));
    pbx.store.rows_mut("OutboundRules").retain(|rule| !gone(rule));
    entities::renumber(&mut pbx.store);
    Ok(Reply::nothing())
}

/// The default among the templates of its name and language.
fn default_template(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let (set, place) = generic::place(pbx, asked)?;
    let chosen = pbx.store.rows(set.name)[place].clone();
    let same = |row: &Row, name: &str| text(row, name) == text(&chosen, name);
    for template in pbx.store.rows_mut(set.name).iter_mut().filter(|row| same(row, "Name") && same(row, "Lang")) {
        let is_chosen = same(template, "TemplatePath");
        template.insert("IsDefault".to_owned(), Value::Bool(is_chosen));
    }
    Ok(Reply::nothing())
}

/// The rates of the prefixes that are named.
fn update_costs(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let set = pbx.router.sets.get("CallCostSettings").copied().ok_or_else(Problem::unknown_path)?;
    for cost in items(asked, "costs").iter().filter_map(Value::as_object) {
        let prefix = cost.get("Prefix").cloned().unwrap_or_default();
        match pbx.store.find_mut(set.name, "Prefix", &prefix) {
            Some(known) => {
                known.extend(cost.iter().filter(|(name, _)| *name != "Id").map(|(n, v)| (n.clone(), v.clone())))
            }
            None => {
                entities::insert(pbx, set, cost.clone(), None);
            }
        }
    }
    Ok(Reply::nothing())
}

/// May a website have this link?
fn validate_link(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let model = asked.body.get("model").cloned().unwrap_or_default();
    let taken = pbx.store.rows("WebsiteLinks").iter().any(|link| model["FriendlyName"] == text(link, "Link"));
    if taken { Err(Problem::field("model.FriendlyName", IN_USE)) } else { Ok(Reply::nothing()) }
}

/// Which numbers from outside lead to each of some entities.
fn routes(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let trunk = |rule: &Row| pbx.store.find("Trunks", "Number", &value(rule, "TrunkDN")["Number"]);
    let leading = |number: &str| -> Vec<Value> {
        let rules = pbx.store.rows("InboundRules").iter();
        let rules = rules.filter(|rule| value(rule, "OfficeHoursDestination")["Number"] == number);
        rules
            .map(|rule| {
                json!({
                    "DID": value(rule, "Data"), "DisplayName": value(rule, "RuleName"),
                    "TrunkId": trunk(rule).map(|trunk| value(trunk, "Id")),
                })
            })
            .collect()
    };
    let numbered = |id: &Value| dn::all(&pbx.store).find(|dn| dn.row.get("Id") == Some(id));
    let rows: Vec<Row> = items(asked, "ids")
        .iter()
        .filter_map(|id| Some((id, numbered(id)?)))
        .map(|(id, dn)| row(json!({"Id": id, "Routes": leading(text(dn.row, "Number"))})))
        .collect();
    generic::list(pbx, asked, "SetRouteRequest", None, rows)
}

/// Makes exactly these numbers lead to an entity.
fn set_routes(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let wanted = asked.body.get("routes").cloned().unwrap_or_default();
    let target = dn::all(&pbx.store).find(|dn| dn.row.get("Id") == Some(&wanted["Id"]));
    let target = target.ok_or_else(|| Problem::field("routes.Id", NOT_FOUND))?;
    let number = text(target.row, "Number").to_owned();
    let destination = json!({
        "To": target.peer_type, "Number": number, "Type": target.peer_type, "External": "", "Name": "", "Tags": [],
    });
    let routes = wanted["Routes"].as_array().cloned().unwrap_or_default();
    for (place, route) in routes.iter().enumerate() {
        if pbx.store.find("Trunks", "Id", &route["TrunkId"]).is_none() {
            return Err(Problem::field(format!("routes.Routes[{place}].TrunkId"), NOT_FOUND));
        }
    }
    let set = pbx.router.sets.get("InboundRules").copied().ok_or_else(Problem::unknown_path)?;
    let listed = |rule: &Row| routes.iter().any(|route| route["DID"] == *value(rule, "Data"));
    pbx.store
        .rows_mut(set.name)
        .retain(|rule| value(rule, "OfficeHoursDestination")["Number"] != number.as_str() && !listed(rule));
    for route in &routes {
        let trunk = pbx.store.find("Trunks", "Id", &route["TrunkId"]).map(|trunk| value(trunk, "Number").clone());
        let name = route["DisplayName"].as_str().filter(|name| !name.is_empty()).or(route["DID"].as_str());
        let rule = json!({
            "RuleName": name, "Data": route["DID"], "TrunkDN": {"Number": trunk}, "Condition": "BasedOnDID",
            "OfficeHoursDestination": destination, "OutOfOfficeHoursDestination": destination,
        });
        entities::insert(pbx, set, row(rule), None);
    }
    Ok(Reply::nothing())
}

fn emergency_rules(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let rules = pbx.store.rows("OutboundRules").iter();
    let rules: Vec<&Row> = rules.filter(|rule| rule.get("EmergencyRule") == Some(&Value::Bool(true))).collect();
    generic::list(pbx, asked, "OutboundRule", Some("Id"), rules)
}

/// Swaps a rule with its neighbour; the priorities follow the order.
fn move_rule(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let id = asked.body.get("id").cloned().unwrap_or_default();
    let place = pbx.store.position("OutboundRules", "Id", &id).ok_or_else(|| Problem::field("id", NOT_FOUND))?;
    let up = asked.body.get("up") == Some(&Value::Bool(true));
    let rules = pbx.store.rows_mut("OutboundRules");
    let neighbour = if up { place.checked_sub(1) } else { Some(place + 1).filter(|next| *next < rules.len()) };
    if let Some(neighbour) = neighbour {
        rules.swap(place, neighbour);
    }
    entities::renumber(&mut pbx.store);
    Ok(Reply::nothing())
}

fn parameter_by_name(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let name = Value::from(asked.text("name"));
    let parameter = pbx.store.find("Parameters", "Name", &name).ok_or_else(Problem::no_such_entity)?;
    Ok(generic::object(pbx, asked, "Parameter", parameter))
}

const ACTIVE: &str = "#active prompt set";

fn active_prompt_set(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let id = pbx.store.single(ACTIVE).and_then(|active| active.get("Id"));
    let sets = pbx.store.rows("PromptSets");
    let active = sets.iter().find(|set| set.get("Id") == id).or_else(|| sets.first());
    Ok(generic::object(pbx, asked, "PromptSet", active.ok_or_else(Problem::no_such_entity)?))
}

fn set_active_prompt_set(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let (set, place) = generic::place(pbx, asked)?;
    let id = pbx.store.rows(set.name)[place].get("Id").cloned().unwrap_or_default();
    pbx.store.single_mut(ACTIVE).insert("Id".to_owned(), id);
    Ok(Reply::nothing())
}

fn copy_prompt_set(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let (set, place) = generic::place(pbx, asked)?;
    let mut copy = pbx.store.rows(set.name)[place].clone();
    let changes = asked.body.get("overrides").and_then(Value::as_object).cloned().unwrap_or_default();
    copy.extend(changes);
    copy.insert("PromptSetType".to_owned(), json!("Custom"));
    copy.insert("Folder".to_owned(), Value::from(pbx.random.guid()));
    let key = entities::insert(pbx, set, copy, None);
    let row = pbx.store.find(set.name, "Id", &key).cloned().unwrap_or_default();
    Ok(generic::object(pbx, asked, "PromptSet", &row))
}

/// Properties of numbers are kept with the number beside them.
const DN_PROPERTIES: &str = "#number properties";

fn dn_properties(pbx: &Pbx, number: &str) -> Vec<Row> {
    let rows = pbx.store.rows(DN_PROPERTIES).iter();
    rows.filter(|property| text(property, "#number") == number).cloned().collect()
}

fn dn_property(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let found = dn_properties(pbx, asked.text("dnNumber"));
    let property = found.iter().find(|property| text(property, "Name") == asked.text("name"));
    Ok(generic::object(pbx, asked, "DNProperty", property.ok_or_else(Problem::no_such_entity)?))
}

fn put_dn_property(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let number = asked.text("dnNumber");
    if dn::find(&pbx.store, number).is_none() {
        return Err(Problem::field("dnNumber", NOT_FOUND));
    }
    let given = asked.body.get("property").and_then(Value::as_object).cloned().unwrap_or_default();
    let is_same = |row: &Row| text(row, "#number") == number && row.get("Name") == given.get("Name");
    let creates = asked.route.operation.name.starts_with("create");
    let known = pbx.store.rows(DN_PROPERTIES).iter().any(is_same);
    if known == creates {
        let code = if creates { DUPLICATE } else { NOT_FOUND };
        return Err(Problem::field("property.Name", code));
    }
    match pbx.store.rows_mut(DN_PROPERTIES).iter_mut().find(|row| is_same(row)) {
        Some(known) => known.extend(given),
        None => {
            let mut property =
                row(json!({"#number": number, "Id": pbx.store.next_id(DN_PROPERTIES), "Description": ""}));
            let id = property.get("Id").cloned().unwrap_or_default();
            property.extend(given);
            property.insert("Id".to_owned(), id);
            pbx.store.rows_mut(DN_PROPERTIES).push(property);
        }
    }
    Ok(Reply::nothing())
}

fn delete_dn_property(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let (number, name) = (asked.text("dnNumber"), asked.text("propertyName"));
    let properties = pbx.store.rows_mut(DN_PROPERTIES);
    let before = properties.len();
    properties.retain(|property| text(property, "#number") != number || text(property, "Name") != name);
    let gone = properties.len() < before;
    gone.then(Reply::nothing).ok_or_else(|| Problem::field("propertyName", NOT_FOUND))
}
