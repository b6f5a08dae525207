//! A lock that is held across a wait for goroutines that need it: it is unlocked before.

use super::super::draft::Draft;
use super::super::places::nodes_at;
use super::super::places::with_role;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use super::super::shape::call_of;
use super::super::shape::top_statement;
use crate::code::Function;
use crate::code::Object;
use crate::code::Package;
use crate::code::Uses;
use crate::code::arguments;
use crate::code::call_name;
use crate::code::statement_of;
use crate::confirm::Case;
use crate::confirm::locks::LockOp;
use crate::confirm::locks::operations_at;
use crate::diagnose::SourceVerdict;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Unlocks before the wait, if nothing follows that the lock guards.
pub(in crate::patch) fn unlock_before(
    case: &Case<'_, '_>,
    verdict: &SourceVerdict,
) -> Result<Draft, Refusal> {
    let package = case.place.package;
    let Some(locked) = with_role(verdict, "locked") else { return Err(Refusal::NoPlace) };
    let operations = operations_at(package, &locked.file, locked.line);
    let is_there = |it: &&LockOp<'_>| it.op.node.line() == locked.line && it.op.path() == locked.file;
    let Some(take) = operations.iter().filter(is_there).find(|it| it.takes && it.is_direct) else {
        return refuse(format!("line {} does not lock directly", locked.line));
    };
    let (scope, function) = (take.op.scope, take.op.function);
    let Some(lock) = top_statement(take.op.node, scope) else {
        return refuse(format!("line {} locks in an inner block or a loop", locked.line));
    };
    let roles = ["waits", "waits while it holds the lock"];
    let waits = verdict.evidence.iter().filter(|it| roles.contains(&it.role.as_str()));
    let statements = waits.flat_map(|it| nodes_at(package, it, |node| is_wait(node)));
    let Some(wait) = statements.into_iter().find(|it| it.function() == Some(scope)) else {
        return refuse(
            "the function that locks does not itself wait for a WaitGroup, or for a channel to be closed",
        );
    };
    if wait.parent() != lock.parent() || wait.start() < lock.end() {
        return refuse(format!("line {} waits in an inner block", wait.line()));
    }
    if let Some(received) = wait.nth(0).and_then(|it| it.child(Field::Operand)) {
        let uses = Uses::of_expression(package, function, received);
        if !uses.is_closed_world() || !uses.sends().is_empty() {
            return refuse(format!(
                "line {} waits for a value, and not only for the end of a channel",
                wait.line()
            ));
        }
    }
    let own: Vec<&LockOp<'_>> = operations.iter().filter(|it| it.op.scope == scope).collect();
    let give = match own.as_slice() {
        [first, give] if first.op.node == take.op.node && give.gives && give.is_direct => *give,
        _ => {
            return refuse(format!(
                "the function of line {} does more to the lock than lock and unlock it",
                locked.line
            ));
        }
    };
    let Some(unlock) = take.unlock().filter(|it| it == give.op.node.text()) else {
        return refuse(format!("line {} does not unlock it directly", give.op.node.line()));
    };
    let given = statement_of(give.op.node)
        .filter(|it| call_of(*it) == Some(give.op.node) && it.parent() == lock.parent());
    let Some(given) = given else {
        return refuse(format!("line {} unlocks in an inner block", give.op.node.line()));
    };
    if given.kind() != Kind::DeferStatement && given.start() < wait.start() {
        return refuse(format!("line {} unlocks before it waits", given.line()));
    }
    let after = lock
        .parent()
        .into_iter()
        .flat_map(Node::children)
        .filter(|it| it.start() >= wait.end() && *it != given);
    for it in after {
        if it.kind() != Kind::ReturnStatement || it.nth(0).is_some() {
            return refuse(format!("line {} comes after the wait, and the lock may guard it", it.line()));
        }
    }
    let between = |it: &Node<'_>| lock.end() <= it.start() && it.end() <= wait.start();
    let leaves =
        |it: &Node<'_>| matches!(it.kind(), Kind::ReturnStatement | Kind::GotoStatement) && between(it);
    if let Some(exit) = scope.own().find(leaves) {
        return refuse(format!("line {} returns before the wait", exit.line()));
    }
    for go in scope.own().filter(|it| between(it)) {
        if let Some(used) = shared_without_lock(case, go, &operations, wait) {
            return refuse(format!(
                "line {} uses `{}` in a goroutine without the lock: after an earlier unlock others may use it meanwhile",
                used.line(),
                used.text()
            ));
        }
    }
    for call in scope.own().filter(|it| it.kind() == Kind::CallExpression && between(it)) {
        if starts_goroutines(package, function, call, MAX_HOPS) {
            return refuse(format!(
                "line {} may start goroutines that use what the lock guards",
                call.line()
            ));
        }
    }
    let mut draft = Draft::safe(
        format!("`{unlock}` before line {} waits", wait.line()),
        "nothing follows the wait that the lock guards, and what it waits for uses nothing shared without the lock",
    );
    draft.edits.delete(given)?;
    draft.edits.before(wait, &[unlock])?;
    Ok(draft)
}

/// Bound of the calls that are followed to a `go` statement.
const MAX_HOPS: u32 = 4;

/// Whether a function of the package that is called here starts a goroutine, as far as is seen.
fn starts_goroutines<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    call: Node<'a>,
    hops: u32,
) -> bool {
    let Some(callee) = package.callee(function, call) else { return false };
    let Some(hops) = hops.checked_sub(1) else { return true };
    callee.node.walk().any(|it| match it.kind() {
        Kind::GoStatement => true,
        Kind::CallExpression => {
            call_name(it).is_some_and(|name| name.ends_with(".Go"))
                || starts_goroutines(package, callee, it, hops)
        }
        _ => false,
    })
}

/// `wg.Wait()`, or `<-done`, as a statement.
fn is_wait(node: Node<'_>) -> bool {
    let Some(inner) = node.nth(0).filter(|_| node.kind() == Kind::ExpressionStatement) else { return false };
    let is_group = call_name(inner).is_some_and(|it| it.ends_with(".Wait"));
    is_group || inner.is_receive()
}

/// What a goroutine that is started here uses of its surroundings outside of its own lock sections, beside the group that counts it.
fn shared_without_lock<'a>(
    case: &Case<'_, 'a>,
    start: Node<'a>,
    operations: &[LockOp<'a>],
    wait: Node<'a>,
) -> Option<Node<'a>> {
    let is_start = start.kind() == Kind::GoStatement
        || start.kind() == Kind::CallExpression && call_name(start).is_some_and(|it| it.ends_with(".Go"));
    if !is_start {
        return None;
    }
    let closure = start.own().find_map(|it| it.children().find(|it| it.kind() == Kind::FuncLiteral));
    // A function that is declared elsewhere may use anything.
    let function = closure.and_then(|it| case.place.package.function_of(it));
    let (Some(closure), Some(function)) = (closure, function) else { return Some(start) };
    let call = closure.parent().filter(|it| it.kind() == Kind::CallExpression);
    if let Some(handed) = call.and_then(|it| arguments(it).next()) {
        return Some(handed);
    }
    let inside: Vec<&LockOp<'a>> = operations.iter().filter(|it| it.op.scope == closure).collect();
    let is_locked = |it: Node<'a>| {
        let mut takes = inside.iter().filter(|op| op.takes && op.op.node.start() <= it.start());
        let Some(last) = takes.next_back() else { return false };
        inside.iter().filter(|op| op.gives && op.op.node.start() > last.op.node.start()).all(|give| {
            give.op.node.end() >= it.end() || give.op.node.up(Kind::DeferStatement, Some(closure)).is_some()
        })
    };
    let group = wait.own().find(|it| it.kind() == Kind::Identifier).map(Node::text);
    let is_shared = |it: &Node<'a>| {
        if it.kind() != Kind::Identifier || Some(it.text()) == group || it.text() == "_" {
            return false;
        }
        match case.place.package.lookup(function, it.text(), it.start()) {
            Some(declared) => !closure.contains(declared.at),
            None => matches!(case.place.package.object(function, *it), Object::PackageVariable(_)),
        }
    };
    closure.walk().find(|it| is_shared(it) && !is_locked(*it))
}
