//! The statement that leaves a function at a send that nobody takes.

use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use super::super::shape::call_of;
use super::super::shape::is_log;
use crate::code::call_name;
use crate::code::called_name;
use crate::confirm::channels::Channel;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// The lines of the case that is taken instead of a send: none if what follows only ends the goroutine, so that it may run; otherwise a
/// plain return.
pub(super) fn leave(send: Node<'_>, scope: Node<'_>, channel: &Channel<'_>) -> Result<Vec<String>, Refusal> {
    let mut rest: Vec<Node<'_>> = Vec::new();
    let mut is_again = false;
    let mut child = send;
    for parent in send.ancestors() {
        is_again |= child.kind() == Kind::ForStatement;
        if parent.kind() == Kind::StatementList && !matches!(rest.last(), Some(it) if returns(*it)) {
            rest.extend(parent.children().filter(|it| it.start() > child.start()));
        }
        if parent == scope {
            break;
        }
        child = parent;
    }
    if !is_again && rest.iter().all(|it| ends_goroutine(*it, channel)) {
        return Ok(Vec::new());
    }
    if let Some(skipped) = rest.iter().find(|it| cleans_up(**it, channel)) {
        return refuse(format!("leaving at the send would skip line {}", skipped.line()));
    }
    match scope.child(Field::Result) {
        None => Ok(vec!["\treturn".to_owned()]),
        Some(_) => refuse("what the function should return when nobody takes its value is not known"),
    }
}

fn returns(statement: Node<'_>) -> bool {
    statement.kind() == Kind::ReturnStatement
}

/// Whether a statement is one that a goroutine ends with, whatever became of its value: it cleans up, logs or returns.
fn ends_goroutine(statement: Node<'_>, channel: &Channel<'_>) -> bool {
    match statement.kind() {
        Kind::ReturnStatement => statement.nth(0).is_none(),
        Kind::ExpressionStatement => cleans_up(statement, channel) || call_of(statement).is_some_and(is_log),
        _ => false,
    }
}

/// Whether a statement must run even if the value is not taken.
fn cleans_up(statement: Node<'_>, channel: &Channel<'_>) -> bool {
    if statement.kind() == Kind::DeferStatement {
        return false;
    }
    statement.own().any(|it| match it.kind() {
        Kind::SendStatement => it.child(Field::Channel).is_some_and(|to| to.text() != channel.name),
        Kind::CallExpression => {
            call_name(it) == Some("close")
                || matches!(
                    called_name(it),
                    Some(
                        "Done" | "Unlock" | "RUnlock" | "Close" | "Release" | "Broadcast" | "Signal" | "Wait"
                    )
                )
        }
        _ => false,
    })
}
