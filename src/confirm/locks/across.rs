//! Goroutines that wait for others with a lock in their hand, for which those wait.

use super::chain::Chain;
use super::chain::chain;
use super::held::Held;
use super::held::held;
use super::operation::text_of;
use super::wanted::Wanted;
use super::wanted::wanted;
use super::words::count;
use super::words::line_of;
use super::words::who_of;
use crate::code::Op;
use crate::code::OpKind;
use crate::code::Uses;
use crate::code::loops_around;
use crate::confirm::group::ObservedGroup;
use crate::confirm::place::Case;
use crate::confirm::said::Said;
use crate::confirm::said::line_in;
use crate::model::BlockedOn;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Says whether those that would wake a group wait for a lock that it holds.
pub(super) fn across(case: &Case<'_, '_>) -> Vec<Said> {
    let Some(operation) = case.place.operation else { return Vec::new() };
    let chain = chain(case.workspace, case.group, Some(case.place));
    let own: Vec<Held<'_>> = held(&chain).into_iter().filter(|it| it.is_sure).collect();
    if own.is_empty() {
        return Vec::new();
    }
    let wakers = wakers(case, operation);
    if wakers.is_empty() {
        return Vec::new();
    }
    let mut waiting: Vec<(Held<'_>, Wanted<'_>, &ObservedGroup, Chain<'_>)> = Vec::new();
    for other in case.groups {
        let is_lock = matches!(other.group.blocked_on, Some(BlockedOn::Lock | BlockedOn::RwLock));
        if !is_lock || other.group.count <= 0 {
            continue;
        }
        let chain = self::chain(case.workspace, other.group, other.place);
        let Some(wanted) = wanted(&chain, other.group) else { continue };
        if let Some(held) = own.iter().find(|it| it.lock == wanted.lock) {
            waiting.push((*held, wanted, other.group, chain));
        }
    }
    let Some((waker, (held, wanted, other, _))) = wakers
        .iter()
        .find_map(|waker| Some((waker, waiting.iter().find(|(.., chain)| comes_to(chain, waker))?)))
    else {
        return Vec::new();
    };
    let all = wakers.iter().all(|waker| waiting.iter().any(|(.., chain)| comes_to(chain, waker)));
    let about = operation;
    let verb = match case.group.blocked_on {
        Some(BlockedOn::WaitGroup) => "waits for goroutines",
        Some(BlockedOn::ChannelSend) => "sends to a goroutine",
        _ => "receives from a goroutine",
    };
    let need = if matches!(case.group.blocked_on, Some(BlockedOn::WaitGroup)) { "need" } else { "needs" };
    let sentence = format!(
        "{} holds {} (locked at {}) and {verb} at {} that {need} the lock first: {} waits for it at {}, and comes to \
         `{}` at {} only after that {}",
        who_of(&held.op),
        held.lock.label(),
        line_of(&held.op, about),
        line_in(about, about),
        who_of(&wanted.op),
        line_of(&wanted.op, about),
        waker.node.text().lines().next().unwrap_or(""),
        line_in(waker.node, about),
        count(other),
    );
    let frame = chain.frames.get(held.frame);
    let before = frame.map_or_else(String::new, |it| line_in(it.node, about));
    let said = if all {
        Said::confirmed("lock-held-across-wait", sentence)
    } else {
        Said::candidate("lock-held-across-wait", sentence)
    };
    let said = said
        .with("locked", held.op.node)
        .with("waits", about)
        .with("waits for the lock", wanted.op.node)
        .with("would wake it", waker.node)
        .advising(format!("unlock `{}` before {before}", text_of(&held.op)));
    vec![said]
}

/// Whether a stack that goes on where it is comes to an operation.
fn comes_to<'a>(chain: &Chain<'a>, waker: &Op<'a>) -> bool {
    chain.frames.iter().any(|frame| {
        let is_later = waker.node.start() > frame.node.start()
            || waker.node.up(Kind::DeferStatement, Some(frame.scope)).is_some()
            || !loops_around(frame.node, Some(frame.scope)).is_empty();
        frame.function == waker.function && frame.scope.contains(waker.node) && is_later
    })
}

/// The operations that end a wait: all that the package shows.
fn wakers<'a>(case: &Case<'_, 'a>, operation: Node<'a>) -> Vec<Op<'a>> {
    let package = case.place.package;
    let object = match operation.kind() {
        Kind::CallExpression => operation.child(Field::Function).and_then(|it| it.child(Field::Operand)),
        Kind::SendStatement => operation.child(Field::Channel),
        Kind::UnaryExpression => operation.child(Field::Operand),
        Kind::RangeClause => operation.child(Field::Right),
        _ => None,
    };
    let Some(object) = object else { return Vec::new() };
    let uses = Uses::of_expression(package, case.place.function, object);
    match case.group.blocked_on {
        Some(BlockedOn::WaitGroup) => uses.of(|it| matches!(it, OpKind::Method("Done" | "Go"))),
        Some(BlockedOn::ChannelSend) => uses.receives(),
        Some(BlockedOn::ChannelReceive) => uses.of(|it| matches!(it, OpKind::Send | OpKind::Close)),
        _ => Vec::new(),
    }
}
