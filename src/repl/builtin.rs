//! What the language itself gives texts, arrays and maps: its names, for completion.

const TEXT: [&str; 18] = [
    "len()",
    "is_empty()",
    "contains(text) → bool",
    "starts_with(text) → bool",
    "ends_with(text) → bool",
    "index_of(text) → int, -1 without it",
    "split(separator) → array",
    "sub_string(start, count) → string",
    "to_upper() → string",
    "to_lower() → string",
    "replace(old, new), in place",
    "trim(), in place",
    "pad(length, text), in place",
    "truncate(length), in place",
    "crop(start, count), in place",
    "remove(text), in place",
    "chars() for a loop",
    "to_chars() → array",
];

const ARRAY: [&str; 30] = [
    "len()",
    "is_empty()",
    "push(item)",
    "pop() → item",
    "shift() → item",
    "insert(at, item)",
    "remove(at) → item",
    "append(array)",
    "contains(item) → bool",
    "index_of(item) → int",
    "map(|item| …) → array",
    "filter(|item| …) → array",
    "reduce(|sum, item| …, start)",
    "find(|item| …) → item",
    "find_map(|item| …)",
    "some(|item| …) → bool",
    "all(|item| …) → bool",
    "for_each(|item| …)",
    "sort(), in place",
    "order_by(|item| …) → array",
    "sort_by(name) → array",
    "group_by(name) → map",
    "reverse(), in place",
    "dedup(), in place",
    "extract(start, count) → array",
    "split(at) → array",
    "retain(|item| …), in place",
    "drain(|item| …) → array",
    "truncate(length), in place",
    "clear()",
];

const MAP: [&str; 11] = [
    "len()",
    "is_empty()",
    "keys() → array",
    "values() → array",
    "contains(name) → bool",
    "get(name)",
    "set(name, value)",
    "remove(name)",
    "mixin(map), in place",
    "filter(|name, value| …) → map",
    "to_json() → string",
];

/// The calls of what a type has by the language.
pub(super) fn calls(ty: &str) -> &'static [&'static str] {
    match ty {
        "string" => &TEXT,
        "array" => &ARRAY,
        "map" => &MAP,
        _ => &[],
    }
}
