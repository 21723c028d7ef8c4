//! Holidays stand in a set of their own; departments and the office show theirs as lists, and take lists.

use serde_json::{Value, json};

use crate::sandbox::store::{Row, Store, text};

/// The number under which the holidays of the whole office stand.
pub(super) const OFFICE: &str = "";

pub(super) fn of(store: &Store, owner: &str) -> Value {
    let rows = store.rows("Holidays").iter();
    rows.filter(|row| text(row, "Group") == owner).map(|row| Value::Object(row.clone())).collect()
}

/// Exactly these holidays and no other ones.
pub(super) fn replace(store: &mut Store, owner: &str, list: &Value) {
    store.rows_mut("Holidays").retain(|row| text(row, "Group") != owner);
    for holiday in list.as_array().into_iter().flatten().filter_map(Value::as_object) {
        let mut row: Row = holiday.clone();
        row.insert("Group".to_owned(), json!(owner));
        if row.get("Id").and_then(Value::as_i64).unwrap_or(0) == 0 {
            row.insert("Id".to_owned(), Value::from(store.next_id("Holidays")));
        }
        store.rows_mut("Holidays").push(row);
    }
}
