//! A receive that a close ends: by whom, and is there a way around it?

use super::channel::Channel;
use super::channel::title;
use super::present::is_in_profile;
use super::present::present_before;
use super::start::is_unused;
use super::start::runs_of;
use crate::code::Op;
use crate::code::call_name;
use crate::code::exits_without;
use crate::confirm::place::Case;
use crate::confirm::said::Said;
use crate::confirm::wake::Unended;
use crate::confirm::wake::made_and_not_ended;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

/// What the source says of a channel that is closed somewhere.
pub(super) fn check<'a>(case: &Case<'_, 'a>, channel: &Channel<'a>) -> Said {
    if channel.is_closed_world() {
        let never_called = |it: &Op<'a>| it.scope == it.function.node && is_idle(case, channel, it);
        if let Some(close) = channel.closes.first().filter(|_| channel.closes.iter().all(never_called)) {
            return uncalled(case, channel, close);
        }
        if let Some(said) = channel.closes.iter().find_map(|it| returns_before(case, channel, it)) {
            return said;
        }
    }
    let at = channel.lines(channel.closes.iter().map(|it| it.node));
    let mut sentence =
        format!("{} waits for `{}`, which {at} closes", channel.line(channel.wait), channel.name);
    match channel.gets_away() {
        Some(away) => sentence.push_str(&format!("; {away}")),
        None => sentence.push_str("; whether that is reached is not seen"),
    }
    with_lines(channel, Said::undecided("receive-never-closed", sentence))
}

fn with_lines<'a>(channel: &Channel<'a>, said: Said) -> Said {
    let said = channel.with_makes(said.with("blocked", channel.wait));
    channel.closes.iter().take(2).fold(said, |said, it| said.with("closes", it.node))
}

/// Whether nothing in its package calls the function of a close. What makes the channel or starts the receiver has run.
fn is_idle<'a>(case: &Case<'_, 'a>, channel: &Channel<'a>, close: &Op<'a>) -> bool {
    let (package, function) = (case.place.package, close.function);
    let has_run = channel.uses.makes.iter().any(|it| it.function == Some(function))
        || function.node.contains(channel.wait)
        || case.spawn.is_some_and(|it| function.node.contains(it))
        || is_in_profile(case, function);
    let is_exported = function.name.starts_with(char::is_uppercase) && !function.is_vars();
    let is_called = || !package.calls_of(function).is_empty() || package.is_value(function);
    !has_run && (is_unused(package, function) || is_exported && !is_called())
}

/// The close is in functions that nothing in the package calls.
fn uncalled<'a>(case: &Case<'_, 'a>, channel: &Channel<'a>, close: &Op<'a>) -> Said {
    let package = case.place.package;
    let who = title(close);
    let sentence = format!(
        "{} waits until `{}` is closed, which {who} does at {}; nothing in its package calls {}",
        channel.line(channel.wait),
        channel.name,
        channel.line(close.node),
        close.function.name
    );
    if !is_unused(package, close.function) {
        if let Some(Unended { at, by, .. }) = made_and_not_ended(case) {
            let sentence = format!("{sentence}, and {by}, which makes one at {at}, does not either");
            return with_lines(channel, Said::confirmed("missing-close", sentence))
                .advising(format!("call {who} for what is made at {at}, on every path"));
        }
        let sentence = format!("{sentence}: its users must");
        let advice = format!("call {who} when it is no longer needed");
        return with_lines(channel, Said::undecided("missing-close", sentence)).advising(advice);
    }
    with_lines(channel, Said::confirmed("missing-close", sentence))
        .advising(format!("call {who} when the work is over"))
}

/// The function that closes returns before it does, on an error.
fn returns_before<'a>(case: &Case<'_, 'a>, channel: &Channel<'a>, close: &Op<'a>) -> Option<Said> {
    let early = early_return(case, channel, close)?;
    let sentence = format!(
        "{} waits until `{}` is closed at {}; {} returns before that",
        channel.line(channel.wait),
        channel.name,
        channel.line(close.node),
        channel.line(early)
    );
    let said = with_lines(channel, Said::confirmed("receive-never-closed", sentence));
    Some(said.with("returns before the close", early).advising(defer_instead(channel, close)))
}

/// `defer close(done)` after the line that makes the channel, instead of the close.
pub(crate) fn defer_instead<'a>(channel: &Channel<'a>, close: &Op<'a>) -> String {
    let made = channel.only_make().map_or(String::new(), |it| format!(" after {},", channel.line(it.node)));
    let argument = crate::code::arguments(close.node).next().map_or(channel.name, Node::text);
    format!("`defer close({argument})`{made} instead of {}", channel.line(close.node))
}

/// The close of a channel and a return that is taken before it, on an error; `None` if none is seen, or if those who close it are still on
/// the way there.
pub(crate) fn skipped_close<'a>(case: &Case<'_, 'a>, channel: &Channel<'a>) -> Option<(Op<'a>, Node<'a>)> {
    let make = channel.only_make().map(|it| it.node);
    let on_the_way = present_before(case, &channel.closes, make).map_or(0, |it| it.count);
    if on_the_way.saturating_mul(2) >= case.group.count {
        return None;
    }
    channel.closes.iter().find_map(|it| Some((*it, early_return(case, channel, it)?)))
}

/// The return of the function that closes a channel that is taken before the close, on an error.
fn early_return<'a>(case: &Case<'_, 'a>, channel: &Channel<'a>, close: &Op<'a>) -> Option<Node<'a>> {
    let make = channel.only_make()?;
    let maker = make.node.function()?;
    // The return may call a closure that closes it.
    if channel.closes.iter().any(|it| it.scope != close.scope) {
        return None;
    }
    let own = runs_of(case.place.package, case.place.function, case.place.scope);
    // Only a function that lives as long as the channel: its maker, or a goroutine of it.
    let begins = if close.scope == maker {
        let starts = own.starts.iter().filter(|it| it.scope == maker).map(|it| it.node.end());
        starts.min()?
    } else {
        let closer = runs_of(case.place.package, close.function, close.scope);
        let is_its_goroutine = !closer.is_open
            && closer.calls.is_empty()
            && matches!(closer.starts.as_slice(), [only] if only.scope == maker && !only.is_repeated);
        if !is_its_goroutine || channel.closes.len() > 1 {
            return None;
        }
        close.scope.start()
    };
    if close.node.up(Kind::DeferStatement, Some(close.scope)).is_some() {
        return None;
    }
    let closes = |node: Node<'_>| channel.closes.iter().any(|it| it.node == node);
    let sends = |node: Node<'_>| channel.sends.iter().any(|it| it.node == node);
    let (without, with) = exits_without(close.scope, None, |it| closes(it) || sends(it)).ok()?;
    let mut early = without
        .into_iter()
        .flatten()
        .filter(|it| begins <= it.start() && it.start() < close.node.start() && is_on_error(*it));
    early.next().filter(|_| !with.is_empty())
}

/// Whether a return gives an error, or is under a condition such as `err != nil`.
fn is_on_error(node: Node<'_>) -> bool {
    if gives_error(node) {
        return true;
    }
    let mut ifs = node
        .ancestors()
        .take_while(|it| !it.kind().is_function())
        .filter(|it| it.kind() == Kind::IfStatement);
    ifs.next().and_then(|it| it.child(Field::Condition)).is_some_and(|condition| {
        condition.compares_with_nil(Operator::NotEqual)
            && condition.child(Field::Left).is_some_and(|it| it.text().to_lowercase().contains("err"))
    })
}

/// Whether a return makes an error, or gives one by its name: `return nil, fmt.Errorf("…")`, `return ErrTooLarge`.
fn gives_error(node: Node<'_>) -> bool {
    let values = node.nth(0).filter(|_| node.kind() == Kind::ReturnStatement);
    let last = values.and_then(|it| match it.kind() {
        Kind::ExpressionList => it.children().last(),
        _ => Some(it),
    });
    last.is_some_and(|it| match it.kind() {
        Kind::CallExpression => matches!(call_name(it), Some("fmt.Errorf" | "errors.New" | "errors.Join")),
        Kind::Identifier => it.text().starts_with("Err"),
        _ => false,
    })
}
