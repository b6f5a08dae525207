//! Conditions that nobody signals.

use super::super::place::Case;
use super::super::said::Said;
use super::super::said::line_in;
use super::loops::clause;
use crate::code::EscapeKind;
use crate::code::Function;
use crate::code::Object;
use crate::code::Op;
use crate::code::Uses;
use crate::code::loops_around;
use crate::model::BlockedOn;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

const CAUSE: &str = "cond-never-signalled";

/// What the source says of a group that waits for a `sync.Cond`.
pub(super) fn check(case: &Case<'_, '_>) -> Option<Said> {
    let wait = case.place.operation.filter(|_| case.group.blocked_on == Some(BlockedOn::Condition))?;
    let condition = wait.child(Field::Function)?.child(Field::Operand)?;
    let place = case.place;
    let uses = Uses::of_expression(place.package, place.function, condition);
    let name = condition.text();
    let waits = format!("line {} waits for `{name}`", wait.line());
    let mut signals = uses.methods("Broadcast");
    signals.extend(uses.methods("Signal"));
    let is_seen = uses.escapes.iter().all(|it| it.kind == EscapeKind::FromCall);
    if signals.is_empty() {
        let sentence = format!("{waits}; nothing in its package calls Signal or Broadcast on it");
        let advice = format!(
            "call `{name}.Broadcast()` where the condition of line {} may have come true",
            wait.line()
        );
        let said = if is_seen { Said::confirmed(CAUSE, sentence) } else { Said::undecided(CAUSE, sentence) };
        return Some(said.with("blocked", wait).advising(advice));
    }
    if let Some(said) = set_without_signal(case, wait, name, &signals) {
        return Some(said);
    }
    let mut uncalled = Vec::new();
    for signal in &signals {
        let callers = case.workspace.callers(place.package, signal.function);
        let is_reached = signal.scope != signal.function.node
            || signal.function.is_vars()
            || matches!(signal.function.name, "main" | "init")
            || !callers.is_complete
            || callers.calls.iter().any(|it| it.function != signal.function);
        if !is_reached {
            uncalled.push(signal);
        }
    }
    let first = signals.first()?;
    if uncalled.len() == signals.len() {
        let title = first.function.title();
        let sentence = format!(
            "{waits}, which only {title} signals ({}); nothing calls {title}",
            line_in(first.node, wait)
        );
        let is_sure = is_seen && signals.iter().all(|it| !it.function.name.starts_with(char::is_uppercase));
        let said = if is_sure { Said::confirmed(CAUSE, sentence) } else { Said::candidate(CAUSE, sentence) };
        let said = said.with("blocked", wait).with("signalled", first.node);
        return Some(said.advising(format!("call {title} where the condition may have come true")));
    }
    let sentence = format!("{waits}, signalled at {}", line_in(first.node, wait));
    Some(Said::undecided(CAUSE, sentence).with("blocked", wait).with("signalled", first.node))
}

/// A function sets the flag that ends the loop around the wait, and does not signal. Whether it has run, the profile does not show.
fn set_without_signal<'a>(
    case: &Case<'_, 'a>,
    wait: Node<'a>,
    name: &str,
    signals: &[Op<'a>],
) -> Option<Said> {
    let place = case.place;
    let package = place.package;
    let loop_ = loops_around(wait, Some(place.scope)).first().copied()?;
    let condition = clause(loop_)?;
    // `!q.closed`
    let flags =
        condition.walk().filter(|it| it.kind() == Kind::UnaryExpression && it.operator() == Operator::Not);
    let flags = flags.filter_map(|it| it.child(Field::Operand));
    let objects = flags.map(|it| (it, package.object(place.function, it)));
    for (flag, object) in
        objects.filter(|(_, it)| matches!(it, Object::Field { .. } | Object::PackageVariable(_)))
    {
        let occurrences = package.occurrences_of(object);
        let sets = occurrences.iter().filter_map(|(function, node)| Some((*function, set_true(*node)?)));
        let signals_too = |function: &'a Function<'a>| {
            signals.iter().any(|signal| {
                signal.function == function
                    || package.calls_of(signal.function).iter().any(|(caller, _)| *caller == function)
            })
        };
        let silent: Vec<_> = sets.filter(|(function, _)| !signals_too(function)).collect();
        let Some((function, set)) = silent.first() else { continue };
        let (title, at, flag) = (function.title(), line_in(*set, wait), flag.text());
        let sentence = format!(
            "line {} waits for `{name}` until `{flag}` is set; {title} sets it at {at} and wakes nobody",
            wait.line()
        );
        let said = Said::candidate(CAUSE, sentence).with("blocked", wait).with("sets it", *set);
        return Some(said.advising(format!("call `{name}.Broadcast()` after {at}, in {title}")));
    }
    None
}

/// The assignment of `true` to a node.
fn set_true(node: Node<'_>) -> Option<Node<'_>> {
    let assignment = node.up(Kind::AssignmentStatement, None)?;
    let left = assignment.child(Field::Left)?;
    let right = assignment.child(Field::Right)?;
    (left.contains(node) && right.text() == "true").then_some(assignment)
}
