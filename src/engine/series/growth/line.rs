//! Whether counts rise along a straight line more regularly than counts do that come and go.

use libm::exp;
use libm::lgamma;
use libm::log;
use libm::sqrt;

use super::chance::normal_above;

/// How much of a count is left one snapshot later, in the processes that are tried: from goroutines that live less than the time between
/// two snapshots to those that live for 20 such times.
const KEPT: [f64; 6] = [0.0, 0.3, 0.6, 0.8, 0.9, 0.95];

/// The largest probability of residuals as small as those of a straight line, among counts that are independent.
const MAX_P_STRAIGHT: f64 = 0.2;

/// The squared error of a count that is rounded to a whole number, doubled and more.
const ROUNDING: f64 = 0.25;

/// The probability that goroutines that come and go rise as much, and along so straight a line, by chance alone, whatever their
/// lifetimes. For each lifetime (a first-order autoregressive process around a constant mean) the slope and the residuals of
/// generalized least squares are independent: the p-value of the slope, and that of residuals so small, are combined by Fisher's
/// method. The largest result counts; it is 1 if the counts are no straight line. `dispersion` is the ratio of variance to mean; residuals are compared with that of 1.
pub(super) fn p_of_line(counts: &[f64], dispersion: f64) -> f64 {
    let n = counts.len() as f64;
    let mean = counts.iter().sum::<f64>() / n;
    if counts.len() < 4 || mean <= 0.0 {
        return 1.0;
    }
    let mut largest: f64 = 0.0;
    for kept in KEPT {
        let Some((rises, is_straight)) = p_values(counts, mean, kept, dispersion) else { return 1.0 };
        if kept == 0.0 && is_straight > MAX_P_STRAIGHT {
            return 1.0;
        }
        let both = rises * is_straight;
        largest = largest.max(if both > 0.0 { both * (1.0 - log(both)) } else { 0.0 });
    }
    largest
}

/// The p-value of the slope, and that of residuals so small; `None` if there are none.
fn p_values(counts: &[f64], mean: f64, kept: f64, dispersion: f64) -> Option<(f64, f64)> {
    let n = counts.len();
    let times: Vec<f64> = (0..n).map(|at| at as f64).collect();
    let ones = vec![1.0; n];
    let product = |a: &[f64], b: &[f64]| whitened(a, b, kept);
    let (aa, at, tt) = (product(&ones, &ones), product(&ones, &times), product(&times, &times));
    let (ax, tx) = (product(&ones, counts), product(&times, counts));
    let determinant = aa * tt - at * at;
    if determinant <= 0.0 {
        return None;
    }
    let slope = (aa * tx - at * ax) / determinant;
    let level = (tt * ax - at * tx) / determinant;
    let rises = normal_above(slope / sqrt(dispersion * mean * aa / determinant));
    let residuals: Vec<f64> = counts.iter().zip(&times).map(|(x, t)| x - level - slope * t).collect();
    let freedom = (n - 2) as f64;
    let trace = (2.0 + (n - 2) as f64 * (1.0 + kept * kept)) / (1.0 - kept * kept);
    let rounding = ROUNDING * trace * freedom / n as f64;
    let is_straight = chi_squared_below((product(&residuals, &residuals) + rounding) / mean, freedom);
    Some((rises, is_straight))
}

/// The product of two vectors under the inverse of the correlation matrix of the process, which has three diagonals.
fn whitened(a: &[f64], b: &[f64], kept: f64) -> f64 {
    let ends = a.first().zip(b.first()).map_or(0.0, |(a, b)| a * b) * (1.0 - kept * kept);
    let steps = a.windows(2).zip(b.windows(2));
    let rest: f64 = steps.map(|(a, b)| (a[1] - kept * a[0]) * (b[1] - kept * b[0])).sum();
    (ends + rest) / (1.0 - kept * kept)
}

/// The probability that a chi-squared variable is at most `x`: the series of the lower incomplete gamma function.
fn chi_squared_below(x: f64, freedom: f64) -> f64 {
    let (shape, x) = (freedom / 2.0, x / 2.0);
    // Beyond the mean the exact value makes no difference.
    if x <= 0.0 || x >= shape {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    let mut term = exp(shape * log(x) - x - lgamma(shape + 1.0));
    let mut sum = term;
    let mut next = shape;
    while term > sum * 1e-12 {
        next += 1.0;
        term *= x / next;
        sum += term;
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chi_squared() {
        let check = |x: f64, freedom: f64, expected: f64| {
            assert!((chi_squared_below(x, freedom) - expected).abs() < 1e-6, "{x} {freedom}");
        };
        check(0.0, 2.0, 0.0);
        check(0.5, 2.0, 0.221_199);
        check(1.0, 4.0, 0.090_204);
        check(0.2, 1.0, 0.345_279);
        check(9.0, 2.0, 1.0);
    }

    #[test]
    fn lines() {
        let check = |counts: &[f64], expected: std::ops::Range<f64>| {
            let p = p_of_line(counts, 2.0);
            assert!(expected.contains(&p), "{counts:?}: {p}");
        };
        check(&[4.0, 8.0, 12.0, 16.0, 20.0, 24.0], 0.0..1e-4);
        check(&[15.0, 20.0, 25.0, 30.0], 0.0..0.01);
        check(&[30.0, 25.0, 20.0, 15.0], 0.05..1.1);
        check(&[12.0, 30.0, 14.0, 31.0], 0.05..1.1);
        check(&[0.0, 2.0, 5.0, 26.0], 1.0..1.1);
        check(&[0.0; 6], 1.0..1.1);
        check(&[7.0; 6], 0.05..1.1);
    }
}
