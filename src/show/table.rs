//! Rows → a table as wide as the terminal.

use comfy_table::{Cell, CellAlignment, ContentLineStyle, LineStyle, Table, TableStyle};
use serde_json::{Map, Value};

use crate::show::columns::{Column, candidates, fit};
use crate::show::{How, text, time};

/// Two blanks around a cell and the line behind it.
const BORDER: usize = 3;

const UNICODE: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none().junction('│'))
    .header_separator(LineStyle::none().fill('─').junction('┼'))
    .content_lines(ContentLineStyle::none().junction('│'));

const ASCII: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none().junction('|'))
    .header_separator(LineStyle::none().fill('-').junction('+'))
    .content_lines(ContentLineStyle::none().junction('|'));

/// The table, and how many columns with values it leaves out.
pub(super) fn draw(rows: &[Map<String, Value>], wished: Option<&[String]>, how: &How) -> (String, usize) {
    let names = candidates(rows, wished);
    let value = |row: &Map<String, Value>, name: &String| {
        row.get(name).map_or_else(String::new, |value| cell(value, how.unicode))
    };
    if how.plain {
        return (rows.iter().map(|row| how.aloud(&spoken(row, &names))).collect::<Vec<_>>().join("\n"), 0);
    }
    let cells: Vec<Vec<String>> = rows.iter().map(|row| names.iter().map(|name| value(row, name)).collect()).collect();
    let numbers = |name: &String| {
        let mut values = rows.iter().filter_map(|row| row.get(name)).filter(|value| !value.is_null()).peekable();
        values.peek().is_some() && values.all(Value::is_number)
    };
    let right: Vec<bool> = names.iter().map(numbers).collect();
    let heads: Vec<String> = names.iter().map(|name| text::line(name)).collect();
    // The line behind the last column is not drawn.
    let columns = fit(&heads, &cells, &right, how.width + 1, BORDER);
    let hidden = names.len() - columns.len();
    (render(&columns, &cells, how), hidden)
}

/// `Number: 100, FirstName: Ada`: a row is a line, with every value behind the name of its column.
///
/// A screen reader goes from left to right and from line to line. In a table it says the heads once and then rows of values
/// without them, with every bar and every blank between. With the names in it a row can be understood by itself, and the arrow
/// keys of the reader go from row to row. What is not set is left out: nobody has to listen to it twenty times.
fn spoken(row: &Map<String, Value>, names: &[String]) -> String {
    let values = names.iter().filter_map(|name| Some((name, cell(row.get(name)?, false))));
    let set = values.filter(|(_, value)| !value.is_empty());
    let all: Vec<String> = set.map(|(name, value)| format!("{}: {value}", text::line(name))).collect();
    if all.is_empty() { "nothing is set".to_owned() } else { all.join(", ") }
}

fn render(columns: &[Column], cells: &[Vec<String>], how: &How) -> String {
    let mut table = Table::new();
    table.load_style(if how.unicode { UNICODE } else { ASCII });
    table.set_header(columns.iter().map(|column| fitted(&column.name, column, how)));
    for row in cells {
        table.add_row(columns.iter().zip(row).map(|(column, content)| fitted(content, column, how)));
    }
    let mut lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    if let Some(head) = lines.first_mut() {
        *head = text::bold(head, how.colour);
    }
    lines.join("\n")
}

fn fitted(content: &str, column: &Column, how: &How) -> Cell {
    let content = text::cut(content, column.width, how.unicode);
    let alignment = if column.right { CellAlignment::Right } else { CellAlignment::Left };
    // Blanks of its own keep a column as wide as it was planned.
    let content = if column.right { content } else { text::pad(&content, column.width) };
    Cell::new(content).set_alignment(alignment)
}

/// A value in one cell.
pub(super) fn cell(value: &Value, unicode: bool) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(given) => time::readable(given).unwrap_or_else(|| text::line(given)),
        Value::Array(items) if items.is_empty() => String::new(),
        Value::Array(items) => {
            let named: Option<Vec<String>> = items.iter().map(named).collect();
            let named = named.filter(|named| named.len() <= FEW).map(|named| named.join(", "));
            named.unwrap_or_else(|| text::count(items.len(), "item"))
        }
        Value::Object(fields) if fields.is_empty() => String::new(),
        Value::Object(_) => {
            let dots = if unicode { "{…}" } else { "{...}" };
            named(value).unwrap_or_else(|| dots.to_owned())
        }
        other => other.to_string(),
    }
}

/// The most items whose names stand in one cell.
const FEW: usize = 3;

/// What a nested object is called by, in the order in which people say it: `VoiceMail 101`.
const NAMES: [&str; 8] = ["To", "Number", "External", "Name", "DisplayName", "TrunkName", "Model", "MAC"];

/// A few words that stand for a nested value; nothing where there are none.
fn named(value: &Value) -> Option<String> {
    match value {
        Value::Object(fields) => {
            let text = |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            if let (Some(from), Some(to)) = (text("From"), text("To")) {
                return Some(text::line(&format!("{from}-{to}")));
            }
            let words: Vec<&str> = NAMES.into_iter().filter_map(text).collect();
            (!words.is_empty()).then(|| text::line(&words.join(" ")))
        }
        Value::Array(_) | Value::Null => None,
        scalar => Some(cell(scalar, false)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::draw;
    use crate::show::How;
    use crate::show::text::width;

    fn rows() -> Vec<Map<String, Value>> {
        let rows = json!([
            {"DisplayName": "Zoë 日本", "Enabled": true, "Groups": [{"Id": 1}, {"Id": 2}], "Id": 7, "Number": "100",
             "Forwarding": {"To": "101"}, "Mobile": null, "Password": "\u{1b}[31mred\n"},
            {"DisplayName": "Reception", "Enabled": false, "Groups": [], "Id": 1234, "Number": "101",
             "Forwarding": {}, "Mobile": null, "Password": "x"},
        ]);
        rows.as_array().cloned().unwrap_or_default().into_iter().filter_map(|row| row.as_object().cloned()).collect()
    }

    fn plain(wide: usize) -> How {
        How { width: wide, unicode: false, ..How::default() }
    }

    #[test]
    fn draws_what_fits() {
        let (table, hidden) = draw(&rows(), None, &plain(100));
        let expected = "   Id | Number | DisplayName | Enabled | Password        | Groups  | Forwarding\n\
------+--------+-------------+---------+-----------------+---------+------------\n\
\x20   7 | 100    | Zoë 日本    | true    | \\u{1b}[31mred\\n | 2 items | 101\n\
\x201234 | 101    | Reception   | false   | x               |         |";
        assert_eq!(table, expected);
        assert_eq!(hidden, 0);
    }

    #[test]
    fn says_how_many_columns_are_left_out() {
        let (table, hidden) = draw(&rows(), None, &plain(40));
        assert_eq!(
            table,
            "   Id | Number | DisplayName | Enabled\n\
------+--------+-------------+---------\n\
\x20   7 | 100    | Zoë 日本    | true\n\
\x201234 | 101    | Reception   | false"
        );
        assert_eq!(hidden, 3);
        for wide in 1..120 {
            for line in draw(&rows(), None, &plain(wide)).0.lines() {
                assert!(width(line) <= wide.max(8), "{wide}: {line}");
                assert!(!line.contains('\x1b'));
            }
        }
    }

    #[test]
    fn every_line_is_as_wide_as_the_others_whatever_stands_in_it() {
        let names = ["Zoë", "Zoe\u{308}", "日本語", "👍🏽", "👨\u{200d}👩\u{200d}👧", "नमस्ते", "a\u{200b}b"];
        let all = names.iter().map(|name| json!({"Name": name, "Next": "|"}));
        let rows: Vec<Map<String, Value>> = all.filter_map(|row| row.as_object().cloned()).collect();
        let (table, _) = draw(&rows, None, &plain(80));
        let places: Vec<usize> =
            table.lines().skip(2).filter_map(|line| Some(width(line.split_once(" | ")?.0))).collect();
        assert_eq!(places.len(), names.len(), "{table}");
        assert!(places.iter().all(|place| *place == places[0]), "{places:?}\n{table}");
    }

    #[test]
    fn nested_values_are_called_by_their_names() {
        for (value, shown) in [
            (json!({"To": "VoiceMail", "Number": "101", "Name": "", "Tags": []}), "VoiceMail 101"),
            (json!({"From": "100", "To": "111"}), "100-111"),
            (json!([{"Number": "100", "Name": "Ada"}, {"Name": "Bruno"}]), "100 Ada, Bruno"),
            (json!([{"Id": 1}]), "1 item"),
            (json!(["a", "b", "c", "d"]), "4 items"),
            (json!({"Id": 1}), "{...}"),
            (json!("2026-03-12T10:30:00.5Z"), "2026-03-12 10:30:00Z"),
        ] {
            assert_eq!(super::cell(&value, false), shown);
        }
    }

    #[test]
    fn rows_that_are_read_aloud() {
        let how = How { plain: true, ..plain(1000) };
        let (table, hidden) = draw(&rows(), None, &how);
        let expected = "Id: 7, Number: 100, DisplayName: Zoë 日本, Enabled: true, Password: \\u{1b}[31mred\\n, Groups: 2 items, \
                        Forwarding: 101\n\
                        Id: 1234, Number: 101, DisplayName: Reception, Enabled: false, Password: x";
        assert_eq!((table.as_str(), hidden), (expected, 0));
        assert_eq!(draw(&rows(), Some(&["Mobile".to_owned()]), &how).0, "nothing is set\nnothing is set");
        // Words are not broken where the window ends.
        let narrow = How { width: 24, ..how };
        let wished = ["Number".to_owned(), "DisplayName".to_owned()];
        assert_eq!(
            draw(&rows(), Some(&wished), &narrow).0,
            "Number: 100,\nDisplayName: Zoë 日本\nNumber: 101,\nDisplayName: Reception"
        );
    }

    #[test]
    fn lines_of_a_terminal_that_has_them() {
        let wished = ["Number".to_owned(), "Id".to_owned()];
        let how = How { unicode: true, ..plain(80) };
        let (table, _) = draw(&rows(), Some(&wished), &how);
        assert_eq!(table, " Number │   Id\n────────┼──────\n 100    │    7\n 101    │ 1234");
    }
}
