//! Findings and source to verdicts: who holds the lock, who would receive, what would wake them.
//!
//! **Invariant:** a verdict is confirmed only if the lines prove the mechanism and the profile does not contradict it. What is not
//! understood is undecided; nothing fails.

mod group;
mod place;
mod said;

pub(crate) use group::ObservedFrame;
pub(crate) use group::ObservedGroup;
