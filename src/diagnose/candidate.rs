//! Which rows become findings, and with which confidence.

use crate::golang::Owner;
use crate::golang::package_and_rest;
use crate::model::BlockedOn;
use crate::model::RowKind;
use crate::rules::Level;
use crate::rules::Rule;

use super::condition::CompiledRule;
use super::context::DiagnosisContext;
use super::context::RowView;
use super::deadlock;
use super::finding::Confidence;

pub(super) struct Candidate<'r> {
    pub(super) row: usize,
    pub(super) confidence: Confidence,
    pub(super) level: Level,
    /// The rules that hold, the most specific first.
    pub(super) rules: Vec<&'r CompiledRule<'r>>,
    /// The row for which its goroutines wait, for the most important candidates; `None` if none is known.
    pub(super) partner: Option<usize>,
}

impl<'r> Candidate<'r> {
    /// The most specific rule that holds; `None` if none does.
    pub(super) fn rule(&self) -> Option<&'r Rule> {
        self.rules.first().map(|it| it.rule)
    }
}

/// A stack with more goroutines than this is suspicious, whatever they do (LeakProf's threshold).
const MAX_NORMAL: i128 = 10_000;
/// A stack with more goroutines than this is suspicious if it has more than half of all.
const MAX_NORMAL_MAJORITY: i128 = 1_000;
/// In a single traceback, a goroutine that has waited this many minutes is suspicious.
const MIN_MINUTES_OF_LONG_WAIT: u32 = 5;

pub(super) fn candidates<'r>(
    context: &DiagnosisContext<'_>,
    rules: &'r [CompiledRule<'r>],
) -> Vec<Candidate<'r>> {
    let excerpt = context.is_excerpt();
    let mut candidates = Vec::new();
    for (row, row_view) in context.rows.iter().enumerate() {
        let Some((confidence, level)) = judge(context, row_view, excerpt) else { continue };
        let holds: Vec<&CompiledRule<'_>> =
            rules.iter().filter(|rule| rule.holds(context, row_view)).collect();
        // Without a rule there is nothing to say about a row that is only watched.
        if confidence == Confidence::Watch && holds.is_empty() {
            continue;
        }
        let worst = holds.first().map_or(Level::Deny, |rule| rule.rule.level);
        candidates.push(Candidate { row, confidence, level: level.min(worst), rules: holds, partner: None });
    }
    candidates
}

/// The confidence that something is wrong with a row; `None` if nothing suggests it.
fn judge(
    context: &DiagnosisContext<'_>,
    row_view: &RowView<'_>,
    excerpt: bool,
) -> Option<(Confidence, Level)> {
    let row = row_view.row;
    if row.count() <= 0 || row.stack.is_empty() {
        return None;
    }
    // `pprof -top` lists the functions of the runtime and the standard library besides the one that matters.
    let functions =
        context.series.columns.last().is_some_and(|column| column.form.rows() == RowKind::Function);
    let own = row_view
        .function
        .is_some_and(|it| matches!(context.names().owner(it.function), Owner::User | Owner::Dependency));
    let proven = row.facts.proven().unwrap_or(0);
    if (functions && !own) || (row_view.benign.is_some() && proven == 0) {
        return None;
    }
    if deadlock::is_proven(context, row_view) {
        return Some((Confidence::Proven, Level::Deny));
    }
    if context.series.columns.len() > 1 {
        return match (proven > 0, row.is_growing()) {
            (true, _) if row.gain() > 0 => Some((Confidence::Proven, Level::Deny)),
            (false, true) if row_view.blocked_on == Some(BlockedOn::Runtime) => {
                Some((Confidence::Suspect, Level::Warn))
            }
            (_, true) => Some((Confidence::Likely, Level::Deny)),
            (true, false) => Some((Confidence::Proven, Level::Warn)),
            (false, false) if row.has_grown() => Some((Confidence::Suspect, Level::Warn)),
            (false, false) => by_count_alone(context, row_view),
        };
    }
    if proven > 0 {
        return Some((Confidence::Proven, Level::Warn));
    }
    let idle = matches!(row_view.blocked_on, Some(BlockedOn::Nothing | BlockedOn::Runtime));
    if !idle && accumulates(context, row_view) {
        return Some((Confidence::Suspect, Level::Warn));
    }
    by_count_alone(context, row_view).or_else(|| {
        let minutes = row.facts.goroutines().iter().filter_map(|goroutine| goroutine.minutes);
        let known = minutes.clone().count();
        let long = minutes.filter(|it| *it >= MIN_MINUTES_OF_LONG_WAIT).count();
        // The median wait is long.
        let waits_long = long > 0 && long >= known - known / 2;
        let (count, all) = (row.count(), context.total);
        let share = (count >= 5 && count * 20 >= all) || (count >= 3 && count * 5 >= all);
        let idle = idle || row_view.blocked_on == Some(BlockedOn::TestBubble);
        let in_test = || is_in_running_test(context, row_view);
        (!idle && (excerpt || waits_long || share || in_test())).then_some((Confidence::Watch, Level::Allow))
    })
}

/// Whether a test ran too long, and the row is in it.
fn is_in_running_test(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> bool {
    let tests = context.death.map_or(&[][..], |death| &death.tests);
    // `TestA/sub (2s)` is in `pkg.TestA.func1`.
    let mut functions = tests.iter().filter_map(|test| test.split(['/', ' ']).next());
    functions.any(|test| {
        let is_it = |name: &str| {
            let rest = package_and_rest(name).1.strip_prefix(test);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        row_view.names().any(is_it)
    })
}

/// `Watch` if the count alone is suspicious; otherwise `None`.
fn by_count_alone(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> Option<(Confidence, Level)> {
    let count = row_view.row.count();
    let many = count > MAX_NORMAL || (count > MAX_NORMAL_MAJORITY && count * 2 > context.total);
    many.then_some((Confidence::Watch, Level::Allow))
}

/// The fewest goroutines from which the spread of their IDs or ages says something.
pub(super) const MIN_SAMPLES_FOR_SPREAD: usize = 8;

/// Whether one traceback shows accumulation: created throughout the process's life by goroutines that have exited, or with
/// ages spread evenly. Many of one age, or early IDs, are a pool.
fn accumulates(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> bool {
    if row_view.row.facts.goroutines().len() < MIN_SAMPLES_FOR_SPREAD {
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
            minutes.len() >= MIN_SAMPLES_FOR_SPREAD && is_even(&minutes) && oldest - youngest >= 2
        }
        _ => false,
    };
    orphans || aged
}

/// Whether sorted values are spread evenly between the first and the last: their Kolmogorov-Smirnov distance from a uniform
/// distribution is at most 0.3.
pub(super) fn is_even(sorted: &[u64]) -> bool {
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
