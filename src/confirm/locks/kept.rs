//! Functions that end with a lock: on a path where they give it back on others, or always.

use super::held::Lock;
use super::operation::gives;
use super::operation::is_direct;
use super::operation::is_same_target;
use super::operation::takes;
use super::state::Followed;
use super::state::Hold;
use super::state::State;
use super::state::follow;
use super::state::runs_in;
use super::table::operations;
use crate::code::Op;
use crate::syntax::Kind;
use crate::syntax::Node;

/// A function that ends with a lock.
#[derive(Clone, Debug)]
pub(crate) struct Kept<'a> {
    /// The operation that takes it.
    pub(crate) take: Op<'a>,
    /// The statements that leave with it; empty if the end of the function alone does, or if nothing gives it back at all.
    pub(crate) exits: Vec<Node<'a>>,
    /// Whether the end of the function leaves with it on each path that comes there, and none of `exits` leads there.
    pub(crate) is_at_end: bool,
    /// The operations that give it back on other paths.
    pub(crate) gives: Vec<Op<'a>>,
    /// Whether nothing else shows that the lock is meant to be handed on.
    pub(crate) is_sure: bool,
}

/// The functions of a package that end with a lock, in order of files and lines.
pub(super) fn kept<'a>(lock: Lock<'a>) -> Vec<Kept<'a>> {
    let operations = operations(lock.package);
    let Some(ops) = operations.get(&lock.object) else { return Vec::new() };
    let is_helper = |scope: Node<'a>| {
        let calls = |op: &Op<'a>| {
            !is_direct(op) && lock.package.callee(op.function, op.node).is_some_and(|it| it.node == scope)
        };
        ops.iter().any(calls)
    };
    let mut scopes: Vec<Node<'a>> = Vec::new();
    for op in ops {
        if !scopes.contains(&op.scope) {
            scopes.push(op.scope);
        }
    }
    // A function that gives back what another one took: the lock is handed on.
    let gives_anothers = |scope: &Node<'a>| {
        let own: Vec<Op<'a>> = ops.iter().filter(|it| runs_in(it.node, *scope)).copied().collect();
        let is_free = |give: &Op<'a>| {
            let followed = follow(*scope, &own, Hold::Free, Some(give.node));
            followed.is_some_and(|it| it.at.iter().eq([&Hold::Free]))
        };
        let is_deferred = |give: &Op<'a>| give.node.up(Kind::DeferStatement, Some(*scope)).is_some();
        let is_another = |give: &Op<'a>| {
            if is_deferred(give) { own.iter().all(|it| takes(it).is_none()) } else { is_free(give) }
        };
        !is_helper(*scope) && !runs_in_another(*scope) && own.iter().any(|it| gives(it) && is_another(it))
    };
    let is_handed_on = scopes.iter().any(gives_anothers);
    let mut found = Vec::new();
    for scope in scopes {
        if is_helper(scope) {
            continue;
        }
        let own: Vec<Op<'a>> = ops.iter().filter(|it| runs_in(it.node, scope)).copied().collect();
        let elsewhere = ops.iter().any(|it| scope.contains(it.node) && gives(it) && !runs_in(it.node, scope));
        let mut done: Vec<Op<'a>> = Vec::new();
        for take in own.iter().filter(|it| takes(it).is_some() && it.scope == scope) {
            if done.iter().any(|it| is_same_target(it, take)) {
                continue;
            }
            done.push(*take);
            let same: Vec<Op<'a>> = own.iter().filter(|it| is_same_target(it, take)).copied().collect();
            let Some(followed) = follow(scope, &same, Hold::Free, None) else { continue };
            if let Some(kept) = kept_in(&same, &followed) {
                let has_gives = !kept.gives.is_empty();
                let is_sure =
                    !is_handed_on && !elsewhere && (has_gives || lock.package.is_whole && !lock.is_visible());
                found.push(Kept { is_sure, ..kept });
            }
        }
    }
    found
}

/// A deferred closure gives back what the function around it took.
fn runs_in_another(scope: Node<'_>) -> bool {
    scope
        .parent()
        .and_then(Node::function)
        .is_some_and(|outer| runs_in(scope.child(crate::syntax::Field::Body).unwrap_or(scope), outer))
}

fn kept_in<'a>(ops: &[Op<'a>], followed: &Followed<'a>) -> Option<Kept<'a>> {
    let gives: Vec<Op<'a>> = ops.iter().filter(|it| gives(it)).copied().collect();
    let all_leave = |states: &std::collections::BTreeSet<State>| {
        !states.is_empty() && states.iter().all(|it| it.leaves_with_it())
    };
    let taken = |states: &std::collections::BTreeSet<State>| {
        states.iter().find_map(|it| match it.hold {
            Hold::Taken(index) => ops.get(index).copied(),
            Hold::Free | Hold::Entered => None,
        })
    };
    let leaving: Vec<_> = followed.exits.iter().filter(|it| all_leave(&it.states)).collect();
    let is_given = followed.exits.iter().any(|it| it.states.iter().any(|it| !it.leaves_with_it()));
    let ends_with_it = followed.exits.iter().any(|it| it.states.iter().any(|it| it.leaves_with_it()));
    if gives.is_empty() {
        // On all paths, or it takes the lock only sometimes: then a condition that is not understood decides when.
        let first = leaving.first().filter(|_| !is_given)?;
        let (exits, is_at_end) = (Vec::new(), false);
        return Some(Kept { take: taken(&first.states)?, exits, is_at_end, gives, is_sure: false });
    }
    // A `break` out of a loop that is left with the lock.
    let breaks: Vec<_> = followed
        .jumps
        .iter()
        .filter(|(node, states)| node.kind() == Kind::BreakStatement && all_leave(states) && ends_with_it)
        .collect();
    if let Some(first) = leaving.first() {
        let mut exits: Vec<Node<'a>> = leaving.iter().filter_map(|it| it.node).collect();
        let is_at_end = exits.len() < leaving.len() && breaks.is_empty();
        if exits.is_empty() {
            exits = breaks.iter().map(|(node, _)| *node).collect();
        }
        return Some(Kept { take: taken(&first.states)?, exits, is_at_end, gives, is_sure: false });
    }
    let (_, states) = breaks.first()?;
    let exits = breaks.iter().map(|(node, _)| *node).collect();
    Some(Kept { take: taken(states)?, exits, is_at_end: false, gives, is_sure: false })
}
