//! Whether a lock is held, on each path through a function.

use std::collections::BTreeSet;

use super::operation::Effect;
use super::operation::effect;
use super::operation::is_same_target;
use crate::code::Exit;
use crate::code::Op;
use crate::code::Paths;
use crate::code::SpawnKind;
use crate::code::spawn_of;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Who holds a lock at a place of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hold {
    /// Nobody on this path.
    Free,
    /// A caller took it.
    Entered,
    /// The operation of this index took it.
    Taken(usize),
}

/// The state of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct State {
    /// Who holds the lock.
    pub(super) hold: Hold,
    /// Whether a deferred call gives it back.
    is_given_at_exit: bool,
}

impl State {
    /// Whether a path that ends in this state ends with the lock.
    pub(super) fn leaves_with_it(self) -> bool {
        self.hold != Hold::Free && !self.is_given_at_exit
    }
}

/// What the paths of a function show of a lock.
#[derive(Debug)]
pub(super) struct Followed<'a> {
    /// Who may hold it when a path comes to the node that was asked for; empty if none does.
    pub(super) at: BTreeSet<Hold>,
    /// The ways out.
    pub(super) exits: Vec<Exit<'a, State>>,
    /// The `break` and `continue` statements.
    pub(super) jumps: Vec<(Node<'a>, BTreeSet<State>)>,
}

/// Follows a lock on the paths of a function. `ops` are its operations, those of other functions and of closures that run elsewhere
/// are left out here. `None` if the paths are not known: a syntax error, a `goto`, or a try to take the lock, whose outcome is a
/// condition.
pub(super) fn follow<'a>(
    scope: Node<'a>,
    ops: &[Op<'a>],
    entry: Hold,
    target: Option<Node<'a>>,
) -> Option<Followed<'a>> {
    let own: Vec<(usize, &Op<'a>)> =
        ops.iter().enumerate().filter(|(_, it)| runs_in(it.node, scope)).collect();
    if own.iter().any(|(_, it)| effect(it) == Effect::Try) {
        return None;
    }
    let mut at = BTreeSet::new();
    let initial = State { hold: entry, is_given_at_exit: false };
    let walked = Paths::walk(scope, initial, |statement, state| {
        let mut state = state;
        let is_deferred = statement.kind() == Kind::DeferStatement;
        if target.is_some_and(|target| is_communication_of(statement, target)) {
            at.insert(state.hold);
        }
        for node in in_order(statement) {
            if Some(node) == target {
                at.insert(state.hold);
            }
            if node.kind() != Kind::CallExpression {
                continue;
            }
            let Some((index, op)) = own.iter().find(|(_, it)| it.node == node) else { continue };
            state = match effect(op) {
                Effect::Take(_) if is_deferred && runs_deferred(node, statement) => state,
                Effect::Take(_) if state.hold == Hold::Free => State { hold: Hold::Taken(*index), ..state },
                Effect::Give(_) if is_deferred && runs_deferred(node, statement) => {
                    State { is_given_at_exit: true, ..state }
                }
                Effect::Give(_) if is_of(state.hold, op, ops) => State { hold: Hold::Free, ..state },
                Effect::Take(_) | Effect::Give(_) | Effect::Try => state,
            };
        }
        state
    });
    let walked = walked.ok()?;
    Some(Followed { at, exits: walked.exits, jumps: walked.jumps })
}

/// Whether an operation gives back what is held: the callers' lock may have any name here.
fn is_of<'a>(hold: Hold, give: &Op<'a>, ops: &[Op<'a>]) -> bool {
    match hold {
        Hold::Free => false,
        Hold::Entered => true,
        Hold::Taken(index) => ops.get(index).is_some_and(|take| {
            let mode = |op: &Op<'a>| match effect(op) {
                Effect::Take(mode) | Effect::Give(mode) => Some(mode),
                Effect::Try => None,
            };
            mode(take) == mode(give) && is_same_target(take, give)
        }),
    }
}

/// Whether a statement is the communication of a case of a `select`: this is where the paths see the `select`.
fn is_communication_of(statement: Node<'_>, select: Node<'_>) -> bool {
    select.kind() == Kind::SelectStatement
        && statement.parent().is_some_and(|case| {
            case.kind() == Kind::CommunicationCase
                && case.child(Field::Communication) == Some(statement)
                && case.parent() == Some(select)
        })
}

/// The nodes of a statement, without those of closures that run elsewhere.
fn in_order<'a>(statement: Node<'a>) -> Vec<Node<'a>> {
    let mut nodes = Vec::new();
    let mut todo = vec![statement];
    while let Some(node) = todo.pop() {
        if node.kind() == Kind::FuncLiteral && !runs_at_once(node) {
            continue;
        }
        nodes.push(node);
        let children: Vec<Node<'a>> = node.children().collect();
        todo.extend(children.into_iter().rev());
    }
    nodes
}

fn runs_at_once(closure: Node<'_>) -> bool {
    spawn_of(closure).is_some_and(|it| matches!(it.kind, SpawnKind::Call | SpawnKind::Defer))
}

/// Whether a node of a deferred call runs when the function ends, and not at the statement: `defer s.lock()()` locks at once.
fn runs_deferred<'a>(node: Node<'a>, statement: Node<'a>) -> bool {
    let call = statement.child_of_kind(Kind::CallExpression);
    Some(node) == call || node.up(Kind::FuncLiteral, Some(statement)).is_some()
}

/// Whether a node runs in the calls of a function itself: in no closure, or in one that is called at once or deferred.
pub(super) fn runs_in<'a>(node: Node<'a>, scope: Node<'a>) -> bool {
    let mut inner = node.function();
    // A closure in a closure in a closure: deeper nesting is left out.
    for _ in 0..8 {
        match inner {
            Some(function) if function == scope => return true,
            Some(function) if function.kind() == Kind::FuncLiteral && runs_at_once(function) => {
                inner = function.parent().and_then(Node::function);
            }
            _ => return false,
        }
    }
    false
}
