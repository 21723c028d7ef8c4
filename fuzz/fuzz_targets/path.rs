//! Any address below the service root: an answer, quickly, and never a panic.

#![no_main]

mod world;

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;

use crate::world::World;

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(World::new());
}

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let address = format!("/xapi/v1/{text}");
    let response = WORLD.with_borrow_mut(|world| world.get(&address));
    if let Some(response) = response {
        let status = response.status().as_u16();
        assert!(matches!(status, 200 | 204 | 400 | 403 | 404 | 405 | 500), "{status}: {address}");
    }
});
