//! All uses of a channel, lock, wait group or context, under all names that it goes by.

use super::function::Function;
use super::object::Object;
use super::op::Op;
use super::op::OpKind;
use super::package::Package;
use super::query::make_of;
use crate::sort;
use crate::syntax::Node;

/// Bound of the names that one object is followed through.
const MAX_OBJECTS: usize = 256;

/// Bound of the calls that a value is followed through.
pub(super) const MAX_HOPS: u32 = 5;

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
    pub(crate) fn has_buffer(&self) -> bool {
        self.capacity.is_some_and(|it| it != "0")
    }
}

/// An object with everything that is done to it in its package.
#[derive(Debug)]
pub(crate) struct Uses<'a> {
    pub(super) package: &'a Package<'a>,
    /// The names that it goes by.
    pub(crate) objects: Vec<Object<'a>>,
    /// What is done to it. A place may occur more than once: [`Uses::of`] gives each once.
    pub(crate) operations: Vec<Op<'a>>,
    /// Where it gets away. Empty means that the package shows all that can happen to it.
    pub(crate) escapes: Vec<Escape<'a>>,
    /// Where it is made.
    pub(crate) makes: Vec<Make<'a>>,
    pub(super) todo: Vec<Object<'a>>,
    /// Whether the places that an object gets its value from are left out.
    pub(super) is_forward: bool,
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

    pub(super) fn follow_all(package: &'a Package<'a>, objects: &[Object<'a>], is_forward: bool) -> Self {
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
        sort::by_key(&mut found, |it| (it.path(), it.node.start()));
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

    pub(super) fn add(&mut self, object: Object<'a>) {
        if !self.objects.contains(&object) {
            if self.objects.len() >= MAX_OBJECTS {
                self.escape(EscapeKind::Unknown, None, None, "too many names");
                return;
            }
            self.objects.push(object);
            self.todo.push(object);
        }
    }

    pub(super) fn add_local(&mut self, function: &'a Function<'a>, name: Node<'a>) {
        self.add(Object::Local { file: function.file.path(), at: name.start(), name: name.text() });
    }

    pub(super) fn escape(
        &mut self,
        kind: EscapeKind,
        function: Option<&'a Function<'a>>,
        node: Option<Node<'a>>,
        text: &'a str,
    ) {
        self.escapes.push(Escape { kind, function, node, text });
    }

    pub(super) fn operation(&mut self, kind: OpKind<'a>, node: Node<'a>, function: &'a Function<'a>) {
        self.operations.push(Op::new(kind, node, function));
    }

    pub(super) fn follow(&mut self, object: Object<'a>) {
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
}
