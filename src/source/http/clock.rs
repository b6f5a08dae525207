//! The time of a series: it begins with this machine's clock, and then neither goes back nor jumps with it.
#![expect(clippy::disallowed_methods, reason = "requests are timed here, at the door of the library")]

use std::time::Instant;

use jiff::SignedDuration;
use jiff::Timestamp;

/// A clock that was set once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    set_to: Timestamp,
    set_at: Instant,
}

impl Clock {
    /// Set by this machine's clock.
    pub(crate) fn set() -> Self {
        Self { set_to: Timestamp::now(), set_at: Instant::now() }
    }

    /// What it shows.
    pub(crate) fn now(&self) -> Timestamp {
        let since = SignedDuration::try_from(self.set_at.elapsed()).unwrap_or(SignedDuration::MAX);
        self.set_to.checked_add(since).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_from_where_it_was_set() {
        let clock = Clock::set();
        let (first, second) = (clock.now(), clock.now());
        assert!(clock.set_to <= first && first <= second);
        let old = Clock { set_to: Timestamp::UNIX_EPOCH, ..clock };
        assert!(old.now().as_second() < 3600, "it does not follow this machine's clock");
    }
}
