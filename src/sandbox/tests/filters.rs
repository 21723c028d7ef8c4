//! What filters find, and which are refused.

use std::time::Instant;

use serde_json::Value;

use crate::sandbox::tests::World;

/// A filter and the numbers it finds, separated by spaces.
const USERS: &[(&str, &str)] = &[
    ("Number eq '100'", "100"),
    ("'100' eq Number", "100"),
    ("Number eq '100' or Number eq '101' or Number eq '999'", "100 101"),
    ("Number gt '113' and Enabled eq true", "115 116"),
    ("not (Enabled eq true)", "114"),
    ("not Enabled", "114"),
    ("Enabled eq false or Number eq '100' and FirstName eq 'Nobody'", "114"),
    ("(Enabled eq false or Number eq '100') and FirstName eq 'Ada'", "100"),
    ("Number in ('100', '116', 'x')", "100 116"),
    ("Id in (7, 8)", "100 101"),
    ("Id ge 22", "115 116"),
    ("Id lt 8.5", "100 101"),
    ("Id ne null and Id le 7", "100"),
    ("contains(LastName, 'wood')", "116"),
    ("startswith(FirstName,'In')", "108"),
    ("endswith(EmailAddress, 'calderon@example.com')", "101"),
    ("tolower(FirstName) eq 'ada'", "100"),
    ("toupper(FirstName) eq 'ADA'", "100"),
    ("length(FirstName) eq 2", ""),
    ("length(LastName) ge 11", "115"),
    ("indexof(LastName, 'wood') eq 4", "116"),
    ("concat(FirstName, LastName) eq 'AdaBrightwell'", "100"),
    ("QueueStatus eq 'LoggedOut' and Enabled eq true", "104 108"),
    ("QueueStatus eq Pbx.QueueStatusType'LoggedOut' and Enabled eq true", "104 108"),
    ("Hours/Type eq 'AllHours' and Number eq '100'", "100"),
    ("Hours/Type ne 'AllHours'", ""),
    ("Groups/any(g: g/Name eq 'Management')", "100 101 116"),
    ("Groups/any(g: g/Rights/RoleName eq 'receptionists')", "115"),
    ("Groups/all(g: g/Name eq 'Warehouse')", "112 113 114"),
    ("Groups/$count gt 1", "101 115"),
    ("Tags/any()", ""),
    ("ForwardingProfiles/any(p: p/AwayRoute/AllHoursExternal eq true) and Number eq '100'", "100"),
    ("BreakTime eq null and Number eq '100'", ""),
    ("AccessPassword eq null", ""),
    ("LastName eq 'O''Nobody'", ""),
    ("((((Number eq '100'))))", "100"),
    ("Enabled eq null", ""),
    ("not (Enabled eq null) and Number eq '100'", "100"),
];

#[test]
fn users() {
    let mut world = World::new();
    for (filter, expected) in USERS {
        let found = world.column(&format!("/Users?$orderby=Number&$filter={filter}"), "Number");
        let found: Vec<&str> = found.iter().filter_map(Value::as_str).collect();
        assert_eq!(found.join(" "), *expected, "{filter}");
    }
}

#[test]
fn other_sets() {
    let cases = [
        ("/EventLogs", "Type eq 'Error'", 6),
        ("/EventLogs", "TimeGenerated ge 2026-03-11T00:00:00Z", 2),
        ("/EventLogs", "date(TimeGenerated) ge 2026-03-11", 2),
        ("/EventLogs", "TimeGenerated lt 2026-03-11T00:00:00Z", 34),
        ("/EventLogs", "year(TimeGenerated) eq 2026 and hour(TimeGenerated) eq 12", 5),
        ("/Holidays", "TimeOfEndDate eq duration'P1D'", 5),
        ("/Holidays", "TimeOfStartDate gt duration'PT1S'", 0),
        ("/Groups", "TranscriptionMode has Pbx.TranscriptionType'Nothing'", 6),
        ("/Groups", "HasMembers eq true", 6),
        ("/Queues", "Agents/any(a: a/Name eq 'Greta Hollister')", 2),
        ("/InboundRules", "TrunkDN/Number eq '10001'", 2),
        ("/InboundRules", "OfficeHoursDestination/To eq 'Queue'", 2),
        ("/CallCostSettings", "Rate gt 0.025", 2),
        ("/Recordings", "CallType eq 'InboundExternal' and IsTranscribed", 3),
        ("/Contacts", "contains(tolower(CompanyName), 'acme') and Tag ne 'vip'", 5),
        ("/DidNumbers", "RoutingRule/RuleName eq 'Main number'", 1),
    ];
    let mut world = World::new();
    for (set, filter, number) in cases {
        assert_eq!(world.column(&format!("{set}?$filter={filter}"), "Id").len(), number, "{set}: {filter}");
    }
}

#[test]
fn the_logs_can_be_filtered() {
    let mut world = World::of("20.0.6");
    let total = world.get("/CallHistoryView?$top=0&$count=true").body["@odata.count"].as_i64().unwrap();
    let count = |world: &mut World, filter: &str| {
        let answer = world.get(&format!("/CallHistoryView?$top=0&$count=true&$filter={filter}"));
        assert_eq!(answer.status, 200, "{filter}: {}", answer.body);
        answer.body["@odata.count"].as_i64().unwrap()
    };
    let answered = count(&mut world, "CallAnswered eq true");
    let missed = count(&mut world, "CallAnswered eq false");
    assert_eq!(answered + missed, total);
    assert!(missed > 100 && answered > missed);
    let long = count(&mut world, "CallTime gt duration'PT5M'");
    assert!(long > 10 && long < answered);
    assert_eq!(count(&mut world, "SegmentStartTime ge 2026-03-11T14:30:00Z"), 0);
}

#[test]
fn wrong_filters_say_where() {
    let cases = [
        ("Nothing eq 1", "Could not find a property named 'Nothing' on type 'Pbx.User'."),
        ("Hours/Nothing eq 1", "Could not find a property named 'Nothing' on type 'Pbx.Schedule'."),
        ("Number/Length eq 1", "Could not find a property named 'Length' on type 'Edm.String'."),
        ("Number eq", "Syntax error at position 9 in 'Number eq'."),
        ("Number eq '100", "Syntax error at position 10 in 'Number eq '100'."),
        ("Number eq '100' and", "Syntax error at position 19"),
        ("(Number eq '100'", "Syntax error at position 16"),
        ("Number eq '100')", "Syntax error at position 15"),
        ("Number = '100'", "Syntax error at position 7"),
        ("Number like '1'", "Syntax error at position 7"),
        ("Number eq 100", "Found operand types 'Edm.String' and 'Edm.Int32'."),
        ("Id eq '7'", "Found operand types 'Edm.Int32' and 'Edm.String'."),
        ("QueueStatus eq 'Asleep'", "The string 'Asleep' is not a valid enumeration type constant."),
        ("QueueStatus eq Pbx.QueueStatusType'Asleep'", "Syntax error at position 15"),
        ("Number", "does not evaluate to a single boolean value."),
        ("Id eq 1 eq true", "Syntax error at position 8"),
        ("FirstName and Enabled", "does not evaluate to a single boolean value."),
        ("sqrt(Id) eq 2", "An unknown function with name 'sqrt' was found."),
        ("contains(Id, '1')", "No function signature for the function with name 'contains'"),
        ("contains(Number)", "Syntax error at position 15"),
        ("Groups/any(g g/Id eq 1)", "Syntax error at position 13"),
        ("", "Syntax error at position 0"),
    ];
    let mut world = World::new();
    for (filter, message) in cases {
        let answer = world.get(&format!("/Users?$filter={filter}"));
        let said = answer.body["error"]["message"].as_str().unwrap_or_default();
        assert_eq!(answer.status, 400, "{filter}");
        assert!(said.contains(message), "{filter}: {said}");
    }
}

#[test]
fn deep_and_long_filters_are_quick() {
    let mut world = World::new();
    let nested = |depth: usize| format!("{}Number eq '100'{}", "(".repeat(depth), ")".repeat(depth));
    let start = Instant::now();
    assert_eq!(world.column(&format!("/Users?$filter={}", nested(200)), "Number"), ["100"]);
    assert_eq!(world.get(&format!("/Users?$filter={}", nested(5000))).status, 400);
    let chain = |word: &str| vec!["Number eq '100'"; 2000].join(word);
    assert_eq!(world.column(&format!("/Users?$filter={}", chain(" or ")), "Number"), ["100"]);
    assert_eq!(world.column(&format!("/Users?$filter={}", chain(" and ")), "Number"), ["100"]);
    assert_eq!(world.get(&format!("/Users?$filter={}Enabled", "not ".repeat(5000))).status, 400);
    assert_eq!(world.get(&format!("/Users?$filter={}", "tolower(".repeat(3000))).status, 400);
    let mut mixed = "Enabled".to_owned();
    for _ in 0..70 {
        mixed = format!("(not (Id gt 900 or {mixed}))");
    }
    assert_eq!(world.get(&format!("/Users?$filter={mixed}")).status, 200);
    assert_eq!(
        world
            .column(&format!("/Users?$filter={}FirstName{} eq 'ada'", "tolower(".repeat(20), ")".repeat(20)), "Number"),
        ["100"]
    );
    assert_eq!(world.get(&format!("/Users?$filter=Enabled{}", " eq true".repeat(3000))).status, 400);
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}
