//! What becomes of the cancel function of a context.

use super::super::callers::Caller;
use super::super::function::Function;
use super::super::object::Object;
use super::super::op::Op;
use super::super::op::OpKind;
use super::super::package::Package;
use super::super::paths::exits_without;
use super::super::uses::EscapeKind;
use super::super::uses::Uses;
use super::super::workspace::Workspace;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// A cancel function that does not end its context, at least on one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LostCancel<'a> {
    /// The call that makes the context and the function.
    pub(crate) made: Node<'a>,
    /// What keeps the function; `None` if it is thrown away at once.
    pub(crate) name: Option<&'a str>,
    /// How it is lost.
    pub(crate) how: LostHow<'a>,
}

/// How a cancel function is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LostHow<'a> {
    /// It is assigned to `_`.
    Dropped,
    /// Nothing calls it. The field that keeps it; `None` for a local variable.
    NeverCalled(Option<Object<'a>>),
    /// A path leaves the function without the call.
    Skipped {
        /// Where it leaves: a `return`; `None` for the end of the function.
        exit: Option<Node<'a>>,
        /// A call on another path.
        call: Node<'a>,
    },
    /// It is kept for others to call, but a path leaves the function before that.
    NotKept {
        /// Where it leaves: a `return`.
        exit: Node<'a>,
        /// Where another path keeps it.
        kept: Node<'a>,
    },
    /// Only this function calls it, and nothing calls that.
    NeverReached {
        /// The function.
        by: &'a Function<'a>,
        /// The call in it.
        call: Node<'a>,
    },
}

/// What becomes of a cancel function.
pub(super) enum Fate<'a> {
    /// It ends nothing.
    Lost(LostCancel<'a>),
    /// It is called, or somebody who is not followed has it.
    Called(Vec<Node<'a>>),
    /// It is called when `main` returns, and only then.
    AtExit,
}

/// What becomes of the cancel function of the context that `made` makes. `used` is where the context goes on to the wait, if that is in the
/// same function.
pub(super) fn fate<'a>(
    workspace: &Workspace<'a>,
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    made: Node<'a>,
    cancel: Option<Node<'a>>,
    used: Node<'a>,
) -> Fate<'a> {
    let Some(cancel) = cancel else { return Fate::Called(Vec::new()) };
    let lost = |name, how| Fate::Lost(LostCancel { made, name, how });
    if cancel.text() == "_" {
        return lost(None, LostHow::Dropped);
    }
    let name = Some(cancel.text());
    let uses = Uses::of_expression(package, function, cancel);
    let calls = uses.of(|kind| kind == OpKind::Call);
    let nodes: Vec<Node<'a>> = calls.iter().map(|it| it.node).collect();
    // Where it comes from is known: it is the result of `made`.
    let mut others = uses.escapes.iter().filter(|it| it.kind != EscapeKind::FromCall).peekable();
    if others.peek().is_some() {
        let kept: Option<Vec<Node<'a>>> = others.map(|it| it.node).collect();
        let how = kept.and_then(|kept| not_kept(&nodes, &kept, made.function(), used));
        return how.map_or(Fate::Called(nodes), |how| lost(name, how));
    }
    if calls.is_empty() {
        let field = uses.objects.iter().copied().find(|it| matches!(it, Object::Field { .. }));
        return lost(name, LostHow::NeverCalled(field));
    }
    let scope = made.function();
    if calls.iter().all(|it| Some(it.scope) == scope || is_run_here(it.scope, scope)) {
        return skipped(&nodes, scope, used).map_or_else(
            || if is_main(function) { Fate::AtExit } else { Fate::Called(nodes.clone()) },
            |how| lost(name, how),
        );
    }
    match never_reached(workspace, package, &calls, function) {
        Some(how) => lost(name, how),
        None => Fate::Called(nodes),
    }
}

fn is_main(function: &Function<'_>) -> bool {
    function.receiver.is_none() && function.name == "main" && function.file.package_name == "main"
}

/// Whether a closure is deferred or called at once in a scope.
fn is_run_here(closure: Node<'_>, scope: Option<Node<'_>>) -> bool {
    let call = closure
        .parent()
        .filter(|it| it.kind() == Kind::CallExpression && it.child(Field::Function) == Some(closure));
    call.and_then(Node::parent).is_some_and(|it| it.kind() != Kind::GoStatement && it.function() == scope)
}

/// A way out of the scope, after the context is handed on, that does not call the function.
fn skipped<'a>(calls: &[Node<'a>], scope: Option<Node<'a>>, used: Node<'a>) -> Option<LostHow<'a>> {
    let scope = scope.filter(|it| it.contains(used))?;
    let (without, with) = exits_without(scope, Some(used), |node| calls.contains(&node)).ok()?;
    if with.is_empty() {
        return None;
    }
    let exit = without.iter().find(|it| it.is_some()).or(without.first())?;
    // Go's own vet speaks of a path through the end of the function too.
    Some(LostHow::Skipped { exit: *exit, call: *calls.first()? })
}

/// A `return` of the scope, after the context is handed on, before which the function is neither called nor kept.
fn not_kept<'a>(
    calls: &[Node<'a>],
    kept: &[Node<'a>],
    scope: Option<Node<'a>>,
    used: Node<'a>,
) -> Option<LostHow<'a>> {
    let scope = scope.filter(|it| it.contains(used))?;
    if kept.iter().any(|it| it.function() != Some(scope)) {
        return None;
    }
    let is_end = |node: Node<'a>| {
        calls.contains(&node) || kept.iter().any(|it| node.contains(*it) || it.contains(node))
    };
    let is_kept_before = kept.iter().any(|it| it.start() < used.start());
    let (without, with) = exits_without(scope, Some(used), is_end).ok()?;
    let exit = without.into_iter().flatten().next().filter(|_| !with.is_empty() && !is_kept_before)?;
    Some(LostHow::NotKept { exit, kept: *kept.first()? })
}

/// The function that calls it, if all that call it are never called themselves.
fn never_reached<'a>(
    workspace: &Workspace<'a>,
    package: &'a Package<'a>,
    calls: &[Op<'a>],
    maker: &'a Function<'a>,
) -> Option<LostHow<'a>> {
    for op in calls {
        if op.function == maker || op.function.is_vars() || matches!(op.function.name, "main" | "init") {
            return None;
        }
        let callers = workspace.callers(package, op.function);
        let is_called = callers.calls.iter().any(|it: &Caller<'a>| it.function != op.function);
        if is_called || !callers.is_complete {
            return None;
        }
    }
    let first = calls.first()?;
    Some(LostHow::NeverReached { by: first.function, call: first.node })
}
