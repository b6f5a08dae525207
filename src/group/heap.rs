//! A heap profile in ids of the [`SymbolTable`].

use crate::model::FunctionId;
use crate::model::HeapProfile;
use crate::stacks::SymbolTable;

/// The live bytes of one snapshot, by the stacks that allocated them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnHeap {
    /// The functions of a stack, leaf first, and the bytes that are still in use.
    pub stacks: Vec<(Vec<FunctionId>, i64)>,
}

/// Adds the symbols of a heap profile.
pub fn merge_heap(heap: &HeapProfile, symbols: &mut SymbolTable) -> ColumnHeap {
    let mut stacks = Vec::with_capacity(heap.allocations.len());
    for allocation in &heap.allocations {
        let functions = heap.stacks.frames(allocation.stack).map(|frame| {
            symbols.intern_function(heap.symbols.function(frame.function), heap.symbols.file(frame.file))
        });
        stacks.push((functions.collect(), allocation.bytes));
    }
    ColumnHeap { stacks }
}
