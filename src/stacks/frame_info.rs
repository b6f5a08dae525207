//! What is known of each frame of a snapshot, looked up once.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::golang::Leaf;
use crate::golang::Owner;
use crate::golang::is_spawn_helper;
use crate::model::Form;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::model::Profile;

use super::SymbolTable;
use super::symbol_table::SymbolMap;
use super::trie::FrameSummary;

/// What is known of a frame.
pub(crate) struct Call {
    /// In the numbers of [`SymbolTable`].
    pub(crate) frame: Frame,
    /// What it says of the wait at the leaf.
    pub(crate) leaf: Option<Leaf>,
    /// The function that its function, a closure, is written in; `None` if it is no closure.
    pub(crate) parent: Option<Frame>,
}

/// Looks at each frame of a snapshot once.
pub(crate) fn calls(
    profile: &Profile,
    adopted: &SymbolMap,
    granularity: Granularity,
    names: &SymbolTable,
) -> (Vec<Call>, Vec<FrameSummary>, Vec<(u32, u32)>) {
    let mut lines = Vec::new();
    let mut line_keys: HashMap<(u32, u32), u32, RandomState> = HashMap::default();
    let (mut calls, mut summaries) = (Vec::new(), Vec::new());
    for raw in profile.stacks.all_frames() {
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
        let line = profile.symbols.start_line(raw.function).unwrap_or(0);
        let parent = parent.map(|function| Frame { function, file: frame.file, line });
        calls.push(Call { frame, leaf, parent });
        let foreign = matches!(names.owner(frame.function), Owner::Dependency | Owner::User);
        let (renamed, frame_visibility) =
            (identity != frame.function, names.frame_visibility(frame.function));
        summaries.push(FrameSummary { key, identity, renamed, foreign, helper, frame_visibility });
    }
    (calls, summaries, lines)
}

/// A form shows the runtime's frames if any goroutine is seen parked: none parks without `runtime.gopark`.
pub(crate) fn shows_runtime(profile: &Profile) -> bool {
    matches!(profile.form, Form::Pprof | Form::PprofTraces)
        && (0..profile.symbols.functions_len() as u32)
            .any(|id| profile.symbols.function(FunctionId(id)) == "runtime.gopark")
}

/// How much of a frame counts when stacks are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Granularity {
    /// The function: survives edits that move lines.
    #[default]
    Functions,
    /// The function and its line.
    Lines,
    /// The file alone.
    Files,
}
