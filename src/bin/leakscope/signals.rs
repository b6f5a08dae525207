//! SIGINT and SIGTERM: what is being written is finished first, so that nothing half is left.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// What the handlers know.
struct Signals {
    /// Whether a signal ends the process at once.
    idle: Arc<AtomicBool>,
    /// The number of the signal that came while it did not; 0 for none.
    came: Arc<AtomicUsize>,
}

static SIGNALS: LazyLock<Signals> =
    LazyLock::new(|| Signals { idle: Arc::new(AtomicBool::new(true)), came: Arc::new(AtomicUsize::new(0)) });

/// Takes the signals over. Where the system grants no handler, they end the process at any time, as before.
#[cfg(unix)]
pub(crate) fn take_over() {
    use signal_hook::consts::SIGINT;
    use signal_hook::consts::SIGTERM;
    use signal_hook::consts::SIGXFSZ;
    use signal_hook::flag;

    let Signals { idle, came } = &*SIGNALS;
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first looks at what was before this signal.
        let _ = flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(idle));
        let _ = flag::register_usize(signal, Arc::clone(came), signal.unsigned_abs() as usize);
    }
    // A file over the limit of the shell is then an error of write(2), and not the end.
    let _ = flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
}

#[cfg(not(unix))]
pub(crate) fn take_over() {}

/// For as long as this lives, a signal waits until it is asked for.
pub(crate) struct Held;

/// Lets signals wait.
pub(crate) fn hold() -> Held {
    SIGNALS.idle.store(false, Ordering::SeqCst);
    Held
}

impl Drop for Held {
    fn drop(&mut self) {
        SIGNALS.idle.store(true, Ordering::SeqCst);
    }
}

/// The signal that waits, or was waited for; `None` if there is none.
pub(crate) fn came() -> Option<Signal> {
    match SIGNALS.came.load(Ordering::SeqCst) {
        0 => None,
        number => Some(Signal(u8::try_from(number).unwrap_or(u8::MAX))),
    }
}

/// Writes something as a whole; a signal that came meanwhile ends the process after it.
pub(crate) fn whole<T>(write: impl FnOnce() -> T) -> T {
    let held = hold();
    let written = write();
    drop(held);
    match came() {
        Some(signal) => std::process::exit(i32::from(signal.code())),
        None => written,
    }
}

/// A signal that asks the process to end.
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
