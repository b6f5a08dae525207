//! A declared function or method, with what is asked of it most.

use std::cell::OnceCell;

use rustc_hash::FxHashMap;

use super::declaration::Declaration;
use super::file::File;
use super::query::base_type;
use super::query::called_name;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// A function of a package; or a `var` declaration, whose initialisers may hold closures.
#[derive(Debug)]
pub(crate) struct Function<'a> {
    /// The file that declares it.
    pub(crate) file: &'a File<'a>,
    /// The whole declaration.
    pub(crate) node: Node<'a>,
    /// Its name; `(vars)` for a `var` declaration.
    pub(crate) name: &'a str,
    /// The type of its receiver, without a pointer and type arguments; `None` for a function.
    pub(crate) receiver: Option<&'a str>,
    /// The name of its receiver.
    pub(crate) receiver_name: Option<&'a str>,
    pub(super) declarations: OnceCell<Vec<Declaration<'a>>>,
    pub(super) index: OnceCell<FunctionIndex<'a>>,
}

impl PartialEq for Function<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl Eq for Function<'_> {}

impl<'a> Function<'a> {
    pub(super) fn new(file: &'a File<'a>, node: Node<'a>) -> Self {
        let parameter =
            node.child(Field::Receiver).and_then(|it| it.child_of_kind(Kind::ParameterDeclaration));
        Function {
            file,
            node,
            name: if is_vars(node) { "(vars)" } else { node.child(Field::Name).map_or("", Node::text) },
            receiver: parameter.and_then(|it| it.child(Field::Type)).and_then(base_type),
            receiver_name: parameter.and_then(|it| it.child(Field::Name)).map(Node::text),
            declarations: OnceCell::new(),
            index: OnceCell::new(),
        }
    }

    /// Whether it is a `var` declaration.
    pub(crate) fn is_vars(&self) -> bool {
        is_vars(self.node)
    }

    /// Whether callers outside its package can name it: it and the type of its receiver are exported.
    pub(crate) fn is_exported(&self) -> bool {
        let upper = |name: &str| name.starts_with(char::is_uppercase);
        upper(self.name) && self.receiver.is_none_or(upper)
    }

    /// Its name as a sentence has it: `Put`, `(*Store).Put`.
    pub(crate) fn title(&self) -> String {
        match self.receiver {
            Some(receiver) => format!("(*{receiver}).{}", self.name),
            None => self.name.to_owned(),
        }
    }

    /// Its nodes by what is asked for most.
    pub(crate) fn index(&'a self) -> &'a FunctionIndex<'a> {
        self.index.get_or_init(|| FunctionIndex::new(self.node))
    }
}

/// A place where an object is named, and the function that holds it.
pub(crate) type Occurrence<'a> = (&'a Function<'a>, Node<'a>);

fn is_vars(node: Node<'_>) -> bool {
    node.kind() == Kind::VarDeclaration
}

/// The nodes of a function by kind and name.
#[derive(Debug, Default)]
pub(crate) struct FunctionIndex<'a> {
    /// Identifiers by name.
    pub(crate) identifiers: FxHashMap<&'a str, Vec<Node<'a>>>,
    /// Selector expressions by the name of the field.
    pub(crate) selectors: FxHashMap<&'a str, Vec<Node<'a>>>,
    /// Keyed elements of composite literals by key.
    pub(crate) keyed: FxHashMap<&'a str, Vec<Node<'a>>>,
    /// Calls by the last name of what is called.
    pub(crate) called: FxHashMap<&'a str, Vec<Node<'a>>>,
    /// Composite literals.
    pub(crate) literals: Vec<Node<'a>>,
    /// `go` statements.
    pub(crate) goes: Vec<Node<'a>>,
}

impl<'a> FunctionIndex<'a> {
    fn new(node: Node<'a>) -> Self {
        let mut index = FunctionIndex::default();
        for it in node.walk() {
            match it.kind() {
                Kind::Identifier => index.identifiers.entry(it.text()).or_default().push(it),
                Kind::SelectorExpression => {
                    if let Some(field) = it.child(Field::Selected) {
                        index.selectors.entry(field.text()).or_default().push(it);
                    }
                }
                Kind::KeyedElement => {
                    if let Some(key) = it.child(Field::Key) {
                        index.keyed.entry(key.text()).or_default().push(it);
                    }
                }
                Kind::CompositeLiteral => index.literals.push(it),
                Kind::CallExpression => {
                    if let Some(name) = called_name(it) {
                        index.called.entry(name).or_default().push(it);
                    }
                }
                Kind::GoStatement => index.goes.push(it),
                _ => {}
            }
        }
        index
    }

    /// The calls of a name.
    pub(crate) fn calls(&self, name: &str) -> &[Node<'a>] {
        self.called.get(name).map_or(&[], Vec::as_slice)
    }
}
