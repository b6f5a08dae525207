//! What stacks tell, step by step from the leaf. Stacks that told the same so far go on alike, so a step is made once while it is
//! kept.

use std::num::NonZero;

use crate::golang::FrameVisibility;
use crate::model::FrameId;
use crate::model::FunctionId;
use crate::model::LocationId;
use crate::stacks::CollapsedId;
use crate::stacks::RecursionCollapser;
use crate::storage::Interner;
use crate::storage::SliceInterner;
use crate::storage::TransitionMap;

/// What each frame of each stack is asked for.
#[derive(Clone, Copy)]
pub(crate) struct FrameSummary {
    /// What stands for it in the keys of stacks.
    pub(crate) key: u32,
    /// The function that stands for its function in keys.
    pub(crate) identity: FunctionId,
    /// Whether that is another one.
    pub(crate) renamed: bool,
    /// A library's or the user's, not Go's.
    pub(crate) foreign: bool,
    /// A helper's that starts goroutines, such as `sync.(*WaitGroup).Go`: who called it started them.
    pub(crate) helper: bool,
    pub(crate) frame_visibility: FrameVisibility,
}

/// What a stack told so far. Frames are those that are shown.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Told {
    /// Its key, folded.
    key: CollapsedId,
    leaf: Number,
    location: Number,
    started: Number,
    /// The last that is shown so far.
    last: Number,
    /// The identity of the last, if that is another function's.
    renamed: Number,
}

/// The number of a frame or of a function, or none.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Number(Option<NonZero<u32>>);

impl Number {
    const NONE: Number = Number(None);

    fn of(id: u32) -> Self {
        Number(NonZero::new(id.wrapping_add(1)))
    }

    fn frame(self) -> Option<FrameId> {
        self.0.map(|id| FrameId(id.get() - 1))
    }
}

/// What a whole stack told.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct End {
    /// The number of its key, folded.
    pub(crate) key: u32,
    leaf: Number,
    location: Number,
    started: Number,
    entry: Number,
}

impl End {
    /// The innermost frame.
    pub(crate) fn leaf(&self) -> Option<FrameId> {
        self.leaf.frame()
    }

    /// The first frame that is a library's or the user's.
    pub(crate) fn site(&self) -> Option<FrameId> {
        self.location.frame()
    }

    /// The frame that tells who started it: the outermost that is none of a helper's.
    pub(crate) fn started(&self) -> Option<FrameId> {
        self.started.frame()
    }

    /// The outermost frame.
    pub(crate) fn entry(&self) -> Option<FrameId> {
        self.entry.frame()
    }
}

impl Told {
    /// The last frame that is shown so far.
    pub(crate) fn last(&self) -> Option<FrameId> {
        self.last.frame()
    }

    /// Passes the next frame; what is known to be shown now: the one before the last.
    pub(crate) fn pass(&mut self, frame: FrameId, summaries: &[FrameSummary]) -> Option<FrameId> {
        let it = brief(summaries, frame);
        let hidden = match it.frame_visibility {
            FrameVisibility::Visible => false,
            FrameVisibility::UnlessLeaf => self.last == Number::NONE,
            FrameVisibility::Hidden => true,
        };
        if hidden {
            return None;
        }
        // internal/sync.(*Mutex).Lock under sync.(*Mutex).Lock is one call to whoever reads it.
        let identity = Number::of(it.identity.0);
        let is_alias = !it.renamed && self.renamed == identity;
        self.renamed = if it.renamed { identity } else { Number::NONE };
        std::mem::replace(&mut self.last, Number::of(frame.0)).frame().filter(|_| !is_alias)
    }

    /// Takes a frame in that is shown.
    fn see(&mut self, frame: FrameId, summaries: &[FrameSummary], keys: &mut RecursionCollapser) {
        let (it, number) = (brief(summaries, frame), Number::of(frame.0));
        self.key = keys.push(self.key, it.key);
        if self.leaf == Number::NONE {
            self.leaf = number;
        }
        if it.foreign && self.location == Number::NONE {
            self.location = number;
        }
        if !it.helper {
            self.started = number;
        }
    }
}

fn brief(summaries: &[FrameSummary], frame: FrameId) -> &FrameSummary {
    &summaries[frame.0 as usize]
}

/// Calls `see` with each frame that is shown; with all, if there is nothing but plumbing.
pub(crate) fn each_shown(
    frames: impl Iterator<Item = FrameId> + Clone,
    summaries: &[FrameSummary],
    mut see: impl FnMut(FrameId),
) {
    let mut told = Told::default();
    for frame in frames.clone() {
        if let Some(shown) = told.pass(frame, summaries) {
            see(shown);
        }
    }
    match told.last.frame() {
        Some(last) => see(last),
        None => frames.for_each(see),
    }
}

/// The number of what was told, in its [`StackTrie`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct NodeId(u32);

impl NodeId {
    /// Before the first frame.
    pub(crate) const BEGIN: NodeId = NodeId(0);

    fn index(self) -> usize {
        self.0 as usize
    }
}

/// So many steps are kept, some ways from each of them, and so many of what recursion is folded to, but for those of the last
/// stack: a hostile profile has one for each of its frames.
const MOST: usize = 1 << 16;

/// So many where no step is made twice: then the fewer are near when they are looked for.
const FEWER: usize = 1 << 12;

/// The number of an end that was not asked for.
const UNKNOWN: u32 = u32::MAX;

/// What stacks told on their way, each once, and what comes of it at which call site; what they told at their end.
pub(crate) struct StackTrie {
    told: Interner<Told>,
    /// From a step over a call site to the next.
    next: TransitionMap<LocationId>,
    /// What is told at the end of a stack that ends there, or [`UNKNOWN`].
    ends_at: Vec<u32>,
    collapser: RecursionCollapser,
    /// How often a way was known.
    found: usize,
    /// Where a key is put together.
    room: Vec<u32>,
    ends: Interner<End>,
    keys: SliceInterner<u32>,
}

impl Default for StackTrie {
    fn default() -> Self {
        let mut steps = StackTrie {
            told: Interner::default(),
            next: TransitionMap::default(),
            ends_at: Vec::new(),
            collapser: RecursionCollapser::default(),
            found: 0,
            room: Vec::new(),
            ends: Interner::default(),
            keys: SliceInterner::default(),
        };
        steps.begin();
        steps
    }
}

impl StackTrie {
    /// What a whole stack told, by its number.
    pub(crate) fn end(&self, id: u32) -> &End {
        &self.ends.all()[id as usize]
    }

    /// The parts of a key.
    pub(crate) fn key(&self, key: u32) -> &[u32] {
        self.keys.get(key)
    }

    /// How many keys there are; their numbers are `0..keys_len`.
    pub(crate) fn keys_len(&self) -> usize {
        self.keys.len()
    }

    /// Makes room for what so many stacks tell, as a rule: what is not used takes no memory, and what grows is moved again and
    /// again.
    pub(crate) fn reserve(&mut self, stacks: usize) {
        let most = stacks.min(MOST / 4);
        self.told.reserve(most);
        self.keys.reserve(most, 8 * most);
    }

    /// Takes in what is told before the first frame: its number is [`NodeId::BEGIN`].
    fn begin(&mut self) {
        self.told.intern(Told::default());
    }

    fn told_len(&self) -> usize {
        self.told.all().len()
    }

    /// Whether there is so much that it is to be forgotten.
    pub(crate) fn is_full(&self) -> bool {
        let most = if self.told_len() == 1 { FEWER } else { MOST };
        self.told_len() > MOST || self.collapser.numbers() > most || self.next.others_len() > 4 * MOST
    }

    /// Forgets the steps, but not what was told at ends; whether they were worth it.
    pub(crate) fn forget(&mut self) -> bool {
        let pays = self.found > self.told_len();
        self.told.clear();
        self.begin();
        self.next.clear();
        self.ends_at.clear();
        self.collapser.clear();
        self.found = 0;
        pays
    }

    /// Lets go of what is of use only on the way: all stacks were looked at.
    pub(crate) fn settle(&mut self) {
        self.told = Interner::default();
        self.next = TransitionMap::default();
        self.ends_at = Vec::new();
    }

    /// Lets go of the parts of keys: their numbers are all that is asked for from here on.
    pub(crate) fn let_keys_go(&mut self) {
        self.keys = SliceInterner::default();
    }

    /// Lets go of what recursion was folded to: no stack is folded any more.
    pub(crate) fn let_folds_go(&mut self) {
        self.collapser = RecursionCollapser::default();
    }

    /// What recursion is folded to.
    pub(crate) fn collapser(&mut self) -> &mut RecursionCollapser {
        &mut self.collapser
    }

    /// What is told behind a call site.
    #[inline]
    pub(crate) fn child(
        &mut self,
        from: NodeId,
        location: LocationId,
        frames: &[FrameId],
        summaries: &[FrameSummary],
    ) -> NodeId {
        if let Some(known) = self.next.get(from.0, location) {
            self.found += 1;
            return NodeId(known);
        }
        let mut told = self.told.all()[from.index()];
        for frame in frames {
            if let Some(shown) = told.pass(*frame, summaries) {
                told.see(shown, summaries, &mut self.collapser);
            }
        }
        let next = NodeId(self.told.intern(told));
        self.next.insert(from.0, location, next.0);
        next
    }

    /// The number of what is told at the end of a stack; `None` if no frame was shown.
    #[inline]
    pub(crate) fn at_end(&mut self, from: NodeId, summaries: &[FrameSummary]) -> Option<u32> {
        match self.ends_at.get(from.index()) {
            Some(&known) if known != UNKNOWN => return Some(known),
            Some(_) => {}
            None => self.ends_at.resize(self.told_len(), UNKNOWN),
        }
        let mut told = self.told.all()[from.index()];
        told.see(told.last.frame()?, summaries, &mut self.collapser);
        let end = self.number_end(told);
        self.ends_at[from.index()] = end;
        Some(end)
    }

    /// The number of what these frames tell in all.
    pub(crate) fn of_all(&mut self, frames: &[FrameId], summaries: &[FrameSummary]) -> u32 {
        let mut told = Told::default();
        each_shown(frames.iter().copied(), summaries, |frame| {
            told.see(frame, summaries, &mut self.collapser);
            told.last = Number::of(frame.0);
        });
        self.number_end(told)
    }

    fn number_end(&mut self, told: Told) -> u32 {
        let Told { key, leaf, location, started, last, .. } = told;
        self.room.clear();
        self.collapser.extend_keys(key, &mut self.room);
        self.ends.intern(End { key: self.keys.intern(&self.room), leaf, location, started, entry: last })
    }
}
