//! Where the program itself failed. What a panic says may hold values of a script, so that only its place is told.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Mutex, PoisonError};

static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// Remembers where a panic happened, for the hook of the process: `at src/a.rs:3:5, version 1.2.3`.
pub fn note(info: &PanicHookInfo) -> String {
    let place = info.location().map_or_else(
        || "an unknown place".to_owned(),
        |at| {
            // Not whose machine it was made on.
            let file = at
                .file()
                .rsplit_once("/registry/src/")
                .map_or(at.file(), |(_, rest)| rest.split_once('/').map_or(rest, |(_, file)| file));
            format!("{file}:{}:{}", at.line(), at.column())
        },
    );
    let place = format!("at {place}, version {}", env!("CARGO_PKG_VERSION"));
    *PLACE.lock().unwrap_or_else(PoisonError::into_inner) = Some(place.clone());
    place
}

/// The place of the last panic, as [`note`] gave it.
#[must_use]
pub fn last() -> String {
    let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner).take();
    place.unwrap_or_else(|| "an unknown place".to_owned())
}

/// Does something whose failure must not cost more than itself.
///
/// # Errors
/// The place of a panic.
pub fn guard<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| last())
}
