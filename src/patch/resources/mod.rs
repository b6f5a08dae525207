//! Patches of what a call gives and nothing ends: bodies, rows, handles, contexts, iterators, pipes, clients, connections.

mod closed;
mod deadlines;
mod kept;
mod pipes;
mod timeouts;

pub(super) use closed::closed;
pub(super) use deadlines::with_deadline;
pub(super) use kept::cancelled_on_every_path;
pub(super) use kept::ended;
pub(super) use pipes::other_end;
pub(super) use timeouts::with_timeout;
