//! `sync.Once`: those that wait until the function of `Do` has run in another goroutine.

use super::chain::Chain;
use super::chain::chain;
use super::words::count;
use super::words::doing;
use super::words::who;
use crate::code::Object;
use crate::code::called_name;
use crate::confirm::group::ObservedGroup;
use crate::confirm::place::Case;
use crate::confirm::place::FrameNode;
use crate::confirm::said::Said;
use crate::confirm::said::line_in;
use crate::syntax::Field;
use crate::syntax::Node;

/// Says which goroutine runs the function of a `Do` that a group waits for; `None` if it waits for no `Do`.
pub(super) fn once(case: &Case<'_, '_>) -> Option<Said> {
    let chain = chain(case.workspace, case.group, Some(case.place));
    let first = chain.frames.first()?;
    let below = case.group.stack.get(..first.frame)?;
    let waits = below.iter().any(|it| it.function.starts_with("sync.(*Once)"))
        && below
            .iter()
            .all(|it| ["sync.", "internal/", "runtime."].iter().any(|at| it.function.starts_with(at)));
    if !waits {
        return None;
    }
    let about = first.node;
    let object = once_of(first)?;
    let label = format!("`{}`", object.label());
    let line = line_in(about, about);
    if let Some(outer) = running(case.group, &chain, object, 1) {
        let sentence = format!(
            "the function that line {} gives to {label} comes to {line}, which waits for {label} itself",
            outer.node.line()
        );
        return Some(
            Said::confirmed("deadlock-mutex", sentence)
                .with("runs the function", outer.node)
                .with("waits", about)
                .advising(format!("do not call `{}` from the function that it runs", about_text(about))),
        );
    }
    for other in case.groups.iter().filter(|it| it.group.row != case.group.row && it.group.count > 0) {
        if !other.group.stack.iter().any(|it| it.function.starts_with("sync.(*Once)")) {
            continue;
        }
        let other_chain = self::chain(case.workspace, other.group, other.place);
        let Some(runs) = running(other.group, &other_chain, object, 0) else { continue };
        let who = who(runs.function, runs.scope);
        let at = line_in(runs.node, about);
        let said = match doing(other.group, &other_chain, about) {
            Some(doing) => Said::confirmed(
                "deadlock-mutex",
                format!(
                    "{who} runs the function of {label} from {at}, which {doing} {}: all others wait until it returns",
                    count(other.group)
                ),
            ),
            None => Said::candidate(
                "lock-contention",
                format!("{who} runs the function of {label} from {at}: all others wait until it returns"),
            ),
        };
        let said = said.with("waits", about).with("runs the function", runs.node);
        return Some(match other_chain.frames.first() {
            Some(frame) => said.with("is here", frame.node).advising(format!(
                "let the wait at {} end, also on errors: a context or a timeout does",
                line_in(frame.node, about)
            )),
            None => said,
        });
    }
    let sentence = format!("no goroutine of this profile is seen to run the function of {label}");
    Some(Said::undecided("deadlock-mutex", sentence).with("waits", about))
}

fn about_text(node: Node<'_>) -> &str {
    node.child(Field::Function).map_or("Do", Node::text)
}

fn once_of<'a>(frame: &FrameNode<'a>) -> Option<Object<'a>> {
    let object = frame.node.child(Field::Function)?.child(Field::Operand)?;
    (called_name(frame.node) == Some("Do")).then_some(())?;
    match frame.package.object(frame.function, object) {
        it @ (Object::Field { .. } | Object::PackageVariable(_) | Object::Local { .. }) => Some(it),
        _ => None,
    }
}

/// The frame of a stack that runs the function of a `Do`, after the first `skip` frames.
fn running<'a>(
    group: &ObservedGroup,
    chain: &Chain<'a>,
    object: Object<'a>,
    skip: usize,
) -> Option<FrameNode<'a>> {
    chain.frames.iter().enumerate().skip(skip.max(1)).map(|(_, it)| *it).find(|it| {
        let below = it.frame.checked_sub(1).and_then(|index| group.stack.get(index));
        below.is_some_and(|it| it.function.starts_with("sync.(*Once)")) && once_of(it) == Some(object)
    })
}
