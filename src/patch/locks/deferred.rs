//! What ends a wait, deferred: it then runs on every path.

use super::draft::Draft;
use super::refusal::Refusal;
use super::refusal::refuse;
use super::shape::call_of;
use super::shape::is_log;
use super::shape::not_last;
use crate::code::Op;
use crate::code::SpawnKind;
use crate::code::Uses;
use crate::code::loops_around;
use crate::code::spawn_of;
use crate::code::statement_of;
use crate::confirm::Case;
use crate::confirm::locks::kept_at;
use crate::diagnose::SourceVerdict;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// A lock that one path keeps: it is unlocked by defer.
pub(super) fn unlock(case: &Case<'_, '_>, verdict: &SourceVerdict) -> Result<Draft, Refusal> {
    let locked = verdict.evidence.iter().find(|it| it.role == "locked");
    let kept = locked.and_then(|it| kept_at(case.place.package, &it.file, it.line));
    let Some(kept) = kept else {
        return refuse("no single function of this package keeps the lock on a path");
    };
    let (take, scope) = (kept.take, kept.take.scope);
    let Some(statement) = top_statement(take.node, scope) else {
        return refuse(format!("line {} locks in an inner block or a loop", take.node.line()));
    };
    let text = take.node.text();
    let unlock = match text.strip_suffix(".Lock()") {
        Some(lock) => format!("{lock}.Unlock()"),
        None => match text.strip_suffix(".RLock()") {
            Some(lock) => format!("{lock}.RUnlock()"),
            None => return refuse(format!("line {} does not lock directly", take.node.line())),
        },
    };
    if kept.gives.is_empty() {
        return refuse("no path of the function unlocks it: where it should be is not known");
    }
    let again =
        scope.own().find(|it| it.kind() == Kind::CallExpression && it.text() == text && *it != take.node);
    if let Some(again) = again {
        return refuse(format!("line {} locks it again", again.line()));
    }
    let mut draft = Draft::safe(
        format!("unlock by `defer {unlock}`"),
        "each unlock that goes was the last statement of its path, so the lock is held no longer than before",
    );
    draft.edits.after(statement, &[format!("defer {unlock}")])?;
    drop_last(&mut draft, &kept.gives, scope, &unlock)?;
    Ok(draft)
}

/// A goroutine that a wait group counts and that may return without Done: Done is deferred.
pub(super) fn done(case: &Case<'_, '_>, verdict: &SourceVerdict) -> Result<Draft, Refusal> {
    let place = case.place;
    let group = place.operation.and_then(|it| it.child(Field::Function)?.child(Field::Operand));
    let Some(group) = group else { return Err(Refusal::NoPlace) };
    let line = verdict.evidence.iter().find(|it| it.role == "Done");
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

/// A statement of a function's body itself; `None` in an inner block or in another statement.
fn top_statement<'a>(node: Node<'a>, scope: Node<'a>) -> Option<Node<'a>> {
    let statement = statement_of(node)?;
    let body = statement.parent()?.parent()?;
    (call_of(statement) == Some(node) && Some(body) == scope.child(Field::Body)).then_some(statement)
}

/// Deletes calls that a deferred one replaces: each is the last statement of its path, and nothing else is deferred.
fn drop_last(draft: &mut Draft, calls: &[Op<'_>], scope: Node<'_>, text: &str) -> Result<(), Refusal> {
    if let Some(other) = scope.own().find(|it| it.kind() == Kind::DeferStatement) {
        return refuse(format!("line {} defers too: the order would be another", other.line()));
    }
    for call in calls {
        let line = call.node.line();
        let statement = statement_of(call.node).filter(|it| call_of(*it) == Some(call.node));
        let Some(statement) = statement.filter(|_| call.node.text() == text && call.scope == scope) else {
            return refuse(format!("line {line} is not `{text}` by itself"));
        };
        if !loops_around(call.node, None).is_empty() {
            return refuse(format!("line {line} is in a loop"));
        }
        let may_follow =
            |it: Node<'_>| it.kind() == Kind::ExpressionStatement && call_of(it).is_some_and(is_log);
        if let Some(after) = not_last(statement, scope, may_follow) {
            return refuse(format!("line {} follows it: it would run before, and not after", after.line()));
        }
        draft.edits.delete(statement)?;
    }
    Ok(())
}
