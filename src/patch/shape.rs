//! What follows a statement in its function.

use crate::code::call_name;
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
