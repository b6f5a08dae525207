//! Functions, frames and stacks, each kept once.

use std::collections::HashMap;

use foldhash::fast::RandomState;

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
    functions: Interner,
    files: Interner,
    start_lines: HashMap<FunctionId, u32, rustc_hash::FxBuildHasher>,
}

impl Default for Symbols {
    fn default() -> Self {
        let mut files = Interner::default();
        files.intern("");
        Symbols { functions: Interner::default(), files, start_lines: HashMap::default() }
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
        self.functions.texts.len()
    }

    /// How many files there are, the unknown one included; their numbers are `0..len`.
    pub fn files_len(&self) -> usize {
        self.files.texts.len()
    }
}

/// Texts, each kept once and named by a number.
#[derive(Clone, Debug, Default)]
struct Interner {
    texts: Vec<Box<str>>,
    known: HashMap<Box<str>, u32, RandomState>,
}

impl Interner {
    fn intern(&mut self, text: &str) -> u32 {
        if let Some(&id) = self.known.get(text) {
            return id;
        }
        let id = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.into());
        self.known.insert(text.into(), id);
        id
    }

    fn text(&self, id: u32) -> &str {
        self.texts.get(id as usize).map_or("", |text| text)
    }
}

/// Stacks, each kept once, leaf first.
#[derive(Clone, Debug, Default)]
pub struct StackTable {
    frames: Vec<Frame>,
    stacks: Vec<Stack>,
    known: HashMap<u64, Vec<StackId>, rustc_hash::FxBuildHasher>,
    hasher: RandomState,
}

/// What is kept of a stack beside its frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stack {
    start: usize,
    end: usize,
    /// Go left the outermost frames away: the last one is not the goroutine's entry.
    pub cut: bool,
    /// Where Go elided frames: the number of frames before the gap. `None` if it elided none.
    pub elided_after: Option<u32>,
}

impl Stack {
    /// How many frames there are.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether there is no frame at all.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

impl StackTable {
    /// The number of this stack. `cut` and `elided_after` are part of what it is.
    pub fn intern(&mut self, frames: &[Frame], cut: bool, elided_after: Option<u32>) -> StackId {
        use std::hash::BuildHasher;
        let hash = self.hasher.hash_one((frames, cut, elided_after));
        let same_hash = self.known.entry(hash).or_default();
        for &id in same_hash.iter() {
            if let Some(stack) = self.stacks.get(id.0 as usize)
                && stack.cut == cut
                && stack.elided_after == elided_after
                && self.frames.get(stack.start..stack.end) == Some(frames)
            {
                return id;
            }
        }
        let id = StackId(u32::try_from(self.stacks.len()).unwrap_or(u32::MAX));
        let start = self.frames.len();
        self.frames.extend_from_slice(frames);
        self.stacks.push(Stack { start, end: self.frames.len(), cut, elided_after });
        same_hash.push(id);
        id
    }

    /// The frames of a stack, leaf first; none for a number that is not of this table.
    pub fn frames(&self, id: StackId) -> &[Frame] {
        self.stacks
            .get(id.0 as usize)
            .and_then(|stack| self.frames.get(stack.start..stack.end))
            .unwrap_or(&[])
    }

    /// What is kept beside the frames; `None` for a number that is not of this table.
    pub fn stack(&self, id: StackId) -> Option<&Stack> {
        self.stacks.get(id.0 as usize)
    }

    /// How many different stacks there are; their numbers are `0..len`.
    pub fn len(&self) -> usize {
        self.stacks.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.stacks.is_empty()
    }
}
