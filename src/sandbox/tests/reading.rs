//! Addresses, pages and query options.

use serde_json::{Value, json};

use crate::sandbox::tests::{NOW, World};

#[test]
fn every_answer_below_the_root_tells_the_version() {
    let mut world = World::of("20.0.8");
    for path in ["/Defs?$select=Id", "/NoSuchThing", "/Users?$top=101"] {
        let response = world.raw("GET", path, None);
        let version = response.headers().get("x-3cx-version").unwrap().to_str().unwrap().to_owned();
        assert!(version.starts_with("20.0.8."), "{path}: {version}");
        assert_eq!(world.get("/SystemStatus").body["Version"], version.as_str());
    }
}

#[test]
fn addresses() {
    let cases = [
        ("GET", "/Users(23)", 200),
        ("GET", "/Users(Id=23)", 200),
        ("GET", "/Users(Number='100')", 200),
        ("GET", "/Users(9999)", 404),
        ("GET", "/Users('23')", 404),
        ("GET", "/Users(Number=100)", 404),
        ("GET", "/users", 404),
        ("GET", "/Users/Pbx.GetByNumber(number='100')", 404),
        ("GET", "/Users(23)/Groups", 200),
        ("GET", "/Users(23)/Groups/$count", 200),
        ("GET", "/Users/$count", 200),
        ("GET", "/Users(23)/$count", 404),
        ("GET", "/Recordings(7)", 404),
        ("GET", "/GetUpdates()", 200),
        ("GET", "/GetUpdates", 200),
        ("PUT", "/Users(23)", 405),
        ("DELETE", "/Users", 405),
        ("POST", "/SystemStatus", 405),
        ("GET", "/Users(23)/Pbx.Regenerate", 405),
        ("GET", "/Backups('widgets-1.zip')/Pbx.GetBackupExtras()", 200),
        ("GET", "/EmailTemplate('%2Ftemplates%2Fen%2Fwelcome.html')", 200),
        ("GET", "/EmailTemplate('/templates/en/welcome.html')", 404),
        ("GET", "/Trunks/Pbx.InitTrunk(template='generic_sip_trunk.pv.xml')", 200),
        ("GET", "/Trunks/Pbx.InitTrunk()", 404),
        ("GET", "/Trunks/Pbx.InitTrunk(template=null)", 400),
        ("GET", "/Users%2", 400),
        ("GET", "/Users(1", 404),
    ];
    let mut world = World::new();
    for (method, path, status) in cases {
        let answer = world.ask(method, path, None);
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
    }
    assert_eq!(world.get("/Nothing").body, json!({"error": "Resource not found"}));
}

#[test]
fn quotes_in_a_key_are_doubled() {
    let mut world = World::new();
    let made = world.post("/TenantProperties", json!({"Name": "it's 50% / more", "Value": "x"}));
    assert_eq!(made.status, 201, "{}", made.body);
    let found = world.get("/TenantProperties('it''s%2050%25%20%2F%20more')");
    assert_eq!((found.status, &found.body["Value"]), (200, &json!("x")));
}

#[test]
fn a_bad_date_is_a_server_error_and_a_missing_parameter_no_address() {
    let mut world = World::new();
    let call = |from: &str| {
        format!(
            "/ReportCallLogData/Pbx.GetCallLogData(periodFrom={from},periodTo=2026-03-11T00:00:00Z,sourceType=0,\
             sourceFilter='',destinationType=0,destinationFilter='',callsType=0,callTimeFilterType=0,\
             callTimeFilterFrom='0:00:0',callTimeFilterTo='0:00:0',hidePcalls=true)"
        )
    };
    assert_eq!(world.get(&call("2026-03-10T00:00:00Z")).status, 200);
    assert_eq!(world.get(&call("yesterday")).status, 500);
    assert_eq!(world.get(&call("2026-03-10")).status, 500);
    assert_eq!(world.get(&call("2026-03-10T00:00:00Z").replace(",sourceType=0", "")).status, 404);
    // The order does not matter.
    let swapped = call("2026-03-10T00:00:00Z").replace("(periodFrom", "(hidePcalls=true,periodFrom");
    assert_eq!(world.get(&swapped.replace(",hidePcalls=true)", ")")).status, 200);
}

#[test]
fn operations_exist_only_on_their_releases() {
    let cases = [
        ("/Users/Pbx.GetMonitorStatus()", "20.0.8", "20.0.9"),
        ("/Users/Pbx.GetByNumber(number='100')", "20.0.7", "20.0.8"),
        ("/Users/Pbx.GetCallLog(dn='100',requestId='x')", "20.0.6", "20.0.7"),
    ];
    for (path, has, lacks) in cases {
        assert_eq!(World::of(has).get(path).status, 200, "{path} on {has}");
        assert_eq!(World::of(lacks).get(path).status, 404, "{path} on {lacks}");
    }
    assert_eq!(World::of("20.0.5").get("/Holidays").status, 404);
    assert_eq!(World::of("20.0.6").get("/Holidays").status, 200);
}

#[test]
fn properties_exist_only_on_their_releases() {
    let (mut old, mut new) = (World::of("20.0.8"), World::of("20.0.9"));
    assert_eq!(old.get("/Users?$select=AIAgent").status, 400);
    assert_eq!(new.get("/Users?$select=AIAgent").status, 200);
    assert!(old.get("/Users(23)").body.get("AIAgent").is_none());
    assert!(new.get("/Users(23)").body.get("AIAgent").is_some());
    let refused = old.post("/Users", json!({"AIAgent": true}));
    assert_eq!(refused.refusal(), (400, "The property 'AIAgent' does not exist on type 'Pbx.User'.", "AIAgent"));
}

#[test]
fn pages() {
    let mut world = World::new();
    let all = world.column("/Users?$orderby=Number", "Number");
    assert_eq!((all.len(), all[0].as_str()), (17, Some("100")));
    assert_eq!(world.column("/Users?$orderby=Number&$top=5&$skip=10", "Number"), &all[10..15]);
    assert_eq!(world.column("/Users?$orderby=Number&$skip=15&$top=100", "Number"), &all[15..]);
    assert!(world.column("/Users?$skip=17", "Number").is_empty());
    assert!(world.column("/Users?$top=0", "Number").is_empty());
    let counted = world.get("/Users?$count=true&$top=2&$filter=Number lt '105'");
    assert_eq!((counted.body["@odata.count"].as_i64(), counted.rows().len()), (Some(5), 2));
    let names: Vec<&String> = counted.body.as_object().unwrap().keys().take(2).collect();
    assert_eq!(names, ["@odata.context", "@odata.count"]);
    let raw = world.raw("GET", "/Users/$count?$filter=Number lt '105'", None);
    assert_eq!(raw.body(), "5");
}

#[test]
fn a_page_holds_a_hundred_rows() {
    let mut world = World::new();
    let message = "The limit of '100' for Top query has been exceeded. The value from the incoming request is '101'.";
    for set in ["/Users", "/CallHistoryView", "/Defs/TimeZones"] {
        let refused = world.get(&format!("{set}?$top=101"));
        assert_eq!((refused.status, refused.body["error"]["message"].as_str()), (400, Some(message)), "{set}");
        assert_eq!(world.get(&format!("{set}?$top=100")).status, 200);
    }
    // Without a limit everything comes; reports take larger pages.
    assert!(world.get("/ChatHistoryView").rows().len() > 1500);
    assert_eq!(world.get("/Users/Pbx.ExportExtensions()?$top=1000").status, 200);
}

#[test]
fn orders() {
    let mut world = World::new();
    let descending = world.column("/Users?$orderby=Number desc", "Number");
    assert_eq!(descending[0], "116");
    // Ties are settled by the next key, then by the id.
    let rows = world.column("/Users?$orderby=Enabled,LastName desc", "LastName");
    assert_eq!((rows[0].as_str(), rows[1].as_str()), (Some("Pemberton"), Some("Rosewood")));
    let ids = world.column("/Users?$orderby=Enabled desc", "Id");
    assert!(ids[..16].windows(2).all(|pair| pair[0].as_i64() < pair[1].as_i64()));
    assert_eq!(world.column("/Users?$orderby=length(LastName) desc&$top=1", "LastName"), ["Quillfeather"]);
    assert_eq!(world.get("/Users?$orderby=Nothing").status, 400);
    assert_eq!(world.get("/Users?$orderby=Number sideways").status, 400);
}

#[test]
fn selections_and_expansions() {
    let mut world = World::new();
    let row =
        world.get("/Users(Number='101')?$select=Number,FirstName&$expand=Groups($select=Name;$orderby=Name desc)");
    let expected = json!({
        "@odata.context": "http://localhost/xapi/v1/$metadata#Users(Number,FirstName)/$entity",
        "FirstName": "Bruno", "Number": "101", "Groups": [{"Name": "Sales"}, {"Name": "Management"}],
    });
    assert_eq!(row.body, expected);
    // Navigation is absent unless it is asked for, at every depth.
    let plain = world.get("/Users(Number='101')").body;
    assert!(["Groups", "ForwardingProfiles", "Phones"].iter().all(|name| plain.get(name).is_none()));
    let expanded = world.get("/Users(Number='101')?$expand=Groups($filter=Name eq 'Sales')").body;
    assert_eq!(expanded["Groups"].as_array().unwrap().len(), 1);
    assert!(expanded["Groups"][0].get("Rights").is_none());
    let nested = world.get("/Users(Number='101')?$expand=Groups($expand=Rights($select=RoleName);$top=1),Phones").body;
    assert_eq!(nested["Groups"][0]["Rights"], json!({"RoleName": "managers"}));
    assert_eq!(nested["Phones"][0]["Name"], "Desk phone");
    for wrong in ["Hours", "Nothing", "Groups($expand=Nothing)", "Groups(", "Groups($filter=Name eq 'x)"] {
        assert_eq!(world.get(&format!("/Users?$expand={wrong}")).status, 400, "{wrong}");
    }
}

#[test]
fn a_script_comes_only_when_it_is_selected() {
    let mut world = World::new();
    assert!(world.get("/CallFlowApps").rows()[0].get("ScriptCode").is_none());
    let script = world.column("/CallFlowApps?$select=ScriptCode", "ScriptCode");
    assert!(script[0].as_str().unwrap().contains("OrderStatus"));
}

#[test]
fn options_that_do_not_fit_are_refused() {
    let mut world = World::new();
    let paths = [
        "/Users?$top=-1",
        "/Users?$top=x",
        "/Users?$skip=1.5",
        "/Users?$count=maybe",
        "/Users?$wrong=1",
        "/Users?$top=1&$top=2",
        "/Users(23)?$filter=Id eq 1",
        "/Users(23)?$top=1",
        "/Users?$select=Nothing",
        "/Users?$filter=%zz",
    ];
    for path in paths {
        assert_eq!(world.get(path).status, 400, "{path}");
    }
    // Options of others and options without the dollar are fine.
    assert_eq!(world.column("/Users?top=2&_=123", "Number").len(), 2);
}

#[test]
fn function_lists_take_the_options_that_the_catalog_names() {
    let mut world = World::of("20.0.8");
    let path = "/Users/Pbx.GetMonitorStatus()?$filter=Expiration gt 0&$count=true&$skip=0&$top=500&$search=1";
    assert_eq!(world.get(path).body["@odata.count"], 3);
    assert_eq!(world.post("/Users(23)/Pbx.SetMonitorStatus", json!({"days": 3})).status, 204);
    let expiration = NOW.parse::<jiff::Timestamp>().unwrap().as_second() + 3 * 86_400;
    assert_eq!(world.get(path).body["value"][3], json!({"DN": "116", "Expiration": expiration}));
    // This function takes no `$select`.
    assert_eq!(world.get("/Users/Pbx.GetMonitorStatus()?$select=DN").status, 400);
    // Only those who are monitored: not whose time is over, and not whose is ended.
    world.wait(4 * 86_400);
    world.token = world.log_in();
    assert_eq!(world.get("/Users/Pbx.GetMonitorStatus()").rows().len(), 3);
    for id in [7, 8, 9] {
        assert_eq!(world.post(&format!("/Users({id})/Pbx.SetMonitorStatus"), json!({"days": 0})).status, 204);
    }
    assert_eq!(world.get("/Users/Pbx.GetMonitorStatus()").rows().len(), 0);
}

#[test]
fn settings_can_be_read_and_changed() {
    let mut world = World::new();
    let before = world.get("/GeneralSettingsForPbx").body;
    assert_eq!(before["OperatorExtension"], "115");
    assert_eq!(world.patch("/GeneralSettingsForPbx", json!({"PlayBusy": false})).status, 204);
    let after = world.get("/GeneralSettingsForPbx").body;
    assert_eq!((&after["PlayBusy"], &after["OperatorExtension"]), (&json!(false), &json!("115")));
    assert_eq!(world.patch("/GeneralSettingsForPbx", json!({"PlayBusy": "no"})).status, 400);
    assert_eq!(world.get("/OfficeHours?$expand=OfficeHolidays").body["OfficeHolidays"].as_array().unwrap().len(), 4);
    let schedule = json!({"settings": {"Rotation": 5, "ScheduleEnabled": true}});
    assert_eq!(world.post("/Backups/Pbx.SetBackupSettings", schedule).status, 204);
    assert_eq!(world.get("/Backups/Pbx.GetBackupSettings()").body["Rotation"], 5);
}

#[test]
fn answers_without_behaviour_say_so() {
    let mut world = World::new();
    let note = |response: http::Response<bytes::Bytes>| {
        response.headers().get("x-sandbox-note").map(|value| value.to_str().unwrap().to_owned())
    };
    let path = "/ConferenceSettings/Pbx.GetMCURows()";
    assert_eq!(note(world.raw("GET", path, None)).as_deref(), Some("no behaviour"));
    assert_eq!(note(world.raw("GET", "/Users", None)), None);
    assert_eq!(note(world.raw("GET", "/Queues/Pbx.GetFirstAvailableQueueNumber()", None)), None);
}

#[test]
fn peers_are_everything_with_a_number() {
    let mut world = World::new();
    let peer = world.get("/Peers(Number='800')?$expand=MemberOf").body;
    assert_eq!((&peer["Name"], &peer["Type"]), (&json!("Sales queue"), &json!("Queue")));
    assert_eq!(peer["MemberOf"][0]["Name"], "Sales");
    let asked = json!({"peersRequest": {"DnNumbers": ["100", "820", "999"], "IsReportPeers": false}});
    let found = world.post("/Peers/Pbx.RetreivePeersByNumbers", asked);
    let types: Vec<&Value> = found.rows().iter().map(|peer| &peer["Type"]).collect();
    assert_eq!(types, ["Extension", "IVR"]);
}
