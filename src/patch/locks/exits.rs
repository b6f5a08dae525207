//! A lock that some ways out keep: each of them unlocks it.

use super::super::draft::Draft;
use super::super::places::next_statement;
use super::super::places::with_role;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use crate::code::Object;
use crate::code::Package;
use crate::code::arguments;
use crate::code::call_name;
use crate::code::expressions;
use crate::code::statements;
use crate::confirm::Case;
use crate::confirm::locks::Kept;
use crate::confirm::locks::LockOp;
use crate::confirm::locks::keepers;
use crate::confirm::locks::operations_at;
use crate::diagnose::SourceVerdict;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

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
    if let Some(last) = statements(take.scope.child(Field::Body)).last().filter(|_| kept.is_at_end) {
        if !is_same_there(case, operation, last) {
            return refuse(format!("what line {line} locks has another name at line {}", last.line()));
        }
        draft.edits.after(last, std::slice::from_ref(&unlock))?;
    }
    for exit in &kept.exits {
        let at = exit.line();
        if let Some(read) = read_by(package, kept, *exit) {
            return refuse(format!("line {at} reads `{}`, which the lock may guard", read.text()));
        }
        if !matches!(exit.kind(), Kind::ReturnStatement | Kind::BreakStatement) {
            return refuse(format!("line {at} leaves by a jump"));
        }
        if let Some(after) = after_jump(package, kept, *exit) {
            return refuse(format!("line {} comes after the loop, and the lock may guard it", after.line()));
        }
        if !is_same_there(case, operation, *exit) {
            return refuse(format!("what line {line} locks has another name at line {at}"));
        }
        draft.edits.before(*exit, std::slice::from_ref(&unlock))?;
    }
    Ok(())
}

/// What a way out reads beside constants and variables of the function itself; `None` if nothing.
fn read_by<'a>(package: &'a Package<'a>, kept: &Kept<'a>, exit: Node<'a>) -> Option<Node<'a>> {
    let values = exit.children().flat_map(|it| expressions(Some(it)));
    let mut read = values.filter(|it| !is_plain(*it) || is_shared(package, kept, *it));
    read.next()
}

/// Whether a name is a variable that others may set: one of the package, or of the function around a closure.
fn is_shared<'a>(package: &'a Package<'a>, kept: &Kept<'a>, name: Node<'a>) -> bool {
    if name.kind() != Kind::Identifier {
        return false;
    }
    let object = package.object(kept.take.function, name);
    let is_own = match object {
        Object::Local { at, .. } => kept.take.scope.start() <= at && at < kept.take.scope.end(),
        Object::PackageVariable(name) => {
            package.variable(name).is_some_and(|it| it.spec.kind() == Kind::ConstSpec)
        }
        _ => false,
    };
    // `n++`, `n = 1`, `&n`; the value of `n` may go to other names.
    let sets = |node: Node<'_>| {
        node.parent().is_some_and(|it| match it.kind() {
            Kind::IncStatement | Kind::DecStatement => true,
            Kind::UnaryExpression => it.operator() == Operator::Address,
            Kind::SelectorExpression | Kind::IndexExpression => it.nth(0) == Some(node),
            Kind::ExpressionList => it.field() == Field::Left,
            _ => false,
        })
    };
    let is_set = || package.occurrences_of(object).iter().any(|(_, node)| sets(*node));
    !is_own && is_set()
}

/// What runs after the loop that a `break` leaves, beside a return of what is plain; `None` if nothing.
fn after_jump<'a>(package: &'a Package<'a>, kept: &Kept<'a>, exit: Node<'a>) -> Option<Node<'a>> {
    if exit.kind() != Kind::BreakStatement {
        return None;
    }
    let label = exit.nth(0).map(Node::text);
    let is_left = |it: &Node<'_>| match (it.kind(), label) {
        (Kind::LabeledStatement, Some(label)) => it.nth(0).is_some_and(|it| it.text() == label),
        (_, Some(_)) => false,
        (kind, None) => matches!(
            kind,
            Kind::ForStatement
                | Kind::SelectStatement
                | Kind::ExpressionSwitchStatement
                | Kind::TypeSwitchStatement
        ),
    };
    let left = exit.ancestors().find(is_left)?;
    let mut at = Some(left);
    while let Some(node) = at.filter(|it| *it != kept.take.scope) {
        if node != left && node.kind() == Kind::ForStatement {
            return Some(node);
        }
        let next =
            next_statement(node).filter(|_| node.parent().is_some_and(|it| it.kind() == Kind::StatementList));
        match next {
            Some(next) if next.kind() == Kind::ReturnStatement => {
                return read_by(package, kept, next).is_some().then_some(next);
            }
            Some(next) => return Some(next),
            None => at = node.parent(),
        }
    }
    None
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
