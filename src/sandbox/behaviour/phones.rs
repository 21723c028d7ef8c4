//! What belongs to users and is no property of theirs: phones, greetings, links.

use serde_json::{Value, json};

use crate::catalog::Ty;
use crate::sandbox::Pbx;
use crate::sandbox::asked::Asked;
use crate::sandbox::behaviour::{Behaviour, items};
use crate::sandbox::downloads;
use crate::sandbox::filter::Record;
use crate::sandbox::generic;
use crate::sandbox::problem::{FILE_NOT_FOUND, NOT_FOUND, Problem};
use crate::sandbox::reply::Reply;
use crate::sandbox::rows::row;
use crate::sandbox::store::{Row, text, value};

pub(super) fn of(resource: &str, name: &str) -> Option<Behaviour> {
    Some(match (resource, name) {
        ("users", "download_greeting") => download_greeting,
        ("users", "get_multi_edit_greetings") => common_greetings,
        ("users", "multi_delete_greeting") => delete_greeting,
        ("users", "get_phone_registrar") => registrar,
        ("users", "get_phone_registrars") => registrars,
        ("users", "get_phone_secret") => secret,
        ("users", "generate_prov_link") => provisioning_link,
        ("users", "reboot_phone" | "reprovision_phone" | "upgrade_phone") => on_phone,
        ("users", "install_firmware") => |_, _| Ok(Reply::nothing()),
        ("fxs", "regenerate_web_credentials") => web_credentials,
        _ => return None,
    })
}

fn file_not_found() -> Problem {
    Problem::warning(FILE_NOT_FOUND)
}

fn greetings(user: &Row) -> impl Iterator<Item = &Value> {
    value(user, "Greetings").as_array().into_iter().flatten()
}

fn download_greeting(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let id = asked.value("userId").cloned().unwrap_or_default();
    let user = pbx.store.find("Users", "Id", &id).ok_or_else(|| Problem::field("userId", NOT_FOUND))?;
    let name = asked.text("fileName");
    let known = greetings(user).any(|greeting| greeting["Filename"] == name);
    known.then(|| Reply::file("audio/x-wav", name, downloads::silence())).ok_or_else(file_not_found)
}

/// The users of a list of ids, all of whom must exist.
fn users<'a>(pbx: &'a Pbx, asked: &Asked) -> Result<Vec<&'a Row>, Problem> {
    let found = items(asked, "ids").iter().map(|id| pbx.store.find("Users", "Id", id));
    found.collect::<Option<_>>().ok_or_else(|| Problem::field("ids", NOT_FOUND))
}

/// The files that every one of the users has.
fn common_greetings(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let users = users(pbx, asked)?;
    let everywhere =
        |greeting: &&Value| users.iter().all(|user| greetings(user).any(|own| own["Filename"] == greeting["Filename"]));
    let of_first = users.first().into_iter().flat_map(|user| greetings(user));
    let rows: Vec<Row> = of_first
        .filter(everywhere)
        .map(|greeting| row(json!({"DisplayName": greeting["DisplayName"], "Filename": greeting["Filename"]})))
        .collect();
    generic::list(pbx, asked, "GreetingFile", None, rows)
}

fn delete_greeting(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    users(pbx, asked)?;
    let name = asked.text("filename");
    for id in items(asked, "ids") {
        let user = pbx.store.find_mut("Users", "Id", id);
        if let Some(greetings) = user.and_then(|user| user.get_mut("Greetings")).and_then(Value::as_array_mut) {
            greetings.retain(|greeting| greeting["Filename"] != name);
        }
    }
    Ok(Reply::nothing())
}

/// What is known of the phone with a MAC address.
fn registration(pbx: &Pbx, mac: &str) -> Option<Row> {
    let devices = pbx.rows("SipDevices");
    let registrars = devices.iter().filter_map(|device| device.get("Registrar").map(|found| row(found.into_owned())));
    let mut registrars = registrars.filter(|registrar| text(registrar, "MAC").eq_ignore_ascii_case(mac));
    registrars.next()
}

fn registrar(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    // A phone that is not there yet is asked for, too, while it starts.
    let known = registration(pbx, asked.text("mac")).unwrap_or_else(|| row(json!({"MAC": asked.text("mac")})));
    Ok(generic::object(pbx, asked, "PhoneRegistrar", &known))
}

fn registrars(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let macs = items(asked, "macs").iter().filter_map(Value::as_str);
    let rows: Vec<Row> = macs.filter_map(|mac| registration(pbx, mac)).collect();
    generic::list(pbx, asked, "PhoneRegistrar", None, rows)
}

fn user<'a>(pbx: &'a Pbx, asked: &Asked) -> Result<&'a Row, Problem> {
    let (set, place) = generic::place(pbx, asked)?;
    pbx.store.rows(set.name).get(place).ok_or_else(Problem::no_such_entity)
}

fn secret(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let secret = value(user(pbx, asked)?, "DeskphonePassword").clone();
    Ok(generic::value(asked, Ty::String, &secret))
}

fn provisioning_link(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let number = text(user(pbx, asked)?, "Number").to_owned();
    let link = format!("https://pbx.example.com/provisioning/{}/{number}.xml", pbx.random.letters(12));
    Ok(generic::value(asked, Ty::String, &Value::from(link)))
}

fn on_phone(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    registration(pbx, asked.text("mac")).map(|_| Reply::nothing()).ok_or_else(|| Problem::field("mac", NOT_FOUND))
}

fn web_credentials(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let (set, place) = generic::place(pbx, asked)?;
    let password = pbx.random.letters(16);
    let Some(gateway) = pbx.store.rows_mut(set.name).get_mut(place) else { return Err(Problem::no_such_entity()) };
    gateway.insert("Password".to_owned(), Value::from(password));
    let gateway = gateway.clone();
    Ok(generic::object(pbx, asked, "Fxs", &gateway))
}
