//! Loops that sleep and try again without a limit.

use super::super::place::Case;
use super::super::place::frame_nodes;
use super::super::said::Said;
use super::super::said::line_in;
use super::at_hand::end_signal;
use super::loops::clause;
use super::loops::exits;
use super::loops::loop_around;
use super::often::ONCE;
use super::often::may_be_once;
use super::often::started;
use crate::code::Runs;
use crate::code::called_name;
use crate::model::BlockedOn;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

const CAUSE: &str = "sleep-loop";

/// What the source says of a group that sleeps.
pub(super) fn check(case: &Case<'_, '_>) -> Option<Said> {
    let sleep = case.place.operation.filter(|_| case.group.blocked_on == Some(BlockedOn::Sleep))?;
    let line = sleep.line();
    // The loop is here, or in one of the functions that led here.
    let here = loop_around(sleep, case.place.scope).map(|it| (it, sleep, case.place.scope));
    let (loop_, inside, _) = here.or_else(|| {
        let frames = frame_nodes(case.workspace, case.group);
        let mut above = frames.into_iter().filter(|it| it.frame > case.place.frame);
        above.find_map(|it| Some((loop_around(it.node, it.scope)?, it.node, it.scope)))
    })?;
    let at = line_in(loop_, sleep);
    let called =
        if inside == sleep { String::new() } else { format!(", called at {}", line_in(inside, sleep)) };
    if clause(loop_).is_some_and(|it| matches!(it.kind(), Kind::ForClause | Kind::RangeClause))
        && !is_bare(loop_)
    {
        return None;
    }
    if let Some(limit) = limit(loop_) {
        let sentence =
            format!("line {line} sleeps{called} in the loop of {at}, which {} limits", line_in(limit, sleep));
        return Some(Said::undecided(CAUSE, sentence).with("blocked", sleep).with("limit", limit));
    }
    let exits = exits(loop_, loop_);
    let exit = exits.first().copied();
    let ends = match (exit, clause(loop_)) {
        (Some(exit), _) => format!("ends only by {}", line_in(exit, sleep)),
        (None, Some(condition)) => format!("ends only by its condition `{}`", condition.text()),
        (None, None) => "has no exit".to_owned(),
    };
    let sentence = format!(
        "line {line} sleeps{called} in the loop of {at}, which {ends}: no limit of attempts or time, and no context"
    );
    // Work that is repeated for ever is no attempt that fails.
    let is_work = exit.is_none() && clause(loop_).is_none() && started(case) != Runs::Often;
    if let (Some(exit), true) = (exit, exits.iter().all(|it| leaves_on_failure(*it, loop_))) {
        let sentence = format!(
            "line {line} sleeps{called} in the loop of {at}, which {} leaves when its work ends or fails",
            line_in(exit, sleep)
        );
        return Some(Said::undecided(CAUSE, sentence).with("blocked", sleep).with("leaves", exit));
    }
    let is_retry = clause(loop_)
        .is_none_or(|it| it.kind() == Kind::ForClause || it.compares_with_nil(Operator::NotEqual))
        && exits.iter().all(|it| leaves_on_success(*it, loop_));
    if !is_retry || takes_context(loop_) {
        let sentence = format!("line {line} sleeps{called} in the loop of {at}, which {ends}");
        return Some(Said::undecided(CAUSE, sentence).with("blocked", sleep));
    }
    if is_work || may_be_once(case) {
        return Some(Said::undecided(CAUSE, format!("{sentence}{ONCE}")).with("blocked", sleep));
    }
    let mut said = Said::confirmed(CAUSE, sentence).with("blocked", sleep).with("loop", loop_);
    if let Some(exit) = exit {
        said = said.with("leaves", exit);
    }
    let wait = end_signal(&case.place).map_or("a context".to_owned(), |it| format!("`{it}`"));
    Some(said.advising(format!(
        "limit the attempts of the loop of {at}, and wait in a select with a timer and {wait} instead of the Sleep of line {line}"
    )))
}

/// Whether a loop is left by a statement because something failed, or because there is no more work: what is left on success tries again.
fn leaves_on_failure(exit: Node<'_>, loop_: Node<'_>) -> bool {
    let above = exit.ancestors().take_while(|it| *it != loop_);
    let condition =
        above.filter(|it| it.kind() == Kind::IfStatement).find_map(|it| it.child(Field::Condition));
    condition.is_some_and(|it| match it.operator() {
        Operator::NotEqual => it.compares_with_nil(Operator::NotEqual),
        operator => operator == Operator::Not,
    })
}

/// Whether a loop is left by a statement because an attempt succeeded: under `err == nil`, or at the end of a body that goes on under
/// `err != nil`. Any other condition may be a limit.
fn leaves_on_success(exit: Node<'_>, loop_: Node<'_>) -> bool {
    let mut checks =
        exit.ancestors().take_while(|it| *it != loop_).filter(|it| it.kind() == Kind::IfStatement);
    match (checks.next(), checks.next()) {
        (Some(check), None) => {
            check.child(Field::Condition).is_some_and(|it| it.compares_with_nil(Operator::Equal))
        }
        (None, _) => loop_.own().filter(|it| it.kind() == Kind::ContinueStatement).any(|it| {
            let check = it.up(Kind::IfStatement, Some(loop_));
            check
                .and_then(|it| it.child(Field::Condition))
                .is_some_and(|it| it.compares_with_nil(Operator::NotEqual))
        }),
        (Some(_), Some(_)) => false,
    }
}

/// Whether an attempt gets a context, which may have a deadline.
fn takes_context(loop_: Node<'_>) -> bool {
    let is_context =
        |it: Node<'_>| it.kind() == Kind::Identifier && it.text().to_lowercase().ends_with("ctx");
    loop_.own().any(|it| is_context(it) || it.text() == "context.Background()")
}

/// `for ;; {` or `for i := 0; ; i++ {`
fn is_bare(loop_: Node<'_>) -> bool {
    clause(loop_).is_some_and(|it| it.kind() == Kind::ForClause && it.child(Field::Condition).is_none())
}

/// What limits a loop beside its purpose: a check of a context, or a comparison that guards an exit.
fn limit(loop_: Node<'_>) -> Option<Node<'_>> {
    let asks_context = |it: &Node<'_>| {
        it.kind() == Kind::CallExpression && matches!(called_name(*it), Some("Err" | "Done" | "Deadline"))
    };
    if let Some(found) = loop_.own().find(|it| asks_context(it)) {
        return Some(found);
    }
    let condition = clause(loop_).filter(|it| it.kind() != Kind::ForClause);
    if let Some(found) = condition.and_then(|it| it.own().find(|at| limits(*at, loop_))) {
        return Some(found);
    }
    exits(loop_, loop_).into_iter().find_map(|exit| {
        let above = exit.ancestors().take_while(|it| *it != loop_);
        let guards = above.flat_map(|it| {
            [Field::Condition, Field::Initializer, Field::Communication].map(|field| it.child(field))
        });
        guards.flatten().find_map(|it| it.own().find(|at| limits(*at, loop_)))
    })
}

/// A comparison of sizes or times, or with what the loop counts, or a receive.
fn limits(node: Node<'_>, loop_: Node<'_>) -> bool {
    let is_counted = |name: Node<'_>| {
        let mut counts = loop_.own().filter(|it| it.kind() == Kind::IncStatement);
        counts.any(|it| it.nth(0).is_some_and(|it| it.text() == name.text()))
    };
    match node.kind() {
        Kind::CallExpression => {
            matches!(called_name(node), Some("After" | "Before" | "Since" | "Until" | "Compare"))
        }
        Kind::UnaryExpression => node.operator() == Operator::Receive,
        Kind::BinaryExpression => match node.operator() {
            Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual => true,
            Operator::Equal => node.children().any(is_counted),
            _ => false,
        },
        _ => false,
    }
}
