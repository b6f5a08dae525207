//! Conditions that nobody signals.

use super::super::place::Case;
use super::super::said::Said;
use super::super::said::line_in;
use crate::code::EscapeKind;
use crate::code::Uses;
use crate::model::BlockedOn;
use crate::syntax::Field;

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
