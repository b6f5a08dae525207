//! Local names: where each is visible, and what it is made of.

use super::declaration::Declaration;
use super::declaration::DeclarationKind;
use super::function::Function;
use super::package::Package;
use super::query::expressions;
use crate::sort;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

impl<'a> Package<'a> {
    /// The local names of a function, its closures included, in order of the text.
    pub(crate) fn declarations(&self, function: &'a Function<'a>) -> &'a [Declaration<'a>] {
        function.declarations.get_or_init(|| declarations(function))
    }

    /// The declaration that a local name has at a place; `None` if it is not local.
    pub(crate) fn lookup(
        &self,
        function: &'a Function<'a>,
        name: &str,
        position: u32,
    ) -> Option<&'a Declaration<'a>> {
        let named = || self.declarations(function).iter().filter(|it| it.name == name);
        // Of equal starts the later one: it is the inner one.
        let visible = named().filter(|it| it.from <= position && position <= it.to).max_by_key(|it| it.from);
        visible.or_else(|| named().find(|it| it.at.start() == position))
    }
}

fn declarations<'a>(function: &'a Function<'a>) -> Vec<Declaration<'a>> {
    let mut found = Vec::new();
    for node in function.node.walk() {
        match node.kind() {
            Kind::FunctionDeclaration | Kind::MethodDeclaration | Kind::FuncLiteral => {
                parameters(node, node.child(Field::Parameters), DeclarationKind::Parameter, &mut found);
                parameters(node, node.child(Field::Receiver), DeclarationKind::Receiver, &mut found);
                let results = node.child(Field::Result).filter(|it| it.kind() == Kind::ParameterList);
                parameters(node, results, DeclarationKind::Result, &mut found);
            }
            Kind::ShortVarDeclaration | Kind::ReceiveStatement | Kind::RangeClause
                if node.operator() == Operator::Define =>
            {
                defined(function, node, &mut found);
            }
            Kind::VarSpec | Kind::ConstSpec if !is_package_variable(function, node) => {
                specified(function, node, &mut found);
            }
            Kind::TypeSwitchStatement => {
                let names = node.child(Field::Alias).into_iter().flat_map(Node::children);
                found.extend(names.map(|name| Declaration {
                    name: name.text(),
                    from: node.start(),
                    to: node.end(),
                    at: name,
                    kind: DeclarationKind::Switched,
                    type_: None,
                    value: node.child(Field::Value),
                    index: 0,
                    names: 1,
                    statement: node,
                    owner: None,
                }));
            }
            _ => {}
        }
    }
    sort::by_key(&mut found, |it| it.at.start());
    without_redeclarations(found)
}

/// `x, err := again()` in the scope where `err` is declared assigns to it.
fn without_redeclarations(all: Vec<Declaration<'_>>) -> Vec<Declaration<'_>> {
    let mut kept: Vec<Declaration<'_>> = Vec::with_capacity(all.len());
    for it in all {
        let is_again = it.kind == DeclarationKind::Variable
            && kept.iter().any(|other| other.name == it.name && other.to == it.to && other.from <= it.from);
        if !is_again {
            kept.push(it);
        }
    }
    kept
}

fn is_package_variable(function: &Function<'_>, spec: Node<'_>) -> bool {
    let parent = spec.parent();
    function.is_vars()
        && (parent == Some(function.node) || parent.and_then(Node::parent) == Some(function.node))
}

fn parameters<'a>(
    owner: Node<'a>,
    list: Option<Node<'a>>,
    kind: DeclarationKind,
    found: &mut Vec<Declaration<'a>>,
) {
    let mut position = 0;
    for parameter in list.into_iter().flat_map(Node::children) {
        if !matches!(parameter.kind(), Kind::ParameterDeclaration | Kind::VariadicParameterDeclaration) {
            continue;
        }
        let before = position;
        for name in parameter.children_of(Field::Name) {
            found.push(Declaration {
                name: name.text(),
                from: owner.start(),
                to: owner.end(),
                at: name,
                kind,
                type_: parameter.child(Field::Type),
                value: None,
                index: position,
                names: 1,
                statement: parameter,
                owner: Some(owner),
            });
            position += 1;
        }
        position += usize::from(position == before);
    }
}

/// The end of the scope that a declaration is in.
fn scope_end(function: &Function<'_>, node: Node<'_>) -> u32 {
    node.ancestors().find(|it| it.kind().is_scope()).map_or(function.node.end(), Node::end)
}

fn defined<'a>(function: &'a Function<'a>, node: Node<'a>, found: &mut Vec<Declaration<'a>>) {
    let (left, right) = (expressions(node.child(Field::Left)), expressions(node.child(Field::Right)));
    let kind = match node.kind() {
        Kind::ReceiveStatement => DeclarationKind::Received,
        Kind::RangeClause => DeclarationKind::Ranged,
        _ => DeclarationKind::Variable,
    };
    let to = scope_end(function, node);
    for (index, name) in left.iter().enumerate() {
        if name.kind() != Kind::Identifier || name.text() == "_" {
            continue;
        }
        let one_each = left.len() == right.len();
        found.push(Declaration {
            name: name.text(),
            from: node.end(),
            to,
            at: *name,
            kind,
            type_: None,
            value: if one_each { right.get(index) } else { right.first() }.copied(),
            index: if one_each && kind == DeclarationKind::Variable { 0 } else { index },
            names: if one_each && kind == DeclarationKind::Variable { 1 } else { left.len() },
            statement: node,
            owner: None,
        });
    }
}

fn specified<'a>(function: &'a Function<'a>, node: Node<'a>, found: &mut Vec<Declaration<'a>>) {
    let names: Vec<Node<'a>> = node.children_of(Field::Name).collect();
    let values = expressions(node.child(Field::Value));
    let to = scope_end(function, node);
    for (index, name) in names.iter().enumerate() {
        let one_each = values.len() == names.len();
        found.push(Declaration {
            name: name.text(),
            from: node.end(),
            to,
            at: *name,
            kind: DeclarationKind::Variable,
            type_: node.child(Field::Type),
            value: if one_each { values.get(index) } else { values.first() }.copied(),
            index: if one_each { 0 } else { index },
            names: if one_each { 1 } else { names.len() },
            statement: node,
            owner: None,
        });
    }
}
