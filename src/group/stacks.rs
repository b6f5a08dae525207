//! What one snapshot's stacks look like to a group: without plumbing, folded, in names that all moments share.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::facts::Plumbing;
use crate::facts::fold_cycles;
use crate::facts::is_spawn_helper;
use crate::model::FileId;
use crate::model::Form;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::model::LabelSetId;
use crate::model::Owner;
use crate::model::Sample;
use crate::model::Snapshot;
use crate::model::StackId;
use crate::model::closure_parent;

use super::By;
use super::Filter;
use super::Granularity;
use super::Names;
use super::filter::Kept;
use super::names::Adopted;

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

/// All stacks of one snapshot, resolved once each.
pub(super) struct Stacks {
    adopted: Adopted,
    resolved: Vec<Resolved>,
    frames: Vec<Frame>,
    keys: Vec<u32>,
    /// Keys of stacks, numbered.
    key_numbers: usize,
    tags: HashMap<LabelSetId, bool, RandomState>,
    /// Whether the form shows the runtime's frames, so that their absence says something.
    shows_runtime: bool,
    filter: Kept,
}

#[derive(Clone, Copy)]
struct Resolved {
    start: u32,
    end: u32,
    key_start: u32,
    key_end: u32,
    key_number: u32,
    spawn_inferred: Option<Frame>,
    cut: bool,
    elided: bool,
    /// Passes the filter of frames.
    kept: bool,
}

impl Stacks {
    pub(super) fn new(snapshot: &Snapshot, by: &By, filter: &Filter, names: &mut Names) -> Self {
        let adopted = names.adopt(snapshot);
        let mut stacks = Stacks {
            adopted,
            resolved: Vec::with_capacity(snapshot.stacks.len()),
            frames: Vec::new(),
            keys: Vec::new(),
            key_numbers: 0,
            tags: HashMap::default(),
            shows_runtime: shows_runtime(snapshot),
            filter: filter.frames(snapshot),
        };
        let mut known: HashMap<Box<[u32]>, u32, RandomState> = HashMap::default();
        let mut room = Room::default();
        for id in 0..snapshot.stacks.len() as u32 {
            let resolved = stacks.resolve(snapshot, StackId(id), by.granularity, names, &mut room);
            let key = &stacks.keys[resolved.key_start as usize..resolved.key_end as usize];
            let next = known.len() as u32;
            let key_number = match known.get(key) {
                Some(&number) => number,
                None => {
                    known.insert(key.into(), next);
                    next
                }
            };
            let spawn_inferred = stacks.infer_spawn(snapshot, resolved, names);
            stacks.resolved.push(Resolved { key_number, spawn_inferred, ..resolved });
        }
        stacks.key_numbers = known.len();
        stacks
    }

    fn resolve(
        &mut self,
        snapshot: &Snapshot,
        id: StackId,
        granularity: Granularity,
        names: &Names,
        room: &mut Room,
    ) -> Resolved {
        let whole = snapshot.stacks.frames(id);
        let Room { raw, keys, visible } = room;
        raw.clear();
        let passes = self.filter.apply(whole, raw);
        keys.clear();
        visible.clear();
        let mut at_leaf = true;
        for frame in raw.iter().map(|frame| self.adopted.frame(*frame)) {
            let shown = match names.plumbing(frame.function) {
                Plumbing::Visible => true,
                Plumbing::UnlessLeaf => !at_leaf,
                Plumbing::Hidden => false,
            };
            if !shown {
                continue;
            }
            at_leaf = false;
            // internal/sync.(*Mutex).Lock under sync.(*Mutex).Lock is one call to whoever reads it.
            match visible.last_mut() {
                Some(inner) if is_alias_of(inner.function, frame.function, names) => *inner = frame,
                Some(_) | None => visible.push(frame),
            }
        }
        if visible.is_empty() {
            visible.extend(raw.iter().map(|frame| self.adopted.frame(*frame)));
        }
        keys.extend(visible.iter().map(|frame| match granularity {
            Granularity::Functions => (names.identity(frame.function).0, 0),
            Granularity::Lines => (names.identity(frame.function).0, frame.line),
            Granularity::Files => (frame.file.0, 0),
        }));
        fold_cycles(keys, visible);
        let (start, key_start) = (self.frames.len() as u32, self.keys.len() as u32);
        self.frames.extend_from_slice(visible);
        match granularity {
            Granularity::Lines => {
                self.keys.extend(keys.iter().flat_map(|(function, line)| [*function, *line]))
            }
            Granularity::Functions | Granularity::Files => self.keys.extend(keys.iter().map(|(id, _)| *id)),
        }
        let stack = snapshot.stacks.stack(id);
        Resolved {
            start,
            end: self.frames.len() as u32,
            key_start,
            key_end: self.keys.len() as u32,
            key_number: 0,
            spawn_inferred: None,
            cut: stack.is_some_and(|stack| stack.cut),
            elided: stack.is_some_and(|stack| stack.elided_after.is_some()),
            kept: passes,
        }
    }

    /// The function that the entry, a closure, is written in: who ran the `go` statement, unless it was handed on.
    /// Frames of a helper such as `sync.(*WaitGroup).Go` are looked through.
    fn infer_spawn(&self, snapshot: &Snapshot, it: Resolved, names: &mut Names) -> Option<Frame> {
        if it.cut {
            return None;
        }
        let frames = self.frames.get(it.start as usize..it.end as usize)?;
        let started = frames.iter().rev().find(|frame| {
            let name = names.function_name(frame.function);
            !closure_parent(name).is_some_and(is_spawn_helper)
        })?;
        let name = names.function_name(started.function).to_owned();
        let parent = closure_parent(&name)?;
        let line = names.symbols.start_line(started.function).unwrap_or(0);
        let function = names.function(parent, snapshot.symbols.file(FileId::NONE));
        Some(Frame { function, file: started.file, line })
    }

    /// Who started the goroutines of a stack, as far as the stack alone tells.
    pub(super) fn spawn_inferred(&self, id: StackId) -> Option<Frame> {
        self.at(id).spawn_inferred
    }

    /// Whether the form shows the runtime's frames.
    pub(super) fn shows_runtime(&self) -> bool {
        self.shows_runtime
    }

    fn at(&self, id: StackId) -> Resolved {
        self.resolved[id.0 as usize]
    }

    /// Whether the filter lets a sample through.
    pub(super) fn passes(&mut self, snapshot: &Snapshot, sample: &Sample, filter: &Filter) -> bool {
        let tags = match filter.has_tags() {
            true => *self
                .tags
                .entry(sample.labels)
                .or_insert_with(|| filter.tags(snapshot.labels.pairs(sample.labels))),
            false => true,
        };
        tags && self.at(sample.stack).kept
    }

    /// The frames of a stack as they are shown, leaf first.
    pub(super) fn frames(&self, id: StackId) -> &[Frame] {
        let it = self.at(id);
        &self.frames[it.start as usize..it.end as usize]
    }

    /// The key of a stack.
    pub(super) fn key(&self, id: StackId) -> &[u32] {
        let it = self.at(id);
        &self.keys[it.key_start as usize..it.key_end as usize]
    }

    /// The number of a stack's key among those of this snapshot.
    pub(super) fn key_number(&self, id: StackId) -> usize {
        self.at(id).key_number as usize
    }

    /// How many different keys there are.
    pub(super) fn keys_len(&self) -> usize {
        self.key_numbers
    }

    /// Whether Go cut the stack or elided a part of it.
    pub(super) fn is_cut(&self, id: StackId) -> bool {
        let it = self.at(id);
        it.cut | it.elided
    }

    /// The stack as a group shows it: whole, or the one frame that names the group.
    pub(super) fn shown(&self, id: StackId, frame: Option<Option<Frame>>) -> ShownStack {
        let it = self.at(id);
        match frame {
            None => {
                ShownStack { frames: self.frames(id).to_vec(), cut: it.cut | it.elided, elided: it.elided }
            }
            Some(frame) => ShownStack { frames: frame.into_iter().collect(), cut: false, elided: false },
        }
    }

    /// The outermost frame; `None` where Go cut it away.
    pub(super) fn entry(&self, id: StackId) -> Option<Frame> {
        if self.at(id).cut { None } else { self.frames(id).last().copied() }
    }

    /// The first frame that is neither Go's runtime nor its standard library.
    pub(super) fn site(&self, id: StackId, names: &Names) -> Option<Frame> {
        let foreign = |frame: &&Frame| matches!(names.owner(frame.function), Owner::Dependency | Owner::User);
        self.frames(id).iter().find(foreign).copied()
    }

    /// Every function of the raw stack once, the runtime's among them, as pprof's `cum` counts.
    pub(super) fn functions(&self, snapshot: &Snapshot, id: StackId) -> Vec<Frame> {
        let mut frames = Vec::new();
        self.filter.apply(snapshot.stacks.frames(id), &mut frames);
        for frame in &mut frames {
            *frame = self.adopted.frame(*frame);
        }
        frames.sort_by_key(|frame| frame.function);
        frames.dedup_by_key(|frame| frame.function);
        frames
    }

    /// A frame that is not part of a stack, such as a `created by`.
    pub(super) fn adopt(&self, frame: Frame) -> Frame {
        self.adopted.frame(frame)
    }

    /// The names of the raw frames, leaf first.
    pub(super) fn raw_names<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        id: StackId,
        names: &'a Names,
    ) -> impl Iterator<Item = &'a str> + Clone {
        snapshot
            .stacks
            .frames(id)
            .iter()
            .map(|frame| names.function_name(self.adopted.frame(*frame).function))
    }
}

/// Whether a function is another spelling of one that Go keeps beside it.
fn is_alias_of(inner: FunctionId, outer: FunctionId, names: &Names) -> bool {
    inner != outer && names.identity(inner) == outer
}

/// A form shows the runtime's frames if any goroutine is seen parked: none parks without `runtime.gopark`.
fn shows_runtime(snapshot: &Snapshot) -> bool {
    matches!(snapshot.form, Form::Pprof | Form::PprofTraces)
        && (0..snapshot.symbols.functions_len() as u32)
            .any(|id| snapshot.symbols.function(FunctionId(id)) == "runtime.gopark")
}

/// Room that is used again for each stack.
#[derive(Default)]
struct Room {
    raw: Vec<Frame>,
    keys: Vec<(u32, u32)>,
    visible: Vec<Frame>,
}
