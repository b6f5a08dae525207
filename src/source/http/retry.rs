//! Decides which failures are temporary, and how long to wait before the next attempt.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

use crate::source::error::CauseKind;
use crate::source::error::MAX_RETRY_AFTER;
use crate::source::error::Phase;
use crate::source::error::SourceError;

/// The wait before the second attempt. It doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const MAX_WAIT: Duration = Duration::from_secs(10);

/// The wait after failed attempt number `tries`; `None` if a retry would not help.
pub(crate) fn wait_after(error: &SourceError, tries: u32) -> Option<Duration> {
    if let SourceError::Transport { phase, source, .. } = error {
        let reset = source.kind == CauseKind::Reset && *phase == Phase::FirstByte;
        return (reset || source.kind == CauseKind::Refused).then(|| backoff(tries, jitter()));
    }
    let SourceError::Status { status: status @ (429 | 502..=504), retry_after, .. } = error else {
        return None;
    };
    match retry_after {
        Some(wait) => Some(*wait).filter(|wait| *wait <= MAX_RETRY_AFTER),
        None if *status == 429 => None,
        None => Some(backoff(tries, jitter())),
    }
}

/// Exponential backoff with jitter: 50 % to 100 % of the doubled wait, so that many clients do not retry together.
fn backoff(tries: u32, jitter: f64) -> Duration {
    let doublings = tries.saturating_sub(1).min(8);
    let whole = FIRST_WAIT.saturating_mul(1 << doublings).min(MAX_WAIT);
    whole.mul_f64(0.5 + jitter / 2.0)
}

/// A random number in 0..1. The standard library seeds each hasher differently, which is random enough here.
fn jitter() -> f64 {
    let random = RandomState::new().hash_one(0_u8);
    f64::from(random as u32) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::error::Cause;

    #[test]
    fn retries_only_temporary_failures() {
        let retries = |error: SourceError| wait_after(&error, 1).is_some();
        let status = |status, retry_after: Option<u64>| {
            let (url, origin, body) = (String::new(), String::new(), String::new());
            let retry_after = retry_after.map(Duration::from_secs);
            let from_go_pprof = false;
            retries(SourceError::Status { url, origin, status, from_go_pprof, retry_after, body, tries: 1 })
        };
        assert!(status(503, None) && status(502, Some(30)) && status(429, Some(1)));
        assert!(!status(504, Some(31)) && !status(429, None) && !status(500, None) && !status(401, None));
        let transport = |phase, kind| {
            let (url, source) = (String::new(), Cause { kind, text: String::new() });
            retries(SourceError::Transport { url, phase, tries: 1, source })
        };
        assert!(transport(Phase::Connecting, CauseKind::Refused));
        assert!(transport(Phase::FirstByte, CauseKind::Reset));
        assert!(!transport(Phase::Body { received: 1, promised: None }, CauseKind::Reset));
        assert!(!transport(Phase::Tls, CauseKind::UnknownIssuer));
    }

    #[test]
    fn doubles_the_wait_up_to_its_limit() {
        for (tries, jitter, millis) in [(1, 0.0, 250), (1, 1.0, 500), (3, 0.0, 1_000), (40, 1.0, 10_000)] {
            assert_eq!(backoff(tries, jitter), Duration::from_millis(millis));
        }
        assert!((0.0..1.0).contains(&jitter()));
    }
}
