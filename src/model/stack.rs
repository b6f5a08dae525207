//! Functions, frames and stacks, each kept once.

use std::collections::HashMap;
use std::sync::Arc;

use super::Room;
use super::items::Items;
use super::neighbours::apart;
use super::numbers::Numbers;
use super::texts::Texts;
use super::written::Written;
use super::written::WrittenReader;
use super::written::write;

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

impl Frame {
    /// What stands for a frame whose number is not known: it has no name.
    pub(crate) const UNKNOWN: Frame = Frame { function: FunctionId(u32::MAX), file: FileId::NONE, line: 0 };
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

    /// Makes room for so many functions more, and for files as there are with these as a rule, but for their names.
    pub(crate) fn reserve_functions(&mut self, functions: usize) {
        self.functions.reserve(functions, 0);
        self.files.reserve(functions / 4, 0);
    }

    /// The number of this function name, if it is there.
    pub(crate) fn find_function(&self, name: &str) -> Option<FunctionId> {
        self.functions.find(name).map(FunctionId)
    }

    /// The number of this file name, if it is there.
    pub(crate) fn find_file(&self, name: &str) -> Option<FileId> {
        self.files.find(name).map(FileId)
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

/// The number of a call site in its [`StackTable`]: one frame, or several where calls are inlined into each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteId(pub u32);

/// Stacks, leaf first. Their frames are kept once each, and stacks are written as the numbers of their call sites: many stacks
/// take no more room than they had in a profile.
///
/// A table is filled with [`StackTable::intern`], or else with [`StackTable::add_site`] and [`StackTable::push`].
#[derive(Clone, Debug, Default)]
pub struct StackTable {
    calls: Items<Frame>,
    sites: Vec<Site>,
    /// The frames of all sites that have several.
    inlined: Vec<FrameId>,
    written: Written,
    /// Of those stacks that lack a part.
    gaps: HashMap<StackId, Gap, rustc_hash::FxBuildHasher>,
    known: Numbers,
    /// The stack that is written.
    room: Vec<u8>,
}

/// The frames of a call site.
#[derive(Clone, Copy, Debug)]
enum Site {
    One(FrameId),
    /// From here to there in the list of those of all sites.
    Several(u32, u32),
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
        FrameId(self.calls.intern(frame))
    }

    /// The number of the stack of these frames. What it lacks is part of what it is. Only stacks that were interned are
    /// found again.
    pub fn intern(&mut self, frames: &[FrameId], gap: Gap) -> StackId {
        // Frames and sites are numbered alike here.
        while self.sites.len() < self.calls.all().len() {
            self.sites.push(Site::One(FrameId(self.sites.len() as u32)));
        }
        self.room.clear();
        for FrameId(id) in frames {
            write(u64::from(*id), &mut self.room);
        }
        let StackTable { written, gaps, known, room, .. } = self;
        let gap_of = |id: StackId| gaps.get(&id).copied().unwrap_or_default();
        let mark = known.mark((room.as_slice(), gap));
        let is = |id: u32| gap_of(StackId(id)) == gap && written.get(id as usize) == *room;
        if let Some(id) = known.find(mark, is) {
            return StackId(id);
        }
        let id = StackId(u32::try_from(written.len()).unwrap_or(u32::MAX));
        known.insert(mark, id.0);
        written.push(room);
        if gap != Gap::default() {
            gaps.insert(id, gap);
        }
        id
    }

    /// Makes room for so many call sites more, of a frame each.
    pub(crate) fn reserve_sites(&mut self, sites: usize) {
        self.sites.reserve(sites);
        self.calls.reserve_known(sites);
    }

    /// Adds a call site of these frames, the innermost first. Its number is how many were added before.
    pub fn add_site(&mut self, frames: &[FrameId]) {
        let start = self.inlined.len() as u32;
        self.sites.push(match frames {
            [frame] => Site::One(*frame),
            several => {
                self.inlined.extend_from_slice(several);
                Site::Several(start, self.inlined.len() as u32)
            }
        });
    }

    /// How many call sites there are; their numbers are `0..sites_len`.
    pub fn sites_len(&self) -> usize {
        self.sites.len()
    }

    /// A table of stacks that may lie in the bytes of a profile, with room for so many.
    pub(crate) fn within(profile: Arc<Room>, stacks: usize) -> Self {
        StackTable { written: Written::within(profile, stacks), ..StackTable::default() }
    }

    /// Adds a stack without looking for one that is the same: its caller knows stacks by numbers of their own.
    pub fn push(&mut self, sites: impl Iterator<Item = SiteId>) -> StackId {
        let mut room = std::mem::take(&mut self.room);
        room.clear();
        sites.for_each(|site| write(u64::from(site.0), &mut room));
        let id = self.push_written(&room);
        self.room = room;
        id
    }

    /// As [`StackTable::push`], of sites that are written already: seven bits a byte, the low ones first, none in more than
    /// five bytes.
    pub fn push_written(&mut self, sites: &[u8]) -> StackId {
        self.written.push(sites);
        self.last()
    }

    /// As [`StackTable::push_written`], of a stack whose number of bytes begins there in the bytes of the profile, and is
    /// `length`; its sites follow. It begins with `common` sites, from the leaf, as the one before, if not with more.
    #[inline]
    pub(crate) fn push_within(&mut self, start: usize, length: usize, common: usize) -> StackId {
        self.written.push_at(start, length, common);
        self.last()
    }

    fn last(&self) -> StackId {
        StackId(u32::try_from(self.written.len() - 1).unwrap_or(u32::MAX))
    }

    /// Takes the pushed stacks of another table in, whose sites are numbers of this one. Their numbers are the old ones and
    /// what is returned.
    pub fn append(&mut self, other: StackTable) -> u32 {
        let offset = self.written.len() as u32;
        self.written.append(other.written);
        offset
    }

    /// Lets the profile go in whose bytes stacks may lie, if it is for the most part something else.
    pub(crate) fn settle(&mut self) {
        self.written.settle();
    }

    /// Says of a pushed stack that Go left its outermost frames away.
    pub fn mark_cut(&mut self, id: StackId) {
        self.gaps.entry(id).or_default().cut = true;
    }

    /// The frames of a stack, leaf first; none for a number that is not of this table.
    pub fn frames(&self, id: StackId) -> impl Iterator<Item = Frame> + Clone {
        self.frame_ids(id).map(|id| self.frame(id))
    }

    /// The call sites of the stacks by their numbers, leaf first, as they are written.
    #[inline]
    pub(crate) fn written(&self) -> WrittenReader<'_> {
        self.written.reader()
    }

    /// With how many call sites at the least, from the leaf, a stack begins as the one before it does; `None` where they are too
    /// many to be kept.
    #[inline]
    pub(crate) fn common(&self, id: StackId) -> Option<usize> {
        self.written.common(id.0 as usize)
    }

    /// The frames of a call site, the innermost first; none for a number that is not of this table.
    pub fn frames_of(&self, site: SiteId) -> &[FrameId] {
        match self.sites.get(site.0 as usize) {
            Some(Site::One(frame)) => std::slice::from_ref(frame),
            Some(Site::Several(start, end)) => {
                self.inlined.get(*start as usize..*end as usize).unwrap_or(&[])
            }
            None => &[],
        }
    }

    /// The numbers of a stack's frames, leaf first; none for a number that is not of this table.
    pub fn frame_ids(&self, id: StackId) -> impl Iterator<Item = FrameId> + Clone {
        self.frames_in(self.written.get(id.0 as usize))
    }

    fn frames_in<'a>(&'a self, written: &'a [u8]) -> FrameIds<'a> {
        FrameIds { table: self, sites: SiteIds(written), inlined: &[] }
    }

    /// As [`StackTable::frame_ids`], of two stacks without the frames, from the leaf, with which both begin; they may have
    /// more of these.
    pub fn frame_ids_apart(
        &self,
        one: StackId,
        other: StackId,
    ) -> (impl Iterator<Item = FrameId>, impl Iterator<Item = FrameId>) {
        let written = self.written.reader();
        let (one, other) = apart(written.get(one.0 as usize), written.get(other.0 as usize));
        (self.frames_in(one), self.frames_in(other))
    }

    /// The frame of a number that this table gave.
    pub fn frame(&self, id: FrameId) -> Frame {
        self.calls.all().get(id.0 as usize).copied().unwrap_or(Frame::UNKNOWN)
    }

    /// All different frames, in the order of their numbers.
    pub fn all_frames(&self) -> &[Frame] {
        self.calls.all()
    }

    /// What a stack lacks.
    pub fn gap(&self, id: StackId) -> Gap {
        // Most tables have no gap at all.
        if self.gaps.is_empty() { Gap::default() } else { self.gaps.get(&id).copied().unwrap_or_default() }
    }

    /// About how many bytes it takes.
    pub fn room(&self) -> usize {
        self.written.room() + 4 * size_of_val(self.calls.all())
    }

    /// How many stacks there are; their numbers are `0..len`.
    pub fn len(&self) -> usize {
        self.written.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.written.len() == 0
    }
}

/// Reads what [`write`] wrote.
#[derive(Clone)]
struct SiteIds<'a>(&'a [u8]);

impl Iterator for SiteIds<'_> {
    type Item = SiteId;

    #[inline]
    fn next(&mut self) -> Option<SiteId> {
        let (site, rest) = SiteId::read(self.0)?;
        self.0 = rest;
        Some(site)
    }
}

impl SiteId {
    /// Reads a written site, and what stands behind it.
    #[inline]
    pub(crate) fn read(written: &[u8]) -> Option<(SiteId, &[u8])> {
        let (mut last, mut rest) = written.split_first()?;
        let (mut id, mut shift) = (u32::from(last & 0x7f), 7);
        while *last >= 0x80 {
            (last, rest) = rest.split_first()?;
            id |= u32::from(last & 0x7f) << shift;
            shift += 7;
        }
        Some((SiteId(id), rest))
    }
}

/// The frames of a stack.
#[derive(Clone)]
struct FrameIds<'a> {
    table: &'a StackTable,
    sites: SiteIds<'a>,
    /// What is left of a site of several frames.
    inlined: &'a [FrameId],
}

impl Iterator for FrameIds<'_> {
    type Item = FrameId;

    #[inline]
    fn next(&mut self) -> Option<FrameId> {
        loop {
            if let Some((&frame, rest)) = self.inlined.split_first() {
                self.inlined = rest;
                return Some(frame);
            }
            let site = self.sites.next()?;
            match self.table.sites.get(site.0 as usize) {
                Some(Site::One(frame)) => return Some(*frame),
                Some(Site::Several(start, end)) => {
                    let range = *start as usize..*end as usize;
                    self.inlined = self.table.inlined.get(range).unwrap_or(&[]);
                }
                None => {}
            }
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
        let mut pushed = StackTable::default();
        let ids: Vec<FrameId> = all.iter().map(|frame| pushed.intern_frame(*frame)).collect();
        pushed.add_site(&ids[..3]);
        pushed.add_site(&ids[300..301]);
        let inlined = pushed.push([SiteId(1), SiteId(0)].into_iter());
        assert!(pushed.frames(inlined).map(|frame| frame.line).eq([300, 0, 1, 2]));
        let cut = Gap { cut: true, elided_after: None };
        let all_ids: Vec<FrameId> = all.iter().map(|frame| table.intern_frame(*frame)).collect();
        let whole = table.intern(&all_ids, Gap::default());
        let none = table.intern(&[], Gap::default());
        let part = table.intern(&all_ids[..200], cut);
        assert_eq!(table.intern(&all_ids, Gap::default()), whole);
        assert_eq!(table.intern(&all_ids[..200], cut), part);
        assert_ne!(table.intern(&all_ids[..200], Gap::default()), part);
        assert!(table.frames(whole).eq(all.iter().copied()));
        assert!(table.frames(part).eq(all[..200].iter().copied()));
        assert_eq!(table.frames(none).count(), 0);
        assert_eq!((table.gap(part), table.gap(whole)), (cut, Gap::default()));
    }
}
