//! Where a function is started as a goroutine.

use crate::code::Function;
use crate::code::Package;
use crate::code::SpawnKind;
use crate::code::Uses;
use crate::code::arguments;
use crate::code::called_name;
use crate::code::loops_around;
use crate::code::spawn_of;
use crate::code::statement_of;
use crate::confirm::place::Case;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Bound of the calls between a `go` statement and the function that it runs.
const MAX_HOPS: u32 = 4;

/// A statement or call that starts a goroutine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start<'a> {
    /// The `go` statement, or the call of a method such as `Group.Go` or of `time.AfterFunc`.
    pub(crate) node: Node<'a>,
    /// The function that it is in: a closure, or a declared function.
    pub(crate) scope: Node<'a>,
    /// Whether a timer or the end of a context starts it.
    pub(crate) is_callback: bool,
    /// Whether the goroutine may run the function more than once: it calls it in a loop.
    pub(crate) is_repeated: bool,
}

impl<'a> Start<'a> {
    /// The innermost loop around it that does not make the channel anew; `None` if each channel has one such start.
    pub(crate) fn loop_without(&self, make: Option<Node<'a>>) -> Option<Node<'a>> {
        loops_around(self.node, None).into_iter().find(|it| make.is_none_or(|make| !it.contains(make)))
    }
}

/// How a function comes to run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runs<'a> {
    /// The starts of goroutines that run it.
    pub(crate) starts: Vec<Start<'a>>,
    /// Calls that run it within another function, which is not known to be a goroutine of its own.
    pub(crate) calls: Vec<Node<'a>>,
    /// Whether it may run otherwise too: it is exported, or used as a value.
    pub(crate) is_open: bool,
}

/// How a function or closure comes to run, as far as its package shows.
pub(crate) fn runs_of<'a>(package: &'a Package<'a>, function: &'a Function<'a>, scope: Node<'a>) -> Runs<'a> {
    let mut runs = Runs::default();
    add_runs(package, function, scope, false, MAX_HOPS, &mut runs);
    runs
}

fn add_runs<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    scope: Node<'a>,
    is_repeated: bool,
    hops: u32,
    runs: &mut Runs<'a>,
) {
    let Some(hops) = hops.checked_sub(1) else {
        runs.is_open = true;
        return;
    };
    if scope.kind() != Kind::FuncLiteral {
        return add_runs_of_declared(package, function, is_repeated, hops, runs);
    }
    let Some(spawn) = spawn_of(scope) else {
        return add_runs_of_variable(package, function, scope, is_repeated, hops, runs);
    };
    match spawn.kind {
        SpawnKind::Go => runs.starts.push(start(spawn.node, false, is_repeated)),
        SpawnKind::After => runs.starts.push(start(spawn.node, true, is_repeated)),
        SpawnKind::Defer | SpawnKind::Call => {
            add_call(package, function, spawn.node, is_repeated, hops, runs);
        }
        SpawnKind::Argument => runs.is_open = true,
    }
}

fn start(node: Node<'_>, is_callback: bool, is_repeated: bool) -> Start<'_> {
    Start { node, scope: node.function().unwrap_or(node), is_callback, is_repeated }
}

/// A call that runs the function at once: the goroutine is that of the caller.
fn add_call<'a>(
    package: &'a Package<'a>,
    caller: &'a Function<'a>,
    call: Node<'a>,
    is_repeated: bool,
    hops: u32,
    runs: &mut Runs<'a>,
) {
    let Some(outer) = call.function() else { return };
    let before = runs.starts.len();
    let was_open = runs.is_open;
    let is_repeated = is_repeated || !loops_around(call, None).is_empty();
    add_runs(package, caller, outer, is_repeated, hops, runs);
    // That the caller runs otherwise too is a question of the caller.
    runs.is_open = was_open;
    if runs.starts.len() == before {
        runs.calls.push(call);
    }
}

fn add_runs_of_declared<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    is_repeated: bool,
    hops: u32,
    runs: &mut Runs<'a>,
) {
    for (caller, call) in package.calls_of(function) {
        match call.parent().map(Node::kind) {
            Some(Kind::GoStatement) => {
                runs.starts.extend(call.parent().map(|it| start(it, false, is_repeated)));
            }
            _ => add_call(package, caller, call, is_repeated, hops, runs),
        }
    }
    let mut is_value = false;
    for holder in &package.functions {
        for name in ["Go", "TryGo", "AfterFunc"] {
            for call in holder.index().calls(name) {
                if arguments(*call).any(|it| names(it, function)) {
                    runs.starts.push(start(*call, name == "AfterFunc", is_repeated));
                    is_value = true;
                }
            }
        }
    }
    let is_exported = function.is_exported() && package.is_importable();
    runs.is_open |= is_exported || (!is_value && package.is_value(function));
}

/// Whether an argument is a function itself: `worker`, `s.run`.
fn names(argument: Node<'_>, function: &Function<'_>) -> bool {
    match (argument.kind(), function.receiver) {
        (Kind::Identifier, None) => argument.text() == function.name,
        (Kind::SelectorExpression, Some(_)) => {
            argument.child(Field::Selected).is_some_and(|it| it.text() == function.name)
        }
        _ => false,
    }
}

/// A closure that a variable holds: `send := func() {…}`, then `go send()`.
fn add_runs_of_variable<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    closure: Node<'a>,
    is_repeated: bool,
    hops: u32,
    runs: &mut Runs<'a>,
) {
    let definition = closure.ancestors().take_while(|it| it.kind() != Kind::StatementList).find(|it| {
        matches!(it.kind(), Kind::ShortVarDeclaration | Kind::VarSpec | Kind::AssignmentStatement)
    });
    let name = definition.and_then(|it| {
        let left = it.child(Field::Left).and_then(|left| left.nth(0));
        left.or_else(|| it.child(Field::Name)).filter(|name| name.kind() == Kind::Identifier)
    });
    let Some(name) = name else {
        runs.is_open = true;
        return;
    };
    let object = package.object(function, name);
    let mut is_run = false;
    for node in function.index().identifiers.get(name.text()).into_iter().flatten() {
        if *node == name || package.object(function, *node) != object {
            continue;
        }
        let call = node
            .parent()
            .filter(|it| it.kind() == Kind::CallExpression && it.child(Field::Function) == Some(*node));
        let Some(call) = call else {
            let in_call = node.parent().and_then(Node::parent).filter(|it| it.kind() == Kind::CallExpression);
            match in_call.and_then(called_name) {
                Some("Go" | "TryGo") => runs.starts.extend(in_call.map(|it| start(it, false, is_repeated))),
                Some("AfterFunc") => runs.starts.extend(in_call.map(|it| start(it, true, is_repeated))),
                _ => runs.is_open = true,
            }
            is_run = true;
            continue;
        };
        is_run = true;
        match call.parent().filter(|it| it.kind() == Kind::GoStatement) {
            Some(go) => runs.starts.push(start(go, false, is_repeated)),
            // A closure that calls itself.
            None if closure.contains(call) => runs.is_open = true,
            None => add_call(package, function, call, is_repeated, hops, runs),
        }
    }
    runs.is_open |= !is_run;
}

/// The innermost loop around a node in its function that does not contain another node.
pub(crate) fn loop_without<'a>(node: Node<'a>, other: Option<Node<'a>>) -> Option<Node<'a>> {
    loops_around(node, None).into_iter().find(|it| other.is_none_or(|other| !it.contains(other)))
}

/// Whether a node is in a later statement of the same block as another, or further in.
pub(crate) fn is_after_in_block(node: Node<'_>, other: Node<'_>) -> bool {
    let Some(statement) = statement_of(other) else { return false };
    let list = statement.parent();
    node.start() >= statement.end() && list.is_some_and(|it| it.contains(node))
}

/// Whether nothing in its package calls a function or uses it as a value, and nothing outside can.
pub(crate) fn is_unused<'a>(package: &'a Package<'a>, function: &'a Function<'a>) -> bool {
    let is_entry = matches!(function.name, "main" | "init") && function.receiver.is_none();
    // A method may be called through an interface of another package.
    let may_be_outside = function.name.starts_with(char::is_uppercase)
        && (package.is_importable() || function.receiver.is_some());
    if function.is_vars() || is_entry || may_be_outside || package.is_value(function) {
        return false;
    }
    let may_be_inside = function.receiver.is_some() && package.has_interface_method(function.name);
    !may_be_inside && package.calls_of(function).is_empty()
}

/// Whether a function runs once in a program: it is `main` or `init`, or is called by such functions alone, and in no loop.
pub(crate) fn runs_once<'a>(package: &'a Package<'a>, function: &'a Function<'a>) -> bool {
    runs_once_within(package, function, MAX_HOPS)
}

fn runs_once_within<'a>(package: &'a Package<'a>, function: &'a Function<'a>, hops: u32) -> bool {
    if function.is_vars() || matches!(function.name, "main" | "init") && function.receiver.is_none() {
        return true;
    }
    let Some(hops) = hops.checked_sub(1) else { return false };
    if function.name.starts_with(char::is_uppercase) && package.is_importable() || package.is_value(function)
    {
        return false;
    }
    let calls = package.calls_of(function);
    !calls.is_empty()
        && calls.iter().all(|(caller, call)| {
            call.function() == Some(caller.node)
                && loops_around(*call, None).is_empty()
                && runs_once_within(package, caller, hops)
        })
}

/// Whether a loop has a fixed number of turns: it counts, or ranges over something other than a channel or function.
pub(crate) fn is_counted<'a>(package: &'a Package<'a>, function: &'a Function<'a>, loop_: Node<'a>) -> bool {
    if let Some(range) = loop_.child_of_kind(Kind::RangeClause) {
        let Some(over) = range.child(Field::Right) else { return false };
        return match over.kind() {
            Kind::IntLiteral | Kind::CompositeLiteral => true,
            Kind::Identifier | Kind::SelectorExpression => package
                .type_node(function, over)
                .is_some_and(|(_, type_)| !matches!(type_.kind(), Kind::ChannelType | Kind::FunctionType)),
            _ => false,
        };
    }
    let clause = loop_.child_of_kind(Kind::ForClause);
    clause.is_some_and(|it| it.child(Field::Condition).is_some() && it.child(Field::Update).is_some())
}

/// Whether a node waits until goroutines are done: a receive, or a call of `Wait`.
pub(in crate::confirm) fn waits_for_others(node: Node<'_>) -> bool {
    called_name(node) == Some("Wait") || node.is_receive()
}

/// Whether a goroutine is a task of a group that has a limit.
pub(super) fn is_limited<'a>(case: &Case<'_, 'a>, start: &Start<'a>) -> bool {
    let package = case.place.package;
    let group = start.node.child(Field::Function).and_then(|it| it.child(Field::Operand));
    let function = package.function_of(start.node);
    group.zip(function).is_some_and(|(group, function)| {
        !Uses::of_expression(package, function, group).methods("SetLimit").is_empty()
    })
}
