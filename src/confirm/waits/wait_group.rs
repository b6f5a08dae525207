//! Wait groups: a path without Done, a Wait by one that the group counts, a count that nobody takes.

use super::super::place::Case;
use super::super::place::frame_nodes;
use super::super::said::Said;
use super::super::said::line_in;
use super::loops::loop_around;
use crate::code::EscapeKind;
use crate::code::Op;
use crate::code::SpawnKind;
use crate::code::Uses;
use crate::code::call_name;
use crate::code::exits_without;
use crate::code::loops_around;
use crate::code::spawn_of;
use crate::code::statement_of;
use crate::model::BlockedOn;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

const MISSING_DONE: &str = "missing-waitgroup-done";

/// A wait group and what is done to it.
struct Counted<'a> {
    wait: Node<'a>,
    group: Node<'a>,
    uses: Uses<'a>,
    adds: Vec<Op<'a>>,
    dones: Vec<Op<'a>>,
    gos: Vec<Op<'a>>,
}

/// What the source says of a group that waits for a `sync.WaitGroup`.
pub(super) fn check(case: &Case<'_, '_>) -> Option<Said> {
    let wait = case.place.operation.filter(|_| case.group.blocked_on == Some(BlockedOn::WaitGroup))?;
    let group = wait.child(Field::Function)?.child(Field::Operand)?;
    let uses = Uses::of_expression(case.place.package, case.place.function, group);
    let (adds, dones, gos) = (uses.methods("Add"), uses.methods("Done"), uses.methods("Go"));
    let counted = Counted { wait, group, uses, adds, dones, gos };
    let said = inside(case, &counted)
        .or_else(|| stuck(case, &counted))
        .or_else(|| path_without_done(case, &counted))
        .or_else(|| not_started(&counted))
        .or_else(|| in_the_loop(case, &counted))
        .or_else(|| nobody(&counted));
    Some(said.unwrap_or_else(|| {
        let done = counted.dones.first().map_or("no Done is seen".to_owned(), |it| {
            format!("Done is called at {}, and no path without it is seen", line_in(it.node, wait))
        });
        Said::undecided(MISSING_DONE, format!("{}; {done}", waits(&counted))).with("blocked", wait)
    }))
}

fn waits(counted: &Counted<'_>) -> String {
    format!("line {} waits for `{}`", counted.wait.line(), counted.group.text())
}

fn operand(call: Node<'_>) -> Option<Node<'_>> {
    call.child(Field::Function).and_then(|it| it.child(Field::Operand))
}

/// The goroutine that waits is one that the group counts.
fn inside<'a>(case: &Case<'_, 'a>, counted: &Counted<'a>) -> Option<Said> {
    let place = case.place;
    let object = place.package.object(place.function, counted.group);
    let above = frame_nodes(case.workspace, case.group).into_iter().filter(|it| it.frame > place.frame);
    let scopes: Vec<Node<'a>> = std::iter::once(place.scope).chain(above.map(|it| it.scope)).collect();
    // The same group, not another one that goes by the same parameter or field.
    let is_it = |op: &Op<'a>| {
        operand(op.node).is_some_and(|it| {
            place.package.object(op.function, it) == object
                && (it.text() == counted.group.text() || op.scope != place.scope)
        })
    };
    let ends_later = |op: &Op<'a>| {
        op.node.up(Kind::DeferStatement, Some(op.scope)).is_some()
            || op.scope == place.scope && op.node.start() > counted.wait.start()
    };
    let done = counted.dones.iter().find(|it| scopes.contains(&it.scope) && is_it(it) && ends_later(it));
    if let Some(done) = done {
        let sentence = format!(
            "{} in a goroutine that `{}` counts itself: its Done at {} comes only after the wait",
            waits(counted),
            counted.group.text(),
            line_in(done.node, counted.wait)
        );
        let said = Said::confirmed("wait-inside-counted", sentence).with("blocked", counted.wait);
        return Some(said.with("Done", done.node).advising("wait in the goroutine that starts the others"));
    }
    let start =
        counted.gos.iter().find(|it| scopes.iter().any(|scope| is_task(*scope, it.node)) && is_it(it))?;
    let sentence = format!(
        "{} in a goroutine that `{}` counts itself, started at {}",
        waits(counted),
        counted.group.text(),
        line_in(start.node, counted.wait)
    );
    let said = Said::confirmed("wait-inside-counted", sentence).with("blocked", counted.wait);
    Some(said.with("started", start.node).advising("wait in the goroutine that starts the others"))
}

/// Whether a closure is the argument of a call such as `wg.Go(func() {…})`.
fn is_task(closure: Node<'_>, call: Node<'_>) -> bool {
    closure.kind() == Kind::FuncLiteral && closure.parent().and_then(Node::parent) == Some(call)
}

/// Goroutines that the group counts are in the same profile: the wait follows from what they wait for.
fn stuck<'a>(case: &Case<'_, 'a>, counted: &Counted<'a>) -> Option<Said> {
    let counts = |scope: Node<'a>| {
        counted.dones.iter().any(|it| it.scope == scope)
            || counted.gos.iter().any(|it| is_task(scope, it.node))
    };
    for other in case.groups {
        if other.group.row == case.group.row || other.group.is_background || other.group.blocked_on.is_none()
        {
            continue;
        }
        let Some(place) = other.place.filter(|it| std::ptr::eq(it.package, case.place.package)) else {
            continue;
        };
        let frames = frame_nodes(case.workspace, other.group);
        let holder = frames.iter().find(|it| counts(it.scope)).map(|it| it.scope);
        if holder.or_else(|| counts(place.scope).then_some(place.scope)).is_none() {
            continue;
        }
        let at = place.operation.unwrap_or(place.scope);
        let there = if std::ptr::eq(at.tree(), counted.wait.tree()) {
            format!("line {}", place.line)
        } else {
            format!("{}:{}", place.function.file.path(), place.line)
        };
        let sentence = format!("{}, and goroutines that it counts are stuck at {there}", waits(counted));
        let said = Said::undecided(MISSING_DONE, sentence).with("blocked", counted.wait).with("stuck", at);
        return Some(said.following(other.group.row).advising(format!("see what is said of {there}")));
    }
    None
}

/// A goroutine that calls Done can return without it.
fn path_without_done<'a>(case: &Case<'_, 'a>, counted: &Counted<'a>) -> Option<Said> {
    let gets_away = |it: &crate::code::Escape<'_>| it.kind != EscapeKind::FromCall;
    if counted.uses.escapes.iter().any(gets_away) {
        return None;
    }
    let mut scopes: Vec<Node<'a>> = Vec::new();
    for done in &counted.dones {
        if !scopes.contains(&done.scope) {
            scopes.push(done.scope);
        }
    }
    for scope in scopes {
        let mine: Vec<&Op<'a>> = counted.dones.iter().filter(|it| it.scope == scope).collect();
        let first = mine.first()?;
        let counts_more = counted.adds.iter().any(|it| it.scope == scope);
        let in_loop = mine.iter().any(|it| !loops_around(it.node, Some(scope)).is_empty());
        let is_plain = mine.iter().all(|it| it.node.kind() == Kind::CallExpression);
        if counts_more || in_loop || !is_plain || !is_started(case, first) {
            continue;
        }
        // Another function of the package may call Done for it.
        let helps = |node: Node<'a>| {
            node.kind() == Kind::CallExpression
                && case.place.package.callee(first.function, node).is_some_and(|callee| {
                    counted.dones.iter().any(|it| it.scope != scope && it.function == callee)
                })
        };
        let is_done = |node: Node<'a>| mine.iter().any(|it| it.node == node) || helps(node);
        let Ok((without, with)) = exits_without(scope, None, is_done) else { continue };
        let Some(exit) = without.iter().flatten().next().filter(|_| !with.is_empty()) else { continue };
        let sentence = format!(
            "{}; the goroutine that calls Done at {} returns at {} without it",
            waits(counted),
            line_in(first.node, counted.wait),
            line_in(*exit, counted.wait)
        );
        let mut said = Said::confirmed(MISSING_DONE, sentence).with("blocked", counted.wait);
        if let Some(add) = counted.adds.first() {
            said = said.with("Add", add.node);
        }
        let said = said.with("returns without Done", *exit).with("Done", first.node);
        let advice = format!(
            "`defer {}` as the first line of the goroutine of line {}",
            first.node.text(),
            scope.line()
        );
        return Some(said.advising(advice));
    }
    None
}

/// Whether the function that calls Done runs as a goroutine.
fn is_started<'a>(case: &Case<'_, 'a>, done: &Op<'a>) -> bool {
    if done.scope.kind() == Kind::FuncLiteral {
        return spawn_of(done.scope).is_some_and(|it| it.kind == SpawnKind::Go);
    }
    let is_go = |call: Node<'_>| call.parent().is_some_and(|it| it.kind() == Kind::GoStatement);
    let calls = case.place.package.calls_of(done.function);
    !calls.is_empty() && calls.iter().all(|(_, call)| is_go(*call))
}

/// A goroutine is counted, and then not started.
fn not_started(counted: &Counted<'_>) -> Option<Said> {
    for add in &counted.adds {
        let start = counted.dones.iter().filter_map(|it| spawn_of(it.scope)).find(|it| {
            it.kind == SpawnKind::Go
                && it.node.function() == Some(add.scope)
                && it.node.start() > add.node.start()
        });
        let Some(start) = start else { continue };
        let (Some(from), Some(to)) = (statement_of(add.node), statement_of(start.node)) else { continue };
        if from.parent() != to.parent() {
            continue;
        }
        let between =
            from.parent()?.children().filter(|it| from.end() <= it.start() && it.end() <= to.start());
        let skip = between.flat_map(|it| it.own()).find(|it| {
            matches!(it.kind(), Kind::ContinueStatement | Kind::ReturnStatement | Kind::BreakStatement)
                && it.ancestors().take_while(|up| Some(*up) != from.parent()).all(|up| {
                    !matches!(
                        up.kind(),
                        Kind::ForStatement | Kind::SelectStatement | Kind::ExpressionSwitchStatement
                    )
                })
        });
        let Some(skip) = skip else { continue };
        let list = skip.parent().into_iter().flat_map(Node::children);
        let is_undone = list.filter(|it| it.start() < skip.start()).any(|it| {
            it.own()
                .any(|at| call_name(at).is_some_and(|name| name.ends_with(".Done") || name.ends_with(".Add")))
        });
        // A wait on the way out does not need what is not counted there.
        if is_undone || skip.kind() == Kind::ReturnStatement && !waits_later(counted, skip) {
            continue;
        }
        let sentence = format!(
            "{}; {} counts a goroutine, and {} leaves before {} starts it",
            waits(counted),
            line_in(add.node, counted.wait),
            line_in(skip, counted.wait),
            line_in(start.node, counted.wait)
        );
        let said =
            Said::confirmed(MISSING_DONE, sentence).with("blocked", counted.wait).with("Add", add.node);
        let advice =
            format!("call Add directly before the go statement of {}", line_in(start.node, counted.wait));
        return Some(said.with("leaves", skip).with("starts", start.node).advising(advice));
    }
    None
}

/// Whether the wait is still reached after a return: it is deferred or in another function.
fn waits_later(counted: &Counted<'_>, skip: Node<'_>) -> bool {
    counted.wait.function() != skip.function() || counted.wait.up(Kind::DeferStatement, None).is_some()
}

/// The wait is inside of the loop that starts what was counted before it.
fn in_the_loop<'a>(case: &Case<'_, 'a>, counted: &Counted<'a>) -> Option<Said> {
    let scope = case.place.scope;
    let loop_ = loop_around(counted.wait, scope)?;
    let add = counted.adds.first()?;
    let in_loop = |op: &Op<'a>| loop_.contains(op.node);
    let starts = counted.dones.iter().filter_map(|it| spawn_of(it.scope)).any(|it| loop_.contains(it.node));
    if counted.adds.iter().any(|it| in_loop(it) || it.scope != scope) || !starts {
        return None;
    }
    // One that is counted by one and started once is no such case.
    let counts_one = add.node.child(Field::Arguments).is_some_and(|it| it.text() == "(1)");
    if counts_one {
        return None;
    }
    let sentence = format!(
        "{} inside of the loop of {}, before the goroutines of later turns, which {} counts already, are started",
        waits(counted),
        line_in(loop_, counted.wait),
        line_in(add.node, counted.wait)
    );
    let said = Said::confirmed(MISSING_DONE, sentence).with("blocked", counted.wait).with("Add", add.node);
    Some(
        said.with("loop", loop_).advising(format!("wait after the loop of {}", line_in(loop_, counted.wait))),
    )
}

/// Somebody adds, and nobody calls Done.
fn nobody(counted: &Counted<'_>) -> Option<Said> {
    let add = counted.adds.first()?;
    if !counted.dones.is_empty() || !counted.gos.is_empty() || !counted.uses.is_closed_world() {
        return None;
    }
    let subtracts = |it: &Op<'_>| it.node.child(Field::Arguments).is_some_and(|it| it.text().contains('-'));
    if counted.adds.iter().any(subtracts) {
        return None;
    }
    let sentence =
        format!("{}; {} adds to it, and nothing calls Done", waits(counted), line_in(add.node, counted.wait));
    let said = Said::confirmed(MISSING_DONE, sentence).with("blocked", counted.wait).with("Add", add.node);
    Some(said.advising(format!(
        "`defer {}.Done()` in what {} counts",
        counted.group.text(),
        line_in(add.node, counted.wait)
    )))
}
