//! Waiters for a call that another goroutine of the same profile makes: `singleflight` and `sync.Once`.

use super::place::call_in;
use super::requests::without_timeout;
use crate::confirm::group::ObservedGroup;
use crate::confirm::place::Case;
use crate::confirm::place::Place;
use crate::confirm::place::frame_nodes;
use crate::confirm::place::last_name;
use crate::confirm::said::Said;
use crate::confirm::said::line_in;
use crate::diagnose::SourceCertainty;
use crate::model::BlockedOn;
use crate::syntax::Node;

/// Goroutines that wait for the result of a flight: what the one that makes the call waits for is the cause.
pub(super) fn stuck_flight(case: &Case<'_, '_>) -> Option<Said> {
    let mut flying = case
        .groups
        .iter()
        .filter(|it| runs(it.group, "singleflight.(*Group).doCall") && !it.group.stack.is_empty());
    // Several flights are of several keys or groups: which one it waits for is not known.
    let (flight, None) = (flying.next()?, flying.next()) else { return None };
    let place = flight.place?;
    let call = call_in(&place, flight.group)?;
    let said = without_timeout(place.package, place.function, call)?;
    if said.certainty != SourceCertainty::Confirmed {
        return None;
    }
    let wait = call_in(&case.place, case.group)?;
    let sentence = format!(
        "line {} waits for the one flight, which waits in this same profile: {}",
        wait.line(),
        said.sentence
    );
    Some(Said { sentence, ..said }.with("waits for the flight", wait))
}

/// Goroutines that wait for a `sync.Once` whose function does not return.
pub(super) fn stuck_once(case: &Case<'_, '_>) -> Option<Said> {
    let wait = once_call(case, case.group, Some(&case.place))?;
    let object = |call: Node<'_>| super::obtained::operand(call).map(Node::text).map(str::to_owned);
    for other in case.groups {
        if std::ptr::eq(other.group, case.group) || waits_for_once(other.group) {
            continue;
        }
        let nodes = frame_nodes(case.workspace, other.group);
        let within = nodes.iter().find(|it| {
            let below = it.frame.checked_sub(1).and_then(|at| other.group.stack.get(at));
            below.is_some_and(|it| it.function.starts_with("sync.(*Once)"))
        });
        let Some(within) = within else { continue };
        let is_same = std::ptr::eq(within.package, case.place.package) && object(within.node) == object(wait);
        let Some(stuck) = nodes.first().filter(|it| is_same && it.frame < within.frame) else { continue };
        let sentence = format!(
            "line {} waits for the Once whose function is stuck in this same profile at {}",
            wait.line(),
            line_in(stuck.node, wait)
        );
        let said = Said::confirmed("deadlock-mutex", sentence).with("waits", wait).with("stuck", stuck.node);
        return Some(said.advising(format!("end the wait of {} first", line_in(stuck.node, wait))));
    }
    None
}

/// Whether a group waits in a `Once` that another goroutine runs.
pub(super) fn waits_for_once(group: &ObservedGroup) -> bool {
    let first = group.stack.iter().position(|it| it.function.starts_with("sync.(*Once)"));
    let below = first.and_then(|at| group.stack.get(..at)).unwrap_or_default();
    let is_lock =
        |it: &str| it.starts_with("sync.") || it.starts_with("internal/sync.") || it.starts_with("runtime.");
    first.is_some()
        && group.blocked_on == Some(BlockedOn::Lock)
        && below.iter().all(|it| is_lock(&it.function))
}

fn once_call<'a>(case: &Case<'_, 'a>, group: &ObservedGroup, place: Option<&Place<'a>>) -> Option<Node<'a>> {
    let place = place?;
    let below = place.frame.checked_sub(1).and_then(|at| group.stack.get(at))?;
    let is_once = below.function.starts_with("sync.(*Once)") && last_name(&below.function) == "Do";
    (is_once && waits_for_once(group)).then_some(())?;
    call_in(&case.place, group)
}

fn runs(group: &ObservedGroup, function: &str) -> bool {
    group.stack.iter().any(|it| it.function.contains(function))
}
