//! A receive that waits for a goroutine which itself waits, in the same profile.

use super::channel::Channel;
use super::present::goroutines;
use super::present::present_before;
use super::present::where_they_are;
use crate::code::Op;
use crate::code::OpKind;
use crate::confirm::place::Case;
use crate::confirm::said::Said;

/// What the source says of a receive whose sender or closer is in the same profile and has not come to its send or close.
pub(super) fn check<'a>(case: &Case<'_, 'a>, channel: &Channel<'a>) -> Option<Said> {
    let make = channel.only_make().map(|it| it.node);
    let wakers: Vec<Op<'a>> = channel.sends.iter().chain(&channel.closes).copied().collect();
    let present = present_before(case, &wakers, make)?;
    // Who waits to send on such a channel has another one than those who wait to receive.
    if channel.sends.iter().any(|it| it.node == present.at.node) {
        return None;
    }
    // Of many receivers, a few live ones prove nothing.
    if present.count.saturating_mul(2) < case.group.count {
        return None;
    }
    let waker = wakers.iter().find(|it| it.node == present.operation)?;
    let does = if waker.kind == OpKind::Close { "closes it" } else { "sends on it" };
    let sentence = format!(
        "{} waits for `{}`; {} {does}, and in this profile {} before that, at {}",
        channel.line(channel.wait),
        channel.name,
        channel.line(waker.node),
        goroutines(present.count, "wait"),
        where_they_are(channel, &present)
    );
    let said = Said::undecided("receive-never-closed", sentence).with("blocked", channel.wait);
    let said = channel.with_makes(said).with(does, waker.node).with("waits itself", present.at.node);
    let is_sure = channel.is_closed_world() && wakers.iter().all(|it| it.scope == waker.scope);
    Some(if is_sure { said.following(present.group.row) } else { said })
}
