//! `$filter`, `$orderby`, `$search`, `$select` and `$expand` with any text: an answer, quickly, and never a panic.

#![no_main]

mod world;

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;

use crate::world::{World, encoded};

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(World::new());
}

const OPTIONS: [&str; 5] = ["filter", "orderby", "search", "select", "expand"];

fuzz_target!(|input: &[u8]| {
    // The first byte chooses the option: filters most of the time.
    let Some((first, text)) = input.split_first() else { return };
    let option = OPTIONS.get(usize::from(*first)).unwrap_or(&"filter");
    let address = format!("/xapi/v1/Users?$top=3&${option}={}", encoded(text));
    let response = WORLD.with_borrow_mut(|world| world.get(&address));
    if let Some(response) = response {
        let status = response.status().as_u16();
        assert!(matches!(status, 200 | 400), "{status}: {address}");
        let body: serde_json::Value = serde_json::from_slice(response.body()).expect("JSON");
        let has = if status == 200 { "value" } else { "error" };
        assert!(body.get(has).is_some(), "{body}");
    }
});
