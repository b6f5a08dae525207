//! A snapshot to what a store keeps of it.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::diagnose::diagnose;
use crate::group::By;
use crate::model::Frame;
use crate::model::Snapshot;
use crate::rules::RuleSet;
use crate::series::Row;
use crate::series::Series;
use crate::stacks::Filter;
use crate::stacks::Fingerprint;

/// What a store keeps of one snapshot. Goroutine labels are not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// When it was taken, in seconds since 1970.
    pub taken_at: i64,
    /// All goroutines.
    pub goroutines: u64,
    /// The Go version; `None` if it is not known.
    pub go_version: Option<String>,
    /// The form of the profile.
    pub form: &'static str,
    /// Its stacks with their counts, by fingerprint.
    pub stacks: Vec<(ObservedStack, u64)>,
}

/// One stack. The texts come from the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedStack {
    /// Its name in all services.
    pub fingerprint: Fingerprint,
    /// A line for each frame, leaf first: function, tab, file, colon, line.
    pub frames: String,
    /// The function of the user that waits, or of a library if there is none; `None` if there is neither.
    pub site: Option<String>,
    /// The function with the `go` statement and its place; `None` if it is not known.
    pub spawn: Option<String>,
    /// What they are blocked on; `None` if it is not known.
    pub blocked_on: Option<String>,
    /// The rule of the finding that covers it; `None` if there is none.
    pub rule: Option<String>,
    /// Whether it is a background goroutine in a normal number.
    pub is_background: bool,
}

/// Groups a snapshot by stack and looks for causes. `asked_at`, in seconds since 1970, is its time if it has none.
pub fn observe(snapshot: Snapshot, rules: &RuleSet, asked_at: i64) -> Observation {
    let mut stacks: BTreeMap<Fingerprint, (ObservedStack, u64)> = BTreeMap::new();
    let series = each_stack(snapshot, rules, |row, count, stack| {
        let entry = stacks.entry(row.fingerprint).or_insert_with(|| (stack(), 0));
        entry.1 = entry.1.saturating_add(count);
    });
    let column = series.columns.first();
    Observation {
        taken_at: column.and_then(|it| it.taken_at).map_or(asked_at, |nanos| nanos.div_euclid(1_000_000_000)),
        goroutines: stacks.values().map(|(_, count)| *count).fold(0, u64::saturating_add),
        go_version: column.and_then(|it| it.go_version.clone()),
        form: column.map_or("pprof", |it| it.form.as_str()),
        stacks: stacks.into_values().collect(),
    }
}

/// Hands over each row of a snapshot that has goroutines, with their number, and what makes the stack of it.
pub(super) fn each_stack(
    snapshot: Snapshot,
    rules: &RuleSet,
    mut take: impl FnMut(&Row, u64, &dyn Fn() -> ObservedStack),
) -> Series {
    let series = Series::build(std::iter::once(snapshot), &By::default(), &Filter::default());
    let diagnosis = diagnose(&series, rules);
    let mut rule_of: BTreeMap<usize, &str> = BTreeMap::new();
    for finding in &diagnosis.findings {
        for row in &finding.rows {
            rule_of.entry(*row).or_insert(&finding.rule);
        }
    }
    for (at, row) in series.rows.iter().enumerate() {
        // A difference of two profiles has negative counts: of a process there is none.
        let Some(count) = u64::try_from(row.count()).ok().filter(|count| *count > 0) else { continue };
        let rule = || rule_of.get(&at).map(|it| (*it).to_owned());
        let is_background = diagnosis.background.get(at).is_some_and(Option::is_some);
        take(row, count, &|| stack(&series, row, rule(), is_background));
    }
    series
}

fn stack(series: &Series, row: &Row, rule: Option<String>, is_background: bool) -> ObservedStack {
    let function = |frame: Frame| series.names.function_name(frame.function).to_owned();
    let file = |frame: Frame| series.names.symbols.file(frame.file);
    let mut frames = String::new();
    for frame in row.stack.frames(&series.names) {
        // Writing to a String cannot fail.
        let _ = writeln!(frames, "{}\t{}:{}", function(frame), file(frame), frame.line);
    }
    let site = row.stack.users_frame(&series.names);
    let site = site.or(row.facts.sites.most().copied()).or_else(|| row.stack.telling_frame(&series.names));
    let spawn = row.facts.spawn_site(true).map(|it| it.value);
    ObservedStack {
        fingerprint: row.fingerprint,
        frames,
        site: site.map(function),
        spawn: spawn.map(|it| format!("{}\t{}:{}", function(it), file(it), it.line)),
        blocked_on: row.facts.blocked_on(true).map(|it| it.value.as_str().to_owned()),
        rule,
        is_background,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_with_counts() {
        let text = "goroutine profile: total 9\n\
            7 @ 0x1 0x2\n#\t0x1\truntime.gopark+0x1\t/go/src/runtime/proc.go:1\n\
            #\t0x2\truntime.chansend1+0x1\t/go/src/runtime/chan.go:9\n\
            #\t0x3\tmain.send+0x1\t/srv/a.go:12\n\n\
            2 @ 0x4\n#\t0x4\tmain.main+0x1\t/srv/a.go:2\n\n";
        let snapshot = Snapshot::from_bytes("a", text.into()).expect("it is a profile");
        let seen = observe(snapshot, &RuleSet::built_in(), 1_795_990_041);
        assert_eq!((seen.taken_at, seen.goroutines, seen.form), (1_795_990_041, 9, "debug1"));
        let mut shown: Vec<String> = seen
            .stacks
            .iter()
            .map(|(it, count)| {
                format!("{count} {:?} {:?} {:?}", it.site.as_deref(), it.blocked_on.as_deref(), it.frames)
            })
            .collect();
        shown.sort();
        let expected = [
            "2 Some(\"main.main\") None \"main.main\\t/srv/a.go:2\\n\"",
            "7 Some(\"main.send\") Some(\"channel send\") \"main.send\\t/srv/a.go:12\\n\"",
        ];
        assert_eq!(shown, expected);
    }
}
