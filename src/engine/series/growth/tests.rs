//! Verdicts on whole series.

use super::*;

/// Judges rows whose snapshots are an hour apart.
fn judged(rows: &[RowCounts], restarted: &[bool], thresholds: &Thresholds) -> Judgement {
    let columns = rows.first().map_or(0, |row| row.counts.len());
    let hours: Vec<f64> = (0..columns).map(|at| at as f64).collect();
    judge(rows, Some(&hours), restarted, thresholds)
}

fn counts_only(counts: &[i128]) -> RowCounts {
    RowCounts { counts: counts.to_vec(), ..RowCounts::default() }
}

/// A row with goroutine IDs; each step has the number of births and exits.
fn with_ids(first: u64, steps: &[(u64, u64)]) -> RowCounts {
    let mut there = first;
    let mut row = counts_only(&[i128::from(first)]);
    for (born, exited) in steps.iter().copied() {
        let survived = there - exited;
        row.cohorts.push(Cohort { born, exited, survived });
        there = survived + born;
        row.counts.push(i128::from(there));
    }
    row
}

fn check_row(row: RowCounts, expected: (Verdict, Option<Shape>, GrowthBasis)) {
    let mut background = with_ids(4, &vec![(0, 0); row.counts.len() - 1]);
    background.cohorts.truncate(row.cohorts.len());
    let judgement = judged(&[row.clone(), background], &[], &Thresholds::default());
    let is = &judgement.rows[0];
    assert_eq!((is.verdict, is.shape, is.basis), expected, "{row:?}: {}", is.reason);
}

#[test]
fn counts() {
    let check = |counts: &[i128], verdict, shape| {
        check_row(counts_only(counts), (verdict, shape, GrowthBasis::Counts));
    };
    check(&[8, 16, 24, 32, 40, 48], Verdict::Growing, None);
    check(&[2, 4, 6, 8, 10, 12], Verdict::Growing, None);
    check(&[3, 6, 9, 12, 15, 18], Verdict::Growing, None);
    check(&[19, 35, 52, 68, 85, 101], Verdict::Growing, None);
    check(&[0, 75, 151, 224], Verdict::Growing, None);
    check(&[1, 2, 3, 4, 5, 6], Verdict::Steady, None);
    check(&[500, 505, 512, 520, 526, 533], Verdict::Steady, None);
    check(&[300, 300, 300, 300, 300, 300], Verdict::Steady, None);
    check(&[5, 6, 240, 90, 8, 5], Verdict::Fluctuating, Some(Shape::Burst));
    check(&[20, 60, 100, 140, 20, 60], Verdict::Fluctuating, Some(Shape::Sawtooth));
    check(&[5, 60, 110, 128, 128, 128], Verdict::Steady, Some(Shape::Plateau));
    check(&[10, 80, 120, 135, 140, 141], Verdict::Steady, Some(Shape::Plateau));
    check(&[8, 8, 8, 64, 64, 64], Verdict::Steady, Some(Shape::Plateau));
    check(&[120, 310, 90, 260, 150, 280], Verdict::Fluctuating, None);
    check(&[900, 700, 500, 300, 200, 100], Verdict::Shrinking, None);
    check(&[90, 50], Verdict::Shrinking, None);
    check(&[90, 70, 50], Verdict::Shrinking, None);
    check(&[10, 100, 20], Verdict::Fluctuating, Some(Shape::Burst));
    check(&[20, 32], Verdict::Unclear, None);
    check(&[10, 10, 10, 10, 50, 90], Verdict::Unclear, None);
    check(&[20, 52], Verdict::Unclear, Some(Shape::Grew));
    check(&[20, 22], Verdict::Steady, None);
    check(&[20, 40, 60], Verdict::Unclear, Some(Shape::Grew));
    check(&[20, 70, 60], Verdict::Unclear, None);
    check(&[7], Verdict::Unclear, None);
    check(&[4, 8, 12, 16, 20, 24], Verdict::Growing, None);
    check(&[15, 20, 25, 30], Verdict::Growing, None);
    // The rise came in one step.
    check(&[0, 2, 5, 26], Verdict::Unclear, Some(Shape::Burst));
    check(&[0, 20, 40, 120], Verdict::Growing, None);
    // A backlog that has begun to drain, and a leak whose last count is a little lower.
    check(&[10, 60, 110, 160, 210, 130], Verdict::Fluctuating, Some(Shape::Drains));
    check(&[10, 60, 110, 160, 210, 205], Verdict::Growing, None);
    check(&[5, 60, 110, 128], Verdict::Steady, Some(Shape::Plateau));
}

#[test]
fn ids() {
    let check = |first, steps: &[(u64, u64)], verdict, shape, basis| {
        check_row(with_ids(first, steps), (verdict, shape, basis));
    };
    use GrowthBasis::{Cohort as Ids, Counts};
    check(1, &[(1, 0); 5], Verdict::Growing, None, Ids);
    check(0, &[(1, 0), (1, 0), (1, 0)], Verdict::Growing, None, Ids);
    check(4, &[(4, 0), (4, 0)], Verdict::Growing, None, Ids);
    // A goroutine that runs while the dump is made is not in it.
    check(0, &[(1, 0), (1, 0), (1, 0), (2, 1), (2, 1)], Verdict::Growing, None, Ids);
    check(10_000, &[(2, 0), (1, 0), (0, 0), (3, 0), (1, 0)], Verdict::Growing, None, Ids);
    check(4, &[(3, 0), (4, 0)], Verdict::Growing, None, Ids);
    // Too few births to rule out chance, in two steps and in one.
    check(4, &[(2, 0), (3, 0)], Verdict::Steady, None, Counts);
    check(4, &[(40, 0)], Verdict::Unclear, Some(Shape::Grew), Ids);
    check(5, &[(55, 0), (50, 0), (18, 0), (0, 0), (0, 0)], Verdict::Steady, Some(Shape::Plateau), Ids);
    check(5, &[(55, 0), (50, 0), (30, 0), (4, 0), (1, 0)], Verdict::Steady, Some(Shape::Plateau), Ids);
    check(5, &[(1, 0), (234, 0)], Verdict::Unclear, Some(Shape::Burst), Ids);
    let burst = [(1, 0), (234, 0), (0, 150), (0, 82), (0, 3)];
    check(5, &burst, Verdict::Fluctuating, Some(Shape::Burst), Counts);
    // The same counts as a leak, but all of them new each time.
    let churn = [(16, 8), (24, 16), (32, 24), (40, 32), (48, 40)];
    check(8, &churn, Verdict::Fluctuating, Some(Shape::GrowsWithLoad), Ids);
    check(50, &[(50, 50); 5], Verdict::Steady, None, Counts);
    // All of them are new each time, and each time there are three times as many.
    check(8, &[(24, 8), (72, 24), (216, 72)], Verdict::Fluctuating, Some(Shape::GrowsWithLoad), Ids);
    check(8, &[(16, 8), (24, 16), (34, 24)], Verdict::Fluctuating, Some(Shape::GrowsWithLoad), Ids);
    // A backlog that drains, and goroutines of a leak that ran while the last dump was made.
    check(0, &[(40, 0), (40, 0), (40, 0), (2, 12)], Verdict::Fluctuating, Some(Shape::Drains), Ids);
    check(0, &[(40, 0), (40, 0), (40, 0), (38, 2)], Verdict::Growing, None, Ids);
    check(5, &[(55, 0), (50, 0), (18, 0)], Verdict::Steady, Some(Shape::Plateau), Ids);
    // A leak of 60 a step among 500 that come and go.
    let mixed = [(560, 500), (558, 497), (563, 501), (555, 499), (561, 502)];
    check(500, &mixed, Verdict::Growing, None, Ids);
}

#[test]
fn proof() {
    let check = |counts: &[i128], proven, expected| {
        check_row(RowCounts { proven: Some(proven), ..counts_only(counts) }, expected);
    };
    check(&[1, 2, 3, 4, 5, 6], 6, (Verdict::Growing, None, GrowthBasis::Proof));
    check(&[1, 2, 3, 4, 5, 6], 2, (Verdict::Steady, None, GrowthBasis::Counts));
    check(&[6, 6, 6, 6, 6, 6], 6, (Verdict::Steady, None, GrowthBasis::Counts));
}

/// Stacks that grow by the same factor, whatever their size, and one leak.
fn busy(snapshots: usize, factor: f64) -> Vec<RowCounts> {
    let level = |at: usize| 1.0 + (factor - 1.0) * at as f64 / (snapshots - 1) as f64;
    let row = |size: usize| (0..snapshots).map(|at| (size as f64 * level(at)) as i128).collect::<Vec<_>>();
    let leak: Vec<i128> = (0..snapshots as i128).map(|at| 20 + 60 * at).collect();
    std::iter::once(leak)
        .chain((1..20).map(|size| row(size * 40)))
        .map(|counts| counts_only(&counts))
        .collect()
}

#[test]
fn load() {
    let check = |snapshots, factor, leak, others: Option<Shape>| {
        let it = judged(&busy(snapshots, factor), &[], &Thresholds::default());
        assert_eq!(it.rows[0].verdict, leak, "{}", it.rows[0].reason);
        assert_eq!(it.rows[9].shape, others, "{}", it.rows[9].reason);
        assert!((it.load.factors[snapshots - 1] - factor).abs() < 0.05, "{:?}", it.load);
        assert_eq!(it.load.moved.is_some(), factor > 1.3);
    };
    check(6, 1.0, Verdict::Growing, None);
    check(6, 2.0, Verdict::Growing, Some(Shape::GrowsWithLoad));
    check(6, 5.0, Verdict::Unclear, Some(Shape::GrowsWithLoad));
    check(2, 2.0, Verdict::Unclear, Some(Shape::GrowsWithLoad));
    let stated = Thresholds { load: Some(vec![10.0, 12.0, 14.0, 16.0, 18.0, 20.0]), ..Thresholds::default() };
    let it = judged(&[counts_only(&[100, 120, 140, 160, 180, 200])], &[], &stated);
    assert_eq!(it.rows[0].shape, Some(Shape::GrowsWithLoad), "{}", it.rows[0].reason);
    let nonsense = Thresholds { load: Some(vec![0.0, f64::NAN]), ..Thresholds::default() };
    let it = judged(&[counts_only(&[8, 16, 24, 32, 40, 48])], &[], &nonsense);
    assert_eq!(it.rows[0].verdict, Verdict::Growing, "{}", it.rows[0].reason);
}

#[test]
fn restarts() {
    let check = |rows: &[&[i128]], hints: &[bool], restarts: &[usize], verdict| {
        let rows: Vec<RowCounts> = rows.iter().map(|counts| counts_only(counts)).collect();
        let it = judged(&rows, hints, &Thresholds::default());
        assert_eq!((&*it.load.restarts, it.rows[0].verdict), (restarts, verdict), "{}", it.rows[0].reason);
    };
    let before = |column: usize| -> Vec<bool> { (0..6).map(|it| it == column).collect() };
    check(&[&[900, 990, 8, 18, 28, 38], &[4; 6]], &before(2), &[2], Verdict::Growing);
    check(&[&[900, 990, 1080, 1200, 1290, 3], &[4; 6]], &before(5), &[5], Verdict::Unclear);
    check(&[&[8, 16, 24, 32, 40, 48]], &before(3), &[3], Verdict::Unclear);
    // A fall alone is no restart.
    check(&[&[900, 990, 8, 18, 28, 38], &[4; 6]], &[], &[], Verdict::Fluctuating);
    check(&[&[5, 6, 240, 90, 8, 5], &[4; 6]], &[], &[], Verdict::Fluctuating);
    check(&[&[20, 60, 100, 140, 20, 60], &[4; 6]], &[], &[], Verdict::Fluctuating);
}

#[test]
fn rates() {
    let check = |counts: &[i128], hours: Option<&[f64]>, expected, range| {
        let it = judge(&[counts_only(counts)], hours, &[], &Thresholds::default());
        assert_eq!((it.rows[0].per_hour, it.rows[0].per_hour_range), (expected, range), "{counts:?}");
    };
    check(&[8, 16, 24, 32], Some(&[0.0, 0.5, 1.0, 1.5]), Some(16.0), Some((16.0, 16.0)));
    check(&[7, 7], Some(&[0.0, 2.0]), Some(0.0), Some((0.0, 0.0)));
    check(&[8, 16, 24, 32], None, None, None);
    check(&[8, 16, 24, 32], Some(&[0.0, 1.0, 1.0, 2.0]), None, None);
    check(&[8, 16, 24, 32], Some(&[0.0]), None, None);
}

#[test]
fn twins_and_nothing() {
    let it = judge(&[], None, &[], &Thresholds::default());
    assert_eq!((it.rows.len(), it.load.tested, it.load.smallest_p), (0, 0, None));
    assert_eq!(judged(&[counts_only(&[])], &[], &Thresholds::default()).rows[0].verdict, Verdict::Unclear);
    let twins = vec![counts_only(&[2, 4, 6, 8, 10, 12]); 11];
    let it = judged(&twins, &[], &Thresholds::default());
    assert!(it.rows.iter().all(|row| row.verdict == Verdict::Growing), "{}", it.rows[0].reason);
    assert_eq!((it.load.tested, it.load.factors), (11, vec![1.0; 6]));
}

#[test]
fn many_rows_are_judged_in_parallel() {
    let snapshots = MIN_COUNTS_PER_THREAD as i128 / 64;
    let rows: Vec<RowCounts> = (0..129)
        .map(|row| counts_only(&(0..snapshots).map(|at| 50 + at * (row % 2)).collect::<Vec<_>>()))
        .collect();
    let it = judged(&rows, &[], &Thresholds::default());
    let per_hour: Vec<Option<f64>> = it.rows.iter().map(|row| row.per_hour).collect();
    let expected: Vec<Option<f64>> = (0..129u8).map(|row| Some(f64::from(row % 2))).collect();
    assert_eq!(per_hour, expected);
}

#[test]
fn numbers_are_finite() {
    let values = [i128::MIN, -1, 0, 1, 60, i128::MAX];
    for seed in 0..600usize {
        let counts: Vec<i128> = (0..6).map(|at| values[(seed * 7 + seed * at * at + at) % 6]).collect();
        let cohorts = (0..5).map(|at| Cohort { born: u64::MAX, exited: at, survived: seed as u64 }).collect();
        let row = RowCounts { counts, cohorts, proven: Some(i128::MAX) };
        let it = judged(&[row.clone(), counts_only(&row.counts)], &[], &Thresholds::default());
        for is in &it.rows {
            let (low, high) = is.per_hour_range.unwrap_or_default();
            let numbers = [is.per_hour.unwrap_or(0.0), low, high, is.p_value.unwrap_or(0.0)];
            assert!(numbers.iter().all(|it| it.is_finite()), "{row:?} {is:?}");
        }
    }
}

#[test]
fn a_reason_agrees_with_its_figures() {
    // It rises, is away for a while, and comes back: the Mann-Kendall test passes, and the others do not.
    let counts: Vec<i128> = (3..=24).map(|n| 5 * n).chain([0; 4]).chain((39..=44).map(|n| 5 * n)).collect();
    let judgement = judged(&[counts_only(&counts)], &[], &Thresholds::default());
    let is = &judgement.rows[0];
    let reason = is.reason.to_string();
    assert_eq!(is.verdict, Verdict::Fluctuating, "{reason}");
    assert!(reason.contains("no trend that passes (Mann-Kendall p = "), "{reason}");
}
