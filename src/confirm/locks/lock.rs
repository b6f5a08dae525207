//! Which lock an expression names.

use super::operation::of_rlocker;
use crate::code::EscapeKind;
use crate::code::Function;
use crate::code::Object;
use crate::code::OpKind;
use crate::code::Package;
use crate::code::Uses;
use crate::code::arguments;
use crate::code::base_type;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

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
    // `c.ready.L` is the lock that the condition was made with.
    if expression.child(Field::Selected).is_some_and(|it| it.text() == "L") {
        let condition = expression.child(Field::Operand)?;
        if package.type_of(function, condition) == Some("sync.Cond") {
            return condition_lock(package, function, condition);
        }
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

/// Bound of the structs without a name that are nested.
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
    let field = expression.child(Field::Selected)?;
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
        [] if uses.escapes.iter().any(|it| it.kind == EscapeKind::FromCall) => {
            reader_of(package, object).unwrap_or(object)
        }
        [] => {
            let named = |it: &Object<'a>| {
                matches!(it, Object::Local { .. } | Object::PackageVariable(_) | Object::Field { .. })
            };
            uses.objects.into_iter().filter(named).min().unwrap_or(object)
        }
    }
}

/// The lock whose `RLocker()` a variable or field of the type `sync.Locker` always is; `None` if it may be something else.
pub(super) fn reader_of<'a>(package: &'a Package<'a>, object: Object<'a>) -> Option<Object<'a>> {
    if declared_type(package, object)?.text() != "sync.Locker" {
        return None;
    }
    let uses = Uses::of_object(package, object);
    let mut locks = uses.escapes.iter().map(|it| {
        let call = it.node.filter(|_| it.kind == EscapeKind::FromCall)?;
        lock_named(package, it.function.or_else(|| package.function_of(call))?, of_rlocker(call)?)
    });
    let first = locks.next()??;
    locks.all(|it| it == Some(first)).then_some(first)
}

/// The type of a variable or field as it is declared; `None` if it is not written.
fn declared_type<'a>(package: &'a Package<'a>, object: Object<'a>) -> Option<Node<'a>> {
    match object {
        Object::Field { owner, name } => package.own_field(owner, name)?.type_,
        Object::PackageVariable(name) => package.variable(name)?.type_,
        Object::Local { file, at, .. } => {
            let holds =
                |it: &&Function<'a>| it.file.path() == file && it.node.start() <= at && at < it.node.end();
            let function = package.functions.iter().copied().find(|it| holds(it))?;
            package.declarations(function).iter().find(|it| it.at.start() == at)?.type_
        }
        Object::AnyField(_) | Object::Embedded(_) | Object::Extern { .. } | Object::Expression(_) => None,
    }
}

/// The lock of a condition: `c.mu` of `sync.NewCond(&c.mu)`.
pub(super) fn condition_lock<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    condition: Node<'a>,
) -> Option<Object<'a>> {
    let uses = Uses::of_expression(package, function, condition);
    let made = uses.escapes.iter().filter(|it| it.kind == EscapeKind::FromCall && it.text == "sync.NewCond");
    let mut named = made.filter_map(|it| {
        let call = it.node?;
        let function = it.function.or_else(|| package.function_of(call))?;
        lock_named(package, function, arguments(call).next()?)
    });
    if let Some(lock) = named.next() {
        return Some(lock);
    }
    // `c.cond.L = &c.mu`
    let mut set = uses.of(|kind| kind == OpKind::Method("L")).into_iter().filter_map(|op| {
        let list = op.node.parent().filter(|it| it.field() == Field::Left)?;
        let assignment = list.parent().filter(|it| it.kind() == Kind::AssignmentStatement)?;
        let index = list.children().position(|it| it == op.node)?;
        lock_named(package, op.function, assignment.child(Field::Right)?.nth(index)?)
    });
    set.next().or_else(|| literal_lock(package, &uses))
}

/// `sync.Cond{L: &c.mu}`
fn literal_lock<'a>(package: &'a Package<'a>, uses: &Uses<'a>) -> Option<Object<'a>> {
    let functions = package.functions.iter().copied();
    let keyed =
        functions.flat_map(|it| it.index().keyed.get("L").into_iter().flatten().map(move |key| (it, *key)));
    let mut locks = keyed.filter_map(|(function, element)| {
        let literal =
            element.parent().and_then(Node::parent).filter(|it| it.kind() == Kind::CompositeLiteral)?;
        literal.child(Field::Type).filter(|it| it.text() == "sync.Cond")?;
        lock_named(package, function, element.child(Field::Value)?)
    });
    let only = locks.next().filter(|_| !uses.objects.is_empty())?;
    locks.all(|it| it == only).then_some(only)
}
