//! What one snapshot's stacks look like to a group: without plumbing, folded, in names that all moments share.

use crate::golang::Leaf;
use crate::golang::Owner;
use crate::model::BlockedOn;
use crate::model::Frame;
use crate::model::FrameId;
use crate::model::Profile;
use crate::model::StackId;

use super::Filter;
use super::Granularity;
use super::SymbolTable;
use super::analyze::Resolver;
use super::display::DisplayStacks;
use super::filter::FrameFilter;
use super::filter::Room;
use super::frame_info::Call;
use super::frame_info::calls;
use super::frame_info::shows_runtime;
use super::stack_class::StackClass;
use super::stack_class::StackClassInterner;
use super::symbol_table::SymbolMap;
use super::trie::End;
use super::trie::FrameSummary;

/// A stack as it is shown: leaf first, no runtime plumbing, recursion folded. Its frames are numbers: they are to be asked for,
/// and stacks to be compared, with the one [`SymbolTable`] of their series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DisplayStack {
    /// Its frames; none where `naming` is all that is shown.
    ids: Box<[FrameId]>,
    /// The one frame that names a group which is not grouped by stack.
    naming: Option<Box<Frame>>,
    /// Go cut or elided a part: the outermost frame need not be the entry.
    pub cut: bool,
    /// Go elided a part in the middle.
    pub elided: bool,
}

impl DisplayStack {
    /// The frames, leaf first, in the numbers of [`SymbolTable`].
    pub fn frames<'a>(&'a self, names: &'a SymbolTable) -> impl DoubleEndedIterator<Item = Frame> + Clone {
        self.ids.iter().map(|id| names.frame(*id)).chain(self.naming.as_deref().copied())
    }

    /// The first frame of a function of this owner; `None` if there is none.
    pub fn first_of(&self, owner: Owner, names: &SymbolTable) -> Option<Frame> {
        self.frames(names).find(|frame| names.owner(frame.function) == owner)
    }

    /// The innermost frame; `None` if there is none.
    pub fn leaf(&self, names: &SymbolTable) -> Option<Frame> {
        self.frames(names).next()
    }

    /// The outermost frame; `None` if there is none.
    pub fn last(&self, names: &SymbolTable) -> Option<Frame> {
        self.frames(names).next_back()
    }

    /// Whether there is no frame.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.naming.is_none()
    }
}

/// All stacks of one snapshot, looked at once each; what is known of a frame is looked up once for each frame.
pub(crate) struct AnalyzedStacks {
    adopted: SymbolMap,
    calls: Vec<Call>,
    summaries: Vec<FrameSummary>,
    /// Function and line of each part of a key, where lines count.
    lines: Vec<(u32, u32)>,
    /// The class of each stack.
    class_of: Vec<u32>,
    classes: StackClassInterner,
    filter: FrameFilter,
}

impl AnalyzedStacks {
    pub(crate) fn new(
        profile: &Profile,
        adopted: SymbolMap,
        granularity: Granularity,
        filter: &Filter,
        names: &SymbolTable,
    ) -> Self {
        let (calls, summaries, lines) = calls(profile, &adopted, granularity, names);
        let filter = filter.frames(profile);
        let shows_runtime = shows_runtime(profile);
        let resolver =
            Resolver { profile, calls: &calls, summaries: &summaries, names, filter: &filter, shows_runtime };
        let (class_of, classes) = resolver.resolve();
        AnalyzedStacks { adopted, calls, summaries, lines, class_of, classes, filter }
    }

    /// The numbers of names and frames.
    pub(crate) fn adopted(&self) -> &SymbolMap {
        &self.adopted
    }

    fn at(&self, id: StackId) -> &StackClass {
        &self.classes.all[self.class(id)]
    }

    /// What the frames of a stack tell.
    fn told(&self, id: StackId) -> &End {
        self.classes.steps.end(self.at(id).end)
    }

    /// The number of the class of a stack: those of one class tell the same, though their frames may differ.
    pub(crate) fn class(&self, id: StackId) -> usize {
        self.class_of[id.0 as usize] as usize
    }

    /// How many classes there are.
    pub(crate) fn classes_len(&self) -> usize {
        self.classes.all.len()
    }

    fn call(&self, id: FrameId) -> &Call {
        &self.calls[id.0 as usize]
    }

    /// Who started the goroutines of a stack, as far as the stack alone tells: the function that the entry, a closure, is
    /// written in, unless it was handed on. Frames of a helper such as `sync.(*WaitGroup).Go` are looked through.
    pub(crate) fn spawn_inferred(&self, id: StackId) -> Option<Frame> {
        self.call(self.told(id).started().filter(|_| !self.at(id).cut)?).parent
    }

    /// What a stack is blocked on, as far as its frames tell.
    pub(crate) fn blocked_on(&self, id: StackId) -> Option<BlockedOn> {
        self.at(id).blocked_on
    }

    /// What a library's function at the leaf blocks on, where nothing else tells.
    pub(crate) fn blocked_in_library(&self, id: StackId) -> Option<BlockedOn> {
        self.at(id).in_library
    }

    /// Whether the filter of frames lets a stack through.
    pub(crate) fn is_kept(&self, id: StackId) -> bool {
        self.at(id).kept
    }

    /// Puts the parts of a stack's key to others: functions, or functions and lines by turns.
    pub(crate) fn key(&self, id: StackId, parts: &mut Vec<u32>) {
        let key = self.classes.steps.key(self.told(id).key);
        if self.lines.is_empty() {
            parts.extend_from_slice(key);
        } else {
            let lines = key.iter().filter_map(|part| self.lines.get(*part as usize));
            parts.extend(lines.flat_map(|(function, line)| [*function, *line]));
        }
    }

    /// The number of a stack's key among those of this snapshot.
    pub(crate) fn key_number(&self, id: StackId) -> usize {
        self.told(id).key as usize
    }

    /// How many different keys there are.
    pub(crate) fn keys_len(&self) -> usize {
        self.classes.steps.keys_len()
    }

    /// The groups of all keys are known: their parts are let go, which are many.
    pub(crate) fn let_keys_go(&mut self) {
        self.classes.steps.let_keys_go();
    }

    /// All stacks are made that are to be shown: what that took is let go.
    pub(crate) fn let_folds_go(&mut self) {
        self.classes.steps.let_folds_go();
    }

    /// Whether Go cut the stack or elided a part of it.
    pub(crate) fn is_cut(&self, id: StackId) -> bool {
        let it = self.at(id);
        it.cut | it.elided
    }

    /// The frames of a stack that the filter leaves.
    fn kept(&self, profile: &Profile, id: StackId) -> Vec<FrameId> {
        let mut room = Room::default();
        room.keep(profile, id, &self.filter);
        room.kept
    }

    /// The stack as a group shows it: whole, or the one frame that names the group.
    pub(crate) fn shown<'a>(
        &mut self,
        profile: &'a Profile,
        id: StackId,
        naming: Option<Option<Frame>>,
        display: &mut DisplayStacks<'a>,
    ) -> DisplayStack {
        if let Some(naming) = naming {
            return DisplayStack { naming: naming.map(Box::new), ..DisplayStack::default() };
        }
        let StackClass { cut, elided, .. } = *self.at(id);
        if self.classes.steps.is_full() {
            self.classes.steps.forget();
            display.forget();
        }
        let mut ids = match self.filter.lets_all_through() {
            true => display.whole(profile, id, &self.summaries, self.classes.steps.collapser()),
            false => {
                let kept = self.kept(profile, id);
                display.part(&kept, &self.summaries, self.classes.steps.collapser())
            }
        };
        for id in &mut ids {
            *id = self.adopted.frames[id.0 as usize];
        }
        DisplayStack { ids: ids.into_boxed_slice(), naming: None, cut: cut | elided, elided }
    }

    /// Whether one stack stands before another in the order of their frames, leaf first.
    pub(crate) fn is_before(&self, profile: &Profile, one: StackId, other: StackId) -> bool {
        let (mut ones, mut others) = profile.stacks.frame_ids_apart(one, other);
        loop {
            match (ones.next(), others.next()) {
                (Some(one), Some(other)) if one == other => {}
                (Some(one), Some(other)) => {
                    let (one, other) = (self.call(one).frame, self.call(other).frame);
                    if one != other {
                        return one < other;
                    }
                }
                (None, Some(_)) => return true,
                (_, None) => return false,
            }
        }
    }

    /// The outermost frame; `None` where Go cut it away.
    pub(crate) fn entry(&self, id: StackId) -> Option<Frame> {
        self.told(id).entry().filter(|_| !self.at(id).cut).map(|id| self.call(id).frame)
    }

    /// The first frame that is neither Go's runtime nor its standard library.
    pub(crate) fn site(&self, id: StackId) -> Option<Frame> {
        self.told(id).site().map(|id| self.call(id).frame)
    }

    /// The leaf: the first frame that is shown.
    pub(crate) fn leaf(&self, id: StackId) -> Option<Frame> {
        self.told(id).leaf().map(|id| self.call(id).frame)
    }

    /// Every function of the raw stack once, the runtime's among them, as pprof's `cum` counts.
    pub(crate) fn functions(&self, profile: &Profile, id: StackId) -> Vec<Frame> {
        let kept = self.kept(profile, id);
        let mut frames: Vec<Frame> = kept.iter().map(|id| self.call(*id).frame).collect();
        frames.sort_by_key(|frame| frame.function);
        frames.dedup_by_key(|frame| frame.function);
        frames
    }

    /// A frame that is not part of a stack, such as a `created by`.
    pub(crate) fn adopt(&self, frame: Frame) -> Frame {
        self.adopted.frame(frame)
    }

    /// The raw frames, leaf first: what each says of the wait, and its name.
    pub(crate) fn leaves<'a>(
        &'a self,
        profile: &'a Profile,
        id: StackId,
        names: &'a SymbolTable,
    ) -> impl Iterator<Item = (Option<Leaf>, &'a str)> + Clone {
        let calls = profile.stacks.frame_ids(id).map(|id| self.call(id));
        calls.map(|call| (call.leaf, names.function_name(call.frame.function)))
    }
}
