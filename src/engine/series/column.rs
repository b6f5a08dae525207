//! One snapshot of a series, without its groups.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use crate::golang::Owner;
use crate::group::ColumnHeap;
use crate::model::Death;
use crate::model::Form;
use crate::model::FunctionId;
use crate::model::Kind;
use crate::model::Profile;
use crate::model::Snapshot;
use crate::stacks::SymbolTable;
use crate::text::word;

use super::Row;

/// What is between the file and the place of a dump in it.
const DUMP: &str = ", dump ";

/// A snapshot without its groups.
#[derive(Clone, Debug)]
pub struct Column {
    /// Where it came from.
    pub origin: String,
    /// The form that the counts are from.
    pub form: Form,
    /// The kind of profile that the counts are from.
    pub kind: Kind,
    /// Whether it is the difference of two snapshots.
    pub is_delta: bool,
    /// Whether the values are in another unit than `count`.
    pub unexpected_unit: bool,
    /// When it was taken, in nanoseconds since 1970; `None` if neither the capture nor the profile records it.
    pub taken_at: Option<i64>,
    /// The same by the process's own clock; `None` if the form does not record it.
    pub(super) clock: Option<i64>,
    /// Goroutines that passed the filters.
    pub goroutines: i128,
    /// Goroutines of the process, before filters.
    pub in_all: i128,
    /// The total that the input declares; `None` if it declares none.
    pub declared_total: Option<i128>,
    /// Distinct stacks.
    pub stacks_unique: usize,
    /// The Go version; `None` if the capture does not record it.
    pub go_version: Option<String>,
    /// The path of the program; `None` if the form does not record it.
    pub program: Option<String>,
    /// The build ID of the program; `None` if the form does not record it.
    pub build_id: Option<String>,
    /// Whether a traceback lists its goroutines with states, ages and spawn sites.
    pub has_traceback: bool,
    /// Whether it includes a goroutineleak profile.
    pub has_proof: bool,
    /// Live bytes by the functions of the stacks that allocated them; `None` without a heap profile.
    pub heap: Option<Arc<ColumnHeap>>,
    /// Whether the profile asks to hide frames (`drop_frames`, `keep_frames`). They are not hidden.
    pub has_frame_filters: bool,
    /// Whether goroutine IDs say that it is of another process than the column before.
    pub(super) ids_start_anew: bool,
    /// Whether a part of the input was lost.
    pub incomplete: bool,
    /// Why the process died; `None` unless a traceback says it.
    pub death: Option<Box<Death>>,
    /// What could not be read, and other remarks.
    pub warnings: Vec<String>,
}

impl Column {
    /// Where it came from, as one word of a sentence; of several dumps in one file, also which: `crash.log, dump 2 of 3`.
    pub fn origin_word(&self) -> String {
        let is_place = |text: &&(&str, &str)| {
            let mut parts = text.1.split(" of ");
            parts.all(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        };
        match self.origin.rsplit_once(DUMP).as_ref().filter(is_place) {
            Some((file, place)) => format!("{}{DUMP}{place}", word(file)),
            None => word(&self.origin).into_owned(),
        }
    }

    /// Whether a traceback lists the goroutines of a snapshot with their IDs.
    pub(super) fn lists_goroutines(snapshot: &Snapshot) -> bool {
        snapshot.counts.form == Form::TRACEBACK || snapshot.traceback.is_some()
    }

    pub(super) fn new(
        snapshot: Snapshot,
        goroutines: i128,
        stacks_unique: usize,
        column_heap: Option<ColumnHeap>,
    ) -> Self {
        let has_traceback = Column::lists_goroutines(&snapshot);
        let Snapshot { origin, counts, traceback, proof, heap, taken_at, go_version, warnings } = snapshot;
        let others = traceback.iter().chain(&proof);
        let mut remarks: Vec<String> = counts.warnings.iter().map(ToString::to_string).collect();
        remarks.extend(others.clone().flat_map(|it| {
            let form = it.form.as_str();
            it.warnings.iter().map(move |warning| format!("{form}: {warning}"))
        }));
        remarks
            .extend(heap.iter().flat_map(|it| it.warnings.iter().map(|warning| format!("heap: {warning}"))));
        remarks.extend(warnings.iter().map(ToString::to_string));
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
            heap: column_heap.map(Arc::new),
            ids_start_anew: false,
            incomplete: counts.is_incomplete() || others.clone().any(Profile::is_incomplete),
            has_frame_filters: counts.has_frame_filters,
            unexpected_unit: counts.unexpected_unit,
            program: counts.program,
            build_id: counts.build_id,
            death: counts.death.or_else(|| traceback.and_then(|it| it.death)),
            warnings: remarks,
        }
    }
}

pub(super) fn is_other_build(before: &Column, after: &Column) -> bool {
    matches!((&before.build_id, &after.build_id), (Some(a), Some(b)) if a != b)
}

/// Warnings about neighbouring columns: kinds that do not match, another build, times out of order.
pub(super) fn warnings(columns: &[Column]) -> Vec<String> {
    let [mut out_of_order, mut at_once, mut clocks, mut builds, mut forms, mut kinds] =
        [const { Vec::new() }; 6];
    for pair in columns.array_windows::<2>() {
        let [before, after] = pair;
        let (a, b) = (before.origin_word(), after.origin_word());
        let went_back = matches!((before.clock, after.clock), (Some(a), Some(b)) if b < a);
        match before.taken_at.zip(after.taken_at).map(|(earlier, later)| earlier.cmp(&later)) {
            Some(Ordering::Greater) => {
                out_of_order.push(format!("{b} was taken before {a}: give the oldest first"))
            }
            Some(Ordering::Equal) => at_once.push(format!("{a} and {b} were taken at the same time")),
            Some(Ordering::Less) if went_back => clocks.push(format!(
                "{b}: the process's clock went back between two snapshots; the times of the requests are used instead"
            )),
            Some(Ordering::Less) | None => {}
        }
        if is_other_build(before, after) {
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

/// A sentence, if the first and the last snapshot have too few functions of their own code in common; otherwise `None`.
pub(super) fn other_program(rows: &[Row], columns: &[Column], symbols: &SymbolTable) -> Option<String> {
    let (first, last) = (columns.first()?, columns.last()?);
    if columns.len() < 2 {
        return None;
    }
    // For each function, whether a stack of the column has it and the user or a library owns it.
    let own_functions = |column: usize| {
        let mut own = vec![false; symbols.symbols.functions_len()];
        let present = rows.iter().filter(|row| row.counts.get(column).is_some_and(|count| *count != 0));
        for frame in present.flat_map(|row| row.stack.frames(symbols)) {
            own[frame.function.0 as usize] = true;
        }
        for (function, is_own) in (0u32..).map(FunctionId).zip(&mut own) {
            *is_own &= matches!(symbols.owner(function), Owner::User | Owner::Dependency);
        }
        own
    };
    let (before, after) = (own_functions(0), own_functions(columns.len() - 1));
    let count = |own: &[bool]| own.iter().filter(|is_own| **is_own).count();
    let fewer = count(&before).min(count(&after));
    let common = before.iter().zip(&after).filter(|(before, after)| **before && **after).count();
    // A deployment may rename the program's file; most functions are still the same.
    let is_renamed = matches!((&first.program, &last.program), (Some(a), Some(b)) if a != b);
    let is_other = fewer > 0 && (common == 0 || (is_renamed && common * 2 <= fewer));
    is_other.then(|| {
        let (a, b) = (first.origin_word(), last.origin_word());
        format!(
            "{a} and {b} have {common} of {fewer} functions in common: they look like two different programs"
        )
    })
}

/// The largest number of equal warnings that are shown; more are only counted.
const MAX_SHOWN: usize = 3;

/// Similar warnings about several snapshots: each once with how often it occurs, and at most [`MAX_SHOWN`] of them.
pub(super) fn tallied(texts: Vec<String>) -> Vec<String> {
    let mut index: HashMap<&str, usize> = HashMap::new();
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for text in &texts {
        let at = *index.entry(text).or_insert(counts.len());
        if at == counts.len() {
            counts.push((text, 0));
        }
        counts[at].1 += 1;
    }
    let more: usize = counts.iter().skip(MAX_SHOWN).map(|(_, count)| count).sum();
    let shown = |&(text, count): &(&str, usize)| match count {
        1 => text.to_owned(),
        _ => format!("{text} ({count} times)"),
    };
    let mut lines: Vec<String> = counts.iter().take(MAX_SHOWN).map(shown).collect();
    if let Some(last) = lines.last_mut().filter(|_| more > 0) {
        last.push_str(&format!(" (and {more} more like this)"));
    }
    lines
}
