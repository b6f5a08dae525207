//! Loops that never wait, and calls of the system that nothing can interrupt.

use super::super::place::Case;
use super::super::said::Said;
use super::loops::clause;
use super::loops::exits;
use super::loops::is_endless;
use super::often::may_be_once;
use crate::code::EscapeKind;
use crate::code::OpKind;
use crate::code::Uses;
use crate::code::arguments;
use crate::code::call_name;
use crate::code::statements;
use crate::model::BlockedOn;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

/// What the source says of a group that runs, or that is in a system call.
pub(super) fn check(case: &Case<'_, '_>) -> Option<Said> {
    let blocked_on = case.group.blocked_on?;
    if blocked_on == BlockedOn::Syscall {
        return syscall(case);
    }
    let runs = blocked_on == BlockedOn::Nothing || blocked_on == BlockedOn::Sleep && sleeps_for_nothing(case);
    if runs { spins(case) } else { None }
}

/// `time.Sleep(0)`: the goroutine is only seen there.
fn sleeps_for_nothing(case: &Case<'_, '_>) -> bool {
    case.place.operation.and_then(|it| arguments(it).next()).is_some_and(|it| it.text() == "0")
}

fn spins(case: &Case<'_, '_>) -> Option<Said> {
    let place = case.place;
    let line = place.line;
    let loops = place.scope.own().filter(|it| it.kind() == Kind::ForStatement && it.has_line(line));
    let found = loops.filter_map(|it| Some((it, why_endless(case, it)?))).next();
    let (loop_, why) = found?;
    if waits(loop_) || may_be_once(case) {
        return None;
    }
    let sentence =
        format!("line {line} runs in the loop of line {}, {why}; nothing in the loop waits", loop_.line());
    let advice = format!("give the loop of line {} an exit, and something to wait for", loop_.line());
    Some(Said::confirmed("busy-loop", sentence).with("loop", loop_).advising(advice))
}

/// Why a loop does not end; `None` if it may.
fn why_endless<'a>(case: &Case<'_, 'a>, loop_: Node<'a>) -> Option<String> {
    if !exits(loop_, loop_).is_empty() {
        return None;
    }
    if is_endless(loop_) {
        return Some("which has no exit".to_owned());
    }
    let condition = clause(loop_)?;
    if matches!(condition.kind(), Kind::ForClause | Kind::RangeClause | Kind::CallExpression) {
        return None;
    }
    let names: Vec<Node<'a>> = condition.own().filter(|it| it.kind() == Kind::Identifier).collect();
    let has_calls = condition.own().any(|it| it.kind() == Kind::CallExpression);
    let is_fixed = |name: &Node<'a>| {
        let uses = Uses::of_expression(case.place.package, case.place.function, *name);
        let is_made = |value: &str| value == "new";
        let gets_away = uses.escapes.iter().any(|it| it.kind != EscapeKind::FromCall || !is_made(it.text));
        let is_counted = uses.objects.iter().any(|it| counts(case.place.function.node, it.name()));
        !gets_away && !is_counted && uses.of(|kind| kind == OpKind::Set).is_empty()
    };
    let is_selected = condition.own().any(|it| it.kind() == Kind::SelectorExpression);
    if names.is_empty() || has_calls || is_selected || !names.iter().all(is_fixed) {
        return None;
    }
    let list: Vec<String> = names.iter().map(|it| format!("`{}`", it.text())).collect();
    Some(format!("which runs while `{}`, and nothing changes {}", condition.text(), list.join(" or ")))
}

/// Whether a function counts a name up or down, or takes its address.
fn counts(function: Node<'_>, name: &str) -> bool {
    function.walk().any(|it| {
        let is_counted = matches!(it.kind(), Kind::IncStatement | Kind::DecStatement);
        let is_address = it.kind() == Kind::UnaryExpression && it.operator() == Operator::Address;
        (is_counted || is_address) && it.nth(0).is_some_and(|at| at.text() == name)
    })
}

/// Calls that give the processor back and return at once.
const AT_ONCE: [&str; 8] =
    ["runtime.Gosched", "time.Now", "time.Since", "len", "cap", "append", "copy", "time.Sleep"];

/// Whether a loop may wait: it has a communication, or a call that is not known.
fn waits(loop_: Node<'_>) -> bool {
    // `select` with an empty default: it polls.
    let polls = |it: Node<'_>| {
        it.kind() == Kind::SelectStatement
            && it
                .children()
                .any(|case| case.kind() == Kind::DefaultCase && statements(Some(case)).next().is_none())
    };
    let mut body = statements(loop_.child(Field::Body));
    if let (Some(only), None) = (body.next(), body.next())
        && polls(only)
    {
        return false;
    }
    loop_.own().any(|it| match it.kind() {
        Kind::SendStatement | Kind::SelectStatement | Kind::GoStatement => true,
        Kind::UnaryExpression => it.operator() == Operator::Receive,
        Kind::CallExpression => match call_name(it) {
            Some("time.Sleep") => arguments(it).next().is_none_or(|it| it.text() != "0"),
            Some(name) => !AT_ONCE.contains(&name) && !name.starts_with("atomic."),
            None => true,
        },
        _ => false,
    })
}

/// System calls that wait as long as the other side does.
const WAITING_CALLS: [&str; 14] = [
    "Accept",
    "Accept4",
    "EpollWait",
    "Flock",
    "Pause",
    "Poll",
    "Ppoll",
    "Pread",
    "Read",
    "Recvfrom",
    "Recvmsg",
    "Select",
    "Wait4",
    "Write",
];

fn syscall(case: &Case<'_, '_>) -> Option<Said> {
    let place = case.place;
    let called = case.group.stack.get(place.frame.checked_sub(1)?)?.function.as_str();
    let name = ["syscall.", "golang.org/x/sys/unix."].iter().find_map(|it| called.strip_prefix(it))?;
    if !WAITING_CALLS.contains(&name) || may_be_once(case) {
        return None;
    }
    let short = called.rsplit('/').next().unwrap_or(called);
    let sentence = format!(
        "line {} calls {short}, which has no deadline: nothing in the program can end it, and it holds a thread",
        place.line
    );
    let call =
        place.scope.own().filter(|it| it.kind() == Kind::CallExpression && it.has_line(place.line)).last()?;
    let advice = format!("use os.File or net instead of {short} at line {}, and set a deadline", place.line);
    Some(Said::confirmed("blocking-syscall", sentence).with("blocked", call).advising(advice))
}
