//! Patches of locks that are kept, taken twice, or held across a wait.

mod across;
mod again;
mod deferred;
mod exits;
mod split;

pub(super) use across::unlock_before;

use super::draft::Draft;
use super::or;
use super::refusal::Refusal;
use crate::confirm::Case;
use crate::diagnose::SourceVerdict;

/// A lock that is taken again by its holder: the second lock goes, or it is not called for.
pub(super) fn without_second(case: &Case<'_, '_>, verdict: &SourceVerdict) -> Result<Draft, Refusal> {
    let again = again::taken_again(case, verdict)?;
    or(again::dropped(case.place.package, &again), || split::split(case.place.package, &again))
}

/// A lock that a path leaves with: it is unlocked by defer, or before each way out that misses it.
pub(super) fn unlock(case: &Case<'_, '_>, verdict: &SourceVerdict) -> Result<Draft, Refusal> {
    or(deferred::unlock(case, verdict), || exits::unlock(case, verdict))
}
