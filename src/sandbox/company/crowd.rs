//! The people that a medium or a large company has beside those of the small one: departments with queues, a ring
//! group each, contacts. All made up, all from the seed.

use serde_json::{Value, json};

use crate::sandbox::company::{self, Size};
use crate::sandbox::rows::row;
use crate::sandbox::{Pbx, defaults};

const FIRST: [&str; 40] = [
    "Abena", "Akira", "Alma", "Anouk", "Arjun", "Bashir", "Beatriz", "Bjorn", "Camila", "Cedric", "Dalia", "Davor",
    "Edith", "Emeka", "Farah", "Fergus", "Greta", "Hamza", "Imani", "Ivo", "Jana", "Kofi", "Leila", "Linus", "Maeve",
    "Marek", "Nadia", "Noor", "Orla", "Pavel", "Quentin", "Rosa", "Samir", "Selma", "Tariq", "Uma", "Viktor", "Wanda",
    "Yusuf", "Zofia",
];
const LAST: [&str; 50] = [
    "Abbott",
    "Almgren",
    "Barlow",
    "Bexley",
    "Carrow",
    "Castell",
    "Dacre",
    "Delmar",
    "Ellery",
    "Farrow",
    "Fenwick",
    "Galloway",
    "Garrick",
    "Hadley",
    "Harcourt",
    "Ibsley",
    "Jarrow",
    "Kelso",
    "Kirby",
    "Lancing",
    "Larkin",
    "Marlow",
    "Merrick",
    "Nairn",
    "Norcott",
    "Oakley",
    "Orford",
    "Penrose",
    "Pickering",
    "Quayle",
    "Radley",
    "Rowan",
    "Saxby",
    "Selwyn",
    "Tarrant",
    "Thorne",
    "Ulverton",
    "Upton",
    "Varley",
    "Vesper",
    "Wadham",
    "Weston",
    "Wickham",
    "Wyndham",
    "Yardley",
    "Yeoman",
    "Zeller",
    "Ashdown",
    "Birchall",
    "Colby",
];
const PLACES: [&str; 10] = ["North", "South", "East", "West", "Harbour", "Hill", "River", "Park", "Bridge", "Station"];
const WORK: [&str; 4] = ["sales", "support", "warehouse", "office"];
const FIRMS: [&str; 8] = ["Acme", "Sample", "Placeholder", "Demo", "Trial", "Specimen", "Model", "Mock"];

/// Numbers of the people begin here: four digits, beyond those that the small company gives out.
const FIRST_NUMBER: usize = 2000;
/// The same for queues and ring groups.
const FIRST_SHARED: usize = 6000;

pub(super) fn add(pbx: &mut Pbx, size: Size) {
    let (people, departments, contacts) = match size {
        Size::Small => return,
        Size::Medium => (183, 12, 250),
        Size::Large => (1983, 40, 2500),
    };
    for place in 0..departments {
        let department = json!({
            "Number": group_number(place), "Name": department_name(place), "IsDefault": false, "TimeZoneId": "51",
        });
        insert(pbx, "Groups", department);
    }
    for place in 0..people {
        let person = person(pbx, place, departments);
        insert(pbx, "Users", person);
    }
    for place in 0..departments {
        let members = (place..people).step_by(departments).take(12).map(|member| number(member).to_string());
        let members: Vec<Value> = members.map(|number| json!({"Number": number})).collect();
        let agents: Vec<Value> =
            members.iter().map(|agent| json!({"Number": agent["Number"], "SkillGroup": "1"})).collect();
        let (name, group) = (department_name(place), json!([{"Number": group_number(place)}]));
        let queue = json!({
            "Number": (FIRST_SHARED + place * 2).to_string(), "Name": format!("{name} queue"), "Groups": group,
            "PollingStrategy": "RingAll", "ForwardNoAnswer": defaults::end_call(), "Agents": agents,
            "Managers": members[..1],
        });
        insert(pbx, "Queues", queue);
        let ring_group = json!({
            "Number": (FIRST_SHARED + place * 2 + 1).to_string(), "Name": format!("{name} phones"), "Groups": group,
            "RingStrategy": "Hunt", "Members": members,
        });
        insert(pbx, "RingGroups", ring_group);
    }
    for place in 0..contacts {
        let contact = contact(place);
        insert(pbx, "Contacts", contact);
    }
}

fn insert(pbx: &mut Pbx, set: &str, entity: Value) {
    company::add(pbx, set, row(entity));
}

fn number(place: usize) -> usize {
    FIRST_NUMBER + place
}

fn group_number(place: usize) -> String {
    format!("GRP{:04}", 100 + place)
}

fn department_name(place: usize) -> String {
    format!("{} {}", PLACES[place % PLACES.len()], WORK[place / PLACES.len() % WORK.len()])
}

/// Forty first names and fifty last ones meet in every way before a pair comes again.
fn name(place: usize) -> (&'static str, &'static str) {
    (FIRST[place % FIRST.len()], LAST[(place / FIRST.len() + place) % LAST.len()])
}

fn person(pbx: &mut Pbx, place: usize, departments: usize) -> Value {
    let (first, last) = name(place);
    // The first of a department leads it.
    let role = if place < departments { "managers" } else { "users" };
    let phones = if pbx.random.chance(60) {
        json!([{"Name": "Desk phone", "MacAddress": format!("02005E{:06X}", place)}])
    } else {
        json!([])
    };
    json!({
        "Number": number(place).to_string(), "FirstName": first, "LastName": last,
        "EmailAddress": format!("{first}.{last}.{}@example.com", number(place)).to_lowercase(),
        "Mobile": format!("+15550{:06}", 200_000 + place), "OutboundCallerID": "+15550100100",
        "IsRegistered": pbx.random.chance(85), "Enabled": pbx.random.chance(97), "Phones": phones,
        "CurrentProfileName": if pbx.random.chance(80) { "Available" } else { "Away" },
        "Groups": [{"Number": group_number(place % departments), "Rights": {"RoleName": role}}],
        "QueueStatus": if pbx.random.chance(75) { "LoggedIn" } else { "LoggedOut" }, "RecordCalls": pbx.random.chance(20),
    })
}

fn contact(place: usize) -> Value {
    let (first, last) = name(place * 7 + 3);
    let firm = FIRMS[place % FIRMS.len()];
    json!({
        "FirstName": first, "LastName": last, "CompanyName": format!("{firm} Example {}", place / FIRMS.len() + 1),
        "PhoneNumber": format!("+15550{:06}", 300_000 + place),
        "Email": format!("{first}.{last}.{place}@{firm}.example.com").to_lowercase(),
    })
}
