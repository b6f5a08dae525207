//! A loop that ranges over a channel: the end of a context ends it too.

use super::super::draft::Draft;
use super::super::places::next_statement;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use super::context::context_at;
use super::wait::draft;
use super::wait::fits_in_select;
use super::wait::leave;
use super::wait::nothing_follows;
use crate::code::expressions;
use crate::confirm::Case;
use crate::confirm::channels::Channel;
use crate::model::BlockedOn;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

/// A select in a loop that ranges over a channel. Nobody may be left behind who sends on it.
pub(in crate::patch) fn in_range(case: &Case<'_, '_>) -> Result<Draft, Refusal> {
    let place = case.place;
    let range = place.operation.filter(|it| it.kind() == Kind::RangeClause).ok_or(Refusal::NoPlace)?;
    let (Some(loop_), Some(from)) = (range.parent(), range.child(Field::Right)) else {
        return Err(Refusal::NoPlace);
    };
    let (line, body) = (loop_.line(), loop_.child(Field::Body).ok_or(Refusal::NoPlace)?);
    let channel = Channel::new(place.package, place.function, from, range);
    if let Some(send) = channel.sends.iter().find(|it| it.select().is_none()) {
        return refuse(format!(
            "line {} sends without another way: it would be left behind",
            send.node.line()
        ));
    }
    if !matches!(from.kind(), Kind::Identifier | Kind::SelectorExpression) {
        return refuse(format!("line {line} would make the channel anew in each turn"));
    }
    fits_in_select(loop_, body)?;
    let names = expressions(range.child(Field::Left));
    let is_set = names.iter().any(|it| it.text() != "_") && range.operator() != Operator::Define;
    if is_set {
        return refuse(format!("line {line} assigns to a variable that is declared elsewhere"));
    }
    let next = next_statement(loop_).filter(|it| it.kind() == Kind::ReturnStatement);
    let name = names.first().map_or("_", |it| it.text());
    let is_ok = |it: &Node<'_>| it.kind() == Kind::Identifier && it.text() == "ok";
    let is_hidden = |it: &Node<'_>| is_ok(it) || it.kind() == Kind::Identifier && it.text() == name;
    let returns = || next.into_iter().flat_map(Node::walk);
    let used = body.walk().find(is_ok).or_else(|| returns().find(is_hidden));
    if let Some(used) = used {
        return refuse(format!("line {} uses a name that the select declares", used.line()));
    }
    // What the function returns after the loop it returns when the channel is closed.
    nothing_follows(next.unwrap_or(loop_), place.scope)?;
    let context = context_at(place.package, place.function, loop_)?;
    let mut draft = draft(format!("end the loop of line {line} with `{}` too", context.name), &context);
    let closed = next.map_or("return", |it| it.text());
    let case_ = format!("case {name}, ok := <-{}:", from.text());
    let end = [format!("case <-{}.Done():", context.name), format!("\t{}", leave(case, &context)?)];
    draft.edits.in_select(
        loop_,
        body,
        &[case_, "\tif !ok {".into(), format!("\t\t{closed}"), "\t}".into()],
        &end,
    )?;
    if let Some(next) = next {
        draft.edits.delete(next)?;
    }
    draft.then = Some(BlockedOn::Select);
    context.add_to(&mut draft);
    Ok(draft)
}
