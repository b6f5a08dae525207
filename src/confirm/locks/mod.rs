//! Locks: who of the profile holds the lock that others wait for.
//!
//! A profile shows all goroutines. Each frame of each stack is asked whether its function holds the lock at its line; so the answer is
//! a function, a line, and what that goroutine waits for itself. A lock is distinguished by its variable or by type and field: which
//! object of a type it belongs to is followed inside of one stack, and between stacks it is concluded only where nobody else holds one.
//!
//! `operation` says what a call does with a lock, `state` follows it on the paths of a function, `lock` says which lock an expression
//! names, and `table` has all operations of a package. `chain` has the frames of a stack in the source; `held`, `wanted` and `identity`
//! say what its goroutines hold and want, `holders` and `kept` find the goroutine or the path that has the lock. `waiter`, `others`,
//! `waiting`, `across` and `once` conclude; `asked` answers patches.

mod across;
mod asked;
mod chain;
mod held;
mod holders;
mod identity;
mod kept;
mod lock;
mod once;
mod operation;
mod others;
mod state;
mod table;
mod waiter;
mod waiting;
mod wanted;
mod words;

pub(crate) use asked::LockOp;
pub(crate) use asked::is_held_at;
pub(crate) use asked::keepers;
pub(crate) use asked::operations_at;
pub(crate) use kept::Kept;

use super::place::Case;
use super::said::Said;
use crate::model::BlockedOn;

/// Says who holds the lock that a group waits for, and which lock a group holds that those need who would wake it.
pub(super) fn check(case: &Case<'_, '_>) -> Vec<Said> {
    match case.group.blocked_on {
        Some(BlockedOn::Lock | BlockedOn::RwLock) => {
            once::once(case).map_or_else(|| waiting::waiting(case), |said| vec![said])
        }
        Some(BlockedOn::WaitGroup | BlockedOn::ChannelSend | BlockedOn::ChannelReceive) => {
            across::across(case)
        }
        _ => Vec::new(),
    }
}
