//! Where a value comes from: backward through assignments, fields, parameters and results.

use rustc_hash::FxHashSet;

use super::step::Step;
use crate::code::Declaration;
use crate::code::DeclarationKind;
use crate::code::Function;
use crate::code::Object;
use crate::code::Package;
use crate::code::arguments;
use crate::code::expressions;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

/// Bound of the values that one origin is followed through.
const MAX_VALUES: usize = 200;

/// An expression, and the function that holds it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a> {
    /// The declared function; of the initialiser of a package variable, that `var` declaration.
    pub(super) function: &'a Function<'a>,
    /// The expression.
    pub(super) node: Node<'a>,
    /// Its place among the results, if it is a call.
    pub(super) index: usize,
}

/// Where a value begins, as far as its package shows it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Root<'a> {
    /// A call of a function of another package, or of `make`.
    Call(Value<'a>),
    /// A parameter of a function that other packages can call.
    Given {
        /// The function.
        function: &'a Function<'a>,
        /// The name of the parameter.
        parameter: &'a str,
    },
    /// Anything else.
    Unknown,
}

/// Where a value comes from.
#[derive(Debug, Default)]
pub(super) struct Origins<'a> {
    /// The variables and fields that it goes through, the nearest first.
    pub(super) objects: Vec<Object<'a>>,
    /// Where it begins.
    pub(super) roots: Vec<Root<'a>>,
}

impl Origins<'_> {
    /// Whether all places where it begins are known.
    pub(super) fn is_whole(&self) -> bool {
        !self.roots.iter().any(|it| matches!(it, Root::Unknown))
    }
}

/// Follows an expression backward. `path` holds the calls that lead to it: a parameter is what the call on the path passes.
pub(super) fn origins_of<'a>(package: &'a Package<'a>, value: Value<'a>, path: &[Step<'a>]) -> Origins<'a> {
    let mut search =
        Search { package, path, todo: vec![value], seen: FxHashSet::default(), found: Origins::default() };
    while let Some(value) = search.todo.pop() {
        if search.seen.len() >= MAX_VALUES {
            search.found.roots.push(Root::Unknown);
            break;
        }
        if search.seen.insert((value.node, value.index)) {
            search.follow(value);
        }
    }
    search.found
}

struct Search<'a, 'b> {
    package: &'a Package<'a>,
    path: &'b [Step<'a>],
    todo: Vec<Value<'a>>,
    seen: FxHashSet<(Node<'a>, usize)>,
    found: Origins<'a>,
}

impl<'a> Search<'a, '_> {
    fn unknown(&mut self) {
        self.found.roots.push(Root::Unknown);
    }

    fn follow(&mut self, value: Value<'a>) {
        let Value { function, node, index } = value;
        match (node.kind(), node.operator()) {
            (Kind::ParenthesizedExpression | Kind::LiteralElement, _) => {
                self.todo.extend(node.nth(0).map(|node| Value { node, ..value }));
            }
            (Kind::UnaryExpression, Operator::Address | Operator::Times) => {
                self.todo.extend(node.child(Field::Operand).map(|node| Value { node, ..value }));
            }
            (Kind::Nil, _) => {}
            (Kind::Identifier | Kind::SelectorExpression, _) => self.follow_object(function, node),
            (Kind::CallExpression, _) => match self.package.callee(function, node) {
                Some(callee) => self.follow_results(callee, index),
                None => self.found.roots.push(Root::Call(value)),
            },
            _ => self.unknown(),
        }
    }

    /// What a function of the package returns.
    fn follow_results(&mut self, callee: &'a Function<'a>, index: usize) {
        let returns = callee.node.own().filter(|it| it.kind() == Kind::ReturnStatement);
        for list in returns.map(|it| expressions(it.nth(0))) {
            match (list.as_slice(), list.get(index)) {
                ([only], _) if index > 0 && only.kind() == Kind::CallExpression => {
                    self.todo.push(Value { function: callee, node: *only, index });
                }
                (_, Some(result)) => self.todo.push(Value { function: callee, node: *result, index: 0 }),
                _ => self.unknown(),
            }
        }
    }

    fn follow_object(&mut self, function: &'a Function<'a>, node: Node<'a>) {
        let object = self.package.object(function, node);
        if self.found.objects.contains(&object) {
            return;
        }
        let is_exported = |name: &str| name.starts_with(char::is_uppercase);
        match object {
            Object::Local { at, .. } => {
                let declared = self.package.declarations(function).iter().find(|it| it.at.start() == at);
                match declared {
                    Some(declared) => self.follow_declaration(function, declared),
                    None => self.unknown(),
                }
            }
            Object::PackageVariable(name) => {
                let value = self.package.variable(name).and_then(|it| it.value);
                let holder = value.and_then(|it| self.package.function_of(it));
                if let (Some(node), Some(function)) = (value, holder) {
                    self.todo.push(Value { function, node, index: 0 });
                }
                if is_exported(name) {
                    self.unknown();
                }
            }
            Object::Field { owner, name } => {
                if is_exported(owner) && is_exported(name) {
                    self.unknown();
                }
            }
            Object::AnyField(_) | Object::Embedded(_) | Object::Extern { .. } | Object::Expression(_) => {
                return self.unknown();
            }
        }
        self.found.objects.push(object);
        for value in assigned(self.package, object) {
            self.todo.push(value);
        }
    }

    fn follow_declaration(&mut self, function: &'a Function<'a>, declared: &Declaration<'a>) {
        match declared.kind {
            DeclarationKind::Variable => {
                self.todo.extend(declared.value.map(|node| Value { function, node, index: declared.index }));
            }
            DeclarationKind::Parameter => self.follow_parameter(function, declared),
            DeclarationKind::Result => {}
            DeclarationKind::Receiver
            | DeclarationKind::Ranged
            | DeclarationKind::Received
            | DeclarationKind::Switched => self.unknown(),
        }
    }

    fn follow_parameter(&mut self, function: &'a Function<'a>, declared: &Declaration<'a>) {
        let Some(owner) = declared.owner else { return self.unknown() };
        if let Some(step) = self.path.iter().rev().find(|it| it.callee == owner) {
            return match arguments(step.call).nth(declared.index) {
                Some(node) => self.todo.push(Value { function: step.caller, node, index: 0 }),
                None => self.unknown(),
            };
        }
        if owner.kind() == Kind::FuncLiteral {
            let call = owner
                .parent()
                .filter(|it| it.kind() == Kind::CallExpression && it.child(Field::Function) == Some(owner));
            return match call.and_then(|call| arguments(call).nth(declared.index)) {
                Some(node) => self.todo.push(Value { function, node, index: 0 }),
                None => self.unknown(),
            };
        }
        if function.name.starts_with(char::is_uppercase) {
            self.found.roots.push(Root::Given { function, parameter: declared.name });
        }
        let calls = self.package.calls_of(function);
        for (caller, call) in &calls {
            match arguments(*call).nth(declared.index) {
                Some(node) => self.todo.push(Value { function: caller, node, index: 0 }),
                None => self.unknown(),
            }
        }
        if calls.is_empty() && !function.name.starts_with(char::is_uppercase)
            || self.package.is_value(function)
        {
            self.unknown();
        }
    }
}

/// The values that an object gets other than by its declaration: assignments and composite literals.
fn assigned<'a>(package: &'a Package<'a>, object: Object<'a>) -> Vec<Value<'a>> {
    let mut values = Vec::new();
    for (function, node) in package.occurrences_of(object).iter() {
        match node.kind() {
            Kind::KeyedElement => {
                values.extend(node.child(Field::Value).map(|node| Value { function, node, index: 0 }));
            }
            Kind::LiteralElement => values.push(Value { function, node: *node, index: 0 }),
            _ => {
                let Some(list) = node.parent().filter(|it| it.kind() == Kind::ExpressionList) else {
                    continue;
                };
                let Some(statement) = list.parent() else { continue };
                let is_assigned =
                    matches!(statement.kind(), Kind::AssignmentStatement | Kind::ShortVarDeclaration)
                        && statement.child(Field::Left) == Some(list);
                let is_declared_here = statement.kind() == Kind::ShortVarDeclaration
                    && matches!(object, Object::Local { at, .. } if at == node.start());
                if !is_assigned || is_declared_here {
                    continue;
                }
                let place = list.children().position(|it| it == *node).unwrap_or(0);
                let right = expressions(statement.child(Field::Right));
                let one_each = right.len() == list.children().count();
                let value = if one_each { right.get(place) } else { right.first() };
                let index = if one_each { 0 } else { place };
                values.extend(value.map(|node| Value { function, node: *node, index }));
            }
        }
    }
    values
}
