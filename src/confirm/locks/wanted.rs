//! The lock that a group waits for.

use super::chain::Chain;
use super::held::Held;
use super::held::Lock;
use super::lock::condition_lock;
use super::operation::Mode;
use super::operation::takes;
use super::table::UNNAMED;
use super::table::operations;
use crate::code::Object;
use crate::code::Op;
use crate::code::OpKind;
use crate::code::called_name;
use crate::confirm::group::ObservedGroup;
use crate::confirm::place::FrameNode;
use crate::model::BlockedOn;
use crate::syntax::Field;

/// A lock that the goroutines of a group wait for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// The lock.
    pub(super) lock: Lock<'a>,
    /// How they want it.
    pub(super) mode: Mode,
    /// The operation that waits: the innermost frame runs it.
    pub(super) op: Op<'a>,
}

/// The lock that a group waits for; `None` if it waits for none, or if names do not tell which.
pub(super) fn wanted<'a>(chain: &Chain<'a>, group: &ObservedGroup) -> Option<Wanted<'a>> {
    if !matches!(group.blocked_on, Some(BlockedOn::Lock | BlockedOn::RwLock)) {
        return None;
    }
    let frame = chain.frames.first()?;
    let below = group.stack.get(..frame.frame)?;
    let is_of_lock = |name: &str| {
        ["sync.", "internal/sync.", "runtime.", "internal/runtime"].iter().any(|it| name.starts_with(it))
            && !name.starts_with("sync.(*Once)")
    };
    if !below.iter().all(|it| is_of_lock(&it.function)) {
        return None;
    }
    let package = frame.package;
    if called_name(frame.node) == Some("Wait") {
        // `Wait` of a condition takes its lock again before it returns.
        let object = condition_of(frame)?;
        let op = Op::new(OpKind::Method("Lock"), frame.node, frame.function);
        return Some(Wanted { lock: Lock { package, object }, mode: Mode::Write, op });
    }
    let operations = operations(package);
    let find = |(object, ops): (&Object<'a>, &Vec<Op<'a>>)| {
        (*object != UNNAMED).then_some(())?;
        let op = ops.iter().find(|it| it.node == frame.node)?;
        Some(Wanted { lock: Lock { package, object: *object }, mode: takes(op)?, op: *op })
    };
    operations.iter().find_map(find)
}

/// Leaves out what a group that waits for a condition has given back meanwhile. If the lock of the condition is not known, it may be
/// any of them.
pub(super) fn without_condition<'a>(
    chain: &Chain<'a>,
    group: &ObservedGroup,
    mut held: Vec<Held<'a>>,
) -> Vec<Held<'a>> {
    let Some(frame) = chain.frames.first() else { return held };
    let takes_again = || wanted(chain, group).is_some_and(|it| called_name(it.op.node) == Some("Wait"));
    if group.blocked_on != Some(BlockedOn::Condition) && !takes_again() {
        return held;
    }
    match condition_of(frame) {
        Some(object) => {
            let lock = Lock { package: frame.package, object };
            held.retain(|it| it.lock != lock);
        }
        None if held.len() <= 1 => held.clear(),
        None => held.iter_mut().for_each(|it| it.is_sure = false),
    }
    held
}

/// The lock of the condition whose `Wait` a frame calls.
fn condition_of<'a>(frame: &FrameNode<'a>) -> Option<Object<'a>> {
    let condition = frame.node.child(Field::Function)?.child(Field::Operand)?;
    condition_lock(frame.package, frame.function, condition)
}
