//! The declaration of a local name.

use crate::syntax::Node;

/// What declares a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeclarationKind {
    /// A parameter.
    Parameter,
    /// The receiver of a method.
    Receiver,
    /// A named result.
    Result,
    /// A variable or constant.
    Variable,
    /// What a `case x := <-c` received.
    Received,
    /// What a range clause gives.
    Ranged,
    /// The variable of a type switch.
    Switched,
}

/// A declaration of a local name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Declaration<'a> {
    /// The name.
    pub(crate) name: &'a str,
    /// Its first byte of visibility.
    pub(crate) from: u32,
    /// Its last byte of visibility.
    pub(crate) to: u32,
    /// The identifier that declares it.
    pub(crate) at: Node<'a>,
    /// What declares it.
    pub(crate) kind: DeclarationKind,
    /// Its type, if it is written.
    pub(crate) type_: Option<Node<'a>>,
    /// The expression that it gets its value from.
    pub(crate) value: Option<Node<'a>>,
    /// Its place among the names, or among the parameters.
    pub(crate) index: usize,
    /// The number of names that are declared with it.
    pub(crate) names: usize,
    /// The statement or parameter declaration.
    pub(crate) statement: Node<'a>,
    /// The function whose parameter it is.
    pub(crate) owner: Option<Node<'a>>,
}
