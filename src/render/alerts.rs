//! Alert rules for Prometheus. They look at the trend of `go_goroutines`, never at its value, which differs from service to service.

use std::fmt::Write;
use std::time::Duration;

use crate::text::quoted;

/// Parameters of the alert rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertOptions {
    /// A regular expression for the label `job`; `None` for all jobs.
    pub job: Option<String>,
    /// The number of goroutines that an instance may gain in an hour, and that its minimum may gain in six hours.
    pub growth: u64,
    /// How long the condition must hold before an alert fires.
    pub lasts: Duration,
}

struct Alert {
    name: &'static str,
    severity: &'static str,
    expr: String,
    summary: &'static str,
    description: String,
}

/// The alert rules as a file for Prometheus.
pub fn alerts(options: &AlertOptions) -> String {
    let mut out = "groups:\n  - name: leakscope\n    rules:\n".to_owned();
    for alert in rules(options) {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "      - alert: {}\n        expr: |-", alert.name);
        for line in alert.expr.lines() {
            let _ = writeln!(out, "          {line}");
        }
        let Alert { severity, summary, description, .. } = alert;
        let _ = writeln!(out, "        for: {}\n        labels:", duration(options.lasts));
        let _ = writeln!(out, "          severity: {severity}\n        annotations:");
        let _ = writeln!(out, "          summary: '{summary}'\n          description: '{description}'");
        let _ = writeln!(out, "          runbook: '{RUNBOOK}'");
    }
    out
}

const RUNBOOK: &str = "leakscope fetch {{ $labels.instance }} --every 30s --for 5m --save captures";

fn rules(options: &AlertOptions) -> [Alert; 3] {
    let series = match &options.job {
        Some(job) => format!("go_goroutines{{job=~{}}}", quoted(job)),
        None => "go_goroutines".to_owned(),
    };
    let growth = options.growth;
    // Goroutines that exit do not raise the minimum. A jump, as after a release, raises it once, but not twice in a row.
    let rise = |window: &str, twice: &str| {
        let floor = |ago: &str| format!("min_over_time({series}[{window}]{ago})");
        [floor(""), floor(&format!(" offset {window}")), floor(&format!(" offset {twice}"))]
    };
    let [last, before, first] = rise("1h", "2h");
    // The load of every morning raises it twice too, but then it was as high at the same time yesterday, give or take an hour. For a
    // process younger than a day this condition has no data and never holds.
    let rising = format!(
        "and {last} > {before}\nand {before} > {first}\nunless {last} <= max_over_time({series}[2h] offset 23h)"
    );
    let [low, lower, lowest] = rise("6h", "12h");
    [
        Alert {
            name: "GoroutinesGrow",
            severity: "warning",
            expr: format!("deriv({series}[3h]) * 3600 > {growth}\n{rising}"),
            summary: "goroutines of {{ $labels.instance }} pile up",
            description: format!(
                "{{{{ $value | humanize }}}} goroutines an hour more over 3 h (limit {growth}), and the floor of each hour \
                 is above that of the hour before."
            ),
        },
        Alert {
            name: "GoroutinesWillDouble",
            severity: "critical",
            // A few goroutines may double without harm, so the limit must be exceeded too.
            expr: format!(
                "predict_linear({series}[3h], 86400) > 2 * {last}\nand deriv({series}[3h]) * 3600 > {growth}\n{rising}"
            ),
            summary: "goroutines of {{ $labels.instance }} will double within a day",
            description:
                "At the pace of the last 3 h there will be {{ $value | humanize }} goroutines in 24 h, more \
                          than twice the floor of the last hour."
                    .to_owned(),
        },
        Alert {
            name: "GoroutineFloorRises",
            severity: "warning",
            expr: format!("{low} - {lower} > {growth}\nand {lower} - {lowest} > {growth}"),
            summary: "the lowest number of goroutines of {{ $labels.instance }} rises",
            description: format!(
                "The floor of the last 6 h is {{{{ $value | humanize }}}} goroutines above that of the 6 h before, and \
                 that one rose by more than {growth} too: goroutines that never end, under any load."
            ),
        },
    ]
}

/// A duration as Prometheus writes it: `1h30m`.
fn duration(duration: Duration) -> String {
    let (seconds, millis) = (duration.as_secs(), u64::from(duration.subsec_millis()));
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s"), (millis, "ms")];
    let text: String = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration(Duration::from_secs_f64(90_061.5)), "25h1m1s500ms");
        assert_eq!(duration(Duration::ZERO), "0s");
    }
}
