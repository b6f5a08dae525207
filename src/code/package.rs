//! A package: its functions, types, fields and variables.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::file::File;
use super::function::Function;
use super::function::Occurrence;
use super::object::Object;
use super::op::Op;
use super::query::base_type;
use super::query::expressions;
use super::texts::Origin;
use crate::sort;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// A package-level variable or constant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variable<'a> {
    /// The file that declares it.
    pub(crate) file: &'a File<'a>,
    /// Its type, if it is written.
    pub(crate) type_: Option<Node<'a>>,
    /// Its initialiser.
    pub(crate) value: Option<Node<'a>>,
    /// The declaration.
    pub(crate) spec: Node<'a>,
}

/// A field of a struct.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldInfo<'a> {
    /// The type that has the field.
    pub(crate) owner: &'a str,
    /// Its name; of an embedded field, that of the type.
    pub(crate) name: &'a str,
    /// The file that declares it.
    pub(crate) file: &'a File<'a>,
    /// Its type.
    pub(crate) type_: Option<Node<'a>>,
    /// Its declaration.
    pub(crate) declaration: Node<'a>,
    /// Whether it is embedded.
    pub(crate) is_embedded: bool,
}

/// Operations by the object that they are on.
pub(crate) type OperationsByObject<'a> = FxHashMap<Object<'a>, Vec<Op<'a>>>;

/// A package whose source is at hand.
#[derive(Debug)]
pub(crate) struct Package<'a> {
    /// Its import path, as the source has it.
    pub(crate) path: String,
    /// Who wrote it.
    pub(crate) origin: Origin,
    /// Whether all its files were read. If not, nothing can be concluded from what it does not do.
    pub(crate) is_whole: bool,
    /// Its files, sorted by path.
    pub(crate) files: Vec<&'a File<'a>>,
    /// Its functions and methods, and its `var` declarations, in order of the files.
    pub(crate) functions: Vec<&'a Function<'a>>,
    /// Top-level declarations that hold a syntax error.
    pub(crate) broken: Vec<Node<'a>>,
    types: FxHashMap<&'a str, (&'a File<'a>, Node<'a>)>,
    variables: FxHashMap<&'a str, Variable<'a>>,
    fields: Vec<FieldInfo<'a>>,
    fields_of: FxHashMap<&'a str, Vec<usize>>,
    fields_named: FxHashMap<&'a str, Vec<usize>>,
    functions_named: FxHashMap<&'a str, Vec<&'a Function<'a>>>,
    pub(super) objects: RefCell<FxHashMap<Node<'a>, Object<'a>>>,
    /// The function that each call calls, and the type of each expression, as far as they were asked for.
    pub(super) callees: RefCell<FxHashMap<Node<'a>, Option<&'a Function<'a>>>>,
    pub(super) types_of: RefCell<FxHashMap<Node<'a>, Option<&'a str>>>,
    pub(super) occurrences: RefCell<FxHashMap<Object<'a>, Rc<[Occurrence<'a>]>>>,
    /// Operations on locks by lock, filled by those that ask for locks.
    pub(crate) lock_operations: RefCell<Option<Rc<OperationsByObject<'a>>>>,
}

impl<'a> Package<'a> {
    pub(super) fn new(path: String, origin: Origin, is_whole: bool, files: Vec<&'a File<'a>>) -> Self {
        let mut package = Package {
            path,
            origin,
            is_whole,
            files,
            functions: Vec::new(),
            broken: Vec::new(),
            types: FxHashMap::default(),
            variables: FxHashMap::default(),
            fields: Vec::new(),
            fields_of: FxHashMap::default(),
            fields_named: FxHashMap::default(),
            functions_named: FxHashMap::default(),
            objects: RefCell::default(),
            callees: RefCell::default(),
            types_of: RefCell::default(),
            occurrences: RefCell::default(),
            lock_operations: RefCell::default(),
        };
        for file in package.files.clone() {
            for node in file.tree.root().children() {
                if node.is_broken() {
                    package.broken.push(node);
                }
                match node.kind() {
                    Kind::TypeDeclaration => package.add_types(file, node),
                    Kind::VarDeclaration | Kind::ConstDeclaration => package.add_variables(file, node),
                    _ => {}
                }
            }
        }
        package.index_fields();
        package
    }

    /// Adds the functions; separate, because they live in an arena.
    pub(super) fn with_functions(mut self, functions: Vec<&'a Function<'a>>) -> Self {
        for function in &functions {
            self.functions_named.entry(function.name).or_default().push(function);
        }
        self.functions = functions;
        self
    }

    fn add_types(&mut self, file: &'a File<'a>, declaration: Node<'a>) {
        for spec in declaration.children().filter(|it| matches!(it.kind(), Kind::TypeSpec | Kind::TypeAlias))
        {
            if let (Some(name), Some(type_)) = (spec.child(Field::Name), spec.child(Field::Type)) {
                self.types.insert(name.text(), (file, type_));
            }
        }
    }

    fn add_variables(&mut self, file: &'a File<'a>, declaration: Node<'a>) {
        for spec in declaration.own().filter(|it| matches!(it.kind(), Kind::VarSpec | Kind::ConstSpec)) {
            let values = expressions(spec.child(Field::Value));
            for (index, name) in spec.children_of(Field::Name).enumerate() {
                let value = values.get(index).or(values.first()).copied();
                let variable = Variable { file, type_: spec.child(Field::Type), value, spec };
                self.variables.insert(name.text(), variable);
            }
        }
    }

    fn index_fields(&mut self) {
        let mut types: Vec<_> = self.types.iter().map(|(name, (file, node))| (*name, *file, *node)).collect();
        sort::by_key(&mut types, |(name, _, _)| *name);
        for (owner, file, node) in types {
            if node.kind() != Kind::StructType {
                continue;
            }
            let list = node.child_of_kind(Kind::FieldDeclarationList);
            for declaration in list.into_iter().flat_map(Node::children) {
                if declaration.kind() != Kind::FieldDeclaration {
                    continue;
                }
                let type_ = declaration.child(Field::Type);
                let info = FieldInfo { owner, name: "", file, type_, declaration, is_embedded: false };
                let before = self.fields.len();
                self.fields.extend(
                    declaration.children_of(Field::Name).map(|name| FieldInfo { name: name.text(), ..info }),
                );
                if self.fields.len() == before
                    && let Some(name) = type_.and_then(base_type)
                {
                    let name = name.rsplit('.').next().unwrap_or(name);
                    self.fields.push(FieldInfo { name, is_embedded: true, ..info });
                }
            }
        }
        for (index, field) in self.fields.iter().enumerate() {
            self.fields_of.entry(field.owner).or_default().push(index);
            self.fields_named.entry(field.name).or_default().push(index);
        }
    }

    /// Whether other packages can import it: not `main`.
    pub(crate) fn is_importable(&self) -> bool {
        self.files.first().is_none_or(|it| it.package_name != "main")
    }

    /// The fields of a type, in order; none if it is no struct of this package.
    pub(crate) fn fields_of(&self, owner: &str) -> impl Iterator<Item = &FieldInfo<'a>> {
        self.fields_of.get(owner).into_iter().flatten().filter_map(|index| self.fields.get(*index))
    }

    /// The fields of this package's types that have a name.
    pub(crate) fn fields_named(&self, name: &str) -> impl Iterator<Item = &FieldInfo<'a>> {
        self.fields_named.get(name).into_iter().flatten().filter_map(|index| self.fields.get(*index))
    }

    /// A field of a type itself, not a promoted one.
    pub(crate) fn own_field(&self, owner: &str, name: &str) -> Option<&FieldInfo<'a>> {
        self.fields_of(owner).find(|it| it.name == name)
    }

    /// A field of a type, or one that an embedded field promotes.
    pub(crate) fn field(&self, owner: &str, name: &str) -> Option<&FieldInfo<'a>> {
        self.field_within(owner, name, 3)
    }

    fn field_within(&self, owner: &str, name: &str, depth: u32) -> Option<&FieldInfo<'a>> {
        self.own_field(owner, name).or_else(|| {
            let depth = depth.checked_sub(1)?;
            self.embedded(owner).find_map(|base| self.field_within(base, name, depth))
        })
    }

    /// The names of the types that a type embeds.
    pub(crate) fn embedded(&self, owner: &str) -> impl Iterator<Item = &'a str> {
        let bases = self.fields_of(owner).filter(|it| it.is_embedded);
        bases.filter_map(|it| it.type_.and_then(base_type)).filter(move |base| *base != owner)
    }

    /// A type of this package: its file and what it is.
    pub(crate) fn type_named(&self, name: &str) -> Option<(&'a File<'a>, Node<'a>)> {
        self.types.get(name).copied()
    }

    /// The names of this package's types, sorted.
    pub(crate) fn type_names(&self) -> Vec<&'a str> {
        let mut names: Vec<&'a str> = self.types.keys().copied().collect();
        names.sort_unstable();
        names
    }

    /// A variable of this package.
    pub(crate) fn variable(&self, name: &str) -> Option<&Variable<'a>> {
        self.variables.get(name)
    }

    /// The functions and methods of a name.
    pub(crate) fn functions_named(&self, name: &str) -> &[&'a Function<'a>] {
        self.functions_named.get(name).map_or(&[], Vec::as_slice)
    }

    /// A function that is no method.
    pub(crate) fn function(&self, name: &str) -> Option<&'a Function<'a>> {
        self.functions_named(name).iter().copied().find(|it| it.receiver.is_none())
    }

    /// A method of a type, or one that an embedded field promotes.
    pub(crate) fn method(&self, owner: &str, name: &str) -> Option<&'a Function<'a>> {
        self.method_within(owner, name, 4)
    }

    fn method_within(&self, owner: &str, name: &str, depth: u32) -> Option<&'a Function<'a>> {
        let own = self.functions_named(name).iter().copied().find(|it| it.receiver == Some(owner));
        own.or_else(|| {
            let depth = depth.checked_sub(1)?;
            self.embedded(owner).find_map(|base| self.method_within(base, name, depth))
        })
    }

    /// Whether an interface of this package has a method of that name.
    pub(crate) fn has_interface_method(&self, name: &str) -> bool {
        let is_method = |it: Node<'_>| {
            it.kind() == Kind::MethodElem && it.child(Field::Name).is_some_and(|at| at.text() == name)
        };
        self.types
            .values()
            .any(|(_, node)| node.kind() == Kind::InterfaceType && node.children().any(is_method))
    }

    /// The function that holds a node of a file of this package.
    pub(crate) fn function_of(&self, node: Node<'a>) -> Option<&'a Function<'a>> {
        self.functions.iter().copied().find(|it| it.node.contains(node))
    }
}
