//! A lock that a function takes again although each of its callers holds it: the second lock goes.

use super::super::draft::Draft;
use super::super::places::is_same_object;
use super::super::places::with_role;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use super::super::shape::call_of;
use crate::code::Function;
use crate::code::Object;
use crate::code::Package;
use crate::code::statement_of;
use crate::confirm::Case;
use crate::confirm::locks::LockOp;
use crate::confirm::locks::is_held_at;
use crate::confirm::locks::operations_at;
use crate::diagnose::SourceVerdict;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// A lock that a function takes although its caller holds it.
pub(super) struct Again<'a> {
    /// All operations on the lock.
    pub(super) operations: Vec<LockOp<'a>>,
    /// The one that takes it first.
    pub(super) first: LockOp<'a>,
    /// The one that takes it again, in a declared function.
    pub(super) second: LockOp<'a>,
}

/// The lock that a verdict is about.
pub(super) fn taken_again<'a>(case: &Case<'_, 'a>, verdict: &SourceVerdict) -> Result<Again<'a>, Refusal> {
    let package = case.place.package;
    // Of goroutines that wait behind one that waits for itself, the place is that of the one.
    let roles = ["locks it again", "waits while it holds the lock"];
    let again = roles.into_iter().find_map(|role| with_role(verdict, role));
    let (Some(again), Some(first)) = (again, with_role(verdict, "locked")) else {
        return Err(Refusal::NoPlace);
    };
    let operations = operations_at(package, &again.file, again.line);
    let is_first = |it: &&LockOp<'_>| it.op.node.line() == first.line && it.op.path() == first.file;
    let Some(first) = operations.iter().find(is_first).copied() else {
        return Err(Refusal::NoChange { cause: verdict.cause.clone() });
    };
    let is_there = |it: &&LockOp<'_>| it.op.node.line() == again.line && it.op.path() == again.file;
    let direct = |it: &&LockOp<'_>| it.takes && it.is_direct;
    let Some(second) = operations.iter().filter(is_there).find(direct).copied() else {
        return refuse(format!("line {} does not lock directly", again.line));
    };
    if second.op.scope != second.op.function.node || second.op.function.is_vars() {
        return refuse(format!("line {} locks in a closure", again.line));
    }
    Ok(Again { operations, first, second })
}

/// Drops the lock of a function that is called with the lock held, and only so.
pub(super) fn dropped<'a>(package: &'a Package<'a>, again: &Again<'a>) -> Result<Draft, Refusal> {
    let Again { operations, second, .. } = again;
    let function = second.op.function;
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
    locks_once(package, again, function)?;
    let calls = package.calls_of(function);
    if calls.is_empty() {
        return refuse(format!("no call of {} is seen", function.title()));
    }
    if let Some(unclear) = package.unclear_call(function) {
        return refuse(format!("line {} may call {} too", unclear.line(), function.title()));
    }
    for (caller, call) in &calls {
        let at = call.line();
        if function.node.contains(*call) {
            return refuse(format!("line {at} calls {} again", function.title()));
        }
        if !is_held(package, again, second, caller, *call) {
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

/// Bound of the functions that are followed from one to another lock.
const MAX_FUNCTIONS: usize = 64;

/// Refuses a function that calls another one which takes the lock: its holder would wait for itself there.
pub(super) fn locks_once<'a>(
    package: &'a Package<'a>,
    again: &Again<'a>,
    function: &'a Function<'a>,
) -> Result<(), Refusal> {
    match lock_below(package, again, function, &mut Vec::new()) {
        Some(call) => refuse(format!("line {} comes to another lock of it", call.line())),
        None => Ok(()),
    }
}

/// A call that leads to an operation that takes the lock. Each function is looked at once.
fn lock_below<'a>(
    package: &'a Package<'a>,
    again: &Again<'a>,
    function: &'a Function<'a>,
    seen: &mut Vec<Node<'a>>,
) -> Option<Node<'a>> {
    if seen.len() >= MAX_FUNCTIONS {
        return None;
    }
    seen.push(function.node);
    for call in function.node.own().filter(|it| it.kind() == Kind::CallExpression) {
        let is_started = call.parent().is_some_and(|it| it.kind() == Kind::GoStatement);
        let Some(callee) = package.callee(function, call).filter(|_| !is_started) else { continue };
        let takes = again.operations.iter().any(|it| it.takes && it.op.scope == callee.node);
        let is_new = !seen.contains(&callee.node);
        if is_new && (takes || lock_below(package, again, callee, seen).is_some()) {
            return Some(call);
        }
    }
    None
}

/// Whether a function that takes a lock is called with this lock of the same object held, on every path to the call.
pub(super) fn is_held<'a>(
    package: &'a Package<'a>,
    again: &Again<'a>,
    lock: &LockOp<'a>,
    caller: &'a Function<'a>,
    call: Node<'a>,
) -> bool {
    let is_later =
        call.parent().is_some_and(|it| matches!(it.kind(), Kind::GoStatement | Kind::DeferStatement));
    let named = call.function().zip(name_at(package, lock.op.function, lock, call));
    !is_later
        && named.is_some_and(|(scope, (wanted, named))| {
            let takes = again.operations.iter().filter(|it| it.takes && it.op.scope == scope);
            let mut targets = takes.filter_map(|it| it.target).filter(|it| it.text() == wanted);
            is_held_at(&again.operations, scope, call, &wanted, lock.is_read)
                && targets.all(|it| is_of(package, caller, it, named, call))
        })
}

/// How the lock that a function takes is named where it is called: `s.mu` for `c.mu` of `(c *cache) evict` in `s.evict()`, with the `s` of
/// the call; a lock of the package has its name everywhere.
fn name_at<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    lock: &LockOp<'a>,
    call: Node<'a>,
) -> Option<(String, Option<Node<'a>>)> {
    let target = lock.target?;
    let name = target.text();
    let root = target.walk().find(|it| it.kind() == Kind::Identifier)?;
    if matches!(package.object(function, root), Object::PackageVariable(_)) {
        return Some((name.to_owned(), None));
    }
    let operand = call.child(Field::Function)?.child(Field::Operand)?;
    let rest = name.strip_prefix(function.receiver_name?)?;
    (rest.is_empty() || rest.starts_with('.')).then(|| (format!("{}{rest}", operand.text()), Some(operand)))
}

/// Whether a lock that is taken under a name is of the object that a call names, or of the package.
fn is_of<'a>(
    package: &'a Package<'a>,
    caller: &'a Function<'a>,
    target: Node<'a>,
    named: Option<Node<'a>>,
    call: Node<'a>,
) -> bool {
    let mut names = target.walk().filter(|it| it.kind() == Kind::Identifier);
    match named {
        Some(named) => is_same_object(package, caller, named, target),
        None => names.all(|it| package.lookup(caller, it.text(), call.start()).is_none()),
    }
}
