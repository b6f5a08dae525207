//! The call of the user's that a stack is in.

use crate::code::called_name;
use crate::confirm::group::ObservedGroup;
use crate::confirm::place::Place;
use crate::confirm::place::last_name;
use crate::syntax::Kind;
use crate::syntax::Node;

/// The call at the place of a group that the frame below it is in; if the names do not tell, the only call of its line.
pub(super) fn call_in<'a>(place: &Place<'a>, group: &ObservedGroup) -> Option<Node<'a>> {
    let below = place.frame.checked_sub(1).and_then(|at| group.stack.get(at))?;
    let name = last_name(&below.function);
    let calls =
        || place.scope.own().filter(|it| it.kind() == Kind::CallExpression && it.has_line(place.line));
    let named = || calls().filter(|it| called_name(*it) == Some(name));
    // `a.Do(b.Do())`: the innermost that starts last is called first; of nested ones the frame names the line where it starts.
    let first_line = named().find(|it| it.line() == place.line);
    if let Some(call) = first_line.or_else(|| named().next()) {
        return Some(call);
    }
    let mut all = calls().filter(|it| it.line() == place.line);
    match (all.next(), all.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}
