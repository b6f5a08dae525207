//! Sends and receives: who would take the value or bring it, and how they leave.
//!
//! A channel is followed under all its names in its package ([`Channel`](channel::Channel)). Only where the package shows all its uses a
//! cause is confirmed, and only if the goroutines that are said to have left are not in the same profile.

mod abandoned;
mod advice;
mod channel;
mod closes;
mod counted;
mod ignored;
mod leaves;
mod linked;
mod present;
mod receive;
mod semaphore;
mod send;
mod served;
mod start;
mod turns;

pub(crate) use abandoned::leaves;
pub(crate) use advice::is_visible;
pub(crate) use channel::Channel;
pub(crate) use closes::defer_instead;
pub(crate) use closes::skipped_close;
pub(crate) use leaves::Leave;
pub(crate) use leaves::Way;
pub(crate) use start::Runs;
pub(crate) use start::loop_without;
pub(crate) use start::runs_of;
pub(in crate::confirm) use start::waits_for_others;
pub(crate) use turns::turns;

use super::place::Case;
use super::said::Said;
use crate::syntax::Kind;
use crate::syntax::Operator;

/// What the source says of goroutines that wait in a send, a receive or a range loop.
pub(super) fn check(case: &Case<'_, '_>) -> Vec<Said> {
    let Some(operation) = case.place.operation else { return Vec::new() };
    match operation.kind() {
        Kind::SendStatement => send::check(case, operation),
        Kind::RangeClause => receive::check(case, operation),
        Kind::UnaryExpression if operation.operator() == Operator::Receive => receive::check(case, operation),
        _ => Vec::new(),
    }
}
