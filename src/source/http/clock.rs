//! The clock of a series: set once from the system clock, then monotonic, so that it does not follow changes of the system
//! clock.
#![expect(clippy::disallowed_methods, reason = "requests are timed here, and nowhere else in the library")]

use std::time::Instant;

use jiff::SignedDuration;
use jiff::Timestamp;

/// A monotonic clock that was set once from the system clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    set_to: Timestamp,
    set_at: Instant,
}

impl Clock {
    /// Sets a new clock from the system clock.
    pub(crate) fn set() -> Self {
        Self { set_to: Timestamp::now(), set_at: Instant::now() }
    }

    /// The current time.
    pub(crate) fn now(&self) -> Timestamp {
        let since = SignedDuration::try_from(self.set_at.elapsed()).unwrap_or(SignedDuration::MAX);
        self.set_to.checked_add(since).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_monotonic_from_where_it_was_set() {
        let clock = Clock::set();
        let (first, second) = (clock.now(), clock.now());
        assert!(clock.set_to <= first && first <= second);
        let old = Clock { set_to: Timestamp::UNIX_EPOCH, ..clock };
        assert!(old.now().as_second() < 3600, "it does not follow the system clock");
    }
}
