//! Whether the communication of a case, or a receive, can ever come.

use super::super::channels::Channel;
use super::super::channels::defer_instead;
use super::super::channels::skipped_close;
use super::super::place::Case;
use super::super::said::line_in;
use super::context::Ends;
use super::context::Reason;
use super::context::ends;
use crate::code::EscapeKind;
use crate::code::Function;
use crate::code::Op;
use crate::code::OpKind;
use crate::code::Uses;
use crate::code::arguments;
use crate::code::call_name;
use crate::code::called_name;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Whether a communication comes.
#[derive(Clone, Debug)]
pub(super) enum Comes<'a> {
    /// Never.
    Never(Reason<'a>),
    /// After a time: a timer, a ticker or a deadline.
    InTime(Node<'a>),
    /// It may. If something on the way is a defect, that is a reason.
    Perhaps(Option<Reason<'a>>),
}

/// Bound of the methods that a channel is followed through.
const MAX_HOPS: u32 = 3;

/// Whether the communication of a case comes.
pub(super) fn communication<'a>(case: &Case<'_, 'a>, communication: Node<'a>) -> Comes<'a> {
    if communication.kind() == Kind::SendStatement {
        return communication.child(Field::Channel).map_or(Comes::Perhaps(None), |it| sent(case, it));
    }
    let receive = communication.own().find(|it| it.is_receive());
    let channel = receive.and_then(|it| it.child(Field::Operand));
    channel.map_or(Comes::Perhaps(None), |it| received(case, it))
}

/// Whether anything is ever received from a channel.
pub(super) fn received<'a>(case: &Case<'_, 'a>, channel: Node<'a>) -> Comes<'a> {
    received_in(case, case.place.function, channel, MAX_HOPS)
}

fn received_in<'a>(
    case: &Case<'_, 'a>,
    function: &'a Function<'a>,
    channel: Node<'a>,
    hops: u32,
) -> Comes<'a> {
    let package = case.place.package;
    let channel = unwrapped(channel);
    if channel.kind() == Kind::CallExpression {
        if let Some(callee) = package.callee(function, channel) {
            let mut returns = callee.node.own().filter(|it| it.kind() == Kind::ReturnStatement);
            let result = returns.next().and_then(|it| it.nth(0)).and_then(|it| it.nth(0));
            return match (result, returns.next(), hops.checked_sub(1)) {
                (Some(result), None, Some(hops)) => received_in(case, callee, result, hops),
                _ => Comes::Perhaps(None),
            };
        }
        return from_call(case, function, channel);
    }
    if channel.kind() == Kind::SelectorExpression
        && channel.child(Field::Selected).is_some_and(|it| it.text() == "C")
    {
        return Comes::InTime(channel);
    }
    let uses = Uses::of_expression(package, function, channel);
    // What comes from a call that is known: a timer, or the end of a context. A variable that is set again may be another one.
    let is_set = !uses.of(|kind| kind == OpKind::Set).is_empty();
    if let [escape] = uses.escapes.as_slice()
        && escape.kind == EscapeKind::FromCall
        && !is_set
        && let (Some(holder), Some(call)) = (escape.function, escape.node)
    {
        return from_call(case, holder, call);
    }
    if !uses.is_closed_world() {
        return Comes::Perhaps(None);
    }
    let name = channel.text();
    let made: Vec<(&'static str, Node<'a>)> = uses.makes.iter().map(|it| ("made", it.node)).collect();
    let is_signal = !uses.of(|kind| kind == OpKind::Notify).is_empty();
    let (sends, closes) = (uses.sends(), uses.closes());
    if is_signal || !sends.is_empty() {
        return Comes::Perhaps(None);
    }
    let advice = format!("close `{name}` where its work ends");
    if closes.is_empty() {
        let clause = format!("nothing sends on `{name}` or closes it");
        return Comes::Never(Reason { cause: "select-without-done", clause, lines: made, advice });
    }
    match never_reached(case, &closes) {
        Some((by, is_sure)) => {
            let clause = format!(
                "`{name}` is closed only by {} ({}), which nothing calls",
                by.function.title(),
                line_in(by.node, channel)
            );
            let lines = made.into_iter().chain([("closed", by.node)]).collect();
            let advice = format!("call {} where it is no longer needed", by.function.title());
            let reason = Reason { cause: "missing-close", clause, lines, advice };
            if is_sure { Comes::Never(reason) } else { Comes::Perhaps(Some(reason)) }
        }
        None => skipped(case, &Channel::new(package, function, channel, channel)),
    }
}

/// A close that an error return leaves out.
fn skipped<'a>(case: &Case<'_, 'a>, channel: &Channel<'a>) -> Comes<'a> {
    let Some((close, exit)) = skipped_close(case, channel) else { return Comes::Perhaps(None) };
    let (at, early) = (channel.line(close.node), channel.line(exit));
    let clause = format!("`{}` is closed at {at}, and {early} returns before that", channel.name);
    let made = channel.only_make().map(|it| ("made", it.node));
    let lines =
        made.into_iter().chain([("returns before the close", exit), ("closed", close.node)]).collect();
    let advice = defer_instead(channel, &close);
    Comes::Never(Reason { cause: "missing-close", clause, lines, advice })
}

/// Whether a send on a channel ever goes through.
fn sent<'a>(case: &Case<'_, 'a>, channel: Node<'a>) -> Comes<'a> {
    let channel = unwrapped(channel);
    let uses = Uses::of_expression(case.place.package, case.place.function, channel);
    let has_buffer = uses.makes.iter().any(|it| it.has_buffer());
    if !uses.is_closed_world() || has_buffer || !uses.receives().is_empty() {
        return Comes::Perhaps(None);
    }
    let name = channel.text();
    let clause = format!("nothing receives from `{name}`");
    let lines = uses.makes.iter().map(|it| ("made", it.node)).collect();
    let advice = format!("add a case for the end beside the send on `{name}`");
    Comes::Never(Reason { cause: "select-without-done", clause, lines, advice })
}

/// A channel that a call of another package gives.
fn from_call<'a>(case: &Case<'_, 'a>, function: &'a Function<'a>, call: Node<'a>) -> Comes<'a> {
    let name = call_name(call).unwrap_or("");
    let operand = call.child(Field::Function).and_then(|it| it.child(Field::Operand));
    match (called_name(call), operand) {
        (Some("Done"), Some(context)) if arguments(call).next().is_none() => {
            match ends(case, case.place.package, function, context) {
                Ends::Never(reason) => Comes::Never(reason),
                Ends::Deadline(at) => Comes::InTime(at),
                Ends::Perhaps(reason) => Comes::Perhaps(reason),
                Ends::Somehow(_) => Comes::Perhaps(None),
            }
        }
        (Some("After" | "Tick"), _) => Comes::InTime(call),
        _ if name.starts_with("time.") => Comes::InTime(call),
        _ => Comes::Perhaps(None),
    }
}

/// An operation of the function that alone does this, if nothing calls that function; and whether that is sure: other modules and
/// interfaces may call an exported one.
fn never_reached<'a>(case: &Case<'_, 'a>, operations: &[Op<'a>]) -> Option<(Op<'a>, bool)> {
    let mut is_sure = true;
    for op in operations {
        let function = op.function;
        if function.is_vars() || matches!(function.name, "main" | "init") {
            return None;
        }
        let callers = case.workspace.callers(case.place.package, function);
        let is_called = callers.calls.iter().any(|it| it.function != function);
        if is_called || !callers.is_complete {
            return None;
        }
        is_sure &= !function.is_exported() && !function.name.starts_with(char::is_uppercase);
    }
    operations.first().map(|it| (*it, is_sure))
}

fn unwrapped(mut node: Node<'_>) -> Node<'_> {
    while node.kind() == Kind::ParenthesizedExpression {
        match node.nth(0) {
            Some(inner) => node = inner,
            None => break,
        }
    }
    node
}
