//! Rows → CSV: the writer of `csv::` and of lists that are saved.

use std::io::{self, Write};

use csv::{Terminator, WriterBuilder};
use serde_json::{Map as JsonMap, Value};

use crate::kit::Fault;
use crate::kit::options::Options;
use crate::script::native::Map;

/// How a table is to be written.
#[derive(Debug, Clone, Default)]
pub struct Style {
    /// Which columns, if not all.
    pub columns: Option<Vec<String>>,
    pub separator: Option<u8>,
    /// As the spreadsheet program reads it right: its mark, its line ends, and no cell that it would calculate.
    pub excel: bool,
    /// Behind what is in the file already.
    pub append: bool,
}

impl Style {
    /// The options of whatever puts rows into a file.
    pub(in crate::kit) const OPTIONS: &[&str] = &["columns", "separator", "excel"];

    pub fn of(function: &str, map: &Map) -> Result<Style, Fault> {
        let options = Options::of(function, map)?;
        Ok(Style {
            columns: options.names("columns")?,
            separator: options.separator("separator")?,
            excel: options.flag("excel", false)?,
            append: options.flag("append", false)?,
        })
    }

    /// The separator that was asked for, or the one that is usual.
    pub(super) fn separator(&self) -> u8 {
        self.separator.unwrap_or(if self.excel { b';' } else { b',' })
    }
}

/// Writes rows as they come, and says how many they were. Without columns they are arrays, and the table has no header.
///
/// # Errors
/// A row that does not come, or what `broken` makes of a file that cannot be written.
pub fn write<E>(
    mut out: impl Write,
    columns: &[String],
    style: &Style,
    rows: impl Iterator<Item = Result<Value, E>>,
    broken: impl Fn(&io::Error) -> E,
) -> Result<u64, E> {
    let failed = |error: csv::Error| match error.into_kind() {
        // As it came: the library would put it into another one, which has no reason.
        csv::ErrorKind::Io(error) => broken(&error),
        other => broken(&io::Error::other(format!("{other:?}"))),
    };
    if style.excel && !style.append {
        out.write_all("\u{feff}".as_bytes()).map_err(|error| broken(&error))?;
    }
    let terminator = if style.excel { Terminator::CRLF } else { Terminator::Any(b'\n') };
    let mut writer =
        WriterBuilder::new().delimiter(style.separator()).terminator(terminator).flexible(true).from_writer(out);
    if !style.append && !columns.is_empty() {
        writer.write_record(columns.iter().map(|name| text(name, style.excel))).map_err(failed)?;
    }
    let mut count = 0;
    for row in rows {
        let row = row?;
        match &row {
            Value::Array(cells) if columns.is_empty() => {
                writer.write_record(cells.iter().map(|value| cell(Some(value), style.excel))).map_err(failed)?;
            }
            row => {
                let cells = columns.iter().enumerate().map(|(at, name)| cell(find(row, name, at), style.excel));
                writer.write_record(cells).map_err(failed)?;
            }
        }
        count += 1;
    }
    writer.flush().map_err(|error| broken(&error))?;
    Ok(count)
}

/// The value of a column: a name, or a way down like `Hours.Type`; in an array its place.
pub fn find<'a>(row: &'a Value, column: &str, place: usize) -> Option<&'a Value> {
    fn below<'a>(fields: &'a JsonMap<String, Value>, column: &str) -> Option<&'a Value> {
        fields.get(column).or_else(|| {
            let mut dots = column.match_indices('.');
            dots.find_map(|(dot, _)| below(fields.get(&column[..dot])?.as_object()?, &column[dot + 1..]))
        })
    }
    match row {
        Value::Object(fields) => below(fields, column),
        Value::Array(cells) => cells.get(place),
        // A row that is a single value has a single column.
        value => Some(value).filter(|_| place == 0),
    }
}

/// Texts as they are, nothing for null, nested values as JSON.
fn cell(value: Option<&Value>, excel: bool) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(given)) => text(given, excel),
        Some(other) => other.to_string(),
    }
}

/// A text that a spreadsheet would calculate gets a mark before it. A plain number like `-5` is none, a telephone number
/// like `+4930123` is: it would lose its plus.
fn text(given: &str, excel: bool) -> String {
    let risky = given.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if excel && risky && !is_negative_number(given) { format!("'{given}") } else { given.to_owned() }
}

fn is_negative_number(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('-') else { return false };
    let mut parts = digits.splitn(2, ['.', ',']);
    parts.all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The columns of rows that nobody described, in the order in which they first appear; what is nested below a name stands
/// where the name first stood.
#[derive(Debug, Default)]
pub(super) struct Shape {
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    name: String,
    /// Has a row a value of its own here?
    own: bool,
    below: Shape,
}

impl Shape {
    pub(super) fn learn(&mut self, fields: &JsonMap<String, Value>) {
        for (at, (name, value)) in fields.iter().enumerate() {
            // Most rows look like the one before.
            let place = match self.parts.get(at) {
                Some(part) if part.name == *name => at,
                _ => self.parts.iter().position(|part| part.name == *name).unwrap_or_else(|| {
                    self.parts.push(Part { name: name.clone(), own: false, below: Shape::default() });
                    self.parts.len() - 1
                }),
            };
            match value {
                Value::Object(fields) if !fields.is_empty() => self.parts[place].below.learn(fields),
                Value::Null => {}
                _ => self.parts[place].own = true,
            }
        }
    }

    pub(super) fn columns(&self) -> Vec<String> {
        let mut columns = Vec::new();
        for Part { name, own, below } in &self.parts {
            if *own || below.parts.is_empty() {
                columns.push(name.clone());
            }
            columns.extend(below.columns().into_iter().map(|column| format!("{name}.{column}")));
        }
        columns
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Shape, Style, find, text, write};

    fn table(columns: &[&str], style: &Style, rows: Value) -> String {
        let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        let rows = rows.as_array().unwrap().clone().into_iter().map(Ok::<_, String>);
        let mut out = Vec::new();
        write(&mut out, &columns, style, rows, ToString::to_string).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let rows = json!([{"a": "x,\"y\"", "b": 5, "c": null}, {"a": "two\nlines", "b": [1, {"z": 2}], "c": true}]);
        let expected = "a,b,c\n\"x,\"\"y\"\"\",5,\n\"two\nlines\",\"[1,{\"\"z\"\":2}]\",true\n";
        assert_eq!(table(&["a", "b", "c"], &Style::default(), rows), expected);
        let semicolons = Style { separator: Some(b';'), ..Style::default() };
        assert_eq!(table(&["a", "b"], &semicolons, json!([{"a": "1;2", "b": "3,4"}])), "a;b\n\"1;2\";3,4\n");
        // Rows without names, and rows that are no more than a value.
        assert_eq!(table(&[], &Style::default(), json!([[1, "a"], [2]])), "1,a\n2\n");
        assert_eq!(table(&["value"], &Style::default(), json!(["a", "b"])), "value\na\nb\n");
    }

    #[test]
    fn a_full_disk_says_so() {
        struct Full;
        impl std::io::Write for Full {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let row = json!(["x".repeat(100_000)]);
        let written = write(Full, &[], &Style::default(), [Ok(row)].into_iter(), |error| error.kind().to_string());
        assert_eq!(written, Err("no storage space".to_owned()));
    }

    #[test]
    fn excel_calculates_nothing() {
        let excel = Style { excel: true, ..Style::default() };
        let rows = json!([{"a": "=1+1", "b": -5}, {"a": "ä;b", "b": null}]);
        assert_eq!(table(&["a", "b"], &excel, rows), "\u{feff}a;b\r\n'=1+1;-5\r\n\"ä;b\";\r\n");
        for (given, expected) in [
            ("=cmd()", "'=cmd()"),
            ("@x", "'@x"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("-5", "-5"),
            ("-5.25", "-5.25"),
            ("-5,25", "-5,25"),
            ("-", "'-"),
            ("-5-3", "'-5-3"),
            ("-5.", "'-5."),
            ("-x", "'-x"),
            ("+4930123", "'+4930123"),
            ("100", "100"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(text(given, true), expected, "{given:?}");
            assert_eq!(text(given, false), given);
        }
    }

    #[test]
    fn columns_come_in_the_order_of_their_first_row() {
        let mut shape = Shape::default();
        for row in [
            json!({"b": 1, "Hours": null, "a": 2}),
            json!({"b": 1, "Hours": {"Type": "x", "Periods": [], "Deep": {"y": 1}}, "c": {}}),
            json!({"d": {"e": null}}),
        ] {
            shape.learn(row.as_object().unwrap());
        }
        assert_eq!(shape.columns(), ["b", "Hours.Type", "Hours.Periods", "Hours.Deep.y", "a", "c", "d.e"]);
    }

    #[test]
    fn a_column_is_a_name_or_a_way_down() {
        let row = json!({"a.b": 1, "a": {"c": 2, "d.e": {"f": 3}}, "g": [4]});
        for (column, expected) in
            [("a.b", json!(1)), ("a.c", json!(2)), ("a.d.e.f", json!(3)), ("a", row["a"].clone()), ("g", json!([4]))]
        {
            assert_eq!(find(&row, column, 0), Some(&expected), "{column}");
        }
        for column in ["a.x", "a.c.x", "x", "a.", ".a", ""] {
            assert_eq!(find(&row, column, 0), None, "{column}");
        }
    }
}
