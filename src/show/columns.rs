//! Which columns a table has, and how wide they are.

use serde_json::{Map, Value};

use crate::catalog::overlay::columns;
use crate::show::text;

/// What tells a person which row this is, in this order; everything else comes after it.
const FIRST: [&str; 30] = [
    "Id",
    "Number",
    "Dn",
    "DN",
    "Name",
    "DisplayName",
    "FirstName",
    "LastName",
    "Title",
    "FileName",
    "SegmentStartTime",
    "StartTime",
    "TimeSent",
    "SrcDn",
    "SrcDisplayName",
    "DstDn",
    "DstDisplayName",
    "SenderParticipantName",
    "Caller",
    "Callee",
    "CallerNumber",
    "CalleeNumber",
    "EmailAddress",
    "Email",
    "Type",
    "Status",
    "Enabled",
    "IsRegistered",
    "CurrentProfileName",
    "Description",
];

/// The columns that nobody wants wider than this while others wait for room.
const MODEST: usize = 28;

/// A column that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) width: usize,
    pub(super) right: bool,
}

/// The place of a property in the order of a table and of a record.
fn rank(name: &str) -> usize {
    FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len())
}

/// The names, the telling ones first and the rest as they stand.
pub(super) fn sorted<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_by_key(|name| rank(name));
    names
}

pub(super) fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// The names that have a value in some row, in the order in which a table shows them. `wished` is an order that somebody
/// asked for.
pub(super) fn candidates(rows: &[Map<String, Value>], wished: Option<&[String]>) -> Vec<String> {
    if let Some(wished) = wished {
        return wished.iter().filter(|name| rows.iter().any(|row| row.contains_key(*name))).cloned().collect();
    }
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        for (name, _) in row.iter().filter(|(_, value)| !is_unset(value)) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
    }
    // What differs between the rows says more than what does not, and a number of items says least.
    let dull = |name: &str| {
        let mut values = rows.iter().map(|row| row.get(name).unwrap_or(&Value::Null));
        let nested = values.clone().any(|value| value.is_array() || value.is_object());
        let first = values.next();
        let same = rows.len() > 1 && values.all(|value| Some(value) == first);
        (nested, same)
    };
    names.sort_by_key(|name| (rank(name), dull(name)));
    names.into_iter().map(str::to_owned).collect()
}

/// The columns that people want to see of a type. What a list was told to expand, `asked`, stands behind what says which row
/// this is.
///
/// Nothing for a type that nobody has thought about.
pub(super) fn daily(ty: &str, asked: impl IntoIterator<Item = String>) -> Option<Vec<String>> {
    let mut names: Vec<String> = columns(ty)?.split_whitespace().map(str::to_owned).collect();
    for name in asked {
        names.retain(|known| *known != name);
        names.insert(names.len().min(3), name);
    }
    Some(names)
}

/// The columns that fit into `wide`, the first one always, each with its width. `border` is what a column costs besides.
pub(super) fn fit(names: &[String], cells: &[Vec<String>], right: &[bool], wide: usize, border: usize) -> Vec<Column> {
    let natural = |at: usize| {
        let cells = cells.iter().map(|row| text::width(&row[at]));
        cells.chain([text::width(&names[at])]).max().unwrap_or(1).max(1)
    };
    let mut chosen: Vec<(Column, usize)> = Vec::new();
    let mut used = 0;
    for (at, name) in names.iter().enumerate() {
        let whole = natural(at);
        let width = whole.min(MODEST);
        if !chosen.is_empty() && used + width + border > wide {
            // A later column may be small, but out of its order it would surprise.
            break;
        }
        used += width + border;
        chosen.push((Column { name: name.clone(), width, right: right[at] }, whole));
    }
    let mut left = wide.saturating_sub(used);
    for (column, whole) in &mut chosen {
        let more = whole.saturating_sub(column.width).min(left);
        column.width += more;
        left -= more;
    }
    if let [(only, _)] = chosen.as_mut_slice() {
        only.width = only.width.min(wide.saturating_sub(border).max(1));
    }
    chosen.into_iter().map(|(column, _)| column).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{candidates, daily, fit, sorted};
    use crate::catalog::Catalog;
    use crate::catalog::overlay::pairs;

    fn rows(text: Value) -> Vec<Map<String, Value>> {
        let rows = text.as_array().cloned().unwrap_or_default();
        rows.into_iter().filter_map(|row| row.as_object().cloned()).collect()
    }

    #[test]
    fn telling_columns_come_first_and_empty_ones_not_at_all() {
        let rows = rows(json!([
            {"Beep": true, "Groups": [1], "Id": 1, "Language": "EN", "Mobile": null, "Number": "100", "Zone": ""},
            {"Beep": true, "Groups": [], "Id": 2, "Language": "DE", "Mobile": null, "Number": "101", "Zone": ""},
        ]));
        assert_eq!(candidates(&rows, None), ["Id", "Number", "Language", "Beep", "Groups"]);
        let wished = ["Number".to_owned(), "Gone".to_owned(), "Id".to_owned()];
        assert_eq!(candidates(&rows, Some(&wished)), ["Number", "Id"]);
        assert_eq!(sorted(["A", "Name", "Id"]), ["Id", "Name", "A"]);
    }

    #[test]
    fn every_column_that_is_named_exists() {
        let catalog = Catalog::builtin();
        for (ty, names) in pairs(include_str!("../../catalog/columns.txt")) {
            assert!(catalog.ty(ty).is_some(), "{ty}");
            for name in names.split_whitespace() {
                assert!(catalog.properties(ty).iter().any(|property| property.name == name), "{ty}.{name}");
            }
        }
        let known = daily("Peer", ["MemberOf".to_owned(), "Hidden".to_owned()]).unwrap_or_default();
        assert_eq!(known, ["Id", "Number", "Name", "Hidden", "MemberOf", "Type"]);
        assert_eq!(daily("Nothing", []), None);
    }

    #[test]
    fn columns_share_the_width() {
        let names = ["Id".to_owned(), "Name".to_owned(), "Note".to_owned()];
        let cells = [vec!["1".to_owned(), "x".repeat(60), "y".repeat(10)]];
        let widths = |wide| -> Vec<usize> {
            fit(&names, &cells, &[true, false, false], wide, 3).iter().map(|column| column.width).collect()
        };
        assert_eq!(widths(100), [2, 60, 10]);
        assert_eq!(widths(60), [2, 39, 10]);
        assert_eq!(widths(40), [2, 32]);
        assert_eq!(widths(20), [2]);
        assert_eq!(widths(3), [1]);
        assert_eq!(fit(&[], &[], &[], 80, 3), []);
    }
}
