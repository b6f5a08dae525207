//! All operations on the locks of a package, and which lock an expression names.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::operation::Effect;
use super::operation::Mode;
use super::operation::NAMES;
use super::operation::effect;
use super::operation::takes;
use super::state::Hold;
use super::state::follow;
use super::state::runs_in;
use crate::code::Function;
use crate::code::Object;
use crate::code::Op;
use crate::code::OpKind;
use crate::code::Package;
use crate::code::Uses;
use crate::code::base_type;
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
                    found.entry(lock).or_default().push(Op::new(OpKind::Method(name), call, function));
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
        ops.sort_by_key(|it| (it.path(), it.node.start()));
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
    helpers.sort_by_key(|(lock, helper, _)| (*lock, helper.file.path(), helper.node.start()));
    helpers
}

/// Whether a function is called for what it does to the lock alone: then the method that its call stands for.
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

/// The lock whose method a call calls; `None` if names do not tell, or if it is another method of that name.
fn lock_of<'a>(package: &'a Package<'a>, function: &'a Function<'a>, call: Node<'a>) -> Option<Object<'a>> {
    let called = call.child(Field::Function).filter(|it| it.kind() == Kind::SelectorExpression)?;
    let has_arguments = call.child(Field::Arguments).is_some_and(|it| it.nth(0).is_some());
    if has_arguments || package.callee(function, call).is_some() {
        return None;
    }
    let operand = called.child(Field::Operand)?;
    let is_import = function.file.import(operand.text()).is_some()
        && package.lookup(function, operand.text(), operand.start()).is_none();
    (!is_import).then(|| lock_named(package, function, operand).unwrap_or(UNNAMED))
}

/// The lock that an expression names: a variable or field, or the type that embeds it.
pub(super) fn lock_named<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    expression: Node<'a>,
) -> Option<Object<'a>> {
    if let Some(owner) = package.type_of(function, expression)
        && !is_lock_type(owner)
        && package.embeds_lock(owner)
    {
        return Some(Object::Embedded(owner));
    }
    let object = package.object(function, expression);
    let object = without_embedded_field(package, object);
    match object {
        Object::Field { .. } | Object::PackageVariable(_) | Object::Local { .. } | Object::Embedded(_) => {
            Some(canonical(package, object))
        }
        Object::AnyField(_) | Object::Extern { .. } | Object::Expression(_) => {
            in_nameless_struct(package, function, expression, MAX_NESTING)
        }
    }
}

/// Bound of the structs without a name that lie in each other.
const MAX_NESTING: u32 = 4;

/// `s.state.mu` where `state` is a struct without a name: the lock is the field `state.mu` of the type of `s`.
fn in_nameless_struct<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    expression: Node<'a>,
    depth: u32,
) -> Option<Object<'a>> {
    let depth = depth.checked_sub(1)?;
    let operand = expression.child(Field::Operand)?;
    let field = expression.child(Field::FieldName)?;
    let (_, type_) = package.type_node(function, operand)?;
    if type_.kind() != Kind::StructType {
        return None;
    }
    let holder = match package.object(function, operand) {
        it @ (Object::Field { .. } | Object::PackageVariable(_) | Object::Local { .. }) => it,
        _ => in_nameless_struct(package, function, operand, depth)?,
    };
    // The name is text of the source: `state.mu`.
    let from = operand.end().checked_sub(u32::try_from(holder.name().len()).ok()?)?;
    let name = expression.tree().text().get(from as usize..field.end() as usize)?;
    Some(match holder {
        Object::Field { owner, .. } => Object::Field { owner, name },
        Object::PackageVariable(_) => Object::PackageVariable(name),
        Object::Local { file, at, .. } => Object::Local { file, at, name },
        _ => return None,
    })
}

/// `s.Mutex` is the lock that the type of `s` embeds.
fn without_embedded_field<'a>(package: &'a Package<'a>, object: Object<'a>) -> Object<'a> {
    match object {
        Object::Field { owner, name }
            if matches!(name, "Mutex" | "RWMutex")
                && package.own_field(owner, name).is_some_and(|it| it.is_embedded) =>
        {
            Object::Embedded(owner)
        }
        other => other,
    }
}

fn is_lock_type(name: &str) -> bool {
    matches!(name, "sync.Mutex" | "sync.RWMutex" | "sync.Locker")
}

/// A lock behind a pointer or an interface is the variable or field that the pointer was taken of, if the package shows it.
fn canonical<'a>(package: &'a Package<'a>, object: Object<'a>) -> Object<'a> {
    let type_ = declared_type(package, object);
    let is_pointer = match type_ {
        Some(type_) => type_.kind() == Kind::PointerType || type_.text() == "sync.Locker",
        None => matches!(object, Object::Local { .. }),
    };
    if !is_pointer {
        return object;
    }
    let uses = Uses::of_object(package, object);
    let is_lock = |it: &Object<'a>| {
        let type_ = declared_type(package, *it);
        type_.is_some_and(|type_| {
            matches!(type_.kind(), Kind::QualifiedType)
                && base_type(type_).is_some_and(is_lock_type)
                && type_.text() != "sync.Locker"
        })
    };
    let mut locks: Vec<Object<'a>> = uses.objects.iter().copied().filter(is_lock).collect();
    locks.sort_unstable();
    locks.dedup();
    match locks.as_slice() {
        [only] => *only,
        // One pointer to several locks: which of them it is depends on the object.
        [_, _, ..] => object,
        [] => {
            let named = |it: &Object<'a>| {
                matches!(it, Object::Local { .. } | Object::PackageVariable(_) | Object::Field { .. })
            };
            uses.objects.into_iter().filter(named).min().unwrap_or(object)
        }
    }
}

/// The type of a variable or field as it is declared; `None` if it is not written.
fn declared_type<'a>(package: &'a Package<'a>, object: Object<'a>) -> Option<Node<'a>> {
    match object {
        Object::Field { owner, name } => package.own_field(owner, name)?.type_,
        Object::PackageVariable(name) => package.variable(name)?.type_,
        Object::Local { file, at, .. } => {
            let holds =
                |it: &&Function<'a>| it.file.path() == file && it.node.start() <= at && at < it.node.end();
            let function = package.functions.iter().copied().find(|it| holds(&it))?;
            package.declarations(function).iter().find(|it| it.at.start() == at)?.type_
        }
        Object::AnyField(_) | Object::Embedded(_) | Object::Extern { .. } | Object::Expression(_) => None,
    }
}
