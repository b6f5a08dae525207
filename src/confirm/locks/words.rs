//! How sentences about locks name functions, lines and waits.

use super::chain::Chain;
use super::kept::Kept;
use super::operation::Mode;
use super::operation::is_direct;
use super::operation::takes;
use super::operation::text_of;
use crate::code::Function;
use crate::code::Op;
use crate::confirm::group::ObservedGroup;
use crate::confirm::said::line_in;
use crate::model::BlockedOn;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::text::pluralize;

/// A function as the subject of a sentence: `(*Store).Put`, or the closure in it.
pub(super) fn who(function: &Function<'_>, scope: Node<'_>) -> String {
    if scope.kind() == Kind::FuncLiteral {
        format!("the closure at line {} of {}", scope.line(), function.title())
    } else {
        function.title()
    }
}

/// The function of an operation as the subject of a sentence.
pub(super) fn who_of(op: &Op<'_>) -> String {
    who(op.function, op.scope)
}

/// The line of an operation.
pub(super) fn line_of(op: &Op<'_>, about: Node<'_>) -> String {
    line_in(op.node, about)
}

/// What the goroutines of a group do where they are: `sends at line 5`; `None` if they run or if it is not known.
pub(super) fn doing(group: &ObservedGroup, chain: &Chain<'_>, about: Node<'_>) -> Option<String> {
    let verb = match group.blocked_on? {
        BlockedOn::ChannelSend => "sends on a channel",
        BlockedOn::NilChannelSend => "sends on a nil channel",
        BlockedOn::ChannelReceive => "receives from a channel",
        BlockedOn::NilChannelReceive => "receives from a nil channel",
        BlockedOn::Select => "waits in a select",
        BlockedOn::EmptySelect => "waits in a select without cases",
        BlockedOn::Lock | BlockedOn::RwLock => "waits for a lock",
        BlockedOn::WaitGroup => "waits for a wait group",
        BlockedOn::Condition => "waits for a condition",
        BlockedOn::Semaphore => "waits for a semaphore",
        BlockedOn::Network => "waits for the network",
        BlockedOn::Sleep => "sleeps",
        BlockedOn::Syscall => "is in a system call",
        BlockedOn::Coroutine | BlockedOn::TestBubble | BlockedOn::Runtime | BlockedOn::Nothing => {
            return None;
        }
    };
    Some(match chain.frames.first() {
        Some(frame) => format!("{verb} at {}", line_in(frame.node, about)),
        None => verb.to_owned(),
    })
}

/// `(12 goroutines)`
pub(super) fn count(group: &ObservedGroup) -> String {
    format!("({} in this profile)", pluralize(group.count, "goroutine"))
}

/// `Withdraw locks it at line 31 and leaves at line 36 without unlocking it`
pub(super) fn leaves(kept: &Kept<'_>, about: Node<'_>) -> String {
    let who = who(kept.take.function, kept.take.scope);
    let taken = line_of(&kept.take, about);
    match kept.exits.first() {
        Some(exit) => {
            format!("{who} locks it at {taken} and leaves at {} without unlocking it", line_in(*exit, about))
        }
        None if kept.gives.is_empty() => {
            format!("{who} locks it at {taken} and never unlocks it")
        }
        None => format!("{who} locks it at {taken} and reaches its end without unlocking it"),
    }
}

/// What to change in a function that ends with a lock.
pub(super) fn unlocking(kept: &Kept<'_>, about: Node<'_>) -> String {
    let text = text_of(&kept.take);
    // A locker in a variable is given back by `Unlock`, even if that is the `RUnlock` of a lock.
    let is_locker = kept.take.node.text() == format!("{text}.Lock()");
    let unlock = match takes(&kept.take) {
        Some(Mode::Read) if !is_locker => "RUnlock",
        _ => "Unlock",
    };
    match kept.exits.first() {
        Some(exit) if is_direct(&kept.take) => {
            format!("call `{text}.{unlock}()` before {} leaves", line_in(*exit, about))
        }
        Some(exit) => format!("unlock `{text}` before {} leaves", line_in(*exit, about)),
        None if is_direct(&kept.take) => {
            format!("add `defer {text}.{unlock}()` after {}", line_of(&kept.take, about))
        }
        None => format!("unlock `{text}` before the end of {}", kept.take.function.title()),
    }
}
