//! A sender of an object whose end is announced on another channel of the same object, which nothing looks at.

use super::channel::Channel;
use super::channel::title;
use crate::code::Object;
use crate::code::Uses;
use crate::confirm::place::Case;
use crate::confirm::said::Said;
use crate::syntax::Kind;
use crate::syntax::Node;

/// A method closes a channel of the sender's object, and nothing receives from it. Whether it was called, the profile does not show.
pub(super) fn end<'a>(case: &Case<'_, 'a>, channel: &Channel<'a>, send: Node<'a>) -> Option<Said> {
    let package = case.place.package;
    let owner = match channel.uses.objects.first()? {
        Object::Field { owner, .. } => *owner,
        Object::Local { .. }
        | Object::PackageVariable(_)
        | Object::AnyField(_)
        | Object::Embedded(_)
        | Object::Extern { .. }
        | Object::Expression(_) => return None,
    };
    if channel.sends.iter().any(|it| it.select().is_some()) {
        return None;
    }
    let fields =
        package.fields_of(owner).filter(|it| it.type_.is_some_and(|it| it.kind() == Kind::ChannelType));
    for field in fields {
        let uses = Uses::of_object(package, Object::Field { owner, name: field.name });
        let closes = uses.closes();
        let Some(close) = closes.first().filter(|_| uses.is_closed_world() && uses.receives().is_empty())
        else {
            continue;
        };
        let sentence = format!(
            "{} sends on `{}`{} and looks at nothing else; {} closes `{}` ({}), which nothing receives from",
            channel.line(send),
            channel.name,
            channel.made(),
            title(close),
            field.name,
            channel.line(close.node)
        );
        let said =
            Said::candidate("abandoned-sender", sentence).with("blocked", send).with("closes", close.node);
        return Some(channel.with_makes(said).advising(format!(
            "make the send at {} a case of a select that also receives from `{}`",
            channel.line(send),
            field.name
        )));
    }
    None
}
