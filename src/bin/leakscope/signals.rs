//! SIGINT and SIGTERM: a write that has begun is finished first, so that no half-written file is left.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// The state that the handlers share with the program.
struct Signals {
    /// Whether a signal ends the process at once. False while signals are blocked.
    exits_at_once: Arc<AtomicBool>,
    /// The number of the last signal that arrived while signals were blocked; 0 for none.
    received: Arc<AtomicUsize>,
}

static SIGNALS: LazyLock<Signals> = LazyLock::new(|| Signals {
    exits_at_once: Arc::new(AtomicBool::new(true)),
    received: Arc::new(AtomicUsize::new(0)),
});

/// Installs the handlers. If the system refuses one, its signal ends the process at any time, which is the default.
#[cfg(unix)]
pub(crate) fn install_handlers() {
    use signal_hook::consts::SIGINT;
    use signal_hook::consts::SIGTERM;
    use signal_hook::consts::SIGXFSZ;
    use signal_hook::flag;

    let Signals { exits_at_once, received } = &*SIGNALS;
    for signal in [SIGINT, SIGTERM] {
        // Handlers run in the order of registration: the first decides before the second records this signal.
        let _ = flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(exits_at_once));
        let _ = flag::register_usize(signal, Arc::clone(received), signal.unsigned_abs() as usize);
    }
    // With a handler, a file over `ulimit -f` is an error of write(2) instead of the end of the process.
    let _ = flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
}

#[cfg(not(unix))]
pub(crate) fn install_handlers() {}

/// Signals are blocked while this value lives: they are recorded, and [`received`] returns them.
pub(crate) struct BlockedSignals;

/// Blocks signals until the returned value is dropped.
pub(crate) fn block() -> BlockedSignals {
    SIGNALS.exits_at_once.store(false, Ordering::SeqCst);
    BlockedSignals
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        SIGNALS.exits_at_once.store(true, Ordering::SeqCst);
    }
}

/// The signal that arrived while signals were blocked, if one did.
pub(crate) fn received() -> Option<Signal> {
    match SIGNALS.received.load(Ordering::SeqCst) {
        0 => None,
        number => Some(Signal(u8::try_from(number).unwrap_or(u8::MAX))),
    }
}

/// Runs `write` with signals blocked. If one arrived meanwhile, the process exits afterwards.
pub(crate) fn with_signals_blocked<T>(write: impl FnOnce() -> T) -> T {
    let blocked = block();
    let written = write();
    drop(blocked);
    match received() {
        Some(signal) => std::process::exit(i32::from(signal.code())),
        None => written,
    }
}

/// A signal that asks the process to exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signal(u8);

impl Signal {
    fn code(self) -> u8 {
        self.0.saturating_add(128)
    }
}

impl From<Signal> for ExitCode {
    fn from(signal: Signal) -> Self {
        ExitCode::from(signal.code())
    }
}
