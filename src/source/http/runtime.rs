//! Runs requests, so that callers need no async runtime of their own.

use std::pin::pin;
use std::time::Duration;

use tokio::runtime::Builder;

/// Interval at which cancellation is checked.
const CANCEL_POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Runs a future to completion on a new single-threaded runtime.
///
/// # Panics
/// If the system cannot create an event queue, as when no file descriptor is left, or if called from within itself.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a process that can open files can create an event queue");
    let output = runtime.block_on(future);
    // A name lookup that exceeded its limit still blocks a thread: do not wait for it.
    runtime.shutdown_background();
    output
}

/// Runs a future until it completes, or until `cancelled` returns true; then the result is `None`. For futures that
/// [`block_on`] runs.
pub async fn run_until_cancelled<F: Future>(cancelled: impl Fn() -> bool, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    while !cancelled() {
        if let Ok(output) = tokio::time::timeout(CANCEL_POLL_INTERVAL, future.as_mut()).await {
            return Some(output);
        }
    }
    None
}

/// Sleeps. For futures that [`block_on`] runs.
pub async fn sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}
