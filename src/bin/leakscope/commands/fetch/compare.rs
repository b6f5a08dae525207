//! Compares the snapshots or series of several processes, group by group, and finds the odd one. The schema of its document is
//! `testdata/schemas/targets-1.json`.

use std::collections::BTreeMap;

use leakscope::report::FrameLine;
use leakscope::report::Report;
use leakscope::series::growth::Verdict;
use leakscope::text::pluralize;
use leakscope::text::units::signed;
use leakscope::text::with_thousands;
use leakscope::text::word;
use serde_json::Value;
use serde_json::json;

/// Fewer processes than this have no odd one.
const MIN_TARGETS: usize = 3;
/// The odd one has at least this many, as in a question to a store of sweeps.
const MIN_COUNT: i128 = 50;
/// And more than this many times what the others have on average.
const TIMES: f64 = 10.0;
/// Rows of the page.
const MAX_ROWS: usize = 10;

/// The groups of several processes.
pub(super) struct Comparison {
    /// Goroutines of each target; `None` for one that could not be fetched.
    totals: Vec<Option<i128>>,
    /// First those with an odd one, each kind by what the first has more than the others.
    rows: Vec<Row>,
    /// Whether a target has more than one snapshot.
    is_series: bool,
}

struct Row {
    fingerprint: String,
    name: Option<FrameLine>,
    /// By target; 0 for one that was not fetched.
    counts: Vec<i128>,
    /// By target: the last count minus the first.
    gains: Vec<i128>,
    /// The targets in which it grows by the test of a series.
    growing: Vec<usize>,
    most: i128,
    most_at: usize,
    /// What the others that were fetched have on average; `None` without others.
    others: Option<f64>,
    is_odd: bool,
}

/// The frame that names a group, and by target its counts and gains; the targets in which it grows.
type Group<'a> = (Option<&'a FrameLine>, Vec<i128>, Vec<i128>, Vec<usize>);

impl Comparison {
    /// Compares the groups of reports, which must have all of them. Background goroutines in a normal number are left out.
    pub(super) fn of(reports: &[Option<Report>]) -> Self {
        let fetched = reports.iter().flatten().count();
        let mut groups: BTreeMap<&str, Group<'_>> = BTreeMap::new();
        for (at, report) in reports.iter().enumerate() {
            for group in report.iter().flat_map(|it| &it.groups).filter(|it| it.background.is_none()) {
                let none = || vec![0; reports.len()];
                let new = || (group.name.as_ref(), none(), none(), Vec::new());
                let (_, counts, gains, growing) = groups.entry(&group.fingerprint).or_insert_with(new);
                if let (Some(count), Some(gain)) = (counts.get_mut(at), gains.get_mut(at)) {
                    *count += group.counts.last().copied().unwrap_or_default();
                    *gain += group.gain;
                }
                if group.growth.as_ref().is_some_and(|it| it.verdict == Verdict::Growing) {
                    growing.push(at);
                }
            }
        }
        let row = |(fingerprint, (name, counts, gains, growing)): (&str, Group<'_>)| {
            let largest =
                counts.iter().copied().enumerate().max_by_key(|(at, count)| (*count, usize::MAX - at))?;
            // What grows in one target alone will be far more there.
            let alone = growing.first().copied().filter(|_| growing.len() == 1 && fetched >= MIN_TARGETS);
            let most_at = alone.unwrap_or(largest.0);
            let most = counts.get(most_at).copied().unwrap_or(largest.1);
            let sum: i128 = counts.iter().sum();
            let others = (fetched > 1).then(|| (sum - most) as f64 / (fetched - 1) as f64);
            let is_far_more = fetched >= MIN_TARGETS
                && most >= MIN_COUNT
                && others.is_some_and(|it| most as f64 > TIMES * it);
            let is_odd = is_far_more || alone.is_some();
            Some(Row {
                fingerprint: fingerprint.to_owned(),
                name: name.cloned(),
                counts,
                gains,
                growing,
                most,
                most_at,
                others,
                is_odd,
            })
        };
        let mut rows: Vec<Row> = groups.into_iter().filter_map(row).collect();
        rows.sort_by(|a, b| {
            b.is_odd
                .cmp(&a.is_odd)
                .then(b.excess().total_cmp(&a.excess()))
                .then(a.fingerprint.cmp(&b.fingerprint))
        });
        let total = |report: &Report| report.snapshots.last().map_or(0, |it| it.in_all);
        let is_series = reports.iter().flatten().any(|it| it.snapshots.len() > 1);
        Comparison { totals: reports.iter().map(|it| it.as_ref().map(total)).collect(), rows, is_series }
    }

    /// The position of the odd target; `None` if there is none.
    fn odd(&self) -> Option<usize> {
        self.rows.first().filter(|row| row.is_odd).map(|row| row.most_at)
    }

    /// The position of the target whose report is worth reading: the odd one, or the first with the most goroutines.
    pub(super) fn subject(&self) -> usize {
        let most = || self.totals.iter().enumerate().max_by_key(|(at, total)| (**total, usize::MAX - at));
        self.odd().or_else(|| most().map(|(at, _)| at)).unwrap_or_default()
    }
}

impl Row {
    /// What the first has more than the others.
    fn excess(&self) -> f64 {
        self.most as f64 - self.others.unwrap_or_default()
    }
}

/// The comparison as text, and a line that leads over to the report of one of them.
pub(super) fn page(names: &[&str], comparison: &Comparison) -> String {
    let name = |at: usize| word(names.get(at).copied().unwrap_or_default()).into_owned();
    let fetched = comparison.totals.iter().flatten().count();
    let subject = name(comparison.subject());
    let (verdict, why) = match comparison.odd() {
        Some(_) => (format!("{subject} is odd"), "the odd one"),
        None if fetched < MIN_TARGETS => {
            ("one of fewer than three is never called odd".to_owned(), "which has the most goroutines")
        }
        None => ("none is odd".to_owned(), "which has the most goroutines"),
    };
    let mut text = format!(
        "{} of {} · {verdict}\n\n",
        with_thousands(fetched as i128),
        pluralize(names.len() as i128, "target")
    );
    let mut lines = vec![["goroutines", "target"].map(str::to_owned)];
    for (at, total) in comparison.totals.iter().enumerate() {
        lines.push([total.map_or_else(|| "not fetched".to_owned(), with_thousands), name(at)]);
    }
    text.push_str(&aligned(&lines));
    let mut lines = vec![["most", "others", "on", "what"].map(str::to_owned)];
    for row in comparison.rows.iter().take(MAX_ROWS) {
        let others = row.others.map_or_else(|| "-".to_owned(), average);
        let odd = if row.is_odd { "odd: " } else { "" };
        let what = row.name.as_ref().map_or_else(|| "?".to_owned(), |it| word(&it.function).into_owned());
        let gain = row.gains.get(row.most_at).copied().unwrap_or_default();
        let most = match comparison.is_series {
            true => format!("{} {}", with_thousands(row.most), signed(gain)),
            false => with_thousands(row.most),
        };
        let grows = match row.growing.len() {
            0 => String::new(),
            count => format!(" · grows in {count} of {fetched}"),
        };
        lines.push([most, others, name(row.most_at), format!("{odd}{what}{grows}")]);
    }
    text.push_str(&format!("\n{}", aligned(&lines)));
    let more = comparison.rows.len().saturating_sub(MAX_ROWS);
    if more > 0 {
        text.push_str(&format!("and {} more (--format json)\n", with_thousands(more as i128)));
    }
    text.push_str(&format!("\n--- {subject}, {why}:\n\n"));
    text
}

/// The comparison as JSON.
pub(super) fn document(
    names: &[&str],
    comparison: &Comparison,
    errors: &[Option<String>],
    limit: Option<usize>,
) -> String {
    let name = |at: usize| names.get(at).copied().unwrap_or_default();
    let targets: Vec<Value> = comparison
        .totals
        .iter()
        .zip(errors)
        .enumerate()
        .map(|(at, (total, error))| json!({"target": name(at), "goroutines": total.map(|it| it as i64), "error": error}))
        .collect();
    let limit = limit.filter(|it| *it > 0).unwrap_or(usize::MAX);
    let row = |row: &Row| {
        let counts: Vec<i64> = row.counts.iter().map(|it| *it as i64).collect();
        let gains: Vec<i64> = row.gains.iter().map(|it| *it as i64).collect();
        let growing: Vec<&str> = row.growing.iter().map(|it| name(*it)).collect();
        let frame =
            row.name.as_ref().map(|it| json!({"function": it.function, "file": it.file, "line": it.line}));
        json!({
            "fingerprint": row.fingerprint,
            "frame": frame,
            "counts": counts,
            "most": row.most as i64,
            "most_at": name(row.most_at),
            "others": row.others,
            "gains": comparison.is_series.then_some(gains),
            "growing": comparison.is_series.then_some(growing),
            "is_odd": row.is_odd,
        })
    };
    let rows: Vec<Value> = comparison.rows.iter().take(limit).map(row).collect();
    let document = json!({
        "kind": "targets",
        "schema": 1,
        "targets": targets,
        "odd": comparison.odd().map(name),
        "rows": rows,
        "omitted": comparison.rows.len().saturating_sub(limit),
    });
    format!("{document:#}\n")
}

/// With one decimal below 10.
fn average(number: f64) -> String {
    if number < 10.0 && number.fract() > 0.0 {
        format!("{number:.1}")
    } else {
        with_thousands(number.round() as i128)
    }
}

/// Columns with two blanks between them; the last one is not padded.
fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}
