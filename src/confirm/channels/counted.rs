//! Ways out by which a receiver has counted what it received: it may have received all.

use super::leaves::Leave;
use crate::code::arguments;
use crate::code::call_name;
use crate::code::expressions;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Whether a receiver leaves by a condition on what it counts as it receives: then it may have received all. It counts in a variable, a
/// slice that grows, or a set that it empties.
pub(super) fn counts(leave: &Leave<'_>) -> bool {
    let scope = leave.receive.scope;
    let own_case = leave.receive.select().map(|(_, case)| case);
    let is_elsewhere = |node: Node<'_>| {
        let mut cases = node.ancestors().take_while(|it| *it != scope);
        cases.find(|it| it.kind() == Kind::CommunicationCase).is_some_and(|it| Some(it) != own_case)
    };
    let counted: Vec<&str> =
        scope.own().filter(|it| !is_elsewhere(*it)).filter_map(|it| counted_by(it).map(Node::text)).collect();
    let names_it = |node: Node<'_>| {
        node.own().any(|it| {
            matches!(it.kind(), Kind::Identifier | Kind::SelectorExpression) && counted.contains(&it.text())
        })
    };
    // `left := len(pending)` is a count too.
    let is_copy = |name: Node<'_>| {
        name.kind() == Kind::Identifier
            && scope.own().any(|it| {
                matches!(it.kind(), Kind::ShortVarDeclaration | Kind::AssignmentStatement)
                    && expressions(it.child(Field::Left)).iter().any(|left| left.text() == name.text())
                    && it.child(Field::Right).is_some_and(names_it)
            })
    };
    let inside = leave.node.ancestors().take_while(|it| *it != scope);
    let conditions = inside.filter_map(|it| match it.kind() {
        Kind::IfStatement => it.child(Field::Condition),
        Kind::ExpressionCase | Kind::ExpressionSwitchStatement => it.child(Field::Value),
        _ => None,
    });
    let mut conditions = conditions;
    conditions.any(|it| names_it(it) || it.own().any(is_copy))
}

/// What a statement counts: `n++`, `n += 1`, `all = append(all, v)`, `delete(pending, id)`, `seen[id] = true`.
fn counted_by(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        Kind::IncStatement | Kind::DecStatement => node.nth(0),
        Kind::CallExpression if call_name(node) == Some("delete") => arguments(node).next(),
        Kind::AssignmentStatement => {
            let [left] = *expressions(node.child(Field::Left)).as_slice() else { return None };
            let right = node.child(Field::Right)?;
            if left.kind() == Kind::IndexExpression {
                return left.child(Field::Operand);
            }
            // `n += 1`, `n = n + 1`, `all = append(all, v)`
            let is_updated = !node.text().get(left.text().len()..)?.trim_start().starts_with('=');
            (is_updated || right.own().any(|it| it.text() == left.text())).then_some(left)
        }
        _ => None,
    }
}
