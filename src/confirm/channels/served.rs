//! Ways out by which a receiver is stopped only after all sends: they leave no sender behind.

use super::channel::Channel;
use super::channel::received;
use super::start::is_after_in_block;
use super::start::loop_without;
use super::start::runs_of;
use crate::code::EscapeKind;
use crate::code::Function;
use crate::code::Op;
use crate::code::OpKind;
use crate::code::Package;
use crate::code::SpawnKind;
use crate::code::Uses;
use crate::code::arguments;
use crate::code::call_name;
use crate::code::exits_without;
use crate::code::expressions;
use crate::code::loops_around;
use crate::code::spawn_of;
use crate::code::statement_of;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Bound of the calls between an operation and the function that its goroutine starts with.
const MAX_HOPS: usize = 4;

/// Whether a case of a receiver's select comes only when the one goroutine that sends on a channel will send no more on it: that goroutine
/// itself announces it after its sends, or instead of them, or a function does that has waited for it.
pub(super) fn comes_after_sends<'a>(
    package: &'a Package<'a>,
    channel: &Channel<'a>,
    receive: Op<'a>,
    case: Node<'a>,
) -> bool {
    let Some(from) = received(case) else { return false };
    let Some(announced) = announcements(package, receive, from) else { return false };
    !announced.is_empty() && announced.iter().all(|it| is_after_sends(package, channel, *it))
}

/// The operations that let a receive from `from` go on, if all of them are seen: sends and closes of a channel, or calls of the cancel
/// function of a context that nothing else ends. What the receiver itself does as it returns is none.
fn announcements<'a>(package: &'a Package<'a>, receive: Op<'a>, from: Node<'a>) -> Option<Vec<Op<'a>>> {
    let mut all = if from.kind() == Kind::CallExpression {
        let context = from.child(Field::Function)?.child(Field::Operand)?;
        let declared = package.lookup(receive.function, context.text(), context.start())?;
        let made = declared.value.filter(|it| call_name(*it) == Some("context.WithCancel"))?;
        let parent = arguments(made).next().and_then(call_name);
        parent.filter(|it| matches!(*it, "context.Background" | "context.TODO"))?;
        let cancel = *expressions(declared.statement.child(Field::Left)).get(1)?;
        let uses = Uses::of_expression(package, receive.function, cancel);
        if uses.escapes.iter().any(|it| it.kind != EscapeKind::FromCall) {
            return None;
        }
        uses.of(|kind| kind == OpKind::Call)
    } else {
        let uses = Uses::of_expression(package, receive.function, from);
        if !uses.is_closed_world() || uses.of(|kind| kind == OpKind::Set).len() > uses.makes.len() {
            return None;
        }
        uses.of(|kind| matches!(kind, OpKind::Send | OpKind::Close))
    };
    all.retain(|it| it.scope != receive.scope || !is_deferred(it.node, it.scope));
    Some(all)
}

/// Whether an operation comes after all sends on a channel.
fn is_after_sends<'a>(package: &'a Package<'a>, channel: &Channel<'a>, op: Op<'a>) -> bool {
    let make = channel.only_make().map(|it| it.node);
    let points = points(package, op.function, op.scope, op.node);
    channel.sends.iter().all(|send| {
        let sends = self::points(package, send.function, send.scope, send.node);
        let runs = runs_of(package, send.function, send.scope);
        let is_one = !runs.is_open
            && runs.calls.is_empty()
            && matches!(runs.starts.as_slice(), [it] if !it.is_repeated && it.loop_without(make).is_none());
        let follows = || {
            points
                .iter()
                .any(|point| sends.iter().any(|send| send.scope == point.scope && comes_after(*point, *send)))
        };
        is_one && follows() || points.iter().any(|it| waits_for(package, *it, send, &sends))
    })
}

/// An operation, or a call that leads to it, in one function.
#[derive(Clone, Copy)]
struct Point<'a> {
    function: &'a Function<'a>,
    scope: Node<'a>,
    node: Node<'a>,
}

/// An operation in its function, and where that is called, up to the function that its goroutine starts with.
fn points<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    scope: Node<'a>,
    node: Node<'a>,
) -> Vec<Point<'a>> {
    let mut points = vec![Point { function, scope, node }];
    for _ in 0..MAX_HOPS {
        let Some(last) = points.last().copied() else { break };
        let (function, call) = if last.scope.kind() == Kind::FuncLiteral {
            match spawn_of(last.scope) {
                Some(it) if matches!(it.kind, SpawnKind::Call | SpawnKind::Defer) => (last.function, it.node),
                _ => break,
            }
        } else {
            match package.calls_of(last.function).as_slice() {
                [only] => *only,
                _ => break,
            }
        };
        let is_start = call.parent().is_some_and(|it| it.kind() == Kind::GoStatement);
        let Some(scope) = call.function().filter(|_| !is_start) else { break };
        points.push(Point { function, scope, node: call });
    }
    points
}

/// Whether no send follows an operation of the same function.
fn comes_after(point: Point<'_>, send: Point<'_>) -> bool {
    if is_deferred(point.node, point.scope) {
        return !is_deferred(send.node, send.scope);
    }
    let shares_loop = loops_around(point.node, Some(point.scope)).iter().any(|it| it.contains(send.node));
    let Some(statement) = statement_of(point.node).filter(|_| !shares_loop) else { return false };
    exits_without(point.scope, Some(statement), |it| it == send.node).is_ok_and(|(_, with)| with.is_empty())
}

/// Whether a function waits for the goroutine of a send before an operation: `wg.Wait()`.
fn waits_for<'a>(package: &'a Package<'a>, point: Point<'a>, send: &Op<'a>, sends: &[Point<'a>]) -> bool {
    let waits = point.scope.own().filter(|it| {
        it.kind() == Kind::CallExpression
            && call_name(*it).is_some_and(|name| name.ends_with(".Wait"))
            && (is_after_in_block(point.node, *it) || is_deferred(point.node, point.scope))
            && loop_without(*it, Some(point.node)).is_none()
    });
    let mut groups = waits.filter_map(|it| it.child(Field::Function)?.child(Field::Operand));
    groups.any(|group| {
        let uses = Uses::of_expression(package, point.function, group);
        let started = uses.methods("Go");
        let is_task =
            |scope: Node<'a>| spawn_of(scope).is_some_and(|it| started.iter().any(|go| go.node == it.node));
        let counts = |done: &Op<'a>| {
            let dones = points(package, done.function, done.scope, done.node);
            dones.iter().any(|it| sends.iter().any(|send| send.scope == it.scope && comes_after(*it, *send)))
        };
        is_task(send.scope) || uses.methods("Done").iter().any(counts)
    })
}

/// Whether a node runs as its function returns.
fn is_deferred(node: Node<'_>, scope: Node<'_>) -> bool {
    node.kind() == Kind::DeferStatement || node.up(Kind::DeferStatement, Some(scope)).is_some()
}
