//! A PBX as a file and back.

use std::sync::Arc;

use proptest::prelude::{ProptestConfig, any, proptest};
use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::sandbox::tests::{NOW, World};
use crate::sandbox::{Pbx, Setup, Size};

fn load(text: &str) -> Result<Pbx, String> {
    load_as(text, None)
}

fn load_as(text: &str, release: Option<&str>) -> Result<Pbx, String> {
    let catalog = Catalog::builtin();
    let release = release.map(|name| catalog.release(name).unwrap());
    Pbx::load(catalog, text, release, Arc::new(|| NOW.parse().unwrap())).map_err(|bad| bad.to_string())
}

/// The state of the company after a change of its JSON.
fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut state: Value = serde_json::from_str(&World::new().pbx.state()).unwrap();
    change(&mut state);
    state.to_string()
}

#[track_caller]
fn same(one: &Pbx, other: &Pbx) {
    assert_eq!(one.store, other.store);
    assert_eq!(one.clients, other.clients);
    assert_eq!((&one.cast, one.born, one.random.state()), (&other.cast, other.born, other.random.state()));
    same_logs(one, other);
}

#[track_caller]
fn same_logs(one: &Pbx, other: &Pbx) {
    assert_eq!(one.logs().calls(one.now()), other.logs().calls(other.now()));
    assert!(one.logs().active(one.now()).eq(other.logs().active(other.now())));
    assert!(one.logs().chats(one.now()).eq(other.logs().chats(other.now())));
}

#[test]
fn what_is_saved_is_what_is_loaded() {
    for release in &Catalog::builtin().releases {
        let world = World::of(release);
        let text = world.pbx.state();
        let loaded = load(&text).unwrap_or_else(|bad| panic!("{release}: {bad}"));
        same(&loaded, &world.pbx);
        assert_eq!(loaded.state(), text, "{release}");
    }
}

#[test]
fn what_was_done_is_kept() {
    let mut world = World::new();
    let made = world.post("/ServicePrincipals", json!({"Number": "robot"}));
    let path = format!("/ServicePrincipals({})/Pbx.GenerateAppToken", made.body["Id"]);
    assert_eq!(world.ask("POST", &path, None).status, 200);
    assert_eq!(world.post("/Users", json!({"FirstName": "Zoe", "Groups": [{"GroupId": 2}]})).status, 201);
    assert_eq!(world.patch("/GeneralSettingsForPbx", json!({"BusyMonitorTimeout": 33})).status, 204);
    let last = world.column("/OutboundRules", "Id").last().unwrap().clone();
    assert_eq!(world.post("/OutboundRules/Pbx.MoveUpDown", json!({"id": last, "up": true})).status, 204);
    assert_eq!(world.post("/PurgeChats", json!({"period": {"All": true}})).status, 204);
    let week = json!({"period": {"Start": "2026-03-02T00:00:00Z", "Stop": "2026-03-09T00:00:00Z"}});
    assert_eq!(world.post("/PurgeCalls", week).status, 204);
    let running = world.column("/ActiveCalls", "Id")[0].clone();
    assert_eq!(world.ask("POST", &format!("/ActiveCalls({running})/Pbx.DropCall"), None).status, 200);
    let call = json!({"dn": "100", "destination": "+15550107777"});
    assert_eq!(world.post("/Users/Pbx.MakeCall", call).status, 200);
    let text = world.pbx.state();
    let mut loaded = World { pbx: load(&text).unwrap(), clock: world.clock.clone(), token: String::new() };
    same(&loaded.pbx, &world.pbx);
    assert_eq!(loaded.pbx.state(), text);
    // Tokens end with the program; the secrets do not.
    loaded.token = loaded.log_in();
    assert_eq!(loaded.column("/OutboundRules", "Id"), world.column("/OutboundRules", "Id"));
    assert_eq!(loaded.column("/ChatHistoryView", "MessageId"), Vec::<Value>::new());
    let calls = loaded.get("/ActiveCalls").body.to_string();
    assert!(calls.contains("+15550107777") && !calls.contains(&format!("\"Id\":{running},")), "{calls}");
    // The calls go on, too, and end in the log.
    loaded.pbx.clock = world.pbx.clock.clone();
    loaded.wait(7200);
    loaded.token = loaded.log_in();
    world.token = world.log_in();
    assert_eq!(loaded.get("/ActiveCalls").body, world.get("/ActiveCalls").body);
    same_logs(&loaded.pbx, &world.pbx);
    let ended = loaded.pbx.logs().calls(loaded.pbx.now());
    assert!(ended.iter().any(|call| json!(call.id) == running));
    // And it goes on as if nothing had been in between.
    let next = |world: &mut World| world.post("/Users", json!({"FirstName": "Yan"})).body["Id"].clone();
    assert_eq!(next(&mut loaded), next(&mut world));
}

#[test]
fn a_new_entity_is_a_block_of_new_lines() {
    let mut world = World::new();
    let before = world.pbx.state();
    world.post("/Contacts", json!({"FirstName": "Zoe", "PhoneNumber": "+15550109999"}));
    let after = world.pbx.state();
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let gone: Vec<&&str> = before.iter().filter(|line| !after.contains(line)).collect();
    assert_eq!(gone, [&"    \"Contacts\": 30,"]);
    let place = after.iter().position(|line| line.contains("\"PhoneNumber\": \"+15550109999")).unwrap();
    assert!(after[place - 30..place].contains(&"        \"Id\": 31,"));
}

#[test]
fn a_release_can_be_rehearsed_on_an_older_state() {
    let text = World::of("20.0.9").pbx.state();
    let loaded = load_as(&text, Some("20.0.10")).unwrap();
    assert_eq!(loaded.release(), "20.0.10");
}

#[test]
fn an_entity_written_by_hand_gets_what_it_lacks() {
    let text = changed(|state| {
        let users = state["sets"]["Users"].as_array_mut().unwrap();
        users.push(json!({"Id": 900, "Number": "190", "FirstName": "Zoe"}));
    });
    let pbx = load(&text).unwrap();
    let zoe = pbx.store.find("Users", "Id", &json!(900)).unwrap();
    assert_eq!(zoe["CurrentProfileName"], "Available");
    assert_eq!(pbx.store.next["numbers"], 900);
}

#[test]
fn a_state_that_no_pbx_could_have_is_refused_with_its_place() {
    type Change = fn(&mut Value);
    let cases: [(Change, &str, &str); 22] = [
        (|state| *state = json!([]), "/", "is no object"),
        (|state| *state = json!({}), "/", "has no `format`"),
        (|state| state["format"] = json!("other"), "/format", "is `other`, and this program reads `pbxsh sandbox 1`"),
        (|state| state["release"] = json!("19.0.0"), "/release", "is `19.0.0`; known are 20.0.5"),
        (|state| state["born"] = json!("today"), "/born", "is `today`, which is no time"),
        (|state| state["colour"] = json!(1), "/colour", "is not known here"),
        (|state| state["sets"]["Planets"] = json!([]), "/sets/Planets", "is no entity set of 20.0.10"),
        (|state| state["sets"]["Users"][2] = json!(7), "/sets/Users/2", "is no object"),
        (|state| state["sets"]["Users"][2]["Colour"] = json!(7), "/sets/Users/2/Colour", "does not exist on type"),
        (|state| state["sets"]["Users"][2]["Enabled"] = json!("yes"), "/sets/Users/2/Enabled", "Edm.Boolean"),
        (
            |state| state["sets"]["Users"][2]["ForwardingProfiles"][1]["Name"] = json!(7),
            "/sets/Users/2/ForwardingProfiles/1/Name",
            "Edm.String",
        ),
        (|state| state["sets"]["Users"][2]["Id"] = Value::Null, "/sets/Users/2", ""),
        (|state| state["sets"]["Users"][2]["Number"] = json!("100"), "/sets/Users/2/Number", "is `100`, which one of"),
        (
            |state| state["sets"]["Users"][2]["Id"] = state["sets"]["Users"][1]["Id"].clone(),
            "/sets/Users/2/Id",
            "like that of an earlier entity",
        ),
        (
            |state| state["sets"]["Queues"][0]["Agents"][0]["Number"] = json!("199"),
            "/sets/Queues/0/Agents/0/Number",
            "names something that does not exist",
        ),
        (|state| state["logs"]["cast"]["volume"] = json!(5000), "/logs/cast", "more volume than logs"),
        (|state| state["logs"]["cast"]["queues"][0]["members"] = json!([5000]), "/logs/cast", "more volume than logs"),
        (|state| state["logs"]["changes"] = json!({}), "/logs", "unknown field `changes`"),
        (
            |state| state["sets"]["#journal of the logs"] = json!([{"What": "sung"}]),
            "/sets/#journal of the logs/0",
            "tells of nothing that callers do to the logs",
        ),
        (
            |state| state["sets"]["#journal of the logs"] = json!([{"What": "dropped", "Id": 1, "At": i64::MAX}]),
            "/sets/#journal of the logs/0",
            "lacks some of what it must tell",
        ),
        (|state| state["counters"]["Users"] = json!(i64::MAX), "/counters/Users", "which is no id"),
        (|state| state["chance"] = json!("zz"), "/chance", "is `zz`, which is no hexadecimal number"),
    ];
    for (change, pointer, reason) in cases {
        let bad = load(&changed(change)).err().unwrap_or_else(|| panic!("{pointer} {reason} was loaded"));
        assert!(bad.contains(&format!("`{pointer}")) && bad.contains(reason), "{bad}");
    }
    let bad = load("{\n \"format\": }").err().unwrap();
    assert_eq!(bad, "line 2: this is no JSON: expected value");
}

#[test]
fn the_line_is_that_of_the_file() {
    let text = World::new().pbx.state();
    let broken = text.replacen("\"FirstName\": \"Chiara\"", "\"FirstName\": 7", 1);
    let line = 1 + broken.lines().position(|line| line.contains("\"FirstName\": 7")).unwrap();
    let bad = load(&broken).err().unwrap();
    assert!(bad.starts_with(&format!("line {line}: `/sets/Users/2/FirstName`")), "{bad}");
}

#[test]
fn a_medium_company_can_be_kept_too() {
    let catalog = Catalog::builtin();
    let setup = Setup { release: catalog.newest(), seed: 7, clock: Arc::new(|| NOW.parse().unwrap()) };
    let pbx = Pbx::company_of(catalog, setup, Size::Medium);
    let loaded = load(&pbx.state()).unwrap();
    assert_eq!(loaded.store, pbx.store);
    assert_eq!(loaded.logs().calls(loaded.now()), pbx.logs().calls(pbx.now()));
}

/// A small state: mutations should meet every part of it.
fn little() -> String {
    changed(|state| {
        let keep = ["Groups", "Users", "Queues", "OutboundRules", "Trunks"];
        let sets = state["sets"].as_object_mut().unwrap();
        sets.retain(|name, _| keep.contains(&name.as_str()));
        for rows in sets.values_mut() {
            rows.as_array_mut().unwrap().truncate(2);
        }
        let at = 1_773_000_000_000_i64;
        let journal = json!([
            {"What": "made", "From": "100", "FromName": "Ada", "To": "101", "ToName": "", "Internal": true, "At": at},
            {"What": "dropped", "Id": 7, "At": at},
            {"What": "purged calls", "Start": 0, "Stop": at},
        ]);
        sets.insert("#journal of the logs".to_owned(), journal);
        state["order"] = json!({"OutboundRules": [2, 1]});
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Whatever somebody does to the text: it is loaded or refused.
    #[test]
    fn junk_states(cuts in proptest::collection::vec((any::<u32>(), 0usize..6, any::<u32>()), 1..4)) {
        thread_local!(static LITTLE: Vec<char> = little().chars().collect());
        let mut text = LITTLE.with(Vec::clone);
        let pieces = ["null", "-1", "\"\"", "{}", "[]", "99999999999999999999", "\"\u{e9}\"", ",", "\"Id\":", "1e400"];
        for (place, gone, piece) in cuts {
            let start = place as usize % text.len();
            let end = (start + gone).min(text.len());
            text.splice(start..end, pieces[piece as usize % pieces.len()].chars());
        }
        let text: String = text.into_iter().collect();
        if let Ok(pbx) = load(&text) {
            let saved = pbx.state();
            assert_eq!(load(&saved).unwrap().state(), saved);
        }
    }

    /// The same for values: each of them replaced, the rest in order.
    #[test]
    fn junk_values(turns in proptest::collection::vec(any::<u32>(), 6), chosen in 0usize..9) {
        thread_local!(static LITTLE: Value = serde_json::from_str(&little()).unwrap());
        let mut state = LITTLE.with(Value::clone);
        let values = [
            json!(null), json!(-1), json!(""), json!([]), json!({}), json!([[1]]), json!(u64::MAX), json!("100"), json!(1.5),
        ];
        let mut place = &mut state;
        for turn in turns {
            let turn = turn as usize;
            place = match place {
                Value::Object(map) if !map.is_empty() => {
                    let name = map.keys().nth(turn % map.len()).unwrap().clone();
                    &mut place[name]
                }
                Value::Array(items) if !items.is_empty() => {
                    let count = items.len();
                    &mut place[turn % count]
                }
                other => other,
            };
        }
        *place = values[chosen].clone();
        let text = state.to_string();
        if let Ok(pbx) = load(&text) {
            let saved = pbx.state();
            assert_eq!(load(&saved).unwrap().state(), saved);
        }
    }
}
