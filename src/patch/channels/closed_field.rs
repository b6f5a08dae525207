//! A send that ends with a channel which its receiver closes as it leaves.

use super::super::draft::Draft;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use super::ending::select;
use crate::code::Object;
use crate::code::Op;
use crate::code::Uses;
use crate::code::arguments;
use crate::code::call_name;
use crate::code::exits_without;
use crate::confirm::Case;
use crate::confirm::channels::Channel;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Lets the sends end with the channel that every way out of the only receiver closes.
pub(super) fn with_closed_channel<'a>(
    case: &Case<'_, 'a>,
    channel: &Channel<'a>,
    send: Node<'a>,
) -> Result<Draft, Refusal> {
    let place = case.place;
    let none = || refuse("the sender sees no channel that its receiver closes as it leaves");
    let Some(first) = channel.receives.first().copied() else { return none() };
    if channel.receives.iter().any(|it| it.scope != first.scope) || !channel.is_closed_world() {
        return none();
    }
    let closes = first.scope.own().filter(|it| call_name(*it) == Some("close"));
    let closed = closes.filter_map(|it| Some((it, arguments(it).next()?)));
    let mut found = closed.filter_map(|(close, closed)| {
        let uses = Uses::of_expression(place.package, first.function, closed);
        let is_own = uses.closes().iter().all(|it| it.scope == first.scope);
        let is_signal = uses.sends().is_empty() && uses.is_closed_world();
        (is_own && is_signal && is_closed_on_leaving(first, &uses)).then_some(())?;
        Some((close, seen_by_sender(case, first, channel, closed, send)?))
    });
    let Some((close, seen)) = found.next() else { return none() };
    let mut draft = Draft::safe(
        format!("let the send end with `{seen}`, which its receiver closes"),
        format!(
            "the only receiver closes it on each way out (line {}), and then nobody takes the value",
            close.line()
        ),
    );
    let sends: Vec<Op<'a>> = channel.sends.iter().filter(|it| it.scope == place.scope).copied().collect();
    select(&mut draft, case, channel, &sends, &seen)?;
    Ok(draft)
}

/// Whether each way out of a receiver closes a channel.
fn is_closed_on_leaving<'a>(receive: Op<'a>, uses: &Uses<'a>) -> bool {
    let closes = uses.closes();
    let is_close = |node: Node<'_>| closes.iter().any(|it| it.node == node);
    exits_without(receive.scope, None, is_close)
        .is_ok_and(|(without, with)| without.is_empty() && !with.is_empty())
}

/// The channel that a receiver closes, as the sender names it: a field of the same object, or the same local variable.
fn seen_by_sender<'a>(
    case: &Case<'_, 'a>,
    receive: Op<'a>,
    channel: &Channel<'a>,
    closed: Node<'a>,
    send: Node<'a>,
) -> Option<String> {
    let (package, function) = (case.place.package, case.place.function);
    if closed.kind() == Kind::Identifier {
        let declared = package.lookup(receive.function, closed.text(), closed.start())?;
        let seen = package.lookup(function, closed.text(), send.start())?;
        return (declared.at == seen.at).then(|| closed.text().to_owned());
    }
    let received = receive.node.child(Field::Operand).or_else(|| receive.node.child(Field::Right))?;
    let sent = send.child(Field::Channel)?;
    let (owner, operand) = (closed.child(Field::Operand)?, received.child(Field::Operand)?);
    let is_field = matches!(channel.uses.objects.first(), Some(Object::Field { .. }));
    let name = closed.child(Field::Selected)?.text();
    let base = sent.child(Field::Operand).filter(|_| is_field && owner.text() == operand.text())?;
    Some(format!("{}.{name}", base.text()))
}
