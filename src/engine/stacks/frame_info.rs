//! What is known of each frame of a profile, looked up once.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::golang::FrameVisibility;
use crate::golang::Leaf;
use crate::golang::Owner;
use crate::golang::is_spawn_helper;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::model::Profile;
use crate::model::StackId;

use super::symbol_table::Attributes;
use super::symbol_table::SymbolMap;
use super::symbol_table::SymbolTable;

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

/// What is known of the frames of a profile, by [`FrameId`](crate::model::FrameId).
pub(crate) struct FrameTable {
    pub(super) infos: Vec<FrameInfo>,
    pub(super) summaries: Vec<FrameSummary>,
    /// With [`Granularity::Lines`], the function and the line of each [`FrameSummary::key`]; otherwise empty.
    pub(super) lines: Vec<(u32, u32)>,
}

/// What reports and groups ask of a frame.
pub(super) struct FrameInfo {
    /// The frame in ids of the [`SymbolTable`].
    pub(super) frame: Frame,
    /// What it says of the wait if it is the leaf.
    pub(super) leaf: Option<Leaf>,
    /// The function in which its function is written; `None` if it is no closure.
    pub(super) parent: Option<Frame>,
}

/// What the summary of a stack asks of a frame. Separate from [`FrameInfo`] because it is read for each frame of each stack.
#[derive(Clone, Copy)]
pub(super) struct FrameSummary {
    /// Equal for frames that count as the same.
    pub(super) key: u32,
    /// The function that its function is compared as.
    pub(super) identity: FunctionId,
    /// Whether that is another function.
    pub(super) renamed: bool,
    /// Whether it is neither of Go's runtime nor of its standard library.
    pub(super) third_party: bool,
    /// Whether it is of a helper that starts goroutines for its caller, such as `sync.(*WaitGroup).Go`.
    pub(super) spawn_helper: bool,
    pub(super) visibility: FrameVisibility,
}

impl FrameTable {
    pub(super) fn new(
        profile: &Profile,
        symbol_map: &SymbolMap,
        granularity: Granularity,
        symbols: &SymbolTable,
    ) -> Self {
        let mut table = FrameTable { infos: Vec::new(), summaries: Vec::new(), lines: Vec::new() };
        let mut line_keys: HashMap<(u32, u32), u32, RandomState> = HashMap::default();
        for raw in profile.stacks.all_frames() {
            let frame = symbol_map.frame(*raw);
            let Attributes { identity, visibility, owner, leaf, parent, .. } =
                symbols.attributes(frame.function);
            let key = match granularity {
                Granularity::Functions => identity.0,
                Granularity::Files => frame.file.0,
                Granularity::Lines => {
                    let line = (identity.0, frame.line);
                    *line_keys.entry(line).or_insert_with(|| {
                        table.lines.push(line);
                        table.lines.len() as u32 - 1
                    })
                }
            };
            let start_line = profile.symbols.start_line(raw.function).unwrap_or(0);
            table.infos.push(FrameInfo {
                frame,
                leaf,
                parent: parent.map(|function| Frame { function, file: frame.file, line: start_line }),
            });
            table.summaries.push(FrameSummary {
                key,
                identity,
                renamed: identity != frame.function,
                third_party: matches!(owner, Owner::Dependency | Owner::User),
                spawn_helper: parent.is_some_and(|parent| is_spawn_helper(symbols.function_name(parent))),
                visibility,
            });
        }
        table
    }

    /// The frames of a stack, leaf first: what each says of the wait as the leaf, and its function's name.
    pub(crate) fn leaves<'a>(
        &'a self,
        profile: &'a Profile,
        id: StackId,
        symbols: &'a SymbolTable,
    ) -> impl Iterator<Item = (Option<Leaf>, &'a str)> + Clone {
        let infos = profile.stacks.frame_ids(id).map(|id| &self.infos[id.0 as usize]);
        infos.map(|info| (info.leaf, symbols.function_name(info.frame.function)))
    }
}
