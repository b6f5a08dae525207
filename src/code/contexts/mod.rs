//! Where a context comes from, and what ends it: back through callers, variables, fields and derivations to its root.

mod cancel;
mod origin;
mod sets;
#[cfg(test)]
mod tests;
mod tracer;

use super::function::Function;
use super::package::Package;
use super::workspace::Workspace;
use crate::syntax::Node;

pub(crate) use cancel::LostCancel;
pub(crate) use cancel::LostHow;
pub(crate) use origin::ContextEnd;
pub(crate) use origin::ContextOrigin;

/// All places that the context named by an expression may come from. `known` are the calls and `go` statements that are known to be on the
/// way, from the frames of a stack: where one of them calls a function, its other callers do not matter. Empty if the expression is
/// never set.
pub(crate) fn context_of<'a>(
    workspace: &Workspace<'a>,
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    expression: Node<'a>,
    known: &[Node<'a>],
) -> Vec<ContextOrigin<'a>> {
    tracer::Tracer::new(workspace, known).trace(package, function, expression)
}
