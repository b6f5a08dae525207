//! Whether a single traceback shows accumulation.

use super::context::DiagnosisContext;
use super::row_view::RowView;

/// The fewest goroutines from which the spread of their IDs or ages says something.
pub(super) const MIN_SAMPLES_FOR_SPREAD: usize = 8;

/// Whether one traceback shows accumulation: created throughout the process's life by goroutines that have exited, or with
/// ages spread evenly. Many of one age, or early IDs, are a pool.
pub(super) fn accumulates(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> bool {
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
