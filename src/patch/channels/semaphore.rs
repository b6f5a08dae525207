//! A place of a semaphore that one path keeps: it is given back by defer.

use super::super::draft::Draft;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use super::super::shape::call_of;
use super::super::shape::is_log;
use super::super::shape::not_last;
use super::sent::sent_on;
use crate::code::OpKind;
use crate::code::loops_around;
use crate::code::statement_of;
use crate::confirm::Case;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Gives the place back as the function returns, in place of each receive that does so.
pub(in crate::patch) fn given_back(case: &Case<'_, '_>) -> Result<Draft, Refusal> {
    let (send, channel) = sent_on(case)?;
    let (scope, line) = (case.place.scope, send.line());
    let name = channel.name;
    let is_top = send.parent().and_then(Node::parent).is_some_and(|it| Some(it) == scope.child(Field::Body));
    if !is_top || !loops_around(send, None).is_empty() {
        return refuse(format!("line {line} takes a place in an inner block or a loop"));
    }
    if let Some(again) = channel.sends.iter().find(|it| it.scope == scope && it.node != send) {
        return refuse(format!("line {} takes another place", again.node.line()));
    }
    if let Some(other) = scope.own().find(|it| it.kind() == Kind::DeferStatement) {
        return refuse(format!("line {} defers too: the order would be another", other.line()));
    }
    let mut gives = Vec::new();
    for receive in channel.receives.iter().filter(|it| scope.contains(it.node)) {
        let at = receive.node.line();
        let statement = statement_of(receive.node).filter(|it| it.nth(0) == Some(receive.node));
        let is_plain =
            receive.kind == OpKind::Receive && receive.scope == scope && receive.node.start() > send.start();
        let Some(statement) = statement.filter(|it| is_plain && it.kind() == Kind::ExpressionStatement)
        else {
            return refuse(format!("line {at} gives the place back in another way"));
        };
        if !loops_around(receive.node, Some(scope)).is_empty() {
            return refuse(format!("line {at} is in a loop"));
        }
        let may_follow =
            |it: Node<'_>| it.kind() == Kind::ExpressionStatement && call_of(it).is_some_and(is_log);
        if let Some(after) = not_last(statement, scope, may_follow) {
            return refuse(format!("line {} follows it: it would run before, and not after", after.line()));
        }
        gives.push(statement);
    }
    if gives.is_empty() {
        return refuse("no path of the function gives the place back: where it should is not known");
    }
    let mut draft = Draft::safe(
        format!("give the place in `{name}` back by defer"),
        "each receive that goes was the last statement of its path, so the place is kept no longer than before",
    );
    draft.edits.after(send, &[format!("defer func() {{ <-{name} }}()")])?;
    draft.edits.delete_all(&gives)?;
    Ok(draft)
}
