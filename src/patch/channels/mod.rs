//! Patches of goroutines that wait on a channel.

mod buffer;
mod ending;
mod leave;

use super::draft::Draft;
use super::refusal::Refusal;
use super::refusal::refuse;
use crate::confirm::Case;
use crate::confirm::channels::Channel;
use crate::confirm::channels::leaves;
use crate::confirm::channels::runs_of;
use crate::diagnose::PatchTier;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// A sender whose receiver has left: a buffer for its value, or a send that ends too. Of those that fit the first safe one, else the first.
pub(super) fn abandoned_sender<'a>(case: &Case<'_, 'a>) -> Result<Draft, Refusal> {
    let (send, channel) = sent_on(case)?;
    let package = case.place.package;
    let runs = runs_of(package, case.place.function, case.place.scope);
    let leaves = leaves(case, &channel, send, &runs);
    let buffer = buffer::for_each_sender(package, &channel);
    if buffer.is_ok() {
        return buffer;
    }
    let context = ending::with_context(case, &channel, send, &leaves);
    if context.as_ref().is_ok_and(|it| it.tier == PatchTier::Safe) {
        return context;
    }
    ending::with_new_channel(case, &channel).or(context).or(buffer)
}

/// The send that waits, and its channel.
fn sent_on<'a>(case: &Case<'_, 'a>) -> Result<(Node<'a>, Channel<'a>), Refusal> {
    let place = case.place;
    let send = place.operation.filter(|it| it.kind() == Kind::SendStatement);
    let Some((send, expression)) = send.and_then(|it| Some((it, it.child(Field::Channel)?))) else {
        return Err(Refusal::NoPlace);
    };
    let channel = Channel::new(place.package, place.function, expression, send);
    if channel.sends.is_empty() {
        return refuse("the send is not seen through");
    }
    Ok((send, channel))
}
