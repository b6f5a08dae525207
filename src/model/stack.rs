//! Functions, frames and stacks, each kept once.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::ops::Range;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::texts::Texts;

/// The number of a function in its [`Symbols`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub u32);

/// The number of a source file in its [`Symbols`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

impl FileId {
    /// No file is known.
    pub const NONE: FileId = FileId(0);
}

/// The number of a stack in its [`StackTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StackId(pub u32);

/// The number of a frame in its [`StackTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(pub u32);

/// One call: a function, and where in its source the call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Frame {
    /// The function, as Go writes it.
    pub function: FunctionId,
    /// The source file; [`FileId::NONE`] if unknown.
    pub file: FileId,
    /// The line in that file, from 1; 0 if unknown.
    pub line: u32,
}

/// Names of functions and files, each kept once.
#[derive(Clone, Debug)]
pub struct Symbols {
    functions: Texts,
    files: Texts,
    start_lines: HashMap<FunctionId, u32, rustc_hash::FxBuildHasher>,
}

impl Default for Symbols {
    fn default() -> Self {
        let mut files = Texts::default();
        files.intern("");
        Symbols { functions: Texts::default(), files, start_lines: HashMap::default() }
    }
}

impl Symbols {
    /// The number of this function name.
    pub fn intern_function(&mut self, name: &str) -> FunctionId {
        FunctionId(self.functions.intern(name))
    }

    /// The number of this file name; the empty name is [`FileId::NONE`].
    pub fn intern_file(&mut self, name: &str) -> FileId {
        FileId(self.files.intern(name))
    }

    /// The name of a function; empty for a number that is not of this table.
    pub fn function(&self, id: FunctionId) -> &str {
        self.functions.text(id.0)
    }

    /// The name of a file; empty if unknown.
    pub fn file(&self, id: FileId) -> &str {
        self.files.text(id.0)
    }

    /// Keeps the line where a function begins, from 1.
    pub fn set_start_line(&mut self, id: FunctionId, line: u32) {
        self.start_lines.insert(id, line);
    }

    /// The line where a function begins; for a closure that of its `func`. `None` if the form does not say.
    pub fn start_line(&self, id: FunctionId) -> Option<u32> {
        self.start_lines.get(&id).copied()
    }

    /// How many functions there are; their numbers are `0..len`.
    pub fn functions_len(&self) -> usize {
        self.functions.len()
    }

    /// How many files there are, the unknown one included; their numbers are `0..len`.
    pub fn files_len(&self) -> usize {
        self.files.len()
    }
}

/// Stacks, leaf first. Their frames are kept once each, so that a stack is a list of small numbers.
#[derive(Clone, Debug, Default)]
pub struct StackTable {
    calls: Vec<Frame>,
    known_calls: HashMap<Frame, FrameId, RandomState>,
    frames: Vec<FrameId>,
    stacks: Vec<Stack>,
    known: HashTable<StackId>,
    hasher: RandomState,
}

/// What is kept of a stack beside its frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stack {
    start: u32,
    len: u32,
    /// Go left the outermost frames away: the last one is not the goroutine's entry.
    pub cut: bool,
    /// Where Go elided frames: the number of frames before the gap. `None` if it elided none.
    pub elided_after: Option<u32>,
}

impl Stack {
    /// How many frames there are.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there is no frame at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn range(&self) -> Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }
}

impl StackTable {
    /// The number of this frame.
    pub fn intern_frame(&mut self, frame: Frame) -> FrameId {
        let next = FrameId(u32::try_from(self.calls.len()).unwrap_or(u32::MAX));
        let id = *self.known_calls.entry(frame).or_insert(next);
        if id == next {
            self.calls.push(frame);
        }
        id
    }

    /// The number of the stack of these frames. `cut` and `elided_after` are part of what it is. Only stacks that were
    /// interned are found again.
    pub fn intern(&mut self, frames: &[Frame], cut: bool, elided_after: Option<u32>) -> StackId {
        let start = self.frames.len();
        for frame in frames {
            let id = self.intern_frame(*frame);
            self.frames.push(id);
        }
        let StackTable { frames, stacks, known, hasher, .. } = self;
        let (before, added) = frames.split_at(start);
        let hash_of = |ids: &[FrameId], cut: bool, elided: Option<u32>| hasher.hash_one((ids, cut, elided));
        let same = |id: &StackId| {
            stacks.get(id.0 as usize).is_some_and(|stack| {
                stack.cut == cut
                    && stack.elided_after == elided_after
                    && before.get(stack.range()) == Some(added)
            })
        };
        let hash = hash_of(added, cut, elided_after);
        if let Some(&id) = known.find(hash, same) {
            frames.truncate(start);
            return id;
        }
        let id = StackId(u32::try_from(stacks.len()).unwrap_or(u32::MAX));
        let hash_again = |id: &StackId| {
            let stack = stacks.get(id.0 as usize);
            stack.map_or(0, |it| hash_of(before.get(it.range()).unwrap_or(&[]), it.cut, it.elided_after))
        };
        known.insert_unique(hash, id, hash_again);
        stacks.push(Stack { start: start as u32, len: added.len() as u32, cut, elided_after });
        id
    }

    /// Adds a stack without looking for one that is the same: its caller knows stacks by numbers of their own.
    pub fn push(&mut self, frames: &[FrameId]) -> StackId {
        let id = StackId(u32::try_from(self.stacks.len()).unwrap_or(u32::MAX));
        let (start, len) = (self.frames.len() as u32, frames.len() as u32);
        self.frames.extend_from_slice(frames);
        self.stacks.push(Stack { start, len, cut: false, elided_after: None });
        id
    }

    /// Takes the stacks of another table in, whose frames are numbers of this one. Their numbers are the old ones and what
    /// is returned.
    pub fn append(&mut self, other: StackTable) -> u32 {
        let (offset, shift) = (self.stacks.len() as u32, self.frames.len() as u32);
        if offset == 0 {
            self.frames = other.frames;
            self.stacks = other.stacks;
            return 0;
        }
        self.frames.extend_from_slice(&other.frames);
        self.stacks.extend(other.stacks.iter().map(|stack| Stack { start: stack.start + shift, ..*stack }));
        offset
    }

    /// Says of a pushed stack that Go left its outermost frames away.
    pub fn mark_cut(&mut self, id: StackId) {
        if let Some(stack) = self.stacks.get_mut(id.0 as usize) {
            stack.cut = true;
        }
    }

    /// The frames of a stack, leaf first; none for a number that is not of this table.
    pub fn frames(&self, id: StackId) -> impl ExactSizeIterator<Item = Frame> + DoubleEndedIterator + Clone {
        self.frame_ids(id).iter().map(|id| self.frame(*id))
    }

    /// The numbers of a stack's frames, leaf first; none for a number that is not of this table.
    pub fn frame_ids(&self, id: StackId) -> &[FrameId] {
        self.stacks.get(id.0 as usize).and_then(|stack| self.frames.get(stack.range())).unwrap_or(&[])
    }

    /// The frame of a number that this table gave.
    pub fn frame(&self, id: FrameId) -> Frame {
        self.calls.get(id.0 as usize).copied().unwrap_or(Frame {
            function: FunctionId(u32::MAX),
            file: FileId::NONE,
            line: 0,
        })
    }

    /// All different frames, in the order of their numbers.
    pub fn all_frames(&self) -> &[Frame] {
        &self.calls
    }

    /// What is kept beside the frames; `None` for a number that is not of this table.
    pub fn stack(&self, id: StackId) -> Option<&Stack> {
        self.stacks.get(id.0 as usize)
    }

    /// How many stacks there are; their numbers are `0..len`.
    pub fn len(&self) -> usize {
        self.stacks.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.stacks.is_empty()
    }
}
