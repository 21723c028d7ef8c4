//! Values → JSON and CSV.

use serde_json::{Map, Value};

use crate::show::text;

pub(super) fn json(value: &Value) -> String {
    text::json(&serde_json::to_string_pretty(value).unwrap_or_default())
}

/// JSON with a value on each line.
pub(super) fn lines(values: &[Value]) -> String {
    values.iter().map(|value| text::json(&value.to_string())).collect::<Vec<_>>().join("\n")
}

/// Rows with a header. `columns` are those that a table of this kind has even without rows; others follow as they come.
pub(super) fn csv(rows: &[Map<String, Value>], columns: Option<&[String]>) -> String {
    let mut names: Vec<&str> = columns.unwrap_or_default().iter().map(String::as_str).collect();
    for name in rows.iter().flat_map(Map::keys) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return String::new();
    }
    let mut out = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = out.write_record(names.iter().map(|name| text::lines(name)));
    for row in rows {
        let _ = out.write_record(names.iter().map(|name| row.get(*name).map_or_else(String::new, field)));
    }
    let bytes = out.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned()
}

fn field(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(given) => text::lines(given),
        Value::Array(_) | Value::Object(_) => text::json(&value.to_string()),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{csv, json as pretty, lines};

    fn row(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn csv_has_a_header_and_quotes_what_needs_it() {
        let rows =
            [row(json!({"Id": 1, "Name": "a, \"b\"", "Tags": ["x"]})), row(json!({"Id": null, "Late": "\u{1b}"}))];
        assert_eq!(csv(&rows, None), "Id,Name,Tags,Late\n1,\"a, \"\"b\"\"\",\"[\"\"x\"\"]\",\n,,,\\u{1b}");
        assert_eq!(csv(&[], Some(&["Id".to_owned(), "Name".to_owned()])), "Id,Name");
        assert_eq!(csv(&[], None), "");
    }

    #[test]
    fn json_stays_json() {
        let text = pretty(&json!({"a": "\u{9b}1m"}));
        assert_eq!(text, "{\n  \"a\": \"\\u009b1m\"\n}");
        assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(json!({"a": "\u{9b}1m"})));
        assert_eq!(lines(&[json!({"a": "\n"}), json!(1)]), "{\"a\":\"\\n\"}\n1");
    }
}
