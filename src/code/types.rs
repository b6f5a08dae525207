//! Types, as far as names tell them.

use super::declaration::DeclarationKind;
use super::file::File;
use super::function::Function;
use super::package::Package;
use super::package::Variable;
use super::query::base_type;
use super::query::unwrapped;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Bound of the steps from an expression to its type.
const MAX_STEPS: u32 = 7;

/// The types of a function's results, one for each.
pub(crate) fn result_types<'a>(function: &Function<'a>) -> Vec<Node<'a>> {
    let Some(result) = function.node.child(Field::Result) else { return Vec::new() };
    if result.kind() != Kind::ParameterList {
        return vec![result];
    }
    let mut types = Vec::new();
    for parameter in result.children().filter(|it| it.kind() == Kind::ParameterDeclaration) {
        let names = parameter.children_of(Field::Name).count().max(1);
        types.extend(std::iter::repeat_n(parameter.child(Field::Type), names).flatten());
    }
    types
}

impl<'a> Package<'a> {
    /// The name of the type of an expression, without pointers; `None` where names do not tell.
    pub(crate) fn type_of(&self, function: &'a Function<'a>, expression: Node<'a>) -> Option<&'a str> {
        if let Some(known) = self.types_of.borrow().get(&expression) {
            return *known;
        }
        let found = self.type_within(function, expression, MAX_STEPS);
        self.types_of.borrow_mut().insert(expression, found);
        found
    }

    /// The type of an expression as it is written, and the file where; `None` where names do not tell.
    pub(crate) fn type_node(
        &self,
        function: &'a Function<'a>,
        expression: Node<'a>,
    ) -> Option<(&'a File<'a>, Node<'a>)> {
        self.type_node_within(function, expression, MAX_STEPS)
    }

    /// The function of this package that a call calls, if names tell it.
    pub(crate) fn callee(&self, function: &'a Function<'a>, call: Node<'a>) -> Option<&'a Function<'a>> {
        if let Some(known) = self.callees.borrow().get(&call) {
            return *known;
        }
        let found = self.callee_within(function, call, MAX_STEPS);
        self.callees.borrow_mut().insert(call, found);
        found
    }

    fn type_within(&self, function: &'a Function<'a>, expression: Node<'a>, steps: u32) -> Option<&'a str> {
        let steps = steps.checked_sub(1)?;
        match expression.kind() {
            Kind::Identifier => {
                let name = expression.text();
                let Some(local) = self.lookup(function, name, expression.start()) else {
                    let variable = self.variable(name)?;
                    return variable.type_.and_then(base_type).or_else(|| self.variable_type(variable));
                };
                if let Some(type_) = local.type_ {
                    return base_type(type_);
                }
                let value = local.value?;
                match local.kind {
                    DeclarationKind::Variable if local.names > 1 && value.kind() == Kind::CallExpression => {
                        let callee = self.callee_within(function, value, steps)?;
                        result_types(callee).get(local.index).copied().and_then(base_type)
                    }
                    DeclarationKind::Variable => self.type_within(function, value, steps),
                    DeclarationKind::Ranged if local.index == 1 => {
                        let (_, type_) = self.type_node_within(function, value, steps)?;
                        element_type(self.underlying(type_)).and_then(base_type)
                    }
                    _ => None,
                }
            }
            Kind::ParenthesizedExpression => self.type_within(function, expression.nth(0)?, steps),
            Kind::UnaryExpression => self.type_within(function, expression.child(Field::Operand)?, steps),
            Kind::CompositeLiteral => expression.child(Field::Type).and_then(base_type),
            Kind::TypeAssertionExpression => expression.child(Field::Type).and_then(base_type),
            Kind::SelectorExpression | Kind::CallExpression | Kind::IndexExpression => {
                self.type_node_within(function, expression, steps).and_then(|(_, type_)| base_type(type_))
            }
            _ => None,
        }
    }

    /// What a type of this package is declared as; any other type itself.
    fn underlying(&self, type_: Node<'a>) -> Node<'a> {
        let named = (type_.kind() == Kind::TypeIdentifier).then(|| self.type_named(type_.text())).flatten();
        named.map_or(type_, |(_, declared)| declared)
    }

    /// The type of a package variable from its initialiser.
    fn variable_type(&self, variable: &Variable<'a>) -> Option<&'a str> {
        let mut value = variable.value?;
        while matches!(value.kind(), Kind::UnaryExpression | Kind::ParenthesizedExpression) {
            value = value.child(Field::Operand).or_else(|| value.nth(0))?;
        }
        if value.kind() == Kind::CompositeLiteral {
            return value.child(Field::Type).and_then(base_type);
        }
        let called = value.child(Field::Function).filter(|it| it.kind() == Kind::Identifier)?;
        if called.text() == "new" {
            return value.child(Field::Arguments)?.nth(0).and_then(base_type);
        }
        result_types(self.function(called.text())?).first().copied().and_then(base_type)
    }

    fn type_node_within(
        &self,
        function: &'a Function<'a>,
        expression: Node<'a>,
        steps: u32,
    ) -> Option<(&'a File<'a>, Node<'a>)> {
        let steps = steps.checked_sub(1)?;
        match expression.kind() {
            Kind::Identifier => {
                let name = expression.text();
                let Some(local) = self.lookup(function, name, expression.start()) else {
                    let variable = self.variable(name)?;
                    return variable
                        .type_
                        .or_else(|| made_type(variable.value?))
                        .map(|it| (variable.file, it));
                };
                if let Some(type_) = local.type_ {
                    return Some((function.file, type_));
                }
                let is_plain = local.kind == DeclarationKind::Variable && local.names == 1;
                self.type_node_within(function, local.value.filter(|_| is_plain)?, steps)
            }
            Kind::SelectorExpression => {
                let owner = self.type_within(function, expression.child(Field::Operand)?, steps)?;
                let field = self.field(owner, expression.child(Field::Selected)?.text())?;
                field.type_.map(|it| (field.file, it))
            }
            Kind::CallExpression => {
                if let Some(type_) = made_type(expression) {
                    return Some((function.file, type_));
                }
                let callee = self.callee_within(function, expression, steps)?;
                result_types(callee).first().map(|it| (callee.file, *it))
            }
            Kind::IndexExpression => {
                let (file, type_) =
                    self.type_node_within(function, expression.child(Field::Operand)?, steps)?;
                element_type(self.underlying(type_)).map(|it| (file, it))
            }
            Kind::ParenthesizedExpression => self.type_node_within(function, expression.nth(0)?, steps),
            Kind::UnaryExpression => {
                self.type_node_within(function, expression.child(Field::Operand)?, steps)
            }
            Kind::CompositeLiteral | Kind::TypeAssertionExpression => {
                expression.child(Field::Type).map(|it| (function.file, it))
            }
            _ => None,
        }
    }

    fn callee_within(
        &self,
        function: &'a Function<'a>,
        call: Node<'a>,
        steps: u32,
    ) -> Option<&'a Function<'a>> {
        let steps = steps.checked_sub(1)?;
        let called = unwrapped(call.child(Field::Function)?);
        match called.kind() {
            Kind::Identifier => {
                let name = called.text();
                if self.lookup(function, name, called.start()).is_some() {
                    return None;
                }
                self.function(name)
            }
            Kind::SelectorExpression => {
                let operand = called.child(Field::Operand)?;
                let name = called.child(Field::Selected)?.text();
                if let Some(owner) = self.type_within(function, operand, steps) {
                    return self.method(owner, name);
                }
                let is_import = operand.kind() == Kind::Identifier
                    && function.file.import(operand.text()).is_some()
                    && self.lookup(function, operand.text(), operand.start()).is_none();
                if is_import || name.starts_with(char::is_uppercase) {
                    return None;
                }
                // Only one method of the package has this unexported name.
                let mut methods = self.functions_named(name).iter().filter(|it| it.receiver.is_some());
                match (methods.next(), methods.next()) {
                    (Some(only), None) => Some(only),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// The type in `make(T, …)` or `new(T)`.
fn made_type(call: Node<'_>) -> Option<Node<'_>> {
    let called = call.child(Field::Function).filter(|it| it.kind() == Kind::Identifier)?;
    if !matches!(called.text(), "make" | "new") {
        return None;
    }
    call.child(Field::Arguments)?.nth(0)
}

/// The type of the elements of a slice, an array or a map.
fn element_type(type_: Node<'_>) -> Option<Node<'_>> {
    match type_.kind() {
        Kind::SliceType | Kind::ArrayType => type_.child(Field::Element),
        Kind::MapType => type_.child(Field::Value),
        _ => None,
    }
}
