//! Patches of goroutines that wait on a channel.

mod buffer;

use super::draft::Draft;
use super::refusal::Refusal;
use super::refusal::refuse;
use crate::confirm::Case;
use crate::confirm::channels::Channel;
use crate::syntax::Field;
use crate::syntax::Kind;

/// A sender whose receiver has left: a buffer for its value.
pub(super) fn abandoned_sender<'a>(case: &Case<'_, 'a>) -> Result<Draft, Refusal> {
    let channel = sent_on(case)?;
    buffer::for_each_sender(case.place.package, &channel)
}

/// The channel of the send that waits.
fn sent_on<'a>(case: &Case<'_, 'a>) -> Result<Channel<'a>, Refusal> {
    let place = case.place;
    let send = place.operation.filter(|it| it.kind() == Kind::SendStatement);
    let Some((send, expression)) = send.and_then(|it| Some((it, it.child(Field::Channel)?))) else {
        return Err(Refusal::NoPlace);
    };
    let channel = Channel::new(place.package, place.function, expression, send);
    if channel.sends.is_empty() {
        return refuse("the send is not seen through");
    }
    Ok(channel)
}
