//! What follows a statement in its function.

use super::draft::Draft;
use super::refusal::Refusal;
use super::refusal::refuse;
use crate::code::Op;
use crate::code::call_name;
use crate::code::loops_around;
use crate::code::statement_of;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Packages whose calls only write a line.
const LOGS: [&str; 6] = ["log", "slog", "klog", "glog", "logger", "fmt"];

/// The first statement after a node in its function that is neither a plain return nor one that `may_follow` accepts; `None` if there is
/// none. A loop that runs the node again is such a statement.
pub(super) fn not_last<'a>(
    node: Node<'a>,
    scope: Node<'a>,
    may_follow: impl Fn(Node<'a>) -> bool,
) -> Option<Node<'a>> {
    let mut child = node;
    for parent in node.ancestors() {
        if child.kind() == Kind::ForStatement {
            return Some(child);
        }
        if parent.kind() == Kind::StatementList {
            for after in parent.children().filter(|it| it.start() > child.start()) {
                if after.kind() == Kind::ReturnStatement {
                    return (!is_plain(after)).then_some(after);
                }
                if !may_follow(after) {
                    return Some(after);
                }
            }
        }
        if parent == scope {
            break;
        }
        child = parent;
    }
    None
}

/// Whether a return statement computes nothing.
fn is_plain(returning: Node<'_>) -> bool {
    returning.own().all(|it| {
        !matches!(
            it.kind(),
            Kind::CallExpression | Kind::IndexExpression | Kind::UnaryExpression | Kind::FuncLiteral
        )
    })
}

/// The call of a statement that is nothing but a call, deferred or not.
pub(super) fn call_of(statement: Node<'_>) -> Option<Node<'_>> {
    let call = match statement.kind() {
        Kind::DeferStatement | Kind::ExpressionStatement => statement.nth(0),
        _ => None,
    };
    call.filter(|it| it.kind() == Kind::CallExpression)
}

/// Whether a call only writes a line.
pub(super) fn is_log(call: Node<'_>) -> bool {
    let name = call_name(call).unwrap_or("");
    let package = name.split('.').next().unwrap_or("");
    matches!(name, "print" | "println")
        || LOGS.contains(&package) && !name.contains("Fatal") && !name.contains("Panic")
}

/// A statement of a function's body itself; `None` in an inner block or in another statement.
pub(super) fn top_statement<'a>(node: Node<'a>, scope: Node<'a>) -> Option<Node<'a>> {
    let statement = statement_of(node)?;
    let body = statement.parent()?.parent()?;
    (call_of(statement) == Some(node) && Some(body) == scope.child(Field::Body)).then_some(statement)
}

/// Deletes calls that a deferred one replaces: each is the last statement of its path, and nothing else is deferred.
pub(super) fn drop_last(
    draft: &mut Draft,
    calls: &[Op<'_>],
    scope: Node<'_>,
    text: &str,
) -> Result<(), Refusal> {
    if let Some(other) = scope.own().find(|it| it.kind() == Kind::DeferStatement) {
        return refuse(format!("line {} defers too: the order would be another", other.line()));
    }
    for call in calls {
        let line = call.node.line();
        let statement = statement_of(call.node).filter(|it| call_of(*it) == Some(call.node));
        let Some(statement) = statement.filter(|_| call.node.text() == text && call.scope == scope) else {
            return refuse(format!("line {line} is not `{text}` by itself"));
        };
        if !loops_around(call.node, None).is_empty() {
            return refuse(format!("line {line} is in a loop"));
        }
        let may_follow =
            |it: Node<'_>| it.kind() == Kind::ExpressionStatement && call_of(it).is_some_and(is_log);
        if let Some(after) = not_last(statement, scope, may_follow) {
            return refuse(format!("line {} follows it: it would run before, and not after", after.line()));
        }
        draft.edits.delete(statement)?;
    }
    Ok(())
}
