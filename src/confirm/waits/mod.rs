//! Waits for an end: selects, contexts, wait groups, conditions, ticks, signals, sleeps; and loops that never wait.

mod at_hand;
mod busy;
mod condition;
mod context;
mod end;
mod errgroup;
mod handler;
mod loops;
mod often;
mod receive;
mod select;
mod sleep;
mod wait_group;

pub(super) use often::may_be_once;
pub(super) use often::started;

use super::place::Case;
use super::said::Said;
use crate::code::Origin;

/// What the source says of a group that waits for an end, or that never waits.
pub(super) fn check(case: &Case<'_, '_>) -> Vec<Said> {
    // What ends a library's goroutine is the call that its user leaves out.
    if case.place.package.origin != Origin::Own {
        return Vec::new();
    }
    [
        select::check(case),
        receive::check(case),
        handler::check(case),
        wait_group::check(case),
        errgroup::check(case),
        condition::check(case),
        sleep::check(case),
        busy::check(case),
    ]
    .into_iter()
    .flatten()
    .collect()
}
