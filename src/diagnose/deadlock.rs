//! What the runtime's own verdict of a deadlock proves.
//!
//! The runtime gives it only if no goroutine can run again (`runtime/proc.go`, `checkdead`; `runtime/synctest.go`, `synctestRun`),
//! and then it prints all goroutines: what is not in the text does not exist.

use std::num::NonZeroU64;

use crate::model::BlockedOn;
use crate::model::DeathKind;

use super::context::DiagnosisContext;
use super::context::RowView;

/// Whether a stuck row explains others. The order is that of the findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It waits for goroutines that it started, and these are stuck themselves.
    Consequence,
    /// It waits for something that no goroutine does.
    Root,
}

/// Whether the runtime proves that the goroutines of a row can never run again.
pub(super) fn is_proven(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> bool {
    let Some(death) = context.death.filter(|death| death.is_deadlock()) else { return false };
    let waits = row_view.blocked_on.is_some_and(|it| !ends_by_itself(it));
    waits && (death.kind == DeathKind::Deadlock || is_durable(row_view))
}

/// Whether a wait ends without another goroutine: such a one is not in a deadlock, but in another part of the text.
fn ends_by_itself(blocked_on: BlockedOn) -> bool {
    match blocked_on {
        BlockedOn::Network
        | BlockedOn::Nothing
        | BlockedOn::Runtime
        | BlockedOn::Sleep
        | BlockedOn::Syscall => true,
        BlockedOn::ChannelReceive
        | BlockedOn::ChannelSend
        | BlockedOn::Condition
        | BlockedOn::Coroutine
        | BlockedOn::EmptySelect
        | BlockedOn::Lock
        | BlockedOn::NilChannelReceive
        | BlockedOn::NilChannelSend
        | BlockedOn::RwLock
        | BlockedOn::Select
        | BlockedOn::Semaphore
        | BlockedOn::TestBubble
        | BlockedOn::WaitGroup => false,
    }
}

/// Whether all goroutines of a row wait for others of their test bubble: `chan receive (durable)`, in Go 1.24 `chan receive (synctest)`.
fn is_durable(row_view: &RowView<'_>) -> bool {
    let Some(stated) = row_view.row.facts.stated.as_deref() else { return false };
    let states = stated.states.sorted();
    let durable =
        |(state, _): &(String, i128)| state.ends_with(" (durable)") || state.ends_with(" (synctest)");
    !states.is_empty() && states.iter().all(durable)
}

/// Whether a stuck row waits for others that are stuck. Without a deadlock every row is a root.
pub(super) fn standing(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> Standing {
    let for_others = matches!(
        row_view.blocked_on,
        Some(BlockedOn::WaitGroup | BlockedOn::ChannelReceive | BlockedOn::EmptySelect | BlockedOn::Select)
    );
    let is_consequence =
        for_others && is_proven(context, row_view) && !children(context, row_view).is_empty();
    if is_consequence { Standing::Consequence } else { Standing::Root }
}

/// The rows of stuck goroutines that those of a row started, by the IDs or else by the functions of their go statements.
pub(super) fn children<'w, 'a>(
    context: &'w DiagnosisContext<'a>,
    row_view: &RowView<'a>,
) -> Vec<&'w RowView<'a>> {
    let ids = row_view.row.facts.goroutines().ids();
    let is_child = |other: &&RowView<'a>| {
        if std::ptr::eq(*other, row_view) || other.benign.is_some() {
            return false;
        }
        let mut parents =
            other.row.facts.goroutines().iter().filter_map(|it| it.parent).map(NonZeroU64::get).peekable();
        match parents.peek() {
            Some(_) => parents.any(|parent| ids.binary_search(&parent).is_ok()),
            None => other.spawn.is_some_and(|spawn| row_view.has(spawn)),
        }
    };
    context.current_rows().filter(is_child).collect()
}
