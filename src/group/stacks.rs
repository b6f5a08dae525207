//! What one snapshot's stacks look like to a group: without plumbing, folded, in names that all moments share.

use crate::facts::Leaf;
use crate::model::BlockedOn;
use crate::model::Frame;
use crate::model::FrameId;
use crate::model::Owner;
use crate::model::Snapshot;
use crate::model::StackId;

use super::By;
use super::Filter;
use super::Names;
use super::filter::Kept;
use super::names::AdoptedSnapshot;
use super::numbering::Class;
use super::numbering::Classes;
use super::filter::Room;
use super::frames::Call;
use super::frames::calls;
use super::frames::shows_runtime;
use super::resolve::Resolver;
use super::shown::Shower;
use super::steps::Brief;
use super::steps::End;

/// A stack as it is shown: leaf first, no runtime plumbing, recursion folded. Its frames are numbers: they are to be asked for,
/// and stacks to be compared, with the one [`Names`] of their series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownStack {
    /// Its frames; none where `naming` is all that is shown.
    ids: Box<[FrameId]>,
    /// The one frame that names a group which is not grouped by stack.
    naming: Option<Box<Frame>>,
    /// Go cut or elided a part: the outermost frame need not be the entry.
    pub cut: bool,
    /// Go elided a part in the middle.
    pub elided: bool,
}

impl ShownStack {
    /// The frames, leaf first, in the numbers of [`Names`].
    pub fn frames<'a>(&'a self, names: &'a Names) -> impl DoubleEndedIterator<Item = Frame> + Clone {
        self.ids.iter().map(|id| names.frame(*id)).chain(self.naming.as_deref().copied())
    }

    /// The first frame of a function of this owner; `None` if there is none.
    pub fn first_of(&self, owner: Owner, names: &Names) -> Option<Frame> {
        self.frames(names).find(|frame| names.owner(frame.function) == owner)
    }

    /// The innermost frame; `None` if there is none.
    pub fn leaf(&self, names: &Names) -> Option<Frame> {
        self.frames(names).next()
    }

    /// The outermost frame; `None` if there is none.
    pub fn last(&self, names: &Names) -> Option<Frame> {
        self.frames(names).next_back()
    }

    /// Whether there is no frame.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.naming.is_none()
    }
}

/// All stacks of one snapshot, looked at once each; what is known of a frame is looked up once for each frame.
pub(super) struct Stacks {
    adopted: AdoptedSnapshot,
    calls: Vec<Call>,
    briefs: Vec<Brief>,
    /// Function and line of each part of a key, where lines count.
    lines: Vec<(u32, u32)>,
    /// The class of each stack.
    class_of: Vec<u32>,
    classes: Classes,
    filter: Kept,
}

impl Stacks {
    pub(super) fn new(
        snapshot: &Snapshot,
        adopted: AdoptedSnapshot,
        by: &By,
        filter: &Filter,
        names: &Names,
    ) -> Self {
        let (calls, briefs, lines) = calls(snapshot, &adopted, by.granularity, names);
        let filter = filter.frames(snapshot);
        let shows_runtime = shows_runtime(snapshot);
        let resolver =
            Resolver { snapshot, calls: &calls, briefs: &briefs, names, filter: &filter, shows_runtime };
        let (class_of, classes) = resolver.resolve();
        Stacks { adopted, calls, briefs, lines, class_of, classes, filter }
    }

    /// The numbers of names and frames.
    pub(super) fn adopted(&self) -> &AdoptedSnapshot {
        &self.adopted
    }

    fn at(&self, id: StackId) -> &Class {
        &self.classes.all[self.class(id)]
    }

    /// What the frames of a stack tell.
    fn told(&self, id: StackId) -> &End {
        self.classes.steps.end(self.at(id).end)
    }

    /// The number of the class of a stack: those of one class tell the same, though their frames may differ.
    pub(super) fn class(&self, id: StackId) -> usize {
        self.class_of[id.0 as usize] as usize
    }

    /// How many classes there are.
    pub(super) fn classes_len(&self) -> usize {
        self.classes.all.len()
    }

    fn call(&self, id: FrameId) -> &Call {
        &self.calls[id.0 as usize]
    }

    /// Who started the goroutines of a stack, as far as the stack alone tells: the function that the entry, a closure, is
    /// written in, unless it was handed on. Frames of a helper such as `sync.(*WaitGroup).Go` are looked through.
    pub(super) fn spawn_inferred(&self, id: StackId) -> Option<Frame> {
        self.call(self.told(id).started().filter(|_| !self.at(id).cut)?).parent
    }

    /// What a stack is blocked on, as far as its frames tell.
    pub(super) fn blocked_on(&self, id: StackId) -> Option<BlockedOn> {
        self.at(id).blocked_on
    }

    /// What a library's function at the leaf blocks on, where nothing else tells.
    pub(super) fn blocked_in_library(&self, id: StackId) -> Option<BlockedOn> {
        self.at(id).in_library
    }

    /// Whether the filter of frames lets a stack through.
    pub(super) fn is_kept(&self, id: StackId) -> bool {
        self.at(id).kept
    }

    /// Puts the parts of a stack's key to others: functions, or functions and lines by turns.
    pub(super) fn key(&self, id: StackId, parts: &mut Vec<u32>) {
        let key = self.classes.steps.key(self.told(id).key);
        if self.lines.is_empty() {
            parts.extend_from_slice(key);
        } else {
            let lines = key.iter().filter_map(|part| self.lines.get(*part as usize));
            parts.extend(lines.flat_map(|(function, line)| [*function, *line]));
        }
    }

    /// The number of a stack's key among those of this snapshot.
    pub(super) fn key_number(&self, id: StackId) -> usize {
        self.told(id).key as usize
    }

    /// How many different keys there are.
    pub(super) fn keys_len(&self) -> usize {
        self.classes.steps.keys_len()
    }

    /// The groups of all keys are known: their parts are let go, which are many.
    pub(super) fn let_keys_go(&mut self) {
        self.classes.steps.let_keys_go();
    }

    /// All stacks are made that are to be shown: what that took is let go.
    pub(super) fn let_folds_go(&mut self) {
        self.classes.steps.let_folds_go();
    }

    /// Whether Go cut the stack or elided a part of it.
    pub(super) fn is_cut(&self, id: StackId) -> bool {
        let it = self.at(id);
        it.cut | it.elided
    }

    /// The frames of a stack that the filter leaves.
    fn kept(&self, snapshot: &Snapshot, id: StackId) -> Vec<FrameId> {
        let mut room = Room::default();
        room.keep(snapshot, id, &self.filter);
        room.kept
    }

    /// The stack as a group shows it: whole, or the one frame that names the group.
    pub(super) fn shown<'a>(
        &mut self,
        snapshot: &'a Snapshot,
        id: StackId,
        naming: Option<Option<Frame>>,
        shower: &mut Shower<'a>,
    ) -> ShownStack {
        if let Some(naming) = naming {
            return ShownStack { naming: naming.map(Box::new), ..ShownStack::default() };
        }
        let Class { cut, elided, .. } = *self.at(id);
        if self.classes.steps.is_full() {
            self.classes.steps.forget();
            shower.forget();
        }
        let mut ids = match self.filter.lets_all_through() {
            true => shower.whole(snapshot, id, &self.briefs, self.classes.steps.folds()),
            false => {
                let kept = self.kept(snapshot, id);
                shower.part(&kept, &self.briefs, self.classes.steps.folds())
            }
        };
        for id in &mut ids {
            *id = self.adopted.frames[id.0 as usize];
        }
        ShownStack { ids: ids.into_boxed_slice(), naming: None, cut: cut | elided, elided }
    }

    /// Whether one stack stands before another in the order of their frames, leaf first.
    pub(super) fn is_before(&self, snapshot: &Snapshot, one: StackId, other: StackId) -> bool {
        let (mut ones, mut others) = snapshot.stacks.frame_ids_apart(one, other);
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
    pub(super) fn entry(&self, id: StackId) -> Option<Frame> {
        self.told(id).entry().filter(|_| !self.at(id).cut).map(|id| self.call(id).frame)
    }

    /// The first frame that is neither Go's runtime nor its standard library.
    pub(super) fn site(&self, id: StackId) -> Option<Frame> {
        self.told(id).site().map(|id| self.call(id).frame)
    }

    /// The leaf: the first frame that is shown.
    pub(super) fn leaf(&self, id: StackId) -> Option<Frame> {
        self.told(id).leaf().map(|id| self.call(id).frame)
    }

    /// Every function of the raw stack once, the runtime's among them, as pprof's `cum` counts.
    pub(super) fn functions(&self, snapshot: &Snapshot, id: StackId) -> Vec<Frame> {
        let kept = self.kept(snapshot, id);
        let mut frames: Vec<Frame> = kept.iter().map(|id| self.call(*id).frame).collect();
        frames.sort_by_key(|frame| frame.function);
        frames.dedup_by_key(|frame| frame.function);
        frames
    }

    /// A frame that is not part of a stack, such as a `created by`.
    pub(super) fn adopt(&self, frame: Frame) -> Frame {
        self.adopted.frame(frame)
    }

    /// The raw frames, leaf first: what each says of the wait, and its name.
    pub(super) fn leaves<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        id: StackId,
        names: &'a Names,
    ) -> impl Iterator<Item = (Option<Leaf>, &'a str)> + Clone {
        let calls = snapshot.stacks.frame_ids(id).map(|id| self.call(id));
        calls.map(|call| (call.leaf, names.function_name(call.frame.function)))
    }
}
