//! Random sequences of making, changing and deleting: whatever happens, the state stays whole.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::sandbox::rules::References;
use crate::sandbox::tests::World;
use crate::sandbox::{CLIENT_ID, members, roles};

const SETS: [&str; 5] = ["Users", "Groups", "Queues", "RingGroups", "Receptionists"];

/// Makes (0), changes (1) or deletes (2) the `which`th of a set, with numbers and ids that may exist.
#[derive(Debug, Clone)]
struct Step {
    what: u8,
    set: usize,
    which: usize,
    numbers: Vec<u16>,
    groups: Vec<u8>,
    role: bool,
    side: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let numbers = prop::collection::vec(prop_oneof![100u16..120, 800u16..812, 820u16..824], 0..4);
    let groups = prop::collection::vec(0u8..9, 0..3);
    (0u8..3, 0usize..5, 0usize..30, numbers, groups, any::<bool>(), any::<bool>()).prop_map(
        |(what, set, which, numbers, groups, role, side)| Step { what, set, which, numbers, groups, role, side },
    )
}

fn body(step: &Step) -> Value {
    let role = if step.role { "system_owners" } else { "users" };
    let listed: Vec<Value> = step.numbers.iter().map(|number| json!({"Number": number.to_string()})).collect();
    let groups: Vec<Value> =
        step.groups.iter().map(|id| json!({"GroupId": id, "Rights": {"RoleName": role}})).collect();
    let first = step.numbers.first().copied().unwrap_or(100).to_string();
    let route = json!({"To": if step.role { "Extension" } else { "Queue" }, "Number": first});
    match SETS[step.set] {
        "Users" => {
            let profile = json!([{"Name": "Available", "Id": 0, "AvailableRoute": {"NoAnswerExternal": route}}]);
            if step.side {
                json!({"Groups": groups})
            } else {
                json!({"FirstName": "Some", "ForwardingProfiles": profile})
            }
        }
        "Groups" => {
            let member = |entry: &Value| json!({"Number": entry["Number"], "Rights": {"RoleName": role}});
            json!({"Name": "Some", "Members": listed.iter().map(member).collect::<Vec<_>>()})
        }
        "Queues" if step.side => json!({"Name": "Some", "Agents": listed, "ForwardNoAnswer": route}),
        "Queues" => json!({"Name": "Some", "Managers": listed, "Groups": groups}),
        "RingGroups" => json!({"Name": "Some", "Members": listed, "ForwardNoAnswer": route}),
        _ => {
            let kind = if step.role { "Extension" } else { "Queue" };
            let key = json!({"Input": "1", "ForwardType": kind, "ForwardDN": first, "Id": 0});
            json!({"Name": "Some", "Forwards": [key], "Groups": groups})
        }
    }
}

fn take(world: &mut World, step: &Step) -> u16 {
    let set = SETS[step.set];
    let ids = world.column(&format!("/{set}"), "Id");
    let path = ids.get(step.which % ids.len().max(1)).map(|id| format!("/{set}({id})"));
    match (step.what, path) {
        (1, Some(path)) => world.patch(&path, body(step)).status,
        (2, Some(path)) => world.delete(&path).status,
        _ => world.post(&format!("/{set}"), body(step)).status,
    }
}

fn is_whole(world: &World) {
    let (store, schema) = (&world.pbx.store, world.pbx.schema);
    let mut numbers = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for dn in crate::sandbox::dn::all(store) {
        assert!(numbers.insert(dn.row["Number"].to_string()), "{} twice", dn.row["Number"]);
        assert!(ids.insert(dn.row["Id"].to_string()), "id {} twice", dn.row["Id"]);
    }
    let references = References { schema, store };
    for set in world.pbx.router.sets.values() {
        for row in store.rows(set.name) {
            let checked = references.object(set.ty, row, "");
            assert!(checked.is_ok(), "{}: {checked:?}", set.name);
        }
    }
    for user in store.rows("Users") {
        let number = user["Number"].as_str().unwrap();
        let groups = crate::sandbox::members::groups_of(store, number);
        assert!(!groups.is_empty(), "{number} is nowhere");
        assert!(groups.iter().any(|group| group["GroupId"] == user["PrimaryGroupId"]), "{number}: primary");
        for group in groups {
            let row = store.find("Groups", "Id", &group["GroupId"]).unwrap();
            let members = crate::sandbox::members::members_of(store, row);
            let times = members.as_array().unwrap().iter().filter(|member| member["Number"] == number).count();
            assert_eq!(times, 1, "{number} in {}", row["Name"]);
        }
    }
    let owners = store.rows("Groups").iter().flat_map(|group| group["Members"].as_array().unwrap());
    assert!(owners.clone().any(|member| member["Rights"]["RoleName"] == "system_owners"));
    assert_eq!(store.rows("Groups").iter().filter(|group| group["IsDefault"] == true).count(), 1);
}

/// A client that put itself out of its departments may nothing any longer: somebody takes it in again.
fn let_in(world: &mut World) {
    if roles::role(&world.pbx.store, CLIENT_ID) != Some(roles::Role::SystemOwner) {
        let default = world.pbx.store.find("Groups", "IsDefault", &json!(true)).unwrap()["Id"].clone();
        let entry = json!([{"GroupId": default, "Rights": {"RoleName": "system_owners"}}]);
        members::set_groups(&mut world.pbx.store, CLIENT_ID, &entry);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_state_stays_whole(steps in prop::collection::vec(step(), 1..25)) {
        let mut world = World::new();
        for step in steps {
            let_in(&mut world);
            let before = world.snapshot();
            let status = take(&mut world, &step);
            match status {
                201 | 204 => is_whole(&world),
                400 => prop_assert!(world.snapshot() == before, "{step:?} was refused and changed something"),
                other => prop_assert!(false, "{step:?}: {other}"),
            }
        }
    }
}
