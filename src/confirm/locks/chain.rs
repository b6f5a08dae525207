//! The frames of a stack that are in the source, each with the call that it is in.

use crate::code::Function;
use crate::code::Workspace;
use crate::code::called_name;
use crate::confirm::group::ObservedFrame;
use crate::confirm::group::ObservedGroup;
use crate::confirm::place::FrameNode;
use crate::confirm::place::Place;
use crate::confirm::place::functions_of;
use crate::confirm::place::last_name;
use crate::confirm::place::package_of;
use crate::confirm::wait::may_be_running;
use crate::golang::Owner;
use crate::golang::owner;
use crate::syntax::Node;

/// Bound of the frames of a stack that are looked up.
const MAX_FRAMES: usize = 32;

/// The frames of one stack in the source.
#[derive(Clone, Debug)]
pub(super) struct Chain<'a> {
    /// The frames, leaf first.
    pub(super) frames: Vec<FrameNode<'a>>,
    /// The functions of frames whose line does not tell what runs. What they hold is not known.
    pub(super) unresolved: Vec<&'a Function<'a>>,
    /// Whether the stack goes on where it is not looked at.
    pub(super) is_cut: bool,
}

/// The frames of a group that are in the source of the user or of a dependency. `place` says how far the lines of its file have moved.
pub(super) fn chain<'a>(
    workspace: &Workspace<'a>,
    group: &ObservedGroup,
    place: Option<Place<'a>>,
) -> Chain<'a> {
    let mut chain =
        Chain { frames: Vec::new(), unresolved: Vec::new(), is_cut: group.stack.len() > MAX_FRAMES };
    for (index, frame) in group.stack.iter().enumerate().take(MAX_FRAMES) {
        if matches!(owner(&frame.function, &frame.file), Owner::Runtime | Owner::Standard) {
            continue;
        }
        let Some(package) = package_of(workspace, frame) else { continue };
        if let Some(Place { package, function, scope, operation: Some(node), .. }) =
            place.filter(|it| it.frame == index)
        {
            chain.frames.push(FrameNode { frame: index, package, function, scope, node });
            continue;
        }
        let line = match place {
            Some(place) if group.stack.get(place.frame).is_some_and(|it| it.file == frame.file) => {
                u32::try_from(i64::from(frame.line) + place.moved_by).unwrap_or(0)
            }
            _ => frame.line,
        };
        let called = index.checked_sub(1).and_then(|it| group.stack.get(it));
        let functions = functions_of(package, frame);
        let found =
            functions.iter().find_map(|(function, _)| Some((*function, running(function, line, called)?)));
        match found {
            Some((function, node)) => {
                let scope = node.function().unwrap_or(function.node);
                chain.frames.push(FrameNode { frame: index, package, function, scope, node });
            }
            None => chain.unresolved.extend(functions.iter().map(|(function, _)| *function)),
        }
    }
    chain
}

/// The node of a function that a line runs: the call of the frame below, or the operation that waits.
fn running<'a>(function: &'a Function<'a>, line: u32, called: Option<&ObservedFrame>) -> Option<Node<'a>> {
    if function.node.is_broken() || !function.node.has_line(line) {
        return None;
    }
    let called = called.map(|it| last_name(&it.function));
    let calls = called.map_or(&[][..], |name| function.index().calls(name));
    if let Some(call) = calls.iter().find(|it| it.line() == line || name_line(**it) == line) {
        return Some(*call);
    }
    let runs = |it: &Node<'a>| it.line() == line && may_be_running(*it);
    // A function value is called by another name than its own, and the entry of a goroutine by none.
    let is_value =
        called.is_none_or(|name| name.starts_with("func") || name.bytes().all(|b| b.is_ascii_digit()));
    let mut on_line = function.node.walk().filter(runs);
    let first = on_line.next();
    let is_only = on_line.next().is_none();
    first.filter(|it| is_value || is_only || called_name(*it).is_none())
}

/// The line of the name in a call: of a chain of calls, that of the last one.
fn name_line(call: Node<'_>) -> u32 {
    use crate::syntax::Field;
    call.child(Field::Arguments).map_or_else(|| call.line(), Node::line)
}
