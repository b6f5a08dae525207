//! An operation on a lock: what a call does with it, and which expression names it.

use crate::code::Op;
use crate::code::OpKind;
use crate::code::called_name;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

/// How a lock is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// By one goroutine: `Lock`.
    Write,
    /// By any number of readers: `RLock`.
    Read,
}

/// What an operation does with its lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It takes it, and waits until it can.
    Take(Mode),
    /// It gives it back.
    Give(Mode),
    /// It takes it if it can.
    Try,
}

/// The methods of locks.
pub(super) const NAMES: [&str; 6] = ["Lock", "RLock", "Unlock", "RUnlock", "TryLock", "TryRLock"];

/// The effect of an operation on a lock.
pub(super) fn effect(op: &Op<'_>) -> Effect {
    match op.kind {
        OpKind::Method("Lock") => Effect::Take(Mode::Write),
        OpKind::Method("RLock") => Effect::Take(Mode::Read),
        OpKind::Method("Unlock") => Effect::Give(Mode::Write),
        OpKind::Method("RUnlock") => Effect::Give(Mode::Read),
        _ => Effect::Try,
    }
}

/// Whether an operation takes its lock, and how.
pub(super) fn takes(op: &Op<'_>) -> Option<Mode> {
    match effect(op) {
        Effect::Take(mode) => Some(mode),
        Effect::Give(_) | Effect::Try => None,
    }
}

/// Whether an operation gives its lock back.
pub(super) fn gives(op: &Op<'_>) -> bool {
    matches!(effect(op), Effect::Give(_))
}

/// The expression that names the lock, or the object whose helper takes it; `None` for a helper that is no method.
pub(super) fn target<'a>(op: &Op<'a>) -> Option<Node<'a>> {
    let operand = op.node.child(Field::Function)?.child(Field::Operand)?;
    Some(of_rlocker(operand).unwrap_or(operand))
}

/// `s.mu` of `s.mu.RLocker()`, whose `Lock` is the `RLock` of `s.mu`; `None` for any other expression.
pub(super) fn of_rlocker(expression: Node<'_>) -> Option<Node<'_>> {
    let called = expression.child(Field::Function).filter(|_| called_name(expression) == Some("RLocker"))?;
    let has_arguments = expression.child(Field::Arguments).is_some_and(|it| it.nth(0).is_some());
    called.child(Field::Operand).filter(|_| !has_arguments)
}

/// The name of the method that an operation means: `RLock` for `s.mu.RLocker().Lock()`.
pub(super) fn method_of(call: Node<'_>, name: &'static str) -> &'static str {
    let operand = call.child(Field::Function).and_then(|it| it.child(Field::Operand));
    match name {
        "Lock" if operand.and_then(of_rlocker).is_some() => "RLock",
        "Unlock" if operand.and_then(of_rlocker).is_some() => "RUnlock",
        _ => name,
    }
}

/// The lock as the line of an operation writes it: `s.mu`; for a helper the object that has the lock.
pub(super) fn text_of<'a>(op: &Op<'a>) -> &'a str {
    target(op).unwrap_or(op.node).text()
}

/// Whether an operation calls the lock itself, and no helper.
pub(super) fn is_direct(op: &Op<'_>) -> bool {
    called_name(op.node).is_some_and(|name| NAMES.contains(&name))
}

/// Whether two operations of one function name the same object, as far as its text shows.
pub(super) fn is_same_target(a: &Op<'_>, b: &Op<'_>) -> bool {
    match (target(a), target(b)) {
        (Some(first), Some(second)) if is_direct(a) == is_direct(b) => first.text() == second.text(),
        (Some(first), Some(second)) => root(first).text() == root(second).text(),
        _ => true,
    }
}

/// The innermost operand of selectors: `s` of `s.state.mu`.
pub(super) fn root(node: Node<'_>) -> Node<'_> {
    let mut node = node;
    loop {
        let inner = match (node.kind(), node.operator()) {
            (Kind::SelectorExpression, _) | (Kind::UnaryExpression, Operator::Address | Operator::Times) => {
                node.child(Field::Operand)
            }
            (Kind::ParenthesizedExpression, _) => node.nth(0),
            _ => None,
        };
        match inner {
            Some(inner) => node = inner,
            None => return node,
        }
    }
}
