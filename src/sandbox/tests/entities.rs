//! Making, changing and deleting; what is refused changes nothing.

use serde_json::{Value, json};

use crate::sandbox::tests::{World, refused};

#[test]
fn a_department() {
    let mut world = World::new();
    let made = world.post("/Groups", json!({"Name": "Field service", "TimeZoneId": "51"}));
    assert_eq!(made.status, 201, "{}", made.body);
    let expected = [
        ("Name", json!("Field service")),
        ("Number", json!("GRP0006")),
        ("IsDefault", json!(false)),
        ("HasMembers", json!(false)),
        ("CurrentGroupHours", json!("Default")),
        ("Language", json!("EN")),
    ];
    for (name, value) in expected {
        assert_eq!(made.body[name], value, "{name}");
    }
    assert!(made.body["PromptSet"].as_str().is_some_and(|id| !id.is_empty()));
    let path = format!("/Groups({})", made.body["Id"]);
    assert_eq!(world.patch(&path, json!({"Name": "Service", "Number": "GRP0006"})).status, 204);
    assert_eq!(world.get(&path).body["Name"], "Service");
    let renumbered = world.patch(&path, json!({"Number": "GRP0099"}));
    assert_eq!(renumbered.refusal(), (400, "WARNINGS.XAPI.FORBIDDEN_CHANGE", "Number"));
    let rights = world.get(&format!("{path}/Rights")).rows().len();
    assert_eq!(rights, 7);
    assert_eq!(world.delete(&path).status, 204);
    assert_eq!(world.get(&path).status, 404);
    assert_eq!(world.delete(&path).status, 404);
    // Ids do not come back, numbers do.
    let again = world.post("/Groups", json!({"Name": "Third"}));
    assert_eq!(again.body["Number"], "GRP0006");
    assert_ne!(again.body["Id"], made.body["Id"]);
}

#[test]
fn departments_that_must_stay() {
    let mut world = World::new();
    let sales = world.column("/Groups?$filter=Name eq 'Sales'", "Id")[0].clone();
    let default = world.column("/Groups?$filter=IsDefault", "Id")[0].clone();
    let refused = world.delete(&format!("/Groups({sales})"));
    assert_eq!((refused.status, refused.refusal().1), (400, "WARNINGS.GROUP_WITH_MEMBERS_CANNOT_BE_DELETED"));
    let refused = world.delete(&format!("/Groups({default})"));
    assert_eq!((refused.status, refused.refusal().1), (400, "WARNINGS.GROUP_CANNOT_BE_DELETED"));
}

#[test]
fn a_user() {
    let mut world = World::new();
    let made = world.post("/Users", json!({"FirstName": "Rita", "LastName": "Stonefield"}));
    assert_eq!((made.status, &made.body["Number"]), (201, &json!("117")), "{}", made.body);
    assert_eq!((&made.body["DisplayName"], &made.body["Enabled"]), (&json!("Rita Stonefield"), &json!(true)));
    assert!(made.body.get("Groups").is_none());
    let path = format!("/Users({})", made.body["Id"]);
    // Nobody is without a department.
    let groups = world.get(&format!("{path}?$expand=Groups($expand=Rights)")).body;
    assert_eq!(groups["Groups"][0]["Name"], "DEFAULT");
    assert_eq!(groups["Groups"][0]["Rights"]["RoleName"], "users");
    assert_eq!(groups["PrimaryGroupId"], groups["Groups"][0]["GroupId"]);
    let profiles = world.get(&format!("{path}/ForwardingProfiles"));
    assert_eq!(profiles.rows().len(), 5);
    assert_eq!(world.patch(&path, json!({"LastName": "Woodrow"})).status, 204);
    assert_eq!(world.get(&path).body["DisplayName"], "Rita Woodrow");
    assert_eq!(world.post("/Users", json!({})).body["Number"], "118");
    assert_eq!(world.get("/Users/Pbx.GetFirstAvailableExtensionNumber()").body["Number"], "119");
    assert_eq!(world.delete(&path).status, 204);
    assert_eq!(world.get("/Users/Pbx.GetFirstAvailableExtensionNumber()").body["Number"], "117");
}

#[test]
fn membership_shows_on_both_sides() {
    let mut world = World::new();
    let group = world.post("/Groups", json!({"Name": "Both"})).body["Id"].clone();
    let user = world.post("/Users", json!({"Groups": [{"GroupId": group, "Rights": {"RoleName": "managers"}}]}));
    let number = user.body["Number"].clone();
    let members = world.get(&format!("/Groups({group})/Members?$expand=Rights"));
    assert_eq!(members.rows()[0]["Number"], number);
    assert_eq!(members.rows()[0]["Rights"]["RoleName"], "managers");
    // From the other side: the list replaces what was there.
    let list = json!({"Members": [{"Number": "103", "Rights": {"RoleName": "users"}}]});
    assert_eq!(world.patch(&format!("/Groups({group})"), list).status, 204);
    let of_user = |world: &mut World, number: &Value| {
        let path = format!("/Users(Number='{}')?$expand=Groups", number.as_str().unwrap());
        let groups = world.get(&path).body["Groups"].clone();
        groups.as_array().unwrap().iter().map(|group| group["GroupId"].clone()).collect::<Vec<_>>()
    };
    assert!(of_user(&mut world, &json!("103")).contains(&group));
    // Nobody is without a department.
    let default = world.column("/Groups?$filter=IsDefault", "Id");
    assert_eq!(of_user(&mut world, &number), default);
    let path = format!("/Users({})", user.body["Id"]);
    assert_eq!(world.get(&path).body["PrimaryGroupId"], default[0]);
    // Who goes is no member any longer, and the department can go, too.
    let user = world.column("/Users?$filter=Number eq '103'", "Id")[0].clone();
    assert_eq!(world.delete(&format!("/Users({user})")).status, 204);
    assert_eq!(world.get(&format!("/Groups({group})")).body["HasMembers"], false);
    assert_eq!(world.delete(&format!("/Groups({group})")).status, 204);
}

#[test]
fn a_queue() {
    let mut world = World::new();
    let body = json!({"Name": "Returns", "Agents": [{"Number": "100"}, {"Number": "101"}], "PollingStrategy": "Hunt"});
    let made = world.post("/Queues", body);
    assert_eq!((made.status, &made.body["Number"], &made.body["RingTimeout"]), (201, &json!("803"), &json!(20)));
    let path = format!("/Queues({})", made.body["Id"]);
    let agents = world.column(&format!("{path}/Agents"), "Name");
    assert_eq!(agents, ["Ada Brightwell", "Bruno Calderon"]);
    assert_eq!(world.patch(&path, json!({"Agents": [{"Number": "102", "SkillGroup": "1"}]})).status, 204);
    assert_eq!(world.column(&format!("{path}/Agents"), "Number"), ["102"]);
    assert_eq!(world.ask("POST", &format!("{path}/Pbx.ResetQueueStatistics"), None).status, 204);
    assert_eq!(world.ask("POST", "/Queues(999)/Pbx.ResetQueueStatistics", None).status, 404);
    assert_eq!(world.delete(&path).status, 204);
    assert_eq!(world.get("/Queues/Pbx.GetFirstAvailableQueueNumber()").body["Number"], "803");
}

#[test]
fn a_receptionist() {
    let mut world = World::new();
    let body = json!({
        "Name": "Press a key", "IVRType": "Default", "Timeout": 4,
        "Forwards": [{"Input": "1", "ForwardDN": "800", "ForwardType": "Queue", "Id": 0}],
    });
    let made = world.post("/Receptionists", body);
    assert_eq!((made.status, &made.body["Number"]), (201, &json!("803")), "{}", made.body);
    let forwards = world.get(&format!("/Receptionists({})/Forwards", made.body["Id"]));
    assert!(forwards.rows()[0]["Id"].as_i64().unwrap() > 0);
    assert_eq!(forwards.rows()[0]["ForwardDN"], "800");
}

#[test]
fn a_call_flow_app() {
    let mut world = World::new();
    let made = world.post("/CallFlowApps", json!({"Name": "Survey", "ScriptCode": "// none yet"}));
    assert_eq!(made.status, 201, "{}", made.body);
    let path = format!("/CallFlowApps({})", made.body["Id"]);
    assert_eq!(world.get(&format!("{path}?$select=ScriptCode")).body["ScriptCode"], "// none yet");
    assert_eq!(world.delete(&path).status, 204);
}

#[test]
fn other_things_that_people_make() {
    let cases = [
        ("/RingGroups", json!({"Name": "Phones", "Members": [{"Number": "100"}]})),
        ("/Parkings", json!({"Number": "SP100"})),
        ("/ServicePrincipals", json!({"Number": "robot"})),
        ("/Contacts", json!({"FirstName": "Ada", "PhoneNumber": "+15550100999"})),
        (
            "/Holidays",
            json!({
                "Name": "Party", "Day": 1, "Month": 4, "DayEnd": 1, "MonthEnd": 4, "Year": 0, "YearEnd": 0,
                "IsRecurrent": true, "TimeOfStartDate": "P0D", "TimeOfEndDate": "P1D", "Group": "GRP0001",
            }),
        ),
        (
            "/Trunks",
            json!({"Number": "10005", "AuthPassword": {"Value": "secret"}, "Gateway": {"Host": "sip.example.com"}}),
        ),
        ("/OutboundRules", json!({"Name": "Mobile", "Routes": [{"TrunkId": 38}]})),
        ("/InboundRules", json!({"RuleName": "New", "Data": "+15550100105", "TrunkDN": {"Number": "10000"}})),
        ("/Parameters", json!({"Name": "NEW", "Value": "1"})),
        ("/Sbcs", json!({"Name": "sbc-2", "DisplayName": "Second"})),
    ];
    let mut world = World::new();
    for (path, body) in cases {
        let before = world.get(path).rows().len();
        let made = world.post(path, body);
        assert_eq!(made.status, 201, "{path}: {}", made.body);
        assert_eq!(world.get(path).rows().len(), before + 1, "{path}");
    }
    let trunk = world.get("/Trunks(Number='10005')").body;
    assert_eq!(trunk["AuthPassword"], json!({"Concealed": true, "Value": null}));
    // What is prepared can be made.
    let fax = world.get("/Fax/Pbx.InitFax()").body;
    let body = json!({"Number": fax["Number"], "AuthID": fax["AuthID"], "AuthPassword": fax["AuthPassword"]});
    assert_eq!(world.post("/Fax", body).status, 201);
}

#[test]
fn refusals_name_code_and_target_and_change_nothing() {
    let cases = [
        ("POST", "/Groups", json!({}), "WARNINGS.XAPI.REQUIRED", "Name"),
        ("POST", "/Groups", json!({"Name": " "}), "WARNINGS.XAPI.CAN_NOT_BE_EMPTY_STRING", "Name"),
        ("POST", "/Groups", json!({"Name": "x", "TimeZoneId": "999"}), "WARNINGS.XAPI.INVALID_TIMEZONE", "TimeZoneId"),
        (
            "POST",
            "/Groups",
            json!({"Name": "x", "Members": [{"Number": "999"}]}),
            "WARNINGS.XAPI.NOT_FOUND",
            "Members[0].Number",
        ),
        ("PATCH", "/Groups(2)", json!({"Name": null}), "WARNINGS.XAPI.REQUIRED", "Name"),
        ("POST", "/Receptionists", json!({}), "WARNINGS.XAPI.REQUIRED", "Name"),
        ("POST", "/RingGroups", json!({}), "WARNINGS.XAPI.REQUIRED", "Name"),
        ("POST", "/Queues", json!({}), "WARNINGS.XAPI.REQUIRED", "Name"),
        ("POST", "/CallFlowApps", json!({}), "WARNINGS.XAPI.REQUIRED", "Name"),
        ("POST", "/Holidays", json!({}), "WARNINGS.XAPI.REQUIRED", "Name"),
        ("POST", "/Contacts", json!({"FirstName": "x"}), "WARNINGS.XAPI.REQUIRED", "PhoneNumber"),
        ("POST", "/Contacts", json!({"PhoneNumber": "1"}), "WARNINGS.XAPI.REQUIRED", "FirstName"),
        ("POST", "/Users", json!({"Number": "800"}), "WARNINGS.XAPI.ALREADY_IN_USE", "Number"),
        ("POST", "/Queues", json!({"Name": "x", "Number": "100"}), "WARNINGS.XAPI.ALREADY_IN_USE", "Number"),
        ("POST", "/Users", json!({"Number": "abc"}), "WARNINGS.XAPI.OUT_OF_THE_RANGE", "Number"),
        (
            "PATCH",
            "/Users(23)",
            json!({"Number": "200", "FirstName": "New"}),
            "WARNINGS.XAPI.FORBIDDEN_CHANGE",
            "Number",
        ),
        ("PATCH", "/Users(23)", json!({"Id": 5}), "WARNINGS.XAPI.FORBIDDEN_CHANGE", "Id"),
        ("POST", "/Users", json!({"Groups": [{"GroupId": 999}]}), "WARNINGS.XAPI.NOT_FOUND", "Groups[0].GroupId"),
        (
            "POST",
            "/Users",
            json!({"Groups": [{"GroupId": 1, "Rights": {"RoleName": "king"}}]}),
            "WARNINGS.XAPI.NOT_FOUND",
            "Groups[0].Rights.RoleName",
        ),
        (
            "POST",
            "/Queues",
            json!({"Name": "x", "Agents": [{"Number": "800"}]}),
            "WARNINGS.XAPI.NON_EXISTENT_EXT_NUMBER",
            "Agents[0].Number",
        ),
        (
            "PATCH",
            "/Queues(24)",
            json!({"ForwardNoAnswer": {"To": "Extension", "Number": "999"}}),
            "WARNINGS.XAPI.NON_EXISTENT_EXT_NUMBER",
            "ForwardNoAnswer.Number",
        ),
        (
            "POST",
            "/Receptionists",
            json!({"Name": "x", "Forwards": [{"Input": "1", "ForwardType": "Queue", "ForwardDN": "899", "Id": 0}]}),
            "WARNINGS.XAPI.NOT_FOUND",
            "Forwards[0].ForwardDN",
        ),
        (
            "POST",
            "/OutboundRules",
            json!({"Name": "x", "Routes": [{"TrunkId": 999}]}),
            "WARNINGS.XAPI.NOT_FOUND",
            "Routes[0].TrunkId",
        ),
        (
            "POST",
            "/TenantProperties",
            json!({"Name": "COMPANY_COLOUR", "Value": "x"}),
            "WARNINGS.XAPI.DUPLICATE",
            "Name",
        ),
        ("POST", "/Users", json!({"Enabled": "yes"}), "Cannot convert the value to type 'Edm.Boolean'.", "Enabled"),
        (
            "POST",
            "/Users",
            json!({"Hours": {"Typ": "AllHours"}}),
            "The property 'Typ' does not exist on type 'Pbx.Schedule'.",
            "Hours.Typ",
        ),
        (
            "POST",
            "/Users",
            json!({"QueueStatus": "Gone"}),
            "The value 'Gone' is not a member of the enumeration 'Pbx.QueueStatusType'.",
            "QueueStatus",
        ),
        (
            "PATCH",
            "/Users(23)",
            json!({"FirstName": "New", "Id": "x"}),
            "Cannot convert the value to type 'Edm.Int32'.",
            "Id",
        ),
        ("PATCH", "/Users(23)", json!({"Blfs": "x".repeat(20481)}), "WARNINGS.STRING_TOO_LONG", "Blfs"),
        ("POST", "/Holidays", json!({"Name": "x", "Day": 300}), "WARNINGS.XAPI.OUT_OF_THE_RANGE", "Day"),
        (
            "POST",
            "/Users/Pbx.BatchDelete",
            json!({"ids": ["x"]}),
            "Cannot convert the value to type 'Edm.Int32'.",
            "ids[0]",
        ),
        (
            "POST",
            "/Users/Pbx.BatchDelete",
            json!({"id": [1]}),
            "The parameter 'id' in the request payload is not a valid parameter.",
            "id",
        ),
        ("POST", "/Users/Pbx.BatchDelete", json!({}), "The ids field is required.", "ids"),
    ];
    refused(cases);
}

#[test]
fn a_batch_tells_its_failures_in_a_success() {
    let mut world = World::new();
    let ids = world.column("/Users?$filter=Number in ('112', '115')&$orderby=Number", "Id");
    let answer = world.post("/Users/Pbx.BatchDelete", json!({"ids": [ids[0], ids[1], 9999]}));
    assert_eq!(answer.status, 200);
    let expected = json!([
        {"Error": "WARNINGS.OPERATOR_CANNOT_BE_DELETED", "ExtensionNumber": "115"},
        {"Error": "WARNINGS.XAPI.NOT_FOUND", "ExtensionNumber": "9999"},
    ]);
    assert_eq!(answer.body["value"], expected);
    assert_eq!(world.get("/Users").rows().len(), 16);
    // A phone of the ring group has gone with its user.
    assert_eq!(world.column("/RingGroups?$filter=Members/any(m: m/Number eq '112')", "Id").len(), 0);
}

#[test]
fn numbers_run_out() {
    let mut world = World::new();
    for number in 117..800 {
        let made = world.post("/Users", json!({"Number": number.to_string()}));
        assert_eq!(made.status, 201);
    }
    let refused = world.post("/Users", json!({}));
    assert_eq!((refused.status, refused.refusal().1), (400, "WARNINGS.NO_MORE_NUMBERS_AVAILABLE"));
}

#[test]
fn rules_can_be_moved() {
    let mut world = World::new();
    let path = "/OutboundRules?$orderby=Priority";
    assert_eq!(world.column(path, "Name"), ["Emergency", "International", "National"]);
    assert_eq!(world.post("/OutboundRules/Pbx.MoveUpDown", json!({"id": 3, "up": true})).status, 204);
    assert_eq!(world.column(path, "Name"), ["Emergency", "National", "International"]);
}

#[test]
fn bodies_that_are_no_json_objects_are_refused() {
    use bytes::Bytes;
    use http::Request;
    let mut world = World::new();
    let deep = format!("{{\"Name\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let cases = [("", 400), ("[]", 400), ("{", 400), ("null", 400), ("{\"Name\":1e999}", 400), (deep.as_str(), 400)];
    let ask = |world: &mut World, body: &str, kind: &str| {
        let request = Request::post("/xapi/v1/Groups").header("authorization", format!("Bearer {}", world.token));
        let request = request.header("content-type", kind).body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        crate::sandbox::handle(&mut world.pbx, request).status().as_u16()
    };
    for (body, status) in cases {
        assert_eq!(ask(&mut world, body, "application/json"), status, "{:.40}", body);
    }
    assert_eq!(ask(&mut world, "Name=x", "application/x-www-form-urlencoded"), 415);
    assert_eq!(ask(&mut world, &" ".repeat(16 * 1024 * 1024 + 1), "application/json"), 413);
    assert_eq!(ask(&mut world, "{\"Name\": \"Fine\"}", "application/json; charset=utf-8"), 201);
}

#[test]
fn holidays_can_be_written_as_lists() {
    let mut world = World::of("20.0.5");
    let day = json!({
        "Name": "Party", "Day": 1, "Month": 4, "DayEnd": 1, "MonthEnd": 4, "Year": 0, "YearEnd": 0,
        "IsRecurrent": true, "TimeOfStartDate": "P0D", "TimeOfEndDate": "P1D", "Id": 0,
    });
    assert_eq!(world.patch("/Groups(2)", json!({"OfficeHolidays": [day]})).status, 204);
    let of_group = world.get("/Groups(2)?$expand=OfficeHolidays").body["OfficeHolidays"].clone();
    assert_eq!((&of_group[0]["Name"], of_group.as_array().unwrap().len()), (&json!("Party"), 1));
    assert!(of_group[0]["Id"].as_i64().unwrap() > 0);
    assert_eq!(world.patch("/OfficeHours", json!({"OfficeHolidays": []})).status, 204);
    assert_eq!(world.get("/OfficeHours?$expand=OfficeHolidays").body["OfficeHolidays"], json!([]));
    assert_eq!(world.get("/Groups(2)?$expand=OfficeHolidays").body["OfficeHolidays"].as_array().unwrap().len(), 1);
}

#[test]
fn many_are_deleted_together_or_not_at_all() {
    let mut world = World::new();
    let before = world.snapshot();
    let ids = world.column("/Fax?$orderby=Number desc", "Id");
    let refused = world.post("/Fax/Pbx.BulkFaxDelete", json!({"ids": ids}));
    assert_eq!((refused.status, refused.refusal().1), (400, "WARNINGS.FAX_SERVER_CANNOT_BE_DELETED"));
    assert!(world.snapshot() == before);
    assert_eq!(world.post("/Contacts/Pbx.DeleteContactsById", json!({"ids": [1, 2, 999]})).status, 204);
    assert_eq!(world.get("/Contacts").rows().len(), 28);
    let missing = world.post("/Users/Pbx.BulkUpdate", json!({"user": {"Language": "DE"}, "ids": [7, 999]}));
    assert_eq!(missing.refusal(), (400, "WARNINGS.XAPI.NOT_FOUND", "ids"));
    assert_eq!(world.post("/Users/Pbx.BulkUpdate", json!({"user": {"Language": "DE"}, "ids": [7, 8]})).status, 204);
    assert_eq!(world.column("/Users?$filter=Language eq 'DE'", "Id"), [7, 8]);
}
