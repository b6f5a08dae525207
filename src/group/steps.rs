//! What stacks tell, step by step from the leaf. Stacks that told the same so far go on alike, so a step is made once while it is
//! kept.

use std::num::NonZero;

use crate::facts::Folded;
use crate::facts::Folds;
use crate::facts::Plumbing;
use crate::model::FrameId;
use crate::model::FunctionId;
use crate::model::Items;
use crate::model::SiteId;
use crate::model::Slices;
use crate::model::Ways;

/// What each frame of each stack is asked for.
#[derive(Clone, Copy)]
pub(super) struct Brief {
    /// What stands for it in the keys of stacks.
    pub(super) key: u32,
    /// The function that stands for its function in keys.
    pub(super) identity: FunctionId,
    /// Whether that is another one.
    pub(super) renamed: bool,
    /// A library's or the user's, not Go's.
    pub(super) foreign: bool,
    /// A helper's that starts goroutines, such as `sync.(*WaitGroup).Go`: who called it started them.
    pub(super) helper: bool,
    pub(super) plumbing: Plumbing,
}

/// What a stack told so far. Frames are those that are shown.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Told {
    /// Its key, folded.
    key: Folded,
    leaf: Number,
    site: Number,
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
pub(super) struct End {
    /// The number of its key, folded.
    pub(super) key: u32,
    leaf: Number,
    site: Number,
    started: Number,
    entry: Number,
}

impl End {
    /// The innermost frame.
    pub(super) fn leaf(&self) -> Option<FrameId> {
        self.leaf.frame()
    }

    /// The first frame that is a library's or the user's.
    pub(super) fn site(&self) -> Option<FrameId> {
        self.site.frame()
    }

    /// The frame that tells who started it: the outermost that is none of a helper's.
    pub(super) fn started(&self) -> Option<FrameId> {
        self.started.frame()
    }

    /// The outermost frame.
    pub(super) fn entry(&self) -> Option<FrameId> {
        self.entry.frame()
    }
}

impl Told {
    /// The last frame that is shown so far.
    pub(super) fn last(&self) -> Option<FrameId> {
        self.last.frame()
    }

    /// Passes the next frame; what is known to be shown now: the one before the last.
    pub(super) fn pass(&mut self, frame: FrameId, briefs: &[Brief]) -> Option<FrameId> {
        let it = brief(briefs, frame);
        let hidden = match it.plumbing {
            Plumbing::Visible => false,
            Plumbing::UnlessLeaf => self.last == Number::NONE,
            Plumbing::Hidden => true,
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
    fn see(&mut self, frame: FrameId, briefs: &[Brief], keys: &mut Folds) {
        let (it, number) = (brief(briefs, frame), Number::of(frame.0));
        self.key = keys.push(self.key, it.key);
        if self.leaf == Number::NONE {
            self.leaf = number;
        }
        if it.foreign && self.site == Number::NONE {
            self.site = number;
        }
        if !it.helper {
            self.started = number;
        }
    }
}

fn brief(briefs: &[Brief], frame: FrameId) -> &Brief {
    &briefs[frame.0 as usize]
}

/// Calls `see` with each frame that is shown; with all, if there is nothing but plumbing.
pub(super) fn each_shown(
    frames: impl Iterator<Item = FrameId> + Clone,
    briefs: &[Brief],
    mut see: impl FnMut(FrameId),
) {
    let mut told = Told::default();
    for frame in frames.clone() {
        if let Some(shown) = told.pass(frame, briefs) {
            see(shown);
        }
    }
    match told.last.frame() {
        Some(last) => see(last),
        None => frames.for_each(see),
    }
}

/// The number of what was told, in its [`Steps`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct StepId(u32);

impl StepId {
    /// Before the first frame.
    pub(super) const BEGIN: StepId = StepId(0);

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
pub(super) struct Steps {
    told: Items<Told>,
    /// From a step over a call site to the next.
    next: Ways<SiteId>,
    /// What is told at the end of a stack that ends there, or [`UNKNOWN`].
    ends_at: Vec<u32>,
    folds: Folds,
    /// How often a way was known.
    found: usize,
    /// Where a key is put together.
    room: Vec<u32>,
    ends: Items<End>,
    keys: Slices<u32>,
}

impl Default for Steps {
    fn default() -> Self {
        let mut steps = Steps {
            told: Items::default(),
            next: Ways::default(),
            ends_at: Vec::new(),
            folds: Folds::default(),
            found: 0,
            room: Vec::new(),
            ends: Items::default(),
            keys: Slices::default(),
        };
        steps.begin();
        steps
    }
}

impl Steps {
    /// What a whole stack told, by its number.
    pub(super) fn end(&self, id: u32) -> &End {
        &self.ends.all()[id as usize]
    }

    /// The parts of a key.
    pub(super) fn key(&self, key: u32) -> &[u32] {
        self.keys.get(key)
    }

    /// How many keys there are; their numbers are `0..keys_len`.
    pub(super) fn keys_len(&self) -> usize {
        self.keys.len()
    }

    /// Makes room for what so many stacks tell, as a rule: what is not used takes no memory, and what grows is moved again and
    /// again.
    pub(super) fn reserve(&mut self, stacks: usize) {
        let most = stacks.min(MOST / 4);
        self.told.reserve(most);
        self.keys.reserve(most, 8 * most);
    }

    /// Takes in what is told before the first frame: its number is [`StepId::BEGIN`].
    fn begin(&mut self) {
        self.told.intern(Told::default());
    }

    fn told_len(&self) -> usize {
        self.told.all().len()
    }

    /// Whether there is so much that it is to be forgotten.
    pub(super) fn is_full(&self) -> bool {
        let most = if self.told_len() == 1 { FEWER } else { MOST };
        self.told_len() > MOST || self.folds.numbers() > most || self.next.others() > 4 * MOST
    }

    /// Forgets the steps, but not what was told at ends; whether they were worth it.
    pub(super) fn forget(&mut self) -> bool {
        let pays = self.found > self.told_len();
        self.told.clear();
        self.begin();
        self.next.clear();
        self.ends_at.clear();
        self.folds.clear();
        self.found = 0;
        pays
    }

    /// Lets go of what is of use only on the way: all stacks were looked at.
    pub(super) fn settle(&mut self) {
        self.told = Items::default();
        self.next = Ways::default();
        self.ends_at = Vec::new();
    }

    /// Lets go of the parts of keys: their numbers are all that is asked for from here on.
    pub(super) fn let_keys_go(&mut self) {
        self.keys = Slices::default();
    }

    /// Lets go of what recursion was folded to: no stack is folded any more.
    pub(super) fn let_folds_go(&mut self) {
        self.folds = Folds::default();
    }

    /// What recursion is folded to.
    pub(super) fn folds(&mut self) -> &mut Folds {
        &mut self.folds
    }

    /// What is told behind a call site.
    #[inline]
    pub(super) fn at_site(
        &mut self,
        from: StepId,
        site: SiteId,
        frames: &[FrameId],
        briefs: &[Brief],
    ) -> StepId {
        if let Some(known) = self.next.get(from.0, site) {
            self.found += 1;
            return StepId(known);
        }
        let mut told = self.told.all()[from.index()];
        for frame in frames {
            if let Some(shown) = told.pass(*frame, briefs) {
                told.see(shown, briefs, &mut self.folds);
            }
        }
        let next = StepId(self.told.intern(told));
        self.next.insert(from.0, site, next.0);
        next
    }

    /// The number of what is told at the end of a stack; `None` if no frame was shown.
    #[inline]
    pub(super) fn at_end(&mut self, from: StepId, briefs: &[Brief]) -> Option<u32> {
        match self.ends_at.get(from.index()) {
            Some(&known) if known != UNKNOWN => return Some(known),
            Some(_) => {}
            None => self.ends_at.resize(self.told_len(), UNKNOWN),
        }
        let mut told = self.told.all()[from.index()];
        told.see(told.last.frame()?, briefs, &mut self.folds);
        let end = self.number_end(told);
        self.ends_at[from.index()] = end;
        Some(end)
    }

    /// The number of what these frames tell in all.
    pub(super) fn of_all(&mut self, frames: &[FrameId], briefs: &[Brief]) -> u32 {
        let mut told = Told::default();
        each_shown(frames.iter().copied(), briefs, |frame| {
            told.see(frame, briefs, &mut self.folds);
            told.last = Number::of(frame.0);
        });
        self.number_end(told)
    }

    fn number_end(&mut self, told: Told) -> u32 {
        let Told { key, leaf, site, started, last, .. } = told;
        self.room.clear();
        self.folds.put_keys(key, &mut self.room);
        self.ends.intern(End { key: self.keys.intern(&self.room), leaf, site, started, entry: last })
    }
}
