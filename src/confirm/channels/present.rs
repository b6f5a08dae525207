//! Goroutines of the same profile that are in a function.

use super::channel::Channel;
use crate::code::Function;
use crate::code::Op;
use crate::code::in_case;
use crate::code::spawn_of;
use crate::confirm::group::ObservedFrame;
use crate::confirm::group::ObservedGroup;
use crate::confirm::place::Case;
use crate::confirm::place::FrameNode;
use crate::confirm::place::frame_nodes;
use crate::golang::package_and_rest;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Goroutines that are in one of some functions, and may still come to an operation there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Present<'a> {
    /// How many they are, in all groups.
    pub(super) count: i128,
    /// The largest group of them.
    pub(super) group: &'a ObservedGroup,
    /// What that group is running in the function.
    pub(super) at: FrameNode<'a>,
    /// The operation that they may still come to.
    pub(super) operation: Node<'a>,
}

/// The goroutines of other groups that may still come to one of these operations, and are not at it; `None` if there is none.
pub(super) fn present_before<'a>(
    case: &Case<'_, 'a>,
    operations: &[Op<'a>],
    make: Option<Node<'a>>,
) -> Option<Present<'a>> {
    present(
        case,
        |group| operations.iter().any(|it| names(group, it)),
        |frame| {
            let ahead = |op: &&Op<'a>| match deferred_in(op) {
                Some(outer) => frame.scope == outer,
                // A goroutine at the operation itself waits for another channel of that name: this one would let both go on.
                None => {
                    frame.scope == op.scope && !is_at(frame.node, op.node) && is_ahead(frame.node, op, make)
                }
            };
            operations.iter().find(ahead).map(|it| it.node)
        },
    )
}

/// The goroutines of other groups that are in the function of a case, at a place that fits.
pub(super) fn present_in<'a>(
    case: &Case<'_, 'a>,
    fits: impl Fn(&FrameNode<'a>) -> bool,
) -> Option<Present<'a>> {
    let name = case.place.function.name;
    let is_named = |group: &ObservedGroup| group.stack.iter().any(|it| it.function.contains(name));
    present(case, is_named, |frame| fits(frame).then_some(frame.node))
}

fn present<'a>(
    case: &Case<'_, 'a>,
    may_fit: impl Fn(&ObservedGroup) -> bool,
    hit: impl Fn(&FrameNode<'a>) -> Option<Node<'a>>,
) -> Option<Present<'a>> {
    let mut found: Option<Present<'a>> = None;
    for placed in case.groups {
        let group = placed.group;
        if group.row == case.group.row || !may_fit(group) {
            continue;
        }
        let frames = frame_nodes(case.workspace, group);
        let Some((at, operation)) = frames.iter().find_map(|frame| Some((*frame, hit(frame)?))) else {
            continue;
        };
        let count = found.map_or(0, |it| it.count).saturating_add(group.count);
        found = Some(match found {
            Some(before) if before.group.count >= group.count => Present { count, ..before },
            _ => Present { count, group, at, operation },
        });
    }
    found
}

/// Whether a stack of the profile, or what started a goroutine, names a function: then it has run.
pub(super) fn is_in_profile<'a>(case: &Case<'_, 'a>, function: &Function<'a>) -> bool {
    let all = case.groups.iter().map(|placed| placed.group);
    let mut frames = all.flat_map(|it| it.stack.iter().chain(it.spawn_site.as_ref()));
    frames.any(|it| names_function(case, it, function))
}

/// How many goroutines of the profile are in a function.
pub(super) fn count_in<'a>(case: &Case<'_, 'a>, function: &Function<'a>) -> i128 {
    let all = case.groups.iter().map(|placed| placed.group);
    let inside = all.filter(|it| it.stack.iter().any(|frame| names_function(case, frame, function)));
    inside.map(|it| it.count).sum()
}

/// Whether a frame is in a function of the package that waits, or in a closure of it: `write` of `main.(*session).write.func1`, and not of
/// `net/http.(*persistConn).writeLoop`.
fn names_function<'a>(case: &Case<'_, 'a>, frame: &ObservedFrame, function: &Function<'a>) -> bool {
    let (path, rest) = package_and_rest(&frame.function);
    let last = |path: &str| path.rsplit('/').next() == case.place.package.path.rsplit('/').next();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    (path == "main" || last(path)) && rest.split(|c| !is_word(c)).any(|it| it == function.name)
}

/// Whether a stack has a frame with the name of the function that holds an operation: only then its frames are looked up.
fn names(group: &ObservedGroup, operation: &Op<'_>) -> bool {
    operation.function.is_vars() || group.stack.iter().any(|it| it.function.contains(operation.function.name))
}

/// Whether a goroutine at a node comes to an operation of the same function: it is at it, before it, or in a loop around both.
fn is_ahead(node: Node<'_>, operation: &Op<'_>, make: Option<Node<'_>>) -> bool {
    let whole = operation.select().map_or(operation.node, |(select, _)| select);
    // A range clause comes before the body that its loop repeats.
    let around = whole.ancestors().take_while(|it| !it.kind().is_function());
    let mut loops =
        around.filter(|it| it.kind() == Kind::ForStatement && make.is_none_or(|make| !it.contains(make)));
    node.start() < whole.end() || loops.any(|it| it.contains(node))
}

/// A number of goroutines with a verb: `1 goroutine waits`, `3 goroutines wait`. The verb is in its plural.
pub(super) fn goroutines(count: i128, verb: &str) -> String {
    match (count, verb) {
        (1, "are") => "1 goroutine is".to_owned(),
        (1, _) => format!("1 goroutine {verb}s"),
        (_, _) => format!("{count} goroutines {verb}"),
    }
}

/// What the goroutines that are present wait for: `at line 40 (channel receive)`.
pub(super) fn where_they_are(channel: &Channel<'_>, present: &Present<'_>) -> String {
    let at = channel.line(present.at.node);
    match present.group.blocked_on {
        Some(wait) => format!("{at} ({})", wait.as_str()),
        None => at,
    }
}

/// The function at whose end an operation runs, if it is deferred.
fn deferred_in<'a>(operation: &Op<'a>) -> Option<Node<'a>> {
    let defer = operation.node.ancestors().find(|it| it.kind() == Kind::DeferStatement)?;
    let is_own = defer.function() == Some(operation.scope);
    let is_closure = || spawn_of(operation.scope).is_some_and(|it| it.node == defer);
    (is_own || is_closure()).then(|| defer.function()).flatten()
}

/// Whether a node that is running is an operation, or the select whose case it is.
fn is_at(node: Node<'_>, operation: Node<'_>) -> bool {
    let select = operation.up(Kind::SelectStatement, operation.function());
    let is_its_case = || select.is_some_and(|it| it == node) && in_case(operation);
    node == operation || operation.contains(node) || is_its_case()
}
