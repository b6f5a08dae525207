//! Waits without an end: the end of a context ends them too.

use super::super::channels::returned;
use super::super::draft::Draft;
use super::super::places::next_statement;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use super::context::Context;
use super::context::context_at;
use super::context::is_in;
use crate::code::arguments;
use crate::code::call_name;
use crate::code::called_name;
use crate::code::expressions;
use crate::code::statement_of;
use crate::code::statements;
use crate::confirm::Case;
use crate::diagnose::PatchTier;
use crate::model::BlockedOn;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// The draft of such a patch, with what hands its context down.
pub(super) fn draft(title: String, context: &Context) -> Draft {
    let mut draft =
        Draft::safe(title, format!("whether it is the right context is your decision: {}", context.origin()));
    draft.tier = PatchTier::Review;
    draft
}

/// The statement that leaves a function when its context has ended.
pub(super) fn leave(case: &Case<'_, '_>, context: &Context) -> Result<String, Refusal> {
    match returned(case.place.package, case.place.scope, Some(&format!("{}.Err()", context.name))) {
        Some(returned) => Ok(returned),
        None => refuse("what the function should return when its context has ended is not known"),
    }
}

/// Refuses where what follows a loop would be skipped.
pub(super) fn nothing_follows(statement: Node<'_>, scope: Node<'_>) -> Result<(), Refusal> {
    let mut at = Some(statement);
    while let Some(node) = at {
        if let Some(next) =
            next_statement(node).filter(|_| node.parent().is_some_and(|it| it.kind() == Kind::StatementList))
        {
            return refuse(format!("leaving would skip line {}", next.line()));
        }
        at = node.parent().filter(|it| *it != scope);
    }
    Ok(())
}

/// A case for the end of a context, in a select that no case ends.
pub(in crate::patch) fn in_select(case: &Case<'_, '_>) -> Result<Draft, Refusal> {
    let place = case.place;
    let Some(select) = place.operation.filter(|it| it.kind() == Kind::SelectStatement) else {
        return Err(Refusal::NoPlace);
    };
    let line = select.line();
    if select.line() == select.last_line() {
        return refuse(format!("the select of line {line} has no line of its own for a case"));
    }
    let around = select
        .ancestors()
        .take_while(|it| *it != place.scope)
        .filter(|it| it.kind() == Kind::ForStatement)
        .last();
    nothing_follows(around.unwrap_or(select), place.scope)?;
    let context = context_at(place.package, place.function, select)?;
    let mut draft = draft(format!("end the select of line {line} with `{}` too", context.name), &context);
    let Some(first) = select.children().find(|it| it.kind() == Kind::CommunicationCase) else {
        return refuse(format!("the select of line {line} has no case"));
    };
    draft.edits.before(
        first,
        &[format!("case <-{}.Done():", context.name), format!("\t{}", leave(case, &context)?)],
    )?;
    context.add_to(&mut draft);
    Ok(draft)
}

/// A select in place of a receive that drops its value.
pub(in crate::patch) fn in_place_of_receive(case: &Case<'_, '_>) -> Result<Draft, Refusal> {
    let place = case.place;
    let Some(receive) = place.operation.filter(|it| it.kind() == Kind::UnaryExpression) else {
        return refuse("it is no receive by itself: what should happen without a value is not known");
    };
    let line = receive.line();
    let statement = statement_of(receive)
        .filter(|it| it.kind() == Kind::ExpressionStatement && it.nth(0) == Some(receive));
    let Some(statement) = statement.filter(|it| !is_in(*it, Kind::CommunicationCase, place.scope)) else {
        return refuse(format!("line {line} uses the value: what should happen without one is not known"));
    };
    if is_in(statement, Kind::DeferStatement, place.function.node) {
        return refuse(format!("line {line} runs as its function returns"));
    }
    let context = context_at(place.package, place.function, receive)?;
    let mut draft = draft(format!("end the receive of line {line} with `{}` too", context.name), &context);
    let mut lines = vec![
        "select {".to_owned(),
        format!("case {}:", receive.text()),
        format!("case <-{}.Done():", context.name),
    ];
    if next_statement(statement).is_some() || is_in(statement, Kind::ForStatement, place.scope) {
        lines.push(format!("\t{}", leave(case, &context)?));
    }
    lines.push("}".to_owned());
    draft.edits.replace_lines(statement, &lines)?;
    draft.then = Some(BlockedOn::Select);
    context.add_to(&mut draft);
    Ok(draft)
}

/// The statement that sleeps.
pub(super) fn sleep_statement<'a>(case: &Case<'_, 'a>) -> Result<Node<'a>, Refusal> {
    let sleep = case.place.operation.ok_or(Refusal::NoPlace)?;
    let is_plain = call_name(sleep) == Some("time.Sleep") && arguments(sleep).next().is_some();
    match statement_of(sleep).filter(|it| is_plain && it.nth(0) == Some(sleep)) {
        Some(statement) => Ok(statement),
        None => refuse(format!("line {} is no sleep by itself", sleep.line())),
    }
}

/// A select with a timer in place of a sleep.
pub(in crate::patch) fn in_place_of_sleep(case: &Case<'_, '_>) -> Result<Draft, Refusal> {
    let (place, statement) = (case.place, sleep_statement(case)?);
    let line = statement.line();
    let time = statement.nth(0).and_then(|it| arguments(it).next()).ok_or(Refusal::NoPlace)?;
    let around = statement
        .ancestors()
        .take_while(|it| *it != place.scope)
        .filter(|it| it.kind() == Kind::ForStatement)
        .last();
    let Some(around) = around else {
        return refuse(format!("the loop around line {line} is in another function"));
    };
    nothing_follows(around, place.scope)?;
    let context = context_at(place.package, place.function, statement)?;
    let mut draft = draft(format!("end the sleep of line {line} with `{}` too", context.name), &context);
    let lines = [
        "select {".to_owned(),
        format!("case <-time.After({}):", time.text()),
        format!("case <-{}.Done():", context.name),
        format!("\t{}", leave(case, &context)?),
        "}".to_owned(),
    ];
    draft.edits.replace_lines(statement, &lines)?;
    draft.then = Some(BlockedOn::Select);
    context.add_to(&mut draft);
    Ok(draft)
}

/// Refuses a loop whose body would mean something else as a case of a select.
pub(super) fn fits_in_select(loop_: Node<'_>, body: Node<'_>) -> Result<(), Refusal> {
    let breaks = |it: &Node<'_>| matches!(it.kind(), Kind::BreakStatement | Kind::GotoStatement);
    // Its lines would be indented.
    let is_raw = |it: &Node<'_>| it.kind() == Kind::RawStringLiteral && it.line() != it.last_line();
    if let Some(found) = body.own().find(breaks).or_else(|| body.walk().find(is_raw)) {
        return refuse(format!("line {} would mean something else in a select", found.line()));
    }
    if loop_.parent().is_none_or(|it| it.kind() != Kind::StatementList) {
        return refuse(format!("the loop of line {} has a label", loop_.line()));
    }
    Ok(())
}

/// A select in a loop that ranges over ticks, and a ticker that is stopped.
pub(in crate::patch) fn in_ticks(case: &Case<'_, '_>) -> Result<Draft, Refusal> {
    let place = case.place;
    let Some(range) = place.operation.filter(|it| it.kind() == Kind::RangeClause) else {
        return refuse("it is no loop that ranges over ticks");
    };
    let (Some(loop_), Some(ticks)) = (range.parent(), range.child(Field::Right)) else {
        return Err(Refusal::NoPlace);
    };
    let line = loop_.line();
    let body = loop_.child(Field::Body).ok_or(Refusal::NoPlace)?;
    fits_in_select(loop_, body)?;
    nothing_follows(loop_, place.scope)?;
    let context = context_at(place.package, place.function, loop_)?;
    let names = expressions(range.child(Field::Left));
    let received = match names.as_slice() {
        [] => format!("<-{}", ticks.text()),
        [name] => format!("{} := <-{}", name.text(), ticks.text()),
        _ => return Err(Refusal::NoPlace),
    };
    let mut draft = draft(format!("end the loop of line {line} with `{}` too", context.name), &context);
    let returned = leave(case, &context)?;
    draft.edits.in_select(
        loop_,
        body,
        &[format!("case {received}:")],
        &[format!("case <-{}.Done():", context.name), format!("\t{returned}")],
    )?;
    draft.then = Some(BlockedOn::Select);
    stop(case, ticks, &mut draft)?;
    context.add_to(&mut draft);
    Ok(draft)
}

/// Stops a ticker of the function itself when it returns, if nothing does.
fn stop<'a>(case: &Case<'_, 'a>, ticks: Node<'a>, draft: &mut Draft) -> Result<(), Refusal> {
    let place = case.place;
    let Some(ticker) = ticks.child(Field::Operand).filter(|it| it.kind() == Kind::Identifier) else {
        return Ok(());
    };
    let declared = place.package.lookup(place.function, ticker.text(), ticker.start());
    let Some(declared) = declared.filter(|it| it.value.and_then(called_name) == Some("NewTicker")) else {
        return Ok(());
    };
    let is_stopped = place.scope.walk().any(|it| {
        called_name(it) == Some("Stop")
            && it
                .child(Field::Function)
                .and_then(|it| it.child(Field::Operand))
                .is_some_and(|it| it.text() == ticker.text())
    });
    let is_own = declared.statement.function() == Some(place.scope)
        && !is_in(declared.statement, Kind::ForStatement, place.scope);
    let is_plain = statements(place.scope.child(Field::Body)).any(|it| it == declared.statement);
    if is_stopped || !is_own || !is_plain {
        return Ok(());
    }
    draft.edits.after(declared.statement, &[format!("defer {}.Stop()", ticker.text())])
}
