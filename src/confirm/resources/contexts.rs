//! Whether a context ends by itself, as far as one function shows it.

use super::fate::Closing;
use super::fate::fate;
use super::obtained::Obtained;
use super::obtained::called_import;
use super::obtained::operand;
use crate::code::DeclarationKind;
use crate::code::Function;
use crate::code::Object;
use crate::code::Package;
use crate::code::arguments;
use crate::code::called_name;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Bound of the contexts that one is derived from.
const MAX_STEPS: u32 = 6;

/// Whether a context ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// It has a deadline, it is cancelled when the function returns, or it is that of a server's request.
    Certain,
    /// It is `context.Background()` or `context.TODO()`, or it only adds values to one.
    Never,
    /// It is the caller's, or it is not followed.
    Unknown,
}

/// Whether a context ends by itself.
pub(super) fn ending_of<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    context: Node<'a>,
) -> Ending {
    ending_within(package, function, context, MAX_STEPS)
}

fn ending_within<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    context: Node<'a>,
    steps: u32,
) -> Ending {
    let Some(steps) = steps.checked_sub(1) else { return Ending::Unknown };
    match context.kind() {
        Kind::Identifier => {
            let Some(local) = package.lookup(function, context.text(), context.start()) else {
                return Ending::Unknown;
            };
            // A name that is set again means several contexts.
            let is_set_again = is_set(package, function, context, local.statement);
            match local.value {
                Some(value) if local.kind == DeclarationKind::Variable && !is_set_again => {
                    ending_within(package, function, value, steps)
                }
                _ => Ending::Unknown,
            }
        }
        Kind::ParenthesizedExpression => match context.nth(0) {
            Some(inner) => ending_within(package, function, inner, steps),
            None => Ending::Unknown,
        },
        Kind::CallExpression => match called_import(package, function, context) {
            Some(("context", "Background" | "TODO")) => Ending::Never,
            Some(("context", "WithTimeout" | "WithDeadline" | "WithTimeoutCause" | "WithDeadlineCause")) => {
                Ending::Certain
            }
            Some(("context", "WithCancel" | "WithCancelCause")) => {
                if is_cancelled(package, function, context) {
                    return Ending::Certain;
                }
                of_parent(package, function, context, steps)
            }
            Some(("context", "WithValue" | "WithoutCancel")) => of_parent(package, function, context, steps),
            Some(_) => Ending::Unknown,
            None => {
                let is_request = called_name(context) == Some("Context")
                    && operand(context)
                        .is_some_and(|it| type_text(package, function, it) == Some("*http.Request"));
                if is_request { Ending::Certain } else { Ending::Unknown }
            }
        },
        _ => Ending::Unknown,
    }
}

fn of_parent<'a>(package: &'a Package<'a>, function: &'a Function<'a>, call: Node<'a>, steps: u32) -> Ending {
    match arguments(call).next() {
        Some(parent) => ending_within(package, function, parent, steps),
        None => Ending::Unknown,
    }
}

fn is_set<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    name: Node<'a>,
    declaration: Node<'a>,
) -> bool {
    let object = package.object(function, name);
    let named = function.index().identifiers.get(name.text()).into_iter().flatten();
    let mut assigned = named.filter(|it| {
        let list = it.parent().filter(|it| it.kind() == Kind::ExpressionList);
        let statement = list.and_then(Node::parent);
        statement.is_some_and(|statement| {
            statement != declaration
                && matches!(statement.kind(), Kind::AssignmentStatement | Kind::ShortVarDeclaration)
                && statement.child(Field::Left) == list
        })
    });
    assigned.any(|it| package.object(function, *it) == object)
}

/// Whether the cancel function of a `WithCancel` is called in the function that makes it.
fn is_cancelled<'a>(package: &'a Package<'a>, function: &'a Function<'a>, call: Node<'a>) -> bool {
    let Some(obtained) = Obtained::of(package, function, call) else { return false };
    let Some(cancel) = obtained.local(1) else { return false };
    let fate = fate(&obtained, cancel, CALLED);
    fate.closes.iter().any(|it| it.function() == Some(obtained.scope))
}

/// A function that is called to end something: `cancel`, `stop`.
pub(super) const CALLED: Closing<'static> = Closing { field: "", methods: &[], family: "" };

/// The type of a local or parameter as it is written.
fn type_text<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    expression: Node<'a>,
) -> Option<&'a str> {
    match package.object(function, expression) {
        Object::Local { .. } => package.type_node(function, expression).map(|(_, it)| it.text()),
        _ => None,
    }
}
