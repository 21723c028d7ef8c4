//! Values → text.

use crate::bindings::value;
use crate::script::native::Dynamic;

/// What stands on the terminal for a value; nothing for nothing.
pub fn value(given: &Dynamic) -> Option<String> {
    (!given.is_unit()).then(|| value::to_json(given).to_string())
}
