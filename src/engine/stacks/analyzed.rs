//! The analyzed stacks of a profile.

use crate::model::Frame;
use crate::model::FrameId;
use crate::model::Profile;
use crate::model::StackId;
use crate::storage::SliceInterner;

use super::analyzer::StackClass;
use super::display::DisplayStack;
use super::display::DisplayStacks;
use super::filter::FrameFilter;
use super::frame_info::FrameInfo;
use super::frame_info::FrameTable;
use super::summary::StackSummary;
use super::summary::SummaryInterner;
use super::symbol_table::SymbolMap;

/// What each stack of a profile says. Frames are in ids of the [`SymbolTable`](super::SymbolTable).
#[doc(hidden)]
pub struct AnalyzedStacks {
    /// From the profile's ids to those of the series' table.
    pub(crate) symbol_map: SymbolMap,
    pub(crate) frames: FrameTable,
    pub(super) filter: FrameFilter,
    /// The id of each stack's class: an index into `classes`.
    pub(super) class_of: Vec<u32>,
    pub(crate) classes: Vec<StackClass>,
    pub(super) summaries: SummaryInterner,
}

impl AnalyzedStacks {
    /// The id of a stack's class. All stacks of a class say the same, though their frames may differ.
    pub(crate) fn class_id(&self, id: StackId) -> usize {
        self.class_of[id.0 as usize] as usize
    }

    /// What a stack says; see [`AnalyzedStacks::class_id`].
    pub(crate) fn class(&self, id: StackId) -> &StackClass {
        &self.classes[self.class_id(id)]
    }

    fn summary(&self, id: StackId) -> &StackSummary {
        &self.summaries.summaries.all()[self.class(id).summary as usize]
    }

    fn info(&self, id: FrameId) -> &FrameInfo {
        &self.frames.infos[id.0 as usize]
    }

    /// The function that started the goroutines, inferred from their entry: a closure is started by the function in which it is
    /// written, unless it was passed on. Helpers such as `sync.(*WaitGroup).Go` are skipped. `None` if Go cut the entry off.
    pub(crate) fn spawn_inferred(&self, id: StackId) -> Option<Frame> {
        self.info(self.summary(id).started.frame().filter(|_| !self.class(id).cut)?).parent
    }

    /// Appends the parts of a stack's key: functions, or functions and lines in turn.
    pub(crate) fn extend_key(&self, id: StackId, parts: &mut Vec<u32>) {
        let key = self.summaries.keys.get(self.summary(id).key);
        if self.frames.lines.is_empty() {
            parts.extend_from_slice(key);
        } else {
            let lines = key.iter().filter_map(|part| self.frames.lines.get(*part as usize));
            parts.extend(lines.flat_map(|(function, line)| [*function, *line]));
        }
    }

    /// The id of a stack's key among those of this profile.
    pub(crate) fn key_id(&self, id: StackId) -> usize {
        self.summary(id).key as usize
    }

    /// The number of distinct keys; their ids are `0..keys_len`.
    pub(crate) fn keys_len(&self) -> usize {
        self.summaries.keys.len()
    }

    /// Frees the parts of all keys, several MiB in a large profile. Their ids stay valid.
    pub(crate) fn drop_keys(&mut self) {
        self.summaries.keys = SliceInterner::default();
    }

    /// Whether Go left a part of the stack out.
    pub(crate) fn is_truncated(&self, id: StackId) -> bool {
        let class = self.class(id);
        class.cut | class.elided
    }

    /// The stack as a report shows it.
    pub(crate) fn display<'a>(
        &mut self,
        profile: &'a Profile,
        id: StackId,
        display: &mut DisplayStacks<'a>,
    ) -> DisplayStack {
        let StackClass { cut, elided, .. } = *self.class(id);
        let (summaries, collapser) = (&self.frames.summaries, &mut self.summaries.collapser);
        let mut ids = if self.filter.is_empty() {
            display.full_stack(profile, id, summaries, collapser)
        } else {
            let mut frames = Vec::new();
            self.filter.apply(profile, id, &mut frames);
            display.filtered_stack(&frames, summaries, collapser)
        };
        for id in &mut ids {
            *id = self.symbol_map.frames[id.0 as usize];
        }
        DisplayStack::new(ids, cut, elided)
    }

    /// Whether one stack sorts before another by their frames, leaf first.
    pub(crate) fn is_before(&self, profile: &Profile, one: StackId, other: StackId) -> bool {
        let (mut ones, mut others) = profile.stacks.frame_ids_apart(one, other);
        loop {
            match (ones.next(), others.next()) {
                (Some(one), Some(other)) if one == other => {}
                (Some(one), Some(other)) => {
                    let (one, other) = (self.info(one).frame, self.info(other).frame);
                    if one != other {
                        return one < other;
                    }
                }
                (None, Some(_)) => return true,
                (_, None) => return false,
            }
        }
    }

    /// The outermost visible frame; `None` if Go cut it off.
    pub(crate) fn entry(&self, id: StackId) -> Option<Frame> {
        self.summary(id).entry.frame().filter(|_| !self.class(id).cut).map(|id| self.info(id).frame)
    }

    /// The first frame that is neither of Go's runtime nor of its standard library.
    pub(crate) fn site(&self, id: StackId) -> Option<Frame> {
        self.summary(id).site.frame().map(|id| self.info(id).frame)
    }

    /// The innermost visible frame.
    pub(crate) fn leaf(&self, id: StackId) -> Option<Frame> {
        self.summary(id).leaf.frame().map(|id| self.info(id).frame)
    }

    /// One frame of each function of the stack, hidden ones too, as pprof's `cum` counts.
    pub(crate) fn functions(&self, profile: &Profile, id: StackId) -> Vec<Frame> {
        let mut ids = Vec::new();
        self.filter.apply(profile, id, &mut ids);
        let mut frames: Vec<Frame> = ids.iter().map(|id| self.info(*id).frame).collect();
        frames.sort_by_key(|frame| frame.function);
        frames.dedup_by_key(|frame| frame.function);
        frames
    }
}
