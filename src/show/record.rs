//! One object → a line for each of its values.

use serde_json::{Map, Value};

use crate::show::columns::{is_unset, sorted};
use crate::show::table::cell;
use crate::show::{How, text, time};

/// The most items of a list inside an object that are worth a line each.
const ITEMS: usize = 10;

/// How deep objects in objects are shown.
const DEPTH: usize = 4;

/// The set values of an object, and how many others it has.
pub(super) fn draw(fields: &Map<String, Value>, how: &How) -> (String, usize) {
    let mut lines = Vec::new();
    if how.plain {
        let unset = speak(&mut lines, fields, "", how);
        return (lines.iter().map(|line| how.aloud(line)).collect::<Vec<_>>().join("\n"), unset);
    }
    let unset = write(&mut lines, fields, 0, how);
    (lines.join("\n"), unset)
}

fn write(lines: &mut Vec<String>, fields: &Map<String, Value>, depth: usize, how: &How) -> usize {
    let set: Vec<(&str, &Value)> = sorted(fields.keys().map(String::as_str))
        .into_iter()
        .filter_map(|name| Some((name, fields.get(name)?)))
        .filter(|(_, value)| how.full || !is_unset(value))
        .collect();
    let names: Vec<String> = set.iter().map(|(name, _)| text::line(name)).collect();
    let wide = names.iter().map(|name| text::width(name)).max().unwrap_or(0).min(how.width / 2);
    let margin = " ".repeat(depth * 2);
    for (name, (_, value)) in names.iter().zip(&set) {
        let head = format!("{margin}{}", text::bold(&text::pad(name, wide), how.colour));
        if is_unset(value) {
            let what = if value.is_null() { "()".to_owned() } else { value.to_string() };
            lines.push(format!("{head}  {}", text::dim(&what, how.colour)));
            continue;
        }
        let indent = depth * 2 + wide.max(text::width(name)) + 2;
        match value {
            Value::Object(inner) if depth < DEPTH => {
                lines.push(head.trim_end().to_owned());
                write(lines, inner, depth + 1, how);
            }
            Value::Array(items) if items.iter().any(Value::is_object) => {
                lines.push(format!("{head}  {}", text::count(items.len(), "item")));
                items_of(lines, items, depth + 1, how);
            }
            Value::Array(items) => {
                let all: Vec<String> = items.iter().map(|item| cell(item, how.unicode)).collect();
                lines.push(format!("{head}  {}", text::wrap(&all.join(", "), how.prose(), indent)));
            }
            Value::String(given) => {
                let given = time::readable(given).unwrap_or_else(|| text::lines(given).replace('\t', "    "));
                lines.push(format!("{head}  {}", text::wrap(&given, how.prose(), indent)));
            }
            other => lines.push(format!("{head}  {}", cell(other, how.unicode))),
        }
    }
    fields.len() - set.len()
}

/// `Rights.RoleName: users`: a line for each value, under the name by which a script reaches it. Depth is not heard, a name is.
fn speak(lines: &mut Vec<String>, fields: &Map<String, Value>, path: &str, how: &How) -> usize {
    let mut unset = 0;
    for name in sorted(fields.keys().map(String::as_str)) {
        let Some(value) = fields.get(name) else { continue };
        let name = format!("{path}{}", text::line(name));
        match value {
            value if is_unset(value) => {
                unset += 1;
                if how.full {
                    let what = if value.is_null() { "not set" } else { "empty" };
                    lines.push(format!("{name}: {what}"));
                }
            }
            Value::Object(inner) if path.matches('.').count() < DEPTH => {
                speak(lines, inner, &format!("{name}."), how);
            }
            Value::Array(items) if items.iter().any(Value::is_object) => {
                lines.push(format!("{name}: {}", text::count(items.len(), "item")));
                let most = if how.full { items.len() } else { ITEMS };
                for (at, item) in items.iter().enumerate().take(most) {
                    let short = match item {
                        Value::Object(fields) => brief(fields, ": ", how.unicode),
                        other => cell(other, how.unicode),
                    };
                    lines.push(format!("{name}[{at}]: {short}"));
                }
                if items.len() > most {
                    lines.push(format!("{name}: and {} more", items.len() - most));
                }
            }
            Value::Array(items) => {
                let all: Vec<String> = items.iter().map(|item| cell(item, how.unicode)).collect();
                lines.push(format!("{name}: {}", all.join(", ")));
            }
            Value::String(given) => {
                let given = time::readable(given).unwrap_or_else(|| text::lines(given).replace('\t', " "));
                // Every line says what it belongs to.
                lines.extend(given.lines().filter(|line| !line.is_empty()).map(|line| format!("{name}: {line}")));
            }
            other => lines.push(format!("{name}: {}", cell(other, how.unicode))),
        }
    }
    unset
}

/// A line for each object in a list.
fn items_of(lines: &mut Vec<String>, items: &[Value], depth: usize, how: &How) {
    let margin = " ".repeat(depth * 2);
    let most = if how.full { items.len() } else { ITEMS };
    for item in items.iter().take(most) {
        let short = match item {
            Value::Object(fields) => brief(fields, " ", how.unicode),
            other => cell(other, how.unicode),
        };
        lines.push(text::cut(&format!("{margin}- {short}"), how.width.max(depth * 2 + 10), how.unicode));
    }
    if items.len() > most {
        lines.push(format!("{margin}{}", text::dim(&format!("and {} more", items.len() - most), how.colour)));
    }
}

/// `Id 3, Number 100, …`
fn brief(fields: &Map<String, Value>, between: &str, unicode: bool) -> String {
    let set = sorted(fields.keys().map(String::as_str)).into_iter().filter_map(|name| Some((name, fields.get(name)?)));
    let set = set.filter(|(_, value)| !is_unset(value));
    let all: Vec<String> =
        set.map(|(name, value)| format!("{}{between}{}", text::line(name), cell(value, unicode))).collect();
    all.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::draw;
    use crate::show::How;

    fn of(value: Value, width: usize) -> (String, usize) {
        draw(value.as_object().unwrap_or(&serde_json::Map::new()), &How { width, ..How::default() })
    }

    #[test]
    fn aligns_nests_and_counts_what_is_unset() {
        let (text, unset) = of(
            json!({
                "Beep": true, "Groups": [{"Id": 1, "Name": "Sales"}, {"Id": 2, "Name": "\u{1b}c"}], "Id": 7, "Name": "Zoë",
                "Mobile": null, "Rights": {"CanIntercom": true, "Nothing": null, "RoleName": "users"}, "Tags": ["a", "b"],
                "Note": "first line\nsecond line that is longer than the room", "Empty": "",
            }),
            40,
        );
        assert_eq!(
            text,
            "Id      7\nName    Zoë\nBeep    true\nGroups  2 items\n  - Id 1, Name Sales\n  - Id 2, Name \\u{1b}c\n\
Rights\n  CanIntercom  true\n  RoleName     users\nTags    a, b\n\
Note    first line\n        second line that is longer than\n        the room"
        );
        assert_eq!(unset, 2);
    }

    #[test]
    fn a_record_that_is_read_aloud_says_every_name_in_full() {
        let fields = json!({
            "Groups": [{"Id": 1, "Name": "Sales"}, {"Id": 2, "Name": "\u{1b}c"}], "Id": 7, "Mobile": null, "Empty": [],
            "Rights": {"CanIntercom": true, "Deep": {"er": 1}, "Nothing": null}, "Tags": ["a", "b"], "Note": "first\n\nsecond",
        });
        let of = |full| {
            let how = How { plain: true, full, ..How::default() };
            draw(fields.as_object().unwrap_or(&serde_json::Map::new()), &how)
        };
        let expected = "Id: 7\nGroups: 2 items\nGroups[0]: Id: 1, Name: Sales\nGroups[1]: Id: 2, Name: \\u{1b}c\n\
                        Rights.CanIntercom: true\nRights.Deep.er: 1\nTags: a, b\nNote: first\nNote: second";
        assert_eq!(of(false), (expected.to_owned(), 2));
        let full = of(true).0;
        assert!(full.contains("\nMobile: not set\nEmpty: empty\n"), "{full}");
        assert!(full.contains("\nRights.Nothing: not set\n"), "{full}");
    }

    #[test]
    fn a_long_list_is_cut() {
        let items: Vec<Value> = (0..14).map(|id| json!({"Id": id})).collect();
        let (text, _) = of(json!({ "Members": items }), 80);
        assert!(text.ends_with("- Id 9\n  and 4 more"), "{text}");
        assert!(text.starts_with("Members  14 items\n  - Id 0\n"), "{text}");
    }

    #[test]
    fn no_width_and_no_depth_breaks_it() {
        let mut value = json!({"end": "日本語日本語日本語"});
        for _ in 0..12 {
            value = json!({"inner": value, "list": [[1, 2], {"a": {}}]});
        }
        for width in 0..60 {
            assert!(!of(value.clone(), width).0.is_empty());
        }
    }
}
