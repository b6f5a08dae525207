//! Receives that wait for the end of a context, for ticks or for signals.

use super::super::place::Case;
use super::super::said::Said;
use super::super::said::line_in;
use super::at_hand::end_signal;
use super::context::Ends;
use super::context::ends;
use super::end::Comes;
use super::end::received;
use super::loops::endless_loop_around;
use super::loops::exits;
use super::often::ONCE;
use super::often::may_be_once;
use crate::code::OpKind;
use crate::code::Uses;
use crate::code::call_name;
use crate::code::called_name;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// What the source says of a group that receives from a context, a ticker or a channel of signals.
pub(super) fn check(case: &Case<'_, '_>) -> Option<Said> {
    let operation = case.place.operation?;
    let channel = match operation.kind() {
        Kind::UnaryExpression => operation.child(Field::Operand)?,
        Kind::RangeClause => operation.child(Field::Right)?,
        _ => return None,
    };
    if let Some(ticker) = ticker(case, channel) {
        return ticks(case, operation, channel, ticker);
    }
    if channel.kind() == Kind::CallExpression && called_name(channel) == Some("Done") {
        return context(case, operation, channel);
    }
    let uses = Uses::of_expression(case.place.package, case.place.function, channel);
    let asked = uses.of(|kind| kind == OpKind::Notify);
    if let Some(asked) = asked.first() {
        return signals(case, operation, channel, asked.node, &uses);
    }
    // A variable that holds the end of a context.
    match received(case, channel) {
        Comes::Never(reason) if reason.cause == "missing-cancel" => {
            let sentence =
                format!("line {} waits for `{}`, but {}", operation.line(), channel.text(), reason.clause);
            Some(reason.support(sure(case, reason.cause, sentence).with("blocked", operation)))
        }
        Comes::Never(_) | Comes::InTime(_) | Comes::Perhaps(_) => None,
    }
}

/// Confirmed, unless the goroutines live as long as the process.
fn sure(case: &Case<'_, '_>, cause: &'static str, sentence: String) -> Said {
    if may_be_once(case) {
        Said::undecided(cause, format!("{sentence}{ONCE}"))
    } else {
        Said::confirmed(cause, sentence)
    }
}

fn context<'a>(case: &Case<'_, 'a>, operation: Node<'a>, channel: Node<'a>) -> Option<Said> {
    let place = case.place;
    // `s.Done()` of a type of this package is no context.
    if place.package.callee(place.function, channel).is_some() {
        return None;
    }
    let operand = channel.child(Field::Function)?.child(Field::Operand)?;
    let waits = format!("line {} waits for `{}`", operation.line(), channel.text());
    Some(match ends(case, place.package, place.function, operand) {
        Ends::Never(reason) => {
            let said = sure(case, reason.cause, format!("{waits}, but {}", reason.clause));
            reason.support(said.with("blocked", operation))
        }
        Ends::Deadline(at) => {
            let sentence = format!("{waits}, which has a deadline: it ends by itself");
            Said::contradicted("missing-cancel", sentence).with("blocked", operation).with("deadline", at)
        }
        Ends::Perhaps(Some(reason)) => {
            let said = Said::candidate(reason.cause, format!("{waits}, but {}", reason.clause));
            reason.support(said.with("blocked", operation))
        }
        Ends::Perhaps(None) => return None,
        Ends::Somehow(how) => {
            Said::undecided("missing-cancel", format!("{waits}; {how}")).with("blocked", operation)
        }
    })
}

/// A ticker: the call that makes it, if that is seen.
struct Ticker<'a> {
    made: Option<Node<'a>>,
}

/// The ticker whose ticks a channel gives; `None` if it is none.
fn ticker<'a>(case: &Case<'_, 'a>, channel: Node<'a>) -> Option<Ticker<'a>> {
    let place = case.place;
    let makes = |it: &Node<'a>| matches!(call_name(*it), Some("time.NewTicker" | "time.Tick"));
    if channel.kind() == Kind::CallExpression {
        return makes(&channel).then_some(Ticker { made: Some(channel) });
    }
    let local = |name: Node<'a>| {
        place.package.lookup(place.function, name.text(), name.start()).and_then(|it| it.value).filter(makes)
    };
    if channel.kind() == Kind::Identifier {
        return local(channel).map(|it| Ticker { made: Some(it) });
    }
    let operand = channel.child(Field::Operand)?;
    if channel.child(Field::Selected)?.text() != "C" {
        return None;
    }
    if let Some(made) = local(operand) {
        return Some(Ticker { made: Some(made) });
    }
    let is_ticker = place.package.type_of(place.function, operand) == Some("time.Ticker");
    is_ticker.then_some(Ticker { made: None })
}

fn ticks<'a>(
    case: &Case<'_, 'a>,
    operation: Node<'a>,
    channel: Node<'a>,
    ticker: Ticker<'a>,
) -> Option<Said> {
    let line = operation.line();
    let loop_ = match operation.kind() {
        Kind::RangeClause => operation.parent(),
        _ => endless_loop_around(operation, case.place.scope),
    }?;
    let sentence = format!(
        "line {line} loops on the ticks of `{}`; the loop has no exit, and stopping a ticker does not close its channel",
        channel.text()
    );
    if let Some(exit) = exits(loop_, loop_).first() {
        let sentence = format!("line {line} waits for a tick; the loop leaves at line {}", exit.line());
        return Some(Said::undecided("unstopped-ticker", sentence).with("blocked", operation));
    }
    let signal = end_signal(&case.place).map_or("a context".to_owned(), |it| format!("`{it}`"));
    let mut said = sure(case, "unstopped-ticker", sentence).with("blocked", operation);
    if let Some(made) = ticker.made.filter(|it| *it != channel) {
        said = said.with("made", made);
    }
    Some(said.advising(format!(
        "select on `{}` and {signal} in the loop of line {}",
        channel.text(),
        loop_.line()
    )))
}

fn signals<'a>(
    case: &Case<'_, 'a>,
    operation: Node<'a>,
    channel: Node<'a>,
    asked: Node<'a>,
    uses: &Uses<'a>,
) -> Option<Said> {
    let name = channel.text();
    let stops = uses.of(|kind| kind == OpKind::StopNotify);
    let line = operation.line();
    if !stops.is_empty() || !uses.closes().is_empty() {
        return None;
    }
    let at = line_in(asked, operation);
    let sentence = format!(
        "line {line} receives signals from `{name}`, asked for at {at}; no signal.Stop and no close ends it"
    );
    let said = sure(case, "signal-notify-without-stop", sentence);
    let advice = format!("use signal.NotifyContext instead of {at}, and call its stop function");
    Some(said.with("blocked", operation).with("signal.Notify", asked).advising(advice))
}
