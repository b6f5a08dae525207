//! The calls that lead from the start of a goroutine to where it waits.

use crate::code::Function;
use crate::syntax::Node;

/// A call on the way from a `go` statement to the place that waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'a> {
    /// The declared function that holds the call.
    pub(crate) caller: &'a Function<'a>,
    /// The call; of a `go` statement, the call that it starts.
    pub(crate) call: Node<'a>,
    /// The function that is called: a declaration or a closure.
    pub(crate) callee: Node<'a>,
    /// Whether the call starts the goroutine.
    pub(crate) is_start: bool,
}

/// A place that waits, and how a goroutine comes there.
#[derive(Clone, Debug)]
pub(crate) struct Wait<'a> {
    /// The declared function that holds the operation.
    pub(crate) function: &'a Function<'a>,
    /// The innermost function that holds it.
    pub(crate) scope: Node<'a>,
    /// The operation: a send statement, a receive, a range clause, a select statement or a call.
    pub(crate) operation: Node<'a>,
    /// The calls that lead to it, the `go` statement first. Empty if they are not known.
    pub(crate) path: Vec<Step<'a>>,
}

impl<'a> Wait<'a> {
    /// The call that starts the goroutine, if it is known.
    pub(super) fn start(&self) -> Option<&Step<'a>> {
        self.path.iter().find(|it| it.is_start)
    }
}
