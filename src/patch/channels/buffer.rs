//! A buffer for the values that nobody may take: `make(chan T)` becomes `make(chan T, 1)`.

use super::super::draft::Draft;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use super::super::shape::call_of;
use super::super::shape::is_log;
use super::super::shape::not_last;
use crate::code::Function;
use crate::code::Object;
use crate::code::Op;
use crate::code::OpKind;
use crate::code::Package;
use crate::code::Uses;
use crate::code::arguments;
use crate::code::call_name;
use crate::code::called_name;
use crate::code::most;
use crate::code::statement_of;
use crate::code::statements;
use crate::confirm::Case;
use crate::confirm::channels::Channel;
use crate::confirm::channels::loop_without;
use crate::confirm::channels::runs_of;
use crate::confirm::channels::turns;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Gives a channel a buffer for the one value of each of its senders.
pub(super) fn for_each_sender<'a>(package: &'a Package<'a>, channel: &Channel<'a>) -> Result<Draft, Refusal> {
    let Some(make) = channel.only_make() else { return refuse("the channel is made at several places") };
    let Some(maker) = make.function.and_then(|_| make.node.function()) else {
        return refuse("the channel is made for the whole package, not for one call");
    };
    if make.has_buffer() {
        return refuse(format!(
            "the channel has a buffer of {} already",
            make.capacity.unwrap_or("some size")
        ));
    }
    if let Some(away) = channel.gets_away() {
        return refuse(format!("who else sends is not known: {away}"));
    }
    if !channel.uses.objects.iter().all(|it| matches!(it, Object::Local { .. })) {
        return refuse("the channel is kept in a field or variable: how many send on it is not known");
    }
    if !channel.uses.of(|kind| kind == OpKind::Length).is_empty() {
        return refuse("len or cap of the channel is read");
    }
    let Some(made_in) = make.function else { return Err(Refusal::NoPlace) };
    let capacity = capacity(package, channel, (made_in, make.node), maker)?;
    let of = if capacity == "1" {
        "the one value".to_owned()
    } else {
        format!("each of its senders ({capacity})")
    };
    let mut draft = Draft::safe(
        format!("give `{}` a buffer for {of}", channel.name),
        "each goroutine sends once and does nothing afterwards that others could see, and nothing else has the channel",
    );
    let Some(type_) = arguments(make.node).next() else { return Err(Refusal::NoPlace) };
    let end = arguments(make.node).last().map_or(type_.end(), Node::end);
    draft.edits.replace_range(type_.tree(), type_.end() as usize, end as usize, &format!(", {capacity}"))?;
    Ok(draft)
}

/// Gives a buffer to the other channels that the goroutine which waits may send on instead, if the same select receives from them: the
/// receiver that leaves the one leaves these too.
pub(super) fn for_siblings<'a>(case: &Case<'_, 'a>, channel: &Channel<'a>, draft: &mut Draft) {
    let place = case.place;
    let selects: Vec<Node<'a>> = channel.receives.iter().filter_map(|it| Some(it.select()?.0)).collect();
    for send in place.scope.own().filter(|it| it.kind() == Kind::SendStatement) {
        let Some(expression) = send.child(Field::Channel) else { continue };
        let other = Channel::new(place.package, place.function, expression, send);
        let is_same = other.uses.objects.iter().any(|it| channel.uses.objects.contains(it));
        let is_beside =
            other.receives.iter().any(|it| it.select().is_some_and(|(it, _)| selects.contains(&it)));
        if is_same || !is_beside {
            continue;
        }
        if let Ok(buffered) = for_each_sender(place.package, &other) {
            draft.title.push_str(&format!(", and one to `{}`", other.name));
            draft.edits.list.extend(buffered.edits.list);
        }
    }
}

/// How many values are sent on one channel at most, as Go text that is an integer.
fn capacity<'a>(
    package: &'a Package<'a>,
    channel: &Channel<'a>,
    (made_in, make): (&'a Function<'a>, Node<'a>),
    maker: Node<'a>,
) -> Result<String, Refusal> {
    let mut parts: Vec<String> = Vec::new();
    let mut scopes: Vec<Node<'a>> = Vec::new();
    for send in &channel.sends {
        let at = send.node.line();
        if send.select().is_some() {
            return refuse(format!("line {at} sends in a select"));
        }
        let may_follow = |it: Node<'a>| is_unseen(package, channel, send.function, it);
        let deferred = || {
            let all = send.scope.own().filter(|it| it.kind() == Kind::DeferStatement);
            all.filter(|it| it.start() < send.node.start()).find(|it| !may_follow(*it))
        };
        if let Some(after) = not_last(send.node, send.scope, may_follow).or_else(deferred) {
            return refuse(format!(
                "after its send at line {at} the goroutine runs line {}: with a buffer it would do so early",
                after.line()
            ));
        }
        if scopes.contains(&send.scope) {
            continue;
        }
        scopes.push(send.scope);
        let is_send = |node: Node<'_>| channel.sends.iter().any(|it| it.node == node);
        if most(send.scope, is_send) != Ok(1) {
            return refuse(format!("the goroutine of line {at} may send more than once"));
        }
        let runs = runs_of(package, send.function, send.scope);
        if runs.is_open || !runs.calls.is_empty() || runs.starts.is_empty() {
            return refuse(format!("line {at} does not only run in goroutines whose start is seen"));
        }
        for start in &runs.starts {
            if start.is_callback && may_run_again(package, send.function, start.node) {
                return refuse(format!("line {} may run its function more than once", start.node.line()));
            }
            if start.scope != maker || start.is_repeated {
                return refuse(format!(
                    "line {} starts a sender, and does not make the channel that it sends on",
                    start.node.line()
                ));
            }
            parts.push(match start.loop_without(Some(make)) {
                None => "1".to_owned(),
                Some(around) if loop_without(around, Some(make)).is_some() => {
                    return refuse(format!(
                        "line {} starts senders in a loop within a loop",
                        start.node.line()
                    ));
                }
                Some(around) => match turns(package, made_in, around, make) {
                    Some(turns) => turns,
                    None => {
                        return refuse(format!(
                            "how often the loop at line {} runs is not seen",
                            around.line()
                        ));
                    }
                },
            });
        }
    }
    let numbers: Option<Vec<u64>> = parts.iter().map(|it| it.parse().ok()).collect();
    Ok(match numbers {
        Some(numbers) => numbers.iter().sum::<u64>().to_string(),
        None => parts.join("+"),
    })
}

/// Whether a timer may be started anew: something other than `Stop` is done with it.
fn may_run_again<'a>(package: &'a Package<'a>, function: &'a Function<'a>, timer: Node<'a>) -> bool {
    let Some(statement) = statement_of(timer) else { return true };
    let Some(name) = statement.child(Field::Left).and_then(|it| it.nth(0)) else {
        return statement.kind() != Kind::ExpressionStatement;
    };
    let uses = Uses::of_expression(package, function, name);
    name.text() != "_" && (!uses.is_closed_world() || !uses.methods("Reset").is_empty())
}

/// Whether nobody can see by a statement that the send before it has passed: it logs, unlocks, or ends what only the receiver of the values
/// waits for.
fn is_unseen<'a>(
    package: &'a Package<'a>,
    channel: &Channel<'a>,
    function: &'a Function<'a>,
    statement: Node<'a>,
) -> bool {
    let Some(call) = call_of(statement) else { return false };
    let is_deferred = statement.kind() == Kind::DeferStatement;
    if is_deferred && only_recovers(call) {
        return true;
    }
    if call_name(call) == Some("close") {
        // Values in a buffer are received before the close.
        let closed = arguments(call).next().map(|it| package.object(function, it));
        return closed.is_some_and(|it| channel.uses.objects.contains(&it));
    }
    match called_name(call) {
        Some("Unlock" | "RUnlock") => true,
        Some("Close" | "Stop") => is_deferred,
        Some("Done") => counts_for_close(package, channel, function, call),
        _ => is_log(call),
    }
}

/// Whether a call is of a closure that does nothing unless the goroutine panics: `if p := recover(); p != nil {…}`.
fn only_recovers(call: Node<'_>) -> bool {
    let body = call.child(Field::Function).filter(|it| it.kind() == Kind::FuncLiteral);
    let mut inside = statements(body.and_then(|it| it.child(Field::Body)));
    let (Some(only), None) = (inside.next(), inside.next()) else { return false };
    let text = |field| only.child(field).map_or("", Node::text);
    let name = text(Field::Initializer).strip_suffix(" := recover()").unwrap_or_default();
    only.kind() == Kind::IfStatement
        && only.child(Field::Alternative).is_none()
        && !name.is_empty()
        && text(Field::Condition) == format!("{name} != nil")
}

/// Whether a wait group is waited for only to close the channel.
fn counts_for_close<'a>(
    package: &'a Package<'a>,
    channel: &Channel<'a>,
    function: &'a Function<'a>,
    done: Node<'a>,
) -> bool {
    let group = done.child(Field::Function).and_then(|it| it.child(Field::Operand));
    let Some(group) = group else { return false };
    let uses = Uses::of_expression(package, function, group);
    let waits = uses.methods("Wait");
    let closes = |wait: &Op<'a>| {
        let statement = statement_of(wait.node);
        let list = statement.and_then(Node::parent);
        let next = list.and_then(|it| it.children().find(|it| Some(it.start()) > statement.map(Node::end)));
        let call = next.and_then(call_of).filter(|it| call_name(*it) == Some("close"));
        let closed = call.and_then(|it| arguments(it).next()).map(|it| package.object(wait.function, it));
        closed.is_some_and(|it| channel.uses.objects.contains(&it))
    };
    uses.is_closed_world() && !waits.is_empty() && waits.iter().all(closes)
}
