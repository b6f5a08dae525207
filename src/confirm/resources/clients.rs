//! HTTP clients: what they are made of, and whether a request through them has a limit.

use super::obtained::Obtained;
use super::obtained::called_import;
use super::obtained::imported;
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

/// Bound of the steps from an expression to what makes it.
const MAX_STEPS: u32 = 5;

/// What a client is made of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Making<'a> {
    /// A composite literal, or `new(T)`, and the function that holds it; `None` for the initialiser of a package variable.
    Literal(Node<'a>, Option<&'a Function<'a>>),
    /// `http.DefaultClient`.
    Default,
}

/// All that makes what an expression names; `None` if not all of it is seen.
pub(super) fn makings<'a>(
    package: &'a Package<'a>,
    function: Option<&'a Function<'a>>,
    expression: Node<'a>,
) -> Option<Vec<Making<'a>>> {
    let mut found = Vec::new();
    collect(package, function, expression, MAX_STEPS, &mut found)?;
    (!found.is_empty()).then_some(found)
}

fn collect<'a>(
    package: &'a Package<'a>,
    function: Option<&'a Function<'a>>,
    expression: Node<'a>,
    steps: u32,
    found: &mut Vec<Making<'a>>,
) -> Option<()> {
    let steps = steps.checked_sub(1)?;
    match expression.kind() {
        Kind::CompositeLiteral => found.push(Making::Literal(expression, function)),
        Kind::UnaryExpression => {
            return collect(package, function, expression.child(Field::Operand)?, steps, found);
        }
        Kind::ParenthesizedExpression | Kind::LiteralElement => {
            return collect(package, function, expression.nth(0)?, steps, found);
        }
        Kind::CallExpression => {
            let function = function?;
            if expression.child(Field::Function)?.text() == "new" {
                found.push(Making::Literal(expression, Some(function)));
                return Some(());
            }
            let callee = package.callee(function, expression)?;
            for node in callee.node.own().filter(|it| it.kind() == Kind::ReturnStatement) {
                let result = node.nth(0)?;
                let result = if result.kind() == Kind::ExpressionList { result.nth(0)? } else { result };
                if result.kind() != Kind::Nil {
                    collect(package, Some(callee), result, steps, found)?;
                }
            }
        }
        Kind::Identifier | Kind::SelectorExpression => {
            let Some(function) = function else { return of_variable(package, expression, steps, found) };
            match package.object(function, expression) {
                Object::Extern { import: "net/http", name: "DefaultClient" } => found.push(Making::Default),
                Object::Local { .. } => {
                    let local = package.lookup(function, expression.text(), expression.start())?;
                    if local.kind != DeclarationKind::Variable || local.names != 1 {
                        return None;
                    }
                    // `var c http.Client` is a literal without fields.
                    collect(package, Some(function), local.value?, steps, found)?;
                }
                Object::PackageVariable(_) => return of_variable(package, expression, steps, found),
                Object::Field { owner, name } => return of_field(package, owner, name, steps, found),
                Object::AnyField(_) | Object::Embedded(_) | Object::Extern { .. } | Object::Expression(_) => {
                    return None;
                }
            }
        }
        _ => return None,
    }
    Some(())
}

fn of_variable<'a>(
    package: &'a Package<'a>,
    name: Node<'a>,
    steps: u32,
    found: &mut Vec<Making<'a>>,
) -> Option<()> {
    let variable = package.variable(name.text())?;
    collect(package, None, variable.value?, steps, found)
}

/// A field gets its value in literals and assignments of its package.
fn of_field<'a>(
    package: &'a Package<'a>,
    owner: &str,
    name: &str,
    steps: u32,
    found: &mut Vec<Making<'a>>,
) -> Option<()> {
    // Other packages can set an exported field.
    if name.starts_with(char::is_uppercase) {
        return None;
    }
    let is_it = |function: &'a Function<'a>, node: Node<'a>| matches!(package.object(function, node), Object::Field { owner: of, name: it } if of == owner && it == name);
    let place = package.fields_of(owner).position(|it| it.name == name);
    for function in &package.functions {
        let index = function.index();
        for literal in &index.literals {
            let type_ = literal.child(Field::Type).and_then(crate::code::base_type);
            if type_ != Some(owner) {
                continue;
            }
            let elements = literal.child(Field::Body).into_iter().flat_map(Node::children);
            for (at, element) in elements.enumerate() {
                let value = match element.kind() {
                    Kind::KeyedElement => {
                        let key = element.child(Field::Key).map(Node::text);
                        element.child(Field::Value).filter(|_| key == Some(name))
                    }
                    _ => Some(element).filter(|_| Some(at) == place),
                };
                if let Some(value) = value {
                    collect(package, Some(function), value, steps, found)?;
                }
            }
        }
        for node in index.selectors.get(name).into_iter().flatten() {
            let list = node.parent().filter(|it| it.kind() == Kind::ExpressionList);
            let Some(statement) = list.and_then(Node::parent) else { continue };
            if statement.kind() == Kind::AssignmentStatement
                && statement.child(Field::Left) == list
                && is_it(function, *node)
            {
                let right = statement.child(Field::Right).filter(|it| it.children().count() == 1)?;
                collect(package, Some(function), right.nth(0)?, steps, found)?;
            }
        }
    }
    Some(())
}

/// The value of a field in a composite literal; `None` if it is not set there.
pub(super) fn field_value<'a>(literal: Node<'a>, name: &str) -> Option<Node<'a>> {
    let elements = literal.child(Field::Body).into_iter().flat_map(Node::children);
    let mut keyed = elements.filter(|it| it.kind() == Kind::KeyedElement);
    let element = keyed.find(|it| it.child(Field::Key).is_some_and(|key| key.text() == name))?;
    element.child(Field::Value)
}

/// Whether a literal sets a field to something that is not zero.
pub(super) fn sets(literal: Node<'_>, name: &str) -> bool {
    field_value(literal, name).is_some_and(|it| it.text() != "0")
}

/// Whether an assignment of the package sets a field of that name of anything: `srv.ReadTimeout = …`.
pub(super) fn is_assigned(package: &Package<'_>, name: &str) -> bool {
    package.functions.iter().any(|function| {
        let nodes = function.index().selectors.get(name).into_iter().flatten();
        nodes.filter_map(|it| it.parent()).any(|list| {
            list.kind() == Kind::ExpressionList
                && list.parent().is_some_and(|it| {
                    it.kind() == Kind::AssignmentStatement && it.child(Field::Left) == Some(list)
                })
        })
    })
}

/// Whether names tell that an expression is an `http.Client`.
pub(super) fn is_client<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    expression: Node<'a>,
) -> bool {
    package.type_of(function, expression) == Some("http.Client")
        || imported(package, function, expression) == Some(("net/http", "DefaultClient"))
}

/// Whether a client has a timeout of its own; `None` if not all that makes it is seen.
pub(super) fn timeout_of<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    client: Node<'a>,
) -> Option<bool> {
    let makings = makings(package, Some(function), client)?;
    let has_timeout = |it: &Making<'a>| match it {
        Making::Literal(literal, _) => sets(*literal, "Timeout"),
        Making::Default => false,
    };
    if makings.iter().all(has_timeout) || is_assigned(package, "Timeout") {
        return Some(true);
    }
    Some(false).filter(|_| !makings.iter().any(has_timeout))
}

/// The call that makes the request of a `Do`; `None` if it is not seen.
pub(super) fn request_of<'a>(obtained: &Obtained<'a>) -> Option<Node<'a>> {
    request_made(obtained.package, obtained.function, obtained.call)
}

/// The call that makes the request that a call sends.
pub(super) fn request_made<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    call: Node<'a>,
) -> Option<Node<'a>> {
    if !matches!(called_name(call), Some("Do" | "RoundTrip")) {
        return None;
    }
    let argument = arguments(call).next()?;
    let mut made = match argument.kind() {
        Kind::Identifier => package.lookup(function, argument.text(), argument.start())?.value?,
        _ => argument,
    };
    // `req = req.WithContext(ctx)` makes the context of another call.
    let sets = function.index().calls("WithContext");
    if let Some(with) = sets.iter().rev().find(|it| it.start() < call.start()) {
        let of = operand(*with).map(Node::text);
        if of == Some(argument.text()) {
            made = *with;
        }
    }
    let is_request = called_import(package, function, made).is_some_and(|(import, _)| import == "net/http")
        || called_name(made) == Some("WithContext");
    is_request.then_some(made)
}
