//! How often the goroutines of a case are started. One that lives as long as the process is no leak.

use super::super::place::Case;
use super::super::place::package_of;
use crate::code::Runs;
use crate::syntax::Node;

/// How often the goroutines of a group are started.
pub(super) fn started(case: &Case<'_, '_>) -> Runs {
    let place = case.place;
    if let (Some(go), Some(site)) = (case.spawn, case.group.spawn_site.as_ref())
        && let Some(package) = package_of(case.workspace, site)
        && let Some(function) = package.function_of(go)
    {
        return case.workspace.runs(package, function, go);
    }
    let node = place.operation.unwrap_or(place.scope);
    case.workspace.runs(place.package, place.function, node)
}

/// The calls and the `go` statement that are known to have led to the place.
pub(super) fn known<'a>(case: &Case<'_, 'a>) -> Vec<Node<'a>> {
    let frames = super::super::place::frame_nodes(case.workspace, case.group);
    let above = frames.into_iter().filter(|it| it.frame > case.place.frame).map(|it| it.node);
    above.chain(case.spawn).collect()
}
