//! What a PBX refuses, and what it clears up when something goes.

use serde_json::json;

use crate::sandbox::tests::{World, refused};

const RANGE: &str = "WARNINGS.XAPI.OUT_OF_THE_RANGE";
const NOT_FOUND: &str = "WARNINGS.XAPI.NOT_FOUND";
const NO_EXTENSION: &str = "WARNINGS.XAPI.NON_EXISTENT_EXT_NUMBER";
const DUPLICATE: &str = "WARNINGS.XAPI.DUPLICATE";
const PIN: &str = "WARNINGS.XAPI.INVALID_PIN_NUMBER";
const MASK: &str = "WARNINGS.INVALID_IP_MASK";
const HEX: &str = "WARNINGS.XAPI.INVALID_HEX_CHARACTER";
const DOWNGRADE: &str = "WARNINGS.XAPI.USER_ROLE_DOWNGRADE";

#[test]
fn values_out_of_bounds_or_form() {
    let long = "x".repeat(256);
    refused(vec![
        ("POST", "/Holidays", json!({"Name": "x", "Day": 32}), RANGE, "Day"),
        ("POST", "/Holidays", json!({"Name": "x", "MonthEnd": 0}), RANGE, "MonthEnd"),
        ("POST", "/Holidays", json!({"Name": "x", "Day": 256}), RANGE, "Day"),
        ("PATCH", "/Receptionists(29)", json!({"Timeout": -1}), RANGE, "Timeout"),
        ("PATCH", "/Queues(24)", json!({"RingTimeout": -5}), RANGE, "RingTimeout"),
        ("PATCH", "/Queues(24)", json!({"RingTimeout": 3_000_000_000u64}), RANGE, "RingTimeout"),
        ("POST", "/Trunks", json!({"Gateway": {"Port": 70_000}}), RANGE, "Gateway.Port"),
        ("PATCH", "/GeneralSettingsForPbx", json!({"BusyMonitorTimeout": -1}), RANGE, "BusyMonitorTimeout"),
        ("POST", "/Groups", json!({"Name": long}), "WARNINGS.LENGTH_NOT_MORE_255_CHARS", "Name"),
        ("POST", "/Blocklist", json!({"IPAddrMask": "300.0.0.1"}), MASK, "IPAddrMask"),
        ("POST", "/Blocklist", json!({"IPAddrMask": "192.0.2.0/33"}), MASK, "IPAddrMask"),
        ("POST", "/Blocklist", json!({"IPAddrMask": "192.0.2.0/255.0.255.0"}), MASK, "IPAddrMask"),
        ("POST", "/Users", json!({"VMPIN": "12"}), PIN, "VMPIN"),
        ("POST", "/Users", json!({"VMPIN": "12ab56"}), PIN, "VMPIN"),
        ("POST", "/Users", json!({"VMPIN": "4711", "Number": "4711"}), PIN, "VMPIN"),
        ("POST", "/Users", json!({"Phones": [{"MacAddress": "0G"}]}), HEX, "Phones[0].MacAddress"),
        (
            "POST",
            "/Users",
            json!({"TranscriptionMode": "Loud"}),
            "The value 'Loud' is not a member of the enumeration 'Pbx.TranscriptionType'.",
            "TranscriptionMode",
        ),
    ]);
}

#[test]
fn references_that_lead_nowhere() {
    let route =
        |number: &str| json!({"Route": {"To": "Queue", "Number": number}, "Prompt": "", "IsPromptEnabled": false});
    let away = json!([{"Name": "Away", "Id": 0, "AwayRoute": {"External": {"To": "Extension", "Number": "998"}}}]);
    refused(vec![
        ("PATCH", "/Groups(2)", json!({"OfficeRoute": route("899")}), NOT_FOUND, "OfficeRoute.Route.Number"),
        (
            "PATCH",
            "/Users(8)",
            json!({"ForwardingProfiles": away}),
            NO_EXTENSION,
            "ForwardingProfiles[0].AwayRoute.External.Number",
        ),
        ("PATCH", "/Users(8)", json!({"PromptSet": "none"}), NOT_FOUND, "PromptSet"),
        ("PATCH", "/Users(8)", json!({"CurrentProfileName": "Asleep"}), NOT_FOUND, "CurrentProfileName"),
        ("PATCH", "/Users(8)", json!({"PrimaryGroupId": 5}), NOT_FOUND, "PrimaryGroupId"),
        (
            "PATCH",
            "/Users(8)",
            json!({"Phones": [{"MacAddress": "02005E100004"}]}),
            "WARNINGS.XAPI.MAC_USED_BY",
            "Phones[0].MacAddress",
        ),
        ("PATCH", "/Queues(24)", json!({"Managers": [{"Number": "810"}]}), NO_EXTENSION, "Managers[0].Number"),
        ("PATCH", "/RingGroups(27)", json!({"Members": [{}]}), "WARNINGS.XAPI.REQUIRED", "Members[0].Number"),
        ("PATCH", "/OfficeHours", json!({"TimeZoneId": "999"}), "WARNINGS.XAPI.INVALID_TIMEZONE", "TimeZoneId"),
        ("PATCH", "/GeneralSettingsForPbx", json!({"OperatorExtension": "800"}), NO_EXTENSION, "OperatorExtension"),
        ("POST", "/OutboundRules", json!({"Name": "x", "GroupIds": [1, 99]}), NOT_FOUND, "GroupIds"),
        (
            "POST",
            "/InboundRules",
            json!({"RuleName": "x", "TrunkDN": {"Number": "10099"}}),
            NOT_FOUND,
            "TrunkDN.Number",
        ),
        ("POST", "/Holidays", json!({"Name": "x", "Group": "GRP0099"}), NOT_FOUND, "Group"),
        (
            "POST",
            "/Receptionists",
            json!({"Name": "x", "TimeoutForwardType": "Queue", "TimeoutForwardDN": "898"}),
            NOT_FOUND,
            "TimeoutForwardDN",
        ),
        (
            "POST",
            "/DNProperties/Pbx.UpdateDNProperty",
            json!({"dnNumber": "100", "property": {"Name": "NONE", "Value": "1"}}),
            NOT_FOUND,
            "property.Name",
        ),
    ]);
}

#[test]
fn twins() {
    let aino = json!({"FirstName": "Aino", "LastName": "Testerson", "CompanyName": "Acme Example",
        "PhoneNumber": "+15550102101", "Email": "aino@acme.example.com"});
    refused(vec![
        ("POST", "/Contacts", aino, DUPLICATE, "PhoneNumber"),
        ("POST", "/BlackListNumbers", json!({"CallerId": "+15550199001"}), DUPLICATE, "CallerId"),
        ("POST", "/Blocklist", json!({"IPAddrMask": "203.0.113.0/24"}), DUPLICATE, "IPAddrMask"),
        ("POST", "/Parameters", json!({"Name": "COUNTRYCODE", "Value": "2"}), DUPLICATE, "Name"),
        ("PATCH", "/Parameters(1)", json!({"Name": "COUNTRYCODE"}), DUPLICATE, "Name"),
        ("POST", "/Playlists", json!({"Name": "Hold music"}), DUPLICATE, "Name"),
        ("POST", "/Users", json!({"Groups": [{"GroupId": 2}, {"Number": "GRP0001"}]}), DUPLICATE, "Groups[1].GroupId"),
        (
            "PATCH",
            "/Queues(24)",
            json!({"Agents": [{"Number": "100"}, {"Number": "100"}]}),
            DUPLICATE,
            "Agents[1].Number",
        ),
    ]);
    let mut world = World::new();
    let property = json!({"dnNumber": "100", "property": {"Name": "COLOUR", "Value": "blue"}});
    assert_eq!(world.post("/DNProperties/Pbx.CreateDNProperty", property.clone()).status, 204);
    let again = world.post("/DNProperties/Pbx.CreateDNProperty", property);
    assert_eq!(again.refusal(), (400, DUPLICATE, "property.Name"));
}

#[test]
fn the_system_keeps_an_owner() {
    let users = json!([{"GroupId": 6, "Rights": {"RoleName": "users"}}]);
    let members = json!([{"Number": "100", "Rights": {"RoleName": "users"}}]);
    refused(vec![
        ("PATCH", "/Users(7)", json!({"Groups": users}), DOWNGRADE, "Groups"),
        ("PATCH", "/Groups(6)", json!({"Members": members}), DOWNGRADE, "Members"),
        ("PATCH", "/Groups(6)", json!({"Members": []}), DOWNGRADE, "Members"),
        ("POST", "/Users/Pbx.BulkUpdate", json!({"ids": [8, 7], "user": {"Groups": users}}), DOWNGRADE, "Groups"),
    ]);
    let mut world = World::new();
    let last = world.delete("/Users(7)");
    assert_eq!((last.status, last.refusal().1), (400, "WARNINGS.USER_EXTENSION_CANNOT_BE_DELETED"));
    // With another owner, the first may go; two at once may not.
    let owner = json!({"Groups": [{"GroupId": 6, "Rights": {"RoleName": "system_owners"}}]});
    assert_eq!(world.patch("/Users(8)", owner).status, 204);
    let before = world.snapshot();
    let both = world.post("/Users/Pbx.BulkUpdate", json!({"ids": [7, 8], "user": {"Groups": users}}));
    assert_eq!(both.refusal(), (400, DOWNGRADE, "Groups"));
    assert!(world.snapshot() == before);
    assert_eq!(world.delete("/Users(7)").status, 204);
}

#[test]
fn departments_have_ranges() {
    let mut world = World::new();
    let props = json!({"UserNumberFrom": "300", "UserNumberTo": "301", "SystemNumberFrom": "850",
        "SystemNumberTo": "851", "TrunkNumberFrom": "10050", "TrunkNumberTo": "10051"});
    let group = world.post("/Groups", json!({"Name": "Branch", "Props": props})).body["Id"].clone();
    let here = json!([{"GroupId": group}]);
    let made = |world: &mut World, set: &str, name: &str| {
        let body = json!({name: "x", "Groups": here});
        world.post(set, body)
    };
    assert_eq!(made(&mut world, "/Users", "FirstName").body["Number"], "300");
    assert_eq!(made(&mut world, "/Users", "FirstName").body["Number"], "301");
    let full = made(&mut world, "/Users", "FirstName");
    assert_eq!(full.refusal().1, "WARNINGS.NO_MORE_NUMBERS_AVAILABLE");
    assert_eq!(made(&mut world, "/Queues", "Name").body["Number"], "850");
    assert_eq!(made(&mut world, "/Receptionists", "Name").body["Number"], "851");
    assert_eq!(world.post("/Trunks", json!({"Groups": here})).body["Number"], "10050");
    let outside = world.post("/Users", json!({"Number": "302", "Groups": here}));
    assert_eq!(outside.refusal(), (400, RANGE, "Number"));
    // Elsewhere numbers go on as before.
    assert_eq!(world.post("/Users", json!({})).body["Number"], "117");
    assert_eq!(world.post("/Users", json!({"Number": "777"})).status, 201);
}

#[test]
fn what_is_in_use_stays() {
    let mut world = World::new();
    let code = |answer: crate::sandbox::tests::Answer| (answer.status, answer.refusal().1.to_owned());
    let trunk = world.delete("/Trunks(38)");
    assert_eq!(code(trunk), (400, "WARNINGS.CANNOT_DELETE_TRUNKS_BINDED_ERMERGENCY_NUMBER".to_owned()));
    assert_eq!(world.patch("/MusicOnHoldSettings", json!({"MusicOnHold": "Hold music"})).status, 204);
    assert_eq!(code(world.delete("/Playlists('Hold music')")), (400, "WARNINGS.XAPI.PLAYLIST_IN_USE".to_owned()));
    assert_eq!(world.patch("/MusicOnHoldSettings", json!({"MusicOnHold": ""})).status, 204);
    assert_eq!(world.delete("/Playlists('Hold music')").status, 204);
    let operator = world.column("/Users?$filter=Number eq '115'", "Id")[0].clone();
    let path = format!("/Users({operator})");
    assert_eq!(code(world.delete(&path)), (400, "WARNINGS.OPERATOR_CANNOT_BE_DELETED".to_owned()));
    assert_eq!(world.patch("/GeneralSettingsForPbx", json!({"OperatorExtension": "101"})).status, 204);
    let parameter = "/Parameters/Pbx.GetParameterByName(name='OPERATOREXTENSION')";
    assert_eq!(world.get(parameter).body["Value"], "101");
    assert_eq!(world.delete(&path).status, 204);
}

#[test]
fn what_leads_to_something_that_went_ends_the_call() {
    let mut world = World::new();
    let queue = world.column("/Queues?$filter=Number eq '800'", "Id")[0].clone();
    assert_eq!(world.delete(&format!("/Queues({queue})")).status, 204);
    let rule = world.get("/InboundRules?$filter=RuleName eq 'Sales direct'").rows()[0].clone();
    assert_eq!(
        (&rule["OfficeHoursDestination"]["To"], &rule["OfficeHoursDestination"]["Number"]),
        (&json!("None"), &json!(""))
    );
    let menu = world.get("/Receptionists(Number='820')?$expand=Forwards").body;
    assert_eq!(
        (&menu["Forwards"][0]["ForwardType"], &menu["Forwards"][0]["ForwardDN"]),
        (&json!("EndCall"), &json!(""))
    );
    assert_eq!(menu["Forwards"][1]["ForwardDN"], "801");
    // A trunk takes its rules with it and leaves the routes of others.
    assert_eq!(world.delete("/Trunks(39)").status, 204);
    let routes = world.column("/OutboundRules?$filter=Name eq 'International'", "Routes");
    assert_eq!(routes[0].as_array().unwrap().len(), 1);
}

#[test]
fn another_department_can_become_the_default() {
    let mut world = World::new();
    let refused = world.patch("/Groups(1)", json!({"IsDefault": false}));
    assert_eq!(refused.refusal(), (400, "WARNINGS.XAPI.FORBIDDEN_CHANGE", "IsDefault"));
    assert_eq!(world.patch("/Groups(2)", json!({"IsDefault": true})).status, 204);
    assert_eq!(world.column("/Groups?$filter=IsDefault", "Id"), [2]);
}

#[test]
fn outbound_rules_keep_a_strict_order() {
    let mut world = World::new();
    let path = "/OutboundRules?$orderby=Priority";
    assert_eq!(world.post("/OutboundRules", json!({"Name": "First choice", "Priority": 1})).status, 201);
    assert_eq!(world.column(path, "Name"), ["Emergency", "First choice", "International", "National"]);
    assert_eq!(world.column(path, "Priority"), [0, 1, 2, 3]);
    assert_eq!(world.patch("/OutboundRules(4)", json!({"Priority": 3})).status, 204);
    assert_eq!(world.column(path, "Name"), ["Emergency", "International", "National", "First choice"]);
    assert_eq!(world.delete("/OutboundRules(2)").status, 204);
    assert_eq!(world.column(path, "Priority"), [0, 1, 2]);
    assert_eq!(world.post("/OutboundRules/Pbx.Purge", json!({"purgeObject": {"Ids": [4]}})).status, 204);
    assert_eq!(world.column(path, "Name"), ["Emergency", "National"]);
}
