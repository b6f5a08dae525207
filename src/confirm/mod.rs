//! Findings and source to verdicts: who holds the lock, who would receive, what would wake them.
//!
//! **Invariant:** a verdict is confirmed only if the lines prove the mechanism and the profile does not contradict it. What is not
//! understood is undecided; nothing fails.

mod channels;
mod confirm;
#[cfg(test)]
mod control;
mod group;
mod locks;
mod place;
mod program;
mod resources;
mod said;
#[cfg(test)]
mod tests;
mod wait;
mod waits;
mod wake;

pub(crate) use confirm::confirm;
pub(crate) use group::observe;
