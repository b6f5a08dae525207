//! Where an object is named, and where a function is called.

use std::rc::Rc;

use super::function::Function;
use super::function::Occurrence;
use super::object::Object;
use super::package::Package;
use super::query::base_type;
use super::query::called_name;
use crate::sort;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

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

    /// A call of a function's name whose function is not known: it may be this one.
    pub(crate) fn unclear_call(&self, function: &'a Function<'a>) -> Option<Node<'a>> {
        if function.node.child(Field::TypeParameters).is_some() {
            // `f[int](x)` is read as a conversion.
            let converts = |it: &Node<'a>| {
                it.kind() == Kind::TypeConversionExpression
                    && it.child(Field::Type).and_then(base_type) == Some(function.name)
            };
            let found = self.files.iter().find_map(|it| it.tree.root().walk().find(converts));
            if found.is_some() {
                return found;
            }
        }
        self.functions.iter().find_map(|holder| {
            let mut calls = holder.index().calls(function.name).iter().copied();
            calls.find(|call| {
                let operand = call.child(Field::Function).and_then(|it| it.child(Field::Operand));
                let may_be = match (function.receiver, operand) {
                    (Some(_), Some(operand)) => {
                        self.type_of(holder, operand).is_none()
                            && holder.file.import(operand.text()).is_none()
                    }
                    (None, None) => self.lookup(holder, function.name, call.start()).is_none(),
                    _ => false,
                };
                may_be && self.callee(holder, *call).is_none()
            })
        })
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
        sort::by_key(&mut found, |(function, node)| (function.file.path(), node.start()));
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
