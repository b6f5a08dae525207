//! SIGINT and SIGTERM: a write that has begun is finished first, so that no half-written file is left.

use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// Whether a signal ends the process at once. False while signals are blocked.
static EXITS_AT_ONCE: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(true)));
/// The number of the last signal that arrived while signals were blocked; 0 for none.
static RECEIVED: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

/// Installs the handlers. If the system refuses one, its signal ends the process at any time, which is the default.
#[cfg(unix)]
pub(crate) fn install_handlers() {
    use signal_hook::consts::SIGINT;
    use signal_hook::consts::SIGTERM;
    use signal_hook::consts::SIGXFSZ;
    use signal_hook::flag;

    for signal in [SIGINT, SIGTERM] {
        // Handlers run in the order of registration: the first decides before the second records this signal.
        let _ = flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&EXITS_AT_ONCE));
        let _ = flag::register_usize(signal, Arc::clone(&RECEIVED), signal.unsigned_abs() as usize);
    }
    // With a handler, a file over `ulimit -f` is an error of write(2) instead of the end of the process.
    let _ = flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
}

#[cfg(not(unix))]
pub(crate) fn install_handlers() {}

/// Also records SIGHUP and SIGQUIT, for a view that must give the terminal back. Other commands leave them as they are, because `nohup`
/// ignores SIGHUP.
#[cfg(all(unix, feature = "watch"))]
pub(crate) fn record_all() {
    use signal_hook::consts::SIGHUP;
    use signal_hook::consts::SIGQUIT;

    for signal in [SIGHUP, SIGQUIT] {
        // If the system refuses it, the signal ends the process, which is the default.
        let _ =
            signal_hook::flag::register_usize(signal, Arc::clone(&RECEIVED), signal.unsigned_abs() as usize);
    }
}

#[cfg(all(not(unix), feature = "watch"))]
pub(crate) fn record_all() {}

/// Signals are blocked while this value lives: they are recorded, and [`received`] returns them.
pub(crate) struct BlockedSignals;

/// Blocks signals until the returned value is dropped.
pub(crate) fn block() -> BlockedSignals {
    EXITS_AT_ONCE.store(false, Ordering::SeqCst);
    BlockedSignals
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        EXITS_AT_ONCE.store(true, Ordering::SeqCst);
    }
}

/// The exit code of the signal that arrived while signals were blocked, if one did.
pub(crate) fn received() -> Option<u8> {
    match RECEIVED.load(Ordering::SeqCst) {
        0 => None,
        number => Some(u8::try_from(number).unwrap_or(u8::MAX).saturating_add(128)),
    }
}

/// Runs `write` with signals blocked. If one arrived meanwhile, the process exits afterwards.
pub(crate) fn with_signals_blocked<T>(write: impl FnOnce() -> T) -> T {
    let blocked = block();
    let written = write();
    drop(blocked);
    match received() {
        Some(code) => std::process::exit(i32::from(code)),
        None => written,
    }
}
