//! Random filters over random rows, beside a naive evaluation of the same trees; and any text at all.

use std::cmp::Ordering;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::{BoxedStrategy, Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof};
use proptest::{collection, option, proptest};
use serde_json::{Map, Value, json};

use crate::catalog::QueryOption;
use crate::sandbox::filter::{self, Val};
use crate::sandbox::options::Options;
use crate::sandbox::query::Query;
use crate::sandbox::tests::expressions::schema;

#[derive(Debug, Clone)]
struct Row {
    flag: Option<bool>,
    number: Option<i64>,
    text: Option<String>,
    when: Option<i64>,
}

impl Row {
    fn json(&self) -> Map<String, Value> {
        let when = self.when.map(|when| instant(when).to_string());
        let row = json!({"Flag": self.flag, "Big": self.number, "Text": self.text, "When": when});
        row.as_object().unwrap().clone()
    }
}

fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// An expression of any type; only well-typed ones are made.
#[derive(Debug, Clone)]
enum Node {
    Flag,
    Number,
    Text,
    When,
    Bool(bool),
    Int(i64),
    Words(String),
    Moment(i64),
    Null,
    Not(Box<Node>),
    Negate(Box<Node>),
    Binary(&'static str, Box<Node>, Box<Node>),
    In(Box<Node>, Vec<Node>),
    Call(&'static str, Vec<Node>),
    /// A moment and seconds that are added to it.
    Later(Box<Node>, i64),
}

/// What a node gives, in the plainest way.
#[derive(Debug, Clone, PartialEq)]
enum Plain {
    Unknown,
    Truth(bool),
    Int(i64),
    Words(String),
    Second(i64),
}

impl Node {
    fn strength(&self) -> u8 {
        match self {
            Node::Binary("or", ..) => 1,
            Node::Binary("and", ..) => 2,
            Node::Binary("eq" | "ne", ..) => 3,
            Node::Binary("gt" | "ge" | "lt" | "le", ..) => 4,
            Node::Binary("add" | "sub", ..) | Node::Later(..) => 5,
            Node::Binary(..) => 6,
            Node::Not(_) | Node::Negate(_) => 7,
            Node::In(..) => 8,
            _ => 9,
        }
    }

    /// In parentheses only where they must be.
    fn above(&self, strength: u8) -> String {
        let text = self.print();
        if self.strength() < strength { format!("({text})") } else { text }
    }

    fn print(&self) -> String {
        let list = |nodes: &[Node]| nodes.iter().map(Node::print).collect::<Vec<_>>().join(",");
        match self {
            Node::Flag => "Flag".to_owned(),
            Node::Number => "Big".to_owned(),
            Node::Text => "Text".to_owned(),
            Node::When => "$it/When".to_owned(),
            Node::Null => "null".to_owned(),
            Node::Bool(truth) => truth.to_string(),
            Node::Int(number) => number.to_string(),
            Node::Words(text) => format!("'{}'", text.replace('\'', "''")),
            Node::Moment(second) => instant(*second).to_string(),
            Node::Not(inner) => format!("not {}", inner.above(7)),
            Node::Negate(inner) => format!("- {}", inner.above(7)),
            Node::Binary(operator, left, right) => {
                format!("{} {operator} {}", left.above(self.strength()), right.above(self.strength() + 1))
            }
            Node::In(item, nodes) => format!("{} in ({})", item.above(9), list(nodes)),
            Node::Call(name, nodes) => format!("{name}({})", list(nodes)),
            Node::Later(moment, seconds) => format!("{} add duration'PT{seconds}S'", moment.above(5)),
        }
    }

    fn eval(&self, row: &Row) -> Plain {
        let known = |value: Option<Plain>| value.unwrap_or(Plain::Unknown);
        match self {
            Node::Flag => known(row.flag.map(Plain::Truth)),
            Node::Number => known(row.number.map(Plain::Int)),
            Node::Text => known(row.text.clone().map(Plain::Words)),
            Node::When => known(row.when.map(Plain::Second)),
            Node::Bool(truth) => Plain::Truth(*truth),
            Node::Int(number) => Plain::Int(*number),
            Node::Words(text) => Plain::Words(text.clone()),
            Node::Moment(second) => Plain::Second(*second),
            Node::Null => Plain::Unknown,
            Node::Not(inner) => match inner.eval(row) {
                Plain::Truth(truth) => Plain::Truth(!truth),
                _ => Plain::Unknown,
            },
            Node::Negate(inner) => match inner.eval(row) {
                Plain::Int(number) => Plain::Int(-number),
                _ => Plain::Unknown,
            },
            Node::Binary(operator, left, right) => binary(operator, left.eval(row), right.eval(row)),
            Node::In(item, nodes) => {
                let item = item.eval(row);
                Plain::Truth(nodes.iter().any(|node| node.eval(row) == item))
            }
            Node::Call(name, nodes) => call(name, &nodes.iter().map(|node| node.eval(row)).collect::<Vec<_>>()),
            Node::Later(moment, seconds) => match moment.eval(row) {
                Plain::Second(second) => Plain::Second(second + seconds),
                _ => Plain::Unknown,
            },
        }
    }
}

fn binary(operator: &str, left: Plain, right: Plain) -> Plain {
    match (operator, &left, &right) {
        ("and", Plain::Truth(false), _) | ("and", _, Plain::Truth(false)) => Plain::Truth(false),
        ("or", Plain::Truth(true), _) | ("or", _, Plain::Truth(true)) => Plain::Truth(true),
        ("and" | "or", Plain::Truth(_), Plain::Truth(_)) => right,
        ("and" | "or", ..) => Plain::Unknown,
        ("eq", ..) => Plain::Truth(left == right),
        ("ne", ..) => Plain::Truth(left != right),
        ("gt" | "ge" | "lt" | "le", ..) => Plain::Truth(match ordering(&left, &right) {
            None => false,
            Some(Ordering::Less) => operator.starts_with('l'),
            Some(Ordering::Greater) => operator.starts_with('g'),
            Some(Ordering::Equal) => operator.ends_with('e'),
        }),
        ("div" | "mod", _, Plain::Int(0)) => Plain::Unknown,
        (_, Plain::Int(a), Plain::Int(b)) => Plain::Int(match operator {
            "add" => a + b,
            "sub" => a - b,
            "mul" => a * b,
            // Towards zero, written out.
            "div" => (a.abs() / b.abs()) * a.signum() * b.signum(),
            _ => a.signum() * (a.abs() % b.abs()),
        }),
        _ => Plain::Unknown,
    }
}

fn ordering(left: &Plain, right: &Plain) -> Option<Ordering> {
    match (left, right) {
        (Plain::Truth(a), Plain::Truth(b)) => Some(u8::from(*a).cmp(&u8::from(*b))),
        (Plain::Int(a), Plain::Int(b)) | (Plain::Second(a), Plain::Second(b)) => Some(a.cmp(b)),
        (Plain::Words(a), Plain::Words(b)) => Some(a.chars().cmp(b.chars())),
        _ => None,
    }
}

fn call(name: &str, arguments: &[Plain]) -> Plain {
    let letters = |text: &str| text.chars().collect::<Vec<char>>();
    match (name, arguments) {
        ("length", [Plain::Words(text)]) => Plain::Int(letters(text).len() as i64),
        ("tolower", [Plain::Words(text)]) => Plain::Words(text.chars().flat_map(char::to_lowercase).collect()),
        ("trim", [Plain::Words(text)]) => Plain::Words(text.trim_start().trim_end().to_owned()),
        ("concat", [Plain::Words(a), Plain::Words(b)]) => Plain::Words([a.as_str(), b].concat()),
        ("contains", [Plain::Words(a), Plain::Words(b)]) => {
            let (a, b) = (letters(a), letters(b));
            Plain::Truth((0..=a.len()).any(|start| a[start..].starts_with(&b)))
        }
        ("startswith", [Plain::Words(a), Plain::Words(b)]) => Plain::Truth(letters(a).starts_with(&letters(b))),
        ("endswith", [Plain::Words(a), Plain::Words(b)]) => Plain::Truth(letters(a).ends_with(&letters(b))),
        ("substring", [Plain::Words(text), Plain::Int(start), rest @ ..]) => {
            let end = match rest {
                [] => i64::MAX,
                [Plain::Int(length)] => (*start).max(0).saturating_add((*length).max(0)),
                _ => return Plain::Unknown,
            };
            let inside = |(place, _): &(usize, char)| *place as i64 >= *start && (*place as i64) < end;
            Plain::Words(text.chars().enumerate().filter(inside).map(|(_, letter)| letter).collect())
        }
        ("year", [Plain::Second(second)]) => Plain::Int(instant(*second).to_zoned(TimeZone::UTC).year().into()),
        ("minute", [Plain::Second(second)]) => Plain::Int(second.rem_euclid(3600) / 60),
        _ => Plain::Unknown,
    }
}

fn words() -> impl Strategy<Value = String> {
    // Short ones meet each other.
    "[abA'ü ]{0,3}"
}

fn bools(depth: u32) -> BoxedStrategy<Node> {
    let leaf = prop_oneof![4 => Just(Node::Flag), 1 => any::<bool>().prop_map(Node::Bool), 1 => Just(Node::Null)];
    if depth == 0 {
        return leaf.boxed();
    }
    let below = depth - 1;
    let logic = prop_oneof![Just("and"), Just("or")];
    let comparison = || prop_oneof![Just("eq"), Just("ne"), Just("gt"), Just("ge"), Just("lt"), Just("le")];
    let find = prop_oneof![Just("contains"), Just("startswith"), Just("endswith")];
    prop_oneof![
        1 => leaf,
        2 => bools(below).prop_map(|inner| Node::Not(Box::new(inner))),
        4 => pair(logic, bools(below), bools(below)),
        1 => pair(comparison(), bools(below), bools(below)),
        2 => pair(comparison(), numbers(below), numbers(below)),
        2 => pair(comparison(), texts(below), texts(below)),
        2 => pair(comparison(), moments(below), moments(below)),
        1 => (numbers(below), collection::vec((-9..9i64).prop_map(Node::Int), 1..4)).prop_map(within),
        1 => (texts(below), collection::vec(prop_oneof![words().prop_map(Node::Words), Just(Node::Null)], 1..4))
            .prop_map(within),
        2 => (find, texts(below), texts(below)).prop_map(|(name, a, b)| Node::Call(name, vec![a, b])),
    ]
    .boxed()
}

fn numbers(depth: u32) -> BoxedStrategy<Node> {
    let leaf = prop_oneof![4 => Just(Node::Number), 3 => (-9..9i64).prop_map(Node::Int), 1 => Just(Node::Null)];
    if depth == 0 {
        return leaf.boxed();
    }
    let below = depth - 1;
    let operator = prop_oneof![Just("add"), Just("sub"), Just("mul"), Just("div"), Just("mod")];
    prop_oneof![
        2 => leaf,
        4 => pair(operator, numbers(below), numbers(below)),
        1 => numbers(below).prop_map(|inner| Node::Negate(Box::new(inner))),
        1 => texts(below).prop_map(|text| Node::Call("length", vec![text])),
        1 => (prop_oneof![Just("year"), Just("minute")], moments(below))
            .prop_map(|(name, moment)| Node::Call(name, vec![moment])),
    ]
    .boxed()
}

fn texts(depth: u32) -> BoxedStrategy<Node> {
    let leaf = prop_oneof![3 => Just(Node::Text), 3 => words().prop_map(Node::Words), 1 => Just(Node::Null)];
    if depth == 0 {
        return leaf.boxed();
    }
    let below = depth - 1;
    prop_oneof![
        2 => leaf,
        1 => (prop_oneof![Just("tolower"), Just("trim")], texts(below))
            .prop_map(|(name, text)| Node::Call(name, vec![text])),
        1 => (texts(below), texts(below)).prop_map(|(a, b)| Node::Call("concat", vec![a, b])),
        1 => (texts(below), numbers(below)).prop_map(|(text, start)| Node::Call("substring", vec![text, start])),
        1 => (texts(below), numbers(below), numbers(below))
            .prop_map(|(text, start, length)| Node::Call("substring", vec![text, start, length])),
    ]
    .boxed()
}

fn moments(depth: u32) -> BoxedStrategy<Node> {
    let leaf = prop_oneof![3 => Just(Node::When), 2 => seconds().prop_map(Node::Moment)];
    if depth == 0 {
        return leaf.boxed();
    }
    let later = (moments(depth - 1), 0..9000i64).prop_map(|(moment, seconds)| Node::Later(Box::new(moment), seconds));
    prop_oneof![2 => leaf, 1 => later].boxed()
}

/// A few moments around New Year, so that they meet.
fn seconds() -> impl Strategy<Value = i64> {
    (0..8i64).prop_map(|step| 1_767_222_000 + step * 1800)
}

fn pair(
    operator: impl Strategy<Value = &'static str> + 'static,
    left: BoxedStrategy<Node>,
    right: BoxedStrategy<Node>,
) -> impl Strategy<Value = Node> {
    (operator, left, right).prop_map(|(operator, a, b)| Node::Binary(operator, Box::new(a), Box::new(b)))
}

fn within((item, list): (Node, Vec<Node>)) -> Node {
    Node::In(Box::new(item), list)
}

fn rows() -> impl Strategy<Value = Row> {
    (option::of(any::<bool>()), option::of(-9..9i64), option::of(words()), option::of(seconds()))
        .prop_map(|(flag, number, text, when)| Row { flag, number, text, when })
}

const PIECES: &[&str] = &[
    "Id",
    "Text",
    "Flag",
    "List",
    "Tags",
    "Inner",
    "Name",
    "When",
    "Colour",
    "Marks",
    "/",
    "(",
    ")",
    ",",
    ":",
    "-",
    "'",
    "''",
    "\"",
    "'x'",
    "1",
    "-1",
    "1.5",
    "1e9",
    "NaN",
    "-INF",
    "null",
    "true",
    "eq",
    "ne",
    "gt",
    "and",
    "or",
    "not",
    "in",
    "has",
    "add",
    "sub",
    "mul",
    "div",
    "divby",
    "mod",
    "any(",
    "all(",
    "l:",
    "l/",
    "$count",
    "$it",
    "@p",
    "$",
    "contains(",
    "length(",
    "substring(",
    "concat(",
    "date(",
    "now()",
    "round(",
    "cast(",
    "2026-01-01",
    "2026-01-01T00:00:00Z",
    "08:30",
    "duration'P1D'",
    "Pbx.Colour'Red'",
    "0f8fad5b-d9cb-469f-a165-70867728950e",
    "ü",
    "\u{1F600}",
    "desc",
    "asc",
    "AND",
    "OR",
    "NOT",
    "*",
    ";",
    "=",
    "$filter=",
    "List(",
    "Hours",
    "%",
    "\0",
    "\n",
];

fn junk() -> impl Strategy<Value = String> {
    let pieces = collection::vec((proptest::sample::select(PIECES), any::<bool>()), 0..40);
    let joined = pieces.prop_map(|pieces| {
        pieces.into_iter().map(|(piece, space)| format!("{piece}{}", if space { " " } else { "" })).collect::<String>()
    });
    prop_oneof![4 => joined, 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn filters_give_what_a_naive_evaluation_gives(node in bools(4), row in rows()) {
        let text = node.print();
        // Parentheses, calls and trees of this size are far below the limits.
        let expr = filter::parse(schema(), Timestamp::UNIX_EPOCH, "Row", &text);
        let expr = expr.unwrap_or_else(|problem| panic!("{text}: {}", problem.text()));
        let expected = match node.eval(&row) {
            Plain::Truth(truth) => Val::Bool(truth),
            _ => Val::Null,
        };
        prop_assert_eq!(expr.value(&row.json()), expected, "{} on {:?}", text, row);
    }

    #[test]
    fn any_text_is_answered_quickly(text in junk(), option in proptest::sample::select(&QueryOption::ALL[..])) {
        let start = Instant::now();
        let mut options = Options::default();
        options.add(option, text).unwrap();
        if let Ok(query) = Query::new(schema(), "Row", Some("Id"), &options, 100) {
            let row = json!({"Id": 1, "Text": "x", "Tags": ["a"], "List": [{"Name": "a", "List": []}]});
            let (page, _) = query.page(vec![row.as_object().unwrap()]);
            page.into_iter().for_each(|row| drop(query.project(row)));
        }
        prop_assert!(start.elapsed() < Duration::from_secs(2));
    }
}

#[test]
fn the_naive_evaluation_is_no_twin() {
    // A few values by hand, so that both cannot be wrong together.
    let row = Row { flag: None, number: Some(-7), text: Some("ab".to_owned()), when: Some(1_767_225_600) };
    let number = || Box::new(Node::Number);
    let two = || Box::new(Node::Int(2));
    assert_eq!(Node::Binary("div", number(), two()).eval(&row), Plain::Int(-3));
    assert_eq!(Node::Binary("mod", number(), two()).eval(&row), Plain::Int(-1));
    assert_eq!(Node::Call("year", vec![Node::When]).eval(&row), Plain::Int(2026));
    assert_eq!(Node::Call("substring", vec![Node::Text, Node::Int(1)]).eval(&row), Plain::Words("b".to_owned()));
    let chain = Node::Binary("sub", Box::new(Node::Binary("sub", number(), two())), two());
    assert_eq!(chain.print(), "Big sub 2 sub 2");
    let right = Node::Binary("sub", number(), Box::new(Node::Binary("sub", two(), two())));
    assert_eq!(right.print(), "Big sub (2 sub 2)");
    assert_eq!(instant(1_767_225_600) + SignedDuration::from_secs(1), instant(1_767_225_601));
}
