//! The one way to stop what the client waits for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Shared by whoever may stop the work (Ctrl-C) and whatever waits. Stays fired until it is reset.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<State>);

#[derive(Debug, Default)]
struct State {
    fired: AtomicBool,
    waiting: Notify,
}

impl Interrupt {
    /// Stops every call that waits now and every one that begins before the reset.
    pub fn fire(&self) {
        self.0.fired.store(true, Ordering::SeqCst);
        self.0.waiting.notify_waiters();
    }

    pub fn reset(&self) {
        self.0.fired.store(false, Ordering::SeqCst);
    }

    #[must_use]
    pub fn is_fired(&self) -> bool {
        self.0.fired.load(Ordering::SeqCst)
    }

    /// Ends once it is fired. A waiter hears of everything after its making, so it is made before the flag is read.
    pub(crate) async fn fired(&self) {
        loop {
            let told = self.0.waiting.notified();
            if self.is_fired() {
                return;
            }
            told.await;
        }
    }
}
