//! Where a variable or field gets its values.

use super::super::function::Function;
use super::super::object::Object;
use super::super::package::Package;
use super::super::query::expressions;
use super::super::query::statement_of;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// An assignment, a declaration or an element of a literal that gives an object a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct ValueSet<'a> {
    /// The function that holds it.
    pub(super) function: &'a Function<'a>,
    /// The value, or the call that has it among its results.
    pub(super) value: Node<'a>,
    /// Its place among the results of the call.
    pub(super) index: usize,
    /// The variable that gets the next result of the call; `None` if there is none.
    pub(super) next: Option<Node<'a>>,
    /// The statement or element.
    pub(super) node: Node<'a>,
}

/// The values that an object gets, in order of files and lines.
pub(super) fn sets_of<'a>(package: &'a Package<'a>, object: Object<'a>) -> Vec<ValueSet<'a>> {
    let mut sets = Vec::new();
    for (function, node) in package.occurrences_of(object).iter() {
        let set = match node.kind() {
            Kind::KeyedElement => node.child(Field::Value).map(|it| element(function, it, *node)),
            Kind::LiteralElement => Some(element(function, *node, *node)),
            _ => assigned(function, *node),
        };
        sets.extend(set);
    }
    if let Object::PackageVariable(name) = object
        && let Some(variable) = package.variable(name)
        && let Some(value) = variable.value
        && let Some(function) = package.functions.iter().find(|it| it.node.contains(value))
    {
        sets.push(ValueSet { function, value, index: 0, next: None, node: variable.spec });
    }
    sets
}

/// Of the values that a local variable gets, those that it may have at a place. The last one that is passed on every path hides those
/// before it.
pub(super) fn reaching<'a>(sets: Vec<ValueSet<'a>>, at: Node<'a>) -> Vec<ValueSet<'a>> {
    let mut reaching = Vec::new();
    let scope = at.function();
    for set in sets.into_iter().rev() {
        let is_elsewhere = set.node.function() != scope;
        if set.node.start() >= at.start() {
            // A closure or the next round of a loop may see it.
            if is_elsewhere || in_one_loop(set.node, at) {
                reaching.push(set);
            }
            continue;
        }
        reaching.push(set);
        let list = statement_of(set.node).and_then(Node::parent);
        let is_own_closure = set.node.function().is_some_and(|it| it.contains(at));
        if is_own_closure && list.is_some_and(|it| it.contains(at)) {
            break;
        }
    }
    reaching
}

fn in_one_loop(one: Node<'_>, other: Node<'_>) -> bool {
    one.ancestors().any(|it| it.kind() == Kind::ForStatement && it.contains(other))
}

fn element<'a>(function: &'a Function<'a>, value: Node<'a>, node: Node<'a>) -> ValueSet<'a> {
    ValueSet { function, value: unwrapped(value), index: 0, next: None, node }
}

/// An expression without parentheses and the element of a literal.
pub(super) fn unwrapped(mut node: Node<'_>) -> Node<'_> {
    while matches!(node.kind(), Kind::ParenthesizedExpression | Kind::LiteralElement) {
        match node.nth(0) {
            Some(inner) => node = inner,
            None => break,
        }
    }
    node
}

fn assigned<'a>(function: &'a Function<'a>, node: Node<'a>) -> Option<ValueSet<'a>> {
    let above = node.parent()?;
    let (statement, targets) = match above.kind() {
        Kind::VarSpec => (above, above.children_of(Field::Name).collect::<Vec<_>>()),
        Kind::ExpressionList => {
            let statement = above.parent()?;
            let is_set = matches!(statement.kind(), Kind::ShortVarDeclaration | Kind::AssignmentStatement);
            if !is_set || statement.child(Field::Left) != Some(above) {
                return None;
            }
            (statement, expressions(Some(above)))
        }
        _ => return None,
    };
    let place = targets.iter().position(|it| *it == node)?;
    let right = statement.child(Field::Right).or_else(|| statement.child(Field::Value));
    let values = expressions(right);
    if values.len() == targets.len() {
        let value = unwrapped(*values.get(place)?);
        return Some(ValueSet { function, value, index: 0, next: None, node: statement });
    }
    let value = unwrapped(*values.first()?);
    Some(ValueSet { function, value, index: place, next: targets.get(place + 1).copied(), node: statement })
}
