//! Handlers of HTTP that wait for something else than the end of their request.

use super::super::place::Case;
use super::super::said::Said;
use super::at_hand::request_of;
use super::loops::endless_loop_around;
use super::loops::exits;
use crate::code::called_name;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;
use crate::text::pluralize;

/// What the source says of a handler that receives from a channel and never asks whether its client is still there.
pub(super) fn check(case: &Case<'_, '_>) -> Option<Said> {
    let place = &case.place;
    let receive = place.operation?;
    let channel = match receive.kind() {
        Kind::RangeClause => receive.child(Field::Right)?,
        Kind::UnaryExpression if receive.operator() == Operator::Receive => receive.child(Field::Operand)?,
        _ => return None,
    };
    let serves = |name: &str| case.group.stack.iter().any(|it| it.function == name);
    let request = request_of(place).filter(|_| serves("net/http.(*conn).serve") && case.group.grew)?;
    let asks = |it: Node<'_>| {
        // Who is given the request may ask for it.
        it.kind() == Kind::Identifier
            && it.text() == request
            && it.parent().is_some_and(|up| {
                !matches!(up.kind(), Kind::SelectorExpression | Kind::ParameterDeclaration)
                    || matches!(
                        up.child(Field::Selected).map_or("", Node::text),
                        "Context" | "Body" | "WithContext"
                    )
            })
            || matches!(called_name(it), Some("CloseNotify" | "Hijack"))
    };
    if place.function.node.walk().any(asks) {
        return None;
    }
    let watched = case.groups.iter().map(|it| it.group);
    let watched =
        watched.filter(|it| it.stack.iter().any(|it| it.function == "net/http.(*connReader).backgroundRead"));
    let watched: i128 = watched.map(|it| it.count).sum();
    // A stream of events is asked for without a body, so that net/http watches its connection as long as the client is there.
    let is_stream = place.function.node.walk().any(|it| it.text() == "\"text/event-stream\"");
    let line = receive.line();
    let mut sentence = format!(
        "line {line} waits for `{}` and never for the end of the request, `{request}.Context()`",
        channel.text()
    );
    // A write that fails may end it.
    let loop_ = receive.parent().filter(|_| receive.kind() == Kind::RangeClause);
    let loop_ = loop_.or_else(|| endless_loop_around(receive, place.scope));
    let may_leave = loop_.is_some_and(|it| !exits(it, it).is_empty());
    // A request whose body is not read is not watched either.
    let are_gone = is_stream && !may_leave && watched > 0 && watched.saturating_mul(2) < case.group.count;
    if are_gone {
        sentence.push_str(&format!(
            "; in this profile {} there, and net/http still watches the connections of {}: the others have gone",
            match case.group.count {
                1 => "1 goroutine waits".to_owned(),
                count => format!("{} wait", pluralize(count, "goroutine")),
            },
            pluralize(watched, "client")
        ));
    }
    let make = if are_gone { Said::confirmed } else { Said::candidate };
    let said = make("select-without-done", sentence).with("blocked", receive);
    Some(said.advising(format!(
        "select on `{}` and `{request}.Context().Done()` at line {line}, and return in that case",
        channel.text()
    )))
}
