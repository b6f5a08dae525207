//! What a finding says if the runtime proves a deadlock: the verdict, and which partner is missing.

use std::cmp::Reverse;

use crate::model::BlockedOn;
use crate::model::Death;
use crate::model::DeathKind;
use crate::sort;
use crate::text::pluralize;

use super::context::DiagnosisContext;
use super::context::RowView;
use super::deadlock::Standing;
use super::deadlock::children;
use super::deadlock::is_proven;
use super::deadlock::standing;
use super::evidence::MAX_MAIN;
use super::finding::Finding;
use super::message::doing;
use super::message::location_text;
use super::sentence::Sentence;
use super::sentence::same;

/// Adds to the findings that the runtime proves the verdict and who is missing. The causes come before their consequences.
pub(super) fn explain(context: &DiagnosisContext<'_>, findings: &mut [Finding]) {
    let Some(death) = context.death.filter(|death| death.is_deadlock()) else { return };
    // A filter may hide the partner.
    let is_whole = context.series.columns.last().is_some_and(|it| it.goroutines == it.in_all);
    for finding in findings.iter_mut() {
        let Some(lead) = finding.rows.first().and_then(|row| context.rows.get(*row)) else { continue };
        if !is_proven(context, lead) {
            continue;
        }
        let partner = if is_whole { missing(context, lead) } else { None };
        // Which partner is missing, the source may know better.
        finding
            .conclusions
            .extend(partner.iter().flat_map(|(full, short)| short.iter().chain([full])).cloned());
        let rows = finding.rows.iter().skip(1).filter_map(|row| context.rows.get(*row));
        let waiting = rows.filter(|it| standing(context, it) == Standing::Consequence);
        let waiting: Vec<Sentence> = waiting.map(|it| waits_for_them(context, it)).collect();
        let sentences: Vec<Sentence> =
            [verdict(death).map(same), partner].into_iter().flatten().chain(waiting).collect();
        finding.main_evidence.splice(0..0, sentences.iter().filter_map(|(_, short)| short.clone()));
        finding.main_evidence.truncate(MAX_MAIN);
        finding.evidence.splice(0..0, sentences.into_iter().map(|(full, _)| full));
    }
    let lead = |finding: &Finding| finding.rows.first().and_then(|row| context.rows.get(*row));
    sort::by_key(findings, |finding| Reverse(lead(finding).map(|it| standing(context, it))));
}

fn verdict(death: &Death) -> Option<String> {
    let text = match death.kind {
        DeathKind::Deadlock => {
            "The Go runtime says that all goroutines are asleep: a deadlock, nothing can wake them."
        }
        DeathKind::BubbleDeadlock => {
            "The Go runtime says that all goroutines of this test bubble are blocked: nothing can wake them."
        }
        DeathKind::Panic
        | DeathKind::TestTimeout
        | DeathKind::MapRace
        | DeathKind::LockMisuse
        | DeathKind::OutOfMemory
        | DeathKind::StackOverflow
        | DeathKind::ThreadLimit
        | DeathKind::Signal
        | DeathKind::FatalError => return None,
    };
    Some(text.to_owned())
}

/// Which partner a stuck row waits for, with the place and for a page; `None` if the stacks do not show it.
fn missing(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> Option<Sentence> {
    let children = children(context, row_view);
    if standing(context, row_view) == Standing::Consequence
        && let Some((said, first)) = sum(&children)
    {
        let (verb, doing) = match children.iter().map(|it| it.row.count()).sum() {
            1 => ("is stuck: it", first.blocked_on.map(|it| doing(it, 1))),
            count => ("are stuck: they", first.blocked_on.map(|it| doing(it, count))),
        };
        let doing = doing.unwrap_or_default();
        let text = |at: String| format!("It waits while {said} that it started {verb} {doing}{at}.");
        return Some(both(context, first, text));
    }
    let others: Vec<&RowView<'_>> =
        context.current_rows().filter(|it| it.benign.is_none() && !std::ptr::eq(*it, row_view)).collect();
    let left =
        if others.is_empty() { "No other goroutine is left" } else { "No goroutine that it started is left" };
    // A send and a receive on one channel would have met.
    let partners = |class: BlockedOn, missing: &str| {
        let there: Vec<&RowView<'_>> =
            others.iter().copied().filter(|it| it.blocked_on == Some(class)).collect();
        let Some((said, first)) = sum(&there) else {
            return same(format!("No goroutine is left that {missing}."));
        };
        let doing = doing(class, there.iter().map(|it| it.row.count()).sum());
        both(context, first, |at| {
            format!("{said} {doing}{at}, but of another channel: none is left that {missing}.")
        })
    };
    match row_view.blocked_on? {
        BlockedOn::WaitGroup if others.is_empty() => Some(same(format!("{left}: a Done is missing."))),
        BlockedOn::WaitGroup => Some(same(format!("{left}: most likely a Done is missing."))),
        BlockedOn::ChannelReceive => {
            Some(partners(BlockedOn::ChannelSend, "sends on this channel or closes it"))
        }
        BlockedOn::ChannelSend => Some(partners(BlockedOn::ChannelReceive, "receives from this channel")),
        BlockedOn::Lock | BlockedOn::RwLock if others.is_empty() && row_view.row.count() == 1 => {
            Some(same(format!("{left}: it holds the lock itself, or a path returned without Unlock.")))
        }
        BlockedOn::Condition => Some(same("No goroutine is left that calls Signal or Broadcast.".to_owned())),
        BlockedOn::Select => Some(same("No goroutine is left that makes one of its cases ready.".to_owned())),
        BlockedOn::Lock
        | BlockedOn::RwLock
        | BlockedOn::Coroutine
        | BlockedOn::EmptySelect
        | BlockedOn::Network
        | BlockedOn::NilChannelReceive
        | BlockedOn::NilChannelSend
        | BlockedOn::Nothing
        | BlockedOn::Runtime
        | BlockedOn::Semaphore
        | BlockedOn::Sleep
        | BlockedOn::Syscall
        | BlockedOn::TestBubble => None,
    }
}

/// That a row of the same finding waits for what the leading one does.
fn waits_for_them(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> Sentence {
    let count = row_view.row.count();
    let (verb, doing) =
        (if count == 1 { "waits" } else { "wait" }, row_view.blocked_on.map(|it| doing(it, count)));
    let (goroutines, doing) = (pluralize(count, "goroutine"), doing.unwrap_or_default());
    both(context, row_view, |at| {
        format!("{goroutines}{at} {doing} and {verb} for goroutines that it started.")
    })
}

/// The goroutines of some rows, in words, and the first row; `None` if there is no row.
fn sum<'w, 'a>(rows: &[&'w RowView<'a>]) -> Option<(String, &'w RowView<'a>)> {
    let first = rows.first()?;
    Some((pluralize(rows.iter().map(|it| it.row.count()).sum(), "goroutine"), first))
}

/// A sentence with the place of a row, and with its function alone.
fn both(context: &DiagnosisContext<'_>, at: &RowView<'_>, text: impl Fn(String) -> String) -> Sentence {
    let function = at.function_word(context);
    (text(format!(" at {}", location_text(context, at))), Some(text(format!(" in {function}"))))
}
