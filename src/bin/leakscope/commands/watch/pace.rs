//! When the next request may be sent, so that watching never takes more than one hundredth of a target's time.
//!
//! Times are durations since the view was started: nothing here reads a clock.

use std::time::Duration;

/// The next request waits at least this many times as long as the last one took.
const MIN_WAITS: u32 = 100;
/// By itself, a view works for one of its targets at most a quarter of the time: it rests three times as long as it worked.
const RESTS: u32 = 3;
const MIN_WAIT: Duration = Duration::from_secs(1);
/// After failures the wait doubles up to this.
const MAX_BACKOFF: Duration = Duration::from_secs(60);

/// When requests were sent to one target, and when the next may be.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    /// The interval that the user asked for.
    every: Duration,
    /// The earliest time of the next request.
    earliest: Duration,
    /// When the next request is sent by itself, not before `earliest`.
    due: Duration,
    /// Failures since the last success.
    failures: u32,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Answered,
    /// The target was reached, so it may have worked for the request until the end.
    Failed,
    /// The target was not reached: it did not work.
    NotReached,
}

impl Pace {
    /// The first request is due at once.
    pub(super) fn new(every: Duration) -> Self {
        Pace { every: every.max(MIN_WAIT), earliest: Duration::ZERO, due: Duration::ZERO, failures: 0 }
    }

    /// The time of the next request: as early as may be if somebody asked for it.
    pub(super) fn next(&self, is_asked: bool) -> Duration {
        if is_asked { self.earliest } else { self.due.max(self.earliest) }
    }

    /// Records a request that was sent at one time and ended at another. `cost` is how long the target worked for it at most.
    pub(super) fn record(&mut self, sent: Duration, ended: Duration, cost: Duration, how: Ended) {
        let bound = cost.saturating_mul(MIN_WAITS).max(MIN_WAIT);
        match how {
            Ended::Answered => {
                self.failures = 0;
                self.earliest = ended.saturating_add(bound);
                self.due = sent.saturating_add(self.every);
            }
            Ended::Failed | Ended::NotReached => {
                let doubled = self.every.saturating_mul(1u32.checked_shl(self.failures).unwrap_or(u32::MAX));
                self.failures = self.failures.saturating_add(1).min(30);
                self.earliest = ended.saturating_add(if how == Ended::Failed { bound } else { MIN_WAIT });
                self.due = ended.saturating_add(doubled.min(MAX_BACKOFF.max(self.every)));
            }
        }
    }

    /// Rests after the work on an answer, so that a large process or much source does not keep this machine busy.
    pub(super) fn rest(&mut self, now: Duration, worked: Duration) {
        self.due = self.due.max(now.saturating_add(worked.saturating_mul(RESTS)));
    }

    /// The share of the target's time that one request at this pace takes, at most 0.01.
    pub(super) fn share(&self, sent: Duration, cost: Duration) -> f64 {
        let interval = self.next(false).saturating_sub(sent).as_secs_f64();
        if interval > 0.0 { cost.as_secs_f64() / interval } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_request_waits_a_hundred_times_what_the_last_took() {
        let check = |every, cost, expected: (Duration, Duration)| {
            let mut pace = Pace::new(every);
            assert_eq!((pace.next(true), pace.next(false)), (ms(0), ms(0)));
            pace.record(ms(500), ms(500) + cost, cost, Ended::Answered);
            assert_eq!((pace.next(true), pace.next(false)), expected, "{every:?} {cost:?}");
            assert!(pace.share(ms(500), cost) <= 0.01);
        };
        check(ms(2000), ms(8), (ms(1508), ms(2500)));
        check(ms(2000), ms(30), (ms(3530), ms(3530)));
        check(ms(10), ms(1), (ms(1501), ms(1501)));
        check(ms(60_000), ms(3100), (ms(313_600), ms(313_600)));
    }

    #[test]
    fn the_view_rests_three_times_as_long_as_it_worked() {
        let check = |worked, expected| {
            let mut pace = Pace::new(ms(2000));
            pace.record(ms(0), ms(5), ms(5), Ended::Answered);
            pace.rest(ms(5) + worked, worked);
            assert_eq!((pace.next(true), pace.next(false)), (ms(1005), expected));
        };
        check(ms(100), ms(2000));
        check(ms(1000), ms(4005));
    }

    #[test]
    fn failures_double_the_wait_up_to_a_minute() {
        let mut pace = Pace::new(ms(2000));
        let mut waits = Vec::new();
        for _ in 0..7 {
            pace.record(ms(0), ms(10), ms(10), Ended::NotReached);
            waits.push(pace.next(false).saturating_sub(ms(10)).as_secs());
        }
        assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60]);
        // Asked for, it may be sent at once: it costs the target nothing.
        assert_eq!(pace.next(true), ms(1010));
        pace.record(ms(0), ms(10), ms(10), Ended::Answered);
        pace.record(ms(0), ms(10), ms(10), Ended::NotReached);
        assert_eq!(pace.next(false), ms(2010));
        // An interval that is longer than a minute stays.
        let mut slow = Pace::new(ms(300_000));
        slow.record(ms(0), ms(10), ms(10), Ended::NotReached);
        assert_eq!(slow.next(false), ms(300_010));
        // A target that was reached may have worked until the time limit.
        slow.record(ms(0), ms(10_000), ms(10_000), Ended::Failed);
        assert_eq!(slow.next(true), ms(1_010_000));
        (0..40).for_each(|_| slow.record(ms(0), ms(0), ms(0), Ended::NotReached));
        assert_eq!(slow.next(false), ms(300_000));
    }
}
