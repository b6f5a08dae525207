//! Probabilities of what chance alone does. They are the same on every machine to the last digit.

use libm::exp;
use libm::log;

/// Trials up to which binomial tails are exact. Above, the normal approximation is used.
const MAX_EXACT_TRIALS: u64 = 400;

/// The probability that a standard normal variable exceeds `z`.
pub(super) fn normal_above(z: f64) -> f64 {
    if z.is_nan() {
        return 1.0;
    }
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.5 * x);
    // Chebyshev fit of erfc (Numerical Recipes, erfcc): relative error below 1.2e-7 everywhere.
    let fit = [
        -1.26551223,
        1.00002368,
        0.37409196,
        0.09678418,
        -0.18628806,
        0.27886807,
        -1.13520398,
        1.48851587,
        -0.82215223,
        0.17087277,
    ];
    let series = fit.iter().rev().fold(0.0, |sum, term| sum * t + term);
    let tail = 0.5 * t * exp(series - x * x);
    if z >= 0.0 { tail } else { 1.0 - tail }
}

/// The upper binomial tail: the probability of at least `hits` hits in `trials` trials of probability `chance`.
pub(super) fn binomial_at_least(hits: u64, trials: u64, chance: f64) -> f64 {
    if hits == 0 {
        return 1.0;
    }
    if hits > trials || chance <= 0.0 {
        return 0.0;
    }
    if chance >= 1.0 {
        return 1.0;
    }
    let (n, k) = (trials as f64, hits as f64);
    if trials > MAX_EXACT_TRIALS {
        return normal_above((k - 0.5 - n * chance) / (n * chance * (1.0 - chance)).sqrt());
    }
    // The binomial coefficient: below 1e120 for 400 trials.
    let coefficient: f64 = (0..hits).map(|i| (trials - i) as f64 / (i + 1) as f64).product();
    let mut term = exp(log(coefficient) + k * log(chance) + (n - k) * log(1.0 - chance));
    let mut sum = 0.0;
    for i in hits..=trials {
        sum += term;
        term *= (trials - i) as f64 / (i + 1) as f64 * chance / (1.0 - chance);
    }
    sum.clamp(0.0, 1.0)
}

/// The lower binomial tail: the probability of at most `hits` hits in `trials` trials of probability `chance`.
pub(super) fn binomial_at_most(hits: u64, trials: u64, chance: f64) -> f64 {
    if hits >= trials { 1.0 } else { binomial_at_least(trials - hits, trials, 1.0 - chance) }
}

/// The probability that chance alone raises a count from `before` to `after` while the load is multiplied by `load`: the exact
/// C-test for small counts, a normal test for large ones. `dispersion` is the ratio of variance to mean.
pub(super) fn p_rise(before: f64, after: f64, load: f64, dispersion: f64) -> f64 {
    let expected = load * before;
    if after <= expected {
        return 1.0;
    }
    if before + after < 50.0 {
        let (before, after) = (before.round().max(0.0) as u64, after.round().max(0.0) as u64);
        return binomial_at_least(after, before + after, load / (1.0 + load));
    }
    normal_above((after - expected - 1.0) / (dispersion * (after + load * expected)).sqrt())
}

/// The largest p-value that is significant at a false discovery rate of `fdr` (Benjamini and Hochberg 1995). Equal p-values have the
/// same result. Negative if none is significant.
pub(super) fn benjamini_hochberg(p_values: impl Iterator<Item = f64>, fdr: f64) -> f64 {
    let mut sorted: Vec<f64> = p_values.collect();
    sorted.sort_by(f64::total_cmp);
    let tests = sorted.len() as f64;
    let passes = |(rank, p): &(usize, &f64)| **p <= fdr * (*rank + 1) as f64 / tests;
    sorted.iter().enumerate().rev().find(passes).map_or(-1.0, |(_, p)| *p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails() {
        let check =
            |is: f64, expected: f64| assert!((is - expected).abs() < 1e-6 * expected, "{is} {expected}");
        check(normal_above(0.0), 0.5);
        check(normal_above(1.6448536), 0.05);
        check(normal_above(-1.6448536), 0.95);
        check(normal_above(4.0), 3.1671242e-5);
        assert_eq!((normal_above(f64::INFINITY), normal_above(f64::NAN)), (0.0, 1.0));
        assert_eq!((binomial_at_least(0, 10, 0.5), binomial_at_least(11, 10, 0.5)), (1.0, 0.0));
        let check =
            |is: f64, expected: f64| assert!((is - expected).abs() < 1e-9 * expected, "{is} {expected}");
        check(binomial_at_least(10, 10, 0.5), 1.0 / 1024.0);
        check(binomial_at_least(7, 9, 0.5), 46.0 / 512.0);
        check(binomial_at_least(1, 2, 0.25), 0.4375);
        check(binomial_at_least(200, 400, 0.5), 0.519934650982);
        check(binomial_at_least(MAX_EXACT_TRIALS, MAX_EXACT_TRIALS, 0.5), 0.5f64.powi(400));
        assert!(binomial_at_least(200, 400, 1e-3) < 1e-300, "close to 0");
        check(binomial_at_most(1, 3, 0.5), 0.5);
        check(binomial_at_most(3, 3, 0.5), 1.0);
        check(p_rise(10.0, 10.0, 1.0, 2.0), 1.0);
        check(p_rise(0.0, 10.0, 1.0, 2.0), 1.0 / 1024.0);
        assert!(p_rise(1000.0, 1300.0, 1.0, 2.0) < 1e-4);
        assert!(p_rise(1000.0, 2000.0, 2.0, 2.0) > 0.9);
    }

    #[test]
    fn false_alarms() {
        let check =
            |p: &[f64], expected| assert_eq!(benjamini_hochberg(p.iter().copied(), 0.05), expected, "{p:?}");
        check(&[], -1.0);
        check(&[0.2, 0.9], -1.0);
        check(&[0.03], 0.03);
        check(&[0.03, 0.9], -1.0);
        check(&[0.03, 0.03, 0.9, 0.9], -1.0);
        check(&[0.02, 0.02, 0.9, 0.9], 0.02);
    }
}
