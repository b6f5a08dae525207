//! From a frame of a profile to the function, the closure and the operation in the source.

use super::group::ObservedFrame;
use super::group::ObservedGroup;
use super::wait::Operation;
use super::wait::may_be_running;
use super::wait::own_wait;
use crate::code::Function;
use crate::code::Package;
use crate::code::Workspace;
use crate::code::called_name;
use crate::code::closures;
use crate::golang::Owner;
use crate::golang::owner;
use crate::golang::package_and_rest;
use crate::syntax::Kind;
use crate::syntax::Node;

/// The place in the source where the goroutines of a group wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The package.
    pub(crate) package: &'a Package<'a>,
    /// The declared function.
    pub(crate) function: &'a Function<'a>,
    /// The innermost function: a closure, or the declared one.
    pub(crate) scope: Node<'a>,
    /// The operation that waits: a send statement, a receive, a range clause, a select statement or a call. `None` if the frame only
    /// calls what waits.
    pub(crate) operation: Option<Node<'a>>,
    /// Its line in the source at hand.
    pub(crate) line: u32,
    /// How many lines further down it is than in the program that wrote the profile.
    pub(crate) moved_by: i64,
    /// Whether the line of the profile holds the operation.
    pub(crate) is_exact: bool,
    /// The index of the frame in the stack of the group.
    pub(crate) frame: usize,
}

/// A group whose stack has a frame in the source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlacedGroup<'a> {
    /// The group.
    pub(crate) group: &'a ObservedGroup,
    /// The place of its first frame that is in the source; `None` if there is none or if the source is another.
    pub(crate) place: Option<Place<'a>>,
}

/// What a check of one cause is given.
#[derive(Clone, Copy)]
pub(crate) struct Case<'c, 'a> {
    /// The packages.
    pub(crate) workspace: &'c Workspace<'a>,
    /// The place where the goroutines wait.
    pub(crate) place: Place<'a>,
    /// The group that waits.
    pub(crate) group: &'a ObservedGroup,
    /// All groups of the last snapshot, this one among them, background ones too.
    pub(crate) groups: &'c [PlacedGroup<'a>],
    /// The `go` statement that started the group, where it is in the source and has not moved otherwise than the place.
    pub(crate) spawn: Option<Node<'a>>,
    /// The causes that the profile suggests, the likeliest first.
    pub(crate) causes: &'c [String],
}

/// A frame of a stack that is in the source, with the node that it is running.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameNode<'a> {
    /// The index of the frame in its stack.
    pub(super) frame: usize,
    /// The package.
    pub(super) package: &'a Package<'a>,
    /// The declared function.
    pub(super) function: &'a Function<'a>,
    /// The innermost function.
    pub(super) scope: Node<'a>,
    /// The call or operation that it is in.
    pub(super) node: Node<'a>,
}

/// The package of a frame; `None` if its source is not at hand, or if it is Go's own: what waits there is known by its name.
pub(super) fn package_of<'a>(workspace: &Workspace<'a>, frame: &ObservedFrame) -> Option<&'a Package<'a>> {
    if matches!(owner(&frame.function, &frame.file), Owner::Runtime | Owner::Standard) {
        return None;
    }
    let (path, _) = package_and_rest(&frame.function);
    workspace.package(path, &frame.file)
}

/// The place of the first frame of the user's code that is in the source; or why there is none. Libraries are not judged, and their
/// source is not read for this.
pub(super) fn place_of<'a>(workspace: &Workspace<'a>, group: &ObservedGroup) -> Result<Place<'a>, NoPlace> {
    for (index, frame) in group.stack.iter().enumerate().take(MAX_FRAMES) {
        if owner(&frame.function, &frame.file) != Owner::User {
            continue;
        }
        let Some(package) = package_of(workspace, frame) else { continue };
        let before = group.stack.get(..index).unwrap_or_default();
        let operation = group.blocked_on.and_then(|it| own_wait(it, before));
        let called = before.last().map(|it| last_name(&it.function));
        let found = find(package, frame, operation, group.spawn_site.as_ref(), called);
        let place = found.map(|place| Place { frame: index, ..place });
        return place.ok_or_else(|| NoPlace::OtherSource { file: frame.file.clone(), line: frame.line });
    }
    Err(NoPlace::NoSource)
}

/// Why a group has no place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoPlace {
    /// No frame is in the source at hand.
    NoSource,
    /// The line of a frame holds no operation of that kind: the source is not that of the program.
    OtherSource {
        /// The file that the frame names.
        file: String,
        /// The line that it names.
        line: u32,
    },
}

/// The last name of a function: `Put` of `store.(*Store).Put`, without type arguments and `-fm`.
pub(super) fn last_name(function: &str) -> &str {
    let function = function.strip_suffix("-fm").unwrap_or(function);
    let function = function.split('[').next().unwrap_or(function);
    function.rsplit(['.', '/']).next().unwrap_or(function)
}

/// The parts of a function's name: receiver, name and closures: `(*T).m.func1.2`.
struct NameParts<'n> {
    receiver: Option<&'n str>,
    name: &'n str,
    closures: Vec<&'n str>,
}

impl<'n> NameParts<'n> {
    fn parse(function: &'n str) -> Self {
        let (_, rest) = package_and_rest(function);
        let receiver = rest.strip_prefix("(*").and_then(|it| it.split_once(')'));
        let (receiver, rest) = match receiver {
            Some((receiver, rest)) => {
                (receiver.split('[').next(), rest.trim_start_matches("[...]").trim_start_matches('.'))
            }
            None => (None, rest),
        };
        let mut parts = rest
            .split('.')
            .map(|it| it.split('[').next().unwrap_or(it))
            .filter(|it| !it.is_empty() && *it != "]");
        NameParts { receiver, name: parts.next().unwrap_or(""), closures: parts.collect() }
    }
}

/// The declared functions that a frame may be in, each with the parts of its name that are closures.
pub(super) fn functions_of<'a, 'f>(
    package: &'a Package<'a>,
    frame: &'f ObservedFrame,
) -> Vec<(&'a Function<'a>, Vec<&'f str>)> {
    let parts = NameParts::parse(&frame.function);
    let file = frame.file.rsplit(['/', '\\']).next().unwrap_or("");
    let mut found: Vec<(&'a Function<'a>, Vec<&'f str>)> = Vec::new();
    for function in &package.functions {
        if function.is_vars() {
            let is_global = parts.name == "glob" || parts.name == "init";
            if is_global
                && !parts.closures.is_empty()
                && function.node.has_line(frame.line)
                && function.file.name() == file
            {
                found.push((function, Vec::new()));
            }
        } else if function.name == parts.name
            && (parts.receiver.is_none() || parts.receiver == function.receiver)
        {
            // `T.m` of a value receiver is not a function `T`; a function `m` is no method `m`.
            if parts.receiver.is_some() || function.receiver.is_none() {
                found.push((function, parts.closures.clone()));
            }
        } else if function.receiver == Some(parts.name) && parts.closures.first() == Some(&function.name) {
            found.push((function, parts.closures.get(1..).unwrap_or_default().to_vec()));
        }
    }
    if found.iter().any(|(function, _)| function.file.name() == file) {
        found.retain(|(function, _)| function.file.name() == file);
    }
    let holds = |function: &Function<'a>| function.file.name() == file && function.node.has_line(frame.line);
    if !found.iter().any(|(function, _)| holds(function)) {
        // A closure of an inlined function has the names of the functions that this is inlined into before its own: `New.NewRunner.func1`.
        let last = |function: &Function<'a>| parts.closures.iter().rposition(|it| *it == function.name);
        let inlined = package.functions.iter().filter(|it| holds(it)).find_map(|it| Some((it, last(it)?)));
        if let Some((function, at)) = inlined {
            let closures = parts.closures.get(at + 1..).unwrap_or_default();
            return vec![(function, closures.to_vec())];
        }
    }
    found
}

/// The closure that the parts of a name say: `func1` is the first closure of the function, `func1.2` the second one in it.
fn closure_by_path<'a>(function: &'a Function<'a>, parts: &[&str]) -> Option<Node<'a>> {
    let mut node = function.node;
    let is_wrapper = |it: &&&str| !it.starts_with("gowrap") && !it.starts_with("deferwrap");
    let mut parts = parts.iter().filter(is_wrapper).peekable();
    let is_number = |it: &str| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit());
    if function.name == "init" && parts.peek().is_some_and(|it| is_number(it)) {
        parts.next();
    }
    for part in parts {
        let part = part.strip_suffix("-fm").unwrap_or(part).split("-range").next().unwrap_or("");
        let number: usize = part.strip_prefix("func").unwrap_or(part).parse().ok()?;
        node = closures(node).get(number.checked_sub(1)?).copied()?;
    }
    Some(node)
}

/// The innermost function that holds a line.
pub(super) fn scope_at<'a>(function: &'a Function<'a>, line: u32) -> Node<'a> {
    let closures = function.node.walk().filter(|it| it.kind() == Kind::FuncLiteral && it.has_line(line));
    closures.max_by_key(|it| it.start()).unwrap_or(function.node)
}

/// A place in a function.
fn place<'a>(package: &'a Package<'a>, function: &'a Function<'a>, node: Node<'a>, line: u32) -> Place<'a> {
    let scope = node.function().unwrap_or(function.node);
    let moved_by = i64::from(node.line()) - i64::from(line);
    Place {
        package,
        function,
        scope,
        operation: Some(node),
        line: node.line(),
        moved_by,
        is_exact: moved_by == 0,
        frame: 0,
    }
}

/// The operation that a frame waits in. `operation` is `None` if the frame only calls what waits; then `called` is the name of the
/// function that it calls.
fn find<'a>(
    package: &'a Package<'a>,
    frame: &ObservedFrame,
    operation: Option<Operation>,
    spawn: Option<&ObservedFrame>,
    called: Option<&str>,
) -> Option<Place<'a>> {
    let mut found: Vec<Place<'a>> = Vec::new();
    for (function, parts) in functions_of(package, frame) {
        if function.node.is_broken() {
            continue;
        }
        found.extend(match operation {
            Some(operation) => operation_in(package, function, &parts, frame, operation, spawn),
            None => call_in(package, function, &parts, frame, called),
        });
    }
    let exact: Vec<&Place<'a>> = found.iter().filter(|it| it.is_exact).collect();
    match (found.as_slice(), exact.as_slice()) {
        ([only], _) => Some(*only),
        (_, [only]) => Some(**only),
        _ => None,
    }
}

/// The place of a frame that only calls what waits: the call is the operation of no wait.
fn call_in<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    parts: &[&str],
    frame: &ObservedFrame,
    called: Option<&str>,
) -> Option<Place<'a>> {
    let line = frame.line;
    let calls: Vec<Node<'a>> = called.map_or(Vec::new(), |it| function.index().calls(it).to_vec());
    let here = calls.iter().copied().rfind(|it| it.has_line(line));
    if here.is_some() || calls.is_empty() {
        if !function.node.has_line(line) {
            return None;
        }
        let scope =
            here.map_or_else(|| scope_at(function, line), |it| it.function().unwrap_or(function.node));
        let is_exact = here.is_some();
        return Some(Place {
            package,
            function,
            scope,
            operation: None,
            line,
            moved_by: 0,
            is_exact,
            frame: 0,
        });
    }
    let closure = closure_by_path(function, parts);
    let own: Vec<Node<'a>> = calls.iter().copied().filter(|it| it.function() == closure).collect();
    match if own.is_empty() { &calls } else { &own }.as_slice() {
        [only] => Some(Place { operation: None, is_exact: false, ..place(package, function, *only, line) }),
        _ => None,
    }
}

fn operation_in<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    parts: &[&str],
    frame: &ObservedFrame,
    operation: Operation,
    spawn: Option<&ObservedFrame>,
) -> Option<Place<'a>> {
    let line = frame.line;
    let fits = |it: &Node<'a>| operation.is_at(*it);
    let on_line = |it: &Node<'a>| {
        // A select holds the lines of its cases: only its first line is where it waits.
        it.line() == line || it.kind() != Kind::SelectStatement && it.has_line(line)
    };
    let all: Vec<Node<'a>> = function.node.walk().filter(fits).filter(on_line).collect();
    let first: Vec<Node<'a>> = all.iter().copied().filter(|it| it.line() == line).collect();
    let here = if first.is_empty() { all } else { first };
    if let Some(node) = here.iter().min_by_key(|it| it.end() - it.start()) {
        return Some(Place { line, moved_by: 0, is_exact: true, ..place(package, function, *node, line) });
    }
    // The file has changed. The closure is known by its number; its only operation of that kind is it.
    let closure = closure_by_path(function, parts)?;
    let inside: Vec<Node<'a>> = closure.own().filter(fits).collect();
    if let [only] = inside.as_slice() {
        return Some(place(package, function, *only, line));
    }
    // Of several, the one that moved as far as the `go` statement did.
    let shift = spawn_shift(package, spawn?)?;
    let mut as_far = inside.into_iter().filter(|it| i64::from(it.line()) - i64::from(line) == shift);
    match (as_far.next(), as_far.next()) {
        (Some(only), None) => Some(place(package, function, only, line)),
        _ => None,
    }
}

/// How far the nearest `go` statement of the function that started a group is from where the profile has it.
fn spawn_shift<'a>(package: &'a Package<'a>, spawn: &ObservedFrame) -> Option<i64> {
    let goes =
        functions_of(package, spawn).into_iter().flat_map(|(function, _)| function.index().goes.clone());
    goes.map(|it| i64::from(it.line()) - i64::from(spawn.line)).min_by_key(|it| it.abs())
}

/// The `go` statement that started a group, if it is in the source and has moved as far as the place.
pub(super) fn spawn_statement<'a>(
    workspace: &Workspace<'a>,
    group: &ObservedGroup,
    place: &Place<'a>,
) -> Option<Node<'a>> {
    let spawn = group.spawn_site.as_ref()?;
    let package = package_of(workspace, spawn)?;
    let mut goes =
        functions_of(package, spawn).into_iter().flat_map(|(function, _)| function.index().goes.clone());
    goes.find(|it| i64::from(it.line()) - i64::from(spawn.line) == place.moved_by)
}

/// The frames of a stack that are in the source, leaf first, each with the node that it is running. Frames whose line holds no fitting
/// node are left out.
pub(super) fn frame_nodes<'a>(workspace: &Workspace<'a>, group: &ObservedGroup) -> Vec<FrameNode<'a>> {
    let mut nodes = Vec::new();
    for (index, frame) in group.stack.iter().enumerate().take(MAX_FRAMES) {
        let Some(package) = package_of(workspace, frame) else { continue };
        let called =
            index.checked_sub(1).and_then(|it| group.stack.get(it)).map(|it| last_name(&it.function));
        let functions = functions_of(package, frame);
        let Some((function, parts)) = functions.into_iter().find(|(it, _)| it.node.has_line(frame.line))
        else {
            continue;
        };
        // A line may hold several closures: `g.Go(func() error { return visit() })`.
        let closure = closure_by_path(function, &parts).filter(|it| it.has_line(frame.line));
        let runs = |it: &Node<'a>| {
            it.line() == frame.line && (may_be_running(*it) || it.kind() == Kind::GoStatement)
        };
        let mut on_line: Vec<Node<'a>> = function.node.walk().filter(runs).collect();
        if on_line.iter().any(|it| it.function() == closure) {
            on_line.retain(|it| it.function() == closure);
        }
        let calls = |it: &&Node<'a>| {
            it.kind() == Kind::CallExpression && called.is_some() && called_name(**it) == called
        };
        let Some(node) = on_line.iter().find(calls).or(on_line.first()).copied() else { continue };
        let scope = node.function().unwrap_or(function.node);
        nodes.push(FrameNode { frame: index, package, function, scope, node });
    }
    nodes
}

/// Bound of the frames of a stack that are looked up.
const MAX_FRAMES: usize = 64;
