//! A root of a context.

use super::super::callers::Caller;
use super::cancel::LostCancel;
use crate::syntax::Node;

/// What ends a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ContextEnd<'a> {
    /// Nothing: it comes from `context.Background`, `context.TODO` or `context.WithoutCancel`.
    Never(Node<'a>),
    /// The end of the process: `signal.NotifyContext`, or a cancel function that `main` calls when it returns.
    Process(Node<'a>),
    /// A deadline.
    Deadline(Node<'a>),
    /// A call of its cancel function, or somebody who has that function and is not followed.
    Cancelled {
        /// The call that makes the context.
        made: Node<'a>,
        /// The calls of the cancel function that are seen, in order.
        calls: Vec<Node<'a>>,
    },
    /// The end of a request that the program serves.
    Request(Node<'a>),
    /// It is not known.
    Unknown(Node<'a>),
}

/// One place that a context may come from.
#[derive(Clone, Debug)]
pub(crate) struct ContextOrigin<'a> {
    /// What ends it.
    pub(crate) end: ContextEnd<'a>,
    /// Cancel functions on the way that end nothing, the one nearest to the wait first.
    pub(crate) lost: Vec<LostCancel<'a>>,
    /// The calls that hand it on, the one nearest to the wait first.
    pub(crate) steps: Vec<Caller<'a>>,
}

impl ContextOrigin<'_> {
    /// Whether nothing ends it while the process lives.
    pub(crate) fn is_endless(&self) -> bool {
        matches!(self.end, ContextEnd::Never(_) | ContextEnd::Process(_))
    }
}
