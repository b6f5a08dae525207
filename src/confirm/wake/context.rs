//! The cancel functions of a context and of those that it is derived from.

use super::origin::Root;
use super::origin::Value;
use super::origin::origins_of;
use super::step::Step;
use crate::code::Function;
use crate::code::Object;
use crate::code::Op;
use crate::code::OpKind;
use crate::code::Package;
use crate::code::Uses;
use crate::code::arguments;
use crate::code::call_name;
use crate::code::expressions;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Bound of the contexts that one is derived from.
const MAX_PARENTS: usize = 16;

/// What ends a context.
#[derive(Debug, Default)]
pub(super) struct Contexts<'a> {
    /// The calls of cancel functions.
    pub(super) cancels: Vec<Op<'a>>,
    /// Exported functions that are given the context or its parent, with the parameter.
    pub(super) given: Vec<(&'a Function<'a>, &'a str)>,
    /// Whether all that can end it is seen.
    pub(super) is_whole: bool,
    /// The type whose field the context is.
    pub(super) owner: Option<&'a str>,
}

/// What ends the context that a value is.
pub(super) fn contexts_of<'a>(package: &'a Package<'a>, value: Value<'a>, path: &[Step<'a>]) -> Contexts<'a> {
    let mut found = Contexts { is_whole: true, ..Contexts::default() };
    let mut todo = vec![value];
    let mut steps = 0;
    while let Some(value) = todo.pop() {
        steps += 1;
        if steps > MAX_PARENTS {
            found.is_whole = false;
            break;
        }
        let origins = origins_of(package, value, path);
        let fields = origins.objects.iter().find_map(|it| match it {
            Object::Field { owner, .. } => Some(*owner),
            _ => None,
        });
        found.owner = found.owner.or(fields);
        for root in origins.roots {
            match root {
                Root::Given { function, parameter } => {
                    if !found.given.contains(&(function, parameter)) {
                        found.given.push((function, parameter));
                    }
                }
                Root::Unknown => found.is_whole = false,
                Root::Call(call) => {
                    let parent = arguments(call.node).next().map(|node| Value { node, index: 0, ..call });
                    match call_name(call.node).unwrap_or("") {
                        "context.WithCancel"
                        | "context.WithCancelCause"
                        | "context.WithTimeout"
                        | "context.WithTimeoutCause"
                        | "context.WithDeadline"
                        | "context.WithDeadlineCause"
                        | "signal.NotifyContext" => {
                            match cancel_of(package, call) {
                                Some(object) => add_cancels(package, object, &mut found),
                                None => found.is_whole = false,
                            }
                            todo.extend(parent);
                        }
                        "context.WithValue" => todo.extend(parent),
                        "context.Background" | "context.TODO" | "context.WithoutCancel" => {}
                        _ => found.is_whole = false,
                    }
                }
            }
        }
    }
    found
}

/// The variable or field that a cancel function is assigned to.
fn cancel_of<'a>(package: &'a Package<'a>, call: Value<'a>) -> Option<Object<'a>> {
    let statement =
        call.node.parent().filter(|it| it.kind() == Kind::ExpressionList).and_then(Node::parent)?;
    let targets = match statement.child(Field::Left) {
        Some(left) => expressions(Some(left)),
        None => statement.children_of(Field::Name).collect(),
    };
    let target = targets.get(1).filter(|it| it.text() != "_")?;
    let declared = package.declarations(call.function).iter().find(|it| it.at == *target);
    Some(match declared {
        // The name may be that of an outer variable.
        Some(it) => Object::Local { file: call.function.file.path(), at: it.at.start(), name: it.name },
        None => package.object(call.function, *target),
    })
}

fn add_cancels<'a>(package: &'a Package<'a>, cancel: Object<'a>, found: &mut Contexts<'a>) {
    let uses = Uses::forward(package, &[cancel]);
    found.is_whole &= uses.is_closed_world();
    for op in uses.of(|kind| kind == OpKind::Call) {
        if !found.cancels.iter().any(|it| it.node == op.node) {
            found.cancels.push(op);
        }
    }
}
