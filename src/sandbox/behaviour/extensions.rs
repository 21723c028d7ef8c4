//! Users and everything else that is called by a number.

use serde_json::{Value, json};

use crate::catalog::Ty;
use crate::sandbox::Pbx;
use crate::sandbox::asked::Asked;
use crate::sandbox::behaviour::{Behaviour, items};
use crate::sandbox::defaults;
use crate::sandbox::dn;
use crate::sandbox::downloads;
use crate::sandbox::entities;
use crate::sandbox::generic;
use crate::sandbox::problem::{NOT_FOUND, OUT_OF_RANGE, Problem};
use crate::sandbox::reply::Reply;
use crate::sandbox::rows::row;
use crate::sandbox::store::{Row, text, value};

pub(super) fn of(resource: &str, name: &str) -> Option<Behaviour> {
    Some(match (resource, name) {
        (_, "get_by_number" | "get_peer_by_number" | "get_trunk_by_number") => by_number,
        (_, name) if name.starts_with("get_first_available_") => first_available,
        ("users", "batch_delete") => batch_delete,
        ("users", "bulk_update") => bulk_update,
        ("users", "multi_user_update") => multi_update,
        ("users", "get_monitor_status") => monitor_status,
        ("users", "set_monitor_status") => set_monitor_status,
        ("users", "get_duplicated_emails") => duplicated_emails,
        ("users", "has_duplicated_email") => has_duplicated_email,
        ("users", "regenerate" | "regenerate_passwords") => regenerate,
        ("users", "export_extensions") => {
            |pbx, asked| downloads::table(pbx, asked, "User", "extensions.csv", pbx.rows("Users"))
        }
        ("groups", "delete_company_by_id" | "delete_company_by_number") => delete_company,
        ("fax", "init_fax") => init_fax,
        ("trunks", "init_trunk" | "init_master_bridge" | "init_slave_bridge") => init_trunk,
        ("trunks", "refresh_registration") => refresh_registration,
        ("peers", "get_report_peers") => |pbx, asked| generic::list(pbx, asked, "Peer", Some("Id"), pbx.rows("Peers")),
        ("peers", "retreive_peers_by_numbers") => peers_by_numbers,
        ("service_principals", "generate_app_token") => generate_app_token,
        _ => return None,
    })
}

/// In either form that the releases have.
fn by_number(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let number = asked.value("Number").or_else(|| asked.value("number")).ok_or_else(Problem::unknown_path)?;
    generic::entity(pbx, asked, "Number", number)
}

fn first_available(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let number = dn::first_free(&pbx.store, asked.head(), &Value::Null)?;
    Ok(generic::object(pbx, asked, "FirstAvailableNumber", &row(json!({"Number": number}))))
}

/// Deletes what can be deleted; the failures come as rows of a success.
fn batch_delete(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let set = generic::set(pbx, asked)?;
    let mut failures = Vec::new();
    for id in items(asked, "ids") {
        let place = pbx.store.position(set.name, "Id", id);
        let number = place.map(|place| text(&pbx.store.rows(set.name)[place], "Number").to_owned());
        let done = match place {
            Some(place) => entities::delete(pbx, set, place),
            None => Err(Problem::field("Id", NOT_FOUND)),
        };
        if let Err(problem) = done {
            let number = number.unwrap_or_else(|| id.to_string());
            failures.push(row(json!({"ExtensionNumber": number, "Error": problem.text()})));
        }
    }
    generic::list(pbx, asked, "UserDeleteError", None, failures)
}

fn bulk_update(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let mut change = asked.body.get("user").and_then(Value::as_object).cloned().unwrap_or_default();
    // One number cannot be meant for several users.
    for own in ["Id", "Number"] {
        change.remove(own);
    }
    update_each(pbx, asked, &change)
}

fn multi_update(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let given = asked.body.get("user").and_then(Value::as_object).into_iter().flatten();
    let known = given
        .filter(|(name, value)| !value.is_null() && *name != "Number" && pbx.schema.property("User", name).is_some());
    let change = known.map(|(name, value)| (name.clone(), value.clone())).collect();
    update_each(pbx, asked, &change)
}

/// All of them or none.
fn update_each(pbx: &mut Pbx, asked: &Asked, change: &Row) -> Result<Reply, Problem> {
    let set = generic::set(pbx, asked)?;
    let places = items(asked, "ids").iter().map(|id| pbx.store.position(set.name, "Id", id));
    let places: Option<Vec<usize>> = places.collect();
    let places = places.ok_or_else(|| Problem::field("ids", NOT_FOUND))?;
    // What is fine for each alone need not be for all: the last two owners cannot both go.
    let before = pbx.store.clone();
    for place in places {
        if let Err(problem) = entities::update(pbx, set, place, change.clone()) {
            pbx.store = before;
            return Err(problem);
        }
    }
    Ok(Reply::nothing())
}

const MONITORING: &str = "#monitoring";

/// Those whom somebody monitors, until when.
fn monitor_status(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let now = pbx.now().as_second();
    let states = monitored(pbx).into_iter().filter(|state| value(state, "Expiration").as_i64() > Some(now)).collect();
    generic::list::<Row>(pbx, asked, "MonitoringState", Some("DN"), states)
}

/// From the start the first users are monitored, each a week longer than the one before.
fn monitored(pbx: &Pbx) -> Vec<Row> {
    if pbx.store.single(MONITORING).is_some() {
        return pbx.store.rows(MONITORING).to_vec();
    }
    let born = pbx.born.as_second();
    let state = |(weeks, user): (usize, &Row)| {
        row(json!({"DN": text(user, "Number"), "Expiration": born + (weeks as i64 + 1) * 7 * 86_400}))
    };
    pbx.store.rows("Users").iter().take(3).enumerate().map(state).collect()
}

/// Monitoring ends after so many days, told in seconds since 1970; 0 days end it at once.
fn set_monitor_status(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let (set, place) = generic::place(pbx, asked)?;
    let number = pbx.store.rows(set.name)[place].get("Number").cloned().unwrap_or_default();
    let days = asked.body.get("days").and_then(Value::as_i64).unwrap_or(0);
    if !(0..=366).contains(&days) {
        return Err(Problem::field("days", OUT_OF_RANGE));
    }
    let mut states = monitored(pbx);
    states.retain(|state| state.get("DN") != Some(&number));
    if days > 0 {
        let expiration = pbx.now().as_second() + days * 86_400;
        states.push(row(json!({"DN": number, "Expiration": expiration})));
    }
    states.sort_by(|a, b| text(a, "DN").cmp(text(b, "DN")));
    // That somebody decided is remembered apart: nobody being monitored is a decision, too.
    pbx.store.single_mut(MONITORING).insert("Decided".to_owned(), json!(true));
    *pbx.store.rows_mut(MONITORING) = states;
    Ok(Reply::nothing())
}

fn users_with_email(pbx: &Pbx, email: &str) -> usize {
    let users = pbx.store.rows("Users").iter();
    users.filter(|user| !email.is_empty() && text(user, "EmailAddress").eq_ignore_ascii_case(email)).count()
}

/// Those of the given addresses that a user has already.
fn duplicated_emails(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let taken = |email: &&Value| email.as_str().is_some_and(|email| users_with_email(pbx, email) > 0);
    let taken: Vec<Value> = items(asked, "emails").iter().filter(taken).cloned().collect();
    Ok(generic::plain_list(asked, Ty::String, &taken))
}

fn has_duplicated_email(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let (set, place) = generic::place(pbx, asked)?;
    let email = text(&pbx.store.rows(set.name)[place], "EmailAddress");
    Ok(generic::value(asked, Ty::Bool, &Value::from(users_with_email(pbx, email) > 1)))
}

/// New secrets for one user or for those in `Ids`.
fn regenerate(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let ids = match asked.key() {
        Some((_, id)) => vec![id.clone()],
        None => items(asked, "Ids").to_vec(),
    };
    if ids.iter().any(|id| pbx.store.find("Users", "Id", id).is_none()) {
        return Err(Problem::no_such_entity());
    }
    let wants = |name: &str| asked.body.get("opts").and_then(|opts| opts.get(name)) == Some(&Value::Bool(true));
    let secrets = [
        ("SipAuth", "AuthPassword", 10),
        ("DeskphonePassword", "DeskphonePassword", 12),
        ("WebclientPassword", "AccessPassword", 16),
    ];
    for id in &ids {
        let mut fresh = Row::new();
        for (_, property, length) in secrets.iter().filter(|(option, ..)| wants(option)) {
            fresh.insert((*property).to_owned(), Value::from(pbx.random.letters(*length)));
        }
        if wants("VoicemailPIN") {
            fresh.insert("VMPIN".to_owned(), Value::from(pbx.random.digits(6)));
        }
        if let Some(user) = pbx.store.find_mut("Users", "Id", id) {
            user.extend(fresh);
        }
    }
    Ok(Reply::nothing())
}

fn delete_company(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let set = generic::set(pbx, asked)?;
    let given = ["id", "number"].iter().find_map(|field| Some((*field, asked.body.get(*field)?)));
    let (field, value) = given.ok_or_else(Problem::no_such_entity)?;
    let property = if field == "id" { "Id" } else { "Number" };
    let place = pbx.store.position(set.name, property, value);
    entities::delete(pbx, set, place.ok_or_else(|| Problem::field(field, NOT_FOUND))?)?;
    Ok(Reply::nothing())
}

/// A fax extension that is not made yet.
fn init_fax(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let number = dn::first_free(&pbx.store, "Fax", &Value::Null)?;
    let mut fax = row(json!({"Number": number, "AuthID": number, "AuthPassword": pbx.random.letters(10), "Id": 0}));
    defaults::fill(pbx.schema, "Fax", &mut fax, pbx.born);
    Ok(generic::object(pbx, asked, "Fax", &fax))
}

/// A trunk that is not made yet, as its template says.
fn init_trunk(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let name = asked.value("template");
    let template = name.and_then(|name| pbx.store.find("TrunkTemplates", "Id", name));
    let title = match (name, template) {
        (Some(_), None) => return Err(Problem::field("template", NOT_FOUND)),
        (_, Some(template)) => text(template, "Name").to_owned(),
        (None, None) => "Bridge".to_owned(),
    };
    let number = dn::first_free(&pbx.store, "Trunks", &Value::Null)?;
    let kind = match asked.route.operation.name {
        "init_master_bridge" => "BridgeMaster",
        "init_slave_bridge" => "BridgeSlave",
        _ => "Provider",
    };
    let gateway = json!({
        "Name": title, "Type": kind, "TemplateFilename": name, "Port": 5060, "Host": "", "Codecs": ["PCMA", "PCMU"],
        "RequireRegistrationFor": "InOutCalls", "TimeBetweenReg": 600, "Lines": 10,
    });
    let mut trunk = row(json!({"Number": number, "Id": 0, "Gateway": gateway, "IsOnline": false}));
    defaults::fill(pbx.schema, "Trunk", &mut trunk, pbx.born);
    Ok(generic::object(pbx, asked, "Trunk", &trunk))
}

fn refresh_registration(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let id = asked.body.get("id").cloned().unwrap_or_default();
    let trunk = pbx.store.find_mut("Trunks", "Id", &id).ok_or_else(|| Problem::field("id", NOT_FOUND))?;
    trunk.insert("IsOnline".to_owned(), Value::Bool(true));
    Ok(Reply::nothing())
}

fn peers_by_numbers(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let numbers = asked.body.get("peersRequest").and_then(|request| request["DnNumbers"].as_array());
    let numbers = numbers.into_iter().flatten().filter_map(Value::as_str);
    let found = numbers.filter_map(|number| dn::find(&pbx.store, number));
    let peers: Vec<Row> = found.map(|dn| dn::peer(&pbx.store, dn)).collect();
    generic::list(pbx, asked, "Peer", Some("Id"), peers)
}

/// The secret with which the client can log in from now on.
fn generate_app_token(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let (set, place) = generic::place(pbx, asked)?;
    let client = text(&pbx.store.rows(set.name)[place], "Number").to_owned();
    let secret = pbx.random.letters(32);
    pbx.clients.insert(client, secret.clone());
    Ok(generic::value(asked, Ty::String, &Value::from(secret)))
}
