//! Wait groups: a Done that one path misses, a Wait in the loop that starts what it waits for.

use super::draft::Draft;
use super::places::with_role;
use super::refusal::Refusal;
use super::refusal::refuse;
use super::shape::call_of;
use super::shape::drop_last;
use crate::code::Function;
use crate::code::Op;
use crate::code::Package;
use crate::code::SpawnKind;
use crate::code::Uses;
use crate::code::spawn_of;
use crate::code::statement_of;
use crate::code::statements;
use crate::confirm::Case;
use crate::diagnose::SourceVerdict;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

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
    let Some(function) = mine.first().map(|it| it.function) else { return Err(Refusal::NoPlace) };
    let starts = match spawn_of(scope) {
        Some(spawn) if spawn.kind == SpawnKind::Go => vec![spawn.node],
        None if scope == function.node => started(place.package, function),
        _ => Vec::new(),
    };
    if starts.is_empty() {
        return refuse(format!("line {} does not only run as a goroutine of its own", scope.line()));
    }
    let adds = uses.methods("Add");
    let counts = |add: &Op<'_>, start: Node<'_>| {
        let statement = statement_of(add.node).filter(|it| it.end() <= start.start());
        statement.and_then(Node::parent).is_some_and(|it| it.contains(start))
    };
    if let Some(start) = starts.iter().find(|start| !adds.iter().any(|it| counts(it, **start))) {
        return refuse(format!(
            "whether the goroutine of line {} is always counted is not seen",
            start.line()
        ));
    }
    let text = mine.first().map_or("", |it| it.node.text());
    let Some(body) = scope.child(Field::Body) else { return Err(Refusal::NoPlace) };
    let named = mine.first().and_then(|it| it.node.walk().find(|it| it.kind() == Kind::Identifier));
    let declared = |at| named.and_then(|it| place.package.lookup(function, it.text(), at)).map(|it| it.at);
    if declared(body.start() + 1) != declared(mine.first().map_or(0, |it| it.node.start())) {
        return refuse(format!("`{text}` names something else where the goroutine starts"));
    }
    let mut draft = Draft::safe(
        format!("begin the goroutine with `defer {text}`"),
        "each Done that goes was the last statement of its path",
    );
    draft.edits.at_start(body, &[format!("defer {text}")])?;
    drop_last(&mut draft, &mine, scope, text)?;
    Ok(draft)
}

/// The `go` statements that run a function, if nothing else does.
fn started<'a>(package: &'a Package<'a>, function: &'a Function<'a>) -> Vec<Node<'a>> {
    let is_free = function.is_exported() && package.is_importable()
        || package.is_value(function)
        || package.unclear_call(function).is_some();
    let calls = package.calls_of(function).into_iter().map(|(_, call)| call.parent());
    let starts: Option<Vec<Node<'a>>> =
        calls.map(|it| it.filter(|it| it.kind() == Kind::GoStatement)).collect();
    starts.filter(|_| !is_free).unwrap_or_default()
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
