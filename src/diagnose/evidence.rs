//! How we know: sentences with figures, from proof, numbers of goroutines, their parents, ages and locks.

use std::num::NonZeroU64;

use crate::model::BlockedOn;
use crate::series::Row;

use super::condition::lock_partner;
use super::condition::one_living_parent;
use super::context::DiagnosisContext;
use super::row_view::RowView;

/// From so many goroutines on, the spread of their numbers or ages says something.
const ENOUGH: usize = 8;

/// The sentences for a finding; `rows` has the leading one first.
pub(super) fn all(context: &DiagnosisContext<'_>, rows: &[usize]) -> Vec<String> {
    let Some(lead) = rows.first().and_then(|row| context.rows.get(*row)) else { return Vec::new() };
    let mut said = Vec::new();
    said.extend(proof(context, lead));
    said.extend(cohort(lead.row));
    said.extend(parents(context, lead));
    said.extend(numbers(context, lead));
    said.extend(ages(lead.row));
    said.extend(lock(lead));
    said.extend(lock_order(context, lead));
    said.extend(lead.row.growth.iter().map(|growth| growth.reason.to_string()));
    for row in rows.iter().skip(1).take(3) {
        let Some(other) = context.rows.get(*row) else { continue };
        let function = other.function.map_or("?", |frame| context.names().function_name(frame.function));
        let how = if other.row.counts == lead.row.counts { "in lockstep with" } else { "goes with" };
        said.push(format!("{how} {} in {function}", goroutines(other.row.count())));
    }
    said
}

/// What is the matter, where no rule may say it: the bare facts, with the place where `placed` asks for it.
pub(super) fn plain_message(
    context: &DiagnosisContext<'_>,
    row_view: &RowView<'_>,
    count: i128,
    gain: i128,
    placed: bool,
) -> String {
    let verb = |one: &'static str, many: &'static str| if count == 1 { one } else { many };
    let what = match row_view.blocked_on {
        Some(BlockedOn::Nothing) => verb("runs", "run").to_owned(),
        Some(class) => format!("{} blocked on {}", verb("is", "are"), class.as_str()),
        None => format!("{}, blocked on what this form does not say", verb("stands there", "stand there")),
    };
    let more =
        if gain > 0 { format!(" ({} more)", crate::text::with_thousands(gain)) } else { String::new() };
    let place = if placed {
        format!(" at {}", super::message::location_text(context, row_view))
    } else {
        String::new()
    };
    format!("{}{more} {what}{place}", goroutines(count))
}

fn goroutines(n: i128) -> String {
    crate::text::pluralize(n, "goroutine")
}

fn proof(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> Option<String> {
    let proven = row_view.row.facts.proven()?;
    let count = row_view.row.count();
    if proven > 0 {
        return Some(format!(
            "Go's collector proves {} of {count} unreachable: nothing can wake them",
            proven.min(count)
        ));
    }
    let asked = context.series.columns.last().is_some_and(|column| column.has_proof);
    let sees = matches!(
        row_view.blocked_on,
        Some(
            BlockedOn::ChannelSend
                | BlockedOn::ChannelReceive
                | BlockedOn::Select
                | BlockedOn::Lock
                | BlockedOn::RwLock
                | BlockedOn::WaitGroup
                | BlockedOn::Condition
        )
    );
    let why = if sees {
        "it cannot see what a global, a timer or a running goroutine still reaches"
    } else {
        "it never proves what sleeps, runs or waits for the network or a system call"
    };
    asked.then(|| format!("Go's collector proves none of them, which does not clear them: {why}"))
}

/// Born, ended and survived between the last two tracebacks.
fn cohort(row: &Row) -> Option<String> {
    let cohort = row.cohort.as_deref()?;
    let before = cohort.survived + cohort.exited;
    if before == 0 && cohort.born == 0 {
        return None;
    }
    let survived = if cohort.exited == 0 {
        format!("all {before} of the snapshot before are still there")
    } else {
        format!("{} of the {before} of the snapshot before are still there", cohort.survived)
    };
    Some(format!("{survived}, {} were born, {} ended", cohort.born, cohort.exited))
}

/// Who started them, by number.
fn parents(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> Option<String> {
    if let Some((parent, children)) = one_living_parent(context, row_view) {
        return Some(format!("goroutine {parent}, which still runs, started {children} of them"));
    }
    let parents = context.parents(row_view.row);
    let started: usize = parents.iter().map(|(_, n)| n).sum();
    if parents.len() < 3 || parents.len() * 2 < started {
        return None;
    }
    let gone = parents.iter().filter(|(parent, _)| !context.is_alive(*parent)).count();
    let all = parents.len();
    if gone == all {
        return Some(format!(
            "started by {all} different goroutines, none of which still runs: one for each request or task"
        ));
    }
    Some(format!("started by {all} different goroutines, {gone} of which have ended"))
}

/// Numbers of goroutines grow over a process's life.
fn numbers(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> Option<String> {
    if row_view.row.facts.goroutines().len() < ENOUGH || context.greatest_id == 0 {
        return None;
    }
    let ids = row_view.row.facts.goroutines().ids();
    let (first, last) = (*ids.first()?, *ids.last()?);
    let spread = (last - first) as f64 / context.greatest_id as f64;
    if spread >= 0.5 && is_even(&ids) {
        return Some(format!(
            "their numbers run evenly from {first} to {last} of {}: started all through the process's life",
            context.greatest_id
        ));
    }
    (spread < 0.1 && last * 4 < context.greatest_id).then(|| {
        format!("their numbers run from {first} to {last} of {}: all started early", context.greatest_id)
    })
}

/// Whole minutes waited, as a distribution.
fn ages(row: &Row) -> Option<String> {
    let minutes = row.facts.minutes();
    let (youngest, oldest) = (*minutes.first()?, *minutes.last()?);
    let told = if minutes.len() < row.facts.goroutines().len() {
        format!("{} of {} say how long they wait: ", minutes.len(), row.facts.goroutines().len())
    } else {
        String::new()
    };
    if youngest == oldest {
        return Some(format!(
            "{told}{oldest} min, all alike: one burst, or the time of the last garbage collection"
        ));
    }
    let spread: Vec<u64> = minutes.iter().map(|it| u64::from(*it)).collect();
    if minutes.len() >= ENOUGH && is_even(&spread) {
        let per_minute = (minutes.len() - 1) as f64 / f64::from(oldest - youngest);
        let rate = if per_minute >= 1.0 {
            format!("{per_minute:.1} a minute")
        } else {
            format!("one every {:.1} min", 1.0 / per_minute)
        };
        return Some(format!("{told}{youngest} to {oldest} min, evenly: about {rate} for {oldest} min"));
    }
    Some(format!("{told}{youngest} to {oldest} min"))
}

/// Whether sorted values are spread about evenly between the first and the last: nowhere a quarter of them too many.
fn is_even(sorted: &[u64]) -> bool {
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return false };
    if last == first {
        return false;
    }
    let n = sorted.len() as f64;
    let farthest = sorted.iter().enumerate().map(|(index, value)| {
        let expected = (value - first) as f64 / (last - first) as f64;
        let (before, after) = (index as f64 / n, (index + 1) as f64 / n);
        (expected - before).abs().max((expected - after).abs())
    });
    farthest.fold(0.0, f64::max) <= 0.30
}

/// The address that lock waiters have in common, where arguments are printed.
fn lock(row_view: &RowView<'_>) -> Option<String> {
    if !matches!(
        row_view.blocked_on,
        Some(BlockedOn::Lock | BlockedOn::RwLock | BlockedOn::WaitGroup | BlockedOn::Condition)
    ) {
        return None;
    }
    let mut addresses: Vec<NonZeroU64> =
        row_view.row.facts.goroutines().iter().filter_map(|it| it.waits_for).collect();
    let all = addresses.len();
    addresses.sort_unstable();
    addresses.dedup();
    match addresses.as_slice() {
        [one] if all > 1 => Some(format!("all {all} wait for the same one, at 0x{one:x}")),
        several if several.len() > 1 && several.len() * 2 <= all => {
            Some(format!("{all} wait for {} different ones", several.len()))
        }
        _ => None,
    }
}

/// The stack with which this one waits in a circle.
fn lock_order(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> Option<String> {
    let partner = lock_partner(context, row_view)?;
    let place = |it: &RowView<'_>| super::message::location_text(context, it);
    Some(format!(
        "{} at {} and {} at {} each wait for a lock that the other most likely holds (by the types on their stacks)",
        goroutines(row_view.row.count()),
        place(row_view),
        goroutines(partner.row.count()),
        place(partner)
    ))
}

/// Whether one traceback shows accumulation: started all through the process's life by goroutines that are gone, or with
/// ages spread evenly. Many of one age, or early numbers, are a pool.
pub(super) fn accumulates(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> bool {
    if row_view.row.facts.goroutines().len() < ENOUGH {
        return false;
    }
    let ids = row_view.row.facts.goroutines().ids();
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return false };
    let spread = (last - first) as f64 / context.greatest_id.max(1) as f64;
    if spread < 0.5 || !is_even(&ids) {
        return false;
    }
    let parents = context.parents(row_view.row);
    let gone = || parents.iter().filter(|(parent, _)| !context.is_alive(*parent)).count();
    let orphans = parents.len() * 2 >= ids.len() && gone() * 10 >= parents.len() * 9;
    let minutes: Vec<u64> = row_view.row.facts.minutes().into_iter().map(u64::from).collect();
    let aged = match (minutes.first(), minutes.last()) {
        (Some(youngest), Some(oldest)) => {
            minutes.len() >= ENOUGH && is_even(&minutes) && oldest - youngest >= 2
        }
        _ => false,
    };
    orphans || aged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_spreads() {
        assert!(is_even(&[1, 2, 3, 4, 5, 6, 7, 8]));
        assert!(is_even(&[10, 11, 20, 22, 29, 41, 50, 55, 60]));
        assert!(!is_even(&[1, 100, 101, 102, 103, 104, 105, 106]));
        assert!(!is_even(&[5, 5, 5]));
    }
}
