//! The send that waits.

use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use crate::confirm::Case;
use crate::confirm::channels::Channel;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// The send that waits, and its channel.
pub(super) fn sent_on<'a>(case: &Case<'_, 'a>) -> Result<(Node<'a>, Channel<'a>), Refusal> {
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
