//! Names of functions and source files.

use std::collections::HashMap;

use crate::storage::StringInterner;

/// The id of a function in its [`Symbols`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub u32);

/// The id of a source file in its [`Symbols`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

impl FileId {
    /// The file is unknown.
    pub const NONE: FileId = FileId(0);
}

/// Interned names of functions and source files.
#[derive(Clone, Debug)]
pub struct Symbols {
    functions: StringInterner,
    files: StringInterner,
    start_lines: HashMap<FunctionId, u32, rustc_hash::FxBuildHasher>,
}

impl Default for Symbols {
    fn default() -> Self {
        let mut files = StringInterner::default();
        files.intern("");
        Symbols { functions: StringInterner::default(), files, start_lines: HashMap::default() }
    }
}

impl Symbols {
    /// The id of a function name; adds the name if it is new.
    pub fn intern_function(&mut self, name: &str) -> FunctionId {
        FunctionId(self.functions.intern(name))
    }

    /// The id of a file name; adds the name if it is new. The empty name is [`FileId::NONE`].
    pub fn intern_file(&mut self, name: &str) -> FileId {
        FileId(self.files.intern(name))
    }

    /// Reserves capacity for `functions` more functions and for the files that this many functions usually have.
    pub(crate) fn reserve_functions(&mut self, functions: usize) {
        self.functions.reserve(functions, 0);
        self.files.reserve(functions / 4, 0);
    }

    /// The id of a function name; `None` if it was never interned.
    #[doc(hidden)]
    pub fn find_function(&self, name: &str) -> Option<FunctionId> {
        self.functions.find(name).map(FunctionId)
    }

    /// The id of a file name; `None` if it was never interned.
    pub(crate) fn find_file(&self, name: &str) -> Option<FileId> {
        self.files.find(name).map(FileId)
    }

    /// The name of a function; empty if the id is not from this table.
    pub fn function(&self, id: FunctionId) -> &str {
        self.functions.text(id.0)
    }

    /// The name of a file; empty if it is unknown.
    pub fn file(&self, id: FileId) -> &str {
        self.files.text(id.0)
    }

    /// Records the line on which a function starts, from 1.
    pub fn set_start_line(&mut self, id: FunctionId, line: u32) {
        self.start_lines.insert(id, line);
    }

    /// The line on which a function starts (for a closure, its `func` keyword). `None` if the form does not record it.
    pub fn start_line(&self, id: FunctionId) -> Option<u32> {
        self.start_lines.get(&id).copied()
    }

    /// The number of functions; their ids are `0..len`.
    pub fn functions_len(&self) -> usize {
        self.functions.len()
    }

    /// The number of files, including the unknown one; their ids are `0..len`.
    pub fn files_len(&self) -> usize {
        self.files.len()
    }
}
