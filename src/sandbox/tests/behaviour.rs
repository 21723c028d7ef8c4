//! What operations do beyond making, changing and deleting.

use serde_json::{Value, json};

use crate::catalog::{Catalog, Kind};
use crate::sandbox::is_modelled;
use crate::sandbox::tests::World;

#[test]
fn calls_come_and_go_with_the_clock() {
    let mut world = World::new();
    let count = |world: &mut World| world.get("/ActiveCalls").rows().len();
    let log = "/LastCdrAndChatMessageTimestamp";
    let newest = world.column(log, "LastCdrStartedAt")[0].clone();
    let ids = world.column("/ActiveCalls", "Id");
    assert_eq!(ids.len(), 3);
    world.wait(1800);
    // All of them have ended, stand in the log, and others have begun.
    let now = world.column("/ActiveCalls", "Id");
    assert!(ids.iter().all(|id| !now.contains(id)));
    assert!(world.column(log, "LastCdrStartedAt")[0].as_str() > newest.as_str());
    let mut seen = 0;
    for _ in 0..20 {
        world.wait(60);
        seen += count(&mut world);
    }
    assert!(seen > 0);
    // At three in the night nobody calls.
    world.wait(12 * 3600);
    world.token = world.log_in();
    assert_eq!(count(&mut world), 0);
}

#[test]
fn a_call_that_is_made_rings_talks_and_ends() {
    let mut world = World::new();
    let make = json!({"dn": "100", "contact": "", "testCall": false, "destination": "+15550109999"});
    assert_eq!(world.post("/Users/Pbx.MakeCall", make).body["FinalStatus"], "Success");
    let own = |world: &mut World| {
        let rows = world.get("/ActiveCalls?$filter=startswith(Caller,'100 ')");
        rows.rows().first().map(|call| (call["Status"].clone(), call["Callee"].clone(), call["Id"].clone()))
    };
    let (status, callee, id) = own(&mut world).unwrap();
    assert_eq!((status, callee), (json!("Dialing"), json!("+15550109999")));
    world.wait(4);
    assert_eq!(own(&mut world).unwrap().0, "Routing");
    world.wait(16);
    assert_eq!(own(&mut world).unwrap().0, "Talking");
    assert_eq!(world.post(&format!("/ActiveCalls({id})/Pbx.DropCall"), json!({})).status, 200);
    assert!(own(&mut world).is_none());
    assert_eq!(world.post(&format!("/ActiveCalls({id})/Pbx.DropCall"), json!({})).status, 404);
    let path = "/ReportCallLogData/Pbx.GetCallLogData(periodFrom=2026-03-11T14:30:00Z,periodTo=2026-03-11T14:31:00Z,\
                sourceType=0,sourceFilter='100',destinationType=0,destinationFilter='',callsType=0,\
                callTimeFilterType=0,callTimeFilterFrom='0:00:0',callTimeFilterTo='0:00:0',hidePcalls=true)";
    let logged = world.get(path).rows()[0].clone();
    assert_eq!((&logged["DestinationCallerId"], &logged["Answered"]), (&json!("+15550109999"), &json!(true)));
    let refused = world.post("/Users/Pbx.MakeCall", json!({"dn": "999", "destination": "100"}));
    assert_eq!(refused.refusal(), (400, "WARNINGS.XAPI.NOT_FOUND", "dn"));
}

#[test]
fn logs_can_be_purged() {
    let mut world = World::of("20.0.5");
    let count = |world: &mut World, set: &str| world.get(&format!("/{set}?$select=TimeSent")).rows().len();
    let calls = |world: &mut World| world.get("/CallHistoryView?$select=SegmentId").rows().len();
    let (before, chats) = (calls(&mut world), count(&mut world, "ChatHistoryView"));
    let week = json!({"period": {"All": false, "Start": "2026-02-20T00:00:00Z", "Stop": "2026-02-27T00:00:00Z"}});
    assert_eq!(world.post("/PurgeCalls", week).status, 204);
    let left = calls(&mut world);
    assert!(left < before && left > before / 2, "{left} of {before}");
    assert_eq!(count(&mut world, "ChatHistoryView"), chats);
    assert_eq!(world.post("/PurgeChats", json!({"period": {"All": true}})).status, 204);
    assert_eq!(count(&mut world, "ChatHistoryView"), 0);
    assert_eq!(world.ask("POST", "/PurgeAllLogs", None).status, 204);
    assert_eq!(calls(&mut world), 0);
}

#[test]
fn what_is_written_is_audited() {
    let mut world = World::new();
    let path = "/ReportAuditLog/Pbx.GetAuditLogData()";
    assert_eq!(world.get(path).rows().len(), 0);
    world.patch("/Users(8)", json!({"LastName": "Newname", "VMPIN": "482913"}));
    world.patch("/Users(8)", json!({"Number": "999"}));
    world.post("/Groups", json!({"Name": "Audited"}));
    let rows = world.get(path).rows().to_vec();
    assert_eq!(rows.len(), 2, "what was refused did not happen");
    assert_eq!((&rows[0]["ObjectName"], &rows[0]["UserName"]), (&json!("Audited"), &json!("sandbox")));
    let (old, new) = (rows[1]["PrevData"].as_str().unwrap(), rows[1]["NewData"].as_str().unwrap());
    assert!(old.contains("Calderon") && new.contains("Newname"));
    assert!(!new.contains("482913") && new.contains("***"));
    let file = world.raw("GET", "/ReportAuditLog/Pbx.DownloadAuditLog(clientTimeZone='Europe%2FBerlin')", None);
    assert_eq!(csv::Reader::from_reader(file.body().as_ref()).records().count(), 2);
}

#[test]
fn recordings_are_archived_transcribed_and_purged() {
    let mut world = World::new();
    let archived = |world: &mut World| world.get("/Recordings?$filter=IsArchived").rows().len();
    assert_eq!(archived(&mut world), 3);
    assert_eq!(world.post("/Recordings/Pbx.BulkRecordingsArchive", json!({"ids": [2, 3]})).status, 204);
    assert_eq!(archived(&mut world), 5);
    assert_eq!(world.post("/Recordings/Pbx.TranscribeRecordings", json!({"ids": [2]})).status, 204);
    let recording = world.get("/Recordings?$filter=Id eq 2").rows()[0].clone();
    assert_eq!(recording["IsTranscribed"], true);
    assert!(recording["ArchivedUrl"].as_str().unwrap().ends_with(".wav"));
    assert_eq!(world.ask("POST", "/Recordings/Pbx.PurgeArchive", None).status, 204);
    assert_eq!((archived(&mut world), world.get("/Recordings").rows().len()), (0, 15));
}

#[test]
fn backups_come_and_go() {
    let mut world = World::new();
    let body = json!({"description": {"Name": "before-update", "Contents": {"EncryptBackup": true}}});
    assert_eq!(world.post("/Backups/Pbx.Backup", body.clone()).status, 204);
    assert_eq!(world.post("/Backups/Pbx.Backup", body).refusal().1, "WARNINGS.XAPI.DUPLICATE");
    let path = "/Backups('before-update.zip')";
    assert_eq!(world.get(&format!("{path}/Pbx.GetBackupExtras()")).body["IsEncrypted"], true);
    let restore = |world: &mut World, password: &str| {
        world.post(&format!("{path}/Pbx.Restore"), json!({"password": password, "footprint": 0}))
    };
    assert_eq!(restore(&mut world, "").refusal().1, "WARNINGS.INVALID_PASSWORD");
    assert_eq!(restore(&mut world, "secret").status, 204);
    assert_eq!(world.delete(path).status, 204);
    assert_eq!(restore(&mut world, "secret").status, 404);
    let outside = json!({"description": {"Name": "../outside"}});
    assert_eq!(world.post("/Backups/Pbx.Backup", outside).refusal().1, "WARNINGS.XAPI.INVALID_FILE_NAME");
}

#[test]
fn services_stop_and_stay_disabled() {
    let mut world = World::new();
    let names = json!({"options": {"ServiceNames": ["3CXQueueServer"]}});
    let status = |world: &mut World| world.column("/Services?$filter=Name eq '3CXQueueServer'", "Status")[0].clone();
    assert_eq!(world.post("/Services/Pbx.Disable", names.clone()).status, 204);
    assert_eq!(status(&mut world), "Stopped");
    assert_eq!(world.post("/Services/Pbx.Start", names.clone()).refusal().1, "WARNINGS.XAPI.NOT_SUPPORTED");
    assert_eq!(world.post("/Services/Pbx.Enable", names).status, 204);
    assert_eq!(status(&mut world), "Running");
}

#[test]
fn contacts_belong_to_somebody() {
    let mut world = World::new();
    let contact = json!({"contact": {"FirstName": "Own", "PhoneNumber": "+15550107777"}, "number": "101"});
    assert_eq!(world.post("/Contacts/Pbx.CreateContactByNumber", contact).status, 200);
    let of = |number: &str| format!("/Contacts/Pbx.GetContactsByNumber(number='{number}')");
    assert_eq!(world.column(&of("101"), "FirstName"), ["Own"]);
    assert_eq!(world.column(&of("%2B15550107777"), "FirstName"), ["Own"]);
    let source = |number: &str| json!({"contactSource": "3CX", "number": number});
    let missing = world.post("/Contacts/Pbx.DeleteContactsByType", source("999"));
    assert_eq!(missing.refusal(), (400, "WARNINGS.XAPI.NOT_FOUND", "number"));
    assert_eq!(world.post("/Contacts/Pbx.DeleteContactsByType", source("101")).status, 204);
    assert_eq!(world.get("/Contacts").rows().len(), 30);
}

#[test]
fn chats_that_are_not_kept_are_not_reported() {
    let mut world = World::new();
    let path = "/ReportChatLog/Pbx.GetChatLog(periodFrom=2026-03-02T00:00:00Z,periodTo=2026-03-09T00:00:00Z,fromType=0,\
                fromExtension='105 106',fromText='',toType=0,toExtension='',toText='',chatType=0,participantType=0)";
    let senders = world.column(path, "FromNo");
    assert!(!senders.is_empty() && senders.iter().all(|number| number == "105" || number == "106"));
    assert_eq!(world.post("/SystemStatus/Pbx.SetChatLogStatus", json!({"enable": false})).status, 204);
    assert_eq!(world.get("/SystemStatus").body["IsChatLogEnabled"], false);
    assert_eq!(world.get(path).refusal().1, "WARNINGS.XAPI.CHAT_LOG_IS_DISABLED");
}

#[test]
fn numbers_from_outside_can_be_led_to_somebody() {
    let mut world = World::new();
    let queue = world.column("/Queues?$filter=Number eq '802'", "Id")[0].clone();
    let routes =
        json!({"routes": {"Id": queue, "Routes": [{"DID": "+15550100109", "TrunkId": 38, "DisplayName": "Chat"}]}});
    assert_eq!(world.post("/Trunks/Pbx.SetRoutes", routes).status, 204);
    let found = world.post("/Defs/Pbx.GetRoutes", json!({"ids": [queue]})).body["value"][0]["Routes"].clone();
    assert_eq!(found[0]["DID"], "+15550100109");
    let did = world.get("/DidNumbers?$filter=Number eq '%2B15550100109'&$expand=RoutingRule").rows()[0].clone();
    assert_eq!(did["RoutingRule"]["OfficeHoursDestination"]["Number"], "802");
}

#[test]
fn greetings_and_files_of_apps() {
    let mut world = World::new();
    let greetings = json!({"Greetings": [{"DisplayName": "Away", "Filename": "away.wav", "Type": "Away"}]});
    assert_eq!(world.patch("/Users(8)", greetings).status, 204);
    let file = world.raw("GET", "/Users/Pbx.DownloadGreeting(userId=8,fileName='away.wav')", None);
    assert_eq!(file.headers()["content-type"], "audio/x-wav");
    let body = json!({"ids": [8], "filename": "away.wav"});
    assert_eq!(world.post("/Users/Pbx.MultiDeleteGreeting", body).status, 204);
    let gone = world.get("/Users/Pbx.DownloadGreeting(userId=8,fileName='away.wav')");
    assert_eq!(gone.refusal().1, "WARNINGS.XAPI.FILE_NOT_FOUND");
    let app = world.column("/CallFlowApps", "Id")[0].clone();
    let files = format!("/CallFlowApps({app})/Pbx.GetFiles()");
    assert_eq!(world.get(&files).body["value"], json!(["OrderStatus.cs"]));
    let delete = |world: &mut World| {
        world.post(&format!("/CallFlowApps({app})/Pbx.DeleteFile"), json!({"filename": "OrderStatus.cs"})).status
    };
    assert_eq!((delete(&mut world), delete(&mut world)), (204, 400));
    assert_eq!(world.get(&files).body["value"], json!([]));
}

#[test]
fn a_status_is_changed_by_the_name_of_its_profile() {
    let mut world = World::new();
    assert_eq!(world.patch("/Users(8)", json!({"CurrentProfileName": "Out of office"})).status, 204);
    assert_eq!(world.get("/Users(8)").body["CurrentProfileName"], "Out of office");
}

#[test]
fn the_same_seed_and_clock_give_the_same_bytes() {
    let story = || {
        let mut world = World::new();
        let mut told = Vec::new();
        let mut ask = |world: &mut World, method: &str, path: &str, body: Option<Value>| {
            told.extend_from_slice(world.raw(method, path, body.as_ref()).body());
        };
        ask(&mut world, "POST", "/Users", Some(json!({"FirstName": "Twin"})));
        ask(&mut world, "POST", "/Users/Pbx.MakeCall", Some(json!({"dn": "100", "destination": "101"})));
        for path in ["/Users", "/ActiveCalls", "/CallHistoryView?$top=100", "/ChatHistoryView", "/Recordings"] {
            ask(&mut world, "GET", path, None);
        }
        world.wait(600);
        for path in ["/ActiveCalls", "/ReportAuditLog/Pbx.GetAuditLogData()", "/EventLogs"] {
            ask(&mut world, "GET", path, None);
        }
        told
    };
    assert!(story() == story());
}

#[test]
fn when_it_is_looked_at_does_not_change_what_happens() {
    let path = "/ChatHistoryView?$orderby=TimeSent desc&$top=100";
    let (mut early, mut late) = (World::new(), World::new());
    early.get(path);
    for world in [&mut early, &mut late] {
        world.wait(3 * 86_400);
        world.token = world.log_in();
    }
    assert_eq!(early.get(path).body, late.get(path).body);
}

/// What 20.0.10 has and the sandbox only answers in form: parts that need a service outside of the PBX, and telemetry.
const ONLY_IN_FORM: [&str; 13] = [
    "ai_settings.",
    "amazon_integration_settings.",
    "backups.get_sftp_host_key",
    "conference_settings.",
    "crm_integration.",
    "data_connector_settings.",
    "get_update_details.",
    "google_settings.",
    "mcp_servers.",
    "microsoft365_",
    "oauth_clients.",
    "trunks.",
    "voicemail_settings.",
];

#[test]
fn nearly_everything_is_modelled() {
    let catalog = Catalog::builtin();
    let here = || catalog.operations().filter(|operation| operation.variant(catalog.newest()).is_some());
    let missing: Vec<String> = here().filter(|o| !is_modelled(o)).map(|o| o.full_name()).collect();
    let unexpected = missing.iter().filter(|name| !ONLY_IN_FORM.iter().any(|known| name.starts_with(known)));
    assert_eq!(unexpected.collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!((here().count(), missing.len()), (602, 56));
    let generic = |kind: Kind| !matches!(kind, Kind::Function | Kind::Action);
    assert!(here().filter(|o| o.variants.iter().all(|v| generic(v.kind))).all(is_modelled));
}
