//! A lock that some ways out keep: each of them unlocks it.

use super::super::draft::Draft;
use super::super::places::with_role;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use crate::code::arguments;
use crate::code::call_name;
use crate::code::expressions;
use crate::confirm::Case;
use crate::confirm::locks::Kept;
use crate::confirm::locks::LockOp;
use crate::confirm::locks::keepers;
use crate::confirm::locks::operations_at;
use crate::diagnose::SourceVerdict;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Unlocks before each way out that misses it, in all functions that keep this lock.
pub(super) fn unlock(case: &Case<'_, '_>, verdict: &SourceVerdict) -> Result<Draft, Refusal> {
    let package = case.place.package;
    let locked = with_role(verdict, "locked");
    let kept = locked.map(|it| keepers(package, &it.file, it.line)).unwrap_or_default();
    if kept.is_empty() {
        return refuse("no function of this package is sure to keep the lock");
    }
    let mut draft = Draft::safe(
        "unlock where a path leaves with the lock",
        "the lock is held on each path to those lines, other paths of the same functions unlock it, and nothing is read afterwards",
    );
    for kept in &kept {
        add(&mut draft, case, kept)?;
    }
    Ok(draft)
}

fn add<'a>(draft: &mut Draft, case: &Case<'_, 'a>, kept: &Kept<'a>) -> Result<(), Refusal> {
    let (take, package) = (kept.take, case.place.package);
    let line = take.node.line();
    if kept.gives.is_empty() {
        return refuse(format!(
            "no path of the function of line {line} unlocks it: where it should be is not known"
        ));
    }
    let operations = operations_at(package, take.path(), line);
    let operation = operations.iter().find(|it| it.op.node == take.node && it.is_direct);
    let Some((operation, unlock)) = operation.and_then(|it| Some((it, it.unlock()?))) else {
        return refuse(format!("line {line} does not lock directly"));
    };
    if kept.exits.is_empty() {
        return refuse(format!("the function of line {line} ends with the lock at its end"));
    }
    for exit in &kept.exits {
        let at = exit.line();
        if let Some(read) = read_by(*exit) {
            return refuse(format!("line {at} reads `{}`, which the lock may guard", read.text()));
        }
        if !matches!(exit.kind(), Kind::ReturnStatement | Kind::BreakStatement) {
            return refuse(format!("line {at} leaves by a jump"));
        }
        if !is_same_there(case, operation, *exit) {
            return refuse(format!("what line {line} locks has another name at line {at}"));
        }
        draft.edits.before(*exit, std::slice::from_ref(&unlock))?;
    }
    Ok(())
}

/// What a way out reads beside plain names and constants; `None` if nothing.
fn read_by(exit: Node<'_>) -> Option<Node<'_>> {
    let values = exit.children().flat_map(|it| expressions(Some(it)));
    let mut read = values.filter(|it| !is_plain(*it));
    read.next()
}

/// Whether an expression is a plain name, a constant, or an error of constant text.
fn is_plain(value: Node<'_>) -> bool {
    match value.kind() {
        Kind::CallExpression => {
            matches!(call_name(value), Some("errors.New" | "fmt.Errorf"))
                && arguments(value).all(|it| it.kind() == Kind::InterpretedStringLiteral)
        }
        Kind::Identifier
        | Kind::Nil
        | Kind::True
        | Kind::False
        | Kind::IntLiteral
        | Kind::InterpretedStringLiteral
        | Kind::RawStringLiteral
        | Kind::LabelName => true,
        _ => false,
    }
}

/// Whether the name of the lock means the same at another node of the function.
fn is_same_there<'a>(case: &Case<'_, 'a>, operation: &LockOp<'a>, there: Node<'a>) -> bool {
    let Some(target) = operation.target else { return false };
    let function = operation.op.function;
    let Some(root) = target.own().find(|it| it.kind() == Kind::Identifier) else { return false };
    let declared = |at: u32| case.place.package.lookup(function, root.text(), at).map(|it| it.at);
    let sets = |it: Node<'_>| {
        it.kind() == Kind::AssignmentStatement
            && target.start() < it.start()
            && it.start() < there.start()
            && it
                .child(Field::Left)
                .is_some_and(|left| expressions(Some(left)).iter().any(|left| left.text() == root.text()))
    };
    declared(root.start()) == declared(there.start()) && !operation.op.scope.own().any(sets)
}
