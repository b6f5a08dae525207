//! Patches of goroutines that wait on a channel.

mod buffer;
mod closed_field;
mod closing;
mod ending;
mod group;
mod leave;
mod semaphore;
mod sent;
mod unmade;

pub(super) use closing::closed_by_sender;
pub(super) use group::limited_group;
pub(super) use leave::returned;
pub(super) use semaphore::given_back;
pub(super) use unmade::made;
pub(super) use unmade::without_receiver;

use super::draft::Draft;
use super::refusal::Refusal;
use crate::confirm::Case;
use crate::confirm::channels::leaves;
use crate::confirm::channels::runs_of;
use crate::diagnose::PatchTier;

use sent::sent_on;

/// A sender whose receiver has left: a buffer for its value, or a send that ends too. Of those that fit the first safe one, else the first.
pub(super) fn abandoned_sender<'a>(case: &Case<'_, 'a>) -> Result<Draft, Refusal> {
    let (send, channel) = sent_on(case)?;
    let package = case.place.package;
    let runs = runs_of(package, case.place.function, case.place.scope);
    let leaves = leaves(case, &channel, send, &runs);
    let buffer = buffer::for_each_sender(package, &channel);
    if let Ok(mut draft) = buffer {
        buffer::for_siblings(case, &channel, &mut draft);
        return Ok(draft);
    }
    let context = ending::with_context(case, &channel, send, &leaves);
    if context.as_ref().is_ok_and(|it| it.tier == PatchTier::Safe) {
        return context;
    }
    let closed = closed_field::with_closed_channel(case, &channel, send);
    closed.or_else(|_| ending::with_new_channel(case, &channel)).or(context).or(buffer)
}
