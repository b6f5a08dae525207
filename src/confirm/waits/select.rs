//! Selects: no case ends them, or the case that would never comes.

use super::super::place::Case;
use super::super::said::Said;
use super::super::said::line_in;
use super::super::wake::Unended;
use super::super::wake::made_and_not_ended;
use super::at_hand::end_signal;
use super::context::Reason;
use super::end::Comes;
use super::end::communication;
use super::loops::endless_loop_around;
use super::loops::exits;
use super::often::ONCE;
use super::often::may_be_once;
use crate::code::statements;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

const WITHOUT_DONE: &str = "select-without-done";

/// What the source says of a group that waits in a select.
pub(super) fn check(case: &Case<'_, '_>) -> Option<Said> {
    let select = case.place.operation.filter(|it| it.kind() == Kind::SelectStatement)?;
    let cases: Vec<Node<'_>> = select
        .children()
        .filter(|it| matches!(it.kind(), Kind::CommunicationCase | Kind::DefaultCase))
        .collect();
    let line = select.line();
    if cases.is_empty() {
        let is_main = case.place.function.name == "main" && case.place.function.receiver.is_none();
        let sentence = format!("line {line} is a select without cases: it never ends");
        return (!is_main && !may_be_once(case))
            .then(|| Said::confirmed(WITHOUT_DONE, sentence).with("blocked", select));
    }
    if cases.iter().any(|it| it.kind() == Kind::DefaultCase) {
        return None;
    }
    let loop_ = endless_loop_around(select, case.place.scope);
    let leaving = leaving(select, &cases, loop_);
    if leaving.is_empty() {
        return Some(without_end(case, select, &cases, loop_?));
    }
    let mut never: Vec<(Node<'_>, Reason<'_>)> = Vec::new();
    let mut suspect: Option<(Node<'_>, Reason<'_>)> = None;
    let mut perhaps: Option<Node<'_>> = None;
    for it in &leaving {
        let Some(com) = it.child(Field::Communication) else { continue };
        match communication(case, com) {
            Comes::Never(reason) => never.push((com, reason)),
            Comes::InTime(at) if leaves_surely(*it, loop_) => return Some(in_time(case, select, com, at)),
            Comes::InTime(_) => {
                perhaps.get_or_insert(com);
            }
            Comes::Perhaps(reason) => {
                perhaps.get_or_insert(com);
                if let Some(reason) = reason {
                    suspect.get_or_insert((com, reason));
                }
            }
        }
    }
    if let (None, Some(com), 1) = (never.first(), perhaps, leaving.len())
        && let Some(said) = left_open(case, select, com, suspect.as_ref().map(|(_, reason)| reason))
    {
        return Some(said);
    }
    Some(match (never.first(), perhaps, suspect.as_ref()) {
        (Some(_), None, _) => dead(case, select, &never),
        // The end that the author meant never comes; something else may.
        (Some((com, reason)), Some(_), _) | (None, _, Some((com, reason))) => {
            let sentence = would_end(select, *com, reason);
            reason.support(Said::candidate(reason.cause, sentence).with("blocked", select))
        }
        (None, _, None) => {
            let lines: Vec<String> = leaving.iter().map(|it| it.line().to_string()).collect();
            let lines = lines.join(" or ");
            let sentence = format!("line {line} selects; it may leave by the case of line {lines}");
            Said::undecided(WITHOUT_DONE, sentence).with("blocked", select)
        }
    })
}

/// The only case that ends it is one that the user of an object brings about, and a place that makes one for each call does not.
fn left_open<'a>(
    case: &Case<'_, 'a>,
    select: Node<'a>,
    com: Node<'a>,
    reason: Option<&Reason<'a>>,
) -> Option<Said> {
    const CAUSE: &str = "missing-close";
    let Unended { at, by, end } =
        made_and_not_ended(case).filter(|_| reason.is_none_or(|it| it.cause == CAUSE))?;
    let ends = match reason {
        Some(reason) => would_end(select, com, reason),
        None => format!(
            "the select of line {} ends only by `{}` (line {})",
            select.line(),
            com.text(),
            com.line()
        ),
    };
    let said = Said::confirmed(CAUSE, format!("{ends}; {by} makes one at {at} and never calls {end}"));
    let said = said.with("blocked", select).with("would end it", com);
    Some(said.advising(format!("call {end} for what is made at {at}, on every path")))
}

/// The cases after which the function may leave the loop, or all if there is no loop without a bound.
fn leaving<'a>(select: Node<'a>, cases: &[Node<'a>], loop_: Option<Node<'a>>) -> Vec<Node<'a>> {
    let Some(loop_) = loop_ else { return cases.to_vec() };
    // Another way out of the loop may be taken after any case.
    let is_other_way = exits(loop_, loop_).iter().any(|it| !select.contains(*it));
    cases.iter().copied().filter(|it| is_other_way || !exits(*it, loop_).is_empty()).collect()
}

/// Whether a case leaves on each path: there is no loop, or it does so by a statement of its own.
fn leaves_surely(case: Node<'_>, loop_: Option<Node<'_>>) -> bool {
    let Some(loop_) = loop_ else { return true };
    let ways = exits(case, loop_);
    statements(Some(case)).any(|it| ways.contains(&it))
}

/// The end that is meant, and why it does not come.
fn would_end<'a>(select: Node<'a>, com: Node<'a>, reason: &Reason<'a>) -> String {
    format!(
        "the select of line {} would end by `{}` (line {}), but {}",
        select.line(),
        com.text(),
        com.line(),
        reason.clause
    )
}

/// No case ends the loop.
fn without_end<'a>(case: &Case<'_, 'a>, select: Node<'a>, cases: &[Node<'a>], loop_: Node<'a>) -> Said {
    let line = select.line();
    let count = match cases.len() {
        1 => "its only case does not end it".to_owned(),
        count => format!("none of its {count} cases ends it"),
    };
    let at_hand = end_signal(&case.place);
    let mut sentence = format!("line {line} selects for ever in the loop of line {}: {count}", loop_.line());
    if let Some(signal) = &at_hand {
        sentence.push_str(&format!(", although `{signal}` is at hand"));
    }
    let signal = at_hand.map_or("the end, such as `<-ctx.Done()`,".to_owned(), |it| format!("`<-{it}`"));
    let advice = format!("add a case for {signal} to the select of line {line}, and return in it");
    let mut said = if may_be_once(case) {
        return Said::undecided(WITHOUT_DONE, format!("{sentence}{ONCE}")).with("blocked", select);
    } else {
        Said::confirmed(WITHOUT_DONE, sentence)
    };
    said = said.with("blocked", select);
    for it in cases.iter().filter_map(|it| it.child(Field::Communication)) {
        said = said.with("case", it);
    }
    said.advising(advice)
}

/// All cases that would end it never come.
fn dead<'a>(case: &Case<'_, 'a>, select: Node<'a>, never: &[(Node<'a>, Reason<'a>)]) -> Said {
    // What the author meant as the end comes first.
    let meant = never.iter().find(|(_, it)| it.cause != WITHOUT_DONE).or(never.first());
    let Some((com, reason)) = meant else { return Said::undecided(WITHOUT_DONE, String::new()) };
    let mut sentence = would_end(select, *com, reason);
    for (other, why) in never.iter().filter(|(it, _)| it != com) {
        let at = line_in(*other, select);
        sentence.push_str(&format!("; nor does the case of {at} come: {}", why.clause));
    }
    if may_be_once(case) {
        return Said::undecided(reason.cause, format!("{sentence}{ONCE}")).with("blocked", select);
    }
    let said = Said::confirmed(reason.cause, sentence).with("blocked", select).with("never comes", *com);
    reason.support(said)
}

/// A case comes after a time and leaves.
fn in_time<'a>(case: &Case<'_, 'a>, select: Node<'a>, com: Node<'a>, at: Node<'a>) -> Said {
    let sentence = format!(
        "the select of line {} ends by itself: `{}` (line {}) comes after a time",
        select.line(),
        com.text(),
        com.line()
    );
    // What the profile suggests first is refuted, if it is of this kind.
    let first = case.causes.first().map_or("", String::as_str);
    let cause = [WITHOUT_DONE, "missing-cancel", "missing-close"].into_iter().find(|it| *it == first);
    let said = Said::contradicted(cause.unwrap_or(WITHOUT_DONE), sentence).with("blocked", select);
    let said = said.with("ends it", com);
    if at.line() == com.line() { said } else { said.with("timed", at) }
}
