//! What to change so that a sender does not stay behind.

use super::channel::Channel;
use super::leaves::Leave;
use super::start::Runs;
use super::start::Start;
use super::start::loop_without;
use super::turns::turns;
use crate::code::DeclarationKind;
use crate::code::most;
use crate::confirm::place::Case;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// What to change so that a send ends when its receiver has left.
pub(super) fn sender<'a>(
    case: &Case<'_, 'a>,
    channel: &Channel<'a>,
    send: Node<'a>,
    runs: &Runs<'a>,
    leaves: &[Leave<'a>],
) -> String {
    if let Some(buffer) = buffer(channel, &runs.starts) {
        return buffer;
    }
    let name = channel.name;
    let at = channel.line(send);
    let context = leaves
        .iter()
        .filter_map(Leave::context)
        .find(|it| is_visible(case, *it, send))
        .map(Node::text)
        .or_else(|| context_in_scope(case, send));
    match context {
        Some(context) => {
            format!(
                "let the send at {at} end with `{context}` too: `select {{ case {name} <- …: case <-{context}.Done(): }}`"
            )
        }
        None => format!(
            "make the send at {at} a case of a select that also ends when the receiver has left, or receive from `{name}` until its \
             senders are done"
        ),
    }
}

/// `give `ch` a buffer of 1 at line 29: `make(chan T, 1)``, where that is enough; `None` where it is not.
pub(super) fn buffer<'a>(channel: &Channel<'a>, starts: &[Start<'a>]) -> Option<String> {
    let make = channel.only_make().filter(|it| !it.has_buffer())?;
    let maker = channel.maker()?;
    if !channel.is_closed_world() || channel.sends.iter().any(|it| it.select().is_some()) {
        return None;
    }
    let scope = channel.sends.first()?.scope;
    let is_send = |node: Node<'_>| channel.sends.iter().any(|it| it.node == node);
    if channel.sends.iter().any(|it| it.scope != scope) || most(scope, is_send) != Ok(1) {
        return None;
    }
    let type_ = make.node.child(Field::Arguments)?.nth(0)?.text();
    let line = channel.line(make.node);
    let name = channel.name;
    let [start] = starts else { return None };
    if start.is_repeated || start.scope != maker {
        return None;
    }
    match start.loop_without(Some(make.node)) {
        None => Some(format!("give `{name}` a buffer for the one value at {line}: `make({type_}, 1)`")),
        Some(loop_) => {
            // A loop within a loop starts more than it has turns.
            loop_without(loop_, Some(make.node)).is_none().then_some(())?;
            let turns = turns(channel.uses.package(), make.function?, loop_, make.node)?;
            Some(format!(
                "give `{name}` a buffer for each of its senders at {line}: `make({type_}, {turns})`"
            ))
        }
    }
}

/// Whether an expression of a receiver names the same object at the send.
pub(crate) fn is_visible<'a>(case: &Case<'_, 'a>, context: Node<'a>, send: Node<'a>) -> bool {
    let (package, function) = (case.place.package, case.place.function);
    if context.kind() != Kind::Identifier || !std::ptr::eq(context.tree(), send.tree()) {
        return false;
    }
    let there =
        package.function_of(context).and_then(|it| package.lookup(it, context.text(), context.start()));
    let here = package.lookup(function, context.text(), send.start());
    matches!((here, there), (Some(here), Some(there)) if here.at == there.at)
}

/// The nearest parameter of type `context.Context` that a send can name.
pub(crate) fn context_in_scope<'a>(case: &Case<'_, 'a>, send: Node<'a>) -> Option<&'a str> {
    let (package, function) = (case.place.package, case.place.function);
    let contexts = package.declarations(function).iter().filter(|it| {
        it.kind == DeclarationKind::Parameter
            && it.from <= send.start()
            && send.start() <= it.to
            && it.type_.is_some_and(|type_| type_.text() == "context.Context")
            && it.name != "_"
    });
    contexts.max_by_key(|it| it.from).map(|it| it.name)
}
