//! One snapshot of a series, without its groups.

use std::collections::HashMap;

use crate::group::ColumnHeap;
use crate::model::Form;
use crate::model::Kind;
use crate::model::Snapshot;

/// What is kept of a snapshot.
#[derive(Clone, Debug)]
pub struct Column {
    /// Where it came from.
    pub origin: String,
    /// The form that the counts are from.
    pub form: Form,
    /// Which profile the counts are from.
    pub kind: Kind,
    /// Whether it is the difference of two snapshots.
    pub is_delta: bool,
    /// Whether the values are in another unit than `count`.
    pub unexpected_unit: bool,
    /// When it was taken, in nanoseconds since 1970; `None` if nothing says so.
    pub taken_at: Option<i64>,
    /// What the process's own clock said; `None` if the form does not say.
    pub(super) clock: Option<i64>,
    /// Goroutines that passed the filters.
    pub goroutines: i128,
    /// Goroutines of the process, whatever the filters.
    pub in_all: i128,
    /// Goroutines that the input claims to hold; `None` if it claims none.
    pub declared_total: Option<i128>,
    /// Different stacks.
    pub stacks_unique: usize,
    /// The Go version, where the capture knows it.
    pub go_version: Option<String>,
    /// The path of the program, where the form says it.
    pub program: Option<String>,
    /// The build id of the program, where the form says it.
    pub build_id: Option<String>,
    /// Whether a traceback records states, ages and spawn sites.
    pub has_traceback: bool,
    /// Whether a goroutineleak profile was had.
    pub has_proof: bool,
    /// Live bytes by the functions of the stacks that allocated them. `None` if no heap profile was had.
    pub heap: Option<ColumnHeap>,
    /// Whether the sender asked to hide frames. They are counted all the same.
    pub has_frame_filters: bool,
    /// Whether a part of the input was lost.
    pub incomplete: bool,
    /// What could not be read, and other remarks.
    pub warnings: Vec<String>,
}

impl Column {
    /// Whether a traceback lists the goroutines of a snapshot one by one.
    pub(super) fn tells_goroutines(snapshot: &Snapshot) -> bool {
        snapshot.counts.form == Form::Traceback || snapshot.traceback.is_some()
    }

    pub(super) fn new(
        snapshot: Snapshot,
        goroutines: i128,
        stacks_unique: usize,
        column_heap: Option<ColumnHeap>,
    ) -> Self {
        let has_traceback = Column::tells_goroutines(&snapshot);
        let Snapshot { origin, counts, traceback, proof, heap, taken_at, go_version, warnings } = snapshot;
        let others = traceback.iter().chain(&proof);
        let mut told: Vec<String> = counts.warnings.iter().map(ToString::to_string).collect();
        told.extend(others.clone().flat_map(|it| {
            let form = it.form.as_str();
            it.warnings.iter().map(move |warning| format!("{form}: {warning}"))
        }));
        told.extend(heap.iter().flat_map(|it| it.warnings.iter().map(|warning| format!("heap: {warning}"))));
        told.extend(warnings.iter().map(ToString::to_string));
        Column {
            origin,
            form: counts.form,
            kind: counts.kind,
            is_delta: counts.is_delta,
            taken_at,
            clock: counts.taken_at,
            goroutines,
            in_all: counts.total(),
            declared_total: counts.declared_total,
            stacks_unique,
            go_version,
            has_traceback,
            has_proof: counts.kind == Kind::GoroutineLeak || proof.is_some(),
            heap: column_heap,
            incomplete: counts.is_incomplete() || others.clone().any(crate::model::Profile::is_incomplete),
            has_frame_filters: counts.has_frame_filters,
            unexpected_unit: counts.unexpected_unit,
            program: counts.program,
            build_id: counts.build_id,
            warnings: told,
        }
    }
}

/// Of each snapshot, whether the profiles show a restart before it: another build id.
pub(super) fn restarted(columns: &[Column]) -> Vec<bool> {
    let mut restarted = vec![false];
    for [before, after] in columns.array_windows::<2>() {
        let other_build = matches!((&before.build_id, &after.build_id), (Some(a), Some(b)) if a != b);
        restarted.push(other_build);
    }
    restarted
}

/// Warnings about neighbouring columns: kinds that do not match, another build, times out of order.
pub(super) fn warnings(columns: &[Column]) -> Vec<String> {
    let [mut out_of_order, mut at_once, mut clocks, mut builds, mut forms, mut kinds] =
        [const { Vec::new() }; 6];
    for pair in columns.array_windows::<2>() {
        let [before, after] = pair;
        let (a, b) = (&before.origin, &after.origin);
        if let (Some(earlier), Some(later)) = (before.taken_at, after.taken_at) {
            if later < earlier {
                out_of_order.push(format!("{b} was taken before {a}: give the oldest first"));
            } else if later == earlier {
                at_once.push(format!("{a} and {b} were taken at the same time"));
            }
        }
        let forth = matches!((before.taken_at, after.taken_at), (Some(a), Some(b)) if a < b);
        if forth && matches!((before.clock, after.clock), (Some(a), Some(b)) if b < a) {
            clocks.push(format!(
                "{b}: the process's clock went back between two snapshots; the times of the requests are used instead"
            ));
        }
        if matches!((&before.build_id, &after.build_id), (Some(a), Some(b)) if a != b) {
            builds.push(format!("{b} is from another build than {a}; stacks are matched by name"));
        }
        if before.form != after.form {
            let (one, other) = (before.form.as_str(), after.form.as_str());
            forms.push(format!(
                "{a} and {b} have different forms ({one}, {other}); each request adds goroutines of its own"
            ));
        }
        if before.kind != after.kind {
            let (one, other) = (before.kind.as_str(), after.kind.as_str());
            kinds.push(format!(
                "{a} is a {one} profile and {b} a {other} profile: their counts cannot be compared"
            ));
        }
    }
    [out_of_order, at_once, clocks, builds, forms, kinds].into_iter().flat_map(tallied).collect()
}

/// Warnings about restarts without a new build. Goroutines that are gone with their process are not fixed.
pub(super) fn restart_warnings(columns: &[Column], restarts: &[usize]) -> Vec<String> {
    let other_build = restarted(columns);
    let silent = restarts.iter().filter(|at| !other_build.get(**at).copied().unwrap_or(false));
    let texts = silent.filter_map(|at| columns.get(*at)).map(|column| {
        format!(
            "{}: most goroutines disappeared at once, as after a restart; growth is measured from here on",
            column.origin
        )
    });
    tallied(texts.collect())
}

/// Texts that are shown; more that say the same of other snapshots are only counted.
const TOLD: usize = 3;

/// Texts that say the same of several snapshots: each once with its count, and at most [`TOLD`] of them. A long series
/// repeats itself.
fn tallied(texts: Vec<String>) -> Vec<String> {
    let mut index: HashMap<&str, usize> = HashMap::new();
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for text in &texts {
        let next = counts.len();
        match *index.entry(text).or_insert(next) {
            at if at == next => counts.push((text, 1)),
            at => counts[at].1 += 1,
        }
    }
    let more: usize = counts.iter().skip(TOLD).map(|(_, count)| count).sum();
    let shown = |&(text, count): &(&str, usize)| match count {
        1 => text.to_owned(),
        _ => format!("{text} ({count} times)"),
    };
    let mut told: Vec<String> = counts.iter().take(TOLD).map(shown).collect();
    if let Some(last) = told.last_mut().filter(|_| more > 0) {
        last.push_str(&format!(" (and {more} more like this)"));
    }
    told
}
