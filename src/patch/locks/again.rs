//! A lock that a function takes again although each of its callers holds it: the second lock goes.

use super::super::draft::Draft;
use super::super::places::with_role;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use super::super::shape::call_of;
use crate::code::Function;
use crate::code::statement_of;
use crate::confirm::Case;
use crate::confirm::locks::LockOp;
use crate::confirm::locks::is_held_at;
use crate::confirm::locks::operations_at;
use crate::diagnose::SourceVerdict;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Drops the lock of a function that is called with the lock held, and only so.
pub(in crate::patch) fn without_second(
    case: &Case<'_, '_>,
    verdict: &SourceVerdict,
) -> Result<Draft, Refusal> {
    let package = case.place.package;
    // Of goroutines that wait behind one that waits for itself, the place is that of the one.
    let roles = ["locks it again", "waits while it holds the lock"];
    let again = roles.into_iter().find_map(|role| with_role(verdict, role));
    let (Some(again), Some(first)) = (again, with_role(verdict, "locked")) else {
        return Err(Refusal::NoPlace);
    };
    let operations = operations_at(package, &again.file, again.line);
    if !operations.iter().any(|it| it.op.node.line() == first.line && it.op.path() == first.file) {
        return Err(Refusal::NoChange { cause: verdict.cause.clone() });
    }
    let is_there = |it: &&LockOp<'_>| it.op.node.line() == again.line && it.op.path() == again.file;
    let Some(second) = operations.iter().filter(is_there).find(|it| it.takes && it.is_direct) else {
        return refuse(format!("line {} does not lock directly", again.line));
    };
    let (function, line) = (second.op.function, again.line);
    if second.op.scope != function.node || function.is_vars() {
        return refuse(format!("line {line} locks in a closure"));
    }
    let name = function.name;
    let is_upper = name.starts_with(char::is_uppercase);
    if is_upper && (package.is_importable() || function.receiver.is_some()) {
        return refuse(format!("{} is exported: others may call it without the lock", function.title()));
    }
    let may_be_interface = function.receiver.is_some() && package.has_interface_method(name);
    if may_be_interface || package.is_value(function) {
        return refuse(format!("{} may be called through a value or an interface", function.title()));
    }
    let own: Vec<&LockOp<'_>> = operations.iter().filter(|it| function.node.contains(it.op.node)).collect();
    let mut statements = Vec::new();
    for it in &own {
        let at = it.op.node.line();
        let statement = statement_of(it.op.node).filter(|found| call_of(*found) == Some(it.op.node));
        let is_other_take = it.takes && it.op.node != second.op.node;
        let is_pair =
            it.is_direct && it.op.scope == function.node && (it.takes || it.gives) && !is_other_take;
        match statement.filter(|_| is_pair && it.target.map(Node::text) == second.target.map(Node::text)) {
            Some(statement) => statements.push(statement),
            None => {
                return refuse(format!("line {at} does more to the lock than one pair of lock and unlock"));
            }
        }
    }
    let calls = package.calls_of(function);
    if calls.is_empty() {
        return refuse(format!("no call of {} is seen", function.title()));
    }
    for (_, call) in &calls {
        let at = call.line();
        if function.node.contains(*call) {
            return refuse(format!("line {at} calls {} again", function.title()));
        }
        let is_later =
            call.parent().is_some_and(|it| matches!(it.kind(), Kind::GoStatement | Kind::DeferStatement));
        let wanted = name_at(function, second, *call);
        let held = call
            .function()
            .zip(wanted.as_deref())
            .is_some_and(|(scope, wanted)| is_held_at(&operations, scope, *call, wanted, second.is_read));
        if is_later || !held {
            return refuse(format!(
                "line {at} calls {} without the lock, as far as is seen",
                function.title()
            ));
        }
    }
    let mut draft = Draft::safe(
        format!("drop the lock of {}", function.title()),
        format!(
            "each call of {} is made with the lock held, so it could only wait for itself",
            function.title()
        ),
    );
    draft.edits.delete_all(&statements)?;
    Ok(draft)
}

/// How the lock that a function takes is named where it is called: `s.mu` for `c.mu` of `(c *cache) evict` in `s.evict()`.
fn name_at(function: &Function<'_>, lock: &LockOp<'_>, call: Node<'_>) -> Option<String> {
    let name = lock.target?.text();
    let operand = call.child(Field::Function)?.child(Field::Operand)?.text();
    let rest = name.strip_prefix(function.receiver_name?)?;
    (rest.is_empty() || rest.starts_with('.')).then(|| format!("{operand}{rest}"))
}
