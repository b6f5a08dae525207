//! Findings and source to verdicts: who holds the lock, who would receive, what would wake them.
//!
//! **Invariant:** a verdict is confirmed only if the lines prove the mechanism and the profile does not contradict it. What is not
//! understood is undecided; nothing fails.
#![expect(clippy::wildcard_enum_match_arm, reason = "most kinds of syntax concern no single question")]

pub(crate) mod channels;
#[cfg(test)]
pub(crate) mod control;
mod group;
pub(crate) mod locks;
mod place;
mod program;
mod proof;
pub(crate) mod resources;
mod road;
mod said;
#[cfg(test)]
pub(crate) mod tests;
mod wait;
mod waits;
pub(crate) mod wake;

pub(crate) use group::ObservedGroup;
pub(crate) use group::observe;
pub(crate) use place::Case;
pub(crate) use proof::Proof;
pub(crate) use road::confirm;
pub(crate) use road::verdicts_of;
#[cfg(test)]
pub(crate) use road::views_mended;
