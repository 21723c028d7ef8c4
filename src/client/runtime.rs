//! Where async ends: one runtime for the process, and the only function that waits on it.

use std::future::Future;
use std::panic::resume_unwind;
use std::sync::OnceLock;
use std::thread;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::client::error::ClientError;
use crate::client::interrupt::Interrupt;

/// Started by the first request, so that a program that sends none pays nothing.
pub(crate) fn runtime() -> Result<&'static Runtime, ClientError> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| {
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("pbxsh-wire").enable_all().build();
        runtime.map_err(|error| error.to_string())
    });
    // Out of threads or files: no request can leave, to wherever.
    made.as_ref().map_err(|reason| ClientError::Unreachable { url: "network".to_owned(), reason: reason.clone() })
}

/// Waits for `future` or for the interrupt, whichever comes first.
pub(crate) fn wait<T: Send>(
    interrupt: &Interrupt,
    future: impl Future<Output = Result<T, ClientError>> + Send,
) -> Result<T, ClientError> {
    let runtime = runtime()?;
    let guarded = async {
        tokio::select! {
            biased;
            () = interrupt.fired() => Err(ClientError::Interrupted),
            result = future => result,
        }
    };
    if Handle::try_current().is_err() {
        return runtime.block_on(guarded);
    }
    // A thread that serves a runtime may not wait on one, so another thread waits.
    thread::scope(|scope| match scope.spawn(|| runtime.block_on(guarded)).join() {
        Ok(result) => result,
        Err(panic) => resume_unwind(panic),
    })
}
