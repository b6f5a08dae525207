//! Two copies between two connections, where the end of one does not end the other.

use super::deadlines::DEADLINES;
use super::deadlines::connection;
use super::fate::only_reads;
use super::obtained::operand;
use crate::code::EscapeKind;
use crate::code::OpKind;
use crate::code::SpawnKind;
use crate::code::Uses;
use crate::code::called_name;
use crate::code::closures;
use crate::code::spawn_of;
use crate::confirm::place::Case;
use crate::confirm::place::frame_nodes;
use crate::confirm::said::Said;
use crate::confirm::said::line_in;
use crate::syntax::Kind;
use crate::syntax::Node;

/// A copy whose connection is closed only after a wait for this very copy, while the copies beside it have ended.
pub(super) fn half_closed<'a>(case: &Case<'_, 'a>, call: Node<'a>) -> Option<Said> {
    let (package, function) = (case.place.package, case.place.function);
    let conn = connection(package, function, call)?;
    let closure = call.function().filter(|it| it.kind() == Kind::FuncLiteral)?;
    let start = spawn_of(closure).filter(|it| it.kind == SpawnKind::Go)?.node;
    let outer = start.function()?;
    let calls = |it: Node<'_>, name: &str| called_name(it) == Some(name);
    // One direction may end long before the other.
    if outer.walk().any(|it| calls(it, "CloseWrite") || calls(it, "CloseRead")) {
        return None;
    }
    let wait = outer.own().find(|it| calls(*it, "Wait") && it.start() > start.end())?;
    let group = operand(wait)?.text();
    let is_of_group = |it: Node<'_>| operand(it).is_some_and(|it| it.text() == group);
    let is_counted = |closure: Node<'_>| {
        closure.walk().any(|it| calls(it, "Done") && is_of_group(it))
            || spawn_of(closure).is_some_and(|it| calls(it.node, "Go") && is_of_group(it.node))
    };
    let uses = Uses::of_expression(package, function, conn);
    let is_seen = uses.escapes.iter().all(|it| match (it.kind, it.function, it.node) {
        (EscapeKind::FromCall | EscapeKind::Parameter, ..) => true,
        (EscapeKind::Passed, Some(function), Some(call)) => only_reads(package, function, call),
        _ => false,
    });
    let ends = uses.of(|kind| matches!(kind, OpKind::Method(it) if it == "Close" || DEADLINES.contains(&it)));
    // Before the copies start, only a return on an error closes it.
    let is_late =
        |it: Node<'_>| it.start() > wait.end() || it.up(Kind::DeferStatement, Some(outer)).is_some();
    let never_in_time = |it: Node<'_>| is_late(it) || it.end() < start.start();
    let close = ends.iter().find(|it| is_late(it.node))?.node;
    if !is_seen || !is_counted(closure) || !ends.iter().all(|it| it.scope == outer && never_in_time(it.node))
    {
        return None;
    }
    let others: Vec<Node<'_>> =
        closures(outer).into_iter().filter(|it| *it != closure && is_counted(*it)).collect();
    let is_other = |it| frame_nodes(case.workspace, it).iter().any(|it| others.contains(&it.scope));
    let running = case.groups.iter().map(|it| it.group).filter(|it| is_other(it));
    let running: i128 = running.map(|it| it.count).sum();
    if others.is_empty() || running.saturating_mul(2) >= case.group.count {
        return None;
    }
    let (name, closed, waits) = (conn.text(), line_in(close, call), line_in(wait, call));
    let sentence = format!(
        "line {} reads from `{name}`, which {closed} closes only after {waits} has waited for this copy; the copies beside it have ended, \
         and do not close it",
        call.line()
    );
    let said = Said::confirmed("no-deadline-io", sentence).with("waits", call).with("closed", close);
    Some(said.with("waits for this copy", wait).advising(format!(
        "close `{name}` when either copy ends: in each of the goroutines that {waits} waits for, as well as at {closed}"
    )))
}
