//! What is known of each frame of a snapshot, looked up once.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::facts::Leaf;
use crate::facts::is_spawn_helper;
use crate::model::Form;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::model::Owner;
use crate::model::Snapshot;

use super::Granularity;
use super::Names;
use super::names::AdoptedSnapshot;
use super::steps::Brief;

/// What is known of a frame.
pub(super) struct Call {
    /// In the numbers of [`Names`].
    pub(super) frame: Frame,
    /// What it says of the wait at the leaf.
    pub(super) leaf: Option<Leaf>,
    /// The function that its function, a closure, is written in; `None` if it is no closure.
    pub(super) parent: Option<Frame>,
}

/// Looks at each frame of a snapshot once.
pub(super) fn calls(
    snapshot: &Snapshot,
    adopted: &AdoptedSnapshot,
    granularity: Granularity,
    names: &Names,
) -> (Vec<Call>, Vec<Brief>, Vec<(u32, u32)>) {
    let mut lines = Vec::new();
    let mut line_keys: HashMap<(u32, u32), u32, RandomState> = HashMap::default();
    let (mut calls, mut briefs) = (Vec::new(), Vec::new());
    for raw in snapshot.stacks.all_frames() {
        let frame = adopted.frame(*raw);
        let identity = names.identity(frame.function);
        let key = match granularity {
            Granularity::Functions => identity.0,
            Granularity::Files => frame.file.0,
            Granularity::Lines => {
                let line = (identity.0, frame.line);
                let next = lines.len() as u32;
                let key = *line_keys.entry(line).or_insert(next);
                if key == next {
                    lines.push(line);
                }
                key
            }
        };
        let leaf = names.leaf(frame.function);
        let parent = names.parent(frame.function);
        let helper = parent.is_some_and(|parent| is_spawn_helper(names.function_name(parent)));
        let line = snapshot.symbols.start_line(raw.function).unwrap_or(0);
        let parent = parent.map(|function| Frame { function, file: frame.file, line });
        calls.push(Call { frame, leaf, parent });
        let foreign = matches!(names.owner(frame.function), Owner::Dependency | Owner::User);
        let (renamed, plumbing) = (identity != frame.function, names.plumbing(frame.function));
        briefs.push(Brief { key, identity, renamed, foreign, helper, plumbing });
    }
    (calls, briefs, lines)
}

/// A form shows the runtime's frames if any goroutine is seen parked: none parks without `runtime.gopark`.
pub(super) fn shows_runtime(snapshot: &Snapshot) -> bool {
    matches!(snapshot.form, Form::Pprof | Form::PprofTraces)
        && (0..snapshot.symbols.functions_len() as u32)
            .any(|id| snapshot.symbols.function(FunctionId(id)) == "runtime.gopark")
}
