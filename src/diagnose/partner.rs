//! The goroutines that others wait for: what blocks them is the cause, and those that wait are the symptom.

use crate::model::BlockedOn;
use crate::rules::Rule;

use super::children::children;
use super::condition::CompiledRule;
use super::context::DiagnosisContext;
use super::context::RowView;
use super::held_by::HeldBy;
use super::locks::locks;

/// Why a row is looked at when another one is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WaitsFor {
    /// Its result: the cause of the other one comes first.
    Result,
    /// The lock that it holds: why it holds it comes second.
    Lock,
}

/// The row for which the goroutines of another wait, and what they wait for; `None` if none is found.
pub(super) fn partner<'w, 'a>(
    context: &'w DiagnosisContext<'a>,
    rule: &CompiledRule<'_>,
    row_view: &'w RowView<'a>,
) -> Option<(&'w RowView<'a>, WaitsFor)> {
    if let Some(pattern) = rule.because_of() {
        let mut others = context.current_rows().filter(|it| it.index != row_view.index);
        return others.find(|it| pattern.matches(|| it.names())).map(|it| (it, WaitsFor::Result));
    }
    if row_view.blocked_on == Some(BlockedOn::WaitGroup) {
        let stuck = |it: &&RowView<'_>| !matches!(it.blocked_on, Some(BlockedOn::Nothing) | None);
        return children(context, row_view).find(stuck).map(|it| (it, WaitsFor::Result));
    }
    // A goroutine that receives, and one that it started and that is stuck, one for one: it waits for the other's result.
    if row_view.blocked_on == Some(BlockedOn::ChannelReceive) {
        let is_pair = |it: &&RowView<'_>| {
            let is_stuck = !matches!(it.blocked_on, Some(BlockedOn::Nothing | BlockedOn::Sleep) | None);
            is_stuck && it.row.counts == row_view.row.counts
        };
        return children(context, row_view).find(is_pair).map(|it| (it, WaitsFor::Result));
    }
    match locks(context).held_by(row_view.index) {
        HeldBy::Other(holder) => context.rows.get(holder.row).map(|it| (it, WaitsFor::Lock)),
        HeldBy::Itself(_) | HeldBy::Nobody | HeldBy::Unknown => None,
    }
}

/// The causes of the row for which these goroutines wait, by its most specific rule.
pub(super) fn causes_of_partner<'r>(
    context: &DiagnosisContext<'_>,
    rules: &[CompiledRule<'r>],
    rule: &CompiledRule<'_>,
    row_view: &RowView<'_>,
) -> Option<(&'r Rule, WaitsFor)> {
    let (other, why) = partner(context, rule, row_view)?;
    let is_remark = |rule: &Rule| rule.priority < MIN_PRIORITY;
    let first = rules.iter().find(|rule| rule.holds(context, other))?.rule;
    (!is_remark(first)).then_some((first, why))
}

/// Rules below this priority only remark on goroutines.
const MIN_PRIORITY: u8 = 30;
