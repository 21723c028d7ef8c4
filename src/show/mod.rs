//! Values → text.

use crate::bindings::value;
use crate::script::native::Dynamic;

/// What stands on the terminal for a value; nothing for nothing.
pub fn value(given: &Dynamic) -> Option<String> {
    if given.is_string() {
        return Some(given.to_string());
    }
    (!given.is_unit()).then(|| value::to_json(given).to_string())
}
