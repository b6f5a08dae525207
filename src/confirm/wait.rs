//! Which operation of the source a goroutine waits in.

use super::group::ObservedFrame;
use crate::code::called_name;
use crate::code::in_case;
use crate::model::BlockedOn;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

/// A kind of operation that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// `c <- v`
    Send,
    /// `<-c`, or a range over a channel.
    Receive,
    /// `select`
    Select,
    /// `mu.Lock()` or `mu.RLock()`
    Lock,
    /// `wg.Wait()` or `cond.Wait()`
    Wait,
    /// `time.Sleep()`
    Sleep,
}

impl Operation {
    /// Whether a node is such an operation. A send or receive that is the case of a select is not: the select waits.
    pub(super) fn is_at(self, node: Node<'_>) -> bool {
        let calls = |names: &[&str]| {
            node.kind() == Kind::CallExpression && called_name(node).is_some_and(|it| names.contains(&it))
        };
        match self {
            Operation::Send => node.kind() == Kind::SendStatement && !in_case(node),
            Operation::Receive => {
                node.kind() == Kind::RangeClause
                    || node.kind() == Kind::UnaryExpression
                        && node.operator() == Operator::Receive
                        && !in_case(node)
            }
            Operation::Select => node.kind() == Kind::SelectStatement,
            Operation::Lock => calls(&["Lock", "RLock"]),
            Operation::Wait => calls(&["Wait"]),
            Operation::Sleep => calls(&["Sleep"]),
        }
    }
}

/// Whether a frame may be in a node: a call, or an operation that may wait.
pub(super) fn may_be_running(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        Kind::CallExpression
            | Kind::SendStatement
            | Kind::UnaryExpression
            | Kind::SelectStatement
            | Kind::RangeClause
    )
}

/// The operation that a frame itself waits in; `None` if it calls a library that waits. `before` are the frames below it, leaf first.
pub(super) fn own_wait(blocked_on: BlockedOn, before: &[ObservedFrame]) -> Option<Operation> {
    let before: Vec<&str> = before
        .iter()
        .map(|it| it.function.as_str())
        .filter(|it| !it.starts_with("runtime.") && !it.starts_with("internal/"))
        .collect();
    let only =
        |prefixes: &[&str]| before.iter().all(|it| prefixes.iter().any(|prefix| it.starts_with(prefix)));
    let in_sync = || {
        before.len() <= 4
            && only(&["sync.(*", "sync.runtime_"])
            && !before.iter().any(|it| it.starts_with("sync.(*Once)"))
    };
    match blocked_on {
        BlockedOn::ChannelSend | BlockedOn::NilChannelSend => before.is_empty().then_some(Operation::Send),
        BlockedOn::ChannelReceive | BlockedOn::NilChannelReceive => {
            before.is_empty().then_some(Operation::Receive)
        }
        BlockedOn::Select | BlockedOn::EmptySelect => before.is_empty().then_some(Operation::Select),
        BlockedOn::Lock | BlockedOn::RwLock => in_sync().then_some(Operation::Lock),
        BlockedOn::WaitGroup | BlockedOn::Condition => in_sync().then_some(Operation::Wait),
        BlockedOn::Sleep => only(&["time."]).then_some(Operation::Sleep),
        BlockedOn::Semaphore
        | BlockedOn::Coroutine
        | BlockedOn::Network
        | BlockedOn::Syscall
        | BlockedOn::TestBubble
        | BlockedOn::Runtime
        | BlockedOn::Nothing => None,
    }
}
