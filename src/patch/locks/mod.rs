//! Patches of locks that are kept, taken twice, or held across a wait.

mod across;
mod again;
mod deferred;
mod exits;

pub(super) use across::unlock_before;
pub(super) use again::without_second;

use super::draft::Draft;
use super::refusal::Refusal;
use crate::confirm::Case;
use crate::diagnose::SourceVerdict;

/// A lock that a path leaves with: it is unlocked by defer, or before each way out that misses it.
pub(super) fn unlock(case: &Case<'_, '_>, verdict: &SourceVerdict) -> Result<Draft, Refusal> {
    deferred::unlock(case, verdict).or_else(|first| {
        exits::unlock(case, verdict)
            .map_err(|second| Refusal::Both { first: Box::new(first), second: Box::new(second) })
    })
}
