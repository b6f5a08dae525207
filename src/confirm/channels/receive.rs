//! A receive that waits: nobody sends or closes, the range never ends, or the sender ended without a send.

use super::channel::Channel;
use super::channel::drops_value;
use super::channel::title;
use super::closes;
use super::linked;
use super::send::nil_channel;
use super::start::Runs;
use super::start::Start;
use super::start::is_counted;
use super::start::loop_without;
use super::start::runs_of;
use super::start::runs_once;
use crate::code::Object;
use crate::code::Op;
use crate::code::OpKind;
use crate::code::call_name;
use crate::code::exits_without;
use crate::code::loops_around;
use crate::confirm::place::Case;
use crate::confirm::said::Said;
use crate::confirm::waits::may_be_once;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

const CAUSE: &str = "receive-never-closed";

/// What the source says of a receive or a range loop. Contexts, tickers and signals are looked at elsewhere.
pub(super) fn check<'a>(case: &Case<'_, 'a>, receive: Node<'a>) -> Vec<Said> {
    let place = case.place;
    let expression = receive.child(Field::Operand).or_else(|| receive.child(Field::Right));
    let Some(mut expression) = expression else { return Vec::new() };
    while expression.kind() == Kind::ParenthesizedExpression {
        match expression.nth(0) {
            Some(inner) => expression = inner,
            None => return Vec::new(),
        }
    }
    if expression.kind() == Kind::CallExpression {
        return of_call(case, receive, expression).into_iter().collect();
    }
    let is_timer = expression.child(Field::Selected).is_some_and(|it| it.text() == "C")
        && expression.child(Field::Operand).is_some_and(|it| is_timer(case, it));
    let channel = Channel::new(place.package, place.function, expression, receive);
    let is_notified = channel.uses.operations.iter().any(|it| it.kind == OpKind::Notify);
    if is_timer || is_notified || is_main(case) || !is_channel_variable(&channel) {
        return Vec::new();
    }
    vec![decide(case, &channel, receive)]
}

fn decide<'a>(case: &Case<'_, 'a>, channel: &Channel<'a>, receive: Node<'a>) -> Said {
    if let Some(said) = nil_channel(case, channel) {
        return said;
    }
    let is_closed_world = channel.is_closed_world();
    if channel.sends.is_empty() && channel.closes.is_empty() {
        return if is_closed_world { nobody(channel, receive) } else { not_followed(channel, receive) };
    }
    if let Some(said) = linked::check(case, channel) {
        return said;
    }
    if !channel.closes.is_empty() {
        return closes::check(case, channel);
    }
    if !is_closed_world {
        return not_followed(channel, receive);
    }
    let make = channel.only_make().map(|it| it.node);
    let is_endless = receive.kind() == Kind::RangeClause
        || loop_without(receive, make).is_some_and(|it| is_endless(it) && !has_exit(it));
    if is_endless {
        if receive.kind() != Kind::RangeClause && drops_value(receive) && channel.may_have_room() {
            let sentence =
                format!("{} takes a token of `{}`{}", channel.line(receive), channel.name, channel.made());
            return channel
                .with_makes(Said::undecided("semaphore-never-released", sentence).with("blocked", receive));
        }
        return never_closed(case, channel, receive);
    }
    sender_skips(case, channel, receive)
}

/// A receive from what a call gives: `<-ctx.Done()` is a context's, `<-time.After(d)` a timer's.
fn of_call<'a>(case: &Case<'_, 'a>, receive: Node<'a>, call: Node<'a>) -> Option<Said> {
    let place = case.place;
    if call_name(call) == Some("make") {
        let sentence = format!(
            "line {} receives from a channel that is made there and that nobody else has",
            receive.line()
        );
        let said = Said::confirmed(CAUSE, sentence).with("blocked", receive);
        return Some(said.advising(format!(
            "end the wait at line {} with a context or a channel that is closed",
            receive.line()
        )));
    }
    let callee = place.package.callee(place.function, call)?;
    // A method that returns one field: `<-s.Done()`.
    let mut returned = callee.node.own().filter(|it| it.kind() == Kind::ReturnStatement);
    let only = returned.next().filter(|_| returned.next().is_none())?;
    let value =
        only.nth(0).and_then(|it| if it.kind() == Kind::ExpressionList { it.nth(0) } else { Some(it) })?;
    if !matches!(value.kind(), Kind::SelectorExpression | Kind::Identifier) {
        return None;
    }
    let channel = Channel::new(place.package, callee, value, receive);
    is_channel_variable(&channel).then(|| decide(case, &channel, receive))
}

/// Whether an expression is a timer or ticker of package `time`: its channel is never closed.
fn is_timer<'a>(case: &Case<'_, 'a>, expression: Node<'a>) -> bool {
    let (package, function) = (case.place.package, case.place.function);
    let is_made = |value: Node<'_>| {
        matches!(call_name(value), Some("time.NewTicker" | "time.NewTimer" | "time.AfterFunc"))
    };
    if let Some(local) = package.lookup(function, expression.text(), expression.start()) {
        return local.value.is_some_and(is_made) || local.type_.is_some_and(|it| is_timer_type(it));
    }
    match package.object(function, expression) {
        Object::Field { owner, name } => {
            package.field(owner, name).and_then(|it| it.type_).is_some_and(|it| is_timer_type(it))
        }
        Object::PackageVariable(name) => package
            .variable(name)
            .is_some_and(|it| it.type_.is_some_and(|it| is_timer_type(it)) || it.value.is_some_and(is_made)),
        Object::Local { .. }
        | Object::AnyField(_)
        | Object::Embedded(_)
        | Object::Extern { .. }
        | Object::Expression(_) => false,
    }
}

fn is_timer_type(type_: Node<'_>) -> bool {
    matches!(crate::code::base_type(type_), Some("time.Ticker" | "time.Timer"))
}

/// Whether it is `main` itself that waits: a program waits there for its end.
fn is_main(case: &Case<'_, '_>) -> bool {
    let place = case.place;
    place.scope == place.function.node && place.function.name == "main" && place.function.receiver.is_none()
}

/// Whether the expression names a variable or a field: only those are followed.
fn is_channel_variable(channel: &Channel<'_>) -> bool {
    channel.uses.objects.first().is_some_and(|it| !matches!(it, Object::Extern { .. }))
}

fn nobody<'a>(channel: &Channel<'a>, receive: Node<'a>) -> Said {
    let sentence = format!(
        "{} waits for `{}`{}; nothing in its package sends on it or closes it",
        channel.line(receive),
        channel.name,
        channel.made()
    );
    let said = channel.with_makes(Said::confirmed(CAUSE, sentence).with("blocked", receive));
    let name = channel.name;
    said.advising(match channel.uses.objects.first() {
        Some(Object::Field { owner, name }) => {
            format!("close `{name}` in a method of {owner} that its owner calls at the end")
        }
        _ => format!("close `{name}` or send on it when {} may go on", channel.line(receive)),
    })
}

fn not_followed<'a>(channel: &Channel<'a>, receive: Node<'a>) -> Said {
    let mut sentence = format!("{} waits for `{}`", channel.line(receive), channel.name);
    if !channel.sends.is_empty() {
        sentence.push_str(&format!(", sent on at {}", channel.lines(channel.sends.iter().map(|it| it.node))));
    }
    if let Some(away) = channel.gets_away() {
        sentence.push_str(&format!("; {away}"));
    }
    let said = Said::undecided(CAUSE, sentence).with("blocked", receive);
    channel.sends.iter().take(3).fold(channel.with_makes(said), |said, it| said.with("sends", it.node))
}

/// A receiver that only a close ends, and nothing closes.
fn never_closed<'a>(case: &Case<'_, 'a>, channel: &Channel<'a>, receive: Node<'a>) -> Said {
    let sends = channel.lines(channel.sends.iter().map(|it| it.node));
    let sentence = format!(
        "{} receives from `{}` until it is closed{}; {sends} {} on it, and nothing closes it",
        channel.line(receive),
        channel.name,
        channel.made(),
        if channel.sends.len() == 1 { "sends" } else { "send" }
    );
    let said = if is_started_once(case, channel) || may_be_once(case) {
        let sentence =
            format!("{sentence}, but it and its receivers may be made once, when the program starts");
        Said::undecided(CAUSE, sentence)
    } else {
        Said::confirmed(CAUSE, sentence)
    };
    let said = channel.with_makes(said.with("blocked", receive));
    let said = channel.sends.iter().take(3).fold(said, |said, it| said.with("sends", it.node));
    let name = channel.name;
    let scope = channel
        .sends
        .first()
        .map(|it| it.scope)
        .filter(|scope| channel.sends.iter().all(|it| it.scope == *scope));
    let maker = channel.maker();
    said.advising(match (scope, channel.sends.last()) {
        (Some(scope), Some(last)) if maker == Some(scope) => {
            format!("close `{name}` after its last send, {}: `defer close({name})`", channel.line(last.node))
        }
        (Some(_), Some(last)) => match (channel.uses.objects.first(), runs_for_ever(last)) {
            (Some(Object::Field { owner, .. }), true) => {
                format!("close `{name}` where {}, its only sender, drops the {owner}", title(last))
            }
            // It would send on a closed channel when it is called again.
            (Some(Object::Field { owner, .. }), false) if is_called(case, last) => format!(
                "close `{name}` in a method of {owner} that its owner calls at the end, when {} is not called any more",
                title(last)
            ),
            _ => format!("close `{name}` when {}, its only sender, is done", title(last)),
        },
        _ => format!("close `{name}` when its last sender is done"),
    })
}

/// Whether the function of a send runs otherwise than as a goroutine of its own.
fn is_called<'a>(case: &Case<'_, 'a>, send: &Op<'a>) -> bool {
    let runs = runs_of(case.place.package, send.function, send.scope);
    runs.is_open || !runs.calls.is_empty()
}

/// Whether a send is in a loop without an end: its function is never done.
fn runs_for_ever(send: &Op<'_>) -> bool {
    loops_around(send.node, None).into_iter().any(|it| is_endless(it) && !has_exit(it))
}

/// Whether the channel lives as long as the program and its receivers are started only when the program starts.
fn is_started_once<'a>(case: &Case<'_, 'a>, channel: &Channel<'a>) -> bool {
    let place = case.place;
    let is_global = channel.uses.makes.iter().all(|it| {
        it.function.is_none_or(|function| {
            it.node.function() == Some(function.node) && runs_once(place.package, function)
        })
    });
    let runs: Runs<'a> = runs_of(place.package, place.function, place.scope);
    let is_at_start = |start: &Start<'a>| {
        place.package.function_of(start.node).is_some_and(|function| {
            start.scope == function.node
                && !start.is_repeated
                && loops_around(start.node, None).iter().all(|it| is_counted(place.package, function, *it))
                && runs_once(place.package, function)
        })
    };
    is_global && !runs.starts.is_empty() && runs.starts.iter().all(is_at_start)
}

/// One value is expected: can every sender end without a send?
fn sender_skips<'a>(case: &Case<'_, 'a>, channel: &Channel<'a>, receive: Node<'a>) -> Said {
    let place = case.place;
    if let Some(first) = channel.sends.first()
        && channel.sends.iter().all(|it| it.scope == place.scope)
        && first.node.start() > receive.start()
        && !shares_loop(receive, first.node)
    {
        let sentence = format!(
            "{} waits for `{}`, which only {} of the same function sends on, later",
            channel.line(receive),
            channel.name,
            channel.line(first.node)
        );
        let said = Said::confirmed(CAUSE, sentence).with("blocked", receive).with("sends", first.node);
        return channel
            .with_makes(said)
            .advising(format!("send in another goroutine, or before {}", channel.line(receive)));
    }
    let skips = channel.only_make().and_then(|_| skips_of(case, channel));
    if let Some((send, exit)) = skips {
        let sentence = format!(
            "{} waits for a value of `{}`; its sender, {}, returns at {} without one",
            channel.line(receive),
            channel.name,
            title(&send),
            channel.line(exit)
        );
        let said =
            Said::confirmed(CAUSE, sentence).with("blocked", receive).with("ends without a send", exit);
        return channel.with_makes(said).with("sends", send.node).advising(format!(
            "send on `{}` or close it before {} returns",
            channel.name,
            channel.line(exit)
        ));
    }
    let sentence = format!(
        "{} waits for `{}`, sent on at {}; whether that is reached is not seen",
        channel.line(receive),
        channel.name,
        channel.lines(channel.sends.iter().map(|it| it.node))
    );
    let said = channel.with_makes(Said::undecided(CAUSE, sentence).with("blocked", receive));
    channel.sends.iter().take(3).fold(said, |said, it| said.with("sends", it.node))
}

/// A return by which a sender ends without a send, if every sender is a goroutine that has one.
fn skips_of<'a>(case: &Case<'_, 'a>, channel: &Channel<'a>) -> Option<(Op<'a>, Node<'a>)> {
    let package = case.place.package;
    let is_send = |node: Node<'_>| channel.sends.iter().any(|it| it.node == node);
    let mut found = None;
    for send in &channel.sends {
        let runs = runs_of(package, send.function, send.scope);
        let is_goroutine = !runs.starts.is_empty() && runs.calls.is_empty() && !runs.is_open;
        if send.scope == case.place.scope || !is_goroutine || send.select().is_some() {
            return None;
        }
        let (without, _) = exits_without(send.scope, None, is_send).ok()?;
        let exit = without.into_iter().flatten().next()?;
        found = found.or(Some((*send, exit)));
    }
    found
}

fn shares_loop(a: Node<'_>, b: Node<'_>) -> bool {
    a.ancestors()
        .take_while(|it| !it.kind().is_function())
        .any(|it| it.kind() == Kind::ForStatement && it.contains(b))
}

/// Whether a loop has no condition, bound or range.
fn is_endless(loop_: Node<'_>) -> bool {
    loop_.children().all(|it| match it.kind() {
        Kind::Block => true,
        Kind::ForClause => it.child(Field::Condition).is_none(),
        _ => false,
    })
}

/// Whether a statement in a loop leaves it.
fn has_exit(loop_: Node<'_>) -> bool {
    loop_.child(Field::Body).into_iter().flat_map(Node::own).any(|it| match it.kind() {
        Kind::ReturnStatement | Kind::GotoStatement => true,
        Kind::BreakStatement => super::leaves::breaks(it, loop_),
        Kind::CallExpression => matches!(call_name(it), Some("panic" | "os.Exit" | "runtime.Goexit")),
        _ => false,
    })
}
