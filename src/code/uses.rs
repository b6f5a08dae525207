//! All uses of a channel, lock, wait group or context, under all names that it goes by.

use std::rc::Rc;

use super::function::Function;
use super::object::Object;
use super::op::Op;
use super::op::OpKind;
use super::package::Package;
use super::query::arguments;
use super::query::call_name;
use super::query::called_name;
use super::scope::Declaration;
use super::scope::DeclarationKind;
use super::scope::expressions;
use super::types::base_type;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

/// A place where an object is named, and the function that holds it.
pub(crate) type Occurrence<'a> = (&'a Function<'a>, Node<'a>);

/// Bound of the names that one object is followed through.
const MAX_OBJECTS: usize = 256;

/// Bound of the calls that a value is followed through.
const MAX_HOPS: u32 = 5;

/// How an object gets away from what can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EscapeKind {
    /// What it is called names nothing that is known.
    Unknown,
    /// Other packages can name it.
    Exported,
    /// It gets its value from an expression that is not followed.
    From,
    /// It gets its value from a call that is not followed.
    FromCall,
    /// It is a parameter, and not all callers are seen.
    Parameter,
    /// It is the receiver of a method.
    Receiver,
    /// It is kept in a map, a slice or an object that is not followed.
    Kept,
    /// It is passed to a function of another package, or to a function value.
    Passed,
    /// It is sent on a channel.
    Sent,
    /// A function returns it to callers that are not all seen.
    Returned,
    /// It is used in some other way.
    Other,
}

/// A place where an object gets away.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Escape<'a> {
    /// How.
    pub(crate) kind: EscapeKind,
    /// The function that holds the place; `None` if there is no one place.
    pub(crate) function: Option<&'a Function<'a>>,
    /// The place.
    pub(crate) node: Option<Node<'a>>,
    /// The name or expression that takes it.
    pub(crate) text: &'a str,
}

/// A `make` of a channel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Make<'a> {
    /// The call of `make`.
    pub(crate) node: Node<'a>,
    /// Its second argument; `None` without one.
    pub(crate) capacity: Option<&'a str>,
    /// The function that makes it; `None` for the initialiser of a package variable.
    pub(crate) function: Option<&'a Function<'a>>,
}

impl Make<'_> {
    /// Whether the channel has a buffer.
    pub(crate) fn has_room(&self) -> bool {
        self.capacity.is_some_and(|it| it != "0")
    }
}

/// An object with everything that is done to it in its package.
#[derive(Debug)]
pub(crate) struct Uses<'a> {
    package: &'a Package<'a>,
    /// The names that it goes by.
    pub(crate) objects: Vec<Object<'a>>,
    /// What is done to it. A place may occur more than once: [`Uses::of`] gives each once.
    pub(crate) operations: Vec<Op<'a>>,
    /// Where it gets away. Empty means that the package shows all that can happen to it.
    pub(crate) escapes: Vec<Escape<'a>>,
    /// Where it is made.
    pub(crate) makes: Vec<Make<'a>>,
    todo: Vec<Object<'a>>,
    /// Whether the places that an object gets its value from are left out.
    is_forward: bool,
}

impl<'a> Uses<'a> {
    /// Follows the object that an expression names.
    pub(crate) fn of_expression(
        package: &'a Package<'a>,
        function: &'a Function<'a>,
        expression: Node<'a>,
    ) -> Self {
        Uses::of_object(package, package.object(function, expression))
    }

    /// Follows an object.
    pub(crate) fn of_object(package: &'a Package<'a>, object: Object<'a>) -> Self {
        Uses::follow_all(package, &[object], false)
    }

    /// Follows objects to where they are used, and not to where they get their values from. A parameter is not taken for what other
    /// callers pass.
    pub(crate) fn forward(package: &'a Package<'a>, objects: &[Object<'a>]) -> Self {
        Uses::follow_all(package, objects, true)
    }

    fn follow_all(package: &'a Package<'a>, objects: &[Object<'a>], is_forward: bool) -> Self {
        let mut uses = Uses {
            package,
            objects: Vec::new(),
            operations: Vec::new(),
            escapes: Vec::new(),
            makes: Vec::new(),
            todo: Vec::new(),
            is_forward,
        };
        for object in objects {
            uses.add(*object);
        }
        while let Some(object) = uses.todo.pop() {
            uses.follow(object);
        }
        if !package.is_whole {
            uses.escape(EscapeKind::Unknown, None, None, "a file of the package was not read");
        }
        uses
    }

    /// The package that it is followed in.
    pub(crate) fn package(&self) -> &'a Package<'a> {
        self.package
    }

    /// The operations of a kind, each once, in order of files and lines.
    pub(crate) fn of(&self, wanted: impl Fn(OpKind<'a>) -> bool) -> Vec<Op<'a>> {
        let mut found: Vec<Op<'a>> = Vec::new();
        for op in self.operations.iter().filter(|it| wanted(it.kind)) {
            if !found.iter().any(|it| it.node == op.node && it.kind == op.kind) {
                found.push(*op);
            }
        }
        found.sort_by_key(|it| (it.path(), it.node.start()));
        found
    }

    /// The sends.
    pub(crate) fn sends(&self) -> Vec<Op<'a>> {
        self.of(|kind| kind == OpKind::Send)
    }

    /// The receives, range loops among them.
    pub(crate) fn receives(&self) -> Vec<Op<'a>> {
        self.of(|kind| matches!(kind, OpKind::Receive | OpKind::Range))
    }

    /// The calls of a method.
    pub(crate) fn methods(&self, name: &str) -> Vec<Op<'a>> {
        self.of(|kind| matches!(kind, OpKind::Method(it) if it == name))
    }

    /// The closes.
    pub(crate) fn closes(&self) -> Vec<Op<'a>> {
        self.of(|kind| kind == OpKind::Close)
    }

    /// Whether the package shows all that can happen to it.
    pub(crate) fn is_closed_world(&self) -> bool {
        self.escapes.is_empty()
    }

    fn add(&mut self, object: Object<'a>) {
        if !self.objects.contains(&object) {
            if self.objects.len() >= MAX_OBJECTS {
                self.escape(EscapeKind::Unknown, None, None, "too many names");
                return;
            }
            self.objects.push(object);
            self.todo.push(object);
        }
    }

    fn add_local(&mut self, function: &'a Function<'a>, name: Node<'a>) {
        self.add(Object::Local { file: function.file.path(), at: name.start(), name: name.text() });
    }

    fn escape(
        &mut self,
        kind: EscapeKind,
        function: Option<&'a Function<'a>>,
        node: Option<Node<'a>>,
        text: &'a str,
    ) {
        self.escapes.push(Escape { kind, function, node, text });
    }

    fn operation(&mut self, kind: OpKind<'a>, node: Node<'a>, function: &'a Function<'a>) {
        self.operations.push(Op::new(kind, node, function));
    }

    fn follow(&mut self, object: Object<'a>) {
        let is_importable = self.package.is_importable();
        let is_exported = |name: &str| is_importable && name.starts_with(char::is_uppercase);
        match object {
            Object::Expression(text) => return self.escape(EscapeKind::Unknown, None, None, text),
            Object::Extern { name, .. } => return self.escape(EscapeKind::Unknown, None, None, name),
            Object::PackageVariable(name) => {
                if let Some(variable) = self.package.variable(name).copied() {
                    if let Some(value) = variable.value {
                        match make_of(value) {
                            Some((node, capacity)) => {
                                self.makes.push(Make { node, capacity, function: None })
                            }
                            None => self.escape(EscapeKind::From, None, Some(value), value.text()),
                        }
                    }
                    if is_exported(name) {
                        self.escape(EscapeKind::Exported, None, Some(variable.spec), name);
                    }
                }
            }
            Object::Field { name, .. } if is_exported(name) => {
                self.escape(EscapeKind::Exported, None, None, name);
            }
            Object::Field { .. } => {}
            Object::Embedded(owner) => {
                if is_exported(owner) {
                    self.escape(EscapeKind::Exported, None, None, owner);
                }
            }
            Object::AnyField(name) => self.escape(EscapeKind::Unknown, None, None, name),
            Object::Local { file, at, .. } => self.follow_local(file, at),
        }
        // What a declaration with a syntax error does is not known.
        let broken = self.package.broken.iter().copied().find(|it| it.text().contains(object.name()));
        if let Some(broken) = broken {
            self.escape(EscapeKind::Unknown, None, Some(broken), "code with a syntax error");
        }
        for (function, node) in self.package.occurrences_of(object).iter() {
            self.follow_use(function, *node, object);
        }
    }

    /// Whether other packages may call a function; a method also through an interface.
    fn is_exported(&self, function: &Function<'a>) -> bool {
        let may_be_outside = self.package.is_importable() || function.receiver.is_some();
        may_be_outside && function.name.starts_with(char::is_uppercase)
    }

    fn follow_local(&mut self, file: &str, at: u32) {
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
    fn follow_value(&mut self, function: &'a Function<'a>, value: Node<'a>, index: usize, hops: u32) {
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

    fn follow_parameter(&mut self, function: &'a Function<'a>, declared: &Declaration<'a>) {
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
    fn is_conversion(&self, call: Node<'a>) -> bool {
        let type_ = call.child(Field::Function).filter(|it| it.kind() == Kind::Identifier);
        let is_type = type_.is_some_and(|it| self.package.type_named(it.text()).is_some());
        is_type && arguments(call).count() == 1
    }

    fn follow_use(&mut self, function: &'a Function<'a>, node: Node<'a>, object: Object<'a>) {
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
                let name = parent.child(Field::FieldName).map_or("", Node::text);
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

    fn follow_argument(&mut self, function: &'a Function<'a>, list: Node<'a>, child: Node<'a>) {
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
    fn follow_list(&mut self, function: &'a Function<'a>, list: Node<'a>, child: Node<'a>, node: Node<'a>) {
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

    fn follow_element(&mut self, function: &'a Function<'a>, element: Node<'a>) {
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

    fn follow_positional(&mut self, function: &'a Function<'a>, value: Node<'a>, child: Node<'a>) {
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

    fn follow_return(&mut self, function: &'a Function<'a>, node: Node<'a>, index: usize) {
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
    fn follow_result(&mut self, caller: &'a Function<'a>, list: Node<'a>, call: Node<'a>, index: usize) {
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

/// The call and the capacity, if an expression is `make(chan …)`.
fn make_of(expression: Node<'_>) -> Option<(Node<'_>, Option<&str>)> {
    let mut expression = expression;
    while matches!(expression.kind(), Kind::ParenthesizedExpression | Kind::LiteralElement) {
        expression = expression.nth(0)?;
    }
    if call_name(expression) != Some("make") {
        return None;
    }
    let mut arguments = arguments(expression);
    arguments.next().filter(|it| it.kind() == Kind::ChannelType)?;
    Some((expression, arguments.next().map(Node::text)))
}

impl<'a> Package<'a> {
    /// The calls of a function in its package, each with the function that holds it.
    pub(crate) fn calls_of(&self, function: &'a Function<'a>) -> Vec<Occurrence<'a>> {
        let mut found = Vec::new();
        for holder in &self.functions {
            for call in holder.index().calls(function.name) {
                if self.callee(holder, *call) == Some(function) {
                    found.push((*holder, *call));
                }
            }
        }
        found
    }

    /// Whether a function is used other than by calling it: then not all its callers are seen.
    pub(crate) fn is_value(&self, function: &'a Function<'a>) -> bool {
        let is_called = |node: Node<'a>| {
            node.parent().is_some_and(|it| {
                it.kind() == Kind::CallExpression && it.child(Field::Function) == Some(node)
            })
        };
        self.functions.iter().any(|holder| {
            let index = holder.index();
            let nodes = match function.receiver {
                Some(_) => index.selectors.get(function.name),
                None => index.identifiers.get(function.name),
            };
            nodes.into_iter().flatten().any(|node| match function.receiver {
                Some(receiver) => {
                    !is_called(*node)
                        && node
                            .child(Field::Operand)
                            .is_some_and(|it| self.type_of(holder, it).is_none_or(|of| of == receiver))
                        && self.fields_named(function.name).next().is_none()
                }
                None => {
                    let is_generic_call = node.parent().is_some_and(|it| {
                        matches!(it.kind(), Kind::IndexExpression | Kind::TypeInstantiationExpression)
                            && called_name_of(it) == Some(function.name)
                    });
                    !is_called(*node)
                        && !is_generic_call
                        && node.field() != Field::Name
                        && self.lookup(holder, function.name, node.start()).is_none()
                }
            })
        })
    }

    /// Where an object is named, in order of files and lines.
    pub(crate) fn occurrences_of(&self, object: Object<'a>) -> Rc<[Occurrence<'a>]> {
        if let Some(known) = self.occurrences.borrow().get(&object) {
            return known.clone();
        }
        let mut found: Vec<Occurrence<'a>> = Vec::new();
        for function in &self.functions {
            match object {
                Object::Local { file, at, name } => {
                    let node = function.node;
                    if function.file.path() == file && node.start() <= at && at < node.end() {
                        self.named(function, name, object, &mut found);
                    }
                }
                Object::PackageVariable(name) => self.named(function, name, object, &mut found),
                Object::Field { owner, name } => {
                    self.fields_used(function, Some(owner), name, object, &mut found)
                }
                Object::AnyField(name) => self.fields_used(function, None, name, object, &mut found),
                Object::Embedded(_) | Object::Extern { .. } | Object::Expression(_) => {}
            }
        }
        found.sort_by_key(|(function, node)| (function.file.path(), node.start()));
        let found: Rc<[Occurrence<'a>]> = found.into();
        self.occurrences.borrow_mut().insert(object, found.clone());
        found
    }

    fn named(
        &self,
        function: &'a Function<'a>,
        name: &str,
        object: Object<'a>,
        found: &mut Vec<Occurrence<'a>>,
    ) {
        for node in function.index().identifiers.get(name).into_iter().flatten() {
            let is_key = node.parent().is_some_and(|it| {
                it.kind() == Kind::LiteralElement && it.field() == Field::Key
                    || it.kind() == Kind::KeyedElement && node.field() == Field::Key
            });
            if !is_key && self.object(function, *node) == object {
                found.push((function, *node));
            }
        }
    }

    fn fields_used(
        &self,
        function: &'a Function<'a>,
        owner: Option<&str>,
        name: &'a str,
        object: Object<'a>,
        found: &mut Vec<Occurrence<'a>>,
    ) {
        let index = function.index();
        for node in index.selectors.get(name).into_iter().flatten() {
            let fits = match self.object(function, *node) {
                same if same == object => true,
                Object::AnyField(_) => true,
                Object::Field { .. } => owner.is_none(),
                _ => false,
            };
            if fits {
                found.push((function, *node));
            }
        }
        let type_of_literal = |it: Node<'a>| it.child(Field::Type).and_then(base_type);
        for node in index.keyed.get(name).into_iter().flatten() {
            let literal =
                node.parent().and_then(Node::parent).filter(|it| it.kind() == Kind::CompositeLiteral);
            if literal.is_some_and(|it| owner.is_none() || type_of_literal(it) == owner) {
                found.push((function, *node));
            }
        }
        let Some(owner) = owner else { return };
        let Some(place) = self.fields_of(owner).position(|it| it.name == name) else { return };
        for literal in index.literals.iter().filter(|it| type_of_literal(**it) == Some(owner)) {
            let elements = literal.child(Field::Body).into_iter().flat_map(Node::children);
            if let Some(element) = elements.clone().nth(place).filter(|it| it.kind() == Kind::LiteralElement)
            {
                found.push((function, element));
            }
        }
    }
}

fn called_name_of(node: Node<'_>) -> Option<&str> {
    node.parent().filter(|it| it.kind() == Kind::CallExpression).and_then(called_name)
}
