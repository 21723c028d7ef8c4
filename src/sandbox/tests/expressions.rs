//! Expressions over one row that has a property of every kind, on a catalog of their own.

use std::sync::OnceLock;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::catalog::{Catalog, parse};
use crate::sandbox::filter::{self, Val};
use crate::sandbox::schema::Schema;
use crate::sandbox::tests::NOW;

const OPERATIONS: &str = "releases 20.0.10\n";
const TYPES: &str = "releases 20.0.10

enum Colour
  Red
  Green

object Inner
  List [Inner]
  Name string?
  Number int32?

enum Marks flags
  A
  B
  C

object Row
  At time?
  Big int64?
  Colour Colour?
  Day date?
  Flag bool?
  Guid guid?
  Id int32
  Inner Inner?
  List [Inner]
  Loose any?
  Marks Marks?
  NoFlag bool?
  NoNumber int32?
  None string?
  Numbers [int32]
  Price decimal?
  Ratio double?
  Tags [string]
  Text string?
  Wait duration?
  When datetime?

";

pub(super) fn schema() -> Schema {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    let catalog = CATALOG.get_or_init(|| parse(OPERATIONS, TYPES).unwrap());
    Schema { catalog, release: catalog.newest() }
}

fn row() -> Value {
    json!({
        "At": "08:30:15.5", "Big": 9_007_199_254_740_993_i64, "Colour": "Green", "Day": "2026-02-28", "Flag": true,
        "Guid": "0F8FAD5B-D9CB-469F-A165-70867728950E", "Id": 7, "Loose": "x", "Marks": "C, A", "None": null,
        "Inner": {"Name": "O'Hara", "Number": 3, "List": [{"Name": "deep"}]},
        "List": [{"Name": "a", "Number": 1, "List": []}, {"Name": "b", "Number": 7, "List": [{"Number": 2}]}],
        "Numbers": [1, 2, 3], "Price": 12.5, "Ratio": 2, "Tags": ["x", "it's"], "Text": "Zoë 100", "Wait": "PT1M30S",
        "When": "2026-03-11T14:30:00.5+02:00",
    })
}

fn value(filter: &str) -> Val {
    let now: Timestamp = NOW.parse().unwrap();
    let expr = filter::parse(schema(), now, "Row", filter);
    let expr = expr.unwrap_or_else(|problem| panic!("{filter}: {}", problem.text()));
    expr.value(row().as_object().unwrap())
}

fn all(filters: &[&str], expected: &Val) {
    for filter in filters {
        assert_eq!(value(filter), *expected, "{filter}");
    }
}

#[test]
fn true_ones() {
    all(
        &[
            // Arithmetic and its precedence.
            "1 add 2 mul 3 eq 7",
            "(1 add 2) mul 3 eq 9",
            "10 sub 3 sub 2 eq 5",
            "7 div 2 eq 3 and 7 divby 2 eq 3.5 and 7 mod 4 eq 3 and -7 mod 4 eq -3 and -7 div 2 eq -3",
            "7 div 2.0 eq 3.5 and 7.5 mod 2 eq 1.5",
            "-Id eq -7 and - Id add 7 eq 0 and -(Id) lt 0 and --5 eq 5",
            "-Id add 10 mul 2 eq 13",
            "Id add 0.5 gt 7 and Id lt 7.1e0 and Id eq 7.0",
            "Ratio div 4 eq 0.5",
            "9223372036854775807 add 1 gt 9223372036854775807",
            "1 div 0.0 eq INF and -1 div 0.0 eq -INF and INF gt 1e308 and -INF lt Id and NaN ne NaN",
            "0.0 div 0 ne 0.0 div 0",
            // Large integers keep their last digit.
            "Big eq 9007199254740993 and Big ne 9007199254740992 and Big gt 9007199254740992.0",
            // Text.
            "Text eq 'Zoë 100' and length(Text) eq 7 and indexof(Text, '100') eq 4 and indexof(Text, 'x') eq -1",
            "substring(Text, 1) eq 'oë 100' and substring(Text, 1, 2) eq 'oë' and substring(Text, 99) eq ''",
            "substring(Text, -1, 1) eq 'Z' and substring(Text, 2, -1) eq ''",
            "toupper(Text) eq 'ZOË 100' and trim('  x ') eq 'x' and concat(Text, '!') gt Text",
            "'99' gt '100' and 'a' gt 'Z'",
            "Inner/Name eq 'O''Hara' and contains(Inner/Name, '''')",
            "'and or' eq 'and or' and ('(' eq '(')",
            // Times.
            "date(When) eq 2026-03-11 and time(When) eq 12:30:00.5",
            "year(When) eq 2026 and month(When) eq 3 and day(When) eq 11 and hour(When) eq 12",
            "minute(When) eq 30 and second(When) eq 0 and fractionalseconds(When) eq 0.5",
            "When eq 2026-03-11T12:30:00.500Z and When gt 2026-03-11T14:30:00+02:00 and When lt 2026-03-12",
            "When gt 2026-03-11 and When ge 2026-03-11T12:30Z and 2026-03-10T13:00:00-23:00 lt When",
            "year(Day) eq 2026 and Day add duration'P1D' eq 2026-03-01 and Day sub duration'P28D' eq 2026-01-31",
            "2026-03-01 sub Day eq duration'P1D' and Day lt 2026-03-01 and When sub Day gt duration'P11D'",
            "When add duration'PT0.5S' eq 2026-03-11T12:30:01Z and duration'P1D' add Day eq 2026-03-01",
            "When sub 2026-03-11T12:30:00Z eq duration'PT0.5S'",
            "Wait eq duration'PT90S' and Wait gt duration'PT1M' and Wait mul 2 eq duration'PT3M'",
            "2 mul Wait eq Wait add Wait and Wait div 3 eq duration'PT30S' and Wait gt -Wait",
            "duration'-PT1S' lt duration'PT0S' and totalseconds(Wait) eq 90",
            "At eq 08:30:15.5 and At gt 08:30 and hour(At) eq 8 and second(At) eq 15",
            "now() eq 2026-03-11T14:30:00Z and now() gt When and mindatetime() lt When and maxdatetime() gt When",
            // Numbers.
            "round(Price) eq 13 and floor(Price) eq 12 and ceiling(Price) eq 13 and round(-2.5) eq -3",
            "round(Id) eq 7 and floor(-0.5) eq -1 and Price eq 12.50 and Price eq 1.25e1 and Price eq 125e-1",
            // Enums.
            "Colour eq 'Green' and Colour eq Pbx.Colour'Green' and Colour ne 'Red' and 'Green' eq Colour",
            "Colour in ('Red', 'Green') and not (Colour in ('Red'))",
            "Marks eq 'A,C' and Marks eq Pbx.Marks'C, A' and Marks has 'A' and Marks has Pbx.Marks'A,C'",
            "not (Marks has 'B') and not (Marks has 'A,B')",
            // GUIDs, in either case.
            "Guid eq 0f8fad5b-d9cb-469f-a165-70867728950e and Guid eq 0F8FAD5B-D9CB-469F-A165-70867728950E",
            // Collections.
            "Tags/any(t: t eq 'it''s') and Tags/all(t: length(t) le 4) and Tags/$count eq 2 and 'x' in Tags",
            "Numbers/any(n: n eq Id sub 5) and Numbers/all(n: n lt Id) and not (9 in Numbers)",
            "List/any(l: l/Number eq Id) and List/any(l: l/List/any(m: m/Number lt l/Number))",
            "List/any(l: l/List/any(m: m/Number add 5 eq Id and l/Name eq 'b')) and not List/all(l: l/List/any())",
            "List/any(l: List/any(m: m/Number gt l/Number)) and List/$count eq 2 and Inner/List/$count eq 1",
            "Inner/List/any(i: i/Name eq 'deep') and List/any(Name: Name/Name eq 'a')",
            "$it/Inner/Number eq 3 and List/any(l: $it/Id eq l/Number)",
            // Order of comparing and connecting.
            "not Flag eq false and true eq not NoFlag or Flag",
            "1 lt 2 eq 3 gt 2 and 1 lt 2 ne false",
            "false and false or true and not false",
            "true or false and false",
            "Loose eq 'x' and Loose ne 'y' and Loose in ('x')",
        ],
        &Val::Bool(true),
    );
}

#[test]
fn null_is_a_value_for_equality_and_unknown_for_the_rest() {
    all(
        &[
            "None eq null and NoNumber eq -NoNumber and null eq null",
            "None eq concat(None, 'x')",
            "Id ne null and null ne Text and None ne 'x' and NoNumber ne 0",
            "None in (null) and not (None in ('x')) and NoNumber in (1, null)",
            "NoNumber add 1 eq null and -NoNumber eq null and NoNumber mul 0 eq null",
            "1 div 0 eq null and 1 mod 0 eq null and 1 divby 0 eq null",
            "length(None) eq null and concat(None, 'x') eq null and year(null) eq null and round(null) eq null",
            "NoFlag eq null or NoFlag",
            "(NoFlag and false) eq false and (NoFlag or true) eq true",
            "not (None gt 'a') and not (None le 'a') and not (null ge null)",
            "Inner/List/all(i: i/Number eq null) and Loose ne null",
            "List/all(l: contains(l/Name, 'x') eq false)",
        ],
        &Val::Bool(true),
    );
    all(
        &[
            "None gt 'a'",
            "None le null",
            "NoNumber add 1 gt 0",
            "Text eq null",
            "null ge null",
            "NoFlag and false",
            "Inner/List/all(i: i/Number gt 0)",
            "Inner/List/any(i: contains(i/Name, null) or false)",
        ],
        &Val::Bool(false),
    );
    all(
        &[
            "NoFlag",
            "not NoFlag",
            "NoFlag and true",
            "NoFlag or false",
            "contains(None, 'x')",
            "not contains(Text, None)",
        ],
        &Val::Null,
    );
}

#[test]
fn unknown_rows_are_not_found() {
    let now: Timestamp = NOW.parse().unwrap();
    let row = json!({});
    for filter in ["NoFlag", "not NoFlag", "contains(Text, 'x')", "List/any()", "Inner/Name ne null"] {
        let expr = filter::parse(schema(), now, "Row", filter).unwrap();
        assert!(!expr.matches(row.as_object().unwrap()), "{filter}");
    }
    let expr = filter::parse(schema(), now, "Row", "List/all(l: false) and Tags/$count eq 0").unwrap();
    assert!(expr.matches(row.as_object().unwrap()));
}

#[test]
fn sorting_never_contradicts_itself() {
    let values = [
        Val::Null,
        Val::Bool(false),
        Val::Int(i64::MAX),
        Val::Int(i64::MAX - 1),
        Val::Real(9_223_372_036_854_775_807.0),
        Val::Real(f64::NAN),
        Val::Real(f64::INFINITY),
        Val::Real(-0.0),
        Val::Int(0),
        Val::Text("a".to_owned()),
        Val::Instant(Timestamp::MIN),
        Val::Date("2026-01-01".parse().unwrap()),
        Val::Time("08:00".parse().unwrap()),
        Val::Span(1),
        Val::Json(json!([])),
    ];
    for a in &values {
        for b in &values {
            assert_eq!(a.order(b), b.order(a).reverse(), "{a:?} {b:?}");
            for c in &values {
                assert!(a.order(b).is_gt() || b.order(c).is_gt() || a.order(c).is_le(), "{a:?} {b:?} {c:?}");
            }
        }
    }
}

#[test]
fn the_catalog_of_these_tests_has_every_kind() {
    let row = row();
    for property in schema().properties("Row").filter(|property| !property.name.starts_with("No")) {
        let value = Val::from_json(&row[property.name], property.ty);
        assert!(!value.is_null(), "{}", property.name);
    }
}
