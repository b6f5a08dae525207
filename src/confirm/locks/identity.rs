//! Whether two expressions in frames of one stack name the same object: followed through receivers and arguments to where they part.

use super::chain::Chain;
use super::operation::is_direct;
use super::operation::root;
use super::operation::target;
use crate::code::DeclarationKind;
use crate::code::Object;
use crate::code::Op;
use crate::code::arguments;
use crate::code::called_name;
use crate::confirm::place::FrameNode;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

/// Bound of the steps through callers and variables.
const MAX_STEPS: usize = 48;

/// A variable of one call, and the fields that lead from it to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
struct AccessPath<'a> {
    /// The frame whose variable it is; `None` for a variable of the package.
    frame: Option<usize>,
    root: Object<'a>,
    /// Where the variable is declared; `None` for a variable of the package.
    declared: Option<Node<'a>>,
    fields: Vec<&'a str>,
}

/// Whether the operation of an outer frame and that of an inner one of a stack are on the same object for certain.
pub(super) fn is_same_object<'a>(
    chain: &Chain<'a>,
    outer: (usize, &Op<'a>),
    inner: (usize, &Op<'a>),
) -> bool {
    let path = |(frame, op): (usize, &Op<'a>)| path_of(chain, frame, target(op)?);
    let (Some(first), Some(second)) = (path(outer), path(inner)) else { return false };
    if first.frame != second.frame || first.root != second.root {
        return false;
    }
    if is_direct(outer.1) == is_direct(inner.1) {
        return first.fields == second.fields;
    }
    // A helper's call names the object that has the lock.
    let shorter = first.fields.len().min(second.fields.len());
    first.fields.get(..shorter) == second.fields.get(..shorter)
}

/// Whether an operation in a loop is on the same object each time: its variable is declared outside of the loop.
pub(super) fn is_same_each_time<'a>(
    chain: &Chain<'a>,
    frame: usize,
    op: &Op<'a>,
    loops: &[Node<'a>],
) -> bool {
    let Some(path) = target(op).and_then(|it| path_of(chain, frame, it)) else { return false };
    match path.declared {
        Some(declared) => !loops.iter().any(|it| it.contains(declared)),
        None => true,
    }
}

/// The variable that an expression of a frame begins with, followed to the outermost frame that names it.
fn path_of<'a>(chain: &Chain<'a>, frame: usize, expression: Node<'a>) -> Option<AccessPath<'a>> {
    let (mut frame, mut expression) = (frame, expression);
    let mut fields: Vec<&'a str> = Vec::new();
    for _ in 0..MAX_STEPS {
        let at = chain.frames.get(frame)?;
        match (expression.kind(), expression.operator()) {
            (Kind::ParenthesizedExpression, _) => expression = expression.nth(0)?,
            (Kind::UnaryExpression, Operator::Address | Operator::Times) => {
                expression = expression.child(Field::Operand)?;
            }
            (Kind::SelectorExpression, _) => {
                let name = expression.child(Field::Selected)?.text();
                // `s.Mutex` is `s` if that embeds it.
                if !(fields.is_empty() && matches!(name, "Mutex" | "RWMutex")) {
                    fields.insert(0, name);
                }
                expression = expression.child(Field::Operand)?;
            }
            (Kind::Identifier, _) => match step(chain, frame, at, expression)? {
                Step::Ends(path) => return Some(AccessPath { fields, ..path }),
                Step::Goes { to, value } => (frame, expression) = (to, value),
            },
            _ => return None,
        }
    }
    None
}

enum Step<'a> {
    Ends(AccessPath<'a>),
    Goes { to: usize, value: Node<'a> },
}

/// From a variable to the expression that it got its value from.
fn step<'a>(chain: &Chain<'a>, frame: usize, at: &FrameNode<'a>, name: Node<'a>) -> Option<Step<'a>> {
    let root = at.package.object(at.function, name);
    let end = |frame, declared| Step::Ends(AccessPath { frame, root, declared, fields: Vec::new() });
    match root {
        Object::PackageVariable(_) => return Some(end(None, None)),
        Object::Local { .. } => {}
        _ => return None,
    }
    let declared = at.package.lookup(at.function, name.text(), name.start())?;
    // A variable that is assigned again names one object here and another there: `n = n.next`.
    if is_assigned(at, root, name.text()) {
        return None;
    }
    // The frame of the call that the variable belongs to: an outer one for a variable that a closure captured.
    let holder = declared.owner.or_else(|| declared.at.function()).unwrap_or(at.function.node);
    let outer = chain.frames.iter().enumerate().skip(frame);
    let home = outer.filter(|(_, it)| it.scope == holder).map(|(index, _)| index).next();
    let ended = end(Some(home.unwrap_or(frame)), Some(declared.at));
    Some(match declared.kind {
        DeclarationKind::Receiver | DeclarationKind::Parameter if holder == at.function.node => {
            let Some(home) = home else { return Some(ended) };
            let (Some(callee), Some(caller)) = (chain.frames.get(home), chain.frames.get(home + 1)) else {
                return Some(ended);
            };
            let is_next = caller.frame == callee.frame + 1;
            let calls_it = caller.node.kind() == Kind::CallExpression
                && called_name(caller.node) == Some(at.function.name);
            if !is_next || !calls_it {
                return Some(ended);
            }
            let value = if declared.kind == DeclarationKind::Receiver {
                caller.node.child(Field::Function).and_then(|it| it.child(Field::Operand))
            } else {
                arguments(caller.node).nth(declared.index)
            };
            match value {
                Some(value) if is_followed(value) => Step::Goes { to: home + 1, value },
                _ => ended,
            }
        }
        DeclarationKind::Variable => match declared.value {
            Some(value) if declared.names == 1 && is_followed(value) && holder == at.scope => {
                Step::Goes { to: frame, value }
            }
            _ => ended,
        },
        DeclarationKind::Receiver
        | DeclarationKind::Parameter
        | DeclarationKind::Result
        | DeclarationKind::Received
        | DeclarationKind::Ranged
        | DeclarationKind::Switched => ended,
    })
}

/// Whether a local variable gets another value after it is declared.
fn is_assigned<'a>(at: &FrameNode<'a>, variable: Object<'a>, name: &str) -> bool {
    let named = at.function.index().identifiers.get(name);
    named.into_iter().flatten().any(|it| {
        let list = it.parent().filter(|up| up.kind() == Kind::ExpressionList && up.field() == Field::Left);
        let is_target = list.and_then(Node::parent).is_some_and(|up| match up.kind() {
            Kind::AssignmentStatement => true,
            // `n, ok := again()` may assign to a variable of the same scope.
            Kind::ShortVarDeclaration | Kind::RangeClause | Kind::ReceiveStatement => {
                at.package.lookup(at.function, name, it.start()).is_some_and(|d| d.at != *it)
            }
            _ => false,
        });
        is_target && at.package.object(at.function, *it) == variable
    })
}

/// Whether two operations of one frame are on objects that the caller gives: parameters, or a parameter and the receiver. Then who is
/// first depends on the caller.
pub(super) fn are_callers_choice<'a>(
    chain: &Chain<'a>,
    frame: usize,
    first: &Op<'a>,
    second: &Op<'a>,
) -> bool {
    let Some(at) = chain.frames.get(frame) else { return false };
    let root_of = |op: &Op<'a>| {
        let name = root(target(op)?);
        let declared = at.package.lookup(at.function, name.text(), name.start())?;
        let is_given = matches!(declared.kind, DeclarationKind::Parameter | DeclarationKind::Receiver);
        let is_plain = is_given && !is_assigned(at, at.package.object(at.function, name), name.text());
        let fields = target(op)?.text().strip_prefix(name.text())?;
        is_plain.then_some((declared.at, fields))
    };
    match (root_of(first), root_of(second)) {
        (Some((first, its_fields)), Some((second, fields))) => first != second && its_fields == fields,
        _ => false,
    }
}

/// Whether an expression is a variable with fields, and nothing that is made or looked up.
fn is_followed(value: Node<'_>) -> bool {
    match value.kind() {
        Kind::Identifier => true,
        Kind::SelectorExpression | Kind::UnaryExpression => {
            value.operator() != Operator::Receive && value.child(Field::Operand).is_some_and(is_followed)
        }
        Kind::ParenthesizedExpression => value.nth(0).is_some_and(is_followed),
        _ => false,
    }
}
