//! Wait groups: a Done that one path misses, a Wait in the loop that starts what it waits for.

use super::draft::Draft;
use super::places::with_role;
use super::refusal::Refusal;
use super::refusal::refuse;
use super::shape::call_of;
use super::shape::drop_last;
use crate::code::Op;
use crate::code::SpawnKind;
use crate::code::Uses;
use crate::code::spawn_of;
use crate::code::statement_of;
use crate::code::statements;
use crate::confirm::Case;
use crate::diagnose::SourceVerdict;
use crate::syntax::Field;
use crate::syntax::Kind;

/// A goroutine that a wait group counts and that may return without Done: Done is deferred.
pub(super) fn done(case: &Case<'_, '_>, verdict: &SourceVerdict) -> Result<Draft, Refusal> {
    let place = case.place;
    let group = place.operation.and_then(|it| it.child(Field::Function)?.child(Field::Operand));
    let Some(group) = group else { return Err(Refusal::NoPlace) };
    let line = with_role(verdict, "Done");
    let Some(line) = line else { return refuse("no goroutine calls Done: which one should is not known") };
    let uses = Uses::of_expression(place.package, place.function, group);
    let dones = uses.methods("Done");
    let Some(scope) =
        dones.iter().find(|it| it.node.line() == line.line && it.path() == line.file).map(|it| it.scope)
    else {
        return Err(Refusal::NoPlace);
    };
    let mine: Vec<Op<'_>> = dones.iter().filter(|it| it.scope == scope).copied().collect();
    let is_goroutine = spawn_of(scope).is_some_and(|it| it.kind == SpawnKind::Go);
    if !is_goroutine {
        return refuse(format!("line {} does not only run as a goroutine of its own", scope.line()));
    }
    let text = mine.first().map_or("", |it| it.node.text());
    let Some(body) = scope.child(Field::Body) else { return Err(Refusal::NoPlace) };
    let mut draft = Draft::safe(
        format!("begin the goroutine with `defer {text}`"),
        "each Done that goes was the last statement of its path",
    );
    draft.edits.at_start(body, &[format!("defer {text}")])?;
    drop_last(&mut draft, &mine, scope, text)?;
    Ok(draft)
}

/// A Wait in the loop that starts the goroutines: it comes after the loop.
pub(super) fn after_loop(case: &Case<'_, '_>) -> Result<Draft, Refusal> {
    let Some(wait) = case.place.operation else { return Err(Refusal::NoPlace) };
    let line = wait.line();
    let statement = statement_of(wait).filter(|it| call_of(*it) == Some(wait));
    let list = statement.and_then(|it| it.parent());
    let around = list.and_then(|it| it.parent()?.parent()).filter(|it| it.kind() == Kind::ForStatement);
    let (Some(statement), Some(around)) = (statement, around) else {
        return refuse(format!("line {line} is not a statement of the loop itself"));
    };
    let body = around.child(Field::Body);
    if statements(body).last() != Some(statement) {
        return refuse(format!("line {line} is not the last statement of its loop"));
    }
    let leaves = |kind: Kind| {
        matches!(
            kind,
            Kind::ReturnStatement | Kind::BreakStatement | Kind::GotoStatement | Kind::ContinueStatement
        )
    };
    if let Some(exit) = around.own().find(|it| leaves(it.kind())) {
        return refuse(format!("line {} leaves the loop or this turn of it", exit.line()));
    }
    if around.parent().is_none_or(|it| it.kind() != Kind::StatementList) {
        return refuse(format!("the loop of line {} has a label", around.line()));
    }
    let mut draft = Draft::safe(
        format!("wait after the loop of line {}", around.line()),
        "the loop counts all of its goroutines before it starts them, so a wait inside of it ends only if there is one",
    );
    draft.edits.delete(statement)?;
    draft.edits.after(around, &[wait.text().to_owned()])?;
    Ok(draft)
}
