//! A heap profile in the names that all moments share.

use crate::model::FunctionId;
use crate::model::HeapProfile;

use crate::stacks::SymbolTable;

/// Live bytes of one moment, by the functions of the stacks that allocated them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnHeap {
    /// Functions of a stack, leaf first, and the bytes that it still holds.
    pub stacks: Vec<(Vec<FunctionId>, i64)>,
}

/// Takes a heap profile in.
pub fn merge_heap(heap: &HeapProfile, names: &mut SymbolTable) -> ColumnHeap {
    let stacks = heap
        .allocations
        .iter()
        .map(|allocation| {
            let frames = heap.stacks.frames(allocation.stack);
            let functions = frames.map(|it| names.function_of(&heap.symbols, it.function, it.file)).collect();
            (functions, allocation.bytes)
        })
        .collect();
    ColumnHeap { stacks }
}
