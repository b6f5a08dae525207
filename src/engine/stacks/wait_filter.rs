//! Which goroutines count by what they wait for and for how long.

use std::time::Duration;

use crate::golang;
use crate::model::BlockedOn;
use crate::model::SampleRef;

use super::pattern::Pattern;

/// Keeps goroutines by their state and by how long they have waited.
#[derive(Clone, Debug)]
pub(crate) struct WaitFilter {
    pub(super) state: Option<Pattern>,
    pub(super) min_wait: Option<Duration>,
}

impl WaitFilter {
    /// Whether goroutines in this state are kept. A stated state matches in Go's words and in ours, an inferred one in ours and in
    /// all of Go's words for it.
    pub(crate) fn keeps_state(&self, words: Option<&str>, blocked_on: Option<BlockedOn>) -> bool {
        let Some(pattern) = &self.state else { return true };
        let by_class = || blocked_on.is_some_and(|it| pattern.is_match(it.as_str()));
        match words {
            Some(words) => pattern.is_match(words) || by_class(),
            None => {
                by_class() || blocked_on.is_some_and(|it| golang::reasons(it).any(|it| pattern.is_match(it)))
            }
        }
    }

    /// The least number of whole minutes that a goroutine must have waited; `None` if any will do.
    pub(crate) fn min_minutes(&self) -> Option<u32> {
        let seconds = self.min_wait?.as_secs_f64();
        // Tracebacks state whole minutes.
        Some((seconds / 60.0).ceil().min(f64::from(u32::MAX)) as u32)
    }

    /// How many goroutines of a row have waited long enough.
    pub(crate) fn long_enough(&self, sample_ref: &SampleRef<'_>) -> i64 {
        let Some(least) = self.min_minutes() else { return sample_ref.sample.count };
        let minutes = sample_ref.goroutines.into_iter().flatten().map(|it| it.minutes.unwrap_or(0));
        i64::try_from(minutes.filter(|it| *it >= least).count()).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_in_both_words() {
        let check = |pattern: &str, words: Option<&str>, blocked_on: Option<BlockedOn>, expected: bool| {
            let state = Some(Pattern::new("state", pattern).expect("a pattern"));
            let filter = WaitFilter { state, min_wait: None };
            assert_eq!(filter.keeps_state(words, blocked_on), expected, "{pattern} {words:?} {blocked_on:?}");
        };
        let receive = Some(BlockedOn::ChannelReceive);
        check("chan receive", Some("chan receive"), receive, true);
        check("channel receive", Some("chan receive"), receive, true);
        check("chan receive", None, receive, true);
        check("^channel", None, receive, true);
        check("select", None, receive, false);
        check("semacquire", Some("sync.Mutex.Lock"), Some(BlockedOn::Lock), false);
        check("sync.*Lock", None, Some(BlockedOn::Lock), true);
        check("^run", Some("runnable"), Some(BlockedOn::Nothing), true);
        check(".", None, None, false);
    }

    #[test]
    fn whole_minutes() {
        let check = |seconds: u64, expected: u32| {
            let filter = WaitFilter { state: None, min_wait: Some(Duration::from_secs(seconds)) };
            assert_eq!(filter.min_minutes(), Some(expected), "{seconds} s");
        };
        check(600, 10);
        check(61, 2);
        check(30, 1);
        check(u64::MAX, u32::MAX);
    }
}
