//! Whether what a call gives is still open when its function returns.

use super::fate::Closing;
use super::fate::Fate;
use super::fate::Leaving;
use super::fate::fate;
use super::obtained::Obtained;
use crate::code::exits_without;
use crate::code::loops_around;
use crate::sort;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// How a resource stays open.
#[derive(Clone, Debug)]
pub(super) enum LeftOpen<'a> {
    /// Nothing closes it.
    Never,
    /// Exits are reached without closing it.
    AtExit {
        /// The exits, in order of the text; at least one.
        exits: Vec<Node<'a>>,
        /// Where other paths close it.
        closed: Option<Node<'a>>,
    },
    /// Exits neither hand it on nor close it.
    NotHandedOn {
        /// The exits, in order of the text; at least one.
        exits: Vec<Node<'a>>,
    },
    /// It is closed by `defer` in a loop that has no end.
    DeferredInEndlessLoop {
        /// The deferred call.
        closed: Node<'a>,
    },
}

/// How what the n-th result names stays open; `None` if it is closed, if it leaves the function, or if the paths are not known.
/// `ends` says whether a node ends its use otherwise, as a read to the end does.
pub(super) fn left_open<'a>(
    obtained: &Obtained<'a>,
    name: Node<'a>,
    closing: Closing<'_>,
    ends: impl Fn(&Fate<'a>, Node<'a>) -> bool,
) -> Option<(LeftOpen<'a>, Fate<'a>)> {
    let fate = fate(obtained, name, closing);
    let only_returned = fate.leaves.iter().all(|(how, _)| *how == Leaving::Returned);
    if !only_returned {
        return None;
    }
    let returns: Vec<Node<'a>> = fate.leaves.iter().map(|(_, node)| *node).collect();
    // A return of a closure hands it to whom?
    if returns.iter().any(|it| it.function() != Some(obtained.scope)) {
        return None;
    }
    let ended = |node: Node<'a>| fate.closes.contains(&node) || returns.contains(&node) || ends(&fate, node);
    let exits = early_exits(obtained, name, &fate.closes, &ended)?;
    let how = match (fate.closes.as_slice(), returns.as_slice(), exits.is_empty()) {
        ([], [], _) => match every_exit_ends(obtained, &fate, &ends) {
            true => return None,
            false => LeftOpen::Never,
        },
        (_, [], false) => LeftOpen::AtExit { exits, closed: fate.closes.first().copied() },
        (_, _, false) => LeftOpen::NotHandedOn { exits },
        (closes, [], true) => match deferred_in_endless_loop(obtained, closes) {
            Some(closed) => LeftOpen::DeferredInEndlessLoop { closed },
            None => return None,
        },
        (_, _, true) => return None,
    };
    Some((how, fate))
}

/// Whether all paths from the call end the use of what it gives.
fn every_exit_ends<'a>(
    obtained: &Obtained<'a>,
    fate: &Fate<'a>,
    ends: &impl Fn(&Fate<'a>, Node<'a>) -> bool,
) -> bool {
    let ended = |node: Node<'a>| ends(fate, node) || is_in_error_branch(obtained, node);
    match exits_without(obtained.scope, Some(obtained.statement), ended) {
        Ok((without, with)) => {
            let check = obtained.error_check();
            let is_error = |exit: &Option<Node<'a>>| {
                exit.is_some_and(|it| check.is_some_and(|check| check.contains(it)))
            };
            !with.is_empty() && without.iter().all(is_error)
        }
        // What is not known is no defect.
        Err(_) => true,
    }
}

fn is_in_error_branch<'a>(obtained: &Obtained<'a>, node: Node<'a>) -> bool {
    let branch = obtained.error_check().and_then(|it| it.child(Field::Consequence));
    branch.is_some_and(|it| it.contains(node))
}

/// The `return` statements after the usual error check that are reached with the resource open.
fn early_exits<'a>(
    obtained: &Obtained<'a>,
    name: Node<'a>,
    closes: &[Node<'a>],
    ended: &impl Fn(Node<'a>) -> bool,
) -> Option<Vec<Node<'a>>> {
    let Some(check) = obtained.error_check() else { return Some(Vec::new()) };
    let error = obtained.names.last().map_or("", |it| it.text());
    // `if resp != nil { resp.Body.Close() }` closes what there is to close.
    let guards: Vec<Node<'a>> = closes
        .iter()
        .flat_map(|close| close.ancestors().take_while(|it| *it != obtained.scope))
        .filter(|it| it.kind() == Kind::IfStatement)
        .filter_map(|it| it.child(Field::Condition))
        .filter(|it| {
            it.walk().any(|part| {
                part.kind() == Kind::Identifier && (part.text() == name.text() || part.text() == error)
            })
        })
        .collect();
    let ended = |node: Node<'a>| ended(node) || guards.contains(&node) || is_in_error_branch(obtained, node);
    let (without, _) = exits_without(obtained.scope, Some(obtained.statement), ended).ok()?;
    let loops = loops_around(obtained.statement, Some(obtained.scope));
    let outermost = loops.last().copied();
    let mut exits: Vec<Node<'a>> = without
        .into_iter()
        .flatten()
        .filter(|it| it.start() > check.start() && !check.contains(*it) || is_alternative(check, *it))
        // Behind a loop the paths of the failed calls are mixed with the others.
        .filter(|it| outermost.is_none_or(|outer| outer.contains(*it)))
        // `if err == io.EOF { return }` returns another failure of the same call.
        .filter(|it| !is_about(*it, obtained.scope, error, obtained.statement))
        .collect();
    sort::by_key(&mut exits, |it| it.start());
    Some(exits)
}

fn is_alternative<'a>(check: Node<'a>, node: Node<'a>) -> bool {
    check.child(Field::Alternative).is_some_and(|it| it.contains(node))
}

/// Whether an exit is in the branch of a condition on the very error that the call gave.
fn is_about<'a>(exit: Node<'a>, scope: Node<'a>, error: &str, statement: Node<'a>) -> bool {
    let mut above = exit.ancestors().take_while(|it| *it != scope);
    above.any(|it| {
        it.kind() == Kind::IfStatement
            && it.start() > statement.end()
            && it.child(Field::Initializer).is_none()
            && it.child(Field::Condition).is_some_and(|it| it.text().contains(error) && !error.is_empty())
            && !set_between(statement, it, error, scope)
    })
}

/// Whether a name is set again between two nodes of a function.
fn set_between<'a>(from: Node<'a>, to: Node<'a>, name: &str, scope: Node<'a>) -> bool {
    scope.own().any(|it| {
        matches!(it.kind(), Kind::ShortVarDeclaration | Kind::AssignmentStatement)
            && from.end() <= it.start()
            && it.end() <= to.start()
            && it.child(Field::Left).is_some_and(|left| left.children().any(|part| part.text() == name))
    })
}

/// The first of the closes, if all are deferred and the resource is opened in a loop that nothing leaves.
fn deferred_in_endless_loop<'a>(obtained: &Obtained<'a>, closes: &[Node<'a>]) -> Option<Node<'a>> {
    let scope = obtained.scope;
    let is_deferred = |it: &Node<'a>| {
        let defers = it.up(Kind::DeferStatement, Some(scope));
        defers.is_some_and(|defers| defers.function() == Some(scope))
    };
    let closed = closes.first().copied()?;
    let loops = loops_around(obtained.statement, Some(scope));
    let endless = loops.into_iter().find(|it| is_endless(*it))?;
    (closes.iter().all(is_deferred) && endless.contains(closed)).then_some(closed)
}

/// Whether a `for` has neither a condition nor a way out.
pub(super) fn is_endless(statement: Node<'_>) -> bool {
    let body = statement.child(Field::Body);
    let has_clause = statement.children().any(|it| Some(it) != body);
    let leaves = |it: Node<'_>| {
        matches!(it.kind(), Kind::ReturnStatement | Kind::BreakStatement | Kind::GotoStatement)
    };
    !has_clause && !statement.own().any(leaves)
}
