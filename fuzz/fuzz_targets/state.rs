//! State files: any text is loaded or refused, and what was loaded can be saved and loaded again.
//!
//! Random text is refused at its first byte, so the input is a list of small changes to a state that is right.

#![no_main]

use std::sync::Arc;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use pbxsh::catalog::Catalog;
use pbxsh::sandbox::{Clock, Pbx};

fn clock() -> Clock {
    Arc::new(|| Timestamp::from_second(1_773_239_400).expect("a second of 2026"))
}

/// A company of two; the built-in one would take a tenth of a second for each run.
const RIGHT: &str = include_str!("../state.json");

fuzz_target!(|input: &[u8]| {
    let mut text = RIGHT.as_bytes().to_vec();
    // Each change: a place of three bytes, how much goes, what comes, and that many bytes.
    let mut rest = input;
    while let [a, b, c, gone, new, tail @ ..] = rest {
        let place = (usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c)) % (text.len() + 1);
        let end = (place + usize::from(*gone)).min(text.len());
        let new = usize::from(*new).min(tail.len());
        text.splice(place..end, tail[..new].iter().copied());
        rest = &tail[new..];
    }
    let Ok(text) = std::str::from_utf8(&text) else { return };
    let catalog = Catalog::builtin();
    if let Ok(pbx) = Pbx::load(catalog, text, None, clock()) {
        let saved = pbx.state();
        let again = Pbx::load(catalog, &saved, None, clock()).unwrap_or_else(|_| panic!("what was saved is refused:\n{saved}"));
        assert!(again.state() == saved, "saved twice, and not the same");
    }
});
