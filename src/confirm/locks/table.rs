//! All operations on the locks of a package.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::lock::lock_named;
use super::lock::reader_of;
use super::operation::Effect;
use super::operation::Mode;
use super::operation::NAMES;
use super::operation::effect;
use super::operation::method_of;
use super::operation::of_rlocker;
use super::operation::takes;
use super::state::Hold;
use super::state::follow;
use super::state::runs_in;
use crate::code::Function;
use crate::code::Object;
use crate::code::Op;
use crate::code::OpKind;
use crate::code::Package;
use crate::sort;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// The operations of a package by lock, each list in order of files and lines.
pub(super) type Operations<'a> = Rc<FxHashMap<Object<'a>, Vec<Op<'a>>>>;

/// Bound of the helpers in helpers that are followed: `s.lock()` that calls `s.state.lock()`.
const MAX_HELPER_ROUNDS: usize = 2;

/// The entry for operations on locks that names do not tell.
pub(super) const UNNAMED: Object<'static> = Object::Expression("");

/// Every operation on a lock of a package, by lock. A call of a function that only takes or gives back a lock is an operation, too.
pub(super) fn operations<'a>(package: &'a Package<'a>) -> Operations<'a> {
    if let Some(known) = package.lock_operations.borrow().clone() {
        return known;
    }
    let mut found: FxHashMap<Object<'a>, Vec<Op<'a>>> = FxHashMap::default();
    for function in package.functions.iter().copied() {
        for name in NAMES {
            for call in function.index().calls(name).iter().copied() {
                if let Some(lock) = lock_of(package, function, call) {
                    let method = OpKind::Method(match method_of(call, name) {
                        name if reads_by_locker(package, function, call) => name_for_reading(name),
                        name => name,
                    });
                    found.entry(lock).or_default().push(Op::new(method, call, function));
                }
            }
        }
    }
    let mut known: Vec<(Object<'a>, Node<'a>)> = Vec::new();
    for _ in 0..MAX_HELPER_ROUNDS {
        let fresh = |it: &(Object<'a>, &'a Function<'a>, &'static str)| !known.contains(&(it.0, it.1.node));
        let helpers: Vec<_> = helpers(&found).into_iter().filter(fresh).collect();
        if helpers.is_empty() {
            break;
        }
        for (lock, helper, name) in helpers {
            known.push((lock, helper.node));
            for (function, call) in package.calls_of(helper) {
                let is_started = call.parent().is_some_and(|it| it.kind() == Kind::GoStatement);
                let is_known =
                    found.get(&lock).is_some_and(|ops| ops.iter().any(|it: &Op<'a>| it.node == call));
                if !is_started && !is_known {
                    found.entry(lock).or_default().push(Op::new(OpKind::Method(name), call, function));
                }
            }
        }
    }
    for ops in found.values_mut() {
        sort::by_key(ops, |it| (it.path(), it.node.start()));
    }
    let found = Rc::new(found);
    *package.lock_operations.borrow_mut() = Some(found.clone());
    found
}

/// The functions that do nothing with a lock but take it, or give it back, on each of their paths.
fn helpers<'a>(
    found: &FxHashMap<Object<'a>, Vec<Op<'a>>>,
) -> Vec<(Object<'a>, &'a Function<'a>, &'static str)> {
    let mut helpers = Vec::new();
    for (lock, ops) in found.iter().filter(|(lock, _)| **lock != UNNAMED) {
        let mut seen: Vec<Node<'a>> = Vec::new();
        for op in ops.iter().filter(|it| it.scope == it.function.node) {
            if seen.contains(&op.scope) {
                continue;
            }
            seen.push(op.scope);
            // What a returned closure does is done later: `defer s.lock()()`.
            let own: Vec<Op<'a>> = ops.iter().filter(|it| runs_in(it.node, op.scope)).copied().collect();
            if let Some(name) = helper_kind(op.scope, &own) {
                helpers.push((*lock, op.function, name));
            }
        }
    }
    sort::by_key(&mut helpers, |(lock, helper, _)| (*lock, helper.file.path(), helper.node.start()));
    helpers
}

/// Whether a function is called for what it does to the lock alone: then the method that its call means.
fn helper_kind<'a>(scope: Node<'a>, ops: &[Op<'a>]) -> Option<&'static str> {
    let mode = |wanted: fn(&Op<'_>) -> Option<Mode>| {
        let mut modes = ops.iter().map(wanted);
        let first = modes.next()??;
        modes.all(|it| it == Some(first)).then_some(first)
    };
    let given = |op: &Op<'_>| match effect(op) {
        Effect::Give(mode) => Some(mode),
        Effect::Take(_) | Effect::Try => None,
    };
    if let Some(mode) = mode(takes) {
        let exits = follow(scope, ops, Hold::Free, None)?.exits;
        let leaves_with_it =
            !exits.is_empty() && exits.iter().all(|it| it.states.iter().all(|it| it.leaves_with_it()));
        return leaves_with_it.then_some(match mode {
            Mode::Write => "Lock",
            Mode::Read => "RLock",
        });
    }
    let mode = mode(given)?;
    let exits = follow(scope, ops, Hold::Entered, None)?.exits;
    let is_given =
        !exits.is_empty() && exits.iter().all(|it| it.states.iter().all(|it| !it.leaves_with_it()));
    is_given.then_some(match mode {
        Mode::Write => "Unlock",
        Mode::Read => "RUnlock",
    })
}

/// Whether a call is of a variable or field that is the `RLocker()` of a lock.
fn reads_by_locker<'a>(package: &'a Package<'a>, function: &'a Function<'a>, call: Node<'a>) -> bool {
    let operand = call.child(Field::Function).and_then(|it| it.child(Field::Operand));
    operand.is_some_and(|it| reader_of(package, package.object(function, it)).is_some())
}

/// The method of the lock that a method of its `RLocker()` calls.
fn name_for_reading(name: &'static str) -> &'static str {
    match name {
        "Lock" => "RLock",
        "Unlock" => "RUnlock",
        _ => name,
    }
}

/// The lock whose method a call calls; `None` if names do not tell, or if it is another method of that name.
fn lock_of<'a>(package: &'a Package<'a>, function: &'a Function<'a>, call: Node<'a>) -> Option<Object<'a>> {
    let called = call.child(Field::Function).filter(|it| it.kind() == Kind::SelectorExpression)?;
    let has_arguments = call.child(Field::Arguments).is_some_and(|it| it.nth(0).is_some());
    if has_arguments || package.callee(function, call).is_some() {
        return None;
    }
    let operand = called.child(Field::Operand)?;
    let operand = of_rlocker(operand).unwrap_or(operand);
    let is_import = function.file.import(operand.text()).is_some()
        && package.lookup(function, operand.text(), operand.start()).is_none();
    (!is_import).then(|| lock_named(package, function, operand).unwrap_or(UNNAMED))
}
