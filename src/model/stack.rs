//! Functions, frames and stacks, each kept once.

use std::collections::HashMap;
use std::hash::BuildHasher;

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

/// Stacks, leaf first. Their frames are kept once each, and stacks are written as the numbers of their frames, seven bits a
/// byte: a profile of many stacks takes little more room than its own bytes.
#[derive(Clone, Debug, Default)]
pub struct StackTable {
    calls: Vec<Frame>,
    known_calls: HashMap<Frame, FrameId, RandomState>,
    /// All stacks behind each other.
    written: Vec<u8>,
    ends: Vec<usize>,
    /// Of those stacks that lack a part.
    gaps: HashMap<StackId, Gap, rustc_hash::FxBuildHasher>,
    known: HashTable<StackId>,
    hasher: RandomState,
}

/// What a stack lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Gap {
    /// Go left the outermost frames away: the last one is not the goroutine's entry.
    pub cut: bool,
    /// Where Go elided frames: the number of frames before the gap. `None` if it elided none.
    pub elided_after: Option<u32>,
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

    /// The number of the stack of these frames. What it lacks is part of what it is. Only stacks that were interned are
    /// found again.
    pub fn intern(&mut self, frames: &[Frame], gap: Gap) -> StackId {
        let start = self.written.len();
        for frame in frames {
            let id = self.intern_frame(*frame);
            write(id, &mut self.written);
        }
        let StackTable { written, ends, gaps, known, hasher, .. } = self;
        let (before, added) = written.split_at(start);
        let gap_of = |id: StackId| gaps.get(&id).copied().unwrap_or_default();
        let hash = hasher.hash_one((added, gap));
        let same = |id: &StackId| gap_of(*id) == gap && bytes_of(before, ends, *id) == added;
        if let Some(&id) = known.find(hash, same) {
            written.truncate(start);
            return id;
        }
        let id = StackId(u32::try_from(ends.len()).unwrap_or(u32::MAX));
        known.insert_unique(hash, id, |id| hasher.hash_one((bytes_of(before, ends, *id), gap_of(*id))));
        ends.push(written.len());
        if gap != Gap::default() {
            gaps.insert(id, gap);
        }
        id
    }

    /// Adds a stack without looking for one that is the same: its caller knows stacks by numbers of their own.
    pub fn push(&mut self, frames: &[FrameId]) -> StackId {
        let id = StackId(u32::try_from(self.ends.len()).unwrap_or(u32::MAX));
        for frame in frames {
            write(*frame, &mut self.written);
        }
        self.ends.push(self.written.len());
        id
    }

    /// Takes the pushed stacks of another table in, whose frames are numbers of this one. Their numbers are the old ones and
    /// what is returned.
    pub fn append(&mut self, other: StackTable) -> u32 {
        let (offset, shift) = (self.ends.len() as u32, self.written.len());
        if offset == 0 {
            self.written = other.written;
            self.ends = other.ends;
            return 0;
        }
        self.written.extend_from_slice(&other.written);
        self.ends.extend(other.ends.iter().map(|end| end + shift));
        offset
    }

    /// Says of a pushed stack that Go left its outermost frames away.
    pub fn mark_cut(&mut self, id: StackId) {
        self.gaps.entry(id).or_default().cut = true;
    }

    /// The frames of a stack, leaf first; none for a number that is not of this table.
    pub fn frames(&self, id: StackId) -> impl Iterator<Item = Frame> + Clone {
        self.frame_ids(id).map(|id| self.frame(id))
    }

    /// The numbers of a stack's frames, leaf first; none for a number that is not of this table.
    pub fn frame_ids(&self, id: StackId) -> impl Iterator<Item = FrameId> + Clone {
        FrameIds(bytes_of(&self.written, &self.ends, id))
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

    /// What a stack lacks.
    pub fn gap(&self, id: StackId) -> Gap {
        // Most tables have no gap at all.
        if self.gaps.is_empty() { Gap::default() } else { self.gaps.get(&id).copied().unwrap_or_default() }
    }

    /// How many stacks there are; their numbers are `0..len`.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

fn bytes_of<'a>(written: &'a [u8], ends: &[usize], id: StackId) -> &'a [u8] {
    let at = id.0 as usize;
    let start = at.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    ends.get(at).and_then(|&end| written.get(start..end)).unwrap_or(&[])
}

/// Writes the number of a frame, the low bits first; all bytes but the last have their high bit set.
fn write(FrameId(mut rest): FrameId, out: &mut Vec<u8>) {
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Reads what [`write`] wrote.
#[derive(Clone)]
struct FrameIds<'a>(&'a [u8]);

impl Iterator for FrameIds<'_> {
    type Item = FrameId;

    #[inline]
    fn next(&mut self) -> Option<FrameId> {
        let (mut id, mut shift) = (0, 0);
        loop {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            id |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(FrameId(id));
            }
            shift += 7;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_come_back() {
        let mut table = StackTable::default();
        let frame = |n: u32| Frame { function: FunctionId(n), file: FileId::NONE, line: n };
        let all: Vec<Frame> = (0..20_000).map(frame).collect();
        let cut = Gap { cut: true, elided_after: None };
        let whole = table.intern(&all, Gap::default());
        let none = table.intern(&[], Gap::default());
        let part = table.intern(&all[..200], cut);
        assert_eq!(table.intern(&all, Gap::default()), whole);
        assert_eq!(table.intern(&all[..200], cut), part);
        assert_ne!(table.intern(&all[..200], Gap::default()), part);
        assert!(table.frames(whole).eq(all.iter().copied()));
        assert!(table.frames(part).eq(all[..200].iter().copied()));
        assert_eq!(table.frames(none).count(), 0);
        assert_eq!((table.gap(part), table.gap(whole)), (cut, Gap::default()));
    }
}
