//! An operation on an object.

use super::function::Function;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// What is done with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OpKind<'a> {
    /// `c <- v`
    Send,
    /// `<-c`
    Receive,
    /// `for range c`
    Range,
    /// `close(c)`
    Close,
    /// `len(c)` or `cap(c)`
    Length,
    /// `signal.Notify(c)`
    Notify,
    /// `signal.Stop(c)`
    StopNotify,
    /// `c = v`
    Set,
    /// `f()`: the object is a function value, such as that of `context.WithCancel`.
    Call,
    /// A method is called, or a field is read: `Lock`, `Done`, `C`.
    Method(&'a str),
}

/// An operation, and where it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Op<'a> {
    /// What is done.
    pub(crate) kind: OpKind<'a>,
    /// The statement, expression or call.
    pub(crate) node: Node<'a>,
    /// The declared function that holds it.
    pub(crate) function: &'a Function<'a>,
    /// The innermost function that holds it: a closure, or the declared function itself.
    pub(crate) scope: Node<'a>,
}

impl<'a> Op<'a> {
    pub(crate) fn new(kind: OpKind<'a>, node: Node<'a>, function: &'a Function<'a>) -> Self {
        Op { kind, node, function, scope: node.function().unwrap_or(function.node) }
    }

    /// The path of its file.
    pub(crate) fn path(&self) -> &'a str {
        self.node.tree().path()
    }

    /// The `select` and the case of it that this operation is; `None` if it is not the communication of a case.
    pub(crate) fn select(&self) -> Option<(Node<'a>, Node<'a>)> {
        let above = std::iter::once(self.node).chain(self.node.ancestors());
        let mut inside = above.take_while(|it| {
            !matches!(it.kind(), Kind::StatementList | Kind::Block) && !it.kind().is_function()
        });
        let case = inside.find(|it| it.kind() == Kind::CommunicationCase)?;
        case.child(Field::Communication).filter(|it| it.contains(self.node))?;
        Some((case.parent()?, case))
    }
}
