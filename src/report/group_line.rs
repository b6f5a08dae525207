//! One group of a report.

use crate::diagnose::HeapShares;
use crate::diagnose::heap_held;
use crate::diagnose::mixture;
use crate::golang::Owner;
use crate::golang::blocked_on_stated;
use crate::golang::is_general_package;
use crate::golang::is_wait_itself;
use crate::golang::package;
use crate::golang::wait_detail;
use crate::golang::writes_profiles;
use crate::group::Dimension;
use crate::group::GroupFacts;
use crate::group::LabelKey;
use crate::model::Frame;
use crate::series::Row;
use crate::series::Series;
use crate::text::ShownLabels;

use super::frame_line::FrameLine;
use super::go_test::go_test;
use super::lines::GroupLine;
use super::lines::Waited;

pub(super) fn group(series: &Series, row: &Row, heap: &HeapShares, labels: ShownLabels) -> GroupLine {
    let frame = |frame: Frame| frame_line(series, frame);
    let frames: Vec<Frame> = row.stack.frames(&series.names).collect();
    let facts = &row.facts;
    let site = facts.sites.most().copied();
    let user = row.stack.users_frame(&series.names);
    let whole = series.by.is_by_stack();
    let name = name(series, row, &frames);
    let key = row.key.values(&series.by, &series.names).map(|(dimension, value)| {
        let shown = |value: &str| {
            if let Dimension::Label(label) = dimension {
                labels.value(label, value).into_owned()
            } else {
                value.to_owned()
            }
        };
        (dimension.name(), value.map(shown))
    });
    GroupLine {
        fingerprint: row.fingerprint.to_string(),
        counts: row.counts.clone(),
        gain: row.gain(),
        change: row.change(),
        per_hour: series.per_hour(row).filter(|_| series.columns.len() > 1),
        stack: frames.iter().map(|it| frame(*it)).collect(),
        cut: row.stack.cut,
        labels: facts
            .common_labels()
            .map(|(key, value)| (labels.key(key).into_owned(), labels.value(key, value).into_owned()))
            .collect(),
        label_keys: facts.labels.iter().flat_map(|it| &it.keys).map(|it| label_key(it, labels)).collect(),
        key: key.collect(),
        blocked_on: facts.blocked_on(whole).map(|fact| (fact.value, fact.basis)),
        blocked_detail: facts.blocked_on(whole).and_then(|fact| {
            wait_detail(fact.value, frames.iter().map(|it| series.names.function_name(it.function)))
        }),
        state: state(facts, whole),
        states: facts.stated.iter().flat_map(|it| it.states.sorted()).collect(),
        waits: waits(facts, whole),
        waited: waited(&facts.minutes(), facts.minutes_range()),
        site: site.map(frame),
        site_in_user_code: user.map(frame),
        site_in_library: site.filter(|it| series.names.owner(it.function) == Owner::Dependency).map(frame),
        name: name.map(frame),
        calls: name.filter(|_| whole).and_then(|it| calls(series, &frames, it)).map(frame),
        waits_in: name.filter(|_| whole).and_then(|it| waits_in(series, &frames, it)).map(frame),
        spawn_site: facts.spawn_site(whole).map(|fact| (frame(fact.value), fact.basis)),
        spawn_sites: spawn_sites(facts).filter(|_| whole).map(|(it, count)| (frame(it), count)).collect(),
        entry: entry(series, row).map(frame),
        observer: whole
            && frames.iter().any(|it| writes_profiles(package(series.names.function_name(it.function)))),
        proven_leaked: facts.proven(),
        growth: row.growth.as_deref().cloned(),
        grows: grows(row),
        heap_held: heap_held(series, heap, &[row]),
        background: None,
        test: go_test(series, row),
    }
}

/// A frame with its names.
pub(super) fn frame_line(series: &Series, frame: Frame) -> FrameLine {
    FrameLine {
        function: series.names.function_name(frame.function).to_owned(),
        file: series.names.symbols.file(frame.file).to_owned(),
        line: frame.line,
    }
}

fn label_key(it: &LabelKey, labels: ShownLabels) -> LabelKey {
    let (value, count) = &it.most;
    let most = (labels.value(&it.key, value).into_owned(), *count);
    LabelKey { key: labels.key(&it.key).into_owned(), most, ..it.clone() }
}

/// The frame that names a row. Of a stack: the first of the user's code, otherwise of a library, otherwise outside general packages.
pub(super) fn name(series: &Series, row: &Row, frames: &[Frame]) -> Option<Frame> {
    if !series.by.is_by_stack() {
        return frames.first().copied();
    }
    let user = row.stack.users_frame(&series.names);
    user.or(row.facts.sites.most().copied()).or_else(|| row.stack.telling_frame(&series.names))
}

fn is_general(series: &Series, frame: &Frame) -> bool {
    is_general_package(package(series.names.function_name(frame.function)))
}

/// The frame that waits, if it is not the one that names the stack: the innermost of a library, or of the standard library
/// outside its general packages.
fn waits_in(series: &Series, frames: &[Frame], name: Frame) -> Option<Frame> {
    let inner = frames.iter().take_while(|frame| **frame != name);
    let is_telling = |frame: &&Frame| match series.names.owner(frame.function) {
        Owner::Runtime => false,
        // `reflect.Select` is a select, whatever calls it.
        Owner::Standard => {
            !is_general(series, frame) && package(series.names.function_name(frame.function)) != "reflect"
        }
        Owner::Dependency | Owner::User => true,
    };
    inner.clone().find(is_telling).copied()
}

/// The function that the user's frame calls, if it is not the user's and says more than what the goroutine is blocked on.
fn calls(series: &Series, frames: &[Frame], name: Frame) -> Option<Frame> {
    let at = frames.iter().position(|frame| *frame == name)?;
    let called = frames.get(at.checked_sub(1)?).copied()?;
    if series.names.owner(name.function) != Owner::User {
        return None;
    }
    match series.names.owner(called.function) {
        Owner::User | Owner::Runtime => None,
        Owner::Standard => {
            let package = package(series.names.function_name(called.function));
            (!is_wait_itself(package)).then_some(called)
        }
        Owner::Dependency => Some(called),
    }
}

/// The most frequent of Go's wait reasons that mean what the group is blocked on.
fn state(facts: &GroupFacts, whole: bool) -> Option<String> {
    let class = facts.blocked_on(whole).map(|fact| fact.value);
    let said = &facts.stated.as_ref()?.states;
    let states = said.sorted();
    let means = |state: &str| blocked_on_stated(state, std::iter::empty()).map(|fact| fact.value);
    let fitting = states.iter().find(|(state, _)| means(state) == class).map(|(state, _)| state.clone());
    said.one(whole).and(fitting).or_else(|| said.one(whole).cloned())
}

/// What the goroutines of one stack are blocked on, if they differ.
fn waits(facts: &GroupFacts, whole: bool) -> Vec<(String, i128)> {
    let all = if whole { mixture(facts) } else { Vec::new() };
    all.into_iter().map(|(_, word, count)| (word, count)).collect()
}

/// The `go` statements that are stated, the most frequent first.
fn spawn_sites(facts: &GroupFacts) -> impl Iterator<Item = (Frame, i128)> {
    facts.stated.iter().flat_map(|it| it.spawns.sorted())
}

/// The outermost frame of the stack. If groups are not by stack: the outermost function that all goroutines have in common.
fn entry(series: &Series, row: &Row) -> Option<Frame> {
    if series.by.is_by_stack() {
        return row.stack.last(&series.names);
    }
    let entries = row.facts.entries.sorted();
    let (first, _) = entries.first()?;
    entries.iter().all(|(frame, _)| frame.function == first.function).then_some(*first)
}

/// The waits of single goroutines in ascending order and of several together, in whole minutes.
fn waited(minutes: &[u32], range: Option<(u32, u32)>) -> Option<Waited> {
    let seconds = |minutes: u32| u64::from(minutes) * 60;
    let each = minutes.first().copied().zip(minutes.last().copied());
    let (low, high) = match (each, range) {
        (Some((a, b)), Some((c, d))) => (a.min(c), b.max(d)),
        (each, range) => each.or(range)?,
    };
    let median = minutes.get(minutes.len() / 2).filter(|_| range.is_none());
    Some(Waited {
        min_s: seconds(low),
        median_s: median.copied().or((low == high).then_some(low)).map(seconds),
        max_s: seconds(high),
    })
}

/// Whether a row grows, grew by more than chance and load explain, or gained goroutines that are proven leaked. All parts of a
/// report use this answer.
pub(super) fn grows(row: &Row) -> bool {
    let leaked_more = row.gain() > 0 && row.facts.proven().is_some_and(|proven| proven > 0);
    row.is_growing() || row.has_grown() || leaked_more
}
