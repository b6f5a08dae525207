//! Rate limiters: more goroutines are started than they let through.

use super::obtained::operand;
use crate::code::Object;
use crate::code::Runs;
use crate::code::arguments;
use crate::code::called_name;
use crate::code::loops_around;
use crate::confirm::channels::waits_for_others;
use crate::confirm::place::Case;
use crate::confirm::said::Said;
use crate::confirm::said::line_in;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Calls and operations before a `go` statement that may limit how many goroutines it starts.
const LIMITS: [&str; 8] = ["Acquire", "TryAcquire", "Take", "Wait", "WaitN", "Allow", "AllowN", "Lock"];

/// Goroutines that wait for their turn, each started by a statement that nothing limits.
pub(super) fn unlimited_start<'a>(case: &Case<'_, 'a>, wait: Node<'a>) -> Option<Said> {
    let (place, go) = (case.place, case.spawn.filter(|_| case.group.is_growing)?);
    let limiter = operand(wait)?;
    let is_shared = !matches!(place.package.object(place.function, limiter), Object::Local { .. });
    // A worker comes back for the next value; a context may end the wait.
    let is_worker = !loops_around(wait, Some(place.scope)).is_empty();
    let may_end = arguments(wait).next().is_some_and(|it| it.text() != "context.Background()");
    let starter = go.function()?;
    let limits = |it: Node<'_>| {
        let is_before = it.start() < go.start()
            && (matches!(it.kind(), Kind::SendStatement | Kind::SelectStatement)
                || called_name(it).is_some_and(|name| LIMITS.contains(&name)));
        is_before || waits_for_others(it) && !go.contains(it)
    };
    if !is_shared
        || is_worker
        || may_end
        || starter.own().any(limits)
        || place.function.node.own().any(|it| it.start() < wait.start() && it.kind() == Kind::SelectStatement)
    {
        return None;
    }
    if crate::confirm::waits::started(case) != Runs::Often {
        return None;
    }
    let (start, line) = (line_in(go, wait), wait.line());
    let sentence = format!(
        "{start} starts a goroutine for each value, without a limit; each waits at line {line} for its turn at `{}`, and they come faster \
         than it lets them through",
        limiter.text()
    );
    let said = Said::confirmed("unbounded-spawn", sentence).with("waits", wait).with("started", go);
    Some(said.advising(format!(
        "let a fixed number of goroutines take the values from a queue with a bound, or refuse work before {start} when there is too much"
    )))
}
