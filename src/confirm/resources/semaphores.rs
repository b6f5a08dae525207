//! `semaphore.Weighted`: slots that a path takes and does not release.

use super::obtained::operand;
use super::place::call_in;
use crate::code::EscapeKind;
use crate::code::Op;
use crate::code::Uses;
use crate::code::arguments;
use crate::code::called_name;
use crate::code::exits_without;
use crate::code::statement_of;
use crate::confirm::place::Case;
use crate::confirm::place::frame_nodes;
use crate::confirm::said::Said;
use crate::confirm::said::line_in;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

const CAUSE: &str = "semaphore-never-released";

/// Goroutines that wait for a slot: a function takes one, releases it on some paths, and leaves with it on another.
pub(super) fn kept_slot(case: &Case<'_, '_>) -> Option<Said> {
    let wait = call_in(&case.place, case.group).filter(|it| called_name(*it) == Some("Acquire"))?;
    let semaphore = operand(wait)?;
    let uses = Uses::of_expression(case.place.package, case.place.function, semaphore);
    if uses.escapes.iter().any(|it| it.kind != EscapeKind::FromCall) {
        return None;
    }
    let (takes, gives) = (uses.methods("Acquire"), uses.methods("Release"));
    // Who releases a slot that another function took.
    let hands_over = |give: &Op<'_>| !takes.iter().any(|take| take.scope.contains(give.node));
    // How many of several slots one call takes, and whether it waits at all, is not followed.
    let one = |op: &Op<'_>| arguments(op.node).last().is_some_and(|it| it.text() == "1");
    let is_plain = takes.iter().chain(&gives).all(one) && uses.methods("TryAcquire").is_empty();
    if !is_plain || gives.iter().any(hands_over) || holders(case, &takes) > 0 {
        return None;
    }
    let (take, exit, give) = takes.iter().find_map(|take| {
        let is_give = |it: Node<'_>| gives.iter().any(|give| give.node == it);
        // A goroutine or a function that is handed on releases it later.
        let is_later = |it: Node<'_>| {
            matches!(it.kind(), Kind::GoStatement | Kind::CallExpression | Kind::ReturnStatement)
                && gives.iter().any(|give| give.scope != take.scope && it.contains(give.node))
        };
        // A literal that has a name may be called or handed on under it.
        let is_named = |give: &Op<'_>| {
            give.scope != take.scope
                && give.scope.kind() == Kind::FuncLiteral
                && give.scope.parent().is_none_or(|it| {
                    !matches!(it.kind(), Kind::CallExpression | Kind::ArgumentList | Kind::ReturnStatement)
                })
        };
        if gives.iter().any(is_named) {
            return None;
        }
        let failed = failed(take.node)?;
        let (without, with) =
            exits_without(take.scope, Some(take.node), |it| is_give(it) || is_later(it)).ok()?;
        let give = gives.iter().find(|it| it.scope == take.scope)?;
        // Behind the release, a condition may decide both whether a slot is taken and whether it is released.
        let early = |it: &Node<'_>| it.start() < give.node.start() && !failed.contains(*it);
        let exit = without.into_iter().flatten().find(early)?;
        (!with.is_empty()).then_some((take.node, exit, give.node))
    })?;
    let at = |node| line_in(node, wait);
    let name = semaphore.text();
    let sentence = format!(
        "{} takes a slot of `{name}`; {} leaves without releasing it, {} releases it on the other path",
        at(take),
        at(exit),
        at(give)
    );
    let said = Said::confirmed(CAUSE, sentence).with("takes a slot", take);
    let said = said.with("leaves without releasing it", exit).with("releases it", give);
    let after = failed(take).map_or(take.last_line(), Node::last_line);
    Some(said.advising(format!("`defer {}` after line {after}, instead of {}", give.text(), at(give))))
}

/// The branch that is taken if no slot was had: `if err := s.Acquire(ctx, 1); err != nil { … }`, or the same in two statements.
fn failed(take: Node<'_>) -> Option<Node<'_>> {
    let statement = statement_of(take)?;
    let check = match statement.kind() {
        Kind::IfStatement => statement,
        _ => statement.parent()?.children().skip_while(|it| *it != statement).nth(1)?,
    };
    let condition = check.child(Field::Condition).filter(|_| check.kind() == Kind::IfStatement)?;
    check.child(Field::Consequence).filter(|_| condition.compares_with_nil(Operator::NotEqual))
}

/// How many goroutines of the profile are in a function that took a slot, after it: they may still release it.
fn holders<'a>(case: &Case<'_, 'a>, takes: &[Op<'a>]) -> i128 {
    let holds = |group| {
        let frames = frame_nodes(case.workspace, group);
        let after = |take: &Op<'a>| {
            frames.iter().any(|it| take.scope.contains(it.node) && it.node.start() > take.node.end())
        };
        takes.iter().any(after)
    };
    let others = case.groups.iter().map(|it| it.group).filter(|it| it.row != case.group.row);
    others.filter(|it| holds(it)).map(|it| it.count).sum()
}
