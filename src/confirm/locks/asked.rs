//! What patches ask of locks.

use super::held::Lock;
use super::kept::Kept;
use super::kept::kept;
use super::operation::Mode;
use super::operation::gives;
use super::operation::is_direct;
use super::operation::is_same_target;
use super::operation::takes;
use super::operation::target;
use super::state::Hold;
use super::state::follow;
use super::state::runs_in;
use super::table::UNNAMED;
use super::table::operations;
use crate::code::Op;
use crate::code::Package;
use crate::syntax::Node;

/// What an operation does with its lock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LockOp<'a> {
    /// The call.
    pub(crate) op: Op<'a>,
    /// Whether it takes the lock; otherwise it gives it back, or only tries.
    pub(crate) takes: bool,
    /// Whether it gives the lock back.
    pub(crate) gives: bool,
    /// Whether it takes or gives it for reading only.
    pub(crate) is_read: bool,
    /// Whether it calls the lock itself, and no function that does.
    pub(crate) is_direct: bool,
    /// The expression that names the lock; for a function that takes it, the object that has it.
    pub(crate) target: Option<Node<'a>>,
}

impl<'a> LockOp<'a> {
    fn new(op: Op<'a>) -> Self {
        let is_read = matches!(op.kind, crate::code::OpKind::Method("RLock" | "RUnlock"));
        LockOp {
            op,
            takes: takes(&op).is_some(),
            gives: gives(&op),
            is_read,
            is_direct: is_direct(&op),
            target: target(&op),
        }
    }

    /// The statement that gives back what it takes: `s.mu.Unlock()`; `None` if it does not lock by a plain call.
    pub(crate) fn unlock(&self) -> Option<String> {
        let text = self.op.node.text();
        match text.strip_suffix(".Lock()") {
            Some(lock) => Some(format!("{lock}.Unlock()")),
            None => text.strip_suffix(".RLock()").map(|lock| format!("{lock}.RUnlock()")),
        }
    }
}

/// The functions of a package that end with the lock that is taken at a line of a file.
pub(crate) fn keepers<'a>(package: &'a Package<'a>, file: &str, line: u32) -> Vec<Kept<'a>> {
    let operations = operations(package);
    let is_there = |op: &Op<'a>| op.node.line() == line && op.path() == file;
    let mut locks = operations.iter().filter(|(_, ops)| ops.iter().any(is_there));
    let (Some((object, _)), None) = (locks.next(), locks.next()) else { return Vec::new() };
    let mut found = kept(Lock { package, object: *object });
    found.retain(|it| it.is_sure);
    found
}

/// All operations on the lock that a call at a line of a file takes or gives back, in order of files and lines.
pub(crate) fn operations_at<'a>(package: &'a Package<'a>, file: &str, line: u32) -> Vec<LockOp<'a>> {
    let operations = operations(package);
    let is_there = |op: &Op<'a>| op.node.line() == line && op.path() == file;
    let named = operations.iter().filter(|(object, _)| **object != UNNAMED);
    let mut locks = named.filter(|(_, ops)| ops.iter().any(is_there));
    match (locks.next(), locks.next()) {
        (Some((_, ops)), None) => ops.iter().map(|it| LockOp::new(*it)).collect(),
        _ => Vec::new(),
    }
}

/// Whether a function has taken a lock on each path to one of its nodes, by an operation on `wanted`. `ops` are the operations on that lock.
pub(crate) fn is_held_at<'a>(
    ops: &[LockOp<'a>],
    scope: Node<'a>,
    node: Node<'a>,
    wanted: &str,
    for_reading: bool,
) -> bool {
    let own: Vec<Op<'a>> = ops.iter().map(|it| it.op).filter(|it| runs_in(it.node, scope)).collect();
    let takes_it = |op: &&Op<'a>| {
        let is_enough = takes(op) == Some(Mode::Write) || for_reading && takes(op) == Some(Mode::Read);
        is_enough && is_direct(op) && target(op).is_some_and(|it| it.text() == wanted)
    };
    let Some(take) = own.iter().find(takes_it) else { return false };
    let same: Vec<Op<'a>> = own.iter().filter(|it| is_same_target(it, take)).copied().collect();
    let taken = |hold: &Hold| match hold {
        Hold::Taken(index) => same.get(*index).is_some_and(|op| takes_it(&op)),
        Hold::Free | Hold::Entered => false,
    };
    follow(scope, &same, Hold::Free, Some(node))
        .is_some_and(|it| !it.at.is_empty() && it.at.iter().all(taken))
}
