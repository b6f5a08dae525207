//! Tasks of an `errgroup`: a limited group that its own tasks add to, and a Wait for tasks that are stuck.

use super::super::place::Case;
use super::super::place::FrameNode;
use super::super::place::frame_nodes;
use super::super::said::Said;
use super::super::said::line_in;
use crate::code::Op;
use crate::code::Uses;
use crate::code::arguments;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

const GROUP: &str = "golang.org/x/sync/errgroup.(*Group).";

/// What the source says of a group that waits in `Go` or `Wait` of an `errgroup.Group`.
pub(super) fn check(case: &Case<'_, '_>) -> Option<Said> {
    let frames = frame_nodes(case.workspace, case.group);
    let here = frames.iter().find(|it| it.frame == case.place.frame)?;
    let below = case.group.stack.get(here.frame.checked_sub(1)?)?.function.as_str();
    let (uses, group) = group_of(here)?;
    match below.strip_prefix(GROUP)? {
        "Go" => nested(case, &frames, here, &uses, group),
        "Wait" => waits(case, here, &uses, group),
        _ => None,
    }
}

/// The errgroup that a frame calls.
fn group_of<'a>(frame: &FrameNode<'a>) -> Option<(Uses<'a>, Node<'a>)> {
    let group = frame.node.child(Field::Function)?.child(Field::Operand)?;
    Some((Uses::of_expression(frame.package, frame.function, group), group))
}

/// The call that starts a task, if a scope is the closure of a task of the group.
fn task_of<'a>(scope: Node<'a>, uses: &Uses<'a>) -> Option<Op<'a>> {
    let call = scope.parent().and_then(Node::parent).filter(|_| scope.kind() == Kind::FuncLiteral)?;
    uses.methods("Go").into_iter().find(|it| it.node == call)
}

/// The limit of a group: the call of SetLimit.
fn limit<'a>(uses: &Uses<'a>) -> Option<(Node<'a>, &'a str)> {
    let call = uses.methods("SetLimit").first()?.node;
    Some((call, arguments(call).next()?.text()))
}

/// A task of a limited group that waits for a free slot of the same group.
fn nested<'a>(
    case: &Case<'_, 'a>,
    frames: &[FrameNode<'a>],
    here: &FrameNode<'a>,
    uses: &Uses<'a>,
    group: Node<'a>,
) -> Option<Said> {
    let (limit, number) = limit(uses)?;
    let task = frames.iter().filter(|it| it.frame >= case.place.frame).find_map(|it| task_of(it.scope, uses));
    let (line, name) = (here.node.line(), group.text());
    let at = line_in(limit, here.node);
    let Some(task) = task else {
        let sentence = format!(
            "line {line} waits for a free slot of `{name}`, which runs at most {number} tasks at once ({at})"
        );
        return Some(
            Said::undecided("no-receiver", sentence).with("blocked", here.node).with("limit", limit),
        );
    };
    let sentence = format!(
        "line {line} adds a task to `{name}` from inside of a task of `{name}` ({}), which runs at most {number} at once ({at}): when such tasks have all slots, each waits for another",
        line_in(task.node, here.node)
    );
    let advice = format!(
        "do not call `{name}.Go` at line {line} from inside of a task: use TryGo, or a group for each level"
    );
    let said = Said::confirmed("no-receiver", sentence).with("blocked", here.node).with("task", task.node);
    Some(said.with("limit", limit).advising(advice))
}

/// A Wait, and tasks of the group in the same profile.
fn waits<'a>(case: &Case<'_, 'a>, here: &FrameNode<'a>, uses: &Uses<'a>, group: Node<'a>) -> Option<Said> {
    for other in case.groups {
        if other.group.row == case.group.row || other.group.blocked_on.is_none() {
            continue;
        }
        let frames = frame_nodes(case.workspace, other.group);
        let task = frames.iter().find(|it| task_of(it.scope, uses).is_some());
        let (Some(_), Some(place)) = (task, other.place) else { continue };
        let at = frames.iter().find(|it| it.frame == place.frame).map_or(place.scope, |it| it.node);
        let there = line_in(at, here.node);
        let sentence = format!(
            "line {} waits for the tasks of `{}`, and some of them are stuck at {there}",
            here.node.line(),
            group.text()
        );
        let said = Said::undecided("missing-cancel", sentence).with("blocked", here.node).with("stuck", at);
        return Some(said.following(other.group.row).advising(format!("see what is said of {there}")));
    }
    None
}
