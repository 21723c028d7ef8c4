//! Query options: how rows are ordered, cut down, expanded and searched, and what is refused.

use serde_json::{Value, json};

use crate::sandbox::tests::World;

fn message(world: &mut World, path: &str) -> String {
    let answer = world.get(path);
    assert_eq!(answer.status, 400, "{path}: {}", answer.body);
    answer.body["error"]["message"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn order_takes_any_expression() {
    let cases = [
        ("length(LastName) desc,Number desc", "LastName", "Quillfeather"),
        ("tolower(FirstName)", "FirstName", "Ada"),
        ("Groups/$count desc,Number", "Number", "101"),
        ("Groups/$count desc,Number desc", "Number", "115"),
        ("Hours/Type,Number desc", "Number", "116"),
        ("Id mod 10,Number", "Number", "103"),
        ("-Id", "Number", "116"),
        ("Number asc", "Number", "100"),
        ("Number eq '105' desc", "Number", "105"),
        ("QueueStatus desc,Number", "Number", "104"),
    ];
    let mut world = World::new();
    for (order, property, first) in cases {
        let found = world.column(&format!("/Users?$top=1&$orderby={order}"), property);
        assert_eq!(found, [first], "{order}");
    }
    for (order, what) in [
        ("Groups", "Rows cannot be ordered by a value of type 'Collection(Pbx.UserGroup)'. This stands at position 0"),
        ("Number,Hours", "Rows cannot be ordered by a value of type 'Pbx.Schedule'. This stands at position 7"),
        ("Nothing", "Could not find a property named 'Nothing'"),
        ("Number sideways", "Syntax error at position 7 in 'Number sideways'."),
        ("Number desc asc", "Syntax error at position 12"),
        ("Number,", "Syntax error at position 7"),
        ("", "Syntax error at position 0"),
    ] {
        let said = message(&mut world, &format!("/Users?$orderby={order}"));
        assert!(said.contains(what), "{order}: {said}");
    }
}

#[test]
fn nulls_come_first_and_ties_follow_the_key() {
    let mut world = World::new();
    let made = world.post("/Contacts", json!({"FirstName": "Zed", "PhoneNumber": "1", "CompanyName": null}));
    assert_eq!(made.status, 201, "{}", made.body);
    let rows = world.column("/Contacts?$orderby=CompanyName", "FirstName");
    let last = world.column("/Contacts?$orderby=CompanyName desc", "FirstName");
    assert_eq!((rows.first(), last.last()), (Some(&json!("Zed")), Some(&json!("Zed"))));
    let ids = world.column("/Contacts?$orderby=true desc,1", "Id");
    assert!(ids.windows(2).all(|pair| pair[0].as_i64() < pair[1].as_i64()));
}

#[test]
fn a_selection_reaches_inside() {
    let mut world = World::new();
    let row = |world: &mut World, select: &str| {
        let mut body = world.get(&format!("/Users(Number='101')?$select={select}")).body;
        let context = body.as_object_mut().and_then(|body| body.shift_remove("@odata.context"));
        (context, body)
    };
    let (context, hours) = row(&mut world, "Number,Hours/Type");
    assert_eq!(hours, json!({"Hours": {"Type": "AllHours"}, "Number": "101"}));
    assert_eq!(context, Some(json!("http://localhost/xapi/v1/$metadata#Users(Number,Hours/Type)/$entity")));
    let whole = row(&mut world, "Hours").1;
    assert!(whole["Hours"].as_object().unwrap().len() > 1);
    for both in ["Hours,Hours/Type", "Hours/Type,Hours"] {
        assert_eq!(row(&mut world, both).1, whole, "{both}");
    }
    // A navigation property may be chosen, but comes only when it is expanded.
    assert_eq!(row(&mut world, "Number,Groups").1, json!({"Number": "101"}));
    let everything = row(&mut world, "*").1;
    assert_eq!(everything, row(&mut world, "Number,*").1);
    assert!(everything["EmailAddress"].is_string());
    let secret = world.get("/Trunks?$select=AuthPassword/Concealed").rows()[0].clone();
    assert_eq!(secret, json!({"AuthPassword": {"Concealed": true}}));
    for (select, what) in [
        ("Nothing", "'Nothing' on type 'Pbx.User'"),
        ("Number,Hours/Nothing", "'Nothing' on type 'Pbx.Schedule'"),
        ("Number/Length", "'Length' on type 'Edm.String'"),
        ("*,Nothing", "'Nothing' on type 'Pbx.User'"),
        ("Number,,Id", "'' on type 'Pbx.User'"),
        ("Groups/Name", "choose what is inside of it with $expand=Groups($select=…)"),
    ] {
        let said = message(&mut world, &format!("/Users?$select={select}"));
        assert!(said.contains(what), "{select}: {said}");
    }
}

#[test]
fn an_expansion_has_options_of_its_own() {
    let mut world = World::new();
    let mut groups =
        |options: &str| world.get(&format!("/Users(Number='101')?$select=Number&$expand=Groups({options})")).body;
    let names = |body: &Value| -> Vec<String> {
        body["Groups"].as_array().unwrap().iter().map(|group| group["Name"].as_str().unwrap().to_owned()).collect()
    };
    let counted = groups("$count=true;$top=1;$skip=1;$orderby=Name desc;$select=Name");
    assert_eq!((&counted["Groups@odata.count"], names(&counted)), (&json!(2), vec!["Management".to_owned()]));
    assert_eq!(names(&groups("$filter=contains(Name,'a') and Name ne 'x;y)'")), ["Sales", "Management"]);
    assert_eq!(names(&groups("$search=sal")), ["Sales"]);
    assert_eq!(groups("$top=0")["Groups"], json!([]));
    let nested = groups("$expand=Rights($select=RoleName),GroupRights;$select=Name,Number");
    assert_eq!(nested["Groups"][0]["Rights"].as_object().unwrap().len(), 1);
    assert!(nested["Groups"][0].get("GroupRights").is_some());
    let all = world.get("/Users(Number='101')?$select=Id&$expand=*").body;
    assert!(all["Groups"].is_array() && all["Phones"].is_array() && all["ForwardingProfiles"].is_array());
    for (expand, what) in [
        ("Groups($levels=2)", "The query parameter '$levels' is not supported."),
        ("Groups(levels=2)", "The query parameter '$levels' is not supported."),
        ("Groups($nothing=2)", "The query parameter '$nothing' is not supported."),
        ("Groups($top=1;$top=2)", "'$top' was specified more than once"),
        ("Groups($top=101)", "The limit of '100' for Top query has been exceeded."),
        ("Groups($top=-1)", "Invalid value '-1' for $top query option found."),
        ("Groups($filter=Nothing eq 1)", "'Nothing' on type 'Pbx.UserGroup'. This stands at position 0"),
        ("Groups($select=Nothing)", "'Nothing' on type 'Pbx.UserGroup'"),
        ("Groups/$ref", "$expand of 'Groups/$ref' is not supported"),
        ("Groups/$count", "$expand of 'Groups/$count' is not supported"),
        ("Groups/Rights", "$expand of 'Groups/Rights' is not supported"),
        ("Hours", "Only navigation properties can be expanded."),
        ("Nothing", "'Nothing' on type 'Pbx.User'"),
        ("Groups,", "'' on type 'Pbx.User'"),
        ("Groups($top=1", "Unbalanced expression"),
        ("Groups($top=1)x", "Unbalanced expression"),
        ("Groups($filter=Name eq 'x)", "Unbalanced expression"),
    ] {
        let said = message(&mut world, &format!("/Users?$expand={expand}"));
        assert!(said.contains(what), "{expand}: {said}");
    }
    let deep = |depth: usize| format!("{}PhonebookOverride{}", "Nothing(".repeat(depth), ")".repeat(depth));
    assert_eq!(world.get(&format!("/Users?$expand={}", deep(1000))).status, 400);
}

#[test]
fn a_search_finds_words_wherever_text_is() {
    let cases = [
        ("", 17),
        ("bruno", 1),
        ("BRUNO calderon", 1),
        ("bruno AND calderon", 1),
        ("bruno OR ada", 2),
        ("bruno ada", 0),
        ("(bruno OR ada) AND calderon", 1),
        ("bruno OR ada AND calderon", 1),
        ("NOT (bruno OR ada)", 15),
        ("NOT NOT bruno", 1),
        ("bruno NOT ada", 1),
        ("\"Bruno Calderon\"", 1),
        ("\"Calderon Bruno\"", 0),
        ("\"AND\"", 0),
        ("and", 0),
        ("zzz", 0),
    ];
    let mut world = World::new();
    for (search, number) in cases {
        let found = world.column(&format!("/Users?$search={search}"), "Number").len();
        assert_eq!(found, number, "{search}");
        let counted = world.raw("GET", &format!("/Users/$count?$search={search}"), None);
        assert_eq!(counted.body(), &number.to_string(), "{search}");
    }
    // Names of what a row refers to count as its own text.
    for (path, number) in [("/Trunks?$search=\"sample voice\"", 1), ("/Queues?$search=nobody", 0)] {
        assert_eq!(world.column(path, "Id").len(), number, "{path}");
    }
    for wrong in ["\"open", "AND", "a AND", "OR b", "a OR", "NOT", "(a", "a)", "()", "a AND OR b"] {
        let said = message(&mut world, &format!("/Users?$search={wrong}"));
        assert!(said.contains("$search expression"), "{wrong}: {said}");
    }
    let deep = format!("/Users?$search={}a{}", "(".repeat(5000), ")".repeat(5000));
    assert!(message(&mut world, &deep).contains("nested too deep"));
}

#[test]
fn counts_follow_filter_and_search_but_no_page() {
    let mut world = World::new();
    let cases = [
        ("/Users/$count", "17"),
        ("/Users/$count?$filter=Number lt '105'", "5"),
        ("/Users/$count?$filter=Number lt '105'&$search=ada", "1"),
        ("/Users/$count?$filter=false", "0"),
        ("/Users/$count?$top=2&$skip=3", "17"),
        ("/Users(Number='101')/$count", ""),
        ("/Users(8)/Groups/$count", "2"),
        ("/Users(8)/Groups/$count?$filter=Name eq 'Sales'", "1"),
    ];
    for (path, expected) in cases {
        let response = world.raw("GET", path, None);
        if expected.is_empty() {
            assert_eq!(response.status(), 404, "{path}");
            continue;
        }
        assert_eq!(response.body(), expected, "{path}");
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    }
    let page = world.get("/Users?$count=true&$skip=100&$filter=Number lt '105'").body;
    assert_eq!((&page["@odata.count"], &page["value"]), (&json!(5), &json!([])));
    let none = world.get("/Users?$count=true&$top=0").body;
    assert_eq!((&none["@odata.count"], &none["value"]), (&json!(17), &json!([])));
    assert!(world.get("/Users?$count=false").body.get("@odata.count").is_none());
    assert_eq!(world.get("/Users/$count?$filter=Nothing eq 1").status, 400);
}

#[test]
fn options_are_checked() {
    let mut world = World::new();
    for (query, what) in [
        ("$top=-1", "Invalid value '-1' for $top query option found."),
        ("$top=1.5", "Invalid value '1.5' for $top query option found."),
        ("$top=", "Invalid value '' for $top query option found."),
        ("$skip=-3", "Invalid value '-3' for $skip query option found."),
        ("$skip=99999999999", "Invalid value '99999999999' for $skip query option found."),
        ("$count=yes", "Invalid value 'yes' for $count query option found."),
        ("$apply=x", "The query parameter '$apply' is not supported."),
        ("$skiptoken=x", "The query parameter '$skiptoken' is not supported."),
        ("$$top=1", "The query parameter '$$top' is not supported."),
        ("$filter=true&$filter=true", "Query option '$filter' was specified more than once"),
        ("$top=1&top=1", "Query option '$top' was specified more than once"),
        ("$filter=Id eq @id&@id=23", "Parameter aliases like '@id' are not supported."),
    ] {
        let said = message(&mut world, &format!("/Users?{query}"));
        assert!(said.contains(what), "{query}: {said}");
    }
    for fine in ["$format=json", "$top=100", "$skip=0", "_=17", "", "&&", "$filter=true&$top=1&%24skip=1"] {
        assert_eq!(world.get(&format!("/Users?{fine}")).status, 200, "{fine}");
    }
}

#[test]
fn keys_have_several_forms() {
    let mut new = World::new();
    for (path, status) in [
        ("/Users(23)", 200),
        ("/Users(Id=23)", 200),
        ("/Users(%32%33)", 200),
        ("/Users(Number='100')", 200),
        ("/Users(Number=%27100%27)", 200),
        ("/Users(Number='1''00')", 404),
        ("/Users(Id='23')", 404),
        ("/Users(Nothing=23)", 404),
        ("/Users(23,24)", 404),
        ("/Users(Id=23,Number='100')", 404),
        ("/Users()", 200),
        ("/Users(null)", 404),
        ("/Users(99999999999)", 404),
        ("/Users/23", 404),
        ("/Users(23)/FirstName", 404),
        ("/Users(23)/FirstName/$value", 404),
        ("/Users(23)/$value", 404),
        ("/Users(23)/$ref", 404),
        ("/Backups('widgets-1.zip')/Pbx.GetBackupExtras()", 200),
        ("/Backups(FileName='widgets-1.zip')/Pbx.GetBackupExtras()", 200),
        ("/TenantProperties(Name='x')", 404),
    ] {
        assert_eq!(new.get(path).status, status, "{path}");
    }
    let mut old = World::of("20.0.7");
    assert_eq!(old.get("/Users(Number='100')").status, 404);
    assert_eq!(old.get("/Users(23)").status, 200);
}
