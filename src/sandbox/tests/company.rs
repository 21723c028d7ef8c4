//! The built-in company is believable and whole.

use std::collections::HashSet;

use jiff::SignedDuration;
use serde_json::Value;

use crate::catalog::Catalog;
use crate::sandbox::logs::Party;
use crate::sandbox::rules::References;
use crate::sandbox::tests::{NOW, World};
use crate::sandbox::{Pbx, Setup, Size};

#[test]
fn it_is_a_small_firm() {
    let at_least = [
        ("Groups", 5),
        ("Users", 14),
        ("Queues", 2),
        ("RingGroups", 2),
        ("Receptionists", 2),
        ("Trunks", 2),
        ("DidNumbers", 10),
        ("InboundRules", 5),
        ("OutboundRules", 3),
        ("Holidays", 4),
        ("CallFlowApps", 1),
        ("Parkings", 2),
        ("Fax", 1),
        ("Contacts", 30),
        ("CustomPrompts", 3),
        ("PromptSets", 2),
        ("Recordings", 20),
        ("Backups", 3),
        ("Services", 5),
        ("Parameters", 8),
        ("EventLogs", 20),
        ("DeviceInfos", 2),
        ("SipDevices", 5),
        ("ActiveCalls", 2),
        ("CallHistoryView", 1000),
        ("ChatHistoryView", 1600),
        ("Peers", 35),
    ];
    let mut world = World::new();
    for (set, number) in at_least {
        let found = world.raw("GET", &format!("/{set}/$count"), None);
        let found: usize = std::str::from_utf8(found.body()).unwrap().parse().unwrap();
        assert!(found >= number, "{set}: {found}");
    }
    // Lists behind settings.
    assert!(world.column("/Defs/TimeZones?$filter=Id eq '51'", "IanaName").contains(&Value::from("Europe/Berlin")));
    assert!(world.get("/Defs/Codecs").rows().len() > 3);
}

#[test]
fn its_references_lead_somewhere() {
    for release in &Catalog::builtin().releases {
        let world = World::of(release);
        let references = References { schema: world.pbx.schema, store: &world.pbx.store };
        for set in world.pbx.router.sets.values() {
            for row in world.pbx.store.rows(set.name) {
                let checked = references.object(set.ty, row, "");
                assert!(checked.is_ok(), "{release} {}: {checked:?}", set.name);
            }
        }
    }
}

#[test]
fn its_names_and_numbers_belong_to_nobody() {
    let mut world = World::new();
    for email in world.column("/Users", "EmailAddress") {
        assert!(email.as_str().unwrap().ends_with("@example.com"), "{email}");
    }
    for number in world.column("/Contacts", "PhoneNumber") {
        assert!(number.as_str().unwrap().starts_with("+15550"), "{number}");
    }
    let numbers = world.column("/Peers", "Number");
    assert_eq!(numbers.iter().map(Value::to_string).collect::<HashSet<_>>().len(), numbers.len());
}

#[test]
fn its_days_are_busy_and_its_nights_are_not() {
    let mut world = World::of("20.0.5");
    let starts = world.column("/CallHistoryView", "SegmentStartTime");
    assert!((2000..6000).contains(&starts.len()), "{}", starts.len());
    let hour = |start: &Value| start.as_str().unwrap()[11..13].parse::<u32>().unwrap();
    let at_night = starts.iter().filter(|start| hour(start) < 5 || hour(start) > 21).count();
    assert!(at_night * 50 < starts.len(), "{at_night} of {}", starts.len());
    assert!(starts.iter().all(|start| start.as_str().unwrap() < NOW && start.as_str().unwrap() > "2026-02-11"));
}

#[test]
fn the_old_call_history_ends_with_the_upgrade() {
    let newest = |release: &str| {
        let path = "/CallHistoryView?$orderby=SegmentStartTime desc&$top=1";
        World::of(release).column(path, "SegmentStartTime")[0].as_str().unwrap().to_owned()
    };
    assert!(newest("20.0.6").as_str() > "2026-03-11");
    assert!(newest("20.0.7").as_str() < "2026-02-26");
}

#[test]
fn the_call_report_covers_its_period() {
    let mut world = World::new();
    let report = |source: &str| {
        format!(
            "/ReportCallLogData/Pbx.GetCallLogData(periodFrom=2026-03-09T00:00:00Z,periodTo=2026-03-10T00:00:00Z,\
             sourceType=0,sourceFilter='{source}',destinationType=0,destinationFilter='',callsType=0,\
             callTimeFilterType=0,callTimeFilterFrom='0:00:0',callTimeFilterTo='0:00:0',hidePcalls=true)?$top=1000"
        )
    };
    let starts = world.column(&report(""), "StartTime");
    assert!((100..250).contains(&starts.len()), "{}", starts.len());
    assert!(starts.iter().all(|start| start.as_str().unwrap().starts_with("2026-03-09")));
    assert!(starts.windows(2).all(|pair| pair[0].as_str() >= pair[1].as_str()));
    let sources = world.column(&report("100 101"), "SourceDn");
    assert!(!sources.is_empty() && sources.iter().all(|source| source == "100" || source == "101"));
}

#[test]
fn the_status_agrees_with_the_state() {
    let mut world = World::new();
    let status = |world: &mut World| {
        let body = world.get("/SystemStatus").body;
        [body["ExtensionsTotal"].clone(), body["CallsActive"].clone(), body["HasNotRunningServices"].clone()]
    };
    assert_eq!(status(&mut world), [Value::from(17), Value::from(3), Value::from(false)]);
    world.post("/Users", serde_json::json!({}));
    let call = world.column("/ActiveCalls", "Id")[0].clone();
    assert_eq!(world.ask("POST", &format!("/ActiveCalls({call})/Pbx.DropCall"), None).status, 200);
    let names = serde_json::json!({"options": {"ServiceNames": ["3CXQueueServer"]}});
    assert_eq!(world.post("/Services/Pbx.Stop", names.clone()).status, 204);
    assert_eq!(status(&mut world), [Value::from(18), Value::from(2), Value::from(true)]);
    assert_eq!(world.post("/Services/Pbx.Restart", names).status, 204);
    assert_eq!(status(&mut world)[2], Value::from(false));
}

#[test]
fn a_medium_company_is_whole_too() {
    let catalog = Catalog::builtin();
    for release in ["20.0.5", "20.0.10"] {
        let clock = std::sync::Arc::new(|| NOW.parse().unwrap());
        let setup = Setup { release: catalog.release(release).unwrap(), seed: 7, clock };
        let pbx = Pbx::company_of(catalog, setup, Size::Medium);
        let references = References { schema: pbx.schema, store: &pbx.store };
        for set in pbx.router.sets.values() {
            for row in pbx.store.rows(set.name) {
                let checked = references.object(set.ty, row, "");
                assert!(checked.is_ok(), "{release} {}: {checked:?}", set.name);
            }
        }
        assert_eq!(pbx.store.rows("Users").len(), 200);
        let entries = pbx.logs().calls(pbx.now()).len() + pbx.logs().chats(pbx.now()).count();
        assert!((45_000..55_000).contains(&entries), "{entries}");
        let names: HashSet<String> =
            pbx.store.rows("Users").iter().map(|user| user["DisplayName"].to_string()).collect();
        assert_eq!(names.len(), 200);
        let unknown = pbx
            .store
            .rows("Users")
            .iter()
            .find(|user| crate::sandbox::check::object(pbx.schema, "User", user, "").is_err());
        assert_eq!(unknown, None);
    }
}

#[test]
fn a_large_company_has_a_million_entries_that_follow_the_clock() {
    let catalog = Catalog::builtin();
    let setup = Setup { release: catalog.newest(), seed: 7, clock: std::sync::Arc::new(|| NOW.parse().unwrap()) };
    let mut pbx = Pbx::company_of(catalog, setup, Size::Large);
    assert!(pbx.logs.get().is_none(), "nobody has asked for them");
    let now = pbx.now();
    let entries = pbx.logs().calls(now).len() + pbx.logs().chats(now).count();
    assert!((950_000..1_100_000).contains(&entries), "{entries}");
    let soon = now + SignedDuration::from_mins(40);
    let running: HashSet<u32> = pbx.logs().active(soon).map(|call| call.id).collect();
    assert!(running.len() > 50, "{}", running.len());
    // Looked for among all of them, the same ones run.
    let later = soon + SignedDuration::from_hours(1);
    let ended = pbx.logs().calls(later).into_iter();
    let spanning = ended.filter(|call| call.start <= soon.as_millisecond() && call.end() > soon.as_millisecond());
    assert_eq!(spanning.map(|call| call.id).collect::<HashSet<_>>(), running);
    // Ids of calls that somebody makes are those of no planned one.
    let party = |number: &str| Party { number: number.to_owned(), name: String::new() };
    pbx.make_call(&party("100"), &party("+15550107777"), false);
    let made = pbx.logs().active(now).map(|call| call.id).max().unwrap();
    assert!(pbx.logs().calls(later).iter().filter(|call| call.id == made).count() == 1);
    assert!(pbx.drop_call(made.into()) && !pbx.drop_call(made.into()));
}
