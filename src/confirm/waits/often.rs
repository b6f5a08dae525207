//! How often the goroutines of a case are started. One that lives as long as the process is no leak.

use super::super::place::Case;
use super::super::place::package_of;
use crate::code::Runs;
use crate::syntax::Field;
use crate::syntax::Node;

/// What is said of a goroutine that lives as long as the process.
pub(super) const ONCE: &str = "; it may be meant to live as long as the process";

/// Whether the goroutines of a group may live as long as the process by design: they are started once, or nobody sees how often and
/// they do not grow.
pub(in crate::confirm) fn may_be_once(case: &Case<'_, '_>) -> bool {
    match started(case) {
        Runs::Once => true,
        Runs::Often => false,
        Runs::Unknown => !case.group.grew,
    }
}

/// How often the goroutines of a group are started.
pub(in crate::confirm) fn started(case: &Case<'_, '_>) -> Runs {
    let place = case.place;
    if let (Some(go), Some(site)) = (case.spawn, case.group.spawn_site.as_ref())
        && let Some(package) = package_of(case.workspace, site)
        && let Some(function) = package.function_of(go)
    {
        return case.workspace.runs(package, function, go);
    }
    // Its own loops do not start it.
    let node = place.scope.child(Field::Body).unwrap_or(place.scope);
    case.workspace.runs(place.package, place.function, node)
}

/// The calls and the `go` statement that are known to have led to the place.
pub(super) fn known<'a>(case: &Case<'_, 'a>) -> Vec<Node<'a>> {
    let frames = super::super::place::frame_nodes(case.workspace, case.group);
    let above = frames.into_iter().filter(|it| it.frame > case.place.frame).map(|it| it.node);
    above.chain(case.spawn).collect()
}
