//! Sentences on locks: that all wait for the same one, who most likely has it, and circles.

use std::num::NonZeroU64;

use crate::model::BlockedOn;
use crate::text::pluralize;

use super::condition::lock_partner;
use super::context::DiagnosisContext;
use super::context::RowView;
use super::held_by::HeldBy;
use super::held_by::Holder;
use super::locks::locks;
use super::message;
use super::sentence::Sentence;
use super::sentence::same;

/// Waits whose address a traceback may print.
const LOCKS: [(BlockedOn, &str); 4] = [
    (BlockedOn::Lock, "lock"),
    (BlockedOn::RwLock, "lock"),
    (BlockedOn::WaitGroup, "WaitGroup"),
    (BlockedOn::Condition, "condition variable"),
];

/// The address that lock waiters have in common, where arguments are printed.
pub(super) fn lock(row_view: &RowView<'_>) -> Option<Sentence> {
    let blocked_on = row_view.blocked_on?;
    let (_, what) = LOCKS.iter().find(|(lock, _)| *lock == blocked_on)?;
    let mut addresses: Vec<NonZeroU64> =
        row_view.row.facts.goroutines().iter().filter_map(|it| it.waits_for).collect();
    let all = addresses.len();
    addresses.sort_unstable();
    addresses.dedup();
    let text = match addresses.as_slice() {
        [one] if all > 1 => format!("All {all} wait for the same {what}, at 0x{one:x}."),
        several if several.len() > 1 && several.len() * 2 <= all => {
            format!("{all} of them wait for {} different {what}s.", several.len())
        }
        _ => return None,
    };
    Some(same(text))
}

/// The stack with which this one waits in a circle.
pub(super) fn lock_order(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> Option<Sentence> {
    let partner = lock_partner(context, row_view)?;
    let place = |it: &RowView<'_>| message::location_text(context, it);
    let function = partner.function_word(context);
    let (these, others) =
        (pluralize(row_view.row.count(), "goroutine"), pluralize(partner.row.count(), "goroutine"));
    let (here, there) = (place(row_view), place(partner));
    let locks = locks(context);
    if locks.circle(row_view.index).is_some() {
        let wait = "wait in a circle, each for a lock that another most likely holds";
        let full =
            format!("{these} at {here} and {others} at {there} {wait} (by the objects on their stacks).");
        return Some((full, Some(format!("They and {others} in {function} {wait}."))));
    }
    if locks.holder_that_never_ends(row_view.index).is_some() {
        return None;
    }
    let wait = "each wait for a lock that the other most likely holds";
    let full = format!("{these} at {here} and {others} at {there} {wait} (by the types on their stacks).");
    Some((full, Some(format!("They and {others} in {function} {wait}."))))
}

/// Who most likely has the lock that a row waits for.
pub(super) fn holder(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> Option<Sentence> {
    let locks = locks(context);
    let name = |function| context.names().function_name(function);
    match locks.held_by(row_view.index) {
        HeldBy::Other(_) if locks.circle(row_view.index).is_some() => None,
        HeldBy::Other(Holder { row, function, goroutine }) => {
            let holder = context.rows.get(row)?;
            // A sync.Once holds its lock for the function that it calls.
            let inside = holder.function.filter(|_| name(function).starts_with("sync."));
            let function = inside.map_or(function, |frame| frame.function);
            let blocked_on = holder.blocked_on?;
            let who = goroutine.map_or(String::new(), |id| format!(" (goroutine {id})"));
            let starts_them = holder.blocked_on == Some(BlockedOn::WaitGroup)
                && context.current_rows().any(|it| it.spawn == Some(function) && is_lock(it.blocked_on));
            let end = if starts_them { ", for goroutines that wait for the lock" } else { "" };
            let partner = locks.circle(row).and_then(|it| context.rows.get(it)?.function);
            let does = match (locks.held_by(row), partner) {
                (HeldBy::Itself(_), _) => "waits for it itself, a second time".to_owned(),
                (_, Some(partner)) => {
                    let other = context.function_word(partner.function);
                    format!("waits for another one, which is most likely held in {other}: a circle")
                }
                (_, None) => message::doing(blocked_on, 1),
            };
            let holder = context.function_word(function);
            Some(same(format!("{holder}{who} most likely holds the lock, and {does}{end}.")))
        }
        HeldBy::Itself(function) => {
            let function = context.function_word(function);
            Some(same(format!("{function}, further out on the stack, is a method of the same object.")))
        }
        HeldBy::Nobody => {
            let text = "No goroutine in this profile is inside a method of the object that has the lock, except for those that wait \
                        for it.";
            Some(same(text.to_owned()))
        }
        HeldBy::Unknown => None,
    }
}

fn is_lock(blocked_on: Option<BlockedOn>) -> bool {
    matches!(blocked_on, Some(BlockedOn::Lock | BlockedOn::RwLock))
}
