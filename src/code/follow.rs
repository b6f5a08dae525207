//! Follows an object from each place that names it to the other names that it has.

use super::declaration::Declaration;
use super::declaration::DeclarationKind;
use super::function::Function;
use super::object::Object;
use super::op::OpKind;
use super::query::arguments;
use super::query::base_type;
use super::query::call_name;
use super::query::expressions;
use super::query::make_of;
use super::uses::EscapeKind;
use super::uses::MAX_HOPS;
use super::uses::Make;
use super::uses::Uses;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

impl<'a> Uses<'a> {
    /// Whether other packages may call a function; a method also through an interface.
    pub(super) fn is_exported(&self, function: &Function<'a>) -> bool {
        let may_be_outside = self.package.is_importable() || function.receiver.is_some();
        may_be_outside && function.name.starts_with(char::is_uppercase)
    }

    pub(super) fn follow_local(&mut self, file: &str, at: u32) {
        let holds = |it: &Function<'a>| it.file.path() == file && it.node.start() <= at && at < it.node.end();
        let Some(function) = self.package.functions.iter().copied().find(|it| holds(it)) else { return };
        let declared = self.package.declarations(function).iter().find(|it| it.at.start() == at);
        let Some(declared) = declared else { return };
        if self.is_forward {
            return;
        }
        match declared.kind {
            DeclarationKind::Variable => {
                if let Some(value) = declared.value {
                    self.follow_value(function, value, declared.index, MAX_HOPS);
                }
            }
            DeclarationKind::Parameter | DeclarationKind::Receiver => {
                self.follow_parameter(function, declared)
            }
            DeclarationKind::Ranged | DeclarationKind::Received | DeclarationKind::Switched => {
                let statement = declared.statement;
                self.escape(EscapeKind::From, Some(function), Some(declared.at), statement.text());
            }
            DeclarationKind::Result => {}
        }
    }

    /// Follows where a value comes from. `index` is its place among the results of a call.
    pub(super) fn follow_value(
        &mut self,
        function: &'a Function<'a>,
        value: Node<'a>,
        index: usize,
        hops: u32,
    ) {
        if self.is_forward {
            return;
        }
        let Some(hops) = hops.checked_sub(1) else {
            return self.escape(EscapeKind::From, Some(function), Some(value), value.text());
        };
        let mut value = value;
        while matches!(value.kind(), Kind::ParenthesizedExpression | Kind::LiteralElement) {
            match value.nth(0) {
                Some(inner) => value = inner,
                None => return,
            }
        }
        if let Some((node, capacity)) = make_of(value) {
            return self.makes.push(Make { node, capacity, function: Some(function) });
        }
        match value.kind() {
            Kind::Nil | Kind::CompositeLiteral => {}
            Kind::Identifier | Kind::SelectorExpression => {
                let object = self.package.object(function, value);
                self.add(object);
            }
            Kind::UnaryExpression if value.operator() == Operator::Address => {
                if let Some(operand) = value.child(Field::Operand) {
                    self.follow_value(function, operand, 0, hops);
                }
            }
            Kind::CallExpression if self.is_conversion(value) => {
                if let Some(operand) = arguments(value).next() {
                    self.follow_value(function, operand, 0, hops);
                }
            }
            Kind::TypeConversionExpression => {
                if let Some(operand) = value.child(Field::Operand) {
                    self.follow_value(function, operand, 0, hops);
                }
            }
            Kind::CallExpression => match self.package.callee(function, value) {
                Some(callee) => {
                    for node in callee.node.own().filter(|it| it.kind() == Kind::ReturnStatement) {
                        let results = expressions(node.nth(0));
                        if let Some(result) = results.get(index) {
                            self.follow_value(callee, *result, 0, hops);
                        }
                    }
                }
                None => {
                    let name = call_name(value).unwrap_or("");
                    self.escape(EscapeKind::FromCall, Some(function), Some(value), name);
                }
            },
            _ => self.escape(EscapeKind::From, Some(function), Some(value), value.text()),
        }
    }

    pub(super) fn follow_parameter(&mut self, function: &'a Function<'a>, declared: &Declaration<'a>) {
        let Some(owner) = declared.owner else { return };
        if owner.kind() == Kind::FuncLiteral {
            let call = owner
                .parent()
                .filter(|it| it.kind() == Kind::CallExpression && it.child(Field::Function) == Some(owner));
            return match call.and_then(|call| arguments(call).nth(declared.index)) {
                Some(argument) => self.follow_value(function, argument, 0, MAX_HOPS),
                None => self.escape(EscapeKind::Parameter, Some(function), Some(declared.at), declared.name),
            };
        }
        if declared.kind == DeclarationKind::Receiver {
            return self.escape(EscapeKind::Receiver, Some(function), Some(declared.at), declared.name);
        }
        let mut is_called = false;
        for (caller, call) in self.package.calls_of(function) {
            if let Some(argument) = arguments(call).nth(declared.index) {
                is_called = true;
                self.follow_value(caller, argument, 0, MAX_HOPS);
            }
        }
        if self.is_exported(function) || !is_called || self.package.is_value(function) {
            self.escape(EscapeKind::Parameter, Some(function), Some(declared.at), declared.name);
        }
    }

    /// Whether a call converts to a type of this package: the object stays what it is.
    pub(super) fn is_conversion(&self, call: Node<'a>) -> bool {
        let type_ = call.child(Field::Function).filter(|it| it.kind() == Kind::Identifier);
        let is_type = type_.is_some_and(|it| self.package.type_named(it.text()).is_some());
        is_type && arguments(call).count() == 1
    }

    pub(super) fn follow_use(&mut self, function: &'a Function<'a>, node: Node<'a>, object: Object<'a>) {
        if node.kind() == Kind::KeyedElement {
            if let Some(value) = node.child(Field::Value) {
                self.follow_value(function, value, 0, MAX_HOPS);
            }
            return;
        }
        if node.kind() == Kind::LiteralElement && matches!(object, Object::Field { .. }) {
            return self.follow_value(function, node, 0, MAX_HOPS);
        }
        // The outermost expression that still is the object.
        let mut child = node;
        let Some(mut parent) = node.parent() else { return };
        loop {
            let is_same = match parent.kind() {
                Kind::ParenthesizedExpression | Kind::LiteralElement => true,
                Kind::UnaryExpression => matches!(parent.operator(), Operator::Address | Operator::Times),
                Kind::ArgumentList => parent.parent().is_some_and(|it| self.is_conversion(it)),
                Kind::CallExpression => child.kind() == Kind::ArgumentList && self.is_conversion(parent),
                Kind::TypeConversionExpression => child.field() == Field::Operand,
                _ => false,
            };
            match parent.parent() {
                Some(above) if is_same => (child, parent) = (parent, above),
                _ => break,
            }
        }
        match parent.kind() {
            Kind::SendStatement if parent.child(Field::Channel) == Some(child) => {
                self.operation(OpKind::Send, parent, function);
            }
            Kind::SendStatement => self.escape(EscapeKind::Sent, Some(function), Some(parent), parent.text()),
            Kind::UnaryExpression if parent.operator() == Operator::Receive => {
                self.operation(OpKind::Receive, parent, function);
            }
            Kind::RangeClause if parent.child(Field::Right) == Some(child) => {
                self.operation(OpKind::Range, parent, function);
            }
            Kind::SelectorExpression if parent.child(Field::Operand) == Some(child) => {
                let name = parent.child(Field::Selected).map_or("", Node::text);
                let call = parent.parent().filter(|it| {
                    it.kind() == Kind::CallExpression && it.child(Field::Function) == Some(parent)
                });
                self.operation(OpKind::Method(name), call.unwrap_or(parent), function);
            }
            Kind::CallExpression if parent.child(Field::Function) == Some(child) => {
                self.operation(OpKind::Call, parent, function);
            }
            Kind::ArgumentList => self.follow_argument(function, parent, child),
            Kind::ExpressionList => self.follow_list(function, parent, child, node),
            Kind::KeyedElement => self.follow_element(function, parent),
            Kind::LiteralValue => self.follow_positional(function, parent, child),
            Kind::ReturnStatement => self.follow_return(function, node, 0),
            Kind::BinaryExpression
            | Kind::ShortVarDeclaration
            | Kind::VarSpec
            | Kind::ParameterDeclaration
            | Kind::ReceiveStatement
            | Kind::RangeClause
            | Kind::AssignmentStatement
            | Kind::IncStatement
            | Kind::DecStatement
            | Kind::CommunicationCase => {}
            Kind::IndexExpression => {
                self.escape(EscapeKind::Kept, Some(function), Some(parent), parent.text())
            }
            _ => self.escape(EscapeKind::Other, Some(function), Some(parent), parent.text()),
        }
    }

    pub(super) fn follow_argument(&mut self, function: &'a Function<'a>, list: Node<'a>, child: Node<'a>) {
        let Some(call) = list.parent() else { return };
        let index = list.children().position(|it| it == child).unwrap_or(0);
        let name = call_name(call).unwrap_or("");
        match name {
            "close" => return self.operation(OpKind::Close, call, function),
            "len" | "cap" => return self.operation(OpKind::Length, call, function),
            "signal.Notify" => return self.operation(OpKind::Notify, call, function),
            "signal.Stop" => return self.operation(OpKind::StopNotify, call, function),
            "append" => return self.escape(EscapeKind::Kept, Some(function), Some(call), call.text()),
            "panic" | "copy" | "delete" => return,
            _ if name.starts_with("fmt.Print") || name.starts_with("log.Print") => return,
            _ => {}
        }
        let is_parameter = |it: &&Declaration<'a>, owner: Node<'a>| {
            it.owner == Some(owner) && it.kind == DeclarationKind::Parameter && it.index == index
        };
        let literal = call.child(Field::Function).filter(|it| it.kind() == Kind::FuncLiteral);
        let callee = self.package.callee(function, call);
        let (holder, owner) = match (literal, callee) {
            (Some(literal), _) => (function, literal),
            (None, Some(callee)) => (callee, callee.node),
            (None, None) => return self.escape(EscapeKind::Passed, Some(function), Some(call), name),
        };
        match self.package.declarations(holder).iter().find(|it| is_parameter(it, owner)) {
            Some(parameter) => self.add_local(holder, parameter.at),
            None if literal.is_none() && !takes(owner, index) => {
                self.escape(EscapeKind::Passed, Some(function), Some(call), name);
            }
            None => {}
        }
    }

    /// The object is one of several expressions: of an assignment, a declaration or a return.
    pub(super) fn follow_list(
        &mut self,
        function: &'a Function<'a>,
        list: Node<'a>,
        child: Node<'a>,
        node: Node<'a>,
    ) {
        let Some(statement) = list.parent() else { return };
        let index = list.children().position(|it| it == child).unwrap_or(0);
        match statement.kind() {
            Kind::ShortVarDeclaration | Kind::AssignmentStatement | Kind::VarSpec => {
                let targets: Vec<Node<'a>> = match statement.child(Field::Left) {
                    Some(left) => expressions(Some(left)),
                    None => statement.children_of(Field::Name).collect(),
                };
                if statement.child(Field::Left) == Some(list) {
                    if statement.kind() == Kind::AssignmentStatement {
                        self.operation(OpKind::Set, statement, function);
                        let values = expressions(statement.child(Field::Right));
                        if values.len() == targets.len() {
                            if let Some(value) = values.get(index) {
                                self.follow_value(function, *value, 0, MAX_HOPS);
                            }
                        } else if let Some(value) = values.first() {
                            self.follow_value(function, *value, index, MAX_HOPS);
                        }
                    }
                    return;
                }
                let Some(target) = targets.get(index).copied().filter(|it| it.text() != "_") else { return };
                let is_declared = statement.kind() != Kind::AssignmentStatement;
                if target.kind() == Kind::Identifier && is_declared && !function.is_vars() {
                    // `a, err := b` may assign to an `a` of the same scope.
                    let object = self.package.object(function, target);
                    match object {
                        Object::Local { .. } => self.add(object),
                        _ => self.add_local(function, target),
                    }
                } else if target.kind() == Kind::IndexExpression {
                    self.escape(EscapeKind::Kept, Some(function), Some(target), target.text());
                } else {
                    let object = self.package.object(function, target);
                    self.add(object);
                }
            }
            Kind::ReturnStatement => self.follow_return(function, node, index),
            _ => {}
        }
    }

    pub(super) fn follow_element(&mut self, function: &'a Function<'a>, element: Node<'a>) {
        let literal = element.parent().and_then(Node::parent);
        let owner = literal
            .filter(|it| it.kind() == Kind::CompositeLiteral)
            .and_then(|it| it.child(Field::Type))
            .and_then(base_type);
        let field =
            element.child(Field::Key).and_then(|key| self.package.own_field(owner?, key.text())).copied();
        match field {
            Some(field) => self.add(Object::Field { owner: field.owner, name: field.name }),
            None => {
                let text = literal.map_or("", Node::text);
                self.escape(EscapeKind::Kept, Some(function), Some(element), text);
            }
        }
    }

    pub(super) fn follow_positional(&mut self, function: &'a Function<'a>, value: Node<'a>, child: Node<'a>) {
        let literal = value.parent();
        let owner = literal
            .filter(|it| it.kind() == Kind::CompositeLiteral)
            .and_then(|it| it.child(Field::Type))
            .and_then(base_type);
        let index = value.children().position(|it| it.contains(child));
        let field = owner.and_then(|owner| self.package.fields_of(owner).nth(index?)).copied();
        match field {
            Some(field) => self.add(Object::Field { owner: field.owner, name: field.name }),
            None => {
                let text = literal.map_or("", Node::text);
                self.escape(EscapeKind::Kept, Some(function), Some(value), text);
            }
        }
    }

    pub(super) fn follow_return(&mut self, function: &'a Function<'a>, node: Node<'a>, index: usize) {
        if node.function().is_some_and(|it| it.kind() == Kind::FuncLiteral) {
            return self.escape(EscapeKind::Returned, Some(function), Some(node), "a closure");
        }
        let calls = self.package.calls_of(function);
        for (caller, call) in &calls {
            let Some(parent) = call.parent() else { continue };
            match parent.kind() {
                Kind::ExpressionList => self.follow_result(caller, parent, *call, index),
                Kind::UnaryExpression if parent.operator() == Operator::Receive => {
                    self.operation(OpKind::Receive, parent, caller);
                }
                Kind::RangeClause => self.operation(OpKind::Range, parent, caller),
                Kind::ExpressionStatement => {}
                _ => self.escape(EscapeKind::Returned, Some(caller), Some(*call), parent.text()),
            }
        }
        if self.is_exported(function) || calls.is_empty() || self.package.is_value(function) {
            self.escape(EscapeKind::Returned, Some(function), Some(node), function.name);
        }
    }

    /// A call whose result is the object is assigned.
    pub(super) fn follow_result(
        &mut self,
        caller: &'a Function<'a>,
        list: Node<'a>,
        call: Node<'a>,
        index: usize,
    ) {
        let Some(statement) = list.parent() else { return };
        if !matches!(statement.kind(), Kind::ShortVarDeclaration | Kind::AssignmentStatement | Kind::VarSpec)
        {
            return self.escape(EscapeKind::Returned, Some(caller), Some(call), statement.text());
        }
        let targets: Vec<Node<'a>> = match statement.child(Field::Left) {
            Some(left) => expressions(Some(left)),
            None => statement.children_of(Field::Name).collect(),
        };
        let is_alone = list.children().count() == 1;
        let index = if is_alone { index } else { list.children().position(|it| it == call).unwrap_or(0) };
        let Some(target) = targets.get(index).copied().filter(|it| it.text() != "_") else { return };
        let object = self.package.object(caller, target);
        match object {
            Object::Expression(_) if statement.kind() != Kind::AssignmentStatement => {
                self.add_local(caller, target);
            }
            _ => self.add(object),
        }
    }
}

/// Whether a function has a parameter at an index, named or not.
fn takes(function: Node<'_>, index: usize) -> bool {
    let parameters = function.child(Field::Parameters).into_iter().flat_map(Node::children);
    parameters.map(|it| it.children_of(Field::Name).count().max(1)).sum::<usize>() > index
}
