//! A heap profile in ids of the [`SymbolTable`].

use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::model::FileId;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::model::HeapProfile;
use crate::stacks::SymbolTable;
use crate::stacks::calls_of_user;

/// The live bytes of one snapshot, by the stacks that allocated them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnHeap {
    /// The functions of a stack, leaf first, and the bytes that are still in use.
    pub stacks: Vec<(Vec<FunctionId>, i64)>,
}

/// The calls of the user's code into other code that any heap profile of a series shows, each once, in the order in which they were
/// first seen.
#[derive(Clone, Debug, Default)]
pub struct HeapCalls {
    /// Frames, leaf first: the last one is the user's, the others are not.
    pub calls: Vec<Box<[Frame]>>,
    seen: HashSet<Box<[Frame]>, RandomState>,
}

/// More calls are not recorded: a series may last for days.
const MAX_CALLS: usize = 20_000;

impl HeapCalls {
    fn add(&mut self, call: &[Frame]) {
        if self.calls.len() < MAX_CALLS && !self.seen.contains(call) {
            self.seen.insert(call.into());
            self.calls.push(call.into());
        }
    }
}

/// Adds the symbols of a heap profile, and the calls that its stacks show to `calls`.
pub fn merge_heap(heap: &HeapProfile, symbols: &mut SymbolTable, calls: &mut HeapCalls) -> ColumnHeap {
    let mut stacks = Vec::with_capacity(heap.allocations.len());
    // Each function is on many stacks, and its name is long.
    let mut functions: Vec<Option<FunctionId>> = vec![None; heap.symbols.functions_len()];
    let files = (0..heap.symbols.files_len() as u32).map(FileId);
    let files: Vec<FileId> = files.map(|it| symbols.symbols.intern_file(heap.symbols.file(it))).collect();
    let mut frames: Vec<Frame> = Vec::new();
    for allocation in &heap.allocations {
        frames.clear();
        for frame in heap.stacks.frames(allocation.stack) {
            let file = heap.symbols.file(frame.file);
            let function = match functions.get(frame.function.0 as usize).copied().flatten() {
                Some(known) => known,
                None => symbols.intern_function(heap.symbols.function(frame.function), file),
            };
            if let Some(place) = functions.get_mut(frame.function.0 as usize) {
                *place = Some(function);
            }
            let file = files.get(frame.file.0 as usize).copied().unwrap_or(FileId::NONE);
            frames.push(Frame { function, file, line: frame.line });
        }
        for call in calls_of_user(&frames, symbols) {
            calls.add(frames.get(call).unwrap_or(&[]));
        }
        if allocation.bytes != 0 {
            stacks.push((frames.iter().map(|frame| frame.function).collect(), allocation.bytes));
        }
    }
    ColumnHeap { stacks }
}
