//! Charts as SVG that needs no script: areas and lines stretch with the page, texts and dots keep their size.
//!
//! The outer `<svg>` has no `viewBox`, so texts and dots are placed by percentages; the inner one stretches a box of 100 × 100 over the
//! plot. Colours come from the classes of the layers, so that a page and a picture can have their own.

use crate::text::with_thousands;

use super::markup::Length;
use super::markup::Markup;
use super::markup::markup;
use super::markup::put;

/// At most this many points of a line are drawn; the first and the last always are.
pub(crate) const MAX_POINTS: usize = 120;

/// Up to this many snapshots, each has a dot.
const MAX_DOTS: usize = 24;

/// Bars of a trend in a row of a table.
const TREND_BARS: usize = 24;

/// Pixels above and below the plot: the numbers at the grid, and the times.
const ABOVE: f64 = 20.0;
const BELOW: f64 = 24.0;

/// Counts over time.
#[derive(Clone, Debug)]
pub(crate) struct Chart<'a> {
    /// What a reader hears instead of the picture.
    pub(crate) label: String,
    /// Counts over time: stacked on each other, the lowest first; or one alone.
    pub(crate) layers: Vec<Layer<'a>>,
    /// When the snapshots were taken, in nanoseconds since 1970; all `None` if one is not known.
    pub(crate) times: &'a [Option<i64>],
    /// Pixels.
    pub(crate) height: u16,
    /// The classes of the line above all layers, and of its dots.
    pub(crate) line: &'static str,
}

/// One area of a chart.
#[derive(Clone, Debug)]
pub(crate) struct Layer<'a> {
    /// The class that colours it.
    pub(crate) class: &'static str,
    /// A count for each snapshot.
    pub(crate) counts: &'a [i128],
}

impl Chart<'_> {
    /// The chart as an SVG element as wide as what it is in.
    pub(crate) fn to_svg(&self) -> Markup {
        let snapshots = self.layers.iter().map(|it| it.counts.len()).max().unwrap_or(0);
        let kept = thinned(snapshots, MAX_POINTS);
        let xs = positions(self.times, &kept, snapshots);
        let sums = self.sums(&kept);
        let totals = sums.last().cloned().unwrap_or_default();
        let highest = totals.iter().copied().fold(1.0, f64::max);
        let scale = Scale { top: rounded_up(highest), plot: f64::from(self.height) - ABOVE - BELOW };
        let mut out = markup!(
            "<svg class=\"chart\" role=\"img\" aria-label=\"" (self.label)
            "\" width=\"100%\" height=\"" (self.height.to_string()) "\">"
        );
        grid(&mut out, scale);
        put!(
            &mut out,
            "<svg x=\"0\" y=\"" (Length(ABOVE)) "\" width=\"100%\" height=\"" (Length(scale.plot))
            "\" viewBox=\"0 0 100 100\" preserveAspectRatio=\"none\" overflow=\"visible\">"
        );
        let mut below = vec![0.0; kept.len()];
        for (layer, sum) in self.layers.iter().zip(&sums) {
            let points = xs.iter().zip(sum).chain(xs.iter().zip(&below).rev());
            put!(&mut out, "<polygon class=\"" (layer.class) "\" points=\"" (points_of(points, scale)) "\"/>");
            below.clone_from(sum);
        }
        put!(
            &mut out,
            "<polyline class=\"line " (self.line) "\" vector-effect=\"non-scaling-stroke\" points=\""
            (points_of(xs.iter().zip(&totals), scale)) "\"/></svg>"
        );
        if kept.len() <= MAX_DOTS {
            for (x, total) in xs.iter().zip(&totals) {
                put!(
                    &mut out,
                    "<circle class=\"dot " (self.line) "\" cx=\"" (Length(*x)) "%\" cy=\"" (Length(scale.y(*total)))
                    "\" r=\"3.5\"><title>" (with_thousands(*total as i128)) "</title></circle>"
                );
            }
        }
        ends(&mut out, &totals, scale);
        if let Some((first, last)) = time_axis(self.times) {
            let y = Length(f64::from(self.height) - 4.0);
            put!(&mut out, "<text x=\"0\" y=\"" (y) "\">" (first) "</text>");
            put!(&mut out, "<text x=\"100%\" y=\"" (y) "\" text-anchor=\"end\">" (last) "</text>");
        }
        out.raw("</svg>");
        out
    }

    /// For each layer the sum of its counts and of those below it, at the kept snapshots.
    fn sums(&self, kept: &[usize]) -> Vec<Vec<f64>> {
        let mut sum = vec![0.0; kept.len()];
        let mut sums = Vec::new();
        for layer in &self.layers {
            for (total, at) in sum.iter_mut().zip(kept) {
                *total += layer.counts.get(*at).copied().unwrap_or(0).max(0) as f64;
            }
            sums.push(sum.clone());
        }
        sums
    }
}

/// From counts to pixels.
#[derive(Clone, Copy)]
struct Scale {
    top: f64,
    plot: f64,
}

impl Scale {
    fn y(self, count: f64) -> f64 {
        ABOVE + self.plot - self.plot * count / self.top
    }
}

/// The lines at the top, the middle and the bottom, with their numbers.
fn grid(out: &mut Markup, scale: Scale) {
    for value in [scale.top, scale.top / 2.0, 0.0] {
        let y = Length(scale.y(value));
        let class = if value == 0.0 { "axis" } else { "grid" };
        put!(out, "<line class=\"" (class) "\" x1=\"0\" x2=\"100%\" y1=\"" (y) "\" y2=\"" (y) "\"/>");
        if value > 0.0 && value.fract() == 0.0 {
            let y = Length(scale.y(value) - 4.0);
            put!(out, "<text class=\"tick\" x=\"0\" y=\"" (y) "\">" (with_thousands(value as i128)) "</text>");
        }
    }
}

/// The last number, and the first where it does not hide that of the grid.
fn ends(out: &mut Markup, totals: &[f64], scale: Scale) {
    let (Some(first), Some(last)) = (totals.first(), totals.last()) else { return };
    let y = |value: f64| Length((scale.y(value) - 9.0).max(11.0));
    put!(
        out,
        "<text class=\"value\" x=\"100%\" y=\"" (y(*last)) "\" text-anchor=\"end\">" (with_thousands(*last as i128))
        "</text>"
    );
    if *first < scale.top * 0.38 && totals.len() > 1 {
        put!(
            out,
            "<text class=\"value\" x=\"0\" dx=\"5\" y=\"" (y(*first)) "\">" (with_thousands(*first as i128)) "</text>"
        );
    }
}

fn points_of<'a>(points: impl Iterator<Item = (&'a f64, &'a f64)>, scale: Scale) -> Markup {
    let mut out = Markup::default();
    for (x, value) in points {
        put!(&mut out, (Length(*x)) "," (Length(100.0 - 100.0 * value / scale.top)) " ");
    }
    out
}

/// The trend of a row: a bar for each snapshot, between its smallest and its largest count.
pub(super) fn trend(counts: &[i128]) -> Markup {
    let kept: Vec<f64> = thinned(counts.len(), TREND_BARS)
        .iter()
        .filter_map(|at| counts.get(*at))
        .map(|it| *it as f64)
        .collect();
    let (low, high) = kept.iter().fold((f64::MAX, f64::MIN), |(low, high), it| (low.min(*it), high.max(*it)));
    let mut out = markup!(
        "<svg class=\"trend\" viewBox=\"0 0 100 20\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><path d=\""
    );
    let step = 100.0 / kept.len().max(1) as f64;
    for (at, count) in kept.iter().enumerate() {
        let height = if high > low { 2.0 + 18.0 * (count - low) / (high - low) } else { 4.0 };
        // Tables have many of them: a digit after the point is enough.
        let tenths = |it: f64| Length((it * 10.0).round() / 10.0);
        put!(&mut out, "M" (tenths(at as f64 * step)) " 20v-" (tenths(height)) "h" (tenths(step * 0.8)) "V20z");
    }
    out.raw("\"/></svg>");
    out
}

/// A bar of parts of a whole, from the left: each with its class and its share, from 0 to 1.
pub(super) fn bar(parts: &[(&'static str, f64)]) -> Markup {
    let mut out = markup!("<svg class=\"bar-of\" width=\"100%\" height=\"12\" aria-hidden=\"true\">");
    for (class, share) in parts {
        let width = Length(100.0 * share.clamp(0.0, 1.0));
        put!(&mut out, "<rect class=\"" (class) "\" width=\"" (width) "%\" height=\"12\"/>");
    }
    out.raw("</svg>");
    out
}

/// At most `most` indices of `len`, evenly spread, with the first and the last.
pub(super) fn thinned(len: usize, most: usize) -> Vec<usize> {
    if len <= most || most < 2 {
        return (0..len).collect();
    }
    (0..most).map(|at| (at * (len - 1) + (most - 1) / 2) / (most - 1)).collect()
}

/// Where the kept snapshots are on the axis of time, from 0 to 100. Without times they have equal distances.
fn positions(times: &[Option<i64>], kept: &[usize], snapshots: usize) -> Vec<f64> {
    if snapshots < 2 {
        return vec![50.0; kept.len()];
    }
    let known: Option<Vec<i64>> = times.iter().copied().collect();
    let known = known.filter(|it| it.len() == snapshots && it.is_sorted() && it.first() < it.last());
    let end = |it: &Vec<i64>| (it.first().copied().unwrap_or(0), it.last().copied().unwrap_or(0));
    kept.iter()
        .map(|at| match &known {
            Some(times) => {
                let (first, last) = end(times);
                let time = times.get(*at).copied().unwrap_or(last);
                100.0 * (time - first) as f64 / (last - first) as f64
            }
            None => 100.0 * *at as f64 / (snapshots - 1) as f64,
        })
        .collect()
}

/// The smallest round number that is not below a count.
fn rounded_up(count: f64) -> f64 {
    const STEPS: [f64; 11] = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0];
    let mut size = 1.0;
    while size * 10.0 <= count {
        size *= 10.0;
    }
    // Half a goroutine would be no number to put at a grid.
    let steps = STEPS.iter().map(|step| step * size).filter(|it| it.fract() == 0.0);
    steps.into_iter().find(|it| *it >= count).unwrap_or(count)
}

/// The first and the last time, with the day where they are a day or more apart; without times, what they are. `None` if there is one
/// snapshot only.
fn time_axis(times: &[Option<i64>]) -> Option<(String, String)> {
    const DAY: i64 = 86_400_000_000_000;
    if times.len() < 2 {
        return None;
    }
    let known = times.first().copied().flatten().zip(times.last().copied().flatten());
    let Some((first, last)) = known.filter(|_| times.iter().all(Option::is_some)) else {
        return Some(("first snapshot".to_owned(), "last snapshot".to_owned()));
    };
    let format = if last.saturating_sub(first) >= DAY { "%d %b %H:%M" } else { "%H:%M:%S" };
    Some((shown_time(first, format)?, format!("{} UTC", shown_time(last, format)?)))
}

/// A time in UTC; `None` if it is out of range.
pub(super) fn shown_time(nanoseconds: i64, format: &str) -> Option<String> {
    let time = jiff::Timestamp::from_nanosecond(i128::from(nanoseconds)).ok()?;
    Some(time.strftime(format).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_numbers_above_counts() {
        let check = |count: f64, expected: f64| assert_eq!(rounded_up(count), expected, "{count}");
        check(1.0, 1.0);
        check(2.0, 2.0);
        check(9.0, 10.0);
        check(26.0, 30.0);
        check(326.0, 400.0);
        check(1_000.0, 1_000.0);
        check(120_001.0, 150_000.0);
    }

    #[test]
    fn the_first_and_the_last_point_are_kept() {
        let check = |len: usize, most: usize, expected: &[usize]| assert_eq!(thinned(len, most), expected);
        check(0, 4, &[]);
        check(3, 4, &[0, 1, 2]);
        check(10, 4, &[0, 3, 6, 9]);
        assert_eq!(thinned(1_000, MAX_POINTS).len(), MAX_POINTS);
        assert_eq!(thinned(1_000, MAX_POINTS).last(), Some(&999));
    }

    #[test]
    fn points_are_where_their_times_are() {
        let times = [Some(0), Some(10), Some(40)];
        assert_eq!(positions(&times, &[0, 1, 2], 3), [0.0, 25.0, 100.0]);
        assert_eq!(positions(&[None; 3], &[0, 1, 2], 3), [0.0, 50.0, 100.0]);
        assert_eq!(positions(&[Some(4), Some(2), Some(9)], &[0, 2], 3), [0.0, 100.0]);
    }

    #[test]
    fn layers_are_stacked() {
        let chart = Chart {
            label: "from 3 to 8".to_owned(),
            layers: vec![
                Layer { class: "rest", counts: &[2, 2] },
                Layer { class: "cause-1", counts: &[1, 6] },
            ],
            times: &[None, None],
            height: 144,
            line: "grew",
        };
        let svg = chart.to_svg().into_string();
        assert!(svg.contains("<polygon class=\"rest\" points=\"0,75 100,75 100,100 0,100 \"/>"), "{svg}");
        assert!(svg.contains("<polygon class=\"cause-1\" points=\"0,62.5 100,0 100,75 0,75 \"/>"), "{svg}");
        assert!(svg.contains("text-anchor=\"end\">8</text>"), "{svg}");
        assert!(svg.ends_with("</svg>"), "{svg}");
        assert_eq!(svg, chart.to_svg().into_string());
    }

    #[test]
    fn a_trend_has_a_bar_for_each_count() {
        let svg = trend(&[1, 3]).into_string();
        assert!(svg.contains("M0 20v-2h40V20zM50 20v-20h40V20z"), "{svg}");
    }
}
