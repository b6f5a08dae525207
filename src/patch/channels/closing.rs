//! A channel that is ranged over and never closed: its only sender closes it when it has sent all.

use super::super::draft::Draft;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use crate::code::Object;
use crate::code::Op;
use crate::code::OpKind;
use crate::code::called_name;
use crate::code::loops_around;
use crate::code::statement_of;
use crate::confirm::Case;
use crate::confirm::channels::Channel;
use crate::confirm::channels::loop_without;
use crate::confirm::channels::runs_of;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Closes a channel after its last send.
pub(in crate::patch) fn closed_by_sender(case: &Case<'_, '_>) -> Result<Draft, Refusal> {
    let place = case.place;
    let Some(wait) = place.operation.filter(|it| it.kind() == Kind::RangeClause) else {
        return refuse("only a loop that ranges over the channel ends when it is closed");
    };
    let Some(expression) = wait.child(Field::Right) else { return Err(Refusal::NoPlace) };
    let channel = Channel::new(place.package, place.function, expression, wait);
    let Some(first) = channel.sends.first().copied() else {
        return refuse("nothing sends on the channel: when it should be closed is not known");
    };
    if !channel.closes.is_empty() || !channel.is_closed_world() {
        return refuse("who else sends on or closes the channel is not known");
    }
    if let Some(other) = channel.sends.iter().find(|it| it.scope != first.scope) {
        return refuse(format!(
            "lines {} and {} send in different functions: which one is the last is not known",
            first.node.line(),
            other.node.line()
        ));
    }
    if let Some(other) = channel.receives.iter().find(|it| it.kind != OpKind::Range) {
        return refuse(format!(
            "line {} would receive zero values from the closed channel",
            other.node.line()
        ));
    }
    let (Some(make), Some(maker)) = (channel.only_make(), channel.maker()) else {
        return refuse("the channel is not made at one place, for one call");
    };
    if !channel.uses.objects.iter().all(|it| matches!(it, Object::Local { .. })) {
        return refuse("the channel is kept in a field or variable");
    }
    if channel.uses.of(|kind| kind == OpKind::Set).len() > channel.uses.makes.len() {
        return refuse("something else is assigned to the channel's name");
    }
    let Some(name) = first.node.child(Field::Channel).filter(|it| it.kind() == Kind::Identifier) else {
        return refuse(format!("line {} does not send on a plain name", first.node.line()));
    };
    let name = name.text();
    let declared = |at: u32| place.package.lookup(first.function, name, at).map(|it| it.at);
    let made_as = statement_of(make.node).map_or(make.node.end(), Node::end);
    if first.scope == maker && declared(made_as) != declared(first.node.start()) {
        return refuse(format!("line {} sends on it by another name", first.node.line()));
    }
    if first.scope == maker {
        return after_last_send(&channel, make.node, maker, name);
    }
    let runs = runs_of(place.package, first.function, first.scope);
    let is_one = !runs.is_open
        && runs.calls.is_empty()
        && matches!(
            runs.starts.as_slice(),
            [it] if it.scope == maker && !it.is_repeated && it.loop_without(Some(make.node)).is_none()
                && it.node.kind() == Kind::GoStatement
        );
    let Some(body) = first.scope.child(Field::Body).filter(|_| is_one) else {
        return refuse(format!(
            "line {} does not only send in one goroutine for each channel",
            first.node.line()
        ));
    };
    let mut draft = Draft::safe(
        format!("close `{name}` when its only sender ends: `defer close({name})`"),
        "nothing else sends on it, so nothing is sent afterwards, and each receiver ranges over it",
    );
    draft.edits.at_start(body, &[format!("defer close({name})")])?;
    Ok(draft)
}

/// The function that makes the channel sends itself: the close follows its last send, on every path.
fn after_last_send<'a>(
    channel: &Channel<'a>,
    make: Node<'a>,
    maker: Node<'a>,
    name: &str,
) -> Result<Draft, Refusal> {
    let tops = channel.sends.iter().map(|it| statement_beside(make, it));
    let tops: Option<Vec<Node<'a>>> = tops.collect();
    let last = tops.as_ref().and_then(|it| it.iter().max_by_key(|it| it.start()).copied());
    let (Some(tops), Some(last)) = (tops, last) else {
        return refuse(format!("line {} makes the channel in an inner block of its sends", make.line()));
    };
    if let Some(deferred) =
        channel.sends.iter().find(|it| it.node.up(Kind::DeferStatement, Some(maker)).is_some())
    {
        return refuse(format!("line {} sends as the function returns", deferred.node.line()));
    }
    if let Some(send) = channel.sends.iter().find(|it| it.select().is_some()) {
        return refuse(format!("line {} sends in a select", send.node.line()));
    }
    let between = |it: &Node<'_>| make.end() <= it.start() && it.start() < last.end();
    let leaves = |it: &Node<'_>| match it.kind() {
        Kind::ReturnStatement | Kind::GotoStatement => true,
        // A jump out of the block that makes the channel.
        Kind::BreakStatement | Kind::ContinueStatement => {
            let around = it.ancestors().find(|up| stops(*up, it.kind()));
            it.nth(0).is_some() || around.is_none_or(|up| up.contains(make))
        }
        _ => false,
    };
    let exit = maker.own().find(|it| leaves(it) && between(it));
    if tops.iter().any(|it| is_endless(*it)) {
        return refuse(format!("the loop of line {} never ends", last.line()));
    }
    if let Some(exit) = exit {
        // A deferred close comes too late for a function that waits for the receivers.
        let waits = |it: &Node<'_>| {
            it.kind() == Kind::CallExpression && called_name(*it) == Some("Wait")
                || it.is_receive()
                || it.kind() == Kind::SelectStatement
        };
        if let Some(wait) = maker.own().find(|it| it.start() > make.end() && waits(it)) {
            return refuse(format!("line {} returns early, and line {} waits", exit.line(), wait.line()));
        }
    }
    if !loops_around(make, None).is_empty() && exit.is_some() {
        return refuse(format!("line {} is in a loop: a defer would come too late", make.line()));
    }
    let close = format!("close({name})");
    let because = "only this function sends on it, and each receiver ranges over it";
    let mut draft = match exit {
        None => Draft::safe(format!("close `{name}` after its last send"), because),
        Some(_) => {
            Draft::safe(format!("close `{name}` as its only sender returns: `defer {close}`"), because)
        }
    };
    match (exit, statement_of(make)) {
        (None, _) => draft.edits.after(last, &[close])?,
        (Some(_), Some(made)) => draft.edits.after(made, &[format!("defer {close}")])?,
        (Some(_), None) => return Err(Refusal::NoPlace),
    }
    Ok(draft)
}

/// Whether a statement is what a `break` or `continue` without a label is about.
fn stops(statement: Node<'_>, jump: Kind) -> bool {
    match statement.kind() {
        Kind::ForStatement => true,
        Kind::SelectStatement | Kind::ExpressionSwitchStatement | Kind::TypeSwitchStatement => {
            jump == Kind::BreakStatement
        }
        _ => false,
    }
}

/// The statement that holds a send, in the block that makes the channel.
fn statement_beside<'a>(make: Node<'a>, send: &Op<'a>) -> Option<Node<'a>> {
    let list = statement_of(make)?.parent()?;
    let above = std::iter::once(send.node).chain(send.node.ancestors());
    above.take_while(|it| *it != send.scope).find(|it| it.parent() == Some(list))
}

/// Whether a statement is a loop that nothing leaves but a return.
fn is_endless(statement: Node<'_>) -> bool {
    let body = statement.child(Field::Body);
    let is_bare = statement.kind() == Kind::ForStatement && statement.children().all(|it| Some(it) == body);
    is_bare
        && !statement
            .own()
            .any(|it| it.kind() == Kind::BreakStatement && loop_without(it, None) == Some(statement))
}
