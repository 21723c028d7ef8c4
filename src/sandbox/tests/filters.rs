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
    ("not Enabled eq true", "114"),
    ("not Number in ('100') and Number lt '102'", "101"),
    ("not (Number in ('100', '101')) and Number lt '103'", "102"),
    ("Number gt '113' eq true", "114 115 116"),
    ("Enabled eq (Number gt '113')", "115 116"),
    ("Id sub 7 eq 0", "100"),
    ("Id mod 10 eq 8 or -Id ge -7", "100 101 111"),
    ("Number ge '99'", ""),
    ("substring(LastName, 4) eq 'wood'", "116"),
    ("substring(LastName, 0, 4) eq 'Rose'", "116"),
    ("length(concat(FirstName, LastName)) gt length(EmailAddress)", ""),
    ("$it/Number eq '100'", "100"),
    ("$it/Hours/Type eq 'AllHours' and Id le 8", "100 101"),
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
    ("Groups/any(g: g/Rights/RoleName eq 'receptionists' and Number eq '115')", "115"),
    ("Groups/any(g: Groups/all(h: h/GroupId eq g/GroupId) and g/Name eq 'Management')", "100 116"),
    ("Groups/any(g: not (g/Name eq 'Sales')) and Groups/any(g: g/Name eq 'Sales')", "101 115"),
    ("Groups/any() and not Phones/any() and Enabled and Groups/$count eq 2", ""),
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
        ("/Groups", "TranscriptionMode has 'Nothing'", 6),
        ("/Groups", "Members/$count gt 5 and Members/any(m: m/Type eq 'Queue')", 2),
        ("/Groups", "Members/any(m: m/MemberName ne null) and HasMembers", 6),
        ("/Trunks", "'%2B15550100202' in DidNumbers", 1),
        ("/Trunks", "DidNumbers/any(d: endswith(d, '109')) and DidNumbers/$count eq 10", 1),
        ("/EventLogs", "TimeGenerated ge now() sub duration'P1D'", 3),
        ("/EventLogs", "now() sub TimeGenerated lt duration'P1D'", 3),
        ("/EventLogs", "TimeGenerated gt mindatetime() and TimeGenerated lt maxdatetime()", 36),
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

/// What is wrong with a filter, and at which position.
const WRONG: &[(&str, &str, usize)] = &[
    ("Nothing eq 1", "Could not find a property named 'Nothing' on type 'Pbx.User'.", 0),
    ("Id eq 1 or Hours/Nothing eq 1", "Could not find a property named 'Nothing' on type 'Pbx.Schedule'.", 17),
    ("Number/Length eq 1", "Could not find a property named 'Length' on type 'Edm.String'.", 7),
    ("Groups/Name eq 'Sales'", "Could not find a property named 'Name' on type 'Collection(Pbx.UserGroup)'.", 7),
    ("Hours/any(h: true)", "Could not find a property named 'any' on type 'Pbx.Schedule'.", 6),
    ("Number eq", "Syntax error", 9),
    ("Number eq '100", "Syntax error", 10),
    ("Number eq '100' and", "Syntax error", 19),
    ("(Number eq '100'", "Syntax error", 16),
    ("Number eq '100')", "Syntax error", 15),
    ("Number = '100'", "Syntax error", 7),
    ("Number like '1'", "Syntax error", 7),
    ("Number eq 100", "Found operand types 'Edm.String' and 'Edm.Int32' for operator kind 'Equal'.", 7),
    ("Id eq '7'", "Found operand types 'Edm.Int32' and 'Edm.String' for operator kind 'Equal'.", 3),
    ("LastName eq 'ü' and Id eq '7'", "Found operand types 'Edm.Int32' and 'Edm.String'", 23),
    ("Id in (1, 'x')", "Found operand types 'Edm.Int32' and 'Edm.String' for operator kind 'In'.", 3),
    ("Number add 'x' eq 'y'", "Found operand types 'Edm.String' and 'Edm.String' for operator kind 'Add'.", 7),
    ("Id mul duration'PT1S' add 2 eq 1", "Found operand types 'Edm.Duration' and 'Edm.Int32'", 22),
    ("Groups eq null", "Found operand types 'Collection(Pbx.UserGroup)' and 'null'", 7),
    ("Hours eq Hours", "Found operand types 'Pbx.Schedule' and 'Pbx.Schedule'", 6),
    ("QueueStatus gt 'LoggedIn'", "for operator kind 'GreaterThan'.", 12),
    ("QueueStatus eq 'Asleep'", "The string 'Asleep' is not a valid enumeration type constant.", 15),
    ("QueueStatus eq Pbx.QueueStatusType'Asleep'", "The string 'Asleep' is not a valid enumeration", 15),
    ("QueueStatus eq Pbx.PeerType'Queue'", "Found operand types 'Pbx.QueueStatusType' and 'Pbx.PeerType'", 12),
    ("QueueStatus eq Pbx.Nothing'x'", "'Pbx.Nothing' before a quoted value is no known type.", 15),
    ("QueueStatus eq tolower('LoggedIn')", "Found operand types 'Pbx.QueueStatusType' and 'Edm.String'", 12),
    ("Id eq datetime'2026-01-01'", "'datetime' before a quoted value is no known type.", 6),
    ("Id eq duration'1S'", "'1S' is not a duration.", 6),
    ("Number", "A filter must evaluate to a single boolean value, not to 'Edm.String'.", 0),
    ("Groups/any(g: g/Name)", "must evaluate to a single boolean value, not to 'Edm.String'.", 14),
    ("Id eq 1 eq 'x'", "Found operand types 'Edm.Boolean' and 'Edm.String'", 8),
    ("FirstName and Enabled", "Found operand types 'Edm.String' and 'Edm.Boolean' for operator kind 'And'.", 10),
    ("not Id", "Found operand type 'Edm.Int32' for operator kind 'Not'.", 0),
    ("-Number eq '1'", "Found operand type 'Edm.String' for operator kind 'Negate'.", 0),
    ("sqrt(Id) eq 2", "An unknown function with name 'sqrt' was found.", 0),
    ("cast(Id, Edm.String) eq '7'", "The function 'cast' is not supported.", 0),
    ("Enabled and isof(Pbx.User)", "The function 'isof' is not supported.", 12),
    ("contains(Id, '1')", "considered are: contains(Edm.String, Edm.String).", 0),
    ("contains(Number)", "No function signature for the function with name 'contains'", 0),
    ("substring(Number) eq ''", "substring(Edm.String, Edm.Int32); substring(Edm.String, Edm.Int32, Edm.Int32).", 0),
    ("now(1) eq null", "considered are: now().", 0),
    ("contains(Number,)", "Syntax error", 16),
    ("Id in ()", "Syntax error", 7),
    ("Id in (1,)", "Syntax error", 9),
    ("Id in 1", "Found operand types 'Edm.Int32' and 'Edm.Int32' for operator kind 'In'.", 3),
    ("Id has 'x'", "for operator kind 'Has'.", 3),
    ("Groups/any(g g/Id eq 1)", "Syntax error", 13),
    ("Groups/any(g: x/Id eq 1)", "Could not find a property named 'x' on type 'Pbx.User'.", 14),
    ("Groups/any(g: g/Id eq 1) and g/Id eq 1", "Could not find a property named 'g' on type 'Pbx.User'.", 29),
    ("Groups/all()", "'all' needs a condition.", 7),
    ("Id eq @p1", "Parameter aliases like '@p1' are not supported.", 6),
    ("$it eq null", "Could not find a property named '$it'", 0),
    ("Id eq 5-3", "Syntax error", 6),
    ("Id eq 0x10", "Syntax error", 6),
    ("Id eq 1e", "Syntax error", 6),
    ("Id eq 1e999", "Syntax error", 6),
    ("Id eq 2026-13-01", "Syntax error", 6),
    ("", "Syntax error", 0),
];

#[test]
fn wrong_filters_say_what_and_where() {
    let mut world = World::new();
    for (filter, message, position) in WRONG {
        let answer = world.get(&format!("/Users?$filter={}", encoded(filter)));
        let said = answer.body["error"]["message"].as_str().unwrap_or_default();
        assert_eq!(answer.status, 400, "{filter}");
        assert!(said.contains(message), "{filter}: {said}");
        assert!(said.ends_with(&format!("at position {position} in '{filter}'.")), "{filter}: {said}");
    }
}

/// An address is ASCII.
fn encoded(filter: &str) -> String {
    let byte = |byte: u8| if byte.is_ascii() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    filter.bytes().map(byte).collect()
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
    assert_eq!(world.get(&format!("/Users?$filter=Enabled{}", " eq true".repeat(200))).status, 200);
    assert_eq!(world.get(&format!("/Users?$filter=Id{} eq 1", " add 1".repeat(3000))).status, 400);
    assert_eq!(world.get(&format!("/Users?$filter=Id{} eq 1", " add 1".repeat(200))).status, 200);
    assert_eq!(world.get(&format!("/Users?$filter={}Id eq 1", "- ".repeat(3000))).status, 400);
    // A tall argument in every call of a deep nest.
    let tall = format!("concat({}, 'x')", "concat(tolower('a'), ".repeat(10) + "'b'" + &")".repeat(10));
    assert_eq!(world.get(&format!("/Users?$filter=Number in ({tall}) or {tall} eq 'x'")).status, 200);
    let many = vec!["'100'"; 5000].join(",");
    assert_eq!(world.column(&format!("/Users?$filter=Number in ({many})"), "Number"), ["100"]);
    let lambdas = |depth: usize| format!("{}true{}", "Groups/any(g: ".repeat(depth), ")".repeat(depth));
    assert_eq!(world.get(&format!("/Users?$filter={}", lambdas(3))).status, 200);
    let refused = world.get(&format!("/Users?$filter={}", lambdas(4)));
    let message = refused.body["error"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("The Any/All nesting limit of '3' has been exceeded."), "{message}");
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}
