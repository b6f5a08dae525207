//! From a frame of a profile to the function, the closure and the operation in the source.

use super::group::ObservedFrame;
use super::group::ObservedGroup;
use crate::code::Function;
use crate::code::Package;
use crate::code::Workspace;
use crate::syntax::Node;

/// The place in the source where the goroutines of a group wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// The package.
    pub(super) package: &'a Package<'a>,
    /// The declared function.
    pub(super) function: &'a Function<'a>,
    /// The innermost function: a closure, or the declared one.
    pub(super) scope: Node<'a>,
    /// The operation that waits: a send statement, a receive, a range clause, a select statement or a call. `None` if the frame only
    /// calls what waits.
    pub(super) operation: Option<Node<'a>>,
    /// Its line in the source at hand.
    pub(super) line: u32,
    /// How many lines further down it is than in the program that wrote the profile.
    pub(super) moved_by: i64,
    /// Whether the line of the profile holds the operation.
    pub(super) is_exact: bool,
    /// The index of the frame in the stack of the group.
    pub(super) frame: usize,
}

/// A group whose stack has a frame in the source.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlacedGroup<'a> {
    /// The group.
    pub(super) group: &'a ObservedGroup,
    /// The place of its first frame that lies in the source; `None` if there is none or if the source is another.
    pub(super) place: Option<Place<'a>>,
}

/// What a check of one cause is given.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    /// The packages.
    pub(super) workspace: &'a Workspace<'a>,
    /// The place where the goroutines wait.
    pub(super) place: Place<'a>,
    /// The group that waits.
    pub(super) group: &'a ObservedGroup,
    /// All groups of the last snapshot, this one among them, background ones too.
    pub(super) groups: &'a [PlacedGroup<'a>],
    /// The `go` statement that started the group, where it lies in the source and has not moved otherwise than the place.
    pub(super) spawn: Option<Node<'a>>,
    /// The causes that the profile suggests, the likeliest first.
    pub(super) causes: &'a [String],
}

/// A frame of a stack that lies in the source, with the node that it is running.
#[derive(Clone, Copy, Debug)]
pub(super) struct FrameNode<'a> {
    /// The index of the frame in its stack.
    pub(super) frame: usize,
    /// The package.
    pub(super) package: &'a Package<'a>,
    /// The declared function.
    pub(super) function: &'a Function<'a>,
    /// The innermost function.
    pub(super) scope: Node<'a>,
    /// The call or operation that it is in.
    pub(super) node: Node<'a>,
}

/// The package of a frame; `None` if its source is not at hand.
pub(super) fn package_of<'a>(workspace: &Workspace<'a>, frame: &ObservedFrame) -> Option<&'a Package<'a>> {
    let (path, _) = crate::golang::package_and_rest(&frame.function);
    workspace.package(path, &frame.file)
}
