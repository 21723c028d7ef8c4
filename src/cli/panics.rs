//! What is said when the program itself fails: that, where, and in which version. Nothing of what it was working on.

use std::backtrace::{Backtrace, BacktraceStatus};

use crate::cli::world::World;
use crate::code::Code;
use crate::diag::Exit;
use crate::script::panics;

/// The thread on which commands run.
pub(super) const SCRIPT: &str = "script";

const HINT: &str = "this is a bug; with `RUST_BACKTRACE=1` it says more about where";

/// From now on panics are heard here. The usual words for one repeat values, and those may be secrets.
pub(super) fn hear() {
    std::panic::set_hook(Box::new(|info| {
        let place = panics::note(info);
        let world = World::of_process();
        let backtrace = Backtrace::capture();
        if backtrace.status() == BacktraceStatus::Captured {
            world.tell(&format!("{backtrace}"));
        }
        let thread = std::thread::current().name().unwrap_or_default().to_owned();
        // Whoever waits for these threads tells it.
        let told = thread == SCRIPT || thread == "worker" || thread.starts_with("test ");
        if !told {
            world.complain(Code::Internal, &message(&place), Some(HINT));
        }
    }));
}

/// The end of a command that failed so.
pub(super) fn failed() -> Exit {
    World::of_process().complain(Code::Internal, &message(&panics::last()), Some(HINT));
    Exit::Failed
}

fn message(place: &str) -> String {
    format!("pbxsh itself failed: {place}")
}

#[cfg(test)]
mod tests {
    use super::{SCRIPT, failed, hear, message};
    use crate::script::panics;

    #[test]
    fn a_panic_is_told_by_its_place_alone() {
        let before = std::panic::take_hook();
        hear();
        let values = "hunter2";
        let thread = std::thread::Builder::new().name(SCRIPT.to_owned()).spawn(move || panic!("it held {values}"));
        assert!(thread.unwrap().join().is_err());
        std::panic::set_hook(before);
        let told = message(&panics::last());
        assert!(told.starts_with("pbxsh itself failed: at src/cli/panics.rs:"), "{told}");
        assert!(told.ends_with(concat!(", version ", env!("CARGO_PKG_VERSION"))) && !told.contains(values), "{told}");
        assert_eq!(failed().code(), 1);
    }
}
