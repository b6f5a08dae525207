//! The fields of a group in the document.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::diagnose;
use crate::report::FrameLine;
use crate::report::GoTest;
use crate::report::GroupLine;
use crate::series::growth;

#[derive(Serialize)]
pub(super) struct Group<'a> {
    fingerprint: &'a str,
    counts: &'a [i128],
    gain: i128,
    change: &'static str,
    per_hour: Option<f64>,
    growth: Option<Growth>,
    stack: Vec<Frame<'a>>,
    cut: bool,
    labels: BTreeMap<&'a str, &'a str>,
    label_keys: Vec<LabelKeySpread<'a>>,
    key: GroupKey<'a>,
    blocked_on: Option<BlockedOn<'a>>,
    state: Option<&'a str>,
    waited: Option<Waited>,
    site: Option<Frame<'a>>,
    site_in_user_code: Option<Frame<'a>>,
    site_in_library: Option<Frame<'a>>,
    spawn_site: Option<SpawnSite<'a>>,
    entry: Option<Frame<'a>>,
    heap_held: Option<HeapHeld<'a>>,
    proven_leaked: Option<i128>,
    background: Option<&'a str>,
    go_test: Option<GoTestEntry<'a>>,
}

#[derive(Serialize)]
struct Growth {
    verdict: &'static str,
    shape: Option<&'static str>,
    basis: &'static str,
    per_hour: Option<f64>,
    p_value: Option<f64>,
    reason: String,
}

/// What `leakscope goleak-test` needs; `read.rs` reads it.
#[derive(Serialize)]
pub(super) struct GoTestEntry<'a> {
    package: Option<&'a str>,
    function: &'a str,
    function_package: &'a str,
    blocked: &'a str,
    blocked_package: &'a str,
    written_in: Option<&'a str>,
}

impl<'a> From<&'a GoTest> for GoTestEntry<'a> {
    fn from(it: &'a GoTest) -> Self {
        GoTestEntry {
            package: it.package.as_deref(),
            function: &it.function,
            function_package: &it.function_package,
            blocked: &it.blocked.1,
            blocked_package: &it.blocked.0,
            written_in: it.written_in.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct HeapHeld<'a> {
    bytes: i128,
    basis: &'static str,
    allocated_at: Option<&'a str>,
    bytes_each: Option<f64>,
    r_squared: Option<f64>,
}

#[derive(Serialize)]
struct Frame<'a> {
    function: &'a str,
    file: &'a str,
    line: Option<u32>,
}

#[derive(Serialize)]
struct GroupKey<'a> {
    by: String,
    value: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    values: BTreeMap<&'a str, Option<&'a str>>,
}

#[derive(Serialize)]
struct LabelKeySpread<'a> {
    key: &'a str,
    goroutines: i128,
    values: usize,
    most: &'a str,
    most_goroutines: i128,
}

#[derive(Serialize)]
struct BlockedOn<'a> {
    value: &'static str,
    basis: &'static str,
    detail: Option<&'a str>,
}

#[derive(Serialize)]
struct Waited {
    min_s: u64,
    median_s: u64,
    max_s: u64,
}

#[derive(Serialize)]
struct SpawnSite<'a> {
    function: &'a str,
    file: &'a str,
    line: Option<u32>,
    basis: &'static str,
}

impl<'a> Group<'a> {
    pub(super) fn new(it: &'a GroupLine, by: &[String]) -> Self {
        let values: BTreeMap<_, _> =
            it.key.iter().map(|(key, value)| (key.as_str(), value.as_deref())).collect();
        let value = match it.key.as_slice() {
            // By the stack alone: the frame that names the row.
            [] => it.name.as_ref().map_or("", |frame| &frame.function).to_owned(),
            key => key.iter().map(|(_, value)| value.as_deref().unwrap_or("")).collect::<Vec<_>>().join(", "),
        };
        Group {
            fingerprint: &it.fingerprint,
            counts: &it.counts,
            gain: it.gain,
            change: it.change.as_str(),
            per_hour: it.per_hour,
            growth: it.growth.as_ref().map(Growth::from),
            stack: it.stack.iter().map(Frame::from).collect(),
            cut: it.cut,
            labels: it.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect(),
            label_keys: it
                .label_keys
                .iter()
                .map(|it| LabelKeySpread {
                    key: &it.key,
                    goroutines: it.goroutines,
                    values: it.values,
                    most: &it.most.0,
                    most_goroutines: it.most.1,
                })
                .collect(),
            key: GroupKey { by: by.join(","), value, values },
            blocked_on: it.blocked_on.map(|(value, basis)| BlockedOn {
                value: value.as_str(),
                basis: basis.as_str(),
                detail: it.blocked_detail.as_deref(),
            }),
            state: it.state.as_deref(),
            waited: it.waited.map(|it| Waited { min_s: it.min_s, median_s: it.median_s, max_s: it.max_s }),
            site: it.site.as_ref().map(Frame::from),
            site_in_user_code: it.site_in_user_code.as_ref().map(Frame::from),
            site_in_library: it.site_in_library.as_ref().map(Frame::from),
            spawn_site: it.spawn_site.as_ref().map(|(frame, basis)| SpawnSite {
                function: &frame.function,
                file: &frame.file,
                line: (frame.line > 0).then_some(frame.line),
                basis: basis.as_str(),
            }),
            entry: it.entry.as_ref().map(Frame::from),
            heap_held: it.heap_held.as_ref().map(HeapHeld::from),
            proven_leaked: it.proven_leaked,
            background: it.background.as_deref(),
            go_test: it.test.as_ref().map(GoTestEntry::from),
        }
    }
}

impl From<&growth::Growth> for Growth {
    fn from(it: &growth::Growth) -> Self {
        Growth {
            verdict: it.verdict.as_str(),
            shape: it.shape.map(growth::Shape::as_str),
            basis: it.basis.as_str(),
            per_hour: it.per_hour,
            p_value: it.p_value,
            reason: it.reason.to_string(),
        }
    }
}

impl<'a> From<&'a diagnose::HeapHeld> for HeapHeld<'a> {
    fn from(it: &'a diagnose::HeapHeld) -> Self {
        HeapHeld {
            bytes: it.bytes,
            basis: "inferred",
            allocated_at: it.allocated_at.as_deref(),
            bytes_each: it.each.map(|(each, _)| each),
            r_squared: it.each.map(|(_, fit)| fit),
        }
    }
}

impl<'a> From<&'a FrameLine> for Frame<'a> {
    fn from(it: &'a FrameLine) -> Self {
        Frame { function: &it.function, file: &it.file, line: (it.line > 0).then_some(it.line) }
    }
}
