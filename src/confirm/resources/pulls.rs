//! `iter.Pull` whose stop function is thrown away or never called.

use super::contexts::CALLED;
use super::fate::fate;
use super::library::Library;
use super::obtained::Obtained;
use super::obtained::called_import;
use super::open::LeftOpen;
use super::open::left_open;
use super::site::Site;
use super::site::at;
use super::site::judge;
use super::site::program;
use super::site::then_at;
use super::site::title;
use crate::code::arguments;
use crate::confirm::place::last_name;
use crate::confirm::said::Said;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

const CAUSE: &str = "iter-pull-without-stop";

/// Goroutines of iterators that are pulled from.
pub(super) fn unstopped_pulls(library: &Library<'_, '_>) -> Vec<Said> {
    let (packages, is_complete) = program(library, |text| text.contains("iter.Pull"));
    let mut sites: Vec<(Fit, Site<'_>)> = Vec::new();
    for package in packages {
        for function in &package.functions {
            for obtained in Obtained::all(package, function, |it| matches!(it, "Pull" | "Pull2")) {
                let is_pull = called_import(package, function, obtained.call)
                    .is_some_and(|(import, _)| import == "iter");
                if is_pull && !obtained.runs_once() {
                    let fit = fit(library, &obtained);
                    sites.extend(site(&obtained).map(|site| (fit, site)));
                }
            }
        }
    }
    let best = sites.iter().map(|(fit, _)| *fit).max();
    sites.retain(|(fit, _)| Some(*fit) == best);
    judge(library, sites.into_iter().map(|(_, site)| site).collect(), is_complete)
}

/// How well a call fits a stack.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// The stack does not name the sequence that the call is given.
    Unnamed,
    /// The stack is in that sequence.
    Sequence,
    /// It is, and the sequence is inlined into the function of the call: `load.All.func1`.
    Inlined,
}

fn fit(library: &Library<'_, '_>, obtained: &Obtained<'_>) -> Fit {
    let Some(sequence) = arguments(obtained.call).next() else { return Fit::Unnamed };
    let name = |it: &Node<'_>| matches!(it.kind(), Kind::Identifier | Kind::FieldIdentifier);
    let names: Vec<&str> = sequence.walk().filter(name).map(Node::text).collect();
    let stack = || library.group.stack.iter().filter(|it| !it.function.starts_with("iter."));
    // `All.func1` is the closure that `All` returns.
    let mut functions = stack().flat_map(|it| [last_name(&it.function), last_name(outer(&it.function))]);
    if !functions.any(|it| names.contains(&it)) {
        return Fit::Unnamed;
    }
    let holders = stack().filter_map(|it| outer(&it.function).rsplit_once('.'));
    let mut inlined = holders.filter(|(_, name)| names.contains(name));
    match inlined.any(|(holder, _)| last_name(holder) == obtained.function.name) {
        true => Fit::Inlined,
        false => Fit::Sequence,
    }
}

/// The function that holds a closure: `tree.All` of `tree.All.func1`.
fn outer(function: &str) -> &str {
    match function.rsplit_once('.') {
        Some((outer, last)) if last.starts_with("func") => outer,
        _ => function,
    }
}

fn site<'a>(obtained: &Obtained<'a>) -> Option<Site<'a>> {
    if obtained.names.len() != 2 {
        return None;
    }
    let (call, who) = (obtained.call, title(obtained));
    let next = obtained.local(0)?;
    // The next function keeps the iterator: who has it may read it to the end.
    if !fate(obtained, next, CALLED).leaves.is_empty() || reads_to_the_end(obtained, next) {
        return None;
    }
    let line = obtained.statement.last_line();
    if obtained.is_dropped(1) {
        let sentence =
            format!("{who} pulls from an iterator at {} and throws its stop function away", at(call));
        let said = Said::confirmed(CAUSE, sentence).with("pulled", call);
        return Some(Site::new(
            obtained,
            said.advising(format!("keep the stop function of {} and defer it after line {line}", at(call))),
        ));
    }
    let stop = obtained.local(1)?;
    let (how, _) = left_open(obtained, stop, CALLED, |_, _| false)?;
    let text = stop.text();
    let advice = format!("`defer {text}()` after line {line}");
    let said = match how {
        LeftOpen::Never => {
            let sentence = format!(
                "{who} pulls from an iterator at {} and never calls its stop function `{text}`",
                at(call)
            );
            Said::confirmed(CAUSE, sentence).with("pulled", call)
        }
        LeftOpen::AtExit { exits, .. } | LeftOpen::NotHandedOn { exits } => {
            let exit = *exits.first()?;
            let sentence = format!(
                "{who} pulls from an iterator at {}, and {} returns without calling `{text}`",
                at(call),
                then_at(exit, call)
            );
            Said::confirmed(CAUSE, sentence).with("pulled", call).with("returns without stop", exit)
        }
        LeftOpen::DeferredInEndlessLoop { closed } => {
            let sentence = format!(
                "{who} pulls from an iterator at {} in a loop that has no end, and the deferred `{text}` of {} never runs",
                at(call),
                then_at(closed, call)
            );
            Said::confirmed(CAUSE, sentence).with("pulled", call).with("deferred", closed)
        }
    };
    Some(Site::new(obtained, said.advising(advice)))
}

/// Whether an exit of a loop is under `!ok`, `!a && !b`, or in the other branch of `ok`.
fn says_no_more(check: Node<'_>, exit: Node<'_>) -> bool {
    let Some(condition) = check.child(Field::Condition) else { return false };
    let is_not = |it: Node<'_>| it.kind() == Kind::UnaryExpression && it.operator() == Operator::Not;
    match condition.kind() {
        Kind::Identifier => check.child(Field::Alternative).is_some_and(|it| it.contains(exit)),
        Kind::BinaryExpression => {
            condition.operator() == Operator::And
                && [Field::Left, Field::Right].into_iter().all(|it| condition.child(it).is_some_and(is_not))
        }
        _ => is_not(condition),
    }
}

/// Whether a loop calls the next function and is left only when it says that there is no more.
fn reads_to_the_end<'a>(obtained: &Obtained<'a>, next: Node<'a>) -> bool {
    let calls_next = |it: Node<'a>| {
        it.kind() == Kind::CallExpression
            && it.child(Field::Function).is_some_and(|it| it.text() == next.text())
    };
    // One around the call pulls anew in each turn.
    let is_after = |it: &Node<'a>| it.kind() == Kind::ForStatement && !it.contains(obtained.statement);
    let loops = obtained.scope.own().filter(is_after);
    let mut full = loops.filter(|statement| {
        let leaves = |it: &Node<'a>| matches!(it.kind(), Kind::ReturnStatement | Kind::BreakStatement);
        statement.own().any(calls_next)
            && statement.own().filter(leaves).all(|it| {
                let check = it.up(Kind::IfStatement, Some(*statement));
                check.is_some_and(|check| says_no_more(check, it))
            })
    });
    full.next().is_some()
}
