//! A lock that one path keeps: it is unlocked by defer.

use super::super::draft::Draft;
use super::super::places::with_role;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use super::super::shape::drop_last;
use super::super::shape::top_statement;
use crate::confirm::Case;
use crate::confirm::locks::LockOp;
use crate::confirm::locks::keepers;
use crate::confirm::locks::operations_at;
use crate::diagnose::SourceVerdict;
use crate::syntax::Kind;

/// Unlocks by defer, in place of each unlock.
pub(super) fn unlock(case: &Case<'_, '_>, verdict: &SourceVerdict) -> Result<Draft, Refusal> {
    let package = case.place.package;
    let locked = with_role(verdict, "locked");
    let kept = locked.map(|it| keepers(package, &it.file, it.line)).unwrap_or_default();
    let [kept] = kept.as_slice() else {
        return refuse("no single function of this package keeps the lock on a path");
    };
    let (take, scope) = (kept.take, kept.take.scope);
    let Some(statement) = top_statement(take.node, scope) else {
        return refuse(format!("line {} locks in an inner block or a loop", take.node.line()));
    };
    let text = take.node.text();
    let operations = operations_at(package, take.path(), take.node.line());
    let unlock = operations.iter().find(|it| it.op.node == take.node).and_then(LockOp::unlock);
    let Some(unlock) = unlock else {
        return refuse(format!("line {} does not lock directly", take.node.line()));
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
