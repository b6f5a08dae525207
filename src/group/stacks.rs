//! What one snapshot's stacks look like to a group: without plumbing, folded, in names that all moments share.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::facts::Fold;
use crate::facts::Leaf;
use crate::facts::Plumbing;
use crate::facts::blocked_on_in_library;
use crate::facts::blocked_on_inferred;
use crate::facts::is_spawn_helper;
use crate::model::BlockedOn;
use crate::model::Form;
use crate::model::Frame;
use crate::model::FrameId;
use crate::model::FunctionId;
use crate::model::Gap;
use crate::model::Owner;
use crate::model::Snapshot;
use crate::model::StackId;
use crate::parallel::in_parts;

use super::By;
use super::Filter;
use super::Granularity;
use super::Names;
use super::filter::Kept;
use super::names::AdoptedSnapshot;
use super::numbering::Classes;

/// A stack as it is shown: leaf first, no runtime plumbing, recursion folded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownStack {
    /// The frames, in the numbers of [`Names`].
    pub frames: Vec<Frame>,
    /// Go cut or elided a part: the outermost frame need not be the entry.
    pub cut: bool,
    /// Go elided a part in the middle.
    pub elided: bool,
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

/// What is known of a frame.
struct Call {
    /// In the numbers of [`Names`].
    frame: Frame,
    /// What it says of the wait at the leaf.
    leaf: Option<Leaf>,
    /// The function that its function, a closure, is written in; `None` if it is no closure.
    parent: Option<Frame>,
}

/// What each frame of each stack is asked for.
#[derive(Clone, Copy)]
struct Brief {
    /// What stands for it in the keys of stacks.
    key: u32,
    /// The function that stands for its function in keys.
    identity: FunctionId,
    /// Whether that is another one.
    renamed: bool,
    /// A library's or the user's, not Go's.
    foreign: bool,
    /// A helper's that starts goroutines, such as `sync.(*WaitGroup).Go`: who called it started them.
    helper: bool,
    plumbing: Plumbing,
}

/// What is told of a stack. Frames are those that are shown.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Class {
    /// The number of its key.
    pub(super) key: u32,
    /// The innermost frame.
    pub(super) leaf: Option<FrameId>,
    /// The outermost frame.
    pub(super) entry: Option<FrameId>,
    /// The first that is a library's or the user's.
    pub(super) site: Option<FrameId>,
    /// The frame that tells who started it: the outermost that is none of a helper's.
    pub(super) started: Option<FrameId>,
    /// What it is blocked on, as far as frames tell.
    pub(super) blocked_on: Option<BlockedOn>,
    /// What a library's function at the leaf blocks on, where nothing else tells.
    pub(super) in_library: Option<BlockedOn>,
    pub(super) cut: bool,
    pub(super) elided: bool,
    /// Passes the filter of frames.
    pub(super) kept: bool,
}

/// Stacks that are worth a thread of their own.
const PART: usize = 16 << 10;

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
        let mut parts = in_parts(snapshot.stacks.len(), PART, |range| {
            let (calls, briefs, filter) = (&calls, &briefs, &filter);
            let (room, classes) = (Room::default(), Classes::default());
            let mut resolver =
                Resolver { snapshot, calls, briefs, names, filter, shows_runtime, room, classes };
            let class_of = range.map(|id| resolver.resolve(StackId(id as u32))).collect();
            (class_of, resolver.classes)
        })
        .into_iter();
        let (mut class_of, mut classes): (Vec<u32>, Classes) = parts.next().unwrap_or_default();
        for (part, theirs) in parts {
            let numbers = classes.append(&theirs);
            class_of.extend(part.iter().map(|class| numbers[*class as usize]));
        }
        Stacks { adopted, calls, briefs, lines, class_of, classes, filter }
    }

    fn at(&self, id: StackId) -> &Class {
        &self.classes.all[self.class(id)]
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
        self.call(self.at(id).started?).parent
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

    /// The parts of a stack's key: functions, or functions and lines by turns.
    pub(super) fn key(&self, id: StackId) -> impl Iterator<Item = u32> {
        self.classes.keys.get(self.at(id).key).iter().flat_map(|part| {
            let (first, line) = match self.lines.get(*part as usize) {
                Some(&(function, line)) => (function, Some(line)),
                None => (*part, None),
            };
            [Some(first), line].into_iter().flatten()
        })
    }

    /// The number of a stack's key among those of this snapshot.
    pub(super) fn key_number(&self, id: StackId) -> usize {
        self.at(id).key as usize
    }

    /// How many different keys there are.
    pub(super) fn keys_len(&self) -> usize {
        self.classes.keys.len()
    }

    /// Whether Go cut the stack or elided a part of it.
    pub(super) fn is_cut(&self, id: StackId) -> bool {
        let it = self.at(id);
        it.cut | it.elided
    }

    /// The stack as a group shows it: whole, or the one frame that names the group.
    pub(super) fn shown(
        &self,
        snapshot: &Snapshot,
        id: StackId,
        naming: Option<Option<Frame>>,
        room: &mut Room,
    ) -> ShownStack {
        let it = self.at(id);
        match naming {
            None => {
                room.keep(snapshot, id, &self.filter);
                let Room { whole, kept, fold } = room;
                fold.clear();
                whole.clear();
                each_shown(kept.iter().copied(), &self.briefs, |frame, it| {
                    fold.push(it.key);
                    whole.push(frame);
                    whole.truncate(fold.keys().len());
                });
                let frames = whole.iter().map(|id| self.call(*id).frame).collect();
                ShownStack { frames, cut: it.cut | it.elided, elided: it.elided }
            }
            Some(frame) => ShownStack { frames: frame.into_iter().collect(), cut: false, elided: false },
        }
    }

    /// Whether one stack stands before another in the order of their frames, leaf first.
    pub(super) fn is_before(&self, snapshot: &Snapshot, one: StackId, other: StackId) -> bool {
        let (mut ones, mut others) = (snapshot.stacks.frame_ids(one), snapshot.stacks.frame_ids(other));
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
        let it = self.at(id);
        it.entry.filter(|_| !it.cut).map(|id| self.call(id).frame)
    }

    /// The first frame that is neither Go's runtime nor its standard library.
    pub(super) fn site(&self, id: StackId) -> Option<Frame> {
        self.at(id).site.map(|id| self.call(id).frame)
    }

    /// The leaf: the first frame that is shown.
    pub(super) fn leaf(&self, id: StackId) -> Option<Frame> {
        self.at(id).leaf.map(|id| self.call(id).frame)
    }

    /// Every function of the raw stack once, the runtime's among them, as pprof's `cum` counts.
    pub(super) fn functions(&self, snapshot: &Snapshot, id: StackId) -> Vec<Frame> {
        let mut room = Room::default();
        room.keep(snapshot, id, &self.filter);
        let mut frames: Vec<Frame> = room.kept.iter().map(|id| self.call(*id).frame).collect();
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

/// Looks at each stack once.
struct Resolver<'a> {
    snapshot: &'a Snapshot,
    calls: &'a [Call],
    briefs: &'a [Brief],
    names: &'a Names,
    filter: &'a Kept,
    /// Whether the form shows the runtime's frames, so that their absence says something.
    shows_runtime: bool,
    room: Room,
    classes: Classes,
}

impl Resolver<'_> {
    /// The number of a stack's class.
    fn resolve(&mut self, id: StackId) -> u32 {
        let Resolver { snapshot, calls, briefs, names, filter, .. } = *self;
        let call = |id: FrameId| &calls[id.0 as usize];
        let leaves = snapshot.stacks.frame_ids(id).map(call);
        let leaves = leaves.map(|call| (call.leaf, names.function_name(call.frame.function)));
        let blocked_on = blocked_on_inferred(leaves.clone(), self.shows_runtime).map(|fact| fact.value);
        let in_library = if blocked_on.is_none() { blocked_on_in_library(leaves) } else { None };
        let Gap { cut, elided_after } = snapshot.stacks.gap(id);
        let elided = elided_after.is_some();
        let mut class = Class {
            key: 0,
            leaf: None,
            entry: None,
            site: None,
            started: None,
            blocked_on,
            in_library,
            cut,
            elided,
            kept: true,
        };
        let all = filter.lets_all_through();
        class.kept = all || self.room.keep(snapshot, id, filter);
        let Room { kept, fold, .. } = &mut self.room;
        fold.clear();
        let see = |frame: FrameId, it: &Brief| {
            fold.push(it.key);
            class.leaf = class.leaf.or(Some(frame));
            class.entry = Some(frame);
            if it.foreign && class.site.is_none() {
                class.site = Some(frame);
            }
            if !it.helper {
                class.started = Some(frame);
            }
        };
        if all {
            each_shown(snapshot.stacks.frame_ids(id), briefs, see);
        } else {
            each_shown(kept.iter().copied(), briefs, see);
        }
        class.started = class.started.filter(|_| !cut);
        class.key = self.classes.key(self.room.fold.keys());
        self.classes.number(class)
    }
}

/// Calls `see` with each frame that is shown; with all, if there is nothing but plumbing.
#[inline]
fn each_shown(
    frames: impl Iterator<Item = FrameId> + Clone,
    briefs: &[Brief],
    mut see: impl FnMut(FrameId, &Brief),
) {
    let brief = |frame: FrameId| &briefs[frame.0 as usize];
    let all = frames.clone();
    // The last frame that is shown so far, and its identity, if that is another function's.
    let (mut last, mut renamed) = (None, None);
    for frame in frames {
        let it = brief(frame);
        let hidden = match it.plumbing {
            Plumbing::Visible => false,
            Plumbing::UnlessLeaf => last.is_none(),
            Plumbing::Hidden => true,
        };
        if hidden {
            continue;
        }
        // internal/sync.(*Mutex).Lock under sync.(*Mutex).Lock is one call to whoever reads it.
        let is_alias = !it.renamed && renamed == Some(it.identity);
        renamed = it.renamed.then_some(it.identity);
        if let Some(before) = last.replace(frame)
            && !is_alias
        {
            see(before, brief(before));
        }
    }
    match last {
        Some(last) => see(last, brief(last)),
        None => all.for_each(|frame| see(frame, brief(frame))),
    }
}

/// Looks at each frame of a snapshot once.
fn calls(
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
fn shows_runtime(snapshot: &Snapshot) -> bool {
    matches!(snapshot.form, Form::Pprof | Form::PprofTraces)
        && (0..snapshot.symbols.functions_len() as u32)
            .any(|id| snapshot.symbols.function(FunctionId(id)) == "runtime.gopark")
}

/// Room that is used again for each stack.
#[derive(Default)]
pub(super) struct Room {
    whole: Vec<FrameId>,
    kept: Vec<FrameId>,
    fold: Fold,
}

impl Room {
    /// Puts the frames of a stack that the filter leaves into `kept`; whether it keeps the stack at all.
    fn keep(&mut self, snapshot: &Snapshot, id: StackId, filter: &Kept) -> bool {
        self.whole.clear();
        self.whole.extend(snapshot.stacks.frame_ids(id));
        self.kept.clear();
        filter.apply(&self.whole, &mut self.kept)
    }
}
