//! The built-in company is believable and whole.

use std::collections::HashSet;

use serde_json::Value;

use crate::catalog::Catalog;
use crate::sandbox::rules::References;
use crate::sandbox::tests::{NOW, World};

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
