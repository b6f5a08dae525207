//! The one runtime that requests run on, so that callers need no async runtime of their own.

use std::time::Duration;

use tokio::runtime::Builder;

/// Runs a future to its end on a single-threaded runtime made for it.
///
/// # Panics
/// If the system grants no event queue, as when no file descriptor is left, or if called from within itself.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a process that can open files can make an event queue");
    let output = runtime.block_on(future);
    // A name lookup that outlived its limit still blocks a thread; it is left behind, not waited for.
    runtime.shutdown_background();
    output
}

/// Waits; for futures that [`block_on`] runs.
pub async fn sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}
