//! Channels that lack what they need: a make, or a receiver. Which one is meant is a decision.

use super::super::draft::Draft;
use super::super::places::nodes_at;
use super::super::places::with_role;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use super::buffer;
use super::sent::sent_on;
use crate::code::Object;
use crate::code::base_type;
use crate::confirm::Case;
use crate::confirm::channels::Channel;
use crate::diagnose::PatchTier;
use crate::diagnose::SourceVerdict;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Makes a channel that is a field and never made, where the one literal of its type is.
pub(in crate::patch) fn made(case: &Case<'_, '_>, verdict: &SourceVerdict) -> Result<Draft, Refusal> {
    let place = case.place;
    let operation = place.operation.ok_or(Refusal::NoPlace)?;
    let expression =
        [Field::Channel, Field::Operand, Field::Right].into_iter().find_map(|it| operation.child(it));
    let Some(expression) = expression else { return Err(Refusal::NoPlace) };
    let channel = Channel::new(place.package, place.function, expression, operation);
    let Some(Object::Field { owner, name }) = channel.uses.objects.first().copied() else {
        return refuse("it is no field: where it should be made is not known");
    };
    if channel.sends.is_empty() || channel.receives.is_empty() && channel.closes.is_empty() {
        return refuse(format!("`{name}` has a sender or a receiver alone: made, it would block as well"));
    }
    let Some(built) = with_role(verdict, "built without it") else {
        return refuse(format!("no literal of {owner} is seen"));
    };
    let is_it = |it: Node<'_>| {
        it.kind() == Kind::CompositeLiteral && it.child(Field::Type).and_then(base_type) == Some(owner)
    };
    let literals = nodes_at(place.package, built, is_it);
    let all =
        place.package.functions.iter().flat_map(|it| it.index().literals.iter()).filter(|it| is_it(**it));
    let ([literal], 1) = (literals.as_slice(), all.count()) else {
        return refuse(format!("{owner} is built at several places"));
    };
    let type_ = place.package.own_field(owner, name).and_then(|it| it.type_);
    let (Some(type_), Some(body)) = (type_, literal.child(Field::Body)) else { return Err(Refusal::NoPlace) };
    if body.line() != body.last_line() {
        return refuse(format!("the literal of line {} has several lines", literal.line()));
    }
    let elements: Vec<Node<'_>> = body.children().collect();
    if elements.iter().any(|it| it.kind() != Kind::KeyedElement) {
        return refuse(format!("the literal of line {} names no fields", literal.line()));
    }
    let at = elements.last().map_or(body.start() + 1, |it| it.end()) as usize;
    let separator = if elements.is_empty() { "" } else { ", " };
    let mut draft = Draft::safe(
        format!("make `{name}` where {owner} is built"),
        "whether it needs a buffer is your decision; its sender and its receiver wait for each other then",
    );
    draft.tier = PatchTier::Review;
    draft.edits.replace_range(body.tree(), at, at, &format!("{separator}{name}: make({})", type_.text()))?;
    Ok(draft)
}

/// A buffer for values that nobody receives: the goroutine ends, and the value is lost.
pub(in crate::patch) fn without_receiver(case: &Case<'_, '_>) -> Result<Draft, Refusal> {
    let (_, channel) = sent_on(case)?;
    let mut draft = buffer::for_each_sender(case.place.package, &channel)?;
    draft.tier = PatchTier::Review;
    draft.because = format!("nothing receives from `{}`: maybe the send is what is wrong", channel.name);
    Ok(draft)
}
