//! Contacts of the company, of departments and of extensions.

use serde_json::Value;

use crate::sandbox::Pbx;
use crate::sandbox::asked::Asked;
use crate::sandbox::behaviour::Behaviour;
use crate::sandbox::dn;
use crate::sandbox::downloads;
use crate::sandbox::entities;
use crate::sandbox::generic;
use crate::sandbox::problem::{NOT_FOUND, Problem};
use crate::sandbox::reply::Reply;
use crate::sandbox::store::{Row, text};

pub(super) fn of(resource: &str, name: &str) -> Option<Behaviour> {
    Some(match (resource, name) {
        ("contacts", "all_contacts_bulk_delete") => |pbx, _| {
            pbx.store.rows_mut("Contacts").clear();
            Ok(Reply::nothing())
        },
        ("contacts", "delete_contacts_by_type") => delete_contacts_by_type,
        ("contacts", "delete_department_contacts_by_type") => |pbx, asked| {
            delete_contacts(pbx, |contact| {
                is_of(contact, asked.text("contactSource")) && owner(contact).starts_with("GRP")
            })
        },
        ("contacts", "delete_personal_contacts_by_type") => |pbx, asked| {
            let personal = |number: &str| !number.is_empty() && !number.starts_with("GRP");
            delete_contacts(pbx, |contact| is_of(contact, asked.text("contactSource")) && personal(owner(contact)))
        },
        ("contacts", "crm_contacts_bulk_delete") | ("crm_integration", "delete_crm_contacts") => {
            |pbx, _| delete_contacts(pbx, |contact| is_of(contact, "CRM"))
        }
        ("contacts", "google_personal_contacts_bulk_delete") => {
            |pbx, _| delete_contacts(pbx, |contact| is_of(contact, "Google"))
        }
        ("contacts", "office365_contacts_bulk_delete" | "office365_personal_contacts_bulk_delete") => {
            |pbx, _| delete_contacts(pbx, |contact| is_of(contact, "M365"))
        }
        ("contacts", "create_contact_by_number") => create_contact,
        ("contacts", "get_contacts_by_number") => contacts_by_number,
        ("contacts", "export_contacts") => {
            |pbx, asked| downloads::table(pbx, asked, "Contact", "contacts.csv", pbx.rows("Contacts"))
        }
        _ => return None,
    })
}

/// Whose contact it is: an extension's, a department's, or the company's (empty).
const OWNER: &str = "#owner";

fn owner(contact: &Row) -> &str {
    text(contact, OWNER)
}

fn is_of(contact: &Row, source: &str) -> bool {
    text(contact, "ContactType") == source
}

fn delete_contacts(pbx: &mut Pbx, gone: impl Fn(&Row) -> bool) -> Result<Reply, Problem> {
    pbx.store.rows_mut("Contacts").retain(|contact| !gone(contact));
    Ok(Reply::nothing())
}

fn delete_contacts_by_type(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let number = asked.text("number");
    if !number.is_empty() && dn::find(&pbx.store, number).is_none() {
        return Err(Problem::field("number", NOT_FOUND));
    }
    delete_contacts(pbx, |contact| is_of(contact, asked.text("contactSource")) && owner(contact) == number)
}

fn create_contact(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let set = generic::set(pbx, asked)?;
    let number = asked.text("number");
    if !number.is_empty() && dn::find(&pbx.store, number).is_none() {
        return Err(Problem::field("number", NOT_FOUND));
    }
    let mut contact = asked.body.get("contact").and_then(Value::as_object).cloned().unwrap_or_default();
    contact.insert(OWNER.to_owned(), Value::from(number));
    let key = entities::create(pbx, set, contact)?;
    let row = pbx.store.find(set.name, "Id", &key).cloned().unwrap_or_default();
    Ok(generic::object(pbx, asked, "Contact", &row))
}

/// The contacts of an extension or department, or those with a telephone number; no number means all.
fn contacts_by_number(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let number = asked.text("number");
    let phones = ["PhoneNumber", "Business", "Business2", "Home", "Mobile2", "Other"];
    let fits = |contact: &&Row| {
        number.is_empty() || owner(contact) == number || phones.iter().any(|phone| text(contact, phone) == number)
    };
    let rows: Vec<&Row> = pbx.store.rows("Contacts").iter().filter(fits).collect();
    generic::list(pbx, asked, "Contact", Some("Id"), rows)
}
