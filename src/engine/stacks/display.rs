//! Stacks as reports show them.

use crate::golang::Owner;
use crate::golang::is_general_package;
use crate::golang::package;
use crate::model::Frame;
use crate::model::FrameId;
use crate::model::LocationId;
use crate::model::Profile;
use crate::model::StackId;
use crate::storage::PrefixCursor;

use super::calls::is_written_by_user;
use super::frame_info::FrameSummary;
use super::recursion::CollapsedId;
use super::recursion::RecursionCollapser;
use super::symbol_table::SymbolTable;
use super::trie::MAX_NODES;
use super::visible::VisibleFrames;
use super::visible::visit_visible;

/// A stack as a report shows it: its visible frames, leaf first, with recursion collapsed. Its frames are ids of the
/// [`SymbolTable`] of the series; only stacks with the same table can be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DisplayStack {
    ids: Box<[FrameId]>,
    /// The one frame that names a group by something other than stacks; then `ids` is empty.
    name: Option<Box<Frame>>,
    /// Go cut or elided a part: the outermost frame may not be the entry.
    pub cut: bool,
    /// Go elided a part in the middle.
    pub elided: bool,
}

impl DisplayStack {
    pub(super) fn new(ids: Vec<FrameId>, cut: bool, elided: bool) -> Self {
        DisplayStack { ids: ids.into_boxed_slice(), name: None, cut: cut | elided, elided }
    }

    /// The one frame that names a group.
    pub(crate) fn from_name(frame: Frame) -> Self {
        DisplayStack { name: Some(Box::new(frame)), ..DisplayStack::default() }
    }

    /// The frames, leaf first.
    pub fn frames<'a>(&'a self, symbols: &'a SymbolTable) -> impl DoubleEndedIterator<Item = Frame> + Clone {
        self.ids.iter().map(|id| symbols.frame(*id)).chain(self.name.as_deref().copied())
    }

    /// The innermost frame whose function has this owner; `None` if there is none.
    pub fn first_of(&self, owner: Owner, symbols: &SymbolTable) -> Option<Frame> {
        self.frames(symbols).find(|frame| symbols.owner(frame.function) == owner)
    }

    /// The innermost frame of the user's code; a frame that a generator wrote only if there is no other. `None` if there is none.
    pub fn users_frame(&self, symbols: &SymbolTable) -> Option<Frame> {
        let written = self.frames(symbols).find(|frame| is_written_by_user(*frame, symbols));
        written.or_else(|| self.first_of(Owner::User, symbols))
    }

    /// The frame that names a stack of the standard library alone: the innermost outside its general packages, otherwise the outermost.
    /// `None` if there is none.
    pub fn telling_frame(&self, symbols: &SymbolTable) -> Option<Frame> {
        let is_telling = |it: &Frame| !is_general_package(package(symbols.function_name(it.function)));
        self.frames(symbols).find(is_telling).or_else(|| self.last(symbols))
    }

    /// The innermost frame; `None` if there is none.
    pub fn leaf(&self, symbols: &SymbolTable) -> Option<Frame> {
        self.frames(symbols).next()
    }

    /// The outermost frame; `None` if there is none.
    pub fn last(&self, symbols: &SymbolTable) -> Option<Frame> {
        self.frames(symbols).next_back()
    }

    /// Whether there is no frame.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.name.is_none()
    }
}

/// Builds display stacks one after the other; of each it visits only the locations after the prefix that it shares with the previous
/// one.
#[derive(Default)]
pub(crate) struct DisplayStacks<'a> {
    cursor: PrefixCursor<'a, DisplayState>,
    /// A linked list: each frame, and the position of the frame before it. Positions count from 1; 0 is the end.
    frames: Vec<(FrameId, u32)>,
}

#[derive(Clone, Copy, Default)]
struct DisplayState {
    visible: VisibleFrames,
    collapsed: CollapsedId,
    /// The position of the last displayed frame.
    last: u32,
    len: usize,
}

impl<'a> DisplayStacks<'a> {
    /// The visible frames of a stack, leaf first, with recursion collapsed.
    pub(super) fn full_stack(
        &mut self,
        profile: &'a Profile,
        id: StackId,
        summaries: &[FrameSummary],
        collapser: &mut RecursionCollapser,
    ) -> Vec<FrameId> {
        if collapser.len() > MAX_NODES {
            collapser.clear();
            self.cursor = PrefixCursor::default();
        }
        let stacks = &profile.stacks;
        self.cursor.advance(stacks.encoded().get(id.0 as usize));
        let mut state = self.cursor.top().unwrap_or_default();
        self.frames.truncate(state.len);
        let mut rest = self.cursor.remaining();
        while let Some((location, after)) = LocationId::read(rest) {
            let mut visible = state.visible;
            visible.advance(stacks.frames_of(location), summaries, |frame| {
                self.include(&mut state, frame, summaries, collapser);
            });
            state = DisplayState { visible, len: self.frames.len(), ..state };
            rest = after;
            self.cursor.push(rest, state);
        }
        let Some(last) = state.visible.last() else {
            let frames: Vec<FrameId> = stacks.frame_ids(id).collect();
            return self.filtered_stack(&frames, summaries, collapser);
        };
        self.include(&mut state, last, summaries, collapser);
        self.collect(state, collapser)
    }

    /// As [`DisplayStacks::full_stack`], for the frames that a filter left of a stack.
    pub(super) fn filtered_stack(
        &mut self,
        frames: &[FrameId],
        summaries: &[FrameSummary],
        collapser: &mut RecursionCollapser,
    ) -> Vec<FrameId> {
        if collapser.len() > MAX_NODES {
            collapser.clear();
        }
        self.cursor = PrefixCursor::default();
        self.frames.clear();
        let mut state = DisplayState::default();
        visit_visible(frames, summaries, |frame| self.include(&mut state, frame, summaries, collapser));
        self.collect(state, collapser)
    }

    fn include(
        &mut self,
        state: &mut DisplayState,
        frame: FrameId,
        summaries: &[FrameSummary],
        collapser: &mut RecursionCollapser,
    ) {
        let before = collapser.keys_len(state.collapsed);
        state.collapsed = collapser.push(state.collapsed, summaries[frame.0 as usize].key);
        let after = collapser.keys_len(state.collapsed);
        if after > before {
            self.frames.push((frame, state.last));
            state.last = self.frames.len() as u32;
        }
        // The frame completes a cycle that was displayed before: remove the rest of its repetition.
        for _ in after..before {
            state.last = self.frames[state.last as usize - 1].1;
        }
    }

    fn collect(&self, state: DisplayState, collapser: &RecursionCollapser) -> Vec<FrameId> {
        let mut frames = vec![FrameId(0); collapser.keys_len(state.collapsed)];
        let mut next = state.last;
        for place in frames.iter_mut().rev() {
            (*place, next) = self.frames[next as usize - 1];
        }
        frames
    }
}
