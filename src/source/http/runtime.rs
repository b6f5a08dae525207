//! The one runtime that requests run on, so that callers need no async runtime of their own.

use std::pin::pin;
use std::time::Duration;

use tokio::runtime::Builder;

/// How often a future looks whether it is to stop.
const STEP: Duration = Duration::from_millis(50);

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

/// Runs a future to its end unless it is to stop before; for futures that [`block_on`] runs.
pub async fn unless<F: Future>(stop: impl Fn() -> bool, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    while !stop() {
        if let Ok(output) = tokio::time::timeout(STEP, future.as_mut()).await {
            return Some(output);
        }
    }
    None
}

/// Waits; for futures that [`block_on`] runs.
pub async fn sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}
