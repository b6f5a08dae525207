//! Patches that end a wait with a context: one in scope, that of a request, or one that callers hand down; or attempts at a limit. Which
//! context, and what the end should be, is a decision.

mod context;
mod range;
mod retry;
mod root;
mod wait;

pub(super) use range::in_range;
pub(super) use retry::limited;
pub(super) use root::from_caller;
pub(super) use wait::in_place_of_receive;
pub(super) use wait::in_place_of_sleep;
pub(super) use wait::in_select;
pub(super) use wait::in_ticks;
