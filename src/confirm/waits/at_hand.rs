//! What could end a loop at a place: a context in scope, or one that the receiver keeps.

use super::super::place::Place;
use crate::code::DeclarationKind;
use crate::syntax::Node;

/// The channel that says the end, as an expression of Go, if one is at hand.
pub(super) fn end_signal<'a>(place: &Place<'a>) -> Option<String> {
    let (package, function) = (place.package, place.function);
    let at = place.operation.unwrap_or(place.scope);
    let is_context = |type_: Option<Node<'_>>| type_.is_some_and(|it| it.text() == "context.Context");
    let parameter = package
        .declarations(function)
        .iter()
        .filter(|it| it.from <= at.start() && at.start() <= it.to && it.name != "_")
        .filter(|it| it.kind == DeclarationKind::Parameter && is_context(it.type_))
        .max_by_key(|it| it.from);
    if let Some(parameter) = parameter {
        return Some(format!("{}.Done()", parameter.name));
    }
    if let Some(request) = request_of(place) {
        return Some(format!("{request}.Context().Done()"));
    }
    let (owner, name) = (function.receiver?, function.receiver_name?);
    let kept = package.fields_of(owner).find(|it| is_context(it.type_))?;
    Some(format!("{name}.{}.Done()", kept.name))
}

/// The name of the request that the function at a place serves.
pub(super) fn request_of<'a>(place: &Place<'a>) -> Option<&'a str> {
    let at = place.operation.unwrap_or(place.scope);
    let declared = place.package.declarations(place.function).iter();
    let mut requests = declared.filter(|it| {
        it.kind == DeclarationKind::Parameter
            && it.from <= at.start()
            && at.start() <= it.to
            && it.name != "_"
            && it.type_.is_some_and(|it| it.text() == "*http.Request")
    });
    requests.next().map(|it| it.name)
}
